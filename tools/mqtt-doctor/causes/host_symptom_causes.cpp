// Settings of the broker that explain what the user sees (--symptom). None of them is a fault: so
// they are told only where something is seen that they bring about.
#include "mqtt-doctor/causes/host_symptom_causes.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using enum symptom;

/// Which values of a setting explain something.
enum class value : std::uint8_t {
  any,
  is_true,
  is_false,
  above_zero,
  small,   ///< above zero, and at most `bound`
  below,   ///< at most `bound`, zero included
  is_word  ///< the word itself
};

struct setting_row {
  broker_kind broker;
  const char* name;
  value when;
  double bound;      ///< in bytes, seconds or pieces
  const char* word;  ///< of is_word, else nullptr
  symptom_set shows;
  const char* id;
  strength how;
  const char* text;   ///< {value} is the setting's
  const char* line;   ///< in place of it; "" for: take the line out
  const char* loses;  ///< what that costs; nullptr: nothing
};

constexpr auto mosquitto = broker_kind::mosquitto;
constexpr auto emqx = broker_kind::emqx;
constexpr auto rabbitmq = broker_kind::rabbitmq;
constexpr auto vernemq = broker_kind::vernemq;
constexpr auto hivemq = broker_kind::hivemq;
constexpr auto nanomq = broker_kind::nanomq;

constexpr const char* session_ends =
    N_("The broker ends the session of a client that is away for longer than {value}, and throws "
       "away what waits for it.");
constexpr const char* few_wait =
    N_("The broker keeps at most {value} messages for one client, and drops the others without a "
       "word.");
constexpr const char* few_bytes_wait =
    N_("The broker keeps at most {value} bytes of messages for one client, and drops the others "
       "without a word.");
constexpr const char* no_retained =
    N_("The broker keeps no retained messages: who starts later gets nothing, and who sends one "
       "may be hung up on.");
constexpr const char* large_lost =
    N_("A message of more than {value} is thrown away; at QoS 1 and 2 it is acknowledged all the "
       "same.");
constexpr const char* large_ends =
    N_("A packet of more than {value} ends its client's connection.");
constexpr const char* low_quality =
    N_("The broker takes QoS {value} at most, and hangs up on who publishes with more.");
constexpr const char* few_on_the_way =
    N_("The broker has {value} messages on their way to one client at most, and sends the next "
       "only when one is acknowledged.");
constexpr const char* keep_alive_set =
    N_("The broker gives clients of MQTT 5 a keep alive of {value} s at most, and ends the "
       "connection of one that keeps to its own, longer one.");
constexpr const char* as_subscribed =
    N_("The broker sends each message with the QoS of its subscription, also one that was "
       "published with QoS 0: at QoS 1 it may come again after a reconnect.");
constexpr const char* user_is_id =
    N_("The broker takes the user name for the client identifier: two apps of one user end each "
       "other's connection.");
constexpr const char* sessions_kept =
    N_("Raise it above the longest time that a client is away; what clients leave behind that "
       "never come back is kept as long:");
constexpr const char* more_memory =
    N_("Raise the limit; a client that never comes back costs as much memory:");

