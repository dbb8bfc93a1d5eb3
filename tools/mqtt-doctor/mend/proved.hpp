// Which causes mend may cure: those whose first cure on the broker's machine was carried out in the
// lab as it is printed, and helped (tests/lab/run --cures).
#pragma once

#include <span>
#include <string_view>

namespace mqttkit::doctor {

struct proved_cause {
  std::string_view id;
  /// Where the first thing to do is in the app: what follows it is another way to the same end, and
  /// no step back (to make a user, where the app gives none).
  bool also_behind_app = false;
};

/// In the order of their names.
std::span<const proved_cause> proved_causes() noexcept;

/// nullptr when the lab has not proved it.
const proved_cause* find_proved(std::string_view id) noexcept;

}  // namespace mqttkit::doctor
