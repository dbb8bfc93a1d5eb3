// Protection of files: a cure changes a file only where the file is what the cure takes it for.
#pragma once

#include <string>
#include <vector>

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

/// The file in which mosquitto found the value in force of an option that is no listener's: the
/// configuration itself, or one that it includes.
std::string file_that_sets(const configuration_fact& from, const std::string& option);

/// The command that removes from a password file, keeping a copy, lines that are no user's:
/// mosquitto_passwd stops at the first such line and loses all users from there on. "" for none.
std::string without_stray_lines(const host_view& at, const std::string& file);

/// Adds the sentence that warns of such lines, when there are any.
void warn_of_stray_lines(made_finding& made, const host_view& at, const std::string& file);

/// The configured password_file is no password file (a configuration, /etc/passwd, JSON): nobody is
/// found there, and mosquitto_passwd would wipe it.
maybe_finding host_no_password_file(const host_view& at, const std::string& file);

/// Replaces cures that write to a file with two uses, or that give a system folder away, by words
/// that say so.
void drop_harmful_writes(const view& known, std::vector<finding>& all);

}  // namespace mqttkit::doctor
