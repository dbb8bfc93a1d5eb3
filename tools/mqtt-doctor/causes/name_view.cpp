#include "mqtt-doctor/causes/name_view.hpp"

namespace mqttkit::doctor {

bool has_address(const view& known) { return !known.all.name.addresses.empty(); }

bool is_mdns_name(const view& known) {
  const std::string& host = known.host();
  return host.ends_with(".local") || host.ends_with(".local.");
}

bool is_public_name(const view& known) {
  return !known.all.name.is_literal && known.host().find('.') != std::string::npos &&
         !is_mdns_name(known);
}

}  // namespace mqttkit::doctor
