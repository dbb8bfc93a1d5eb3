// mqtt-sub --reply-exec: commands that answer requests, those of mqtt-pub --request and of
// mosquitto_rr.
#include <signal.h>

#include <filesystem>

#include "programs.hpp"
#include "support/scripted_broker.hpp"

namespace mqttkit::testing {
namespace {

words service(const mosquitto& broker, const words& more) {
  return at(broker) + words{"-t", "service", "-q", "1"} + more;
}

finished asks(const mosquitto& broker, const std::string& question, const words& more = {}) {
  return run_pub(
      at(broker) +
      words{"--request", "-t", "service", "-m", question, "-W", "10", "--quiet", "-q", "1"} + more);
}

}  // namespace

TEST_CASE("--reply-exec answers mqtt-pub --request with what the command prints") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of answering(broker, service(broker, {"-C", "2", "--reply-exec", "tr a-z A-Z", "-D",
                                                     "publish", "content-type", "text/plain"}));
  const finished first = asks(broker, "hello", {"-F", "%p %q %r %C"});
  CHECK(first.code == 0);
  CHECK(first.out == "HELLO 1 0 text/plain\n");
  CHECK(asks(broker, "you", {"-q", "0", "-F", "%p %q"}).out == "YOU 0\n");
  CHECK(answering.output() == "");
  CHECK(answering.running().err() == "");
}

TEST_CASE("--reply-exec answers mosquitto_rr, before MQTT 5 on the topic of -e") {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("mosquitto_rr");
  mosquitto broker;
  for (const std::string version : {"5", "311"}) {
    CAPTURE(version);
    subscription_of answering(
        broker, service(broker, {"-V", version, "-C", "1", "-e", "other/replies",
                                 "--reply-exec-shell", "read x; echo \"$x $MQTT_TOPIC\""}));
    const std::string replies = version == "5" ? "its/own" : "other/replies";
    process_options options;
    options.command =
        words{"mosquitto_rr"} + at(broker) +
        words{"-V", version, "-t", "service", "-e", replies, "-m", "hello", "-W", "10", "-q", "1"};
    CHECK(run(std::move(options)).out == "hello service\n\n");
    answering.output();
  }
}

TEST_CASE("a command that fails, hangs or prints too much sends no reply, and is named") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of answering(
      broker, service(broker, {"-C", "4", "--exec-timeout", "3s", "--reply-exec-shell",
                               "read what; echo part; eval \"$what\""}));
  const auto request = [&](const std::string& what) {
    REQUIRE(run_pub(at(broker) + words{"-V", "5", "-t", "service", "-q", "1", "-m", what, "-D",
                                       "publish", "response-topic", "replies"})
                .code == 0);
  };
  subscription_of replies(broker, at(broker) + words{"-t", "replies", "-q", "1", "-C", "1"});
  request("exit 3");
  request("exec sleep 10");
  request("head -c 17000000 /dev/zero");
  request("echo whole");
  CHECK(answering.output(15) == "");
  const std::string& told = answering.running().err();
  CHECK(told.find("mqtt-sub: topic 'service': 'read what; echo part; eval \"$what\"' ended with "
                  "status 3\n") != std::string::npos);
  CHECK(told.find(" was ended after 3.0 s (--exec-timeout)\n") != std::string::npos);
  CHECK(told.find(" wrote more than 16 MiB, which is too much for a reply\n") != std::string::npos);
  CHECK(told.ends_with("mqtt-sub: 3 of 4 requests got no reply (--reply-exec)\n"));
  CHECK(replies.output() == "part\nwhole\n\n");
}

TEST_CASE("a message that names no response topic is no request, and no command is run") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string trace = broker.folder().file("ran");
  subscription_of answering(broker, service(broker, {"-C", "1", "--reply-exec", "touch " + trace}));
  REQUIRE(run_pub(at(broker) + words{"-t", "service", "-m", "x", "-q", "1"}).code == 0);
  answering.output(15);
  CHECK(answering.running().err().find(
            "topic 'service': the message has no response topic, so nobody was run; -e TOPIC "
            "gives one\n") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(trace));
}

