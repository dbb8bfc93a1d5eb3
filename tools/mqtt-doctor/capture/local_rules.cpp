#include "mqtt-doctor/capture/local_rules.hpp"

#include <algorithm>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/probes/host/host.hpp"

namespace mqttkit::doctor {
namespace {

bool is_refusal(firewall_verdict verdict) {
  return verdict == firewall_verdict::drop || verdict == firewall_verdict::reject_reset ||
         verdict == firewall_verdict::reject_icmp;
}

/// Whether a rule lets that address in, or may do so because its list was not read completely.
bool may_be_let_in(const firewall_fact& wall, const std::string& client) {
  return std::any_of(
      wall.for_sources.begin(), wall.for_sources.end(), [&](const source_rule_fact& known) {
        const bool is_in =
            std::any_of(known.sources.begin(), known.sources.end(),
                        [&](const std::string& range) { return lies_in(client, range); });
        return known.refusal.empty() && (is_in || !known.has_all);
      });
}

}  // namespace

std::optional<stopping_rule> rule_against(const std::vector<firewall_fact>& walls,
                                          const std::string& client, int port, bool is_own) {
  const bool is_v6 = client.find(':') != std::string::npos;
  for (const firewall_fact& wall : walls) {
    if (wall.port != port || wall.family != (is_v6 ? ip_family::v6 : ip_family::v4)) continue;
    if (wall.is_own != is_own && !wall.is_reply) continue;
    if (const source_rule_fact* const found = refusal_of(wall, client))
      return stopping_rule{found->rule, found->chain, false, wall.is_reply};
    const bool keeps_others_out =
        wall.verdict == firewall_verdict::source && is_refusal(wall.refusal.value());
    if ((is_refusal(wall.verdict.value()) || keeps_others_out) && !may_be_let_in(wall, client))
      return stopping_rule{wall.rule, wall.chain, wall.is_by_policy(), wall.is_reply};
  }
  return std::nullopt;
}

local_rules::local_rules() : addresses_(own_addresses()) {}

bool local_rules::is_own(const std::string& address) const {
  return class_of(address) == address_class::loopback ||
         std::find(addresses_.begin(), addresses_.end(), address) != addresses_.end();
}

capture_place local_rules::place_of(const std::string& client, const std::string& broker) const {
  const bool is_client = is_own(client), is_broker = is_own(broker);
  return is_client && is_broker ? capture_place::same
         : is_client            ? capture_place::client
         : is_broker            ? capture_place::server
                                : capture_place::router;
}

std::optional<stopping_rule> local_rules::stopping(const stream_fact& story) {
  const std::string& client = story.client.address;
  const std::string& broker = story.broker.address;
  const int port = story.broker.port;
  const capture_place place = place_of(client, broker);
  const bool is_passing = place == capture_place::router;
  if (place == capture_place::client) return std::nullopt;
  // A packet that was passed on was not stopped, and one that never came in is not this machine's.
  const bool is_answered = story.ending == stream_ending::half_open;
  if (is_passing && !story.came_in && !is_answered) return std::nullopt;
  const bool is_v6 = broker.find(':') != std::string::npos;
  if (is_passing && !is_answered && !passes_packets_on(is_v6))
    return stopping_rule{is_v6 ? "net.ipv6.conf.all.forwarding = 0" : "net.ipv4.ip_forward = 0", "",
                         false, false, true};
  const auto now = std::chrono::steady_clock::now();
  std::string asked = std::to_string(port);
  if (is_passing) asked.append(" ").append(broker).append(" ").append(client);
  if (asked != asked_ || now - read_at_ > good_for) {
    walls_ = is_passing ? look_at_passing(client, broker, port) : look_at_incoming(port);
    asked_ = std::move(asked);
    read_at_ = std::chrono::steady_clock::now();
  }
  std::vector<firewall_fact> walls = walls_;
  if (is_passing)
    std::erase_if(walls, [&](const firewall_fact& wall) { return wall.is_reply != is_answered; });
  auto found = rule_against(walls, client, port, place == capture_place::same);
  if (found) found->is_passing = is_passing;
  return found;
}

}  // namespace mqttkit::doctor
