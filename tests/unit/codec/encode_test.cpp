#include "mqttkit/codec/encode.hpp"

#include <doctest/doctest.h>

#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/decode.hpp"
#include "support/hex.hpp"

using namespace mqttkit;
using mqttkit::test::hex;
using mqttkit::test::to_hex;

namespace {

constexpr protocol_version v3_1 = protocol_version::v3_1;
constexpr protocol_version v3_1_1 = protocol_version::v3_1_1;
constexpr protocol_version v5 = protocol_version::v5;

// What `encode_it` appends behind bytes that were there before, as hex; or the error, having made
// sure that the buffer did not change.
template <class Encode>
std::string written(const Encode& encode_it) {
  byte_buffer out;
  out.append(as_bytes("before"));
  if (const std::error_code ec = encode_it(out)) {
    CHECK(as_text(out.view()) == "before");
    return ec.message();
  }
  CHECK(as_text(out.view()).starts_with("before"));
  return to_hex(out.view().subspan(6));
}

std::string text_of(errc code) { return make_error_code(code).message(); }

std::string spelled(std::string_view text) { return to_hex(hex(text)); }

std::string connect(const connect_packet& packet) {
  return written([&](byte_buffer& out) { return encode(out, packet); });
}

std::string publish(protocol_version version, const publish_packet& packet,
                    std::uint16_t alias = 0) {
  return written([&](byte_buffer& out) {
    const std::size_t before = out.size();
    const std::error_code ec = encode(out, version, packet, alias);
    if (!ec) CHECK(out.size() - before == encoded_size(version, packet, alias));
    return ec;
  });
}

std::string subscribe(protocol_version version, const std::vector<subscription>& filters,
                      properties_view list = {}, std::uint16_t packet_id = 1) {
  return written(
      [&](byte_buffer& out) { return encode_subscribe(out, version, packet_id, filters, list); });
}

std::string unsubscribe(protocol_version version, const std::vector<subscription>& filters,
                        std::uint16_t packet_id = 1) {
  return written(
      [&](byte_buffer& out) { return encode_unsubscribe(out, version, packet_id, filters); });
}

template <class Packet>
std::string other(protocol_version version, const Packet& packet) {
  return written([&](byte_buffer& out) { return encode(out, version, packet); });
}

template <class Packet>
std::string other(protocol_version version, packet_type type, const Packet& packet) {
  return written([&](byte_buffer& out) { return encode(out, version, type, packet); });
}

connect_packet greeting(protocol_version version, std::string_view id = "a") {
  connect_packet packet;
  packet.version = version;
  packet.client_id = id;
  return packet;
}

publish_packet message(std::string_view topic, std::string_view payload) {
  publish_packet packet;
  packet.topic = topic;
  packet.payload = as_bytes(payload);
  return packet;
}

subscription filter(std::string_view text, qos_t qos = qos_t::at_most_once) {
  subscription made;
  made.filter = text;
  made.qos = qos;
  return made;
}

}  // namespace

// CONNECT

TEST_CASE("CONNECT is written in each version's form") {
  CHECK(connect(greeting(v3_1)) == spelled("10 0F 0006 4D5149736470 03 02 003C 0001 61"));
  CHECK(connect(greeting(v3_1_1)) == spelled("10 0D 0004 4D515454 04 02 003C 0001 61"));
  CHECK(connect(greeting(v5)) == spelled("10 0E 0004 4D515454 05 02 003C 00 0001 61"));
  connect_packet old = greeting(v3_1_1);
  old.clean_start = false;
  old.keep_alive = 0;
  old.user_name = "";
  CHECK(connect(old) == spelled("10 0F 0004 4D515454 04 80 0000 0001 61 0000"));
}

TEST_CASE("an empty identifier is for MQTT 5, and for 3.1.1 with a clean session") {
  CHECK(connect(greeting(v3_1, "")) == text_of(errc::invalid_client_id));
  CHECK(connect(greeting(v3_1_1, "")) == spelled("10 0C 0004 4D515454 04 02 003C 0000"));
  connect_packet lasting = greeting(v3_1_1, "");
  lasting.clean_start = false;
  CHECK(connect(lasting) == text_of(errc::client_id_required));  // 3.1.1 [MQTT-3.1.3-7]
  lasting.version = v5;
  CHECK(connect(lasting) == spelled("10 0D 0004 4D515454 05 00 003C 00 0000"));
}

