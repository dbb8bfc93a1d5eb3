#include "mqtt-doctor/words/words.hpp"

#include <utility>

namespace mqttkit::doctor {

sentence::sentence() noexcept = default;
sentence::sentence(const char* english) : text(english) {}
sentence::sentence(const char* english, std::initializer_list<filled_place> with) : text(english) {
  for (const filled_place& place : with) places.emplace(place.name, place.value);
}
sentence::sentence(const char* english, std::map<std::string, std::string> with)
    : text(english), places(std::move(with)) {}
sentence::sentence(const sentence&) = default;
sentence::sentence(sentence&&) noexcept = default;
sentence& sentence::operator=(const sentence&) = default;
sentence& sentence::operator=(sentence&&) noexcept = default;
sentence::~sentence() = default;

sentence words(const char* english, std::initializer_list<filled_place> with) {
  return {english, with};
}

sentence words(const char* english, std::map<std::string, std::string> with) {
  return {english, std::move(with)};
}

std::string fill(const std::string& text, const std::map<std::string, std::string>& places) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find('{', at);
    const std::size_t close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos) break;
    out.append(text, at, open - at);
    const auto place = places.find(text.substr(open + 1, close - open - 1));
    out += place != places.end() ? place->second : text.substr(open, close - open + 1);
    at = close + 1;
  }
  return out.append(text, at, std::string::npos);
}

std::string in_english(const sentence& from) {
  const std::string sentence = fill(from.text, from.places);
  return from.seen_by.empty() ? sentence : from.seen_by + ": " + sentence;
}

}  // namespace mqttkit::doctor
