#include <doctest/doctest.h>
#include <sys/stat.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <cstring>
#include <fstream>
#include <functional>

#include "mqttkit/base/error.hpp"
#include "mqttkit/net/dial.hpp"
#include "unit/net/certificates.hpp"
#include "unit/net/loop.hpp"
#include "unit/net/servers.hpp"

using namespace mqttkit;
using namespace mqttkit::test;
using namespace std::chrono_literals;
namespace ssl = asio::ssl;

namespace {

using tls_stream = ssl::stream<tcp::socket>;

/// Serves any number of peers with one certificate, one after another.
class tls_server {
 public:
  using service = std::function<asio::awaitable<void>(tls_stream&)>;

  explicit tls_server(asio::io_context& loop, const std::string& certificate = "good")
      : context(ssl::context::tls_server), acceptor_(loop, any_port()) {
    if (certificate.empty()) return;
    context.use_certificate_chain_file(shared_pki().certificate(certificate));
    context.use_private_key_file(shared_pki().key(certificate), ssl::context::pem);
  }

  void start(service serve) {
    serve_ = std::move(serve);
    asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
  }
  void start() {
    start([](tls_stream& stream) { return echo(stream); });
  }
  void require_client_certificate() {
    context.load_verify_file(shared_pki().certificate("ca"));
    context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  ssl::context context;
  bool last_was_resumed = false;
  std::string last_peer;

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      tls_stream stream(std::move(socket), context);
      std::error_code error;
      co_await stream.async_handshake(ssl::stream_base::server,
                                      asio::redirect_error(asio::use_awaitable, error));
      if (error) continue;
      last_was_resumed = SSL_session_reused(stream.native_handle()) == 1;
      co_await serve_(stream);
      co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
    }
  }

  tcp::acceptor acceptor_;
  service serve_;
};

dial_options to(const tls_server& server, const std::string& host = "localhost") {
  dial_options options;
  options.host = host;
  options.port = server.port();
  options.addresses = dial_options::family::v4;
  options.tls.emplace();
  options.tls->ca_file = shared_pki().certificate("ca");
  return options;
}

/// Dials and returns why it failed.
failure failure_of(asio::io_context& loop, const dial_options& options) {
  failure why;
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(options);
    dial_result dialled = co_await caller.dial(nullptr);
    CHECK_FALSE(dialled.link);
    why = std::move(dialled.why);
  });
  return why;
}

failure failure_with_certificate(const std::string& certificate,
                                 const std::string& host = "localhost") {
  asio::io_context loop(1);
  tls_server server(loop, certificate);
  server.start();
  return failure_of(loop, to(server, host));
}

/// A server that is no TLS server: says `text`, or nothing, then closes or stays.
asio::awaitable<void> plain_server(tcp::acceptor& acceptor, std::string text, bool stays) {
  tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
  co_await send(socket, text);
  if (stays) (void)co_await read_until_end(socket);
  // What was received has to be read, or closing would reset the connection.
  if (!stays) (void)co_await read_exactly(socket, 64);
}

dial_options tls_to(const tcp::acceptor& acceptor) {
  dial_options options;
  options.host = "127.0.0.1";
  options.port = acceptor.local_endpoint().port();
  options.tls.emplace();
  options.tls->ca_file = shared_pki().certificate("ca");
  return options;
}

failure prepare_failure(const std::function<void(tls_options&)>& change) {
  dial_options options;
  options.tls.emplace();
  change(*options.tls);
  dialer caller(options);
  return caller.prepare();
}

constexpr const char* psk_hex = "00112233445566778899aabbccddeeff";

unsigned psk_server(SSL*, const char* identity, unsigned char* key, unsigned) {
  if (std::string(identity) != "sensor") return 0;
  for (unsigned i = 0; i < 16; ++i) key[i] = static_cast<unsigned char>(i * 0x11);
  return 16;
}

}  // namespace

TEST_CASE("TLS carries more than its buffers hold, both ways at once") {
  asio::io_context loop(1);
  tls_server server(loop);
  server.start();
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(to(server));
    step_log log;
    dial_result dialled = co_await caller.dial(&log);
    REQUIRE(dialled.link);
    CHECK(dialled.link->description() == "TLSv1.3 TLS_AES_256_GCM_SHA384 over TCP");
    CHECK(contains(log.ended.back(), "tls localhost:" + std::to_string(server.port()) +
                                         ": done (TLSv1.3 TLS_AES_256_GCM_SHA384; certificate "
                                         "CN=localhost, issuer CN=Test CA, until " +
                                         date_in(365)));
    co_await check_echo(*dialled.link);
  });
}

