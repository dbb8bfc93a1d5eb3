#include "common/url_password.hpp"

#include <algorithm>

namespace mqttkit::tools {
namespace {

/// Whether a port stands behind the host that begins the text: "host:1883/t".
bool has_port(std::string_view text) {
  const std::string_view host = text.substr(0, text.find_first_of("/?#@"));
  const std::size_t colon = host.rfind(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < host.size() &&
         host.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

/// The '@' behind the password in what stands behind "://"; npos for none.
std::size_t end_of_password(std::string_view text) {
  const std::size_t last = text.rfind('@');
  if (last == std::string_view::npos) return last;
  const std::size_t path = text.find_first_of("/?#");
  if (path == std::string_view::npos || last < path) return last;
  // Behind host and port an '@' is the path's, unless a port stands behind that one as well.
  const std::size_t first = text.substr(0, path).rfind('@');
  const bool is_host = first != std::string_view::npos && has_port(text.substr(first + 1)) &&
                       !has_port(text.substr(last + 1));
  return is_host ? first : last;
}

}  // namespace

void hide_url_passwords(std::string& text, std::string_view ends) {
  for (std::size_t at = 0; (at = text.find("://", at)) != std::string::npos;) {
    at += 3;
    const std::size_t end =
        std::min({text.find_first_of(ends, at), text.find("://", at), text.size()});
    const std::string_view url = std::string_view(text).substr(at, end - at);
    const std::size_t sign = end_of_password(url), colon = url.find(':');
    if (sign == std::string_view::npos || colon >= sign) continue;
    text.replace(at + colon + 1, sign - colon - 1, "***");
  }
}

}  // namespace mqttkit::tools
