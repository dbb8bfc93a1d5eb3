// What an observer of TLS without its keys sees behind the two Hellos.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "mqttkit/probe/certificate.hpp"

namespace mqttkit::doctor {

struct tls_summary {
  static constexpr std::size_t most_records = 4;

  std::string at;  ///< when the connection began, "2025-03-01T00:00:00"; "" where that is not known
  std::vector<probe::certificate> chain;  ///< of the broker, where it was in clear
  bool asks_for_certificate = false;      ///< the broker sent CertificateRequest in clear
  int client_certificates = -1;           ///< in the client's Certificate message; -1: none came
  std::string client_certificate_ends;    ///< "2025-03-01T00:00:00Z"
  /// Sizes of the first encrypted records of TLS 1.3: of the client, and of the broker behind the
  /// first one of the client.
  std::vector<std::size_t> client_records, broker_records;
};

}  // namespace mqttkit::doctor
