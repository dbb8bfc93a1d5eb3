// mqtt-doctor phone: the broker is looked at from this machine and from a phone's browser at once.
#pragma once

#include <vector>

#include "common/stderr_log.hpp"
#include "mqtt-doctor/options/settings.hpp"
#include "mqtt-doctor/probes/examine.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {

struct phone_look_result {
  std::vector<vantage> from;  ///< this machine and the phone; empty when it could not begin
  diagnosis made;
  /// Beside the diagnosis's own code: 0, the number of a signal, or an exit code where `from` is
  /// empty.
  int ended_by = 0;
  int exit_code = 0;
  bool is_told = false;         ///< the terminal has the last report already
  bool needs_no_phone = false;  ///< what it comes to was known before one could come
};

/// Looks, shows the code, serves the page and ends when the time is over, Ctrl-C is pressed, or
/// with --once the phone has its verdict.
phone_look_result look_with_phone(const examination& about, const tools::doctor_settings& settings,
                                  const tools::stderr_log& log);

}  // namespace mqttkit::doctor
