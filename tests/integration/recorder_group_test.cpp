// Several recorders share one stream by a shared subscription: each message is written by one of
// them, also when one is killed and comes back. The sharing is the broker's.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "programs.hpp"
#include "support/ports.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {
namespace {

/// Messages of one run: few here, more where somebody asks for them.
std::size_t messages_of_run() {
  const char* const asked = std::getenv("MQTTKIT_RECORDED_MESSAGES");
  constexpr std::size_t few = 6000;
  return asked != nullptr ? std::strtoul(asked, nullptr, 10) : few;
}

/// A recorder with a session and a file of its own.
std::unique_ptr<process> recorder(const mosquitto& broker, const temp_folder& folder, int number) {
  const std::string id = "recorder-" + std::to_string(number);
  process_options options;
  options.command =
      sub(at(broker) + words{"-t", "$share/recorders/stream/#", "-q", "1", "-c", "-i", id, "-V",
                             "5", "-x", "3600", "--json", "--out", folder.file(id + ".jsonl")});
  return std::make_unique<process>(std::move(options));
}

struct recorded {
  std::map<std::string, std::size_t> times;  // each payload was written
  std::vector<std::size_t> of_each;          // lines of each file
  std::size_t duplicates() const {
    std::size_t count = 0;
    for (const auto& [payload, number] : times) count += number - 1;
    return count;
  }
};

recorded read_all(const temp_folder& folder) {
  recorded all;
  for (int number = 1; number <= 3; ++number) {
    std::ifstream in(folder.file("recorder-" + std::to_string(number) + ".jsonl"));
    std::size_t lines = 0;
    for (std::string line; std::getline(in, line); ++lines) {
      if (in.eof()) break;  // being written
      ++all.times[nlohmann::json::parse(line)["payload"].get<std::string>()];
    }
    all.of_each.push_back(lines);
  }
  return all;
}

}  // namespace

TEST_CASE("three recorders share a stream, one is killed and comes back: nothing is missing") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.quiet = true;
  // Otherwise mosquitto keeps 1,000 messages for who is away, and throws the rest away.
  options.lines = {"max_queued_messages 0"};
  const mosquitto broker(options);
  const temp_folder folder;
  std::vector<std::unique_ptr<process>> recorders;
  for (int number = 1; number <= 3; ++number) recorders.push_back(recorder(broker, folder, number));
  // A subscription stands when a message comes through it.
  const auto size_of = [&](int number) {
    std::error_code none;
    const auto size = std::filesystem::file_size(
        folder.file("recorder-" + std::to_string(number) + ".jsonl"), none);
    return none ? 0 : size;
  };
  const auto until = [](const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!done() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(10ms);
    return done();
  };
  REQUIRE(until([&] {
    run_pub(at(broker) + words{"-t", "stream/begin", "-m", "begin", "-q", "1"});
    return size_of(1) > 0 && size_of(2) > 0 && size_of(3) > 0;
  }));
  const std::size_t count = messages_of_run();
  process_options publishing;
  publishing.command = pub(at(broker) + words{"-t", "stream/a", "-l", "-q", "1"});
  publishing.input = input_from::text;
  publishing.text = numbered_lines(count);
  process publisher(std::move(publishing));
  const auto before = size_of(2);
  REQUIRE(until([&] { return size_of(2) > before; }));
  recorders[1]->signal(SIGKILL);
  REQUIRE(recorders[1]->wait());
  recorders[1] = recorder(broker, folder, 2);
  const auto published = publisher.wait(10 * patience);
  REQUIRE(published);
  CHECK(published->status() == 0);
  recorded all;
  CHECK(until([&] {
    all = read_all(folder);
    return all.times.size() >= count + 1;
  }));
  CHECK(all.times.size() == count + 1);
  for (const std::size_t lines : all.of_each) CHECK(lines > 0);
  MESSAGE(count << " messages, " << all.duplicates() << " of them more than once; "
                << all.of_each[0] << ", " << all.of_each[1] << " and " << all.of_each[2]
                << " in the three files");
  // What was in flight to the one that was killed, and what begins the test.
  constexpr std::size_t most_in_flight = 65'535 + 1000;
  CHECK(all.duplicates() < most_in_flight);
}

