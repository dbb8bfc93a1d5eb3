// Access lists of the broker on this machine, as its files and its log show them.
#include <algorithm>

#include "mqtt-doctor/causes/access_trace.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/meant_rule.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether the access list was read and gives this user no topic at all. Where it gives him some, a
/// topic of the doctor's making is outside by design, and that it is denied is no fault; where it
/// was not read, nobody knows which of both it is.
bool is_given_nothing(const host_view& at, const std::string& user) {
  if (at.configuration == nullptr || at.configuration->acl.empty()) return false;
  const auto& all = at.configuration->acl;
  return std::none_of(all.begin(), all.end(), [&](const acl_rule_fact& rule) {
    return rule.access != acl_access::deny && (rule.is_pattern || rule.user == user);
  });
}

// The deliveries on the user's own topic, when one was given; else on the doctor's own, where that
// tells of more than the doctor.
std::vector<delivery_fact> deliveries_in_question(const view& known, const host_view& at) {
  auto out = known.at.deliveries;
  const bool has_users = std::any_of(
      out.begin(), out.end(), [](const auto& candidate) { return candidate.is_users_topic; });
  if (has_users || !is_given_nothing(at, at.user_in_force()))
    std::erase_if(out, [](const auto& candidate) { return !candidate.is_users_topic; });
  return out;
}

const log_fact* denied_line(const host_view& at, const std::string& topic) {
  for (const auto& each : at.host.log) {
    if (each.kind == log_kind::denied && each.is_current && contains(each.text, "'" + topic + "'"))
      return &each;
  }
  return nullptr;
}

}  // namespace

maybe_finding host_acl_publish(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->works()) return {};
  for (const auto& each : deliveries_in_question(known, *at)) {
    const auto* line = denied_line(*at, each.topic);
    if (!each.subscribed || each.echoed || line == nullptr) continue;
    const bool is_subscription = contains(line->text, "Denied SUBSCRIBE");
    const char* id = "auth-acl-publish-swallowed";
    if (each.published && each.puback < 0 && each.ping_answered) id = "auth-acl-no-puback";
    if (each.end == connection_end::closed || each.end == connection_end::reset)
      id = "auth-acl-publish-closes";
    if (is_subscription) id = "auth-acl-subscribe-refused";
    made_finding made(id, certainty::certain, strength::told,
                      is_subscription
                          ? words(N_("The broker's access list forbids the subscription to "
                                     "{topic}."),
                                  {{"topic", each.topic}})
                          : words(N_("The broker's access list forbids publishing to "
                                     "{topic}."),
                                  {{"topic", each.topic}}));
    made.seen(log_words(*line));
    allow_topic(made, known, at->user_in_force(), topic_right::both, each.topic);
    return made;
  }
  return {};
}

maybe_finding host_acl_read(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->works() || !is_mosquitto(*at)) return {};
  const std::string file = at->setting("acl_file");
  if (file.empty()) return {};
  for (const auto& each : deliveries_in_question(known, *at)) {
    if (denied_line(*at, each.topic) != nullptr) continue;
    const bool is_granted = each.suback >= 0 && each.suback < 0x80;
    if (each.echoed || !is_granted || each.puback != 0) continue;
    made_finding made("auth-acl-read-denied-silently", certainty::likely, strength::agreed,
                      words(N_("The access list lets messages to {topic} in, but not out to this "
                               "user; mosquitto grants any subscription and then says nothing."),
                            {{"topic", each.topic}}));
    made.seen(words(N_("The subscription was granted, the message was accepted, and it did not "
                       "come back.")))
        .seen(words(N_("acl_file {file} is in force for port {port}."),
                    {{"file", file}, {"port", known.port()}}));
    allow_topic(made, known, at->user_in_force(), topic_right::read, each.topic);
    return made;
  }
  return {};
}

