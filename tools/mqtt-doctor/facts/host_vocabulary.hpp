// Words in facts about a broker's own machine, like those of vocabulary.hpp. Reports do not show
// them: causes make sentences of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// A fault in a configuration, or in a file it names.
enum class problem_kind : std::uint8_t {
  none,
  unknown_variable,
  byte_order_mark,
  bad_value,         ///< mosquitto rejects the value
  tab,               ///< a tab after the name, where mosquitto wants a blank
  above_listener,    ///< no effect there, under per_listener_settings
  overridden,        ///< a later value holds for all listeners
  address_not_here,  ///< to bind to, and this machine does not have it
  privileged_port,
  websocket_only,  ///< mosquitto 2.0 does not start with that
  duplicate_port,
  socket_domain_missing,
  missing_file,
  unreadable_file,           ///< unreadable for the broker's user
  unreadable_configuration,  ///< unreadable for the doctor
  ignored_file,              ///< in include_dir, but its name does not end in .conf
  plain_password,            ///< a password without a hash
  empty_password_file,
  user_not_in_file,
  dynamic_client_off,    ///< the dynamic security plugin's file says that the user is disabled
  dynamic_client_bound,  ///< to one client identifier, which is the detail
  key_mismatch,
  key_missing,  ///< certfile without keyfile
  bad_certificate,
  certificate_expired,
  certificate_newer,    ///< than the process that uses it
  changed_since_start,  ///< the running broker has not read it
  hosts_deny,           ///< /etc/hosts.deny turns clients away
  newer_variable,       ///< of a later mosquitto; the version here is not known
  duplicate_option,     ///< a second line of an option that may stand once
  outside_bridge,       ///< a bridge's option above every "connection"
  incomplete_bridge,    ///< a bridge without address or topic
  missing_user,         ///< the user to run as does not exist here
  broken_store,         ///< the saved messages are no database, or a newer mosquitto's
  foreign_hash,         ///< a password hashed by another program
  no_password_file,     ///< password_file names a file for something else
  login_exchanged,      ///< the password given is a user's name in the file
  stray_user_line,      ///< in a password file: mosquitto_passwd loses all from there on
  utf_16,               ///< a configuration in UTF-16; the detail is its name for iconv
  lacks_option,         ///< an option without the one it needs, which is the detail
  contradiction,        ///< an option beside another one, the detail, that excludes it
  same_identifier,      ///< two bridges with one identifier on this broker
  nested_include,       ///< include_dir in an included file, which is not followed
  not_utf8,
  unwritable_file,     ///< a file that the broker's user cannot create or write
  missing_folder,      ///< of a file that the broker writes; it goes on without
  no_host_name,        ///< to bind to, and it can be no name of a host
  tls_listener_plain,  ///< RabbitMQ: the usual TLS port, in a line for plain MQTT
  outside_link,        ///< in a container: a link to the detail, which is not mounted there
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
    {problem_kind::dynamic_client_off, "dynamic-client-off"},
    {problem_kind::dynamic_client_bound, "dynamic-client-bound"},
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
    {problem_kind::utf_16, "utf-16"},
    {problem_kind::lacks_option, "lacks-option"},
    {problem_kind::contradiction, "contradiction"},
    {problem_kind::same_identifier, "same-identifier"},
    {problem_kind::nested_include, "nested-include"},
    {problem_kind::not_utf8, "not-utf8"},
    {problem_kind::unwritable_file, "unwritable-file"},
    {problem_kind::missing_folder, "missing-folder"},
    {problem_kind::no_host_name, "no-host-name"},
    {problem_kind::tls_listener_plain, "tls-listener-plain"},
    {problem_kind::outside_link, "outside-link"},
});
static_assert(is_in_order(word_rows<problem_kind>));