constexpr setting_row rows[] = {
    // ---- mosquitto
    {mosquitto,
     "persistent_client_expiration",
     value::any,
     0,
     nullptr,
     {missed_while_away, nothing_arrives},
     "session-expired-while-away",
     strength::agreed,
     session_ends,
     "persistent_client_expiration 1y",
     sessions_kept},
    {mosquitto,
     "max_queued_messages",
     value::small,
     500,
     nullptr,
     {missed_while_away, some_missing},
     "delivery-queue-overflow",
     strength::agreed,
     few_wait,
     "max_queued_messages 10000",
     more_memory},
    {mosquitto,
     "max_queued_bytes",
     value::above_zero,
     0,
     nullptr,
     {missed_while_away, some_missing},
     "delivery-queue-overflow",
     strength::usual,
     few_bytes_wait,
     "max_queued_bytes 0",
     more_memory},
    {mosquitto,
     "retain_available",
     value::is_false,
     0,
     nullptr,
     {no_last_value, cannot_send, drops, not_listed, shown_offline, shown_online},
     "mqtt-retain-not-supported",
     strength::agreed,
     no_retained,
     "retain_available true",
     nullptr},
    {mosquitto,
     "max_inflight_messages",
     value::small,
     5,
     nullptr,
     {late},
     "delivery-late",
     strength::usual,
     few_on_the_way,
     "max_inflight_messages 20",
     nullptr},
    {mosquitto,
     "max_inflight_bytes",
     value::above_zero,
     0,
     nullptr,
     {late},
     "delivery-late",
     strength::leaning,
     N_("The broker has {value} bytes of messages on their way to one client at most, and sends "
        "the next only when one is acknowledged."),
     "max_inflight_bytes 0",
     nullptr},
    {mosquitto,
     "upgrade_outgoing_qos",
     value::is_true,
     0,
     nullptr,
     {twice, late},
     "delivery-duplicated",
     strength::leaning,
     as_subscribed,
     "upgrade_outgoing_qos false",
     nullptr},
    {mosquitto,
     "queue_qos0_messages",
     value::is_true,
     0,
     nullptr,
     {old_messages, late},
     "session-messages-waiting",
     strength::usual,
     N_("The broker keeps messages of QoS 0 as well for a client that is away, and sends all of "
        "them when it is back."),
     "queue_qos0_messages false",
     N_("Take it back, and what is sent with QoS 0 while a client is away is lost to it:")},
    {mosquitto,
     "max_keepalive",
     value::small,
     60,
     nullptr,
     {drops, shown_offline},
     "session-server-keepalive",
     strength::usual,
     keep_alive_set,
     "max_keepalive 65535",
     nullptr},
    {mosquitto,
     "message_size_limit",
     value::small,
     1'048'576,
     nullptr,
     {cannot_send, some_missing, not_listed, nothing_arrives, unreadable},
     "mqtt-packet-too-large",
     strength::usual,
     large_lost,
     "message_size_limit 0",
     nullptr},
    {mosquitto,
     "max_packet_size",
     value::small,
     1'048'576,
     nullptr,
     {cannot_send, drops, not_listed, some_missing},
     "mqtt-packet-too-large",
     strength::usual,
     large_ends,
     "max_packet_size 268435455",
     nullptr},
    {mosquitto,
     "max_qos",
     value::below,
     1,
     nullptr,
     {cannot_send, drops},
     "mqtt-qos-not-supported",
     strength::usual,
     low_quality,
     "max_qos 2",
     nullptr},
    {mosquitto,
     "memory_limit",
     value::above_zero,
     0,
     nullptr,
     {cannot_send, some_missing, drops},
     "host-memory-alarm",
     strength::leaning,
     N_("The broker uses {value} bytes of memory at most: beyond that it drops messages and hangs "
        "up on who sends or gets them."),
     "memory_limit 0",
     nullptr},
    {mosquitto,
     "allow_duplicate_messages",
     value::is_true,
     0,
     nullptr,
     {twice},
     "delivery-duplicated",
     strength::usual,
     N_("The broker sends a client a copy of a message for each of its filters that matches it."),
     "allow_duplicate_messages false",
     nullptr},
    {mosquitto,
     "use_username_as_clientid",
     value::is_true,
     0,
     nullptr,
     {drops, shown_offline},
     "session-duplicate-client-id",
     strength::usual,
     user_is_id,
     "",
     nullptr},
    {mosquitto,
     "sys_interval",
     value::small,
     5,
     nullptr,
     {too_much, unwanted},
     "delivery-unasked",
     strength::leaning,
     N_("The broker publishes some fifty topics of its own below $SYS every {value} s, to "
        "everybody who subscribes to $SYS/#."),
     "sys_interval 60",
     nullptr},
    {mosquitto,
     "mount_point",
     value::any,
     0,
     nullptr,
     {nothing_arrives, no_reaction, not_listed},
     "delivery-topic-rewritten",
     strength::leaning,
     N_("The broker puts {value} before the topics of one listener's clients: those of another "
        "listener do not meet them."),
     "",
     nullptr},

    // ---- EMQX; an interval or a size has its unit
    {emqx,
     "mqtt.session_expiry_interval",
     value::below,
     7200,
     nullptr,
     {missed_while_away},
     "session-expired-while-away",
     strength::agreed,
     session_ends,
     "mqtt.session_expiry_interval = 7d",
     sessions_kept},
    {emqx,
     "mqtt.max_mqueue_len",
     value::small,
     500,
     nullptr,
     {missed_while_away, some_missing},
     "delivery-queue-overflow",
     strength::agreed,
     few_wait,
     "mqtt.max_mqueue_len = 10000",
     more_memory},
    {emqx,
     "mqtt.mqueue_store_qos0",
     value::is_false,
     0,
     nullptr,
     {missed_while_away, some_missing},
     "delivery-qos0-not-queued",
     strength::usual,
     N_("The broker keeps no messages of QoS 0 for a client that is away or slow."),
     "mqtt.mqueue_store_qos0 = true",
     nullptr},
    {emqx,
     "mqtt.retain_available",
     value::is_false,
     0,
     nullptr,
     {no_last_value, cannot_send, drops, not_listed, shown_offline, shown_online},
     "mqtt-retain-not-supported",
     strength::agreed,
     no_retained,
     "mqtt.retain_available = true",
     nullptr},
    {emqx,
     "retainer.enable",
     value::is_false,
     0,
     nullptr,
     {no_last_value, not_listed, shown_offline, shown_online},
     "mqtt-retain-not-supported",
     strength::agreed,
     no_retained,
     "retainer.enable = true",
     nullptr},
    {emqx,
     "retainer.msg_expiry_interval",
     value::above_zero,
     0,
     nullptr,
     {no_last_value, not_listed},
     "delivery-message-expired",
     strength::agreed,
     N_("The broker forgets a retained message after {value}."),
     "retainer.msg_expiry_interval = 0s",
     nullptr},
    {emqx,
     "retainer.max_payload_size",
     value::small,
     1'000'000,
     nullptr,
     {no_last_value, not_listed},
     "mqtt-packet-too-large",
     strength::usual,
     N_("A message of more than {value} is passed on, and not kept although it has the retain "
        "flag."),
     "retainer.max_payload_size = 1MB",
     nullptr},
    {emqx,
     "retainer.backend.max_retained_messages",
     value::above_zero,
     0,
     nullptr,
     {no_last_value, not_listed},
     "mqtt-retain-not-supported",
     strength::leaning,
     N_("The broker keeps {value} retained messages at most; on a further topic none is kept."),
     "retainer.backend.max_retained_messages = 0",
     nullptr},
    {emqx,
     "mqtt.max_packet_size",
     value::small,
     1'000'000,
     nullptr,
     {cannot_send, drops, not_listed, some_missing},
     "mqtt-packet-too-large",
     strength::usual,
     large_ends,
     "mqtt.max_packet_size = 1MB",
     nullptr},
    {emqx,
     "mqtt.max_qos_allowed",
     value::below,
     1,
     nullptr,
     {cannot_send, drops},
     "mqtt-qos-not-supported",
     strength::usual,
     low_quality,
     "mqtt.max_qos_allowed = 2",
     nullptr},
    {emqx,
     "mqtt.server_keepalive",
     value::small,
     60,
     nullptr,
     {drops, shown_offline},
     "session-server-keepalive",
     strength::usual,
     keep_alive_set,
     "mqtt.server_keepalive = disabled",
     nullptr},
    {emqx,
     "mqtt.keepalive_multiplier",
     value::small,
     1.4,
     nullptr,
     {drops, shown_offline},
     "session-keepalive-expired",
     strength::usual,
     N_("The broker ends a connection after {value} times its keep alive; MQTT says 1.5 times, "
        "and apps rely on that."),
     "mqtt.keepalive_multiplier = 1.5",
     nullptr},
    {emqx,
     "mqtt.upgrade_qos",
     value::is_true,
     0,
     nullptr,
     {twice, late},
     "delivery-duplicated",
     strength::leaning,
     as_subscribed,
     "mqtt.upgrade_qos = false",
     nullptr},
    {emqx,
     "mqtt.ignore_loop_deliver",
     value::is_true,
     0,
     nullptr,
     {nothing_arrives},
     "delivery-no-local",
     strength::usual,
     N_("The broker does not send a client of MQTT 3.1.1 what it has published itself."),
     "mqtt.ignore_loop_deliver = false",
     nullptr},
    {emqx,
     "mqtt.max_inflight",
     value::small,
     5,
     nullptr,
     {late},
     "delivery-late",
     strength::usual,
     few_on_the_way,
     "mqtt.max_inflight = 32",
     nullptr},
    {emqx,
     "mqtt.use_username_as_clientid",
     value::is_true,
     0,
     nullptr,
     {drops, shown_offline},
     "session-duplicate-client-id",
     strength::usual,
     user_is_id,
     "mqtt.use_username_as_clientid = false",
     nullptr},
    {emqx,
     "flapping_detect.enable",
     value::is_true,
     0,
     nullptr,
     {drops, cannot_connect},
     "mqtt-server-busy-or-banned",
     strength::leaning,
     N_("The broker bans a client for a while that connects anew too often (flapping_detect)."),
     "flapping_detect.enable = false",
     nullptr},

    // ---- RabbitMQ
    {rabbitmq,
     "mqtt.retained_message_store",
     value::is_word,
     0,
     "rabbit_mqtt_retained_msg_store_noop",
     {no_last_value, not_listed, shown_offline, shown_online},
     "mqtt-retain-not-supported",
     strength::agreed,
     no_retained,
     "mqtt.retained_message_store = rabbit_mqtt_retained_msg_store_dets",
     nullptr},
    {rabbitmq,
     "mqtt.retained_message_store",
     value::is_word,
     0,
     "rabbit_mqtt_retained_msg_store_ets",
     {no_last_value, not_listed},
     "delivery-retained-misunderstood",
     strength::leaning,
     N_("The broker keeps retained messages in memory only: after its restart none is there."),
     "mqtt.retained_message_store = rabbit_mqtt_retained_msg_store_dets",
     nullptr},
    {rabbitmq,
     "mqtt.max_session_expiry_interval_seconds",
     value::below,
     86'399,
     nullptr,
     {missed_while_away},
     "session-expiry-capped",
     strength::agreed,
     N_("The broker keeps no session for longer than {value} s."),
     "mqtt.max_session_expiry_interval_seconds = 604800",
     sessions_kept},
    {rabbitmq,
     "mqtt.subscription_ttl",
     value::below,
     86'400'000,
     nullptr,
     {missed_while_away},
     "session-expiry-capped",
     strength::agreed,
     N_("The broker keeps no session for longer than {value} ms."),
     "mqtt.subscription_ttl = 604800000",
     sessions_kept},
    {rabbitmq,
     "mqtt.mailbox_soft_limit",
     value::below,
     199,
     nullptr,
     {some_missing},
     "delivery-slow-consumer",
     strength::usual,
     N_("The broker drops messages of QoS 0 for a client that reads slowly once {value} wait."),
     "mqtt.mailbox_soft_limit = 1000",
     more_memory},
    {rabbitmq,
     "mqtt.prefetch",
     value::small,
     3,
     nullptr,
     {late},
     "delivery-late",
     strength::usual,
     few_on_the_way,
     "mqtt.prefetch = 10",
     nullptr},
    {rabbitmq,
     "mqtt.max_packet_size_authenticated",
     value::small,
     1'048'576,
     nullptr,
     {cannot_send, drops, not_listed},
     "mqtt-packet-too-large",
     strength::usual,
     large_ends,
     "mqtt.max_packet_size_authenticated = 16777216",
     nullptr},

    // ---- VerneMQ, HiveMQ, NanoMQ
    {vernemq,
     "persistent_client_expiration",
     value::any,
     0,
     "never",
     {missed_while_away},
     "session-expired-while-away",
     strength::agreed,
     session_ends,
     "persistent_client_expiration = never",
     sessions_kept},
    {vernemq,
     "max_offline_messages",
     value::below,
     500,
     nullptr,
     {missed_while_away, some_missing},
     "delivery-queue-overflow",
     strength::agreed,
     few_wait,
     "max_offline_messages = 10000",
     more_memory},
    {vernemq,
     "max_online_messages",
     value::below,
     500,
     nullptr,
     {some_missing},
     "delivery-queue-overflow",
     strength::usual,
     few_wait,
     "max_online_messages = 10000",
     more_memory},
    {vernemq,
     "upgrade_outgoing_qos",
     value::is_true,
     0,
     nullptr,
     {twice, late},
     "delivery-duplicated",
     strength::leaning,
     as_subscribed,
     "upgrade_outgoing_qos = off",
     nullptr},
    {vernemq,
     "max_message_size",
     value::small,
     1'048'576,
     nullptr,
     {cannot_send, drops, not_listed},
     "mqtt-packet-too-large",
     strength::usual,
     large_ends,
     "max_message_size = 0",
     nullptr},
    {vernemq,
     "allow_multiple_sessions",
     value::is_true,
     0,
     nullptr,
     {twice, some_missing},
     "delivery-duplicated",
     strength::usual,
     N_("The broker lets several clients in with one identifier, each of which gets the messages, "
        "or a part of them."),
     "allow_multiple_sessions = off",
     nullptr},
    {hivemq,
     "max-queue-size",
     value::small,
     500,
     nullptr,
     {missed_while_away, some_missing},
     "delivery-queue-overflow",
     strength::agreed,
     few_wait,
     "<max-queue-size>10000</max-queue-size>",
     more_memory},
    {hivemq,
     "max-qos",
     value::below,
     1,
     nullptr,
     {cannot_send, drops},
     "mqtt-qos-not-supported",
     strength::usual,
     low_quality,
     "<max-qos>2</max-qos>",
     nullptr},
    {hivemq,
     "max-packet-size",
     value::small,
     1'048'576,
     nullptr,
     {cannot_send, drops, not_listed},
     "mqtt-packet-too-large",
     strength::usual,
     large_ends,
     "<max-packet-size>268435460</max-packet-size>",
     nullptr},
    {nanomq,
     "mqtt.max_mqueue_len",
     value::small,
     500,
     nullptr,
     {missed_while_away, some_missing},
     "delivery-queue-overflow",
     strength::agreed,
     few_wait,
     "mqtt.max_mqueue_len = 10000",
     more_memory},
    {nanomq,
     "mqtt.max_packet_size",
     value::small,
     1'000'000,
     nullptr,
     {cannot_send, drops, not_listed},
     "mqtt-packet-too-large",
     strength::usual,
     large_ends,
     "mqtt.max_packet_size = 10MB",
     nullptr},
};

