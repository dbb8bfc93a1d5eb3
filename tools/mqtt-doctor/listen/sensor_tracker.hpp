// Clients of MQTT-SN that are heard, whoever brings the datagrams: the forwarder of `listen`, or
// packets of a capture. As connection_tracker for those of MQTT: events are told, what does not
// work is said once as soon as it is known, and what each client came to is said in the end.
//
// UDP has no connections: two ends that talk to each other are one, until another is needed more.
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
  static constexpr std::size_t most_told = 1000;  // verdicts in the end

  /// When there is no room for one more.
  enum class room : std::uint8_t {
    keeps_first,  ///< it is counted and left out
    keeps_last,   ///< the one that was idle longest is over
  };

  sensor_tracker(const packet_style& style, connection_tracker::event_sink tell, room when_full)
      : style_(style), tell_(std::move(tell)), when_full_(when_full) {}

  // ---- a client; unknown numbers are passed over

  /// False when there is no room.
  bool opened(std::uint64_t number, const sensor_ends& ends, const instant& now);
  void heard(std::uint64_t number, side from, const sn::message& said, const instant& now);
  /// A datagram that is no message of MQTT-SN.
  void heard_other(std::uint64_t number, side from, bytes_view datagram, const instant& now);
  /// ICMP about what the client sent.
  void refused(std::uint64_t number, const icmp_fact& icmp, const instant& now);
  /// The gateway of --forward cannot be reached.
  void forward_failed(std::uint64_t number, const std::string& error, const std::string& words,
                      const instant& now);
  /// The last `number` that was opened is followed still.
  bool follows(std::uint64_t number) const { return sensors_.contains(number); }

  // ---- all of them

  /// To be called every now and then.
  void look(const instant& now);
  /// Nothing more comes. True when somebody came.
  bool conclude(const instant& now);

  const std::map<std::uint64_t, sensor_story>& sensors() const noexcept { return sensors_; }
  std::uint64_t left_out() const noexcept { return left_out_; }
  /// That said goodbye.
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
  std::set<std::pair<std::uint64_t, std::string>> told_;  // causes of each
  std::map<std::string, told_outcome> outcomes_;          // by client
  std::uint64_t left_out_ = 0;
  std::uint64_t ended_ = 0;
};

}  // namespace mqttkit::doctor
