// Every cause by its name: where it lies, how the program ends on it, which part of the way breaks.
//
// A finding takes all this from here, and so do the reports and what `explain` and `listen` say.
#pragma once

#include <span>
#include <string_view>

#include "common/exit_code.hpp"
#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

/// What a connection passes, in order; the report has a picture of it.
enum class station : std::uint8_t { client, network, firewall, proxy, broker };
inline constexpr std::size_t station_count = 5;

struct cause_row {
  std::string_view id;
  layer where;
  tools::exit_code code;  ///< of the program when this is the cause
  station fault;          ///< what of the way is broken
};

/// All of them, by layer.
std::span<const cause_row> cause_rows();

/// nullptr when there is none of that name.
const cause_row* find_cause(std::string_view id) noexcept;

/// The row of "unknown" when there is none of that name.
const cause_row& cause_of(std::string_view id) noexcept;

}  // namespace mqttkit::doctor
