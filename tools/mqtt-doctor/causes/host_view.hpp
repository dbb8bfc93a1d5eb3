// The broker's own machine, as it bears on one port: which socket, which process, which
// configuration and which firewall rule are the ones in question.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/addresses.hpp"

namespace mqttkit::doctor {

struct host_view {
  const view& seen;
  const host_facts& host;
  std::vector<const listener_fact*> sockets;          ///< that listen on the port
  const configuration_fact* configuration = nullptr;  ///< of the broker in question
  const configured_listener* block = nullptr;         ///< its listener for the port
  /// The port is held by a program that is no proxy and that no configuration here belongs to.
  /// What is configured and logged for others says nothing about it.
  bool is_held_by_other = false;

  int port() const { return seen.at.port; }
  bool is_listening() const { return !sockets.empty(); }
  /// Somebody listens, and not only on the loopback address.
  bool is_public() const;
  /// The socket that decides, the public one first; null when there is none.
  const listener_fact* socket() const { return sockets.empty() ? nullptr : sockets[0]; }
  /// The socket that took, or would take, the connection to the address that was dialled: that very
  /// address before all, its family before the other. null when none listens.
  const listener_fact* dialled() const;
  /// The process behind the port, when it is a broker that was looked at.
  const process_fact* process() const;
  /// A broker process by name; null when none runs.
  const process_fact* running(const fact_word<broker_kind>& name) const;
  /// A broker is here, on other ports or stopped.
  bool works() const { return accepted(seen) != nullptr; }

  /// The first problem of that kind in the configuration in question.
  const configuration_problem* problem(problem_kind kind) const;
  /// A setting as it is in force for the port; "" when it is not set.
  std::string setting(const std::string& name) const;
  /// The last line of that kind since the broker's start.
  const log_fact* logged(log_kind kind) const;
  /// The program that holds the port, as its process or, where that is not seen, its socket says.
  std::string holder_name() const;
  /// What the password file in force says of the login that was tried; null when it was not asked.
  const login_check_fact* login_check() const;
  const firewall_fact* firewall(ip_family family) const;
  /// What the broker's answers meet on their way out; null when nothing stands there.
  const firewall_fact* reply_firewall(ip_family family) const;
  const service_fact* service() const;

