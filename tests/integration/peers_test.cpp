// What other MQTT command lines do wrong, as measured: each of their failures is a test of ours,
// with their name on it. mosquitto's figures are those of version 2.0.11.
#include <nlohmann/json.hpp>
#include <sstream>

#include "programs.hpp"
#include "support/certificates.hpp"
#include "support/ports.hpp"

namespace mqttkit::testing {
namespace {

const bool memory_counts = !is_sanitized();

mosquitto_options for_many_messages() {
  mosquitto_options options;
  options.lines = {"max_queued_messages 0"};
  options.quiet = true;
  return options;
}

process_options with_pipe(const words& arguments) {
  process_options options;
  options.command = pub(arguments);
  options.input = input_from::pipe;
  return options;
}

// Every byte there is, and what is nearly UTF-8.
std::string binary() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes + "\xC3\xA9 \xC3( \xED\xA0\x80 \xF4\x90\x80\x80 \xE2\x82";
}

void fails(const finished& result, const std::string& what) {
  CAPTURE(result.err);
  CHECK(result.code != 0);
  CHECK(result.code != 128 + SIGKILL);
  CHECK(line_count(result.err) == 1);
  CHECK(result.err.find(what) != std::string::npos);
}

void both_fail(const words& connection, const std::string& what) {
  fails(run_pub(connection + words{"-t", "a", "-m", "x"}), what);
  fails(run_pub(connection + words{"-t", "a", "-l"}), what);
  fails(run_sub(connection + words{"-t", "a"}), what);
}

// Most memory of publishing `count` lines at QoS 1, in KiB.
long memory_for(const mosquitto& broker, std::size_t count) {
  process_options publish;
  publish.command = pub(at(broker) + words{"-t", "in", "-q", "1", "-l"});
  publish.input = input_from::file;
  publish.input_path = broker.folder().write("lines", numbered_lines(count));
  process publisher(publish);
  const auto ended = publisher.wait(300s);
  REQUIRE(ended.has_value());
  CHECK_MESSAGE(ended->code == 0, publisher.err());
  return ended->max_rss_kib;
}

}  // namespace

TEST_CASE("mosquitto_pub publishes 3,414 of 200,000 lines at QoS 1 and exits with 0") {
  NEEDS_MOSQUITTO();
  mosquitto broker(for_many_messages());
  const words reader = at(broker) + words{"-t", "in", "-q", "1", "-c", "-i", "reader"};
  REQUIRE(run_sub(reader + words{"-E"}).code == 0);
  process_options subscribe;
  subscribe.command = sub(reader + words{"-C", "200000"});
  process subscriber(subscribe);
  const std::string lines = numbered_lines(200'000);
  const finished published =
      run_pub_with_input(at(broker) + words{"-t", "in", "-q", "1", "-l"}, lines);
  CHECK(published.code == 0);
  CHECK(published.err == "");
  const auto received = subscriber.wait(300s);
  REQUIRE(received.has_value());
  CHECK((subscriber.out() == lines));
}

TEST_CASE("mosquitto_pub takes 165 MiB for a million lines at QoS 1") {
  NEEDS_MOSQUITTO();
  if (!memory_counts) {
    MESSAGE("not measured: the address sanitizer keeps what was freed");
    return;
  }
  mosquitto broker(for_many_messages());
  // A program's count begins with what the test had in memory when it forked: the difference says
  // what the lines cost. Fewer than a million cost them 50 MiB as well (volume_test has the rest).
  const long made = memory_for(broker, 1);
  const long many = memory_for(broker, 300'000);
  CHECK(many - made < 16 * 1024);
}

TEST_CASE("mosquitto_pub exits with 0 when the broker refuses a message at QoS 1") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.acl = "user " + std::string(mosquitto::user) + "\ntopic write open/#\n";
  mosquitto broker(options);
  const words shut = at(broker) + words{"-V", "5",
                                        "-q", "1",
                                        "-t", "shut",
                                        "-u", std::string(mosquitto::user),
                                        "-P", std::string(mosquitto::user_password)};
  fails(run_pub(shut + words{"-m", "x"}), "refused by the broker: not authorized (0x87)");
  fails(run_pub_with_input(shut + words{"-l"}, "x\n"), "line 1: refused by the broker");
}

TEST_CASE("mosquitto_pub cuts a line at its first NUL byte") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of subscriber(broker, at(broker) + words{"-t", "in", "-q", "1", "-C", "2"});
  const std::string lines("a\0b\n\0\n", 6);
  CHECK(run_pub_with_input(at(broker) + words{"-t", "in", "-q", "1", "-l"}, lines).code == 0);
  CHECK(subscriber.output() == lines);
}

TEST_CASE("MQTTX publishes five of eight slow lines and exits with 0") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of subscriber(broker, at(broker) + words{"-t", "in", "-q", "1", "-C", "8"});
  process publisher(with_pipe(at(broker) + words{"-t", "in", "-l", "-q", "1"}));
  for (int line = 1; line <= 8; ++line) {
    publisher.write(std::to_string(line) + "\n");
    REQUIRE(subscriber.running().prints(std::to_string(line) + "\n"));
    std::this_thread::sleep_for(50ms);
  }
  publisher.close_input();
  const auto ended = publisher.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == 0);
  CHECK(subscriber.output() == "1\n2\n3\n4\n5\n6\n7\n8\n");
}

