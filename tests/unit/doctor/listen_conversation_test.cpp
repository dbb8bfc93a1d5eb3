// The events that `listen` makes of both sides' bytes.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "mqtt-doctor/listen/client_hello.hpp"
#include "mqtt-doctor/listen/conversation.hpp"
#include "mqttkit/codec/encode.hpp"
#include "support/hex.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using mqttkit::test::hex;
using namespace std::string_literals;

namespace {

/// A conversation whose events are kept as lines without time and address.
struct heard {
  explicit heard(bool shows_payload = false)
      : dialogue(packet_style{shows_payload}, [this](const event& what) {
          lines.push_back(line_of(what, event_place()).substr(13));
          lines.back().pop_back();
          json += json_of(what, event_place());
        }) {}

  heard& client(std::string_view text) {
    dialogue.client_sent(as_bytes(text));
    return *this;
  }
  heard& broker(std::string_view text) {
    dialogue.broker_sent(as_bytes(text));
    return *this;
  }
  heard& client_hex(std::string_view digits) {
    dialogue.client_sent(hex(digits));
    return *this;
  }
  heard& broker_hex(std::string_view digits) {
    dialogue.broker_sent(hex(digits));
    return *this;
  }
  bool says(std::string_view part) const {
    for (const std::string& line : lines)
      if (line.find(part) != std::string::npos) return true;
    return false;
  }

  std::vector<std::string> lines;
  std::string json;
  conversation dialogue;
};

std::string connect_bytes() {
  connect_packet packet;
  packet.version = protocol_version::v3_1_1;
  packet.client_id = "phone";
  packet.user_name = "alice";
  packet.password = as_bytes("top-secret");
  will_view will;
  will.topic = "gone";
  will.qos = qos_t::at_least_once;
  packet.will = will;
  byte_buffer out;
  REQUIRE_FALSE(encode(out, packet));
  return std::string(as_text(out.view()));
}

const std::string upgrade =
    "GET /mqtt HTTP/1.1\r\nHost: broker\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";

std::string masked(std::string payload) {
  byte_buffer out;
  out.append(as_bytes(payload));
  frame_as_binary(out, {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}});
  return std::string(as_text(out.view()));
}

}  // namespace

TEST_CASE("a CONNECT is told with everything but its password") {
  heard found;
  found.client(connect_bytes());
  REQUIRE(found.lines.size() == 1);
  CHECK(found.lines[0] ==
        "CONNECT: MQTT 3.1.1, client identifier phone, user alice, password given (10 bytes), keep "
        "alive 60 s, clean start, will to gone, will QoS 1, will of 0 bytes");
  CHECK(found.json.find("secret") == std::string::npos);
  CHECK(found.json.find(R"("password_bytes":10)") != std::string::npos);
  CHECK(found.dialogue.is_told());
}

TEST_CASE("what clouds want in user names, paths and properties is a secret as well") {
  connect_packet packet;
  packet.client_id = "thing";
  packet.user_name = "alice?token=abc123&x-amz-customauthorizer-signature=def456";
  properties own;
  REQUIRE_FALSE(own.add_user_property("api-key", "ghi789"));
  REQUIRE_FALSE(own.add_user_property("site", "cellar"));
  REQUIRE_FALSE(own.add_user_property("auth", "Bearer mno345pqr678"));
  packet.properties = own;
  byte_buffer out;
  REQUIRE_FALSE(encode(out, packet));
  heard found;
  found.client(as_text(out.view()));
  CHECK(found.says("user alice?token=***&x-amz-customauthorizer-signature=***"));
  CHECK(found.says("user-property=api-key:*** user-property=site:cellar"));
  heard web;
  web.client("GET /mqtt?X-Amz-Signature=jkl012 HTTP/1.1\r\nHost: b\r\n\r\n");
  CHECK(web.says("GET /mqtt?X-Amz-Signature=***"));
  for (const char* const secret : {"abc123", "def456", "ghi789", "jkl012", "mno345"})
    CHECK((found.json + web.json).find(secret) == std::string::npos);
}

