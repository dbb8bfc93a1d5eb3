#include "mqtt-doctor/causes/access_trace.hpp"

#include <algorithm>
#include <vector>

#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/compose_words.hpp"
#include "mqtt-doctor/causes/host_acl_remark.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/meant_rule.hpp"
#include "mqtt-doctor/causes/topic_slip_words.hpp"
#include "mqtt-doctor/facts/certificate_name.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int refused = number_of(reason_code::unspecified_error),
              not_authorized = number_of(reason_code::not_authorized);
constexpr std::size_t most_lines = 4;  // of an access list, in one answer

/// What was tried on the user's topic, and which right may be missing.
struct withheld {
  std::string topic;
  bool may_lack_read = false;
  bool may_lack_write = false;
  bool is_at_subscribe = false;
  bool is_unsent = false;  ///< nobody sent anything: who was to send it may lack the right as well
};

void note_answer(withheld& made, int ack, bool tells) {
  made.may_lack_write = made.may_lack_write || ack == not_authorized || (ack == 0 && !tells);
  made.may_lack_read = made.may_lack_read || ack == 0;
}

withheld find_withheld(const view& known) {
  withheld made;
  const asked_facts& asked = known.asked();
  for (const auto& delivery : known.at.deliveries) {
    if (!delivery.is_users_topic) continue;
    const bool is_refused = delivery.suback >= refused;
    if (!is_refused && (!delivery.published || delivery.echoed || delivery.others > 0)) continue;
    made.topic = delivery.topic;
    made.is_at_subscribe = is_refused;
    note_answer(made, is_refused ? -1 : delivery.puback, delivery.version == mqtt_version::v5);
  }
  for (const auto& exchange : known.at.exchanges) {
    if (!exchange.is_users_topic || exchange.is_search || !exchange.publisher_at.empty()) continue;
    if (exchange.suback >= refused) {
      made.topic = exchange.filter;
      made.is_at_subscribe = true;
    } else if (exchange.sent() > 0 && exchange.arrived() == 0 && exchange.others == 0) {
      made.topic = exchange.topic;
      for (const auto& run : exchange.runs)
        if (run.qos > 0) note_answer(made, run.ack, exchange.version == mqtt_version::v5);
    } else if ((asked.retained || !asked.publishes) && exchange.retained == 0 &&
               exchange.sent() == 0 && exchange.others == 0 && !has_wildcard(exchange.filter)) {
      made.topic = exchange.filter;
      made.may_lack_read = made.is_unsent = true;
    }
  }
  return made;
}

topic_right right_to(bool reading) { return reading ? topic_right::read : topic_right::write; }

std::string written(const acl_rule_fact& rule) {
  return std::string(rule.is_pattern ? "pattern " : "topic ") + rule.access.word() + " " +
         rule.topic;
}

/// The access list as one client meets it.
class trace {
 public:
  trace(const configuration_fact& from, const std::string& user) : from_(from), user_(user) {}

  /// Whether the rule is one for this client. Lines before the first "user" are for clients without
  /// a user name alone.
  bool is_his(const acl_rule_fact& rule) const { return rule.is_pattern || rule.user == user_; }

  /// The rule's filter with the user name filled in; "" where it needs a name and there is none.
  std::string filter_of(const acl_rule_fact& rule) const {
    const bool lacks_name = rule.is_pattern && user_.empty() && contains(rule.topic, "%u");
    return lacks_name ? std::string() : filter_for(rule, user_);
  }

  bool has_identifiers() const {
    return std::any_of(from_.acl.begin(), from_.acl.end(), [](const acl_rule_fact& rule) {
      return rule.is_pattern && contains(rule.topic, "%c");
    });
  }

  bool may(const std::string& topic, bool reading) const {
    return std::any_of(from_.acl.begin(), from_.acl.end(), [&](const acl_rule_fact& rule) {
      return is_his(rule) && gives(rule, right_to(reading)) && matches(rule, topic);
    });
  }

  bool matches(const acl_rule_fact& rule, const std::string& topic) const {
    const std::string filter = filter_of(rule);
    return !filter.empty() && is_topic_filter(filter) && topic_matches(filter, topic);
  }

  /// His rules, those that fit the topic in all but the right first.
  std::vector<const acl_rule_fact*> nearest(const std::string& topic) const {
    std::vector<const acl_rule_fact*> all;
    for (const auto& rule : from_.acl)
      if (is_his(rule)) all.push_back(&rule);
    const auto distance = [&](const acl_rule_fact* rule) {
      return find_topic_mismatch(filter_of(*rule), topic).slip;
    };
    std::stable_sort(all.begin(), all.end(), [&](const auto* one, const auto* other) {
      return distance(one) < distance(other);
    });
    return all;
  }

