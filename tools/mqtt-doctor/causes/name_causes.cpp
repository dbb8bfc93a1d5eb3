// Looking up the broker's name: from the name to addresses.
#include <algorithm>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/name_view.hpp"
#include "mqtt-doctor/causes/retired_services.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/typed_host_causes.hpp"
#include "mqtt-doctor/causes/web_proxy.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/international_name.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int servfail = 2, nxdomain = 3, refused = 5;

bool any_reply(const view& known, int rcode) {
  return std::any_of(known.all.name.questions.begin(), known.all.name.questions.end(),
                     [&](const dns_fact& dns) { return dns.rcode == rcode; });
}

/// The first DNS reply with that response code.
const dns_fact* reply_with(const view& known, int rcode) {
  for (const auto& question : known.all.name.questions) {
    if (question.rcode == rcode) return &question;
  }
  return nullptr;
}

bool all_were(const view& known, dns_outcome outcome) {
  const auto& all = known.all.name.questions;
  return !all.empty() && std::all_of(all.begin(), all.end(),
                                     [&](const dns_fact& dns) { return dns.outcome == outcome; });
}

bool any_was(const view& known, dns_outcome outcome) {
  const auto& all = known.all.name.questions;
  return std::any_of(all.begin(), all.end(),
                     [&](const dns_fact& dns) { return dns.outcome == outcome; });
}

/// The addresses that the name server of --resolver has for the name.
std::vector<std::string> known_elsewhere(const view& known) {
  std::vector<std::string> out;
  for (const auto& each : known.all.name.elsewhere) {
    for (const auto& address : each.addresses) {
      if (class_of(address) != address_class::unspecified) out.push_back(address);
    }
  }
  return out;
}

/// Whether two name servers that do not depend on each other have no address for the name.
bool is_confirmed(const view& known) {
  const auto& others = known.all.name.elsewhere;
  return !others.empty() && known_elsewhere(known).empty() &&
         std::all_of(others.begin(), others.end(), [](const dns_fact& dns) {
           return dns.outcome == dns_outcome::answered && (dns.rcode == 0 || dns.rcode == nxdomain);
         });
}

/// Says that a filter gives the same answer, unless another name server was asked. A name without a
/// dot is left out: no public name server knows it.
void doubt_resolver(made_finding& made, const view& known) {
  if (is_confirmed(known)) {
    made.seen(words(N_("{server} (--resolver) has no address for it either."),
                    {{"server", known.all.name.elsewhere[0].server}}));
  } else if (is_public_name(known) && known.all.name.elsewhere.empty()) {
    made.apart(words(N_("A name server that filters, or a router that drops private addresses, "
                        "says the same. Another one tells (and learns the name):")),
               doctor_command(known) + " --resolver 1.1.1.1");
  }
}

bool is_hijacked(const view& known) { return !known.all.name.hijack_answers.empty(); }

/// The name that this name is an alias of, when that has no address; "" when it is no alias.
std::string dead_alias(const view& known) {
  for (const auto& question : known.all.name.questions) {
    if (!question.addresses.empty()) return {};
  }
  for (const auto& question : known.all.name.questions) {
    if (!question.aliases.empty()) return question.aliases.back();
  }
  return {};
}

void tell_alias(made_finding& made, const std::string& alias) {
  made.seen(words(N_("It is an alias of {alias}, and that does not exist."), {{"alias", alias}}));
  made.mend(words(N_("Let the name's record (CNAME) lead to a name that exists, or be an A record: "
                     "{alias} is gone."),
                  {{"alias", alias}}),
            {}, place::console);
}

