// What a network does to packets on their way: silence, filters, loss, MTU and slow links.
#include <algorithm>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/icmp.hpp"
#include "mqtt-doctor/causes/own_networks.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/addresses.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether the phone's packets for the port arrived at the server's machine.
bool has_reached_server(const view& known) {
  if (!known.all.phone) return false;
  const auto& ports = known.all.phone->ports;
  return std::any_of(ports.begin(), ports.end(), [&](const phone_port_fact& port) {
    return port.port == known.at.port && port.arrival.value() > phone_arrival::absent;
  });
}

/// Whether the network keeps silent; a packet this machine's own firewall stopped does not count.
bool is_silent(const view& known) {
  return connect_was(known, connect_outcome::silent) && !known.all.local.outgoing &&
         !known.all.local.diverted && !has_reached_server(known);
}

/// Ports of the host that showed life, by taking a connection or refusing it.
std::vector<std::string> living_ports(const view& known) {
  std::vector<std::string> alive;
  if (!known.at.reachability) return alive;
  for (const auto& port : known.at.reachability->ports) {
    if (port.port == known.at.port) continue;
    if (port.connect.is_connected()) alive.push_back(std::to_string(port.port));
  }
  return alive;
}

/// Number of ports that the host itself refused: it is up, and packets reach it.
std::size_t refusing_ports(const view& known) {
  if (!known.at.reachability) return 0;
  return static_cast<std::size_t>(
      std::count_if(known.at.reachability->ports.begin(), known.at.reachability->ports.end(),
                    [](const port_fact& port) {
                      return port.connect.outcome == connect_outcome::refused && !port.connect.icmp;
                    }));
}

void add_silence(made_finding& made, const view& known) {
  made.seen(refusal_or_silence(known));
  const auto alive = living_ports(known);
  if (!alive.empty()) {
    made.seen(words(N_("Other ports of the same machine answer: {ports}."),
                    {{"ports", list_text(alive)}}));
  } else if (refusing_ports(known) > 0) {
    made.seen(words(N_("The machine is up: it refuses {count} other ports itself."),
                    {{"count", std::to_string(refusing_ports(known))}}));
  }
  if (known.at.reachability && !known.at.reachability->hops.empty()) {
    made.seen(
        words(N_("Packets to this port get as far as {hop}, hop {count}; from there on nothing "
                 "answers."),
              {{"hop", known.at.reachability->hops.back().from},
               {"count", std::to_string(known.at.reachability->hops.back().ttl)}}));
  }
}

std::string here_on_server(const view& known) {
  return "sudo mqtt-doctor localhost:" + known.port() + " --on-broker";
}

/// How strongly silence points at the server's side: more strongly when the host is alive.
strength if_alive(const view& known, strength alive, strength dead) {
  return is_host_alive(known) ? alive : dead;
}

bool is_reachable_kind(const view& known) {
  const address_class kind = class_of(known.client()->address);
  // For a phone in a home network phone_look_causes.cpp knows more, from packets that arrived.
  if (known.all.phone && kind == address_class::private_use) return false;
  // An example address that answers on another port belongs to somebody after all.
  const bool is_lived_in = kind == address_class::documentation && is_host_alive(known);
  return kind == address_class::global || kind == address_class::private_use || is_lived_in;
}

/// A private address in another network: routers stand between, and seldom a cloud.
maybe_finding on_a_router(const view& known) {
  const auto& around = known.at.reachability;
  const std::string& gateway = known.all.local.v4_gateway;
  const bool is_v6 = is_v6_text(known.client()->address);
  const std::string router = around && !around->hops.empty() ? around->hops.back().from
                             : is_v6                         ? std::string()
                                                             : gateway;
  const places with{
      {"port", known.port()}, {"address", known.client()->address}, {"router", router}};
  made_finding made(
      "tcp-timeout-security-group", is_host_alive(known) ? certainty::likely : certainty::possible,
      if_alive(known, strength::first_of_several, strength::fits),
      router.empty()
          ? words(N_("Packets to TCP {port} are swallowed on the way to {address}: a firewall of a "
                     "router between the two networks, or that machine's own, does not let them "
                     "in."),
                  with)
          : words(N_("Packets to TCP {port} are swallowed on the way to {address}: a firewall of "
                     "the router {router} between the two networks, or that machine's own, does "
                     "not let them in."),
                  with));
  add_silence(made, known);
  return made
      .in_console(words(N_("In the router between the two networks, let TCP {port} of {address} "
                           "through from this one (firewall rules, guest network, VLANs); in a "
                           "cloud's private network, in its security group."),
                        with))
      .apart(
          words(N_("The server's own firewall looks the same from here. On the server, this tells "
                   "them apart:")),
          here_on_server(known));
}

