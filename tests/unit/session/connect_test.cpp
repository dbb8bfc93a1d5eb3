#include <array>
#include <string>
#include <string_view>

#include "unit/session/peer.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

std::string connect_of(session_options options) { return peer(std::move(options)).comes_up(); }

std::error_code refusal_of_connect(session_options options) {
  peer p(std::move(options));
  const std::error_code error = p.client.transport_up(p.now);
  CHECK(p.client.output_size() == 0);
  return error;
}

}  // namespace

// CONNECT

TEST_CASE("CONNECT names the protocol as its version does") {
  CHECK(connect_of(plain(v3_1)) == bytes("10 0F 0006 4D5149736470 03 02 003C 0001 61"));
  CHECK(connect_of(plain(v3_1_1)) == bytes("10 0D 0004 4D515454 04 02 003C 0001 61"));
  CHECK(connect_of(plain(v5)) == bytes("10 0E 0004 4D515454 05 02 003C 00 0001 61"));
}

TEST_CASE("CONNECT carries user, password, keep alive and the clean flag") {
  session_options options = plain(v3_1_1);
  options.clean_start = false;
  options.keep_alive = std::chrono::seconds(10);
  options.user_name = "u";
  options.password = std::string("p\0", 2);
  CHECK(connect_of(options) == bytes("10 14 0004 4D515454 04 C0 000A 0001 61 0001 75 0002 7000"));
}

TEST_CASE("CONNECT carries the will, in MQTT 5 with its properties") {
  will_options will;
  will.topic = "w";
  will.payload = "x";
  will.qos = qos_2;
  will.retain = true;
  session_options options = plain(v3_1_1);
  options.will = will;
  CHECK(connect_of(options) == bytes("10 13 0004 4D515454 04 36 003C 0001 61 0001 77 0001 78"));

  CHECK(!will.properties.add(property_id::will_delay_interval, 5));
  CHECK(!will.properties.add(property_id::payload_format_indicator, 1));
  CHECK(!will.properties.add(property_id::message_expiry_interval, 60));
  CHECK(!will.properties.add(property_id::content_type, "c"));
  CHECK(!will.properties.add(property_id::response_topic, "r"));
  CHECK(!will.properties.add(property_id::correlation_data, "d"));
  CHECK(!will.properties.add_user_property("k", "v"));
  options = plain(v5);
  options.will = will;
  CHECK(connect_of(options) == bytes("10 34 0004 4D515454 05 36 003C 00 0001 61"
                                     "1F 18 00000005 01 01 02 0000003C 03 0001 63 08 0001 72"
                                     "09 0001 64 26 0001 6B 0001 76 0001 77 0001 78"));
}

TEST_CASE("CONNECT properties are sent as they were given") {
  session_options options = with_property(plain(v5), property_id::receive_maximum, 7);
  CHECK(!options.connect_properties.add_user_property("k", "v"));
  CHECK(connect_of(options) ==
        bytes("10 18 0004 4D515454 05 02 003C 0A 21 0007 26 0001 6B 0001 76 0001 61"));
}

TEST_CASE("a keep alive beyond 16 bits is sent as the longest there is") {
  session_options options = plain(v3_1_1);
  options.keep_alive = std::chrono::hours(24);
  CHECK(connect_of(options) == bytes("10 0D 0004 4D515454 04 02 FFFF 0001 61"));
}

TEST_CASE("what no CONNECT can say is an error before anything is sent") {
  session_options options = plain(v3_1);
  options.client_id.clear();
  CHECK(refusal_of_connect(options) == errc::invalid_client_id);

  options = plain(v3_1_1);
  options.client_id.clear();
  options.clean_start = false;
  CHECK(refusal_of_connect(options) == errc::client_id_required);

  options = plain(v3_1_1);
  options.password = "p";
  CHECK(refusal_of_connect(options) == errc::password_without_username);

  options = with_property(plain(v3_1_1), property_id::receive_maximum, 7);
  CHECK(refusal_of_connect(options) == errc::property_not_allowed);
}

