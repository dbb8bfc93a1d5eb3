#include "mqtt-doctor/probes/gateway/gateway_client.hpp"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <utility>
#include <variant>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/sn/codec.hpp"
#include "mqttkit/sn/error.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_messages = 64;  // others may publish much on the user's topic
constexpr std::size_t kept_bytes = 64;     // of a datagram that is no gateway's

/// Whether only clients send messages of this type.
bool is_of_client(sn::message_type type) {
  using kind = sn::message_type;
  return type == kind::connect || type == kind::searchgw || type == kind::subscribe ||
         type == kind::unsubscribe || type == kind::willtopic || type == kind::willmsg ||
         type == kind::pingreq || type == kind::encapsulated;
}

/// The return code of an answer; 0 for one that has none.
int code_of(const sn::message& any) {
  return std::visit(
      [](const auto& read) {
        if constexpr (requires { read.code; }) return static_cast<int>(read.code);
        return 0;
      },
      any);
}

}  // namespace

gateway_client::gateway_client(const sn::client_options& options)
    : client_(loop_.get_executor(), options) {
  client_.protocol().set_trace(
      [this](bool is_outgoing, bytes_view datagram) { trace(is_outgoing, datagram); });
}

gateway_client::~gateway_client() {
  if (!is_ended_) say_goodbye(probe::clock::now());
}

void gateway_client::trace(bool is_outgoing, bytes_view datagram) {
  sn::message any;
  const bool is_message = !sn::decode(datagram, any);
  if (is_outgoing) {
    sent_.assign(as_text(datagram));
    if (is_message && std::holds_alternative<sn::connect_message>(any)) ++connects_;
    return;
  }
  const bool is_back = as_text(datagram) == sent_;
  if (!is_message || is_back || is_of_client(sn::type_of(any))) {
    is_echo_ = is_echo_ || is_back;
    if (strange_.empty())
      strange_.assign(as_text(datagram.first(std::min(datagram.size(), kept_bytes))));
    return;
  }
  answers_[sn::type_of(any)] = code_of(any);
}

std::error_code gateway_client::turn(probe::deadline until) {
  std::error_code out;
  bool is_done = false;
  auto one_turn = [&]() -> asio::awaitable<void> {
    out = co_await client_.turn(until);
    is_done = true;
  };
  asio::co_spawn(loop_, one_turn(), asio::detached);
  loop_.restart();
  // run() would wait for the socket, whose wait may outlast this turn.
  while (!is_done) loop_.run_one();
  pull_events();
  return out;
}

void gateway_client::pull_events() {
  for (;;) {
    const sn::event& what = client_.next();
    if (std::holds_alternative<sn::need_more>(what)) return;
    if (const auto* const came = std::get_if<sn::message_received>(&what)) {
      if (messages_.size() < most_messages)
        messages_.push_back({std::string(came->topic), std::string(as_text(came->message.payload)),
                             client_.protocol().state() == sn::session_state::asleep});
    } else if (const auto* const will = std::get_if<sn::will_updated>(&what)) {
      will_code_ = static_cast<int>(will->code);
    } else if (const auto* const end = std::get_if<sn::closed>(&what)) {
      is_ended_ = true;
      if (end->error == sn::errc::disconnected_by_gateway)
        ended_ms_ = probe::elapsed_ms(connected_);
    }
  }
}

template <class Condition>
bool gateway_client::wait(Condition is_met, probe::deadline until) {
  while (!is_met()) {
    if (is_ended_ || probe::clock::now() >= until) return false;
    const std::error_code error = turn(until);
    // A refusal concerns the datagram before; the session sends it again.
    if (error && error != asio::error::timed_out && error != asio::error::connection_refused)
      return is_met();
  }
  return true;
}

failure gateway_client::connect(std::chrono::milliseconds limit) {
  failure why;
  bool is_done = false;
  auto all = [&]() -> asio::awaitable<void> {
    why = co_await client_.connect(limit);
    is_done = true;
  };
  asio::co_spawn(loop_, all(), asio::detached);
  loop_.restart();
  while (!is_done) loop_.run_one();
  connected_ = probe::clock::now();
  if (why) is_ended_ = true;
  was_will_asked_ = answer(sn::message_type::willtopicreq) >= 0;
  was_turned_away_ = why && answer(sn::message_type::disconnect) >= 0;
  return why;
}

int gateway_client::subscribe(const std::string& filter, probe::deadline until) {
  answers_.erase(sn::message_type::suback);
  sn::subscribe_request request;
  request.filter = filter;
  request.qos = sn::qos_level::at_least_once;
  if (client_.protocol().subscribe(request, ++token_, client_.now())) return -1;
  wait([&] { return answer(sn::message_type::suback) >= 0; }, until);
  return answer(sn::message_type::suback);
}

int gateway_client::publish(const std::string& topic, const std::string& payload, int& regack,
                            probe::deadline until) {
  answers_.erase(sn::message_type::puback);
  answers_.erase(sn::message_type::regack);
  sn::publish_request request;
  request.topic = topic;
  request.payload = as_bytes(payload);
  request.qos = sn::qos_level::at_least_once;
  std::error_code error;
  if (client_.protocol().publish(request, ++token_, error, client_.now()) !=
      sn::admission::accepted)
    return -1;
  wait(
      [&] { return answer(sn::message_type::puback) >= 0 || answer(sn::message_type::regack) > 0; },
      until);
  regack = answer(sn::message_type::regack);
  return answer(sn::message_type::puback);
}

bool gateway_client::sleep(std::chrono::seconds duration, probe::deadline until) {
  // Messages received last are acknowledged before anything else is sent.
  pull_events();
  if (client_.protocol().sleep(duration, client_.now())) return false;
  return wait([&] { return client_.protocol().state() == sn::session_state::asleep; }, until);
}

bool gateway_client::wake(probe::deadline until) {
  answers_.erase(sn::message_type::pingresp);
  if (client_.protocol().wake(client_.now())) return false;
  return wait([&] { return answer(sn::message_type::pingresp) >= 0; }, until);
}

bool gateway_client::await(const std::string& payload, probe::deadline until) {
  return wait([&] { return find(payload) != nullptr; }, until);
}

const gateway_client::message* gateway_client::find(const std::string& payload) const {
  for (const message& came : messages_) {
    if (came.payload == payload) return &came;
  }
  return nullptr;
}

int gateway_client::delete_will(probe::deadline until) {
  will_code_ = -1;
  if (client_.protocol().update_will(std::nullopt, client_.now())) return -1;
  wait([&] { return will_code_ >= 0; }, until);
  return will_code_;
}

void gateway_client::say_goodbye(probe::deadline until) {
  if (is_ended_) return;
  if (!client_.protocol().disconnect(client_.now())) {
    client_.flush();
    wait([] { return false; }, until);
  }
  is_ended_ = true;
}

}  // namespace mqttkit::doctor