namespace {

/// The user's topic when its message was kept back, from one connection or between two; else null.
const std::string* withheld_topic(const view& known) {
  for (const auto& exchange : known.at.exchanges) {
    const bool is_kept_back = exchange.is_users_topic && !exchange.is_search &&
                              exchange.sent() > 0 && exchange.arrived() == 0;
    if (is_kept_back) return &exchange.topic;
  }
  for (const auto& delivery : known.at.deliveries) {
    if (delivery.is_users_topic && delivery.published && !delivery.echoed) return &delivery.topic;
  }
  return nullptr;
}

/// The user's topic where it was subscribed to alone, and nothing came; null when something did.
const std::string* silent_topic(const view& known) {
  if (known.asked().publishes && !known.asked().retained) return nullptr;
  for (const auto& exchange : known.at.exchanges) {
    const bool is_granted = exchange.suback >= 0 && exchange.suback < 0x80;
    if (exchange.is_users_topic && !exchange.is_search && is_granted && exchange.sent() == 0 &&
        exchange.retained == 0 && exchange.others == 0 && !has_wildcard(exchange.filter))
      return &exchange.filter;
  }
  return nullptr;
}

/// A user name in small letters without the characters that join its parts or quote it.
std::string bare(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (std::string_view("-_. \"'").find(c) == std::string_view::npos)
      out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return out;
}

/// Whether the names differ by one letter; digits do not count, since numbers tell devices apart.
bool is_a_letter_off(const std::string& a, const std::string& b) {
  constexpr std::size_t least = 4;
  if (a.size() < least || b.size() < least) return false;
  const auto& longer = a.size() >= b.size() ? a : b;
  const auto& shorter = a.size() >= b.size() ? b : a;
  if (longer.size() - shorter.size() > 1) return false;
  std::size_t same = 0;
  while (same < shorter.size() && longer[same] == shorter[same]) ++same;
  const bool is_swapped = longer.size() == shorter.size();
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (is_digit(longer[same]) || (is_swapped && is_digit(shorter[same]))) return false;
  return longer.substr(same + 1) == shorter.substr(same + (is_swapped ? 1 : 0));
}

/// The client identifier for which the pattern's %c fits the topic; "" when none does.
std::string id_that_fits(const std::string& pattern, const std::string& topic,
                         const std::string& user) {
  const std::string filter = filled_in(pattern, "%u", user);
  const std::size_t mark = filter.find("%c");
  if (mark == std::string::npos) return {};
  // %c must be a whole level, as it is in practice: the identifier can then be read off the topic.
  const bool is_level = (mark == 0 || filter[mark - 1] == '/') &&
                        (mark + 2 == filter.size() || filter[mark + 2] == '/');
  if (!is_level) return {};
  const auto level =
      std::count(filter.begin(), filter.begin() + static_cast<std::ptrdiff_t>(mark), '/');
  const std::string any = filled_in(filter, "%c", "+");
  if (!is_topic_filter(any) || !topic_matches(any, topic)) return {};
  std::size_t from = 0;
  for (std::ptrdiff_t i = 0; i < level; ++i) from = topic.find('/', from) + 1;
  return topic.substr(from, topic.find('/', from) - from);
}

/// Whether a name of the list is the user's with a remark behind it, as mosquitto knows none there;
/// "John Smith" may be a name, what begins with a sign is none.
bool has_remark_behind(const std::string& name, const std::string& user) {
  if (!name.starts_with(user)) return false;
  const std::size_t rest = name.find_first_not_of(" \t", user.size());
  return rest != std::string::npos && rest > user.size() &&
         std::string_view("#/;(").find(name[rest]) != std::string_view::npos;
}

/// The topic without a slash at its ends, in small letters.
std::string bare_topic(std::string text) {
  while (!text.empty() && text.front() == '/') text.erase(0, 1);
  while (!text.empty() && text.back() == '/') text.pop_back();
  return lower(text);
}

}  // namespace

