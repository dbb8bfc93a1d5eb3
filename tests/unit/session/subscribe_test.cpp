#include <string>
#include <string_view>
#include <vector>

#include "unit/session/peer.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

TEST_CASE("SUBSCRIBE is answered with a code for each filter, in order") {
  for (const protocol_version version : all_versions) {
    CAPTURE(to_string(version));
    const bool is_5 = version == v5;
    peer p(plain(version));
    p.connects();
    const std::vector<subscription> filters{filter("a", qos_1), filter("b/#", qos_2)};
    CHECK(!p.client.subscribe(filters, {}, 7));
    CHECK(p.sent() == bytes(is_5 ? "82 0D 0001 00 0001 61 01 0003 622F23 02"
                                 : "82 0C 0001 0001 61 01 0003 622F23 02"));
    CHECK(p.client.pending_requests() == 1);
    p.receives(is_5 ? "90 05 0001 00 01 87" : "90 04 0001 01 80");
    const subscribed got = p.take<subscribed>();
    CHECK(got.token == 7);
    CHECK(to_hex(got.codes) == (is_5 ? "01 87" : "01 80"));
    CHECK(p.client.pending_requests() == 0);
    CHECK(p.has_nothing_more());
  }
}

TEST_CASE("subscription options and properties stand on the wire") {
  subscription wanted = filter("a", qos_1);
  wanted.no_local = true;
  wanted.retain_as_published = true;
  wanted.retained = retain_handling::do_not_send;
  properties with;
  CHECK(!with.add(property_id::subscription_identifier, 5));
  peer p(plain(v5));
  p.connects();
  CHECK(!p.client.subscribe({&wanted, 1}, with, 7));
  CHECK(p.sent() == bytes("82 09 0001 02 0B 05 0001 61 2D"));
}

TEST_CASE("UNSUBSCRIBE is answered, with codes in MQTT 5 only") {
  for (const protocol_version version : all_versions) {
    CAPTURE(to_string(version));
    const bool is_5 = version == v5;
    peer p(plain(version));
    p.connects();
    CHECK(!p.unsubscribes("a", 7));
    CHECK(p.sent() == bytes(is_5 ? "A2 06 0001 00 0001 61" : "A2 05 0001 0001 61"));
    p.receives(is_5 ? "B0 04 0001 00 11" : "B0 02 0001");
    const subscribed got = p.take<subscribed>();
    CHECK(got.token == 7);
    CHECK(to_hex(got.codes) == (is_5 ? "11" : ""));
  }
}

TEST_CASE("the properties of SUBACK are shown") {
  peer p(plain(v5));
  p.connects();
  CHECK(!p.subscribes("a"));
  p.receives("90 09 0001 05 1F 0002 6E6F 80");
  CHECK(p.take<subscribed>().properties.text(property_id::reason_string) == "no");
}

TEST_CASE("what is asked before the connection stands is sent when it does") {
  peer p(plain(v3_1_1));
  CHECK(!p.subscribes("a", 1));
  p.comes_up();
  CHECK(!p.unsubscribes("b", 2));
  CHECK(p.client.output_size() == 0);
  p.is_accepted();
  CHECK(p.sent() == bytes("82 06 0001 0001 61 00  A2 05 0002 0001 62"));
  CHECK(p.client.pending_requests() == 2);
}

TEST_CASE("a request without answer is sent again on the next connection") {
  for (const bool kept : {true, false}) {
    CAPTURE(kept);
    peer p(lasting(v3_1_1));
    p.connects();
    CHECK(!p.subscribes("a", 1));
    CHECK(!p.unsubscribes("b", 2));
    p.receives("90 03 0001 00");
    p.take<subscribed>();
    CHECK(p.connects_again(kept) == bytes("A2 05 0002 0001 62"));
    p.receives("B0 02 0002");
    CHECK(p.take<subscribed>().token == 2);
    CHECK(p.connects_again(kept).empty());
  }
}

TEST_CASE("requests keep their place among the messages that are sent again") {
  peer p(lasting(v3_1_1));
  p.connects();
  p.publishes(message("a", "", qos_1), 1);
  CHECK(!p.subscribes("b", 2));
  p.publishes(message("c", "", qos_1), 3);
  CHECK(p.connects_again(true) ==
        bytes("3A 05 0001 61 0001  82 06 0002 0001 62 00  3A 05 0001 63 0003"));
}

