// A connection of a capture (what TCP did, what was said on it) turned into facts.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "mqtt-doctor/capture/tcp_stream.hpp"
#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/listen/connection_summary.hpp"
#include "mqtt-doctor/listen/event.hpp"

namespace mqttkit::doctor {

using system_time = std::chrono::system_clock::time_point;

/// A line in the ladder of a connection.
struct stream_step {
  std::uint64_t packet = 0;
  std::uint64_t place = 0;  // its order: number of the packet that completed it
  system_time when;
  side from = side::client;
  std::string what;
  std::string detail;
  bool is_bad = false;
  bool is_fin = false;  // a FIN comes after the bytes of its packet
};

/// The first half and the last half of a list that is too long.
template <class List>
void keep_ends(List& list, std::size_t most) {
  while (list.size() > most) list.erase(list.begin() + static_cast<std::ptrdiff_t>(most / 2));
}

/// The line for an event of the conversation; nothing for an event about the connection itself.
std::optional<stream_step> step_of(const event& what, const event_place& where);
stream_step_fact fact_of(stream_step line, system_time began);

/// A connection that has ended.
struct kept_stream {
  std::uint64_t number = 0;
  stream_fact story;
  std::optional<connection_summary> heard;
  capture_place place = capture_place::none;
  wire_endpoint client;
  stream_links links;
  packet_mark first;
  packet_mark last;
  bool was_answered = false;  // whether the broker's side sent any packet
};

/// Whether the client's CONNECT was accepted.
bool is_let_in(const kept_stream& stream);

/// Notes of connections that the broker ended what happened to others at that time.
void relate_ends(std::deque<kept_stream>& streams);

system_time shown_time(capture_time from);

/// The lines of a connection, of TCP and of MQTT, in the order of their packets.
/// @param story  how the connection ended
std::vector<stream_step_fact> ladder_of(const tcp_stream& stream, std::vector<stream_step> heard,
                                        const stream_fact& story, std::size_t most);

spoken_protocol spoken_by(const connection_summary* heard);
bool is_mqtt(const connection_summary& heard);
/// Whether this TLS connection may carry MQTT, by its ALPN or its port.
bool is_mqtt_tls(const connection_summary& heard);

/// The connection as if the doctor had been the client.
/// @param asked  filled with what the client wanted, as far as it was heard
contact contact_of(const kept_stream& stream, asked_facts& asked, endpoint_facts& at);

}  // namespace mqttkit::doctor
