// Refusals after the login: SUBSCRIBE or PUBLISH is refused, not answered, or granted less.
#include <algorithm>

#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/exchange_view.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/told_reason.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int refused = number_of(reason_code::unspecified_error),
              not_authorized = number_of(reason_code::not_authorized),
              taken_over = number_of(reason_code::session_taken_over),
              nobody_subscribes = number_of(reason_code::no_matching_subscribers);

maybe_finding subscription_refused(const view& known, exclusions&) {
  const exchange_fact* const exchange = exchange_on(known, true);
  if (exchange == nullptr || is_granted(*exchange) || is_about_kind(exchange->suback)) return {};
  const bool was_closed = exchange->suback < 0 && !exchange->subscriber_end.empty();
  if (exchange->suback < refused && !was_closed) return {};
  if (says_other_than_rights(exchange->suback) ||
      says_other_than_rights(exchange->subscriber_disconnect))
    return {};
  const exchange_fact* const plain = exchange_without_group(known);
  if (plain != nullptr && is_granted(*plain)) return {};
  const bool is_sure = knows_whose_rule(known);
  made_finding made("auth-acl-subscribe-refused", is_sure ? certainty::certain : certainty::likely,
                    strength::measured,
                    words(N_("The user {user} may not subscribe to \"{filter}\"."),
                          {{"user", name_of(exchange->subscriber)}, {"filter", exchange->filter}}));
  made.seen(was_closed
                ? words(N_("The broker closed the connection after SUBSCRIBE."))
                : words(N_("SUBACK said {code}."), {{"code", std::to_string(exchange->suback)}}));
  if (!is_sure) doubt_identifier(made, known, exchange->subscriber, exchange->filter);
  doubt_dots(made, known, exchange->filter);
  allow_topic(made, known, exchange->subscriber, topic_right::read, exchange->filter);
  return made;
}

/// The delivery of the same topic over the one connection that has the app's client identifier; the
/// two sides of an exchange use identifiers of the doctor's own.
const delivery_fact* under_users_id(const view& known) {
  const contact* const in = accepted(known);
  if (in == nullptr || in->mqtt->client_id_kind != client_id_kind::user) return nullptr;
  for (const auto& delivery : known.at.deliveries) {
    if (delivery.is_users_topic && delivery.published) return &delivery;
  }
  return nullptr;
}

maybe_finding publish_refused(const view& known, exclusions&) {
  const exchange_fact* const exchange = users_exchange(known);
  if (exchange == nullptr || answer_of(*exchange) != not_authorized) return {};
  const delivery_fact* const apps = under_users_id(known);
  const places values{{"user", name_of(exchange->publisher)},
                      {"topic", exchange->topic},
                      {"id", known.asked().client_id}};
  if (apps != nullptr && apps->echoed) {
    return made_finding("auth-acl-publish-swallowed", certainty::certain, strength::one_of_several,
                        words(N_("The user {user} may publish to \"{topic}\" as the client {id} "
                                 "only: the access rules go by the client identifier."),
                              values))
        .seen(words(N_("Under that identifier a message went through and came back; under one of "
                       "the doctor's own PUBACK said 0x87 (Not authorized).")))
        .in_app(words(N_("Each app needs the identifier that its rules name.")))
        .warning();
  }
  // Access rules may go by the client identifier, and none of them names the doctor's own.
  const bool is_sure = apps != nullptr || knows_whose_rule(known);
  made_finding made("auth-acl-publish-swallowed", is_sure ? certainty::certain : certainty::likely,
                    strength::told,
                    words(N_("The user {user} may not publish to \"{topic}\"; the broker throws "
                             "the messages away."),
                          values));
  made.seen(
      words(N_("PUBACK said 0x87 (Not authorized); to MQTT 3.1.1 it would have said nothing.")));
  with_counts(made, *exchange);
  allow_topic(made, known, exchange->publisher, topic_right::write, exchange->topic);
  if (!is_sure) doubt_identifier(made, known, exchange->publisher, exchange->filter);
  return made;
}

