#include "io/connection_log.hpp"

#include <cstdio>
#include <string>
#include <utility>

#include "common/duration_text.hpp"
#include "common/printable.hpp"
#include "io/failure_text.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/decode.hpp"

namespace mqttkit::tools {
namespace {

using namespace std::chrono_literals;

// This many connections in a row that the other side closes this soon are no coincidence. The time
// is above the longest wait before a reconnect, so that two clients are noticed that push each
// other out.
constexpr auto soon = 60s;
constexpr unsigned telling_hang_ups = 3;

std::string id_text(std::uint16_t packet_id) { return "m" + std::to_string(packet_id); }

std::string flag(char letter, bool on) { return std::string(1, letter) + (on ? "1" : "0"); }

std::string describe_publish(const frame& packet, protocol_version version) {
  publish_packet message;
  if (decode(packet, version, message)) return " (malformed)";
  return " (" + flag('d', message.dup) + ", q" + std::to_string(static_cast<int>(message.qos)) +
         ", " + flag('r', message.retain) + ", " + id_text(message.packet_id) + ", '" +
         printable(message.topic) + "', " + std::to_string(message.payload.size()) + " bytes)";
}

std::string describe_codes(const frame& packet, protocol_version version) {
  suback_packet ack;
  if (decode(packet, version, ack)) return " (malformed)";
  std::string text = " (" + id_text(ack.packet_id);
  for (const std::byte code : ack.codes) {
    text += ", " + std::to_string(std::to_integer<unsigned>(code));
  }
  return text + ")";
}

std::string describe_filters(const frame& packet, protocol_version version) {
  subscribe_packet request;
  if (decode(packet, version, request)) return " (malformed)";
  std::string text = " (" + id_text(request.packet_id);
  subscription wanted;
  while (request.filters.next(wanted)) {
    text += ", '" + printable(wanted.filter) + "'";
    if (packet.type == packet_type::subscribe) {
      text += " q" + std::to_string(static_cast<int>(wanted.qos));
    }
  }
  return text + ")";
}

std::string describe_connect(const frame& packet) {
  connect_packet request;
  if (decode(packet, request)) return " (malformed)";
  std::string text = " (" + std::string(to_string(request.version)) + ", " +
                     flag('c', request.clean_start) + ", k" + std::to_string(request.keep_alive) +
                     ", '" + printable(request.client_id) + "'";
  if (request.user_name) text += ", with user name";
  if (request.password) text += ", with password";
  if (request.will) text += ", will to '" + printable(request.will->topic) + "'";
  return text + ")";
}

std::string describe_connack(const frame& packet, protocol_version version) {
  connack_packet answer;
  if (decode(packet, version, answer)) return " (malformed)";
  return " (" + std::to_string(answer.reason) +
         (answer.session_present ? ", session present)" : ")");
}

std::string broker_name(const dial_options& dial) {
  if (!dial.unix_path.empty()) return dial.unix_path;
  return host_and_port(dial.host, dial.port);
}

}  // namespace

std::string describe_packet(const frame& packet, protocol_version version) {
  std::string text(to_string(packet.type));
  switch (packet.type) {
    case packet_type::connect:
      return text + describe_connect(packet);
    case packet_type::connack:
      return text + describe_connack(packet, version);
    case packet_type::publish:
      return text + describe_publish(packet, version);
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp: {
      ack_packet ack;
      if (decode(packet, version, ack)) return text + " (malformed)";
      return text + " (" + id_text(ack.packet_id) + ", " + std::to_string(ack.reason) + ")";
    }
    case packet_type::subscribe:
    case packet_type::unsubscribe:
      return text + describe_filters(packet, version);
    case packet_type::suback:
    case packet_type::unsuback:
      return text + describe_codes(packet, version);
    case packet_type::disconnect:
    case packet_type::auth: {
      reason_packet last;
      if (decode(packet, version, last)) return text + " (malformed)";
      return text + " (" + std::to_string(last.reason) + ")";
    }
    default:
      return text;
  }
}

connection_log::connection_log(const stderr_log& log, bool debug, const client_options& options)
    : log_(log),
      events_(log.form(), broker_name(options.dial), log),
      debug_(debug),
      client_id_(options.session.client_id),
      version_(options.session.version) {}

session::trace_function connection_log::packet_trace(protocol_version version) const {
  if (!debug_) return {};
  return [this, version](bool outgoing, const frame& packet) {
    log_.say((outgoing ? "sending " : "received ") + describe_packet(packet, version));
  };
}

void connection_log::step_begins(stage at, std::string_view subject) {
  if (debug_) log_.say(std::string(to_string(at)) + " " + printable(subject) + " ...");
}

void connection_log::step_ended(const step_report& report) {
  if (!debug_) return;
  std::string line = std::string(to_string(report.at)) + " " + printable(report.subject) + ": ";
  line += report.error ? report.error.message() : "done";
  if (!report.detail.empty()) line += ", " + printable(report.detail);
  log_.say(line + " (" + duration_text(report.took) + ")");
}

void connection_log::link_up(const connected& with, const session& protocol,
                             std::chrono::nanoseconds gap) {
  if (gap == gap.zero()) {
    events_.connected(protocol, with.session_present);
  } else {
    const std::string again = with.sent_again == 0
                                  ? ""
                                  : "the broker has lost the session, " +
                                        std::to_string(with.sent_again) +
                                        " messages are sent again and may arrive twice";
    if (events_.is_json()) {
      events_.reconnected(gap, with.session_present);
      if (!again.empty()) log_.say(again);
    } else {
      log_.say("reconnected after " + duration_text(gap) + (again.empty() ? "" : "; ") + again);
    }
  }
  loss_told_ = false;
  is_up_ = was_up_ = true;
  up_since_ = std::chrono::steady_clock::now();
}

// Two clients with the same identifier take the connection from each other for ever, and before
// MQTT 5 nobody tells them. A message that the broker does not take looks the same.
std::string connection_log::suspicion(const failure& why) {
  const bool was_short = std::chrono::steady_clock::now() - up_since_ < soon;
  hang_ups_ = was_short && is_hang_up(why.error) ? hang_ups_ + 1 : 0;
  if (hang_ups_ != telling_hang_ups) return {};
  std::string text = "; this was the third time soon after connecting: ";
  if (client_id_.empty())
    text += "the broker may not take what it is sent (too large, retained, a topic or QoS)";
  else
    text += "another client may have the identifier '" + printable(client_id_) +
            "', give each its own with -i";
  return version_ == protocol_version::v5 ? text : text + "; with -V 5 a broker can say why";
}

void connection_log::link_down(const failure& why, bool will_retry, std::chrono::milliseconds) {
  // The program itself tells the last failure; of the attempts before, the first is enough.
  if (!will_retry || (loss_told_ && !debug_)) return;
  loss_told_ = true;
  if (is_up_ && events_.is_json()) {
    is_up_ = false;
    return events_.lost(describe(why));
  }
  std::string line = describe(why) + (was_up_ ? "; reconnecting" : "; waiting for the broker");
  if (std::exchange(is_up_, false)) line += suspicion(why);
  log_.say(line);
}

}  // namespace mqttkit::tools
