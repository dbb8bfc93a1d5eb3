// Everything in one coroutine, while messages wait that it has not asked for.
#include <sys/socket.h>

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "unit/client/fixture.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

const subscription first_filter{.filter = "a/#", .qos = qos_t::at_least_once};
const subscription second_filter{.filter = "b/#"};

publish_packet numbered(std::string_view payload, std::uint16_t id) {
  publish_packet made = message("a/1", payload, qos_t::at_least_once);
  made.packet_id = id;
  return made;
}

}  // namespace

TEST_CASE("a second subscription is answered while a message of the first one waits") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.grants();
    client.sends(numbered("retained", 1));
    client.grants();
    const auto ack = client.receives<ack_packet>(packet_type::puback);
    if (ack->packet_id != 1) throw testing::script_failed{"the wrong message was acknowledged"};
    client.serves();
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    result<grant> granted = co_await tested.subscribe({&first_filter, 1});
    CHECK(granted.has_value());
    std::error_code error = co_await tested.readable();
    CHECK(!error);
    granted = co_await tested.subscribe({&second_filter, 1});
    CHECK(granted.has_value());
    CHECK(tested.waiting() == 1);
    const result<message_received> got = co_await tested.receive();
    REQUIRE(got.has_value());
    CHECK(as_text(got->message.payload) == "retained");
    CHECK(tested.waiting() == 0);
    const failure end = co_await tested.disconnect(5s);
    CHECK(!end);
  });
  CHECK(broker.failure() == "");
}

TEST_CASE("publish() is answered while messages wait, and the one in hand stays as it is") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.grants();
    for (int i = 0; i < 3; ++i) client.sends(message("a/1", "request " + std::to_string(i), {}));
    for (int i = 0; i < 3; ++i) {
      const auto reply = client.receives<publish_packet>(packet_type::publish);
      client.sends(message("a/1", std::string(100'000, 'x'), {}));
      client.sends(puback(reply->packet_id));
    }
    client.serves();
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    co_await tested.subscribe({&first_filter, 1});
    for (int i = 0; i < 3; ++i) {
      const result<message_received> got = co_await tested.receive();
      REQUIRE(got.has_value());
      publish_packet reply = message("reply", "", qos_t::at_least_once);
      reply.payload = got->message.payload;
      const result<receipt> sent = co_await tested.publish(reply);
      CHECK(sent.has_value());
      CHECK(as_text(got->message.payload) == "request " + std::to_string(i));
      CHECK(got->message.topic == "a/1");
    }
    for (int i = 0; i < 3; ++i) {
      const result<message_received> got = co_await tested.receive();
      REQUIRE(got.has_value());
      CHECK(got->message.payload.size() == 100'000);
    }
    co_await tested.disconnect(5s);
  });
  CHECK(broker.failure() == "");
}

TEST_CASE("an answer that stands behind more messages than may wait is given up") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.grants();
    std::string packet = "\x30\x06";
    packet += std::string(
        "\x00\x03"
        "a/1"
        "\x00",
        6);
    std::string many;
    for (int i = 0; i < 100'000; ++i) many += packet;
    client.sends_bytes(many);
    client.grants();
    client.serves();
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.waiting_high_messages = 20'000;
  options.waiting_limit = 100ms;
  client tested(loop.get_executor(), options);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    co_await tested.subscribe({&first_filter, 1});
    result<grant> granted = co_await tested.subscribe({&second_filter, 1});
    REQUIRE_FALSE(granted.has_value());
    CHECK(granted.error() == errc::messages_not_taken);
    CHECK(tested.waiting() >= 20'000);
    CHECK(tested.waiting() < 20'000 + 65'536 / 8 + 2);  // and what one read brought
    // Nothing of them is lost, and reading goes on.
    for (int i = 0; i < 100'000; ++i) {
      const result<message_received> got = co_await tested.receive();
      REQUIRE(got.has_value());
    }
    granted = co_await tested.subscribe({&second_filter, 1});
    CHECK(granted.has_value());
    co_await tested.disconnect(5s);
  });
  CHECK(broker.failure() == "");
}

