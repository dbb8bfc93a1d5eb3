// The first MQTT packets: whether a broker answers, and whether it accepts us.
#include <algorithm>
#include <cstdio>

#include "mqtt-doctor/causes/broker_settings.hpp"
#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/connack_view.hpp"
#include "mqtt-doctor/causes/service_words.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/web_proxy.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::doctor {

const mqtt_fact* mqtt_of_client(const view& known) {
  const contact* const client = known.client();
  return client != nullptr && client->mqtt ? &*client->mqtt : nullptr;
}

bool came_to_nothing(const view& known) {
  if (!is_connected(known) || accepted(known) != nullptr) return false;
  return with_connack(known, contact_purpose::client) == nullptr &&
         with_connack(known, contact_purpose::version) == nullptr;
}

sentence connack_sentence(const mqtt_fact& answer) {
  char code[8] = "";
  std::snprintf(code, sizeof code,
                answer.meaning >= number_of(reason_code::unspecified_error) && answer.reason >= 0x80
                    ? "0x%02X"
                    : "%d",
                static_cast<unsigned>(answer.reason));
  const auto name = reason_name(static_cast<std::uint8_t>(answer.meaning), packet_type::connack);
  return words(
      N_("The broker answered CONNACK {code} ({meaning}) to MQTT {version}{reason}."),
      {{"code", code},
       {"meaning", std::string(name.empty() ? "unknown" : name)},
       {"version", answer.version},
       {"reason", answer.reason_string.empty() ? "" : ": \"" + answer.reason_string + "\""}});
}

namespace {

/// A balancer for web traffic names itself in its answer: it is led around.
bool lead_around_balancer(made_finding& made, const contact& answer) {
  struct balancer {
    std::string_view sign;
    const char* name;
    const char* other;  ///< of the same cloud, for TCP
  };
  constexpr std::array<balancer, 4> balancers{
      {{"awselb", "AWS's Application Load Balancer", "a Network Load Balancer"},
       {"Microsoft-Azure-Application-Gateway", "Azure's Application Gateway",
        "Azure Load Balancer"},
       {"Google Frontend", "Google's load balancer for HTTP", "a network load balancer"},
       {"BigIP", "F5's virtual server for HTTP", "a virtual server for TCP"}}};
  std::string text = answer.text;
  if (answer.websocket) {
    const auto server = answer.websocket->headers.find("server");
    if (server != answer.websocket->headers.end()) text += ' ' + server->second;
  }
  const auto* const found =
      std::find_if(balancers.begin(), balancers.end(),
                   [&](const balancer& each) { return text.find(each.sign) != std::string::npos; });
  if (found == balancers.end()) return false;
  made.in_console(words(N_("{name} passes HTTP on, and no MQTT: put {other} with a TCP listener in "
                           "front of the broker, or use MQTT over WebSocket through this one."),
                        {{"name", found->name}, {"other", found->other}}));
  return true;
}

maybe_finding not_a_broker(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !client->connect.is_connected() || client->speaks.empty()) return {};
  if (known.is_tls() && client->tls && !client->tls->is_done) return {};
  if (accepted(known) != nullptr || (client->mqtt && client->mqtt->answer == mqtt_answer::connack))
    return {};
  if (client->speaks == spoken_protocol::mqtt || client->speaks == spoken_protocol::tls ||
      client->speaks == spoken_protocol::tls_alert)
    return {};
  if (known.is_websocket() && client->speaks == spoken_protocol::http) return {};
  if (client->tls && client->tls->has_chosen_http2()) return {};
  const contact* const upgrade = known.at.find(contact_purpose::upgrade);
  if (upgrade != nullptr && upgrade->websocket && upgrade->websocket->is_done) return {};
  const contact* const hello = known.at.find(contact_purpose::hello);
  if (hello != nullptr && hello->tls && hello->tls->saw_server_hello) return {};
  // The Wi-Fi's login page answers for every server: nothing is known of the one dialled.
  if (is_behind_login_page(known) || !sign_in_page(known).empty()) return {};
  const char* name = name_of_service(client->speaks.value());
  std::string product;
  const contact* const get = known.at.find(contact_purpose::get);
  if (get != nullptr && get->websocket) product = get->websocket->body;
  // A web server may serve MQTT over WebSocket too, and a Wi-Fi's page answers for any address.
  const auto& around = known.at.reachability;
  const bool is_web_alone = upgrade != nullptr && upgrade->websocket &&
                            (known.all.local.is_target || (around && !around->test_net.empty()));
  const bool is_sure = client->speaks != spoken_protocol::unknown &&
                       (client->speaks != spoken_protocol::http || is_web_alone);
  made_finding made(
      "mqtt-not-a-broker", is_sure ? certainty::certain : certainty::likely,
      client->speaks == spoken_protocol::unknown ? strength::leaning : strength::measured,
      words(N_("What answers on port {port} is {what}, not an MQTT broker."),
            {{"port", known.port()}, {"what", name}}));
  made.seen(words(N_("It said \"{text}\"."), {{"text", client->text.substr(0, 60)}}));
  if (!product.empty())
    made.seen(words(N_("Its page is titled \"{title}\"."), {{"title", product}}));
  if (lead_around_balancer(made, *client)) return made;
  return made.in_app(use_brokers_port(known));
}

