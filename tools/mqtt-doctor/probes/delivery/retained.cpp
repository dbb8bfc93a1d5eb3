#include "mqtt-doctor/probes/delivery/retained.hpp"

#include "mqtt-doctor/probes/network/translate.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using probe::deadline;

constexpr auto settling = 500ms;  // a retained message comes right after SUBACK, or before it

class keeper {
 public:
  keeper(channel& over, retained_fact& seen, std::chrono::milliseconds limit)
      : over_(over), seen_(seen), limit_(limit) {}

  bool publish(std::string_view payload) {
    publish_packet packet;
    packet.topic = seen_.topic;
    packet.payload = as_bytes(payload);
    packet.qos = qos_t::at_least_once;
    packet.retain = true;
    packet.packet_id = ++id_;
    byte_buffer bytes;
    puback_ = -1;
    if (encode(bytes, over_.version, packet) || !over_.send(bytes, in(limit_))) return false;
    return wait(in(limit_), [this] { return puback_ >= 0; });
  }

  /// Whether a retained message comes with a new subscription. Some brokers send none for a
  /// subscription that is there already, so it is ended again.
  bool is_there() {
    const subscription wanted{seen_.topic, qos_t::at_least_once};
    is_retained_ = is_granted_ = false;
    byte_buffer bytes;
    if (encode_subscribe(bytes, over_.version, ++id_, {&wanted, 1}) ||
        !over_.send(bytes, in(limit_)))
      return false;
    wait(in(limit_), [this] { return is_granted_; });
    wait(in(settling), [this] { return is_retained_; });
    const bool was_there = is_retained_;
    bytes.clear();
    if (!encode_unsubscribe(bytes, over_.version, ++id_, {&wanted, 1}) &&
        over_.send(bytes, in(limit_)))
      wait(in(limit_), [this] { return is_ended_; });
    is_ended_ = false;
    return was_there;
  }

  int puback() const { return puback_; }

 private:
  static deadline in(std::chrono::milliseconds time) { return clock::now() + time; }

  template <class Condition>
  bool wait(deadline until, Condition is_met) {
    while (!is_met()) {
      // Also while packets come without a pause.
      if (!seen_.end.empty() || clock::now() >= until) return false;
      const channel::received got = over_.receive(until);
      if (got.is_packet) {
        take(got.packet);
        continue;
      }
      if (got.is_malformed) seen_.end = connection_end::failed;
      if (got.end != probe::link_end::timed_out) seen_.end = end_of(got.end);
      return is_met();
    }
    return true;
  }

  void take(const frame& packet) {
    ack_packet ack;
    publish_packet message;
    reason_packet goodbye;
    if (packet.type == packet_type::puback && !decode(packet, over_.version, ack)) {
      if (ack.packet_id == id_) puback_ = ack.reason;
    } else if (packet.type == packet_type::suback) {
      is_granted_ = true;
    } else if (packet.type == packet_type::unsuback) {
      is_ended_ = true;
    } else if (packet.type == packet_type::publish && !decode(packet, over_.version, message)) {
      if (message.retain && message.topic == seen_.topic && !message.payload.empty())
        is_retained_ = true;
      if (message.qos != qos_t::at_least_once) return;
      ack.packet_id = message.packet_id;
      byte_buffer bytes;
      if (!encode(bytes, over_.version, ack)) over_.send(bytes, in(limit_));
    } else if (packet.type == packet_type::disconnect) {
      if (!decode(packet, over_.version, goodbye)) seen_.disconnect = goodbye.reason;
      seen_.end = connection_end::disconnect;
    }
  }

  channel& over_;
  retained_fact& seen_;
  const std::chrono::milliseconds limit_;
  std::uint16_t id_ = 0;
  int puback_ = -1;
  bool is_granted_ = false;
  bool is_ended_ = false;
  bool is_retained_ = false;
};

}  // namespace

retained_fact keep_message(channel& over, const std::string& topic,
                           std::chrono::milliseconds limit) {
  retained_fact seen;
  seen.topic = topic;
  seen.version = name_of(over.version);
  keeper one(over, seen, limit);
  one.publish("mqtt-doctor");
  seen.ack = one.puback();
  if (!seen.end.empty()) return seen;
  seen.kept = one.is_there();
  if (seen.end.empty()) one.publish({});
  if (seen.end.empty()) seen.cleared = seen.kept && !one.is_there();
  return seen;
}

void clear_message(channel& over, const std::string& topic, std::chrono::milliseconds limit) {
  retained_fact seen;
  seen.topic = topic;
  keeper(over, seen, limit).publish({});
}

}  // namespace mqttkit::doctor