TEST_CASE("MQTT 3.1 allows identifiers of 23 bytes, the others of 65,535") {
  const std::string id(23, 'x');
  CHECK(connect(greeting(v3_1, id)).size() == 3 * (14 + 2 + 23) - 1);
  CHECK(connect(greeting(v3_1, id + "x")) == text_of(errc::invalid_client_id));
  CHECK(connect(greeting(v3_1_1, std::string(65535, 'x'))).starts_with("10 "));
  CHECK(connect(greeting(v5, std::string(65536, 'x'))) == text_of(errc::string_too_long));
  CHECK(connect(greeting(v5, "\xC3\x28")) == text_of(errc::malformed_utf8));
}

TEST_CASE("a password needs a user name before MQTT 5 (3.1.1 [MQTT-3.1.2-22])") {
  connect_packet packet = greeting(v3_1_1);
  packet.password = as_bytes("p");
  CHECK(connect(packet) == text_of(errc::password_without_username));
  packet.version = v3_1;
  CHECK(connect(packet) == text_of(errc::password_without_username));
  packet.version = v5;
  CHECK(connect(packet) == spelled("10 11 0004 4D515454 05 42 003C 00 0001 61 0001 70"));
  const std::string too_long(65536, 'p');
  packet.password = as_bytes(too_long);
  CHECK(connect(packet) == text_of(errc::string_too_long));
}

TEST_CASE("a will is checked like a message") {
  connect_packet packet = greeting(v3_1_1);
  packet.will.emplace();
  CHECK(connect(packet) == text_of(errc::invalid_topic_name));
  packet.will->topic = "a/#";
  CHECK(connect(packet) == text_of(errc::invalid_topic_name));
  packet.will->topic = "w";
  packet.will->qos = qos_t::exactly_once;
  CHECK(connect(packet) == spelled("10 12 0004 4D515454 04 16 003C 0001 61 0001 77 0000"));
  packet.will->qos = static_cast<qos_t>(3);
  CHECK(connect(packet) == text_of(errc::malformed_packet));
  packet.will->qos = qos_t::at_most_once;
  const std::string too_long(65536, 'p');
  packet.will->payload = as_bytes(too_long);
  CHECK(connect(packet) == text_of(errc::string_too_long));
}

TEST_CASE("properties of CONNECT and of the will go to their places, and nowhere before MQTT 5") {
  properties list, will_list;
  REQUIRE_FALSE(list.add(property_id::session_expiry_interval, 10u));
  REQUIRE_FALSE(will_list.add(property_id::will_delay_interval, 5u));
  connect_packet packet = greeting(v5);
  packet.properties = list;
  packet.will.emplace();
  packet.will->topic = "w";
  packet.will->properties = will_list;
  CHECK(connect(packet) == spelled("10 1E 0004 4D515454 05 06 003C 05 11 0000000A 0001 61 "
                                   "05 18 00000005 0001 77 0000"));
  packet.version = v3_1_1;
  CHECK(connect(packet) == text_of(errc::property_not_allowed));
  packet.properties = {};
  CHECK(connect(packet) == text_of(errc::property_not_allowed));
  packet.version = v5;
  packet.properties = will_list;
  CHECK(connect(packet) == text_of(errc::property_not_allowed));
}

TEST_CASE("authentication data is not sent without a method (§3.1.2.11.10)") {
  properties list;
  REQUIRE_FALSE(list.add(property_id::authentication_data, "x"));
  connect_packet packet = greeting(v5);
  packet.properties = list;
  CHECK(connect(packet) == text_of(errc::protocol_error));
}

TEST_CASE("a version that does not exist is not sent") {
  CHECK(connect(greeting(static_cast<protocol_version>(6))) == text_of(errc::protocol_error));
  CHECK(connect(greeting(static_cast<protocol_version>(0))) == text_of(errc::protocol_error));
}

// PUBLISH

TEST_CASE("PUBLISH is written in each version's form") {
  CHECK(publish(v3_1_1, message("a/b", "hi")) == spelled("30 07 0003 612F62 6869"));
  CHECK(publish(v5, message("a/b", "hi")) == spelled("30 08 0003 612F62 00 6869"));
  publish_packet packet = message("t", "");
  packet.qos = qos_t::exactly_once;
  packet.retain = true;
  packet.dup = true;
  packet.packet_id = 65535;
  CHECK(publish(v3_1, packet) == spelled("3D 05 0001 74 FFFF"));
  CHECK(publish(v5, packet) == spelled("3D 06 0001 74 FFFF 00"));
}

