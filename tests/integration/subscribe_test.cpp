// mqtt-sub: which messages it prints, when it ends, and what is acknowledged.
#include <signal.h>

#include "programs.hpp"
#include "support/scripted_broker.hpp"

namespace mqttkit::testing {
TEST_CASE("payloads are printed, with -v the topics as well") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of plain(broker, topic(broker, "a/#", {"-C", "2"}));
  subscription_of verbose(broker, topic(broker, "a/#", {"-C", "2", "-v"}));
  publish(broker, "a/b", "one");
  publish(broker, "a/c", "two");
  CHECK(plain.output() == "one\ntwo\n");
  CHECK(verbose.output() == "a/b one\na/c two\n");
}

TEST_CASE("several -t subscribe, -T keeps topics out, -U unsubscribes") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of several(broker, at(broker) + words{"-t", "a", "-t", "b", "-C", "2", "-v"});
  subscription_of without(broker, topic(broker, "+", {"-T", "a", "-C", "1", "-v"}));
  subscription_of left(broker, topic(broker, "a", {"-t", "b", "-U", "a", "-C", "1", "-v"}));
  REQUIRE(broker.logs("Sending UNSUBACK"));
  publish(broker, "a", "1");
  publish(broker, "b", "2");
  CHECK(several.output() == "a 1\nb 2\n");
  CHECK(without.output() == "b 2\n");
  CHECK(left.output() == "b 2\n");
}

TEST_CASE("--subscribe gives a filter a QoS of its own, -q holds for the others") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of mixed(
      broker, at(broker) + words{"-t", "a", "--subscribe", "qos=2,topic=b", "-q", "1",
                                 "--subscribe", "qos=0,topic=c", "-C", "3", "-F", "%t %q"});
  for (const char* const each : {"a", "b", "c"}) publish(broker, each, "x", {"-q", "2"});
  const std::string printed = mixed.output();
  CHECK(count_of(printed, "a 1\n") == 1);
  CHECK(count_of(printed, "b 2\n") == 1);
  CHECK(count_of(printed, "c 0\n") == 1);
}

TEST_CASE("-W ends with 27, -E once the subscription stands") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished timed_out = run_sub(topic(broker, "a", {"-W", "1"}));
  CHECK(timed_out.code == 27);
  CHECK(timed_out.err == "mqtt-sub: timed out after 1 s (-W)\n");
  const finished subscribed = run_sub(topic(broker, "a", {"-E"}));
  CHECK(subscribed.code == 0);
  CHECK(subscribed.err == "");
  CHECK(broker.log().find("Sending SUBACK") != std::string::npos);
}

TEST_CASE("-R leaves retained messages out, --retained-only the others") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  publish(broker, "a", "old", {"-r"});
  for (const std::string version : {"3.1.1", "5"}) {
    CAPTURE(version);
    subscription_of fresh(broker, topic(broker, "a", {"-R", "-C", "1", "-V", version}));
    subscription_of kept(broker, topic(broker, "a", {"--retained-only", "-V", version}));
    publish(broker, "a", "new");
    CHECK(fresh.output() == "new\n");
    CHECK(kept.output() == "old\n");
  }
}

TEST_CASE("--remove-retained does not remove its own removals") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  REQUIRE(run_pub(topic(broker, "kept/a", {"-m", "x", "-r", "-q", "1"})).code == 0);
  const finished removed = run_sub(topic(
      broker, "kept/#", {"--remove-retained", "--retain-as-published", "-W", "1", "-F", "%p"}));
  CHECK(removed.code == 27);
  CHECK(removed.out == "x\n\n");  // and the removal, once
  CHECK(count_of(broker.log(), "Received PUBLISH") == 2);
}

TEST_CASE("--remove-retained removes what it prints") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.lines = {"max_inflight_messages 20"};
  mosquitto broker(options);
  std::string lines;
  for (int i = 0; i < 100; ++i) publish(broker, "kept/" + std::to_string(i), "x", {"-r"});
  const finished removed =
      run_sub(topic(broker, "kept/#", {"--remove-retained", "-C", "100", "-V", "5"}));
  CHECK_MESSAGE(removed.code == 0, removed.err);
  CHECK(line_count(removed.out) == 100);
  CHECK(run_sub(topic(broker, "kept/#", {"--retained", "only"})).out == "");
}

