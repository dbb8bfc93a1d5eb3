// How well a finding explains the facts: the one scale on which all causes are weighed.
//
// A cause picks the step that its evidence reaches, and the step decides which cause is named
// first; of equals the lower layer is. The distances matter only to rival_factor: which rivals are
// worth a line beside the first.
#pragma once

#include <cstdint>

namespace mqttkit::doctor {

enum class strength : std::uint8_t {
  typed = 99,     ///< what was typed cannot work, whatever answers
  proven = 98,    ///< the reason itself was read on the broker's machine, told apart by two
                  ///< places, or one thing was changed and then it worked
  told = 96,      ///< the other side says so: reason code, alert, status, a line of its log
  measured = 94,  ///< a probe made for this shows it
  seen = 91,      ///< it is so, and a cause beneath it may be why
  agreed = 86,    ///< two facts that do not depend on each other speak for it
  usual = 80,     ///< one fact, which nearly always means this
  leaning = 70,   ///< one fact, which often means this
  first_of_several = 60,
  one_of_several = 45,
  fits = 30,  ///< nothing contradicts it, and little speaks for it
  hint = 20,
  aside = 10,   ///< hardly ever the reason, and worth a line
  general = 5,  ///< true of any device of the kind
};

/// The weight as it stands in reports, 0 to 100.
constexpr double weight_of(strength how) noexcept { return static_cast<double>(how); }

/// Rivals within this factor of the first are worth a line beside it: `hint` beside `leaning`, or
/// `aside` beside `fits`.
inline constexpr double rival_factor = 3.5;

// Factors that lower a finding's weight, whatever its step.
/// A layer below fails: a consequence of that is no cause beside it.
inline constexpr double as_consequence = 0.3;
/// The broker's machine proves the fault, and the client met another symptom.
inline constexpr double as_other_symptom = 0.6;
/// The fault exists on the broker's machine, and no client fails by it.
inline constexpr double as_nobodys_trouble = 0.5;

}  // namespace mqttkit::doctor
