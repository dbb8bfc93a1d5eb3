// The client's side of WebSocket (RFC 6455): the upgrade, and frames as a byte stream.
//
// MQTT over WebSocket (MQTT 5.0 §6) needs little of it: binary frames whose borders mean nothing
// [MQTT-6.0.0-2], no extensions, no messages to reassemble. So frames are not objects here. What is
// written gets one header in front and is masked where it lies; what is read is moved to the front
// of the caller's own buffer, whole spans at a time, over the headers that stood between. A peer
// that sends one byte per frame costs about 10 ns a frame and no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/wire/handshake.hpp"
#include "mqttkit/wire/http1.hpp"

namespace mqttkit {

/// What the upgrade asks for.
struct websocket_request {
  std::string host;  ///< Host header: "broker.example:8083"
  std::string path = "/mqtt";
  std::string subprotocols = "mqtt";  ///< offered, separated by ", "; none when empty
  std::string origin;                 ///< none when empty
  http_headers headers;  ///< further ones; Host replaces ours, the upgrade's own are refused

  websocket_request() = default;
};

/// The upgrade (RFC 6455 §4.1).
///
/// A server that confirms no subprotocol is accepted with a remark in detail(), though it breaks
/// [MQTT-6.0.0-4]; one that names another than those offered is refused.
class websocket_handshake final : public handshake {
 public:
  static constexpr std::size_t nonce_bytes = 16;

  /// @param nonce  random bytes, new for each handshake.
  /// error() is invalid_option at once when path or headers cannot be sent.
  websocket_handshake(const websocket_request& request,
                      std::span<const std::byte, nonce_bytes> nonce);

  bytes_view to_send() const noexcept override;
  void sent(std::size_t count) override;
  status received(bytes_view bytes, std::size_t& consumed) override;
  std::error_code error() const noexcept override { return error_; }
  const std::string& detail() const noexcept override { return detail_; }
  error_detail kind() const noexcept override { return kind_; }

  /// The server's answer, as far as it came.
  const http_response_head& response() const noexcept { return head_; }

 private:
  status judge();
  status judge_upgrade();
  status fail(std::error_code error, std::string detail, error_detail kind = {});

  std::string outgoing_;
  std::string accept_;
  std::string subprotocols_;
  http_response_head head_;
  int interim_count_ = 0;
  std::string detail_;
  error_detail kind_;
  std::error_code error_;
};

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 §4.2.2).
std::string websocket_accept(std::string_view key);

enum class websocket_opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

using websocket_mask = std::array<std::byte, 4>;

constexpr std::size_t websocket_most_control_bytes = 125;  // RFC 6455 §5.5

/// Exclusive-ors `bytes` with the mask, eight at a time (RFC 6455 §5.3).
void apply_websocket_mask(std::span<std::byte> bytes, const websocket_mask& mask) noexcept;

/// Makes all of `data` the payload of one masked binary frame, in place: the header goes into the
/// buffer's headroom.
void frame_as_binary(byte_buffer& data, const websocket_mask& mask) noexcept;

/// Appends a masked control frame; what `payload` has beyond 125 bytes is left out.
void append_control_frame(byte_buffer& out, websocket_opcode opcode, bytes_view payload,
                          const websocket_mask& mask);

/// Payload of a Close frame: the code, then a reason.
std::string websocket_close_payload(std::uint16_t code, std::string_view reason);

/// Whose frames are read: those of a client are masked, those of a server never (RFC 6455 §5.1).
enum class websocket_sender : std::uint8_t { server, client };

/// Takes the payload out of one side's frames.
///
/// Only the headers' few bytes and one control frame are kept between calls, so no peer can make
/// it grow. One object is used from one thread.
class websocket_reader {
 public:
  explicit websocket_reader(websocket_sender whose = websocket_sender::server) noexcept
      : whose_(whose) {}

  static constexpr std::uint16_t no_close_code = 1005;  ///< RFC 6455 §7.1.5

  /// Moves the payload that `bytes` contains to their front and returns how many bytes it is.
  ///
  /// What it may cause, in order: payload; a ping to answer (take_ping); the peer's Close
  /// (is_closed); an error. After either of the last two the rest of the bytes is ignored.
  std::size_t feed(std::span<std::byte> bytes);

  /// For who reads along and missed some: so many bytes went by.
  ///
  /// True when they were payload of the frame under way, so that the next head comes where it
  /// should. False: where it comes is not known; nothing was changed.
  bool skip(std::uint64_t bytes) noexcept;

  /// Payload of the latest ping that was not taken yet: answering only that one is enough
  /// (RFC 6455 §5.5.3). Valid until the next feed().
  std::optional<bytes_view> take_ping() noexcept;

  bool is_closed() const noexcept { return is_closed_; }
  /// Code of the peer's Close; 1005 when it had none.
  std::uint16_t close_code() const noexcept { return close_code_; }
  /// Reason of the peer's Close, at most 123 bytes, not yet made safe for a terminal.
  const std::string& close_reason() const noexcept { return close_reason_; }

  /// websocket_protocol when the peer broke RFC 6455, or sent text [MQTT-6.0.0-1].
  std::error_code error() const noexcept { return error_; }
  /// Which rule was broken, in words.
  const char* error_words() const noexcept { return error_words_; }

 private:
  void take_header_byte(std::byte value);
  void unmask(std::span<std::byte> bytes) noexcept;
  void turn_mask(std::uint64_t bytes) noexcept;
  void begin_frame();
  void end_frame();
  void end_control_frame();
  void fail(const char* words);
  bool check_start();

  websocket_sender whose_;
  std::array<std::byte, 14> header_{};  // 2 bytes, up to 8 of length, and 4 of a client's mask
  std::uint8_t header_size_ = 0;
  std::uint8_t header_wanted_ = 2;
  websocket_opcode opcode_ = websocket_opcode::binary;
  bool is_final_ = false;
  bool in_payload_ = false;
  bool in_message_ = false;  // a fragmented message is under way
  bool is_closed_ = false;
  bool has_ping_ = false;
  std::uint64_t remaining_ = 0;  // payload bytes of this frame still to come
  websocket_mask mask_{};        // turned so that its first byte is for the next one of payload
  std::array<std::byte, websocket_most_control_bytes> control_{};
  std::uint8_t control_size_ = 0;
  std::array<std::byte, websocket_most_control_bytes> ping_{};
  std::uint8_t ping_size_ = 0;
  std::uint16_t close_code_ = no_close_code;
  std::string close_reason_;
  std::error_code error_;
  const char* error_words_ = "";
};

}  // namespace mqttkit
