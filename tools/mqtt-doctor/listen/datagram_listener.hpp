// The sockets of `listen` for MQTT-SN: datagrams taken, passed on to a gateway and back, and
// followed. Without a gateway nothing is answered: what comes is shown.
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

/// A client's way to the gateway: a socket of its own, so that the answers find back.
struct passage;

class datagram_listener {
 public:
  /// When one more comes, the one that was idle longest is over.
  static constexpr std::size_t most_passages = 256;
  /// Clients behind one forwarder that are told apart; of more the first one is told.
  static constexpr std::size_t most_nodes = 64;

  datagram_listener(const tools::doctor_settings& settings, tools::runner& runner);

  /// Opens the port; the error of the step that failed. Joins the group where the address is one.
  std::error_code open();
  /// Looks --forward up. `wrong` says what is wrong with the answer.
  asio::awaitable<std::error_code> find_broker(std::string& wrong);
  /// Takes datagrams until an interruption, or the first client has left (--once).
  asio::awaitable<void> run();
  /// Says the sentences. True when somebody came.
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
  std::vector<udp::endpoint> gateway_;  // of --forward; empty: none
  std::map<udp::endpoint, std::shared_ptr<passage>> passages_;
  asio::steady_timer next_look_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::uint64_t numbers_ = 0;
  bool is_done_ = false;
};

}  // namespace mqttkit::doctor
