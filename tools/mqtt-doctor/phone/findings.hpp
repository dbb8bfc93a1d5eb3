// What the page posts, read into facts. Anybody who has the code can post: what is there has to
// have its form, is bounded, and is made safe for a terminal.
#pragma once

#include <string>
#include <string_view>

#include "mqtt-doctor/facts/phone_facts.hpp"

namespace mqttkit::doctor {

inline constexpr std::size_t most_phone_steps = 200;

/// One step; what is wrong with the text, or "".
std::string read_phone_step(std::string_view json, phone_step_fact& out);

/// All of them, and what the browser says of itself. Fills `steps`, `system`, `browser`,
/// `language`, `network` and `host`; the rest is left alone. What is wrong, or "", as above; then
/// nothing was changed.
std::string read_phone_findings(std::string_view json, phone_facts& out);

}  // namespace mqttkit::doctor
