// The part of traffic_monitor about what a broker keeps longer than anybody wants: retained
// commands, and sessions under identifiers that never come back.
#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

#include "mqtt-doctor/listen/traffic_monitor.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether a level of the topic says that its messages are orders, as homes and gateways name them.
bool is_command(std::string_view topic) {
  static constexpr std::array<std::string_view, 6> orders{"set",     "cmnd",     "cmd",
                                                          "command", "commands", "action"};
  while (!topic.empty()) {
    const std::size_t end = std::min(topic.find('/'), topic.size());
    if (std::find(orders.begin(), orders.end(), topic.substr(0, end)) != orders.end()) return true;
    topic.remove_prefix(std::min(end + 1, topic.size()));
  }
  return false;
}

/// Whether the two differ by random letters alone: numbered names are those of several devices.
bool is_same_but_random(std::string_view one, std::string_view other) {
  constexpr std::size_t least_same = 3, least_random = 4;
  if (one.size() != other.size() || one == other) return false;
  const auto [first, second] = std::mismatch(one.begin(), one.end(), other.begin());
  const auto same = static_cast<std::size_t>(first - one.begin());
  const std::string_view rest = other.substr(same);
  const bool has_letter = std::any_of(rest.begin(), rest.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
  });
  return same >= least_same && rest.size() >= least_random && has_letter;
}

}  // namespace

/// The broker sent a retained message, which it does when a client subscribes.
void traffic_monitor::look_at_command(const link& of, std::uint64_t connection,
                                      const publish_packet& read, const std::string& topic) {
  constexpr std::size_t most_commands = 16;
  constexpr std::uint64_t enough = 2;
  known_client* const client = all_.find(of.key);
  if (client == nullptr || read.payload.empty() || topic.size() > subscribers::longest_topic ||
      !is_command(topic))
    return;
  if (client->commands.size() == most_commands && !client->commands.contains(topic)) return;
  known_client::old_command& about = client->commands[topic];
  const std::string_view text(reinterpret_cast<const char*>(read.payload.data()),
                              read.payload.size());
  const std::size_t payload = std::hash<std::string_view>{}(text);
  if (about.connection == connection) return;
  if (about.payload != payload) about.times = 0;
  about = {payload, connection, about.times + 1};
  if (about.times < enough) return;
  tell(connection, of,
       {{noticed::command_retained,
         {{"topic", shown(topic)}, {"count", std::to_string(about.times)}},
         topic}});
}

/// A client left its session behind, and before it came one that was it under another name.
void traffic_monitor::look_at_names(const link& of, std::uint64_t connection,
                                    const known_client& client) {
  constexpr std::uint64_t enough = 3;
  constexpr std::size_t most_addresses = 64;
  if (of.id.empty() || of.clean || !client.keeps_session() || client.filters.empty()) return;
  if (names_.size() == most_addresses && !names_.contains(of.address)) return;
  std::vector<std::string> filters;
  for (const known_filter& each : client.filters) filters.push_back(each.filter);
  name_chain& chain = names_[of.address];
  const bool is_next = chain.filters == filters && is_same_but_random(chain.last, of.id);
  if (is_next && ++chain.count >= enough) {
    tell(connection, of,
         {{noticed::names_change,
           {{"address", of.address},
            {"before", shown(chain.last)},
            {"id", shown(of.id)},
            {"count", std::to_string(chain.count)}},
           ""}});
  }
  if (!is_next) chain.count = 1;
  chain.last = of.id;
  chain.filters = std::move(filters);
}

}  // namespace mqttkit::doctor
