#include "mqttkit/client/client.hpp"

#include <algorithm>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <cstdint>
#include <span>
#include <utility>

#include "client/client_impl.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/printable.hpp"
#include "mqttkit/base/text.hpp"
#include "net/random.hpp"

namespace mqttkit {
namespace {

// How long disconnect() waits for the PUBREL of QoS 2 messages that were received: one round trip
// on a slow link.
constexpr std::chrono::seconds release_limit{2};

client_options completed(client_options options) {
  if (auto& websocket = options.dial.websocket; websocket && websocket->subprotocols.empty()) {
    websocket->subprotocols = websocket_subprotocols(options.session.version);
  }
  return options;
}

}  // namespace

std::string to_string(const failure& why) {
  std::string text = printable(why.subject);
  if (!text.empty()) text += ": ";
  text.append(to_string(why.at)).append(": ").append(printable(why.error.message()));
  if (why.reason != 0) {
    const bool is_connack = why.error == errc::connection_refused_by_broker;
    const auto name =
        reason_name(why.reason, is_connack ? packet_type::connack : packet_type::disconnect);
    text.append(": ").append(name).append(name.empty() ? "0x" : " (0x");
    append_hex(text, why.reason, letter_case::upper);
    if (!name.empty()) text += ')';
  }
  if (!why.detail.empty()) text.append(": ").append(printable(why.detail));
  return text;
}

namespace {

// std::random_device executes CPUID, which in a virtual machine takes longer than all of a publish.
// The random numbers only spread reconnects in time, so a seed of 1 will do.
std::uint32_t random_seed() noexcept {
  std::uint32_t seed = 0;
  return fill_random(std::as_writable_bytes(std::span(&seed, 1))) ? seed : 1;
}

}  // namespace

client::impl::impl(asio::any_io_executor on, client_options from, client_observer* tell)
    : executor(on),
      options(completed(std::move(from))),
      observer(tell),
      session(options.session),
      dial(options.dial),
      loops_done(on),
      write_wanted(on),
      clock_changed(on),
      last_words_said(on),
      random(random_seed()),
      read_on(on),
      message_ready(on),
      room(on),
      quiet(on),
      backoff_over(on) {}

client::client(asio::any_io_executor executor, client_options options, client_observer* observer)
    : impl_(std::make_shared<impl>(std::move(executor), std::move(options), observer)) {}

client::~client() {
  impl_->observer = nullptr;
  impl_->stop();
}

failure client::prepare() { return impl_->dial.prepare(); }

std::string client::impl::subject() const {
  const dial_options& to = options.dial;
  if (!to.unix_path.empty()) return "unix:" + to.unix_path;
  return host_and_port(to.host, to.port);
}

asio::awaitable<failure> client::impl::connect(std::shared_ptr<impl> self) {
  if (self->finished) co_return self->end;
  asio::co_spawn(
      self->executor, [self]() { return self->run(); },
      asio::bind_cancellation_slot(self->cancel_dial.slot(), asio::detached));
  while (!self->established && !self->finished) {
    if (const auto error = co_await self->quiet.wait()) {
      co_return failure(stage::connect, self->subject(), error);
    }
  }
  co_return self->established ? failure() : self->end;
}

admission client::impl::try_publish(const publish_packet& message, std::uint64_t token,
                                    std::error_code& error) {
  if (finished || leaving) {
    error = end.error ? end.error : make_error_code(errc::client_stopped);
    return admission::refused;
  }
  if (session.output_size() >= options.output_high_bytes) return admission::full;
  const admission taken = session.publish(message, token, error);
  if (taken == admission::accepted) {
    if (!writing && !publishers_run) write_wanted.notify();
    if (message.qos == qos_t::at_most_once) {
      unproven = true;
    } else {
      read_on_for_answer();
    }
  }
  return taken;
}

asio::awaitable<std::error_code> client::impl::writable(std::shared_ptr<impl> self) {
  for (;;) {
    if (self->finished) co_return self->end.error;
    if (self->session.is_connected() && !self->session.window_full() &&
        self->session.output_size() < self->options.output_high_bytes) {
      co_return std::error_code();
    }
    if (const auto error = co_await self->room.wait()) co_return error;
    if (self->is_stuck) co_return errc::messages_not_taken;
  }
}

asio::awaitable<result<receipt>> client::impl::publish(std::shared_ptr<impl> self,
                                                       publish_packet message) {
  impl::answer mine(self->executor);
  const std::uint64_t token = self->next_token++;
  for (;;) {
    std::error_code error;
    const admission answer = self->try_publish(message, token, error);
    if (answer == admission::accepted) break;
    if (answer == admission::refused) co_return error;
    error = co_await self->room.wait();
    if (error) co_return error;
    if (self->is_stuck) co_return errc::messages_not_taken;
  }
  if (message.qos == qos_t::at_most_once) {
    while (self->session.output_size() != 0 || self->writing) {
      if (self->finished) co_return self->end.error;
      if (!self->session.is_connected()) co_return errc::connection_closed;
      if (const auto error = co_await self->quiet.wait()) co_return error;
    }
    co_return receipt();
  }
  self->answers.emplace(token, &mine);
  const auto waited = co_await mine.arrived.wait();
  self->answers.erase(token);
  if (!mine.done) co_return waited ? waited : self->end.error;
  if (mine.error) co_return mine.error;
  receipt got;
  got.reason = mine.codes.front();
  got.with = std::move(mine.with);
  co_return got;
}

asio::awaitable<std::error_code> client::impl::settled(std::shared_ptr<impl> self,
                                                       std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (self->session.inflight() != 0 || self->session.pending_requests() != 0 ||
         self->session.output_size() != 0 || self->writing) {
    if (self->finished) co_return self->end.error;
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) co_return errc::step_timeout;
    const auto error = co_await self->quiet.wait_for(left);
    if (error && error != asio::error::timed_out) co_return error;
  }
  co_return std::error_code();
}

