// EMQX's access rules, as far as its acl.conf tells, and the PROXY header that a listener wants.
#include <algorithm>
#include <vector>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

/// A rule of acl.conf: {deny, {user, "dashboard"}, subscribe, ["$SYS/#", {eq, "#"}]}.
struct erlang_rule {
  int line = 0;
  std::string text;
  bool denies = false;
  std::string who;     ///< "all", "{user, \"alice\"}", ...
  std::string action;  ///< "subscribe", "publish", "pubsub", "all"; "" for any
  std::vector<std::string> topics;
  bool is_exact = false;  ///< a topic stands in {eq, ...}
};

std::vector<std::string> quoted_in(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; (at = text.find('"', at)) != text.npos;) {
    const std::size_t end = text.find('"', at + 1);
    if (end == text.npos) break;
    out.push_back(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return out;
}

erlang_rule read_rule(int line, const std::string& text) {
  erlang_rule out;
  out.line = line;
  out.text = text;
  out.denies = text.starts_with("{deny");
  // The parts on the first level, between commas.
  std::vector<std::string> parts;
  int depth = 0;
  std::string part;
  for (const char each : text) {
    if (each == '{' || each == '[') ++depth;
    if (each == '}' || each == ']') --depth;
    if ((each == ',' && depth == 1) || (each == '}' && depth == 0)) {
      const std::size_t begin = part.find_first_not_of(" \t");
      parts.push_back(begin == std::string::npos ? std::string() : part.substr(begin));
      part.clear();
    } else if (!(each == '{' && depth == 1)) {
      part += each;
    }
  }
  if (parts.size() > 1) out.who = parts[1];
  if (parts.size() > 2) out.action = parts[2];
  if (parts.size() > 3) {
    out.topics = quoted_in(parts[3]);
    out.is_exact = contains(parts[3], "{eq");
  }
  return out;
}

/// Whether the rule surely concerns the user; an address, or a condition, may not be met.
bool concerns(const erlang_rule& rule, const std::string& user) {
  if (rule.who == "all") return true;
  return (contains(rule.who, "user") && !user.empty() && contains(rule.who, "\"" + user + "\""));
}

bool fits(const erlang_rule& rule, const char* action, const std::string& topic) {
  if (!rule.action.empty() && rule.action != action && rule.action != "pubsub" &&
      rule.action != "all")
    return false;
  if (rule.topics.empty()) return true;
  return std::any_of(rule.topics.begin(), rule.topics.end(), [&](const std::string& each) {
    if (each == topic) return true;
    return !rule.is_exact && is_topic_filter(each) &&
           (topic_matches(each, topic) ||
            (each.ends_with("/#") && topic.starts_with(each.substr(0, each.size() - 1))));
  });
}

std::vector<erlang_rule> rules_of(const configuration_fact& from) {
  std::vector<erlang_rule> out;
  constexpr std::string_view mark = "acl.conf:";
  for (const auto& [name, text] : from.settings) {
    if (name.starts_with(mark)) out.push_back(read_rule(std::stoi(name.substr(mark.size())), text));
  }
  std::sort(out.begin(), out.end(),
            [](const erlang_rule& a, const erlang_rule& b) { return a.line < b.line; });
  return out;
}

bool is_on(const std::string& said) { return said == "on" || said == "true"; }

}  // namespace

