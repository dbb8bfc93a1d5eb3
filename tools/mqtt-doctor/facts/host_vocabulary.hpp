// The words in which the facts of a broker's own machine are told; like those of vocabulary.hpp. No
// report says them as they stand: causes speak of them in sentences.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

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
  newer_variable,       ///< which a later mosquitto knows; of the version here nothing was learned
  duplicate_option,     ///< a second line of what may stand once
  outside_bridge,       ///< an option of a bridge above every "connection"
  incomplete_bridge,    ///< without an address or a topic
  missing_user,         ///< to run as, which this machine does not have
  broken_store,         ///< what was kept is no database of mosquitto, or a newer one's
  foreign_hash,         ///< of a password, made by another program
  no_password_file,     ///< what password_file names is a file for something else
  login_exchanged,      ///< what was given as the password is a user of the file
  stray_user_line,      ///< in a password file: mosquitto_passwd loses what stands from there on
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
    {problem_kind::newer_variable, "newer-variable"},
    {problem_kind::duplicate_option, "duplicate-option"},
    {problem_kind::outside_bridge, "outside-bridge"},
    {problem_kind::incomplete_bridge, "incomplete-bridge"},
    {problem_kind::missing_user, "missing-user"},
    {problem_kind::broken_store, "broken-store"},
    {problem_kind::foreign_hash, "foreign-hash"},
    {problem_kind::no_password_file, "no-password-file"},
    {problem_kind::login_exchanged, "login-exchanged"},
    {problem_kind::stray_user_line, "stray-user-line"},
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
  error,         ///< the program's own word for it, of no kind known here
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
    {log_kind::error, "error"},
});
static_assert(is_in_order(word_rows<log_kind>));

/// The families of addresses, as nft calls them.
enum class ip_family : std::uint8_t {
  none,
  v4,
  v6,
};
template <>
inline constexpr auto word_rows<ip_family> = std::to_array<row<ip_family>>({
    {ip_family::none, ""},
    {ip_family::v4, "ip"},
    {ip_family::v6, "ip6"},
});
static_assert(is_in_order(word_rows<ip_family>));

constexpr ip_family family_of(bool is_v6) noexcept { return is_v6 ? ip_family::v6 : ip_family::v4; }

/// What a firewall says in ICMP when it rejects: the words of nft and iptables. Others are kept.
enum class icmp_refusal : std::uint8_t {
  none,
  port_unreachable,
  proto_unreachable,
  host_unreachable,
  net_unreachable,
  admin_prohibited,
  host_prohibited,
  net_prohibited,
};
template <>
inline constexpr auto word_rows<icmp_refusal> = std::to_array<row<icmp_refusal>>({
    {icmp_refusal::none, ""},
    {icmp_refusal::port_unreachable, "port-unreachable"},
    {icmp_refusal::proto_unreachable, "proto-unreachable"},
    {icmp_refusal::host_unreachable, "host-unreachable"},
    {icmp_refusal::net_unreachable, "net-unreachable"},
    {icmp_refusal::admin_prohibited, "admin-prohibited"},
    {icmp_refusal::host_prohibited, "host-prohibited"},
    {icmp_refusal::net_prohibited, "net-prohibited"},
});
static_assert(is_in_order(word_rows<icmp_refusal>));

/// What became of connecting to where a port is sent on to.
enum class forward_outcome : std::uint8_t {
  none,
  open,
  refused,
  silent,
  unreachable,  ///< nobody has the address, or there is no way to it
};
template <>
inline constexpr auto word_rows<forward_outcome> = std::to_array<row<forward_outcome>>({
    {forward_outcome::none, ""},
    {forward_outcome::open, N_("open")},
    {forward_outcome::refused, N_("refused")},
    {forward_outcome::silent, N_("silent")},
    {forward_outcome::unreachable, N_("unreachable")},
});
static_assert(is_in_order(word_rows<forward_outcome>));

