#include "mqtt-doctor/listen/answer_watch.hpp"

#include "common/duration_text.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

// Brokers answer these at once; an app waits for some seconds, seldom for less than five.
constexpr auto patience = 5s;
constexpr auto order_time = 3s;  // as rule_watch has it
constexpr auto broker_lives_after = 1s;

std::string time_between(std::chrono::steady_clock::time_point from,
                         std::chrono::steady_clock::time_point to) {
  return tools::rough_text(std::chrono::duration<double>(to - from).count());
}

}  // namespace

void answer_watch::heard_in_part() noexcept {
  open_.clear();
  pings_ = 0;
}

void answer_watch::heard(const heard_packet& packet, moment now) {
  const packet_type type = packet.what.type;
  if (packet.from == side::broker) {
    last_broker_ = now;
    has_connack_ = has_connack_ || type == packet_type::connack;
    if (type == packet_type::pingresp) {
      if (pings_ == 0) early_answer_ = now;
      pings_ = 0;
    }
    if (type != packet_type::suback && type != packet_type::unsuback) return;
    suback_packet read;
    if (!decode(packet.what, packet.version, read)) open_.erase(read.packet_id);
    return;
  }
  has_connect_ = has_connect_ || type == packet_type::connect;
  if (type == packet_type::disconnect) is_over_ = true;
  // The two directions may be heard in another order than they were sent.
  const bool was_answered_early = early_answer_ && now - *early_answer_ < order_time;
  if (type == packet_type::pingreq) early_answer_.reset();
  if (type == packet_type::pingreq && !was_answered_early && pings_++ == 0) first_ping_ = now;
  if (type != packet_type::subscribe && type != packet_type::unsubscribe) return;
  subscribe_packet read;
  if (open_.size() == most_open || decode(packet.what, packet.version, read)) return;
  subscription first;
  subscription_list list = read.filters;
  if (!list.next(first)) return;
  constexpr std::size_t most_shown = 256;
  open_[read.packet_id] = {type == packet_type::subscribe,
                           std::string(first.filter.substr(0, most_shown)), now,
                           has_connect_ && !has_connack_};
}

/// A broker that lives and does not answer is told at once, a silent one when the client has sent
/// another PINGREQ, or given up.
void answer_watch::tell_pings(bool is_end, moment now, observations& out) {
  if (pings_ == 0 || now - first_ping_ < patience) return;
  const bool lives = last_broker_ > first_ping_ + broker_lives_after;
  if (!lives && pings_ < 2 && !is_end) return;
  out.push_back({lives ? noticed::ping_unanswered_alive : noticed::ping_unanswered,
                 {{"count", std::to_string(pings_)}, {"time", time_between(first_ping_, now)}},
                 ""});
}

void answer_watch::tell_requests(moment now, observations& out) {
  for (const auto& [id, asked] : open_) {
    const bool lives = last_broker_ > asked.since + broker_lives_after;
    if (now - asked.since < patience || !lives) continue;
    out.push_back(
        {asked.is_subscribe ? noticed::subscribe_unanswered : noticed::unsubscribe_unanswered,
         {{"asked", shown(asked.filter)}, {"time", time_between(asked.since, now)}},
         asked.filter});
    if (asked.is_early)
      out.back().more.push_back(
          words(N_("It was sent before CONNACK had come. MQTT allows that, and some brokers throw "
                   "away what comes so early: let the app wait for CONNACK.")));
  }
}

void answer_watch::look(moment now, observations& out) {
  if (is_over_) return;
  tell_pings(false, now, out);
  tell_requests(now, out);
}

void answer_watch::ends(std::optional<side> by, moment now, observations& out) {
  if (!is_over_) tell_pings(by == side::client, now, out);
  tell_requests(now, out);
}

}  // namespace mqttkit::doctor
