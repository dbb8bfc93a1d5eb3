#include "mqtt-doctor/facts/topic_levels.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <utility>

namespace mqttkit::doctor {
namespace {

struct lookalike {
  std::string_view odd;
  std::string_view plain;
};
constexpr lookalike lookalikes[] = {
    {"\u00a0", " "}, {"\u3000", " "}, {"\u00ad", ""},  {"\u200b", ""},  {"\u200c", ""},
    {"\u200d", ""},  {"\u2060", ""},  {"\ufeff", ""},  {"\u0430", "a"}, {"\u0435", "e"},
    {"\u043e", "o"}, {"\u0440", "p"}, {"\u0441", "c"}, {"\u0443", "y"}, {"\u0445", "x"},
    {"\u0456", "i"}, {"\u0455", "s"}, {"\u0410", "A"}, {"\u0412", "B"}, {"\u0415", "E"},
    {"\u041a", "K"}, {"\u041c", "M"}, {"\u041d", "H"}, {"\u041e", "O"}, {"\u0420", "P"},
    {"\u0421", "C"}, {"\u0422", "T"}, {"\u0425", "X"}, {"\u2010", "-"}, {"\u2011", "-"},
    {"\u2013", "-"}, {"\u2044", "/"}, {"\u2215", "/"},
};

}  // namespace

std::vector<std::string> levels_of(std::string_view text) {
  std::vector<std::string> levels;
  for (;;) {
    const std::size_t slash = text.find('/');
    levels.emplace_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return levels;
    text.remove_prefix(slash + 1);
  }
}

std::string joined(const std::vector<std::string>& levels) {
  std::string text;
  for (const auto& level : levels) {
    if (&level != &levels.front()) text += '/';
    text += level;
  }
  return text;
}

std::size_t letters_between(std::string_view a, std::string_view b) {
  constexpr std::size_t longest = 256;
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > most_slips || b.size() > longest) return most_slips + 1;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j < row.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

std::string control_character_in(std::string_view text) {
  constexpr unsigned delete_sign = 0x7F, first_above = 0x80, end_above = 0xA0, leads_above = 0xC2;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    unsigned found = 0x100;
    if (octet < ' ' || octet == delete_sign) found = octet;
    if (octet == leads_above && next >= first_above && next < end_above) found = next;
    if (found == 0x100) continue;
    std::array<char, 8> name{};
    std::snprintf(name.data(), name.size(), "U+%04X", found);
    return name.data();
  }
  return {};
}

std::string plain_letters(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const auto* const odd =
        std::find_if(std::begin(lookalikes), std::end(lookalikes),
                     [&](const lookalike& candidate) { return text.starts_with(candidate.odd); });
    if (odd != std::end(lookalikes)) {
      plain += odd->plain;
      text.remove_prefix(odd->odd.size());
      continue;
    }
    // U+FF01 to U+FF5E are ASCII in full width: EF BC 81 to EF BD 9E.
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    if (text.size() >= 3 && byte(0) == 0xef && (byte(1) == 0xbc || byte(1) == 0xbd)) {
      const unsigned code = ((byte(1) & 0x3fU) << 6U) + (byte(2) & 0x3fU);
      constexpr unsigned first = 0xf01, last = 0xf5e;
      if (code >= first && code <= last) {
        plain += static_cast<char>(code - first + 0x21);
        text.remove_prefix(3);
        continue;
      }
    }
    plain += text.front();
    text.remove_prefix(1);
  }
  return plain;
}

}  // namespace mqttkit::doctor
