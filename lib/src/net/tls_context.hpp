#pragma once

#include <memory>
#include <string>

#include "mqttkit/net/dial.hpp"
#include "mqttkit/net/observer.hpp"
#include "net/openssl_ptr.hpp"

namespace mqttkit {

/// What all TLS connections of one dialer share: trust, our certificate, rules, and the session
/// that the next connection may resume. Made when the first TLS connection is, so that a program
/// without TLS never initialises OpenSSL.
class tls_context {
 public:
  /// @param host  the broker's name or address, when the options name no other to check.
  tls_context(tls_options options, std::string host);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// Reads files and checks options. To be called once, before anything else.
  failure prepare();

  SSL_CTX* native() const noexcept { return context_.get(); }
  const tls_options& options() const noexcept { return options_; }
  /// The name, or IP address, the server's certificate must be for.
  const std::string& expected_name() const noexcept { return expected_name_; }
  const std::string& psk() const noexcept { return psk_; }

  /// The session to offer next, or null. A TLS 1.3 ticket is for one use (RFC 8446 C.4), so it is
  /// handed out once; a session of TLS 1.2 is kept until the server renews it.
  openssl_ptr<SSL_SESSION> take_session() noexcept;
  void keep_session(openssl_ptr<SSL_SESSION> session) noexcept { session_ = std::move(session); }
  void log_key(const char* line) const noexcept;

 private:
  failure set_versions();
  failure set_ciphers();
  failure load_trust();
  failure load_certificate();
  failure load_key();
  failure load_pkcs12();
  failure set_psk();
  failure set_alpn();
  failure open_key_log();

  tls_options options_;
  std::string expected_name_;
  openssl_ptr<SSL_CTX> context_;
  openssl_ptr<SSL_SESSION> session_;
  std::string psk_;  // raw bytes
  int key_log_ = -1;
};

/// Loads the private key that `options` name inside an OpenSSL engine, for the smart cards and
/// TPMs that are still reached this way. Null after a failure, with the reason in `why`.
openssl_ptr<EVP_PKEY> load_engine_key(const tls_options& options, std::string& why);

/// Bytes of hexadecimal digits; false when `hex` is not an even number of them.
bool decode_hex(const std::string& hex, std::string& bytes);

}  // namespace mqttkit
