#include "common/json_text.hpp"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "mqttkit/base/text.hpp"

namespace mqttkit::tools {
namespace {

// cJSON's CJSON_NESTING_LIMIT; also what keeps a hostile payload from using up the stack.
constexpr unsigned deepest_nesting = 1000;

// A byte grows to at most six ("\u001f"). Long strings are done in blocks of this many bytes, so
// that a payload of 1 MiB does not ask for room of 6 MiB.
constexpr std::size_t block_bytes = 4096;
constexpr std::size_t longest_escape = 6;

constexpr std::uint64_t each(std::uint8_t byte) { return 0x0101010101010101u * byte; }

/// Which of eight bytes is a control byte, a quote or a backslash: the lowest bit set marks the
/// first one, higher ones may be false. Zero when none is.
std::uint64_t specials(std::uint64_t eight) {
  const std::uint64_t quote = eight ^ each('"');
  const std::uint64_t backslash = eight ^ each('\\');
  const std::uint64_t found = ((eight - each(0x20)) & ~eight) | ((quote - each(1)) & ~quote) |
                              ((backslash - each(1)) & ~backslash);
  return found & each(0x80);
}

char* put_escaped(char* to, unsigned char byte) {
  constexpr std::string_view digits = hex_digits();
  char name = 0;
  switch (byte) {
    case '"':
    case '\\':
      name = static_cast<char>(byte);
      break;
    case '\b':
      name = 'b';
      break;
    case '\f':
      name = 'f';
      break;
    case '\n':
      name = 'n';
      break;
    case '\r':
      name = 'r';
      break;
    case '\t':
      name = 't';
      break;
    default:
      if (byte >= 0x20) {
        *to++ = static_cast<char>(byte);
        return to;
      }
      std::memcpy(to, "\\u00", 4);
      to[4] = digits[byte >> 4];
      to[5] = digits[byte & 15];
      return to + 6;
  }
  *to++ = '\\';
  *to++ = name;
  return to;
}

/// Writes `text` escaped to `to`, which has room for longest_escape bytes a byte and eight more.
char* put_escaped(char* to, std::string_view text) {
  const char* from = text.data();
  const char* const end = from + text.size();
  while (end - from >= 8) {
    std::uint64_t eight;
    std::memcpy(&eight, from, 8);
    std::memcpy(to, &eight, 8);  // also what follows a special byte: it is overwritten
    const std::uint64_t found = specials(eight);
    if (found == 0) {
      from += 8;
      to += 8;
      continue;
    }
    const int plain = std::endian::native == std::endian::little ? std::countr_zero(found) / 8 : 0;
    from += plain;
    to = put_escaped(to + plain, static_cast<unsigned char>(*from++));
  }
  while (from != end) to = put_escaped(to, static_cast<unsigned char>(*from++));
  return to;
}

/// Reads JSON and writes it again while reading.
class copier {
 public:
  copier(byte_buffer& out, std::string_view text, bool pretty)
      : out_(out), at_(text.data()), end_(text.data() + text.size()), pretty_(pretty) {}

  bool copy_all(unsigned depth) {
    if (end_ - at_ >= 4 && std::memcmp(at_, "\xEF\xBB\xBF", 3) == 0) at_ += 3;
    skip_blanks();
    if (!copy_value(depth, 0)) return false;
    skip_blanks();
    return at_ == end_;
  }

 private:
  void put(char c) { *out_.extend(1) = static_cast<std::byte>(c); }

  void skip_blanks() {
    while (at_ != end_ && static_cast<unsigned char>(*at_) <= 0x20) ++at_;
  }

  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  bool copy_word(std::string_view word) {
    if (static_cast<std::size_t>(end_ - at_) < word.size() ||
        std::memcmp(at_, word.data(), word.size()) != 0)
      return false;
    at_ += word.size();
    append_text(out_, word);
    return true;
  }

  /// @param depth    for indenting
  /// @param nesting  against deepest_nesting
  bool copy_value(unsigned depth, unsigned nesting) {
    if (at_ == end_) return false;
    switch (*at_) {
      case 'n':
        return copy_word("null");
      case 't':
        return copy_word("true");
      case 'f':
        return copy_word("false");
      case '"':
        return copy_string();
      case '[':
        return copy_array(depth + 1, nesting);
      case '{':
        return copy_object(depth + 1, nesting);
      default:
        return (*at_ == '-' || (*at_ >= '0' && *at_ <= '9')) && copy_number();
    }
  }

