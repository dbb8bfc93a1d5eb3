#include "mqtt-doctor/probes/delivery/counted.hpp"

#include <charconv>

#include "common/printable.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqtt-doctor/probes/delivery/blocking_client.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;

constexpr auto settling = 300ms;  // for a second copy, and for retained counters
constexpr int refused = number_of(reason_code::unspecified_error);
constexpr std::size_t most_counters = 60;

/// Subscribes to filters one by one.
class counter : public blocking_client::observer {
 public:
  counter(channel& over, std::chrono::milliseconds limit) : client_(over, limit), limit_(limit) {}

  bool subscribe(const std::string& filter, int qos) {
    code_ = -1;
    if (!client_.subscribe({filter, static_cast<qos_t>(qos)}, request_, in(limit_))) return false;
    client_.wait(in(limit_), *this, [this] { return code_ >= 0; });
    return code_ >= 0 && code_ < refused;
  }

  void unsubscribe(const std::string& filter) {
    is_ended_ = false;
    if (client_.unsubscribe({filter, qos_t::at_most_once}, request_, in(limit_)))
      client_.wait(in(limit_), *this, [this] { return is_ended_; });
  }

 protected:
  static probe::deadline in(std::chrono::milliseconds time) { return clock::now() + time; }

  void answered(const subscribed& answer) override {
    if (answer.token != request_) return;
    is_ended_ = true;
    if (!answer.codes.empty()) code_ = std::to_integer<int>(answer.codes[0]);
  }

  blocking_client client_;
  const std::chrono::milliseconds limit_;
  std::uint64_t request_ = 0;
  int code_ = -1;
  bool is_ended_ = false;
};

class copies final : public counter {
 public:
  copies(channel& over, std::chrono::milliseconds limit, const std::string& topic)
      : counter(over, limit), topic_(topic) {}

  int count(int qos) {
    publish_packet packet;
    packet.topic = topic_;
    packet.payload = as_bytes("mqtt-doctor: one message");
    packet.qos = static_cast<qos_t>(qos);
    std::uint64_t token = 0;
    if (!client_.publish(packet, token, in(limit_))) return 0;
    client_.wait(in(limit_), *this, [this] { return came_ > 0; });
    client_.wait(in(settling), *this, [] { return false; });
    return came_;
  }

 private:
  void message(const publish_packet& got) override { came_ += got.topic == topic_ ? 1 : 0; }

  const std::string& topic_;
  int came_ = 0;
};

class numbers final : public counter {
 public:
  using counter::counter;

  std::map<std::string, std::int64_t> read() {
    static const char* const filters[] = {
        "$SYS/broker/clients/+",           "$SYS/broker/messages/+",
        "$SYS/broker/retained messages/+", "$SYS/broker/subscriptions/+",
        "$SYS/broker/publish/messages/+",  "$SYS/broker/heap/+"};
    for (const char* filter : filters) {
      if (!subscribe(filter, 0)) break;
    }
    client_.wait(in(settling), *this, [] { return false; });
    for (const char* filter : filters) {
      if (client_.end.empty()) unsubscribe(filter);
    }
    return std::move(found_);
  }

 private:
  void message(const publish_packet& got) override {
    const std::string_view text = as_text(got.payload);
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || found_.size() >= most_counters) return;
    found_[tools::printable(got.topic)] = value;
  }

  std::map<std::string, std::int64_t> found_;
};

}  // namespace

std::optional<overlap_fact> try_overlap(channel& over, const std::string& topic, int qos,
                                        std::chrono::milliseconds limit) {
  overlap_fact made;
  made.topic = topic + "/twice";
  made.filters = {made.topic, topic + "/+"};
  copies counting(over, limit, made.topic);
  bool is_granted = true;
  for (const std::string& filter : made.filters)
    is_granted = is_granted && counting.subscribe(filter, qos);
  if (is_granted) made.copies = counting.count(qos);
  for (const std::string& filter : made.filters) counting.unsubscribe(filter);
  return made.copies > 0 ? std::optional(made) : std::nullopt;
}

std::map<std::string, std::int64_t> ask_for_counters(channel& over,
                                                     std::chrono::milliseconds limit) {
  return numbers(over, limit).read();
}

}  // namespace mqttkit::doctor
