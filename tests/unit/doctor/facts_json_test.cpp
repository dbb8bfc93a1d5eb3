// Files of facts: their members, the order, and hostile files.
#include "mqtt-doctor/facts/facts_json.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "common/json_reader.hpp"
#include "mqtt-doctor/together/vantage.hpp"

namespace mqttkit::doctor {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Facts with every optional part.
facts with_everything() {
  facts all;
  all.local.interfaces.emplace_back();
  all.name.questions.emplace_back();
  all.endpoints.emplace_back();
  all.ports.emplace_back();
  endpoint_facts& at = all.endpoints.back();
  contact& made = at.contacts.emplace_back();
  made.connect.icmp.emplace();
  made.tls.emplace().failures.emplace_back();
  made.tls->chain.emplace_back();
  made.websocket.emplace().headers["server"] = "nginx";
  made.mqtt.emplace().limits["receive-maximum"] = 65535;
  at.elsewhere = made;
  at.reachability.emplace().ports.emplace_back();
  at.reachability->hops.emplace_back();
  at.no_local = at.deliveries.emplace_back();
  at.exchanges.emplace_back().runs.emplace_back().lost = {1, 3};
  at.large = at.exchanges.back();
  at.across.push_back(at.exchanges.back());
  gateway_fact& gateway = at.gateway.emplace();
  gateway.icmp.emplace();
  gateway.tcp.emplace();
  gateway.found.emplace_back();
  gateway.nearby.emplace_back();
  gateway.trips.emplace_back();
  gateway.sleep.emplace();
  gateway.idle.emplace().pauses.emplace_back();
  gateway.elsewhere = {1885};
  at.across.back().publisher_address = "192.0.2.7";
  at.offline.emplace().tries.emplace_back().runs.emplace_back();
  at.retained.emplace();
  all.local.outgoing.emplace().forward_answer = forward_outcome::open;
  all.local.v4_route_by = "eth0";
  host_facts& host = all.host.emplace();
  host.listeners.emplace_back();
  host.brokers.emplace_back();
  host.firewall.emplace_back().for_sources.emplace_back();
  host.services.emplace_back();
  configuration_fact& file = host.configurations.emplace_back();
  file.settings["log_dest"] = "stderr\nfile /var/log/mosquitto.log";
  file.listeners.emplace_back().certificate.emplace();
  file.problems.emplace_back().detail = "one\ntwo";
  file.login_checks.emplace_back();
  file.acl.emplace_back().topic = "device/%c/#";
  file.acl_users = {"alice"};
  host.log.emplace_back();
  host.containers.emplace_back().log = {"one", "two"};
  host.proxies.emplace_back().said = "client = yes";
  host.disks.emplace_back().free_files = 0;
  all.watch.emplace().drops.emplace_back();
  all.watch->pauses.emplace_back();
  stream_fact& stream = all.capture.emplace().streams.emplace_back();
  stream.icmp.emplace_back();
  stream.steps.emplace_back();
  return all;
}

/// Walks through a value and returns the first name out of order.
void check_order(tools::json_reader& in, std::string_view text) {
  const char first = text[in.position()];
  if (first == '{') {
    in.begin_object();
    std::string before;
    for (std::string_view name; in.next_member(name);) {
      const std::string own(name);
      CHECK_MESSAGE(before < own, before << " stands before " << own);
      before = own;
      check_order(in, text);
    }
  } else if (first == '[') {
    in.begin_array();
    while (in.next_element()) check_order(in, text);
  } else {
    in.skip();
  }
}

}  // namespace

TEST_CASE("a setting whose name is no text is left out of what is written") {
  facts known;
  configuration_fact& from = known.host.emplace().configurations.emplace_back();
  from.settings = {{"max_qos", "1"}, {"x\x1b[2J", "1"}, {"y\xff", "1"}};
  const std::string written = facts_to_json(known, false);
  facts again;
  CHECK(facts_from_json(written, again).empty());
  CHECK(again.host->configurations[0].settings.size() == 1);
  CHECK(facts_to_json(again, false) == written);
}

TEST_CASE("members stand in the order of the alphabet, so that two reports can be compared") {
  const std::string text = facts_to_json(with_everything(), false);
  tools::json_reader in(text);
  check_order(in, text);
  CHECK(in.end());
}

TEST_CASE("all facts are the same after they went through a file") {
  const std::string text = facts_to_json(with_everything(), true);
  facts read;
  REQUIRE(facts_from_json(text, read) == "");
  CHECK(facts_to_json(read, true) == text);
  CHECK(read.host->configurations[0].problems[0].detail == "one\ntwo");
}

TEST_CASE("numbers may be spelled as other programs spell them") {
  facts read;
  REQUIRE(facts_from_json(R"({"ms":5,"ports":[{"port":1883.0},{"port":1e3}]})", read) == "");
  CHECK(read.ms == 5);
  CHECK(read.ports.at(0).port == 1883);
  CHECK(read.ports.at(1).port == 1000);
}

TEST_CASE("of a member that stands twice the last counts, as for other readers") {
  facts read;
  REQUIRE(facts_from_json(R"({"ports":[{"port":1}],"ports":[{"port":2}]})", read) == "");
  REQUIRE(read.ports.size() == 1);
  CHECK(read.ports[0].port == 2);
}

TEST_CASE("what cannot be a fact is told with its place and line") {
  const auto wrong = [](std::string_view text) {
    facts read;
    return facts_from_json(text, read);
  };
  CHECK(wrong(R"({"asked":7})") == "asked: an object is wanted here (line 1)");
  CHECK(wrong("{\"endpoints\":[{},\n{\"contacts\":[{\"port\":\"x\"}]}]}") ==
        "endpoints[1].contacts[0].port: a number is wanted here (line 2)");
  CHECK(wrong("{\"a\": 1,\n\n\"facts\": {\"ports\":[{\"port\":99999999999}]}}") ==
        "ports[0].port: the number is too large (line 3)");
  CHECK(has(wrong(R"({"ports":[{"port":1e300}]})"), "too large"));
  CHECK(has(wrong(R"({"ms":1e999})"), "ms: the number is too large"));
  CHECK(has(wrong(R"({"ms":null})"), "ms: a number is wanted here"));
  CHECK(has(wrong(R"({"program":null})"), "program: a string is wanted here"));
  CHECK(has(wrong(R"({"name":{"is_literal":"yes"}})"), "name.is_literal: true or false"));
  CHECK(has(wrong(R"({"watch":[]})"), "watch: an object"));
  CHECK(has(wrong("{\"program\":\"\xff\"}"), "UTF-8"));
  CHECK(has(wrong("{\"ms\":5"), "is missing (line 1)"));
  CHECK(has(wrong("{} {}"), "something follows"));
  CHECK(wrong(R"({"newer":{"than":[1,2,{}]},"ms":1})") == "");
  CHECK(has(wrong("{\"newer\":" + std::string(100'000, '[')), "nested too deeply"));
}

TEST_CASE("a small file cannot make facts of gigabytes") {
  std::string text = R"({"asked":{},"endpoints":[{})";
  for (int i = 0; i < 1'000'000; ++i) text += ",{}";
  text += "]}";
  facts read;
  CHECK(has(facts_of_text(text, read), "too many elements"));
}

TEST_CASE("a byte order mark in front is passed over") {
  facts read;
  CHECK(facts_of_text("\xEF\xBB\xBF{\"asked\":{},\"endpoints\":[]}", read) == "");
}

}  // namespace mqttkit::doctor
