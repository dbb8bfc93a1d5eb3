#include "mqtt-sub/sn_subscriber.hpp"

#include <sys/random.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <utility>

#include "common/duration_text.hpp"
#include "common/printable.hpp"
#include "io/failure_text.hpp"
#include "io/sn_words.hpp"
#include "mqtt-sub/make_sink.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/sn/error.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

constexpr auto goodbye_patience = 5s;
constexpr auto hurried_patience = 250ms;
// A subscriber waits for its gateway for ever, as for a broker of MQTT; after this long without
// success the failure is told again.
constexpr auto told_again = 60s;

sn::client_options options_for(const sub_settings& settings) {
  sn::client_options made = sn_options_from(settings.client);
  made.session.predefined = settings.sn.predefined;
  made.session.maximum_datagram = settings.sn.max_packet;
  made.session.acknowledge = sn::ack_policy::manual;
  return made;
}

std::uint32_t random_seed() {
  std::uint32_t seed = 1;
  [[maybe_unused]] const auto drawn = getrandom(&seed, sizeof seed, 0);
  return seed;
}

}  // namespace

sn_subscriber::sn_subscriber(runner& on, sub_settings settings, const stderr_log& log)
    : runner_(on),
      settings_(std::move(settings)),
      log_(log),
      sink_(make_sink(on, settings_, log)),
      filter_(settings_),
      link_(on.executor(), options_for(settings_), log, settings_.debug),
      random_(random_seed()) {}

bool sn_subscriber::is_over() const noexcept {
  return runner_.interrupted() != interruption::none || end_;
}

asio::awaitable<exit_code> sn_subscriber::work() {
  if (settings_.timeout.count() != 0)
    runner_.interrupt_after(settings_.timeout, interruption::timeout);
  output_error_ = sink_->open();
  if (output_error_) co_return outcome();
  asio::co_spawn(runner_.executor(), watch_sink(), asio::detached);
  end_ = co_await link_.connect(settings_.client.connect_timeout,
                                settings_.client.first_connect_limit);
  if (!is_over()) {
    ask_for_all();
    co_await receive();
  }
  co_return co_await leave();
}

asio::awaitable<void> sn_subscriber::watch_sink() {
  const std::error_code error = co_await sink_->gone();
  if (!error) runner_.interrupt(interruption::output_gone);
}

// The token of a subscription is its place among topics and topic ids; behind them stand those of
// -U.
void sn_subscriber::ask_for_all() {
  sn::session& protocol = link_.client().protocol();
  std::uint64_t token = 0;
  const auto ask = [&](const sn::subscribe_request& request, bool subscribing) {
    const auto now = sn::client::now();
    const std::error_code error = subscribing ? protocol.subscribe(request, token, now)
                                              : protocol.unsubscribe(request, token, now);
    if (error) {
      subscribe_refused_ = true;
      log_.say("subscribe to " + name_of(token) + ": " + error.message());
    }
    ++token;
  };
  sn::subscribe_request request;
  request.qos = static_cast<sn::qos_level>(settings_.qos);
  for (const std::string& filter : settings_.topics) {
    request.filter = filter;
    ask(request, true);
  }
  request.filter = {};
  for (const std::uint16_t id : settings_.sn.topic_ids) {
    request.predefined_id = id;
    ask(request, true);
  }
  for (const std::string& filter : settings_.unsubscribe) {
    request.filter = filter;
    ask(request, false);
  }
  if (protocol.pending_requests() == 0) runner_.interrupt(interruption::complete);
}

std::string sn_subscriber::name_of(std::uint64_t token) const {
  if (token < settings_.topics.size()) return "'" + printable(settings_.topics[token]) + "'";
  token -= settings_.topics.size();
  if (token < settings_.sn.topic_ids.size())
    return "topic id " + std::to_string(settings_.sn.topic_ids[token]);
  token -= settings_.sn.topic_ids.size();
  return "'" + printable(settings_.unsubscribe[token]) + "'";
}

/// What events call a subscription: the filter, or what stands for a topic without a name.
std::string sn_subscriber::filter_of(std::uint64_t token) const {
  if (token < settings_.topics.size()) return settings_.topics[token];
  token -= settings_.topics.size();
  if (token < settings_.sn.topic_ids.size())
    return "$predefined/" + std::to_string(settings_.sn.topic_ids[token]);
  token -= settings_.sn.topic_ids.size();
  return settings_.unsubscribe[token];
}

