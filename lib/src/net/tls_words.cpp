#include "net/tls_words.hpp"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <array>
#include <asio/ip/address.hpp>
#include <cstdio>
#include <ctime>
#include <vector>

#include "mqttkit/base/error.hpp"
#include "mqttkit/base/printable.hpp"
#include "mqttkit/base/tls_codes.hpp"

namespace mqttkit {
namespace {

// At most so many names are quoted from a certificate; some carry hundreds.
constexpr std::size_t most_names = 5;
// Most bytes quoted of one name, which comes from the network.
constexpr std::size_t most_name_bytes = 128;

std::string text_of(const ASN1_STRING* text) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, text);
  if (size < 0) return "?";
  const std::string raw(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return printable(raw, most_name_bytes);
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  const unsigned char* const bytes = ASN1_STRING_get0_data(address);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(address));
  if (asio::ip::address_v4::bytes_type v4; size == v4.size()) {
    std::copy(bytes, bytes + size, v4.begin());
    return asio::ip::address_v4(v4).to_string();
  }
  if (asio::ip::address_v6::bytes_type v6; size == v6.size()) {
    std::copy(bytes, bytes + size, v6.begin());
    return asio::ip::address_v6(v6).to_string();
  }
  return "?";
}

/// Common name, or nothing.
std::string common_name(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

/// The names a certificate is for: DNS names and addresses of its subjectAltName, or, when it has
/// none of these, its common name, which OpenSSL then goes by.
std::string names_of(const X509* certificate) {
  std::vector<std::string> names;
  const openssl_ptr<GENERAL_NAMES> alternatives(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  const int count = alternatives ? sk_GENERAL_NAME_num(alternatives.get()) : 0;
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(address_text(name->d.iPAddress));
  }
  if (names.empty()) {
    const std::string subject = common_name(X509_get_subject_name(certificate));
    return subject.empty() ? "no name at all" : subject;
  }
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == most_names) return text + " and " + std::to_string(names.size() - i) + " more";
    if (i != 0) text += ", ";
    text += names[i];
  }
  return text;
}

