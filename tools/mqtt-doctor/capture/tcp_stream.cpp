#include "mqtt-doctor/capture/tcp_stream.hpp"

#include <algorithm>

#include "common/utc_time.hpp"
#include "mqtt-doctor/facts/hops.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto copied_within = 5ms;  // one packet on two interfaces; TCP repeats later
constexpr double idle_s = 10;        // a pause after which a router may forget a connection
constexpr auto long_enough = 3s;     // without an answer: TCP repeats after one second
constexpr int often = 3;             // transmissions of a segment that make its loss sure

double seconds(capture_time from, capture_time to) {
  return std::chrono::duration<double>(to - from).count();
}

void name(std::vector<std::int64_t>& list, const packet_mark& by) {
  if (list.size() < tcp_stream::most_named) list.push_back(static_cast<std::int64_t>(by.number));
}

int id_of(const tcp_segment& segment) {
  return segment.ip_id == 0 || segment.ip_id > 0xFFFF ? -1 : static_cast<int>(segment.ip_id);
}

}  // namespace

void tcp_stream::into::take(bytes_view bytes, const packet_mark& by) {
  of_.to_.bytes(of_.number_, from_, bytes, by);
}

void tcp_stream::into::take_gap(std::uint64_t bytes, const packet_mark& before) {
  of_.of(from_).missed += bytes;
  of_.to_.gap(of_.number_, from_, bytes, before);
}

tcp_stream::tcp_stream(std::uint64_t number, const wire_endpoint& client,
                       const wire_endpoint& broker, held_budget& budget, stream_listener& to)
    : number_(number), to_(to), ends_{end(budget), end(budget)} {
  ends_[0].at = client;
  ends_[1].at = broker;
}

bool tcp_stream::is_another(const tcp_segment& syn) const noexcept {
  const bool is_clients = syn.source == ends_[0].at;
  const end& from = ends_[is_clients ? 0 : 1];
  if (!syn.syn || syn.ack) return false;
  if (!is_clients) return is_over() || stands_;
  return from.syn ? from.first_sequence != syn.sequence : from.packets != 0;
}

bool tcp_stream::is_copy(end& from, const tcp_segment& segment, const packet_mark& by) {
  printed made{segment.sequence,
               segment.acknowledgement,
               segment.ip_id,
               segment.timestamp.value_or(0),
               segment.size,
               segment.window,
               static_cast<std::uint8_t>((segment.syn ? 1 : 0) | (segment.fin ? 2 : 0) |
                                         (segment.rst ? 4 : 0) | (segment.ack ? 8 : 0)),
               by.time,
               segment.ttl};
  for (const printed& other : from.before) {
    const bool is_same = other.sequence == made.sequence && other.size == made.size &&
                         other.acknowledgement == made.acknowledgement &&
                         other.ip_id == made.ip_id && other.timestamp == made.timestamp &&
                         other.window == made.window && other.flags == made.flags;
    const auto apart = by.time - other.time;
    if (is_same && other.time != capture_time{} && apart <= copied_within &&
        apart >= -copied_within) {
      // Two copies of a forwarded packet differ by a hop, or by an MSS clamped to the path.
      const bool is_clamped =
          segment.syn && from.mss != 0 && segment.mss && *segment.mss != from.mss;
      if (segment.ttl + 1 == other.ttl || is_clamped) from.is_forwarded = true;
      return true;
    }
  }
  from.before[from.next_before++ % from.before.size()] = made;
  return false;
}

void tcp_stream::note_step(tcp_step_kind kind, side from, const packet_mark& by) {
  if (steps_.size() == most_steps)
    steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(most_steps / 2));
  steps_.push_back({kind, from, by});
}

void tcp_stream::note_window(end& from, const tcp_segment& segment, const packet_mark& by) {
  if (segment.rst || segment.syn) return;
  if (segment.window == 0) {
    if (!from.shut) {
      from.shut = by;
      note_step(tcp_step_kind::shut, &from == ends_.data() ? side::client : side::broker, by);
    }
    return;
  }
  if (!from.shut) return;
  const double time = seconds(from.shut.time, by.time);
  if (time > from.longest_shut) {
    from.longest_shut = time;
    from.longest_shut_in = from.shut.number;
  }
  from.shut = {};
}

