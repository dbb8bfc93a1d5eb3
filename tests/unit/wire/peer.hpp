// The other side of a handshake in a test: takes what is sent, gives what is scripted.
#pragma once

#include <string>
#include <string_view>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/wire/handshake.hpp"

namespace mqttkit::test {

/// All the handshake has to say now, in two pieces, as a socket may take it.
inline std::string take(handshake& spoken) {
  std::string text;
  while (!spoken.to_send().empty()) {
    const std::size_t half = (spoken.to_send().size() + 1) / 2;
    text += as_text(spoken.to_send().first(half));
    spoken.sent(half);
  }
  return text;
}

struct given {
  handshake::status status = handshake::status::more;
  std::string surplus;  ///< what the handshake left for the next layer
};

/// Gives `text` in pieces of `piece` bytes until the handshake ends.
inline given give(handshake& spoken, std::string_view text, std::size_t piece) {
  given outcome;
  while (!text.empty() && outcome.status == handshake::status::more) {
    const std::string_view now = text.substr(0, piece);
    std::size_t consumed = 0;
    outcome.status = spoken.received(as_bytes(now), consumed);
    text.remove_prefix(consumed);
    if (consumed < now.size()) break;
  }
  outcome.surplus = text;
  return outcome;
}

}  // namespace mqttkit::test
