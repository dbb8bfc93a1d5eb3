#include "mqtt-pub/sn_publisher.hpp"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <utility>

#include "common/duration_text.hpp"
#include "common/printable.hpp"
#include "io/failure_text.hpp"
#include "io/sn_words.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/sn/error.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

// What nobody acknowledges for so long, over reconnects, is not waited for any longer.
constexpr auto patience = 60s;
// The gateway's own end of the connection.
constexpr auto goodbye_patience = 5s;
constexpr auto hurried_patience = 250ms;

sn::client_options options_for(const pub_settings& settings) {
  sn::client_options made = sn_options_from(settings.client);
  made.session.predefined = settings.sn.predefined;
  made.session.maximum_datagram = settings.sn.max_packet;
  return made;
}

}  // namespace

sn_publisher::sn_publisher(runner& on, pub_settings settings, std::string payload,
                           const stderr_log& log)
    : runner_(on),
      settings_(std::move(settings)),
      log_(log),
      link_(on.executor(), options_for(settings_), log, settings_.debug),
      input_(on, settings_, std::move(payload), log, *this),
      changed_(on.executor()) {}

bool sn_publisher::is_over() const noexcept {
  return runner_.interrupted() != interruption::none || end_;
}

asio::awaitable<exit_code> sn_publisher::work() {
  if (settings_.sn.without_connection) {
    end_ = co_await link_.client().open();
  } else {
    end_ = co_await link_.connect(settings_.client.connect_timeout,
                                  settings_.client.first_connect_limit);
    was_connected_ = !end_;
    if (was_connected_) {
      is_pumping_ = true;
      asio::co_spawn(runner_.executor(), pump(), asio::detached);
    }
  }
  if (!end_ && !runner_.signalled()) co_await input_.run();
  if (settings_.sn.without_connection && !is_alone() && !end_) look_for_refusals();
  co_return co_await leave();
}

// ---- messages in

sn::admission sn_publisher::offer(const publish_packet& message, std::uint64_t number,
                                  std::error_code& error) {
  sn::publish_request asked;
  asked.topic = message.topic;
  if (asked.topic.empty() && !settings_.sn.topic_ids.empty())
    asked.predefined_id = settings_.sn.topic_ids.front();
  asked.payload = message.payload;
  asked.qos = settings_.sn.without_connection ? sn::qos_level::without_connection
                                              : static_cast<sn::qos_level>(message.qos);
  asked.retain = message.retain;
  const sn::admission answer =
      link_.client().protocol().publish(asked, number, error, sn::client::now());
  if (answer != sn::admission::accepted) return answer;
  ++accepted_;
  link_.client().flush();
  take_events();
  return answer;
}

// Whether one datagram is all there is. What the own machine turns away is worth another address
// then, or a word: see take().
bool sn_publisher::is_alone() const {
  return settings_.sn.without_connection && !has_several(settings_);
}

bool sn_publisher::try_take(const publish_packet& message, std::uint64_t number) {
  if (is_alone()) return false;
  std::error_code error;
  return offer(message, number, error) == sn::admission::accepted;
}

asio::awaitable<bool> sn_publisher::take(const publish_packet& message, std::uint64_t number) {
  for (;;) {
    std::error_code error;
    const sn::admission answer = offer(message, number, error);
    if (answer == sn::admission::accepted) {
      co_return !is_alone() || !is_refused_at_once(message);
    }
    if (is_over()) co_return false;
    if (answer == sn::admission::refused) {
      ++unsendable_;
      refuse(number, error == errc::packet_too_large
                         ? "larger than a datagram of " + std::to_string(settings_.sn.max_packet) +
                               " bytes; --sn-max-packet allows larger ones"
                         : error.message());
      co_return !is_over();
    }
    const std::error_code woken = co_await changed_.wait();
    if (woken || is_over()) co_return false;
  }
}

// At QoS -1 nothing comes back, but for what this machine itself knows: that nobody listens on a
// port of its own.
bool sn_publisher::is_refused_at_once(const publish_packet& message) {
  sn::client& client = link_.client();
  for (std::size_t tried = 1;; ++tried) {
    std::byte room[1];
    std::size_t size = 0;
    const std::error_code error = client.link().receive(room, size);
    if (error != asio::error::connection_refused) return false;
    const bool has_other = tried < client.link().address_count() && client.link().next_address();
    if (!has_other) {
      end_ = failure(stage::connack, client.link().peer(), error);
      return true;
    }
    --accepted_;
    --done_;
    std::error_code ignored;
    offer(message, 1, ignored);
  }
}

// Of many datagrams the first may have been turned away: then all were.
void sn_publisher::look_for_refusals() {
  std::byte room[1];
  std::size_t size = 0;
  const std::error_code error = link_.client().link().receive(room, size);
  if (error == asio::error::connection_refused)
    end_ = failure(stage::connack, link_.client().link().peer(), error);
}

// ---- the connection

asio::awaitable<void> sn_publisher::pump() {
  co_await turns();
  is_pumping_ = false;
  changed_.notify();
}

asio::awaitable<void> sn_publisher::turns() {
  while (!is_stopping_ && !end_) {
    const std::error_code error = co_await link_.client().turn();
    if (error == asio::error::operation_aborted) co_return;
    // A refusal is told to whoever sent last; the session sends again, and gives up in time.
    take_events();
    if (end_ && !is_stopping_ && has_several(settings_)) co_await reconnect();
    changed_.notify();
  }
}

