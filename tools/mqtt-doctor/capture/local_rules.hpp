// The firewall of the capturing machine: when a connection to it is not established, the rule that
// stops it.
//
// The rules are read as by `--on-broker`, which needs root, and not too often, since a client whose
// packets are dropped tries again and again.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/capture_facts.hpp"
#include "mqtt-doctor/facts/host_facts.hpp"

namespace mqttkit::doctor {

/// A rule that stops a connection.
struct stopping_rule {
  std::string rule;
  std::string chain;  ///< "" for a setting of the system
  bool is_by_policy = false;
  bool is_reply = false;    ///< it stops the answer
  bool is_passing = false;  ///< it stops forwarded packets
  bool operator==(const stopping_rule&) const = default;
};

class local_rules {
 public:
  /// How long the rules read once are used; after that, a person who mends one sees the effect.
  static constexpr std::chrono::seconds good_for{10};

  local_rules();

  /// The capturing machine's role in a connection between these addresses.
  capture_place place_of(const std::string& client, const std::string& broker) const;
  /// The rule that stops the connection; nothing when none does or the rules cannot be read.
  std::optional<stopping_rule> stopping(const stream_fact& story);

 private:
  bool is_own(const std::string& address) const;

  std::vector<std::string> addresses_;
  std::string asked_;  // the connection these were read for
  std::chrono::steady_clock::time_point read_at_{};
  std::vector<firewall_fact> walls_;
};

/// The rule of `walls` that refuses `client`; `is_own`: it concerns this machine itself.
std::optional<stopping_rule> rule_against(const std::vector<firewall_fact>& walls,
                                          const std::string& client, int port, bool is_own);

}  // namespace mqttkit::doctor
