// mqtt-pub --request against a service made of the other programs.
#include <sstream>

#include "programs.hpp"

namespace mqttkit::testing {
namespace {

// The service's side: waits for one request and tells where it wants its reply.
struct request_seen {
  std::string response_topic;
  std::string correlation;
  std::string payload;
};

request_seen take_request(subscription_of& service) {
  REQUIRE(service.running().prints("\n"));
  std::istringstream line(service.running().out());
  request_seen found;
  line >> found.response_topic >> found.correlation >> found.payload;
  return found;
}

words service_on(const mosquitto& broker, const std::string& topic) {
  return at(broker) + words{"-V", "5", "-t", topic, "-C", "1", "-F", "%R %D %p"};
}

void reply(const mosquitto& broker, const std::string& topic, const std::string& correlation,
           const std::string& text) {
  words data;
  if (!correlation.empty()) data = {"-D", "publish", "correlation-data", correlation};
  REQUIRE(run_pub(at(broker) + words{"-V", "5", "-t", topic, "-m", text, "-q", "1"} + data).code ==
          0);
}

process_options asking(const mosquitto& broker, const words& more) {
  process_options options;
  options.command = pub(at(broker) + words{"--request", "-t", "service", "-m", "question"} + more);
  return options;
}

}  // namespace

TEST_CASE("a request carries a topic and correlation data of its own, and its reply is printed") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of service(broker, service_on(broker, "service"));
  process requester(asking(broker, {}));
  const request_seen found = take_request(service);
  CHECK(found.response_topic.find("mqtt-pub/reply/") == 0);
  CHECK(found.correlation.size() == 32);
  CHECK(found.payload == "question");
  reply(broker, found.response_topic, found.correlation, "answer");
  const auto ended = requester.wait();
  REQUIRE(ended.has_value());
  CHECK_MESSAGE(ended->code == 0, requester.err());
  CHECK(requester.out() == "answer\n");
  CHECK(requester.err() == "");
}

TEST_CASE("replies to other requests on the same topic are passed over") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of service(broker, service_on(broker, "service"));
  process requester(asking(broker, {"-e", "shared/replies", "-v"}));
  const request_seen found = take_request(service);
  CHECK(found.response_topic == "shared/replies");
  reply(broker, "shared/replies", "of-another", "not for us");
  reply(broker, "shared/replies", found.correlation, "for us");
  REQUIRE(requester.wait().has_value());
  CHECK(requester.out() == "shared/replies for us\n");
}

TEST_CASE("--replies waits for that many, and a service may leave the correlation data out") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of service(broker, service_on(broker, "service"));
  process requester(asking(broker, {"--replies", "2", "-F", "[%p]"}));
  const request_seen found = take_request(service);
  reply(broker, found.response_topic, "", "one");
  reply(broker, found.response_topic, found.correlation, "two");
  const auto ended = requester.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == 0);
  CHECK(requester.out() == "[one]\n[two]\n");
}

TEST_CASE("before MQTT 5 the reply comes on the topic of -e") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of service(broker, at(broker) + words{"-t", "service", "-C", "1"});
  process requester(asking(broker, {"-V", "3.1.1", "-e", "replies"}));
  CHECK(service.output() == "question\n");
  reply(broker, "replies", "", "answer");
  REQUIRE(requester.wait().has_value());
  CHECK(requester.out() == "answer\n");
}

TEST_CASE("how long the reply took is told to a person, not to a script") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of service(broker, service_on(broker, "service"));
  process_options options = asking(broker, {});
  options.error = output_to::terminal;
  process requester(options);
  const request_seen found = take_request(service);
  reply(broker, found.response_topic, found.correlation, "answer");
  REQUIRE(requester.wait().has_value());
  CHECK(requester.screen().find("mqtt-pub: reply after ") == 0);
}

TEST_CASE("what was retained on the response topic before the request is no reply") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  for (const auto& [version, more] : {std::pair{"3.1.1", words{}}, std::pair{"5", words{}},
                                      std::pair{"5", words{"--retain-as-published"}}}) {
    CAPTURE(version);
    for (const std::string correlation : {"", "of-another"}) {
      const words data = correlation.empty()
                             ? words{}
                             : words{"-V", "5", "-D", "publish", "correlation-data", correlation};
      REQUIRE(run_pub(at(broker) + words{"-t", "replies", "-m", "stale", "-r", "-q", "1"} + data)
                  .code == 0);
      if (!correlation.empty() && std::string(version) != "5") continue;  // it has no such data
      subscription_of service(broker, at(broker) + words{"-t", "service", "-C", "1"});
      process requester(asking(broker, words{"-V", version, "-e", "replies"} + more));
      CHECK(service.output() == "question\n");
      // A service that retains its replies, as one of MQTT 3.1.1 sends them.
      REQUIRE(run_pub(at(broker) + words{"-t", "replies", "-m", "fresh", "-r", "-q", "1"}).code ==
              0);
      REQUIRE(requester.wait().has_value());
      CHECK(requester.out() == "fresh\n");
    }
  }
}

TEST_CASE("--latency prints the time to the reply behind it, as mosquitto_rr 2.1") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of service(broker, service_on(broker, "service"));
  process requester(asking(broker, {"--latency", "--quiet"}));
  const request_seen found = take_request(service);
  reply(broker, found.response_topic, found.correlation, "answer");
  REQUIRE(requester.wait().has_value());
  const std::string printed = requester.out();
  REQUIRE(printed.starts_with("answer\nLatency: "));
  CHECK(std::stod(printed.substr(16)) > 0);
  CHECK(printed.ends_with("ms\n"));
}

TEST_CASE("--retain-handling and --retain-as-published are those of the reply topic") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  REQUIRE(run_pub(at(broker) + words{"-t", "replies", "-m", "old", "-r", "-q", "1"}).code == 0);
  subscription_of service(broker, service_on(broker, "service"));
  process requester(asking(broker, {"-e", "replies", "--retain-handling", "never",
                                    "--retain-as-published", "-F", "%p %r"}));
  const request_seen found = take_request(service);
  REQUIRE(run_pub(at(broker) + words{"-V", "5", "-t", "replies", "-m", "new", "-q", "1", "-r", "-D",
                                     "publish", "correlation-data", found.correlation})
              .code == 0);
  REQUIRE(requester.wait().has_value());
  CHECK(requester.out() == "new 1\n");
}

TEST_CASE(
    "a request that nobody answers ends at its deadline with 27, and says that nobody listens") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const words question = at(broker) + words{"--request", "-t", "nobody", "-n", "-q", "1"};
  process_options patient;
  patient.command = pub(question);
  process waiting(patient);
  CHECK(waiting.prints("nobody is subscribed to 'nobody'"));
  const finished result = run_pub(question + words{"-W", "1"});
  CHECK(result.code == 27);
  CHECK(result.out == "");
  CHECK(result.err.find("timed out after 1 s (-W); 0 of 1 reply received") != std::string::npos);
}

}  // namespace mqttkit::testing
