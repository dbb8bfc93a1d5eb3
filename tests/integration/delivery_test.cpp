// mqtt-doctor delivery as a person meets it: messages between two connections, and a watch.
#include <csignal>
#include <nlohmann/json.hpp>

#include "programs.hpp"
#include "support/ports.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {
namespace {

using nlohmann::json;

finished run_doctor(const words& arguments) {
  process_options options;
  options.command = words{program("mqtt-doctor")} + arguments;
  return run(std::move(options));
}

json report_of(const words& arguments) {
  const finished done = run_doctor(words{"delivery", "--json"} + arguments);
  REQUIRE_MESSAGE(json::accept(done.out), done.out << done.err);
  return json::parse(done.out);
}

std::string target_of(const mosquitto& broker) {
  return "127.0.0.1:" + std::to_string(broker.port());
}

}  // namespace

TEST_CASE("messages of each QoS go from one connection to another and are counted") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const json report = report_of({target_of(broker), "-t", "home/door", "--publish"});
  CHECK(report["cause"].is_null());
  const json& exchanges = report["facts"]["endpoints"][0]["exchanges"];
  REQUIRE(exchanges.size() == 1);
  CHECK(exchanges[0]["topic"] == "home/door");
  REQUIRE(exchanges[0]["runs"].size() == 3);
  for (const json& run : exchanges[0]["runs"]) {
    CHECK(run["arrived"] == 5);
    CHECK(run["duplicates"] == 0);
    CHECK(run["disordered"] == 0);
    CHECK(run["arrived_qos"] == run["qos"]);
  }
}

TEST_CASE("without --publish nothing is sent to the user's topic") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const json report = report_of({target_of(broker), "-t", "home/door"});
  const json& exchanges = report["facts"]["endpoints"][0]["exchanges"];
  REQUIRE(exchanges.size() == 2);
  CHECK(exchanges[0]["filter"] == "home/door");
  CHECK(exchanges[0]["topic"] == "");
  CHECK(exchanges[0]["runs"].empty());
  CHECK(exchanges[0]["suback"] == 2);
  CHECK(exchanges[1]["is_users_topic"] == false);
  CHECK(exchanges[1]["runs"].size() == 3);
}

TEST_CASE("the usual check with a topic sends messages from one connection to another as well") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const finished done =
      run_doctor({"--json", target_of(broker), "-t", "$share/cellar/home/door", "--publish"});
  REQUIRE(json::accept(done.out));
  const json report = json::parse(done.out);
  CHECK(report["cause"].is_null());
  const json& endpoint = report["facts"]["endpoints"][0];
  REQUIRE(endpoint["exchanges"].size() == 1);
  CHECK(endpoint["exchanges"][0]["filter"] == "$share/cellar/home/door");
  CHECK(endpoint["exchanges"][0]["topic"] == "home/door");
  CHECK(endpoint["contacts"].size() <= 4);
}

TEST_CASE("the usual check without a topic exchanges nothing") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const finished done = run_doctor({"--json", target_of(broker)});
  REQUIRE(json::accept(done.out));
  CHECK(json::parse(done.out)["facts"]["endpoints"][0]["exchanges"].empty());
}

TEST_CASE("a topic that the filter misses is named with the filter that would match") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const json report =
      report_of({target_of(broker), "-t", "home/+", "--sent-to", "/home/door", "--publish"});
  CHECK(report["cause"] == "delivery-topic-differs");
  CHECK(report.dump().find("Subscribe to \\\"/home/+\\\"") != std::string::npos);
}

TEST_CASE("the password of either side is neither printed nor kept") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const temp_folder folder;
  const std::string file = folder.write("pw", "correct-horse\n");
  const finished done = run_doctor({"delivery", "-v", "--json", target_of(broker), "-t", "a",
                                    "--as-publisher", "sensor:" + file});
  CHECK(done.out.find("\"sensor\"") != std::string::npos);
  CHECK((done.out + done.err).find("correct-horse") == std::string::npos);
}

TEST_CASE("an interrupted watch ends with its verdict") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  process_options options;
  options.command = {program("mqtt-doctor"),
                     "delivery",
                     target_of(broker),
                     "-i",
                     "watched",
                     "--watch",
                     "10m",
                     "--lang",
                     "en"};
  process running(std::move(options));
  // Another client with the identifier: a line at once.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (running.out().find("dropped") == std::string::npos &&
         std::chrono::steady_clock::now() < deadline) {
    process_options other;
    other.command = {program("mqtt-pub"),
                     "-p",
                     std::to_string(broker.port()),
                     "-i",
                     "watched",
                     "-t",
                     "x",
                     "-m",
                     "y"};
    run(std::move(other));
  }
  REQUIRE(running.prints("connection that pings: dropped after"));
  running.signal(SIGINT);
  const auto ended = running.wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == 13);
  CHECK(running.out().find("drops;") != std::string::npos);
  CHECK(running.out().find("Cause (") != std::string::npos);
}

TEST_CASE("a watch of a port where nobody is ends with the usual report") {
  const finished done = run_doctor(
      {"delivery", "127.0.0.1:" + std::to_string(free_port()), "--watch", "1m", "--json"});
  REQUIRE(json::accept(done.out));
  CHECK(json::parse(done.out)["steps"][1]["state"] == "bad");
  CHECK(done.code != 0);
}

}  // namespace mqttkit::testing
