// Who is let in by the rules of a proxy, of TCP wrappers or of systemd.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/causes/proxy_view.hpp"

namespace mqttkit::doctor {

/// A client as such rules see it.
struct asking_client {
  std::string address;
  std::optional<std::string> identifier;  ///< nothing: not known
  std::string user_name;
  bool is_readable = true;  ///< its CONNECT comes unencrypted, and not in WebSocket
};

/// The client of that file as a proxy of the broker's machine meets it.
asking_client client_of(const view& known, const proxy_fact* proxy, const std::string& address);

/// Whether the conditions of a rule hold; nothing where that is not known.
std::optional<bool> holds(const access_rule_fact& rule, const asking_client& client);

/// The rule that turns the client away for sure; null where none does, or one that is not
/// understood may let it in before.
const access_rule_fact* refusal_of(const std::vector<access_rule_fact>& rules,
                                   const asking_client& client);

/// The rules for the dialled port that concern the client on it: of the proxy there, or of the
/// router of Traefik.
struct guarding_rules {
  const proxy_fact* proxy = nullptr;
  const access_list_fact* list = nullptr;
  const router_fact* router = nullptr;
  const std::vector<access_rule_fact>* rules = nullptr;
  std::string name;  ///< "nginx", "traefik", "mosquitto.service"
};
std::vector<guarding_rules> guards_of(const host_view& at);

/// Whether what the client met may be a refusal by such rules: systemd's swallow, all others hang
/// up or answer 403.
bool is_refusal(const view& known, const guarding_rules& guard);

/// The router of Traefik that alone takes what comes to the port in that way; null for none.
/// host_traefik_causes.cpp
const router_fact* only_router(const host_view& at);

/// The only addresses that are let in, where all others are turned away; empty where others are
/// let in, or that is not known. A machine's own are left out.
std::vector<std::string> only_addresses(const std::vector<access_rule_fact>& rules,
                                        const access_rule_fact** by);

/// Tells how the rule turns the client away, with its place, and how that one client is let in.
/// @param who  the client in words, "" for this machine itself
maybe_finding turned_away_by(const host_view& at, const guarding_rules& guard,
                             const access_rule_fact& rule, const asking_client& client,
                             const std::string& who);

}  // namespace mqttkit::doctor
