#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "message/condition.hpp"
#include "mqtt-sub/settings.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit::tools {

/// Which messages are passed over as if they had not come: -T, --changed, --where, --sample.
class message_filter {
 public:
  explicit message_filter(const sub_settings& settings);

  /// Asked once for each message, in the order they came. The rules are asked in the order above,
  /// and a message that one of them passes over does not reach the next.
  bool passes(const publish_packet& message);

 private:
  bool is_changed(const publish_packet& message);

  std::vector<std::string> filtered_out_;
  std::optional<condition> where_;
  bool changed_only_;
  std::unordered_map<std::uint64_t, std::uint64_t> last_;  // of a topic's hash: its payload's hash
  std::uint64_t sample_;
  std::uint64_t sampled_ = 0;
};

}  // namespace mqttkit::tools
