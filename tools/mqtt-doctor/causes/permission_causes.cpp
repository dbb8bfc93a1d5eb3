// What a client that is logged in may publish and subscribe to.
#include <algorithm>

#include "common/printable.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/everybody_refused.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/told_reason.hpp"
#include "mqtt-doctor/causes/topic_mismatch.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int refused = number_of(reason_code::unspecified_error),
              not_authorized = number_of(reason_code::not_authorized),
              no_subscribers = number_of(reason_code::no_matching_subscribers);

/// The delivery tried on the user's topic; the one in MQTT 5, which says more, when there is one.
const delivery_fact* users_delivery(const view& known) {
  const delivery_fact* best = nullptr;
  for (const auto& delivery : known.at.deliveries) {
    const bool says_more =
        best != nullptr && delivery.version == mqtt_version::v5 && delivery.suback >= 0;
    if (delivery.is_users_topic && (best == nullptr || says_more)) best = &delivery;
  }
  return best;
}

/// Whether a granted and acknowledged message of ours did not come back, in a version of MQTT that
/// tells no reason.
bool is_withheld_silently(const delivery_fact& delivery) {
  return delivery.published && delivery.puback == 0 && delivery.suback >= 0 &&
         delivery.suback < refused && !delivery.echoed && delivery.version != mqtt_version::v5 &&
         delivery.end.empty();
}

std::string with_mqtt_5(const view& known, const delivery_fact& delivery) {
  const bool is_named = !known.asked().user_name.empty() || !known.asked().subscriber.empty();
  return subscriber_command(known) + " -V 5" + (is_named ? "" : " -u USER") + " -t " +
         shell_word(delivery.topic) + " -d";
}

const delivery_fact* own_delivery(const view& known) {
  for (const auto& delivery : known.at.deliveries) {
    if (!delivery.is_users_topic) return &delivery;
  }
  return nullptr;
}

maybe_finding bad_topic(const view& known, exclusions&) {
  const std::string& topic = known.asked().topic;
  if (topic.empty() || is_topic_filter(topic)) return {};
  return made_finding(
             "mqtt-topic-violates-rules", certainty::certain, strength::told,
             words(
                 N_("\"{topic}\" is not a valid topic: # may only be the last level, + must stand "
                    "alone in its level, and the empty topic is none."),
                 {{"topic", topic}}))
      .seen(words(N_("MQTT forbids it, and most brokers hang up on it.")))
      .in_app(words(N_("Correct the topic.")));
}

/// AWS IoT Core's limits for a topic: seven slashes and 256 bytes.
maybe_finding topic_beyond_aws(const view& known, exclusions&) {
  constexpr std::ptrdiff_t most_slashes = 7;
  constexpr std::size_t most_bytes = 256;
  if (broker_of(known) != broker_kind::aws_iot) return {};
  for (const std::string* topic : {&known.asked().topic, &known.asked().sent_to}) {
    // $aws/rules/NAME/ is addressed directly and not counted.
    if (topic->starts_with("$aws/rules/")) continue;
    const auto slashes = std::count(topic->begin(), topic->end(), '/');
    if (slashes <= most_slashes && topic->size() <= most_bytes) continue;
    const places with{{"topic", *topic},
                      {"count", std::to_string(slashes)},
                      {"bytes", std::to_string(topic->size())}};
    return made_finding(
               "mqtt-topic-violates-rules", certainty::certain, strength::typed,
               words(N_("AWS IoT takes topics of at most seven slashes and 256 bytes, whatever "
                        "the policy allows; \"{topic}\" has {count} slashes and {bytes} bytes."),
                     with))
        .seen(words(N_("It ends the connection on a longer one.")))
        .in_app(words(N_("Join levels of the topic, or leave some out.")));
  }
  return {};
}

