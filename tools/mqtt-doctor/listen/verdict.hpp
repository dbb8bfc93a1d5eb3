// One sentence for each client that came. Pure: the same visit gives the same sentence.
#pragma once

#include <string>

#include "mqtt-doctor/listen/visit.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {

struct verdict {
  std::string id;  ///< stable; a cause's where it is one: "tls-to-plaintext-port"
  words sentence;
};

/// What the visitors met.
struct listening {
  int port = 0;
  std::string broker;  ///< --forward, "localhost:1884"; empty: we stood in its place
};

/// @param client  its address
verdict verdict_of(const visit& seen, const std::string& client, const listening& where);

/// Not silence, nor too little to understand.
bool says_something(const visit& seen) noexcept;

/// Of two visits of one client, whether the later one tells more, or as much: what the user tried
/// last counts, but a connection without a word does not replace one that spoke.
bool tells_more(const visit& later, const visit& earlier) noexcept;

/// When nobody came.
/// @param waited  "2 min"
words nobody_came(const listening& where, const std::string& waited);

/// "37 s", "2 min"
std::string duration_text(double seconds);

}  // namespace mqttkit::doctor
