#include "mqtt-doctor/listen/output.hpp"

#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace mqttkit::doctor {

struct line_output::shared {
  std::mutex guard;
  std::condition_variable changed;
  std::string waiting;
  std::uint64_t left_out = 0;
  std::function<std::string(std::uint64_t)> tell_left_out;
  bool is_writing = false;
  bool is_failed = false;
  bool is_over = false;
};

line_output::line_output(int descriptor, std::function<std::string(std::uint64_t)> left_out,
                         std::function<void()> on_failure)
    : shared_(std::make_shared<shared>()) {
  shared_->tell_left_out = std::move(left_out);
  thread_ = std::thread([with = shared_, descriptor, on_failure = std::move(on_failure)] {
    write_all(with, descriptor, on_failure);
  });
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

void line_output::write_all(const std::shared_ptr<shared>& with, int descriptor,
                            const std::function<void()>& on_failure) {
  std::unique_lock lock(with->guard);
  for (;;) {
    with->changed.wait(lock, [&] { return with->is_over || !with->waiting.empty(); });
    if (with->is_over) return;
    const std::string lines = std::exchange(with->waiting, std::string());
    with->is_writing = true;
    lock.unlock();
    std::size_t done = 0;
    while (done < lines.size()) {
      const ssize_t size = ::write(descriptor, lines.data() + done, lines.size() - done);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) break;
      done += static_cast<std::size_t>(size);
    }
    lock.lock();
    with->is_writing = false;
    if (done == lines.size()) {
      if (with->waiting.empty() && with->left_out != 0)
        with->waiting = with->tell_left_out(std::exchange(with->left_out, 0));
      continue;
    }
    with->is_failed = true;
    if (!with->is_over) on_failure();
    return;
  }
}

}  // namespace mqttkit::doctor
