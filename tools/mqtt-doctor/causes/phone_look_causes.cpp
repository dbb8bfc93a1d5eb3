// What a phone's browser met, compared with what this machine saw of the phone's packets.
//
// A browser says that a connection failed, not how: silence, a refusal and an untrusted certificate
// read the same. Each cause here rests on this machine's side: packets that came or did not, what
// was answered, where the phone left TLS. Without that side nothing here is more than possible.
#include <algorithm>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// The port in question as the phone met it; nullptr when the facts are no phone's.
const phone_port_fact* port_of(const view& known) {
  if (!known.all.phone) return nullptr;
  const auto& ports = known.all.phone->ports;
  const auto found = std::find_if(ports.begin(), ports.end(), [&](const phone_port_fact& port) {
    return port.port == known.at.port;
  });
  return found == ports.end() ? nullptr : &*found;
}

bool has_arrived(const view& known, phone_arrival how) {
  const phone_port_fact* const port = port_of(known);
  return port != nullptr && port->arrival == how;
}

/// Whether this machine watched for the phone's packets, and none came.
bool is_absent(const view& known) { return has_arrived(known, phone_arrival::absent); }

places places_of(const view& known) {
  const phone_facts& phone = *known.all.phone;
  const phone_port_fact* const port = port_of(known);
  const std::string address =
      port != nullptr && !port->address.empty() ? port->address : phone.address;
  return {{"phone", address}, {"port", known.port()}, {"host", known.host()}};
}

/// A step of the phone's page that ended in this way, on whatever port.
const phone_step_fact* step_with(const view& known, phone_outcome how, std::string_view reason) {
  if (!known.all.phone) return nullptr;
  for (const phone_step_fact& step : known.all.phone->steps) {
    if (step.outcome == how && step.reason == reason) return &step;
  }
  return nullptr;
}

// ---- packets that arrive -----------------------------------------------------------------------

maybe_finding dropped_here(const view& known, exclusions& excluded) {
  if (!has_arrived(known, phone_arrival::unanswered)) return {};
  const sentence came =
      words(N_("Packets of {phone} for port {port} arrive at this machine."), places_of(known));
  for (const char* const id : {"tcp-timeout-security-group", "tcp-egress-blocked",
                               "tcp-port-forward-wrong", "input-private-address"})
    excluded.push_back({id, came});
  return made_finding("tcp-timeout-host-firewall", certainty::likely, strength::seen,
                      words(N_("The phone's packets reach this machine at port {port}, and its own "
                               "firewall swallows them."),
                            places_of(known)))
      .seen(came)
      .seen(words(N_("Nothing went back to it.")))
      .look(words(N_("See the rules, and where a packet ends:")),
            "sudo mqtt-doctor localhost:" + known.port() + " --on-broker")
      .apart(words(N_("A listener whose queue is full drops SYN as well; then this counts up:")),
             "nstat -az TcpExtListenDrops TcpExtListenOverflows TcpExtTCPReqQFullDrop");
}

maybe_finding answers_lost(const view& known, exclusions& excluded) {
  if (!has_arrived(known, phone_arrival::half_open)) return {};
  const sentence came =
      words(N_("Packets of {phone} for port {port} arrive at this machine."), places_of(known));
  for (const char* const id :
       {"tcp-timeout-security-group", "tcp-timeout-host-firewall", "tcp-egress-blocked"})
    excluded.push_back({id, came});
  return made_finding("path-no-route-back", certainty::likely, strength::seen,
                      words(N_("The answer to the phone ({phone}) leaves here and does not reach "
                               "it: the way back is another one, or something on it drops what it "
                               "does not know."),
                            places_of(known)))
      .seen(came)
      .seen(words(N_("SYN-ACK was sent to it, and no ACK came.")))
      .look(words(N_("See by which interface the answer leaves:")),
            "ip route get " + shell_word(places_of(known).at("phone")));
}

