#pragma once

#include <openssl/x509.h>

#include <string>

#include "mqttkit/probe/tls.hpp"

namespace mqttkit::probe {

/// What the certificate says, as plain text and numbers.
certificate describe(X509* from);

/// A whole name in one line, safe for a terminal.
std::string name_text(const X509_NAME* name);

}  // namespace mqttkit::probe
