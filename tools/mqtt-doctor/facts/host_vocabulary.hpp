// The words in which the facts of a broker's own machine are told; like those of vocabulary.hpp. No
// report says them as they stand: causes speak of them in sentences.
#pragma once

#include <array>
#include <cstdint>

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// What is wrong by itself in a configuration, or in a file it names.
enum class problem_kind : std::uint8_t {
  none,
  unknown_variable,
  byte_order_mark,
  bad_value,         ///< that mosquitto does not take
  tab,               ///< behind a name, where mosquitto wants a blank
  above_listener,    ///< has no effect under per_listener_settings
  overridden,        ///< a later value wins for all listeners
  address_not_here,  ///< to be bound, which this machine does not have
  privileged_port,
  websocket_only,  ///< mosquitto 2.0 starts with no such configuration
  duplicate_port,
  socket_domain_missing,
  missing_file,
  unreadable_file,           ///< by the user that the broker runs as
  unreadable_configuration,  ///< by us
  ignored_file,              ///< in include_dir, but not named *.conf
  plain_password,            ///< without a hash
  empty_password_file,
  user_not_in_file,
  key_mismatch,
  key_missing,  ///< a certfile without its keyfile
  bad_certificate,
  certificate_expired,
  certificate_newer,    ///< than the process that shows it
  changed_since_start,  ///< so that the running broker does not know it
  hosts_deny,           ///< /etc/hosts.deny turns mosquitto's clients away
};
template <>
inline constexpr auto word_rows<problem_kind> = std::to_array<row<problem_kind>>({
    {problem_kind::none, ""},
    {problem_kind::unknown_variable, "unknown-variable"},
    {problem_kind::byte_order_mark, "byte-order-mark"},
    {problem_kind::bad_value, "bad-value"},
    {problem_kind::tab, "tab"},
    {problem_kind::above_listener, "above-listener"},
    {problem_kind::overridden, "overridden"},
    {problem_kind::address_not_here, "address-not-here"},
    {problem_kind::privileged_port, "privileged-port"},
    {problem_kind::websocket_only, "websocket-only"},
    {problem_kind::duplicate_port, "duplicate-port"},
    {problem_kind::socket_domain_missing, "socket-domain-missing"},
    {problem_kind::missing_file, "missing-file"},
    {problem_kind::unreadable_file, "unreadable-file"},
    {problem_kind::unreadable_configuration, "unreadable-configuration"},
    {problem_kind::ignored_file, "ignored-file"},
    {problem_kind::plain_password, "plain-password"},
    {problem_kind::empty_password_file, "empty-password-file"},
    {problem_kind::user_not_in_file, "user-not-in-file"},
    {problem_kind::key_mismatch, "key-mismatch"},
    {problem_kind::key_missing, "key-missing"},
    {problem_kind::bad_certificate, "bad-certificate"},
    {problem_kind::certificate_expired, "certificate-expired"},
    {problem_kind::certificate_newer, "certificate-newer"},
    {problem_kind::changed_since_start, "changed-since-start"},
    {problem_kind::hosts_deny, "hosts-deny"},
});
static_assert(is_in_order(word_rows<problem_kind>));

/// What a line of a log tells.
enum class log_kind : std::uint8_t {
  none,
  max_connections,
  file_limit,
  tcpd,    ///< hosts.allow and hosts.deny
  denied,  ///< by an access list
  guest,   ///< RabbitMQ's user, from elsewhere
  config_error,
  address_in_use,
  address_missing,  ///< to be bound
  port_permission,
  key_mismatch,
  file_unreadable,  ///< password file or access list
  tls_file,         ///< could not be loaded
  permission,
  missing_file,
  plain_password,
  local_only,  ///< mosquitto was given no listener
  default_config,
  websocket_only,
  already_connected,
  timeout,
  tls,
  refused,  ///< a login
  protocol_error,
  backend_down,  ///< of a proxy
  selinux,       ///< kept a program from a port
};
template <>
inline constexpr auto word_rows<log_kind> = std::to_array<row<log_kind>>({
    {log_kind::none, ""},
    {log_kind::max_connections, "max-connections"},
    {log_kind::file_limit, "file-limit"},
    {log_kind::tcpd, "tcpd"},
    {log_kind::denied, "denied"},
    {log_kind::guest, "guest"},
    {log_kind::config_error, "config-error"},
    {log_kind::address_in_use, "address-in-use"},
    {log_kind::address_missing, "address-missing"},
    {log_kind::port_permission, "port-permission"},
    {log_kind::key_mismatch, "key-mismatch"},
    {log_kind::file_unreadable, "file-unreadable"},
    {log_kind::tls_file, "tls-file"},
    {log_kind::permission, "permission"},
    {log_kind::missing_file, "missing-file"},
    {log_kind::plain_password, "plain-password"},
    {log_kind::local_only, "local-only"},
    {log_kind::default_config, "default-config"},
    {log_kind::websocket_only, "websocket-only"},
    {log_kind::already_connected, "already-connected"},
    {log_kind::timeout, "timeout"},
    {log_kind::tls, "tls"},
    {log_kind::refused, "refused"},
    {log_kind::protocol_error, "protocol-error"},
    {log_kind::backend_down, "backend-down"},
    {log_kind::selinux, "selinux"},
});
static_assert(is_in_order(word_rows<log_kind>));

}  // namespace mqttkit::doctor
