// The loops of a client: run() makes links one after the other; a link is read, written and timed
// by three loops that end together. A loop never throws: it reports through break_link() and
// returns.
#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <utility>

#include "client/client_impl.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/client/retry.hpp"

namespace mqttkit {
namespace {

using clock = std::chrono::steady_clock;

// How long the broker may take to close after our DISCONNECT when QoS 0 messages went out. It
// normally does at once; the wait proves that it read them, which nothing else does.
constexpr std::chrono::milliseconds goodbye_limit{1000};

// A broker that is being started is asked for at least this often (retry_first_connect with a
// limit).
constexpr std::chrono::milliseconds awaited_pause{1000};
// When the time is up one last attempt is made, which gets this long. How an attempt with less than
// shortest_attempt failed says nothing of the broker: the failure before it is reported.
constexpr std::chrono::milliseconds last_attempt{100};
constexpr std::chrono::milliseconds shortest_attempt{1000};

// What a steady stream queues is written as a whole; only single messages are larger than this.
constexpr std::size_t large_bytes = 1u << 20;
constexpr std::size_t piece_bytes = 256u << 10;

// Four bytes for each packet identifier in each direction. A broker that makes us owe it more
// acknowledgements than that asks without reading the answers.
constexpr std::size_t owed_high_bytes = 512u << 10;

}  // namespace

asio::awaitable<void> client::impl::run() {
  const auto self = shared_from_this();
  co_await asio::this_coro::throw_if_cancelled(false);
  unsigned attempt = 0;
  unsigned futile = 0;
  first_connect_by = options.retry_first_connect && options.first_connect_limit.count() != 0
                         ? clock::now() + options.first_connect_limit
                         : clock::time_point::max();
  failure earlier;
  for (;;) {
    const std::chrono::milliseconds limit = link_limit();
    failure why = co_await one_link(limit);
    const auto now = clock::now();
    const bool stood = link_stands;
    link_stands = false;
    session.transport_down();
    link.reset();
    if (stopping || leaving) {
      // Where everything was acknowledged any end is a good one. QoS 0 messages are known to be
      // read only when the broker closes in order.
      if (stopping || !unproven || why.error == asio::error::eof) {
        why = failure(stage::session, subject(), errc::client_stopped);
      }
      finish(std::move(why));
      co_return;
    }
    if (stood) {
      lost_at = now;
      if (moved || now - link_since >= options.backoff.stable_after) attempt = 0;
      futile = progress || session.inflight() == 0 ? 0 : futile + 1;
    }
    const bool is_awaited = !established && first_connect_by != clock::time_point::max();
    const bool wanted =
        established ? options.reconnect : options.retry_first_connect && now < first_connect_by;
    const bool again = wanted && !draining && futile < options.futile_links &&
                       may_retry(why, established || is_awaited);
    const auto wait = again ? next_wait(attempt++, is_awaited) : std::chrono::milliseconds(0);
    // Our own limit cut the last attempt short, so it says nothing of the broker.
    const bool is_cut_short =
        is_awaited && limit < shortest_attempt &&
        (why.error == errc::step_timeout || why.error == errc::connack_timeout);
    if (is_cut_short && earlier) why = earlier;
    earlier = why;
    if (observer != nullptr && (established || again)) observer->link_down(why, again, wait);
    if (!again) {
      finish(std::move(why));
      co_return;
    }
    quiet.notify_all();
    co_await backoff_over.wait_for(wait);
    if (stopping || finished) {
      finish(failure(stage::session, subject(), errc::client_stopped));
      co_return;
    }
  }
}

// How long the next link may take until it stands; zero: as long as its steps may.
std::chrono::milliseconds client::impl::link_limit() const {
  const std::chrono::milliseconds limit = options.connect_timeout;
  if (established || first_connect_by == clock::time_point::max()) return limit;
  const auto left = std::max(
      std::chrono::ceil<std::chrono::milliseconds>(first_connect_by - clock::now()), last_attempt);
  return limit == limit.zero() ? left : std::min(limit, left);
}

std::chrono::milliseconds client::impl::next_wait(unsigned attempt, bool is_awaited) {
  const double jitter = std::uniform_real_distribution<double>(0.0, 1.0)(random);
  backoff_options backoff = options.backoff;
  if (is_awaited) backoff.maximum = std::min(backoff.maximum, awaited_pause);
  const std::chrono::milliseconds wait = backoff_delay(backoff, attempt, jitter);
  if (!is_awaited) return wait;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(first_connect_by - clock::now());
  return std::clamp(left, std::chrono::milliseconds(0), wait);
}

asio::awaitable<failure> client::impl::one_link(std::chrono::milliseconds limit) {
  connect_by = limit == limit.zero() ? clock::time_point::max() : clock::now() + limit;
  dialing = true;
  dial_result dialed = co_await dial.dial(this, limit);
  dialing = false;
  if (!dialed.link) co_return std::move(dialed.why);
  if (stopping) co_return failure(stage::session, subject(), errc::client_stopped);
  link = std::move(dialed.link);
  link_broken = last_words = progress = moved = made_room = false;
  link_failure = failure();
  link_since = clock::now();
  step_begins(stage::connack, link->peer());
  if (const auto error = session.transport_up(link_since)) {
    link->close();
    co_return failure(stage::set_up, subject(), error);
  }
  loops_running = 3;
  const auto self = shared_from_this();
  asio::co_spawn(
      executor, [self]() { return self->read_loop(); }, asio::detached);
  asio::co_spawn(
      executor, [self]() { return self->write_loop(); }, asio::detached);
  asio::co_spawn(
      executor, [self]() { return self->clock_loop(); }, asio::detached);
  while (loops_running != 0) co_await loops_done.wait();
  link->close();
  co_return std::move(link_failure);
}

void client::impl::loop_ended() {
  --loops_running;
  loops_done.notify();
}

// Ends the link. The first call says why; failures that follow from it do not count.
// `with_last_words` when we ended it, and the output holds the DISCONNECT that tells the broker.
void client::impl::break_link(failure why, bool with_last_words) {
  if (link_broken) return;
  link_broken = true;
  link_failure = std::move(why);
  if (!link_stands) {
    const step_report report{stage::connack, link_failure.subject, link_failure.error,
                             link_failure.detail, clock::now() - link_since};
    step_ended(report);
  }
  if (with_last_words && (writing || session.output_size() != 0)) {
    last_words = true;
    ++loops_running;
    const auto self = shared_from_this();
    asio::co_spawn(
        executor, [self]() { return self->close_after(goodbye_limit); }, asio::detached);
  } else {
    link->close();
  }
  write_wanted.notify();
  clock_changed.notify();
  read_on.notify();
}

asio::awaitable<void> client::impl::close_after(std::chrono::milliseconds limit) {
  const auto self = shared_from_this();
  co_await last_words_said.wait_for(limit);
  link->close();
  loop_ended();
}

asio::awaitable<void> client::impl::write_loop() {
  const auto self = shared_from_this();
  while (!link_broken || last_words) {
    if (!writing) {
      if (session.output_size() == 0) {
        if (leaving || last_words) break;
        co_await write_wanted.wait();
        continue;
      }
      begin_write();
    }
    if (const auto error = co_await write_all(unwritten)) {
      writing = false;
      // A reason the broker gave before it hung up is worth more than "broken pipe": the read loop
      // gets a moment to find it.
      if (error != asio::error::operation_aborted && !link_broken) {
        wakeup settle_down(executor);
        co_await settle_down.wait_for(std::chrono::milliseconds(100));
      }
      std::string words = link->last_detail();
      const error_detail kind = link->last_kind();
      break_link(failure(link_stands ? stage::session : stage::connack, subject(), error,
                         std::move(words), kind));
      break;
    }
    end_write();
  }
  writing = false;
  unwritten.clear();
  if (last_words) {
    co_await link->shutdown();
    last_words_said.notify();
  }
  if (leaving && !link_broken) {
    // Shutting down our side tells the broker that nothing follows. Over TLS and WebSocket that is
    // a packet, which would be answered by a reset where the broker has closed already: there the
    // broker gets time to close first, unless nothing else told it of the end.
    const bool says_so = (!options.dial.tls && !options.dial.websocket) || without_goodbye;
    if (says_so) co_await link->shutdown();
    const auto until =
        std::min(leave_by, clock::now() + (unproven ? goodbye_limit : hang_up_limit));
    while (!link_broken && clock::now() < until) {
      co_await write_wanted.wait_for(until - clock::now());
    }
    if (!link_broken) {
      if (!says_so) co_await link->shutdown();
      break_link(failure(stage::session, subject(), errc::client_stopped));
    }
  }
  loop_ended();
}

// What is published from here on goes into the session's other buffer.
void client::impl::begin_write() {
  const bool was_full = session.output_size() >= options.output_high_bytes;
  writing = true;
  session.take_output(unwritten);
  if (reading_held) read_on.notify();
  if (was_full) room.notify_all();
}

void client::impl::end_write() {
  writing = false;
  session.sent(clock::now());
  ++writes_done;
  if (session.output_size() == 0) quiet.notify_all();
}

// Sends at once what the socket takes. The write loop would do so after the next read was tried and
// the executor had come round, and meanwhile the broker would wait for its answers.
void client::impl::write_now() {
  if (writing || session.output_size() == 0) return;
  if (link_broken || leaving) {
    write_wanted.notify();
    return;
  }
  begin_write();
  link->write_now(unwritten);
  if (unwritten.empty()) {
    unwritten.release(large_bytes);
    end_write();
  } else {
    write_wanted.notify();
  }
}

// A large packet goes out in pieces, each of them a sign of life: on a slow link the whole may take
// longer than the keep alive interval.
asio::awaitable<std::error_code> client::impl::write_all(byte_buffer& data) {
  byte_buffer piece;
  while (data.size() > large_bytes) {
    piece.append(data.view().first(piece_bytes));
    data.consume(piece_bytes);
    const std::error_code error = co_await link->write(piece);
    if (error) co_return error;
    session.sent_some(clock::now());
  }
  const std::error_code error = co_await link->write(data);
  data.release(large_bytes);
  co_return error;
}

asio::awaitable<void> client::impl::read_loop() {
  const auto self = shared_from_this();
  std::uint64_t turn_given = 0;  // to the consumer of the message with this number
  for (;;) {
    if (stopping) break;
    if (draining) message_state = hand::empty;  // never acknowledged, so it comes again
    if (message_state == hand::empty) pump();
    if (std::exchange(made_room, false) && !room.empty()) {
      co_await publishers_turn();
      continue;
    }
    if (message_state != hand::empty) {
      if (draining) continue;
      if (!link_broken && !session.awaits_answer()) {
        co_await wait_for_consumer();
        continue;
      }
      // A consumer that is about to run takes the messages from the receive buffer, with no copy.
      if (!link_broken && message_state == hand::offered && turn_given != offered.sequence) {
        turn_given = offered.sequence;
        co_await consumer_turn();
        continue;
      }
      // An answer is awaited, or the link is gone: messages nobody took yet are set aside.
      overtake();
      message_ready.notify_all();
    }
    write_now();
    if (link_broken) break;
    if (message_state != hand::empty &&
        (session.waiting_bytes() >= options.waiting_high_bytes ||
         session.waiting_messages() >= options.waiting_high_messages)) {
      co_await wait_at_bound();
      continue;
    }
    if (owes_too_much() && !leaving) {
      co_await wait_for_writer();
      continue;
    }
    const std::span<std::byte> space = session.receive_space();
    const io_result got = co_await link->read_some(space);
    if (got.error) {
      std::error_code error = got.error;
      if (error == asio::error::eof && !leaving) {
        error = link_stands ? errc::connection_closed : errc::closed_before_connack;
      }
      std::string words = link->last_detail();
      const error_detail kind = link->last_kind();
      break_link(failure(link_stands ? stage::session : stage::connack, subject(), error,
                         std::move(words), kind));
      break;
    }
    if (leaving) continue;  // after DISCONNECT only the end of the stream matters
    session.received(got.size, clock::now());
    arrived = std::chrono::system_clock::now();
  }
  loop_ended();
}

// Until everybody who waited for room has run: what they publish leaves in one write with what the
// session has to say itself.
asio::awaitable<void> client::impl::publishers_turn() {
  publishers_run = true;
  asio::post(executor, [self = shared_from_this()]() { self->read_on.notify(); });
  co_await read_on.wait();
  publishers_run = false;
}

// Until everybody who is about to run has run.
asio::awaitable<void> client::impl::consumer_turn() {
  message_ready.notify_all();
  asio::post(executor, [self = shared_from_this()]() { self->read_on.notify(); });
  co_await read_on.wait();
}

asio::awaitable<void> client::impl::wait_for_consumer() {
  message_ready.notify_all();
  session.set_reading(false, clock::now());
  co_await read_on.wait();
  session.set_reading(true, clock::now());
}

asio::awaitable<void> client::impl::wait_at_bound() {
  const std::uint64_t shown = offered.sequence;
  const hand before = message_state;
  session.set_reading(false, clock::now());
  reading_held = true;
  const auto ended = co_await read_on.wait_for(options.waiting_limit);
  reading_held = false;
  session.set_reading(true, clock::now());
  const bool is_idle = offered.sequence == shown && message_state == before;
  if (ended != asio::error::timed_out || !is_idle || link_broken) co_return;
  is_stuck = true;
  for (auto& [token, waiting] : answers) {
    waiting->done = true;
    waiting->error = errc::messages_not_taken;
    waiting->arrived.notify();
  }
  room.notify_all();
}

// Waits until fewer acknowledgements are owed: until the consumer settles, or the broker reads. A
// broker that reads nothing gets as long as any other write that stands still.
asio::awaitable<void> client::impl::wait_for_writer() {
  constexpr std::chrono::seconds without_keep_alive{60};
  const std::chrono::seconds interval(session.limits().keep_alive);
  const auto limit =
      (interval.count() != 0 ? interval : without_keep_alive) + session.options().ping_timeout;
  const std::uint64_t writes = writes_done;
  session.set_reading(false, clock::now());
  reading_held = true;
  const auto ended = co_await read_on.wait_for(limit);
  reading_held = false;
  session.set_reading(true, clock::now());
  if (ended != asio::error::timed_out || link_broken) co_return;
  if (session.answer_bytes() >= owed_high_bytes && writes_done == writes) {
    break_link(failure(link_stands ? stage::session : stage::connack, subject(),
                       errc::keep_alive_timeout));
  }
}

bool client::impl::owes_too_much() const noexcept {
  return session.answer_bytes() >= owed_high_bytes || session.unsettled_bytes() >= owed_high_bytes;
}

// Reads on past messages that wait for the consumer: an answer is awaited that may stand behind
// them.
void client::impl::read_on_for_answer() {
  if (message_state != hand::empty) read_on.notify();
}

asio::awaitable<void> client::impl::clock_loop() {
  const auto self = shared_from_this();
  while (!link_broken) {
    const auto limit = link_stands ? clock::time_point::max() : connect_by;
    const auto deadline = std::min(session.deadline(), limit);
    const auto now = clock::now();
    if (deadline == time_point::max()) {
      co_await clock_changed.wait();
    } else if (deadline > now) {
      co_await clock_changed.wait_for(deadline - now);
    } else {
      std::error_code error = session.expire(now);
      if (!error && now >= limit) error = errc::connack_timeout;
      if (error) {
        break_link(failure(link_stands ? stage::session : stage::connack, subject(), error));
      } else if (session.output_size() != 0) {
        write_wanted.notify();
        read_on_for_answer();
      }
    }
  }
  loop_ended();
}

}  // namespace mqttkit
