#include "mqtt-doctor/facts/international_name.hpp"

#include <cstdint>
#include <optional>
#include <vector>

#include "mqttkit/base/utf8.hpp"

namespace mqttkit::doctor {
namespace {

using points = std::vector<std::uint32_t>;

constexpr std::uint32_t first_beyond = 0x80;
constexpr std::size_t most_points = 63;  // of a label

/// The code points of a name, with capitals of Latin-1, Greek and Cyrillic made small; nothing
/// where the bytes are not UTF-8.
std::optional<points> points_of(std::string_view text) {
  if (!is_utf8(text)) return std::nullopt;
  points out;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t point = size == 1 ? lead : lead & (0xFFu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i)
      point = point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
    at += size;
    const bool is_ascii = point >= 'A' && point <= 'Z';
    const bool is_latin = point >= 0xC0 && point <= 0xDE && point != 0xD7;
    const bool is_greek = point >= 0x391 && point <= 0x3A9;
    const bool is_cyrillic = point >= 0x410 && point <= 0x42F;
    if (is_ascii || is_latin || is_greek || is_cyrillic) point += 0x20;
    out.push_back(point);
  }
  return out;
}

char digit_of(std::uint32_t value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

/// The bias adaptation of RFC 3492 §6.1.
std::uint32_t adapted(std::uint32_t delta, std::uint32_t count, bool is_first) {
  constexpr std::uint32_t base = 36, least = 1, most = 26, skew = 38, damp = 700;
  delta = is_first ? delta / damp : delta / 2;
  delta += delta / count;
  std::uint32_t k = 0;
  for (; delta > (base - least) * most / 2; k += base) delta /= base - least;
  return k + (base - least + 1) * delta / (delta + skew);
}

/// The encoding of RFC 3492 §6.3; a label is too short for an overflow.
std::string punycode(const points& label) {
  constexpr std::uint32_t base = 36, least = 1, most = 26;
  std::string out;
  for (const std::uint32_t point : label) {
    if (point < first_beyond) out += static_cast<char>(point);
  }
  const auto plain = static_cast<std::uint32_t>(out.size());
  if (plain > 0) out += '-';
  std::uint32_t done = plain, n = first_beyond, delta = 0, bias = 72;
  while (done < label.size()) {
    std::uint32_t next = UINT32_MAX;
    for (const std::uint32_t point : label) {
      if (point >= n && point < next) next = point;
    }
    delta += (next - n) * (done + 1);
    n = next;
    for (const std::uint32_t point : label) {
      if (point < n) ++delta;
      if (point != n) continue;
      std::uint32_t q = delta;
      for (std::uint32_t k = base;; k += base) {
        const std::uint32_t t = k <= bias ? least : k >= bias + most ? most : k - bias;
        if (q < t) break;
        out += digit_of(t + (q - t) % (base - t));
        q = (q - t) / (base - t);
      }
      out += digit_of(q);
      bias = adapted(delta, done + 1, done == plain);
      delta = 0;
      ++done;
    }
    ++delta;
    ++n;
  }
  return out;
}

}  // namespace

std::string international_name(std::string_view host) {
  std::string out;
  bool has_beyond = false;
  for (;;) {
    const std::size_t dot = host.find('.');
    const std::string_view label = host.substr(0, dot);
    const auto read = points_of(label);
    if (!read || read->size() > most_points) return {};
    bool is_beyond = false;
    for (const std::uint32_t point : *read) is_beyond = is_beyond || point >= first_beyond;
    if (is_beyond) out.append("xn--").append(punycode(*read));
    if (!is_beyond) out.append(label);
    has_beyond = has_beyond || is_beyond;
    if (dot == std::string_view::npos) break;
    out += '.';
    host.remove_prefix(dot + 1);
  }
  return has_beyond ? out : std::string();
}

}  // namespace mqttkit::doctor
