// The header that a load balancer sends before a connection (HAProxy's PROXY protocol, 1 and 2).
// 1 and 2).
#pragma once

#include <cstdint>
#include <string>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

struct proxy_header {
  int version = 0;
  std::string source;    ///< "203.0.113.9:50211"; "" when not given
  std::size_t size = 0;  ///< bytes of the header
};

enum class proxy_state : std::uint8_t {
  none,       ///< the bytes begin otherwise
  more,       ///< the bytes may become a header
  done,       ///< complete; `out` is filled
  malformed,  ///< begins like a header and is none
};

proxy_state read_proxy_header(bytes_view bytes, proxy_header& out);

}  // namespace mqttkit::doctor
