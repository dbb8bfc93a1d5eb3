// What a cure writes to: a file is changed only where it is what the cure takes it for.
#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

/// Takes out of a password file, keeping a copy, what is no user's line: mosquitto_passwd ends at
/// the first such line, a comment too, and loses all users from there on. "" where there is none.
std::string without_stray_lines(const host_view& at, const std::string& file);

/// A cure's sentence for that, when there is something to take out.
void warn_of_stray_lines(made_finding& made, const host_view& at, const std::string& file);

/// password_file names the configuration, the system's own users, JSON...: nobody is found there,
/// and mosquitto_passwd would wipe it. Nothing where that is not so.
maybe_finding host_no_password_file(const host_view& at, const std::string& file);

/// In the place of cures that write to a file with two uses, or that give a folder of the system
/// away: words that say so.
void drop_harmful_writes(const view& known, std::vector<finding>& all);

}  // namespace mqttkit::doctor
