// One TCP connection of a capture: both directions put in order, and what TCP itself tells of how
// it went.
//
// Who is the client, SYN says; without one the port. A packet that was captured twice (on a bridge
// and on what is attached to it) counts once.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/capture/headers.hpp"
#include "mqtt-doctor/capture/reassembler.hpp"
#include "mqtt-doctor/facts/capture_facts.hpp"
#include "mqtt-doctor/listen/event.hpp"

namespace mqttkit::doctor {

/// How the capturing machine stands to a packet, where the capture says so.
enum class packet_way : std::uint8_t { unknown, incoming, outgoing };

/// A packet of TCP's own that is worth a line.
enum class tcp_step_kind : std::uint8_t { syn, syn_ack, again, fin, rst, shut, icmp };
struct tcp_step {
  tcp_step_kind kind{};
  side from = side::client;
  packet_mark by;
};

/// What is told of a connection as it goes on.
class stream_listener {
 public:
  stream_listener() = default;
  stream_listener(const stream_listener&) = delete;
  stream_listener& operator=(const stream_listener&) = delete;
  virtual ~stream_listener() = default;

  virtual void bytes(std::uint64_t stream, side from, bytes_view what, const packet_mark& by) = 0;
  virtual void gap(std::uint64_t stream, side from, std::uint64_t size, const packet_mark& by) = 0;
};

class tcp_stream {
 public:
  static constexpr std::size_t most_named = 6;     // packets that are named as evidence
  static constexpr std::size_t most_pending = 64;  // unacknowledged segments that are followed
  static constexpr std::size_t most_icmp = 4;
  static constexpr std::size_t most_steps = 48;  // the first and the last half of them

  /// @param client, broker  ends of the connection
  tcp_stream(std::uint64_t number, const wire_endpoint& client, const wire_endpoint& broker,
             held_budget& budget, stream_listener& to);

  void take(const tcp_segment& what, const packet_mark& by, packet_way way,
            std::uint32_t interface);
  void take(const icmp_error& what, const packet_mark& by);
  /// The client's address was translated on the machine that captured.
  void was_translated() noexcept { ends_[0].is_forwarded = true; }
  /// Nothing more comes.
  void finish(const packet_mark& by);

  std::uint64_t number() const noexcept { return number_; }
  const wire_endpoint& client() const noexcept { return ends_[0].at; }
  const wire_endpoint& broker() const noexcept { return ends_[1].at; }
  /// Its SYN was not seen.
  bool is_late() const noexcept { return !ends_[0].syn && !ends_[1].syn; }
  /// Both ends spoke, or one of them sent bytes.
  bool stands() const noexcept { return stands_; }
  /// FIN of both, or RST.
  bool is_over() const noexcept { return reset_by_.number != 0 || (ends_[0].fin && ends_[1].fin); }
  /// This SYN is not one of this connection: the ports are used anew.
  bool is_another(const tcp_segment& syn) const noexcept;
  const packet_mark& first() const noexcept { return first_; }
  const packet_mark& last() const noexcept { return last_; }
  /// Who ended it first, and whether with RST.
  bool has_parting() const noexcept { return static_cast<bool>(parting_); }
  side parted() const noexcept { return parted_; }
  bool was_reset() const noexcept { return static_cast<bool>(reset_by_); }
  /// RST in the name of a side that did not send it.
  bool is_foreign_reset() const;
  /// What comes behind an RST that ended it: whether the other side was told the same.
  void take_behind(const tcp_segment& what, const packet_mark& by);
  /// It stands, and packets of one side only were captured.
  bool is_one_way() const noexcept {
    return stands_ && (ends_[0].packets == 0 || ends_[1].packets == 0);
  }
  const std::vector<tcp_step>& steps() const noexcept { return steps_; }

  /// Since when the client takes nothing; nothing where it does.
  std::optional<capture_time> client_shut() const {
    if (!ends_[0].shut || is_over()) return std::nullopt;
    return ends_[0].shut.time;
  }

  /// All that is known; `end` is the last packet of the capture.
  stream_fact story(const packet_mark& end) const;
  /// Where it was captured, as far as this connection tells.
  capture_place place() const;

