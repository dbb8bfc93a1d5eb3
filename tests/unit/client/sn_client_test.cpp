// The session of MQTT-SN with a socket and a clock: how connecting ends, and what a turn waits for.
#include "mqttkit/client/sn_client.hpp"

#include <doctest/doctest.h>

#include <array>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <functional>
#include <string>
#include <utility>
#include <variant>

#include "mqttkit/base/error.hpp"
#include "mqttkit/sn/error.hpp"
#include "support/hex.hpp"
#include "unit/net/loop.hpp"

namespace mqttkit {
namespace {

using namespace std::chrono_literals;
using asio::ip::udp;
using test::hex;

/// Answers each datagram, by its type, with what the test says; in hex, "" for nothing.
class gateway {
 public:
  using script = std::function<std::string(unsigned type)>;

  gateway(asio::io_context& loop, script answers)
      : socket_(loop, udp::endpoint(asio::ip::address_v4::loopback(), 0)),
        answers_(std::move(answers)) {
    wait();
  }
  std::uint16_t port() const { return socket_.local_endpoint().port(); }
  void say(std::string_view digits) {
    const auto bytes = hex(digits);
    socket_.send_to(asio::buffer(bytes), from_);
  }
  int heard = 0;

 private:
  void wait() {
    socket_.async_receive_from(asio::buffer(room_), from_,
                               [this](std::error_code error, std::size_t size) {
                                 if (error) return;
                                 ++heard;
                                 const unsigned type = size > 1 ? room_[1] : 0;
                                 if (const std::string text = answers_(type); !text.empty())
                                   say(text);
                                 wait();
                               });
  }

  udp::socket socket_;
  script answers_;
  udp::endpoint from_;
  std::array<unsigned char, 256> room_{};
};

sn::client_options to(std::uint16_t port) {
  sn::client_options made;
  made.dial.host = "127.0.0.1";
  made.dial.port = port;
  made.session.client_id = "sen1";
  made.session.retry_time = 20ms;
  made.session.retries = 2;
  return made;
}

const char* const connack = "03 05 00";
constexpr unsigned connect_type = 0x04, disconnect_type = 0x18;

}  // namespace

TEST_CASE("a client of MQTT-SN connects, and says goodbye") {
  asio::io_context loop;
  gateway there(loop, [](unsigned type) {
    return type == connect_type ? connack : type == disconnect_type ? "02 18" : "";
  });
  sn::client client(loop.get_executor(), to(there.port()));
  test::run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await client.connect(5s);
    CHECK_FALSE(why);
    CHECK(client.has_heard());
    CHECK(client.protocol().state() == sn::session_state::active);
    CHECK_FALSE(client.protocol().disconnect(client.now()));
    bool has_closed = false;
    while (!has_closed) {
      const std::error_code error = co_await client.turn();
      REQUIRE_FALSE(error);
      const sn::event& what = client.next();
      if (const auto* const end = std::get_if<sn::closed>(&what)) {
        has_closed = true;
        CHECK_FALSE(end->error);
      }
    }
  });
}

TEST_CASE("a gateway that refuses says why, and one that is congested is not waited for") {
  for (const unsigned code : {1u, 2u, 3u}) {
    CAPTURE(code);
    asio::io_context loop;
    gateway there(loop, [code](unsigned) { return "03 05 0" + std::to_string(code); });
    sn::client client(loop.get_executor(), to(there.port()));
    test::run(loop, [&]() -> asio::awaitable<void> {
      const failure why = co_await client.connect(5s);
      CHECK(why.at == stage::connack);
      CHECK(why.error == sn::errc::not_accepted);
      CHECK(why.reason == code);
    });
    CHECK(there.heard == 1);
  }
}

TEST_CASE("a gateway that says nothing is lost after the repetitions, and sooner by the limit") {
  asio::io_context loop;
  gateway there(loop, [](unsigned) { return std::string(); });
  sn::client client(loop.get_executor(), to(there.port()));
  test::run(loop, [&]() -> asio::awaitable<void> {
    failure why = co_await client.connect(5s);
    CHECK(why.error == sn::errc::gateway_lost);
    CHECK_FALSE(client.has_heard());
    CHECK(there.heard == 3);
    why = co_await client.connect(5ms);
    CHECK(why.error == errc::step_timeout);
  });
}

TEST_CASE("a port that is closed is told by ICMP, long before the repetitions are over") {
  asio::io_context loop;
  std::uint16_t closed = 0;
  {
    const gateway gone(loop, [](unsigned) { return std::string(); });
    closed = gone.port();
  }
  sn::client_options options = to(closed);
  options.session.retry_time = 10s;
  sn::client client(loop.get_executor(), options);
  test::run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await client.connect(15s);
    CHECK(why.at == stage::connack);
    CHECK(why.error == asio::error::connection_refused);
  });
}

TEST_CASE("a turn ends when its time has come, when it is woken, and when a datagram came") {
  asio::io_context loop;
  gateway there(loop, [](unsigned type) { return type == connect_type ? connack : ""; });
  sn::client client(loop.get_executor(), to(there.port()));
  test::run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await client.connect(5s);
    REQUIRE_FALSE(why);
    std::error_code error = co_await client.turn(client.now() + 5ms);
    CHECK(error == asio::error::timed_out);
    client.wake();
    error = co_await client.turn(client.now() + 10s);
    CHECK_FALSE(error);
    there.say("02 18");  // DISCONNECT that nobody asked for
    error = co_await client.turn(client.now() + 10s);
    CHECK_FALSE(error);
    const sn::event& what = client.next();
    const auto* const end = std::get_if<sn::closed>(&what);
    REQUIRE(end != nullptr);
    CHECK(end->error == sn::errc::disconnected_by_gateway);
  });
}

TEST_CASE("another peer is connected to from the next time on") {
  asio::io_context loop;
  gateway first(loop, [](unsigned) { return std::string("03 05 03"); });
  gateway second(loop, [](unsigned type) { return type == connect_type ? connack : ""; });
  sn::client client(loop.get_executor(), to(first.port()));
  test::run(loop, [&]() -> asio::awaitable<void> {
    failure why = co_await client.connect(5s);
    CHECK(why.error == sn::errc::not_accepted);
    client.set_peer("127.0.0.1", second.port());
    why = co_await client.connect(5s);
    CHECK_FALSE(why);
  });
}

TEST_CASE("addresses of groups are told from those of one machine") {
  CHECK(sn::is_group("225.1.1.1"));
  CHECK(sn::is_group("255.255.255.255"));
  CHECK(sn::is_group("ff02::1"));
  CHECK_FALSE(sn::is_group("10.0.0.1"));
  CHECK_FALSE(sn::is_group("gateway.example"));
}

}  // namespace mqttkit
