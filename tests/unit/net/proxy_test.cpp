#include <doctest/doctest.h>

#include <asio/error.hpp>

#include "mqttkit/base/error.hpp"
#include "mqttkit/net/dial.hpp"
#include "mqttkit/wire/websocket.hpp"
#include "unit/net/certificates.hpp"
#include "unit/net/loop.hpp"
#include "unit/net/servers.hpp"

using namespace mqttkit;
using namespace mqttkit::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

const std::string socks_granted = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s;

/// A SOCKS5 proxy that is its own broker: after its `reply` it goes on on the same socket.
asio::awaitable<std::string> serve_socks(tcp::socket& socket, std::string reply) {
  const std::string greeting = co_await read_exactly(socket, 2);
  (void)co_await read_exactly(socket, static_cast<std::size_t>(greeting[1]));
  co_await send(socket, "\x05\x00"s);
  std::string request = co_await read_exactly(socket, 5);
  const std::size_t more = request[3] == 1 ? 5 : request[3] == 4 ? 17 : request[4] + 2u;
  request += co_await read_exactly(socket, more);
  co_await send(socket, reply);
  co_return request;
}

dial_options through(const tcp::acceptor& proxy, proxy_options::kind type) {
  dial_options options;
  options.host = "broker.invalid";  // only the proxy may resolve it
  options.port = 1883;
  options.proxy.emplace();
  options.proxy->type = type;
  options.proxy->host = "127.0.0.1";
  options.proxy->port = proxy.local_endpoint().port();
  options.timeouts.proxy = 5s;
  return options;
}

}  // namespace

TEST_CASE("socks5h sends the name to the proxy, and what follows its reply is the broker's") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, any_port());
  std::string request;
  auto proxy = [&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    request = co_await serve_socks(socket, socks_granted + "early");
    co_await echo(socket);
  };
  asio::co_spawn(loop, proxy(), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(through(acceptor, proxy_options::kind::socks5h));
    step_log log;
    dial_result dialled = co_await caller.dial(&log);
    REQUIRE(dialled.link);
    CHECK(request.substr(3) == "\x03\x0E"s + "broker.invalid" + "\x07\x5B");
    const std::string where = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    CHECK(log.ended.back() == "proxy " + where + ": done (SOCKS5 proxy to broker.invalid:1883)");
    CHECK(dialled.link->peer() == "broker.invalid:1883 via " + where);
    CHECK(dialled.link->description() == "TCP via SOCKS5 proxy");
    const std::string early = co_await receive(*dialled.link, 5);
    CHECK(early == "early");
    co_await check_echo(*dialled.link);
  });
}

TEST_CASE("socks5 resolves the broker's name here and sends the address") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, any_port());
  std::string request;
  auto proxy = [&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    request = co_await serve_socks(socket, socks_granted);
    co_await echo(socket);
  };
  asio::co_spawn(loop, proxy(), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options = through(acceptor, proxy_options::kind::socks5);
    options.host = "localhost";
    options.addresses = dial_options::family::v4;
    dialer caller(options);
    step_log log;
    const dial_result dialled = co_await caller.dial(&log);
    CHECK(dialled.link);
    CHECK(log.begun.front() == "resolve localhost");
    CHECK(request.substr(3) == "\x01\x7F\x00\x00\x01\x07\x5B"s);
  });
}

TEST_CASE("an IPv6 literal goes to the SOCKS5 proxy as an address") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, any_port());
  std::string request;
  auto proxy = [&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    request = co_await serve_socks(socket, socks_granted);
    co_await echo(socket);
  };
  asio::co_spawn(loop, proxy(), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options = through(acceptor, proxy_options::kind::socks5h);
    options.host = "2001:db8::1";
    dialer caller(options);
    const dial_result dialled = co_await caller.dial(nullptr);
    CHECK(dialled.link);
    CHECK(request[3] == 4);
  });
}

TEST_CASE("a refusal of the proxy fails the proxy step with its sentence") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, any_port());
  auto proxy = [&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    (void)co_await serve_socks(socket, "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"s);
  };
  asio::co_spawn(loop, proxy(), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(through(acceptor, proxy_options::kind::socks5h));
    const dial_result dialled = co_await caller.dial(nullptr);
    CHECK(dialled.why.at == stage::proxy);
    CHECK(dialled.why.error == errc::proxy_refused);
    CHECK(dialled.why.detail == "connection not allowed by ruleset (2)");
    CHECK(dialled.why.what.kind == error_kind::socks5_reply);
    CHECK(dialled.why.what.number == 2);
    CHECK(dialled.why.subject == "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()));
  });
}

