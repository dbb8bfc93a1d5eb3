#include "support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "support/temp_folder.hpp"

extern char** environ;

namespace mqttkit::testing {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct pipe_ends {
  descriptor read;
  descriptor write;
};

pipe_ends make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  return {descriptor(ends[0]), descriptor(ends[1])};
}

descriptor open_file(const std::string& path, int flags) {
  descriptor file(::open(path.c_str(), flags | O_CLOEXEC, 0666));
  if (!file) fail(path.c_str());
  return file;
}

void make_nonblocking(const descriptor& end) {
  ::fcntl(end.get(), F_SETFL, ::fcntl(end.get(), F_GETFL) | O_NONBLOCK);
}

// Moves to a number above the standard ones, which the child's dup2() calls overwrite.
descriptor above_standard(descriptor end) {
  if (!end || end.get() > 2) return end;
  descriptor moved(::fcntl(end.get(), F_DUPFD_CLOEXEC, 3));
  if (!moved) fail("fcntl");
  return moved;
}

// A developer's own configuration files and MQTT_ variables change no test.
std::vector<std::string> merged_environment(const process_options& options) {
  static const temp_folder home;
  std::vector<std::string> result;
  const auto is_given = [&](std::string_view name) {
    return std::any_of(options.environment.begin(), options.environment.end(),
                       [&](const auto& added) { return added.first == name; }) ||
           std::find(options.unset.begin(), options.unset.end(), name) != options.unset.end();
  };
  for (const std::string name : {"HOME", "XDG_CONFIG_HOME"})
    if (!is_given(name)) result.push_back(name + '=' + home.path().string());
  const auto is_replaced = [&](std::string_view entry) {
    const auto name = entry.substr(0, entry.find('='));
    if (name == "HOME" || name == "XDG_CONFIG_HOME" || name.starts_with("MQTT_")) return true;
    return is_given(name);
  };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!is_replaced(*entry)) result.emplace_back(*entry);
  }
  for (const auto& [name, value] : options.environment) result.push_back(name + '=' + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (auto& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

process::process(process_options options) {
  auto wake_pipe = make_pipe();
  wake_read_ = std::move(wake_pipe.read);
  wake_write_ = std::move(wake_pipe.write);
  make_nonblocking(wake_read_);
  make_nonblocking(wake_write_);
  start(options);
  mover_ = std::thread([this] { move_bytes(); });
  reaper_ = std::thread([this] { await_end(); });
}

process::~process() {
  {
    const std::lock_guard lock(mutex_);
    if (!ended_) {
      ::kill(pid_, SIGKILL);
      ::kill(-pid_, SIGKILL);  // what it started
    }
  }
  reaper_.join();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  mover_.join();
}

void process::start(process_options& options) {
  descriptor master;
  descriptor slave;
  if (options.input == input_from::terminal || options.output == output_to::terminal ||
      options.error == output_to::terminal) {
    int ends[2];
    winsize size{};
    size.ws_col = options.columns;
    size.ws_row = options.rows;
    if (::openpty(&ends[0], &ends[1], nullptr, nullptr, &size) != 0) fail("openpty");
    master.reset(ends[0]);
    slave.reset(ends[1]);
    ::fcntl(master.get(), F_SETFD, FD_CLOEXEC);
    ::fcntl(slave.get(), F_SETFD, FD_CLOEXEC);
  }

  descriptor child_input;
  switch (options.input) {
    case input_from::nothing:
      child_input = open_file("/dev/null", O_RDONLY);
      break;
    case input_from::file:
      child_input = open_file(options.input_path, O_RDONLY);
      break;
    case input_from::terminal:
      child_input.reset(::dup(slave.get()));
      break;
    case input_from::closed:
      break;
    case input_from::text:
    case input_from::pipe: {
      auto ends = make_pipe();
      child_input = std::move(ends.read);
      input_ = std::move(ends.write);
      make_nonblocking(input_);
      pending_input_ = std::move(options.text);
      input_ends_ = options.input == input_from::text;
      break;
    }
  }

  const auto open_output = [&](output_to where, const std::string& path, channel& into) {
    switch (where) {
      case output_to::nothing:
        return open_file("/dev/null", O_WRONLY);
      case output_to::full_device:
        return open_file("/dev/full", O_WRONLY);
      case output_to::file:
        return open_file(path, O_WRONLY | O_CREAT | O_APPEND);
      case output_to::terminal:
        return descriptor(::dup(slave.get()));
      case output_to::memory:
      case output_to::broken_pipe:
      case output_to::stuck_pipe:
        break;
    }
    auto ends = make_pipe();
    if (where == output_to::memory) into.from = std::move(ends.read);
    if (where == output_to::stuck_pipe) held_ = std::move(ends.read);
    return std::move(ends.write);
  };
  descriptor child_output = open_output(options.output, options.output_path, out_);
  descriptor child_error = open_output(options.error, options.error_path, err_);
  if (out_.from) make_nonblocking(out_.from);
  if (err_.from) make_nonblocking(err_.from);
  if (master) make_nonblocking(master);
  screen_.from = std::move(master);

  child_input = above_standard(std::move(child_input));
  child_output = above_standard(std::move(child_output));
  child_error = above_standard(std::move(child_error));

  // Everything the child needs is made before fork(): after it, other threads' locks stay locked.
  auto environment = merged_environment(options);
  const auto environment_pointers = pointers(environment);
  const auto command_pointers = pointers(options.command);
  const char* working_folder = options.working_folder.c_str();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ > 0) {
    if (!slave) ::setpgid(pid_, pid_);  // here too: the destructor may be faster than the child
    return;
  }

  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) {
    ::signal(number, SIG_DFL);
  }
  if (slave) {
    ::setsid();
    ::ioctl(slave.get(), TIOCSCTTY, 0);
  } else {
    ::setpgid(0, 0);
  }
  if (child_input) {
    ::dup2(child_input.get(), 0);
  } else {
    ::close(0);
  }
  ::dup2(child_output.get(), 1);
  ::dup2(child_error.get(), 2);
  if (*working_folder != '\0' && ::chdir(working_folder) != 0) ::_exit(126);
  ::execvpe(command_pointers[0], command_pointers.data(), environment_pointers.data());
  static constexpr std::string_view message = "exec: no such program\n";
  [[maybe_unused]] const auto ignored = ::write(2, message.data(), message.size());
  ::_exit(127);
}