/// A rule that would allow the topic, but for a slash or a capital letter.
maybe_finding host_acl_near(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->works() || !is_mosquitto(*at)) return {};
  const std::string* const topic = withheld_topic(known);
  const std::string user = at->user_in_force();
  if (topic == nullptr) return {};
  for (const auto& each : at->configuration->acl) {
    if (each.access == acl_access::deny || (!each.is_pattern && each.user != user)) continue;
    const std::string filter = filter_for(each, user);
    if (contains(filter, "%") && each.is_pattern) continue;
    if (!is_topic_filter(filter) || topic_matches(filter, *topic)) continue;
    const std::string near = bare_topic(filter);
    if (!is_topic_filter(near) || !topic_matches(near, bare_topic(*topic))) continue;
    const std::string front = topic->starts_with('/') ? "/" : "";
    const std::string back = topic->ends_with('/') && near.find('#') == near.npos ? "/" : "";
    // The case of letters is only called the slip where topic or rule is all in small letters.
    const bool is_about_slash = lower(*topic) == *topic || lower(each.topic) != each.topic;
    const std::string meant = front + near + back;
    const places values{
        {"topic", *topic},
        {"user", user},
        {"filter", filter},
        {"rule", (each.is_pattern ? "pattern " : "topic ") + each.access.word() + " " + each.topic},
        {"place", each.file + ":" + std::to_string(each.line)}};
    made_finding made("auth-acl-publish-swallowed", certainty::certain, strength::proven,
                      words(N_("The access list has \"{rule}\" for {user}, which is not about "
                               "\"{topic}\": a slash in front or at the end, and capital letters, "
                               "make another topic."),
                            values));
    made.seen(words(N_("{place}: {rule}"), values));
    if (each.is_pattern)
      made.seen(words(N_("%u is the user name as it was sent: here the pattern opens "
                         "\"{filter}\"."),
                      values));
    if (!each.is_pattern && is_about_slash && topic_matches(meant, *topic)) {
      made.mend(words(N_("Let the rule be about that topic; the old file is kept beside it:")),
                edit_command(std::to_string(each.line) + "s/" + sed_pattern_of(each.topic) +
                                 " *$/" + sed_replacement_of(meant) + "/",
                             each.file))
          .then(words(N_("Then:")), reload_command(*at));
    }
    return made.in_app(words(N_("Or use the topic as the rule has it.")));
  }
  return {};
}

/// %u and %c are filled in where a line begins with "pattern"; in a "topic" line they are letters.
maybe_finding host_acl_letters(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->works() || !is_mosquitto(*at)) return {};
  const std::string* const topic = withheld_topic(known);
  const std::string user = at->user_in_force();
  if (topic == nullptr) return {};
  // Another line may give the right, and something else withhold the message.
  const auto is_given = [&](acl_access what) {
    const auto& all = at->configuration->acl;
    return std::any_of(all.begin(), all.end(), [&](const acl_rule_fact& each) {
      if (each.is_newer || (!each.is_pattern && each.user != user)) return false;
      if (each.access != acl_access::readwrite && each.access != what) return false;
      const std::string filter = filter_for(each, user);
      return is_topic_filter(filter) && topic_matches(filter, *topic);
    });
  };
  const bool may_read = is_given(acl_access::read), may_write = is_given(acl_access::write);
  if (may_read && may_write) return {};
  for (const acl_rule_fact& rule : at->configuration->acl) {
    const bool is_his = !rule.is_pattern && rule.user == user && rule.access != acl_access::deny;
    if (!is_his || rule.is_newer || !contains(rule.topic, "%")) continue;
    const std::string meant = filled_in(filled_in(rule.topic, "%u", user), "%c", "+");
    if (meant == rule.topic || !is_topic_filter(meant) || !topic_matches(meant, *topic)) continue;
    const places values{{"topic", *topic},
                        {"rule", "topic " + rule.access.word() + " " + rule.topic},
                        {"place", rule.file + ":" + std::to_string(rule.line)}};
    const bool covers = (may_read || rule.access != acl_access::write) &&
                        (may_write || rule.access != acl_access::read);
    made_finding made(
        "auth-acl-publish-swallowed", covers ? certainty::certain : certainty::likely,
        strength::proven,
        words(N_("The access list has \"{rule}\", and %u and %c are filled in only in lines that "
                 "begin with pattern: here they are letters like any others, and \"{topic}\" does "
                 "not fit."),
              values));
    made.seen(words(N_("{place}: {rule}"), values));
    // With %c whoever sends that client identifier would get it.
    if (contains(rule.topic, "%c"))
      return made.mend(
          words(N_("Write the client identifier in the place of %c; as a pattern the line would "
                   "give everybody the topics of whatever identifier he sends.")));
    return made
        .mend(words(N_("Make the line a pattern, which counts for all users, each with his own "
                       "name; the old file is kept beside it:")),
              edit_command(std::to_string(rule.line) + "s/^ *topic /pattern /", rule.file))
        .then(words(N_("Then:")), reload_command(*at));
  }
  return {};
}