  /// A line for clients without a user name that would give a user the right.
  const acl_rule_fact* for_others(const std::string& topic, bool reading) const {
    const auto at = std::find_if(from_.acl.begin(), from_.acl.end(), [&](const auto& rule) {
      return !rule.is_pattern && rule.user.empty() && !user_.empty() &&
             gives(rule, right_to(reading)) && matches(rule, topic);
    });
    return at != from_.acl.end() ? &*at : nullptr;
  }

 private:
  const configuration_fact& from_;
  const std::string& user_;
};

std::string place_of(const acl_rule_fact& rule) {
  return rule.file + ":" + std::to_string(rule.line);
}

sentence user_by_certificate(const host_view& at, const std::string& user) {
  return words(at.is_user_by_subject()
                   ? N_("use_subject_as_username is true: the user name is the whole subject of "
                        "the client certificate, \"{user}\", whatever the app sends.")
                   : N_("use_identity_as_username is true: the user name is the common name in the "
                        "client certificate, \"{user}\", whatever the app sends."),
               {{"user", user}});
}

/// A name of a certificate without what its writings differ in: "/CN=phone", "CN = phone".
std::string bare_name(const std::string& name) {
  std::string out;
  for (const char each : lower(name))
    if (each != ' ' && each != '/' && each != '"') out += each;
  return out;
}

/// The access list names the client by another part or another writing of its certificate's subject
/// than the one that counts, or by the name that the app sends.
maybe_finding named_by_other_part(const host_view& at, const std::string& user,
                                  const withheld& found) {
  if (!at.is_user_by_subject() && !at.is_user_by_common_name()) return {};
  const auto& all = at.configuration->acl_users;
  if (std::find(all.begin(), all.end(), user) != all.end()) return {};
  const asked_facts& asked = at.known.asked();
  const std::string& subject = asked.certificate_subject;
  const auto is_meant = [&](const std::string& name) {
    return name == common_name_in(subject) || bare_name(name) == bare_name(subject) ||
           (!asked.user_name.empty() && name == asked.user_name);
  };
  const auto near = std::find_if(all.begin(), all.end(), is_meant);
  if (near == all.end()) return {};
  const trace theirs(*at.configuration, *near);
  const bool is_about_it = theirs.may(found.topic, true) || theirs.may(found.topic, false);
  const std::string file = at.setting("acl_file");
  const places with{{"user", user}, {"near", *near}, {"file", file}};
  made_finding made(
      found.may_lack_write ? "auth-acl-publish-swallowed" : "auth-acl-read-denied-silently",
      is_about_it ? certainty::certain : certainty::likely, strength::proven,
      words(N_("The access list has rules for \"{near}\", and the broker takes this "
               "client for \"{user}\", by the subject of its certificate: no rule "
               "is for that name."),
            with));
  made.seen(user_by_certificate(at, user)).seen(words(N_("{file} says \"user {near}\"."), with));
  if (is_plain_text(*near) && is_plain_text(user)) {
    made.mend(words(N_("Write that name into the access list; the old file is kept as {file}.bak:"),
                    with),
              edit_command("s#^user[[:space:]]\\+" + *near + "[[:space:]]*$#user " + user + "#",
                           file))
        .then(words(N_("Let the broker read the file again:")), reload_command(at));
  } else {
    made.lines(words(N_("Write that name into the access list, in the place of \"{near}\":"), with),
               "user " + user, file);
    made.then(words(N_("Let the broker read the file again:")), reload_command(at));
  }
  if (at.is_user_by_subject() && *near == common_name_in(subject))
    made.mend(
        words(N_("Or let the common name alone be the user name: use_identity_as_username "
                 "true in the place of use_subject_as_username.")));
  return made;
}

/// Whether a pattern gives the right on the topic to the user whose name stands in it.
bool is_of_each_user(const configuration_fact& from, bool reading, const std::string& topic) {
  return std::any_of(from.acl.begin(), from.acl.end(), [&](const acl_rule_fact& rule) {
    const std::size_t mark = rule.topic.find("%u");
    if (!rule.is_pattern || mark == std::string::npos || !gives(rule, right_to(reading)))
      return false;
    std::string filter = rule.topic;
    filter.replace(mark, 2, "+");
    return is_topic_filter(filter) && topic_matches(filter, topic);
  });
}

/// Whether what is seen may come of a message that was never let in, and not of one that is kept
/// from the reader alone.
bool is_about_sender(const view& known) {
  const asked_facts& asked = known.asked();
  return asked.symptom != symptom::none && asked.subscriber.empty() && !asked.retained;
}

}  // namespace

