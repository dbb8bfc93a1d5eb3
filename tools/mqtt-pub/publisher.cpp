#include "mqtt-pub/publisher.hpp"

#include <unistd.h>

#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

#include "mqtt-pub/line_source.hpp"
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

// Refusals that are told one by one; the rest is counted.
constexpr std::uint64_t refusals_told = 20;

// How long a broker is asked to keep a session while mqtt-pub connects again.
constexpr std::uint32_t gap_seconds = 300;

bool goes_on_after_a_loss(const pub_settings& settings) {
  return settings.source == message_source::lines || settings.repeat > 1;
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
  if (session.version == protocol_version::v5 && settings.qos != qos_t::at_most_once &&
      session.clean_start &&
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
      client_(on.executor(), options_for(settings_), this) {
  message_.topic = settings_.topic;
  message_.payload = as_bytes(payload_);
  message_.qos = settings_.qos;
  message_.retain = settings_.retain;
  message_.properties = settings_.publish_properties;
  client_.set_trace(packet_trace(settings_.client.session.version));
}

asio::awaitable<exit_code> publisher::work() {
  const failure why = co_await client_.connect();
  if (!why && !runner_.signalled()) {
    if (settings_.source == message_source::lines) {
      co_await publish_lines();
    } else {
      co_await publish_repeatedly();
    }
  }
  co_return co_await leave();
}

bool publisher::is_over() const noexcept {
  return runner_.interrupted() != interruption::none || client_.ended();
}

asio::awaitable<void> publisher::publish_lines() {
  line_source source(runner_.executor(), STDIN_FILENO);
  std::string_view line;
  std::uint64_t number = 0;
  std::error_code error;
  for (;;) {
    while (source.next(line)) {
      ++number;
      message_.payload = as_bytes(line);
      if (client_.try_publish(message_, number, error) == admission::accepted) {
        ++published_;
      } else if (!co_await insist(message_, number)) {
        co_return;
      }
    }
    if (source.at_end() || is_over()) co_return;
    error = co_await source.fill();
    if (is_over()) co_return;
    if (error == std::errc::value_too_large) {
      input_trouble_ = "line " + std::to_string(number + 1) +
                       ": longer than an MQTT message can be (268,435,455 bytes); what follows it "
                       "was not read";
      co_return;
    }
    if (error) {
      input_trouble_ =
          "standard input: " + error.message() + ", after line " + std::to_string(number);
      co_return;
    }
  }
}

asio::awaitable<void> publisher::publish_repeatedly() {
  constexpr asio::experimental::as_tuple_t<asio::use_awaitable_t<>> token{
      asio::use_awaitable_t<>{}};
  for (std::uint64_t number = 1; number <= settings_.repeat; ++number) {
    if (!co_await insist(message_, number)) co_return;
    if (settings_.repeat_delay.count() == 0 || number == settings_.repeat) continue;
    if (!co_await all_settled()) co_return;
    asio::steady_timer delay(runner_.executor(), settings_.repeat_delay);
    co_await delay.async_wait(token);
    if (is_over()) co_return;
  }
}

// Publishes, however long it takes to get room. False when the client has ended or is to end.
asio::awaitable<bool> publisher::insist(const publish_packet& message, std::uint64_t number) {
  for (;;) {
    std::error_code error;
    const admission answer = client_.try_publish(message, number, error);
    if (answer == admission::accepted) {
      ++published_;
      co_return true;
    }
    if (is_over()) co_return false;
    if (answer == admission::refused) {
      refuse(number, describe_limit(error));
      co_return true;
    }
    co_await client_.writable();
    if (is_over()) co_return false;
  }
}

void publisher::message_delivered(const delivered& end) {
  if (end.error) {
    refuse(end.token, describe_limit(end.error));
  } else if (is_failure(end.reason)) {
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
  if (settings_.source == message_source::lines) return "line " + std::to_string(number) + ": ";
  if (settings_.repeat > 1) return "message " + std::to_string(number) + ": ";
  return {};
}

void publisher::refuse(std::uint64_t number, const std::string& why) {
  if (++refused_ > refusals_told) return;
  voice().say("publish to '" + printable(settings_.topic) + "': " + name_of(number) + why);
}

// Waits while there is progress. False when the client has ended or is to end.
asio::awaitable<bool> publisher::all_settled() {
  for (;;) {
    const std::uint64_t before = acknowledged_ + refused_;
    const std::error_code error = co_await client_.settled(settle_patience);
    if (!error) co_return true;
    if (is_over()) co_return false;
    if (acknowledged_ + refused_ == before && !client_.protocol().is_writing()) co_return false;
  }
}

std::string publisher::tally() const {
  if (settings_.qos == qos_t::at_most_once) return count_of(published_, "message") + " sent";
  const std::uint64_t open = published_ - acknowledged_ - refused_;
  std::string text = count_of(acknowledged_, "message") + " acknowledged";
  if (refused_ != 0) text += ", " + std::to_string(refused_) + " refused";
  if (open != 0) text += ", " + std::to_string(open) + " sent and not acknowledged";
  return text;
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
  if (refused_ > refusals_told) {
    voice().say(std::to_string(refused_ - refusals_told) + " more messages were refused");
  }
  if (!input_trouble_.empty()) voice().say(input_trouble_);
  if (runner_.signalled()) {
    const bool by_sigint = runner_.interrupted() == interruption::sigint;
    voice().say((by_sigint ? "interrupted: " : "terminated: ") + tally());
    co_return by_sigint ? exit_code::interrupted : exit_code::terminated;
  }
  const bool several = goes_on_after_a_loss(settings_);
  const bool is_open =
      settings_.qos != qos_t::at_most_once && published_ > acknowledged_ + refused_;
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
  if (!input_trouble_.empty()) co_return exit_code::input_failed;
  co_return refused_ != 0 ? exit_code::publish_refused : exit_code::done;
}

}  // namespace mqttkit::tools