/// Granted and acknowledged, and no message came: PUBACK of MQTT 5 says whether anybody subscribed.
maybe_finding read_withheld(const view& known, exclusions& excluded) {
  const exchange_fact* const exchange = users_exchange(known);
  if (exchange == nullptr || !is_silent(*exchange)) return {};
  const bool is_nobody = answer_of(*exchange) == nobody_subscribes;
  if (!is_nobody && answer_of(*exchange) != 0) return {};
  if (exchange->others > 0) {
    exclude(excluded, "auth-acl-read-denied-silently",
            words(N_("Other messages for \"{topic}\" do come."), {{"topic", exchange->topic}}));
    return {};
  }
  if (parse_shared(exchange->filter) || !topic_matches(exchange->filter, exchange->topic))
    return {};
  const bool is_told = exchange->version == mqtt_version::v5;
  made_finding made("auth-acl-read-denied-silently",
                    is_told ? certainty::likely : certainty::possible,
                    is_told ? strength::usual : strength::first_of_several,
                    words(N_("The broker grants {user} the subscription to \"{filter}\" and then "
                             "withholds every message."),
                          {{"user", name_of(exchange->subscriber)}, {"filter", exchange->filter}}));
  made.seen(is_nobody
                ? words(N_("SUBACK granted it, and PUBACK said that nobody subscribes (0x10)."))
            : is_told ? words(N_("PUBACK said that somebody matches, and nothing came."))
                      : words(N_("SUBACK granted it, PUBACK came, and nothing arrived.")));
  with_counts(made, *exchange);
  allow_topic(made, known, exchange->subscriber, topic_right::read, exchange->topic);
  if (!is_told) {
    made.apart(words(N_("Reading or writing may be forbidden: MQTT 5 tells which:")),
               doctor_command(known, "delivery") + " -V 5 -t " + shell_word(exchange->filter) +
                   " --publish");
  }
  return made;
}

maybe_finding publish_untold(const view& known, exclusions&) {
  const exchange_fact* const exchange = users_exchange(known);
  if (exchange == nullptr || !is_silent(*exchange) || answer_of(*exchange) != 0 ||
      exchange->version == mqtt_version::v5)
    return {};
  if (parse_shared(exchange->filter) || !topic_matches(exchange->filter, exchange->topic))
    return {};
  made_finding made("auth-acl-publish-swallowed", certainty::possible, strength::leaning,
                    words(N_("The user {user} may not publish to \"{topic}\"; the broker throws "
                             "the messages away."),
                          {{"user", name_of(exchange->publisher)}, {"topic", exchange->topic}}));
  made.seen(words(N_("MQTT {version} has no answer that says so; the messages were acknowledged, "
                     "and none came."),
                  {{"version", exchange->version}}));
  with_counts(made, *exchange);
  allow_topic(made, known, exchange->publisher, topic_right::write, exchange->topic);
  return made.apart(words(N_("Reading or writing may be forbidden: MQTT 5 tells which:")),
                    doctor_command(known, "delivery") + " -V 5 -t " + shell_word(exchange->filter) +
                        " --publish");
}

/// Where nothing above QoS 0 is taken, nobody acknowledges, and no answer can name a missing right.
maybe_finding unheard_at_qos_0(const view& known, exclusions&) {
  const exchange_fact* const exchange = users_exchange(known);
  if (exchange == nullptr || !is_silent(*exchange) || exchange->publisher == exchange->subscriber)
    return {};
  const bool is_acknowledged = std::any_of(exchange->runs.begin(), exchange->runs.end(),
                                           [](const auto& run) { return run.qos > 0; });
  const bool is_cut = !exchange->publisher_end.empty() || !exchange->subscriber_end.empty();
  if (is_acknowledged || is_cut || packets_lost(known) > 1 || exchange->others > 0) return {};
  if (parse_shared(exchange->filter) || !topic_matches(exchange->filter, exchange->topic))
    return {};
  const places with{{"publisher", name_of(exchange->publisher)},
                    {"subscriber", name_of(exchange->subscriber)},
                    {"topic", exchange->topic}};
  made_finding made("auth-acl-publish-swallowed", certainty::possible, strength::first_of_several,
                    words(N_("The user {publisher} may not publish to \"{topic}\", or {subscriber} "
                             "may not read it."),
                          with));
  with_counts(made, *exchange);
  made.seen(words(
      N_("Nothing above QoS 0 was sent, and at QoS 0 no answer says that a right is missing.")));
  allow_topic(made, known, exchange->publisher, topic_right::write, exchange->topic);
  allow_topic(made, known, exchange->subscriber, topic_right::read, exchange->topic);
  return made;
}

