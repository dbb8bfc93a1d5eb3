// What the broker's own machine shows to a user who is logged in there. Everything is only read,
// and without root where root is not needed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/access_facts.hpp"
#include "mqtt-doctor/facts/host_vocabulary.hpp"
#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// A listening socket (/proc/net/tcp, tcp6).
struct listener_fact {
  std::string address;  ///< "0.0.0.0", "127.0.0.1", "::"
  int port = 0;
  int pid = 0;  ///< 0: unknown (other users' processes need root)
  std::string process;
  std::string command;    ///< with arguments; secrets are blanked
  std::string user;       ///< owner of the socket; known without root
  int receive_queue = 0;  ///< connections that wait for accept()
  int connections = 0;    ///< established on the port, at any of its addresses
  /// Where it shares its address and port with another process (SO_REUSEPORT): the process of the
  /// same program that started its own (0: none), and when it was started (UTC, RFC 3339).
  int parent = 0;
  std::string started{};

  listening_program program() const noexcept { return program_of(process); }
};

/// A broker's process on this machine.
struct process_fact {
  int pid = 0;
  fact_word<broker_kind> name;
  std::string command;  ///< secrets are blanked
  std::string user;
  fact_word<process_state> state;
  std::string started;  ///< UTC, RFC 3339
  /// The start in ms since 1970, with the kernel's precision of 1/100 s; 0: unknown.
  std::int64_t started_ms = 0;
  std::string configuration;  ///< file named on its command line; "" for none
  bool is_daemon = false;     ///< mosquitto -d
  bool is_contained = false;  ///< in a container: the files that it names are not this machine's
  std::string group;          ///< what keeps that container: "kubepods", "docker", "libpod", "lxc"
  int open_files = -1;        ///< -1: not visible
  int file_limit = -1;        ///< -1: not visible, or no limit
};

/// A rule about some source addresses, which it lets in or turns away.
struct source_rule_fact {
  std::vector<std::string> sources;  ///< "192.0.2.7", "10.0.0.0/8", "10.0.0.1-10.0.0.9"
  bool has_all = true;  ///< `sources` is complete; a set may be too long, or unreadable
  std::string list;     ///< the sources in words, or their list's name
  fact_word<firewall_verdict> refusal;  ///< as in firewall_fact; none: the rule lets them in
  fact_word<icmp_refusal> icmp;
  std::string rule;   ///< as its tool prints it
  std::string chain;  ///< the chain that holds the rule
  fact_word<firewall_tool> tool;
  bool is_for_routed = false;  ///< by the TTL: it means whoever comes over a router
  int stage = 0;  ///< a packet passes each stage, where the first matching rule decides
};

/// Stands in place of a rule, where the policy of a chain drops the packet.
inline constexpr std::string_view policy_rule = "policy drop";

/// What the firewall does with a new TCP connection from any address to a port.
struct firewall_fact {
  int port = 0;
  fact_word<ip_family> family;
  bool is_own = false;    ///< for a connection of this machine to itself
  bool is_reply = false;  ///< for this machine's answer to such a connection
  /// For neighbours that look for this machine's IPv6 address (ICMPv6), whatever the port; kept
  /// where they are refused.
  bool is_neighbour_search = false;
  fact_word<firewall_tool> tool;  ///< the tool that manages the rules
  fact_word<firewall_verdict> verdict;
  std::string rule;                     ///< the deciding rule, as its tool prints it
  std::string source;                   ///< with verdict "source": the sources let in
  fact_word<icmp_refusal> icmp;         ///< with "reject-icmp"
  fact_word<firewall_verdict> refusal;  ///< with limit, source, random: drop or one of the rejects
  std::string chain;                    ///< the rule's chain: "inet filter input", "filter INPUT"
  std::string too_late;        ///< a rule behind the deciding one that would let the port in
  std::string near_rule;       ///< one that names the port, accepts, and does not fit (UDP)
  std::string zone;            ///< of firewalld, if not the default zone
  std::string forwarded_to;    ///< see forward_target; "" when no rule forwards the packet
  std::string forwards_other;  ///< a rule that forwards the port of another address
  /// A rule that lets the first packet pass and refuses later ones, by what they hold.
  std::string later_rule;
  std::string later_chain;
  fact_word<forward_outcome> forward_answer;  ///< none: not tried
  /// The sockets that listen in the container with that address, when it refused and could be
  /// examined.
  std::vector<listener_fact> behind;
  bool was_looked_behind = false;
  std::vector<source_rule_fact> for_sources;  ///< in the order a packet meets them

