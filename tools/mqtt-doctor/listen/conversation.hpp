// The conversation of a client and a broker, decoded from its bytes: TLS, HTTP, WebSocket, the
// PROXY protocol, and MQTT inside them. Pure: no sockets, no clock.
//
// The events do not depend on how the bytes are cut, except for unknown protocols, whose first
// bytes are told as they come. At most the beginning of one packet or one head is kept.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "mqtt-doctor/listen/connection_summary.hpp"
#include "mqtt-doctor/listen/event.hpp"
#include "mqtt-doctor/listen/packet_event.hpp"
#include "mqtt-doctor/listen/packet_reader.hpp"
#include "mqtt-doctor/listen/tls_view.hpp"
#include "mqttkit/wire/http1.hpp"
#include "mqttkit/wire/websocket.hpp"

namespace mqttkit::doctor {

class conversation {
 public:
  using event_sink = std::function<void(const event&)>;
  using packet_sink = std::function<void(const heard_packet&)>;

  /// @param hear  gets each packet of MQTT after its event
  /// @param keys  TLS secrets to decrypt with; may be nullptr, must outlive this
  conversation(const packet_style& style, event_sink tell, packet_sink hear = {},
               tls_keylog* keys = nullptr);

  void client_sent(bytes_view bytes);
  void broker_sent(bytes_view bytes);
  /// Called first for a connection that had begun before. Its protocol is told once it is certain,
  /// and MQTT from the first packet whose beginning was found.
  void joins_late();
  /// Bytes of that side were lost. True when the packets behind them can still be separated and
  /// only a message's payload is missing.
  bool missed(side from, std::uint64_t bytes);
  /// The client sends no more bytes: tells what stayed incomplete.
  void client_ended();
  /// Notes in the summary whether the client's bytes so far end inside a packet.
  void note_cut();

  /// The answer for the client when there is no broker; each is returned once.
  std::string take_answer();
  /// Size of the packet that the client has begun; 0 when there is none, or it is not known.
  std::size_t unfinished() const noexcept {
    const std::size_t kept = client_.packets.wanted();
    return kept != 0 ? kept : client_.packets.skipped();
  }
  /// Whether nothing more can be learnt without a broker.
  bool is_told() const noexcept { return is_told_; }

  connection_summary& summary() noexcept { return summary_; }
  const connection_summary& summary() const noexcept { return summary_; }

 private:
  enum class stage : std::uint8_t { start, http, frames, packets, silent, unsynchronised };
  struct direction {
    stage at = stage::start;
    byte_buffer head;  // bytes that are not decoded yet
    packet_reader packets;
    std::unique_ptr<websocket_reader> frames;
    std::size_t next_search = 0;  // bytes of head at the next search
  };

  void take_client(bytes_view bytes);
  void note_answer(bytes_view bytes);
  void take_broker(bytes_view bytes);
  void begin_inside();
  void synchronise(direction& of, side from, bytes_view bytes);
  void become_sure(const frame& packet, side from);

  void decide(direction& of);
  void begin_tls();
  void begin_http();
  void begin_other(spoken what);
  void read_broker_head(bytes_view bytes);
  void read_frames(direction& of, side from, bytes_view bytes);
  void note_ping(direction& of, side from, bytes_view bytes);
  void read_packets(direction& of, side from, bytes_view bytes);
  bool take_packet(const frame& packet, std::size_t whole, side from);
  bool take_connect(const frame& packet);
  void take_cut_connect(const frame& packet);
  void note_packet(const frame& packet, side from);
  void give_up(direction& of, side from, std::string_view packet, const std::string& why);

  packet_style style_;
  event_sink tell_;
  packet_sink hear_;
  tls_keylog* keys_;
  connection_summary summary_;
  std::string first_answer_;       // the broker's first bytes
  std::unique_ptr<tls_view> tls_;  // set when the bytes are TLS
  direction client_;
  direction broker_;
  http_response_head answer_head_;
  protocol_version version_ = protocol_version::v3_1_1;
  std::string answer_;
  bool is_told_ = false;
  bool is_version_sure_ = false;  // by CONNECT, or by packets valid in one version only
};

}  // namespace mqttkit::doctor