/// NATS makes subjects of topics, whose levels are parted by dots.
maybe_finding topic_beyond_nats(const view& known, exclusions&) {
  const delivery_fact* const delivery = users_delivery(known);
  const delivery_fact* const own = own_delivery(known);
  if (delivery == nullptr || delivery->topic.find_first_of(". ") == std::string::npos) return {};
  const bool is_refused = delivery->suback >= refused || !delivery->end.empty();
  if (!is_refused || (own != nullptr && !own->end.empty())) return {};
  const bool hangs_up_on_qos_2 =
      std::any_of(known.at.exchanges.begin(), known.at.exchanges.end(),
                  [](const exchange_fact& exchange) { return exchange.hung_up_at() == 2; });
  const bool is_nats = broker_of(known) == broker_kind::nats;
  if (!is_nats && (!hangs_up_on_qos_2 || !broker_of(known).empty())) return {};
  const places with{{"topic", tools::printable(delivery->topic, std::string::npos)}};
  made_finding made("mqtt-topic-violates-rules", is_nats ? certainty::certain : certainty::likely,
                    strength::told,
                    words(N_("\"{topic}\" has a dot or a blank in it, which NATS takes in no topic "
                             "(dots since 2.10): it makes subjects of topics, and dots part their "
                             "levels."),
                          with));
  if (delivery->suback >= refused)
    made.seen(words(N_("SUBACK said {code}."), {{"code", std::to_string(delivery->suback)}}));
  if (!delivery->end.empty())
    made.seen(
        words(N_("The connection ended after PUBLISH, and on the doctor's own topic it did "
                 "not.")));
  if (!is_nats)
    made.seen(words(N_("The broker hangs up on QoS 2 as well, as NATS before 2.10 does.")));
  return made.in_app(words(N_("Use topics without dots and blanks, on both sides.")))
      .mend(words(N_("Or update NATS to 2.10 or later, which takes dots.")));
}

constexpr int no_wildcards = 0xA2;

maybe_finding wildcards_refused(const view& known, exclusions&) {
  const delivery_fact* const delivery = users_delivery(known);
  const bool was_refused = delivery != nullptr && delivery->suback == no_wildcards;
  const bool is_told =
      limit_of(known, "wildcard-subscription-available") == std::optional<std::int64_t>(0);
  if (!was_refused && !is_told) return {};
  made_finding made("mqtt-wildcard-not-supported", certainty::certain,
                    was_refused ? strength::told : strength::one_of_several,
                    words(N_("The broker takes no subscription with + or # in it.")));
  if (was_refused)
    made.seen(words(N_("SUBACK said {code}."), {{"code", std::to_string(delivery->suback)}}));
  if (is_told) made.seen(words(N_("CONNACK says Wildcard Subscription Available 0.")));
  made.in_app(words(N_("Subscribe to each topic by its whole name.")));
  if (broker_of(known) == broker_kind::emqx)
    made.lines(words(N_("Or, in {file}:"), {{"file", "base.hocon"}}),
               "mqtt.wildcard_subscription = true", "base.hocon");
  if (!was_refused) made.warning();
  return made;
}

maybe_finding subscribe_refused(const view& known, exclusions&) {
  const delivery_fact* const delivery = users_delivery(known);
  if (delivery == nullptr || !delivery->subscribed) return {};
  if (is_about_kind(delivery->suback) || says_other_than_rights(delivery->suback) ||
      says_other_than_rights(delivery->disconnect))
    return {};
  const bool is_refused = delivery->suback >= refused;
  const bool was_closed =
      delivery->suback < 0 && delivery->ended_after == delivery_stage::subscribe;
  if (!is_refused && !was_closed) return {};
  const bool is_broad = is_broad_filter(delivery->topic);
  const bool is_by_default = is_broad && is_refused;
  const bool is_sure = is_by_default || knows_whose_rule(known);
  made_finding made(
      is_by_default ? "auth-hash-subscription-refused" : "auth-acl-subscribe-refused",
      is_sure ? certainty::certain : certainty::likely, strength::measured,
      is_broad ? words(N_("The broker forbids the subscription to \"{topic}\" (EMQX does so by "
                          "default)."),
                       {{"topic", delivery->topic}})
               : words(N_("The subscription to \"{topic}\" was refused: this user may not read "
                          "it."),
                       {{"topic", delivery->topic}}));
  if (is_refused) {
    made.seen(words(N_("SUBACK said {code}."), {{"code", std::to_string(delivery->suback)}}));
  } else {
    made.seen(words(N_("The broker closed the connection after SUBSCRIBE.")));
    if (delivery->disconnect == not_authorized)
      made.seen(words(N_("DISCONNECT said 0x87 (Not authorized).")));
  }
  if (!is_sure) doubt_identifier(made, known, user_of(known), delivery->topic);
  doubt_dots(made, known, delivery->topic);
  allow_topic(made, known, known.asked().user_name, topic_right::read, delivery->topic);
  return made.in_app(words(N_("Or subscribe to a narrower filter.")));
}

