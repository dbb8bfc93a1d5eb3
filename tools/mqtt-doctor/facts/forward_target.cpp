#include "mqtt-doctor/facts/forward_target.hpp"

#include "common/number.hpp"
#include "mqtt-doctor/facts/addresses.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::string_view own_port = "port ";

}  // namespace

forward_target read_forward_target(std::string_view text) {
  forward_target read;
  const std::size_t colon = text.rfind(':');
  std::string_view port;
  if (text.starts_with(own_port)) {
    port = text.substr(own_port.size());
  } else if (colon != text.npos) {
    const std::string address(text.substr(0, colon));
    (is_loopback(address) ? read.loopback : read.address) = address;
    port = text.substr(colon + 1);
  }
  (void)tools::read_number(port, 1, 65535, read.port);
  return read;
}

std::string text_of(const forward_target& target) {
  const std::string port = std::to_string(target.port);
  const std::string& address = target.loopback.empty() ? target.address : target.loopback;
  return address.empty() ? std::string(own_port) + port : address + ":" + port;
}

}  // namespace mqttkit::doctor
