// What the probes show that --symptom asks for.
#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/exchange_view.hpp"
#include "mqtt-doctor/causes/host_symptom_causes.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int refused = number_of(reason_code::unspecified_error);

/// How the broker took, or did not take, the message.
sentence fate_of(const sending_fact& sent) {
  const int reason = sent.ack >= refused ? sent.ack : sent.disconnect;
  if (reason >= refused)
    return words(N_("It was answered with {reason}."), {{"reason", in_hex(reason)}});
  if (!sent.end.empty())
    return words(N_("The connection ended after it ({end})."), {{"end", sent.end}});
  return words(N_("No answer came to it within {time}."), {{"time", time_text(sent.ms)}});
}

/// A message of the doctor's own topic that was taken, and is alike but for one thing.
template <class Alike>
const sending_fact* taken(const view& known, Alike is_alike) {
  for (const sending_fact& sent : known.at.sendings) {
    if (!sent.is_users_topic && sent.was_taken && is_alike(sent)) return &sent;
  }
  return nullptr;
}

/// A kind of message is not taken that differs from one that is by its QoS alone.
maybe_finding quality_not_taken(const view& known, exclusions&) {
  if (packets_lost(known) > 1) return {};
  for (const sending_fact& sent : known.at.sendings) {
    const bool is_plain = !sent.retain && !sent.is_users_topic && sent.qos > 0;
    if (!is_plain || sent.was_taken) continue;
    const sending_fact* const lower = taken(known, [&](const sending_fact& other) {
      return !other.retain && other.qos == sent.qos - 1 &&
             other.payload_bytes == sent.payload_bytes;
    });
    if (lower == nullptr) continue;
    // At QoS 0 nothing is said of a message that this user may not send.
    if (sent.qos == 1 && sent.ack == number_of(reason_code::not_authorized)) continue;
    const places of{{"qos", std::to_string(sent.qos)}, {"lower", std::to_string(sent.qos - 1)}};
    made_finding made("mqtt-qos-not-supported", certainty::likely, strength::measured,
                      words(N_("The broker does not take messages of QoS {qos}, and those of QoS "
                               "{lower} it does."),
                            of));
    made.seen(fate_of(sent));
    say_setting(made, known, "mqtt-qos-not-supported");
    set_in_broker(made, known, broker_setting::quality);
    return made.in_app(words(N_("Publish with QoS {lower} at most."), of));
  }
  return {};
}

maybe_finding retained_not_taken(const view& known, exclusions&) {
  if (packets_lost(known) > 1) return {};
  for (const sending_fact& sent : known.at.sendings) {
    if (!sent.retain || sent.was_taken) continue;
    const sending_fact* const plain = taken(
        known, [&](const sending_fact& other) { return !other.retain && other.qos == sent.qos; });
    if (plain == nullptr || sent.ack == number_of(reason_code::not_authorized)) continue;
    made_finding made("mqtt-retain-not-supported", certainty::likely, strength::measured,
                      words(N_("The broker does not take messages with the retain flag, and those "
                               "without it does.")));
    made.seen(fate_of(sent));
    say_setting(made, known, "mqtt-retain-not-supported");
    set_in_broker(made, known, broker_setting::retained_messages);
    return made.in_app(words(N_("Or publish without retain.")));
  }
  return {};
}

maybe_finding size_not_taken(const view& known, exclusions&) {
  if (packets_lost(known) > 1) return {};
  for (const sending_fact& sent : known.at.sendings) {
    if (sent.retain || sent.is_users_topic || sent.was_taken) continue;
    const sending_fact* largest = nullptr;
    for (const sending_fact& other : known.at.sendings) {
      const bool is_alike = !other.retain && !other.is_users_topic && other.qos == sent.qos;
      if (is_alike && other.was_taken && other.payload_bytes < sent.payload_bytes) largest = &other;
    }
    if (largest == nullptr) continue;
    const places of{{"bytes", std::to_string(sent.payload_bytes)},
                    {"smaller", std::to_string(largest->payload_bytes)}};
    made_finding made("mqtt-packet-too-large", certainty::likely, strength::measured,
                      words(N_("The broker takes a message of {smaller} bytes and not one of "
                               "{bytes}: its limit, or that of a proxy before it, is between."),
                            of));
    made.seen(fate_of(sent));
    say_setting(made, known, "mqtt-packet-too-large");
    set_in_broker(made, known, broker_setting::packet_size);
    return made.in_app(words(N_("Or send the message in parts, or a link to it.")));
  }
  return {};
}

