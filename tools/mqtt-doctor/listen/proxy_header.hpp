// The header a load balancer puts in front of a connection (the PROXY protocol of HAProxy, versions
// 1 and 2).
#pragma once

#include <cstdint>
#include <string>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::doctor {

struct proxy_header {
  int version = 0;
  std::string source;    ///< "203.0.113.9:50211"; "" when it does not say
  std::size_t size = 0;  ///< bytes
};

enum class proxy_state : std::uint8_t {
  none,       ///< something else begins here
  more,       ///< may become one
  done,       ///< `out` is filled
  malformed,  ///< begins as one and is none
};

proxy_state read_proxy_header(bytes_view bytes, proxy_header& out);

}  // namespace mqttkit::doctor
