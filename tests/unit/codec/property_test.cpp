#include "mqttkit/codec/property.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/decode.hpp"
#include "mqttkit/codec/encode.hpp"
#include "support/hex.hpp"

using namespace mqttkit;
using mqttkit::test::hex;
using mqttkit::test::to_hex;
using namespace std::string_literals;

namespace {

// MQTT 5.0 Table 2-4 as it is printed, with an encoded example of each. Written from the
// specification, not from the source.
struct printed_row {
  std::uint8_t id;
  std::string_view name;
  std::string_view type;
  std::string_view packets;  // comma separated, "Will" for Will Properties
  std::string_view example;
};

constexpr std::string_view all_packets =
    "CONNECT,CONNACK,PUBLISH,Will,PUBACK,PUBREC,PUBREL,PUBCOMP,SUBSCRIBE,SUBACK,UNSUBSCRIBE,"
    "UNSUBACK,DISCONNECT,AUTH";

constexpr std::array printed{
    printed_row{0x01, "payload-format-indicator", "Byte", "PUBLISH,Will", "01 01"},
    printed_row{0x02, "message-expiry-interval", "Four Byte", "PUBLISH,Will", "02 00000E10"},
    printed_row{0x03, "content-type", "UTF-8", "PUBLISH,Will", "03 0004 74657874"},
    printed_row{0x08, "response-topic", "UTF-8", "PUBLISH,Will", "08 0003 612F62"},
    printed_row{0x09, "correlation-data", "Binary", "PUBLISH,Will", "09 0002 00FF"},
    printed_row{0x0B, "subscription-identifier", "Variable", "PUBLISH,SUBSCRIBE", "0B 8001"},
    printed_row{0x11, "session-expiry-interval", "Four Byte", "CONNECT,CONNACK,DISCONNECT",
                "11 FFFFFFFF"},
    printed_row{0x12, "assigned-client-identifier", "UTF-8", "CONNACK", "12 0001 61"},
    printed_row{0x13, "server-keep-alive", "Two Byte", "CONNACK", "13 003C"},
    printed_row{0x15, "authentication-method", "UTF-8", "CONNECT,CONNACK,AUTH", "15 0001 6D"},
    printed_row{0x16, "authentication-data", "Binary", "CONNECT,CONNACK,AUTH", "16 0001 FE"},
    printed_row{0x17, "request-problem-information", "Byte", "CONNECT", "17 00"},
    printed_row{0x18, "will-delay-interval", "Four Byte", "Will", "18 00000005"},
    printed_row{0x19, "request-response-information", "Byte", "CONNECT", "19 01"},
    printed_row{0x1A, "response-information", "UTF-8", "CONNACK", "1A 0001 72"},
    printed_row{0x1C, "server-reference", "UTF-8", "CONNACK,DISCONNECT", "1C 0001 73"},
    printed_row{0x1F, "reason-string", "UTF-8",
                "CONNACK,PUBACK,PUBREC,PUBREL,PUBCOMP,SUBACK,UNSUBACK,DISCONNECT,AUTH",
                "1F 0002 6E6F"},
    printed_row{0x21, "receive-maximum", "Two Byte", "CONNECT,CONNACK", "21 0014"},
    printed_row{0x22, "topic-alias-maximum", "Two Byte", "CONNECT,CONNACK", "22 0000"},
    printed_row{0x23, "topic-alias", "Two Byte", "PUBLISH", "23 0001"},
    printed_row{0x24, "maximum-qos", "Byte", "CONNACK", "24 01"},
    printed_row{0x25, "retain-available", "Byte", "CONNACK", "25 00"},
    printed_row{0x26, "user-property", "UTF-8 Pair", all_packets, "26 0001 6B 0000"},
    printed_row{0x27, "maximum-packet-size", "Four Byte", "CONNECT,CONNACK", "27 00000100"},
    printed_row{0x28, "wildcard-subscription-available", "Byte", "CONNACK", "28 00"},
    printed_row{0x29, "subscription-identifier-available", "Byte", "CONNACK", "29 01"},
    printed_row{0x2A, "shared-subscription-available", "Byte", "CONNACK", "2A 00"},
};

// The places in the order of property_place, as the table prints them.
constexpr std::array<std::string_view, 14> places{
    "CONNECT",   "CONNACK", "PUBLISH",     "PUBACK",   "PUBREC",     "PUBREL", "PUBCOMP",
    "SUBSCRIBE", "SUBACK",  "UNSUBSCRIBE", "UNSUBACK", "DISCONNECT", "AUTH",   "Will"};

bool lists(std::string_view packets, std::string_view place) {
  return ("," + std::string(packets) + ",").find("," + std::string(place) + ",") !=
         std::string::npos;
}

property_place place_at(std::size_t index) { return static_cast<property_place>(index); }

std::error_code check(std::string_view encoded, property_place place) {
  const auto bytes = hex(encoded);
  return check_properties(bytes, place);
}

// A whole packet of MQTT 5 with `list` in `place`.
std::vector<std::byte> packet_with(const std::vector<std::byte>& list, std::string_view place) {
  // A CONNECT is invalid with authentication data alone, so the example brings the method too.
  std::vector<std::byte> with = list;
  if (place == "CONNECT" && !list.empty() && list[0] == std::byte{0x16}) {
    const auto method = hex("15 0001 6D");
    with.insert(with.end(), method.begin(), method.end());
  }
  std::string before, after;
  int first = 0;
  if (place == "CONNECT") {
    first = 0x10, before = "0004 4D515454 05 02 003C", after = "0001 61";
  } else if (place == "Will") {
    first = 0x10, before = "0004 4D515454 05 06 003C 00 0001 61", after = "0001 77 0000";
  } else if (place == "CONNACK") {
    first = 0x20, before = "00 00";
  } else if (place == "PUBLISH") {
    first = 0x30, before = "0001 74";
  } else if (place == "PUBACK") {
    first = 0x40, before = "0001 00";
  } else if (place == "PUBREC") {
    first = 0x50, before = "0001 00";
  } else if (place == "PUBREL") {
    first = 0x62, before = "0001 00";
  } else if (place == "PUBCOMP") {
    first = 0x70, before = "0001 00";
  } else if (place == "SUBSCRIBE") {
    first = 0x82, before = "0001", after = "0001 61 00";
  } else if (place == "SUBACK") {
    first = 0x90, before = "0001", after = "00";
  } else if (place == "UNSUBSCRIBE") {
    first = 0xA2, before = "0001", after = "0001 61";
  } else if (place == "UNSUBACK") {
    first = 0xB0, before = "0001", after = "00";
  } else if (place == "DISCONNECT") {
    first = 0xE0, before = "00";
  } else {
    first = 0xF0, before = "00";
  }
  std::vector<std::byte> body = hex(before);
  body.push_back(static_cast<std::byte>(with.size()));
  body.insert(body.end(), with.begin(), with.end());
  const auto rest = hex(after);
  body.insert(body.end(), rest.begin(), rest.end());
  body.insert(body.begin(), static_cast<std::byte>(body.size()));
  body.insert(body.begin(), static_cast<std::byte>(first));
  return body;
}

std::error_code decode_any(bytes_view bytes) {
  frame in;
  REQUIRE(next_frame(bytes, 0, in) == framing::complete);
  connect_packet connect;
  connack_packet connack;
  publish_packet publish;
  ack_packet ack;
  subscribe_packet subscribe;
  suback_packet suback;
  reason_packet reason;
  switch (in.type) {
    case packet_type::connect:
      return decode(in, connect);
    case packet_type::connack:
      return decode(in, protocol_version::v5, connack);
    case packet_type::publish:
      return decode(in, protocol_version::v5, publish);
    case packet_type::subscribe:
    case packet_type::unsubscribe:
      return decode(in, protocol_version::v5, subscribe);
    case packet_type::suback:
    case packet_type::unsuback:
      return decode(in, protocol_version::v5, suback);
    case packet_type::disconnect:
    case packet_type::auth:
      return decode(in, protocol_version::v5, reason);
    default:
      return decode(in, protocol_version::v5, ack);
  }
}

}  // namespace

