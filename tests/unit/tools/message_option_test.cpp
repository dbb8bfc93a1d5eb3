// The options of mqtt-pub's messages beyond mosquitto_pub's: how they combine.
#include <doctest/doctest.h>

#include "common/number.hpp"
#include "unit/tools/command_line.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using namespace mqttkit::tools::test;
using namespace std::chrono_literals;

TEST_CASE("--key-sep needs no -t, and a -t becomes the level above") {
  const pub bare({"-l", "--key-sep", ":"});
  REQUIRE(bare.runs());
  CHECK(bare.settings.key_separator == ":");
  CHECK(bare.settings.topic == "");
  CHECK(bare.settings.topic_prefix == "");
  const pub below({"-l", "-t", "room", "--key-sep", "\\t", "--topic-prefix", "home/"});
  REQUIRE(below.runs());
  CHECK(below.settings.key_separator == "\t");
  CHECK(below.settings.topic == "");
  CHECK(below.settings.topic_prefix == "home/room/");
  CHECK(pub({"-l", "-t", "room/", "--key-sep", ":"}).settings.topic_prefix == "room/");
  CHECK(pub({"-t", "a", "-m", "x", "--key-sep", ":"}).error() ==
        "--key-sep needs -l: it parts lines into topic and payload");
  CHECK(pub({"-l"}).error() == "no topic to publish to: give -t TOPIC, or put it into the URL");
}

