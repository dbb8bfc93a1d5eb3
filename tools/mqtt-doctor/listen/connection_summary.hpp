// What one connection showed, for the conclusion about its client.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "mqtt-doctor/facts/vocabulary.hpp"
#include "mqtt-doctor/listen/client_hello.hpp"
#include "mqtt-doctor/listen/tls_summary.hpp"

namespace mqttkit::doctor {

enum class spoken : std::uint8_t {
  nothing,    ///< no byte came
  undecided,  ///< too few bytes to tell
  mqtt,
  tls,
  http,
  websocket,
  other,
};

struct connection_summary {
  spoken speaks = spoken::nothing;
  int port = 0;              ///< the port the client connected to
  std::string broker;        ///< as in `listening`
  bool joined_late = false;  ///< it began before listen did
  std::uint64_t missed = 0;  ///< bytes that were not captured
  bool is_one_way = false;   ///< the other side's packets were not captured
  bool had_proxy_header = false;
  bool had_second_proxy_header = false;
  std::string first_bytes;  ///< of spoken::other, in hex

  // Fields of TLS:
  client_hello hello;
  bool tls_answered = false;     ///< the broker answered with TLS
  std::int64_t after_hello = 0;  ///< bytes of the client behind its ClientHello
  int client_alert = -1;         ///< in clear, or decrypted by a key log
  int broker_alert = -1;
  bool left_before_alert = false;  ///< the client closed, and the broker's alert came after it
  bool hid_client_alert = false;   ///< an alert of the client's was encrypted
  bool hid_broker_alert = false;
  std::string tls_version;       ///< chosen by the broker: "1.3"
  std::string tls_cipher;        ///< chosen by the broker: "TLS_AES_128_GCM_SHA256"
  bool broker_finished = false;  ///< the broker's ChangeCipherSpec of TLS 1.2 came
  tls_summary tls;
  bool is_read_inside = false;  ///< a key log decrypts it: the fields below are of what is inside

  // Fields of HTTP and WebSocket:
  std::string http_target;
  int http_status = 0;            ///< of the broker's answer; 0: none
  std::size_t request_bytes = 0;  ///< of the head of its request
  std::size_t cookie_bytes = 0;   ///< of the Cookie headers in it
  bool offers_mqtt = false;       ///< as a subprotocol of WebSocket
  std::string subprotocols;       ///< the offered subprotocols, joined
  std::string http_method;
  bool lacks_upgrade = false;      ///< a key of WebSocket is there, and no Upgrade
  std::string chosen_subprotocol;  ///< of the broker's answer 101
  bool has_wrong_accept = false;   ///< the broker's answer 101 does not fit the client's key
  std::string wanted_accept;       ///< what the answer must hold
  int web_close = 0;               ///< the broker's Close frame, by its code
  int client_web_close = 0;        ///< the client's
  std::string client_web_reason;   ///< and what it says beside
  bool sends_text_frames = false;  ///< the client put MQTT into text frames
  bool owes_pong = false;          ///< the broker's last Ping frame has no Pong yet

  // Fields of MQTT:
  bool has_connect = false;
  /// A part of CONNECT was not captured, so what it says is unknown.
  bool is_connect_cut = false;
  bool is_login_known = true;  ///< whether a user name is sent is known
  std::string version;         ///< "3.1.1"
  bool is_v3_1 = false;
  bool is_v5 = false;
  int unknown_level = -1;  ///< a protocol level that does not exist
  std::string client_id;
  bool clean_start = true;
  int keep_alive_s = 0;
  std::string user_name;
  bool has_user = false;
  bool was_let_in_before = false;  ///< with this identifier, user name and version
  std::optional<std::uint8_t> connack;
  std::string connack_meaning;
  std::int64_t subscribed = 0;
  std::int64_t subscriptions_refused = 0;
  std::int64_t published = 0;
  std::int64_t received = 0;
  bool said_goodbye = false;  ///< the client sent DISCONNECT
  bool said_more = false;     ///< another packet after CONNECT
  int disconnect_code = -1;   ///< of the broker's DISCONNECT
  std::string disconnect_meaning;
  std::string broken_text;          ///< the topic that breaks it; "" where it is none
  std::string broken_rule;          ///< the rule of MQTT that the client's bytes break
  std::string broken_packet;        ///< the type of the packet that breaks it; "" where it has none
  std::string brokers_broken_rule;  ///< likewise of the broker's bytes
  std::string brokers_broken_packet;  ///< likewise
  bool awaits_auth = false;    ///< the broker's AUTH asked for more, and the client sent no other
  double connack_s = 0;        ///< from the connection's begin to CONNACK
  double left_after_s = 0;     ///< the client closed before CONNACK came; 0: it did not
  bool is_cut_off = false;     ///< it ended inside a packet
  std::size_t cut_held = 0;    ///< bytes of that packet
  std::size_t cut_wanted = 0;  ///< its size; 0: not known

  // The other side:
  bool is_forwarded = false;
  std::string forward_error;  ///< why the broker was not reached
  std::int64_t from_client = 0;
  std::int64_t from_broker = 0;
  bool broker_closed = false;                       ///< before the client did
  spoken_protocol answers = spoken_protocol::none;  ///< the protocol of the broker's first bytes
  std::string answer_text;                          ///< first line of those bytes, shown()
  bool is_no_mqtt = false;                          ///< the broker answered with another protocol
  bool is_brief = false;                            ///< it ended within a second

  /// The time in which a connection without result counts as brief.
  static constexpr std::chrono::seconds brief{1};
};

}  // namespace mqttkit::doctor