/// What a line of a log tells.
enum class log_kind : std::uint8_t {
  none,
  max_connections,
  file_limit,
  tcpd,    ///< tcp wrappers (hosts.allow, hosts.deny)
  denied,  ///< the access list denied something
  guest,   ///< RabbitMQ's guest came from another machine
  config_error,
  address_in_use,
  address_missing,  ///< an address to bind to
  port_permission,
  key_mismatch,
  file_unreadable,  ///< password file or access list
  tls_file,         ///< a TLS file could not be loaded
  permission,
  missing_file,
  plain_password,
  local_only,  ///< mosquitto runs in local only mode
  default_config,
  websocket_only,
  already_connected,
  timeout,
  tls,
  refused,  ///< a login was refused
  protocol_error,
  backend_down,          ///< a proxy does not reach its backend
  selinux,               ///< SELinux denied a port
  dropped,               ///< messages for a client are thrown away: too many wait
  too_large,             ///< a client's packet was larger than the broker takes
  not_offered,           ///< a client used what the broker does not offer: a QoS, retained messages
  limited,               ///< a client was held back by a rate, a quota or a ban
  odd_name,              ///< a client's name has a wildcard, and patterns deny it everything
  alarm,                 ///< RabbitMQ ran short of memory or disk, and takes no messages
  alarm_over,            ///< and takes them again
  not_serving,           ///< the broker runs, or was started, and serves no client yet
  bridge,                ///< of mosquitto's own connection to another broker
  out_of_memory,         ///< the broker may take no more memory, and turns clients away
  not_subscribed_again,  ///< a client came back, without a session, and sent no SUBSCRIBE
  error,                 ///< an error of a kind not known here
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
    {log_kind::dropped, "dropped"},
    {log_kind::too_large, "too-large"},
    {log_kind::not_offered, "not-offered"},
    {log_kind::limited, "limited"},
    {log_kind::odd_name, "odd-name"},
    {log_kind::alarm, "alarm"},
    {log_kind::alarm_over, "alarm-over"},
    {log_kind::not_serving, "not-serving"},
    {log_kind::bridge, "bridge"},
    {log_kind::out_of_memory, "out-of-memory"},
    {log_kind::not_subscribed_again, "not-subscribed-again"},
    {log_kind::error, "error"},
});
static_assert(is_in_order(word_rows<log_kind>));

/// Families of addresses, by nft's names.
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

/// The ICMP error of a rejecting firewall, by nft's and iptables' words; others are kept.
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

/// The result of connecting to the address that a port is forwarded to.
enum class forward_outcome : std::uint8_t {
  none,
  open,
  refused,
  silent,
  unreachable,  ///< no machine has the address, or no route leads to it
  martian,      ///< 127.0.0.0/8, for which the kernel takes nothing from outside (route_localnet)
};
template <>
inline constexpr auto word_rows<forward_outcome> = std::to_array<row<forward_outcome>>({
    {forward_outcome::none, ""},
    {forward_outcome::open, N_("open")},
    {forward_outcome::refused, N_("refused")},
    {forward_outcome::silent, N_("silent")},
    {forward_outcome::unreachable, N_("unreachable")},
    {forward_outcome::martian, N_("thrown away")},
});
static_assert(is_in_order(word_rows<forward_outcome>));

/// The state of a process, by Linux's letters; others are kept.
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

/// Whether a service starts at boot, in systemd's words; others are kept.
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

