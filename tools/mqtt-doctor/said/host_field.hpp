// What stands in the field for the broker's host.
#pragma once

#include <string_view>

namespace mqttkit::doctor {

/// Whether a failed look-up names, as the host, what no host can be: a URL, a port, a path, an
/// incomplete address, blanks, nothing, or an unset variable (undefined).
bool has_no_host_in_field(std::string_view plain_text);

/// Whether the text names ::1, an own machine's address in IPv6.
bool dials_ipv6_localhost(std::string_view plain_text);

/// Whether the text names an address that cannot be one: a part of it is above 255.
bool names_impossible_address(std::string_view text);

}  // namespace mqttkit::doctor
