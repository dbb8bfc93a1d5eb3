#include "mqttkit/net/dial.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <asio/error.hpp>
#include <asio/local/stream_protocol.hpp>

#include "mqttkit/base/error.hpp"
#include "unit/net/certificates.hpp"
#include "unit/net/loop.hpp"
#include "unit/net/servers.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;
using asio::ip::tcp;
using mqttkit::test::contains;
using mqttkit::test::run;
using mqttkit::test::step_log;

namespace {

/// Sends one peer back what it sends.
template <class Acceptor>
asio::awaitable<void> echo_once(Acceptor& acceptor) {
  auto socket = co_await acceptor.async_accept(asio::use_awaitable);
  co_await mqttkit::test::echo(socket);
}

dial_options to(const tcp::acceptor& acceptor, const std::string& host = "127.0.0.1") {
  dial_options options;
  options.host = host;
  options.port = acceptor.local_endpoint().port();
  return options;
}

asio::awaitable<void> check_echo_and_end(transport& link) {
  co_await mqttkit::test::check_echo(link);
  const std::error_code goodbye = co_await link.shutdown();
  CHECK_FALSE(goodbye);
  std::byte bytes[8];
  const std::span<std::byte> into(bytes);
  const io_result end = co_await link.read_some(into);
  CHECK(end.error == asio::error::eof);
  link.close();
  link.close();
}

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
    co_await check_echo_and_end(*dialled.link);
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
    co_await check_echo_and_end(*dialled.link);
  });
}

TEST_CASE("dial connects to a Unix socket") {
  asio::io_context loop(1);
  const mqttkit::test::temporary_directory at;
  const std::string path = at.file("m.sock");
  asio::local::stream_protocol::acceptor acceptor(loop, path);
  asio::co_spawn(loop, echo_once(acceptor), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options;
    options.unix_path = path;
    dialer caller(options);
    dial_result dialled = co_await caller.dial(nullptr);
    REQUIRE(dialled.link);
    CHECK(dialled.link->peer() == "unix:" + path);
    CHECK(dialled.link->description() == "Unix socket");
    co_await check_echo_and_end(*dialled.link);
  });
}

TEST_CASE("localhost is both loopback addresses, and the one that listens is connected to") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  asio::co_spawn(loop, echo_once(acceptor), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(to(acceptor, "localhost"));
    step_log log;
    dial_result dialled = co_await caller.dial(&log);
    REQUIRE(dialled.link);
    CHECK(log.begun.front() == "resolve localhost");
    CHECK(log.ended.front() == "resolve localhost: done (2 addresses: ::1, 127.0.0.1)");
    co_await check_echo_and_end(*dialled.link);
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

TEST_CASE("options that cannot be said are found before anything is sent, and told as a step") {
  dial_options options;
  options.bind_address = "eth0";
  CHECK(dialer(options).prepare().detail == "not an IP address to bind to");
  options.bind_address = "";
  options.unix_path = std::string(108, 'x');
  CHECK(dialer(options).prepare().error == errc::invalid_option);
  options.unix_path = "";
  options.websocket.emplace();
  options.websocket->path = "mqtt";
  CHECK(dialer(options).prepare().detail == "the path must begin with /");
  options.websocket.reset();
  options.proxy.emplace();
  CHECK(dialer(options).prepare().detail == "no host given");

  asio::io_context loop(1);
  run(loop, [&]() -> asio::awaitable<void> {
    dialer caller(options);
    step_log log;
    const dial_result dialled = co_await caller.dial(&log);
    CHECK_FALSE(dialled.link);
    CHECK(dialled.why.at == stage::set_up);
    CHECK(log.ended == std::vector<std::string>{"set-up proxy: invalid option (no host given)"});
  });
}

TEST_CASE("the stages have names") {
  CHECK(to_string(stage::set_up) == "set-up");
  CHECK(to_string(stage::connack) == "connack");
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
    CHECK(dialled.why.detail == "not an IPv6 address, and no other was asked for");
  });
}

TEST_CASE("a bind address leaves out the addresses of the other family") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  asio::co_spawn(loop, echo_once(acceptor), asio::detached);
  run(loop, [&]() -> asio::awaitable<void> {
    dial_options options = to(acceptor, "localhost");
    options.bind_address = "127.0.0.1";
    dialer caller(options);
    step_log log;
    dial_result dialled = co_await caller.dial(&log);
    REQUIRE(dialled.link);
    CHECK(log.ended.front() == "resolve localhost: done (1 address: 127.0.0.1)");
    co_await check_echo_and_end(*dialled.link);

    options.host = "127.0.0.1";
    options.bind_address = "::1";
    dialer other(options);
    dialled = co_await other.dial(nullptr);
    CHECK(dialled.why.at == stage::resolve);
    CHECK(dialled.why.detail == "not an IPv6 address, and no other was asked for");

    options.addresses = dial_options::family::v4;
    CHECK(dialer(options).prepare().error == errc::invalid_option);
  });
}