maybe_finding does_not_exist(const view& known, exclusions& excluded) {
  if (known.all.name.is_literal || is_mdns_name(known)) return {};
  const dns_fact* const reply = reply_with(known, nxdomain);
  if (has_address(known)) {
    exclude(excluded, "dns-nxdomain",
            words(N_("The name resolves to {addresses}."),
                  {{"addresses", list_text(known.all.name.addresses)}}));
    return {};
  }
  if (reply == nullptr && known.all.name.lookup != lookup_outcome::no_name) return {};
  const bool was_answered =
      any_was(known, dns_outcome::answered) || known.all.name.questions.empty();
  if (!was_answered || any_reply(known, refused) || is_told_by_the_text(known)) return {};
  if (const auto others = known_elsewhere(known); !others.empty()) {
    exclude(
        excluded, "dns-nxdomain",
        words(N_("{server} knows it as {addresses}."),
              {{"server", known.all.name.elsewhere[0].server}, {"addresses", list_text(others)}}));
    return {};
  }
  made_finding made("dns-nxdomain",
                    is_confirmed(known) || (reply != nullptr && !is_public_name(known))
                        ? certainty::certain
                        : certainty::likely,
                    strength::told,
                    dead_alias(known).empty()
                        ? words(N_("The name {host} does not exist."), {{"host", known.host()}})
                        : words(N_("The name {host} is an alias of {alias}, which does not exist."),
                                {{"host", known.host()}, {"alias", dead_alias(known)}}));
  if (reply != nullptr) {
    made.seen(words(N_("Name server {server} answered NXDOMAIN after {time}."),
                    {{"server", reply->server}, {"time", time_text(reply->ms)}}));
  } else {
    made.seen(words(N_("The system's lookup says {code}."), {{"code", known.all.name.lookup}}));
  }
  if (const std::string alias = dead_alias(known); !alias.empty()) {
    tell_alias(made, alias);
    return made;
  }
  if (const retired_service* const gone = find_retired(lower(known.host()))) {
    made.seen(words(gone->fate)).weigh(strength::proven);
    return made.in_app(words(gone->instead));
  }
  doubt_resolver(made, known);
  if (const std::string name = international_name(known.host()); !name.empty()) {
    const places values{{"host", known.host()}, {"name", name}};
    made.seen(words(N_("Name servers know a name with such letters as {name}; browsers and most "
                       "apps translate it, and not all programs do."),
                    values))
        .in_app(words(N_("Enter {name} in the place of {host}, if that is the name as it was "
                         "registered."),
                      values));
  }
  if (const std::string near = near_name(known.host()); !near.empty()) {
    const places with{{"host", known.host()}, {"near", near}};
    return made.seen(words(N_("It differs by a slip from {near}."), with))
        .in_app(words(N_("Was {near} meant? Then enter that."), with));
  }
  if (is_name_for_examples(known.host())) {
    return made
        .seen(words(N_("example.com and its like are kept for texts, and no broker lives there "
                       "(RFC 2606).")))
        .in_app(words(N_("Enter the name or the address of your own broker.")));
  }
  if (const std::string ending = private_ending(known.host()); !ending.empty()) {
    return made
        .seen(words(N_("Names that end in .{ending} are given by a router or a private name "
                       "server, and only its own network knows them."),
                    {{"ending", ending}}))
        .in_app(words(N_("Join that network (or its VPN) and let its name server be asked, or use "
                         "the machine's address.")));
  }
  return made.in_app(words(N_("Check the spelling of the host.")))
      .mend(words(N_("Create the name's A record where the domain is managed.")), {},
            place::console);
}

/// /etc/hosts of every system names localhost; where the line is missing or wrong, programs that
/// dial localhost fail.
maybe_finding localhost_unknown(const view& known, exclusions&) {
  const name_facts& name = known.all.name;
  if (known.host() != "localhost" || has_address(known) || !name.hosts_file.empty()) return {};
  return made_finding("dns-localhost-missing", certainty::certain, strength::proven,
                      words(N_("localhost has no address on this machine.")))
      .seen(words(N_("/etc/hosts has no line for it, and the system's lookup found nothing.")))
      .mend(words(N_("Add the line that every machine has:")),
            "printf '\\n127.0.0.1 localhost\\n' | sudo tee -a /etc/hosts", place::here)
      .in_app(words(N_("Or dial 127.0.0.1.")));
}

