// Guesses at what was meant, when a word was typed where another belongs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::tools {

/// The error for a file's name in place of a target, with where files go; "" when the word is no
/// such name. The name alone decides: no top-level domain has these endings.
std::string file_for_target(std::string_view word, bool is_check);

/// The command line for a misspelt subcommand: "mqtt-doctor phone"; "" when `word` resembles no
/// subcommand.
std::string command_near(std::string_view word);

/// Whether the words were meant as the text of an app (--said) rather than as files.
bool are_words_of_app(const std::vector<std::string>& files);

}  // namespace mqttkit::tools
