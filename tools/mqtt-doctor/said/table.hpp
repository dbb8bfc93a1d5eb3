// What apps show when MQTT fails, and what it means.
//
// The one table behind `mqtt-doctor explain --said TEXT`, the manual's section APPS' OWN
// WORDS and the tests. Each row cites the source or manual of the app. Rows of different apps
// share a meaning; a number that means different things in two apps has two rows, and both
// are told.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mqttkit::doctor {

enum class meaning : std::uint8_t {
  not_reached,
  refused,
  timed_out,
  no_route,
  name_not_found,
  dialled_itself,
  reset,
  closed,
  no_answer,
  silent_too_long,
  not_connected,
  connected,
  bad_version,
  bad_identifier,
  unavailable,
  bad_login,
  not_authorised,
  login_refused,
  bad_login_method,
  banned,
  address_shut_out,
  no_zone,
  taken_over,
  busy,
  moved,
  told_to_go,
  broken_packet,
  too_large,
  too_many_in_flight,
  subscribe_refused,
  publish_refused,
  bad_topic,
  no_such_feature,
  no_details,
  untrusted,
  other_name,
  wrong_time,
  no_tls_there,
  handshake,
  wants_certificate,
  no_trust_in_us,
  no_authority,
  no_memory,
  websocket_refused,
  websocket_failed,
  mini_program_domain,
  mini_program_url,
  mini_program_network,
  mini_program_full,
  wrong_device_secret,
  cloud_identifier,
  mobile_data,
  modem_state,
  app_call,
  app_store,
  app_url,
  app_not_allowed,
  no_plain_text,
  no_tls_built_in,
  not_a_broker,
  hung_up_on_tls,
  wrong_subprotocol,
  proxy_header,
  certificate_refused,
  app_refuses_certificate,
  client_certificate_refused,
  nothing_in_common,
  tls_version,
  weak_certificate,
  bad_key_file,
  plain_to_tls,
  app_hung_up,
  revoked,
  unfit_certificate,
  broker_file,
  port_taken,
  address_not_here,
  local_only,
  broker_settings,
  no_more_sockets,
  upgrade_refused,
  web_login,
  no_backend,
  check_not_understood,
  redirected,
  mixed_content,
  no_websocket_there,
  client_lost,
  cloud_policy,
  expired_token,
  no_network,
  messages_dropped,
  host_field,
  identifier_or_keep_alive,
  port_left_away,
  dialled_itself_in_6,
  too_large_for_app,
  mdns_name,
  encrypted_key,
  browser_without_tcp,
  home_by_mobile,
  other_service,
  identifier_for_session,
  login_left_out,
  board_without_network,
  // Of brokers' lines: meanings_brokers.cpp.
  setting_unknown,
  setting_value,
  setting_twice,
  setting_empty,
  setting_order,
  setting_old,
  setting_missing,
  configuration_encoding,
  file_is_directory,
  file_rights,
  password_line,
  acl_line,
  bridge_settings,
  bridge_down,
  plugin_broken,
  database_broken,
  disk_full,
  disk_read_only,
  port_forbidden,
  no_listener,
  no_websocket_built_in,
  tls_setting,
  normal,
  service_ended,
  broker_memory,
  broker_crashed,
  wrong_architecture,
  no_program,
  no_such_user,
  run_as_root,
  system_forbids,
  no_library,
  mount_rights,
  name_in_use,
  no_such_image,
  service_start_time,
  already_running,
  erlang_cookie,
  node_name,
  cluster_not_ready,
  virtual_host,
  guest_is_local,
  no_plugin,
  licence,
  login_service,
  publishers_blocked,
  jetstream_down,
  no_connect,
  connect_order,
  bad_will,
  password_alone,
  odd_name,
  stale_acknowledgement,
  address_refused,
  nginx_stream,
  proxy_timeout,
  proxy_rule,
  no_wstunnel,
  mqtt_to_web_server,
  no_login_rule,
  bad_qos,
  disabled_client,
  memory_misnamed,
  not_admin,
  sink_full,
  unknown_command,
};

/// How much a meaning tells: in a log the narrower ones come first.
enum class breadth : std::uint8_t {
  narrow,
  wide,  ///< many causes look so
  echo,  ///< only repeats that something failed before
};

struct meaning_row {
  meaning id;
  const char* word;       ///< id in JSON and the manual: "not-authorised"
  const char* says;       ///< N_(): one or two sentences
  const char* rules_out;  ///< N_(): what need not be examined any more; or ""
  /// The next command: {at} is broker and port, {tls} broker and TLS port, {web} the URL of a
  /// WebSocket, {host} the host alone.
  const char* run;
  breadth how_wide = breadth::narrow;
};
/// The rows, in the order of the enumeration.
std::span<const meaning_row> meaning_rows();
const meaning_row& row_of(meaning id);

/// Words that mean one thing in a broker's log and another in an app.
struct two_sided {
  meaning plain;      ///< what rows say
  meaning at_broker;  ///< what it is in a broker's log
  meaning in_app;     ///< what it is in an app
};
std::span<const two_sided> two_sided_meanings() noexcept;

/// Names of brokers behind --app, and phrases that only brokers' logs, only apps have; parted by |.
const char* broker_names() noexcept;
const char* broker_log_phrases() noexcept;
const char* app_log_phrases() noexcept;

/// Phrases of what goes well, parted by |: "puback ** rc 0". What stands inside one means nothing.
const char* innocent_phrases() noexcept;

struct said_app {
  const char* name;   ///< as shown: "PubSubClient, Tasmota"
  const char* words;  ///< names in texts or behind --app, parted by |: "pubsubclient|tasmota"
  /// Words before its numbers, besides "code", "error" and the like: "rc state".
  const char* labels;
};
/// The apps, in the manual's order.
std::span<const said_app> said_apps() noexcept;

struct said_row {
  std::uint8_t app;  ///< index into said_apps()
  /// Phrases parted by |: words and numbers in this order, in any case and with any signs between;
  /// * stands for any word, ** for up to five. A phrase beyond ASCII is found as it is written.
  const char* phrases;
  const char* numbers;  ///< codes parted by blanks: they count alone, with a label or the app
  meaning means;
  const char* source;  ///< where the meaning is documented
  /// Wide where narrower words usually stand beside these: "certificate verify failed".
  breadth at_least = breadth::narrow;
};
std::span<const said_row> said_rows();

}  // namespace mqttkit::doctor
