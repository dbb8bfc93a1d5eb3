// From a name and a handful of options to a connected transport:
// resolve, happy eyeballs (RFC 8305), proxy, TLS, WebSocket, each a step with a deadline.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mqttkit/net/observer.hpp"
#include "mqttkit/net/transport.hpp"

namespace mqttkit {

/// Certificates, keys and rules for TLS. Everything is checked before the first packet leaves.
struct tls_options {
  std::string ca_file;            ///< PEM; trusted certificates
  std::string ca_path;            ///< directory of hashed PEM files, as c_rehash makes it
  bool use_system_store = true;   ///< when neither of the above is given, or with_system_store
  bool add_system_store = false;  ///< trust the system's store beside ca_file and ca_path
  /// PEM: our certificate, followed by intermediates. Or PKCS#12 (.p12, .pfx), which brings its
  /// key.
  std::string certificate_file;
  std::string key_file;  ///< PEM; may be encrypted
  /// Passphrase of the key or of the PKCS#12 file; when empty and the key is encrypted, set-up
  /// fails and says so.
  std::string key_passphrase;
  std::string key_form = "pem";  ///< "pem", or "engine": key_file names a key inside `engine`
  std::string engine;            ///< OpenSSL engine to load, for example "pkcs11"
  std::string engine_key_passphrase_sha1;  ///< as mosquitto's --tls-engine-kpass-sha1, hex
  std::string minimum_version;             ///< "", "tlsv1.2" or "tlsv1.3"; never below TLS 1.2
  std::string maximum_version;             ///< "", "tlsv1.2" or "tlsv1.3"
  std::string ciphers;            ///< OpenSSL list for TLS 1.2 (and TLS 1.3 suites by name)
  std::vector<std::string> alpn;  ///< protocols to offer (RFC 7301)
  std::string server_name;        ///< SNI and name to check instead of the host; "" means the host
  bool verify_certificate = true;
  bool verify_host_name = true;  ///< DNS name, or IP address, against the certificate (RFC 6125)
  std::string psk_identity;      ///< PSK is used when psk_key is set
  std::string psk_key;           ///< hex, without 0x
  std::string key_log_file;      ///< NSS key log for wireshark; set from SSLKEYLOGFILE

  tls_options() = default;
};

/// Whether the file is PKCS#12: certificate and private key in one, nearly always encrypted.
bool is_pkcs12(const std::string& path);

/// Whether it holds a private key in PEM form that only a passphrase opens.
bool is_encrypted_key(const std::string& path);

struct websocket_options {
  std::string path = "/mqtt";
  std::vector<std::pair<std::string, std::string>> headers;  ///< sent with the upgrade
  /// What is offered, separated by ", ". When empty a client offers websocket_subprotocols() of its
  /// version, and a dialer alone "mqtt".
  std::string subprotocols;
  std::string origin;  ///< Origin header when not empty

  websocket_options() = default;
};

struct proxy_options {
  enum class kind : std::uint8_t { socks5, socks5h, http };
  kind type = kind::socks5h;  ///< socks5 resolves the broker's name here, the others at the proxy
  std::string host;
  std::uint16_t port = 1080;
  std::string user_name;  ///< no authentication is offered when empty
  std::string password;

  proxy_options() = default;
};

/// Deadline of each step. Zero means no deadline of its own.
struct dial_timeouts {
  std::chrono::milliseconds resolve{10'000};
  std::chrono::milliseconds connect{15'000};  ///< all addresses together
  std::chrono::milliseconds proxy{15'000};
  std::chrono::milliseconds tls{15'000};
  std::chrono::milliseconds websocket{15'000};
};

struct dial_options {
  std::string host = "localhost";  ///< name, IPv4 or IPv6 literal without brackets
  std::uint16_t port = 1883;
  std::string unix_path;  ///< when set, host and port are not used
  std::optional<tls_options> tls;
  std::optional<websocket_options> websocket;
  std::optional<proxy_options> proxy;
  /// Local IP address to connect from, which leaves out addresses of the other family; "" lets the
  /// system choose.
  std::string bind_address;
  enum class family : std::uint8_t { any, v4, v6 };
  family addresses = family::any;
  bool tcp_nodelay = true;
  bool tcp_keep_alive = true;                    ///< SO_KEEPALIVE, so that a dead path is noticed
  std::chrono::milliseconds attempt_delay{250};  ///< RFC 8305 §5 Connection Attempt Delay
  dial_timeouts timeouts;

  dial_options() = default;
};

/// The outcome of dial(): a transport, or the step that failed and why.
struct dial_result {
  std::unique_ptr<transport> link;  ///< null after a failure
  failure why;

  dial_result() = default;
  explicit dial_result(std::unique_ptr<transport> connected) : link(std::move(connected)) {}
  explicit dial_result(failure failed) : why(std::move(failed)) {}
};

/// State that outlives one connection: the TLS context, made once, and the TLS session to resume.
class dialer {
 public:
  explicit dialer(dial_options options);
  ~dialer();
  dialer(dialer&&) noexcept;
  dialer& operator=(dialer&&) noexcept;

  /// Checks files and options without touching the network. The failure's stage is set_up.
  failure prepare();

  /// Connects. Every step is told to `observer` (which may be null and must outlive the call).
  /// Cancelling the coroutine ends it with operation_aborted.
  /// @param limit  most time for all steps together; zero: each has its own only.
  asio::awaitable<dial_result> dial(dial_observer* observer,
                                    std::chrono::milliseconds limit = std::chrono::milliseconds(0));

  const dial_options& options() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace mqttkit
