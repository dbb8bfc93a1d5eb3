// Connected and permitted, and nothing arrives: the messages go elsewhere.
#include <algorithm>

#include "mqtt-doctor/causes/bridge_causes.hpp"
#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/exchange_view.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int refused = number_of(reason_code::unspecified_error),
              bad_credentials = number_of(reason_code::bad_user_name_or_password),
              not_authorized = number_of(reason_code::not_authorized),
              no_subscribers = number_of(reason_code::no_matching_subscribers);

/// Publisher or subscriber, with a login of its own, is not let in.
maybe_finding side_refused(const view& known, exclusions&) {
  for (const contact_purpose purpose : {contact_purpose::publisher, contact_purpose::subscriber}) {
    const bool is_publisher = purpose == contact_purpose::publisher;
    const std::string& user = is_publisher ? known.asked().publisher : known.asked().subscriber;
    const contact* const connection = with_connack(known, purpose);
    if (user.empty() || connection == nullptr || connection->mqtt->is_accepted()) continue;
    // A broker that is full or busy does not judge the password.
    const int meaning = connection->mqtt->meaning;
    const bool is_about_login = meaning == bad_credentials || meaning == not_authorized;
    made_finding made(
        is_about_login ? "auth-bad-credentials" : "mqtt-refused", certainty::likely,
        strength::measured,
        is_publisher
            ? words(N_("The broker does not let the publisher's user {user} in."), {{"user", user}})
            : words(N_("The broker does not let the subscriber's user {user} in."),
                    {{"user", user}}));
    made.seen(words(N_("CONNACK said {code}; the first login was accepted."),
                    {{"code", std::to_string(connection->mqtt->reason)}}));
    if (!is_about_login) return made;
    if (!connection->mqtt->sent_password) {
      const std::string option = is_publisher ? "--as-publisher " : "--as-subscriber ";
      return made.seen(words(N_("It was sent without a password.")))
          .fill_in(words(N_("Give it a file whose first line is the password:")),
                   option + shell_word(user) + ":FILE", place::here);
    }
    set_password(made, known, user);
    return made;
  }
  return {};
}

/// The broker of --sent-via does not let the publisher in.
maybe_finding not_in_elsewhere(const view& known, exclusions&) {
  const std::string& via = known.asked().sent_via;
  if (via.empty() || accepted(known) == nullptr) return {};
  const auto& last = known.at.elsewhere;
  if (!last || (last->mqtt && last->mqtt->is_accepted())) return {};
  made_finding made("delivery-other-broker", certainty::certain, strength::measured,
                    words(N_("The broker where the messages are sent, {via}, does not let the "
                             "publisher in."),
                          {{"via", via}}));
  if (last->address.empty()) {
    made.seen(words(N_("Its name has no address.")));
  } else if (last->mqtt && last->mqtt->answer == mqtt_answer::connack) {
    made.seen(words(N_("CONNACK said {code}."), {{"code", std::to_string(last->mqtt->reason)}}));
  } else if (!last->connect.is_connected()) {
    made.seen(words(N_("Its port {port} did not take the connection ({outcome})."),
                    {{"port", std::to_string(last->port)}, {"outcome", last->connect.outcome}}));
  } else {
    made.seen(words(N_("The connection ended without CONNACK ({end})."), {{"end", last->end}}));
  }
  return made.apart(words(N_("Why, the doctor tells when it is asked about that broker:")),
                    "mqtt-doctor " + shell_word(via));
}

/// The prefix that one topic has before the other: "office/" of "office/home/door"; "" for none.
std::string prefix_of(const std::string& longer, const std::string& shorter) {
  return longer.size() > shorter.size() && longer.ends_with("/" + shorter)
             ? longer.substr(0, longer.size() - shorter.size())
             : std::string();
}

