// A connection to a gateway, as both programs have it: made, told, made again.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "common/stderr_log.hpp"
#include "io/event_log.hpp"
#include "mqttkit/client/options.hpp"
#include "mqttkit/client/sn_client.hpp"
#include "mqttkit/net/observer.hpp"

namespace mqttkit::tools {

/// What of the options of MQTT counts for MQTT-SN too: address, identifier, clean session, keep
/// alive, will.
sn::client_options sn_options_from(const client_options& from);

/// Tells every step and datagram under --debug.
class sn_connection : public dial_observer {
 public:
  sn_connection(const asio::any_io_executor& executor, sn::client_options options,
                const stderr_log& log, bool debug);

  /// Connects; to a group's address after a search for a gateway there. With `limit` other than
  /// zero again and again until so much time is over.
  asio::awaitable<failure> connect(std::chrono::milliseconds each, std::chrono::milliseconds limit);

  sn::client& client() noexcept { return client_; }
  event_log& events() noexcept { return events_; }
  /// The connection is gone, and is to be made again.
  void lost(const failure& why);
  void returned(std::chrono::nanoseconds gap);

  void step_begins(stage at, std::string_view subject) override;
  void step_ended(const step_report& report) override;

 private:
  asio::awaitable<failure> search();

  const stderr_log& log_;
  event_log events_;
  bool debug_;
  bool was_up_ = false;
  sn::client client_;
};

}  // namespace mqttkit::tools
