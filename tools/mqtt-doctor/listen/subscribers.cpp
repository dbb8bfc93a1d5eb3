#include "mqtt-doctor/listen/subscribers.hpp"

#include <algorithm>

#include "mqtt-doctor/causes/topic_slip_words.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto delivery_time = 5s;  // from publisher to subscriber
// The matching SUBSCRIBE may come a little later than the message, or than another SUBSCRIBE.
constexpr auto settling_time = 1500ms;
constexpr auto quiet_time = 2s;  // without a delivery: nothing is queued before the message
constexpr std::size_t most_filters_of_one = 100;
constexpr std::size_t most_expiring = 64;
constexpr std::size_t packet_head = 16;        // about what a PUBLISH has beside topic and payload
constexpr std::size_t most_comparisons = 200;  // in one call: each takes some microseconds
constexpr auto most_levels = 32;               // of a topic: each makes a comparison slower

std::string text(qos_t qos) { return std::to_string(static_cast<int>(qos)); }

std::string without_digits(std::string_view from) {
  std::string kept;
  for (const char c : from)
    if (c < '0' || c > '9') kept += c;
  return kept;
}

/// Whether the subscriber is likely to have meant this topic by this filter.
bool is_likely_meant(const topic_mismatch& found, const known_filter& by, bool is_own) {
  switch (found.slip) {
    case topic_slip::letter_case:
    case topic_slip::control_characters:
    case topic_slip::share_without_group:
    case topic_slip::quotes:
    case topic_slip::spaces:
    case topic_slip::leading_slash:
    case topic_slip::trailing_slash:
    case topic_slip::double_slash:
    case topic_slip::missing_slash:
    case topic_slip::composition:
    case topic_slip::lookalikes:
    case topic_slip::several:
    case topic_slip::percent:
    case topic_slip::list:
    case topic_slip::share_misspelt:
      return true;
    case topic_slip::placeholder:
    case topic_slip::unfilled:  // "null" may be a name
    case topic_slip::misplaced_hash:
    case topic_slip::misplaced_plus:
      return !found.filter.empty();
    case topic_slip::plus_is_one:
    case topic_slip::plus_needs_one:
    case topic_slip::no_wildcard:
    case topic_slip::dollar:
    case topic_slip::asterisk:
    case topic_slip::foreign_pattern:
      return !is_own;  // a device on "x/set" that publishes "x/set/done" means both as they are
    case topic_slip::order:  // a device's own topics may be named alike
      return !is_own && !by.has_matched;
    case topic_slip::spelling:  // numbered names ("sensor1", "sensor2") are no misspellings
      return !is_own && !by.has_matched &&
             without_digits(found.wanted) != without_digits(found.found);
    default:
      return false;
  }
}

}  // namespace

bool known_client::wants_qos() const noexcept {
  return std::any_of(filters.begin(), filters.end(),
                     [](const known_filter& known) { return known.qos != qos_t::at_most_once; });
}

known_client* subscribers::meet(const std::string& key, moment now) {
  if (known_client* const known = find(key)) return known;
  if (clients_.size() == most_clients) {
    auto oldest = clients_.end();
    for (auto each = clients_.begin(); each != clients_.end(); ++each) {
      if (each->second.connection != 0) continue;
      if (oldest == clients_.end() || each->second.left < oldest->second.left) oldest = each;
    }
    if (oldest == clients_.end() || !oldest->second.filters.empty()) misses_some();
    if (oldest == clients_.end()) return nullptr;
    filters_ -= oldest->second.filters.size();
    clients_.erase(oldest);
    changed(now);
  }
  return &clients_[key];
}

known_client* subscribers::find(const std::string& key) {
  const auto at = clients_.find(key);
  return at == clients_.end() ? nullptr : &at->second;
}

void subscribers::forget(const std::string& key) {
  const auto at = clients_.find(key);
  if (at == clients_.end()) return;
  filters_ -= at->second.filters.size();
  clients_.erase(at);
  ++generation_;
}

