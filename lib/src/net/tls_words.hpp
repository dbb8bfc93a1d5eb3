// What OpenSSL says, in the words of a person who has to mend it.
#pragma once

#include <openssl/ossl_typ.h>

#include <string>
#include <system_error>

#include "mqttkit/base/error_kind.hpp"
#include "net/openssl_ptr.hpp"

namespace mqttkit {

/// The first certificate that was not accepted, noted by the verify callback.
struct rejected_certificate {
  int code = 0;   ///< X509_V_ERR_...; 0 while all is well
  int depth = 0;  ///< 0 is the server's own certificate
  openssl_ptr<X509> certificate;

  rejected_certificate() = default;
};

/// "CN=broker.example", or all of the name when it has no common name. Safe for a terminal.
std::string words_of(const X509_NAME* name);

/// "2025-03-01", in UTC.
std::string date_of(const ASN1_TIME* time);

/// "certificate has expired (2025-03-01)", "certificate is for broker.invalid, not localhost".
std::string words_of(const rejected_certificate& rejected, const std::string& expected_name);

/// What kind of problem that is.
error_kind kind_of(const rejected_certificate& rejected) noexcept;

/// "certificate required (alert 116): ...": an alert of the peer (RFC 8446 §6).
std::string words_of_alert(int alert);

/// A failure of the TLS library.
struct tls_error {
  std::error_code error;
  std::string detail;
  error_detail kind;

  tls_error() = default;
  tls_error(std::error_code why, std::string words, error_detail what = {})
      : error(why), detail(std::move(words)), kind(what) {}
};

/// Names what OpenSSL's error `code` (from ERR_get_error) means during or after a handshake.
tls_error tls_error_of(unsigned long code, const rejected_certificate& rejected,
                       const std::string& expected_name);

/// Whether OpenSSL's error `code` is an alert of the peer.
bool is_alert(unsigned long code);

/// The reason of OpenSSL's latest error in its own words, and an empty error queue.
std::string take_openssl_reason();

}  // namespace mqttkit