TEST_CASE("only the first CONNECT of a session to be resumed starts clean in MQTT 5") {
  session_options options =
      with_property(plain(v5), property_id::session_expiry_interval, 0xFFFFFFFF);
  options.clean_start_again = false;
  peer p(options);
  CHECK(p.comes_up() == bytes("10 13 0004 4D515454 05 02 003C 05 11 FFFFFFFF 0001 61"));
  SUBCASE("accepted: the next one resumes") {
    p.is_accepted();
    p.client.transport_down();
    CHECK(p.comes_up() == bytes("10 13 0004 4D515454 05 00 003C 05 11 FFFFFFFF 0001 61"));
  }
  SUBCASE("cut before CONNACK: there is nothing to resume yet") {
    p.client.transport_down();
    CHECK(p.comes_up() == bytes("10 13 0004 4D515454 05 02 003C 05 11 FFFFFFFF 0001 61"));
  }
}

TEST_CASE("before MQTT 5 the clean flag never changes between connections") {
  session_options options = plain(v3_1_1);
  options.clean_start_again = false;
  peer p(options);
  p.connects();
  p.client.transport_down();
  CHECK(p.comes_up() == bytes("10 0D 0004 4D515454 04 02 003C 0001 61"));
}

// CONNACK

TEST_CASE("CONNACK connects, in every version") {
  for (const protocol_version version : all_versions) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.comes_up();
    CHECK(!p.client.is_connected());
    CHECK(!p.is_accepted().session_present);
    CHECK(p.client.is_connected());
    CHECK(p.sent().empty());
    CHECK(p.has_nothing_more());
  }
}

TEST_CASE("return codes before MQTT 5 are reported in MQTT 5's numbers") {
  constexpr std::array<std::uint8_t, 5> meanings{0x84, 0x85, 0x88, 0x86, 0x87};
  for (const protocol_version version : {v3_1, v3_1_1}) {
    for (std::size_t code = 1; code <= meanings.size(); ++code) {
      CAPTURE(to_string(version));
      CAPTURE(code);
      peer p(plain(version));
      p.comes_up();
      p.receives("20 02 00 0" + std::to_string(code));
      const closed end = p.take<closed>();
      CHECK(end.error == errc::connection_refused_by_broker);
      CHECK(end.reason == meanings[code - 1]);
      CHECK(!p.client.is_connected());
    }
  }
}

TEST_CASE("a refusal in MQTT 5 comes with its reason code and properties") {
  peer p(plain(v5));
  p.comes_up();
  p.receives("20 08 00 87 05 1F 0002 6E6F");  // Not authorized, Reason String "no"
  const closed end = p.take<closed>();
  CHECK(end.error == errc::connection_refused_by_broker);
  CHECK(end.reason == 0x87);
  CHECK(end.properties.text(property_id::reason_string) == "no");
  CHECK(p.sent().empty());
}

TEST_CASE("an old broker's refusal of MQTT 5 is understood") {
  peer p(plain(v5));
  p.comes_up();
  p.receives("20 02 00 01");
  const closed end = p.take<closed>();
  CHECK(end.error == errc::connection_refused_by_broker);
  CHECK(end.reason == 0x84);
}

TEST_CASE("nothing happens after a refusal") {
  peer p(plain(v3_1_1));
  p.comes_up();
  p.receives("20 02 00 05 30 03 0001 74");
  CHECK(p.end() == errc::connection_refused_by_broker);
  CHECK(p.has_nothing_more());
  CHECK(p.publishes(message("t", "x", qos_0)) == admission::full);
}

TEST_CASE("the first packet of a broker is CONNACK [MQTT-3.2.0-1]") {
  for (const protocol_version version : all_versions) {
    for (const std::string_view first : {"30 03 0001 74", "D0 00", "40 02 0001", "90 03 0001 00"}) {
      CAPTURE(to_string(version));
      CAPTURE(first);
      peer p(plain(version));
      p.comes_up();
      p.receives(first);
      CHECK(p.end() == errc::unexpected_packet);
      CHECK(p.has_nothing_more());
    }
  }
}

TEST_CASE("a second CONNACK is not expected") {
  peer p(plain(v5));
  p.connects();
  p.receives("20 03 00 00 00");
  CHECK(p.end() == errc::unexpected_packet);
  CHECK(p.sent() == bytes("E0 01 82"));
}