/// A limit that CONNACK names and that messages of everyday life exceed.
maybe_finding small_limit(const view& known, exclusions&) {
  if (known.asked().symptom != symptom::cannot_send) return {};
  constexpr std::int64_t everyday = 65'536;
  const auto limit = limit_of(known, "maximum-packet-size");
  if (!limit || *limit > everyday) return {};
  made_finding made("mqtt-packet-too-large", certainty::possible, strength::fits,
                    words(N_("The broker takes packets of at most {limit} bytes, topic and header "
                             "included: a larger message ends the connection, or is not sent."),
                          {{"limit", std::to_string(*limit)}}));
  made.seen(
      words(N_("CONNACK says Maximum Packet Size {limit}."), {{"limit", std::to_string(*limit)}}));
  set_in_broker(made, known, broker_setting::packet_size);
  return made.in_app(words(N_("Or send the message in parts, or a link to it."))).note();
}

maybe_finding acknowledged_late(const view& known, exclusions&) {
  constexpr double long_ms = 1000, ways = 10;
  const contact* const in = accepted(known);
  const sending_fact* slowest = nullptr;
  for (const sending_fact& sent : known.at.sendings) {
    const bool is_small = sent.payload_bytes < 1000 && sent.qos > 0 && sent.was_taken;
    if (is_small && (slowest == nullptr || sent.ms > slowest->ms)) slowest = &sent;
  }
  if (in == nullptr || slowest == nullptr || slowest->ms < long_ms ||
      slowest->ms < ways * in->connect.ms)
    return {};
  return made_finding("delivery-acknowledged-late", certainty::likely, strength::seen,
                      words(N_("The broker takes {time} to acknowledge a message: an app that "
                               "waits less gives up, or sends it again."),
                            {{"time", time_text(slowest->ms)}}))
      .seen(words(N_("At QoS {qos} the acknowledgement took {time}, while the way to the broker "
                     "and back takes {way}."),
                  {{"qos", std::to_string(slowest->qos)},
                   {"time", time_text(slowest->ms)},
                   {"way", time_text(in->connect.ms)}}))
      .look(words(N_("See what keeps its machine busy:")), "top -b -n 1 | head -n 15")
      .in_app(words(N_("Let the app wait longer for acknowledgements, and send on meanwhile.")))
      .warning();
}

// ---- wills

const will_fact* will_of(const view& known, will_end how) {
  for (const will_fact& will : known.at.wills) {
    if (will.how == how && will.was_let_in) return &will;
  }
  return nullptr;
}

maybe_finding will_withheld(const view& known, exclusions&) {
  const will_fact* const will = will_of(known, will_end::broken);
  constexpr double enough_ms = 2000;
  // Where nothing of this user arrives on such topics, a will does not either.
  if (will == nullptr || will->was_published || will->waited_ms < enough_ms || !does_echo(known))
    return {};
  return made_finding("session-will-withheld", certainty::likely, strength::measured,
                      words(N_("The broker does not publish the will of a client whose connection "
                               "breaks: who has gone is shown as before.")))
      .seen(words(N_("A client left a will on a topic of the doctor's own and broke its "
                     "connection; in {time} none came. Other messages there do."),
                  {{"time", time_text(will->waited_ms)}}))
      .mend(words(N_("Look whether a proxy or a gateway before the broker keeps the connection "
                     "open, and whether the access rules let the client publish its will.")))
      .in_app(words(N_("Let the app watch for the device's regular messages instead, and call it "
                       "gone when they stay away.")))
      .warning();
}

