// What arrives at the ports of this machine while the phone tries: by the packets where they may be
// captured, otherwise by the kernel's list of connections.
//
// A browser reports a refusal and a silence in the same words. Here they differ.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mqtt-doctor/facts/phone_facts.hpp"

namespace mqttkit::doctor {

/// What came from one address to one port, all its connections together: the furthest of them.
struct port_sight {
  std::string address;
  std::uint16_t port = 0;
  phone_arrival arrival = phone_arrival::none;
  int alert = -1;           ///< as in phone_port_fact
  int status = 0;           ///< of the path an app has: see takes_status_from()
  std::string target;       ///< that was answered with it
  bool is_upgrade = false;  ///< to WebSocket
  bool said_hello = false;
  bool was_greeted = false;
  bool finished_tls = false;
  bool left_tls = false;
  bool has_mark = false;  ///< it asked for what the code names: the phone itself
  double waited_s = 0;    ///< without an answer; of an unanswered one
  std::string to;         ///< the address of this machine it came to
};

class port_watch {
 public:
  static constexpr std::size_t most_sights = 4096;  // of a flood the first

  /// Called again when something changed.
  using sink = std::function<void(const port_sight&)>;

  /// @param mark  in the target of an HTTP request: the phone's
  /// @param own   addresses of this machine: what comes from there is no phone
  port_watch(asio::any_io_executor on, std::set<std::uint16_t> ports, std::string mark,
             std::set<std::string> own, sink to);
  ~port_watch();
  port_watch(const port_watch&) = delete;
  port_watch& operator=(const port_watch&) = delete;

  /// By packets if it may, by sockets otherwise; `why` says why not by packets.
  phone_watch start(std::string& why);
  void stop();

  /// nullptr when nothing came from there.
  const port_sight* find(const std::string& address, int port) const;
  const std::map<std::pair<std::string, std::uint16_t>, port_sight>& all() const noexcept {
    return sights_;
  }

 private:
  class by_packets;
  class by_sockets;
  void note(const port_sight& what);

  asio::any_io_executor on_;
  std::set<std::uint16_t> ports_;
  std::string mark_;
  std::set<std::string> own_;
  sink to_;
  std::map<std::pair<std::string, std::uint16_t>, port_sight> sights_;
  std::shared_ptr<by_packets> packets_;
  std::shared_ptr<by_sockets> sockets_;
};

/// What the page is told of it: {"watched":true,"arrived":...}, null for what is not known.
/// @param sight  nullptr: nothing came from there
std::string json_of(const port_sight* sight, phone_watch by);

/// Whether the answer of `what` is the one to keep: that to an upgrade rather than to what a
/// browser asks for by itself, and of upgrades the newest at the path that was tried first. The
/// page tries others when that one fails.
bool takes_status_from(const port_sight& all, const port_sight& what);

}  // namespace mqttkit::doctor
