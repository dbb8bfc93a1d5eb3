#include "net/openssl_library.hpp"

/// Defined by openssl_later.cpp, in programs that are linked with it; otherwise its address is
/// null.
extern "C" [[gnu::weak]] const char* mqttkit_load_openssl_later();

namespace mqttkit {

std::string load_openssl() {
  if (&mqttkit_load_openssl_later == nullptr) return {};
  static const std::string why = mqttkit_load_openssl_later();
  return why;
}

}  // namespace mqttkit
