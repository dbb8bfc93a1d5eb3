// The firewall of the machine that captures, asked when a connection to it does not come to stand:
// which rule stops it.
//
// Reads rules as `--on-broker` does, which needs root; at most once in a while, since a client that
// is dropped comes again and again.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/capture_facts.hpp"
#include "mqtt-doctor/facts/host_facts.hpp"

namespace mqttkit::doctor {

/// What stops a connection.
struct stopping_rule {
  std::string rule;
  std::string chain;  ///< "": a setting of the system
  bool is_by_policy = false;
  bool is_reply = false;    ///< it stops the answer
  bool is_passing = false;  ///< it stops what passes this machine
  bool operator==(const stopping_rule&) const = default;
};

class local_rules {
 public:
  /// As long as this what was read is good; a person who mends a rule looks again.
  static constexpr std::chrono::seconds good_for{10};

  local_rules();

  /// Where this machine stands to a connection.
  capture_place place_of(const std::string& client, const std::string& broker) const;
  /// Nothing when no rule stops it, or when the rules may not be read.
  std::optional<stopping_rule> stopping(const stream_fact& story);

 private:
  bool is_own(const std::string& address) const;

  std::vector<std::string> addresses_;
  std::string asked_;  // what was looked at
  std::chrono::steady_clock::time_point read_at_{};
  std::vector<firewall_fact> walls_;
};

/// The rule among `walls` that refuses `client`; `is_own`: it is on this machine itself.
std::optional<stopping_rule> rule_against(const std::vector<firewall_fact>& walls,
                                          const std::string& client, int port, bool is_own);

}  // namespace mqttkit::doctor
