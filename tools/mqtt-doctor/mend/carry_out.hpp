// Does what was planned, whole or not at all, and takes it back.
#pragma once

#include <functional>
#include <string>

#include "mqtt-doctor/mend/journal.hpp"
#include "mqtt-doctor/mend/plan.hpp"

namespace mqttkit::doctor {

struct carry_out_result {
  bool is_done = false;
  std::string wrong;  ///< what failed, in English; "" when nothing did
  /// What could not be put back after a failure; "" when all is as it was.
  std::string left;
};

/// What is told while it goes on: a program is about to run.
using step_told = std::function<void(const std::string& command)>;

/// Carries the plan out: an entry with copies first, then step by step. When one fails, or a person
/// interrupts it (SIGINT, SIGTERM), all is put back as it was before the first.
carry_out_result carry_out(const mend_plan& plan, const std::string& cause, const journal& in,
                           const step_told& tell);

/// Why an entry cannot be taken back: a file is no longer as mend left it; "" when it can.
std::string undo_refusal(const journal_entry& entry);

/// Puts the files back as they were, byte for byte, then takes back or repeats what programs did.
carry_out_result undo(journal_entry& entry, const journal& in, const step_told& tell);

}  // namespace mqttkit::doctor
