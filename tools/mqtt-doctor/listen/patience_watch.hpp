// How long clients wait for CONNACK before they hang up, and how long the broker takes for it: who
// gives up sooner than others are answered is not left alone by the broker. Pure, and bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/remark.hpp"

namespace mqttkit::doctor {

class patience_watch {
 public:
  using moment = std::chrono::steady_clock::time_point;
  using span_s = std::chrono::duration<double>;
  static constexpr std::size_t most_clients = 200, most_places = 16;

  /// Who sent a CONNECT, and where: the broker's address and port.
  struct asking {
    std::uint64_t connection = 0;
    std::string key, who, id, place;
    moment since;  ///< of its CONNECT
  };
  struct found {
    asking about;
    observation what;
  };

  /// CONNACK came, whatever it says.
  void answered(const asking& by, moment now);
  /// The client ended its connection, and no CONNACK had come.
  void gave_up(const asking& by, moment now);
  /// CONNACK came to a connection that its client had ended.
  void answered_too_late(std::uint64_t connection, moment now);

  std::vector<found> finish() const;

 private:
  struct answer {  // the latest that was seen at a place
    span_s took{0};
    std::string who;  // "": nobody waited for it
    std::string key;
  };
  struct waiting {
    asking last;
    std::uint64_t times = 0;
    span_s longest{0};
  };
  void note(const std::string& place, answer made);

  std::map<std::string, answer> answers_;                              // by place
  std::map<std::pair<std::string, std::string>, waiting> waiting_;     // by place and client
  std::map<std::uint64_t, std::pair<std::string, std::string>> gone_;  // by connection
};

}  // namespace mqttkit::doctor
