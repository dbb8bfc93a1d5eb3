// Follows clients of MQTT-SN, whose datagrams come from the forwarder of `listen` or from packets
// of a capture, as connection_tracker does for MQTT: it tells events, each fault once when it is
// known, and a conclusion about each client.
//
// UDP has no connections: two ends with datagrams are one client, until room is needed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "mqtt-doctor/listen/connection_tracker.hpp"
#include "mqtt-doctor/listen/sensor_story.hpp"

namespace mqttkit::doctor {

class sensor_tracker {
 public:
  static constexpr std::size_t most_sensors = 1000;
  static constexpr std::size_t most_told = 1000;  // conclusions in the end

  /// What happens when there is no room for a further client.
  enum class room : std::uint8_t {
    keeps_first,  ///< it is counted and left out
    keeps_last,   ///< the client that was idle longest is dropped
  };

  sensor_tracker(const packet_style& style, connection_tracker::event_sink tell, room when_full)
      : style_(style), tell_(std::move(tell)), when_full_(when_full) {}

  // ---- calls about one client; unknown numbers are ignored

  /// A new client; false when there is no room.
  bool opened(std::uint64_t number, const sensor_ends& ends, const instant& now);
  void heard(std::uint64_t number, side from, const sn::message& said, const instant& now);
  /// A datagram that is no message of MQTT-SN.
  void heard_other(std::uint64_t number, side from, bytes_view datagram, const instant& now);
  /// An ICMP error about the client's datagrams.
  void refused(std::uint64_t number, const icmp_fact& icmp, const instant& now);
  /// The gateway of --forward cannot be reached.
  void forward_failed(std::uint64_t number, const std::string& error, const std::string& words,
                      const instant& now);
  /// Whether the client of that number is still followed.
  bool follows(std::uint64_t number) const { return sensors_.contains(number); }

  // ---- calls about all clients

  /// Called regularly, for what silence means.
  void look(const instant& now);
  /// No more datagrams will come. True when a client came.
  bool conclude(const instant& now);

  const std::map<std::uint64_t, sensor_story>& sensors() const noexcept { return sensors_; }
  std::uint64_t left_out() const noexcept { return left_out_; }
  /// Clients that sent DISCONNECT.
  std::uint64_t ended() const noexcept { return ended_; }

 private:
  struct told_outcome {
    std::string id;
    std::string client_id;
    std::string address;
    sentence told;
    std::uint64_t times = 0;
    std::uint64_t order = 0;
  };

  void say(const event& what, std::uint64_t number, const sensor_story& of, const instant& now);
  void judge(std::uint64_t number, const sensor_story& of, const instant& now);
  void tell_outcome(const sensor_story& of, const instant& now);
  void make_room(const instant& now);

  packet_style style_;
  connection_tracker::event_sink tell_;
  room when_full_;
  std::map<std::uint64_t, sensor_story> sensors_;
  std::set<std::pair<std::uint64_t, std::string>> told_;  // causes told of each client
  std::map<std::string, told_outcome> outcomes_;          // by client
  std::uint64_t left_out_ = 0;
  std::uint64_t ended_ = 0;
};

}  // namespace mqttkit::doctor
