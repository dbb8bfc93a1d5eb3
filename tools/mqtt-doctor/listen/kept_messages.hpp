// Which messages the broker keeps, who cleared one, and who tried to with a blank. Pure, and
// bounded: what exceeds the limits is not followed.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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
    const std::string& place;  ///< the broker's: each one keeps its own
    const std::string& topic;
    std::string_view payload;
    bool is_retained = false;
    moment now;
  };
  void published(const sent& message);
  /// The broker acknowledged a message that it is to keep.
  void taken(const std::string& place, const std::string& topic, std::size_t size);
  /// The broker sent what it keeps for this topic, to a new subscription.
  /// Returns who sent a blank before, which clears nothing.
  std::optional<whose> came(const std::string& place, const std::string& topic, std::size_t size,
                            moment now);
  /// Who cleared the message of this topic, if nobody left another there since.
  std::optional<whose> cleared(const std::string& place, const std::string& topic) const;
  /// The first topic of a kept message that this filter matches, and is larger than that, with its
  /// size (topic and payload); nothing for none.
  std::optional<std::pair<std::string, std::size_t>> larger_for(const std::string& place,
                                                                std::string_view filter,
                                                                std::size_t limit) const;
  /// The first topic of a kept message that this filter matches; "" for none.
  std::string kept_for(const std::string& place, std::string_view filter) const;

 private:
  struct attempt {
    whose by;
    moment at;
  };
  using kept_at = std::pair<std::string, std::string>;  // a broker's place, and a topic
  void keep(const kept_at& at, std::size_t size);

  std::map<kept_at, std::size_t> kept_;  // the payload's size
  std::map<kept_at, attempt> blanks_;
  std::map<kept_at, whose> cleared_;
};

}  // namespace mqttkit::doctor
