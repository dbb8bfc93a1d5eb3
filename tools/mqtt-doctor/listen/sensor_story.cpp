#include "mqtt-doctor/listen/sensor_story.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t shown_bytes = 16;

std::string counted(std::uint64_t count) { return std::to_string(count); }

/// Whether the message is ICMP's "port unreachable" (RFC 792, RFC 4443).
bool is_port_closed(const icmp_fact& icmp) {
  return icmp.is_v6 ? icmp.type == 1 && icmp.code == 4 : icmp.type == 3 && icmp.code == 3;
}

}  // namespace

double sensor_story::ms_since(moment when, moment now) const {
  return std::chrono::duration<double, std::milli>(now - when).count();
}

std::string sensor_story::topic_of(sn::topic_id_type type, std::uint16_t id) const {
  if (type != sn::topic_id_type::normal) return {};
  const auto found = topics_.find(id);
  return found == topics_.end() ? std::string() : found->second;
}

void sensor_story::learn(std::uint16_t id, const std::string& topic) {
  if (topic.empty()) return;
  if (topics_.size() < most_topics || topics_.contains(id)) topics_[id] = topic;
}

void sensor_story::ask_for(std::uint16_t message_id, std::string topic) {
  if (asked_topics_.size() < most_topics || asked_topics_.contains(message_id))
    asked_topics_[message_id] = std::move(topic);
}

gateway_trip_fact* sensor_story::failed_trip(std::string topic) {
  // A refusal that repeats counts once.
  for (gateway_trip_fact& known : gateway_.trips) {
    if (known.topic == topic) return &known;
  }
  if (gateway_.trips.size() >= most_topics) return nullptr;
  gateway_trip_fact& trip = gateway_.trips.emplace_back();
  trip.way = trip_way::round;
  trip.is_users_topic = true;
  trip.topic = std::move(topic);
  return &trip;
}

void sensor_story::connects(const sn::connect_message& hello, moment now) {
  // A repeated CONNECT waits for an answer since the first one was sent.
  if (!gateway_.answer.empty() || gateway_.sent == 0) {
    asked_ = now;
    gateway_.sent = 0;
  }
  // The previous connection is already reported.
  gateway_.answer = gateway_answer::none;
  gateway_.icmp.reset();
  gateway_.error.clear();
  gateway_.code = -1;
  gateway_.ended_ms = -1;
  gateway_.trips.clear();
  gateway_.client_id = shown(hello.client_id);
  gateway_.is_users_id = true;
  ++gateway_.sent;
  keep_alive_s_ = hello.duration;
  is_leaving_ = has_left_ = false;
}

bool sensor_story::is_answered(const sn::connack_message& connack, moment now) {
  gateway_.answer = gateway_answer::connack;
  gateway_.icmp.reset();
  gateway_.code = static_cast<int>(connack.code);
  gateway_.ms = gateway_.sent == 0 ? 0 : ms_since(asked_, now);
  return connack.code != sn::return_code::accepted;
}

bool sensor_story::parts(const sn::disconnect_message& disconnect, side from, moment now) {
  if (from == side::client) {
    is_leaving_ = true;
    has_left_ = disconnect.duration.value_or(0) == 0;  // some leave with duration 0
    return false;
  }
  if (is_leaving_ || gateway_.sent == 0) return false;
  if (gateway_.answer == gateway_answer::connack) {
    gateway_.ended_ms = ms_since(asked_, now);
  } else {
    gateway_.answer = gateway_answer::disconnect;
  }
  return true;
}

/// Whether REGACK or SUBACK answers for this topic.
bool sensor_story::answers_topic(std::uint16_t message_id, std::uint16_t topic_id,
                                 sn::return_code code, bool is_suback, side from) {
  const auto asked = asked_topics_.extract(message_id);
  const std::string topic = asked.empty() ? std::string() : asked.mapped();
  if (code == sn::return_code::accepted) {
    if (topic_id != 0) learn(topic_id, topic);
    return false;
  }
  if (from == side::client) return false;  // the client refuses topics
  gateway_trip_fact* const trip = failed_trip(topic);
  if (trip == nullptr) return false;
  int& given = is_suback ? trip->suback : trip->regack;
  return std::exchange(given, static_cast<int>(code)) != given;
}

