#include "mqtt-doctor/listen/inflight_tracker.hpp"

#include <algorithm>

#include "common/duration_text.hpp"
#include "mqtt-doctor/facts/topic_levels.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto stall_time = 5s;      // without an acknowledgement while the window is full
constexpr auto patient_time = 10s;   // without one while the window has room
constexpr auto handshake_time = 5s;  // between two packets of a QoS 2 handshake
constexpr auto hung_up_within = std::chrono::seconds(1);  // a close this soon answers a packet
constexpr std::size_t usual_window = 20;                  // mosquitto's max_inflight_messages
constexpr std::size_t most_topic = 256;
constexpr std::size_t large = 16 * 1024;  // bytes; smaller packets are never "by far the largest"
constexpr std::size_t large_for_a_broker = 512;  // the least limit of a broker that is usual
constexpr auto silent_time = 15s;  // for a handshake whose client sends nothing else either
constexpr auto working_time = 2s;  // of a client that leaves a packet unanswered, at the end
constexpr auto stray_time = 3s;    // a message heard this long after its acknowledgement is missing
constexpr std::size_t most_named = 3;
constexpr std::size_t most_early = 256;  // acknowledgements remembered for messages heard late
constexpr std::size_t most_strays = 64;  // acknowledgements without a message that are kept

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
  strays& answers = is_clients ? of_client_ : of_broker_;
  if (answers.used.size() < most_open) {
    answers.used.insert(packet.packet_id);
  } else if (!answers.used.contains(packet.packet_id)) {
    is_whole_ = false;  // the table is full: later acknowledgements may belong to any message
  }
  if (!is_clients) last_given_ = now;
  if (was_answered_early(answers, packet.packet_id, now)) {
    if (is_clients) last_was_publish_ = false;
    return;
  }
  const auto at = open.find(packet.packet_id);
  if (at == open.end() && open.size() == most_open) return;
  const bool is_again = at != open.end();
  if (is_again && at->second.next != waits_for::puback && at->second.next != waits_for::pubrec)
    return;  // repeated by the publisher though the receiver had confirmed it
  if (!is_clients && !is_again && unacknowledged_++ == 0) stall_begin_ = now;
  const auto next = packet.qos == qos_t::at_least_once ? waits_for::puback : waits_for::pubrec;
  exchange made{next, packet.qos, now, topic.substr(0, most_topic), size};
  made.first = is_again ? at->second.first : now;
  if (is_again && packet.dup && at->second.topic == made.topic) made.again = now;
  open.insert_or_assign(packet.packet_id, std::move(made));
}

std::optional<acknowledged> inflight_tracker::acknowledge(side from, const ack_packet& packet,
                                                          moment now, observations& out) {
  // PUBREL comes from the message's sender, the other acknowledgements from its receiver.
  const bool is_pubrel = packet.type == packet_type::pubrel;
  const bool is_clients = (from == side::client) == is_pubrel;
  exchanges& open = is_clients ? to_broker_ : to_client_;
  const auto at = open.find(packet.packet_id);
  if (!is_clients && !is_pubrel) stall_begin_ = now;
  if (from == side::client && packet.type == packet_type::pubcomp) has_completed_ = true;
  if (at == open.end()) {
    note_stray(packet, is_clients ? of_client_ : of_broker_, now);
    return std::nullopt;
  }
  if (is_clients && last_publish_ && last_publish_->packet_id == packet.packet_id)
    last_was_publish_ = false;  // the broker accepted the packet: a close is no answer to it
  exchange& in_flight = at->second;
  const bool was_unacknowledged =
      in_flight.next == waits_for::puback || in_flight.next == waits_for::pubrec;
  if (was_unacknowledged) ++(is_clients ? of_client_ : of_broker_).fitting;
  const bool is_refusal = is_failure(packet.reason);
  const bool is_end = packet.type == packet_type::puback || packet.type == packet_type::pubcomp ||
                      (packet.type == packet_type::pubrec && is_refusal);
  if (!is_clients && was_unacknowledged) {
    --unacknowledged_;
    latest_taken_ = std::max(latest_taken_, in_flight.first);
    largest_taken_ = std::max(largest_taken_, in_flight.size);
  }
  if (is_clients && was_unacknowledged && !is_refusal) {
    latest_of_client_ = std::max(latest_of_client_, in_flight.first);
    largest_of_client_ = std::max(largest_of_client_, in_flight.size);
  }
  if (!is_end) {
    in_flight.next = is_pubrel ? waits_for::pubcomp : waits_for::pubrel;
    in_flight.since = now;
    if (!is_pubrel) in_flight.reason = packet.reason;
    return std::nullopt;
  }
  if (packet.type == packet_type::puback) tell_repeated(is_clients, in_flight, now, out);
  // PUBREC tells whether anybody subscribes, PUBCOMP does not.
  const bool is_said_before = packet.type == packet_type::pubcomp && packet.reason == 0;
  const acknowledged done{in_flight.topic, in_flight.qos,
                          is_said_before ? in_flight.reason : packet.reason};
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
  } else if (taken_.size() < most_topics) {
    taken_.insert(done.topic + text(done.qos));
  }
  return done;
}