/// The state of a process, in Linux's letters. Others are kept.
enum class process_state : std::uint8_t {
  none,
  running,
  sleeping,
  waiting,  ///< for a disk or a network file system
  stopped,
  traced,
  zombie,
};
template <>
inline constexpr auto word_rows<process_state> = std::to_array<row<process_state>>({
    {process_state::none, ""},
    {process_state::running, "R"},
    {process_state::sleeping, "S"},
    {process_state::waiting, "D"},
    {process_state::stopped, "T"},
    {process_state::traced, "t"},
    {process_state::zombie, "Z"},
});
static_assert(is_in_order(word_rows<process_state>));

/// Whether a service starts with the machine, in systemd's words. Others are kept.
enum class service_start : std::uint8_t {
  none,
  enabled,
  disabled,
  masked,
};
template <>
inline constexpr auto word_rows<service_start> = std::to_array<row<service_start>>({
    {service_start::none, ""},
    {service_start::enabled, "enabled"},
    {service_start::disabled, "disabled"},
    {service_start::masked, "masked"},
});
static_assert(is_in_order(word_rows<service_start>));

/// What a listener speaks, as its configuration says: mosquitto's words, and schemes for others.
enum class listener_protocol : std::uint8_t {
  none,
  mqtt,
  websockets,
  mqttsn,
  http_api,
  unix_socket,  ///< mqtt on a socket of the file system
  mqtts,
  ws,
  wss,
};
template <>
inline constexpr auto word_rows<listener_protocol> = std::to_array<row<listener_protocol>>({
    {listener_protocol::none, ""},
    {listener_protocol::mqtt, "mqtt"},
    {listener_protocol::websockets, "websockets"},
    {listener_protocol::mqttsn, "mqttsn"},
    {listener_protocol::http_api, "http_api"},
    {listener_protocol::unix_socket, "unix"},
    {listener_protocol::mqtts, "mqtts"},
    {listener_protocol::ws, "ws"},
    {listener_protocol::wss, "wss"},
});
static_assert(is_in_order(word_rows<listener_protocol>));

/// What a line of an access list allows, or denies.
enum class acl_access : std::uint8_t {
  none,
  read,
  write,
  readwrite,
  deny,
};
template <>
inline constexpr auto word_rows<acl_access> = std::to_array<row<acl_access>>({
    {acl_access::none, ""},
    {acl_access::read, "read"},
    {acl_access::write, "write"},
    {acl_access::readwrite, "readwrite"},
    {acl_access::deny, "deny"},
});
static_assert(is_in_order(word_rows<acl_access>));

/// The proxies whose configuration is read.
enum class proxy_program : std::uint8_t {
  none,
  haproxy,
  nginx,
  stunnel,
};
template <>
inline constexpr auto word_rows<proxy_program> = std::to_array<row<proxy_program>>({
    {proxy_program::none, ""},
    {proxy_program::haproxy, "haproxy"},
    {proxy_program::nginx, "nginx"},
    {proxy_program::stunnel, "stunnel"},
});
static_assert(is_in_order(word_rows<proxy_program>));

/// What a proxy passes on. Others are kept.
enum class proxy_mode : std::uint8_t {
  none,
  tcp,
  http,
};
template <>
inline constexpr auto word_rows<proxy_mode> = std::to_array<row<proxy_mode>>({
    {proxy_mode::none, ""},
    {proxy_mode::tcp, "tcp"},
    {proxy_mode::http, "http"},
});
static_assert(is_in_order(word_rows<proxy_mode>));

/// What a broker writes to a disk.
enum class disk_purpose : std::uint8_t {
  none,
  persistence,  ///< retained messages and sessions
  log,
};
template <>
inline constexpr auto word_rows<disk_purpose> = std::to_array<row<disk_purpose>>({
    {disk_purpose::none, ""},
    {disk_purpose::persistence, "persistence"},
    {disk_purpose::log, "log"},
});
static_assert(is_in_order(word_rows<disk_purpose>));

/// What SELinux does with what it does not allow.
enum class selinux_mode : std::uint8_t {
  none,
  enforcing,
  permissive,
};
template <>
inline constexpr auto word_rows<selinux_mode> = std::to_array<row<selinux_mode>>({
    {selinux_mode::none, ""},
    {selinux_mode::enforcing, "enforcing"},
    {selinux_mode::permissive, "permissive"},
});
static_assert(is_in_order(word_rows<selinux_mode>));

