#include "common/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "common/json_text.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// How many bytes one U+FFFD stands for: of the ill-formed sequence `text` begins with, as many as
/// could have begun a well-formed one (Unicode 15 §3.9, maximal subpart).
std::size_t ill_formed_bytes(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0xC2 || lead > 0xF4 || text.size() < 2) return 1;
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (at(1) < low || at(1) > high) return 1;
  const bool has_third = lead >= 0xF0 && text.size() > 2 && (at(2) & 0xC0) == 0x80;
  return has_third ? 3 : 2;
}

}  // namespace

void json_writer::new_line() {
  append_text(out_, "\n");
  for (unsigned i = 0; i < depth_; ++i) append_text(out_, "  ");
}

void json_writer::before_value() {
  if (follows_name_) {
    follows_name_ = false;
    return;
  }
  if (!is_first_) append_text(out_, ",");
  if (depth_ > 0 && how_ == layout::indented) new_line();
}

void json_writer::open(char bracket) {
  before_value();
  append_text(out_, {&bracket, 1});
  ++depth_;
  is_first_ = true;
}

void json_writer::close(char bracket) {
  --depth_;
  if (!is_first_ && how_ == layout::indented) new_line();
  append_text(out_, {&bracket, 1});
  is_first_ = false;
}

void json_writer::quoted(std::string_view text) {
  std::size_t wrong = utf8_error_at(text);
  if (wrong == std::string_view::npos) {
    append_json_string(out_, text);
    return;
  }
  std::string mended;
  for (; wrong != std::string_view::npos; wrong = utf8_error_at(text)) {
    mended.append(text.substr(0, wrong)).append(replacement);
    text.remove_prefix(wrong);
    text.remove_prefix(ill_formed_bytes(text));
  }
  append_json_string(out_, mended.append(text));
}

void json_writer::name(std::string_view name) {
  before_value();
  quoted(name);
  append_text(out_, how_ == layout::indented ? std::string_view(": ") : std::string_view(":"));
  follows_name_ = true;
}

void json_writer::string(std::string_view text) {
  before_value();
  quoted(text);
  is_first_ = false;
}

void json_writer::word(std::string_view text) {
  before_value();
  append_text(out_, text);
  is_first_ = false;
}

void json_writer::integer(std::int64_t number) {
  std::array<char, 20> text{};  // "-9223372036854775808"
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  static_cast<void>(error);
  word({text.data(), static_cast<std::size_t>(end - text.data())});
}

void json_writer::real(double number) {
  if (!std::isfinite(number)) return null();
  // "-d.ddde-308": 17 digits at most, sign, point, and the exponent.
  std::array<char, 32> shortest{};
  const auto [end, error] = std::to_chars(shortest.data(), shortest.data() + shortest.size(),
                                          std::fabs(number), std::chars_format::scientific);
  static_cast<void>(error);
  const std::string_view spelled(shortest.data(), static_cast<std::size_t>(end - shortest.data()));
  const std::size_t e = spelled.find('e');
  std::string digits(spelled.substr(0, 1));
  if (e > 2) digits += spelled.substr(2, e - 2);
  int exponent = 0;
  const std::size_t sign = spelled[e + 1] == '+' ? 2 : 1;  // from_chars takes no plus
  std::from_chars(spelled.data() + e + sign, spelled.data() + spelled.size(), exponent);

  // Written out as long as it is no longer than what a double tells for certain.
  constexpr int most_digits = std::numeric_limits<double>::digits10;
  const int before_point = exponent + 1;
  const int size = static_cast<int>(digits.size());
  std::string out = std::signbit(number) ? "-" : "";
  if (number == 0) {
    out += "0.0";
  } else if (size <= before_point && before_point <= most_digits) {
    out += digits.append(static_cast<std::size_t>(before_point - size), '0') + ".0";
  } else if (before_point > 0 && before_point <= most_digits) {
    out += digits.insert(static_cast<std::size_t>(before_point), 1, '.');
  } else if (before_point > -4 && before_point <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-before_point), '0') + digits;
  } else {
    if (size > 1) digits.insert(1, 1, '.');
    out += digits;
    out += spelled.substr(e);
  }
  word(out);
}

}  // namespace mqttkit::tools
