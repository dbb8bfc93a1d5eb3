// A session of MQTT-SN over UDP: what is in sn/session.hpp, with a socket and a clock.
//
//   sn::client c(executor, options);
//   if (failure why = co_await c.connect(15s)) ...
//   c.protocol().subscribe({"a/#"}, 1, c.now());
//   while (!(error = co_await c.turn())) use(c.next());
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include "mqttkit/net/observer.hpp"
#include "mqttkit/net/udp.hpp"
#include "mqttkit/sn/search.hpp"
#include "mqttkit/sn/session.hpp"

namespace mqttkit::sn {

struct client_options {
  udp_options dial;
  session_options session;

  client_options() = default;
};

/// A gateway that answered a search, or why there is none.
struct found_gateway {
  gateway answer;
  std::string host;  ///< where it is: the address the answer came from, or that it names
  std::uint16_t port = 0;
  failure why;

  found_gateway() = default;
};

/// Whether it is a literal address of many: multicast, or 255.255.255.255.
bool is_group(const std::string& host);

/// Searches by SEARCHGW to the group `at` names (§6.1), until a gateway answers or advertises, or
/// `limit` is over. `at.bind_address` says which interface it leaves by. The failure's stage is
/// connect; its error gateway_lost where nobody answered.
asio::awaitable<found_gateway> find_gateway(udp_options at, std::chrono::milliseconds limit);

/// Distinct objects are independent; one object, one thread. One turn() at a time.
class client {
 public:
  /// @param observer  is told the steps of opening; may be null, must outlive the calls
  client(asio::any_io_executor executor, client_options options, dial_observer* observer = nullptr);

  /// Looks the name up and opens the socket; sends nothing. Again after a failure.
  asio::awaitable<failure> open();

  /// open(), where that was not done, and CONNECT until CONNACK. Addresses of a name are tried in
  /// turn: the next where one refuses, or does not answer within Tretry. Errors, at stage connack:
  /// connection_refused (ICMP says that nobody listens), gateway_lost, not_accepted (the return
  /// code is the failure's reason), step_timeout.
  asio::awaitable<failure> connect(std::chrono::milliseconds limit);

  /// Connects there from the next connect() on: a gateway that was searched for.
  void set_peer(std::string host, std::uint16_t port);
  const udp_options& dial() const noexcept { return options_.dial; }

  session& protocol() noexcept { return session_; }
  static time_point now() noexcept { return std::chrono::steady_clock::now(); }
  /// As session::next(). Pull until need_more before the next turn().
  const event& next() { return session_.next(now()); }

  /// Sends what waits. Errors: what the system says; connection_refused is kept for turn().
  void flush();

  /// Sends what waits and then waits until a datagram was fed, time has moved the session on, or
  /// wake() was called (success); timed_out at `until`. Errors: operation_aborted when cancelled,
  /// connection_refused when the system was told that nobody listens there: what was sent last is
  /// lost, the session goes on and repeats it; others of the socket.
  asio::awaitable<std::error_code> turn(time_point until = time_point::max());
  void wake() { link_.wake(); }

  udp_link& link() noexcept { return link_; }
  /// When the last datagram came, by the system's clock.
  std::chrono::system_clock::time_point arrived() const noexcept { return arrived_; }
  /// Whether the peer in use was ever heard.
  bool has_heard() const noexcept { return has_heard_; }

 private:
  bool read_one();
  bool try_another();

  client_options options_;
  session session_;
  udp_link link_;
  dial_observer* observer_;
  bool is_open_ = false;
  bool has_heard_ = false;
  std::size_t refusals_ = 0;
  std::uint64_t repeats_seen_ = 0;
  std::error_code trouble_;
  time_point waits_until_ = time_point::min();  // of turn(); min(): nobody waits
  std::vector<std::byte> room_;
  std::chrono::system_clock::time_point arrived_{};
};

}  // namespace mqttkit::sn
