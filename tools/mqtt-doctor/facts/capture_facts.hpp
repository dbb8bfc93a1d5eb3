// What a capture shows of one client: the story of each of its TCP connections, with the packets
// that show it, by the numbers Wireshark gives them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// Where a capture was made.
enum class capture_place : std::uint8_t { none, client, server, router, same };
template <>
inline constexpr auto word_rows<capture_place> = std::to_array<row<capture_place>>({
    {capture_place::none, ""},
    {capture_place::client, N_("client")},
    {capture_place::server, N_("server")},
    {capture_place::router, N_("router")},
    {capture_place::same, "same"},  ///< client and broker are on the machine it was made on
});

/// How a connection went, as TCP tells it.
enum class stream_ending : std::uint8_t {
  none,
  open,              ///< it stood when the capture ended
  cut_short,         ///< too little of it is in the capture to tell
  unanswered,        ///< SYN, and nothing came back
  refused,           ///< SYN, and RST came back
  unreachable,       ///< SYN, and ICMP came back
  half_open,         ///< SYN-ACK, and no ACK of the client's
  not_accepted,      ///< the client's ACK came, and SYN-ACK was sent again all the same
  silent,            ///< it stood, and neither side sent a byte
  closed_by_client,  ///< FIN, its first
  closed_by_broker,
  reset_by_client,
  reset_by_broker,
  reset_on_the_way,  ///< RST in the name of one side, by somebody else
  vanished,          ///< what one side sent was never acknowledged
  forgotten,         ///< likewise, or RST, after a silence: something on the way forgot it
};
template <>
inline constexpr auto word_rows<stream_ending> = std::to_array<row<stream_ending>>({
    {stream_ending::none, ""},
    {stream_ending::open, "open"},
    {stream_ending::cut_short, "cut-short"},
    {stream_ending::unanswered, "unanswered"},
    {stream_ending::refused, "refused"},
    {stream_ending::unreachable, "unreachable"},
    {stream_ending::half_open, "half-open"},
    {stream_ending::not_accepted, "not-accepted"},
    {stream_ending::silent, "silent"},
    {stream_ending::closed_by_client, "closed-by-client"},
    {stream_ending::closed_by_broker, "closed-by-broker"},
    {stream_ending::reset_by_client, "reset-by-client"},
    {stream_ending::reset_by_broker, "reset-by-broker"},
    {stream_ending::reset_on_the_way, "reset-on-the-way"},
    {stream_ending::vanished, "vanished"},
    {stream_ending::forgotten, "forgotten"},
});
static_assert(is_in_order(word_rows<capture_place>) && is_in_order(word_rows<stream_ending>));

/// What one end of a connection did.
struct stream_side_fact {
  std::string address;
  int port = 0;
  int ttl = -1;  ///< of its packets as they arrived; -1: none came
  int mss = 0;   ///< that its SYN names; 0: none
  std::int64_t packets = 0;
  std::int64_t bytes = 0;                 ///< of its stream, each once
  std::int64_t again = 0;                 ///< segments it sent once more
  std::vector<std::int64_t> again_in;     ///< the first of them
  std::int64_t missed = 0;                ///< bytes that are not in the capture
  std::int64_t largest_acknowledged = 0;  ///< IP packet
  /// A larger one than any acknowledged, sent several times and not acknowledged; 0: none.
  std::int64_t largest_lost = 0;
  std::vector<std::int64_t> lost_in;
  /// While that one was missing the other end said that later bytes had come (SACK).
  bool later_came = false;
  std::int64_t largest = 0;  ///< IP packet with bytes of its stream, as captured
  /// Bytes that did not arrive where the capture was made, nor at the other end, while later ones
  /// did; at the end of the capture.
  std::int64_t hole = 0;
  double hole_s = 0;
  std::int64_t hole_in = 0;  ///< the first packet behind it
  double shut_s = 0;         ///< its receive window stayed shut, the longest time
  std::int64_t shut_in = 0;  ///< packet that shut it
  bool is_shut = false;      ///< until the end
  std::int64_t first_data_in = 0;
};