void tcp_stream::note_data(end& from, const tcp_segment& segment, const packet_mark& by,
                           double idle, reassembler::arrival how) {
  const auto behind = static_cast<std::uint64_t>(std::max<std::int64_t>(
      0, from.data.place_of(segment.sequence) + static_cast<std::int64_t>(segment.size)));
  if (how == reassembler::arrival::again) {
    ++from.again;
    note_step(tcp_step_kind::again, &from == ends_.data() ? side::client : side::broker, by);
    name(from.again_in, by);
    // Bytes sent again in smaller segments are the same bytes that do not arrive.
    for (pending& each : from.waiting) {
      const bool is_first_piece = from.data.place_of(segment.sequence) == each.begin;
      const bool is_last_piece = behind + segment.size > each.end && !each.is_in_pieces;
      if (behind > each.end || (!is_first_piece && !is_last_piece)) continue;
      each.is_in_pieces = each.is_in_pieces || (is_first_piece && behind < each.end);
      ++each.times;
      each.ip_size = std::min(each.ip_size, segment.ip_size);
      name(each.in, by);
      return;
    }
    return;
  }
  if (how == reassembler::arrival::nothing || from.waiting.size() == most_pending) return;
  pending made;
  made.begin = from.data.place_of(segment.sequence);
  made.end = behind;
  made.ip_size = segment.ip_size;
  made.first = by;
  made.in = {static_cast<std::int64_t>(by.number)};
  made.idle_before = idle;
  from.waiting.push_back(std::move(made));
}

void tcp_stream::note_hole(end& from, const packet_mark& by) {
  if (from.data.hole() == 0) {
    from.hole_by = {};
  } else if (!from.hole_by || from.hole_at != from.data.next()) {
    from.hole_by = by;
    from.hole_at = from.data.next();
  }
}

void tcp_stream::note_acknowledged(end& of_whom) {
  while (!of_whom.waiting.empty() &&
         of_whom.waiting.front().end <= of_whom.data.acknowledged_bytes()) {
    of_whom.largest_acknowledged =
        std::max(of_whom.largest_acknowledged, of_whom.waiting.front().ip_size);
    of_whom.waiting.pop_front();
  }
}

/// Nagle's algorithm (RFC 9293 §3.7.4) holds small segments back until all before them are
/// acknowledged, and a receiver with nothing to say delays that (RFC 9293 §3.8.6.3).
void tcp_stream::note_held_back(end& from, const end& other, const tcp_segment& segment,
                                const packet_mark& by) const {
  constexpr double least_delay = 0.03, most_delay = 0.5, least_turn = 0.003;
  constexpr std::size_t small = 512;
  const bool is_bare = segment.size == 0 && segment.ack && !segment.syn && !segment.fin;
  if (is_bare) {
    from.bare_ack = by;
    from.bare_ack_s = other.last_data ? seconds(other.last_data.time, by.time) : 0;
    return;
  }
  from.bare_ack = {};
  if (segment.size == 0) return;
  const double turn =
      ends_[0].first_ack && ends_[1].syn ? seconds(ends_[1].syn.time, ends_[0].first_ack.time) : 0;
  const bool is_late_ack = other.bare_ack && other.bare_ack_s >= least_delay &&
                           other.bare_ack_s <= most_delay && from.last_size <= small;
  if (is_late_ack && segment.size <= small && from.waiting.empty() &&
      seconds(other.bare_ack.time, by.time) <= std::max(least_turn, 1.5 * turn)) {
    if (from.held_back++ == 0) from.held_back_by = by;
    from.held_back_s += other.bare_ack_s;
  }
  from.last_data = by;
  from.last_size = segment.size;
}

/// An RST is accepted only at the next expected byte; elsewhere it is challenged or ignored (RFC
/// 9293 §3.10.7.4), and the connection goes on.
bool tcp_stream::is_where_expected(const end& from, const tcp_segment& reset) const {
  if (!stands_ || !from.data.has_begun() || from.missed != 0 || is_late()) return true;
  const std::int64_t place = from.data.place_of(reset.sequence);
  // A FIN takes up one sequence number.
  return place >= static_cast<std::int64_t>(from.data.acknowledged_bytes()) &&
         place <= static_cast<std::int64_t>(from.data.highest()) + 1;
}

