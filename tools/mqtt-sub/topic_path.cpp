#include "mqtt-sub/topic_path.hpp"

#include <cstdint>
#include <cstdio>

namespace mqttkit::tools {
namespace {

// With a hash, an extension and the time of a rotation it stays below the 255 bytes of a name.
constexpr std::size_t longest_name = 160;

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

bool is_plain(unsigned char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
}

}  // namespace

std::string topic_file_name(std::string_view topic) {
  std::string name;
  bool needs_hash = topic.empty();
  for (std::size_t at = 0; at < topic.size();) {
    const auto byte = static_cast<unsigned char>(topic[at]);
    const bool is_capital = byte >= 'A' && byte <= 'Z';
    std::size_t length = 1;
    std::string unit(1, topic[at]);
    if (byte >= 0x80) {
      while (at + length < topic.size() &&
             (static_cast<unsigned char>(topic[at + length]) & 0xC0) == 0x80) {
        ++length;
      }
      unit = topic.substr(at, length);
    } else if (!is_plain(byte) && !is_capital && !(byte == '.' && !name.empty())) {
      char digits[4];
      std::snprintf(digits, sizeof digits, "%%%02X", byte);
      unit = digits;
    }
    needs_hash = needs_hash || is_capital || byte >= 0x80;
    if (name.size() + unit.size() > longest_name) {
      needs_hash = true;
      break;
    }
    name += unit;
    at += length;
  }
  if (!needs_hash) return name;
  char digits[20];
  std::snprintf(digits, sizeof digits, "~%016llx", static_cast<unsigned long long>(fnv1a(topic)));
  return name + digits;
}

}  // namespace mqttkit::tools
