// One UDP socket, watched closely: who answers, from where, and what the network says instead.
//
// It is not connected. A connected socket hides the answer that comes from another address or port
// than was asked, which is a failure of its own; ICMP is heard all the same (ip(7), IP_RECVERR).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/probe/link.hpp"

namespace mqttkit::probe {

/// See the head of this file. Closes when it is destroyed.
class datagram_socket {
 public:
  /// @param address  IPv4 or IPv6 literal, the latter with %scope when it needs one
  /// @param bind_address  local address to send from; empty: the system's choice
  datagram_socket(const std::string& address, std::uint16_t port, const std::string& bind_address);
  ~datagram_socket();
  datagram_socket(const datagram_socket&) = delete;
  datagram_socket& operator=(const datagram_socket&) = delete;

  /// Sends to the address. False when the system refused; see last_error().
  bool send(bytes_view datagram);

  struct arrival {
    std::size_t size = 0;  ///< bytes, cut to the room there was
    std::string address;   ///< of who sent it
    std::uint16_t port = 0;
    bool is_from_target = false;  ///< it is the address and the port that were asked
  };
  /// The next datagram of anybody. Nothing when the time is over, or ICMP or an error came first.
  std::optional<arrival> receive(std::span<std::byte> into, deadline until);

  /// What ICMP said about a datagram of ours; the first notice.
  const std::optional<icmp_notice>& icmp() const noexcept { return icmp_; }
  /// errno of what went wrong last, also what ICMP came to; 0 when nothing did.
  int last_error() const noexcept { return error_; }
  /// The address datagrams leave by; empty before the first.
  std::string local_address() const;

 private:
  void take_error(int error);

  int fd_ = -1;
  int error_ = 0;
  std::string address_;
  std::uint16_t port_ = 0;
  std::string bind_address_;
  std::optional<icmp_notice> icmp_;
};

}  // namespace mqttkit::probe
