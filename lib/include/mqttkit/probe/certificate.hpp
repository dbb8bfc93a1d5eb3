// Certificates, and what is found to be wrong with them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mqttkit::probe {

/// What a certificate says of itself. Texts are from the network, made safe for a terminal.
struct certificate {
  std::string subject;  ///< "CN=broker.example"
  std::string issuer;
  std::vector<std::string> dns_names;  ///< subjectAltName
  std::vector<std::string> addresses;  ///< subjectAltName
  std::string not_before;              ///< "2025-03-01T00:00:00Z"
  std::string not_after;
  std::int64_t lifetime_days = 0;
  std::int64_t days_left = 0;  ///< negative when it has expired
  std::string key_type;        ///< "RSA", "EC", "ED25519"
  int key_bits = 0;
  std::string signature;  ///< "sha256WithRSAEncryption"
  bool is_authority = false;
  bool is_self_signed = false;
  bool has_purposes = false;   ///< an extended key usage is there (RFC 5280 §4.2.1.12)
  bool is_for_servers = true;  ///< as is one that names no purposes
  bool is_for_clients = true;
  std::string issuer_url;   ///< AIA caIssuers: where the issuer's certificate can be had
  std::string fingerprint;  ///< SHA-256, hex
};

/// One check a certificate did not pass.
struct verify_failure {
  int code = 0;   ///< X509_V_ERR_...
  int depth = 0;  ///< 0 is the server's own certificate
  std::string words;
};

}  // namespace mqttkit::probe