maybe_finding no_address_for_family(const view& known, exclusions&) {
  if (known.all.name.is_literal || !is_public_name(known)) return {};
  bool answered_a = false, answered_aaaa = false, has_a = false, has_aaaa = false;
  for (const auto& question : known.all.name.questions) {
    const bool is_a = question.type == record_type::a;
    if (question.outcome == dns_outcome::answered && question.rcode == 0)
      (is_a ? answered_a : answered_aaaa) = true;
    if (!question.addresses.empty()) (is_a ? has_a : has_aaaa) = true;
  }
  if (answered_a && answered_aaaa && !has_a && !has_aaaa && !has_address(known)) {
    if (!known_elsewhere(known).empty() || !dead_alias(known).empty()) return {};
    made_finding made(
        "dns-no-address-for-family", is_confirmed(known) ? certainty::certain : certainty::likely,
        strength::measured,
        words(N_("The name {host} exists but has no address."), {{"host", known.host()}}));
    made.seen(words(N_("The name server answered both A and AAAA with nothing.")));
    doubt_resolver(made, known);
    return made.mend(
        words(N_("Add an A record with the server's address where the domain is managed.")), {},
        place::console);
  }
  if (!has_aaaa || has_a || !answered_a) return {};
  const bool cannot_use = !known.all.local.has_v6_route;
  const bool failed = known.client() != nullptr && !is_connected(known);
  if (!cannot_use || !failed) return {};
  return made_finding("dns-no-address-for-family", certainty::certain, strength::measured,
                      words(N_("{host} has only an IPv6 address, and this network has no IPv6."),
                            {{"host", known.host()}}))
      .seen(words(N_("There is an AAAA record and no A record; this device has no IPv6 route.")))
      .mend(
          words(N_("Add an A record with the server's IPv4 address where the domain is managed.")),
          {}, place::console);
}

/// A name server withholds what another one tells, or answers with an address that nobody has.
maybe_finding resolver_filters(const view& known, exclusions&) {
  const name_facts& name = known.all.name;
  if (name.is_literal || !name.hosts_file.empty()) return {};
  const auto others = known_elsewhere(known);
  std::vector<std::string> told, nowhere;
  const dns_fact* answer = nullptr;
  for (const auto& question : name.questions) {
    if (question.outcome != dns_outcome::answered) continue;
    if (answer == nullptr) answer = &question;
    for (const auto& address : question.addresses) {
      const bool is_none = class_of(address) == address_class::unspecified ||
                           class_of(address) == address_class::loopback;
      (is_none ? nowhere : told).push_back(address);
    }
  }
  // A silent name server and one that refuses have causes of their own.
  if (answer == nullptr || !told.empty() || any_reply(known, refused) || any_reply(known, servfail))
    return {};
  // Without another name server's answer only an address like 0.0.0.0 betrays a filter.
  if (others.empty() && nowhere.empty()) return {};
  const bool is_private = std::all_of(others.begin(), others.end(), [](const std::string& other) {
    return class_of(other) == address_class::private_use;
  });
  const places values{{"host", known.host()},
                      {"server", answer->server},
                      {"nowhere", list_text(nowhere)},
                      {"other", others.empty() ? "" : name.elsewhere[0].server},
                      {"addresses", list_text(others)}};
  made_finding made(
      "dns-resolver-filters", certainty::likely,
      others.empty() ? strength::measured : strength::proven,
      !nowhere.empty() ? words(N_("The name server {server} answers for {host} with {nowhere}, as "
                                  "filters do with names on their block list."),
                               values)
      : is_private ? words(N_("The name server {server} keeps the address of {host} back: it is a "
                              "private one, and many routers drop such answers (rebind "
                              "protection)."),
                           values)
                   : words(N_("The name server {server} keeps the address of {host} back; another "
                              "one knows it."),
                           values));
  if (!others.empty()) made.seen(words(N_("{other} (--resolver) says {addresses}."), values));
  if (nowhere.empty()) {
    made.seen(answer->rcode == nxdomain
                  ? words(N_("Name server {server} answered NXDOMAIN after {time}."),
                          {{"server", answer->server}, {"time", time_text(answer->ms)}})
                  : words(N_("The name server answered both A and AAAA with nothing.")));
  }
  made.mend(is_private && !others.empty()
                ? words(N_("In the router, allow this name to have a private address (dnsmasq: "
                           "rebind-domain-ok), or use another name server."))
                : words(N_("Take the name off the block list (Pi-hole, AdGuard, the router's or "
                           "the phone's own filter), or use another name server.")),
            {}, place::here);
  if (others.empty()) {
    made.apart(words(N_("Another name server tells (and learns the name):")),
               doctor_command(known) + " --resolver 1.1.1.1");
  } else {
    made.in_app(words(N_("Until then enter {addresses} in the place of the name."), values));
  }
  return made;
}