  /// Whether no rule decides but the policy of the chain.
  bool is_by_policy() const noexcept { return rule == policy_rule; }
};

struct service_fact {
  std::string name;  ///< "mosquitto.service"
  fact_word<service_state> state;
  fact_word<service_start> enabled;
  std::string result;  ///< "exit-code", "success", ...
  int exit_status = 0;
  std::string configuration;  ///< the file after -c in its ExecStart
};

/// A certificate file that a broker is set up to use.
struct disk_certificate_fact {
  std::string file;
  std::string subject;
  std::string not_before;
  std::string not_after;
  std::int64_t days_left = 0;
  int certificates = 0;   ///< number of certificates in the file
  bool has_names = true;  ///< it has a subjectAltName
  std::string fingerprint;
  std::string modified;    ///< UTC, RFC 3339
  std::string full_chain;  ///< the fullchain.pem beside it
};

/// A listener in a broker's configuration.
struct configured_listener {
  int port = 0;
  std::string address;  ///< the address it binds; "" for all
  fact_word<listener_protocol> protocol = listener_protocol::mqtt;
  int line = 0;
  std::map<std::string, std::string> settings;
  std::optional<disk_certificate_fact> certificate;
};

/// A fault in a configuration file, or in a file that it names.
struct configuration_problem {
  fact_word<problem_kind> kind;
  bool stops_broker = false;  ///< the broker does not start with it
  std::string file;
  int line = 0;
  std::string subject;  ///< the option, file or user it is about
  std::string detail;
  std::string named_in;  ///< the file with the line that names `file`; "" where that is not known
  int named_line = 0;
};

/// The tried login, compared with a password file. The password itself is not kept.
struct login_check_fact {
  std::string file;
  std::string user;
  fact_word<login_outcome> outcome;
  std::string modified;              ///< when the file was changed (UTC, RFC 3339)
  bool is_newer = false;             ///< the file changed after the broker's start
  bool fits_without_spaces = false;  ///< the given password is right but for blanks around it
  bool fits_with_space = false;      ///< the hash was made of it with a blank or line end behind
};

/// A line of mosquitto's access list that may concern the user in question.
struct acl_rule_fact {
  std::string file;
  int line = 0;
  std::string user;  ///< user of the line before it; "" for everybody
  fact_word<acl_access> access;
  std::string topic;  ///< with %u and %c, in a pattern
  bool is_pattern = false;
  bool is_newer = false;  ///< the file changed after the broker's start
};

/// What a file with users and rights, of another broker than mosquitto, gives the asked user.
struct file_right_fact {
  std::string file;
  int line = 0;  ///< of what decides; 0: not known
  std::string user;
  bool is_known = false;         ///< the file names the user
  std::string topic;             ///< the asked one; "" where none was asked about
  fact_word<acl_access> access;  ///< of that topic; none: not known
  std::string said;              ///< what decides; "" where nothing names the topic
  std::string realm;             ///< the virtual host; "" where the broker has none
};

/// A "topic" line of a bridge.
struct bridge_topic_fact {
  int line = 0;
  std::string filter;
  fact_word<bridge_direction> direction;
  std::string local;   ///< prefix of the filter on this broker; "" for none
  std::string remote;  ///< prefix of the filter on the other broker
};

/// A bridge: the broker's connection to another broker.
struct bridge_fact {
  std::string name;
  std::string file;
  int line = 0;
  std::string addresses;  ///< as written, blank-separated
  std::vector<bridge_topic_fact> topics;
  std::map<std::string, std::string> settings;  ///< by today's names; a password is "..."
  fact_word<bridge_link> link;                  ///< as the sockets of the running broker show it
};