/// The phone was refused, and not by this machine.
maybe_finding refused_elsewhere(const view& known, exclusions& excluded) {
  if (!is_absent(known) || !connect_was(known, connect_outcome::refused)) return {};
  const sentence none =
      words(N_("Not a packet of the phone for port {port} came here."), places_of(known));
  exclude(excluded, "tcp-refused-not-running", none);
  exclude(excluded, "tcp-refused-loopback-listener", none);
  return made_finding("tcp-refused-by-firewall-reset", certainty::likely, strength::seen,
                      words(N_("Something between the phone and this machine refuses port {port}: "
                               "a firewall, a router, or the phone's own network."),
                            places_of(known)))
      .seen(words(N_("The phone failed at once.")))
      .seen(none)
      .in_app(words(N_("Try another network (mobile data instead of Wi-Fi, or the other way "
                       "round), or TLS on 8883, or WebSocket on 443 (wss).")));
}

// ---- packets that do not arrive ----------------------------------------------------------------

bool is_at_home(const view& known) {
  const contact* const client = known.client();
  return client != nullptr && class_of(client->address) == address_class::private_use;
}

bool is_public_text(const std::string& address) {
  const address_class kind = class_of(address);
  return !address.empty() &&
         (kind == address_class::global || kind == address_class::documentation);
}

/// Whether the page came from a public address, where browsers may forbid it private addresses.
bool is_kept_outside(const view& known) {
  return known.all.phone && is_public_text(known.all.phone->address) &&
         !known.all.name.addresses.empty() &&
         class_of(known.all.name.addresses.front()) == address_class::private_use &&
         step_with(known, phone_outcome::blocked, "local-network") != nullptr;
}

/// Offers the address by which the page came, since the app may use it as well.
void add_page_address(made_finding& made, const view& known) {
  const phone_facts& phone = *known.all.phone;
  if (phone.host.empty() || phone.host == known.host() ||
      class_of(phone.host) == address_class::private_use)
    return;
  made.in_app(
      words(N_("Or set the address by which the page came: {page}. Let port {port} in there, "
               "as the page's."),
            {{"page", phone.host}, {"port", known.port()}}));
}

maybe_finding other_network(const view& known, exclusions&) {
  if (is_kept_outside(known)) {
    made_finding made(
        "input-private-address", certainty::certain, strength::measured,
        words(N_("The phone comes from outside ({phone}), and {host} is an address of "
                 "the network at home: on mobile data it leads nowhere."),
              {{"phone", known.all.phone->address}, {"host", known.host()}}));
    made.in_app(
        words(N_("Switch mobile data off on the phone and choose the Wi-Fi this machine "
                 "is in; a VPN on the phone off as well.")));
    add_page_address(made, known);
    return made;
  }
  if (!is_absent(known) || !is_at_home(known) || !connect_was(known, connect_outcome::silent))
    return {};
  const bool is_outside = is_public_text(known.all.phone->address);
  // A phone that came to the page by a private address is in this network.
  if (!known.all.phone->address.empty() && !is_outside) return {};
  made_finding made(
      "input-private-address", is_outside ? certainty::certain : certainty::likely,
      is_outside ? strength::measured : strength::first_of_several,
      is_outside
          ? words(N_("The phone comes from outside ({phone}), and {host} is an address of "
                     "the network at home: on mobile data it leads nowhere."),
                  places_of(known))
          : words(N_("{host} is an address of this network, and nothing came from the phone: "
                     "it is on mobile data, or in another Wi-Fi."),
                  places_of(known)));
  made.seen(words(N_("Not a packet of the phone for port {port} came here."), places_of(known)));
  made.in_app(
      words(N_("Switch mobile data off on the phone and choose the Wi-Fi this machine "
               "is in; a VPN on the phone off as well.")));
  add_page_address(made, known);
  return made;
}