/// The first of several name servers is dead, and each look-up waits for it before trying the next.
maybe_finding one_resolver_silent(const view& known, exclusions&) {
  constexpr double felt = 1000;  // milliseconds a look-up takes when its first question is lost
  const name_facts& name = known.all.name;
  if (name.is_literal || !has_address(known) || name.resolvers.size() < 2 || name.lookup_ms < felt)
    return {};
  const std::string& first = name.resolvers.front();
  const auto was = [&](const std::string& server, dns_outcome outcome) {
    return std::any_of(name.questions.begin(), name.questions.end(), [&](const dns_fact& question) {
      return question.server == server && question.outcome == outcome;
    });
  };
  const bool is_silent = was(first, dns_outcome::timeout) && !was(first, dns_outcome::answered);
  if (!is_silent) return {};
  return made_finding(
             "dns-resolver-silent", certainty::certain, strength::leaning,
             words(N_("The first name server, {server}, does not answer: each look-up waits "
                      "for it before the next one is asked."),
                   {{"server", first}}))
      .seen(words(N_("The look-up of {host} took {time}."),
                  {{"host", known.host()}, {"time", time_text(name.lookup_ms)}}))
      .mend(words(N_("Take that name server out of the network's settings (DHCP in the router, or "
                     "/etc/resolv.conf).")),
            {}, place::here)
      .warning();
}

maybe_finding resolver_silent(const view& known, exclusions&) {
  if (known.all.name.is_literal || has_address(known) || !all_were(known, dns_outcome::timeout))
    return {};
  if (is_mdns_name(known)) return {};
  // Two questions without a reply are silence; one may be a lost packet.
  const auto& asked = known.all.name.questions;
  const auto is_asked = [&](record_type type) {
    return std::any_of(asked.begin(), asked.end(),
                       [&](const dns_fact& question) { return question.type == type; });
  };
  const bool is_sure = is_asked(record_type::a) && is_asked(record_type::aaaa);
  return made_finding(
             "dns-resolver-silent", is_sure ? certainty::certain : certainty::likely,
             strength::seen,
             words(N_("The name server {server} does not answer, so nothing is known about the "
                      "broker yet."),
                   {{"server", list_text(known.all.name.resolvers)}}))
      .seen(words(N_("Questions for A and AAAA, each asked twice, got no reply within a second.")))
      .mend(words(N_("Use another name server, or check Wi-Fi, VPN and Private DNS.")), {},
            place::here)
      .fill_in(words(N_("Until then, test by address:")), "mqtt-doctor ADDRESS:" + known.port(),
               place::here);
}

maybe_finding resolver_refuses(const view& known, exclusions&) {
  if (known.all.name.is_literal || has_address(known)) return {};
  const dns_fact* const reply = reply_with(known, refused);
  // The kernel reports an unreachable server for some questions only; the others merely time out.
  const bool is_unreachable =
      any_was(known, dns_outcome::unreachable) && !any_was(known, dns_outcome::answered);
  // Name servers refuse to look up a name without a dot: the fault is the name, not the server.
  if (reply != nullptr && known.host().find('.') == std::string::npos) return {};
  if (reply == nullptr && !is_unreachable) return {};
  made_finding made(
      "dns-resolver-refuses", certainty::certain, strength::seen,
      words(N_("The name server {server} refuses to answer for {host}."),
            {{"server", list_text(known.all.name.resolvers)}, {"host", known.host()}}));
  if (reply != nullptr) {
    made.seen(words(N_("{server} answered REFUSED after {time}."),
                    {{"server", reply->server}, {"time", time_text(reply->ms)}}));
  } else {
    made.seen(words(N_("Nobody listens on its port 53, or there is no route to it.")));
  }
  return made.mend(words(N_("Use a name server that serves you (in /etc/resolv.conf or the Wi-Fi's "
                            "settings).")),
                   {}, place::here);
}

