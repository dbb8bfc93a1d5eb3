// The part of traffic_monitor about connections that the broker closes: a CONNECT cut off, a
// takeover of the identifier, a user who logged in twice, a packet that the broker disliked.
#include <algorithm>
#include <string_view>

#include "common/duration_text.hpp"
#include "mqtt-doctor/causes/service_topics.hpp"
#include "mqtt-doctor/causes/symptoms.hpp"
#include "mqtt-doctor/facts/topic_levels.hpp"
#include "mqtt-doctor/listen/end_words.hpp"
#include "mqtt-doctor/listen/traffic_monitor.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto displaced_within = 5s;  // after the CONNECT of the same identifier
constexpr auto rhythm_within = 60s;    // between two takeovers of one series
constexpr auto heard_within = 50ms;    // an end so soon after CONNACK has not read it

std::string quoted(std::string_view id) { return '"' + shown(id) + '"'; }

/// The client's own word about why it leaves (MQTT 5).
observation said_by_client(std::uint8_t reason) {
  const std::string_view name = reason_name(reason, packet_type::disconnect);
  const auto code = static_cast<reason_code>(reason);
  return {code == reason_code::receive_maximum_exceeded ? noticed::client_said_too_many
          : code == reason_code::packet_too_large       ? noticed::client_said_too_large
                                                        : noticed::client_said,
          {{"meaning", name.empty() ? "unknown" : std::string(name)},
           {"number", std::to_string(reason)}},
          std::to_string(reason)};
}

}  // namespace

