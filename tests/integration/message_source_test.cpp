// mqtt-pub beyond mosquitto_pub: lines with topics, encoded payloads, recordings, templates, rates.
#include <signal.h>

#include <cstdio>
#include <random>

#include "mqttkit/wire/base64.hpp"
#include "programs.hpp"

namespace mqttkit::testing {
namespace {

// What arrives on any topic at QoS 2, as "TOPIC PAYLOAD" lines or in `format`, and how mqtt-pub
// ended.
struct passed {
  finished published;
  std::string arrived;
};

passed pass(const mosquitto& broker, const words& arguments, const std::string& input,
            std::size_t count, const words& format = {"-v"}) {
  passed result;
  subscription_of subscriber(
      broker,
      at(broker) + words{"-t", "#", "-q", "2", "-V", "5", "-C", std::to_string(count)} + format);
  result.published = run_pub_with_input(at(broker) + arguments, input);
  result.arrived = subscriber.output();
  return result;
}

process_options with_pipe(const words& arguments) {
  process_options options;
  options.command = pub(arguments);
  options.input = input_from::pipe;
  return options;
}

// What a user may not write to.
mosquitto_options with_shut_topics() {
  mosquitto_options options;
  options.acl = "user " + std::string(mosquitto::user) + "\ntopic write open/#\n";
  return options;
}

words as_user(const mosquitto& broker) {
  return at(broker) + words{"-V", "5",
                            "-u", std::string(mosquitto::user),
                            "-P", std::string(mosquitto::user_password)};
}

}  // namespace

TEST_CASE("--key-sep takes topic and payload from each line") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const passed all = pass(broker, {"-l", "-q", "1", "--key-sep", ": "},
                          "a/b: one\nc: two: three\nd: \nkitchen/\xc3\xa9: x", 4);
  CHECK(all.published.code == 0);
  CHECK(all.published.err == "");
  CHECK(all.arrived == "a/b one\nc two: three\nd (null)\nkitchen/\xc3\xa9 x\n");
}

TEST_CASE("--topic-prefix and -t stand in front of the topic of a line") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words separator{"-l", "-q", "1", "--key-sep", "\\t"};
  CHECK(pass(broker, separator + words{"-t", "room"}, "a\t1\n", 1).arrived == "room/a 1\n");
  CHECK(pass(broker, separator + words{"--topic-prefix", "room-"}, "a\t1\n", 1).arrived ==
        "room-a 1\n");
}

TEST_CASE("a line whose topic cannot be published to is named and left out, the others go out") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const passed all = pass(broker, {"-l", "-q", "1", "--key-sep", ":"},
                          "good:1\nbad/+:2\n:3\nno separator\n\xff:5\ngood:6\nb\td:7\n", 2);
  CHECK(all.arrived == "good 1\ngood 6\n");
  CHECK(all.published.code == 16);
  CHECK(all.published.err ==
        "mqtt-pub: line 2: topic 'bad/+': + is a wildcard for subscribers and cannot be published "
        "to (byte 5); not published\n"
        "mqtt-pub: line 3: topic '': empty; not published\n"
        "mqtt-pub: line 4: no ':' (--key-sep) between topic and payload; not published\n"
        "mqtt-pub: line 5: topic '\\xFF': not UTF-8 (byte 1); not published\n"
        "mqtt-pub: line 7: topic 'b\\x09d': brokers close the connection over control characters "
        "(byte 2); not published\n"
        "mqtt-pub: 2 messages acknowledged, 5 not published\n");
}

TEST_CASE("-0 parts at NUL bytes and keeps newlines") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string input("one\ntwo\0three\0\0last", 19);
  CHECK(pass(broker, {"-t", "in", "-l0", "-q", "1"}, input, 4, {"-F", "[%p]"}).arrived ==
        "[one\ntwo]\n[three]\n[]\n[last]\n");
}

