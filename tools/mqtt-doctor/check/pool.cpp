#include "mqtt-doctor/check/pool.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace mqttkit::doctor {

struct check_round::shared {
  std::size_t count = 0;
  look how;
  std::atomic<std::size_t> next{0};
  int event = -1;
  std::mutex guard;
  std::vector<std::pair<std::size_t, outcome>> ended;  // outcomes not taken yet; at most `count`

  ~shared() { ::close(event); }

  void work() {
    for (;;) {
      const std::size_t index = next.fetch_add(1);
      if (index >= count) return;
      outcome found;
      try {
        found = how(index);
      } catch (const std::exception& error) {
        found = outcome_of_failure(error.what());
      }
      {
        const std::lock_guard lock(guard);
        ended.emplace_back(index, std::move(found));
      }
      constexpr std::uint64_t one_more = 1;
      [[maybe_unused]] const ssize_t put = ::write(event, &one_more, sizeof one_more);
    }
  }
};

check_round::check_round(std::size_t count, std::size_t jobs, look how)
    : shared_(std::make_shared<shared>()) {
  shared_->count = count;
  shared_->how = std::move(how);
  shared_->event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (shared_->event < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  for (std::size_t i = 0; i < std::min(count, jobs); ++i) {
    try {
      std::thread([all = shared_] { all->work(); }).detach();
    } catch (const std::system_error&) {
      if (i == 0) throw;
      break;  // then there are fewer threads
    }
  }
}

check_round::~check_round() { shared_->next = shared_->count; }

int check_round::descriptor() const noexcept { return shared_->event; }

void check_round::take(const std::function<void(std::size_t, outcome&&)>& with) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(shared_->event, &count, sizeof count);
  std::vector<std::pair<std::size_t, outcome>> taken;
  {
    const std::lock_guard lock(shared_->guard);
    taken.swap(shared_->ended);
  }
  for (auto& [index, found] : taken) with(index, std::move(found));
}

}  // namespace mqttkit::doctor