/// A message was sent again on one connection, and its acknowledgement came after all.
void inflight_tracker::tell_repeated(bool is_clients, const exchange& done, moment now,
                                     observations& out) const {
  // Sooner, the same packet may have been heard twice; and what answers the second alone shows that
  // the first was lost.
  if (done.again == moment{} || done.again - done.first < 1s || now - done.again < 500ms) return;
  out.push_back({is_clients ? noticed::sent_again_early : noticed::given_again,
                 {{"topic", shown(done.topic)},
                  {"time", time_between(done.first, done.again)},
                  {"later", time_between(done.first, now)}},
                 ""});
}

void inflight_tracker::heard_in_part() noexcept {
  is_whole_ = false;
  to_broker_.clear();
  to_client_.clear();
  unacknowledged_ = 0;
}

/// Keeps an acknowledgement without a message. A resumed session may have sent the message before.
void inflight_tracker::note_stray(const ack_packet& packet, strays& to, moment now) {
  if (packet.type != packet_type::pubrel && packet.type != packet_type::pubcomp) {
    if (to.early.size() == most_early) to.early.pop_front();
    to.early.push_back({packet.packet_id, now});
  }
  if (!is_whole_ || !is_accepted_ || is_resumed_ || to.used.contains(packet.packet_id)) return;
  std::vector<stray>& list = packet.type == packet_type::pubrel    ? to.releases
                             : packet.type == packet_type::pubcomp ? to.endings
                                                                   : to.answers;
  if (&list == &to.answers) ++to.count;
  if (list.size() < most_strays) list.push_back({packet.packet_id, now});
}

/// Whether the acknowledgement was heard before its message. That happens where the two directions
/// are captured separately.
bool inflight_tracker::was_answered_early(strays& to, std::uint16_t id, moment now) {
  while (!to.early.empty() && now - to.early.front().since >= stray_time) to.early.pop_front();
  const auto is_it = [id](const stray& each) { return each.id == id; };
  if (std::erase_if(to.early, is_it) == 0) return false;
  for (std::vector<stray>* const list : {&to.answers, &to.releases, &to.endings}) {
    const auto removed = std::erase_if(*list, is_it);
    if (list == &to.answers) to.count -= std::min<std::uint64_t>(to.count, removed);
  }
  ++to.fitting;
  return true;
}

