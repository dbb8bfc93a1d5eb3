#include "mqtt-doctor/listen/rule_watch.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

// The two directions may be captured separately: a packet is heard up to so long after what answers
// it, or before.
constexpr auto order_time = 3s;
constexpr auto answer_time = 2s;  // an end this soon after a broken rule answers it
constexpr std::size_t most_kept = 16;
constexpr std::size_t most_topic = 256;
constexpr const char* asks_in_use =
    N_("a packet identifier for a subscription that is still in use");
constexpr const char* reused =
    N_("a packet identifier for another message although the one before is not acknowledged yet: "
       "one of the two gets lost");
// Where nobody minds it, it does no harm.
constexpr const char* sent_again =
    N_("a message sent again on the same connection, which MQTT 5 allows after a new CONNECT only");
constexpr const char* too_many =
    N_("more messages under way than the Receive Maximum that the client allows");

side other(side of) { return of == side::client ? side::broker : side::client; }

/// The rule that a packet of this type breaks when that side sends it; null: none.
const char* wrong_side(packet_type type, side from, bool is_v5, bool has_method) {
  if (from == side::client) {
    switch (type) {
      case packet_type::connack:
        return N_("a CONNACK, which brokers alone send");
      case packet_type::suback:
        return N_("a SUBACK, which brokers alone send");
      case packet_type::unsuback:
        return N_("an UNSUBACK, which brokers alone send");
      case packet_type::pingresp:
        return N_("a PINGRESP, which brokers alone send");
      default:
        return nullptr;
    }
  }
  switch (type) {
    case packet_type::connect:
      return N_("a CONNECT, which clients alone send");
    case packet_type::subscribe:
      return N_("a SUBSCRIBE, which clients alone send");
    case packet_type::unsubscribe:
      return N_("an UNSUBSCRIBE, which clients alone send");
    case packet_type::pingreq:
      return N_("a PINGREQ, which clients alone send");
    case packet_type::disconnect:
      return is_v5 ? nullptr : N_("a DISCONNECT, which before MQTT 5 clients alone send");
    case packet_type::auth:
      return has_method ? nullptr : N_("an AUTH, although CONNECT named no Authentication Method");
    default:
      return nullptr;
  }
}

/// Bytes of the fixed header: the remaining length has seven bits in each (MQTT 5.0 §1.5.5).
std::size_t least_head(std::size_t body) {
  std::size_t head = 2;
  for (; body >= 128; body /= 128) ++head;
  return head;
}

}  // namespace

void rule_watch::breaks(side whose, const char* rule, moment now, bool is_harm, std::uint16_t id,
                        std::string topic) {
  const auto is_same = [&](const broken& each) { return each.rule == rule && each.whose == whose; };
  if (const auto at = std::find_if(broken_.begin(), broken_.end(), is_same); at != broken_.end()) {
    at->since = now;
    return;
  }
  if (broken_.size() < most_kept)
    broken_.push_back({whose, rule, is_harm, id, topic.substr(0, most_topic), now, {}, false});
}

void rule_watch::may_break(side whose, const char* rule, packet_type excused_by, moment now,
                           bool is_harm, std::uint16_t id, std::string topic) {
  if (is_whole_ && pending_.size() < most_kept)
    pending_.push_back(
        {whose, rule, is_harm, id, topic.substr(0, most_topic), now, excused_by, false});
}

void rule_watch::forgive(side whose, std::uint16_t id, packet_type by) {
  std::erase_if(pending_, [&](const broken& each) {
    const bool is_it = each.id == id && each.excused_by == by;
    return each.whose == whose && (is_it || each.rule == too_many);
  });
}

/// The identifier's use was completed. Where it had been used again before that was heard, the
/// packet belongs to the use before, and the later one is still open.
void rule_watch::finish(side sender, std::uint16_t id) {
  direction& about = of(sender);
  const auto is_reuse = [&](const broken& each) {
    return each.whose == sender && each.id == id && each.is_reuse;
  };
  const auto again = std::find_if(pending_.begin(), pending_.end(), is_reuse);
  const auto at = about.open.find(id);
  if (again == pending_.end()) {
    about.open.erase(at);
    return;
  }
  pending_.erase(again);
  at->second.was_reused = true;
}

