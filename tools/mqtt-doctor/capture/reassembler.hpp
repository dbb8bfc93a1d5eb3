// The bytes one end of a TCP connection sent, in order, however their segments came.
//
// Of bytes that come twice the first count. What was captured nowhere is a gap, and said as one: as
// soon as the other end acknowledged it, or when too much waits behind it. Sequence numbers wrap.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "mqtt-doctor/capture/packet.hpp"

namespace mqttkit::doctor {

/// A packet that shows something.
struct packet_mark {
  std::uint64_t number = 0;  ///< 0: none
  capture_time time{};

  explicit operator bool() const noexcept { return number != 0; }
};

/// Takes what was put in order.
class ordered_bytes {
 public:
  ordered_bytes() = default;
  ordered_bytes(const ordered_bytes&) = delete;
  ordered_bytes& operator=(const ordered_bytes&) = delete;
  virtual ~ordered_bytes() = default;

  virtual void take(bytes_view bytes, const packet_mark& by) = 0;
  virtual void take_gap(std::uint64_t bytes, const packet_mark& before) = 0;
};

/// What waits in all streams together.
struct held_budget {
  static constexpr std::size_t most_bytes = 64 << 20;
  std::size_t bytes = 0;
};

class reassembler {
 public:
  static constexpr std::size_t most_bytes = 512 * 1024;  // waiting; a usual window
  static constexpr std::size_t most_pieces = 1024;       // likewise
  /// An acknowledgement may be captured before what it acknowledges, where several processors
  /// capture.
  static constexpr auto patience = std::chrono::milliseconds(20);

  enum class arrival : std::uint8_t {
    fresh,    ///< bytes that were not there
    early,    ///< likewise, and some before them are missing so far
    again,    ///< all of it was there: sent once more
    nothing,  ///< no bytes, or a probe of one that was acknowledged
  };

  explicit reassembler(held_budget& budget) : budget_(budget) {}
  ~reassembler() { drop(); }
  reassembler(const reassembler&) = delete;
  reassembler& operator=(const reassembler&) = delete;

  /// `sequence` is that of the first byte: SYN's and one.
  void begin(std::uint32_t sequence);
  bool has_begun() const noexcept { return has_begun_; }

  /// @param bytes  as far as they were captured
  /// @param size   on the wire
  arrival take(std::uint32_t sequence, bytes_view bytes, std::size_t size, const packet_mark& by,
               ordered_bytes& to);
  /// The other end has everything before that.
  void acknowledged(std::uint32_t sequence, const packet_mark& by, ordered_bytes& to);
  /// Nothing more comes: gives what waits, gaps between.
  void finish(const packet_mark& by, ordered_bytes& to);

  /// Bytes from the first one to the last that was seen.
  std::uint64_t highest() const noexcept { return highest_; }
  /// Bytes that are missing before later ones that came; 0: none.
  std::uint64_t hole() const noexcept { return held_.empty() ? 0 : held_.begin()->first - next_; }
  /// Place of what comes next: all before it was given.
  std::uint64_t next() const noexcept { return next_; }
  /// Bytes the other end acknowledged.
  std::uint64_t acknowledged_bytes() const noexcept { return acknowledged_; }
  /// Place of that sequence number in the stream; may be in front of its first byte.
  std::int64_t place_of(std::uint32_t sequence) const noexcept {
    const auto distance =
        static_cast<std::int32_t>(sequence - (first_ + static_cast<std::uint32_t>(next_)));
    return static_cast<std::int64_t>(next_) + distance;
  }

 private:
  struct piece {
    std::vector<std::byte> bytes;
    std::size_t size = 0;  // on the wire
    packet_mark by;
  };

  void hold(std::uint64_t begin, bytes_view bytes, std::size_t size, const packet_mark& by);
  void give(std::uint64_t begin, bytes_view bytes, std::size_t size, const packet_mark& by,
            ordered_bytes& to);
  void give_held(ordered_bytes& to);
  void skip_gap(const packet_mark& by, ordered_bytes& to);
  void drop();

  held_budget& budget_;
  std::map<std::uint64_t, piece> held_;  // by place, apart from one another
  std::size_t held_bytes_ = 0;
  std::uint32_t first_ = 0;  // sequence number of place 0
  std::uint64_t next_ = 0;   // place of what comes next
  std::uint64_t highest_ = 0;
  std::uint64_t acknowledged_ = 0;
  capture_time acknowledged_at_{};
  bool has_begun_ = false;
};

}  // namespace mqttkit::doctor