TEST_CASE("messages go into SQLite, Kafka and ClickHouse by a pipe") {
  NEEDS_MOSQUITTO();
  const mosquitto broker;
  const temp_folder folder;
  const auto piped = [&](const std::string& into) {
    const std::size_t before = count_of(broker.log(), "Sending SUBACK");
    process_options options;
    options.command = {"sh", "-c",
                       "'" + program("mqtt-sub") + "' -h 127.0.0.1 -p " +
                           std::to_string(broker.port()) + " -t 'room/#' -q 1 --json -C 2 | " +
                           into};
    options.working_folder = folder.path().string();
    process pipe(std::move(options));
    REQUIRE(broker.has_subscribed(before + 1));
    for (const char* const text : {"21.5", "it's \"warm\""})
      CHECK(run_pub(at(broker) + words{"-t", "room/a", "-m", text, "-q", "1"}).code == 0);
    const auto ended = pipe.wait();
    REQUIRE(ended);
    CHECK_MESSAGE(ended->status() == 0, pipe.err());
  };
  SUBCASE("sqlite3") {
    NEEDS_PROGRAM("sqlite3");
    piped(
        "sqlite3 log.db 'create table if not exists m(line text)' '.mode ascii' "
        "'.separator \"\\037\" \"\\n\"' '.import /dev/stdin m'");
    process_options ask;
    ask.command = {"sqlite3", folder.file("log.db"),
                   "select line->>'$.topic', line->>'$.payload' from m"};
    CHECK(run(std::move(ask)).out == "room/a|21.5\nroom/a|it's \"warm\"\n");
  }
  SUBCASE("kcat") {
    NEEDS_PROGRAM("kcat");
    // A cluster in the process of another kcat, for tests.
    process_options mock;
    mock.command = {"kcat", "-P", "-X", "test.mock.num.brokers=1", "-b", "localhost:1", "-t", "x"};
    mock.input = input_from::pipe;
    process cluster(std::move(mock));
    const std::string before = "replaced with ";
    REQUIRE(cluster.wait_until([&](const process& p) {
      return p.err().find('\n', p.err().find(before)) != std::string::npos;
    }));
    std::string brokers = cluster.err().substr(cluster.err().find(before) + before.size());
    brokers = brokers.substr(0, brokers.find('\n'));
    piped("kcat -P -b " + brokers + " -t mqtt");
    process_options ask;
    ask.command = {"kcat", "-C", "-b", brokers, "-t", "mqtt", "-e", "-q"};
    const finished got = run(std::move(ask));
    CHECK(line_count(got.out) == 2);
    CHECK(got.out.find("\"payload\":\"21.5\"") != std::string::npos);
  }
  SUBCASE("clickhouse-client") {
    NEEDS_PROGRAM("clickhouse-client");
    NEEDS_PROGRAM("clickhouse-server");
    const std::string port = std::to_string(free_port());
    folder.write("users.xml",
                 "<yandex><profiles><default/></profiles><users><default><password/><networks>"
                 "<ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>"
                 "</default></users><quotas><default/></quotas></yandex>");
    folder.write("config.xml",
                 "<yandex><logger><level>error</level><console>1</console></logger><tcp_port>" +
                     port + "</tcp_port><listen_host>127.0.0.1</listen_host><path>" +
                     folder.file("data/") + "</path><tmp_path>" + folder.file("tmp/") +
                     "</tmp_path><mark_cache_size>1048576</mark_cache_size><users_config>users.xml"
                     "</users_config><default_profile>default</default_profile>"
                     "<default_database>default</default_database></yandex>");
    for (const char* const name : {"data", "tmp"})
      std::filesystem::create_directory(folder.path() / name);
    process_options server;
    server.command = {find_program("clickhouse-server"), "--config-file=config.xml"};
    server.working_folder = folder.path().string();
    const process store(std::move(server));
    const std::string client = "clickhouse-client --host 127.0.0.1 --port " + port;
    const auto ask = [&](const std::string& query) {
      process_options options;
      options.command = {"sh", "-c", client + " -q '" + query + "'"};
      return run(std::move(options));
    };
    finished made;
    for (int round = 0; round < 100; ++round) {
      made = ask("create table mqtt (ts String, topic String, payload String) engine = Log");
      if (made.code == 0) break;
      std::this_thread::sleep_for(100ms);
    }
    REQUIRE_MESSAGE(made.code == 0, made.err);
    piped(client +
          " --input_format_skip_unknown_fields=1 -q 'insert into mqtt format JSONEachRow'");
    CHECK(ask("select topic, payload from mqtt").out == "room/a\t21.5\nroom/a\tit\\'s \"warm\"\n");
  }
}

}  // namespace mqttkit::testing
