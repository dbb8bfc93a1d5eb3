#include "mqtt-doctor/listen/listening_end.hpp"

#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {

namespace ip = asio::ip;

ip::address plain_address(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

std::string text_of_end(const ip::address& address, std::uint16_t port) {
  return host_and_port(plain_address(address).to_string(), port);
}

bool is_own_end(const tools::listen_settings& listen, const ip::address& address,
                std::uint16_t port) {
  if (port != listen.port) return false;
  const std::string text = address.to_string();
  if (!listen.address.empty()) return text == listen.address;
  return address.is_loopback() || is_own_address(look_at_this_machine(), text);
}

}  // namespace mqttkit::doctor
