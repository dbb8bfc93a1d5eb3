#include "mqtt-doctor/causes/address_slip_causes.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/facts/addresses.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int v4_bits = 32;

/// An IPv4 address as a number; nothing where the text is no IPv4 address.
std::optional<std::uint32_t> number_of_v4(const std::string& text) {
  in_addr address{};
  if (::inet_pton(AF_INET, text.c_str(), &address) != 1) return {};
  return ntohl(address.s_addr);
}

std::uint32_t mask_of(int prefix) {
  return prefix <= 0 ? 0 : ~std::uint32_t{0} << static_cast<unsigned>(v4_bits - prefix);
}

/// Whether the texts differ by one character more, less or another, or by two that are swapped.
bool is_one_slip_off(const std::string& typed, const std::string& meant) {
  if (typed == meant) return false;
  std::size_t front = 0;
  while (front < typed.size() && front < meant.size() && typed[front] == meant[front]) ++front;
  const std::string rest = typed.substr(front), other = meant.substr(front);
  if (rest.size() == other.size()) {
    const bool is_swapped = rest.size() > 1 && rest[0] == other[1] && rest[1] == other[0] &&
                            rest.substr(2) == other.substr(2);
    return rest.substr(1) == other.substr(1) || is_swapped;
  }
  if (rest.size() + 1 == other.size()) return rest == other.substr(1);
  return rest.size() == other.size() + 1 && rest.substr(1) == other;
}

/// The first `count` octets of a dotted quad: "192.168.1." for three.
std::string octets(const std::string& address, int count) {
  std::size_t end = 0;
  for (int i = 0; i < count; ++i) {
    end = address.find('.', end);
    if (end == std::string::npos) return {};
    ++end;
  }
  return address.substr(0, end);
}

/// Nobody at that address gave a sign of life.
bool is_without_answer(const view& known) {
  const contact* const client = known.client();
  return client != nullptr && !client->connect.is_connected() &&
         client->connect.outcome != connect_outcome::refused && !is_host_alive(known);
}

}  // namespace

maybe_finding unserved_family(const view& known, exclusions&) {
  const name_facts& name = known.all.name;
  const contact* const client = known.client();
  if (name.left_out.empty() || name.addresses.empty() || client == nullptr || known.all.host)
    return {};
  if (client->connect.is_connected() || known.asked().family.empty()) return {};
  // A port that is silent while the machine refuses others is filtered, and listens perhaps.
  const bool is_filtered = connect_was(known, connect_outcome::silent) && is_host_alive(known);
  const places with{{"host", known.host()},
                    {"option", known.asked().family_because},
                    {"address", client->address},
                    {"port", known.port()},
                    {"addresses", list_text(name.left_out)}};
  if (is_filtered)
    return made_finding("input-family-left-out", certainty::possible, strength::one_of_several,
                        words(N_("{option} leaves out {addresses}, which {host} has as well: there "
                                 "the port may be let through."),
                              with))
        .seen(words(N_("Left out: {addresses}; nothing was sent there."), with))
        .look(words(N_("Ask again without {option}."), with), "mqtt-doctor " + known.target(),
              place::here);
  return made_finding("input-family-left-out", certainty::likely, strength::seen,
                      words(N_("At {address} nobody takes connections on port {port}, and {option} "
                               "leaves out {addresses}, which {host} has as well: the broker may "
                               "listen there alone."),
                            with))
      .seen(words(N_("Left out: {addresses}; nothing was sent there."), with))
      .look(words(N_("Ask again without {option}."), {{"option", known.asked().family_because}}),
            "mqtt-doctor " + known.target(), place::here)
      .mend(words(N_("If {address} is to serve as well, let the broker listen on both families "
                     "(mosquitto: listener {port}, without an address)."),
                  with));
}

maybe_finding address_of_all(const view& known, exclusions&) {
  const std::string address =
      known.all.name.addresses.empty() ? known.host() : known.all.name.addresses.front();
  const auto typed = number_of_v4(address);
  if (!typed || is_connected(known) || known.is_gateway()) return {};
  const places with{{"address", address}};
  if (*typed == ~std::uint32_t{0}) {
    return made_finding("input-wrong-address", certainty::certain, strength::typed,
                        words(N_("{address} is the broadcast address: everybody's, and no "
                                 "machine's."),
                              with))
        .seen(words(N_("TCP connects to one machine only.")))
        .in_app(words(N_("Use the address of the broker's machine itself.")));
  }
  for (const interface_fact& own : known.all.local.interfaces) {
    const auto mine = number_of_v4(own.address);
    // A network of one or two addresses (/31, /32) has no address of the network or for broadcasts.
    if (!mine || own.prefix <= 0 || own.prefix > v4_bits - 2) continue;
    const std::uint32_t mask = mask_of(own.prefix);
    if ((*typed & mask) != (*mine & mask)) continue;
    const bool is_broadcast = *typed == (*mine | ~mask);
    if (!is_broadcast && *typed != (*mine & mask)) continue;
    const places network{{"address", address},
                         {"name", own.name},
                         {"own", own.address + "/" + std::to_string(own.prefix)}};
    return made_finding(
               "input-wrong-address", certainty::certain, strength::typed,
               is_broadcast
                   ? words(
                         N_("{address} is the broadcast address of this network: everybody's, and "
                            "no machine's."),
                         network)
                   : words(N_("{address} is the number of this network itself, and no machine's."),
                           network))
        .seen(words(N_("{name} has {own}."), network))
        .seen(words(N_("TCP connects to one machine only.")))
        .in_app(words(N_("Use the address of the broker's machine itself.")));
  }
  return {};
}

maybe_finding digit_beside_own_network(const view& known, exclusions&) {
  if (!known.all.name.is_literal || !is_without_answer(known)) return {};
  const std::string typed =
      known.all.name.addresses.empty() ? known.host() : known.all.name.addresses.front();
  if (!number_of_v4(typed) || is_on_link(known.all.local, typed)) return {};
  for (const interface_fact& own : known.all.local.interfaces) {
    if (class_of(own.address) != address_class::private_use || !number_of_v4(own.address)) continue;
    // The number of whole octets that all machines of this network share.
    const int common = own.prefix / 8;
    if (common < 2 || common > 3) continue;
    const std::string front = octets(own.address, common);
    if (front.empty() || !is_one_slip_off(octets(typed, common), front)) continue;
    const std::string meant = front + typed.substr(octets(typed, common).size());
    // This very device is not the broker that it looks for.
    const auto& all = known.all.local.interfaces;
    if (std::any_of(all.begin(), all.end(),
                    [&](const auto& each) { return each.address == meant; }))
      continue;
    const bool is_private = class_of(typed) == address_class::private_use;
    const places with{{"typed", typed},
                      {"meant", meant},
                      {"name", own.name},
                      {"own", own.address + "/" + std::to_string(own.prefix)}};
    // A private network one digit away may well exist: house and office often differ in one digit.
    return made_finding("input-wrong-address", is_private ? certainty::possible : certainty::likely,
                        is_private ? strength::one_of_several : strength::seen,
                        words(N_("{typed} differs by one slip from this device's own network: was "
                                 "{meant} meant?"),
                              with))
        .seen(words(N_("{name} has {own}."), with))
        .seen(words(N_("Nobody answers at {typed}."), with))
        .in_app(words(N_("Set {meant} in the app, if that is the broker's address."), with));
  }
  return {};
}

}  // namespace mqttkit::doctor
