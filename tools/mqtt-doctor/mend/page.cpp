#include "mqtt-doctor/mend/page.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "mqtt-doctor/mend/difference.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/base/printable.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t longest_command = 1000;

/// Files with hashes and keys are not shown.
bool is_secret(const file_state& file) {
  constexpr std::array<std::string_view, 4> signs{":$6$", ":$7$", "PRIVATE KEY-----", ":$argon2"};
  for (const std::string_view sign : signs)
    if (contains(file.text, sign)) return true;
  return false;
}

std::string octal(mode_t mode) {
  char text[16] = "";
  (void)std::snprintf(text, sizeof text, "%03o", static_cast<unsigned>(mode));
  return text;
}

/// Whether the step only removes a file.
bool takes_away(const planned_step& planned) {
  return planned.kind == step_kind::write && planned.becomes.size() == 1 &&
         !planned.becomes.begin()->second.exists;
}

}  // namespace

std::string prompt() { return ::geteuid() == 0 ? "    # " : "    $ "; }

mend_page& mend_page::tell(const sentence& what) {
  line(say(what));
  return *this;
}

mend_page& mend_page::cause(const finding& found) {
  if (found.how_bad == severity::problem) {
    add_evidence(found);
    return *this;
  }
  line(dyed(yellow, say(N_("Warning"))) + colon() + say(found.cause));
  for (const auto& evidence : found.evidence) line("  - " + say(evidence));
  return *this;
}

/// Shows a command behind a prompt, so that it cannot be mistaken for a line of a file.
void mend_page::command(const std::string& text) {
  out_ += prompt() + printable(text, longest_command) + '\n';
}

void mend_page::files(const std::map<std::string, file_state>& before,
                      const std::map<std::string, file_state>& after) {
  const auto becomes = [&](const std::string& path) {
    const auto found = after.find(path);
    return found != after.end() ? found->second : before.at(path);
  };
  std::set<std::string> renamed;
  for (const auto& [from, was] : before) {
    if (!was.exists || becomes(from).exists) continue;
    for (const auto& [to, old] : before) {
      if (old.exists || becomes(to) != was) continue;
      command(text_of({"mv", "-n", from, to}));
      renamed.insert({from, to});
      break;
    }
  }
  for (const auto& [path, was] : before) {
    const auto found = after.find(path);
    if (found == after.end() || found->second == was || renamed.contains(path)) continue;
    const file_state& is = found->second;
    const std::string name = printable(path, longest_command);
    if (is.text != was.text && (is_secret(is) || is_secret(was))) {
      line("  " + say(words(N_("{file} (its contents are not shown)"), {{"file", name}})));
    } else if (is.text != was.text) {
      out_ += shown_difference(difference(was.text, is.text, was.exists ? path : "/dev/null",
                                          is.exists ? path : "/dev/null"));
    } else if (!was.exists) {
      line("  " + say(words(N_("{file} is made, empty."), {{"file", name}})));
    } else if (!is.exists) {
      line("  " + say(words(N_("{file} is taken away."), {{"file", name}})));
    }
    if (was.exists && is.exists &&
        (was.mode != is.mode || was.uid != is.uid || was.gid != is.gid)) {
      command("chown " + std::to_string(is.uid) + ":" + std::to_string(is.gid) + " " + path);
      command("chmod " + octal(is.mode) + " " + path);
    }
  }
}

mend_page& mend_page::plan(const mend_plan& what, const finding& about) {
  if (!what.refusal.empty()) {
    line(say(what.refusal));
    add_cures(what.parts.empty() ? about.cures : what.parts);
    return *this;
  }
  line(dyed(bold, say(N_("This would mend it"))) + final_colon());
  std::map<std::string, file_state> now = what.before;
  for (std::size_t i = 0; i < what.steps.size(); ++i) {
    const planned_step& planned = what.steps[i];
    if (planned.kind != step_kind::write) {
      command(text_of(planned));
      continue;
    }
    std::map<std::string, file_state> becomes = planned.becomes;
    if (i + 1 < what.steps.size() && takes_away(what.steps[i + 1])) {  // a renamed file
      ++i;
      becomes.insert(what.steps[i].becomes.begin(), what.steps[i].becomes.end());
    }
    std::map<std::string, file_state> before;
    for (const auto& [path, state] : becomes) before[path] = now[path];
    files(before, becomes);
    for (const auto& [path, state] : becomes) now[path] = state;
  }
  for (const sentence& note : what.notes) line("  " + say(note));
  return *this;
}

mend_page& mend_page::undo(const journal_entry& entry) {
  line(dyed(bold, say(words(N_("This takes back what was done at {time} ({cause})"),
                            {{"time", entry.name.substr(0, entry.name.find('-'))},
                             {"cause", entry.cause}}))) +
       final_colon());
  std::map<std::string, file_state> now = entry.after;
  if (now.empty())  // interrupted: the present file counts
    for (const auto& [path, before] : entry.before) (void)read_state(path, now[path]);
  files(now, entry.before);
  for (auto each = entry.steps.rbegin(); each != entry.steps.rend(); ++each) {
    const std::string text = text_of(each->back);
    if (!text.empty()) command(text);
  }
  std::vector<std::string> repeated;
  for (const done_step& done : entry.steps) {
    const std::string text = text_of(done.words);
    if (!done.is_again || std::find(repeated.begin(), repeated.end(), text) != repeated.end())
      continue;
    repeated.push_back(text);
    command(text);
  }
  return *this;
}

}  // namespace mqttkit::doctor