void process::wake() {
  [[maybe_unused]] const auto ignored = ::write(wake_write_.get(), "", 1);  // full is awake enough
}

// Takes what is there. False at the end of the stream; a terminal ends with EIO.
bool process::read_some(channel& from) {
  std::array<char, 65536> block;
  const auto count = ::read(from.from.get(), block.data(), block.size());
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  const std::lock_guard lock(mutex_);
  from.content.append(block.data(), static_cast<std::size_t>(count));
  return true;
}

void process::move_bytes() {
  const auto write_some = [](const descriptor& to, std::string& pending, std::size_t& done) {
    const auto count = ::write(to.get(), pending.data() + done, pending.size() - done);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    done += static_cast<std::size_t>(count);
    return true;
  };
  sigset_t broken_pipe;  // a program that ended does not read on: an error here, not a signal
  ::sigemptyset(&broken_pipe);
  ::sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);

  std::string giving;  // what is being written, out of reach of write() and type()
  std::string typing;
  std::size_t given = 0;
  std::size_t typed = 0;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (given == giving.size()) {
        giving.clear();
        given = 0;
        giving.swap(pending_input_);
      }
      if (typed == typing.size()) {
        typing.clear();
        typed = 0;
        typing.swap(pending_typing_);
      }
      if (giving.empty() && pending_input_.empty() && input_ends_) input_.reset();
      drained_ = !out_.from && !err_.from && !screen_.from;
      changed_.notify_all();
      if (stopping_) return;
    }
    std::array<pollfd, 5> ready{};
    ready[0] = {wake_read_.get(), POLLIN, 0};
    ready[1] = {out_.from.get(), POLLIN, 0};
    ready[2] = {err_.from.get(), POLLIN, 0};
    ready[3] = {screen_.from.get(), static_cast<short>(typing.empty() ? POLLIN : POLLIN | POLLOUT),
                0};
    ready[4] = {giving.empty() ? -1 : input_.get(), POLLOUT, 0};
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[0].revents != 0) {
      std::array<char, 256> woken;
      [[maybe_unused]] const auto ignored = ::read(wake_read_.get(), woken.data(), woken.size());
    }
    const auto drain = [&](const pollfd& state, channel& from) {
      if ((state.revents & ~POLLOUT) != 0 && !read_some(from)) from.from.reset();
    };
    if ((ready[3].revents & POLLOUT) != 0) write_some(screen_.from, typing, typed);
    drain(ready[1], out_);
    drain(ready[2], err_);
    drain(ready[3], screen_);
    if (ready[4].revents != 0 && !write_some(input_, giving, given)) {
      const std::lock_guard lock(mutex_);
      input_.reset();
      giving.clear();
      given = 0;
      pending_input_.clear();
    }
  }
}

