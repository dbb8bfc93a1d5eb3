// The library's client of MQTT-SN, one step at a time, and what passes on its socket.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqttkit/client/sn_client.hpp"
#include "mqttkit/probe/link.hpp"

namespace mqttkit::doctor {

/// Distinct objects are independent. Sends DISCONNECT when it is left.
class gateway_client {
 public:
  struct message {
    std::string topic;
    std::string payload;
    bool was_asleep = false;  ///< it came before the client asked for what waits
  };

  explicit gateway_client(const sn::client_options& options);
  ~gateway_client();
  gateway_client(const gateway_client&) = delete;
  gateway_client& operator=(const gateway_client&) = delete;

  failure connect(std::chrono::milliseconds limit);

  /// Whether the gateway answered, with which code; -1: it did not.
  int subscribe(const std::string& filter, probe::deadline until);
  /// As subscribe(). `regack` is set when an id for the topic was asked for.
  int publish(const std::string& topic, const std::string& payload, int& regack,
              probe::deadline until);
  /// Whether the gateway has agreed.
  bool sleep(std::chrono::seconds duration, probe::deadline until);
  /// Whether PINGRESP came, that is all that waited.
  bool wake(probe::deadline until);
  /// Whether a message with this in it came.
  bool await(const std::string& payload, probe::deadline until);
  /// Deletes the will. The code of the answer, -1: none came.
  int delete_will(probe::deadline until);
  void say_goodbye(probe::deadline until);

  const message* find(const std::string& payload) const;
  bool is_ended() const noexcept { return is_ended_; }
  double ended_ms() const noexcept { return ended_ms_; }
  bool was_will_asked() const noexcept { return was_will_asked_; }
  /// CONNECTs that were sent.
  int connects() const noexcept { return connects_; }
  /// DISCONNECT came in answer to CONNECT.
  bool was_turned_away() const noexcept { return was_turned_away_; }
  /// What came and is no message of a gateway.
  const std::string& strange() const noexcept { return strange_; }
  bool is_echo() const noexcept { return is_echo_; }

 private:
  template <class Condition>
  bool wait(Condition is_met, probe::deadline until);
  std::error_code turn(probe::deadline until);
  void pull_events();
  void trace(bool is_outgoing, bytes_view datagram);
  int answer(sn::message_type type) const {
    const auto found = answers_.find(type);
    return found == answers_.end() ? -1 : found->second;
  }

  asio::io_context loop_{1};
  sn::client client_;
  std::map<sn::message_type, int> answers_;  // the last return code of each kind; 0 without one
  std::vector<message> messages_;
  std::string sent_;  // last
  std::string strange_;
  bool is_echo_ = false;
  int connects_ = 0;
  bool was_will_asked_ = false;
  bool was_turned_away_ = false;
  bool is_ended_ = false;
  int will_code_ = -1;
  double ended_ms_ = -1;
  std::uint64_t token_ = 0;
  probe::clock::time_point connected_{};
};

}  // namespace mqttkit::doctor
