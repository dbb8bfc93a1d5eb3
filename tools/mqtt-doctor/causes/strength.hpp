// How well a finding explains what was seen: the one scale all causes are weighed on.
//
// A cause says which step its evidence reaches, and the steps alone decide which cause is named
// first; of equals the lower layer is. The distances matter in one place: which rivals are worth a
// line beside the first (rival_factor).
#pragma once

#include <cstdint>

namespace mqttkit::doctor {

enum class strength : std::uint8_t {
  typed = 99,     ///< what was typed cannot work, whatever answers
  proven = 98,    ///< the reason itself: read on the broker's machine, told apart by two places, or
                  ///< one thing was changed and it worked
  told = 96,      ///< the other side says so: reason code, alert, status, a line of its log
  measured = 94,  ///< a probe made for it shows it
  seen = 91,      ///< it is so, and something beneath may be why
  agreed = 86,    ///< two facts that do not depend on each other speak for it
  usual = 80,     ///< one fact, and what that nearly always means
  leaning = 70,   ///< one fact, and what that often means
  first_of_several = 60,
  one_of_several = 45,
  fits = 30,  ///< nothing contradicts it, and little speaks for it
  hint = 20,
  aside = 10,   ///< hardly ever the reason, and worth a line
  general = 5,  ///< true of any device of the kind
};

/// As it stands in reports, 0 to 100.
constexpr double weight_of(strength how) noexcept { return static_cast<double>(how); }

/// Rivals within this factor of the first are worth a line beside it: a hint beside what leans, or
/// what is aside beside one that fits.
inline constexpr double rival_factor = 3.5;

// What takes weight off a finding, whatever its step.
/// A layer below it fails: what follows from that is no cause beside it.
inline constexpr double as_consequence = 0.3;
/// The broker's machine says so, and the client met something else.
inline constexpr double as_other_symptom = 0.6;
/// True of the broker's machine, and no client fails that way.
inline constexpr double as_nobodys_trouble = 0.5;

}  // namespace mqttkit::doctor
