// What one connection showed, for the sentence at the end.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "mqtt-doctor/facts/vocabulary.hpp"
#include "mqtt-doctor/listen/client_hello.hpp"

namespace mqttkit::doctor {

enum class spoken : std::uint8_t {
  nothing,    ///< not a byte came
  undecided,  ///< too few bytes to tell
  mqtt,
  tls,
  http,
  websocket,
  other,
};

struct connection_summary {
  spoken speaks = spoken::nothing;
  int port = 0;              ///< where the client came to
  std::string broker;        ///< as in `listening`
  bool joined_late = false;  ///< it stood before anybody listened
  std::uint64_t missed = 0;  ///< bytes that passed unseen
  bool is_one_way = false;   ///< what the other side sent was not captured at all
  bool had_proxy_header = false;
  std::string first_bytes;  ///< of spoken::other, in hex

  // TLS
  client_hello hello;
  bool tls_answered = false;     ///< the broker answered with TLS
  std::int64_t after_hello = 0;  ///< bytes the client sent behind its ClientHello
  int client_alert = -1;         ///< in the clear, or opened with a key log
  int broker_alert = -1;
  bool hid_client_alert = false;  ///< an alert came that encryption hides
  bool hid_broker_alert = false;
  std::string tls_version;      ///< the broker chose: "1.3"
  std::string tls_cipher;       ///< the broker chose: "TLS_AES_128_GCM_SHA256"
  bool is_read_inside = false;  ///< with a key log: the rest is about what was said in TLS

  // HTTP and WebSocket
  std::string http_target;
  int http_status = 0;       ///< the broker's answer; 0: none
  bool offers_mqtt = false;  ///< as a subprotocol of WebSocket
  std::string subprotocols;  ///< what it offers, joined

  // MQTT
  bool has_connect = false;
  /// A part of its CONNECT is not in the capture: what that part says is not known.
  bool is_connect_cut = false;
  bool is_login_known = true;  ///< whether it sends a user name
  std::string version;         ///< "3.1.1"
  bool is_v3_1 = false;
  bool is_v5 = false;
  int unknown_level = -1;  ///< a protocol level nobody knows
  std::string client_id;
  bool clean_start = true;
  int keep_alive_s = 0;
  std::string user_name;
  bool has_user = false;
  std::optional<std::uint8_t> connack;
  std::string connack_meaning;
  std::int64_t subscribed = 0;
  std::int64_t subscriptions_refused = 0;
  std::int64_t published = 0;
  std::int64_t received = 0;
  bool said_goodbye = false;  ///< the client sent DISCONNECT
  bool said_more = false;     ///< or another packet after its CONNECT
  int disconnect_code = -1;   ///< of the broker
  std::string disconnect_meaning;
  std::string broken_rule;  ///< the client's bytes are no MQTT
  bool is_cut_off = false;  ///< it ended inside a packet

  // the other side
  bool is_forwarded = false;
  std::string forward_error;  ///< why the broker was not reached
  std::int64_t from_client = 0;
  std::int64_t from_broker = 0;
  bool broker_closed = false;                       ///< before the client did
  spoken_protocol answers = spoken_protocol::none;  ///< the first that the broker said
  std::string answer_text;                          ///< its first line, shown()
  bool is_no_mqtt = false;                          ///< the broker's answer to MQTT
  bool is_brief = false;                            ///< it was over within a second

  /// A connection that never came to anything.
  static constexpr std::chrono::seconds brief{1};
};

}  // namespace mqttkit::doctor
