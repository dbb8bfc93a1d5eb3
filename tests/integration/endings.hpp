// Words for tests of how the programs end: with which exit code, and with which single line.
#pragma once

#include <string>

#include "common/exit_code.hpp"
#include "programs.hpp"

namespace mqttkit::testing {

using tools::exit_code;

inline const words message{"-t", "a", "-m", "x", "-q", "1"};

// One line, with the program's name in front and each of `parts` in it.
inline void is_one_line(const std::string& text, const words& parts) {
  CHECK(line_count(text) == 1);
  CHECK(text.substr(0, 5) == "mqtt-");
  for (const std::string& part : parts) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, text << " should contain " << part);
  }
}

inline void ends(const finished& result, exit_code code, const words& parts) {
  CHECK_MESSAGE(result.code == static_cast<int>(code), result.err);
  is_one_line(result.err, parts);
}

// Both programs end with the same code and words.
inline void both_end(const words& connection, exit_code code, const words& parts) {
  ends(run_pub(connection + message), code, parts);
  ends(run_sub(connection + words{"-t", "a"}), code, parts);
}

}  // namespace mqttkit::testing
