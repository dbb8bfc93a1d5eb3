// Messages that are acknowledged and do not arrive, arrive twice or in disorder; retained ones.
#include <algorithm>

#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/exchange_view.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/topic_slip_words.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int refused = number_of(reason_code::unspecified_error),
              taken_over = number_of(reason_code::session_taken_over);
constexpr std::size_t most_numbers = 20;  // numbers of lost messages in one line

/// Messages of one publisher and one QoS must arrive in the order they were sent [MQTT-4.6.0-6].
maybe_finding disordered(const view& known, exclusions&) {
  for (const auto& exchange : known.at.exchanges) {
    if (parse_shared(exchange.filter)) continue;
    for (const auto& run : exchange.runs) {
      if (run.disordered == 0) continue;
      return made_finding("delivery-disordered", certainty::certain, strength::seen,
                          words(N_("Messages arrive in another order than they were sent in: the "
                                   "last one to come is not the newest.")))
          .seen(words(N_("At QoS {qos}, of {arrived} messages {count} came after one that was sent "
                         "later."),
                      {{"qos", std::to_string(run.qos)},
                       {"arrived", std::to_string(run.arrived)},
                       {"count", std::to_string(run.disordered)}}))
          .mend(words(N_("Look for a rule, a bridge or a pool of connections between publisher and "
                         "subscriber; one connection and one worker keep the order.")))
          .in_app(
              words(N_("Or put a number or the time into the message, and drop what is older.")))
          .warning();
    }
  }
  return {};
}

/// Some messages came and some did not, on a subscription that is not shared.
maybe_finding lost(const view& known, exclusions&) {
  for (const auto& exchange : known.at.exchanges) {
    if (parse_shared(exchange.filter) || !is_granted(exchange) || exchange.arrived() == 0) continue;
    for (const auto& run : exchange.runs) {
      const bool is_whole = run.arrived == run.sent || run.arrived == 0 || run.ack >= refused;
      if (is_whole || !exchange.publisher_end.empty() || !exchange.subscriber_end.empty()) continue;
      std::vector<std::string> numbers;
      for (const int number : run.lost) numbers.push_back(std::to_string(number));
      made_finding made(
          run.qos == 0 ? "delivery-slow-consumer" : "delivery-queue-overflow", certainty::possible,
          strength::first_of_several,
          run.qos == 0 ? words(N_("The broker drops messages of QoS 0 on the way to a subscriber."))
                       : words(N_("The broker acknowledges messages and does not deliver all of "
                                  "them: a queue is full, or limited to very few.")));
      made.seen(count_of(run))
          .seen(words(N_("Missing: {numbers}."), {{"numbers", list_text(numbers, most_numbers)}}));
      set_in_broker(made, known, broker_setting::queue_length);
      return made;
    }
  }
  return {};
}

/// Messages arrive whole, and much later than the way takes.
maybe_finding late(const view& known, exclusions&) {
  // What people notice, and by which automations misfire.
  const double long_ms = known.asked().symptom == symptom::late ? 300 : 1400;
  constexpr double ways = 10;  // a message needs a way there and a way back
  const contact* const in = accepted(known);
  if (in == nullptr) return {};
  for (const auto& exchange : known.at.exchanges) {
    if (!exchange.publisher_at.empty() || exchange.is_search) continue;
    for (const auto& run : exchange.runs) {
      if (run.arrived == 0 || run.fastest_ms < long_ms) continue;
      if (run.fastest_ms < ways * in->connect.ms) continue;
      const places times{{"time", time_text(run.fastest_ms)},
                         {"slowest", time_text(run.slowest_ms)},
                         {"way", time_text(in->connect.ms)},
                         {"qos", std::to_string(run.qos)}};
      made_finding made(
          "delivery-late", certainty::certain, strength::seen,
          words(N_("Messages arrive, and late: the fastest took {time} from sender to "
                   "subscriber."),
                times));
      made.seen(words(N_("At QoS {qos} they took {time} to {slowest}, while the way to the broker "
                         "and back takes {way}: they wait in the broker, or in what stands before "
                         "it."),
                      times))
          .look(words(N_("See what keeps its machine busy:")), "top -b -n 1 | head -n 15")
          .mend(words(N_("Look for a rule, a plugin, a bridge or a buffer that holds messages "
                         "back.")));
      return made.warning();
    }
  }
  return {};
}

