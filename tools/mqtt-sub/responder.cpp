#include "mqtt-sub/responder.hpp"

#include <utility>

#include "common/printable.hpp"
#include "io/failure_text.hpp"
#include "mqttkit/base/bytes.hpp"

namespace mqttkit::tools {
namespace {

// How many failing replies are named; the rest is counted.
constexpr std::uint64_t failures_told = 20;

}  // namespace

responder::responder(std::string fallback, properties with, const stderr_log& log)
    : fallback_(std::move(fallback)), with_(std::move(with)), log_(log) {}

void responder::use(publish_function publish) { publish_ = std::move(publish); }

std::optional<responder::address> responder::address_of(const publish_packet& request) const {
  address to;
  const auto topic = request.properties.text(property_id::response_topic);
  to.topic = topic ? *topic : fallback_;
  if (to.topic.empty()) return std::nullopt;
  if (const auto data = request.properties.text(property_id::correlation_data))
    to.correlation = *data;
  to.qos = request.qos;
  return to;
}

void responder::fail(const std::string& why) {
  if (++failures_ <= failures_told) log_.say("reply" + why);
}

admission responder::publish(const message& kept) {
  properties with = with_;
  std::error_code error;
  if (kept.to.correlation) error = with.add(property_id::correlation_data, *kept.to.correlation);
  publish_packet reply;
  reply.topic = kept.to.topic;
  reply.payload = as_bytes(kept.payload);
  reply.qos = kept.to.qos;
  reply.properties = with;
  admission answer = admission::refused;
  if (!error) answer = publish_(reply, first_token + sent_, error);
  if (answer == admission::full) return answer;
  ++sent_;
  if (answer == admission::refused) {
    fail(" to '" + printable(kept.to.topic) + "' (" + std::to_string(kept.payload.size()) +
         " bytes): " + describe_limit(error));
  } else if (reply.qos != qos_t::at_most_once) {
    ++unacknowledged_;
  }
  return answer;
}

void responder::reply(address to, std::string payload) {
  kept_bytes_ += payload.size();
  kept_.push_back({std::move(to), std::move(payload)});
  pump();
}

void responder::pump() {
  while (!kept_.empty() && publish(kept_.front()) != admission::full) {
    kept_bytes_ -= kept_.front().payload.size();
    kept_.pop_front();
  }
}

void responder::delivered(const mqttkit::delivered& end) {
  --unacknowledged_;
  if (end.error) {
    fail(": " + describe_limit(end.error));
  } else if (is_failure(end.reason)) {
    const auto words = end.properties.text(property_id::reason_string).value_or("");
    fail(": refused by the broker: " + describe_refusal(end.reason, packet_type::puback, words));
  }
  pump();
  changed();
}

}  // namespace mqttkit::tools
