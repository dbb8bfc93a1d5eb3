// Certificates of every kind a client meets, made in the test's own process in a few milliseconds.
// Nothing is kept between runs, so nothing ever expires by accident.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "support/temp_folder.hpp"

namespace mqttkit::testing {

/// What a server shows. All but the last six are what a well-kept server has or is allowed to have.
enum class certificate_kind : std::uint8_t {
  good,                 ///< localhost, 127.0.0.1 and ::1, signed by ca()
  chain,                ///< signed by an intermediate authority whose certificate is sent along
  incomplete_chain,     ///< the same, not sent along
  expired,              ///< ended on 2020-02-01
  not_yet_valid,        ///< begins on 2099-01-01
  wrong_host,           ///< for broker.invalid
  no_alternative_name,  ///< localhost as common name only
  self_signed,
  untrusted,  ///< signed by other_ca()
};

struct key_pair {
  std::string certificate;  ///< path of a PEM file, chain included
  std::string key;          ///< path of a PEM file
};

/// Paths of PEM files. Keys are EC P-256.
class certificates {
 public:
  /// Password of encrypted_client().key.
  static constexpr std::string_view key_password = "secret";
  /// Common name of the client certificates.
  static constexpr std::string_view client_name = "client-one";

  certificates();

  std::string ca() const { return folder_.file("ca.crt"); }
  std::string other_ca() const { return folder_.file("other-ca.crt"); }
  /// A folder as --capath wants it: ca() under its hashed name.
  std::string ca_folder() const { return folder_.file("ca-folder"); }
  key_pair server(certificate_kind kind) const;
  key_pair client() const { return pair("client"); }
  key_pair encrypted_client() const;  ///< client() with its key under key_password
  key_pair expired_client() const { return pair("client-expired"); }
  key_pair untrusted_client() const { return pair("client-untrusted"); }  ///< by other_ca()

 private:
  key_pair pair(const std::string& name) const;

  temp_folder folder_;
};

/// The certificates of this process; made at the first call.
const certificates& test_certificates();

}  // namespace mqttkit::testing
