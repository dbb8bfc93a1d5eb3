// Topic aliases, both directions (MQTT 5.0 §3.3.2.3.4). They live as long as one connection.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mqttkit::session_detail {

// Aliases the broker made: alias -> topic.
class inbound_aliases {
 public:
  void reset(std::uint16_t maximum) {
    topics_.clear();
    maximum_ = maximum;
  }
  bool allowed(std::uint32_t alias) const noexcept { return alias != 0 && alias <= maximum_; }
  void set(std::uint32_t alias, std::string_view topic) {
    if (topics_.size() < alias) topics_.resize(alias);
    topics_[alias - 1] = topic;
  }
  // Empty when the alias was never set.
  std::string_view topic(std::uint32_t alias) const noexcept {
    return alias <= topics_.size() ? std::string_view(topics_[alias - 1]) : std::string_view();
  }

 private:
  std::vector<std::string> topics_;
  std::uint16_t maximum_ = 0;
};

// Aliases we make: the least recently used one is given to a new topic.
class outbound_aliases {
 public:
  struct choice {
    std::uint16_t alias = 0;  // 0: no alias
    bool known = false;       // the broker has it: send an empty topic
  };

  void reset(std::uint16_t maximum);
  bool any() const noexcept { return maximum_ != 0; }
  choice use(std::string_view topic);

 private:
  struct entry {
    std::string topic;
    std::uint16_t alias;
  };
  std::list<entry> by_use_;  // most recent first; nodes do not move, so the map may view them
  std::unordered_map<std::string_view, std::list<entry>::iterator> by_topic_;
  std::uint16_t maximum_ = 0;
};

}  // namespace mqttkit::session_detail
