// Finds an address that publishes a message because it got this message, so that it goes round.
//
// Where the address subscribes to its own topic, the broker sends it copies (echoes) of its own
// messages; they are subtracted. Where only echoes come, only a pace above any clock's is a loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "mqtt-doctor/listen/inflight_tracker.hpp"

namespace mqttkit::doctor {

class message_rounds {
 public:
  /// One passage of a message, from the client at an address or to it.
  struct passage {
    side from = side::client;
    const std::string& address;
    const std::string& topic;
    std::size_t payload = 0;  ///< its hash
    moment now;
    bool is_known = true;  ///< whether it is known what the address subscribes to
    std::string broker{};  ///< the broker's address; "" where it is not known
  };
  /// A message that goes round, how often and since when.
  struct loop {
    std::uint64_t times = 0;
    moment first;
  };

  /// @param echoes  how many copies of its own message the address will get
  std::optional<loop> passed(const passage& message, const std::function<std::uint64_t()>& echoes);
  /// A message that two machines publish to each other's broker in turn, or that one client
  /// publishes again and again when another has published it once: the way back is not heard.
  struct handing {
    std::uint64_t times = 0;
    moment first;
    std::string other;  ///< the other machine's address, or who published it first
    bool is_mutual = false;
  };
  std::optional<handing> handed(const passage& message, const std::string& who);
  /// Packets of this address were not heard: its numbers are wrong.
  void forget(const std::string& address);

 private:
  struct going_round {
    std::string address;
    std::size_t payload = 0;     // its hash
    std::uint64_t there = 0;     // copies that the address got and has not published again
    std::uint64_t echoes = 0;    // copies to come of messages that the address published itself
    std::uint64_t since = 0;     // copies since the address last published it
    std::uint64_t times = 0;     // how often the address answered a copy by publishing
    std::uint64_t by_turns = 0;  // like times, but echoes of its own messages count as well
    std::uint64_t given = 0, published = 0;  // where subscriptions are not known
    moment first;
  };
  going_round* round_of(const std::string& topic, moment now);
  static void came_back(going_round& round, const passage& message);
  static void went_out(going_round& round, const passage& message,
                       const std::function<std::uint64_t()>& echoes);

  /// A message that several addresses publish because they are sent it.
  struct exchanged {
    std::size_t payload = 0;
    moment first;
    std::uint64_t times = 0;
    struct answers {
      std::uint64_t times = 0;  // how often it published what it had got
      bool has_copy = false;    // it got one since it last published
    };
    std::map<std::string, answers> by;  // by address
  };
  std::optional<loop> passed_among(const passage& message);

  /// Of a topic whose message is only ever published, never sent to who publishes it.
  struct handed_on {
    std::size_t payload = 0;
    moment first;
    std::string who, again_by;  // who published it first, and who alone does since
    std::uint64_t again = 0;
    void forget_again() {
      again_by.clear();
      again = 0;
    }
    bool is_told = false, is_mutual_told = false;
    std::map<std::string, std::uint64_t> ways;  // from an address to a broker's
  };

  std::map<std::string, handed_on> handed_;    // by topic
  std::map<std::string, going_round> rounds_;  // by topic
  std::map<std::string, exchanged> among_;     // by topic
};

}  // namespace mqttkit::doctor
