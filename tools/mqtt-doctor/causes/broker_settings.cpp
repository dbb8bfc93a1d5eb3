#include "mqtt-doctor/causes/broker_settings.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {
namespace {

struct setting_row {
  broker_setting what;
  const char* does;  ///< as a sentence begins: "Keep sessions on disk"
  /// The setting as each broker's file takes it; nullptr where that broker has none, or needs none.
  const char* mosquitto;
  const char* emqx;
  const char* rabbitmq;
  const char* hivemq;
  const char* vernemq;
  const char* nanomq;
};

constexpr std::array<setting_row, 9> rows{{
    {broker_setting::kept_sessions, N_("Keep sessions on disk"),
     "persistence true\npersistence_location /var/lib/mosquitto/", "durable_sessions.enable = true",
     "mqtt.max_session_expiry_interval_seconds = 86400",
     "<persistence><mode>file</mode></persistence>", "persistent_client_expiration = 1d", nullptr},
    {broker_setting::queue_length, N_("Raise the limit of waiting messages"),
     "max_queued_messages 10000", "mqtt.max_mqueue_len = 10000", nullptr,
     "<mqtt><queued-messages><max-queue-size>10000</max-queue-size></queued-messages></mqtt>",
     "max_offline_messages = 10000", "mqtt.max_mqueue_len = 10000"},
    {broker_setting::retained_messages, N_("Switch retained messages on"), "retain_available true",
     "mqtt.retain_available = true", nullptr,
     "<mqtt><retained-messages><enabled>true</enabled></retained-messages></mqtt>", nullptr,
     "mqtt.retain_available = true"},
    {broker_setting::packet_size, N_("Raise the limit of a message's size"),
     "message_size_limit 268435455\nmax_packet_size 268435455", "mqtt.max_packet_size = 256MB",
     "mqtt.max_packet_size_authenticated = 268435455",
     "<mqtt><packets><max-packet-size>268435460</max-packet-size></packets></mqtt>",
     "max_message_size = 0", "mqtt.max_packet_size = 256MB"},
    {broker_setting::quality, N_("Allow QoS 2"), "max_qos 2", "mqtt.max_qos_allowed = 2", nullptr,
     "<mqtt><quality-of-service><max-qos>2</max-qos></quality-of-service></mqtt>", nullptr,
     nullptr},
    {broker_setting::window, N_("Allow more unacknowledged messages"), "max_inflight_messages 20",
     "mqtt.max_inflight = 32", "mqtt.prefetch = 10",
     "<mqtt><receive-maximum><server-receive-maximum>10</server-receive-maximum>"
     "</receive-maximum></mqtt>",
     "max_inflight_messages = 20", "mqtt.max_inflight_window = 32"},
    {broker_setting::empty_identifier, N_("Let the broker give out identifiers"),
     "allow_zero_length_clientid true", nullptr, nullptr,
     "<security><allow-empty-client-id><enabled>true</enabled></allow-empty-client-id></security>",
     nullptr, nullptr},
    {broker_setting::client_certificate,
     N_("Demand no client certificate, once users and passwords guard the broker"),
     "require_certificate false", "listeners.ssl.default.ssl_options.verify = verify_none",
     "ssl_options.verify = verify_none\nssl_options.fail_if_no_peer_cert = false",
     "<client-authentication-mode>NONE</client-authentication-mode>",
     "listener.ssl.require_certificate = off",
     "listeners.ssl.verify_peer = false\nlisteners.ssl.fail_if_no_peer_cert = false"},
    {broker_setting::tls_1_2, N_("Let the broker take TLS 1.2 too"), "tls_version tlsv1.2",
     "listeners.ssl.default.ssl_options.versions = [\"tlsv1.3\", \"tlsv1.2\"]",
     "ssl_options.versions.1 = tlsv1.3\nssl_options.versions.2 = tlsv1.2",
     "<protocols><protocol>TLSv1.3</protocol><protocol>TLSv1.2</protocol></protocols>",
     "listener.ssl.tls_version = tlsv1.2", nullptr},
}};

struct named_line {
  const char* text;
  const char* file;
};

named_line line_of(const setting_row& row, broker_kind broker) {
  switch (broker) {
    case broker_kind::mosquitto:
      return {row.mosquitto, "mosquitto.conf"};
    case broker_kind::emqx:
      return {row.emqx, "base.hocon"};  // as dashboard changes: wins over emqx.conf
    case broker_kind::rabbitmq:
      return {row.rabbitmq, "rabbitmq.conf"};
    case broker_kind::hivemq:
      return {row.hivemq, "config.xml"};
    case broker_kind::vernemq:
      return {row.vernemq, "vernemq.conf"};
    case broker_kind::nanomq:
      return {row.nanomq, "nanomq.conf"};
    default:
      return {nullptr, ""};
  }
}

static_assert(std::all_of(std::begin(rows), std::end(rows),
                          [](const setting_row& row) { return row.mosquitto != nullptr; }));

/// "mosquitto: max_qos; EMQX: mqtt.max_qos_allowed": names alone, nothing to be copied.
std::string names_of(const setting_row& row) {
  const auto first_word = [](std::string_view text) {
    return std::string(text.substr(0, text.find_first_of(" =\n")));
  };
  std::string out = "mosquitto: " + first_word(row.mosquitto);
  if (row.emqx != nullptr) out += "; EMQX: " + first_word(row.emqx);
  if (row.rabbitmq != nullptr) out += "; RabbitMQ: " + first_word(row.rabbitmq);
  return out;
}

}  // namespace

namespace {

/// mosquitto keeps sessions on disk already, and they are lost all the same: by an end that was no
/// orderly one, or because it may not write there.
bool keep_better(made_finding& made, const view& known) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at) || at->setting("persistence") != "true") return false;
  exclusions ignored;
  if (const auto closed = host_store_closed(known, ignored)) {
    made.seen(closed->cause);
    for (const cure& each : closed->cures) made.mend(each.what, each.command);
    return true;
  }
  const std::string interval = at->setting("autosave_interval");
  made.seen(words(
      N_("{file} says persistence true: it saves every {interval} s, and when it is ended in "
         "an orderly way; killed or without power it loses what came since."),
      {{"file", at->configuration->file}, {"interval", interval.empty() ? "1800" : interval}}));
  made.lines(words(N_("Let it save more often, in {file}:"), {{"file", at->configuration->file}}),
             "autosave_interval 60", at->configuration->file);
  return true;
}

}  // namespace

void set_in_broker(made_finding& made, const view& known, broker_setting what) {
  if (what == broker_setting::kept_sessions && keep_better(made, known)) return;
  const setting_row& row = rows[static_cast<std::size_t>(what)];
  const fact_word<broker_kind> broker = broker_of(known);
  places values{{"does", row.does}, {"broker", broker.word()}};
  if (is_cloud(known)) {
    made.in_console(
        words(N_("{does}, where the cloud's console or plan has a setting for it."), values));
    return;
  }
  const named_line line = line_of(row, broker.value());
  if (line.text != nullptr) {
    values["file"] = line.file;
    made.lines(words(N_("{does}, in {file}:"), values), line.text, line.file);
    return;
  }
  values["names"] = names_of(row);
  made.mend(broker.empty() ? words(N_("{does}, in the broker's settings ({names})."), values)
                           : words(N_("{does}, in the settings of {broker}."), values));
}

}  // namespace mqttkit::doctor
