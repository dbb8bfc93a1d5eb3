#include "message/condition.hpp"

#include <charconv>
#include <utility>

#include "common/json_reader.hpp"
#include "common/number.hpp"
#include "common/printable.hpp"
#include "common/text_parts.hpp"
#include "mqttkit/base/utf8.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::size_t longest_path = 64;  // deeper than any payload worth reading

constexpr std::string_view blanks = " \t\r\n";

std::string place(std::size_t at) { return " (byte " + std::to_string(at + 1) + ")"; }

bool read_json_string(std::string_view text, std::string& out) {
  json_reader in(text);
  std::string_view view;
  if (!in.string(view, out) || !in.end()) return false;
  out = std::string(view);
  return true;
}

}  // namespace

bool condition::read_number(std::string_view text, number& out) {
  if (text.empty() || (text[0] != '-' && (text[0] < '0' || text[0] > '9'))) return false;
  const char* const end = text.data() + text.size();
  // A number outside the range of a double compares as the nearest one inside.
  const auto [stop, error] = std::from_chars(text.data(), end, out.value);
  if (stop != end) return false;
  if (error == std::errc::result_out_of_range) {
    const bool is_tiny =
        text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
    out.value = is_tiny ? 0 : text[0] == '-' ? -1e308 : 1e308;
  }
  std::int64_t whole = 0;
  const auto [last, wrong] = std::from_chars(text.data(), end, whole);
  out.whole.reset();
  if (last == end && wrong == std::errc()) out.whole = whole;
  return true;
}

std::string condition::parse_path(std::string_view text, std::size_t& at) {
  if (at == text.size() || text[at] != '.')
    return "it begins with a path, such as .temp or .list[0].name" + place(at);
  ++at;
  bool wants_name = true;  // behind a dot
  for (;;) {
    const char next = at < text.size() ? text[at] : 0;
    if (path_.size() == longest_path) return "the path is too long" + place(at);
    if (next == '[') {
      const std::size_t end = [&] {
        if (at + 1 == text.size() || text[at + 1] != '"') return text.find(']', at);
        std::size_t quote = at + 2;
        while (quote < text.size() && text[quote] != '"') quote += text[quote] == '\\' ? 2 : 1;
        return quote + 1 < text.size() && text[quote + 1] == ']' ? quote + 1
                                                                 : std::string_view::npos;
      }();
      if (end == std::string_view::npos) return "a [ without its ]" + place(at);
      const std::string_view inside = text.substr(at + 1, end - at - 1);
      std::string name;
      std::uint64_t index = 0;
      if (read_json_string(inside, name)) {
        path_.emplace_back(std::move(name));
      } else if (tools::read_number<std::uint64_t>(inside, 0, UINT32_MAX, index)) {
        path_.emplace_back(index);
      } else {
        return "in brackets stands the number of an element, from 0, or a name in double quotes" +
               place(at + 1);
      }
      at = end + 1;
      wants_name = false;
      continue;
    }
    if (wants_name) {
      std::size_t end = text.find_first_of(" \t\r\n.[]=!<>~\"'&|", at);
      if (end == std::string_view::npos) end = text.size();
      if (end == at) {
        if (path_.empty() && next != '.') return {};  // "." is all of the payload
        return "a name is missing behind the dot" + place(at);
      }
      path_.emplace_back(std::string(text.substr(at, end - at)));
      at = end;
      wants_name = false;
      continue;
    }
    if (next != '.') return {};
    ++at;
    wants_name = true;
  }
}

std::string condition::parse_value(std::string_view text) {
  constexpr std::string_view kinds = "a value is a number, a string in quotes, true, false or null";
  if (text == "true" || text == "false") {
    value_ = text == "true";
  } else if (text == "null") {
    value_ = std::monostate();
  } else if (text.size() >= 2 && text[0] == '\'' && text.find('\'', 1) == text.size() - 1) {
    value_ = std::string(text.substr(1, text.size() - 2));
  } else if (std::string decoded; text.starts_with('"') && read_json_string(text, decoded)) {
    value_ = std::move(decoded);
  } else if (number value; read_number(text, value)) {
    value_ = value;
  } else if (text.empty()) {
    return "nothing follows the operator; " + std::string(kinds);
  } else if (text.find("&&") != std::string_view::npos ||
             text.find("||") != std::string_view::npos) {
    return "one comparison is all there is; for more, pipe --json into jq";
  } else {
    return quoted(text) + ": " + std::string(kinds);
  }
  return {};
}

