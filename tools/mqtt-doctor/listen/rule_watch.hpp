// Which of the two broke a rule of MQTT that one packet alone does not show: who may send what,
// when, and with which packet identifier. Pure: packets and the time go in, observations come out.
//
// A broken rule is a cause where it does harm by itself, or where the other side ended the
// connection right after it; else it is a note. The packets of the two sides may be heard in
// another order than they were sent: what depends on the other side's packets waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/listen/packet_event.hpp"
#include "mqtt-doctor/listen/remark.hpp"

namespace mqttkit::doctor {

class rule_watch {
 public:
  using moment = std::chrono::steady_clock::time_point;
  static constexpr std::size_t most_open = 256;  // identifiers followed in each direction

  void heard(const heard_packet& packet, moment now);
  /// Packets are missing: identifiers that look new may be old.
  void heard_in_part() noexcept { is_whole_ = false; }
  /// Whether that side broke a rule so shortly before.
  bool has_just_broken(side whose, moment now) const noexcept;
  /// Observations that are certain by now.
  void look(moment now, observations& out);
  /// The connection ended: by that side, or unknown.
  void ends(std::optional<side> by, moment now, observations& out);

 private:
  /// What became of an identifier that its sender used.
  enum class state : std::uint8_t { qos1, qos2, received, asked };
  struct use {
    state at = state::qos1;
    std::string topic;
    std::size_t content = 0;  // a hash of the payload
    moment since;
    bool was_reused = false;  // its identifier was in use when it began
  };
  struct broken {
    side whose{};
    const char* rule = nullptr;
    bool is_harm = false;  // whatever the other side does
    std::uint16_t id = 0;  // 0: of no identifier
    std::string topic;
    moment since;
    packet_type excused_by{};  // while the other side's packets of that time may still come
    bool is_reuse = false;
  };
  struct direction {
    std::map<std::uint16_t, use> open;
    std::set<std::uint16_t> used;
    std::map<std::pair<std::uint16_t, packet_type>, moment> early;  // answers before the question
    bool is_full = false;
  };

  void breaks(side whose, const char* rule, moment now, bool is_harm = false, std::uint16_t id = 0,
              std::string topic = {});
  /// Keeps it until the other side's packets of the same time were heard.
  void may_break(side whose, const char* rule, packet_type excused_by, moment now, bool is_harm,
                 std::uint16_t id, std::string topic = {});
  void forgive(side whose, std::uint16_t id, packet_type by);
  void finish(side sender, std::uint16_t id);
  bool was_reused(side sender, std::uint16_t id) const;
  bool was_early(side sender, std::uint16_t id, packet_type answer, moment now);
  void settle(moment now);
  static observation told_of(const broken& what, weight heavy);

  void take_connect(const heard_packet& packet);
  void take_connack(const heard_packet& packet, moment now);
  void take_publish(const heard_packet& packet, moment now);
  void take_alias(side from, std::uint32_t alias, bool has_topic, moment now);
  void take_acknowledgement(const heard_packet& packet, moment now);
  void take_question(const heard_packet& packet, moment now);
  void take_answer(const heard_packet& packet, moment now);
  void take_disconnect(const heard_packet& packet, moment now);
  void use_identifier(side from, std::uint16_t id, use how, moment now, bool is_repeated);
  direction& of(side from) noexcept { return of_[from == side::client ? 0 : 1]; }

  direction of_[2];                                 // by who chose the identifier
  std::map<std::uint16_t, std::size_t> asked_for_;  // filters of each SUBSCRIBE
  std::set<std::uint32_t> aliases_[2];
  std::vector<broken> pending_;
  std::vector<broken> broken_;
  std::uint32_t alias_maximum_[2]{};   // of the client's PUBLISH, as the broker allows; and back
  std::uint32_t maximum_packet_ = 0;   // that the client allows
  std::uint32_t receive_maximum_ = 0;  // that the client allows
  bool is_v5_ = false;
  bool is_whole_ = true;
  bool has_method_ = false;
  bool is_clean_ = false;
  bool has_expiry_ = false;
  bool has_connack_ = false;
  bool is_resumed_ = false;
  bool said_goodbye_ = false;
};

}  // namespace mqttkit::doctor
