// Passwords in URLs, wherever these stand in a text.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::tools {

/// Writes *** in the place of the password of every scheme://user:password@host. A password may
/// hold '@', '/', '?' and '#' where nobody took care; what could be one is hidden.
/// @param ends  the letters of which none is in a URL
void hide_url_passwords(std::string& text, std::string_view ends);

}  // namespace mqttkit::tools
