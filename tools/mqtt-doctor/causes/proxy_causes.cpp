// Programs in front of the broker that accept its connections: proxies, tunnels, balancers.
#include <algorithm>
#include <cmath>

#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {
namespace {

/// haproxy tries a dead backend three times, with a second between.
constexpr double three_retries_ms = 3000;
constexpr double time_tolerance_ms = 150;  // a busy machine is late

/// Whether CONNECT was followed by the end of the connection, without any answer.
bool was_closed_without_answer(const view& known) {
  const contact* const client = known.client();
  if (client == nullptr) return false;
  // With TLS the ClientHello may have been followed by that end instead.
  if (client->tls && !client->tls->is_done) {
    return !client->tls->saw_server_hello && client->tls->alert < 0 && was_ended_by_peer(*client);
  }
  return client->mqtt && (client->mqtt->answer == mqtt_answer::closed ||
                          client->mqtt->answer == mqtt_answer::reset);
}

/// Whether no probe of this endpoint got any byte back.
bool nothing_ever_answered(const view& known) {
  for (const auto& contact : known.at.contacts) {
    if (contact.mqtt && contact.mqtt->answer == mqtt_answer::connack) return false;
    if (contact.tls && contact.tls->saw_server_hello && contact.purpose == contact_purpose::hello)
      return false;
    if (!contact.speaks.empty() && contact.speaks != spoken_protocol::unknown) return false;
  }
  return true;
}

/// A connection that the other side ended before we had sent a byte: the probe that keeps silent,
/// or another one whose end came faster than CONNECT.
const contact* closed_on_silence(const view& known) {
  const contact* outrun = nullptr;
  for (const auto& contact : known.at.contacts) {
    if (!was_hung_up_on_silence(contact)) continue;
    if (contact.purpose == contact_purpose::quiet) return &contact;
    if (contact.mqtt || contact.purpose == contact_purpose::hello) outrun = &contact;
  }
  return outrun;
}

bool closes_on_silence(const view& known) { return closed_on_silence(known) != nullptr; }

/// The pause counts from the connection or from CONNECT: the proxy begins to try between the two.
bool is_after_three_seconds(const contact& connection) {
  if (!was_ended_by_peer(connection)) return false;
  const auto fits = [](double ms) {
    return ms > three_retries_ms - time_tolerance_ms && ms < three_retries_ms + time_tolerance_ms;
  };
  const double since_connect = connection.mqtt ? connection.mqtt->ms : connection.end_ms;
  return fits(connection.end_ms) || fits(since_connect) ||
         (since_connect < three_retries_ms && connection.end_ms > three_retries_ms);
}

/// haproxy has read our bytes and closes in order (FIN); a program that has not read them resets.
bool is_after_three_retries(const contact& connection) {
  return is_after_three_seconds(connection) && connection.end == connection_end::closed;
}

sentence silent_close_words(const view& known) {
  const contact& quiet = *closed_on_silence(known);
  return words(
      N_("A connection that says nothing was closed by the other side after {time}, before a "
         "byte was sent."),
      {{"time", time_text(quiet.end_ms)}});
}

/// The log of the proxy that holds the port, or of the usual ones.
std::string proxy_log_command(const view& known) {
  std::string holder;
  if (known.all.host) {
    for (const listener_fact& socket : known.all.host->listeners)
      if (socket.port == known.at.port && !is_loopback(socket.address)) holder = socket.process;
  }
  if (holder == "nginx") return "sudo tail -n 20 /var/log/nginx/error.log";
  if (holder == "docker-proxy") return "sudo docker ps";
  if (!holder.empty()) return "sudo journalctl -u " + shell_word(holder) + " -n 20";
  return "sudo tail -n 20 /var/log/nginx/error.log /var/log/haproxy.log";
}

maybe_finding backend_down(const view& known, exclusions& excluded) {
  if (!was_closed_without_answer(known) || !nothing_ever_answered(known)) return {};
  if (!closes_on_silence(known)) {
    if (stays_open_in_silence(known)) {
      exclude(excluded, "proxy-backend-down",
              words(N_("The connection stays open while nothing is sent.")));
    }
    return {};
  }
  if (is_after_three_retries(*known.client())) return {};
  return made_finding(
             "proxy-backend-down", certainty::possible, strength::one_of_several,
             words(N_("Something accepts connections on port {port} and hangs up before a word is "
                      "said: docker's port forwarding or a proxy, which finds nobody behind. The "
                      "broker there does not run, or listens at 127.0.0.1 inside its container "
                      "alone, as mosquitto does without a listener line."),
                   {{"port", known.port()}}))
      .seen(silent_close_words(known))
      .mend(words(N_("If the broker is in a container and runs, let it listen on all addresses "
                     "there (mosquitto: \"listener PORT\" in its configuration, with users and "
                     "passwords).")))
      .look(words(N_("Else start the broker, and check the address the proxy forwards to:")),
            proxy_log_command(known))
      .apart(words(N_("On the server: who owns the port, and what does its log say?")),
             "sudo ss -ltnp 'sport = :" + known.port() + "'");
}

maybe_finding max_connections(const view& known, exclusions&) {
  if (!was_closed_without_answer(known) || !nothing_ever_answered(known) ||
      !closes_on_silence(known)) {
    return {};
  }
  if (is_after_three_retries(*known.client())) return {};
  made_finding made(
      "mqtt-max-connections", certainty::possible, strength::hint,
      words(N_("The broker may be full (max_connections): it accepts and closes at once.")));
  made.seen(silent_close_words(known))
      .mend(words(N_("Raise the broker's limit of connections (mosquitto: max_connections), and "
                     "find clients that leak connections.")));
  look_in_log(made, known, words(N_("On the server:")),
              words(N_("The broker's log tells of connections beyond its limit then.")),
              "max_connections");
  return made;
}

maybe_finding access_filter(const view& known, exclusions&) {
  if (!was_closed_without_answer(known) || !nothing_ever_answered(known) ||
      !closes_on_silence(known)) {
    return {};
  }
  if (is_after_three_retries(*known.client())) return {};
  // Of the brokers only mosquitto uses TCP wrappers.
  made_finding made(
      "mqtt-access-filter", certainty::possible, strength::hint,
      words(N_("TCP wrappers on the server (/etc/hosts.deny) may reject this address.")));
  made.seen(silent_close_words(known));
  if (broker_of(known) == broker_kind::mosquitto) {
    made.mend(words(N_("Allow the broker in /etc/hosts.allow:")),
              "printf '\\nmosquitto: ALL\\n' | sudo tee -a /etc/hosts.allow");
  } else {
    made.mend(words(N_("If it is mosquitto, allow it in /etc/hosts.allow.")));
  }
  return made.apart(words(N_("On the server:")), "cat /etc/hosts.deny");
}

maybe_finding proxy_protocol_unexpected(const view& known, exclusions&) {
  if (!was_closed_without_answer(known) || !nothing_ever_answered(known) ||
      !closes_on_silence(known)) {
    return {};
  }
  if (is_after_three_retries(*known.client())) return {};
  made_finding made(
      "proxy-protocol-unexpected", certainty::possible, strength::fits,
      words(N_("A load balancer may put a PROXY header in front, which this broker does not "
               "understand (mosquitto 2.0 does not).")));
  made.seen(silent_close_words(known))
      .in_console(
          words(N_("Switch \"proxy protocol\" off in the load balancer (send-proxy in haproxy, "
                   "proxy_protocol in nginx), or use a listener that supports it.")));
  look_in_log(made, known,
              words(N_("The broker's log has one protocol error for each attempt then:")),
              words(N_("The broker's log has one protocol error for each attempt then.")),
              "protocol error");
  return made;
}

maybe_finding source_denied(const view& known, exclusions&) {
  if (!was_closed_without_answer(known) || !nothing_ever_answered(known) ||
      !closes_on_silence(known)) {
    return {};
  }
  if (is_after_three_retries(*known.client())) return {};
  const bool is_reset = closed_on_silence(known)->end == connection_end::reset;
  return made_finding("proxy-source-denied", certainty::possible,
                      is_reset ? strength::fits : strength::general,
                      words(N_("The proxy in front of the broker may reject this address.")))
      .seen(silent_close_words(known))
      .mend(words(N_("Add this address to the proxy's allow list.")))
      .apart(words(N_("Run this from another network; if it works there, this is it:")),
             doctor_command(known));
}

maybe_finding backend_retrying(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !client->connect.is_connected() || !is_after_three_seconds(*client))
    return {};
  if (client->mqtt && client->mqtt->answer == mqtt_answer::connack) return {};
  const bool is_in_order = is_after_three_retries(*client);
  // A router by server name (SNI) with a dead default backend looks the same when no name is sent.
  return made_finding(
             "proxy-backend-down-retrying", is_in_order ? certainty::likely : certainty::possible,
             is_in_order ? strength::agreed : strength::one_of_several,
             words(N_("Closed after exactly three seconds: haproxy gave up on a broker that is "
                      "down.")))
      .seen(words(
          N_("Nothing was received, and the connection was closed after {time}; haproxy tries "
             "three times, a second apart."),
          {{"time", time_text(client->end_ms)}}))
      .look(words(N_("Start the broker, or correct the server line in haproxy.cfg:")),
            "sudo tail -n 20 /var/log/haproxy.log");
}