asio::awaitable<result<grant>> client::impl::request(std::shared_ptr<impl> self, bool subscribing,
                                                     std::span<const subscription> filters,
                                                     properties_view with) {
  if (self->finished) co_return self->end.error;
  answer mine(self->executor);
  const std::uint64_t token = self->next_token++;
  const auto refused = subscribing ? self->session.subscribe(filters, with, token)
                                   : self->session.unsubscribe(filters, with, token);
  if (refused) co_return refused;
  self->write_wanted.notify();
  self->read_on_for_answer();
  self->answers.emplace(token, &mine);
  const auto waited = co_await mine.arrived.wait();
  self->answers.erase(token);
  if (!mine.done) co_return waited ? waited : self->end.error;
  if (mine.error) co_return mine.error;
  if (subscribing) {
    self->remember(filters, with, mine.codes);
  } else {
    self->forget(filters);
  }
  grant got;
  got.codes = std::move(mine.codes);
  got.with = std::move(mine.with);
  co_return got;
}

// The filter lives in this coroutine: who starts it need not keep it.
asio::awaitable<result<grant>> client::impl::request_one(std::shared_ptr<impl> self,
                                                         bool subscribing, subscription filter,
                                                         properties_view with) {
  const std::span<const subscription> filters(&filter, 1);
  co_return co_await request(std::move(self), subscribing, filters, with);
}

void client::impl::remember(std::span<const subscription> filters, properties_view with,
                            const std::vector<std::uint8_t>& codes) {
  for (std::size_t i = 0; i < filters.size(); ++i) {
    if (i < codes.size() && is_failure(codes[i])) continue;
    std::erase_if(subscriptions,
                  [&](const auto& held) { return held.filter == filters[i].filter; });
    subscriptions.push_back({std::string(filters[i].filter), filters[i], properties(with)});
  }
}

void client::impl::forget(std::span<const subscription> filters) {
  for (const subscription& gone : filters) {
    std::erase_if(subscriptions, [&](const auto& held) { return held.filter == gone.filter; });
  }
}

void client::impl::ask_again() {
  for (const held_subscription& held : subscriptions) {
    subscription wanted = held.options;
    wanted.filter = held.filter;
    const std::uint64_t token = next_token++;
    if (session.subscribe({&wanted, 1}, held.with, token)) continue;
    asked_again.emplace(token, held.filter);
  }
}

