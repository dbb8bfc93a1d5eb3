#include "support/cutting_relay.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <vector>

namespace mqttkit::testing {
namespace {

constexpr std::size_t pipe_bytes = 64u << 10;  // as much as one read brings

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// One direction of a connection.
struct pipe_way {
  int from;
  int to;
  std::vector<char> held;
  std::size_t begin = 0;
  std::size_t moved = 0;
  bool is_over = false;

  pipe_way(int source, int target) : from(source), to(target) { held.reserve(pipe_bytes); }

  bool is_empty() const { return begin == held.size(); }

  void read() {
    held.resize(pipe_bytes);
    begin = 0;
    const ssize_t got = ::recv(from, held.data(), held.size(), MSG_DONTWAIT);
    held.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    is_over = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  }

  void write(std::size_t most) {
    const std::size_t count = std::min(held.size() - begin, most);
    const ssize_t put = ::send(to, held.data() + begin, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put > 0) {
      begin += static_cast<std::size_t>(put);
      moved += static_cast<std::size_t>(put);
    } else if (put < 0 && errno != EAGAIN && errno != EINTR) {
      is_over = true;
    }
  }
};

}  // namespace

cutting_relay::cutting_relay(std::uint16_t broker, unsigned cuts, std::size_t bytes_between)
    : broker_(broker),
      cuts_(cuts),
      bytes_between_(bytes_between),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* const where = reinterpret_cast<sockaddr*>(&address);
  if (!listener_ || ::bind(listener_.get(), where, size) != 0 ||
      ::listen(listener_.get(), 16) != 0 || ::getsockname(listener_.get(), where, &size) != 0) {
    fail("listen");
  }
  port_ = ntohs(address.sin_port);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  stop_read_.reset(ends[0]);
  stop_write_.reset(ends[1]);
  thread_ = std::thread([this] { relay(); });
}

cutting_relay::~cutting_relay() {
  stop_write_.reset();
  thread_.join();
}

void cutting_relay::relay() {
  for (;;) {
    pollfd waits[] = {{listener_.get(), POLLIN, 0}, {stop_read_.get(), POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    if (waits[0].revents == 0) continue;
    const descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client) carry(client.get());
  }
}

void cutting_relay::carry(int client) {
  const descriptor broker(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(broker_);
  if (::connect(broker.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return;
  }
  // Not the same length twice, so that packets are cut at ever other places.
  const unsigned cut = cuts_done_;
  const bool is_cut = cut < cuts_;
  const std::size_t length = is_cut ? bytes_between_ + 97 * cut : SIZE_MAX;
  pipe_way up(client, broker.get());
  pipe_way down(broker.get(), client);
  while (!up.is_over && !down.is_over) {
    const auto wanted = [](const pipe_way& in, const pipe_way& out) {
      return static_cast<short>((in.is_empty() ? POLLIN : 0) | (out.is_empty() ? 0 : POLLOUT));
    };
    pollfd waits[] = {{client, wanted(up, down), 0},
                      {broker.get(), wanted(down, up), 0},
                      {stop_read_.get(), POLLIN, 0}};
    if (::poll(waits, 3, -1) < 0 && errno != EINTR) return;
    if (waits[2].revents != 0) return;
    if (up.is_empty() && (waits[0].revents & ~POLLOUT) != 0) up.read();
    if (down.is_empty() && (waits[1].revents & ~POLLOUT) != 0) down.read();
    if (!up.is_empty()) up.write(length - up.moved);
    if (up.moved == length) {
      ++cuts_done_;
      return;
    }
    if (!down.is_empty()) down.write(SIZE_MAX);
  }
}

}  // namespace mqttkit::testing