void sn_subscriber::answered(const sn::subscribed& answer) {
  const std::string name = name_of(answer.token);
  if (answer.code != sn::return_code::accepted) {
    subscribe_refused_ = true;
    link_.events().refused(filter_of(answer.token), static_cast<std::uint8_t>(answer.code));
    log_.say("subscribe to " + name + ": refused by the gateway: " + describe_refusal(answer.code));
  } else if (!answer.is_unsubscribe) {
    ++granted_;
    link_.events().subscribed(filter_of(answer.token), static_cast<std::uint8_t>(answer.qos));
    if (static_cast<int>(answer.qos) < static_cast<int>(settings_.qos))
      log_.say("subscribe to " + name + ": granted QoS " +
               std::to_string(static_cast<int>(answer.qos)) + " instead of " +
               std::to_string(static_cast<int>(settings_.qos)));
  }
  if (link_.client().protocol().pending_requests() != 0) return;
  last_taken_ = sn::client::now();
  if (granted_ == 0 || settings_.exit_after_subscribe) done_ = true;
}

// Subscribes again whenever no request is outstanding: at first, and after a reconnect.
void sn_subscriber::go_to_sleep() {
  if (settings_.sn.sleep.count() == 0 || done_) return;
  sn::session& protocol = link_.client().protocol();
  if (protocol.state() != sn::session_state::active || protocol.pending_requests() != 0) return;
  const auto duration = std::chrono::duration_cast<std::chrono::seconds>(settings_.sn.sleep);
  static_cast<void>(protocol.sleep(duration, sn::client::now()));
}

asio::awaitable<void> sn_subscriber::receive() {
  sn::client& client = link_.client();
  last_taken_ = sn::client::now();
  while (!done_ && !output_error_ && !is_over()) {
    go_to_sleep();
    const bool counts_silence =
        settings_.idle.count() != 0 && client.protocol().pending_requests() == 0;
    const auto until = counts_silence ? last_taken_ + settings_.idle : sn::time_point::max();
    const std::error_code error = co_await client.turn(until);
    if (error == asio::error::operation_aborted) co_return;
    if (error == asio::error::timed_out) {
      is_silent_ = taken_ == 0;
      done_ = true;
      co_return;
    }
    // ICMP refused one datagram: it is sent again, and given up in time.
    co_await take_events();
    if (end_ && !done_ && runner_.interrupted() == interruption::none) {
      co_await reconnect();
    }
  }
}

asio::awaitable<void> sn_subscriber::take_events() {
  sn::client& client = link_.client();
  for (;;) {
    const sn::event& next_event = client.next();
    if (std::holds_alternative<sn::need_more>(next_event)) break;
    if (const auto* const got = std::get_if<sn::message_received>(&next_event)) {
      if (done_) continue;
      take(*got);
      // Its views end with the next event.
      co_await write_out();
      if (output_error_ || is_over()) co_return;
    } else if (const auto* const answer = std::get_if<sn::subscribed>(&next_event)) {
      answered(*answer);
    } else if (const auto* const lost = std::get_if<sn::message_unknown>(&next_event)) {
      if (lost->message.qos <= sn::qos_level::at_most_once)
        log_.say("a message of QoS 0 with topic id " + std::to_string(lost->message.topic_id) +
                 ", which the gateway did not register, is lost");
    } else if (const auto* const busy = std::get_if<sn::congested>(&next_event)) {
      log_.say("the gateway is congested; " + std::string(to_string(busy->refused)) +
               " is sent again after " + duration_text(busy->wait));
    } else if (std::holds_alternative<sn::asleep>(next_event)) {
      if (settings_.debug && !std::exchange(sleep_told_, true)) log_.say("asleep");
    } else if (const auto* const last = std::get_if<sn::closed>(&next_event)) {
      if (last->error)
        end_ = failure(stage::session, client.link().peer(), last->error,
                       std::string(to_string(last->unanswered)));
    }
  }
  client.flush();
}

