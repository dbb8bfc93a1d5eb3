#include "mqtt-pub/intake.hpp"

#include <unistd.h>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <optional>
#include <utility>

#include "io/awaiting.hpp"
#include "io/progress.hpp"
#include "mqtt-pub/input.hpp"
#include "mqtt-pub/json_records.hpp"
#include "mqtt-pub/line_records.hpp"

namespace mqttkit::tools {
namespace {

// How long a broker is asked to keep a session while mqtt-pub connects again.
constexpr std::uint32_t gap_seconds = 300;

pace pace_of(const pub_settings& settings) {
  if (settings.rate != 0) return pace::at_rate(settings.rate);
  if (settings.every.count() != 0) return pace::at_interval(settings.every);
  if (settings.replay_speed != 0) return pace::as_recorded(settings.replay_speed);
  return {};
}

}  // namespace

std::string count_of(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

bool has_records(const pub_settings& settings) {
  return settings.source == message_source::lines || settings.source == message_source::recording;
}

bool has_several(const pub_settings& settings) {
  return has_records(settings) || settings.repeat != 1;
}

bool may_promise(const pub_settings& settings) {
  return settings.qos != qos_t::at_most_once ||
         (settings.source == message_source::recording && !settings.has_qos);
}

bool wants_report(const pub_settings& settings) {
  return has_records(settings) && ::isatty(STDERR_FILENO) != 0;
}

void keep_session_over_gaps(pub_settings& settings) {
  // A session that outlives the link lets a broken exchange be taken up where it was. DISCONNECT
  // ends it, so nothing is left on the broker.
  session_options& session = settings.client.session;
  if (session.version != protocol_version::v5 || !may_promise(settings) || !session.clean_start ||
      session.connect_properties.view().find(property_id::session_expiry_interval) ||
      session.connect_properties.add(property_id::session_expiry_interval, gap_seconds)) {
    return;
  }
  session.clean_start_again = false;
  if (!settings.disconnect_properties.view().find(property_id::session_expiry_interval)) {
    [[maybe_unused]] const auto error =
        settings.disconnect_properties.add(property_id::session_expiry_interval, 0u);
  }
}

intake::intake(runner& on, const pub_settings& settings, std::string payload, const stderr_log& log,
               message_taker& taker)
    : runner_(on),
      settings_(settings),
      payload_(std::move(payload)),
      log_(log),
      taker_(taker),
      pace_(pace_of(settings_)) {
  message_.topic = settings_.topic;
  message_.payload = as_bytes(payload_);
  message_.qos = settings_.qos;
  message_.retain = settings_.retain;
  message_.properties = settings_.publish_properties;
  // Cannot fail: the command line was checked.
  if (settings_.source == message_source::made) template_.parse(settings_.payload_template, false);
}

asio::awaitable<void> intake::run() {
  is_running_ = true;
  if (settings_.source == message_source::lines) {
    line_records lines(runner_.executor(), STDIN_FILENO, settings_);
    co_await hand_on(lines);
  } else if (settings_.source == message_source::recording) {
    json_records recorded(runner_.executor(), STDIN_FILENO, settings_);
    co_await hand_on(recorded);
    remark_ = recorded.remark();
  } else {
    co_await repeat();
  }
  is_running_ = false;
}

asio::awaitable<void> intake::hand_on(record_source& source) {
  std::optional<progress> shown;
  // No progress for typed input, nor under --debug, which shows every packet.
  if (!settings_.quiet && !settings_.debug && ::isatty(STDIN_FILENO) == 0 &&
      has_progress_terminal()) {
    shown.emplace(runner_.executor(), log_, bytes_left_in(STDIN_FILENO),
                  [this, &source](progress_state& now) {
                    now.messages = taker_.taken();
                    now.bytes = source.bytes_taken();
                  });
  }
  std::uint64_t taken_before = 0;
  for (;;) {
    const record_source::step step = source.next(message_);
    if (step == record_source::step::message) {
      const std::uint64_t number = source.number();
      if (pace_.is_set() && !co_await its_turn(source.recorded())) co_return;
      if (!taker_.try_take(message_, number) && !co_await taker_.take(message_, number)) co_return;
    } else if (step == record_source::step::bad) {
      leave_out(source.number(), source.wrong());
    } else {
      if (step == record_source::step::end || taker_.is_over()) co_return;
      if (!co_await read_on(source, taken_before)) co_return;
      taken_before = taker_.taken();
    }
  }
}

// Reads on. False at the end of the input, or of the program.
asio::awaitable<bool> intake::read_on(record_source& source, std::uint64_t taken_before) {
  if (!co_await taker_.pause()) co_return false;
  if (taker_.taken() == taken_before) {
    // Lines that are left out do not suspend this coroutine: give signals and the connection their
    // turn.
    co_await asio::post(runner_.executor(), as_values);
    if (taker_.is_over()) co_return false;
  }
  const std::error_code error = co_await source.fill();
  if (taker_.is_over()) co_return false;
  if (!error) co_return true;
  if (error == std::errc::value_too_large) {
    trouble_ = "line " + std::to_string(source.number() + 1) +
               ": longer than an MQTT message can be (268,435,455 bytes); what follows it "
               "was not read";
  } else {
    trouble_ =
        "standard input: " + error.message() + ", after line " + std::to_string(source.number());
  }
  co_return false;
}

asio::awaitable<void> intake::repeat() {
  for (std::uint64_t number = 1; settings_.repeat == 0 || number <= settings_.repeat; ++number) {
    if (pace_.is_set() && !co_await its_turn({})) co_return;
    if (!make_payload(number)) co_return;
    if (!taker_.try_take(message_, number) && !co_await taker_.take(message_, number)) co_return;
    if (settings_.repeat_delay.count() == 0 || number == settings_.repeat) continue;
    if (!co_await taker_.drain()) co_return;
    asio::steady_timer delay(runner_.executor(), settings_.repeat_delay);
    co_await delay.async_wait(as_values);
    if (taker_.is_over()) co_return;
  }
}

// Waits until the next message may go. False when it is over.
asio::awaitable<bool> intake::its_turn(pace::recorded_time recorded) {
  const pace::clock::time_point now = pace::clock::now();
  const pace::clock::time_point due = pace_.due(now, recorded);
  if (due > now) {
    if (!co_await taker_.pause()) co_return false;
    asio::steady_timer timer(runner_.executor(), due);
    co_await timer.async_wait(as_values);
  }
  co_return !taker_.is_over();
}

// Makes the payload of this message. False when that fails.
bool intake::make_payload(std::uint64_t number) {
  if (settings_.source == message_source::made) {
    payload_.clear();
    template_.expand(number, {}, payload_);
    message_.payload = as_bytes(payload_);
  } else if (settings_.source == message_source::file && settings_.every.count() != 0 &&
             number != 1) {
    // The file may have changed since the last message.
    trouble_ = read_message(settings_, payload_);
    message_.payload = as_bytes(payload_);
  }
  return trouble_.empty();
}

std::string intake::name_of(std::uint64_t number) const {
  if (has_records(settings_)) return "line " + std::to_string(number) + ": ";
  if (settings_.repeat != 1) return "message " + std::to_string(number) + ": ";
  return {};
}

void intake::leave_out(std::uint64_t number, const std::string& why) {
  if (++left_out_ > refusals_told) return;
  log_.say(name_of(number) + why + "; not published");
}

void intake::say_remarks() const {
  if (left_out_ > refusals_told)
    log_.say(std::to_string(left_out_ - refusals_told) + " more lines were not published");
  if (!remark_.empty()) log_.say(remark_);
  if (!trouble_.empty()) log_.say(trouble_);
}

}  // namespace mqttkit::tools
