// How asked_facts::odd_characters names what stands where it should not.
#pragma once

#include <string_view>

namespace mqttkit::doctor {

/// Behind a character of the user name or the password in a URL: "# in the login".
inline constexpr std::string_view in_login = " in the login";

}  // namespace mqttkit::doctor
