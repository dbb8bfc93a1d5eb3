#include <algorithm>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <thread>

#include "unit/client/fixture.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

TEST_CASE("publish() ends with the broker's last word, at each QoS") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.serves();
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await tested.connect();
    REQUIRE(!why);
    for (const qos_t qos : {qos_t::at_most_once, qos_t::at_least_once, qos_t::exactly_once}) {
      const publish_packet packet = message("a", "x", qos);
      const result<receipt> got = co_await tested.publish(packet);
      REQUIRE(got.has_value());
      CHECK(got->reason == 0);
    }
    CHECK(tested.protocol().inflight() == 0);
    co_await tested.disconnect(5s);
  });
  CHECK(broker.failure() == "");
}

TEST_CASE("a refused message brings the reason code and the broker's words") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    const auto got = client.receives<publish_packet>(packet_type::publish);
    properties with;
    [[maybe_unused]] const auto error =
        with.add(property_id::reason_string, std::string_view("not here"));
    ack_packet no = puback(got->packet_id, 0x87);
    no.properties = with;
    client.sends(no);
    client.serves();
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const publish_packet packet = message("a", "x", qos_t::at_least_once);
    const result<receipt> got = co_await tested.publish(packet);
    REQUIRE(got.has_value());
    CHECK(got->reason == 0x87);
    CHECK(got->with.view().text(property_id::reason_string) == "not here");
    co_await tested.disconnect(5s);
  });
}

TEST_CASE("try_publish() says full when the window is, and writable() when it is not any more") {
  std::atomic<bool> may_acknowledge{false};
  scripted_broker broker([&](peer& client) {
    client.accepts();
    const auto first = client.receives<publish_packet>(packet_type::publish);
    const auto second = client.receives<publish_packet>(packet_type::publish);
    while (!may_acknowledge) std::this_thread::sleep_for(1ms);
    client.sends(puback(first->packet_id));
    client.sends(puback(second->packet_id));
    client.serves();
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.session.maximum_inflight = 2;
  remembering observer;
  client tested(loop.get_executor(), options, &observer);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const publish_packet packet = message("a", "x", qos_t::at_least_once);
    std::error_code error;
    CHECK(tested.try_publish(packet, 1, error) == admission::accepted);
    CHECK(tested.try_publish(packet, 2, error) == admission::accepted);
    CHECK(tested.try_publish(packet, 3, error) == admission::full);
    may_acknowledge = true;
    error = co_await tested.writable();
    CHECK(!error);
    CHECK(tested.try_publish(packet, 3, error) == admission::accepted);
    error = co_await tested.settled(20s);
    CHECK(!error);
    co_await tested.disconnect(5s);
  });
  CHECK(observer.tokens == std::vector<std::uint64_t>{1, 2, 3});
}

TEST_CASE("what the socket does not take at once of an answer to the broker follows in order") {
  // More than any socket buffer, published when the first PUBACK makes room.
  std::string large(12u << 20, 'x');
  for (std::size_t i = 0; i < large.size(); i += 1000) large[i] = static_cast<char>('a' + i % 23);
  bool is_whole = false;
  scripted_broker broker([&](peer& client) {
    client.accepts();
    client.sends(puback(client.receives<publish_packet>(packet_type::publish)->packet_id));
    std::this_thread::sleep_for(50ms);  // the client fills the buffers
    const auto got = client.receives<publish_packet>(packet_type::publish);
    is_whole = as_text(got->payload) == large;
    client.sends(puback(got->packet_id));
    client.serves();
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.session.maximum_inflight = 1;
  remembering observer;
  client tested(loop.get_executor(), options, &observer);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    std::error_code error;
    const publish_packet small = message("a", "x", qos_t::at_least_once);
    const publish_packet second = message("a", large, qos_t::at_least_once);
    CHECK(tested.try_publish(small, 1, error) == admission::accepted);
    CHECK(tested.try_publish(second, 2, error) == admission::full);
    error = co_await tested.writable();
    CHECK(!error);
    CHECK(tested.try_publish(second, 2, error) == admission::accepted);
    error = co_await tested.settled(20s);
    CHECK(!error);
    co_await tested.disconnect(5s);
  });
  CHECK(is_whole);
  CHECK(observer.tokens == std::vector<std::uint64_t>{1, 2});
  CHECK(broker.failure() == "");
}

TEST_CASE("a broker that does not read stops the publisher, whose memory stays bounded") {
  std::atomic<bool> may_read{false};
  scripted_broker broker([&](peer& client) {
    client.accepts();
    while (!may_read) std::this_thread::sleep_for(1ms);
    client.serves();
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  const std::string payload(10'000, 'x');
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const publish_packet packet = message("a", payload, qos_t::at_most_once);
    std::error_code error;
    std::size_t taken = 0;
    // More than any socket buffer: full must come, and stay.
    for (int rounds = 0; rounds < 100; ++rounds) {
      while (taken < 20'000 && tested.try_publish(packet, 0, error) == admission::accepted) ++taken;
      asio::steady_timer turn(loop, 1ms);
      co_await turn.async_wait(asio::use_awaitable);
    }
    CHECK(taken < 20'000);
    CHECK(tested.protocol().output_size() < (1u << 20));
    may_read = true;
    error = co_await tested.settled(20s);
    CHECK(!error);
    co_await tested.disconnect(20s);
  });
}

TEST_CASE("settled() gives up at its deadline and leaves the message in flight") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.expects(packet_type::publish);
    client.closed_by_client();
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const publish_packet packet = message("a", "x", qos_t::at_least_once);
    std::error_code error;
    REQUIRE(tested.try_publish(packet, 1, error) == admission::accepted);
    error = co_await tested.settled(30ms);
    CHECK(error == errc::step_timeout);
    CHECK(tested.protocol().inflight() == 1);
    const failure goodbye = co_await tested.disconnect(30ms);
    CHECK(goodbye.error == errc::step_timeout);
  });
}

TEST_CASE("a publish that the caller cancels leaves the client usable") {
  std::atomic<bool> may_acknowledge{false};
  scripted_broker broker([&](peer& client) {
    client.accepts();
    const auto held = client.receives<publish_packet>(packet_type::publish);
    while (!may_acknowledge) std::this_thread::sleep_for(1ms);
    client.sends(puback(held->packet_id));
    client.serves();
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    asio::cancellation_signal cancel;
    bool has_ended = false;
    const publish_packet packet = message("a", "x", qos_t::at_least_once);
    asio::co_spawn(loop, tested.publish(packet),
                   asio::bind_cancellation_slot(
                       cancel.slot(), [&](std::exception_ptr, const result<receipt>& got) {
                         has_ended = true;
                         CHECK(!got.has_value());
                       }));
    while (tested.protocol().inflight() == 0) {
      asio::steady_timer turn(loop, 1ms);
      co_await turn.async_wait(asio::use_awaitable);
    }
    cancel.emit(asio::cancellation_type::terminal);
    may_acknowledge = true;
    const result<receipt> next = co_await tested.publish(packet);
    CHECK(next.has_value());
    CHECK(has_ended);
    co_await tested.disconnect(5s);
  });
}