TEST_CASE("requests and messages share the identifiers [MQTT-2.2.1-3]") {
  peer p(plain(v3_1_1));
  p.connects();
  CHECK(!p.subscribes("a", 1));
  p.publishes(message("t", "", qos_1), 2);
  CHECK(p.sent() == bytes("82 06 0001 0001 61 00  32 05 0001 74 0002"));
  p.receives("40 02 0001  90 03 0002 00");  // each answer for the other
  CHECK(p.has_nothing_more());
  CHECK(p.client.inflight() == 1);
  CHECK(p.client.pending_requests() == 1);
}

TEST_CASE("a full window leaves identifiers for requests") {
  session_options options = plain(v3_1_1);
  options.maximum_inflight = 1;
  peer p(options);
  p.connects();
  p.publishes(message("t", "", qos_1), 1);
  for (std::uint64_t token = 2; token <= 65; ++token) REQUIRE(!p.subscribes("a", token));
  CHECK(p.subscribes("a") == errc::no_packet_id);
  CHECK(p.client.pending_requests() == 64);
}

// errors

TEST_CASE("a SUBACK with another number of codes is a protocol error") {
  for (const std::string_view answer : {"90 04 0001 00 00", "90 06 0001 00 00 00 00"}) {
    CAPTURE(answer);
    peer p(plain(v5));
    p.connects();
    const std::vector<subscription> filters{filter("a"), filter("b")};
    CHECK(!p.client.subscribe(filters, {}, 7));
    p.sent();
    p.receives(answer);
    CHECK(p.end() == errc::protocol_error);
    CHECK(p.sent() == bytes("E0 01 82"));
  }
  peer p(plain(v5));
  p.connects();
  CHECK(!p.unsubscribes("a"));
  p.receives("B0 05 0001 00 00 00");
  CHECK(p.end() == errc::protocol_error);
}

TEST_CASE("an UNSUBACK without codes is refused in MQTT 5, asked for or not") {
  for (const std::string_view answer : {"B0 02 0001", "B0 03 0001 00", "B0 03 0009 00"}) {
    CAPTURE(answer);
    peer p(plain(v5));
    p.connects();
    CHECK(!p.unsubscribes("a"));
    p.sent();
    p.receives(answer);
    CHECK(p.end() == errc::malformed_packet);
    CHECK(p.sent() == bytes("E0 01 81"));
  }
}

TEST_CASE("what the broker does not offer is an error while connected") {
  properties with;
  CHECK(!with.add(property_id::subscription_identifier, 5));
  peer p(plain(v5));
  p.connects("28 00 29 00 2A 00");
  CHECK(p.subscribes("a/+") == errc::wildcard_not_supported);
  CHECK(p.subscribes("#") == errc::wildcard_not_supported);
  CHECK(p.subscribes("$share/g/a") == errc::shared_not_supported);
  CHECK(p.subscribes("a", 0, with) == errc::subscription_ids_not_supported);
  CHECK(p.client.pending_requests() == 0);
  CHECK(p.sent().empty());
  CHECK(!p.subscribes("a"));
  CHECK(!p.unsubscribes("a/+"));  // from an earlier connection, perhaps
}

TEST_CASE("a request is not larger than the broker takes [MQTT-3.2.2-15]") {
  peer p(plain(v5));
  p.connects("27 0000000A");
  CHECK(p.subscribes("abc") == errc::packet_too_large);     // 11 bytes
  CHECK(p.unsubscribes("abcd") == errc::packet_too_large);  // 11 bytes
  CHECK(p.client.pending_requests() == 0);
  CHECK(p.sent().empty());
  CHECK(!p.subscribes("ab"));
  CHECK(!p.unsubscribes("abc"));
}

TEST_CASE("what MQTT cannot say is an error") {
  peer p(plain(v3_1_1));
  p.connects();
  CHECK(p.subscribes("a/#/b") == errc::invalid_topic_filter);
  CHECK(p.client.subscribe({}, {}, 0) == errc::protocol_error);
  subscription wanted = filter("a");
  wanted.no_local = true;
  CHECK(p.client.subscribe({&wanted, 1}, {}, 0) == errc::property_not_allowed);
  CHECK(p.client.pending_requests() == 0);
  CHECK(p.sent().empty());
}
