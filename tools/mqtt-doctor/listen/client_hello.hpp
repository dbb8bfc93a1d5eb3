// The ClientHello, as far as it tells what a client wants (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

struct client_hello {
  std::string server_name;              ///< SNI; empty for none. From the network.
  std::vector<std::uint16_t> versions;  ///< offered, in their order; 0x0303 is TLS 1.2
  std::vector<std::string> alpn;        ///< offered, at most 16. From the network.
  std::size_t ciphers = 0;              ///< number of cipher suites offered
  bool offers_rsa = false;              ///< suites of TLS 1.2 and before for a key of RSA
  bool offers_elliptic = false;         ///< likewise for an elliptic one (ECDSA)
  bool offers_v1_3 = false;             ///< suites of TLS 1.3, which fit both
  bool offers_psk = false;              ///< suites of a pre-shared key
  bool offers_forward = false;          ///< suites with (EC)DHE, of TLS 1.2 and before
  bool offers_strong = false;           ///< any suite without RC4 and (3)DES
  bool has_groups = false;              ///< groups for the key exchange are named
  std::vector<std::uint16_t> groups;    ///< those, without GREASE; at most 16
  bool offers_usual_group = false;      ///< X25519, secp256r1 or secp384r1, also in a hybrid
  bool has_signatures = false;          ///< signature algorithms are named
  bool offers_sha2 = false;             ///< one of them with SHA-256 or longer, or EdDSA
  std::array<std::byte, 32> random{};   ///< names the connection in a key log
  bool has_early_data = false;          ///< bytes come before the answer (RFC 8446 §2.3)
  std::size_t bytes = 0;                ///< of the connection, up to its end
};

enum class hello_state : std::uint8_t {
  more,       ///< incomplete
  done,       ///< `out` is filled
  malformed,  ///< not a ClientHello
};

/// The largest ClientHello read, in bytes; RFC 8446 allows 2^24 over many records.
inline constexpr std::size_t most_hello_bytes = 16 * 1024;

/// Reads a ClientHello from the first bytes of a connection, which may be cut anywhere.
hello_state read_client_hello(bytes_view bytes, client_hello& out);

/// "1.2" for 0x0303; the number, as "0x7f1c", for an unknown version.
std::string tls_version_name(std::uint16_t version);

/// "secp256r1" for 23; the number, as "0x001c", for an unknown group.
std::string tls_group_name(std::uint16_t group);

/// "unknown_ca" for 48, as RFC 8446 §6 spells it; the number for an unknown alert.
std::string tls_alert_text(int alert);

/// Whether the alert rejects a certificate.
bool is_about_certificate(int alert) noexcept;

}  // namespace mqttkit::doctor
