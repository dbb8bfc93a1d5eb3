// The codes of standards in facts, by the library's names.
#pragma once

#include "mqttkit/base/tls_codes.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::doctor {

/// The code as a fact holds it.
constexpr int number_of(reason_code reason) noexcept { return static_cast<int>(reason); }

}  // namespace mqttkit::doctor
