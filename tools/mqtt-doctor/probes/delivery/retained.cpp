#include "mqtt-doctor/probes/delivery/retained.hpp"

#include "mqtt-doctor/probes/delivery/blocking_client.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;
using probe::deadline;

constexpr auto settling = 500ms;  // a retained message comes right after SUBACK, or before it

class keeper final : public blocking_client::observer {
 public:
  keeper(channel& over, std::string_view topic, std::chrono::milliseconds limit)
      : client_(over, limit), topic_(topic), limit_(limit) {}

  bool publish(std::string_view payload) {
    publish_packet packet;
    packet.topic = topic_;
    packet.payload = as_bytes(payload);
    packet.qos = qos_t::at_least_once;
    packet.retain = true;
    puback_ = -1;
    if (!client_.publish(packet, message_, in(limit_))) return false;
    return client_.wait(in(limit_), *this, [this] { return puback_ >= 0; });
  }

  /// Whether a new subscription gets a retained message. Some brokers send none for a subscription
  /// that exists, so each one is ended.
  bool is_there() { return is_there(topic_); }
  bool is_there(std::string_view filter) {
    const subscription wanted{filter, qos_t::at_least_once};
    is_retained_ = is_answered_ = false;
    if (!client_.subscribe(wanted, request_, in(limit_))) return false;
    const auto is_answered = [this] { return is_answered_; };
    client_.wait(in(limit_), *this, is_answered);
    client_.wait(in(settling), *this, [this] { return is_retained_; });
    const bool was_there = is_retained_;
    is_answered_ = false;
    if (client_.unsubscribe(wanted, request_, in(limit_)))
      client_.wait(in(limit_), *this, is_answered);
    return was_there;
  }

  bool is_open() const { return client_.end.empty(); }
  int puback() const { return puback_; }
  void note_end(retained_fact& into) const {
    into.end = client_.end;
    into.disconnect = client_.disconnect;
  }

 private:
  static deadline in(std::chrono::milliseconds time) { return clock::now() + time; }

  void acknowledged(const delivered& answer) override {
    if (answer.token == message_) puback_ = answer.reason;
  }
  void answered(const subscribed& answer) override {
    is_answered_ = is_answered_ || answer.token == request_;
  }
  void message(const publish_packet& came) override {
    if (came.retain && came.topic == topic_ && !came.payload.empty()) is_retained_ = true;
  }

  blocking_client client_;
  const std::string_view topic_;
  const std::chrono::milliseconds limit_;
  std::uint64_t message_ = 0;
  std::uint64_t request_ = 0;
  int puback_ = -1;
  bool is_answered_ = false;
  bool is_retained_ = false;
};

}  // namespace

retained_fact keep_message(channel& over, const std::string& topic,
                           std::chrono::milliseconds limit) {
  retained_fact retained;
  retained.topic = topic;
  retained.version = name_of(over.version);
  keeper tried(over, topic, limit);
  tried.publish("mqtt-doctor");
  retained.ack = tried.puback();
  if (tried.is_open()) {
    retained.kept = tried.is_there();
    // Some brokers send no retained messages for filters with wildcards.
    const std::size_t level = topic.rfind('/');
    if (retained.kept && tried.is_open() && level != std::string::npos) {
      const std::string filter = topic.substr(0, level + 1) + "+";
      retained.by_wildcard = tried.is_there(filter);
      retained.tried_wildcard = tried.is_open();
    }
    if (tried.is_open()) tried.publish({});
    if (tried.is_open()) retained.cleared = retained.kept && !tried.is_there();
  }
  tried.note_end(retained);
  return retained;
}

void clear_message(channel& over, const std::string& topic, std::chrono::milliseconds limit) {
  keeper(over, topic, limit).publish({});
}

}  // namespace mqttkit::doctor
