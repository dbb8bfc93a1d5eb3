// A gateway of MQTT-SN that answers and does not do all: registrations, messages, sleep and wills.
#include <algorithm>

#include "common/duration_text.hpp"
#include "mqtt-doctor/causes/gateway_view.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::doctor {
namespace {

using tools::exit_code;

/// A return code that refused something, with its step, in the order of the steps.
struct refusal {
  int code = -1;
  const char* message = "";
  std::string topic;
};

refusal refusal_of(const gateway_fact& gateway) {
  if (gateway.code > 0) return {gateway.code, "CONNACK", {}};
  for (const gateway_trip_fact& trip : gateway.trips) {
    if (trip.suback > 0 && trip.way != trip_way::to_mqtt)
      return {trip.suback, "SUBACK", trip.topic};
    if (trip.regack > 0) return {trip.regack, "REGACK", trip.topic};
    if (trip.puback > 0 && trip.way != trip_way::from_mqtt)
      return {trip.puback, "PUBACK", trip.topic};
  }
  return {};
}

sentence code_said(const refusal& said) {
  return words(N_("{message} had return code {code}."),
               {{"message", said.message}, {"code", std::to_string(said.code)}});
}

maybe_finding congested(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr) return {};
  const refusal said = refusal_of(*gateway);
  if (said.code != congestion) return {};
  return made_finding("sn-congestion", certainty::certain, strength::told,
                      words(N_("The gateway says that it is congested: too many clients or "
                               "messages, or it does not reach its broker.")))
      .seen(code_said(said))
      .mend(words(N_("See whether the gateway reaches its broker, and how many clients it takes.")))
      .in_app(words(N_("Clients wait five minutes before they try again; one that tries at once "
                       "makes it worse.")))
      .apart(words(N_("From the gateway's machine the broker is looked at with:")),
             "mqtt-doctor mqtt://BROKER");
}

maybe_finding bad_topic_id(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr) return {};
  const refusal said = refusal_of(*gateway);
  if (said.code != invalid_topic_id) return {};
  return made_finding("sn-invalid-topic-id", certainty::certain, strength::told,
                      words(N_("The gateway does not know the topic: it gives or takes no id for "
                               "{topic}."),
                            {{"topic", said.topic.empty() ? "-" : said.topic}}))
      .seen(code_said(said))
      .in_app(words(N_("Register the topic again after each connection; ids end with it.")))
      .mend(words(N_("Where the gateway knows predefined topics alone, write this one into its "
                     "list, and the same number into the client.")));
}

maybe_finding unsupported(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr) return {};
  const refusal said = refusal_of(*gateway);
  if (said.code != not_supported) return {};
  return made_finding("sn-not-supported", certainty::certain, strength::told,
                      words(N_("The gateway says that it does not support what was asked, or the "
                               "broker behind it refused that.")))
      .seen(code_said(said))
      .mend(words(N_("Look into the gateway's log for what it misses, and into the broker's for a "
                     "refusal: rules of the broker count for the gateway's login.")))
      .in_app(words(N_("Try a lower QoS, and without a will.")));
}

maybe_finding refused_otherwise(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr) return {};
  const refusal said = refusal_of(*gateway);
  if (said.code <= not_supported) return {};
  return made_finding("sn-rejected", certainty::certain, strength::told,
                      words(N_("The gateway refuses, with a return code that MQTT-SN 1.2 does not "
                               "know: {code}."),
                            {{"code", std::to_string(said.code)}}))
      .seen(code_said(said))
      .mend(words(N_("Look into the gateway's log; its list of clients or its version of MQTT-SN "
                     "may be the reason.")));
}

maybe_finding no_return(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->is_accepted() || refusal_of(*gateway).code > 0 ||
      gateway->ended_ms >= 0)
    return {};
  const gateway_trip_fact* const trip = trip_of(*gateway, trip_way::round);
  if (trip == nullptr || (trip->published ? trip->arrived : trip->suback == 0)) return {};
  const places with{{"topic", trip->topic}};
  made_finding made(
      "sn-message-lost", certainty::likely, strength::seen,
      trip->suback < 0 ? words(N_("The gateway does not answer SUBSCRIBE for {topic}."), with)
      : trip->puback < 0
          ? words(N_("The gateway does not answer PUBLISH on {topic}."), with)
          : words(N_("The gateway takes a message on {topic} and does not bring it to "
                     "its subscriber."),
                  with));
  made.seen(trip->suback < 0   ? words(N_("No SUBACK came."))
            : trip->puback < 0 ? words(N_("SUBACK came, no PUBACK."))
                               : words(N_("SUBACK and PUBACK came, the message did not.")))
      .mend(words(N_("See whether the gateway reaches its broker, and whether the broker's rules "
                     "let the gateway's login publish and subscribe there.")))
      .look(words(N_("The broker behind it is asked as well with:")),
            "mqtt-doctor delivery " + gateway_url(known, known.at.port) +
                " -t TOPIC --publish --sent-via mqtt://BROKER",
            place::here);
  return made;
}