TEST_CASE("all 27 properties have the identifier, type and name they are printed with") {
  REQUIRE(property_rules().size() == printed.size());
  for (std::size_t i = 0; i < printed.size(); ++i) {
    const property_rule& rule = property_rules()[i];
    const printed_row& row = printed[i];
    CAPTURE(row.name);
    CHECK(static_cast<std::uint8_t>(rule.id) == row.id);
    CHECK(rule.name == row.name);
    CHECK(find_property_rule(row.id) == &rule);
    CHECK(find_property_rule(row.name) == &rule);
    CHECK(rule.repeatable == (row.id == 0x0B || row.id == 0x26));
    constexpr std::array<std::string_view, 7> type_names{
        "Byte", "Two Byte", "Four Byte", "Variable", "UTF-8", "UTF-8 Pair", "Binary"};
    CHECK(type_names[static_cast<std::size_t>(rule.type)] == row.type);
  }
  for (const std::uint32_t id : {0u, 0x04u, 0x2Bu, 0x7Fu, 0x80u, 0xFFFFFFFFu}) {
    CHECK(find_property_rule(id) == nullptr);
  }
  CHECK(find_property_rule("") == nullptr);
  CHECK(find_property_rule("Content-Type") == nullptr);
}

TEST_CASE("each property stands where Table 2-4 lets it, and nowhere else") {
  for (const printed_row& row : printed) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      CAPTURE(row.name);
      CAPTURE(places[i]);
      const bool legal = lists(row.packets, places[i]);
      CHECK(find_property_rule(row.id)->allowed_in(place_at(i)) == legal);
      const std::error_code expected =
          legal ? std::error_code{} : make_error_code(errc::property_not_allowed);
      const auto list = hex(row.example);
      CHECK(check_properties(list, place_at(i)) == expected);
      const auto packet = packet_with(list, places[i]);
      CHECK(decode_any(packet) == expected);
    }
  }
}

