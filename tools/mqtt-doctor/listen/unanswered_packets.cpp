// The part of traffic_monitor about packets that the broker never answers, of whomever.
#include <utility>

#include "mqtt-doctor/listen/traffic_monitor.hpp"

namespace mqttkit::doctor {

never_answered::end traffic_monitor::unanswered_end_of(const link& of, std::uint64_t connection) {
  return {connection, of.key, of.who, of.id, of.place};
}

void traffic_monitor::note_answer(const link& of, std::uint64_t connection,
                                  const ack_packet& packet, side from, moment now) {
  using enum never_answered::kind;
  const never_answered::end by = unanswered_end_of(of, connection);
  if (from == side::client) {
    if (packet.type == packet_type::pubrel)
      unanswered_.asked(by, pubcomp, packet.packet_id, "", now);
    return;
  }
  if (packet.type == packet_type::puback) unanswered_.answered(by, puback, packet.packet_id);
  if (packet.type == packet_type::pubrec) unanswered_.answered(by, pubrec, packet.packet_id);
  if (packet.type == packet_type::pubcomp) unanswered_.answered(by, pubcomp, packet.packet_id);
}

void traffic_monitor::look_at_unanswered(moment now) {
  for (never_answered::found& each : unanswered_.finish(now)) {
    // Then it is no matter of this client's connections that its messages come again.
    if (each.what.what != noticed::never_suback) arrivals_.explains_resending(each.about.key);
    tell(each.about.connection, each.about.key, each.about.who, each.about.id,
         std::move(each.what));
  }
}

}  // namespace mqttkit::doctor
