#include "mqtt-sub/subscriber.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/steady_timer.hpp>
#include <utility>

#include "common/duration_text.hpp"
#include "common/printable.hpp"
#include "io/awaiting.hpp"
#include "io/failure_text.hpp"
#include "mqtt-sub/make_sink.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

// How long the goodbye may take: what --remove-retained still has under way, and the broker's end
// of the connection.
constexpr auto goodbye_patience = 5s;

// The same after -W or Ctrl-C, when somebody waits for the end: enough for an answer that is on its
// way.
constexpr auto hurried_patience = 250ms;

// After so long without a retained message the broker is asked whether that was all. Brokers that
// send them from another thread than the answers need a moment.
constexpr auto burst_pause = 500ms;

client_options options_for(const sub_settings& settings) {
  client_options options = settings.client;
  session_options& session = options.session;
  session.acknowledge = ack_policy::manual;
  // -C: takes no more than is wanted, so that the rest of a kept session stays with the broker. Not
  // with requests: mosquitto 2.0.11 counts each reply that it takes as an acknowledged request.
  if (session.version == protocol_version::v5 && settings.count != 0 && settings.count < 65'535 &&
      !settings.replies && !session.connect_properties.view().find(property_id::receive_maximum)) {
    [[maybe_unused]] const auto error = session.connect_properties.add(
        property_id::receive_maximum, static_cast<std::uint32_t>(settings.count));
  }
  return options;
}

// As error messages name it: "host:1883", or the path of a socket.
// A random number without std::random_device, which is slow to start: see client.cpp.
std::uint32_t random_seed() {
  std::uint32_t seed = 1;
  [[maybe_unused]] const auto drawn = getrandom(&seed, sizeof seed, 0);
  return seed;
}

bool is_closed_pipe(std::error_code error) { return error == std::errc::broken_pipe; }

}  // namespace

subscriber::subscriber(runner& on, sub_settings settings, const stderr_log& log)
    : connection_log(log, settings.debug, settings.client),
      runner_(on),
      settings_(std::move(settings)),
      filter_(settings_),
      client_(on.executor(), options_for(settings_), this),
      random_(random_seed()) {
  if (settings_.clean_retained) {
    auto topics = std::make_unique<cleaner>(runner_.executor());
    cleaner_ = topics.get();
    sink_ = std::move(topics);
  } else {
    if (settings_.replies) start_replies(log);
    sink_ = make_sink(on, settings_, log, responder_.get());
  }
  client_.set_trace(packet_trace(settings_.client.session.version));
}

void subscriber::start_replies(const stderr_log& log) {
  responder_ = std::make_unique<responder>(settings_.response_topic,
                                           std::move(settings_.publish_properties), log);
  responder_->use([this](publish_packet& reply, std::uint64_t token, std::error_code& error) {
    reply.qos = std::min(reply.qos, client_.protocol().limits().maximum_qos);
    const admission answer = client_.try_publish(reply, token, error);
    if (answer == admission::full && !awaits_room_ && !client_.ended()) {
      awaits_room_ = true;
      asio::co_spawn(runner_.executor(), wait_for_room(), asio::detached);
    }
    return answer;
  });
}

asio::awaitable<void> subscriber::wait_for_room() {
  const std::error_code error = co_await client_.writable();
  awaits_room_ = false;
  // Messages wait long while a command runs long, and are taken when it ends. With too many replies
  // they never would be: the acknowledgements that make room for replies stand behind the requests
  // that wait.
  if (error == errc::messages_not_taken && responder_->is_crowded() && !is_over()) {
    log().say(
        "replies stand still (--reply-exec): their acknowledgements stand behind more requests "
        "than are taken at once; let the broker send fewer before they are acknowledged, with "
        "mosquitto's max_inflight_messages for example");
    replies_stand_still_ = true;
    runner_.interrupt(interruption::complete);
  }
  if (error) co_return;
  responder_->pump();
  responder_->changed();
}

