// Causes about No Local, retained messages and large messages, which delivery examines on request.
#include <algorithm>

#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/exchange_view.hpp"
#include "mqtt-doctor/causes/host_symptom_causes.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int refused = number_of(reason_code::unspecified_error),
              not_authorized = number_of(reason_code::not_authorized),
              too_large = number_of(reason_code::packet_too_large),
              retain_unsupported = number_of(reason_code::retain_not_supported);

/// Whether the user expects a value to be kept: by the option, or by what is seen.
bool wants_retained(const view& known) {
  const symptom seen = known.asked().symptom.value();
  return known.asked().retained || seen == symptom::no_last_value || seen == symptom::not_listed;
}

maybe_finding no_local(const view& known, exclusions&) {
  if (!known.at.no_local) return {};
  const delivery_fact& delivery = *known.at.no_local;
  if (delivery.suback < 0 || delivery.suback >= refused || !delivery.published ||
      delivery.puback >= refused)
    return {};
  if (delivery.echoed) {
    return made_finding("delivery-no-local-ignored", certainty::certain, strength::fits,
                        words(N_("The broker sends a client its own messages although the "
                                 "subscription asks it not to (No Local).")))
        .seen(words(N_("A message came back over the connection that had sent it.")));
  }
  if (!delivery.end.empty() || !does_echo(known)) return {};
  return made_finding("delivery-no-local", certainty::certain, strength::usual,
                      words(N_("The subscription asks not to receive the client's own messages (No "
                               "Local): the app cannot see what it sends.")))
      .seen(words(N_("With No Local a message did not come back over the connection that had sent "
                     "it; without, it did.")))
      .in_app(words(N_("Turn No Local off in the subscription's options, or look with a second "
                       "client.")));
}

maybe_finding retain_refused(const view& known, exclusions&) {
  if (!wants_retained(known)) return {};
  const bool is_told = limit_of(known, "retain-available") == std::optional<std::int64_t>(0);
  const auto& attempt = known.at.retained;
  if (!is_told && !attempt) return {};
  // Not Authorized concerns the topic, and says nothing of retained messages.
  if (!is_told && attempt && attempt->ack == not_authorized) return {};
  const bool was_refused =
      attempt && (attempt->ack >= refused || attempt->disconnect == retain_unsupported);
  const bool was_hung_up = attempt && !attempt->end.empty() && attempt->ack < 0;
  const bool was_lost = attempt && attempt->end.empty() && attempt->ack >= 0 && !attempt->kept;
  if (!is_told && !was_refused && !was_hung_up && !was_lost) return {};
  // Other codes may be about the message or a quota.
  const bool is_surely_off = is_told || (attempt && (attempt->ack == retain_unsupported ||
                                                     attempt->disconnect == retain_unsupported));
  made_finding made("mqtt-retain-not-supported",
                    is_surely_off ? certainty::certain : certainty::likely,
                    is_told || was_refused ? strength::seen : strength::agreed,
                    was_lost && !was_refused
                        ? words(N_("The broker takes retained messages and keeps none of them."))
                        : words(N_("Retained messages are switched off on this broker.")));
  if (is_told) made.seen(words(N_("CONNACK says Retain Available 0.")));
  if (was_refused)
    made.seen(
        words(N_("A retained message on a topic of the doctor's own was answered with "
                 "{reason}."),
              {{"reason", in_hex(attempt->disconnect >= 0 ? attempt->disconnect : attempt->ack)}}));
  if (was_hung_up && !was_refused)
    made.seen(
        words(N_("The broker hung up on a retained message on a topic of the doctor's own; "
                 "others pass.")));
  if (was_lost && !was_refused)
    made.seen(
        words(N_("A retained message was acknowledged, and a subscription made after it got "
                 "nothing.")));
  say_setting(made, known, "mqtt-retain-not-supported");
  set_in_broker(made, known, broker_setting::retained_messages);
  return made.in_app(
      words(N_("Or do without: ask for the value when the app starts, and let the device "
               "answer.")));
}

