// A topic as a person reads it: its levels, and how far one text is from another.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

/// The parts between the slashes; empty ones count.
std::vector<std::string> levels_of(std::string_view text);
std::string joined(const std::vector<std::string>& levels);

/// Letters that differ by a slip of the finger; more are none.
inline constexpr std::size_t most_slips = 2;

/// Letters to insert, delete or change to make one text of the other. More than `most_slips` are
/// not counted exactly.
std::size_t letters_between(std::string_view a, std::string_view b);

/// The first control character in a topic, as "U+0009"; "" where there is none. Brokers need not
/// take it (MQTT 5.0 §1.5.4), and nobody sees it.
std::string control_character_in(std::string_view text);

/// `text` with plain characters for those that nobody sees or takes for others: Latin letters for
/// full-width and Cyrillic ones, a space for a no-break space, nothing for zero-width characters.
std::string plain_letters(std::string_view text);

}  // namespace mqttkit::doctor