void subscribers::subscribe(known_client& of, const known_filter& made, moment now) {
  // Brokers' own extensions ("$queue/", "$exclusive/") match other topics than their text says.
  const bool is_brokers_own =
      made.filter.starts_with('$') && !made.is_shared && !made.filter.starts_with("$SYS/");
  if (made.filter.size() > longest_topic || is_brokers_own) misses_some();
  if (made.filter.size() > longest_topic) return;
  unsubscribe(of, made.filter);
  if (filters_ == most_filters || of.filters.size() == most_filters_of_one) return misses_some();
  of.filters.push_back(made);
  ++filters_;
  changed(now);
}

void subscribers::unsubscribe(known_client& of, std::string_view filter) {
  const auto at = std::find_if(of.filters.begin(), of.filters.end(),
                               [&](const known_filter& known) { return known.filter == filter; });
  if (at == of.filters.end()) return;
  of.filters.erase(at);
  of.awaits.clear();
  of.overlaps.clear();
  --filters_;
  ++generation_;
}

void subscribers::forget_filters(known_client& of) {
  filters_ -= of.filters.size();
  of.filters.clear();
  of.awaits.clear();
  of.overlaps.clear();
  ++generation_;
}

const subscribers::fate& subscribers::fate_of(const std::string& topic) {
  if (fates_.size() >= most_fates && !fates_.contains(topic)) fates_.clear();
  fate& of = fates_[topic];
  if (of.generation == generation_) return of;
  of.generation = generation_;
  of.matches.clear();
  for (auto& [key, client] : clients_) {
    for (std::size_t i = 0; i < client.filters.size(); ++i)
      if (topic_matches(client.filters[i].filter, topic)) of.matches.emplace_back(&client, i);
  }
  return of;
}

void subscribers::published(const std::string& key, const std::string& who,
                            std::uint64_t connection, const publish_packet& packet,
                            const std::string& topic, moment now, client_observations& out) {
  if (topic.empty() || topic.size() > longest_topic) return;
  const publication message{key, who, connection, packet, topic, now};
  const fate& met = fate_of(topic);
  if (met.matches.empty()) return note_unmatched(message);
  note_overlaps(met, message);
  const known_client* before = nullptr;
  const known_client* const writer = find(key);
  for (const auto& [client, index] : met.matches) {
    // Another broker does not send it what is published here.
    const bool is_elsewhere = writer != nullptr && !writer->broker.empty() &&
                              !client->broker.empty() && writer->broker != client->broker;
    if (is_elsewhere) continue;
    known_filter& filter = client->filters[index];
    filter.has_matched = true;
    if (client == before) continue;  // however many of its filters match, the client gets one copy
    before = client;
    if (client->connection == connection && filter.no_local) {
      const bool is_all = std::all_of(met.matches.begin(), met.matches.end(), [&](const auto& m) {
        return m.first != before || m.first->filters[m.second].no_local;
      });
      if (is_all)
        out.emplace_back(key,
                         observation{noticed::no_local, {{"topic", shown(topic)}}, filter.filter});
      continue;
    }
    note_lower_qos(message, *client, filter, out);
    if (client->connection == 0) {
      note_missed(message, *client, filter);
    } else {
      await_delivery(message, *client, filter, out);
    }
  }
}

void subscribers::note_unmatched(const publication& message) {
  const std::string& topic = message.topic;
  if (std::count(topic.begin(), topic.end(), '/') >= most_levels) return;
  if (unmatched_.size() == most_topics && !unmatched_.contains(topic)) {
    const auto oldest = std::min_element(
        unmatched_.begin(), unmatched_.end(),
        [](const auto& a, const auto& b) { return a.second.first < b.second.first; });
    unmatched_.erase(oldest);
  }
  const auto [at, is_new] = unmatched_.try_emplace(topic);
  unmatched& waiting = at->second;
  if (is_new) waiting.first = message.now;
  waiting.key = message.key;
  waiting.who = message.who;
  waiting.connection = message.connection;
}