/// Whether another connection ended sooner: a limit would hold each time, a busy machine only once.
bool was_late_once(const view& known) {
  for (const auto& contact : known.at.contacts) {
    if (contact.purpose == contact_purpose::client || contact.purpose == contact_purpose::address ||
        !was_ended_by_peer(contact))
      continue;
    if (contact.end_ms < known.client()->end_ms / 2) return true;
  }
  return false;
}

maybe_finding backend_black_hole(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !client->connect.is_connected() || !was_ended_by_peer(*client))
    return {};
  if (client->mqtt && client->mqtt->answer == mqtt_answer::connack) return {};
  if (!client->speaks.empty() || is_after_three_retries(*client)) return {};
  constexpr double shortest_ms = 900;
  if (client->end_ms < shortest_ms || client->connect.outcome != connect_outcome::connected)
    return {};
  if (was_late_once(known)) return {};
  if (client->tls && client->tls->alert >= 0) return {};
  const double seconds = client->end_ms / 1000;
  const bool is_round = std::abs(seconds - std::round(seconds)) < 0.06;
  return made_finding(
             "proxy-backend-black-hole", certainty::possible,
             is_round ? strength::first_of_several : strength::one_of_several,
             words(
                 N_("Closed after {time} without an answer: a proxy that cannot reach its broker, "
                    "or whose queue is full."),
                 {{"time", time_text(client->end_ms)}}))
      .seen(words(
          N_("The connection stood, our packet was confirmed, and the other side closed after "
             "{time}."),
          {{"time", time_text(client->end_ms)}}))
      .look(words(N_("Let the proxy reach the broker (security group between them), and look at "
                     "its log:")),
            "sudo grep -e 'upstream timed out' -e sQ /var/log/nginx/error.log /var/log/haproxy.log")
      .apart(words(
          N_("With flag sQ in haproxy's log the queue is full (raise maxconn); with \"upstream "
             "timed out\" the broker is out of reach.")));
}

