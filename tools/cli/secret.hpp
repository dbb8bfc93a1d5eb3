// Passwords that are not on the command line: the first line of a file, or typed without echo.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::tools {

/// Whether group or others may read this regular file. False for what cannot be looked at.
bool is_readable_by_others(int descriptor) noexcept;
bool is_readable_by_others(const std::string& path) noexcept;

/// "FILE can be read by others than its owner; chmod 600 FILE"
std::string open_secret_warning(std::string_view path);

/// Reads the first line of `path` without its end; "-" is standard input.
///
/// Returns what is wrong, without naming the file; empty when all is well.
std::string read_first_line(const std::string& path, std::string& line);

/// Shows `prompt` on the terminal of this process and reads a line that is not shown.
///
/// The terminal is put right again when a signal ends the process meanwhile. Returns what is wrong.
std::string ask_without_echo(std::string_view prompt, std::string& line);

}  // namespace mqttkit::tools
