// The server's part of a TLS handshake in clear, as far as it is used: its choices, and the
// certificate of TLS 1.2 (RFC 5246 §7.4, RFC 8446 §4.1.3, §4.4.2).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

struct server_hello {
  std::uint16_t version = 0;  ///< chosen version; 0x0304 is TLS 1.3
  std::uint16_t cipher = 0;
  std::string alpn;         ///< chosen protocol; TLS 1.3 encrypts it. From the network.
  bool asks_again = false;  ///< HelloRetryRequest: another ClientHello follows
  std::array<std::byte, 32> random{};
};

/// Reads the body of a ServerHello; false when it is malformed.
bool read_server_hello(bytes_view body, server_hello& out);

/// The certificates of a Certificate message in DER, the sender's own first, at most 8; views into
/// `body`. Empty when there are none or the message is malformed.
/// @param is_v1_3  a context stands in front, and extensions behind each
std::vector<bytes_view> read_certificate_list(bytes_view body, bool is_v1_3);

}  // namespace mqttkit::doctor