/// The set-up of a broker, as far as its files tell.
struct configuration_fact {
  fact_word<broker_kind> broker;
  std::string file;
  bool is_used = true;                          ///< the running process reads it
  int pid = 0;                                  ///< of that process; 0 when none runs
  std::string version;                          ///< of the broker, when a file tells it: "2.0.11"
  std::vector<std::string> files;               ///< this file and all it includes, in order
  std::map<std::string, std::string> settings;  ///< settings outside any listener
  std::map<std::string, std::string> places;    ///< where they stand, as far as known: "FILE:LINE"
  std::vector<configured_listener> listeners;
  std::vector<configuration_problem> problems;
  std::vector<login_check_fact> login_checks;
  std::vector<acl_rule_fact> acl;      ///< rules for everybody, patterns, and the asked user's
  std::vector<std::string> acl_users;  ///< users that the access list names
  std::vector<file_right_fact> rights;
  std::vector<bridge_fact> bridges;
};

/// A proxy on this machine, as it is set up for a port.
struct proxy_fact {
  fact_word<proxy_program> program;
  int pid = 0;
  std::string file;
  int line = 0;  ///< the line that names the port
  int port = 0;
  fact_word<proxy_mode> mode;
  bool takes_tls = false;        ///< it ends TLS on that port
  bool takes_proxy = false;      ///< it expects a PROXY header
  bool sends_tls = false;        ///< it begins TLS towards the broker
  bool sends_proxy = false;      ///< it sends the broker a PROXY header
  bool has_certificate = false;  ///< stunnel: it has a certificate to show
  std::string said;              ///< the words behind the last four or the mode: "client = yes"
  int said_line = 0;
  int check_line = 0;                      ///< haproxy: of "option httpchk"
  std::string target;                      ///< "127.0.0.1:1884"
  std::vector<std::string> other_targets;  ///< among which it shares connections out
  std::string path;                        ///< of a web server's location; "" for all of the server
  int path_line = 0;
  bool passes_upgrade = false;  ///< a web server: WebSocket's Upgrade and Connection go on
  std::string upgrade_said;     ///< what it sends as Upgrade, where that is no WebSocket's
  bool reads_name = false;      ///< nginx: it chooses by the name in TLS's greeting (ssl_preread)
  int silence_s = 0;            ///< it closes a connection after so much silence; 0: not known
  std::string silence_said;     ///< the words that say so; "" where that is its default
  int silence_line = 0;
  fact_word<forward_outcome> target_answer;  ///< of a target on another machine, asked from here
  std::string log_file;                      ///< its own log of errors
  std::string logged;     ///< the last line of that log about a target, after the probes
  std::string exhausted;  ///< the last line there by which it had no connection left to give
  std::string certificate_file;
  std::optional<disk_certificate_fact> certificate;  ///< the content of that file
  std::vector<std::string> names;  ///< a web server: the hosts its site is for; none: for all
  bool is_exact_path = false;      ///< the path fits itself alone, and none that goes on behind it
  std::string lacks;               ///< Apache: the module that the target needs and nothing loads
  std::string wrong;               ///< the words in the file by which it does not start
  int wrong_line = 0;
  std::vector<access_rule_fact> access;  ///< in the order in which they are asked
  /// nginx: the targets by the names in TLS's greeting, where a map chooses; "default" is its own.
  std::map<std::string, std::string> targets_by_name;
  int names_line = 0;            ///< of that map
  int most_connections = 0;      ///< that it takes at a time on the port; 0: not said
  std::string connections_said;  ///< the words that say so
  int connections_line = 0;
  std::string started;       ///< when the process that has read the files was started (UTC)
  std::string changed_file;  ///< one that changed after that; "" for none
  std::string changed;       ///< when it changed (UTC, RFC 3339)
};

/// An entry point of Traefik: a port that it takes connections on.
struct entry_point_fact {
  std::string name;
  int port = 0;      ///< on this machine; 0: not published
  int inside = 0;    ///< in Traefik's container, or the same where it is in none
  std::string file;  ///< that says so; "" for an option of the command line
  int line = 0;
  std::string container;   ///< Traefik's own; "" where it is in none
  bool is_default = true;  ///< of routers that name none
};

