#include <algorithm>

#include "unit/client/fixture.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

TEST_CASE("a connection is a story of steps, told in order") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.serves();
  });
  asio::io_context loop(1);
  remembering observer;
  client tested(loop.get_executor(), options_for(broker.port()), &observer);
  run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await tested.connect();
    CHECK(!why);
    const failure goodbye = co_await tested.disconnect(5s);
    CHECK(!goodbye);
  });
  const std::vector<std::string> expected{"begin connect", "done connect", "begin connack",
                                          "done connack", "up"};
  CHECK(observer.heard == expected);
  CHECK(broker.failure() == "");
}

TEST_CASE("a refusal names the stage and the reason, in MQTT 5's numbers") {
  struct made {
    protocol_version version;
    std::uint8_t sent;
    std::uint8_t told;
  };
  for (const made& each :
       {made{protocol_version::v5, 0x87, 0x87}, made{protocol_version::v3_1_1, 5, 0x87},
        made{protocol_version::v3_1_1, 2, 0x85}, made{protocol_version::v3_1, 1, 0x84}}) {
    CAPTURE(static_cast<int>(each.sent));
    scripted_broker broker([&](peer& client) {
      connack_packet no;
      no.reason = each.sent;
      client.accepts(no);
      client.closes();
    });
    asio::io_context loop(1);
    client tested(loop.get_executor(), options_for(broker.port(), each.version));
    run(loop, [&]() -> asio::awaitable<void> {
      const failure why = co_await tested.connect();
      CHECK(why.error == errc::connection_refused_by_broker);
      CHECK(why.at == stage::connack);
      CHECK(why.reason == each.told);
      CHECK(tested.ended().error == why.error);
    });
    CHECK(broker.connections() == 1);
  }
}

TEST_CASE("a failure is one line, whatever the broker wrote") {
  failure why(stage::connack, "broker.example:8883", errc::connection_refused_by_broker);
  CHECK(to_string(why) == "broker.example:8883: connack: connection refused by the broker");
  why.reason = 0x87;
  why.detail = "no\nentry\x1b[2J";
  CHECK(to_string(why) ==
        "broker.example:8883: connack: connection refused by the broker: Not authorized (0x87): "
        "no\\x0Aentry\\x1B[2J");
  why.reason = 0xFE;
  CHECK(to_string(why).find("broker: 0xFE: no") != std::string::npos);
}

TEST_CASE("a broker that names another server is quoted") {
  scripted_broker broker([](peer& client) {
    properties with;
    [[maybe_unused]] const auto error =
        with.add(property_id::server_reference, std::string_view("other.example"));
    connack_packet moved;
    moved.reason = 0x9D;
    moved.properties = with;
    client.accepts(moved);
    client.closes();
  });
  asio::io_context loop(1);
  client tested(loop.get_executor(), options_for(broker.port()));
  run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await tested.connect();
    CHECK(why.reason == 0x9D);
    CHECK(why.server_reference == "other.example");
  });
}

TEST_CASE("a peer that closes without an answer, or never answers, ends the CONNACK step") {
  scripted_broker closing([](peer& client) {
    client.expects(packet_type::connect);
    client.closes();
  });
  scripted_broker silent([](peer& client) {
    client.expects(packet_type::connect);
    client.closed_by_client();
  });
  asio::io_context loop(1);
  client closed(loop.get_executor(), options_for(closing.port()));
  client_options impatient = options_for(silent.port());
  impatient.session.connack_timeout = 50ms;
  client waiting(loop.get_executor(), impatient);
  run(loop, [&]() -> asio::awaitable<void> {
    const failure first = co_await closed.connect();
    CHECK(first.error == errc::closed_before_connack);
    CHECK(first.at == stage::connack);
    const failure second = co_await waiting.connect();
    CHECK(second.error == errc::connack_timeout);
    CHECK(second.at == stage::connack);
  });
}

TEST_CASE("the first connection is tried again only when asked for") {
  std::atomic<int> attempts{0};
  scripted_broker broker([&](peer& client) {
    client.expects(packet_type::connect);
    if (++attempts < 3) {
      client.closes();
      return;
    }
    client.sends(connack_packet{});
    client.serves();
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.retry_first_connect = true;
  remembering observer;
  client patient(loop.get_executor(), options, &observer);
  run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await patient.connect();
    CHECK(!why);
    co_await patient.disconnect(5s);
  });
  CHECK(observer.count("down, retry") == 2);
  CHECK(attempts == 3);
}