namespace {

maybe_finding denied_by_rule(const view& known, bool is_asked_for_reading) {
  const auto at = look_at(known);
  if (!at || broker_here(*at) != broker_kind::emqx || at->configuration == nullptr) return {};
  for (const delivery_fact& delivery : known.at.deliveries) {
    if (!delivery.is_users_topic) continue;
    const bool is_read =
        delivery.suback >= 0x80 || delivery.ended_after == delivery_stage::subscribe;
    const bool is_write =
        delivery.puback == 0x87 || delivery.ended_after == delivery_stage::publish;
    if ((!is_read && !is_write) || is_read != is_asked_for_reading) continue;
    const char* const action = is_read ? "subscribe" : "publish";
    const std::string& file = at->configuration->file;
    const std::string named = at->setting("authorization.file");
    const std::string rules_file =
        named.empty() ? file.substr(0, file.rfind('/')) + "/acl.conf" : named;
    const places with{{"topic", delivery.topic}};
    made_finding made(is_read ? "auth-acl-subscribe-refused" : "auth-acl-publish-closes",
                      certainty::likely, strength::proven,
                      is_read
                          ? words(N_("EMQX's access rules deny the subscription to "
                                     "\"{topic}\"."),
                                  with)
                          : words(N_("EMQX's access rules deny messages for \"{topic}\"."), with));
    const erlang_rule* decides = nullptr;
    const auto rules = rules_of(*at->configuration);
    for (const erlang_rule& rule : rules) {
      if (decides == nullptr && concerns(rule, known.asked().user_name) &&
          fits(rule, action, delivery.topic))
        decides = &rule;
    }
    const std::string who = known.asked().user_name.empty()
                                ? std::string("all")
                                : "{user, \"" + known.asked().user_name + "\"}";
    const std::string line = "{allow, " + who + ", " + action + ", [\"" + delivery.topic + "\"]}.";
    if (decides != nullptr && decides->denies) {
      made.seen(words(
          N_("{place} decides: {rule}"),
          {{"place", rules_file + ":" + std::to_string(decides->line)}, {"rule", decides->text}}));
      return made
          .lines(words(N_("Put this line above it, in {file}:"), {{"file", rules_file}}), line,
                 rules_file)
          .then(words(N_("Then:")), restart_command(*at));
    }
    const std::string no_match = at->setting("authorization.no_match").empty()
                                     ? at->setting("acl_nomatch")
                                     : at->setting("authorization.no_match");
    if (decides != nullptr || no_match != "deny" || at->is_read_in_part()) return {};
    if (!variable_that_sets(*at, "authorization.no_match").empty())
      made.seen(said_words(*at, "authorization.no_match", no_match))
          .seen(words(N_("No rule of {rules} names it."), {{"rules", rules_file}}));
    else
      made.seen(
          words(N_("No rule of {rules} names it, and {file} says {setting}."),
                {{"rules", rules_file},
                 {"file", file},
                 {"setting", at->setting("acl_nomatch").empty() ? "authorization.no_match = deny"
                                                                : "acl_nomatch = deny"}}));
    return made
        .lines(words(N_("Allow it, in {file}, or in the dashboard under Access Control, "
                        "Authorization:"),
                     {{"file", rules_file}}),
               line, rules_file)
        .then(words(N_("Then:")), restart_command(*at));
  }
  return {};
}

}  // namespace

maybe_finding host_rule_denies_reading(const view& known, exclusions&) {
  return denied_by_rule(known, true);
}

maybe_finding host_rule_denies_writing(const view& known, exclusions&) {
  return denied_by_rule(known, false);
}

maybe_finding host_header_missing(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->works() || accepted(known) != nullptr) return {};
  const contact* const balanced = known.at.find(contact_purpose::proxy_header);
  const bool is_taken =
      balanced != nullptr && balanced->mqtt && balanced->mqtt->answer == mqtt_answer::connack;
  for (const proxy_fact& proxy : at->host.proxies) {
    if (proxy.port != at->port() || proxy.sends_proxy || proxy.takes_proxy || !is_taken) continue;
    const places with{{"proxy", proxy.program}, {"target", proxy.target}, {"file", proxy.file}};
    made_finding made("proxy-protocol-expected", certainty::certain, strength::proven,
                      words(N_("The broker at {target} expects a PROXY header before each "
                               "connection, and {proxy} sends none."),
                            with));
    made.seen(
        words(N_("A plain CONNECT was cut off; with the line a load balancer sends first, the "
                 "broker answered CONNACK.")));
    if (proxy.program == proxy_program::haproxy)
      made.mend(words(N_("Write send-proxy at the end of the server line with {target} in {file}, "
                         "and restart haproxy."),
                      with));
    else
      made.mend(
          words(N_("Write \"proxy_protocol on;\" into that server block of {file}, and restart "
                   "{proxy}."),
                with));
    return made.mend(words(N_("Or switch the PROXY protocol off in the broker's listener.")));
  }
  if (at->block == nullptr || is_mosquitto(*at)) return {};
  for (const char* name : {"proxy_protocol", "haproxy", "mqtt.proxy_protocol"}) {
    const std::string said = at->setting(name);
    if (!is_on(said)) continue;
    return made_finding("proxy-protocol-expected",
                        is_taken ? certainty::certain : certainty::likely,
                        is_taken ? strength::proven : strength::told,
                        words(N_("The broker's listener expects a PROXY header, which only a load "
                                 "balancer sends: clients that come directly are cut off.")))
        .seen(words(N_("{file} says {setting}."),
                    {{"file", at->configuration->file},
                     {"setting", std::string(name) + " = " + said + " (" + known.port() + ")"}}))
        .in_app(words(N_("Connect to the load balancer, or to a listener without the PROXY "
                         "protocol.")))
        .mend(words(N_("Or, where clients come directly, switch {name} off for that listener in "
                       "{file}, and restart the broker."),
                    {{"name", name}, {"file", at->configuration->file}}),
              restart_command(*at));
  }
  return {};
}

}  // namespace mqttkit::doctor
