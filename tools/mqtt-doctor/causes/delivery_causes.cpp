// Connected, permitted, and nothing arrives: what several messages between two connections show.
#include <algorithm>

#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

constexpr int refused = number_of(reason_code::unspecified_error),
              bad_credentials = number_of(reason_code::bad_user_name_or_password),
              not_authorized = number_of(reason_code::not_authorized),
              no_subscribers = number_of(reason_code::no_matching_subscribers),
              taken_over = number_of(reason_code::session_taken_over);
constexpr std::size_t most_numbers = 20;  // of lost messages, in one line

const exchange_fact* exchange_on(const view& known, bool users_topic) {
  for (const auto& exchange : known.at.exchanges) {
    if (exchange.is_users_topic == users_topic && exchange.publisher_at.empty() &&
        !exchange.is_search)
      return &exchange;
  }
  return nullptr;
}

constexpr std::string_view own_group = "mqtt-doctor-";

/// The same as the user's shared subscription, in a group that only the doctor is in.
const exchange_fact* exchange_in_own_group(const view& known) {
  for (const auto& exchange : known.at.exchanges) {
    const auto shared = parse_shared(exchange.filter);
    if (exchange.is_users_topic && shared && shared->share_name.starts_with(own_group))
      return &exchange;
  }
  return nullptr;
}

/// The same without a group.
const exchange_fact* exchange_without_group(const view& known) {
  if (!parse_shared(known.asked().topic)) return nullptr;
  for (const auto& exchange : known.at.exchanges) {
    if (exchange.is_users_topic && !parse_shared(exchange.filter)) return &exchange;
  }
  return nullptr;
}

/// The user's, if something was published there. Where it was tried without the group, that one
/// tells about permissions.
const exchange_fact* users_exchange(const view& known) {
  const exchange_fact* exchange = exchange_without_group(known);
  if (exchange == nullptr) exchange = exchange_on(known, true);
  return exchange != nullptr && exchange->sent() > 0 ? exchange : nullptr;
}

/// The highest answer to QoS 1 and 2; -1: none came.
int answer_of(const exchange_fact& exchange) {
  int answer = -1;
  for (const auto& run : exchange.runs) answer = std::max(answer, run.ack);
  return answer;
}

bool is_granted(const exchange_fact& exchange) {
  return exchange.suback >= 0 && exchange.suback < refused;
}

/// Nothing of what was sent came, and neither side was hung up on.
bool is_silent(const exchange_fact& exchange) {
  return is_granted(exchange) && exchange.sent() > 0 && exchange.arrived() == 0 &&
         exchange.publisher_end.empty() && exchange.subscriber_end.empty();
}

/// That whose publisher is at another broker.
const exchange_fact* exchange_from_elsewhere(const view& known) {
  for (const auto& exchange : known.at.exchanges) {
    if (!exchange.publisher_at.empty() && !exchange.is_search) return &exchange;
  }
  return nullptr;
}

/// All went well between two connections on the doctor's own topic.
bool does_own_topic_work(const view& known) {
  const exchange_fact* const own = exchange_on(known, false);
  return own != nullptr && own->is_whole();
}

std::string name_of(const std::string& user) { return user.empty() ? "anonymous" : user; }

/// "3 of 5 at QoS 1".
sentence count_of(const exchange_fact::run& run) {
  if (run.qos == 0) {
    return words(N_("At QoS 0 {arrived} of {sent} messages arrived; nobody acknowledges these."),
                 {{"arrived", std::to_string(run.arrived)}, {"sent", std::to_string(run.sent)}});
  }
  return words(N_("At QoS {qos} {arrived} of {sent} messages arrived; the broker acknowledged "
                  "{acknowledged}."),
               {{"qos", std::to_string(run.qos)},
                {"arrived", std::to_string(run.arrived)},
                {"sent", std::to_string(run.sent)},
                {"acknowledged", std::to_string(run.acknowledged)}});
}

made_finding& with_counts(made_finding& made, const exchange_fact& exchange) {
  for (const auto& run : exchange.runs) made.seen(count_of(run));
  return made;
}

