// What TLS showed about a client and its broker, as the conclusion about that client: by the
// ClientHello, the alerts, the certificates of TLS 1.2, and the sizes of encrypted records.
#pragma once

#include <map>
#include <string>

#include "mqtt-doctor/listen/conclusion.hpp"

namespace mqttkit::doctor {

/// @param named  the places {client} and {broker}
conclusion tls_conclusion(const connection_summary& summary, const listening& where,
                          std::map<std::string, std::string> named);

}  // namespace mqttkit::doctor
