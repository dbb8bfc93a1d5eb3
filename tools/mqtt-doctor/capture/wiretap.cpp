#include "mqtt-doctor/capture/wiretap.hpp"

#include <algorithm>
#include <utility>

#include "mqtt-doctor/facts/scheme.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 500ms;  // of packet time, as the forwarder's timer
constexpr auto remnants_for = 120s;    // after the end, retransmissions may still come
constexpr auto afterwards = 400ms;     // after an RST, one in the other side's name may come
constexpr auto most_jump = 1h;         // a larger step in time means that a clock was set

/// The direction of a packet, which SLL and SLL2 headers tell (tcpdump.org: 4 is "sent by us").
packet_way way_of(const captured_packet& packet) {
  constexpr unsigned sent_by_us = 4, to_us = 0, to_others = 3;
  unsigned kind = to_others;
  if (packet.link == link_type::linux_cooked && packet.bytes.size() >= 2) {
    kind = std::to_integer<unsigned>(packet.bytes[1]);
  } else if (packet.link == link_type::linux_cooked_2 && packet.bytes.size() >= 11) {
    kind = std::to_integer<unsigned>(packet.bytes[10]);
  }
  return kind == sent_by_us ? packet_way::outgoing
         : kind == to_us    ? packet_way::incoming
                            : packet_way::unknown;
}

}  // namespace

wiretap::wiretap(connection_tracker& to, std::set<std::uint16_t> ports, end_sink ended)
    : to_(to), ports_(std::move(ports)), ended_(std::move(ended)) {}

wiretap::~wiretap() = default;

moment wiretap::moment_of(capture_time time) const {
  // The start of the clock is arbitrary, and leaves room for times before the first packet.
  return moment() + 24h + std::chrono::duration_cast<moment::duration>(time - first_.time);
}

instant wiretap::instant_of(const packet_mark& mark) {
  instant made;
  const moment at = moment_of(mark.time);
  // Packets of several interfaces are not always in order of time.
  last_moment_ = made.at = std::max(at, last_moment_);
  made.shown = std::chrono::time_point_cast<std::chrono::system_clock::duration>(mark.time);
  made.packet = mark.number;
  return made;
}

void wiretap::bytes(std::uint64_t stream, side from, bytes_view data, const packet_mark& by) {
  if (current_ == nullptr) return;
  hear(*current_);
  to_.sent(stream, from, data, instant_of(by));
}

void wiretap::gap(std::uint64_t stream, side from, std::uint64_t size, const packet_mark& by) {
  if (current_ == nullptr) return;
  hear(*current_);
  to_.missed(stream, from, size, instant_of(by));
}

void wiretap::hear(followed& flow) {
  if (flow.is_heard) return;
  flow.is_heard = true;
  const tcp_stream& stream = *flow.stream;
  arrival arrived;
  arrived.number = stream.number();
  arrived.name = to_string(stream.client());
  arrived.address = to_string(stream.client().address);
  arrived.where.port = stream.broker().port;
  arrived.where.broker = to_string(stream.broker());
  arrived.is_seen_from_start = !stream.is_late();
  arrived.is_one_way = stream.is_one_way();
  to_.opened(arrived, instant_of(now_));
}

void wiretap::look(capture_time now) {
  if (now < next_look_) return;
  if (next_look_ != capture_time{} && now - next_look_ < most_jump) {
    // During a long silence the tracker's timers run several times, as they would in a forwarder.
    constexpr int most_looks = 64;
    const auto step =
        std::max<std::chrono::nanoseconds>(look_interval, (now - next_look_) / most_looks);
    for (; next_look_ < now; next_look_ += step) {
      instant at = instant_of({now_.number, next_look_});
      at.packet = 0;
      to_.look(at);
    }
  }
  next_look_ = now + look_interval;
  end_those_over(now);
  const instant at = instant_of({0, now});
  for (const auto& flow : order_) {
    if (!flow->is_heard) continue;
    const auto since = flow->stream->client_shut();
    to_.shut(flow->stream->number(), since ? std::optional(moment_of(*since)) : std::nullopt, at);
  }
  to_.say_remarks(at);
}