void process::await_end() {
  siginfo_t about{};
  // WNOWAIT: the number stays taken until signal() cannot use it any more
  while (::waitid(P_PID, static_cast<id_t>(pid_), &about, WEXITED | WNOWAIT) != 0) {
    if (errno != EINTR) break;
  }
  int status = 0;
  rusage usage{};
  const std::lock_guard lock(mutex_);
  ::wait4(pid_, &status, 0, &usage);
  const auto time = [](const timeval& value) {
    return std::chrono::seconds(value.tv_sec) + std::chrono::microseconds(value.tv_usec);
  };
  exit_result result;
  if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.max_rss_kib = usage.ru_maxrss;
  result.cpu = std::chrono::duration_cast<std::chrono::milliseconds>(time(usage.ru_utime) +
                                                                     time(usage.ru_stime));
  ended_ = result;
  changed_.notify_all();
}

void process::write(std::string_view bytes) {
  {
    const std::lock_guard lock(mutex_);
    pending_input_ += bytes;
  }
  wake();
}

void process::close_input() {
  {
    const std::lock_guard lock(mutex_);
    input_ends_ = true;
  }
  wake();
}

void process::type(std::string_view bytes) {
  {
    const std::lock_guard lock(mutex_);
    pending_typing_ += bytes;
  }
  wake();
}

std::string process::out() const {
  const std::lock_guard lock(mutex_);
  return out_.content;
}

std::string process::err() const {
  const std::lock_guard lock(mutex_);
  return err_.content;
}

std::string process::screen() const {
  const std::lock_guard lock(mutex_);
  return screen_.content;
}

bool process::prints(std::string_view text, std::chrono::milliseconds limit) {
  const auto has_text = [&] {
    return out_.content.find(text) != std::string::npos ||
           err_.content.find(text) != std::string::npos ||
           screen_.content.find(text) != std::string::npos;
  };
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [&] { return has_text() || (ended_ && drained_); });
  return has_text();
}

bool process::wait_until(const std::function<bool(const process&)>& done,
                         std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  constexpr std::chrono::milliseconds nap{10};  // for conditions that are not about output
  while (!done(*this)) {
    std::unique_lock lock(mutex_);
    if ((ended_ && drained_) || std::chrono::steady_clock::now() >= end) {
      lock.unlock();
      return done(*this);
    }
    changed_.wait_for(lock, nap);
  }
  return true;
}

void process::signal(int number) {
  const std::lock_guard lock(mutex_);
  if (!ended_) ::kill(pid_, number);
}

bool process::is_running() const {
  const std::lock_guard lock(mutex_);
  return !ended_;
}

std::optional<exit_result> process::wait(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, limit, [this] { return ended_.has_value(); })) return std::nullopt;
  // A child it left behind may hold the pipes open: then take what came.
  constexpr std::chrono::seconds last_words{2};
  changed_.wait_for(lock, last_words, [this] { return drained_; });
  return ended_;
}

finished run(process_options options, std::chrono::milliseconds limit) {
  const auto begin = std::chrono::steady_clock::now();
  process child(std::move(options));
  const auto ended = child.wait(limit);
  finished result;
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  if (ended) {
    result.code = ended->status();
    result.max_rss_kib = ended->max_rss_kib;
  } else {
    result.timed_out = true;
  }
  result.out = child.out();
  result.err = child.err();
  return result;
}

finished run(std::vector<std::string> command, std::chrono::milliseconds limit) {
  process_options options;
  options.command = std::move(command);
  return run(std::move(options), limit);
}

std::string program(std::string_view name) {
  const char* const folder = std::getenv("MQTTKIT_PROGRAMS");
  return (std::filesystem::path(folder == nullptr ? MQTTKIT_PROGRAMS : folder) / name).string();
}

bool is_sanitized() {
  const char* const told = std::getenv("MQTTKIT_SANITIZE");
  return !std::string_view(told == nullptr ? MQTTKIT_SANITIZE : told).empty();
}

std::string find_program(std::string_view name) {
  const char* from_environment = std::getenv("PATH");
  std::string folders = from_environment == nullptr ? "" : from_environment;
  folders += ":/usr/sbin:/usr/local/sbin:/sbin";
  for (std::size_t begin = 0; begin <= folders.size();) {
    const auto end = std::min(folders.find(':', begin), folders.size());
    if (end > begin) {
      const auto path = (std::filesystem::path(folders.substr(begin, end - begin)) / name).string();
      if (::access(path.c_str(), X_OK) == 0) return path;
    }
    begin = end + 1;
  }
  return {};
}

}  // namespace mqttkit::testing
