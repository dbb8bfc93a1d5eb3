#include "mqtt-doctor/probes/delivery/delivery.hpp"

#include <algorithm>
#include <utility>

#include "common/printable.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/probes/delivery/blocking_client.hpp"
#include "mqtt-doctor/probes/hex.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using probe::deadline;

class attempt final : public blocking_client::observer {
 public:
  attempt(channel& over, const delivery_request& what, delivery_fact& delivery)
      : over_(over),
        client_(over, what.limit),
        what_(what),
        fact_(delivery),
        until_(clock::now() + what.limit),
        mark_("mqtt-doctor " + random_word()),
        payload_(mark_) {
    payload_.resize(std::max(payload_.size(), what.payload_bytes), '.');
  }

  void run() {
    is_qos_0_ = what_.at_most_once;
    if (what_.subscribes && !(subscribe() && wait_until([this] { return fact_.suback >= 0; }))) {
      note(delivery_stage::subscribe);
      // The answer to a ping tells whether the broker answers at all.
      return client_.end.empty() ? try_ping() : void();
    }
    const bool is_granted = !what_.subscribes || fact_.suback < 0x80;
    // A broker that only grants QoS 0 may hang up on a message of QoS 1.
    if (what_.subscribes && fact_.suback == 0) is_qos_0_ = true;
    if (what_.publishes) {
      const bool is_done = publish() && wait_until([this, is_granted] {
                             return (is_qos_0_ || fact_.puback >= 0) &&
                                    (fact_.echoed || !is_granted ||
                                     fact_.puback >= number_of(reason_code::unspecified_error));
                           });
      note(delivery_stage::publish);
      if (!client_.end.empty()) return;
      // A broker that ignores a message may still answer a ping, and is alive then.
      if (is_done && fact_.echoed) return;
    }
    try_ping();
  }

 private:
  void try_ping() {
    until_ = clock::now() + std::min<std::chrono::milliseconds>(1s, what_.limit);
    if (client_.ping(until_)) wait_until([this] { return client_.is_ping_answered; });
    note(delivery_stage::ping);
  }

  bool subscribe() {
    subscription wanted{what_.topic, is_qos_0_ ? qos_t::at_most_once : qos_t::at_least_once};
    wanted.no_local = what_.no_local;
    const bool is_sent = client_.subscribe(wanted, subscription_, until_);
    fact_.subscribed = !client_.refused;
    return is_sent;
  }

  bool publish() {
    publish_packet packet;
    packet.topic = what_.topic;
    packet.payload = as_bytes(payload_);
    packet.qos = is_qos_0_ ? qos_t::at_most_once : qos_t::at_least_once;
    fact_.qos = is_qos_0_ ? 0 : 1;
    published_ = clock::now();
    const bool is_sent = client_.publish(packet, message_, until_);
    fact_.published = !client_.refused;
    return is_sent;
  }

  template <class Condition>
  bool wait_until(Condition is_met) {
    return client_.wait(until_, *this, is_met);
  }

  void answered(const subscribed& answer) override {
    if (answer.token != subscription_ || answer.codes.empty()) return;
    fact_.suback = std::to_integer<int>(answer.codes[0]);
  }

  void acknowledged(const delivered& answer) override {
    if (answer.token == message_) fact_.puback = answer.reason;
  }

  void message(const publish_packet& came) override {
    if (!as_text(came.payload).starts_with(mark_)) {
      if (!came.retain) ++fact_.others;
      return;
    }
    if (fact_.echoed) return;
    fact_.echoed = true;
    fact_.echo_ms = probe::elapsed_ms(published_);
    fact_.echo_topic = tools::printable(came.topic);
  }

  void note(delivery_stage after) {
    fact_.end = client_.end;
    fact_.disconnect = client_.disconnect;
    fact_.ping_answered = client_.is_ping_answered;
    if (!fact_.end.empty() && fact_.ended_after.empty()) fact_.ended_after = after;
    const probe::tcp_counters counted = over_.bottom().counters();
    fact_.unacknowledged = static_cast<int>(counted.unacknowledged);
    fact_.retransmits = static_cast<int>(counted.retransmits);
  }

  channel& over_;
  blocking_client client_;
  const delivery_request& what_;
  delivery_fact& fact_;
  deadline until_;
  clock::time_point published_{};
  bool is_qos_0_ = false;
  std::uint64_t subscription_ = 0;
  std::uint64_t message_ = 0;
  std::string mark_;
  std::string payload_;
};

}  // namespace

std::string own_topic() { return "mqtt-doctor/" + random_word(); }

std::string own_group() { return "$share/mqtt-doctor-" + random_word() + "/"; }

delivery_fact try_delivery(channel& over, const delivery_request& what) {
  delivery_fact delivery;
  delivery.topic = what.topic;
  delivery.is_users_topic = what.is_users_topic;
  delivery.version = name_of(over.version);
  attempt each(over, what, delivery);
  delivery.payload_bytes = static_cast<int>(what.payload_bytes);
  each.run();
  return delivery;
}

void ping_repeatedly(channel& over, int times, std::chrono::milliseconds limit) {
  const deadline until = clock::now() + limit;
  blocking_client client(over, limit);
  blocking_client::observer nobody;
  for (int i = 0; i < times; ++i) {
    const auto is_answered = [&] { return client.is_ping_answered; };
    if (!client.ping(until) || !client.wait(until, nobody, is_answered)) return;
  }
}

void say_goodbye(channel& over) {
  byte_buffer bytes;
  (void)encode(bytes, over.version, packet_type::disconnect, reason_packet{});
  over.send(bytes, clock::now() + 100ms);
}

}  // namespace mqttkit::doctor
