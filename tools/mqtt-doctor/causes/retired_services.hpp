// Brokers of the public that many examples still name, and that are gone.
#pragma once

#include <string_view>

namespace mqttkit::doctor {

struct retired_service {
  std::string_view host;  ///< whole, or from its dot on: ".cloudmqtt.com"
  const char* fate;       ///< N_()
  const char* instead;    ///< N_()
};
/// nullptr for a host that is none of those.
const retired_service* find_retired(std::string_view host) noexcept;

}  // namespace mqttkit::doctor