TEST_CASE("TLS 1.2 works when it is the highest allowed") {
  asio::io_context loop(1);
  tls_server server(loop);
  server.start();
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options = to(server);
    options.tls->maximum_version = "tlsv1.2";
    dialer caller(options);
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    CHECK(contains(dialled.link->description(), "TLSv1.2 "));
    co_await check_echo(*dialled.link);
  });
}

TEST_CASE("a certificate for the address is checked when the host is an address") {
  asio::io_context loop(1);
  tls_server server(loop);
  server.start();
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(to(server, "127.0.0.1"));
    const dial_result dialled = co_await caller.dial(nullptr);
    CHECK(dialled.link);
  });
}

TEST_CASE("an expired certificate is told with its date") {
  const failure why = failure_with_certificate("expired");
  CHECK(why.at == stage::tls);
  CHECK(why.error == errc::tls_verify_failed);
  CHECK(why.detail == "certificate has expired (" + date_in(-30) + ")");
}

TEST_CASE("a certificate of the future is told with its first day") {
  const failure why = failure_with_certificate("notyet");
  CHECK(why.error == errc::tls_verify_failed);
  CHECK(why.detail == "certificate is not yet valid (from " + date_in(30) + ")");
}

TEST_CASE("a certificate for other names lists them") {
  const failure name = failure_with_certificate("wronghost");
  CHECK(name.error == errc::tls_verify_failed);
  CHECK(name.detail ==
        "certificate is for broker.invalid, *.broker.invalid, 192.0.2.1, not localhost");
  const failure address = failure_with_certificate("wronghost", "127.0.0.1");
  CHECK(address.error == errc::tls_verify_failed);
  CHECK(address.detail ==
        "certificate is for broker.invalid, *.broker.invalid, 192.0.2.1, not 127.0.0.1");
}

TEST_CASE("a self-signed certificate and an unknown authority are told apart") {
  const failure own = failure_with_certificate("selfsigned");
  CHECK(own.error == errc::tls_verify_failed);
  CHECK(own.detail == "self-signed certificate (CN=localhost)");
  const failure unknown = failure_with_certificate("untrusted");
  CHECK(unknown.error == errc::tls_verify_failed);
  CHECK(unknown.detail ==
        "unknown certificate authority: the issuer is not trusted and the server does not send it "
        "(issuer CN=Other CA)");
}

TEST_CASE("a certificate without alternative names goes by its common name, as OpenSSL does") {
  asio::io_context loop(1);
  tls_server server(loop, "cnonly");
  server.start();
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(to(server));
    const dial_result dialled = co_await caller.dial(nullptr);
    CHECK(dialled.link);
  });
}

TEST_CASE("the name check can be left out, or given another name") {
  asio::io_context loop(1);
  tls_server server(loop, "wronghost");
  server.start();
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options = to(server);
    options.tls->verify_host_name = false;
    dialer without(options);
    dial_result dialled = co_await without.dial(nullptr);
    CHECK(dialled.link);
    options.tls->verify_host_name = true;
    options.tls->server_name = "eu.broker.invalid";
    dialled.link.reset();  // the server takes one peer at a time
    dialer other(options);
    dialled = co_await other.dial(nullptr);
    CHECK(dialled.link);
  });
}

TEST_CASE("a certificate that is not checked says what the check would have found") {
  asio::io_context loop(1);
  tls_server server(loop, "selfsigned");
  server.start();
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options = to(server);
    options.tls->verify_certificate = false;
    dialer caller(options);
    step_log log;
    const dial_result dialled = co_await caller.dial(&log);
    CHECK(dialled.link);
    CHECK(contains(log.ended.back(), ", not checked: self-signed certificate (CN=localhost)"));
  });
}

TEST_CASE("under TLS 1.3 a missing client certificate shows at the first read, as alert 116") {
  asio::io_context loop(1);
  tls_server server(loop);
  server.require_client_certificate();
  server.start();
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(to(server));
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    std::byte bytes[64];
    const std::span<std::byte> into(bytes);
    const io_result read = co_await dialled.link->read_some(into);
    CHECK(read.error == errc::tls_handshake_failed);
    CHECK(dialled.link->last_detail() ==
          "certificate required: the server wants a client certificate (alert 116)");
  });
}