maybe_finding security_group(const view& known, exclusions& excluded) {
  if (!is_silent(known)) {
    if (connect_was(known, connect_outcome::refused)) {
      exclude(excluded, "tcp-timeout-security-group",
              words(N_("A cloud's security group stays silent; here somebody answered.")));
    }
    return {};
  }
  if (!is_reachable_kind(known) || known.all.local.is_target || is_of_provider(known)) return {};
  if (is_neighbour(known)) {
    exclude(excluded, "tcp-timeout-security-group",
            words(N_("{address} is in this device's own network: no cloud stands between."),
                  {{"address", known.client()->address}}));
    return {};
  }
  if (class_of(known.client()->address) == address_class::private_use) return on_a_router(known);
  made_finding made(
      "tcp-timeout-security-group", is_host_alive(known) ? certainty::likely : certainty::possible,
      if_alive(known, strength::first_of_several, strength::fits),
      words(N_("Packets to TCP {port} are swallowed before they reach the broker: most often "
               "the cloud's security group does not let them in."),
            {{"port", known.port()}}));
  add_silence(made, known);
  return made
      .in_console(
          words(N_("Cloud console: security group, inbound rule, TCP {port}, source 0.0.0.0/0 or "
                   "your own range (on AWS the network ACL as well)."),
                {{"port", known.port()}}))
      .apart(
          words(N_(
              "The server's own firewall looks the same from here. On the server, this tells them "
              "apart:")),
          here_on_server(known));
}

/// No firewall stands between machines of one network: a present, silent one has its own.
maybe_finding neighbours_firewall(const view& known) {
  made_finding made(
      "tcp-timeout-host-firewall", certainty::likely, strength::usual,
      words(N_("{address} is on this network and swallows packets to TCP {port}: its own firewall "
               "(Windows Defender, ufw, firewalld, a NAS's) does not let them in."),
            {{"address", known.client()->address}, {"port", known.port()}}));
  add_silence(made, known);
  made.seen(
      words(N_("Of a machine that is not there, or is off, this device would have been told "
               "\"no route to host\".")));
  return made
      .look(words(N_("On Windows, in PowerShell as administrator:")),
            "New-NetFirewallRule -DisplayName MQTT -Direction Inbound -Protocol TCP -LocalPort " +
                known.port() + " -Action Allow",
            place::server)
      .mend(words(N_("With ufw:")), "sudo ufw allow " + known.port() + "/tcp")
      .mend(words(N_("With firewalld:")), "sudo firewall-cmd --permanent --add-port=" +
                                              known.port() + "/tcp && sudo firewall-cmd --reload")
      .apart(words(N_("On the server:")), here_on_server(known));
}

maybe_finding host_firewall(const view& known, exclusions&) {
  if (!is_silent(known) || !is_reachable_kind(known) || known.all.local.is_target ||
      is_of_provider(known))
    return {};
  if (is_neighbour(known)) return neighbours_firewall(known);
  made_finding made(
      "tcp-timeout-host-firewall", certainty::possible, strength::hint,
      words(N_("The server's own firewall (ufw, nftables, firewalld) may drop TCP {port}."),
            {{"port", known.port()}}));
  add_silence(made, known);
  return made.mend(words(N_("With ufw:")), "sudo ufw allow " + known.port() + "/tcp")
      .mend(words(N_("With firewalld:")), "sudo firewall-cmd --permanent --add-port=" +
                                              known.port() + "/tcp && sudo firewall-cmd --reload")
      .apart(words(N_("On the server:")), here_on_server(known));
}

