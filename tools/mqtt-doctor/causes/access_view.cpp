#include "mqtt-doctor/causes/access_view.hpp"

#include <algorithm>

#include "mqtt-doctor/causes/connack_view.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqttkit/base/shell_word.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

bool fits(const std::string& text, const std::string& value, text_match how) {
  switch (how) {
    case text_match::is:
      return text == value;
    case text_match::begins:
      return text.starts_with(value);
    case text_match::ends:
      return text.ends_with(value);
    case text_match::contains:
      return contains(text, value);
    case text_match::none:
      break;
  }
  return false;
}

/// Whether one condition holds, its negation left aside.
std::optional<bool> holds_as_it_is(const access_condition_fact& condition,
                                   const asking_client& client) {
  const auto any = [&](const auto& test) -> std::optional<bool> {
    if (std::any_of(condition.values.begin(), condition.values.end(), test)) return true;
    return condition.has_all ? std::optional<bool>(false) : std::nullopt;
  };
  switch (condition.trait.value()) {
    case client_trait::address:
      if (client.address.empty()) return {};
      return any([&](const auto& range) { return lies_in(client.address, range); });
    case client_trait::mqtt:
      return client.is_readable;
    case client_trait::identifier:
    case client_trait::user_name: {
      const bool is_user = condition.trait == client_trait::user_name;
      if (!client.is_readable) return false;
      if (!is_user && !client.identifier) return {};
      const std::string& text = is_user ? client.user_name : *client.identifier;
      return any([&](const auto& value) { return fits(text, value, condition.match.value()); });
    }
    case client_trait::none:
      break;
  }
  return {};
}

bool has_trait(const access_rule_fact& rule, client_trait trait) {
  return std::any_of(rule.conditions.begin(), rule.conditions.end(),
                     [&](const auto& each) { return each.trait == trait; });
}

/// What the rules of that rule's stage look at.
bool is_about(const guarding_rules& guard, const access_rule_fact& rule, client_trait trait) {
  if (!rule.conditions.empty()) return has_trait(rule, trait);
  return std::any_of(guard.rules->begin(), guard.rules->end(), [&](const auto& each) {
    return each.stage == rule.stage && has_trait(each, trait);
  });
}

std::string place_of(const access_rule_fact& rule, const guarding_rules& guard) {
  if (!rule.file.empty()) return rule.file + ":" + std::to_string(rule.line);
  if (guard.router != nullptr && !guard.router->container.empty()) return guard.router->container;
  return guard.name;
}

/// A text as a part of sed's pattern, with any blanks for a blank.
std::string pattern_of(const std::string& text) {
  std::string out;
  for (const char c : sed_pattern_of(text)) {
    if (c == ' ')
      out += "[[:space:]]\\+";
    else
      out += c;
  }
  return out;
}

bool is_wrappers(const guarding_rules& guard, const access_rule_fact& rule) {
  return (guard.list != nullptr && guard.list->guard == access_guard::tcp_wrappers) ||
         rule.file.starts_with("/etc/hosts.");
}

bool is_systemds(const guarding_rules& guard) {
  return guard.list != nullptr && guard.list->guard == access_guard::systemd;
}

void let_in_by_wrappers(made_finding& made, const guarding_rules& guard,
                        const access_rule_fact& rule, const places& with) {
  // stunnel asks by the name of its service, which the line has unless it is for all programs.
  const std::string first = rule.text.substr(0, rule.text.find_first_of(":, "));
  const std::string daemon = guard.list != nullptr   ? guard.list->name
                             : lower(first) == "all" ? std::string()
                                                     : first;
  if (rule.file != "/etc/hosts.deny" || daemon.empty()) {
    made.look(words(N_("If {address} is meant to come in, take it out of that line:"), with),
              "sudoedit " + shell_word(rule.file));
    return;
  }
  const std::string& address = with.at("address");
  const std::string named = is_v6_text(address) ? "[" + address + "]" : address;
  made.mend(words(N_("If {address} is meant to come in, let that one address in; it counts at "
                     "once:"),
                  with),
            "printf '\\n%s: %s\\n' " + shell_word(daemon) + " " + shell_word(named) +
                " | sudo tee -a /etc/hosts.allow");
}

