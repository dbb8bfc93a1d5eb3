// Clients and a broker that talk through `listen --forward`: bytes as on the wire, and a clock that
// the test moves.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mqtt-doctor/listen/conversation.hpp"
#include "mqtt-doctor/listen/traffic_monitor.hpp"
#include "mqttkit/codec/encode.hpp"

namespace mqttkit::doctor::test {

using namespace std::chrono_literals;

class overheard {
 public:
  /// Lets time pass as the program does, with regular calls of look().
  void passes(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 500ms) {
      now += std::min(time, std::chrono::milliseconds(500));
      monitor.look(now);
    }
  }
  /// All remarks so far, a line each: "cause delivery-inflight-stall: ...".
  const std::string& told() {
    for (const remark& each : monitor.take()) {
      lines_ += std::string(to_string(each.heavy)) + ' ' + each.id + ": ";
      for (const sentence& one_said : each.sentences) lines_ += in_english(one_said) + ' ';
      lines_ += each.alike + '\n';
    }
    return lines_;
  }
  bool tells(std::string_view part) { return told().find(part) != std::string::npos; }
  bool is_silent() { return told().empty(); }
  std::size_t times(std::string_view part) {
    std::size_t count = 0;
    for (auto at = told().find(part); at != std::string::npos; at = lines_.find(part, at + 1))
      ++count;
    return count;
  }

  traffic_monitor monitor;
  moment now = moment() + 1h;
  std::uint64_t connections = 0;

 private:
  std::string lines_;
};

/// One connection with both its ends.
class device {
 public:
  explicit device(overheard& in, protocol_version version = protocol_version::v3_1_1,
                  std::uint16_t port = 0)
      : in_(in),
        version_(version),
        number_(++in.connections),
        talk_(
            packet_style(), [](const event&) {},
            [this](const heard_packet& each) { in_.monitor.heard(number_, each, in_.now); }) {
    in.monitor.opened(number_, "10.0.0." + std::to_string(number_) + ":5000",
                      "10.0.0." + std::to_string(number_), "10.9.0.1", port);
  }

