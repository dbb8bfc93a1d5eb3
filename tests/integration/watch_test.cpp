// mqtt-sub for a person and for scripts: what a terminal shows, which messages are chosen, and when
// it ends by itself.
#include <nlohmann/json.hpp>
#include <sstream>

#include "programs.hpp"
#include "support/scripted_broker.hpp"

namespace mqttkit::testing {
namespace {

process_options on_a_terminal(words unset = {"NO_COLOR"}) {
  process_options options;
  options.output = output_to::terminal;
  options.environment = {{"TERM", "xterm"}, {"TZ", "UTC"}};
  options.unset = std::move(unset);
  return options;
}

// What the screen of a terminal shows of two messages, text and bytes.
std::string screen_of(const words& more, process_options options = on_a_terminal()) {
  mosquitto broker;
  subscription_of watched(broker, topic(broker, "a/#", words{"-C", "2"} + more), options);
  publish(broker, "a/text", "o\033[31mn");
  const std::string bytes = broker.folder().write("bytes", std::string("\xFF\x00\x01", 3));
  REQUIRE(run_pub(at(broker) + words{"-t", "a/bytes", "-f", bytes}).code == 0);
  watched.output();
  return watched.running().screen();
}

}  // namespace

TEST_CASE("a terminal shows time, topic and payload in colour, and nothing that controls it") {
  NEEDS_MOSQUITTO();
  const std::string screen = screen_of({});
  CAPTURE(screen);
  CHECK(screen.find("\033[1;36ma/text\033[0m o\\x1B[31mn\r\n") != std::string::npos);
  CHECK(screen.find("0000  ff 00 01") != std::string::npos);
  CHECK(screen.find("\033[31m") == std::string::npos);
  CHECK(screen.find('\xFF') == std::string::npos);
}

TEST_CASE("-v on a terminal is what a terminal shows: the topic stands there anyway") {
  NEEDS_MOSQUITTO();
  const std::string screen = screen_of({"-v"});
  CAPTURE(screen);
  CHECK(screen.find("\033[1;36ma/text\033[0m o\\x1B[31mn\r\n") != std::string::npos);
  CHECK(screen.find("\033[31m") == std::string::npos);
}

TEST_CASE("NO_COLOR and --color never leave the colours out, --color always wins") {
  NEEDS_MOSQUITTO();
  process_options plain = on_a_terminal({});
  plain.environment.emplace_back("NO_COLOR", "1");
  CHECK(screen_of({}, plain).find('\033') == std::string::npos);
  CHECK(screen_of({"--color", "never"}).find('\033') == std::string::npos);
  CHECK(screen_of({"--color", "always"}, plain).find("\033[1;36ma/text") != std::string::npos);
}

TEST_CASE("a form that was asked for is the same on a terminal as in a pipe") {
  NEEDS_MOSQUITTO();
  CHECK(screen_of({"--raw"}).starts_with("o\033[31mn\xFF"));
  CHECK(screen_of({"-v", "-N"}).starts_with("a/text o\033[31mn"));
  CHECK(screen_of({"-F", "%t"}) == "a/text\r\na/bytes\r\n");
}

TEST_CASE("in a pipe there is the payload and a newline, and with --raw the payload alone") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of plain(broker, topic(broker, "a", {"-C", "2"}));
  subscription_of raw(broker, topic(broker, "a", {"-C", "2", "--raw"}));
  subscription_of of(broker, topic(broker, "a", {"-C", "2", "--color", "always"}));
  publish(broker, "a", "one");
  publish(broker, "a", "two");
  CHECK(plain.output() == "one\ntwo\n");
  CHECK(raw.output() == "onetwo");
  CHECK(of.output().find("\033[1;36ma\033[0m one\n") != std::string::npos);
}