  bool copy_array(unsigned depth, unsigned nesting) {
    if (nesting >= deepest_nesting) return false;
    ++at_;
    put('[');
    skip_blanks();
    if (take(']')) {
      put(']');
      return true;
    }
    for (;;) {
      skip_blanks();
      if (!copy_value(depth, nesting + 1)) return false;
      skip_blanks();
      if (!take(',')) break;
      append_text(out_, pretty_ ? std::string_view(", ") : std::string_view(","));
    }
    if (!take(']')) return false;
    put(']');
    return true;
  }

  bool copy_object(unsigned depth, unsigned nesting) {
    if (nesting >= deepest_nesting) return false;
    ++at_;
    put('{');
    if (pretty_) put('\n');
    skip_blanks();
    if (!take('}')) {
      for (;;) {
        skip_blanks();
        if (pretty_) indent(depth);
        if (at_ == end_ || *at_ != '"' || !copy_string()) return false;
        skip_blanks();
        if (!take(':')) return false;
        append_text(out_, pretty_ ? std::string_view(":\t") : std::string_view(":"));
        skip_blanks();
        if (!copy_value(depth, nesting + 1)) return false;
        skip_blanks();
        const bool more = take(',');
        if (more) put(',');
        if (pretty_) put('\n');
        if (!more) break;
      }
      if (!take('}')) return false;
    }
    if (pretty_) indent(depth - 1);
    put('}');
    return true;
  }

  void indent(unsigned depth) {
    for (unsigned i = 0; i < depth; ++i) put('\t');
  }

  bool copy_number() {
    // cJSON gathers at most 63 of these characters and lets strtod take what it likes of them.
    char gathered[64];
    std::size_t size = 0;
    bool is_plain = true;  // digits only, so that it is its own spelling
    while (size < sizeof gathered - 1 && at_ + size != end_) {
      const char c = at_[size];
      const bool is_digit = c >= '0' && c <= '9';
      if (!is_digit && c != '+' && c != '-' && c != '.' && c != 'e' && c != 'E') break;
      is_plain = is_plain && (is_digit || (c == '-' && size == 0));
      gathered[size++] = c;
    }
    gathered[size] = 0;
    const std::size_t sign = gathered[0] == '-' ? 1 : 0;
    const std::size_t digits = size - sign;
    // A number of fifteen digits prints as it is with %1.15g.
    if (is_plain && digits >= 1 && digits <= 15 && (gathered[sign] != '0' || digits == 1)) {
      append_text(out_, {gathered, size});
      at_ += size;
      return true;
    }
    if (const std::size_t plain = plain_decimal({gathered, size}); plain != 0) {
      append_text(out_, {gathered, plain});
      at_ += size;
      return true;
    }
    char* after = nullptr;
    const double number = std::strtod(gathered, &after);
    if (after == gathered) return false;
    at_ += after - gathered;
    if (!std::isfinite(number)) {
      append_text(out_, "null");
      return true;
    }
    char text[40];
    int length = std::snprintf(text, sizeof text, "%1.15g", number);
    const double again = std::strtod(text, nullptr);
    const double larger = std::max(std::fabs(number), std::fabs(again));
    if (!(std::fabs(again - number) <= larger * DBL_EPSILON))
      length = std::snprintf(text, sizeof text, "%1.17g", number);
    append_text(out_, {text, static_cast<std::size_t>(length)});
    return true;
  }

  /// How many characters of "-21.50" %1.15g would print: at most fifteen significant digits, which
  /// survive as they are but for zeros at the end, and no exponent. 0 when it takes a closer look.
  static std::size_t plain_decimal(std::string_view text) {
    const std::size_t sign = text.starts_with('-') ? 1 : 0;
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos || point == sign || text.size() - sign > 16) return 0;
    if (text.find_first_not_of("0123456789.", sign) != std::string_view::npos) return 0;
    if (text.find('.', point + 1) != std::string_view::npos) return 0;
    const std::size_t significant = text.find_first_not_of("0.", sign);
    if (significant == std::string_view::npos) return 0;  // zero
    if (text[sign] == '0' && (point != sign + 1 || significant > point + 4)) return 0;
    const std::size_t last = text.find_last_not_of('0');
    return last == point ? point : last + 1;
  }

