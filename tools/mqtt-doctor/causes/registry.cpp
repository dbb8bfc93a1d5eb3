#include "mqtt-doctor/causes/registry.hpp"

#include <algorithm>

namespace mqttkit::doctor {
namespace {

using tools::exit_code;

// Causes that comparing several places, or listening in between, finds: no single place shows them.
constexpr cause_row rows[] = {
    // ---- together: facts of several places compared
    {"input-wrong-address", N_("the address is not one of the broker's machine"), layer::input,
     exit_code::usage, station::client, severity::problem},
    {"dns-differs-by-place", N_("the name leads to different addresses in different places"),
     layer::name, exit_code::name_not_found, station::network, severity::problem},
    {"auth-source-not-allowed", N_("the same login is taken elsewhere and refused from here"),
     layer::login, exit_code::not_authorised, station::broker, severity::problem},

    // ---- listen: what a client and its broker said to each other
    {"delivery-inflight-stall", N_("the app acknowledges nothing, and the broker sends no more"),
     layer::delivery, exit_code::failed, station::broker, severity::problem},
    {"delivery-not-subscribed", N_("the app subscribed to nothing, or not again"), layer::delivery,
     exit_code::failed, station::client, severity::problem},
    {"delivery-no-subscriber", N_("nobody subscribes to what is published"), layer::delivery,
     exit_code::failed, station::broker, severity::note},
    {"delivery-publish-refused",
     N_("the broker refuses a message for a reason that has no entry of its own"), layer::delivery,
     exit_code::failed, station::broker, severity::problem},
    {"mqtt-connack-late", N_("the broker answers CONNECT later than the app waits"), layer::mqtt,
     exit_code::timeout, station::broker, severity::problem},
    {"auth-exchange-stopped", N_("the client does not go on with the exchange of AUTH"),
     layer::login, exit_code::failed, station::client, severity::problem},
    {"mqtt-malformed-broker", N_("what the broker sends breaks MQTT's rules"), layer::mqtt,
     exit_code::failed, station::broker, severity::problem},
    {"mqtt-subscribe-unanswered", N_("the broker never answers a subscription"), layer::delivery,
     exit_code::failed, station::broker, severity::problem},
    {"mqtt-subscribe-refused", N_("the broker refuses a subscription, and not for its rights"),
     layer::delivery, exit_code::failed, station::broker, severity::problem},
    {"ended-by-client", N_("the client ended the connection and gave a reason"), layer::mqtt,
     exit_code::failed, station::client, severity::problem},
    {"session-will-status", N_("a will and its client's status contradict each other"),
     layer::delivery, exit_code::failed, station::client, severity::problem},
    {"path-address-conflict", N_("two machines of one network have the same IP address"),
     layer::path, exit_code::failed, station::network, severity::problem},
    {"delivery-breaks-client", N_("the client hangs up at a message that it is sent"),
     layer::delivery, exit_code::failed, station::client, severity::problem},
    {"mqtt-packet-cut-off", N_("the client stops in the middle of its own packet"), layer::mqtt,
     exit_code::failed, station::client, severity::problem},
    {"session-will-flaps", N_("each lost connection publishes the will"), layer::delivery,
     exit_code::failed, station::broker, severity::note},

    // ---- listen: sessions that break no rule, and yet do not do what was meant
    {"delivery-own-message", N_("a client gets back what it publishes"), layer::delivery,
     exit_code::failed, station::client, severity::note},
    {"delivery-state-stays", N_("a retained state stays although it is no longer true"),
     layer::delivery, exit_code::failed, station::client, severity::note},
    {"delivery-nothing-published", N_("nothing that was published matches the subscription"),
     layer::delivery, exit_code::failed, station::client, severity::note},
    {"delivery-payload-odd", N_("messages hold something that their reader hardly expects"),
     layer::delivery, exit_code::failed, station::client, severity::note},
    {"delivery-shared-turns", N_("each member of a shared subscription gets a part"),
     layer::delivery, exit_code::failed, station::client, severity::note},
    {"delivery-acknowledged-late", N_("the broker takes long to acknowledge each message"),
     layer::delivery, exit_code::failed, station::broker, severity::note},
    {"delivery-response-topic", N_("the answer to a request finds no way back"), layer::delivery,
     exit_code::failed, station::client, severity::note},
    {"session-one-for-each-message", N_("an app connects anew for each message"), layer::delivery,
     exit_code::failed, station::client, severity::note},
    {"delivery-unasked", N_("the broker sends messages that were not asked for"), layer::delivery,
     exit_code::failed, station::broker, severity::note},
    {"delivery-went-silent", N_("a topic is published no more"), layer::delivery, exit_code::failed,
     station::client, severity::note},
    {"delivery-overwritten", N_("two clients replace each other's retained messages"),
     layer::delivery, exit_code::failed, station::client, severity::note},
    {"session-identifier-changes", N_("an app that keeps its session changes its identifier"),
     layer::delivery, exit_code::failed, station::client, severity::note},
    {"delivery-filter-wide", N_("a filter takes in more than was meant"), layer::delivery,
     exit_code::failed, station::client, severity::note},
    {"delivery-flood", N_("one client makes most of the messages"), layer::delivery,
     exit_code::failed, station::client, severity::note},

    {"delivery-backlog-sent", N_("a client sends old messages anew when it connects"),
     layer::delivery, exit_code::failed, station::client, severity::note},
    {"delivery-discovery-fault", N_("an announcement does not make a device known as it is"),
     layer::delivery, exit_code::failed, station::client, severity::note},
    {"delivery-command-unheeded", N_("a command arrives, and the device does not react to it"),
     layer::delivery, exit_code::failed, station::client, severity::note},
    {"delivery-not-sent", N_("no message leaves the app, or it leaves before one is taken"),
     layer::delivery, exit_code::failed, station::client, severity::note},
    {"session-no-will", N_("nobody is told when a client goes"), layer::delivery, exit_code::failed,
     station::client, severity::note},
    {"session-client-leaves", N_("the client itself ends its connections again and again"),
     layer::delivery, exit_code::failed, station::client, severity::note},

    // ---- listen: a client as a whole; these end the program with 0
    {"broker-unreachable", N_("the broker named by --forward could not be reached"), layer::proxy,
     exit_code::done, station::proxy, severity::problem},
    {"nobody-came", N_("nobody connected while it listened"), layer::port, exit_code::timeout,
     station::network, severity::problem},
    {"silent", N_("a client connected and sent nothing"), layer::port, exit_code::done,
     station::network, severity::note},
    {"cut-off", N_("a client sent a few bytes and left"), layer::path, exit_code::done,
     station::network, severity::note},
    {"tls-arrived", N_("a client spoke TLS where TLS is expected"), layer::tls, exit_code::done,
     station::broker, severity::note},
    {"tls-stands", N_("client and broker speak TLS with each other"), layer::tls, exit_code::done,
     station::broker, severity::note},
    {"certificate-refused", N_("the client refused the broker's certificate"), layer::tls,
     exit_code::done, station::broker, severity::problem},
    {"tls-hung-up", N_("the client hung up when it had seen the broker's certificate"), layer::tls,
     exit_code::done, station::broker, severity::problem},
    {"proxy-connect-refused", N_("an HTTP proxy refuses the way to the broker"), layer::proxy,
     exit_code::failed, station::proxy, severity::problem},
    {"ws-wrong-accept", N_("the answer to the WebSocket upgrade is another connection's"),
     layer::websocket, exit_code::failed, station::proxy, severity::problem},
    {"session-left-without-disconnect", N_("the client ends connections without DISCONNECT"),
     layer::delivery, exit_code::failed, station::client, severity::note},
    {"tls-unanswered", N_("a ClientHello got no answer of TLS"), layer::tls, exit_code::done,
     station::broker, severity::problem},
    {"tls-ended-by-client", N_("the client ended TLS with an alert"), layer::tls, exit_code::done,
     station::broker, severity::problem},
    {"tls-refused", N_("the broker ended TLS with an alert"), layer::tls, exit_code::done,
     station::broker, severity::problem},
    {"websocket-without-connect", N_("a WebSocket opened, and no CONNECT came"), layer::websocket,
     exit_code::done, station::broker, severity::note},
    {"http", N_("a browser or another HTTP client came"), layer::mqtt, exit_code::done,
     station::broker, severity::note},
    {"other-protocol", N_("a client spoke something else than MQTT, TLS or HTTP"), layer::mqtt,
     exit_code::done, station::broker, severity::note},
    {"seen-in-part", N_("not enough of a connection was captured to judge it"), layer::mqtt,
     exit_code::done, station::broker, severity::note},
    {"connect-cut-off", N_("a CONNECT began and never ended"), layer::mqtt, exit_code::done,
     station::broker, severity::problem},
    {"mqtt-arrived", N_("a client sent its CONNECT: the way is open"), layer::mqtt, exit_code::done,
     station::broker, severity::note},
    {"mqtt-accepted", N_("the broker let the client in"), layer::login, exit_code::done,
     station::broker, severity::note},
    {"ended-by-broker", N_("the broker let the client in and then ended the connection"),
     layer::login, exit_code::done, station::broker, severity::problem},
    {"sn-arrived", N_("a client of MQTT-SN sent its CONNECT: the way is open"), layer::mqtt,
     exit_code::done, station::broker, severity::note},
    {"sn-accepted", N_("the gateway let the client in"), layer::login, exit_code::done,
     station::broker, severity::note},
    {"sn-without-connection", N_("messages of QoS -1 came, which nobody answers"), layer::mqtt,
     exit_code::done, station::broker, severity::note},
    {"sn-searched", N_("a client searched for a gateway and did not connect"), layer::mqtt,
     exit_code::done, station::broker, severity::note},
    {"sn-joined-late", N_("a client of MQTT-SN was connected before anybody listened"), layer::mqtt,
     exit_code::done, station::broker, severity::note},
    {"sn-other-protocol", N_("datagrams came that are no MQTT-SN"), layer::mqtt, exit_code::done,
     station::broker, severity::note},

    // ---- failures that no cause explains
    {"symptom-unexplained", N_("nothing that was seen explains what the user sees"),
     layer::delivery, exit_code::failed, station::client, severity::problem},
    {"delivery-reaches-app", N_("every message was sent to the app that asked for it"),
     layer::delivery, exit_code::failed, station::client, severity::problem},
    {"unknown", N_("what was seen fits no cause this program knows"), layer::mqtt,
     exit_code::cannot_connect, station::broker, severity::problem},
};

cause_table causes_without_function() { return {rows, {}}; }

struct registry {
  std::vector<cause_row> rows;
  std::vector<second_look> looks;