/// Whether the broker's program is silent while its machine's kernel acknowledges our bytes.
bool is_deaf(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr || client->unacknowledged > 0 || !client->connect.is_connected())
    return false;
  if (with_connack(known, contact_purpose::version) != nullptr ||
      with_connack(known, contact_purpose::again) != nullptr)
    return false;
  if (client->mqtt) return client->mqtt->answer == mqtt_answer::silent;
  if (client->websocket)
    return client->websocket->end == connection_end::silent && client->websocket->status == 0;
  return client->tls && !client->tls->is_done && client->tls->end == connection_end::silent &&
         !client->tls->saw_server_hello;
}

bool somebody_answered(const view& known) {
  // A client that got through TLS has proven it: only an answer after TLS counts.
  const bool is_behind_tls = known.client()->tls && known.client()->tls->is_done;
  for (const auto& contact : known.at.contacts) {
    if (contact.purpose == contact_purpose::client || contact.purpose == contact_purpose::address)
      continue;
    if (!contact.speaks.empty()) return true;
    if (!is_behind_tls && contact.tls && (contact.tls->saw_server_hello || contact.tls->alert >= 0))
      return true;
    if (contact.mqtt && contact.mqtt->answer == mqtt_answer::connack) return true;
  }
  return false;
}

maybe_finding broker_hung(const view& known, exclusions& excluded) {
  if (!is_deaf(known) || somebody_answered(known)) return {};
  if (const std::string network = web_proxy_of(known); !network.empty()) {
    exclude(excluded, "mqtt-broker-hung",
            words(N_("{network}'s proxy takes the connection, not the broker's machine."),
                  {{"network", network}}));
    return {};
  }
  if (are_answers_lost(known)) {
    exclude(excluded, "mqtt-broker-hung", words(N_("It does answer; the answer gets lost.")));
    return {};
  }
  const contact& client = *known.client();
  if (client.websocket && client.websocket->is_done && client.websocket->accepted.empty())
    return {};
  bool closes_on_others = false;
  for (const auto& contact : known.at.contacts) {
    closes_on_others = closes_on_others ||
                       (contact.purpose != contact_purpose::client && was_ended_by_peer(contact));
  }
  const bool is_behind_tls = client.tls && client.tls->is_done;
  made_finding made(
      "mqtt-broker-hung", certainty::likely, closes_on_others ? strength::fits : strength::usual,
      is_behind_tls
          ? words(N_("TLS is shaken hands with, but nobody behind it responds: the broker's "
                     "process, or the one the TLS proxy forwards to, is stuck."))
          : words(N_("The machine takes the connection, but the broker process does not "
                     "respond.")));
  made
      .seen(words(
          client.mqtt
              ? N_("CONNECT was confirmed by the machine's kernel and not answered in {time}.")
          : client.websocket ? N_("The WebSocket request was confirmed by the machine's kernel and "
                                  "not answered in {time}.")
                             : N_("The TLS greeting was confirmed by the machine's kernel and not "
                                  "answered in {time}."),
          {{"time", time_text(client.end_ms)}}))
      .seen(words(N_("Other ways of asking, on new connections, got no answer either.")));
  return made
      .mend(restart_of(known).empty() ? words(N_("Look at the broker's process, then restart it."))
                                      : words(N_("Look at the process, then restart it:")),
            restart_of(known).empty() ? std::string()
                                      : "ps -eo pid,stat,pcpu,args | grep -i " +
                                            broker_of(known).word() + "; " + restart_of(known))
      .apart(
          words(N_("A service that waits for another protocol is silent, too. Who owns the port?")),
          "sudo ss -ltnp 'sport = :" + known.port() + "'");
}