maybe_finding will_in_spite_of_goodbye(const view& known, exclusions&) {
  const will_fact* const will = will_of(known, will_end::goodbye);
  if (will == nullptr || !will->was_published) return {};
  return made_finding("session-will-status", certainty::likely, strength::measured,
                      words(N_("The will is published also where a client leaves with DISCONNECT, "
                               "which takes it back by the rules: who restarts in an orderly way "
                               "is shown offline.")))
      .seen(words(N_("A client left a will on a topic of the doctor's own and said DISCONNECT; it "
                     "was published {time} later."),
                  {{"time", time_text(will->after_ms)}}))
      .mend(words(N_("Look for a proxy or a gateway that swallows DISCONNECT, or update the "
                     "broker.")))
      .shows({symptom::shown_offline})
      .warning();
}

maybe_finding keep_alive_not_enforced(const view& known, exclusions&) {
  const will_fact* const will = will_of(known, will_end::silent);
  if (will == nullptr || will->was_published || !will->end.empty()) return {};
  const int counts = will->server_keep_alive_s > 0 ? will->server_keep_alive_s : will->keep_alive_s;
  constexpr double rounds_ms = 10'000;
  if (will->waited_ms < counts * 1500 + rounds_ms) return {};
  // Before MQTT 5 a broker has no word for a keep alive that it takes to be a longer one.
  const contact* const in = accepted(known);
  const bool would_tell = in != nullptr && in->mqtt->version == mqtt_version::v5;
  return made_finding("session-keepalive-not-enforced",
                      would_tell ? certainty::likely : certainty::possible, strength::measured,
                      words(N_("The broker does not end the connection of a client that has fallen "
                               "silent: a device without power or network is shown as online until "
                               "TCP gives up, which takes hours.")))
      .seen(
          words(N_("With a keep alive of {keep} s a client sent nothing for {time}; its connection "
                   "stood, and its will was not published."),
                {{"keep", std::to_string(counts)}, {"time", time_text(will->waited_ms)}}))
      .mend(words(N_("Look for a proxy that answers in the client's name, or update the broker.")))
      .in_app(words(N_("Let the app watch for the device's regular messages instead, and call it "
                       "gone when they stay away.")))
      .shows({symptom::shown_online})
      .warning();
}

/// Words by which devices say that they are gone, and that they are there.
constexpr std::array<std::string_view, 9> gone{"offline",     "disconnected", "dead",
                                               "lost",        "false",        "0",
                                               "unavailable", "down",         "not_connected"};
constexpr std::array<std::string_view, 7> there{"online", "connected", "alive", "true",
                                                "1",      "available", "up"};

bool says(const std::string& text, const auto& all) {
  const std::string small = lower(text);
  return std::find(all.begin(), all.end(), small) != all.end();
}

/// The status that is kept on the user's topic is what is shown.
maybe_finding kept_status(const view& known, exclusions&) {
  const symptom seen = known.asked().symptom.value();
  for (const exchange_fact& exchange : known.at.exchanges) {
    if (!exchange.is_users_topic || exchange.retained == 0) continue;
    const places of{{"topic", exchange.retained_topic}, {"word", exchange.retained_text}};
    if (seen == symptom::shown_offline && says(exchange.retained_text, gone)) {
      return made_finding(
                 "delivery-state-stays", certainty::likely, strength::measured,
                 words(N_("\"{word}\" is kept at \"{topic}\", and everybody who looks is told "
                          "so: most often a will, which nothing contradicted after the next "
                          "connect."),
                       of))
          .seen(words(N_("It came with the subscription, marked as retained.")))
          .in_app(words(N_("Let the device publish its being there to the same topic, with "
                           "retain, each time it has connected; the will is kept until then.")))
          .fill_in(words(N_("Until then, once, by hand:")),
                   publisher_command(known) + " -t " + shell_word(exchange.retained_topic) +
                       " -r -q 1 -m ONLINE",
                   place::here)
          .apart(words(N_("If the device has really gone just now, that is right.")))
          .note();
    }
    if (seen == symptom::shown_online && says(exchange.retained_text, there)) {
      return made_finding(
                 "delivery-state-stays", certainty::likely, strength::measured,
                 words(N_("\"{word}\" is kept at \"{topic}\" from when the device was there, and "
                          "nothing has replaced it: it has no will there, one without the retain "
                          "flag or on another topic, or it left with DISCONNECT."),
                       of))
          .seen(words(N_("It came with the subscription, marked as retained.")))
          .in_app(words(N_("Let the device leave a will with retain on that very topic, and "
                           "publish that it goes before it says DISCONNECT.")))
          .note();
    }
  }
  return {};
}