/// A router of Traefik, by the labels of a container or by a file.
struct router_fact {
  std::string name;
  fact_word<proxy_mode> mode;
  std::string rule;
  std::vector<std::string> entry_points;  ///< none: all the default ones
  std::string service;                    ///< "" where it names none
  bool has_service = true;                ///< that service is defined
  bool has_tls = false;
  bool passes_tls = false;   ///< unopened, to the broker
  std::string target;        ///< "172.18.0.3:1883"; ":1883" for a port of the container
  std::string container;     ///< whose labels these are; "" for a file's
  bool is_disabled = false;  ///< the container is not exposed to Traefik
  bool is_off = false;       ///< it says traefik.enable=false
  std::string file;          ///< the file, or the compose file that has the label; "" for none
  int line = 0;              ///< of its rule, or of its name
  int entry_line = 0;
  int service_line = 0;
  int passthrough_line = 0;
  std::vector<access_rule_fact> access;  ///< of its middlewares
};

/// A file system that a broker writes to.
struct disk_fact {
  std::string path;
  fact_word<disk_purpose> purpose;
  std::int64_t free_bytes = 0;
  std::int64_t free_files = -1;  ///< -1: this file system does not count files
  bool is_read_only = false;
};

struct log_fact {
  std::string source;  ///< a file, or "journal"
  std::string text;
  fact_word<log_kind> kind;  ///< what the line tells
  std::string peer;          ///< the address of a client that the line does not name
  std::string from;          ///< likewise, where others behind that address were let in
  int port = 0;              ///< the port that such a client came to; 0: not told
  std::string filter;        ///< what that client had subscribed to before
  bool is_current = true;    ///< after the last start that the log shows
  bool is_outdated = false;  ///< the file it blames has changed since
};

/// A line of the IPv4 routing table.
struct route_fact {
  std::string network;  ///< "10.77.1.0/24"; the default route is 0.0.0.0/0
  std::string by;       ///< interface; "": unreachable, blackhole
  std::string via;      ///< gateway; "" for a network of this machine's own
};

/// An address that this machine looked for on its own network (ARP, NDP), where nobody answered.
struct lost_neighbour_fact {
  std::string address;
  std::string by;  ///< interface
};

/// A connection that came in, and whose answer the other side has not confirmed (SYN-RECV).
struct half_open_fact {
  int port = 0;
  std::string peer;
};

/// A rule that selects a routing table for some IPv4 packets (ip rule).
struct routing_rule_fact {
  int priority = 0;
  std::string from;  ///< "10.77.2.2", "10.0.0.0/8"; "" for all
  std::string to;
  std::string table;
  std::string text;  ///< as ip prints it
};

/// A line of a routing table that such a rule selects.
struct table_route_fact {
  std::string table;
  std::string network;
  std::string by;        ///< interface; "": unreachable, blackhole
  std::string via;       ///< gateway; "" for none
  bool is_dead = false;  ///< the gateway does not answer ARP
};

/// The interface by which packets from one of this machine's addresses leave for the Internet.
struct way_out_fact {
  std::string address;
  std::string by;
};

/// A port in a compose file: "127.0.0.1:11883:1883".
struct compose_port_fact {
  std::string file;
  int line = 0;
  std::string text;     ///< as written; of the long form the words that matter
  std::string address;  ///< of this machine; "" for all
  int published = 0;    ///< on this machine; 0: Docker chooses one, or a variable is not known
  int inside = 0;       ///< in the container; 0: not known
};

/// A mounted path in a compose file: "./mosquitto.conf:/mosquitto/config/mosquitto.conf".
struct compose_volume_fact {
  std::string file;
  int line = 0;
  std::string text;
  std::string source;  ///< in full
  std::string inside;
};

/// The service of a container in its compose files.
struct compose_fact {
  std::vector<std::string> files;  ///< that exist here, as its labels name them
  std::string folder;              ///< of the project
  std::string service;
  std::string file;    ///< the first that has the service
  int line = 0;        ///< of the service's name
  int ports_line = 0;  ///< of its "ports:"; 0: it has none
  int indent = 0;      ///< blanks before the service's own settings
  std::vector<compose_port_fact> ports;
  std::vector<compose_volume_fact> volumes;
  std::string network_mode;
  int network_line = 0;
  bool is_in_part = false;  ///< some of it stands elsewhere, or could not be read
};

