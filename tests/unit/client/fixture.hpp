// A client beside a scripted broker, and an observer that remembers.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <atomic>
#include <chrono>
#include <ostream>
#include <string>
#include <vector>

#include "mqttkit/base/error.hpp"
#include "mqttkit/client/client.hpp"
#include "support/scripted_broker.hpp"
#include "unit/net/loop.hpp"

namespace mqttkit::test {

using namespace std::chrono_literals;
using testing::peer;
using testing::scripted_broker;

/// Everything an observer is told, as words.
class remembering : public client_observer {
 public:
  void step_begins(stage at, std::string_view) override {
    heard.push_back("begin " + std::string(to_string(at)));
  }
  void step_ended(const step_report& report) override {
    heard.push_back((report.error ? "failed " : "done ") + std::string(to_string(report.at)));
  }
  void link_up(const connected& with, const session&, std::chrono::nanoseconds gap) override {
    heard.push_back(std::string("up") + (with.session_present ? " present" : "") +
                    (gap > gap.zero() ? " again" : ""));
    sent_again += with.sent_again;
  }
  void link_down(const failure& why, bool will_retry, std::chrono::milliseconds wait) override {
    heard.push_back(will_retry ? "down, retry" : "down");
    last_failure = why;
    waits.push_back(wait);
  }
  void message_delivered(const delivered& end) override {
    tokens.push_back(end.token);
    reasons.push_back(end.reason);
  }
  void resubscribed(std::string_view filter, std::uint8_t) override {
    heard.push_back("resubscribed " + std::string(filter));
  }

  std::size_t count(std::string_view what) const {
    return static_cast<std::size_t>(std::count(heard.begin(), heard.end(), what));
  }

  std::vector<std::string> heard;
  std::vector<std::uint64_t> tokens;
  std::vector<std::uint8_t> reasons;
  std::vector<std::chrono::milliseconds> waits;
  std::uint32_t sent_again = 0;
  failure last_failure;
};

/// Options for a broker on 127.0.0.1, with a backoff that no test notices.
inline client_options options_for(std::uint16_t port,
                                  protocol_version version = protocol_version::v5) {
  client_options options;
  options.dial.host = "127.0.0.1";
  options.dial.port = port;
  options.session.version = version;
  options.session.client_id = "tester";
  options.backoff.initial = 1ms;
  options.backoff.maximum = 5ms;
  options.backoff.floor = 1ms;
  return options;
}

inline publish_packet message(std::string_view topic, std::string_view payload, qos_t qos) {
  publish_packet made;
  made.topic = topic;
  made.payload = as_bytes(payload);
  made.qos = qos;
  return made;
}

inline ack_packet puback(std::uint16_t id, std::uint8_t reason = 0) {
  ack_packet made;
  made.type = packet_type::puback;
  made.packet_id = id;
  made.reason = reason;
  return made;
}

}  // namespace mqttkit::test