maybe_finding silent_service(const view& known, exclusions&) {
  if (!is_deaf(known) || are_answers_lost(known)) return {};
  const contact* const upgrade = known.at.find(contact_purpose::upgrade);
  if (upgrade != nullptr && upgrade->websocket && upgrade->websocket->is_done) return {};
  const contact* const get = known.at.find(contact_purpose::get);
  const bool is_web = get != nullptr && get->speaks == spoken_protocol::http;
  bool closes_on_others = false;
  for (const auto& contact : known.at.contacts) {
    closes_on_others = closes_on_others ||
                       (contact.purpose != contact_purpose::client && was_ended_by_peer(contact));
  }
  if (!is_web && !closes_on_others) return {};
  const std::string title = is_web && get->websocket ? get->websocket->body : "";
  made_finding made("mqtt-not-a-broker", is_web ? certainty::certain : certainty::likely,
                    is_web ? strength::seen : strength::first_of_several,
                    is_web
                        ? words(N_("Port {port} is a web page, not an MQTT broker: it waits for a "
                                   "browser's request and ignores MQTT."),
                                {{"port", known.port()}})
                        : words(N_("The service on port {port} takes CONNECT without a word; it is "
                                   "probably not an MQTT broker."),
                                {{"port", known.port()}}));
  made.seen(words(N_("CONNECT was not answered in {time}."),
                  {{"time", time_text(known.client()->end_ms)}}));
  if (is_web) {
    made.seen(words(N_("A browser's request was answered: \"{title}\"."),
                    {{"title", title.empty() ? get->text : title}}));
    if (lead_around_balancer(made, *get)) return made;
  }
  return made.in_app(use_brokers_port(known));
}

constexpr double slow_ms = 1500;

/// A repeat of the client's connection that was let in so late that an app may have given up.
const contact* late_repeat(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr || !client->mqtt || client->mqtt->ms >= slow_ms) return nullptr;
  for (const auto& contact : known.at.contacts) {
    if (contact.purpose == contact_purpose::repeat && contact.mqtt &&
        contact.mqtt->answer == mqtt_answer::connack && contact.mqtt->ms >= slow_ms)
      return &contact;
  }
  return nullptr;
}

/// Of connections with equal CONNECTs one is answered and another is not, or late.
maybe_finding answers_now_and_then(const view& known, exclusions&) {
  const contact* deaf = nullptr;
  const contact* spoken = nullptr;
  const auto is_side = [](const contact& connection) {
    return connection.purpose == contact_purpose::publisher ||
           connection.purpose == contact_purpose::subscriber;
  };
  for (const auto& contact : known.at.contacts) {
    const bool asks = contact.purpose == contact_purpose::client ||
                      contact.purpose == contact_purpose::version ||
                      contact.purpose == contact_purpose::again || is_side(contact);
    if (asks && contact.mqtt && contact.mqtt->answer == mqtt_answer::silent &&
        contact.unacknowledged == 0)
      deaf = &contact;
  }
  for (const auto& contact : known.at.contacts) {
    const bool is_same = deaf != nullptr && contact.mqtt &&
                         contact.mqtt->answer == mqtt_answer::connack &&
                         contact.mqtt->version == deaf->mqtt->version;
    const bool is_again = is_same && (&contact > deaf || is_side(*deaf));
    if (is_again) spoken = &contact;
  }
  sentence evidence;
  if (spoken != nullptr) {
    evidence = words(N_("One CONNECT was not answered in {time}; the same on a new connection was, "
                        "after {again}."),
                     {{"time", time_text(deaf->mqtt->ms)}, {"again", time_text(spoken->mqtt->ms)}});
  } else if (const contact* const late = late_repeat(known); late != nullptr) {
    evidence = words(
        N_("Of connections made alike one had its CONNACK after {time}, the first "
           "after {again}."),
        {{"time", time_text(late->mqtt->ms)}, {"again", time_text(known.client()->mqtt->ms)}});
  } else {
    return {};
  }
  return made_finding(
             "mqtt-connack-slow", certainty::likely, strength::usual,
             words(N_("The broker does not answer every connection at once: apps fail now and "
                      "then.")))
      .seen(evidence)
      .mend(words(N_("Look at the broker's log and load. RabbitMQ 3.10 pauses for five seconds "
                     "after a few connections that ended; a newer one may not.")))
      .in_app(words(N_("Give the app a longer connection timeout.")));
}

