// Packet identifiers and what waits behind them (MQTT 5.0 §2.2.1, §4.4).
//
// A packet identifier is a slot number plus one. Free slots queue first in, first out. The table
// starts small and doubles up to its limit, so that a client which never fills its window does not
// pay for 65,535 slots.
#pragma once

#include <cstdint>
#include <vector>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::session_detail {

// What a slot waits for. A QoS 2 publish waits for PUBREC, then for PUBCOMP; all else ends with one
// answer.
enum class waits_for : std::uint8_t { nothing, puback, pubrec, pubcomp, suback, unsuback };

struct slot {
  std::uint64_t token = 0;
  std::uint64_t sequence = 0;  // order of first sending, which resending keeps [MQTT-4.6.0-1]
  byte_buffer packet;          // as encoded, without topic alias; kept until the final answer
  std::uint16_t filters = 0;   // codes a SUBACK must carry
  waits_for state = waits_for::nothing;
  bool queued = false;  // not sent yet on the connection that was made anew
  // Sent on this connection, and counted against the broker's Receive Maximum.
  bool counted = false;
};

class packet_slots {
 public:
  explicit packet_slots(std::uint16_t limit) : limit_(limit) { grow(); }

  // 0 when all are in use.
  std::uint16_t acquire() {
    if (free_count_ == 0) {
      if (slots_.size() >= limit_) return 0;
      grow();
    }
    const std::uint16_t id = free_[free_head_];
    free_head_ = free_head_ + 1 == free_.size() ? 0 : free_head_ + 1;
    --free_count_;
    return id;
  }

  void release(std::uint16_t id) noexcept {
    slot& freed = slots_[id - 1u];
    freed.state = waits_for::nothing;
    freed.queued = freed.counted = false;
    freed.packet.release(keep_packet_bytes);
    std::size_t tail = free_head_ + free_count_;
    if (tail >= free_.size()) tail -= free_.size();
    free_[tail] = id;
    ++free_count_;
  }

  // nullptr for an identifier that is not in use.
  slot* find(std::uint16_t id) noexcept {
    if (id == 0 || id > slots_.size()) return nullptr;
    slot& found = slots_[id - 1u];
    return found.state == waits_for::nothing ? nullptr : &found;
  }

  slot& operator[](std::uint16_t id) noexcept { return slots_[id - 1u]; }
  std::uint16_t capacity() const noexcept { return static_cast<std::uint16_t>(slots_.size()); }

  // Identifiers in use, in order of first sending.
  std::vector<std::uint16_t> in_order() const;

 private:
  // A slot keeps the memory of an ordinary message, so that a steady stream does not allocate; a
  // larger one gives it back.
  static constexpr std::size_t keep_packet_bytes = 4096;

  void grow();

  std::uint16_t limit_;
  std::vector<slot> slots_;
  std::vector<std::uint16_t> free_;  // ring of free identifiers
  std::size_t free_head_ = 0;
  std::size_t free_count_ = 0;
};

}  // namespace mqttkit::session_detail
