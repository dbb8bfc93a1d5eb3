// --events json: what a log collector reads of all three programs.
#include <nlohmann/json.hpp>
#include <sstream>

#include "programs.hpp"
#include "support/ports.hpp"

namespace mqttkit::testing {
namespace {

using nlohmann::json;

/// Every line on stderr, as the object it is.
std::vector<json> events_of(const std::string& text) {
  std::vector<json> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    REQUIRE_MESSAGE(json::accept(line), line);
    all.push_back(json::parse(line));
    CHECK(all.back()["event"].is_string());
    CHECK(all.back()["ts"].get<std::string>().ends_with("Z"));
  }
  return all;
}

words names_of(const std::vector<json>& events) {
  words names;
  for (const json& event : events) names.push_back(event["event"]);
  return names;
}

const words as_json{"--events", "json"};

}  // namespace

TEST_CASE("with --events json a publisher's stderr is objects, from the connection to the end") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const finished good = run_pub(at(broker) + words{"-t", "a", "-m", "x", "-q", "1"} + as_json);
  const std::vector<json> told = events_of(good.err);
  CHECK(names_of(told) == words{"connected", "ended"});
  CHECK(told[0]["broker"] == "127.0.0.1:" + std::to_string(broker.port()));
  CHECK(told[1]["program"] == "mqtt-pub");
  CHECK(told[1]["exit_code"] == 0);
  const finished away = run_pub(at(free_port()) + words{"-t", "a", "-m", "x"} + as_json);
  const std::vector<json> failed = events_of(away.err);
  CHECK(names_of(failed) == words{"said", "ended"});
  CHECK(failed[0]["text"].get<std::string>().find("refused") != std::string::npos);
  CHECK(failed[1]["exit_code"] == away.code);
  const finished quiet =
      run_pub(at(free_port()) + words{"-t", "a", "-m", "x", "--quiet"} + as_json);
  CHECK(names_of(events_of(quiet.err)) == words{"ended"});
}

TEST_CASE("a publisher tells of a lost connection and of the return") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  process_options options;
  options.command = pub(at(broker) + words{"-t", "a", "-l", "-q", "1"} + as_json);
  options.input = input_from::pipe;
  process publisher(std::move(options));
  publisher.write("one\n");
  REQUIRE(publisher.prints("\"connected\""));
  broker.stop();
  REQUIRE(publisher.prints("\"lost\""));
  broker.start();
  REQUIRE(publisher.prints("\"reconnected\""));
  publisher.close_input();
  REQUIRE(publisher.wait());
  for (const json& event : events_of(publisher.err()))
    if (event["event"] == "reconnected") CHECK(event["gap_ms"].get<int>() >= 0);
}

TEST_CASE("a subscriber and the doctor end with an event as well, the doctor with the cause") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const finished subscribed = run_sub(at(broker) + words{"-t", "a", "-E"} + as_json);
  CHECK(names_of(events_of(subscribed.err)) == words{"connected", "subscribed", "ended"});
  process_options options;
  options.command =
      words{program("mqtt-doctor"), "127.0.0.1:" + std::to_string(free_port())} + as_json;
  const finished looked = run(std::move(options));
  const std::vector<json> told = events_of(looked.err);
  REQUIRE(names_of(told) == words{"ended"});
  CHECK(told[0]["exit_code"] == 4);
  CHECK(told[0]["cause"].get<std::string>().starts_with("tcp-refused"));
  CHECK(looked.out.find("Cause") != std::string::npos);
}

}  // namespace mqttkit::testing
