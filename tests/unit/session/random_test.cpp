// A session, its program and a broker do what they may in any order, over a link that breaks.
#include <random>
#include <string>
#include <vector>

#include "unit/session/model_broker.hpp"

using namespace mqttkit;
using namespace mqttkit::test;

namespace {

constexpr std::size_t everything = std::numeric_limits<std::size_t>::max();
constexpr unsigned most_topics = 5;

struct course {
  unsigned seed;
  protocol_version version;
  ack_policy policy;
  bool loses_sessions;
};

class random_play {
 public:
  explicit random_play(const course& of)
      : course_(of), random_(of.seed), link_(options(of, random_)) {}

  void play(unsigned steps) {
    for (unsigned i = 0; i < steps; ++i) step();
    come_to_rest();
    check();
  }

 private:
  // Numbers of our own making, as those of std::uniform_int_distribution differ between libraries.
  static unsigned below(std::mt19937& random, unsigned limit) {
    return static_cast<unsigned>(random() % limit);
  }
  unsigned below(unsigned limit) { return below(random_, limit); }

  static session_options options(const course& of, std::mt19937& random) {
    session_options made = lasting(of.version);
    made.maximum_inflight = static_cast<std::uint16_t>(1 + below(random, 6));
    made.acknowledge = of.policy;
    made.use_topic_aliases = below(random, 2) != 0;
    if (of.version == v5) {
      const auto maximum = static_cast<std::uint16_t>(1 + below(random, 4));
      made = with_property(std::move(made), property_id::receive_maximum, maximum);
      made = with_property(std::move(made), property_id::topic_alias_maximum, below(random, 4));
    }
    return made;
  }

  std::string next_payload() {
    return payload_of('t' + std::to_string(below(most_topics)),
                      below(8) == 0 ? qos_0 : static_cast<qos_t>(1 + below(2)), ++number_);
  }

  void step() {
    switch (below(12)) {
      case 0:
      case 1:
        link_.to_publish.push_back(next_payload());
        return;
      case 2:
        return link_.publish(1 + below(4));
      case 3: {
        std::string payload = next_payload();
        while (qos_in(payload) == qos_0) payload = next_payload();  // it would need no session
        sent_to_us_.push_back(payload);
        return link_.broker.send(payload);
      }
      case 4:
      case 5:
        return link_.move_up(below(40));
      case 6:
      case 7:
        return link_.move_down(below(40));
      case 8: {
        const bool is_message = link_.pull(1 + below(4));
        if (course_.policy == ack_policy::manual && is_message && below(2) == 0) {
          link_.settle_previous();
        }
        return;
      }
      case 9:
        if (course_.policy == ack_policy::manual) link_.settle();
        return;
      case 10:
        return link_.broker.answer(1 + below(3));
      default:
        if (below(8) == 0) link_.subscribe();
        if (!link_.is_up) return connect();
        if (below(3) == 0) return cut();
    }
  }

  void connect() {
    link_.broker.is_prompt = below(2) == 0;
    link_.broker.receive_maximum = static_cast<std::uint16_t>(1 + below(6));
    link_.broker.alias_maximum = static_cast<std::uint16_t>(below(4));
    link_.connect();
  }

  void cut() {
    // Who misses the CONNACK that tells of a lost session takes the new one for the old: no client
    // can know better.
    if (tells_of_loss_ && !link_.client.is_connected()) return;
    tells_of_loss_ = false;
    link_.cut();
    if (!course_.loses_sessions || below(3) != 0) return;
    for (const std::string& each : link_.broker.forget()) lost_.insert(each);
    tells_of_loss_ = true;
  }

  void come_to_rest() {
    if (!link_.is_up) connect();
    link_.broker.is_prompt = true;
    CHECK(link_.run(everything, everything));
  }

  void check() {
    link_.check_at_rest();
    for (const qos_t qos : {qos_1, qos_2}) {
      const std::vector<std::string> published = first_times(link_.published, qos);
      const std::vector<std::string> got = first_times(link_.broker.got, qos);
      const std::vector<std::string> shown = first_times(link_.shown, qos);
      CHECK(got == published);  // at least once, in order
      std::vector<std::string> wanted;
      for (const std::string& each : first_times(sent_to_us_, qos)) {
        const bool was_shown = std::find(shown.begin(), shown.end(), each) != shown.end();
        if (was_shown || !lost_.contains(each)) wanted.push_back(each);
      }
      CHECK(shown == wanted);
      if (qos == qos_2) {  // and at most once
        CHECK(count_of(link_.shown, qos) == shown.size());
        if (!course_.loses_sessions) CHECK(count_of(link_.broker.got, qos) == got.size());
      }
    }
    // Every slot is free again: the whole window can be used.
    const std::size_t window =
        course_.version == v5
            ? std::min(link_.client.options().maximum_inflight, link_.broker.receive_maximum)
            : link_.client.options().maximum_inflight;
    for (std::size_t i = 0; i <= window; ++i) {
      link_.to_publish.push_back(payload_of("t0", qos_1, ++number_));
    }
    link_.publish();
    CHECK(link_.to_publish.size() == 1);
  }

  const course course_;
  std::mt19937 random_;
  model_link link_;
  unsigned number_ = 0;
  std::vector<std::string> sent_to_us_;
  std::set<std::string> lost_;  // with a session of the broker
  bool tells_of_loss_ = false;  // the CONNACK that is due
};

void play_all(unsigned seeds, bool loses_sessions) {
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    for (const protocol_version version : {v3_1_1, v5}) {
      for (const ack_policy policy : {ack_policy::on_next, ack_policy::manual}) {
        INFO("seed ", seed, ", MQTT ", to_string(version),
             std::string(policy == ack_policy::manual ? ", settled by hand" : ""));
        random_play({seed, version, policy, loses_sessions}).play(400);
      }
    }
  }
}

}  // namespace

TEST_CASE("whatever happens in whatever order, no message is lost, and at QoS 2 none repeated") {
  play_all(400, false);
}

TEST_CASE("a broker that loses sessions as well loses no message of ours") { play_all(400, true); }
