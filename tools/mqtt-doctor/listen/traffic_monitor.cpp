#include "mqtt-doctor/listen/traffic_monitor.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

#include "mqtt-doctor/causes/symptoms.hpp"
#include "mqtt-doctor/causes/topic_mismatch.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto unread_time = 3s;
constexpr auto late_answer = 5s;  // apps wait for CONNACK for 5 to 30 s
constexpr std::size_t most_users = 200;

}  // namespace

void traffic_monitor::opened(std::uint64_t connection, const std::string& name,
                             const std::string& address, const std::string& broker,
                             std::uint16_t port) {
  link& made = links_[connection];
  made.name = name;
  made.address = address;
  made.broker = broker;
  made.place = broker + ' ' + std::to_string(port);
  made.who = name;
}

traffic_monitor::broker_place& traffic_monitor::place_of(const std::string& place) {
  if (places_.size() < most_places || places_.contains(place)) return places_[place];
  return nowhere_ = {};
}

void traffic_monitor::heard_in_part(std::uint64_t connection) {
  const auto at = links_.find(connection);
  if (at == links_.end()) return;
  link& of = at->second;
  of.inflight.heard_in_part();
  of.rules.heard_in_part();
  of.answers.heard_in_part();
  of.is_in_part = true;
  unanswered_.forget(connection);
  wills_.heard_in_part(connection);
  meaning_.heard_in_part(of.key);
  // The missing bytes may contain a SUBSCRIBE, its SUBACK or an awaited delivery.
  misses_some();
  of.asked.clear();
  of.answered_for_none.clear();
  rounds_.forget(of.address);
  known_client* const client = all_.find(of.key);
  if (client != nullptr && client->connection == connection) client->awaits.clear();
}

void traffic_monitor::stirred(std::uint64_t connection, moment now) {
  const auto at = links_.find(connection);
  if (at != links_.end()) at->second.inflight.spoke(side::client, now);
}

void traffic_monitor::heard(std::uint64_t connection, const heard_packet& packet, moment now) {
  const auto at = links_.find(connection);
  if (at == links_.end()) {
    if (packet.from == side::broker && packet.what.type == packet_type::connack)
      patience_.answered_too_late(connection, now);
    return;
  }
  link& of = at->second;
  if (of.is_late) return heard_late(of, connection, packet, now);
  of.inflight.spoke(packet.from, now);
  of.rules.heard(packet, now);
  of.answers.heard(packet, now);
  of.last.heard(packet.from, packet.what.type, now);
  if (packet.from == side::broker) {
    all_.broker_spoke(now);
    unanswered_.spoke(connection, now);
  }
  const bool is_clients = packet.from == side::client;
  note_pace(of, packet, now);
  // Whoever is answered was not hung up on for its last message.
  if (packet.what.type == packet_type::pingresp && !is_clients) note_taken(of);
  if (is_clients && packet.what.type != packet_type::pingreq) {
    of.spoke = now;
    of.pongs = 0;
  } else if (packet.what.type == packet_type::pingresp) {
    ++of.pongs;
  }
  const bool is_cut = packet.whole > packet.what.size;
  if (is_clients && packet.what.type != packet_type::publish) of.inflight.did_otherwise();
  if (is_clients && packet.what.type != packet_type::disconnect) of.inflight.worked(now);
  // The lost rest of the packet decides how later packets are read: filters, identifier, limits.
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
      if (is_clients) take_subscribe(of, connection, packet, now);
      return;
    case packet_type::suback:
      if (!is_clients) take_suback(of, connection, packet, now);
      return;
    case packet_type::disconnect:
      return take_disconnect(of, connection, packet, now);
    case packet_type::pingreq:
      if (arrivals_.is_on() && is_clients) arrivals_.pings(end_of(of, connection));
      return;
    default:
      return;
  }
}