/// Whether the broker keeps retained messages could not be tried.
maybe_finding retain_untried(const view& known, exclusions&) {
  if (!wants_retained(known) || !known.at.retained) return {};
  if (known.at.retained->ack != not_authorized) return {};
  return made_finding(
             "delivery-not-tested", certainty::certain, strength::hint,
             words(N_("Whether the broker keeps retained messages could not be tried: this "
                      "user may not publish to the doctor's own topic.")))
      .seen(words(N_("PUBACK said 0x87 (Not authorized) to a retained message there.")))
      .apart(words(N_("As a user who may publish to mqtt-doctor/#:")),
             "mqtt-doctor delivery " + known.target() + " -u USER --ask-password --retained" +
                 (known.asked().topic.empty() ? "" : " -t " + shell_word(known.asked().topic)))
      .note();
}

/// The retained message comes to a subscription that names the topic, and to no wildcard.
maybe_finding withheld_from_wildcards(const view& known, exclusions&) {
  if (!known.at.retained) return {};
  const retained_fact& retained = *known.at.retained;
  if (!retained.kept || !retained.tried_wildcard || retained.by_wildcard || !retained.end.empty())
    return {};
  const std::string& filter = known.asked().topic;
  const bool is_asked = filter.find('#') != std::string::npos ||
                        filter.find('+') != std::string::npos ||
                        (filter.empty() && known.asked().symptom == symptom::no_last_value);
  made_finding made("delivery-retained-misunderstood", certainty::certain,
                    is_asked ? strength::measured : strength::hint,
                    words(N_("This broker gives retained messages to subscriptions of the exact "
                             "topic only, and none to filters with + or # (RabbitMQ does so).")));
  made.seen(words(N_("On a topic of the doctor's own a retained message came with a subscription "
                     "to it, and did not come with one that has + in its last level.")))
      .in_app(words(N_("Subscribe to each topic by name, let the device send its state when it is "
                       "asked, or use a broker that keeps them for filters.")));
  if (!is_asked) return made.note();
  return made;
}

/// A message that was kept came to a new subscription after an empty one had been sent.
maybe_finding never_cleared(const view& known, exclusions&) {
  if (!known.at.retained) return {};
  const retained_fact& retained = *known.at.retained;
  if (!retained.kept || retained.cleared || !retained.end.empty()) return {};
  const bool is_asked = known.asked().retained || known.asked().symptom == symptom::old_messages;
  made_finding made("delivery-state-stays", certainty::certain,
                    is_asked ? strength::measured : strength::hint,
                    words(N_("The broker does not clear a retained message: after an empty one "
                             "with the retain flag the old one still comes, so that no old value "
                             "can be taken back.")));
  made.seen(words(N_("On a topic of the doctor's own: kept, an empty one sent and accepted, and a "
                     "new subscription got the old one. It is still there: {topic}."),
                  {{"topic", retained.topic}}))
      .mend(words(N_("Look for a plugin, a rule or a proxy that drops messages without a payload, "
                     "or update the broker; its own console may delete what it keeps.")))
      .in_app(words(N_("Until then replace an old value by a new one instead of clearing it.")))
      .shows({symptom::old_messages, symptom::shown_offline, symptom::shown_online,
              symptom::unwanted});
  return made.warning();
}

/// Nothing is retained, and the broker that held it in memory alone was started not long ago.
made_finding forgotten_at_start(const std::string& filter, double seconds) {
  return made_finding(
             "delivery-retained-misunderstood", certainty::likely, strength::agreed,
             words(N_("No retained message is there for \"{filter}\": the broker keeps "
                      "them in memory only, and was started {time} ago. What it had "
                      "before is gone."),
                   {{"filter", filter}, {"time", time_text(std::max(1.0, seconds) * 1000)}}))
      .seen(words(N_("The subscription was granted, and no message came with it.")))
      .seen(words(N_("Its configuration does not turn persistence on.")))
      .lines(words(N_("Keep them on disk, in mosquitto.conf; then restart the broker and send the "
                      "message once more:")),
             "persistence true\npersistence_location /var/lib/mosquitto/", "mosquitto.conf")
      .apart(words(N_("If nobody sent one with retain before the start, there was none to lose: "
                      "set retain in every message that a late subscriber is to see.")));
}

