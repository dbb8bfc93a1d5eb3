#include "mqtt-doctor/listen/traffic_monitor.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

#include "mqtt-doctor/causes/topic_mismatch.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto displaced_within = 5s;  // of the other's CONNECT
constexpr auto rhythm_within = 60s;    // two takeovers that belong together
constexpr auto suspicion_time = 2s;    // for other connections to end as well: then it was stopped
constexpr auto unread_time = 3s;
constexpr auto at_once = 1s;           // what the broker does in this time is its answer
constexpr auto resubscribe_time = 5s;  // an app that subscribes again does so by then
constexpr auto idle_time = 10s;        // after which an app that does nothing is told of
constexpr auto answer_time = 5s;       // of a broker to a SUBSCRIBE
constexpr std::size_t most_users = 200;
constexpr std::size_t no_cause = std::numeric_limits<std::size_t>::max();

constexpr const char* has_a_will = N_("a will");  // of the traits of a CONNECT

std::string quoted(std::string_view id) { return '"' + shown(id) + '"'; }

}  // namespace

void traffic_monitor::opened(std::uint64_t connection, const std::string& name,
                             const std::string& address) {
  link& made = links_[connection];
  made.name = name;
  made.address = address;
  made.who = name;
}

void traffic_monitor::heard_in_part(std::uint64_t connection) {
  const auto at = links_.find(connection);
  if (at == links_.end()) return;
  link& of = at->second;
  of.inflight.heard_in_part();
  // A SUBSCRIBE may have been in there, or its answer; or what was waited for.
  misses_some();
  of.asked.clear();
  of.answered_for_none.clear();
  std::erase_if(rounds_, [&](const auto& each) { return each.second.address == of.address; });
  known_client* const client = all_.find(of.key);
  if (client != nullptr && client->connection == connection) client->awaits.clear();
}

void traffic_monitor::stirred(std::uint64_t connection, moment now) {
  const auto at = links_.find(connection);
  if (at != links_.end()) at->second.inflight.spoke(side::client, now);
}

void traffic_monitor::heard(std::uint64_t connection, const heard_packet& packet, moment now) {
  const auto at = links_.find(connection);
  if (at == links_.end()) return;
  link& of = at->second;
  of.inflight.spoke(packet.from, now);
  if (packet.from == side::broker) all_.broker_spoke(now);
  const bool is_clients = packet.from == side::client;
  const bool is_cut = packet.whole > packet.what.size;
  if (is_clients && packet.what.type != packet_type::publish) of.inflight.did_otherwise();
  // What was cut off of it would answer for what follows: filters, an identifier, a limit.
  if (is_cut && packet.what.type != packet_type::publish) return lost_track(connection);
  switch (packet.what.type) {
    case packet_type::connect:
      return take_connect(of, connection, packet, now);
    case packet_type::connack:
      if (!is_clients) take_connack(of, connection, packet, now);
      return;
    case packet_type::publish:
      return take_publish(of, connection, packet, now);
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
      return take_acknowledgement(of, connection, packet, now);
    case packet_type::subscribe:
    case packet_type::unsubscribe:
      if (is_clients) take_subscribe(of, packet, now);
      return;
    case packet_type::suback:
      if (!is_clients) take_suback(of, connection, packet, now);
      return;
    case packet_type::disconnect:
      return take_disconnect(of, connection, packet, now);
    default:
      return;
  }
}

void traffic_monitor::take_connect(link& of, std::uint64_t connection, const heard_packet& packet,
                                   moment now) {
  byte_buffer room;
  const seen_connect asked_connect = read_connect(packet.what, room);
  if (asked_connect.error || of.has_connect) return;
  const connect_packet& connect = asked_connect.packet;
  of.has_connect = true;
  of.is_v5 = connect.version == protocol_version::v5;
  of.clean = connect.clean_start;
  of.wanted_expiry = connect.properties.number(property_id::session_expiry_interval).value_or(0);
  of.connected = now;
  of.id = connect.client_id;
  of.key = of.id.empty() ? '\0' + of.name : of.id;
  of.who = of.id.empty() ? of.name : shown(of.id) + " (" + of.address + ")";
  of.has_user = connect.user_name.has_value();
  of.has_will = connect.will.has_value();
  if (of.has_will) {
    of.will_topic = connect.will->topic;
    // A will that waits is not published when its client is back in time.
    const auto delay = connect.will->properties.number(property_id::will_delay_interval);
    if (delay.value_or(0) != 0) of.has_will = false;
  }
  of.inflight.connect(connect);
  note_traits(of, connect);
  if (of.has_user) {
    of.user = std::string(*connect.user_name);
    if (users_.contains(of.user) || users_.size() < most_users) {
      user_seen& by = users_[of.user];
      by.claimed = now;
      by.claimed_by = connection;
      by.id = of.id;
      by.who = of.who;
    }
  }
  known_client* const client = all_.meet(of.key, now);
  if (client == nullptr) return;
  client->id = of.id;
  client->is_bridge = asked_connect.is_bridge;
  client->largest = connect.properties.number(property_id::maximum_packet_size).value_or(0);
  if (client->connection == 0 && !client->filters.empty()) came_back(*client, of, connection, now);
  client->claimed = now;
  client->claimed_by = connection;
  client->claimant = of.name;
}

