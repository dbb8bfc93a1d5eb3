// Packets of MQTT over any of the doctor's streams, one at a time, each with a deadline.
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

/// All parts of a connection. It does not move, since the streams keep references.
class channel {
 public:
  channel();
  ~channel();
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;

  probe::connect_report connected;
  probe::tls_report secured;
  protocol_version version = protocol_version::v5;
  /// The doctor's messages are small unless a size is asked for; larger ones are not its own.
  std::uint32_t most_packet = 256 * 1024;
  /// The broker's Maximum Packet Size [MQTT-3.2.2-15]; 0: it named none.
  std::uint32_t most_taken = 0;
  std::uint64_t last_token = 0;  ///< of the session's last request

  /// The uppermost stream: TCP while nothing is above it.
  probe::stream& top();
  probe::link& bottom();
  /// Bytes of the connection in both directions, with those of TLS and WebSocket.
  probe::traffic counted() const;

  void set_link(probe::link&& made);
  void set_tls(std::shared_ptr<probe::tls_setup> setup, const probe::tls_request& request,
               probe::deadline until);
  /// Sends payload in WebSocket frames from now on. `rest` came behind the upgrade's head.
  void set_websocket(std::string rest);

  /// Writes bytes of MQTT, in a frame when there is a WebSocket.
  bool send(byte_buffer& data, probe::deadline until);
  bool takes(const byte_buffer& packet) const noexcept {
    return most_taken == 0 || packet.size() <= most_taken;
  }
  /// Reads the next complete packet; `end` tells why there is none.
  struct received {
    bool is_packet = false;
    bool is_malformed = false;
    frame packet;
    bytes_view bytes;  ///< the packet, valid until the next call
    probe::link_end end = probe::link_end::none;
  };
  received receive(probe::deadline until);
  /// Bytes that were read and are no packet yet.
  std::string_view pending() const;
  /// Reads once into pending().
  probe::link_end read_more(probe::deadline until);
  /// The session of an accepted connection; see blocking_client.
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
  std::size_t taken_ = 0;  // bytes of incoming_ in the last packet
  std::string opening_;
  std::string websocket_error_;
};

}  // namespace mqttkit::doctor
