#include "mqtt-doctor/listen/packet_reader.hpp"

#include <algorithm>
#include <utility>

namespace mqttkit::doctor {
namespace {

constexpr std::size_t longest_head = 5;  // bytes: type, and a remaining length of four

/// The frame of a well-formed packet with as much of its body as there is.
frame cut_frame(bytes_view bytes) {
  frame cut;
  cut.type = static_cast<packet_type>(std::to_integer<unsigned>(bytes[0]) >> 4);
  cut.flags = std::to_integer<std::uint8_t>(bytes[0] & std::byte{0x0F});
  std::size_t head = 1;
  while (head < longest_head && (bytes[head] & std::byte{0x80}) != std::byte{0}) ++head;
  cut.body = bytes.subspan(head + 1);
  cut.size = bytes.size();
  return cut;
}

}  // namespace

packet_reader::outcome packet_reader::take_one(bytes_view from, const taker& take,
                                               std::size_t& used) {
  frame packet;
  switch (next_frame(from, 0, packet)) {
    case framing::complete:
      // The rest is cut here too, as for a packet that comes in pieces.
      if (packet.size > most_bytes) break;
      used = packet.size;
      return take(packet, packet.size) ? outcome::taken : outcome::broken;
    case framing::incomplete:
      wanted_ = packet.size;
      if (packet.size > most_bytes && from.size() >= most_bytes) break;
      return outcome::incomplete;
    case framing::malformed:
    case framing::too_large:
      refused_ = from[0];
      return outcome::broken;
  }
  used = most_bytes;
  to_skip_ = packet.size - most_bytes;
  whole_ = packet.size;
  const frame cut = cut_frame(from.first(most_bytes));
  return take(cut, packet.size) ? outcome::taken : outcome::broken;
}

bool packet_reader::skip(std::uint64_t bytes, const taker& take) {
  if (bytes <= to_skip_) {
    to_skip_ -= static_cast<std::size_t>(bytes);
    return true;
  }
  if (to_skip_ != 0 || kept_.empty() || wanted_ == 0) return false;
  const std::size_t left = wanted_ - kept_.size();
  if (bytes > left) return false;
  to_skip_ = left - static_cast<std::size_t>(bytes);
  const byte_buffer buffer = std::exchange(kept_, byte_buffer());
  const std::size_t whole = whole_ = std::exchange(wanted_, 0);
  return take(cut_frame(buffer.view()), whole);
}

void packet_reader::forget() {
  kept_.clear();
  wanted_ = to_skip_ = 0;
}

bool packet_reader::feed(bytes_view bytes, const taker& take) {
  while (!bytes.empty()) {
    const std::size_t skipped = std::min(to_skip_, bytes.size());
    to_skip_ -= skipped;
    bytes = bytes.subspan(skipped);
    if (bytes.empty()) return true;
    std::size_t used = 0;
    if (kept_.empty()) {
      const outcome how = take_one(bytes, take, used);
      if (how == outcome::broken) return false;
      if (how == outcome::taken) {
        wanted_ = 0;
        bytes = bytes.subspan(used);
        continue;
      }
    }
    // The bytes that complete the kept beginning of the packet, and no more.
    const std::size_t goal =
        kept_.empty() || wanted_ == 0 ? kept_.size() + 1 : std::min(wanted_, most_bytes);
    const std::size_t more =
        std::min(bytes.size(), std::max(goal, kept_.size() + 1) - kept_.size());
    kept_.append(bytes.first(more));
    bytes = bytes.subspan(more);
    const outcome how = take_one(kept_.view(), take, used);
    if (how == outcome::broken) return false;
    if (how == outcome::taken) {
      wanted_ = 0;
      kept_.clear();
    }
  }
  return true;
}

}  // namespace mqttkit::doctor
