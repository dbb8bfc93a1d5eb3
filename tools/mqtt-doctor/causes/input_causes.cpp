// Faults of the question itself, which need no packet to be found.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "mqtt-doctor/causes/address_slip_causes.hpp"
#include "mqtt-doctor/causes/exchange_view.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/typed_host_causes.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/odd_character.hpp"

namespace mqttkit::doctor {
namespace {

bool was_mended(const view& known, host_slip how) {
  const auto& list = known.asked().mended;
  return std::find(list.begin(), list.end(), how) != list.end();
}

/// Whether the broker let us in from here: an address may still be out of a phone's reach then.
bool works_from_here(const view& known) { return accepted(known) != nullptr; }

std::string first_address(const view& known) {
  return known.all.name.addresses.empty() ? known.host() : known.all.name.addresses[0];
}

maybe_finding scheme_in_host(const view& known, exclusions&) {
  if (was_mended(known, host_slip::http_scheme)) {
    return made_finding(
               "input-scheme-in-host", certainty::certain, strength::typed,
               words(N_("\"{typed}\" is a web address; an MQTT client takes mqtt://, mqtts://, "
                        "ws:// or wss://, or a host without any of them."),
                     {{"typed", known.asked().typed}}))
        .seen(words(N_("The target begins with http, which no broker speaks as MQTT.")))
        .in_app(
            words(N_("Enter {host} as the host, and choose the protocol (TCP, TLS or WebSocket) in "
                     "its own field."),
                  {{"host", known.host()}}));
  }
  if (was_mended(known, host_slip::broken_scheme)) {
    return made_finding("input-scheme-in-host", certainty::certain, strength::typed,
                        words(N_("\"{typed}\" is no URL: after the scheme stand a colon and two "
                                 "slashes, and nothing else."),
                              {{"typed", known.asked().typed}}))
        .seen(words(N_("The text begins with a scheme, and :// does not follow.")))
        .in_app(words(N_("Enter {host} as the host; the scheme belongs in the protocol selector."),
                      {{"host", known.host()}}));
  }
  if (!was_mended(known, host_slip::url_in_host) && !was_mended(known, host_slip::unknown_scheme))
    return {};
  return made_finding(
             "input-scheme-in-host", certainty::certain, strength::typed,
             words(N_("The host field holds a URL, \"{typed}\". It takes only a name or an "
                      "address."),
                   {{"typed", known.asked().typed}}))
      .seen(words(N_("The text contains \"://\"; looked up as a name it does not exist.")))
      .in_app(words(N_("Enter {host} as the host; the scheme belongs in the protocol selector."),
                    {{"host", known.host()}}));
}

std::string last_part(const std::string& address) { return address.substr(address.rfind(':') + 1); }

/// An IPv6 literal that ends like a port and answers nobody, without that last group; "" otherwise.
std::string without_port(const view& known) {
  const std::string host = known.host();
  if (!known.all.name.is_literal || std::count(host.begin(), host.end(), ':') < 2) return {};
  if (is_connected(known) || connect_was(known, connect_outcome::refused)) return {};
  constexpr std::array<std::string_view, 7> usual{"1883", "8883", "8083", "8084",
                                                  "9001", "8884", "443"};
  if (std::find(usual.begin(), usual.end(), last_part(host)) == usual.end()) return {};
  const std::string bare = host.substr(0, host.rfind(':'));
  return bare.ends_with(':') ? bare + ":" : bare;
}

maybe_finding port_in_host(const view& known, exclusions&) {
  if (was_mended(known, host_slip::port_in_host)) {
    return made_finding("input-port-in-host", certainty::certain, strength::proven,
                        words(N_("\"{typed}\" is looked up as a name. The port belongs in the port "
                                 "field."),
                              {{"typed", known.asked().typed}}))
        .seen(words(N_("The host field ends in a colon and a number.")))
        .in_app(words(N_("Enter {host} as the host and {port} as the port."),
                      {{"host", known.host()}, {"port", std::to_string(known.asked().port)}}));
  }
  if (const std::string bare = without_port(known); !bare.empty()) {
    return made_finding("input-port-in-host", certainty::likely, strength::usual,
                        words(N_("\"{typed}\" is read as one IPv6 address; with a port the address "
                                 "stands in brackets."),
                              {{"typed", known.asked().typed}}))
        .seen(words(N_("Its last part is the number of a usual port, and nothing answers at the "
                       "whole.")))
        .in_app(words(N_("Enter {host} as the host and {port} as the port."),
                      {{"host", bare}, {"port", last_part(known.host())}}))
        .apart(words(N_("Try it:")),
               "mqtt-doctor " + shell_word("[" + bare + "]:" + last_part(known.host())));
  }
  if (!was_mended(known, host_slip::brackets)) return {};
  return made_finding(
             "input-port-in-host", certainty::certain, strength::proven,
             words(N_("\"{typed}\" has brackets, which belong around an IPv6 address in a URL "
                      "only."),
                   {{"typed", known.asked().typed}}))
      .seen(words(N_("With the brackets the text is looked up as a name.")))
      .in_app(words(N_("Enter {host} as the host, without brackets."), {{"host", known.host()}}));
}

/// The address that was meant, with digits for letters that look like them and dots for separators;
/// "" when nothing of the kind was typed.
std::string meant_address(const std::string& host) {
  std::string out;
  for (const char c : host) {
    const bool is_dot = c == '.' || c == ',' || c == ';' || c == ' ' || c == '_' || c == '-';
    if (is_dot && (out.empty() || out.back() == '.')) continue;
    out += is_dot ? '.' : c == 'O' || c == 'o' ? '0' : c == 'l' || c == 'I' || c == '|' ? '1' : c;
  }
  if (!out.empty() && out.back() == '.') out.pop_back();
  in_addr address{};
  const bool is_address = ::inet_pton(AF_INET, out.c_str(), &address) == 1;
  return is_address && out != host ? out : std::string();
}

maybe_finding invisible_character(const view& known, exclusions&) {
  const bool is_odd =
      was_mended(known, host_slip::spaces) || was_mended(known, host_slip::invisible_characters) ||
      was_mended(known, host_slip::full_width) || was_mended(known, host_slip::punctuation);
  if (!is_odd || is_placeholder(known)) return {};
  // "U+0020 at the end"
  std::vector<std::string> characters;
  std::vector<sentence> places;
  for (const auto& each : known.asked().odd_characters) {
    if (each.ends_with(in_login)) continue;
    const std::string character = each.substr(0, each.find(' '));
    if (std::find(characters.begin(), characters.end(), character) == characters.end())
      characters.push_back(character);
    if (each.ends_with(" at the beginning"))
      places.emplace_back(N_("{character} stands at the beginning."),
                          std::map<std::string, std::string>{{"character", character}});
    if (each.ends_with(" at the end"))
      places.emplace_back(N_("{character} stands at the end."),
                          std::map<std::string, std::string>{{"character", character}});
  }
  made_finding made("input-invisible-character", certainty::certain, strength::typed,
                    words(N_("The host has characters that do not belong there: {characters}. "
                             "Copying and pasting adds them."),
                          {{"characters", list_text(characters)}}));
  for (auto& place : places) made.seen(std::move(place));
  const std::string meant = meant_address(known.host());
  return made.seen(words(N_("A host name has only letters, digits, dots and hyphens.")))
      .in_app(words(N_("Delete the host and type it by hand: {host}"),
                    {{"host", meant.empty() ? known.host() : meant}}));
}

/// A number that is not four decimal parts (0x7f000001, 10.1): the system reads it its own way.
maybe_finding not_dotted_quad(const view& known, exclusions&) {
  const name_facts& name = known.all.name;
  if (!name.is_literal || name.canonical == known.host()) return {};
  if (known.host().find(':') != std::string::npos) return {};
  return made_finding(
             "input-ipv4-not-dotted-quad", certainty::certain, strength::proven,
             words(N_("\"{typed}\" means {canonical} to the system: a leading 0 is octal, 0x is "
                      "hexadecimal, and missing parts are filled in."),
                   {{"typed", known.host()}, {"canonical", name.canonical}}))
      .seen(words(N_("The text is not four decimal numbers without leading zeros.")))
      .in_app(words(N_("Write the address as four plain decimal numbers.")));
}

/// "10.0.0.5:1883:1883", as docker's -p writes a port.
maybe_finding port_twice(const std::string& host) {
  const std::size_t colon = host.find(':');
  const std::string front = host.substr(0, colon);
  in_addr address{};
  const bool has_more = colon != host.npos && host.find(':', colon + 1) != host.npos;
  if (!has_more || host.find_first_not_of("0123456789:", colon) != host.npos ||
      ::inet_pton(AF_INET, front.c_str(), &address) != 1)
    return {};
  return made_finding(
             "input-port-in-host", certainty::certain, strength::typed,
             words(N_("\"{typed}\" has the port twice; docker writes it so, and nobody else "
                      "does."),
                   {{"typed", host}}))
      .seen(words(N_("No system takes it for an address, and no name has only digits.")))
      .in_app(words(N_("Enter {host}, and the port once."), {{"host", front}}));
}

/// Numbers and dots that are no address: a part above 255, or more or fewer than four parts.
maybe_finding no_dotted_quad(const view& known, exclusions&) {
  const std::string& host = known.host();
  if (known.all.name.is_literal) return {};
  if (const std::string meant = meant_address(host); !meant.empty()) {
    return made_finding("input-ipv4-not-dotted-quad", certainty::certain, strength::typed,
                        words(N_("\"{typed}\" is not the address {meant}: it has a letter for a "
                                 "digit, or something else where a dot belongs."),
                              {{"typed", host}, {"meant", meant}}))
        .seen(words(N_("The text is not four decimal numbers with dots between them.")))
        .in_app(words(N_("Type {meant} by hand."), {{"meant", meant}}));
  }
  if (auto twice = port_twice(host)) return twice;
  const bool is_of_numbers = !host.empty() && host.find_first_not_of("0123456789.") == host.npos &&
                             host.find('.') != host.npos;
  in_addr address{};
  if (!is_of_numbers || known.all.name.is_literal ||
      ::inet_pton(AF_INET, host.c_str(), &address) == 1)
    return {};
  return made_finding("input-ipv4-not-dotted-quad", certainty::certain, strength::typed,
                      words(N_("\"{typed}\" is no IPv4 address: it has four numbers from 0 to 255 "
                               "with dots between them."),
                            {{"typed", host}}))
      .seen(words(N_("No system takes it for an address, and no name has only digits.")))
      .in_app(words(N_("Write the address as four plain decimal numbers.")));
}

maybe_finding loopback_address(const view& known, exclusions&) {
  const std::string address = first_address(known);
  const address_class kind = class_of(address);
  if (kind != address_class::loopback && kind != address_class::unspecified) return {};
  // A name with the address 0.0.0.0 comes from a filter, which dns-resolver-filters reports.
  const name_facts& name = known.all.name;
  if (kind == address_class::unspecified && !name.is_literal && name.hosts_file.empty()) return {};
  made_finding made(
      "input-loopback-address", certainty::certain, strength::told,
      words(
          N_("{address} is always the device itself: on a phone it is the phone, not the "
             "broker."),
          {{"address", known.host() == address ? address : known.host() + " (" + address + ")"}}));
  made.seen(words(N_("{address} never leaves the machine that dials it."), {{"address", address}}));
  std::vector<std::string> own;
  for (const auto& interface : known.all.local.interfaces) {
    const address_class own_kind = class_of(interface.address);
    if (own_kind == address_class::global || own_kind == address_class::private_use) {
      own.push_back(interface.address);
    }
  }
  if (own.empty()) {
    made.in_app(words(N_("Use the server's public address or name.")));
  } else {
    made.in_app(words(N_("Use an address of the server; this machine has {addresses}."),
                      {{"addresses", list_text(own)}}));
  }
  if (known.all.phone) return made;
  if (known.asked().on_broker) return made.note();
  // On the broker's machine 127.0.0.1 is the usual way to test the broker first: no fault.
  if (works_from_here(known)) return made.note();
  // What keeps the port closed on the machine itself has to be mended first.
  if (known.all.local.is_target && is_connected(known)) return made.warning();
  if (!connect_was(known, connect_outcome::refused) || known.asked().on_broker ||
      is_brokers_machine(known))
    return made.warning();
  return made.apart(words(N_("Is this the broker's own machine? Then:")),
                    "mqtt-doctor " + known.target() + " --on-broker");
}

/// Whether the failure is one that an unreachable address explains.
bool is_out_of_reach(const view& known) {
  return connect_was(known, connect_outcome::silent) ||
         connect_was(known, connect_outcome::net_unreachable) ||
         connect_was(known, connect_outcome::host_unreachable);
}

maybe_finding private_address(const view& known, exclusions&) {
  const std::string address = first_address(known);
  if (class_of(address) != address_class::private_use) return {};
  if (known.all.phone) return {};  // a phone's interfaces are unknown; packets tell
  const bool is_near = is_on_link(known.all.local, address) || known.all.local.is_target;
  made_finding made(
      "input-private-address", certainty::likely, strength::leaning,
      words(N_("{address} exists only inside its own local network; from the Internet, and "
               "from mobile data, it cannot be reached."),
            {{"address", address}}));
  made.seen(words(N_("{address} is a private address (RFC 1918 or RFC 4193)."),
                  {{"address", address}}))
      .in_app(
          words(N_("Use the public address that the cloud console or the router shows, or connect "
                   "the phone to the same network or VPN.")));
  if (works_from_here(known) || is_near) return made.note();
  // The address took the connection or refused it, so it is the one that was meant.
  if (is_connected(known) || connect_was(known, connect_outcome::refused)) return made.note();
  if (!is_out_of_reach(known) || is_container_range(address)) return made.warning();
  made.seen(words(N_("No interface of this device is in that network, and the connection came to "
                     "nothing ({outcome})."),
                  {{"outcome", known.client()->connect.error}}));
  const auto& icmp = known.client()->connect.icmp;
  const bool says_no_route = icmp && icmp->type == 3 && (icmp->code == 0 || icmp->code == 9);
  // The host answers on other ports, so it can be reached and the fault is at the port.
  if (is_host_alive(known)) return made.warning();
  const bool found_nobody = icmp && icmp->code == 1 && known.client()->connect.ms > 1000;
  // A router that looked for the machine in its own network has a route to that network.
  if (found_nobody) return made.warning();
  if (says_no_route || connect_was(known, connect_outcome::net_unreachable) || icmp) {
    made.seen(words(N_("A router on the way has no route to it.")));
    return made;
  }
  // After mere silence a typed address is more suspect than one that a name leads to.
  made.weigh(known.all.name.is_literal ? strength::one_of_several : strength::fits);
  return made;
}

/// Whether the dialled machine answered, so that its address can be reached from here.
bool has_answered(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr) return false;
  const connect_fact& connect = client->connect;
  return connect.is_connected() || is_host_alive(known) ||
         (connect.outcome == connect_outcome::refused && !connect.icmp);
}

maybe_finding shared_address(const view& known, exclusions& excluded) {
  const std::string address = first_address(known);
  if (class_of(address) != address_class::shared) return {};
  // Private networks over the Internet (Tailscale) use the range as well.
  if (has_answered(known) && !works_from_here(known)) {
    exclude(excluded, "input-cgnat-address",
            words(N_("The machine at that address answered: it can be reached from here.")));
    return {};
  }
  const auto& mine = known.all.local.interfaces;
  const bool is_within = std::any_of(mine.begin(), mine.end(), [](const interface_fact& each) {
    return class_of(each.address) == address_class::shared;
  });
  made_finding made("input-cgnat-address", is_within ? certainty::possible : certainty::likely,
                    is_within ? strength::fits : strength::seen,
                    words(N_("{address} is an address that a carrier shares among many customers, "
                             "or one inside a VPN such as Tailscale: nobody outside can connect to "
                             "it."),
                          {{"address", address}}));
  made.seen(words(N_("{address} lies in 100.64.0.0/10 (RFC 6598)."), {{"address", address}}))
      .in_app(words(
          N_("If it is the broker's address in a VPN, switch the VPN on, on this device too.")))
      .mend(words(N_("Ask the provider for a public IPv4 address, use IPv6, or put the broker on a "
                     "server with a public address.")));
  if (works_from_here(known)) return made.note();
  return made;
}

/// fe80:: addresses are those of every interface alike: without the interface behind it, the system
/// refuses to dial (EINVAL) or does not know where.
maybe_finding without_zone(const view& known, const std::string& address) {
  const contact* const client = known.client();
  if (!is_v6_text(address) || known.host().find('%') != std::string::npos || client == nullptr ||
      !connect_was(known, connect_outcome::invalid))
    return {};
  std::vector<std::string> zones;
  for (const interface_fact& each : known.all.local.interfaces) {
    const bool is_link = is_v6_text(each.address) &&
                         class_of(each.address) == address_class::link_local &&
                         std::find(zones.begin(), zones.end(), each.name) == zones.end();
    if (is_link) zones.push_back(each.name);
  }
  if (zones.empty()) return {};
  const places with{{"address", address}, {"zone", zones.front()}, {"zones", list_text(zones)}};
  made_finding made("input-link-local-address", certainty::certain, strength::told,
                    words(N_("{address} lacks its zone, the interface behind it: a link-local "
                             "address is written {address}%{zone}."),
                          with));
  made.seen(words(N_("connect() failed with EINVAL: each interface has a network fe80::/64, and "
                     "none was named.")))
      .seen(words(N_("Interfaces of this device with such an address: {zones}."), with));
  if (zones.size() == 1) {
    made.in_app(
        words(N_("Enter {address}%{zone}; each device has its own name for the interface."), with));
  } else {
    made.in_app(words(N_("Enter the address with the interface by which the broker is reached, as "
                         "{address}%{zone}; each device has its own names."),
                      with));
  }
  return made.in_app(words(N_("Or use the machine's regular address, which needs no zone.")))
      .apart(words(N_("Try it:")), "mqtt-doctor " + shell_word("[" + address + "%" + zones.front() +
                                                               "]:" + known.port()));
}

maybe_finding link_local_address(const view& known, exclusions& excluded) {
  const std::string address = first_address(known);
  if (class_of(address) != address_class::link_local) return {};
  if (has_answered(known) && !works_from_here(known)) {
    exclude(excluded, "input-link-local-address",
            words(N_("The machine at that address answered: it can be reached from here.")));
    return {};
  }
  if (const maybe_finding unzoned = without_zone(known, address)) return unzoned;
  made_finding made(
      "input-link-local-address", certainty::certain, strength::told,
      words(N_("{address} is valid on one cable or Wi-Fi only, and never across a router."),
            {{"address", address}}));
  made.seen(
          words(N_("{address} is link-local (169.254.0.0/16 or fe80::/10); 169.254 also means that "
                   "DHCP failed on that machine."),
                {{"address", address}}))
      .in_app(words(N_("Use the machine's regular address; on the same link an IPv6 one works with "
                       "the interface: fe80::1%wlan0")));
  if (works_from_here(known)) return made.note();
  return made;
}

maybe_finding family_left_out(const view& known, exclusions&) {
  const auto& name = known.all.name;
  if (!name.addresses.empty() || name.left_out.empty()) return {};
  const std::string& because = known.asked().family_because;
  return made_finding(
             "input-family-left-out", certainty::certain, strength::proven,
             words(N_("{host} has no {family} address, and {option} leaves out all others."),
                   {{"host", known.host()}, {"family", known.asked().family}, {"option", because}}))
      .seen(words(N_("Left out: {addresses}; nothing was sent there."),
                  {{"addresses", list_text(name.left_out)}}))
      .mend(words(N_("Ask again without {option}."), {{"option", because}}), {}, place::here);
}

/// Whether a machine has the address: it took a connection or refused one itself, or it is the
/// machine that the phone was examined from.
bool is_answered(const view& known) {
  const auto& phone = known.all.phone;
  const std::string address = first_address(known);
  if (phone && std::find(phone->machine_addresses.begin(), phone->machine_addresses.end(),
                         address) != phone->machine_addresses.end())
    return true;
  if (is_connected(known) || is_host_alive(known)) return true;
  const contact* const client = known.client();
  if (client == nullptr) return false;
  const auto& icmp = client->connect.icmp;
  return icmp ? icmp->from_target : client->connect.outcome == connect_outcome::refused;
}

maybe_finding documentation_address(const view& known, exclusions&) {
  const std::string address = first_address(known);
  const address_class kind = class_of(address);
  if (kind != address_class::documentation && kind != address_class::multicast &&
      kind != address_class::reserved) {
    return {};
  }
  if (is_answered(known) || is_on_link(known.all.local, address)) return {};
  if (address == "255.255.255.255") return {};  // the broadcast address has its own cause
  return made_finding(
             "input-documentation-address", certainty::certain, strength::told,
             words(N_("{address} is an example address that no machine has: it was copied from "
                      "a tutorial."),
                   {{"address", address}}))
      .seen(words(N_("{address} is reserved (documentation, multicast or never assigned)."),
                  {{"address", address}}))
      .in_app(words(N_("Use the address of your own server.")));
}

maybe_finding scheme_port_mismatch(const view& known, exclusions&) {
  if (known.asked().scheme.empty() || known.asked().port == 0 || works_from_here(known)) return {};
  const scheme usual = expected_scheme(known.at.port);
  if (usual == scheme::none || known.at.scheme == usual) return {};
  // Causes of TLS and WebSocket prove what the port speaks; this one only goes by its number.
  return made_finding(
             "input-scheme-port-mismatch", certainty::possible, strength::hint,
             words(
                 N_("Port {port} usually carries {usual}://, and you asked for {scheme}://."),
                 {{"port", known.port()}, {"usual", word_of(usual)}, {"scheme", known.at.scheme}}))
      .seen(words(N_("Brokers use {port} for {usual} by custom."),
                  {{"port", known.port()}, {"usual", word_of(usual)}}))
      .in_app(words(N_("Choose {usual} in the protocol selector, or another port."),
                    {{"usual", word_of(usual)}}));
}

struct dashboard_row {
  int port;
  const char* what;
  const char* use;
};
constexpr std::array<dashboard_row, 7> dashboards{{
    {18083, N_("EMQX dashboard"), "1883"},
    {15672, N_("RabbitMQ management page"), "1883"},
    {8161, N_("ActiveMQ console"), "1883"},
    {61680, N_("ActiveMQ Apollo console"), "61613"},
    {8080, N_("web page"), "1883"},
    {80, N_("web page"), "1883"},
    {443, N_("web page"), "8883"},
}};

maybe_finding dashboard_port(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !client->connect.is_connected() || works_from_here(known)) return {};
  if (known.is_websocket() && client->websocket && client->websocket->is_done) return {};
  const contact* const get = known.at.find(contact_purpose::get);
  const bool is_web = client->speaks == spoken_protocol::http ||
                      (get != nullptr && get->speaks == spoken_protocol::http);
  if (!is_web || known.at.find(contact_purpose::upgrade) != nullptr) {
    const contact* const upgrade = known.at.find(contact_purpose::upgrade);
    if (!is_web || (upgrade != nullptr && upgrade->websocket && upgrade->websocket->is_done))
      return {};
  }
  if (known.is_websocket()) return {};
  const auto* const row =
      std::find_if(dashboards.begin(), dashboards.end(),
                   [&](const auto& dashboard) { return dashboard.port == known.at.port; });
  const contact& page = get != nullptr && get->speaks == spoken_protocol::http ? *get : *client;
  std::string title = page.websocket ? page.websocket->body : "";
  if (title.empty()) title = page.text;
  if (row == dashboards.end()) return {};
  return made_finding("input-dashboard-port", certainty::certain, strength::measured,
                      words(N_("Port {port} is the {what}: it speaks HTTP, not MQTT."),
                            {{"port", known.port()}, {"what", row->what}}))
      .seen(words(N_("It answered a browser's request: \"{title}\"."), {{"title", title}}))
      .in_app(words(N_("Use port {use} for MQTT (8083 with path /mqtt for WebSocket)."),
                    {{"use", row->use}}));
}

