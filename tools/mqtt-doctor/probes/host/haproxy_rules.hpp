// The conditions by which haproxy lets clients in or turns them away.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/facts/access_facts.hpp"
#include "mqtt-doctor/probes/host/files.hpp"

namespace mqttkit::doctor {

/// The lists of values that "-f" names, each of which is read once.
class haproxy_lists {
 public:
  /// @param files  null where they cannot be read
  explicit haproxy_lists(const machine_files* files) : files_(files) {}

  /// The first values in a file, one more than a condition keeps; null where they are not known.
  const std::vector<std::string>* of(const std::string& file);

 private:
  const machine_files* files_;
  std::map<std::string, std::optional<std::vector<std::string>>> read_;
  std::size_t asked_ = 0;
};

/// The rules of one section.
class haproxy_rules {
 public:
  /// @param lists  of all sections; lives longer than these
  haproxy_rules(haproxy_lists& lists, std::string file) : lists_(&lists), file_(std::move(file)) {}

  /// Takes a line, if it is one of these.
  void take(const std::vector<std::string>& words, int line);
  /// The rules, a backend's with later stages than a frontend's. In "mode tcp" haproxy ignores
  /// those about requests of HTTP.
  std::vector<access_rule_fact> rules(bool is_behind, bool is_tcp) const;

 private:
  /// Conditions of which all hold, in each of the lists of which any must.
  using any_of_all = std::vector<std::vector<access_condition_fact>>;

  access_condition_fact condition_of(const std::vector<std::string>& words) const;
  any_of_all read(const std::vector<std::string>& words, std::size_t from) const;

  haproxy_lists* lists_;
  std::string file_;
  std::map<std::string, std::vector<access_condition_fact>> named_;  // acl
  std::vector<access_rule_fact> rules_;
};

}  // namespace mqttkit::doctor
