// One TCP connection of a capture: both directions in order, and how TCP fared.
// it went.
//
// The SYN tells which side is the client; without one the port does. A packet that was captured
// twice (on a bridge and on an interface attached to it) counts once.
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

/// The direction of a packet at the capturing machine, where the capture tells it.
enum class packet_way : std::uint8_t { unknown, incoming, outgoing };

/// TCP packets that get a line of their own in the ladder.
enum class tcp_step_kind : std::uint8_t { syn, syn_ack, again, fin, rst, shut, icmp };
struct tcp_step {
  tcp_step_kind kind{};
  side from = side::client;
  packet_mark by;
};

/// Told of a connection's packets as they come.
class stream_listener {
 public:
  stream_listener() = default;
  stream_listener(const stream_listener&) = delete;
  stream_listener& operator=(const stream_listener&) = delete;
  virtual ~stream_listener() = default;

  virtual void bytes(std::uint64_t stream, side from, bytes_view data, const packet_mark& by) = 0;
  virtual void gap(std::uint64_t stream, side from, std::uint64_t size, const packet_mark& by) = 0;
};

/// The hardware addresses (MAC) of a connection, as its frames show them here; 0: not kept.
struct stream_links {
  std::uint64_t client = 0;
  std::uint64_t broker = 0;
  std::uint64_t reset = 0;  ///< of the first RST
  bool is_reset_clients = false;
};

class tcp_stream {
 public:
  static constexpr std::size_t most_named = 6;     // packets named as evidence
  static constexpr std::size_t most_pending = 64;  // unacknowledged segments followed
  static constexpr std::size_t most_icmp = 4;
  static constexpr std::size_t most_steps = 48;  // half of them the first, half the last

  /// @param client, broker  the ends of the connection
  tcp_stream(std::uint64_t number, const wire_endpoint& client, const wire_endpoint& broker,
             held_budget& budget, stream_listener& to);

  void take(const tcp_segment& segment, const packet_mark& by, packet_way way,
            std::uint32_t interface);
  void take(const icmp_error& error, const packet_mark& by);
  /// The capturing machine translated the client's address.
  void was_translated() noexcept { ends_[0].is_forwarded = true; }
  /// No more packets will come.
  void finish(const packet_mark& by);

  std::uint64_t number() const noexcept { return number_; }
  const wire_endpoint& client() const noexcept { return ends_[0].at; }
  const wire_endpoint& broker() const noexcept { return ends_[1].at; }
  /// Whether the connection began before the capture.
  bool is_late() const noexcept { return !ends_[0].syn && !ends_[1].syn; }
  /// Whether the connection was established: both ends answered, or one sent bytes.
  bool stands() const noexcept { return stands_; }
  /// Whether both ends sent FIN, or one RST.
  bool is_over() const noexcept { return reset_by_.number != 0 || (ends_[0].fin && ends_[1].fin); }
  /// Whether this SYN begins another connection, which uses the same ports again.
  bool is_another(const tcp_segment& syn) const noexcept;
  const packet_mark& first() const noexcept { return first_; }
  const packet_mark& last() const noexcept { return last_; }
  /// Whether an end closed the connection, by FIN or RST.
  bool has_parting() const noexcept { return static_cast<bool>(parting_); }
  side parted() const noexcept { return parted_; }
  bool was_reset() const noexcept { return static_cast<bool>(reset_by_); }
  /// Whether an RST came in the name of a side that did not send it.
  bool is_foreign_reset() const;
  /// Takes a packet behind the RST that ended the connection: an RST in the other name may follow.
  void take_behind(const tcp_segment& segment, const packet_mark& by);
  /// Whether it is established, and packets of one side only were captured.
  bool is_one_way() const noexcept {
    return stands_ && (ends_[0].packets == 0 || ends_[1].packets == 0);
  }
  const std::vector<tcp_step>& steps() const noexcept { return steps_; }

  /// Since when the client's window is shut; nothing while it is open.
  std::optional<capture_time> client_shut() const {
    if (!ends_[0].shut || is_over()) return std::nullopt;
    return ends_[0].shut.time;
  }

