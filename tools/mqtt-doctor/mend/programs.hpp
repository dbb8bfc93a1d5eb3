// Programs that mend runs by name, without a shell.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace mqttkit::doctor {

/// The program's path, in PATH or the folders for administrators; "" when it is not installed.
std::string program_path(const std::string& name);

/// Whether the process is in this network namespace and may be signalled by this one.
bool is_in_reach(int pid);

/// Whether the process has ended, which includes zombies.
bool has_ended(int pid);

struct run_outcome {
  int status = -1;       ///< as in a shell; -1: it could not be started
  bool is_late = false;  ///< it was killed for taking too long
  std::string out;       ///< its output, where that was wanted
};

/// Runs a program to its end, on this terminal, or with `input` given and its output taken.
/// @param limit  time after which it is killed
run_outcome run_on_terminal(const std::vector<std::string>& words, bool asks,
                            std::chrono::seconds limit);
run_outcome run_for_output(const std::vector<std::string>& words, const std::string& input,
                           std::chrono::seconds limit);

}  // namespace mqttkit::doctor
