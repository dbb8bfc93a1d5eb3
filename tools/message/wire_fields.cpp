#include "message/wire_fields.hpp"

namespace mqttkit::tools {

bool wire_fields::take_varint(std::string_view& text, std::uint64_t& out) noexcept {
  out = 0;
  for (unsigned i = 0; i < 10 && i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    out |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    text.remove_prefix(i + 1);
    return true;
  }
  return false;
}

bool wire_fields::take_fixed(std::string_view& text, unsigned count, std::uint64_t& out) noexcept {
  if (text.size() < count) return false;
  out = 0;
  for (unsigned i = 0; i < count; ++i) {
    out |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])) << (8 * i);
  }
  text.remove_prefix(count);
  return true;
}

bool wire_fields::take_field() noexcept {
  std::uint64_t tag = 0;
  if (!take_varint(rest_, tag) || (tag >> 3) == 0 || (tag >> 3) > 0x1FFFFFFF) return false;
  number_ = static_cast<std::uint32_t>(tag >> 3);
  type_ = static_cast<kind>(tag & 7);
  switch (type_) {
    case kind::varint:
      return take_varint(rest_, integer_);
    case kind::fixed64:
      return take_fixed(rest_, 8, integer_);
    case kind::fixed32:
      return take_fixed(rest_, 4, integer_);
    case kind::bytes:
      if (!take_varint(rest_, integer_) || integer_ > rest_.size()) return false;
      bytes_ = rest_.substr(0, integer_);
      rest_.remove_prefix(integer_);
      return true;
  }
  return false;  // groups, which are obsolete
}

bool wire_fields::next() noexcept {
  if (failed_ || rest_.empty()) return false;
  failed_ = !take_field();
  return !failed_;
}

}  // namespace mqttkit::tools