asio::awaitable<exit_code> subscriber::work() {
  if (settings_.timeout.count() != 0) {
    runner_.interrupt_after(settings_.timeout, interruption::timeout);
  }
  output_error_ = sink_->open();
  if (output_error_) co_return outcome(failure());
  asio::co_spawn(runner_.executor(), watch_sink(), asio::detached);
  asio::co_spawn(runner_.executor(), watch_progress(), asio::detached);
  const failure why = co_await client_.connect();
  if (!why && !is_over() && cleaner_ != nullptr) {
    asio::co_spawn(runner_.executor(), receive(), asio::detached);
    co_await clean();
  } else if (!why && !is_over()) {
    // Subscribes and receives at once: messages of a kept session may come before SUBACK.
    asio::co_spawn(runner_.executor(), subscribe(), asio::detached);
    co_await receive();
  }
  co_return co_await leave();
}

bool subscriber::is_over() const noexcept {
  return runner_.interrupted() != interruption::none || client_.ended();
}

asio::awaitable<void> subscriber::watch_sink() {
  const std::error_code error = co_await sink_->gone();
  if (!error) runner_.interrupt(interruption::output_gone);
}

// Commands end by themselves: their messages are acknowledged then, also when no message comes.
asio::awaitable<void> subscriber::watch_progress() {
  for (;;) {
    std::error_code error = co_await sink_->progress();
    if (error || output_error_ || is_over()) co_return;
    error = sink_->try_flush();
    if (error == asio::error::would_block) continue;
    if (!error) {
      client_.settle();
      continue;
    }
    output_error_ = error;
    runner_.interrupt(interruption::complete);
    co_return;
  }
}

asio::awaitable<void> subscriber::subscribe() {
  const properties_view sub_with = settings_.subscribe_properties;
  const properties_view unsub_with = settings_.unsubscribe_properties;
  if (!co_await ask(true, settings_.topics, sub_with)) co_return;
  if (!co_await ask(false, settings_.unsubscribe, unsub_with)) co_return;
  if (settings_.exit_after_subscribe) runner_.interrupt(interruption::complete);
  if (retained_messages_only()) {
    const bool has_all = co_await has_all_retained();
    if (has_all) complete();
  } else if (settings_.idle.count() != 0) {
    co_await watch_silence();
  }
}

// Ends in order: messages that were taken are written, however slow the reader is.
void subscriber::complete() {
  done_ = true;
  if (is_waiting_) runner_.interrupt(interruption::complete);
}

// True when `events` stood still for `limit`; false when there is no use in waiting on. Looks at
// the clock and not at every message. Messages that wait behind a slow reader are no silence, and
// neither is a connection that is away.
asio::awaitable<bool> subscriber::is_silent_for(std::chrono::nanoseconds limit,
                                                const std::uint64_t& events) {
  // How much later than `limit` the silence may be noticed.
  const auto step = std::clamp<std::chrono::nanoseconds>(limit / 20, 1ms, 250ms);
  asio::steady_timer timer(runner_.executor());
  auto since = std::chrono::steady_clock::now();
  std::uint64_t t = events;
  while (!done_ && !is_over()) {
    const auto now = std::chrono::steady_clock::now();
    if (events != t || !is_waiting_ || !has_link_) {
      t = events;
      since = now;
    } else if (now - since >= limit) {
      co_return true;
    }
    timer.expires_at(std::min(now + step, since + limit));
    [[maybe_unused]] const auto ignored = co_await timer.async_wait(as_values);
  }
  co_return false;
}

// --idle
asio::awaitable<void> subscriber::watch_silence() {
  const bool is_silent = co_await is_silent_for(settings_.idle, taken_);
  if (!is_silent) co_return;
  is_silent_ = taken_ == 0;
  complete();
}

