// One UDP socket, as the doctor watches it.
#include "mqttkit/probe/datagram.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

using namespace mqttkit;
using namespace std::chrono_literals;

namespace {

/// The peer's socket, on a free port.
class peer {
 public:
  peer() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof own;
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&own), size) == 0);
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &size) == 0);
    port = ntohs(own.sin_port);
  }
  ~peer() { ::close(fd_); }
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  /// Receives a datagram, and sends one byte to its sender by the socket `from`.
  void answer_by(const peer& from) const {
    std::array<char, 16> room{};
    sockaddr_storage who{};
    socklen_t size = sizeof who;
    REQUIRE(::recvfrom(fd_, room.data(), room.size(), 0, reinterpret_cast<sockaddr*>(&who), &size) >
            0);
    REQUIRE(::sendto(from.fd_, "a", 1, 0, reinterpret_cast<const sockaddr*>(&who), size) == 1);
  }

  std::uint16_t port = 0;

 private:
  int fd_;
};

probe::deadline soon() { return probe::clock::now() + 2s; }

const auto hello = as_bytes("hello");

}  // namespace

TEST_CASE("an answer over UDP says whether it comes from where it was asked") {
  const peer asked, other;
  probe::datagram_socket socket("127.0.0.1", asked.port, "");
  std::array<std::byte, 16> room{};
  REQUIRE(socket.send(hello));
  asked.answer_by(asked);
  const auto straight = socket.receive(room, soon());
  REQUIRE(straight);
  CHECK(straight->is_from_target);
  CHECK(straight->size == 1);
  REQUIRE(socket.send(hello));
  asked.answer_by(other);
  const auto bent = socket.receive(room, soon());
  REQUIRE(bent);
  CHECK_FALSE(bent->is_from_target);
  CHECK(bent->port == other.port);
  CHECK(socket.last_error() == 0);
  CHECK(socket.local_address() == "127.0.0.1");
}

TEST_CASE("a UDP port that is closed is told by ICMP, with who said so") {
  std::uint16_t closed = 0;
  {
    const peer gone;
    closed = gone.port;
  }
  probe::datagram_socket socket("127.0.0.1", closed, "");
  std::array<std::byte, 16> room{};
  REQUIRE(socket.send(hello));
  CHECK_FALSE(socket.receive(room, soon()));
  REQUIRE(socket.icmp());
  CHECK(socket.icmp()->type == 3);
  CHECK(socket.icmp()->code == 3);
  CHECK(socket.icmp()->from == "127.0.0.1");
  CHECK(socket.last_error() == ECONNREFUSED);
}

TEST_CASE("what is no address of a socket sends nothing") {
  probe::datagram_socket socket("gateway.example", 1884, "");
  CHECK_FALSE(socket.send(hello));
  CHECK(socket.last_error() == EINVAL);
  CHECK(socket.local_address().empty());
}
