// Examines the machine the doctor runs on, when it is the broker's: listeners, what the firewall
// does with a phone's connection, the broker's configuration and its log.
//
// Nothing is changed. Files are read, and a few programs that only print are run (nft list,
// iptables-save, systemctl show, journalctl, docker ps), side by side and within `limit`; brokers'
// containers are inspected, and the ends of their logs read, within as long again. What
// needs root is named in host_facts::not_seen, and everything else is still found.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"

namespace mqttkit::doctor {

struct host_request {
  std::vector<int> ports;  ///< asked about; ports of brokers found here are added
  std::string user;        ///< the user to find in a password file; may be empty
  std::string password;    ///< is checked against that user's hash; never kept
  /// What a client certificate makes of the user: its subject, and the CN in it.
  std::vector<std::string> names_of_certificate;
  std::string topic;      ///< whose rights are looked up in files; may be empty
  std::string client_id;  ///< that they may name; "" where the doctor's own is used
  /// A folder with another machine's files (tests); empty for this machine.
  std::string root;
  std::chrono::milliseconds limit{1000};  ///< for all programs together, and again for containers

  // For another machine, which cannot be asked:
  std::map<std::string, std::string> printed;  ///< the output of programs, by command line
  std::vector<std::string> addresses;
};

/// Never fails: an empty machine gives empty facts. Takes little longer than request.limit.
host_facts look_at_host(const host_request& request);

/// What this machine's firewall does with a connection from here.
struct outgoing_look {
  bool is_read = false;  ///< its rules could be read (as root)
  /// The rule that stops it, or the answer to it (is_reply); nothing when none is known.
  std::optional<firewall_fact> refusal;
  /// The NAT rule that leads it elsewhere, in forwarded_to.
  std::optional<firewall_fact> diverted;
};
outgoing_look look_at_outgoing(const std::string& address, int port,
                               std::chrono::milliseconds limit = std::chrono::milliseconds(1000));

/// The route or routing rule of this machine that refuses the address; "" when none was found.
std::string look_for_refusing_route(
    const std::string& address, std::chrono::milliseconds limit = std::chrono::milliseconds(1000));

/// This machine's firewall verdicts for connections to that port, for the answers, and for its
/// connections to itself; empty when the rules cannot be read (as root).
std::vector<firewall_fact> look_at_incoming(
    int port, std::chrono::milliseconds limit = std::chrono::milliseconds(1000));

/// This machine's firewall verdicts for forwarded connections from `client` to that port of
/// `broker`, and for the answers; empty when the rules cannot be read (as root).
std::vector<firewall_fact> look_at_passing(
    const std::string& client, const std::string& broker, int port,
    std::chrono::milliseconds limit = std::chrono::milliseconds(1000));

/// Whether the system forwards packets between interfaces.
bool passes_packets_on(bool is_v6);

/// This machine's addresses, except loopback and link-local ones.
std::vector<std::string> own_addresses();

/// Looks again at traces of the doctor's own connections: lines in the log and connections waiting
/// to be accepted. Takes a few milliseconds, and runs no program.
void look_again(const host_request& request, host_facts& into);

}  // namespace mqttkit::doctor
