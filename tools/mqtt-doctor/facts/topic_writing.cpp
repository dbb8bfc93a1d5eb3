#include "mqtt-doctor/facts/topic_writing.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace mqttkit::doctor {
namespace {

bool is_word(char c) noexcept {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

bool is_capital_word(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  });
}

bool stands_between(std::string_view text, std::string_view open, std::string_view close) noexcept {
  return text.size() > open.size() + close.size() && text.starts_with(open) &&
         text.ends_with(close);
}

/// Matches "*" for any letters and "?" for one, as a shell does.
bool is_glob_for(std::string_view glob, std::string_view text) noexcept {
  std::size_t at = 0, in = 0, star = glob.npos, from = 0;
  while (in < text.size()) {
    if (at < glob.size() && glob[at] == '*') {
      star = at++;
      from = in;
    } else if (at < glob.size() && (glob[at] == '?' || glob[at] == text[in])) {
      ++at;
      ++in;
    } else if (star != glob.npos) {
      at = star + 1;
      in = ++from;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', at) == glob.npos;
}

std::string_view without(std::string_view text, std::string_view outer) {
  const std::size_t first = text.find_first_not_of(outer);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(outer) - first + 1);
}

}  // namespace

std::string percent_decoded(std::string_view text) {
  std::string made;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned char byte = 0;
    const bool is_escape = text[at] == '%' && at + 2 < text.size() && [&] {
      const char* const end = text.data() + at + 3;
      const auto read = std::from_chars(text.data() + at + 1, end, byte, 16);
      return read.ec == std::errc() && read.ptr == end && byte >= 0x20;
    }();
    made += is_escape ? static_cast<char>(byte) : text[at];
    if (is_escape) at += 2;
  }
  return made;
}

bool is_placeholder(std::string_view level) noexcept {
  if (stands_between(level, "{", "}") || stands_between(level, "${", "}") ||
      stands_between(level, "<", ">") || stands_between(level, "%", "%") ||
      stands_between(level, "$(", ")") || stands_between(level, "[", "]"))
    return true;
  if (level == "%s" || level == "%d" || level == "%i" || level == "%u" || level == "%c")
    return true;
  if (level.size() > 1 && (level.front() == ':' || level.front() == '$'))
    return std::all_of(level.begin() + 1, level.end(), is_word);
  return level.size() > 5 && (level.starts_with("YOUR_") || level.starts_with("YOUR-")) &&
         is_capital_word(level);
}

bool is_absent_value(std::string_view level) noexcept {
  for (const std::string_view each :
       {"undefined", "null", "None", "nil", "NaN", "(null)", "nullptr", "[object Object]"}) {
    if (level == each) return true;
  }
  return false;
}

std::vector<std::string> listed_topics(std::string_view text) {
  constexpr std::string_view around = " \t\r\n\"'[](){}";
  for (const char separator : {',', ';', '|', '\n', ' '}) {
    if (text.find(separator) == text.npos) continue;
    std::vector<std::string> made;
    for (std::string_view rest = text;;) {
      const std::size_t end = rest.find(separator);
      if (const auto entry = without(rest.substr(0, end), around); !entry.empty())
        made.emplace_back(entry);
      if (end == rest.npos) break;
      rest.remove_prefix(end + 1);
    }
    // One entry and a comma too many is no list, nor are words with spaces between them.
    const bool is_list =
        separator != ' ' || std::all_of(made.begin(), made.end(), [](const auto& entry) {
          return entry.find('/') != entry.npos;
        });
    if (made.size() > 1 && is_list) return made;
  }
  if (stands_between(text, "[", "]") && !without(text, around).empty())
    return {std::string(without(text, around))};
  return {};
}

bool is_foreign_pattern_for(std::string_view level, std::string_view text) noexcept {
  if (level == "%" || level == ".*" || level == ".+" || level == "\\w+" || level == "[^/]+" ||
      level == "[^/]*" || level == "(.*)" || level == "(.+)" || level == "$" || level == "~")
    return true;
  // "\?" in a name is no pattern unless it stands where the topic has another letter.
  const bool has_pattern = level.find_first_of("*?") != level.npos;
  return has_pattern && is_glob_for(level, text);
}

}  // namespace mqttkit::doctor
