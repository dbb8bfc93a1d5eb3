// What stands before the broker on its machine and turns clients away: the lists of proxies, TCP
// wrappers, systemd; and a proxy that has not read what its file says now, or has no place left.
#include <algorithm>

#include "mqtt-doctor/causes/access_view.hpp"
#include "mqtt-doctor/causes/compose_words.hpp"
#include "mqtt-doctor/causes/connack_view.hpp"
#include "mqttkit/base/shell_word.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

sentence unread_words(const proxy_fact& proxy) {
  return words(N_("{proxy} was started at {started}, and {file} changed at {time}: what the file "
                  "says now is not in force."),
               {{"proxy", proxy.program},
                {"started", proxy.started},
                {"file", proxy.changed_file},
                {"time", proxy.changed}});
}

/// The proxy that has the port, or whose file gives it the port while it does not listen there.
const proxy_fact* running_proxy(const host_view& at) {
  if (at.is_listening()) return proxy_on(at);
  for (const auto& proxy : at.host.proxies) {
    if (proxy.pid != 0 && proxy.port == at.port() && !proxy.target.empty()) return &proxy;
  }
  return nullptr;
}

/// Whether all of this machine's own networks are let in, and it has no address of the Internet.
bool lets_its_networks_in(const host_view& at, const std::vector<std::string>& sources) {
  bool is_in_one = false;
  for (const std::string& address : at.host.addresses) {
    if (class_of(address) == address_class::global) return false;
    if (is_v6_text(address) || is_container_range(address)) continue;
    const bool is_in = std::any_of(sources.begin(), sources.end(),
                                   [&](const auto& range) { return lies_in(address, range); });
    if (!is_in) return false;
    is_in_one = true;
  }
  return is_in_one;
}

}  // namespace

void doubt_unread(const view& known, finding& found) {
  const auto at = look_at(known);
  const proxy_fact* const proxy = at ? running_proxy(*at) : nullptr;
  if (proxy == nullptr || proxy->changed_file.empty()) return;
  if (found.how_sure == certainty::certain) found.how_sure = certainty::likely;
  found.weight = std::min(found.weight, weight_of(strength::agreed));
  found.evidence.push_back(unread_words(*proxy));
}

maybe_finding host_source_denied(const view& known, exclusions&) {
  const auto at = look_at(known);
  const contact* const client = known.client();
  if (!at || client == nullptr || accepted(known) != nullptr) return {};
  for (const guarding_rules& guard : guards_of(*at)) {
    if (!is_refusal(known, guard)) continue;
    // What to let in is the clients, and not this machine that asks here: host_access_filter tells
    // it.
    const bool is_of_mosquitto = guard.list != nullptr && is_mosquitto(*at) &&
                                 guard.list->guard == access_guard::tcp_wrappers;
    if (is_of_mosquitto) continue;
    asking_client asking = client_of(known, guard.proxy, client->connect.local_address);
    const access_rule_fact* rule = refusal_of(*guard.rules, asking);
    // The identifier that the doctor makes up is one that no rule means.
    const bool is_made_up = rule == nullptr && !asking.identifier;
    if (is_made_up) {
      asking.identifier.emplace();
      rule = refusal_of(*guard.rules, asking);
      asking.identifier.reset();
    }
    if (rule == nullptr) continue;
    maybe_finding found = turned_away_by(*at, guard, *rule, asking, {});
    if (!found) continue;
    // Of a unit the files were read, and not what systemd has in force.
    const bool is_systemd = guard.list != nullptr && guard.list->guard == access_guard::systemd;
    if ((is_made_up || is_systemd) && found->how_sure == certainty::certain)
      found->how_sure = certainty::likely;
    if (guard.proxy != nullptr) doubt_unread(known, *found);
    return found;
  }
  return {};
}

/// It works from here, and nobody else may come, or few.
maybe_finding host_few_let_in(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->works()) return {};
  for (const guarding_rules& guard : guards_of(*at)) {
    const access_rule_fact* by = nullptr;
    const auto sources = only_addresses(*guard.rules, &by);
    if (by == nullptr) continue;
    // Where it does not hold the address that has just come in, something was misread or not yet
    // read.
    const contact* const client = known.client();
    const bool holds_own =
        client != nullptr &&
        std::any_of(sources.begin(), sources.end(), [&](const std::string& range) {
          return lies_in(client->connect.local_address, range);
        });
    if (!holds_own) continue;
    const bool is_wrappers =
        guard.list != nullptr && guard.list->guard == access_guard::tcp_wrappers;
    const bool is_systemd = guard.list != nullptr && guard.list->guard == access_guard::systemd;
    const places with{{"name", guard.name},
                      {"port", known.port()},
                      {"sources", list_text(sources)},
                      {"place", place_in(by->file, by->line)},
                      {"text", by->text}};
    made_finding made(
        is_wrappers  ? "mqtt-access-filter"
        : is_systemd ? "tcp-timeout-source-allowlist"
                     : "proxy-source-denied",
        certainty::certain, strength::measured,
        words(N_("{name} lets at most these addresses in on port {port}: {sources}."), with));
    if (!by->file.empty()) made.seen(words(N_("{place} says: {text}"), with));
    if (lets_its_networks_in(*at, sources)) return made.weigh(strength::hint).note();
    made.warning();
    if (by->file.empty()) return made;
    return made.look(words(N_("If a phone comes from elsewhere, add its address to those that are "
                              "let in there:"),
                           with),
                     "sudoedit " + shell_word(by->file));
  }
  return {};
}