  /// Reads four hex digits; -1 when they are none.
  long take_hex() {
    if (end_ - at_ < 4) return -1;
    unsigned value = 0;
    const auto [after, error] = std::from_chars(at_, at_ + 4, value, 16);
    if (error != std::errc() || after != at_ + 4) return -1;
    at_ += 4;
    return static_cast<long>(value);
  }

  bool copy_escaped_code_point() {
    long code = take_hex();
    if (code < 0 || (code >= 0xDC00 && code <= 0xDFFF)) return false;
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u') return false;
      at_ += 2;
      const long low = take_hex();
      if (low < 0xDC00 || low > 0xDFFF) return false;
      code = 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
    }
    char utf8[4];
    std::size_t length = 0;
    const auto tail = [&](int shift) {
      utf8[length++] = static_cast<char>(0x80 | (code >> shift & 0x3F));
    };
    if (code < 0x80) {
      utf8[length++] = static_cast<char>(code);
    } else if (code < 0x800) {
      utf8[length++] = static_cast<char>(0xC0 | code >> 6);
      tail(0);
    } else if (code < 0x10000) {
      utf8[length++] = static_cast<char>(0xE0 | code >> 12);
      tail(6);
      tail(0);
    } else {
      utf8[length++] = static_cast<char>(0xF0 | code >> 18);
      tail(12);
      tail(6);
      tail(0);
    }
    append_json_escaped(out_, {utf8, length});
    return true;
  }

  bool copy_string() {
    ++at_;
    put('"');
    for (;;) {
      const char* const start = at_;
      while (end_ - at_ >= 8) {  // to the word that holds a quote, a backslash or a control byte
        std::uint64_t eight;
        std::memcpy(&eight, at_, 8);
        if (specials(eight) != 0) break;
        at_ += 8;
      }
      while (at_ != end_ && *at_ != '"' && *at_ != '\\') ++at_;
      append_json_escaped(out_, {start, static_cast<std::size_t>(at_ - start)});
      if (at_ == end_) return false;
      if (*at_++ == '"') break;
      if (at_ == end_) return false;
      switch (*at_++) {
        case 'b':
          append_text(out_, "\\b");
          break;
        case 'f':
          append_text(out_, "\\f");
          break;
        case 'n':
          append_text(out_, "\\n");
          break;
        case 'r':
          append_text(out_, "\\r");
          break;
        case 't':
          append_text(out_, "\\t");
          break;
        case '"':
          append_text(out_, "\\\"");
          break;
        case '\\':
          append_text(out_, "\\\\");
          break;
        case '/':
          put('/');
          break;
        case 'u':
          if (!copy_escaped_code_point()) return false;
          break;
        default:
          return false;
      }
    }
    put('"');
    return true;
  }

  byte_buffer& out_;
  const char* at_;
  const char* const end_;
  const bool pretty_;
};

}  // namespace

void append_json_escaped(byte_buffer& out, std::string_view text) {
  while (!text.empty()) {
    const std::string_view block = text.substr(0, block_bytes);
    const std::size_t before = out.size();
    char* const to = reinterpret_cast<char*>(out.extend(block.size() * longest_escape + 8));
    char* const end = put_escaped(to, block);
    out.truncate(before + static_cast<std::size_t>(end - to));
    text.remove_prefix(block.size());
  }
}

void append_json_string(byte_buffer& out, std::string_view text) {
  if (text.size() <= block_bytes) {
    const std::size_t before = out.size();
    char* const start = reinterpret_cast<char*>(out.extend(text.size() * longest_escape + 10));
    char* to = start;
    *to++ = '"';
    to = put_escaped(to, text);
    *to++ = '"';
    out.truncate(before + static_cast<std::size_t>(to - start));
    return;
  }
  append_text(out, "\"");
  append_json_escaped(out, text);
  append_text(out, "\"");
}

void append_decimal(byte_buffer& out, std::uint64_t number) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  static_cast<void>(error);  // 20 digits hold every 64-bit number
  append_text(out, {digits, static_cast<std::size_t>(end - digits)});
}

bool append_json_again(byte_buffer& out, std::string_view text, bool pretty, unsigned depth) {
  const std::size_t before = out.size();
  // cJSON sees a C string: a NUL is its end, and what follows is too much.
  if (std::memchr(text.data(), 0, text.size()) == nullptr) {
    copier reader(out, text, pretty);
    if (reader.copy_all(depth)) return true;
  }
  out.truncate(before);
  return false;
}

}  // namespace mqttkit::tools