// --retained only. No broker says when it has sent what it retained, and MQTT leaves it free to
// answer SUBSCRIBE before, between or after. What holds for all of them: it goes out soon, and in
// what a broker sends nothing overtakes what was queued before. So a pause is waited for, and then
// a request makes the round: an answer that no retained message came before ends the wait. The
// request takes back a subscription that nobody has, which MQTT answers and nobody minds.
//
// False when something else ended the wait.
asio::awaitable<bool> subscriber::has_all_retained() {
  const std::chrono::nanoseconds pause =
      settings_.idle.count() != 0 ? std::chrono::nanoseconds(settings_.idle) : burst_pause;
  const subscription nobodys{.filter = "mqtt-sub/nothing/to/see"};
  const std::span<const subscription> request(&nobodys, 1);
  for (;;) {
    const bool is_silent = co_await is_silent_for(pause, retained_);
    if (!is_silent) co_return false;
    const std::uint64_t before = retained_;
    const result<grant> answer = co_await client_.unsubscribe(request);
    if (!answer && is_over()) co_return false;
    // The answer may have come past messages that wait behind a slow reader.
    if (retained_ == before && client_.waiting() == 0) co_return true;
  }
}

// False when there is nothing to go on with.
asio::awaitable<bool> subscriber::ask(bool subscribing, const std::vector<std::string>& filters,
                                      properties_view with) {
  if (filters.empty()) co_return true;
  std::vector<subscription> wanted;
  for (const std::string& filter : filters) {
    subscription subscribed;
    subscribed.filter = filter;
    subscribed.qos = settings_.qos;
    subscribed.no_local = settings_.no_local;
    subscribed.retain_as_published = settings_.retain_as_published;
    subscribed.retained = settings_.retained;
    wanted.push_back(subscribed);
  }
  result<grant> answer;
  if (subscribing) {
    for (const own_subscription& own : settings_.own) {
      subscription& subscribed = wanted[own.topic];
      subscribed.qos = own.qos.value_or(subscribed.qos);
      subscribed.no_local = subscribed.no_local || own.no_local;
      subscribed.retain_as_published = subscribed.retain_as_published || own.retain_as_published;
      subscribed.retained = own.retained.value_or(subscribed.retained);
    }
    answer = co_await client_.subscribe(wanted, with);
  } else {
    answer = co_await client_.unsubscribe(wanted, with);
  }
  if (!answer) {
    if (is_over()) co_return false;
    log().say((subscribing ? "subscribe: " : "unsubscribe: ") + describe_limit(answer.error()));
    subscribe_refused_ = true;
    runner_.interrupt(interruption::complete);
    co_return false;
  }
  const auto words = answer->with.view().text(property_id::reason_string).value_or("");
  std::size_t granted = 0;
  for (std::size_t i = 0; i < answer->codes.size() && i < wanted.size(); ++i) {
    const std::uint8_t code = answer->codes[i];
    if (is_failure(code)) {
      refuse_filter(wanted[i].filter, code, words);
      continue;
    }
    ++granted;
    if (subscribing) events().subscribed(wanted[i].filter, code);
    if (subscribing && code < static_cast<std::uint8_t>(wanted[i].qos)) {
      log().say("subscribe to '" + printable(wanted[i].filter) + "': granted QoS " +
                std::to_string(code) + " instead of " +
                std::to_string(static_cast<int>(wanted[i].qos)));
    }
  }
  if (subscribing && granted == 0) {
    runner_.interrupt(interruption::complete);
    co_return false;
  }
  co_return true;
}

void subscriber::refuse_filter(std::string_view filter, std::uint8_t code, std::string_view words) {
  subscribe_refused_ = true;
  events().refused(filter, code);
  log().say("subscribe to '" + printable(filter) +
            "': refused by the broker: " + describe_refusal(code, packet_type::suback, words));
}

asio::awaitable<void> subscriber::receive() {
  for (;;) {
    const message_received* got = nullptr;
    while (!done_ && (got = client_.try_receive()) != nullptr) {
      take(*got);
      if (!sink_->is_full()) continue;
      co_await write_out();
      if (output_error_ || is_over()) co_return;
    }
    // Nothing more is buffered: what there is goes out, so that a slow stream is seen at once.
    co_await write_out();
    if (done_ || output_error_ || is_over()) co_return;
    is_waiting_ = true;
    const std::error_code error = co_await client_.readable();
    is_waiting_ = false;
    if (error || is_over()) co_return;
  }
}

