// What one CONNECT holds, compared with those that the broker let in.
//
// A broker that hangs up on CONNECT says nothing of its reason, and many codes say little. What no
// accepted CONNECT had is the suspicion. The fields are those of MQTT 5.0 §3.1 and 3.1.1 §3.1, each
// once: version, flags, keep alive, properties, identifier, will, user name, password, size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt-doctor/listen/packet_event.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

struct connect_traits {
  std::vector<std::string> has;  ///< its peculiarities, in English
  std::string disliked;          ///< the one that many brokers do not take
  std::string key;               ///< the client's
  std::string user;
  bool has_user = false;
  std::size_t password = 0;  ///< a hash, never shown; 0: none
  std::uint32_t keep_alive = 0;
  std::size_t size = 0;       ///< of the whole packet
  std::size_t will_size = 0;  ///< of the will's message
};

/// @param size  of the packet, in bytes
connect_traits traits_of(const heard_connect& connect, const std::string& key, std::size_t size);

/// The same of a PUBLISH (MQTT 5.0 §3.3): QoS, retain, topic, properties.
std::vector<std::string> publish_traits_of(const publish_packet& packet, std::string_view topic);

/// As publish_traits_of() names the retain flag.
inline constexpr const char* trait_of_retain = N_("the retain flag");

/// What in a name nobody sees, or takes for something else: "a space at the end"; "" for nothing.
std::string oddities_of(std::string_view name);

/// Whether a person takes the two names for one: they differ by blanks, case, or looks. Nobody
/// types very long ones: they are never alike.
bool look_alike(std::string_view one, std::string_view other);

/// The CONNECTs that were let in. Bounded.
class accepted_connects {
 public:
  /// Whether this one shows anything that those before did not.
  bool add(const connect_traits& let_in);

  /// What no accepted CONNECT had, as a list in words.
  /// @param times  how often this one was not let in: what differs by measure alone needs two
  std::string lacked_by_all(const connect_traits& refused, std::uint64_t times) const;

  /// The user name of an accepted one that looks like this user's name and is another; "" for none.
  std::string user_like(const std::string& user) const;
  /// The identifier of an accepted one that looks like this one and is another; "" for none.
  std::string key_like(const std::string& key) const;

  enum class password : std::uint8_t { unknown, same, other };
  /// Whether the same user came in with the same password.
  password password_of(const connect_traits& refused) const;

 private:
  static constexpr std::size_t most_kept = 256;

  std::set<std::string> usual_;
  std::map<std::string, connect_traits> of_client_;
  std::map<std::string, std::set<std::size_t>> passwords_;  // by user
  std::optional<std::uint32_t> shortest_, longest_;         // keep alive, but 0
  std::size_t largest_ = 0;
};

}  // namespace mqttkit::doctor