/// Messages to and from the broker of --sent-via that the gateway does not pass on, per direction.
maybe_finding not_passed_on(const view& known, trip_way way, const char* id, sentence cause) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->is_accepted()) return {};
  const gateway_trip_fact* const trip = trip_of(*gateway, way);
  if (trip == nullptr || trip->arrived || trip->suback != 0 || trip->puback != 0) return {};
  const gateway_trip_fact* const round = trip_of(*gateway, trip_way::round);
  const bool is_own_broker = round != nullptr && round->arrived;
  made_finding made(id, is_own_broker ? certainty::likely : certainty::possible, strength::seen,
                    std::move(cause));
  made.seen(words(N_("The message was acknowledged where it was sent, and did not arrive.")));
  if (is_own_broker) made.seen(words(N_("Between two clients of the gateway a message passes.")));
  made.mend(
      words(N_("Look into the gateway's configuration: it may be connected to another "
               "broker, put a prefix before topics, or its login may not publish or "
               "subscribe there.")));
  return made;
}

maybe_finding not_to_mqtt(const view& known, exclusions&) {
  return not_passed_on(known, trip_way::to_mqtt, "sn-not-to-mqtt",
                       words(N_("What is published at the gateway does not reach {broker}."),
                             {{"broker", known.asked().sent_via}}));
}

maybe_finding not_from_mqtt(const view& known, exclusions&) {
  return not_passed_on(known, trip_way::from_mqtt, "sn-not-from-mqtt",
                       words(N_("What is published at {broker} does not reach the gateway's "
                                "clients."),
                             {{"broker", known.asked().sent_via}}));
}

maybe_finding via_unreached(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !known.at.elsewhere || !gateway->is_accepted()) return {};
  const contact& there = *known.at.elsewhere;
  if (there.mqtt && there.mqtt->is_accepted()) {
    const gateway_trip_fact* const to = trip_of(*gateway, trip_way::to_mqtt);
    const gateway_trip_fact* const from = trip_of(*gateway, trip_way::from_mqtt);
    const int code = to != nullptr && to->suback > 0       ? to->suback
                     : from != nullptr && from->puback > 0 ? from->puback
                                                           : 0;
    if (code == 0) return {};
    return made_finding("sn-via-not-reached", certainty::certain, strength::told,
                        words(N_("The broker of --sent-via, {broker}, refuses what the doctor asks "
                                 "there."),
                              {{"broker", known.asked().sent_via}}))
        .seen(words(N_("It answered with reason code {code}."), {{"code", std::to_string(code)}}))
        .mend(words(N_("Give the doctor a login that may publish and subscribe there, with "
                       "--as-publisher.")));
  }
  return made_finding("sn-via-not-reached", certainty::certain, strength::seen,
                      words(N_("The broker of --sent-via, {broker}, does not let the doctor in: "
                               "what passes between it and the gateway was not tried."),
                            {{"broker", known.asked().sent_via}}))
      .seen(words(N_("The connection ended as \"{end}\" after {time}."),
                  {{"end", there.end.empty() ? there.connect.outcome.word() : there.end.word()},
                   {"time", time_text(there.end_ms)}}))
      .look(words(N_("That broker is looked at with:")),
            "mqtt-doctor " + shell_word(known.asked().sent_via), place::here);
}

maybe_finding identifier_in_use(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || gateway->ended_ms < 0 || !gateway->is_users_id) return {};
  const bool is_told_apart = gateway->own_id_code == 0 && gateway->own_id_stayed;
  made_finding made(
      "sn-identifier-in-use", is_told_apart ? certainty::likely : certainty::possible,
      is_told_apart ? strength::agreed : strength::one_of_several,
      words(N_("Another client uses the identifier {id}: the gateway ended the connection "
               "for the other one."),
            {{"id", gateway->client_id}}));
  made.seen(words(N_("DISCONNECT came {time} after CONNACK; nobody had asked for it."),
                  {{"time", time_text(gateway->ended_ms)}}));
  if (is_told_apart) {
    made.seen(words(N_("A client with an identifier of the doctor's own stays.")));
  } else if (gateway->own_id_code >= 0) {
    made.seen(words(N_("A client with an identifier of the doctor's own fares no better.")));
  }
  made.in_app(words(N_("Give each sensor an identifier of its own.")));
  return made;
}

