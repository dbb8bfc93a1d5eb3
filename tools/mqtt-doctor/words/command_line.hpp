// What --help and the errors of a command line say, in the language of the user.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// The language that a command line asks for with --lang, before anything else of it is read; ""
/// when it does not.
std::string language_of(int argc, const char* const* argv);

/// An English text of the command line in the language chosen: by itself, or by the sentence that
/// it fills. As it is where neither is translated.
std::string said_of_command_line(std::string_view english);

/// The places of `sentence` as `text` fills them: "{option} needs {value}". False when it is
/// another sentence. A place called option holds one word.
bool matches(std::string_view text, std::string_view sentence,
             std::map<std::string, std::string>& places);

}  // namespace mqttkit::doctor
