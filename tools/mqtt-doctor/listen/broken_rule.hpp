#pragma once

#include <string>
#include <system_error>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/decode.hpp"

namespace mqttkit::doctor {

/// The rule that a client's packet breaks, in words that N_() marks; the decoder's error where none
/// is recognised.
std::string rule_broken_by(const frame& packet, protocol_version version, std::error_code error);

/// The topic with a wildcard that breaks it, of a will or a message; "" where none does.
std::string wildcard_topic_in(const frame& packet);

/// The rule that a fixed header breaks, of which this is the first byte (MQTT 3.1.1 §2.2).
std::string rule_broken_by_header(std::byte first, protocol_version version);

}  // namespace mqttkit::doctor
