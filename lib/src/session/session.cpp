#include "mqttkit/session/session.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "session/session_impl.hpp"

namespace mqttkit {
namespace {

// Subscriptions take packet identifiers as well; these are kept for them beside the window.
constexpr std::uint16_t request_identifiers = 64;

constexpr std::uint16_t usual_inflight = 1024;
constexpr std::uint16_t usual_inflight_qos2 = 20;  // before MQTT 5

std::uint16_t identifier_limit(std::uint16_t maximum_inflight) {
  if (maximum_inflight == 0) maximum_inflight = usual_inflight;
  return static_cast<std::uint16_t>(
      std::min<std::uint32_t>(65'535u, std::uint32_t{maximum_inflight} + request_identifiers));
}

}  // namespace

session::impl::impl(session_options from)
    : options(std::move(from)),
      client_id(options.client_id),
      slots(identifier_limit(options.maximum_inflight)) {
  if (options.maximum_inflight == 0) {
    options.maximum_inflight = usual_inflight;
    if (!is_v5()) window_qos2 = usual_inflight_qos2;
  }
  const properties_view with = options.connect_properties;
  receive_size = options.maximum_receive_size;
  if (is_v5()) {
    if (const auto size = with.number(property_id::maximum_packet_size)) {
      receive_size = receive_size == 0 ? *size : std::min(receive_size, *size);
    }
  }
}

session::session(session_options options) : impl_(std::make_unique<impl>(std::move(options))) {}
session::~session() = default;
session::session(session&&) noexcept = default;
session& session::operator=(session&&) noexcept = default;

std::error_code session::transport_up(time_point now) {
  impl& s = *impl_;
  s.out.clear();
  s.answer_bytes = 0;
  s.keep_shown();
  s.in.clear();
  s.is_read_into = false;
  s.limits = broker_limits{};
  connect_packet packet;
  packet.version = s.version();
  packet.clean_start = s.options.clean_start;
  if (s.connected_before && s.is_v5() && !s.options.clean_start_again) packet.clean_start = false;
  s.asked_clean = packet.clean_start;
  packet.keep_alive =
      static_cast<std::uint16_t>(std::clamp<std::int64_t>(s.options.keep_alive.count(), 0, 65'535));
  packet.client_id = s.client_id;
  if (s.options.user_name) packet.user_name = *s.options.user_name;
  if (s.options.password) packet.password = as_bytes(*s.options.password);
  packet.properties = s.options.connect_properties;
  if (const auto& will = s.options.will) {
    packet.will =
        will_view{will->topic, as_bytes(will->payload), will->qos, will->retain, will->properties};
  }
  if (const auto error = encode(s.out, packet)) return error;
  s.trace_from(s.out, 0);

  s.limits.keep_alive = packet.keep_alive;
  s.limits.session_expiry =
      packet.properties.number(property_id::session_expiry_interval).value_or(0);
  s.aliases_in.reset(static_cast<std::uint16_t>(
      packet.properties.number(property_id::topic_alias_maximum).value_or(0)));
  s.aliases_out.reset(0);
  s.link = impl::link_state::connecting;
  s.unacknowledged = 0;
  s.counted_qos2.reset();
  s.outstanding = s.outstanding_qos2 = 0;
  s.connect_sent = s.last_sent = s.last_received = now;
  s.ping_outstanding = false;
  s.ping = impl::ping_place::sent;
  s.reading = true;
  return {};
}

void session::transport_down() noexcept {
  impl& s = *impl_;
  s.link = impl::link_state::down;
  s.writing = false;
  s.is_read_into = false;
  s.keep_shown();
  s.out.clear();
  s.answer_bytes = 0;
  s.unsettled.clear();
  s.unsettled_count = 0;
  s.last_unsettled_bytes = 0;
  s.in.clear();
}

bool session::is_connected() const noexcept { return impl_->link == impl::link_state::up; }

std::span<std::byte> session::receive_space() {
  impl_->is_read_into = true;
  return impl_->in.space();
}

void session::received(std::size_t count, time_point now) noexcept {
  impl_->is_read_into = false;
  impl_->in.filled(count);
  if (count != 0) impl_->last_received = now;
}

void session::feed(bytes_view bytes, time_point now) {
  while (!bytes.empty()) {
    const auto space = receive_space();
    const std::size_t count = std::min(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), count);
    received(count, now);
    bytes = bytes.subspan(count);
  }
}

const event& session::next() { return impl_->next(); }
const event& session::overtake() { return impl_->overtake(); }
std::size_t session::waiting_messages() const noexcept { return impl_->set_aside.count(); }
std::size_t session::waiting_bytes() const noexcept { return impl_->set_aside.bytes(); }
std::size_t session::answer_bytes() const noexcept { return impl_->answer_bytes; }
std::size_t session::unsettled_bytes() const noexcept { return impl_->unsettled.size(); }

bool session::awaits_answer() const noexcept {
  const impl& s = *impl_;
  return s.link == impl::link_state::connecting || s.inflight != 0 || s.pending_requests != 0 ||
         s.ping_outstanding;
}

void session::settle() { impl_->settle(); }

void session::settle_previous() {
  impl& s = *impl_;
  // Where the connection ended, the last message lost its acknowledgement, and yet is not settled.
  const bool holds_last = s.holding && s.last_is_qos2;
  s.settle(s.last_unsettled_bytes);
  s.holding = holds_last;
}

void session::withhold() noexcept { impl_->withholding = true; }

void session::impl::settle(std::size_t but_last_bytes) {
  holding = false;
  if (unsettled.size() <= but_last_bytes) return;
  const bytes_view all = unsettled.view();
  const bytes_view kept = all.last(but_last_bytes);
  const bool keeps_puback = !kept.empty() && std::to_integer<unsigned>(kept[0]) >> 4 ==
                                                 static_cast<unsigned>(packet_type::puback);
  const auto given_back = static_cast<std::uint16_t>(unsettled_count - (keeps_puback ? 1 : 0));
  if (link == link_state::up) {
    const std::size_t offset = out.size();
    out.append(all.first(all.size() - but_last_bytes));
    answer_bytes += all.size() - but_last_bytes;
    unacknowledged -= given_back;
    if (trace) trace_from(out, offset);
  }
  unsettled.consume(all.size() - but_last_bytes);
  unsettled_count = static_cast<std::uint16_t>(unsettled_count - given_back);
}

std::size_t session::output_size() const noexcept { return impl_->out.size(); }

void session::take_output(byte_buffer& into) noexcept {
  impl& s = *impl_;
  s.out.swap(into);
  s.answer_bytes = 0;
  s.writing = true;
  if (s.ping == impl::ping_place::out) s.ping = impl::ping_place::being_written;
}

void session::sent(time_point now) noexcept {
  impl& s = *impl_;
  s.last_sent = now;
  s.writing = false;
  if (s.ping == impl::ping_place::being_written) {
    s.ping = impl::ping_place::sent;
    s.ping_sent = now;
  }
}

void session::sent_some(time_point now) noexcept { impl_->last_sent = now; }

bool session::is_writing() const noexcept { return impl_->writing; }

time_point session::deadline() const noexcept {
  const impl& s = *impl_;
  if (s.link == impl::link_state::connecting) return s.connect_sent + s.options.connack_timeout;
  if (s.link != impl::link_state::up || s.limits.keep_alive == 0) return time_point::max();
  const std::chrono::seconds interval(s.limits.keep_alive);
  if (!s.ping_outstanding) {
    // Counting from the last byte received as well finds a dead path under a one-way stream.
    return (s.reading ? std::min(s.last_sent, s.last_received) : s.last_sent) + interval;
  }
  // The broker counts, too: an answer that is held up (by a consumer that does not read, by a large
  // packet in front of it) is no reason to fall silent.
  return std::min(s.ping_due(), std::max(s.last_sent, s.last_ping) + interval);
}

// When an outstanding PINGREQ has waited long enough.
time_point session::impl::ping_due() const noexcept {
  if (!reading) return time_point::max();
  const time_point due = std::max(ping_sent, last_received) + ping_patience();
  if (ping == ping_place::sent) return due;
  // It waits behind a large write. The kernel takes that in bites that a slow link needs a while
  // for, so only a write that stands still for a whole interval is given up.
  return std::max(due, last_sent + std::chrono::seconds(limits.keep_alive) + ping_patience());
}

// At most one keep alive interval: who asks for a short one wants to learn of a dead broker soon.
std::chrono::milliseconds session::impl::ping_patience() const noexcept {
  return std::min<std::chrono::milliseconds>(options.ping_timeout,
                                             std::chrono::seconds(limits.keep_alive));
}

std::error_code session::expire(time_point now) {
  impl& s = *impl_;
  if (now < deadline()) return {};
  if (s.link == impl::link_state::connecting) return errc::connack_timeout;
  if (s.ping_outstanding && now >= s.ping_due()) return errc::keep_alive_timeout;
  s.last_ping = now;
  if (s.ping_outstanding) {
    // The answer to the first PINGREQ is still waited for; a further one only tells the broker that
    // we live, which any packet about to be written tells as well.
    if (s.writing || !s.out.empty()) return {};
  } else {
    s.ping_outstanding = true;
    s.ping = impl::ping_place::out;
    s.ping_sent = now;
  }
  const std::size_t offset = s.out.size();
  encode_ping(s.out, packet_type::pingreq);
  s.trace_from(s.out, offset);
  if (!s.writing) s.last_sent = now;
  return {};
}

void session::set_reading(bool reading, time_point now) noexcept {
  if (reading && !impl_->reading) impl_->last_received = now;
  impl_->reading = reading;
}

std::error_code session::authenticate(reason_code reason, properties_view with) {
  impl& s = *impl_;
  if (s.link != impl::link_state::up && s.link != impl::link_state::connecting) {
    return errc::not_connected;
  }
  const std::size_t offset = s.out.size();
  const reason_packet packet{static_cast<std::uint8_t>(reason), with};
  const auto error = encode(s.out, s.version(), packet_type::auth, packet);
  s.answer_bytes += s.out.size() - offset;
  if (!error) s.trace_from(s.out, offset);
  return error;
}

std::error_code session::disconnect(std::uint8_t reason, properties_view with) {
  impl& s = *impl_;
  if (s.link != impl::link_state::up && s.link != impl::link_state::connecting) return {};
  const std::size_t offset = s.out.size();
  const reason_packet packet{reason, with};
  if (const auto error = encode(s.out, s.version(), packet_type::disconnect, packet)) return error;
  s.trace_from(s.out, offset);
  s.link = impl::link_state::ended;
  return {};
}

const session_options& session::options() const noexcept { return impl_->options; }
const broker_limits& session::limits() const noexcept { return impl_->limits; }
const std::string& session::client_id() const noexcept { return impl_->client_id; }
std::size_t session::inflight() const noexcept { return impl_->inflight; }
std::size_t session::pending_requests() const noexcept { return impl_->pending_requests; }

std::size_t session::unreleased() const noexcept {
  if (!impl_->received_qos2) return 0;
  std::size_t count = impl_->received_qos2->count();
  constexpr std::size_t ack_bytes = 4;  // those that wait to be settled never carry a reason
  const bytes_view unsettled = impl_->unsettled.view();
  for (std::size_t i = 0; i < unsettled.size(); i += ack_bytes) {
    const auto type = static_cast<packet_type>(std::to_integer<unsigned>(unsettled[i]) >> 4);
    if (type == packet_type::pubrec && count != 0) --count;
  }
  return count;
}

bool session::window_full() const noexcept { return impl_->window_full(); }
void session::set_trace(trace_function trace) { impl_->trace = std::move(trace); }

void session::impl::trace_from(const byte_buffer& buffer, std::size_t offset) const {
  if (!trace) return;
  bytes_view rest = buffer.view().subspan(offset);
  frame packet;
  while (!rest.empty() && next_frame(rest, 0, packet) == framing::complete) {
    trace(true, packet);
    rest = rest.subspan(packet.size);
  }
}

}  // namespace mqttkit