void tcp_stream::take_reset(end& from, const end& other, const tcp_segment& segment,
                            const packet_mark& by, packet_way way, double idle) {
  if (reset_by_ || !is_where_expected(from, segment)) return;
  const side who = &from == ends_.data() ? side::client : side::broker;
  note_step(tcp_step_kind::rst, who, by);
  reset_by_ = by;
  reset_from_ = who;
  reset_ttl_ = segment.ttl;
  reset_link_ = segment.link_source;
  reset_id_ = id_of(segment);
  reset_way_ = way;
  reset_has_ack_ = segment.ack;
  // Every other packet of that side came in, and this RST goes out: this machine made it.
  reset_is_own_ = way == packet_way::outgoing && from.in != 0 && from.out == 1;
  is_answer_to_syn_ = who == side::broker && from.packets == 1 && other.syn && !stands_;
  if (!other.waiting.empty()) reset_idle_ = other.waiting.front().idle_before;
  if (parting_) return;
  parting_ = by;
  parted_ = who;
  parting_idle_ = idle;
}

void tcp_stream::take_behind(const tcp_segment& segment, const packet_mark& by) {
  const side who = segment.source == ends_[0].at ? side::client : side::broker;
  if (!segment.rst || !reset_by_ || who == reset_from_ || other_reset_) return;
  other_reset_ = by;
  other_reset_ttl_ = segment.ttl;
  note_step(tcp_step_kind::rst, who, by);
}

void tcp_stream::take(const tcp_segment& segment, const packet_mark& by, packet_way way,
                      std::uint32_t) {
  const side who = segment.source == ends_[0].at ? side::client : side::broker;
  end& from = of(who);
  end& other = of(who == side::client ? side::broker : side::client);
  if (is_copy(from, segment, by)) return;
  const double idle = last_ ? seconds(last_.time, by.time) : 0;
  if (!first_) first_ = by;
  last_ = by;
  from.last = by;
  ++from.packets;
  if (way == packet_way::incoming) ++from.in;
  if (way == packet_way::outgoing) ++from.out;

  if (!segment.rst && !segment.fin && stands_ && !parting_)
    outlived_idle_ = std::max(outlived_idle_, idle);
  if (segment.rst) return take_reset(from, other, segment, by, way, idle);
  if (from.ttl < 0) from.ttl = segment.ttl;
  if (from.link == 0) from.link = segment.link_source;
  from.ip_id = id_of(segment);
  note_window(from, segment, by);
  into mine(*this, who);
  into theirs(*this, who == side::client ? side::broker : side::client);
  if (segment.syn) {
    note_step(segment.ack ? tcp_step_kind::syn_ack : tcp_step_kind::syn, who, by);
    ++from.syn_count;
    name(from.syns, by);
    from.last_syn = by;
    if (!from.syn) {
      from.syn = by;
      from.first_sequence = segment.sequence;
      from.mss = segment.mss.value_or(0);
      from.is_not_summed = segment.is_not_summed;
      if (!from.data.has_begun()) from.data.begin(segment.sequence + 1);
    }
  } else if (!from.first_ack) {
    from.first_ack = by;
  }
  // A client that goes on has got an answer, captured or not.
  const bool goes_on = who == side::client && !segment.syn && segment.ack;
  if (goes_on || segment.size != 0 || (is_late() && segment.ack)) stands_ = true;
  if (segment.ack) {
    other.data.acknowledged(segment.acknowledgement, by, theirs);
    other.data.skip_tail(bool(other.fin), by, theirs);
    note_acknowledged(other);
    if (segment.has_sack && !segment.syn && !other.waiting.empty())
      other.waiting.front().is_passed = true;
  }
  note_held_back(from, other, segment, by);
  if (segment.size != 0) {
    const std::uint32_t begin = segment.sequence + (segment.syn ? 1 : 0);
    const bool had_begun = from.data.has_begun();
    if (!from.first_data) from.first_data = by;
    if (!had_begun) from.data.begin(begin);
    const auto how = from.data.take(begin, segment.payload, segment.size, by, mine);
    note_data(from, segment, by, idle, how);
    note_hole(from, by);
    from.largest = std::max(from.largest, segment.ip_size);
  }
  if (segment.fin && !from.fin) {
    note_step(tcp_step_kind::fin, who, by);
    from.fin = by;
    if (!parting_) {
      parting_ = by;
      parted_ = who;
      parting_idle_ = idle;
    }
  }
}

