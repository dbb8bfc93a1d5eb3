// The report's lines, one for each layer, in the order in which a connection meets them.
#include <algorithm>

#include "common/printable.hpp"
#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::doctor {
namespace {

/// Control characters escaped, as a file of facts has them.
std::string in_one_line(const std::string& text) {
  return tools::printable(text, std::string::npos);
}

step untested(step_name name) { return {name, step_state::untested, words(N_("not tested")), 0}; }

step name_step(const view& known) {
  const name_facts& name = known.all.name;
  if (name.is_literal) {
    return {step_name::name, step_state::good,
            words(N_("{address}, an address"), {{"address", name.canonical}}), 0};
  }
  if (name.addresses.empty()) {
    return {step_name::name, step_state::bad,
            words(N_("{host} has no address ({code})"),
                  {{"host", known.host()}, {"code", name.lookup}}),
            name.lookup_ms};
  }
  return {step_name::name, step_state::good,
          words(N_("{host} is {addresses}"),
                {{"host", known.host()}, {"addresses", list_text(name.addresses, 3)}}),
          name.lookup_ms};
}

step port_step(const view& known) {
  const contact* const client = known.client();
  // A capture that ends early does not show how the connection ended.
  if (client == nullptr || client->connect.outcome == connect_outcome::none)
    return untested(step_name::port);
  if (client->connect.is_connected()) {
    return {step_name::port, step_state::good,
            words(N_("{where} is open"), {{"where", dialled(known)}}), client->connect.ms};
  }
  if (client->connect.outcome == connect_outcome::silent) {
    return {step_name::port, step_state::bad,
            words(N_("{where} does not answer"), {{"where", dialled(known)}}), client->connect.ms};
  }
  if (client->connect.outcome == connect_outcome::refused) {
    return {step_name::port, step_state::bad,
            words(N_("{where} is closed"), {{"where", dialled(known)}}), client->connect.ms};
  }
  return {step_name::port, step_state::bad,
          words(N_("{where} cannot be reached ({error})"),
                {{"where", dialled(known)}, {"error", client->connect.error}}),
          client->connect.ms};
}

bool is_name_mismatch(int code) {
  return code == verify_code::wrong_host || code == verify_code::wrong_address;
}

step tls_step(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr || !client->tls) return untested(step_name::tls);
  const tls_fact& tls = *client->tls;
  if (!tls.is_done) {
    return {step_name::tls, step_state::bad,
            tls.alert >= 0
                ? words(N_("refused with alert {alert}"), {{"alert", std::to_string(tls.alert)}})
            : !tls.error.empty() ? words(N_("failed: {error}"), {{"error", tls.error}})
                                 : words(N_("failed ({end})"), {{"end", tls.end}}),
            tls.ms};
  }
  const bool is_trusted =
      std::all_of(tls.failures.begin(), tls.failures.end(), [&](const verify_fact& verification) {
        return known.asked().is_insecure && is_name_mismatch(verification.code);
      });
  if (!is_trusted) {
    return {step_name::tls, step_state::bad,
            words(N_("{protocol}, but the certificate does not pass: {words}"),
                  {{"protocol", tls.protocol}, {"words", tls.failures.front().words}}),
            tls.ms};
  }
  if (tls.alert >= 0) {
    return {step_name::tls, step_state::bad,
            words(N_("{protocol}, then alert {alert}"),
                  {{"protocol", tls.protocol}, {"alert", std::to_string(tls.alert)}}),
            tls.ms};
  }
  if (tls.chain.empty()) {  // pre-shared key: no certificate
    return {step_name::tls, step_state::good,
            words(N_("{protocol}, without a certificate"), {{"protocol", tls.protocol}}), tls.ms};
  }
  return {step_name::tls, step_state::good,
          words(N_("{protocol}, {subject} valid until {date}"),
                {{"protocol", tls.protocol},
                 {"subject", tls.chain[0].subject},
                 {"date", tls.chain[0].not_after.substr(0, 10)}}),
          tls.ms};
}

