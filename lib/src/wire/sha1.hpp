#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace mqttkit {

/// SHA-1 (RFC 3174) of a short text. Only for Sec-WebSocket-Accept, where it proves no more than
/// that the peer speaks WebSocket (RFC 6455 §1.3): wire sees no OpenSSL.
std::array<std::byte, 20> sha1(std::string_view text);

}  // namespace mqttkit