void let_in_by_proxy(made_finding& made, const host_view& at, const guarding_rules& guard,
                     const access_rule_fact& rule, const places& with) {
  const std::string& address = with.at("address");
  const std::string line = std::to_string(rule.line);
  const proxy_program program =
      guard.proxy != nullptr ? guard.proxy->program.value() : proxy_program::traefik;
  const bool is_alone = rule.conditions.size() == 1 && rule.conditions[0].values.size() == 1 &&
                        rule.conditions[0].values[0] == address;
  const places file{{"address", address}, {"file", rule.file}};
  if (program == proxy_program::nginx && rule.text.starts_with("deny ")) {
    const std::string pattern = pattern_of(rule.text) + "[[:space:]]*;";
    made.mend(is_alone ? words(N_("If {address} is meant to come in, take that out; the old file "
                                  "is kept as {file}.bak:"),
                               file)
                       : words(N_("If {address} is meant to come in, let that one address in "
                                  "before; the old file is kept as {file}.bak:"),
                               file),
              edit_command(line + "s/" + pattern + "/" +
                               (is_alone ? std::string() : "allow " + address + "; &") + "/",
                           rule.file))
        .then(words(N_("Then:")), "sudo nginx -t -c " + shell_word(guard.proxy->file) + " && " +
                                      restart_of(*guard.proxy, at.host));
    return;
  }
  if (program == proxy_program::haproxy) {
    // An accept before it would pass over all later rules of that kind, passwords among them.
    made.look(
            words(N_("If {address} is meant to come in, add it to the addresses of that rule or of "
                     "its acl:"),
                  file),
            "sudoedit +" + line + " " + shell_word(rule.file))
        .then(words(N_("Then:")), "sudo haproxy -c -f " + shell_word(rule.file) + " && " +
                                      restart_of(*guard.proxy, at.host));
    return;
  }
  if (rule.file.empty()) {
    made.mend(words(N_("If {address} is meant to come in, add it to the addresses of that label, "
                       "and make the container anew."),
                    with));
    return;
  }
  made.look(words(N_("If {address} is meant to come in, add it to those that are let in there, or "
                     "take it out of those that are turned away:"),
                  with),
            "sudoedit " + shell_word(rule.file));
  if (guard.proxy != nullptr) made.then(words(N_("Then:")), restart_of(*guard.proxy, at.host));
}

/// Which addresses are meant, where the rule's own words do not say so.
void add_addresses(made_finding& made, const guarding_rules& guard, const access_rule_fact& rule) {
  const access_rule_fact* by = nullptr;
  const auto only = only_addresses(*guard.rules, &by);
  if (by == &rule && !only.empty()) {
    made.seen(words(N_("Let in are at most: {sources}."), {{"sources", list_text(only)}}));
    return;
  }
  for (const auto& condition : rule.conditions) {
    const bool is_told = condition.values.empty() || contains(rule.text, condition.values[0]);
    if (condition.trait != client_trait::address || is_told) continue;
    made.seen(condition.is_negated ? words(N_("It means all addresses but {sources}."),
                                           {{"sources", list_text(condition.values)}})
                                   : words(N_("It means the addresses {sources}."),
                                           {{"sources", list_text(condition.values)}}));
  }
}

/// Says which texts the rule lets in, where it says so itself.
void name_right_text(made_finding& made, const access_rule_fact& rule, client_trait trait) {
  const auto found = std::find_if(rule.conditions.begin(), rule.conditions.end(),
                                  [&](const auto& each) { return each.trait == trait; });
  const bool is_user = trait == client_trait::user_name;
  if (found == rule.conditions.end() || found->values.empty() || !found->is_negated) {
    made.in_app(is_user ? words(N_("Use a user name that this rule lets in."))
                        : words(N_("Use a client identifier that this rule lets in.")));
    return;
  }
  const places with{{"text", list_text(found->values)}};
  if (found->match == text_match::begins)
    made.in_app(is_user ? words(N_("Use a user name that begins with {text}."), with)
                        : words(N_("Use a client identifier that begins with {text}."), with));
  else if (found->match == text_match::is)
    made.in_app(is_user ? words(N_("Use the user name {text}."), with)
                        : words(N_("Use the client identifier {text}."), with));
  else
    made.in_app(
        is_user ? words(N_("Use a user name with {text}, as the rule wants it."), with)
                : words(N_("Use a client identifier with {text}, as the rule wants it."), with));
}

}  // namespace