maybe_finding server_failure(const view& known, exclusions&) {
  if (known.all.name.is_literal || has_address(known)) return {};
  const dns_fact* const reply = reply_with(known, servfail);
  if (reply == nullptr || any_reply(known, nxdomain)) return {};
  const auto& others = known.all.name.elsewhere;
  const bool fails_elsewhere = std::any_of(
      others.begin(), others.end(), [](const dns_fact& dns) { return dns.rcode == servfail; });
  return made_finding(
             "dns-server-failure", fails_elsewhere ? certainty::certain : certainty::likely,
             strength::seen,
             fails_elsewhere
                 ? words(N_("The name server could not find out about {host} (SERVFAIL): the "
                            "domain's own servers are broken or its DNSSEC is."),
                         {{"host", known.host()}})
                 : words(N_("The name server could not find out about {host} (SERVFAIL): the "
                            "domain's own servers or its DNSSEC are broken, or the name server has "
                            "no way out itself."),
                         {{"host", known.host()}}))
      .seen(words(N_("{server} answered SERVFAIL after {time}."),
                  {{"server", reply->server}, {"time", time_text(reply->ms)}}))
      .mend(words(N_("Check the domain's name servers and DNSSEC where it is managed.")), {},
            place::console)
      .apart(words(N_("If this works, DNSSEC is at fault:")), "dig +cd " + known.host());
}

maybe_finding aaaa_dropped(const view& known, exclusions&) {
  if (known.all.name.is_literal || is_mdns_name(known)) return {};
  bool has_a = false, has_aaaa_reply = false;
  std::vector<std::string> answering;
  double a_ms = 0;
  for (const auto& question : known.all.name.questions) {
    if (question.type == record_type::a && question.outcome == dns_outcome::answered &&
        question.rcode == 0) {
      has_a = true;
      a_ms = question.ms;
      answering.push_back(question.server);
    }
    if (question.type == record_type::aaaa && question.outcome == dns_outcome::answered)
      has_aaaa_reply = true;
  }
  // Only a server that answers other questions is blamed for its silence about AAAA.
  const bool is_aaaa_silent = std::any_of(
      known.all.name.questions.begin(), known.all.name.questions.end(), [&](const dns_fact& asked) {
        return asked.type == record_type::aaaa && asked.outcome == dns_outcome::timeout &&
               std::find(answering.begin(), answering.end(), asked.server) != answering.end();
      });
  if (!has_a || !is_aaaa_silent || has_aaaa_reply) return {};
  // A name found in the hosts file does not wait for name servers.
  if (known.all.name.lookup == lookup_outcome::ok && known.all.name.lookup_ms < 500) return {};
  return made_finding(
             "dns-aaaa-queries-dropped", certainty::certain, strength::seen,
             words(N_("The network drops questions for IPv6 addresses (AAAA): every lookup waits "
                      "5 to 15 seconds before IPv4 is used.")))
      .seen(words(N_("A was answered in {time}, AAAA never."), {{"time", time_text(a_ms)}}))
      .seen(words(N_("The system's own lookup: {code} after {time}."),
                  {{"code", known.all.name.lookup}, {"time", time_text(known.all.name.lookup_ms)}}))
      .mend(words(N_("Use another name server, or update the router's firmware.")), {},
            place::here);
}

