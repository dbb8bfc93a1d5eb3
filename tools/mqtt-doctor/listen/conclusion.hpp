// One sentence for each client that came. Pure: the same facts give the same sentence.
#pragma once

#include <string>

#include "mqtt-doctor/listen/connection_summary.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

struct conclusion {
  std::string id;  ///< stable; a cause's where it is one: "tls-to-plaintext-port"
  sentence text;
  bool is_told = true;  ///< what it says was said on the wire; otherwise it is what fits
};

/// Where clients came to.
struct listening {
  int port = 0;
  std::string broker;       ///< --forward, "localhost:1884"; empty: we stood in its place
  bool is_capture = false;  ///< `broker` is where its packets went; nothing is forwarded
};

/// @param client  its address
conclusion conclusion_of(const connection_summary& summary, const std::string& client,
                         const listening& where);

/// Whether the client sent enough to tell what it speaks.
bool says_something(const connection_summary& summary) noexcept;

/// Of two connections of one client, whether the later one tells more, or as much: what the user
/// tried last counts, but a connection without a word does not replace one that spoke.
bool tells_more(const connection_summary& later, const connection_summary& earlier) noexcept;

/// When nobody came.
/// @param waited  "2 min"
sentence nobody_came(const listening& where, const std::string& waited);

}  // namespace mqttkit::doctor
