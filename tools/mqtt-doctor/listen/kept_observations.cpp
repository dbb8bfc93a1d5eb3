// What a broker keeps for new subscriptions, and what a client gets that it did not ask for.
#include <algorithm>
#include <functional>
#include <string_view>

#include "mqtt-doctor/listen/traffic_monitor.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {

void traffic_monitor::look_at_kept(link& of, std::uint64_t connection, const heard_packet& packet,
                                   const publish_packet& read, const std::string& topic,
                                   moment now) {
  const bool is_cut = packet.whole > packet.what.size;
  if (is_cut || topic.empty() || topic.size() > subscribers::longest_topic) return;
  const std::string_view text(reinterpret_cast<const char*>(read.payload.data()),
                              read.payload.size());
  if (packet.from == side::client) {
    const kept_messages::sent message{
        {connection, of.key, of.who, of.id}, topic, text, read.retain, now};
    kept_.published(message);
    if (const std::uint64_t pairs = read.dup ? 0 : kept_.sent_again(message); pairs > 0)
      tell(connection, of,
           {{noticed::sent_twice,
             {{"topic", shown(topic)}, {"count", std::to_string(pairs)}},
             topic}});
    const auto& getting = all_.who_gets(topic);
    for (auto at = getting.begin(); at != getting.end();) {
      const known_client* const client = at->first;
      const auto end =
          std::find_if(at, getting.end(), [&](const auto& each) { return each.first != client; });
      const bool is_shared = std::any_of(
          at, end, [&](const auto& each) { return client->filters[each.second].is_shared; });
      // The key of a client without an identifier is not kept in its entry.
      if (!is_shared && !client->id.empty())
        kept_.copies_due(client->id, topic, static_cast<std::size_t>(end - at));
      at = end;
    }
    return;
  }
  if (read.retain) {
    if (const auto tried = kept_.came(topic, text, now)) {
      using kind = kept_messages::attempt::kind;
      const noticed what = tried->what == kind::empty   ? noticed::retained_left
                           : tried->what == kind::blank ? noticed::retained_left_by_blank
                                                        : noticed::retained_outdated;
      tell(tried->by.connection, tried->by.key, tried->by.who, tried->by.id,
           {what, {{"other", of.who}, {"topic", shown(topic)}}, topic});
    }
    return;
  }
  if (const std::uint64_t twins =
          kept_.copy_came(of.id, topic, std::hash<std::string_view>{}(text), now);
      twins > 0) {
    std::string filters;
    for (const auto& [client, index] : all_.who_gets(topic)) {
      if (client->id != of.id) continue;
      filters += (filters.empty() ? "" : "\", \"") + shown(client->filters[index].filter);
    }
    tell(connection, of,
         {{noticed::filters_overlap,
           {{"asked", filters}, {"topic", shown(topic)}, {"count", std::to_string(twins)}},
           topic}});
  }
  look_at_unasked(of, connection, topic);
}

/// A client that subscribes anew, and gets what an older subscription of its session asks for.
void traffic_monitor::look_at_unasked(link& of, std::uint64_t connection,
                                      const std::string& topic) {
  const known_client* const client = all_.find(of.key);
  const bool is_told = of.is_unasked_told || client == nullptr || client->filters.empty();
  if (is_told || !of.is_resumed || of.subscribed == moment{} || !of.asked.empty()) return;
  if (topic.find('.') != topic.npos || client->is_bridge || is_subscribed(of, topic)) return;
  of.is_unasked_told = true;
  tell(connection, of, {{noticed::not_asked_for, {{"topic", shown(topic)}}, topic}});
}

/// A subscription to exactly the topic whose message somebody cleared.
void traffic_monitor::look_at_cleared(const std::string& filter) {
  const auto by = kept_.cleared(filter);
  if (!by) return;
  tell(by->connection, by->key, by->who, by->id,
       {noticed::retained_cleared, {{"topic", shown(filter)}}, filter, {}, weight::answer, {}});
}

/// Subscriptions that ask for no retained messages, where there is one.
void traffic_monitor::look_at_unwanted() {
  for (const unwanted_kept& each : unwanted_) {
    const std::string topic = kept_.kept_for(each.filter);
    if (topic.empty()) continue;
    tell(each.by.connection, each.by.key, each.by.who, each.by.id,
         {noticed::retained_unwanted,
          {{"asked", shown(each.filter)}, {"topic", shown(topic)}},
          each.filter});
  }
}

}  // namespace mqttkit::doctor
