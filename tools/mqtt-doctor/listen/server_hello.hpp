// What a server of TLS says in the clear, as far as it is of use: what it chose, and the
// certificate of TLS 1.2 (RFC 5246 §7.4, RFC 8446 §4.1.3, §4.4.2).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

struct server_hello {
  std::uint16_t version = 0;  ///< chosen; 0x0304 is TLS 1.3
  std::uint16_t cipher = 0;
  std::string alpn;         ///< chosen; TLS 1.3 hides it. From the network.
  bool asks_again = false;  ///< HelloRetryRequest: the ClientHello comes once more
  std::array<std::byte, 32> random{};
};

/// Reads the body of a ServerHello. False when it is none.
bool read_server_hello(bytes_view body, server_hello& out);

/// The certificates of a Certificate message, DER, its sender's own first; at most 8 of them.
/// Views into `body`. Empty when there are none, or it is malformed.
/// @param is_v1_3  a context stands in front, and extensions behind each
std::vector<bytes_view> read_certificate_list(bytes_view body, bool is_v1_3);

}  // namespace mqttkit::doctor