TEST_CASE("base64 is decoded, JSON is checked and goes out as it is") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const passed decoded = pass(broker, {"-t", "in", "-l", "-q", "1", "--in", "base64"},
                              "AP8=\nAP8\nAP8A\n", 2, {"-F", "%X"});
  CHECK(decoded.arrived == "00FF\n00FF00\n");
  CHECK(decoded.published.code == 16);
  const passed checked = pass(broker, {"-t", "in", "-l", "-q", "1", "--in", "json"},
                              "{ \"a\" : 1e0 }\n{a:1}\n[]\n", 2, {"-F", "%p"});
  CHECK(checked.arrived == "{ \"a\" : 1e0 }\n[]\n");
  CHECK(checked.published.code == 16);
  CHECK(checked.published.err.find("line 2: byte 2: a string is wanted here") != std::string::npos);
  CHECK(pass(broker, {"-t", "in", "-m", "AP8=", "--in", "base64"}, "", 1, {"-F", "%X"}).arrived ==
        "00FF\n");
}

TEST_CASE("a refused line is named with its number and reason, and counted at the end") {
  NEEDS_MOSQUITTO();
  mosquitto broker(with_shut_topics());
  const finished mixed =
      run_pub_with_input(as_user(broker) + words{"-l", "-q", "1", "--key-sep", " "},
                         "open/a 1\nshut 2\nopen/a 3\nshut 4\n");
  CHECK(mixed.code == 11);
  CHECK(line_count(mixed.err) == 3);
  CHECK(mixed.err.find("mqtt-pub: publish: line 2: refused by the broker: not authorized (0x87)") ==
        0);
  CHECK(mixed.err.find("publish: line 4: refused by the broker") != std::string::npos);
  CHECK(mixed.err.find("mqtt-pub: 2 messages acknowledged, 2 refused\n") != std::string::npos);
}

TEST_CASE("--on-refused stop ends at the first refusal and settles what was sent") {
  NEEDS_MOSQUITTO();
  mosquitto broker(with_shut_topics());
  process publisher(with_pipe(as_user(broker) +
                              words{"-l", "-q", "1", "--key-sep", " ", "--on-refused", "stop"}));
  publisher.write("open/a 1\nshut 2\n");  // and the input stays open
  const auto ended = publisher.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == 11);
  CHECK(publisher.err().find("line 2: refused") != std::string::npos);
  CHECK(publisher.err().find("1 message acknowledged, 1 refused\n") != std::string::npos);
  CHECK(broker.logs("Received DISCONNECT"));
  // With everything sent before the refusal comes there is nothing to stop.
  const finished all = run_pub_with_input(
      as_user(broker) + words{"-l", "-q", "1", "--key-sep", " ", "--on-refused", "stop"},
      "shut 1\nopen/a 2\n");
  CHECK(all.code == 11);
  CHECK(all.err.find("1 message acknowledged, 1 refused\n") != std::string::npos);
  // Without -V as well: the version in which a broker can refuse is meant.
  words unversioned = as_user(broker) + words{"-t", "shut", "-m", "x", "-q", "1"};
  unversioned.erase(std::find(unversioned.begin(), unversioned.end(), "-V"),
                    std::find(unversioned.begin(), unversioned.end(), "-u"));
  CHECK(run_pub(unversioned).code == 0);
  CHECK(run_pub(unversioned + words{"--on-refused", "stop"}).code == 11);
}

