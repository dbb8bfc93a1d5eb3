// Puts the bytes that one end of a TCP connection sent in order, however the segments came.
//
// Of bytes that came twice the first count. Bytes that were never captured are reported as a gap
// once the other end acknowledges them, or when too much waits behind them. Sequence numbers wrap.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "mqtt-doctor/capture/packet.hpp"

namespace mqttkit::doctor {

/// A packet as evidence: its number and time.
struct packet_mark {
  std::uint64_t number = 0;  ///< 0: none
  capture_time time{};

  explicit operator bool() const noexcept { return number != 0; }
};

/// Receives the bytes in order, and the gaps.
class ordered_bytes {
 public:
  ordered_bytes() = default;
  ordered_bytes(const ordered_bytes&) = delete;
  ordered_bytes& operator=(const ordered_bytes&) = delete;
  virtual ~ordered_bytes() = default;

  virtual void take(bytes_view bytes, const packet_mark& by) = 0;
  virtual void take_gap(std::uint64_t bytes, const packet_mark& before) = 0;
};

/// Memory for bytes that wait, shared by all streams.
struct held_budget {
  static constexpr std::size_t most_bytes = 64 << 20;
  std::size_t bytes = 0;
};

class reassembler {
 public:
  static constexpr std::size_t most_bytes = 512 * 1024;  // bytes that wait; a usual window
  static constexpr std::size_t most_pieces = 1024;       // segments waiting
  /// How long an acknowledgement may come before its bytes: several processors capture, and do so
  /// out of order.
  static constexpr auto patience = std::chrono::milliseconds(20);

  enum class arrival : std::uint8_t {
    fresh,    ///< new bytes
    early,    ///< new bytes, with a hole before them so far
    again,    ///< all bytes were there: a retransmission
    nothing,  ///< no bytes, or a keep-alive probe
  };

  explicit reassembler(held_budget& budget) : budget_(budget) {}
  ~reassembler() { drop(); }
  reassembler(const reassembler&) = delete;
  reassembler& operator=(const reassembler&) = delete;

  /// `sequence` is the number of the first byte: one more than the SYN's.
  void begin(std::uint32_t sequence);
  bool has_begun() const noexcept { return has_begun_; }

  /// @param bytes  the captured bytes
  /// @param size   bytes on the wire
  arrival take(std::uint32_t sequence, bytes_view bytes, std::size_t size, const packet_mark& by,
               ordered_bytes& to);
  /// The other end acknowledged all bytes before `sequence`.
  void acknowledged(std::uint32_t sequence, const packet_mark& by, ordered_bytes& to);
  /// Hands out a gap where the other end acknowledged bytes a while ago and no later bytes wait:
  /// the capture lacks them.
  /// @param has_fin  whether a FIN was captured, which counts as a byte
  void skip_tail(bool has_fin, const packet_mark& by, ordered_bytes& to);
  /// The stream has ended: hands out what waits, with the gaps between.
  void finish(const packet_mark& by, ordered_bytes& to);

  /// Bytes from the first to the last that was seen.
  std::uint64_t highest() const noexcept { return highest_; }
  /// Bytes missing before later ones that came; 0 for none.
  std::uint64_t hole() const noexcept { return held_.empty() ? 0 : held_.begin()->first - next_; }
  /// The place of the next byte: everything before it was handed out.
  std::uint64_t next() const noexcept { return next_; }
  /// Bytes the other end acknowledged.
  std::uint64_t acknowledged_bytes() const noexcept { return acknowledged_; }
  /// The place of a sequence number in the stream; negative for one before the first byte.
  std::int64_t place_of(std::uint32_t sequence) const noexcept {
    const auto distance =
        static_cast<std::int32_t>(sequence - (first_ + static_cast<std::uint32_t>(next_)));
    return static_cast<std::int64_t>(next_) + distance;
  }

 private:
  struct piece {
    std::vector<std::byte> bytes;
    std::size_t size = 0;  // bytes on the wire
    packet_mark by;
  };

  void hold(std::uint64_t begin, bytes_view bytes, std::size_t size, const packet_mark& by);
  void give(std::uint64_t begin, bytes_view bytes, std::size_t size, const packet_mark& by,
            ordered_bytes& to);
  void give_held(ordered_bytes& to);
  void skip_gap(const packet_mark& by, ordered_bytes& to);
  void drop();

  held_budget& budget_;
  std::map<std::uint64_t, piece> held_;  // segments that wait, by place; they do not overlap
  std::size_t held_bytes_ = 0;
  std::uint32_t first_ = 0;  // sequence number of place 0
  std::uint64_t next_ = 0;   // place of the next byte
  std::uint64_t highest_ = 0;
  std::uint64_t acknowledged_ = 0;
  capture_time acknowledged_at_{};
  bool has_begun_ = false;
};

}  // namespace mqttkit::doctor
