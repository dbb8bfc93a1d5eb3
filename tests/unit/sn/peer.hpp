// A session on one side, a scripted gateway on the other: datagrams are written as hexadecimal
// text, and time moves when the test says so.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "mqttkit/sn/session.hpp"
#include "support/hex.hpp"

namespace mqttkit::sn::test {

using namespace std::chrono_literals;

inline session_options plain() {
  session_options options;
  options.client_id = "abc";
  return options;
}

inline publish_request to(std::string_view topic, std::string_view payload,
                          qos_level qos = qos_level::at_most_once) {
  publish_request made;
  made.topic = topic;
  made.payload = as_bytes(payload);
  made.qos = qos;
  return made;
}

inline subscribe_request on(std::string_view filter, qos_level qos = qos_level::at_most_once) {
  subscribe_request made;
  made.filter = filter;
  made.qos = qos;
  return made;
}

class peer {
 public:
  explicit peer(session_options options) : client(std::move(options)), now(1h) {}

  /// The next datagram, as text; "" when there is none.
  std::string sent() {
    const std::string text = mqttkit::test::to_hex(client.output());
    client.written(now);
    return text;
  }
  void receives(std::string_view text) { client.feed(mqttkit::test::hex(text), now); }

  /// The next event must be of this kind.
  template <class Event>
  Event take() {
    const event& next = client.next(now);
    REQUIRE(std::holds_alternative<Event>(next));
    return std::get<Event>(next);
  }
  bool is_quiet() { return std::holds_alternative<need_more>(client.next(now)); }
  /// Feeds what causes no event.
  void takes(std::string_view text) {
    receives(text);
    CHECK(is_quiet());
  }
  void connects() {
    REQUIRE_FALSE(client.start(now));
    CHECK_FALSE(sent().empty());
    receives("03 05 00");
    take<connected>();
  }
  void waits(std::chrono::milliseconds time) {
    now += time;
    client.expire(now);
  }
  admission publishes(const publish_request& request, std::uint64_t token = 1) {
    error.clear();
    return client.publish(request, token, error, now);
  }

  session client;
  time_point now;
  std::error_code error;
};

}  // namespace mqttkit::sn::test
