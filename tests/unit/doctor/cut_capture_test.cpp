// Bytes that tcpdump -s cut off are not reported as never sent.
#include "mqtt-doctor/listen/conclusion.hpp"
#include "mqtt-doctor/listen/conversation.hpp"
#include "mqttkit/codec/encode.hpp"
#include "support/hex.hpp"
#include "unit/doctor/traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using mqttkit::test::hex;

namespace {

/// A CONNECT of which the capture has only `kept` bytes, and an answer.
connection_summary cut_at(std::size_t kept, bool has_user, unsigned char answer = 5) {
  connect_packet packet;
  packet.version = protocol_version::v3_1_1;
  packet.client_id = "phone-of-the-whole-family";
  packet.keep_alive = 30;
  if (has_user) {
    packet.user_name = "alice";
    packet.password = as_bytes(std::string_view("top-secret"));
  }
  byte_buffer bytes;
  REQUIRE_FALSE(encode(bytes, packet));
  conversation dialogue(
      packet_style(), [](const event&) {}, [](const heard_packet&) {});
  dialogue.client_sent(bytes.view().first(kept));
  dialogue.missed(side::client, bytes.size() - kept);
  byte_buffer connack;
  const std::byte text[] = {std::byte{0x20}, std::byte{2}, std::byte{0}, std::byte{answer}};
  connack.append(text);
  dialogue.broker_sent(connack.view());
  return dialogue.summary();
}

conclusion concluded(const connection_summary& summary) {
  listening where;
  where.port = 1883;
  where.broker = "10.0.0.2:1883";
  where.is_capture = true;
  return conclusion_of(summary, "10.0.0.1", where);
}

}  // namespace

TEST_CASE("the flags of a CONNECT that was cut behind them say whether a user name is sent") {
  const connection_summary with = cut_at(14, true), without = cut_at(14, false);
  CHECK(with.is_connect_cut);
  CHECK(with.has_user);
  CHECK(with.keep_alive_s == 30);
  CHECK(with.version == "3.1.1");
  CHECK(concluded(with).id == "auth-bad-credentials");
  CHECK_FALSE(without.has_user);
  CHECK(concluded(without).id == "auth-anonymous-refused");
}

TEST_CASE("of a CONNECT that was cut before its flags nothing is said about the user name") {
  const connection_summary summary = cut_at(8, true);
  CHECK(summary.is_connect_cut);
  CHECK_FALSE(summary.is_login_known);
  const conclusion made = concluded(summary);
  CHECK(made.id == "auth-bad-credentials");
  CHECK(in_english(made.text).find("cut off") != std::string::npos);
  CHECK(in_english(made.text).find("sends no user name") == std::string::npos);
}

TEST_CASE("an identifier that was cut off is not called empty") {
  CHECK(concluded(cut_at(14, false, 2)).id == "auth-client-id-not-allowed");
}

TEST_CASE("who subscribed in bytes that were cut off is not said never to have subscribed") {
  const auto told = [](bool subscribes) {
    doctor::test::overheard all;
    constexpr std::uint64_t number = 900;
    conversation dialogue(
        packet_style(), [](const event&) {},
        [&](const heard_packet& packet) { all.monitor.heard(number, packet, all.now); });
    all.monitor.opened(number, "10.0.0.9:5000", "10.0.0.9");
    connect_packet packet;
    packet.version = protocol_version::v3_1_1;
    packet.client_id = "panel";
    byte_buffer bytes;
    REQUIRE_FALSE(encode(bytes, packet));
    dialogue.client_sent(bytes.view());
    dialogue.broker_sent(hex("20 02 00 00"));
    if (subscribes) {
      dialogue.client_sent(hex("82 10 00 01 00 0B"));
      dialogue.missed(side::client, 12);
      dialogue.broker_sent(hex("90 03 00 01 00"));
    }
    doctor::test::device hub(all);
    hub.connects("hub").publishes("home/door");
    all.passes(std::chrono::minutes(3));
    return all.told();
  };
  CHECK(told(false).find("delivery-not-subscribed") != std::string::npos);
  CHECK(told(true).empty());
}