/// Under $SYS brokers tell of themselves: no rule lets a client publish there.
maybe_finding own_topic(const view& known, const delivery_fact& delivery, bool is_told) {
  const bool is_mosquitto = broker_of(known) == broker_kind::mosquitto;
  return made_finding(
             "auth-acl-publish-swallowed",
             is_mosquitto && is_told ? certainty::certain : certainty::likely, strength::proven,
             words(N_("Under $SYS/ the broker alone publishes, about itself: it throws away "
                      "what a client sends to \"{topic}\", whatever its access list says."),
                   {{"topic", delivery.topic}}))
      .seen(is_told
                ? words(N_("PUBACK said 0x87 (Not authorized); to MQTT 3.1.1 it would have said "
                           "nothing."))
                : words(N_("PUBACK came as if all were well, and the message did not come back "
                           "to our own subscription.")))
      .in_app(words(N_("Publish to a topic that does not begin with $.")));
}

maybe_finding publish_swallowed(const view& known, exclusions&) {
  const delivery_fact* const delivery = users_delivery(known);
  if (delivery == nullptr || !delivery->published) return {};
  const bool is_told = delivery->puback == not_authorized;
  const bool is_silent = is_withheld_silently(*delivery) && packets_lost(known) < 2;
  if (!is_told && !is_silent) return {};
  if (delivery->topic.starts_with("$SYS/")) return own_topic(known, *delivery, is_told);
  const bool is_sure = is_told && knows_whose_rule(known);
  made_finding made(
      "auth-acl-publish-swallowed",
      is_sure   ? certainty::certain
      : is_told ? certainty::likely
                : certainty::possible,
      is_told ? strength::told : strength::first_of_several,
      words(N_("The broker takes messages for \"{topic}\" and throws them away: this user may "
               "not publish there."),
            {{"topic", delivery->topic}}));
  made.seen(
      is_told ? words(N_(
                    "PUBACK said 0x87 (Not authorized); to MQTT 3.1.1 it would have said nothing."))
              : words(N_(
                    "PUBACK came as if all were well, and the message did not come back to our own "
                    "subscription.")));
  allow_topic(made, known, known.asked().user_name, topic_right::both, delivery->topic);
  if (is_told && !is_sure) doubt_identifier(made, known, user_of(known), delivery->topic);
  // Asked for no version, the doctor begins with 5: this broker does not speak it.
  if (is_silent && known.asked().version.empty()) {
    made.apart(words(N_("Whether reading or writing is forbidden shows who may do everything and "
                        "subscribes while this one publishes:")),
               subscriber_command(known) + " -t " + shell_word(delivery->topic) + " -d");
  } else if (is_silent) {
    made.apart(words(N_("Whether reading or writing is forbidden, an MQTT 5 broker tells; or ask "
                        "as a user who may do everything while this one publishes:")),
               with_mqtt_5(known, *delivery));
  }
  return made;
}

