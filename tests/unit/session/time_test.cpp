#include <string>

#include "unit/session/peer.hpp"

using namespace mqttkit;
using namespace mqttkit::test;
using namespace std::chrono_literals;

namespace {

const std::string pingreq = "C0 00";

session_options kept_alive(std::chrono::seconds interval) {
  session_options options = plain(v3_1_1);
  options.keep_alive = interval;
  return options;
}

// Waits until the session wants to be called, and calls it.
std::error_code expires(peer& p) {
  REQUIRE(p.client.deadline() != time_point::max());
  REQUIRE(p.client.deadline() >= p.now);
  p.now = p.client.deadline();
  return p.client.expire(p.now);
}

void is_pinged(peer& p) {
  CHECK(!expires(p));
  CHECK(p.sent() == pingreq);
}

}  // namespace

TEST_CASE("a CONNACK that does not come is waited for as long as the options say") {
  session_options options = plain(v5);
  options.connack_timeout = 5s;
  peer p(options);
  CHECK(p.client.deadline() == time_point::max());
  p.comes_up();
  CHECK(p.client.deadline() == p.now + 5s);
  p.waits(4999ms);
  CHECK(!p.client.expire(p.now));
  p.waits(1ms);
  CHECK(p.client.expire(p.now) == errc::connack_timeout);
  p.client.transport_down();
  CHECK(p.client.deadline() == time_point::max());
}

TEST_CASE("PINGREQ is sent when nothing was sent for the keep alive interval [MQTT-3.1.2-20]") {
  peer p(kept_alive(10s));
  p.connects();
  CHECK(p.client.deadline() == p.now + 10s);
  p.waits(6s);
  p.publishes(message("t", "", qos_0));
  p.sent();
  p.receives("30 03 0001 74");
  p.take<message_received>();
  CHECK(p.client.deadline() == p.now + 10s);
  p.waits(9999ms);
  CHECK(!p.client.expire(p.now));
  CHECK(p.client.output_size() == 0);
  is_pinged(p);
  p.receives("D0 00");
  CHECK(p.has_nothing_more());
  CHECK(p.client.deadline() == p.now + 10s);
}

TEST_CASE("PINGREQ is sent while only one side talks, as the other may be gone") {
  peer p(kept_alive(10s));
  p.connects();
  SUBCASE("we send and hear nothing") {
    for (int second = 1; second < 10; ++second) {
      p.waits(1s);
      CHECK(!p.client.expire(p.now));
      p.publishes(message("t", "", qos_0));
      p.sent();
    }
  }
  SUBCASE("we hear and send nothing") {
    for (int second = 1; second < 10; ++second) {
      p.waits(1s);
      CHECK(!p.client.expire(p.now));
      p.receives("30 03 0001 74");
      p.take<message_received>();
    }
  }
  p.waits(1s);
  CHECK(!p.client.expire(p.now));
  CHECK(p.sent() == pingreq);
}

TEST_CASE("a PINGREQ without answer gives the connection up") {
  session_options options = kept_alive(60s);
  options.ping_timeout = 5s;
  peer p(options);
  p.connects();
  is_pinged(p);
  CHECK(p.client.deadline() == p.now + 5s);
  p.waits(4999ms);
  CHECK(!p.client.expire(p.now));
  p.waits(1ms);
  CHECK(p.client.expire(p.now) == errc::keep_alive_timeout);
}

TEST_CASE("any byte from the broker is a sign of life") {
  session_options options = kept_alive(60s);
  options.ping_timeout = 5s;
  peer p(options);
  p.connects();
  is_pinged(p);
  p.waits(4s);
  p.receives("30");
  CHECK(p.has_nothing_more());
  CHECK(p.client.deadline() == p.now + 5s);
}

TEST_CASE("a silent broker is given up after two keep alive intervals, if not before") {
  session_options options = kept_alive(5s);
  options.ping_timeout = 20s;
  peer p(options);
  p.connects();
  const time_point last_heard = p.now;
  is_pinged(p);
  SUBCASE("after an answer the next PINGREQ is on time") {
    const time_point asleep_until = p.client.deadline();
    p.waits(1s);
    p.receives("D0 00");
    CHECK(p.has_nothing_more());
    // The driver may have gone to sleep before the answer came.
    CHECK(asleep_until <= p.client.deadline());
    is_pinged(p);
    CHECK(p.now == last_heard + 10s);
  }
  SUBCASE("without one") {
    CHECK(expires(p) == errc::keep_alive_timeout);
    CHECK(p.now == last_heard + 10s);
  }
  SUBCASE("the broker's interval counts") {
    peer other(kept_alive(60s));
    other.connects();
    is_pinged(other);
    CHECK(other.client.deadline() == other.now + 10s);
    peer shorter(with_property(plain(v5), property_id::receive_maximum, 9));
    shorter.connects("13 00 03");
    is_pinged(shorter);
    CHECK(shorter.client.deadline() == shorter.now + 3s);
  }
}

