#include "probe/sockets.hpp"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace mqttkit::probe {

socket_address_list socket_address(const std::string& literal, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(literal.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return {};
  return socket_address_list(found);
}

std::string literal_of(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET) {
    const auto* const v4 = reinterpret_cast<const sockaddr_in*>(address);
    ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
  } else if (address->sa_family == AF_INET6) {
    const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(address);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
  }
  return text;
}

std::string local_literal(int fd) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  auto* const address = reinterpret_cast<sockaddr*>(&own);
  return ::getsockname(fd, address, &size) == 0 ? literal_of(address) : std::string();
}

std::optional<icmp_notice> read_error_queue(int fd) {
  std::array<char, 512> control{};
  std::array<char, 64> data{};
  iovec piece{data.data(), data.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    const bool is_v4 = part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR;
    const bool is_v6 = part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR;
    if (!is_v4 && !is_v6) continue;
    const auto* const error = reinterpret_cast<const sock_extended_err*>(CMSG_DATA(part));
    if (error->ee_origin != SO_EE_ORIGIN_ICMP && error->ee_origin != SO_EE_ORIGIN_ICMP6) continue;
    icmp_notice notice;
    notice.type = error->ee_type;
    notice.code = error->ee_code;
    notice.is_v6 = error->ee_origin == SO_EE_ORIGIN_ICMP6;
    notice.from = literal_of(SO_EE_OFFENDER(error));
    return notice;
  }
  return std::nullopt;
}

void set_option(int fd, int level, int name, int value) {
  // Each of them is a refinement: without it the attempt is still worth making.
  (void)::setsockopt(fd, level, name, &value, sizeof value);
}

int bind_to(int fd, const std::string& literal) {
  if (literal.empty()) return 0;
  const auto own = socket_address(literal, 0);
  if (!own) return EADDRNOTAVAIL;
  return ::bind(fd, own->ai_addr, own->ai_addrlen) == 0 ? 0 : errno;
}

bool wait_for(int fd, short events, deadline until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<long>(left, 0)));
    if (ready > 0) return true;
    if (ready < 0 && errno == EINTR) continue;
    return false;
  }
}

}  // namespace mqttkit::probe