void traffic_monitor::take_disconnect(link& of, std::uint64_t connection,
                                      const heard_packet& packet, moment now) {
  reason_packet read;
  if (decode(packet.what, packet.version, read)) return;
  if (packet.from == side::client) {
    const auto expiry = read.properties.number(property_id::session_expiry_interval);
    known_client* const client = all_.find(of.key);
    if (expiry && client != nullptr && client->connection == connection) {
      client->ended_its_session = *expiry == 0 && client->expiry != 0;
      client->expiry = *expiry;
    }
    if (expiry) arrivals_.takes_leave(end_of(of, connection), *expiry);
    of.said_goodbye = true;
    of.is_will_taken_back = read.reason == 0;
    // The broker broke a rule just before: that is why, and is told at the end.
    const bool is_explained = of.rules.has_just_broken(side::broker, now);
    if (is_failure(read.reason) && !is_explained)
      tell(connection, of, {said_by_client(read.reason)});
    will_watch::found about_will;
    if (read.reason == 0)
      wills_.said_goodbye(connection, readers_of(of.will_topic, of.key), now, about_will);
    tell(about_will);
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

/// Whether the broker closed this connection because its identifier connected again.
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
  const remark_places facts{
      {"id", quoted(of.id)},
      {"client", of.name},
      {"other", client->claimant},
      {"count", std::to_string(client->takeovers)},
      {"time", time_between(client->first_takeover, std::max(now, client->first_takeover + 1s))}};
  observation thrown_out{client->takeovers > 1 ? noticed::taken_over_again : noticed::taken_over,
                         facts};
  const auto newer = links_.find(client->claimed_by);
  if (client->takeovers > 1 && newer != links_.end() && newer->second.address == of.address)
    thrown_out.more.push_back(words(
        N_("Both came from one address, {address}: one program there that connects anew while its "
           "older connection still stands, two copies of it, or two devices behind one router."),
        {{"address", of.address}}));
  tell(connection, of, {std::move(thrown_out)});
  if (of.has_will)
    tell(connection, of,
         {{noticed::will_flaps, {{"id", quoted(of.id)}, {"topic", shown(of.will_topic)}}}});
  return true;
}

/// Reports a connection that the broker closed because its user logged in with another identifier.
void traffic_monitor::throws_out(const link& of, std::uint64_t connection, moment now) {
  const auto found = of.user.empty() ? users_.end() : users_.find(of.user);
  if (found == users_.end()) return;
  user_login& by = found->second;
  const bool is_other = by.claimed_by != connection && by.id != of.id;
  if (!is_other || by.claimed < of.connected || now - by.claimed > at_once) return;
  if (by.times == 0 || now - by.first > rhythm_within) {
    by.times = 0;
    by.first = now;
  }
  // A single case may be chance.
  if (++by.times < 2) return;
  observation found_out{noticed::user_thrown_out,
                        {{"user", quoted(of.user)},
                         {"client", of.who},
                         {"other", by.who},
                         {"count", std::to_string(by.times)},
                         {"time", time_between(by.first, std::max(now, by.first + 1s))}},
                        of.user};
  tell(connection, '\0' + of.user, of.who, of.id, std::move(found_out));
}

/// Some brokers take no identifier for one, the same for all who give none.
void traffic_monitor::look_at_nameless(const link& of, std::uint64_t connection, moment now) {
  if (!of.id.empty() || !of.is_accepted || of.said_goodbye) return;
  // Its own last packet may be why; and where another one without a name stands beside the latest,
  // the broker keeps them apart.
  const bool is_alone = std::none_of(links_.begin(), links_.end(), [&](const auto& each) {
    const link& other = each.second;
    return each.first != connection && each.first != nameless_.latest_number && other.id.empty() &&
           other.is_accepted && !other.is_over && other.accepted < nameless_.came;
  });
  const bool is_it = is_alone && nameless_.latest_number != connection &&
                     nameless_.came >= of.accepted && now - nameless_.came < at_once &&
                     of.inflight.last_of_client() < nameless_.came;
  if (!is_it) {
    ++nameless_.others;
    return;
  }
  if (nameless_.thrown_out == 0) nameless_.first = now;
  constexpr std::uint64_t several = 3;  // fewer may be chance
  if (++nameless_.thrown_out < several || nameless_.others > nameless_.thrown_out) return;
  tell(connection, std::string(1, '\0'), of.name, "",
       {noticed::nameless_thrown_out,
        {{"client", of.name},
         {"other", nameless_.latest},
         {"count", std::to_string(nameless_.thrown_out)},
         {"time", time_between(nameless_.first, std::max(now, nameless_.first + 1s))}},
        ""});
}

/// An end of this client is explained, and so the others may be.
void traffic_monitor::doubt_wordless(const std::string& key) {
  if (wordless_.size() < most_clients || wordless_.contains(key)) wordless_[key].is_doubtful = true;
}

/// How often the client speaks, and what it hears between.
void traffic_monitor::note_pace(link& of, const heard_packet& packet, moment now) {
  if (packet.from == side::broker) {
    if (packet.what.type == packet_type::publish) ++of.given_since;
    return;
  }
  if (of.last_of_client != moment())
    of.longest_gap =
        std::max<std::chrono::duration<double>>(of.longest_gap, now - of.last_of_client);
  of.last_of_client = now;
  of.given_since = 0;
  if (packet.what.type != packet_type::pingreq) return;
  ++of.pings;
  if (known_client* const client = all_.find(of.key)) ++client->pings;
}

/// A connection that the broker ended, and nothing that was heard explains it.
void traffic_monitor::note_wordless_end(const link& of, std::uint64_t connection, moment now) {
  if (of.id.empty() || !of.is_accepted || of.is_in_part) return;
  if (wordless_.size() >= most_clients && !wordless_.contains(of.key)) return;
  wordless_end& is = wordless_[of.key];
  ++is.times;
  is.connection = connection;
  is.who = of.who;
  is.id = of.id;
  if (is.lives.size() < most_pending)
    is.lives.push_back(std::chrono::duration<double>(now - of.accepted).count());
}

/// Who is let in each time and each time ended without a word, alone of all, and at no fixed time:
/// most often somebody else has its identifier, and comes another way.
void traffic_monitor::look_at_wordless_ends() {
  constexpr std::uint64_t several = 3;
  if (seen_ != symptom::drops) return;
  for (const auto& [key, is] : wordless_) {
    if (is.times < several || is.is_doubtful) continue;
    const auto [least, most] = std::minmax_element(is.lives.begin(), is.lives.end());
    // Always after the same long time, that is a limit's doing and nobody's coming.
    constexpr double long_s = 10, alike = 1.1, spread_s = 0.5;
    if (*least >= long_s && *most <= *least * alike + spread_s) continue;
    observation made{noticed::ended_without_word,
                     {{"id", quoted(is.id)},
                      {"count", std::to_string(is.times)},
                      {"time", tools::rough_text(*least)},
                      {"later", tools::rough_text(*most)}},
                     ""};
    made.how = strength::leaning;
    tell(is.connection, key, is.who, is.id, std::move(made));
  }
}

/// Reports clients whose CONNECT was answered by closing, with what distinguishes them.
void traffic_monitor::look_at_cut_off(moment now, bool is_end) {
  std::vector<cut_off> later;
  std::set<std::string> shut;  // places that let nobody in
  for (cut_off& cut : cut_off_) {
    const broker_place& there = place_of(cut.place);
    if (!is_followed(cut.place)) continue;  // who is let in there is not known
    if (!there.lets_in) shut.insert(cut.place);
    if (!there.lets_in || (!is_end && now - cut.since < suspicion_time)) {
      later.push_back(std::move(cut));
      continue;
    }
    const std::string differences = there.accepted.lacked_by_all(cut.traits, cut_times_[cut.key]);
    if (differences.empty()) {
      // The very same was let in before: something that has changed since.
      const bool is_same =
          there.let_in_as.contains(cut.login) &&
          there.accepted.password_of(cut.traits) == accepted_connects::password::same;
      if (is_same)
        tell(cut.connection, cut.key, cut.who, cut.id,
             {noticed::login_closes_since, {{"count", std::to_string(cut_times_[cut.key])}}});
      continue;
    }
    tell(cut.connection, cut.key, cut.who, cut.id,
         {noticed::connect_closes, {{"what", differences}}});
  }
  cut_off_ = std::move(later);
  if (!is_end) return;
  for (const std::string& place : shut) look_at_disliked(place);
  cut_off_.clear();
}

/// Nobody was let in there, so there is nothing to compare with; but a CONNECT may ask for what
/// many brokers do not take.
void traffic_monitor::look_at_disliked(const std::string& place) {
  std::map<std::string, std::uint64_t> times;
  for (const cut_off& cut : cut_off_)
    if (cut.place == place && !cut.traits.disliked.empty()) ++times[cut.key];
  for (const cut_off& cut : cut_off_) {
    constexpr std::uint64_t again = 2;
    if (cut.place != place || cut.traits.disliked.empty() || times[cut.key] < again) continue;
    observation made{
        noticed::connect_closes_all,
        {{"what", say(cut.traits.disliked.c_str())}, {"count", std::to_string(times[cut.key])}}};
    made.how = strength::leaning;
    tell(cut.connection, cut.key, cut.who, cut.id, std::move(made));
  }
}

void traffic_monitor::ended(std::uint64_t connection, parting how, std::size_t unfinished,
                            moment now) {
  const auto at = links_.find(connection);
  if (at == links_.end()) return;
  link& of = at->second;
  if (how != parting::by_broker) note_taken(of);
  // Whoever said DISCONNECT left, whichever side closes then, unless the packet itself was wrong.
  const bool is_wrong = of.rules.has_just_broken(side::client, now);
  if (of.said_goodbye && how == parting::by_broker && !is_wrong) how = parting::by_client;
  if (!of.is_over && of.has_connect) {
    look_at_subscriptions(connection, of, now, true);
    observations strays;
    if (!of.said_goodbye && symptoms_of("delivery-inflight-stall").contains(seen_))
      of.inflight.look_at_silence(now, strays);
    of.inflight.ends(how == parting::by_us, now, strays);
    look_at_answers(connection, of, now, true);
    const bool is_rule = of.rules.has_just_broken(side::client, now);
    const auto by =
        how == parting::by_us
            ? std::nullopt
            : std::optional<side>(how == parting::by_client ? side::client : side::broker);
    of.rules.ends(by, now, strays);
    of.answers.ends(by, now, strays);
    tell(connection, of, std::move(strays));
    const bool is_by_broker = how == parting::by_broker;
    unanswered_.ended(unanswered_end_of(of, connection), is_by_broker, now);
    if (how == parting::by_client && !of.inflight.was_answered() && !of.is_in_part)
      patience_.gave_up(asking_of(of, connection), now);
    if (is_by_broker) note_cut_off(of, connection, now);
    const bool is_displaced = is_by_broker && is_takeover(of, connection, now);
    client_left(of, connection, is_displaced, now);
    if (how == parting::by_us) {
      states_.still_there(end_of(of, connection), of.inflight.last_of_client());
    } else {
      states_.left(end_of(of, connection), how == parting::by_client, of.said_goodbye,
                   of.inflight.last_of_client(), now);
    }
    if (is_by_broker && !is_displaced) {
      throws_out(of, connection, now);
      look_at_nameless(of, connection, now);
      // A rule that the client has just broken explains it.
      if (!is_rule) look_at_hang_up(of, connection, unfinished, now);
      look_at_pings(of, connection, now);
    }
    look_at_leaving(of, connection, how, unfinished, now);
    note_unasking(of, connection, how, now);
  }
  of.is_over = true;
  links_.erase(at);
}

/// Keeps a connection without CONNACK, until it is known whether the broker accepts others.
void traffic_monitor::note_cut_off(const link& of, std::uint64_t connection, moment now) {
  // One place that lets nobody in must not keep out those of another.
  const auto there = std::count_if(cut_off_.begin(), cut_off_.end(),
                                   [&](const cut_off& each) { return each.place == of.place; });
  if (of.inflight.was_answered() || there >= std::ptrdiff_t{most_pending} ||
      cut_off_.size() >= most_pending * most_places)
    return;
  const known_client* const client = of.id.empty() ? nullptr : all_.find(of.key);
  const auto older = client == nullptr ? links_.end() : links_.find(client->connection);
  if (older != links_.end() && older->first != connection && !older->second.is_over) {
    tell(connection, of,
         {{noticed::identifier_held, {{"client", of.who}, {"other", older->second.name}}}});
    return;
  }
  const std::string key = of.id.empty() ? '\0' + of.address : of.key;
  if (cut_times_.size() < most_clients || cut_times_.contains(key)) ++cut_times_[key];
  cut_off_.push_back({key, of.id.empty() ? of.address : of.who, of.id, of.place, of.traits, now,
                      connection, login_of(of)});
}

/// Counts connections that their client ends before it has asked for, or published, anything.
void traffic_monitor::note_unasking(const link& of, std::uint64_t connection, parting how,
                                    moment now) {
  const std::string key = of.id.empty() ? '\0' + of.address : of.key;
  if (unasking_.size() >= most_clients && !unasking_.contains(key)) return;
  unasking& by = unasking_[key];
  by.has_subscribed = by.has_subscribed || of.has_subscribed;
  by.has_asked = by.has_asked || of.has_subscribed || of.has_published || how == parting::by_us ||
                 of.is_in_part;
  if (how != parting::by_client || of.has_subscribed || of.has_published) return;
  // Who was refused, or waited for the broker in vain, has another trouble.
  const bool was_answered = of.inflight.was_answered();
  if (!of.is_accepted && (was_answered || now - of.connected > at_once)) return;
  by.connection = connection;
  by.who = of.who;
  by.id = of.id;
  ++by.times;
  if (!of.is_accepted || now - of.accepted < heard_within) ++by.unheard;
  by.longest = std::max(by.longest, std::chrono::duration<double>(now - of.connected));
}

/// Tells of clients that never stay until they have subscribed: nothing can come to them.
void traffic_monitor::look_at_unasking() {
  constexpr std::uint64_t again = 2;
  // Where another client subscribes, this one may be a check whether the broker lives.
  for (const auto& [connection, of] : links_) {
    unasking& by = unasking_[of.id.empty() ? '\0' + of.address : of.key];
    by.has_asked = true;
    by.has_subscribed = by.has_subscribed || of.has_subscribed || of.is_late;
  }
  const bool is_lone = std::none_of(unasking_.begin(), unasking_.end(),
                                    [](const auto& each) { return each.second.has_subscribed; });
  for (const auto& [key, by] : unasking_) {
    if (by.has_asked || by.times < again) continue;
    observation found{noticed::left_unsubscribed,
                      {{"count", std::to_string(by.times)},
                       {"time", tools::rough_text(std::max(1.0, by.longest.count()))}}};
    found.how = is_lone ? strength::agreed : strength::fits;
    if (by.unheard == by.times)
      found.more.push_back(words(
          N_("Each time it was gone before it could have read the broker's answer, CONNACK: its "
             "program ends behind connect(), or lets nothing serve the connection.")));
    tell(by.connection, key, by.who, by.id, std::move(found));
  }
}

/// Without an identifier a client is known by its address.
patience_watch::asking traffic_monitor::asking_of(const link& of, std::uint64_t connection) {
  const bool has_id = !of.id.empty();
  return {connection,
          has_id ? of.key : '\0' + of.address,
          has_id ? of.who : of.address,
          of.id,
          of.place,
          of.connected};
}

/// Tells of clients that hang up before the broker has answered their CONNECT.
void traffic_monitor::look_at_patience() {
  for (patience_watch::found& each : patience_.finish())
    tell(each.about.connection, each.about.key, each.about.who, each.about.id,
         std::move(each.what));
}

/// A broker that ends connections after a fixed time, whatever pings come.
void traffic_monitor::look_at_pings(const link& of, std::uint64_t connection, moment now) {
  constexpr double alike = 1.15, spread_s = 0.5;
  if (of.pongs == 0 || !of.is_accepted || of.is_in_part || of.said_goodbye) return;
  if (pinged_.size() >= most_pending && !pinged_.contains(of.key)) return;
  std::vector<pinged_end>& ends = pinged_[of.key];
  if (ends.size() < most_pending)
    ends.push_back({std::chrono::duration<double>(now - of.spoke).count(),
                    std::chrono::duration<double>(now - of.accepted).count()});
  if (ends.size() < 2) return;
  const auto is_alike = [&](double pinged_end::*which) {
    const auto [least, most] = std::minmax_element(
        ends.begin(), ends.end(),
        [which](const pinged_end& a, const pinged_end& b) { return a.*which < b.*which; });
    return (*most).*which <= (*least).*which * alike + spread_s;
  };
  if (!is_alike(&pinged_end::since_packet_s)) return;
  doubt_wordless(of.key);
  // Where the ages differ, they are not what is limited.
  tell(connection, of,
       {{is_alike(&pinged_end::age_s) ? noticed::pings_do_not_count : noticed::pings_ignored,
         {{"time", time_between(of.spoke, now)}, {"count", std::to_string(ends.size())}}}});
}

/// Tells of wills that stay behind, and of apps that always leave at the same.
void traffic_monitor::look_at_leaving(const link& of, std::uint64_t connection, parting how,
                                      std::size_t unfinished, moment now) {
  if (how == parting::by_us) return;
  wills_.ended(connection, now);
  observations found;
  if (how == parting::by_client && !of.said_goodbye && of.is_accepted && !of.is_in_part)
    leavings_.left(of.key, of.last, unfinished, now, found);
  tell(connection, of, std::move(found));
}

/// How many other clients' filters match the topic.
std::size_t traffic_monitor::readers_of(const std::string& topic, const std::string& key) {
  if (topic.empty() || topic.size() > subscribers::longest_topic) return 0;
  std::set<const known_client*> readers;
  const known_client* const self = all_.find(key);
  for (const auto& [client, index] : all_.who_gets(topic)) {
    if (client != self && client->connection != 0) readers.insert(client);
  }
  return readers.size();
}

void traffic_monitor::client_left(const link& of, std::uint64_t connection, bool is_displaced,
                                  moment now) {
  known_client* const client = all_.find(of.key);
  if (client == nullptr || client->connection != connection) return;
  meaning_.left(end_of(of, connection), !of.is_will_taken_back, now);
  arrivals_.left(end_of(of, connection), client->keeps_session(), of.said_goodbye, now);
  tell_meant();
  constexpr std::uint64_t again_and_again = 3;
  if (!client->has_acknowledged && client->given_again >= again_and_again) {
    observation made{
        noticed::acknowledges_never, {{"count", std::to_string(client->given_again)}}, ""};
    // Who is gone as soon as a message comes had no time to acknowledge it.
    if (of.last.is_at_message(now)) made.how = strength::leaning;
    tell(connection, of, {std::move(made)});
  }
  client->connection = 0;
  client->left = now;
  client->was_thrown_out = is_displaced;
  client->awaits.clear();
  // An empty identifier cannot reconnect to its session.
  if (of.id.empty()) all_.forget(of.key);
}

/// Tells why the broker closed the connection. What is uncertain waits as a suspicion: where other
/// connections end as well, the broker was stopped.
void traffic_monitor::look_at_hang_up(link& of, std::uint64_t connection, std::size_t unfinished,
                                      moment now) {
  observations found;
  if (!of.asked.empty() && now - of.subscribed < at_once) found.push_back(unanswered_filters(of));
  of.inflight.hung_up(unfinished, now, found);
  // A client that came back on another connection left this one behind.
  if (wills_.was_left_behind(connection))
    std::erase_if(found,
                  [](const observation& each) { return each.what == noticed::keep_alive_expired; });
  const auto is_silence = [](const observation& each) {
    return each.what == noticed::keep_alive_expired;
  };
  for (observation& each : found) {
    if (!is_silence(each)) continue;
    const known_client* const client = all_.find(of.key);
    tell_of_silence(each, {static_cast<double>(of.inflight.keep_alive()), of.longest_gap.count(),
                           of.pings, client == nullptr ? of.pings : client->pings, of.given_since});
    note_silence(of, connection, now);
  }
  // Where the topic was taken before, only what else was unlike can be the reason.
  const std::set<std::string>& taken = place_of(of.place).taken;
  const bool is_unlike = std::any_of(of.sent.begin(), of.sent.end(), [&](const auto& message) {
    return std::any_of(message.has.begin(), message.has.end(),
                       [&](const std::string& each) { return !taken.contains(each); });
  });
  if (!is_unlike || taken.empty())
    std::erase_if(found,
                  [](const observation& each) { return each.what == noticed::taken_topic_closes; });
  if (found.empty() && unfinished == 0) leavings_.hung_up(of.key, of.last, now, found);
  const bool is_one_of_many = now - last_hang_up_ < suspicion_time && last_hung_up_key_ != of.key;
  if (is_one_of_many) {
    suspected_.clear();
    doubt_wordless(of.key);
    doubt_wordless(last_hung_up_key_);
  }
  if (found.empty() && unfinished == 0) {
    note_wordless_end(of, connection, now);
  } else {
    doubt_wordless(of.key);
  }
  last_hang_up_ = now;
  last_hung_up_key_ = of.key;
  for (observation& each : found) {
    const bool is_certain =
        each.what != noticed::publish_closes && each.what != noticed::taken_topic_closes &&
        each.what != noticed::too_large_likely && each.what != noticed::subscribe_closes &&
        each.what != noticed::hash_closes && each.what != noticed::publish_closes_control &&
        each.what != noticed::packet_closes && each.what != noticed::subscribe_closes_control;
    if (is_certain) {
      tell(connection, of.key, of.who, of.id, std::move(each));
    } else if (!is_one_of_many && suspected_.size() < most_pending) {
      each.with["who"] = of.who;
      if (auto form = topic_form_of(of.user, of.id)) each.more.push_back(std::move(*form));
      suspicion made{connection, of.key, of.id, {}, now, of.place, {}, {}, {}};
      for (const auto& [id, asked] : of.asked)
        for (const asked_filter& wanted : asked)
          made.asked.push_back({wanted.filter.filter, wanted.asked});
      const bool is_message =
          each.what == noticed::publish_closes || each.what == noticed::taken_topic_closes;
      if (is_message && !of.sent.empty()) {
        made.sent = of.sent.back().has;
        // What a broker has not answered when it hangs up, it may have hung up on.
        for (auto before = of.sent.begin(); before + 1 != of.sent.end(); ++before)
          if (now - before->at <= at_once)
            made.before.insert(made.before.end(), before->has.begin(), before->has.end());
      }
      made.finding = std::move(each);
      suspected_.push_back(std::move(made));
    }
  }
}

/// Several clients whose last words came in the same span had one thing in common that failed.
void traffic_monitor::note_silence(const link& of, std::uint64_t connection, moment now) {
  constexpr std::size_t several = 3;
  const moment last = of.inflight.last_of_client();
  const auto span = std::chrono::seconds(of.inflight.keep_alive() + 2);
  std::erase_if(silent_, [&](const fallen_silent& each) {
    return each.key == of.key || now - each.ended > 2 * span;
  });
  if (silent_.size() == most_pending) silent_.erase(silent_.begin());
  silent_.push_back({connection, of.key, of.who, of.id, last, now});
  std::vector<const fallen_silent*> together;
  std::string names;
  for (const fallen_silent& each : silent_) {
    if (each.last + span < last || last + span < each.last) continue;
    together.push_back(&each);
    names += (names.empty() ? "" : ", ") + each.who;
  }
  if (together.size() < several) return;
  for (const fallen_silent* const each : together)
    tell(each->connection, each->key, each->who, each->id,
         {noticed::many_silent,
          {{"count", std::to_string(together.size())},
           {"list", names},
           {"time", time_between(last, now)}},
          ""});
}

/// The broker closed the connection instead of sending SUBACK for these filters.
observation traffic_monitor::unanswered_filters(const link& of) {
  std::string filters, control;
  std::size_t most = 0, named = 0;  // most: filters of one SUBSCRIBE
  bool is_everything = false;
  for (const auto& [id, asked] : of.asked) {
    most = std::max(most, asked.size());
    for (const asked_filter& wanted : asked) {
      const std::string& filter = wanted.filter.filter;
      constexpr std::size_t most_named = 5;
      if (named++ < most_named) filters += (filters.empty() ? "" : ", ") + quoted(filter);
      is_everything = is_everything || filter == "#" || filter == "$SYS/#";
      if (control.empty()) control = control_character_in(filter);
    }
  }
  observation made{!control.empty() ? noticed::subscribe_closes_control
                   : is_everything  ? noticed::hash_closes
                                    : noticed::subscribe_closes,
                   {{"asked", filters}, {"what", control}},
                   filters};
  constexpr std::size_t fewest_limited = 8;  // AWS IoT Core's limit, the lowest that is known
  if (most > fewest_limited)
    made.more.push_back(words(N_("It asked for {count} filters in one SUBSCRIBE, and brokers have "
                                 "limits for that (AWS IoT: 8): ask for fewer at once."),
                              {{"count", std::to_string(most)}}));
  return made;
}

void traffic_monitor::lost_track(std::uint64_t connection) {
  const auto at = links_.find(connection);
  if (at == links_.end()) return;
  misses_some();
  unanswered_.forget(connection);
  if (at->second.is_late) return heard_in_part(connection);
  known_client* const client = all_.find(at->second.key);
  if (client != nullptr && client->connection == connection) {
    client->connection = 0;
    client->awaits.clear();
  }
  links_.erase(at);
}

}  // namespace mqttkit::doctor