  /// All facts about the connection; `end` is the last packet of the capture.
  stream_fact story(const packet_mark& end) const;
  /// Where the capture was made, as far as this connection tells.
  capture_place place() const;
  /// The hardware addresses of both ends, as their frames came here, and of the RST.
  stream_links links() const {
    return {ends_[0].link, ends_[1].link, reset_link_, reset_from_ == side::client};
  }

 private:
  struct pending {
    std::int64_t begin = 0;     // place of the segment's first byte
    std::uint64_t end = 0;      // place behind its last byte
    bool is_in_pieces = false;  // repeated in smaller segments; the first one counts
    std::size_t ip_size = 0;    // the smallest IP packet it was sent in
    int times = 1;
    bool is_passed = false;  // the other end acknowledged later bytes (SACK)
    packet_mark first;
    std::vector<std::int64_t> in;
    double idle_before = 0;  // seconds of silence before it was first sent
  };
  struct printed {  // marks by which a copy is recognised
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
    packet_mark syn;  // of SYN or SYN-ACK
    std::uint32_t first_sequence = 0;
    std::vector<std::int64_t> syns;
    int syn_count = 0;
    packet_mark last_syn;
    packet_mark first_ack;  // its first packet without SYN
    packet_mark first_data;
    packet_mark last;
    packet_mark fin;
    std::uint64_t link = 0;  // its hardware address, by its first packet that is no RST
    int ttl = -1;
    int ip_id = -1;  // of its last packet
    int mss = 0;
    bool is_not_summed = false;  // of its SYN
    std::uint64_t packets = 0;
    std::uint64_t missed = 0;
    std::uint64_t again = 0;
    std::vector<std::int64_t> again_in;
    std::size_t largest_acknowledged = 0;
    std::size_t largest = 0;
    packet_mark hole_by;  // the first packet behind the hole
    std::uint64_t hole_at = 0;
    std::uint64_t hole = 0;  // bytes missing at the end
    std::deque<pending> waiting;
    packet_mark bare_ack;         // its last packet, an ACK without data
    double bare_ack_s = 0;        // how long after the data that it acknowledges
    packet_mark last_data;        // its last segment with data
    std::size_t last_size = 0;    // bytes in its last segment with data
    std::uint64_t held_back = 0;  // segments that it sent only when such an ACK had come
    double held_back_s = 0;
    packet_mark held_back_by;  // the first one
    packet_mark shut;
    double longest_shut = 0;
    std::uint64_t longest_shut_in = 0;
    std::uint64_t in = 0, out = 0;  // packets that entered and left the capturing machine
    bool is_forwarded = false;      // a packet was captured twice, a hop apart
    std::array<printed, 4> before{};
    std::size_t next_before = 0;
  };

  end& of(side which) noexcept { return ends_[which == side::client ? 0 : 1]; }
  bool is_copy(end& from, const tcp_segment& segment, const packet_mark& by);
  void note_window(end& from, const tcp_segment& segment, const packet_mark& by);
  void take_reset(end& from, const end& other, const tcp_segment& segment, const packet_mark& by,
                  packet_way way, double idle);
  capture_place place_by_syn() const;
  capture_place place_by_time() const;
  bool is_where_expected(const end& from, const tcp_segment& reset) const;
  void note_data(end& from, const tcp_segment& segment, const packet_mark& by, double idle,
                 reassembler::arrival how);
  void note_acknowledged(end& of_whom);
  void note_held_back(end& from, const end& other, const tcp_segment& segment,
                      const packet_mark& by) const;
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
  std::uint64_t reset_link_ = 0;
  packet_mark other_reset_;  // RST in the other side's name
  int other_reset_ttl_ = -1;
  double reset_idle_ = 0;  // seconds of silence before what it answers
  packet_way reset_way_ = packet_way::unknown;
  bool reset_is_own_ = false;   // of the capturing machine, in another's name
  bool reset_has_ack_ = false;  // its sender knows the connection
  double outlived_idle_ = 0;    // the longest silence that a packet of no end broke
  double parting_idle_ = 0;     // seconds of silence before the first FIN or RST
  bool is_answer_to_syn_ = false;
  bool stands_ = false;
  std::vector<stream_icmp_fact> icmp_;
  std::vector<tcp_step> steps_;
  packet_mark icmp_to_syn_;
};

}  // namespace mqttkit::doctor
