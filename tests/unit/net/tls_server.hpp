// A TLS server of Asio's own, and what the tests of TLS do with it.
#pragma once

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

namespace mqttkit::test {

namespace ssl = asio::ssl;
using namespace std::chrono_literals;

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

inline dial_options to(const tls_server& server, const std::string& host = "localhost") {
  dial_options options;
  options.host = host;
  options.port = server.port();
  options.addresses = dial_options::family::v4;
  options.tls.emplace();
  options.tls->ca_file = shared_pki().certificate("ca");
  return options;
}

/// Dials and returns why it failed.
inline failure failure_of(asio::io_context& loop, const dial_options& options) {
  failure why;
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(options);
    dial_result dialled = co_await caller.dial(nullptr);
    CHECK_FALSE(dialled.link);
    why = std::move(dialled.why);
  });
  return why;
}

inline failure failure_with_certificate(const std::string& certificate,
                                        const std::string& host = "localhost") {
  asio::io_context loop(1);
  tls_server server(loop, certificate);
  server.start();
  return failure_of(loop, to(server, host));
}

/// A server that is no TLS server: says `text`, or nothing, then closes or stays.
inline asio::awaitable<void> plain_server(tcp::acceptor& acceptor, std::string text, bool stays) {
  tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
  co_await send(socket, text);
  if (stays) (void)co_await read_until_end(socket);
  // What was received has to be read, or closing would reset the connection.
  if (!stays) (void)co_await read_exactly(socket, 64);
}

inline dial_options tls_to(const tcp::acceptor& acceptor) {
  dial_options options;
  options.host = "127.0.0.1";
  options.port = acceptor.local_endpoint().port();
  options.tls.emplace();
  options.tls->ca_file = shared_pki().certificate("ca");
  return options;
}

inline failure prepare_failure(const std::function<void(tls_options&)>& change) {
  dial_options options;
  options.tls.emplace();
  change(*options.tls);
  dialer caller(options);
  return caller.prepare();
}

inline constexpr const char* psk_hex = "00112233445566778899aabbccddeeff";

inline unsigned psk_server(SSL*, const char* identity, unsigned char* key, unsigned) {
  if (std::string(identity) != "sensor") return 0;
  for (unsigned i = 0; i < 16; ++i) key[i] = static_cast<unsigned char>(i * 0x11);
  return 16;
}

}  // namespace mqttkit::test
