// A remark behind a rule of mosquitto's access list, which makes another rule of it.
#pragma once

#include <optional>
#include <string>

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

struct remark_in_list {
  const acl_rule_fact* rule = nullptr;
  std::string meant;  ///< the topic without what is behind it
};

/// The rule that would give the right but for what stands behind its topic.
std::optional<remark_in_list> find_acl_remark(const configuration_fact& from,
                                              const std::string& user, bool writing,
                                              const std::string& topic);

/// Adds why that line does not count, and the command that mends it.
void mend_acl_remark(made_finding& made, const host_view& at, const remark_in_list& found);

}  // namespace mqttkit::doctor
