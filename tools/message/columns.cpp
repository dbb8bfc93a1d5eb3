#include "message/columns.hpp"

#include <numeric>

namespace mqttkit::tools {
namespace {

// How many columns the character takes that begins with this byte: two from U+3000 on, where the
// scripts of East Asia and the emoji are.
unsigned columns_of(char begin) {
  const auto byte = static_cast<unsigned char>(begin);
  const bool continues = (byte & 0xC0) == 0x80;
  return continues ? 0 : byte >= 0xE3 ? 2 : 1;
}

}  // namespace

void cut(std::string& line, unsigned columns) {
  if (columns == 0) return;
  unsigned wide = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    wide += columns_of(line[at]);
    if (wide > columns) return line.resize(at);
  }
}

std::size_t width_of(std::string_view text) noexcept {
  return std::accumulate(text.begin(), text.end(), std::size_t{0},
                         [](std::size_t sum, char c) { return sum + columns_of(c); });
}

std::string shortened(std::string_view text, std::size_t columns) {
  if (width_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  const std::size_t head = (columns - 1) / 3;
  std::string begin(text);
  cut(begin, static_cast<unsigned>(head));
  if (head == 0) begin.clear();
  const std::size_t tail = columns - 1 - width_of(begin);
  std::size_t at = text.size();
  std::size_t wide = 0;
  for (std::size_t back = text.size(); back > 0;) {
    const unsigned width = columns_of(text[--back]);
    if (width == 0) continue;  // inside a character
    if ((wide += width) > tail) break;
    at = back;
  }
  return begin.append("…").append(text.substr(at));
}

}  // namespace mqttkit::tools
