// What mosquitto.conf(5) knows: the names of options, where they may stand, and what they take.
// All of it was tried with mosquitto 2.0.11; where versions differ the most liberal one counts.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// Whether any mosquitto from 1.4 to 2.1 knows the option.
bool is_known_option(std::string_view name);
/// The one option that differs from an unknown name by a letter or two; "" where none or several
/// do.
std::string near_option(std::string_view name);
/// What 2.1 brought: 2.0 does not start with one of these.
bool is_of_2_1(std::string_view name);
/// Takes true and false.
bool is_switch(std::string_view name);
/// What applies to one listener under per_listener_settings and to all without.
bool is_security(std::string_view name);
/// Belongs to the listener above it.
bool is_of_listener(std::string_view name);
bool is_secret(std::string_view name);
/// Belongs below a line "connection".
bool is_option_of_bridge(std::string_view name);
/// Above the first listener line of its file it changes the default listener, which is opened then,
/// on port 1883, beside those that have a line.
bool opens_default_listener(std::string_view name, const std::string& value);
/// A second line of that name, for the same listener or for all, stops mosquitto.
bool stands_once(std::string_view name);
/// mosquitto stops at that value; false where it is not known.
bool is_refused_value(std::string_view name, const std::string& value);

}  // namespace mqttkit::doctor