TEST_CASE("under TLS 1.2 a missing client certificate fails the handshake, as alert 40") {
  asio::io_context loop(1);
  tls_server server(loop);
  server.require_client_certificate();
  server.start();
  dial_options options = to(server);
  options.tls->maximum_version = "tlsv1.2";
  const failure why = failure_of(loop, options);
  CHECK(why.error == errc::tls_handshake_failed);
  CHECK(contains(why.detail, "handshake failure"));
  CHECK(contains(why.detail, "(alert 40)"));
}

TEST_CASE("a client certificate from another authority is told by the server's alert") {
  asio::io_context loop(1);
  tls_server server(loop);
  server.require_client_certificate();
  server.start();
  dial_options options = to(server);
  options.tls->maximum_version = "tlsv1.2";
  options.tls->certificate_file = shared_pki().certificate("untrusted");
  options.tls->key_file = shared_pki().key("untrusted");
  const failure why = failure_of(loop, options);
  CHECK(why.detail ==
        "unknown ca: the server does not trust the issuer of our certificate (alert 48)");
}

TEST_CASE("a client certificate is accepted, its encrypted key opened by the passphrase") {
  asio::io_context loop(1);
  tls_server server(loop);
  server.require_client_certificate();
  server.start();
  for (const char* const name : {"client", "locked"}) {
    run(loop, [&]() -> asio::awaitable<void> {
      dial_options options = to(server);
      options.tls->certificate_file = shared_pki().certificate(name);
      options.tls->key_file = shared_pki().key(name);
      options.tls->key_passphrase = "open sesame";
      dialer caller(options);
      dial_result dialled = co_await caller.dial(nullptr);
      REQUIRE(dialled.link);
      co_await check_echo(*dialled.link);
    });
  }
}

TEST_CASE("files that cannot be used are found before anything is sent, and named") {
  test_pki& pki = shared_pki();
  failure why = prepare_failure([&](tls_options& tls) { tls.ca_file = "/nonexistent/ca.crt"; });
  CHECK(why.at == stage::set_up);
  CHECK(why.error == errc::tls_setup_failed);
  CHECK(why.subject == "/nonexistent/ca.crt");
  CHECK(why.detail == "cannot read the CA file: No such file or directory");

  why = prepare_failure([&](tls_options& tls) { tls.ca_file = pki.key("ca"); });
  CHECK(why.detail == "no certificate in PEM form in the CA file");

  why = prepare_failure([&](tls_options& tls) { tls.ca_path = "/nonexistent"; });
  CHECK(why.detail == "cannot read the CA directory: No such file or directory");

  why = prepare_failure([&](tls_options& tls) { tls.certificate_file = "/tmp"; });
  CHECK(why.detail == "cannot read the certificate: Is a directory");

  why = prepare_failure([&](tls_options& tls) { tls.key_file = pki.key("client"); });
  CHECK(why.detail == "a private key needs a certificate");

  auto with_key = [&](const std::string& key, const std::string& passphrase) {
    return prepare_failure([&](tls_options& tls) {
      tls.certificate_file = pki.certificate("locked");
      tls.key_file = key;
      tls.key_passphrase = passphrase;
    });
  };
  CHECK_FALSE(with_key(pki.key("locked"), "open sesame"));
  why = with_key(pki.key("locked"), "");
  CHECK(why.subject == pki.key("locked"));
  CHECK(why.detail == "the private key is encrypted and no passphrase was given");
  CHECK(with_key(pki.key("locked"), "wrong").detail ==
        "the passphrase does not open the private key");
  CHECK(with_key(pki.key("client"), "").detail ==
        "the private key does not belong to the certificate in " + pki.certificate("locked"));
  CHECK(with_key(pki.certificate("client"), "").detail == "no private key in PEM form");
  CHECK(with_key("/nonexistent/k", "").detail ==
        "cannot read the private key: No such file or directory");
}