maybe_finding queue_full(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !client->connect.is_connected() || !was_ended_by_peer(*client))
    return {};
  if (!client->speaks.empty() || is_after_three_retries(*client)) return {};
  if (client->mqtt && client->mqtt->answer == mqtt_answer::connack) return {};
  constexpr double shortest_ms = 900;
  if (client->end_ms < shortest_ms || was_late_once(known)) return {};
  return made_finding("proxy-queue-full", certainty::possible, strength::one_of_several,
                      words(N_("The proxy may allow only so many connections and queue the rest.")))
      .seen(words(N_("The other side closed after {time} without a byte."),
                  {{"time", time_text(client->end_ms)}}))
      .mend(words(N_("Raise maxconn: MQTT connections stay for long.")))
      .apart(words(N_("In haproxy's log a full queue has the flag sQ:")),
             "sudo grep sQ /var/log/haproxy.log");
}

maybe_finding proxy_protocol_expected(const view& known, exclusions&) {
  const contact* const balanced = known.at.find(contact_purpose::proxy_header);
  if (balanced == nullptr) return {};
  const bool is_taken = balanced->mqtt && balanced->mqtt->answer == mqtt_answer::connack;
  const bool is_greeted = balanced->tls && balanced->tls->saw_server_hello;
  const bool is_upgraded = balanced->websocket && balanced->websocket->is_done;
  if (!is_taken && !is_greeted && !is_upgraded) return {};
  made_finding made(
      "proxy-protocol-expected", certainty::certain, strength::told,
      words(N_("Port {port} takes connections from its load balancer only: it expects the "
               "PROXY protocol."),
            {{"port", known.port()}}));
  made.seen(is_greeted || is_upgraded
                ? words(N_("What clients say first was cut off; behind the line a load balancer "
                           "sends before it, the same was answered."))
                : words(N_("A plain CONNECT was cut off; with the line a load balancer sends "
                           "first, the broker answered CONNACK.")));
  return made
      .in_app(
          words(N_("Connect to the load balancer, or to a listener without the PROXY protocol.")))
      .mend(words(
          N_("Or switch it off: proxy_protocol in nginx's listen line, or in the listener of EMQX "
             "or another broker.")));
}