void inflight_tracker::look_at_strays(bool is_clients_ack, std::chrono::milliseconds patience,
                                      moment now, observations& out) {
  strays& about = is_clients_ack ? of_broker_ : of_client_;
  constexpr std::size_t enough = 2;  // a single stray may be an accident
  if (about.is_told || !is_whole_ || about.answers.size() < enough) return;
  if (about.count <= about.fitting || now - about.answers[enough - 1].since < patience) return;
  std::string ids, numbers;
  std::size_t named = 0;
  for (const stray& each : about.answers) {
    if (named++ == most_named) break;
    ids += (ids.empty() ? "" : ", ") + std::to_string(each.id);
  }
  named = 0;
  for (const auto& [id, waiting] : is_clients_ack ? to_client_ : to_broker_) {
    const bool waits = waiting.next == waits_for::puback || waiting.next == waits_for::pubrec;
    if (!waits || now - waiting.since < patience) continue;
    if (named++ == most_named) break;
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(id);
  }
  if (numbers.empty()) return;  // every message is acknowledged: the strays did no harm
  about.is_told = true;
  const bool is_swapped =
      std::all_of(about.answers.begin(), about.answers.end(), [&](const stray& each) {
        return about.used.contains(static_cast<std::uint16_t>(each.id << 8 | each.id >> 8));
      });
  out.push_back({!is_clients_ack ? noticed::broker_acknowledges_nothing
                 : is_swapped    ? noticed::swaps_numbers
                                 : noticed::acknowledges_nothing,
                 {{"ids", ids}, {"open", numbers}},
                 ""});
}

void inflight_tracker::ends(bool is_all_heard, moment now, observations& out) {
  const auto patience = is_all_heard ? 0s : 1s;
  look_at_strays(true, patience, now, out);
  look_at_strays(false, patience, now, out);
  look_at_what_stays_open(out);
}

/// Judges by the client's own packets what is open at the end: no more time will pass. A client
/// that goes on sending long after a packet does not answer this one any more.
void inflight_tracker::look_at_what_stays_open(observations& out) const {
  if (!is_whole_ || !is_accepted_ || is_blocked_) return;
  const bool never_ends_one = never_completes(worked_);
  const auto is_due = [&](const exchange& each) {
    return worked_ >= each.since + working_time ||
           (never_ends_one && each.next == waits_for::pubcomp);
  };
  std::size_t due = 0;
  for (const auto& [id, each] : to_client_) {
    if (!is_due(each)) continue;
    if (each.next == waits_for::pubcomp)
      tell_handshake(noticed::qos2_app_no_pubcomp, each, worked_, out);
    if (each.next == waits_for::puback || each.next == waits_for::pubrec) ++due;
  }
  for (const auto& [id, each] : to_broker_) {
    if (each.next == waits_for::pubrel && is_due(each))
      tell_handshake(noticed::qos2_no_pubrel, each, worked_, out);
  }
  look_at_left_out(worked_, handshake_time, out);
  look_at_sizes_passed(worked_, out);
  look_at_large_of_client(1s, broker_, out);
  // A client that has acknowledged others is slow; wrong identifiers are told as strays.
  const bool never_does = of_broker_.fitting == 0 && of_broker_.answers.empty();
  if (due < 2 || !never_does) return;
  const std::size_t window = client_receive_maximum_ != 0 ? client_receive_maximum_ : usual_window;
  const bool is_full = due >= window && last_given_ + working_time <= worked_;
  out.push_back({is_full ? noticed::inflight_stall : noticed::inflight_unacknowledged,
                 {{"count", text(unacknowledged_)},
                  {"time", time_between(stall_begin_, worked_)},
                  {"limit", text(window)}},
                 is_full ? "stall" : "few"});
}

/// Whether the client goes on acknowledging with PUBREC and answers no PUBREL of several.
bool inflight_tracker::never_completes(moment until) const {
  constexpr std::size_t several = 3;
  if (has_completed_ || !is_whole_) return false;
  std::size_t waiting = 0;
  for (const auto& [id, each] : to_client_) {
    if (each.next == waits_for::pubcomp && until > each.since + 100ms) ++waiting;
  }
  return waiting >= several;
}

void inflight_tracker::dismissed(std::uint8_t reason, observations& out) {
  is_dismissed_ = true;
  remark_places with = reason_places(reason, packet_type::disconnect);
  with["size"] = text(largest_);
  with["count"] = text(to_broker_.size());
  constexpr std::uint32_t unsaid = 65'535;  // MQTT 5.0 §3.2.2.3.3
  with["limit"] = std::to_string(receive_maximum_ != 0 ? receive_maximum_ : unsaid);
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
      is_dismissed_ = false;  // hung_up() reports it, with the times
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
  look_at_left_out(now, patient_time, out);
  look_at_handshakes(now, out);
  look_at_strays(true, stray_time, now, out);
  look_at_strays(false, stray_time, now, out);
  if (!server_keep_alive_ || *server_keep_alive_ >= keep_alive_) return;
  if (now - client_ < std::chrono::seconds(*server_keep_alive_ + 2)) return;
  out.push_back({noticed::server_keep_alive_passed,
                 {{"keep_alive", std::to_string(keep_alive_)},
                  {"limit", std::to_string(*server_keep_alive_)},
                  {"time", time_between(client_, now)}},
                 ""});
}