TEST_CASE("--retain-as-published shows the flag of the publisher") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of as_published(
      broker, topic(broker, "a", {"--retain-as-published", "-C", "1", "-F", "%r"}));
  subscription_of plain(broker, topic(broker, "a", {"-V", "5", "-C", "1", "-F", "%r"}));
  publish(broker, "a", "x", {"-r"});
  CHECK(as_published.output() == "1\n");
  CHECK(plain.output() == "0\n");
}

TEST_CASE("--random-filter prints about its share") {
  NEEDS_MOSQUITTO();
  mosquitto_options with;
  with.lines = {"max_queued_messages 0"};
  mosquitto broker(with);
  subscription_of half(broker, topic(broker, "a", {"--random-filter", "50", "-C", "2000"}));
  REQUIRE(run_pub_with_input(topic(broker, "a", {"-l"}), numbered_lines(2000)).code == 0);
  const std::size_t printed = line_count(half.output());
  CHECK(printed > 800);  // nine standard deviations from the middle
  CHECK(printed < 1200);
}

TEST_CASE("a session that is kept delivers what came meanwhile") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  for (const std::string version : {"3.1.1", "5"}) {
    CAPTURE(version);
    const words kept = topic(broker, "a", {"-c", "-i", "reader" + version, "-V", version});
    CHECK(run_sub(kept + words{"-E"}).code == 0);
    publish(broker, "a", "while away 1");
    publish(broker, "a", "while away 2");
    CHECK(run_sub(kept + words{"-C", "1"}).out == "while away 1\n");
    CHECK(run_sub(kept + words{"-C", "1"}).out == "while away 2\n");
  }
}

TEST_CASE("a message is acknowledged only after it was written") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words kept = topic(broker, "a", {"-c", "-i", "reader"});
  REQUIRE(run_sub(kept + words{"-E"}).code == 0);
  publish(broker, "a", "precious");
  process_options full;
  full.command = sub(kept + words{"-C", "1"});
  full.output = output_to::full_device;
  const finished failed = run(full);
  CHECK(failed.code == 15);
  CHECK(failed.err.find("standard output: No space left on device") != std::string::npos);
  CHECK(run_sub(kept + words{"-C", "1"}).out == "precious\n");
}

TEST_CASE("a reader that leaves ends mqtt-sub quietly, also while nothing arrives") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process_options idle;
  idle.command = {"/bin/sh", "-c",
                  program("mqtt-sub") + " -h 127.0.0.1 -p " + std::to_string(broker.port()) +
                      " -t quiet; echo code $? >&2"};
  idle.output = output_to::broken_pipe;
  const finished result = run(idle);
  CHECK(result.err == "code 15\n");
}

TEST_CASE("a reader that is slow keeps mqtt-sub waiting and the connection alive") {
  NEEDS_MOSQUITTO();
  mosquitto_options with;
  with.lines = {"max_queued_messages 0"};
  mosquitto broker(with);
  process_options stuck;
  stuck.output = output_to::stuck_pipe;
  subscription_of subscriber(broker, topic(broker, "a", {"-k", "1", "-d"}), stuck);
  // More than the pipe and mqtt-sub's own block hold.
  REQUIRE(run_pub_with_input(topic(broker, "a", {"-l"}), numbered_lines(100'000)).code == 0);
  CHECK(subscriber.running().prints("sending PINGREQ"));
  CHECK(subscriber.running().is_running());
  subscriber.running().signal(SIGTERM);
  CHECK(subscriber.output(143) == "");
}

TEST_CASE("SIGINT and SIGTERM say goodbye to the broker") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  std::size_t goodbyes = 0;
  for (const int number : {SIGINT, SIGTERM}) {
    subscription_of subscriber(broker, topic(broker, "a"));
    subscriber.running().signal(number);
    CHECK(subscriber.output(128 + number) == "");
    CHECK(subscriber.running().wait()->signal == number);
    CHECK(subscriber.running().err() == "");
    CHECK(broker.logs("Received DISCONNECT", ++goodbyes));
  }
}

TEST_CASE("after a broker's restart it subscribes again and says so") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of subscriber(broker, topic(broker, "a", {"-C", "2"}));
  publish(broker, "a", "before");
  REQUIRE(subscriber.running().prints("before\n"));
  broker.restart();
  REQUIRE(broker.has_subscribed(2));
  publish(broker, "a", "after");
  CHECK(subscriber.output() == "before\nafter\n");
  CHECK(subscriber.running().err().find("reconnecting\n") != std::string::npos);
  CHECK(subscriber.running().err().find("mqtt-sub: reconnected after ") != std::string::npos);
}

TEST_CASE("two clients with one identifier are told why they push each other out") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process_options options;
  options.command = sub(at(broker) + words{"-t", "a", "-i", "twin"});
  process made(options);
  process other(options);
  const std::string reason =
      "connection closed by the peer; reconnecting; this was the third time soon after connecting: "
      "another client may have the identifier 'twin', give each its own with -i; with -V 5 a "
      "broker can say why\n";
  CHECK(made.prints(reason));
  CHECK(other.prints(reason));
}

