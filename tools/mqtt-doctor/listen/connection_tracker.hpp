// What is heard on connections, whoever brings the bytes: the forwarder of `listen`, or packets of
// a capture. Conversations are followed, events told, remarks made, and each client has its verdict
// in the end.
//
// Pure: no sockets, no clock. The time comes with the bytes, so that a capture read in a second is
// judged by the hours it took.
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

/// When something was heard.
struct instant {
  moment at;                                    ///< never runs backwards
  std::chrono::system_clock::time_point shown;  ///< as it is told
  std::uint64_t packet = 0;                     ///< of a capture; 0: none

  static instant now() {
    return {std::chrono::steady_clock::now(), std::chrono::system_clock::now(), 0};
  }
};

/// A connection as it begins.
struct arrival {
  std::uint64_t number = 0;  ///< from 1, each once
  std::string name;          ///< "203.0.113.9:50211"
  std::string address;       ///< "203.0.113.9"
  listening where;
  bool is_seen_from_start = true;  ///< otherwise it stood already
  bool is_one_way = false;         ///< it stands, and nothing of the other side was captured
};

class connection_tracker {
 public:
  static constexpr std::size_t most_logins = 4096;  // whose answers are remembered

  using event_sink = std::function<void(const event&, const event_place&)>;

  /// @param keys  secrets of TLS; may be nullptr, must outlive this
  connection_tracker(const packet_style& style, event_sink tell, tls_keylog* keys = nullptr);

  // ---- a connection; unknown numbers are passed over

  void opened(const arrival& what, const instant& now);
  void sent(std::uint64_t number, side from, bytes_view bytes, const instant& now);
  /// Bytes were not seen: lost by who captured, or cut off.
  void missed(std::uint64_t number, side from, std::uint64_t bytes, const instant& now);
  /// All that went on so far was told, of both sides.
  void caught_up(std::uint64_t number, const instant& now);
  /// See traffic_monitor::waits().
  void waits(std::uint64_t number, std::size_t bytes, moment since, const instant& now);
  /// See traffic_monitor::shut().
  void shut(std::uint64_t number, std::optional<moment> since, const instant& now);
  /// `who` sends no more, or reset the connection.
  void left(std::uint64_t number, side who, const instant& now);
  void forward_failed(std::uint64_t number, const std::string& why, const instant& now);
  /// It is over.
  /// @param how  N_("closed by the client")
  void over(std::uint64_t number, const char* how, const instant& now);
  /// Another event about it; 0: about none.
  void tell(std::uint64_t number, const event& what, const instant& now);

  /// nullptr when it is over.
  conversation* conversation_of(std::uint64_t number);
  std::size_t open() const noexcept { return links_.size(); }

  // ---- all of them

  /// To be called every now and then.
  void look(const instant& now);
  /// Says what was noticed.
  void say_remarks(const instant& now);
  /// Nothing more comes: ends what still stands and gives the verdicts. True when somebody came.
  /// @param how  N_("still open when listening ended")
  bool conclude(const char* how, const instant& now);

  const client_table& clients() const noexcept { return clients_; }
  const traffic_monitor& monitor() const noexcept { return monitor_; }

 private:
  struct link {
    arrival what;
    instant began;
    bool is_followed = false;  // by the monitor
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
  std::map<std::uint64_t, login_key> refused_;  // by the connection
  std::map<login_key, std::uint64_t> let_in_;   // the last connection
  traffic_monitor monitor_;
  instant now_;  // of the call that is under way
};

}  // namespace mqttkit::doctor