bool sensor_story::take(const sn::message& said, side from, moment now) {
  last_ = now;
  spoke_ = true;
  ++count_[from == side::client ? 0 : 1];
  const sn::message_type type = type_of(said);
  const bool is_search = type == sn::message_type::searchgw || type == sn::message_type::gwinfo ||
                         type == sn::message_type::advertise;
  only_searches_ = only_searches_ && is_search;
  // A CONNACK after a refusal means that the gateway answers again.
  const bool was_refused =
      gateway_.answer == gateway_answer::closed || gateway_.answer == gateway_answer::unreachable;
  if (from == side::broker && was_refused) {
    gateway_.answer = gateway_.code >= 0 ? gateway_answer::connack : gateway_answer::none;
    gateway_.icmp.reset();
    gateway_.error.clear();
  }
  return std::visit(
      [&](const auto& read) {
        using kind = std::decay_t<decltype(read)>;
        if constexpr (std::is_same_v<kind, sn::connect_message>) {
          connects(read, now);
        } else if constexpr (std::is_same_v<kind, sn::connack_message>) {
          return is_answered(read, now);
        } else if constexpr (std::is_same_v<kind, sn::register_message>) {
          from == side::client ? ask_for(read.message_id, shown(read.topic))
                               : learn(read.topic_id, shown(read.topic));
        } else if constexpr (std::is_same_v<kind, sn::regack_message>) {
          return answers_topic(read.message_id, read.topic_id, read.code, false, from);
        } else if constexpr (std::is_same_v<kind, sn::subscribe_message>) {
          if (read.type == sn::topic_id_type::normal) ask_for(read.message_id, shown(read.filter));
        } else if constexpr (std::is_same_v<kind, sn::suback_message>) {
          return answers_topic(read.message_id, read.topic_id, read.code, true, from);
        } else if constexpr (std::is_same_v<kind, sn::publish_message>) {
          if (!read.dup) ++(from == side::client ? published_ : received_);
          if (read.qos == sn::qos_level::without_connection) ++without_connection_;
        } else if constexpr (std::is_same_v<kind, sn::puback_message>) {
          if (read.code == sn::return_code::accepted || from == side::client) return false;
          std::string topic = topic_of(sn::topic_id_type::normal, read.topic_id);
          if (topic.empty()) topic = "id " + std::to_string(read.topic_id);
          gateway_trip_fact* const trip = failed_trip(std::move(topic));
          if (trip == nullptr) return false;
          trip->published = true;
          return std::exchange(trip->puback, static_cast<int>(read.code)) != trip->puback;
        } else if constexpr (std::is_same_v<kind, sn::disconnect_message>) {
          return parts(read, from, now);
        }
        return false;
      },
      said);
}

void sensor_story::refused(const std::optional<icmp_fact>& icmp, const std::string& error,
                           moment now) {
  last_ = now;
  gateway_.icmp = icmp;
  gateway_.error = error;
  gateway_.answer =
      !icmp || is_port_closed(*icmp) ? gateway_answer::closed : gateway_answer::unreachable;
  gateway_.ms = gateway_.sent == 0 ? 0 : ms_since(asked_, now);
}

void sensor_story::take_strange(bytes_view datagram, side from, moment now) {
  last_ = now;
  ++count_[from == side::client ? 0 : 1];
  if (strange_.empty()) strange_ = in_hex(datagram, shown_bytes);
  if (from == side::client || !gateway_.answer.empty()) return;
  gateway_.answer = gateway_answer::other;
  gateway_.received = in_hex(datagram, shown_bytes);
  gateway_.text = shown(as_text(datagram.first(std::min(datagram.size(), shown_bytes))));
}

bool sensor_story::is_unanswered(moment now) const {
  return gateway_.answer.empty() && gateway_.sent > 0 && now - asked_ >= answer_limit;
}

bool sensor_story::is_judged(moment now) const {
  if (ends_.gateway_address.empty()) return false;
  return !gateway_.answer.empty() || !gateway_.trips.empty() || is_unanswered(now);
}

facts sensor_story::known(moment now) const {
  facts made;
  made.asked.host = ends_.gateway_address;
  made.asked.port = ends_.gateway_port;
  made.asked.scheme = scheme::mqtt_sn;
  made.asked.typed = "mqtt-sn://" + host_and_port(ends_.gateway_address,
                                                  static_cast<unsigned>(ends_.gateway_port));
  made.asked.client_id = gateway_.client_id;
  made.name.is_literal = true;
  made.name.canonical = made.asked.host;
  made.name.addresses = {made.asked.host};
  made.name.lookup = lookup_outcome::ok;
  endpoint_facts at;
  at.scheme = scheme::mqtt_sn;
  at.port = ends_.gateway_port;
  gateway_fact& fact = at.gateway.emplace(gateway_);
  fact.address = ends_.gateway_address;
  fact.port = ends_.gateway_port;
  if (is_unanswered(now)) {
    fact.answer = gateway_answer::silent;
    fact.ms = ms_since(asked_, now);
  }
  made.endpoints.push_back(std::move(at));
  return made;
}

sensor_summary sensor_story::summary() const {
  const std::map<std::string, std::string> counts{{"bytes", strange_},
                                                  {"sent", counted(published_)},
                                                  {"received", counted(received_)},
                                                  {"count", counted(without_connection_)}};
  if (!spoke_ && strange_.empty()) return {"silent", {}};
  if (!spoke_)
    return {"sn-other-protocol",
            words(N_("What it sent is no message of MQTT-SN: {bytes}."), counts)};
  if (ends_.gateway_address.empty() && gateway_.sent > 0)
    return {"sn-arrived",
            words(N_("Its CONNECT came to this port, where no gateway is now: the way is open."))};
  if (gateway_.is_accepted())
    return {"sn-accepted",
            words(N_("The gateway took the client. Messages from it: {sent}, to it: {received}."),
                  counts)};
  if (without_connection_ > 0)
    return {"sn-without-connection",
            words(N_("It sent {count} messages without a connection (QoS -1): nobody answers "
                     "those."),
                  counts)};
  if (only_searches_)
    return {"sn-searched", words(N_("It searched for a gateway, and did not connect."))};
  if (is_late())
    return {"sn-joined-late",
            words(N_("It was connected before anybody listened. Messages from it: {sent}, to it: "
                     "{received}."),
                  counts)};
  return {};
}

}  // namespace mqttkit::doctor
