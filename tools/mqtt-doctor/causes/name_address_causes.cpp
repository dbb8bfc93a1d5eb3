// The addresses that a name leads to: dead ones, old ones, those of a proxy, private ones.
#include <algorithm>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/name_view.hpp"
#include "mqtt-doctor/causes/web_proxy.hpp"
#include "mqtt-doctor/facts/addresses.hpp"

namespace mqttkit::doctor {
namespace {

/// The addresses of a name, by whether they took a connection.
struct per_address {
  std::vector<std::string> good, dead;
};
per_address sort_addresses(const view& known) {
  per_address sorted;
  for (const auto& contact : known.at.contacts) {
    if (contact.purpose != contact_purpose::address) continue;
    (contact.connect.is_connected() ? sorted.good : sorted.dead).push_back(contact.address);
  }
  return sorted;
}

maybe_finding one_of_several_dead(const view& known, exclusions&) {
  const per_address sorted = sort_addresses(known);
  if (sorted.good.empty() || sorted.dead.empty()) return {};
  // No record is to blame for the machine's own addresses.
  if (known.client() != nullptr && is_loopback(known.client()->address)) return {};
  // IPv6 failing while IPv4 works has a cause of its own.
  const bool is_family_matter = std::all_of(sorted.dead.begin(), sorted.dead.end(), is_v6_text) &&
                                std::none_of(sorted.good.begin(), sorted.good.end(), is_v6_text);
  if (is_family_matter) return {};
  // What refuses lives: the broker there does not run, or listens at the other address alone.
  const auto& all = known.at.contacts;
  const bool is_refused = std::all_of(all.begin(), all.end(), [](const contact& each) {
    return each.purpose != contact_purpose::address || each.connect.is_connected() ||
           (each.connect.outcome == connect_outcome::refused && !each.connect.icmp);
  });
  if (is_refused)
    return made_finding(
               "dns-one-of-several-dead", certainty::certain, strength::seen,
               words(N_("The name has several addresses, and {dead} refuses port {port}: clients "
                        "that try only one fail now and then."),
                     {{"dead", list_text(sorted.dead)}, {"port", known.port()}}))
        .seen(words(N_("{good} took the connection."), {{"good", list_text(sorted.good)}}))
        .mend(words(N_("If both are of one machine, let the broker listen at both (mosquitto: no "
                       "address in the listener line); else start the broker there, or take that "
                       "address out of the name's records.")));
  return made_finding(
             "dns-one-of-several-dead", certainty::certain, strength::seen,
             words(N_("The name has several addresses, and {dead} does not answer on port {port}: "
                      "clients that try only one fail now and then."),
                   {{"dead", list_text(sorted.dead)}, {"port", known.port()}}))
      .seen(words(N_("{good} took the connection."), {{"good", list_text(sorted.good)}}))
      .mend(words(N_("Remove the dead address from the name's records, or start the machine behind "
                     "it.")),
            {}, place::console);
}

/// What the server at another address refused; "" when it refused nothing.
std::string refusal_at(const contact& other) {
  if (other.tls && other.tls->is_done && !other.tls->failures.empty())
    return other.tls->failures.front().words;
  if (other.mqtt && other.mqtt->answer == mqtt_answer::connack && !other.mqtt->is_accepted())
    return "CONNACK " + std::to_string(other.mqtt->reason);
  if (other.mqtt && other.mqtt->answer == mqtt_answer::other) return other.speaks;
  return {};
}

/// The first address of the name refuses us and another accepts us: they are two servers.
maybe_finding other_address_accepts(const view& known, exclusions&) {
  if (known.client() == nullptr) return {};
  // The doctor goes on (without the password) where an app stops at the untrusted certificate.
  if (accepted(known) != nullptr && !is_server_distrusted(known)) return {};
  const contact* const other = accepted_elsewhere(known);
  if (other == nullptr) return {};
  const contact& client = *known.client();
  const bool has_login = client.mqtt && client.mqtt->answer == mqtt_answer::connack;
  const places values{{"host", known.host()},
                      {"bad", client.address},
                      {"good", other->address},
                      {"version", other->mqtt->version.word()}};
  made_finding made("dns-stale-address", has_login ? certainty::certain : certainty::likely,
                    strength::proven,
                    words(N_("{host} leads to different servers: the one at {good} lets you in, "
                             "the one at {bad} does not."),
                          values));
  made.seen(words(N_("{good} accepted the same settings (MQTT {version})."), values));
  const std::string how = refusal_at(client);
  if (!how.empty()) {
    made.seen(words(N_("{bad} answered with {how}."), {{"bad", client.address}, {"how", how}}));
  } else {
    made.seen(words(N_("At {bad} it ended as \"{end}\"."),
                    {{"bad", client.address}, {"end", client.end}}));
  }
  return made
      .mend(words(N_("Take {bad} out of the name's records if it is the old server's, or mend the "
                     "broker there."),
                  values),
            {}, place::console)
      .in_app(words(N_("Until then enter {good} in the place of the name."), values));
}

/// This address accepts us, and one that others use first refuses.
maybe_finding other_address_refuses(const view& known, exclusions&) {
  const contact* const here = accepted(known);
  if (here == nullptr || is_server_distrusted(known)) return {};
  for (const auto& other : known.at.contacts) {
    if (other.purpose != contact_purpose::other_address) continue;
    if (&other == accepted_elsewhere(known)) continue;
    const std::string how = refusal_at(other);
    if (how.empty()) continue;
    const places values{
        {"host", known.host()}, {"bad", other.address}, {"good", here->address}, {"how", how}};
    return made_finding("dns-one-of-several-dead", certainty::certain, strength::measured,
                        words(N_("{host} leads to different servers: the one at {good} lets you "
                                 "in, the one at {bad} does not."),
                              values))
        .seen(words(N_("{bad} answered with {how}."), values))
        .seen(words(N_("Which of them a client takes is its own choice.")))
        .mend(words(N_("Take {bad} out of the name's records if it is the old server's, or mend "
                       "the broker there."),
                    values),
              {}, place::console);
  }
  return {};
}

maybe_finding stale_address(const view& known, exclusions&) {
  if (!is_public_name(known) || !has_address(known) || accepted(known) != nullptr) return {};
  const bool is_gone = connect_was(known, connect_outcome::host_unreachable) ||
                       (connect_was(known, connect_outcome::silent) && open_ports(known).empty());
  if (!is_gone) return {};
  const contact& client = *known.client();
  const bool found_nobody =
      client.connect.icmp && client.connect.icmp->code == 1 && client.connect.ms > 1000;
  if (connect_was(known, connect_outcome::host_unreachable) && !found_nobody) return {};
  if (is_host_alive(known)) return {};
  return made_finding(
             "dns-stale-address", certainty::possible,
             found_nobody ? strength::seen : strength::one_of_several,
             words(N_("{host} points to {address}, where nothing lives: the server may have moved "
                      "to another address."),
                   {{"host", known.host()}, {"address", client.address}}))
      .seen(words(N_("No port that was tried answers at {address} ({outcome} after {time})."),
                  {{"address", client.address},
                   {"outcome", client.connect.error},
                   {"time", time_text(client.connect.ms)}}))
      .mend(words(N_(
                "Compare with the address the server has now, and update the record or the dynamic "
                "DNS client.")),
            {}, place::console)
      .apart(words(N_("On the server:")), "ip -brief address");
}

maybe_finding cdn_proxied(const view& known, exclusions&) {
  if (!has_address(known) || accepted(known) != nullptr || is_connected(known)) return {};
  const contact* const client = known.client();
  const std::string address = client != nullptr ? client->address : known.all.name.addresses[0];
  // What works over WebSocket at other ports is a matter of this port alone.
  if (has_websocket(known.at.scheme.value()) && known.at.port == 443) return {};
  const std::string network = web_network_of(known, address);
  bool is_cdn = !network.empty();
  std::string sign = network;
  const auto open = open_ports(known);
  if (!is_cdn && known.at.reachability) {
    for (const auto& port : known.at.reachability->ports) {
      if (port.text.find("cloudflare") != std::string::npos) {
        is_cdn = true;
        sign = "Cloudflare";
      }
    }
  }
  if (!is_cdn) return {};
  made_finding made(
      "dns-cdn-proxied", certainty::likely, strength::seen,
      words(N_("{host} points to {network}'s proxy, which carries web traffic but not raw MQTT."),
            {{"host", known.host()}, {"network", sign}}));
  made.seen(words(N_("{address} belongs to {network}; port {port} does not answer there."),
                  {{"address", address}, {"network", sign}, {"port", known.port()}}));
  lead_around(made, known, sign);
  return made;
}

/// The proxy takes the connection itself, whatever waits behind it, and does not answer in MQTT.
maybe_finding cdn_swallows(const view& known, exclusions&) {
  const std::string network = web_proxy_of(known);
  if (network.empty() || accepted(known) != nullptr) return {};
  const contact& client = *known.client();
  const bool is_of_broker = std::any_of(
      known.at.contacts.begin(), known.at.contacts.end(),
      [](const contact& each) { return each.mqtt && each.mqtt->answer == mqtt_answer::connack; });
  const bool is_tls_fault = client.tls && !client.tls->is_done &&
                            (client.tls->saw_server_hello || client.tls->alert >= 0);
  if (is_of_broker || is_tls_fault) return {};
  const bool is_web = client.speaks == spoken_protocol::http;
  const bool is_silent = client.end == connection_end::silent && client.unacknowledged == 0;
  if (!is_web && !is_silent && !was_ended_by_peer(client)) return {};
  made_finding made(
      "dns-cdn-proxied", certainty::likely, is_web ? strength::told : strength::agreed,
      words(N_("{host} points to {network}'s proxy, which carries web traffic but not raw "
               "MQTT."),
            {{"host", known.host()}, {"network", network}}));
  made.seen(words(is_web ? N_("{address} belongs to {network}, which takes connections to port "
                              "{port} itself, and answered in HTTP.")
                  : is_silent ? N_("{address} belongs to {network}, which takes connections to "
                                   "port {port} itself, and answered nothing.")
                              : N_("{address} belongs to {network}, which takes connections to "
                                   "port {port} itself, and closed this one."),
                  {{"address", client.address}, {"network", network}, {"port", known.port()}}));
  lead_around(made, known, network);
  if (network == "Cloudflare")
    made.apart(
        words(N_("Where Cloudflare Spectrum was ordered for this port, it is the server "
                 "behind it that does not answer.")));
  return made;
}

/// Whether both are of one of the ranges that are private (RFC 1918, RFC 4193).
bool are_of_one_range(const std::string& one, const std::string& other) {
  constexpr std::string_view ranges[] = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                         "fc00::/7"};
  return std::any_of(std::begin(ranges), std::end(ranges), [&](std::string_view range) {
    return lies_in(one, range) && lies_in(other, range);
  });
}

maybe_finding only_private_answers(const view& known, exclusions&) {
  if (!is_public_name(known) || !has_address(known) || !known.all.name.hosts_file.empty())
    return {};
  const auto& all = known.all.name.addresses;
  const bool all_private = std::all_of(all.begin(), all.end(), [](const std::string& text) {
    return class_of(text) == address_class::private_use;
  });
  if (!all_private || accepted(known) != nullptr || is_on_link(known.all.local, all[0])) return {};
  const places with{{"host", known.host()}, {"addresses", list_text(all)}};
  const bool is_lost = connect_was(known, connect_outcome::silent) ||
                       connect_was(known, connect_outcome::net_unreachable) ||
                       connect_was(known, connect_outcome::host_unreachable);
  // A device with an address of the same range may be in another part of one network.
  const bool is_elsewhere =
      is_lost && !is_host_alive(known) && !known.all.phone &&
      std::none_of(
          known.all.local.interfaces.begin(), known.all.local.interfaces.end(),
          [&](const interface_fact& each) { return are_of_one_range(each.address, all[0]); });
  made_finding made(
      "dns-only-private-answers", certainty::likely,
      is_elsewhere ? strength::leaning : strength::one_of_several,
      words(N_("The name servers give {host} only private addresses: {addresses}."), with));
  made.seen(words(N_("Private addresses cannot be reached from the Internet.")));
  if (!is_elsewhere)
    return made
        .mend(words(N_("Put the public address into the name's A record.")), {}, place::console)
        .warning();
  return made
      .seen(words(N_("{addresses} is one that a machine has inside its own network (of a cloud, an "
                     "office, a home), and no interface of this device has an address of that "
                     "range; nothing answered there."),
                  with))
      .mend(words(N_("Put the public address into the name's record, the one that the cloud's "
                     "console or the router shows (on the machine itself \"ip address\" may show "
                     "the inner one alone).")),
            {}, place::console)
      .in_app(
          words(N_("If the broker is meant for its own network, connect this device to that, or "
                   "to its VPN.")));
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"dns-one-of-several-dead", N_("one of several addresses of the name does not answer"),
     layer::name, exit_code::name_not_found, station::network, severity::problem,
     one_of_several_dead},
    {"dns-stale-address", N_("the name leads to an address where the broker is no longer"),
     layer::name, exit_code::name_not_found, station::network, severity::problem, stale_address},
    {"dns-cdn-proxied", N_("the name leads to a proxy for web traffic"), layer::name,
     exit_code::name_not_found, station::network, severity::problem, cdn_proxied},
    {"dns-only-private-answers", N_("the name has only private addresses"), layer::name,
     exit_code::name_not_found, station::network, severity::problem, only_private_answers},
};

constexpr second_look looks[] = {
    {"dns-stale-address", other_address_accepts},
    {"dns-one-of-several-dead", other_address_refuses},
    {"dns-cdn-proxied", cdn_swallows},
};

}  // namespace

cause_table name_address_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