TEST_CASE("TLS options that make no sense are found before anything is sent") {
  using option = tls_options;
  CHECK(prepare_failure([](option& tls) { tls.minimum_version = "tlsv1.1"; }).detail ==
        "not a TLS version: tlsv1.2 or tlsv1.3");
  CHECK(prepare_failure([](option& tls) {
          tls.minimum_version = "tlsv1.3";
          tls.maximum_version = "tlsv1.2";
        }).detail == "the lowest TLS version is above the highest");
  CHECK(prepare_failure([](option& tls) { tls.ciphers = "NO-SUCH"; }).detail == "no such cipher");
  CHECK(prepare_failure([](option& tls) { tls.ciphers = "TLS_NO_SUCH"; }).detail ==
        "no such TLS 1.3 cipher suite");
  CHECK(prepare_failure([](option& tls) { tls.psk_key = "abc"; }).detail ==
        "not an even number of hexadecimal digits");
  CHECK(prepare_failure([](option& tls) { tls.psk_key = "abcd"; }).detail ==
        "its identity must have 1 to 128 bytes");
  CHECK(prepare_failure([](option& tls) { tls.alpn = {""}; }).detail ==
        "a protocol's name must have 1 to 255 bytes");
  CHECK(prepare_failure([](option& tls) {
          tls.certificate_file = shared_pki().certificate("client");
          tls.key_form = "engine";
          tls.engine = "no-such-engine";
        }).error == errc::tls_setup_failed);
}

TEST_CASE("ciphers of both versions are taken from one list") {
  asio::io_context loop(1);
  tls_server server(loop);
  server.start();
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options = to(server);
    options.tls->ciphers = "TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256";
    dialer caller(options);
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    CHECK(contains(dialled.link->description(), "TLS_CHACHA20_POLY1305_SHA256"));
    options.tls->maximum_version = "tlsv1.2";
    dialled.link.reset();
    dialer older(options);
    dialled = co_await older.dial(nullptr);
    REQUIRE(dialled.link);
    CHECK(contains(dialled.link->description(), "ECDHE-ECDSA-AES128-GCM-SHA256"));
  });
}

TEST_CASE("the protocol chosen by ALPN is part of what was agreed on") {
  asio::io_context loop(1);
  tls_server server(loop);
  SSL_CTX_set_alpn_select_cb(
      server.context.native_handle(),
      [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in,
         unsigned in_size, void*) {
        static const unsigned char mine[] = "\x04mqtt";
        unsigned char* chosen = nullptr;
        if (SSL_select_next_proto(&chosen, size, mine, 5, in, in_size) != OPENSSL_NPN_NEGOTIATED) {
          return SSL_TLSEXT_ERR_ALERT_FATAL;
        }
        *out = chosen;
        return SSL_TLSEXT_ERR_OK;
      },
      nullptr);
  server.start();
  dial_options options = to(server);
  options.tls->alpn = {"x-amzn-mqtt-ca", "mqtt"};
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(options);
    step_log log;
    const dial_result dialled = co_await caller.dial(&log);
    CHECK(dialled.link);
    CHECK(contains(log.ended.back(), ", ALPN mqtt;"));
  });
  options.tls->alpn = {"http/1.1"};
  CHECK(contains(failure_of(loop, options).detail, "no application protocol"));
}

TEST_CASE("the host's name is sent as SNI, an address is not (RFC 6066 §3)") {
  asio::io_context loop(1);
  tls_server server(loop);
  std::string seen;
  server.start([&](tls_stream& stream) -> asio::awaitable<void> {
    const char* const name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
    co_await send(stream, name == nullptr ? "none" : name);
  });
  for (const char* const host : {"localhost", "127.0.0.1"}) {
    run(loop, [&]() -> asio::awaitable<void> {
      dialer caller(to(server, host));
      dial_result dialled = co_await caller.dial(nullptr);
      REQUIRE(dialled.link);
      seen += co_await receive(*dialled.link, 100);
      seen += ' ';
    });
  }
  CHECK(seen == "localhost none ");
}