TEST_CASE("--from-json publishes topic, payload, QoS, retain flag and properties") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string recorded =
      "{\"ts\":\"2026-11-21T04:46:43.123456Z\",\"topic\":\"a\\/\\u00e9\",\"payload\":\"x\\n\\u0000"
      "\\ud83d\\ude00\",\"size\":7,\"qos\":1,\"retain\":false,\"dup\":true,\"mid\":7}\n"
      "\n"
      "{\"qos\":2,\"topic\":\"b\",\"payload_b64\":\"AP8=\",\"payload_json\":{\"x\":[1,null]},"
      "\"props\":{\"content_type\":\"text/plain\",\"response_topic\":\"r\",\"correlation_b64\":"
      "\"QUI=\",\"message_expiry\":7200,\"user_properties\":[[\"k\",\"v\"],[\"k\",\"w\"]]}}";
  passed all =
      pass(broker, {"--from-json", "-"}, recorded, 2, {"-F", "%t|%X|%q|%r|%C|%R|%D|%P|%E"});
  CHECK_MESSAGE(all.published.code == 0, all.published.err);
  CHECK(all.published.err == "");
  // What is left of its time when it arrives is the broker's to say.
  const std::size_t expiry = all.arrived.rfind('|') + 1;
  CHECK(std::stol(all.arrived.substr(expiry)) <= 7200);
  CHECK(std::stol(all.arrived.substr(expiry)) > 7000);
  all.arrived.erase(expiry);
  CHECK(all.arrived ==
        "a/\xc3\xa9|780A00F09F9880|1|0|||||\n"
        "b|00FF|2|0|text/plain|r|AB|k:v k:w|");
  const std::string file = broker.folder().write("kept.json",
                                                 "{\"topic\":\"kept\",\"payload\":\"x\","
                                                 "\"qos\":1,\"retain\":true}\n");
  CHECK(run_pub(at(broker) + words{"--from-json", file}).code == 0);
  CHECK(run_sub(at(broker) + words{"-t", "kept", "-C", "1", "-F", "%r %p"}).out == "1 x\n");
  const finished missing = run_pub(at(broker) + words{"--from-json", file + "x"});
  CHECK(missing.code == 16);
  CHECK(missing.err == "mqtt-pub: " + file + "x: No such file or directory\n");
}

TEST_CASE("random payloads of 0 to 1 MiB come out of a recording byte for byte") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  std::mt19937 random(20261121);
  for (const std::size_t size :
       {0u, 1u, 2u, 3u, 127u, 4096u, 65'535u, 65'536u, 300'001u, 1u << 20}) {
    CAPTURE(size);
    std::string bytes(size, 0);
    for (char& byte : bytes) byte = static_cast<char>(random());
    // The same bytes below 0x80 as text, with every way to escape.
    std::string text(size, 0);
    std::string escaped;
    for (char& byte : text) {
      byte = static_cast<char>(random() & 0x7F);
      const bool is_short = byte == '"' || byte == '\\';
      char unit[8];
      std::snprintf(unit, sizeof unit, "\\u%04x", static_cast<unsigned>(byte));
      escaped += is_short ? std::string("\\") + byte : byte < 0x20 ? unit : std::string(1, byte);
    }
    const passed all =
        pass(broker, {"--from-json", "-"},
             "{\"topic\":\"in\",\"qos\":1,\"payload_b64\":\"" + base64(as_bytes(bytes)) +
                 "\"}\n{\"topic\":\"in\",\"qos\":1,\"payload\":\"" + escaped + "\"}\n",
             2, {"-N"});
    CHECK_MESSAGE(all.published.code == 0, all.published.err);
    CHECK((all.arrived == bytes + text));
  }
}

TEST_CASE("-t, -q, -r, --topic-prefix and -D override what was recorded") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string recorded =
      "{\"topic\":\"a\",\"payload\":\"x\",\"qos\":2,\"props\":{\"content_type\":\"old\"}}\n";
  const words format{"-F", "%t %q %C"};
  const words base{"--from-json", "-", "-D", "publish", "content-type", "new"};
  CHECK(pass(broker, base + words{"-t", "b", "-q", "1"}, recorded, 1, format).arrived ==
        "b 1 new\n");
  CHECK(pass(broker, base + words{"--topic-prefix", "copy/"}, recorded, 1, format).arrived ==
        "copy/a 2 new\n");
  const passed old = pass(broker, {"--from-json", "-", "-V", "3.1.1"}, recorded, 1, format);
  CHECK(old.arrived == "a 2 \n");
  CHECK(old.published.code == 0);
  CHECK(old.published.err ==
        "mqtt-pub: 1 message had properties, which only MQTT 5 carries; they were left out\n");
  CHECK(run_pub_with_input(at(broker) + words{"--from-json", "-", "-r"}, recorded).code == 0);
  CHECK(run_sub(at(broker) + words{"-t", "a", "-C", "1", "-F", "%r %p"}).out == "1 x\n");
}