TEST_CASE("--idle ends after a silence: with 0 when something came, with 27 when not") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished nothing = run_sub(topic(broker, "a", {"--idle", "200ms"}));
  CHECK(nothing.code == 27);
  CHECK(nothing.err == "mqtt-sub: nothing came for 200.0 ms (--idle)\n");
  publish(broker, "a", "old", {"-r"});
  const finished something = run_sub(topic(broker, "a", {"--idle", "2s", "-C", "5", "-W", "60"}));
  CHECK(something.code == 0);
  CHECK(something.out == "old\n");
  CHECK(something.err == "");
  // What is filtered out is not something.
  CHECK(run_sub(topic(broker, "a", {"--idle", "200ms", "-T", "a"})).code == 27);
  CHECK(run_sub(topic(broker, "a", {"--idle", "60s", "-C", "1"})).code == 0);
  CHECK(run_sub(topic(broker, "b", {"--idle", "60s", "-W", "1"})).code == 27);
}

TEST_CASE("--idle loses nothing that waits behind a slow reader") {
  NEEDS_MOSQUITTO();
  mosquitto_options with;
  with.lines = {"max_queued_messages 0"};
  with.quiet = true;
  mosquitto broker(with);
  const finished kept = run_sub(topic(broker, "a", {"-c", "-i", "slow", "-E"}));
  REQUIRE(kept.code == 0);
  REQUIRE(run_pub_with_input(topic(broker, "a", {"-l"}), numbered_lines(60'000)).code == 0);
  std::string command = program("mqtt-sub");
  for (const std::string& word : topic(broker, "a", {"-c", "-i", "slow", "--idle", "1s"}))
    command += " " + word;
  // Longer than the silence nobody reads.
  const finished read = run({"/bin/sh", "-c", command + " | (sleep 2; cat)"});
  CHECK(line_count(read.out) == 60'000);
}

TEST_CASE("--retained only prints what was retained and ends by itself, however much it is") {
  NEEDS_MOSQUITTO();
  mosquitto_options with;
  with.lines = {"max_queued_messages 0", "max_inflight_messages 5"};
  mosquitto broker(with);
  std::string lines;
  for (int i = 0; i < 300; ++i) lines += "kept/" + std::to_string(i) + " x\n";
  REQUIRE(
      run_pub_with_input(at(broker) + words{"-l", "--key-sep", " ", "-r", "-q", "1"}, lines).code ==
      0);
  for (const std::string version : {"3.1.1", "5"}) {
    CAPTURE(version);
    const finished all =
        run_sub(topic(broker, "kept/#", {"--retained", "only", "-v", "-V", version}));
    CHECK(all.code == 0);
    CHECK(all.err == "");
    CHECK(line_count(all.out) == 300);
  }
  const finished none = run_sub(topic(broker, "other", {"--retained", "only"}));
  CHECK(none.code == 0);
  CHECK(none.out == "");
  const finished two = run_sub(topic(broker, "kept/#", {"--retained", "only", "-C", "2"}));
  CHECK(line_count(two.out) == 2);
  CHECK(run_sub(topic(broker, "kept/#", {"--retained", "skip", "-W", "1"})).out == "");
}

TEST_CASE("--retained only waits for a broker that sends the burst late and in pieces") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.grants();
    publish_packet message;
    message.topic = "a";
    message.retain = true;
    message.payload = as_bytes("first");
    client.sends(message);
    // The question whether that was all: a broker that answers from another thread than it sends.
    const auto question = client.receives<subscribe_packet>(packet_type::unsubscribe);
    message.payload = as_bytes("second");
    client.sends(message);
    message.retain = false;
    message.payload = as_bytes("new");
    client.sends(message);
    client.sends(packet_type::unsuback, suback_packet{question->packet_id, {}, {}});
    client.serves();
  });
  const finished result = run_sub(at(broker.port()) + words{"-t", "a", "--retained", "only"});
  CHECK(result.code == 0);
  CHECK(result.out == "first\nsecond\n");
  CHECK(broker.failure() == "");
}

TEST_CASE("--changed, --where and --sample choose messages, and -C counts what is printed") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of changed(broker, topic(broker, "a", {"--changed", "-C", "3"}));
  subscription_of warm(broker, topic(broker, "a", {"--where", ".t > 20", "-C", "2"}));
  subscription_of sampled(broker, topic(broker, "a", {"--sample", "3", "-C", "2"}));
  const std::string payloads = "{\"t\":20}\n{\"t\":20}\n{\"t\":21}\nno json\n{\"t\":22}\n";
  REQUIRE(run_pub_with_input(topic(broker, "a", {"-l"}), payloads).code == 0);
  CHECK(changed.output() == "{\"t\":20}\n{\"t\":21}\nno json\n");
  CHECK(warm.output() == "{\"t\":21}\n{\"t\":22}\n");
  CHECK(sampled.output() == "{\"t\":20}\nno json\n");
}