maybe_finding kept_apart(const view& known, exclusions&) {
  if (!is_absent(known) || !is_at_home(known) || !connect_was(known, connect_outcome::silent))
    return {};
  if (is_public_text(known.all.phone->address)) return {};
  // The page's own connection came through, which a Wi-Fi that isolates its devices would stop.
  if (known.all.phone->has_page) return {};
  return made_finding(
             "path-wifi-client-isolation", certainty::possible, strength::one_of_several,
             words(N_("Or the Wi-Fi keeps its devices from seeing each other (client isolation, a "
                      "guest network).")))
      .seen(words(N_("Not a packet of the phone for port {port} came here."), places_of(known)))
      .mend(words(N_("Switch client isolation off in the access point, or use its main network.")),
            {}, place::console)
      .apart(words(N_("Does another device of the same Wi-Fi reach this machine?")));
}

/// The phone did not find the name. facts_of_phone() removes the addresses when the page came by
/// another one and each try at the name ended at once.
maybe_finding unknown_name(const view& known, exclusions&) {
  if (!known.all.phone || !known.all.phone->has_findings || known.client() != nullptr) return {};
  if (known.all.name.is_literal || !known.all.name.addresses.empty()) return {};
  const places with{{"host", known.host()}, {"page", known.all.phone->host}};
  return made_finding("dns-differs-by-place", certainty::likely, strength::seen,
                      words(N_("The phone finds no address for {host}: Private DNS or a VPN on it "
                               "asks other name servers, or the name is known only here."),
                            with))
      .seen(words(N_("The page came by {page}; every try at {host} ended at once, and not a packet "
                     "of it came here."),
                  with))
      .in_app(words(N_("Switch Private DNS and VPN off on the phone, or set {page} in the app."),
                    with));
}

/// The name ends in .local, and a phone without mDNS finds no address for it.
maybe_finding local_name(const view& known, exclusions&) {
  const std::string name = lower(known.host());
  const bool is_local = name.ends_with(".local") || name.ends_with(".local.");
  if (!is_local || !is_absent(known) || known.all.phone->has_page) return {};
  if (known.client() == nullptr) return {};
  return made_finding("dns-mdns-name", certainty::likely, strength::first_of_several,
                      words(N_("{host} is a .local name, and nothing came from the phone: many "
                               "Android phones, mobile data and VPNs do not know such names."),
                            places_of(known)))
      .seen(words(N_("Not a packet of the phone for port {port} came here."), places_of(known)))
      .in_app(words(N_("Use the machine's address (reserve it in the router's DHCP), or a real DNS "
                       "name.")))
      .look(words(N_("With the address in place of the name:")),
            "mqtt-doctor phone " + shell_word(known.client()->address));
}

// ---- TLS ---------------------------------------------------------------------------------------

maybe_finding left_at_certificate(const view& known, exclusions&) {
  const phone_port_fact* const port = port_of(known);
  const contact* const client = known.client();
  if (port == nullptr || !port->left_tls || client == nullptr || !client->tls) return {};
  // A certificate that everybody rejects has causes of its own.
  if (client->tls->is_done || !client->tls->failures.empty()) return {};
  if (client->tls->chain.empty()) return {};  // this machine did not examine it
  made_finding made(
      "phone-distrusts-certificate", certainty::likely, strength::seen,
      words(N_("The phone does not trust the certificate of port {port}, which this machine does."),
            places_of(known)));
  if (port->alert == tls_alert::certificate_expired)
    made.seen(
        words(N_("It says that the certificate has expired: the date of the phone is "
                 "wrong, or a certificate of the chain is too old for it.")));
  if (port->alert == tls_alert::unknown_ca)
    made.seen(words(N_("It says that it does not know the authority (unknown_ca).")));
  made.seen(words(N_("It ended TLS right behind the certificate.")));
  made.in_app(
      words(N_("Check date and time of the phone. On an old one the authority may be "
               "missing: install its root certificate (Android: Settings, Security, "
               "Encryption & credentials; iOS: open the file, then Settings, General, "
               "About, Certificate Trust Settings).")));
  return made.mend(
      words(N_("Let the broker show the whole chain (fullchain.pem), not its own "
               "certificate alone.")));
}

// ---- the browser's own rules -------------------------------------------------------------------

