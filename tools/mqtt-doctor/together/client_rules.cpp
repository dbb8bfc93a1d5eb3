// Rules about several clients: one works and another does not, or none works.
#include <algorithm>
#include <cctype>

#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/cause_names.hpp"
#include "mqtt-doctor/causes/icmp.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/together/rules.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

bool asked_same_host(const vantage& place, const vantage& other) {
  return !place.known.asked.host.empty() &&
         lower(place.known.asked.host) == lower(other.known.asked.host);
}

std::string resolvers_of(const vantage& who) { return list_text(who.known.name.resolvers); }

bool is_private(const std::string& address) {
  return class_of(address) == address_class::private_use;
}

/// The name server that says that the name exists, and gives no address of either family.
const dns_fact* empty_answer(const name_facts& name) {
  const dns_fact* found = nullptr;
  for (const dns_fact& question : name.questions) {
    const bool is_empty = question.outcome == dns_outcome::answered && question.rcode == 0 &&
                          question.addresses.empty();
    if (!is_empty) return nullptr;
    found = &question;
  }
  return found;
}

/// The other place is given private addresses for the name, and this client's name server says that
/// the name has none: many routers drop such answers. True when this was found.
bool name_stripped(const vantage& client, const vantage& other, notes out) {
  const auto& theirs = other.known.name.addresses;
  const dns_fact* const answer = empty_answer(client.known.name);
  if (answer == nullptr || !std::all_of(theirs.begin(), theirs.end(), is_private)) return false;
  const places with{{"host", client.known.asked.host},
                    {"server", answer->server},
                    {"vantage", client.name},
                    {"other", other.name},
                    {"addresses", list_text(theirs, 3)},
                    {"address", theirs.front()}};
  made_finding made(
      "dns-resolver-filters", certainty::likely, strength::proven,
      words(N_("The name server {server}, which {vantage} asks, keeps the address of {host} back: "
               "it is a private one, and many routers drop such answers (rebind protection)."),
            with));
  made.seen(told(client, words(N_("The name server answered both A and AAAA with nothing."))));
  made.seen(told(other, words(N_("{host} is {addresses}"), with)));
  made.mend(words(N_("In {server}, or in the name server that it asks, allow this name to have a "
                     "private address (dnsmasq: rebind-domain-ok=/{host}/; unbound: "
                     "private-domain; FRITZ!Box: exceptions of the DNS rebind protection), or use "
                     "another name server."),
                  with),
            {}, place::here);
  made.in_app(words(N_("Until then enter {address} in the place of the name."), with));
  out.found.push_back(*std::optional<finding>(made));
  out.found.back().cures.front().whose = client.name;
  exclude(out.excluded, "dns-no-address-for-family",
          told(other, words(N_("{host} is {addresses}"), with)));
  return true;
}

/// The other client's name server knows the name, and this client's does not.
void name_unknown(const vantage& client, const vantage& other, notes out) {
  if (!client.known.name.addresses.empty() || client.known.name.is_literal) return;
  if (!asked_same_host(client, other) || other.known.name.addresses.empty()) return;
  if (name_stripped(client, other, out)) return;
  const std::string address = other.dialled_address();
  made_finding made(
      "dns-differs-by-place", certainty::certain, strength::proven,
      words(N_("The name server that {vantage} asks does not know {host}; the one "
               "that {other} asks does."),
            {{"vantage", client.name}, {"other", other.name}, {"host", client.known.asked.host}}));
  made.seen(
      told(client, words(N_("{host} has no address ({code})"),
                         {{"host", client.known.asked.host}, {"code", client.known.name.lookup}})));
  made.seen(told(other, words(N_("{host} is {addresses}"),
                              {{"host", other.known.asked.host},
                               {"addresses", list_text(other.known.name.addresses, 3)}})));
  if (!client.known.name.resolvers.empty() && !other.known.name.resolvers.empty()) {
    made.apart(words(N_("They ask different name servers: {mine} and {theirs}. Ask the other one:"),
                     {{"mine", resolvers_of(client)}, {"theirs", resolvers_of(other)}}),
               "dig " + shell_word(client.known.asked.host) + " @" +
                   shell_word(other.known.name.resolvers[0]));
  }
  out.found.push_back(*std::optional<finding>(
      made.in_app(words(N_("Use {address} in the place of the name, or the same name server (a VPN "
                           "or a home network may have its own)."),
                        {{"address", address}}))));
}

