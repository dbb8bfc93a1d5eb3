#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <memory>
#include <thread>

#include "unit/client/fixture.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

TEST_CASE("disconnect() waits for what is in flight, then says goodbye") {
  std::atomic<bool> has_goodbye{false};
  scripted_broker broker([&](peer& client) {
    client.accepts();
    const auto held = client.receives<publish_packet>(packet_type::publish);
    std::this_thread::sleep_for(50ms);
    client.sends(puback(held->packet_id));
    client.expects(packet_type::disconnect);
    has_goodbye = true;
  });
  asio::io_context loop(1);
  remembering observer;
  client tested(loop.get_executor(), options_for(broker.port()), &observer);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const publish_packet packet = message("a", "x", qos_t::at_least_once);
    std::error_code error;
    REQUIRE(tested.try_publish(packet, 7, error) == admission::accepted);
    const failure goodbye = co_await tested.disconnect(10s);
    CHECK(!goodbye);
    const failure again = co_await tested.disconnect(10s);
    CHECK(again.error == errc::client_stopped);
    CHECK(tested.try_publish(packet, 8, error) == admission::refused);
  });
  CHECK(observer.tokens == std::vector<std::uint64_t>{7});
  CHECK(broker.has_served(1, 10s));
  CHECK(has_goodbye);
}

TEST_CASE("hang_up() waits for what is in flight and ends without DISCONNECT [MQTT-3.14.4-3]") {
  std::atomic<bool> has_hung_up{false};
  scripted_broker broker([&](peer& client) {
    client.accepts();
    const auto held = client.receives<publish_packet>(packet_type::publish);
    std::this_thread::sleep_for(50ms);
    client.sends(puback(held->packet_id));
    const std::size_t before = client.received_bytes();
    has_hung_up = client.closed_by_client() && client.received_bytes() == before;
  });
  asio::io_context loop(1);
  remembering observer;
  client tested(loop.get_executor(), options_for(broker.port()), &observer);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const publish_packet packet = message("a", "x", qos_t::at_least_once);
    std::error_code error;
    REQUIRE(tested.try_publish(packet, 7, error) == admission::accepted);
    const failure end = co_await tested.hang_up(10s);
    CHECK(!end);
  });
  CHECK(observer.tokens == std::vector<std::uint64_t>{7});
  CHECK(broker.has_served(1, 10s));
  CHECK(has_hung_up);
}

TEST_CASE("disconnect() finds the answer it waits for behind messages nobody takes") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    const auto request = client.receives<subscribe_packet>(packet_type::subscribe);
    for (int i = 0; i < 5; ++i) client.sends(message("a", "not taken", qos_t::at_most_once));
    suback_packet answer;
    answer.packet_id = request->packet_id;
    const std::string codes(1, '\0');
    answer.codes = as_bytes(codes);
    client.sends(packet_type::suback, answer);
    client.serves();
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const subscription wanted{.filter = "a"};
    bool is_granted = false;
    asio::co_spawn(
        loop, tested.subscribe({&wanted, 1}),
        [&](std::exception_ptr, const result<grant>& got) { is_granted = got.has_value(); });
    const std::error_code error = co_await tested.readable();
    CHECK(!error);
    const failure goodbye = co_await tested.disconnect(10s);
    CHECK(!goodbye);
    CHECK(is_granted);
  });
  CHECK(broker.failure() == "");
}

TEST_CASE("disconnect() makes no connection any more") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.expects(packet_type::publish);
    if (client.number() == 0) client.resets();
    client.is_silent(50ms);
    client.resets();
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  remembering observer;
  client tested(loop.get_executor(), options, &observer);
  const auto begun = std::chrono::steady_clock::now();
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const publish_packet packet = message("a", "x", qos_t::at_least_once);
    std::error_code error;
    REQUIRE(tested.try_publish(packet, 1, error) == admission::accepted);
    SUBCASE("when the one it has is lost meanwhile") {
      while (observer.count("up again") == 0) {
        asio::steady_timer turn(loop, 1ms);
        co_await turn.async_wait(asio::use_awaitable);
      }
      const failure goodbye = co_await tested.disconnect(20s);
      CHECK(goodbye.error);
      CHECK(broker.connections() == 2);
    }
    SUBCASE("when it waits for one") {
      while (observer.count("down, retry") == 0) {
        asio::steady_timer turn(loop, 1ms);
        co_await turn.async_wait(asio::use_awaitable);
      }
      const failure goodbye = co_await tested.disconnect(20s);
      CHECK(goodbye.error == errc::step_timeout);  // the message is not acknowledged
    }
  });
  CHECK(std::chrono::steady_clock::now() - begun < 10s);
}

