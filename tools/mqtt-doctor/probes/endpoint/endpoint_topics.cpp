// What an accepted client may do, and how good the network is.
#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/probes/delivery/beside.hpp"
#include "mqtt-doctor/probes/endpoint/endpoint_examiner.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t large_payload = 4000;  // bytes: more than two full packets of 1,500
constexpr std::size_t full_packet = 1500;    // bytes: smaller packets prove nothing
constexpr double noticeable_ms = 150;        // 4 kB in this time are 200 kbit/s

/// The largest payload, up to `wanted` bytes, that the broker takes on that topic.
std::size_t room_for(const channel& over, const std::string& topic, std::size_t wanted) {
  constexpr std::size_t around = 16;  // bytes of header, two lengths, identifier, properties
  if (over.most_taken == 0) return wanted;
  const std::size_t taken = over.most_taken, needed = topic.size() + around;
  return taken > needed ? std::min(wanted, taken - needed) : 0;
}

}  // namespace

/// Tries permissions and the round trip over the accepted connection.
void endpoint_examiner::try_topics() {
  if (!open_) return;
  const bool is_qos_0 = grants_qos_0_alone();
  const std::string& topic = known_.asked.topic;
  // The user's topic comes first, since the doctor's may be forbidden to this user.
  if (!topic.empty() && what_.with_credentials && !is_for_exchange_alone())
    try_users_topic(is_qos_0);
  if (!open_) return;
  delivery_request own;
  own.topic = own_topic();
  own.at_most_once = is_qos_0;
  own.limit = within(own.limit);
  const delivery_fact first = deliver(*open_, own);
  bool is_open = first.end.empty();
  if (!is_open && first.suback < 0 && may_connect()) see_whether_it_stays();
  if (!open_) return;
  const std::size_t large_bytes = room_for(*open_, first.topic, large_payload);
  // Small packets pass where full ones are lost, which only a full one shows.
  if (is_open && first.echoed && large_bytes >= full_packet) {
    delivery_request large;
    large.topic = first.topic;
    large.subscribes = false;
    large.at_most_once = own.at_most_once || first.qos == 0;
    large.payload_bytes = large_bytes;
    large.limit = within(large.limit);
    deliver(*open_, large);
    is_open = facts_.deliveries.back().end.empty();
    const bool is_stuck = is_open && !facts_.deliveries.back().echoed;
    if (is_stuck && may_connect()) {
      contact_request small = again(contact_purpose::small);
      small.with_credentials = what_.with_credentials;
      small.maximum_segment = small_segment;
      small.version = open_->version;
      open_.reset();
      connect_as(small);
      if (!open_) return;
      large.subscribes = true;
      large.limit = within(large.limit);
      deliver(*open_, large);
    } else if (is_open && facts_.deliveries.back().echo_ms > first.echo_ms + noticeable_ms &&
               room_for(*open_, large.topic, 5 * large_payload) == 5 * large_payload) {
      // A slow link takes five times as long for five times the bytes; a busy machine does not.
      large.payload_bytes = 5 * large_payload;
      large.limit = within(2 * large.limit);
      deliver(*open_, large);
      is_open = facts_.deliveries.back().end.empty();
    }
  }
  if (!open_) return;
  if (is_open) look_for_loss();
  // The exchange has its own connections: the end of this one may concern its message alone.
  exchange_messages();
  look_further();
  if (is_open) compare_addresses();
  if (is_open) say_goodbye(*open_);
}

/// Whether the broker ended the connection for what was asked, or would end any.
void endpoint_examiner::see_whether_it_stays() {
  contact_request second = again(contact_purpose::second);
  second.version = open_->version;
  second.with_credentials = what_.with_credentials;
  open_.reset();
  connect_as(second);
  if (!open_) return;
  delivery_request nothing;
  nothing.subscribes = nothing.publishes = false;
  nothing.limit = within(nothing.limit);
  deliver(*open_, nothing);
}