void tcp_stream::take(const icmp_error& error, const packet_mark& by) {
  if (icmp_.size() == most_icmp) return;
  const bool is_clients = error.source == ends_[0].at;
  stream_icmp_fact made;
  made.type = error.type;
  made.code = error.code;
  made.from = to_string(error.from);
  made.is_v6 = error.is_v6;
  made.mtu = error.mtu;
  made.size = static_cast<std::int64_t>(error.quoted_size);
  made.in = static_cast<std::int64_t>(by.number);
  icmp_.push_back(std::move(made));
  note_step(tcp_step_kind::icmp, is_clients ? side::broker : side::client, by);
  if (is_clients && !stands_ && !icmp_to_syn_ && !error.is_too_big()) icmp_to_syn_ = by;
  if (!first_) first_ = by;
}

void tcp_stream::finish(const packet_mark& by) {
  for (const side who : {side::client, side::broker}) {
    into mine(*this, who);
    end& from = of(who);
    // Bytes that the other end acknowledged are missing in the capture only.
    if (from.hole_by && from.data.acknowledged_bytes() <= from.data.next())
      from.hole = from.data.hole();
    from.data.skip_tail(bool(from.fin), by, mine);
    from.data.finish(by, mine);
  }
}

bool tcp_stream::is_foreign_reset() const {
  if (!reset_by_) return false;
  const end& named = ends_[reset_from_ == side::client ? 0 : 1];
  return reset_is_own_ || is_foreign_ttl(reset_ttl_, named.ttl);
}

capture_place tcp_stream::place() const {
  const end& client = ends_[0];
  const end& broker = ends_[1];
  if (client.at.address == broker.at.address) return capture_place::same;
  if (client.is_forwarded || broker.is_forwarded) return capture_place::router;
  // Directions decide: packets that only leave the machine are its own.
  const bool client_left = client.out != 0 && client.in == 0;
  const bool broker_left = broker.out != 0 && broker.in == 0;
  if (client_left && broker.out == 0) return capture_place::client;
  if (broker_left && client.out == 0) return capture_place::server;
  if (client.in != 0 && client.out != 0 && broker.in != 0) return capture_place::router;
  if (client.in != 0 && client.out == 0 && broker.packets == 0) return capture_place::server;
  if (client.ttl >= 0 && broker.ttl >= 0) {
    const bool is_clients = is_first_ttl(client.ttl), is_brokers = is_first_ttl(broker.ttl);
    if (is_clients && !is_brokers) return capture_place::client;
    if (is_brokers && !is_clients) return capture_place::server;
    if (!is_clients && !is_brokers) return capture_place::router;
  }
  // A checksum left to the card on one side only: both sides would mean two containers.
  if (client.is_not_summed != broker.is_not_summed && client.syn && broker.syn)
    return client.is_not_summed ? capture_place::client : capture_place::server;
  // Within one network no router reduces the TTL.
  const capture_place by_time = place_by_time();
  const capture_place by_syn = place_by_syn();
  if (by_time == capture_place::none) return by_syn;
  return by_syn == capture_place::none || by_syn == by_time ? by_time : capture_place::none;
}

/// A router that clamps segments changes the MSS of SYNs that pass it. The end whose SYN still has
/// Ethernet's full MSS is on this side of that router.
capture_place tcp_stream::place_by_syn() const {
  const int client = ends_[0].mss, broker = ends_[1].mss;
  const auto is_whole = [&](int mss) {
    const int on_ethernet = ends_[0].at.address.is_v6 ? 1440 : 1460;
    return mss == on_ethernet;
  };
  // A tunnel takes some dozen bytes of the MSS; far smaller values are a small system's choice.
  const auto is_clamped = [&](int mss) { return !is_whole(mss) && mss > 1200 && mss < 1460; };
  if (is_whole(client) && is_clamped(broker)) return capture_place::client;
  if (is_whole(broker) && is_clamped(client)) return capture_place::server;
  return capture_place::none;
}

/// The nearer end answers at once, and the other end a round trip later.
capture_place tcp_stream::place_by_time() const {
  const end& client = ends_[0];
  const end& broker = ends_[1];
  if (!client.syn || !broker.syn || !client.first_ack || client.syn_count != 1 ||
      broker.syn_count != 1)
    return capture_place::none;
  const double there = seconds(client.syn.time, broker.syn.time);
  const double back = seconds(broker.syn.time, client.first_ack.time);
  constexpr double clear = 4;          // one time is that many times the other
  constexpr double measurable = 1e-3;  // seconds; above a busy machine's delay
  if (there > measurable && there > clear * back) return capture_place::client;
  if (back > measurable && back > clear * there) return capture_place::server;
  return capture_place::none;
}

