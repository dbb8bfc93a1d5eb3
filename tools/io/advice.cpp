#include "io/advice.hpp"

#include <asio/error.hpp>

#include "common/printable.hpp"
#include "io/failure_code.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/tls_codes.hpp"

namespace mqttkit::tools {
namespace {

bool is(std::error_code error, errc code) { return error == make_error_code(code); }

bool is_refused(std::error_code error) { return error == asio::error::connection_refused; }
bool is_timeout(std::error_code error) {
  return is(error, errc::step_timeout) || error == asio::error::timed_out;
}
bool is_unreachable(std::error_code error) {
  return error == asio::error::host_unreachable || error == asio::error::network_unreachable ||
         error == asio::error::network_down;
}

std::string advice_for_certificate(error_kind kind) {
  // --insecure skips the check of the name only; it is no cure for the others.
  switch (kind) {
    case error_kind::certificate_expired:
      return "renew it on the broker; if it is not old, check the clock here";
    case error_kind::certificate_not_yet_valid:
      return "check the clock here and on the broker";
    case error_kind::certificate_for_another_name:
      return "connect with a name that is in it, or --insecure to skip the check of the name";
    case error_kind::certificate_revoked:
      return "the broker needs a new one";
    case error_kind::certificate_self_signed:
      return "if it is the broker's own, trust it with --cafile FILE";
    case error_kind::certificate_authority_unknown:
      return "name the authority's certificate with --cafile FILE";
    case error_kind::certificate_not_for_servers:
      return "the broker needs another one";
    default:
      return "check --cafile";
  }
}

std::string advice_for_alert(int alert) {
  switch (alert) {
    case tls_alert::certificate_required:
      return "give ours with --cert FILE and --key FILE";
    case tls_alert::bad_certificate:
    case tls_alert::unsupported_certificate:
    case tls_alert::certificate_revoked:
    case tls_alert::certificate_expired:
    case tls_alert::certificate_unknown:
    case tls_alert::unknown_ca:
      return "check --cert";
    case tls_alert::protocol_version:
      return "see --tls-version; TLS before 1.2 is not spoken";
    case tls_alert::handshake_failure:
      return "see --ciphers, --cert and --key, and whether the broker uses --psk";
    case tls_alert::unrecognized_name:
      return "see --tls-server-name";
    case tls_alert::no_application_protocol:
      return "check --tls-alpn";
    default:
      return {};
  }
}

std::string advice_for_tls(const failure& why) {
  if (is(why.error, errc::tls_verify_failed)) return advice_for_certificate(why.what.kind);
  switch (why.what.kind) {
    case error_kind::passphrase_missing:
      return "give it with --key-pass-file FILE";
    case error_kind::passphrase_wrong:
      return "check --key-pass-file";
    case error_kind::not_tls:
      return "use the broker's TLS port, usually 8883, or leave the TLS options out";
    case error_kind::pre_shared_key:
      return "check --psk and --psk-identity";
    case error_kind::alert:
      return advice_for_alert(why.what.number);
    case error_kind::no_tls_version:
      return "see --tls-version; TLS before 1.2 is not spoken";
    case error_kind::no_ciphers:
      return "see --ciphers and --tls-version";
    default:
      break;
  }
  if (is_timeout(why.error)) return "the port may not speak TLS; the TLS port is usually 8883";
  if (is_hang_up(why.error) || why.what.kind == error_kind::closed_in_handshake)
    return "the port may not speak TLS (the TLS port is usually 8883), or the broker wants --cert "
           "and --key";
  return {};
}

constexpr int bad_gateway = 502;  // RFC 9110 §15.6
constexpr int service_unavailable = 503;
constexpr int gateway_timeout = 504;

bool is_behind_it(int status) {
  return status == bad_gateway || status == service_unavailable || status == gateway_timeout;
}

/// Whether a SOCKS5 proxy tried and found no way (RFC 1928 §6): unreachable, refused, expired.
bool is_unreached(int reply) { return reply >= 3 && reply <= 6; }

std::string advice_for_proxy(const failure& why) {
  if (is(why.error, errc::proxy_refused)) {
    if (why.what.kind == error_kind::login_refused)
      return "check the user name and the password in --proxy";
    const int number = why.what.number;
    if (why.what.kind == error_kind::socks5_reply ? is_unreached(number) : is_behind_it(number))
      return "the proxy answers, but does not reach the broker: check -h and -p";
    return "the proxy does not let this connection through: check -h and -p, and the proxy's rules";
  }
  if (is(why.error, errc::proxy_protocol) || is(why.error, errc::http_malformed) ||
      is(why.error, errc::http_too_large))
    return "is it that kind of proxy? --proxy takes socks5h://, socks5:// and http://";
  if (is_refused(why.error)) return "nothing listens there: check --proxy";
  return "check --proxy";
}

std::string advice_for_status(int status) {
  constexpr int unauthorized = 401;
  constexpr int forbidden = 403;
  constexpr int not_found = 404;
  if (status == not_found) return "check the path: --ws-path (brokers use /mqtt, /ws or /)";
  if (status == unauthorized || status == forbidden)
    return "the server wants credentials of its own: --ws-header 'Authorization: ...'";
  if (status / 100 == 3) return "the server sends clients elsewhere: check host, port and path";
  if (is_behind_it(status)) return "the web server in front of the broker does not reach it";
  return "is it the broker's WebSocket port, and is --ws-path right?";
}

std::string advice_for_websocket(const failure& why) {
  if (is(why.error, errc::websocket_refused)) return advice_for_status(why.what.number);
  if (is(why.error, errc::http_malformed) || is(why.error, errc::http_too_large))
    return "the port does not speak HTTP: without --ws MQTT is usually on port 1883, with TLS on "
           "8883";
  if (is_timeout(why.error) || is_hang_up(why.error))
    return "is it the broker's WebSocket port? TLS may be needed (wss://)";
  return {};
}

std::string advice_for_connect(const failure& why) {
  const bool is_unix = std::string_view(why.subject).starts_with("unix:") ||
                       std::string_view(why.subject).starts_with("/");
  if (is_unix) {
    if (why.error == std::errc::no_such_file_or_directory)
      return "there is no such socket: is the broker running, and is its listener on this path?";
    if (why.error == std::errc::permission_denied)
      return "this user may not open the socket: check its permissions and those of its directory";
    if (is_refused(why.error))
      return "the socket is there, but nothing listens: is the broker running?";
    return {};
  }
  if (is_refused(why.error))
    return "nothing listens there: is the broker running, is the port right?";
  if (is_timeout(why.error))
    return "nothing answers: a firewall may be in between, or the host is down";
  if (is_unreachable(why.error))
    return "there is no way to that host: is the network up (VPN, Wi-Fi)?";
  if (why.error == std::errc::address_not_available) return "check the local address given with -A";
  if (why.error == std::errc::permission_denied) return "a firewall of this machine forbids it";
  return {};
}

std::string advice_for_connack(const failure& why) {
  if (is_hang_up(why.error))
    return "the broker may expect TLS there (--cafile FILE or --tls-use-os-certs), WebSocket "
           "(--ws), or another -V";
  if (is(why.error, errc::connack_timeout) || is_timeout(why.error))
    return "something listens there, but it does not answer MQTT: is the port right, is TLS or "
           "--ws needed?";
  if (is(why.error, errc::packet_too_large))
    return "what answers there may not speak MQTT (is the port right, is TLS or --ws needed?), or "
           "--max-packet-size is too small";
  if (is(why.error, errc::malformed_packet) || is(why.error, errc::protocol_error) ||
      is(why.error, errc::unexpected_packet))
    return "what answers there does not speak MQTT: is the port right, is TLS or --ws needed?";
  if (is(why.error, errc::authentication_failed))
    return "check the -D connect authentication properties";
  return {};
}

}  // namespace

std::string advice_for_reason(const failure& why, bool connecting) {
  switch (static_cast<reason_code>(why.reason)) {
    case reason_code::unsupported_protocol_version:
      return "choose another version: -V 3.1.1 is spoken most widely, -V 5 is the newest";
    case reason_code::client_identifier_not_valid:
      return "give a client identifier the broker accepts with -i ID, or leave -i out";
    case reason_code::bad_user_name_or_password:
      return "check -u and -P";
    case reason_code::not_authorized:
      return connecting ? "check -u and -P, and what the broker allows this user"
                        : "check what the broker allows this user (its ACL)";
    case reason_code::bad_authentication_method:
      return "the broker wants another authentication method, see -D connect authentication-method";
    case reason_code::server_unavailable:
    case reason_code::server_busy:
    case reason_code::server_shutting_down:
    case reason_code::quota_exceeded:
    case reason_code::connection_rate_exceeded:
      return "try again later";
    case reason_code::message_rate_too_high:
      return "send more slowly";
    case reason_code::banned:
      return "the broker's operator has shut this client out; ask there";
    case reason_code::use_another_server:
    case reason_code::server_moved:
      return why.server_reference.empty()
                 ? std::string("the broker does not say where to go instead")
                 : "connect there instead: -h " + printable(why.server_reference, 200);
    case reason_code::session_taken_over:
      return "another client connected with the same identifier; give each its own with -i";
    case reason_code::keep_alive_timeout:
      return "the broker heard nothing for too long; see -k";
    case reason_code::packet_too_large:
      return "the broker takes no packets that large";
    case reason_code::topic_name_invalid:
      return connecting ? "check --will-topic" : "the broker does not accept this topic";
    case reason_code::topic_filter_invalid:
      return "the broker does not accept this topic filter";
    case reason_code::topic_alias_invalid:
      return "the broker does not take this topic alias; leave -D publish topic-alias out";
    case reason_code::qos_not_supported:
      return connecting ? "lower --will-qos" : "lower -q";
    case reason_code::retain_not_supported:
      return connecting ? "leave --will-retain out" : "leave -r out";
    case reason_code::wildcard_subscriptions_not_supported:
      return "subscribe without + and #";
    case reason_code::shared_subscriptions_not_supported:
      return "subscribe without $share";
    case reason_code::subscription_identifiers_not_supported:
      return "leave -D subscribe subscription-identifier out";
    case reason_code::payload_format_invalid:
      return "the payload is not UTF-8, as -D payload-format-indicator 1 promises";
    default:
      return {};
  }
}

std::string advice_for_limit(std::error_code error) {
  if (error.category() != mqtt_category()) return {};
  switch (static_cast<errc>(error.value())) {
    case errc::client_id_required:
      return "give one with -i";
    case errc::invalid_client_id:
      return "give a shorter one with -i";
    case errc::password_without_username:
      return "give one with -u, or use -V 5";
    case errc::qos_not_supported:
      return "lower -q";
    case errc::retain_not_supported:
      return "leave -r out";
    case errc::wildcard_not_supported:
      return "subscribe without + and #";
    case errc::shared_not_supported:
      return "subscribe without $share";
    case errc::subscription_ids_not_supported:
      return "leave -D subscribe subscription-identifier out";
    case errc::packet_too_large:
      return "send smaller messages, or raise the limit on the broker";
    default:
      return {};
  }
}

std::string advice_for(const failure& why) {
  if (!why.error) return {};
  if (is(why.error, errc::connection_refused_by_broker)) return advice_for_reason(why, true);
  if (is(why.error, errc::disconnected_by_broker)) return advice_for_reason(why, false);
  if (is(why.error, errc::name_not_found)) return "check the host name";
  if (is(why.error, errc::name_lookup_failed))
    return "is the network up, and does its name server work?";
  switch (stage_of(why)) {
    case stage::connect:
      return advice_for_connect(why);
    case stage::proxy:
      return advice_for_proxy(why);
    case stage::tls:
      return advice_for_tls(why);
    case stage::websocket:
      return advice_for_websocket(why);
    case stage::connack:
      if (const std::string advice = advice_for_connack(why); !advice.empty()) return advice;
      break;
    case stage::session:
      // This is about a packet of the broker; one of ours that is too large does not end the
      // connection.
      if (is(why.error, errc::packet_too_large)) return "raise --max-packet-size to take it";
      break;
    case stage::set_up:
      if (is(why.error, errc::tls_setup_failed)) return advice_for_tls(why);
      break;
    default:
      break;
  }
  return advice_for_limit(why.error);
}

}  // namespace mqttkit::tools
