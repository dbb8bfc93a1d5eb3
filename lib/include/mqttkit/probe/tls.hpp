// A TLS handshake that goes on where a client would stop, and remembers everything.
//
// A certificate that does not pass is noted, not refused, so that what lies behind it can be
// looked at as well; whoever uses this sends no secrets over such a connection (is_trusted()).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqttkit/net/dial.hpp"
#include "mqttkit/probe/certificate.hpp"
#include "mqttkit/probe/link.hpp"

namespace mqttkit::probe {

struct tls_report {
  bool is_done = false;
  double took_ms = 0;
  std::string server_name;  ///< SNI that was sent; empty when none was
  std::string protocol;     ///< "TLSv1.3"
  std::string cipher;
  std::string alpn;  ///< what the server chose
  bool saw_server_hello = false;
  bool saw_certificate_request = false;
  std::vector<std::string> accepted_issuers;  ///< names in the CertificateRequest
  int alert = -1;                             ///< of the server (RFC 8446 §6); also a late one
  bool alert_was_late = false;                ///< it came after the handshake
  bool is_not_tls = false;                    ///< the server answered something else
  std::string first_bytes;                    ///< of its answer, at most 5
  bool ended_at_first_byte = false;           ///< see tls_request::halt
  link_end end = link_end::none;              ///< how a handshake ended that was not done
  std::string error;                          ///< OpenSSL's words
  std::vector<verify_failure> failures;       ///< in the order they were found
  std::vector<certificate> chain;             ///< as the server sent it, its own first
};

struct tls_request {
  tls_options options;
  std::string host;  ///< name or address the certificate must be for
  /// SNI to send instead of the host's name; empty sends none.
  std::optional<std::string> server_name;
  bool allows_old = false;  ///< also TLS 1.0 and 1.1, and weak ciphers
  bool offers_http2 = false;
  /// Sends the greeting's first byte alone and waits so long before the rest. Who looks for
  /// something else at the very beginning hangs up on it; MQTT and TLS wait for more.
  std::chrono::milliseconds halt{0};

  tls_request() = default;
};

/// Files and options of TLS, read once for all connections, be they of one thread or of several.
class tls_setup {
 public:
  /// An empty `error` when all is well; otherwise what is wrong with which file.
  tls_setup(const tls_options& options, const std::string& host, std::string& error);
  ~tls_setup();
  tls_setup(const tls_setup&) = delete;
  tls_setup& operator=(const tls_setup&) = delete;

 private:
  friend class tls_link;
  friend std::vector<std::byte> client_greeting(tls_setup& setup, const std::string& host);
  struct state;
  std::unique_ptr<state> state_;
};

/// The first words of a client, to be sent over something else than a connection of one's own.
std::vector<std::byte> client_greeting(tls_setup& setup, const std::string& host);

class tls_link final : public stream {
 public:
  /// Shakes hands over `lower`, which it keeps; both end up in `report`, which must outlive this
  /// and goes on learning (a late alert).
  tls_link(tls_setup& setup, const tls_request& request, link&& lower, deadline until,
           tls_report& report);
  ~tls_link() override;

  bool write(bytes_view bytes, deadline until) override;
  read_outcome read(std::span<std::byte> into, deadline until) override;

  link& lower() noexcept;
  /// What went over the connection, records and all.
  traffic counted() const noexcept;

 private:
  friend std::vector<std::byte> client_greeting(tls_setup& setup, const std::string& host);
  struct state;
  std::unique_ptr<state> state_;
};

/// Reads a PEM file's certificates, first to last; empty with `error` set when there is none.
std::vector<certificate> read_certificates(const std::string& file, std::string& error);

/// The same of a PEM file's text.
std::vector<certificate> certificates_in(std::string_view text, std::string& error);

/// Reads one certificate in DER, as it goes over the wire; nullopt when it is none.
std::optional<certificate> read_certificate(bytes_view der);

/// Whether a private key file belongs to a certificate file; nullopt when one cannot be read.
std::optional<bool> key_fits_certificate(const std::string& key_file,
                                         const std::string& certificate_file);

/// The same of the texts of the two files.
std::optional<bool> key_text_fits_certificate(std::string_view key, std::string_view certificate);

}  // namespace mqttkit::probe
