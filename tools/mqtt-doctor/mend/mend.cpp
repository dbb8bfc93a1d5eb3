#include "mqtt-doctor/mend/mend.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "common/printable.hpp"
#include "common/terminal.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/mend/carry_out.hpp"
#include "mqtt-doctor/mend/journal.hpp"
#include "mqtt-doctor/mend/page.hpp"
#include "mqtt-doctor/mend/plan.hpp"
#include "mqtt-doctor/mend/programs.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using tools::exit_code;

constexpr auto restart_limit = 8s;   // for a broker to listen again
constexpr auto reload_time = 200ms;  // for a broker to read files after a signal
constexpr int most_rounds = 6;       // of faults that each hide the next
constexpr std::size_t longest_answer = 80;

/// Ports of this machine with a listener.
std::set<std::string> listening_ports() {
  std::set<std::string> out;
  for (const char* const name : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(name);
    for (std::string row; std::getline(file, row);) {
      std::istringstream words(row);
      std::string number, local, remote, state;
      words >> number >> local >> remote >> state;
      const std::size_t colon = local.rfind(':');
      if (state == "0A" && colon != std::string::npos) out.insert(local.substr(colon + 1));
    }
  }
  return out;
}

bool all_listen(const std::set<std::string>& wanted) {
  const auto now = listening_ports();
  return std::includes(now.begin(), now.end(), wanted.begin(), wanted.end());
}

class mender {
 public:
  mender(const examination& about, const tools::doctor_settings& settings,
         const tools::stderr_log& log)
      : about_(about),
        settings_(settings),
        log_(log),
        journal_(settings.mend.journal.empty()
                     ? usual_journal()
                     : std::filesystem::absolute(settings.mend.journal).string()) {
    style_.colour = tools::wants_colour(settings.colour, STDOUT_FILENO);
    style_.utf8 = !settings.ascii && takes_utf8();
    constexpr unsigned narrowest = 40, widest = 100;
    const unsigned columns =
        tools::is_terminal(STDOUT_FILENO) ? tools::terminal_columns(STDOUT_FILENO) : 0;
    if (columns != 0) style_.columns = std::clamp(columns, narrowest, widest);
  }

  int mend() {
    if (!settings_.mend.dry_run && !open_journal()) return failed();
    for (int round = 0; round < most_rounds; ++round) {
      const int code = one_round();
      if (code != go_on) return code;
    }
    return last_code_;
  }

  int undo() {
    if (!open_journal()) return failed();
    journal_entry entry;
    std::string wrong;
    if (!journal_.last(entry, wrong)) {
      log_.say(wrong.empty() ? "there is nothing to undo in " + journal_.folder()
                             : printable(wrong));
      return failed();
    }
    if (wrong = undo_refusal(entry); !wrong.empty()) {
      log_.say("cannot be undone: " + printable(wrong) + "; the copies are in " +
               journal_.folder() + "/" + entry.name);
      return failed();
    }
    print(mend_page(style_).undo(entry));
    if (settings_.mend.dry_run) return 0;
    if (!is_agreed(N_("Take it back? [y/N] "))) {
      print(mend_page(style_).tell(N_("Nothing was changed.")));
      return failed();
    }
    const auto done = doctor::undo(entry, journal_, step_sink());
    if (!done.is_done) {
      log_.say("cannot be undone: " + printable(done.wrong));
      return failed();
    }
    if (!done.left.empty()) {
      log_.say("the files are as they were; this failed: " + printable(done.left));
      return failed();
    }
    print(mend_page(style_).tell(N_("All is as it was before.")));
    return 0;
  }

 private:
  static constexpr int go_on = -1;
  static int failed() { return static_cast<int>(exit_code::failed); }

  void print(mend_page& page) {
    const std::string text = page.text();
    // A person who cannot see the plan cannot agree to it.
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
      is_deaf_ = true;
  }
  void print(mend_page&& page) { print(page); }

  step_told step_sink() {
    return [](const std::string& command) {
      std::printf("%s%s\n", prompt().c_str(), printable(command).c_str());
      std::fflush(stdout);
    };
  }

