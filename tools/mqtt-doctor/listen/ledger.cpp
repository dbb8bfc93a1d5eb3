#include "mqtt-doctor/listen/ledger.hpp"

#include <algorithm>

namespace mqttkit::doctor {

void ledger::add(const std::string& client, const visit& seen) {
  auto at = clients_.find(client);
  if (at == clients_.end()) {
    if (clients_.size() == most_clients) {
      ++left_out_;
      return;
    }
    at = clients_.emplace(client, entry()).first;
    at->second.order = clients_.size();
  }
  entry& known = at->second;
  if (known.connections == 0 || tells_more(seen, known.told)) known.told = seen;
  ++known.connections;
}

std::vector<std::pair<std::string, const ledger::entry*>> ledger::all() const {
  std::vector<std::pair<std::string, const entry*>> out;
  for (const auto& [client, one] : clients_) out.emplace_back(client, &one);
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.second->order < b.second->order; });
  return out;
}

}  // namespace mqttkit::doctor