maybe_finding ended_by_gateway(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || gateway->ended_ms < 0) return {};
  const bool is_told_apart = gateway->own_id_code == 0 && gateway->own_id_stayed;
  if (is_told_apart) return {};
  return made_finding("sn-ended-by-gateway", certainty::likely, strength::leaning,
                      words(N_("The gateway takes a client and ends the connection at once: most "
                               "often its own connection to the broker ended.")))
      .seen(words(N_("DISCONNECT came {time} after CONNACK; nobody had asked for it."),
                  {{"time", time_text(gateway->ended_ms)}}))
      .mend(
          words(N_("See in the log of the broker why it ends the gateway's connection: its login, "
                   "its identifier, its rules.")));
}

maybe_finding not_kept_asleep(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->sleep) return {};
  const gateway_sleep_fact& sleep = *gateway->sleep;
  if (sleep.fell_asleep && (sleep.arrived || !sleep.published)) return {};
  if (!sleep.fell_asleep) {
    return made_finding("sn-no-sleep", certainty::certain, strength::measured,
                        words(N_("The gateway does not let a client sleep: battery devices miss "
                                 "what is sent to them while their radio is off.")))
        .seen(words(N_("DISCONNECT with a duration was not answered.")))
        .mend(words(N_("Choose a gateway that supports sleeping clients (MQTT-SN 1.2, section "
                       "6.14).")))
        .warning();
  }
  return made_finding("sn-sleeper-not-buffered", certainty::certain, strength::measured,
                      words(N_("The gateway keeps no messages for a client that sleeps.")))
      .seen(words(N_("A message was acknowledged while the client slept; after PINGREQ it did not "
                     "come.")))
      .seen(sleep.woke ? words(N_("PINGRESP said that nothing waited."))
                       : words(N_("PINGRESP did not come either.")))
      .mend(words(N_("Let the gateway keep messages for sleeping clients; some do that for QoS 1 "
                     "and 2 alone, and only up to a number.")))
      .warning();
}

maybe_finding sent_to_sleeper(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->sleep || !gateway->sleep->was_too_early) return {};
  return made_finding("sn-sent-to-sleeper", certainty::certain, strength::measured,
                      words(N_("The gateway sends messages to a client that sleeps: a device whose "
                               "radio is off loses them.")))
      .seen(words(N_("The message came before PINGREQ asked for it.")))
      .mend(words(N_("Choose a gateway that supports sleeping clients (MQTT-SN 1.2, section "
                     "6.14).")))
      .warning();
}

std::string half_of(double seconds) {
  return std::to_string(std::max(1, static_cast<int>(seconds / 2)));
}

/// A message for a client that is quiet for less than its keep alive has to arrive (delivery
/// --watch).
maybe_finding forgotten(const view& known, exclusions& excluded) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->idle) return {};
  const gateway_idle_fact& idle = *gateway->idle;
  const double kept = idle.kept_s(), lost = idle.lost_s();
  const places with{{"lost", tools::silence_text(lost)},
                    {"kept", tools::silence_text(kept)},
                    {"keep_alive", std::to_string(idle.keep_alive_s)},
                    {"seconds", half_of(kept > 0 ? kept : lost)}};
  if (lost == 0 || lost > idle.keep_alive_s) {
    if (kept >= idle.keep_alive_s && kept > 0)
      exclude(excluded, "sn-nat-forgets",
              words(N_("A message came after {kept} of silence, as "
                       "long as the keep alive."),
                    with));
    return {};
  }
  const auto times = std::count_if(idle.pauses.begin(), idle.pauses.end(),
                                   [](const gateway_pause_fact& pause) { return pause.is_lost(); });
  const bool is_told_apart = idle.ping_heals == 1 || times > 1;
  made_finding made(
      "sn-nat-forgets", is_told_apart ? certainty::likely : certainty::possible,
      is_told_apart ? strength::agreed : strength::one_of_several,
      words(N_("The network forgets the way back to a client of UDP after at most {lost} without a "
               "datagram, sooner than its keep alive of {keep_alive} s speaks: what the gateway "
               "sends it then is lost."),
            with));
  made.seen(words(N_("A client that was silent for {lost} did not get a message that another one, "
                     "which had just spoken, got."),
                  with));
  if (kept > 0) made.seen(words(N_("After {kept} of silence it still came."), with));
  if (idle.ping_heals == 1)
    made.seen(words(N_("Once the silent client had spoken again, messages came again.")));
  if (idle.ping_heals == 0)
    made.seen(
        words(N_("Also when the silent client had spoken again none came: the gateway knows "
                 "it by an address that is no longer its own.")));
  return made
      .in_app(words(N_("Set the sensors' keep alive to {seconds} s or less; those that sleep wake "
                       "more often."),
                    with))
      .mend(
          words(N_("Or let the router, the firewall or the mobile network's access point keep UDP "
                   "longer; of Linux that is net.netfilter.nf_conntrack_udp_timeout and "
                   "..._udp_timeout_stream.")));
}

