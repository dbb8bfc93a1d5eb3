#pragma once

#include <cstdint>
#include <system_error>

#include "mqttkit/codec/property.hpp"

namespace mqttkit {

/// The properties a list holds, one bit per identifier; the largest is 0x2A.
class property_set {
 public:
  constexpr bool has(property_id id) const noexcept { return (bits_ & bit(id)) != 0; }
  constexpr void insert(property_id id) noexcept { bits_ |= bit(id); }

 private:
  static constexpr std::uint64_t bit(property_id id) noexcept {
    return std::uint64_t{1} << static_cast<unsigned>(id);
  }
  std::uint64_t bits_ = 0;
};

/// check_properties() that also tells what it saw. `present` must be empty.
std::error_code check_properties(bytes_view encoded, property_place place,
                                 property_set& present) noexcept;

}  // namespace mqttkit