/// There is one, and a shared subscription does not get it.
maybe_finding withheld_from_groups(const view& known, exclusions&) {
  if (!wants_retained(known)) return {};
  const exchange_fact* const shared = exchange_on(known, true);
  const exchange_fact* const plain = exchange_without_group(known);
  if (shared == nullptr || plain == nullptr || shared->retained > 0 || plain->retained == 0)
    return {};
  return made_finding("delivery-retained-misunderstood", certainty::certain, strength::measured,
                      words(N_("A retained message is kept at \"{topic}\", and the shared "
                               "subscription \"{filter}\" does not get it: by the rules of MQTT "
                               "members of a group get only what is sent from then on."),
                            {{"topic", plain->retained_topic}, {"filter", shared->filter}}))
      .seen(words(N_("It came to a subscription to \"{filter}\", without the group."),
                  {{"filter", plain->filter}}))
      .in_app(words(N_("Read the state once without the group, as \"{filter}\", and unsubscribe "
                       "again; keep the shared subscription for what comes later."),
                    {{"filter", plain->filter}}));
}

maybe_finding none_retained(const view& known, exclusions&) {
  if (!wants_retained(known) || !known.at.retained || !known.at.retained->kept) return {};
  for (const auto& exchange : known.at.exchanges) {
    if (!exchange.is_users_topic || exchange.retained > 0 || !exchange.near.empty()) continue;
    if (exchange.suback < 0 || exchange.suback >= refused || parse_shared(exchange.filter))
      continue;
    if (exchange.filter.starts_with("$SYS")) continue;  // delivery-sys-closed reports it
    // A device sends its state again within a day, mostly: an older start explains nothing.
    constexpr double day = 86'400;
    if (const auto age = forgetful_for_s(known); age && *age < day)
      return forgotten_at_start(exchange.filter, *age);
    const std::string& sent_to = known.asked().sent_to;
    const std::string topic = !sent_to.empty()                 ? sent_to
                              : is_topic_name(exchange.filter) ? exchange.filter
                                                               : "TOPIC";
    const places values{{"filter", exchange.filter}, {"count", std::to_string(exchange.others)}};
    const bool is_live = exchange.others > 0;
    made_finding made(
        "delivery-retained-misunderstood", certainty::likely, strength::usual,
        is_live ? words(N_("Messages come for \"{filter}\", and none is kept: whoever sends them "
                           "does not set retain."),
                        values)
                : words(N_("No retained message is there for \"{filter}\": whoever sends it does "
                           "not set retain, an empty one has cleared it, or its time (Message "
                           "Expiry Interval) is over."),
                        values));
    made.seen(words(N_("The subscription was granted, and no message came with it.")));
    if (is_live)
      made.seen(
          words(N_("While the doctor listened {count} came, not marked as retained."), values));
    made.seen(words(N_("On a topic of the doctor's own the broker kept a retained message.")))
        .in_app(words(N_("Set retain in every message that a late subscriber is to see.")))
        .fill_in(words(N_("To leave one:")),
                 publisher_command(known) + " -t " + shell_word(topic) + " -r -q 1 -m VALUE",
                 place::here);
    if (!is_live)
      made.apart(
          words(N_("A user without the right to read sees none either: look as a user who may "
                   "read everything.")));
    return made;
  }
  return {};
}

std::string bytes_of(std::int64_t count) { return std::to_string(count); }