TEST_CASE("PINGREQ is repeated while a large packet keeps its answer waiting") {
  session_options options = kept_alive(10s);
  options.ping_timeout = 10s;
  peer p(options);
  p.connects();
  p.receives("30 FF FF 7F 0001 74");
  is_pinged(p);
  const time_point first = p.now;
  for (int second = 1; second < 10; ++second) {  // the packet trickles in, the answer is behind it
    p.waits(1s);
    p.receives("78");
    CHECK(!p.client.expire(p.now));
    CHECK(p.client.output_size() == 0);
  }
  p.waits(1s);
  p.receives("78");
  CHECK(p.now == first + 10s);
  CHECK(!p.client.expire(p.now));
  CHECK(p.sent() == pingreq);
}

TEST_CASE("an unanswered PINGREQ proves nothing while we do not read") {
  session_options options = kept_alive(60s);
  options.ping_timeout = 5s;
  peer p(options);
  p.connects();
  is_pinged(p);
  p.client.set_reading(false, p.now);
  p.waits(30s);
  CHECK(!p.client.expire(p.now));
  SUBCASE("reading again, the time starts anew") {
    p.client.set_reading(true, p.now);
    CHECK(p.client.deadline() == p.now + 5s);
    CHECK(expires(p) == errc::keep_alive_timeout);
  }
  SUBCASE("reading again, the answer is there") {
    p.client.set_reading(true, p.now);
    p.receives("D0 00");
    CHECK(p.has_nothing_more());
    is_pinged(p);
  }
}

TEST_CASE("a broker that waits for a busy consumer hears of us every interval") {
  peer p(kept_alive(10s));
  p.connects();
  p.client.set_reading(false, p.now);
  for (int minute = 0; minute < 5; ++minute) {
    const time_point before = p.now;
    is_pinged(p);
    CHECK(p.now == before + 10s);
  }
}

TEST_CASE("PINGREQ is not piled up behind a write that stands still") {
  peer p(kept_alive(10s));
  p.connects();
  p.client.set_reading(false, p.now);
  p.publishes(message("t", "large", qos_0));
  byte_buffer stuck;
  p.client.take_output(stuck);
  for (int i = 0; i < 10; ++i) CHECK(!expires(p));
  CHECK(p.client.output_size() == 2);
  p.client.sent(p.now);
  CHECK(p.sent() == pingreq);
}

TEST_CASE("a large write that moves is alive, and one that stands still is given up") {
  session_options options = kept_alive(10s);
  options.ping_timeout = 5s;
  peer p(options);
  p.connects();
  p.publishes(message("t", "large", qos_0));
  byte_buffer writing;
  p.client.take_output(writing);
  CHECK(p.client.is_writing());
  for (int i = 0; i < 20; ++i) {
    p.waits(4s);
    p.client.sent_some(p.now);
    CHECK(!p.client.expire(p.now));
  }
  const time_point still_since = p.now;
  std::error_code error;
  while (!error) error = expires(p);
  CHECK(error == errc::keep_alive_timeout);
  CHECK(p.now == still_since + 15s);
}

TEST_CASE("a PINGREQ behind a large write is timed from when it was written") {
  session_options options = kept_alive(10s);
  options.ping_timeout = 5s;
  peer p(options);
  p.connects();
  p.publishes(message("t", "large", qos_0));
  byte_buffer writing;
  p.client.take_output(writing);
  CHECK(!expires(p));
  p.waits(4s);
  p.client.sent(p.now);
  CHECK(!p.client.is_writing());
  CHECK(p.sent() == pingreq);
  CHECK(p.client.deadline() == p.now + 5s);
}

TEST_CASE("without keep alive there is no PINGREQ") {
  peer p(kept_alive(0s));
  p.connects();
  CHECK(p.client.deadline() == time_point::max());
  p.waits(1h);
  CHECK(!p.client.expire(p.now));
  CHECK(p.client.output_size() == 0);
}

TEST_CASE("the broker's keep alive wins over ours [MQTT-3.1.2-21]") {
  session_options options = plain(v5);
  options.keep_alive = 0s;
  peer p(options);
  p.connects("13 0007");
  CHECK(p.client.deadline() == p.now + 7s);
  p.connects_again(false, "13 0000");
  CHECK(p.client.deadline() == time_point::max());
}

TEST_CASE("a connection that has ended wants nothing more") {
  peer p(kept_alive(10s));
  p.connects();
  SUBCASE("by us") { CHECK(!p.client.disconnect()); }
  SUBCASE("by a packet we do not understand") {
    p.receives("00 00");
    CHECK(p.end() == errc::malformed_packet);
  }
  SUBCASE("by the network") { p.client.transport_down(); }
  CHECK(p.client.deadline() == time_point::max());
}

TEST_CASE("a new connection does not wait for the answers of the last") {
  peer p(kept_alive(10s));
  p.connects();
  is_pinged(p);
  p.client.set_reading(false, p.now);
  p.connects_again(false);
  CHECK(p.client.deadline() == p.now + 10s);
  is_pinged(p);
}