TEST_CASE("at QoS 0 neither DUP nor an identifier is sent [MQTT-3.3.1-2] [MQTT-2.2.1-2]") {
  publish_packet packet = message("t", "");
  packet.dup = true;
  packet.packet_id = 7;
  CHECK(publish(v3_1_1, packet) == spelled("30 03 0001 74"));
}

TEST_CASE("the remaining length grows with the payload, byte by byte at its edges (§1.5.5)") {
  struct row {
    std::size_t remaining;
    std::string_view header;
  };
  for (const row& each :
       {row{127, "30 7F"}, row{128, "30 80 01"}, row{16383, "30 FF 7F"}, row{16384, "30 80 80 01"},
        row{2097151, "30 FF FF 7F"}, row{2097152, "30 80 80 80 01"}}) {
    const std::string payload(each.remaining - 3, 'x');
    byte_buffer out;
    REQUIRE_FALSE(encode(out, v3_1_1, message("t", payload)));
    const auto header = hex(each.header);
    CHECK(to_hex(out.view().first(header.size())) == to_hex(header));
    CHECK(out.size() == header.size() + each.remaining);
    CHECK(out.size() == encoded_size(v3_1_1, message("t", payload)));
  }
}

TEST_CASE("a message above the protocol's limit is refused before anything is written") {
  // The bytes are never read, so the view may claim more than there is.
  const std::byte made{};
  publish_packet packet;
  packet.topic = "t";
  packet.payload = bytes_view(&made, 268'435'455 - 3 + 1);
  CHECK(publish(v3_1_1, packet) == text_of(errc::packet_too_large));
  packet.payload = bytes_view(&made, std::size_t{1} << 40);
  CHECK(publish(v5, packet) == text_of(errc::packet_too_large));
}

TEST_CASE("a topic that may not be published to is refused") {
  CHECK(publish(v3_1_1, message("", "")) == text_of(errc::invalid_topic_name));
  CHECK(publish(v5, message("", "")) == text_of(errc::invalid_topic_name));
  CHECK(publish(v5, message("a/+", "")) == text_of(errc::invalid_topic_name));
  CHECK(publish(v5, message("#", "")) == text_of(errc::invalid_topic_name));
  CHECK(publish(v5, message("\xE0\x80\xAF", "")) == text_of(errc::malformed_utf8));
  CHECK(publish(v5, message(std::string_view("a\0", 2), "")) == text_of(errc::malformed_utf8));
  CHECK(publish(v5, message(std::string(65536, 't'), "")) == text_of(errc::string_too_long));
  CHECK(publish(v3_1_1, message("仿/þ", "")) == spelled("30 08 0006 E4BBBF 2F C3BE"));
}

TEST_CASE("above QoS 0 an identifier is needed, and QoS 3 does not exist") {
  publish_packet packet = message("t", "");
  packet.qos = qos_t::at_least_once;
  CHECK(publish(v5, packet) == text_of(errc::malformed_packet));
  packet.packet_id = 1;
  CHECK(publish(v3_1_1, packet) == spelled("32 05 0001 74 0001"));
  packet.qos = static_cast<qos_t>(3);
  CHECK(publish(v5, packet) == text_of(errc::malformed_packet));
}

TEST_CASE("a topic alias joins the properties on the fly") {
  properties list;
  REQUIRE_FALSE(list.add(property_id::payload_format_indicator, 1u));
  publish_packet packet = message("t", "x");
  packet.properties = list;
  CHECK(publish(v5, packet, 0x0102) == spelled("30 0A 0001 74 05 01 01 23 0102 78"));
  packet.topic = "";
  CHECK(publish(v5, packet, 1) == spelled("30 09 0000 05 01 01 23 0001 78"));
  packet.properties = {};
  CHECK(publish(v5, packet, 1) == spelled("30 07 0000 03 23 0001 78"));
  CHECK(publish(v3_1_1, message("t", "x"), 1) == text_of(errc::property_not_allowed));

  properties with_alias;
  REQUIRE_FALSE(with_alias.add(property_id::topic_alias, 9u));
  packet.properties = with_alias;
  CHECK(publish(v5, packet) == spelled("30 07 0000 03 23 0009 78"));
  CHECK(publish(v5, packet, 1) == text_of(errc::property_repeated));
}

