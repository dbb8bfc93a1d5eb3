#include "mqtt-doctor/listen/client_table.hpp"

#include <algorithm>

namespace mqttkit::doctor {

namespace {

std::string kind_of(const connection_summary& summary) {
  if (summary.has_connect) {
    if (!summary.client_id.empty()) return "identifier " + summary.client_id;
    return summary.connack.value_or(0) == 0 ? "without identifier" : "refused";
  }
  switch (summary.speaks) {
    case spoken::tls:
      return "TLS";
    case spoken::http:
      return "HTTP";
    case spoken::websocket:
      return "WebSocket";
    case spoken::mqtt:
      return "MQTT";
    default:
      return "other";
  }
}

/// Copies what an earlier connection of the client had achieved.
void carry_over(const connection_summary& before, connection_summary& to) {
  if (before.connack != 0 || to.connack != 0) return;
  to.published += before.published;
  to.received += before.received;
  to.subscribed = to.client_id.empty() ? before.subscribed + to.subscribed
                                       : std::max(before.subscribed, to.subscribed);
}

}  // namespace

/// The client's entry; nullptr when the table is full.
client_table::entry* client_table::entry_for(const std::string& address,
                                             const connection_summary& summary) {
  const auto first = clients_.lower_bound({address, ""});
  const bool is_known = first != clients_.end() && first->first.first == address;
  const bool is_wordless = is_known && first->first.second.empty();
  if (!says_something(summary)) {
    if (is_known) return &first->second;
  } else if (is_wordless) {  // an entry without a protocol is this client's, now that it speaks
    auto node = clients_.extract(first);
    node.key().second = kind_of(summary);
    return &clients_.insert(std::move(node)).position->second;
  }
  const key wanted{address, says_something(summary) ? kind_of(summary) : ""};
  if (const auto at = clients_.find(wanted); at != clients_.end()) return &at->second;
  std::size_t of_address = 0;
  for (auto at = first; at != clients_.end() && at->first.first == address; ++at) ++of_address;
  if (clients_.size() == most_clients || of_address == most_of_one_address) return nullptr;
  entry& made = clients_[wanted];
  made.order = ++order_;
  return &made;
}

void client_table::add(const std::string& address, const connection_summary& summary) {
  entry* const known = entry_for(address, summary);
  if (known == nullptr) {
    ++left_out_;
    return;
  }
  if (known->connections == 0 || tells_more(summary, known->told)) {
    const connection_summary before = std::exchange(known->told, summary);
    carry_over(before, known->told);
  }
  ++known->connections;
}

std::vector<std::pair<std::string, const client_table::entry*>> client_table::all() const {
  std::vector<std::pair<std::string, const entry*>> out;
  for (const auto& [who, client] : clients_) out.emplace_back(who.first, &client);
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.second->order < b.second->order; });
  return out;
}

}  // namespace mqttkit::doctor
