#include "net/deadline.hpp"

#include <system_error>

namespace mqttkit {

struct deadline::guard {
  transport* guarded = nullptr;  // null once the step has ended
  bool has_passed = false;
};

std::chrono::steady_clock::time_point deadline_after(std::chrono::milliseconds timeout) noexcept {
  constexpr std::chrono::hours no_deadline{24 * 365};
  const auto now = std::chrono::steady_clock::now();
  return timeout == timeout.zero() ? now + no_deadline : now + timeout;
}

std::string no_answer_within(std::chrono::milliseconds timeout) {
  constexpr int per_second = 1000;
  const auto count = timeout.count();
  if (count % per_second != 0) return "no answer within " + std::to_string(count) + " ms";
  return "no answer within " + std::to_string(count / per_second) + " s";
}

deadline::deadline(const asio::any_io_executor& executor, transport& guarded,
                   std::chrono::milliseconds timeout)
    : guard_(std::make_shared<guard>()), timer_(executor) {
  if (timeout == timeout.zero()) return;
  guard_->guarded = &guarded;
  timer_.expires_after(timeout);
  timer_.async_wait([on = guard_](std::error_code error) {
    if (error || on->guarded == nullptr) return;
    on->has_passed = true;
    on->guarded->close();
  });
}

deadline::~deadline() { guard_->guarded = nullptr; }

bool deadline::has_passed() const noexcept { return guard_->has_passed; }

}  // namespace mqttkit
