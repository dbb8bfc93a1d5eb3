// A session and a gateway with a network between them that loses, doubles or delays one datagram:
// each of them, one after the other, in each direction.
#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "mqttkit/sn/session.hpp"
#include "support/sn_gateway.hpp"

namespace mqttkit::sn {
namespace {

using namespace std::chrono_literals;
using mqttkit::testing::sn_connect;
using mqttkit::testing::sn_gateway_client;
using mqttkit::testing::sn_gateway_options;
using mqttkit::testing::sn_message;
using mqttkit::testing::sn_upstream;

/// A broker that takes everything.
struct noting_upstream : sn_upstream {
  void connect(const sn_connect& with, std::function<void(bool)> answer) override {
    last = with;
    answer(true);
  }
  void publish(const sn_message& message, std::function<void(bool)> answer) override {
    published.push_back(message.payload);
    answer(true);
  }
  void subscribe(const std::string& filter, int, std::function<void(bool)> answer) override {
    filters.push_back(filter);
    answer(true);
  }
  void unsubscribe(const std::string&, std::function<void()> answer) override { answer(); }
  void disconnect(bool) override { ++ends; }

  sn_connect last;
  std::vector<std::string> published;
  std::vector<std::string> filters;
  int ends = 0;
};

enum class fault { none, lost, doubled, reordered };

/// Everything a client does, over a network with one fault.
class story {
 public:
  story(fault what, std::size_t where) : fault_(what), where_(where) {}

  void play() {
    session_options options;
    options.client_id = "abc";
    options.clean_session = true;
    options.will.emplace();
    options.will->topic = "w/t";
    options.will->payload = "gone";
    options.retry_time = 1'000ms;
    client_.emplace(options);
    gateway_.emplace(sn_gateway_options{}, broker);

    REQUIRE_FALSE(client_->start(now_));
    until([this] { return client_->state() == session_state::active; });
    REQUIRE_FALSE(client_->subscribe({"in/#", 0, qos_level::exactly_once}, 100, now_));
    until([this] { return client_->pending_requests() == 0; });
    std::uint64_t token = 0;
    for (const char* topic : {"out/a", "xy", "out/b"}) {
      for (const qos_level qos :
           {qos_level::at_least_once, qos_level::exactly_once, qos_level::exactly_once}) {
        publish_request request;
        const std::string payload = std::to_string(++token);
        request.topic = topic;
        request.payload = as_bytes(payload);
        request.qos = qos;
        qos_of[payload] = qos;
        std::error_code error;
        REQUIRE(client_->publish(request, token, error, now_) == admission::accepted);
        until([this] { return !client_->is_publishing(); });
        CHECK(tokens.back() == token);
      }
    }
    for (const int qos : {2, 1, 2}) {
      gateway_->deliver(
          {"in/" + std::to_string(qos), "to you " + std::to_string(++to_us), qos, false}, now_);
    }
    until([this] { return received.size() >= 3; });
    settle_down();
    REQUIRE_FALSE(client_->sleep(30s, now_));
    until([this] { return client_->state() == session_state::asleep; });
    gateway_->deliver({"in/late", "to you " + std::to_string(++to_us), 2, false}, now_);
    until([this] { return received.size() >= 4 && client_->state() == session_state::asleep; });
    REQUIRE_FALSE(client_->start(now_));
    until([this] { return client_->state() == session_state::active; });
    REQUIRE_FALSE(client_->disconnect(now_));
    until([this] { return client_->state() == session_state::disconnected; });
  }

  std::size_t datagrams() const { return carried_; }

  noting_upstream broker;
  std::vector<std::uint64_t> tokens;
  std::vector<std::string> received;
  std::map<std::string, qos_level> qos_of;
  int to_us = 0;
  bool is_stuck = false;

 private:
  struct packet {
    std::vector<std::byte> bytes;
    bool to_gateway;
  };

  // The network: what is handed to it goes through, but for the one at where_.
  void carry(bytes_view datagram, bool to_gateway) {
    packet made{{datagram.begin(), datagram.end()}, to_gateway};
    const bool is_hit = carried_++ == where_;
    if (is_hit && fault_ == fault::lost) return;
    if (is_hit && fault_ == fault::reordered) {
      late_ = std::move(made);
      return;
    }
    wire_.push_back(made);
    if (is_hit && fault_ == fault::doubled) wire_.push_back(made);
    if (late_) {  // behind the next one of either side
      wire_.push_back(std::move(*late_));
      late_.reset();
    }
  }