/// What may set a CONNECT apart from those that are let in.
void traffic_monitor::note_traits(link& of, const connect_packet& connect) {
  const auto has = [&](const char* trait) { of.traits.emplace_back(trait); };
  if (connect.will) {
    has(has_a_will);
    if (connect.will->qos == qos_t::exactly_once) has(N_("a will of QoS 2"));
    if (connect.will->qos == qos_t::at_least_once) has(N_("a will of QoS 1"));
    if (connect.will->retain) has(N_("a retained will"));
  }
  if (connect.version == protocol_version::v5) has(N_("MQTT 5"));
  if (connect.version == protocol_version::v3_1) has(N_("MQTT 3.1"));
  if (!connect.clean_start) has(N_("clean session off"));
  if (connect.client_id.empty()) has(N_("an empty client identifier"));
  if (connect.client_id.size() > 23) has(N_("an identifier of more than 23 characters"));
  if (connect.client_id.size() > 128) has(N_("an identifier of more than 128 characters"));
  if (connect.keep_alive == 0) has(N_("keep alive 0"));
  has(connect.user_name ? N_("a user name") : N_("no user name"));
}

void traffic_monitor::came_back(known_client& client, const link& with, std::uint64_t connection,
                                moment now) {
  if (client.was_thrown_out || !client.wants_qos()) return;
  remark_places facts{{"time", time_between(client.left, now)}};
  const bool is_missed = client.missed != 0;
  facts["count"] = std::to_string(client.missed);
  if (!client.keeps_session() && client.is_v5 && !client.was_clean) {
    tell(connection, with,
         {{is_missed ? noticed::expires_at_once_missed : noticed::expires_at_once, facts}});
  } else if (!client.keeps_session() || with.clean) {
    tell(connection, with,
         {{is_missed ? noticed::clean_session_missed : noticed::clean_session, facts}});
  }
  std::uint64_t expired = 0;
  std::uint32_t shortest = std::numeric_limits<std::uint32_t>::max();
  for (const known_client::expiring& message : client.expires) {
    if (message.end >= now) continue;
    ++expired;
    shortest = std::min(shortest, message.seconds);
  }
  client.expires.clear();
  client.missed = 0;
  if (expired == 0 || with.clean) return;
  facts["count"] = std::to_string(expired);
  facts["limit"] = std::to_string(shortest);
  tell(connection, with, {{noticed::message_expired, facts}});
}

void traffic_monitor::take_connack(link& of, std::uint64_t connection, const heard_packet& packet,
                                   moment now) {
  connack_packet read;
  if (!of.has_connect || decode(packet.what, packet.version, read)) return;
  of.inflight.connack(read);
  if (read.reason != 0) tell_refusal(of, connection, read.reason, packet.version);
  known_client* const client = all_.find(of.key);
  const bool was_here = client == nullptr || client->left != moment();
  const bool is_old_session = packet.version == protocol_version::v3_1 && !of.clean;
  if (was_here || is_old_session) of.inflight.came_back();
  if (client == nullptr) return;
  if (read.reason != 0) {
    if (client->connection == 0 && client->filters.empty() && client->takeovers == 0)
      all_.forget(of.key);
    return;
  }
  client->who = of.who;
  client->connection = connection;
  client->is_v5 = of.is_v5;
  client->was_clean = of.clean;
  client->expiry =
      read.properties.number(property_id::session_expiry_interval).value_or(of.wanted_expiry);
  client->was_thrown_out = false;
  of.is_accepted = lets_in_ = true;
  of.accepted = now;
  of.published_before = published_;
  usual_traits_.insert(of.traits.begin(), of.traits.end());
  usual_versions_.insert(packet.version);
  const bool is_resumed =
      packet.version == protocol_version::v3_1 ? !of.clean : read.session_present;
  of.has_subscribed = is_resumed;
  if (!is_resumed) {
    for (const known_filter& known : client->filters) {
      if (of.filters_of_before.size() < most_pending) of.filters_of_before.push_back(known.filter);
    }
    // A connection in between may have ended the session, and subscribed to nothing.
    for (const std::string& filter : client->lost_filters) {
      const bool is_there = std::find(of.filters_of_before.begin(), of.filters_of_before.end(),
                                      filter) != of.filters_of_before.end();
      if (!is_there && of.filters_of_before.size() < most_pending)
        of.filters_of_before.push_back(filter);
    }
    client->lost_filters = of.filters_of_before;
    all_.forget_filters(*client);
  }
  client->awaits.clear();
  client->missed = 0;
  client->left = now;
}

