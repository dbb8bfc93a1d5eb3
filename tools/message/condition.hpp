// One comparison on a JSON payload, the language of --where:
//
//   .temp > 20      .state == "on"      .list[0].name != 'x'      . >= 5      .["a b"]
//
// A path, and maybe an operator (== != < <= > >=) with a value: a number, a string in double or
// single quotes, true, false or null. A path alone asks whether the field is there. Values of
// different types are never equal and have no order; a field that is not there compares to nothing,
// so that only messages which have it pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mqttkit::tools {

class json_reader;

/// See the head of this file.
class condition {
 public:
  /// Reads `text`. Returns what is wrong with it and where, or nothing.
  std::string parse(std::string_view text);

  /// Whether `payload` is JSON for which the condition is true. Takes one pass and no heap, unless
  /// strings hold escapes. When an object has a name twice, the last one counts.
  bool holds(std::string_view payload) const;

 private:
  enum class comparison : std::uint8_t { exists, equal, unequal, less, at_most, more, at_least };
  struct number {
    double value = 0;
    std::optional<std::int64_t> whole;  // exact beyond 2^53 as well
  };
  using step = std::variant<std::string, std::uint64_t>;  // a member's name, an element's index
  using literal = std::variant<std::monostate, bool, number, std::string>;  // monostate: null

  static bool read_number(std::string_view text, number& out);
  std::string parse_path(std::string_view text, std::size_t& at);
  std::string parse_value(std::string_view text);
  bool find(json_reader& in, std::string_view text, std::size_t depth,
            std::string_view& found) const;
  bool compare(std::string_view value) const;
  bool is_ordered(int order) const;

  std::vector<step> path_;
  comparison comparison_ = comparison::exists;
  literal value_;
};

}  // namespace mqttkit::tools
