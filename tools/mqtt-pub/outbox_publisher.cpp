#include "mqtt-pub/outbox_publisher.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <utility>

#include "common/exit_code.hpp"
#include "common/printable.hpp"
#include "io/awaiting.hpp"
#include "io/failure_text.hpp"
#include "io/goodbye.hpp"
#include "mqttkit/base/error.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

// How long to wait for another run's lock: cron may start two at the same moment.
constexpr auto lock_patience = 3s;

// A connected broker that acknowledges nothing for so long is not waited for any longer, and one
// that is gone after the end of the input not as long: the next run delivers the rest.
constexpr auto drain_patience = 60s;
constexpr auto return_patience = 10s;

// How often progress is checked while acknowledgements are waited for.
constexpr auto watch_interval = 1s;

// Messages given to the client at once, unless -M says otherwise. All of them are sent again after
// a crash, so they are few; a broker next door takes as many a second with them as with ten times
// more (98,000 lines at QoS 1, mosquitto 2.0.11).
constexpr std::uint64_t usual_given_out = 100;

// Messages that are put on the disk at once; more of them are no faster.
constexpr std::size_t batch_bytes = 1u << 20;

client_options options_for(pub_settings& settings) {
  client_options& options = settings.client;
  options.reconnect = true;
  options.retry_first_connect = has_several(settings);
  options.session.acknowledge = ack_policy::ignore;
  // A topic alias belongs to one connection, and a message in the outbox does not.
  settings.publish_properties.remove(property_id::topic_alias);
  keep_session_over_gaps(settings);
  return options;
}

// --rate limits how fast is published, not how fast is read.
pace take_rate(pub_settings& settings) {
  const double rate = std::exchange(settings.rate, 0);
  return rate != 0 ? pace::at_rate(rate) : pace();
}

// Whether a later attempt may succeed although nothing is changed on this side.
bool may_mend_itself(exit_code code) {
  return code == exit_code::name_not_found || code == exit_code::cannot_connect ||
         code == exit_code::refused || code == exit_code::lost;
}

}  // namespace

std::string open_outbox(const pub_settings& settings, outbox& store) {
  outbox_limit limit;
  limit.messages = settings.outbox_messages;
  limit.bytes = settings.outbox_bytes;
  return store.open(settings.outbox, limit, lock_patience);
}

outbox_publisher::outbox_publisher(runner& on, pub_settings settings, std::string payload,
                                   outbox& store, const stderr_log& log)
    : connection_log(log, settings.debug, settings.client),
      runner_(on),
      settings_(std::move(settings)),
      store_(store),
      pace_(take_rate(settings_)),
      client_(on.executor(), options_for(settings_), this),
      input_(on, settings_, std::move(payload), log, *this),
      changed_(on.executor(), asio::steady_timer::time_point::max()),
      watch_(on.executor()),
      most_given_out_(settings_.client.session.maximum_inflight != 0
                          ? settings_.client.session.maximum_inflight
                          : usual_given_out) {
  client_.set_trace(packet_trace(settings_.client.session.version));
}

asio::awaitable<exit_code> outbox_publisher::work() {
  say_notes();
  is_taking_ = settings_.source != message_source::none;
  if (is_taking_) asio::co_spawn(runner_.executor(), take_in(), asio::detached);
  look_after();
  // A message from the command line is on the disk before the broker is looked for.
  while (is_taking_ && !has_several(settings_) && !wants_room_) co_await change();
  if (store_.pending() == 0 && !is_taking_) co_return co_await leave();
  const failure why = co_await client_.connect();
  if (!why) {
    co_await deliver();
  } else {
    is_down_ = true;
    something_changed();
    while (wants_room_ && is_taking_) co_await change();
  }
  co_return co_await leave();
}

bool outbox_publisher::is_over() const noexcept {
  return runner_.interrupted() != interruption::none || client_.ended();
}

// ------------------------------------------------------------------------------ to the disk

asio::awaitable<void> outbox_publisher::take_in() {
  co_await input_.run();
  commit();
  is_taking_ = false;
  something_changed();
  // The input has ended and there never was a connection: the next run delivers.
  if (!has_stood_ && is_down_ && !is_over()) stop_trying();
}