std::string condition::parse(std::string_view text) {
  constexpr std::pair<std::string_view, comparison> operators[] = {
      {"==", comparison::equal},    {"!=", comparison::unequal}, {"<=", comparison::at_most},
      {">=", comparison::at_least}, {"<", comparison::less},     {">", comparison::more}};
  path_.clear();
  comparison_ = comparison::exists;
  if (!is_utf8(text)) return "not UTF-8";
  std::size_t at = std::min(text.find_first_not_of(blanks), text.size());
  if (std::string wrong = parse_path(text, at); !wrong.empty()) return wrong;
  at = std::min(text.find_first_not_of(blanks, at), text.size());
  const std::string_view rest = text.substr(at);
  if (rest.empty()) return {};
  for (const auto& [sign, meaning] : operators) {
    if (!rest.starts_with(sign)) continue;
    comparison_ = meaning;
    return parse_value(trimmed(rest.substr(sign.size())));
  }
  if (rest[0] == '=') return "use == to compare" + place(at);
  return "behind the path stands ==, !=, <, <=, > or >=, or nothing" + place(at);
}

// Reads one value, and finds in it the value that the path leads to. False when it leads nowhere.
bool condition::find(json_reader& in, std::string_view text, std::size_t depth,
                     std::string_view& found) const {
  const std::size_t begin = in.position();
  if (depth == path_.size()) {
    if (!in.skip()) return false;
    found = trimmed(text.substr(begin, in.position() - begin));
    return true;
  }
  const char opening = begin < text.size() ? text[begin] : 0;
  bool is_found = false;
  if (const auto* const wanted = std::get_if<std::string>(&path_[depth])) {
    if (opening != '{') return in.skip(), false;
    in.begin_object();
    std::string_view name;
    while (in.next_member(name)) {
      if (name == *wanted) {
        is_found = find(in, text, depth + 1, found);
      } else {
        in.skip();
      }
    }
    return is_found;
  }
  if (opening != '[') return in.skip(), false;
  in.begin_array();
  for (std::uint64_t index = 0; in.next_element(); ++index) {
    if (index == std::get<std::uint64_t>(path_[depth])) {
      is_found = find(in, text, depth + 1, found);
    } else {
      in.skip();
    }
  }
  return is_found;
}

bool condition::is_ordered(int order) const {
  switch (comparison_) {
    case comparison::equal:
      return order == 0;
    case comparison::unequal:
      return order != 0;
    case comparison::less:
      return order < 0;
    case comparison::at_most:
      return order <= 0;
    case comparison::more:
      return order > 0;
    case comparison::at_least:
      return order >= 0;
    case comparison::exists:
      break;
  }
  return true;
}

bool condition::compare(std::string_view value) const {
  if (comparison_ == comparison::exists) return true;
  if (const auto* const wanted = std::get_if<number>(&value_)) {
    number got;
    if (read_number(value, got)) {
      if (got.whole && wanted->whole)
        return is_ordered(*got.whole < *wanted->whole ? -1 : *got.whole > *wanted->whole);
      return is_ordered(got.value < wanted->value ? -1 : got.value > wanted->value);
    }
  } else if (const auto* const text = std::get_if<std::string>(&value_)) {
    if (value.starts_with('"')) {
      json_reader in(value);
      std::string storage;
      std::string_view got;
      return in.string(got, storage) && is_ordered(got.compare(*text));
    }
  } else {
    // true, false and null are equal or not, and have no order.
    const auto* const truth = std::get_if<bool>(&value_);
    const std::string_view word = truth == nullptr ? "null" : *truth ? "true" : "false";
    if (comparison_ == comparison::equal) return value == word;
    return comparison_ == comparison::unequal && value != word;
  }
  return comparison_ == comparison::unequal;  // another type
}

bool condition::holds(std::string_view payload) const {
  if (!is_utf8(payload)) return false;
  json_reader in(payload);
  std::string_view found;
  const bool is_found = find(in, payload, 0, found);
  return in.end() && is_found && compare(found);
}

}  // namespace mqttkit::tools
