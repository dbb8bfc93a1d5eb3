// Turns packets into conversations: the second source of `listen`, beside its forwarder.
//
// It removes link, IP and TCP headers, orders the streams and gives them to a connection_tracker as
// the forwarder gives its bytes, with time and number of the packet. It is bounded: in streams at
// once (the longest idle one is dropped) and in bytes that wait for missing ones.
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
  static constexpr std::size_t most_streams = 4096;  // established at once
  /// Streams of a SYN only have a list of their own: a flood must not displace established ones,
  /// and even at 100,000 SYNs in a second an answer has time to come.
  static constexpr std::size_t most_asked = 16'384;

  /// Counters of packets and streams.
  struct counts {
    std::uint64_t packets = 0;
    std::uint64_t without_ip = 0;   ///< ARP and others, and unknown link types
    std::uint64_t not_tcp = 0;      ///< UDP and others, and damaged or cut headers
    std::uint64_t other_ports = 0;  ///< TCP between other ports than asked for
    std::uint64_t streams = 0;
    std::uint64_t streams_dropped = 0;  ///< the oldest idle ones, ended early for want of room
  };
  /// A stream at its end, with its conversation; `heard` is nullptr when it was never established.
  using end_sink = std::function<void(const tcp_stream& stream, const connection_summary* heard)>;

  /// @param ports  the broker's ports; empty: all ports
  /// @param ended  called for each stream; may be empty
  wiretap(connection_tracker& to, std::set<std::uint16_t> ports, end_sink ended);
  ~wiretap() override;

  void take(const captured_packet& packet);
  /// Tells that time passed without a packet (live capture).
  void look(capture_time now);
  /// No more packets will come: ends all streams.
  void finish();

  const counts& counted() const noexcept { return counts_; }
  const syn_flood& flood() const noexcept { return flood_; }
  /// The last packet.
  const packet_mark& last() const noexcept { return now_; }
  const packet_mark& first() const noexcept { return first_; }
  /// A packet's time on the connection_tracker's clock.
  instant instant_of(const packet_mark& mark);
  /// A number that no stream has.
  std::uint64_t take_number() noexcept { return ++numbers_; }
  /// Streams that have not ended.
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
    bool stands = false;        // established, and in that list
    bool has_left = false;      // the tracker was told that one side left
    const char* how = nullptr;  // how the conversation ended, once that is known
    // When an RST ended it: packets of the next moment still belong to it.
    std::optional<capture_time> over_since;
    std::optional<connection_summary> heard;  // the conversation at its end
  };
  using key = std::pair<wire_endpoint, wire_endpoint>;  // the lower endpoint first
  using place = std::list<std::unique_ptr<followed>>::iterator;

  void bytes(std::uint64_t stream, side from, bytes_view data, const packet_mark& by) override;
  void gap(std::uint64_t stream, side from, std::uint64_t size, const packet_mark& by) override;

  void take_ip(const ip_packet& ip, packet_way way, std::uint32_t interface);
  void take_segment(const tcp_segment& segment, packet_way way, std::uint32_t interface);
  void take_icmp(const icmp_error& error);
  moment moment_of(capture_time time) const;
  place open(const tcp_segment& segment, const key& of);
  void end(place at);
  void close(followed& flow);
  void end_those_over(capture_time now);
  void note_stands(place at);
  void hear(followed& stream);
  void leaves(followed& stream);
  bool is_remnant(const tcp_segment& segment, const key& of) const;
  bool is_seen_elsewhere(const tcp_segment& segment);
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
  std::list<std::unique_ptr<followed>> order_;  // established, the longest idle first
  std::list<std::unique_ptr<followed>> asked_;  // SYN only, the longest idle first
  std::map<key, place> streams_;
  std::map<key, capture_time> gone_;  // ended streams, whose late packets may still come
  std::deque<key> gone_order_;
  counts counts_;
  packet_mark now_;
  std::uint64_t link_source_ = 0;  // of the frame that is read
  packet_mark first_;
  capture_time next_look_{};
  moment last_moment_{};
  std::uint64_t numbers_ = 0;
  followed* current_ = nullptr;  // the stream whose bytes are being given
};

}  // namespace mqttkit::doctor
