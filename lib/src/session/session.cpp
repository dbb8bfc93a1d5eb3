#include "mqttkit/session/session.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "mqttkit/codec/topic.hpp"
#include "session/session_impl.hpp"

namespace mqttkit {
namespace {

constexpr std::byte dup_bit{0x08};  // of a PUBLISH's first byte (§3.3.1.1)

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

std::span<std::byte> receive_buffer::space() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (capacity_ > keep_bytes || is_exact_) {
      storage_.reset();
      capacity_ = 0;
      is_exact_ = false;
    }
  }
  // The buffer has exactly the size of the one large packet that is being read.
  if (is_exact_ && end_ < capacity_) return {storage_.get() + end_, capacity_ - end_};
  if (capacity_ - end_ < std::max(least_space_bytes, capacity_ / 2) && begin_ != 0) {
    std::memmove(storage_.get(), storage_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (capacity_ - end_ < least_space_bytes && !move_to(std::max(usual_bytes, capacity_ * 2))) {
    throw std::bad_alloc();
  }
  return {storage_.get() + end_, capacity_ - end_};
}

bool receive_buffer::fit(std::size_t total) {
  if (is_exact_ || total + least_space_bytes <= capacity_) return true;
  // Twice the size, so that one read brings several of a stream of such packets. The buffer stays.
  if (total <= keep_bytes / 2) return move_to(std::bit_ceil(2 * total));
  if (!move_to(total)) return false;
  is_exact_ = true;
  return true;
}

bool receive_buffer::move_to(std::size_t capacity) {
  const std::size_t used = end_ - begin_;
  std::unique_ptr<std::byte[]> fresh;
  if (capacity == usual_bytes) fresh = std::move(spare_);
  if (!fresh) fresh.reset(new (std::nothrow) std::byte[capacity]);
  if (!fresh) return false;
  if (used != 0) std::memcpy(fresh.get(), storage_.get() + begin_, used);
  storage_ = std::move(fresh);
  capacity_ = capacity;
  begin_ = 0;
  end_ = used;
  is_exact_ = false;
  return true;
}

std::unique_ptr<std::byte[]> receive_buffer::give_away() noexcept {
  begin_ = end_ = capacity_ = 0;
  is_exact_ = false;
  return std::move(storage_);
}

void receive_buffer::keep_consumed() {
  const std::size_t used = end_ - begin_;
  kept_ = std::move(storage_);
  kept_capacity_ = std::exchange(capacity_, 0);
  const std::byte* const rest = kept_.get() + begin_;
  begin_ = end_ = 0;
  is_exact_ = false;
  if (used == 0) return;
  if (!move_to(std::max(usual_bytes, std::bit_ceil(used)))) throw std::bad_alloc();
  std::memcpy(storage_.get(), rest, used);
  end_ = used;
}

void receive_buffer::release_kept() noexcept {
  if (!kept_) return;
  if (kept_capacity_ == usual_bytes && !spare_) spare_ = std::move(kept_);
  kept_.reset();
}

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

admission session::publish(const publish_packet& message, std::uint64_t token,
                           std::error_code& error) {
  return impl_->publish(message, token, error);
}

std::error_code session::impl::refusal_of(qos_t qos, bool retain, std::size_t size) const noexcept {
  if (qos > limits.maximum_qos) return errc::qos_not_supported;
  if (retain && !limits.retain_available) return errc::retain_not_supported;
  if (limits.maximum_packet_size != 0 && size > limits.maximum_packet_size) {
    return errc::packet_too_large;
  }
  return {};
}

// Why a message may not carry the alias that its sender chose [MQTT-3.3.2-9]. Aliases end with the
// connection, so a message that may be sent again needs its topic as well.
std::error_code session::impl::refusal_of_alias(std::uint32_t alias,
                                                const publish_packet& message) const noexcept {
  // The session may have given this number to another topic.
  if (aliases_out.any()) return errc::property_repeated;
  if (alias > limits.topic_alias_maximum) return errc::topic_alias_invalid;
  if (message.topic.empty() && message.qos != qos_t::at_most_once) return errc::invalid_topic_name;
  return {};
}

// The packet that introduces an alias carries the topic as well, and is larger for it; the broker
// may not take so large a packet [MQTT-3.2.2-15].
bool session::impl::alias_fits(const publish_packet& packet) const noexcept {
  constexpr std::uint16_t any_alias = 1;
  return limits.maximum_packet_size == 0 ||
         encoded_size(version(), packet, any_alias) <= limits.maximum_packet_size;
}

bool session::impl::window_full() const noexcept {
  return link != link_state::up || outstanding >= window || outstanding_qos2 >= window_qos2 ||
         inflight >= options.maximum_inflight || queue_next < queue.size() ||
         (inflight != 0 && inflight_bytes >= options.maximum_inflight_bytes);
}

admission session::impl::publish(const publish_packet& message, std::uint64_t token,
                                 std::error_code& error) {
  if (link != link_state::up) return admission::full;
  const bool is_promised = message.qos != qos_t::at_most_once;
  const bool is_plain = message.properties.empty() && !aliases_out.any();
  const bool may_be_refused =
      message.qos > limits.maximum_qos || message.retain || limits.maximum_packet_size != 0;
  if (may_be_refused) {
    const std::size_t size = limits.maximum_packet_size == 0 ? 0 : encoded_size(version(), message);
    error = refusal_of(message.qos, message.retain, size);
    if (error) return admission::refused;
  }
  if (!is_plain) return publish_with_properties(message, token, error);

  publish_packet packet = message;
  packet.dup = false;
  packet.packet_id = 0;
  if (is_promised) {
    if (window_full()) return admission::full;
    packet.packet_id = slots.acquire();
    if (packet.packet_id == 0) return admission::full;
  }
  const std::size_t offset = out.size();
  error = encode(out, version(), packet);
  if (error) {
    if (is_promised) slots.release(packet.packet_id);
    return admission::refused;
  }
  if (is_promised) {
    slots[packet.packet_id].packet.append(out.view().subspan(offset));
    keep(packet, token);
  }
  if (trace) trace_from(out, offset);
  return admission::accepted;
}

// The same for a message with properties, or where the session uses aliases: a topic alias may
// stand for the topic, and must not be in what is kept for sending again.
admission session::impl::publish_with_properties(const publish_packet& message, std::uint64_t token,
                                                 std::error_code& error) {
  publish_packet packet = message;
  packet.dup = false;
  packet.packet_id = 0;
  // The caller's own alias ends with the connection, too: what is kept goes without it.
  properties without_alias;
  bool has_alias = false;
  if (const auto own = packet.properties.number(property_id::topic_alias)) {
    has_alias = true;
    error = refusal_of_alias(*own, message);
    if (error) return admission::refused;
    if (packet.qos != qos_t::at_most_once) {
      without_alias = properties(packet.properties);
      without_alias.remove(property_id::topic_alias);
    }
  }
  if (packet.qos != qos_t::at_most_once) {
    if (window_full()) return admission::full;
    packet.packet_id = slots.acquire();
    if (packet.packet_id == 0) return admission::full;
  }
  const std::size_t offset = out.size();
  session_detail::outbound_aliases::choice alias;
  if (aliases_out.any() && !has_alias && alias_fits(packet)) alias = aliases_out.use(packet.topic);
  if (alias.alias == 0) {
    error = encode(out, version(), packet);
  } else {
    // What is kept below has the whole topic: the alias ends with the connection.
    publish_packet short_packet = packet;
    if (alias.known) short_packet.topic = {};
    error = encode(out, version(), short_packet, alias.alias);
  }
  if (error) {
    if (packet.packet_id != 0) slots.release(packet.packet_id);
    // The broker never heard of the alias that the refused packet would have introduced.
    if (alias.alias != 0 && !alias.known) aliases_out.reset(limits.topic_alias_maximum);
    return admission::refused;
  }
  if (packet.packet_id != 0) {
    byte_buffer& kept = slots[packet.packet_id].packet;
    if (alias.alias == 0 && !has_alias) {
      kept.append(out.view().subspan(offset));
    } else {
      if (has_alias) packet.properties = without_alias;
      error = encode(kept, version(), packet);
    }
    keep(packet, token);
  }
  if (trace) trace_from(out, offset);
  return admission::accepted;
}

// Counts a message as in flight; its bytes are in the slot of its identifier already.
void session::impl::keep(const publish_packet& packet, std::uint64_t token) noexcept {
  slot& kept = slots[packet.packet_id];
  const bool is_qos2 = packet.qos == qos_t::exactly_once;
  kept.token = token;
  kept.sequence = next_sequence++;
  kept.state = is_qos2 ? waits_for::pubrec : waits_for::puback;
  kept.counted = true;
  ++inflight;
  ++outstanding;
  if (is_qos2) ++outstanding_qos2;
  inflight_bytes += kept.packet.size();
}

void session::impl::release(std::uint16_t id) noexcept {
  slot& done = slots[id];
  switch (done.state) {
    case waits_for::puback:
    case waits_for::pubrec:
    case waits_for::pubcomp:
      --inflight;
      inflight_bytes -= done.packet.size();
      if (done.counted) --outstanding;
      if (done.counted && done.state != waits_for::puback) --outstanding_qos2;
      break;
    case waits_for::suback:
    case waits_for::unsuback:
      --pending_requests;
      break;
    case waits_for::nothing:
      break;
  }
  slots.release(id);
}

std::error_code session::subscribe(std::span<const subscription> filters, properties_view with,
                                   std::uint64_t token) {
  return impl_->request(packet_type::subscribe, filters, with, token);
}

std::error_code session::unsubscribe(std::span<const subscription> filters, properties_view with,
                                     std::uint64_t token) {
  return impl_->request(packet_type::unsubscribe, filters, with, token);
}

std::error_code session::impl::request(packet_type type, std::span<const subscription> filters,
                                       properties_view with, std::uint64_t token) {
  const bool subscribing = type == packet_type::subscribe;
  if (link == link_state::up && subscribing) {
    for (const subscription& wanted : filters) {
      if (!limits.wildcard_available && has_wildcard(wanted.filter)) {
        return errc::wildcard_not_supported;
      }
      if (!limits.shared_available && parse_shared(wanted.filter))
        return errc::shared_not_supported;
    }
    if (!limits.subscription_ids_available && with.find(property_id::subscription_identifier)) {
      return errc::subscription_ids_not_supported;
    }
  }
  const std::uint16_t id = slots.acquire();
  if (id == 0) return errc::no_packet_id;
  slot& kept = slots[id];
  const auto error = subscribing ? encode_subscribe(kept.packet, version(), id, filters, with)
                                 : encode_unsubscribe(kept.packet, version(), id, filters, with);
  const bool is_too_large = link == link_state::up && limits.maximum_packet_size != 0 &&
                            kept.packet.size() > limits.maximum_packet_size;
  if (error || is_too_large) {
    slots.release(id);
    return error ? error : errc::packet_too_large;
  }
  kept.state = subscribing ? waits_for::suback : waits_for::unsuback;
  kept.token = token;
  kept.sequence = next_sequence++;
  kept.filters = static_cast<std::uint16_t>(filters.size());
  ++pending_requests;
  if (link == link_state::up) {
    const std::size_t offset = out.size();
    out.append(kept.packet.view());
    trace_from(out, offset);
  }
  return {};
}

// Everything in flight is sent again, in its first order [MQTT-4.6.0-1], as far as the new
// connection's receive maximum allows; the rest follows as acknowledgements come in.
void session::impl::resume(bool session_present) {
  queue = slots.in_order();
  queue_next = 0;
  outstanding = outstanding_qos2 = 0;
  for (const std::uint16_t id : queue) {
    slot& waiting = slots[id];
    waiting.queued = true;
    waiting.counted = false;
    const bool is_publish =
        waiting.state != waits_for::suback && waiting.state != waits_for::unsuback;
    if (!is_publish) continue;
    if (session_present) {
      *waiting.packet.data() |= dup_bit;
    } else {
      // A new session has never seen these messages, not even those the old one had received:
      // whether it forwarded them is unknown, and losing them would be worse than a repetition.
      *waiting.packet.data() &= ~dup_bit;
      if (waiting.state == waits_for::pubcomp) waiting.state = waits_for::pubrec;
    }
  }
  send_queued();
}

void session::impl::send_queued() {
  while (queue_next < queue.size()) {
    const std::uint16_t id = queue[queue_next];
    slot& waiting = slots[id];
    if (!waiting.queued) {  // answered meanwhile, and its identifier perhaps used again
      ++queue_next;
      continue;
    }
    const std::size_t offset = out.size();
    if (waiting.state == waits_for::pubcomp) {
      send_ack(out, packet_type::pubrel, id, 0);
    } else if (waiting.state == waits_for::puback || waiting.state == waits_for::pubrec) {
      const auto first = std::to_integer<unsigned>(*waiting.packet.data());
      const auto qos = static_cast<qos_t>(first >> 1 & 3u);
      const auto error = refusal_of(qos, (first & 1u) != 0, waiting.packet.size());
      if (error) {
        failures.push_back({waiting.token, error});
        release(id);
        ++queue_next;
        continue;
      }
      const bool is_qos2 = waiting.state == waits_for::pubrec;
      if (outstanding >= window || (is_qos2 && outstanding_qos2 >= window_qos2)) return;
      out.append(waiting.packet.view());
      waiting.counted = true;
      ++outstanding;
      if (is_qos2) ++outstanding_qos2;
      trace_from(out, offset);
    } else {
      out.append(waiting.packet.view());
      trace_from(out, offset);
    }
    waiting.queued = false;
    ++queue_next;
  }
  queue.clear();
  queue_next = 0;
}

void session::impl::send_ack(byte_buffer& into, packet_type type, std::uint16_t id,
                             std::uint8_t reason) {
  if (reason != 0 && is_v5()) {
    const ack_packet ack{type, id, reason, {}};
    [[maybe_unused]] const auto error = encode(into, version(), ack);
  } else {
    std::byte* const to = into.extend(4);
    const unsigned flags = type == packet_type::pubrel ? 2u : 0u;  // [MQTT-3.6.1-1]
    to[0] = static_cast<std::byte>(static_cast<unsigned>(type) << 4 | flags);
    to[1] = std::byte{2};
    to[2] = static_cast<std::byte>(id >> 8);
    to[3] = static_cast<std::byte>(id & 0xFF);
  }
  if (&into != &out) return;
  const std::size_t size = reason != 0 && is_v5() ? 5 : 4;
  answer_bytes += size;
  if (trace) trace_from(out, out.size() - size);
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