maybe_finding mixed_content(const view& known, exclusions&) {
  const phone_step_fact* const step = step_with(known, phone_outcome::blocked, "mixed");
  if (step == nullptr) return {};
  return made_finding("phone-mixed-content", certainty::certain, strength::told,
                      words(N_("The phone's browser does not open {kind}:// from a page that came "
                               "by https (mixed content)."),
                            {{"kind", step->kind}}))
      .in_app(words(N_("A web app that is served by https needs wss://: a listener with TLS and "
                       "WebSocket, and a certificate the browser trusts.")));
}

maybe_finding local_network(const view& known, exclusions&) {
  if (step_with(known, phone_outcome::blocked, "local-network") == nullptr) return {};
  const bool is_outside = is_kept_outside(known);  // then allowing it helps nobody
  return made_finding("phone-local-network", is_outside ? certainty::possible : certainty::likely,
                      is_outside ? strength::one_of_several : strength::told,
                      words(N_("The phone's browser keeps pages away from the local network until "
                               "somebody allows it (Local Network Access).")))
      .in_app(words(N_("Allow it when the browser asks, or in its settings for this page; for an "
                       "app on an iPhone: Settings, Privacy & Security, Local Network.")));
}

maybe_finding no_websocket(const view& known, exclusions&) {
  if (!known.all.phone || known.at.scheme == scheme::ws || known.at.scheme == scheme::wss)
    return {};
  const auto& ports = known.all.phone->ports;
  const bool has_one = std::any_of(ports.begin(), ports.end(), [](const phone_port_fact& port) {
    return has_websocket(port.kind.value());
  });
  if (has_one) return {};
  return made_finding("phone-no-websocket", certainty::certain, strength::general,
                      words(N_("The broker has no listener for WebSocket: apps of the phone need "
                               "none, web pages and mini programs do.")))
      .lines(words(N_("For them, in mosquitto.conf:")), "listener 9001\nprotocol websockets",
             "mosquitto.conf")
      .note();
}

// ---- while the screen is off -------------------------------------------------------------------

maybe_finding drops_when_hidden(const view& known, exclusions&) {
  if (!known.all.phone) return {};
  const phone_step_fact* found = nullptr;
  for (const phone_step_fact& step : known.all.phone->steps) {
    if (step.step == phone_step::keep_alive && step.outcome == phone_outcome::dropped)
      found = &step;
  }
  if (found == nullptr) return {};
  const std::string away = tools::rough_text(found->hidden_ms / 1000);
  return made_finding("phone-background-sleep", certainty::certain, strength::measured,
                      words(N_("With the screen off the phone lost its connection {count} times."),
                            {{"count", std::to_string(std::max(found->count, 1))}}))
      .seen(words(N_("The page was hidden for {time}."), {{"time", away}}))
      .in_app(words(N_("Exempt the app from battery saving; use QoS 1 and a persistent session.")))
      .warning();
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"phone-distrusts-certificate", N_("the phone turns away a certificate that others trust"),
     layer::tls, exit_code::tls, station::client, severity::problem, left_at_certificate},
    {"phone-mixed-content", N_("a page that came by https may not open ws:// or http://"),
     layer::phone, exit_code::cannot_connect, station::client, severity::problem, mixed_content},
    {"phone-local-network", N_("the browser asks before a page comes to the local network"),
     layer::phone, exit_code::cannot_connect, station::client, severity::problem, local_network},
    {"phone-no-websocket", N_("no listener for WebSocket, which web pages and mini programs need"),
     layer::phone, exit_code::cannot_connect, station::broker, severity::note, no_websocket},
};

constexpr second_look looks[] = {
    {"tcp-timeout-host-firewall", dropped_here},
    {"path-no-route-back", answers_lost},
    {"tcp-refused-by-firewall-reset", refused_elsewhere},
    {"input-private-address", other_network},
    {"path-wifi-client-isolation", kept_apart},
    {"dns-mdns-name", local_name},
    {"dns-differs-by-place", unknown_name},
    {"phone-background-sleep", drops_when_hidden},
};

}  // namespace

cause_table phone_look_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
