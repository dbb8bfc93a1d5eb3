// Products that moved their topics from one version to the next: who subscribes to the old ones
// hears nothing of a new device. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

struct topic_generation {
  std::string filter;  ///< where another version of the product publishes the same
  std::string front;   ///< and its topics begin so
  const char* why;     ///< a sentence
};

/// The other versions' filters for what this one was to get.
std::vector<topic_generation> other_generations(std::string_view filter);

/// The sentence where the topic is another version's of what the filter asks for; null otherwise.
const char* why_other_generation(std::string_view filter, std::string_view topic);

}  // namespace mqttkit::doctor
