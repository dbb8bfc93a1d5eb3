#include "mqtt-doctor/mend/programs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <thread>

#include "common/program_start.hpp"

namespace mqttkit::doctor {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t most_output = 8u << 20;
constexpr auto look_every = std::chrono::milliseconds(20);

/// Starts the program; returns its pid, or a negative number when that fails.
int start(const tools::program_start& program, const std::vector<std::string>& words) {
  const std::string path = program_path(words.front());
  if (path.empty()) return -1;
  std::vector<std::string> copy = words;
  pid_t pid = -1;
  const int error =
      program.start(pid, path.c_str(), tools::argument_pointers(copy).data(), environ);
  return error == 0 ? pid : -1;
}

/// The exit status of a process that ended in time; otherwise ends the process.
int wait_for(int pid, clock::time_point until, bool& is_late) {
  int status = 0;
  while (true) {
    const pid_t done = ::waitpid(pid, &status, WNOHANG);
    if (done == pid) break;
    if (done < 0 && errno != EINTR) return -1;
    if (clock::now() >= until) {
      if (!is_late) {
        is_late = true;
        ::kill(pid, SIGTERM);
        until = clock::now() + std::chrono::seconds(2);
      } else {
        ::kill(pid, SIGKILL);
      }
    }
    std::this_thread::sleep_for(look_every);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::string program_path(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* const path = std::getenv("PATH");
  std::string folders = path != nullptr ? path : "/usr/bin:/bin";
  folders += ":/usr/sbin:/sbin:/usr/local/sbin:/usr/local/bin";
  for (std::size_t at = 0; at <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', at), folders.size());
    const std::string folder = folders.substr(at, end - at);
    at = end + 1;
    if (folder.empty() || folder.front() != '/') continue;  // it would depend on this folder
    std::string candidate = folder + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

bool is_in_reach(int pid) {
  if (pid <= 1 || ::kill(pid, 0) != 0) return false;
  struct stat own {
  }, other{};
  const std::string place = "/proc/" + std::to_string(pid) + "/ns/net";
  return ::stat("/proc/self/ns/net", &own) == 0 && ::stat(place.c_str(), &other) == 0 &&
         own.st_ino == other.st_ino;
}

bool has_ended(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return true;
  const std::size_t close = text.rfind(')');
  return close == std::string::npos || text.substr(close + 2, 1) == "Z";
}

run_outcome run_on_terminal(const std::vector<std::string>& words, bool asks,
                            std::chrono::seconds limit) {
  tools::program_start program;
  if (!asks) program.pass_nothing(STDIN_FILENO);
  run_outcome out;
  // A program killed while it asks for a password leaves the terminal without echo.
  termios before{};
  const bool is_kept = asks && ::tcgetattr(STDIN_FILENO, &before) == 0;
  const int pid = start(program, words);
  if (pid > 0) out.status = wait_for(pid, clock::now() + limit, out.is_late);
  if (is_kept) ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
  return out;
}

run_outcome run_for_output(const std::vector<std::string>& words, const std::string& input,
                           std::chrono::seconds limit) {
  run_outcome out;
  // The input is an unnamed file: unlike a pipe it cannot fill up and block.
  char name[] = "/tmp/mqtt-doctor-XXXXXX";
  const int in = ::mkostemp(name, O_CLOEXEC);
  if (in < 0) return out;
  ::unlink(name);
  int ends[2] = {-1, -1};
  const bool is_written =
      ::write(in, input.data(), input.size()) == static_cast<ssize_t>(input.size()) &&
      ::lseek(in, 0, SEEK_SET) == 0;
  if (!is_written || ::pipe2(ends, O_CLOEXEC) != 0) {
    ::close(in);
    return out;
  }
  tools::program_start program;
  program.pass(in, STDIN_FILENO);
  program.pass(ends[1], STDOUT_FILENO);
  program.pass_nothing(STDERR_FILENO);
  const int pid = start(program, words);
  ::close(in);
  ::close(ends[1]);
  const auto until = clock::now() + limit;
  while (pid > 0) {
    pollfd wait{ends[0], POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now());
    if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) == 0) break;
    char part[16384];
    const ssize_t count = ::read(ends[0], part, sizeof part);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || out.out.size() > most_output) break;
    out.out.append(part, static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  if (pid > 0) out.status = wait_for(pid, until, out.is_late);
  return out;
}

}  // namespace mqttkit::doctor
