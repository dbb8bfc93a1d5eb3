// Public brokers that no longer exist and that many examples still name.
#pragma once

#include <string_view>

namespace mqttkit::doctor {

struct retired_service {
  std::string_view host;  ///< the whole name, or its end with a dot: ".cloudmqtt.com"
  const char* fate;       ///< N_(): what became of it
  const char* instead;    ///< N_(): what to use instead
};
/// The retired service that the host belongs to; nullptr for none.
const retired_service* find_retired(std::string_view host) noexcept;

}  // namespace mqttkit::doctor
