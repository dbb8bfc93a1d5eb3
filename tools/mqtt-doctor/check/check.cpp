#include "mqtt-doctor/check/check.hpp"

#include <locale.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "cli/process_environment.hpp"
#include "common/columns.hpp"
#include "common/exit_code.hpp"
#include "common/printable.hpp"
#include "common/terminal.hpp"
#include "mqtt-doctor/check/lines.hpp"
#include "mqtt-doctor/check/memory.hpp"
#include "mqtt-doctor/check/on_change.hpp"
#include "mqtt-doctor/check/pool.hpp"
#include "mqtt-doctor/check/prometheus.hpp"
#include "mqtt-doctor/check/target_list.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

using steady = std::chrono::steady_clock;
using tools::exit_code;
using tools::printable;

/// Only this thread speaks the chosen language; all others keep the system's English, in which
/// facts are gathered.
void speak_alone(const std::string& language) {
  choose_language(language);
  (void)::setlocale(LC_ALL, "C");
  if (const locale_t own = ::newlocale(LC_CTYPE_MASK | LC_MESSAGES_MASK, "C.UTF-8", nullptr);
      own != nullptr)
    (void)::uselocale(own);
}

/// SIGINT and SIGTERM as a descriptor to wait for; the second signal ends the process.
class ending_signals {
 public:
  ending_signals() {
    sigemptyset(&both_);
    sigaddset(&both_, SIGINT);
    sigaddset(&both_, SIGTERM);
    // A shell makes background jobs ignore SIGINT, and an ignored signal reaches no descriptor.
    for (const int number : {SIGINT, SIGTERM}) (void)::signal(number, SIG_DFL);
    // Threads made from now on leave these signals to this thread.
    (void)::pthread_sigmask(SIG_BLOCK, &both_, nullptr);
    descriptor_ = ::signalfd(-1, &both_, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~ending_signals() { ::close(descriptor_); }
  ending_signals(const ending_signals&) = delete;
  ending_signals& operator=(const ending_signals&) = delete;

  int descriptor() const noexcept { return descriptor_; }
  /// The signal that came; 0 for none.
  int take() {
    signalfd_siginfo info{};
    if (::read(descriptor_, &info, sizeof info) != sizeof info) return 0;
    (void)::pthread_sigmask(SIG_UNBLOCK, &both_, nullptr);
    return static_cast<int>(info.ssi_signo);
  }

 private:
  sigset_t both_{};
  int descriptor_ = -1;
};

class checker {
 public:
  checker(const tools::doctor_settings& settings, const tools::stderr_log& log)
      : settings_(settings), given_(settings.check), log_(log) {}

  int run(tools::translate_function translate) {
    if (const int wrong = prepare(translate); wrong != 0) return wrong;
    for (;;) {
      const auto begin = steady::now();
      run_round();
      if (ended_by_ == 0) finish_round();
      if (ended_by_ != 0 || given_.every.count() == 0 || output_is_gone_) break;
      wait_until(begin + with_jitter(given_.every));
      if (ended_by_ != 0) break;
    }
    if (ended_by_ != 0) return 128 + ended_by_;
    if (output_is_gone_) return static_cast<int>(exit_code::output_failed);
    return code_;
  }

 private:
  int prepare(tools::translate_function translate) {
    auto list = std::make_shared<target_list>(
        read_targets(given_, tools::process_environment::of_this_process(), translate));
    speak_alone(settings_.language);
    if (!list->errors.empty()) {
      const exit_code code = list->is_unreadable ? exit_code::input_failed : exit_code::usage;
      return refuse(list->errors, code);
    }
    if (!settings_.quiet)
      for (const std::string& note : list->notes)
        (void)std::fwrite(note.data(), 1, note.size(), stderr);
    if (!given_.state.empty()) {
      if (const std::string wrong = read_memory(given_.state, memory_); !wrong.empty())
        return refuse({printable(given_.state, 200) + wrong}, exit_code::input_failed);
    }
    targets_ = std::move(list);
    outcomes_.resize(targets_->targets.size());
    style_.colour = tools::wants_colour(settings_.colour, STDOUT_FILENO);
    style_.utf8 = !settings_.ascii && takes_utf8();
    constexpr unsigned narrowest = 40;  // columns; names cut shorter say nothing
    if (const unsigned columns =
            tools::is_terminal(STDOUT_FILENO) ? tools::terminal_columns(STDOUT_FILENO) : 0;
        columns != 0)
      style_.columns = std::max(columns, narrowest);
    for (const check_target& target : targets_->targets)
      name_width_ = std::max(name_width_, tools::columns_of(printable(target.label.shown(), 400)));
    return 0;
  }

  /// Prints why nothing was examined, and returns the exit code.
  int refuse(const std::vector<std::string>& why, exit_code code) {
    if (given_.nagios) {
      put("MQTT UNKNOWN - " + why.front() + "\n");
      return tools::nagios_unknown;
    }
    for (const std::string& line : why) log_.say(line);
    return static_cast<int>(code);
  }

  void run_round() {
    std::fill(outcomes_.begin(), outcomes_.end(), std::nullopt);
    printed_ = 0;
    const auto look = [targets = targets_](std::size_t index) {
      const check_target& target = targets->targets[index];
      const facts all = examine(target.about);
      return outcome_of(all, diagnose(all), target.accepted);
    };
    check_round round(outcomes_.size(), static_cast<std::size_t>(given_.jobs), look);
    std::size_t ended = 0;
    while (ended < outcomes_.size() && ended_by_ == 0) {
      wait(round.descriptor(), std::nullopt);
      round.take([&](std::size_t index, outcome&& found) {
        outcomes_[index] = std::move(found);
        ++ended;
      });
      print_ended();
    }
  }

  /// Prints outcomes in the order of the list: those behind a slow target wait for it.
  void print_ended() {
    const check_table table(style_, name_width_);
    std::string text;
    for (; printed_ < outcomes_.size() && outcomes_[printed_]; ++printed_) {
      const checked now{targets_->targets[printed_].label, *outcomes_[printed_]};
      const past was = memory_.of(now.label.shown());
      const bool is_told = given_.state.empty() || is_change(now, was);
      if (!is_told || given_.nagios) continue;
      const bool remembers = !given_.state.empty() || rounds_ > 0;
      text += settings_.json ? json_line(now, remembers ? &was : nullptr) : table.line(now);
    }
    put(text);
  }

  static bool is_change(const checked& now, const past& was) {
    return past{now.found.state, now.found.cause} != was;
  }

  void finish_round() {
    std::vector<checked> all;
    for (std::size_t i = 0; i < outcomes_.size(); ++i)
      all.push_back({targets_->targets[i].label, *outcomes_[i]});
    code_ = given_.nagios ? nagios_code(all) : worst_code(all);
    if (given_.nagios) {
      put(nagios_line(all));
    } else if (!settings_.json && given_.state.empty() && all.size() > 1) {
      put(summary_line(all));
    }
    if (!given_.prometheus.empty()) replace(given_.prometheus, prometheus_text(all));
    tell_changes(all);
    // The state file is written after the report: a crash between them tells a change twice.
    check_memory remembered;
    for (const checked& now : all) remembered.note(now.label.shown(), now.found);
    memory_ = std::move(remembered);
    if (!given_.state.empty()) replace(given_.state, memory_.text());
    ++rounds_;
  }

  void tell_changes(const std::vector<checked>& all) {
    if (given_.on_change.empty()) return;
    for (const checked& now : all) {
      const past was = memory_.of(now.label.shown());
      if (!is_change(now, was)) continue;
      const std::string wrong = run_on_change(given_.on_change, change_variables(now, was));
      if (wrong.empty()) continue;
      log_.say("--on-change " + printable(given_.on_change.front(), 200) + " for " +
               printable(now.label.shown(), 80) + ": " + wrong);
      fail(exit_code::failed);
    }
  }

  void replace(const std::string& file, const std::string& text) {
    const std::string wrong = replace_file(file, text);
    if (wrong.empty()) return;
    log_.say(printable(file, 200) + ": " + wrong);
    fail(exit_code::output_failed);
  }

  /// Keeps the code of a failure here; a broker's own code goes before it.
  void fail(exit_code code) {
    if (given_.nagios) {
      code_ = std::max(code_, tools::nagios_unknown);
    } else if (code_ == 0) {
      code_ = static_cast<int>(code);
    }
  }

  void put(const std::string& text) {
    if (text.empty() || settings_.quiet || output_is_gone_) return;
    if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
      return;
    output_is_gone_ = true;
    if (errno != EPIPE) log_.say("stdout cannot be written");
  }

  /// The interval plus or minus a tenth, so that many machines do not ask in step.
  std::chrono::microseconds with_jitter(std::chrono::microseconds every) {
    constexpr double tenth = 0.1;
    std::uniform_real_distribution<double> part(1 - tenth, 1 + tenth);
    return std::chrono::microseconds(
        static_cast<std::int64_t>(static_cast<double>(every.count()) * part(random_)));
  }

  void wait_until(steady::time_point when) {
    while (ended_by_ == 0 && steady::now() < when) wait(-1, when);
  }

  /// Waits for a signal, for `descriptor` (-1 for none), or until `when`.
  void wait(int descriptor, std::optional<steady::time_point> when) {
    pollfd both[2] = {{signals_.descriptor(), POLLIN, 0}, {descriptor, POLLIN, 0}};
    int limit = -1;
    if (when) {
      constexpr std::int64_t most = 3'600'000;  // milliseconds; poll() takes an int
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*when - steady::now()).count();
      limit = static_cast<int>(std::clamp<std::int64_t>(left, 0, most));
    }
    if (::poll(both, descriptor < 0 ? 1 : 2, limit) > 0 && both[0].revents != 0)
      ended_by_ = signals_.take();
  }

  const tools::doctor_settings& settings_;
  const tools::check_settings& given_;
  const tools::stderr_log& log_;
  ending_signals signals_;
  std::shared_ptr<const target_list> targets_;  // shared with threads that outlast a round
  std::vector<std::optional<outcome>> outcomes_;
  std::size_t printed_ = 0;
  std::size_t rounds_ = 0;
  std::size_t name_width_ = 0;
  report_style style_;
  check_memory memory_;
  std::mt19937 random_{std::random_device{}()};
  int code_ = 0;
  int ended_by_ = 0;
  bool output_is_gone_ = false;
};

/// Raises the limit of open files: each target takes several sockets, and the usual limit is 1,024.
void allow_many_sockets() {
  constexpr rlim_t of_each = 20;  // name servers, ports and addresses at once
  constexpr rlim_t most = 200 * of_each;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= most) return;
  limit.rlim_cur = std::min(limit.rlim_max, most);
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int check(const tools::doctor_settings& settings, const tools::stderr_log& log,
          tools::translate_function translate) {
  allow_many_sockets();
  // Each thread's malloc arena keeps what it once used; two arenas suffice for two dozen threads.
  constexpr int arenas = 2;
  (void)::mallopt(M_ARENA_MAX, arenas);
  return checker(settings, log).run(translate);
}

}  // namespace mqttkit::doctor
