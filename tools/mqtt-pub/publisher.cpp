#include "mqtt-pub/publisher.hpp"

#include <unistd.h>

#include <algorithm>
#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "common/progress.hpp"
#include "mqtt-pub/input.hpp"
#include "mqtt-pub/json_records.hpp"
#include "mqtt-pub/line_records.hpp"
#include "mqttkit/base/error.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

// A broker that acknowledges nothing for so long, while it has everything and answers pings, or
// cannot be reached again, is not waited for any longer.
constexpr auto settle_patience = 60s;

// Whoever presses Ctrl-C waits for what is in flight, but not for long.
constexpr auto interrupted_patience = 5s;

// The broker's own end of the connection.
constexpr auto goodbye_patience = 5s;

// Refusals, and records left out, that are told one by one; the rest is counted.
constexpr std::uint64_t refusals_told = 20;

// How long a broker is asked to keep a session while mqtt-pub connects again.
constexpr std::uint32_t gap_seconds = 300;

constexpr asio::experimental::as_tuple_t<asio::use_awaitable_t<>> as_tuple{
    asio::use_awaitable_t<>{}};

bool has_records(const pub_settings& settings) {
  return settings.source == message_source::lines || settings.source == message_source::recording;
}

bool goes_on_after_a_loss(const pub_settings& settings) {
  return has_records(settings) || settings.repeat != 1;
}

// Whether messages at QoS 1 or 2 may come; a recording brings its own.
bool may_promise(const pub_settings& settings) {
  return settings.qos != qos_t::at_most_once ||
         (settings.source == message_source::recording && !settings.has_qos);
}

pace pace_of(const pub_settings& settings) {
  if (settings.rate != 0) return pace::at_rate(settings.rate);
  if (settings.every.count() != 0) return pace::at_interval(settings.every);
  if (settings.replay_speed != 0) return pace::as_recorded(settings.replay_speed);
  return {};
}

client_options options_for(pub_settings& settings) {
  client_options& options = settings.client;
  options.reconnect = goes_on_after_a_loss(settings);
  options.session.acknowledge = ack_policy::ignore;
  if (!options.reconnect) return options;

  if (settings.topic_alias != 0) {
    // The session gives the alias to the first message and an empty topic to the others, and does
    // so again after a reconnect.
    settings.publish_properties.remove(property_id::topic_alias);
    options.session.use_topic_aliases = true;
  }
  // A session that outlives the link lets a broken exchange be taken up where it was: QoS 2 stays
  // exactly once. DISCONNECT ends it (see leave()), so nothing is left on the broker.
  session_options& session = options.session;
  if (session.version == protocol_version::v5 && may_promise(settings) && session.clean_start &&
      !session.connect_properties.view().find(property_id::session_expiry_interval) &&
      !session.connect_properties.add(property_id::session_expiry_interval, gap_seconds)) {
    session.clean_start_again = false;
    if (!settings.disconnect_properties.view().find(property_id::session_expiry_interval)) {
      [[maybe_unused]] const auto error =
          settings.disconnect_properties.add(property_id::session_expiry_interval, 0u);
    }
  }
  return options;
}

std::string count_of(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

}  // namespace

publisher::publisher(runner& on, pub_settings settings, std::string payload, const talk& voice)
    : connection_log(voice, settings.debug),
      runner_(on),
      settings_(std::move(settings)),
      payload_(std::move(payload)),
      pace_(pace_of(settings_)),
      client_(on.executor(), options_for(settings_), this) {
  message_.topic = settings_.topic;
  message_.payload = as_bytes(payload_);
  message_.qos = settings_.qos;
  message_.retain = settings_.retain;
  message_.properties = settings_.publish_properties;
  // The command line was refused if it has mistakes.
  if (settings_.source == message_source::made) template_.parse(settings_.payload_template, false);
  client_.set_trace(packet_trace(settings_.client.session.version));
}

asio::awaitable<exit_code> publisher::work() {
  const failure why = co_await client_.connect();
  if (!why && !runner_.signalled()) {
    is_publishing_ = true;
    if (settings_.source == message_source::lines) {
      line_records lines(runner_.executor(), STDIN_FILENO, settings_);
      co_await publish_records(lines);
    } else if (settings_.source == message_source::recording) {
      json_records recorded(runner_.executor(), STDIN_FILENO, settings_);
      co_await publish_records(recorded);
      remark_ = recorded.remark();
    } else {
      co_await publish_repeatedly();
    }
    is_publishing_ = false;
  }
  co_return co_await leave();
}

bool publisher::is_over() const noexcept {
  return runner_.interrupted() != interruption::none || client_.ended();
}

