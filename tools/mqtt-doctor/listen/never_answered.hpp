// Kinds of packets that a broker answers to nobody: PUBLISH of QoS 2 without PUBREC, PUBREL without
// PUBCOMP, PUBLISH of QoS 1 without PUBACK, SUBSCRIBE without SUBACK. One connection may end too
// soon to tell; many that all end without it do. Pure, and bounded.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/listen/remark.hpp"

namespace mqttkit::doctor {

class never_answered {
 public:
  using moment = std::chrono::steady_clock::time_point;
  static constexpr std::size_t most_clients = 200, most_open = 64, most_places = 16;
  enum class kind : std::uint8_t { puback, pubrec, pubcomp, suback };
  static constexpr std::size_t kinds = 4;

  struct end {
    std::uint64_t connection = 0;
    std::string key, who, id, place;  ///< place: the broker's address and port
  };
  struct found {
    end about;
    observation what;
  };

  /// The client sent what is to be answered so.
  /// @param name  its topic or filter
  void asked(const end& by, kind for_it, std::uint16_t id, const std::string& name, moment now);
  /// The broker sent that answer, fitting or not.
  void answered(const end& by, kind with, std::uint16_t id);
  /// The broker sent anything.
  void spoke(std::uint64_t connection, moment now);
  /// The connection is over.
  /// @param is_hung_up  by the broker, which is an answer of another kind
  void ended(const end& by, bool is_hung_up, moment now);
  /// Packets of the connection were missed.
  void forget(std::uint64_t connection);

  /// What no broker's answer came to; connections that stand are judged as they are.
  std::vector<found> finish(moment now);

 private:
  struct question {
    kind for_it{};
    std::uint16_t id = 0;
    std::string name;
    moment since;
  };
  struct talk {
    end by;
    std::vector<question> open;
    moment heard;  // the broker's last packet
  };
  struct silence {  // of one client, and one kind
    end last;
    std::uint64_t times = 0, connections = 0;
    bool was_heard_since = false;  // the broker spoke after such a packet
    std::uint16_t id = 0;
    std::string name;
  };

  std::map<std::uint64_t, talk> talks_;                              // by connection
  std::map<std::string, std::array<std::uint64_t, kinds>> answers_;  // by place
  std::map<std::string, std::array<silence, kinds>> silent_;         // by client and place
};

}  // namespace mqttkit::doctor