/// The subscriber gets the message at QoS 0, because its subscription asks for no more.
void subscribers::note_lower_qos(const publication& message, const known_client& to,
                                 const known_filter& by, client_observations& out) {
  const qos_t sent = message.packet.qos;
  const bool is_lowered = sent != qos_t::at_most_once && by.qos == qos_t::at_most_once;
  if (!is_lowered || to.connection == message.connection) return;
  out.emplace_back(message.key, observation{noticed::qos_lower_than_sent,
                                            {{"other", message.who},
                                             {"who", to.who},
                                             {"topic", shown(message.topic)},
                                             {"asked", shown(by.filter)},
                                             {"qos", text(sent)}},
                                            to.id + ' ' + by.filter});
}

/// The subscriber is away: the broker keeps the message for its session, or drops it.
void subscribers::note_missed(const publication& message, known_client& of,
                              const known_filter& by) {
  if (message.packet.qos == qos_t::at_most_once || by.qos == qos_t::at_most_once) return;
  const auto expiry = message.packet.properties.number(property_id::message_expiry_interval);
  if (!of.keeps_session()) {
    ++of.missed;
  } else if (expiry && of.expires.size() < most_expiring) {
    of.expires.push_back({message.now + std::chrono::seconds(*expiry), *expiry});
  }
}

/// Counts a message that several filters of one client match.
void subscribers::note_overlaps(const fate& met, const publication& message) {
  constexpr std::size_t most_overlaps = 32;
  std::map<known_client*, std::size_t> filters;
  for (const auto& [client, index] : met.matches) {
    if (client->connection != 0 && !client->filters[index].is_shared) ++filters[client];
  }
  for (const auto& [client, count] : filters) {
    if (count < 2) continue;
    if (client->overlaps.size() == most_overlaps && !client->overlaps.contains(message.topic))
      continue;
    known_client::copies& about = client->overlaps[message.topic];
    if (about.filters != count) about = {};
    about.filters = count;
    about.last = message.now;
    ++about.published;
  }
}

void subscribers::look_at_copies(moment now, bool is_end, client_observations& out) {
  constexpr std::uint64_t enough = 2;  // messages
  for (auto& [key, client] : clients_) {
    for (auto& [topic, about] : client.overlaps) {
      const bool is_due = is_end || now - about.last >= quiet_time;
      const bool is_it = about.delivered == about.published * about.filters;
      if (about.is_told || !is_due || about.published < enough || !is_it || misses_some_) continue;
      about.is_told = true;
      std::string asked;
      for (const known_filter& each : client.filters) {
        if (topic_matches(each.filter, topic))
          asked += (asked.empty() ? "\"" : ", \"") + shown(each.filter) + '"';
      }
      out.emplace_back(key, observation{noticed::copies_by_overlap,
                                        {{"topic", shown(topic)},
                                         {"asked", asked},
                                         {"count", std::to_string(about.filters)}},
                                        asked});
    }
  }
}

void subscribers::await_delivery(const publication& message, known_client& to,
                                 const known_filter& by, client_observations& out) {
  const std::string& topic = message.topic;
  const publish_packet& packet = message.packet;
  // A bridge does not send back its own messages; RabbitMQ translates dots in topics.
  if (by.is_shared || to.is_bridge || topic.find('.') != topic.npos) return;
  if (to.awaits.size() == most_topics && !to.awaits.contains(topic)) return;
  // The broker may not send a packet above the client's Maximum Packet Size (MQTT 5).
  if (to.largest != 0 && packet.payload.size() + topic.size() + packet_head > to.largest) {
    // Without head and properties it is too large already.
    if (packet.payload.size() + topic.size() > to.largest)
      out.emplace_back(message.key, observation{noticed::too_large_for_subscriber,
                                                {{"other", message.who},
                                                 {"who", to.who},
                                                 {"topic", shown(topic)},
                                                 {"size", std::to_string(packet.payload.size())},
                                                 {"limit", std::to_string(to.largest)}},
                                                topic});
    return;
  }
  awaited& waiting = to.awaits[topic];
  if (waiting.is_open && waiting.is_taken) return;
  waiting.first = message.now;
  waiting.publisher = message.connection;
  waiting.by = message.who;
  waiting.filter = by.filter;
  waiting.is_open = true;
  waiting.is_taken = packet.qos == qos_t::at_most_once;
  waiting.needs_a_sign = waiting.is_taken;
  waiting.is_vouched_for = false;
  waiting.is_queued = packet.qos != qos_t::at_most_once && by.qos != qos_t::at_most_once;
}