bool rule_watch::was_reused(side sender, std::uint16_t id) const {
  const direction& about = of_[sender == side::client ? 0 : 1];
  const auto at = about.open.find(id);
  return (at != about.open.end() && at->second.was_reused) ||
         std::any_of(pending_.begin(), pending_.end(), [&](const broken& each) {
           return each.whose == sender && each.id == id && each.is_reuse;
         });
}

/// Whether such an answer was heard shortly before what it answers.
bool rule_watch::was_early(side sender, std::uint16_t id, packet_type answer, moment now) {
  direction& about = of(sender);
  const auto at = about.early.find({id, answer});
  if (at == about.early.end()) return false;
  const bool is_recent = now - at->second <= order_time;
  about.early.erase(at);
  return is_recent;
}

void rule_watch::settle(moment now) {
  if (!is_whole_) pending_.clear();
  while (!pending_.empty() && now - pending_.front().since > order_time) {
    const broken sure = std::move(pending_.front());
    pending_.erase(pending_.begin());
    breaks(sure.whose, sure.rule, sure.since, sure.is_harm, sure.id, sure.topic);
  }
  if (!is_whole_) return;
  for (const side sender : {side::client, side::broker}) {
    for (auto& [id, each] : of(sender).open) {
      if (!each.was_reused || now - each.since <= order_time) continue;
      each.was_reused = false;
      breaks(sender, each.at == state::asked ? asks_in_use : reused, now, true, id, each.topic);
    }
  }
}

bool rule_watch::has_just_broken(side whose, moment now) const noexcept {
  const auto is_it = [&](const broken& each) {
    return each.whose == whose && now - each.since <= answer_time;
  };
  return std::any_of(broken_.begin(), broken_.end(), is_it) ||
         std::any_of(pending_.begin(), pending_.end(), is_it);
}

observation rule_watch::told_of(const broken& what, weight heavy) {
  observation made{
      what.whose == side::client ? noticed::client_breaks_rule : noticed::broker_breaks_rule,
      {{"what", what.rule}},
      what.rule};
  made.heavy = heavy;
  if (what.id == 0) return made;
  if (what.topic.empty()) {
    made.more.push_back(
        words(N_("Packet identifier: {number}."), {{"number", std::to_string(what.id)}}));
  } else {
    made.more.push_back(words(N_("Packet identifier: {number}, topic: \"{topic}\"."),
                              {{"number", std::to_string(what.id)}, {"topic", shown(what.topic)}}));
  }
  return made;
}

void rule_watch::look(moment now, observations& out) {
  settle(now);
  const auto is_due = [now](const broken& each) { return now - each.since > answer_time; };
  for (const broken& each : broken_) {
    if (is_due(each) && each.rule != sent_again)
      out.push_back(told_of(each, each.is_harm ? weight::cause : weight::note));
  }
  std::erase_if(broken_, is_due);
}

void rule_watch::ends(std::optional<side> by, moment now, observations& out) {
  settle(now);
  // What may still be excused counts where the other side took it for a reason to end.
  for (const broken& each : std::exchange(pending_, {})) {
    if (by && *by != each.whose)
      breaks(each.whose, each.rule, each.since, each.is_harm, each.id, each.topic);
  }
  for (const broken& each : std::exchange(broken_, {})) {
    const bool is_answer = by && *by != each.whose && now - each.since <= answer_time;
    if (each.rule == sent_again && !is_answer) continue;
    out.push_back(told_of(each, is_answer || each.is_harm ? weight::cause : weight::note));
  }
}