bool outbox_publisher::try_take(const publish_packet& message, std::uint64_t number) {
  if (store_.batch_bytes() >= batch_bytes) return false;
  publish_packet promised = message;
  if (promised.qos == qos_t::at_most_once) promised.qos = qos_t::at_least_once;
  std::error_code error;
  if (store_.put(promised, number, error) != outbox::admission::batched) return false;
  ++taken_;
  return true;
}

asio::awaitable<bool> outbox_publisher::take(const publish_packet& message, std::uint64_t number) {
  publish_packet promised = message;
  if (promised.qos == qos_t::at_most_once) promised.qos = qos_t::at_least_once;
  if (!co_await pause()) co_return false;
  for (;;) {
    std::error_code error;
    const outbox::admission answer = store_.put(promised, number, error);
    if (answer == outbox::admission::batched) {
      ++taken_;
      co_return true;
    }
    if (answer == outbox::admission::refused) {
      input_.leave_out(number, describe_limit(error));
      co_return true;
    }
    if (!may_wait_for_room()) {
      give_up(number, "the outbox is full (--outbox-limit)");
      co_return false;
    }
    wants_room_ = true;
    something_changed();
    co_await change();
    wants_room_ = false;
    if (is_over() && !client_.ended()) co_return false;
  }
}

// Whether acknowledgements may come that make room.
bool outbox_publisher::may_wait_for_room() const noexcept {
  return store_.pending() != 0 && !is_down_ && !client_.ended();
}

asio::awaitable<bool> outbox_publisher::pause() {
  if (!commit()) co_return false;
  something_changed();
  co_await asio::post(runner_.executor(), as_values);
  co_return !is_over();
}

// What is on the disk is accepted; a pause between messages does not wait for the broker.
asio::awaitable<bool> outbox_publisher::drain() { return pause(); }

bool outbox_publisher::commit() {
  const outbox::commit_result result = store_.commit();
  if (!result) return true;
  taken_ -= result.lost;
  give_up(result.first_lost,
          "outbox " + printable(store_.folder()) + ": " + result.error.message());
  return false;
}

// Accepts nothing any more, from message `number` on.
void outbox_publisher::give_up(std::uint64_t number, const std::string& why) {
  if (input_failure_.empty())
    input_failure_ = input_.name_of(number) + why +
                     (has_several(settings_) ? "; it was not accepted, nor is what follows it"
                                             : "; the message was not accepted");
}

// ------------------------------------------------------------------------------ to the broker

// Waits for an acknowledgement, a commit, a connection that comes or goes.
asio::awaitable<void> outbox_publisher::change() { co_await changed_.async_wait(as_values); }

// Reports what was found damaged or put aside in the outbox.
void outbox_publisher::say_notes() {
  for (const std::string& note : store_.take_notes()) log().say(note);
}

// A crash sends again what was given out and is not acknowledged: that has a bound, also with a
// broker that forgets one message and acknowledges those behind it.
bool outbox_publisher::may_give_out() const noexcept {
  return store_.given_out() < most_given_out_;
}

// After the end of the input nothing is waited for without end: not for a broker that is gone, and
// not for one that is there and acknowledges nothing.
void outbox_publisher::look_after() {
  watch_.expires_after(watch_interval);
  watch_.async_wait([this](const std::error_code& error) {
    if (error || is_over()) return;
    const auto now = std::chrono::steady_clock::now();
    const session& protocol = client_.protocol();
    const bool is_idle = is_taking_ || !has_stood_ || store_.pending() != pending_then_ ||
                         (!is_down_ && (protocol.inflight() == 0 || protocol.is_writing()));
    if (is_idle) quiet_since_ = now;
    pending_then_ = store_.pending();
    const auto most = is_down_ ? std::chrono::seconds(return_patience) : drain_patience;
    if (now - quiet_since_ >= most) {
      stop_trying();
      something_changed();
    } else {
      look_after();
    }
  });
}

void outbox_publisher::something_changed() { changed_.cancel(); }

asio::awaitable<void> outbox_publisher::deliver() {
  outbox::stored message;
  for (;;) {
    while (may_give_out() && store_.next(message)) {
      say_notes();
      if (!co_await publish(message) || is_over()) co_return;
    }
    say_notes();
    if (is_over()) co_return;
    // With nothing in flight no acknowledgement will make room: the rest is what could not be put
    // aside.
    const bool is_all = store_.given_out() == store_.pending();
    if (!is_taking_ && (is_all || client_.protocol().inflight() == 0)) co_return;
    co_await change();
    if (is_over()) co_return;
  }
}