// The order of the rules is that of subscriber.
void sn_subscriber::take(const sn::message_received& got) {
  publish_packet message;
  message.topic = got.topic;
  if (message.topic.empty()) {
    unnamed_ = "$predefined/" + std::to_string(got.message.topic_id);
    message.topic = unnamed_;
  }
  message.payload = got.message.payload;
  message.qos = static_cast<qos_t>(std::max(static_cast<int>(got.message.qos), 0));
  message.retain = got.message.retain;
  message.dup = got.message.dup;
  message.packet_id = got.message.message_id;
  last_taken_ = sn::client::now();
  if (settings_.retained_only && !message.retain) {
    done_ = true;
    return;
  }
  if (message.retain && settings_.no_stale) return;
  if (!filter_.passes(message)) return;
  const bool is_chosen =
      settings_.random_filter_percent >= 100.0 ||
      std::uniform_real_distribution<double>(0.0, 100.0)(random_) < settings_.random_filter_percent;
  if (is_chosen) {
    ++taken_;
    sink_->take(message, link_.client().arrived());
  }
  if (settings_.count != 0 && ++counted_ == settings_.count) done_ = true;
}

// Only what was written is acknowledged.
asio::awaitable<void> sn_subscriber::write_out() {
  std::error_code error = sink_->try_flush();
  if (error == asio::error::would_block) error = co_await sink_->flush();
  if (!error) {
    link_.client().protocol().settle();
    link_.client().flush();
  } else if (error != asio::error::operation_aborted) {
    output_error_ = error;
  }
}

asio::awaitable<void> sn_subscriber::reconnect() {
  link_.lost(end_);
  const auto begun = sn::client::now();
  for (;;) {
    end_ = co_await link_.connect(settings_.client.connect_timeout,
                                  std::chrono::milliseconds(told_again));
    if (!end_) break;
    const bool is_final = end_.error == make_error_code(sn::errc::not_accepted) ||
                          runner_.interrupted() != interruption::none;
    if (is_final) co_return;
    log_.say(describe_sn(end_) + "; still trying");
  }
  link_.returned(sn::client::now() - begun);
  ask_for_all();
}

// ---- the end

asio::awaitable<void> sn_subscriber::say_goodbye() {
  sn::client& client = link_.client();
  if (client.protocol().disconnect(sn::client::now())) co_return;
  const auto limit = runner_.hurries() ? std::chrono::milliseconds(hurried_patience)
                                       : std::chrono::milliseconds(goodbye_patience);
  const auto until = sn::client::now() + limit;
  for (;;) {
    const std::error_code error = co_await client.turn(until);
    if (error == asio::error::timed_out || error == asio::error::operation_aborted) co_return;
    for (;;) {
      const sn::event& next_event = client.next();
      if (std::holds_alternative<sn::closed>(next_event)) co_return;
      if (std::holds_alternative<sn::need_more>(next_event)) break;
    }
  }
}

asio::awaitable<void> sn_subscriber::finish_sink() {
  if (output_error_ || runner_.interrupted() == interruption::output_gone) co_return;
  const haste hurry = [this]() {
    if (!runner_.hurries()) return urgency::none;
    return runner_.signalled() ? urgency::signal : urgency::time_over;
  };
  output_error_ = co_await sink_->finish(hurry);
}

asio::awaitable<exit_code> sn_subscriber::leave() {
  co_await finish_sink();
  if (!output_error_ && !sink_->try_flush()) link_.client().protocol().settle();
  if (!end_) co_await say_goodbye();
  co_return outcome();
}

exit_code sn_subscriber::outcome() const {
  if (runner_.interrupted() == interruption::output_gone) return exit_code::output_failed;
  const bool has_failed = output_error_ && output_error_ != asio::error::operation_aborted;
  if (has_failed && output_error_ != std::errc::broken_pipe)
    log_.say(sink_->describe(output_error_));
  if (runner_.interrupted() == interruption::sigint) return exit_code::interrupted;
  if (runner_.interrupted() == interruption::sigterm) return exit_code::terminated;
  if (has_failed) return exit_code::output_failed;
  if (runner_.interrupted() == interruption::timeout) {
    log_.say("timed out after " + seconds_text(settings_.timeout) + " (-W)");
    return exit_code::timeout;
  }
  if (is_silent_) {
    log_.say("nothing came for " + duration_text(settings_.idle) + " (--idle)");
    return exit_code::timeout;
  }
  if (end_) {
    log_.say(describe_sn(end_));
    return sn_exit_code(end_);
  }
  if (const std::string trouble = sink_->shortcomings(); !trouble.empty()) {
    log_.say(trouble);
    return exit_code::output_failed;
  }
  return subscribe_refused_ ? exit_code::subscribe_refused : exit_code::done;
}

}  // namespace mqttkit::tools