TEST_CASE("both directions are decoded, byte by byte as well as at once") {
  const std::string client = connect_bytes() + "\x82\x08\x00\x01\x00\x03"s + "a/#\x02" +
                             "\x32\x0A\x00\x03"s + "a/b\x00\x07"s + "on!" + "\xE0\x00"s;
  const std::string broker = "\x20\x02\x00\x00\x90\x03\x00\x01\x80\x40\x02\x00\x07"s;
  heard whole;
  whole.client(client).broker(broker);
  heard split;
  for (const char c : client) split.client(std::string_view(&c, 1));
  for (const char c : broker) split.broker(std::string_view(&c, 1));
  CHECK(whole.lines == split.lines);
  REQUIRE(whole.lines.size() == 7);
  CHECK(whole.lines[1] == "SUBSCRIBE: packet 1, filter a/# at QoS 2");
  CHECK(whole.lines[2] == "PUBLISH: topic a/b, QoS 1, packet 7, 3 bytes");
  CHECK(whole.lines[4] == "CONNACK: accepted");
  CHECK(whole.dialogue.summary().subscriptions_refused == 1);
  CHECK(whole.dialogue.summary().published == 1);
  CHECK(whole.dialogue.summary().said_goodbye);
}

TEST_CASE("a payload is shown when asked for, and harmless then") {
  heard found(true);
  found.client(connect_bytes()).client("\x30\x08\x00\x03"s + "a/b" + "\x1B[m");
  CHECK(found.says("payload \\x1B[m"));
}