TEST_CASE("a reply that the broker does not take is named, and the exit status is 11") {
  NEEDS_MOSQUITTO();
  mosquitto_options small;
  small.lines = {"max_packet_size 1000"};
  mosquitto broker(small);
  subscription_of answering(broker,
                            service(broker, {"-C", "1", "--reply-exec", "head -c 2000 /dev/zero"}));
  REQUIRE(run_pub(at(broker) + words{"-V", "5", "-t", "service", "-n", "-q", "1", "-D", "publish",
                                     "response-topic", "replies"})
              .code == 0);
  answering.output(11);
  CHECK(answering.running().err().find("reply to 'replies' (2000 bytes): ") != std::string::npos);
}

TEST_CASE("a request is acknowledged when the broker has acknowledged its reply, not before") {
  std::string order;
  scripted_broker broker([&order](peer& client) {
    client.accepts();
    client.grants();
    publish_packet request;
    request.topic = "service";
    request.qos = qos_t::at_least_once;
    request.packet_id = 7;
    properties with;
    REQUIRE_FALSE(with.add(property_id::response_topic, "replies"));
    REQUIRE_FALSE(with.add(property_id::correlation_data, "id"));
    request.properties = with;
    client.sends(request);
    const auto reply = client.receives<publish_packet>(packet_type::publish);
    order += std::string(reply->topic) + " " + std::string(as_text(reply->payload)) +
             std::string(reply->properties.text(property_id::correlation_data).value_or("")) + " ";
    client.sends(ack_packet{packet_type::puback, reply->packet_id});
    const auto ack = client.receives<ack_packet>(packet_type::puback);
    order += std::to_string(ack->packet_id);
    while (client.next() != nullptr) {
    }
  });
  const finished result = run_sub(at(broker.port()) + words{"-t", "service", "-q", "1", "-C", "1",
                                                            "--reply-exec", "printf done"});
  CHECK(result.code == 0);
  CHECK(broker.failure() == "");
  CHECK(order == "replies doneid 7");
}

TEST_CASE("--exec-jobs requests are answered at a time, and every one is") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  constexpr std::size_t count = 40;
  subscription_of answering(broker,
                            service(broker, {"-C", std::to_string(count), "--exec-jobs", "5",
                                             "--reply-exec-shell", "sleep 0.02; cat"}));
  subscription_of replies(
      broker, at(broker) + words{"-t", "replies", "-q", "1", "-C", std::to_string(count)});
  REQUIRE(run_pub_with_input(at(broker) + words{"-V", "5", "-t", "service", "-q", "1", "-l", "-D",
                                                "publish", "response-topic", "replies"},
                             numbered_lines(count))
              .code == 0);
  answering.output();
  const std::string got = "\n" + replies.output();
  for (std::size_t i = 1; i <= count; ++i)
    CHECK(count_of(got, "\n" + std::to_string(i) + "\n") == 1);
}

// The replies are acknowledged behind requests in the stream, and mosquitto 2.0.11 loses count of
// Receive Maximum over them.
TEST_CASE("one command at a time answers hundreds of requests that wait, in every version") {
  NEEDS_MOSQUITTO();
  mosquitto_options many;
  many.quiet = true;
  mosquitto broker(many);
  constexpr std::size_t count = 150;
  struct {
    std::string version;
    std::string qos;
    words service;
    words request;
  } const ways[] = {
      {"5", "1", {}, {"-D", "publish", "response-topic", "replies"}},
      {"5", "2", {}, {"-D", "publish", "response-topic", "replies"}},
      {"3.1.1", "2", {"-e", "replies"}, {}},
  };
  for (const auto& way : ways) {
    CAPTURE(way.version);
    CAPTURE(way.qos);
    const words common = at(broker) + words{"-V", way.version, "-q", way.qos};
    process_options options;
    options.command = sub(common +
                          words{"-t", "service", "-C", std::to_string(count), "--reply-exec", "cat",
                                "--events", "words"} +
                          way.service);
    process answering(options);
    options.command =
        sub(common + words{"-t", "replies", "-C", std::to_string(count), "--events", "words"});
    process replies(options);
    REQUIRE(answering.prints("subscribed"));
    REQUIRE(replies.prints("subscribed"));
    REQUIRE(run_pub_with_input(common + words{"-t", "service", "-l"} + way.request,
                               numbered_lines(count))
                .code == 0);
    const auto ended = answering.wait();
    REQUIRE(ended.has_value());
    CHECK_MESSAGE(ended->code == 0, answering.err());
    REQUIRE(replies.wait().has_value());
    CHECK(replies.out() == numbered_lines(count) + std::string());
  }
}