/// Whether messages sent at the name's other addresses arrive here.
void endpoint_examiner::compare_addresses() {
  // With the user's identifier the second connection would end the first.
  if (!what_.with_credentials || !known_.asked.client_id.empty() || known_.asked.has_empty_id)
    return;
  const bool does_echo = std::any_of(facts_.deliveries.begin(), facts_.deliveries.end(),
                                     [](const auto& delivery) { return delivery.echoed; });
  for (const auto& address : other_addresses()) {
    if (clock::now() >= what_.until) return;
    contact_request how = as_client();
    how.purpose = contact_purpose::other_address;
    how.address = address;
    how.version = open_->version;
    how.answer_limit = within(follow_up_limit);
    std::unique_ptr<channel> from;
    facts_.contacts.push_back(make_contact(to_, how, &from));
    if (!from || !does_echo) continue;
    exchange_request request;
    request.topic = request.filter = own_topic();
    request.messages = 1;
    request.lowest_qos = request.highest_qos = grants_qos_0_alone() ? 0 : 1;
    request.until = what_.until;
    request.limit = within(std::chrono::milliseconds(700));
    exchange_fact exchange = try_exchange(*from, *open_, request);
    // Members of a cluster may need a moment to learn of a subscription.
    if (exchange.arrived() == 0 && exchange.publisher_end.empty() &&
        exchange.subscriber_end.empty()) {
      request.limit = within(std::chrono::milliseconds(1500));
      exchange = try_exchange(*from, *open_, request);
    }
    exchange.publisher_address = address;
    if (exchange.publisher_end.empty()) say_goodbye(*from);
    const bool is_over = !exchange.subscriber_end.empty();
    facts_.across.push_back(std::move(exchange));
    if (is_over) return;
  }
}

/// A connection for one side of an exchange; null when the broker did not accept it.
std::unique_ptr<channel> endpoint_examiner::side(contact_purpose purpose,
                                                 const std::optional<credentials>& who) {
  target as = to_;
  if (who) as.who = *who;
  // Two connections with one identifier would end each other.
  as.who.client_id.clear();
  contact_request how = again(purpose);
  how.with_credentials = what_.with_credentials;
  how.version = open_->version;
  how.answer_limit = within(answer_limit);
  std::unique_ptr<channel> made;
  // RabbitMQ answers some connections late and the next one at once, hence a second try.
  for (int attempt = 0; attempt < 2 && !made; ++attempt) {
    const bool may_try = connections_made() < what_.exchange_connections;
    if (attempt > 0 && (!may_try || clock::now() >= what_.until)) break;
    facts_.contacts.push_back(make_contact(as, how, &made));
    const auto& answer = facts_.contacts.back().mqtt;
    if (!answer || answer->answer != mqtt_answer::silent) break;
  }
  return made;
}

/// Exchanges messages on the user's topic and, when not all arrive, on the doctor's own, which
/// shows what the broker can do.
void endpoint_examiner::exchange_messages() {
  if (what_.exchange_connections == 0) return;
  const asked_facts& asked = known_.asked;
  if (!asked.topic.empty() && is_topic_filter(asked.topic)) {
    exchange_request users;
    users.filter = asked.topic;
    users.is_users_topic = true;
    const auto shared = parse_shared(asked.topic);
    const std::string plain(shared ? shared->filter : std::string_view(asked.topic));
    const std::string& meant = asked.sent_to.empty() ? plain : asked.sent_to;
    if (what_.publishes_on_topic && is_topic_name(meant)) users.topic = meant;
    if (what_.via) {
      if (!far_) far_ = side_elsewhere();
      exchange_between(far_, users);
      if (far_ && into_ && !facts_.exchanges.empty() && facts_.exchanges.back().arrived() == 0)
        look_for_prefix(users);
    }
    // Also after messages by way of the other broker were lost: at this one the topic may work.
    if (!is_whole(users.topic)) exchange_on(users);
    if (shared && !is_whole(users.topic)) try_without_group(users, plain);
    if (users.topic.empty() && !shared) listen_beside_users(users.filter);
    if (users.topic.empty() && shared && asked.retained) look_without_group(users, plain);
    if (users.filter == users.topic + "/#" && !is_whole(users.topic)) try_parent();
  }
  const bool is_tried = !facts_.exchanges.empty() && is_whole(facts_.exchanges.back().topic);
  if (!is_tried || what_.burst > 0) {
    exchange_request own;
    own.topic = own.filter = own_topic();
    exchange_on(own);
  }
  if (far_) say_goodbye(*far_);
  if (from_) say_goodbye(*from_);
  if (into_) say_goodbye(*into_);
}

