#include "mqtt-pub/requester.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <cstdio>
#include <span>
#include <utility>

#include "common/duration_text.hpp"
#include "common/printable.hpp"
#include "common/terminal.hpp"
#include "io/failure_text.hpp"
#include "io/goodbye.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

constexpr auto goodbye_patience = 5s;

// The same after -W or Ctrl-C, when somebody waits for the end: enough for an answer that is on its
// way.
constexpr auto hurried_patience = 250ms;

// 128 random bits as hexadecimal digits: no two requests share them.
std::string unique_word() {
  unsigned char bits[16] = {};
  if (getrandom(bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) {
    return std::to_string(getpid()) + "-" +
           std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
  }
  return hex_text(std::as_bytes(std::span(bits)));
}

// Fills in what the user left out.
pub_settings complete(pub_settings settings) {
  client_options& options = settings.client;
  options.reconnect = false;
  options.session.acknowledge = ack_policy::manual;
  if (options.session.version != protocol_version::v5) return settings;
  if (settings.response_topic.empty()) settings.response_topic = "mqtt-pub/reply/" + unique_word();
  properties& with = settings.publish_properties;
  [[maybe_unused]] std::error_code error;
  if (!with.view().find(property_id::response_topic)) {
    error = with.add(property_id::response_topic, settings.response_topic);
  }
  if (!with.view().find(property_id::correlation_data)) {
    error = with.add(property_id::correlation_data, unique_word());
  }
  return settings;
}

// As mosquitto_rr 2.1 writes it.
std::string latency_line(std::chrono::nanoseconds took) {
  const auto count = static_cast<double>(took.count());
  char text[64];
  if (took >= std::chrono::seconds(1)) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(took);
    std::snprintf(text, sizeof text, "Latency: %lld.%09lld\n",
                  static_cast<long long>(whole.count()),
                  static_cast<long long>((took - whole).count()));
  } else if (took >= std::chrono::milliseconds(1)) {
    std::snprintf(text, sizeof text, "Latency: %fms\n", count / 1e6);
  } else if (took >= std::chrono::microseconds(1)) {
    std::snprintf(text, sizeof text, "Latency: %f\xC2\xB5s\n", count / 1e3);
  } else {
    std::snprintf(text, sizeof text, "Latency: %.0fns\n", count);
  }
  return text;
}

message_formatter::options format_for(const pub_settings& settings) {
  message_formatter::options options;
  options.format = settings.format;
  options.format_given = settings.format_given;
  options.verbose = settings.verbose;
  options.no_newline = settings.no_newline;
  options.pretty = settings.pretty;
  options.retain_as_word = settings.ways == mosquitto_ways::v2_1;
  options.user_properties_merged = settings.ways == mosquitto_ways::v2_0;
  return options;
}

}  // namespace

requester::requester(runner& on, pub_settings settings, std::string payload, const stderr_log& log)
    : connection_log(log, settings.debug, settings.client),
      runner_(on),
      settings_(complete(std::move(settings))),
      payload_(std::move(payload)),
      correlation_(
          settings_.publish_properties.view().text(property_id::correlation_data).value_or("")),
      sink_(on.executor(), message_printer(format_for(settings_), log)),
      client_(on.executor(), settings_.client, this) {
  client_.set_trace(packet_trace(settings_.client.session.version));
}

asio::awaitable<exit_code> requester::work() {
  if (settings_.timeout.count() != 0) {
    runner_.interrupt_after(settings_.timeout, interruption::timeout);
  }
  const failure why = co_await client_.connect();
  if (!why && !is_over()) {
    // Subscribes and receives at once: messages may come before SUBACK.
    asio::co_spawn(runner_.executor(), ask(), asio::detached);
    co_await receive();
  }
  co_return co_await leave();
}

bool requester::is_over() const noexcept {
  return runner_.interrupted() != interruption::none || client_.ended();
}

asio::awaitable<void> requester::ask() {
  if (!co_await subscribe()) {
    runner_.interrupt(interruption::complete);
    co_return;
  }
  publish_packet request;
  request.topic = settings_.topic;
  request.payload = as_bytes(payload_);
  request.qos = settings_.qos;
  request.retain = settings_.retain;
  request.properties = settings_.publish_properties;
  asked_ = true;
  asked_at_ = std::chrono::steady_clock::now();
  std::error_code error;
  if (client_.try_publish(request, 1, error) == admission::accepted) co_return;
  if (is_over()) co_return;
  publish_refused_ = true;
  log().say("publish to '" + printable(settings_.topic) + "': " + describe_limit(error));
  runner_.interrupt(interruption::complete);
}

// The request goes out only when the reply cannot be missed.
asio::awaitable<bool> requester::subscribe() {
  subscription wanted;
  wanted.filter = settings_.response_topic;
  wanted.qos = settings_.qos;
  wanted.retain_as_published = settings_.retain_as_published;
  wanted.retained = settings_.retained;
  // MQTT 5: no retained message is sent, which could be taken for the reply.
  if (wanted.retain_as_published && settings_.client.session.version == protocol_version::v5 &&
      wanted.retained == retain_handling::send)
    wanted.retained = retain_handling::do_not_send;
  const std::span<const subscription> filters(&wanted, 1);
  const result<grant> answer = co_await client_.subscribe(filters);
  if (!answer) {
    if (is_over()) co_return false;
    log().say("subscribe: " + describe_limit(answer.error()));
    subscribe_refused_ = true;
    co_return false;
  }
  const std::uint8_t code = answer->codes.empty() ? std::uint8_t{0} : answer->codes.front();
  if (!is_failure(code)) co_return true;
  const auto words = answer->with.view().text(property_id::reason_string).value_or("");
  log().say("subscribe to '" + printable(settings_.response_topic) +
            "': refused by the broker: " + describe_refusal(code, packet_type::suback, words));
  subscribe_refused_ = true;
  co_return false;
}

