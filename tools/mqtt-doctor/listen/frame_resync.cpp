#include "mqtt-doctor/listen/frame_resync.hpp"

#include <algorithm>
#include <cstdint>

#include "mqttkit/wire/websocket.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_frames = 8;         // frames in a row that are examined
constexpr std::size_t enough_frames = 3;       // frames with data in a row that suffice anywhere
constexpr std::size_t enough_at_end = 2;       // enough if the last ends with the segment
constexpr int most_trials = 64;                // in one search: bytes may imitate heads
constexpr std::uint64_t most_frame = 1 << 28;  // bytes; no packet of MQTT is larger
constexpr std::size_t longest_head = 14;       // two bytes, a length of eight, a mask

struct head {
  websocket_opcode opcode{};
  bool is_final = false;
  std::size_t size = 0;       // bytes of the head
  std::uint64_t payload = 0;  // bytes of the payload
  websocket_mask mask{};

  bool is_control() const noexcept { return opcode >= websocket_opcode::close; }
};

/// The head of a frame; nothing when the bytes are none, or too few.
std::optional<head> head_at(bytes_view bytes, side from) {
  if (bytes.size() < 2) return std::nullopt;
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint64_t>(bytes[i]); };
  const bool is_masked = (at(1) & 0x80) != 0;
  if ((at(0) & 0x70) != 0 || is_masked != (from == side::client)) return std::nullopt;
  head made;
  made.opcode = static_cast<websocket_opcode>(at(0) & 0x0F);
  made.is_final = (at(0) & 0x80) != 0;
  made.payload = at(1) & 0x7F;
  const bool is_known = made.opcode == websocket_opcode::continuation ||
                        made.opcode == websocket_opcode::binary ||
                        (made.is_control() && made.opcode <= websocket_opcode::pong);
  if (!is_known) return std::nullopt;
  if (made.is_control() && (!made.is_final || made.payload > websocket_most_control_bytes))
    return std::nullopt;
  const std::size_t length_bytes = made.payload == 126 ? 2 : made.payload == 127 ? 8 : 0;
  made.size = 2 + length_bytes + (is_masked ? made.mask.size() : 0);
  if (bytes.size() < made.size) return std::nullopt;
  if (length_bytes != 0) {
    made.payload = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) made.payload = made.payload << 8 | at(2 + i);
    // Only the shortest encoding of a length is valid (RFC 6455 §5.2).
    const std::uint64_t least = length_bytes == 2 ? 126 : 65536;
    if (made.payload < least || made.payload > most_frame) return std::nullopt;
  }
  if (is_masked)
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(made.size - made.mask.size()),
                made.mask.size(), made.mask.begin());
  return made;
}

/// Consecutive frames.
struct row_of_frames {
  std::size_t messages = 0;    // frames with data
  bool is_to_the_end = false;  // the last one ends with the bytes
  byte_buffer inside;          // the frames' payload
};

/// The frames at the beginning; nothing when one breaks a rule, or a message does not begin there.
std::optional<row_of_frames> row_at(bytes_view bytes, side from) {
  row_of_frames made;
  bool is_inside = false;  // inside a message of several frames
  for (std::size_t count = 0; count < most_frames && !bytes.empty(); ++count) {
    const auto frame = head_at(bytes, from);
    if (!frame) {
      // A head cut off by the segment's end may be valid.
      const bool may_go_on = bytes.size() < longest_head;
      if (!may_go_on) return std::nullopt;
      break;
    }
    const bool is_first = frame->opcode == websocket_opcode::binary;
    if (!frame->is_control() && is_first == is_inside) return std::nullopt;
    if (frame->payload > bytes.size() - frame->size) break;
    const auto size = static_cast<std::size_t>(frame->payload);
    if (!frame->is_control()) {
      const bytes_view payload = bytes.subspan(frame->size, size);
      std::byte* const at = made.inside.extend(size);
      std::copy(payload.begin(), payload.end(), at);
      apply_websocket_mask({at, size}, frame->mask);
      is_inside = !frame->is_final;
      ++made.messages;
    }
    bytes = bytes.subspan(frame->size + size);
  }
  made.is_to_the_end = bytes.empty();
  return made;
}

}  // namespace

std::optional<sync_point> find_frames(bytes_view bytes, std::size_t last, side from,
                                      std::optional<protocol_version> known) {
  int trials = 0;
  const auto weigh = [&](std::size_t offset) -> std::optional<sync_point> {
    const bytes_view rest = bytes.subspan(offset);
    const auto first = head_at(rest, from);
    if (!first || first->opcode != websocket_opcode::binary || ++trials > most_trials)
      return std::nullopt;
    const auto row = row_at(rest, from);
    if (!row || row->messages == 0) return std::nullopt;
    // Frames mostly begin with a segment.
    const bool is_segment = offset == last || offset == 0;
    const std::size_t enough = !row->is_to_the_end ? enough_frames : is_segment ? 1 : enough_at_end;
    if (row->messages < enough) return std::nullopt;
    auto found = begin_with_packets(row->inside.view(), from, known);
    if (found) found->offset = offset;
    return found;
  };
  if (auto found = weigh(last)) return found;
  for (std::size_t offset = 0; offset < bytes.size() && trials <= most_trials; ++offset) {
    if (offset == last) continue;
    if (auto found = weigh(offset)) return found;
  }
  return std::nullopt;
}

}  // namespace mqttkit::doctor