/// For a user who only subscribes and gets nothing: looks for messages beside the filter.
void endpoint_examiner::listen_beside_users(const std::string& filter) {
  const bool is_closed = filter.starts_with('$') && !filter.starts_with("$SYS/");
  if (!into_ || facts_.exchanges.empty() || is_closed) return;
  // A filter of wildcards alone just misses nothing that a person would have meant, except what
  // began with a $ before a shell took it.
  if (filter.find_first_not_of("+#/") == filter.npos && !filter.starts_with('/')) return;
  exchange_fact& users = facts_.exchanges.back();
  const bool is_granted =
      users.suback >= 0 && users.suback < number_of(reason_code::unspecified_error);
  if (users.filter != filter || !is_granted || users.others != 0 || users.retained != 0) return;
  exchange_fact beside;
  listen_beside(*into_, filter, within(what_.listens), beside);
  users.others = beside.others;
  if (users.others == 0) users.near = std::move(beside.near);
  if (!beside.subscriber_end.empty()) into_.reset();
}

/// Members of a group get no retained messages (MQTT 5.0 §4.8.2): whether there is one shows a
/// subscription without the group.
void endpoint_examiner::look_without_group(exchange_request users, const std::string& plain) {
  users.filter = plain;
  users.is_search = true;
  exchange_on(users);
}

/// A bridge adds a prefix to topics that it passes on, removes one, or both. Subscribes where a
/// message would arrive then: one or two levels further down, or one further up.
void endpoint_examiner::look_for_prefix(exchange_request users) {
  const std::string topic = users.topic;
  users.is_search = true;
  // One message that the bridge passes on unchanged.
  users.lowest_qos = users.highest_qos = 1;
  std::vector<std::string> filters{"+/" + topic, "+/+/" + topic};
  if (const std::size_t level = topic.find('/'); level != std::string::npos) {
    const std::string rest = topic.substr(level + 1);
    // The prefix was removed, or replaced by another.
    filters.push_back(rest);
    filters.push_back("+/" + rest);
    filters.push_back("+/+/" + rest);
  }
  for (const std::string& filter : filters) {
    if (!far_ || !into_ || !is_topic_filter(filter)) return;
    const std::size_t before = facts_.exchanges.size();
    users.filter = filter;
    exchange_between(far_, users);
    if (facts_.exchanges.size() == before || facts_.exchanges.back().arrived() > 0) return;
  }
}

/// "a/#" matches "a" as well (MQTT 5.0 §4.7.1.2), which not every broker knows.
void endpoint_examiner::try_parent() {
  exchange_request own;
  own.topic = own_topic();
  own.filter = own.topic + "/#";
  own.is_search = true;
  own.lowest_qos = own.highest_qos = 1;
  exchange_on(own);
}

/// Whether all messages of the last exchange on the topic arrived.
bool endpoint_examiner::is_whole(const std::string& topic) const {
  if (topic.empty() || facts_.exchanges.empty()) return false;
  const exchange_fact& last = facts_.exchanges.back();
  return last.topic == topic && last.sent() > 0 && last.arrived() == last.sent();
}

