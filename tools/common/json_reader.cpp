#include "common/json_reader.hpp"

#include <charconv>
#include <cstring>

namespace mqttkit::tools {
namespace {

constexpr unsigned deepest = 200;  // of arrays in objects in ...: bounds the recursion

/// The first byte that ends a run of ordinary characters in a string: a quote, a backslash or a
/// control byte; `end` when there is none.
const char* end_of_run(const char* at, const char* end) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t tops = 0x8080808080808080;
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t quote = word ^ ones * '"';
    const std::uint64_t backslash = word ^ ones * '\\';
    const std::uint64_t found = ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
                                ((backslash - ones) & ~backslash);
    if ((found & tops) != 0) break;
    at += 8;
  }
  while (at != end && static_cast<unsigned char>(*at) >= 0x20 && *at != '"' && *at != '\\') ++at;
  return at;
}

void append_utf8(std::string& out, unsigned code) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80 | (code >> shift & 0x3F));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

}  // namespace

bool json_reader::fail(const char* what, const char* where) {
  if (wrong_ == nullptr) {
    wrong_ = what;
    wrong_at_ = where;
  }
  at_ = end_;
  return false;
}

void json_reader::skip_blanks() noexcept {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
}

std::size_t json_reader::position() noexcept {
  skip_blanks();
  return static_cast<std::size_t>(at_ - begin_);
}

bool json_reader::opens(char bracket, const char* wrong) {
  skip_blanks();
  if (failed() || at_ == end_ || *at_ != bracket) return fail(wrong, at_);
  ++at_;
  first_ = true;
  return true;
}

// Before a member or element: the comma, unless it is the first. False when `closing` was taken.
bool json_reader::separator(char closing, const char* wrong) {
  if (failed()) return false;
  skip_blanks();
  if (at_ != end_ && *at_ == closing) {
    ++at_;
    first_ = false;
    return false;
  }
  if (first_) {
    first_ = false;
    return true;
  }
  if (at_ == end_ || *at_ != ',') return fail(wrong, at_);
  ++at_;
  skip_blanks();
  if (at_ != end_ && *at_ == closing) return fail("nothing follows the comma", at_);
  return true;
}

bool json_reader::next_member(std::string_view& name) {
  if (!separator('}', "a comma or } is missing")) return false;
  if (!string(name, name_)) return false;
  skip_blanks();
  if (at_ == end_ || *at_ != ':') return fail("a colon is missing", at_);
  ++at_;
  return true;
}

bool json_reader::next_element() { return separator(']', "a comma or ] is missing"); }

bool json_reader::string(std::string_view& out, std::string& storage) {
  skip_blanks();
  if (failed() || at_ == end_ || *at_ != '"') return fail("a string is wanted here", at_);
  const char* run = ++at_;
  at_ = end_of_run(at_, end_);
  if (at_ != end_ && *at_ == '"') {
    out = {run, static_cast<std::size_t>(at_++ - run)};
    return true;
  }
  storage.clear();
  for (;;) {
    storage.append(run, at_);
    if (at_ == end_) return fail("the string has no end", at_);
    if (*at_ == '"') break;
    if (*at_ != '\\') return fail("a control byte in a string is written as \\u00XX", at_);
    if (!take_escape(storage)) return false;
    run = at_;
    at_ = end_of_run(at_, end_);
  }
  ++at_;
  out = storage;
  return true;
}

bool json_reader::take_code_unit(unsigned& unit) {
  if (end_ - at_ < 4) return fail("\\u needs four hex digits", at_);
  const auto [stop, error] = std::from_chars(at_, at_ + 4, unit, 16);
  if (error != std::errc() || stop != at_ + 4) return fail("\\u needs four hex digits", at_);
  at_ += 4;
  return true;
}

