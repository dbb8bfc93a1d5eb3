// Random scenes of a well-behaved broker and well-behaved clients: nothing may be reported about
// them, whatever their windows and reconnects, and even if packets are heard late or are
// missing.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>

#include "unit/doctor/traffic_scene.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

struct habits {
  int clients = 3;
  int messages = 400;        // each client publishes
  std::size_t largest = 20;  // window
  bool reconnects = false;
  bool keeps_session = true;   // what is asked for; a broker may have lost it
  bool is_heard_late = false;  // one direction before the other, by milliseconds
  bool is_heard_in_part = false;
  bool sends_again = false;  // what is not acknowledged yet, on the same connection
  bool is_v5 = false;
};

struct letter {
  packet_type type{};
  std::uint16_t id = 0;
  int qos = 0;
  int topic = 0;
  bool dup = false;
};

/// One end of a session: the messages that it sent, has open, and received.
struct half {
  std::map<std::uint16_t, letter> open;    // PUBLISH, or PUBREL once that was sent
  std::deque<letter> waiting;              // to be published
  std::map<std::uint16_t, bool> received;  // of QoS 2, until PUBREL
  std::size_t window = 20;
  std::uint16_t last = 0;

  std::uint16_t next_id() {
    do {
      ++last;
    } while (last == 0 || open.contains(last));
    return last;
  }
};

struct party {
  std::string id;
  std::unique_ptr<device> line;
  half client, broker;
  std::deque<letter> to_client, to_broker;
  std::array<std::deque<byte_buffer>, 2> unheard;  // of the client, of the broker
  int published = 0;
  bool wants_all = false;
  bool is_lost = false;  // a packet, and nobody told the doctor yet
};