TEST_CASE("properties of another packet, or before MQTT 5, are not sent") {
  properties list;
  REQUIRE_FALSE(list.add(property_id::reason_string, "x"));
  publish_packet packet = message("t", "");
  packet.properties = list;
  CHECK(publish(v5, packet) == text_of(errc::property_not_allowed));
  properties user;
  REQUIRE_FALSE(user.add_user_property("k", "v"));
  packet.properties = user;
  CHECK(publish(v3_1_1, packet) == text_of(errc::property_not_allowed));
  CHECK(publish(v5, packet) == spelled("30 0B 0001 74 07 26 0001 6B 0001 76"));
}

TEST_CASE("a property list of 128 bytes has a length of two") {
  properties list;
  REQUIRE_FALSE(list.add_user_property(std::string(123, 'k'), ""));
  publish_packet packet = message("t", "");
  packet.properties = list;
  CHECK(publish(v5, packet).starts_with(spelled("30 85 01 0001 74 80 01 26 007B")));
  CHECK(publish(v5, packet, 1).starts_with(spelled("30 88 01 0001 74 83 01 26 007B")));
}

// The others

TEST_CASE("acknowledgements take the shortest form that says it all (§3.4.2.1)") {
  properties list;
  REQUIRE_FALSE(list.add(property_id::reason_string, "no"));
  ack_packet ack;
  ack.packet_id = 7;
  CHECK(other(v5, ack) == spelled("40 02 0007"));
  ack.type = packet_type::pubrel;
  CHECK(other(v3_1_1, ack) == spelled("62 02 0007"));
  ack.reason = 0x92;
  CHECK(other(v5, ack) == spelled("62 03 0007 92"));
  CHECK(other(v3_1_1, ack) == spelled("62 02 0007"));
  ack.properties = list;
  CHECK(other(v5, ack) == spelled("62 09 0007 92 05 1F 0002 6E6F"));
  CHECK(other(v3_1_1, ack) == text_of(errc::property_not_allowed));
  ack.reason = 0;
  CHECK(other(v5, ack) == spelled("62 09 0007 00 05 1F 0002 6E6F"));
  ack.packet_id = 0;
  CHECK(other(v5, ack) == text_of(errc::malformed_packet));
  ack.packet_id = 1;
  ack.type = packet_type::suback;
  CHECK(other(v5, ack) == text_of(errc::malformed_packet));
}

TEST_CASE("CONNACK is written in each version's form") {
  connack_packet answer;
  answer.session_present = true;
  CHECK(other(v3_1, answer) == "20 02 00 00");
  CHECK(other(v3_1_1, answer) == "20 02 01 00");
  CHECK(other(v5, answer) == "20 03 01 00 00");
  properties list;
  REQUIRE_FALSE(list.add(property_id::maximum_qos, 1u));
  answer.properties = list;
  CHECK(other(v5, answer) == "20 05 01 00 02 24 01");
  CHECK(other(v3_1_1, answer) == text_of(errc::property_not_allowed));
}

TEST_CASE("SUBSCRIBE is written in each version's form") {
  subscription all = filter("a", qos_t::exactly_once);
  all.no_local = true;
  all.retain_as_published = true;
  all.retained = retain_handling::do_not_send;
  CHECK(subscribe(v5, {all}) == spelled("82 07 0001 00 0001 61 2E"));
  CHECK(
      subscribe(v3_1_1, {filter("a/#", qos_t::at_least_once), filter("+", qos_t::exactly_once)}) ==
      spelled("82 0C 0001 0003 612F23 01 0001 2B 02"));
  properties list;
  REQUIRE_FALSE(list.add(property_id::subscription_identifier, 5u));
  CHECK(subscribe(v5, {filter("a")}, list) == spelled("82 09 0001 02 0B 05 0001 61 00"));
  CHECK(subscribe(v3_1_1, {filter("a")}, list) == text_of(errc::property_not_allowed));
  REQUIRE_FALSE(list.add(property_id::subscription_identifier, 6u));
  CHECK(subscribe(v5, {filter("a")}, list) == text_of(errc::property_repeated));
}

TEST_CASE("options of MQTT 5 are not dropped silently before it") {
  for (int option = 0; option < 3; ++option) {
    subscription made = filter("a");
    made.no_local = option == 0;
    made.retain_as_published = option == 1;
    if (option == 2) made.retained = retain_handling::send_if_new;
    CHECK(subscribe(v3_1_1, {made}) == text_of(errc::property_not_allowed));
    CHECK(subscribe(v5, {made}).starts_with("82 "));
    CHECK(unsubscribe(v3_1_1, {made}) == spelled("A2 05 0001 0001 61"));
  }
}

