// What the broker says in CONNACK, or by hanging up, that it does not take or keep.
#include <algorithm>

#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/connack_view.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int too_large = number_of(reason_code::packet_too_large);

constexpr int full_packet = 1400;

/// A limit that the doctor keeps to when it sends, and an app in MQTT 3.1.1 is never told of.
maybe_finding announced_to_be_small(const view& known) {
  const auto limit = limit_of(known, "maximum-packet-size");
  // Whoever tried a delivery has seen that such messages pass.
  if (!limit || *limit > full_packet || !known.at.exchanges.empty()) return {};
  made_finding made("mqtt-packet-too-large", certainty::certain, strength::leaning,
                    words(N_("The broker takes packets of {limit} bytes at most: a larger message "
                             "ends the connection of the app that sends it."),
                          {{"limit", std::to_string(*limit)}}));
  made.seen(
      words(N_("CONNACK says Maximum Packet Size {limit}."), {{"limit", std::to_string(*limit)}}));
  set_in_broker(made, known, broker_setting::packet_size);
  return made.in_app(words(N_("Or send the message in parts, or a link to it."))).warning();
}

/// The broker acknowledges messages with the reason that they are larger than it takes, and hands
/// none of them on.
maybe_finding acknowledged_as_too_large(const view& known) {
  for (const exchange_fact& exchange : known.at.exchanges) {
    const bool is_told =
        std::any_of(exchange.runs.begin(), exchange.runs.end(),
                    [](const auto& run) { return run.ack == too_large && run.arrived == 0; });
    if (!is_told) continue;
    made_finding made("mqtt-packet-too-large", certainty::certain, strength::told,
                      words(N_("The broker throws away what is published to \"{topic}\": the "
                               "messages are larger than it takes."),
                            {{"topic", exchange.topic}}));
    made.seen(
        words(N_("PUBACK said 0x95 (Packet too large); to MQTT 3.1.1 it would have said "
                 "nothing.")));
    if (exchange.payload_bytes == 0)
      made.seen(words(N_("The messages held a short text; a larger one meets the same.")));
    set_in_broker(made, known, broker_setting::packet_size);
    return made.in_app(words(N_("Or send the message in parts, or a link to it.")));
  }
  return {};
}

maybe_finding packet_too_large(const view& known, exclusions&) {
  if (auto found = acknowledged_as_too_large(known)) return found;
  for (const auto& delivery : known.at.deliveries) {
    const bool was_hung_up_on =
        delivery.payload_bytes > full_packet && delivery.ended_after == delivery_stage::publish &&
        (delivery.end == connection_end::closed || delivery.end == connection_end::reset);
    if (delivery.disconnect != too_large && !was_hung_up_on) continue;
    made_finding made(
        "mqtt-packet-too-large", certainty::likely, strength::leaning,
        words(N_("The broker refuses a message of {bytes} bytes and hangs up: its packet size "
                 "is limited."),
              {{"bytes", std::to_string(delivery.payload_bytes)}}));
    if (const auto limit = limit_of(known, "maximum-packet-size")) {
      made.seen(words(N_("CONNACK says Maximum Packet Size {limit}."),
                      {{"limit", std::to_string(*limit)}}));
    }
    made.seen(words(N_("Small messages pass, this one ended the connection ({end})."),
                    {{"end", delivery.end}}));
    set_in_broker(made, known, broker_setting::packet_size);
    return made.in_app(words(N_("Or send the message in parts, or a link to it."))).warning();
  }
  return announced_to_be_small(known);
}

maybe_finding qos_not_supported(const view& known, exclusions&) {
  const auto limit = limit_of(known, "maximum-qos");
  const auto& all = known.at.deliveries;
  const bool grants_less = std::any_of(all.begin(), all.end(), [](const delivery_fact& delivery) {
    return !delivery.is_users_topic && delivery.suback == 0;
  });
  if (!limit && !grants_less) return {};
  const std::string most = std::to_string(limit ? *limit : 0);
  // What is granted to a subscription says nothing of what may be published.
  made_finding made(
      "mqtt-qos-not-supported", limit ? certainty::certain : certainty::likely,
      strength::one_of_several,
      limit
          ? words(N_("This broker supports QoS up to {qos}: it hangs up on apps that publish with "
                     "more."),
                  {{"qos", most}})
          : words(N_("This broker grants subscriptions QoS 0 alone: nothing waits for an app that "
                     "is away.")));
  if (limit) {
    made.seen(words(N_("CONNACK says Maximum QoS {qos}."), {{"qos", most}}));
  } else {
    made.seen(words(N_("A subscription at QoS 1 was granted QoS 0.")));
  }
  made.in_app(words(N_("Set QoS to {qos} in the app."), {{"qos", most}}));
  set_in_broker(made, known, broker_setting::quality);
  return made.warning();
}

maybe_finding retain_not_supported(const view& known, exclusions&) {
  if (limit_of(known, "retain-available") != std::optional<std::int64_t>(0)) return {};
  made_finding made("mqtt-retain-not-supported", certainty::certain, strength::one_of_several,
                    words(N_("Retained messages are switched off: the broker hangs up on apps that "
                             "send them.")));
  made.seen(words(N_("CONNACK says Retain Available 0.")))
      .in_app(words(N_("Clear the retain flag, also of the will.")));
  set_in_broker(made, known, broker_setting::retained_messages);
  return made.warning();
}

/// Libraries keep to Receive Maximum by themselves; a program that writes packets exceeds it.
maybe_finding receive_maximum(const view& known, exclusions&) {
  constexpr std::int64_t usual = 20;  // mosquitto's default; others allow more
  const auto limit = limit_of(known, "receive-maximum");
  if (!limit || *limit >= usual) return {};
  const std::string most = std::to_string(*limit);
  made_finding made(
      "mqtt-receive-maximum", certainty::certain, strength::fits,
      words(N_("The broker takes {most} unfinished messages of QoS 1 and 2 at a time: an app "
               "that sends more without waiting is refused (PUBREC 0x97) or hung up on."),
            {{"most", most}}));
  made.seen(words(N_("CONNACK says Receive Maximum {most}."), {{"most", most}}))
      .in_app(words(N_("Wait for PUBACK or PUBCOMP before the next message, or use a library that "
                       "minds Receive Maximum.")));
  set_in_broker(made, known, broker_setting::window);
  return made.note();
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"mqtt-packet-too-large", N_("a message is larger than the broker or the subscriber takes"),
     layer::delivery, exit_code::publish_refused, station::broker, severity::problem,
     packet_too_large},
    {"mqtt-qos-not-supported", N_("the broker does not support this QoS"), layer::permission,
     exit_code::publish_refused, station::broker, severity::problem, qos_not_supported},
    {"mqtt-retain-not-supported", N_("the broker does not keep retained messages"), layer::delivery,
     exit_code::publish_refused, station::broker, severity::problem, retain_not_supported},
    {"mqtt-receive-maximum", N_("more unfinished messages are under way than the broker allows"),
     layer::permission, exit_code::publish_refused, station::broker, severity::problem,
     receive_maximum},
};

}  // namespace

cause_table broker_limit_causes() { return {rows, {}}; }

}  // namespace mqttkit::doctor