/// A number with its unit, in bytes, seconds or pieces: "10KB", "2h", "90s", "1.5"; NaN for words.
double amount(std::string_view text) {
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc()) return std::nan("");
  std::string unit = lower(text.substr(static_cast<std::size_t>(read.ptr - text.data())));
  unit.erase(0, unit.find_first_not_of(' '));
  struct unit_row {
    std::string_view word;
    double factor;
  };
  constexpr unit_row units[] = {{"", 1},      {"s", 1},          {"ms", 0.001},  {"m", 60},
                                {"h", 3600},  {"d", 86'400},     {"w", 604'800}, {"b", 1},
                                {"kb", 1024}, {"mb", 1'048'576}, {"k", 1024}};
  for (const unit_row& row : units) {
    if (unit == row.word) return number * row.factor;
  }
  return std::nan("");
}

bool is_on(std::string_view said) { return said == "true" || said == "on" || said == "1"; }
bool is_off(std::string_view said) { return said == "false" || said == "off"; }

bool is_met(const setting_row& row, const std::string& said) {
  const double number = amount(said);
  switch (row.when) {
    case value::any:
      return row.word == nullptr || said != row.word;
    case value::is_true:
      return is_on(said);
    case value::is_false:
      return is_off(said);
    case value::above_zero:
      return number > 0;
    case value::small:
      return number > 0 && number <= row.bound;
    case value::below:
      return number >= 0 && number <= row.bound;
    case value::is_word:
      return said == row.word;
  }
  return false;
}

