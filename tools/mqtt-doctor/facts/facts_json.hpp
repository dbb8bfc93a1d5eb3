#pragma once

#include <string>
#include <string_view>

#include "common/json_writer.hpp"
#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

/// Writes the facts as an object; its keys are the members' names.
void write_facts(tools::json_writer& out, const facts& from);

/// The facts as a JSON document.
std::string facts_to_json(const facts& from, bool indented);

/// Reads the text of write_facts(), or a report that holds it under "facts".
///
/// Missing members keep their defaults and unknown ones are passed over, so files of older and
/// newer versions can be read. The text may come from anybody: its strings are made safe for a
/// terminal, and the facts cannot grow much larger than the text. Returns the mistake and its
/// place; empty when there is none.
std::string facts_from_json(std::string_view text, facts& out);

}  // namespace mqttkit::doctor