TEST_CASE("a payload of a megabyte passes by without being kept") {
  heard found;
  found.client(connect_bytes()).client("\x30\x85\x80\x40\x00\x03"s + "a/b");
  const std::string block(65'536, 'x');
  for (int i = 0; i < 16; ++i) found.client(block);
  found.client("\xC0\x00"s);
  CHECK(found.says("PUBLISH: topic a/b, QoS 0, 1048576 bytes"));
  CHECK(found.lines.back() == "PINGREQ");
}

TEST_CASE("what is no MQTT any more is said once, and then nothing") {
  heard found;
  found.client(connect_bytes()).client("\x00\x00\x00"s).client("\xC0\x00"s);
  CHECK(found.lines.size() == 2);
  CHECK(found.lines.back() == "not MQTT from here on: a packet of type 0, which does not exist");
  CHECK(found.dialogue.summary().broken_rule == "a packet of type 0, which does not exist");
}

TEST_CASE("a refusal is told in the words of the standard, whatever the version") {
  heard found;
  found.client(connect_bytes()).broker_hex("20 02 00 05");
  CHECK(found.lines.back() == "CONNACK: refused: Not authorized (5)");
}

TEST_CASE("a bridge of mosquitto is known by its protocol level") {
  std::string connect = connect_bytes();
  connect[8] = '\x84';
  heard found;
  found.client(connect);
  CHECK(found.says("a bridge"));
  CHECK(found.says("client identifier phone"));
}

TEST_CASE("a level nobody knows is not taken for garbage") {
  std::string connect = connect_bytes();
  connect[8] = '\x09';
  heard found;
  found.client(connect);
  CHECK(found.dialogue.summary().unknown_level == 9);
  CHECK(found.says("not MQTT from here on: CONNECT: unknown protocol level"));
  connect[8] = '\0';  // which the app forgot to set
  heard unset;
  unset.client(connect);
  CHECK(unset.dialogue.summary().unknown_level == 0);
  connect[7] = 'X';  // no name of MQTT: what is behind it is no level
  heard other;
  other.client(connect);
  CHECK(other.dialogue.summary().unknown_level == -1);
  connect[7] = 'T';
  connect[8] = '\3';  // a level that exists, of the name MQIsdp
  heard mixed;
  mixed.client(connect);
  CHECK(mixed.dialogue.summary().unknown_level == -1);
}

TEST_CASE("a WebSocket upgrade is answered, and the CONNECT inside is seen") {
  heard found;
  found.client(upgrade);
  const std::string answer = found.dialogue.take_answer();
  CHECK(answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
  CHECK(answer.find("Sec-WebSocket-Protocol: mqtt\r\n") != std::string::npos);
  CHECK(found.dialogue.take_answer().empty());
  CHECK_FALSE(found.dialogue.is_told());
  found.client(masked(connect_bytes()));
  CHECK(found.says("CONNECT: MQTT 3.1.1"));
  found.broker("HTTP/1.1 101 Switching Protocols\r\n\r\n\x82\x04\x20\x02\x00\x00"s);
  CHECK(found.says("CONNACK: accepted"));
}

TEST_CASE("a Ping frame of the broker is owed a Pong until the client may have sent one") {
  const std::string begin = "HTTP/1.1 101 Switching Protocols\r\n\r\n\x82\x04\x20\x02\x00\x00"s;
  const std::string ping = "\x89\x00"s;
  const auto heard_of = [&](heard& found) {
    found.client(upgrade);
    found.dialogue.take_answer();
    found.client(masked(connect_bytes())).broker(begin);
  };
  heard deaf;
  heard_of(deaf);
  CHECK_FALSE(deaf.dialogue.summary().owes_pong);
  deaf.broker(ping);
  CHECK(deaf.dialogue.summary().owes_pong);
  deaf.client(masked("\xC0\x00"s));  // MQTT's own ping is another one
  CHECK(deaf.dialogue.summary().owes_pong);
  heard sound;
  heard_of(sound);
  sound.broker(ping).client("\x8A\x80\x01\x02\x03\x04"s);
  CHECK_FALSE(sound.dialogue.summary().owes_pong);
  sound.broker(ping);
  CHECK(sound.dialogue.summary().owes_pong);
}

TEST_CASE("an upgrade that names no subprotocol of MQTT gets none") {
  heard found;
  std::string other = upgrade;
  other.replace(other.find("Protocol: mqtt"), 14, "Protocol: chat");
  found.client(other);
  CHECK(found.dialogue.take_answer().find("Sec-WebSocket-Protocol") == std::string::npos);
  CHECK_FALSE(found.dialogue.summary().offers_mqtt);
}

TEST_CASE("a browser is told by path, host and name") {
  heard found;
  found.client("GET /\x1B[31m HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/7\r\n\r\n"s);
  CHECK(found.lines.back() == "HTTP: GET /\\x1B[31m, for a, by curl/7");
  CHECK(found.dialogue.summary().speaks == spoken::http);
}

TEST_CASE("a PROXY header of either version stands in front of what it stands for") {
  heard first;
  first.client("PROXY TCP4 203.0.113.9 192.0.2.1 555 1883\r\n" + connect_bytes());
  CHECK(first.lines[0] == "PROXY: version 1, it stands for 203.0.113.9:555");
  CHECK(first.says("CONNECT"));
  heard second;
  second.client(
      "\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0C\xCB\x00\x71\x09\xC0\x00\x02\x01\x02\x2B\x07\x5B"s +
      connect_bytes());
  CHECK(second.lines[0] == "PROXY: version 2, it stands for 203.0.113.9:555");
  CHECK(second.says("CONNECT"));
}

TEST_CASE("a CONNECT that never ends is told with what came") {
  heard found;
  found.client(connect_bytes().substr(0, 20));
  found.dialogue.client_ended();
  CHECK(found.lines.back() == "ends inside a packet: 20 of 46 bytes came");
  CHECK(found.dialogue.summary().is_cut_off);
}

TEST_CASE("a ClientHello tells name, versions, ALPN and ciphers") {
  // SNI broker.example, ALPN mqtt, versions GREASE 1.3 1.2, two ciphers
  const std::string extensions =
      "0000 0013 0011 00 000e 62726f6b65722e6578616d706c65"
      "0010 0007 0005 04 6d717474 002b 0007 06 1a1a 0304 0303";
  std::string random;
  for (int i = 0; i < 32; ++i) random += "aa";
  std::string spaced;
  for (const char c : extensions) spaced += c;
  const auto body = hex("0303" + random + "00 0004 1301 1302 0100 002d" + spaced);
  const auto size = body.size();
  std::string message = "\x01\x00"s + static_cast<char>(size >> 8) + static_cast<char>(size & 0xFF);
  message += as_text(body);
  const auto record = [](const std::string& part) {
    return "\x16\x03\x01"s + static_cast<char>(part.size() >> 8) +
           static_cast<char>(part.size() & 0xFF) + part;
  };
  for (const std::string& bytes :
       {record(message), record(message.substr(0, 30)) + record(message.substr(30))}) {
    heard found;
    for (const char c : bytes) found.client(std::string_view(&c, 1));
    REQUIRE(found.lines.size() == 1);
    CHECK(found.lines[0] ==
          "TLS: asks for broker.example, offers TLS 1.3 1.2, ALPN mqtt, 2 ciphers");
    client_hello hello;
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
      CHECK(read_client_hello(as_bytes(bytes).first(cut), hello) == hello_state::more);
  }
}

TEST_CASE("alerts in the clear are told from both sides") {
  client_hello hello;
  heard found;
  const std::string small = "01 000029 0303 " + [] {
    std::string random;
    for (int i = 0; i < 32; ++i) random += "00";
    return random;
  }() + " 00 0002 002f 01 00";
  const auto message = hex(small);
  const std::string record =
      "\x16\x03\x01\x00"s + static_cast<char>(message.size()) + std::string(as_text(message));
  found.client(record);
  CHECK(found.says("asks for no name (no SNI), offers TLS 1.2, 1 ciphers"));
  found.broker_hex("16 03 03 00 04 02 00 00 00").client_hex("15 03 03 00 02 02 30");
  CHECK(found.lines.back() == "TLS: alert unknown_ca (48)");
  CHECK(found.dialogue.summary().client_alert == 48);
  CHECK(found.dialogue.summary().tls_answered);
}

TEST_CASE("a small CONNECT that arrives in part was sent in part by the client") {
  heard found;
  found.client("\x10\x12"s);
  found.dialogue.client_ended();
  CHECK(found.dialogue.summary().cut_held == 2);
  CHECK(found.dialogue.summary().cut_wanted == 20);
}

TEST_CASE("bytes behind the ClientHello are counted, however the packets are cut") {
  const std::string random(32, 'r');
  const std::string message =
      "\x01\x00\x00\x29\x03\x03"s + random + "\x00\x00\x02\x00\x2F\x01\x00"s;
  const auto record = [](std::string_view part) {
    return "\x16\x03\x01\x00"s + static_cast<char>(part.size()) + std::string(part);
  };
  const std::string behind = "\x16\x03\x03\x00\x51\x54"s + std::string(80, 't');
  for (const std::string& hello :
       {record(message), record(message.substr(0, 20)) + record(message.substr(20))}) {
    const std::string all = hello + behind;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, hello.size(), all.size()}) {
      heard found;
      for (std::string_view rest = all; !rest.empty();
           rest.remove_prefix(std::min(piece, rest.size())))
        found.client(rest.substr(0, piece));
      found.broker_hex("16 16 03 00");
      CHECK(found.dialogue.summary().after_hello == static_cast<std::int64_t>(behind.size()));
    }
  }
}

