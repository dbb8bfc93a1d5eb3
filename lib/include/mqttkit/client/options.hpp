#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "mqttkit/base/result.hpp"
#include "mqttkit/net/dial.hpp"
#include "mqttkit/session/options.hpp"

namespace mqttkit {

/// Full-jitter exponential backoff: the n-th wait is random in [0, min(maximum, initial * 2^n)],
/// never below `floor`. The count starts again after a link that got on: it carried a message (an
/// acknowledgement of one of ours, or one that is not retained), or stayed up for `stable_after`.
/// Not at CONNACK or SUBACK: a broker that accepts and drops would be hit once a second for ever.
struct backoff_options {
  std::chrono::milliseconds initial{500};
  std::chrono::milliseconds maximum{30'000};
  std::chrono::milliseconds floor{50};
  std::chrono::milliseconds stable_after{30'000};

  backoff_options() = default;
};

/// Answers the broker's AUTH packets (MQTT 5.0 §4.12): gets the authentication data received, gives
/// the data to send back, or an error to give up. The method and the first data to send are CONNECT
/// properties.
using authenticator = std::function<result<std::string>(std::string_view data)>;

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
  /// With it: how long, from connect() on; zero for ever. With a limit every failure that a broker
  /// may show while it starts is tried again, a name that is not known yet included, at least once
  /// a second.
  std::chrono::milliseconds first_connect_limit{0};
  /// Most time for one connection, from the name to CONNACK; zero: only the steps have their limits
  /// (dial.timeouts, session.connack_timeout).
  std::chrono::milliseconds connect_timeout{0};
  /// Links in a row that stood, carried nothing to its end and were closed by the broker, before
  /// the client gives up: a message the broker answers by hanging up would otherwise be sent for
  /// ever.
  unsigned futile_links = 5;
  authenticator authenticate;
  /// Bytes of output queued before try_publish() answers "full".
  std::size_t output_high_bytes = 256u << 10;
  /// How much may wait to be received while an answer behind it is wanted (see the head of
  /// client.hpp): bytes of packets, one packet more than that, and what one read brings (64 KiB).
  std::size_t waiting_high_bytes = 16u << 20;
  /// The same in messages; each costs about 50 bytes beside its packet.
  std::size_t waiting_high_messages = 65'536;
  /// When so much waits, and for so long nobody received a message: publish(), subscribe(),
  /// unsubscribe() and writable() end with messages_not_taken.
  std::chrono::milliseconds waiting_limit{10'000};

  client_options() = default;
};

}  // namespace mqttkit