// False when the client has ended or is to end.
asio::awaitable<bool> outbox_publisher::publish(const outbox::stored& message) {
  if (pace_.is_set()) {
    const pace::clock::time_point due = pace_.due(pace::clock::now(), {});
    if (due > pace::clock::now()) {
      asio::steady_timer timer(runner_.executor(), due);
      co_await timer.async_wait(as_values);
      if (is_over()) co_return false;
    }
  }
  publish_packet packet = message.message;
  if (settings_.client.session.version != protocol_version::v5 &&
      !packet.properties.bytes().empty()) {
    packet.properties = {};
    properties_left_out_ = true;
  }
  for (;;) {
    std::error_code error;
    const admission answer = client_.try_publish(packet, message.number, error);
    if (answer == admission::accepted) co_return true;
    if (is_over()) co_return false;
    if (answer == admission::refused) {
      refuse(message, describe_limit(error));
      co_return !is_over();
    }
    co_await client_.writable();
    if (is_over()) co_return false;
  }
}

void outbox_publisher::message_delivered(const delivered& end) {
  if (!end.error && !is_failure(end.reason)) {
    ++acknowledged_;
    done_with(end.token);
    return;
  }
  outbox::stored message;
  message.number = end.token;
  const bool is_found = store_.find(end.token, message);
  const auto words = end.properties.text(property_id::reason_string).value_or("");
  const std::string why = end.error ? describe_limit(end.error)
                                    : "refused by the broker: " +
                                          describe_refusal(end.reason, packet_type::puback, words);
  if (is_found) {
    refuse(message, why);
  } else {
    ++refused_;
    log().say("publish: " + why);
  }
}

// Tells why a message is refused, and puts it aside so that it does not stop those behind it.
void outbox_publisher::refuse(const outbox::stored& message, const std::string& why) {
  ++refused_;
  const std::error_code error = store_.put_aside(message.message);
  if (refused_ <= refusals_told || error) {
    std::string line = "publish to '" + printable(message.message.topic) + "': ";
    line += name_of(message) + why;
    line += error ? "; it stays in the outbox, for it could not be written to refused.json: " +
                        error.message()
                  : "; kept in " + printable(store_.folder()) + "/refused.json";
    log().say(line);
  }
  if (!error) done_with(message.number);
  if (settings_.stops_at_refusal) runner_.interrupt(interruption::complete);
}

std::string outbox_publisher::name_of(const outbox::stored& message) const {
  return message.is_new ? input_.name_of(message.origin) : "of an earlier run: ";
}

void outbox_publisher::done_with(std::uint64_t number) {
  store_.acknowledge(number);
  if (save_is_due_) return;
  // One save for all the acknowledgements that a single read brings.
  save_is_due_ = true;
  asio::post(runner_.executor(), [this] {
    save_is_due_ = false;
    store_.save();
    something_changed();
  });
}

void outbox_publisher::link_up(const connected& with, const session& protocol,
                               std::chrono::nanoseconds gap) {
  connection_log::link_up(with, protocol, gap);
  has_stood_ = true;
  is_down_ = false;
}

void outbox_publisher::link_down(const failure& why, bool will_retry,
                                 std::chrono::milliseconds retry_in) {
  const bool is_wanted = is_taking_ || has_stood_;
  const bool goes_on = will_retry && is_wanted && runner_.interrupted() == interruption::none;
  connection_log::link_down(why, goes_on, retry_in);
  last_failure_ = why;
  is_down_ = true;
  something_changed();
  if (!will_retry) {
    runner_.interrupt(interruption::client_over);
  } else if (!goes_on) {
    stop_trying();
  }
}

// An interruption may find nobody waiting between two attempts, so the client is ended as well. Not
// from inside its own calls.
void outbox_publisher::stop_trying() {
  runner_.interrupt(interruption::complete);
  asio::post(runner_.executor(), [this] { client_.stop(); });
}

// ------------------------------------------------------------------------------ the end

