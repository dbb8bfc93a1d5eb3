#pragma once

#include <string>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit {

/// Base64 with padding and without line breaks (RFC 4648 §4).
std::string base64(bytes_view bytes);

}  // namespace mqttkit