TEST_CASE("only user properties repeat, and subscription identifiers in PUBLISH") {
  for (const printed_row& row : printed) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!lists(row.packets, places[i])) continue;
      CAPTURE(row.name);
      CAPTURE(places[i]);
      const std::string twice = std::string(row.example) + std::string(row.example);
      const bool may = row.id == 0x26 || (row.id == 0x0B && places[i] == "PUBLISH");
      CHECK(check(twice, place_at(i)) ==
            (may ? std::error_code{} : make_error_code(errc::property_repeated)));
    }
  }
}

TEST_CASE("a list cut at any byte is malformed, or a shorter list") {
  for (const printed_row& row : printed) {
    CAPTURE(row.name);
    const auto whole = hex(row.example);
    std::size_t place = 0;
    while (!lists(row.packets, places[place])) ++place;
    CHECK_FALSE(check_properties({}, place_at(place)));
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const std::vector<std::byte> cut(whole.begin(),
                                       whole.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK(check_properties(cut, place_at(place)) == errc::malformed_packet);
    }
  }
}

TEST_CASE("numbers out of their range are refused, at the edges of it accepted") {
  struct row {
    std::string_view encoded;
    property_place place;
    bool in_range;
  };
  using place = property_place;
  for (const row& each : {
           row{"01 00", place::publish, true},       row{"01 01", place::publish, true},
           row{"01 02", place::publish, false},      row{"0B 00", place::publish, false},
           row{"0B 01", place::subscribe, true},     row{"0B FFFFFF7F", place::subscribe, true},
           row{"13 0000", place::connack, true},     row{"13 FFFF", place::connack, true},
           row{"17 02", place::connect, false},      row{"19 02", place::connect, false},
           row{"11 00000000", place::connect, true}, row{"18 FFFFFFFF", place::will, true},
           row{"21 0000", place::connect, false},    row{"21 0001", place::connect, true},
           row{"21 FFFF", place::connack, true},     row{"22 0000", place::connect, true},
           row{"22 FFFF", place::connack, true},     row{"23 0000", place::publish, false},
           row{"23 FFFF", place::publish, true},     row{"24 00", place::connack, true},
           row{"24 01", place::connack, true},       row{"24 02", place::connack, false},
           row{"25 02", place::connack, false},      row{"27 00000000", place::connect, false},
           row{"27 00000001", place::connect, true}, row{"27 FFFFFFFF", place::connack, true},
           row{"28 02", place::connack, false},      row{"29 02", place::connack, false},
           row{"2A FF", place::connack, false},      row{"02 00000000", place::publish, true},
       }) {
    CAPTURE(each.encoded);
    CHECK(check(each.encoded, each.place) ==
          (each.in_range ? std::error_code{} : make_error_code(errc::property_value)));
  }
}