void rule_watch::heard(const heard_packet& packet, moment now) {
  settle(now);
  if (packet.whole > packet.what.size && packet.what.type != packet_type::publish)
    return heard_in_part();
  const packet_type type = packet.what.type;
  if (packet.whole == packet.what.size &&
      packet.what.size - packet.what.body.size() > least_head(packet.what.body.size()))
    breaks(packet.from, N_("a remaining length written in more bytes than it takes"), now);
  if (packet.from == side::client && said_goodbye_)
    breaks(side::client, N_("packets after its DISCONNECT, which a broker must not take"), now,
           type == packet_type::publish);
  const bool is_first_connect = type == packet_type::connect && packet.from == side::client;
  if (const char* const rule = wrong_side(type, packet.from, is_v5_, has_method_)) {
    if (type != packet_type::auth || is_v5_) breaks(packet.from, rule, now);
    return;
  }
  if (packet.from == side::broker && !has_connack_ && is_whole_ && type != packet_type::connack &&
      type != packet_type::auth && !(is_v5_ && type == packet_type::disconnect))
    breaks(side::broker, N_("packets in front of CONNACK, which must be its first"), now);
  switch (type) {
    case packet_type::connect:
      return is_first_connect ? take_connect(packet) : void();
    case packet_type::connack:
      return take_connack(packet, now);
    case packet_type::publish:
      return take_publish(packet, now);
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
      return take_acknowledgement(packet, now);
    case packet_type::subscribe:
    case packet_type::unsubscribe:
      return take_question(packet, now);
    case packet_type::suback:
    case packet_type::unsuback:
      return take_answer(packet, now);
    case packet_type::disconnect:
      return take_disconnect(packet, now);
    default:
      return;
  }
}

void rule_watch::take_connect(const heard_packet& packet) {
  byte_buffer room;
  const heard_connect read = read_connect(packet.what, room);
  if (read.error) return;
  const properties_view& given = read.packet.properties;
  is_v5_ = read.packet.version == protocol_version::v5;
  is_clean_ = read.packet.clean_start;
  has_method_ = given.text(property_id::authentication_method).has_value();
  has_expiry_ = given.number(property_id::session_expiry_interval).value_or(0) != 0;
  alias_maximum_[1] = given.number(property_id::topic_alias_maximum).value_or(0);
  maximum_packet_ = given.number(property_id::maximum_packet_size).value_or(0);
  receive_maximum_ = given.number(property_id::receive_maximum).value_or(0);
}

void rule_watch::take_connack(const heard_packet& packet, moment now) {
  connack_packet read;
  if (decode(packet.what, packet.version, read)) return;
  if (has_connack_) return breaks(side::broker, N_("a second CONNACK"), now);
  has_connack_ = true;
  if (read.reason != 0) {
    if (read.session_present)
      breaks(side::broker, N_("a CONNACK that refuses and says Session Present"), now);
    return;
  }
  is_resumed_ = read.session_present;
  if (is_clean_ && read.session_present)
    breaks(side::broker,
           N_("a CONNACK that says Session Present, although the client asked for a clean one"),
           now);
  if (is_v5_ && packet.what.body.size() == 2)
    breaks(side::broker,
           N_("a CONNACK in the form of MQTT 3.1.1, although the client asked for "
              "MQTT 5: it has no length of properties"),
           now);
  alias_maximum_[0] = read.properties.number(property_id::topic_alias_maximum).value_or(0);
}

void rule_watch::take_alias(side from, std::uint32_t alias, bool has_topic, moment now) {
  const std::size_t way = from == side::client ? 0 : 1;
  // CONNACK, which allows aliases to the client, may be heard after its first PUBLISH.
  if (alias > alias_maximum_[way] && (from == side::broker || has_connack_))
    return breaks(from,
                  alias_maximum_[way] == 0
                      ? N_("a Topic Alias, although the other side allows none (Topic Alias "
                           "Maximum)")
                      : N_("a Topic Alias above the Topic Alias Maximum of the other side"),
                  now);
  if (has_topic) {
    if (aliases_[way].size() < most_open) aliases_[way].insert(alias);
  } else if (is_whole_ && aliases_[way].size() < most_open && !aliases_[way].contains(alias)) {
    breaks(from, N_("a Topic Alias that was never given a topic on this connection"), now);
  }
}

