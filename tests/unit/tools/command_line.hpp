#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/options/options.hpp"
#include "mqtt-pub/options.hpp"
#include "mqtt-sub/options.hpp"

namespace mqttkit::tools::test {

/// A command line whose argv can be written to, as the real one can.
class command_line {
 public:
  command_line(std::string_view program, const std::vector<std::string_view>& words) {
    storage_.emplace_back(program);
    for (const std::string_view word : words) storage_.emplace_back(word);
    for (std::string& word : storage_) argv_.push_back(word.data());
    argv_.push_back(nullptr);
  }
  int argc() const { return static_cast<int>(storage_.size()); }
  char** argv() { return argv_.data(); }
  /// What ps(1) would show.
  std::string shown() const {
    std::string all;
    for (const std::string& word : storage_) all += word + " ";
    return all;
  }

 private:
  std::vector<std::string> storage_;
  std::vector<char*> argv_;
};

/// A command line of one program, parsed.
template <class Settings>
struct parsed {
  explicit parsed(const std::vector<std::string_view>& words, const process_environment& world = {})
      : line("program", words), result(parse(line.argc(), line.argv(), settings, world)) {}

  bool runs() const { return result.outcome.run; }
  /// The error without the program's name and the pointer to --help.
  std::string error() const {
    std::string text = result.err;
    const std::size_t start = text.find(": ");
    const std::size_t end = text.rfind("; try mqtt-");
    if (start == std::string::npos) return text;
    return text.substr(start + 2, std::min(end, text.size() - 1) - start - 2);
  }

  Settings settings;
  command_line line;
  parse_result result;
};

using pub = parsed<pub_settings>;
using sub = parsed<sub_settings>;

using words = std::vector<std::string_view>;

inline bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

inline properties made(property_id id, std::string_view value) {
  properties list;
  REQUIRE_FALSE(list.add(id, value));
  return list;
}

inline bool same(properties_view a, properties_view b) {
  return as_text(a.bytes()) == as_text(b.bytes());
}

}  // namespace mqttkit::tools::test
