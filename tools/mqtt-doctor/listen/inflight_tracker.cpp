#include "mqtt-doctor/listen/inflight_tracker.hpp"

#include <algorithm>

#include "common/duration_text.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto stall_time = 5s;      // without an acknowledgement while the window is full
constexpr auto patient_time = 10s;   // while it is not
constexpr auto handshake_time = 5s;  // between two packets of a QoS 2 handshake
constexpr auto hung_up_within = std::chrono::seconds(1);  // of what it is taken to be the answer to
constexpr std::size_t usual_window = 20;                  // mosquitto's max_inflight_messages
constexpr std::size_t most_topic = 256;
constexpr std::size_t large = 16 * 1024;  // for "by far the largest"

std::string text(std::size_t number) { return std::to_string(number); }
std::string text(qos_t qos) { return std::to_string(static_cast<int>(qos)); }

remark_places reason_places(std::uint8_t reason, packet_type in) {
  const std::string_view name = reason_name(reason, in);
  return {{"meaning", name.empty() ? "unknown" : std::string(name)},
          {"number", std::to_string(reason)}};
}

}  // namespace

std::string time_between(moment from, moment to) {
  return tools::rough_text(std::chrono::duration<double>(to - from).count());
}

void inflight_tracker::connect(const connect_packet& packet) {
  keep_alive_ = packet.keep_alive;
  client_receive_maximum_ = packet.properties.number(property_id::receive_maximum).value_or(0);
}

void inflight_tracker::connack(const connack_packet& packet) {
  is_accepted_ = packet.reason == 0;
  was_answered_ = true;
  is_resumed_ = packet.session_present;
  const properties_view& given = packet.properties;
  server_keep_alive_ = given.number(property_id::server_keep_alive);
  receive_maximum_ = given.number(property_id::receive_maximum).value_or(0);
  maximum_packet_ = given.number(property_id::maximum_packet_size).value_or(0);
  maximum_qos_ = given.number(property_id::maximum_qos).value_or(2);
  keeps_retained_ = given.number(property_id::retain_available).value_or(1) != 0;
}

void inflight_tracker::hold_to_limits(const publish_packet& packet, std::size_t size,
                                      observations& out) {
  const std::size_t before = out.size();
  if (maximum_packet_ != 0 && size > maximum_packet_)
    out.push_back({noticed::too_large_announced,
                   {{"size", text(size)}, {"limit", std::to_string(maximum_packet_)}},
                   ""});
  if (static_cast<std::uint32_t>(packet.qos) > maximum_qos_)
    out.push_back({noticed::qos_announced,
                   {{"qos", text(packet.qos)}, {"limit", std::to_string(maximum_qos_)}},
                   ""});
  if (packet.retain && !keeps_retained_) out.push_back({noticed::retain_announced, {}, ""});
  breaks_a_limit_ = breaks_a_limit_ || out.size() != before;
}

void inflight_tracker::publish(side from, const publish_packet& packet, const std::string& topic,
                               std::size_t size, moment now, observations& out) {
  const bool is_clients = from == side::client;
  if (is_clients) {
    hold_to_limits(packet, size, out);
    largest_before_ = largest_;
    largest_ = std::max(largest_, size);
    const bool is_known = topics_.contains(topic);
    last_publish_ =
        last_publish{topic.substr(0, most_topic), size, packet.qos, packet.packet_id, is_known};
    last_was_publish_ = true;
    if (topics_.size() < most_topics && topic.size() <= most_topic) topics_.insert(topic);
  }
  if (packet.qos == qos_t::at_most_once) return;
  exchanges& open = is_clients ? to_broker_ : to_client_;
  const auto at = open.find(packet.packet_id);
  if (at == open.end() && open.size() == most_open) return;
  const bool is_again = at != open.end();
  if (is_again && at->second.next != waits_for::puback && at->second.next != waits_for::pubrec)
    return;  // sent again though it had arrived
  if (!is_clients && !is_again && unacknowledged_++ == 0) stall_begin_ = now;
  strays& answers = is_clients ? from_broker_ : from_client_;
  if (answers.used.size() < most_open) {
    answers.used.insert(packet.packet_id);
  } else if (!answers.used.contains(packet.packet_id)) {
    is_whole_ = false;  // no more of them are kept
  }
  const auto next = packet.qos == qos_t::at_least_once ? waits_for::puback : waits_for::pubrec;
  open.insert_or_assign(packet.packet_id,
                        exchange{next, packet.qos, now, topic.substr(0, most_topic), size});
}

