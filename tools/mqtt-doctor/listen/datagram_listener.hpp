// The UDP sockets of `listen` for MQTT-SN: datagrams are passed between clients and a gateway, and
// followed. Without a gateway they are shown and not answered.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "io/runner.hpp"
#include "mqtt-doctor/listen/event_printer.hpp"
#include "mqtt-doctor/listen/sensor_tracker.hpp"
#include "mqtt-doctor/options/settings.hpp"

namespace mqttkit::doctor {

/// A client's socket towards the gateway, by which answers find their way back.
struct passage;

class datagram_listener {
 public:
  /// With one more, the passage that was idle longest is closed.
  static constexpr std::size_t most_passages = 256;
  /// Clients behind one forwarder that are told apart; the rest count as the first.
  static constexpr std::size_t most_nodes = 64;

  datagram_listener(const tools::doctor_settings& settings, tools::runner& runner);

  /// Opens the port, and joins the group when the address is one. Returns the failed step's error.
  std::error_code open();
  /// Looks up --forward. `wrong` tells what is wrong with the result.
  asio::awaitable<std::error_code> find_broker(std::string& wrong);
  /// Takes datagrams until an interruption or, with --once, until the first client has left.
  asio::awaitable<void> run();
  /// Prints the conclusions. True when a client came.
  bool conclude();
  bool output_failed() const { return printer_.has_failed(); }
  asio::awaitable<void> finish_output() { return printer_.finish(); }

 private:
  using udp = asio::ip::udp;

  void take(const udp::endpoint& from, bytes_view datagram);
  std::shared_ptr<passage> passage_of(const udp::endpoint& from);
  asio::awaitable<void> bring_back(std::shared_ptr<passage> way);
  void hear(passage& of, side from, bytes_view datagram);
  std::uint64_t number_of(passage& of, const std::string& node, const instant& now);
  bool open_to(passage& way, std::size_t address);
  bool tries_another(passage& way, const std::error_code& error);
  void failed(passage& of, const std::error_code& error);
  asio::awaitable<void> look_around();
  void say_listening();
  bool is_over() const;

  const tools::doctor_settings& settings_;
  tools::runner& runner_;
  event_printer printer_;
  sensor_tracker heard_;
  udp::socket socket_;
  std::vector<udp::endpoint> gateway_;  // addresses of --forward; empty: none
  std::map<udp::endpoint, std::shared_ptr<passage>> passages_;
  asio::steady_timer next_look_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::uint64_t numbers_ = 0;
  bool is_done_ = false;
};

}  // namespace mqttkit::doctor
