#include "mqtt-doctor/listen/output.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <utility>

namespace mqttkit::doctor {

namespace {

bool has_room(int descriptor) {
  pollfd waiting{descriptor, POLLOUT, 0};
  return ::poll(&waiting, 1, 0) == 1 && (waiting.revents & POLLOUT) != 0;
}

/// Bytes that could be written before an error, or before the write would have blocked.
std::size_t write_some(int descriptor, std::string_view lines) {
  std::size_t done = 0;
  while (done < lines.size()) {
    const ssize_t size = ::write(descriptor, lines.data() + done, lines.size() - done);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) break;
    done += static_cast<std::size_t>(size);
  }
  return done;
}

}  // namespace

struct line_output::shared {
  int descriptor = -1;
  std::mutex guard;
  std::condition_variable changed;
  std::string waiting;
  std::uint64_t left_out = 0;
  std::function<std::string(std::uint64_t)> tell_left_out;
  std::function<void()> on_failure;
  bool is_writing = false;
  bool is_failed = false;
  bool is_over = false;
};

line_output::line_output(int descriptor, std::function<std::string(std::uint64_t)> left_out,
                         std::function<void()> on_failure)
    : shared_(std::make_shared<shared>()) {
  shared_->descriptor = descriptor;
  shared_->tell_left_out = std::move(left_out);
  shared_->on_failure = std::move(on_failure);
  struct stat about {};
  is_file_ = ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
  is_terminal_ = ::isatty(descriptor) == 1;
  thread_ = std::thread([with = shared_] { write_all(with); });
}

line_output::~line_output() {
  bool is_stuck = false;
  {
    const std::lock_guard lock(shared_->guard);
    shared_->is_over = true;
    is_stuck = shared_->is_writing;
  }
  shared_->changed.notify_one();
  if (is_stuck) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void line_output::put(std::string lines) {
  if (lines.empty()) return;
  {
    const std::lock_guard lock(shared_->guard);
    if (shared_->is_failed) return;
    const bool is_idle = shared_->waiting.empty() && !shared_->is_writing;
    // A pipe that is ready for writing takes PIPE_BUF bytes (pipe(7)).
    const bool fits = is_file_ || (!is_terminal_ && lines.size() <= PIPE_BUF);
    if (is_idle && fits && has_room(shared_->descriptor)) {
      lines.erase(0, write_some(shared_->descriptor, lines));
      if (lines.empty()) return;
      // The writing thread meets and reports the error.
    }
    if (shared_->waiting.size() + lines.size() > most_bytes) {
      for (const char c : lines) shared_->left_out += c == '\n' ? 1 : 0;
      return;
    }
    if (shared_->left_out != 0)
      shared_->waiting += shared_->tell_left_out(std::exchange(shared_->left_out, 0));
    shared_->waiting += lines;
  }
  shared_->changed.notify_one();
}

bool line_output::is_drained() const {
  const std::lock_guard lock(shared_->guard);
  return shared_->is_failed || (shared_->waiting.empty() && !shared_->is_writing);
}

bool line_output::has_failed() const {
  const std::lock_guard lock(shared_->guard);
  return shared_->is_failed;
}

void line_output::write_all(const std::shared_ptr<shared>& with) {
  std::unique_lock lock(with->guard);
  for (;;) {
    with->changed.wait(lock, [&] { return with->is_over || !with->waiting.empty(); });
    if (with->is_over) return;
    const std::string lines = std::exchange(with->waiting, std::string());
    with->is_writing = true;
    lock.unlock();
    std::string_view rest = lines;
    for (;;) {
      rest.remove_prefix(write_some(with->descriptor, rest));
      if (rest.empty() || errno != EAGAIN) break;
      pollfd waiting{with->descriptor, POLLOUT, 0};  // another program made it non-blocking
      ::poll(&waiting, 1, -1);
    }
    lock.lock();
    with->is_writing = false;
    if (rest.empty()) {
      if (with->waiting.empty() && with->left_out != 0)
        with->waiting = with->tell_left_out(std::exchange(with->left_out, 0));
      continue;
    }
    with->is_failed = true;
    if (!with->is_over) with->on_failure();
    return;
  }
}

}  // namespace mqttkit::doctor