TEST_CASE("a recorded line that is not a message is named and left out") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string good = "{\"topic\":\"a\",\"payload\":\"good\"}\n";
  const std::string lines =
      good +
      "{\"topic\":\"a\",\"payload\":\"cut\n"
      "{\"topic\":\"a\"}\n"
      "{\"payload\":\"a\"}\n"
      "{\"topic\":\"a/#\",\"payload\":\"a\"}\n"
      "{\"topic\":\"a\",\"payload\":\"x\",\"payload_b64\":\"\"}\n"
      "{\"topic\":\"a\",\"payload_b64\":\"AP8\"}\n"
      "{\"topic\":\"a\",\"payload\":\"x\",\"qos\":3}\n"
      "{\"topic\":\"a\",\"payload\":\"x\",\"props\":{\"user_properties\":[[\"k\"]]}}\n"
      "{\"topic\":\"a\",\"payload\":\"x\"} {}\n"
      "{\"topic\":\"a\",\"payload\":\"\xff\"}\n"
      "hello\n" +
      good;
  const passed all = pass(broker, {"--from-json", "-", "-q", "1"}, lines, 2);
  CHECK(all.arrived == "a good\na good\n");
  CHECK(all.published.code == 16);
  const std::string& err = all.published.err;
  for (const std::string line :
       {"line 2: byte 28: the string has no end;", "line 3: there is neither \"payload\" nor ",
        "line 4: there is no \"topic\";", "line 5: topic 'a/#': # is a wildcard",
        "line 6: byte 42: there is more than one payload;",
        "line 7: byte 32: base64 ends in the middle of four digits;",
        "line 8: byte 34: not a number that can stand here;",
        "line 9: byte 56: a user property is a name and a value;",
        "line 10: byte 29: something follows the end of the value;", "line 11: byte 25: not UTF-8;",
        "line 12: byte 1: an object is wanted here;"})
    CHECK_MESSAGE(err.find("mqtt-pub: " + line) != std::string::npos, line << " in " << err);
  CHECK(line_count(err) == 12);
}

TEST_CASE("--replay keeps the recorded spacing, --speed makes it shorter") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const auto at_second = [](const std::string& second) {
    return "{\"ts\":\"2026-11-21T04:46:" + second + "Z\",\"topic\":\"a\",\"payload\":\"" + second +
           "\"}\n";
  };
  const std::string recorded = at_second("10.0") + at_second("10.4") + at_second("10.8");
  const auto took = [&](const words& how) {
    const finished result =
        run_pub_with_input(at(broker) + words{"--from-json", "-"} + how, recorded);
    CHECK_MESSAGE(result.code == 0, result.err);
    return result.took;
  };
  CHECK(took({"--replay"}) >= 800ms);
  CHECK(took({"--speed", "0.5x"}) >= 1600ms);
  const auto faster = took({"--speed", "4x"});
  CHECK(faster >= 200ms);
  const finished timeless = run_pub_with_input(at(broker) + words{"--from-json", "-", "--replay"},
                                               "{\"topic\":\"a\",\"payload\":\"\"}\n");
  CHECK(timeless.code == 16);
  CHECK(timeless.err.find("there is no \"ts\", by which --replay goes") != std::string::npos);
}