void traffic_monitor::tell_refusal(const link& of, std::uint64_t connection, std::uint8_t reason,
                                   protocol_version version) {
  observation found{noticed::connect_refused,
                    {{"meaning", connack_meaning(reason, version)},
                     {"number", std::to_string(reason)},
                     {"version", std::string(to_string(version))}},
                    std::to_string(reason)};
  switch (static_cast<reason_code>(connack_reason(reason, version))) {
    case reason_code::bad_user_name_or_password:
    case reason_code::not_authorized:
      found.what = of.has_user ? noticed::login_refused : noticed::login_missing;
      break;
    case reason_code::client_identifier_not_valid:
      found.what = of.id.empty() ? noticed::identifier_missing : noticed::identifier_refused;
      note_growth(of, found);
      break;
    case reason_code::unsupported_protocol_version:
      found.what = noticed::version_refused;
      if (std::string what = what_is_unusual(of.traits);
          usual_versions_.contains(version) && !what.empty()) {
        found.what = noticed::version_disputed;
        found.with["what"] = std::move(what);
      }
      break;
    case reason_code::server_unavailable:
    case reason_code::server_busy:
    case reason_code::banned:
      found.id = "mqtt-server-busy-or-banned";
      break;
    default:
      break;
  }
  // It tries again and again: without an identifier its address has to tell who it is.
  const std::string key = of.id.empty() ? '\0' + of.address : of.key;
  tell(connection, key, of.id.empty() ? of.address : of.who, of.id, std::move(found));
}

/// The same address came before, with the beginning of this identifier.
void traffic_monitor::note_growth(const link& of, observation& found) {
  constexpr std::size_t most_addresses = 64, most_kept = 128;
  const auto known = refused_ids_.find(of.address);
  if (known == refused_ids_.end() && refused_ids_.size() == most_addresses) return;
  std::string& before = refused_ids_[of.address];
  const bool grows = !before.empty() && of.id.size() > before.size() && of.id.starts_with(before);
  if (grows) {
    found.what = noticed::identifier_grows;
    found.with["before"] = shown(before);
  }
  before = of.id.size() <= most_kept ? of.id : std::string();
}

void traffic_monitor::take_publish(link& of, std::uint64_t connection, const heard_packet& packet,
                                   moment now) {
  publish_packet read;
  if (decode(packet.what, packet.version, read)) return;
  std::string topic(read.topic);
  auto& aliases = of.aliases[packet.from == side::client ? 0 : 1];
  if (const auto alias = read.properties.number(property_id::topic_alias)) {
    const auto known = aliases.find(*alias);
    if (topic.empty()) {
      if (known != aliases.end()) topic = known->second;
    } else if (topic.size() > subscribers::longest_topic) {
      if (known != aliases.end()) aliases.erase(known);
    } else if (known != aliases.end() || aliases.size() < most_aliases) {
      aliases[*alias] = topic;
    }
  }
  observations found;
  of.inflight.publish(packet.from, read, topic, packet.whole, now, found);
  look_at_round(of, connection, packet, read, topic, now);
  if (packet.from == side::client) {
    of.has_published = true;
    ++published_;
    if (known_client* const client = all_.find(of.key)) client->has_published = true;
    for (auto& [other, at] : links_) {
      if (other == connection || at.is_over || now - at.accepted < at_once) continue;
      const bool is_for_it =
          std::any_of(at.filters_of_before.begin(), at.filters_of_before.end(),
                      [&](const std::string& filter) { return topic_matches(filter, topic); });
      // It may have asked for it in other words.
      if (is_for_it && !is_subscribed(at, topic)) ++at.missed;
    }
    const bool is_empty = packet.whole == packet.what.size && read.payload.empty();
    if (read.retain && is_empty)
      found.push_back({noticed::retained_cleared, {{"topic", shown(topic)}}, topic});
    client_observations of_all;
    all_.published(of.key, of.who, connection, read, topic, now, of_all);
    tell(connection, of, std::move(found));
    tell(of_all);
  } else {
    tell(connection, of, std::move(found));
    if (known_client* const client = all_.find(of.key))
      if (client->connection == connection) all_.delivered(*client, topic, read.qos, now);
  }
}