maybe_finding hijack(const view& known, exclusions&) {
  if (known.all.name.is_literal || !is_hijacked(known)) return {};
  const auto& fake = known.all.name.hijack_answers;
  const bool is_same =
      std::any_of(known.all.name.addresses.begin(), known.all.name.addresses.end(),
                  [&](const std::string& address) {
                    return std::find(fake.begin(), fake.end(), address) != fake.end();
                  });
  made_finding made(
      "dns-nxdomain-hijack", certainty::certain, strength::measured,
      words(N_("This network answers every name with {address}, also names that do not "
               "exist."),
            {{"address", list_text(fake)}}));
  made.seen(words(N_("A made-up name resolved to {address}."), {{"address", list_text(fake)}}))
      .mend(words(N_("Use another name server; on a guest Wi-Fi, sign in with the browser first.")),
            {}, place::here);
  if (!is_same) return made.warning();
  made.seen(words(N_("{host} resolves to the same address, so it may not exist at all."),
                  {{"host", known.host()}}));
  if (accepted(known) != nullptr) return made.warning();
  return made;
}

maybe_finding hosts_file_override(const view& known, exclusions&) {
  const name_facts& name = known.all.name;
  if (name.is_literal || name.hosts_file.empty() || is_localhost(known.host())) return {};
  std::vector<std::string> served;
  for (const auto& question : name.questions) {
    served.insert(served.end(), question.addresses.begin(), question.addresses.end());
  }
  const bool agrees = std::any_of(served.begin(), served.end(), [&](const std::string& text) {
    return std::find(name.hosts_file.begin(), name.hosts_file.end(), text) != name.hosts_file.end();
  });
  if (served.empty() || agrees) return {};
  made_finding made(
      "dns-hosts-file-override", certainty::certain, strength::measured,
      words(N_("/etc/hosts on this device pins {host} to {pinned}; the name servers say "
               "{served}."),
            {{"host", known.host()},
             {"pinned", list_text(name.hosts_file)},
             {"served", list_text(served)}}));
  made.seen(words(N_("The hosts file wins over the name servers, on this device only.")))
      .look(words(N_("Delete the line, or correct it.")),
            "grep -n '" + known.host() + "' /etc/hosts", place::here);
  if (accepted(known) != nullptr) return made.warning();
  return made;
}

maybe_finding mdns_name(const view& known, exclusions&) {
  if (!is_mdns_name(known) || known.host().ends_with(".cluster.local")) return {};
  const auto& asked = known.all.name.questions;
  const bool is_served = std::any_of(asked.begin(), asked.end(),
                                     [](const dns_fact& dns) { return !dns.addresses.empty(); });
  if (is_served && has_address(known))
    return made_finding("dns-mdns-name", certainty::possible, strength::hint,
                        words(N_("{host} ends in .local, and a name server knows it here: devices "
                                 "that ask for such names by multicast alone do not find it."),
                              {{"host", known.host()}}))
        .in_app(words(N_("If one does not, use the machine's address there.")))
        .note();
  made_finding made(
      "dns-mdns-name", certainty::certain, strength::measured,
      words(N_("{host} is a .local name: it exists only on its own local network, and only "
               "for devices that speak mDNS (iPhones do; Android apps, Windows and mobile "
               "data often do not)."),
            {{"host", known.host()}}));
  if (known.all.name.mdns_asked && known.all.name.mdns_answers.empty()) {
    made.seen(words(N_("Nobody on this network answered a multicast question for it.")));
  } else {
    made.seen(words(N_("It was answered by multicast here: {addresses}."),
                    {{"addresses", list_text(known.all.name.mdns_answers)}}));
  }
  made.in_app(words(N_("Use the machine's address (reserve it in the router's DHCP), or a real DNS "
                       "name.")))
      .apart(words(N_("On the broker's machine, is the responder running?")),
             "systemctl is-active avahi-daemon");
  if (has_address(known)) return made.warning();
  return made;
}

