// Whether a password is the one a hash was made of, as mosquitto keeps it in its password file.
#pragma once

#include <cstdint>
#include <string_view>

namespace mqttkit::probe {

enum class password_match : std::uint8_t {
  unknown,  ///< the hash is of a kind, or of a cost, that is not checked
  yes,
  no,
};

/// Compares `password` with what stands behind the name in a line of mosquitto_passwd(1):
/// "$7$ITERATIONS$SALT$HASH" (PBKDF2 with HMAC-SHA-512, RFC 8018 section 5.2) or "$6$SALT$HASH"
/// (SHA-512 of password and salt), salt and hash in base64. Takes as long as a login does.
password_match match_password(std::string_view hash, std::string_view password);

}  // namespace mqttkit::probe
