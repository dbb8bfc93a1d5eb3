#include "mqttkit/base/tls_codes.hpp"
#include "unit/net/tls_server.hpp"

using namespace mqttkit;
using namespace mqttkit::test;
using namespace std::chrono_literals;

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
  CHECK(why.what.kind == error_kind::certificate_expired);
}

TEST_CASE("a certificate of the future is told with its first day") {
  const failure why = failure_with_certificate("notyet");
  CHECK(why.error == errc::tls_verify_failed);
  CHECK(why.detail == "certificate is not yet valid (from " + date_in(30) + ")");
  CHECK(why.what.kind == error_kind::certificate_not_yet_valid);
}

TEST_CASE("a certificate for other names lists them") {
  const failure name = failure_with_certificate("wronghost");
  CHECK(name.error == errc::tls_verify_failed);
  CHECK(name.detail ==
        "certificate is for broker.invalid, *.broker.invalid, 192.0.2.1, not localhost");
  CHECK(name.what.kind == error_kind::certificate_for_another_name);
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
    CHECK(dialled.link->last_kind().kind == error_kind::alert);
    CHECK(dialled.link->last_kind().number == tls_alert::certificate_required);
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
  CHECK(why.detail == "no certificate in PEM form in the CA file; it holds a private key alone");

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
  CHECK(why.what.kind == error_kind::passphrase_missing);
  const failure wrong = with_key(pki.key("locked"), "wrong");
  CHECK(wrong.detail == "the passphrase does not open the private key");
  CHECK(wrong.what.kind == error_kind::passphrase_wrong);
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
  std::string found;
  server.start([&](tls_stream& stream) -> asio::awaitable<void> {
    const char* const name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
    co_await send(stream, name == nullptr ? "none" : name);
  });
  for (const char* const host : {"localhost", "127.0.0.1"}) {
    run(loop, [&]() -> asio::awaitable<void> {
      dialer caller(to(server, host));
      dial_result dialled = co_await caller.dial(nullptr);
      REQUIRE(dialled.link);
      found += co_await receive(*dialled.link, 100);
      found += ' ';
    });
  }
  CHECK(found == "localhost none ");
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
    CHECK(why.what.kind == error_kind::pre_shared_key);
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
