// What a client and a broker say to each other, followed from their bytes: TLS, HTTP, WebSocket,
// the PROXY protocol and MQTT inside them. Pure: no sockets, no clock.
//
// However the bytes are cut, the same events come out, but for what is none of these protocols: its
// first bytes are told as they came. Nothing is kept beyond the start of one packet or one head.
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

  /// @param hear  is given each packet of MQTT after it was told
  /// @param keys  secrets of TLS, for what is said inside it; may be nullptr, must outlive this
  conversation(const packet_style& style, event_sink tell, packet_sink hear = {},
               tls_keylog* keys = nullptr);

  void client_sent(bytes_view bytes);
  void broker_sent(bytes_view bytes);
  /// To be called before anything else: the connection stood already. What it speaks is told when
  /// that is sure; of MQTT, from the first packet whose start is.
  void joins_late();
  /// So many bytes of that side passed unseen. True when the packets after them can still be told
  /// apart and nothing but a message's text was lost.
  bool missed(side from, std::uint64_t bytes);
  /// The client sends no more: tells what remained incomplete.
  void client_ended();

  /// For who stands in place of the broker: what the client is to be answered, once.
  std::string take_answer();
  /// Size of the packet the client has begun and not ended; 0: none, or not known yet.
  std::size_t unfinished() const noexcept { return client_.packets.wanted(); }
  /// Nothing more is to be learnt without a broker.
  bool is_told() const noexcept { return is_told_; }

  connection_summary& seen() noexcept { return seen_; }
  const connection_summary& seen() const noexcept { return seen_; }

 private:
  enum class stage : std::uint8_t { start, http, frames, packets, silent, unsynchronised };
  struct direction {
    stage at = stage::start;
    byte_buffer head;  // what is not decided yet
    packet_reader packets;
    std::unique_ptr<websocket_reader> frames;
    std::size_t next_search = 0;  // bytes of head at which it is searched again
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
  connection_summary seen_;
  std::string first_answer_;       // what the other end says first, however it is cut
  std::unique_ptr<tls_view> tls_;  // what comes goes through it
  direction client_;
  direction broker_;
  http_response_head answer_head_;
  protocol_version version_ = protocol_version::v3_1_1;
  std::string answer_;
  bool is_told_ = false;
  bool is_version_sure_ = false;  // a CONNECT said it, or packets of a connection joined late do
};

}  // namespace mqttkit::doctor
