// What a line of a broker's log names, and that lines of normal operation are no failure.
#include <doctest/doctest.h>

#include <string>

#include "mqtt-doctor/said/details.hpp"
#include "mqtt-doctor/said/general.hpp"
#include "mqtt-doctor/said/page.hpp"
#include "mqtt-doctor/said/said.hpp"

namespace mqttkit::doctor {
namespace {

using is = detail_kind;

std::string named(const std::string& text, is kind) { return detail_of(details_in(text), kind); }

std::string first_word(const std::string& text) {
  const auto found = readings_of(text, "");
  return found.empty() ? "-" : row_of(found.front().means).word;
}

}  // namespace

TEST_CASE("a configuration error names setting, file and line") {
  const std::string text =
      "1700000000: Error: Unknown configuration variable \"max_foo\".\n"
      "1700000000: Error found at /etc/mosquitto/conf.d/local.conf:12.";
  CHECK(named(text, is::setting) == "max_foo");
  CHECK(named(text, is::file) == "/etc/mosquitto/conf.d/local.conf");
  CHECK(named(text, is::line) == "12");
  CHECK(named("Error found at /mosquitto/config/mosquitto.conf:32766.", is::line).empty());
  CHECK(named("[emerg] 9#9: unknown directive \"stream\" in /etc/nginx/nginx.conf:70", is::line) ==
        "70");
}

TEST_CASE("a client's line names identifier, address, user and topic, whichever broker wrote it") {
  CHECK(named("1700000000: Client sensor1 [192.168.1.8:50122] disconnected: keepalive timeout.",
              is::client) == "sensor1");
  const std::string emqx =
      "[error] msg: authorization_permission_denied, clientid: c1, peername: 10.0.0.5:4431, topic: "
      "home/x, username: bob, action: publish";
  CHECK(named(emqx, is::client) == "c1");
  CHECK(named(emqx, is::address) == "10.0.0.5:4431");
  CHECK(named(emqx, is::topic) == "home/x");
  CHECK(named(emqx, is::user) == "bob");
  CHECK(named("Denied PUBLISH from c1 (d0, q1, r0, m12, 'home/x', ... (5 bytes))", is::topic) ==
        "home/x");
  CHECK(named("{\"eventType\":\"Disconnect\",\"clientId\":\"c1\"}", is::client) == "c1");
  CHECK(named("Client <unknown> disconnected, not authorised.", is::client).empty());
}

TEST_CASE("the address of a client without a name is the one of the connection before it") {
  CHECK(named("1700000000: New connection from 172.30.33.4:36644 on port 1883.\n"
              "1700000000: Client <unknown> disconnected, not authorised.",
              is::address) == "172.30.33.4:36644");
}

TEST_CASE("an address of a client in a broker's log is not dialled") {
  const std::string text =
      "[error] can't authenticate client {[],<<\"c1\">>} from 10.0.0.5:45469 due to "
      "invalid_credentials";
  CHECK(broker_of(text, "").host.empty());
  said_text about;
  about.text = text;
  const std::string page = said_page(about, readings_of(text, ""), {});
  CHECK(page.find("mqtt-doctor 10.0.0.5") == std::string::npos);
}

TEST_CASE("a configuration in UTF-16 or with a byte order mark is told as such") {
  for (const char* const text : {"Error: Unknown configuration variable \"\u25A0p\".",
                                 "Error: Unknown configuration variable \"\u00FF\u00FEl\".",
                                 "Error: Unknown configuration variable \"\uFEFFlistener\".",
                                 "Error: Unknown configuration variable \"\\ufefflistener\"."})
    CHECK(first_word(text) == "configuration-encoding");
  CHECK(first_word("Error: Unknown configuration variable \"listner\".") == "unknown-setting");
}

TEST_CASE("a line of normal operation is no failure, and is left out beside one") {
  CHECK(first_word("1700000000: Opening ipv4 listen socket on port 1883.") == "normal");
  CHECK(first_word("1700000000: Client sensor1 disconnected.") == "normal");
  const auto found = readings_of(
      "1700000000: Opening ipv4 listen socket on port 1883.\n1700000000: Error: Address already in "
      "use",
      "");
  REQUIRE(found.size() == 1);
  CHECK(found.front().means == meaning::port_taken);
}

TEST_CASE("a line of a log that no row has is read by its words, as a broker means them") {
  struct read_as {
    const char* word;
    const char* line;
  };
  for (const read_as& each : {
           read_as{"publish-refused",
                   "1489372724: |-- aclcheck(jane@mens.de, 'topic', 2) AUTHORIZED=0 by (null)"},
           read_as{"cluster-not-ready", "[error] <0.9.0> Ekka(Xyz): failed to reach its nodes"},
           read_as{"cannot-read-file",
                   "[NOTICE] the folder '/var/log/flashmq' is not writable for this user"},
           read_as{"broker-crashed", "[error] <0.9.0> vmq_x: a panic in its parser"},
           read_as{"connect-out-of-order", "[NOTICE] client sent another message before CONNECT"},
           read_as{"normal", "2022-01-25 12:00:00 [info] <0.9.0> emqx session has been resumed"},
       }) {
    CAPTURE(std::string(each.line));
    CHECK(first_word(each.line) == each.word);
  }
  for (const said_row& rule : general_broker_rows()) CHECK(*rule.phrases != 0);
}

TEST_CASE("an app's words name nothing of a broker's log") {
  const std::string text = "failed, rc=-2 try again in 5 seconds";
  CHECK(named_in(text, "", readings_of(text, "")).empty());
}

}  // namespace mqttkit::doctor
