#include "mqtt-doctor/together/vantage.hpp"

#include <algorithm>
#include <set>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/addresses.hpp"

namespace mqttkit::doctor {
namespace {

/// The endpoint of a vantage point that found no address.
const endpoint_facts nowhere{};

bool is_named_alike(const std::string& file, const std::vector<std::string>& all,
                    std::size_t itself) {
  const std::string name = file.substr(file.rfind('/') + 1);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i != itself && all[i].substr(all[i].rfind('/') + 1) == name) return true;
  }
  return false;
}

}  // namespace

vantage::vantage(std::string called, facts facts_there)
    : name(std::move(called)), known(std::move(facts_there)), made(diagnose(known)) {}

view vantage::main() const {
  return {known, known.endpoints.empty() ? nowhere : known.endpoints[made.endpoint]};
}

bool vantage::works() const {
  // A phone that reaches a port it cannot speak with works, as far as anybody can tell.
  return accepted(main()) != nullptr || is_taken_by_gateway(main()) ||
         (known.phone && made.is_healthy);
}

std::string vantage::dialled_address() const {
  const view at = main();
  return at.client() != nullptr ? at.client()->address : std::string();
}

step_name vantage::failed_step() const {
  for (const auto& step : made.steps) {
    if (step.state == step_state::bad) return step.name;
  }
  return step_name::none;
}

std::vector<std::string> vantage_names(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool is_ambiguous = is_named_alike(files[i], files, i);
    names.push_back(files[i] == "-" ? std::string("stdin")
                    : is_ambiguous  ? files[i]
                                    : files[i].substr(files[i].rfind('/') + 1));
  }
  return names;
}

bool is_public_address(const std::string& address) {
  const address_class kind = class_of(address);
  // Example networks (RFC 5737) are treated as the public ones they stand for.
  return kind == address_class::global || kind == address_class::documentation;
}

facts seen_at_port(const facts& known, const endpoint_facts& like, bool is_v6) {
  facts out = known;
  const auto same = std::find_if(known.endpoints.begin(), known.endpoints.end(),
                                 [&](const auto& endpoint) { return endpoint.port == like.port; });
  if (same != known.endpoints.end()) {
    out.endpoints = {*same};
  } else {
    endpoint_facts unseen;
    unseen.scheme = like.scheme;
    unseen.port = like.port;
    unseen.path = like.path;
    out.endpoints = {unseen};
  }
  out.asked.port = like.port;
  // The question is what others meet, not this machine.
  out.asked.on_broker = true;
  out.asked.family = is_v6 ? asked_family::v6 : asked_family::v4;
  return out;
}

std::vector<std::string> addresses_of(const facts& known) {
  std::vector<std::string> all;
  const auto add = [&](const std::string& address) {
    const address_class kind = class_of(address);
    if (kind == address_class::loopback || kind == address_class::link_local ||
        std::find(all.begin(), all.end(), address) != all.end()) {
      return;
    }
    all.push_back(address);
  };
  if (known.host) std::for_each(known.host->addresses.begin(), known.host->addresses.end(), add);
  for (const auto& interface : known.local.interfaces) add(interface.address);
  std::stable_partition(all.begin(), all.end(),
                        [](const auto& candidate) { return !is_v6_text(candidate); });
  return all;
}

bool are_in_different_networks(const facts& here, const facts& other) {
  if (here.local.interfaces.empty() || other.local.interfaces.empty()) return false;
  const auto shares = [](const facts& from, const facts& with) {
    return std::any_of(from.local.interfaces.begin(), from.local.interfaces.end(),
                       [&](const interface_fact& mine) {
                         const address_class kind = class_of(mine.address);
                         return kind != address_class::loopback &&
                                kind != address_class::link_local &&
                                is_on_link(with.local, mine.address);
                       });
  };
  return !shares(here, other) && !shares(other, here);
}

}  // namespace mqttkit::doctor
