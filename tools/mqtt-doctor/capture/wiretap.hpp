// Packets in, conversations out: the second source of what `listen` makes of connections.
//
// Link, IP and TCP are taken off, streams put together and given to a connection_tracker as the
// forwarder gives its bytes, with the time and the number of the packet that brought them. Bounded:
// so many streams at once, the one that was idle longest goes; so many bytes that wait for others.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "mqtt-doctor/capture/fragments.hpp"
#include "mqtt-doctor/capture/nat_twins.hpp"
#include "mqtt-doctor/capture/packet.hpp"
#include "mqtt-doctor/capture/syn_flood.hpp"
#include "mqtt-doctor/capture/tcp_stream.hpp"
#include "mqtt-doctor/listen/connection_tracker.hpp"

namespace mqttkit::doctor {

class wiretap : private stream_listener {
 public:
  static constexpr std::size_t most_streams = 4096;  // that stand
  /// And that were asked for only: a flood of SYNs is not to push those out that stand, and even at
  /// 100,000 a second an answer has the time to come.
  static constexpr std::size_t most_asked = 16'384;

  /// What the packets were, counted.
  struct counts {
    std::uint64_t packets = 0;
    std::uint64_t without_ip = 0;   ///< ARP and others, and link types not known here
    std::uint64_t not_tcp = 0;      ///< UDP and others, and what is damaged or cut in its head
    std::uint64_t other_ports = 0;  ///< TCP between ports nobody asked about
    std::uint64_t streams = 0;
    std::uint64_t streams_dropped = 0;  ///< no room: the oldest idle ones were ended early
  };
  /// A stream as it ends, with what was heard on it; `heard` is nullptr when it never stood.
  using end_sink = std::function<void(const tcp_stream& stream, const connection_summary* heard)>;

  /// @param ports  the broker's; empty: all
  /// @param ended  may be empty
  wiretap(connection_tracker& to, std::set<std::uint16_t> ports, end_sink ended);
  ~wiretap() override;

  void take(const captured_packet& packet);
  /// Time went by without a packet (a live capture).
  void look(capture_time now);
  /// Nothing more comes: ends what stands.
  void finish();

  const counts& seen() const noexcept { return counts_; }
  const syn_flood& flood() const noexcept { return flood_; }
  /// The last packet.
  const packet_mark& last() const noexcept { return now_; }
  const packet_mark& first() const noexcept { return first_; }
  /// The time of a packet as the connection_tracker counts it.
  instant instant_of(const packet_mark& mark);
  /// A number no stream has.
  std::uint64_t take_number() noexcept { return ++numbers_; }
  /// Streams that go on.
  std::size_t open() const noexcept { return streams_.size(); }
  template <class Take>
  void each_open(Take take) const {
    for (const auto& each : asked_) take(*each->stream);
    for (const auto& each : order_) take(*each->stream);
  }

 private:
  struct followed {
    std::unique_ptr<tcp_stream> stream;
    bool is_heard = false;      // the connection_tracker knows it
    bool stands = false;        // which list it is in
    bool has_left = false;      // and that one side ended it
    const char* how = nullptr;  // it ended, as soon as it is known
    // Over, as RST ends it: what comes within a moment is about that.
    std::optional<capture_time> over_since;
    std::optional<connection_summary> heard;  // as it was then
  };
  using key = std::pair<wire_endpoint, wire_endpoint>;  // the lower end first
  using place = std::list<std::unique_ptr<followed>>::iterator;

  void bytes(std::uint64_t stream, side from, bytes_view what, const packet_mark& by) override;
  void gap(std::uint64_t stream, side from, std::uint64_t size, const packet_mark& by) override;

  void take_ip(const ip_packet& ip, packet_way way, std::uint32_t interface);
  void take_segment(const tcp_segment& what, packet_way way, std::uint32_t interface);
  void take_icmp(const icmp_error& what);
  moment moment_of(capture_time time) const;
  place open(const tcp_segment& what, const key& of);
  void end(place at);
  void close(followed& flow);
  void end_those_over(capture_time now);
  void note_stands(place at);
  void hear(followed& stream);
  void leaves(followed& stream);
  bool is_remnant(const tcp_segment& what, const key& of) const;
  bool is_seen_elsewhere(const tcp_segment& what);
  static const char* ending_of(const tcp_stream& stream, bool is_orderly);
  bool is_broker(const wire_endpoint& end) const;
  bool is_of_interest(const wire_endpoint& endpoint, const wire_endpoint& other) const;

  connection_tracker& to_;
  std::set<std::uint16_t> ports_;
  end_sink ended_;
  fragments fragments_;
  nat_twins twins_;
  syn_flood flood_;
  held_budget budget_;
  std::list<std::unique_ptr<followed>> order_;  // the one that was idle longest first
  std::list<std::unique_ptr<followed>> asked_;  // likewise, those that do not stand
  std::map<key, place> streams_;
  std::map<key, capture_time> gone_;  // what still comes of those that are over
  std::deque<key> gone_order_;
  counts counts_;
  packet_mark now_;
  packet_mark first_;
  capture_time next_look_{};
  moment last_moment_{};
  std::uint64_t numbers_ = 0;
  followed* current_ = nullptr;  // whose bytes come
};

}  // namespace mqttkit::doctor
