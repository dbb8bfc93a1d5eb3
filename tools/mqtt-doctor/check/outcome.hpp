// What one look at one broker came to: of the facts, what a line of a table, a metric or a change
// is made of. Thousands of them are kept at a time, so it holds no more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

enum class check_state : std::uint8_t { ok, warning, problem };
/// "ok", "warning", "problem": in the JSON, the state file, the metrics; a word to translate.
const char* to_string(check_state state) noexcept;

struct outcome {
  struct timed_step {
    step_name name = step_name::none;
    step_state state = step_state::untested;
    double ms = 0;
  };

  check_state state = check_state::problem;
  std::string cause;          ///< identifier of the problem, or of the warning; "" when all is well
  sentence words;             ///< what it is
  int exit_code = 1;          ///< of `mqtt-doctor TARGET`
  std::string started;        ///< RFC 3339, UTC
  double ms = 0;              ///< the whole look
  std::string address;        ///< that was dialled; "" when none was known
  double connected_ms = -1;   ///< from the first packet until CONNACK said yes; -1: it did not
  double round_trip_ms = -1;  ///< of TCP, as the kernel measured it; -1: unknown
  double delivery_ms = -1;    ///< until our own message came back; -1: none did
  std::string certificate_ends;       ///< of the server's own, RFC 3339; "" without TLS
  std::int64_t certificate_days = 0;  ///< left until then
  std::vector<timed_step> steps;

  outcome() = default;
};

/// @param accepted  causes whose warning does not count
outcome outcome_of(const facts& all, const diagnosis& made,
                   const std::vector<std::string>& accepted = {});

/// Of one that could not be looked at: out of memory or of threads.
outcome outcome_of_failure(std::string_view why);

/// One target with what it is called.
struct check_label {
  std::string target;  ///< as it was typed, a password blanked
  std::string name;    ///< "" when it has none
  std::vector<std::pair<std::string, std::string>> tags;

  check_label() = default;
  const std::string& shown() const noexcept { return name.empty() ? target : name; }
};

/// A target and what came of it: the one line of every form of report.
struct checked {
  const check_label& label;
  const outcome& found;
};

}  // namespace mqttkit::doctor