/// What is published at the other broker arrives here with another topic.
maybe_finding bridge_prefix(const view& known, exclusions& excluded) {
  // Two listeners of one broker, and no bridge between them.
  if (host_mount_point_between(known, excluded)) return {};
  for (const auto& exchange : known.at.exchanges) {
    if (!exchange.is_search || exchange.publisher_at.empty() || exchange.arrived() == 0) continue;
    std::string arrived;
    for (const auto& run : exchange.runs)
      arrived = run.arrived_topic.empty() ? arrived : run.arrived_topic;
    if (arrived.empty()) continue;
    // A message with the original topic was not renamed by a bridge; anybody may have sent it.
    if (arrived == exchange.topic) continue;
    const std::string added = prefix_of(arrived, exchange.topic),
                      taken = prefix_of(exchange.topic, arrived);
    const places values{{"topic", exchange.topic},
                        {"via", exchange.publisher_at},
                        {"arrived", arrived},
                        {"prefix", added.empty() ? taken : added}};
    made_finding made(
        "delivery-bridge-prefix", certainty::certain, strength::proven,
        !added.empty()   ? words(N_("What is published to \"{topic}\" at {via} arrives here as "
                                      "\"{arrived}\": the bridge puts \"{prefix}\" in front."),
                                 values)
        : !taken.empty() ? words(N_("What is published to \"{topic}\" at {via} arrives here as "
                                    "\"{arrived}\": the bridge takes \"{prefix}\" away."),
                                 values)
                         : words(N_("What is published to \"{topic}\" at {via} arrives here as "
                                    "\"{arrived}\"."),
                                 values));
    made.seen(words(N_("Subscribed to \"{filter}\" here, {count} of {sent} messages arrived."),
                    {{"filter", exchange.filter},
                     {"count", std::to_string(exchange.arrived())},
                     {"sent", std::to_string(exchange.sent())}}));
    return made.in_app(words(N_("Subscribe to \"{arrived}\"."), values))
        .mend(words(N_("Or let the bridge leave the topic as it is; in mosquitto.conf the prefixes "
                       "are the last two words of its topic line.")));
  }
  return {};
}

/// A filter that ends in /# must match its parent level (MQTT 5.0 §4.7.1.2), and here it does not.
maybe_finding parent_not_matched(const view& known, exclusions&) {
  const auto found = std::find_if(known.at.exchanges.begin(), known.at.exchanges.end(),
                                  [](const exchange_fact& exchange) {
                                    return exchange.is_search && exchange.publisher_at.empty() &&
                                           exchange.filter == exchange.topic + "/#";
                                  });
  if (found == known.at.exchanges.end() || !is_silent(*found) || !does_own_topic_work(known))
    return {};
  const std::string& filter = known.asked().topic;
  const std::string parent = filter.substr(0, filter.size() - 2);
  const places values{{"filter", filter}, {"topic", parent}};
  made_finding made("delivery-parent-not-matched", certainty::certain, strength::proven,
                    words(N_("This broker does not count \"{topic}\" among what \"{filter}\" "
                             "subscribes to, as MQTT has it [MQTT-4.7.1-2]."),
                          values));
  made.seen(words(N_("On a topic of the doctor's own a message to \"{topic}\" did not come to a "
                     "subscription to \"{filter}\", and did to one by its whole name."),
                  {{"topic", found->topic}, {"filter", found->filter}}));
  return made.in_app(words(N_("Subscribe to \"{topic}\" as well."), values));
}

