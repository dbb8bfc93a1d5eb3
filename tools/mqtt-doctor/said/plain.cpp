#include "mqtt-doctor/said/plain.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

int hex_value(char c) {
  if (is_ascii_digit(c)) return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The number that `digits` hexadecimal digits at text[at] write; -1 where there are none.
int hex_number(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = hex_value(text[at + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

/// The character of two or three bytes at text[at]; 0 for others.
std::uint32_t code_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  if ((byte(0) & 0xE0) == 0xC0 && follows(1)) return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
  if ((byte(0) & 0xF0) == 0xE0 && follows(1) && follows(2))
    return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  return 0;
}

/// What stands for a character on an ASCII keyboard; nullptr where nothing does.
const char* ascii_of(std::uint32_t code) {
  if (code >= 0x2010 && code <= 0x2015) return "-";
  switch (code) {
    case 0x00A0:
    case 0x200B:
    case 0x202F:
    case 0xFEFF:
      return " ";
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x201B:
      return "'";
    case 0x00AB:
    case 0x00BB:
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
      return "\"";
    case 0x2026:
      return "...";
    case 0x2212:
      return "-";
    default:
      return nullptr;
  }
}

constexpr std::uint32_t wide_first = 0xFF01, wide_last = 0xFF5E, wide_shift = 0xFEE0;

/// Bytes of a terminal's colour or cursor sequence at text[at], also as programs quote it; or 0.
std::size_t escape_bytes(std::string_view text, std::size_t at) {
  constexpr std::array<std::string_view, 7> starts{"\x1b[",    "\\x1b[", "\\x1B[", "\\033[",
                                                   "\\u001b[", "\\e[",   "^[["};
  if (constexpr std::string_view firsts = "\x1b\\^["; firsts.find(text[at]) == firsts.npos)
    return 0;
  std::size_t i = at;
  for (const std::string_view start : starts)
    if (text.substr(at).starts_with(start)) i = at + start.size();
  const bool is_bare = i == at && text[at] == '[';  // its first byte was lost
  if (i == at && !is_bare) return 0;
  if (is_bare) ++i;
  const std::size_t digits = i;
  while (i < text.size() && (is_ascii_digit(text[i]) || text[i] == ';')) ++i;
  if (i >= text.size() || !is_ascii_letter(text[i])) return 0;
  if (is_bare && (i == digits || text[i] != 'm')) return 0;
  return i + 1 - at;
}

struct replaced {
  std::size_t bytes = 0;  // of the text; 0 where nothing is replaced
  std::string by;
};

/// Backslash escapes of C, JSON and shells.
replaced backslash(std::string_view text, std::size_t at) {
  if (text[at] != '\\' || at + 1 >= text.size()) return {};
  const char next = text[at + 1];
  if (next == 'n' || next == 'r' || next == 't') return {2, next == 't' ? " " : "\n"};
  if (next == '"' || next == '\'' || next == '/' || next == '\\') return {2, std::string(1, next)};
  const bool is_long = next == 'u';
  if (!is_long && next != 'x') return {};
  const int code = hex_number(text, at + 2, is_long ? 4 : 2);
  if (code <= 0 || (!is_long && code >= 0x80)) return {};
  replaced out{is_long ? 6U : 4U, ""};
  append_utf8(out.by, static_cast<std::uint32_t>(code));
  return out;
}

replaced entity(std::string_view text, std::size_t at) {
  constexpr std::array<std::pair<std::string_view, const char*>, 7> entities{{{"&quot;", "\""},
                                                                              {"&#39;", "'"},
                                                                              {"&apos;", "'"},
                                                                              {"&amp;", "&"},
                                                                              {"&lt;", "<"},
                                                                              {"&gt;", ">"},
                                                                              {"&nbsp;", " "}}};
  for (const auto& [name, sign] : entities)
    if (text.substr(at).starts_with(name)) return {name.size(), sign};
  return {};
}

/// Whether a line of a log begins at text[at] with the seconds since 1970.
bool is_epoch(std::string_view text, std::size_t at) {
  constexpr std::size_t digits = 10;
  const std::string_view number = text.substr(at, digits);
  return std::all_of(number.begin(), number.end(), is_ascii_digit) &&
         text.substr(std::min(at + digits, text.size())).starts_with(": ");
}

replaced replacement(std::string_view text, std::size_t at) {
  // "Unauthorized1633389996: Socket error": two lines of which the first has no end.
  if (at > 0 && is_ascii_letter(text[at - 1]) && is_epoch(text, at)) return {1, {'\n', text[at]}};
  if (const std::size_t bytes = escape_bytes(text, at); bytes != 0) return {bytes, " "};
  if (replaced out = backslash(text, at); out.bytes != 0) return out;
  if (text[at] == '&') return entity(text, at);
  if (text[at] == '%') {
    const int code = hex_number(text, at + 1, 2);
    if (code >= 0x20 && code < 0x7F) return {3, std::string(1, static_cast<char>(code))};
  }
  const std::uint32_t code = code_at(text, at);
  const std::size_t bytes = code >= 0x800 ? 3 : 2;
  if (const char* sign = ascii_of(code); code != 0 && sign != nullptr) return {bytes, sign};
  if (code >= wide_first && code <= wide_last)
    return {bytes, std::string(1, static_cast<char>(code - wide_shift))};
  return {};
}

/// Whether a new word begins at name[i]: "unknownHost", "SSLHandshake".
bool begins_hump(std::string_view name, std::size_t i) {
  const auto is_capital = [name](std::size_t at) {
    return at < name.size() && name[at] >= 'A' && name[at] <= 'Z';
  };
  const auto is_small = [name](std::size_t at) {
    return at < name.size() && ((name[at] >= 'a' && name[at] <= 'z') || is_ascii_digit(name[at]));
  };
  if (i == 0 || !is_capital(i)) return false;
  return is_small(i - 1) || (is_capital(i - 1) && is_small(i + 1));
}

/// Bytes of the punctuation mark of Chinese and Japanese at text[at]; 0 for other characters.
std::size_t punctuation_bytes(std::string_view text, std::size_t at) {
  return text.substr(at, 2) == "\xE3\x80" ? 3 : 0;  // U+3000 to U+303F
}

struct piece {
  std::size_t from = 0, to = 0;  // bytes of the text

  std::size_t size() const { return to - from; }
  std::string_view of(std::string_view text) const { return text.substr(from, size()); }
};

/// The first word at or behind text[i]; an empty one where there is none.
piece next_word(std::string_view text, std::size_t i, underscore how) {
  const auto is_of_word = [how](char c) {
    return is_ascii_letter(c) || is_ascii_digit(c) || is_beyond_ascii(c) ||
           (c == '_' && how == underscore::joins);
  };
  while (i < text.size()) {
    if (const std::size_t bytes = punctuation_bytes(text, i); bytes != 0) {
      i += bytes;
      continue;
    }
    const std::size_t from = i;
    const bool is_free = i == 0 || !is_of_word(text[i - 1]) || is_beyond_ascii(text[i - 1]);
    const bool is_sign =
        text[i] == '-' && is_free && i + 1 < text.size() && is_ascii_digit(text[i + 1]);
    if (text[i] == '*') {  // wildcard of a phrase
      while (i < text.size() && text[i] == '*') ++i;
      return {from, i};
    }
    ++i;
    if (!is_of_word(text[from]) && !is_sign) continue;
    // A number behind a Chinese word is a separate word.
    while (i < text.size() && is_of_word(text[i]) &&
           is_beyond_ascii(text[i]) == is_beyond_ascii(text[i - 1]) &&
           punctuation_bytes(text, i) == 0)
      ++i;
    return {from, i};
  }
  return {};
}

}  // namespace

std::string plain_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (replaced part = replacement(text, i); part.bytes != 0) {
      out += part.by;
      i += part.bytes;
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::string folded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::uint32_t code = code_at(text, i);
    if (code == 0 || code >= 0x800) {
      out += lower(text[i++]);
      continue;
    }
    const bool is_latin = code >= 0xC0 && code <= 0xDE && code != 0xD7;
    const bool is_cyrillic = code >= 0x410 && code <= 0x42F;
    if (is_latin || is_cyrillic) code += 0x20;
    if (code >= 0x400 && code <= 0x40F) code += 0x50;
    append_utf8(out, code);
    i += 2;
  }
  return out;
}

std::string parts_of_name(std::string_view name) {
  std::string out;
  bool is_several = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_start = begins_hump(name, i);
    is_several = is_several || is_start;
    if (is_start) out += ' ';
    out += name[i];
  }
  return is_several ? out : std::string();
}

std::string parts_of_names(std::string_view text) {
  constexpr std::string_view apart = " zz zz zz zz zz zz ";
  const auto is_of_name = [text](std::size_t at) {
    return at < text.size() && (is_ascii_letter(text[at]) || is_ascii_digit(text[at]));
  };
  std::string out;
  for (std::size_t from = 0; from < text.size();) {
    std::size_t to = from;
    while (is_of_name(to)) ++to;
    // "connectTimeout=30" is a setting.
    const bool is_setting = to < text.size() && text[to] == '=';
    const std::string parts = parts_of_name(text.substr(from, to - from));
    if (!parts.empty() && !is_setting) out.append(apart).append(parts);
    from = to + 1;
  }
  return out.empty() ? out : out.append(apart);
}

std::vector<said_word> words_in(std::string_view text, underscore how) {
  std::vector<said_word> out;
  for (piece each = next_word(text, 0, how); each.size() != 0; each = next_word(text, each.to, how))
    out.push_back({std::string(each.of(text)), each.from, each.to});
  return out;
}

std::string_view first_word_in(std::string_view text, underscore how) {
  return next_word(text, 0, how).of(text);
}

}  // namespace mqttkit::doctor
