#pragma once

#include <cstdint>

namespace mqttkit::tools {

/// --events: in which form what happens is told on stderr.
enum class event_form : std::uint8_t {
  none,   ///< errors and what else a person must know, as lines of the program's
  words,  ///< what goes well, too
  json,   ///< each line an object
};

}  // namespace mqttkit::tools