  void take_events() {
    for (;;) {
      const event& next = client_->next(now_);
      if (std::holds_alternative<need_more>(next)) return;
      if (const auto* got = std::get_if<delivered>(&next)) {
        CHECK(got->code == return_code::accepted);
        tokens.push_back(got->token);
      } else if (const auto* message = std::get_if<message_received>(&next)) {
        CHECK(message->topic.substr(0, 3) == "in/");
        received.emplace_back(as_text(message->message.payload));
      } else if (const auto* answer = std::get_if<subscribed>(&next)) {
        CHECK(answer->code == return_code::accepted);
      } else if (const auto* end = std::get_if<closed>(&next)) {
        CHECK_FALSE(end->error);
      }
    }
  }

  bool exchange() {
    bool moved = false;
    while (!client_->output().empty()) {
      carry(client_->output(), true);
      client_->written(now_);
      moved = true;
    }
    while (!gateway_->output.empty()) {
      carry(gateway_->output.front(), false);
      gateway_->output.pop_front();
      moved = true;
    }
    while (!wire_.empty()) {
      const packet made = std::move(wire_.front());
      wire_.pop_front();
      moved = true;
      if (made.to_gateway) {
        gateway_->feed(made.bytes, now_);
      } else {
        client_->feed(made.bytes, now_);
      }
      take_events();
    }
    return moved;
  }

  void until(const std::function<bool()>& done) {
    for (int i = 0; i < 500; ++i) {
      if (exchange()) continue;
      take_events();
      if (done()) return;
      now_ += 100ms;
      if (client_->deadline() <= now_) client_->expire(now_);
      if (gateway_->deadline() <= now_) gateway_->expire(now_);
    }
    is_stuck = true;
    FAIL("stuck in state " << static_cast<int>(client_->state()) << " after " << carried_);
  }

  // Until nothing is outstanding on either side.
  void settle_down() {
    for (int i = 0; i < 30; ++i) {
      while (exchange()) {
      }
      now_ += 100ms;
      if (gateway_->deadline() <= now_) gateway_->expire(now_);
      if (client_->deadline() <= now_) client_->expire(now_);
    }
  }

  fault fault_;
  std::size_t where_;
  std::size_t carried_ = 0;
  time_point now_{1h};
  std::optional<session> client_;
  std::optional<sn_gateway_client> gateway_;
  std::deque<packet> wire_;
  std::optional<packet> late_;
};

void check(const story& told) {
  CHECK(told.tokens.size() == 9);
  CHECK(told.broker.last.will_topic == "w/t");
  CHECK(told.broker.last.will_payload == "gone");
  CHECK(told.broker.ends == 1);
  // Everything arrived, in order, QoS 2 once.
  for (std::size_t i = 1; i <= 9; ++i) {
    const std::string payload = std::to_string(i);
    const auto count =
        std::count(told.broker.published.begin(), told.broker.published.end(), payload);
    CAPTURE(payload);
    CHECK(count >= 1);
    if (told.qos_of.at(payload) == qos_level::exactly_once) CHECK(count == 1);
  }
  for (int i = 1; i <= 4; ++i) {
    const std::string payload = "to you " + std::to_string(i);
    const auto count = std::count(told.received.begin(), told.received.end(), payload);
    CAPTURE(payload);
    CHECK(count >= 1);
    if (i != 2) CHECK(count == 1);
  }
}

}  // namespace

TEST_CASE("a story without faults has no datagram too many") {
  story told(fault::none, 0);
  told.play();
  check(told);
  CHECK(told.datagrams() < 90);
}

TEST_CASE("any one datagram lost, doubled or late: QoS 1 arrives, QoS 2 once") {
  story whole(fault::none, 0);
  whole.play();
  for (const fault what : {fault::lost, fault::doubled, fault::reordered}) {
    for (std::size_t at = 0; at < whole.datagrams(); ++at) {
      CAPTURE(static_cast<int>(what));
      CAPTURE(at);
      story told(what, at);
      told.play();
      check(told);
    }
  }
}

}  // namespace mqttkit::sn
