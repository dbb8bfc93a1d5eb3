// Edits of mosquitto.conf's text that replace a line, and whether an edit opens the broker.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

std::vector<std::string_view> lines_in(std::string_view text);

std::string_view first_word(std::string_view line);

std::ptrdiff_t count_options(std::string_view text, std::string_view option);

/// The text with `line` in place of the only listener line for the same port; "" without one.
/// none.
std::string with_listener(std::string_view text, std::string_view line);

/// Whether the option holds for all listeners wherever it stands; of several lines the last counts.
bool is_of_whole_broker(std::string_view option);

/// The text with `line` in place of the last line with the same option.
std::string with_option(std::string_view text, std::string_view line);

/// Whether the edit lets clients in without a password that were not let in before.
bool opens(std::string_view before, std::string_view after);

}  // namespace mqttkit::doctor
