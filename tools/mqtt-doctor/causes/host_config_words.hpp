// What is wrong with a line of mosquitto's configuration, in words, and how the line is mended.
#pragma once

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

sentence configuration_error_words(const host_view& at, const configuration_problem& wrong);

/// Adds what mends the line: an edit, where the line itself shows what was meant.
void mend_configuration(made_finding& to, const host_view& at, const configuration_problem& wrong);

/// The value that was meant, as mosquitto takes it; "" where that is not plain.
/// @param choices  the words that the option takes, with ", " between; "" where it takes others
std::string meant_value(const std::string& option, const std::string& value,
                        const std::string& choices);

/// How a file's name shows what is wrong with it: quotation marks, a comment or a path that is not
/// whole count as part of it. Nothing for a plain name.
std::optional<sentence> odd_path_words(const configuration_problem& wrong);
/// Mends such a line; false when its place is not known, or the name is plain.
bool mend_odd_path(made_finding& to, const configuration_problem& wrong);

}  // namespace mqttkit::doctor
