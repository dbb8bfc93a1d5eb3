#include "cli/secret.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

#include "common/printable.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::size_t longest_secret = 65'535;  // what MQTT can send as a password

bool is_open_to_others(const struct stat& facts) noexcept {
  return S_ISREG(facts.st_mode) && (facts.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

std::string reason_of(int error) { return std::generic_category().message(error); }

/// Reads one byte at a time, so that what follows the line stays for the next reader.
///
/// @param while_waiting  the signals blocked while it waits; nullptr: those that are blocked now
std::string read_line(int from, std::string& line, const sigset_t* while_waiting = nullptr) {
  line.clear();
  for (;;) {
    char byte = 0;
    pollfd ready{from, POLLIN, 0};
    // Signals are let in only during the wait, so that one that comes just before it is not missed.
    if (while_waiting != nullptr && ::ppoll(&ready, 1, nullptr, while_waiting) < 0)
      return "cannot be read: " + reason_of(errno);
    const ssize_t count = ::read(from, &byte, 1);
    if (count < 0) return "cannot be read: " + reason_of(errno);
    if (count == 0 || byte == '\n') break;
    if (line.size() == longest_secret) return "the line is longer than 65535 bytes";
    line += byte;
  }
  if (line.ends_with('\r')) line.pop_back();
  return {};
}

volatile sig_atomic_t caught_signal = 0;
extern "C" void note_signal(int number) { caught_signal = number; }

/// Turns echo off and catches the signals that would leave it so.
class quiet_terminal {
 public:
  explicit quiet_terminal(int terminal) : terminal_(terminal) {
    caught_signal = 0;
    sigset_t ours;
    ::sigemptyset(&ours);
    for (const int number : numbers) ::sigaddset(&ours, number);
    ::sigprocmask(SIG_BLOCK, &ours, &mask_before_);
    struct sigaction catching {};
    catching.sa_handler = note_signal;
    for (std::size_t i = 0; i < numbers.size(); ++i)
      ::sigaction(numbers[i], &catching, &before_[i]);
    is_changed_ = ::tcgetattr(terminal_, &shown_) == 0;
    termios hidden = shown_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden.c_lflag |= ECHONL;
    if (is_changed_) ::tcsetattr(terminal_, TCSAFLUSH, &hidden);
  }
  ~quiet_terminal() {
    if (is_changed_) ::tcsetattr(terminal_, TCSAFLUSH, &shown_);
    for (std::size_t i = 0; i < numbers.size(); ++i) ::sigaction(numbers[i], &before_[i], nullptr);
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    if (caught_signal != 0) ::raise(caught_signal);
  }
  /// The signals that were blocked before.
  const sigset_t& mask_before() const noexcept { return mask_before_; }
  quiet_terminal(const quiet_terminal&) = delete;
  quiet_terminal& operator=(const quiet_terminal&) = delete;

 private:
  static constexpr std::array numbers{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  const int terminal_;
  termios shown_{};
  bool is_changed_ = false;
  sigset_t mask_before_{};
  std::array<struct sigaction, numbers.size()> before_{};
};

}  // namespace

bool is_readable_by_others(int descriptor) noexcept {
  struct stat facts {};
  return ::fstat(descriptor, &facts) == 0 && is_open_to_others(facts);
}

bool is_readable_by_others(const std::string& path) noexcept {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 && is_open_to_others(facts);
}

std::string open_secret_warning(std::string_view path) {
  const std::string shown = printable(path, 200);
  return shown + " can be read by others than its owner; chmod 600 " + shown;
}

std::string read_first_line(const std::string& path, std::string& line) {
  if (path == "-") {
    if (std::string wrong = read_line(STDIN_FILENO, line); !wrong.empty()) return wrong;
    return line.empty() ? "no password came" : "";
  }
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "cannot be read: " + reason_of(errno);
  std::string wrong = read_line(file, line);
  ::close(file);
  if (wrong.empty() && line.empty()) return "its first line is empty";
  return wrong;
}

std::string ask_without_echo(std::string_view prompt, std::string& line) {
  const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) return "there is no terminal to ask on; use --password-file FILE";
  std::string wrong;
  {
    const quiet_terminal quiet(terminal);
    [[maybe_unused]] const auto shown = ::write(terminal, prompt.data(), prompt.size());
    wrong = read_line(terminal, line, &quiet.mask_before());
  }
  ::close(terminal);
  if (wrong.empty() && line.empty()) return "no password was typed";
  return wrong;
}

}  // namespace mqttkit::tools
