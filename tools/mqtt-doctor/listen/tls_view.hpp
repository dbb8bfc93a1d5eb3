// TLS as an observer sees it: the server's choices and certificate, alerts and their senders and,
// with a key log, the content.
//
// Pure except for the key log, which is read again while a secret is missing: the observer may be
// faster than the program that writes the secrets. Records that cannot be read are reported once
// and skipped. Kept are one record of each direction, one handshake message, and up to most_waiting
// bytes while secrets are missing.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>

#include "mqtt-doctor/listen/connection_summary.hpp"
#include "mqtt-doctor/listen/event.hpp"
#include "mqtt-doctor/listen/server_hello.hpp"
#include "mqtt-doctor/listen/tls_keylog.hpp"
#include "mqtt-doctor/listen/tls_opener.hpp"

namespace mqttkit::doctor {

class tls_view {
 public:
  static constexpr std::size_t most_waiting = 256 * 1024;  // bytes that wait for their secret
  static constexpr std::size_t most_records_waiting = 64;  // records of an app that seldom sends

  using event_sink = std::function<void(const event&)>;
  using plain_sink = std::function<void(side from, bytes_view)>;

  /// @param summary  gets what is learnt; its `hello` is filled already
  /// @param plain    gets the decrypted content, in order
  /// @param keys     may be nullptr; must outlive this
  tls_view(connection_summary& summary, event_sink tell, plain_sink plain, tls_keylog* keys);

  /// Bytes of one side, from its first record on.
  void sent(side from, bytes_view bytes);
  /// Bytes of one side that were lost. False when nothing can be read any more.
  bool missed(side from, std::uint64_t bytes);
  /// No more bytes come: tells what still waits for a secret.
  void ended();

 private:
  // The successive keys of one direction in TLS 1.3.
  enum class phase : std::uint8_t { early, handshake, traffic, over };
  struct direction {
    byte_buffer record;         // an incomplete record
    std::size_t passes_by = 0;  // bytes left of a record that is skipped
    byte_buffer messages;       // incomplete handshake messages
    std::size_t skips = 0;      // bytes left of a message that is too long
    bool is_sealed = false;     // from ChangeCipherSpec, or TLS 1.3's ServerHello, on
    bool has_sealed = false;    // an encrypted record came; of the broker, after one of the client
    bool is_over = false;       // no TLS follows
    phase at = phase::handshake;
    std::optional<tls_opener> opener;
  };
  enum class opening : std::uint8_t { done, waits, failed };

  direction& of(side which) { return which == side::client ? client_ : broker_; }
  bool is_v1_3() const noexcept { return hello_.version >= 0x0304 || saw_retry_; }
  bool wants_inside() const noexcept { return keys_ != nullptr && keys_->is_there() && !gave_up_; }
  bool wants(const direction& from, std::uint8_t type, std::size_t length) const;
  void take_record(side from, bytes_view record);
  void take_change(side from);
  void take_sealed(side from, std::uint8_t type, std::size_t length);
  void open_waiting();
  opening open_record(side from, bytes_view record);
  opening find_opener(side from);
  void take_inside(side from, std::uint8_t type, bytes_view content);
  void take_messages(side from, bytes_view bytes);
  void take_message(side from, std::uint8_t type, bytes_view body);
  void take_server_hello(bytes_view body);
  void take_certificate(side from, bytes_view body);
  void tell_alert(side from, int alert);
  void tell_hidden_alert(side from);
  void give_up(const char* why, sentence text);
  void give_up_waiting();

  connection_summary& summary_;
  event_sink tell_;
  plain_sink plain_;
  tls_keylog* keys_;
  server_hello hello_;
  direction client_;
  direction broker_;
  std::deque<std::pair<side, byte_buffer>> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::error_code not_read_;  // why the key log could not be read last time
  bool saw_retry_ = false;    // HelloRetryRequest, which only TLS 1.3 has
  bool gave_up_ = false;
};

}  // namespace mqttkit::doctor