TEST_CASE("a ClientHello whose lengths lie is refused, not believed") {
  client_hello out;
  CHECK(read_client_hello(hex("16 03 01 FF FF 01"), out) == hello_state::malformed);
  CHECK(read_client_hello(hex("16 03 01 00 04 01 FF FF FF"), out) == hello_state::malformed);
  CHECK(read_client_hello(hex("16 03 01 00 04 02 00 00 00"), out) == hello_state::malformed);
  CHECK(read_client_hello(hex("16 03 01 00 06 01 00 00 02 03 03"), out) == hello_state::malformed);
}

TEST_CASE("what a client breaks is said in words it can be mended by") {
  heard twice;
  twice.client(connect_bytes()).client(connect_bytes());
  CHECK(twice.dialogue.summary().broken_rule == "a second CONNECT on one connection");
  heard wild;
  wild.client(connect_bytes()).client("\x30\x06\x00\x03"s + "a/+x");
  CHECK(wild.dialogue.summary().broken_rule == "a message to a topic with + or # in it");
  heard filter;
  filter.client(connect_bytes()).client("\x82\x0A\x00\x01\x00\x05"s + "a/#/b\x00"s);
  CHECK(filter.dialogue.summary().broken_rule.starts_with("a filter in which #"));
}

TEST_CASE("a message before the CONNECT is MQTT, and against its rules") {
  heard early;
  early.client("\x30\x06\x00\x03"s + "a/bx");
  CHECK(early.dialogue.summary().speaks == spoken::mqtt);
  CHECK(early.dialogue.summary().broken_rule == "the first packet is not CONNECT");
  heard other;
  other.client("0123456789"s);  // begins with the byte of a PUBLISH
  CHECK(other.dialogue.summary().speaks == spoken::other);
}

