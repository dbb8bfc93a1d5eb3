// Which versions of MQTT the broker speaks.
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/connack_view.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int refused_version = number_of(reason_code::unsupported_protocol_version);

std::string command_without_login(const view& known) {
  facts bare = known.all;
  bare.asked.has_user = bare.asked.has_password = false;
  return doctor_command({bare, known.at});
}

/// The other version was tried without the login, so either of the two may be the reason.
made_finding version_or_login(const view& known, const char* id, const mqtt_fact& first,
                              const mqtt_fact& other) {
  made_finding made(
      id, certainty::possible, strength::leaning,
      words(N_("The broker hangs up on MQTT {version} with a user name, and answers MQTT "
               "{other} without one: it knows that version alone, or it stumbles over the "
               "login."),
            {{"version", first.version}, {"other", other.version}}));
  made.seen(words(N_("CONNECT of MQTT {version} was followed by a close after {time}, without "
                     "CONNACK."),
                  {{"version", first.version}, {"time", time_text(first.ms)}}))
      .seen(connack_sentence(other))
      .in_app(words(N_("Choose MQTT {other} in the app."), {{"other", other.version}}))
      .mend(words(N_("If the login is the reason, the broker's log says so: look at the plugin "
                     "that checks users.")))
      .apart(words(N_("Is MQTT {version} answered without a user name? Then it is the login:"),
                   {{"version", first.version}}),
             command_without_login(known) + " -V " + first.version.word());
  return made;
}

/// Adds the other versions that got no CONNACK.
void add_unanswered_versions(made_finding& made, const view& known) {
  for (const auto& contact : known.at.contacts) {
    if (contact.purpose != contact_purpose::version || !contact.mqtt ||
        contact.mqtt->answer == mqtt_answer::connack)
      continue;
    made.seen(
        words(N_("MQTT {version} is not answered either."), {{"version", contact.mqtt->version}}));
  }
}

/// The broker hangs up on one version of MQTT and answers another.
maybe_finding version_hung_up_on(const view& known, exclusions& excluded) {
  const mqtt_fact* const first = mqtt_of_client(known);
  if (first == nullptr) return {};
  const bool was_closed =
      first->answer == mqtt_answer::closed || first->answer == mqtt_answer::reset;
  if (!was_closed && first->answer != mqtt_answer::silent) return {};
  const contact* const other = with_connack(known, contact_purpose::version);
  const bool is_v5 = first->version == mqtt_version::v5;
  const bool is_v5_alone =
      is_v5 && (other == nullptr || other->mqtt->version != mqtt_version::v3_1);
  const char* const id = is_v5_alone ? "mqtt-v5-closed-silently" : "mqtt-version-refused";
  if (other == nullptr || other->mqtt->meaning == refused_version) {
    const contact* const tried = known.at.find(contact_purpose::version);
    if (tried != nullptr && tried->mqtt) {
      exclude(
          excluded, id,
          words(N_("MQTT {version} is not answered either."), {{"version", tried->mqtt->version}}));
    }
    return {};
  }
  // What is large for a broker without memory says nothing of the version.
  if (known.all.host &&
      std::any_of(known.all.host->log.begin(), known.all.host->log.end(), [](const log_fact& line) {
        return line.kind == log_kind::out_of_memory && line.is_current;
      })) {
    exclude(excluded, id, words(N_("The broker's log tells that it had no memory left.")));
    return {};
  }
  // An equal connection fared otherwise: the reason is chance or a balancer, not the version.
  if (equals_that_differ(known)) {
    exclude(excluded, id, words(N_("Of equal connections some are let in and some are not.")));
    return {};
  }
  // The password is shown twice at most, so the last try goes without a login; that difference may
  // be the reason as well.
  if (first->sent_user && !other->mqtt->sent_user)
    return version_or_login(known, id, *first, *other->mqtt);
  made_finding made(
      id, certainty::certain, strength::told,
      words(is_v5 && !is_v5_alone
                ? N_("This broker speaks MQTT {other} alone: it takes neither 5 nor 3.1.1, which "
                     "apps use today.")
            : was_closed ? N_("This broker does not speak MQTT {version}, and hangs up instead of "
                              "saying so; MQTT {other} works.")
                         : N_("This broker does not speak MQTT {version}, and keeps silent "
                              "instead of saying so; MQTT {other} works."),
            {{"version", first->version}, {"other", other->mqtt->version}}));
  made
      .seen(words(
          was_closed ? N_("CONNECT of MQTT {version} was followed by a close after {time}, without "
                          "CONNACK.")
                     : N_("CONNECT of MQTT {version} was not answered in {time}."),
          {{"version", first->version}, {"time", time_text(first->ms)}}))
      .seen(connack_sentence(*other->mqtt))
      .in_app(words(N_("Choose MQTT {other} in the app."), {{"other", other->mqtt->version}}));
  const bool is_ancient = other->mqtt->version == mqtt_version::v3_1;
  if (is_v5 && !is_ancient)
    made.mend(words(N_("Or update the broker (RabbitMQ speaks MQTT 5 from 3.13 on).")));
  if (is_ancient) {
    add_unanswered_versions(made, known);
    made.mend(words(N_("Or update the broker: few apps still speak MQTT 3.1.")));
  }
  // The doctor chose the version by itself, so nothing the user asked for fails.
  const bool lets_in = other->mqtt->is_accepted() || !is_ancient;
  if (!known.asked().version.empty() || !lets_in) return made;
  return is_ancient ? made : made.note();
}

