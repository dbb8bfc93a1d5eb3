// The part of traffic_monitor about clients that were connected before listening began, and about
// messages that go round, which show on any connection.
#include <algorithm>
#include <functional>
#include <string_view>

#include "mqtt-doctor/listen/traffic_monitor.hpp"

namespace mqttkit::doctor {

using namespace std::chrono_literals;

void traffic_monitor::joined_late(std::uint64_t connection, const std::string& name,
                                  const std::string& address, const std::string& broker,
                                  std::uint16_t port) {
  opened(connection, name, address, broker, port);
  link& made = links_[connection];
  made.is_late = true;
  made.inflight.joined_late();
}

/// What is told of a client whose CONNECT was not heard: loops, and what is not acknowledged or
/// answered from now on.
void traffic_monitor::heard_late(link& of, std::uint64_t connection, const heard_packet& packet,
                                 moment now) {
  // Where one side alone is captured, what the other one leaves open is not known.
  of.has_heard[packet.from == side::client ? 0 : 1] = true;
  if (!of.has_heard[0] || !of.has_heard[1]) return;
  of.inflight.spoke(packet.from, now);
  of.answers.heard(packet, now);
  observations found;
  if (packet.what.type == packet_type::publish) {
    publish_packet read;
    if (decode(packet.what, packet.version, read)) return;
    const std::string topic(read.topic);
    if (topic.empty()) return;  // by an alias from before
    of.inflight.publish(packet.from, read, topic, packet.whole, now, found);
    look_at_round(of, connection, packet, read, topic, now);
  }
  ack_packet answer;
  switch (packet.what.type) {
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
      if (!decode(packet.what, packet.version, answer))
        of.inflight.acknowledge(packet.from, answer, now, found);
      break;
    default:
      break;
  }
  tell(connection, of, std::move(found));
}

/// Tells of a message that goes round between the broker and the address of a client.
void traffic_monitor::look_at_round(const link& of, std::uint64_t connection,
                                    const heard_packet& packet, const publish_packet& read,
                                    const std::string& topic, moment now) {
  if (packet.whole > packet.what.size || topic.size() > subscribers::longest_topic) return;
  if (read.dup) return;
  const std::string_view text(reinterpret_cast<const char*>(read.payload.data()),
                              read.payload.size());
  // Packets that are missing may have been subscriptions, or copies.
  const bool is_known = !of.is_late && !of.is_in_part;
  const message_rounds::passage message{
      packet.from, of.address, topic,    std::hash<std::string_view>{}(text),
      now,         is_known,   of.broker};
  const auto echoes = [&] {
    // What this client subscribes to is not known, so each copy may be an echo.
    constexpr std::uint64_t any = 1000;
    if (!is_known) return any;
    std::uint64_t count = 0;
    const known_client* before = nullptr;
    for (const auto& [client, index] : all_.who_gets(topic)) {
      if (client == before) continue;
      before = client;
      const auto other = links_.find(client->connection);
      if (other != links_.end() && other->second.address == of.address) ++count;
    }
    return count;
  };
  if (const auto grown = growing_.passed(packet.from, of.address, topic, message.payload)) {
    tell(connection, of,
         {{noticed::feeds_itself_longer,
           {{"topic", shown(grown->first)},
            {"longer", shown(grown->last)},
            {"added", shown(grown->added)}},
           ""}});
  }
  if (const auto handing = rounds_.handed(message, of.who)) {
    observation made{handing->is_mutual ? noticed::hands_on : noticed::hands_back,
                     {{"topic", shown(topic)},
                      {"other", handing->other},
                      {"address", of.address},
                      {"count", std::to_string(handing->times)},
                      {"time", time_between(handing->first, std::max(now, handing->first + 1s))}},
                     topic};
    // Of one way alone, a device that repeats another's message looks like a bridge.
    const known_client* const client = all_.find(of.key);
    const bool may_be_bridge = of.is_late || (client != nullptr && client->is_bridge);
    if (!handing->is_mutual) made.how = strength::usual;
    if (handing->is_mutual || (may_be_bridge && symptoms_of(made.what, "").contains(seen_)))
      tell(connection, of, {std::move(made)});
  }
  const auto loop = rounds_.passed(message, echoes);
  if (!loop) return;
  tell(connection, of,
       {{noticed::feeds_itself,
         {{"topic", shown(topic)},
          {"count", std::to_string(loop->times)},
          {"time", time_between(loop->first, std::max(now, loop->first + 1s))}},
         topic}});
}

}  // namespace mqttkit::doctor
