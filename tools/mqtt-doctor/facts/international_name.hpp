// Names with letters beyond ASCII, as name servers know them.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// "xn--mkler-gra.test" for a host whose labels have letters beyond ASCII (RFC 3492, RFC 5890); ""
/// for one without, and for bytes that are no UTF-8.
std::string international_name(std::string_view host);

}  // namespace mqttkit::doctor
