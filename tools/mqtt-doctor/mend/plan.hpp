// What mend would do for a cause: the first cure that can be carried out on this machine, taken
// apart into steps whose way back is known. Nothing is changed here.
//
// Only what is understood is planned. A step writes a file (sed, tee and printf are done without
// them), gives it an owner or permissions, or runs one program that is known to be able to take
// back what it did. No shell is started.
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
  write,    ///< the files of `becomes`
  run,      ///< a program
  notify,   ///< a signal to a process
  restart,  ///< ends a process, waits until it is gone, starts its program again
};

struct planned_step {
  step_kind kind = step_kind::run;
  std::map<std::string, file_state> becomes;  ///< with write: files by their real paths
  std::vector<std::string> words;             ///< program and arguments, of run and restart
  std::vector<std::string> touches;           ///< files that the program writes
  std::vector<std::string> back;              ///< program that takes it back; empty: none
  bool is_again = false;  ///< to be done once more when files were put back: a restart, a reload
  bool asks = false;      ///< the program asks on the terminal
  bool is_rule = false;   ///< a rule of nft, which its number takes back
  int pid = 0;            ///< of notify and restart
  int signal = 0;
  bool is_for_life = false;  ///< saves what is so; left out where the program is not installed
};

/// The command as it is run, for a person.
std::string text_of(const planned_step& planned);
std::string text_of(const std::vector<std::string>& words);

struct mend_plan {
  std::vector<cure> parts;  ///< the cure and what follows it, as the report prints it
  std::vector<planned_step> steps;
  std::map<std::string, file_state> seen;  ///< the files before, by their real paths
  /// What a person should know before a yes: a link, the user that is made.
  std::vector<sentence> notes;
  bool was_down = false;      ///< the broker does not run now
  bool opens_to_all = false;  ///< afterwards clients get in that give no password
  bool asks = false;          ///< somebody must sit at the terminal
  /// Why mend does not do it; empty when it does.
  sentence refusal;
};

/// What a plan needs from outside, so that it can be tested without a machine.
struct machine_access {
  /// The user a cure leaves open; "" when nobody says one.
  std::function<std::string()> user;
  /// What `sed SCRIPT` makes of a text, with its options for safety; false when it fails.
  std::function<bool(const std::string& script, const std::string& text, std::string& out)> sed;
  /// Whether a program is installed.
  std::function<bool(const std::string& name)> has_program;
  /// What a program prints.
  std::function<std::string(const std::vector<std::string>& words)> ask;
};
machine_access this_machine();

/// The finding that mend is about: the first cause; where all is well the first warning that can be
/// mended, or the first of all.
const finding* subject_of(const diagnosis& made);

/// The plan for the finding. `known` must hold the facts of this machine.
mend_plan make_plan(const finding& about, const view& known, const machine_access& around);

}  // namespace mqttkit::doctor