  device& connects(std::string_view id, bool clean = true, std::uint16_t keep_alive = 60,
                   const properties& asked = {}, const properties& given = {},
                   bool is_resumed = false) {
    asks_in(id, clean, keep_alive, asked);
    byte_buffer out;
    connack_packet answer;
    answer.session_present = is_resumed;
    answer.reason = answered;
    answer.properties = given;
    REQUIRE_FALSE(encode(out, version_, answer));
    broker_sends(out);
    return *this;
  }
  /// Sends CONNECT; no answer comes yet.
  device& asks_in(std::string_view id, bool clean = true, std::uint16_t keep_alive = 60,
                  const properties& asked = {}) {
    connect_packet packet;
    packet.version = version_;
    if (!user.empty()) packet.user_name = user;
    packet.client_id = id;
    packet.clean_start = clean;
    packet.keep_alive = keep_alive;
    packet.properties = asked;
    if (!will.empty()) {
      packet.will.emplace();
      packet.will->topic = will;
      packet.will->qos = will_qos;
      packet.will->payload = as_bytes(will_payload);
      packet.will->retain = is_will_retained;
    }
    byte_buffer out;
    REQUIRE_FALSE(encode(out, packet));
    client_sends(out);
    return *this;
  }
  /// Sends SUBSCRIBE; no answer comes yet.
  device& asks_for(std::string_view filter) {
    subscription made;
    made.filter = filter;
    byte_buffer out;
    REQUIRE_FALSE(encode_subscribe(out, version_, 1, {&made, 1}));
    client_sends(out);
    return *this;
  }
  device& subscribes(std::string_view filter, int qos = 0, int granted = -1,
                     bool no_local = false) {
    subscription value;
    value.filter = filter;
    value.qos = static_cast<qos_t>(qos);
    value.no_local = no_local;
    byte_buffer out;
    REQUIRE_FALSE(encode_subscribe(out, version_, 1, {&value, 1}));
    client_sends(out);
    const std::byte code{static_cast<unsigned char>(granted < 0 ? qos : granted)};
    suback_packet answer;
    answer.packet_id = 1;
    answer.codes = {&code, 1};
    out.clear();
    REQUIRE_FALSE(encode(out, version_, packet_type::suback, answer));
    broker_sends(out);
    return *this;
  }
  device& publishes(std::string_view topic, int qos = 0, std::uint16_t id = 0,
                    std::string_view payload = "x", bool retain = false,
                    const properties& with = {}) {
    client_sends(message(topic, qos, id, payload, retain, with));
    return *this;
  }
  /// The broker delivers a message.
  device& gets(std::string_view topic, int qos = 0, std::uint16_t id = 0,
               std::string_view payload = "x", bool retain = false) {
    broker_sends(message(topic, qos, id, payload, retain, {}));
    return *this;
  }
  device& sends(packet_type type, std::uint16_t id = 0, std::uint8_t reason = 0) {
    client_sends(other(type, id, reason));
    return *this;
  }
  device& hears(packet_type type, std::uint16_t id = 0, std::uint8_t reason = 0) {
    broker_sends(other(type, id, reason));
    return *this;
  }
  /// The client publishes at QoS 1, and the broker acknowledges.
  device& publishes_well(std::string_view topic, std::uint8_t reason = 0) {
    publishes(topic, 1, 77).hears(packet_type::puback, 77, reason);
    in_.monitor.caught_up(number_);
    return *this;
  }
  /// It was connected before anybody listened.
  device& was_there() {
    talk_.joins_late();
    in_.monitor.joined_late(number_, "10.0.0." + std::to_string(number_) + ":5000",
                            "10.0.0." + std::to_string(number_));
    return *this;
  }
  device& settles() {
    in_.monitor.caught_up(number_);
    return *this;
  }
  device& leaves() {
    sends(packet_type::disconnect);
    in_.monitor.ended(number_, parting::by_client, 0, in_.now);
    return *this;
  }
  /// Closes without DISCONNECT, perhaps in the middle of a packet of that size.
  device& breaks_off(std::size_t unfinished = 0) {
    in_.monitor.ended(number_, parting::by_client, unfinished, in_.now);
    return *this;
  }
  device& is_hung_up_on(std::size_t unfinished = 0) {
    in_.monitor.ended(number_, parting::by_broker, unfinished, in_.now);
    return *this;
  }
  std::uint64_t number() const { return number_; }

  std::string_view will;
  std::string_view will_payload;
  bool is_will_retained = false;
  qos_t will_qos = qos_t::at_most_once;
  std::string_view user;
  std::uint8_t answered = 0;  ///< in CONNACK

  // Sending and hearing apart: for scenes in which a packet is heard late or never.
  byte_buffer message(std::string_view topic, int qos, std::uint16_t id, std::string_view payload,
                      bool retain, const properties& with, bool dup = false) {
    publish_packet packet;
    packet.dup = dup;
    packet.topic = topic;
    packet.qos = static_cast<qos_t>(qos);
    packet.packet_id = id;
    packet.retain = retain;
    packet.payload = as_bytes(payload);
    packet.properties = with;
    byte_buffer out;
    REQUIRE_FALSE(encode(out, version_, packet));
    return out;
  }
  byte_buffer other(packet_type type, std::uint16_t id, std::uint8_t reason) {
    byte_buffer out;
    if (type == packet_type::pingreq || type == packet_type::pingresp) {
      encode_ping(out, type);
    } else if (type == packet_type::disconnect) {
      reason_packet packet;
      packet.reason = reason;
      REQUIRE_FALSE(encode(out, version_, type, packet));
    } else {
      ack_packet packet;
      packet.type = type;
      packet.packet_id = id;
      packet.reason = reason;
      REQUIRE_FALSE(encode(out, version_, packet));
    }
    return out;
  }
  void client_sends(const byte_buffer& bytes) {
    in_.monitor.stirred(number_, in_.now);
    talk_.client_sent(bytes.view());
  }
  void broker_sends(const byte_buffer& bytes) { talk_.broker_sent(bytes.view()); }

 private:
  overheard& in_;
  protocol_version version_;
  std::uint64_t number_;
  conversation talk_;
};

inline properties with(property_id id, std::uint32_t number) {
  properties made;
  REQUIRE_FALSE(made.add(id, number));
  return made;
}

}  // namespace mqttkit::doctor::test
