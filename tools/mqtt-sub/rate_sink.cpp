#include "mqtt-sub/rate_sink.hpp"

#include <unistd.h>

#include <utility>

#include "common/json_text.hpp"

namespace mqttkit::tools {

using namespace std::chrono_literals;

rate_sink::rate_sink(asio::any_io_executor executor)
    : output_(executor, STDOUT_FILENO),
      timer_(std::make_shared<asio::steady_timer>(std::move(executor))) {
  wait();
}

rate_sink::~rate_sink() = default;

void rate_sink::wait() {
  timer_->expires_at(told_ + 1s);
  // Destroying the timer ends the wait with an error, before this object is gone.
  timer_->async_wait([this, alive = std::weak_ptr(timer_)](std::error_code error) {
    if (error || alive.expired()) return;
    told_ += 1s;
    tell();
    wait();
  });
}

void rate_sink::take(const publish_packet&, std::chrono::system_clock::time_point) { ++messages_; }

void rate_sink::tell() {
  // A slow reader misses lines; the next line it gets counts their messages, too.
  if (output_.buffer().empty()) {
    append_decimal(output_.buffer(), messages_);
    append_text(output_.buffer(), " msgs/s\n");
    messages_ = 0;
  }
  const std::error_code error = output_.try_flush();
  if (error != asio::error::would_block) error_ = error;
}

// The last second counts though it is not over, as in mosquitto_sub: -W 3 gives three lines.
asio::awaitable<std::error_code> rate_sink::finish(const haste&) {
  timer_.reset();
  if (error_) co_return error_;
  tell();
  if (error_) co_return error_;
  co_return co_await output_.flush();
}

}  // namespace mqttkit::tools