void rule_watch::take_publish(const heard_packet& packet, moment now) {
  publish_packet read;
  const bool is_whole = packet.whole == packet.what.size;
  if (is_whole && decode(packet.what, packet.version, read)) return;
  if (!is_whole) return heard_in_part();
  const bool is_brokers = packet.from == side::broker;
  constexpr unsigned dup = 8;  // the decoder takes it for nothing at QoS 0
  if ((packet.what.flags & dup) != 0 && read.qos == qos_t::at_most_once)
    breaks(packet.from, N_("a message of QoS 0 with the DUP flag"), now);
  if (const auto alias = read.properties.number(property_id::topic_alias))
    take_alias(packet.from, *alias, !read.topic.empty(), now);
  if (is_brokers && maximum_packet_ != 0 && packet.whole > maximum_packet_)
    breaks(side::broker, N_("a packet above the Maximum Packet Size that the client allows"), now);
  if (!is_brokers && read.properties.number(property_id::subscription_identifier))
    breaks(side::client, N_("a Subscription Identifier in a message, which brokers alone send"),
           now);
  if (read.qos == qos_t::at_most_once) return;
  use made{read.qos == qos_t::at_least_once ? state::qos1 : state::qos2,
           std::string(read.topic.substr(0, most_topic)),
           std::hash<std::string_view>{}(as_text(read.payload)), now};
  use_identifier(packet.from, read.packet_id, std::move(made), now, read.dup);
  if (is_brokers && receive_maximum_ != 0 && of(side::broker).open.size() > receive_maximum_)
    may_break(side::broker, too_many, packet_type::puback, now, false, read.packet_id);
}

/// A sender begins something with an identifier, which must not be in use (MQTT 5.0 §2.2.1).
void rule_watch::use_identifier(side from, std::uint16_t id, use how, moment now,
                                bool is_repeated) {
  direction& mine = of(from);
  if (mine.used.size() < most_open) {
    mine.used.insert(id);
  } else {
    mine.is_full = true;
  }
  // An acknowledgement that seemed to belong to nothing was heard before what it answers.
  forgive(other(from), id, how.at == state::asked ? packet_type::subscribe : packet_type::publish);
  const packet_type end = how.at == state::qos1    ? packet_type::puback
                          : how.at == state::asked ? packet_type::suback
                                                   : packet_type::pubcomp;
  if (was_early(from, id, end, now)) return;
  if (how.at == state::qos2 && was_early(from, id, packet_type::pubrec, now))
    how.at = state::received;
  const auto before = mine.open.find(id);
  if (before == mine.open.end()) {
    if (mine.open.size() < most_open) mine.open.emplace(id, std::move(how));
    return;
  }
  const use& old = before->second;
  const bool is_same =
      old.topic == how.topic && old.content == how.content && old.at != state::asked;
  if (is_repeated) {
    // Only a new connection repeats (MQTT 5.0 §4.4); before MQTT 5 nothing forbids it, and brokers
    // do it all the same.
    if (is_v5_ && is_same && from == side::client) breaks(from, sent_again, now);
    return;
  }
  if (is_same) return;
  how.was_reused = old.was_reused;
  if (is_whole_ && pending_.size() < most_kept)
    pending_.push_back({from, how.at == state::asked ? asks_in_use : reused, true, id, how.topic,
                        now, packet_type{}, true});
  before->second = std::move(how);
}