/// ICMP about a connection.
struct stream_icmp_fact {
  int type = -1;
  int code = -1;
  std::string from;
  bool is_v6 = false;
  std::int64_t mtu = 0;   ///< with "fragmentation needed"
  std::int64_t size = 0;  ///< of the packet it is about
  std::int64_t in = 0;
};

/// What passed, as a ladder shows it: one packet of TCP or MQTT.
struct stream_step_fact {
  std::int64_t in = 0;
  double at_s = 0;  ///< since the stream began
  bool from_client = false;
  std::string what;    ///< "SYN", "CONNECT"
  std::string detail;  ///< in the language of the report
  bool is_bad = false;
};

struct stream_fact {
  stream_side_fact client;
  stream_side_fact broker;
  std::string began;  ///< RFC 3339
  double seconds = 0;
  bool is_late = false;  ///< it stood before the capture began
  fact_word<stream_ending> ending;
  std::vector<std::int64_t> ended_in;  ///< packets that show it
  bool by_client = false;      ///< vanished, forgotten, reset: whose bytes, or in whose name
  int attempts = 0;            ///< SYN
  bool came_in = false;        ///< to the capturing machine, and nothing of the client's left it
  bool was_passed_on = false;  ///< by the capturing machine
  double waited_s = 0;         ///< for an answer, to the end of the capture or of the attempts
  double idle_s = 0;           ///< silence before the end
  int reset_ttl = -1;
  bool reset_left_here = false;     ///< the capturing machine sent the RST
  int reset_id = -1;                ///< of its IP header; -1: none (IPv6), or 0 as often
  int id_before = -1;               ///< of the packet before it that has the same sender's address
  std::int64_t other_reset_in = 0;  ///< RST in the other side's name, at the same time; 0: none
  int other_reset_ttl = -1;
  int usual_ttl = -1;     ///< of the broker's packets on other connections
  int keep_alive_s = -1;  ///< of its CONNECT; -1: not known
  std::vector<stream_icmp_fact> icmp;
  std::string client_id;
  fact_word<spoken_protocol> speaks;
  std::vector<stream_step_fact> steps;  ///< the first and the last ones
};

struct capture_facts {
  std::string file;
  fact_word<capture_place> place;
  bool is_place_said = false;  ///< --captured-on; otherwise it was told from the packets
  std::int64_t packets = 0;    ///< in all of the capture
  std::int64_t dropped = 0;    ///< that the capturing program lost
  double seconds = 0;
  std::int64_t connections = 0;      ///< of this client
  std::int64_t others_answered = 0;  ///< other clients that the same port answered
  std::int64_t own_answered = 0;     ///< connections of this client that it answered
  std::int64_t served = 0;         ///< connections of all clients on which that port said something
  std::int64_t unserved = 0;       ///< on which a client spoke, and it said nothing
  std::int64_t flood_syns = 0;     ///< of a flood to that port; 0: there is none
  std::int64_t flood_watched = 0;  ///< ends they came from, of the first ones
  std::int64_t flood_addresses = 0;  ///< of those
  std::int64_t flood_answered = 0;   ///< of those: got SYN-ACK
  double flood_s = 0;
  bool is_flood = false;                 ///< this is no client, it is the flood
  std::vector<std::int64_t> mqtt_ports;  ///< of the same address, where MQTT was spoken
  std::vector<stream_fact> streams;      ///< of this client, the last ones
};

/// The last connection in which something went wrong; otherwise the last. There is one.
inline const stream_fact& telling_stream(const capture_facts& of) {
  for (auto at = of.streams.rbegin(); at != of.streams.rend(); ++at) {
    for (const stream_step_fact& step : at->steps) {
      if (step.is_bad) return *at;
    }
  }
  return of.streams.back();
}

}  // namespace mqttkit::doctor