/// Each broker delivers its own messages, and what is published at the other does not arrive here.
maybe_finding not_forwarded(const view& known, exclusions&) {
  const exchange_fact* const far = exchange_from_elsewhere(known);
  const exchange_fact* const near = users_exchange(known);
  if (far == nullptr || !is_granted(*far) || far->sent() == 0) return {};
  if (far->arrived() == far->sent() || !far->publisher_end.empty()) return {};
  const bool is_found = std::any_of(
      known.at.exchanges.begin(), known.at.exchanges.end(), [](const exchange_fact& exchange) {
        return exchange.is_search && !exchange.publisher_at.empty() && exchange.arrived() > 0;
      });
  if (is_found) return {};
  const std::string here = known.host() + ":" + known.port();
  if (answer_of(*far) == not_authorized) {
    return made_finding("auth-acl-publish-swallowed", certainty::certain, strength::proven,
                        words(N_("The user {user} may not publish to \"{topic}\" at {via}."),
                              {{"user", name_of(far->publisher)},
                               {"topic", far->topic},
                               {"via", far->publisher_at}}))
        .seen(words(N_("PUBACK said 0x87 (Not authorized); to MQTT 3.1.1 it would have said "
                       "nothing.")))
        .mend(words(N_("Allow it in the access rules of that broker.")));
  }
  const bool works_here = near != nullptr && near->is_whole();
  if (near != nullptr && !works_here) return {};  // other causes about this broker tell why
  if (works_here) {
    if (auto bridge = bridge_finding(known, *far)) return bridge;
  }
  const places where{{"via", far->publisher_at}, {"here", here}, {"topic", far->topic}};
  made_finding made("delivery-not-forwarded", works_here ? certainty::likely : certainty::possible,
                    works_here ? strength::seen : strength::leaning,
                    words(N_("What is published to \"{topic}\" at {via} does not reach {here}: no "
                             "bridge or cluster passes it on."),
                          where));
  with_counts(made, *far);
  if (works_here) made.seen(words(N_("Published at {here} itself, everything arrived."), where));
  return made
      .mend(words(N_("If a bridge joins the two already, add the topic to its lines, or turn out "
                     "into both; a second bridge would send every message round in circles."),
                  where))
      .mend(
          words(N_("If neither broker has one, let {here} fetch the topic by a bridge (mosquitto: "
                   "connection, address and \"topic {topic} in\"). Look at the files of both "
                   "first."),
                where))
      .in_app(words(N_("Or let both sides connect to one broker.")))
      .apart(words(N_("A bridge may also rename what it passes on. This shows all that comes while "
                      "somebody publishes to \"{topic}\" at {via}:"),
                   where),
             subscriber_command(known) + " -v -t '#'");
}

/// A connection receives its own messages, and another connection beside it does not.
maybe_finding two_brokers(const view& known, exclusions&) {
  const exchange_fact* const own = exchange_on(known, false);
  if (own == nullptr || !is_silent(*own)) return {};
  // A connection that takes no message more has ended, whoever ended it.
  const bool is_cut_off = std::any_of(own->runs.begin(), own->runs.end(),
                                      [](const auto& run) { return run.qos > 0 && run.sent == 0; });
  if (is_cut_off) return {};
  const bool hears_itself = std::any_of(
      known.at.deliveries.begin(), known.at.deliveries.end(),
      [](const delivery_fact& delivery) { return !delivery.is_users_topic && delivery.echoed; });
  const bool is_same_user = own->publisher == own->subscriber;
  if (!hears_itself || packets_lost(known) > 1 || answer_of(*own) >= refused) return {};
  const bool is_told = answer_of(*own) == no_subscribers;
  made_finding made("delivery-two-brokers",
                    is_told || is_same_user ? certainty::likely : certainty::possible,
                    is_told        ? strength::seen
                    : is_same_user ? strength::leaning
                                   : strength::one_of_several,
                    words(N_("The connections end at different brokers that do not share "
                             "messages.")));
  made.seen(
      words(N_("On one connection a message comes back; from one connection to another none "
               "does.")));
  if (is_told) made.seen(words(N_("PUBACK said 0x10: where the publisher is, nobody subscribes.")));
  return with_counts(made, *own)
      .mend(
          words(N_("Let everybody connect to one broker, or join them with a bridge or a cluster. "
                   "Behind a load balancer leave one of them in use and mark the others as backup; "
                   "to keep a client at one broker is not enough, since two clients may be kept at "
                   "two.")))
      .apart(words(N_("Compare the brokers; a second address or another uptime is a second "
                      "broker:")),
             subscriber_command(known) + " -t '$SYS/broker/uptime' -C 1");
}

