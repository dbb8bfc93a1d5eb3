// One connection to one port, made in a given way, with all that happened on it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/network/channel.hpp"
#include "mqttkit/codec/version.hpp"
#include "mqttkit/net/dial.hpp"
#include "mqttkit/probe/tls.hpp"
#include "mqttkit/session/options.hpp"

namespace mqttkit::doctor {

/// The login of a connection.
struct credentials {
  std::optional<std::string> user_name;
  std::optional<std::string> password;
  std::string client_id;  ///< the user's own when asked for; else ""

  credentials() = default;
};

/// How to make a connection.
struct contact_request {
  enum class opening : std::uint8_t {
    connect_packet,       ///< CONNECT at once, as clients do
    connect_and_goodbye,  ///< CONNECT and DISCONNECT together
    nothing,              ///< silence, then CONNECT
    silence,              ///< silence only
    silence_then_header,  ///< silence; if that is allowed, as proxy_header
    http_get,
    silence_then_hello,  ///< silence; if that is allowed, a ClientHello inside the present streams
    proxy_header,        ///< a PROXY header, then CONNECT
    one_byte,            ///< a meaningless byte
    only_connect,        ///< TCP alone
  };

  contact_purpose purpose = contact_purpose::client;
  std::string address;
  int port = 0;
  opening first = opening::connect_packet;
  bool tls = false;
  std::optional<std::string> server_name;  ///< another SNI than the host's name; empty: none
  bool allows_old_tls = false;
  bool offers_http2 = false;
  /// Before TLS: silence, then the first byte of the ClientHello alone.
  bool is_wary = false;
  bool websocket = false;
  std::string path = "/mqtt";
  std::string subprotocol;  ///< in place of those a client of `version` offers
  protocol_version version = protocol_version::v5;
  bool with_credentials = true;
  std::optional<std::uint16_t> keep_alive;  ///< in place of the target's; 0: off
  bool uses_empty_id = false;
  bool uses_own_id = false;       ///< the doctor's, whatever the client is called
  bool clean_start = true;        ///< clean session before MQTT 5
  properties connect_properties;  ///< of MQTT 5
  std::optional<will_options> will;
  int maximum_segment = 0;
  std::chrono::milliseconds connect_limit{3000};
  std::chrono::milliseconds answer_limit{3000};

  contact_request() = default;
};

/// What all connections to a host share. It outlives every channel made with it.
struct target {
  std::string host;
  std::string bind_address;
  tls_options tls;
  /// The files of `tls`, read once where hosts share them; otherwise each connection reads them.
  std::shared_ptr<probe::tls_setup> tls_shared;
  bool is_insecure = false;
  credentials who;
  std::optional<credentials> publisher;   ///< of an exchange; none: `who`
  std::optional<credentials> subscriber;  ///< of an exchange; none: `who`
  std::uint16_t keep_alive = 60;          ///< seconds
  http_headers headers;                   ///< of WebSocket's upgrade
  /// No wait goes on after it.
  probe::deadline last = probe::deadline::max();

  target() = default;
};

/// The broker that an exchange's publisher connects to.
struct other_broker {
  doctor::scheme scheme = doctor::scheme::mqtt;
  std::string host;
  int port = 0;
  std::string path;

  other_broker() = default;
};

/// Makes the connection and returns its facts. An accepted connection moves to `kept`, if
/// given; otherwise DISCONNECT ends it. One without an answer to CONNECT moves to
/// `silent`.
contact make_contact(const target& to, const contact_request& how,
                     std::unique_ptr<channel>* kept = nullptr,
                     std::unique_ptr<channel>* silent = nullptr);

/// Waits longer for a CONNACK. `asked`: when CONNECT was sent.
void await_late_answer(const target& to, const contact_request& how, channel& over,
                       contact& reached, probe::clock::time_point asked);

/// Takes the kernel's counters of the connection.
void take_counters(channel& over, contact& reached);

}  // namespace mqttkit::doctor
