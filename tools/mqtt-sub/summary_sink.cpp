#include "mqtt-sub/summary_sink.hpp"

#include <unistd.h>

#include <utility>

#include "common/json_text.hpp"
#include "common/terminal.hpp"

namespace mqttkit::tools {
namespace {

constexpr std::string_view clear_screen = "\033[H\033[J";

}  // namespace

summary_sink::summary_sink(asio::any_io_executor executor, const sub_settings& settings,
                           std::unique_ptr<sink> next, int fd)
    : next_(std::move(next)),
      output_(executor, fd),
      has_summary_(settings.summary),
      has_tree_(settings.tree),
      repaints_(!next_ && is_terminal(fd)),
      fd_(fd),
      every_(settings.summary_every) {
  if (every_.count() == 0) return;
  timer_ = std::make_shared<asio::steady_timer>(std::move(executor));
  wait();
}

summary_sink::~summary_sink() = default;

void summary_sink::wait() {
  timer_->expires_at(shown_ + every_);
  // Destroying the timer ends the wait with an error, before this object is gone.
  timer_->async_wait([this, alive = std::weak_ptr(timer_)](std::error_code error) {
    if (error || alive.expired()) return;
    show(false);
    wait();
  });
}

void summary_sink::take(const publish_packet& message,
                        std::chrono::system_clock::time_point arrived) {
  table_.add(message);
  if (next_) next_->take(message, arrived);
}

void summary_sink::show(bool is_last) {
  const auto now = clock::now();
  // The last table is still being written: the reader gets the next one.
  const bool is_stuck = !is_last && !output_.buffer().empty();
  if (has_summary_ && !is_stuck) {
    if (repaints_ && every_.count() != 0) append_text(output_.buffer(), clear_screen);
    const auto period = now - (is_last && every_.count() == 0 ? started_ : shown_);
    append_text(output_.buffer(), table_.summary(period, now - started_, terminal_columns(fd_)));
    if (!repaints_ && !is_last) append_text(output_.buffer(), "\n");
  }
  if (is_last && has_tree_) {
    append_text(output_.buffer(), table_.tree(terminal_columns(fd_)));
  }
  shown_ = now;
  const std::error_code error = output_.try_flush();
  if (error != asio::error::would_block) error_ = error;
}

std::error_code summary_sink::try_flush() {
  if (error_) return error_;
  return next_ ? next_->try_flush() : std::error_code();
}

asio::awaitable<std::error_code> summary_sink::flush() {
  if (error_ || !next_) co_return error_;
  co_return co_await next_->flush();
}

asio::awaitable<std::error_code> summary_sink::finish(const haste& hurry) {
  timer_.reset();
  if (next_) {
    if (const std::error_code error = co_await next_->finish(hurry)) co_return error;
  }
  show(true);
  if (error_) co_return error_;
  co_return co_await output_.flush();
}

asio::awaitable<std::error_code> summary_sink::gone() {
  if (next_) co_return co_await next_->gone();
  co_return co_await output_.reader_gone();
}

std::string summary_sink::name() const {
  if (next_ && !error_) return next_->name();
  return fd_ == STDERR_FILENO ? "standard error" : "standard output";
}

}  // namespace mqttkit::tools