stream_side_fact tcp_stream::tell_side(const end& from, const packet_mark& last_of_all) const {
  stream_side_fact made;
  made.address = to_string(from.at.address);
  made.port = from.at.port;
  made.ttl = from.ttl;
  made.mss = from.mss;
  made.packets = static_cast<std::int64_t>(from.packets);
  made.bytes = static_cast<std::int64_t>(from.data.highest());
  made.again = static_cast<std::int64_t>(from.again);
  made.again_in = from.again_in;
  made.missed = static_cast<std::int64_t>(from.missed);
  made.largest_acknowledged = static_cast<std::int64_t>(from.largest_acknowledged);
  made.first_data_in = static_cast<std::int64_t>(from.first_data.number);
  for (const pending& each : from.waiting) {
    if (each.times < often || each.ip_size <= from.largest_acknowledged) continue;
    made.largest_lost = static_cast<std::int64_t>(each.ip_size);
    made.lost_in = each.in;
    made.later_came = each.is_passed;
    break;
  }
  made.largest = static_cast<std::int64_t>(from.largest);
  made.hole = static_cast<std::int64_t>(from.hole);
  if (from.hole != 0) {
    made.hole_s = seconds(from.hole_by.time, last_of_all.time);
    made.hole_in = static_cast<std::int64_t>(from.hole_by.number);
  }
  made.held_back = static_cast<std::int64_t>(from.held_back);
  if (from.held_back != 0)
    made.held_back_s = from.held_back_s / static_cast<double>(from.held_back);
  made.held_back_in = static_cast<std::int64_t>(from.held_back_by.number);
  made.shut_s = from.longest_shut;
  made.shut_in = static_cast<std::int64_t>(from.longest_shut_in);
  if (from.shut) {
    // An end that was reset by the other one while it was shut had not read until then.
    const bool was_given_up = reset_by_ && (reset_from_ == side::client) != (&from == ends_.data());
    const double time = seconds(from.shut.time, was_given_up ? reset_by_.time : last_of_all.time);
    made.is_shut = !reset_by_ && !from.fin;
    if (time > made.shut_s && (made.is_shut || was_given_up)) {
      made.shut_s = time;
      made.shut_in = static_cast<std::int64_t>(from.shut.number);
    }
  }
  return made;
}

namespace {

std::vector<std::int64_t> number_of(const packet_mark& mark) {
  return {static_cast<std::int64_t>(mark.number)};
}

/// The packets, and one more that ended the connection.
std::vector<std::int64_t> with(std::vector<std::int64_t> numbers, const packet_mark& last) {
  numbers.push_back(static_cast<std::int64_t>(last.number));
  return numbers;
}

void show(stream_fact& made, stream_ending how, std::vector<std::int64_t> in) {
  made.ending = how;
  made.ended_in = std::move(in);
}

bool has_waited(const packet_mark& since, const packet_mark& last_of_all) {
  return last_of_all.time - since.time >= long_enough;
}

}  // namespace

/// Tells the failure of a connection that was never established.
void tcp_stream::tell_failure(stream_fact& made, const packet_mark& last_of_all) const {
  const end& client = ends_[0];
  const end& broker = ends_[1];
  if (client.syn) made.waited_s = seconds(client.syn.time, last_of_all.time);
  if (reset_by_ && reset_from_ == side::broker && client.syn) {
    made.reset_ttl = reset_ttl_;
    return show(made, broker.syn ? stream_ending::reset_by_broker : stream_ending::refused,
                with(client.syns, reset_by_));
  }
  if (icmp_to_syn_) return show(made, stream_ending::unreachable, with(client.syns, icmp_to_syn_));
  if (broker.syn) {
    if (reset_by_) return show(made, stream_ending::reset_by_client, number_of(reset_by_));
    const bool is_sure =
        broker.syn_count > 1 || client.syn_count > 1 || has_waited(broker.syn, last_of_all);
    return show(made, is_sure ? stream_ending::half_open : stream_ending::cut_short, broker.syns);
  }
  if (client.syn) {
    const bool is_sure = client.syn_count > 1 || has_waited(client.syn, last_of_all);
    return show(made, is_sure ? stream_ending::unanswered : stream_ending::cut_short, client.syns);
  }
  show(made, stream_ending::cut_short, number_of(first_));
}