/// The system's lookup finds nothing, although the name server has the name: programs do not ask
/// it.
maybe_finding server_not_asked(const view& known, exclusions&) {
  const name_facts& name = known.all.name;
  if (name.is_literal || name.lookup == lookup_outcome::ok ||
      name.lookup == lookup_outcome::timeout || !name.hosts_file.empty())
    return {};
  const auto served =
      std::find_if(name.questions.begin(), name.questions.end(), [](const dns_fact& question) {
        return question.outcome == dns_outcome::answered && !question.addresses.empty();
      });
  if (served == name.questions.end() || name.sources.empty()) return {};
  const std::string sources = " " + name.sources + " ";
  const bool asks = contains(sources, " dns ") || contains(sources, " resolve ");
  if (asks && name.lookup != lookup_outcome::no_name) return {};
  const places with{{"host", known.host()},
                    {"server", served->server},
                    {"addresses", list_text(served->addresses)},
                    {"code", name.lookup}};
  made_finding made(
      "dns-server-not-asked", asks ? certainty::likely : certainty::certain,
      asks ? strength::usual : strength::proven,
      asks ? words(N_("The name server knows {host}, and the programs of this machine do not find "
                      "it: something in /etc/nsswitch.conf answers before the name server is "
                      "asked."),
                   with)
           : words(N_("The name server knows {host}, and the programs of this machine do not ask "
                      "it: hosts in /etc/nsswitch.conf has no dns."),
                   with));
  made.seen(words(N_("{server} answered {addresses}; the system's own lookup says {code}."), with))
      .seen(words(N_("{place} says: {text}"),
                  {{"place", "/etc/nsswitch.conf:" + std::to_string(name.sources_line)},
                   {"text", "hosts: " + name.sources}}));
  if (asks)
    return made.mend(words(N_("Let dns stand behind files, with nothing in brackets before it that "
                              "returns.")),
                     {}, place::here);
  return made.mend(words(N_("Add dns at its end; the old file is kept as /etc/nsswitch.conf.bak:")),
                   "sudo sed -i.bak --follow-symlinks '" + std::to_string(name.sources_line) +
                       "s/^\\([[:space:]]*hosts:[^#]*[^#[:space:]]\\)/\\1 dns/' /etc/nsswitch.conf",
                   place::here);
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"dns-nxdomain", N_("the name does not exist"), layer::name, exit_code::name_not_found,
     station::network, severity::problem, does_not_exist},
    {"dns-no-address-for-family",
     N_("the name exists and has no address, or none of the kind asked for"), layer::name,
     exit_code::name_not_found, station::network, severity::problem, no_address_for_family},
    {"dns-resolver-silent", N_("the name server does not answer"), layer::name,
     exit_code::name_not_found, station::network, severity::problem, resolver_silent},
    {"dns-resolver-refuses", N_("the name server refuses to answer"), layer::name,
     exit_code::name_not_found, station::network, severity::problem, resolver_refuses},
    {"dns-resolver-filters", N_("the name server keeps the address back, or blocks the name"),
     layer::name, exit_code::name_not_found, station::network, severity::problem, resolver_filters},
    {"dns-server-failure", N_("the domain's own servers are broken, or its DNSSEC is"), layer::name,
     exit_code::name_not_found, station::network, severity::problem, server_failure},
    {"dns-aaaa-queries-dropped",
     N_("the network drops questions for IPv6 addresses, so that each lookup waits"), layer::name,
     exit_code::name_not_found, station::network, severity::problem, aaaa_dropped},
    {"dns-nxdomain-hijack", N_("the network answers for every name with an address of its own"),
     layer::name, exit_code::name_not_found, station::network, severity::problem, hijack},
    {"dns-hosts-file-override", N_("/etc/hosts pins the name to another address"), layer::name,
     exit_code::name_not_found, station::client, severity::problem, hosts_file_override},
    {"dns-server-not-asked", N_("this machine's programs do not ask the name server"), layer::name,
     exit_code::name_not_found, station::client, severity::problem, server_not_asked},
    {"dns-localhost-missing", N_("/etc/hosts does not know localhost"), layer::name,
     exit_code::name_not_found, station::client, severity::problem, localhost_unknown},
    {"dns-mdns-name", N_("a .local name, known only on its own network"), layer::name,
     exit_code::name_not_found, station::network, severity::problem, mdns_name},
};

constexpr second_look looks[] = {
    {"dns-resolver-silent", one_resolver_silent},
};

}  // namespace

cause_table name_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
