#include "mqttkit/probe/datagram.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "probe/sockets.hpp"

namespace mqttkit::probe {
namespace {

std::uint16_t port_of(const sockaddr_storage& address) {
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

bool is_same(const sockaddr_storage& from, const sockaddr* asked) {
  if (from.ss_family != asked->sa_family) return false;
  if (from.ss_family == AF_INET) {
    const auto& sender = reinterpret_cast<const sockaddr_in&>(from);
    const auto* const target = reinterpret_cast<const sockaddr_in*>(asked);
    return sender.sin_port == target->sin_port && sender.sin_addr.s_addr == target->sin_addr.s_addr;
  }
  const auto& sender = reinterpret_cast<const sockaddr_in6&>(from);
  const auto* const target = reinterpret_cast<const sockaddr_in6*>(asked);
  return sender.sin6_port == target->sin6_port &&
         std::memcmp(&sender.sin6_addr, &target->sin6_addr, sizeof sender.sin6_addr) == 0;
}

}  // namespace

datagram_socket::datagram_socket(const std::string& address, std::uint16_t port,
                                 const std::string& bind_address)
    : address_(address), port_(port), bind_address_(bind_address) {
  const auto target = socket_address(address, port);
  if (!target) {
    error_ = EINVAL;
    return;
  }
  const bool is_v6 = target->ai_family == AF_INET6;
  fd_ = ::socket(target->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) {
    error_ = errno;
    return;
  }
  set_option(fd_, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_RECVERR : IP_RECVERR, 1);
  error_ = bind_to(fd_, bind_address);
}

datagram_socket::~datagram_socket() {
  if (fd_ >= 0) ::close(fd_);
}

void datagram_socket::take_error(int error) {
  if (error != EAGAIN) error_ = error;
  auto notice = read_error_queue(fd_);
  if (notice && !icmp_) icmp_ = std::move(notice);
}

bool datagram_socket::send(bytes_view datagram) {
  const auto target = fd_ < 0 ? socket_address_list() : socket_address(address_, port_);
  if (!target) return false;
  // send() may report the error of an earlier datagram, and has not sent this one then.
  for (int i = 0; i < 2; ++i) {
    if (::sendto(fd_, datagram.data(), datagram.size(), MSG_NOSIGNAL, target->ai_addr,
                 target->ai_addrlen) >= 0)
      return true;
    take_error(errno);
  }
  return false;
}

std::optional<datagram_socket::arrival> datagram_socket::receive(std::span<std::byte> into,
                                                                 deadline until) {
  if (fd_ < 0) return std::nullopt;
  const auto target = socket_address(address_, port_);
  if (!target || !wait_for(fd_, POLLIN, until)) return std::nullopt;
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  const auto got =
      ::recvfrom(fd_, into.data(), into.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
  if (got < 0) {
    take_error(errno);
    return std::nullopt;
  }
  arrival made;
  made.size = static_cast<std::size_t>(got);
  made.address = literal_of(reinterpret_cast<const sockaddr*>(&from));
  made.port = port_of(from);
  made.is_from_target = is_same(from, target->ai_addr);
  return made;
}

std::string datagram_socket::local_address() const {
  // The address datagrams leave by is asked of another socket, for this one is not connected.
  const auto target = socket_address(address_, port_);
  if (!target) return {};
  const int fd = ::socket(target->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  std::string own;
  const bool is_there =
      bind_to(fd, bind_address_) == 0 && ::connect(fd, target->ai_addr, target->ai_addrlen) == 0;
  if (is_there) own = local_literal(fd);
  ::close(fd);
  return own;
}

}  // namespace mqttkit::probe
