// The numbers in facts that standards give, by the library's names for them.
#pragma once

#include "mqttkit/base/tls_codes.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::doctor {

/// As it stands in a fact.
constexpr int number_of(reason_code reason) noexcept { return static_cast<int>(reason); }

}  // namespace mqttkit::doctor
