#pragma once

#include <string>

namespace mqttkit {

/// Makes OpenSSL callable: to be called before anything else of it is. Where OpenSSL is linked this
/// does nothing; a program linked with mqttkit_openssl_later loads it here, once.
/// Returns why it cannot be used; empty when it can.
std::string load_openssl();

}  // namespace mqttkit