maybe_finding will_fixed(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->will_changed || gateway->will_updated == 0) return {};
  const int code = gateway->will_updated;
  return made_finding("sn-will-fixed", certainty::certain, strength::measured,
                      words(N_("The gateway takes a will with CONNECT alone, and no change of it "
                               "later.")))
      .seen(code < 0 ? words(N_("WILLTOPICUPD was not answered."))
                     : words(N_("WILLTOPICUPD was answered with code {code} ({meaning})."),
                             {{"code", std::to_string(code)}, {"meaning", code_words(code)}}))
      .in_app(words(N_("A sensor that changes its will connects anew.")))
      .note();
}

maybe_finding will_ignored(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->will_wanted || gateway->will_asked) return {};
  return made_finding("sn-will-ignored", certainty::certain, strength::measured,
                      words(N_("The gateway takes no will: nobody is told when a sensor is lost.")))
      .seen(words(N_("CONNECT had the will's flag, and CONNACK came without WILLTOPICREQ.")))
      .mend(words(N_("Choose a gateway that supports the will, or let another program watch for "
                     "messages that do not come.")))
      .warning();
}

constexpr cause_row rows[] = {
    {"sn-congestion", N_("the gateway is congested"), layer::mqtt, exit_code::refused,
     station::broker, severity::problem, congested},
    {"sn-not-supported", N_("the gateway does not support what was asked"), layer::mqtt,
     exit_code::refused, station::broker, severity::problem, unsupported},
    {"sn-rejected", N_("the gateway refuses with a code of its own"), layer::mqtt,
     exit_code::refused, station::broker, severity::problem, refused_otherwise},
    {"sn-identifier-in-use", N_("two clients of the gateway have the same identifier"),
     layer::login, exit_code::lost, station::client, severity::problem, identifier_in_use},
    {"sn-ended-by-gateway", N_("the gateway takes a client and ends the connection"), layer::login,
     exit_code::lost, station::broker, severity::problem, ended_by_gateway},
    {"sn-invalid-topic-id", N_("the gateway does not know the topic's id"), layer::delivery,
     exit_code::failed, station::client, severity::problem, bad_topic_id},
    {"sn-message-lost", N_("the gateway takes a message and does not bring it"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, no_return},
    {"sn-not-to-mqtt", N_("messages do not pass from the gateway to the broker"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, not_to_mqtt},
    {"sn-not-from-mqtt", N_("messages do not pass from the broker to the gateway"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, not_from_mqtt},
    {"sn-via-not-reached", N_("the broker behind the gateway does not let the doctor in"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, via_unreached},
    {"sn-sleeper-not-buffered", N_("the gateway keeps nothing for clients that sleep"),
     layer::delivery, exit_code::failed, station::broker, severity::warning, not_kept_asleep},
    {"sn-no-sleep", N_("the gateway does not let clients sleep"), layer::delivery,
     exit_code::failed, station::broker, severity::warning},
    {"sn-sent-to-sleeper", N_("the gateway sends messages to a client that sleeps"),
     layer::delivery, exit_code::failed, station::broker, severity::warning, sent_to_sleeper},
    {"sn-nat-forgets", N_("the network forgets a client of UDP before its keep alive speaks"),
     layer::path, exit_code::failed, station::network, severity::problem, forgotten},
    {"sn-will-fixed", N_("the gateway takes no change of a will"), layer::delivery,
     exit_code::failed, station::broker, severity::note, will_fixed},
    {"sn-will-ignored", N_("the gateway takes no will"), layer::delivery, exit_code::failed,
     station::broker, severity::warning, will_ignored},
};

}  // namespace

cause_table gateway_message_causes() { return {rows, {}}; }

}  // namespace mqttkit::doctor
