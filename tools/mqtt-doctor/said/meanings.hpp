// The two parts of the table of meanings.
#pragma once

#include <cstddef>
#include <span>

#include "mqtt-doctor/said/table.hpp"

namespace mqttkit::doctor {

/// What the lines of brokers, proxies and of what runs them mean.
std::span<const meaning_row> broker_meanings() noexcept;

/// Whether the rows follow the enumeration, from `first` on.
template <std::size_t count>
consteval bool are_in_order(const meaning_row (&rows)[count], meaning first) {
  for (std::size_t i = 0; i < count; ++i)
    if (static_cast<std::size_t>(rows[i].id) != static_cast<std::size_t>(first) + i) return false;
  return true;
}

}  // namespace mqttkit::doctor
