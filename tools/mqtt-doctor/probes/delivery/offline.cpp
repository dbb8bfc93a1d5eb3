#include "mqtt-doctor/probes/delivery/offline.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "common/printable.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/probes/delivery/blocking_client.hpp"
#include "mqtt-doctor/probes/delivery/delivery.hpp"
#include "mqtt-doctor/probes/hex.hpp"
#include "mqtt-doctor/probes/parallel.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using probe::deadline;

constexpr auto settling = 300ms;           // for stored messages, once the first has come
constexpr auto patience = 700ms;           // for the first to come
constexpr std::uint32_t short_expiry = 3;  // seconds; longer expiries are not waited for
constexpr auto after_expiry = 2s;          // brokers count whole seconds
constexpr int most_on_the_way = 20;        // mosquitto's limit before MQTT 5
constexpr std::size_t most_topics = 5;
constexpr int refused = number_of(reason_code::unspecified_error);

/// Subscribes, and notes the messages that come.
class watcher final : public blocking_client::observer {
 public:
  explicit watcher(blocking_client& client) : client_(client) {}

  std::function<void(const publish_packet&)> on_message;

  /// The reason or return code of SUBACK; -1: none came.
  int subscribe(const std::string& filter, int qos, deadline until) {
    answer_ = -1;
    if (client_.subscribe({filter, static_cast<qos_t>(qos)}, subscription_, until))
      client_.wait(until, *this, [this] { return answer_ >= 0; });
    return answer_;
  }

 private:
  void message(const publish_packet& came) override {
    if (on_message) on_message(came);
  }
  void answered(const subscribed& answer) override {
    if (answer.token == subscription_ && !answer.codes.empty())
      answer_ = std::to_integer<int>(answer.codes[0]);
  }

  blocking_client& client_;
  std::uint64_t subscription_ = 0;
  int answer_ = -1;
};

/// Sends messages of one QoS and counts acknowledgements.
class sender final : public blocking_client::observer {
 public:
  sender(channel& over, const std::string& topic, const std::string& mark,
         const offline_request& what)
      : client_(over, what.limit), topic_(topic), mark_(mark), what_(what) {}

  offline_fact::run send(int qos, int window) {
    fact_ = offline_fact::run{};
    fact_.qos = qos;
    const deadline until = clock::now() + 2 * what_.limit;
    for (int number = 1; number <= what_.as.messages; ++number) {
      if (!send_one(number, until)) break;
      ++fact_.sent;
      const auto has_room = [&] { return qos == 0 || fact_.sent - fact_.acknowledged < window; };
      if (!client_.wait(until, *this, has_room)) break;
    }
    client_.wait(until, *this, [&] { return qos == 0 || fact_.acknowledged >= fact_.sent; });
    return fact_;
  }

  /// Messages of QoS 0 have reached the broker once it answers this.
  void ping() {
    const deadline until = clock::now() + what_.limit;
    if (client_.ping(until))
      client_.wait(until, *this, [this] { return client_.is_ping_answered; });
  }

 private:
  bool send_one(int number, deadline until) {
    const std::string payload = mark_ + std::to_string(fact_.qos) + " " + std::to_string(number);
    publish_packet packet;
    packet.topic = topic_;
    packet.payload = as_bytes(payload);
    packet.qos = static_cast<qos_t>(fact_.qos);
    properties with;
    if (what_.as.message_expiry && client_.version() == protocol_version::v5) {
      if (with.add(property_id::message_expiry_interval, *what_.as.message_expiry)) return false;
      packet.properties = with.view();
    }
    std::uint64_t token = 0;
    return client_.publish(packet, token, until);
  }

  void acknowledged(const delivered& answer) override {
    ++fact_.acknowledged;
    fact_.ack = std::max<int>(fact_.ack, answer.reason);
  }

  /// The session reports PUBCOMP's reason; PUBREC's tells whether anybody subscribes.
  void packet(const frame& from_broker) override {
    ack_packet ack;
    if (from_broker.type == packet_type::pubrec && !decode(from_broker, client_.version(), ack))
      fact_.ack = std::max<int>(fact_.ack, ack.reason);
  }

  blocking_client client_;
  const std::string& topic_;
  const std::string& mark_;
  const offline_request& what_;
  offline_fact::run fact_;
};

/// Counts a try's messages that arrive, and acknowledges them.
class collector final : public blocking_client::observer {
 public:
  collector(channel& over, const std::string& mark, offline_fact& offline,
            std::chrono::milliseconds limit)
      : client_(over, limit), mark_(mark), fact_(offline) {
    for (const auto& run : offline.runs)
      came_.emplace_back(static_cast<std::size_t>(run.sent) + 1, false);
  }

