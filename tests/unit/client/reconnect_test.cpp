#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <thread>

#include "unit/client/fixture.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

connack_packet resumed() {
  connack_packet made;
  made.session_present = true;
  return made;
}

}  // namespace

TEST_CASE("what was in flight is sent again with DUP when the broker kept the session") {
  scripted_broker broker([](peer& client) {
    if (client.number() == 0) {
      client.accepts();
      client.expects(packet_type::publish);
      client.resets();
      return;
    }
    client.accepts(resumed());
    const auto again = client.receives<publish_packet>(packet_type::publish);
    if (!again->dup) throw testing::script_failed{"sent again without DUP"};
    client.sends(puback(again->packet_id));
    client.serves();
  });
  asio::io_context loop(1);
  remembering observer;
  client_options options = options_for(broker.port());
  options.session.clean_start_again = false;
  client tested(loop.get_executor(), options, &observer);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const publish_packet packet = message("a", "x", qos_t::at_least_once);
    const result<receipt> got = co_await tested.publish(packet);
    CHECK(got.has_value());
    co_await tested.disconnect(5s);
  });
  CHECK(observer.count("down, retry") == 1);
  CHECK(observer.count("up present again") == 1);
  CHECK(observer.sent_again == 0);
  CHECK(broker.failure() == "");
}

TEST_CASE("when the session is lost messages go out as new ones, and the observer hears how many") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    if (client.number() == 0) {
      client.expects(packet_type::publish);
      client.closes();
      return;
    }
    const auto again = client.receives<publish_packet>(packet_type::publish);
    if (again->dup) throw testing::script_failed{"a new session has seen no message before"};
    client.sends(puback(again->packet_id));
    client.serves();
  });
  asio::io_context loop(1);
  remembering observer;
  client tested(loop.get_executor(), options_for(broker.port()), &observer);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const publish_packet packet = message("a", "x", qos_t::at_least_once);
    const result<receipt> got = co_await tested.publish(packet);
    CHECK(got.has_value());
    co_await tested.disconnect(5s);
  });
  CHECK(observer.sent_again == 1);
  CHECK(broker.failure() == "");
}

TEST_CASE("subscriptions are asked for again when the session is lost, and only then") {
  for (const bool keeps : {false, true}) {
    CAPTURE(keeps);
    std::atomic<int> asked{0};
    scripted_broker broker([&](peer& client) {
      client.accepts(client.number() != 0 && keeps ? resumed() : connack_packet{});
      if (client.number() == 0 || !keeps) {
        client.grants();
        ++asked;
      }
      if (client.number() == 0) {
        client.closes();
        return;
      }
      client.sends(message("a", "after", qos_t::at_most_once));
      client.serves();
    });
    asio::io_context loop(1);
    remembering observer;
    client_options options = options_for(broker.port());
    options.session.clean_start_again = false;
    client tested(loop.get_executor(), options, &observer);
    run(loop, [&]() -> asio::awaitable<void> {
      co_await tested.connect();
      const subscription wanted{.filter = "a"};
      const result<grant> granted = co_await tested.subscribe({&wanted, 1});
      CHECK(granted.has_value());
      const result<message_received> got = co_await tested.receive();
      REQUIRE(got.has_value());
      CHECK(as_text(got->message.payload) == "after");
      co_await tested.disconnect(5s);
    });
    CHECK(asked == (keeps ? 1 : 2));
    CHECK(observer.count("resubscribed a") == (keeps ? 0u : 1u));
    CHECK(broker.failure() == "");
  }
}

TEST_CASE("a link that breaks is not replaced when reconnect is off; the reason is kept") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.closes();
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.reconnect = false;
  remembering observer;
  client tested(loop.get_executor(), options, &observer);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const std::error_code error = co_await tested.readable();
    CHECK(error == errc::connection_closed);
    CHECK(tested.ended().error == errc::connection_closed);
  });
  CHECK(observer.count("down") == 1);
  CHECK(broker.connections() == 1);
}

