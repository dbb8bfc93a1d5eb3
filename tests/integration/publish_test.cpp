// mqtt-pub: every way a message comes in, and what becomes of it when things go wrong.
#include <signal.h>

#include <future>
#include <thread>

#include "programs.hpp"
#include "support/scripted_broker.hpp"

namespace mqttkit::testing {
namespace {

// What arrives at QoS 2 on `topic` when mqtt-pub runs with these arguments and this input.
std::string arrives(const mosquitto& broker, const words& arguments, const std::string& input,
                    const std::string& count, const words& format = {}) {
  subscription_of subscriber(broker,
                             at(broker) + words{"-t", "in", "-q", "2", "-C", count} + format);
  const finished published = run_pub_with_input(at(broker) + words{"-t", "in"} + arguments, input);
  CHECK_MESSAGE(published.code == 0, published.err);
  CHECK(published.err == "");
  return subscriber.output();
}

process_options with_pipe(const words& arguments) {
  process_options options;
  options.command = pub(arguments);
  options.input = input_from::pipe;
  return options;
}

}  // namespace

TEST_CASE("-m, -f, -s and -n publish one message each") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string file = broker.folder().write("file", "from a file\n");
  CHECK(arrives(broker, {"-m", "text"}, "", "1", {"-F", "[%p]"}) == "[text]\n");
  CHECK(arrives(broker, {"-f", file}, "", "1", {"-F", "[%p]"}) == "[from a file\n]\n");
  CHECK(arrives(broker, {"-s"}, "one\ntwo\n", "1", {"-F", "[%p]"}) == "[one\ntwo\n]\n");
  CHECK(arrives(broker, {"-n"}, "", "1", {"-F", "[%p]"}) == "[]\n");
}

TEST_CASE("-s with nothing on its input publishes nothing, and keeps what is retained") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  REQUIRE(run_pub(at(broker) + words{"-t", "in", "-r", "-m", "kept", "-q", "1"}).code == 0);
  const finished empty = run_pub_with_input(at(broker) + words{"-t", "in", "-r", "-s"}, "");
  CHECK(empty.code == 16);
  CHECK(empty.err == "mqtt-pub: standard input: empty; -n publishes an empty message\n");
  CHECK(run_sub(at(broker) + words{"-t", "in", "-C", "1"}).out == "kept\n");
}

TEST_CASE("-l publishes each line, the empty ones and the last one without newline as well") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  for (const std::string qos : {"0", "1", "2"}) {
    CAPTURE(qos);
    CHECK(arrives(broker, {"-l", "-q", qos}, "one\n\ntwo three\nlast", "4", {"-F", "[%p]"}) ==
          "[one]\n[]\n[two three]\n[last]\n");
  }
}

TEST_CASE("-l keeps NUL bytes, carriage returns and bytes that are not UTF-8") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string lines("a\0b\r\n\xff\xfe\n", 8);
  CHECK(arrives(broker, {"-l", "-q", "1"}, lines, "2") == lines);
}

TEST_CASE("-l takes a line of 5 MB between short ones") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string lines = "short\n" + std::string(5'000'000, 'x') + "\nshort again\n";
  CHECK((arrives(broker, {"-l", "-q", "1"}, lines, "3") == lines));
}

TEST_CASE("-l with nothing on its input publishes nothing and ends well") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished result = run_pub_with_input(at(broker) + words{"-t", "a", "-l", "-q", "1"}, "");
  CHECK(result.code == 0);
  CHECK(result.err == "");
  CHECK(count_of(broker.log(), "Received PUBLISH") == 0);
}

TEST_CASE("a line that is typed goes out at once") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process_options options;
  options.command = pub(at(broker) + words{"-t", "typed", "-l"});
  options.input = input_from::terminal;
  process typed(options);
  REQUIRE(broker.logs("Sending CONNACK"));
  typed.type("first\n");
  CHECK(broker.logs("'typed', ... (5 bytes)"));
  typed.type("second!\n");
  CHECK(broker.logs("'typed', ... (7 bytes)"));
  typed.type("\x04");
  const auto ended = typed.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == 0);
}