maybe_finding publish_closes(const view& known, exclusions&) {
  const delivery_fact* const delivery = users_delivery(known);
  if (delivery == nullptr || delivery->ended_after != delivery_stage::publish ||
      says_other_than_rights(delivery->disconnect))
    return {};
  made_finding made("auth-acl-publish-closes", certainty::likely, strength::agreed,
                    words(N_("Publishing to \"{topic}\" makes the broker hang up: this user may "
                             "not."),
                          {{"topic", delivery->topic}}));
  made.seen(
      words(N_("The connection ended ({end}) after PUBLISH; on the doctor's own topic it did not."),
            {{"end", delivery->end}}));
  allow_topic(made, known, known.asked().user_name, topic_right::write, delivery->topic);
  return made;
}

maybe_finding no_puback(const view& known, exclusions&) {
  if (packets_lost(known) > 1 || is_alarm_raised(known)) return {};
  for (const auto& delivery : known.at.deliveries) {
    if (!delivery.published || delivery.puback >= 0 || delivery.echoed || !delivery.end.empty() ||
        !delivery.ping_answered)
      continue;
    if (delivery.unacknowledged > 0 || delivery.payload_bytes > 1400) continue;
    // What was acknowledged a moment later contradicts "never".
    const auto& all = known.at.exchanges;
    if (std::any_of(all.begin(), all.end(), [&](const exchange_fact& exchange) {
          return exchange.topic == delivery.topic &&
                 std::any_of(exchange.runs.begin(), exchange.runs.end(),
                             [](const auto& run) { return run.acknowledged > 0; });
        }))
      continue;
    made_finding made(
        "auth-acl-no-puback", certainty::likely, strength::usual,
        words(N_("The broker is alive but never acknowledges a message for \"{topic}\": this "
                 "user may not write (RabbitMQ does that)."),
              {{"topic", tools::printable(delivery.topic, std::string::npos)}}));
    made.seen(words(N_("No PUBACK within two seconds; a ping after it was answered.")));
    allow_topic(made, known, known.asked().user_name, topic_right::write, delivery.topic);
    if (!delivery.is_users_topic) return made.warning();
    return made;
  }
  return {};
}

maybe_finding read_denied(const view& known, exclusions& excluded) {
  const delivery_fact* const delivery = users_delivery(known);
  if (delivery == nullptr || !delivery->published || delivery->echoed || packets_lost(known) > 1)
    return {};
  if (delivery->others > 0) {
    exclude(excluded, "auth-acl-read-denied-silently",
            words(N_("Other messages for \"{topic}\" do come."), {{"topic", delivery->topic}}));
    return {};
  }
  if (delivery->suback < 0 || delivery->suback >= refused || delivery->puback != 0 ||
      !delivery->end.empty())
    return {};
  const bool is_untold = is_withheld_silently(*delivery);
  made_finding made(
      "auth-acl-read-denied-silently", is_untold ? certainty::possible : certainty::likely,
      is_untold ? strength::fits : strength::leaning,
      words(N_("The broker grants the subscription to \"{topic}\" and then withholds every "
               "message: this user may not read it."),
            {{"topic", delivery->topic}}));
  made.seen(is_untold ? words(N_("SUBACK granted it, PUBACK came, and our own message did not."))
                      : words(N_("SUBACK granted it, PUBACK said that somebody matches, and our "
                                 "own message did not come.")));
  allow_topic(made, known, known.asked().user_name, topic_right::read, delivery->topic);
  return made;
}

/// A delivery whose connection the broker ended although only PINGREQ was due.
const delivery_fact* ended_unasked(const view& known) {
  for (const auto& delivery : known.at.deliveries) {
    const bool is_ended = delivery.end == connection_end::closed ||
                          delivery.end == connection_end::reset ||
                          delivery.end == connection_end::disconnect;
    if (!delivery.subscribed && !delivery.published && !delivery.ping_answered && is_ended)
      return &delivery;
  }
  return nullptr;
}

