// The library's session over an accepted connection, one blocking step at a time.
//
// The session does a client's duties: packet ids, PUBREL for PUBREC,
// acknowledgements. A probe says what to send, waits, and examines the packets that
// pass. Of the broker's limits the session knows only the packet size: larger packets
// are not sent. Whether to send otherwise what the broker does not accept is the
// probe's choice.
//
// Several clients may use one channel in turn. The session stays with the channel, so that a late
// acknowledgement is never taken for that of another message.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <system_error>

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/probes/network/channel.hpp"
#include "mqttkit/session/session.hpp"

namespace mqttkit::doctor {

/// A client for probes; see the head of this file.
class blocking_client {
 public:
  /// Sees the packets while a probe waits. Views are valid during the call.
  class observer {
   public:
    observer() = default;
    observer(const observer&) = delete;
    observer& operator=(const observer&) = delete;
    virtual ~observer() = default;

    /// A packet as it came, before the session takes it.
    virtual void packet(const frame& /*from_broker*/) {}
    virtual void message(const publish_packet& /*came*/) {}
    /// The end of a QoS 1 or 2 message that this client sent.
    virtual void acknowledged(const delivered& /*answer*/) {}
    /// SUBACK or UNSUBACK came.
    virtual void answered(const subscribed& /*answer*/) {}
  };

  /// @param limit  time for packets sent while waiting
  /// @param acknowledges  false leaves messages to the next client of the session
  blocking_client(channel& over, std::chrono::milliseconds limit, bool acknowledges = true);
  ~blocking_client();
  blocking_client(const blocking_client&) = delete;
  blocking_client& operator=(const blocking_client&) = delete;

  fact_word<connection_end> end;  ///< nothing: still open
  int disconnect = -1;            ///< reason code of the broker's DISCONNECT
  bool is_ping_answered = false;

  protocol_version version() const noexcept { return over_.version; }

  /// Why the last request cannot be sent in this version of MQTT, or to this broker
  /// (message_size).
  std::error_code refused;

  // Each of these sends at once; false when it cannot. `token` returns with the acknowledgement.
  bool publish(const publish_packet& message, std::uint64_t& token, probe::deadline until);
  bool subscribe(const subscription& wanted, std::uint64_t& token, probe::deadline until);
  bool unsubscribe(const subscription& filter, std::uint64_t& token, probe::deadline until);
  bool ping(probe::deadline until);

  /// Takes packets until a condition holds, which is tested after each packet and at least every
  /// `slice`. False when time or connection end before.
  template <class Condition>
  bool wait(probe::deadline until, observer& tell, Condition is_met,
            probe::clock::duration slice = std::chrono::hours(1)) {
    while (!is_met()) {
      const probe::deadline now = probe::clock::now();
      if (now >= until || !end.empty()) return false;
      if (!take_packet(std::min<probe::deadline>(until, now + slice), tell)) return is_met();
    }
    return true;
  }

 private:
  /// Takes a packet; false when the connection has ended.
  bool take_packet(probe::deadline until, observer& tell);
  void pull_events(observer& tell);
  void look_at(const frame& packet);
  bool flush(probe::deadline until);

  channel& over_;
  session& session_;
  const std::chrono::milliseconds limit_;
  const bool acknowledges_;
  observer* told_ = nullptr;  // while waiting
};

}  // namespace mqttkit::doctor