std::string filled_in(std::string pattern, std::string_view mark, std::string_view value) {
  // What is filled in is not read again: a name may hold the mark itself.
  for (std::size_t at = 0; !value.empty() && (at = pattern.find(mark, at)) != std::string::npos;
       at += value.size())
    pattern.replace(at, mark.size(), value);
  return pattern;
}

std::string filter_for(const acl_rule_fact& rule, const std::string& user) {
  return rule.is_pattern ? filled_in(rule.topic, "%u", user) : rule.topic;
}

maybe_finding access_list_trace(const view& known, exclusions& excluded) {
  const auto at = look_at(known);
  if (!at || !at->works() || !is_mosquitto(*at)) return {};
  const std::string file = at->setting("acl_file");
  const withheld found = find_withheld(known);
  if (file.empty() || found.topic.empty() || found.topic.starts_with('$')) return {};
  const asked_facts& asked = known.asked();
  // Only the rules of the user who was asked about were read.
  if (!asked.publisher.empty() && asked.publisher != asked.user_name) return {};
  if (!asked.subscriber.empty() && asked.subscriber != asked.user_name) return {};
  // An empty list may be one that was not read.
  if (at->configuration->acl.empty() && at->configuration->acl_users.empty()) return {};
  const std::string user = at->user_in_force();
  const bool is_of_certificate = at->is_user_by_subject() || at->is_user_by_common_name();
  if (is_of_certificate && user.empty()) return {};
  if (auto named = named_by_other_part(*at, user, found)) return named;
  const trace list(*at->configuration, user);
  if (list.has_identifiers()) return {};
  // These know the very line that is to be mended.
  if (host_acl_near(known, excluded) || host_acl_letters(known, excluded) ||
      host_acl_denied(known, excluded) || host_acl_names(known, excluded))
    return {};
  const bool lacks_write = found.may_lack_write && !list.may(found.topic, false);
  const bool lacks_read = found.may_lack_read && !list.may(found.topic, true);
  if (!lacks_write && !lacks_read) return {};
  const bool lacks_all =
      found.is_unsent && lacks_read && !list.may(found.topic, false) && is_about_sender(known);
  const places values{{"user", user}, {"topic", found.topic}, {"file", file}};
  const bool is_anonymous = user.empty();
  made_finding made(
      lacks_write ? "auth-acl-publish-swallowed" : "auth-acl-read-denied-silently",
      certainty::certain, strength::proven,
      lacks_write ? is_anonymous
                        ? words(N_("No line of the access list lets clients without a user "
                                   "name publish to \"{topic}\"."),
                                values)
                        : words(N_("No line of the access list lets {user} publish to "
                                   "\"{topic}\"."),
                                values)
      : lacks_all
          ? is_anonymous
                ? words(N_("No line of the access list lets clients without a user name read "
                           "\"{topic}\" or publish to it; mosquitto grants the subscription and "
                           "acknowledges the messages all the same, and sends nothing."),
                        values)
                : words(N_("No line of the access list lets {user} read \"{topic}\" or publish to "
                           "it; mosquitto grants the subscription and acknowledges the messages "
                           "all the same, and sends nothing."),
                        values)
      : is_anonymous
          ? words(N_("No line of the access list lets clients without a user name read "
                     "\"{topic}\"; mosquitto grants the subscription all the same, and "
                     "sends nothing."),
                  values)
          : words(N_("No line of the access list lets {user} read \"{topic}\"; mosquitto "
                     "grants the subscription all the same, and sends nothing."),
                  values));
  if (is_of_certificate) made.seen(user_by_certificate(*at, user));
  const auto nearest = list.nearest(found.topic);
  for (std::size_t i = 0; i < std::min(nearest.size(), most_lines); ++i) {
    const acl_rule_fact* const rule = nearest[i];
    made.seen(words(N_("{place}: {rule}"), {{"place", place_of(*rule)}, {"rule", written(*rule)}}));
    if (rule != nearest.front()) continue;
    const std::string filter = list.filter_of(*rule);
    if (rule->is_pattern && filter != rule->topic && !filter.empty())
      made.seen(
          words(N_("%u is the user name as it was sent: here the pattern opens \"{filter}\"."),
                {{"filter", filter}}));
    const topic_mismatch slip = find_topic_mismatch(filter, found.topic);
    const slip_words* const row = words_of(slip.slip);
    if (row != nullptr && slip.slip < topic_slip::other_level)
      made.seen(words(row->sentence, {{"filter", filter},
                                      {"topic", found.topic},
                                      {"wanted", slip.wanted},
                                      {"found", slip.found}}));
    if (!list.matches(*rule, found.topic)) continue;
    made.seen(
        rule->access == acl_access::read
            ? words(N_("That line is about the topic, and gives the right to read alone."))
            : words(N_("That line is about the topic, and gives the right to publish alone.")));
  }
  if (nearest.empty())
    made.seen(
        is_anonymous
            ? words(N_("{file} has lines for users alone: what stands below a \"user\" line does "
                       "not count for clients without a user name."),
                    values)
            : words(N_("{file} has no lines for {user}."), values));
  if (const acl_rule_fact* rule = list.for_others(found.topic, !lacks_write))
    made.seen(words(N_("{place}: {rule}"), {{"place", place_of(*rule)}, {"rule", written(*rule)}}))
        .seen(words(N_("It stands before the first \"user\" line, and such lines count for clients "
                       "without a user name alone, not for {user}."),
                    values));
  if (lacks_all)
    made.seen(
        words(N_("Nobody sent anything there meanwhile. Where a client of this user is the one "
                 "that sends it, or leaves it as its will, the right that it lacks is write: "
                 "the broker publishes a will by the right of its client.")));
  if (const auto remark = find_acl_remark(*at->configuration, user, lacks_write, found.topic)) {
    mend_acl_remark(made, *at, *remark);
    return made;
  }
  // A right for nobody in particular would open what belongs to one user.
  if (is_anonymous && is_of_each_user(*at->configuration, !lacks_write, found.topic))
    return made.in_app(
        words(N_("Log in: that pattern gives each user the topics of his own name (%u), and "
                 "clients without a user name none.")));
  const topic_right right = (lacks_write && lacks_read) || lacks_all ? topic_right::both
                            : lacks_write                            ? topic_right::write
                                                                     : topic_right::read;
  const auto meant = find_meant_rule(*at->configuration, user, right, found.topic);
  const bool gives_both = meant && meant->rule->access == acl_access::readwrite;
  // Who only sends needs no more; who asks for the topic as well would be told so the next time.
  if (lacks_write && !lacks_read && !gives_both && !list.may(found.topic, true))
    made.seen(
        words(N_("No line lets that user read it either: whoever is to receive it as well "
                 "needs readwrite in the place of write.")));
  allow_topic(made, known, user, right, found.topic);
  return made;
}