TEST_CASE("a broker that does not hang up is waited for only where QoS 0 is owed") {
  for (const qos_t qos : {qos_t::at_most_once, qos_t::at_least_once}) {
    const bool is_owed = qos == qos_t::at_most_once;
    CAPTURE(is_owed);
    scripted_broker broker([&](peer& client) {
      client.accepts();
      const auto taken = client.receives<publish_packet>(packet_type::publish);
      if (!is_owed) client.sends(puback(taken->packet_id));
      client.expects(packet_type::disconnect);
      client.is_silent(5s);
    });
    asio::io_context loop(1);
    client tested(loop.get_executor(), options_for(broker.port()));
    run(loop, [&]() -> asio::awaitable<void> {
      co_await tested.connect();
      const publish_packet packet = message("a", "x", qos);
      const result<receipt> got = co_await tested.publish(packet);
      CHECK(got.has_value());
      const auto begun = std::chrono::steady_clock::now();
      co_await tested.disconnect(5s);
      const auto took = std::chrono::steady_clock::now() - begun;
      CHECK((took >= 900ms) == is_owed);
    });
  }
}

TEST_CASE("QoS 0 messages count as read only when the broker closes in order") {
  for (const bool resets : {false, true}) {
    CAPTURE(resets);
    scripted_broker broker([&](peer& client) {
      client.accepts();
      client.expects(packet_type::publish);
      client.expects(packet_type::disconnect);
      if (resets) client.resets();
    });
    asio::io_context loop(1);
    client tested(loop.get_executor(), options_for(broker.port()));
    run(loop, [&]() -> asio::awaitable<void> {
      co_await tested.connect();
      const publish_packet packet = message("a", "x", qos_t::at_most_once);
      std::error_code error;
      REQUIRE(tested.try_publish(packet, 1, error) == admission::accepted);
      const failure goodbye = co_await tested.disconnect(10s);
      CHECK(static_cast<bool>(goodbye) == resets);
    });
  }
}

TEST_CASE("stop() ends everything that waits, wherever it waits") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    while (client.next()) {  // takes everything, answers nothing
    }
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    int ended = 0;
    const publish_packet packet = message("a", "x", qos_t::at_least_once);
    const subscription wanted{.filter = "a"};
    const auto expect_stopped = [&](std::error_code error) {
      ++ended;
      CHECK(error == errc::client_stopped);
    };
    asio::co_spawn(
        loop, tested.publish(packet),
        [&](std::exception_ptr, const result<receipt>& got) { expect_stopped(got.error()); });
    asio::co_spawn(
        loop, tested.subscribe({&wanted, 1}),
        [&](std::exception_ptr, const result<grant>& got) { expect_stopped(got.error()); });
    asio::co_spawn(loop, tested.readable(),
                   [&](std::exception_ptr, std::error_code error) { expect_stopped(error); });
    asio::co_spawn(loop, tested.settled(20s),
                   [&](std::exception_ptr, std::error_code error) { expect_stopped(error); });
    asio::steady_timer turn(loop, 20ms);
    co_await turn.async_wait(asio::use_awaitable);
    tested.stop();
    while (ended < 4) {
      turn.expires_after(1ms);
      co_await turn.async_wait(asio::use_awaitable);
    }
  });
}

TEST_CASE("a client may be destroyed at any moment of its life") {
  // Accepts after a while, so that every moment below falls on another step.
  scripted_broker broker([](peer& client) {
    client.expects(packet_type::connect);
    std::this_thread::sleep_for(2ms);
    client.sends(connack_packet{});
    client.sends(message("a", "x", qos_t::at_most_once));
    client.serves();
  });
  for (int moment = 0; moment < 40; ++moment) {
    asio::io_context loop(1);
    auto tested = std::make_unique<client>(loop.get_executor(), options_for(broker.port()));
    asio::co_spawn(loop, tested->connect(), [](std::exception_ptr, const failure&) {});
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(100 * moment);
    while (std::chrono::steady_clock::now() < until) loop.poll_one();
    tested.reset();
    loop.restart();
    loop.run_for(5s);  // ends by itself: nothing is left that waits
    CHECK(loop.stopped());
  }
}

TEST_CASE("a client that waits to connect again ends at stop()") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.closes();
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.backoff.floor = options.backoff.initial = options.backoff.maximum = 1h;
  remembering observer;
  client tested(loop.get_executor(), options, &observer);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    while (observer.count("down, retry") == 0) {
      asio::steady_timer turn(loop, 1ms);
      co_await turn.async_wait(asio::use_awaitable);
    }
    const failure goodbye = co_await tested.disconnect(5s);
    CHECK(goodbye.error == errc::not_connected);
    CHECK(tested.ended().error == errc::client_stopped);
  });
}