TEST_CASE("MQTTX exits with 0 after a wrong password") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.password = true;
  mosquitto broker(options);
  const words wrong = at(broker) + words{"-u", std::string(mosquitto::user), "-P", "wrong"};
  both_fail(wrong, "check -u and -P");
  both_fail(wrong + words{"-V", "5"}, "check -u and -P");
}

TEST_CASE("MQTTX exits with 0 when nothing listens on the port") {
  both_fail(at(free_port()), "connection refused");
}

TEST_CASE("MQTTX exits with 0 when the certificate is signed by another CA") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  options.certificate = certificate_kind::untrusted;
  mosquitto broker(options);
  both_fail(at(broker.tls_port()) + words{"--cafile", test_certificates().ca()},
            "unknown certificate authority");
}

TEST_CASE("MQTTX replaces binary by U+FFFD in files") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process_options to_file;
  to_file.output = output_to::file;
  to_file.output_path = broker.folder().file("out");
  subscription_of subscriber(broker, at(broker) + words{"-t", "in", "-q", "1", "-C", "1", "-N"},
                             to_file);
  const std::string file = broker.folder().write("in", binary());
  CHECK(run_pub(at(broker) + words{"-t", "in", "-q", "1", "-f", file}).code == 0);
  subscriber.output();
  CHECK((read_file(to_file.output_path) == binary()));
}

TEST_CASE("MQTTX cuts bad hex short and publishes what came before") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words hex = at(broker) + words{"-t", "in", "-q", "1", "--in", "hex"};
  subscription_of subscriber(broker,
                             at(broker) + words{"-t", "in", "-q", "1", "-C", "3", "-F", "%X"});
  const finished lines = run_pub_with_input(hex + words{"-l"}, "00ff\n0g\n6\n61 62\r\n\n");
  CHECK(subscriber.output() == "00FF\n6162\n\n");
  CHECK(lines.code == 16);
  CHECK(lines.err ==
        "mqtt-pub: line 2: byte 2: not a hex digit; not published\n"
        "mqtt-pub: line 3: byte 1: a hex digit without its second; not published\n"
        "mqtt-pub: 3 messages acknowledged, 2 not published\n");
  const finished typed = run_pub(hex + words{"-m", "00fg"});
  CHECK(typed.code == 2);
  CHECK(typed.err == "mqtt-pub: -m: byte 4: not a hex digit\n");
  const std::string file = broker.folder().write("bad.hex", "00 0");
  CHECK(run_pub(hex + words{"-f", file}).code == 16);
  CHECK(count_of(broker.log(), "Received PUBLISH") == 3);
}

TEST_CASE("others spread the JSON of a message over many lines") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words two = at(broker) + words{"-t", "in", "-q", "1", "-V", "5", "-C", "2"};
  subscription_of json(broker, two + words{"--json", "--parse"});
  subscription_of format(broker, two + words{"-F", "%j"});
  const words publish = at(broker) + words{"-t", "in", "-q", "1"};
  CHECK(run_pub(publish + words{"-m", "{\n  \"a\": [\n 1\n]\n}\n"}).code == 0);
  CHECK(run_pub(publish + words{"-m", "a\nb\r\nc\n"}).code == 0);
  for (subscription_of* each : {&json, &format}) {
    const std::string out = each->output();
    CAPTURE(out);
    CHECK(line_count(out) == 2);
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);)
      CHECK(nlohmann::json::parse(line)["topic"] == "in");
  }
}

TEST_CASE("others print invalid JSON for binary payloads") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string file = broker.folder().write("in", binary());
  subscription_of json(broker, at(broker) + words{"-t", "in", "-q", "1", "-C", "1", "--json"});
  CHECK(run_pub(at(broker) + words{"-t", "in", "-q", "1", "-f", file}).code == 0);
  const nlohmann::json read = nlohmann::json::parse(json.output());  // strict about UTF-8
  CHECK(read["size"] == binary().size());
  CHECK(read.contains("payload_b64"));
  CHECK(!read.contains("payload"));
}

TEST_CASE("others reconnect and never subscribe again") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of subscriber(broker,
                             at(broker) + words{"-t", "a", "-t", "b/#", "-q", "1", "-C", "3"});
  const auto publish = [&broker](const std::string& topic, const std::string& text) {
    REQUIRE(run_pub(at(broker) + words{"-t", topic, "-m", text, "-q", "1"}).code == 0);
  };
  publish("a", "before");
  REQUIRE(subscriber.running().prints("before\n"));
  broker.kill();  // and the session is forgotten
  broker.start();
  REQUIRE(broker.logs("Received SUBSCRIBE", 2));
  REQUIRE(broker.logs("Sending SUBACK", 2));
  publish("a", "after");
  publish("b/c", "as well");
  CHECK(subscriber.output() == "before\nafter\nas well\n");
}

}  // namespace mqttkit::testing