void subscribers::acknowledged_by_broker(std::uint64_t connection, const acknowledged& message,
                                         bool is_v5) {
  const bool is_nobody = message.reason == std::uint8_t(reason_code::no_matching_subscribers);
  const bool is_vouched = is_v5 && message.qos == qos_t::at_least_once && message.reason == 0;
  if (const auto at = unmatched_.find(message.topic); at != unmatched_.end()) {
    if (is_failure(message.reason)) {
      unmatched_.erase(at);
    } else {
      at->second.nobody_subscribes = is_nobody;
      at->second.somebody_subscribes = is_vouched;
    }
  }
  for (auto& [key, client] : clients_) {
    const auto at = client.awaits.find(message.topic);
    if (at == client.awaits.end() || at->second.publisher != connection) continue;
    awaited& waiting = at->second;
    if (is_failure(message.reason) || is_nobody) {
      waiting.is_open = false;
    } else if (!waiting.is_taken) {
      waiting.is_taken = true;
      waiting.is_vouched_for = is_vouched;
    }
  }
}

void subscribers::delivered(known_client& to, const std::string& topic, qos_t qos, moment now) {
  to.last_delivery = now;
  if (const auto about = to.overlaps.find(topic); about != to.overlaps.end()) {
    ++about->second.delivered;
    about->second.last = now;
  }
  if (topic.empty()) {  // by an unknown alias: the message may be any awaited one
    to.awaits.clear();
    return;
  }
  if (to.awaits.size() == most_topics && !to.awaits.contains(topic)) return;
  if (topic.size() > longest_topic) return;
  awaited& waiting = to.awaits[topic];
  waiting.delivered = now;
  if (waiting.is_open) {
    waiting.delivered_from = waiting.publisher;
    moment& reached = to.reached[qos == qos_t::at_most_once ? 0 : 1];
    reached = std::max(reached, waiting.first);
  }
  waiting.is_open = false;
}

namespace {

/// Whether the client's filters match the topic only as the parent level of their "/#", while
/// topics below reach the client: the client has the right to read those.
bool is_parent_alone(const known_client& client, const std::string& topic) {
  constexpr std::string_view below = "/#";
  bool is_taken_in = false;
  for (const known_filter& known : client.filters) {
    if (!topic_matches(known.filter, topic)) continue;
    std::string_view above = known.filter;
    if (!above.ends_with(below)) return false;
    above.remove_suffix(below.size());
    if (!topic_matches(above, topic)) return false;
    is_taken_in = true;
  }
  const auto gets_more = [&](const auto& each) {
    return each.first.starts_with(topic + "/") && each.second.delivered != moment{};
  };
  return is_taken_in && std::any_of(client.awaits.begin(), client.awaits.end(), gets_more);
}

/// Whether a + of the filter stands where the topic has an empty level.
bool plus_meets_nothing(std::string_view filter, std::string_view topic) {
  while (true) {
    const auto wanted = filter.find('/'), found = topic.find('/');
    if (filter.substr(0, wanted) == "+" && topic.substr(0, found).empty()) return true;
    if (wanted == filter.npos || found == topic.npos) return false;
    filter.remove_prefix(wanted + 1);
    topic.remove_prefix(found + 1);
  }
}

}  // namespace