TEST_CASE("strings of properties are well-formed UTF-8, a response topic has no wildcard") {
  using place = property_place;
  CHECK_FALSE(check("03 0002 C3BE", place::publish));
  CHECK(check("03 0002 C328", place::publish) == errc::malformed_utf8);
  CHECK(check("03 0001 00", place::publish) == errc::malformed_utf8);
  CHECK(check("26 0001 FF 0000", place::auth) == errc::malformed_utf8);
  CHECK(check("26 0001 61 0003 EDA080", place::auth) == errc::malformed_utf8);
  CHECK_FALSE(check("09 0002 C328", place::publish));                      // binary
  CHECK(check("08 0003 612F23", place::publish) == errc::property_value);  // [MQTT-3.3.2-14]
  CHECK(check("08 0001 2B", place::will) == errc::property_value);
}

TEST_CASE("unknown identifiers and over-long integers are refused") {
  using place = property_place;
  CHECK(check("00", place::publish) == errc::unknown_property);
  CHECK(check("04 00", place::publish) == errc::unknown_property);
  CHECK(check("2B 00", place::connack) == errc::unknown_property);
  CHECK(check("7F", place::connack) == errc::unknown_property);
  CHECK(check("81 01", place::connack) == errc::unknown_property);     // 129
  CHECK(check("81 00 01", place::publish) == errc::malformed_packet);  // 1 in two bytes
  CHECK(check("0B 8100", place::publish) == errc::malformed_packet);   // [MQTT-1.5.5-1]
  CHECK(check("0B 80808080 01", place::publish) == errc::malformed_packet);
  CHECK(check("80 80 80 80 01", place::publish) == errc::malformed_packet);
}

TEST_CASE("a view walks its properties in order and finds them") {
  const auto bytes =
      hex("01 01 02 0000003C 0B 8001 0B 05 23 0007 03 0002 6869 09 0001 FF 26 0001 6B 0001 76 "
          "26 0001 6B 0000");
  REQUIRE_FALSE(check_properties(bytes, property_place::publish));
  const properties_view list{bytes_view(bytes)};
  std::vector<property> all;
  for (const property& each : list) all.push_back(each);
  REQUIRE(all.size() == 9);
  CHECK(all[0].id == property_id::payload_format_indicator);
  CHECK(all[0].number == 1);
  CHECK(all[1].number == 60);
  CHECK(all[2].number == 128);
  CHECK(all[3].number == 5);
  CHECK(all[4].number == 7);
  CHECK(all[5].text == "hi");
  CHECK(all[6].text == "\xFF");
  CHECK(all[7].text == "k");
  CHECK(all[7].value == "v");
  CHECK(all[8].value == "");
  CHECK(list.number(property_id::subscription_identifier) == 128u);
  CHECK(list.text(property_id::content_type) == "hi");
  CHECK_FALSE(list.number(property_id::topic_alias_maximum));
  CHECK_FALSE(list.text(property_id::reason_string));
  REQUIRE(list.find(property_id::user_property));
  CHECK(list.find(property_id::user_property)->value == "v");
  CHECK(properties_view{}.begin() == properties_view{}.end());
  CHECK(properties_view{}.empty());
}

TEST_CASE("a view of bytes nobody checked ends instead of reading past them") {
  for (const std::string_view wrong :
       {"01", "02 0000", "03 0005 61", "26 0001 6B 0009", "FF", "00"}) {
    const auto bytes = hex(wrong);
    const properties_view list{bytes_view(bytes)};
    CHECK(list.begin() == list.end());
  }
}