/// Each address of the name lets us in, and messages sent at one do not arrive at the other.
maybe_finding two_brokers_of_a_name(const view& known, exclusions&) {
  const contact* const here = accepted(known);
  if (here == nullptr || packets_lost(known) > 1) return {};
  for (const auto& each : known.at.across) {
    const int ack = answer_of(each);
    if (each.sent() == 0 || each.arrived() > 0 || !is_granted(each) || ack >= refused) continue;
    if (!each.publisher_end.empty() || !each.subscriber_end.empty()) continue;
    const bool is_told = ack == no_subscribers;
    const places values{
        {"host", known.host()}, {"here", here->address}, {"there", each.publisher_address}};
    made_finding made("delivery-two-brokers", is_told ? certainty::certain : certainty::likely,
                      strength::measured,
                      words(N_("{host} leads to two brokers, {here} and {there}, that do not share "
                               "messages: who is at the one does not hear who is at the other."),
                            values));
    made.seen(words(N_("Sent at {there}, a message did not come at {here}; sent at {here} itself, "
                       "one did."),
                    values));
    if (is_told)
      made.seen(words(N_("PUBACK said 0x10: where the publisher is, nobody subscribes.")));
    return made
        .mend(words(N_("Leave one of the two addresses in the name's records, the broker's that "
                       "is meant."),
                    values),
              {}, place::console)
        .mend(words(N_("Or join the two with a bridge or a cluster.")))
        .apart(words(N_("Another uptime is another broker:")),
               subscriber_command(known) + " -t '$SYS/broker/uptime' -C 1");
  }
  return {};
}

/// The exchange on the user's shared subscription, when it did not receive all; null otherwise.
const exchange_fact* shared_exchange(const view& known) {
  const exchange_fact* const exchange = exchange_on(known, true);
  const bool is_shared =
      exchange != nullptr && !exchange->topic.empty() && parse_shared(exchange->filter);
  const bool is_short =
      is_shared && (exchange->arrived() < exchange->sent() || exchange->sent() == 0);
  return is_short ? exchange : nullptr;
}

sentence plain_filter_cure(const exchange_fact& exchange, const char* sentence) {
  return words(sentence, {{"plain", std::string(parse_shared(exchange.filter)->filter)}});
}

maybe_finding shared(const view& known, exclusions&) {
  const exchange_fact* const exchange = shared_exchange(known);
  if (exchange == nullptr || !is_granted(*exchange) || !exchange->publisher_end.empty()) return {};
  if (answer_of(*exchange) >= refused) return {};
  const exchange_fact* const alone = exchange_in_own_group(known);
  const bool is_proven = alone != nullptr && alone->is_whole();
  if (alone != nullptr && !is_proven) return {};
  // A group takes turns, so the doctor gets a part; a broker without groups delivers nothing.
  const bool none_came = exchange->arrived() == 0;
  if (none_came && answer_of(*exchange) == no_subscribers) return {};
  made_finding made("delivery-shared-subscription",
                    is_proven   ? certainty::certain
                    : none_came ? certainty::possible
                                : certainty::likely,
                    is_proven   ? strength::told
                    : none_came ? strength::leaning
                                : strength::agreed,
                    words(N_("\"{filter}\" is a shared subscription: each message goes to one "
                             "member of the group, and another member gets the rest."),
                          {{"filter", exchange->filter}}));
  with_counts(made, *exchange);
  if (is_proven)
    made.seen(words(N_("In a group with no other member, \"{filter}\", everything arrived."),
                    {{"filter", alone->filter}}));
  return made.in_app(plain_filter_cure(
      *exchange, N_("Subscribe to \"{plain}\" to get everything, or find the other member: a "
                    "forgotten client with a stored session counts.")));
}

