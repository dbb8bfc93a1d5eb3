// Reads what the page posts into facts. Anybody who has the code can post, so the form is checked,
// the size is bounded, and texts are made safe for a terminal.
#pragma once

#include <string>
#include <string_view>

#include "mqtt-doctor/facts/phone_facts.hpp"

namespace mqttkit::doctor {

inline constexpr std::size_t most_phone_steps = 200;

/// Reads one step; returns what is wrong with the text, or "".
std::string read_phone_step(std::string_view json, phone_step_fact& out);

/// Reads all steps and the browser's description of itself. Fills `steps`, `system`, `browser`,
/// `language`, `network` and `host` and leaves the rest. Returns what is wrong, or ""; when
/// something is, nothing was changed.
std::string read_phone_findings(std::string_view json, phone_facts& out);

}  // namespace mqttkit::doctor
