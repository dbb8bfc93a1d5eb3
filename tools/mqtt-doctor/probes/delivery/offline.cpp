#include "mqtt-doctor/probes/delivery/offline.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "common/printable.hpp"
#include "mqtt-doctor/probes/delivery/delivery.hpp"
#include "mqtt-doctor/probes/network/translate.hpp"
#include "mqtt-doctor/probes/parallel.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using probe::deadline;

constexpr auto settling = 300ms;           // in which a broker sends what it has, once it began
constexpr auto patience = 700ms;           // until it begins
constexpr std::uint32_t short_expiry = 3;  // seconds; longer ones are not waited for
constexpr auto after_expiry = 2s;          // brokers count in whole seconds
constexpr int most_on_the_way = 20;        // mosquitto's own limit before MQTT 5
constexpr std::size_t most_topics = 5;
constexpr int refused = 0x80;

std::string random_text() {
  std::array<char, 6> random{};
  (void)::getentropy(random.data(), random.size());
  return hex_of({random.data(), random.size()});
}

/// Takes packets until something is the case, the time is over or the connection is.
template <class Take, class Condition>
bool wait(channel& over, deadline until, const Take& take, const Condition& is_met) {
  while (!is_met()) {
    if (clock::now() >= until) return false;
    const channel::received got = over.receive(until);
    if (!got.is_packet || got.packet.type == packet_type::disconnect) return is_met();
    take(got.packet);
  }
  return true;
}

bool acknowledge(channel& over, packet_type type, std::uint16_t id, deadline until) {
  ack_packet ack;
  ack.type = type;
  ack.packet_id = id;
  byte_buffer bytes;
  return !encode(bytes, over.version, ack) && over.send(bytes, until);
}

/// SUBSCRIBE at this QoS; the reason or return code, -1: none came.
int subscribe(channel& over, const std::string& filter, int qos, deadline until,
              const std::function<void(const frame&)>& take = {}) {
  constexpr std::uint16_t id = 1;
  const subscription wanted{filter, static_cast<qos_t>(qos)};
  byte_buffer bytes;
  if (encode_subscribe(bytes, over.version, id, {&wanted, 1}) || !over.send(bytes, until))
    return -1;
  int answer = -1;
  const auto look = [&](const frame& packet) {
    suback_packet ack;
    if (packet.type == packet_type::suback && !decode(packet, over.version, ack) &&
        ack.packet_id == id && !ack.codes.empty()) {
      answer = std::to_integer<int>(ack.codes[0]);
    } else if (take) {
      take(packet);
    }
  };
  wait(over, until, look, [&] { return answer >= 0; });
  return answer;
}

/// Sends so many messages of one QoS, and counts what is acknowledged.
class sender {
 public:
  sender(channel& over, const std::string& topic, const std::string& mark,
         const offline_request& what)
      : over_(over), topic_(topic), mark_(mark), what_(what) {}

  offline_fact::run send(int qos, int window) {
    seen_ = offline_fact::run{};
    seen_.qos = qos;
    const deadline until = clock::now() + 2 * what_.limit;
    const auto take = [this](const frame& packet) { this->take(packet); };
    for (int number = 1; number <= what_.as.messages; ++number) {
      if (!send_one(number, until)) break;
      ++seen_.sent;
      const auto has_room = [&] { return qos == 0 || seen_.sent - seen_.acknowledged < window; };
      if (!wait(over_, until, take, has_room)) break;
    }
    wait(over_, until, take, [&] { return qos == 0 || seen_.acknowledged >= seen_.sent; });
    return seen_;
  }

  /// What was sent at QoS 0 is at the broker once it answers this.
  void ping() {
    byte_buffer bytes;
    encode_ping(bytes, packet_type::pingreq);
    const deadline until = clock::now() + what_.limit;
    bool is_answered = false;
    if (!over_.send(bytes, until)) return;
    wait(
        over_, until,
        [&](const frame& packet) { is_answered |= packet.type == packet_type::pingresp; },
        [&] { return is_answered; });
  }

 private:
  bool send_one(int number, deadline until) {
    const std::string payload = mark_ + std::to_string(seen_.qos) + " " + std::to_string(number);
    publish_packet packet;
    packet.topic = topic_;
    packet.payload = as_bytes(payload);
    packet.qos = static_cast<qos_t>(seen_.qos);
    packet.packet_id = seen_.qos == 0 ? std::uint16_t{0} : ++next_id_;
    properties with;
    if (what_.as.message_expiry && over_.version == protocol_version::v5) {
      if (with.add(property_id::message_expiry_interval, *what_.as.message_expiry)) return false;
      packet.properties = with.view();
    }
    byte_buffer bytes;
    return !encode(bytes, over_.version, packet) && over_.send(bytes, until);
  }

