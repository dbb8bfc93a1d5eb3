// Connections with the times of their bytes; captures that begin late or lack bytes.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "mqtt-doctor/listen/connection_tracker.hpp"
#include "mqtt-doctor/listen/resync.hpp"
#include "support/hex.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using mqttkit::test::hex;
using namespace std::chrono_literals;

namespace {

struct courtroom {
  courtroom()
      : heard(packet_style{true}, [this](const event& what, const event_place& where) {
          lines.push_back(line_of(what, where).substr(13));
          lines.back().pop_back();
          json += json_of(what, where);
        }) {}

  instant at(std::chrono::milliseconds time) {
    return {moment() + 1h + time, std::chrono::system_clock::time_point() + time, ++packets};
  }
  courtroom& opens(bool from_start = true) {
    arrival what;
    what.number = 1;
    what.name = "10.0.0.1:50000";
    what.address = "10.0.0.1";
    what.where.port = 1883;
    what.where.broker = "10.0.0.2:1883";
    what.is_seen_from_start = from_start;
    heard.opened(what, at(0ms));
    return *this;
  }
  courtroom& client(std::string_view digits) {
    heard.sent(1, side::client, hex(digits), at(1s));
    return *this;
  }
  courtroom& broker(std::string_view digits) {
    heard.sent(1, side::broker, hex(digits), at(1s));
    return *this;
  }
  courtroom& client_misses(std::uint64_t bytes) {
    heard.missed(1, side::client, bytes, at(1s));
    return *this;
  }
  bool says(std::string_view part) const {
    for (const std::string& line : lines)
      if (line.find(part) != std::string::npos) return true;
    return false;
  }

  std::vector<std::string> lines;
  std::string json;
  std::uint64_t packets = 0;
  connection_tracker heard;
};

const std::string connect5 = "10 0D 00 04 4D 51 54 54 05 02 00 3C 00 00 00";
const std::string publish = "30 05 00 03 61 2F 62";  // to a/b, empty: 3.1.1
const std::string puback = "40 02 00 01";

}  // namespace

TEST_CASE("an event of a capture names its packet and the time it was recorded at") {
  courtroom found;
  found.opens().client("10 0C 00 04 4D 51 54 54 04 02 00 3C 00 00");
  CHECK(found.lines[0] == "#1 10.0.0.1:50000 * connected");
  CHECK(found.lines[1].rfind("#2 10.0.0.1:50000 > CONNECT: MQTT 3.1.1", 0) == 0);
  CHECK(found.json.find(R"("time":"1970-01-01T00:00:01.000000Z","event":"packet","connection":1,)"
                        R"("frame":2,"client":"10.0.0.1:50000")") != std::string::npos);
}

TEST_CASE("a client is judged by the time that the bytes came with") {
  courtroom found;
  found.opens().client("10 0C 00 04 4D 51 54 54 04 02 00 3C 00 00").broker("20 02 00 00");
  found.heard.left(1, side::client, found.at(90min));
  found.heard.over(1, "closed by the client", found.at(90min));
  CHECK(found.says("closed by the client after 5400.0 s"));
  CHECK(found.heard.conclude("still open", found.at(91min)));
  CHECK(found.says("was let in by the broker"));
}

TEST_CASE("who joins late tells packets from the first whose start is sure") {
  courtroom found;
  found.opens(false);
  CHECK(found.says("was connected before the capture began"));
  found.client("61 62 63");        // the end of a message
  CHECK(found.lines.size() == 1);  // nothing is sure yet
  found.client(publish).broker(puback).client("C0 00").broker("D0 00");
  REQUIRE(found.lines.size() == 5);
  CHECK(found.says("PUBLISH: topic a/b"));
  CHECK(found.says("< PUBACK"));
  CHECK(found.says("> PINGREQ"));
  CHECK(found.heard.conversation_of(1)->summary().broken_rule.empty());
}

TEST_CASE("packets in the middle of a segment are found when several follow one another") {
  courtroom found;
  found.opens(false).client("01 02 03 FF " + publish + publish + publish);
  CHECK(found.lines.size() == 4);
  courtroom few;
  few.opens(false).client("01 02 03 FF " + publish + "31");
  CHECK(few.lines.size() == 1);
}

TEST_CASE("joined late, MQTT 5 is told from 3.1.1 by what fits only one of them") {
  courtroom found;
  // The PUBACK has a reason code and properties, which MQTT 3.1.1 does not have.
  found.opens(false).broker("40 04 00 01 10 00").client("30 07 00 03 61 2F 62 00 78");
  CHECK(found.says("PUBLISH: topic a/b, QoS 0, 1 bytes"));
  CHECK(found.says("No matching subscribers"));
}

TEST_CASE("TLS and WebSocket that stood already are known by their frames") {
  courtroom tls;
  tls.opens(false).client("17 03 03 00 20 01 02 03");
  CHECK(tls.says("TLS: encrypted already"));
  courtroom web;
  web.opens(false).client("82 82 01 02 03 04 C1 02").broker("82 02 D0 00");
  CHECK(web.says("> PINGREQ"));
  CHECK(web.says("< PINGRESP"));
}

