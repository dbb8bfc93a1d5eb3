// What the broker's own machine shows to somebody who is logged in there. Gathered read-only, and
// without root where root is not needed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/facts/host_vocabulary.hpp"
#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// A socket that listens (/proc/net/tcp, tcp6).
struct listener_fact {
  std::string address;  ///< "0.0.0.0", "127.0.0.1", "::"
  int port = 0;
  int pid = 0;  ///< 0: not known (needs root for other users' processes)
  std::string process;
  std::string command;    ///< the whole command line, blank-separated, secrets blanked
  std::string user;       ///< who owns the socket; known without root
  int receive_queue = 0;  ///< connections waiting to be accepted
  int connections = 0;    ///< that stand on the port, whichever of its addresses they came to

  listening_program program() const noexcept { return program_of(process); }
};

/// A broker that runs on this machine.
struct process_fact {
  int pid = 0;
  fact_word<broker_kind> name;
  std::string command;  ///< secrets blanked
  std::string user;
  fact_word<process_state> state;
  std::string started;        ///< UTC, RFC 3339
  std::string configuration;  ///< the file its command line names; "" when it names none
  bool is_daemon = false;     ///< mosquitto -d
  int open_files = -1;        ///< -1: not to be seen
  int file_limit = -1;        ///< -1: not to be seen, or none
};

/// A rule that lets some addresses in or turns them away, whatever happens to the others.
struct source_rule_fact {
  std::vector<std::string> sources;  ///< "192.0.2.7", "10.0.0.0/8", "10.0.0.1-10.0.0.9"
  bool has_all = true;  ///< `sources` holds all of them; a set may be too long, or unread
  std::string list;     ///< for a reader: the sources, or the name of their list
  fact_word<firewall_verdict> refusal;  ///< as in firewall_fact; none: lets them in
  fact_word<icmp_refusal> icmp;
  std::string rule;   ///< as its tool prints it
  std::string chain;  ///< where the rule stands
  fact_word<firewall_tool> tool;
  int stage = 0;  ///< the first rule that fits decides, anew in each stage
};

/// What stands in place of a rule where a chain drops what no rule of it lets in.
inline constexpr std::string_view policy_rule = "policy drop";

/// What the firewall does with a new TCP connection from anywhere to one of the ports looked at.
struct firewall_fact {
  int port = 0;
  fact_word<ip_family> family;
  bool is_own = false;            ///< what a connection of this machine to itself meets
  bool is_reply = false;          ///< what the answer of this machine to such a connection meets
  fact_word<firewall_tool> tool;  ///< who manages it
  fact_word<firewall_verdict> verdict;
  std::string rule;                     ///< the rule that decides, as its tool prints it
  std::string source;                   ///< with verdict "source": who is let in
  fact_word<icmp_refusal> icmp;         ///< with "reject-icmp"
  fact_word<firewall_verdict> refusal;  ///< with limit, source, random: drop or one of the rejects
  std::string chain;         ///< where the rule stands: "inet filter input", "filter INPUT"
  std::string too_late;      ///< a rule that would let the port in, behind the one that decides
  std::string zone;          ///< of firewalld, when it is not the default one
  std::string forwarded_to;  ///< "172.17.0.2:1883" when the packet is sent on instead
  fact_word<forward_outcome> forward_answer;  ///< none: not tried
  /// What listens in the container that has that address, where it refused and could be looked
  /// into.
  std::vector<listener_fact> behind;
  bool was_looked_behind = false;
  std::vector<source_rule_fact> for_sources;  ///< in the order they are met

