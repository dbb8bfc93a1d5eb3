// One connection to one port, made in one particular way, and all that came of it.
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

namespace mqttkit::doctor {

/// Who we say we are.
struct credentials {
  std::optional<std::string> user_name;
  std::optional<std::string> password;
  std::string client_id;  ///< the user's own, when that was asked for

  credentials() = default;
};

/// How one connection is made.
struct contact_request {
  enum class opening : std::uint8_t {
    connect_packet,       ///< CONNECT at once, as every client does
    connect_and_goodbye,  ///< CONNECT and DISCONNECT in one
    nothing,              ///< wait first, then CONNECT
    silence,              ///< only wait
    silence_then_header,  ///< wait; when that is allowed, go on as proxy_header
    http_get,
    silence_then_hello,  ///< wait; when that is allowed, TLS's greeting inside what there is
    proxy_header,        ///< the line a load balancer sends, then CONNECT
    one_byte,            ///< a byte that means nothing
    only_connect,        ///< TCP, and no more
  };

  contact_purpose purpose = contact_purpose::client;
  std::string address;
  int port = 0;
  opening first = opening::connect_packet;
  bool tls = false;
  std::optional<std::string> server_name;  ///< another SNI than the host's; empty: none
  bool allows_old_tls = false;
  bool offers_http2 = false;
  /// Before TLS: silence, then the greeting's first byte alone.
  bool is_wary = false;
  bool websocket = false;
  std::string path = "/mqtt";
  std::string subprotocol;  ///< in place of what a client of `version` offers
  protocol_version version = protocol_version::v5;
  bool with_credentials = true;
  std::optional<std::uint16_t> keep_alive;  ///< another than the target's; 0: off
  bool uses_empty_id = false;
  bool clean_start = true;        ///< clean session before MQTT 5
  properties connect_properties;  ///< of MQTT 5
  int maximum_segment = 0;
  std::chrono::milliseconds connect_limit{3000};
  std::chrono::milliseconds answer_limit{3000};

  contact_request() = default;
};

/// What all connections to one host share. Outlives every channel made with it.
struct target {
  std::string host;
  std::string bind_address;
  tls_options tls;
  /// What `tls` comes to, where many hosts share it; otherwise each connection reads the files.
  std::shared_ptr<probe::tls_setup> tls_shared;
  bool is_insecure = false;
  credentials who;
  std::optional<credentials> publisher;   ///< of an exchange; without: `who`
  std::optional<credentials> subscriber;  ///< likewise
  std::uint16_t keep_alive = 60;          ///< seconds
  http_headers headers;                   ///< of the WebSocket upgrade
  /// Every wait ends by then.
  probe::deadline last = probe::deadline::max();

  target() = default;
};

/// The broker the publisher of an exchange is connected to.
struct other_broker {
  doctor::scheme scheme = doctor::scheme::mqtt;
  std::string host;
  int port = 0;
  std::string path;

  other_broker() = default;
};

/// Makes the connection and looks. When the broker said yes and `kept` is given, the connection
/// is moved there; otherwise DISCONNECT ends it. One whose CONNECT was not answered is moved to
/// `silent`.
contact make_contact(const target& to, const contact_request& how,
                     std::unique_ptr<channel>* kept = nullptr,
                     std::unique_ptr<channel>* silent = nullptr);

/// Listens on for a CONNACK that is late. `asked`: when CONNECT was sent.
void await_late_answer(const target& to, const contact_request& how, channel& over,
                       contact& reached, probe::clock::time_point asked);

/// What the kernel counted for the connection up to now.
void take_counters(channel& over, contact& reached);

}  // namespace mqttkit::doctor
