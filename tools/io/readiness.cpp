#include "io/readiness.hpp"

#include <poll.h>
#include <sys/epoll.h>

#include <asio/posix/stream_descriptor.hpp>

#include "io/awaiting.hpp"

namespace mqttkit::tools {

struct readiness::impl {
  explicit impl(asio::any_io_executor executor) : epoll(std::move(executor)) {}

  asio::posix::stream_descriptor epoll;
  int fd = -1;
  short poll_events = 0;
  bool always = false;
};

readiness::readiness(asio::any_io_executor executor, int fd, wanted what)
    : impl_(std::make_unique<impl>(std::move(executor))) {
  impl_->fd = fd;
  impl_->poll_events = what == wanted::read ? POLLIN : what == wanted::write ? POLLOUT : 0;
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = what == wanted::read ? EPOLLIN : what == wanted::write ? EPOLLOUT : 0u;
  if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
    // EPERM: a file that is always ready. Anything else: the read or write itself will tell.
    impl_->always = true;
    if (epoll >= 0) ::close(epoll);
    return;
  }
  impl_->epoll.assign(epoll);
}

readiness::~readiness() = default;

bool readiness::is_always_ready() const noexcept { return impl_->always; }

bool readiness::is_ready_now() const noexcept {
  if (impl_->always) return true;
  pollfd waiting{impl_->fd, impl_->poll_events, 0};
  return ::poll(&waiting, 1, 0) > 0;
}

asio::awaitable<std::error_code> readiness::wait() {
  if (impl_->always) co_return std::error_code();
  for (;;) {
    auto [error] =
        co_await impl_->epoll.async_wait(asio::posix::stream_descriptor::wait_read, as_values);
    // Asio may have seen the epoll ready before this wait began and tell it only now, when what
    // made it ready was read long ago.
    if (error || is_ready_now()) co_return error;
  }
}

}  // namespace mqttkit::tools