asio::awaitable<void> publisher::publish_records(record_source& source) {
  std::optional<progress> shown;
  // Somebody who types sees how far it has come, and steps and packets tell it all.
  if (!settings_.quiet && !debug() && ::isatty(STDIN_FILENO) == 0 && has_progress_terminal()) {
    shown.emplace(runner_.executor(), voice(), bytes_left_in(STDIN_FILENO),
                  [this, &source](progress_state& now) {
                    now.messages = published_;
                    now.bytes = source.bytes_taken();
                  });
  }
  std::uint64_t published_before = 0;
  std::error_code error;
  for (;;) {
    const record_source::step step = source.next(message_);
    if (step == record_source::step::message) {
      const std::uint64_t number = source.number();
      if (pace_.is_set() && !co_await its_turn(source.recorded())) co_return;
      if (client_.try_publish(message_, number, error) == admission::accepted) {
        accepted();
      } else if (!co_await insist(message_, number)) {
        co_return;
      }
    } else if (step == record_source::step::bad) {
      leave_out(source.number(), source.wrong());
    } else {
      if (step == record_source::step::end || is_over()) co_return;
      if (!co_await read_on(source, published_before)) co_return;
      published_before = published_;
    }
  }
}

// False when there is nothing to read any more.
asio::awaitable<bool> publisher::read_on(record_source& source, std::uint64_t published_before) {
  if (published_ == published_before) {
    // Publishing would have let others run from time to time: signals, the connection.
    co_await asio::post(runner_.executor(), as_tuple);
    if (is_over()) co_return false;
  }
  const std::error_code error = co_await source.fill();
  if (is_over()) co_return false;
  if (!error) co_return true;
  if (error == std::errc::value_too_large) {
    input_trouble_ = "line " + std::to_string(source.number() + 1) +
                     ": longer than an MQTT message can be (268,435,455 bytes); what follows it "
                     "was not read";
  } else {
    input_trouble_ =
        "standard input: " + error.message() + ", after line " + std::to_string(source.number());
  }
  co_return false;
}

asio::awaitable<void> publisher::publish_repeatedly() {
  for (std::uint64_t number = 1; settings_.repeat == 0 || number <= settings_.repeat; ++number) {
    if (pace_.is_set() && !co_await its_turn({})) co_return;
    if (!make_payload(number)) co_return;
    if (!co_await insist(message_, number)) co_return;
    if (settings_.repeat_delay.count() == 0 || number == settings_.repeat) continue;
    if (!co_await all_settled()) co_return;
    asio::steady_timer delay(runner_.executor(), settings_.repeat_delay);
    co_await delay.async_wait(as_tuple);
    if (is_over()) co_return;
  }
}

// Waits until the next message may go. False when the client has ended or is to end.
asio::awaitable<bool> publisher::its_turn(pace::recorded_time recorded) {
  const pace::clock::time_point now = pace::clock::now();
  const pace::clock::time_point due = pace_.due(now, recorded);
  if (due > now) {
    asio::steady_timer timer(runner_.executor(), due);
    co_await timer.async_wait(as_tuple);
  }
  co_return !is_over();
}

// False when it cannot be made any more.
bool publisher::make_payload(std::uint64_t number) {
  if (settings_.source == message_source::made) {
    payload_.clear();
    template_.expand(number, {}, payload_);
    message_.payload = as_bytes(payload_);
  } else if (settings_.source == message_source::file && settings_.every.count() != 0 &&
             number != 1) {
    // A file that somebody writes to: what it holds now.
    input_trouble_ = read_message(settings_, payload_);
    message_.payload = as_bytes(payload_);
  }
  return input_trouble_.empty();
}

// Publishes, however long it takes to get room. False when the client has ended or is to end.
asio::awaitable<bool> publisher::insist(const publish_packet& message, std::uint64_t number) {
  for (;;) {
    std::error_code error;
    const admission answer = client_.try_publish(message, number, error);
    if (answer == admission::accepted) {
      accepted();
      co_return true;
    }
    if (is_over()) co_return false;
    if (answer == admission::refused) {
      ++unsendable_;
      refuse(number, describe_limit(error));
      co_return !is_over();
    }
    co_await client_.writable();
    if (is_over()) co_return false;
  }
}

void publisher::message_delivered(const delivered& end) {
  if (end.error) {
    ++refused_;
    refuse(end.token, describe_limit(end.error));
  } else if (is_failure(end.reason)) {
    ++refused_;
    const auto words = end.properties.text(property_id::reason_string).value_or("");
    refuse(end.token,
           "refused by the broker: " + describe_refusal(end.reason, packet_type::puback, words));
  } else {
    ++acknowledged_;
  }
}

void publisher::link_down(const failure& why, bool will_retry, std::chrono::milliseconds retry_in) {
  connection_log::link_down(why, will_retry, retry_in);
  if (!will_retry) runner_.interrupt(interruption::client_over);
}