maybe_finding source_allowlist(const view& known, exclusions&) {
  if (!is_silent(known) || !is_host_alive(known) || known.all.local.is_target ||
      is_of_provider(known))
    return {};
  made_finding made(
      "tcp-timeout-source-allowlist", certainty::possible, strength::aside,
      words(N_("The rule for port {port} may let in certain addresses only, and not this "
               "one."),
            {{"port", known.port()}}));
  add_silence(made, known);
  return made
      .mend(words(N_("Widen the rule's source, or connect through a VPN.")), {}, place::console)
      .apart(words(N_("Run this from another network; if it works there, this is it:")),
             doctor_command(known));
}

maybe_finding egress_blocked(const view& known, exclusions&) {
  if (!is_silent(known) || known.all.local.is_target) return {};
  const auto& around = known.at.reachability;
  // Only web ports answer, or packets die within two hops: this side's network is suspect too.
  const auto alive = living_ports(known);
  const bool only_web =
      !alive.empty() && std::all_of(alive.begin(), alive.end(), [](const auto& candidate) {
        return candidate == "80" || candidate == "443";
      });
  const bool dies_near = around && around->is_traced && around->hops.size() <= 2;
  made_finding made(
      "tcp-egress-blocked", certainty::possible,
      only_web && dies_near ? strength::one_of_several : strength::general,
      words(N_("This network may block outgoing port {port}; then every broker would fail "
               "from here."),
            {{"port", known.port()}}));
  add_silence(made, known);
  return made.in_app(use_tls_elsewhere(known))
      .apart(words(N_("Does a public broker fail on the same port, too?")),
             "mqtt-doctor test.mosquitto.org:" + known.port());
}

maybe_finding hairpin(const view& known, exclusions&) {
  if (!is_silent(known) || !known.at.reachability || !known.at.reachability->is_gateway) return {};
  made_finding made(
      "tcp-nat-hairpin", certainty::likely, strength::usual,
      words(N_("{address} is this network's own router, which does not send its public "
               "address back into the local network."),
            {{"address", known.client()->address}}));
  add_silence(made, known);
  return made
      .seen(words(
          N_("{address} is one hop away: a packet that lives for one hop gets an answer from it."),
          {{"address", known.client()->address}}))
      .in_app(words(N_("At home, use the broker's local address; from outside, the public one.")))
      .mend(words(N_("Or switch NAT loopback on in the router, or give the name its local address "
                     "there.")),
            {}, place::console);
}

maybe_finding port_forward(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !client->connect.icmp) return {};
  const icmp_fact& icmp = *client->connect.icmp;
  if (kind_of(icmp) != icmp_kind::host_unreachable || !icmp.from_target || icmp.from_self)
    return {};
  // The end of a search that somebody else's packet began comes sooner; no round trip to a private
  // address takes as long.
  constexpr double rest_of_search_ms = 400;
  const bool is_whole = client->connect.ms >= slow_neighbour_ms;
  const bool is_rest = client->connect.ms >= rest_of_search_ms &&
                       class_of(client->address) == address_class::private_use;
  if (!is_whole && !is_rest) return {};
  return made_finding(
             "tcp-port-forward-wrong", is_whole ? certainty::certain : certainty::likely,
             strength::told,
             words(N_("The router at {address} forwards port {port} to an internal address that "
                      "nobody has."),
                   {{"address", client->address}, {"port", known.port()}}))
      .seen(icmp_words(icmp, client->connect.ms))
      .mend(words(N_(
                "Correct the port forward in the router, and reserve the broker's address in its "
                "DHCP.")),
            {}, place::console);
}

