// mqtt-doctor phone: examines the broker from this machine and from a phone's browser at once.
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
  /// Besides the diagnosis's own code: 0, a signal's number, or an exit code when `from` is
  /// empty.
  int ended_by = 0;
  int exit_code = 0;
  bool is_told = false;         ///< the last report is already on the terminal
  bool needs_no_phone = false;  ///< the result was known before a phone could come
};

/// Examines the broker, shows the code and serves the page; ends when the time is over, on Ctrl-C,
/// or with --once when the phone has its verdict.
phone_look_result look_with_phone(const examination& about, const tools::doctor_settings& settings,
                                  const tools::stderr_log& log);

}  // namespace mqttkit::doctor
