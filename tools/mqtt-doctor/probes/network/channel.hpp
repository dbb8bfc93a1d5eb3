// MQTT packets over any of the doctor's streams, one at a time, with a deadline.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/decode.hpp"
#include "mqttkit/codec/encode.hpp"
#include "mqttkit/probe/link.hpp"
#include "mqttkit/probe/tls.hpp"
#include "mqttkit/session/session.hpp"
#include "mqttkit/wire/websocket.hpp"

namespace mqttkit::doctor {

/// Everything one connection is made of. Stays where it is: the streams keep references.
class channel {
 public:
  channel();
  ~channel();
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;

  probe::connect_report connected;
  probe::tls_report secured;
  protocol_version version = protocol_version::v5;
  /// The doctor's own messages are small, unless a size is asked for; what is larger is not for it.
  std::uint32_t most_packet = 256 * 1024;
  /// What the broker takes: Maximum Packet Size of its CONNACK [MQTT-3.2.2-15]; 0: it named none.
  std::uint32_t most_taken = 0;
  std::uint64_t last_token = 0;  ///< of what its session was asked for

  /// The uppermost stream; the link itself while there is nothing above it.
  probe::stream& top();
  probe::link& bottom();
  /// Bytes both ways on the connection, TLS's and WebSocket's own included.
  probe::traffic counted() const;

  void set_link(probe::link&& made);
  void set_tls(std::shared_ptr<probe::tls_setup> setup, const probe::tls_request& request,
               probe::deadline until);
  /// From now on payload goes in WebSocket frames. `rest` came after the upgrade's head.
  void set_websocket(std::string rest);

  /// Writes bytes as MQTT's: framed when there is a WebSocket.
  bool send(byte_buffer& data, probe::deadline until);
  bool takes(const byte_buffer& packet) const noexcept {
    return most_taken == 0 || packet.size() <= most_taken;
  }
  /// Reads the next whole packet. `end` says why there is none.
  struct received {
    bool is_packet = false;
    bool is_malformed = false;
    frame packet;
    bytes_view bytes;  ///< all of it, until the next call
    probe::link_end end = probe::link_end::none;
  };
  received receive(probe::deadline until);
  /// Bytes that were read and not taken as a packet yet.
  std::string_view pending() const;
  /// Reads once more into pending().
  probe::link_end read_more(probe::deadline until);
  /// The MQTT session over it, once the broker has accepted the connection; see blocking_client.
  mqttkit::session& session();
  /// The first bytes that ever came, at most 256.
  const std::string& opening() const noexcept { return opening_; }
  const std::string& websocket_error() const noexcept { return websocket_error_; }

 private:
  probe::link link_;
  std::shared_ptr<probe::tls_setup> setup_;
  std::unique_ptr<probe::tls_link> tls_;
  bool has_websocket_ = false;
  websocket_reader frames_;
  byte_buffer incoming_;
  std::unique_ptr<mqttkit::session> session_;
  std::size_t taken_ = 0;  // of incoming_, by the packet given last
  std::string opening_;
  std::string websocket_error_;
};

}  // namespace mqttkit::doctor
