// The library's client of MQTT-SN, one blocking step at a time, with the messages that pass.
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

/// Distinct objects are independent. The destructor sends DISCONNECT.
class gateway_client {
 public:
  struct message {
    std::string topic;
    std::string payload;
    bool was_asleep = false;  ///< came while the client still slept
  };

  explicit gateway_client(const sn::client_options& options);
  ~gateway_client();
  gateway_client(const gateway_client&) = delete;
  gateway_client& operator=(const gateway_client&) = delete;

  failure connect(std::chrono::milliseconds limit);

  /// The return code of SUBACK; -1: none came.
  int subscribe(const std::string& filter, probe::deadline until);
  /// The return code of PUBACK, likewise; `regack` is set when REGISTER was sent for the topic.
  int publish(const std::string& topic, const std::string& payload, int& regack,
              probe::deadline until);
  /// Whether the gateway acknowledged the sleep.
  bool sleep(std::chrono::seconds duration, probe::deadline until);
  /// Whether PINGRESP came, which follows all stored messages.
  bool wake(probe::deadline until);
  /// Whether a message with this payload came.
  bool await(const std::string& payload, probe::deadline until);
  /// Deletes the will. Returns the answer's code; -1: none came.
  int delete_will(probe::deadline until);
  void say_goodbye(probe::deadline until);

  const message* find(const std::string& payload) const;
  bool is_ended() const noexcept { return is_ended_; }
  double ended_ms() const noexcept { return ended_ms_; }
  bool was_will_asked() const noexcept { return was_will_asked_; }
  /// CONNECTs sent so far.
  int connects() const noexcept { return connects_; }
  /// Whether DISCONNECT came in answer to CONNECT.
  bool was_turned_away() const noexcept { return was_turned_away_; }
  /// The first bytes of a datagram that was no gateway's message.
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
  std::map<sn::message_type, int> answers_;  // by kind of answer: its last return code, or 0
  std::vector<message> messages_;
  std::string sent_;  // the last message sent
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