 private:
  struct pending {
    std::int64_t begin = 0;     // place of its first byte
    std::uint64_t end = 0;      // place behind its last byte
    bool is_in_pieces = false;  // sent again so: the first piece counts
    std::size_t ip_size = 0;    // the smallest it was sent with
    int times = 1;
    bool is_passed = false;  // the other end told of bytes behind it (SACK)
    packet_mark first;
    std::vector<std::int64_t> in;
    double idle_before = 0;  // seconds without a packet, before it was first sent
  };
  struct printed {  // of a packet, to know it again
    std::uint32_t sequence, acknowledgement, ip_id, timestamp;
    std::size_t size;
    std::uint16_t window;
    std::uint8_t flags;
    capture_time time;
    int ttl;
  };
  class into : public ordered_bytes {
   public:
    into(tcp_stream& of, side from) : of_(of), from_(from) {}
    void take(bytes_view bytes, const packet_mark& by) override;
    void take_gap(std::uint64_t bytes, const packet_mark& before) override;

   private:
    tcp_stream& of_;
    side from_;
  };
  struct end {
    explicit end(held_budget& budget) : data(budget) {}
    wire_endpoint at;
    reassembler data;
    packet_mark syn;  // or SYN-ACK
    std::uint32_t first_sequence = 0;
    std::vector<std::int64_t> syns;
    int syn_count = 0;
    packet_mark last_syn;
    packet_mark first_ack;  // the first packet without SYN
    packet_mark first_data;
    packet_mark last;
    packet_mark fin;
    int ttl = -1;
    int ip_id = -1;  // of the last packet
    int mss = 0;
    bool is_not_summed = false;  // its SYN
    std::uint64_t packets = 0;
    std::uint64_t missed = 0;
    std::uint64_t again = 0;
    std::vector<std::int64_t> again_in;
    std::size_t largest_acknowledged = 0;
    std::size_t largest = 0;
    packet_mark hole_by;  // the first packet behind what is missing
    std::uint64_t hole_at = 0;
    std::uint64_t hole = 0;  // as it was when nothing more came
    std::deque<pending> waiting;
    packet_mark shut;
    double longest_shut = 0;
    std::uint64_t longest_shut_in = 0;
    std::uint64_t in = 0, out = 0;  // packets that came to the capturing machine, and that left it
    bool is_forwarded = false;      // one was captured twice, with a hop between
    std::array<printed, 4> before{};
    std::size_t next_before = 0;
  };

  end& of(side which) noexcept { return ends_[which == side::client ? 0 : 1]; }
  bool is_copy(end& from, const tcp_segment& what, const packet_mark& by);
  void note_window(end& from, const tcp_segment& what, const packet_mark& by);
  void take_reset(end& from, const end& other, const tcp_segment& what, const packet_mark& by,
                  packet_way way, double idle);
  capture_place place_by_syn() const;
  capture_place place_by_time() const;
  bool is_where_expected(const end& from, const tcp_segment& reset) const;
  void note_data(end& from, const tcp_segment& what, const packet_mark& by, double idle,
                 reassembler::arrival how);
  void note_acknowledged(end& of_whom);
  static void note_hole(end& from, const packet_mark& by);
  void note_step(tcp_step_kind kind, side from, const packet_mark& by);
  void tell_end(stream_fact& made, const packet_mark& last_of_all) const;
  void tell_failure(stream_fact& made, const packet_mark& last_of_all) const;
  bool tell_loss(stream_fact& made) const;
  void tell_reset(stream_fact& made) const;
  void tell_parting(stream_fact& made) const;
  stream_side_fact tell_side(const end& from, const packet_mark& last_of_all) const;

  std::uint64_t number_;
  stream_listener& to_;
  std::array<end, 2> ends_;
  packet_mark first_;
  packet_mark last_;
  packet_mark parting_;
  side parted_ = side::client;
  packet_mark reset_by_;
  side reset_from_ = side::client;
  int reset_ttl_ = -1;
  int reset_id_ = -1;
  packet_mark other_reset_;  // in the other side's name
  int other_reset_ttl_ = -1;
  double reset_idle_ = 0;  // silence before what it answers
  packet_way reset_way_ = packet_way::unknown;
  bool reset_is_own_ = false;   // of the capturing machine, in the name of another
  bool reset_has_ack_ = false;  // as one of a connection that its sender knows
  double parting_idle_ = 0;     // silence before the first FIN or RST
  bool is_answer_to_syn_ = false;
  bool stands_ = false;
  std::vector<stream_icmp_fact> icmp_;
  std::vector<tcp_step> steps_;
  packet_mark icmp_to_syn_;
};

}  // namespace mqttkit::doctor