/// Goes round what an address publishes because it was sent it. What it says by itself comes back
/// to it as well where it subscribes to that: those echoes are told from what others say, and where
/// nothing but echoes comes, only a pace that no clock keeps is a loop.
void traffic_monitor::look_at_round(const link& of, std::uint64_t connection,
                                    const heard_packet& packet, const publish_packet& read,
                                    const std::string& topic, moment now) {
  // A device that says the same thing by its own clock is slower, or does not go on so.
  constexpr std::uint64_t many = 40;
  constexpr std::chrono::seconds soon{4};
  constexpr std::chrono::milliseconds at_any_pace{800};
  constexpr std::size_t most_topics = 64;
  const auto known = rounds_.find(topic);
  if (packet.whole > packet.what.size || topic.size() > subscribers::longest_topic) return;
  if (read.dup) return;
  const std::string_view text(reinterpret_cast<const char*>(read.payload.data()),
                              read.payload.size());
  const std::size_t payload = std::hash<std::string_view>{}(text);
  if (known == rounds_.end() && rounds_.size() == most_topics) {
    std::erase_if(rounds_, [&](const auto& each) { return now - each.second.first > soon; });
    if (rounds_.size() == most_topics) return;
  }
  going_round& round = known == rounds_.end() ? rounds_[topic] : known->second;
  const bool is_same = round.address == of.address && round.payload == payload;
  if (packet.from == side::broker) {
    // Others get the same: that does not end what goes round at this address.
    if (!is_same && round.address != of.address && round.payload == payload && round.times != 0)
      return;
    if (!is_same || (now - round.first > soon && round.times >= many)) {
      round = {};
      round.address = of.address;
      round.payload = payload;
      round.first = now;
    }
    ++round.since;
    if (round.echoes != 0) {
      --round.echoes;
    } else {
      ++round.there;
    }
    return;
  }
  if (!is_same) {
    round = {};
    round.address = of.address;
    round.payload = payload;
    round.first = now;
  }
  if (now - round.first > soon) {
    round.times = round.by_turns = 0;
    round.first = now;
  }
  // Who goes on with each that comes has none left; others may say the same as it does.
  constexpr std::uint64_t most_left = 4, most_between = 2;
  round.by_turns = round.since != 0 && round.since <= most_between ? round.by_turns + 1 : 0;
  round.since = 0;
  if (round.there != 0) {
    round.times = round.there <= most_left ? round.times + 1 : 0;
    --round.there;
  } else {  // by itself; whoever is at this address may get it
    round.times = 0;
    const known_client* before = nullptr;
    for (const auto& [client, index] : all_.who_gets(topic)) {
      if (client == before) continue;
      before = client;
      const auto other = links_.find(client->connection);
      if (other != links_.end() && other->second.address == of.address) ++round.echoes;
    }
  }
  const bool is_loop =
      round.times >= many || (round.by_turns >= many && now - round.first <= at_any_pace);
  if (!is_loop) return;
  const std::uint64_t times = std::max(round.times, round.by_turns);
  round.times = round.by_turns = 0;
  tell(connection, of,
       {{noticed::feeds_itself,
         {{"topic", shown(topic)},
          {"count", std::to_string(times)},
          {"time", time_between(round.first, now)}},
         topic}});
}

/// Whether a filter of its own takes the topic in.
bool traffic_monitor::is_subscribed(const link& of, const std::string& topic) {
  const known_client* const client = all_.find(of.key);
  return client != nullptr &&
         std::any_of(client->filters.begin(), client->filters.end(),
                     [&](const auto& known) { return topic_matches(known.filter, topic); });
}

void traffic_monitor::take_acknowledgement(link& of, std::uint64_t connection,
                                           const heard_packet& packet, moment now) {
  ack_packet read;
  if (decode(packet.what, packet.version, read)) return;
  observations found;
  const auto done = of.inflight.acknowledge(packet.from, read, now, found);
  if (done) all_.acknowledged_by_broker(connection, *done, of.is_v5);
  tell(connection, of, std::move(found));
}

