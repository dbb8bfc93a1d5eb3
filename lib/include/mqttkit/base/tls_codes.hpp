#pragma once

#include <string_view>

namespace mqttkit {

/// The alerts a peer may end TLS with (RFC 8446 §6, RFC 5246 §7.2), by their names there.
namespace tls_alert {

inline constexpr int close_notify = 0;
inline constexpr int unexpected_message = 10;
inline constexpr int bad_record_mac = 20;
inline constexpr int record_overflow = 22;
inline constexpr int handshake_failure = 40;
inline constexpr int bad_certificate = 42;
inline constexpr int unsupported_certificate = 43;
inline constexpr int certificate_revoked = 44;
inline constexpr int certificate_expired = 45;
inline constexpr int certificate_unknown = 46;
inline constexpr int illegal_parameter = 47;
inline constexpr int unknown_ca = 48;
inline constexpr int access_denied = 49;
inline constexpr int decode_error = 50;
inline constexpr int decrypt_error = 51;
inline constexpr int protocol_version = 70;
inline constexpr int insufficient_security = 71;
inline constexpr int internal_error = 80;
inline constexpr int inappropriate_fallback = 86;
inline constexpr int user_canceled = 90;
inline constexpr int missing_extension = 109;
inline constexpr int unsupported_extension = 110;
inline constexpr int unrecognized_name = 112;
inline constexpr int bad_certificate_status_response = 113;
inline constexpr int unknown_psk_identity = 115;
inline constexpr int certificate_required = 116;
inline constexpr int no_application_protocol = 120;

}  // namespace tls_alert

/// "handshake_failure"; empty for a number that has no name.
std::string_view tls_alert_name(int alert) noexcept;

/// What a certificate was found to lack (OpenSSL's X509_V_ERR_...,
/// openssl-verification-options(1)).
namespace verify_code {

inline constexpr int not_yet_valid = 9;
inline constexpr int has_expired = 10;
inline constexpr int self_signed_leaf = 18;
inline constexpr int self_signed_in_chain = 19;
inline constexpr int no_local_issuer = 20;
inline constexpr int no_leaf_signature = 21;
inline constexpr int wrong_purpose = 26;
inline constexpr int wrong_host = 62;
inline constexpr int wrong_address = 64;
inline constexpr int leaf_key_too_small = 66;
inline constexpr int authority_key_too_small = 67;
inline constexpr int digest_too_weak = 68;

}  // namespace verify_code

}  // namespace mqttkit
