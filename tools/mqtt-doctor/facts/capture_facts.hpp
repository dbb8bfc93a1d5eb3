// What a capture shows of one client: the story of each of its TCP connections, with the packets
// that show it, by Wireshark's numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// The machine a capture was made on, by its role.
enum class capture_place : std::uint8_t { none, client, server, router, same };
template <>
inline constexpr auto word_rows<capture_place> = std::to_array<row<capture_place>>({
    {capture_place::none, ""},
    {capture_place::client, N_("client")},
    {capture_place::server, N_("server")},
    {capture_place::router, N_("router")},
    {capture_place::same, "same"},  ///< client and broker both run on that machine
});

/// How a TCP connection went.
enum class stream_ending : std::uint8_t {
  none,
  open,              ///< established when the capture ended
  cut_short,         ///< the capture holds too little of it
  unanswered,        ///< SYN without an answer
  refused,           ///< SYN answered by RST
  unreachable,       ///< SYN answered by ICMP
  half_open,         ///< SYN-ACK without an ACK of the client
  not_accepted,      ///< SYN-ACK was repeated although the client's ACK came
  silent,            ///< established, and neither side sent a byte
  closed_by_client,  ///< the client sent the first FIN
  closed_by_broker,
  reset_by_client,
  reset_by_broker,
  reset_on_the_way,  ///< a third party sent RST in a side's name
  vanished,          ///< bytes of one side were never acknowledged
  forgotten,         ///< the same, or RST, after a silence: a router forgot it
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

/// One end of a connection.
struct stream_side_fact {
  std::string address;
  int port = 0;
  int ttl = -1;  ///< TTL of its packets as they arrived; -1: none came
  int mss = 0;   ///< MSS of its SYN; 0: none
  std::int64_t packets = 0;
  std::int64_t bytes = 0;                 ///< of its stream, retransmissions not counted
  std::int64_t again = 0;                 ///< segments it sent again
  std::vector<std::int64_t> again_in;     ///< packets with the first of those
  std::int64_t missed = 0;                ///< bytes that the capture lacks
  std::int64_t largest_acknowledged = 0;  ///< largest IP packet that was acknowledged
  /// A larger IP packet than all acknowledged ones, sent several times without ACK; 0: none.
  std::int64_t largest_lost = 0;
  std::vector<std::int64_t> lost_in;
  /// Whether the other end acknowledged later bytes (SACK) while that packet was missing.
  bool later_came = false;
  std::int64_t largest = 0;  ///< largest IP packet with data, as captured
  /// Bytes missing at the end, although later ones came, both at the place of capture and at the
  /// other end.
  std::int64_t hole = 0;
  double hole_s = 0;
  std::int64_t hole_in = 0;  ///< the first packet behind the hole
  /// Small segments that it sent only when a late ACK without data had come (Nagle's algorithm).
  std::int64_t held_back = 0;
  double held_back_s = 0;         ///< how late those ACKs came, on average
  std::int64_t held_back_in = 0;  ///< the first packet that was held back
  double shut_s = 0;              ///< longest time its receive window was shut
  std::int64_t shut_in = 0;       ///< the packet that shut it
  bool is_shut = false;           ///< shut at the end
  std::int64_t first_data_in = 0;
};

/// An ICMP error about a connection.
struct stream_icmp_fact {
  int type = -1;
  int code = -1;
  std::string from;
  bool is_v6 = false;
  std::int64_t mtu = 0;   ///< of "fragmentation needed"
  std::int64_t size = 0;  ///< of the packet it is about
  std::int64_t in = 0;
};

/// One packet of TCP or MQTT, as a line of the report's ladder.
struct stream_step_fact {
  std::int64_t in = 0;
  double at_s = 0;  ///< since the stream began
  bool from_client = false;
  std::string what;    ///< "SYN", "CONNECT"
  std::string detail;  ///< in the report's language
  bool is_bad = false;
};

struct stream_fact {
  stream_side_fact client;
  stream_side_fact broker;
  std::string began;  ///< RFC 3339
  double seconds = 0;
  bool is_late = false;  ///< established before the capture began
  fact_word<stream_ending> ending;
  std::vector<std::int64_t> ended_in;  ///< packets that show the ending
  bool by_client = false;              ///< vanished, forgotten, reset: the client's bytes, or name
  int attempts = 0;                    ///< SYNs sent
  bool came_in = false;                ///< into the capturing machine, and not out again
  bool was_passed_on = false;          ///< the capturing machine forwarded it
  double waited_s = 0;                 ///< for an answer, until the attempts or the capture ended
  double idle_s = 0;                   ///< silence before the end
  double outlived_idle_s = 0;          ///< the longest silence before that, which it outlived
  int reset_ttl = -1;
  bool reset_left_here = false;     ///< the capturing machine sent the RST
  int reset_id = -1;                ///< IP id of the RST; -1: none (IPv6), or 0 as usual
  int id_before = -1;               ///< IP id of the packet before it from the same address
  std::int64_t other_reset_in = 0;  ///< RST in the other side's name at that time; 0: none
  int other_reset_ttl = -1;
  int usual_ttl = -1;     ///< TTL of the broker's packets elsewhere
  int keep_alive_s = -1;  ///< of CONNECT; -1: not known
  std::vector<stream_icmp_fact> icmp;
  std::string client_id;
  bool said_goodbye = false;  ///< the client sent DISCONNECT
  bool was_let_in = false;    ///< CONNACK accepted it
  bool was_replaced =
      false;           ///< its client identifier had come again just before the broker ended it
  int ended_with = 0;  ///< other connections that the broker ended within a second
  fact_word<spoken_protocol> speaks;
  std::vector<stream_step_fact> steps;  ///< the first and last packets
};

struct capture_facts {
  std::string file;
  fact_word<capture_place> place;
  bool is_place_said = false;  ///< --captured-on; else the packets tell
  std::int64_t packets = 0;    ///< in the whole capture
  std::int64_t dropped = 0;    ///< that the capturing program missed
  double seconds = 0;
  std::int64_t connections = 0;      ///< TCP connections of this client
  std::int64_t others_answered = 0;  ///< other clients that the same port answered
  std::int64_t own_answered = 0;     ///< connections of this client that the port answered
  std::int64_t served = 0;           ///< connections, of all clients, on which that port sent bytes
  std::int64_t unserved = 0;         ///< connections on which only the client did
  std::int64_t flood_syns = 0;       ///< SYNs of a flood of that port; 0: no flood
  std::int64_t flood_watched = 0;    ///< endpoints watched in the flood
  std::int64_t flood_addresses = 0;  ///< addresses of those endpoints
  std::int64_t flood_answered = 0;   ///< those that got a SYN-ACK
  double flood_s = 0;
  bool is_flood = false;                 ///< these facts are a flood's, not a client's
  std::vector<std::int64_t> mqtt_ports;  ///< of the same address, where MQTT was spoken
  std::vector<stream_fact> streams;      ///< of this client, the last ones
};

/// The last connection in which something went wrong, or else the last; `streams` is never empty.
inline const stream_fact& telling_stream(const capture_facts& of) {
  for (auto at = of.streams.rbegin(); at != of.streams.rend(); ++at) {
    for (const stream_step_fact& step : at->steps) {
      if (step.is_bad) return *at;
    }
  }
  return of.streams.back();
}

}  // namespace mqttkit::doctor