/// Subscribes in a group of the doctor's own, where no other member takes messages away, and then
/// without a group, as a broker without shared subscriptions needs it.
void endpoint_examiner::try_without_group(exchange_request users, const std::string& plain) {
  if (users.topic.empty()) return;
  users.lowest_qos = users.highest_qos = 1;
  users.filter = own_group() + plain;
  exchange_on(users);
  if (is_whole(users.topic)) return;
  users.filter = plain;
  exchange_on(users);
}

/// The publisher's connection to the other broker, at the first of its addresses that answers.
std::unique_ptr<channel> endpoint_examiner::side_elsewhere() {
  const other_broker& via = *what_.via;
  target as = to_;
  as.host = via.host;
  if (to_.publisher) as.who = *to_.publisher;
  as.who.client_id.clear();
  contact_request how = again(contact_purpose::elsewhere);
  how.port = via.port;
  how.tls = doctor::has_tls(via.scheme);
  how.websocket = doctor::has_websocket(via.scheme);
  how.path = via.path;
  how.with_credentials = true;
  const name_facts name =
      look_up_name(via.host, within(follow_up_limit), known_.asked.family.value());
  std::unique_ptr<channel> made;
  for (const std::string& address : name.addresses) {
    how.address = address;
    // A broker without MQTT 5 may hang up on it.
    for (const auto version : {open_->version, protocol_version::v3_1_1}) {
      how.version = version;
      how.answer_limit = within(answer_limit);
      how.connect_limit = within(follow_up_limit);
      facts_.elsewhere = make_contact(as, how, &made);
      if (made) return made;
      if (!facts_.elsewhere->mqtt || open_->version == protocol_version::v3_1_1) break;
    }
    if (facts_.elsewhere->connect.is_connected()) break;
  }
  if (name.addresses.empty()) {
    facts_.elsewhere.emplace();
    facts_.elsewhere->purpose = how.purpose;
    facts_.elsewhere->port = via.port;
    facts_.elsewhere->end = connection_end::failed;
  }
  return made;
}

void endpoint_examiner::exchange_on(const exchange_request& what) {
  if (clock::now() >= what_.until) return;
  const std::size_t missing = (into_ ? 0 : 1) + (from_ ? 0 : 1);
  if (connections_made() + missing > what_.exchange_connections) return;
  if (!from_) from_ = side(contact_purpose::publisher, to_.publisher);
  exchange_between(from_, what);
}

void endpoint_examiner::exchange_between(std::unique_ptr<channel>& from,
                                         const exchange_request& what) {
  if (clock::now() >= what_.until) return;
  if (!into_) into_ = side(contact_purpose::subscriber, to_.subscriber);
  if (!into_ || !from) return;
  exchange_request within_limits = what;
  within_limits.messages = what_.messages;
  // A user's topic has other readers, and gets no burst.
  const bool is_burst = what_.burst > what_.messages && !what.is_users_topic && !what.is_search;
  if (is_burst) {
    constexpr int at_once = 20;  // what mosquitto takes before MQTT 5
    within_limits.messages = what_.burst;
    within_limits.window = at_once;
    within_limits.limit = 2 * what.limit;
  }
  within_limits.reads_retained = known_.asked.symptom == symptom::shown_offline ||
                                 known_.asked.symptom == symptom::shown_online;
  const contact& sending = &from == &far_ ? *facts_.elsewhere : facts_.contacts.back();
  const auto& limits = sending.mqtt->limits;
  if (const auto found = limits.find("receive-maximum"); found != limits.end())
    within_limits.window =
        static_cast<int>(std::min<std::int64_t>(found->second, within_limits.window));
  if (const auto found = limits.find("maximum-qos"); found != limits.end())
    within_limits.highest_qos =
        static_cast<int>(std::min<std::int64_t>(found->second, what.highest_qos));
  within_limits.lowest_qos = std::min(what.lowest_qos, within_limits.highest_qos);
  // The time is shared by four steps: subscribing, messages, the last run and pings.
  within_limits.limit = std::min(within(within_limits.limit), time_left() / 4);
  within_limits.until = what_.until;
  for (const delivery_fact& delivery : facts_.deliveries) {
    const std::chrono::milliseconds took(static_cast<int>(delivery.echo_ms * 3 / 2));
    within_limits.usual = std::max(within_limits.usual, std::min(took, time_left() / 4));
  }
  exchange_fact exchange = try_exchange(*from, *into_, within_limits);
  if (&from == &far_) exchange.publisher_at = known_.asked.sent_via;
  const auto name = [&](const std::optional<credentials>& who) {
    return (who ? *who : to_.who).user_name.value_or("");
  };
  exchange.publisher = name(to_.publisher);
  exchange.subscriber = name(to_.subscriber);
  if (!exchange.publisher_end.empty()) from.reset();
  if (!exchange.subscriber_end.empty()) into_.reset();
  facts_.exchanges.push_back(std::move(exchange));
}