asking_client client_of(const view& known, const proxy_fact* proxy, const std::string& address) {
  asking_client out;
  out.address = address;
  const contact* const client = known.client();
  const bool is_own_id =
      client != nullptr && client->mqtt && client->mqtt->client_id_kind == client_id_kind::own;
  if (!known.asked().client_id.empty() && !is_own_id) out.identifier = known.asked().client_id;
  out.user_name = user_of(known);
  const bool is_opened = proxy != nullptr && proxy->takes_tls;
  out.is_readable = !known.is_websocket() && (!known.is_tls() || is_opened);
  return out;
}

std::optional<bool> holds(const access_rule_fact& rule, const asking_client& client) {
  std::optional<bool> out = true;
  for (const auto& condition : rule.conditions) {
    const std::optional<bool> one = holds_as_it_is(condition, client);
    if (!one) out.reset();
    if (one && *one == condition.is_negated) return false;
  }
  return out;
}

const access_rule_fact* refusal_of(const std::vector<access_rule_fact>& rules,
                                   const asking_client& client) {
  int decided = -1;       // the stage that has let it through
  int unsure_stage = -1;  // the stage in which a rule that is not understood may
  for (const auto& rule : rules) {
    if (rule.stage == decided) continue;
    const std::optional<bool> fits = holds(rule, client);
    if (!fits && rule.lets_in) unsure_stage = rule.stage;
    if (!fits || !*fits) continue;
    if (rule.lets_in)
      decided = rule.stage;
    else if (unsure_stage != rule.stage)
      return &rule;
    else
      decided = rule.stage;
  }
  return nullptr;
}

bool is_refusal(const view& known, const guarding_rules& guard) {
  if (is_systemds(guard)) return connect_was(known, connect_outcome::silent);
  const contact* const client = known.client();
  if (client == nullptr || !came_to_nothing(known)) return false;
  const int status = client->websocket ? client->websocket->status : 0;
  constexpr int client_errors = 4, unauthorized = 401,
                not_found = 404;  // the last two: other faults
  return status == 0 ||
         (status / 100 == client_errors && status != unauthorized && status != not_found);
}

std::vector<guarding_rules> guards_of(const host_view& at) {
  std::vector<guarding_rules> out;
  const listener_fact* const socket = at.dialled();
  if (socket == nullptr) return out;
  const proxy_fact* const proxy = proxy_on(at);
  // Where a header tells the address, it is another one than that of who connects.
  if (proxy != nullptr && !proxy->access.empty() && !proxy->takes_proxy)
    out.push_back({proxy, nullptr, nullptr, &proxy->access, proxy->program.word()});
  const router_fact* const router = only_router(at);
  if (router != nullptr && !router->access.empty())
    out.push_back({nullptr, nullptr, router, &router->access, "Traefik"});
  for (const auto& list : at.host.access_lists) {
    const bool is_its = list.pid == socket->pid && (list.port == 0 || list.port == at.port());
    if (is_its) out.push_back({nullptr, &list, nullptr, &list.rules, list.name});
  }
  return out;
}

std::vector<std::string> only_addresses(const std::vector<access_rule_fact>& rules,
                                        const access_rule_fact** by) {
  // Whether these conditions are just that the address is among some, or is not.
  const auto list_of = [](const access_rule_fact& rule,
                          bool is_negated) -> const access_condition_fact* {
    if (rule.conditions.size() != 1) return nullptr;
    const access_condition_fact& only = rule.conditions[0];
    const bool is_list = only.trait == client_trait::address && only.has_all;
    return is_list && only.is_negated == is_negated ? &only : nullptr;
  };
  int stage = -1;
  bool is_known = true;
  std::vector<std::string> out;
  for (const auto& rule : rules) {
    if (rule.stage != stage) {
      stage = rule.stage;
      is_known = true;
      out.clear();
    }
    if (rule.lets_in) {
      const access_condition_fact* const list = list_of(rule, false);
      is_known = is_known && list != nullptr;
      if (list != nullptr) out.insert(out.end(), list->values.begin(), list->values.end());
      continue;
    }
    const access_condition_fact* const others = list_of(rule, true);
    if (!is_known || (!rule.conditions.empty() && others == nullptr)) continue;
    if (others != nullptr) out.insert(out.end(), others->values.begin(), others->values.end());
    *by = &rule;
    return out;
  }
  return {};
}