/// "FILE:LINE", or the file alone where the line is not known.
std::string place_of(const host_view& at, const std::string& name) {
  if (at.block != nullptr && at.block->settings.count(name) != 0) {
    const auto own = at.configuration->places.find(std::to_string(at.block->port) + " " + name);
    if (own != at.configuration->places.end()) return own->second;
  }
  const auto found = at.configuration->places.find(name);
  return found == at.configuration->places.end() ? at.configuration->file : found->second;
}

/// The separator that the broker's file has between name and value.
std::string said_as(const host_view& at, const std::string& name, const std::string& said) {
  switch (at.configuration->broker.value()) {
    case broker_kind::mosquitto:
      return name + " " + said;
    case broker_kind::hivemq:
      return "<" + name + ">" + said + "</" + name + ">";
    default:
      return name + " = " + said;
  }
}

made_finding told(const host_view& at, const setting_row& row, const std::string& said) {
  const bool is_mosquittos = at.configuration->broker == broker_kind::mosquitto;
  const std::string place = place_of(at, row.name);
  const std::string file = place.substr(0, place.rfind(':'));
  const places with{
      {"value", said}, {"place", place}, {"file", file}, {"setting", said_as(at, row.name, said)}};
  // How long somebody was away, or how large a message was, nobody has seen.
  const bool is_strong = weight_of(row.how) >= weight_of(strength::usual);
  made_finding made(row.id, is_strong ? certainty::likely : certainty::possible, row.how,
                    words(row.text, with));
  made.seen(words(N_("{place}: {setting}"), with));
  const sentence why =
      words(row.loses != nullptr ? row.loses : N_("If that is not wanted, say instead:"), with);
  if (is_mosquittos && *row.line == '\0')
    made.mend(
        words(N_("If it is not wanted, take that line out; the old file is kept beside it:")),
        edit_command("/^" + std::string(row.name) + " /d", file) + " && " + restart_command(at));
  else if (is_mosquittos)
    made.mend(why, edit_command("s/^ *" + std::string(row.name) + " .*/" + row.line + "/", file) +
                       " && " + restart_command(at));
  else
    made.lines(why, row.line, file).then(words(N_("Then:")), restart_command(at));
  return made.shows(row.shows).note();
}