/// Whether another subscription of ours matches these messages: many brokers send a copy for each.
bool is_overlapped(const view& known, const exchange_fact& exchange) {
  const auto& all = known.at.exchanges;
  return std::any_of(all.begin(), all.end(), [&](const exchange_fact& other) {
    return other.filter != exchange.filter && topic_matches(other.filter, exchange.topic);
  });
}

maybe_finding duplicated(const view& known, exclusions&) {
  for (const auto& exchange : known.at.exchanges) {
    if (is_overlapped(known, exchange)) continue;
    for (const auto& run : exchange.runs) {
      if (run.duplicates == 0) continue;
      made_finding made("delivery-duplicated", certainty::certain, strength::measured,
                        words(N_("Messages of QoS {qos} arrive more than once."),
                              {{"qos", std::to_string(run.qos)}}));
      made.seen(words(N_("{count} copies too many of {sent} messages, with one subscription."),
                      {{"count", std::to_string(run.duplicates)},
                       {"sent", std::to_string(run.sent)}}))
          .mend(words(N_("Look for two bridges between the same brokers, or a bridge that sends "
                         "back what it got.")));
      return made.warning();
    }
  }
  return {};
}

/// The broker publishes about itself, and nothing at this topic.
made_finding no_such_system_topic(const view& known, const exchange_fact& exchange) {
  made_finding made("delivery-sys-closed", certainty::likely, strength::agreed,
                    words(N_("The broker does not publish \"{filter}\": it publishes other topics "
                             "of its own, and no such one."),
                          {{"filter", exchange.filter}}));
  made.seen(words(N_("Kept beside it: {topics}."), {{"topics", list_text(exchange.near)}}));
  for (const std::string& each : exchange.near) {
    const topic_slip slip = find_topic_mismatch(exchange.filter, each).slip;
    if (slip < topic_slip::letter_case || slip >= topic_slip::several) continue;
    made.seen(words(words_of(slip)->sentence, {{"filter", exchange.filter}, {"topic", each}}));
  }
  const auto has = [&](std::string_view front) {
    return std::any_of(exchange.near.begin(), exchange.near.end(),
                       [&](const std::string& each) { return each.starts_with(front); });
  };
  constexpr std::string_view of_emqx = "$SYS/brokers/", of_mosquitto = "$SYS/broker/";
  if (exchange.filter.starts_with(of_emqx) && has(of_mosquitto)) {
    made.seen(words(N_("$SYS/brokers/ is where EMQX publishes; this broker uses $SYS/broker/.")));
  } else if (exchange.filter.starts_with(of_mosquitto) && has("$SYS/brokers")) {
    made.seen(
        words(N_("$SYS/broker/ is where mosquitto publishes; EMQX uses $SYS/brokers/NODE/.")));
  }
  return made
      .look(words(N_("See which it has; no standard says which, each broker and version has its "
                     "own, and handbooks name some that are not there:")),
            subscriber_command(known) + " -v -W 3 -t '$SYS/#'", place::here)
      .apart(words(N_("A user without the right to read it sees nothing there either.")));
}

