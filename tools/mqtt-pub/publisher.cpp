#include "mqtt-pub/publisher.hpp"

#include <algorithm>
#include <utility>

#include "common/printable.hpp"
#include "io/failure_text.hpp"
#include "io/goodbye.hpp"
#include "mqttkit/base/error.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

// What goes into one write with DISCONNECT; more is waited for.
constexpr std::size_t one_write = 16 * 1024;

client_options options_for(pub_settings& settings) {
  client_options& options = settings.client;
  options.reconnect = has_several(settings);
  options.session.acknowledge = ack_policy::ignore;
  if (!options.reconnect) return options;

  if (settings.topic_alias != 0) {
    // The session gives the alias to the first message and an empty topic to the others, and does
    // so again after a reconnect.
    settings.publish_properties.remove(property_id::topic_alias);
    options.session.use_topic_aliases = true;
  }
  keep_session_over_gaps(settings);
  return options;
}

}  // namespace

publisher::publisher(runner& on, pub_settings settings, std::string payload, const stderr_log& log,
                     std::chrono::milliseconds patience)
    : connection_log(log, settings.debug, settings.client),
      runner_(on),
      settings_(std::move(settings)),
      client_(on.executor(), options_for(settings_), this),
      input_(on, settings_, std::move(payload), log, *this),
      patience_(patience) {
  client_.set_trace(packet_trace(settings_.client.session.version));
}

asio::awaitable<exit_code> publisher::work() {
  const failure why = co_await client_.connect();
  if (!why && !runner_.signalled()) co_await input_.run();
  co_return co_await leave();
}

bool publisher::is_over() const noexcept {
  return runner_.interrupted() != interruption::none || client_.ended();
}

bool publisher::try_take(const publish_packet& message, std::uint64_t number) {
  std::error_code error;
  if (client_.try_publish(message, number, error) != admission::accepted) return false;
  accepted(message);
  return true;
}

// Publishes, however long it takes to get room. False when the client has ended or is to end.
asio::awaitable<bool> publisher::take(const publish_packet& message, std::uint64_t number) {
  for (;;) {
    std::error_code error;
    const admission answer = client_.try_publish(message, number, error);
    if (answer == admission::accepted) {
      accepted(message);
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

// QoS 1 and 2 messages that were accepted and have no answer of the broker yet.
std::uint64_t publisher::unacknowledged() const noexcept {
  return promised_ - std::min(promised_, acknowledged_ + refused_);
}

void publisher::accepted(const publish_packet& message) noexcept {
  ++published_;
  promised_ += message.qos != qos_t::at_most_once ? 1u : 0u;
}

void publisher::refuse(std::uint64_t number, const std::string& why) {
  if (refused_ + unsendable_ <= refusals_told) {
    // Without -t each line has its own topic, so it is named by its number.
    const std::string where =
        settings_.topic.empty() ? "publish: " : "publish to '" + printable(settings_.topic) + "': ";
    log().say(where + input_.name_of(number) + why);
  }
  if (settings_.stops_at_refusal && input_.is_running()) runner_.interrupt(interruption::complete);
}

// Waits while there is progress. False when the client has ended or is to end.
asio::awaitable<bool> publisher::drain() {
  for (;;) {
    const std::uint64_t before = unacknowledged();
    const std::error_code error = co_await client_.settled(patience_);
    if (!error) co_return true;
    if (is_over()) co_return false;
    if (unacknowledged() == before && !client_.protocol().is_writing()) co_return false;
  }
}

std::string publisher::tally() const {
  // Messages at QoS 0 are sent and never acknowledged; a recording may hold both kinds.
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
  add(unacknowledged(), " sent and not acknowledged");
  add(input_.left_out(), " not published");
  return text;
}

asio::awaitable<exit_code> publisher::leave() {
  // A few messages at QoS 0 leave in one write with DISCONNECT.
  const bool fits = unacknowledged() == 0 && client_.protocol().output_size() <= one_write;
  const bool drained = !runner_.signalled() && (fits || co_await drain());
  const bool was_connected = published_ != 0 || client_.protocol().is_connected();
  failure why;
  if (client_.ended()) {
    why = client_.ended();
  } else if (!was_connected && runner_.signalled()) {
    client_.stop();
  } else {
    const properties_view with = settings_.disconnect_properties;
    why = co_await leave_broker(client_, runner_.signalled(), drained, with);
  }
  const std::uint64_t refused = refused_ + unsendable_;
  if (refused > refusals_told)
    log().say(std::to_string(refused - refusals_told) + " more messages were refused");
  input_.say_remarks();
  if (runner_.signalled()) {
    const bool by_sigint = runner_.interrupted() == interruption::sigint;
    log().say((by_sigint ? "interrupted: " : "terminated: ") + tally());
    co_return by_sigint ? exit_code::interrupted : exit_code::terminated;
  }
  const bool several = has_several(settings_);
  const bool is_open = unacknowledged() != 0;
  const bool is_late = why.at == stage::session && why.error == errc::step_timeout;
  if (why && !is_late) {
    std::string line = describe(why, settings_.tls_from);
    if (published_ != 0 && (several || is_open)) line += "; " + tally();
    log().say(line);
    co_return exit_code_for(why);
  }
  if (!drained || why) {
    log().say("the broker did not acknowledge in time: " + tally());
    co_return exit_code::unacknowledged;
  }
  const bool has_left_out = input_.left_out() != 0;
  const bool is_single = published_ + unsendable_ + input_.left_out() <= 1;
  if (((refused != 0 || has_left_out) && !is_single) || wants_report(settings_)) log().say(tally());
  if (input_.has_trouble() || has_left_out) co_return exit_code::input_failed;
  co_return refused != 0 ? exit_code::publish_refused : exit_code::done;
}

}  // namespace mqttkit::tools
