// Follows connections whose bytes come from the forwarder of `listen`, or from packets of a
// capture: it tells the events of each conversation and the monitor's remarks, and in the end a
// conclusion about each client.
//
// Pure: no sockets and no clock. The time comes with the bytes, so a capture that is read in a
// second is judged by the hours it lasted.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "mqtt-doctor/listen/client_table.hpp"
#include "mqtt-doctor/listen/conclusion.hpp"
#include "mqtt-doctor/listen/conversation.hpp"
#include "mqtt-doctor/listen/traffic_monitor.hpp"

namespace mqttkit::doctor {

/// The time at which something was heard.
struct instant {
  moment at;                                    ///< steady time, for intervals
  std::chrono::system_clock::time_point shown;  ///< clock time, for output
  std::uint64_t packet = 0;                     ///< its number in a capture; 0: none

  static instant now() {
    return {std::chrono::steady_clock::now(), std::chrono::system_clock::now(), 0};
  }
};

/// A new connection.
struct arrival {
  std::uint64_t number = 0;  ///< from 1, never used again
  std::string name;          ///< "203.0.113.9:50211"
  std::string address;       ///< "203.0.113.9"
  listening where;
  bool is_seen_from_start = true;  ///< else it began before listen did
  bool is_one_way = false;         ///< established, and the other side was not captured
};

class connection_tracker {
 public:
  static constexpr std::size_t most_logins = 4096;  // logins whose answers are remembered

  using event_sink = std::function<void(const event&, const event_place&)>;

  /// @param keys  TLS secrets; may be nullptr, must outlive this
  connection_tracker(const packet_style& style, event_sink tell, tls_keylog* keys = nullptr);

  // ---- calls about one connection; unknown numbers are ignored

  void opened(const arrival& arrived, const instant& now);
  void sent(std::uint64_t number, side from, bytes_view bytes, const instant& now);
  /// Bytes of that side were lost: not captured, or cut off.
  void missed(std::uint64_t number, side from, std::uint64_t bytes, const instant& now);
  /// All bytes of both sides up to now were given.
  void caught_up(std::uint64_t number, const instant& now);
  /// See traffic_monitor::waits().
  void waits(std::uint64_t number, std::size_t bytes, moment since, const instant& now);
  /// See traffic_monitor::shut().
  void shut(std::uint64_t number, std::optional<moment> since, const instant& now);
  /// `who` sends no more bytes, or reset the connection.
  void left(std::uint64_t number, side who, const instant& now);
  void forward_failed(std::uint64_t number, const std::string& why, const instant& now);
  /// The connection has ended.
  /// @param how  N_("closed by the client")
  void over(std::uint64_t number, const char* how, const instant& now);
  /// Tells another event of that connection; 0: of none.
  void tell(std::uint64_t number, const event& what, const instant& now);

  /// The connection's conversation; nullptr after its end.
  conversation* conversation_of(std::uint64_t number);
  std::size_t open() const noexcept { return links_.size(); }

  // ---- calls about all connections

  /// Called regularly, for what silence means.
  void look(const instant& now);
  void say_unexplained(symptom seen, const instant& now);
  /// Tells the monitor's remarks so far.
  void say_remarks(const instant& now);
  /// Ends all connections and tells the conclusions; no more bytes come. True when a client came.
  /// @param how  N_("still open when listening ended")
  bool conclude(const char* how, const instant& now);

  const client_table& clients() const noexcept { return clients_; }
  const traffic_monitor& monitor() const noexcept { return monitor_; }

 private:
  struct link {
    arrival arrived;
    instant began;
    bool is_followed = false;  // the monitor follows it
    std::unique_ptr<conversation> dialogue;
  };

  using login_key = std::pair<std::string, std::string>;  // address and identifier

  void say(const event& what, std::uint64_t number, const instant& now);
  void note_login(std::uint64_t number, const std::string& address,
                  const connection_summary& heard);
  bool was_let_in_later(std::uint64_t connection) const;

  packet_style style_;
  event_sink tell_;
  tls_keylog* keys_;
  std::map<std::uint64_t, link> links_;
  client_table clients_;
  std::map<std::uint64_t, login_key> refused_;  // refused logins, by connection
  std::map<login_key, std::uint64_t> let_in_;   // the last accepted connection of each
  traffic_monitor monitor_;
  instant now_;  // of the present call
};

}  // namespace mqttkit::doctor
