#include "mqtt-doctor/listen/subscribers.hpp"

#include <algorithm>

#include "mqtt-doctor/causes/topic_slip_words.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr auto delivery_time = 5s;  // from one client to the other
// The filter that matches may come a little later than the message, or than another filter.
constexpr auto settling_time = 1500ms;
constexpr auto quiet_time = 2s;  // without a delivery: nothing waits in front of the message
constexpr std::size_t most_filters_of_one = 100;
constexpr std::size_t most_expiring = 64;
constexpr std::size_t packet_head = 16;        // about what a PUBLISH has beside topic and payload
constexpr std::size_t most_comparisons = 200;  // at one look: each takes some microseconds
constexpr auto most_levels = 32;               // a comparison takes longer with each

std::string text(qos_t qos) { return std::to_string(static_cast<int>(qos)); }

std::string without_digits(std::string_view from) {
  std::string kept;
  for (const char c : from)
    if (c < '0' || c > '9') kept += c;
  return kept;
}

/// Whether a person is likely to have meant this filter for this topic.
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
    case topic_slip::composition:
    case topic_slip::lookalikes:
    case topic_slip::several:
      return true;
    case topic_slip::misplaced_hash:
    case topic_slip::misplaced_plus:
      return !found.filter.empty();
    case topic_slip::plus_is_one:
    case topic_slip::plus_needs_one:
    case topic_slip::no_wildcard:
    case topic_slip::dollar:
    case topic_slip::asterisk:
      return !is_own;  // a device that listens to "x/set" and answers on "x/set/done" means it
    case topic_slip::spelling:  // "sensor1" is not "sensor2" misspelt
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
    for (auto one = clients_.begin(); one != clients_.end(); ++one) {
      if (one->second.connection != 0) continue;
      if (oldest == clients_.end() || one->second.left < oldest->second.left) oldest = one;
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
  // "$queue/", "$exclusive/" and the like: brokers' own words, which take in other topics.
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
  --filters_;
  ++generation_;
}

void subscribers::forget_filters(known_client& of) {
  filters_ -= of.filters.size();
  of.filters.clear();
  of.awaits.clear();
  ++generation_;
}

const subscribers::fate& subscribers::fate_of(const std::string& topic) {
  if (fates_.size() >= most_fates && !fates_.contains(topic)) fates_.clear();
  fate& of = fates_[topic];
  if (of.generation == generation_) return of;
  of.generation = generation_;
  of.matches.clear();
  for (auto& [key, one] : clients_) {
    for (std::size_t i = 0; i < one.filters.size(); ++i)
      if (topic_matches(one.filters[i].filter, topic)) of.matches.emplace_back(&one, i);
  }
  return of;
}

void subscribers::published(const std::string& key, const std::string& who,
                            std::uint64_t connection, const publish_packet& packet,
                            const std::string& topic, moment now, client_observations& out) {
  if (topic.empty() || topic.size() > longest_topic) return;
  const fate& met = fate_of(topic);
  if (met.matches.empty()) {
    if (std::count(topic.begin(), topic.end(), '/') >= most_levels) return;
    if (unmatched_.size() == most_topics && !unmatched_.contains(topic)) {
      const auto oldest = std::min_element(
          unmatched_.begin(), unmatched_.end(),
          [](const auto& a, const auto& b) { return a.second.first < b.second.first; });
      unmatched_.erase(oldest);
    }
    const auto [at, is_new] = unmatched_.try_emplace(topic);
    unmatched& waiting = at->second;
    if (is_new) waiting.first = now;
    waiting.key = key;
    waiting.who = who;
    waiting.connection = connection;
    return;
  }
  const known_client* before = nullptr;
  for (const auto& [client, index] : met.matches) {
    known_client& one = *client;
    known_filter& filter = one.filters[index];
    filter.has_matched = true;
    if (client == before) continue;  // one message, however many of its filters match
    before = client;
    const bool is_own = one.connection == connection;
    if (is_own && filter.no_local) {
      const bool is_all = std::all_of(met.matches.begin(), met.matches.end(), [&](const auto& m) {
        return m.first != before || m.first->filters[m.second].no_local;
      });
      if (is_all)
        out.emplace_back(key,
                         observation{noticed::no_local, {{"topic", shown(topic)}}, filter.filter});
      continue;
    }
    const bool is_lowered = packet.qos != qos_t::at_most_once && filter.qos == qos_t::at_most_once;
    if (is_lowered && !is_own)
      out.emplace_back(key, observation{noticed::qos_lower_than_sent,
                                        {{"other", who},
                                         {"who", one.who},
                                         {"topic", shown(topic)},
                                         {"asked", shown(filter.filter)},
                                         {"qos", text(packet.qos)}},
                                        one.id + ' ' + filter.filter});
    if (one.connection == 0) {
      if (packet.qos == qos_t::at_most_once || filter.qos == qos_t::at_most_once) continue;
      const auto expiry = packet.properties.number(property_id::message_expiry_interval);
      if (!one.keeps_session()) {
        ++one.missed;
      } else if (expiry && one.expires.size() < most_expiring) {
        one.expires.push_back({now + std::chrono::seconds(*expiry), *expiry});
      }
      continue;
    }
    // A bridge leaves out what came from it; RabbitMQ has its own idea of dots.
    if (filter.is_shared || one.is_bridge || topic.find('.') != topic.npos) continue;
    if (one.awaits.size() == most_topics && !one.awaits.contains(topic)) continue;
    // The broker may not send what the client said it does not take.
    if (one.largest != 0 && packet.payload.size() + topic.size() + packet_head > one.largest)
      continue;
    awaited& waiting = one.awaits[topic];
    if (waiting.is_open && waiting.is_taken) continue;
    waiting.first = now;
    waiting.publisher = connection;
    waiting.by = who;
    waiting.filter = filter.filter;
    waiting.is_open = true;
    waiting.is_taken = packet.qos == qos_t::at_most_once;
    waiting.needs_a_sign = waiting.is_taken;
    waiting.is_vouched_for = false;
    waiting.is_queued = packet.qos != qos_t::at_most_once && filter.qos != qos_t::at_most_once;
  }
}