/// The name leads two clients to different addresses, and only the other client's works.
void other_address(const vantage& client, const vantage& other, notes out) {
  const std::string mine = client.dialled_address();
  const std::string theirs = other.dialled_address();
  if (!asked_same_host(client, other) || client.known.name.is_literal || mine.empty()) return;
  if (mine == theirs || is_v6_text(mine) != is_v6_text(theirs)) return;
  const auto& all = other.known.name.addresses;
  if (std::find(all.begin(), all.end(), mine) != all.end()) return;
  const bool is_pinned = !client.known.name.hosts_file.empty();
  const places with{{"host", client.known.asked.host},
                    {"vantage", client.name},
                    {"other", other.name},
                    {"address", mine},
                    {"theirs", theirs}};
  out.found.push_back(*std::optional<finding>(
      made_finding(is_pinned ? "dns-hosts-file-override" : "dns-stale-address", certainty::likely,
                   strength::measured,
                   words(N_("{host} leads {vantage} to {address} and {other} to {theirs}; only the "
                            "second is the broker."),
                         with))
          .seen(fate_of(client))
          .seen(welcome_of(other))
          .mend(is_pinned
                    ? words(N_("Take the line out of /etc/hosts."))
                    : words(N_("Let the name point to {theirs} everywhere, and wait until old "
                               "answers have expired."),
                            with),
                {}, is_pinned ? place::here : place::console)
          .in_app(words(N_("Until then, use {theirs}."), with))));
  if (is_pinned) out.found.back().cures.front().whose = client.name;
}

/// The other client dials another address, by a name or by itself, and reaches the broker there.
void other_host(const vantage& client, const vantage& other, notes out) {
  const std::string mine = client.dialled_address();
  const std::string theirs = other.dialled_address();
  if (asked_same_host(client, other) || client.known.asked.host.empty() || theirs.empty()) return;
  if (mine.empty() || client.failed_step() != step_name::port) return;
  if (client.main().at.port != other.main().at.port || accepted(other.main()) == nullptr) return;
  if (mine == theirs || explains_itself(client)) return;
  // By its loopback address only that very machine gets in.
  if (class_of(theirs) == address_class::loopback) return;
  // In another network the private address that works there leads elsewhere.
  const bool is_near = !are_in_different_networks(client.known, other.known);
  if (!is_public_address(theirs) && !is_near) return;
  // A port forwarding that is missing looks so from inside.
  if (is_public_address(mine) && !is_public_address(theirs)) return;
  const bool is_named = !other.known.name.is_literal;
  const bool is_refused = connect_was(client.main(), connect_outcome::refused);
  const bool is_same_family = is_v6_text(mine) == is_v6_text(theirs);
  const places with{{"vantage", client.name},          {"other", other.name},
                    {"host", client.known.asked.host}, {"address", mine},
                    {"name", other.known.asked.host},  {"theirs", theirs},
                    {"port", client.main().port()}};
  made_finding made("input-wrong-address", is_same_family ? certainty::likely : certainty::possible,
                    is_same_family ? strength::seen : strength::first_of_several,
                    is_named ? words(N_("{vantage} dials {address}, and the broker is at another "
                                        "address: {name}, by which {other} reaches it, leads to "
                                        "{theirs}."),
                                     with)
                             : words(N_("{vantage} dials {address}, and the broker that {other} "
                                        "reaches is at another address: {theirs}."),
                                     with));
  made.seen(fate_of(client)).seen(welcome_of(other));
  out.found.push_back(
      *std::optional<finding>(is_named ? made.in_app(words(N_("Use {name}, or {theirs}."), with))
                                       : made.in_app(words(N_("Use {theirs}."), with))));
  if (!is_same_family || !is_refused) return;
  // The broker runs, and for others.
  for (const char* id : {"tcp-refused-loopback-listener", "tcp-refused-not-running",
                         "tcp-refused-by-firewall-reset", "tcp-docker-port-not-published"})
    exclude(out.excluded, id, welcome_of(other));
}

