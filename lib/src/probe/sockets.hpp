// What the probes' sockets have in common.
#pragma once

#include <netdb.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mqttkit/probe/link.hpp"

namespace mqttkit::probe {

struct address_info_deleter {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using socket_address_list = std::unique_ptr<addrinfo, address_info_deleter>;

/// A literal and a port as a socket address; empty when it is no literal.
socket_address_list socket_address(const std::string& literal, std::uint16_t port);

std::string literal_of(const sockaddr* address);
std::string local_literal(int fd);

/// The first entry of the error queue that ICMP has put there.
std::optional<icmp_notice> read_error_queue(int fd);

void set_option(int fd, int level, int name, int value);

/// 0 or an errno; an empty literal binds nothing.
int bind_to(int fd, const std::string& literal);

/// Whether one of the events came in time.
bool wait_for(int fd, short events, deadline until);

}  // namespace mqttkit::probe