maybe_finding shell_ate_topic(const view& known, exclusions&) {
  const std::string& topic = known.asked().topic;
  const exchange_fact* const users = exchange_on(known, true);
  // "/#" is a good filter where something comes for it.
  const bool is_bare = topic == "/#" && users != nullptr && users->others == 0 &&
                       users->retained == 0 && !users->near.empty() &&
                       users->near.front().starts_with("$SYS/");
  if (!topic.starts_with("/broker/") && topic != "/" && !is_bare) return {};
  made_finding made(
      "input-shell-ate-the-topic", certainty::likely, strength::first_of_several,
      words(N_("The topic is \"{topic}\": the shell probably replaced $SYS by nothing."),
            {{"topic", topic}}));
  if (users != nullptr && !users->near.empty())
    made.seen(words(N_("Kept beside it: {topics}."), {{"topics", list_text(users->near)}}));
  return made
      .seen(words(
          N_("Inside double quotes, or without any, the shell replaces $SYS by a variable that "
             "does not exist.")))
      .mend(words(N_("Put the topic in single quotes.")), "mqtt-sub -t '$SYS/#'", place::here);
}

maybe_finding container_address(const view& known, exclusions&) {
  const std::string address = first_address(known);
  const bool is_container = is_container_range(address) && known.all.name.is_literal;
  if (works_from_here(known)) return {};
  if (!is_container || is_on_link(known.all.local, address) || !is_out_of_reach(known)) return {};
  return made_finding(
             "input-container-address", certainty::possible, strength::first_of_several,
             words(N_("{address} is in the range docker gives to containers; outside their host "
                      "it leads nowhere."),
                   {{"address", address}}))
      .seen(words(N_("{address} lies between 172.17.0.0 and 172.31.255.255 and did not answer."),
                  {{"address", address}}))
      .in_app(
          words(N_("Publish the container's port (docker run -p 1883:1883) and use the address of "
                   "the machine it runs on.")));
}

