#include "mqtt-doctor/probes/delivery/blocking_client.hpp"

#include <variant>

#include "mqtt-doctor/probes/link_facts.hpp"

namespace mqttkit::doctor {

using probe::clock;
using probe::deadline;

blocking_client::blocking_client(channel& over, std::chrono::milliseconds limit, bool acknowledges)
    : over_(over), session_(over.session()), limit_(limit), acknowledges_(acknowledges) {
  session_.set_trace([this](bool is_outgoing, const frame& packet) {
    if (!is_outgoing && told_ != nullptr) look_at(packet);
  });
}

blocking_client::~blocking_client() { session_.set_trace({}); }

bool blocking_client::publish(const publish_packet& message, std::uint64_t& token, deadline until) {
  refused.clear();
  if (over_.most_taken != 0) {
    publish_packet sized = message;
    sized.packet_id = message.qos == qos_t::at_most_once ? std::uint16_t{0} : std::uint16_t{1};
    byte_buffer bytes;
    refused = encode(bytes, over_.version, sized);
    if (!refused && !over_.takes(bytes)) refused = make_error_code(std::errc::message_size);
    if (refused) return false;
  }
  token = ++over_.last_token;
  return session_.publish(message, token, refused) == admission::accepted && flush(until);
}

bool blocking_client::subscribe(const subscription& wanted, std::uint64_t& token, deadline until) {
  token = ++over_.last_token;
  refused = session_.subscribe({&wanted, 1}, {}, token);
  return !refused && flush(until);
}

bool blocking_client::unsubscribe(const subscription& filter, std::uint64_t& token,
                                  deadline until) {
  token = ++over_.last_token;
  refused = session_.unsubscribe({&filter, 1}, {}, token);
  return !refused && flush(until);
}

bool blocking_client::ping(deadline until) {
  is_ping_answered = false;
  byte_buffer bytes;
  encode_ping(bytes, packet_type::pingreq);
  return over_.send(bytes, until);
}

bool blocking_client::flush(deadline until) {
  bool is_sent = true;
  while (is_sent && session_.output_size() > 0) {
    byte_buffer bytes;
    session_.take_output(bytes);
    is_sent = over_.send(bytes, until);
    session_.sent(clock::now());
  }
  return is_sent;
}

bool blocking_client::take_packet(deadline until, observer& tell) {
  const channel::received got = over_.receive(until);
  if (!got.is_packet) {
    if (got.is_malformed) {
      end = connection_end::failed;
    } else if (got.end != probe::link_end::timed_out) {
      end = end_of(got.end);
    }
    return end.empty();
  }
  told_ = &tell;
  session_.feed(got.bytes, clock::now());
  pull_events(tell);
  told_ = nullptr;
  if (!end.empty()) return false;
  flush(clock::now() + limit_);  // the next read finds out why a write failed
  return true;
}

/// Reads what the session has no event for, or reports in less detail.
void blocking_client::look_at(const frame& packet) {
  if (packet.type == packet_type::pingresp) is_ping_answered = true;
  if (packet.type == packet_type::disconnect) {
    reason_packet goodbye;
    if (!decode(packet, over_.version, goodbye)) disconnect = goodbye.reason;
    end = connection_end::disconnect;
  }
  told_->packet(packet);
}

void blocking_client::pull_events(observer& tell) {
  for (;;) {
    const event& next = session_.next();
    if (const auto* came = std::get_if<message_received>(&next)) {
      tell.message(came->message);
      if (acknowledges_) session_.settle();
    } else if (const auto* answer = std::get_if<delivered>(&next)) {
      tell.acknowledged(*answer);
    } else if (const auto* granted = std::get_if<subscribed>(&next)) {
      tell.answered(*granted);
    } else if (std::holds_alternative<closed>(next)) {
      if (end.empty()) end = connection_end::failed;  // the broker broke the rules
    } else if (std::holds_alternative<need_more>(next)) {
      return;
    }
  }
}

}  // namespace mqttkit::doctor
