// How a server answered the upgrade to WebSocket, as the causes about it ask.
#pragma once

#include <string>
#include <string_view>

#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor {

/// Statuses of HTTP (RFC 9110).
namespace http_status {
inline constexpr int ok = 200, bad_request = 400, unauthorized = 401, forbidden = 403,
                     not_found = 404, method_not_allowed = 405, proxy_login = 407, gone = 410,
                     misdirected = 421, upgrade_required = 426, too_many_requests = 429,
                     server_error = 500, not_implemented = 501, bad_gateway = 502,
                     unavailable = 503, gateway_timeout = 504, version_not_supported = 505;
}  // namespace http_status

/// The makes of web servers that stand in front of brokers.
enum class web_server : std::uint8_t {
  unknown,
  nginx,  ///< and what is built on it: openresty, tengine
  apache,
  caddy,
  haproxy,
  traefik,
  envoy,
  amazon,
  cloudflare,
  other,
};

/// The client's upgrade, or the plain one where a server without TLS was asked for TLS; null when
/// there was none.
const websocket_fact* websocket_of(const view& known);

/// The answer of a server that refused the upgrade with an HTTP status; null when none did.
const websocket_fact* refused(const view& known);

/// An upgrade at another path that succeeded; null for none.
const contact* other_path_that_works(const view& known);

/// "" when the header did not come.
std::string header_of(const websocket_fact& socket, const char* name);

/// The status, the path and the server's name, as evidence.
sentence status_words(const websocket_fact& socket);

/// Whether the answer says that plain HTTP came to a port of TLS.
bool is_plain_to_tls(const websocket_fact& socket);

/// Whether a TLS greeting on the same port was answered.
bool hello_is_tls(const view& known);

/// Whether the plain HTTP that came to a port of TLS was the web server's in front: the port asked
/// is the right one.
bool is_tls_behind(const view& known, const websocket_fact& socket);

/// Whether a web server's page asks for a client certificate.
bool speaks_of_certificate(const websocket_fact& socket);

web_server server_of(const websocket_fact& socket);

/// Whether the proxy knows this path, as it answers other paths differently, and the server behind
/// it did not get the upgrade.
bool is_upgrade_lost(const view& known, const websocket_fact& socket);

/// Whether a tunnel service answers by itself, because no tunnel is open for the name.
bool is_without_tunnel(const websocket_fact& socket);

}  // namespace mqttkit::doctor
