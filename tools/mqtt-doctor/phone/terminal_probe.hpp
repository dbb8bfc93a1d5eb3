// Whether a terminal shows UTF-8, whatever the locale says: a server's locale is often C, and the
// terminal of who came there by ssh is not.
#pragma once

#include <string_view>

namespace mqttkit::doctor {

/// Prints a letter of two bytes, asks the terminal where its cursor is, and takes the letter back.
/// False where nothing answers within 0.8 s, and where a multiplexer stands between, which shows
/// what the locale allows.
bool terminal_shows_utf8(int in, int out);

/// The column of a cursor's report, "ESC [ 12 ; 3 R", as the last thing in `text`; 0 when it is
/// none.
int column_of_report(std::string_view text);

}  // namespace mqttkit::doctor