std::string publisher::name_of(std::uint64_t number) const {
  if (has_records(settings_)) return "line " + std::to_string(number) + ": ";
  if (settings_.repeat != 1) return "message " + std::to_string(number) + ": ";
  return {};
}

// At QoS 1 and 2: accepted, and no word of the broker yet.
std::uint64_t publisher::unsettled() const noexcept {
  return promised_ - std::min(promised_, acknowledged_ + refused_);
}

void publisher::accepted() noexcept {
  ++published_;
  promised_ += message_.qos != qos_t::at_most_once ? 1u : 0u;
}

void publisher::refuse(std::uint64_t number, const std::string& why) {
  if (refused_ + unsendable_ <= refusals_told) {
    // Where each line has a topic of its own, the number of the line is what finds it.
    const std::string where =
        settings_.topic.empty() ? "publish: " : "publish to '" + printable(settings_.topic) + "': ";
    voice().say(where + name_of(number) + why);
  }
  if (settings_.stops_at_refusal && is_publishing_) runner_.interrupt(interruption::complete);
}

void publisher::leave_out(std::uint64_t number, const std::string& why) {
  if (++left_out_ > refusals_told) return;
  voice().say(name_of(number) + why + "; not published");
}

// Waits while there is progress. False when the client has ended or is to end.
asio::awaitable<bool> publisher::all_settled() {
  for (;;) {
    const std::uint64_t before = unsettled();
    const std::error_code error = co_await client_.settled(settle_patience);
    if (!error) co_return true;
    if (is_over()) co_return false;
    if (unsettled() == before && !client_.protocol().is_writing()) co_return false;
  }
}

std::string publisher::tally() const {
  // What QoS 0 sends nobody acknowledges; a recording may hold both.
  const std::uint64_t unpromised = published_ - promised_;
  const bool has_sent = unpromised != 0 || !may_promise(settings_);
  std::string text;
  if (has_sent) text = count_of(unpromised, "message") + " sent";
  if (promised_ != 0 || !has_sent) {
    text +=
        text.empty() ? count_of(acknowledged_, "message") : ", " + std::to_string(acknowledged_);
    text += " acknowledged";
  }
  const auto add = [&text](std::uint64_t count, std::string_view what) {
    if (count != 0) text.append(", ").append(std::to_string(count)).append(what);
  };
  add(refused_ + unsendable_, " refused");
  add(unsettled(), " sent and not acknowledged");
  add(left_out_, " not published");
  return text;
}

// What is to be said at the end beside the tally.
void publisher::say_remarks() {
  const std::uint64_t refused = refused_ + unsendable_;
  if (refused > refusals_told)
    voice().say(std::to_string(refused - refusals_told) + " more messages were refused");
  if (left_out_ > refusals_told)
    voice().say(std::to_string(left_out_ - refusals_told) + " more lines were not published");
  if (!remark_.empty()) voice().say(remark_);
  if (!input_trouble_.empty()) voice().say(input_trouble_);
}

asio::awaitable<exit_code> publisher::leave() {
  const bool settled = runner_.signalled() ? false : co_await all_settled();
  const bool was_connected = published_ != 0 || client_.protocol().is_connected();
  failure why;
  if (client_.ended()) {
    why = client_.ended();
  } else if (!was_connected && runner_.signalled()) {
    client_.stop();
  } else {
    const auto patience = runner_.signalled() ? interrupted_patience
                          : settled           ? goodbye_patience
                                              : std::chrono::seconds(0);
    const properties_view with = settings_.disconnect_properties;
    why = co_await client_.disconnect(patience, 0, with);
  }
  say_remarks();
  if (runner_.signalled()) {
    const bool by_sigint = runner_.interrupted() == interruption::sigint;
    voice().say((by_sigint ? "interrupted: " : "terminated: ") + tally());
    co_return by_sigint ? exit_code::interrupted : exit_code::terminated;
  }
  const bool several = goes_on_after_a_loss(settings_);
  const bool is_open = unsettled() != 0;
  if (why && why.error != errc::step_timeout) {
    std::string line = describe(why);
    if (published_ != 0 && (several || is_open)) line += "; " + tally();
    voice().say(line);
    co_return exit_code_for(why);
  }
  if (!settled || why) {
    voice().say("the broker did not acknowledge in time: " + tally());
    co_return exit_code::unsettled;
  }
  const bool has_refusals = refused_ + unsendable_ != 0;
  const bool has_several = published_ + unsendable_ + left_out_ > 1;
  if ((has_refusals || left_out_ != 0) && has_several) voice().say(tally());
  if (!input_trouble_.empty() || left_out_ != 0) co_return exit_code::input_failed;
  co_return has_refusals ? exit_code::publish_refused : exit_code::done;
}

}  // namespace mqttkit::tools