void inflight_tracker::look_at_stall(moment now, observations& out) {
  // Bytes that the client did not read cannot be acknowledged: slow_consumer reports that.
  if (unacknowledged_ == 0 || is_blocked_ || now - stall_begin_ < stall_time) return;
  if (look_at_sizes(now, out)) return;
  const std::size_t window = client_receive_maximum_ != 0 ? client_receive_maximum_ : usual_window;
  const remark_places with{{"count", text(unacknowledged_)},
                           {"time", time_between(stall_begin_, now)},
                           {"limit", text(window)}};
  // A broker that goes on sending has a larger window than assumed.
  if (to_client_.size() >= window && now - last_given_ >= stall_time / 2) {
    const bool is_silent = client_ <= stall_begin_;
    out.push_back(
        {is_silent ? noticed::inflight_stall_silent : noticed::inflight_stall, with, "stall"});
  } else if (now - stall_begin_ >= patient_time) {
    // A single acknowledgement may be lost; a client that never sent one does not implement them.
    const bool never_does = unacknowledged_ >= 2 && largest_taken_ == 0;
    observation found{noticed::inflight_unacknowledged, with, "few"};
    if (never_does) found.heavy = weight::cause;
    out.push_back(std::move(found));
  }
}

/// Whether only large messages stay unacknowledged: they exceed the client's receive buffer.
bool inflight_tracker::look_at_sizes(moment now, observations& out) {
  std::size_t smallest = 0, waiting = 0;
  // Where the window is full, nothing more can come that would tell.
  const std::size_t window = client_receive_maximum_ != 0 ? client_receive_maximum_ : usual_window;
  const auto patience = unacknowledged_ >= window ? stall_time - 1s : patient_time;
  for (const auto& [id, message] : to_client_) {
    if (message.next != waits_for::puback && message.next != waits_for::pubrec) continue;
    if (now - message.since < patience) continue;
    ++waiting;
    smallest = smallest == 0 ? message.size : std::min(smallest, message.size);
  }
  // A single message may be lost; two that are larger than every acknowledged one make a rule.
  if (waiting < 2 || largest_taken_ == 0 || smallest <= largest_taken_) return false;
  out.push_back({noticed::large_unacknowledged,
                 {{"limit", text(largest_taken_)}, {"size", text(smallest)}},
                 "large"});
  return true;
}

/// Large messages that were passed over, while smaller ones before and behind them were taken: no
/// time has to pass for that to be known.
void inflight_tracker::look_at_sizes_passed(moment until, observations& out) const {
  if (is_blocked_ || !is_whole_) return;
  std::size_t open = 0, smallest = 0;
  for (const auto& [id, each] : to_client_) {
    const bool waits = each.next == waits_for::puback || each.next == waits_for::pubrec;
    if (!waits || each.first >= latest_taken_ || until - each.since < 300ms) continue;
    ++open;
    smallest = smallest == 0 ? each.size : std::min(smallest, each.size);
  }
  if (open < 2 || smallest <= largest_taken_) return;
  out.push_back({noticed::large_unacknowledged,
                 {{"limit", text(largest_taken_)}, {"size", text(smallest)}},
                 "large"});
}