  void run() {
    const auto is_all = [this] { return fact_.arrived() >= fact_.sent() && fact_.sent() > 0; };
    auto until = clock::now() + (fact_.session_present ? patience : settling);
    for (;;) {
      const int before = count_;
      if (client_.wait(until, *this, [&] { return is_all() || count_ > before; })) {
        if (is_all()) break;
        until = clock::now() + patience;
        continue;
      }
      break;
    }
    // Messages of QoS 0 come together with the others, if they come.
    if (fact_.session_present)
      client_.wait(clock::now() + settling / 3, *this, [] { return false; });
  }

 private:
  void message(const publish_packet& came) override {
    ++count_;
    note(as_text(came.payload));
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
    offline_fact::run& run = fact_.runs[qos];
    ++run.arrived;
    const int which = static_cast<int>(number);
    run.first_no = run.first_no == 0 ? which : std::min(run.first_no, which);
    run.last_no = std::max(run.last_no, which);
  }

  blocking_client client_;
  const std::string& mark_;
  offline_fact& fact_;
  std::vector<std::vector<bool>> came_;  // by QoS and number
  int count_ = 0;
};

std::int64_t limit_in(const contact& connection, const char* name, std::int64_t otherwise) {
  const auto found = connection.mqtt->limits.find(name);
  return found == connection.mqtt->limits.end() ? otherwise : found->second;
}

/// Takes a subscriber with one identifier through all stages.
class offline_probe {
 public:
  offline_probe(const target& to, const offline_request& what, std::string client_id)
      : what_(what), to_(to), publisher_(to) {
    to_.who = to.subscriber.value_or(to.who);
    to_.who.client_id = std::move(client_id);
    publisher_.who = to.publisher.value_or(to.who);
    publisher_.who.client_id.clear();
  }

  /// Whether the broker has a session of this identifier; its messages are not acknowledged.
  void look(offline_facts& into) {
    contact made;
    const auto over = connect(true, made);
    if (!over) return;
    into.client_id = tools::printable(to_.who.client_id);
    into.was_found = made.mqtt->session_present;
    if (!into.was_found) return;
    blocking_client client(*over, what_.limit, false);
    watcher waiting(client);
    waiting.on_message = [&](const publish_packet& came) {
      ++into.waiting;
      auto& topics = into.waiting_topics;
      const std::string topic = tools::printable(came.topic);
      if (topics.size() < most_topics &&
          std::find(topics.begin(), topics.end(), topic) == topics.end())
        topics.push_back(topic);
    };
    const auto is_begun = [&] { return into.waiting > 0; };
    client.wait(clock::now() + patience, waiting, is_begun);
    if (is_begun()) client.wait(clock::now() + settling, waiting, [] { return false; });
    say_goodbye(*over);
  }

  offline_fact run(const std::string& topic, bool is_users, offline_facts* about_broker) {
    offline_fact offline = described(topic, is_users);
    contact let_in;
    const auto publisher = connect_publisher(let_in);
    if (!publisher) {
      offline.stopped_at = delivery_stage::connect;
      if (is_kept_by_broker()) remove_session();
      return offline;
    }
    offline.publisher_version = name_of(publisher->version);
    go_through(*publisher, let_in, offline);
    if (is_kept_by_broker()) remove_session();
    if (about_broker != nullptr) ask_about_broker(*publisher, *about_broker);
    say_goodbye(*publisher);
    return offline;
  }

 private:
  bool is_v5() const { return what_.how.version == protocol_version::v5; }
  bool is_kept_by_broker() const {
    return what_.as.keeps_session || what_.as.session_expiry.value_or(0) != 0;
  }

  offline_fact described(const std::string& topic, bool is_users) const {
    offline_fact offline;
    offline.topic = topic;
    offline.is_users_topic = is_users;
    offline.version = name_of(what_.how.version);
    offline.client_id_kind =
        to_.who.client_id == what_.as.client_id ? client_id_kind::user : client_id_kind::own;
    offline.clean = !what_.as.keeps_session;
    if (what_.as.session_expiry && is_v5()) offline.expiry_s = *what_.as.session_expiry;
    if (what_.as.message_expiry) offline.message_expiry_s = *what_.as.message_expiry;
    offline.wanted = what_.as.qos;
    return offline;
  }

  /// Connects as the app does, or with a clean start, which removes its session.
  std::unique_ptr<channel> connect(bool as_app, contact& made) const {
    contact_request how = what_.how;
    how.purpose = contact_purpose::subscriber;
    how.clean_start = !as_app || !what_.as.keeps_session;
    if (as_app && is_v5() && what_.as.session_expiry && *what_.as.session_expiry != 0)
      (void)how.connect_properties.add(property_id::session_expiry_interval,
                                       *what_.as.session_expiry);
    return insist(to_, how, made);
  }

  /// RabbitMQ answers some connections late and the next one at once, hence a second try.
  std::unique_ptr<channel> insist(const target& to, const contact_request& how,
                                  contact& made) const {
    std::unique_ptr<channel> over;
    for (int attempt = 0; attempt < 2 && !over; ++attempt) {
      made = make_contact(to, how, &over);
      if (!made.mqtt || made.mqtt->answer != mqtt_answer::silent) break;
    }
    return over;
  }