const message_received* client::impl::try_receive() {
  switch (message_state) {
    case impl::hand::offered:
      if (draining) return nullptr;
      is_stuck = false;
      message_state = impl::hand::taken;
      return &offered;
    case impl::hand::taken:
      message_state = impl::hand::empty;
      if (draining) return nullptr;
      pump();
      is_stuck = false;
      if (session.output_size() != 0 && !writing) write_wanted.notify();
      // Once the bound was reached, reading goes on when half of it is free, not message by
      // message.
      if (reading_held && session.waiting_bytes() <= options.waiting_high_bytes / 2 &&
          session.waiting_messages() <= options.waiting_high_messages / 2) {
        read_on.notify();
      }
      if (message_state == impl::hand::offered) {
        message_state = impl::hand::taken;
        return &offered;
      }
      read_on.notify();
      return nullptr;
    case impl::hand::empty:
      return nullptr;
  }
  return nullptr;
}

asio::awaitable<std::error_code> client::impl::readable(std::shared_ptr<impl> self) {
  for (;;) {
    if (self->draining) co_return errc::client_stopped;
    if (self->message_state != impl::hand::empty) co_return std::error_code();
    if (self->finished) co_return self->end.error;
    if (const auto error = co_await self->message_ready.wait()) co_return error;
  }
}

asio::awaitable<result<message_received>> client::impl::receive(std::shared_ptr<impl> self) {
  for (;;) {
    if (const message_received* const got = self->try_receive()) co_return *got;
    if (const auto error = co_await readable(self)) co_return error;
  }
}

void client::settle() {
  // The message on offer was pulled from the session, and the consumer did not take it yet.
  if (impl_->message_state == impl::hand::offered) {
    impl_->session.settle_previous();
  } else {
    impl_->session.settle();
  }
  if (impl_->session.output_size() != 0 && !impl_->writing) impl_->write_wanted.notify();
  if (impl_->reading_held) impl_->read_on.notify();
}

std::size_t client::waiting() const noexcept {
  return impl_->session.waiting_messages() +
         (impl_->message_state == impl::hand::offered ? std::size_t{1} : std::size_t{0});
}

std::chrono::system_clock::time_point client::arrived() const noexcept { return impl_->arrived; }

asio::awaitable<void> client::impl::released(std::chrono::steady_clock::time_point until) {
  const auto self = shared_from_this();
  until = std::min(until, std::chrono::steady_clock::now() + release_limit);
  while (link_stands && !finished &&
         (session.unreleased() != 0 || session.output_size() != 0 || writing)) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) co_return;
    const auto error = co_await quiet.wait_for(left);
    if (error && error != asio::error::timed_out) co_return;
  }
}

// Whether DISCONNECT has to wait for something. A few bytes that need no answer leave in one write
// with it.
bool client::impl::waits_for_goodbye() const {
  constexpr std::size_t few = 16 * 1024;
  return without_goodbye || writing || session.output_size() > few || session.inflight() != 0 ||
         session.pending_requests() != 0 || session.unreleased() != 0;
}

asio::awaitable<failure> client::impl::disconnect(std::shared_ptr<impl> self,
                                                  std::chrono::milliseconds limit,
                                                  std::uint8_t reason, properties_view with) {
  if (self->finished) co_return self->end;
  const auto until = std::chrono::steady_clock::now() + limit;
  // The consumer is done with what it took last. Messages it did not take are dropped, and not
  // acknowledged: answers that are still owed may stand behind them.
  if (self->options.session.acknowledge == ack_policy::on_next &&
      self->message_state != impl::hand::offered) {
    self->session.settle();
    self->write_wanted.notify();
  }
  self->session.withhold();
  self->draining = true;
  self->message_ready.notify_all();
  self->read_on.notify();
  if (!self->link_stands) {  // between two links: there is nobody to say goodbye to
    const bool is_settled = self->session.inflight() == 0;
    self->stop();
    co_return failure(stage::session, self->subject(),
                      is_settled ? errc::not_connected : errc::step_timeout);
  }
  std::error_code unsettled;
  if (self->waits_for_goodbye()) {
    unsettled = co_await settled(self, limit);
    if (self->finished) co_return self->end;
    if (!unsettled) co_await self->released(until);
    if (self->finished) co_return self->end;
  }
  failure outcome;
  if (unsettled) outcome = failure(stage::session, self->subject(), unsettled);
  if (self->without_goodbye) {
    // Nothing is said.
  } else if (const auto error = self->session.disconnect(reason, with)) {
    outcome = failure(stage::session, self->subject(), error);
  }
  self->leaving = true;
  self->leave_by = std::max(until, std::chrono::steady_clock::now() + hang_up_limit);
  self->read_on.notify();
  self->write_wanted.notify();
  while (!self->finished) {
    const auto left = self->leave_by + hang_up_limit - std::chrono::steady_clock::now();
    const auto error = co_await self->quiet.wait_for(left);
    if (error && !self->finished) {
      if (!outcome) outcome = failure(stage::session, self->subject(), errc::step_timeout);
      self->stop();
    }
  }
  if (!outcome && self->end.error != errc::client_stopped) outcome = self->end;
  co_return outcome;
}

