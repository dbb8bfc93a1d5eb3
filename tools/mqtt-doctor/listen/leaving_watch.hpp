// What a client and its broker did last before connections ended, where it is always the same: the
// app that leaves at one message, or in the middle of its own, and the broker that hangs up on one
// kind of packet. Pure, and bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "mqtt-doctor/listen/event.hpp"
#include "mqtt-doctor/listen/remark.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit::doctor {

class leaving_watch {
 public:
  using moment = std::chrono::steady_clock::time_point;
  static constexpr std::size_t most_clients = 200;
  static constexpr std::size_t most_topics = 16;  // of one client

  /// What was heard last on a connection.
  class last_words {
   public:
    void heard(side from, packet_type type, moment now);
    /// The broker sent a message of that size, perhaps again (DUP).
    void given(const std::string& topic, std::size_t size, bool is_repeated, moment now);
    /// Whether a message came just before, and the client has sent nothing since.
    bool is_at_message(moment now) const noexcept;

   private:
    friend class leaving_watch;
    packet_type of_client_{};
    moment client_at_;
    std::string topic_;       // of the largest message since the client last sent something
    std::size_t size_ = 0;    // its size; 0: none came since
    std::size_t stayed_ = 0;  // the largest message after which the client went on
    bool is_repeated_ = false;
    moment given_;
    bool has_published_ = false;
  };

  /// The client closed the connection without DISCONNECT.
  /// @param unfinished  size of the packet that it was sending; 0: none
  void left(const std::string& client, const last_words& last, std::size_t unfinished, moment now,
            observations& out);
  /// The broker closed the connection, and nothing else explains it.
  void hung_up(const std::string& client, const last_words& last, moment now, observations& out);

 private:
  struct at_message {
    std::uint64_t times = 0;
    std::size_t size = 0;  // the smallest
  };
  struct known {
    std::uint64_t left = 0;
    std::uint64_t inside = 0;  // in the middle of its own packet
    std::size_t stayed = 0;    // the largest message that it was sent and stayed at
    std::map<std::string, at_message> topics;
    std::map<packet_type, std::uint64_t> hung_up;
  };
  known* of(const std::string& client);

  std::map<std::string, known> clients_;
};

}  // namespace mqttkit::doctor
