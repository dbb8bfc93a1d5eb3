// What is wrong with a broker's certificate that a client refused.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "mqtt-doctor/listen/conclusion.hpp"

namespace mqttkit::doctor {

/// The fault of the certificate that explains why the client refused it.
/// @param named  the places {client} and {broker}
/// @param alert  of the client; -1: it hung up without one
std::optional<conclusion> certificate_fault(const connection_summary& summary,
                                            const listening& where,
                                            const std::map<std::string, std::string>& named,
                                            int alert);

/// Whether the text is an address and no name.
bool is_address(const std::string& name);

/// Of times like "2025-03-01T00:00:00Z".
bool is_earlier(const std::string& moment, const std::string& other);

}  // namespace mqttkit::doctor