std::optional<acknowledged> inflight_tracker::acknowledge(side from, const ack_packet& packet,
                                                          moment now, observations& out) {
  // PUBREL comes from who published, the others from who received.
  const bool is_pubrel = packet.type == packet_type::pubrel;
  const bool is_clients = (from == side::client) == is_pubrel;
  exchanges& open = is_clients ? to_broker_ : to_client_;
  const auto at = open.find(packet.packet_id);
  if (!is_clients && !is_pubrel) stall_begin_ = now;
  if (at == open.end()) {
    note_stray(packet, from == side::client, out);
    return std::nullopt;
  }
  if (is_clients && last_publish_ && last_publish_->packet_id == packet.packet_id)
    last_was_publish_ = false;  // it was taken
  exchange& in_flight = at->second;
  const bool was_unacknowledged =
      in_flight.next == waits_for::puback || in_flight.next == waits_for::pubrec;
  const bool is_refusal = is_failure(packet.reason);
  const bool is_end = packet.type == packet_type::puback || packet.type == packet_type::pubcomp ||
                      (packet.type == packet_type::pubrec && is_refusal);
  if (!is_clients && was_unacknowledged) {
    --unacknowledged_;
    largest_taken_ = std::max(largest_taken_, in_flight.size);
  }
  if (!is_end) {
    in_flight.next = is_pubrel ? waits_for::pubcomp : waits_for::pubrel;
    in_flight.since = now;
    return std::nullopt;
  }
  const acknowledged done{in_flight.topic, in_flight.qos, packet.reason};
  const std::size_t under_way = open.size();
  open.erase(at);
  if (!is_clients) return std::nullopt;
  if (is_refusal) {
    remark_places with = reason_places(packet.reason, packet.type);
    with["topic"] = shown(done.topic);
    with["count"] = text(under_way);
    with["limit"] = std::to_string(receive_maximum_);
    const auto code = static_cast<reason_code>(packet.reason);
    const bool is_full = receive_maximum_ != 0 && under_way >= receive_maximum_;
    const bool is_quota = code == reason_code::quota_exceeded && is_full;
    out.push_back({is_quota                              ? noticed::receive_maximum_refused
                   : code == reason_code::not_authorized ? noticed::publish_refused
                                                         : noticed::publish_refused_otherwise,
                   std::move(with), is_quota ? "" : done.topic});
  }
  return done;
}

/// An acknowledgement of nothing. In a session that goes on it may be of something from before.
void inflight_tracker::note_stray(const ack_packet& packet, bool is_clients_ack,
                                  observations& out) {
  const bool is_of_message =
      packet.type == packet_type::puback || packet.type == packet_type::pubrec;
  strays& answers = is_clients_ack ? from_client_ : from_broker_;
  const exchanges& open = is_clients_ack ? to_client_ : to_broker_;
  if (!is_whole_ || !is_accepted_ || is_resumed_ || answers.is_told || open.empty()) return;
  if (!is_of_message || answers.used.contains(packet.packet_id)) return;
  constexpr int enough = 2;  // one may be a slip
  constexpr std::size_t most_named = 3;
  if (answers.ids.size() < most_named) answers.ids.push_back(packet.packet_id);
  if (++answers.count < enough) return;
  answers.is_told = true;
  std::string ids, numbers;
  for (const std::uint16_t id : answers.ids) ids += (ids.empty() ? "" : ", ") + std::to_string(id);
  std::size_t named = 0;
  for (const auto& [id, waiting] : open) {
    if (named++ == most_named) break;
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(id);
  }
  const bool is_swapped =
      std::all_of(answers.ids.begin(), answers.ids.end(), [&](std::uint16_t id) {
        return answers.used.contains(static_cast<std::uint16_t>(id << 8 | id >> 8));
      });
  out.push_back({!is_clients_ack ? noticed::broker_acknowledges_nothing
                 : is_swapped    ? noticed::swaps_numbers
                                 : noticed::acknowledges_nothing,
                 {{"ids", ids}, {"open", numbers}},
                 ""});
}