  bool open_journal() {
    const std::string wrong = journal_.open();
    if (wrong.empty()) return true;
    log_.say("the journal cannot be kept: " + printable(wrong));
    return false;
  }

  facts look() const {
    const facts_in_english plain;
    return examine(about_);
  }

  std::string read_answer(const std::string& question) const {
    std::fputs(question.c_str(), stdout);
    std::fflush(stdout);
    char answer[longest_answer] = {};
    const ssize_t count = ::read(STDIN_FILENO, answer, sizeof answer - 1);
    std::string text(answer, count > 0 ? static_cast<std::size_t>(count) : 0);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    if (count <= 0) std::fputc('\n', stdout);
    return text;
  }

  bool has_person() const {
    return tools::is_terminal(STDIN_FILENO) && tools::is_terminal(STDOUT_FILENO);
  }

  bool is_agreed(const char* question) const {
    if (is_deaf_) return false;
    if (settings_.mend.yes) return true;
    const std::string answer = read_answer(say(question));
    return answer == "y" || answer == "Y" || answer == "yes" || answer == "\u662f";
  }

  /// --yes does not cover this: a person has to type a word.
  bool is_opening_agreed() const {
    if (!has_person() || settings_.mend.yes) {
      std::puts(say(N_("Afterwards clients get in without a password; --yes does not cover that. "
                       "Nothing was changed."))
                    .c_str());
      return false;
    }
    return read_answer(say(N_("Afterwards everybody who reaches the broker gets in without a "
                              "password. Type open to do it all the same: "))) == "open";
  }

  machine_access access() const {
    machine_access out = this_machine();
    out.user = [this] {
      if (about_.to.who.user_name) return *about_.to.who.user_name;
      if (settings_.mend.dry_run || settings_.mend.yes || !has_person()) return std::string();
      return read_answer(say(N_("For which user of the broker? ")));
    };
    return out;
  }

  bool is_this_machine(const facts& known) const {
    return known.local.is_target || settings_.mend.is_here;
  }

  int one_round() {
    facts known = look();
    if (!is_chosen_) {
      choose_language(settings_.language);
      is_chosen_ = true;
      style_.utf8 = !settings_.ascii && takes_utf8();
    }
    if (!is_this_machine(known)) {
      log_.say(printable(about_.asked.host) +
               " is not this machine: mend is for the broker's own (mqtt-doctor mend localhost; "
               "--on-broker where its public address is not one of its own)");
      return static_cast<int>(exit_code::usage);
    }
    const diagnosis made = diagnose(known);
    last_code_ = made.exit_code;
    const finding* const subject = subject_of(made);
    if (subject == nullptr) {
      print(mend_page(style_).tell(done_ == 0 ? words(N_("Nothing is wrong from here."))
                                              : words(N_("Mended: nothing is wrong from here any "
                                                         "more."))));
      say_way_back();
      return last_code_;
    }
    if (done_ != 0) print(mend_page(style_).tell(N_("What was wrong is mended. Next:")));
    mend_page head(style_);
    print(head.cause(*subject));
    endpoint_facts nowhere;  // for a name without an address
    nowhere.port = known.asked.port;
    const view at{known, known.endpoints.empty() ? nowhere : known.endpoints[made.endpoint]};
    const mend_plan plan = make_plan(*subject, at, access());
    print(mend_page(style_).plan(plan, *subject));
    if (!plan.refusal.empty() || settings_.mend.dry_run) {
      if (plan.refusal.empty() && plan.opens_to_all)
        print(mend_page(style_).tell(N_("Afterwards clients get in without a password.")));
      say_way_back();
      return last_code_;
    }
    return carry(plan, *subject);
  }

