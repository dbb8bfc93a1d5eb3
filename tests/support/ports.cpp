#include "support/ports.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <stdexcept>

#include "support/descriptor.hpp"

namespace mqttkit::testing {
namespace {

sockaddr_in ipv4(std::uint32_t address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(address);
  result.sin_port = htons(port);
  return result;
}

bool connects(int socket, std::uint16_t port) {
  const auto address = ipv4(INADDR_LOOPBACK, port);
  return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

std::uint16_t free_port() {
  constexpr int lowest = 10'000;
  constexpr int highest = 32'000;  // Linux hands out 32,768 and above
  constexpr int tries = 1'000;
  static std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<int> ports(lowest, highest);
  for (int i = 0; i < tries; ++i) {
    const auto port = static_cast<std::uint16_t>(ports(random));
    const descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = ipv4(INADDR_ANY, port);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      return port;
    }
  }
  throw std::runtime_error("no free port");
}

bool port_answers(std::uint16_t port) {
  const descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connects(socket.get(), port);
}

bool socket_answers(const std::string& path) {
  const descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool speaks_mqtt(std::uint16_t port, std::chrono::milliseconds patience) {
  // CONNECT, MQTT 3.1.1, clean session, keep alive 10 s, client identifier "ready?"
  static constexpr unsigned char connect[] = {0x10, 18, 0, 4, 'M', 'Q', 'T', 'T', 4,   2,
                                              0,    10, 0, 6, 'r', 'e', 'a', 'd', 'y', '?'};
  static constexpr unsigned char disconnect[] = {0xE0, 0};
  const descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connects(socket.get(), port)) return false;
  if (::send(socket.get(), connect, sizeof connect, MSG_NOSIGNAL) != sizeof connect) return false;
  pollfd ready{socket.get(), POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(patience.count())) != 1) return false;
  unsigned char answer[4];
  const bool spoke =
      ::recv(socket.get(), answer, sizeof answer, 0) == sizeof answer && answer[0] == 0x20;
  if (spoke) ::send(socket.get(), disconnect, sizeof disconnect, MSG_NOSIGNAL);
  return spoke;
}

}  // namespace mqttkit::testing
