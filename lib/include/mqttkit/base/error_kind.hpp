#pragma once

#include <cstdint>

namespace mqttkit {

/// What lies behind an error whose code does not tell it all. Programs go by this; the words beside
/// it are for people.
enum class error_kind : std::uint8_t {
  none,
  // errc::tls_verify_failed: the certificate
  certificate_expired,
  certificate_not_yet_valid,
  certificate_for_another_name,
  certificate_revoked,
  certificate_self_signed,
  certificate_authority_unknown,
  certificate_not_for_servers,
  // errc::tls_handshake_failed
  alert,                ///< the number is that of RFC 8446 §6 (tls_codes.hpp)
  pre_shared_key,       ///< an alert where one was offered, or about it: it may be wrong
  not_tls,              ///< something else answers on this port
  closed_in_handshake,  ///< by the peer, without an alert
  no_tls_version,       ///< none of the peer's is allowed here
  no_ciphers,           ///< those asked for and the versions exclude each other
  // errc::tls_setup_failed
  passphrase_missing,
  passphrase_wrong,
  // errc::proxy_refused, errc::websocket_refused
  http_status,    ///< the number is the status
  socks5_reply,   ///< the number is that of RFC 1928 §6
  login_refused,  ///< a proxy wants another user name, password or method
};

struct error_detail {
  error_kind kind = error_kind::none;
  int number = 0;

  constexpr error_detail() = default;
  constexpr error_detail(error_kind what, int code = 0) : kind(what), number(code) {}  // NOLINT
};

}  // namespace mqttkit