maybe_finding turned_away_by(const host_view& at, const guarding_rules& guard,
                             const access_rule_fact& rule, const asking_client& client,
                             const std::string& who) {
  const bool is_id = is_about(guard, rule, client_trait::identifier);
  const bool is_user = !is_id && is_about(guard, rule, client_trait::user_name);
  const bool is_address = !is_id && !is_user && is_about(guard, rule, client_trait::address);
  const bool is_form =
      !is_id && !is_user && !is_address && is_about(guard, rule, client_trait::mqtt);
  // haproxy's rules need not be about addresses, as those of other lists are.
  const bool is_haproxy = guard.proxy != nullptr && guard.proxy->program == proxy_program::haproxy;
  const bool is_told = is_id || is_user || is_address || is_form;
  if (!is_told && (is_haproxy || !rule.conditions.empty())) return {};
  const char* const id = is_id || is_user           ? "mqtt-closed-after-connect"
                         : is_form                  ? "proxy-wrong-mode"
                         : is_systemds(guard)       ? "tcp-timeout-source-allowlist"
                         : is_wrappers(guard, rule) ? "mqtt-access-filter"
                                                    : "proxy-source-denied";
  const std::string name = is_wrappers(guard, rule) ? "TCP wrappers" : guard.name;
  const places with{{"name", name},
                    {"address", client.address},
                    {"vantage", who},
                    {"port", at.known.port()},
                    {"id", client.identifier.value_or("")},
                    {"user", client.user_name},
                    {"program", guard.name},
                    {"text", rule.text},
                    {"place", place_of(rule, guard)}};
  sentence what =
      is_id ? words(N_("{name} lets clients in by their identifier, and hangs up on this one's: "
                       "the broker never sees it."),
                    with)
      : is_user ? words(N_("{name} lets clients in by their user name, and hangs up on this one's: "
                           "the broker never sees it."),
                        with)
      : is_form
          ? words(N_("{name} lets plain MQTT in on port {port}, and hangs up on all else, TLS "
                     "and WebSocket as well."),
                  with)
      : is_systemds(guard)
          ? (who.empty() ? words(N_("systemd throws away what comes to {name} from {address}, the "
                                    "address from which it was asked."),
                                 with)
                         : words(N_("systemd throws away what comes to {name} from {address}, the "
                                    "address of {vantage}."),
                                 with))
      : is_wrappers(guard, rule)
          ? (who.empty() ? words(N_("TCP wrappers (libwrap) make {program} hang up on {address}, "
                                    "the address from which it was asked."),
                                 with)
                         : words(N_("TCP wrappers (libwrap) make {program} hang up on {address}, "
                                    "the address of {vantage}."),
                                 with))
      : who.empty() ? words(N_("{name} turns {address} away, the address from which it was asked: "
                               "the broker never sees it."),
                            with)
                    : words(N_("{name} on the server turns {vantage} away by its address, "
                               "{address}: the broker never sees it."),
                            with);
  made_finding made(id, certainty::certain, strength::typed, std::move(what));
  made.seen(words(N_("{place} says: {text}"), with));
  add_addresses(made, guard, rule);
  if (is_id && client.identifier)
    made.seen(words(N_("The client identifier \"{id}\" was sent."), with));
  if (is_user && !client.user_name.empty())
    made.seen(words(N_("The user name \"{user}\" was sent."), with));
  if (is_id || is_user) {
    name_right_text(made, rule, is_id ? client_trait::identifier : client_trait::user_name);
  } else if (is_form) {
    made.in_app(words(N_("Switch TLS (SSL) and WebSocket off for this port, or use another one.")));
  } else if (is_systemds(guard)) {
    made.mend(words(N_("If {address} is meant to come in, let that one address in:"), with),
              "sudo systemctl set-property " + shell_word(guard.name) +
                  " IPAddressAllow=" + shell_word(client.address));
  } else if (is_wrappers(guard, rule)) {
    let_in_by_wrappers(made, guard, rule, with);
  } else {
    let_in_by_proxy(made, at, guard, rule, with);
  }
  return made;
}

}  // namespace mqttkit::doctor
