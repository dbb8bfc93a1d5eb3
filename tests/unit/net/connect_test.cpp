#include "net/connect.hpp"

#include <doctest/doctest.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include "mqttkit/base/error.hpp"
#include "net/resolve.hpp"
#include "unit/net/loop.hpp"

using namespace mqttkit;
using namespace std::chrono_literals;
using asio::ip::tcp;
using mqttkit::test::contains;
using mqttkit::test::run;
using mqttkit::test::step_log;

namespace {

const asio::ip::address loopback = asio::ip::make_address("127.0.0.1");

/// Accepts nothing and has a full queue, so that Linux drops further SYN packets: an address that
/// never answers, without a firewall.
class silent_listener {
 public:
  explicit silent_listener(asio::io_context& loop) : acceptor_(loop), filler_(loop) {
    acceptor_.open(tcp::v4());
    acceptor_.bind(tcp::endpoint(loopback, 0));
    acceptor_.listen(0);
    filler_.connect(acceptor_.local_endpoint());
  }
  candidate where() const { return candidate(loopback, acceptor_.local_endpoint().port()); }

 private:
  tcp::acceptor acceptor_;
  tcp::socket filler_;
};

class listener {
 public:
  explicit listener(asio::io_context& loop) : acceptor_(loop, tcp::endpoint(loopback, 0)) {}
  candidate where() const { return candidate(loopback, acceptor_.local_endpoint().port()); }
  void close() { acceptor_.close(); }

 private:
  tcp::acceptor acceptor_;
};

candidate refusing(asio::io_context& loop) {
  listener gone(loop);
  const candidate where = gone.where();
  gone.close();
  return where;
}

}  // namespace

TEST_CASE("the second address is tried after the delay when the first stays silent (RFC 8305)") {
  asio::io_context loop(1);
  const silent_listener silent(loop);
  const listener good(loop);
  run(loop, [&]() -> asio::awaitable<void> {
    std::vector<candidate> candidates{silent.where(), good.where()};
    connect_rules rules;
    rules.attempt_delay = 30ms;
    step_log log;
    const auto begun = std::chrono::steady_clock::now();
    connect_result connected = co_await connect_first(candidates, rules, &log);
    CHECK(std::chrono::steady_clock::now() - begun >= 30ms);
    REQUIRE(connected.socket);
    CHECK(connected.name == good.where().name);
    REQUIRE(log.ended.size() == 2);
    CHECK(log.ended[0] == "connect " + good.where().name + ": done");
    CHECK(contains(log.ended[1], "connect " + silent.where().name + ": Operation"));
    CHECK(contains(log.ended[1], "another address answered first"));
  });
}

TEST_CASE("a refused address starts the next at once, without the delay") {
  asio::io_context loop(1);
  const candidate dead = refusing(loop);
  const listener good(loop);
  run(loop, [&]() -> asio::awaitable<void> {
    std::vector<candidate> candidates{dead, good.where()};
    connect_rules rules;
    rules.attempt_delay = 10s;
    step_log log;
    const auto begun = std::chrono::steady_clock::now();
    connect_result connected = co_await connect_first(candidates, rules, &log);
    CHECK(std::chrono::steady_clock::now() - begun < 5s);
    REQUIRE(connected.socket);
    CHECK(connected.name == good.where().name);
    REQUIRE(log.ended.size() == 2);
    CHECK(log.ended[0] == "connect " + dead.name + ": Connection refused");
  });
}

TEST_CASE("when every address refuses, the failure names the first and quotes the others") {
  asio::io_context loop(1);
  const candidate first = refusing(loop), second = refusing(loop);
  run(loop, [&]() -> asio::awaitable<void> {
    std::vector<candidate> candidates{first, second};
    connect_result connected = co_await connect_first(candidates, connect_rules(), nullptr);
    CHECK_FALSE(connected.socket);
    CHECK(connected.why.error == asio::error::connection_refused);
    CHECK(connected.why.subject == first.name);
    CHECK(connected.why.detail == "Connection refused; also " + second.name);
  });
}