/// The other client reached the broker on another port of the same machine.
void other_port(const vantage& client, const vantage& other, notes out) {
  const view mine = client.main();
  const view theirs = other.main();
  if (client.failed_step() != step_name::port || mine.at.port == theirs.at.port) return;
  if (client.dialled_address() != other.dialled_address() && !asked_same_host(client, other))
    return;
  const places with{{"vantage", client.name},
                    {"other", other.name},
                    {"port", mine.port()},
                    {"theirs", theirs.port()},
                    {"scheme", theirs.at.scheme}};
  out.found.push_back(*std::optional<finding>(
      made_finding("tcp-refused-wrong-port", certainty::likely, strength::seen,
                   words(N_("{vantage} tries port {port}; the broker that {other} reaches answers "
                            "on port {theirs} ({scheme})."),
                         with))
          .seen(fate_of(client))
          .seen(welcome_of(other))
          .in_app(words(N_("Use port {theirs} with {scheme}://."), with))));
}

bool dialled_the_same(const vantage& client, const vantage& other) {
  return client.main().at.port == other.main().at.port && !client.dialled_address().empty() &&
         client.dialled_address() == other.dialled_address();
}

/// Both clients dialled the same address and port, so their networks make the difference.
void own_network(const vantage& client, const vantage& other, const vantage* server, notes out) {
  if (!dialled_the_same(client, other) || client.failed_step() != step_name::port) return;
  const view known = client.main();
  const bool is_quiet =
      connect_was(known, connect_outcome::silent) || connect_was(known, connect_outcome::refused);
  if (explains_itself(client)) return;
  if (!is_quiet || is_inside(other, client.dialled_address())) return;
  const places with{{"vantage", client.name}, {"other", other.name}, {"port", known.port()}};
  // In one network both clients would be stopped. Equal address ranges prove little: many homes use
  // the same one.
  const bool is_apart = are_in_different_networks(client.known, other.known);
  made_finding blocked(
      "tcp-egress-blocked", is_apart ? certainty::likely : certainty::possible,
      is_apart ? strength::seen : strength::first_of_several,
      words(N_("The network {vantage} is in does not let port {port} out: from {other} the same "
               "address and port work."),
            with));
  blocked.seen(fate_of(client)).seen(welcome_of(other));
  blocked.in_app(words(N_("Use another network, or TLS on 8883, or WebSocket on 443 (wss).")));
  blocked.apart(words(N_("Where {vantage} was made: does a public broker fail on the same port, "
                         "too?"),
                      with),
                "mqtt-doctor test.mosquitto.org:" + known.port());
  out.found.push_back(*std::optional<finding>(blocked));
  if (is_apart) {
    // A filter before the server that stops everybody would have stopped that client as well.
    exclude(out.excluded, "tcp-timeout-security-group", welcome_of(other));
    exclude(out.excluded, "tcp-timeout-host-firewall", welcome_of(other));
  }
  made_finding listed(
      "tcp-timeout-source-allowlist", certainty::possible, strength::one_of_several,
      words(N_("A rule before the broker may let in the address of {other} and not that of "
               "{vantage}."),
            with));
  listed.seen(fate_of(client)).seen(welcome_of(other));
  if (server != nullptr) {
    exclude(out.excluded, "tcp-refused-not-running", welcome_of(other));
    exclude(out.excluded, "tcp-refused-loopback-listener", welcome_of(other));
  }
  out.found.push_back(*std::optional<finding>(
      listed.in_console(words(N_("In the security group or firewall, allow TCP {port} from "
                                 "0.0.0.0/0, or from the other network as well."),
                              with))));
}

/// This client used IPv6 and fails, while the other one used IPv4 and works.
void other_family(const vantage& client, const vantage& other, notes out) {
  const std::string mine = client.dialled_address();
  const std::string theirs = other.dialled_address();
  if (mine.empty() || !is_v6_text(mine) || is_v6_text(theirs) || !asked_same_host(client, other))
    return;
  if (client.failed_step() != step_name::port) return;
  const bool is_refused = connect_was(client.main(), connect_outcome::refused);
  const places with{
      {"vantage", client.name}, {"other", other.name}, {"address", mine}, {"theirs", theirs}};
  out.found.push_back(*std::optional<finding>(
      made_finding(is_refused ? "tcp-ipv6-listener-missing" : "tcp-ipv6-path-broken",
                   certainty::likely, strength::seen,
                   words(N_("{vantage} comes by IPv6 ({address}) and fails; {other} comes by IPv4 "
                            "({theirs}) and is let in."),
                         with))
          .seen(fate_of(client))
          .seen(welcome_of(other))
          .mend(words(N_("Let the broker and its firewall serve IPv6 as well, or take the AAAA "
                         "record away.")))));
}

