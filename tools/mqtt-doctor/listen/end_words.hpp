// What is said of a connection that the broker ended: what was unlike in the message before it, and
// what the client did in its silence.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mqtt-doctor/listen/remark.hpp"

namespace mqttkit::doctor {

/// Says of a message that was hung up on what no message had that was taken, and how to do without.
/// @param unlike  those peculiarities, in English
/// @param times   how often the broker has hung up on the client so
void tell_what_is_unlike(observation& found, const std::vector<std::string>& unlike,
                         std::uint64_t times);

/// What a client did whose keep alive ran out.
struct silence {
  double keep_alive_s = 0;
  double longest_gap_s = 0;      ///< between two of its packets on the connection, before the end
  std::uint64_t pings = 0;       ///< on the connection
  std::uint64_t pings_ever = 0;  ///< on all its connections
  std::uint64_t given = 0;       ///< messages that the broker sent it in the silence
};

/// Says which of the reasons of a silence it is, as far as what was heard decides that.
void tell_of_silence(observation& found, const silence& was);

}  // namespace mqttkit::doctor
