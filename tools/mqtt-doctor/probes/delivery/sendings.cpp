#include "mqtt-doctor/probes/delivery/sendings.hpp"

#include <algorithm>
#include <utility>

#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/probes/delivery/blocking_client.hpp"
#include "mqtt-doctor/probes/delivery/delivery.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;

constexpr int refused = number_of(reason_code::unspecified_error);
constexpr std::int64_t around = 64;         // bytes for topic and header
constexpr std::int64_t bytes_per_ms = 250;  // of a slow mobile network
constexpr std::int64_t sizes[] = {9'000, 60'000, 120'000, 250'000, 1'000'000};

/// One message over one connection.
class sending final : public blocking_client::observer {
 public:
  sending(channel& over, sending_fact& into, std::chrono::milliseconds limit)
      : client_(over, limit), fact_(into), limit_(limit) {}

  void run(std::string_view payload) {
    publish_packet packet;
    packet.topic = fact_.topic;
    packet.payload = as_bytes(payload);
    packet.qos = static_cast<qos_t>(fact_.qos);
    packet.retain = fact_.retain;
    const auto begin = clock::now();
    const auto until = begin + limit_ + std::chrono::milliseconds(payload.size() / bytes_per_ms);
    const bool is_sent = client_.publish(packet, token_, until);
    // A write may fail because of an end that only reading tells.
    if (fact_.qos == 0 || !is_sent) {
      client_.ping(until);
      client_.wait(until, *this, [this] { return client_.is_ping_answered; });
      fact_.was_taken = is_sent && client_.is_ping_answered;
    } else {
      client_.wait(until, *this, [this] { return is_done_; });
      fact_.was_taken = is_done_ && fact_.ack < refused;
    }
    fact_.ms = probe::elapsed_ms(begin);
    fact_.end = client_.end;
    fact_.disconnect = client_.disconnect;
  }

 private:
  void acknowledged(const delivered& answer) override {
    if (answer.token != token_) return;
    fact_.ack = std::max<int>(fact_.ack, answer.reason);
    is_done_ = true;
  }
  void packet(const frame& from_broker) override {
    ack_packet ack;
    if (from_broker.type == packet_type::pubrec && !decode(from_broker, client_.version(), ack))
      fact_.ack = std::max<int>(fact_.ack, ack.reason);
  }

  blocking_client client_;
  sending_fact& fact_;
  const std::chrono::milliseconds limit_;
  std::uint64_t token_ = 0;
  bool is_done_ = false;
};

class sender_of_kinds {
 public:
  explicit sender_of_kinds(const sendings_request& what) : what_(what) {}

  std::vector<sending_fact> run() {
    for (int qos = 0; qos <= std::min(2, what_.highest_qos); ++qos)
      send(what_.own_topic, qos, false, 0);
    const int usual = std::min(1, what_.highest_qos);
    if (what_.takes_retained) {
      const std::string kept = what_.own_topic + "/kept";
      send(kept, usual, true, 0);
      // Also when nothing acknowledged it: it may have been kept all the same.
      clear(kept, usual);
    }
    for (const std::int64_t bytes : sizes) {
      if (what_.most_bytes != 0 && bytes + around > what_.most_bytes) break;
      if (!send(what_.own_topic, usual, false, bytes)) break;
    }
    if (!what_.users_topic.empty()) {
      for (int qos = 0; qos <= std::min(2, what_.highest_qos); ++qos)
        send(what_.users_topic, qos, false, 0);
    }
    if (over_) say_goodbye(*over_);
    return std::move(sent_);
  }

 private:
  bool has_connection() {
    if (!over_ && clock::now() < what_.until) over_ = what_.connect();
    return over_ != nullptr;
  }

  bool send(const std::string& topic, int qos, bool retain, std::int64_t bytes) {
    if (!has_connection() || clock::now() >= what_.until) return false;
    sending_fact made;
    made.topic = topic;
    made.is_users_topic = topic == what_.users_topic;
    made.qos = qos;
    made.retain = retain;
    std::string payload = "mqtt-doctor: a test, not retained";
    if (retain) payload = "mqtt-doctor: a test";
    payload.resize(std::max(payload.size(), static_cast<std::size_t>(bytes)), '.');
    made.payload_bytes = static_cast<std::int64_t>(payload.size());
    sending(*over_, made, what_.limit).run(payload);
    // What was not answered may be answered later, and be taken for the next one's answer.
    if (!made.end.empty() || !made.was_taken) over_.reset();
    sent_.push_back(made);
    return made.was_taken;
  }

  void clear(const std::string& topic, int qos) {
    if (!has_connection()) return;
    sending_fact empty;
    empty.topic = topic;
    empty.qos = qos;
    empty.retain = true;
    sending(*over_, empty, what_.limit).run({});
    if (!empty.end.empty()) over_.reset();
  }

  const sendings_request& what_;
  std::unique_ptr<channel> over_;
  std::vector<sending_fact> sent_;
};

}  // namespace

std::vector<sending_fact> try_sendings(const sendings_request& what) {
  return sender_of_kinds(what).run();
}

}  // namespace mqttkit::doctor
