#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>

#include "unit/client/fixture.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

publish_packet numbered(std::string_view payload, std::uint16_t id) {
  publish_packet made = message("a", payload, qos_t::at_least_once);
  made.packet_id = id;
  return made;
}

const subscription wanted{.filter = "a", .qos = qos_t::at_least_once};

}  // namespace

TEST_CASE("subscribe() brings a code for each filter, unsubscribe() as well") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    const auto request = client.receives<subscribe_packet>(packet_type::subscribe);
    suback_packet answer;
    answer.packet_id = request->packet_id;
    const std::string codes = "\x01\x87";
    answer.codes = as_bytes(codes);
    client.sends(packet_type::suback, answer);
    client.serves();
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const std::vector<subscription> both{wanted, subscription{.filter = "b"}};
    const result<grant> granted = co_await tested.subscribe(both);
    REQUIRE(granted.has_value());
    const std::vector<std::uint8_t> codes{1, 0x87};
    CHECK(granted->codes == codes);
    const result<grant> gone = co_await tested.unsubscribe(both);
    CHECK(gone.has_value());
    co_await tested.disconnect(5s);
  });
  CHECK(broker.failure() == "");
}

TEST_CASE("asking for the next message acknowledges the last, and not before") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.grants();
    client.sends(numbered("1", 1));
    client.sends(numbered("2", 2));
    const auto first = client.receives<ack_packet>(packet_type::puback);
    if (first->packet_id != 1) throw testing::script_failed{"the wrong message was acknowledged"};
    // Message 2 was shown and not followed by a call: the goodbye settles it.
    client.expects(packet_type::puback);
    client.serves();
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const result<grant> granted = co_await tested.subscribe({&wanted, 1});
    REQUIRE(granted.has_value());
    result<message_received> got = co_await tested.receive();
    REQUIRE(got.has_value());
    CHECK(as_text(got->message.payload) == "1");
    got = co_await tested.receive();
    REQUIRE(got.has_value());
    CHECK(as_text(got->message.payload) == "2");
    const failure goodbye = co_await tested.disconnect(5s);
    CHECK(!goodbye);
  });
  CHECK(broker.failure() == "");
}

TEST_CASE("with manual acknowledgement nothing is acknowledged before settle()") {
  std::atomic<bool> settled{false};
  std::atomic<bool> early{false};
  scripted_broker broker([&](peer& client) {
    client.accepts();
    client.grants();
    client.sends(numbered("1", 1));
    client.sends(numbered("2", 2));
    for (int i = 0; i < 2; ++i) {
      client.expects(packet_type::puback);
      if (!settled) early = true;
    }
    client.serves();
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.session.acknowledge = ack_policy::manual;
  client tested(loop.get_executor(), options);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    co_await tested.subscribe({&wanted, 1});
    for (int i = 0; i < 2; ++i) {
      const result<message_received> got = co_await tested.receive();
      REQUIRE(got.has_value());
    }
    asio::steady_timer while_nothing_is_sent(loop, 50ms);
    co_await while_nothing_is_sent.async_wait(asio::use_awaitable);
    settled = true;
    tested.settle();
    co_await tested.disconnect(5s);
  });
  CHECK_FALSE(early);
  CHECK(broker.failure() == "");
}

TEST_CASE("settle() leaves out a message on offer that nobody has taken") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.grants();
    client.sends(numbered("1", 1));
    const auto first = client.receives<ack_packet>(packet_type::puback);
    if (first->packet_id != 1) throw testing::script_failed{"the wrong message was acknowledged"};
    client.expects(packet_type::disconnect);
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.session.acknowledge = ack_policy::manual;
  client tested(loop.get_executor(), options);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    co_await tested.subscribe({&wanted, 1});
    std::error_code error = co_await tested.readable();
    REQUIRE(!error);
    tested.settle();  // on offer, not taken
    CHECK(tested.try_receive() != nullptr);
    tested.settle();
    co_await tested.disconnect(5s);
  });
  CHECK(broker.failure() == "");
}

TEST_CASE("a consumer that stops taking stops the broker") {
  std::atomic<std::size_t> sent{0};
  std::atomic<bool> is_blocked{false};
  scripted_broker broker([&](peer& client) {
    client.accepts();
    client.grants();
    // More than all buffers on the way hold; stops when the socket takes no more.
    const int socket = client.socket();
    std::string packet;
    packet.push_back(0x30);
    packet += std::string("\x83\x80\x04", 3);  // remaining length 65,539
    packet += std::string(
        "\x00\x01"
        "a"
        "\x00",
        4);
    packet += std::string(65'535, 'x');
    for (std::size_t i = 0; i < 1000; ++i) {
      std::size_t done = 0;
      while (done < packet.size()) {
        pollfd made{socket, POLLOUT, 0};
        if (::poll(&made, 1, 300) == 0) {
          is_blocked = true;
          return;
        }
        const auto count =
            ::send(socket, packet.data() + done, packet.size() - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count > 0) done += static_cast<std::size_t>(count);
        if (count < 0 && errno != EAGAIN) return;
      }
      sent += packet.size();
    }
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    co_await tested.subscribe({&wanted, 1});
    const std::error_code error = co_await tested.readable();
    REQUIRE(!error);
    CHECK(tested.try_receive() != nullptr);
    for (int i = 0; i < 2000 && !is_blocked; ++i) {
      asio::steady_timer turn(loop, 5ms);
      co_await turn.async_wait(asio::use_awaitable);
    }
    CHECK(is_blocked);
    CHECK(sent < 40u << 20);
    tested.stop();
  });
}
