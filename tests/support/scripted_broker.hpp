// A broker that does exactly what a test says: refuses, keeps silent, cuts the line at any byte,
// answers nonsense, and remembers what it was sent.
//
//   scripted_broker broker([](peer& client) {
//     client.accepts();                                   // CONNECT, CONNACK
//     const auto message = client.receives<publish_packet>(packet_type::publish);
//     client.sends(ack_packet{packet_type::puback, message->packet_id});
//     client.closes();
//   });
//   run({program("mqtt-pub"), "-p", std::to_string(broker.port()), ...});
//   CHECK(broker.failure() == "");
//
// Each connection runs the script in a thread of its own, with plain blocking calls. A script that
// waits longer than its patience is ended, and failure() says what it waited for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "mqttkit/codec/decode.hpp"
#include "mqttkit/codec/encode.hpp"
#include "support/descriptor.hpp"

namespace mqttkit::testing {

/// A packet as it came, with its bytes.
class received_frame {
 public:
  explicit received_frame(std::string bytes);
  received_frame(received_frame&&) = delete;  // head_ points into bytes_

  packet_type type() const noexcept { return head_.type; }
  const frame& head() const noexcept { return head_; }
  const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
  frame head_;
};

/// A decoded packet together with the bytes that its views point into.
template <class Packet>
struct received_packet {
  std::unique_ptr<received_frame> source;
  Packet packet{};
  const Packet* operator->() const noexcept { return &packet; }
  const Packet& operator*() const noexcept { return packet; }
};

/// Thrown out of a script to end it; scripted_broker::failure() shows the text.
struct script_failed {
  std::string what;
};

/// The broker's side of one connection. Used by one thread.
class peer {
 public:
  peer(descriptor socket, std::size_t number);

  /// Which connection this is, from 0.
  std::size_t number() const noexcept { return number_; }
  /// As the CONNECT said; MQTT 5 before.
  protocol_version version() const noexcept { return version_; }
  /// How long receives(), bytes() and closed_by_client() wait; 30 s unless set.
  void set_patience(std::chrono::milliseconds limit) noexcept { patience_ = limit; }

  /// The next packet, whatever it is; nothing when the client has closed the connection.
  std::unique_ptr<received_frame> next();
  /// The next packet, which must be of that type; others fail the script, PINGREQ is answered.
  std::unique_ptr<received_frame> expects(packet_type type);
  /// The same, decoded.
  template <class Packet>
  received_packet<Packet> receives(packet_type type) {
    received_packet<Packet> result{expects(type), {}};
    std::error_code error;
    if constexpr (std::is_same_v<Packet, connect_packet>) {
      error = decode(result.source->head(), result.packet);
    } else {
      error = decode(result.source->head(), version_, result.packet);
    }
    if (error) throw script_failed{"received a bad packet: " + error.message()};
    return result;
  }
  /// Exactly `count` bytes, packets or not.
  std::string bytes(std::size_t count);
  /// Bytes up to and including `end`, an HTTP head for example.
  std::string bytes_until(std::string_view end);

  /// Takes the CONNECT and answers with `answer`. Remembers the version.
  received_packet<connect_packet> accepts(const connack_packet& answer = {});
  /// Takes the SUBSCRIBE or UNSUBSCRIBE and grants each filter what it asks for.
  received_packet<subscribe_packet> grants(packet_type type = packet_type::subscribe);
  /// Answers everything as a good broker until the client disconnects or closes: acknowledges,
  /// grants, pongs. Publishes go to no one; `seen` is called for each before its acknowledgement.
  void serves(const std::function<void(const publish_packet&)>& seen = {});

  void sends(const connack_packet& packet);
  void sends(const publish_packet& packet);
  void sends(const ack_packet& packet);
  /// SUBACK or UNSUBACK.
  void sends(packet_type type, const suback_packet& packet);
  /// DISCONNECT or AUTH.
  void sends(packet_type type, const reason_packet& packet);
  /// Bytes as they are.
  void sends_bytes(std::string_view bytes);
  /// "20 02 00 00": bytes as hexadecimal digits; spaces are skipped.
  void sends_hex(std::string_view digits);
  /// Every later write goes out in pieces of `bytes`, each in a segment of its own; 0 ends that.
  void splits_writes(std::size_t bytes) noexcept { piece_bytes_ = bytes; }

  /// Keeps the connection open and does nothing.
  void is_silent(std::chrono::milliseconds how_long);
  /// Waits until the client closes; false when it does not. What it still sends is dropped.
  bool closed_by_client();
  /// Closes politely (FIN). The script may still read.
  void closes();
  /// Resets the connection (RST).
  void resets();

  /// Bytes received so far.
  std::size_t received_bytes() const noexcept { return received_bytes_; }
  int socket() const noexcept { return socket_.get(); }

 private:
  bool fill();  // false at the end of the stream
  void write(bytes_view bytes);
  void flush(byte_buffer& packet, std::error_code error);

  descriptor socket_;
  std::size_t number_;
  protocol_version version_ = protocol_version::v5;
  std::chrono::milliseconds patience_{30'000};
  std::string buffer_;
  std::size_t received_bytes_ = 0;
  std::size_t piece_bytes_ = 0;
};

/// Listens on 127.0.0.1 and runs a script with every connection, side by side.
class scripted_broker {
 public:
  using script = std::function<void(peer&)>;

  explicit scripted_broker(script run);
  /// Cuts what is still connected and waits for the scripts to end.
  ~scripted_broker();
  scripted_broker(const scripted_broker&) = delete;
  scripted_broker& operator=(const scripted_broker&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  /// Connections accepted so far.
  std::size_t connections() const;
  /// Waits until that many were accepted and their scripts have ended.
  bool has_served(std::size_t connections, std::chrono::milliseconds limit) const;
  /// What went wrong in a script, the first thing only; empty when nothing did.
  std::string failure() const;

 private:
  struct session {
    std::unique_ptr<peer> client;
    std::thread runner;
    bool has_ended = false;
  };

  void accept_all();
  void run_script(session& with);

  script script_;
  descriptor listener_;
  descriptor stop_read_;
  descriptor stop_write_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<session>> sessions_;
  std::string failure_;
  std::thread acceptor_;
};

/// "20 02 00 00" to bytes. Throws std::invalid_argument for anything but hexadecimal digits.
std::string from_hex(std::string_view digits);
/// Bytes to "20 02 00 00".
std::string to_hex(std::string_view bytes);

}  // namespace mqttkit::testing