TEST_CASE("an HTTP proxy is asked to CONNECT with credentials") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, any_port());
  std::string request;
  auto proxy = [&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    request = co_await read_head(socket);
    co_await send(socket, "HTTP/1.1 200 Connection established\r\n\r\nearly");
    co_await echo(socket);
  };
  asio::co_spawn(loop, proxy(), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options = through(acceptor, proxy_options::kind::http);
    options.proxy->user_name = "Aladdin";
    options.proxy->password = "open sesame";
    dialer caller(options);
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    CHECK(contains(request, "CONNECT broker.invalid:1883 HTTP/1.1\r\n"));
    CHECK(contains(request, "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
    const std::string early = co_await receive(*dialled.link, 5);
    CHECK(early == "early");
    co_await check_echo(*dialled.link);
  });
}

TEST_CASE("a proxy that stays silent or closes fails its step") {
  for (const bool is_silent : {true, false}) {
    asio::io_context loop(1);
    tcp::acceptor acceptor(loop, any_port());
    auto proxy = [&]() -> asio::awaitable<void> {
      tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
      (void)co_await read_head(socket);
      if (is_silent) (void)co_await read_until_end(socket);
    };
    asio::co_spawn(loop, proxy(), asio::detached);
    run(loop, [&]() -> asio::awaitable<void> {
      dial_options options = through(acceptor, proxy_options::kind::http);
      if (is_silent) options.timeouts.proxy = 30ms;
      dialer caller(options);
      const dial_result dialled = co_await caller.dial(nullptr);
      CHECK(dialled.why.at == stage::proxy);
      if (is_silent) {
        CHECK(dialled.why.error == errc::step_timeout);
      } else {
        CHECK(dialled.why.error == errc::connection_closed);
        CHECK(dialled.why.detail == "closed by the proxy instead of an answer");
      }
    });
  }
}

TEST_CASE("the order is proxy, then TLS, then WebSocket, and TLS checks the broker's name") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, any_port());
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.use_certificate_chain_file(shared_pki().certificate("wronghost"));
  context.use_private_key_file(shared_pki().key("wronghost"), asio::ssl::context::pem);
  auto proxy = [&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    (void)co_await serve_socks(socket, socks_granted);
    asio::ssl::stream<tcp::socket> stream(std::move(socket), context);
    co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
    const std::string request = co_await read_head(stream);
    CHECK(contains(request, "Host: broker.invalid:1883\r\n"));
    const std::string name = "Sec-WebSocket-Key: ";
    const std::size_t at = request.find(name) + name.size();
    const std::string key = request.substr(at, request.find('\r', at) - at);
    const std::string answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        websocket_accept(key) + "\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n\x82\x02hi";
    co_await send(stream, answer);
    (void)co_await read_until_end(stream);
  };
  asio::co_spawn(loop, proxy(), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options = through(acceptor, proxy_options::kind::socks5h);
    options.tls.emplace();
    options.tls->ca_file = shared_pki().certificate("ca");
    options.websocket.emplace();
    dialer caller(options);
    step_log log;
    dial_result dialled = co_await caller.dial(&log);
    REQUIRE(dialled.link);
    REQUIRE(log.begun.size() == 4);
    CHECK(contains(log.begun[0], "connect 127.0.0.1:"));
    CHECK(contains(log.begun[1], "proxy 127.0.0.1:"));
    CHECK(log.begun[2] == "tls broker.invalid:1883");
    CHECK(log.begun[3] == "websocket broker.invalid:1883/mqtt");
    CHECK(dialled.link->description() ==
          "WebSocket over TLSv1.3 TLS_AES_256_GCM_SHA384 over TCP via SOCKS5 proxy");
    const std::string text = co_await receive(*dialled.link, 2);
    CHECK(text == "hi");
    const std::error_code error = co_await dialled.link->shutdown();
    CHECK_FALSE(error);
  });
}
