// Command lines as facts keep them: without what somebody gave a program in confidence.
#pragma once

#include <string>
#include <vector>

namespace mqttkit::doctor {

/// A command line with the values of password options, and passwords in URLs, blanked.
std::string without_secrets(const std::vector<std::string>& arguments);

/// A text of HOCON, JSON or YAML with the values of members that are secrets blanked.
std::string without_secret_members(const std::string& text);

/// The same for what a program was started with: an argument may be a script ("sh -c"), and some
/// programs take a password as a plain word (rabbitmqctl add_user NAME PASSWORD).
std::string shown_command(const std::vector<std::string>& arguments);

}  // namespace mqttkit::doctor
