// What brokers say when they run, or were started, and serve no client: the words in their logs,
// what these mean, and what helps.
#pragma once

#include <span>
#include <string_view>

#include "mqtt-doctor/facts/host_facts.hpp"

namespace mqttkit::doctor {

struct broker_complaint {
  broker_kind broker;    ///< none: of several
  const char* mark;      ///< in lower case, a part of the line
  const char* means;     ///< a sentence
  const char* mend;      ///< a sentence; what stands in `text` follows it
  const char* text;      ///< a line for `file`, or a command; nullptr for none
  const char* file;      ///< nullptr: `text` is a command
  const char* variable;  ///< the same for a container, by its environment or image; nullptr
};

/// The row that the line fits; null for none.
const broker_complaint* complaint_in(std::string_view line);

}  // namespace mqttkit::doctor