/// "topic readwrite #" covers no topics that begin with $ (MQTT 5.0 §4.7.2).
maybe_finding host_acl_dollar(const view& known, exclusions&) {
  const auto at = look_at(known);
  const std::string& topic = known.asked().topic;
  if (!at || !at->works() || !is_mosquitto(*at) || !topic.starts_with('$')) return {};
  if (topic.starts_with("$share/") || at->setting("acl_file").empty()) return {};
  const std::string user = at->user_in_force();
  const acl_rule_fact* broad = nullptr;
  for (const auto& rule : at->configuration->acl) {
    const bool is_his = rule.is_pattern || rule.user == user;
    if (!is_his || rule.access == acl_access::deny || rule.access == acl_access::write) continue;
    if (rule.is_newer) continue;                 // nobody knows whether it is in force
    if (rule.topic.starts_with('$')) return {};  // such a rule decides; the exchange shows how
    if (rule.topic == "#" || rule.topic.starts_with("+/")) broad = &rule;
  }
  const bool came = std::any_of(
      known.at.exchanges.begin(), known.at.exchanges.end(), [](const exchange_fact& exchange) {
        return exchange.is_users_topic && (exchange.retained > 0 || exchange.arrived() > 0);
      });
  if (broad == nullptr || came) return {};
  const places values{{"topic", topic},
                      {"rule", "topic " + broad->access.word() + " " + broad->topic},
                      {"place", broad->file + ":" + std::to_string(broad->line)}};
  made_finding made("auth-acl-read-denied-silently", certainty::likely, strength::proven,
                    words(N_("The access list has \"{rule}\", and a wildcard in front leaves out "
                             "what begins with $: nothing lets this user read \"{topic}\"."),
                          values));
  made.seen(words(N_("{place}: {rule}"), values));
  if (topic.starts_with("$CONTROL"))
    return made.mend(
        words(N_("What lies below $CONTROL administers the broker: give that right to the user of "
                 "an administrator alone, in a line of its own.")));
  const std::string branch = topic.substr(0, topic.find('/')) + "/#";
  // What the broad line gives for all other topics; what the broker says of itself is only read.
  const bool gives_both = broad->access == acl_access::readwrite && !topic.starts_with("$SYS");
  allow_topic(made, known, user, gives_both ? topic_right::both : topic_right::read, branch);
  return made;
}

/// A deny rule of the access list that forbids the user's topic: in mosquitto deny wins over all
/// rules that allow, wherever it stands.
maybe_finding host_acl_denied(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->works() || !is_mosquitto(*at)) return {};
  const std::string* const published = withheld_topic(known);
  const std::string* const topic = published != nullptr ? published : silent_topic(known);
  if (topic == nullptr) return {};
  const std::string user = at->user_in_force();
  for (const auto& rule : at->configuration->acl) {
    if (rule.access != acl_access::deny) continue;
    // A pattern with %c matches an identifier that is known only where the app's was given.
    const std::string filter = filter_for(rule, user);
    if (rule.is_pattern && contains(filter, "%")) continue;
    if (rule.user != user && !rule.is_pattern) continue;
    if (!topic_matches(filter, *topic)) continue;
    const places values{
        {"topic", *topic},
        {"user", user.empty() ? "anonymous" : user},
        {"rule", std::string(rule.is_pattern ? "pattern" : "topic") + " deny " + rule.topic},
        {"place", rule.file + ":" + std::to_string(rule.line)}};
    return made_finding(
               published != nullptr ? "auth-acl-publish-swallowed"
                                    : "auth-acl-read-denied-silently",
               certainty::certain, strength::proven,
               words(N_("A line of the access list forbids {user} \"{topic}\"; mosquitto lets "
                        "it win over all lines that allow."),
                     values))
        .seen(words(N_("{place}: {rule}"), values))
        .mend(words(N_("Take that line out:")),
              edit_command(std::to_string(rule.line) + "d", rule.file))
        .then(words(N_("Then:")), reload_command(*at));
  }
  return {};
}

