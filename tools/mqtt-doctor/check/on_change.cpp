#include "mqtt-doctor/check/on_change.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>

#include "common/program_start.hpp"
#include "mqtt-doctor/words/language.hpp"

extern char** environ;

namespace mqttkit::doctor {
namespace {

constexpr std::chrono::seconds limit{30};  // seconds; a mail is handed over by then

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    // Variables of an enclosing check do not belong to this change.
    if (!std::string_view(*entry).starts_with("MQTT_CHECK_")) out.emplace_back(*entry);
  }
  for (const auto& [name, value] : variables) {
    std::string line = name + "=" + value;
    // A variable ends at its first NUL.
    out.push_back(line.substr(0, line.find('\0')));
  }
  return out;
}

/// Waits for the process to end; false when it takes too long.
bool wait_for(pid_t pid, int& status) {
  const auto until = std::chrono::steady_clock::now() + limit;
  constexpr int step_ms = 20;  // milliseconds, where the kernel has no pidfd
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  for (;;) {
    const pid_t ended = ::waitpid(pid, &status, WNOHANG);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (ended != 0 || left.count() <= 0) {
      if (fd >= 0) ::close(fd);
      return ended > 0;
    }
    pollfd end{fd, POLLIN, 0};
    (void)::poll(&end, fd >= 0 ? 1 : 0, fd >= 0 ? static_cast<int>(left.count()) : step_ms);
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> change_variables(const checked& row,
                                                                  const past& was) {
  std::vector<std::pair<std::string, std::string>> out{
      {"MQTT_CHECK_TARGET", row.label.target},
      {"MQTT_CHECK_NAME", row.label.shown()},
      {"MQTT_CHECK_STATE", to_string(row.found.state)},
      {"MQTT_CHECK_CAUSE", row.found.cause},
      {"MQTT_CHECK_WHAT", say(row.found.words)},
      {"MQTT_CHECK_WAS", to_string(was.state)},
      {"MQTT_CHECK_WAS_CAUSE", was.cause},
      {"MQTT_CHECK_EXIT_CODE", std::to_string(row.found.exit_code)},
      {"MQTT_CHECK_TIME", row.found.started}};
  for (const auto& [key, value] : row.label.tags) out.emplace_back("MQTT_CHECK_TAG_" + key, value);
  return out;
}

std::string run_on_change(const std::vector<std::string>& command,
                          const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> words = command;
  std::vector<std::string> environment = environment_with(variables);
  tools::program_start program;
  program.own_group();
  program.pass_nothing(STDIN_FILENO);
  program.pass(STDERR_FILENO, STDOUT_FILENO);
  pid_t pid = -1;
  const int wrong =
      program.start(pid, words.front().c_str(), tools::argument_pointers(words).data(),
                    tools::argument_pointers(environment).data());
  if (wrong != 0) return std::strerror(wrong);
  int status = 0;
  if (!wait_for(pid, status)) {
    ::kill(-pid, SIGKILL);
    (void)::waitpid(pid, &status, 0);
    return "it did not end within 30 s, and was ended";
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return WIFEXITED(status) ? "it ended with status " + std::to_string(WEXITSTATUS(status))
                           : "it died of signal " + std::to_string(WTERMSIG(status));
}

}  // namespace mqttkit::doctor
