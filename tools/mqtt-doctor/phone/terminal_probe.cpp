#include "mqtt-doctor/phone/terminal_probe.hpp"

#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string>

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto answer_limit = 800ms;      // by satellite the answer takes 600 ms
constexpr std::size_t most_answer = 256;  // bytes; keys typed meanwhile precede the answer

bool may_be_asked(int in, int out) {
  const char* const term = std::getenv("TERM");
  const std::string_view name = term == nullptr ? "" : term;
  const bool is_shared = name.starts_with("screen") || name.starts_with("tmux") ||
                         std::getenv("TMUX") != nullptr || std::getenv("STY") != nullptr;
  if (name.empty() || name == "dumb" || is_shared) return false;
  // A background job that reads the terminal would be stopped.
  return ::isatty(in) == 1 && ::isatty(out) == 1 && ::tcgetpgrp(in) == ::getpgrp();
}

bool write_all(int out, std::string_view text) {
  return ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// The terminal without echo and line editing; restored at the end, before Ctrl-C takes effect.
class quiet_terminal {
 public:
  explicit quiet_terminal(int in) : in_(in) {
    sigset_t ending;
    ::sigemptyset(&ending);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGTSTP}) ::sigaddset(&ending, number);
    ::pthread_sigmask(SIG_BLOCK, &ending, &signals_);
    is_set_ = ::tcgetattr(in_, &before_) == 0;
    if (!is_set_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    is_set_ = ::tcsetattr(in_, TCSANOW, &quiet) == 0;
  }
  ~quiet_terminal() {
    if (is_set_) ::tcsetattr(in_, TCSANOW, &before_);
    ::pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
  }
  quiet_terminal(const quiet_terminal&) = delete;
  quiet_terminal& operator=(const quiet_terminal&) = delete;
  bool is_set() const noexcept { return is_set_; }

 private:
  int in_;
  bool is_set_ = false;
  termios before_{};
  sigset_t signals_{};
};

}  // namespace

int column_of_report(std::string_view text) {
  const std::size_t begin = text.rfind("\033[");
  if (begin == text.npos || !text.ends_with('R')) return 0;
  const std::string_view inside = text.substr(begin + 2, text.size() - begin - 3);
  const std::size_t semicolon = inside.find(';');
  if (semicolon == inside.npos) return 0;
  const std::string_view digits = inside.substr(semicolon + 1);
  int column = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), column);
  return error == std::errc() && end == digits.data() + digits.size() ? column : 0;
}

bool terminal_shows_utf8(int in, int out) {
  if (!may_be_asked(in, out)) return false;
  const quiet_terminal quiet(in);
  // A terminal without UTF-8 shows two letters, and neither byte is a control character there.
  if (!quiet.is_set() || !write_all(out, "\r\u00e9\033[6n")) return false;
  std::string answer;
  int column = 0;
  const auto end = steady::now() + answer_limit;
  while (column == 0 && answer.size() < most_answer) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - steady::now());
    pollfd wanted{in, POLLIN, 0};
    char letter = 0;
    if (left.count() <= 0 || ::poll(&wanted, 1, static_cast<int>(left.count())) <= 0) break;
    if (::read(in, &letter, 1) != 1) break;
    answer += letter;
    column = column_of_report(answer);
  }
  static_cast<void>(write_all(out, "\r\033[K"));
  constexpr int behind_one_letter = 2;
  return column == behind_one_letter;
}

}  // namespace mqttkit::doctor
