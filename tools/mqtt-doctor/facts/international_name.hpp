// Host names with letters beyond ASCII, in the form name servers know.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// "xn--mkler-gra.test" for a host with letters beyond ASCII (RFC 3492, RFC 5890); "" for a host
/// without such letters, and for bytes that are not UTF-8.
std::string international_name(std::string_view host);

}  // namespace mqttkit::doctor
