// mqtt-pub and mqtt-sub with a gateway of MQTT-SN in front of a real broker. The gateway is a
// test's own, so Wireshark's dissector looks at the messages as well.
#include <cstdint>
#include <fstream>
#include <memory>
#include <sstream>

#include "programs.hpp"
#include "support/hex.hpp"
#include "support/ports.hpp"
#include "support/temp_folder.hpp"
#include "unit/sn/vectors.hpp"

namespace mqttkit::testing {
namespace {

/// A gateway that listens.
class gateway {
 public:
  gateway(const mosquitto& broker, const words& more = {})
      : port_(free_port()), process_(options(port_, broker.port(), more)) {
    REQUIRE(process_.wait_until(
        [](const process& p) { return p.out().find("listening") != std::string::npos; }));
  }
  std::string url(const std::string& topic = "", const std::string& host = "127.0.0.1") const {
    return "mqtt-sn://" + host + ":" + std::to_string(port_) + "/" + topic;
  }

 private:
  static process_options options(std::uint16_t port, std::uint16_t broker, const words& more) {
    process_options made;
    made.command =
        words{program("sn-test-gateway"), std::to_string(port), std::to_string(broker)} + more;
    return made;
  }
  std::uint16_t port_;
  process process_;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what is published to a gateway comes out of the broker, at every QoS") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  gateway sn(broker, {"predefined=7=room/temperature"});
  subscription_of subscriber(broker, at(broker) + words{"-t", "#", "-v", "-q", "2", "-C", "8"});
  for (const std::string qos : {"0", "1", "2"}) {
    const finished sent = run_pub({sn.url("a/b"), "-m", "qos " + qos, "-q", qos});
    CHECK_MESSAGE(sent.code == 0, sent.err);
    CHECK(sent.err == "");
  }
  const words known{"--predefined", "7=room/temperature"};
  CHECK(run_pub({sn.url("xy"), "-m", "short", "-q", "-1"}).code == 0);
  CHECK(run_pub({sn.url(), "--topic-id", "7", "-m", "by id", "-q", "-1"}).code == 0);
  CHECK(run_pub(words{sn.url("room/temperature"), "-m", "by name", "-q", "1"} + known).code == 0);
  CHECK(run_pub_with_input({sn.url("c/d"), "-l", "-q", "1"}, "one\ntwo\n").code == 0);
  const std::string out = subscriber.output();
  for (const std::string_view line :
       {"a/b qos 0\n", "a/b qos 1\n", "a/b qos 2\n", "xy short\n", "room/temperature by id\n",
        "room/temperature by name\n", "c/d one\n", "c/d two\n"}) {
    CAPTURE(line);
    CHECK(count_of(out, line) == 1);
  }
}

TEST_CASE("mqtt-sub shows what comes through a gateway with its topic, retained messages too") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  gateway sn(broker, {"predefined=7=room/temperature"});
  REQUIRE(run_pub(at(broker) + words{"-t", "a/kept", "-m", "old", "-r"}).code == 0);
  subscription_of subscriber(broker, {sn.url(), "-t", "#", "--predefined", "7=room/temperature",
                                      "--json", "-q", "2", "-C", "4"});
  for (const std::string topic : {"a/new", "xy", "room/temperature"}) {
    CHECK(run_pub(at(broker) + words{"-t", topic, "-m", "m", "-q", "2"}).code == 0);
  }
  const std::string out = subscriber.output();
  CHECK(has(out, R"("topic":"a/kept","payload":"old","size":3,"qos":0,"retain":true)"));
  CHECK(has(out, R"("topic":"a/new","payload":"m","size":1,"qos":2)"));
  CHECK(has(out, R"("topic":"xy","payload":"m")"));
  CHECK(has(out, R"("topic":"room/temperature","payload":"m")"));
}

TEST_CASE("a subscription to a predefined id, without and with its name") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  gateway sn(broker, {"predefined=7=room/temperature"});
  subscription_of nameless(broker, {sn.url(), "--topic-id", "7", "-v", "-C", "1"});
  subscription_of named(
      broker, {sn.url(), "--topic-id", "7", "--predefined", "7=room/temperature", "-v", "-C", "1"});
  CHECK(run_pub(at(broker) + words{"-t", "room/temperature", "-m", "21"}).code == 0);
  CHECK(nameless.output() == "$predefined/7 21\n");
  CHECK(named.output() == "room/temperature 21\n");
}

