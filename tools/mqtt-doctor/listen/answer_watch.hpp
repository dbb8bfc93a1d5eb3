// Which requests of a client the broker leaves unanswered: PINGREQ, SUBSCRIBE, UNSUBSCRIBE. Pure:
// packets and the time go in, observations come out. (Messages: inflight_tracker; CONNECT: the
// conclusion.)
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "mqtt-doctor/listen/packet_event.hpp"
#include "mqtt-doctor/listen/remark.hpp"

namespace mqttkit::doctor {

class answer_watch {
 public:
  using moment = std::chrono::steady_clock::time_point;
  static constexpr std::size_t most_open = 64;

  void heard(const heard_packet& packet, moment now);
  /// Packets are missing: the answer may be among them.
  void heard_in_part() noexcept;
  void look(moment now, observations& out);
  /// The connection ended, or listening to it.
  void ends(std::optional<side> by, moment now, observations& out);

 private:
  struct request {
    bool is_subscribe = false;
    std::string filter;
    moment since;
    bool is_early = false;  ///< before CONNACK
  };

  void tell_pings(bool is_end, moment now, observations& out);
  void tell_requests(moment now, observations& out);

  std::map<std::uint16_t, request> open_;
  std::uint64_t pings_ = 0;  // without an answer
  moment first_ping_;
  moment last_broker_;                  // when the broker last sent anything
  std::optional<moment> early_answer_;  // a PINGRESP that was heard before its PINGREQ
  bool has_connect_ = false, has_connack_ = false;
  bool is_over_ = false;  // DISCONNECT came: nothing more has to be answered
};

}  // namespace mqttkit::doctor
