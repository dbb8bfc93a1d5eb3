// What came on each topic, for --summary and --tree.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {

/// See the head of this file. Memory is bounded: beyond most_topics what comes is counted together,
/// and of a last value the beginning is kept.
class topic_table {
 public:
  static constexpr std::size_t most_topics = 100'000;
  static constexpr std::size_t value_bytes = 200;

  void add(const publish_packet& message);

  /// The table: topics in order, one a line, with a line of totals. Rates are those of `period`,
  /// which begins anew.
  /// @param elapsed  since the start, for the totals.
  /// @param columns  the width to cut lines to; 0 means none.
  std::string summary(std::chrono::nanoseconds period, std::chrono::nanoseconds elapsed,
                      unsigned columns);

  /// The topics as a tree. Levels too deep to be drawn stand on one line.
  std::string tree(unsigned columns) const;

 private:
  struct row {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t messages_before = 0;  // when the last period began
    std::uint64_t value_size = 0;       // of the last message
    std::string value;                  // its first bytes
    bool is_cut() const noexcept { return value_size > value.size(); }
  };
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  using rows = std::unordered_map<std::string, row, text_hash, std::equal_to<>>;

  std::vector<const rows::value_type*> in_order() const;
  static std::string shown_value(const row& of);

  rows rows_;
  row others_;
};

}  // namespace mqttkit::tools
