// What a phone's browser met on its way to the broker, and what the machine that served it the page
// saw of the phone meanwhile.
//
// A browser says little about why a connection failed. The other end knows whether packets came and
// what was answered; only both together tell the reason.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/scheme.hpp"
#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// The steps of the page, by its own words.
enum class phone_step : std::uint8_t {
  none,
  page,       ///< the page was loaded
  fetch,      ///< http:// to a port
  tls,        ///< https:// to a port
  websocket,  ///< ws:// or wss:// to a port
  connect,    ///< CONNECT without a login
  login,      ///< CONNECT with the user name typed on the phone
  subscribe,
  publish,
  round_trip,
  keep_alive,
  done,
};
template <>
inline constexpr auto word_rows<phone_step> = std::to_array<row<phone_step>>({
    {phone_step::none, ""},
    {phone_step::page, "page"},
    {phone_step::fetch, "fetch"},
    {phone_step::tls, "tls"},
    {phone_step::websocket, "ws"},
    {phone_step::connect, "connect"},
    {phone_step::login, "login"},
    {phone_step::subscribe, "subscribe"},
    {phone_step::publish, "publish"},
    {phone_step::round_trip, "roundtrip"},
    {phone_step::keep_alive, "keepalive"},
    {phone_step::done, "done"},
});
static_assert(is_in_order(word_rows<phone_step>));

enum class phone_outcome : std::uint8_t {
  none,
  ok,
  refused,  ///< an answer that refuses
  failed,   ///< a failure, of which the browser tells no more
  timeout,
  closed,  ///< the connection ended before any answer
  skipped,
  blocked,  ///< forbidden by the browser's own rules
  garbled,  ///< an answer that is not MQTT
  dropped,  ///< an established connection was lost
};
template <>
inline constexpr auto word_rows<phone_outcome> = std::to_array<row<phone_outcome>>({
    {phone_outcome::none, ""},
    {phone_outcome::ok, N_("ok")},
    {phone_outcome::refused, N_("refused")},
    {phone_outcome::failed, N_("failed")},
    {phone_outcome::timeout, N_("timeout")},
    {phone_outcome::closed, N_("closed")},
    {phone_outcome::skipped, N_("skipped")},
    {phone_outcome::blocked, N_("blocked")},
    {phone_outcome::garbled, N_("garbled")},
    {phone_outcome::dropped, N_("dropped")},
});
static_assert(is_in_order(word_rows<phone_outcome>));

/// What became of a phone's connections to a port, as seen where they arrive.
enum class phone_arrival : std::uint8_t {
  none,        ///< the machine could not watch
  absent,      ///< no packet came
  unanswered,  ///< SYN came, and no answer was sent
  refused,     ///< SYN came, and RST or ICMP was sent
  half_open,   ///< SYN-ACK was sent, and the phone did not answer it
  stood,
};
template <>
inline constexpr auto word_rows<phone_arrival> = std::to_array<row<phone_arrival>>({
    {phone_arrival::none, ""},
    {phone_arrival::absent, "absent"},
    {phone_arrival::unanswered, "unanswered"},
    {phone_arrival::refused, "refused"},
    {phone_arrival::half_open, "half-open"},
    {phone_arrival::stood, "stood"},
});
static_assert(is_in_order(word_rows<phone_arrival>));

/// How the phone's packets were watched.
enum class phone_watch : std::uint8_t {
  none,
  capture,  ///< by capturing them
  sockets,  ///< by the kernel's list of connections, which lacks refused and dropped ones
};
template <>
inline constexpr auto word_rows<phone_watch> = std::to_array<row<phone_watch>>({
    {phone_watch::none, ""},
    {phone_watch::capture, "capture"},
    {phone_watch::sockets, "sockets"},
});
static_assert(is_in_order(word_rows<phone_watch>));

struct phone_step_fact {
  fact_word<phone_step> step;
  int port = 0;
  fact_word<scheme> kind;
  fact_word<phone_outcome> outcome;
  double ms = 0;
  double at_s = 0;  ///< since the page was offered
  std::string detail;
  int code = -1;                    ///< of CONNACK, SUBACK or PUBACK on the wire; -1: none came
  fact_word<mqtt_version> version;  ///< of CONNECT
  bool user = false;                ///< CONNECT had a user name
  std::string path;
  std::string subprotocol;  ///< the one the server chose
  int close = 0;            ///< code of WebSocket's Close; 0: none
  int count = 0;            ///< of keepalive: lost connections
  std::string topic;
  bool own_topic = false;  ///< the page's own topic
  bool variant = false;    ///< another way than an app's, tried after that failed
  std::string reason;      ///< of blocked: "port", "mixed", "local-network", "csp"
  double hidden_ms = 0;    ///< of keepalive: time the page was hidden
  double seconds = 0;      ///< of keepalive: time the connection was held
};

struct phone_port_fact {
  int port = 0;
  fact_word<scheme> kind;  ///< what listens there, if known
  std::string path;        ///< of a WebSocket
  fact_word<phone_arrival> arrival;
  std::string address;        ///< the phone's, as it arrived there
  int alert = -1;             ///< the phone's TLS alert; -1: none seen
  int status = 0;             ///< status of HTTP's answer; 0: none seen
  bool said_hello = false;    ///< the phone sent a ClientHello
  bool was_greeted = false;   ///< the port answered it with TLS
  bool finished_tls = false;  ///< the phone finished the handshake: it trusts the certificate
  bool left_tls = false;      ///< the phone left right after the certificate
};

struct phone_facts {
  std::string system;   ///< "Android 14"
  std::string browser;  ///< "Chrome 130"
  std::string language;
  std::string network;    ///< "wifi", "cellular", "unknown", by the browser
  std::string address;    ///< as it arrived here; "" if it never did
  std::string host;       ///< the page's host in the phone's address bar
  bool has_page = false;  ///< the page was loaded
  bool has_findings = false;
  fact_word<phone_watch> watched_by;
  double seconds = 0;                          ///< time that was waited for the phone
  std::vector<std::string> machine_addresses;  ///< addresses of the machine that served the page
  std::vector<phone_port_fact> ports;
  std::vector<phone_step_fact> steps;

  /// Whether anything of the phone was seen; otherwise nobody may have scanned the code.
  bool has_come() const {
    return has_page || !steps.empty() ||
           std::any_of(ports.begin(), ports.end(), [](const phone_port_fact& port) {
             return port.arrival != phone_arrival::none && port.arrival != phone_arrival::absent;
           });
  }
};

}  // namespace mqttkit::doctor
