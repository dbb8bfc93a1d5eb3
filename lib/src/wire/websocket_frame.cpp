#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "mqttkit/base/error.hpp"
#include "mqttkit/wire/websocket.hpp"

namespace mqttkit {
namespace {

// RFC 6455 §5.2
constexpr std::byte final_bit{0x80};
constexpr std::byte reserved_bits{0x70};
constexpr std::byte opcode_bits{0x0F};
constexpr std::byte masked_bit{0x80};
constexpr std::byte length_bits{0x7F};
constexpr std::size_t length_16_bits = 126;
constexpr std::size_t length_64_bits = 127;
constexpr std::size_t mask_bytes = 4;

static_assert(byte_buffer::headroom_bytes >= 2 + 8 + mask_bytes, "a frame header must fit");

std::byte low_byte(std::uint64_t value) noexcept { return static_cast<std::byte>(value & 0xFF); }

bool is_control(websocket_opcode opcode) noexcept {
  return static_cast<std::uint8_t>(opcode) >= static_cast<std::uint8_t>(websocket_opcode::close);
}

std::size_t header_bytes(std::size_t payload_bytes) noexcept {
  const std::size_t length = payload_bytes < length_16_bits ? 0 : payload_bytes <= 0xFFFF ? 2 : 8;
  return 2 + length + mask_bytes;
}

void write_header(std::byte* at, websocket_opcode opcode, std::size_t payload_bytes,
                  const websocket_mask& mask) noexcept {
  *at++ = final_bit | static_cast<std::byte>(opcode);
  std::size_t length_size = 0;
  if (payload_bytes < length_16_bits) {
    *at++ = masked_bit | static_cast<std::byte>(payload_bytes);
  } else if (payload_bytes <= 0xFFFF) {
    *at++ = masked_bit | static_cast<std::byte>(length_16_bits);
    length_size = 2;
  } else {
    *at++ = masked_bit | static_cast<std::byte>(length_64_bits);
    length_size = 8;
  }
  for (std::size_t i = length_size; i > 0; --i) {
    *at++ = low_byte(static_cast<std::uint64_t>(payload_bytes) >> (8 * (i - 1)));
  }
  std::memcpy(at, mask.data(), mask.size());
}

}  // namespace

void apply_websocket_mask(std::span<std::byte> bytes, const websocket_mask& mask) noexcept {
  std::uint32_t once = 0;
  std::memcpy(&once, mask.data(), mask.size());
  const std::uint64_t twice = static_cast<std::uint64_t>(once) << 32 | once;
  std::size_t i = 0;
  for (; bytes.size() - i >= sizeof twice; i += sizeof twice) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    word ^= twice;
    std::memcpy(bytes.data() + i, &word, sizeof word);
  }
  for (; i < bytes.size(); ++i) bytes[i] ^= mask[i % mask.size()];
}

void frame_as_binary(byte_buffer& data, const websocket_mask& mask) noexcept {
  const std::size_t payload_bytes = data.size();
  apply_websocket_mask({data.data(), payload_bytes}, mask);
  std::byte* const header = data.prepend(header_bytes(payload_bytes));
  write_header(header, websocket_opcode::binary, payload_bytes, mask);
}

void append_control_frame(byte_buffer& out, websocket_opcode opcode, bytes_view payload,
                          const websocket_mask& mask) {
  const bytes_view kept = payload.first(std::min(payload.size(), websocket_most_control_bytes));
  std::byte* const header = out.extend(header_bytes(kept.size()) + kept.size());
  write_header(header, opcode, kept.size(), mask);
  std::byte* const body = header + header_bytes(kept.size());
  if (!kept.empty()) std::memcpy(body, kept.data(), kept.size());
  apply_websocket_mask({body, kept.size()}, mask);
}

std::string websocket_close_payload(std::uint16_t code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  payload += reason.substr(0, websocket_most_control_bytes - 2);
  return payload;
}

std::size_t websocket_reader::feed(std::span<std::byte> bytes) {
  std::size_t in = 0;
  std::size_t out = 0;
  while (in < bytes.size() && !is_closed_ && !error_) {
    if (!in_payload_) {
      take_header_byte(bytes[in++]);
      continue;
    }
    const auto available = static_cast<std::size_t>(
        std::min<std::uint64_t>(remaining_, static_cast<std::uint64_t>(bytes.size() - in)));
    if (is_control(opcode_)) {
      std::memcpy(control_.data() + control_size_, bytes.data() + in, available);
      if (whose_ == websocket_sender::client)
        unmask(std::span(control_).subspan(control_size_, available));
      control_size_ = static_cast<std::uint8_t>(control_size_ + available);
    } else {
      std::memmove(bytes.data() + out, bytes.data() + in, available);
      if (whose_ == websocket_sender::client) unmask(bytes.subspan(out, available));
      out += available;
    }
    in += available;
    remaining_ -= available;
    if (remaining_ == 0) end_frame();
  }
  return out;
}

