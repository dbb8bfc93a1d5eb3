#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

/// The facts as a value to put into a document. Converting them is spelled out once: it takes the
/// compiler longer than all the rest of a unit.
nlohmann::json facts_value(const facts& from);

/// The facts as one JSON document, keys named as the members.
std::string facts_to_json(const facts& from, bool indented);

/// Reads what facts_to_json() wrote, or a report that has it under "facts". What is missing keeps
/// its default, so that older files are read. Returns what is wrong; empty when all is well.
std::string facts_from_json(std::string_view text, facts& out);

}  // namespace mqttkit::doctor
