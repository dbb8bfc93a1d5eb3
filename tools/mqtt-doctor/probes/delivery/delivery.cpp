#include "mqtt-doctor/probes/delivery/delivery.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/printable.hpp"
#include "mqtt-doctor/probes/network/translate.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using probe::deadline;

constexpr std::uint16_t subscribe_id = 1, publish_id = 2;

std::string random_word() {
  std::array<char, 6> random{};
  (void)::getentropy(random.data(), random.size());
  return hex_of({random.data(), random.size()});
}

class attempt {
 public:
  attempt(channel& over, const delivery_request& what, delivery_fact& seen)
      : over_(over), what_(what), seen_(seen), until_(clock::now() + what.limit) {
    mark_ = "mqtt-doctor " + random_word();
    payload_ = mark_;
    payload_.resize(std::max(payload_.size(), what.payload_bytes), '.');
  }

  void run() {
    is_qos_0_ = what_.at_most_once;
    if (what_.subscribes && !(subscribe() && wait_until([this] { return seen_.suback >= 0; }))) {
      note(delivery_stage::subscribe);
      // Is anybody there at all?
      return seen_.end.empty() ? try_ping() : void();
    }
    const bool is_granted = !what_.subscribes || seen_.suback < 0x80;
    // Who grants less than was asked for may hang up on it as well.
    if (what_.subscribes && seen_.suback == 0) is_qos_0_ = true;
    if (what_.publishes) {
      const bool is_done = publish() && wait_until([this, is_granted] {
                             return (is_qos_0_ || seen_.puback >= 0) &&
                                    (seen_.echoed || !is_granted || seen_.puback >= 0x80);
                           });
      note(delivery_stage::publish);
      if (!seen_.end.empty()) return;
      // A broker that says nothing about a message may still answer a ping: it is alive then.
      if (is_done && seen_.echoed) return;
    }
    try_ping();
  }

 private:
  void try_ping() {
    until_ = clock::now() + std::min<std::chrono::milliseconds>(1s, what_.limit);
    if (ping()) wait_until([this] { return seen_.ping_answered; });
    note(delivery_stage::ping);
  }

  bool send(byte_buffer& bytes) { return over_.send(bytes, until_); }

  bool subscribe() {
    subscription wanted{what_.topic, is_qos_0_ ? qos_t::at_most_once : qos_t::at_least_once};
    wanted.no_local = what_.no_local;
    byte_buffer bytes;
    if (encode_subscribe(bytes, over_.version, subscribe_id, {&wanted, 1})) return false;
    seen_.subscribed = true;
    return send(bytes);
  }

  bool publish() {
    publish_packet packet;
    packet.topic = what_.topic;
    packet.payload = as_bytes(payload_);
    packet.qos = is_qos_0_ ? qos_t::at_most_once : qos_t::at_least_once;
    packet.packet_id = is_qos_0_ ? std::uint16_t{0} : publish_id;
    seen_.qos = is_qos_0_ ? 0 : 1;
    byte_buffer bytes;
    if (encode(bytes, over_.version, packet)) return false;
    seen_.published = true;
    published_ = clock::now();
    return send(bytes);
  }

  bool ping() {
    byte_buffer bytes;
    encode_ping(bytes, packet_type::pingreq);
    return send(bytes);
  }

  template <class Condition>
  bool wait_until(Condition is_met) {
    while (!is_met()) {
      const channel::received got = over_.receive(until_);
      if (!got.is_packet) {
        if (got.is_malformed) seen_.end = connection_end::failed;
        if (got.end != probe::link_end::timed_out) seen_.end = end_of(got.end);
        return false;
      }
      take(got.packet);
      if (!seen_.end.empty()) return false;
    }
    return true;
  }

  void take(const frame& packet) {
    switch (packet.type) {
      case packet_type::suback:
        return take_suback(packet);
      case packet_type::puback: {
        ack_packet ack;
        if (!decode(packet, over_.version, ack) && ack.packet_id == publish_id) {
          seen_.puback = ack.reason;
        }
        return;
      }
      case packet_type::publish:
        return take_publish(packet);
      case packet_type::pingresp:
        seen_.ping_answered = true;
        return;
      case packet_type::disconnect: {
        reason_packet goodbye;
        if (!decode(packet, over_.version, goodbye)) seen_.disconnect = goodbye.reason;
        seen_.end = connection_end::disconnect;
        return;
      }
      default:
        return;
    }
  }

  void take_suback(const frame& packet) {
    suback_packet ack;
    if (decode(packet, over_.version, ack) || ack.packet_id != subscribe_id || ack.codes.empty()) {
      return;
    }
    seen_.suback = std::to_integer<int>(ack.codes[0]);
  }

  void take_publish(const frame& packet) {
    publish_packet message;
    if (decode(packet, over_.version, message)) return;
    const bool is_ours = as_text(message.payload).starts_with(mark_);
    if (is_ours && !seen_.echoed) {
      seen_.echoed = true;
      seen_.echo_ms = probe::elapsed_ms(published_);
      seen_.echo_topic = tools::printable(message.topic);
    }
    if (message.qos != qos_t::at_least_once) return;
    ack_packet ack;
    ack.packet_id = message.packet_id;
    byte_buffer bytes;
    if (!encode(bytes, over_.version, ack)) send(bytes);
  }

  void note(delivery_stage after) {
    if (!seen_.end.empty() && seen_.ended_after.empty()) seen_.ended_after = after;
    const probe::tcp_counters counted = over_.bottom().counters();
    seen_.unacknowledged = static_cast<int>(counted.unacknowledged);
    seen_.retransmits = static_cast<int>(counted.retransmits);
  }

  channel& over_;
  const delivery_request& what_;
  delivery_fact& seen_;
  deadline until_;
  clock::time_point published_{};
  bool is_qos_0_ = false;
  std::string mark_;
  std::string payload_;
};

}  // namespace

std::string own_topic() { return "mqtt-doctor/" + random_word(); }

std::string own_group() { return "$share/mqtt-doctor-" + random_word() + "/"; }

delivery_fact try_delivery(channel& over, const delivery_request& what) {
  delivery_fact seen;
  seen.topic = what.topic;
  seen.is_users_topic = what.is_users_topic;
  seen.version = name_of(over.version);
  attempt one(over, what, seen);
  seen.payload_bytes = static_cast<int>(what.payload_bytes);
  one.run();
  return seen;
}

void ping_repeatedly(channel& over, int times, std::chrono::milliseconds limit) {
  const deadline until = clock::now() + limit;
  for (int i = 0; i < times; ++i) {
    byte_buffer bytes;
    encode_ping(bytes, packet_type::pingreq);
    if (!over.send(bytes, until)) return;
    channel::received got;
    do {
      got = over.receive(until);
      if (!got.is_packet) return;
    } while (got.packet.type != packet_type::pingresp);
  }
}

void say_goodbye(channel& over) {
  byte_buffer bytes;
  (void)encode(bytes, over.version, packet_type::disconnect, reason_packet{});
  over.send(bytes, clock::now() + 100ms);
}

}  // namespace mqttkit::doctor
