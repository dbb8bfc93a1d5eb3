// Looks at the machine the doctor runs on, when that is the broker's own: what listens, what the
// firewall would do with a phone's connection, how the broker is set up, what its log says.
//
// Only reads. Files are read and a few programs that only print are run (nft list, iptables-save,
// systemctl show, journalctl, docker ps), side by side and within `limit`. What cannot be looked at
// without root is named in host_facts::not_seen and everything else is still there.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/host_facts.hpp"

namespace mqttkit::doctor {

struct host_request {
  std::vector<int> ports;  ///< what the question is about; ports of brokers found are added
  std::string user;        ///< whose presence in a password file is looked up; may be empty
  std::string password;    ///< held against that file's hash; never kept
  /// A folder that holds the files of another machine (tests); empty for this one.
  std::string root;
  std::chrono::milliseconds limit{1000};  ///< for the programs, all together

  // For another machine, which cannot be asked:
  std::map<std::string, std::string> printed;  ///< command line -> what it printed
  std::vector<std::string> addresses;
};

/// Never fails; an empty machine gives empty facts. Takes little longer than request.limit.
host_facts look_at_host(const host_request& request);

/// What this machine's own firewall does with a connection from here.
struct outgoing_look {
  bool is_read = false;                  ///< its rules (that needs root)
  std::optional<firewall_fact> refusal;  ///< the rule that stops it; nothing when none is known
};
outgoing_look look_at_outgoing(const std::string& address, int port,
                               std::chrono::milliseconds limit = std::chrono::milliseconds(1000));

/// What this machine's firewall does with connections to that port, with the answers to them and
/// with those it makes to itself; empty when the rules may not be read (that needs root).
std::vector<firewall_fact> look_at_incoming(
    int port, std::chrono::milliseconds limit = std::chrono::milliseconds(1000));

/// What this machine's firewall does with connections that pass it from `client` to that port of
/// `broker`, and with the answers to them; empty when the rules may not be read (that needs root).
std::vector<firewall_fact> look_at_passing(
    const std::string& client, const std::string& broker, int port,
    std::chrono::milliseconds limit = std::chrono::milliseconds(1000));

/// False where the system is set to pass nothing on from one interface to another.
bool passes_packets_on(bool is_v6);

/// Addresses of this machine, but loopback and link-local ones.
std::vector<std::string> own_addresses();

/// Looks once more at what the doctor's own connections may have left behind: lines in the log,
/// connections that wait to be taken. A few milliseconds; no program is run.
void look_again(const host_request& request, host_facts& into);

}  // namespace mqttkit::doctor