class world {
 public:
  world(std::uint32_t seed, const habits& with) : random_(seed), with_(with) {
    for (int i = 0; i < with.clients; ++i) {
      party& made = parties_.emplace_back();
      made.id = "client" + std::to_string(i);
      made.wants_all = i != 0;
      made.client.window = 1 + any(with.largest);
      made.broker.window = 1 + any(with.largest);
      made.client.last = made.broker.last = static_cast<std::uint16_t>(any(65'000));
      joins(made, false);
    }
    all_.passes(2s);
  }

  std::string run() {
    while (goes_on()) {
      for (party& each : parties_) acts(each);
      for (party& each : parties_) hear_all(each);
      all_.now += std::chrono::milliseconds(any(150));
      all_.monitor.look(all_.now);
      if (!all_.told().empty()) return all_.told();
    }
    all_.passes(30s);
    all_.monitor.finish(all_.now);
    return all_.told();
  }

 private:
  std::size_t any(std::size_t below) { return below == 0 ? 0 : random_() % below; }
  bool chance(unsigned percent) { return random_() % 100 < percent; }

  bool goes_on() const {
    return std::any_of(parties_.begin(), parties_.end(), [&](const party& each) {
      return each.published < with_.messages || !each.client.open.empty() ||
             !each.broker.open.empty() || !each.to_client.empty() || !each.to_broker.empty() ||
             !each.client.waiting.empty() || !each.broker.waiting.empty();
    });
  }

  void joins(party& who, bool has_session) {
    who.line = std::make_unique<device>(
        all_, with_.is_v5 ? protocol_version::v5 : protocol_version::v3_1_1);
    properties asked;
    if (with_.is_v5 && with_.keeps_session)
      asked = doctor::test::with(property_id::session_expiry_interval, 3600);
    who.line->connects(who.id, !with_.keeps_session, 60, asked, {}, has_session);
    if (!has_session && who.wants_all) who.line->subscribes("home/#", 2);
  }

  void acts(party& who) {
    if (with_.reconnects && chance(2)) return comes_again(who);
    const std::size_t burst = chance(10) ? with_.largest : any(8);
    for (std::size_t i = 0; i < burst && who.published < with_.messages; ++i, ++who.published)
      who.client.waiting.push_back(
          {packet_type::publish, 0, static_cast<int>(any(3)), int(any(5))});
    // All packets under way arrive in this turn; the two directions mix at random.
    publishes(who, side::client);
    publishes(who, side::broker);
    for (std::size_t turns = 0; !who.to_client.empty() || !who.to_broker.empty(); ++turns) {
      const bool is_clients_turn = who.to_broker.empty() || (!who.to_client.empty() && chance(50));
      auto& inbox = is_clients_turn ? who.to_client : who.to_broker;
      const letter got = inbox.front();
      inbox.pop_front();
      takes(who, is_clients_turn ? side::client : side::broker, got);
      if (turns > 3 * with_.largest + 100) break;  // the rest in the next turn
    }
  }

  half& half_of(party& who, side which) { return which == side::client ? who.client : who.broker; }

  void publishes(party& who, side from) {
    half& mine = half_of(who, from);
    if (with_.sends_again && !mine.open.empty() && chance(20)) {
      letter again = mine.open.begin()->second;
      again.dup = again.type == packet_type::publish;
      says(who, from, again);
    }
    while (!mine.waiting.empty()) {
      letter next = mine.waiting.front();
      if (next.qos != 0 && mine.open.size() >= mine.window) return;
      mine.waiting.pop_front();
      if (next.qos != 0) {
        next.id = mine.next_id();
        mine.open[next.id] = next;
      }
      says(who, from, next);
    }
  }

  void takes(party& who, side at, const letter& got) {
    half& mine = half_of(who, at);
    switch (got.type) {
      case packet_type::publish:
        if (got.qos == 1) says(who, at, {packet_type::puback, got.id});
        if (got.qos == 2) says(who, at, {packet_type::pubrec, got.id});
        if (got.qos == 2 && !mine.received.try_emplace(got.id, true).second) return;
        if (at == side::broker) pass_on(got);
        return;
      case packet_type::pubrel:
        mine.received.erase(got.id);
        return says(who, at, {packet_type::pubcomp, got.id});
      case packet_type::pubrec: {
        const letter release{packet_type::pubrel, got.id};
        if (mine.open.contains(got.id)) mine.open[got.id] = release;
        return says(who, at, release);
      }
      default:
        mine.open.erase(got.id);
        return publishes(who, at);
    }
  }

  void pass_on(const letter& what) {
    for (party& each : parties_) {
      if (!each.wants_all) continue;
      letter copy = what;
      copy.id = 0;
      copy.dup = false;
      each.broker.waiting.push_back(copy);
    }
    for (party& each : parties_)
      if (each.wants_all) publishes(each, side::broker);
  }

  /// Puts a packet on the wire and hands it to the other end.
  void says(party& who, side from, const letter& what) {
    const std::string topic = "home/" + std::to_string(what.topic);
    byte_buffer bytes = what.type == packet_type::publish
                            ? who.line->message(topic, what.qos, what.id, "x", false, {}, what.dup)
                            : who.line->other(what.type, what.id, 0);
    (from == side::client ? who.to_broker : who.to_client).push_back(what);
    auto& waiting = who.unheard[from == side::client ? 0 : 1];
    if (with_.is_heard_in_part && chance(1)) {  // by whoever captures
      hear_all(who);
      who.is_lost = true;
      if (chance(50)) report_loss(who);
      return;
    }
    waiting.push_back(std::move(bytes));
    if (!with_.is_heard_late || chance(40)) hear_all(who);
  }

  void report_loss(party& who) {
    if (who.is_lost) all_.monitor.heard_in_part(who.line->number());
    who.is_lost = false;
  }

  void hear_all(party& who) {
    report_loss(who);
    while (!who.unheard[0].empty() || !who.unheard[1].empty()) {
      const bool is_clients = who.unheard[1].empty() || (!who.unheard[0].empty() && chance(50));
      auto& queue = who.unheard[is_clients ? 0 : 1];
      is_clients ? who.line->client_sends(queue.front()) : who.line->broker_sends(queue.front());
      queue.pop_front();
    }
    who.line->settles();
  }

  void comes_again(party& who) {
    hear_all(who);
    who.line->leaves();
    who.to_client.clear();
    who.to_broker.clear();
    all_.now += std::chrono::milliseconds(any(3000));
    const bool has_session = with_.keeps_session && chance(70);
    if (!has_session) {
      for (half* each : {&who.client, &who.broker}) {
        each->open.clear();
        each->received.clear();
      }
      who.broker.waiting.clear();
    }
    joins(who, has_session);
    if (!has_session) return;
    for (const side from : {side::client, side::broker}) {
      for (auto& [id, what] : half_of(who, from).open) {
        letter again = what;
        again.dup = what.type == packet_type::publish;
        says(who, from, again);
      }
    }
  }

  overheard all_;
  std::mt19937 random_;
  habits with_;
  std::deque<party> parties_;
};

/// MQTTKIT_SEEDS=100 in the environment runs more scenes of each kind.
void be_innocent(const habits& with, std::uint32_t seeds) {
  if (const char* const more = std::getenv("MQTTKIT_SEEDS"))
    seeds = static_cast<std::uint32_t>(std::max(1, std::atoi(more)));
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    INFO("seed ", seed);
    CHECK(world(seed, with).run() == "");
  }
}

}  // namespace

TEST_CASE("well-behaved clients are left in peace") { be_innocent({}, 8); }

TEST_CASE("well-behaved clients with thousands of messages under way are left in peace") {
  habits with;
  with.clients = 2;
  with.messages = 6000;
  with.largest = 5000;
  be_innocent(with, 2);
}

TEST_CASE("well-behaved clients that come and go are left in peace") {
  habits with;
  with.reconnects = true;
  be_innocent(with, 6);
  with.is_v5 = with.sends_again = true;
  be_innocent(with, 6);
}

TEST_CASE("well-behaved clients that are heard late or in part are left in peace") {
  habits with;
  with.is_heard_late = true;
  be_innocent(with, 6);
  with.is_heard_in_part = true;
  be_innocent(with, 6);
  with.reconnects = with.sends_again = true;
  with.largest = 2000;
  be_innocent(with, 6);
}
