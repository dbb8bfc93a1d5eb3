// Happy eyeballs (RFC 8305): several addresses, one connection, as soon as any of them answers.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/ip/address.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "mqttkit/net/dial.hpp"
#include "mqttkit/net/observer.hpp"
#include "net/plain_transport.hpp"

namespace mqttkit {

/// Where one connection attempt goes.
struct candidate {
  asio::generic::stream_protocol::endpoint endpoint;
  std::string name;  ///< "203.0.113.7:8883", "[2001:db8::1]:1883", "unix:/run/m.sock"

  candidate() = default;
  candidate(const asio::ip::address& address, std::uint16_t port);
  explicit candidate(const std::string& unix_path);
};

/// "203.0.113.7:8883", "[2001:db8::1]:1883".
std::string name_of(const asio::ip::address& address, std::uint16_t port);

/// How connection attempts are made.
struct connect_rules {
  std::optional<asio::ip::address> bind_address;
  bool tcp_nodelay = true;
  bool tcp_keep_alive = true;
  std::chrono::milliseconds attempt_delay{250};
  std::chrono::milliseconds timeout{15'000};   ///< all attempts together; zero: no deadline
  std::chrono::milliseconds named_timeout{0};  ///< the limit a failure names; zero: that

  connect_rules() = default;
};

/// A socket, or why there is none.
struct connect_result {
  std::optional<stream_socket> socket;
  std::string name;  ///< of the candidate that answered
  failure why;

  connect_result() = default;
};

/// Tries the candidates in order, each `attempt_delay` after the one before or as soon as one
/// fails. The first to answer wins, the others are cancelled. Each attempt is told to `observer`.
asio::awaitable<connect_result> connect_first(std::vector<candidate> candidates,
                                              connect_rules rules, dial_observer* observer);

}  // namespace mqttkit