void subscribers::acknowledged_by_broker(std::uint64_t connection, const acknowledged& what,
                                         bool is_v5) {
  const bool is_nobody = what.reason == std::uint8_t(reason_code::no_matching_subscribers);
  const bool is_vouched = is_v5 && what.qos == qos_t::at_least_once && what.reason == 0;
  if (const auto at = unmatched_.find(what.topic); at != unmatched_.end()) {
    if (is_failure(what.reason)) {
      unmatched_.erase(at);
    } else {
      at->second.nobody_subscribes = is_nobody;
      at->second.somebody_subscribes = is_vouched;
    }
  }
  for (auto& [key, one] : clients_) {
    const auto at = one.awaits.find(what.topic);
    if (at == one.awaits.end() || at->second.publisher != connection) continue;
    awaited& waiting = at->second;
    if (is_failure(what.reason) || is_nobody) {
      waiting.is_open = false;
    } else if (!waiting.is_taken) {
      waiting.is_taken = true;
      waiting.is_vouched_for = is_vouched;
    }
  }
}

void subscribers::delivered(known_client& to, const std::string& topic, qos_t qos, moment now) {
  to.last_delivery = now;
  if (topic.empty()) {  // by an alias that is not known: it may be any of them
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

/// The client's filters take the topic in only as the level above their #, and it gets what lies
/// below: it may read there.
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

}  // namespace

void subscribers::look_at_awaited(const std::string& key, known_client& client, moment now,
                                  client_observations& out) {
  for (auto& [topic, waiting] : client.awaits) {
    if (!waiting.is_open || !waiting.is_taken || waiting.is_told) continue;
    if (now - waiting.first < delivery_time ||
        waiting.delivered > waiting.first - std::chrono::seconds(1))
      continue;
    if (waiting.needs_a_sign && broker_ < waiting.first + std::chrono::seconds(1)) continue;
    // The broker may be behind, or give it what it kept first: then what comes is older.
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
    const noticed what = is_parent_alone(client, topic) && !others_get_it ? noticed::parent_withheld
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
    auto& [topic, one] = *at;
    const bool is_due = is_end || now - one.first >= settling_time;
    const bool is_new = one.looked_at != generation_ || (one.nobody_subscribes && !one.nobody_told);
    if (!is_due || !is_new) {
      ++at;
      continue;
    }
    if (comparisons >= most_comparisons && !is_end) return;
    one.looked_at = generation_;
    if (!fate_of(topic).matches.empty()) {  // by now there is somebody
      at = unmatched_.erase(at);
      continue;
    }
    topic_mismatch nearest;
    const known_client* subscriber = nullptr;
    const known_filter* by = nullptr;
    std::string subscriber_key;
    for (const auto& [key, client] : clients_) {
      for (const known_filter& filter : client.filters) {
        ++comparisons;
        topic_mismatch found = find_topic_mismatch(filter.filter, topic);
        if (!is_likely_meant(found, filter, key == one.key)) continue;
        if (by != nullptr && found.slip >= nearest.slip) continue;
        nearest = std::move(found);
        subscriber = &client;
        by = &filter;
        subscriber_key = key;
      }
    }
    if (by != nullptr) {
      const slip_words* const row = words_of(nearest.slip);
      const remark_places names{{"other", one.who},
                                {"topic", shown(topic)},
                                {"asked", shown(by->filter)},
                                {"who", subscriber->who}};
      observation made{noticed::topic_mistaken, names, by->filter};
      if (row != nullptr) {
        made.id = row->id;
        made.more.push_back(words(row->sentence, {{"filter", shown(by->filter)},
                                                  {"topic", shown(topic)},
                                                  {"wanted", shown(nearest.wanted)},
                                                  {"found", shown(nearest.found)}}));
      }
      if (!nearest.filter.empty())
        made.more.push_back(words(mended_filter_words, {{"mended", shown(nearest.filter)}}));
      // Where the filter has its messages, or somebody elsewhere wants these, it may be meant so.
      if (by->has_matched || one.somebody_subscribes) made.heavy = weight::note;
      out.emplace_back(subscriber_key, std::move(made));
      one.nobody_told = true;
    } else if (one.nobody_subscribes && !one.nobody_told) {
      one.nobody_told = true;
      out.emplace_back(
          one.key,
          observation{noticed::no_subscriber, {{"who", one.who}, {"topic", shown(topic)}}, topic});
    }
    ++at;
  }
}

}  // namespace mqttkit::doctor