TEST_CASE("one deadline covers all attempts and ends them with step_timeout") {
  asio::io_context loop(1);
  const silent_listener first(loop), second(loop);
  run(loop, [&]() -> asio::awaitable<void> {
    std::vector<candidate> candidates{first.where(), second.where()};
    connect_rules rules;
    rules.attempt_delay = 10ms;
    rules.timeout = 50ms;
    step_log log;
    connect_result connected = co_await connect_first(candidates, rules, &log);
    CHECK(connected.why.error == errc::step_timeout);
    REQUIRE(log.ended.size() == 2);
    CHECK(contains(log.ended[0], "timed out (no answer within 50 ms)"));
  });
}

TEST_CASE("a bind address of the other family fails the attempt with the system's words") {
  asio::io_context loop(1);
  const listener good(loop);
  run(loop, [&]() -> asio::awaitable<void> {
    std::vector<candidate> candidates{good.where()};
    connect_rules rules;
    rules.bind_address = asio::ip::make_address("::1");
    connect_result connected = co_await connect_first(candidates, rules, nullptr);
    CHECK_FALSE(connected.socket);
    CHECK(connected.why.error);
  });
}

TEST_CASE("addresses of the other family are not tried from a bind address") {
  asio::io_context loop(1);
  const listener good(loop);
  run(loop, [&]() -> asio::awaitable<void> {
    const candidate other(asio::ip::make_address("::1"), 1);
    std::vector<candidate> candidates{other, good.where()};
    connect_rules rules;
    rules.bind_address = loopback;
    step_log log;
    connect_result connected = co_await connect_first(candidates, rules, &log);
    CHECK(connected.socket);
    CHECK(log.ended.size() == 1);
  });
}

TEST_CASE("the bind address is where the connection comes from") {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, tcp::endpoint(loopback, 0));
  run(loop, [&]() -> asio::awaitable<void> {
    std::vector<candidate> candidates{candidate(loopback, acceptor.local_endpoint().port())};
    connect_rules rules;
    rules.bind_address = asio::ip::make_address("127.0.0.9");
    connect_result connected = co_await connect_first(candidates, rules, nullptr);
    REQUIRE(connected.socket);
    CHECK(acceptor.accept().remote_endpoint().address() == *rules.bind_address);
  });
}

TEST_CASE("cancelling a connect ends it with operation_aborted and tells the attempts") {
  asio::io_context loop(1);
  const silent_listener silent(loop);
  asio::cancellation_signal stop;
  std::error_code found;
  step_log log;
  auto connecting = [&]() -> asio::awaitable<void> {
    std::vector<candidate> candidates{silent.where()};
    const connect_result connected = co_await connect_first(candidates, connect_rules(), &log);
    found = connected.why.error;
  };
  asio::co_spawn(loop, connecting(), asio::bind_cancellation_slot(stop.slot(), asio::detached));
  asio::steady_timer later(loop, 10ms);
  later.async_wait([&](std::error_code) { stop.emit(asio::cancellation_type::terminal); });
  loop.run_for(5s);
  CHECK(found == asio::error::operation_aborted);
  REQUIRE(log.ended.size() == 1);
  CHECK(contains(log.ended[0], "Operation"));
}

TEST_CASE("addresses alternate between the families, beginning with the first (RFC 8305 §4)") {
  std::vector<asio::ip::address> sorted;
  for (const char* text : {"2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1"}) {
    sorted.push_back(asio::ip::make_address(text));
  }
  std::string order;
  for (const auto& address : interleaved(sorted)) order += address.to_string() + ' ';
  CHECK(order == "2001:db8::1 192.0.2.1 2001:db8::2 2001:db8::3 ");
  CHECK(interleaved({}).empty());
}
