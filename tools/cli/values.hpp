// What the values of options have in common. Each apply_ function says what is wrong with the
// value, in words for the user, or nothing.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "common/number.hpp"
#include "common/printable.hpp"
#include "common/topic_problem.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {

/// "-q 3: WHY".
std::string value_problem(const argument& given, std::string_view why);

/// send, new, never and their other names.
bool read_retain_handling(std::string_view text, retain_handling& out);
std::string apply_retain_handling(const argument& given, retain_handling& out);
std::string apply_timeout(const argument& given, std::chrono::microseconds& out);
/// A duration of more than 0; beyond a year nobody waits.
std::string apply_wait(const argument& given, std::chrono::milliseconds& out);
std::string apply_qos(const argument& given, qos_t& out);
std::string apply_text(const argument& given, std::string& out);  ///< not empty
std::string apply_mqtt_string(const argument& given, std::string& out);
std::string apply_filter(const argument& given, std::vector<std::string>& out);
std::string apply_topic_name(const argument& given, std::string& out);

}  // namespace mqttkit::tools