  void take(const frame& packet) {
    ack_packet ack;
    const bool is_ack = packet.type == packet_type::puback || packet.type == packet_type::pubrec ||
                        packet.type == packet_type::pubcomp;
    if (!is_ack || decode(packet, over_.version, ack)) return;
    if (packet.type != packet_type::pubcomp) seen_.ack = std::max<int>(seen_.ack, ack.reason);
    if (packet.type != packet_type::pubrec || ack.reason >= refused) {
      ++seen_.acknowledged;
    } else {
      acknowledge(over_, packet_type::pubrel, ack.packet_id, clock::now() + what_.limit);
    }
  }

  channel& over_;
  const std::string& topic_;
  const std::string& mark_;
  const offline_request& what_;
  offline_fact::run seen_;
  std::uint16_t next_id_ = 0;
};

/// Counts what comes of the messages of a try, and acknowledges it.
class collector {
 public:
  collector(channel& over, const std::string& mark, offline_fact& seen,
            std::chrono::milliseconds limit)
      : over_(over), mark_(mark), seen_(seen), limit_(limit) {
    for (const auto& one : seen.runs)
      came_.emplace_back(static_cast<std::size_t>(one.sent) + 1, false);
  }

  void run() {
    const auto take = [this](const frame& packet) { this->take(packet); };
    const auto is_all = [this] { return seen_.arrived() >= seen_.sent() && seen_.sent() > 0; };
    auto until = clock::now() + (seen_.session_present ? patience : settling);
    for (;;) {
      const int before = count_;
      if (wait(over_, until, take, [&] { return is_all() || count_ > before; })) {
        if (is_all()) break;
        until = clock::now() + patience;
        continue;
      }
      break;
    }
    // Those of QoS 0 come with the others, if at all.
    if (seen_.session_present) {
      wait(over_, clock::now() + settling / 3, take, [] { return false; });
    }
  }

 private:
  void take(const frame& packet) {
    const deadline until = clock::now() + limit_;
    if (packet.type == packet_type::pubrel) {
      ack_packet release;
      if (!decode(packet, over_.version, release))
        acknowledge(over_, packet_type::pubcomp, release.packet_id, until);
      return;
    }
    publish_packet message;
    if (packet.type != packet_type::publish || decode(packet, over_.version, message)) return;
    ++count_;
    note(as_text(message.payload));
    if (message.qos == qos_t::at_least_once)
      acknowledge(over_, packet_type::puback, message.packet_id, until);
    if (message.qos == qos_t::exactly_once)
      acknowledge(over_, packet_type::pubrec, message.packet_id, until);
  }

  void note(std::string_view text) {
    if (!text.starts_with(mark_)) return;
    text.remove_prefix(mark_.size());
    std::size_t qos = 0, number = 0;
    const auto first = std::from_chars(text.data(), text.data() + text.size(), qos);
    if (first.ec != std::errc() || first.ptr == text.data() + text.size()) return;
    std::from_chars(first.ptr + 1, text.data() + text.size(), number);
    if (qos >= came_.size() || number < 1 || number >= came_[qos].size() || came_[qos][number])
      return;
    came_[qos][number] = true;
    offline_fact::run& run = seen_.runs[qos];
    ++run.arrived;
    const int which = static_cast<int>(number);
    run.first_no = run.first_no == 0 ? which : std::min(run.first_no, which);
    run.last_no = std::max(run.last_no, which);
  }

  channel& over_;
  const std::string& mark_;
  offline_fact& seen_;
  const std::chrono::milliseconds limit_;
  std::vector<std::vector<bool>> came_;  // by QoS and number
  int count_ = 0;
};

std::int64_t limit_in(const contact& one, const char* name, std::int64_t otherwise) {
  const auto found = one.mqtt->limits.find(name);
  return found == one.mqtt->limits.end() ? otherwise : found->second;
}

/// The subscriber under one identifier, and all it goes through.
class offline_probe {
 public:
  offline_probe(const target& to, const offline_request& what, std::string client_id)
      : what_(what), to_(to), publisher_(to) {
    to_.who = to.subscriber.value_or(to.who);
    to_.who.client_id = std::move(client_id);
    publisher_.who = to.publisher.value_or(to.who);
    publisher_.who.client_id.clear();
  }

