// The conditions by which haproxy lets clients in or turns them away.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/facts/access_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// The rules of one section.
class haproxy_rules {
 public:
  /// @param files  of the lists that "-f" names; null where they cannot be read
  haproxy_rules(const machine_files* files, std::string file)
      : files_(files), file_(std::move(file)) {}

  /// Takes a line, if it is one of these.
  void take(const std::vector<std::string>& words, int line);
  /// The rules, a backend's with later stages than a frontend's.
  std::vector<access_rule_fact> rules(bool is_behind) const;

 private:
  /// Conditions of which all hold, in each of the lists of which any must.
  using any_of_all = std::vector<std::vector<access_condition_fact>>;

  access_condition_fact condition_of(const std::vector<std::string>& words) const;
  any_of_all read(const std::vector<std::string>& words, std::size_t from) const;

  const machine_files* files_;
  std::string file_;
  std::map<std::string, std::vector<access_condition_fact>> named_;  // acl
  std::vector<access_rule_fact> rules_;
};

}  // namespace mqttkit::doctor