void traffic_monitor::take_subscribe(link& of, const heard_packet& packet, moment now) {
  subscribe_packet read;
  if (decode(packet.what, packet.version, read)) return;
  of.has_subscribed = true;
  of.subscribed = now;
  const bool was_answered_early = std::erase(of.answered_for_none, read.packet_id) != 0;
  if (of.asked_ids.size() < most_asked) of.asked_ids.insert(read.packet_id);
  subscription wanted;
  if (packet.what.type == packet_type::unsubscribe) {
    known_client* const client = all_.find(of.key);
    if (client == nullptr) return;
    for (subscription_list list = read.filters; list.next(wanted);)
      all_.unsubscribe(*client, wanted.filter);
    return;
  }
  const bool is_full = of.asked.size() == most_asked && !of.asked.contains(read.packet_id);
  if (is_full || was_answered_early) return misses_some();
  std::vector<asked_filter>& asked = of.asked[read.packet_id];
  asked.clear();
  for (subscription_list list = read.filters; list.next(wanted);) {
    if (asked.size() == subscribers::most_filters) break;
    asked_filter made;
    made.what.filter = wanted.filter.substr(0, subscribers::longest_topic + 1);
    made.what.no_local = wanted.no_local;
    made.what.is_shared = wanted.filter.starts_with("$share/");
    made.asked = wanted.qos;
    std::erase(of.filters_of_before, made.what.filter);
    if (known_client* const client = all_.find(of.key))
      std::erase(client->lost_filters, made.what.filter);
    asked.push_back(std::move(made));
  }
}

void traffic_monitor::take_suback(link& of, std::uint64_t connection, const heard_packet& packet,
                                  moment now) {
  suback_packet read;
  if (decode(packet.what, packet.version, read)) return;
  const auto at = of.asked.find(read.packet_id);
  if (at == of.asked.end()) {
    const bool is_known =
        of.asked_ids.size() == most_asked || of.asked_ids.contains(read.packet_id);
    if (!is_known && of.answered_for_none.size() < most_pending)
      of.answered_for_none.push_back(read.packet_id);
    return;
  }
  const std::vector<asked_filter> asked = std::move(at->second);
  of.asked.erase(at);
  known_client* const client = all_.find(of.key);
  observations found;
  for (std::size_t i = 0; i < asked.size() && i < read.codes.size(); ++i) {
    const auto code = std::to_integer<std::uint8_t>(read.codes[i]);
    const std::string& filter = asked[i].what.filter;
    remark_places facts{{"asked", shown(filter)}};
    if (is_failure(code)) {
      const std::string_view name = reason_name(code, packet_type::suback);
      facts["meaning"] = name.empty() ? "unknown" : std::string(name);
      facts["number"] = std::to_string(code);
      const bool is_everything = is_broad_filter(filter);
      const bool is_shared = code == std::uint8_t(reason_code::shared_subscriptions_not_supported);
      found.push_back({is_shared       ? noticed::shared_refused
                       : is_everything ? noticed::hash_refused
                                       : noticed::subscribe_refused,
                       std::move(facts), filter});
      if (client != nullptr) all_.unsubscribe(*client, filter);
      continue;
    }
    if (code < static_cast<std::uint8_t>(asked[i].asked)) {
      facts["qos"] = std::to_string(static_cast<int>(asked[i].asked));
      facts["limit"] = std::to_string(code);
      found.push_back({noticed::qos_granted_lower, std::move(facts), filter});
    }
    if (client == nullptr || client->connection != connection || code > 2) continue;
    known_filter made = asked[i].what;
    made.qos = static_cast<qos_t>(code);
    all_.subscribe(*client, made, now);
  }
  tell(connection, of, std::move(found));
}

void traffic_monitor::take_disconnect(link& of, std::uint64_t connection,
                                      const heard_packet& packet, moment now) {
  reason_packet read;
  if (decode(packet.what, packet.version, read)) return;
  if (packet.from == side::client) {
    const auto expiry = read.properties.number(property_id::session_expiry_interval);
    known_client* const client = all_.find(of.key);
    if (expiry && client != nullptr && client->connection == connection) client->expiry = *expiry;
    return;
  }
  const auto code = static_cast<reason_code>(read.reason);
  observations found;
  of.inflight.dismissed(read.reason, found);
  tell(connection, of, std::move(found));
  if (code == reason_code::server_shutting_down) broker_is_gone();
  if (code != reason_code::session_taken_over || is_takeover(of, connection, now)) return;
  const std::string_view name = reason_name(read.reason, packet_type::disconnect);
  tell(connection, of,
       {{noticed::taken_over_elsewhere,
         {{"meaning", std::string(name)}, {"number", std::to_string(read.reason)}}}});
}

