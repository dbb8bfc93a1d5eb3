// The programs of lib/examples, each against a real broker: what a newcomer writes works as
// written, and ends.
#include <memory>

#include "programs.hpp"

namespace mqttkit::testing {
namespace {

// None of them has to wait for anything.
constexpr std::chrono::seconds deadline{30};

words example(const std::string& name, const mosquitto& broker, const words& more = {}) {
  return words{program("example_" + name), "127.0.0.1", std::to_string(broker.port())} + more;
}

process_options example_options(const std::string& name, const mosquitto& broker,
                                const words& more = {}) {
  process_options options;
  options.command = example(name, broker, more);
  return options;
}

finished run_example(const std::string& name, const mosquitto& broker, const words& more = {}) {
  return run(example(name, broker, more), deadline);
}

/// Waits for its end and checks that it was a good one.
std::string output_of(process& running) {
  const auto ended = running.wait(deadline);
  REQUIRE_MESSAGE(ended.has_value(), "it does not end: " << running.out() << running.err());
  CHECK_MESSAGE(ended->status() == 0, running.err());
  return running.out();
}

}  // namespace

TEST_CASE("an example publishes one message and ends") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of reader(broker, at(broker) + words{"-t", "greeting", "-C", "1"});
  const finished done = run_example("publish", broker, {"greeting", "hello world"});
  CHECK_MESSAGE(done.code == 0, done.err);
  CHECK(done.out == "acknowledged\n");
  CHECK(reader.output() == "hello world\n");
}

TEST_CASE("an example says why it could not connect") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  broker.stop();
  const finished done = run_example("publish", broker, {"greeting", "hello world"});
  CHECK(done.code == 1);
  CHECK(done.out == "");
  const std::string subject = "127.0.0.1:" + std::to_string(broker.port());
  CHECK(done.err == subject + ": connect: Connection refused\n");
}

TEST_CASE("an example that gives up ends, though its connection stands") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished done = run_example("subscribe", broker, {"not/a/#/filter", "1"});
  CHECK(done.code == 1);
  CHECK_FALSE(done.timed_out);
}

TEST_CASE("an example subscribes and prints") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process reader(example_options("subscribe", broker, {"room/#", "2"}));
  REQUIRE(reader.prints("subscribed"));
  REQUIRE(run_pub(at(broker) + words{"-t", "room/1", "-m", "one", "-q", "1"}).code == 0);
  REQUIRE(run_pub(at(broker) + words{"-t", "room/2", "-m", "two", "-q", "1"}).code == 0);
  CHECK(output_of(reader) == "subscribed\nroom/1 one\nroom/2 two\n");
}

TEST_CASE("an example subscribes twice and publishes to itself while a retained message waits") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  REQUIRE(run_pub(at(broker) + words{"-t", "a/1", "-m", "retained", "-r", "-q", "1"}).code == 0);
  const finished done = run_example("both_ways", broker);
  CHECK_MESSAGE(done.code == 0, done.err);
  CHECK(done.out == "published\na/1 retained\nb/1 from myself\n");
}

TEST_CASE("an example asks and another answers") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process service(example_options("request_reply", broker, {"serve"}));
  REQUIRE(service.prints("ready"));
  const finished done = run_example("request_reply", broker, {"what time is it"});
  CHECK_MESSAGE(done.code == 0, done.err);
  CHECK(done.out == "you said what time is it\n");
  output_of(service);
}

TEST_CASE("an example is two clients on one thread") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished done = run_example("two_clients", broker);
  CHECK_MESSAGE(done.code == 0, done.err);
  CHECK(done.out == "1\n2\n3\n");
}

TEST_CASE("an example cancels a wait and goes on with the same client") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished done = run_example("cancel", broker);
  CHECK_MESSAGE(done.code == 0, done.err);
  CHECK(done.out == "first\ncancelled\nsecond\n");
}

TEST_CASE("an example outlives its broker") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process reader(example_options("reconnect", broker, {"news", "2"}));
  REQUIRE(broker.has_subscribed());
  REQUIRE(run_pub(at(broker) + words{"-t", "news", "-m", "before", "-q", "1"}).code == 0);
  REQUIRE(reader.prints("before"));
  broker.restart();
  REQUIRE(broker.has_subscribed(2));
  REQUIRE(run_pub(at(broker) + words{"-t", "news", "-m", "after", "-q", "1"}).code == 0);
  const std::string out = output_of(reader);
  CHECK(out.find("up\nbefore\ndown\n") == 0);
  CHECK_MESSAGE(out.find("\nup\nafter\n") != std::string::npos, out);
}

TEST_CASE("an example works with handlers") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished done = run_example("callbacks", broker);
  CHECK_MESSAGE(done.code == 0, done.err);
  CHECK(line_count(done.out) == 2);
  CHECK(done.out.find("hello\n") != std::string::npos);
  CHECK(done.out.find("acknowledged\n") != std::string::npos);
}

TEST_CASE("an example works with futures, from another thread") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished done = run_example("futures", broker);
  CHECK_MESSAGE(done.code == 0, done.err);
  CHECK(done.out == "hello\n");
}

TEST_CASE("an example brings its own transport") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of reader(broker, at(broker) + words{"-t", "greeting", "-C", "1"});
  const finished done = run_example("own_transport", broker, {"greeting", "hello world"});
  CHECK_MESSAGE(done.code == 0, done.err);
  CHECK(done.out == "acknowledged\n");
  CHECK(reader.output() == "hello world\n");
  broker.stop();
  CHECK(run_example("own_transport", broker, {"greeting", "x"}).code == 1);
}

TEST_CASE("an example is a bridge between two brokers that loses nothing when it is killed") {
  NEEDS_MOSQUITTO();
  const mosquitto from, to;
  subscription_of reader(to, at(to) + words{"-t", "#", "-q", "1"});
  const auto start = [&] {
    auto options = example_options("bridge", from, {"127.0.0.1", std::to_string(to.port()), "#"});
    return std::make_unique<process>(std::move(options));
  };
  const auto publish = [&](const char* text) {
    CHECK(run_pub(at(from) + words{"-t", "a/b", "-m", text, "-q", "1"}).code == 0);
  };
  auto bridge = start();
  REQUIRE(bridge->prints("carrying\n"));
  publish("first");
  REQUIRE(reader.running().prints("first\n"));
  bridge->signal(SIGKILL);
  REQUIRE(bridge->wait());
  publish("second");
  bridge = start();
  CHECK(reader.running().prints("second\n"));
  publish("third");
  CHECK(reader.running().prints("third\n"));
}

TEST_CASE("an example waits with a limit and loses nothing by it") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished done = run_example("timeout", broker);
  CHECK_MESSAGE(done.code == 0, done.err);
  CHECK(done.out == "nothing yet\nhello\n");
}

}  // namespace mqttkit::testing
