#include "message/format_syntax.hpp"

#include "common/printable.hpp"

namespace mqttkit::tools {
namespace {

constexpr format_escape escapes[] = {
    {'%', "", "a percent sign"},
    {'t', "-w.", "topic"},
    {'p', "0-w", "payload, byte for byte"},
    {'x', "0-wg", "payload in hex, lower case; %.4:x puts : between groups of four digits"},
    {'X', "0-wg", "payload in hex, upper case"},
    {'f', "0-wd", "payload as a float: 4 bytes in this machine's order"},
    {'d', "0-wd", "payload as a double: 8 bytes in this machine's order"},
    {'l', "0-w", "length of the payload in bytes"},
    {'q', "", "quality of service"},
    {'r', "", "retain flag, 0 or 1"},
    {'m', "0-w", "packet identifier, 0 at QoS 0"},
    {'j', "",
     "a JSON object with time, topic, QoS, retain flag, length, properties and the payload as a "
     "string"},
    {'J', "", "the same with the payload as JSON, which it must be"},
    {'I', "-w.", "time of arrival, ISO 8601: 2026-08-10T09:47:38+0100"},
    {'U', "", "time of arrival, Unix seconds and nanoseconds: 1786351658.786368637"},
    {'A', "0-w", "topic alias (MQTT 5)"},
    {'C', "-w.", "content type (MQTT 5)"},
    {'D', "", "correlation data, byte for byte (MQTT 5)"},
    {'E', "0-w", "message expiry interval (MQTT 5)"},
    {'F', "0-w", "payload format indicator (MQTT 5)"},
    {'P', "", "user properties as name:value, a blank between them (MQTT 5)"},
    {'R', "-w.", "response topic (MQTT 5)"},
    {'S', "0-w", "subscription identifier (MQTT 5)"},
};

constexpr format_escape backslashes[] = {
    {'\\', "\\", "a backslash"},   {'0', std::string_view("\0", 1), "a NUL byte, for xargs -0"},
    {'a', "\a", "bell"},           {'e', "\x1b", "escape, for colours"},
    {'n', "\n", "newline"},        {'r', "\r", "carriage return"},
    {'t', "\t", "horizontal tab"}, {'v', "\v", "vertical tab"},
};

// What may stand in front of the letter to separate groups of digits; of use with %x and %X only,
// as in mosquitto 2.1.
constexpr std::string_view separators = "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~ ";

const format_escape* find(std::span<const format_escape> rows, char letter) {
  for (const format_escape& row : rows)
    if (row.letter == letter) return &row;
  return nullptr;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string problem(std::string_view what, std::size_t at, std::string_view why) {
  return printable(what, 20) + ": " + std::string(why) + " (byte " + std::to_string(at + 1) + ")";
}

void add_text(std::vector<format_piece>& out, std::string_view text) {
  if (out.empty() || out.back().type != format_piece::kind::text) out.emplace_back();
  out.back().text += text;
}

/// A width or a precision. mosquitto's int overflows; nobody wants a field wider than this.
int read_number(std::string_view format, std::size_t& at) {
  int value = 0;
  for (; at < format.size() && is_digit(format[at]); ++at)
    if (value < 1'000'000) value = value * 10 + (format[at] - '0');
  return value > 1'000'000 ? 1'000'000 : value;
}

}  // namespace

std::span<const format_escape> format_escapes() noexcept { return escapes; }
std::span<const format_escape> backslash_escapes() noexcept { return backslashes; }

std::string parse_format(std::string_view format, std::vector<format_piece>& out) {
  for (std::size_t at = 0; at < format.size();) {
    const std::size_t start = at;
    const char lead = format[at];
    if (lead != '%' && lead != '@' && lead != '\\') {
      std::size_t end = format.find_first_of("%@\\", at);
      if (end == std::string_view::npos) end = format.size();
      add_text(out, format.substr(at, end - at));
      at = end;
      continue;
    }
    if (++at == format.size()) return problem(format.substr(start), start, "something must follow");

    if (lead == '\\') {
      const format_escape* row = find(backslashes, format[at++]);
      if (row == nullptr) return problem(format.substr(start, 2), start, "no such escape");
      add_text(out, row->flags);
      continue;
    }
    if (lead == '@') {
      const char letter = format[at++];
      if (letter == '@') {
        add_text(out, "@");
        continue;
      }
      format_piece piece;
      piece.type = format_piece::kind::clock;
      piece.letter = letter;
      out.push_back(std::move(piece));
      continue;
    }
    format_piece piece;
    piece.type = format_piece::kind::message;
    if (format[at] == '-') {
      piece.left = true;
      ++at;
    }
    if (at < format.size() && format[at] == '0') {
      piece.pad = '0';
      ++at;
    }
    piece.width = read_number(format, at);
    if (at < format.size() && format[at] == '.') {
      ++at;
      piece.precision = read_number(format, at);
    }
    if (at < format.size() && separators.find(format[at]) != std::string_view::npos)
      piece.separator = format[at++];
    if (at == format.size()) return problem(format.substr(start), start, "a letter must follow");
    piece.letter = format[at++];
    if (find(escapes, piece.letter) == nullptr)
      return problem(format.substr(start, at - start), start, "no such escape");
    if (piece.letter == '%') {
      add_text(out, "%");
      continue;
    }
    out.push_back(std::move(piece));
  }
  return {};
}

}  // namespace mqttkit::tools