step websocket_step(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr || !client->websocket) return untested(step_name::websocket);
  const websocket_fact& socket = *client->websocket;
  if (socket.is_done) {
    return {step_name::websocket, step_state::good,
            words(N_("upgraded at {path}"), {{"path", socket.path}}), socket.ms};
  }
  return {step_name::websocket, step_state::bad,
          socket.status != 0 ? words(N_("{path}: {status}"),
                                     {{"path", socket.path}, {"status", socket.status_line}})
                             : words(N_("no HTTP answer ({end})"), {{"end", socket.end}}),
          socket.ms};
}

step mqtt_step(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr || !client->mqtt) return untested(step_name::mqtt);
  constexpr int version_refused = number_of(reason_code::unsupported_protocol_version);
  const contact* older = with_connack(known, contact_purpose::version);
  if (older == nullptr) older = with_connack(known, contact_purpose::again);
  const bool first_spoke =
      client->mqtt->answer == mqtt_answer::connack && client->mqtt->meaning != version_refused;
  const contact* const spoken = first_spoke ? client
                                : older != nullptr && older->mqtt->meaning != version_refused
                                    ? older
                                    : nullptr;
  if (spoken != nullptr) {
    const bool was_asked_otherwise =
        spoken->mqtt->version != client->mqtt->version && !known.asked().version.empty();
    return {step_name::mqtt, was_asked_otherwise ? step_state::bad : step_state::good,
            words(was_asked_otherwise ? N_("speaks MQTT {version}, not the one asked for")
                                      : N_("speaks MQTT {version}"),
                  {{"version", spoken->mqtt->version}}),
            spoken->mqtt->ms};
  }
  const auto& answer = client->mqtt->answer;
  if (answer == mqtt_answer::silent) {
    return {step_name::mqtt, step_state::bad, words(N_("CONNECT was not answered")),
            client->mqtt->ms};
  }
  if (answer == mqtt_answer::other) {
    return {
        step_name::mqtt, step_state::bad,
        words(N_("answered with something else: {text}"), {{"text", client->text.substr(0, 40)}}),
        client->mqtt->ms};
  }
  if (answer == mqtt_answer::connack) {
    return {step_name::mqtt, step_state::bad,
            words(N_("refuses MQTT {version}"), {{"version", client->mqtt->version}}),
            client->mqtt->ms};
  }
  return {step_name::mqtt, step_state::bad,
          words(N_("closed after CONNECT ({answer})"), {{"answer", answer}}), client->mqtt->ms};
}

step login_step(const view& known) {
  if (const contact* const yes = accepted(known)) {
    const mqtt_fact& mqtt = *yes->mqtt;
    if (mqtt.sent_user) {
      return {step_name::login, step_state::good,
              words(N_("accepted as {user}"), {{"user", known.asked().user_name}}), mqtt.ms};
    }
    if (known.asked().has_user) {
      return {step_name::login, step_state::doubtful,
              words(N_(
                  "accepted without the password, which was held back: the server is not trusted")),
              mqtt.ms};
    }
    return {step_name::login, step_state::good, words(N_("accepted without a user name")), mqtt.ms};
  }
  for (const contact_purpose purpose :
       {contact_purpose::client, contact_purpose::version, contact_purpose::again}) {
    const contact* const connection = with_connack(known, purpose);
    if (connection == nullptr ||
        connection->mqtt->meaning == number_of(reason_code::unsupported_protocol_version))
      continue;
    if (known.asked().has_user && !connection->mqtt->sent_user) {
      return {step_name::login, step_state::untested,
              words(N_("not tested: the password was held back, the server is not trusted")), 0};
    }
    const auto name = reason_name(static_cast<std::uint8_t>(connection->mqtt->meaning));
    return {step_name::login, step_state::bad,
            words(N_("refused with code {code} ({meaning})"),
                  {{"code", std::to_string(connection->mqtt->reason)},
                   {"meaning", name.empty() ? "unknown" : std::string(name)}}),
            connection->mqtt->ms};
  }
  return untested(step_name::login);
}