maybe_finding slow_login(const view& known, exclusions&) {
  const mqtt_fact* const first = mqtt_of_client(known);
  if (first == nullptr || first->answer != mqtt_answer::connack || first->ms < slow_ms) return {};
  const contact& client = *known.client();
  if (client.total_retransmits > 0) return {};
  const auto is_late = [](const delivery_fact& delivery) {
    const bool has_no_answer = delivery.published && delivery.puback < 0 &&
                               !delivery.ping_answered && delivery.end.empty();
    return delivery.echoed ? delivery.echo_ms >= slow_ms : has_no_answer;
  };
  if (std::any_of(known.at.deliveries.begin(), known.at.deliveries.end(), is_late)) {
    return made_finding("mqtt-connack-slow", certainty::likely, strength::usual,
                        words(N_("Each answer takes seconds, CONNACK {time}: the way to the broker "
                                 "or the broker "
                                 "itself is slow, and apps with a shorter limit fail."),
                              {{"time", time_text(first->ms)}}))
        .seen(
            words(N_("Connecting took {connect}, CONNACK came {time} after CONNECT, and no packet "
                     "was lost."),
                  {{"connect", time_text(client.connect.ms)}, {"time", time_text(first->ms)}}))
        .seen(words(
            N_("What was asked after the login was as slow, so no check of users delays it.")))
        .look(
            words(N_(
                "On the broker's machine, whether it is as slow there; if not, look at the proxy, "
                "tunnel or mobile network in between:")),
            doctor_command(known))
        .in_app(words(N_("Give the app a longer connection timeout.")));
  }
  return made_finding(
             "mqtt-connack-slow", certainty::likely, strength::usual,
             words(
                 N_("The login took {time}: the broker's check of users (plugin, database, DNS) is "
                    "slow, and apps with a shorter limit fail."),
                 {{"time", time_text(first->ms)}}))
      .seen(words(
          N_("Connecting took {connect}, CONNACK came {time} after CONNECT, and no packet was "
             "lost."),
          {{"connect", time_text(client.connect.ms)}, {"time", time_text(first->ms)}}))
      .mend(words(N_("Look at the authentication backend.")))
      .in_app(words(N_("Give the app a longer connection timeout.")));
}

/// The other versions that were tried, as "3.1.1, 3.1".
std::string other_versions(const view& known) {
  std::vector<std::string> tried;
  for (const auto& contact : known.at.contacts) {
    if (contact.purpose == contact_purpose::version && contact.mqtt)
      tried.push_back(contact.mqtt->version);
  }
  return tried.empty() ? "3.1.1" : list_text(tried);
}

/// A broker refuses a CONNECT, or hangs up, at once; a program that waits is a proxy.
constexpr double slowest_refusal_ms = 900;

maybe_finding closed_after_connect(const view& known, exclusions&) {
  const mqtt_fact* const first = mqtt_of_client(known);
  if (first == nullptr ||
      (first->answer != mqtt_answer::closed && first->answer != mqtt_answer::reset))
    return {};
  if (with_connack(known, contact_purpose::version) != nullptr) return {};
  const bool is_websocket = known.client()->websocket && known.client()->websocket->is_done;
  if (is_websocket && !known.client()->websocket->error.empty()) return {};
  const contact* const hello = known.at.find(contact_purpose::hello);
  if (hello != nullptr && hello->tls && hello->tls->saw_server_hello) return {};
  const contact* const quiet = known.at.find(contact_purpose::quiet);
  if (quiet != nullptr && !quiet->mqtt && was_ended_by_peer(*quiet)) return {};
  // A connection that ended before CONNECT was read is a matter of the proxy's causes.
  for (const auto& contact : known.at.contacts) {
    if ((contact.mqtt || contact.purpose == contact_purpose::hello) &&
        was_hung_up_on_silence(contact))
      return {};
  }
  if (broker_of(known) == broker_kind::aws_iot) return {};  // AWS refuses every fault so; see below
  if (known.client()->tls && (known.client()->tls->alert >= 0)) return {};
  const contact* const balanced = known.at.find(contact_purpose::proxy_header);
  if (balanced != nullptr && balanced->mqtt && balanced->mqtt->answer == mqtt_answer::connack)
    return {};
  if (known.at.find(contact_purpose::inside) != nullptr &&
      !known.at.find(contact_purpose::inside)->speaks.empty())
    return {};
  if (known.client()->end_ms > slowest_refusal_ms) return {};
  return made_finding(
             "mqtt-closed-after-connect", certainty::possible, strength::one_of_several,
             words(
                 N_("The other side closes as soon as it reads CONNECT, without a reason: another "
                    "service, or a broker that refuses by hanging up.")))
      .seen(words(hello != nullptr
                      ? N_("Closed {time} after CONNECT; MQTT {version} and TLS fare no better.")
                      : N_("Closed {time} after CONNECT; MQTT {version} fares no better."),
                  {{"time", time_text(first->ms)}, {"version", other_versions(known)}}))
      .apart(words(N_("On the server: who owns the port, and what does its log say?")),
             "sudo ss -ltnp 'sport = :" + known.port() + "'");
}

