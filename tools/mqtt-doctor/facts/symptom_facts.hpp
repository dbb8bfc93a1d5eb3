// What the probes found that --symptom asks for, on topics of the doctor's own unless said.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/fact_word.hpp"
#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// One message, sent to see whether the broker takes it.
struct sending_fact {
  std::string topic;
  bool is_users_topic = false;
  int qos = 0;
  bool retain = false;
  std::int64_t payload_bytes = 0;
  int ack = -1;                   ///< reason of PUBACK, or of PUBREC and PUBCOMP; -1: none came
  bool was_taken = false;         ///< acknowledged, or at QoS 0 followed by an answered ping
  fact_word<connection_end> end;  ///< of the connection after it; nothing: still open
  int disconnect = -1;            ///< reason code of the broker's DISCONNECT
  double ms = 0;                  ///< until the acknowledgement or that ping's answer
};

/// How the connection of a client with a will ended.
enum class will_end : std::uint8_t {
  none,
  broken,   ///< without DISCONNECT
  silent,   ///< it stood, and the keep alive was not kept
  goodbye,  ///< with DISCONNECT
};
template <>
inline constexpr auto word_rows<will_end> = std::to_array<row<will_end>>({
    {will_end::none, ""},
    {will_end::broken, "broken"},
    {will_end::silent, "silent"},
    {will_end::goodbye, "goodbye"},
});
static_assert(is_in_order(word_rows<will_end>));

/// A will, and whether it was published.
struct will_fact {
  fact_word<will_end> how;
  std::string topic;
  bool was_let_in = false;       ///< the client with the will
  int keep_alive_s = 0;          ///< of its CONNECT
  int server_keep_alive_s = -1;  ///< of CONNACK, which counts instead; -1: none
  bool was_published = false;
  double after_ms = 0;  ///< from the end, or from the last packet of the silent client
  double waited_ms = 0;
  fact_word<connection_end> end;  ///< of the silent client's connection; nothing: it stood
};

/// One message that two filters of one client match.
struct overlap_fact {
  std::string topic;
  std::vector<std::string> filters;
  int copies = 0;
};

}  // namespace mqttkit::doctor