/// The report's line about several messages between two connections.
step exchange_step(const exchange_fact& exchange) {
  const int sent = exchange.sent(), arrived = exchange.arrived();
  double slowest = 0;
  for (const auto& run : exchange.runs) slowest = std::max(slowest, run.slowest_ms);
  const places counts{{"topic", in_one_line(exchange.topic)},
                      {"sent", std::to_string(sent)},
                      {"arrived", std::to_string(arrived)},
                      {"qos", std::to_string(exchange.runs.back().qos)}};
  if (const int qos = exchange.hung_up_at(); qos != 0) {
    return {
        step_name::delivery, step_state::doubtful,
        words(N_("{arrived} messages on {topic} arrived; the broker hung up at QoS {qos}"), counts),
        slowest};
  }
  if (arrived == sent) {
    return {step_name::delivery, step_state::good,
            words(N_("{sent} messages on {topic} arrived, at QoS 0 to {qos}"), counts), slowest};
  }
  return {step_name::delivery, exchange.is_users_topic ? step_state::bad : step_state::doubtful,
          words(N_("of {sent} messages on {topic} {arrived} arrived"), counts), slowest};
}

step delivery_step(const view& known) {
  const delivery_fact* judged = nullptr;
  for (const auto& delivery : known.at.deliveries) {
    if (judged == nullptr || delivery.is_users_topic) judged = &delivery;
  }
  // The user's topic counts before the doctor's own.
  const bool is_asked = judged != nullptr && judged->is_users_topic;
  // Access rules may go by identifier, so the connection with the app's own identifier counts.
  const contact* const in = accepted(known);
  const bool has_apps_id = in != nullptr && in->mqtt->client_id_kind == client_id_kind::user;
  const bool is_proven = is_asked && has_apps_id && judged->echoed;
  for (const bool is_users : {true, false}) {
    for (const auto& exchange : known.at.exchanges) {
      const bool is_beside_it = exchange.is_search || (is_asked && !exchange.is_users_topic) ||
                                (is_proven && exchange.arrived() < exchange.sent());
      if (exchange.is_users_topic == is_users && exchange.sent() > 0 && !is_beside_it)
        return exchange_step(exchange);
    }
  }
  if (judged == nullptr) return untested(step_name::delivery);
  if (judged->echoed) {
    return {step_name::delivery, step_state::good,
            words(N_("a message on {topic} came back"), {{"topic", in_one_line(judged->topic)}}),
            judged->echo_ms};
  }
  if (judged->is_users_topic && !judged->published && judged->suback >= 0 &&
      judged->suback < 0x80) {
    return {step_name::delivery, step_state::good,
            words(N_("{topic} may be subscribed to at QoS {qos}"),
                  {{"topic", in_one_line(judged->topic)}, {"qos", std::to_string(judged->suback)}}),
            0};
  }
  return {
      step_name::delivery, judged->is_users_topic ? step_state::bad : step_state::doubtful,
      words(N_("a message on {topic} did not come back"), {{"topic", in_one_line(judged->topic)}}),
      0};
}

}  // namespace

std::vector<step> steps_of(const view& known) {
  if (known.is_gateway()) {
    std::vector<step> steps{name_step(known)};
    for (auto& step : gateway_steps(known)) steps.push_back(std::move(step));
    return steps;
  }
  std::vector<step> steps{name_step(known), port_step(known)};
  if (known.is_tls()) steps.push_back(tls_step(known));
  if (known.is_websocket()) steps.push_back(websocket_step(known));
  steps.push_back(mqtt_step(known));
  steps.push_back(login_step(known));
  if (!known.all.watch || !known.at.deliveries.empty()) steps.push_back(delivery_step(known));
  for (auto& step : message_kind_steps(known)) steps.push_back(std::move(step));
  return steps;
}

}  // namespace mqttkit::doctor