/// The setting that explains it best; where a limit of one kind is set twice, the first counts.
maybe_finding setting_for_symptom(const view& known, exclusions&) {
  const symptom seen = known.asked().symptom.value();
  if (seen == none) return {};
  const auto at = look_at(known);
  if (!at || at->configuration == nullptr || at->is_held_by_other || !at->configuration->is_used)
    return {};
  const setting_row* best = nullptr;
  for (const setting_row& row : rows) {
    if (at->configuration->broker != row.broker || !row.shows.contains(seen)) continue;
    const std::string said = at->setting(row.name);
    if (said.empty() || !is_met(row, said)) continue;
    if (best == nullptr || weight_of(row.how) > weight_of(best->how)) best = &row;
  }
  if (best == nullptr) return {};
  return told(*at, *best, at->setting(best->name));
}

/// What mosquitto keeps in memory, or writes seldom, is gone after a restart.
maybe_finding kept_in_memory(const view& known, exclusions&) {
  const symptom seen = known.asked().symptom.value();
  const bool is_of_sessions = seen == missed_while_away || seen == nothing_arrives;
  const bool is_of_retained = seen == no_last_value || seen == not_listed;
  if (!is_of_sessions && !is_of_retained && seen != old_messages) return {};
  const auto at = look_at(known);
  if (!at || at->configuration == nullptr || !is_mosquitto(*at) || at->is_held_by_other) return {};
  const char* const id =
      is_of_sessions ? "session-lost-at-broker-restart" : "delivery-retained-misunderstood";
  const symptom_set shows{missed_while_away, nothing_arrives, no_last_value, not_listed,
                          old_messages};
  constexpr double day_s = 86'400;
  if (const auto age = forgetful_for_s(known); age && *age < day_s && seen != old_messages) {
    made_finding made(
        id, certainty::likely, strength::agreed,
        words(N_("The broker keeps sessions, what waits for them, and retained messages in memory "
                 "only, and was started {time} ago: what it had before is gone."),
              {{"time", time_text(std::max(1.0, *age) * 1000)}}));
    made.seen(words(N_("Its configuration does not turn persistence on.")))
        .lines(words(N_("Keep them on disk, in mosquitto.conf; then restart the broker, which once "
                        "more loses what it has now:")),
               "persistence true\npersistence_location /var/lib/mosquitto/",
               at->configuration->file.empty() ? "mosquitto.conf" : at->configuration->file);
    return made.shows(shows).note();
  }
  const std::string interval = at->setting("autosave_interval");
  constexpr double usual_s = 1800;
  const double seconds = amount(interval);
  const bool is_seldom = !interval.empty() && (seconds == 0 || seconds > usual_s);
  if (at->setting("persistence") != "true" || !is_seldom ||
      at->setting("autosave_on_changes") == "true")
    return {};
  const places with{{"place", place_of(*at, "autosave_interval")},
                    {"setting", "autosave_interval " + interval},
                    {"value", interval}};
  made_finding made(
      id, certainty::possible, strength::leaning,
      seconds == 0
          ? words(N_("The broker writes what it keeps to disk at an orderly end only: killed, or "
                     "without power, it comes back with what it had at its last start."),
                  with)
          : words(N_("The broker writes what it keeps to disk every {value} s only: killed, or "
                     "without power, it comes back with what was written last, old values "
                     "included."),
                  with));
  const std::string file = with.at("place").substr(0, with.at("place").rfind(':'));
  made.seen(words(N_("{place}: {setting}"), with))
      .mend(words(N_("Let it write more often; the old file is kept beside it:")),
            edit_command("s/^ *autosave_interval .*/autosave_interval 60/", file) + " && " +
                restart_command(*at));
  return made.shows(shows).note();
}