TEST_CASE("collected properties have the bytes the specification gives them") {
  properties list;
  CHECK(list.empty());
  CHECK_FALSE(list.add(property_id::payload_format_indicator, 1));
  CHECK_FALSE(list.add(property_id::message_expiry_interval, 3600));
  CHECK_FALSE(list.add(property_id::topic_alias, 0xABCD));
  CHECK_FALSE(list.add(property_id::subscription_identifier, 268'435'455));
  CHECK_FALSE(list.add(property_id::subscription_identifier, 16384));
  CHECK_FALSE(list.add(property_id::content_type, "þ"));
  CHECK_FALSE(list.add(property_id::correlation_data, "\0\xFF"s));
  CHECK_FALSE(list.add_user_property("k", ""));
  CHECK(to_hex(list.view().bytes()) == to_hex(hex("01 01 02 00000E10 23 ABCD 0B FFFFFF7F "
                                                  "0B 808001 03 0002 C3BE 09 0002 00FF "
                                                  "26 0001 6B 0000")));
  CHECK_FALSE(check_properties(list.view().bytes(), property_place::publish));
}

TEST_CASE("a property that is refused leaves the list as it was") {
  properties list;
  REQUIRE_FALSE(list.add(property_id::topic_alias, 1));
  const std::string before = to_hex(list.view().bytes());
  CHECK(list.add(property_id::topic_alias, 2) == errc::property_repeated);
  CHECK(list.add(property_id::receive_maximum, 0u) == errc::property_value);
  CHECK(list.add(property_id::receive_maximum, 65536u) == errc::property_value);
  CHECK(list.add(property_id::subscription_identifier, 268'435'456u) == errc::property_value);
  CHECK(list.add(property_id::content_type, 1u) == errc::property_value);
  CHECK(list.add(property_id::user_property, 1u) == errc::property_value);
  CHECK(list.add(property_id::user_property, "x") == errc::property_value);
  CHECK(list.add(property_id::topic_alias, "x") == errc::property_value);
  CHECK(list.add(static_cast<property_id>(4), 1u) == errc::unknown_property);
  CHECK(list.add(static_cast<property_id>(4), "x") == errc::unknown_property);
  CHECK(list.add(property_id::content_type, "\xC3\x28") == errc::malformed_utf8);
  CHECK(list.add(property_id::content_type, std::string(65536, 'x')) == errc::string_too_long);
  CHECK(list.add(property_id::correlation_data, std::string(65536, 'x')) == errc::string_too_long);
  CHECK(list.add(property_id::response_topic, "a/#") == errc::property_value);
  CHECK(list.add_user_property("\xFF", "x") == errc::malformed_utf8);
  CHECK(list.add_user_property("x", "\xFF") == errc::malformed_utf8);
  CHECK(list.add_user_property(std::string(65536, 'x'), "") == errc::string_too_long);
  CHECK(to_hex(list.view().bytes()) == before);
  REQUIRE_FALSE(list.add(property_id::content_type, "a"));
  CHECK(list.add(property_id::content_type, "b") == errc::property_repeated);
}

TEST_CASE("properties are removed wherever they stand, copied and assigned") {
  properties list;
  REQUIRE_FALSE(list.add_user_property("a", "1"));
  REQUIRE_FALSE(list.add(property_id::topic_alias, 1));
  REQUIRE_FALSE(list.add_user_property("b", "2"));
  const properties copy = list;
  list.remove(property_id::user_property);
  CHECK(to_hex(list.view().bytes()) == "23 00 01");
  list.remove(property_id::content_type);
  CHECK(to_hex(list.view().bytes()) == "23 00 01");
  CHECK(copy.view().bytes().size() == 17);
  list = copy;
  CHECK(to_hex(list.view().bytes()) == to_hex(copy.view().bytes()));
  const properties& same = list;
  list = same;
  CHECK(to_hex(list.view().bytes()) == to_hex(copy.view().bytes()));
  const properties from_view(copy.view());
  CHECK(to_hex(from_view.view().bytes()) == to_hex(copy.view().bytes()));
  list.remove(property_id::topic_alias);
  list.remove(property_id::user_property);
  CHECK(list.empty());
  list.remove(property_id::user_property);
  list = copy;
  list.clear();
  CHECK(list.empty());
}

TEST_CASE("each packet type has its own place for properties") {
  for (int type = 1; type <= 15; ++type) {
    const auto in = static_cast<packet_type>(type);
    if (in == packet_type::pingreq || in == packet_type::pingresp) continue;
    CHECK(places[static_cast<std::size_t>(place_of(in))] == to_string(in));
  }
}
