#include "mqtt-doctor/words/command_line.hpp"

#include <algorithm>

#include "mqtt-doctor/words/error_sentences.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* try_help = N_("; try mqtt-doctor --help");

}  // namespace

std::string language_of(int argc, const char* const* argv) {
  constexpr std::string_view name = "--lang";
  std::string found;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == name && i + 1 < argc) {
      found = argv[i + 1];
    } else if (word.starts_with(name) && word.substr(name.size()).starts_with('=')) {
      found = word.substr(name.size() + 1);
    }
  }
  return found == "zh" || found == "zh_CN" || found == "zh-CN" || found == "en" ? found : "";
}

bool matches(std::string_view text, std::string_view sentence,
             std::map<std::string, std::string>& places) {
  places.clear();
  while (!sentence.empty()) {
    if (sentence.front() != '{') {
      const std::size_t size = std::min(sentence.find('{'), sentence.size());
      if (!text.starts_with(sentence.substr(0, size))) return false;
      text.remove_prefix(size);
      sentence.remove_prefix(size);
      continue;
    }
    const std::size_t close = sentence.find('}');
    const std::string name(sentence.substr(1, close - 1));
    sentence.remove_prefix(close + 1);
    const std::string_view behind = sentence.substr(0, sentence.find('{'));
    // The last place takes the rest, and any other place all up to the text behind it.
    const std::size_t end = behind.empty()       ? text.size()
                            : behind == sentence ? text.size() - behind.size()
                                                 : text.find(behind);
    if (end == 0 || end > text.size()) return false;
    const std::string_view value = text.substr(0, end);
    if (name == "option" && value.find(' ') != std::string_view::npos) return false;
    const bool is_number = name == "line" || name == "count";
    if (is_number && value.find_first_not_of("0123456789") != std::string_view::npos) return false;
    places[name] = value;
    text.remove_prefix(end);
  }
  return text.empty();
}

std::string said_of_command_line(std::string_view english) {
  const std::string text(english);
  if (std::string whole = say(text.c_str()); whole != text || text == try_help) return whole;
  std::map<std::string, std::string> places;
  for (const char* const sentence : error_sentences) {
    if (!matches(english, sentence, places)) continue;
    for (const char* const name : {"problem", "hint", "error", "rest"}) {
      const auto found = places.find(name);
      if (found != places.end()) found->second = said_of_command_line(found->second);
    }
    return fill(say(sentence), places);
  }
  return text;
}

}  // namespace mqttkit::doctor