maybe_finding shared_unknown(const view& known, exclusions&) {
  const exchange_fact* const exchange = shared_exchange(known);
  if (exchange == nullptr) return {};
  const contact* const in = accepted(known);
  const auto said = in == nullptr ? std::map<std::string, std::int64_t>::const_iterator{}
                                  : in->mqtt->limits.find("shared-subscription-available");
  const bool is_told =
      exchange->suback == number_of(reason_code::shared_subscriptions_not_supported) ||
      (in != nullptr && said != in->mqtt->limits.end() && said->second == 0);
  const exchange_fact* const plain = exchange_without_group(known);
  const bool is_proven = plain != nullptr && plain->is_whole();
  const bool is_untried = exchange_in_own_group(known) == nullptr && is_silent(*exchange);
  if (!is_told && !is_proven && !(is_untried && does_own_topic_work(known))) return {};
  const bool is_taken = is_granted(*exchange);
  made_finding made(
      "delivery-shared-not-supported",
      is_told     ? certainty::certain
      : is_proven ? certainty::likely
                  : certainty::possible,
      is_told     ? strength::told
      : is_proven ? strength::measured
                  : strength::leaning,
      is_taken ? words(N_("This broker takes \"{filter}\" for an ordinary topic: it knows no "
                          "shared subscriptions."),
                       {{"filter", exchange->filter}})
               : words(N_("This broker refuses \"{filter}\": it knows no shared subscriptions, "
                          "or not for this user."),
                       {{"filter", exchange->filter}}));
  if (is_taken) with_counts(made, *exchange);
  if (!is_taken && exchange->suback >= refused)
    made.seen(words(N_("SUBACK said {code}."), {{"code", std::to_string(exchange->suback)}}));
  if (!is_taken && exchange->suback < 0)
    made.seen(words(N_("The broker closed the connection after SUBSCRIBE.")));
  if (is_told) made.seen(words(N_("It says so itself (CONNACK or SUBACK).")));
  if (is_proven)
    made.seen(
        words(N_("Subscribed to \"{plain}\", everything arrived."), {{"plain", plain->filter}}));
  if (!is_told && !is_proven)
    made.apart(
        words(N_("Another member of the group would get the messages: use a group name of "
                 "your own and see whether they come.")));
  return made.in_app(plain_filter_cure(*exchange, N_("Subscribe to \"{plain}\".")));
}

maybe_finding rewritten(const view& known, exclusions&) {
  for (const auto& exchange : known.at.exchanges) {
    if (exchange.is_search) continue;
    for (const auto& run : exchange.runs) {
      if (run.arrived_topic.empty()) continue;
      return made_finding("delivery-topic-rewritten", certainty::certain,
                          strength::first_of_several,
                          words(N_("The broker changes topics: sent to \"{sent}\", delivered as "
                                   "\"{arrived}\"."),
                                {{"sent", exchange.topic}, {"arrived", run.arrived_topic}}))
          .seen(words(N_("RabbitMQ turns . into / and back; bridges put prefixes in front.")))
          .in_app(words(N_("Avoid dots in topics, or compare what arrives with the name it arrives "
                           "under.")));
    }
  }
  return {};
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"delivery-other-broker", N_("the messages are sent to another broker"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, not_in_elsewhere},
    {"delivery-not-forwarded", N_("no bridge or cluster passes the messages on"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, not_forwarded},
    {"delivery-two-brokers", N_("publisher and subscriber end at different brokers"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, two_brokers},
    {"delivery-shared-subscription",
     N_("each message of a shared subscription goes to one member only"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, shared},
    {"delivery-shared-not-supported", N_("the broker knows no shared subscriptions"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, shared_unknown},
    {"delivery-bridge-prefix", N_("the bridge changes the topics it passes on"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, bridge_prefix},
    {"delivery-parent-not-matched", N_("the broker does not let a filter a/# match the topic a"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, parent_not_matched},
    {"delivery-topic-rewritten", N_("the broker changes the topic"), layer::delivery,
     exit_code::failed, station::broker, severity::warning, rewritten},
};

constexpr second_look looks[] = {
    {"auth-bad-credentials", side_refused},
    {"delivery-two-brokers", two_brokers_of_a_name},
};

}  // namespace

cause_table route_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