/// Two logins, topics or brokers and shared subscriptions need an exchange between two connections.
/// alone.
bool endpoint_examiner::is_for_exchange_alone() const {
  return what_.exchange_connections > 0 &&
         (to_.publisher || what_.via || to_.subscriber || !known_.asked.sent_to.empty() ||
          parse_shared(known_.asked.topic));
}

void endpoint_examiner::try_users_topic(bool is_qos_0) {
  delivery_request users;
  users.topic = known_.asked.topic;
  users.is_users_topic = true;
  users.at_most_once = is_qos_0;
  users.publishes = what_.publishes_on_topic;
  users.limit = within(users.limit);
  const delivery_fact first = deliver(*open_, users);
  const protocol_version version = open_->version;
  // Only MQTT 5 tells whether the message was refused or withheld.
  const bool is_untold = first.end.empty() && first.published && !first.echoed &&
                         first.suback >= 0 && first.suback < 0x80 && first.puback == 0;
  if (is_untold && version != protocol_version::v5 && may_connect()) {
    contact_request newer = again(contact_purpose::topic_5);
    newer.version = protocol_version::v5;
    newer.with_credentials = what_.with_credentials;
    std::unique_ptr<channel> beside;
    facts_.contacts.push_back(make_contact(to_, newer, &beside));
    if (beside) {
      users.limit = within(users.limit);
      deliver(*beside, users);
      say_goodbye(*beside);
    }
  }
  if (first.end.empty()) return;
  // The broker hung up: a second connection shows whether it does so on every topic.
  open_.reset();
  if (!may_connect()) return;
  contact_request second = again(contact_purpose::second);
  second.version = version;
  second.with_credentials = what_.with_credentials;
  connect_as(second);
}

/// Tries a delivery, and keeps its facts and the connection's counters.
delivery_fact endpoint_examiner::deliver(channel& over, const delivery_request& what) {
  const delivery_fact delivery = try_delivery(over, what);
  facts_.deliveries.push_back(delivery);
  if (contact* const at = last_accepted()) take_counters(over, *at);
  return delivery;
}

contact* endpoint_examiner::last_accepted() {
  const auto found = std::find_if(
      facts_.contacts.rbegin(), facts_.contacts.rend(),
      [](const contact& connection) { return connection.mqtt && connection.mqtt->is_accepted(); });
  return found == facts_.contacts.rend() ? nullptr : &*found;
}

/// The kernel retransmitted a segment: more packets tell whether that was chance.
void endpoint_examiner::look_for_loss() {
  contact* const kept = last_accepted();
  if (kept == nullptr || known_.local.is_target) return;
  if (kept->total_retransmits <= kept->needless_retransmits) return;
  constexpr int pings = 12;
  ping_repeatedly(*open_, pings, within(follow_up_limit));
  take_counters(*open_, *kept);
  std::vector<contact_request> ways;
  for (std::size_t made = connections_made(); made < most_connections; ++made) {
    ways.push_back(again(contact_purpose::loss));
    ways.back().first = opening::only_connect;
  }
  connect_all(ways);
}

}  // namespace mqttkit::doctor
