// Names in the subject of a certificate.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// The common name in a subject as RFC 2253 writes it ("CN=phone,O=Lab"); of several the first in
/// the certificate, which stands last in the text. "" where there is none, or it is escaped.
std::string common_name_in(std::string_view subject);

}  // namespace mqttkit::doctor
