// mqtt-doctor explain: a word in front, files behind it, and options that have a meaning with it.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "mqtt-doctor/options/options.hpp"

namespace mqttkit::tools {
namespace {

struct read_line {
  doctor_settings settings;
  parse_result result;
};

read_line read(std::vector<std::string> words) {
  words.insert(words.begin(), "mqtt-doctor");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  read_line out;
  out.result =
      parse(static_cast<int>(argv.size()), argv.data(), out.settings, process_environment{});
  return out;
}

}  // namespace

TEST_CASE("explain takes files, in order, and - for standard input") {
  const auto line = read({"explain", "server.json", "--lang", "zh", "-", "--report", "r.md"});
  CHECK(line.result.err == "");
  CHECK(line.settings.command == subcommand::explain);
  CHECK(line.settings.files == std::vector<std::string>{"server.json", "-"});
  CHECK(line.settings.language == "zh");
  CHECK(line.settings.report == "r.md");
}

TEST_CASE("explain takes what an app says in place of files, also when it begins with a dash") {
  for (const std::string text : {"rc=-2", "-2", "-", "Connection refused: Not authorized"}) {
    CAPTURE(text);
    const auto line = read({"explain", "--said", text, "--app", "tasmota", "--json"});
    CHECK(line.result.err == "");
    CHECK(line.settings.command == subcommand::explain);
    CHECK(line.settings.said == text);
    CHECK(line.settings.said_by == "tasmota");
  }
  CHECK(read({"explain", "--said=-2"}).settings.said == "-2");
  CHECK(read({"explain", "a.json", "--said", "x"}).result.err.find("exclude") != std::string::npos);
  CHECK(read({"explain", "--said", "x", "--report", "r.md"}).result.err.find("exclude") !=
        std::string::npos);
  CHECK(read({"explain", "a.json", "--app", "x"}).result.err.find("needs --said") !=
        std::string::npos);
  CHECK(read({"explain", "--said", ""}).result.err.find("empty") != std::string::npos);
  CHECK(read({"--said", "x"}).result.err.find("goes with explain") != std::string::npos);
}

TEST_CASE("a host may be called explain, when it is asked about as a host") {
  const auto line = read({"-h", "explain"});
  CHECK(line.result.err == "");
  CHECK(line.settings.command == subcommand::none);
  CHECK(line.settings.client.dial.host == "explain");
}

TEST_CASE("what has no meaning with explain is refused, and so is explain's own without it") {
  CHECK(read({"explain", "a.json", "-t", "x"}).result.err.find("no meaning with explain") !=
        std::string::npos);
  CHECK(read({"explain"}).result.err.find("explain needs {FILE ") != std::string::npos);
  CHECK(read({"--explain", "a.json"}).result.err.find("goes with explain") != std::string::npos);
}

TEST_CASE("--report wants a name that says its form, --blank-addresses a report") {
  CHECK(read({"b.example", "--report", "x.pdf"}).result.err.find(".md or .html") !=
        std::string::npos);
  CHECK(read({"b.example", "--blank-addresses"}).result.err.find("needs --report") !=
        std::string::npos);
  CHECK(read({"explain", "a.json", "--blank-addresses"}).result.err.find("needs --report") !=
        std::string::npos);
}

TEST_CASE("--captured-on names one of three places, and is about files") {
  for (const char* const place : {"client", "server", "router"}) {
    const auto line = read({"explain", "x.pcap", "--captured-on", place});
    CHECK(line.result.outcome.run);
    CHECK(line.settings.captured_on == place);
  }
  CHECK(read({"explain", "x.pcap", "--captured-on", "moon"}).result.err.find("a router between") !=
        std::string::npos);
  CHECK(read({"explain", "--said", "5", "--captured-on", "server"}).result.err.find("exclude") !=
        std::string::npos);
}

TEST_CASE("--help beside explain tells of explain alone") {
  const std::string help = read({"explain", "--help"}).result.out;
  CHECK(help.find("Usage: mqtt-doctor explain {FILE ") == 0);
  CHECK(help.find("--report") != std::string::npos);
  CHECK(help.find("--cafile") == std::string::npos);
}

}  // namespace mqttkit::tools
