// How asked_facts::odd_characters describes characters that should not be there.
#pragma once

#include <string_view>

namespace mqttkit::doctor {

/// Follows a character of the user name or password in a URL: "# in the login".
inline constexpr std::string_view in_login = " in the login";

}  // namespace mqttkit::doctor
