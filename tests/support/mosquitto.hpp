// A real mosquitto for one test, on loopback ports of its own, with everything it writes in a
// folder of its own. Modes are composed: each asks for one more listener or one more rule.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/certificates.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {

struct mosquitto_options {
  /// User name and password are needed: mosquitto::user and mosquitto::password.
  bool password = false;
  /// Text of an ACL file (mosquitto.conf(5), acl_file). Users are user and other_user.
  std::string acl;
  /// Rights as the dynamic security plugin has them, in JSON: unlike an ACL file they can refuse a
  /// subscription. Needs mosquitto::dynamic_security().
  std::string rights;
  bool tls = false;
  bool mutual_tls = false;  ///< TLS that demands a client certificate of test_certificates().ca()
  bool psk = false;         ///< TLS with mosquitto::psk_identity and mosquitto::psk_key
  bool websocket = false;
  bool secure_websocket = false;
  bool unix_socket = false;
  /// What TLS listeners show.
  certificate_kind certificate = certificate_kind::good;
  /// Sessions and retained messages survive a restart, and kill() up to a second before.
  bool persistence = false;
  /// Leaves the line per packet out of the log: for tests of many messages.
  bool quiet = false;
  std::vector<std::string> lines;           ///< more configuration, "max_queued_messages 0"
  std::vector<std::string> listener_lines;  ///< more for each listener, "max_qos 1"
};

class mosquitto {
 public:
  static constexpr std::string_view user = "alice";
  static constexpr std::string_view user_password = "alice-password";
  static constexpr std::string_view other_user = "bob";
  static constexpr std::string_view other_password = "bob-password";
  static constexpr std::string_view psk_identity = "device-one";
  static constexpr std::string_view psk_key = "0123456789abcdef0123456789abcdef";  // hexadecimal

  /// The path of the dynamic security plugin; empty where mosquitto comes without it.
  static std::string dynamic_security();

  /// Starts it and waits until every listener answers. Throws std::runtime_error with its log when
  /// it does not start.
  explicit mosquitto(mosquitto_options options = {});
  ~mosquitto();
  mosquitto(const mosquitto&) = delete;
  mosquitto& operator=(const mosquitto&) = delete;

  /// Plain MQTT. All ports are on 127.0.0.1; 0 where the options did not ask for one.
  std::uint16_t port() const noexcept { return port_; }
  std::uint16_t tls_port() const noexcept { return tls_port_; }
  std::uint16_t mutual_tls_port() const noexcept { return mutual_tls_port_; }
  std::uint16_t psk_port() const noexcept { return psk_port_; }
  std::uint16_t websocket_port() const noexcept { return websocket_port_; }
  std::uint16_t secure_websocket_port() const noexcept { return secure_websocket_port_; }
  std::string unix_path() const { return folder_.file("mqtt.sock"); }

  /// Ends it with SIGTERM and waits. A stopped one can be started again.
  void stop();
  /// Ends it with SIGKILL: a crash.
  void kill();
  /// Starts a stopped one again, on the same ports.
  void start();
  void restart() {
    stop();
    start();
  }
  /// Freezes it: connections stay, nothing is answered.
  void suspend();
  void resume();

  /// All it logged, over every start.
  std::string log() const;
  /// Waits until the log contains `text` at least `times` times: "Sending SUBACK" tells that a
  /// subscription stands.
  bool logs(std::string_view text, std::size_t times = 1,
            std::chrono::milliseconds limit = patience) const;
  /// Waits for the first `count` subscriptions (SUBACKs) since the first start.
  bool has_subscribed(std::size_t count = 1) const { return logs("Sending SUBACK", count); }

  const temp_folder& folder() const noexcept { return folder_; }
  pid_t pid() const noexcept { return process_ ? process_->pid() : -1; }

 private:
  void take_ports();
  void write_configuration();
  bool try_start();
  bool is_ready() const;

  mosquitto_options options_;
  temp_folder folder_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  std::uint16_t mutual_tls_port_ = 0;
  std::uint16_t psk_port_ = 0;
  std::uint16_t websocket_port_ = 0;
  std::uint16_t secure_websocket_port_ = 0;
  std::size_t log_start_ = 0;  // where the current start's log begins
  std::unique_ptr<process> process_;
};

}  // namespace mqttkit::testing
