// gettext catalogues, read without the C library.
#include "mqtt-doctor/words/catalogue.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace mqttkit::doctor {
namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

/// Writes a catalogue in the format of msgfmt.
std::string compiled(const pairs& sentences) {
  std::vector<std::uint32_t> numbers{0x950412de, 0, static_cast<std::uint32_t>(sentences.size()),
                                     20, static_cast<std::uint32_t>(20 + 8 * sentences.size())};
  const std::size_t texts_at = 20 + 16 * sentences.size();
  std::string texts;
  for (const bool is_translation : {false, true}) {
    for (const auto& [original, translation] : sentences) {
      const std::string& text = is_translation ? translation : original;
      numbers.push_back(static_cast<std::uint32_t>(text.size()));
      numbers.push_back(static_cast<std::uint32_t>(texts_at + texts.size()));
      texts += text + '\0';
    }
  }
  return std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * 4) + texts;
}

}  // namespace

TEST_CASE("a catalogue translates what it has, and keeps its head for itself") {
  const catalogue read =
      catalogue::of(compiled({{"", "Language: zh"}, {"one", "yi"}, {"two", "er"}}));
  REQUIRE(read.find("one") != nullptr);
  CHECK(std::string(read.find("one")) == "yi");
  CHECK(std::string(read.find("two")) == "er");
  CHECK(read.find("three") == nullptr);
  CHECK(read.find("") == nullptr);
}

TEST_CASE("a damaged catalogue translates nothing that lies outside of it") {
  const std::string whole = compiled({{"one", "yi"}, {"two", "er"}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const catalogue cut = catalogue::of(whole.substr(0, size));
    for (const char* const text : {"one", "two"})
      if (const char* const found = cut.find(text)) CHECK(std::string(found).size() == 2);
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned value : {0x00u, 0x7Fu, 0xFFu}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(value);
      (void)catalogue::of(changed).find("one");
    }
  }
  CHECK(catalogue::of("").is_empty());
  CHECK(catalogue::of("not a catalogue, but long enough").is_empty());
}

}  // namespace mqttkit::doctor