void client::impl::stop() {
  stopping = true;
  if (finished) return;
  if (link && !link_broken) {
    break_link(failure(stage::session, subject(), errc::client_stopped));
  }
  message_state = hand::empty;
  // Everything that waits is woken, also what will only go on waiting: an executor that is
  // destroyed without running again then destroys the coroutines, too.
  for (wakeup* const each :
       {&read_on, &write_wanted, &clock_changed, &last_words_said, &loops_done, &backoff_over}) {
    each->notify();
  }
  if (dialing) cancel_dial.emit(asio::cancellation_type::terminal);
  finish(failure(stage::session, subject(), errc::client_stopped));
}

// Nothing follows: everybody who waits is told.
void client::impl::finish(failure why) {
  if (finished) return;
  finished = true;
  end = std::move(why);
  for (auto& [token, waiting] : answers) waiting->arrived.notify();
  room.notify_all();
  quiet.notify_all();
  message_ready.notify_all();
}

// The public face. Coroutines get the state by value: a coroutine runs its first line only when it
// is resumed, and by then the client may be gone.
asio::awaitable<failure> client::connect() { return impl::connect(impl_); }

admission client::try_publish(const publish_packet& message, std::uint64_t token,
                              std::error_code& error) {
  return impl_->try_publish(message, token, error);
}

asio::awaitable<std::error_code> client::writable() { return impl::writable(impl_); }

asio::awaitable<result<receipt>> client::publish(publish_packet message) {
  return impl::publish(impl_, message);
}

asio::awaitable<result<receipt>> client::publish(std::string_view topic, std::string_view payload,
                                                 qos_t qos, bool retain) {
  publish_packet message;
  message.topic = topic;
  message.payload = as_bytes(payload);
  message.qos = qos;
  message.retain = retain;
  return impl::publish(impl_, message);
}

asio::awaitable<std::error_code> client::settled(std::chrono::milliseconds limit) {
  return impl::settled(impl_, limit);
}

asio::awaitable<result<grant>> client::subscribe(std::span<const subscription> filters,
                                                 properties_view with) {
  return impl::request(impl_, true, filters, with);
}

asio::awaitable<result<grant>> client::unsubscribe(std::span<const subscription> filters,
                                                   properties_view with) {
  return impl::request(impl_, false, filters, with);
}

asio::awaitable<result<grant>> client::subscribe(subscription filter, properties_view with) {
  return impl::request_one(impl_, true, filter, with);
}

asio::awaitable<result<grant>> client::unsubscribe(subscription filter, properties_view with) {
  return impl::request_one(impl_, false, filter, with);
}

const message_received* client::try_receive() { return impl_->try_receive(); }

asio::awaitable<std::error_code> client::readable() { return impl::readable(impl_); }

asio::awaitable<result<message_received>> client::receive() { return impl::receive(impl_); }

asio::awaitable<failure> client::disconnect(std::chrono::milliseconds limit, std::uint8_t reason,
                                            properties_view with) {
  return impl::disconnect(impl_, limit, reason, with);
}

asio::awaitable<failure> client::hang_up(std::chrono::milliseconds limit) {
  impl_->without_goodbye = true;
  return impl::disconnect(impl_, limit, 0, {});
}

void client::stop() { impl_->stop(); }

const failure& client::ended() const noexcept { return impl_->end; }
const session& client::protocol() const noexcept { return impl_->session; }
void client::set_trace(session::trace_function trace) {
  impl_->session.set_trace(std::move(trace));
}

}  // namespace mqttkit