bool json_reader::take_escape(std::string& storage) {
  const char* const start = at_++;
  if (at_ == end_) return fail("the string has no end", at_);
  switch (*at_++) {
    case '"':
      storage += '"';
      return true;
    case '\\':
      storage += '\\';
      return true;
    case '/':
      storage += '/';
      return true;
    case 'b':
      storage += '\b';
      return true;
    case 'f':
      storage += '\f';
      return true;
    case 'n':
      storage += '\n';
      return true;
    case 'r':
      storage += '\r';
      return true;
    case 't':
      storage += '\t';
      return true;
    case 'u':
      break;
    default:
      return fail("there is no such escape in JSON", start);
  }
  unsigned code = 0;
  if (!take_code_unit(code)) return false;
  if (code >= 0xDC00 && code < 0xE000) return fail("half of a surrogate pair", start);
  if (code >= 0xD800 && code < 0xDC00) {
    unsigned low = 0;
    if (end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u')
      return fail("half of a surrogate pair", start);
    at_ += 2;
    if (!take_code_unit(low)) return false;
    if (low < 0xDC00 || low >= 0xE000) return fail("half of a surrogate pair", start);
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(storage, code);
  return true;
}

bool json_reader::integer(std::uint64_t& out, std::uint64_t most) {
  skip_blanks();
  const char* const start = at_;
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(at_, end_, value);
  const bool has_more = stop != end_ && (*stop == '.' || *stop == 'e' || *stop == 'E');
  const bool has_zeros = stop - start > 1 && *start == '0';
  if (failed() || stop == start || error != std::errc() || has_more || has_zeros || value > most)
    return fail("not a number that can stand here", start);
  at_ = stop;
  out = value;
  return true;
}

bool json_reader::take_word(std::string_view word) {
  const auto left = static_cast<std::size_t>(end_ - at_);
  if (left < word.size() || std::string_view(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

bool json_reader::boolean(bool& out) {
  skip_blanks();
  if (!failed() && take_word("true")) return out = true;
  if (!failed() && take_word("false")) return !(out = false);
  return fail("true or false is wanted here", at_);
}

bool json_reader::number(std::string_view& out) {
  skip_blanks();
  const char* const start = at_;
  if (failed() || at_ == end_ || (*at_ != '-' && !is_digit(*at_)))
    return fail("a number is wanted here", at_);
  if (!skip_number()) return false;
  out = {start, static_cast<std::size_t>(at_ - start)};
  return true;
}

bool json_reader::take_null() noexcept {
  skip_blanks();
  return !failed() && take_word("null");
}

bool json_reader::skip_number() {
  const char* const start = at_;
  const auto digits = [&]() {
    const char* const from = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != from;
  };
  if (at_ != end_ && *at_ == '-') ++at_;
  if (at_ != end_ && *at_ == '0') {
    ++at_;
  } else if (!digits()) {
    return fail("not JSON", start);
  }
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!digits()) return fail("digits follow the point of a number", at_);
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!digits()) return fail("digits follow the e of a number", at_);
  }
  return true;
}

bool json_reader::skip_value(unsigned depth) {
  skip_blanks();
  if (failed()) return false;
  if (at_ == end_) return fail("a value is missing", at_);
  if (depth == deepest) return fail("nested too deeply", at_);
  switch (*at_) {
    case '"':
      for (at_ = end_of_run(at_ + 1, end_); at_ != end_ && *at_ == '\\';
           at_ = end_of_run(at_, end_)) {
        name_.clear();
        if (!take_escape(name_)) return false;
      }
      if (at_ == end_) return fail("the string has no end", at_);
      if (*at_ != '"') return fail("a control byte in a string is written as \\u00XX", at_);
      ++at_;
      return true;
    case '{': {
      begin_object();
      for (std::string_view name; next_member(name);)
        if (!skip_value(depth + 1)) return false;
      return !failed();
    }
    case '[':
      begin_array();
      while (next_element())
        if (!skip_value(depth + 1)) return false;
      return !failed();
    default:
      if (take_word("true") || take_word("false") || take_word("null")) return true;
      return skip_number();
  }
}

bool json_reader::end() {
  skip_blanks();
  if (failed()) return false;
  if (at_ != end_) return fail("something follows the end of the value", at_);
  return true;
}

}  // namespace mqttkit::tools