TEST_CASE("--events words tells of the connection and of the granted QoS") {
  NEEDS_MOSQUITTO();
  mosquitto_options with;
  with.listener_lines = {"max_qos 1"};
  mosquitto broker(with);
  const finished told = run_sub(
      at(broker) + words{"-t", "a/#", "-q", "2", "-i", "me", "-E", "--events", "words", "-V", "5"});
  CHECK(told.code == 0);
  const std::string place = "127.0.0.1:" + std::to_string(broker.port());
  CHECK(told.err == "mqtt-sub: connected to " + place +
                        " (MQTT 5, as 'me')\n"
                        "mqtt-sub: subscribed to 'a/#', QoS 1\n"
                        "mqtt-sub: subscribe to 'a/#': granted QoS 1 instead of 2\n");
}

TEST_CASE("--events json tells everything in JSON, a reconnect with its gap") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of watched(broker, topic(broker, "a\"b", {"--events", "json", "-C", "1"}));
  broker.stop();
  REQUIRE(watched.running().prints("\"lost\""));
  broker.start();
  REQUIRE(broker.has_subscribed(2));
  publish(broker, "a\"b", "x");
  watched.output();
  const std::string told = watched.running().err();
  CAPTURE(told);
  std::vector<nlohmann::json> events;
  std::istringstream lines(told);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("{")) events.push_back(nlohmann::json::parse(line));
  }
  REQUIRE(events.size() == 6);
  CHECK(line_count(told) == 6);
  CHECK(events[0]["event"] == "connected");
  CHECK(events[0]["broker"] == "127.0.0.1:" + std::to_string(broker.port()));
  CHECK(events[0]["version"] == "3.1.1");
  CHECK(events[0]["session_present"] == false);
  CHECK(events[1]["event"] == "subscribed");
  CHECK(events[1]["filter"] == "a\"b");
  CHECK(events[1]["qos"] == 1);
  CHECK(events[2]["event"] == "lost");
  CHECK(events[3]["event"] == "reconnected");
  CHECK(events[3]["gap_ms"] > 0);
  CHECK(events[4]["event"] == "subscribed");
  CHECK(events[5]["event"] == "ended");
  CHECK(events[5]["exit_code"] == 0);
}

TEST_CASE("--summary and --tree print at the end, in place of the messages or beside them") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of table(broker, topic(broker, "a/#", {"-C", "3", "--summary", "--tree"}));
  subscription_of both(broker, topic(broker, "a/#", {"-C", "3", "-v", "--tree"}));
  subscription_of interrupted(broker, topic(broker, "a/#", {"--tree"}));
  publish(broker, "a/b", "1");
  publish(broker, "a/b", "2");
  publish(broker, "a/c", "3");
  const std::string out = table.output();
  CHECK(out.find("a/b           2            2 ") != std::string::npos);
  CHECK(out.find("\n2 topics, 3 messages, 3 bytes in ") != std::string::npos);
  const std::string tree = "a\n├── b  2  (2 messages)\n└── c  3\n";
  CHECK(out.ends_with(tree));
  CHECK(both.output() == "a/b 1\na/b 2\na/c 3\n");
  CHECK(both.running().err() == tree);
  // Interrupted is an end as well.
  REQUIRE(broker.logs("Sending PUBLISH", 9));
  REQUIRE(broker.logs("Received PUBACK", 9));
  interrupted.running().signal(SIGINT);
  CHECK(interrupted.output(130) == tree);
}

TEST_CASE("--summary-every prints while messages come") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of table(broker, topic(broker, "a", {"--summary-every", "100ms"}));
  publish(broker, "a", "first");
  REQUIRE(table.running().wait_until([](const process& of) {
    return of.out().find("  first\n1 topic, 1 message, 5 bytes in ") != std::string::npos &&
           count_of(of.out(), "TOPIC") > 2;
  }));
  table.running().signal(SIGTERM);
  table.output(143);
}

}  // namespace mqttkit::testing