TEST_CASE("reading stdin leaves its flags as they were") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const auto flags_after = [](const std::string& command) {
    process_options options;
    options.command = {
        "/bin/sh", "-c",
        "(echo line; sleep 0.2; echo more) | { " + command + "; grep flags /proc/self/fdinfo/0; }"};
    return run(options).out;
  };
  const std::string publish =
      program("mqtt-pub") + " -h 127.0.0.1 -p " + std::to_string(broker.port()) + " -t a -q 1 -l";
  CHECK(flags_after(publish) == flags_after("cat >/dev/null"));
  CHECK(count_of(broker.log(), "Received PUBLISH") == 2);
}

TEST_CASE("--repeat publishes again, with a delay between") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  CHECK(arrives(broker, {"-m", "again", "--repeat", "3", "-q", "1"}, "", "3") ==
        "again\nagain\nagain\n");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(arrives(broker, {"-m", "slow", "--repeat", "3", "--repeat-delay", "0.2"}, "", "3") ==
        "slow\nslow\nslow\n");
  CHECK(std::chrono::steady_clock::now() - begin >= 400ms);
}

TEST_CASE("a retained message stays until -r -n removes it") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  CHECK(run_pub(at(broker) + words{"-t", "kept", "-r", "-m", "value", "-q", "1"}).code == 0);
  CHECK(run_sub(at(broker) + words{"-t", "kept", "-C", "1", "-F", "%r %p"}).out == "1 value\n");
  CHECK(run_pub(at(broker) + words{"-t", "kept", "-r", "-n", "-q", "1"}).code == 0);
  const finished nothing = run_sub(at(broker) + words{"-t", "kept", "--retained", "only"});
  CHECK(nothing.out == "");
  CHECK(nothing.code == 0);
}

TEST_CASE("properties of MQTT 5 arrive") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words common = at(broker) + words{"-t", "p", "-V", "5"};
  subscription_of subscriber(broker, common + words{"-C", "1", "-F", "%C|%R|%D|%E|%P"});
  const finished published =
      run_pub(common + words{"-m", "x", "-D", "publish", "content-type", "text/plain", "-D",
                             "publish", "response-topic", "answers", "-D", "publish",
                             "correlation-data", "42", "-D", "publish", "user-property", "k", "v"});
  CHECK_MESSAGE(published.code == 0, published.err);
  CHECK(subscriber.output() == "text/plain|answers|42||k:v\n");
}

TEST_CASE("with -l a topic alias replaces the topic after the first line") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of subscriber(broker, at(broker) + words{"-t", "in", "-C", "3", "-v"});
  const finished published =
      run_pub_with_input(at(broker) + words{"-t", "in", "-V", "5", "-l", "-q", "1", "-d", "-D",
                                            "publish", "topic-alias", "3"},
                         "1\n2\n3\n");
  CHECK_MESSAGE(published.code == 0, published.err);
  CHECK(count_of(published.err, "sending PUBLISH (d0, q1, r0, m1, 'in', 1 bytes)") == 1);
  CHECK(count_of(published.err, "'', 1 bytes)") == 2);
  CHECK(subscriber.output() == "in 1\nin 2\nin 3\n");
}

TEST_CASE("a will is published when mqtt-pub is killed, and not when it ends well") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words with_will =
      at(broker) +
      words{"-t", "a", "--will-topic", "wills", "--will-payload", "gone", "--will-qos", "1"};
  subscription_of subscriber(broker, at(broker) + words{"-t", "wills", "-q", "1", "-C", "1"});
  CHECK(run_pub(with_will + words{"-m", "x", "-q", "1"}).code == 0);
  process killed(with_pipe(with_will + words{"-l", "-q", "1"}));
  killed.write("line\n");
  REQUIRE(broker.logs("Sending PUBACK", 2));
  CHECK(subscriber.running().out() == "");
  killed.signal(SIGKILL);
  CHECK(subscriber.output() == "gone\n");
}