/// The greeting was hung up on with the name and without it.
maybe_finding unrouted_name(const view& known, const contact& client) {
  const contact* const without = known.at.find(contact_purpose::no_sni);
  const contact* const plain = known.at.find(contact_purpose::plain);
  if (without == nullptr || !without->tls || without->tls->saw_server_hello ||
      !was_ended_by_peer(*without) || plain == nullptr || !plain->speaks.empty() ||
      !stays_open_in_silence(known))
    return {};
  return made_finding(
             "proxy-sni-router", certainty::possible, strength::first_of_several,
             words(N_("A proxy may choose the broker by TLS server name, and has no route for "
                      "\"{name}\", or the broker behind that route is down."),
                   {{"name", client.tls->server_name}}))
      .seen(words(N_("The TLS greeting was hung up on after {time} without an alert, with the name "
                     "and without it; so was a CONNECT without TLS."),
                  {{"time", time_text(client.tls->ms)}}))
      .seen(words(N_("The connection stays open while nothing is sent.")))
      .mend(words(N_("Add the name to its routes (Traefik: HostSNI, haproxy: req.ssl_sni, nginx: "
                     "ssl_preread, ingress: host), and see that the broker behind it runs.")));
}

maybe_finding sni_router(const view& known, exclusions&) {
  const contact* const client = known.client();
  if (client == nullptr || !client->tls || client->tls->is_done || client->tls->saw_server_hello)
    return {};
  if (client->tls->alert >= 0) return {};
  const contact* const balanced = known.at.find(contact_purpose::proxy_header);
  if (balanced != nullptr && balanced->tls && balanced->tls->saw_server_hello) return {};
  if (client->tls->end != connection_end::closed && client->tls->end != connection_end::reset)
    return {};
  const contact* const plain = known.at.find(contact_purpose::plain);
  if (plain != nullptr && plain->mqtt && plain->mqtt->answer == mqtt_answer::connack) return {};
  if (with_connack(known, contact_purpose::raw) != nullptr) return {};
  // Who hangs up before the greeting does not go by what is in it.
  if (closes_on_silence(known)) return {};
  const std::string& name = client->tls->server_name;
  if (!name.empty()) return unrouted_name(known, *client);
  return made_finding(
             "proxy-sni-router", certainty::possible, strength::first_of_several,
             words(N_("This endpoint may choose the broker by TLS server name; dialled by address "
                      "there is no name.")))
      .seen(words(N_("Without a server name the TLS greeting was closed after {time}."),
                  {{"time", time_text(client->tls->ms)}}))
      .in_app(words(N_("Connect by the published name, with SNI switched on.")))
      .apart(words(N_("With the name:")), "mqtt-doctor mqtts://NAME:" + known.port());
}

