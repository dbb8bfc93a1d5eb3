#include "mqttkit/sn/codec.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "mqttkit/base/error.hpp"
#include "mqttkit/sn/error.hpp"
#include "support/hex.hpp"
#include "unit/sn/vectors.hpp"

namespace mqttkit::sn {
namespace {

using mqttkit::test::hex;
using mqttkit::test::to_hex;

template <class Message>
Message read(std::string_view text) {
  static std::vector<std::byte> bytes;  // the view's storage
  bytes = hex(text);
  message any;
  REQUIRE_FALSE(decode(bytes, any));
  REQUIRE(std::holds_alternative<Message>(any));
  return std::get<Message>(any);
}

std::string written(const message& any) {
  byte_buffer out;
  const std::error_code error = encode(out, any);
  if (!error) return to_hex(out.view());
  CHECK(out.empty());
  return error.message();
}

std::error_code error_of(std::string_view text) {
  const auto bytes = hex(text);
  message any;
  return decode(bytes, any);
}

std::error_code error_of(const message& any) {
  byte_buffer out;
  return encode(out, any);
}

}  // namespace

TEST_CASE("every message is written as it was read (§5.4, §5.5)") {
  for (const test::vector& each : test::vectors) {
    CAPTURE(each.name);
    const auto bytes = hex(each.bytes);
    message any;
    REQUIRE_FALSE(decode(bytes, any));
    CHECK(type_of(any) == static_cast<message_type>(bytes[1]));
    CHECK_FALSE(to_string(type_of(any)).empty());
    CHECK(written(any) == each.bytes);
  }
}

TEST_CASE("a message cut at any byte is refused (§5.2.1)") {
  for (const test::vector& each : test::vectors) {
    CAPTURE(each.name);
    const auto bytes = hex(each.bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<long>(size));
      message any;
      const std::error_code error = decode(cut, any);
      // What is encapsulated is not looked into: only where nothing is left of it, it is refused.
      const bool is_inner = each.name == "encapsulated" && size > 5;
      CHECK(static_cast<bool>(error) == !is_inner);
    }
  }
}

TEST_CASE("a message with any bit flipped is refused, or written to what reads the same") {
  for (const test::vector& each : test::vectors) {
    CAPTURE(each.name);
    const auto good = hex(each.bytes);
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      CAPTURE(bit);
      auto bytes = good;
      bytes[bit / 8] ^= std::byte{1} << (bit % 8);
      message any;
      if (decode(bytes, any)) continue;
      if (error_of(any)) continue;  // read, and not ours to send
      const std::string first = written(any);
      const auto again = hex(first);
      message other;
      REQUIRE_FALSE(decode(again, other));
      CHECK(written(other) == first);
    }
  }
}

TEST_CASE("fields stand where the specification puts them") {
  const auto connect = read<connect_message>("09 04 08 01 01 2C 61 62 63");
  CHECK(connect.will);
  CHECK_FALSE(connect.clean_session);
  CHECK(connect.protocol == protocol_id);
  CHECK(connect.duration == 300);
  CHECK(connect.client_id == "abc");

  const auto publish = read<publish_message>("09 0C F2 61 62 01 02 68 69");
  CHECK(publish.dup);
  CHECK(publish.retain);
  CHECK(publish.qos == qos_level::without_connection);
  CHECK(publish.type == topic_id_type::short_name);
  CHECK(short_topic_name(publish.topic_id).view() == "ab");
  CHECK(short_topic_id("ab") == publish.topic_id);
  CHECK(publish.message_id == 0x0102);
  CHECK(as_text(publish.payload) == "hi");

  const auto suback = read<suback_message>("08 13 40 00 05 00 03 02");
  CHECK(suback.qos == qos_level::exactly_once);
  CHECK(suback.topic_id == 5);
  CHECK(suback.message_id == 3);
  CHECK(suback.code == return_code::invalid_topic_id);

  CHECK(read<disconnect_message>("04 18 01 2C").duration == 300);
  CHECK_FALSE(read<disconnect_message>("02 18").duration);
  CHECK(read<advertise_message>("05 00 07 03 84").duration == 900);

  const auto forwarded = read<encapsulated_message>("05 FE 03 0A 0B 02 16");
  CHECK(forwarded.radius == 3);
  CHECK(to_hex(forwarded.node) == "0A 0B");
  CHECK(to_hex(forwarded.inner) == "02 16");
}

TEST_CASE("lengths of three octets are read, and written where one does not do (§5.2.1)") {
  CHECK(std::holds_alternative<pingresp_message>([] {
    message any;
    CHECK_FALSE(decode(hex("01 00 04 17"), any));
    return any;
  }()));
  const std::string long_payload(300, 'x');
  for (const std::size_t size : {0U, 248U, 249U, 300U}) {
    CAPTURE(size);
    publish_message made;
    made.topic_id = 5;
    made.payload = as_bytes(long_payload).first(size);
    byte_buffer out;
    REQUIRE_FALSE(encode(out, made));
    CHECK(out.size() == publish_size(size));
    CHECK((out.data()[0] == std::byte{1}) == (size > 248));
    message any;
    REQUIRE_FALSE(decode(out.view(), any));
    CHECK(std::get<publish_message>(any).payload.size() == size);
  }
}