/// The broker limits packets (CONNACK), or a large message failed.
maybe_finding too_large_for_broker(const view& known, exclusions&) {
  const std::int64_t size = known.asked().size;
  if (size == 0) return {};
  const places values{{"bytes", bytes_of(size)}};
  const auto limit = limit_of(known, "maximum-packet-size");
  made_finding made("mqtt-packet-too-large", certainty::certain, strength::measured,
                    words(N_("The broker does not take a message of {bytes} bytes."), values));
  const auto mended = [&]() -> maybe_finding {
    set_in_broker(made, known, broker_setting::packet_size);
    return made.in_app(words(N_("Or send the message in parts, or a link to it.")));
  };
  // No large message was sent when the broker named a smaller limit, or when connections failed.
  constexpr std::int64_t around = 64;  // bytes for topic and header
  if (limit && *limit < size + around && !known.at.large) {
    made.seen(
        words(N_("CONNACK says Maximum Packet Size {limit}."), {{"limit", bytes_of(*limit)}}));
    return mended();
  }
  if (!known.at.large) return {};
  const exchange_fact& exchange = *known.at.large;
  int reason = exchange.publisher_disconnect;
  for (const auto& run : exchange.runs) reason = std::max(reason, run.ack);
  if (reason == too_large) {
    made.seen(words(N_("The broker answered it with 0x95 (Packet too large).")));
    return mended();
  }
  // A write can meet the closed connection before the end itself is read.
  const bool is_gone =
      !exchange.publisher_pinged && std::any_of(exchange.runs.begin(), exchange.runs.end(),
                                                [](const auto& run) { return run.sent == 0; });
  const bool was_hung_up = exchange.arrived() == 0 && (!exchange.publisher_end.empty() || is_gone);
  const bool fits_subscriber =
      exchange.subscriber_limit == 0 || exchange.subscriber_limit > size + 100;
  const bool was_lost = exchange.sent() > 0 && exchange.arrived() == 0 && !was_hung_up &&
                        exchange.subscriber_end.empty() && fits_subscriber &&
                        exchange.suback >= 0 && exchange.suback < refused;
  if (!does_echo(known) || packets_lost(known) > 1 || !(was_hung_up || was_lost)) return {};
  if (was_lost && !exchange.publisher_pinged) return {};
  made = made_finding(
      "mqtt-packet-too-large", was_hung_up ? certainty::likely : certainty::possible,
      was_hung_up ? strength::agreed : strength::leaning,
      was_hung_up
          ? words(N_("The broker hangs up on a message of {bytes} bytes: it is too large for it, "
                     "or for a proxy before it."),
                  values)
          : words(N_("A message of {bytes} bytes does not arrive, and nobody says so: the broker "
                     "throws away what is too large."),
                  values));
  made.seen(
      was_hung_up
          ? words(N_("Small messages pass, this one ended the connection ({end})."),
                  {{"end", is_gone ? fact_word(connection_end::closed) : exchange.publisher_end}})
          : words(N_("Small messages pass, this one did not come.")));
  return mended();
}

/// A broker drops what exceeds the subscriber's limit, and tells nobody [MQTT-3.1.2-25].
maybe_finding too_large_for_subscriber(const view& known, exclusions&) {
  if (!known.at.large) return {};
  const exchange_fact& exchange = *known.at.large;
  if (exchange.subscriber_limit == 0 || exchange.subscriber_limit > exchange.payload_bytes + 100)
    return {};
  if (exchange.sent() == 0 || exchange.arrived() > 0 || !exchange.publisher_end.empty()) return {};
  const bool is_refused = std::any_of(exchange.runs.begin(), exchange.runs.end(),
                                      [](const auto& run) { return run.ack >= refused; });
  if (is_refused) return {};
  return made_finding("mqtt-packet-too-large", certainty::certain, strength::measured,
                      words(N_("The subscriber takes packets of {limit} bytes at most, and the "
                               "broker leaves out what is larger without telling anybody."),
                            {{"limit", bytes_of(exchange.subscriber_limit)}}))
      .seen(words(N_("CONNECT had Maximum Packet Size {limit}; a message of {bytes} bytes was "
                     "acknowledged to the publisher and did not come."),
                  {{"limit", bytes_of(exchange.subscriber_limit)},
                   {"bytes", bytes_of(exchange.payload_bytes)}}))
      .in_app(
          words(N_("Raise Maximum Packet Size in the app that subscribes, or do not send it.")));
}

bool was_sent(const view& known, bool on_users_topic) {
  const auto& all = known.at.exchanges;
  return std::any_of(all.begin(), all.end(), [&](const exchange_fact& exchange) {
    return exchange.sent() > 0 && (exchange.is_users_topic || !on_users_topic);
  });
}

/// Whether messages of the other broker were asked for (--sent-via), its login worked or was not
/// tried, and yet none was sent there.
bool lacks_message_from_elsewhere(const view& known) {
  const auto& beside = known.at.elsewhere;
  const bool is_let_in = !beside || (beside->mqtt && beside->mqtt->is_accepted());
  return !known.asked().sent_via.empty() && is_let_in && exchange_from_elsewhere(known) == nullptr;
}

/// Whether the user's topic was tried, over one connection or between two.
bool was_topic_tried(const view& known) {
  const auto is_users = [](const auto& tried) { return tried.is_users_topic; };
  return std::any_of(known.at.exchanges.begin(), known.at.exchanges.end(), is_users) ||
         std::any_of(known.at.deliveries.begin(), known.at.deliveries.end(), is_users);
}