TEST_CASE("the next connection of a dialer resumes the session") {
  for (const char* const version : {"tlsv1.2", "tlsv1.3"}) {
    asio::io_context loop(1);
    tls_server server(loop);
    SSL_CTX_set_session_id_context(server.context.native_handle(),
                                   reinterpret_cast<const unsigned char*>("t"), 1);
    server.start([&](tls_stream& stream) -> asio::awaitable<void> {
      co_await send(stream, "hello");
      (void)co_await read_until_end(stream);
    });
    run(loop, [&]() -> asio::awaitable<void> {
      dial_options options = to(server);
      options.tls->maximum_version = version;
      dialer caller(options);
      for (const bool is_resumed : {false, true, true}) {
        step_log log;
        dial_result dialled = co_await caller.dial(&log);
        REQUIRE(dialled.link);
        const std::string greeting = co_await receive(*dialled.link, 5);
        CHECK(greeting == "hello");
        CHECK(server.last_was_resumed == is_resumed);
        CHECK(contains(log.ended.back(), "session resumed") == is_resumed);
        (void)co_await dialled.link->shutdown();
      }
    });
  }
}

TEST_CASE("a pre-shared key replaces the certificate, under both versions") {
  for (const char* const version : {"tlsv1.2", "tlsv1.3"}) {
    asio::io_context loop(1);
    tls_server server(loop, "");
    SSL_CTX_set_psk_server_callback(server.context.native_handle(), psk_server);
    server.start();
    dial_options options = to(server);
    options.tls->maximum_version = version;
    options.tls->psk_identity = "sensor";
    options.tls->psk_key = psk_hex;
    run(loop, [&]() -> asio::awaitable<void> {
      dialer caller(options);
      step_log log;
      dial_result dialled = co_await caller.dial(&log);
      REQUIRE(dialled.link);
      CHECK(contains(log.ended.back(), ", pre-shared key"));
      co_await check_echo(*dialled.link);
    });
    options.tls->psk_key = "ffff";
    const failure why = failure_of(loop, options);
    CHECK(why.error == errc::tls_handshake_failed);
    CHECK(contains(why.detail, "the pre-shared key or its identity may be wrong"));
    options.tls->psk_key = psk_hex;
    options.tls->psk_identity = "stranger";
    CHECK(contains(failure_of(loop, options).detail,
                   "the pre-shared key or its identity may be wrong"));
  }
}

TEST_CASE("versions that do not meet are told by the alert") {
  asio::io_context loop(1);
  tls_server server(loop);
  SSL_CTX_set_max_proto_version(server.context.native_handle(), TLS1_2_VERSION);
  server.start();
  dial_options options = to(server);
  options.tls->minimum_version = "tlsv1.3";
  const failure why = failure_of(loop, options);
  CHECK(why.error == errc::tls_handshake_failed);
  CHECK(why.detail ==
        "protocol version: the server takes none of the TLS versions offered (alert 70)");
}

TEST_CASE("a server that answers in another protocol does not speak TLS, however little it says") {
  for (const char* const text : {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n", "\x20\x02"}) {
    asio::io_context loop(1);
    tcp::acceptor acceptor(loop, any_port());
    asio::co_spawn(loop, plain_server(acceptor, text, false), asio::detached);
    const failure why = failure_of(loop, tls_to(acceptor));
    CHECK(why.error == errc::tls_handshake_failed);
    CHECK(why.detail == "the server does not speak TLS on this port");
  }
}

TEST_CASE("a server that closes during the handshake is told so") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, any_port());
  // The whole ClientHello is read first: unread bytes would make it a reset.
  auto closing = [&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    const std::string start = co_await read_exactly(socket, 5);
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(start[3])) << 8 |
                      static_cast<unsigned char>(start[4]);
    (void)co_await read_exactly(socket, size);
  };
  asio::co_spawn(loop, closing(), asio::detached);
  const failure why = failure_of(loop, tls_to(acceptor));
  CHECK(why.error == errc::tls_handshake_failed);
  CHECK(why.detail == "closed by the server during the handshake");
}

TEST_CASE("a reset during the handshake keeps the system's error") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, any_port());
  auto resetting = [&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    (void)co_await read_exactly(socket, 1);
    socket.set_option(asio::socket_base::linger(true, 0));
  };
  asio::co_spawn(loop, resetting(), asio::detached);
  const failure why = failure_of(loop, tls_to(acceptor));
  CHECK(why.error == asio::error::connection_reset);
  CHECK(why.detail == "Connection reset by peer during the handshake");
}

TEST_CASE("a silent server ends the TLS step at its deadline") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, any_port());
  asio::co_spawn(loop, plain_server(acceptor, "", true), asio::detached);
  dial_options options = tls_to(acceptor);
  options.timeouts.tls = 30ms;
  const failure why = failure_of(loop, options);
  CHECK(why.at == stage::tls);
  CHECK(why.error == errc::step_timeout);
  CHECK(why.detail == "no answer within 30 ms");
}