void wiretap::take(const captured_packet& packet) {
  ++counts_.packets;
  if (!first_) first_ = {packet.number, packet.time};
  look(packet.time);
  now_ = {packet.number, packet.time};
  link_source_ = link_source_of(packet);
  bytes_view bytes;
  std::size_t original = 0;
  ip_packet ip;
  if (!read_link(packet, bytes, original)) {
    ++counts_.without_ip;
    return;
  }
  if (!read_ip(bytes, original, ip)) {
    ++counts_.not_tcp;
    return;
  }
  const packet_way way = way_of(packet);
  if (!ip.is_fragment) return take_ip(ip, way, packet.interface);
  ip_packet whole;
  if (fragments_.take(ip, packet.time, whole)) take_ip(whole, way, packet.interface);
}

void wiretap::take_ip(const ip_packet& ip, packet_way way, std::uint32_t interface) {
  tcp_segment segment;
  icmp_error error;
  if (read_tcp(ip, segment)) {
    segment.link_source = link_source_;
    take_segment(segment, way, interface);
  } else if (read_icmp(ip, error) && !error.is_about_udp) {
    take_icmp(error);
  } else {
    ++counts_.not_tcp;
  }
}

bool wiretap::is_broker(const wire_endpoint& end) const {
  return ports_.empty() ? usual_scheme(end.port) != scheme::none : ports_.contains(end.port);
}

bool wiretap::is_of_interest(const wire_endpoint& endpoint, const wire_endpoint& other) const {
  return ports_.empty() || ports_.contains(endpoint.port) || ports_.contains(other.port);
}

wiretap::place wiretap::open(const tcp_segment& segment, const key& of) {
  if (asked_.size() >= most_asked) {
    ++counts_.streams_dropped;
    end(asked_.begin());
  }
  bool is_from_client = segment.syn && !segment.ack;
  if (!segment.syn) {
    const bool from = is_broker(segment.source), to = is_broker(segment.destination);
    is_from_client = from != to ? to : segment.destination.port < segment.source.port;
  }
  const wire_endpoint& client = is_from_client ? segment.source : segment.destination;
  const wire_endpoint& broker = is_from_client ? segment.destination : segment.source;
  auto made = std::make_unique<followed>();
  stream_listener& here = *this;
  made->stream = std::make_unique<tcp_stream>(++numbers_, client, broker, budget_, here);
  ++counts_.streams;
  asked_.push_back(std::move(made));
  const place at = std::prev(asked_.end());
  streams_[of] = at;
  return at;
}

/// Whether the packet belongs to a connection that is over, or says nothing.
bool wiretap::is_remnant(const tcp_segment& segment, const key& of) const {
  if (segment.syn) return false;
  if (segment.rst || segment.size == 0) return true;
  const auto gone = gone_.find(of);
  return gone != gone_.end() && now_.time - gone->second < remnants_for;
}

/// Whether the packet is a twin of one that is followed on the other side of a translation.
bool wiretap::is_seen_elsewhere(const tcp_segment& segment) {
  // Without time stamp and IP id, equal sequence numbers of two SYNs may be chance.
  if (segment.syn && !segment.timestamp && segment.ip_id == 0) return false;
  nat_twins::ends first;
  const bool is_twin = twins_.is_twin(segment, now_.time, &first);
  if (!is_twin || !segment.syn || segment.ack) return is_twin;
  // A router translates the clients' addresses; another destination may be a container's.
  const auto at = streams_.find(first);
  if (at == streams_.end()) return true;
  tcp_stream& stream = *(*at->second)->stream;
  if (stream.client().address != segment.source.address) stream.was_translated();
  return true;
}

const char* wiretap::ending_of(const tcp_stream& stream, bool is_orderly) {
  if (is_orderly) return N_("ended with DISCONNECT");  // either side may close first
  const bool is_clients = stream.parted() == side::client;
  if (stream.is_foreign_reset())
    return is_clients ? N_("reset on the way in the client's name")
                      : N_("reset on the way in the broker's name");
  if (stream.was_reset()) return is_clients ? N_("reset by the client") : N_("reset by the broker");
  return is_clients ? N_("closed by the client") : N_("closed by the broker");
}

