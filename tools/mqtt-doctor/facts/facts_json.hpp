#pragma once

#include <string>
#include <string_view>

#include "common/json_writer.hpp"
#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

/// Writes the facts as an object, keys named as the members.
void write_facts(tools::json_writer& out, const facts& from);

/// The same as a document of its own.
std::string facts_to_json(const facts& from, bool indented);

/// Reads what write_facts() wrote, or a report that has it under "facts".
///
/// What is missing keeps its default and what is not known is passed over, so that files of older
/// and newer versions are read. The text may be anybody's: what it holds is made safe for a
/// terminal, and it cannot make the facts much larger than it is itself. Returns what is wrong and
/// where; empty when all is well.
std::string facts_from_json(std::string_view text, facts& out);

}  // namespace mqttkit::doctor
