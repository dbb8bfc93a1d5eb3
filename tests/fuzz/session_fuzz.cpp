// A broker that sends anything. The first bytes choose the version and the session's options; then
// come commands of one byte: a call of the program's, or bytes of the broker's.
//
// Promised: nothing is read outside the input; what is sent is valid MQTT; `closed` ends a
// connection; what is in flight ends at most once, and the window is never exceeded.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <utility>
#include <variant>

#include "fuzz/recode.hpp"
#include "mqttkit/session/session.hpp"

using namespace mqttkit;

namespace {

constexpr protocol_version versions[] = {protocol_version::v3_1, protocol_version::v3_1_1,
                                         protocol_version::v5};

void require(bool promise) {
  if (!promise) std::abort();
}

void set(properties& list, property_id id, std::uint32_t number) { require(!list.add(id, number)); }

// The first byte: version, policy, clean start. The second: limits and aliases.
session_options options_from(std::uint8_t first, std::uint8_t second) {
  session_options options;
  options.version = versions[first % 3];
  options.acknowledge = static_cast<ack_policy>(first / 3 % 3);
  options.clean_start = (first & 0x40) != 0;
  options.clean_start_again = (first & 0x80) != 0;
  options.client_id = "a";
  options.maximum_inflight = static_cast<std::uint16_t>(second & 0x03);
  options.use_topic_aliases = (second & 0x04) != 0;
  if (options.version != protocol_version::v5) return options;
  properties& with = options.connect_properties;
  set(with, property_id::session_expiry_interval, 60);
  if ((second & 0x08) != 0) set(with, property_id::topic_alias_maximum, 2);
  if ((second & 0x10) != 0) set(with, property_id::receive_maximum, 2);
  if ((second & 0x20) != 0) set(with, property_id::maximum_packet_size, 64);
  if ((second & 0x40) != 0) require(!with.add(property_id::authentication_method, "m"));
  return options;
}

class player {
 public:
  player(session_options options, const std::uint8_t* bytes, std::size_t size)
      : session_(std::move(options)),
        version_(session_.options().version),
        in_(reinterpret_cast<const std::byte*>(bytes), size) {
    session_.set_trace([](bool, const frame& each) { require(each.size >= 2); });
  }

  void play() {
    up();
    while (!in_.empty()) {
      command(take_byte());
      look();
    }
    session_.transport_down();
  }

 private:
  std::uint8_t take_byte() {
    if (in_.empty()) return 0;
    const auto first = std::to_integer<std::uint8_t>(in_.front());
    in_ = in_.subspan(1);
    return first;
  }
  bytes_view take_bytes(std::size_t most) {
    const bytes_view taken = in_.first(std::min(most, in_.size()));
    in_ = in_.subspan(taken.size());
    return taken;
  }

  // Most byte values stand for a number of broker bytes, which make up most of an input.
  void command(std::uint8_t what) {
    if (what < 0x80) return session_.feed(take_bytes(what + std::size_t{1}), now_);
    const std::uint8_t how = what & 0x0F;
    switch (what >> 4) {
      case 0x8:
        return pull();
      case 0x9:
        return publish(how);
      case 0xA:
        return request(how);
      case 0xB:
        if (how % 3 == 0) return session_.settle();
        if (how % 3 == 1) return session_.settle_previous();
        return session_.set_reading((how & 0x04) != 0, now_);
      case 0xC:
        return wait(how);
      case 0xD:
        session_.transport_down();
        is_closed_ = false;
        return up();
      case 0xE:
        return write();
      default:
        return leave(how);
    }
  }

  void up() {
    session_.transport_down();
    written_.clear();
    require(!session_.transport_up(now_));
    write();
  }

  void pull() {
    for (int i = 0; i < 1000; ++i) {  // events in an input have an end
      const event& next = session_.next();
      if (std::holds_alternative<need_more>(next)) return;
      require(!is_closed_);
      if (const auto* const got = std::get_if<message_received>(&next)) {
        require(got->sequence == ++messages_);
        require(!got->message.topic.empty());
        touch(as_bytes(got->message.topic));
        touch(got->message.payload);
        touch(got->message.properties.bytes());
      } else if (const auto* const end = std::get_if<delivered>(&next)) {
        require(due_.erase(end->token) == 1);
        touch(end->properties.bytes());
      } else if (const auto* const answer = std::get_if<subscribed>(&next)) {
        require(due_.erase(answer->token) == 1);
        touch(answer->codes);
      } else if (const auto* const ended = std::get_if<closed>(&next)) {
        require(static_cast<bool>(ended->error));
        require(!session_.is_connected());
        touch(ended->properties.bytes());
        is_closed_ = true;
      }
    }
  }