/// The broker ends this connection: because its client came once more?
bool traffic_monitor::is_takeover(link& of, std::uint64_t connection, moment now) {
  if (of.was_displaced) return true;
  known_client* const client = of.id.empty() ? nullptr : all_.find(of.key);
  if (client == nullptr || client->claimed_by == connection || client->claimed < of.connected ||
      now - client->claimed > displaced_within)
    return false;
  of.was_displaced = true;
  if (client->takeovers == 0 || now - client->first_takeover > rhythm_within) {
    client->takeovers = 0;
    client->first_takeover = now;
  }
  ++client->takeovers;
  const remark_places facts{{"id", quoted(of.id)},
                            {"client", of.name},
                            {"other", client->claimant},
                            {"count", std::to_string(client->takeovers)},
                            {"time", time_between(client->first_takeover, now)}};
  tell(connection, of,
       {{client->takeovers > 1 ? noticed::taken_over_again : noticed::taken_over, facts}});
  if (of.has_will)
    tell(connection, of,
         {{noticed::will_flaps, {{"id", quoted(of.id)}, {"topic", shown(of.will_topic)}}}});
  return true;
}

/// The broker ended this connection: because the same user came once more, as somebody else?
void traffic_monitor::throws_out(const link& of, std::uint64_t connection, moment now) {
  const auto found = of.user.empty() ? users_.end() : users_.find(of.user);
  if (found == users_.end()) return;
  user_seen& by = found->second;
  const bool is_other = by.claimed_by != connection && by.id != of.id;
  if (!is_other || by.claimed < of.connected || now - by.claimed > at_once) return;
  if (by.times == 0 || now - by.first > rhythm_within) {
    by.times = 0;
    by.first = now;
  }
  // Once it may be chance.
  if (++by.times < 2) return;
  observation found_out{noticed::user_thrown_out,
                        {{"user", quoted(of.user)},
                         {"client", of.who},
                         {"other", by.who},
                         {"count", std::to_string(by.times)},
                         {"time", time_between(by.first, now)}},
                        of.user};
  tell(connection, '\0' + of.user, of.who, of.id, std::move(found_out));
}

/// What those do not have who were let in.
std::string traffic_monitor::what_is_unusual(const std::vector<std::string>& traits) const {
  std::vector<std::string> differing;
  for (const std::string& trait : traits) {
    if (!usual_traits_.contains(trait)) differing.push_back(trait);
  }
  // A will of QoS 2 says more than that there is one.
  if (differing.size() > 1 && differing.front() == has_a_will) differing.erase(differing.begin());
  std::string what;
  for (const std::string& trait : differing)
    what += (what.empty() ? "" : ", ") + say(trait.c_str());
  return what;
}

/// Hung up on at CONNECT: what sets these apart?
void traffic_monitor::look_at_cut_off(moment now, bool is_end) {
  if (!lets_in_) return;
  std::vector<cut_off> later;
  for (cut_off& cut : cut_off_) {
    if (!is_end && now - cut.since < suspicion_time) {
      later.push_back(std::move(cut));
      continue;
    }
    const std::string what = what_is_unusual(cut.traits);
    if (what.empty()) continue;
    tell(0, cut.key, cut.who, cut.id, {noticed::connect_closes, {{"what", what}}});
  }
  cut_off_ = std::move(later);
}

/// An app that forgot to subscribe, at all or after it came back.
void traffic_monitor::look_at_subscriptions(std::uint64_t connection, link& of, moment now,
                                            bool is_end) {
  if (!of.is_accepted || of.is_over) return;
  const auto stood = now - of.accepted;
  const bool is_late = stood >= resubscribe_time || (is_end && stood >= suspicion_time);
  if (!of.filters_of_before.empty() && of.missed > 0 && is_late) {
    std::string filters;
    for (const std::string& text : of.filters_of_before)
      filters += (filters.empty() ? "" : "\", \"") + shown(text);
    tell(connection, of,
         {{noticed::not_resubscribed,
           {{"asked", filters},
            {"time", time_between(of.accepted, now)},
            {"count", std::to_string(of.missed)}}}});
  }
  // Where nobody publishes there is nothing to miss.
  const known_client* const client = all_.find(of.key);
  const bool is_writer = of.has_published || (client != nullptr && client->has_published);
  const bool does_nothing = !of.has_subscribed && !is_writer && published_ > of.published_before;
  if (does_nothing && of.filters_of_before.empty() && stood >= idle_time)
    tell(connection, of, {{noticed::never_subscribed, {{"time", time_between(of.accepted, now)}}}});
}

