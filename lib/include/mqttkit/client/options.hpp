#pragma once

#include <chrono>
#include <cstdint>

#include "mqttkit/net/dial.hpp"
#include "mqttkit/session/options.hpp"

namespace mqttkit {

/// Full-jitter exponential backoff: the n-th wait is random in [0, min(maximum, initial * 2^n)],
/// never below `floor`. The count starts again after a link stayed up for `stable_after` (not at
/// CONNACK: a broker that accepts and drops would be hit once a second for ever).
struct backoff_options {
  std::chrono::milliseconds initial{500};
  std::chrono::milliseconds maximum{30'000};
  std::chrono::milliseconds floor{50};
  std::chrono::milliseconds stable_after{30'000};

  backoff_options() = default;
};

/// Everything a client needs to know: where to connect, as whom, and what to do when a link breaks.
struct client_options {
  dial_options dial;
  session_options session;
  backoff_options backoff;
  /// Connect again by itself after an established link was lost. Failures that cannot mend
  /// themselves (credentials, identifier, certificate) end the client at once either way.
  bool reconnect = true;
  /// Also keep trying when the very first connection fails for a reason that may mend itself.
  bool retry_first_connect = false;
  /// Bytes of output queued before try_publish() answers "full", and where writable() resumes.
  std::size_t output_high_bytes = 256u << 10;
  std::size_t output_low_bytes = 64u << 10;

  client_options() = default;
};

}  // namespace mqttkit