TEST_CASE("what came before the end of the connection is still received") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.grants();
    client.expects(packet_type::subscribe);
    for (int i = 0; i < 10; ++i) client.sends(message("a/1", std::to_string(i), {}));
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.reconnect = false;
  client tested(loop.get_executor(), options);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    co_await tested.subscribe({&first_filter, 1});
    const result<grant> granted = co_await tested.subscribe({&second_filter, 1});
    REQUIRE_FALSE(granted.has_value());
    CHECK(granted.error() == errc::connection_closed);
    for (int i = 0; i < 10; ++i) {
      const result<message_received> got = co_await tested.receive();
      REQUIRE(got.has_value());
      CHECK(as_text(got->message.payload) == std::to_string(i));
    }
    const result<message_received> got = co_await tested.receive();
    CHECK_FALSE(got.has_value());
  });
  CHECK(broker.failure() == "");
}

TEST_CASE("a consumer that takes its time keeps its connection") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.grants();
    for (int i = 0; i < 3; ++i) client.sends(message("a/1", "x", {}));
    for (int i = 0; i < 2; ++i) {
      const auto ping = client.next();
      if (!ping || ping->type() != packet_type::pingreq) {
        throw testing::script_failed{"no PINGREQ"};
      }
      client.sends_bytes(std::string("\xD0\x00", 2));
    }
    client.serves();
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.session.keep_alive = 1s;
  options.session.ping_timeout = 300ms;
  options.reconnect = false;
  client tested(loop.get_executor(), options);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    co_await tested.subscribe({&first_filter, 1});
    const result<message_received> got = co_await tested.receive();
    REQUIRE(got.has_value());
    asio::steady_timer busy(loop, 2500ms);
    co_await busy.async_wait(asio::use_awaitable);
    CHECK(!tested.ended());
    for (int i = 0; i < 2; ++i) {
      const result<message_received> next = co_await tested.receive();
      CHECK(next.has_value());
    }
    co_await tested.disconnect(5s);
  });
  CHECK(broker.failure() == "");
}

TEST_CASE("a broker that does not read is not read either, whatever it wants answered") {
  struct flood {
    const char* of;
    std::string packet;
    bool subscribes;
  };
  const std::vector<flood> floods{
      {"PUBREL", std::string("\x62\x02\x00\x01", 4), false},
      {"PUBREC", std::string("\x50\x02\x00\x01", 4), false},
      {"PUBLISH at QoS 1",
       std::string("\x32\x06\x00\x01"
                   "a"
                   "\x00\x01\x00",
                   8),
       true},
      {"PUBLISH at QoS 2",
       std::string("\x34\x06\x00\x01"
                   "a"
                   "\x00\x01\x00",
                   8),
       true},
      {"AUTH", std::string("\xF0\x06\x18\x04\x15\x00\x01m", 8), false},
  };
  for (const flood& each : floods) {
    CAPTURE(each.of);
    std::atomic<bool> is_blocked{false};
    scripted_broker broker([&](peer& client) {
      client.accepts();
      std::string many;
      while (many.size() < 65'536) many += each.packet;
      const int small = 4096;
      ::setsockopt(client.socket(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
      timeval patience{0, 500'000};
      ::setsockopt(client.socket(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      for (std::size_t sent = 0; sent < 64u << 20;) {
        const auto count = ::send(client.socket(), many.data(), many.size(), MSG_NOSIGNAL);
        if (count < static_cast<std::ptrdiff_t>(many.size())) {
          is_blocked = true;
          return;
        }
        sent += many.size();
      }
    });
    asio::io_context loop(1);
    client_options options = options_for(broker.port());
    options.reconnect = false;
    // A broker that repeats itself at QoS 1 is not held to the receive maximum before MQTT 5.
    if (each.subscribes) options.session.version = protocol_version::v3_1_1;
    if (std::string_view(each.of) == "AUTH") {
      CHECK(!options.session.connect_properties.add(property_id::authentication_method, "m"));
      options.authenticate = [](std::string_view) { return std::string(1000, 'x'); };
    }
    client tested(loop.get_executor(), options);
    run(loop, [&]() -> asio::awaitable<void> {
      co_await tested.connect();
      std::size_t highest = 0;
      for (int i = 0; i < 5000 && !is_blocked; ++i) {
        while (tested.try_receive() != nullptr) {
        }
        highest = std::max(highest, tested.protocol().output_size());
        asio::steady_timer turn(loop, 1ms);
        co_await turn.async_wait(asio::use_awaitable);
      }
      CHECK(is_blocked);
      CHECK(highest > 256u << 10);  // it was the bound that ended it
      CHECK(highest < 700u << 10);
      tested.stop();
    });
  }
}