TEST_CASE("--topic-prefix stands in front of -t, and is checked like a topic") {
  CHECK(pub({"-t", "b", "-m", "x", "--topic-prefix", "a/"}).settings.topic == "a/b");
  CHECK(
      pub({"-t", "b", "-m", "x", "--topic-prefix", "a/#"}).error() ==
      "--topic-prefix 'a/#': # is a wildcard for subscribers and cannot be published to (byte 3)");
  const std::string half(40'000, 'x');
  CHECK(pub({"-t", half, "-m", "x", "--topic-prefix", half}).error() ==
        "--topic-prefix and -t together: longer than 65535 bytes");
}

TEST_CASE("a recording brings its topics and MQTT 5; -t, -q and -V override") {
  const pub bare({"--from-json", "day.json"});
  REQUIRE(bare.runs());
  CHECK(bare.settings.source == message_source::recording);
  CHECK(bare.settings.recording == "day.json");
  CHECK(bare.settings.topic == "");
  CHECK_FALSE(bare.settings.has_qos);
  CHECK(bare.settings.client.session.version == protocol_version::v5);
  CHECK(bare.settings.replay_speed == 0);
  const pub overridden(
      {"--from-json", "-", "-t", "b", "--topic-prefix", "a/", "-q", "0", "-V", "3.1.1"});
  REQUIRE(overridden.runs());
  CHECK(overridden.settings.topic == "a/b");
  CHECK(overridden.settings.has_qos);
  CHECK(overridden.settings.client.session.version == protocol_version::v3_1_1);
}

TEST_CASE("--replay is the recorded speed, --speed another one, max none") {
  const words recording{"--from-json", "-"};
  const auto speed_of = [&](words more) {
    more.insert(more.begin(), recording.begin(), recording.end());
    const pub line(more);
    CHECK_MESSAGE(line.runs(), line.result.err);
    return line.settings.replay_speed;
  };
  CHECK(speed_of({"--replay"}) == 1);
  CHECK(speed_of({"--speed", "10x"}) == 10);
  CHECK(speed_of({"--replay", "--speed", "0.5x"}) == 0.5);
  CHECK(speed_of({"--replay", "--speed", "3"}) == 3);
  CHECK(speed_of({"--replay", "--speed", "max"}) == 0);
  CHECK(pub({"--from-json", "-", "--speed", "0x"}).error() ==
        "--speed 0x: the speed is a factor such as 10x or 0.5x, or max");
  CHECK(pub({"-l", "-t", "a", "--replay"}).error() == "--replay needs --from-json FILE");
  CHECK(pub({"--from-json", "-", "--replay", "--rate", "5"}).error() ==
        "--rate and --replay exclude each other: both say when");
}

TEST_CASE("--every has no end without --repeat") {
  const pub forever({"-t", "a", "-m", "x", "--every", "500ms"});
  REQUIRE(forever.runs());
  CHECK(forever.settings.every == 500ms);
  CHECK(forever.settings.repeat == 0);
  CHECK(pub({"-t", "a", "-m", "x", "--every", "2", "--repeat", "3"}).settings.repeat == 3);
  CHECK(pub({"-t", "a", "-m", "x", "--every", "soon"}).error() ==
        "--every soon: a duration is a number and ms, s, m or h, and more than 0");
  CHECK_FALSE(pub({"-t", "a", "-m", "x", "--every", "0s"}).runs());
  CHECK(pub({"-t", "a", "-l", "--every", "1s"}).error() ==
        "--every repeats one message; for lines and recordings there is --rate N");
  CHECK_FALSE(pub({"-t", "a", "-m", "x", "--every", "1s", "--rate", "2"}).runs());
  CHECK_FALSE(pub({"-t", "a", "-m", "x", "--every", "1s", "--repeat-delay", "2"}).runs());
}

TEST_CASE("durations have units") {
  const auto in_microseconds = [](std::string_view text) {
    std::chrono::microseconds out{-1};
    return read_duration(text, out) ? out.count() : -1;
  };
  CHECK(in_microseconds("500ms") == 500'000);
  CHECK(in_microseconds("1.5s") == 1'500'000);
  CHECK(in_microseconds("2") == 2'000'000);
  CHECK(in_microseconds("5m") == 300'000'000);
  CHECK(in_microseconds("1h") == 3'600'000'000);
  for (const std::string_view bad : {"", "s", "-1s", "1d", "1 s", "nan", "inf", "1e300h", "1s2"})
    CHECK_MESSAGE(in_microseconds(bad) == -1, bad);
}

TEST_CASE("--rate is a number of messages, also below one a second") {
  CHECK(pub({"-t", "a", "-l", "--rate", "0.5"}).settings.rate == 0.5);
  CHECK_FALSE(pub({"-t", "a", "-l", "--rate", "0"}).runs());
  CHECK_FALSE(pub({"-t", "a", "-l", "--rate", "10/s"}).runs());
}

TEST_CASE("--on-refused means MQTT 5, where a broker can refuse, and a QoS at which it answers") {
  const pub bare({"-t", "a", "-l", "-q", "1", "--on-refused", "stop"});
  REQUIRE(bare.runs());
  CHECK(bare.settings.client.session.version == protocol_version::v5);
  CHECK(bare.result.err == "");
  const pub old({"-t", "a", "-l", "-q", "1", "--on-refused", "stop", "-V", "3.1.1"});
  REQUIRE(old.runs());
  CHECK(old.settings.client.session.version == protocol_version::v3_1_1);
  CHECK(old.result.err ==
        "mqtt-pub: note: --on-refused: before MQTT 5 a broker cannot say that it refuses a "
        "message\n");
  CHECK(pub({"-t", "a", "-l", "--on-refused", "continue"}).result.err ==
        "mqtt-pub: note: --on-refused: at QoS 0 a broker says nothing of a message; use -q 1 or -q "
        "2\n");
  CHECK(pub({"--from-json", "-", "--on-refused", "stop"}).result.err == "");
  CHECK(pub({"-t", "a", "-l", "--outbox", "box", "--on-refused", "stop"}).result.err == "");
}

TEST_CASE("--template is a message of its own, or the shape of a line") {
  CHECK(pub({"-t", "a", "--template", "{{n}}"}).settings.source == message_source::made);
  CHECK(pub({"-t", "a", "-l", "--template", "{{line}}"}).settings.source == message_source::lines);
  CHECK(pub({"-t", "a", "--template", "{{line}}"}).error() ==
        "--template: byte 1: {{line}}: there are lines only with -l");
  CHECK(pub({"-t", "a", "--template", "ab{{nn}}"})
            .error()
            .starts_with("--template: byte 3: {{nn}}: no such place; there are {{n}}, "));
  CHECK_FALSE(pub({"-t", "a", "-m", "x", "--template", "{{n}}"}).runs());
}

TEST_CASE("--in says how payloads are written, where there are any") {
  CHECK(pub({"-t", "a", "-l", "--in", "hex"}).settings.form == payload_form::hex);
  CHECK(pub({"-t", "a", "-m", "00", "--in", "base64"}).settings.form == payload_form::base64);
  CHECK(pub({"-t", "a", "-l", "--in", "HEX"}).error() ==
        "--in HEX: it is text, hex, base64 or json");
  CHECK_FALSE(pub({"-t", "a", "-n", "--in", "hex"}).runs());
  CHECK_FALSE(pub({"--from-json", "-", "--in", "json"}).runs());
}

TEST_CASE("NUL bytes end lines with -0, and only lines") {
  CHECK(pub({"-t", "a", "-l0"}).settings.ends_with_null);
  CHECK(pub({"-t", "a", "-m", "x", "--null"}).error() ==
        "--null needs -l: it says what ends a line");
}

TEST_CASE("an outbox raises QoS 0 to 1, and refuses what cannot be kept") {
  const pub kept({"-t", "a", "-m", "x", "--outbox", "box"});
  REQUIRE(kept.runs());
  CHECK(kept.settings.outbox == "box");
  CHECK(kept.settings.qos == qos_t::at_least_once);
  CHECK(pub({"-t", "a", "-m", "x", "-q", "2", "--outbox", "box"}).settings.qos ==
        qos_t::exactly_once);
  CHECK(pub({"-t", "a", "-m", "x", "-q", "0", "--outbox", "box"}).error() ==
        "--outbox needs -q 1 or -q 2: at QoS 0 no broker says that it has a message");
  CHECK(pub({"-t", "a", "-m", "x", "--request", "--outbox", "box"}).error() ==
        "--request waits for a reply: --outbox does not go with it");
}

TEST_CASE("an outbox alone is something to deliver, a topic without a message is a slip") {
  CHECK(pub({"--outbox", "box"}).runs());
  CHECK(pub({"--outbox", "box", "-L", "mqtt://localhost/a"}).runs());
  CHECK(pub({"--outbox", "box", "-t", "a"}).error().find("no message: give -m TEXT") == 0);
}

TEST_CASE("--outbox-limit counts messages or bytes") {
  const auto limited = [](const std::string& limit) {
    return pub({"--outbox", "box", "--outbox-limit", limit});
  };
  CHECK(limited("500").settings.outbox_messages == 500);
  CHECK(limited("500").settings.outbox_bytes == 0);
  CHECK(limited("10M").settings.outbox_bytes == 10u << 20);
  CHECK(limited("2k").settings.outbox_bytes == 2048);
  CHECK(limited("2k").settings.outbox_messages == 0);
  for (const std::string wrong : {"0", "-1", "0k", "ten", "10 apples", "M"})
    CHECK(limited(wrong).error().find("it is a number of messages, 10000, or a size, 10M") !=
          std::string::npos);
  CHECK(pub({"-t", "a", "-m", "x", "--outbox-limit", "5"}).error() ==
        "--outbox-limit needs --outbox DIR");
}
