// Carries out a plan, completely or not at all, and undoes it.
#pragma once

#include <functional>
#include <string>

#include "mqtt-doctor/mend/journal.hpp"
#include "mqtt-doctor/mend/plan.hpp"

namespace mqttkit::doctor {

struct carry_out_result {
  bool is_done = false;
  std::string wrong;  ///< the failure, in English; "" for none
  /// What could not be restored after a failure; "" when everything was.
  std::string left;
};

/// Called when a program is about to run.
using step_told = std::function<void(const std::string& command)>;

/// Carries out the plan: writes a journal entry with copies of the files, then takes step by step.
/// When a step fails, or a person interrupts (SIGINT, SIGTERM), everything is restored.
carry_out_result carry_out(const mend_plan& plan, const std::string& cause, const journal& in,
                           const step_told& tell);

/// Why an entry cannot be undone (a file changed since mend wrote it); "" when it can.
std::string undo_refusal(const journal_entry& entry);

/// Restores the files byte for byte, then undoes or repeats what programs did.
carry_out_result undo(journal_entry& entry, const journal& in, const step_told& tell);

}  // namespace mqttkit::doctor