bool websocket_reader::skip(std::uint64_t bytes) noexcept {
  if (!in_payload_ || is_control(opcode_) || bytes > remaining_) return false;
  turn_mask(bytes);
  remaining_ -= bytes;
  if (remaining_ == 0) end_frame();
  return true;
}

void websocket_reader::unmask(std::span<std::byte> bytes) noexcept {
  apply_websocket_mask(bytes, mask_);
  turn_mask(bytes.size());
}

void websocket_reader::turn_mask(std::uint64_t bytes) noexcept {
  const auto turns = static_cast<std::ptrdiff_t>(bytes % mask_.size());
  std::rotate(mask_.begin(), mask_.begin() + turns, mask_.end());
}

void websocket_reader::take_header_byte(std::byte value) {
  header_[header_size_++] = value;
  if (header_size_ < header_wanted_) return;
  if (header_size_ == 2) {
    if (!check_start()) return;
    const auto length = std::to_integer<std::size_t>(header_[1] & length_bits);
    header_wanted_ = length == length_16_bits ? 4 : length == length_64_bits ? 10 : 2;
    if (whose_ == websocket_sender::client) header_wanted_ += mask_bytes;
    if (header_wanted_ != 2) return;
  }
  begin_frame();
}

/// The rules that the first two bytes of a frame can break (RFC 6455 §5.1, §5.2, §5.4, §5.5).
bool websocket_reader::check_start() {
  const auto code = std::to_integer<std::uint8_t>(header_[0] & opcode_bits);
  opcode_ = static_cast<websocket_opcode>(code);
  is_final_ = (header_[0] & final_bit) != std::byte{0};
  const bool is_masked = (header_[1] & masked_bit) != std::byte{0};
  if ((header_[0] & reserved_bits) != std::byte{0}) {
    fail("a frame with reserved bits, but no extension was agreed on");
  } else if (is_masked && whose_ == websocket_sender::server) {
    fail("a masked frame from the server");
  } else if (!is_masked && whose_ == websocket_sender::client) {
    fail("a frame without a mask from the client");
  } else if (opcode_ == websocket_opcode::text) {
    fail("a text frame; MQTT needs binary ones");
  } else if (is_control(opcode_)) {
    if (code > static_cast<std::uint8_t>(websocket_opcode::pong)) {
      fail("a frame of unknown type");
    } else if (!is_final_) {
      fail("a fragmented control frame");
    } else if (std::to_integer<std::size_t>(header_[1] & length_bits) >
               websocket_most_control_bytes) {
      fail("a control frame above 125 bytes");
    }
  } else if (opcode_ == websocket_opcode::continuation) {
    if (!in_message_) fail("a continuation of nothing");
  } else if (opcode_ != websocket_opcode::binary) {
    fail("a frame of unknown type");
  } else if (in_message_) {
    fail("a new message inside another");
  }
  return !error_;
}

void websocket_reader::begin_frame() {
  remaining_ = 0;
  std::size_t length_end = header_wanted_;
  if (whose_ == websocket_sender::client) {
    length_end -= mask_bytes;
    std::memcpy(mask_.data(), header_.data() + length_end, mask_bytes);
  }
  if (length_end == 2) {
    remaining_ = std::to_integer<std::uint64_t>(header_[1] & length_bits);
  } else {
    for (std::size_t i = 2; i < length_end; ++i) {
      remaining_ = remaining_ << 8 | std::to_integer<std::uint64_t>(header_[i]);
    }
    if (std::countl_zero(remaining_) == 0) return fail("a frame length of 2^63 or more");
  }
  header_size_ = 0;
  header_wanted_ = 2;
  control_size_ = 0;
  in_payload_ = true;
  if (remaining_ == 0) end_frame();
}

void websocket_reader::end_frame() {
  in_payload_ = false;
  if (is_control(opcode_)) {
    end_control_frame();
  } else {
    in_message_ = !is_final_;
  }
}

void websocket_reader::end_control_frame() {
  if (opcode_ == websocket_opcode::ping) {
    ping_ = control_;
    ping_size_ = control_size_;
    has_ping_ = true;
  } else if (opcode_ == websocket_opcode::close) {
    if (control_size_ == 1) return fail("a Close frame with half a code");
    is_closed_ = true;
    if (control_size_ >= 2) {
      close_code_ = static_cast<std::uint16_t>(std::to_integer<unsigned>(control_[0]) << 8 |
                                               std::to_integer<unsigned>(control_[1]));
      const bytes_view payload(control_.data(), control_size_);
      close_reason_ = as_text(payload.subspan(2));
    }
  }
}

std::optional<bytes_view> websocket_reader::take_ping() noexcept {
  if (!std::exchange(has_ping_, false)) return std::nullopt;
  return bytes_view(ping_.data(), ping_size_);
}

void websocket_reader::fail(const char* words) {
  error_ = errc::websocket_protocol;
  error_words_ = words;
}

}  // namespace mqttkit