maybe_finding wifi_isolation(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !client->connect.icmp) return {};
  const icmp_fact& icmp = *client->connect.icmp;
  if (kind_of(icmp) != icmp_kind::host_unreachable || !icmp.from_self) return {};
  if (client->connect.ms < own_rule_ms || !is_on_link(known.all.local, client->address)) return {};
  // A network of this machine's own containers or guests is no Wi-Fi.
  if (is_made_by_a_program(known.all.local.way_by)) return {};
  if (made_way(known) != nullptr) return {};  // no Wi-Fi lies that way
  return made_finding(
             "path-wifi-client-isolation", certainty::possible, strength::agreed,
             words(N_("The Wi-Fi may keep its devices from seeing each other (client or guest "
                      "isolation): nobody on this very network answers for {address}."),
                   {{"address", client->address}}))
      .seen(icmp_words(icmp, client->connect.ms))
      .seen(words(N_("{address} is in this device's own network, so no router stands between."),
                  {{"address", client->address}}))
      .mend(words(N_("Switch client isolation off in the access point, or use its main network.")),
            {}, place::console)
      .apart(
          words(N_("If the machine answers a cabled device, it is isolation; if not, it is down:")),
          "ping -c 3 " + client->address);
}

maybe_finding ipv6_broken(const view& known, exclusions&) {
  std::string dead;
  const contact* failed = nullptr;
  bool is_v4_good = false;
  for (const auto& contact : known.at.contacts) {
    if (contact.purpose != contact_purpose::address) continue;
    if (!is_v6_text(contact.address)) is_v4_good = is_v4_good || contact.connect.is_connected();
    const bool is_dead =
        contact.connect.outcome == connect_outcome::silent ||
        contact.connect.outcome == connect_outcome::host_unreachable ||
        contact.connect.outcome == connect_outcome::forbidden ||
        (contact.connect.outcome == connect_outcome::net_unreachable && contact.connect.icmp);
    if (is_v6_text(contact.address) && is_dead) failed = &contact;
  }
  if (failed == nullptr || !is_v4_good) return {};
  return made_finding(
             "tcp-ipv6-path-broken", certainty::certain, strength::seen,
             words(N_("{host} does not answer on port {port} by IPv6, and does by IPv4: apps that "
                      "try IPv6 first stall or fail."),
                   {{"host", known.host()}, {"port", known.port()}}))
      .seen(
          words(N_("{address}: {error} after {time}."), {{"address", failed->address},
                                                         {"error", failed->connect.error},
                                                         {"time", time_text(failed->connect.ms)}}))
      .seen(words(N_("An IPv4 address of the same name took the connection.")))
      .mend(words(N_("If it fails from other networks too, let the port in by IPv6 in the server's "
                     "firewall, mend the server's IPv6, or remove the name's AAAA record; if it "
                     "fails here alone, mend this network's IPv6.")),
            {}, place::console)
      .apart(words(N_("From another network:")), doctor_command(known) + " -6");
}

maybe_finding ipv6_listener(const view& known, exclusions&) {
  const contact* refused = nullptr;
  bool is_v4_good = false;
  for (const auto& contact : known.at.contacts) {
    if (contact.purpose != contact_purpose::address) continue;
    if (!is_v6_text(contact.address)) is_v4_good = is_v4_good || contact.connect.is_connected();
    if (is_v6_text(contact.address) && contact.connect.outcome == connect_outcome::refused)
      refused = &contact;
  }
  if (refused == nullptr || !is_v4_good) return {};
  // Where another program has the port, the broker's lines for it would only take it away.
  if (const auto at = look_at(known);
      at && at->dialled() != nullptr &&
      (is_in_front(*at->dialled(), at->host) || at->is_held_by_other))
    return host_held_on_v4(*at, *refused);
  made_finding made(
      "tcp-ipv6-listener-missing", certainty::certain, strength::seen,
      words(N_("The name also has an IPv6 address, but the broker listens on IPv4 only: some "
               "clients are refused."),
            {{"address", refused->address}}));
  made.seen(words(N_("{address} refused port {port}, IPv4 took it."),
                  {{"address", refused->address}, {"port", known.port()}}));
  if (broker_of(known) == broker_kind::mosquitto) {
    made.lines(words(N_("In mosquitto.conf, name no address in the listener line:")),
               "listener " + known.port(), "mosquitto.conf");
  } else {
    made.mend(
        words(N_("Let the broker listen on all addresses, IPv6 as well (mosquitto: no "
                 "address in the listener line).")));
  }
  // Every machine has ::1 for localhost, and a broker need not listen there.
  if (class_of(refused->address) == address_class::loopback) return made.note();
  return made;
}