/// Characters in user name or password that end a part of a URL for other programs.
maybe_finding url_characters(const view& known, exclusions&) {
  std::string plain;
  std::string written;
  for (const std::string& each : known.asked().odd_characters) {
    if (!each.ends_with(in_login)) continue;
    char text[8];
    (void)std::snprintf(text, sizeof text, " %%%02X", static_cast<unsigned char>(each.front()));
    written += text;
    plain.append(1, ' ').append(1, each.front());
  }
  if (plain.empty()) return {};
  return made_finding(
             "input-url-character", certainty::certain, strength::typed,
             words(N_("In the user name or the password of the address stands{characters}: "
                      "apps and libraries take that for the end of a part of it."),
                   {{"characters", plain}}))
      .seen(words(N_("mqtt-doctor reads it as it was meant.")))
      .in_app(words(N_("In an address write{written} for{characters}; in fields of their own, user "
                       "name and password stay as they are."),
                    {{"written", written}, {"characters", plain}}))
      .warning();
}

using tools::exit_code;

constexpr second_look looks[] = {
    {"input-ipv4-not-dotted-quad", no_dotted_quad},
    {"input-family-left-out", unserved_family},
    {"input-wrong-address", address_of_all},
    {"input-wrong-address", digit_beside_own_network},
};

