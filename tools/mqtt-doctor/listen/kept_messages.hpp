// Which messages the broker keeps, who tried in vain to clear or to replace one, and who gets one
// message twice because two of its filters match. Pure, and bounded: what exceeds the limits is not
// followed.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mqttkit::doctor {

class kept_messages {
 public:
  using moment = std::chrono::steady_clock::time_point;

  /// A client and its connection.
  struct whose {
    std::uint64_t connection = 0;
    std::string key;  ///< in the table of clients
    std::string who;  ///< in remarks
    std::string id;
  };
  /// A message from a client.
  struct sent {
    whose by;
    const std::string& topic;
    std::string_view payload;
    bool is_retained = false;
    moment now;
  };
  /// A message that left what is kept as it was, although it was meant to clear or replace it.
  struct attempt {
    enum class kind : std::uint8_t {
      empty,  ///< without the retain flag
      blank,  ///< not empty, so it clears nothing
      newer,  ///< without the retain flag: who comes later gets an older one
    };
    kind what = kind::empty;
    whose by;
    std::size_t payload = 0;  ///< a hash
    moment at;
  };

  void published(const sent& message);
  /// The broker sent what it keeps for this topic, to a new subscription.
  /// Returns an attempt to clear it that was made before.
  std::optional<attempt> came(const std::string& topic, std::string_view payload, moment now);
  /// Who cleared the message of this topic, if nobody left another there since.
  std::optional<whose> cleared(const std::string& topic) const;
  /// The first topic of a kept message that this filter matches; "" for none.
  std::string kept_for(std::string_view filter) const;

  /// A client sent a message that is no repetition (DUP). Returns how many it has sent twice at
  /// once, where it sends each one so.
  std::uint64_t sent_again(const sent& message);

  /// A message that `filters` of this client's filters match was published.
  void copies_due(const std::string& client, const std::string& topic, std::size_t filters);
  /// The client got a message. Returns how often it came twice at once, when that is no accident.
  std::uint64_t copy_came(const std::string& client, const std::string& topic, std::size_t payload,
                          moment now);

 private:
  struct copies {
    std::uint64_t published = 0;  // while more than one filter matched
    std::uint64_t twins = 0;      // copies that came directly behind an equal one
    std::size_t payload = 0;      // a hash of the last
    moment at;
    bool is_twin = false;   // the last was the second of two
    bool is_burst = false;  // pairs follow one another too soon to be told apart
  };
  std::map<std::string, bool, std::less<>> kept_;  // by topic
  std::map<std::string, attempt> attempts_;        // by topic
  std::map<std::string, whose> cleared_;           // by topic
  std::map<std::string, copies> copies_;           // by client and topic
  std::map<std::string, copies> repeats_;          // by client and topic
};

}  // namespace mqttkit::doctor
