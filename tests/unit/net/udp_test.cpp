#include "mqttkit/net/udp.hpp"

#include <doctest/doctest.h>

#include <array>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/multicast.hpp>
#include <asio/ip/udp.hpp>
#include <string>
#include <vector>

#include "unit/net/loop.hpp"

namespace mqttkit {
namespace {

using namespace std::chrono_literals;
using asio::ip::udp;

const auto loopback = asio::ip::address_v4::loopback();

/// A socket on the loopback.
struct server {
  explicit server(asio::io_context& loop, const asio::ip::address& at = loopback)
      : socket(loop, udp::endpoint(at, 0)) {}
  std::uint16_t port() const { return socket.local_endpoint().port(); }
  std::string take() {
    std::array<char, 100> room{};
    const std::size_t size = socket.receive_from(asio::buffer(room), peer);
    return {room.data(), size};
  }
  void answer(std::string_view text) { socket.send_to(asio::buffer(text), peer); }

  udp::socket socket;
  udp::endpoint peer;
};

udp_options to(const std::string& host, std::uint16_t port) {
  udp_options made;
  made.host = host;
  made.port = port;
  return made;
}

udp_link::time_point soon(std::chrono::milliseconds in = 5s) {
  return std::chrono::steady_clock::now() + in;
}

std::string received(udp_link& link) {
  std::array<std::byte, 100> room{};
  std::size_t size = 0;
  if (const auto error = link.receive(room, size)) return error.message();
  return std::string(as_text(bytes_view(room).first(size)));
}

}  // namespace

TEST_CASE("datagrams go to the peer and come back, and opening sends none") {
  asio::io_context loop;
  server there(loop);
  udp_link link(loop.get_executor());
  test::step_log log;
  test::run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await link.open(to("127.0.0.1", there.port()), &log);
    CHECK_FALSE(why);
    CHECK(there.socket.available() == 0);
    CHECK_FALSE(link.send(as_bytes("ask")));
    CHECK(there.take() == "ask");
    there.answer("answer");
    const auto until = soon();
    CHECK_FALSE(co_await link.wait(until));
    CHECK(received(link) == "answer");
    std::array<std::byte, 10> room{};
    std::size_t size = 0;
    CHECK(link.receive(room, size) == asio::error::would_block);
  });
  CHECK(link.peer() == "127.0.0.1:" + std::to_string(there.port()));
  CHECK(log.ended.back().find("UDP, nothing sent yet") != std::string::npos);
}

TEST_CASE("a wait ends in time, or when it is woken") {
  asio::io_context loop;
  server there(loop);
  udp_link link(loop.get_executor());
  test::run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await link.open(to("127.0.0.1", there.port()), nullptr);
    CHECK_FALSE(why);
    const auto short_time = soon(10ms);
    CHECK(co_await link.wait(short_time) == asio::error::timed_out);
    link.wake();
    const auto never = udp_link::time_point::max();
    CHECK_FALSE(co_await link.wait(never));
  });
}

TEST_CASE("that nobody listens (ICMP) is told by the next call") {
  asio::io_context loop;
  std::uint16_t port = 0;
  {
    const server gone(loop);
    port = gone.port();
  }
  udp_link link(loop.get_executor());
  test::run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await link.open(to("127.0.0.1", port), nullptr);
    CHECK_FALSE(why);
    CHECK_FALSE(link.send(as_bytes("x")));
    const auto until = soon();
    CHECK_FALSE(co_await link.wait(until));
    std::array<std::byte, 10> room{};
    std::size_t size = 0;
    CHECK(link.receive(room, size) == asio::error::connection_refused);
    CHECK_FALSE(link.next_address());  // there is one only
  });
}

TEST_CASE("the addresses of a name are taken in turn") {
  asio::io_context loop;
  server there(loop);
  udp_link link(loop.get_executor());
  test::run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await link.open(to("localhost", there.port()), nullptr);
    CHECK_FALSE(why);
    if (link.address_count() < 2) co_return;  // no IPv6 here
    const std::string first = link.peer();
    CHECK(link.next_address());
    CHECK(link.peer() != first);
    CHECK(link.next_address());
    CHECK(link.peer() == first);
  });
}

TEST_CASE("a datagram that is too large is refused and not sent") {
  asio::io_context loop;
  server there(loop);
  udp_link link(loop.get_executor());
  test::run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await link.open(to("127.0.0.1", there.port()), nullptr);
    CHECK_FALSE(why);
    const std::string large(65'535, 'x');
    CHECK(link.send(as_bytes(large)) == asio::error::message_size);
    CHECK(there.socket.available() == 0);
  });
}

TEST_CASE("a name that is none, and an address to send from that is none, are failures") {
  asio::io_context loop;
  udp_link link(loop.get_executor());
  test::run(loop, [&]() -> asio::awaitable<void> {
    udp_options wrong = to("127.0.0.1", 1884);
    wrong.bind_address = "nowhere";
    const failure why = co_await link.open(wrong, nullptr);
    CHECK(why.at == stage::set_up);
  });
}

TEST_CASE("a group hears a search, and who answers is known") {
  asio::io_context loop;
  const auto group = asio::ip::make_address_v4("225.18.84.1");
  udp::socket member(loop);
  member.open(udp::v4());
  member.set_option(udp::socket::reuse_address(true));
  member.bind(udp::endpoint(group, 0));
  member.set_option(asio::ip::multicast::join_group(group, loopback));
  member.non_blocking(true);
  const std::uint16_t port = member.local_endpoint().port();
  server gateway(loop);
  test::run(loop, [&]() -> asio::awaitable<void> {
    udp_group seeker(loop.get_executor(), "127.0.0.1");
    CHECK_FALSE(seeker.open(udp::endpoint(group, port), 1));
    CHECK_FALSE(seeker.send(as_bytes("who")));
    std::array<char, 10> room{};
    std::error_code error;
    const std::size_t size = member.receive_from(asio::buffer(room), gateway.peer, 0, error);
    CHECK_FALSE(error);
    CHECK(std::string_view(room.data(), size) == "who");
    gateway.answer("me");
    std::array<std::byte, 10> answer{};
    std::size_t got = 0;
    std::string from;
    // Our own question may be heard as well.
    for (int i = 0; i < 2 && from != "127.0.0.1:" + std::to_string(gateway.port()); ++i) {
      const auto until = soon();
      CHECK_FALSE(co_await seeker.wait(until));
      CHECK_FALSE(seeker.receive(answer, got, from));
    }
    CHECK(from == "127.0.0.1:" + std::to_string(gateway.port()));
    CHECK(as_text(bytes_view(answer).first(got)) == "me");
  });
}

}  // namespace mqttkit
