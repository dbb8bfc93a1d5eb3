// What a broker keeps for new subscriptions, and who keeps it away or clears it.
#include <string_view>
#include <utility>

#include "mqtt-doctor/listen/traffic_monitor.hpp"

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
        {connection, of.key, of.who, of.id}, of.place, topic, text, read.retain, now};
    kept_.published(message);
    return;
  }
  if (!read.retain) return;
  if (const auto by = kept_.came(of.place, topic, text.size(), now))
    tell(by->connection, by->key, by->who, by->id,
         {noticed::retained_left_by_blank, {{"other", of.who}, {"topic", shown(topic)}}, topic});
}

/// A subscription to exactly the topic whose message somebody cleared.
void traffic_monitor::look_at_cleared(const link& of, const std::string& filter) {
  const auto by = kept_.cleared(of.place, filter);
  if (!by) return;
  observation made{noticed::retained_cleared, {{"topic", shown(filter)}}, filter};
  made.is_warning = true;
  tell(by->connection, by->key, by->who, by->id, std::move(made));
}

/// A broker sends nobody a packet above its Maximum Packet Size (MQTT 5.0 §3.1.2.11.4).
void traffic_monitor::look_at_large_kept(const link& of, std::uint64_t connection,
                                         const known_client& client, const known_filter& by) {
  if (client.largest == 0 || by.is_shared) return;
  const auto kept = kept_.larger_for(of.place, by.filter, client.largest);
  if (!kept) return;
  tell(connection, of,
       {{noticed::kept_too_large,
         {{"topic", shown(kept->first)},
          {"size", std::to_string(kept->second)},
          {"limit", std::to_string(client.largest)},
          {"asked", shown(by.filter)}},
         kept->first}});
}

/// Subscriptions that ask for no retained messages, where there is one.
void traffic_monitor::look_at_unwanted() {
  for (const unwanted_kept& each : unwanted_) {
    const std::string topic = kept_.kept_for(each.place, each.filter);
    if (topic.empty()) continue;
    tell(each.by.connection, each.by.key, each.by.who, each.by.id,
         {noticed::retained_unwanted,
          {{"asked", shown(each.filter)}, {"topic", shown(topic)}},
          each.filter});
  }
}

}  // namespace mqttkit::doctor