void inflight_tracker::dismissed(std::uint8_t reason, observations& out) {
  is_dismissed_ = true;
  remark_places with = reason_places(reason, packet_type::disconnect);
  with["size"] = text(largest_);
  with["count"] = text(to_broker_.size());
  with["limit"] = std::to_string(receive_maximum_);
  const auto tell = [&](noticed what) { out.push_back({what, std::move(with), ""}); };
  switch (static_cast<reason_code>(reason)) {
    case reason_code::packet_too_large:
      return tell(noticed::too_large_said);
    case reason_code::qos_not_supported:
      return tell(noticed::qos_said);
    case reason_code::retain_not_supported:
      return tell(noticed::retain_said);
    case reason_code::receive_maximum_exceeded:
      return tell(noticed::receive_maximum_refused);
    case reason_code::keep_alive_timeout:
      is_dismissed_ = false;  // hung_up() says it, with the times
      return;
    default:
      return;
  }
}

void inflight_tracker::caught_up(observations& out) {
  if (receive_maximum_ == 0 || to_broker_.size() <= receive_maximum_) return;
  out.push_back({noticed::receive_maximum,
                 {{"count", text(to_broker_.size())}, {"limit", std::to_string(receive_maximum_)}},
                 ""});
}

void inflight_tracker::look(moment now, observations& out) {
  look_at_stall(now, out);
  look_at_handshakes(now, out);
  if (!server_keep_alive_ || *server_keep_alive_ >= keep_alive_) return;
  if (now - client_ < std::chrono::seconds(*server_keep_alive_ + 2)) return;
  out.push_back({noticed::server_keep_alive_passed,
                 {{"keep_alive", std::to_string(keep_alive_)},
                  {"limit", std::to_string(*server_keep_alive_)},
                  {"time", time_between(client_, now)}},
                 ""});
}

void inflight_tracker::look_at_stall(moment now, observations& out) {
  // What the client did not read it cannot acknowledge: that is told otherwise.
  if (unacknowledged_ == 0 || is_blocked_ || now - stall_begin_ < stall_time) return;
  if (look_at_sizes(now, out)) return;
  const std::size_t window = client_receive_maximum_ != 0 ? client_receive_maximum_ : usual_window;
  const remark_places with{{"count", text(unacknowledged_)},
                           {"time", time_between(stall_begin_, now)},
                           {"limit", text(window)}};
  if (to_client_.size() >= window) {
    const bool is_silent = client_ <= stall_begin_;
    out.push_back(
        {is_silent ? noticed::inflight_stall_silent : noticed::inflight_stall, with, "stall"});
  } else if (now - stall_begin_ >= patient_time) {
    // One may be lost for any reason; who never acknowledged a single one does not know how.
    const bool never_does = unacknowledged_ >= 2 && largest_taken_ == 0;
    observation found{noticed::inflight_unacknowledged, with, "few"};
    if (never_does) found.heavy = weight::cause;
    out.push_back(std::move(found));
  }
}

/// Small ones are acknowledged and large ones are not: they do not fit where they are read into.
bool inflight_tracker::look_at_sizes(moment now, observations& out) {
  std::size_t smallest = 0, waiting = 0;
  for (const auto& [id, one] : to_client_) {
    if (one.next != waits_for::puback && one.next != waits_for::pubrec) continue;
    if (now - one.since < patient_time) continue;
    ++waiting;
    smallest = smallest == 0 ? one.size : std::min(smallest, one.size);
  }
  // One may be lost for any reason; two that are larger than all that were taken are a rule.
  if (waiting < 2 || largest_taken_ == 0 || smallest <= largest_taken_) return false;
  out.push_back({noticed::large_unacknowledged,
                 {{"limit", text(largest_taken_)}, {"size", text(smallest)}},
                 "large"});
  return true;
}