/// The same login was accepted there and refused here.
void login(const vantage& client, const vantage& other, notes out) {
  if (!dialled_the_same(client, other) || client.failed_step() != step_name::login) return;
  const view mine = client.main();
  const contact* const yes = accepted(other.main());
  if (mine.client() == nullptr || !mine.client()->mqtt || yes == nullptr) return;
  const mqtt_fact& no = *mine.client()->mqtt;
  if (no.sent_user != yes->mqtt->sent_user) return;
  const std::string& user = client.known.asked.user_name;
  if (no.sent_user && user != other.known.asked.user_name) return;
  const bool is_anonymous = !no.sent_user;
  out.found.push_back(*std::optional<finding>(
      made_finding("auth-source-not-allowed",
                   is_anonymous ? certainty::likely : certainty::possible,
                   is_anonymous ? strength::proven : strength::one_of_several,
                   words(N_("The broker takes the login of {other} and refuses the same from "
                            "{vantage}: it may decide by where a client comes from."),
                         {{"other", other.name}, {"vantage", client.name}}))
          .seen(fate_of(client))
          .seen(welcome_of(other))
          .mend(words(N_("In the broker's access rules, allow that user from other addresses.")))
          .apart(words(N_("The same command in both places, with the password typed anew, tells a "
                          "typo from a rule:")),
                 "mqtt-doctor " + mine.target() +
                     (is_anonymous ? "" : " -u " + shell_word(user) + " --ask-password"))));
}

}  // namespace

bool is_let_in_no_further(const view& refused) {
  const contact* const first = refused.client();
  const contact* const old = with_connack(refused, contact_purpose::version);
  const bool hung_up =
      first != nullptr && first->mqtt &&
      (first->mqtt->answer == mqtt_answer::closed || first->mqtt->answer == mqtt_answer::reset);
  const bool is_rabbit = broker_of(refused) == broker_kind::rabbitmq || (hung_up && old != nullptr);
  const contact* const login = old != nullptr ? old : first;
  return is_rabbit && login != nullptr && login->mqtt &&
         login->mqtt->meaning == number_of(reason_code::not_authorized);
}

void weigh_local_user(const vantage& client, const vantage& other, notes out) {
  const asked_facts& mine = client.known.asked;
  if (!mine.has_user || !mine.has_password || mine.user_name != other.known.asked.user_name) return;
  if (class_of(other.dialled_address()) != address_class::loopback) return;
  if (client.failed_step() != step_name::login || accepted(other.main()) == nullptr) return;
  if (!is_let_in_no_further(client.main())) return;
  made_finding made("auth-guest-only-local", certainty::likely, strength::proven,
                    words(N_("RabbitMQ lets the user {user} in by its own loopback address only "
                             "(loopback_users)."),
                          {{"user", mine.user_name}}));
  made.seen(fate_of(client)).seen(welcome_of(other));
  offer_own_user(made);
  out.found.push_back(*std::optional<finding>(made));
}

