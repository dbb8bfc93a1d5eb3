// Which messages a broker passes on to those who asked for them, and which it took and passes on to
// nobody, by what they have: the retain flag, an empty payload, a QoS, a size, how the topic
// begins. Pure, and bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/listen/remark.hpp"
#include "mqttkit/codec/packet.hpp"

namespace mqttkit::doctor {

class passage_watch {
 public:
  using moment = std::chrono::steady_clock::time_point;
  static constexpr std::size_t most_messages = 512, most_readers = 16;

  /// A message came to the broker, and these clients asked for it.
  void published(const std::string& by, const std::string& broker, const publish_packet& packet,
                 const std::string& topic, std::size_t size, std::set<std::string> readers,
                 moment now);
  /// The broker acknowledged one of QoS 1, or refused it.
  void accepted(const std::string& by, std::uint16_t packet_id, bool is_taken);
  /// PUBCOMP came: before PUBREL nobody has to pass on a message of QoS 2.
  void completed(const std::string& by, std::uint16_t packet_id);
  void delivered(const std::string& to, const publish_packet& packet, const std::string& topic);
  /// What was published just before may have been on its way to that reader.
  void left(const std::string& reader, moment now);

  struct verdict {
    std::string what;  ///< in words: what the messages have that it passes on to nobody
    std::uint64_t missing = 0, came = 0;
    std::string topic, by;        ///< of one that is missing
    std::string reader;           ///< one who waits for it
    bool is_conjunction = false;  ///< an empty message with the retain flag: either alone comes
    strength how{};
    std::set<std::pair<std::string, std::string>> ways;  ///< readers and topics of what is missing
  };
  /// What tells those that are missing from those that came; nothing where nothing does.
  std::optional<verdict> judge(moment now) const;
  /// Whether a message for that reader came to nobody.
  bool misses(const std::string& reader, moment now) const;

 private:
  struct message {
    std::size_t hash = 0;  // of its payload
    std::string topic, by, broker;
    std::uint16_t id = 0;
    qos_t qos{};
    bool is_retained = false, is_empty = false, is_taken = false;
    std::size_t size = 0;
    moment at;
    std::set<std::string> waiting, came;  // readers
  };
  std::vector<std::string> traits_of(const message& of) const;
  bool is_missing(const message& of, moment now) const;

  std::deque<message> messages_;
};

}  // namespace mqttkit::doctor
