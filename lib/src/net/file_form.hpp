// What a file holds in the place of a certificate in PEM form, for an error that says what to do.
#pragma once

#include <string>

namespace mqttkit {

/// "it is a certificate in binary form (DER): openssl x509 -inform DER ..."; "" when it is not
/// known.
std::string form_of_certificate_file(const std::string& path);

}  // namespace mqttkit
