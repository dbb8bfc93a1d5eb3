// The kernel's list of TCP connections, which every user may read.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

inline constexpr std::size_t most_socket_entries = 4096;

/// Connections to `ports` in the text of /proc/net/tcp or tcp6, without listening sockets.
struct socket_entry {
  std::string remote;
  std::uint16_t remote_port = 0;
  std::string local;
  std::uint16_t port = 0;
  bool is_half_open = false;  ///< state SYN_RECV
  auto operator<=>(const socket_entry&) const = default;
};
std::vector<socket_entry> connections_in(std::string_view proc_net_tcp,
                                         const std::set<std::uint16_t>& ports);

}  // namespace mqttkit::doctor
