// The outcome of examining one broker: the few values that a line, a metric or a change is made of.
// Thousands of outcomes are kept at a time, so the facts are not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

enum class check_state : std::uint8_t { ok, warning, problem };
/// "ok", "warning" or "problem", in JSON, the state file and metrics; sentences translate the word.
const char* to_string(check_state state) noexcept;

struct outcome {
  struct timed_step {
    step_name name = step_name::none;
    step_state state = step_state::untested;
    double ms = 0;
  };

  check_state state = check_state::problem;
  std::string cause;                  ///< id of the problem or warning; "" when all is well
  sentence words;                     ///< the cause in words
  int exit_code = 1;                  ///< as of `mqtt-doctor TARGET`
  std::string started;                ///< RFC 3339, UTC
  double ms = 0;                      ///< of the whole examination
  std::string address;                ///< the dialled address; "" when unknown
  double connected_ms = -1;           ///< until CONNACK accepted; -1: it did not
  double round_trip_ms = -1;          ///< of TCP, by the kernel; -1: unknown
  double delivery_ms = -1;            ///< until the doctor's message came back; -1: it did not
  std::string certificate_ends;       ///< of the server's certificate, RFC 3339; "" without TLS
  std::int64_t certificate_days = 0;  ///< left until then
  std::vector<timed_step> steps;

  outcome() = default;
};

/// @param accepted  ids of causes that do not count as warnings
outcome outcome_of(const facts& all, const diagnosis& made,
                   const std::vector<std::string>& accepted = {});

/// The outcome for a target that could not be examined: no memory or no thread was left.
outcome outcome_of_failure(std::string_view why);

/// A target and the name it is shown with.
struct check_label {
  std::string target;  ///< as typed, with the password blanked
  std::string name;    ///< "" for none
  std::vector<std::pair<std::string, std::string>> tags;

  check_label() = default;
  const std::string& shown() const noexcept { return name.empty() ? target : name; }
};

/// A target and its outcome, from which every form of report is made.
struct checked {
  const check_label& label;
  const outcome& found;
};

}  // namespace mqttkit::doctor