// More than the client lets wait (16 MiB) stands in front of the acknowledgement of a reply, for
// longer than it bears (10 s) where somebody waits for one.
TEST_CASE("a command that takes its time loses no request of the many that wait meanwhile") {
  NEEDS_MOSQUITTO();
  mosquitto_options at_once;
  at_once.lines = {"max_queued_messages 0", "max_inflight_messages 0"};
  at_once.quiet = true;
  mosquitto broker(at_once);
  constexpr std::size_t count = 40;
  process_options options;
  options.command = sub(service(
      broker, {"-V", "5", "-C", std::to_string(count), "--events", "words", "--reply-exec-shell",
               "read -r number rest; [ $number != 3 ] || sleep 11; echo $number"}));
  process answering(options);
  REQUIRE(answering.prints("subscribed"));
  process_options reading;
  reading.command = sub(at(broker) + words{"-V", "5", "-t", "replies", "-q", "1", "-N", "-C",
                                           std::to_string(count), "--events", "words"});
  process replies(reading);
  REQUIRE(replies.prints("subscribed"));
  std::string requests;
  for (std::size_t i = 1; i <= count; ++i)
    requests += std::to_string(i) + " " + std::string(500'000, 'x') + "\n";
  REQUIRE(run_pub_with_input(at(broker) + words{"-V", "5", "-t", "service", "-q", "1", "-l", "-D",
                                                "publish", "response-topic", "replies"},
                             requests)
              .code == 0);
  const auto ended = answering.wait();
  REQUIRE(ended.has_value());
  CHECK_MESSAGE(ended->code == 0, answering.err());
  REQUIRE(replies.wait().has_value());
  CHECK(replies.out() == numbered_lines(count));
}

TEST_CASE("replies whose acknowledgements cannot be reached end it, and it says so") {
  scripted_broker broker([](peer& client) {
    client.accepts();
    client.grants();
    properties with;
    REQUIRE_FALSE(with.add(property_id::response_topic, "replies"));
    const std::string large(1u << 20, 'x');
    publish_packet request;
    request.topic = "service";
    request.payload = as_bytes(large);
    request.qos = qos_t::at_least_once;
    request.properties = with;
    for (request.packet_id = 1; request.packet_id <= 100; ++request.packet_id)
      client.sends(request);
    while (client.next() != nullptr) {  // and acknowledges nothing
    }
  });
  const finished result = run_sub(
      at(broker.port()) + words{"-V", "5", "-t", "service", "-q", "1", "--reply-exec", "cat"});
  CHECK_MESSAGE(result.code == 11, result.err);
  CHECK(result.err.find("mqtt-sub: replies stand still (--reply-exec): ") != std::string::npos);
  CHECK(result.err.find("not every reply was acknowledged before the end\n") != std::string::npos);
}

TEST_CASE("a request that is being dealt with at SIGTERM is still answered") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string gate = broker.folder().file("gate");
  subscription_of answering(
      broker, service(broker, {"--reply-exec-shell", "echo started >&2; while ! [ -e " + gate +
                                                         " ]; do sleep 0.02; done; echo answer"}));
  process_options options;
  options.command = pub(at(broker) + words{"--request", "-t", "service", "-m", "x", "-q", "1", "-W",
                                           "10", "--quiet"});
  process asking(options);
  REQUIRE(answering.running().prints("started\n"));
  answering.running().signal(SIGTERM);
  broker.folder().write("gate", "");
  REQUIRE(asking.wait().has_value());
  CHECK(asking.out() == "answer\n\n");
  answering.output(143);
}

}  // namespace mqttkit::testing
