#pragma once

#include <string>
#include <string_view>

namespace mqttkit {

/// `text` quoted as one word of a shell command that is to be copied, whatever characters it holds.
std::string shell_word(std::string_view text);

/// `text` as it stands between single quotes of a shell.
std::string in_single_quotes(std::string_view text);

}  // namespace mqttkit
