// What a text says in general, where no row of the table has its words.
#pragma once

#include <string_view>
#include <vector>

#include "mqtt-doctor/said/plain.hpp"
#include "mqtt-doctor/said/table.hpp"

namespace mqttkit::doctor {

/// The row for words of the kind "certificate" and "expired" near each other, in any form and order
/// and in several languages; nullptr for texts without such words.
const said_row* general_row_of(const std::vector<said_word>& words, std::string_view folded_text);

/// Likewise for a line of a broker's or proxy's log.
const said_row* general_broker_row_of(const std::vector<said_word>& words,
                                      std::string_view folded_text);

/// All of them, for the manual and the tests.
std::span<const said_row> general_rows() noexcept;
std::span<const said_row> general_broker_rows() noexcept;

}  // namespace mqttkit::doctor