  /// No rule, but what its chain does with the rest.
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

/// A certificate file that a broker is told to show.
struct disk_certificate_fact {
  std::string file;
  std::string subject;
  std::string not_before;
  std::string not_after;
  std::int64_t days_left = 0;
  int certificates = 0;   ///< how many the file holds
  bool has_names = true;  ///< subjectAltName
  std::string fingerprint;
  std::string modified;    ///< UTC, RFC 3339
  std::string full_chain;  ///< a fullchain.pem beside it
};

/// One listener block of a broker's configuration.
struct configured_listener {
  int port = 0;
  std::string address;  ///< bind address; "" for all
  fact_word<listener_protocol> protocol = listener_protocol::mqtt;
  int line = 0;
  std::map<std::string, std::string> settings;
  std::optional<disk_certificate_fact> certificate;
};

/// Something in a configuration file, or a file it names, that is wrong by itself.
struct configuration_problem {
  fact_word<problem_kind> kind;
  bool stops_broker = false;  ///< it does not start with this
  std::string file;
  int line = 0;
  std::string subject;  ///< the variable, file or user it is about
  std::string detail;
};

/// The login that was tried, held against a password file. The password itself is not kept.
struct login_check_fact {
  std::string file;
  std::string user;
  fact_word<login_outcome> outcome;
  std::string modified;   ///< UTC, RFC 3339: when the file was changed
  bool is_newer = false;  ///< it was changed after the broker's start
};

/// A line of mosquitto's access list that may bear on the user in question.
struct acl_rule_fact {
  std::string file;
  int line = 0;
  std::string user;  ///< below whose "user" line it stands; "" for everybody's
  fact_word<acl_access> access;
  std::string topic;  ///< with %u and %c in a pattern
  bool is_pattern = false;
  bool is_newer = false;  ///< the file was changed after the broker's start
};

/// A line "topic" of a bridge.
struct bridge_topic_fact {
  int line = 0;
  std::string filter;
  std::string direction;  ///< "out", "in", "both"
  std::string local;      ///< what stands before the filter on this broker; "" for nothing
  std::string remote;     ///< likewise on the other
};

/// A connection that the broker makes to another one.
struct bridge_fact {
  std::string name;
  std::string file;
  int line = 0;
  std::string addresses;  ///< as written, blank-separated
  std::vector<bridge_topic_fact> topics;
};

/// How a broker is set up, as far as its files say.
struct configuration_fact {
  fact_word<broker_kind> broker;
  std::string file;
  bool is_used = true;             ///< the running process reads it
  int pid = 0;                     ///< of the process that reads it; 0 when none runs
  std::string version;             ///< of the broker, when a file tells: "2.0.11"
  std::vector<std::string> files;  ///< with what it includes, in the order they are read
  std::map<std::string, std::string> settings;  ///< the global ones
  std::vector<configured_listener> listeners;
  std::vector<configuration_problem> problems;
  std::vector<login_check_fact> login_checks;
  std::vector<acl_rule_fact> acl;      ///< everybody's, patterns, and those of the user asked about
  std::vector<std::string> acl_users;  ///< whom the access list names
  std::vector<bridge_fact> bridges;
};

/// What a proxy on this machine is told to do with a port.
struct proxy_fact {
  fact_word<proxy_program> program;
  int pid = 0;
  std::string file;
  int line = 0;  ///< that names the port
  int port = 0;
  fact_word<proxy_mode> mode;
  bool takes_tls = false;        ///< ends TLS there
  bool takes_proxy = false;      ///< wants a PROXY header first
  bool sends_tls = false;        ///< begins TLS towards the broker
  bool sends_proxy = false;      ///< sends a PROXY header to it
  bool has_certificate = false;  ///< stunnel: is given one to show
  std::string said;  ///< the words that decide the last four or the mode: "client = yes"
  int said_line = 0;
  int check_line = 0;  ///< haproxy: "option httpchk", for a proxy that speaks no HTTP
  std::string target;  ///< "127.0.0.1:1884"
  std::string certificate_file;
  std::optional<disk_certificate_fact> certificate;  ///< what that file holds
};

/// A file system that a broker writes to.
struct disk_fact {
  std::string path;
  fact_word<disk_purpose> purpose;
  std::int64_t free_bytes = 0;
  std::int64_t free_files = -1;  ///< -1: not counted by this file system
  bool is_read_only = false;
};

struct log_fact {
  std::string source;  ///< file, or "journal"
  std::string text;
  fact_word<log_kind> kind;  ///< what it tells
  bool is_current = true;    ///< since the last start that the log shows
  bool is_outdated = false;  ///< what it blames was changed since
};

/// A line of the routing table, IPv4.
struct route_fact {
  std::string network;  ///< "10.77.1.0/24"; 0.0.0.0/0 is the default route
  std::string by;       ///< interface; "": it leads nowhere
};

/// A rule that sends some packets to a routing table of their own (ip rule), IPv4.
struct routing_rule_fact {
  int priority = 0;
  std::string from;  ///< "10.77.2.2", "10.0.0.0/8"; "" for all
  std::string to;
  std::string table;
  std::string text;  ///< as ip prints it
};

/// A line of such a table.
struct table_route_fact {
  std::string table;
  std::string network;
  std::string by;        ///< interface; "": it leads nowhere
  std::string via;       ///< gateway; "": none
  bool is_dead = false;  ///< which does not answer (ARP)
};

/// By which interface what is sent from one of this machine's addresses leaves for the Internet.
struct way_out_fact {
  std::string address;
  std::string by;
};

/// A container and the ports docker maps for it.
struct container_fact {
  std::string name;
  std::string image;
  std::string ports;  ///< as docker prints them: "0.0.0.0:1883->1883/tcp, 9001/tcp"
};

struct host_facts {
  // Out of line, or each unit that copies or ends one compiles that of all it holds.
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
  std::vector<firewall_fact> firewall;
  std::vector<service_fact> services;
  std::vector<configuration_fact> configurations;
  std::vector<log_fact> log;
  std::vector<container_fact> containers;
  std::vector<proxy_fact> proxies;
  std::vector<disk_fact> disks;
  std::vector<std::string> addresses;  ///< of this machine, without loopback and link-local ones
  std::vector<route_fact> routes;      ///< the main table, up to a thousand lines
  std::vector<way_out_fact> ways_out;  ///< where there are several interfaces
  std::vector<routing_rule_fact> routing_rules;  ///< by address, in the order they are asked
  std::vector<table_route_fact> table_routes;    ///< of the tables that those name
  /// Interfaces that take a packet only when its answer would leave by them (rp_filter 1).
  std::vector<std::string> strict_interfaces;
  bool is_root = false;
  bool has_systemd = false;
  fact_word<selinux_mode> selinux;
  std::vector<std::string> not_seen;  ///< what could not be looked at, and why
};

}  // namespace mqttkit::doctor