maybe_finding aws_closes(const view& known, exclusions&) {
  const mqtt_fact* const first = mqtt_of_client(known);
  const contact* const client = known.client();
  if (first == nullptr || broker_of(known) != broker_kind::aws_iot || !client->tls ||
      !client->tls->is_done)
    return {};
  const bool at_connect =
      first->answer == mqtt_answer::closed || first->answer == mqtt_answer::reset;
  bool at_topic = false;
  for (const auto& delivery : known.at.deliveries)
    at_topic = at_topic || delivery.end == connection_end::closed;
  if (!at_connect && !at_topic) return {};
  // Who is let in with another version has its policy.
  if (!at_topic && accepted(known) != nullptr) return {};
  if (client->tls->alert >= 0 || (known.at.port == 443 && known.asked().alpn.empty())) return {};
  return made_finding(
             "auth-aws-policy-close", certainty::likely, strength::seen,
             words(
                 N_("AWS IoT closes instead of answering: the certificate's policy does not allow "
                    "this client identifier or topic, or the certificate is not active.")))
      .seen(words(N_("TLS was done, and the connection was closed {when}, without a reason."),
                  {{"when", at_connect ? N_("after CONNECT") : N_("after SUBSCRIBE or PUBLISH")}}))
      .in_console(words(
          N_("Attach a policy that allows iot:Connect on client/{id}, iot:Subscribe on "
             "topicfilter/{topic}, iot:Publish and iot:Receive on topic/{topic}, and activate "
             "the certificate."),
          {{"id", known.asked().client_id.empty() ? "ID" : known.asked().client_id},
           {"topic", known.asked().topic.empty() ? "..." : known.asked().topic}}));
}

/// The broker accepted the connection and does not answer SUBSCRIBE.
maybe_finding no_suback(const view& known, exclusions&) {
  if (packets_lost(known) > 1) return {};
  for (const auto& delivery : known.at.deliveries) {
    if (!delivery.subscribed || delivery.suback >= 0 || !delivery.end.empty() ||
        delivery.unacknowledged > 0)
      continue;
    made_finding made(
        "mqtt-no-suback", certainty::likely, strength::usual,
        delivery.ping_answered
            ? words(N_("The broker is alive but never answers a subscription: a plugin that "
                       "checks permissions is stuck, or it is no complete broker."))
            : words(N_("The broker accepted the login and then answers nothing more: it is "
                       "stuck.")));
    return made
        .seen(words(N_("SUBSCRIBE to \"{topic}\" got no SUBACK; a ping after it was {answer}."),
                    {{"topic", delivery.topic},
                     {"answer", delivery.ping_answered ? N_("answered") : N_("not answered")}}))
        .mend(restart_of(known).empty()
                  ? words(N_("Look at the broker's log and its plugins; restart it."))
                  : words(N_("Look at the broker's log and its plugins; restart it:")),
              restart_of(known));
  }
  return {};
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"mqtt-not-a-broker", N_("another service has the port, no MQTT broker"), layer::mqtt,
     exit_code::cannot_connect, station::broker, severity::problem, not_a_broker},
    {"mqtt-broker-hung", N_("the broker takes connections and does not answer"), layer::mqtt,
     exit_code::cannot_connect, station::broker, severity::problem, broker_hung},
    {"mqtt-connack-slow", N_("the broker answers CONNECT late, or not every time"), layer::login,
     exit_code::cannot_connect, station::broker, severity::warning, slow_login},
    {"mqtt-closed-after-connect", N_("the other side closes after CONNECT without an answer"),
     layer::mqtt, exit_code::cannot_connect, station::broker, severity::problem,
     closed_after_connect},
    {"auth-aws-policy-close", N_("the AWS IoT policy does not allow this client, and it hangs up"),
     layer::login, exit_code::not_authorised, station::broker, severity::problem, aws_closes},
    {"mqtt-no-suback", N_("the broker never answers a subscription"), layer::permission,
     exit_code::subscribe_refused, station::broker, severity::problem, no_suback},
};

constexpr second_look looks[] = {
    {"mqtt-not-a-broker", silent_service},
    {"mqtt-connack-slow", answers_now_and_then},
};

}  // namespace

cause_table mqtt_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