maybe_finding closed_after_connack(const view& known, exclusions&) {
  const delivery_fact* const delivery = ended_unasked(known);
  if (delivery == nullptr || accepted(known) == nullptr) return {};
  made_finding made("mqtt-closed-after-connack", certainty::certain, strength::measured,
                    words(N_("The broker takes the login and ends the connection right after it, "
                             "without a reason: an app is connected and lost again at once.")));
  made.seen(words(N_("CONNACK came, and before anything else was answered the connection ended.")))
      .seen(words(N_("On another connection nothing was asked but a ping, and it ended as well "
                     "({end})."),
                  {{"end", delivery->end}}));
  if (delivery->disconnect > 0)
    made.seen(
        words(N_("DISCONNECT said {code}."), {{"code", std::to_string(delivery->disconnect)}}));
  return made.mend(
      words(N_("The broker's log says why; a plugin, a proxy that reads MQTT, or a "
               "rule that throws this client out may be it.")));
}

/// The user may not use the doctor's own topic, so delivery could not be tried.
maybe_finding own_topic_closed(const view& known, exclusions&) {
  const delivery_fact* const delivery = own_delivery(known);
  if (ended_unasked(known) != nullptr) return {};
  if (delivery == nullptr || delivery->echoed || !known.asked().topic.empty()) return {};
  const bool is_refused = delivery->suback >= refused || delivery->puback >= refused ||
                          !delivery->end.empty() || delivery->puback == no_subscribers ||
                          delivery->puback == 0 || delivery->suback < 0;
  if (!is_refused) return {};
  made_finding made(
      "delivery-not-tested", certainty::certain, strength::hint,
      words(N_("Delivery could not be tried: this user may not use the doctor's own topic "
               "({topic})."),
            {{"topic", delivery->topic}}));
  made.seen(words(N_("SUBACK {suback}, PUBACK {puback}, and no message came back."),
                  {{"suback", delivery->suback < 0 ? "-" : std::to_string(delivery->suback)},
                   {"puback", delivery->puback < 0 ? "-" : std::to_string(delivery->puback)}}))
      .apart(words(N_("Name a topic this user may use:")),
             doctor_command(known) + " -t TOPIC --publish");
  // A refusal concerns that topic alone; a broker that hangs up would do so to an app as well.
  if (!delivery->end.empty()) return made.warning();
  return made.note();
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"mqtt-topic-violates-rules", N_("the topic or filter breaks MQTT's rules"), layer::permission,
     exit_code::subscribe_refused, station::broker, severity::problem, bad_topic},
    {"mqtt-wildcard-not-supported", N_("the broker takes no subscription with a wildcard"),
     layer::permission, exit_code::subscribe_refused, station::broker, severity::problem,
     wildcards_refused},
    {"auth-acl-subscribe-refused", N_("the broker refuses the subscription"), layer::permission,
     exit_code::subscribe_refused, station::broker, severity::problem, subscribe_refused},
    {"auth-acl-publish-swallowed",
     N_("the user may not publish there: messages are refused or thrown away"), layer::permission,
     exit_code::publish_refused, station::broker, severity::problem, publish_swallowed},
    {"auth-acl-publish-closes", N_("the broker hangs up on who publishes there"), layer::permission,
     exit_code::publish_refused, station::broker, severity::problem, publish_closes},
    {"auth-acl-no-puback", N_("the broker does not acknowledge what is published there"),
     layer::permission, exit_code::publish_refused, station::broker, severity::problem, no_puback},
    {"auth-acl-read-denied-silently",
     N_("the subscription is granted, and its messages are withheld"), layer::permission,
     exit_code::subscribe_refused, station::broker, severity::problem, read_denied},
    {"mqtt-closed-after-connack",
     N_("the broker lets the client in and ends the connection at once"), layer::login,
     exit_code::lost, station::broker, severity::problem, closed_after_connack},
    {"auth-hash-subscription-refused", N_("the broker forbids subscribing to everything"),
     layer::permission, exit_code::subscribe_refused, station::broker, severity::problem},
};

constexpr second_look looks[] = {
    {"delivery-not-tested", own_topic_closed},
    {"mqtt-topic-violates-rules", topic_beyond_aws},
    {"mqtt-topic-violates-rules", topic_beyond_nats},
};

}  // namespace

cause_table permission_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
