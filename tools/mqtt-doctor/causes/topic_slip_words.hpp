// What is said of each slip between a filter and a topic, and the cause it is.
#pragma once

#include "mqtt-doctor/causes/topic_mismatch.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

struct slip_words {
  topic_slip slip;
  const char* id;        ///< of the cause
  const char* sentence;  ///< with {filter}, {topic}, {wanted}, {found}
};
/// nullptr where nothing is wrong.
const slip_words* words_of(topic_slip slip) noexcept;

/// With {mended}.
inline constexpr const char* mended_filter_words =
    N_("Subscribe to \"{mended}\", or correct the topic of the other side.");

}  // namespace mqttkit::doctor