/// A container, and the ports that Docker maps to it.
struct container_fact {
  std::string name;
  std::string image;
  std::string ports;   ///< as Docker prints them: "0.0.0.0:1883->1883/tcp, 9001/tcp"
  std::string state;   ///< "running", "exited", "restarting", "created", "paused"; "" not known
  std::string status;  ///< in Docker's words: "Exited (3) 2 minutes ago"

  // Asked for brokers' containers alone.
  std::string tool;                  ///< "docker" or "podman", when it was asked for more
  std::string error;                 ///< why it could not be started, in Docker's words
  std::vector<std::string> mounts;   ///< "/srv/mosquitto.conf -> /mosquitto/config/mosquitto.conf"
  std::vector<std::string> folders;  ///< of the mounts those whose source is a folder
  std::vector<std::string> log;      ///< the last lines that its program printed
  int exit_code = -1;                ///< of its last end; -1: not known
  int restarts = 0;                  ///< how often it was started again after it had ended
  bool was_out_of_memory = false;
  std::string network;                   ///< its NetworkMode: "host", "bridge", "container:ID"
  int pid = 0;                           ///< of its first program, while it runs
  std::vector<listener_fact> listeners;  ///< what listens in its own network
  bool has_listeners = false;            ///< that was looked at
  std::string user;                      ///< that it was told to run as: "1000:1000"; "" for none
  std::string command;                   ///< its program with arguments; secrets are blanked
  std::map<std::string, std::string> environment;  ///< what concerns brokers; secrets are "..."
  /// mosquitto's set-up inside, where its file could be read. Paths below what is mounted are this
  /// machine's; others are the container's own.
  std::optional<configuration_fact> configuration;
  /// What a proxy in it is set up to do with its published ports; their numbers are this machine's.
  std::vector<proxy_fact> proxies;
  std::optional<compose_fact> compose;  ///< where its labels name compose files that can be read

  bool is_running() const { return state.empty() || state == "running"; }
};

struct host_facts {
  // Not inline: each unit that copies or destroys one would compile that for all members.
  host_facts();
  ~host_facts();
  host_facts(const host_facts&);
  host_facts(host_facts&&) noexcept;
  host_facts& operator=(const host_facts&);
  host_facts& operator=(host_facts&&) noexcept;

  std::string system;  ///< "Debian GNU/Linux 12 (bookworm)"
  fact_word<cloud_provider> cloud;
  std::vector<listener_fact> listeners;
  std::vector<process_fact> brokers;
  std::vector<process_fact> contained_brokers;  ///< in networks of their own (seen as root)
  std::vector<firewall_fact> firewall;
  std::vector<service_fact> services;
  std::vector<configuration_fact> configurations;
  std::vector<log_fact> log;
  std::vector<container_fact> containers;
  std::vector<proxy_fact> proxies;
  std::vector<entry_point_fact> entry_points;
  std::vector<router_fact> routers;
  std::vector<access_list_fact> access_lists;  ///< of others than proxies
  std::vector<disk_fact> disks;
  std::vector<std::string> addresses;  ///< of this machine, but loopback and link-local ones
  std::vector<route_fact> routes;      ///< the main table, at most a thousand lines
  std::vector<way_out_fact> ways_out;  ///< when there are several interfaces
  std::vector<routing_rule_fact> routing_rules;  ///< rules by source address, in their order
  std::vector<table_route_fact> table_routes;    ///< the tables selected by those rules
  std::vector<lost_neighbour_fact> lost_neighbours;
  std::vector<half_open_fact> half_open;
  /// The kernel's counters of what it dropped since it started, those above 0:
  /// "TcpExt.ListenDrops".
  std::map<std::string, std::int64_t> counters;
  /// Settings of the kernel's network that may stop packets, by sysctl's names; those of single
  /// interfaces where they are not 0.
  std::map<std::string, std::int64_t> settings;
  /// Interfaces that take a packet only if its answer would leave by them (rp_filter = 1).
  std::vector<std::string> strict_interfaces;
  bool is_root = false;
  bool has_systemd = false;
  fact_word<selinux_mode> selinux;
  std::vector<std::string> not_seen;  ///< what could not be examined, and why
};

}  // namespace mqttkit::doctor
