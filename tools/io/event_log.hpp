// --events: what happens to the connection and the subscriptions, on stderr. As words each is a
// line of the program's; as JSON a line of its own:
//
//   {"event":"connected","ts":"...","broker":"h:1883","version":"5","client_id":"x","session_present":false}
//   {"event":"subscribed","ts":"...","filter":"a/#","qos":1}
//   {"event":"lost","ts":"...","why":"h:1883: session: connection closed"}
//   {"event":"reconnected","ts":"...","gap_ms":1204,"session_present":true}
//   {"event":"refused","ts":"...","filter":"b","code":135}
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/event_form.hpp"
#include "common/stderr_log.hpp"
#include "common/utc_time.hpp"
#include "mqttkit/base/bytes.hpp"
#include "mqttkit/client/client.hpp"

namespace mqttkit::tools {

/// See the head of this file. What is told without --events as well (a loss, a return, a refusal)
/// is left to others when the form is words.
class event_log {
 public:
  /// @param log  must outlive this object.
  event_log(event_form form, std::string broker, const stderr_log& log)
      : form_(form), broker_(std::move(broker)), log_(log) {}

  bool is_json() const noexcept { return form_ == event_form::json; }

  void connected(const session& protocol, bool session_present);
  /// To a gateway of MQTT-SN, which does not say whether it had the session.
  void connected_to_gateway(std::string_view gateway, std::string_view client_id);
  void subscribed(std::string_view filter, std::uint8_t qos);
  /// Attempts to return that fail as well are no further loss.
  void lost(std::string_view why);
  void reconnected(std::chrono::nanoseconds gap, std::optional<bool> session_present);
  void refused(std::string_view filter, std::uint8_t code);

 private:
  void begin(std::string_view event);
  void add_text(std::string_view name, std::string_view value);
  void add(std::string_view name, std::string_view value);
  void write();

  event_form form_;
  std::string broker_;
  const stderr_log& log_;
  utc_time time_;
  byte_buffer line_;
  bool is_lost_ = false;
};

}  // namespace mqttkit::tools