  int carry(const mend_plan& plan, const finding& subject) {
    if (plan.asks && !has_person()) {
      log_.say("a password is asked for on the terminal, and there is none");
      return last_code_;
    }
    const bool is_wanted = is_agreed(N_("Do it? [y/N] "));
    if (!is_wanted || (plan.opens_to_all && !is_opening_agreed())) {
      // Without a person to ask, is_opening_agreed() has printed the reason.
      const bool is_said = is_wanted && (!has_person() || settings_.mend.yes);
      if (!is_said) print(mend_page(style_).tell(N_("Nothing was changed.")));
      say_way_back();
      return last_code_;
    }
    journal_entry earlier;
    std::string wrong;
    if (journal_.last(earlier, wrong) && earlier.state == entry_state::begun) {
      log_.say("an earlier mend was interrupted; mqtt-doctor mend --undo takes it back first");
      return failed();
    }
    const auto listened = listening_ports();
    const auto done = carry_out(plan, subject.id, journal_, step_sink());
    if (!done.is_done) {
      log_.say(printable(done.wrong) +
               (done.left.empty() ? "; all was put back as it was"
                                  : "; this could not be put back: " + printable(done.left) +
                                        "; mqtt-doctor mend --undo tries again"));
      return failed();
    }
    ++done_;
    wait_for_listeners(listened);
    return is_better(subject, listened) ? go_on : put_back();
  }

  static void wait_for_listeners(const std::set<std::string>& listened) {
    const auto until = std::chrono::steady_clock::now() + restart_limit;
    std::this_thread::sleep_for(reload_time);
    while (!all_listen(listened) && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(50ms);
  }

  /// The same cause with the same evidence, or a broker that no longer listens, means no cure.
  bool is_better(const finding& before, const std::set<std::string>& listened) {
    if (!all_listen(listened)) return false;
    const facts known = look();
    const diagnosis made = diagnose(known);
    last_code_ = made.exit_code;
    const finding* const now = subject_of(made);
    if (now == nullptr || now->id != before.id) return true;
    const auto texts = [](const finding& found) {
      std::vector<std::string> out{in_english(found.cause)};
      for (const auto& evidence : found.evidence) out.push_back(in_english(evidence));
      return out;
    };
    return texts(*now) != texts(before);
  }

  int put_back() {
    journal_entry entry;
    std::string wrong;
    print(mend_page(style_).tell(N_("That did not help; it is put back.")));
    if (!journal_.last(entry, wrong) || !undo_refusal(entry).empty()) {
      log_.say("cannot be put back; the copies are in " + journal_.folder());
      return failed();
    }
    const auto done = doctor::undo(entry, journal_, step_sink());
    if (!done.is_done || !done.left.empty()) {
      log_.say("cannot be put back: " + printable(done.wrong + done.left));
      return failed();
    }
    --done_;
    print(mend_page(style_).tell(N_("All is as it was before.")));
    say_way_back();
    return last_code_ != 0 ? last_code_ : failed();
  }

  void say_way_back() {
    if (done_ == 0) return;
    const bool is_usual = settings_.mend.journal.empty();
    print(mend_page(style_).tell(
        words(N_("The way back: {command}"),
              {{"command", "mqtt-doctor mend --undo" +
                               (is_usual ? "" : " --journal " + shell_word(journal_.folder()))}})));
  }

  const examination& about_;
  const tools::doctor_settings& settings_;
  const tools::stderr_log& log_;
  journal journal_;
  report_style style_;
  bool is_chosen_ = false;  // the language was chosen
  bool is_deaf_ = false;
  int done_ = 0;
  int last_code_ = 0;
};

}  // namespace

machine_access this_machine() {
  static constexpr auto sed_limit = 10s;
  machine_access out;
  out.sed = [](const std::string& script, const std::string& text, std::string& made) {
    // sed's --sandbox forbids it to run programs and to write files.
    auto done = run_for_output({"sed", "--sandbox", script}, text, sed_limit);
    made = std::move(done.out);
    return done.status == 0;
  };
  out.has_program = [](const std::string& name) { return !program_path(name).empty(); };
  out.ask = [](const std::vector<std::string>& words) {
    return run_for_output(words, "", sed_limit).out;
  };
  return out;
}

int mend(const examination& about, const tools::doctor_settings& settings,
         const tools::stderr_log& log) {
  mender at_work(about, settings, log);
  if (settings.mend.undo) {
    choose_language(settings.language);
    return at_work.undo();
  }
  return at_work.mend();
}

}  // namespace mqttkit::doctor