maybe_finding no_retained(const view& known, exclusions&) {
  const exchange_fact* const exchange = exchange_on(known, true);
  if (exchange == nullptr || !is_granted(*exchange) || parse_shared(exchange->filter)) return {};
  if (exchange->filter.starts_with("$SYS/")) {
    if (exchange->retained > 0 || exchange->others > 0) return {};
    if (!exchange->near.empty()) return no_such_system_topic(known, *exchange);
    made_finding made("delivery-sys-closed", certainty::likely, strength::leaning,
                      words(N_("The broker grants \"{filter}\" and publishes nothing there."),
                            {{"filter", exchange->filter}}));
    made.seen(
        words(N_("Brokers that publish $SYS topics keep them: a value would have come at "
                 "once.")));
    if (broker_of(known) != broker_kind::mosquitto) {
      return made
          .mend(words(N_("On mosquitto they are published where sys_interval is not 0, to users "
                         "who may read $SYS/#.")))
          .in_app(
              words(N_("RabbitMQ, ActiveMQ, NATS and ejabberd have none: ask their own tools.")));
    }
    const auto host = look_at(known);
    const std::string interval = host ? host->setting("sys_interval") : std::string();
    if (interval.empty() || interval == "0") {
      made.lines(words(N_("On mosquitto, publish them, in mosquitto.conf:")), "sys_interval 10",
                 "mosquitto.conf")
          .then(words(N_("Then:")), "sudo systemctl restart mosquitto");
    }
    return made
        .lines(words(N_("Let this user read them, in the broker's acl_file, when there is one:")),
               access_rule(user_of(known), "read", "$SYS/#"), "acl_file")
        .in_app(words(N_("RabbitMQ, ActiveMQ, NATS and ejabberd have none: ask their own tools.")));
  }
  if (exchange->retained > 0) {
    return made_finding("delivery-retained-present", certainty::certain, strength::aside,
                        words(N_("A new subscriber gets a retained message at once ({count} of "
                                 "them here)."),
                              {{"count", std::to_string(exchange->retained)}}))
        .seen(words(N_("First: \"{topic}\". An old value comes again at each subscription until an "
                       "empty retained message clears it."),
                    {{"topic", exchange->retained_topic}}));
  }
  // Said in full by those who were asked for it.
  if (known.asked().retained && known.at.retained) return {};
  // Where nothing came at all, nobody knows whether this user may read there; and where a message
  // was kept back, he may not.
  const bool may_read = exchange->arrived() > 0 || exchange->others > 0;
  if (!may_read && exchange->sent() > 0) return {};
  made_finding made(
      "delivery-retained-misunderstood", may_read ? certainty::certain : certainty::likely,
      strength::aside,
      may_read ? words(N_("Nothing is retained under \"{filter}\": who subscribes late sees "
                          "nothing until the next message."),
                       {{"filter", exchange->filter}})
               : words(N_("Nothing that is retained came for \"{filter}\": none is kept "
                          "there, or this user may not read it. Who subscribes late sees "
                          "nothing until the next message."),
                       {{"filter", exchange->filter}}));
  made.seen(
      words(N_("No message came with the subscription; one without retain, or cleared by an "
               "empty one, is not kept.")));
  if (exchange->topic.empty() && exchange->others == 0 && exchange->near.empty())
    made.seen(
        words(N_("Nobody sent anything there in the second or so that the doctor listened: it "
                 "can only tell more of it when a message is sent meanwhile, or with "
                 "--publish.")));
  return made.in_app(words(N_("Publish with retain what a late subscriber must know."))).note();
}

maybe_finding taken(const view& known, exclusions&) {
  for (const auto& delivery : known.at.deliveries) {
    if (delivery.disconnect != taken_over) continue;
    return made_finding(
               "session-duplicate-client-id", certainty::certain, strength::proven,
               words(N_("Another client uses the same client identifier; each login throws "
                        "the other out.")))
        .seen(words(N_("DISCONNECT said 0x8E (Session taken over).")))
        .in_app(words(N_("Give each client an identifier of its own.")));
  }
  return {};
}

/// The broker let the first connection in and not the second, so the exchange could not be tried.
maybe_finding not_tried(const view& known, exclusions&) {
  if (accepted(known) == nullptr || !known.at.exchanges.empty()) return {};
  const contact* left_out = nullptr;
  for (const auto& contact : known.at.contacts) {
    const bool is_side = contact.purpose == contact_purpose::publisher ||
                         contact.purpose == contact_purpose::subscriber;
    const bool is_in = contact.mqtt && contact.mqtt->is_accepted();
    const bool is_refused = contact.mqtt && contact.mqtt->answer == mqtt_answer::connack && !is_in;
    if (is_side && !is_in && !is_refused) left_out = &contact;
  }
  if (left_out == nullptr) return {};
  made_finding made("delivery-not-tested", certainty::certain, strength::hint,
                    words(N_("Messages from one connection to another could not be tried: the "
                             "broker did not take a second connection.")));
  made.seen(words(N_("The first was accepted, a later one ended without CONNACK ({end})."),
                  {{"end", left_out->end}}))
      .apart(words(N_("Try again, with more time:")),
             doctor_command(known, "delivery") + " --timeout 30s");
  // The user asked for `delivery`, so a delivery that could not be tried is the answer.
  if (known.asked().is_delivery) return made;
  return made.warning();
}