TEST_CASE("a client that sleeps gets what waited when it wakes") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  gateway sn(broker);
  subscription_of subscriber(
      broker, {sn.url(), "-t", "a/#", "-q", "1", "--sleep", "2s", "-C", "3", "-d", "-W", "50"});
  REQUIRE(subscriber.running().wait_until([](const process& p) { return has(p.err(), "asleep"); }));
  for (const std::string text : {"one", "two", "three"}) {
    CHECK(run_pub(at(broker) + words{"-t", "a/b", "-m", text, "-q", "1"}).code == 0);
  }
  CHECK(subscriber.output() == "one\ntwo\nthree\n");
  CHECK(has(subscriber.running().err(), "sending PINGREQ ('"));
}

TEST_CASE("datagrams that are lost are sent again, and nothing else is") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  gateway sn(broker, {"lose=9"});
  subscription_of subscriber(broker, at(broker) + words{"-t", "#", "-q", "2", "-C", "5"});
  const finished sent = run_pub_with_input({sn.url("a/b"), "-l", "-q", "2"}, numbered_lines(5));
  CHECK_MESSAGE(sent.code == 0, sent.err);
  CHECK(subscriber.output() == numbered_lines(5));
}

TEST_CASE("each end has its exit code and its words") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string nobody = "mqtt-sn://127.0.0.1:" + std::to_string(free_port()) + "/ab";
  for (const std::string qos : {"0", "-1"}) {
    CAPTURE(qos);
    const finished refused = run_pub({nobody, "-m", "x", "-q", qos});
    CHECK(refused.code == 4);
    CHECK(has(refused.err, "nobody listens on this UDP port"));
  }
  const auto with = [&broker](const std::string& word, const words& more) {
    gateway sn(broker, {word});
    return run_pub(words{sn.url("a/b"), "-m", "x"} + more);
  };
  const finished mute = with("mute", {"--connect-timeout", "500ms"});
  CHECK(mute.code == 4);
  CHECK(has(mute.err, "no answer to CONNECT over UDP"));
  const finished congested = with("connect=1", {});
  CHECK(congested.code == 10);
  CHECK(has(congested.err, "CONNECT rejected: congestion"));
  CHECK(with("connect=3", {}).code == 10);
  const finished refused = with("publish=3", {"-q", "1"});
  CHECK(refused.code == 11);
  CHECK(has(refused.err, "publish to 'a/b': refused by the gateway: rejected: not supported"));
  CHECK(with("register=3", {}).code == 11);
  CHECK(with("publish=2", {"-q", "2"}).code == 11);  // registered again, and refused again
  gateway sn(broker, {"subscribe=3"});
  const finished unsubscribed = run_sub({sn.url("a/#"), "-W", "20"});
  CHECK(unsubscribed.code == 12);
  gateway good(broker);
  const finished large =
      run_pub({good.url("ab"), "-m", std::string(100, 'x'), "--sn-max-packet", "80"});
  CHECK(large.code == 11);
  CHECK(has(large.err, "--sn-max-packet allows larger ones"));
}

TEST_CASE("a gateway that was started again is connected to again") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::uint16_t port = free_port();
  const auto start = [&] {
    process_options made;
    made.command = {program("sn-test-gateway"), std::to_string(port),
                    std::to_string(broker.port())};
    auto running = std::make_unique<process>(made);
    REQUIRE(running->wait_until(
        [](const process& p) { return p.out().find("listening") != std::string::npos; }));
    return running;
  };
  auto first = start();
  const std::string url = "mqtt-sn://127.0.0.1:" + std::to_string(port) + "/";
  subscription_of subscriber(broker, {url, "-t", "a/#", "-C", "1", "-k", "2", "-W", "50"});
  first.reset();
  const std::size_t before = count_of(broker.log(), "Sending SUBACK");
  auto second = start();
  REQUIRE(broker.has_subscribed(before + 1));
  CHECK(run_pub(at(broker) + words{"-t", "a/b", "-m", "again"}).code == 0);
  CHECK(subscriber.output() == "again\n");
  CHECK(has(subscriber.running().err(), "reconnected after"));
}

TEST_CASE("the limits of mqtt-sub count at a gateway as at a broker") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  gateway sn(broker);
  gateway mute(broker, {"mute"});
  CHECK(run_sub({sn.url("a/b"), "-E"}).code == 0);
  const finished silent = run_sub({sn.url("a/b"), "--idle", "300ms"});
  CHECK(silent.code == 27);
  CHECK(has(silent.err, "nothing came for"));
  for (const gateway* const each : {&sn, &mute}) {
    const finished late = run_sub({each->url("a/b"), "-W", "0.5"});
    CHECK(late.code == 27);
    CHECK(has(late.err, "(-W)"));
  }
}