  /// Whether the broker has a session of this name; what it sends is not acknowledged.
  void look(offline_facts& into) {
    contact made;
    const auto over = connect(true, made);
    if (!over) return;
    into.client_id = tools::printable(to_.who.client_id);
    into.was_found = made.mqtt->session_present;
    if (!into.was_found) return;
    const auto take = [&](const frame& packet) {
      publish_packet message;
      if (packet.type != packet_type::publish || decode(packet, over->version, message)) return;
      ++into.waiting;
      auto& topics = into.waiting_topics;
      const std::string topic = tools::printable(message.topic);
      if (topics.size() < most_topics &&
          std::find(topics.begin(), topics.end(), topic) == topics.end())
        topics.push_back(topic);
    };
    const auto is_begun = [&] { return into.waiting > 0; };
    wait(*over, clock::now() + patience, take, is_begun);
    if (is_begun()) wait(*over, clock::now() + settling, take, [] { return false; });
    say_goodbye(*over);
  }

  offline_fact run(const std::string& topic, bool is_users, offline_facts* about_broker) {
    offline_fact seen = described(topic, is_users);
    contact let_in;
    const auto publisher = connect_publisher(let_in);
    if (!publisher) {
      seen.stopped_at = delivery_stage::connect;
      if (is_kept_by_broker()) remove_session();
      return seen;
    }
    seen.publisher_version = name_of(publisher->version);
    go_through(*publisher, let_in, seen);
    if (is_kept_by_broker()) remove_session();
    if (about_broker != nullptr) ask_about_broker(*publisher, *about_broker);
    say_goodbye(*publisher);
    return seen;
  }

 private:
  bool is_v5() const { return what_.how.version == protocol_version::v5; }
  bool is_kept_by_broker() const {
    return what_.as.keeps_session || what_.as.session_expiry.value_or(0) != 0;
  }

  offline_fact described(const std::string& topic, bool is_users) const {
    offline_fact seen;
    seen.topic = topic;
    seen.is_users_topic = is_users;
    seen.version = name_of(what_.how.version);
    seen.client_id_kind =
        to_.who.client_id == what_.as.client_id ? client_id_kind::user : client_id_kind::own;
    seen.clean = !what_.as.keeps_session;
    if (what_.as.session_expiry && is_v5()) seen.expiry_s = *what_.as.session_expiry;
    if (what_.as.message_expiry) seen.message_expiry_s = *what_.as.message_expiry;
    seen.wanted = what_.as.qos;
    return seen;
  }

  /// As the app does, or to make an end of its session.
  std::unique_ptr<channel> connect(bool as_app, contact& made) const {
    approach how = what_.how;
    how.purpose = contact_purpose::subscriber;
    how.clean_start = !as_app || !what_.as.keeps_session;
    if (as_app && is_v5() && what_.as.session_expiry && *what_.as.session_expiry != 0)
      (void)how.connect_properties.add(property_id::session_expiry_interval,
                                       *what_.as.session_expiry);
    return insist(to_, how, made);
  }

  /// RabbitMQ answers one connection in a few late; its answer to the next comes at once.
  std::unique_ptr<channel> insist(const target& to, const approach& how, contact& made) const {
    std::unique_ptr<channel> over;
    for (int attempt = 0; attempt < 2 && !over; ++attempt) {
      made = approach_port(to, how, &over);
      if (!made.mqtt || made.mqtt->answer != mqtt_answer::silent) break;
    }
    return over;
  }

  std::unique_ptr<channel> connect_publisher(contact& made) const {
    approach how = what_.how;
    how.purpose = contact_purpose::publisher;
    how.version = what_.publisher_version;
    return insist(publisher_, how, made);
  }

  void remove_session() const {
    contact made;
    const auto over = connect(false, made);
    if (over) say_goodbye(*over);
  }

  /// DISCONNECT, and until the broker has taken notice: what comes now comes too late.
  static void leave(channel& over) {
    say_goodbye(over);
    wait(
        over, clock::now() + settling, [](const frame&) {}, [] { return false; });
  }

  clock::duration time_away() const {
    clock::duration away = what_.as.away;
    if (what_.as.message_expiry && *what_.as.message_expiry <= short_expiry)
      away = std::max<clock::duration>(away, *what_.as.message_expiry * 1s + after_expiry);
    return away;
  }