// ---- copies and numbers

maybe_finding copies_for_each_filter(const view& known, exclusions&) {
  if (!known.at.overlap || known.at.overlap->copies < 2) return {};
  const overlap_fact& overlap = *known.at.overlap;
  return made_finding(
             "delivery-duplicated", certainty::possible, strength::leaning,
             words(N_("This broker sends a client a copy of a message for each of its filters "
                      "that matches it, which MQTT allows: an app with two filters that overlap "
                      "gets it twice.")))
      .seen(words(N_("One message, two filters of one client that match it: {count} copies came."),
                  {{"count", std::to_string(overlap.copies)}}))
      .in_app(words(N_("Let the app subscribe with one filter only where they overlap, as \"a/#\" "
                       "and \"a/b\" do; a kept session may hold old ones beside the new.")))
      .shows({symptom::twice, symptom::unwanted, symptom::too_much})
      .note();
}

std::int64_t counted(const view& known, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = known.at.counters.find(std::string("$SYS/broker/") + name);
    if (found != known.at.counters.end()) return found->second;
  }
  return -1;
}

maybe_finding sessions_pile_up(const view& known, exclusions&) {
  constexpr std::int64_t many = 20;
  const std::int64_t away = counted(known, {"clients/disconnected", "clients/inactive"});
  const std::int64_t here = counted(known, {"clients/connected", "clients/active"});
  if (away < many || away < 2 * here) return {};
  const places of{{"away", std::to_string(away)}, {"here", std::to_string(here)}};
  made_finding made("session-identifier-changes", certainty::likely, strength::agreed,
                    words(N_("The broker keeps the sessions of {away} clients that are away, with "
                             "all that waits for them, and {here} are connected: an app that "
                             "keeps its session connects with another identifier each time."),
                          of));
  made.seen(words(N_("Its $SYS topics say so: {away} clients away, {here} connected."), of))
      .in_app(words(N_("Give the app one client identifier that stays, or let it connect with "
                       "clean session.")));
  if (broker_of(known) == broker_kind::mosquitto || broker_of(known).empty())
    made.lines(words(N_("What is left behind goes away by itself with this in mosquitto.conf; who "
                        "is away for longer loses what waits for it:")),
               "persistent_client_expiration 14d", "mosquitto.conf");
  return made.note();
}

maybe_finding much_is_kept(const view& known, exclusions&) {
  constexpr std::int64_t many = 1000;
  const std::int64_t kept = counted(known, {"retained messages/count"});
  if (kept < many) return {};
  return made_finding("delivery-retained-present", certainty::possible, strength::leaning,
                      words(N_("{count} retained messages are kept: who subscribes to all of them "
                               "gets that many at once, and topics with a number or a time in "
                               "them never end."),
                            {{"count", std::to_string(kept)}}))
      .look(words(N_("See which:")),
            subscriber_command(known) + " -t '#' -W 3 -F %t --retained-only | sort | head -n 50",
            place::here)
      .in_app(words(N_("Retain only what a late subscriber must know, and clear what is no longer "
                       "used by an empty retained message.")))
      .shows({symptom::too_much, symptom::old_messages})
      .note();
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"session-will-withheld", N_("the broker does not publish a will"), layer::delivery,
     exit_code::failed, station::broker, severity::warning, will_withheld},
};

constexpr second_look looks[] = {
    {"mqtt-qos-not-supported", quality_not_taken},
    {"mqtt-retain-not-supported", retained_not_taken},
    {"mqtt-packet-too-large", size_not_taken},
    {"mqtt-packet-too-large", small_limit},
    {"delivery-acknowledged-late", acknowledged_late},
    {"session-will-status", will_in_spite_of_goodbye},
    {"session-keepalive-not-enforced", keep_alive_not_enforced},
    {"delivery-state-stays", kept_status},
    {"delivery-duplicated", copies_for_each_filter},
    {"session-identifier-changes", sessions_pile_up},
    {"delivery-retained-present", much_is_kept},
};

}  // namespace

cause_table symptom_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