/// What a listener speaks: mosquitto's words, and schemes for other brokers.
enum class listener_protocol : std::uint8_t {
  none,
  mqtt,
  websockets,
  mqttsn,
  http_api,
  unix_socket,  ///< MQTT on a Unix socket
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

/// What a line of an access list allows or denies.
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

/// Which messages a "topic" line of a bridge passes on, in mosquitto's words; others are kept.
enum class bridge_direction : std::uint8_t {
  none,
  out,  ///< this broker's to the other one
  in,   ///< the other broker's to this one
  both,
};
template <>
inline constexpr auto word_rows<bridge_direction> = std::to_array<row<bridge_direction>>({
    {bridge_direction::none, ""},
    {bridge_direction::out, "out"},
    {bridge_direction::in, "in"},
    {bridge_direction::both, "both"},
});
static_assert(is_in_order(word_rows<bridge_direction>));

/// Whether a bridge's connection stands.
enum class bridge_link : std::uint8_t {
  none,  ///< not known
  connected,
  not_connected,
};
template <>
inline constexpr auto word_rows<bridge_link> = std::to_array<row<bridge_link>>({
    {bridge_link::none, ""},
    {bridge_link::connected, "connected"},
    {bridge_link::not_connected, "not-connected"},
});
static_assert(is_in_order(word_rows<bridge_link>));

/// What a file holds in place of a certificate: the second line in the detail of
/// problem_kind::bad_certificate.
enum class certificate_content : std::uint8_t {
  none,  ///< something else, or it could not be read
  nothing,
  joined_lines,  ///< certificates with no line end between them
  request,
  certificate,
  private_key,
  swapped,  ///< a private key, and the keyfile holds the certificate
  web_page,
  der,
  locked_key,  ///< a private key with a passphrase
  public_key,
  revocations,
};
template <>
inline constexpr auto word_rows<certificate_content> = std::to_array<row<certificate_content>>({
    {certificate_content::none, ""},
    {certificate_content::nothing, "nothing"},
    {certificate_content::joined_lines, "joined lines"},
    {certificate_content::request, "request"},
    {certificate_content::certificate, "certificate"},
    {certificate_content::private_key, "private key"},
    {certificate_content::swapped, "swapped"},
    {certificate_content::web_page, "web page"},
    {certificate_content::der, "DER"},
    {certificate_content::locked_key, "locked key"},
    {certificate_content::public_key, "public key"},
    {certificate_content::revocations, "revocations"},
});
static_assert(is_in_order(word_rows<certificate_content>));

/// What a file named by password_file is for besides, in the detail of
/// problem_kind::no_password_file. The name of another option that names the file is kept.
enum class second_use : std::uint8_t {
  none,
  configuration,  ///< a file of the broker's configuration
  system,         ///< users of the machine: /etc/passwd and its like
};
template <>
inline constexpr auto word_rows<second_use> = std::to_array<row<second_use>>({
    {second_use::none, ""},
    {second_use::configuration, "configuration"},
    {second_use::system, "system"},
});
static_assert(is_in_order(word_rows<second_use>));

/// Proxies whose configuration the doctor reads.
enum class proxy_program : std::uint8_t {
  none,
  haproxy,
  nginx,
  stunnel,
  socat,
  caddy,
  apache,
  traefik,
};
template <>
inline constexpr auto word_rows<proxy_program> = std::to_array<row<proxy_program>>({
    {proxy_program::none, ""},
    {proxy_program::haproxy, "haproxy"},
    {proxy_program::nginx, "nginx"},
    {proxy_program::stunnel, "stunnel"},
    {proxy_program::socat, "socat"},
    {proxy_program::caddy, "caddy"},
    {proxy_program::apache, "apache2"},
    {proxy_program::traefik, "traefik"},
});
static_assert(is_in_order(word_rows<proxy_program>));

/// What a proxy passes on; others are kept.
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

/// What SELinux does with a violation.
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

/// A cloud provider, with the name that sentences use and its name for the packet filter; "" where
/// unknown.
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

/// Programs recognised by the name of their process.
enum class listening_program : std::uint8_t {
  none,  ///< any other program
  mosquitto,
  systemd,  ///< holds sockets of services until their first connection
  docker_proxy,
  nginx,
  haproxy,
  stunnel,
  envoy,
  traefik,
  caddy,
  socat,
  apache,
};
struct program_row {
  listening_program value;
  const char* word;
  bool is_proxy;  ///< passes connections on
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
    {listening_program::apache, "apache2", true},
});
static_assert(is_in_order(word_rows<listening_program>));

/// @param process  name of a process; Debian's stunnel runs as "stunnel4", Red Hat's Apache as
/// "httpd", and where containers are an ordinary user's, other programs hold their ports
constexpr listening_program program_of(std::string_view process) noexcept {
  if (process.substr(0, 7) == "stunnel") return listening_program::stunnel;
  if (process == "httpd") return listening_program::apache;
  if (process == "rootlessport" || process == "rootlesskit") return listening_program::docker_proxy;
  for (const program_row& row : word_rows<listening_program>) {
    if (process == row.word) return row.value;
  }
  return listening_program::none;
}
constexpr bool is_proxy(listening_program value) noexcept {
  return word_rows<listening_program>[static_cast<std::size_t>(value)].is_proxy;
}

}  // namespace mqttkit::doctor