  void go_through(channel& publisher, const contact& let_in, offline_fact& seen) {
    contact made;
    {
      const auto first = connect(true, made);
      if (!first) {
        seen.stopped_at = delivery_stage::connect;
        return;
      }
      seen.granted_s = limit_in(made, "session-expiry-interval", -1);
      seen.suback = subscribe(*first, seen.topic, seen.wanted, clock::now() + what_.limit);
      if (seen.suback < 0 || seen.suback >= refused) {
        seen.stopped_at = delivery_stage::subscribe;
        return;
      }
      leave(*first);
    }
    const auto left = clock::now();
    const std::string mark = "mqtt-doctor " + random_text() + " ";
    sender from(publisher, seen.topic, mark, what_);
    const int highest = static_cast<int>(limit_in(let_in, "maximum-qos", 2));
    const int window = static_cast<int>(
        std::min<std::int64_t>(limit_in(let_in, "receive-maximum", 65'535), most_on_the_way));
    for (int qos = 0; qos <= std::min(highest, 2); ++qos) {
      seen.runs.push_back(from.send(qos, window));
      const offline_fact::run& run = seen.runs.back();
      if (qos > 0 && run.acknowledged < run.sent) break;
    }
    if (highest == 0) from.ping();
    const bool is_sent =
        seen.runs.front().sent > 0 && (seen.runs.size() < 2 || seen.runs[1].acknowledged > 0);
    if (!is_sent) {
      seen.stopped_at = delivery_stage::publish;
      return;
    }
    std::this_thread::sleep_until(left + time_away());
    const auto again = connect(true, made);
    seen.away_s = std::chrono::duration<double>(clock::now() - left).count();
    if (!again) {
      seen.stopped_at = delivery_stage::come_back;
      return;
    }
    seen.session_present = made.mqtt->session_present;
    collector(*again, mark, seen, what_.limit).run();
    say_goodbye(*again);
  }

  /// How long it has been running, if it says so.
  void ask_about_broker(channel& over, offline_facts& into) const {
    const auto take = [&](const frame& packet) {
      publish_packet message;
      if (packet.type != packet_type::publish || decode(packet, over.version, message)) return;
      const std::string_view text = as_text(message.payload);
      if (message.topic == "$SYS/broker/version") into.broker_version = tools::printable(text, 60);
      std::int64_t seconds = -1;
      std::from_chars(text.data(), text.data() + text.size(), seconds);
      if (message.topic == "$SYS/broker/uptime" && seconds >= 0)
        into.uptime_s = static_cast<double>(seconds);
    };
    const auto is_told = [&] { return into.uptime_s >= 0 && !into.broker_version.empty(); };
    const deadline until = clock::now() + what_.limit / 2;
    for (const char* topic : {"$SYS/broker/uptime", "$SYS/broker/version"}) {
      const int answer = subscribe(over, topic, 0, until, take);
      if (answer < 0 || answer >= refused) return;
    }
    wait(over, clock::now() + settling / 2, take, is_told);
  }

  const offline_request& what_;
  target to_;
  target publisher_;
};

}  // namespace

offline_facts try_offline(const target& to, const offline_request& what) {
  offline_facts seen;
  const auto own_id = [] { return "mqtt-doctor-" + random_text(); };
  std::string client_id = what.as.client_id;
  // A clean session knows nobody, whatever its name is; and would end one that is there.
  if (!what.as.keeps_session) client_id.clear();
  if (!client_id.empty()) {
    offline_probe(to, what, client_id).look(seen);
    if (seen.was_found || seen.client_id.empty()) client_id.clear();
  }
  const bool is_shared = !client_id.empty();
  std::optional<offline_fact> own, users;
  const auto try_own = [&] {
    own =
        offline_probe(to, what, is_shared ? client_id : own_id()).run(what.own_topic, false, &seen);
  };
  const auto try_users = [&] {
    users = offline_probe(to, what, is_shared ? client_id : own_id())
                .run(what.users_topic, true, nullptr);
  };
  if (what.users_topic.empty()) {
    try_own();
  } else if (is_shared) {
    try_own();
    try_users();
  } else {
    side_by_side({try_own, try_users});
  }
  for (auto* const one : {&own, &users}) {
    if (*one) seen.tries.push_back(std::move(**one));
  }
  return seen;
}

}  // namespace mqttkit::doctor
