// The options of mosquitto.conf(5): their names, places and values. All was tried with mosquitto
// 2.0.11; where versions differ the most liberal one counts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// Whether any mosquitto from 1.4 to 2.1 knows the option.
bool is_known_option(std::string_view name);
/// The only option that differs from an unknown name by a letter or two; "" when there is none, or
/// several.
std::string near_option(std::string_view name);
/// Which versions take an option with that value.
enum class option_age : std::uint8_t { any, of_2_1, later_than_2_0_11, before_2 };
option_age age_of(std::string_view name, const std::string& value);
/// Today's name of an option that has two.
std::string name_today(const std::string& name);
/// A number as atoi(3) reads it: 0 for words, and a large one comes round again.
std::int64_t number_at_the_front(const std::string& value);
/// Whether the option's value is true or false.
bool is_switch(std::string_view name);
/// Whether per_listener_settings makes the option apply to one listener instead of all.
bool is_security(std::string_view name);
/// Whether the option belongs to the listener above it.
bool is_of_listener(std::string_view name);
bool is_secret(std::string_view name);
/// Whether the option belongs below a "connection" line.
bool is_option_of_bridge(std::string_view name);
/// Whether the option, above the first listener line of its file, opens the default listener on
/// port 1883 beside the listeners that have lines.
bool opens_default_listener(std::string_view name, const std::string& value);
/// Whether mosquitto stops at a second line of that name for the same listener, or for all.
bool stands_once(std::string_view name);
/// Whether mosquitto stops at that value; false when this is not known.
bool is_refused_value(std::string_view name, const std::string& value);
/// Whether mosquitto goes on when the value is missing.
bool may_be_empty(std::string_view name);
/// The words an option takes: "ipv4, ipv6"; "" where it takes others than words.
std::string words_for(std::string_view name);

}  // namespace mqttkit::doctor