/// The same of what the client sends: the broker, or what is before it, takes no large ones.
bool inflight_tracker::look_at_large_of_client(std::chrono::seconds patience, moment until,
                                               observations& out) const {
  if (!is_whole_) return false;
  std::size_t open = 0;
  const exchange* least = nullptr;
  for (const auto& [id, each] : to_broker_) {
    const bool waits = each.next == waits_for::puback || each.next == waits_for::pubrec;
    if (!waits || each.first >= latest_of_client_ || until - each.since < patience) continue;
    ++open;
    if (least == nullptr || each.size < least->size) least = &each;
  }
  if (open < 2 || least->size <= largest_of_client_) return false;
  out.push_back({noticed::broker_leaves_large,
                 {{"limit", text(largest_of_client_)},
                  {"size", text(least->size)},
                  {"topic", shown(least->topic)},
                  {"count", text(open)}},
                 "large"});
  return true;
}

void inflight_tracker::look_at_silence(moment now, observations& out) const {
  constexpr std::size_t several = 3;
  constexpr auto long_enough = 2s;
  const bool has_answered = of_broker_.fitting != 0 || !of_broker_.answers.empty();
  if (!is_whole_ || !is_accepted_ || is_blocked_ || has_answered) return;
  std::size_t open = 0;
  const exchange* first = nullptr;
  for (const auto& [id, each] : to_client_) {
    if (each.next != waits_for::puback && each.next != waits_for::pubrec) continue;
    ++open;
    if (first == nullptr || each.first < first->first) first = &each;
  }
  if (open < several || worked_ >= first->first || now - first->first < long_enough) return;
  out.push_back({noticed::reads_nothing,
                 {{"count", text(open)},
                  {"topic", shown(first->topic)},
                  {"time", time_between(first->first, now)}},
                 ""});
}

/// Messages that were passed over: they are to be acknowledged in the order in which they came
/// (MQTT 5.0 §4.6), so that a client that answers later ones has left them out.
void inflight_tracker::look_at_left_out(moment until, std::chrono::seconds patience,
                                        observations& out) const {
  if (is_blocked_ || !is_whole_) return;
  constexpr std::size_t several = 2;  // a single acknowledgement may be lost in the app
  std::size_t open = 0, smallest = 0;
  const exchange* first = nullptr;
  for (const auto& [id, each] : to_client_) {
    const bool waits = each.next == waits_for::puback || each.next == waits_for::pubrec;
    if (!waits || each.first >= latest_taken_ || until - each.since < patience) continue;
    ++open;
    smallest = smallest == 0 ? each.size : std::min(smallest, each.size);
    if (first == nullptr || each.first < first->first) first = &each;
  }
  // Where all of them are larger than any that was acknowledged, the size is the reason.
  if (open < several || smallest > largest_taken_) return;
  out.push_back(
      {noticed::left_out, {{"topic", shown(first->topic)}, {"count", text(open)}}, "left out"});
}

/// Each kind is told once for a client: of a thousand stuck messages the first is enough.
void inflight_tracker::tell_handshake(noticed what, const exchange& in_flight, moment now,
                                      observations& out) const {
  const auto is_same = [what](const observation& other) { return other.what == what; };
  if (std::any_of(out.begin(), out.end(), is_same)) return;
  observation made{what,
                   {{"topic", shown(in_flight.topic)},
                    {"packet", in_flight.qos == qos_t::at_least_once ? "PUBACK" : "PUBREC"},
                    {"qos", text(in_flight.qos)},
                    {"time", time_between(in_flight.since, now)}},
                   ""};
  const std::vector<stray>& strange = what == noticed::qos2_no_pubrel        ? of_client_.releases
                                      : what == noticed::qos2_no_pubcomp     ? of_client_.endings
                                      : what == noticed::qos2_app_no_pubcomp ? of_broker_.endings
                                                                             : of_broker_.releases;
  if (is_whole_ && what != noticed::no_puback && !strange.empty()) {
    std::string ids;
    for (std::size_t i = 0; i < std::min(strange.size(), most_named); ++i)
      ids += (ids.empty() ? "" : ", ") + std::to_string(strange[i].id);
    made.more.push_back(words(N_("It was sent with other packet identifiers ({ids}), which no "
                                 "message had: the one of the message is to be repeated, two "
                                 "bytes, the higher one first."),
                              {{"ids", ids}}));
  }
  out.push_back(std::move(made));
}