maybe_finding captive_portal(const view& known, exclusions&) {
  if (!is_behind_login_page(known)) return {};
  return made_finding(
             "path-captive-portal", certainty::certain, strength::proven,
             words(N_("This Wi-Fi has a login page that answers in place of every server.")))
      .seen(words(
          N_("Even 192.0.2.1, an address no machine has, took a connection and answered with a "
             "web page.")))
      .mend(words(N_("Open a browser and sign in to the network first.")), {}, place::here);
}

maybe_finding transparent_proxy(const view& known, exclusions&) {
  const auto& around = known.at.reachability;
  if (!around || around->test_net != connect_outcome::connected ||
      around->test_net_speaks == spoken_protocol::http)
    return {};
  return made_finding(
             "path-transparent-proxy", certainty::certain, strength::told,
             words(N_("Something on this network, or a VPN or proxy app on this device, accepts "
                      "connections in the name of any server; what looks open here may not be.")))
      .seen(words(N_("Even 192.0.2.1, an address no machine has, took a connection after {time}."),
                  {{"time", time_text(around->test_net_ms)}}))
      .in_app(use_tls_elsewhere(known))
      .in_app(words(N_("Or use a VPN.")));
}

/// A delivery that got stuck with full-size packets while small ones passed.
const delivery_fact* stuck_delivery(const view& known) {
  constexpr int full_packet = 1400;
  for (const auto& delivery : known.at.deliveries) {
    if (delivery.payload_bytes > full_packet && delivery.published && !delivery.echoed &&
        delivery.puback < 0 && delivery.end.empty()) {
      return &delivery;
    }
  }
  return nullptr;
}

maybe_finding mtu_black_hole(const view& known, exclusions&) {
  const contact* const small = known.at.find(contact_purpose::small);
  const contact* const client = known.client();
  if (small == nullptr || client == nullptr) return {};
  const bool tls_came = client->tls && !client->tls->is_done && small->tls && small->tls->is_done;
  const bool mqtt_came = client->mqtt && client->mqtt->answer == mqtt_answer::silent &&
                         small->mqtt && small->mqtt->answer == mqtt_answer::connack;
  const bool delivery_came = stuck_delivery(known) != nullptr && small->mqtt &&
                             small->mqtt->is_accepted() && !known.at.deliveries.empty() &&
                             known.at.deliveries.back().echoed;
  if (!tls_came && !mqtt_came && !delivery_came) return {};
  made_finding made(
      "path-mtu-black-hole", certainty::certain, strength::told,
      words(N_("Full-size packets vanish between here and the broker: the path takes smaller "
               "ones only, and the ICMP that would say so is blocked.")));
  if (tls_came) {
    made.seen(words(
        N_("The TLS handshake got no answer in {time}, and succeeded in {small} with segments "
           "of 1,000 bytes."),
        {{"time", time_text(client->tls->ms)}, {"small", time_text(small->tls->ms)}}));
  } else {
    made.seen(
        words(N_("A message of {bytes} bytes got stuck, and passed with segments of 1,000 bytes."),
              {{"bytes", std::to_string(known.at.deliveries.empty()
                                            ? 0
                                            : known.at.deliveries.back().payload_bytes)}}));
  }
  return made
      .mend(
          words(N_("On the VPN gateway or router:")),
          "sudo nft 'add table inet mss; add chain inet mss forward { type filter hook forward "
          "priority -150; }; add rule inet mss forward tcp flags syn tcp option maxseg size set rt "
          "mtu'")
      .mend(words(N_("or on the broker:")), "sudo sysctl -w net.ipv4.tcp_mtu_probing=1");
}