void subscribers::look_at_awaited(const std::string& key, known_client& client, moment now,
                                  client_observations& out) {
  for (auto& [topic, waiting] : client.awaits) {
    if (!waiting.is_open || !waiting.is_taken || waiting.is_told) continue;
    if (now - waiting.first < delivery_time ||
        waiting.delivered > waiting.first - std::chrono::seconds(1))
      continue;
    if (waiting.needs_a_sign && broker_ < waiting.first + std::chrono::seconds(1)) continue;
    // The broker may be slow, or send older messages first: then the newest delivery is older.
    const bool is_overtaken = client.reached[waiting.is_queued ? 1 : 0] > waiting.first;
    if (!is_overtaken && now - client.last_delivery < quiet_time) continue;
    waiting.is_told = true;
    bool others_get_it = false;
    for (const auto& [other_key, other] : clients_) {
      const auto at = other.awaits.find(topic);
      if (&other != &client && at != other.awaits.end() &&
          at->second.delivered > waiting.first - std::chrono::seconds(1))
        others_get_it = true;
    }
    const bool from_others =
        waiting.delivered_from != 0 && waiting.delivered_from != waiting.publisher;
    const bool is_empty_level = plus_meets_nothing(waiting.filter, topic) && !others_get_it;
    const noticed what = is_empty_level ? noticed::plus_withheld
                         : is_parent_alone(client, topic) && !others_get_it
                             ? noticed::parent_withheld
                         : others_get_it || waiting.is_vouched_for ? noticed::withheld_from_reader
                         : from_others                             ? noticed::withheld_from_writer
                                                                   : noticed::withheld;
    out.emplace_back(
        key, observation{
                 what,
                 {{"other", waiting.by}, {"topic", shown(topic)}, {"asked", shown(waiting.filter)}},
                 waiting.filter});
  }
}

void subscribers::look_at_unmatched(moment now, bool is_end, client_observations& out) {
  if (misses_some_ || (!is_end && now - changed_ < settling_time)) return;
  std::size_t comparisons = 0;
  for (auto at = unmatched_.begin(); at != unmatched_.end();) {
    auto& [topic, message] = *at;
    const bool is_due = is_end || now - message.first >= settling_time;
    const bool is_new =
        message.looked_at != generation_ || (message.nobody_subscribes && !message.nobody_told);
    if (!is_due || !is_new) {
      ++at;
      continue;
    }
    if (comparisons >= most_comparisons && !is_end) return;
    message.looked_at = generation_;
    if (!fate_of(topic).matches.empty()) {  // a subscriber came meanwhile
      at = unmatched_.erase(at);
      continue;
    }
    const near_filter nearest = nearest_filter(topic, message.key, comparisons);
    if (nearest.filter != nullptr) {
      tell_mistake(topic, message, nearest, out);
      message.nobody_told = true;
    } else if (message.nobody_subscribes && !message.nobody_told) {
      message.nobody_told = true;
      const remark_places names{{"who", message.who}, {"topic", shown(topic)}};
      out.emplace_back(message.key, observation{noticed::no_subscriber, names, topic});
    }
    ++at;
  }
}

subscribers::near_filter subscribers::nearest_filter(const std::string& topic,
                                                     const std::string& publisher,
                                                     std::size_t& comparisons) const {
  near_filter nearest;
  for (const auto& [key, client] : clients_) {
    for (const known_filter& filter : client.filters) {
      ++comparisons;
      topic_mismatch found = find_topic_mismatch(filter.filter, topic);
      if (!is_likely_meant(found, filter, key == publisher)) continue;
      if (nearest.filter != nullptr && found.slip >= nearest.difference.slip) continue;
      nearest = {key, &client, &filter, std::move(found)};
    }
  }
  return nearest;
}

void subscribers::tell_mistake(const std::string& topic, const unmatched& message,
                               const near_filter& nearest, client_observations& out) {
  const std::string& filter = nearest.filter->filter;
  const topic_mismatch& difference = nearest.difference;
  const remark_places names{{"other", message.who},
                            {"topic", shown(topic)},
                            {"asked", shown(filter)},
                            {"who", nearest.subscriber->who}};
  observation made{noticed::topic_mistaken, names, filter};
  if (const slip_words* const row = words_of(difference.slip)) {
    made.id = row->id;
    made.more.push_back(words(row->sentence, {{"filter", shown(filter)},
                                              {"topic", shown(topic)},
                                              {"wanted", shown(difference.wanted)},
                                              {"found", shown(difference.found)}}));
  }
  if (!difference.filter.empty())
    made.more.push_back(words(mended_filter_words, {{"mended", shown(difference.filter)}}));
  // A filter that gets messages, or a topic with a subscriber elsewhere, may be meant as it is.
  if (nearest.filter->has_matched || message.somebody_subscribes) made.heavy = weight::note;
  out.emplace_back(nearest.key, std::move(made));
}

}  // namespace mqttkit::doctor
