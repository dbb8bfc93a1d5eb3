// The sentence for each mistake in a filter or topic, and the cause it belongs to.
#pragma once

#include "mqtt-doctor/causes/topic_mismatch.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

struct slip_words {
  topic_slip slip;
  const char* id;        ///< the cause's id
  const char* sentence;  ///< with the places {filter}, {topic}, {wanted}, {found}
};
/// The words for a mistake; nullptr for topic_slip::none.
const slip_words* words_of(topic_slip slip) noexcept;

/// A sentence with the place {mended}.
inline constexpr const char* mended_filter_words =
    N_("Subscribe to \"{mended}\", or correct the topic of the other side.");

}  // namespace mqttkit::doctor
