// Sparkplug B (spBv1.0/...): payloads as JSON, and the names behind their aliases.
//
//   {"timestamp":1486144502122,"seq":2,"metrics":[
//     {"name":"Supply
//     Voltage","alias":7,"timestamp":1486144502122,"datatype":"Float","value":12.3}]}
//
// A member stands there when the payload has it. Datatypes are named; in DATA messages, which carry
// aliases only, name and datatype come from the last BIRTH of that edge node. `value` is a number,
// a string, true, false or null; for Bytes and File it is `value_b64`; for data sets
// {"columns":[],"types":[],"rows":[[]]}; for templates {"version","template_ref","is_definition",
// "parameters","metrics"}; for arrays a list. Numbers that JSON cannot write (NaN, infinity) are
// strings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mqttkit/base/bytes.hpp"

namespace mqttkit::tools {

/// See the head of this file. What it remembers and what it writes is bounded, whatever is
/// published.
class sparkplug_decoder {
 public:
  /// Appends the JSON object for a payload. False, with nothing appended, when the topic is not one
  /// of Sparkplug's or the payload is not what it should be.
  bool append(byte_buffer& out, std::string_view topic, std::string_view payload);

  struct metric_name {
    std::string name;
    std::uint32_t datatype = 0;
  };
  using aliases = std::unordered_map<std::uint64_t, metric_name>;

 private:
  void learn(std::string_view node, bool forgets_before, std::string_view payload);

  std::unordered_map<std::string, aliases> nodes_;  // by "group/node"
  std::size_t remembered_bytes_ = 0;
};

}  // namespace mqttkit::tools