/// Something that was asked for could not be tried: success of the rest is no proof of health.
maybe_finding not_done(const view& known, exclusions&) {
  const contact* const in = accepted(known);
  if (in == nullptr || known.all.watch) return {};  // others report why
  const asked_facts& asked = known.asked();
  std::vector<sentence> undone;
  const std::string& topic = asked.sent_to.empty() ? asked.topic : asked.sent_to;
  const places values{
      {"topic", topic}, {"bytes", std::to_string(asked.size)}, {"via", asked.sent_via}};
  if (lacks_message_from_elsewhere(known))
    undone.push_back(words(N_("No message went by {via}."), values));
  if (asked.is_delivery && !topic.empty() && !was_topic_tried(known))
    undone.push_back(words(N_("Nothing was tried on \"{topic}\"."), values));
  if (asked.is_delivery && asked.publishes && !was_sent(known, true)) {
    undone.push_back(
        words(N_("No message went from one connection to another on \"{topic}\"."), values));
  } else if (asked.is_delivery && !was_sent(known, false)) {
    undone.push_back(words(N_("No message went from one connection to another.")));
  }
  if (asked.offline && (!known.at.offline || known.at.offline->tries.empty()))
    undone.push_back(words(N_("Whether messages wait for a client that is away was not seen.")));
  if (asked.retained && !known.at.retained)
    undone.push_back(words(N_("Whether a retained message is kept was not seen.")));
  if (asked.size > 0 && (!known.at.large || known.at.large->sent() == 0))
    undone.push_back(words(N_("No message of {bytes} bytes was sent."), values));
  if (asked.no_local && !known.at.no_local) undone.push_back(words(N_("No Local was not tried.")));
  if (undone.empty()) return {};
  made_finding made("delivery-not-tested", certainty::certain, strength::general,
                    words(N_("Not all that was asked for could be tried, and what was not tried "
                             "proves nothing.")));
  for (auto& each : undone) made.seen(std::move(each));
  if (const auto limit = limit_of(known, "maximum-packet-size"))
    made.seen(
        words(N_("CONNACK says Maximum Packet Size {limit}."), {{"limit", bytes_of(*limit)}}));
  return made.apart(words(N_("Try again, with more time:")),
                    doctor_command(known, "delivery") +
                        (asked.topic.empty() ? "" : " -t " + shell_word(asked.topic)) +
                        (asked.publishes ? " --publish" : "") + " --timeout 30s");
}

/// Full-size packets are not tried where the broker announces a smaller limit.
maybe_finding full_packet_untried(const view& known, exclusions&) {
  constexpr std::int64_t full_packet = 1500, around = 64;
  const auto limit = limit_of(known, "maximum-packet-size");
  if (!limit || *limit >= full_packet + around || !does_echo(known)) return {};
  return made_finding("delivery-not-tested", certainty::certain, strength::general,
                      words(N_("Whether full packets pass on this network was not tried: the "
                               "broker takes {limit} bytes at most."),
                            {{"limit", bytes_of(*limit)}}))
      .seen(words(N_("CONNACK says Maximum Packet Size {limit}."), {{"limit", bytes_of(*limit)}}))
      .note();
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"delivery-no-local", N_("the subscription leaves out the client's own messages"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, no_local},
    {"delivery-no-local-ignored",
     N_("the broker sends a client its own messages although it asked not to"), layer::delivery,
     exit_code::failed, station::broker, severity::warning},
};

constexpr second_look looks[] = {
    {"mqtt-retain-not-supported", retain_refused},
    {"delivery-not-tested", retain_untried},
    {"delivery-state-stays", never_cleared},
    {"delivery-retained-misunderstood", withheld_from_wildcards},
    {"delivery-retained-misunderstood", withheld_from_groups},
    {"delivery-retained-misunderstood", none_retained},
    {"mqtt-packet-too-large", too_large_for_broker},
    {"mqtt-packet-too-large", too_large_for_subscriber},
    {"delivery-not-tested", not_done},
    {"delivery-not-tested", full_packet_untried},
};

}  // namespace

cause_table message_kind_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