/// A provider of machines, with the name it goes by and what it calls its packet filter; "" where
/// that is not known.
enum class cloud_provider : std::uint8_t {
  none,
  aliyun,
  tencent,
  huawei,
  baidu,
  volcengine,
  aws,
  azure,
  gcp,
  oracle,
  digitalocean,
  hetzner,
  vultr,
  linode,
  upcloud,
  scaleway,
  ovh,
};
struct cloud_row {
  cloud_provider value;
  const char* word;
  const char* name;
  const char* filter;
};
template <>
inline constexpr auto word_rows<cloud_provider> = std::to_array<cloud_row>({
    {cloud_provider::none, "", "", ""},
    {cloud_provider::aliyun, "aliyun", N_("Alibaba Cloud"), N_("security group (安全组)")},
    {cloud_provider::tencent, "tencent", N_("Tencent Cloud"), N_("security group (安全组)")},
    {cloud_provider::huawei, "huawei", N_("Huawei Cloud"), N_("security group (安全组)")},
    {cloud_provider::baidu, "baidu", N_("Baidu Cloud"), N_("security group (安全组)")},
    {cloud_provider::volcengine, "volcengine", N_("Volcengine"), N_("security group (安全组)")},
    {cloud_provider::aws, "aws", "AWS", N_("security group and network ACL")},
    {cloud_provider::azure, "azure", "Azure", N_("network security group")},
    {cloud_provider::gcp, "gcp", "Google Cloud",
     N_("VPC firewall rule (with the network tag of this machine)")},
    {cloud_provider::oracle, "oracle", "Oracle Cloud",
     N_("security list or network security group")},
    {cloud_provider::digitalocean, "digitalocean", "DigitalOcean", N_("cloud firewall")},
    {cloud_provider::hetzner, "hetzner", "Hetzner", N_("cloud firewall")},
    {cloud_provider::vultr, "vultr", "Vultr", N_("firewall group")},
    {cloud_provider::linode, "linode", "Linode", N_("cloud firewall")},
    {cloud_provider::upcloud, "upcloud", "", ""},
    {cloud_provider::scaleway, "scaleway", "", ""},
    {cloud_provider::ovh, "ovh", "", ""},
});
static_assert(is_in_order(word_rows<cloud_provider>));
constexpr const cloud_row& row_of(cloud_provider value) noexcept {
  return word_rows<cloud_provider>[static_cast<std::size_t>(value)];
}

/// The programs that are known by the name of their process.
enum class listening_program : std::uint8_t {
  none,  ///< another
  mosquitto,
  systemd,  ///< holds sockets for services that it starts when somebody comes
  docker_proxy,
  nginx,
  haproxy,
  stunnel,
  envoy,
  traefik,
  caddy,
  socat,
};
struct program_row {
  listening_program value;
  const char* word;
  bool is_proxy;  ///< passes on what comes to it
};
template <>
inline constexpr auto word_rows<listening_program> = std::to_array<program_row>({
    {listening_program::none, "", false},
    {listening_program::mosquitto, "mosquitto", false},
    {listening_program::systemd, "systemd", false},
    {listening_program::docker_proxy, "docker-proxy", true},
    {listening_program::nginx, "nginx", true},
    {listening_program::haproxy, "haproxy", true},
    {listening_program::stunnel, "stunnel", true},
    {listening_program::envoy, "envoy", true},
    {listening_program::traefik, "traefik", true},
    {listening_program::caddy, "caddy", true},
    {listening_program::socat, "socat", true},
});
static_assert(is_in_order(word_rows<listening_program>));

/// @param process  the name of a process: Debian's stunnel runs as "stunnel4"
constexpr listening_program program_of(std::string_view process) noexcept {
  if (process.substr(0, 7) == "stunnel") return listening_program::stunnel;
  for (const program_row& row : word_rows<listening_program>) {
    if (process == row.word) return row.value;
  }
  return listening_program::none;
}
constexpr bool is_proxy(listening_program value) noexcept {
  return word_rows<listening_program>[static_cast<std::size_t>(value)].is_proxy;
}

}  // namespace mqttkit::doctor
