// The library's session over a connection that the broker has accepted, one step at a time.
//
// What MQTT asks of a client is the session's: packet identifiers, PUBREL for PUBREC, an
// acknowledgement for what comes. A probe says what to send, waits, and looks at what passes. The
// session knows of no limits of the broker but for the size of a packet: what is larger than the
// broker takes is not sent. Whether to send what it does not take otherwise is for the probe to
// choose.
//
// Several clients may be made over one channel, one after the other; the session stays the
// channel's, so that a late acknowledgement is never taken for that of another message.
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

/// See the head of this file.
class blocking_client {
 public:
  /// What passes on the connection while a probe waits. Views end with the call.
  class observer {
   public:
    observer() = default;
    observer(const observer&) = delete;
    observer& operator=(const observer&) = delete;
    virtual ~observer() = default;

    /// A packet, as it came, before the session deals with it.
    virtual void packet(const frame& /*from_broker*/) {}
    virtual void message(const publish_packet& /*came*/) {}
    /// The end of a QoS 1 or 2 message of ours.
    virtual void acknowledged(const delivered& /*answer*/) {}
    /// SUBACK or UNSUBACK.
    virtual void answered(const subscribed& /*answer*/) {}
  };

  /// @param limit  for what is sent while waiting
  /// @param acknowledges  false leaves what comes to whoever has the session next
  blocking_client(channel& over, std::chrono::milliseconds limit, bool acknowledges = true);
  ~blocking_client();
  blocking_client(const blocking_client&) = delete;
  blocking_client& operator=(const blocking_client&) = delete;

  fact_word<connection_end> end;  ///< nothing: still open
  int disconnect = -1;            ///< reason code of the broker's DISCONNECT
  bool is_ping_answered = false;

  protocol_version version() const noexcept { return over_.version; }

  /// Why what was asked for last cannot be said in this version of MQTT, or to this broker
  /// (message_size).
  std::error_code refused;

  // Each is sent at once; false when it cannot be. `token` comes back in what is observed.
  bool publish(const publish_packet& message, std::uint64_t& token, probe::deadline until);
  bool subscribe(const subscription& wanted, std::uint64_t& token, probe::deadline until);
  bool unsubscribe(const subscription& filter, std::uint64_t& token, probe::deadline until);
  bool ping(probe::deadline until);

  /// Takes packets until something is the case, which is asked after each and at least once a
  /// `slice`. Whether it is: false when the time or the connection is over before.
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
  /// False when the connection is over.
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