TEST_CASE("cancelling a dial in its TLS step ends it with operation_aborted") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, any_port());
  asio::cancellation_signal stop;
  auto cancelling = [&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    (void)co_await read_exactly(socket, 1);  // the handshake has begun
    stop.emit(asio::cancellation_type::terminal);
    (void)co_await read_until_end(socket);
  };
  asio::co_spawn(loop, cancelling(), asio::detached);
  dialer caller(tls_to(acceptor));
  failure why;
  auto dialling = [&]() -> asio::awaitable<void> {
    const dial_result dialled = co_await caller.dial(nullptr);
    why = dialled.why;
  };
  asio::co_spawn(loop, dialling(), asio::bind_cancellation_slot(stop.slot(), asio::detached));
  loop.run_for(test_limit);
  CHECK(why.at == stage::tls);
  CHECK(why.error == asio::error::operation_aborted);
}

TEST_CASE("an end without close_notify is an end, and says so") {
  asio::io_context loop(1);
  tls_server server(loop);
  server.start([](tls_stream& stream) -> asio::awaitable<void> {
    co_await send(stream, "last words");
    stream.next_layer().close();
  });
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(to(server));
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    const std::string words = co_await receive(*dialled.link, 10);
    CHECK(words == "last words");
    std::byte bytes[8];
    const std::span<std::byte> into(bytes);
    const io_result read = co_await dialled.link->read_some(into);
    CHECK(read.error == asio::error::eof);
    CHECK(dialled.link->last_detail() == "closed without a TLS close_notify");
  });
}

TEST_CASE("shutdown sends close_notify, and the peer's makes an end") {
  asio::io_context loop(1);
  tls_server server(loop);
  std::error_code server_saw;
  server.start([&](tls_stream& stream) -> asio::awaitable<void> {
    char byte = 0;
    const auto into = asio::buffer(&byte, 1);
    co_await stream.async_read_some(into, asio::redirect_error(asio::use_awaitable, server_saw));
  });
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(to(server));
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    const std::error_code error = co_await dialled.link->shutdown();
    CHECK_FALSE(error);
    std::byte bytes[8];
    const std::span<std::byte> into(bytes);
    const io_result read = co_await dialled.link->read_some(into);
    CHECK(read.error == asio::error::eof);
    CHECK(dialled.link->last_detail().empty());
  });
  CHECK(server_saw == asio::error::eof);  // stream_truncated without a close_notify
}

TEST_CASE("close ends a read that is under way") {
  asio::io_context loop(1);
  tls_server server(loop);
  server.start();
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(to(server));
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    asio::steady_timer later(loop, 10ms);
    later.async_wait([&](std::error_code) { dialled.link->close(); });
    std::byte bytes[8];
    const std::span<std::byte> into(bytes);
    const io_result read = co_await dialled.link->read_some(into);
    CHECK(read.error == asio::error::operation_aborted);
  });
}

TEST_CASE("a renewed key of TLS 1.3 is answered while data flows (RFC 8446 §4.6.3)") {
  asio::io_context loop(1);
  tls_server server(loop);
  server.start([](tls_stream& stream) -> asio::awaitable<void> {
    SSL_key_update(stream.native_handle(), SSL_KEY_UPDATE_REQUESTED);
    co_await echo(stream);
  });
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(to(server));
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    co_await check_echo(*dialled.link);
    co_await check_echo(*dialled.link);
  });
}

TEST_CASE("session keys are appended to a log that only the owner can read") {
  asio::io_context loop(1);
  tls_server server(loop);
  server.start();
  dial_options options = to(server);
  options.tls->key_log_file = shared_pki().file("keys.log");
  for (int i = 0; i < 2; ++i) {
    run(loop, [&]() -> asio::awaitable<void> {
      dialer caller(options);
      const dial_result dialled = co_await caller.dial(nullptr);
      CHECK(dialled.link);
    });
  }
  std::ifstream in(options.tls->key_log_file);
  std::size_t secrets = 0;
  for (std::string line; std::getline(in, line);)
    secrets += contains(line, "CLIENT_TRAFFIC_SECRET_0 ");
  CHECK(secrets == 2);
  struct stat found {};
  REQUIRE(::stat(options.tls->key_log_file.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
}
