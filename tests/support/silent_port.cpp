#include "support/silent_port.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace mqttkit::testing {
namespace {

// A listener with a backlog of 0 takes one connection; this is more than enough of them.
constexpr int most_queued = 8;
// Loopback answers at once, or not at all.
constexpr int silence_ms = 200;

descriptor new_socket(int flags) {
  descriptor made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!made) throw std::system_error(errno, std::generic_category(), "socket");
  return made;
}

}  // namespace

silent_port::silent_port() : listener_(new_socket(0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const where = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), where, size) != 0 || ::listen(listener_.get(), 0) != 0 ||
      ::getsockname(listener_.get(), where, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "listen");
  }
  number_ = ntohs(address.sin_port);
  for (int i = 0; i < most_queued; ++i) {
    descriptor caller = new_socket(SOCK_NONBLOCK);
    if (::connect(caller.get(), where, size) != 0 && errno != EINPROGRESS) {
      throw std::system_error(errno, std::generic_category(), "connect");
    }
    pollfd answered{caller.get(), POLLOUT, 0};
    const bool is_silent = ::poll(&answered, 1, silence_ms) == 0;
    queued_.push_back(std::move(caller));
    if (is_silent) return;
  }
  throw std::system_error(ETIMEDOUT, std::generic_category(), "the port is not silent");
}

}  // namespace mqttkit::testing