/// Tells bytes that were sent again and again without any answer; false where there are none.
bool tcp_stream::tell_loss(stream_fact& made) const {
  const end& client = ends_[0];
  const end& broker = ends_[1];
  for (const end* const from : {&client, &broker}) {
    const end& other = from == &client ? broker : client;
    // With only one direction captured nothing is known of the other.
    if (from->waiting.empty() || other.fin || other.packets == 0) continue;
    const pending& first = from->waiting.front();
    const bool is_silent = !other.last || other.last.time <= first.first.time;
    const bool is_lost = first.times >= often && is_silent;
    const bool is_too_large = first.times >= often && first.ip_size > from->largest_acknowledged;
    if (!is_lost && !is_too_large) continue;
    if (reset_by_ && reset_from_ == (from == &client ? side::broker : side::client)) continue;
    made.by_client = from == &client;
    made.idle_s = first.idle_before;
    show(
        made,
        is_lost && first.idle_before >= idle_s ? stream_ending::forgotten : stream_ending::vanished,
        reset_by_ ? with(first.in, reset_by_) : first.in);
    return true;
  }
  return false;
}

void tcp_stream::tell_reset(stream_fact& made) const {
  const end& client = ends_[0];
  made.reset_ttl = reset_ttl_;
  made.by_client = reset_from_ == side::client;
  made.idle_s = std::max(reset_idle_, parting_idle_);
  // An RST in answer to a packet after a silence: the other side knows no such connection.
  const bool is_answer = reset_idle_ >= idle_s && reset_from_ == side::broker &&
                         !client.waiting.empty() && (!reset_has_ack_ || is_foreign_reset());
  if (is_answer && parting_.number == reset_by_.number)
    return show(made, stream_ending::forgotten, with(client.waiting.front().in, reset_by_));
  if (is_foreign_reset()) return show(made, stream_ending::reset_on_the_way, number_of(reset_by_));
  // Many programs send an RST after FIN; it is no failure.
  if (parting_.number != reset_by_.number) return tell_parting(made);
  show(
      made,
      reset_from_ == side::client ? stream_ending::reset_by_client : stream_ending::reset_by_broker,
      number_of(reset_by_));
}

void tcp_stream::tell_parting(stream_fact& made) const {
  show(made,
       parted_ == side::client ? stream_ending::closed_by_client : stream_ending::closed_by_broker,
       number_of(parting_));
}

void tcp_stream::tell_end(stream_fact& made, const packet_mark& last_of_all) const {
  if (!stands_) return tell_failure(made, last_of_all);
  const end& client = ends_[0];
  const end& broker = ends_[1];
  // The client's ACK was captured, and the broker's side still repeats its SYN-ACK.
  if (broker.syn && client.first_ack && !broker.first_ack && broker.syn_count > 1 &&
      broker.last_syn.time > client.first_ack.time && !reset_by_)
    return show(made, stream_ending::not_accepted, broker.syns);
  if (tell_loss(made)) return;
  if (reset_by_) return tell_reset(made);
  if (parting_) return tell_parting(made);
  const bool is_silent = !is_late() && !client.first_data && !broker.first_data;
  show(made,
       is_silent && has_waited(last_, last_of_all) ? stream_ending::silent : stream_ending::open,
       number_of(last_));
}

stream_fact tcp_stream::story(const packet_mark& last_of_all) const {
  stream_fact made;
  made.outlived_idle_s = outlived_idle_;
  tools::utc_time time;
  made.began = time.text_of(std::chrono::time_point_cast<std::chrono::system_clock::duration>(
      std::chrono::sys_time<std::chrono::nanoseconds>(first_.time)));
  made.client = tell_side(ends_[0], last_of_all);
  made.broker = tell_side(ends_[1], last_of_all);
  made.seconds = seconds(first_.time, last_ ? last_.time : first_.time);
  made.is_late = is_late();
  made.attempts = ends_[0].syn_count;
  made.was_passed_on = ends_[0].is_forwarded || (ends_[0].in != 0 && ends_[0].out != 0);
  made.came_in = ends_[0].in != 0 && !made.was_passed_on;
  made.icmp = icmp_;
  if (reset_by_) {
    made.reset_id = reset_id_;
    made.id_before = ends_[reset_from_ == side::client ? 0 : 1].ip_id;
    made.other_reset_in = static_cast<std::int64_t>(other_reset_.number);
    made.other_reset_ttl = other_reset_ttl_;
  }
  made.reset_left_here = reset_by_ && reset_way_ == packet_way::outgoing;
  made.idle_s = parting_idle_;
  tell_end(made, last_of_all);
  return made;
}

}  // namespace mqttkit::doctor