void traffic_monitor::take_connect(link& of, std::uint64_t connection, const heard_packet& packet,
                                   moment now) {
  byte_buffer room;
  const heard_connect asked_connect = read_connect(packet.what, room);
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
  if (of.id.empty()) {
    nameless_.latest = of.name;
    nameless_.came = now;
    nameless_.latest_number = connection;
  }
  of.has_user = connect.user_name.has_value();
  of.has_will = connect.will.has_value();
  if (of.has_will) {
    of.will_topic = connect.will->topic;
    const std::string_view payload(reinterpret_cast<const char*>(connect.will->payload.data()),
                                   connect.will->payload.size());
    of.will = will_watch::will{of.will_topic, std::hash<std::string_view>{}(payload),
                               connect.will->retain, false};
    // A delayed will is not published when its client reconnects in time (MQTT 5.0 §3.1.3.2.2).
    const auto delay = connect.will->properties.number(property_id::will_delay_interval);
    if (delay.value_or(0) != 0) of.has_will = false;
    of.will->is_delayed = !of.has_will;
  }
  of.inflight.connect(connect);
  of.traits = traits_of(asked_connect, of.key, packet.whole);
  if (of.has_user) {
    of.user = std::string(*connect.user_name);
    if (users_.contains(of.user) || users_.size() < most_users) {
      user_login& by = users_[of.user];
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
  meaning_.connects(end_of(of, connection), connect, now);
  states_.connects(end_of(of, connection), connect, now);
  arrivals_.connects(end_of(of, connection), connect, now);
}

void traffic_monitor::came_back(known_client& client, const link& with, std::uint64_t connection,
                                moment now) {
  if (client.was_thrown_out || !client.wants_qos()) return;
  remark_places facts{{"time", time_between(client.left, now)}};
  const bool is_missed = client.missed != 0;
  facts["count"] = std::to_string(client.missed);
  if (client.ended_its_session) {
    observation found{noticed::expiry_zeroed, facts};
    if (is_missed) found.heavy = weight::cause;
    tell(connection, with, {std::move(found)});
  } else if (!client.keeps_session() && client.is_v5 && !client.was_clean) {
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
  if (!of.is_in_part) patience_.answered(asking_of(of, connection), now);
  of.inflight.connack(read);
  if (now - of.connected >= late_answer)
    tell(connection, of, {{noticed::connack_late, {{"time", time_between(of.connected, now)}}}});
  if (read.reason != 0) tell_refusal(of, connection, read.reason, packet.version);
  constexpr std::size_t most_logins = 1024;
  broker_place& there = place_of(of.place);
  if (read.reason == 0 && there.let_in_as.size() < most_logins)
    there.let_in_as.insert(login_of(of));
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
  const bool had_session =
      client->keeps_session() &&
      (!client->is_v5 || now < client->left + std::chrono::seconds(client->expiry));
  meaning_.let_in(end_of(of, connection), *client,
                  packet.version == protocol_version::v3_1 ? !of.clean : read.session_present, now);
  states_.let_in(end_of(of, connection),
                 packet.version == protocol_version::v3_1 ? !of.clean : read.session_present, now);
  arrivals_.let_in(end_of(of, connection),
                   packet.version == protocol_version::v3_1 ? !of.clean : read.session_present,
                   now);
  tell_meant();
  client->who = of.who;
  client->connection = client->latest = connection;
  client->is_v5 = of.is_v5;
  client->broker = of.broker;
  client->was_clean = of.clean;
  client->expiry =
      read.properties.number(property_id::session_expiry_interval).value_or(of.wanted_expiry);
  client->was_thrown_out = client->ended_its_session = false;
  if (of.will) wills_.accepted(connection, of.key, of.who, of.address, *of.will, now);
  of.is_accepted = there.lets_in = true;
  of.accepted = now;
  of.published_before = published_;
  if (there.accepted.add(of.traits))
    for (const refused_login& refused : refused_logins_)
      if (refused.place == of.place) compare_login(refused);
  there.versions.insert(packet.version);
  const bool is_resumed =
      packet.version == protocol_version::v3_1 ? !of.clean : read.session_present;
  of.has_subscribed = is_resumed;
  if (!is_resumed) {
    of.was_forgotten = !of.clean && had_session;
    for (const known_filter& known : client->filters) {
      if (of.filters_of_before.size() < most_pending) of.filters_of_before.push_back(known.filter);
    }
    // A connection between may have ended the session without subscribing.
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

/// The client, its version and its user, without its password.
std::string traffic_monitor::login_of(const link& of) {
  std::string login = of.key;
  login += of.is_v5 ? '5' : '3';
  login += of.has_user ? 'u' : '-';
  return login += of.user;
}

void traffic_monitor::tell_refusal(const link& of, std::uint64_t connection, std::uint8_t reason,
                                   protocol_version version) {
  observation found{noticed::connect_refused,
                    {{"meaning", connack_meaning(reason, version)},
                     {"number", std::to_string(reason)},
                     {"version", std::string(to_string(version))}},
                    std::to_string(reason)};
  bool is_compared = false;
  const broker_place& there = place_of(of.place);
  switch (static_cast<reason_code>(connack_reason(reason, version))) {
    case reason_code::bad_user_name_or_password:
    case reason_code::not_authorized:
      if (!of.id.empty() && there.let_in_as.contains(login_of(of))) {
        found.what = of.has_user ? noticed::login_refused_since : noticed::login_missing_since;
      } else {
        found.what = of.has_user ? noticed::login_refused : noticed::login_missing;
      }
      is_compared = true;
      break;
    case reason_code::client_identifier_not_valid:
      found.what = of.id.empty()                                ? noticed::identifier_missing
                   : of.inflight.keep_alive() == 0 && !of.is_v5 ? noticed::keep_alive_refused
                                                                : noticed::identifier_refused;
      note_growth(of, found);
      is_compared = found.what == noticed::identifier_refused;
      break;
    case reason_code::unsupported_protocol_version:
      found.what = noticed::version_refused;
      if (std::string differences = there.accepted.lacked_by_all(of.traits, 1);
          there.versions.contains(version) && !differences.empty()) {
        found.what = noticed::version_disputed;
        found.with["what"] = std::move(differences);
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
  // Codes that tell nothing of the reason.
  static constexpr std::array vague{
      reason_code::unspecified_error, reason_code::malformed_packet, reason_code::protocol_error,
      reason_code::implementation_specific_error, reason_code::server_unavailable};
  const auto code = static_cast<reason_code>(connack_reason(reason, version));
  if (there.lets_in && std::find(vague.begin(), vague.end(), code) != vague.end()) {
    if (const std::string differences = there.accepted.lacked_by_all(of.traits, 1);
        !differences.empty())
      found.more.push_back(
          words(N_("Others are let in. What they do not have: {what}."), {{"what", differences}}));
  }
  // The client will try again: without an identifier, its address identifies it.
  refused_login refused{connection,
                        of.id.empty() ? '\0' + of.address : of.key,
                        of.id.empty() ? of.address : of.who,
                        of.id,
                        of.place,
                        of.traits,
                        std::move(found)};
  if (!is_compared) {
    tell(connection, refused.key, refused.who, refused.id, std::move(refused.found));
    return;
  }
  compare_login(refused);
  std::erase_if(refused_logins_,
                [&](const refused_login& each) { return each.key == refused.key; });
  if (refused_logins_.size() < most_pending) refused_logins_.push_back(std::move(refused));
}

/// Tells a refused login, with what those that were let in say of it.
void traffic_monitor::compare_login(const refused_login& refused) {
  observation found = refused.found;
  const accepted_connects& accepted = place_of(refused.place).accepted;
  const bool is_of_identifier = found.what == noticed::identifier_refused;
  const std::string& name = is_of_identifier ? refused.id : refused.traits.user;
  const std::string odd = oddities_of(name);
  const std::string like = name.empty()       ? std::string()
                           : is_of_identifier ? accepted.key_like(refused.id)
                                              : accepted.user_like(name);
  const remark_places with{{"name", shown(name)}, {"other", shown(like)}, {"what", odd}};
  if (!odd.empty())
    found.more.push_back(
        words(is_of_identifier
                  ? N_("Its identifier \"{name}\" holds what one does not see in it: {what}.")
                  : N_("Its user name \"{name}\" holds what one does not see in it: {what}."),
              with));
  if (!like.empty())
    found.more.push_back(
        words(is_of_identifier ? N_("\"{other}\" was let in: the two differ only in blanks, case, "
                                    "or letters that look alike, and are two names to the broker.")
                               : N_("The user \"{other}\" was let in: the two differ only in "
                                    "blanks, case, or letters that look alike, and are two names "
                                    "to the broker."),
              with));
  if (found.what == noticed::login_refused_since &&
      accepted.password_of(refused.traits) == accepted_connects::password::same)
    found.more.push_back(
        words(N_("The same password was taken before: so is a token refused that may be used once, "
                 "or that has expired.")));
  if (found.what == noticed::login_refused && like.empty()) {
    using enum accepted_connects::password;
    const auto password = accepted.password_of(refused.traits);
    const std::string differences = accepted.lacked_by_all(refused.traits, 1);
    if (password == other)
      found.more.push_back(
          words(N_("The same user was let in with another password: compare the two.")));
    if (password == same)
      found.more.push_back(
          differences.empty()
              ? words(N_("The same user was let in with the same password: look at the identifier, "
                         "at the address, and at what the broker allows them."))
              : words(N_("The same user was let in with the same password. What those do not have: "
                         "{what}."),
                      {{"what", differences}}));
  }
  tell(refused.connection, refused.key, refused.who, refused.id, std::move(found));
}

/// Whether the address was refused before with an identifier that this one begins with.
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
  const std::string_view payload(reinterpret_cast<const char*>(read.payload.data()),
                                 read.payload.size());
  const bool is_whole = packet.whole == packet.what.size;
  const bool is_empty = is_whole && read.payload.empty();
  if (packet.from == side::broker) {
    if (is_whole && !read.retain)
      wills_.delivered(topic, std::hash<std::string_view>{}(payload), now);
    of.last.given(topic, packet.whole, read.dup, now);
    known_client* const reader = all_.find(of.key);
    if (read.dup && reader != nullptr && reader->connection == connection) ++reader->given_again;
  } else if (!topic.empty()) {
    if (is_whole)
      wills_.published(connection, topic, std::hash<std::string_view>{}(payload), read.retain, now);
  }
  look_at_kept(of, connection, packet, read, topic, now);
  if (packet.from == side::client) {
    of.has_published = true;
    if (read.qos != qos_t::at_most_once)
      unanswered_.asked(unanswered_end_of(of, connection),
                        read.qos == qos_t::at_least_once ? never_answered::kind::puback
                                                         : never_answered::kind::pubrec,
                        read.packet_id, topic, now);
    const bool is_kept = read.retain && is_whole && !read.payload.empty() &&
                         topic.size() <= subscribers::longest_topic;
    if (of.sent.size() == most_pending) of.sent.pop_front();
    of.sent.push_back({publish_traits_of(read, topic),
                       read.qos == qos_t::at_most_once ? std::uint16_t{0} : read.packet_id, now,
                       is_kept ? topic : std::string(), read.payload.size()});
    ++published_;
    if (known_client* const client = all_.find(of.key)) client->has_published = true;
    for (auto& [other, at] : links_) {
      if (other == connection || at.is_over || now - at.accepted < at_once) continue;
      const bool is_for_it =
          std::any_of(at.filters_of_before.begin(), at.filters_of_before.end(),
                      [&](const std::string& filter) { return topic_matches(filter, topic); });
      // The client may have subscribed with another filter that matches as well.
      if (is_for_it && !is_subscribed(at, topic)) ++at.missed;
    }
    if (read.retain && is_empty)
      found.push_back({noticed::retained_cleared, {{"topic", shown(topic)}}, topic});
    client_observations of_all;
    all_.published(of.key, of.who, connection, read, topic, now, of_all);
    const bool is_early = std::any_of(of.asked.begin(), of.asked.end(), [&](const auto& asked) {
      return std::any_of(asked.second.begin(), asked.second.end(), [&](const asked_filter& each) {
        return !each.filter.no_local && topic_matches(each.filter.filter, topic);
      });
    });
    if (is_early) meaning_.published_early(end_of(of, connection), topic, now);
    meaning_.published(end_of(of, connection), read, topic, packet.whole == packet.what.size, now,
                       all_);
    if (states_.is_awake())
      states_.published(end_of(of, connection), read, topic, packet.whole == packet.what.size, now,
                        all_);
    if (arrivals_.is_on())
      arrivals_.published(end_of(of, connection), read, topic, packet.whole, now, all_);
    tell(connection, of, std::move(found));
    tell(of_all);
  } else {
    tell(connection, of, std::move(found));
    known_client* const client = all_.find(of.key);
    if (client != nullptr && client->connection == connection)
      all_.delivered(*client, topic, read.qos, now);
    meaning_.delivered(end_of(of, connection), read, topic, packet.whole == packet.what.size, now,
                       client);
    if (states_.is_awake())
      states_.delivered(end_of(of, connection), read, topic, packet.whole == packet.what.size, now);
    if (arrivals_.is_on()) arrivals_.delivered(end_of(of, connection), read, topic, now, client);
  }
  tell_meant();
}

void traffic_monitor::note_taken(const link& of, const sent_message& message) {
  broker_place& there = place_of(of.place);
  there.taken.insert(message.has.begin(), message.has.end());
  if (there.taken_from.size() < most_clients) there.taken_from.insert(of.key);
}

/// All messages of the connection were taken.
void traffic_monitor::note_taken(link& of) {
  for (const sent_message& each : of.sent) note_taken(of, each);
  of.sent.clear();
}

/// PUBACK or PUBREC: that message was taken, or refused, which is neither taken nor what a broker
/// that answers hangs up on. Those of QoS 0 before it were read, and nobody hung up on them.
void traffic_monitor::note_answered(link& of, const ack_packet& answer) {
  const auto at = std::find_if(of.sent.begin(), of.sent.end(),
                               [&](const auto& each) { return each.id == answer.packet_id; });
  if (at == of.sent.end() || answer.packet_id == 0) return;
  if (!is_failure(answer.reason)) {
    note_taken(of, *at);
    if (!at->kept_topic.empty()) kept_.taken(of.place, at->kept_topic, at->kept_size);
  }
  auto before = of.sent.erase(at);
  while (before != of.sent.begin()) {
    --before;
    if (before->id != 0) continue;
    note_taken(of, *before);
    before = of.sent.erase(before);
  }
}

/// Whether one of the client's own filters matches the topic.
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
  const bool is_taken =
      packet.what.type == packet_type::puback || packet.what.type == packet_type::pubrec;
  const bool is_failure = read.reason >= 0x80;
  note_answer(of, connection, read, packet.from, now);
  if (packet.from == side::broker && is_taken)
    meaning_.acknowledged(end_of(of, connection), read.packet_id, now);
  if (packet.from == side::broker && is_taken) note_answered(of, read);
  if (packet.from == side::broker && packet.what.type == packet_type::pubcomp && !is_failure)
    arrivals_.completed(end_of(of, connection), read.packet_id);
  if (arrivals_.is_on() && is_taken) {
    if (packet.from == side::broker) {
      arrivals_.accepted(end_of(of, connection), read.packet_id, !is_failure);
    } else {
      arrivals_.acknowledged(end_of(of, connection), read.packet_id, now);
    }
  }
  if (packet.from == side::client && is_taken)
    if (known_client* const reader = all_.find(of.key)) reader->has_acknowledged = true;
  observations found;
  const auto done = of.inflight.acknowledge(packet.from, read, now, found);
  if (done) all_.acknowledged_by_broker(connection, *done, of.is_v5);
  // No PUBCOMP follows a PUBREC that refuses (MQTT 5.0 §4.3.3).
  const bool is_end = packet.what.type == packet_type::puback ||
                      packet.what.type == packet_type::pubcomp ||
                      (packet.what.type == packet_type::pubrec && is_failure);
  if (packet.from == side::broker && is_end && states_.is_awake())
    states_.acknowledged(end_of(of, connection), read.packet_id, now);
  tell(connection, of, std::move(found));
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

void traffic_monitor::look(moment now) {
  for (auto& [connection, of] : links_) {
    observations found;
    of.inflight.look(now, found);
    of.rules.look(now, found);
    of.answers.look(now, found);
    tell(connection, of, std::move(found));
    look_at_subscriptions(connection, of, now, false);
    look_at_answers(connection, of, now, false);
  }
  look_at_cut_off(now, false);
  will_watch::found about_wills;
  wills_.look(now, false, about_wills);
  tell(about_wills);
  const auto can_take = [&](std::uint64_t connection) {
    const auto at = links_.find(connection);
    return at != links_.end() && !at->second.inflight.is_blocked() &&
           at->second.inflight.owed_by_client() == 0;
  };
  client_observations found;
  all_.look_at_awaited(now, can_take, found);
  all_.look_at_copies(now, false, found);
  all_.look_at_unmatched(now, false, found);
  tell(found);
  meaning_.look(now);
  tell_meant();
  tell_suspicions(now - suspicion_time);
}

void traffic_monitor::finish(moment now) {
  look(now);
  tell_suspicions(now);
  look_at_cut_off(now, true);
  will_watch::found about_wills;
  wills_.look(now, true, about_wills);
  tell(about_wills);
  for (auto& [connection, of] : links_) {
    look_at_subscriptions(connection, of, now, true);
    observations strays;
    const bool may_read = !of.is_over && !of.said_goodbye;
    if (may_read && symptoms_of("delivery-inflight-stall").contains(seen_))
      of.inflight.look_at_silence(now, strays);
    of.inflight.ends(true, now, strays);
    of.rules.ends({}, now, strays);
    of.answers.ends({}, now, strays);
    tell(connection, of, std::move(strays));
  }
  look_at_unwanted();
  look_at_wordless_ends();
  look_at_unasking();
  look_at_patience();
  client_observations found;
  all_.look_at_copies(now, true, found);
  all_.look_at_unmatched(now, true, found);
  tell(found);
  look_at_unanswered(now);
  meaning_.finish(now, all_, symptoms_of("delivery-nothing-published").contains(seen_));
  arrivals_.finish(now, all_);
  tell_meant();
  for (const auto& [connection, of] : links_)
    states_.still_there(end_of(of, connection), of.inflight.last_of_client());
  states_.finish(now, all_);
  tell_meant();
}

std::vector<remark> traffic_monitor::take() { return std::exchange(remarks_, {}); }

void traffic_monitor::tell(std::uint64_t connection, const link& about, observations found) {
  for (observation& noticed : found)
    tell(connection, about.key, about.who, about.id, std::move(noticed));
}

void traffic_monitor::tell(const will_watch::found& found) {
  for (const will_watch::about& each : found) {
    const std::string id = each.key.starts_with('\0') ? std::string() : each.key;
    tell(each.connection, each.key, each.who, id, each.what);
  }
}

void traffic_monitor::tell_meant() {
  for (meant& each : meaning_.take())
    tell(each.connection, each.key, each.who, each.id, std::move(each.found));
  for (meant& each : arrivals_.take())
    tell(each.connection, each.key, each.who, each.id, std::move(each.found));
  if (!states_.is_awake()) return;
  for (meant& each : states_.take())
    tell(each.connection, each.key, each.who, each.id, std::move(each.found));
}

message_end traffic_monitor::end_of(const link& of, std::uint64_t connection) {
  return {connection, of.key, of.who, of.id, of.address, of.is_v5, of.broker};
}

void traffic_monitor::tell(const client_observations& found) {
  for (const auto& [key, finding] : found) {
    const known_client* const client = all_.find(key);
    if (client == nullptr) {  // a client without identifier has left
      tell(0, key, "", "", finding);
    } else {
      tell(client->latest, key, client->who, client->id, finding);
    }
  }
}

void traffic_monitor::tell(std::uint64_t connection, const std::string& key, const std::string& who,
                           const std::string& id, observation found) {
  const remark_row& row = row_of(found.what);
  remark made;
  made.what = found.what;
  made.id = found.id.empty() ? row.id : found.id;
  made.heavy = found.heavy.value_or(row.heavy);
  made.is_warning = found.is_warning.value_or(row.is_warning);
  made.shows_as = symptoms_of(made.what, made.id);
  made.how = found.how;
  if (made.shows_as.contains(seen_)) {
    made.heavy = weight::cause;
    if (!made.how) made.how = fit_of(seen_, made.what);
  } else if (made.what == noticed::own_by_wide || made.what == noticed::left_unsubscribed) {
    // Who takes in all below a level knows of it, and a check whether the broker lives asks for
    // nothing, unless somebody sees what is unwanted.
    return;
  }
  const std::string weighed = made.is_warning ? "warning" : to_string(made.heavy);
  const std::string mark = made.id + '\0' + weighed + '\0' + key + '\0' + found.key;
  made.is_meaning = is_meaning(row);
  const auto known = told_.find(mark);
  const bool is_new = known == told_.end();
  if (is_new && told_.size() == most_remarks) {
    ++left_out_;
    return;
  }
  if (!is_new && known->second.place == no_cause) return;
  found.with.try_emplace("who", who);
  made.sentences.emplace_back(found.fact != nullptr ? found.fact : row.fact, found.with);
  for (sentence& said : found.more) made.sentences.push_back(std::move(said));
  made.facts = made.sentences.size();
  const char* const cure = found.cure != nullptr ? found.cure : row.cure;
  if (*cure != 0) made.sentences.emplace_back(cure, std::move(found.with));
  made.alike = row.alike;
  made.connection = connection;
  made.client = shown(id);
  if (!is_new) {  // the newest numbers replace the old ones in the summary
    told_once& before = known->second;
    made.times = causes_[before.place].times + (before.connection != connection ? 1 : 0);
    before.connection = connection;
    causes_[before.place] = std::move(made);
    return;
  }
  told_[mark] = {made.heavy == weight::cause ? causes_.size() : no_cause, connection};
  if (made.heavy == weight::cause) {
    causes_.push_back(made);
  } else {
    notes_.push_back(made);
  }
  remarks_.push_back(std::move(made));
}

}  // namespace mqttkit::doctor
