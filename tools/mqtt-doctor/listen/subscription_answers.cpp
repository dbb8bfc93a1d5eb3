// The part of traffic_monitor about SUBSCRIBE and what the broker answers to it, and about clients
// that do not subscribe.
#include <algorithm>
#include <utility>

#include "mqtt-doctor/causes/symptoms.hpp"
#include "mqtt-doctor/causes/topic_mismatch.hpp"
#include "mqtt-doctor/listen/traffic_monitor.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto resubscribe_time = 5s;  // in which a reconnected app usually subscribes again
constexpr auto idle_time = 10s;        // after which a client that does nothing is reported
constexpr auto answer_time = 5s;       // in which a broker sends SUBACK

/// What a failure in SUBACK means: by its code, and else by the filter.
noticed refusal_of(std::uint8_t code, const std::string& filter) {
  switch (static_cast<reason_code>(code)) {
    case reason_code::shared_subscriptions_not_supported:
      return noticed::shared_refused;
    case reason_code::topic_filter_invalid:
      return noticed::filter_invalid;
    case reason_code::packet_identifier_in_use:
      return noticed::identifier_in_use;
    case reason_code::quota_exceeded:
      return noticed::quota_at_subscribe;
    case reason_code::subscription_identifiers_not_supported:
      return noticed::numbers_refused;
    case reason_code::wildcard_subscriptions_not_supported:
      return noticed::wildcard_refused;
    default:
      return is_broad_filter(filter) ? noticed::hash_refused : noticed::subscribe_refused;
  }
}

}  // namespace

void traffic_monitor::take_subscribe(link& of, std::uint64_t connection, const heard_packet& packet,
                                     moment now) {
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
    for (subscription_list list = read.filters; list.next(wanted);) {
      arrivals_.unsubscribed(end_of(of, client->connection), *client, wanted.filter, now);
      all_.unsubscribe(*client, wanted.filter);
      meaning_.unsubscribed(end_of(of, client->connection), wanted.filter, now);
    }
    return;
  }
  const bool is_full = of.asked.size() == most_asked && !of.asked.contains(read.packet_id);
  if (is_full || was_answered_early) return misses_some();
  std::vector<asked_filter>& asked = of.asked[read.packet_id];
  asked.clear();
  for (subscription_list list = read.filters; list.next(wanted);) {
    if (asked.size() == subscribers::most_filters) break;
    asked_filter made;
    made.filter.filter = wanted.filter.substr(0, subscribers::longest_topic + 1);
    made.filter.no_local = wanted.no_local;
    made.filter.is_shared = wanted.filter.starts_with("$share/");
    made.filter.is_without_kept = wanted.retained == retain_handling::do_not_send;
    made.asked = wanted.qos;
    made.wants_kept = wanted.retained == retain_handling::send;
    made.kept = wanted.retained;
    std::erase(of.filters_of_before, made.filter.filter);
    if (known_client* const client = all_.find(of.key))
      std::erase(client->lost_filters, made.filter.filter);
    asked.push_back(std::move(made));
  }
  if (!asked.empty())
    unanswered_.asked(unanswered_end_of(of, connection), never_answered::kind::suback,
                      read.packet_id, asked.front().filter.filter, now);
}

void traffic_monitor::take_suback(link& of, std::uint64_t connection, const heard_packet& packet,
                                  moment now) {
  suback_packet read;
  if (decode(packet.what, packet.version, read)) return;
  unanswered_.answered(unanswered_end_of(of, connection), never_answered::kind::suback,
                       read.packet_id);
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
    const std::string& filter = asked[i].filter.filter;
    remark_places facts{{"asked", shown(filter)}};
    if (is_failure(code)) {
      const std::string_view name = reason_name(code, packet_type::suback);
      facts["meaning"] = name.empty() ? "unknown" : std::string(name);
      facts["number"] = std::to_string(code);
      found.push_back({refusal_of(code, filter), std::move(facts), filter});
      states_.refused(end_of(of, connection), now);
      if (client != nullptr) all_.unsubscribe(*client, filter);
      continue;
    }
    if (code < static_cast<std::uint8_t>(asked[i].asked)) {
      facts["qos"] = std::to_string(static_cast<int>(asked[i].asked));
      facts["limit"] = std::to_string(code);
      found.push_back({noticed::qos_granted_lower, std::move(facts), filter});
    }
    if (client == nullptr || client->connection != connection || code > 2) continue;
    known_filter made = asked[i].filter;
    constexpr std::size_t most_unwanted = 100;
    if (made.is_without_kept && unwanted_.size() < most_unwanted) {
      unwanted_.push_back({{connection, of.key, of.who, of.id}, of.place, made.filter});
    } else {
      look_at_cleared(of, made.filter);
      look_at_large_kept(of, connection, *client, made);
    }
    place_of(of.place).filters.add({filter, asked[i].asked});
    made.qos = static_cast<qos_t>(code);
    all_.subscribe(*client, made, now);
    meaning_.subscribed(end_of(of, connection), made, asked[i].wants_kept, now);
    states_.subscribed(end_of(of, connection), made, asked[i].kept, now);
    arrivals_.subscribed(end_of(of, connection), made, now);
  }
  tell(connection, of, std::move(found));
}