void rule_watch::take_acknowledgement(const heard_packet& packet, moment now) {
  ack_packet read;
  if (decode(packet.what, packet.version, read)) return;
  const bool is_pubrel = read.type == packet_type::pubrel;
  const side sender = is_pubrel ? packet.from : other(packet.from);  // of the message
  direction& about = of(sender);
  forgive(sender, read.packet_id, read.type);
  const auto at = about.open.find(read.packet_id);
  const bool is_again = was_reused(sender, read.packet_id);
  if (at == about.open.end()) {
    if (!is_pubrel && about.early.size() < most_open)
      about.early[{read.packet_id, read.type}] = now;
    const bool may_be_known = is_resumed_ || !is_whole_ || about.is_full || !has_connack_ ||
                              about.used.contains(read.packet_id);
    if (!may_be_known && packet.from == side::broker && !is_pubrel)
      may_break(side::broker, N_("an acknowledgement of a message that the client did not send"),
                packet_type::publish, now, false, read.packet_id);
    return;
  }
  use& open = at->second;
  const bool is_refusal = is_failure(read.reason);
  switch (read.type) {
    case packet_type::puback:
      if (!is_again && (open.at == state::qos2 || open.at == state::received))
        breaks(packet.from, N_("a PUBACK for a message of QoS 2, whose acknowledgement is PUBREC"),
               now, true, read.packet_id, open.topic);
      finish(sender, read.packet_id);
      return;
    case packet_type::pubrec:
      if (open.at == state::qos1 && !is_again) {
        breaks(packet.from, N_("a PUBREC for a message of QoS 1, whose acknowledgement is PUBACK"),
               now, true, read.packet_id, open.topic);
        about.open.erase(at);
      } else if (is_refusal) {
        finish(sender, read.packet_id);
      } else if (open.at == state::qos2) {
        open.at = state::received;
      }
      return;
    case packet_type::pubrel:
      if (open.at == state::qos2 && !is_again)
        may_break(packet.from, N_("a PUBREL before PUBREC has come"), packet_type::pubrec, now,
                  false, read.packet_id, open.topic);
      return;
    default:
      finish(sender, read.packet_id);
      return;
  }
}

void rule_watch::take_question(const heard_packet& packet, moment now) {
  subscribe_packet read;
  if (decode(packet.what, packet.version, read)) return;
  std::size_t filters = 0;
  subscription wanted;
  for (subscription_list list = read.filters; list.next(wanted);) {
    ++filters;
    if (packet.what.type == packet_type::subscribe && wanted.no_local &&
        wanted.filter.starts_with("$share/"))
      breaks(side::client, N_("No Local at a shared subscription"), now);
  }
  const bool is_subscribe = packet.what.type == packet_type::subscribe;
  use_identifier(side::client, read.packet_id, {state::asked, {}, 0, now}, now, false);
  if (asked_for_.size() < most_open)
    asked_for_[read.packet_id] = is_subscribe || is_v5_ ? filters : 0;
}

void rule_watch::take_answer(const heard_packet& packet, moment now) {
  suback_packet read;
  if (decode(packet.what, packet.version, read)) return;
  direction& asked = of(side::client);
  forgive(side::client, read.packet_id, packet_type::suback);
  const auto at = asked.open.find(read.packet_id);
  const auto count = asked_for_.find(read.packet_id);
  if (count != asked_for_.end() && read.codes.size() != count->second)
    breaks(side::broker,
           N_("a SUBACK or UNSUBACK with another number of codes than there were filters"), now);
  if (at == asked.open.end() && asked.early.size() < most_open)
    asked.early[{read.packet_id, packet_type::suback}] = now;
  if (at != asked.open.end() && at->second.at == state::asked) {
    finish(side::client, read.packet_id);
  } else if (count != asked_for_.end() && at == asked.open.end()) {
    may_break(side::broker, N_("a second SUBACK or UNSUBACK to one request"),
              packet_type::subscribe, now, false, read.packet_id);
  }
}

void rule_watch::take_disconnect(const heard_packet& packet, moment now) {
  if (packet.from == side::broker) return;
  said_goodbye_ = true;
  reason_packet read;
  if (!is_v5_ || decode(packet.what, packet.version, read)) return;
  if (!has_expiry_ && read.properties.number(property_id::session_expiry_interval).value_or(0) != 0)
    breaks(side::client,
           N_("a Session Expiry Interval in DISCONNECT, although CONNECT had set it to 0"), now);
}

}  // namespace mqttkit::doctor
