// CONNACK refuses: what its code says, apart from the login and the version.
#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/connack_view.hpp"
#include "mqtt-doctor/causes/serving_refusal.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int malformed = number_of(reason_code::malformed_packet),
              version_refused = number_of(reason_code::unsupported_protocol_version),
              id_refused = number_of(reason_code::client_identifier_not_valid),
              other_server = number_of(reason_code::use_another_server),
              moved = number_of(reason_code::server_moved);

/// The refusal with the most telling reason: that of MQTT 5, where the reason was asked for there.
const mqtt_fact* refusal_of_client(const view& known) {
  const mqtt_fact* const first = mqtt_of_client(known);
  if (first == nullptr || first->answer != mqtt_answer::connack) return nullptr;
  const mqtt_fact* const later = told_in_5(known);
  return later != nullptr && later->reason != 0 ? later : first;
}

maybe_finding identifier_refused(const view& known, exclusions&) {
  const mqtt_fact* first = refusal_of_client(known);
  if (first != nullptr && first->meaning != id_refused) first = mqtt_of_client(known);
  if (first == nullptr) return {};
  // mosquitto answers an empty identifier in MQTT 5 with 0x80 (Unspecified error).
  const contact* const named = with_connack(known, contact_purpose::own_id);
  const bool needs_name = named != nullptr && named->mqtt->is_accepted();
  // With an identifier the next fault may show: the login is refused.
  const auto refuses_login = [](const mqtt_fact& mqtt) {
    return mqtt.answer == mqtt_answer::connack && (mqtt.meaning == 0x86 || mqtt.meaning == 0x87);
  };
  const bool is_login_next = first->client_id_kind == client_id_kind::empty && named != nullptr &&
                             refuses_login(*named->mqtt) && !refuses_login(*first);
  if (first->meaning != id_refused && !needs_name && !is_login_next) return {};
  if (first->client_id_kind == client_id_kind::empty) {
    made_finding made("session-empty-id-persistent", certainty::certain, strength::seen,
                      words(N_("The broker does not accept an empty client identifier.")));
    made.seen(connack_sentence(*first));
    if (needs_name) made.seen(words(N_("With an identifier it let us in.")));
    if (is_login_next) made.seen(words(N_("With an identifier it refuses the login.")));
    made.in_app(
        words(N_("Fill in the field Client ID, with a name of its own for each "
                 "device.")));
    set_in_broker(made, known, broker_setting::empty_identifier);
    return made;
  }
  const bool is_v31 = first->version == mqtt_version::v3_1;
  made_finding made(is_v31 ? "session-id-too-long" : "auth-client-id-not-allowed",
                    certainty::likely, strength::agreed,
                    words(N_("The broker does not accept the client identifier.")));
  made.seen(connack_sentence(*first))
      .in_app(words(
          N_("Use an identifier the broker allows: not empty, at most 23 letters and digits for "
             "MQTT 3.1, with the prefix it asks for.")));
  // What the app's own identifier brings is known where that was sent.
  if (first->client_id_kind == client_id_kind::user) return made;
  return made.apart(words(N_("With the app's own identifier (its connection will be replaced):")),
                    doctor_command(known) + " -i ID");
}

/// Adafruit IO answers MQTT 3.1.1 with two codes of its own, which the specification reserves.
maybe_finding adafruits_own_code(const mqtt_fact& refusal) {
  constexpr int too_often = 6, shut_out = 7;
  if (refusal.reason != too_often && refusal.reason != shut_out) return {};
  made_finding made(
      "mqtt-server-busy-or-banned", certainty::certain, strength::told,
      refusal.reason == too_often
          ? words(N_("Adafruit IO lets this account wait: it connects, or sends, more often than "
                     "its plan allows (code 6)."))
          : words(N_("Adafruit IO has banned this account or address for a time, after many logins "
                     "or messages beyond its limits (code 7).")));
  return made.seen(connack_sentence(refusal))
      .in_app(
          words(N_("Stop all devices of the account for some minutes, then let each wait longer "
                   "between attempts (twice as long each time) and between messages.")))
      .in_console(words(N_("The account's page shows the limit and what counts against it.")));
}

maybe_finding busy_or_banned(const view& known, exclusions&) {
  const mqtt_fact* const first = refusal_of_client(known);
  if (first == nullptr || first->answer != mqtt_answer::connack) return {};
  if (known.asked().host == "io.adafruit.com") {
    if (maybe_finding own = adafruits_own_code(*first)) return own;
  }
  return not_served(known, *first);
}

maybe_finding use_another_server(const view& known, exclusions&) {
  const mqtt_fact* const first = refusal_of_client(known);
  if (first == nullptr || first->answer != mqtt_answer::connack) return {};
  return sent_elsewhere(known, *first);
}

maybe_finding malformed_answer(const view& known, exclusions&) {
  const mqtt_fact* const first = mqtt_of_client(known);
  if (first == nullptr) return {};
  if (first->answer == mqtt_answer::connack && first->meaning == malformed) {
    return made_finding("mqtt-malformed-client", certainty::likely, strength::leaning,
                        words(N_("The broker calls our CONNECT malformed.")))
        .seen(connack_sentence(*first));
  }
  if (first->answer != mqtt_answer::malformed) return {};
  return made_finding(
             "mqtt-malformed-answer", certainty::likely, strength::leaning,
             words(N_("The answer looks like a CONNACK and breaks MQTT's rules: not a broker, or a "
                      "broken one.")))
      .seen(words(N_("It sent {bytes}."), {{"bytes", known.client()->received}}));
}

maybe_finding other_code(const view& evidence, exclusions&) {
  const mqtt_fact* const first = refusal_of_client(evidence);
  if (first == nullptr || first->answer != mqtt_answer::connack || first->reason == 0) return {};
  for (const int known :
       {malformed, version_refused, id_refused, 0x86, 0x87, other_server, moved}) {
    if (first->meaning == known) return {};
  }
  if (is_of_serving(first->meaning)) return {};
  if (evidence.asked().host == "io.adafruit.com" && adafruits_own_code(*first)) return {};
  return refused_otherwise(*first);
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"mqtt-server-busy-or-banned",
     N_("the broker is busy, not available, or has banned this client"), layer::mqtt,
     exit_code::refused, station::broker, severity::problem, busy_or_banned},
    {"mqtt-use-another-server", N_("the broker sends its clients to another server"), layer::mqtt,
     exit_code::refused, station::broker, severity::problem, use_another_server},
    {"mqtt-malformed-answer", N_("the answer to CONNECT breaks MQTT's rules"), layer::mqtt,
     exit_code::cannot_connect, station::broker, severity::problem, malformed_answer},
    {"mqtt-refused", N_("the broker refuses for a reason that has no entry of its own"),
     layer::mqtt, exit_code::refused, station::broker, severity::problem, other_code},
    {"mqtt-malformed-client", N_("what the client sends breaks MQTT's rules"), layer::mqtt,
     exit_code::cannot_connect, station::broker, severity::problem},
    {"session-empty-id-persistent",
     N_("an empty client identifier with a session that is to be kept"), layer::login,
     exit_code::identifier_refused, station::broker, severity::problem},
    {"session-id-too-long", N_("the client identifier is too long for the broker"), layer::login,
     exit_code::identifier_refused, station::broker, severity::problem},
};

constexpr second_look looks[] = {
    {"auth-client-id-not-allowed", identifier_refused},
};

}  // namespace

cause_table refusal_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
