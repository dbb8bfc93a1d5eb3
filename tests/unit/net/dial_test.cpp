#include "mqttkit/net/dial.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/buffer.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <cstdlib>

#include "mqttkit/base/error.hpp"
#include "net/connect.hpp"
#include "net/resolve.hpp"
#include "unit/net/loop.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;
using asio::ip::tcp;
using mqttkit::test::contains;
using mqttkit::test::run;
using mqttkit::test::step_log;

namespace {

/// Sends back what it gets, to one peer after another.
template <class Acceptor>
asio::awaitable<void> echo_once(Acceptor& acceptor) {
  auto socket = co_await acceptor.async_accept(asio::use_awaitable);
  std::vector<char> bytes(65536);
  for (;;) {
    std::error_code error;
    const auto buffer = asio::buffer(bytes);
    const std::size_t size =
        co_await socket.async_read_some(buffer, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    const auto answer = asio::buffer(bytes.data(), size);
    co_await asio::async_write(socket, answer, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
  }
}

dial_options to(const tcp::acceptor& acceptor, const std::string& host = "127.0.0.1") {
  dial_options options;
  options.host = host;
  options.port = acceptor.local_endpoint().port();
  return options;
}

asio::awaitable<void> check_echo(transport& link) {
  byte_buffer data;
  const std::string text(300'000, 'x');  // more than any socket buffer takes at once
  data.append(as_bytes(text));
  auto writing = [&]() -> asio::awaitable<void> {
    const std::error_code error = co_await link.write(data);
    CHECK_FALSE(error);
    CHECK(data.empty());
  };
  const auto executor = co_await asio::this_coro::executor;
  asio::co_spawn(executor, writing(), asio::detached);
  std::size_t received = 0;
  std::vector<std::byte> bytes(65536);
  while (received < text.size()) {
    const std::span<std::byte> into(bytes);
    const io_result read = co_await link.read_some(into);
    REQUIRE_FALSE(read.error);
    REQUIRE(read.size > 0);
    received += read.size;
  }
  CHECK(received == text.size());
  const std::error_code goodbye = co_await link.shutdown();
  CHECK_FALSE(goodbye);
  const std::span<std::byte> into(bytes);
  const io_result end = co_await link.read_some(into);
  CHECK(end.error == asio::error::eof);
  link.close();
  link.close();
}

struct temporary_path {
  temporary_path() : path("/tmp/mqttkit-test-" + std::to_string(::getpid()) + ".sock") {
    ::unlink(path.c_str());
  }
  ~temporary_path() { ::unlink(path.c_str()); }
  std::string path;
};

}  // namespace

TEST_CASE("dial connects over IPv4 without asking a resolver, and tells one step") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  asio::co_spawn(loop, echo_once(acceptor), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(to(acceptor));
    step_log log;
    dial_result dialled = co_await caller.dial(&log);
    REQUIRE(dialled.link);
    const std::string peer = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    CHECK(dialled.link->peer() == peer);
    CHECK(dialled.link->description() == "TCP");
    CHECK(log.begun == std::vector<std::string>{"connect " + peer});
    CHECK(log.ended == std::vector<std::string>{"connect " + peer + ": done"});
    co_await check_echo(*dialled.link);
  });
}

TEST_CASE("dial connects over IPv6 and writes the address in brackets") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::make_address("::1"), 0));
  asio::co_spawn(loop, echo_once(acceptor), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(to(acceptor, "::1"));
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    CHECK(dialled.link->peer() == "[::1]:" + std::to_string(acceptor.local_endpoint().port()));
    co_await check_echo(*dialled.link);
  });
}

TEST_CASE("dial connects to a Unix socket") {
  asio::io_context loop(1);
  const temporary_path at;
  asio::local::stream_protocol::acceptor acceptor(loop, at.path);
  asio::co_spawn(loop, echo_once(acceptor), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options;
    options.unix_path = at.path;
    dialer caller(options);
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    CHECK(dialled.link->peer() == "unix:" + at.path);
    CHECK(dialled.link->description() == "Unix socket");
    co_await check_echo(*dialled.link);
  });
}

TEST_CASE("localhost goes through the resolver and falls back to the family that listens") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  asio::co_spawn(loop, echo_once(acceptor), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(to(acceptor, "localhost"));
    step_log log;
    dial_result dialled = co_await caller.dial(&log);
    REQUIRE(dialled.link);
    CHECK(log.begun.front() == "resolve localhost");
    CHECK(contains(log.ended.front(), "resolve localhost: done ("));
    CHECK(contains(log.ended.front(), "127.0.0.1"));
    co_await check_echo(*dialled.link);
  });
}

TEST_CASE("a refused connection keeps the system's error and names the address") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  const dial_options options = to(acceptor);
  acceptor.close();
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(options);
    dial_result dialled = co_await caller.dial(nullptr);
    CHECK_FALSE(dialled.link);
    CHECK(dialled.why.at == stage::connect);
    CHECK(dialled.why.error == asio::error::connection_refused);
    CHECK(dialled.why.subject == "127.0.0.1:" + std::to_string(options.port));
    CHECK(dialled.why.detail.empty());
  });
}

TEST_CASE("a missing Unix socket is no such file") {
  asio::io_context loop(1);
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options;
    options.unix_path = "/nonexistent/m.sock";
    dialer caller(options);
    dial_result dialled = co_await caller.dial(nullptr);
    CHECK(dialled.why.at == stage::connect);
    CHECK(dialled.why.error == std::errc::no_such_file_or_directory);
    CHECK(dialled.why.subject == "unix:/nonexistent/m.sock");
  });
}

TEST_CASE("a name that does not exist fails at resolve with name_not_found") {
  asio::io_context loop(1);
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options;
    options.host = "name with spaces.invalid";  // no resolver asks a server for this
    dialer caller(options);
    dial_result dialled = co_await caller.dial(nullptr);
    CHECK(dialled.why.at == stage::resolve);
    CHECK(dialled.why.error.category() == mqtt_category());
    CHECK(dialled.why.subject == options.host);
  });
}

TEST_CASE("a literal of the wrong family is refused before anything is sent") {
  asio::io_context loop(1);
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options;
    options.host = "127.0.0.1";
    options.addresses = dial_options::family::v6;
    dialer caller(options);
    dial_result dialled = co_await caller.dial(nullptr);
    CHECK(dialled.why.at == stage::resolve);
    CHECK(dialled.why.error == errc::name_not_found);
  });
}
