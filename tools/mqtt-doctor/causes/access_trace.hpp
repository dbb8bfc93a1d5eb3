// What the access rules of mosquitto on this machine say about the user's topic, line by line.
#pragma once

#include "mqtt-doctor/causes/made_finding.hpp"

namespace mqttkit::doctor {

/// A pattern with the value in the place of its mark ("%u"), which stays where there is no value.
std::string filled_in(std::string pattern, std::string_view mark, std::string_view value);
/// What a rule of the access list is about for that user; "%c", and "%u" for nobody, stay.
std::string filter_for(const acl_rule_fact& rule, const std::string& user);

/// No line of the acl_file gives the right that was missing; which ones come near it.
maybe_finding access_list_trace(const view& known, exclusions& excluded);
/// The dynamic security plugin decides, and keeps back what was tried.
maybe_finding dynamic_security(const view& known, exclusions& excluded);

}  // namespace mqttkit::doctor