void weigh_own_loopback(const vantage& client, const vantage& other, notes out) {
  if (!is_loopback(client.dialled_address()) || client.failed_step() != step_name::port) return;
  if (other.main().at.port != client.main().at.port || accepted(other.main()) == nullptr) return;
  const auto mine = addresses_of(client.known);
  const auto theirs = addresses_of(other.known);
  // Containers of different machines may have equal addresses; machines that share one are one.
  const bool is_one = mine.empty() || std::any_of(mine.begin(), mine.end(), [&](const auto& each) {
                        return std::find(theirs.begin(), theirs.end(), each) != theirs.end();
                      });
  const bool is_at_theirs =
      is_loopback(other.dialled_address()) ||
      std::find(theirs.begin(), theirs.end(), other.dialled_address()) != theirs.end();
  if (is_one) return;
  const std::vector<std::string> there =
      is_at_theirs ? theirs : std::vector<std::string>{other.dialled_address()};
  if (there.empty()) return;
  const places with{
      {"host", client.known.asked.host},
      {"vantage", client.name},
      {"other", other.name},
      {"addresses", list_text(there)},
      {"mine", list_text(mine)},
      {"address", host_and_port(there.front(), static_cast<unsigned>(client.main().at.port))}};
  made_finding made(
      "input-loopback-address", certainty::certain, strength::proven,
      words(N_("{host} is each machine's, or container's, own: it leads {vantage} to itself, where "
               "no broker is, and the broker is at {other}, which has {addresses}."),
            with));
  made.seen(fate_of(client)).seen(welcome_of(other));
  made.seen(told(client, words(N_("This machine has the addresses {addresses}."),
                               {{"addresses", list_text(mine)}})));
  made.in_app(words(N_("Where {vantage} was made, dial {address}."), with));
  if (is_loopback(other.dialled_address()))
    made.apart(words(N_("Does the broker take connections there from outside?")),
               "mqtt-doctor " + shell_word(with.at("address")));
  out.found.push_back(*std::optional<finding>(made));
}

void weigh_name(const vantage& client, const vantage& server, notes out) {
  // What its own /etc/hosts says is no answer of a name server.
  if (!server.known.name.hosts_file.empty() || server.known.name.is_literal) return;
  if (class_of(server.dialled_address()) == address_class::loopback) return;
  name_unknown(client, server, out);
}

bool explains_itself(const vantage& who) {
  constexpr std::string_view own[] = {"tcp-local-policy", "tcp-client-offline",
                                      "path-captive-portal", "tcp-ephemeral-ports-exhausted"};
  return std::any_of(who.made.causes.begin(), who.made.causes.end(), [&](const finding& found) {
    return found.how_sure == certainty::certain &&
           std::find(std::begin(own), std::end(own), found.id) != std::end(own);
  });
}

bool is_inside(const vantage& who, const std::string& client_address) {
  const std::string address = who.dialled_address();
  return is_on_link(who.known.local, address) ||
         (is_public_address(client_address) && !is_public_address(address));
}

void weigh_against_client(const vantage& client, const vantage& other, const vantage* server,
                          notes out) {
  name_unknown(client, other, out);
  other_address(client, other, out);
  other_host(client, other, out);
  other_port(client, other, out);
  own_network(client, other, server, out);
  other_family(client, other, out);
  weigh_own_loopback(client, other, out);
  if (dialled_the_same(client, other) && accepted(other.main()) != nullptr)
    exclude_ends_of_all(welcome_of(other), out);
  login(client, other, out);
  weigh_local_user(client, other, out);
  compare_certificates(client, other, out);
  compare_clocks(client, other, out);
}

void weigh_common_failure(const std::vector<const vantage*>& failing, notes out) {
  if (failing.size() < 2) return;
  const view first = failing[0]->main();
  for (const vantage* const place : failing) {
    if (place->failed_step() != step_name::port || !dialled_the_same(*failing[0], *place)) return;
    if (first.client()->connect.outcome != place->main().client()->connect.outcome) return;
  }
  bool is_apart = false;
  for (const vantage* const place : failing) {
    is_apart = is_apart || are_in_different_networks(failing[0]->known, place->known);
  }
  if (!is_apart) return;
  // Two networks seldom have the same fault, so it is on the server's side.
  const sentence why(
      N_("{count} places in different networks fail in the same way: the fault lies on "
         "the server's side."),
      {{"count", std::to_string(failing.size())}});
  for (const char* id : {"tcp-egress-blocked", "tcp-client-offline", "tcp-local-policy",
                         "path-captive-portal", "tcp-ephemeral-ports-exhausted"}) {
    out.excluded.push_back({id, why});
  }
  for (auto& each : out.found) {
    const bool is_server_side =
        each.id == cause_names::security_group || each.id == cause_names::host_firewall ||
        each.id == cause_names::loopback_listener || each.id == cause_names::not_running;
    if (is_server_side) each.evidence.push_back(why);
    if (is_server_side && each.how_sure == certainty::possible &&
        each.weight >= weight_of(strength::fits))
      each.how_sure = certainty::likely;
  }
}

}  // namespace mqttkit::doctor
