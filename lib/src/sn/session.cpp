#include "mqttkit/sn/session.hpp"

#include <algorithm>
#include <utility>

#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/topic.hpp"
#include "mqttkit/sn/codec.hpp"
#include "mqttkit/sn/error.hpp"
#include "sn/session_impl.hpp"

namespace mqttkit::sn {
namespace {

constexpr std::size_t short_name_bytes = 2;
constexpr std::chrono::seconds longest_interval{65'535};  // two octets (§5.3.3)

/// Whether `any` may be encoded, and fits a datagram of so many bytes.
std::error_code try_encode(const message& any, std::size_t limit) {
  byte_buffer scratch;
  if (const auto error = encode(scratch, any)) return error;
  if (scratch.size() > limit) return make_error_code(mqttkit::errc::packet_too_large);
  return {};
}

std::uint16_t seconds_of(std::chrono::seconds interval) noexcept {
  return static_cast<std::uint16_t>(std::min(interval, longest_interval).count());
}

willtopic_message will_topic(const will_options& will) noexcept {
  willtopic_message made;
  made.topic = will.topic;
  made.qos = will.qos;
  made.retain = will.retain;
  return made;
}

willtopicupd_message will_topic_update(const std::optional<will_options>& will) noexcept {
  willtopicupd_message made;
  if (!will) return made;
  made.topic = will->topic;
  made.qos = will->qos;
  made.retain = will->retain;
  return made;
}

}  // namespace

session::impl::impl(session_options with)
    : options(std::move(with)), topics(options.predefined, options.maximum_topics) {}

bool session::impl::is_linked() const noexcept {
  return state == session_state::active || state == session_state::falling_asleep ||
         state == session_state::asleep || state == session_state::awake;
}

std::uint16_t session::impl::new_id() noexcept {
  const auto is_taken = [this](std::uint16_t id) {
    return id == 0 || (slot.at != outgoing::stage::none && slot.message_id == id) ||
           (!requests.empty() && requests.front().message_id == id);
  };
  do {
    ++last_id;
  } while (is_taken(last_id));
  return last_id;
}

// ---- connections

std::error_code session::impl::start(time_point now) {
  if (options.will) {
    if (const auto error = try_encode(will_topic(*options.will), options.maximum_datagram)) {
      return error;
    }
    willmsg_message content;
    content.payload = as_bytes(options.will->payload);
    if (const auto error = try_encode(content, options.maximum_datagram)) return error;
    if (options.will->topic.empty()) {
      return make_error_code(mqttkit::errc::invalid_topic_name);
    }
  }
  connect_message greeting;
  greeting.will = options.will.has_value();
  greeting.clean_session = options.clean_session;
  greeting.duration = seconds_of(options.keep_alive);
  greeting.client_id = options.client_id;
  if (const auto error = try_encode(greeting, options.maximum_datagram)) return error;

  if (state != session_state::asleep) {
    stop();
    topics.forget_all();
  }
  state = session_state::connecting;
  will_topic_asked = false;
  will_message_asked = false;
  begin(connecting, greeting, now);
  return {};
}

void session::impl::stop() noexcept {
  state = session_state::disconnected;
  out.clear();
  sizes.clear();
  for (attempt* each : {&connecting, &publishing, &requesting, &pinging, &updating, &leaving}) {
    each->end();
  }
  congested_until = time_point::max();
  if (slot.at != outgoing::stage::none) slot.at = outgoing::stage::waiting;
  if (!requests.empty()) requests.front().message_id = 0;
  std::erase_if(received, [](const incoming& each) { return !each.is_settled; });
  held.clear();
  held_due = 0;
  has_input = false;
}

void session::impl::close(closed why) {
  stop();
  events.emplace_back(why);
}

// The gateway took the connection, or woke the client up.
void session::impl::activate(time_point now) {
  state = session_state::active;
  if (options.clean_session) received.clear();
  ask(now);
  advance(now);
}

// ---- out

void session::impl::put(const message& any) {
  const std::size_t before = out.size();
  if (encode(out, any)) return;  // it was checked where it came in
  sizes.push_back(out.size() - before);
  if (trace) trace(true, out.view().subspan(before));
}

void session::impl::begin(attempt& each, const message& any, time_point now) {
  const std::size_t before = out.size();
  put(any);
  const bytes_view made = out.view().subspan(before);
  each.datagram.assign(made.begin(), made.end());
  each.due = now + options.retry_time;
  each.left = options.retries;
}

void session::impl::settle() {
  for (incoming& each : received) {
    if (each.is_settled) continue;
    each.is_settled = true;
    if (each.qos == qos_level::exactly_once) {
      put(pubrec_message{each.message_id});
    } else {
      put(puback_message{each.topic_id, each.message_id, return_code::accepted});
    }
  }
  std::erase_if(received,
                [](const incoming& each) { return each.qos == qos_level::at_least_once; });
}

// ---- the message in flight

void session::impl::advance(time_point now) {
  if (state != session_state::active || is_congested()) return;
  if (slot.at != outgoing::stage::waiting) return;
  if (slot.was_released && !options.clean_session) {
    slot.at = outgoing::stage::releasing;
    return begin(publishing, pubrel_message{slot.message_id}, now);
  }
  slot.was_released = false;
  if (slot.type == topic_id_type::normal) {
    slot.topic_id = topics.id_of(slot.topic);
    if (slot.topic_id == 0) return send_register(now);
  }
  send_publish(now);
}

void session::impl::send_register(time_point now) {
  slot.at = outgoing::stage::registering;
  slot.was_published = false;
  slot.message_id = new_id();
  register_message asked;
  asked.message_id = slot.message_id;
  asked.topic = slot.topic;
  begin(publishing, asked, now);
}

void session::impl::send_publish(time_point now) {
  publish_message made;
  made.qos = slot.qos;
  made.retain = slot.retain;
  made.type = slot.type;
  made.topic_id = slot.topic_id;
  made.payload = slot.payload;
  if (slot.qos <= qos_level::at_most_once) {
    publishing.end();
    put(made);
    return finish(return_code::accepted);
  }
  // Over a reconnect it keeps its identifier where the gateway keeps the session.
  made.dup = slot.was_published && !options.clean_session;
  if (!made.dup) slot.message_id = new_id();
  made.message_id = slot.message_id;
  slot.at = outgoing::stage::publishing;
  slot.was_published = true;
  begin(publishing, made, now);
}

void session::impl::finish(return_code code, std::error_code error) {
  publishing.end();
  slot.at = outgoing::stage::none;
  events.emplace_back(delivered{slot.token, code, error});
}

// ---- requests

std::error_code session::impl::request(const subscribe_request& asked, std::uint64_t token,
                                       bool is_unsubscribe, time_point now) {
  pending_request made;
  made.token = token;
  made.qos = asked.qos;
  made.is_unsubscribe = is_unsubscribe;
  if (asked.filter.empty()) {
    made.type = topic_id_type::predefined;
    made.topic_id = asked.predefined_id;
  } else if (const std::uint16_t id = topics.predefined_id_of(asked.filter); id != 0) {
    made.type = topic_id_type::predefined;
    made.topic_id = id;
  } else if (asked.filter.size() == short_name_bytes && !has_wildcard(asked.filter)) {
    made.type = topic_id_type::short_name;
    made.topic_id = short_topic_id(asked.filter);
  } else {
    made.filter = asked.filter;
  }
  subscribe_message probe;
  probe.message_id = 1;
  probe.qos = made.qos;
  probe.type = made.type;
  probe.topic_id = made.topic_id;
  probe.filter = made.filter;
  if (const auto error = try_encode(probe, options.maximum_datagram)) return error;
  requests.push_back(std::move(made));
  ask(now);
  return {};
}

// One SUBSCRIBE or UNSUBSCRIBE at a time (§6.9).
void session::impl::ask(time_point now) {
  if (state != session_state::active || is_congested()) return;
  if (requests.empty() || requesting.is_active()) return;
  pending_request& first = requests.front();
  first.message_id = 0;
  first.message_id = new_id();
  const auto fill = [&first](subscription_fields& into) {
    into.message_id = first.message_id;
    into.type = first.type;
    into.topic_id = first.topic_id;
    into.filter = first.filter;
  };
  if (first.is_unsubscribe) {
    unsubscribe_message made;
    fill(made);
    return begin(requesting, made, now);
  }
  subscribe_message made;
  fill(made);
  made.qos = first.qos;
  begin(requesting, made, now);
}

void session::impl::answer_request(const subscribed& with, time_point now) {
  requesting.end();
  events.emplace_back(with);
  requests.pop_front();
  held_due = held.size();
  ask(now);
}

// ---- time

void session::impl::congest(message_type what, time_point now) {
  congested_until = now + options.congestion_wait;
  events.emplace_back(congested{options.congestion_wait, what});
}

// Returns whether the gateway is still there.
bool session::impl::retry(attempt& each, time_point now) {
  if (each.due > now) return true;
  if (each.left == 0) {
    message last;
    closed why{make_error_code(errc::gateway_lost), return_code::accepted, message_type::connect};
    if (!decode(each.datagram, last)) why.unanswered = type_of(last);
    close(why);
    return false;
  }
  --each.left;
  ++repeats;
  each.due = now + options.retry_time;
  set_dup(each.datagram.data(), each.datagram.size());
  out.append(each.datagram);
  sizes.push_back(each.datagram.size());
  if (trace) trace(true, each.datagram);
  return true;
}

void session::impl::expire(time_point now) {
  if (congested_until <= now) {
    congested_until = time_point::max();
    if (state == session_state::connecting) {
      if (start(now)) return;
    } else {
      ask(now);
      advance(now);
    }
  }
  for (attempt* each : {&connecting, &publishing, &requesting, &updating, &leaving, &pinging}) {
    if (!retry(*each, now)) return;
  }
  if (next_ping() <= now) begin(pinging, pingreq_message{}, now);
  if (next_waking() <= now) wake(now);
}

// PINGREQ goes out one Tretry before the interval ends, but not in its first half: when one
// datagram is lost the gateway does not take the client for lost.
std::chrono::milliseconds session::impl::early(std::chrono::seconds interval) const noexcept {
  const std::chrono::milliseconds whole(interval);
  return std::max(whole - options.retry_time, whole / 2);
}

time_point session::impl::next_ping() const noexcept {
  if (state != session_state::active || pinging.is_active()) return time_point::max();
  if (options.keep_alive.count() == 0) return time_point::max();
  return last_sent + early(std::min(options.keep_alive, longest_interval));
}

time_point session::impl::next_waking() const noexcept {
  if (state != session_state::asleep) return time_point::max();
  return slept_at + early(sleep_duration);
}

time_point session::impl::deadline() const noexcept {
  return std::min({connecting.due, publishing.due, requesting.due, updating.due, leaving.due,
                   pinging.due, congested_until, next_ping(), next_waking()});
}

std::error_code session::impl::wake(time_point now) {
  if (state != session_state::asleep) return make_error_code(errc::not_asleep);
  state = session_state::awake;
  messages_awake = 0;
  pingreq_message asked;
  asked.client_id = options.client_id;
  begin(pinging, asked, now);
  return {};
}

std::string_view session::impl::topic_of(topic_id_type type, std::uint16_t id) const noexcept {
  if (type == topic_id_type::normal) return topics.name_of(id);
  if (type == topic_id_type::predefined) return topics.predefined_name_of(id);
  short_name = short_topic_name(id);
  return short_name.view();
}

// ---- the public face

session::session(session_options options) : impl_(std::make_unique<impl>(std::move(options))) {}
session::~session() = default;
session::session(session&&) noexcept = default;
session& session::operator=(session&&) noexcept = default;

std::error_code session::start(time_point now) { return impl_->start(now); }
void session::stop() noexcept { impl_->stop(); }
session_state session::state() const noexcept { return impl_->state; }
void session::feed(bytes_view datagram, time_point now) { impl_->feed(datagram, now); }
const event& session::next(time_point now) { return impl_->next(now); }
void session::settle() { impl_->settle(); }

bytes_view session::output() const noexcept {
  if (impl_->sizes.empty()) return {};
  return std::as_const(impl_->out).view().first(impl_->sizes.front());
}

void session::written(time_point now) noexcept {
  impl_->last_sent = now;
  if (impl_->sizes.empty()) return;
  impl_->out.consume(impl_->sizes.front());
  impl_->sizes.pop_front();
}

time_point session::deadline() const noexcept { return impl_->deadline(); }
void session::expire(time_point now) { impl_->expire(now); }

// Sets type and id of the topic; the id is 0 where the topic has to be registered first.
std::error_code session::impl::name_topic(const publish_request& request,
                                          publish_message& into) const {
  if (request.topic.empty()) {
    into.type = topic_id_type::predefined;
    into.topic_id = request.predefined_id;
  } else if (!is_topic_name(request.topic)) {
    return make_error_code(mqttkit::errc::invalid_topic_name);
  } else if (const std::uint16_t id = topics.predefined_id_of(request.topic); id != 0) {
    into.type = topic_id_type::predefined;
    into.topic_id = id;
  } else if (request.topic.size() == short_name_bytes) {
    into.type = topic_id_type::short_name;
    into.topic_id = short_topic_id(request.topic);
  } else {
    into.topic_id = topics.id_of(request.topic);
  }
  if (into.type == topic_id_type::predefined && !is_topic_id(into.topic_id)) {
    return make_error_code(errc::invalid_topic_id);
  }
  return {};
}

admission session::publish(const publish_request& request, std::uint64_t token,
                           std::error_code& error, time_point now) {
  impl& self = *impl_;
  publish_message made;
  made.qos = request.qos;
  made.retain = request.retain;
  made.payload = request.payload;
  const auto refuse = [&error](std::error_code why) {
    error = why;
    return admission::refused;
  };
  if (publish_size(request.payload.size()) > self.options.maximum_datagram) {
    return refuse(make_error_code(mqttkit::errc::packet_too_large));
  }
  if (const auto why = self.name_topic(request, made)) return refuse(why);
  const bool is_normal = made.type == topic_id_type::normal;
  if (request.qos == qos_level::without_connection) {
    if (is_normal) return refuse(make_error_code(errc::topic_id_needed));
    self.put(made);
    self.events.emplace_back(delivered{token, return_code::accepted, {}});
    return admission::accepted;
  }
  if (is_normal) {
    register_message asked;
    asked.message_id = 1;
    asked.topic = request.topic;
    if (made.topic_id == 0) {
      if (const auto why = try_encode(asked, self.options.maximum_datagram)) return refuse(why);
    }
  }
  if (self.state != session_state::active || self.is_congested()) return admission::full;
  if (request.qos == qos_level::at_most_once && (!is_normal || made.topic_id != 0)) {
    self.put(made);
    self.events.emplace_back(delivered{token, return_code::accepted, {}});
    return admission::accepted;
  }
  if (self.slot.at != outgoing::stage::none) return admission::full;
  outgoing& slot = self.slot;
  slot.at = outgoing::stage::waiting;
  slot.token = token;
  slot.topic = is_normal ? request.topic : std::string_view();
  slot.payload.assign(request.payload.begin(), request.payload.end());
  slot.qos = request.qos;
  slot.retain = request.retain;
  slot.type = made.type;
  slot.topic_id = made.topic_id;
  slot.was_published = false;
  slot.was_released = false;
  slot.registered_again = false;
  self.advance(now);
  return admission::accepted;
}

std::error_code session::subscribe(const subscribe_request& request, std::uint64_t token,
                                   time_point now) {
  return impl_->request(request, token, false, now);
}

std::error_code session::unsubscribe(const subscribe_request& request, std::uint64_t token,
                                     time_point now) {
  return impl_->request(request, token, true, now);
}

std::error_code session::update_will(const std::optional<will_options>& will, time_point now) {
  if (impl_->state != session_state::active) {
    return make_error_code(mqttkit::errc::not_connected);
  }
  if (impl_->updating.is_active()) return make_error_code(errc::busy);
  const willtopicupd_message first = will_topic_update(will);
  if (const auto error = try_encode(first, impl_->options.maximum_datagram)) return error;
  if (will) {
    willmsgupd_message second;
    second.payload = as_bytes(will->payload);
    if (const auto error = try_encode(second, impl_->options.maximum_datagram)) return error;
    if (will->topic.empty()) return make_error_code(mqttkit::errc::invalid_topic_name);
  }
  impl_->new_will = will;
  impl_->begin(impl_->updating, first, now);
  return {};
}

std::error_code session::sleep(std::chrono::seconds duration, time_point now) {
  if (impl_->state != session_state::active) {
    return make_error_code(mqttkit::errc::not_connected);
  }
  if (duration.count() < 1 || duration > longest_interval) {
    return make_error_code(mqttkit::errc::invalid_option);
  }
  const bool is_busy = is_publishing() || pending_requests() != 0 || impl_->updating.is_active();
  if (is_busy) return make_error_code(errc::busy);
  impl_->pinging.end();
  impl_->state = session_state::falling_asleep;
  impl_->sleep_duration = duration;
  disconnect_message leave;
  leave.duration = seconds_of(duration);
  impl_->begin(impl_->leaving, leave, now);
  return {};
}

std::error_code session::wake(time_point now) { return impl_->wake(now); }

std::error_code session::disconnect(time_point now) {
  if (!impl_->is_linked()) return make_error_code(mqttkit::errc::not_connected);
  for (attempt* each :
       {&impl_->publishing, &impl_->requesting, &impl_->pinging, &impl_->updating}) {
    each->end();
  }
  impl_->congested_until = time_point::max();
  impl_->state = session_state::disconnecting;
  impl_->begin(impl_->leaving, disconnect_message{}, now);
  return {};
}

const session_options& session::options() const noexcept { return impl_->options; }
bool session::is_publishing() const noexcept { return impl_->slot.at != outgoing::stage::none; }
std::size_t session::pending_requests() const noexcept { return impl_->requests.size(); }
std::string_view session::topic_of(topic_id_type type, std::uint16_t id) const noexcept {
  return impl_->topic_of(type, id);
}
std::uint64_t session::retransmissions() const noexcept { return impl_->repeats; }
void session::set_trace(trace_function trace) { impl_->trace = std::move(trace); }

}  // namespace mqttkit::sn