/// A proxy ends TLS and passes plain bytes on to a listener that expects TLS again.
maybe_finding tls_inside_tls(const view& known, exclusions&) {
  const contact* const inside = known.at.find(contact_purpose::inside);
  if (inside == nullptr ||
      (inside->speaks != spoken_protocol::tls && inside->speaks != spoken_protocol::tls_alert))
    return {};
  return made_finding(
             "tls-inside-tls", certainty::certain, strength::told,
             words(
                 N_("Behind the TLS of port {port} there is TLS once more: the proxy that ends it "
                    "forwards to the broker's TLS listener."),
                 {{"port", known.port()}}))
      .seen(words(N_("CONNECT inside TLS was hung up on, in each version of MQTT tried.")))
      .seen(words(N_("A TLS greeting inside TLS was answered: {bytes}."),
                  {{"bytes", inside->received.substr(0, 10)}}))
      .mend(words(N_("Forward to the broker's plain listener (connect = 127.0.0.1:1883 in "
                     "stunnel, proxy_pass 127.0.0.1:1883 in nginx), or hand TLS through unopened "
                     "(mode tcp without ssl in haproxy, no ssl in nginx's listen line).")));
}

maybe_finding terminator_backend_down(const view& known, exclusions& excluded) {
  const contact* const client = known.client();
  if (client == nullptr || !client->tls || !client->tls->is_done || !client->mqtt) return {};
  if (client->mqtt->answer != mqtt_answer::closed && client->mqtt->answer != mqtt_answer::reset)
    return {};
  if (client->tls->alert >= 0 || client->tls->saw_certificate_request || known.is_websocket())
    return {};
  if (accepted(known) != nullptr || with_connack(known, contact_purpose::version) != nullptr)
    return {};
  const auto broker = broker_of(known);
  if (broker == broker_kind::aws_iot) return {};
  // A broker that refuses CONNECT waits until it arrives.
  if (stays_open_in_silence(known)) {
    exclude(excluded, "tls-terminator-backend-down",
            words(N_("The connection stays open while nothing is sent.")));
    return {};
  }
  // A program that waits before it closes is trying to reach another, which other causes report.
  constexpr double at_once_ms = 900;
  if (client->mqtt->ms > at_once_ms) return {};
  return made_finding(
             "tls-terminator-backend-down", certainty::likely, strength::usual,
             words(N_("TLS works and then the connection is closed: it ends at a proxy (stunnel, "
                      "nginx, a load balancer) whose broker is down.")))
      .seen(words(
          N_("The handshake was done; the connection closed {time} after CONNECT, without an alert "
             "and without CONNACK, in each version of MQTT tried."),
          {{"time", time_text(client->mqtt->ms)}}))
      .mend(
          words(N_("Start the broker, and check where the proxy forwards to (connect = in stunnel, "
                   "proxy_pass in nginx).")))
      .apart(words(N_("On the server, the proxy's log says \"Connection refused\" then:")),
             "sudo journalctl -u stunnel4 -u nginx -u haproxy -n 20");
}

/// In words, how a connection that was not let in ended.
sentence failure_words(const contact& failed) {
  const places where{{"time", time_text(failed.end_ms)}};
  if (!failed.connect.is_connected()) {
    return words(N_("One did not get through: {error}."), {{"error", failed.connect.error}});
  }
  if (failed.mqtt && failed.mqtt->answer == mqtt_answer::connack) {
    return words(N_("One was answered CONNACK {code}: a broker that is set up differently."),
                 {{"code", std::to_string(failed.mqtt->reason)}});
  }
  if (!failed.mqtt && failed.websocket && failed.websocket->status != 0) {
    return words(N_("One was answered by HTTP {status} instead of WebSocket."),
                 {{"status", std::to_string(failed.websocket->status)}});
  }
  if (was_ended_by_peer(failed))
    return words(N_("One was hung up on after {time}, without an answer."), where);
  return words(N_("One got no answer in {time}."), where);
}

