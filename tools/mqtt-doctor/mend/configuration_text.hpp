// A mosquitto.conf as text: a line put in the place of another, and what that opens.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

std::vector<std::string_view> lines_in(std::string_view text);

std::string_view first_word(std::string_view line);

std::ptrdiff_t count_options(std::string_view text, std::string_view option);

/// The text with `line` in the place of the one listener line for the same port; "" when there is
/// none.
std::string with_listener(std::string_view text, std::string_view line);

/// Options of mosquitto's that hold for all listeners, wherever they stand; the last one wins.
bool is_of_whole_broker(std::string_view option);

/// The text with `line` in the place of the last one of its option.
std::string with_option(std::string_view text, std::string_view line);

/// Whether others get in without a password by this edit of a mosquitto.conf, who did not before.
bool opens(std::string_view before, std::string_view after);

}  // namespace mqttkit::doctor
