// Datagrams to one peer over IPv4 or IPv6, and to groups.
//
// The socket is connected: the system passes on what the network says about the peer (ICMP "port
// unreachable" comes back as connection_refused from the next call), and takes datagrams from
// nobody else. That a link was opened says nothing about the peer: nothing was sent.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/udp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/net/dial.hpp"
#include "mqttkit/net/observer.hpp"

namespace mqttkit {

struct udp_options {
  std::string host = "localhost";  ///< name, IPv4 or IPv6 literal without brackets
  std::uint16_t port = 1884;
  std::string bind_address;  ///< local IP address to send from; "" lets the system choose
  dial_options::family addresses = dial_options::family::any;
  std::chrono::milliseconds resolve_timeout{10'000};

  udp_options() = default;
};

/// Distinct objects are independent; one object, one thread. It must outlive its waits.
class udp_link {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit udp_link(asio::any_io_executor executor);
  ~udp_link();
  udp_link(const udp_link&) = delete;
  udp_link& operator=(const udp_link&) = delete;

  /// Looks the name up and connects the socket to its first address; each address that cannot be
  /// used is told to `observer` (which may be null). The failure's stage is set_up, resolve or
  /// connect.
  asio::awaitable<failure> open(udp_options options, dial_observer* observer);

  /// Goes on to the next address of the name, round and round. False when there is no other that
  /// works. Datagrams of the one before are dropped.
  bool next_address();
  /// Addresses the name has.
  std::size_t address_count() const noexcept;

  /// Errors: would_block (wait_writable()), message_size when the system does not take so large a
  /// datagram, connection_refused for one that was sent before: this one was not sent.
  std::error_code send(bytes_view datagram);

  /// Takes a datagram, cut to the size of `into`. Errors: would_block when there is none,
  /// connection_refused for one that was sent.
  std::error_code receive(std::span<std::byte> into, std::size_t& size);

  /// Until a datagram or an error is there (success), wake() was called (success), or the time has
  /// come (timed_out). Errors: operation_aborted when cancelled.
  asio::awaitable<std::error_code> wait(time_point until);
  void wake();

  /// "192.0.2.1:1884", the address in use.
  const std::string& peer() const noexcept;
  std::string local() const;
  void close() noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;  // a wait of the socket may end after us
};

/// A socket that sends to a group (or a broadcast address) and hears who answers.
class udp_group {
 public:
  /// Where multicast leaves: the address of an interface (IPv4), or "" for the system's choice.
  udp_group(asio::any_io_executor executor, std::string from_address);
  ~udp_group();
  udp_group(const udp_group&) = delete;
  udp_group& operator=(const udp_group&) = delete;

  /// Opens the socket and, where `group` is a multicast address, joins it on the group's own port,
  /// so that ADVERTISE is heard too; where that port is taken only answers are heard.
  std::error_code open(const asio::ip::udp::endpoint& group, unsigned hops);
  std::error_code send(bytes_view datagram);
  /// `from` is "192.0.2.1:1884". Errors: would_block.
  std::error_code receive(std::span<std::byte> into, std::size_t& size, std::string& from);
  asio::awaitable<std::error_code> wait(std::chrono::steady_clock::time_point until);

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace mqttkit
