// The broker's own machine as it bears on one port: the socket, process, configuration and firewall
// rules that matter to that port.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/facts/addresses.hpp"

namespace mqttkit::doctor {

struct host_view {
  const view& known;
  const host_facts& host;
  std::vector<const listener_fact*> sockets;          ///< sockets that listen on the port
  const configuration_fact* configuration = nullptr;  ///< of the broker in question
  const configured_listener* block = nullptr;         ///< its listener for the port
  /// Whether a program that is no proxy and has no configuration here holds the port: what is
  /// configured and logged for others then says nothing about it.
  bool is_held_by_other = false;
  /// The container that has the port and whose broker's configuration this is; null for a broker of
  /// the machine's own.
  const container_fact* container = nullptr;

  int port() const { return known.at.port; }
  bool is_listening() const { return !sockets.empty(); }
  /// Whether a socket listens on more than the loopback address.
  bool is_public() const;
  /// The deciding socket, a public one first; null when none listens.
  const listener_fact* socket() const { return sockets.empty() ? nullptr : sockets[0]; }
  /// The socket that takes connections to the dialled address: one bound to that very address, or
  /// else one of its family. null when none listens.
  const listener_fact* dialled() const;
  /// The process holding the port, when it is an inspected broker.
  const process_fact* process() const;
  /// A broker's process by the broker's make; null when none runs.
  const process_fact* running(const fact_word<broker_kind>& name) const;
  /// Whether the broker accepted us on the dialled port.
  bool works() const { return accepted(known) != nullptr; }

  /// The first problem of that kind in the configuration in question.
  const configuration_problem* problem(problem_kind kind) const;
  /// A setting as it is in force for the port; "" when it is not set.
  std::string setting(const std::string& name) const;
  /// The last line of that kind since the broker's start.
  const log_fact* logged(log_kind kind) const;
  /// The program that holds the port, as its process or, where that is not seen, its socket says.
  std::string holder_name() const;
  /// What the password file in force says of the tried login; null when it was not checked.
  const login_check_fact* login_check() const;
  /// The user that the broker takes the client for: mosquitto may take the name in the client's
  /// certificate in the place of the one that was sent. "" for none, or one that is not known.
  std::string user_in_force() const;
  /// Whether that is the certificate's whole subject, or the common name in it.
  bool is_user_by_subject() const;
  bool is_user_by_common_name() const;
  const firewall_fact* firewall(ip_family family) const;
  /// The firewall's verdict on the broker's outgoing answers; null when no rule concerns them.
  const firewall_fact* reply_firewall(ip_family family) const;
  const service_fact* service() const;