TEST_CASE("bytes missing inside a message leave the packets after it readable") {
  courtroom found;
  found.opens().client(connect5).broker("20 03 00 00 00");
  // A PUBLISH of 100 bytes to a/b: 20 are captured, 50 are missing.
  found.client("30 64 00 03 61 2F 62 00 31 32 33 34 35 36 37 38 39 30 31 32").client_misses(50);
  CHECK(found.says("50 bytes are not in the capture"));
  CHECK(found.says("PUBLISH: topic a/b, QoS 0, 94 bytes"));
  std::string rest;
  for (int i = 0; i < 102 - 20 - 50; ++i) rest += "7A";
  found.client(rest + "C0 00");
  CHECK(found.says("> PINGREQ"));
  CHECK_FALSE(found.says("not MQTT"));
}

TEST_CASE("bytes missing between messages: found again at the next packet, and nobody is blamed") {
  courtroom found;
  found.opens().client(connect5).broker("20 03 00 00 00").client_misses(37);
  found.client("61 61 61").client("30 06 00 03 61 2F 62 00").client("C0 00");
  CHECK(found.says("PUBLISH: topic a/b"));
  CHECK(found.says("> PINGREQ"));
  found.heard.over(1, "closed by the client", found.at(2s));
  found.heard.conclude("still open", found.at(3s));
  CHECK_FALSE(found.says("!!"));
  CHECK_FALSE(found.says("not MQTT"));
}

TEST_CASE("a topic without a subscriber is no finding where subscribers may have been missed") {
  for (const bool is_whole : {true, false}) {
    courtroom found;
    found.opens().client("10 0C 00 04 4D 51 54 54 04 02 00 3C 00 00").broker("20 02 00 00");
    arrival other;
    other.number = 2;
    other.name = "10.0.0.3:1";
    other.where.broker = "10.0.0.2:1883";
    other.is_seen_from_start = is_whole;
    found.heard.opened(other, found.at(1s));
    found.client("82 08 00 01 00 03 78 2F 79 00").broker("90 03 00 01 00");
    found.client("30 06 00 03 58 2F 79 31");  // X/y, where x/y is subscribed to
    found.heard.look(found.at(60s));
    found.heard.conclude("still open", found.at(61s));
    CHECK(found.says("X/y\"") == is_whole);
  }
}

TEST_CASE("searching a stretch of noise is bounded and finds nothing") {
  courtroom found;
  found.opens(false);
  std::string noise;
  for (int i = 0; i < 3000; ++i) noise += "30 30 ";
  for (int i = 0; i < 20; ++i) found.client(noise);
  CHECK(found.lines.size() == 1);
}

TEST_CASE("who was shut out and let in afterwards is not shut out at the end") {
  const std::string connect_s7 = "10 0E 00 04 4D 51 54 54 04 02 00 3C 00 02 73 37";
  const auto tries = [&](courtroom& found, std::uint64_t number, const std::string& answer) {
    arrival what;
    what.number = number;
    what.name = "10.0.0.1:5000" + std::to_string(number);
    what.address = "10.0.0.1";
    what.where.port = 1883;
    what.where.broker = "10.0.0.2:1883";
    found.heard.opened(what, found.at(1s));
    found.heard.sent(number, side::client, hex(connect_s7), found.at(1s));
    found.heard.sent(number, side::broker, hex(answer), found.at(1s));
    found.heard.left(number, side::client, found.at(2s));
    found.heard.over(number, "closed by the client", found.at(2s));
  };
  const auto recaps = [](const courtroom& result) {
    return result.json.find(R"("event":"recap")") != std::string::npos;
  };
  courtroom out;
  tries(out, 1, "20 02 00 05");
  out.heard.conclude("still open", out.at(3s));
  CHECK(recaps(out));
  courtroom in;
  tries(in, 1, "20 02 00 05");
  tries(in, 2, "20 02 00 00");
  in.heard.conclude("still open", in.at(3s));
  CHECK_FALSE(recaps(in));
  courtroom out_again;
  tries(out_again, 1, "20 02 00 00");
  tries(out_again, 2, "20 02 00 05");
  out_again.heard.conclude("still open", out_again.at(3s));
  CHECK(recaps(out_again));
}

TEST_CASE("who was heard from the middle on, or on one side only, is not judged") {
  courtroom late;
  late.opens(false).client("C0 00").broker("D0 00");
  late.heard.conclude("still open", late.at(3s));
  CHECK(late.says("was connected before the capture began: who it is"));
  CHECK_FALSE(late.says("never ended"));
  CHECK(late.json.find(R"("id":"seen-in-part")") != std::string::npos);
  courtroom half;
  half.opens().client("10 0C 00 04 4D 51 54 54 04 02 00 3C 00 00");
  half.heard.conversation_of(1)->summary().is_one_way = true;
  half.heard.conclude("still open", half.at(30s));
  CHECK(half.says("one side only was captured"));
  CHECK_FALSE(half.says("did not answer"));
}