TEST_CASE("a DISCONNECT that will not pass ends the client at once, with the broker's words") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    properties with;
    [[maybe_unused]] const auto error =
        with.add(property_id::reason_string, std::string_view("somebody else"));
    client.sends(packet_type::disconnect, reason_packet{0x8E, with});
    client.closed_by_client();
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const std::error_code error = co_await tested.readable();
    CHECK(error == errc::disconnected_by_broker);
    CHECK(tested.ended().reason == 0x8E);
    CHECK(tested.ended().detail == "somebody else");
  });
  CHECK(broker.connections() == 1);
}

TEST_CASE("a message that the broker answers by hanging up is not sent for ever") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.expects(packet_type::publish);
    client.closes();
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.futile_links = 3;
  client tested(loop.get_executor(), options);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    const publish_packet packet = message("a", "poison", qos_t::at_least_once);
    const result<receipt> got = co_await tested.publish(packet);
    CHECK(got.error() == errc::connection_closed);
  });
  CHECK(broker.connections() == 3);
}

TEST_CASE("a silent broker is noticed by keep alive, and replaced") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    if (client.number() == 0) {
      while (client.next()) {  // reads PINGREQ and says nothing
      }
      return;
    }
    client.serves();
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.session.keep_alive = 1s;
  options.session.ping_timeout = 50ms;
  remembering observer;
  client tested(loop.get_executor(), options, &observer);
  run(loop, [&]() -> asio::awaitable<void> {
    co_await tested.connect();
    while (observer.count("up again") == 0) {
      asio::steady_timer turn(loop, 10ms);
      co_await turn.async_wait(asio::use_awaitable);
    }
    co_await tested.disconnect(5s);
  });
  CHECK(observer.last_failure.error == errc::keep_alive_timeout);
}

TEST_CASE("a link that carried a message starts the backoff anew") {
  constexpr std::size_t cuts = 16;
  const auto cut_by = [&](scripted_broker::script carry) {
    scripted_broker broker([&](peer& client) {
      client.accepts();
      if (client.number() == cuts) {
        client.serves();
        return;
      }
      carry(client);
      client.resets();
    });
    asio::io_context loop(1);
    client_options options = options_for(broker.port());
    options.backoff.maximum = 1h;
    options.futile_links = 1000;
    remembering observer;
    client tested(loop.get_executor(), options, &observer);
    run(loop, [&]() -> asio::awaitable<void> {
      co_await tested.connect();
      const publish_packet packet = message("a", "x", qos_t::at_least_once);
      std::uint64_t token = 0;
      while (observer.count("down, retry") < cuts) {
        std::error_code error;
        while (tested.try_publish(packet, token, error) == admission::accepted) ++token;
        while (tested.try_receive() != nullptr) {
        }
        asio::steady_timer turn(loop, 1ms);
        co_await turn.async_wait(asio::use_awaitable);
        if (!observer.waits.empty() && observer.waits.back() > 2ms) break;
      }
      tested.stop();
    });
    return *std::max_element(observer.waits.begin(), observer.waits.end());
  };
  SUBCASE("one of ours, acknowledged") {
    CHECK(cut_by([](peer& client) {
            const auto taken = client.receives<publish_packet>(packet_type::publish);
            client.sends(puback(taken->packet_id));
          }) == 1ms);
  }
  SUBCASE("one of the broker's") {
    CHECK(cut_by([](peer& client) {
            client.sends(message("a", "news", qos_t::at_most_once));
            client.expects(packet_type::publish);
          }) == 1ms);
  }
  SUBCASE("but not one that comes with every subscription, and not CONNACK alone") {
    CHECK(cut_by([](peer& client) {
            publish_packet retained = message("a", "old", qos_t::at_most_once);
            retained.retain = true;
            client.sends(retained);
            client.expects(packet_type::publish);
          }) > 2ms);
  }
}