/// A subscription that is not answered, while others are that nobody asked for.
void traffic_monitor::look_at_answers(std::uint64_t connection, link& of, moment now) {
  const bool is_due = now - of.subscribed >= answer_time;
  if (of.answered_for_none.empty() || of.asked.empty() || !is_due || !of.inflight.is_whole())
    return;
  std::string ids, open;
  for (std::size_t i = 0; i < std::min<std::size_t>(of.answered_for_none.size(), 3); ++i)
    ids += (ids.empty() ? "" : ", ") + std::to_string(of.answered_for_none[i]);
  const auto& [id, asked] = *of.asked.begin();
  const std::string filter = asked.empty() ? "" : shown(asked.front().what.filter);
  tell(connection, of,
       {{noticed::answers_no_subscription,
         {{"ids", ids}, {"open", std::to_string(id)}, {"asked", filter}}}});
}

void traffic_monitor::caught_up(std::uint64_t connection) {
  const auto at = links_.find(connection);
  if (at == links_.end()) return;
  observations found;
  at->second.inflight.caught_up(found);
  tell(connection, at->second, std::move(found));
}

void traffic_monitor::waits(std::uint64_t connection, std::size_t bytes, moment since, moment now) {
  const auto at = links_.find(connection);
  if (at == links_.end()) return;
  const bool is_blocked = bytes != 0 && now - since >= unread_time;
  at->second.inflight.block(is_blocked);
  if (is_blocked)
    tell(connection, at->second,
         {{noticed::slow_consumer,
           {{"size", std::to_string(bytes)}, {"time", time_between(since, now)}},
           std::to_string(connection)}});
}

void traffic_monitor::shut(std::uint64_t connection, std::optional<moment> since, moment now) {
  const auto at = links_.find(connection);
  if (at == links_.end()) return;
  const bool is_blocked = since && now - *since >= unread_time;
  at->second.inflight.block(is_blocked);
  if (is_blocked)
    tell(connection, at->second,
         {{noticed::window_shut,
           {{"time", time_between(*since, now)}},
           std::to_string(connection)}});
}

void traffic_monitor::ended(std::uint64_t connection, parting how, std::size_t unfinished,
                            moment now) {
  const auto at = links_.find(connection);
  if (at == links_.end()) return;
  link& of = at->second;
  if (!of.is_over && of.has_connect) {
    look_at_subscriptions(connection, of, now, true);
    observations strays;
    of.inflight.ends(how == parting::by_us, now, strays);
    tell(connection, of, std::move(strays));
    if (how == parting::by_broker && !of.inflight.was_answered() &&
        cut_off_.size() < most_pending) {
      cut_off_.push_back({of.id.empty() ? '\0' + of.address : of.key,
                          of.id.empty() ? of.address : of.who, of.id, of.traits, now});
    }
    const bool is_displaced = how == parting::by_broker && is_takeover(of, connection, now);
    known_client* const client = all_.find(of.key);
    if (client != nullptr && client->connection == connection) {
      client->connection = 0;
      client->left = now;
      client->was_thrown_out = is_displaced;
      client->awaits.clear();
      // A name nobody can come back with, or nothing to come back for.
      if (of.id.empty()) all_.forget(of.key);
    }
    if (how == parting::by_broker && !is_displaced) {
      throws_out(of, connection, now);
      observations found;
      if (!of.asked.empty() && now - of.subscribed < at_once) {
        std::string filters;
        bool is_everything = false;
        for (const auto& [id, asked] : of.asked) {
          for (const asked_filter& wanted : asked) {
            const std::string& filter = wanted.what.filter;
            filters += (filters.empty() ? "" : ", ") + quoted(filter);
            is_everything = is_everything || filter == "#" || filter == "$SYS/#";
          }
        }
        found.push_back({is_everything ? noticed::hash_closes : noticed::subscribe_closes,
                         {{"asked", filters}},
                         filters});
      }
      of.inflight.hung_up(unfinished, now, found);
      const bool is_one_of_many =
          now - last_hang_up_ < suspicion_time && last_hung_up_key_ != of.key;
      if (is_one_of_many) suspected_.clear();
      last_hang_up_ = now;
      last_hung_up_key_ = of.key;
      for (observation& each : found) {
        const bool is_certain =
            each.what != noticed::publish_closes && each.what != noticed::too_large_likely &&
            each.what != noticed::subscribe_closes && each.what != noticed::hash_closes;
        if (is_certain) {
          tell(connection, of.key, of.who, of.id, std::move(each));
        } else if (!is_one_of_many && suspected_.size() < most_pending) {
          each.with["who"] = of.who;
          suspected_.push_back({connection, of.key, of.id, std::move(each), now});
        }
      }
    }
  }
  of.is_over = true;
  links_.erase(at);
}