/// A bridge whose lines explain what is seen.
maybe_finding bridge_for_symptom(const view& known, exclusions&) {
  const symptom seen = known.asked().symptom.value();
  const auto at = look_at(known);
  if (seen == none || !at || at->configuration == nullptr || !is_mosquitto(*at)) return {};
  for (const bridge_fact& bridge : at->configuration->bridges) {
    const auto says = [&](const char* name) {
      const auto found = bridge.settings.find(name);
      return found == bridge.settings.end() ? std::string() : found->second;
    };
    const auto both = std::find_if(
        bridge.topics.begin(), bridge.topics.end(), [](const bridge_topic_fact& topic) {
          return topic.direction == bridge_direction::both && topic.local == topic.remote;
        });
    const places with{
        {"bridge", bridge.name},
        {"place", bridge.file + ":" + std::to_string(bridge.line)},
        {"address", bridge.addresses},
        {"topic", both == bridge.topics.end() ? std::string() : both->filter},
        {"line", both == bridge.topics.end() ? std::string()
                                             : bridge.file + ":" + std::to_string(both->line)},
        {"threshold", says("threshold").empty() ? "10" : says("threshold")}};
    const bool is_off = says("try_private") == "false" || says("try_private") == "0";
    if ((seen == twice || seen == unwanted || seen == too_much) && both != bridge.topics.end() &&
        is_off) {
      const bool is_seen = std::any_of(
          known.at.exchanges.begin(), known.at.exchanges.end(), [](const exchange_fact& each) {
            return std::any_of(each.runs.begin(), each.runs.end(),
                               [](const auto& run) { return run.duplicates > 0; });
          });
      made_finding made(
          "delivery-duplicated", certainty::likely, is_seen ? strength::proven : strength::agreed,
          words(N_("The bridge {bridge} carries \"{topic}\" both ways and does not tell the "
                   "other broker that it is a bridge (try_private false): what it took "
                   "there comes back to it."),
                with));
      made.seen(words(N_("{place}: connection {bridge} to {address}"), with))
          .seen(words(N_("{line}: topic {topic} both"), with))
          .mend(words(N_("Take try_private false out, if the other broker is a mosquitto; "
                         "otherwise carry each topic one way only, or under a prefix of its own. "
                         "The old file is kept beside it:")),
                edit_command("/^ *try_private /d", bridge.file) + " && " + restart_command(*at))
          .shows({twice, unwanted, too_much});
      // Then the copies that came are told by what brings them.
      return is_seen ? made.warning() : made.note();
    }
    if (seen == late && says("start_type") == "lazy") {
      return made_finding(
                 "delivery-late", certainty::likely, strength::agreed,
                 words(N_("The bridge {bridge} connects only when {threshold} messages wait for it "
                          "(start_type lazy): until then none goes on, and then all at once."),
                       with))
          .seen(words(N_("{place}: connection {bridge} to {address}"), with))
          .mend(words(N_("Let it stay connected; the old file is kept beside it:")),
                edit_command("s/^ *start_type .*/start_type automatic/", bridge.file) + " && " +
                    restart_command(*at))
          .shows({late})
          .note();
    }
    if ((seen == no_last_value || seen == not_listed) &&
        says("bridge_outgoing_retain") == "false") {
      return made_finding(
                 "mqtt-retain-not-supported", certainty::likely, strength::usual,
                 words(N_("The bridge {bridge} takes the retain flag away from what it passes on "
                          "(bridge_outgoing_retain false): the other broker keeps none of it."),
                       with))
          .seen(words(N_("{place}: connection {bridge} to {address}"), with))
          .mend(words(N_("Let the flag pass; the old file is kept beside it:")),
                edit_command("s/^ *bridge_outgoing_retain .*/bridge_outgoing_retain true/",
                             bridge.file) +
                    " && " + restart_command(*at))
          .shows({no_last_value, not_listed})
          .note();
    }
    const std::string clean = says("cleansession");
    if (seen == missed_while_away && (clean == "true" || clean == "1")) {
      return made_finding(
                 "session-clean-session", certainty::likely, strength::usual,
                 words(N_("The bridge {bridge} keeps no session (cleansession true): what is sent "
                          "while it is not connected never reaches the other broker."),
                       with))
          .seen(words(N_("{place}: connection {bridge} to {address}"), with))
          .mend(words(N_("Let it keep its session; the old file is kept beside it:")),
                edit_command("s/^ *cleansession .*/cleansession false/", bridge.file) + " && " +
                    restart_command(*at))
          .shows({missed_while_away})
          .note();
    }
  }
  return {};
}

}  // namespace

void say_setting(made_finding& made, const view& known, std::string_view id) {
  const auto at = look_at(known);
  if (!at || at->configuration == nullptr || at->is_held_by_other || !at->configuration->is_used)
    return;
  for (const setting_row& row : rows) {
    const std::string said = at->setting(row.name);
    if (at->configuration->broker != row.broker || row.id != id || said.empty() ||
        !is_met(row, said))
      continue;
    made.seen(words(N_("{place}: {setting}"), {{"place", place_of(*at, row.name)},
                                               {"setting", said_as(*at, row.name, said)}}));
  }
}

namespace {

constexpr second_look looks[] = {
    {"mqtt-packet-too-large", setting_for_symptom},
    {"session-lost-at-broker-restart", kept_in_memory},
    {"delivery-duplicated", bridge_for_symptom},
};

}  // namespace

cause_table host_symptom_causes() { return {{}, looks}; }

}  // namespace mqttkit::doctor
