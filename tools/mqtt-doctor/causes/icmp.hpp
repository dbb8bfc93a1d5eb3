// What an ICMP message says, the same for IPv4 (RFC 792, RFC 1812) and IPv6 (RFC 4443).
#pragma once

#include "mqtt-doctor/causes/support.hpp"

namespace mqttkit::doctor {

enum class icmp_kind : std::uint8_t {
  net_unreachable,
  host_unreachable,
  protocol_unreachable,
  port_unreachable,
  net_prohibited,
  host_prohibited,
  admin_prohibited,
  time_exceeded,
  other,
};

/// A router that looks for a machine in its own network gives up after about 3 s (1.5 s the second
/// time), while a rule refuses within a round trip: this tells the two apart.
inline constexpr double slow_neighbour_ms = 1000;

/// A rule of this machine itself refuses at once. What takes longer is its search for a neighbour,
/// the end of which comes sooner where an earlier packet began it.
inline constexpr double own_rule_ms = 100;

icmp_kind kind_of(const icmp_fact& icmp) noexcept;

/// "ICMP 3/13 (administratively prohibited) from 203.0.113.7 after 31 ms", as evidence.
sentence icmp_words(const icmp_fact& icmp, double ms);

/// Whether the refusal was an RST: with an ICMP message the socket's error queue would hold one.
bool was_reset_refused(const view& known);

/// The ICMP message that ended the client's attempt to connect; null when none came.
const icmp_fact* icmp_of(const view& known);

/// How the client's attempt to connect ended (refusal, ICMP or silence), as evidence.
sentence refusal_or_silence(const view& known);

}  // namespace mqttkit::doctor
