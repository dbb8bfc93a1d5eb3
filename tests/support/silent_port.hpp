// A port behind which nobody picks up: SYNs are dropped, as by a firewall that says nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "support/descriptor.hpp"

namespace mqttkit::testing {

/// On 127.0.0.1. Its queue of connections is full, so the kernel answers no more of them.
class silent_port {
 public:
  silent_port();

  std::uint16_t number() const noexcept { return number_; }

 private:
  descriptor listener_;
  std::vector<descriptor> queued_;
  std::uint16_t number_ = 0;
};

}  // namespace mqttkit::testing