  /// Whether the configuration's broker neither runs nor holds the port.
  bool is_down() const;
  /// Whether some file of the configuration could not be read, so that what is missing may stand
  /// there.
  bool is_read_in_part() const {
    return problem(problem_kind::unreadable_configuration) != nullptr;
  }
  /// Whether the firewall's rules for the port were read, so that redirections are known.
  bool is_firewall_read(ip_family family) const;
};

/// The machine as it bears on the endpoint's port; nothing when this is not the broker's machine.
std::optional<host_view> look_at(const view& known);
std::optional<host_view> look_at(view&&) = delete;  // the result keeps a reference

/// Whether a broker lives on this machine, running or not: a process, a configuration, or a service
/// that systemd knows.
bool is_brokers_machine(const view& known);

/// Whether a unit of a broker is installed here, running or not.
bool has_brokers_service(const host_facts& host);

/// The listener that a configuration sets up on a port; null when there is none.
const configured_listener* block_for(const configuration_fact& from, int port);

/// The file in which a listener stands: the configuration itself, or one that it includes.
std::string file_of(const configured_listener& listener, const configuration_fact& from);

/// The listening broker, when it holds the port itself and no rule redirects the port: no proxy of
/// this machine is in front. null where that is not known, or another machine was dialled.
const listener_fact* broker_itself(const view& known);

/// Whether the program hands connections on by trade. Apache is a web server first.
bool is_in_front(listening_program program);
/// The same for the program that holds a socket: Apache is in front where its files say so.
bool is_in_front(const listener_fact& socket, const host_facts& host);
/// What the proxy that holds the port is set up to do: for WebSocket with the asked path, else with
/// the port. null when another program holds it, or the proxy's file could not be read.
const proxy_fact* proxy_on(const host_view& at);
/// The location of a web server that answers for a path of a host; null where an expression may
/// decide, or none fits.
const proxy_fact* location_for(const host_facts& host, int port, std::string_view path,
                               std::string_view name);
/// The proxy that is set up for the port and does not run; null when something listens there, or no
/// proxy is set up.
const proxy_fact* stopped_proxy(const host_view& at);
/// Makes less sure what was read in a file that the proxy has not read since it changed.
void doubt_unread(const view& known, finding& found);
/// The command that starts the proxy anew.
std::string restart_of(const proxy_fact& proxy, const host_facts& host);
/// The port on its own machine that the proxy leads to; 0 where the target is elsewhere or unknown.
int port_behind(const proxy_fact& proxy, const host_facts& host);

/// "127.0.0.1:1883 (mosquitto, pid 812)"
std::string socket_text(const listener_fact& listener);
/// "FILE, line 3"; "FILE" when the line is not known.
std::string place_text(const configuration_problem& problem);
/// The command that ends a process and waits until it is gone and its port is free.
std::string stop_command(int pid);
/// The command that starts the broker again, with systemd or without.
std::string restart_command(const host_view& at);
/// The command that edits a configuration file by a sed script and keeps the old one as FILE.bak.
std::string edit_command(const std::string& script, const std::string& file);
/// The text escaped for such a script, as a pattern and as a replacement.
std::string sed_pattern_of(const std::string& text);
std::string sed_replacement_of(const std::string& text);
/// Lets mosquitto read its password file and access list again; at.configuration must not be null.
std::string reload_command(const host_view& at);
/// Sets a user's password in mosquitto's file; at.configuration must not be null.
std::string user_command(const host_view& at, const std::string& user);
/// Whether mosquitto's dynamic security plugin keeps the users, and not a password file.
bool has_dynamic_users(const host_view& at);
/// The provider's name for its packet filter; "security group" where the provider is not known.
std::string cloud_filter(cloud_provider cloud);
/// The firewall verdict that stops the broker's answers; null when they get out.
const firewall_fact* stopped_answers(const host_view& at, ip_family family);
/// The rule that turns an address away; null when the address is let in.
const source_rule_fact* refusal_of(const firewall_fact& at, std::string_view address);
/// Whether some addresses are turned away by a set that could not be read.
bool has_unread_refusals(const firewall_fact& at);
/// The cure that removes one address from what a rule turns away.
cure let_in(const source_rule_fact& rule, int port, const std::string& address);
/// Opens the configuration's listener for the port, whose line binds it to an address or an
/// interface of this machine alone; at.block must not be null.
made_finding& open_block(made_finding& made, const host_view& at);
/// The running container of a broker that has the port, published or as one that shares the
/// machine's network; null when there is none.
const container_fact* publisher(const host_view& at);
/// Whether the only broker that runs is in a container that no list tells of.
bool is_in_a_container(const host_view& at);
/// The port of the container that Docker sends a port of this machine to; 0 when it is not known.
int port_inside(const container_fact& container, int port);
/// "sudo docker restart NAME", or Home Assistant's own command for its containers.
std::string container_command(const container_fact& container, const std::string& words);
/// The name that a container has for a path of this machine, where that is mounted; else the path.
std::string path_inside(const container_fact& container, const std::string& path);
/// "sudo mosquitto_passwd OPTIONS FILE", or the same inside the broker's container.
std::string passwd_command(const host_view& at, const std::string& options,
                           const std::string& file);
/// A quotation of a log line, as evidence.
sentence log_words(const log_fact& line);

/// The beginning of a command that puts a rule at the top of a chain ("raw PREROUTING"):
/// "sudo iptables -t raw -I PREROUTING".
std::string iptables_insertion(const std::string& chain, bool is_v6);
/// The end of a rule that lets TCP's answers alone through a chain, and no new connection. At an
/// interface and in the raw tables nobody knows connections yet; that a packet opens none is seen
/// everywhere.
std::string accept_answers(firewall_tool tool);
/// "2026-11-30T01:51:02Z" in seconds since 1970; 0 where the text has another form.
std::int64_t second_of_utc(const std::string& text);
/// Whether CONNACK refused the login.
bool was_login_refused(const view& known);
/// Whether the broker ended the connection without an answer to CONNECT.
bool was_closed_without_answer(const view& known);
/// Whether the configuration in question is mosquitto's.
bool is_mosquitto(const host_view& at);
/// A container whose program has the port inside the container; null when there is none.
const container_fact* container_with(const host_view& at);
/// The container of a broker that does not run, when no container of a broker does; null when there
/// is none.
const container_fact* stopped_container(const host_view& at);
/// Whether that container is the broker that is missed: it failed, or no service could be meant.
bool is_container_missed(const host_view& at);
/// How long ago (s) the mosquitto on the port was started, when it keeps nothing on disk; nullopt
/// when it does, or one of both is not known.
std::optional<double> forgetful_for_s(const view& known);
/// The broker that holds the port, or else the one that is configured here; none where unknown.
broker_kind broker_here(const host_view& at);
/// A line for a broker's configuration, and the file it belongs to.
struct config_line {
  std::string text;  ///< "": this broker's is not known here
  std::string file;
};
/// The line by which this broker (not mosquitto) listens on the port for everybody.
config_line open_listener_line(const host_view& at);
/// The variable of a broker's environment that sets something, by its whole name or that of its
/// listener; "" where its file does.
std::string variable_that_sets(const host_view& at, const std::string& name);
/// What a setting of a broker's file, or of its environment, says, as evidence.
sentence said_words(const host_view& at, const std::string& name, const std::string& value);
/// Adds what a line of a broker's log means for a container; false where it is not known.
bool explain_complaint(made_finding& made, std::string_view line);
/// Whether Docker's own proxy holds the port.
bool is_from_docker(const host_view& at);

// One function per cause; the table is in host_causes.cpp.
maybe_finding host_loopback_listener(const view&, exclusions&);
maybe_finding host_not_running(const view&, exclusions&);
maybe_finding host_file_unread(const view&, exclusions&);
maybe_finding host_wrong_port(const view&, exclusions&);
maybe_finding host_ipv6_listener(const view&, exclusions&);
/// A proxy, or another program than the broker, takes the port by IPv4 alone; IPv6 was refused.
maybe_finding host_held_on_v4(const host_view& at, const contact& refused);
maybe_finding host_docker_port(const view&, exclusions&);
maybe_finding host_compose_network(const view&, exclusions&);
maybe_finding host_traefik_router(const view&, exclusions&);
maybe_finding host_traefik_tls(const view&, exclusions&);
maybe_finding host_traefik_web(const view&, exclusions&);
maybe_finding host_proxy_order(const view&, exclusions&);
maybe_finding host_proxy_module(const view&, exclusions&);
maybe_finding host_site_name(const view&, exclusions&);
maybe_finding host_broker_file_closed(const view&, exclusions&);
maybe_finding host_broker_tls_file(const view&, exclusions&);
maybe_finding host_rabbit_plain_port(const view&, exclusions&);
maybe_finding host_container_down(const view&, exclusions&);
maybe_finding host_container_local(const view&, exclusions&);
maybe_finding host_container_port(const view&, exclusions&);
maybe_finding host_container_loopback(const view&, exclusions&);
maybe_finding host_container_network(const view&, exclusions&);
maybe_finding host_container_proxy(const view&, exclusions&);
maybe_finding host_container_turns_away(const view&, exclusions&);
maybe_finding host_container_nameless(const view&, exclusions&);
maybe_finding host_container_users(const view&, exclusions&);
maybe_finding host_broker_apart(const view&, exclusions&);
maybe_finding host_docker_down(const view&, exclusions&);
maybe_finding host_port_forward(const view&, exclusions&);
maybe_finding host_wrong_target(const view&, exclusions&);
maybe_finding host_proxy_mode(const view&, exclusions&);
maybe_finding host_proxy_target(const view&, exclusions&);
maybe_finding host_banned_neighbour(const view&, exclusions&);
maybe_finding host_proxy_stopped(const view&, exclusions&);
maybe_finding host_proxy_elsewhere(const view&, exclusions&);
maybe_finding host_proxy_log(const view&, exclusions&);
maybe_finding host_proxy_upgrade(const view&, exclusions&);
maybe_finding host_proxy_path(const view&, exclusions&);
maybe_finding host_proxy_name(const view&, exclusions&);
maybe_finding host_proxy_silence(const view&, exclusions&);
maybe_finding host_web_silence(const view&, exclusions&);
maybe_finding host_forward_dead(const view&, exclusions&);
maybe_finding host_no_route_back(const view&, exclusions&);
maybe_finding host_password_file_closed(const view&, exclusions&);
maybe_finding host_store_closed(const view&, exclusions&);
maybe_finding host_acl_denied(const view&, exclusions&);
maybe_finding host_disk_full(const view&, exclusions&);
maybe_finding host_not_a_broker(const view&, exclusions&);
maybe_finding host_broker_hung(const view&, exclusions&);
maybe_finding host_two_brokers(const view&, exclusions&);
maybe_finding host_shared_out(const view&, exclusions&);
maybe_finding host_backend_down(const view&, exclusions&);
maybe_finding host_firewall_neighbours(const view&, exclusions&);
maybe_finding host_forward_to_loopback(const view&, exclusions&);
maybe_finding host_proxy_exhausted(const view&, exclusions&);
maybe_finding host_proxy_fetches_nothing(const view&, exclusions&);
maybe_finding host_proxy_started_twice(const view&, exclusions&);
maybe_finding host_memory_used_up(const view&, exclusions&);

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

maybe_finding host_bridge_down(const view&, exclusions&);
maybe_finding host_client_id_prefix(const view&, exclusions&);
maybe_finding host_id_of_user(const view&, exclusions&);
maybe_finding host_acl_for_nobody(const view&, exclusions&);
maybe_finding host_mount_point(const view&, exclusions&);
maybe_finding host_mount_point_between(const view&, exclusions&);
maybe_finding host_pre_shared_key(const view&, exclusions&);
maybe_finding host_small_packets(const view&, exclusions&);
maybe_finding host_password_kind(const view&, exclusions&);
maybe_finding host_little_memory(const view&, exclusions&);
maybe_finding host_log_closed(const view&, exclusions&);

maybe_finding host_max_connections(const view&, exclusions&);
maybe_finding host_same_identifier(const view&, exclusions&);
maybe_finding host_dropped_messages(const view&, exclusions&);
maybe_finding host_silent_client(const view&, exclusions&);
maybe_finding host_stood_still(const view&, exclusions&);
maybe_finding host_turned_away_client(const view&, exclusions&);
maybe_finding host_malformed_client(const view&, exclusions&);
maybe_finding host_large_packets(const view&, exclusions&);
maybe_finding host_not_offered(const view&, exclusions&);
maybe_finding host_limited_client(const view&, exclusions&);
maybe_finding host_odd_name(const view&, exclusions&);
maybe_finding host_alarm(const view&, exclusions&);
maybe_finding host_memory_alarm(const view&, exclusions&);
maybe_finding host_not_serving(const view&, exclusions&);
maybe_finding host_login_missing(const view&, exclusions&);
maybe_finding host_rule_denies_reading(const view&, exclusions&);
maybe_finding host_rule_denies_writing(const view&, exclusions&);
// host_file_rights.cpp
maybe_finding host_file_denies_reading(const view&, exclusions&);
maybe_finding host_file_denies_writing(const view&, exclusions&);
maybe_finding host_file_lacks_user(const view&, exclusions&);
maybe_finding host_file_lacks_vhost(const view&, exclusions&);
maybe_finding host_check_unanswered(const view&, exclusions&);
maybe_finding host_rights_unanswered(const view&, exclusions&);
maybe_finding host_header_missing(const view&, exclusions&);
maybe_finding host_connection_type(const view&, exclusions&);
maybe_finding host_nobody_checks(const view&, exclusions&);
maybe_finding host_nobody_grants(const view&, exclusions&);
maybe_finding host_certificate_no_login(const view&, exclusions&);
maybe_finding host_virtual_host(const view&, exclusions&);
maybe_finding host_container_plugin(const view&, exclusions&);
maybe_finding host_access_filter(const view&, exclusions&);
maybe_finding host_anonymous_refused(const view&, exclusions&);
maybe_finding host_bad_credentials(const view&, exclusions&);
maybe_finding host_plain_passwords(const view&, exclusions&);
maybe_finding host_settings_trap(const view&, exclusions&);
maybe_finding host_identity_unasked(const view&, exclusions&);
maybe_finding host_users_elsewhere(const view&, exclusions&);
maybe_finding host_port_of_two(const view&, exclusions&);
maybe_finding host_store_broken(const view&, exclusions&);
maybe_finding host_health_check(const view&, exclusions&);
maybe_finding host_wrong_backend(const view&, exclusions&);
maybe_finding host_source_denied(const view&, exclusions&);
maybe_finding host_few_let_in(const view&, exclusions&);
maybe_finding host_proxy_unread(const view&, exclusions&);
maybe_finding host_proxy_full(const view&, exclusions&);
maybe_finding host_name_without_target(const view&, exclusions&);
maybe_finding host_proxy_to_websocket(const view&, exclusions&);
maybe_finding host_backend_tls(const view&, exclusions&);
maybe_finding host_forward_of_other_address(const view&, exclusions&);
maybe_finding host_proxy_certificate(const view&, exclusions&);
maybe_finding host_guest_only_local(const view&, exclusions&);
maybe_finding host_acl_publish(const view&, exclusions&);
maybe_finding host_acl_read(const view&, exclusions&);
maybe_finding host_acl_dollar(const view&, exclusions&);
maybe_finding host_acl_names(const view&, exclusions&);
maybe_finding host_acl_near(const view&, exclusions&);
maybe_finding host_acl_letters(const view&, exclusions&);

maybe_finding host_plain_to_tls(const view&, exclusions&);
maybe_finding host_tls_to_plain(const view&, exclusions&);
maybe_finding host_raw_to_websocket(const view&, exclusions&);
maybe_finding host_websocket_to_raw(const view&, exclusions&);
maybe_finding host_certificate_old(const view&, exclusions&);
maybe_finding host_missing_intermediate(const view&, exclusions&);
maybe_finding host_client_certificate_missing(const view&, exclusions&);
maybe_finding host_client_certificate_untrusted(const view&, exclusions&);

/// Whether a cause explains why the broker does not start: "not running" alone would then say too
/// little.
bool has_reason_for_not_running(const view&);

}  // namespace mqttkit::doctor