/// One of the two sides, when each has a login of its own, is not let in.
maybe_finding side_refused(const view& known, exclusions&) {
  for (const contact_purpose purpose : {contact_purpose::publisher, contact_purpose::subscriber}) {
    const bool is_publisher = purpose == contact_purpose::publisher;
    const std::string& user = is_publisher ? known.asked().publisher : known.asked().subscriber;
    const contact* const connection = with_connack(known, purpose);
    if (user.empty() || connection == nullptr || connection->mqtt->is_accepted()) continue;
    // A broker that is full or busy says nothing of the password.
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

/// The other broker does not let the publisher in.
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

std::string without_scheme(const std::string& broker) {
  const std::size_t end = broker.find("://");
  return end == std::string::npos ? broker : broker.substr(end + 3);
}

/// "home/door" and "office/home/door": what stands before the other; "" when nothing does.
std::string prefix_of(const std::string& longer, const std::string& shorter) {
  return longer.size() > shorter.size() && longer.ends_with("/" + shorter)
             ? longer.substr(0, longer.size() - shorter.size())
             : std::string();
}

/// What is sent at the other broker comes here, under another name.
maybe_finding bridge_prefix(const view& known, exclusions&) {
  for (const auto& exchange : known.at.exchanges) {
    if (!exchange.is_search || exchange.publisher_at.empty() || exchange.arrived() == 0) continue;
    std::string arrived;
    for (const auto& run : exchange.runs)
      arrived = run.arrived_topic.empty() ? arrived : run.arrived_topic;
    if (arrived.empty()) continue;
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

/// A filter that ends in /# fits the level before it, and not with this broker.
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

/// Each broker takes messages, and what is sent at the other does not come here.
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
  if (near != nullptr && !works_here) return {};  // told by what is known of this broker alone
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
      .lines(words(N_("If none does, let one pass the topic on; on mosquitto, in mosquitto.conf of "
                      "{here}:"),
                   where),
             "connection other\naddress " + without_scheme(far->publisher_at) + "\ntopic " +
                 far->topic + " in 1",
             "mosquitto.conf")
      .in_app(words(N_("Or let both sides connect to one broker.")))
      .apart(words(N_("Whether messages pass at {via} alone:"), where),
             "mqtt-doctor delivery " + shell_word(far->publisher_at) + " -t " +
                 shell_word(far->topic) + " --publish");
}

maybe_finding subscription_refused(const view& known, exclusions&) {
  const exchange_fact* const exchange = exchange_on(known, true);
  if (exchange == nullptr || is_granted(*exchange) || is_about_kind(exchange->suback)) return {};
  const bool was_closed = exchange->suback < 0 && !exchange->subscriber_end.empty();
  if (exchange->suback < refused && !was_closed) return {};
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

/// The same topic over the one connection that has the app's identifier; the sides of an exchange
/// have identifiers of their own.
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
  // Rules may go by the client identifier, and the doctor's own is none of them.
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

/// Granted, acknowledged, and nothing comes: MQTT 5 says whether somebody matched.
maybe_finding read_withheld(const view& known, exclusions& excluded) {
  const exchange_fact* const exchange = users_exchange(known);
  if (exchange == nullptr || !is_silent(*exchange) || answer_of(*exchange) != 0) return {};
  if (exchange->others > 0) {
    excluded.push_back(
        {"auth-acl-read-denied-silently",
         words(N_("Other messages for \"{topic}\" do come."), {{"topic", exchange->topic}})});
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
  made.seen(is_told ? words(N_("PUBACK said that somebody matches, and nothing came."))
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

maybe_finding publisher_closed(const view& known, exclusions&) {
  const exchange_fact* const exchange = users_exchange(known);
  if (exchange == nullptr || exchange->publisher_end.empty() || !does_own_topic_work(known))
    return {};
  if (exchange->publisher_disconnect == taken_over || exchange->hung_up_at() != 0) return {};
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

/// One connection hears itself, and another beside it does not.
maybe_finding two_brokers(const view& known, exclusions&) {
  const exchange_fact* const own = exchange_on(known, false);
  if (own == nullptr || !is_silent(*own)) return {};
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
      .lines(words(N_("Let everybody connect to one broker, or join them with a bridge or a "
                      "cluster. Behind a load balancer:")),
             "balance source", "haproxy.cfg")
      .apart(words(N_("Compare the brokers; a second address or another uptime is a second "
                      "broker:")),
             subscriber_command(known) + " -t '$SYS/broker/uptime' -C 1");
}

/// Each address of the name lets us in, and what is sent at the one does not come at the other.
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

/// QoS 2 is taken without a word, and the lower ones work.
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

/// Messages come with less than both sides agreed on.
maybe_finding qos_taken_away(const view& known, exclusions&) {
  for (const auto& exchange : known.at.exchanges) {
    if (!is_granted(exchange)) continue;
    for (const auto& run : exchange.runs) {
      if (run.arrived_qos < 0 || run.arrived_qos >= std::min(run.qos, exchange.suback)) continue;
      const places values{{"qos", std::to_string(run.qos)},
                          {"granted", std::to_string(exchange.suback)},
                          {"came", std::to_string(run.arrived_qos)}};
      return made_finding("delivery-qos-downgraded", certainty::certain, strength::seen,
                          words(N_("Messages come at a lower QoS than was agreed on: whoever is "
                                   "away or slow for a moment loses some."),
                                values))
          .seen(words(N_("Sent at QoS {qos} to a subscription that was granted QoS {granted}, a "
                         "message came at QoS {came}."),
                      values))
          .mend(words(N_("Look for a bridge, a rule or a plugin that publishes anew, and raise its "
                         "QoS.")))
          .warning();
    }
  }
  return {};
}

/// [MQTT-4.6.0-6]: what one client sends at one QoS comes in that order.
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
  return made.note();
}

/// What was asked for, if it is a shared subscription that did not get all.
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
  // Who hands out turn by turn gives us some; who knows nothing of groups gives nothing.
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

/// Some came and some did not, on a plain subscription.
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

/// Another subscription of ours takes the same messages, and many brokers send a copy for each.
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
      made_finding made("delivery-duplicated", certainty::certain, strength::fits,
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

maybe_finding no_retained(const view& known, exclusions&) {
  const exchange_fact* const exchange = exchange_on(known, true);
  if (exchange == nullptr || !is_granted(*exchange) || parse_shared(exchange->filter)) return {};
  if (exchange->filter.starts_with("$SYS/")) {
    if (exchange->retained > 0) return {};
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
    return made
        .lines(words(N_("On mosquitto, publish them, in mosquitto.conf:")), "sys_interval 10",
               "mosquitto.conf")
        .then(words(N_("Then:")), "sudo systemctl restart mosquitto")
        .lines(words(N_("and let this user read them, in its acl_file, when there is one:")),
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
  return made_finding("delivery-retained-misunderstood", certainty::certain, strength::aside,
                      words(N_("Nothing is retained under \"{filter}\": who subscribes late sees "
                               "nothing until the next message."),
                            {{"filter", exchange->filter}}))
      .seen(words(N_("No message came with the subscription; one without retain, or cleared by an "
                     "empty one, is not kept.")))
      .in_app(words(N_("Publish with retain what a late subscriber must know.")))
      .note();
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

/// Let in, and then not a second time.
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
  // Who asked for it has no answer.
  if (known.asked().is_delivery) return made;
  return made.warning();
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"delivery-other-broker", N_("the messages are sent to another broker"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, not_in_elsewhere},
    {"delivery-not-forwarded", N_("no bridge or cluster passes the messages on"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, not_forwarded},
    {"session-duplicate-client-id",
     N_("two clients use the same identifier and throw each other out"), layer::delivery,
     exit_code::lost, station::broker, severity::problem, taken},
    {"delivery-two-brokers", N_("publisher and subscriber end at different brokers"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, two_brokers},
    {"delivery-qos2-stuck", N_("a handshake of QoS 2 stops half way"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, qos_2_stuck},
    {"delivery-qos-downgraded", N_("messages are delivered at a lower QoS than asked for"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, qos_downgraded},
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
    {"delivery-queue-overflow", N_("the broker drops messages from a full queue"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, lost},
    {"delivery-duplicated", N_("messages arrive more than once"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, duplicated},
    {"delivery-disordered", N_("messages arrive in another order than they were sent in"),
     layer::delivery, exit_code::failed, station::broker, severity::warning, disordered},
    {"delivery-not-tested", N_("delivery could not be tried"), layer::delivery, exit_code::failed,
     station::broker, severity::problem, not_tried},
    {"delivery-retained-misunderstood", N_("nothing is retained, or it was cleared"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, no_retained},
    {"delivery-retained-present", N_("a retained message comes at once"), layer::delivery,
     exit_code::failed, station::broker, severity::note},
    {"delivery-slow-consumer", N_("a subscriber reads too slowly"), layer::delivery,
     exit_code::failed, station::broker, severity::problem},
    {"delivery-sys-closed", N_("the broker publishes nothing under $SYS"), layer::delivery,
     exit_code::failed, station::broker, severity::problem},
};

constexpr second_look looks[] = {
    {"auth-bad-credentials", side_refused},
    {"delivery-two-brokers", two_brokers_of_a_name},
    {"auth-acl-subscribe-refused", subscription_refused},
    {"auth-acl-publish-swallowed", publish_refused},
    {"auth-acl-publish-swallowed", publish_untold},
    {"auth-acl-read-denied-silently", read_withheld},
    {"auth-acl-publish-closes", publisher_closed},
    {"auth-acl-no-puback", never_acknowledged},
    {"mqtt-qos-not-supported", qos_hung_up_on},
    {"mqtt-qos-not-supported", qos_2_unanswered},
    {"delivery-qos-downgraded", qos_taken_away},
};

}  // namespace

cause_table delivery_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
