#include "io/failure_text.hpp"

#include <algorithm>
#include <asio/error.hpp>

#include "common/printable.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::tools {

namespace {

bool is(std::error_code error, errc code) { return error == make_error_code(code); }

/// @param part  in lower case
bool contains(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

bool is_refused(std::error_code error) { return error == asio::error::connection_refused; }
bool is_timeout(std::error_code error) {
  return is(error, errc::step_timeout) || error == asio::error::timed_out;
}
bool is_unreachable(std::error_code error) {
  return error == asio::error::host_unreachable || error == asio::error::network_unreachable ||
         error == asio::error::network_down;
}

std::string lower_first(std::string_view text) {
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const std::string_view word = text.substr(0, text.find(' '));
  std::string out(text);
  // A name such as "TLS" or "QoS" stays as it is.
  if (std::count_if(word.begin(), word.end(), is_capital) == 1 && is_capital(word[0]))
    out[0] = static_cast<char>(out[0] + 32);
  return out;
}

std::string hex(std::uint8_t code) {
  static constexpr char digits[] = "0123456789ABCDEF";
  return std::string("0x") + digits[code >> 4] + digits[code & 15];
}

std::string reason_text(std::uint8_t reason, packet_type in) {
  const std::string_view name = reason_name(reason, in);
  if (name.empty()) return "reason " + hex(reason);
  return lower_first(name) + " (" + hex(reason) + ")";
}

/// What went wrong, without subject and advice.
std::string cause_of(const failure& why) {
  const std::string detail = printable(why.detail);
  if (is(why.error, errc::connection_refused_by_broker) ||
      is(why.error, errc::disconnected_by_broker)) {
    const bool refused = is(why.error, errc::connection_refused_by_broker);
    std::string text = refused ? "refused by the broker" : "disconnected by the broker";
    if (why.reason != 0)
      text +=
          ": " + reason_text(why.reason, refused ? packet_type::connack : packet_type::disconnect);
    if (!detail.empty()) text += ": \"" + detail + '"';
    return text;
  }
  std::string message = is_refused(why.error)               ? "connection refused"
                        : is(why.error, errc::step_timeout) ? "timed out"
                        : why.error == asio::error::eof     ? "connection closed by the peer"
                                                            : lower_first(why.error.message());
  if (detail.empty()) return printable(message);
  // Where the details are a sentence of their own they need no "handshake failed" in front.
  static constexpr errc sentences[] = {errc::tls_verify_failed, errc::tls_handshake_failed,
                                       errc::tls_setup_failed,  errc::invalid_option,
                                       errc::connection_closed, errc::proxy_protocol,
                                       errc::http_malformed};
  bool detail_says_all = contains(detail, message);
  for (const errc code : sentences) detail_says_all = detail_says_all || is(why.error, code);
  return detail_says_all ? lower_first(detail) : message + ": " + detail;
}

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

std::string advice_for_certificate(std::string_view words) {
  // --insecure skips the check of the name only; it is no cure for the others. The openings are
  // those of the TLS transport; names in a certificate may hold any word.
  if (words.starts_with("certificate has expired"))
    return "renew it on the broker; if it is not old, check the clock here";
  if (words.starts_with("certificate is not yet valid"))
    return "check the clock here and on the broker";
  if (words.starts_with("certificate is for "))
    return "connect with a name that is in it, or --insecure to skip the check of the name";
  if (words.starts_with("certificate was revoked")) return "the broker needs a new one";
  if (words.starts_with("self-signed certificate"))
    return "if it is the broker's own, trust it with --cafile FILE";
  if (words.starts_with("unknown certificate authority"))
    return "name the authority's certificate with --cafile FILE";
  if (words.starts_with("certificate is not meant for a server"))
    return "the broker needs another one";
  return "check --cafile";
}

std::string advice_for_tls(const failure& why) {
  const std::string_view words = why.detail;
  if (is(why.error, errc::tls_verify_failed)) return advice_for_certificate(words);
  if (is(why.error, errc::tls_setup_failed)) {
    if (contains(words, "no passphrase was given")) return "give it with --key-pass-file FILE";
    if (contains(words, "passphrase does not open")) return "check --key-pass-file";
    return {};
  }
  if (contains(words, "does not speak tls"))
    return "use the broker's TLS port, usually 8883, or leave the TLS options out";
  if (contains(words, "pre-shared key") || contains(words, "psk identity"))
    return "check --psk and --psk-identity";
  if (words.starts_with("certificate required")) return "give ours with --cert FILE and --key FILE";
  if (contains(words, "our certificate")) return "check --cert";
  if (words.starts_with("protocol version") || contains(words, "no tls version"))
    return "see --tls-version; TLS before 1.2 is not spoken";
  if (words.starts_with("handshake failure"))
    return "see --ciphers, --cert and --key, and whether the broker uses --psk";
  if (contains(words, "ciphers")) return "see --ciphers and --tls-version";
  if (words.starts_with("unrecognized name")) return "see --tls-server-name";
  if (words.starts_with("no application protocol")) return "check --tls-alpn";
  if (is_timeout(why.error)) return "the port may not speak TLS; the TLS port is usually 8883";
  if (is_hang_up(why.error) || contains(words, "closed by the server"))
    return "the port may not speak TLS (the TLS port is usually 8883), or the broker wants --cert "
           "and --key";
  return {};
}

std::string advice_for_proxy(const failure& why) {
  const std::string_view words = why.detail;
  if (is(why.error, errc::proxy_refused)) {
    if (contains(words, "407") || contains(words, "authenti") || contains(words, "user name"))
      return "check the user name and the password in --proxy";
    if (contains(words, "unreachable") || contains(words, "connection refused") ||
        contains(words, "ttl expired") || contains(words, " 502") || contains(words, " 503") ||
        contains(words, " 504"))
      return "the proxy answers, but does not reach the broker: check -h and -p";
    return "the proxy does not let this connection through: check -h and -p, and the proxy's rules";
  }
  if (is(why.error, errc::proxy_protocol) || is(why.error, errc::http_malformed) ||
      is(why.error, errc::http_too_large))
    return "is it that kind of proxy? --proxy takes socks5h://, socks5:// and http://";
  if (is_refused(why.error)) return "nothing listens there: check --proxy";
  return "check --proxy";
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

std::string advice_for_websocket(const failure& why) {
  const std::string_view words = why.detail;
  if (is(why.error, errc::websocket_refused)) {
    if (contains(words, " 404")) return "check the path: --ws-path (brokers use /mqtt, /ws or /)";
    if (contains(words, " 401") || contains(words, " 403"))
      return "the server wants credentials of its own: --ws-header 'Authorization: ...'";
    if (contains(words, " 30"))
      return "the server sends clients elsewhere: check host, port and path";
    if (contains(words, " 502") || contains(words, " 503") || contains(words, " 504"))
      return "the web server in front of the broker does not reach it";
    if (contains(words, "subprotocol")) return "is it a broker's WebSocket?";
    return "is it the broker's WebSocket port, and is --ws-path right?";
  }
  if (is(why.error, errc::http_malformed) || is(why.error, errc::http_too_large))
    return "the port does not speak HTTP: without --ws MQTT is usually on port 1883, with TLS on "
           "8883";
  if (is_timeout(why.error) || is_hang_up(why.error))
    return "is it the broker's WebSocket port? TLS may be needed (wss://)";
  return {};
}

std::string advice_for_connack(const failure& why) {
  if (is_hang_up(why.error))
    return "the broker may expect TLS there (--cafile FILE or --tls-use-os-certs), WebSocket "
           "(--ws), or another -V";
  if (is(why.error, errc::connack_timeout) || is_timeout(why.error))
    return "something listens there, but it does not answer MQTT: is the port right, is TLS or "
           "--ws needed?";
  if (is(why.error, errc::malformed_packet) || is(why.error, errc::protocol_error) ||
      is(why.error, errc::unexpected_packet) || is(why.error, errc::packet_too_large))
    return "what answers there does not speak MQTT: is the port right, is TLS or --ws needed?";
  if (is(why.error, errc::authentication_failed))
    return "check the -D connect authentication properties";
  return {};
}

std::string advice_for_limits(std::error_code error) {
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

/// Where a failure belongs. In TLS 1.3 the server's verdict on our certificate comes after the
/// handshake, with its first bytes.
stage stage_of(const failure& why) {
  const bool is_tls =
      is(why.error, errc::tls_verify_failed) || is(why.error, errc::tls_handshake_failed);
  return is_tls ? stage::tls : why.at;
}

}  // namespace

bool is_hang_up(std::error_code error) noexcept {
  return error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::error::broken_pipe || is(error, errc::connection_closed) ||
         is(error, errc::closed_before_connack);
}

exit_code exit_code_for(const failure& why) noexcept {
  if (!why.error) return exit_code::done;
  if (is(why.error, errc::connection_refused_by_broker)) {
    switch (static_cast<reason_code>(why.reason)) {
      case reason_code::unsupported_protocol_version:
        return exit_code::version_refused;
      case reason_code::client_identifier_not_valid:
        return exit_code::identifier_refused;
      case reason_code::bad_user_name_or_password:
      case reason_code::bad_authentication_method:
        return exit_code::bad_credentials;
      case reason_code::not_authorized:
      case reason_code::banned:
        return exit_code::not_authorised;
      default:
        return exit_code::refused;
    }
  }
  if (is(why.error, errc::authentication_failed)) return exit_code::bad_credentials;
  if (is(why.error, errc::name_not_found) || is(why.error, errc::name_lookup_failed))
    return exit_code::name_not_found;
  if (stage_of(why) == stage::tls || is(why.error, errc::tls_setup_failed)) return exit_code::tls;
  switch (why.at) {
    case stage::set_up:
      return exit_code::usage;
    case stage::resolve:
      return exit_code::name_not_found;
    case stage::connect:
    case stage::proxy:
    case stage::websocket:
      return exit_code::cannot_connect;
    case stage::connack:
      return is(why.error, errc::disconnected_by_broker) ? exit_code::refused
                                                         : exit_code::cannot_connect;
    case stage::tls:
      return exit_code::tls;
    case stage::session:
      return exit_code::lost;
  }
  return exit_code::failed;
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
    case stage::set_up:
      if (is(why.error, errc::tls_setup_failed)) return advice_for_tls(why);
      break;
    default:
      break;
  }
  return advice_for_limits(why.error);
}

std::string describe(const failure& why) {
  std::string line;
  if (!why.subject.empty()) line = printable(why.subject) + ": ";
  line += to_string(stage_of(why));
  line += ": ";
  line += cause_of(why);
  if (const std::string advice = advice_for(why); !advice.empty()) line += "; " + advice;
  return line;
}

std::string describe(const failure& why, std::string_view tls_from) {
  std::string line = describe(why);
  const bool is_about_it = why.at == stage::connect || why.at == stage::tls;
  if (is_about_it && !tls_from.empty()) {
    line += "; TLS is on because of ";
    line += tls_from;
    line += ", --no-tls goes without";
  }
  return line;
}

std::string describe_refusal(std::uint8_t reason, packet_type in, std::string_view words) {
  std::string line = reason_text(reason, in);
  if (!words.empty()) line += ": \"" + printable(words) + '"';
  failure why;
  why.reason = reason;
  std::string advice = advice_for_reason(why, false);
  // Before MQTT 5 the only refusal there is says nothing more; most often it is this.
  if (advice.empty() && in == packet_type::suback)
    advice = "check the filter, and what the broker allows this user (its ACL)";
  if (!advice.empty()) line += "; " + advice;
  return line;
}

std::string describe_limit(std::error_code error) {
  std::string line = lower_first(error.message());
  if (const std::string advice = advice_for_limits(error); !advice.empty()) line += "; " + advice;
  return line;
}

}  // namespace mqttkit::tools