void traffic_monitor::lost_track(std::uint64_t connection) {
  const auto at = links_.find(connection);
  if (at == links_.end()) return;
  misses_some();
  known_client* const client = all_.find(at->second.key);
  if (client != nullptr && client->connection == connection) {
    client->connection = 0;
    client->awaits.clear();
  }
  links_.erase(at);
}

void traffic_monitor::look(moment now) {
  for (auto& [connection, of] : links_) {
    observations found;
    of.inflight.look(now, found);
    tell(connection, of, std::move(found));
    look_at_subscriptions(connection, of, now, false);
    look_at_answers(connection, of, now);
  }
  look_at_cut_off(now, false);
  const auto can_take = [&](std::uint64_t connection) {
    const auto at = links_.find(connection);
    return at != links_.end() && !at->second.inflight.is_blocked() &&
           at->second.inflight.owed_by_client() == 0;
  };
  client_observations found;
  all_.look_at_awaited(now, can_take, found);
  all_.look_at_unmatched(now, false, found);
  tell(found);
  tell_suspicions(now - suspicion_time);
}

/// Those that arose before then.
void traffic_monitor::tell_suspicions(moment until) {
  while (!suspected_.empty() && suspected_.front().since <= until) {
    suspicion suspected = std::move(suspected_.front());
    suspected_.erase(suspected_.begin());
    tell(suspected.connection, suspected.key, "", suspected.id, std::move(suspected.what));
  }
}

void traffic_monitor::finish(moment now) {
  look(now);
  tell_suspicions(now);
  look_at_cut_off(now, true);
  for (auto& [connection, of] : links_) {
    look_at_subscriptions(connection, of, now, true);
    observations strays;
    of.inflight.ends(true, now, strays);
    tell(connection, of, std::move(strays));
  }
  client_observations found;
  all_.look_at_unmatched(now, true, found);
  tell(found);
}

std::vector<remark> traffic_monitor::take() { return std::exchange(remarks_, {}); }

void traffic_monitor::tell(std::uint64_t connection, const link& about, observations found) {
  for (observation& noticed : found)
    tell(connection, about.key, about.who, about.id, std::move(noticed));
}

void traffic_monitor::tell(const client_observations& found) {
  for (const auto& [key, one] : found) {
    const known_client* const client = all_.find(key);  // nullptr: it had no name, and has gone
    if (client == nullptr) {
      tell(0, key, "", "", one);
    } else {
      tell(client->connection, key, client->who, client->id, one);
    }
  }
}

void traffic_monitor::tell(std::uint64_t connection, const std::string& key, const std::string& who,
                           const std::string& id, observation found) {
  const remark_row& row = row_of(found.what);
  remark made;
  made.id = found.id.empty() ? row.id : found.id;
  made.heavy = found.heavy.value_or(row.heavy);
  const std::string mark = made.id + '\0' + to_string(made.heavy) + '\0' + key + '\0' + found.key;
  const auto known = told_.find(mark);
  const bool is_new = known == told_.end();
  if (is_new && told_.size() == most_remarks) {
    ++left_out_;
    return;
  }
  if (!is_new && known->second.place == no_cause) return;
  found.with.try_emplace("who", who);
  made.sentences.emplace_back(row.fact, found.with);
  for (sentence& said : found.more) made.sentences.push_back(std::move(said));
  if (*row.cure != 0) made.sentences.emplace_back(row.cure, std::move(found.with));
  made.alike = row.alike;
  made.connection = connection;
  made.client = shown(id);
  if (!is_new) {  // the newest numbers, for the end
    told_once& before = known->second;
    made.times = causes_[before.place].times + (before.connection != connection ? 1 : 0);
    before.connection = connection;
    causes_[before.place] = std::move(made);
    return;
  }
  told_[mark] = {made.heavy == weight::cause ? causes_.size() : no_cause, connection};
  if (made.heavy == weight::cause) causes_.push_back(made);
  remarks_.push_back(std::move(made));
}

}  // namespace mqttkit::doctor
