// What an address tells by itself: who can reach it, and to whom it belongs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

enum class address_class : std::uint8_t {
  global,
  loopback,
  unspecified,
  private_use,    ///< RFC 1918, fc00::/7
  shared,         ///< RFC 6598, carrier-grade NAT
  link_local,     ///< 169.254/16, fe80::/10: no router passes it on
  documentation,  ///< RFC 5737, RFC 3849
  multicast,
  reserved,
};
address_class class_of(const std::string& address);

/// Whether `address` lies in a network of one of this machine's interfaces.
bool is_on_link(const local_facts& local, const std::string& address);

bool is_v6_text(std::string_view address) noexcept;
/// Whether the address is 127.0.0.1 or its like, by which a machine reaches itself.
bool is_loopback(std::string_view address) noexcept;
/// Whether the address is 0.0.0.0 or ::, which stands for all addresses of a listener.
bool is_any_address(std::string_view address) noexcept;
/// Whether the name is the one that every machine has for itself.
bool is_localhost(std::string_view name) noexcept;
/// Whether `address` lies in `range`: "10.0.0.0/8", "10.0.0.1", "10.0.0.1-10.0.0.9"; IPv6 likewise.
bool lies_in(std::string_view address, std::string_view range);
/// Whether the range is 0.0.0.0/0 or ::/0.
bool is_everything(std::string_view range);

/// Whether the IPv4 address is in 172.17.0.0 to 172.31.255.255, Docker's range for containers.
bool is_container_range(const std::string& address);

/// The provider whose network holds the address and passes only web traffic on; "" for none.
std::string proxy_network_of(const std::string& address);

}  // namespace mqttkit::doctor
