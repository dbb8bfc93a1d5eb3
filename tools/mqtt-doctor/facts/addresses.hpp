// What an address says of itself: who can reach it, and whose it is.
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
  link_local,     ///< 169.254/16, fe80::/10
  documentation,  ///< RFC 5737, RFC 3849
  multicast,
  reserved,
};
address_class class_of(const std::string& address);

/// Whether `address` lies in a network one of this machine's interfaces is in.
bool is_on_link(const local_facts& local, const std::string& address);

bool is_v6_text(std::string_view address) noexcept;
/// 127.0.0.1 and its like: where this machine reaches itself.
bool is_loopback(std::string_view address) noexcept;
/// 0.0.0.0 or ::, which a listener is bound to for all addresses.
bool is_any_address(std::string_view address) noexcept;
/// The name that every machine has for itself.
bool is_localhost(std::string_view name) noexcept;
/// Whether `address` lies in `range`: "10.0.0.0/8", "10.0.0.1", "10.0.0.1-10.0.0.9", IPv6 alike.
bool lies_in(std::string_view address, std::string_view range);
/// 0.0.0.0/0 or ::/0.
bool is_everything(std::string_view range);

/// Whether `address` (IPv4) is in 172.17.0.0 to 172.31.255.255, where docker puts containers.
bool is_container_range(const std::string& address);

/// Whether the address belongs to a network that carries only web traffic for its customers.
std::string proxy_network_of(const std::string& address);

}  // namespace mqttkit::doctor
