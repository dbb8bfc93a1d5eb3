// What a client does with the events of its session.
#include <string>
#include <utility>

#include "client/client_impl.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit {
namespace {

using clock = std::chrono::steady_clock;

// 'PUBLISH of 104857600 bytes to "a/b", where 67108864 are taken': with the topic, so that the
// message can be found.
std::string words_for_refused(const frame& packet, std::uint32_t limit) {
  std::string words(to_string(packet.type));
  words += " of " + std::to_string(packet.size) + " bytes";
  const std::string_view body = as_text(packet.body);
  if (packet.type == packet_type::publish && body.size() > 2) {
    const auto size = std::size_t{std::to_integer<std::uint8_t>(packet.body[0])} << 8 |
                      std::to_integer<std::size_t>(packet.body[1]);
    const std::string_view topic = body.substr(2, size);
    if (size != 0 && topic.size() == size) words.append(" to \"").append(topic).append("\"");
  }
  return words + ", where " + std::to_string(limit) + " are taken";
}

}  // namespace

// Pulls events until there is a message for the consumer, the bytes are used up, or we owe too many
// acknowledgements. A message that was set aside is always shown: it brings no new ones.
void client::impl::pump() {
  bool acknowledged = false;
  while (session.waiting_messages() != 0 || !owes_too_much()) {
    const event& next = session.next();
    if (std::holds_alternative<need_more>(next)) break;
    acknowledged = true;
    if (take(next)) break;
  }
  if (acknowledged) tell_progress();
}

// Handles all that was read and sets messages aside, which wait for the consumer.
void client::impl::overtake() {
  bool acknowledged = false;
  while (!owes_too_much()) {
    const event& next = session.overtake();
    if (std::holds_alternative<need_more>(next)) break;
    acknowledged = true;
    take(next);
  }
  if (acknowledged) tell_progress();
}

void client::impl::tell_progress() {
  if (session.output_size() < options.output_high_bytes) room.notify_all();
  quiet.notify_all();
}

failure client::impl::closed_failure(const closed& end_event) const {
  failure why(link_stands ? stage::session : stage::connack, subject(), end_event.error);
  why.reason = end_event.reason;
  if (const auto words = end_event.properties.text(property_id::reason_string)) {
    why.detail = *words;
  }
  if (end_event.error == errc::packet_too_large) {
    why.detail = words_for_refused(end_event.refused, end_event.limit);
  }
  if (const auto other = end_event.properties.text(property_id::server_reference)) {
    why.server_reference = *other;
  }
  return why;
}

// Returns true when the consumer must act.
bool client::impl::take(const event& from_session) {
  if (const auto* message = std::get_if<message_received>(&from_session)) {
    offered = *message;
    message_state = hand::offered;
    progress = true;
    moved = moved || !message->message.retain;
    return true;
  }
  if (const auto* done = std::get_if<delivered>(&from_session)) {
    take_delivered(*done);
  } else if (const auto* ack = std::get_if<subscribed>(&from_session)) {
    take_subscribed(*ack);
  } else if (const auto* up = std::get_if<connected>(&from_session)) {
    take_connected(*up);
  } else if (const auto* auth = std::get_if<authentication>(&from_session)) {
    answer_authentication(*auth);
  } else if (const auto* over = std::get_if<closed>(&from_session)) {
    break_link(closed_failure(*over), true);
  }
  return false;
}

void client::impl::take_delivered(const delivered& done) {
  progress = made_room = true;
  moved = moved || !done.error;
  if (done.token < first_own_token) {
    if (observer != nullptr) observer->message_delivered(done);
  } else if (const auto found = answers.find(done.token); found != answers.end()) {
    answer& waiting = *found->second;
    waiting.done = true;
    waiting.error = done.error;
    waiting.codes.assign(1, done.reason);
    waiting.with = properties(done.properties);
    waiting.arrived.notify();
  }
}

void client::impl::take_subscribed(const subscribed& ack) {
  progress = true;
  if (const auto found = answers.find(ack.token); found != answers.end()) {
    answer& waiting = *found->second;
    waiting.done = true;
    for (const std::byte code : ack.codes) {
      waiting.codes.push_back(std::to_integer<std::uint8_t>(code));
    }
    waiting.with = properties(ack.properties);
    waiting.arrived.notify();
  } else if (const auto again = asked_again.find(ack.token); again != asked_again.end()) {
    const std::uint8_t code =
        ack.codes.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(ack.codes[0]);
    if (observer != nullptr) observer->resubscribed(again->second, code);
    asked_again.erase(again);
  }
}

void client::impl::take_connected(const connected& up) {
  const auto now = clock::now();
  const auto gap = established ? now - lost_at : clock::duration::zero();
  const step_report report{stage::connack, link->peer(), {}, {}, now - link_since};
  step_ended(report);
  link_stands = true;
  if (observer != nullptr) observer->link_up(up, session, gap);
  if (established && !up.session_present) ask_again();
  established = true;
  clock_changed.notify();
}

void client::impl::answer_authentication(const authentication& asked) {
  constexpr auto more = reason_code::continue_authentication;
  if (asked.reason != static_cast<std::uint8_t>(more)) return;
  const auto data = asked.properties.text(property_id::authentication_data).value_or("");
  result<std::string> reply = make_error_code(errc::authentication_failed);
  if (options.authenticate) reply = options.authenticate(data);
  if (!reply) {
    break_link(failure(stage::connack, subject(), errc::authentication_failed));
    return;
  }
  properties with;
  const auto method =
      options.session.connect_properties.view().text(property_id::authentication_method);
  std::error_code error = with.add(property_id::authentication_method, method.value_or(""));
  if (!error) error = with.add(property_id::authentication_data, std::string_view(*reply));
  if (!error) error = session.authenticate(more, with);
  if (error) break_link(failure(stage::connack, subject(), error));
}

}  // namespace mqttkit