/// The proxy's file was changed, and the proxy was not told to read it.
maybe_finding host_proxy_unread(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || accepted(known) != nullptr) return {};
  const proxy_fact* const proxy = running_proxy(*at);
  if (proxy == nullptr || proxy->changed_file.empty()) return {};
  const bool is_missing = !at->is_listening();
  if (!is_missing && !came_to_nothing(known)) return {};
  const int port = port_behind(*proxy, at->host);
  const auto behind =
      std::find_if(at->host.listeners.begin(), at->host.listeners.end(),
                   [&](const listener_fact& each) { return port != 0 && each.port == port; });
  const bool is_right = behind != at->host.listeners.end();
  const places with{{"proxy", proxy->program},
                    {"file", proxy->changed_file},
                    {"place", place_of(*proxy, proxy->line)},
                    {"port", known.port()},
                    {"target", authority_of(proxy->target)}};
  // stunnel may have been told by a signal, which leaves no trace.
  const bool may_have_read = proxy->program == proxy_program::stunnel;
  made_finding made(is_missing ? "tcp-refused-not-running" : "proxy-backend-down",
                    certainty::likely,
                    may_have_read            ? strength::leaning
                    : is_missing || is_right ? strength::typed
                                             : strength::leaning,
                    is_missing ? words(N_("{file} gives port {port} to {proxy}, which has not read "
                                          "it: the file was changed after {proxy} had started."),
                                       with)
                               : words(N_("{proxy} does what its file said before: {file} was "
                                          "changed after {proxy} had read it."),
                                       with));
  made.seen(unread_words(*proxy));
  if (!proxy->target.empty()) made.seen(words(N_("{place} leads to {target} now."), with));
  if (is_right) made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*behind)}}));
  const std::string file = shell_word(proxy->file);
  const std::string check =
      proxy->program == proxy_program::haproxy  ? "sudo haproxy -c -f " + file + " && "
      : proxy->program == proxy_program::nginx  ? "sudo nginx -t -c " + file + " && "
      : proxy->program == proxy_program::apache ? std::string("sudo apachectl configtest && ")
                                                : std::string();
  std::string again = restart_of(*proxy, at->host);
  // The connections that stand go on.
  if (const std::size_t verb = again.find("systemctl restart"); verb != std::string::npos)
    again.replace(verb, std::string_view("systemctl restart").size(), "systemctl reload");
  return made.mend(words(N_("Let {proxy} read it again:"), with), check + again);
}

/// As many connections stand as the proxy takes.
maybe_finding host_proxy_full(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_connected(known) || accepted(known) != nullptr) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  const listener_fact* const socket = at->dialled();
  if (proxy == nullptr || socket == nullptr || proxy->most_connections <= 0 ||
      socket->connections < proxy->most_connections)
    return {};
  const places with{{"proxy", proxy->program},
                    {"port", known.port()},
                    {"most", std::to_string(proxy->most_connections)},
                    {"count", std::to_string(socket->connections)},
                    {"place", place_of(*proxy, proxy->connections_line)},
                    {"text", proxy->connections_said},
                    {"file", proxy->file}};
  const bool waits = socket->receive_queue > 0;
  return made_finding("proxy-queue-full", waits ? certainty::certain : certainty::likely,
                      waits ? strength::proven : strength::agreed,
                      words(N_("{proxy} takes {most} connections at a time on port {port}, and as "
                               "many stand: who comes now waits."),
                            with))
      .seen(words(N_("{place} says: {text}"), with))
      .seen(words(N_("Established on port {port}: {count} connections."), with))
      .mend(words(N_("Raise it, since MQTT connections stay for long; the old file is kept as "
                     "{file}.bak:"),
                  with),
            edit_command(std::to_string(proxy->connections_line) +
                             "s/maxconn[[:space:]]\\+[0-9]*/maxconn " +
                             std::to_string(std::max(10000, 4 * proxy->most_connections)) + "/",
                         proxy->file))
      .then(words(N_("Then:")), restart_of(*proxy, at->host))
      .look(words(N_("Who holds them, and how many each:")),
            "sudo ss -tn 'sport = :" + known.port() + "'");
}

/// nginx chooses by the name in TLS's greeting, and its map has none for this one.
maybe_finding host_name_without_target(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !known.is_tls() || !came_to_nothing(known)) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || proxy->targets_by_name.empty() || proxy->takes_tls) return {};
  // Who dials an address sends no name.
  const bool has_name = !known.all.name.is_literal;
  const std::string name = has_name ? lower(known.host()) : std::string();
  constexpr std::size_t most_read = 64;
  if (proxy->targets_by_name.size() >= most_read) return {};
  std::vector<std::string> names;
  for (const auto& [each, target] : proxy->targets_by_name) {
    const bool is_for_others = each == "default" || each.starts_with("~") || each.ends_with(".*");
    const bool is_wide = each.starts_with("*.") && name.ends_with(each.substr(1));
    const bool is_domain =
        each.starts_with(".") && (name.ends_with(each) || name == each.substr(1));
    if (is_for_others || is_wide || is_domain || each == name) return {};
    names.push_back(each);
  }
  const places with{{"name", known.host()},
                    {"names", list_text(names)},
                    {"place", place_of(*proxy, proxy->names_line)},
                    {"variable", proxy->target}};
  return made_finding("proxy-sni-router", certainty::certain, strength::typed,
                      words(N_("nginx chooses the broker by the name in TLS's greeting, has none "
                               "for {name}, and hangs up."),
                            with))
      .seen(words(N_("{place}: the map for {variable} has {names}, and no default."), with))
      .in_app(words(N_("Use one of these names in the app: {names}."), with))
      .mend(words(N_("Or add this name, or a line \"default\", to that map, and let nginx read it "
                     "again:")),
            "sudoedit " + shell_word(proxy->file) + " && sudo nginx -t && " +
                restart_of(*proxy, at->host));
}

}  // namespace mqttkit::doctor
