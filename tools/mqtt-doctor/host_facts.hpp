// What the broker's own machine shows to somebody who is logged in there. Gathered read-only, and
// without root where root is not needed.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace mqttkit::doctor {

/// A socket that listens (/proc/net/tcp, tcp6).
struct listener_fact {
  std::string address;  ///< "0.0.0.0", "127.0.0.1", "::"
  int port = 0;
  int pid = 0;  ///< 0: not known (needs root for other users' processes)
  std::string process;
  std::string command;  ///< the whole command line, blank-separated, secrets blanked
  int receive_queue = 0;  ///< connections waiting to be accepted
};

/// What the firewall does with a new TCP connection from anywhere to one of the ports looked at.
struct firewall_fact {
  int port = 0;
  std::string tool;     ///< who manages it: "ufw", "firewalld", "nft", "iptables", "none"
  std::string verdict;  ///< "accept", "drop", "reject-reset", "reject-icmp", "limit", "source",
                        ///< "unknown"
  std::string rule;     ///< the rule that decides, as its tool prints it
  std::string source;   ///< with verdict "source": who is let in
  std::string icmp;     ///< with "reject-icmp": "admin-prohibited", ...
};

struct service_fact {
  std::string name;     ///< "mosquitto.service"
  std::string state;    ///< "active", "failed", "inactive", "not-found"
  std::string enabled;  ///< "enabled", "disabled", ""
  std::string result;   ///< "exit-code", "success", ...
  int exit_status = 0;
};

/// One listener block of a broker's configuration.
struct configured_listener {
  int port = 0;
  std::string address;  ///< bind address; "" for all
  std::string protocol = "mqtt";
  int line = 0;
  std::map<std::string, std::string> settings;
};

/// Something in a configuration file, or a file it names, that is wrong by itself.
struct configuration_problem {
  /// "unknown-variable", "byte-order-mark", "unreadable-file", "missing-file", "plain-password",
  /// "key-mismatch", "above-listener", "ignored-file", "address-not-here", "certificate-expired", ...
  std::string kind;
  std::string file;
  int line = 0;
  std::string subject;  ///< the variable, file or user it is about
  std::string detail;
};

/// How a broker is set up, as far as its files say.
struct configuration_fact {
  std::string broker;  ///< "mosquitto", "emqx", "rabbitmq", "activemq"
  std::string file;
  bool is_used = true;  ///< the running process reads it
  std::map<std::string, std::string> settings;  ///< the global ones
  std::vector<configured_listener> listeners;
  std::vector<configuration_problem> problems;
};

struct log_fact {
  std::string source;  ///< file, or "journal"
  std::string text;
  /// What it tells: "denied", "expired", "protocol-error", "tls", "max-connections", "tcpd",
  /// "config-error", "address-in-use", "permission", "local-only", "already-connected", ...
  std::string kind;
};

struct host_facts {
  std::string system;  ///< "Debian GNU/Linux 12 (bookworm)"
  std::string cloud;   ///< "aliyun", "tencent", "huawei", "aws", "azure", "gcp", ... or ""
  std::vector<listener_fact> listeners;
  std::vector<firewall_fact> firewall;
  std::vector<service_fact> services;
  std::vector<configuration_fact> configurations;
  std::vector<log_fact> log;
  std::vector<std::string> containers;  ///< lines of docker's port mappings
  std::map<std::string, std::string> limits;
  std::vector<std::string> not_seen;  ///< what could not be looked at, and why
};

}  // namespace mqttkit::doctor