  registry() {
    for (const auto table :
         {input_causes,       typed_host_causes,  name_causes,         name_address_causes,
          port_causes,        unreachable_causes, way_out_causes,      own_way_causes,
          path_causes,        proxy_causes,       tls_causes,          tls_alert_causes,
          certificate_causes, websocket_causes,   web_answer_causes,   version_causes,
          mqtt_causes,        refusal_causes,     broker_limit_causes, login_causes,
          permission_causes,  topic_causes,       route_causes,        acknowledgement_causes,
          told_reason_causes, delivery_causes,    offline_causes,      message_kind_causes,
          symptom_causes,     watch_causes,       gateway_causes,      gateway_message_causes,
          host_causes,        host_kernel_causes, host_symptom_causes, phone_causes,
          phone_look_causes,  capture_causes,     capture_flow_causes, causes_without_function}) {
      const cause_table here = table();
      rows.insert(rows.end(), here.rows.begin(), here.rows.end());
      for (const cause_row& row : here.rows)
        if (row.weigh != nullptr) looks.push_back({row.id, row.weigh});
      looks.insert(looks.end(), here.looks.begin(), here.looks.end());
    }
  }
};

const registry& all() {
  static const registry joined;
  return joined;
}

}  // namespace

std::span<const cause_row> cause_rows() { return all().rows; }

std::span<const second_look> all_looks() { return all().looks; }

const cause_row* find_cause(std::string_view id) noexcept {
  const auto every = cause_rows();
  const auto found =
      std::find_if(every.begin(), every.end(), [&](const cause_row& row) { return row.id == id; });
  return found == every.end() ? nullptr : &*found;
}

const cause_row& cause_of(std::string_view id) noexcept {
  if (const cause_row* const found = find_cause(id); found != nullptr) return *found;
  const auto every = cause_rows();
  return *std::find_if(every.begin(), every.end(),
                       [](const cause_row& row) { return row.id == unknown_cause; });
}

}  // namespace mqttkit::doctor