maybe_finding publisher_closed(const view& known, exclusions&) {
  const exchange_fact* const exchange = users_exchange(known);
  if (exchange == nullptr || exchange->publisher_end.empty() || !does_own_topic_work(known))
    return {};
  if (exchange->publisher_disconnect == taken_over || exchange->hung_up_at() != 0 ||
      says_other_than_rights(exchange->publisher_disconnect))
    return {};
  made_finding made("auth-acl-publish-closes", certainty::likely, strength::seen,
                    words(N_("Publishing to \"{topic}\" makes the broker hang up: this user may "
                             "not."),
                          {{"topic", exchange->topic}}));
  made.seen(
      words(N_("The connection ended ({end}) after PUBLISH; on the doctor's own topic it did not."),
            {{"end", exchange->publisher_end}}));
  allow_topic(made, known, exchange->publisher, topic_right::write, exchange->topic);
  return made;
}

maybe_finding never_acknowledged(const view& known, exclusions&) {
  const exchange_fact* const exchange = users_exchange(known);
  if (exchange == nullptr || answer_of(*exchange) >= 0 || !exchange->publisher_pinged ||
      exchange->runs.size() < 2)
    return {};
  if (packets_lost(known) > 1) return {};
  made_finding made("auth-acl-no-puback", certainty::likely, strength::agreed,
                    words(N_("The broker is alive but never acknowledges a message for "
                             "\"{topic}\": this user may not write (RabbitMQ does that)."),
                          {{"topic", exchange->topic}}));
  made.seen(count_of(exchange->runs.back()));
  allow_topic(made, known, exchange->publisher, topic_right::write, exchange->topic);
  return made;
}

maybe_finding qos_2_stuck(const view& known, exclusions&) {
  for (const auto& exchange : known.at.exchanges) {
    for (const auto& run : exchange.runs) {
      if (run.qos != 2 || run.half_way == 0 || !exchange.publisher_end.empty()) continue;
      return made_finding("delivery-qos2-stuck", certainty::likely, strength::usual,
                          words(N_("QoS 2 stops half way: PUBREC comes, PUBCOMP does not, and the "
                                   "message is not passed on.")))
          .seen(count_of(run))
          .in_app(words(N_("Use QoS 1 until the broker is mended.")))
          .mend(words(N_("Update the broker; a plugin or a proxy that reads MQTT may be what "
                         "swallows PUBREL.")));
    }
  }
  return {};
}

maybe_finding qos_hung_up_on(const view& known, exclusions&) {
  for (const auto& exchange : known.at.exchanges) {
    const int qos = exchange.hung_up_at();
    if (qos == 0) continue;
    const places of{{"qos", std::to_string(qos)}, {"lower", std::to_string(qos - 1)}};
    made_finding made("mqtt-qos-not-supported", certainty::likely, strength::first_of_several,
                      words(N_("The broker hangs up on who publishes with QoS {qos}."), of));
    for (const auto& run : exchange.runs) made.seen(count_of(run));
    made.in_app(words(N_("Publish with QoS {lower} at most."), of));
    return made.warning();
  }
  return {};
}

/// The broker never answers QoS 2, while QoS 0 and 1 work.
maybe_finding qos_2_unanswered(const view& known, exclusions&) {
  if (packets_lost(known) > 1) return {};
  for (const auto& exchange : known.at.exchanges) {
    if (exchange.runs.size() < 2 || !exchange.publisher_pinged || !exchange.publisher_end.empty())
      continue;
    const exchange_fact::run& last = exchange.runs.back();
    const exchange_fact::run& before = exchange.runs[exchange.runs.size() - 2];
    const bool was_well = before.qos == 1 && before.sent > 0 && before.acknowledged == before.sent;
    if (last.qos != 2 || last.sent == 0 || last.ack >= 0 || last.half_way > 0 || !was_well)
      continue;
    return made_finding("mqtt-qos-not-supported", certainty::likely, strength::usual,
                        words(N_("The broker does not answer messages of QoS 2, and those of QoS 1 "
                                 "it does: it does not know QoS 2, or is stuck in it.")))
        .seen(count_of(before))
        .seen(count_of(last))
        .in_app(words(N_("Publish with QoS {lower} at most."), {{"lower", "1"}}))
        .mend(words(N_("Update the broker; a plugin or a proxy that reads MQTT may be what "
                       "swallows PUBLISH of QoS 2.")));
  }
  return {};
}