/// Reports an app that forgot to subscribe, ever or after a reconnect.
void traffic_monitor::look_at_subscriptions(std::uint64_t connection, link& of, moment now,
                                            bool is_end) {
  if (!of.is_accepted || of.is_over) return;
  const auto stood = now - of.accepted;
  const bool is_late = stood >= resubscribe_time || (is_end && stood >= suspicion_time);
  if (!of.filters_of_before.empty() && of.missed > 0 && is_late) {
    std::string filters;
    for (const std::string& text : of.filters_of_before)
      filters += (filters.empty() ? "" : "\", \"") + shown(text);
    observation found{of.was_forgotten ? noticed::session_forgotten : noticed::not_resubscribed,
                      {{"asked", filters},
                       {"time", time_between(of.accepted, now)},
                       {"count", std::to_string(of.missed)}}};
    // MQTT 5 parts the two halves of "clean session" (MQTT 5.0 §3.1.2.11.2).
    if (of.is_v5 && !of.was_forgotten)
      found.cure =
          !of.clean && of.wanted_expiry == 0
              ? N_("Clean Start is off, and in MQTT 5 that alone keeps nothing: without a "
                   "Session Expiry Interval the session ends with the connection. Let the "
                   "app set one in its CONNECT, or subscribe after every CONNACK.")
              : N_("The session had ended with the connection: the app must subscribe after "
                   "every CONNACK, or keep its session (Clean Start off and a Session "
                   "Expiry Interval).");
    tell(connection, of, {std::move(found)});
  }
  // Where nobody publishes, a client without subscriptions misses nothing.
  const known_client* const client = all_.find(of.key);
  const bool is_writer = of.has_published || (client != nullptr && client->has_published);
  const bool does_nothing = !of.has_subscribed && !is_writer && published_ > of.published_before;
  if (!does_nothing || !of.filters_of_before.empty()) return;
  // Who misses messages may record for a moment only.
  const bool is_missed =
      is_end && stood >= suspicion_time && symptoms_of("delivery-not-subscribed").contains(seen_);
  if (stood < idle_time && !is_missed) return;
  observation found{noticed::never_subscribed, {{"time", time_between(of.accepted, now)}}};
  if (stood < idle_time) found.how = strength::leaning;
  if (!of.clean && !of.id.empty())
    found.more.push_back(
        words(N_("It asks for the session that is kept under the client identifier {id}, and the "
                 "broker has none: a session goes by the identifier, and is lost to an app that "
                 "makes a new one at each start."),
              {{"id", shown(of.id)}}));
  tell(connection, of, {std::move(found)});
}

/// Reports a SUBSCRIBE without SUBACK while SUBACKs with unknown identifiers came.
void traffic_monitor::look_at_answers(std::uint64_t connection, link& of, moment now, bool is_end) {
  const bool is_due = is_end || now - of.subscribed >= answer_time;
  if (of.answered_for_none.empty() || of.asked.empty() || !is_due || !of.inflight.is_whole())
    return;
  std::string ids, open;
  for (std::size_t i = 0; i < std::min<std::size_t>(of.answered_for_none.size(), 3); ++i)
    ids += (ids.empty() ? "" : ", ") + std::to_string(of.answered_for_none[i]);
  const auto& [id, asked] = *of.asked.begin();
  const std::string filter = asked.empty() ? "" : shown(asked.front().filter.filter);
  tell(connection, of,
       {{noticed::answers_no_subscription,
         {{"ids", ids}, {"open", std::to_string(id)}, {"asked", filter}}}});
}

}  // namespace mqttkit::doctor
