// Payloads made from a text with places to fill in: --template '{"n":{{n}},"at":"{{now}}"}'.
//
//   {{n}}         number of the message, from 1
//   {{now}}       the time, RFC 3339 in UTC with microseconds
//   {{uuid}}      a random UUID (version 4)
//   {{rand A B}}  a random number from A to B; with as many decimals as A or B has
//   {{env NAME}}  the environment variable, as it was at the start
//   {{line}}      the line of -l
//
// Of three braces in a row the last two count, so that {{{n}}} is a number in braces.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::tools {

class message_template {
 public:
  message_template() = default;

  /// Reads `text`. Returns what is wrong, with the place ("byte 12: ..."); empty when all is well.
  /// @param has_lines  {{line}} means something.
  std::string parse(std::string_view text, bool has_lines);

  /// Appends one message to `out`.
  void expand(std::uint64_t number, std::string_view line, std::string& out);

 private:
  enum class kind : std::uint8_t { text, number, now, uuid, random, line };
  struct piece {
    kind what = kind::text;
    std::string text;  // kind::text
    // kind::random counts in units of the last decimal.
    std::int64_t least = 0;
    std::int64_t most = 0;
    unsigned decimals = 0;

    piece() = default;
  };

  std::string read_place(std::string_view inside, bool has_lines, piece& out) const;
  void seed();
  void append_uuid(std::string& out);
  void append_random(const piece& from, std::string& out);

  std::vector<piece> pieces_;
  std::mt19937_64 random_;
  bool is_seeded_ = false;  // which takes a tenth of a start, so only when it is asked for
};

}  // namespace mqttkit::tools