/// Of equal connections some are let in and some are not.
maybe_finding backends_differ(const view& known, exclusions&) {
  const auto equals = equals_that_differ(known);
  if (!equals) return {};
  const std::size_t failed = equals->failed.size();
  // A connection that failed only by being late may have met a busy machine, or a broker's pause.
  constexpr double pause_ms = 5500;
  const bool was_late_only =
      std::all_of(equals->failed.begin(), equals->failed.end(), [](const contact* each) {
        const bool is_told = each->mqtt && each->mqtt->answer == mqtt_answer::connack;
        const bool is_refused = each->connect.outcome == connect_outcome::refused;
        return !is_told && !is_refused && !was_ended_by_peer(*each) && each->end_ms < pause_ms;
      });
  made_finding made(
      "proxy-backends-differ", was_late_only ? certainty::possible : certainty::likely,
      was_late_only ? strength::one_of_several : strength::agreed,
      words(N_("Of {count} connections that were made alike {failed} failed: several servers stand "
               "behind {target}, and one of them is down or set up differently."),
            {{"count", std::to_string(failed + equals->let_in.size())},
             {"failed", std::to_string(failed)},
             {"target", dialled(known)}}));
  made.seen(words(N_("{count} were let in."), {{"count", std::to_string(equals->let_in.size())}}));
  for (const contact* each : equals->failed) made.seen(failure_words(*each));
  made.mend(words(N_("In the balancer's list of servers start the one that is down or take it out, "
                     "set all up alike, and let the balancer check them (haproxy: check on each "
                     "server line).")))
      .look(words(N_("Which one fails, its log says:")),
            "sudo journalctl -u haproxy -u nginx -n 20")
      .apart(words(N_("A broker that was started anew in this moment looks the same; then it does "
                      "not happen again:")),
             doctor_command(known));
  if (was_late_only) made.warning();
  return made;
}

using tools::exit_code;

constexpr cause_row rows[] = {
    {"proxy-backends-differ", N_("of several servers behind one address one is down or different"),
     layer::proxy, exit_code::cannot_connect, station::proxy, severity::problem, backends_differ},
    {"proxy-backend-down", N_("a proxy takes the connection, and the broker behind it is down"),
     layer::proxy, exit_code::cannot_connect, station::proxy, severity::problem, backend_down},
    {"proxy-source-denied", N_("a proxy rejects this address"), layer::proxy,
     exit_code::cannot_connect, station::proxy, severity::problem, source_denied},
    {"mqtt-max-connections", N_("the broker has as many connections as it may have"), layer::mqtt,
     exit_code::cannot_connect, station::broker, severity::problem, max_connections},
    {"mqtt-access-filter", N_("TCP wrappers on the server turn clients away"), layer::mqtt,
     exit_code::cannot_connect, station::broker, severity::problem, access_filter},
    {"proxy-protocol-unexpected",
     N_("a PROXY protocol header arrives, which the broker does not expect"), layer::proxy,
     exit_code::cannot_connect, station::proxy, severity::problem, proxy_protocol_unexpected},
    {"proxy-backend-down-retrying", N_("a proxy tries a broker that is down and then gives up"),
     layer::proxy, exit_code::cannot_connect, station::proxy, severity::problem, backend_retrying},
    {"proxy-backend-black-hole", N_("a proxy waits in vain for a broker that does not answer"),
     layer::proxy, exit_code::cannot_connect, station::proxy, severity::problem,
     backend_black_hole},
    {"proxy-queue-full", N_("a proxy allows so many connections and queues the rest"), layer::proxy,
     exit_code::cannot_connect, station::proxy, severity::problem, queue_full},
    {"proxy-protocol-expected", N_("the port expects the PROXY protocol of its load balancer"),
     layer::proxy, exit_code::cannot_connect, station::proxy, severity::problem,
     proxy_protocol_expected},
    {"proxy-sni-router",
     N_("the endpoint chooses the broker by TLS server name, and none was sent"), layer::proxy,
     exit_code::cannot_connect, station::proxy, severity::problem, sni_router},
    {"tls-inside-tls", N_("behind the TLS of a proxy there is the broker's TLS once more"),
     layer::proxy, exit_code::tls, station::proxy, severity::problem, tls_inside_tls},
    {"tls-terminator-backend-down", N_("the proxy that ends TLS cannot reach the broker"),
     layer::proxy, exit_code::cannot_connect, station::proxy, severity::problem,
     terminator_backend_down},
};

}  // namespace

cause_table proxy_causes() { return {rows, {}}; }

}  // namespace mqttkit::doctor
