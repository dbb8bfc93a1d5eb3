// The plan of mend for a cause: the first cure that can be carried out on this machine, as steps
// that can be undone. Planning changes nothing.
//
// Only commands that are understood are planned. A step writes a file (in place of sed, tee and
// printf), changes owner or permissions, or runs one program whose effect is known to be undone by
// another. No shell is started.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/mend/file_state.hpp"

namespace mqttkit::doctor {

enum class step_kind : std::uint8_t {
  write,    ///< writes the files of `becomes`
  run,      ///< runs a program
  notify,   ///< sends a signal to a process
  restart,  ///< ends a process, waits until it is gone, and starts its program again
};

struct planned_step {
  step_kind kind = step_kind::run;
  std::map<std::string, file_state> becomes;  ///< for write: files, by real path
  std::vector<std::string> words;             ///< for run and restart: program and arguments
  std::vector<std::string> touches;           ///< files that the program writes
  std::vector<std::string> back;              ///< the program that undoes it; empty: none
  bool is_again = false;  ///< run again after files were restored: a restart, a reload
  bool asks = false;      ///< the program asks on the terminal
  bool is_rule = false;   ///< an nft rule, deleted by its handle
  int pid = 0;            ///< for notify and restart
  int signal = 0;
  bool is_for_life = false;  ///< saves the present rules; left out where the program is missing
};

/// The command of a step, as a person reads it.
std::string text_of(const planned_step& planned);
std::string text_of(const std::vector<std::string>& words);

struct mend_plan {
  std::vector<cure> parts;  ///< the cure and the cures that follow, as printed in the report
  std::vector<planned_step> steps;
  std::map<std::string, file_state> before;  ///< the files before, by real path
  /// What a person should know before agreeing: a link, a user that is made.
  std::vector<sentence> notes;
  bool was_down = false;      ///< the broker does not run now
  bool opens_to_all = false;  ///< afterwards clients need no password
  bool asks = false;          ///< somebody must sit at the terminal
  /// Why mend does not carry out the cure; empty when it does.
  sentence refusal;
};

/// What planning needs from the machine; a test gives its own.
struct machine_access {
  /// The user that a cure leaves open; "" when nobody names one.
  std::function<std::string()> user;
  /// Applies `sed SCRIPT`, sandboxed, to a text; false when sed fails.
  std::function<bool(const std::string& script, const std::string& text, std::string& out)> sed;
  /// Whether a program is installed.
  std::function<bool(const std::string& name)> has_program;
  /// The output of a program.
  std::function<std::string(const std::vector<std::string>& words)> ask;
};
machine_access this_machine();

/// The finding that mend is about: the first cause; without causes the first warning that can be
/// mended, or else the first.
const finding* subject_of(const diagnosis& made);

/// The plan for a finding. `known` must hold this machine's facts.
mend_plan make_plan(const finding& about, const view& known, const machine_access& around);

}  // namespace mqttkit::doctor