maybe_finding payload_dropped(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !is_connected(known) || client->unacknowledged == 0) return {};
  const bool nothing_came =
      (client->mqtt && client->mqtt->answer == mqtt_answer::silent) ||
      (client->tls && !client->tls->is_done && client->tls->end == connection_end::silent &&
       !client->tls->saw_server_hello);
  const contact* const small = known.at.find(contact_purpose::small);
  const bool small_helped =
      small != nullptr && ((small->tls && small->tls->is_done) ||
                           (small->mqtt && small->mqtt->answer == mqtt_answer::connack));
  if (!nothing_came || small_helped || client->retransmits == 0) return {};
  return made_finding(
             "path-payload-dropped", certainty::likely, strength::seen,
             words(
                 N_("The connection opens, but no data gets through: a stateful filter on the way "
                    "drops it.")))
      .seen(words(
          N_("Our first packet was never confirmed by the other machine: sent {count} times in "
             "{time}."),
          {{"count", std::to_string(client->retransmits + 1)},
           {"time", time_text(client->end_ms)}}))
      .in_app(use_tls_elsewhere(known))
      .mend(words(N_("Mend asymmetric routing if there is any.")));
}

/// The broker's first answer is missing, while its later packets arrived.
maybe_finding answers_dropped(const view& known, exclusions&) {
  if (!are_answers_lost(known) || accepted(known) != nullptr) return {};
  // With TLS the first answer is large; only with a small probe is size ruled out as the reason.
  const bool is_sure = !known.is_tls() || known.at.find(contact_purpose::small) != nullptr;
  return made_finding(
             "path-payload-dropped", is_sure ? certainty::certain : certainty::likely,
             strength::measured,
             words(N_("The broker gets what we say, and its answers get lost on the way back: a "
                      "filter lets connections through and drops the data in them.")))
      .seen(words(N_("CONNECT was confirmed by the machine's kernel and not answered in {time}."),
                  {{"time", time_text(known.client()->end_ms)}}))
      .seen(words(N_("After CONNECT and DISCONNECT the connection was ended, and that end arrived "
                     "while something sent before it is missing.")))
      .seen(words(N_("Not one byte came back on any connection.")))
      .in_app(use_tls_elsewhere(known))
      .mend(words(N_("Mend asymmetric routing if there is any.")));
}

maybe_finding dpi_reset(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !client->mqtt || client->mqtt->answer != mqtt_answer::reset) return {};
  // A filter that inspects packets resets at once.
  if (client->mqtt->ms > slow_neighbour_ms) return {};
  const contact* const hello = known.at.find(contact_purpose::hello);
  const bool tls_is_reset_too =
      hello != nullptr && hello->tls && hello->tls->end == connection_end::reset;
  if (!stays_open_in_silence(known) || known.all.local.is_target) return {};
  const contact* const balanced = known.at.find(contact_purpose::proxy_header);
  if (balanced != nullptr && balanced->mqtt && balanced->mqtt->answer == mqtt_answer::connack)
    return {};
  // A filter resets every version; a service that resets one and closes another decides by itself.
  const contact* const other = known.at.find(contact_purpose::version);
  const bool resets_all =
      other == nullptr || !other->mqtt || other->mqtt->answer == mqtt_answer::reset;
  made_finding made("path-dpi-reset", certainty::possible,
                    resets_all ? strength::one_of_several : strength::hint,
                    words(N_("Something on the way resets connections as soon as MQTT is sent.")));
  made.seen(words(
      N_("The connection stays open while nothing is sent, and is reset {time} after CONNECT."),
      {{"time", time_text(client->end_ms)}}));
  if (tls_is_reset_too) made.seen(words(N_("A TLS greeting is reset as well.")));
  return made.in_app(use_tls_elsewhere(known))
      .apart(words(N_(
                 "If it works from another network, this one is at fault. On the server, does the "
                 "broker's log show the attempt?")),
             broker_of(known) == broker_kind::mosquitto
                 ? "sudo tail -f /var/log/mosquitto/mosquitto.log"
                 : "");
}