TEST_CASE("lines go on over a gateway that was started again") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::uint16_t port = free_port();
  const auto start = [&] {
    process_options made;
    made.command = {program("sn-test-gateway"), std::to_string(port),
                    std::to_string(broker.port())};
    auto running = std::make_unique<process>(made);
    REQUIRE(running->wait_until([](const process& each) { return has(each.out(), "listening"); }));
    return running;
  };
  auto first = start();
  subscription_of subscriber(broker, at(broker) + words{"-t", "#", "-q", "1"});
  process_options lines;
  lines.command = pub({"mqtt-sn://127.0.0.1:" + std::to_string(port) + "/a/b", "-l", "-q", "1"});
  lines.input = input_from::pipe;
  process publisher(lines);
  publisher.write("one\n");
  REQUIRE(subscriber.running().wait_until(
      [](const process& item) { return has(item.out(), "one\n"); }));
  first.reset();
  auto second = start();
  publisher.write("two\n");
  publisher.close_input();
  const auto ended = publisher.wait();
  REQUIRE(ended.has_value());
  CHECK_MESSAGE(ended->status() == 0, publisher.err());
  CHECK(has(publisher.err(), "reconnected after"));
  REQUIRE(subscriber.running().wait_until(
      [](const process& item) { return has(item.out(), "two\n"); }));
  // The gateway may have ended before it passed the acknowledgement on: then the line comes again.
  const std::string heard = subscriber.running().out();
  CHECK_MESSAGE((heard == "one\ntwo\n" || heard == "one\none\ntwo\n"), heard);
}

TEST_CASE("a name with several addresses: the one that answers counts, without a connection too") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  gateway sn(broker);  // at 127.0.0.1; localhost is ::1 as well
  subscription_of subscriber(broker, at(broker) + words{"-t", "#", "-v", "-C", "2"});
  CHECK(run_pub({sn.url("ab", "localhost"), "-m", "one", "-q", "-1"}).code == 0);
  CHECK(run_pub({sn.url("a/b", "localhost"), "-m", "two", "-q", "1"}).code == 0);
  CHECK(subscriber.output() == "ab one\na/b two\n");
}

TEST_CASE("the address of a group searches for the gateway") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string group = "225.18.84.2";
  gateway sn(broker, {"group=" + group, "id=9"});
  subscription_of subscriber(broker, at(broker) + words{"-t", "#", "-v", "-C", "1"});
  const finished sent =
      run_pub({sn.url("a/b", group), "-A", "127.0.0.1", "-m", "found", "-q", "1", "-d"});
  CHECK_MESSAGE(sent.code == 0, sent.err);
  CHECK(has(sent.err, "gateway 9 answered from 127.0.0.1:"));
  CHECK(subscriber.output() == "a/b found\n");
  const finished nobody = run_pub({"mqtt-sn://225.18.84.3:" + std::to_string(free_port()) + "/a/b",
                                   "-A", "127.0.0.1", "-m", "x"});
  CHECK(nobody.code == 4);
  CHECK(has(nobody.err, "no gateway answered the search"));
}

TEST_CASE("with -c the gateway keeps a session, and what waits comes at the next start") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  gateway sn(broker);
  const words kept{sn.url("a/b"), "-c", "-i", "kept", "-q", "1"};
  CHECK(run_sub(kept + words{"-E"}).code == 0);
  CHECK(run_pub(at(broker) + words{"-t", "a/b", "-m", "waited", "-q", "1"}).code == 0);
  const finished awake = run_sub(kept + words{"-C", "1", "-W", "10"});
  CHECK_MESSAGE(awake.code == 0, awake.err);
  CHECK(awake.out == "waited\n");
  CHECK(run_pub(at(broker) + words{"-t", "a/b", "-m", "again", "-q", "1"}).code == 0);
  const finished asleep = run_sub(kept + words{"--sleep", "1s", "-C", "1", "-W", "10"});
  CHECK_MESSAGE(asleep.code == 0, asleep.err);
  CHECK(asleep.out == "again\n");
}

TEST_CASE("--events json tells of a gateway what it tells of a broker") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  gateway sn(broker);
  const words as_json{"--events", "json"};
  const finished sub = run_sub(words{sn.url("a/b"), "-i", "sen1", "-q", "1", "-E"} + as_json);
  CHECK(sub.code == 0);
  CHECK(has(sub.err, R"("broker":"127.0.0.1:)"));
  CHECK(has(sub.err, R"("version":"mqtt-sn","client_id":"sen1"})"));
  CHECK(has(sub.err, R"({"event":"subscribed","ts":)"));
  CHECK(has(sub.err, R"("filter":"a/b","qos":1})"));
  CHECK(has(sub.err, R"("program":"mqtt-sub","exit_code":0})"));
  const finished pub = run_pub(words{sn.url("a/b"), "-m", "x", "-q", "1"} + as_json);
  CHECK(has(pub.err, R"({"event":"connected")"));
}

