// A session on one side, a scripted broker on the other: bytes are written as hexadecimal text, and
// time moves when the test says so.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "mqttkit/base/error.hpp"
#include "mqttkit/session/session.hpp"
#include "support/hex.hpp"

namespace mqttkit::test {

inline constexpr protocol_version v3_1 = protocol_version::v3_1;
inline constexpr protocol_version v3_1_1 = protocol_version::v3_1_1;
inline constexpr protocol_version v5 = protocol_version::v5;
inline constexpr protocol_version all_versions[] = {v3_1, v3_1_1, v5};

inline constexpr qos_t qos_0 = qos_t::at_most_once;
inline constexpr qos_t qos_1 = qos_t::at_least_once;
inline constexpr qos_t qos_2 = qos_t::exactly_once;

/// `text` as to_hex() would spell it, to be compared with what was sent.
inline std::string bytes(std::string_view text) { return to_hex(hex(text)); }

inline session_options plain(protocol_version version) {
  session_options options;
  options.version = version;
  options.client_id = "a";
  return options;
}

/// The same with a session that outlives its connections.
inline session_options lasting(protocol_version version) {
  session_options options = plain(version);
  options.clean_start = false;
  options.clean_start_again = false;
  if (version == v5) {
    CHECK(!options.connect_properties.add(property_id::session_expiry_interval, 600));
  }
  return options;
}

inline session_options with_property(session_options options, property_id id,
                                     std::uint32_t number) {
  CHECK(!options.connect_properties.add(id, number));
  return options;
}

inline publish_packet message(std::string_view topic, std::string_view payload, qos_t qos,
                              bool retain = false) {
  publish_packet packet;
  packet.topic = topic;
  packet.payload = as_bytes(payload);
  packet.qos = qos;
  packet.retain = retain;
  return packet;
}

inline subscription filter(std::string_view text, qos_t qos = qos_0) {
  subscription made;
  made.filter = text;
  made.qos = qos;
  return made;
}

class peer {
 public:
  explicit peer(session_options options)
      : version(options.version), client(std::move(options)), now(std::chrono::hours(1)) {}

  // ---- the connection

  /// A transport stands; what the session says first.
  std::string comes_up() {
    CHECK(!client.transport_up(now));
    return sent();
  }

  /// CONNACK with these properties (MQTT 5), and its event.
  connected is_accepted(std::string_view properties = {}, bool session_present = false) {
    const std::size_t length = hex(properties).size();
    std::string connack = session_present ? "01 00" : "00 00";
    if (version == v5) connack += ' ' + byte(length) + ' ' + std::string(properties);
    receives("20 " + byte(hex(connack).size()) + ' ' + connack);
    return take<connected>();
  }

  void connects(std::string_view properties = {}) {
    comes_up();
    is_accepted(properties);
    sent();
  }

  /// The link breaks and comes back; answers what is sent after CONNECT.
  std::string connects_again(bool session_present, std::string_view properties = {}) {
    client.transport_down();
    comes_up();
    is_accepted(properties, session_present);
    return sent();
  }

  // ---- bytes

  void receives(std::string_view text) { client.feed(hex(text), now); }

  /// Everything the session wants written, which is written at once.
  std::string sent() {
    byte_buffer output;
    client.take_output(output);
    client.sent(now);
    return to_hex(output.view());
  }

  // ---- events

  /// The next event, which must be of this kind. Its views end with the next call.
  template <class Event>
  Event take() {
    const event& next = client.next();
    REQUIRE(next.index() == event(Event{}).index());
    return std::get<Event>(next);
  }

  bool has_nothing_more() { return std::holds_alternative<need_more>(client.next()); }

  /// The error that ends the connection, once the bytes so far are taken apart.
  std::error_code end() { return take<closed>().error; }

  // ---- requests

  admission publishes(const publish_packet& packet, std::uint64_t token = 0) {
    return client.publish(packet, token, error);
  }

  std::error_code subscribes(std::string_view text, std::uint64_t token = 0,
                             properties_view with = {}) {
    const subscription made = filter(text);
    return client.subscribe({&made, 1}, with, token);
  }

  std::error_code unsubscribes(std::string_view text, std::uint64_t token = 0) {
    const subscription made = filter(text);
    return client.unsubscribe({&made, 1}, {}, token);
  }

  // ---- time

  void waits(std::chrono::milliseconds time) { now += time; }

  protocol_version version;
  session client;
  time_point now;
  std::error_code error;  ///< of the last publishes()

 private:
  static std::string byte(std::size_t number) {
    const std::byte made{static_cast<unsigned char>(number)};
    return to_hex({&made, 1});
  }
};

}  // namespace mqttkit::test
