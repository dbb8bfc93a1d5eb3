#include "unit/net/tls_server.hpp"

using namespace mqttkit;
using namespace mqttkit::test;
using namespace std::chrono_literals;

TEST_CASE("a server that answers in another protocol does not speak TLS, however little it says") {
  for (const char* const text : {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n", "\x20\x02"}) {
    asio::io_context loop(1);
    tcp::acceptor acceptor(loop, any_port());
    asio::co_spawn(loop, plain_server(acceptor, text, false), asio::detached);
    const failure why = failure_of(loop, tls_to(acceptor));
    CHECK(why.error == errc::tls_handshake_failed);
    CHECK(why.detail == "the server does not speak TLS on this port");
    CHECK(why.what.kind == error_kind::not_tls);
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
