// A connection of a capture: what TCP did and what was heard, as the facts that are kept.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/capture/tcp_stream.hpp"
#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/listen/connection_summary.hpp"
#include "mqtt-doctor/listen/event.hpp"

namespace mqttkit::doctor {

using system_time = std::chrono::system_clock::time_point;

/// A line of the ladder of a stream.
struct stream_step {
  std::uint64_t packet = 0;
  std::uint64_t place = 0;  // among the others: that of the packet it was heard with
  system_time when;
  side from = side::client;
  std::string what;
  std::string detail;
  bool is_bad = false;
  bool is_fin = false;  // stands behind the bytes of its packet
};

/// The first half and the last half of what there is.
template <class List>
void keep_ends(List& list, std::size_t most) {
  while (list.size() > most) list.erase(list.begin() + static_cast<std::ptrdiff_t>(most / 2));
}

/// An event of a conversation; an event about the connection itself is none.
std::optional<stream_step> step_of(const event& what, const event_place& where);
stream_step_fact fact_of(stream_step line, system_time began);

/// One that is over.
struct kept_stream {
  std::uint64_t number = 0;
  stream_fact story;
  std::optional<connection_summary> heard;
  capture_place place = capture_place::none;
  wire_endpoint client;
  packet_mark first;
  packet_mark last;
  bool was_answered = false;  // by the broker's side, at all
};

system_time shown_time(capture_time from);

/// What TCP did and what was heard, in the order in which it came.
/// @param story  how it ended
std::vector<stream_step_fact> ladder_of(const tcp_stream& stream, std::vector<stream_step> heard,
                                        const stream_fact& story, std::size_t most);

spoken_protocol spoken_by(const connection_summary* heard);
bool is_mqtt(const connection_summary& heard);
/// Whether MQTT may be within this TLS: it says so, or its port does.
bool is_mqtt_tls(const connection_summary& heard);

/// The connection as the client made it.
/// @param asked  what the client meant, as far as it was heard
contact contact_of(const kept_stream& stream, asked_facts& asked, endpoint_facts& at);

}  // namespace mqttkit::doctor