void requester::message_delivered(const delivered& end) {
  const auto words = end.properties.text(property_id::reason_string).value_or("");
  const bool is_refused = end.error || is_failure(end.reason);
  if (is_refused) {
    publish_refused_ = true;
    log().say("publish to '" + printable(settings_.topic) + "': " +
              (end.error ? describe_limit(end.error)
                         : "refused by the broker: " +
                               describe_refusal(end.reason, packet_type::puback, words)));
    runner_.interrupt(interruption::complete);
  } else if (end.reason == static_cast<std::uint8_t>(reason_code::no_matching_subscribers)) {
    log().say("nobody is subscribed to '" + printable(settings_.topic) +
              "' at the moment: is the service that replies running?");
  }
}

void requester::link_down(const failure& why, bool will_retry, std::chrono::milliseconds retry_in) {
  connection_log::link_down(why, will_retry, retry_in);
  if (!will_retry) runner_.interrupt(interruption::client_over);
}

bool requester::is_reply(const publish_packet& message) const {
  if (!asked_ || (message.retain && settings_.no_stale)) return false;
  if (message.topic != settings_.response_topic) return false;
  const auto data = message.properties.text(property_id::correlation_data);
  if (!correlation_.empty() && data)
    return *data == correlation_;  // another request has other data
  // A simple service sends no correlation data. A message that was retained before is no reply; a
  // fresh one has the flag only where the subscription asks for it as published.
  return !message.retain || settings_.retain_as_published;
}

void requester::take(const publish_packet& message) {
  if (!is_reply(message)) return;
  ++replies_;
  tell_time();
  sink_.take(message, client_.arrived());
  if (settings_.latency) sink_.put(latency_line(std::chrono::steady_clock::now() - asked_at_));
}

// On a terminal only: what a script reads must not vary with the time taken. --latency asks for it.
void requester::tell_time() const {
  if (settings_.latency || (!debug() && !is_terminal(STDERR_FILENO))) return;
  const auto took = std::chrono::steady_clock::now() - asked_at_;
  log().say("reply " + (settings_.replies == 1 ? "" : std::to_string(replies_) + " ") + "after " +
            duration_text(took));
}

asio::awaitable<void> requester::receive() {
  for (;;) {
    const message_received* got = nullptr;
    while (replies_ < settings_.replies && (got = client_.try_receive()) != nullptr) {
      take(got->message);
      if (!sink_.is_full()) continue;
      co_await write_out();
      if (output_error_ || is_over()) co_return;
    }
    co_await write_out();
    if (replies_ == settings_.replies || output_error_ || is_over()) co_return;
    co_await client_.readable();
    if (is_over()) co_return;
  }
}

asio::awaitable<void> requester::write_out() {
  std::error_code error = sink_.try_flush();
  if (error == asio::error::would_block) error = co_await sink_.flush();
  if (!error) {
    client_.settle();
  } else if (error != asio::error::operation_aborted) {
    output_error_ = error;
  }
}

asio::awaitable<exit_code> requester::leave() {
  failure why;
  if (client_.ended()) {
    why = client_.ended();
  } else {
    const properties_view with = settings_.disconnect_properties;
    const bool is_hurried = runner_.signalled() || runner_.interrupted() == interruption::timeout;
    const std::chrono::milliseconds patience = is_hurried ? hurried_patience : goodbye_patience;
    if (runner_.signalled()) {
      why = co_await leave_with_will(client_, patience, with);
    } else {
      // As mosquitto_rr: after a time limit MQTT 5 lets the broker publish the will.
      const bool with_will = runner_.interrupted() == interruption::timeout &&
                             settings_.client.session.version == protocol_version::v5;
      const auto reason = with_will ? reason_code::disconnect_with_will : reason_code::success;
      why = co_await client_.disconnect(patience, static_cast<std::uint8_t>(reason), with);
    }
    // The reply has come: an error while disconnecting is not reported.
    if (replies_ == settings_.replies || runner_.interrupted() != interruption::none) {
      why = failure();
    }
  }
  co_return outcome(why);
}

exit_code requester::outcome(const failure& why) const {
  const std::string tally = std::to_string(replies_) + " of " + std::to_string(settings_.replies) +
                            (settings_.replies == 1 ? " reply" : " replies") + " received";
  switch (runner_.interrupted()) {
    case interruption::sigint:
      return exit_code::interrupted;
    case interruption::sigterm:
      return exit_code::terminated;
    case interruption::timeout:
      log().say("timed out after " + seconds_text(settings_.timeout) + " (-W); " + tally);
      return exit_code::timeout;
    default:
      break;
  }
  if (output_error_) {
    if (output_error_ != std::errc::broken_pipe) {
      log().say("standard output: " + output_error_.message());
    }
    return exit_code::output_failed;
  }
  if (why) {
    log().say(describe(why, settings_.tls_from) + (asked_ ? "; " + tally : std::string()));
    return exit_code_for(why);
  }
  if (subscribe_refused_) return exit_code::subscribe_refused;
  return publish_refused_ ? exit_code::publish_refused : exit_code::done;
}

}  // namespace mqttkit::tools
