// Clients of MQTT-SN in a capture: datagrams of UDP to and from a gateway.
//
// A gateway is where a whole CONNECT of MQTT-SN is sent to, on any port, and whoever has its usual
// port. What was seen becomes the facts that a look at the gateway would have given, as far as a
// capture shows them, and a ladder of the datagrams.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/capture/headers.hpp"
#include "mqtt-doctor/capture/recording.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::doctor {

class sensor_ear {
 public:
  static constexpr std::size_t most_clients = 200;
  static constexpr std::size_t most_topics = 256;  ///< ids of a client whose names are kept

  /// Passes over what is no datagram of MQTT-SN.
  void take(const captured_packet& packet);

  /// A client each, in the order they began. `about` is what holds for all of the capture, and
  /// `last` when it ended.
  std::vector<captured_client> clients(const std::string& file, const capture_facts& about,
                                       capture_time last) const;
  std::uint64_t clients_left_out() const noexcept { return left_out_; }

 private:
  struct line {
    std::uint64_t packet = 0;
    capture_time when{};
    bool from_client = false;
    std::string what;
    std::string detail;
    bool is_bad = false;
  };
  struct conversation {
    capture_time first{};
    capture_time last{};
    capture_time asked{};  // CONNECT
    gateway_fact gateway;
    int keep_alive_s = -1;
    bool only_searches = true;
    bool is_leaving = false;  // the client's DISCONNECT was seen
    std::uint64_t from_client = 0;
    std::uint64_t from_gateway = 0;
    std::uint64_t without_connection = 0;  // QoS -1
    std::map<std::uint16_t, std::string> topics;
    std::map<std::uint16_t, std::string> asked_topics;  // by message id, not answered yet
    std::deque<line> lines;
  };
  using pair = std::pair<wire_endpoint, wire_endpoint>;  // client, gateway

  conversation* of(const pair& ends, capture_time when);
  void note(conversation& in, const captured_packet& packet, const sn::message& any,
            bool from_client);
  static captured_client client_of(const pair& ends, const conversation& from,
                                   const std::string& file, const capture_facts& about,
                                   capture_time last);

  std::map<pair, conversation> conversations_;
  std::vector<pair> order_;
  std::set<wire_endpoint> gateways_;
  std::uint64_t left_out_ = 0;
};

}  // namespace mqttkit::doctor
