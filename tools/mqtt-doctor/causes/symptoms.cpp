#include "mqtt-doctor/causes/symptoms.hpp"

#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/cause_names.hpp"
#include "mqtt-doctor/causes/made_finding.hpp"
#include "mqtt-doctor/causes/registry.hpp"
#include "mqtt-doctor/causes/strength.hpp"

namespace mqttkit::doctor {
namespace {

using enum symptom;

struct symptom_row {
  std::string_view id;
  symptom_set shows_as;
};

// Causes above the login, and those below that let a client in and disturb it later. In the order
// of the list of causes.
constexpr std::array symptom_rows{
    // ---- the way
    symptom_row{"path-slow-link", {late, drops}},
    symptom_row{"path-mtu-black-hole", {drops, cannot_send, some_missing, nothing_arrives}},
    symptom_row{"path-payload-dropped", {drops, cannot_send, some_missing, nothing_arrives}},
    symptom_row{"path-packet-loss", {late, drops, some_missing}},
    symptom_row{"path-nat-idle-reset", {drops, shown_offline, some_missing}},
    symptom_row{"path-nat-idle-drop",
                {drops, nothing_arrives, some_missing, shown_offline, no_reaction}},
    symptom_row{"path-half-open",
                {drops, nothing_arrives, some_missing, shown_offline, no_reaction}},
    symptom_row{"path-address-conflict", {drops, cannot_connect}},
    symptom_row{"sn-nat-forgets", {drops, nothing_arrives, some_missing, no_reaction}},
    symptom_row{"proxy-idle-timeout", {drops, shown_offline}},
    symptom_row{"ws-idle-timeout", {drops, shown_offline}},
    symptom_row{"proxy-backends-differ", {some_missing, nothing_arrives, cannot_connect, drops}},
    symptom_row{"proxy-backend-down-retrying", {cannot_connect, drops, late}},
    // ---- MQTT
    symptom_row{"mqtt-max-connections", {cannot_connect, drops}},
    symptom_row{"mqtt-malformed-client",
                {drops, cannot_send, cannot_connect, nothing_arrives, unreadable}},
    symptom_row{"mqtt-malformed-broker",
                {drops, nothing_arrives, cannot_connect, some_missing, unreadable}},
    symptom_row{"mqtt-server-busy-or-banned", {drops, cannot_connect, cannot_send}},
    symptom_row{"mqtt-broker-hung", {drops, nothing_arrives, cannot_send, late, cannot_connect}},
    symptom_row{"mqtt-connack-late", {cannot_connect, drops, late}},
    symptom_row{"ended-by-client", {drops, cannot_connect, nothing_arrives, some_missing}},
    symptom_row{"ended-by-broker", {drops, cannot_connect}},
    symptom_row{"mqtt-packet-cut-off", {drops, cannot_send, some_missing, nothing_arrives}},
    symptom_row{"session-one-for-each-message", {too_much, drops, late}},
    symptom_row{"session-left-without-disconnect", {shown_offline, drops, too_much}},
    // ---- permission
    symptom_row{"mqtt-qos-not-supported", {cannot_send, drops, nothing_arrives}},
    symptom_row{"mqtt-receive-maximum", {cannot_send, drops}},
    symptom_row{"mqtt-no-suback", {nothing_arrives, no_reaction}},
    symptom_row{"mqtt-topic-violates-rules", {cannot_send, nothing_arrives, drops}},
    symptom_row{"mqtt-wildcard-not-supported", {nothing_arrives, some_missing}},
    symptom_row{"auth-acl-subscribe-refused", {nothing_arrives, no_reaction, not_listed, drops}},
    symptom_row{"auth-acl-publish-swallowed",
                {nothing_arrives, no_reaction, not_listed, some_missing, cannot_send, shown_offline,
                 no_last_value}},
    symptom_row{"auth-acl-publish-closes", {drops, cannot_send, nothing_arrives}},
    symptom_row{"auth-acl-no-puback", {cannot_send, nothing_arrives}},
    symptom_row{"auth-acl-read-denied-silently",
                {nothing_arrives, some_missing, no_reaction, not_listed}},
    symptom_row{"auth-hash-subscription-refused", {nothing_arrives, drops}},
    // ---- delivery
    symptom_row{
        "mqtt-packet-too-large",
        {cannot_send, drops, some_missing, nothing_arrives, not_listed, no_reaction, unreadable}},
    symptom_row{"mqtt-retain-not-supported", {no_last_value, cannot_send, drops}},
    symptom_row{"delivery-topic-differs",
                {nothing_arrives, no_reaction, not_listed, some_missing, shown_offline,
                 shown_online, no_last_value}},
    symptom_row{"delivery-hash-excludes-dollar", {nothing_arrives, some_missing}},
    symptom_row{"delivery-wildcard-misread", {nothing_arrives, some_missing, not_listed}},
    symptom_row{"delivery-other-broker",
                {nothing_arrives, no_reaction, not_listed, some_missing, no_last_value}},
    symptom_row{"delivery-not-handed-on",
                {nothing_arrives, no_reaction, not_listed, some_missing, no_last_value}},
    symptom_row{"delivery-not-forwarded",
                {nothing_arrives, no_reaction, not_listed, some_missing, no_last_value}},
    symptom_row{"delivery-two-brokers",
                {nothing_arrives, some_missing, no_reaction, not_listed, no_last_value}},
    symptom_row{"delivery-shared-subscription", {some_missing, nothing_arrives}},
    symptom_row{"delivery-shared-not-supported", {nothing_arrives, twice}},
    symptom_row{"delivery-shared-turns", {some_missing, no_reaction, nothing_arrives}},
    symptom_row{"delivery-bridge-prefix", {nothing_arrives, no_reaction, not_listed}},
    symptom_row{"delivery-parent-not-matched", {some_missing, nothing_arrives}},
    symptom_row{"delivery-topic-rewritten", {nothing_arrives, not_listed, no_reaction}},
    symptom_row{"delivery-qos2-stuck",
                {nothing_arrives, some_missing, cannot_send, twice, no_reaction}},
    symptom_row{"delivery-qos-downgraded", {some_missing, missed_while_away}},
    symptom_row{"session-duplicate-client-id",
                {drops, some_missing, shown_offline, nothing_arrives, missed_while_away,
                 no_reaction, cannot_send}},
    symptom_row{"delivery-queue-overflow", {some_missing, missed_while_away}},
    symptom_row{"delivery-duplicated", {twice, too_much}},
    symptom_row{"delivery-disordered", {wrong_order}},
    symptom_row{"delivery-late", {late}},
    symptom_row{"delivery-acknowledged-late", {late, cannot_send}},
    symptom_row{"delivery-retained-misunderstood", {no_last_value, nothing_arrives, not_listed}},
    symptom_row{"delivery-retained-present", {old_messages, unwanted}},
    symptom_row{"delivery-state-stays", {shown_offline, shown_online, old_messages}},
    symptom_row{"delivery-slow-consumer", {late, some_missing, drops}},
    symptom_row{"delivery-feedback-loop", {unwanted, twice, too_much}},
    symptom_row{"delivery-sys-closed", {nothing_arrives}},
    symptom_row{"session-clean-session", {missed_while_away, some_missing}},
    symptom_row{"session-v5-expires-at-once", {missed_while_away, some_missing}},
    symptom_row{"session-expired-while-away", {missed_while_away, some_missing}},
    symptom_row{"session-expiry-capped", {missed_while_away}},
    symptom_row{"session-not-kept", {missed_while_away, some_missing, nothing_arrives}},
    symptom_row{"session-lost-at-broker-restart", {missed_while_away, some_missing}},
    symptom_row{"session-none-stored", {missed_while_away}},
    symptom_row{"session-identifier-changes", {missed_while_away, too_much}},
    symptom_row{"delivery-qos0-not-queued", {missed_while_away, some_missing}},
    symptom_row{"delivery-message-expired", {missed_while_away, some_missing, no_last_value}},
    symptom_row{"session-stale-subscriptions", {unwanted, old_messages, twice}},
    symptom_row{"session-messages-waiting", {old_messages, late, twice, too_much}},
    symptom_row{"delivery-no-local", {nothing_arrives, no_reaction}},
    symptom_row{"delivery-no-local-ignored", {unwanted, twice}},
    symptom_row{"session-broker-restarted", {drops, shown_offline, missed_while_away}},
    symptom_row{"session-keepalive-expired", {drops, shown_offline, nothing_arrives}},
    symptom_row{"session-server-keepalive", {drops, shown_offline}},
    symptom_row{"session-keepalive-not-enforced", {shown_online}},
    symptom_row{"session-lifetime", {drops, shown_offline}},
    symptom_row{"session-flaps", {drops, shown_offline}},
    symptom_row{"session-will-flaps", {shown_offline, drops}},
    symptom_row{"session-will-status", {shown_offline, shown_online}},
    symptom_row{"session-will-withheld", {shown_online}},
    symptom_row{"delivery-inflight-stall",
                {nothing_arrives, some_missing, late, twice, old_messages, no_reaction}},
    symptom_row{"delivery-not-subscribed",
                {nothing_arrives, no_reaction, some_missing, not_listed}},
    symptom_row{"delivery-no-subscriber", {nothing_arrives, no_reaction, not_listed}},
    symptom_row{"delivery-nothing-published",
                {nothing_arrives, no_reaction, not_listed, no_last_value, some_missing}},
    symptom_row{"delivery-publish-refused", {cannot_send, nothing_arrives, no_reaction}},
    symptom_row{"mqtt-subscribe-unanswered", {nothing_arrives, no_reaction, drops}},
    symptom_row{"mqtt-subscribe-refused", {nothing_arrives, no_reaction, drops}},
    symptom_row{"delivery-breaks-client", {drops, nothing_arrives, unreadable}},
    symptom_row{"delivery-own-message", {unwanted, twice}},
    symptom_row{"delivery-payload-odd", {unreadable, no_reaction, not_listed}},
    symptom_row{"delivery-response-topic", {no_reaction, nothing_arrives}},
    symptom_row{"delivery-unasked", {unwanted}},
    symptom_row{"delivery-went-silent", {nothing_arrives, some_missing}},
    symptom_row{"delivery-filter-wide", {unwanted, too_much}},
    symptom_row{"delivery-flood", {too_much}},
    symptom_row{
        "delivery-overwritten",
        {not_listed, no_last_value, old_messages, some_missing, shown_offline, shown_online}},
    symptom_row{"delivery-backlog-sent", {old_messages, late, twice}},
    symptom_row{"delivery-discovery-fault", {not_listed, shown_offline, shown_online}},
    symptom_row{"delivery-command-unheeded", {no_reaction}},
    symptom_row{"delivery-not-sent", {cannot_send, nothing_arrives}},
    symptom_row{"session-no-will", {shown_online}},
    symptom_row{"session-client-leaves", {drops}},
    // ---- the broker's machine
    symptom_row{"host-disk-full", {some_missing, missed_while_away, drops, cannot_send}},
    symptom_row{"host-memory-alarm", {cannot_send, late, drops}},
    symptom_row{"host-bridge-down", {nothing_arrives, some_missing, no_reaction, not_listed}},
    symptom_row{"host-persistence-corrupt", {missed_while_away, no_last_value, cannot_connect}},
    symptom_row{"phone-background-sleep", {drops, late, nothing_arrives, shown_offline}},
    symptom_row{"phone-network-switch", {drops, shown_offline}},
};

// Of who is not let in nothing can be expected; what does come, and how, is another matter.
constexpr symptom_set of_who_is_out{cannot_connect,    drops,         nothing_arrives,
                                    missed_while_away, shown_offline, no_reaction,
                                    not_listed,        cannot_send,   no_last_value};

bool keeps_out(layer where) {
  switch (where) {
    case layer::permission:
    case layer::delivery:
      return false;
    default:
      return true;
  }
}

/// What usually brings a symptom about, and what to look at next.
struct symptom_words {
  symptom seen;
  const char* fact;
};

constexpr std::array all_words{
    symptom_words{cannot_connect,
                  N_("You see that an app cannot connect, and from here nothing keeps it out: what "
                     "differs is the app's own settings, its network, or its time.")},
    symptom_words{drops,
                  N_("You see connections that end or begin anew, and no reason for that was "
                     "seen. Usual ones: two clients with one client identifier, a keep alive "
                     "that is not kept, a router or proxy that forgets silent connections, a "
                     "message above a limit.")},
    symptom_words{nothing_arrives,
                  N_("You see that nothing arrives, and no reason for that was seen. Usual ones: "
                     "topic and filter differ (case, a / more), nobody publishes or to another "
                     "broker, a right to read or write is missing, the app subscribes once and "
                     "not after each connect.")},
    symptom_words{some_missing,
                  N_("You see that messages are missing, and no reason for that was seen. Usual "
                     "ones: QoS 0 on one of the two sides, a reader that is too slow, connections "
                     "that end in between, several readers of one shared subscription.")},
    symptom_words{twice, N_("You see messages more than once, and no reason for that was seen. "
                            "Usual ones: two filters that match one topic, two programs that "
                            "publish the same, a message that is not acknowledged, a bridge in a "
                            "circle.")},
    symptom_words{late,
                  N_("You see messages late, and no reason for that was seen. Usual ones: a "
                     "session that keeps them until the reader is back, a reader or writer that "
                     "waits for an acknowledgement, a phone that sleeps, a slow network.")},
    symptom_words{old_messages,
                  N_("You see old messages, and no reason for that was seen. Usual ones: retained "
                     "messages, a session that kept them, a message that is never acknowledged "
                     "and comes again.")},
    symptom_words{no_last_value,
                  N_("You see no last value after a start, and no reason for that was seen. Usual "
                     "ones: it is published without the retain flag, it was cleared, the broker "
                     "keeps no retained messages or lost them at its restart.")},
    symptom_words{missed_while_away,
                  N_("You miss what was sent while the client was away, and no reason for that "
                     "was seen. Usual ones: clean session, another client identifier each time, "
                     "QoS 0 of the message or the subscription, an expiry.")},
    symptom_words{shown_offline,
                  N_("You see a device as offline although it runs, and no reason for that was "
                     "seen. Usual ones: a retained will that nothing contradicts after the next "
                     "connect, another topic or text than is looked for, a status without the "
                     "retain flag.")},
    symptom_words{shown_online,
                  N_("You see a device as online although it has gone, and no reason for that was "
                     "seen. Usual ones: no will, or one without the retain flag, a DISCONNECT "
                     "that takes the will back, a long keep alive.")},
    symptom_words{no_reaction,
                  N_("You see no reaction to a command, and no reason for that was seen. Usual "
                     "ones: the command's topic differs from the device's filter, another form "
                     "of the message, a right that is missing, a device that is not subscribed.")},
    symptom_words{unreadable,
                  N_("You see messages that cannot be read, and no reason for that was seen. Usual "
                     "ones: another encoding or packing, JSON that is none, a buffer that cuts "
                     "them.")},
    symptom_words{not_listed,
                  N_("You miss a device or its values in an app, and no reason for that was seen. "
                     "Usual ones: a discovery message without the retain flag, under another "
                     "prefix, above a size limit, or with JSON that is none.")},
    symptom_words{unwanted,
                  N_("You see messages that were not asked for, and no reason for that was seen. "
                     "Usual ones: a filter that is too wide, one's own messages, an old session's "
                     "subscriptions, a circle of two bridges or two programs.")},
    symptom_words{cannot_send,
                  N_("You see that publishing fails, and no reason for that was seen. Usual ones: "
                     "a right that is missing, a message above a limit, a QoS or the retain flag "
                     "that the broker does not take, too many messages without acknowledgement.")},
    symptom_words{too_much,
                  N_("You see too much, and no reason for that was seen. Usual ones: a connection "
                     "for each message, messages in a circle, a client identifier that changes "
                     "and leaves sessions behind, topics that never end.")},
    symptom_words{wrong_order,
                  N_("You see messages in another order, and no reason for that was seen. MQTT "
                     "keeps the order of one publisher, one topic and one QoS on one connection, "
                     "and no other.")},
};

// What usually brings it about is excluded then.
constexpr const char* came_and_is_not_there =
    N_("You see that nothing arrives, and yet the broker sent each message that was published to "
       "those who had subscribed to it: it is lost behind that, in the app that reads them (the "
       "topics or the form that it expects, a rule or a window of its own), or the app is none of "
       "these readers.");

const char* fact_of(symptom seen) {
  const auto found = std::find_if(all_words.begin(), all_words.end(),
                                  [&](const symptom_words& row) { return row.seen == seen; });
  return found == all_words.end() ? "" : found->fact;
}

/// What a warning of a lower layer means to who is in already: nothing.
bool is_about_being_in(symptom seen) { return seen != cannot_connect; }

}  // namespace

symptom_set symptoms_of(std::string_view id) {
  const auto found = std::find_if(symptom_rows.begin(), symptom_rows.end(),
                                  [&](const symptom_row& row) { return row.id == id; });
  if (found != symptom_rows.end()) return found->shows_as;
  return keeps_out(cause_of(id).where) ? of_who_is_out : symptom_set();
}

bool explains(const finding& found, symptom seen) {
  if (!found.shows_as.empty()) return found.shows_as.contains(seen);
  const bool is_named = std::any_of(symptom_rows.begin(), symptom_rows.end(),
                                    [&](const symptom_row& row) { return row.id == found.id; });
  // A warning about others explains nothing of who is in.
  if (!is_named && found.how_bad != severity::problem &&
      (is_about_being_in(seen) || found.how_bad == severity::note))
    return false;
  return symptoms_of(found.id).contains(seen);
}

void put_symptom_first(symptom seen, diagnosis& made) {
  if (seen == none) return;
  for (finding& told : made.warnings) {
    // What is true of any device was not observed here.
    if (!explains(told, seen) || told.weight <= weight_of(strength::general)) continue;
    told.how_bad = severity::problem;
    if (told.how_sure == certainty::certain) told.how_sure = certainty::likely;
    made.causes.push_back(told);
  }
  std::erase_if(made.warnings,
                [](const finding& told) { return told.how_bad == severity::problem; });
  std::stable_partition(made.causes.begin(), made.causes.end(),
                        [&](const finding& cause) { return explains(cause, seen); });
}

finding unexplained_symptom(symptom seen, bool is_recorded, const std::string& target,
                            bool all_came) {
  // Of HOST:PORT, which may be quoted for a shell.
  const std::size_t colon = target.rfind(':');
  std::string port = colon == std::string::npos ? "1883" : target.substr(colon + 1);
  port.resize(std::min(port.size(), port.find_first_not_of("0123456789")));
  const std::string record =
      "sudo mqtt-doctor listen " + port + " --capture --write seen.pcapng --for 5m";
  finding made =
      static_cast<maybe_finding>(
          made_finding(
              cause_names::symptom_unexplained.data(), certainty::possible, strength::general,
              words(all_came && seen == nothing_arrives ? came_and_is_not_there : fact_of(seen))))
          .value();
  if (is_recorded) {
    made.apart = words(
        N_("Record on the broker's machine while it happens, from before both sides connect:"));
    made.apart_command = record;
  } else if (seen == drops || seen == shown_offline) {
    made.apart = words(N_("A connection that is held and watched shows what ends it:"));
    made.apart_command = "mqtt-doctor delivery " + target + " --watch 10m";
  } else if (seen == missed_while_away) {
    made.apart =
        words(N_("What the broker keeps for a client that is away, with the app's own "
                 "settings for its session:"));
    made.apart_command = "mqtt-doctor delivery " + target + " --offline -c -q 1";
  } else if (seen == cannot_connect) {
    made.apart = words(N_("Where the app runs the way is another one: ask there as well."));
  } else {
    made.apart =
        words(N_("On the broker's machine, while it happens and from before both sides "
                 "connect, this shows what they say:"));
    made.apart_command = record;
  }
  return made;
}

finding answered_symptom(const sentence& why, bool is_acknowledged) {
  made_finding made("delivery-reaches-app", certainty::likely,
                    is_acknowledged ? strength::usual : strength::leaning, why);
  made.in_app(
      words(N_("Look into that app: whether its callback for messages is set (onMessage, "
               "on_message, messageArrived), on this very client object and before it subscribes, "
               "whether it compares the topic letter by letter and takes this form of the payload, "
               "and whether its own log names the message.")));
  made.apart(
      words(N_("If another app is meant: it was not seen here, or has no filter for these "
               "topics.")));
  return static_cast<maybe_finding>(made).value();
}

void add_if_unexplained(symptom seen, bool is_recorded, const std::string& target, diagnosis& made,
                        const std::vector<sentence>& excluded, bool all_came) {
  if (seen == none || !made.causes.empty()) return;
  made.causes.push_back(unexplained_symptom(seen, is_recorded, target, all_came));
  for (const sentence& each : excluded) made.causes.back().evidence.push_back(each);
  made.is_healthy = false;
  made.exit_code = exit_code_of(made.causes.front());
}

}  // namespace mqttkit::doctor
