// Names in a sentence: the first of several, and that there are more.
#pragma once

#include <cstddef>
#include <string>

#include "mqtt-doctor/listen/event.hpp"

namespace mqttkit::doctor {

/// The first of several, quoted.
template <typename Names>
std::string first_of(const Names& names, std::size_t most = 3) {
  std::string made;
  std::size_t count = 0;
  for (const auto& each : names) {
    if (count++ == most) return made + ", ...";
    made += (made.empty() ? "\"" : ", \"") + shown(each) + '"';
  }
  return made;
}

}  // namespace mqttkit::doctor