  std::unique_ptr<channel> connect_publisher(contact& made) const {
    contact_request how = what_.how;
    how.purpose = contact_purpose::publisher;
    how.version = what_.publisher_version;
    return insist(publisher_, how, made);
  }

  void remove_session() const {
    contact made;
    const auto over = connect(false, made);
    if (over) say_goodbye(*over);
  }

  /// Sends DISCONNECT and waits until the broker has read it; messages that come now are ignored.
  static void leave(channel& over) {
    say_goodbye(over);
    blocking_client gone(over, settling, false);
    blocking_client::observer nobody;
    gone.wait(clock::now() + settling, nobody, [] { return false; });
  }

  clock::duration time_away() const {
    clock::duration away = what_.as.away;
    if (what_.as.message_expiry && *what_.as.message_expiry <= short_expiry)
      away = std::max<clock::duration>(away, *what_.as.message_expiry * 1s + after_expiry);
    return away;
  }

  void go_through(channel& publisher, const contact& let_in, offline_fact& offline) {
    contact made;
    {
      const auto first = connect(true, made);
      if (!first) {
        offline.stopped_at = delivery_stage::connect;
        return;
      }
      offline.granted_s = limit_in(made, "session-expiry-interval", -1);
      {
        blocking_client client(*first, what_.limit);
        const deadline until = clock::now() + what_.limit;
        offline.suback = watcher(client).subscribe(offline.topic, offline.wanted, until);
      }
      if (offline.suback < 0 || offline.suback >= refused) {
        offline.stopped_at = delivery_stage::subscribe;
        return;
      }
      leave(*first);
    }
    const auto left = clock::now();
    const std::string mark = "mqtt-doctor " + random_word() + " ";
    sender from(publisher, offline.topic, mark, what_);
    const int highest = static_cast<int>(limit_in(let_in, "maximum-qos", 2));
    const int window = static_cast<int>(
        std::min<std::int64_t>(limit_in(let_in, "receive-maximum", 65'535), most_on_the_way));
    for (int qos = 0; qos <= std::min(highest, 2); ++qos) {
      offline.runs.push_back(from.send(qos, window));
      const offline_fact::run& run = offline.runs.back();
      if (qos > 0 && run.acknowledged < run.sent) break;
    }
    if (highest == 0) from.ping();
    const bool is_sent = offline.runs.front().sent > 0 &&
                         (offline.runs.size() < 2 || offline.runs[1].acknowledged > 0);
    if (!is_sent) {
      offline.stopped_at = delivery_stage::publish;
      return;
    }
    std::this_thread::sleep_until(left + time_away());
    const auto again = connect(true, made);
    offline.away_s = std::chrono::duration<double>(clock::now() - left).count();
    if (!again) {
      offline.stopped_at = delivery_stage::come_back;
      return;
    }
    offline.session_present = made.mqtt->session_present;
    collector(*again, mark, offline, what_.limit).run();
    say_goodbye(*again);
  }

  /// Asks the broker for its uptime in $SYS.
  void ask_about_broker(channel& over, offline_facts& into) const {
    blocking_client client(over, what_.limit);
    watcher told(client);
    told.on_message = [&](const publish_packet& came) {
      const std::string_view text = as_text(came.payload);
      if (came.topic == "$SYS/broker/version") into.broker_version = tools::printable(text, 60);
      std::int64_t seconds = -1;
      std::from_chars(text.data(), text.data() + text.size(), seconds);
      if (came.topic == "$SYS/broker/uptime" && seconds >= 0)
        into.uptime_s = static_cast<double>(seconds);
    };
    const auto is_told = [&] { return into.uptime_s >= 0 && !into.broker_version.empty(); };
    const deadline until = clock::now() + what_.limit / 2;
    for (const char* topic : {"$SYS/broker/uptime", "$SYS/broker/version"}) {
      const int answer = told.subscribe(topic, 0, until);
      if (answer < 0 || answer >= refused) return;
    }
    client.wait(clock::now() + settling / 2, told, is_told);
  }

  const offline_request& what_;
  target to_;
  target publisher_;
};

}  // namespace

offline_facts try_offline(const target& to, const offline_request& what) {
  offline_facts offline;
  const auto own_id = [] { return "mqtt-doctor-" + random_word(); };
  std::string client_id = what.as.client_id;
  // A clean session with the user's identifier would remove the user's stored session.
  if (!what.as.keeps_session) client_id.clear();
  if (!client_id.empty()) {
    offline_probe(to, what, client_id).look(offline);
    if (offline.was_found || offline.client_id.empty()) client_id.clear();
  }
  const bool is_shared = !client_id.empty();
  std::optional<offline_fact> own, users;
  const auto try_own = [&] {
    own = offline_probe(to, what, is_shared ? client_id : own_id())
              .run(what.own_topic, false, &offline);
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
  for (auto* const user : {&own, &users}) {
    if (*user) offline.tries.push_back(std::move(**user));
  }
  return offline;
}

}  // namespace mqttkit::doctor
