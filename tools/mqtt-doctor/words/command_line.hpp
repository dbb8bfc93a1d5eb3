// Translates --help and the errors of a command line.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// The language that --lang asks for, read before everything else on the command line; "" when it
/// does not.
std::string language_of(int argc, const char* const* argv);

/// Translates an English text of the command line, as a sentence of its own or as one with filled
/// places; a text without translation stays English.
std::string said_of_command_line(std::string_view english);

/// The values that fill the places of `sentence` in `text`: "{option} needs {value}". False when
/// the text is another sentence. A place called option takes one word.
bool matches(std::string_view text, std::string_view sentence,
             std::map<std::string, std::string>& places);

}  // namespace mqttkit::doctor
