// Many lines through a real broker: all arrive, once, in order, in flat memory.
#include "programs.hpp"

namespace mqttkit::testing {
namespace {

// Four times round the packet identifiers. Sanitized, each costs ten times as much.
const std::size_t many = is_sanitized() ? 100'000 : 262'144;
const bool memory_counts = !is_sanitized();

// A program's count begins with what the test had in memory when it forked.
constexpr long flat_kib = 16 * 1024;

void all_arrive(const std::string& qos, std::size_t count) {
  CAPTURE(qos);
  mosquitto_options with;
  with.lines = {"max_queued_messages 0"};
  with.quiet = true;
  mosquitto broker(with);
  const std::string lines = numbered_lines(count);
  // A session that stands before the first line is published misses none.
  const words reader = at(broker) + words{"-t", "in", "-q", qos, "-c", "-i", "reader"};
  REQUIRE(run_sub(reader + words{"-E"}).code == 0);
  process_options subscribe;
  subscribe.command = sub(reader + words{"-C", std::to_string(count)});
  process subscriber(subscribe);

  process_options publish;
  publish.command = pub(at(broker) + words{"-t", "in", "-q", qos, "-l"});
  publish.input = input_from::text;
  publish.text = lines;
  process publisher(publish);

  const auto published = publisher.wait(300s);
  REQUIRE(published.has_value());
  CHECK_MESSAGE(published->code == 0, publisher.err());
  const auto received = subscriber.wait(300s);
  REQUIRE(received.has_value());
  CHECK_MESSAGE(received->code == 0, subscriber.err());
  CHECK((subscriber.out() == lines));
  if (memory_counts) {
    CHECK(published->max_rss_kib < flat_kib);
    CHECK(received->max_rss_kib < flat_kib);
  }
}

}  // namespace

TEST_CASE("a quarter of a million lines at QoS 1 arrive once and in order") {
  NEEDS_MOSQUITTO();
  all_arrive("1", many);
}

TEST_CASE("a quarter of a million lines at QoS 2, more than there are packet identifiers, do too") {
  NEEDS_MOSQUITTO();
  all_arrive("2", many);
}

}  // namespace mqttkit::testing
