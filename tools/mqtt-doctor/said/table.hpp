// What apps show when MQTT does not work, and what it means.
//
// One table: `mqtt-doctor explain --said TEXT`, the manual's section APPS' OWN WORDS and the tests
// read it. Each row names where its fact is written down, in the source or the manual of the app.
// Rows of different apps that mean the same share a meaning; what a number means in one app and in
// another are two rows, and both are told.
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
};

struct meaning_row {
  meaning id;
  const char* word;       ///< "not-authorised": for JSON and the manual
  const char* says;       ///< one or two sentences; N_()
  const char* rules_out;  ///< what need not be looked at any more; N_(), or ""
  /// What to run next; {at} is the broker with its port, {tls} with that of TLS, {host} bare.
  const char* run;
  bool is_vague = false;  ///< many causes look like this: told behind what tells more
};
/// In the order of the enumeration.
std::span<const meaning_row> meaning_rows() noexcept;
const meaning_row& row_of(meaning id) noexcept;

struct said_app {
  const char* name;   ///< "PubSubClient, Tasmota": as it is shown
  const char* words;  ///< what names it in a text or behind --app, by |: "pubsubclient|tasmota"
  /// What stands in front of its numbers besides "code", "error" and the like: "rc state".
  const char* labels;
};
/// The apps in the order of the manual.
std::span<const said_app> said_apps() noexcept;

struct said_row {
  std::uint8_t app;  ///< index into said_apps()
  /// Phrases by |; words and numbers in this order, whatever the case and whatever stands between;
  /// * is any one of them.
  const char* phrases;
  const char* numbers;  ///< codes by blanks, which count alone, behind a label or with the app
  meaning means;
  const char* source;  ///< where the fact is written down
};
std::span<const said_row> said_rows() noexcept;

}  // namespace mqttkit::doctor