// Waits while there is progress. False when the client has ended or is to end.
asio::awaitable<bool> outbox_publisher::drain_all() {
  if (!has_stood_) co_return store_.pending() == 0;
  auto quiet_since = std::chrono::steady_clock::now();
  for (;;) {
    const std::uint64_t before = store_.pending();
    const std::error_code error = co_await client_.settled(return_patience);
    if (!error) co_return true;
    if (is_over()) co_return false;
    const auto now = std::chrono::steady_clock::now();
    if (store_.pending() != before || client_.protocol().is_writing()) quiet_since = now;
    if (is_down_ || now - quiet_since >= drain_patience) co_return false;
  }
}

std::string outbox_publisher::tally() const {
  const std::uint64_t waiting = store_.pending();
  std::string text;
  const auto add = [&text](const std::string& part) { text += text.empty() ? part : ", " + part; };
  if (acknowledged_ != 0 || waiting == 0) add(count_of(acknowledged_, "message") + " acknowledged");
  if (refused_ != 0) add(std::to_string(refused_) + " refused");
  if (store_.lost() != 0) add(std::to_string(store_.lost()) + " lost to damage on the disk");
  if (input_.left_out() != 0) add(std::to_string(input_.left_out()) + " not published");
  if (waiting != 0)
    add(count_of(waiting, "message") + (waiting == 1 ? " waits" : " wait") + " in outbox " +
        printable(store_.folder()));
  return text;
}

asio::awaitable<exit_code> outbox_publisher::leave() {
  const bool drained = runner_.signalled() ? false : co_await drain_all();
  watch_.cancel();
  failure why;
  if (client_.ended()) {
    why = client_.ended().error == errc::client_stopped ? last_failure_ : client_.ended();
  } else if (!client_.protocol().is_connected()) {
    why = last_failure_;
    client_.stop();
  } else {
    const properties_view with = settings_.disconnect_properties;
    why = co_await leave_broker(client_, runner_.signalled(), drained, with);
  }
  say_notes();
  if (store_.notes_left_out() != 0)
    log().say("outbox " + printable(store_.folder()) + ": as much about " +
              std::to_string(store_.notes_left_out()) + " more places");
  const std::error_code error = store_.save();
  save_failed_ = static_cast<bool>(error);
  if (save_failed_)
    log().say("outbox " + printable(store_.folder()) + ": " + error.message() +
              "; what was acknowledged may be sent again by the next run");
  if (refused_ > refusals_told)
    log().say(std::to_string(refused_ - refusals_told) + " more messages were refused");
  input_.say_remarks();
  if (properties_left_out_)
    log().say("properties, which only MQTT 5 carries, were left out of some messages");
  co_return outcome(why, drained);
}

exit_code outbox_publisher::outcome(const failure& why, bool is_drained) {
  if (!input_failure_.empty()) log().say(input_failure_);
  if (runner_.signalled()) {
    const bool by_sigint = runner_.interrupted() == interruption::sigint;
    log().say((by_sigint ? "interrupted: " : "terminated: ") + tally());
    return by_sigint ? exit_code::interrupted : exit_code::terminated;
  }
  exit_code code = exit_code::done;
  if (store_.pending() != 0) {
    const bool is_late = why.at == stage::session && why.error == errc::step_timeout;
    const bool has_failed = why && !is_late;
    code = exit_code::queued;
    if (has_failed && !may_mend_itself(exit_code_for(why))) code = exit_code_for(why);
    std::string line = has_failed   ? describe(why, settings_.tls_from) + "; "
                       : is_drained ? ""
                       : has_stood_ ? "the broker did not acknowledge in time: "
                                    : "";
    log().say(line + tally());
  } else if (store_.lost() != 0) {
    log().say(tally());
  } else if (refused_ != 0 || input_.left_out() != 0) {
    if (taken_ + refused_ + input_.left_out() > 1) log().say(tally());
  } else if (wants_report(settings_)) {
    log().say(tally());
  }
  if (settings_.stops_at_refusal && refused_ != 0) code = exit_code::publish_refused;
  // Said first: messages that were not accepted are lost unless they are given again.
  if (!input_failure_.empty()) return exit_code::output_failed;
  if (input_.has_trouble() || input_.left_out() != 0) return exit_code::input_failed;
  if (store_.lost() != 0) return exit_code::outbox_damaged;
  if (save_failed_) return exit_code::output_failed;
  if (code != exit_code::done) return code;
  return refused_ != 0 ? exit_code::publish_refused : exit_code::done;
}

}  // namespace mqttkit::tools
