// Causes that mend may cure: the lab carried out their first cure on the broker's machine as
// printed, and it helped (tests/lab/run --cures).
#pragma once

#include <span>
#include <string_view>

namespace mqttkit::doctor {

struct proved_cause {
  std::string_view id;
  /// The first cure is in the app, and the one behind it is an alternative that takes nothing back
  /// (it makes a user where the app gives none).
  bool also_behind_app = false;
};

/// Sorted by id.
std::span<const proved_cause> proved_causes() noexcept;

/// nullptr for a cause that the lab has not proved.
const proved_cause* find_proved(std::string_view id) noexcept;

}  // namespace mqttkit::doctor
