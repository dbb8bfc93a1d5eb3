// Lines over a connection that is cut in the middle, again and again: the real mqtt-pub, a relay,
// and a real broker. ./dev bench does the same with a million lines.
#include <map>

#include "programs.hpp"
#include "support/cutting_relay.hpp"

namespace mqttkit::testing {
namespace {

constexpr std::size_t count = 20'000;
constexpr unsigned cuts = 10;
// More than is in flight at once, so that every connection gets on; of about 2,200,000.
constexpr std::size_t bytes_between = 150'000;

// "00001xxxx...", 100 bytes each, so that the cuts stand among them.
std::string padded_lines() {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, 5 - number.size(), '0');
    text += number + std::string(95, 'x') + "\n";
  }
  return text;
}

struct arrivals {
  std::size_t missing = 0;
  std::size_t twice = 0;  // more than once, to be exact
  bool are_in_order = true;
};

// What arrived of padded_lines(): firsts in order, whatever came again.
arrivals compare(const std::string& sent, const std::string& got) {
  std::map<std::string_view, std::size_t> times;
  arrivals found;
  constexpr std::size_t line = 101;
  std::string_view last;
  for (std::size_t at = 0; at + line <= got.size(); at += line) {
    const std::string_view text = std::string_view(got).substr(at, line);
    if (++times[text] != 1) {
      ++found.twice;
      continue;
    }
    found.are_in_order = found.are_in_order && text > last;
    last = text;
  }
  for (std::size_t at = 0; at + line <= sent.size(); at += line)
    found.missing += times.count(std::string_view(sent).substr(at, line)) == 0 ? 1 : 0;
  return found;
}

arrivals through_cuts(const words& options, const std::string& qos) {
  mosquitto_options with;
  with.lines = {"max_queued_messages 0"};
  with.quiet = true;
  mosquitto broker(with);
  cutting_relay line(broker.port(), cuts, bytes_between);
  const words reader = at(broker) + words{"-t", "in", "-q", qos, "-c", "-i", "reader"};
  REQUIRE(run_sub(reader + words{"-E"}).code == 0);
  const std::string lines = padded_lines();
  const finished sent = run_pub_with_input(
      at(line.port()) + words{"-t", "in", "-q", qos, "-l", "--quiet"} + options, lines);
  CHECK_MESSAGE(sent.code == 0, sent.err);
  CHECK(line.cuts() == cuts);
  REQUIRE(run_pub(at(broker) + words{"-t", "in", "-q", qos, "-m", "end"}).code == 0);
  process_options subscribe;
  subscribe.command = sub(reader);
  process subscriber(subscribe);
  REQUIRE(subscriber.prints("end\n"));
  const std::string got = subscriber.out();
  REQUIRE(got.ends_with("end\n"));
  return compare(lines, got.substr(0, got.size() - 4));
}

}  // namespace

TEST_CASE("every line arrives over a connection that is cut ten times, at QoS 1") {
  NEEDS_MOSQUITTO();
  for (const std::string version : {"3.1.1", "5"}) {
    CAPTURE(version);
    const arrivals found = through_cuts({"-V", version}, "1");
    CHECK(found.missing == 0);
    CHECK(found.are_in_order);
    CHECK(found.twice <= cuts * 1024);  // what was in flight
  }
}

TEST_CASE("every line arrives once over a connection that is cut ten times, at QoS 2") {
  NEEDS_MOSQUITTO();
  const std::vector<words> kept{{"-V", "5"}, {"-V", "3.1.1", "-c", "-i", "writer"}};
  for (const words& options : kept) {
    CAPTURE(options[1]);
    const arrivals found = through_cuts(options, "2");
    CHECK(found.missing == 0);
    CHECK(found.are_in_order);
    CHECK(found.twice == 0);
  }
}

TEST_CASE("at QoS 2 with a clean session before MQTT 5 only what was in flight comes twice") {
  NEEDS_MOSQUITTO();
  const arrivals found = through_cuts({"-V", "3.1.1"}, "2");
  CHECK(found.missing == 0);
  CHECK(found.are_in_order);
  CHECK(found.twice <= cuts * 20);  // the window
}

}  // namespace mqttkit::testing
