#include "mqttkit/client/sn_client.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <utility>

#include "mqttkit/base/error.hpp"
#include "mqttkit/sn/error.hpp"

namespace mqttkit::sn {
namespace {

// The largest that fits a UDP datagram; cut ones are malformed, and dropped.
constexpr std::size_t largest_datagram = 65'535;

bool is_refusal(std::error_code error) { return error == asio::error::connection_refused; }

}  // namespace

client::client(asio::any_io_executor executor, client_options options, dial_observer* observer)
    : options_(std::move(options)),
      session_(options_.session),
      link_(std::move(executor)),
      observer_(observer),
      room_(largest_datagram) {}

asio::awaitable<failure> client::open() {
  has_heard_ = false;
  refusals_ = 0;
  trouble_ = {};
  failure why = co_await link_.open(options_.dial, observer_);
  is_open_ = !why;
  co_return why;
}

// Another address of the name, with CONNECT once more; false when all of them refused.
bool client::try_another() {
  ++refusals_;
  if (has_heard_ || refusals_ >= link_.address_count() || !link_.next_address()) return false;
  return !session_.start(now());
}

asio::awaitable<failure> client::connect(std::chrono::milliseconds limit) {
  if (!is_open_) {
    failure why = co_await open();
    if (why) co_return why;
  }
  const time_point give_up_at = limit.count() != 0 ? now() + limit : time_point::max();
  if (const std::error_code error = session_.start(now())) {
    co_return failure(stage::set_up, link_.peer(), error);
  }
  repeats_seen_ = session_.retransmissions();
  for (;;) {
    const std::error_code error = co_await turn(give_up_at);
    if (is_refusal(error)) {
      if (try_another()) continue;
      session_.stop();
      co_return failure(stage::connack, link_.peer(), error);
    }
    if (error == asio::error::timed_out) {
      session_.stop();
      co_return failure(stage::connack, link_.peer(), mqttkit::errc::step_timeout);
    }
    if (error) co_return failure(stage::connack, link_.peer(), error);
    for (;;) {
      const event& next_event = next();
      if (std::holds_alternative<need_more>(next_event)) break;
      if (std::holds_alternative<connected>(next_event)) co_return failure();
      if (const auto* const end = std::get_if<closed>(&next_event)) {
        failure why(stage::connack, link_.peer(), end->error);
        why.reason = static_cast<std::uint8_t>(end->code);
        co_return why;
      }
      if (std::holds_alternative<congested>(next_event)) {
        session_.stop();
        failure why(stage::connack, link_.peer(), errc::not_accepted);
        why.reason = static_cast<std::uint8_t>(return_code::congestion);
        co_return why;
      }
    }
  }
}

void client::set_peer(std::string host, std::uint16_t port) {
  options_.dial.host = std::move(host);
  options_.dial.port = port;
  is_open_ = false;
}

void client::flush() {
  while (!session_.output().empty()) {
    const std::error_code error = link_.send(session_.output());
    if (error == asio::error::would_block || error == asio::error::try_again) return;
    if (error) trouble_ = error;
    // A refusal is of a datagram before, and kept this one back.
    if (is_refusal(error)) static_cast<void>(link_.send(session_.output()));
    session_.written(now());
  }
  // What another coroutine asked for has a deadline of its own.
  if (session_.deadline() < waits_until_) link_.wake();
}

bool client::read_one() {
  std::size_t size = 0;
  const std::error_code error = link_.receive(room_, size);
  if (error == asio::error::would_block || error == asio::error::try_again) return false;
  if (error) {
    trouble_ = error;
    return false;
  }
  has_heard_ = true;
  trouble_ = {};
  arrived_ = std::chrono::system_clock::now();
  session_.feed(bytes_view(room_).first(size), now());
  return true;
}

asio::awaitable<std::error_code> client::turn(time_point until) {
  // Somebody may be to send while the socket takes nothing: rare, and soon over.
  constexpr std::chrono::milliseconds send_again{20};
  for (;;) {
    flush();
    if (read_one()) co_return std::error_code();
    if (trouble_) co_return std::exchange(trouble_, {});
    time_point wake_at = std::min(session_.deadline(), until);
    if (!session_.output().empty()) wake_at = std::min(wake_at, now() + send_again);
    waits_until_ = wake_at;
    const std::error_code error = co_await link_.wait(wake_at);
    waits_until_ = time_point::min();
    if (error == asio::error::operation_aborted) co_return error;
    if (error == asio::error::timed_out) {
      if (session_.deadline() <= now()) {
        session_.expire(now());
        const bool is_silent = !has_heard_ && session_.retransmissions() != repeats_seen_;
        repeats_seen_ = session_.retransmissions();
        if (is_silent) link_.next_address();
        flush();
        co_return std::error_code();
      }
      if (until <= now()) co_return error;
      continue;
    }
    if (read_one()) co_return std::error_code();
    if (trouble_) co_return std::exchange(trouble_, {});
    co_return std::error_code();
  }
}

}  // namespace mqttkit::sn
