#include "mqtt-doctor/mend/carry_out.hpp"

#include <dirent.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <thread>

#include "common/number.hpp"
#include "common/text_parts.hpp"
#include "mqtt-doctor/mend/programs.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto program_limit = 120s;  // systemd gives a service 90 s to stop
constexpr auto person_limit = 300s;   // for a person to type a password twice
constexpr auto end_limit = 15s;       // for a broker to write its messages to disk

volatile std::sig_atomic_t interrupted_by = 0;
void note_signal(int number) { interrupted_by = number; }

/// While this object lives, SIGINT, SIGTERM and SIGHUP are noted and end nothing: changes that were
/// begun must first be undone.
class signals_noted {
 public:
  signals_noted() {
    interrupted_by = 0;
    struct sigaction note {};
    note.sa_handler = note_signal;
    for (std::size_t i = 0; i < numbers.size(); ++i) ::sigaction(numbers[i], &note, &old_[i]);
  }
  ~signals_noted() {
    for (std::size_t i = 0; i < numbers.size(); ++i) ::sigaction(numbers[i], &old_[i], nullptr);
  }
  signals_noted(const signals_noted&) = delete;
  signals_noted& operator=(const signals_noted&) = delete;

 private:
  static constexpr std::array numbers{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, numbers.size()> old_{};
};

std::string run_program(const std::vector<std::string>& words, bool asks) {
  const auto done = run_on_terminal(words, asks, asks ? person_limit : program_limit);
  if (done.is_late) return tools::joined(words, " ") + " did not end";
  if (done.status < 0) return tools::joined(words, " ") + " could not be started";
  if (done.status != 0)
    return tools::joined(words, " ") + " ended with status " + std::to_string(done.status);
  return {};
}

/// Ends a process and waits until it is gone, which frees its port.
std::string end_process(int pid) {
  if (has_ended(pid)) return {};
  if (!is_in_reach(pid)) return "process " + std::to_string(pid) + " is not this machine's";
  ::kill(pid, SIGTERM);
  ::kill(pid, SIGCONT);  // a stopped process must be woken to end
  const auto until = std::chrono::steady_clock::now() + end_limit;
  while (!has_ended(pid)) {
    if (std::chrono::steady_clock::now() >= until)
      return "process " + std::to_string(pid) + " does not end";
    std::this_thread::sleep_for(20ms);
  }
  return {};
}

std::vector<std::string> arguments_of(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> out;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\0', at), all.size());
    out.push_back(all.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// The pid of the process with this command line (without "sudo -u NAME"), in this network
/// namespace; 0 when none runs.
int process_of(std::vector<std::string> words) {
  if (!words.empty() && words[0] == "sudo") words.erase(words.begin(), words.begin() + 3);
  DIR* const folder = ::opendir("/proc");
  if (folder == nullptr) return 0;
  int found = 0;
  while (const dirent* const entry = ::readdir(folder)) {
    int pid = 0;
    const bool is_process =
        tools::read_number(entry->d_name, 2, std::numeric_limits<int>::max(), pid);
    if (!is_process || has_ended(pid)) continue;
    const auto arguments = arguments_of(pid);
    const bool is_same = arguments.size() == words.size() &&
                         std::equal(arguments.begin() + 1, arguments.end(), words.begin() + 1) &&
                         arguments[0].substr(arguments[0].rfind('/') + 1) == words[0];
    if (is_same && is_in_reach(pid)) found = pid;
  }
  ::closedir(folder);
  return found;
}

std::string restart(const std::vector<std::string>& words, int pid) {
  if (pid != 0) {
    if (std::string wrong = end_process(pid); !wrong.empty()) return wrong;
  }
  return run_program(words, false);
}

/// The listing of the chain that "nft insert rule FAMILY TABLE CHAIN ..." inserts into.
std::vector<std::string> listing_of(const std::vector<std::string>& insert) {
  return {"nft", "-a", "list", "chain", insert[3], insert[4], insert[5]};
}

std::set<std::string> handles_in(const std::string& listing) {
  constexpr std::string_view mark = "# handle ";
  std::set<std::string> out;
  for (std::size_t at = listing.find(mark); at != std::string::npos;
       at = listing.find(mark, at + 1)) {
    const std::size_t from = at + mark.size();
    out.insert(listing.substr(from, listing.find('\n', from) - from));
  }
  return out;
}

std::string run_step(const planned_step& planned, done_step& made) {
  made.words = planned.words;
  made.back = planned.back;
  made.is_again = planned.is_again;
  made.pid = planned.pid;
  made.signal = planned.signal;
  switch (planned.kind) {
    case step_kind::write:
      for (const auto& [path, state] : planned.becomes)
        if (std::string wrong = write_state(path, state); !wrong.empty()) return wrong;
      return {};
    case step_kind::notify:
      if (!is_in_reach(planned.pid) || ::kill(planned.pid, planned.signal) != 0)
        return "process " + std::to_string(planned.pid) + " cannot be told";
      return {};
    case step_kind::restart:
      made.is_restart = true;
      return restart(planned.words, planned.pid);
    case step_kind::run:
      break;
  }
  if (!planned.is_rule) return run_program(planned.words, planned.asks);
  // A rule is deleted by its handle, and the new rule is the one with a handle not listed before.
  const auto listing = listing_of(planned.words);
  const auto before = handles_in(run_for_output(listing, "", program_limit).out);
  if (std::string wrong = run_program(planned.words, false); !wrong.empty()) return wrong;
  for (const auto& handle : handles_in(run_for_output(listing, "", program_limit).out)) {
    if (before.count(handle) == 0)
      made.back = {"nft", "delete", "rule", listing[4], listing[5], listing[6], "handle", handle};
  }
  return made.back.empty() ? "the new rule is not in the chain" : "";
}

/// Undoes what programs did, and runs again the programs that make a broker read its files.
/// @param was_down  the broker did not run before, so a failure to start is no new one
std::string take_back(const std::vector<done_step>& steps, bool was_down, const step_told& tell) {
  std::string wrong;
  const auto note = [&](const std::string& what) {
    if (!what.empty()) wrong += (wrong.empty() ? "" : "; ") + what;
  };
  for (auto each = steps.rbegin(); each != steps.rend(); ++each) {
    if (each->back.empty()) continue;
    tell(text_of(each->back));
    note(run_program(each->back, false));
  }
  std::vector<std::vector<std::string>> repeated;
  for (const auto& step : steps) {
    if (!step.is_again || std::find(repeated.begin(), repeated.end(), step.words) != repeated.end())
      continue;
    repeated.push_back(step.words);
    if (step.is_restart) {
      tell(text_of(step.words));
      const std::string problem = restart(step.words, process_of(step.words));
      if (!was_down) note(problem);
    } else if (step.signal != 0) {
      tell(text_of(step.words));
      if (is_in_reach(step.pid)) ::kill(step.pid, step.signal);
    } else {
      tell(text_of(step.words));
      const std::string problem = run_program(step.words, false);
      if (!was_down) note(problem);
    }
  }
  return wrong;
}

std::string read_all(const std::map<std::string, file_state>& named,
                     std::map<std::string, file_state>& out) {
  for (const auto& [path, before] : named) {
    if (std::string wrong = read_state(path, out[path]); !wrong.empty()) return wrong;
  }
  return {};
}

std::string write_all(const std::map<std::string, file_state>& wanted) {
  std::string wrong;
  for (const auto& [path, state] : wanted) {
    file_state now;
    if (read_state(path, now).empty() && now == state) continue;
    const std::string problem = write_state(path, state);
    if (!problem.empty()) wrong += (wrong.empty() ? "" : "; ") + problem;
  }
  return wrong;
}

}  // namespace

carry_out_result carry_out(const mend_plan& plan, const std::string& cause, const journal& in,
                           const step_told& tell) {
  carry_out_result out;
  journal_entry entry;
  entry.cause = cause;
  entry.was_down = plan.was_down;
  out.wrong = read_all(plan.before, entry.before);
  if (!out.wrong.empty()) return out;
  for (const auto& [path, shown] : plan.before) {
    if (entry.before.at(path) == shown) continue;
    out.wrong = path + " was changed meanwhile";
    return out;
  }
  const signals_noted noted;
  out.wrong = in.keep(entry);
  if (!out.wrong.empty()) return out;
  for (const planned_step& planned : plan.steps) {
    done_step made;
    if (planned.kind != step_kind::write) tell(text_of(planned));
    out.wrong = run_step(planned, made);
    if (planned.kind != step_kind::write && (out.wrong.empty() || made.is_again))
      entry.steps.push_back(std::move(made));
    if (out.wrong.empty() && interrupted_by != 0) out.wrong = "interrupted";
    // The journal is on the disk before the next step.
    if (out.wrong.empty()) out.wrong = in.keep(entry);
    if (!out.wrong.empty()) break;
  }
  if (out.wrong.empty()) out.wrong = read_all(entry.before, entry.after);
  if (out.wrong.empty()) {
    entry.state = entry_state::done;
    out.wrong = in.keep(entry);
  }
  out.is_done = out.wrong.empty();
  if (out.is_done) return out;
  out.left = write_all(entry.before);
  const std::string rest = take_back(entry.steps, entry.was_down, tell);
  if (!rest.empty()) out.left += (out.left.empty() ? "" : "; ") + rest;
  entry.after.clear();
  entry.state = out.left.empty() ? entry_state::undone : entry_state::begun;
  (void)in.keep(entry);  // on a full disk the entry stays "begun", and --undo undoes it again
  return out;
}

std::string undo_refusal(const journal_entry& entry) {
  for (const auto& [path, left] : entry.after) {
    file_state now;
    if (std::string wrong = read_state(path, now); !wrong.empty()) return wrong;
    if (now != left) return path + " was changed since";
  }
  return {};
}

carry_out_result undo(journal_entry& entry, const journal& in, const step_told& tell) {
  carry_out_result out;
  const signals_noted noted;
  out.wrong = write_all(entry.before);
  if (!out.wrong.empty()) {
    out.left = write_all(entry.after);  // a half undone file set helps nobody
    return out;
  }
  out.left = take_back(entry.steps, entry.was_down, tell);
  entry.state = entry_state::undone;
  out.wrong = in.keep(entry);
  out.is_done = out.wrong.empty();
  return out;
}

}  // namespace mqttkit::doctor
