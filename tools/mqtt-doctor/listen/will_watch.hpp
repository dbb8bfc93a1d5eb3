// Wills and the status that their clients publish to the same topic: which of the two stays behind
// when a client says goodbye, or an older connection of it ends late. Pure: what was heard and the
// time go in, observations come out, each with the connection that it is about. Every table has a
// bound.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/remark.hpp"

namespace mqttkit::doctor {

class will_watch {
 public:
  using moment = std::chrono::steady_clock::time_point;
  struct about {
    std::uint64_t connection = 0;
    std::string key, who;  // of the client
    observation what;
  };
  using found = std::vector<about>;
  static constexpr std::size_t most_holders = 200;  // clients with a will, on line or gone

  struct will {
    std::string topic;
    std::size_t content = 0;  ///< a hash of the payload
    bool is_retained = false;
    bool is_delayed = false;  ///< a client that comes back in time prevents it (MQTT 5)
  };

  /// CONNACK let in a client with a will.
  void accepted(std::uint64_t connection, const std::string& key, const std::string& who,
                const std::string& address, const will& of, moment now);
  /// A client published something.
  void published(std::uint64_t connection, const std::string& topic, std::size_t content,
                 bool is_retained, moment now);
  /// The broker gave a message to a client.
  void delivered(const std::string& topic, std::size_t content, moment now);
  /// The client took its will back with DISCONNECT.
  /// @param readers  how many others subscribe to the will's topic
  void said_goodbye(std::uint64_t connection, std::size_t readers, moment now, found& out);
  /// The connection ended.
  void ended(std::uint64_t connection, moment now);
  /// Whether the same address came later with the same will: the older connection was left behind.
  bool was_left_behind(std::uint64_t connection) const;
  /// Packets are missing: who has published what is not known.
  void heard_in_part(std::uint64_t connection);
  void look(moment now, bool is_end, found& out);

 private:
  struct holder {
    std::string key;
    std::string who;
    std::string address;
    will of;
    moment accepted;
    bool has_said = false;  // a status other than the will, on this connection
    bool is_status_retained = false;
    std::size_t said = 0;  // the last payload on the will's topic
    moment said_at;
    std::uint64_t times_said = 0;
    moment given;  // when its will was last given to a reader
  };
  struct late_will {
    std::uint64_t connection = 0;  // of the client that is still there
    std::string other;             // the older connection's client
    std::string topic;
    std::size_t content = 0;
    moment since;
    bool is_given = false;  // a reader got the will
    // Of one identifier the broker ends the older connection before it answers the newer one: that
    // it did not, its will alone shows.
    bool is_takeover = false;
  };

  const holder* successor_of(std::uint64_t connection, std::uint64_t& number) const;

  /// A will that DISCONNECT took back.
  struct taken_back {
    std::uint64_t connection = 0;
    std::string key, who;
    will of;
    moment since;
  };

  std::vector<taken_back> taken_back_;
  found given_;  // wills that were published all the same
  std::map<std::uint64_t, holder> holders_;
  std::vector<late_will> late_;
};

}  // namespace mqttkit::doctor