void inflight_tracker::look_at_handshakes(moment now, observations& out) {
  const auto tell = [&](noticed what, const exchange& in_flight) {
    // Each is told once for a client: of a thousand that are stuck the first will do.
    const auto is_same = [what](const observation& other) { return other.what == what; };
    if (std::any_of(out.begin(), out.end(), is_same)) return;
    out.push_back({what,
                   {{"topic", shown(in_flight.topic)},
                    {"qos", text(in_flight.qos)},
                    {"time", time_between(in_flight.since, now)}},
                   ""});
  };
  for (const auto& [id, one] : to_broker_) {
    const auto waited = now - one.since;
    const bool broker_lives = broker_ > one.since + std::chrono::seconds(1);
    if (one.next == waits_for::pubrel) {
      if (waited >= handshake_time) tell(noticed::qos2_no_pubrel, one);
    } else if (one.next == waits_for::pubcomp) {
      if (waited >= handshake_time && broker_lives) tell(noticed::qos2_no_pubcomp, one);
    } else if (waited >= patient_time && broker_lives) {
      tell(noticed::no_puback, one);
    }
  }
  for (const auto& [id, one] : to_client_) {
    if (now - one.since < handshake_time) continue;
    if (one.next == waits_for::pubcomp && !is_blocked_) tell(noticed::qos2_app_no_pubcomp, one);
    if (one.next == waits_for::pubrel && broker_ > one.since + std::chrono::seconds(1))
      tell(noticed::qos2_broker_no_pubrel, one);
  }
}

void inflight_tracker::hung_up(std::size_t unfinished, moment now, observations& out) {
  if (!is_accepted_ || is_dismissed_) return;
  const double silence = std::chrono::duration<double>(now - client_).count();
  const std::uint32_t agreed = server_keep_alive_.value_or(keep_alive_);
  // One and a half times it (MQTT 5.0 §3.1.2.10), less what the way here takes.
  if (agreed != 0 && silence >= 1.5 * agreed - 0.25) {
    const bool is_lowered = server_keep_alive_ && *server_keep_alive_ < keep_alive_;
    out.push_back({is_lowered ? noticed::server_keep_alive : noticed::keep_alive_expired,
                   {{"keep_alive", std::to_string(keep_alive_)},
                    {"limit", std::to_string(agreed)},
                    {"time", time_between(client_, now)}},
                   ""});
    return;
  }
  if (maximum_packet_ != 0 && unfinished > maximum_packet_) {
    out.push_back({noticed::too_large_announced,
                   {{"size", text(unfinished)}, {"limit", std::to_string(maximum_packet_)}},
                   ""});
    return;
  }
  if (breaks_a_limit_ || now - client_ > hung_up_within) return;
  const std::size_t before = unfinished != 0 ? largest_ : largest_before_;
  const bool ends_with_publish = last_publish_ && last_was_publish_ && unfinished == 0;
  const std::size_t size = unfinished != 0     ? unfinished
                           : ends_with_publish ? last_publish_->size
                                               : 0;
  const bool is_outlier = size >= large && size > 4 * before;
  if (unfinished != 0 || (is_outlier && ends_with_publish)) {
    if (is_outlier) out.push_back({noticed::too_large_likely, {{"size", text(size)}}, ""});
    return;
  }
  if (!ends_with_publish || last_publish_->is_known_topic) return;
  out.push_back({noticed::publish_closes,
                 {{"topic", shown(last_publish_->topic)},
                  {"qos", text(last_publish_->qos)},
                  {"size", text(size)}},
                 last_publish_->topic});
}

}  // namespace mqttkit::doctor
