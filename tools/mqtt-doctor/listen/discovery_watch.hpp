// How devices make themselves known to programs that list them (Home Assistant's discovery, which
// Zigbee2MQTT, Tasmota, ESPHome, openHAB, Domoticz and ioBroker speak as well; Sparkplug), and
// where what they announce is not what they publish. Pure, and bounded.
//
// An announcement is JSON under PREFIX/COMPONENT/[NODE/]OBJECT/config. Whoever reads it believes
// what it says: the topics, the words for there and gone, the fields of the value.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/meaning_watch.hpp"
#include "mqtt-doctor/listen/subscribers.hpp"

namespace mqttkit::doctor {

class discovery_watch {
 public:
  static constexpr std::size_t most_announced = 200, most_values = 600, most_texts = 4;
  static constexpr std::size_t longest_value = 4096;

  using teller = std::function<void(const message_end& about, noticed what, remark_places with,
                                    const std::string& key, std::optional<strength> how)>;

  void published(const message_end& by, const std::string& topic, std::string_view payload,
                 bool is_kept, moment now);
  void delivered(const message_end& to, const std::string& topic, moment now);
  void left(const std::string& key) { gone_.insert(key); }
  void came(const message_end& of) { gone_.erase(of.key); }
  /// Tells what explains that something is not listed, or not as it is.
  void finish(symptom seen, bool misses_some, moment now, subscribers& all, const teller& tell);
  const std::vector<ruled_out>& excluded() const noexcept { return excluded_; }

 private:
  struct availability {
    std::string topic, there, gone;
  };
  struct announced {
    message_end by;
    moment at;
    bool is_kept = false, is_empty = false, was_removed = false, is_json = true, is_object = false;
    bool is_given = false, is_entity = false;
    message_end remover, reader;
    std::string component, problem, place;  // problem: what the topic lacks
    std::string unique_id, state_topic, command_topic, text;
    std::vector<std::string> keys;  // fields of the value that are read
    std::vector<availability> available;
    std::uint32_t expire_after = 0;
    bool has_availability = false;
  };
  struct value {
    std::uint64_t count = 0;
    moment last;
    moment::duration longest{};
    std::string raw;
    std::set<std::string> texts;
    message_end by;
  };

  void read(announced& into, const std::string& topic, std::string_view payload);
  const value* value_of(const std::string& topic) const;
  void look_at_topic(const std::string& topic, const announced& of, subscribers& all,
                     const teller& tell) const;
  void look_at_values(const std::string& topic, const announced& of, moment now,
                      const teller& tell) const;
  void look_at_available(symptom seen, const std::string& topic, const announced& of,
                         const teller& tell) const;
  void look_at_twins(const teller& tell) const;
  void look_at_births(const teller& tell) const;
  void look_at_nothing(moment now, subscribers& all, const teller& tell);
  std::string near_values(const message_end& by, const std::string& topic) const;

  std::map<std::string, announced> announced_;  // by topic
  std::map<std::string, value> values_;         // by topic
  std::set<std::string> gone_;                  // keys of clients that left
  struct birth {
    moment at;
    message_end by;
    std::string topic;
  };
  std::map<std::string, birth> births_;      // online, of programs that list: by topic
  std::map<std::string, message_end> born_;  // Sparkplug: nodes with NBIRTH
  std::map<std::string, message_end> unborn_;
  std::vector<ruled_out> excluded_;
};

}  // namespace mqttkit::doctor
