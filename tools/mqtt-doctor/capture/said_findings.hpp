// What `listen` concludes and remarks about a client, as findings about a capture.
#pragma once

#include <optional>

#include "mqtt-doctor/causes/diagnosis.hpp"
#include "mqtt-doctor/listen/conclusion.hpp"
#include "mqtt-doctor/listen/remark.hpp"

namespace mqttkit::doctor {

/// nullopt where nothing is wrong.
std::optional<finding> finding_of(const conclusion& said);
std::optional<finding> finding_of(const remark& said);

/// Whether the conclusion tells only how the conversation ended, which TCP may explain better.
bool tells_only_the_end(const conclusion& said);

/// Whether the remark tells that the broker did not answer, or not in time.
bool is_about_silence(const remark& said);
/// Whether the remark tells which subscription the broker refuses.
bool is_about_subscription(const remark& said);

/// Notes that may be the whole answer where nothing else is wrong.
bool is_worth_a_note(const remark& said);

}  // namespace mqttkit::doctor
