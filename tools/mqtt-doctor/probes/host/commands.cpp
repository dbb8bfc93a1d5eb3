#include "mqtt-doctor/probes/host/commands.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "common/program_start.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {
namespace {

// Bytes, enough for a busy firewall's rules; further output is cut off.
constexpr std::size_t most_bytes = 8u << 20;

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string folders = path != nullptr ? path : "/usr/bin:/bin";
  folders += ":/usr/sbin:/sbin:/usr/local/sbin:/usr/local/bin";
  for (const auto& folder : split(folders, ':')) {
    if (folder.empty() || folder.front() != '/') continue;
    std::string candidate = folder + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

// The environment: English output whatever the user's language, and no pager.
std::vector<std::string> plain_environment() {
  std::vector<std::string> out{"LC_ALL=C", "LANG=C", "SYSTEMD_PAGER=", "PAGER=cat",
                               "SYSTEMD_COLORS=0"};
  for (const char* keep : {"PATH", "HOME", "DOCKER_HOST", "XDG_RUNTIME_DIR"}) {
    if (const char* value = std::getenv(keep)) out.push_back(std::string(keep) + "=" + value);
  }
  return out;
}

}  // namespace

commands::~commands() { finish(std::chrono::steady_clock::now()); }

void commands::start(const std::string& line) {
  auto& answer = done_[line];
  if (recorded_ != nullptr) {
    const auto known = recorded_->find(line);
    if (known == recorded_->end()) return;
    answer.outcome = command_outcome::ran;
    answer.exit_code = 0;
    answer.out = known->second;
    return;
  }
  auto arguments = words_of(line);
  if (arguments.empty()) return;
  const std::string program = find_program(arguments.front());
  if (program.empty()) {
    answer.outcome = command_outcome::missing;
    return;
  }
  int out[2] = {-1, -1};
  int err[2] = {-1, -1};
  if (::pipe2(out, O_CLOEXEC) != 0) return;
  if (::pipe2(err, O_CLOEXEC) != 0) {
    ::close(out[0]);
    ::close(out[1]);
    return;
  }
  tools::program_start with;
  with.own_group();
  with.pass_nothing(STDIN_FILENO);
  with.pass(out[1], STDOUT_FILENO);
  with.pass(err[1], STDERR_FILENO);
  auto environment = plain_environment();
  running process;
  process.line = line;
  const int wrong =
      with.start(process.pid, program.c_str(), tools::argument_pointers(arguments).data(),
                 tools::argument_pointers(environment).data());
  ::close(out[1]);
  ::close(err[1]);
  if (wrong != 0) {
    ::close(out[0]);
    ::close(err[0]);
    answer.outcome = command_outcome::failed;
    answer.error = std::strerror(wrong);
    return;
  }
  process.out = out[0];
  process.err = err[0];
  for (const int end : {process.out, process.err}) ::fcntl(end, F_SETFL, O_NONBLOCK);
  running_.push_back(std::move(process));
}

void commands::take(int& from, std::string& into) {
  for (;;) {
    char room[65536];
    const ssize_t got = ::read(from, room, sizeof room);
    if (got > 0) {
      const std::size_t space = most_bytes - std::min(most_bytes, into.size());
      into.append(room, std::min(static_cast<std::size_t>(got), space));
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    ::close(from);
    from = -1;
    return;
  }
}

bool commands::reap(running& program) {
  int status = 0;
  const pid_t ended = ::waitpid(program.pid, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
  auto& answer = done_[program.line];
  if (answer.outcome != command_outcome::late) answer.outcome = command_outcome::ran;
  if (ended > 0 && WIFEXITED(status)) answer.exit_code = WEXITSTATUS(status);
  answer.error = trimmed(program.complaint.substr(0, program.complaint.find('\n')));
  answer.errors = std::move(program.complaint);
  return true;
}

void commands::finish(std::chrono::steady_clock::time_point until) {
  for (;;) {
    std::vector<pollfd> ends;
    for (const auto& each : running_) {
      for (const int end : {each.out, each.err}) {
        if (end >= 0) ends.push_back({end, POLLIN, 0});
      }
    }
    if (ends.empty()) break;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    const int ready = ::poll(ends.data(), ends.size(), static_cast<int>(left.count()) + 1);
    if (ready < 0 && errno != EINTR) break;
    for (auto& each : running_) {
      if (each.out >= 0) take(each.out, done_[each.line].out);
      if (each.err >= 0) take(each.err, each.complaint);
    }
  }
  // A program may close its output and go on, or be stuck where signals do not reach it.
  constexpr auto grace = std::chrono::milliseconds(50);
  for (auto& each : running_) {
    bool is_gone = false;
    const auto wait_until = [&](std::chrono::steady_clock::time_point limit) {
      while (!(is_gone = reap(each)) && std::chrono::steady_clock::now() < limit) ::usleep(500);
    };
    wait_until(each.out < 0 && each.err < 0 ? until : std::chrono::steady_clock::time_point());
    if (!is_gone) {
      done_[each.line].outcome = command_outcome::late;
      ::kill(-each.pid, SIGKILL);
      wait_until(std::chrono::steady_clock::now() + grace);
    }
    if (each.out >= 0) ::close(each.out);
    if (each.err >= 0) ::close(each.err);
  }
  running_.clear();
}

const printed_text& commands::of(const std::string& line) const {
  static const printed_text nothing;
  const auto found = done_.find(line);
  return found != done_.end() ? found->second : nothing;
}

}  // namespace mqttkit::doctor
