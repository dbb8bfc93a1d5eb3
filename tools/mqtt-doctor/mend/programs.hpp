// Programs that mend runs: found by their names, without a shell.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace mqttkit::doctor {

/// Its path, in PATH or the folders of administrators; "" when it is not installed.
std::string program_path(const std::string& name);

/// Whether the process lives in this network and this process may signal it.
bool is_in_reach(int pid);

/// Whether it has ended; a process that nobody has waited for yet has.
bool has_ended(int pid);

struct run_outcome {
  int status = -1;       ///< as a shell counts; -1: it could not be started
  bool is_late = false;  ///< it was ended for taking too long
  std::string out;       ///< what it printed, when that was wanted
};

/// Runs a program to its end, on this terminal or with `input` and its output taken.
/// @param limit  then it is ended
run_outcome run_on_terminal(const std::vector<std::string>& words, bool asks,
                            std::chrono::seconds limit);
run_outcome run_for_output(const std::vector<std::string>& words, const std::string& input,
                           std::chrono::seconds limit);

}  // namespace mqttkit::doctor
