// What somebody meant who typed one thing where another belongs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::tools {

/// What is wrong with the name of a file where a target belongs, and where it goes; "" when the
/// word is none. Goes by the name alone: no top-level domain is spelled like these.
std::string file_for_target(std::string_view word, bool is_check);

/// What `word` comes to as a command line, when it is a command that was misspelt: "mqtt-doctor
/// phone"; "" when it is near none.
std::string command_near(std::string_view word);

/// Whether files of these names were more likely meant as what an app shows (--said).
bool are_words_of_app(const std::vector<std::string>& files);

}  // namespace mqttkit::tools
