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

TEST_CASE("messages wait for a subscriber that keeps its session, and its session is removed") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const words at{target_of(broker), "--offline", "-q", "1"};
  const json kept = report_of(at + words{"-c"});
  CHECK(kept["cause"].is_null());
  const json& object = kept["facts"]["endpoints"][0]["offline"]["tries"][0];
  CHECK(object["session_present"] == true);
  CHECK(object["runs"][0]["arrived"] == 0);
  CHECK(object["runs"][1]["arrived"] == 5);
  CHECK(object["runs"][2]["arrived"] == 5);
  CHECK(report_of(at)["cause"] == "session-clean-session");
  CHECK(report_of(at + words{"-c", "-V", "5"})["cause"] == "session-v5-expires-at-once");
  CHECK(report_of(at + words{"-c", "-x", "60", "--messages", "2"})["cause"].is_null());
}

TEST_CASE("an app's stored session is looked at and left with all its messages") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const words app =
      words{"-p", std::to_string(broker.port()), "-i", "phone1", "-c", "-q", "1", "-t", "home/#"};
  process_options options;
  options.command = words{program("mqtt-sub")} + app + words{"-E"};
  REQUIRE(run(options).code == 0);
  options.command = {program("mqtt-pub"),
                     "-p",
                     std::to_string(broker.port()),
                     "-q",
                     "1",
                     "-t",
                     "home/door",
                     "-m",
                     "open"};
  REQUIRE(run(options).code == 0);
  const json report =
      report_of({target_of(broker), "--offline", "-c", "-q", "1", "-i", "phone1", "-t", "cellar"});
  const json& found = report["facts"]["endpoints"][0]["offline"];
  CHECK(found["was_found"] == true);
  CHECK(found["waiting_topics"] == json{"home/door"});
  CHECK(report["warnings"].dump().find("session-stale-subscriptions") != std::string::npos);
  options.command = words{program("mqtt-sub")} + app + words{"-C", "1"};
  CHECK(run(options).out == "open\n");
}

TEST_CASE("a retained message, No Local and a large message are looked at when asked for") {
  NEEDS_MOSQUITTO();
  mosquitto_options with;
  with.lines = {"message_size_limit 10000"};
  const mosquitto broker(with);
  const std::string at = target_of(broker);
  CHECK(report_of({at, "-t", "home/door", "--retained"})["cause"] ==
        "delivery-retained-misunderstood");
  process_options options;
  options.command = {program("mqtt-pub"),
                     "-p",
                     std::to_string(broker.port()),
                     "-q",
                     "1",
                     "-r",
                     "-t",
                     "home/door",
                     "-m",
                     "open"};
  REQUIRE(run(options).code == 0);
  const json there = report_of({at, "-t", "home/door", "--retained"});
  CHECK(there["cause"].is_null());
  CHECK(there["facts"]["endpoints"][0]["retained"]["cleared"] == true);
  CHECK(report_of({at, "--no-local"})["cause"] == "delivery-no-local");
  CHECK(report_of({at, "--size", "20k"})["cause"] == "mqtt-packet-too-large");
  CHECK(report_of({at, "--size", "5k"})["cause"].is_null());
  CHECK(report_of({at, "--size", "5k", "-D", "connect", "maximum-packet-size", "500"})["cause"] ==
        "mqtt-packet-too-large");
  options.command = {
      program("mqtt-sub"), "-p",  std::to_string(broker.port()), "-t", "mqtt-doctor/#",
      "--retained",        "only"};
  CHECK(run(options).out == "");
}

TEST_CASE("a saved watch is explained and reported later") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const temp_folder folder;
  const finished watched =
      run_doctor({"delivery", target_of(broker), "--watch", "2s", "-k", "1", "--json"});
  REQUIRE_MESSAGE(json::accept(watched.out), watched.out << watched.err);
  const json report = json::parse(watched.out);
  CHECK(report["healthy"] == true);
  CHECK(report["facts"]["watch"]["pings"] > 0);
  const std::string file = folder.write("watch.json", watched.out);
  const finished later = run_doctor({"explain", "--json", file});
  CHECK(json::parse(later.out) == report);
  const std::string page = (folder.path() / "report.md").string();
  const finished told = run_doctor({"explain", file, "--lang", "en", "--report", page});
  CHECK(told.out.find("without a drop") != std::string::npos);
  CHECK(read_file(page).find("without a drop") != std::string::npos);
}

TEST_CASE("what --offline needs is said, and what goes with it alone") {
  const finished alone = run_doctor({"delivery", "localhost", "-c"});
  CHECK(alone.code == 2);
  CHECK(alone.err.find("-c needs --offline") != std::string::npos);
  const finished other =
      run_doctor({"delivery", "localhost", "--offline", "-D", "publish", "content-type", "x"});
  CHECK(other.err.find("publish message-expiry-interval") != std::string::npos);
  CHECK(run_doctor({"delivery", "localhost", "--offline", "-x", "1", "-V", "3.1.1"}).code == 2);
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
  CHECK(ended->signal == SIGINT);
  CHECK(running.out().find(" drop") != std::string::npos);
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
