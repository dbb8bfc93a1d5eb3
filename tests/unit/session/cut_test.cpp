// The promises of a session, proved by cutting its link after every byte.
#include <string>
#include <vector>

#include "unit/session/model_broker.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

constexpr std::size_t to_the_end = std::numeric_limits<std::size_t>::max();
constexpr unsigned messages = 5;  // each way, through windows of three

struct script {
  protocol_version version;
  qos_t qos;
  ack_policy policy;
  std::size_t step;  // bytes that move at a time: one, so that both directions mix, or all
};

std::vector<std::string> expected(const script& from, char direction) {
  std::vector<std::string> all;
  for (unsigned i = 0; i < messages; ++i) {
    const std::string topic{direction, static_cast<char>('0' + i % 2)};
    all.push_back(payload_of(topic, from.qos, i));
  }
  return all;
}

// Plays the script, with the link cut after these numbers of bytes; answers how many moved.
std::size_t play(const script& from, const std::vector<std::size_t>& cuts) {
  session_options options = lasting(from.version);
  options.maximum_inflight = 3;
  options.acknowledge = from.policy;
  options.use_topic_aliases = true;
  if (from.version == v5) {
    options = with_property(std::move(options), property_id::receive_maximum, 3);
    options = with_property(std::move(options), property_id::topic_alias_maximum, 1);
  }
  model_link link(options);
  link.broker.alias_maximum = 1;
  const std::vector<std::string> out = expected(from, 'o');
  const std::vector<std::string> in = expected(from, 'i');
  link.to_publish.assign(out.begin(), out.end());
  link.connect();
  link.run(0, 1);
  for (const std::string& each : in) link.broker.send(each);
  for (const std::size_t cut : cuts) {
    link.run(cut, from.step);
    link.cut();
    link.connect();
  }
  CHECK(link.run(to_the_end, from.step));

  link.check_at_rest();
  CHECK(first_times(link.broker.got, from.qos) == out);  // all of them, in order
  CHECK(first_times(link.shown, from.qos) == in);
  if (from.qos == qos_2 || cuts.empty()) {  // and once
    CHECK(link.broker.got.size() == messages);
    CHECK(link.shown.size() == messages);
  }
  return link.moved;
}

std::vector<script> scripts() {
  std::vector<script> all;
  for (const protocol_version version : all_versions) {
    for (const qos_t qos : {qos_1, qos_2}) {
      for (const ack_policy policy : {ack_policy::on_next, ack_policy::manual}) {
        for (const std::size_t step : {std::size_t{1}, to_the_end}) {
          all.push_back({version, qos, policy, step});
        }
      }
    }
  }
  return all;
}

std::string words(const script& from) {
  return "MQTT " + std::string(to_string(from.version)) + ", QoS " +
         std::to_string(static_cast<int>(from.qos)) +
         (from.policy == ack_policy::manual ? ", settled by hand" : "") +
         (from.step == 1 ? ", byte by byte" : "");
}

#ifdef __SANITIZE_ADDRESS__  // three times as slow
constexpr std::size_t step_of_first = 17;
#else
constexpr std::size_t step_of_first = 5;
#endif

}  // namespace

TEST_CASE("messages pass both ways over a link that stands") {
  for (const script& each : scripts()) {
    INFO(words(each));
    play(each, {});
  }
}

TEST_CASE("a link cut after any byte costs no message, and at QoS 2 repeats none") {
  for (const script& each : scripts()) {
    const std::size_t length = play(each, {});
    for (std::size_t cut = 0; cut < length; ++cut) {
      INFO(words(each), ", cut after ", cut, " bytes");
      play(each, {cut});
    }
  }
}

TEST_CASE("a link cut twice costs no message, and at QoS 2 repeats none") {
  for (const script& each : scripts()) {
    const std::size_t length = play(each, {});
    // Steps that share no factor meet every place in a packet sooner or later.
    for (std::size_t first = 0; first < length; first += step_of_first) {
      for (std::size_t second = first % 11; second < length; second += 11) {
        INFO(words(each), ", cut after ", first, " and ", second, " bytes");
        play(each, {first, second});
      }
    }
  }
}

TEST_CASE("a link that is cut again and again makes progress") {
  for (const script& each : scripts()) {
    for (const std::size_t bytes : {60, 75, 90}) {
      INFO(words(each), ", cut after every ", bytes, " bytes");
      play(each, std::vector<std::size_t>(20, bytes));
    }
  }
}