// The end of the connection may have been seen past messages that wait behind a slow reader.
asio::awaitable<void> subscriber::receive_the_rest() {
  while (!done_ && !output_error_) {
    if (sink_->is_full()) {
      co_await write_out();
      // Still full: the wait was interrupted, and the sink may point into the message.
      if (sink_->is_full()) co_return;
    }
    const message_received* const got = client_.try_receive();
    if (got == nullptr) co_return;
    take(*got);
  }
}

// Only what was written is acknowledged.
asio::awaitable<void> subscriber::write_out() {
  std::error_code error = sink_->try_flush();
  if (error == asio::error::would_block) error = co_await sink_->room();
  if (error == asio::error::would_block) co_return;  // watch_progress() sees to it
  if (!error) {
    client_.settle();
  } else if (error != asio::error::operation_aborted) {
    output_error_ = error;
  }
}

bool subscriber::is_chosen() {
  if (settings_.random_filter_percent >= 100.0) return true;
  return std::uniform_real_distribution<double>(0.0, 100.0)(random_) <
         settings_.random_filter_percent;
}

// The order of the rules is mosquitto_sub's.
void subscriber::take(const message_received& got) {
  const publish_packet& message = got.message;
  if (settings_.retained_only && !message.retain) {
    done_ = true;
    return;
  }
  retained_ += message.retain ? 1 : 0;
  if (message.retain && settings_.no_stale) return;
  if (!message.retain && retained_messages_only()) return;
  if (!filter_.passes(message)) return;
  // With --retain-as-published our own removals come back with the flag, and without a payload.
  if (settings_.remove_retained && message.retain && !message.payload.empty()) {
    to_remove_.emplace_back(message.topic);
    remove_retained();
  }
  if (is_chosen()) {
    ++taken_;
    sink_->take(message, client_.arrived());
  }
  if (settings_.count != 0 && ++counted_ == settings_.count) done_ = true;
}

// As much as there is room for; every acknowledgement makes room for more.
void subscriber::remove_retained() {
  while (!to_remove_.empty()) {
    publish_packet removal;
    removal.topic = to_remove_.front();
    removal.qos = qos_t::at_least_once;
    removal.retain = true;
    std::error_code error;
    const admission answer = client_.try_publish(removal, removals_ + 1, error);
    if (answer == admission::full || is_over()) return;
    ++removals_;
    if (answer == admission::refused) {
      publish_refused_ = true;
      log().say("remove retained '" + printable(removal.topic) + "': " + describe_limit(error));
    }
    to_remove_.pop_front();
  }
}

void subscriber::message_delivered(const delivered& end) {
  if (end.token >= responder::first_token) return responder_->delivered(end);
  if (!end.error && !is_failure(end.reason)) {
    ++removed_;
  } else {
    publish_refused_ = true;
    const auto words = end.properties.text(property_id::reason_string).value_or("");
    const std::string topic =
        cleaner_ == nullptr ? "" : " '" + printable(cleaner_->topics()[end.token - 1]) + "'";
    log().say("remove retained" + topic + ": " +
              (end.error ? describe_limit(end.error)
                         : "refused by the broker: " +
                               describe_refusal(end.reason, packet_type::puback, words)));
  }
  remove_retained();
}

void subscriber::link_up(const connected& with, const session& protocol,
                         std::chrono::nanoseconds gap) {
  connection_log::link_up(with, protocol, gap);
  has_link_ = true;
  remove_retained();
}

void subscriber::link_down(const failure& why, bool will_retry,
                           std::chrono::milliseconds retry_in) {
  connection_log::link_down(why, will_retry, retry_in);
  has_link_ = false;
  if (!will_retry) runner_.interrupt(interruption::client_over);
}

void subscriber::resubscribed(std::string_view filter, std::uint8_t code) {
  if (is_failure(code)) {
    refuse_filter(filter, code, {});
  } else {
    events().subscribed(filter, code);
  }
}

std::chrono::milliseconds subscriber::patience() const noexcept {
  return runner_.hurries() ? hurried_patience : std::chrono::milliseconds(goodbye_patience);
}