TEST_CASE("packets that only a client sends end the connection") {
  for (const std::string_view packet : {"10 0D 0004 4D515454 04 02 003C 0001 61",
                                        "82 06 0001 0001 61 00", "A2 05 0001 0001 61", "C0 00"}) {
    CAPTURE(packet);
    peer p(plain(v3_1_1));
    p.connects();
    p.receives(packet);
    CHECK(p.end() == errc::unexpected_packet);
  }
}

// what CONNACK settles

TEST_CASE("CONNACK without properties leaves the defaults of the specification") {
  peer p(plain(v5));
  p.connects();
  const broker_limits& limits = p.client.limits();
  CHECK(limits.receive_maximum == 65'535);
  CHECK(limits.maximum_qos == qos_2);
  CHECK(limits.retain_available);
  CHECK(limits.maximum_packet_size == 0);
  CHECK(limits.topic_alias_maximum == 0);
  CHECK(limits.wildcard_available);
  CHECK(limits.shared_available);
  CHECK(limits.subscription_ids_available);
  CHECK(limits.keep_alive == 60);
  CHECK(limits.session_expiry == 0);
}

TEST_CASE("CONNACK properties set the limits") {
  peer p(with_property(plain(v5), property_id::session_expiry_interval, 100));
  p.connects("21 0005 24 01 25 00 27 00000040 22 0003 28 00 2A 00 29 00 13 0007 11 00000009");
  const broker_limits& limits = p.client.limits();
  CHECK(limits.receive_maximum == 5);
  CHECK(limits.maximum_qos == qos_1);
  CHECK(!limits.retain_available);
  CHECK(limits.maximum_packet_size == 64);
  CHECK(limits.topic_alias_maximum == 3);
  CHECK(!limits.wildcard_available);
  CHECK(!limits.shared_available);
  CHECK(!limits.subscription_ids_available);
  CHECK(limits.keep_alive == 7);
  CHECK(limits.session_expiry == 9);
}

TEST_CASE("the session expiry asked for is in force unless the broker says otherwise") {
  peer p(with_property(plain(v5), property_id::session_expiry_interval, 100));
  p.connects();
  CHECK(p.client.limits().session_expiry == 100);
}

TEST_CASE("limits end with their connection") {
  peer p(plain(v5));
  p.connects("24 00 13 0007");
  p.connects_again(false);
  CHECK(p.client.limits().maximum_qos == qos_2);
  CHECK(p.client.limits().keep_alive == 60);
}

TEST_CASE("the identifier the broker assigned is used from then on") {
  session_options options = plain(v5);
  options.client_id.clear();
  peer p(options);
  CHECK(p.comes_up() == bytes("10 0D 0004 4D515454 05 02 003C 00 0000"));
  p.is_accepted("12 0002 6964");
  CHECK(p.client.client_id() == "id");
  p.client.transport_down();
  CHECK(p.comes_up() == bytes("10 0F 0004 4D515454 05 02 003C 00 0002 6964"));
}

TEST_CASE("the event has the properties of CONNACK") {
  peer p(plain(v5));
  p.comes_up();
  CHECK(p.is_accepted("1A 0001 69").properties.text(property_id::response_information) == "i");
}

TEST_CASE("MQTT 3.1 reserves the byte that later says session present") {
  peer p(lasting(v3_1));
  p.comes_up();
  CHECK(!p.is_accepted({}, true).session_present);
}

TEST_CASE("a session that is present after a clean start is refused [MQTT-3.2.2-4]") {
  for (const protocol_version version : all_versions) {
    CAPTURE(to_string(version));
    peer p(plain(version));
    p.comes_up();
    p.receives(version == v5 ? "20 03 01 00 00" : "20 02 01 00");
    if (version == v3_1) {  // the byte is reserved there
      p.take<connected>();
      continue;
    }
    CHECK(p.end() == errc::session_unwanted);
    CHECK(p.sent() == (version == v5 ? bytes("E0 01 82") : ""));
    peer kept(lasting(version));
    kept.comes_up();
    kept.is_accepted({}, true);
  }
}