TEST_CASE("--rate spreads lines and repetitions, and Ctrl-C ends the wait") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words slowly = at(broker) + words{"-t", "a", "-q", "1", "--rate", "10"};
  const finished lines = run_pub_with_input(slowly + words{"-l"}, numbered_lines(6));
  CHECK(lines.code == 0);
  CHECK(lines.took >= 500ms);
  const finished repeated = run_pub(slowly + words{"-m", "x", "--repeat", "4"});
  CHECK(repeated.code == 0);
  CHECK(repeated.took >= 300ms);
  process stopped(with_pipe(at(broker) + words{"-t", "in", "-l", "-q", "1", "--rate", "0.01"}));
  stopped.write("1\n2\n");
  REQUIRE(broker.logs("'in', ... (1 bytes)"));
  stopped.signal(SIGINT);
  const auto ended = stopped.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->signal == SIGINT);
  CHECK(stopped.err() == "mqtt-pub: interrupted: 1 message acknowledged\n");
}

TEST_CASE(
    "a terminal sees how far a file has come and what became of it, a pipe and --quiet see "
    "nothing") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const auto publish = [&](output_to error, const words& more) {
    process_options options;
    options.command = pub(at(broker) + words{"-t", "in", "-l", "-q", "1", "--rate", "300"} + more);
    options.environment = {{"TERM", "xterm"}};
    options.unset = {"NO_COLOR"};
    options.input = input_from::file;
    options.input_path = broker.folder().write("lines", numbered_lines(300));
    options.error = error;
    process running(options);
    const auto ended = running.wait();
    REQUIRE(ended.has_value());
    CHECK(ended->code == 0);
    return running.screen() + running.err();
  };
  const std::string shown = publish(output_to::terminal, {});
  CHECK(shown.find("%  ") != std::string::npos);
  CHECK(shown.find(" messages  ") != std::string::npos);
  CHECK(shown.find(" s left") != std::string::npos);
  // Then the bar goes, and what became of the lines stays.
  const std::string last = shown.substr(shown.rfind("\033[K"));
  CHECK(last.find("\033[Kmqtt-pub: 300 messages acknowledged") == 0);
  CHECK(publish(output_to::memory, {}) == "");
  CHECK(publish(output_to::terminal, {"--quiet"}) == "");
}

TEST_CASE("--every publishes until it is interrupted, and reads the file again each time") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string file = broker.folder().write("sensor", "before");
  subscription_of subscriber(broker, at(broker) + words{"-t", "in", "-q", "1"});
  process publisher(
      with_pipe(at(broker) + words{"-t", "in", "-q", "1", "-f", file, "--every", "50ms"}));
  REQUIRE(subscriber.running().prints("before\nbefore\n"));
  broker.folder().write("sensor", "after");
  REQUIRE(subscriber.running().prints("after\nafter\n"));
  publisher.signal(SIGINT);
  const auto ended = publisher.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->signal == SIGINT);
  const finished counted =
      run_pub(at(broker) + words{"-t", "n", "-n", "-q", "1", "--every", "100ms", "--repeat", "3"});
  CHECK(counted.code == 0);
  CHECK(counted.took >= 200ms);
}

TEST_CASE("--every goes on after the broker was away") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process publisher(
      with_pipe(at(broker) + words{"-t", "in", "-q", "1", "-m", "x", "--every", "50ms"}));
  REQUIRE(broker.logs("Sending PUBACK", 2));
  broker.stop();
  broker.start();
  REQUIRE(broker.logs("Sending CONNACK", 2));
  subscription_of subscriber(broker, at(broker) + words{"-t", "in", "-C", "1"});
  CHECK(subscriber.output() == "x\n");
}

TEST_CASE("--template makes messages, and reshapes lines") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  CHECK(pass(broker, {"-t", "in", "--template", "{\"n\":{{n}}}", "--repeat", "3", "-q", "1"}, "", 3)
            .arrived == "in {\"n\":1}\nin {\"n\":2}\nin {\"n\":3}\n");
  CHECK(pass(broker,
             {"-l", "-q", "1", "--key-sep", " ", "--template", "{\"value\":{{line}},\"n\":{{n}}}"},
             "a 5\nb 6\n", 2)
            .arrived == "a {\"value\":5,\"n\":1}\nb {\"value\":6,\"n\":2}\n");
}

}  // namespace mqttkit::testing
