// What browsers and WebSocket libraries print.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* ws_js = "https://github.com/websockets/ws lib/websocket.js";
constexpr const char* browser_ws = "https://websockets.spec.whatwg.org/; Chromium net/base/net_error_list.h";
constexpr const char* http_doc = "RFC 9110 section 15; RFC 6455 section 4.1; https://nginx.org/en/docs/http/websocket.html";
constexpr const char* paho_js = "https://github.com/eclipse-paho/paho.mqtt.javascript src/paho-mqtt.js: ERROR";
constexpr const char* rfc_ws = "RFC 6455 section 7.4.1";

constexpr said_row web_table[] = {
    {browser, "error during websocket handshake sec-websocket-protocol|"
     "sec-websocket-protocol header value * in response does not match any of sent values|"
     "sec-websocket-protocol header value * * in response does not match any of sent values|"
     "response must not include sec-websocket-protocol header if not present in request|"
     "sent non-empty sec-websocket-protocol header but no response was received", "",
     is::wrong_subprotocol, browser_ws},
    {mqtt_js, "server sent an invalid subprotocol|server sent no subprotocol|"
     "server sent a subprotocol but none was requested", "", is::wrong_subprotocol, ws_js},
    {browser, "error during websocket handshake|websocket connection to|websocket error|websocket is closed before the connection is "
     "established", "", is::websocket_failed, browser_ws},
    {browser, "unexpected response code|unexpected server response|invalid status code", "",
     is::websocket_refused, browser_ws},
    {browser, "err_cert_authority_invalid|mozilla_pkix_error_self_signed_cert|sec_error_unknown_issuer", "", is::untrusted, browser_ws},
    {browser, "err_cert_common_name_invalid|ssl_error_bad_cert_domain", "", is::other_name, browser_ws},
    {browser, "err_cert_date_invalid|sec_error_expired_certificate", "", is::wrong_time, browser_ws},
    {browser, "err_cert_revoked", "", is::revoked, browser_ws},
    {browser, "err_cert_weak_key|err_cert_weak_signature_algorithm|err_ssl_weak_server_ephemeral_dh_key|err_ssl_server_cert_bad_format", "",
     is::weak_certificate, browser_ws},
    {browser, "err_ssl_protocol_error|ssl_error_rx_record_too_long", "", is::no_tls_there, browser_ws},
    {browser, "err_ssl_version_or_cipher_mismatch|ssl_error_no_cypher_overlap", "", is::nothing_in_common, browser_ws},
    {browser, "err_ssl_obsolete_version", "", is::tls_version, browser_ws},
    {browser, "err_ssl_client_auth_cert_needed|err_bad_ssl_client_auth_cert", "", is::wants_certificate, browser_ws},
    {browser, "err_connection_refused", "", is::refused, browser_ws},
    {browser, "err_connection_timed_out|err_timed_out", "", is::timed_out, browser_ws},
    {browser, "err_connection_reset", "", is::reset, browser_ws},
    {browser, "err_connection_closed|err_empty_response", "", is::hung_up_on_tls, browser_ws},
    {browser, "err_connection_aborted", "", is::closed, browser_ws},
    {browser, "err_name_not_resolved|err_name_resolution_failed", "", is::name_not_found, browser_ws},
    {browser, "err_address_unreachable|err_network_changed", "", is::no_route, browser_ws},
    {browser, "err_internet_disconnected", "", is::no_network, browser_ws},
    {browser, "err_network_access_denied|err_blocked_by_client|err_unsafe_port", "", is::app_not_allowed, browser_ws},
    {browser, "err_invalid_http_response", "", is::no_websocket_there, browser_ws},
    {browser, "err_tunnel_connection_failed|err_proxy_connection_failed", "", is::no_backend, browser_ws},
    {browser, "err_disallowed_url_scheme|the url s scheme must be either|failed to construct websocket the url", "", is::app_url, browser_ws},
    {browser, "insecure websocket connection may not be initiated|mixed content|the operation is insecure|attempted to connect to the insecure websocket endpoint", "",
     is::mixed_content, browser_ws},

    // ---- the answer of HTTP in place of a WebSocket
    {browser, "unexpected response code 404|unexpected server response 404|invalid status code 404|response status code 404 when status code 101 was expected|status code 404 when status code 101|handshake status 404|got status 404", "", is::websocket_refused, http_doc},
    {browser, "unexpected response code 400|unexpected server response 400|invalid status code 400|status code 400 when status code 101|handshake status 400|"
     "unexpected response code 426|unexpected server response 426|status code 426 when status code 101|handshake status 426|upgrade required|426 upgrade required|"
     "unexpected response code 200|unexpected server response 200|invalid status code 200|status code 200 when status code 101|handshake status 200|"
     "unexpected response code 405|unexpected server response 405|handshake status 405|unexpected response code 501|unexpected server response 501", "", is::upgrade_refused, http_doc},
    {browser, "unexpected response code 401|unexpected server response 401|handshake status 401|status code 401 when status code 101|"
     "unexpected response code 403|unexpected server response 403|handshake status 403|status code 403 when status code 101|unexpected response code 407", "",
     is::web_login, http_doc},
    {browser, "unexpected response code 502|unexpected server response 502|handshake status 502|status code 502 when status code 101|"
     "unexpected response code 503|unexpected server response 503|handshake status 503|status code 503 when status code 101|"
     "unexpected response code 504|unexpected server response 504|handshake status 504|unexpected response code 500|unexpected server response 500|"
     "unexpected response code 521|unexpected server response 521|unexpected response code 522|unexpected server response 522|"
     "unexpected response code 530|unexpected server response 530|bad gateway|gateway timeout|connect failed * connection refused while connecting to upstream|"
     "connection refused while connecting to upstream|upstream timed out|no live upstreams|has no server available|upstream prematurely closed connection", "",
     is::no_backend, http_doc},
    {browser, "unexpected response code 301|unexpected server response 301|unexpected response code 302|unexpected server response 302|"
     "unexpected response code 307|unexpected server response 307|unexpected response code 308|unexpected server response 308|handshake status 301|handshake status 302|"
     "moved permanently", "", is::redirected, http_doc},
    {mqtt_js, "parse error expected http|hpe_invalid_constant|invalid http response|did not receive a valid http response|bad status line", "", is::no_websocket_there, ws_js},
    {mqtt_js, "socket hang up|invalid frame header|connection closed before receiving a handshake response|"
     "websocketconnectionclosedexception|connection is already closed", "", is::websocket_failed, ws_js},

    // ---- Paho's JavaScript library
    {browser, "amqjs0001e|amqjs0007e|socket error undefined", "", is::websocket_failed, paho_js},
    {browser, "amqjs0004e|ping timed out", "", is::silent_too_long, paho_js},
    {browser, "amqjs0006e ** 4|amqjs0006e ** bad user name or password", "", is::bad_login, paho_js},
    {browser, "amqjs0006e ** 5|amqjs0006e ** not authorized", "", is::not_authorised, paho_js},
    {browser, "amqjs0006e", "", is::login_refused, paho_js},
    {browser, "amqjs0008i|socket closed", "", is::closed, paho_js},
    {browser, "amqjs0009e|amqjs0015e", "", is::broken_packet, paho_js},
    {browser, "amqjs0011e|invalid state not connected", "", is::not_connected, paho_js},
    {browser, "amqjs0012e|amqjs0013e|amqjs0014e", "", is::app_call, paho_js},

    // ---- numbers of a WebSocket's end
    {browser, "websocket closed 1006|close code 1006|code 1006|closed abnormally 1006|abnormal closure", "1006", is::websocket_failed, rfc_ws},
    {browser, "close code 1000|code 1000", "1000", is::closed, rfc_ws},
    {browser, "close code 1001|code 1001|going away", "1001", is::told_to_go, rfc_ws},
    {browser, "close code 1002|code 1002|close code 1003|code 1003|close code 1007|code 1007", "1002 1003 1007", is::broken_packet, rfc_ws},
    {browser, "close code 1008|code 1008|policy violation", "1008", is::login_refused, rfc_ws},
    {browser, "close code 1009|code 1009|message too big", "1009", is::too_large, rfc_ws},
    {browser, "close code 1011|code 1011|close code 1012|code 1012|close code 1013|code 1013|close code 1014|code 1014", "1011 1012 1013 1014",
     is::unavailable, rfc_ws},
    {browser, "close code 1015|code 1015", "1015", is::handshake, rfc_ws},
};
// clang-format on

}  // namespace

std::span<const said_row> web_rows() noexcept { return web_table; }

}  // namespace mqttkit::doctor