maybe_finding version_not_spoken(const view& known, exclusions&) {
  const mqtt_fact* const first = mqtt_of_client(known);
  if (first == nullptr || first->answer != mqtt_answer::connack ||
      first->meaning != refused_version)
    return {};
  const contact* const other = with_connack(known, contact_purpose::version);
  const bool other_works = other != nullptr && other->mqtt->meaning != refused_version;
  made_finding made(
      "mqtt-version-refused", certainty::certain, strength::told,
      other_works ? words(N_("The broker refuses MQTT {version}; {other} works."),
                          {{"version", first->version}, {"other", other->mqtt->version}})
                  : words(N_("The broker refuses MQTT {version}."), {{"version", first->version}}));
  made.seen(connack_sentence(*first));
  if (first->is_old_shape) {
    made.seen(
        words(N_("It answered in the form of MQTT 3.1.1, which some MQTT 5 clients call a protocol "
                 "error.")));
  }
  made.in_app(words(N_("Choose MQTT {other} in the app."),
                    {{"other", other_works ? other->mqtt->version.word() : "3.1.1"}}));
  if (known.asked().version.empty() && other_works) return made.note();
  return made;
}

/// An older version refuses a login that MQTT 5 accepts.
maybe_finding older_version_refused(const view& known, exclusions& excluded) {
  const mqtt_fact* const first = mqtt_of_client(known);
  const mqtt_fact* const later = told_in_5(known);
  if (first == nullptr || later == nullptr || later->reason != 0) return {};
  exclude(excluded, "auth-bad-credentials", words(N_("The broker accepted the login.")));
  return made_finding("mqtt-version-refused", certainty::certain, strength::proven,
                      words(N_("The broker takes this login in MQTT 5, and refuses it in MQTT "
                               "{version}."),
                            {{"version", first->version}}))
      .seen(connack_sentence(*first))
      .seen(words(N_("The same login was let in a moment later, in MQTT 5.")))
      .in_app(words(N_("Choose MQTT {other} in the app."), {{"other", later->version}}));
}

constexpr cause_row version_rows[] = {
    {"mqtt-v5-closed-silently", N_("the broker hangs up on MQTT 5 and takes an older version"),
     layer::mqtt, tools::exit_code::version_refused, station::broker, severity::problem,
     version_hung_up_on},
    {"mqtt-version-refused", N_("the broker does not take this version of MQTT"), layer::mqtt,
     tools::exit_code::version_refused, station::broker, severity::problem, version_not_spoken},
};

constexpr second_look version_looks[] = {
    {"mqtt-version-refused", older_version_refused},
};

}  // namespace

cause_table version_causes() { return {version_rows, version_looks}; }

}  // namespace mqttkit::doctor
