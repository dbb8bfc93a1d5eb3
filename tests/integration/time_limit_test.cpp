// No wait outlives its limit, and nothing is dialled after the end: -W and signals, wherever the
// programs are when their time is up.
#include <csignal>
#include <thread>

#include "endings.hpp"
#include "support/scripted_broker.hpp"
#include "support/silent_port.hpp"

using namespace mqttkit;
using namespace mqttkit::testing;

namespace {

// What the goodbye may take on a busy machine; the waits that it must not take last 5 s and more.
constexpr auto haste = 2500ms;

const words subscribing{"-t", "a"};

// A place where a program waits for the other side.
struct standstill {
  std::string name;
  words options;
  scripted_broker::script broker;
};

const std::vector<standstill>& standstills() {
  static const std::vector<standstill> all{
      {"TLS stalls", {"--tls-use-os-certs"}, [](peer& client) { client.closed_by_client(); }},
      {"the upgrade to WebSocket stalls",
       {"--ws"},
       [](peer& client) { client.closed_by_client(); }},
      {"no CONNACK", {}, [](peer& client) { client.closed_by_client(); }},
      {"no answer to the first packet",
       {},
       [](peer& client) {
         client.accepts();
         client.closed_by_client();
       }},
      {"the first packet ends the connection",
       {},
       [](peer& client) {
         client.accepts();
         client.next();
         client.closes();
       }},
      {"the broker does not hang up",
       {},
       [](peer& client) {
         client.accepts();
         client.grants();
         client.expects(packet_type::disconnect);
         client.is_silent(10s);
       }},
  };
  return all;
}

void ends_in_time(const words& command, exit_code code) {
  const finished result = run(command, 20s);
  CHECK_MESSAGE(result.code == static_cast<int>(code), result.err);
  CHECK(result.took >= 1000ms);
  CHECK(result.took < 1000ms + haste);
}

void ends_at_signal(const words& command, int number) {
  process_options options;
  options.command = command;
  process running(options);
  std::this_thread::sleep_for(300ms);  // until it stands where it will stand
  REQUIRE(running.is_running());
  running.signal(number);
  CHECK_MESSAGE(running.wait(haste).has_value(), running.err());
}

}  // namespace

TEST_CASE("-W ends mqtt-sub on time, wherever it waits") {
  for (const standstill& where : standstills()) {
    CAPTURE(where.name);
    scripted_broker broker(where.broker);
    ends_in_time(sub(at(broker.port()) + where.options + subscribing + words{"-W", "1"}),
                 exit_code::timeout);
    const std::size_t connections = broker.connections();
    std::this_thread::sleep_for(100ms);
    CHECK(broker.connections() == connections);
  }
  const silent_port nobody;
  ends_in_time(sub(at(nobody.number()) + subscribing + words{"-W", "1"}), exit_code::timeout);
}

TEST_CASE("-W ends a request on time, wherever it waits") {
  const words request{"--request", "-t", "a", "-m", "x", "-W", "1"};
  for (const standstill& where : standstills()) {
    CAPTURE(where.name);
    if (where.name == "the broker does not hang up") continue;           // it hangs up on a request
    if (where.name == "the first packet ends the connection") continue;  // 13, at once
    scripted_broker broker(where.broker);
    ends_in_time(pub(at(broker.port()) + where.options + request), exit_code::timeout);
  }
  const silent_port nobody;
  ends_in_time(pub(at(nobody.number()) + request), exit_code::timeout);
}

TEST_CASE("SIGINT and SIGTERM end mqtt-sub at once, wherever it waits") {
  for (const int number : {SIGINT, SIGTERM}) {
    for (const standstill& where : standstills()) {
      CAPTURE(where.name);
      scripted_broker broker(where.broker);
      ends_at_signal(sub(at(broker.port()) + where.options + subscribing), number);
    }
    const silent_port nobody;
    ends_at_signal(sub(at(nobody.number()) + subscribing), number);
  }
}

TEST_CASE("SIGTERM ends mqtt-pub at once while there is no connection") {
  for (const standstill& where : standstills()) {
    if (!where.options.empty() || where.name == "no CONNACK" ||
        where.name == "the first packet ends the connection") {
      CAPTURE(where.name);
      scripted_broker broker(where.broker);
      process_options options;
      options.command = pub(at(broker.port()) + where.options + words{"-t", "a", "-l", "-q", "1"});
      options.input = input_from::pipe;
      process running(options);
      running.write("one\ntwo\n");
      std::this_thread::sleep_for(300ms);
      REQUIRE(running.is_running());
      running.signal(SIGTERM);
      CHECK_MESSAGE(running.wait(haste).has_value(), running.err());
    }
  }
  const silent_port nobody;
  ends_at_signal(pub(at(nobody.number()) + message), SIGTERM);
}