void wiretap::take_segment(const tcp_segment& segment, packet_way way, std::uint32_t interface) {
  if (!is_of_interest(segment.source, segment.destination)) {
    ++counts_.other_ports;
    return;
  }
  if (is_seen_elsewhere(segment)) return;
  if (segment.syn) segment.ack ? flood_.answered(segment) : flood_.asked(segment, now_.time);
  const key of = std::minmax(segment.source, segment.destination);
  const auto known = streams_.find(of);
  place at;
  if (known == streams_.end()) {
    if (is_remnant(segment, of)) return;
    at = open(segment, of);
  } else {
    at = known->second;
    const bool is_over = (*at)->over_since.has_value();
    if (is_over && !segment.syn) return (*at)->stream->take_behind(segment, now_);
    if (is_over || (*at)->stream->is_another(segment)) {
      end(at);
      at = open(segment, of);
    } else {
      auto& list = (*at)->stands ? order_ : asked_;
      list.splice(list.end(), list, at);
    }
  }
  followed& flow = **at;
  current_ = &flow;
  tcp_stream& stream = *flow.stream;
  stream.take(segment, now_, way, interface);
  if (stream.stands()) {
    note_stands(at);
    hear(flow);
  }
  const instant now = instant_of(now_);
  if (flow.is_heard && segment.size != 0) {
    to_.caught_up(stream.number(), now);
    to_.say_remarks(now);
  }
  if (flow.is_heard && stream.has_parting() && !flow.has_left) leaves(flow);
  current_ = nullptr;
  if (!stream.is_over()) return;
  if (!stream.was_reset()) return end(at);
  close(flow);
  flow.over_since = now_.time;
}

/// One side sent FIN: it will send no more.
void wiretap::leaves(followed& flow) {
  flow.has_left = true;
  const tcp_stream& stream = *flow.stream;
  conversation* const dialogue = to_.conversation_of(stream.number());
  if (dialogue == nullptr) return;
  connection_summary& heard = dialogue->summary();
  flow.how = ending_of(stream, heard.said_goodbye);
  // An RST that neither side sent is no side's farewell.
  if (stream.is_foreign_reset()) return;
  // Bytes that one side sends after the other's FIN still count.
  if (stream.parted() == side::broker) {
    heard.broker_closed = !heard.said_goodbye;
    heard.is_brief = now_.time - stream.first().time < connection_summary::brief;
  }
  to_.left(stream.number(), stream.parted(), instant_of(now_));
}

void wiretap::take_icmp(const icmp_error& error) {
  const auto known = streams_.find(std::minmax(error.source, error.destination));
  if (known == streams_.end()) return;
  (*known->second)->stream->take(error, now_);
}

void wiretap::end_those_over(capture_time now) {
  for (auto* const list : {&asked_, &order_}) {
    for (auto at = list->begin(); at != list->end();) {
      const place here = at++;
      const auto& since = (*here)->over_since;
      if (since && now - *since > afterwards) end(here);
    }
  }
}

/// The stream is established from now on, and moves to that list.
void wiretap::note_stands(place at) {
  followed& flow = **at;
  if (flow.stands) return;
  flow.stands = true;
  flood_.stood(flow.stream->client(), flow.stream->broker().port);
  if (order_.size() >= most_streams) {
    ++counts_.streams_dropped;
    end(order_.begin());
  }
  order_.splice(order_.end(), asked_, at);
}

/// The stream has ended: its last facts go to the sink.
void wiretap::close(followed& flow) {
  if (flow.over_since) return;
  tcp_stream& stream = *flow.stream;
  current_ = &flow;
  stream.finish(now_);
  current_ = nullptr;
  if (conversation* const dialogue = to_.conversation_of(stream.number())) {
    dialogue->note_cut();
    dialogue->summary().is_one_way = stream.is_one_way();
    flow.heard = dialogue->summary();
  }
  if (!flow.is_heard) return;
  const bool is_orderly = flow.how != nullptr && flow.heard && flow.heard->said_goodbye;
  const char* const how = is_orderly            ? ending_of(stream, true)
                          : flow.how != nullptr ? flow.how
                                                : N_("still open when the capture ended");
  to_.over(stream.number(), how, instant_of(now_));
}

void wiretap::end(place at) {
  followed& flow = **at;
  close(flow);
  const tcp_stream& stream = *flow.stream;
  if (ended_) ended_(stream, flow.heard ? &*flow.heard : nullptr);
  const key of = std::minmax(stream.client(), stream.broker());
  if (gone_.insert_or_assign(of, now_.time).second) gone_order_.push_back(of);
  if (gone_order_.size() > most_streams + most_asked) {
    gone_.erase(gone_order_.front());
    gone_order_.pop_front();
  }
  streams_.erase(of);
  (flow.stands ? order_ : asked_).erase(at);
}

void wiretap::finish() {
  while (!order_.empty()) end(order_.begin());
  while (!asked_.empty()) end(asked_.begin());
}

}  // namespace mqttkit::doctor