// Acknowledgements may stand behind messages in the stream, so these are pulled as well; they are
// not acknowledged, so a broker that keeps the session has them still.
asio::awaitable<void> subscriber::finish_removals() {
  const auto until = std::chrono::steady_clock::now() + patience();
  while (!client_.ended() && has_link_ &&
         (!to_remove_.empty() || client_.protocol().inflight() != 0) &&
         std::chrono::steady_clock::now() < until) {
    while (client_.try_receive() != nullptr) {
    }
    remove_retained();
    co_await client_.settled(20ms);
  }
}

// Likewise.
asio::awaitable<void> subscriber::finish_replies() {
  const auto until = std::chrono::steady_clock::now() + patience();
  while (!client_.ended() && has_link_ && !responder_->is_done() &&
         std::chrono::steady_clock::now() < until) {
    while (client_.try_receive() != nullptr) {
    }
    responder_->pump();
    co_await client_.settled(20ms);
  }
  if (responder_->is_done()) co_return;
  log().say("not every reply was acknowledged before the end");
  publish_refused_ = true;
}

asio::awaitable<void> subscriber::finish_sink() {
  if (output_error_ || runner_.interrupted() == interruption::output_gone) co_return;
  const haste hurry = [this]() {
    if (!runner_.hurries()) return urgency::none;
    return runner_.signalled() ? urgency::signal : urgency::time_over;
  };
  output_error_ = co_await sink_->finish(hurry);
}

asio::awaitable<exit_code> subscriber::leave() {
  if (runner_.interrupted() == interruption::client_over) co_await receive_the_rest();
  co_await finish_sink();
  if (responder_ != nullptr) co_await finish_replies();
  // What was received before the interruption is still worth printing, if that needs no waiting.
  if (!output_error_ && !sink_->try_flush()) client_.settle();
  if (settings_.remove_retained) co_await finish_removals();
  failure why;
  if (client_.ended()) {
    why = client_.ended();
  } else {
    const properties_view with = settings_.disconnect_properties;
    // As mosquitto_sub: an end that did not come of what was received brings out the will, where
    // the protocol can say so.
    const bool is_cut_short = runner_.signalled() || runner_.interrupted() == interruption::timeout;
    const bool with_will = is_cut_short && settings_.client.session.version == protocol_version::v5;
    const auto reason = with_will ? reason_code::disconnect_with_will : reason_code::success;
    const auto limit = replies_stand_still_ ? hurried_patience : patience();
    why = co_await client_.disconnect(limit, static_cast<std::uint8_t>(reason), with);
    // Between two connections there is nobody to say goodbye to, and nothing is lost by that.
    if (why.error == errc::not_connected) why = failure();
  }
  co_return outcome(why);
}

exit_code subscriber::outcome(const failure& why) const {
  if (runner_.interrupted() == interruption::output_gone) return exit_code::output_failed;
  // An end that somebody asked for is no failure of the output that it cut short.
  const bool has_failed = output_error_ && output_error_ != asio::error::operation_aborted;
  if (has_failed && !is_closed_pipe(output_error_)) log().say(sink_->describe(output_error_));
  if (runner_.interrupted() == interruption::sigint) return exit_code::interrupted;
  if (runner_.interrupted() == interruption::sigterm) return exit_code::terminated;
  if (has_failed) return exit_code::output_failed;
  if (runner_.interrupted() == interruption::timeout) {
    log().say("timed out after " + seconds_text(settings_.timeout) + " (-W)");
    return exit_code::timeout;
  }
  if (is_declined_) return exit_code::failed;
  if (is_silent_) {
    log().say("nothing came for " + duration_text(settings_.idle) + " (--idle)");
    return exit_code::timeout;
  }
  if (replies_stand_still_) return exit_code::publish_refused;
  if (why) {
    log().say(describe(why, settings_.tls_from));
    return exit_code_for(why);
  }
  if (const std::string trouble = sink_->shortcomings(); !trouble.empty()) {
    log().say(trouble);
    return exit_code::output_failed;
  }
  if (subscribe_refused_) return exit_code::subscribe_refused;
  const bool has_refused_reply = responder_ != nullptr && responder_->failures() != 0;
  return publish_refused_ || has_refused_reply ? exit_code::publish_refused : exit_code::done;
}

}  // namespace mqttkit::tools