maybe_finding sni_filter(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !client->tls || client->tls->is_done || client->tls->alert >= 0)
    return {};
  if (client->tls->saw_server_hello || client->tls->server_name.empty()) return {};
  if (client->tls->end != connection_end::reset && client->tls->end != connection_end::closed)
    return {};
  const contact* const without = known.at.find(contact_purpose::no_sni);
  if (without == nullptr || !without->tls || !without->tls->saw_server_hello) return {};
  const bool is_reset =
      client->tls->end == connection_end::reset && client->tls->ms < slow_neighbour_ms;
  if (!is_reset) return {};
  return made_finding("path-sni-filter", certainty::likely, strength::agreed,
                      words(N_("A filter resets TLS connections that ask for \"{name}\" by name."),
                            {{"name", client->tls->server_name}}))
      .seen(words(
          N_("The greeting with that name was reset without an alert after {time}; without a name "
             "the server answered."),
          {{"time", time_text(client->tls->ms)}}))
      .mend(
          words(N_(
              "Use another network, port or name; in mainland China a name needs an ICP filing.")),
          {}, place::console)
      .apart(words(N_("If it happens on every network, the server itself does it.")));
}

maybe_finding packet_loss(const view& known, exclusions&) {
  // A busy machine acknowledges its own packets late, and loses none of them.
  if (known.all.local.is_target) return {};
  int lost = 0, made_count = 0;
  for (const auto& contact : known.at.contacts) {
    if (!contact.connect.is_connected()) continue;
    ++made_count;
    const bool is_lossy = contact.connect.retransmits > 0 || contact.total_retransmits > 0;
    lost += is_lossy ? 1 : 0;
  }
  const int sent_again = packets_lost(known);
  const contact* const client = known.client();
  if (lost == 0 || client == nullptr || !is_connected(known)) return {};
  // The retransmissions of a stuck connection are evidence for the cause of its own.
  const bool came_through = accepted(known) != nullptr;
  // A single lost packet happens on any network.
  if (!came_through || sent_again < 2) return {};
  const bool is_stuck = std::any_of(
      known.at.deliveries.begin(), known.at.deliveries.end(), [](const delivery_fact& delivery) {
        return delivery.end.empty() &&
               ((delivery.subscribed && delivery.suback < 0) ||
                (delivery.published && delivery.puback < 0 && delivery.qos > 0));
      });
  made_finding made(
      "path-packet-loss", certainty::likely,
      is_stuck ? strength::agreed : strength::first_of_several,
      words(N_("Packets are being lost on the way: {lost} of {count} connections needed a "
               "retransmission."),
            {{"lost", std::to_string(lost)}, {"count", std::to_string(made_count)}}));
  made.seen(words(N_("{count} packets had to be sent again."),
                  {{"count", std::to_string(sent_again)}}))
      .seen(
          words(N_("Connecting took {time}; a lost first packet costs one second, two cost three."),
                {{"time", time_text(client->connect.ms)}}))
      .in_app(words(N_("Use QoS 1 and a better signal.")));
  if (!is_stuck) made.warning();
  return made;
}