static_assert(verify_code::not_yet_valid == X509_V_ERR_CERT_NOT_YET_VALID);
static_assert(verify_code::has_expired == X509_V_ERR_CERT_HAS_EXPIRED);
static_assert(verify_code::self_signed_leaf == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
static_assert(verify_code::self_signed_in_chain == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
static_assert(verify_code::no_local_issuer == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
static_assert(verify_code::no_leaf_signature == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE);
static_assert(verify_code::wrong_purpose == X509_V_ERR_INVALID_PURPOSE);
static_assert(verify_code::wrong_host == X509_V_ERR_HOSTNAME_MISMATCH);
static_assert(verify_code::wrong_address == X509_V_ERR_IP_ADDRESS_MISMATCH);
static_assert(verify_code::leaf_key_too_small == X509_V_ERR_EE_KEY_TOO_SMALL);
static_assert(verify_code::authority_key_too_small == X509_V_ERR_CA_KEY_TOO_SMALL);
static_assert(verify_code::digest_too_weak == X509_V_ERR_CA_MD_TOO_WEAK);

const char* alert_words(int alert) noexcept {
  switch (alert) {
    case tls_alert::unexpected_message:
      return "unexpected message";
    case tls_alert::bad_record_mac:
      return "bad record";
    case tls_alert::record_overflow:
      return "record overflow";
    case tls_alert::handshake_failure:
      return "handshake failure: no common version or cipher, or the server wants a client "
             "certificate";
    case tls_alert::bad_certificate:
      return "bad certificate: the server does not accept our certificate";
    case tls_alert::unsupported_certificate:
      return "unsupported certificate: the server does not accept our certificate";
    case tls_alert::certificate_revoked:
      return "certificate revoked: our certificate";
    case tls_alert::certificate_expired:
      return "certificate expired: our certificate";
    case tls_alert::certificate_unknown:
      return "certificate unknown: the server does not accept our certificate";
    case tls_alert::illegal_parameter:
      return "illegal parameter";
    case tls_alert::unknown_ca:
      return "unknown ca: the server does not trust the issuer of our certificate";
    case tls_alert::access_denied:
      return "access denied";
    case tls_alert::decode_error:
      return "decode error";
    case tls_alert::decrypt_error:
      return "decrypt error: a signature or pre-shared key does not fit";
    case tls_alert::protocol_version:
      return "protocol version: the server takes none of the TLS versions offered";
    case tls_alert::insufficient_security:
      return "insufficient security";
    case tls_alert::internal_error:
      return "internal error of the server";
    case tls_alert::inappropriate_fallback:
      return "inappropriate fallback";
    case tls_alert::user_canceled:
      return "cancelled by the server";
    case tls_alert::missing_extension:
      return "missing extension";
    case tls_alert::unsupported_extension:
      return "unsupported extension";
    case tls_alert::unrecognized_name:
      return "unrecognized name: the server serves no such host name";
    case tls_alert::bad_certificate_status_response:
      return "bad certificate status response";
    case tls_alert::unknown_psk_identity:
      return "unknown psk identity: the server does not know our pre-shared key";
    case tls_alert::certificate_required:
      return "certificate required: the server wants a client certificate";
    case tls_alert::no_application_protocol:
      return "no application protocol: the server takes none of the ALPN protocols offered";
    default:
      return "refused by the server";
  }
}

}  // namespace

std::string words_of(const X509_NAME* name) {
  if (const std::string common = common_name(name); !common.empty()) return "CN=" + common;
  const openssl_ptr<BIO> out(BIO_new(BIO_s_mem()));
  constexpr unsigned long readable =
      XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  X509_NAME_print_ex(out.get(), name, 0, readable);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  const std::string full =
      size > 0 ? printable({text, static_cast<std::size_t>(size)}, most_name_bytes) : "";
  return full.empty() ? "no name" : full;
}

std::string date_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "unreadable date";
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return text.data();
}

std::string words_of(const rejected_certificate& rejected, const std::string& expected_name) {
  const X509* const certificate = rejected.certificate.get();
  if (certificate == nullptr) return X509_verify_cert_error_string(rejected.code);
  const std::string subject = words_of(X509_get_subject_name(certificate));
  const std::string issuer = words_of(X509_get_issuer_name(certificate));
  const std::string whose = rejected.depth == 0 ? "" : "; it is the authority " + subject;
  switch (rejected.code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "certificate has expired (" + date_of(X509_get0_notAfter(certificate)) + ")" + whose;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "certificate is not yet valid (from " + date_of(X509_get0_notBefore(certificate)) +
             ")" + whose;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "self-signed certificate (" + subject + ")";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "unknown certificate authority: the chain's root is not trusted (" + subject + ")";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "unknown certificate authority: the issuer is not trusted and the server does not "
             "send it (issuer " +
             issuer + ")";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "certificate is for " + names_of(certificate) + ", not " + expected_name;
    case X509_V_ERR_INVALID_PURPOSE:
      return "certificate is not meant for a server (" + subject + ")";
    case X509_V_ERR_CERT_REVOKED:
      return "certificate was revoked (" + subject + ")";
    default:
      return std::string(X509_verify_cert_error_string(rejected.code)) + " (" + subject + ")";
  }
}

error_kind kind_of(const rejected_certificate& rejected) noexcept {
  switch (rejected.code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return error_kind::certificate_expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return error_kind::certificate_not_yet_valid;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return error_kind::certificate_self_signed;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return error_kind::certificate_authority_unknown;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return error_kind::certificate_for_another_name;
    case X509_V_ERR_INVALID_PURPOSE:
      return error_kind::certificate_not_for_servers;
    case X509_V_ERR_CERT_REVOKED:
      return error_kind::certificate_revoked;
    default:
      return error_kind::none;
  }
}

std::string words_of_alert(int alert) {
  return std::string(alert_words(alert)) + " (alert " + std::to_string(alert) + ")";
}

bool is_alert(unsigned long code) {
  return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET;
}

tls_error tls_error_of(unsigned long code, const rejected_certificate& rejected,
                       const std::string& expected_name) {
  const int reason = ERR_GET_REASON(code);
  if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
    if (is_alert(code)) {
      const int alert = reason - SSL_AD_REASON_OFFSET;
      const bool is_about_key =
          alert == tls_alert::decrypt_error || alert == tls_alert::unknown_psk_identity;
      return {errc::tls_handshake_failed,
              words_of_alert(alert),
              {is_about_key ? error_kind::pre_shared_key : error_kind::alert, alert}};
    }
    switch (reason) {
      case SSL_R_CERTIFICATE_VERIFY_FAILED:
        return {errc::tls_verify_failed, words_of(rejected, expected_name), kind_of(rejected)};
      case SSL_R_WRONG_VERSION_NUMBER:
      case SSL_R_HTTP_REQUEST:
      case SSL_R_HTTPS_PROXY_REQUEST:
      case SSL_R_PACKET_LENGTH_TOO_LONG:
      case SSL_R_BAD_RECORD_TYPE:
        return {errc::tls_handshake_failed, "the server does not speak TLS on this port",
                error_kind::not_tls};
      case SSL_R_UNSUPPORTED_PROTOCOL:
      case SSL_R_VERSION_TOO_LOW:
        return {errc::tls_handshake_failed, "the server offers no TLS version that is allowed here",
                error_kind::no_tls_version};
      case SSL_R_NO_CIPHERS_AVAILABLE:
        return {errc::tls_handshake_failed,
                "the ciphers and TLS versions asked for exclude each other",
                error_kind::no_ciphers};
      case SSL_R_DH_KEY_TOO_SMALL:
        return {errc::tls_handshake_failed, "the server's Diffie-Hellman key is too small"};
      default:
        break;
    }
  }
  const char* const words = ERR_reason_error_string(code);
  return {errc::tls_handshake_failed, words != nullptr ? words : "TLS library error"};
}

std::string take_openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* const words = ERR_reason_error_string(code);
  ERR_clear_error();
  return words != nullptr ? words : "unknown reason";
}

}  // namespace mqttkit
