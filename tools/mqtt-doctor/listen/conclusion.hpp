// The conclusion about each client, in one sentence. Pure: equal facts give equal sentences.
#pragma once

#include <optional>
#include <string>

#include "mqtt-doctor/listen/connection_summary.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

struct conclusion {
  std::string id;  ///< stable; a cause's id where it is one: "tls-to-plaintext-port"
  sentence text;
  bool is_told = true;  ///< the wire said it; otherwise it is inferred
  /// Whether it is certain, where the id alone does not decide that.
  std::optional<bool> sure{};
};

/// The place that clients connected to.
struct listening {
  int port = 0;
  std::string broker;       ///< --forward, "localhost:1884"; empty: listen answered itself
  bool is_capture = false;  ///< `broker` is where packets went; nothing is forwarded
};

/// @param client  its address
conclusion conclusion_of(const connection_summary& summary, const std::string& client,
                         const listening& where);

/// Whether the client sent enough to tell its protocol.
bool says_something(const connection_summary& summary) noexcept;

/// Whether the later of two connections of a client tells as much or more: the user's last try
/// counts, but a connection without bytes does not replace one that spoke.
bool tells_more(const connection_summary& later, const connection_summary& earlier) noexcept;

/// The conclusion when nobody came.
/// @param waited  how long, as "2 min"
sentence nobody_came(const listening& where, const std::string& waited);

}  // namespace mqttkit::doctor