maybe_finding dynamic_security(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->works() || !is_mosquitto(*at)) return {};
  std::string plugin = at->setting("plugin");
  if (plugin.empty()) plugin = at->setting("auth_plugin");
  const withheld found = find_withheld(known);
  if (!contains(plugin, "dynamic_security") || found.topic.empty()) return {};
  const bool is_write = !found.is_at_subscribe && found.may_lack_write && !found.may_lack_read;
  const std::string right = found.is_at_subscribe ? "subscribe"
                            : is_write            ? "publishClientSend"
                                                  : "publishClientReceive";
  // In 3.1.1 PUBACK does not tell the two apart.
  const bool is_open = found.may_lack_write && found.may_lack_read;
  const std::string user = at->user_in_force();
  const places values{{"topic", found.topic},
                      {"right", right},
                      {"plugin", plugin},
                      {"user", user},
                      {"file", at->setting("plugin_opt_config_file")}};
  made_finding made(
      found.is_at_subscribe ? "auth-acl-subscribe-refused"
      : is_write            ? "auth-acl-publish-swallowed"
                            : "auth-acl-read-denied-silently",
      is_open ? certainty::likely : certainty::certain, strength::proven,
      user.empty()
          ? words(N_("mosquitto's dynamic security plugin gives clients without a user name "
                     "no right {right} for \"{topic}\"."),
                  values)
          : words(N_("mosquitto's dynamic security plugin gives {user} no right {right} for "
                     "\"{topic}\"."),
                  values));
  made.seen(words(N_("Rights are kept by the plugin {plugin}, in {file}."), values));
  made.look(
      user.empty() ? words(N_("See the group of clients without a user name, and the defaults:"))
                   : words(N_("See this client's roles, and the defaults:")),
      user.empty()
          ? "mosquitto_ctrl -u admin dynsec getAnonymousGroup; mosquitto_ctrl -u admin dynsec "
            "getDefaultACLAccess"
          : "mosquitto_ctrl -u admin dynsec getClient " + shell_word(user) +
                "; mosquitto_ctrl -u admin dynsec getDefaultACLAccess");
  return made.fill_in(words(N_("Give one of its roles the right:")),
                      "mosquitto_ctrl -u admin dynsec addRoleACL ROLE " +
                          (found.is_at_subscribe ? std::string("subscribeLiteral") : right) + " " +
                          shell_word(found.topic) + " allow");
}

}  // namespace mqttkit::doctor
