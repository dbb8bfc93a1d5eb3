#include "io/printout.hpp"

#include <algorithm>
#include <span>

#include "common/json_text.hpp"
#include "mqttkit/wire/base64.hpp"

namespace mqttkit::tools {
namespace {

// Bytes converted at a time: divisible by three, so that base64 has no padding between two pieces.
constexpr std::size_t piece_bytes = 48u << 10;

void append_one_line(byte_buffer& out, std::string_view text) {
  auto* const to = reinterpret_cast<char*>(out.extend(text.size()));
  std::transform(text.begin(), text.end(), to,
                 [](char c) { return c == '\n' || c == '\r' ? ' ' : c; });
}

}  // namespace

void append_hex(byte_buffer& out, std::string_view bytes, letter_case letters) {
  const std::string_view digits = hex_digits(letters);
  const std::size_t size = bytes.size() * 2;
  const std::span<char> to(reinterpret_cast<char*>(out.extend(size)), size);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    to[2 * i] = digits[byte >> 4];
    to[2 * i + 1] = digits[byte & 15];
  }
}

void append_base64(byte_buffer& out, std::string_view bytes) {
  append_text(out, base64(as_bytes(bytes)));
}

// Converts the first piece of `rest` and removes it there.
void printout::spell(byte_buffer& out, std::string_view& rest, spelling as) {
  const std::string_view piece = rest.substr(0, piece_bytes);
  switch (as) {
    case spelling::plain:
      append_text(out, piece);
      break;
    case spelling::hex:
    case spelling::upper_hex:
      append_hex(out, piece, as == spelling::upper_hex ? letter_case::upper : letter_case::lower);
      break;
    case spelling::base64:
      append_base64(out, piece);
      break;
    case spelling::json_text:
      append_json_escaped(out, piece);
      break;
    case spelling::one_line:
      append_one_line(out, piece);
      break;
  }
  rest.remove_prefix(piece.size());
}

void printout::append(std::string_view payload, spelling as) {
  if (payload.size() < large_bytes) {
    while (!payload.empty()) spell(bytes_, payload, as);
    return;
  }
  passages_.push_back({consumed_ + bytes_.size(), payload, as});
}

bytes_view printout::front() {
  if (!piece_.empty()) return piece_.view();
  if (!holds_views()) return bytes_.view();
  passage& next = passages_[next_];
  if (next.at != consumed_) return bytes_.view().first(next.at - consumed_);
  if (next.as == spelling::plain) return as_bytes(next.rest);
  spell(piece_, next.rest, next.as);
  return piece_.view();
}

void printout::consume(std::size_t count) noexcept {
  if (!piece_.empty()) {
    piece_.consume(count);
  } else if (holds_views() && passages_[next_].at == consumed_) {
    passages_[next_].rest.remove_prefix(count);
  } else {
    bytes_.consume(count);
    consumed_ += count;
  }
  drop_converted();
}

void printout::drop_converted() noexcept {
  if (holds_views() && piece_.empty() && passages_[next_].rest.empty()) ++next_;
  if (holds_views() || passages_.empty()) return;
  passages_.clear();
  next_ = 0;
  piece_.release(0);
}

std::uint64_t printout::length() const {
  std::uint64_t count = bytes_.size() + piece_.size();
  byte_buffer spelled;
  for (std::size_t i = next_; i < passages_.size(); ++i) {
    std::string_view rest = passages_[i].rest;
    if (passages_[i].as == spelling::plain) {
      count += rest.size();
      continue;
    }
    for (; !rest.empty(); spelled.clear()) {
      spell(spelled, rest, passages_[i].as);
      count += spelled.size();
    }
  }
  return count;
}

void printout::clear() noexcept {
  bytes_.clear();
  piece_.clear();
  passages_.clear();
  next_ = 0;
  consumed_ = 0;
}

}  // namespace mqttkit::tools
