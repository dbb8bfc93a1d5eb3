#include "mqtt-doctor/facts/forward_target.hpp"

#include "common/number.hpp"

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
    read.address = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  (void)tools::read_number(port, 1, 65535, read.port);
  return read;
}

std::string text_of(const forward_target& target) {
  const std::string port = std::to_string(target.port);
  return target.address.empty() ? std::string(own_port) + port : target.address + ":" + port;
}

}  // namespace mqttkit::doctor
