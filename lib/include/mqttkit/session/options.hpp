#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mqttkit/codec/packet.hpp"
#include "mqttkit/codec/property.hpp"
#include "mqttkit/codec/version.hpp"

namespace mqttkit {

/// The will message, owned (MQTT 5.0 §3.1.2.5).
struct will_options {
  std::string topic;
  std::string payload;  ///< any bytes
  qos_t qos = qos_t::at_most_once;
  bool retain = false;
  mqttkit::properties properties;  ///< will delay, content type, ...; MQTT 5 only

  will_options() = default;
};

/// When a received QoS 1 or 2 message is acknowledged.
enum class ack_policy : std::uint8_t {
  on_next,  ///< by pulling the next event: the consumer is done with the message then
  manual,   ///< by settle(): everything pulled so far. mqtt-sub calls it once bytes are written
  ignore,   ///< never, and no message is shown: for a program that only publishes
};

/// What a session is made of. Checked when CONNECT is encoded.
struct session_options {
  protocol_version version = protocol_version::v5;
  std::string client_id;  ///< empty asks the broker for one (not in MQTT 3.1)
  bool clean_start = true;
  /// Clean start on reconnects as well. When false only the first CONNECT of this object starts
  /// clean, so that what was in flight when a link broke is resumed, not lost. Needs a session
  /// expiry interval in MQTT 5; in 3.1 and 3.1.1 the flag cannot change between connections without
  /// ending the session, so there clean_start decides alone.
  bool clean_start_again = true;
  std::chrono::seconds keep_alive{60};  ///< 0 to 65,535; 0 turns it off
  std::optional<std::string> user_name;
  std::optional<std::string> password;  ///< any bytes
  std::optional<will_options> will;
  /// CONNECT properties: session expiry interval, receive maximum, maximum packet size, topic alias
  /// maximum, authentication method and data, user properties, ... MQTT 5 only. To the packet size
  /// and the aliases the session holds the broker. More than Receive Maximum is borne, up to 65,535
  /// unacknowledged messages: brokers count differently what an earlier connection left in flight.
  mqttkit::properties connect_properties;

  /// Most QoS 1 and 2 messages in flight, 1..65,535; the broker's Receive Maximum lowers it.
  /// 0 chooses: 1,024, of which before MQTT 5, where a broker cannot say how many it takes, 20 at
  /// QoS 2. Mosquitto hangs up on the 21st, EMQX on the 101st.
  std::uint16_t maximum_inflight = 0;
  /// Most bytes in flight: what resending needs in memory. One message is always allowed.
  std::size_t maximum_inflight_bytes = 16u << 20;
  /// Replace repeated topics by aliases, as far as the broker allows (MQTT 5.0 §3.3.2.3.4).
  /// A message with an alias of its own is refused then (property_repeated).
  bool use_topic_aliases = false;
  ack_policy acknowledge = ack_policy::on_next;
  /// Largest packet accepted from the broker, fixed header included, in bytes; 0 means the
  /// protocol's own limit (268,435,460). The Maximum Packet Size property lowers it, and tells a
  /// broker of MQTT 5, which then leaves larger messages out without a word [MQTT-3.1.2-25].
  /// A larger packet ends the connection with packet_too_large before it is read. Until CONNACK
  /// the limit is 1 MiB at most: no message comes before, and who answers is not known yet.
  std::uint32_t maximum_receive_size = 0;

  std::chrono::milliseconds connack_timeout{20'000};
  /// How long an outstanding PINGREQ may stay without any byte from the broker; never longer than
  /// the keep alive interval, so that a silent broker is noticed after two of them at most.
  std::chrono::milliseconds ping_timeout{10'000};

  session_options() = default;
};

}  // namespace mqttkit
