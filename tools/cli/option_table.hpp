// The one table of options.
//
// Reading the command line, --help, the completions of three shells and the OPTIONS section of the
// man pages all come from these rows, so that they cannot tell different stories. Every program
// knows all of them: files are shared, and a slip may be an option of another program. What an
// option sets stands in a second row, its setter (setter.hpp): in connection_options.cpp, or in
// options.cpp of the program that has it; a test asks for the setter.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mqttkit::tools {

enum class program : std::uint8_t { pub = 1, sub = 2, doctor = 4 };

/// "mqtt-pub", "mqtt-sub", "mqtt-doctor".
std::string_view name_of(program which) noexcept;

enum class option_group : std::uint8_t {
  diagnosis,
  listen,
  explain,
  delivery,
  mend,
  check,
  phone,
  connection,
  message,
  reply,
  subscription,
  output,
  session,
  sn,
  will,
  tls,
  general
};

/// The heading in --help: "Connection".
std::string_view title_of(option_group group) noexcept;

enum class option_id : std::uint8_t {
  // diagnosis
  target,
  doctor_topic,
  probe_publish,
  on_broker,
  resolver,
  time_limit,
  story,
  doctor_json,
  doctor_json_schema,
  language,
  doctor_colour,
  ascii,
  report_file,
  blank_addresses,
  symptom,
  // listen
  listen_on,
  forward,
  capture,
  write_capture,
  write_passwords,
  listen_time,
  listen_once,
  // explain
  explain_file,
  captured_on,
  said,
  said_by,
  // delivery
  sent_to,
  sent_via,
  as_publisher,
  as_subscriber,
  watch_time,
  messages,
  offline,
  away,
  doctor_keep_session,
  doctor_session_expiry,
  doctor_qos,
  doctor_property,
  doctor_no_local,
  doctor_retained,
  message_size,
  // mend
  mend_dry_run,
  mend_yes,
  undo,
  journal,
  // check
  check_target,
  targets_file,
  check_name,
  check_tag,
  check_accept,
  check_jobs,
  nagios,
  prometheus,
  check_every,
  check_state,
  on_change,
  // phone
  page_port,
  // connection
  host,
  port,
  url,
  unix_path,
  bind,
  ipv4,
  ipv6,
  connect_timeout,
  wait_broker,
  nodelay,
  proxy,
  ws,
  ws_path,
  ws_header,
  // message
  topic,
  message,
  file,
  stdin_file,
  stdin_line,
  null_message,
  qos,
  retain,
  repeat,
  repeat_delay,
  every,
  rate,
  message_template,
  from_json,
  replay,
  speed,
  key_separator,
  topic_prefix,
  null_separated,
  payload_form,
  on_refused,
  outbox,
  outbox_limit,
  request,
  response_topic,
  replies,
  reply_timeout,
  reply_format,
  reply_verbose,
  reply_no_newline,
  reply_pretty,
  reply_no_stale,
  reply_retain_as_published,
  reply_retain_handling,
  latency,
  // subscription
  filter,
  filter_out,
  unsubscribe,
  sub_qos,
  own_subscription,
  count,
  timeout,
  idle,
  retained,
  no_stale,
  exit_after_subscribe,
  retained_only,
  remove_retained,
  clean_retained,
  dry_run,
  yes,
  retain_as_published,
  retain_handling,
  no_local,
  changed,
  where,
  sample,
  random_filter,
  // output
  verbose,
  format,
  no_newline,
  pretty,
  json,
  parse,
  decode,
  json_schema,
  raw,
  colour,
  summary,
  summary_every,
  tree,
  watch,
  message_rate,
  out,
  per_topic,
  rotate_size,
  rotate_every,
  exec,
  exec_shell,
  reply_exec,
  reply_exec_shell,
  reply_topic,
  exec_jobs,
  exec_timeout,
  on_exec_failure,
  // session
  id,
  id_prefix,
  username,
  password,
  password_file,
  ask_password,
  keep_session,
  session_expiry,
  keepalive,
  protocol_version,
  inflight,
  max_packet_size,
  property,
  // mqtt-sn
  topic_id,
  predefined,
  sleep,
  sn_max_packet,
  // will
  will_topic,
  will_payload,
  will_qos,
  will_retain,
  // tls
  cafile,
  capath,
  tls_use_os_certs,
  no_tls,
  cert,
  key,
  key_pass_file,
  keyform,
  tls_version,
  ciphers,
  tls_alpn,
  tls_keylog,
  tls_server_name,
  insecure,
  trust_any_certificate,
  send_password_unverified,
  psk,
  psk_identity,
  tls_engine,
  tls_engine_kpass_sha1,
  // general
  config,
  no_config,
  profile,
  print_config,
  as_mosquitto,
  debug,
  events,
  quiet,
  help,
  help_all,
  version,
};

/// What a value is, for the completions.
enum class value_kind : std::uint8_t {
  none,  ///< a switch: no value
  text,  ///< anything; nothing to complete
  number,
  host,
  file,
  directory,
  profile,   ///< a name in brackets in the configuration file
  choice,    ///< one of option_row::choices
  property,  ///< three words, or four for user-property
};

struct option_row {
  option_id id;
  char letter;                  ///< 'h' for -h; 0 when there is none
  std::string_view long_names;  ///< "host", or "pw password": the first one is shown
  std::string_view value;       ///< placeholder, "HOST"; empty for a switch
  value_kind kind;
  option_group group;
  std::uint8_t programs;     ///< bits of enum program
  bool common;               ///< shown by --help; the others by --help-all
  bool repeatable;           ///< may be given more than once with all values kept
  std::string_view help;     ///< one line for --help and the completions
  std::string_view choices;  ///< "0 1 2"
  /// For the man page, when `help` does not say it all: sentences; `literal` and <value> are
  /// marked.
  std::string_view more;

  constexpr bool is_in(program which) const noexcept {
    return (programs & static_cast<std::uint8_t>(which)) != 0;
  }
  constexpr bool takes_value() const noexcept { return kind != value_kind::none; }
};

/// Every option, in the order they are shown.
std::span<const option_row> option_rows() noexcept;

const option_row& row_of(option_id id) noexcept;

/// The row of "host" or 'h' in this program; nullptr when it has none.
const option_row* find_option(program which, std::string_view long_name) noexcept;
const option_row* find_option(program which, char letter) noexcept;

/// The first name in the list of long names.
std::string_view long_name(const option_row& row) noexcept;

/// Takes the next name of a blank-separated list; empty at the end.
std::string_view next_word(std::string_view& list) noexcept;

/// Commands of -D, in the order of the man page.
struct property_command {
  std::string_view name;  ///< "publish"
  std::uint8_t programs;  ///< which programs send such a packet
};
std::span<const property_command> property_commands() noexcept;

}  // namespace mqttkit::tools
