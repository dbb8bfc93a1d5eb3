// Connecting is a story: every step of it is told to an observer. mqtt-pub and mqtt-sub print it
// under --debug and quote its last step in errors; mqtt-doctor reasons on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "mqttkit/base/error_kind.hpp"

namespace mqttkit {

/// The steps of connecting, in order. Not every connection has all of them.
enum class stage : std::uint8_t {
  set_up,     ///< our own files and options, before anything is sent
  resolve,    ///< name to addresses
  connect,    ///< one TCP or Unix connection attempt to one address
  proxy,      ///< SOCKS5 or HTTP CONNECT
  tls,        ///< TLS handshake and certificate check
  websocket,  ///< HTTP upgrade
  connack,    ///< MQTT CONNECT until CONNACK
  session,    ///< anything after CONNACK
};

/// "set-up", "resolve", "connect", "proxy", "tls", "websocket", "connack", "session".
std::string_view to_string(stage at) noexcept;

/// How one step ended.
struct step_report {
  stage at = stage::connect;
  std::string_view subject{};  ///< "broker.example", "203.0.113.7:8883", "unix:/run/m.sock"
  std::error_code error{};     ///< success when the step was done
  std::string_view detail{};   ///< what was found or went wrong: "2 addresses", "TLSv1.3 ..."
  std::chrono::nanoseconds took{};
};

/// Is told each step. Calls come from the thread that runs the executor; views end with the call.
class dial_observer {
 public:
  virtual ~dial_observer() = default;
  virtual void step_begins(stage, std::string_view /*subject*/) {}
  virtual void step_ended(const step_report&) {}
};

/// Why a connection could not be made or ended: enough for one sentence to a person.
struct failure {
  stage at = stage::connect;
  std::string subject;
  std::error_code error;
  std::string detail;       ///< words from OpenSSL, a proxy, an HTTP status line, a reason string
  error_detail what{};      ///< what `detail` says, for a program
  std::uint8_t reason = 0;  ///< MQTT reason code of CONNACK or DISCONNECT; 0 when there is none
  std::string server_reference;  ///< where the broker says to go instead (reason 0x9C, 0x9D)

  failure() = default;
  failure(stage where, std::string named, std::error_code why, std::string words = {},
          error_detail typed = {})
      : at(where), subject(std::move(named)), error(why), detail(std::move(words)), what(typed) {}
  explicit operator bool() const noexcept { return static_cast<bool>(error); }
};

}  // namespace mqttkit