  // Reads every byte, so that a sanitizer checks them.
  void touch(bytes_view bytes) {
    for (const std::byte each : bytes)
      sum_ = static_cast<unsigned char>(sum_ + static_cast<unsigned char>(each));
  }

  void publish(std::uint8_t how) {
    constexpr std::string_view topics[] = {"a", "b", "c", "a/+"};
    publish_packet packet;
    packet.topic = topics[how >> 2];
    packet.payload = as_bytes("payload");
    packet.qos = static_cast<qos_t>(std::min(how & 0x03, 2));
    packet.retain = (how & 0x03) == 3;
    const bool was_full = session_.window_full();
    const std::size_t inflight = session_.inflight();
    std::error_code error;
    const std::uint64_t token = ++tokens_;
    const admission answer = session_.publish(packet, token, error);
    require((answer == admission::refused) == static_cast<bool>(error));
    const bool is_kept = answer == admission::accepted && packet.qos != qos_t::at_most_once;
    if (is_kept) {
      require(!was_full);
      due_.insert(token);
    }
    require(session_.inflight() == inflight + (is_kept ? 1 : 0));
  }

  void request(std::uint8_t how) {
    constexpr std::string_view filters[] = {"a", "a/#", "$share/g/a", "#/a"};
    subscription wanted[2];
    wanted[0].filter = filters[how & 0x03];
    wanted[1].filter = "b";
    const std::span<const subscription> some(wanted, (how & 0x04) != 0 ? 2 : 1);
    const std::uint64_t token = ++tokens_;
    const auto error = (how & 0x08) != 0 ? session_.unsubscribe(some, {}, token)
                                         : session_.subscribe(some, {}, token);
    if (!error) due_.insert(token);
  }

  void wait(std::uint8_t how) {
    now_ += std::chrono::seconds(how);
    if (how == 0x0F && session_.deadline() != time_point::max()) {
      now_ = std::max(now_, session_.deadline());
    }
    const bool is_due = now_ >= session_.deadline();
    const auto error = session_.expire(now_);
    require(!error || is_due);
    // Otherwise a driver would call expire() for ever.
    if (!error) require(session_.deadline() > now_);
  }

  void leave(std::uint8_t how) {
    if (how == 0) return (void)session_.disconnect(0x04);
    if (how == 1) return session_.withhold();
    if (how == 2) return (void)session_.authenticate(reason_code::continue_authentication, {});
  }

  // All sent packets can be decoded, and none follows DISCONNECT.
  void write() {
    byte_buffer output;
    session_.take_output(output);
    session_.sent(now_);
    written_.append(output.view());
    bytes_view rest = written_.view();
    byte_buffer scratch;
    frame made;
    bool is_last = false;
    while (!rest.empty()) {
      require(!is_last);
      require(next_frame(rest, 0, made) == framing::complete);
      const test::recoded again = test::recode(made, version_, scratch);
      require(!again.decoding && !again.encoding && again.identical);
      is_last = made.type == packet_type::disconnect;
      rest = rest.subspan(made.size);
    }
    if (!is_last) written_.clear();
  }

  void look() {
    require(session_.inflight() + session_.pending_requests() <= due_.size());
    require(session_.inflight() <= session_.options().maximum_inflight);
    if (is_closed_) require(!session_.is_connected() && session_.window_full());
    require(session_.is_connected() || session_.window_full());
    touch({session_.receive_space().data(), 0});
    require(!session_.receive_space().empty());
    session_.received(0, now_);
  }

  session session_;
  const protocol_version version_;
  bytes_view in_;
  time_point now_{};
  byte_buffer written_;  // a DISCONNECT and what follows it
  std::set<std::uint64_t> due_;
  std::uint64_t tokens_ = 0;
  std::uint64_t messages_ = 0;
  bool is_closed_ = false;
  volatile unsigned char sum_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  player(options_from(bytes[0], bytes[1]), bytes + 2, size - 2).play();
  return 0;
}
