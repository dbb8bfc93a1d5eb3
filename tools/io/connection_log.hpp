#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/stderr_log.hpp"
#include "io/event_log.hpp"
#include "mqttkit/client/client.hpp"

namespace mqttkit::tools {

/// Tells on stderr what happens to a connection: a loss and the return always, every step and
/// packet under --debug. Programs derive from it and add what they do with the rest.
class connection_log : public client_observer {
 public:
  connection_log(const stderr_log& log, bool debug, const client_options& options);

  /// For client::set_trace(); empty without --debug. Shows packets without payloads and secrets.
  session::trace_function packet_trace(protocol_version version) const;

  void step_begins(stage at, std::string_view subject) override;
  void step_ended(const step_report& report) override;
  void link_up(const connected& with, const session& protocol,
               std::chrono::nanoseconds gap) override;
  void link_down(const failure& why, bool will_retry, std::chrono::milliseconds retry_in) override;

 protected:
  const stderr_log& log() const noexcept { return log_; }
  bool debug() const noexcept { return debug_; }
  event_log& events() noexcept { return events_; }

 private:
  std::string suspicion(const failure& why);

  const stderr_log& log_;
  event_log events_;
  bool debug_;
  std::string client_id_;
  protocol_version version_;
  bool loss_told_ = false;
  bool is_up_ = false;
  bool was_up_ = false;
  std::chrono::steady_clock::time_point up_since_;
  unsigned hang_ups_ = 0;  // one after the other, each soon after connecting
};

/// One line for a packet: "PUBLISH (q1, r0, d0, m7, 'test/topic', 5 bytes)".
std::string describe_packet(const frame& packet, protocol_version version);

}  // namespace mqttkit::tools