TEST_CASE("mqtt-doctor listen stands in front of a gateway and shows each datagram") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  gateway sn(broker);
  const std::uint16_t port = free_port();
  process_options options;
  options.command = words{program("mqtt-doctor"),
                          "listen",
                          std::to_string(port),
                          "--forward",
                          sn.url(),
                          "-v",
                          "--once",
                          "--lang",
                          "en"};
  process doctor(std::move(options));
  REQUIRE(doctor.prints("in front of 127.0.0.1:"));
  const std::string there = "mqtt-sn://127.0.0.1:" + std::to_string(port) + "/a/b";
  const finished sent = run_pub({there, "-m", "hi", "-q", "2", "-i", "sen1"});
  CHECK_MESSAGE(sent.code == 0, sent.err);
  const auto ended = doctor.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == 0);
  CHECK(has(doctor.out(), "> PUBLISH: topic a/b, QoS 2, packet 2, 2 bytes, payload hi\n"));
  CHECK(has(doctor.out(), "< PUBCOMP: packet 2\n"));
  CHECK(has(doctor.out(), "sen1 (127.0.0.1): The gateway took the client. Messages from it: 1"));
}

TEST_CASE("mqtt-doctor listen shows what comes to no gateway, as mqtt-sn-dump does") {
  const std::uint16_t port = free_port();
  process_options options;
  options.command = words{program("mqtt-doctor"), "listen", "mqtt-sn://:" + std::to_string(port),
                          "--once", "--json"};
  process doctor(std::move(options));
  REQUIRE(doctor.prints("listening"));
  CHECK(run_pub({"mqtt-sn://127.0.0.1:" + std::to_string(port) + "/xy", "-m", "hi", "-q", "-1"})
            .code == 0);
  const auto ended = doctor.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == 0);
  CHECK(has(doctor.out(), R"("type":"PUBLISH","topic_id_type":"short","topic":"xy","qos":-1)"));
  CHECK(has(doctor.out(), R"("id":"sn-without-connection")"));
}

TEST_CASE("Wireshark's dissector knows every message by the same name") {
  NEEDS_PROGRAM("tshark");
  // Datagrams from port 5000 to 1884 of 127.0.0.1, as raw IPv4 in a capture file.
  std::string capture;
  const auto put = [&capture](std::initializer_list<int> bytes) {
    for (const int each : bytes) capture += static_cast<char>(each);
  };
  put({0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 101, 0, 0, 0});
  for (const sn::test::vector& each : sn::test::vectors) {
    const auto datagram = test::hex(each.bytes);
    const int udp = 8 + static_cast<int>(datagram.size());
    const int all = 20 + udp;
    put({0, 0, 0, 0, 0, 0, 0, 0, all, 0, 0, 0, all, 0, 0, 0});
    put({0x45, 0, 0, all, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1});
    put({5000 >> 8, 5000 & 0xFF, 1884 >> 8, 1884 & 0xFF, 0, udp, 0, 0});
    capture += std::string_view(reinterpret_cast<const char*>(datagram.data()), datagram.size());
  }
  temp_folder folder;
  std::ofstream(folder.file("sn.pcap"), std::ios::binary) << capture;
  process_options options;
  options.command = {"tshark", "-r", folder.file("sn.pcap"), "-d", "udp.port==1884,mqttsn", "-T",
                     "fields", "-e", "mqttsn.msg.type",      "-e", "_ws.malformed"};
  const finished found = run(std::move(options));
  REQUIRE_MESSAGE(found.code == 0, found.err);
  std::istringstream lines(found.out);
  for (const sn::test::vector& each : sn::test::vectors) {
    CAPTURE(each.name);
    std::string line;
    REQUIRE(std::getline(lines, line));
    const std::size_t tab = line.find('\t');
    const auto type = std::stoul(line.substr(0, tab), nullptr, 16);
    CHECK(type == std::to_integer<unsigned>(test::hex(each.bytes)[1]));
    // The empty WILLTOPIC and WILLTOPICUPD of §5.4.7 and §5.4.22 are unknown to it.
    const bool is_unknown = each.name == "willtopic-none" || each.name == "willtopicupd-none";
    CHECK((tab + 1 < line.size()) == is_unknown);
  }
}

}  // namespace mqttkit::testing
