// Whether a terminal shows UTF-8, whatever the locale says: a server's locale is often C, while the
// terminal of a user who came by ssh is not.
#pragma once

#include <string_view>

namespace mqttkit::doctor {

/// Prints a letter of two bytes, asks the terminal for the cursor's column and removes the letter.
/// False when no answer comes within 0.8 s, and inside a multiplexer, which shows what the locale
/// allows.
bool terminal_shows_utf8(int in, int out);

/// The column in a cursor report, "ESC [ 12 ; 3 R", at the end of `text`; 0 when there is
/// none.
int column_of_report(std::string_view text);

}  // namespace mqttkit::doctor
