#pragma once

#include <system_error>

namespace mqttkit {

/// What can go wrong in the library beside what the operating system, Asio and OpenSSL report.
/// Message texts complete the sentence "failed because ...".
enum class errc {
  // codec: what a peer sent, or what a caller asked to be encoded
  malformed_packet = 1,       ///< bytes that no version of the specification allows (reason 0x81)
  protocol_error,             ///< well-formed, but not allowed here (reason 0x82)
  packet_too_large,           ///< above the limit in force (reason 0x95)
  malformed_utf8,             ///< not UTF-8 per RFC 3629, or contains U+0000
  string_too_long,            ///< above 65,535 bytes
  invalid_topic_name,         ///< empty, or contains a wildcard
  invalid_topic_filter,       ///< empty, or a wildcard stands where none may
  property_not_allowed,       ///< not in this packet, or before MQTT 5
  property_repeated,          ///< may appear only once
  property_value,             ///< out of the range the specification gives
  unknown_property,           ///< an identifier the specification does not define
  client_id_required,         ///< empty identifier where the version does not allow one
  invalid_client_id,          ///< MQTT 3.1 allows 1 to 23 bytes
  password_without_username,  ///< MQTT 3.1 and 3.1.1 forbid it
  // session: what the broker does not offer
  not_connected,
  qos_not_supported,               ///< above the broker's Maximum QoS (reason 0x9B)
  retain_not_supported,            ///< reason 0x9A
  wildcard_not_supported,          ///< reason 0xA2
  shared_not_supported,            ///< reason 0x9E
  subscription_ids_not_supported,  ///< reason 0xA1
  receive_maximum_exceeded,        ///< the broker sent more than it was allowed (reason 0x93)
  topic_alias_invalid,             ///< reason 0x94
  unexpected_packet,               ///< a packet a client never receives, or not now
  unknown_packet_id,               ///< an acknowledgement for nothing in flight
  no_packet_id,                    ///< all packet identifiers are in use
  // session and client: how a connection ended
  connack_timeout,               ///< connected, CONNECT sent, no CONNACK within the deadline
  keep_alive_timeout,            ///< no answer to PINGREQ
  connection_refused_by_broker,  ///< CONNACK with a reason code; the code says why
  disconnected_by_broker,        ///< DISCONNECT from the broker; the code says why
  connection_closed,             ///< the peer closed without saying why
  closed_before_connack,         ///< the peer closed after CONNECT without a CONNACK
  client_stopped,                ///< disconnect() or stop() was called
  session_unwanted,              ///< CONNACK has a session where a clean start was asked for
  session_lost,                  ///< the broker forgot the session with messages in flight
  authentication_failed,         ///< the enhanced authentication hook gave up
  messages_not_taken,            ///< the answer stands behind more messages than may wait
  // wire and net
  name_not_found,
  name_lookup_failed,  ///< the resolver could not answer (temporary)
  step_timeout,        ///< a step's deadline passed
  proxy_refused,       ///< the proxy answered no; the detail quotes it
  proxy_protocol,      ///< not the answer of such a proxy
  tls_verify_failed,   ///< the certificate was not accepted; the detail says why
  tls_handshake_failed,
  tls_setup_failed,    ///< a file or option on our side; nothing was sent
  websocket_refused,   ///< the upgrade was answered with another status
  websocket_protocol,  ///< not a WebSocket peer, or one that breaks RFC 6455
  http_malformed,      ///< not an HTTP/1.1 response head
  http_too_large,      ///< a response head above the limit
  invalid_url,
  invalid_option,
};

const std::error_category& mqtt_category() noexcept;

inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), mqtt_category()};
}

}  // namespace mqttkit

template <>
struct std::is_error_code_enum<mqttkit::errc> : std::true_type {};
