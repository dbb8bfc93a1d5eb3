// The TCP sockets of `listen`: connections are accepted, passed on or answered, and followed.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "io/runner.hpp"
#include "mqtt-doctor/listen/connection_tracker.hpp"
#include "mqtt-doctor/listen/event_printer.hpp"
#include "mqtt-doctor/listen/tls_keylog.hpp"
#include "mqtt-doctor/options/settings.hpp"

namespace mqttkit::doctor {

/// A connection, kept alive by its coroutines.
struct listen_connection;

class listener {
 public:
  /// Further connections are closed at once.
  static constexpr std::size_t most_connections = 64;

  listener(const tools::doctor_settings& settings, tools::runner& runner);

  /// Begins to listen. Returns the failed step's error.
  std::error_code open();
  /// Looks up --forward. `wrong` tells what is wrong with the result.
  asio::awaitable<std::error_code> find_broker(std::string& wrong);
  /// Accepts connections until an interruption or, with --once, until the first one has ended.
  asio::awaitable<void> run();
  /// Ends all connections and prints the conclusions. True when a client came.
  bool conclude();
  /// Whether stdout could not be written.
  bool output_failed() const { return printer_.has_failed(); }
  /// Waits until all output is written, or can never be.
  asio::awaitable<void> finish_output() { return printer_.finish(); }

 private:
  using socket = asio::ip::tcp::socket;

  asio::awaitable<void> serve(std::shared_ptr<listen_connection> connection);
  asio::awaitable<std::error_code> reach_broker(std::shared_ptr<listen_connection> connection);
  asio::awaitable<void> stand_in(std::shared_ptr<listen_connection> connection);
  asio::awaitable<void> pump(std::shared_ptr<listen_connection> connection, side from);
  void admit(socket accepted);
  void end_direction(const std::shared_ptr<listen_connection>& connection, side who);
  void decode(listen_connection& connection, side from);
  void note_end(listen_connection& connection, side who);
  void end(listen_connection& connection, const char* how);
  void say_listening();
  asio::awaitable<void> look_around();
  void note_unread(listen_connection& connection, const instant& now);

  const tools::doctor_settings& settings_;
  tools::runner& runner_;
  event_printer printer_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer first_ended_;
  std::vector<asio::ip::tcp::endpoint> broker_;
  tls_keylog keys_;  // decrypts TLS that passes
  std::map<std::uint64_t, std::shared_ptr<listen_connection>> open_;
  connection_tracker heard_;
  asio::steady_timer next_look_;
  listening where_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::uint64_t count_ = 0;
  bool is_full_ = false;
  bool has_ended_one_ = false;
};

}  // namespace mqttkit::doctor
