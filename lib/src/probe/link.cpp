#include "mqttkit/probe/link.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace mqttkit::probe {
namespace {

struct address_info_deleter {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

/// A literal and a port as a socket address; empty when it is no literal.
std::unique_ptr<addrinfo, address_info_deleter> socket_address(const std::string& literal,
                                                               std::uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(literal.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return {};
  return std::unique_ptr<addrinfo, address_info_deleter>(found);
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

void apply(const connect_request& request, int fd, int family) {
  const bool is_v6 = family == AF_INET6;
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_RECVERR : IP_RECVERR, 1);
  if (request.maximum_segment > 0) {
    set_option(fd, IPPROTO_TCP, TCP_MAXSEG, request.maximum_segment);
  }
  if (request.time_to_live > 0) {
    set_option(fd, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_UNICAST_HOPS : IP_TTL,
               request.time_to_live);
  }
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

/// The outcome of a non-blocking connect(), once poll says there is one.
int finish_connect(int fd, const connect_request& request, connect_report& report) {
  if (!wait_for(fd, POLLOUT, clock::now() + request.limit)) {
    report.by_limit = true;
    return ETIMEDOUT;
  }
  // SO_ERROR before the queue: draining the queue first loses it in some cases.
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

}  // namespace

double elapsed_ms(clock::time_point since) noexcept {
  return std::chrono::duration<double, std::milli>(clock::now() - since).count();
}

bool wait_readable(int fd, deadline until) { return wait_for(fd, POLLIN, until); }
bool wait_writable(int fd, deadline until) { return wait_for(fd, POLLOUT, until); }

std::string error_name(int error) {
  if (error == 0) return {};
  const char* const name = ::strerrorname_np(error);
  return name != nullptr ? name : std::to_string(error);
}

link::link(const connect_request& request, connect_report& report) {
  const auto begin = clock::now();
  const auto target = socket_address(request.address, request.port);
  if (!target) {
    report.error = EINVAL;
    return;
  }
  fd_ = ::socket(target->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) {
    report.error = errno;
    return;
  }
  apply(request, fd_, target->ai_family);
  report.error = bind_to(fd_, request.bind_address);
  if (report.error == 0 && ::connect(fd_, target->ai_addr, target->ai_addrlen) != 0) {
    report.error = errno == EINPROGRESS ? finish_connect(fd_, request, report) : errno;
  }
  report.took_ms = elapsed_ms(begin);
  report.icmp = read_error_queue(fd_);
  report.local_address = local_literal(fd_);
  report.retransmits = counters().total_retransmits;
  if (report.error != 0) close();
}

link::~link() { close(); }

link::link(link&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), last_error_(other.last_error_), counted_(other.counted_) {}

link& link::operator=(link&& other) noexcept {
  std::swap(fd_, other.fd_);
  last_error_ = other.last_error_;
  counted_ = other.counted_;
  return *this;
}

void link::close() noexcept {
  if (fd_ < 0) return;
  ::close(fd_);
  fd_ = -1;
}

bool link::write(bytes_view bytes, deadline until) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      counted_.sent += static_cast<std::uint64_t>(sent);
      continue;
    }
    last_error_ = errno;
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !wait_writable(fd_, until)) return false;
  }
  return true;
}

read_outcome link::read(std::span<std::byte> into, deadline until) {
  for (;;) {
    const ssize_t got = ::recv(fd_, into.data(), into.size(), 0);
    if (got > 0) {
      counted_.received += static_cast<std::uint64_t>(got);
      return {static_cast<std::size_t>(got), link_end::none};
    }
    if (got == 0) return {0, link_end::finished};
    last_error_ = errno;
    if (errno == EINTR) continue;
    if (errno == ECONNRESET || errno == EPIPE) return {0, link_end::reset};
    if (errno != EAGAIN) return {0, link_end::failed};
    if (!wait_readable(fd_, until)) return {0, link_end::timed_out};
  }
}

std::optional<icmp_notice> link::take_icmp() {
  return fd_ < 0 ? std::nullopt : read_error_queue(fd_);
}

}  // namespace mqttkit::probe