// What is in flight stays so. False when it did not work.
asio::awaitable<bool> sn_publisher::reconnect() {
  const failure why = std::exchange(end_, failure());
  link_.lost(why);
  const auto begun = sn::client::now();
  failure again =
      co_await link_.connect(settings_.client.connect_timeout, std::chrono::milliseconds(patience));
  if (again) {
    ended(std::move(again));
    co_return false;
  }
  link_.returned(sn::client::now() - begun);
  co_return true;
}

void sn_publisher::ended(failure why) {
  if (!end_) end_ = std::move(why);
  if (!is_stopping_) changed_.notify();
}

void sn_publisher::take_events() {
  for (;;) {
    const sn::event& next_event = link_.client().next();
    if (std::holds_alternative<sn::need_more>(next_event)) return;
    if (const auto* const end = std::get_if<sn::delivered>(&next_event)) {
      if (end->code == sn::return_code::accepted && !end->error) {
        ++done_;
      } else {
        ++refused_;
        refuse(end->token, "refused by the gateway: " +
                               (end->error ? end->error.message() : describe_refusal(end->code)));
      }
      changed_.notify();
    } else if (const auto* const late = std::get_if<sn::refused>(&next_event)) {
      ++refused_later_;
      log_.say("publish: a message of QoS 0 to topic id " + std::to_string(late->topic_id) +
               " was refused by the gateway: " + describe_refusal(late->code));
    } else if (const auto* const busy = std::get_if<sn::congested>(&next_event)) {
      log_.say("the gateway is congested; " + std::string(to_string(busy->refused)) +
               " is sent again after " + duration_text(busy->wait));
    } else if (const auto* const last = std::get_if<sn::closed>(&next_event)) {
      if (last->error) {
        ended(failure(stage::session, link_.client().link().peer(), last->error,
                      std::string(to_string(last->unanswered))));
      } else {
        is_stopping_ = true;
      }
      changed_.notify();
    }
  }
}

void sn_publisher::refuse(std::uint64_t number, const std::string& why) {
  if (refused_ + unsendable_ <= refusals_told) {
    const std::string where =
        settings_.topic.empty() ? "publish: " : "publish to '" + printable(settings_.topic) + "': ";
    log_.say(where + input_.name_of(number) + why);
  }
  if (settings_.stops_at_refusal && input_.is_running()) runner_.interrupt(interruption::complete);
}

// ---- the end

asio::awaitable<bool> sn_publisher::drain() {
  while (unfinished() != 0) {
    const std::uint64_t before = unfinished();
    const std::error_code error = co_await changed_.wait_for(patience);
    if (is_over()) co_return false;
    if (error && unfinished() == before) co_return false;
  }
  co_return true;
}

asio::awaitable<void> sn_publisher::say_goodbye() {
  sn::client& client = link_.client();
  const auto limit = runner_.signalled() ? std::chrono::milliseconds(hurried_patience)
                                         : std::chrono::milliseconds(goodbye_patience);
  const auto until = sn::client::now() + limit;
  if (!end_ && !client.protocol().disconnect(sn::client::now())) {
    client.flush();
    client.wake();
    while (is_pumping_ && !is_stopping_ && sn::client::now() < until) {
      [[maybe_unused]] const auto ignored = co_await changed_.wait_for(until - sn::client::now());
    }
  }
  // The other coroutine is let go of.
  is_stopping_ = true;
  while (is_pumping_) {
    client.wake();
    [[maybe_unused]] const auto ignored = co_await changed_.wait_for(10ms);
  }
}

std::string sn_publisher::tally() const {
  const bool is_promised = may_promise(settings_) && !settings_.sn.without_connection;
  std::string text = count_of(done_, "message") + (is_promised ? " acknowledged" : " sent");
  const auto add = [&text](std::uint64_t count, std::string_view what) {
    if (count != 0) text.append(", ").append(std::to_string(count)).append(what);
  };
  add(refused_ + unsendable_ + refused_later_, " refused");
  add(unfinished(), " sent and not acknowledged");
  add(input_.left_out(), " not published");
  return text;
}

asio::awaitable<exit_code> sn_publisher::leave() {
  const bool drained = !runner_.signalled() && !end_ && co_await drain();
  const failure why = end_;
  if (was_connected_) co_await say_goodbye();
  const std::uint64_t refused = refused_ + unsendable_ + refused_later_;
  if (refused_ + unsendable_ > refusals_told)
    log_.say(std::to_string(refused_ + unsendable_ - refusals_told) +
             " more messages were refused");
  input_.say_remarks();
  if (runner_.signalled()) {
    const bool by_sigint = runner_.interrupted() == interruption::sigint;
    log_.say((by_sigint ? "interrupted: " : "terminated: ") + tally());
    co_return by_sigint ? exit_code::interrupted : exit_code::terminated;
  }
  if (why) {
    std::string line = describe_sn(why);
    if (accepted_ != 0 && (has_several(settings_) || unfinished() != 0)) line += "; " + tally();
    log_.say(line);
    co_return sn_exit_code(why);
  }
  if (!drained) {
    log_.say("the gateway did not acknowledge in time: " + tally());
    co_return exit_code::unacknowledged;
  }
  const bool has_left_out = input_.left_out() != 0;
  const bool is_single = accepted_ + unsendable_ + input_.left_out() <= 1;
  if (((refused != 0 || has_left_out) && !is_single) || wants_report(settings_)) log_.say(tally());
  if (input_.has_trouble() || has_left_out) co_return exit_code::input_failed;
  co_return refused != 0 ? exit_code::publish_refused : exit_code::done;
}

}  // namespace mqttkit::tools