/// Large messages take a time in proportion to their size: the link is slow.
maybe_finding slow_link(const view& known, exclusions&) {
  if (known.all.local.is_target || accepted(known) == nullptr) return {};
  const delivery_fact* small = nullptr;
  std::vector<const delivery_fact*> larger;
  for (const auto& delivery : known.at.deliveries) {
    if (delivery.is_users_topic || !delivery.echoed) continue;
    if (small == nullptr) {
      small = &delivery;
    } else {
      larger.push_back(&delivery);
    }
  }
  if (small == nullptr || larger.size() < 2) return {};
  const auto speed = [small](const delivery_fact& delivery) {
    const double ms = delivery.echo_ms - small->echo_ms;
    return ms > 0 ? delivery.payload_bytes * 8 / ms : 1e9;  // bits per millisecond: kbit/s
  };
  const double first = speed(*larger[0]), second = speed(*larger[1]);
  constexpr double slow = 250, alike = 2.5;
  if (second > slow || first > slow || second > first * alike) return {};
  const auto rounded = [](double number) { return std::to_string(static_cast<int>(number)); };
  constexpr double kilobits_of_100_kb = 800;
  return made_finding(
             "path-slow-link", certainty::likely, strength::first_of_several,
             words(N_("The way to the broker is slow, about {speed} kbit/s: a message of 100 kB "
                      "takes {time}."),
                   {{"speed", rounded(second)},
                    {"time", time_text(kilobits_of_100_kb / second * 1000)}}))
      .seen(words(N_("A small message came back in {small}, one of {bytes} bytes in {large}."),
                  {{"small", time_text(small->echo_ms)},
                   {"bytes", std::to_string(larger[1]->payload_bytes)},
                   {"large", time_text(larger[1]->echo_ms)}}))
      .in_app(words(N_("Send smaller messages, and give the app longer timeouts.")));
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"path-slow-link", N_("the way to the broker is slow"), layer::path, exit_code::cannot_connect,
     station::network, severity::warning, slow_link},
    {"tcp-timeout-security-group",
     N_("the cloud's security group, or a firewall on the way, swallows the port's packets"),
     layer::port, exit_code::cannot_connect, station::firewall, severity::problem, security_group,
     attempt_end::silence},
    {"tcp-timeout-host-firewall", N_("the server's own firewall drops the port's packets"),
     layer::port, exit_code::cannot_connect, station::firewall, severity::problem, host_firewall,
     attempt_end::silence},
    {"tcp-timeout-source-allowlist",
     N_("a rule lets in certain addresses only, or turns this one away"), layer::port,
     exit_code::cannot_connect, station::firewall, severity::problem, source_allowlist},
    {"tcp-egress-blocked", N_("this network does not let the port out"), layer::path,
     exit_code::cannot_connect, station::network, severity::problem, egress_blocked},
    {"tcp-nat-hairpin", N_("the router does not send its public address back into its own network"),
     layer::port, exit_code::cannot_connect, station::network, severity::problem, hairpin},
    {"tcp-port-forward-wrong", N_("the router does not pass the port on to the broker"),
     layer::port, exit_code::cannot_connect, station::network, severity::problem, port_forward},
    {"tcp-ipv6-path-broken", N_("IPv6 to the broker is broken, IPv4 works"), layer::path,
     exit_code::cannot_connect, station::network, severity::problem, ipv6_broken},
    {"tcp-ipv6-listener-missing",
     N_("the broker listens on IPv4 only, and the name has an IPv6 address"), layer::port,
     exit_code::cannot_connect, station::broker, severity::problem, ipv6_listener},
    {"path-wifi-client-isolation", N_("the Wi-Fi keeps its devices from seeing each other"),
     layer::path, exit_code::cannot_connect, station::network, severity::problem, wifi_isolation},
    {"path-captive-portal", N_("a login page of the Wi-Fi answers in place of every server"),
     layer::path, exit_code::cannot_connect, station::network, severity::problem, captive_portal},
    {"path-transparent-proxy", N_("something on the way takes connections in the broker's name"),
     layer::path, exit_code::cannot_connect, station::network, severity::problem,
     transparent_proxy},
    {"path-mtu-black-hole", N_("large packets vanish on the way, and nothing says so"), layer::path,
     exit_code::cannot_connect, station::network, severity::problem, mtu_black_hole},
    {"path-payload-dropped", N_("the connection opens, and its data does not get through"),
     layer::path, exit_code::cannot_connect, station::network, severity::problem, payload_dropped},
    {"path-dpi-reset", N_("something on the way resets connections that carry MQTT"), layer::path,
     exit_code::cannot_connect, station::network, severity::problem, dpi_reset},
    {"path-sni-filter", N_("a filter resets TLS connections by the name they ask for"), layer::path,
     exit_code::cannot_connect, station::network, severity::problem, sni_filter},
    {"path-packet-loss", N_("packets are lost on the way"), layer::path, exit_code::cannot_connect,
     station::network, severity::problem, packet_loss},
};

constexpr second_look looks[] = {
    {"path-payload-dropped", answers_dropped},
};

}  // namespace

cause_table path_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
