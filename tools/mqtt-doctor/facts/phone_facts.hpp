// What a phone's browser found on its way to the broker, and what the machine that served it the
// page saw of the phone meanwhile.
//
// A browser says little of why a connection failed. The other end knows whether packets arrived and
// what was answered: both together tell what neither could.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "mqtt-doctor/facts/scheme.hpp"
#include "mqtt-doctor/facts/vocabulary.hpp"

namespace mqttkit::doctor {

/// What the page does, in its words.
enum class phone_step : std::uint8_t {
  none,
  page,       ///< it is there
  fetch,      ///< http:// to a port
  tls,        ///< https:// to a port
  websocket,  ///< ws:// or wss://
  connect,    ///< CONNECT without a login
  login,      ///< CONNECT with the user name that was typed on the phone
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
  refused,  ///< an answer that says no
  failed,   ///< a browser says no more than that
  timeout,
  closed,  ///< the connection ended before an answer
  skipped,
  blocked,  ///< by the browser's own rules
  garbled,  ///< an answer that is none of MQTT
  dropped,  ///< a connection that stood was lost
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

/// What became of a phone's connections to a port, seen where they arrive.
enum class phone_arrival : std::uint8_t {
  none,        ///< nobody could look
  absent,      ///< not a packet came
  unanswered,  ///< SYN came, and nothing went back
  refused,     ///< SYN came, and RST or ICMP went back
  half_open,   ///< SYN-ACK went back, and the phone did not answer it
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

/// What saw the phone's packets.
enum class phone_watch : std::uint8_t {
  none,
  capture,  ///< the packets themselves
  sockets,  ///< the kernel's list of connections: what is refused or swallowed is not in it
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
  int code = -1;                    ///< of CONNACK, SUBACK or PUBACK, as on the wire; -1: none came
  fact_word<mqtt_version> version;  ///< sent
  bool user = false;                ///< a user name was sent
  std::string path;
  std::string subprotocol;  ///< the server chose
  int close = 0;            ///< code of WebSocket's Close; 0: none
  int count = 0;            ///< of keepalive: connections that were lost
  std::string topic;
  bool own_topic = false;  ///< the topic is the page's own
  bool variant = false;    ///< tried in another way than an app would, after that failed
  std::string reason;      ///< of blocked: "port", "mixed", "local-network", "csp"
  double hidden_ms = 0;    ///< of keepalive: so long the page was not to be seen
  double seconds = 0;      ///< of keepalive: so long it was held
};

struct phone_port_fact {
  int port = 0;
  fact_word<scheme> kind;  ///< what listens there, as far as is known
  std::string path;        ///< of a WebSocket
  fact_word<phone_arrival> arrival;
  std::string address;        ///< the phone's, as it arrived there
  int alert = -1;             ///< of TLS, the phone's; -1: none was seen
  int status = 0;             ///< of HTTP, the answer; 0: none was seen
  bool said_hello = false;    ///< it began TLS
  bool was_greeted = false;   ///< and was answered with TLS
  bool finished_tls = false;  ///< and went on behind the certificate: it trusts it
  bool left_tls = false;      ///< and ended right behind the certificate
};

struct phone_facts {
  std::string system;   ///< "Android 14"
  std::string browser;  ///< "Chrome 130"
  std::string language;
  std::string network;    ///< "wifi", "cellular", "unknown": as far as the browser says
  std::string address;    ///< as it arrived here; "" when it never did
  std::string host;       ///< of the page, as the phone has it
  bool has_page = false;  ///< the page was loaded
  bool has_findings = false;
  fact_word<phone_watch> watched_by;
  double seconds = 0;                          ///< waited for it
  std::vector<std::string> machine_addresses;  ///< of the machine that served the page
  std::vector<phone_port_fact> ports;
  std::vector<phone_step_fact> steps;

  /// Whether anything of it was heard. Otherwise it may be that nobody scanned the code.
  bool has_come() const {
    return has_page || !steps.empty() ||
           std::any_of(ports.begin(), ports.end(), [](const phone_port_fact& port) {
             return port.arrival != phone_arrival::none && port.arrival != phone_arrival::absent;
           });
  }
};

}  // namespace mqttkit::doctor