TEST_CASE("a CONNECT that no broker takes is told by the rule that it breaks") {
  const std::pair<const char*, const char*> sent[] = {
      {"10 0D 00 04 4D515454 03 02 003C 00 01 61", "is the name of levels 4 and 5"},
      {"10 0F 00 06 4D5149736470 04 02 003C 00 01 61", "is the name of levels 4 and 5"},
      {"10 0D 00 04 6D717474 04 02 003C 00 01 61", "a protocol name other than"},
      {"10 0D 00 04 4D515454 04 03 003C 00 01 61", "the reserved bit"},
      {"10 0D 00 04 4D515454 04 1E 003C 00 01 61", "a will of QoS 3"},
      {"10 0D 00 04 4D515454 04 0A 003C 00 01 61", "without a will"},
      {"10 10 00 04 4D515454 04 42 003C 00 01 61 00 01 70", "a password without a user name"},
      {"10 0D 00 04 4D515454 04 82 003C 00 01 61", "lacks what its flags announce"},
      {"10 0E 00 04 4D515454 04 02 003C 00 01 61 62", "more in it than its flags announce"},
      {"10 0D 00 04 4D515454 04 02 003C 00 01 FF", "a client identifier of raw bytes"},
      {"10 0E 00 04 4D515454 04 02 003C 00 02 61 00", "a client identifier with a zero"},
      {"10 11 00 04 4D515454 04 06 003C 00 01 61 00 00 00 00", "a last will without a topic"},
      {"10 12 00 04 4D515454 04 06 003C 00 01 61 00 01 FF 00 00", "a will's topic with bytes"},
      {"10 10 00 04 4D515454 04 82 003C 00 01 61 00 01 FC", "a user name with bytes"},
  };
  for (const auto& [bytes, rule] : sent) {
    CAPTURE(bytes);
    heard found;
    found.client_hex(bytes);
    CAPTURE(found.dialogue.summary().broken_rule);
    CHECK(found.dialogue.summary().broken_rule.find(rule) != std::string::npos);
  }
}

TEST_CASE("a packet that no broker takes is told by the rule that it breaks") {
  const std::pair<const char*, const char*> sent[] = {
      {"82 06 00 00 00 01 61 00", "a packet identifier of 0"},
      {"82 02 00 01", "without a filter"},
      {"82 05 00 01 00 00 00", "an empty filter"},
      {"82 06 00 01 00 01 61 03", "a subscription at QoS 3"},
      {"82 06 00 01 00 01 61 04", "reserved bits"},
      {"80 06 00 01 00 01 61 00", "0x82, 0xA2 and 0x62"},
      {"60 02 00 01", "0x82, 0xA2 and 0x62"},
      {"82 0D 00 01 00 08 24736861 72652F67 00", "$share/GROUP/FILTER"},
      {"82 07 00 01 00 02 61 00 00", "a filter with a zero"},
      {"30 04 00 02 61 00", "a topic with a zero"},
      {"30 04 00 02 00 61", "a topic with bytes"},
      {"36 05 00 01 61 00 01", "a message of QoS 3"},
      {"32 05 00 01 61 00 00", "a packet identifier of 0"},
      {"30 03 00 00 78", "a message without a topic"},
      {"30 04 00 05 61 62", "ends before what it announces"},
      {"40 02 00 00", "a packet identifier of 0"},
      {"F0 00", "MQTT 5 alone has"},
      {"30 FF FF FF FF 01", "more than four bytes"},
  };
  for (const auto& [bytes, rule] : sent) {
    CAPTURE(bytes);
    heard found;
    found.client(connect_bytes()).client_hex(bytes);
    CAPTURE(found.dialogue.summary().broken_rule);
    CHECK(found.dialogue.summary().broken_rule.find(rule) != std::string::npos);
  }
}