constexpr cause_row rows[] = {
    {"input-file-outdated", N_("a file that was handed in is from before the broker was changed"),
     layer::input, exit_code::cannot_connect, station::client, severity::problem},
    {"input-scheme-in-host", N_("a web address or half an address was typed where a host belongs"),
     layer::input, exit_code::usage, station::client, severity::problem, scheme_in_host},
    {"input-port-in-host", N_("the port stands in the host field"), layer::input, exit_code::usage,
     station::client, severity::problem, port_in_host},
    {"input-invisible-character", N_("characters nobody sees came into the host by copying"),
     layer::input, exit_code::usage, station::client, severity::problem, invisible_character},
    {"input-ipv4-not-dotted-quad",
     N_("an IPv4 address that means another one to the system: octal, hexadecimal, parts left out"),
     layer::input, exit_code::usage, station::client, severity::problem, not_dotted_quad},
    {"input-loopback-address", N_("a loopback address, which is always the device itself"),
     layer::input, exit_code::usage, station::client, severity::problem, loopback_address},
    {"input-url-character", N_("a character in user name or password that ends an address early"),
     layer::input, exit_code::usage, station::client, severity::warning, url_characters},
    {"input-private-address", N_("a private address, dialled from outside of its network"),
     layer::input, exit_code::usage, station::client, severity::problem, private_address},
    {"input-cgnat-address", N_("an address that the carrier shares among many customers"),
     layer::input, exit_code::usage, station::client, severity::problem, shared_address},
    {"input-link-local-address", N_("a link-local address, which no router passes on"),
     layer::input, exit_code::usage, station::client, severity::problem, link_local_address},
    {"input-family-left-out", N_("an option leaves out the only addresses that the host has"),
     layer::input, exit_code::usage, station::client, severity::problem, family_left_out},
    {"input-documentation-address", N_("an example address from a tutorial"), layer::input,
     exit_code::usage, station::client, severity::problem, documentation_address},
    {"input-scheme-port-mismatch", N_("scheme and port do not go together by custom"), layer::input,
     exit_code::usage, station::client, severity::problem, scheme_port_mismatch},
    {"input-dashboard-port", N_("the port of the broker's web page, not of MQTT"), layer::input,
     exit_code::usage, station::client, severity::problem, dashboard_port},
    {"input-shell-ate-the-topic", N_("the shell replaced $SYS or another part of the topic"),
     layer::input, exit_code::usage, station::client, severity::warning, shell_ate_topic},
    {"input-container-address", N_("the name of a container, known only in its own network"),
     layer::input, exit_code::usage, station::client, severity::problem, container_address},
};

}  // namespace

cause_table input_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