using tools::exit_code;

bool is_acknowledged(const exchange_fact& exchange) {
  return std::any_of(exchange.runs.begin(), exchange.runs.end(), [](const auto& run) {
    return run.qos > 0 && run.sent > 0 && run.acknowledged == run.sent;
  });
}

/// Subscriptions are granted, messages acknowledged, and nobody is sent any, whatever the topic.
maybe_finding hands_nothing_on(const view& known, exclusions&) {
  const exchange_fact* const users = exchange_on(known, true);
  const exchange_fact* const exchange = users != nullptr ? users : exchange_on(known, false);
  if (exchange == nullptr || !is_silent(*exchange) || !is_acknowledged(*exchange) ||
      exchange->others > 0 || exchange->retained > 0 || packets_lost(known) > 1 ||
      exchange->filter != exchange->topic)
    return {};
  // A user's rights may end at either topic; where nobody is anybody there is no such list, mostly.
  if (known.asked().has_user || known.asked().has_certificate ||
      broker_of(known) == broker_kind::mosquitto || look_at(known) || does_echo(known))
    return {};
  for (const auto& other : known.at.exchanges)
    if (other.arrived() > 0 || other.others > 0) return {};
  const bool lowers = exchange->wanted > 0 && exchange->suback == 0;
  made_finding made("delivery-not-handed-on", lowers ? certainty::likely : certainty::possible,
                    lowers ? strength::agreed : strength::first_of_several,
                    words(N_("The broker grants the subscription to \"{topic}\" and acknowledges "
                             "what is published there, and hands nothing on to the subscriber."),
                          {{"topic", exchange->topic}}));
  with_counts(made, *exchange);
  if (lowers)
    made.seen(words(N_("It grants QoS 0 where {qos} was asked for: it is none of the usual "
                       "brokers, and may be a library that leaves the delivery to the program."),
                    {{"qos", std::to_string(exchange->wanted)}}));
  return made
      .mend(
          words(N_("If the server is a program of your own (an MQTT server library or framework), "
                   "let it send each PUBLISH to those who subscribed: many leave that to the "
                   "program. Else look at its access rules, or put a broker in its place.")))
      .apart(words(N_("Does anybody get anything? Where another topic arrives, it is a matter of "
                      "rights:")),
             doctor_command(known) + " -t TOPIC --publish");
}

constexpr cause_row rows[] = {
    {"delivery-not-handed-on", N_("the broker takes messages and hands them on to nobody"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, hands_nothing_on},
    {"session-duplicate-client-id",
     N_("two clients use the same identifier and throw each other out"), layer::delivery,
     exit_code::lost, station::broker, severity::problem, taken},
    {"delivery-queue-overflow", N_("the broker drops messages from a full queue"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, lost},
    {"delivery-duplicated", N_("messages arrive more than once"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, duplicated},
    {"delivery-disordered", N_("messages arrive in another order than they were sent in"),
     layer::delivery, exit_code::failed, station::broker, severity::warning, disordered},
    {"delivery-late", N_("messages arrive much later than they were sent"), layer::delivery,
     exit_code::failed, station::broker, severity::warning, late},
    {"delivery-not-tested", N_("delivery could not be tried"), layer::delivery, exit_code::failed,
     station::broker, severity::problem, not_tried},
    {"delivery-retained-misunderstood", N_("nothing is retained, or it was cleared"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, no_retained},
    {"delivery-retained-present", N_("a retained message comes at once"), layer::delivery,
     exit_code::failed, station::broker, severity::note},
    {"delivery-slow-consumer", N_("a subscriber reads too slowly"), layer::delivery,
     exit_code::failed, station::broker, severity::problem},
    {"delivery-feedback-loop", N_("an app publishes what it is sent, and so for ever"),
     layer::delivery, exit_code::failed, station::client, severity::problem},
    {"delivery-sys-closed", N_("the broker publishes nothing under $SYS"), layer::delivery,
     exit_code::failed, station::broker, severity::problem},
};

}  // namespace

cause_table delivery_causes() { return {rows, {}}; }

}  // namespace mqttkit::doctor