void inflight_tracker::look_at_handshakes(moment now, observations& out) {
  const auto waited = [now](const exchange& each) { return now - each.since; };
  const auto speaks_after = [](moment last, const exchange& each) {
    return last > each.since + std::chrono::seconds(1);
  };
  // A sleeping phone has sent nothing since the packet: the packet may not have reached it.
  const bool never_ends_one = never_completes(worked_);
  const auto client_is_due = [&](const exchange& each) {
    const bool is_at_work = speaks_after(client_, each) || never_ends_one;
    return waited(each) >= (is_at_work ? handshake_time : silent_time);
  };
  const bool is_by_size = look_at_large_of_client(patient_time, now, out);
  for (const auto& [id, each] : to_broker_) {
    const bool broker_lives = speaks_after(broker_, each);
    if (each.next == waits_for::pubrel) {
      if (client_is_due(each) && !is_blocked_)
        tell_handshake(noticed::qos2_no_pubrel, each, now, out);
    } else if (each.next == waits_for::pubcomp) {
      const bool spoke_since = broker_ > each.since && waited(each) >= silent_time;
      if ((waited(each) >= handshake_time && broker_lives) || spoke_since)
        tell_handshake(noticed::qos2_no_pubcomp, each, now, out);
    } else if (waited(each) >= patient_time && broker_lives && !is_by_size) {
      tell_handshake(noticed::no_puback, each, now, out);
    }
  }
  for (const auto& [id, each] : to_client_) {
    if (each.next == waits_for::pubcomp && !is_blocked_ && client_is_due(each))
      tell_handshake(noticed::qos2_app_no_pubcomp, each, now, out);
    if (each.next == waits_for::pubrel && waited(each) >= handshake_time &&
        speaks_after(broker_, each))
      tell_handshake(noticed::qos2_broker_no_pubrel, each, now, out);
  }
}

void inflight_tracker::hung_up(std::size_t unfinished, moment now, observations& out) {
  if (!is_accepted_ || is_dismissed_) return;
  const double silence = std::chrono::duration<double>(now - client_).count();
  const std::uint32_t agreed = server_keep_alive_.value_or(keep_alive_);
  // The broker closes after 1.5 times the keep alive (MQTT 5.0 §3.1.2.10); 0.25 s are for delays.
  if (agreed != 0 && silence >= 1.5 * agreed - 0.25) {
    const bool is_lowered = server_keep_alive_ && *server_keep_alive_ < keep_alive_;
    out.push_back({is_lowered ? noticed::server_keep_alive : noticed::keep_alive_expired,
                   {{"keep_alive", std::to_string(keep_alive_)},
                    {"limit", std::to_string(agreed)},
                    {"time", time_between(client_, now)}},
                   ""});
    if (unfinished != 0)
      out.back().more.push_back(
          words(N_("The last packet that it began, of {size} bytes, never came whole: the app "
                   "stopped in the middle of it, or the way lost the rest."),
                {{"size", text(unfinished)}}));
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
  // Where the same topic was taken before, the topic is not the reason, and the size may be.
  const bool is_known =
      ends_with_publish && taken_.contains(last_publish_->topic + text(last_publish_->qos));
  const bool is_outlier = size >= (is_known ? large_for_a_broker : large) && size > 4 * before;
  if (unfinished != 0 || (is_outlier && ends_with_publish)) {
    if (is_outlier) out.push_back({noticed::too_large_likely, {{"size", text(size)}}, ""});
    return;
  }
  if (ends_with_publish && !control_character_in(last_publish_->topic).empty()) {
    out.push_back({noticed::publish_closes_control,
                   {{"topic", shown(last_publish_->topic)},
                    {"what", control_character_in(last_publish_->topic)}},
                   last_publish_->topic});
    return;
  }
  if (!ends_with_publish) return;
  out.push_back(
      {last_publish_->is_known_topic ? noticed::taken_topic_closes : noticed::publish_closes,
       {{"topic", shown(last_publish_->topic)},
        {"qos", text(last_publish_->qos)},
        {"size", text(size)}},
       last_publish_->topic});
}

}  // namespace mqttkit::doctor