TEST_CASE("SUBSCRIBE and UNSUBSCRIBE need an identifier and valid filters") {
  CHECK(subscribe(v5, {}) == text_of(errc::protocol_error));
  CHECK(unsubscribe(v5, {}) == text_of(errc::protocol_error));
  CHECK(subscribe(v5, {filter("a")}, {}, 0) == text_of(errc::malformed_packet));
  CHECK(unsubscribe(v5, {filter("a")}, 0) == text_of(errc::malformed_packet));
  CHECK(subscribe(v5, {filter("a"), filter("a#")}) == text_of(errc::invalid_topic_filter));
  CHECK(unsubscribe(v5, {filter("")}) == text_of(errc::invalid_topic_filter));
  CHECK(unsubscribe(v5, {filter("\xFF")}) == text_of(errc::malformed_utf8));
  CHECK(subscribe(v5, {filter(std::string(65536, 'x'))}) == text_of(errc::string_too_long));
  subscription shared = filter("$share/g/a");
  CHECK(subscribe(v5, {shared}).starts_with("82 "));
  shared.no_local = true;
  CHECK(subscribe(v5, {shared}) == text_of(errc::protocol_error));  // [MQTT-3.8.3-4]
  CHECK(subscribe(v5, {filter("a", static_cast<qos_t>(3))}) == text_of(errc::malformed_packet));
  subscription odd = filter("a");
  odd.retained = static_cast<retain_handling>(3);
  CHECK(subscribe(v5, {odd}) == text_of(errc::malformed_packet));
  CHECK(unsubscribe(v5, {filter("a"), filter("b")}) == spelled("A2 09 0001 00 0001 61 0001 62"));
}

TEST_CASE("SUBACK and UNSUBACK are written in each version's form") {
  const auto codes = hex("00 80");
  suback_packet packet;
  packet.packet_id = 1;
  packet.codes = codes;
  CHECK(other(v3_1_1, packet_type::suback, packet) == "90 04 00 01 00 80");
  CHECK(other(v5, packet_type::suback, packet) == "90 05 00 01 00 00 80");
  CHECK(other(v3_1_1, packet_type::unsuback, packet) == "B0 02 00 01");
  CHECK(other(v5, packet_type::unsuback, packet) == "B0 05 00 01 00 00 80");
  CHECK(other(v5, packet_type::puback, packet) == text_of(errc::malformed_packet));
  packet.codes = {};
  CHECK(other(v3_1_1, packet_type::suback, packet) == text_of(errc::malformed_packet));
  CHECK(other(v5, packet_type::unsuback, packet) == text_of(errc::malformed_packet));
  packet.codes = codes;
  packet.packet_id = 0;
  CHECK(other(v5, packet_type::suback, packet) == text_of(errc::malformed_packet));
}

TEST_CASE("DISCONNECT and AUTH leave out what is at its default") {
  properties list;
  REQUIRE_FALSE(list.add(property_id::reason_string, "no"));
  reason_packet packet;
  CHECK(other(v5, packet_type::disconnect, packet) == "E0 00");
  CHECK(other(v5, packet_type::auth, packet) == "F0 00");
  packet.reason = 0x04;
  CHECK(other(v5, packet_type::disconnect, packet) == "E0 01 04");
  CHECK(other(v3_1_1, packet_type::disconnect, packet) == "E0 00");
  packet.reason = 0x18;
  CHECK(other(v5, packet_type::auth, packet) == "F0 02 18 00");
  CHECK(other(v3_1_1, packet_type::auth, packet) == text_of(errc::malformed_packet));
  packet.properties = list;
  CHECK(other(v5, packet_type::auth, packet) == spelled("F0 07 18 05 1F 0002 6E6F"));
  packet.reason = 0;
  CHECK(other(v5, packet_type::disconnect, packet) == spelled("E0 07 00 05 1F 0002 6E6F"));
  CHECK(other(v3_1_1, packet_type::disconnect, packet) == text_of(errc::property_not_allowed));
  CHECK(other(v5, packet_type::connect, packet) == text_of(errc::malformed_packet));
}

TEST_CASE("pings are two bytes") {
  byte_buffer out;
  encode_ping(out, packet_type::pingreq);
  encode_ping(out, packet_type::pingresp);
  CHECK(to_hex(out.view()) == "C0 00 D0 00");
}