TEST_CASE("every line arrives once when the broker crashes and comes back in between") {
  NEEDS_MOSQUITTO();
  // MQTT 5 and a broker that keeps sessions over the crash are what exactly once needs.
  mosquitto_options options;
  options.persistence = true;
  options.lines = {"max_queued_messages 0"};
  mosquitto broker(options);
  const std::string first = numbered_lines(2000);
  const std::string all = numbered_lines(4000);
  subscription_of subscriber(broker, at(broker) + words{"-t", "in", "-q", "2", "-C", "4000", "-V",
                                                        "5", "-c", "-x", "600", "-i", "reader"});
  process publisher(with_pipe(at(broker) + words{"-t", "in", "-l", "-q", "2", "-V", "5"}));
  publisher.write(first);
  REQUIRE(subscriber.running().prints("\n2000\n"));
  // mosquitto 2.0.11 forgets over a restart that it sent PUBREL, and publishes once more.
  REQUIRE(broker.logs("Received PUBCOMP from reader", 2000));
  broker.stop();
  publisher.write(all.substr(first.size()));
  broker.start();
  publisher.close_input();
  const auto ended = publisher.wait();
  REQUIRE(ended.has_value());
  CHECK_MESSAGE(ended->code == 0, publisher.err());
  CHECK((subscriber.output() == all));
}

TEST_CASE("no line is lost when the broker is killed with lines in flight") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.lines = {"max_queued_messages 0"};
  mosquitto broker(options);
  process publisher(with_pipe(at(broker) + words{"-t", "in", "-l", "-q", "1"}));
  publisher.write(numbered_lines(500));
  REQUIRE(broker.logs("Sending PUBACK", 500));
  broker.suspend();
  publisher.write("501\n502\n");
  broker.kill();
  broker.start();
  subscription_of subscriber(broker, at(broker) + words{"-t", "in", "-q", "1", "-W", "60"});
  publisher.write("503\n");
  publisher.close_input();
  const auto ended = publisher.wait();
  REQUIRE(ended.has_value());
  CHECK_MESSAGE(ended->code == 0, publisher.err());
  CHECK(publisher.err().find("reconnecting") != std::string::npos);
  CHECK(broker.logs("Sending PUBACK", 503));
}

TEST_CASE("a line that makes the broker hang up again and again is not sent in silence") {
  NEEDS_MOSQUITTO();
  mosquitto_options with;
  with.lines = {"max_packet_size 1000"};  // which it cannot say before MQTT 5
  mosquitto broker(with);
  process_options options;
  options.command = pub(at(broker) + words{"-t", "a", "-q", "1", "-l"});
  options.input = input_from::text;
  options.text = std::string(2000, 'x') + "\n";
  process publisher(options);
  CHECK(
      publisher.prints("this was the third time soon after connecting: the broker may not take "
                       "what it is sent (too large, "));
}

TEST_CASE("SIGINT settles what is in flight, says goodbye and is died of") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process publisher(with_pipe(at(broker) + words{"-t", "in", "-l", "-q", "1"}));
  publisher.write("1\n2\n3\n");
  REQUIRE(broker.logs("Received PUBLISH", 3));
  publisher.signal(SIGINT);
  const auto ended = publisher.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->signal == SIGINT);
  CHECK(publisher.err() == "mqtt-pub: interrupted: 3 messages acknowledged\n");
  CHECK(broker.logs("Received DISCONNECT"));
}

TEST_CASE("SIGTERM is died of also before there is a connection") {
  std::promise<void> is_waiting;
  scripted_broker silent([&](peer& client) {
    client.expects(packet_type::connect);
    is_waiting.set_value();
    client.closed_by_client();
  });
  process publisher(with_pipe(at(silent.port()) + words{"-t", "in", "-l"}));
  REQUIRE(is_waiting.get_future().wait_for(patience) == std::future_status::ready);
  publisher.signal(SIGTERM);
  const auto ended = publisher.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->signal == SIGTERM);
}

TEST_CASE("a broker that stops answering is left behind on the second SIGINT") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process publisher(with_pipe(at(broker) + words{"-t", "in", "-l", "-q", "1"}));
  publisher.write("1\n");
  REQUIRE(broker.logs("Sending PUBACK"));
  broker.suspend();
  publisher.write("2\n");
  // Two that come before the program looks are one; it alone would be waited for five seconds.
  const auto begin = std::chrono::steady_clock::now();
  std::optional<exit_result> ended;
  while (!ended && std::chrono::steady_clock::now() - begin < 4s) {
    publisher.signal(SIGINT);
    ended = publisher.wait(50ms);
  }
  broker.resume();
  REQUIRE(ended.has_value());
  CHECK(ended->signal == SIGINT);
}

}  // namespace mqttkit::testing