  /// The configuration's broker neither runs nor holds the port.
  bool is_down() const;
  /// A file of the configuration was closed to whoever looked: what it does not say may stand
  /// there.
  bool is_read_in_part() const {
    return problem(problem_kind::unreadable_configuration) != nullptr;
  }
  /// The firewall's rules for the port were read: where they send it is known.
  bool is_firewall_read(ip_family family) const;
};

/// Nothing when this is not the broker's machine.
std::optional<host_view> look_at(const view& known);
std::optional<host_view> look_at(view&&) = delete;  // it is kept

/// Whether a broker lives here, running or not: a process, a configuration, or a service that the
/// system knows.
bool is_brokers_machine(const view& known);

/// The listener that a configuration sets up on a port; null when it sets up none there.
const configured_listener* block_for(const configuration_fact& from, int port);

/// The file in which a listener stands: the configuration itself, or one that it includes.
std::string file_of(const configured_listener& listener, const configuration_fact& from);

/// The port's holder is a broker, and nothing sends what arrives there elsewhere: no proxy is in
/// front of it on this machine. null where that is not known, or another machine was dialled.
const listener_fact* broker_itself(const view& known);

/// "127.0.0.1:1883 (mosquitto, pid 812)"
std::string socket_text(const listener_fact& listener);
/// "FILE, line 3"; "FILE" when the line is not known.
std::string place_text(const configuration_problem& problem);
/// Ends a process and waits until it is gone, and its port is free.
std::string stop_command(int pid);
/// The command that starts the broker again, with systemd or without.
std::string restart_command(const host_view& at);
/// Edits a configuration file by a script of sed; what it said before stays beside it as FILE.bak.
std::string edit_command(const std::string& script, const std::string& file);
/// Lets mosquitto read its password file and access list again; at.configuration must be there.
std::string reload_command(const host_view& at);
/// Sets a user's password in the file that mosquitto reads; at.configuration must be there.
std::string user_command(const host_view& at, const std::string& user);
/// What that provider calls its packet filter: "security group", where none is known.
std::string cloud_filter(cloud_provider cloud);
/// Why the answers of the broker do not leave the machine; nothing when they do.
const firewall_fact* stopped_answers(const host_view& at, ip_family family);
/// The rule that turns that address away; null when it is let through.
const source_rule_fact* refusal_of(const firewall_fact& at, std::string_view address);
/// Whether some addresses are turned away that cannot be told from here.
bool has_unread_refusals(const firewall_fact& at);
/// Lets one address in again that a rule turns away.
cure let_in(const source_rule_fact& rule, int port, const std::string& address);
/// What the log says, quoted.
sentence log_words(const log_fact& line);
/// The one configuration here is mosquitto's.
bool is_mosquitto(const host_view& at);
/// A container that has the port inside; null when there is none.
const container_fact* container_with(const host_view& at);
/// Docker's own program has the port.
bool is_from_docker(const host_view& at);

// One function per cause; the table is in host_causes.cpp.
maybe_finding host_loopback_listener(const view&, exclusions&);
maybe_finding host_not_running(const view&, exclusions&);
maybe_finding host_wrong_port(const view&, exclusions&);
maybe_finding host_ipv6_listener(const view&, exclusions&);
maybe_finding host_docker_port(const view&, exclusions&);
maybe_finding host_port_forward(const view&, exclusions&);
maybe_finding host_wrong_target(const view&, exclusions&);
maybe_finding host_proxy_mode(const view&, exclusions&);
maybe_finding host_forward_dead(const view&, exclusions&);
maybe_finding host_no_route_back(const view&, exclusions&);
maybe_finding host_password_file_closed(const view&, exclusions&);
maybe_finding host_store_closed(const view&, exclusions&);
maybe_finding host_acl_denied(const view&, exclusions&);
maybe_finding host_disk_full(const view&, exclusions&);
maybe_finding host_not_a_broker(const view&, exclusions&);
maybe_finding host_broker_hung(const view&, exclusions&);
maybe_finding host_two_brokers(const view&, exclusions&);
maybe_finding host_backend_down(const view&, exclusions&);

maybe_finding host_config_not_used(const view&, exclusions&);
maybe_finding host_config_error(const view&, exclusions&);
maybe_finding host_file_permission(const view&, exclusions&);
maybe_finding host_cert_key_problem(const view&, exclusions&);
maybe_finding host_port_in_use(const view&, exclusions&);
maybe_finding host_bind_address_missing(const view&, exclusions&);
maybe_finding host_privileged_port(const view&, exclusions&);
maybe_finding host_websocket_only(const view&, exclusions&);
maybe_finding host_websocket_bind_ignored(const view&, exclusions&);
maybe_finding host_plugin_off(const view&, exclusions&);
maybe_finding host_service_not_enabled(const view&, exclusions&);
maybe_finding host_selinux_port(const view&, exclusions&);

maybe_finding host_firewall_drop(const view&, exclusions&);
maybe_finding host_firewall_own(const view&, exclusions&);
maybe_finding host_firewall_answers(const view&, exclusions&);
maybe_finding host_firewall_v6(const view&, exclusions&);
maybe_finding host_firewall_banned(const view&, exclusions&);
maybe_finding host_firewall_reset(const view&, exclusions&);
maybe_finding host_firewall_icmp(const view&, exclusions&);
maybe_finding host_firewall_admin(const view&, exclusions&);
maybe_finding host_firewall_prohibited(const view&, exclusions&);
maybe_finding host_firewall_source(const view&, exclusions&);
maybe_finding host_firewall_limit(const view&, exclusions&);
maybe_finding host_firewall_random(const view&, exclusions&);
maybe_finding host_security_group(const view&, exclusions&);

maybe_finding host_max_connections(const view&, exclusions&);
maybe_finding host_access_filter(const view&, exclusions&);
maybe_finding host_anonymous_refused(const view&, exclusions&);
maybe_finding host_bad_credentials(const view&, exclusions&);
maybe_finding host_plain_passwords(const view&, exclusions&);
maybe_finding host_settings_trap(const view&, exclusions&);
maybe_finding host_identity_unasked(const view&, exclusions&);
maybe_finding host_users_elsewhere(const view&, exclusions&);
maybe_finding host_store_broken(const view&, exclusions&);
maybe_finding host_health_check(const view&, exclusions&);
maybe_finding host_wrong_backend(const view&, exclusions&);
maybe_finding host_backend_tls(const view&, exclusions&);
maybe_finding host_proxy_certificate(const view&, exclusions&);
maybe_finding host_guest_only_local(const view&, exclusions&);
maybe_finding host_acl_publish(const view&, exclusions&);
maybe_finding host_acl_read(const view&, exclusions&);
maybe_finding host_acl_dollar(const view&, exclusions&);
maybe_finding host_acl_names(const view&, exclusions&);
maybe_finding host_acl_near(const view&, exclusions&);

maybe_finding host_plain_to_tls(const view&, exclusions&);
maybe_finding host_tls_to_plain(const view&, exclusions&);
maybe_finding host_raw_to_websocket(const view&, exclusions&);
maybe_finding host_websocket_to_raw(const view&, exclusions&);
maybe_finding host_certificate_old(const view&, exclusions&);
maybe_finding host_missing_intermediate(const view&, exclusions&);
maybe_finding host_client_certificate_missing(const view&, exclusions&);
maybe_finding host_client_certificate_untrusted(const view&, exclusions&);

/// Whether one of the reasons for a broker that does not start was found: then "not running" alone
/// says too little.
bool has_reason_for_not_running(const view&);

}  // namespace mqttkit::doctor