TEST_CASE("the largest message has 65,535 bytes") {
  const std::string payload(65'536, 'x');
  publish_message large;
  large.topic_id = 5;
  large.payload = as_bytes(payload).first(65'535 - 9);
  CHECK_FALSE(error_of(large));
  large.payload = as_bytes(payload).first(65'535 - 8);
  CHECK(error_of(large) == mqttkit::errc::packet_too_large);
}

TEST_CASE("what no gateway may send is refused") {
  CHECK(error_of("") == mqttkit::errc::malformed_packet);
  CHECK(error_of("00") == mqttkit::errc::malformed_packet);
  CHECK(error_of("02 03") == mqttkit::errc::malformed_packet);  // a reserved type
  CHECK(error_of("02 FF") == mqttkit::errc::malformed_packet);
  CHECK(error_of("01 00 03 17") == mqttkit::errc::malformed_packet);  // shorter than itself
  CHECK(error_of("02 17 00") == mqttkit::errc::malformed_packet);     // more than it says
  CHECK(error_of("03 17 00") == mqttkit::errc::malformed_packet);     // PINGRESP has no body
  CHECK(error_of("07 0C 03 00 05 00 00") == mqttkit::errc::malformed_packet);  // topic id type 3
  CHECK(error_of("07 0C 20 00 05 00 00") == mqttkit::errc::malformed_packet);  // QoS 1 without id
  CHECK(error_of("07 0C 02 61 2B 00 00") == mqttkit::errc::invalid_topic_name);
  CHECK(error_of("09 0A 00 00 12 34 61 2F 23") == mqttkit::errc::invalid_topic_name);
  CHECK(error_of("08 12 20 00 03 61 23 62") == mqttkit::errc::invalid_topic_filter);
  CHECK(error_of("08 12 20 00 03 61 C3 28") == mqttkit::errc::malformed_utf8);
  CHECK(error_of("06 07 60 61 2F 62") == mqttkit::errc::malformed_packet);  // a will of QoS -1
  CHECK(error_of("05 18 00 00 01") == mqttkit::errc::malformed_packet);
  CHECK(error_of("01 00 07 FE 01 02 16") == mqttkit::errc::malformed_packet);  // one octet there
}

TEST_CASE("what the specification forbids is not written") {
  connect_message connect;
  CHECK(error_of(connect) == mqttkit::errc::invalid_client_id);
  connect.client_id = "123456789012345678901234";  // 24 bytes (§5.3.1)
  CHECK(error_of(connect) == mqttkit::errc::invalid_client_id);
  connect.client_id.remove_prefix(1);
  CHECK_FALSE(error_of(connect));

  publish_message publish;
  publish.topic_id = 0xFFFF;
  CHECK(error_of(publish) == errc::invalid_topic_id);  // reserved (§5.3.11)
  publish.topic_id = 0;
  CHECK(error_of(publish) == errc::invalid_topic_id);
  publish.topic_id = 5;
  publish.qos = qos_level::exactly_once;
  CHECK(error_of(publish) == mqttkit::errc::malformed_packet);  // no message identifier

  subscribe_message subscribe;
  subscribe.filter = "a/#";
  CHECK(error_of(subscribe) == mqttkit::errc::malformed_packet);
  subscribe.message_id = 1;
  subscribe.qos = qos_level::without_connection;
  CHECK(error_of(subscribe) == mqttkit::errc::malformed_packet);

  encapsulated_message forwarded;
  const auto inner = hex("02 16");
  const std::vector<std::byte> node(253);
  forwarded.inner = inner;
  forwarded.node = node;
  CHECK(error_of(forwarded) == mqttkit::errc::malformed_packet);
  forwarded.node = forwarded.node.first(252);
  CHECK_FALSE(error_of(forwarded));
}

TEST_CASE("DUP is set in what is sent again, where the message has it") {
  const auto again = [](std::string_view text) {
    auto bytes = hex(text);
    set_dup(bytes.data(), bytes.size());
    return to_hex(bytes);
  };
  CHECK(again("07 0C 20 00 05 00 01") == "07 0C A0 00 05 00 01");
  CHECK(again("07 12 41 00 03 00 05") == "07 12 C1 00 03 00 05");
  CHECK(again("07 14 01 00 04 00 05") == "07 14 01 00 04 00 05");
  CHECK(again("09 0A 00 00 12 34 61 2F 62") == "09 0A 00 00 12 34 61 2F 62");
  CHECK(again("02 16") == "02 16");
  byte_buffer large;
  const std::string payload(300, 'x');
  publish_message made;
  made.topic_id = 5;
  made.payload = as_bytes(payload);
  REQUIRE_FALSE(encode(large, made));
  set_dup(large.data(), large.size());
  message any;
  REQUIRE_FALSE(decode(large.view(), any));
  CHECK(std::get<publish_message>(any).dup);
}

TEST_CASE("return codes have words, reserved ones too") {
  CHECK(to_string(return_code::congestion) == "rejected: congestion");
  CHECK(to_string(static_cast<return_code>(9)) == "rejected");
  CHECK(to_string(static_cast<message_type>(0x03)).empty());
}

}  // namespace mqttkit::sn