TEST_CASE("enhanced authentication goes back and forth until the broker is content") {
  scripted_broker broker([](peer& client) {
    client.expects(packet_type::connect);
    properties with;
    std::error_code error = with.add(property_id::authentication_method, std::string_view("M"));
    error = with.add(property_id::authentication_data, std::string_view("challenge"));
    client.sends(packet_type::auth, reason_packet{0x18, with});
    const auto answer = client.receives<reason_packet>(packet_type::auth);
    if (answer->properties.text(property_id::authentication_data) != "reply to challenge") {
      throw testing::script_failed{"not the reply to the challenge"};
    }
    client.sends(connack_packet{});
    client.serves();
  });
  client_options options = options_for(broker.port());
  std::error_code error = options.session.connect_properties.add(property_id::authentication_method,
                                                                 std::string_view("M"));
  REQUIRE(!error);
  asio::io_context loop(1);

  options.authenticate = [](std::string_view data) -> result<std::string> {
    return "reply to " + std::string(data);
  };
  client knowing(loop.get_executor(), options);
  options.authenticate = {};
  client clueless(loop.get_executor(), options);
  run(loop, [&]() -> asio::awaitable<void> {
    const failure why = co_await knowing.connect();
    CHECK(!why);
    co_await knowing.disconnect(5s);
    const failure without = co_await clueless.connect();
    CHECK(without.error == errc::authentication_failed);
  });
}

TEST_CASE(
    "any completion token works with co_spawn, and clients on one loop do not disturb another") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.serves();
  });
  asio::io_context loop(1);
  client first(loop.get_executor(), options_for(broker.port()));
  client second(loop.get_executor(), options_for(broker.port()));
  bool has_first = false, has_second = false;
  asio::co_spawn(loop, first.connect(),
                 [&](std::exception_ptr, const failure& why) { has_first = !why; });
  asio::co_spawn(loop, second.connect(),
                 [&](std::exception_ptr, const failure& why) { has_second = !why; });
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (!(has_first && has_second) && std::chrono::steady_clock::now() < until) {
    loop.run_one_for(1s);
  }
  CHECK(has_first);
  CHECK(has_second);
  first.stop();
  CHECK(second.protocol().is_connected());
  second.stop();
  loop.run();
}

TEST_CASE("a client offers the subprotocols of its version") {
  for (const protocol_version version : {protocol_version::v3_1, protocol_version::v5}) {
    std::string head;
    scripted_broker broker([&](peer& client) {
      head = client.bytes_until("\r\n\r\n");
      client.closes();
    });
    asio::io_context loop(1);
    client_options options = options_for(broker.port(), version);
    options.dial.websocket.emplace();
    client tested(loop.get_executor(), options);
    run(loop, [&]() -> asio::awaitable<void> {
      const failure why = co_await tested.connect();
      CHECK(why.at == stage::websocket);
    });
    CHECK(broker.has_served(1, 10s));
    const std::string line =
        "\r\nSec-WebSocket-Protocol: " + std::string(websocket_subprotocols(version)) + "\r\n";
    CHECK(head.find(line) != std::string::npos);
  }
}

TEST_CASE("a limit for the whole of connecting cuts the step under way") {
  scripted_broker broker([](peer& client) { client.closed_by_client(); });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.connect_timeout = 50ms;
  SUBCASE("CONNACK") {
    client tested(loop.get_executor(), options);
    run(loop, [&]() -> asio::awaitable<void> {
      const failure why = co_await tested.connect();
      CHECK(why.error == errc::connack_timeout);
      CHECK(why.at == stage::connack);
    });
  }
  SUBCASE("WebSocket") {
    options.dial.websocket.emplace();
    client tested(loop.get_executor(), options);
    run(loop, [&]() -> asio::awaitable<void> {
      const failure why = co_await tested.connect();
      CHECK(why.error == errc::step_timeout);
      CHECK(why.at == stage::websocket);
      CHECK(why.detail == "no answer within 50 ms");
    });
  }
}

TEST_CASE("a first connection that is waited for ends with its limit, or what will not pass") {
  scripted_broker broker([](peer& client) {
    client.expects(packet_type::connect);
    if (client.number() == 1) {
      connack_packet refused;
      refused.reason = 0x87;
      client.sends(refused);
    }
    client.closes();
  });
  asio::io_context loop(1);
  client_options options = options_for(broker.port());
  options.retry_first_connect = true;
  remembering observer;
  SUBCASE("what will not pass") {
    options.first_connect_limit = 20s;
    client tested(loop.get_executor(), options, &observer);
    run(loop, [&]() -> asio::awaitable<void> {
      const failure why = co_await tested.connect();
      CHECK(why.error == errc::connection_refused_by_broker);
    });
    CHECK(broker.connections() == 2);
  }
  SUBCASE("its limit") {
    options.dial.host = "no-such-host.invalid";  // not yet known
    options.first_connect_limit = 200ms;
    client tested(loop.get_executor(), options, &observer);
    const auto begun = std::chrono::steady_clock::now();
    run(loop, [&]() -> asio::awaitable<void> {
      const failure why = co_await tested.connect();
      CHECK(why.at == stage::resolve);
    });
    CHECK(std::chrono::steady_clock::now() - begun >= 200ms);
    CHECK(observer.count("down, retry") > 1);
    for (const auto wait : observer.waits) CHECK(wait <= 200ms);
  }
}
