// What arrives at this machine's ports while the phone tries: by packets where they may be
// captured, otherwise by the kernel's list of connections.
//
// A browser reports refusal and silence in the same words; arriving packets tell them apart.
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

/// All connections from one address to one port; the one that got furthest counts.
struct port_sight {
  std::string address;
  std::uint16_t port = 0;
  phone_arrival arrival = phone_arrival::none;
  int alert = -1;           ///< as in phone_port_fact
  int status = 0;           ///< of HTTP; for which answer, see takes_status_from()
  std::string target;       ///< path that got this answer
  bool is_upgrade = false;  ///< of a request for WebSocket
  bool said_hello = false;
  bool was_greeted = false;
  bool finished_tls = false;
  bool left_tls = false;
  bool has_mark = false;  ///< it asked for the path in the code: this is the phone
  double waited_s = 0;    ///< seconds without an answer
  std::string to;         ///< the address of this machine that it dialled
};

class port_watch {
 public:
  static constexpr std::size_t most_sights = 4096;  // of a flood the first ones

  /// Called whenever something changed.
  using sink = std::function<void(const port_sight&)>;

  /// @param mark  path of HTTP requests by which the phone is recognised
  /// @param own   this machine's addresses, from which no phone comes
  port_watch(asio::any_io_executor on, std::set<std::uint16_t> ports, std::string mark,
             std::set<std::string> own, sink to);
  ~port_watch();
  port_watch(const port_watch&) = delete;
  port_watch& operator=(const port_watch&) = delete;

  /// Captures packets if it may, and else lists sockets; `why` tells why it does not capture.
  phone_watch start(std::string& why);
  void stop();

  /// nullptr when nothing came from that address.
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

/// The page's answer about a port: {"watched":true,"arrived":...}; null for what is unknown.
/// @param sight  nullptr: nothing came from there
std::string json_of(const port_sight* sight, phone_watch by);

/// Whether the status of `what` replaces the present one: the answer to an upgrade replaces that to
/// a browser's own requests, and of upgrades the newest at the path tried first counts. The page
/// tries other paths when that one fails.
bool takes_status_from(const port_sight& all, const port_sight& what);

}  // namespace mqttkit::doctor