TEST_CASE("messages that come before SUBACK are printed") {
  scripted_broker broker([](peer& client) {
    connack_packet resumed;
    resumed.session_present = true;
    client.accepts(resumed);
    publish_packet message;
    message.topic = "a";
    message.payload = as_bytes("early");
    client.sends(message);
    client.grants();
    client.serves();
  });
  const words kept{"-c", "-i", "kept"};
  const finished result = run_sub(at(broker.port()) + kept + words{"-t", "a", "-C", "1"});
  CHECK(result.out == "early\n");
  CHECK(result.code == 0);
}

TEST_CASE("a QoS 2 message that the broker repeats is printed once") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.grants();
    publish_packet message;
    message.topic = "a";
    message.payload = as_bytes("once");
    message.qos = qos_t::exactly_once;
    message.packet_id = 7;
    client.sends(message);
    client.expects(packet_type::pubrec);
    message.dup = true;
    client.sends(message);
    client.expects(packet_type::pubrec);
    client.sends(ack_packet{packet_type::pubrel, 7, 0, {}});
    client.expects(packet_type::pubcomp);
    message.dup = false;
    message.packet_id = 8;
    message.payload = as_bytes("last");
    client.sends(message);
    client.serves();
  });
  const finished result = run_sub(at(broker.port()) + words{"-t", "a", "-q", "2", "-C", "2"});
  CHECK(result.out == "once\nlast\n");
  CHECK(broker.failure() == "");
}

TEST_CASE("a QoS 2 exchange is finished before the goodbye") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.grants();
    publish_packet message;
    message.topic = "a";
    message.payload = as_bytes("x");
    message.qos = qos_t::exactly_once;
    message.packet_id = 7;
    client.sends(message);
    client.expects(packet_type::pubrec);
    message.packet_id = 8;  // more than was asked for: not acknowledged
    client.sends(message);
    client.sends(ack_packet{packet_type::pubrel, 7, 0, {}});
    client.expects(packet_type::pubcomp);
    client.expects(packet_type::disconnect);
  });
  const finished result =
      run_sub(at(broker.port()) + words{"-t", "a", "-q", "2", "-C", "1", "-c", "-i", "me"});
  CHECK(result.out == "x\n");
  CHECK(result.code == 0);
  CHECK(broker.failure() == "");
}

TEST_CASE("bytes of the network do not reach the terminal through error messages") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.expects(packet_type::subscribe);
    properties with;
    [[maybe_unused]] const auto error =
        with.add(property_id::reason_string, std::string_view("no\x1b[31m\nway"));
    client.sends(packet_type::disconnect, reason_packet{0x87, with});
    client.closed_by_client();
  });
  const finished result = run_sub(at(broker.port()) + words{"-t", "a", "-V", "5"});
  CHECK(result.code == 13);
  CHECK(result.err.find("\"no\\x1B[31m\\x0Away\"") != std::string::npos);
  CHECK(line_count(result.err) == 1);
}

}  // namespace mqttkit::testing