maybe_finding host_acl_names(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->works() || !is_mosquitto(*at)) return {};
  const std::string* const topic = withheld_topic(known);
  const std::string user = at->user_in_force();
  const configuration_fact& from = *at->configuration;
  if (topic == nullptr) return {};
  const contact* const in = accepted(known);
  const bool has_apps_id = in != nullptr && in->mqtt->client_id_kind == client_id_kind::user;
  for (const auto& each : from.acl) {
    const std::string id = each.is_pattern ? id_that_fits(each.topic, *topic, user) : std::string();
    if (id.empty() || (has_apps_id && id == known.asked().client_id)) continue;
    const places values{{"topic", *topic},
                        {"id", id},
                        {"user", user.empty() ? "anonymous" : user},
                        {"rule", "pattern " + each.access.word() + " " + each.topic},
                        {"place", each.file + ":" + std::to_string(each.line)}};
    // Where the topic holds the user's name, that is what was meant to be filled in.
    const bool is_user = id == user && !contains(each.topic, "%u");
    // The app's identifier is known only where it was given with -i.
    made_finding made("auth-acl-publish-swallowed",
                      has_apps_id ? certainty::certain : certainty::likely, strength::proven,
                      has_apps_id
                          ? words(N_("The access list goes by the client identifier: \"{topic}\" "
                                     "is for the client {id} only."),
                                  values)
                          : words(N_("The access list goes by the client identifier: \"{topic}\" "
                                     "is for the client {id} only, and no rule for {user} lets "
                                     "other identifiers in."),
                                  values));
    made.seen(words(N_("{place}: {rule}"), values))
        .seen(has_apps_id ? words(N_("Client identifier \"{id}\" was given."),
                                  {{"id", known.asked().client_id}})
                          : words(N_("No client identifier was given (-i), and the doctor used one "
                                     "of its own.")));
    if (is_user) {
      std::string meant = "pattern " + each.access.word() + " " + each.topic;
      meant.replace(meant.find("%c"), 2, "%u");
      made.seen(words(N_("{id} is the user name: %u stands for that, and %c for the client "
                         "identifier, of which each client must have another."),
                      values))
          .mend(words(N_("Give each user the topics under the user name, by a line below that one; "
                         "the old file is kept beside it:")),
                edit_command(std::to_string(each.line) + "a " + meant, each.file) + " && " +
                    reload_command(*at))
          .mend(words(N_("Where no client goes by its identifier, take the line with %c out "
                         "then.")));
    }
    return made
        .in_app(is_user ? words(N_("Or use the topic with the app's own identifier."))
                        : words(N_("Let the app's client identifier be {id}, or use the topic with "
                                   "its own."),
                                values))
        .apart(words(N_("With that identifier (a connection that has it will be replaced):")),
               "mqtt-doctor delivery " + known.target() +
                   (user.empty() ? "" : " -u " + shell_word(user) + " --ask-password") + " -i " +
                   shell_word(id) + " -t " + shell_word(*topic) + " --publish");
  }
  const bool is_named =
      std::find(from.acl_users.begin(), from.acl_users.end(), user) != from.acl_users.end();
  if (user.empty() || is_named) return {};
  for (const auto& near : from.acl_users) {
    const bool has_remark = has_remark_behind(near, user);
    const bool is_sure = bare(near) == bare(user) || has_remark;
    if (!is_sure && !is_a_letter_off(bare(near), bare(user))) continue;
    const std::string file = at->setting("acl_file");
    const places values{{"user", user}, {"near", near}, {"file", file}};
    made_finding made("auth-acl-publish-swallowed",
                      is_sure ? certainty::certain : certainty::likely, strength::proven,
                      words(N_("The access list has no rules for \"{user}\", but for "
                               "\"{near}\"."),
                            values));
    made.seen(words(N_("{file} says \"user {near}\"; the login was \"{user}\"."), values));
    if (has_remark)
      made.seen(
          words(N_("All behind \"user\" is the name, also what was meant as a remark: a "
                   "remark needs a line of its own that begins with #.")));
    return made
        .mend(words(N_("Correct the name; the old file is kept as {file}.bak:"), values),
              "sudo sed -i.bak " +
                  shell_word("s/^user[[:space:]]*" + sed_pattern_of(near) + "$/user " +
                             sed_replacement_of(user) + "/") +
                  " " + shell_word(file) + " && " + reload_command(*at))
        .in_app(words(N_("Or log in as {near}, if that user is meant."), values));
  }
  return {};
}

}  // namespace mqttkit::doctor