/// The broker answers QoS 2 as it answers QoS 1.
maybe_finding qos_2_taken_for_1(const view& known, exclusions&) {
  for (const auto& exchange : known.at.exchanges) {
    for (const auto& run : exchange.runs) {
      if (run.qos != 2 || run.as_qos_1 == 0) continue;
      made_finding made("mqtt-qos-not-supported", certainty::certain, strength::measured,
                        words(N_("The broker does not know QoS 2: it answers such messages with "
                                 "PUBACK, as those of QoS 1, and a client that waits for PUBREC "
                                 "waits for ever, or hangs up.")));
      made.seen(
              words(N_("{count} of {sent} messages of QoS 2 were answered with PUBACK."),
                    {{"count", std::to_string(run.as_qos_1)}, {"sent", std::to_string(run.sent)}}))
          .seen(count_of(run));
      made.in_app(words(N_("Publish with QoS {lower} at most."), {{"lower", "1"}}));
      return made.warning();
    }
  }
  return {};
}

/// Messages arrive at a lower QoS than publisher and subscriber agreed on.
maybe_finding qos_taken_away(const view& known, exclusions&) {
  for (const auto& exchange : known.at.exchanges) {
    if (!is_granted(exchange)) continue;
    for (const auto& run : exchange.runs) {
      if (run.arrived_qos < 0 || run.arrived_qos >= std::min(run.qos, exchange.suback)) continue;
      const places values{{"qos", std::to_string(run.qos)},
                          {"granted", std::to_string(exchange.suback)},
                          {"came", std::to_string(run.arrived_qos)}};
      // At QoS 1 nothing is lost, and a bridge or a rule may be meant to pass on so.
      const bool may_lose = run.arrived_qos == 0;
      made_finding made(
          "delivery-qos-downgraded", certainty::certain, may_lose ? strength::seen : strength::hint,
          may_lose ? words(N_("Messages come at a lower QoS than was agreed on: "
                              "whoever is away or slow for a moment loses some."),
                           values)
                   : words(N_("Messages come at QoS {came}, though QoS {qos} was sent: "
                              "none is lost, and one may come twice."),
                           values));
      made.seen(words(N_("Sent at QoS {qos} to a subscription that was granted QoS {granted}, a "
                         "message came at QoS {came}."),
                      values))
          .mend(words(N_("Look for a bridge, a rule or a plugin that publishes anew, and raise its "
                         "QoS.")));
      if (!may_lose) made.shows({symptom::twice});
      return may_lose ? made.warning() : made.note();
    }
  }
  return {};
}

maybe_finding qos_downgraded(const view& known, exclusions&) {
  const exchange_fact* exchange = exchange_on(known, true);
  if (exchange == nullptr) exchange = exchange_on(known, false);
  if (exchange == nullptr || !is_granted(*exchange) || exchange->suback >= exchange->wanted)
    return {};
  made_finding made("delivery-qos-downgraded", certainty::certain, strength::fits,
                    words(N_("This broker delivers at QoS {qos} at most, whatever is asked for."),
                          {{"qos", std::to_string(exchange->suback)}}));
  made.seen(words(N_("QoS {wanted} was asked for, SUBACK granted {qos}; a message comes with the "
                     "lower QoS of its publisher and its subscription."),
                  {{"wanted", std::to_string(exchange->wanted)},
                   {"qos", std::to_string(exchange->suback)}}))
      .in_app(words(N_("Expect duplicates at QoS 1 and losses at QoS 0, or use a broker that knows "
                       "QoS 2.")));
  if (exchange->suback > 0) made.shows({symptom::twice});
  return made.note();
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"delivery-qos2-stuck", N_("a handshake of QoS 2 stops half way"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, qos_2_stuck},
    {"delivery-qos-downgraded", N_("messages are delivered at a lower QoS than asked for"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, qos_downgraded},
};

constexpr second_look looks[] = {
    {"auth-acl-subscribe-refused", subscription_refused},
    {"auth-acl-publish-swallowed", publish_refused},
    {"auth-acl-publish-swallowed", publish_untold},
    {"auth-acl-publish-swallowed", unheard_at_qos_0},
    {"auth-acl-read-denied-silently", read_withheld},
    {"auth-acl-publish-closes", publisher_closed},
    {"auth-acl-no-puback", never_acknowledged},
    {"mqtt-qos-not-supported", qos_hung_up_on},
    {"mqtt-qos-not-supported", qos_2_unanswered},
    {"mqtt-qos-not-supported", qos_2_taken_for_1},
    {"delivery-qos-downgraded", qos_taken_away},
};

}  // namespace

cause_table acknowledgement_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
