#include "message/terminal_line.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>

#include "common/json_text.hpp"
#include "common/printable.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::string_view faint = "\033[2m";
constexpr std::string_view topic_colour = "\033[1;36m";
constexpr std::string_view mark_colour = "\033[33m";
constexpr std::string_view plain = "\033[0m";
constexpr std::string_view indent = "    ";

constexpr std::size_t row_bytes = 16;
constexpr std::size_t dumped_bytes = 64 * row_bytes;  // a screen or two; --raw has all of it

// Most bytes of a text: nobody reads thousands of lines, and each byte may take four.
constexpr std::size_t shown_bytes = 1u << 20;

// How many bytes of `text`, which is UTF-8, are whole characters within `most` bytes.
std::size_t characters_within(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text.size();
  while (most != 0 && (static_cast<unsigned char>(text[most]) & 0xC0u) == 0x80u) --most;
  return most;
}

std::string time_of_day(std::chrono::system_clock::time_point arrived) {
  const auto second = std::chrono::floor<std::chrono::seconds>(arrived);
  const std::time_t count = second.time_since_epoch().count();
  std::tm local{};
  localtime_r(&count, &local);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(arrived - second);
  char text[48];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", local.tm_hour, local.tm_min, local.tm_sec,
                static_cast<int>(millis.count()));
  return text;
}

// Line ends and tabs stay; a carriage return in front of a line end is one with it.
std::string harmless(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t end = text.find_first_of("\n\t");
    std::string_view piece = text.substr(0, end);
    const bool ends_line = end != std::string_view::npos && text[end] == '\n';
    if (ends_line && piece.ends_with('\r')) piece.remove_suffix(1);
    out += printable(piece, std::string_view::npos);
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
    if (!ends_line) {
      out += '\t';
    } else if (!text.empty()) {
      out += '\n';
      out += indent;
    }
  }
}

std::string hexdump_row(std::string_view bytes, std::size_t offset) {
  char piece[24];
  std::snprintf(piece, sizeof piece, "%04zx  ", offset);
  std::string row(indent);
  row += piece;
  std::string text;
  for (std::size_t i = 0; i < row_bytes; ++i) {
    if (i == row_bytes / 2) row += ' ';
    if (i >= bytes.size()) {
      row += "   ";
      continue;
    }
    const auto byte = static_cast<unsigned char>(bytes[i]);
    std::snprintf(piece, sizeof piece, "%02x ", byte);
    row += piece;
    text += byte >= 0x20 && byte < 0x7F ? bytes[i] : '.';
  }
  return row + " |" + text + "|\n";
}

}  // namespace

bool is_readable(std::string_view payload) noexcept {
  const auto is_odd = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\033') || byte == 0x7F;
  };
  return is_utf8(payload) && std::none_of(payload.begin(), payload.end(), is_odd);
}

void terminal_line::append_coloured(byte_buffer& out, std::string_view colour,
                                    std::string_view text) const {
  if (has_colour_) append_text(out, colour);
  append_text(out, text);
  if (has_colour_) append_text(out, plain);
}

void terminal_line::append_rest(byte_buffer& out, std::size_t size) const {
  append_text(out, indent);
  append_coloured(out, faint, "... and " + std::to_string(size) + " bytes more (--raw)");
}

void terminal_line::append(byte_buffer& out, const publish_packet& message,
                           std::chrono::system_clock::time_point arrived) const {
  append_coloured(out, faint, time_of_day(arrived));
  append_text(out, " ");
  append_coloured(out, topic_colour, printable(message.topic, std::string_view::npos));
  append_text(out, " ");
  if (message.retain) {
    append_coloured(out, mark_colour, "(retained)");
    append_text(out, " ");
  }
  const std::string_view payload = as_text(message.payload);
  if (payload.empty()) {
    append_coloured(out, faint, "(empty)");
  } else if (is_readable(payload)) {
    const std::string_view shown = payload.substr(0, characters_within(payload, shown_bytes));
    append_text(out, harmless(shown));
    if (shown.size() != payload.size()) {
      append_text(out, "\n");
      append_rest(out, payload.size() - shown.size());
    }
  } else {
    append_coloured(out, faint, std::to_string(payload.size()) + " bytes");
    append_text(out, "\n");
    const std::string_view shown = payload.substr(0, dumped_bytes);
    for (std::size_t at = 0; at < shown.size(); at += row_bytes) {
      append_text(out, hexdump_row(shown.substr(at, row_bytes), at));
    }
    if (shown.size() == payload.size()) return;
    append_rest(out, payload.size() - shown.size());
  }
  append_text(out, "\n");
}

}  // namespace mqttkit::tools
