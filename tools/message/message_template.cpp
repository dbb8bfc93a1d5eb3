#include "message/message_template.hpp"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "common/number.hpp"
#include "common/printable.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::string_view all_places =
    "{{n}}, {{now}}, {{uuid}}, {{rand A B}}, {{env NAME}} and, with -l, {{line}}";

// Most decimals: so many fit into 64 bits beside the whole part.
constexpr std::size_t most_decimals = 9;

struct decimal {
  bool is_negative = false;
  std::string_view whole;
  std::string_view fraction;
};

bool read_decimal(std::string_view text, decimal& out) {
  out.is_negative = text.starts_with('-');
  if (out.is_negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  out.whole = text.substr(0, point);
  out.fraction = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  const auto only_digits = [](std::string_view part) {
    return part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const bool has_empty_part =
      out.whole.empty() || (point != std::string_view::npos && out.fraction.empty());
  return !has_empty_part && only_digits(out.whole) && only_digits(out.fraction) &&
         out.fraction.size() <= most_decimals;
}

// The number in units of its last decimal.
bool in_units(const decimal& from, std::size_t decimals, std::int64_t& out) {
  std::string digits(from.whole);
  digits += from.fraction;
  digits.append(decimals - from.fraction.size(), '0');
  // 10^18 is far less than the type holds, so that the distance of two such numbers fits as well.
  if (!read_number<std::int64_t>(digits, 0, 1'000'000'000'000'000'000, out)) return false;
  if (from.is_negative) out = -out;
  return true;
}

void append_now(std::string& out) {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(since).count();
  const auto seconds = static_cast<std::time_t>(micros / 1'000'000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", parts.tm_year + 1900,
                    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                    static_cast<int>(micros % 1'000'000));
  out.append(text, static_cast<std::size_t>(size));
}

}  // namespace

void message_template::seed() {
  is_seeded_ = true;
  std::random_device source;
  std::seed_seq seed{source(), source(), source(), source(), source(), source()};
  random_.seed(seed);
}

std::string message_template::read_place(std::string_view inside, bool has_lines,
                                         piece& out) const {
  std::vector<std::string_view> words;
  for (std::string_view rest = inside;;) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.empty()) break;
    words.push_back(rest.substr(0, rest.find(' ')));
    rest.remove_prefix(words.back().size());
  }
  const std::string subject = "{{" + printable(inside, 60) + "}}: ";
  const std::string_view name = words.empty() ? std::string_view() : words[0];
  const std::size_t wanted = name == "rand" ? 3 : name == "env" ? 2 : 1;
  if (name == "n") {
    out.what = kind::number;
  } else if (name == "now") {
    out.what = kind::now;
  } else if (name == "uuid") {
    out.what = kind::uuid;
  } else if (name == "line") {
    if (!has_lines) return subject + "there are lines only with -l";
    out.what = kind::line;
  } else if (name == "rand") {
    out.what = kind::random;
  } else if (name != "env") {
    return subject + "no such place; there are " + std::string(all_places);
  }
  if (words.size() != wanted) {
    if (wanted == 3) return subject + "two numbers are wanted, as in {{rand 1 6}}";
    if (wanted == 2) return subject + "one name is wanted, as in {{env HOSTNAME}}";
    return subject + "nothing follows " + std::string(name);
  }
  if (name == "env") {
    const char* const value = std::getenv(std::string(words[1]).c_str());
    if (value == nullptr) return subject + "there is no such environment variable";
    out.text = value;
  } else if (name == "rand") {
    decimal least;
    decimal most;
    if (!read_decimal(words[1], least) || !read_decimal(words[2], most))
      return subject + "A and B are numbers such as 6, -5 or 20.50";
    const std::size_t decimals = std::max(least.fraction.size(), most.fraction.size());
    if (!in_units(least, decimals, out.least) || !in_units(most, decimals, out.most))
      return subject + "the numbers are too large";
    if (out.least > out.most) return subject + "A is larger than B";
    out.decimals = static_cast<unsigned>(decimals);
  }
  return {};
}

std::string message_template::parse(std::string_view text, bool has_lines) {
  pieces_.clear();
  const auto add_text = [this](std::string_view part) {
    if (part.empty()) return;
    piece plain;
    plain.text = part;
    pieces_.push_back(std::move(plain));
  };
  for (std::size_t at = 0;;) {
    std::size_t open = text.find("{{", at);
    if (open == std::string_view::npos) {
      add_text(text.substr(at));
      return {};
    }
    while (text.substr(open + 1).starts_with("{{")) ++open;
    add_text(text.substr(at, open - at));
    const std::string place = "byte " + std::to_string(open + 1) + ": ";
    const std::size_t close = text.find("}}", open);
    if (close == std::string_view::npos) return place + "{{ without its }}";
    piece filled;
    if (std::string wrong = read_place(text.substr(open + 2, close - open - 2), has_lines, filled);
        !wrong.empty())
      return place + wrong;
    const bool is_random = filled.what == kind::uuid || filled.what == kind::random;
    if (is_random && !is_seeded_) seed();
    pieces_.push_back(std::move(filled));
    at = close + 2;
  }
}

void message_template::append_uuid(std::string& out) {
  constexpr std::string_view digits = hex_digits();
  std::uint64_t halves[2] = {random_(), random_()};
  halves[0] = (halves[0] & ~std::uint64_t{0xF000}) | 0x4000;                     // version 4
  halves[1] = (halves[1] & ~(std::uint64_t{3} << 62)) | std::uint64_t{2} << 62;  // RFC 4122 §4.1.1
  for (unsigned i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
    out += digits[halves[i / 16] >> (60 - i % 16 * 4) & 15];
  }
}

void message_template::append_random(const piece& from, std::string& out) {
  std::uniform_int_distribution<std::int64_t> pick(from.least, from.most);
  const std::int64_t units = pick(random_);
  if (units < 0) out += '-';
  std::string digits = std::to_string(units < 0 ? -units : units);
  if (digits.size() <= from.decimals) digits.insert(0, from.decimals + 1 - digits.size(), '0');
  const std::size_t whole = digits.size() - from.decimals;
  out.append(digits, 0, whole);
  if (from.decimals != 0) out.append(1, '.').append(digits, whole);
}

void message_template::expand(std::uint64_t number, std::string_view line, std::string& out) {
  for (const piece& each : pieces_) {
    switch (each.what) {
      case kind::text:
        out += each.text;
        break;
      case kind::number:
        out += std::to_string(number);
        break;
      case kind::now:
        append_now(out);
        break;
      case kind::uuid:
        append_uuid(out);
        break;
      case kind::random:
        append_random(each, out);
        break;
      case kind::line:
        out += line;
        break;
    }
  }
}

}  // namespace mqttkit::tools
