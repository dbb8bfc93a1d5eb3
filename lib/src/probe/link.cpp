#include "mqttkit/probe/link.hpp"

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

#include "probe/sockets.hpp"

namespace mqttkit::probe {
namespace {

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

/// The outcome of a non-blocking connect(), once poll says there is one.
int finish_connect(int fd, const connect_request& request, connect_report& report) {
  if (!wait_for(fd, POLLOUT, clock::now() + request.limit)) {
    report.by_limit = true;
    return ETIMEDOUT;
  }
  // SO_ERROR is asked before the error queue: draining the queue loses it in some cases.
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
