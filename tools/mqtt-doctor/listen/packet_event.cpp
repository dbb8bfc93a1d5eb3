#include "mqtt-doctor/listen/packet_event.hpp"

#include <cstring>
#include <string_view>

namespace mqttkit::doctor {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t most_listed = 20;  // filters of a SUBSCRIBE, codes of a SUBACK

std::int64_t number_of(std::size_t value) { return static_cast<std::int64_t>(value); }

event begin(packet_type type, side from) {
  event made(event_kind::packet, from, to_string(type));
  made.keep("type", to_string(type));
  return made;
}

/// Whether a property of that name holds a secret: "token", "x-api-key".
bool is_secret(std::string_view name) {
  const std::string given = std::string(name.substr(0, 100)) + "=x";
  return shown_without_secrets(given) != shown(given);
}

/// Properties as "session-expiry-interval=60", without secrets.
std::vector<std::string> listed(properties_view from) {
  std::vector<std::string> out;
  for (const property& each : from) {
    if (out.size() == most_listed) break;
    const property_rule* const rule = find_property_rule(static_cast<std::uint32_t>(each.id));
    std::string text = rule != nullptr ? std::string(rule->name) : std::string("?");
    text += '=';
    switch (rule != nullptr ? rule->type : property_type::byte) {
      case property_type::utf8:
        text += each.text;
        break;
      case property_type::utf8_pair:
        text += std::string(each.text) + ":";
        text += is_secret(each.text) ? "***" : std::string(each.value);
        break;
      case property_type::binary:  // authentication data is secret, correlation data noise
        text += "<" + std::to_string(each.text.size()) + ">";
        break;
      default:
        text += std::to_string(each.number);
    }
    // The value under a harmless name may still be a token.
    out.push_back(shown_without_secrets(text));
  }
  return out;
}

void tell_properties(event& into, properties_view from) {
  if (from.empty()) return;
  into.tell(N_("properties {properties}"), "properties", listed(from));
}

/// Adds the reason, "Not authorized (135)".
void tell_reason(event& into, packet_type in, std::uint8_t code) {
  const std::string_view name = reason_name(code, in);
  const std::string meaning(name.empty() ? "unknown" : name);
  into.keep(reason_code_field, static_cast<std::int64_t>(code)).keep("reason", meaning);
  into.say(
      words(N_("{meaning} ({number})"), {{"meaning", meaning}, {"number", std::to_string(code)}}));
}

void tell_id(event& into, std::uint16_t id) {
  into.tell(N_("packet {packet_id}"), "packet_id", std::int64_t{id});
}

event publish_event(const publish_packet& packet, std::size_t size, side from,
                    const packet_style& style) {
  event made = begin(packet_type::publish, from);
  if (packet.topic.empty()) {
    made.keep("topic", "").say(N_("topic by its alias"));
  } else {
    made.tell(N_("topic {topic}"), "topic", packet.topic);
  }
  made.tell(N_("QoS {qos}"), "qos", static_cast<std::int64_t>(packet.qos));
  made.tell_if(packet.retain, N_("retained"), "retain");
  made.tell_if(packet.dup, N_("sent again"), "dup");
  if (packet.packet_id != 0) tell_id(made, packet.packet_id);
  made.tell(N_("{size} bytes"), "size", number_of(size));
  tell_properties(made, packet.properties);
  if (style.shows_payload) made.tell(N_("payload {payload}"), "payload", as_text(packet.payload));
  return made;
}

event subscribe_event(packet_type type, const subscribe_packet& packet) {
  event made = begin(type, side::client);
  tell_id(made, packet.packet_id);
  std::vector<std::string> filters;
  std::size_t count = 0;
  subscription wanted;
  for (subscription_list list = packet.filters; list.next(wanted); ++count) {
    if (count >= most_listed) continue;
    filters.emplace_back(wanted.filter);
    const std::string filter = shown(wanted.filter);
    if (type == packet_type::unsubscribe) {
      made.say(words(N_("filter {topic}"), {{"topic", filter}}));
    } else {
      const int qos = static_cast<int>(wanted.qos);
      made.say(words(N_("filter {topic} at QoS {qos}"),
                     {{"topic", filter}, {"qos", std::to_string(qos)}}));
    }
  }
  if (count > most_listed)
    made.say(words(N_("and {count} more"), {{"count", std::to_string(count - most_listed)}}));
  made.keep("filters", filters).keep("count", number_of(count));
  tell_properties(made, packet.properties);
  return made;
}

event suback_event(packet_type type, const suback_packet& packet) {
  event made = begin(type, side::broker);
  tell_id(made, packet.packet_id);
  std::vector<std::string> codes;
  for (const std::byte byte : packet.codes) {
    if (codes.size() == most_listed) break;
    const auto code = std::to_integer<std::uint8_t>(byte);
    const std::string_view name = reason_name(code, type);
    codes.push_back(std::to_string(code));
    made.say(words(N_("{meaning} ({number})"),
                   {{"meaning", name.empty() ? "unknown" : std::string(name)},
                    {"number", std::to_string(code)}}));
  }
  made.keep("codes", codes);
  tell_properties(made, packet.properties);
  return made;
}

/// The event for a packet too large to be kept completely.
event cut_event(packet_type type, side from, std::size_t whole) {
  event made = begin(type, from);
  made.tell(N_("{size} bytes"), "size", number_of(whole));
  made.tell_if(true, N_("what is in it is not shown"), "cut");
  return made;
}

}  // namespace

const char* connack_meaning(std::uint8_t code, protocol_version version) {
  const std::string_view name = reason_name(connack_reason(code, version), packet_type::connack);
  return name.empty() ? "unknown" : name.data();
}

heard_connect read_connect(const frame& packet, byte_buffer& room) {
  heard_connect connect;
  connect.error = decode(packet, connect.packet);
  // Length, "MQIsdp" or "MQTT", level; 0x83 or 0x84 is a bridge's.
  const std::string_view body = as_text(packet.body);
  std::size_t at = 0;
  for (const std::string_view name : {"\0\4MQTT"sv, "\0\6MQIsdp"sv}) {
    if (body.starts_with(name)) at = name.size();
  }
  if (at != 0 && at < packet.body.size()) connect.level = std::to_integer<int>(packet.body[at]);
  if (!connect.error || connect.level < 0 || (connect.level & 0x80) == 0) return connect;
  room.clear();
  room.append(packet.body);
  room.data()[at] &= std::byte{0x7F};
  frame plain = packet;
  plain.body = room.view();
  connect.error = decode(plain, connect.packet);
  connect.is_bridge = !connect.error;
  return connect;
}

event connect_event(const heard_connect& asked_connect, const packet_style& style) {
  const connect_packet& packet = asked_connect.packet;
  event made = begin(packet_type::connect, side::client);
  made.tell(N_("MQTT {version}"), "version", to_string(packet.version));
  made.tell_if(asked_connect.is_bridge, N_("a bridge"), "bridge");
  if (packet.client_id.empty()) {
    made.keep("client_id", "").say(N_("no client identifier"));
  } else {
    made.tell(N_("client identifier {client_id}"), "client_id", packet.client_id);
  }
  if (packet.user_name) {
    made.tell(N_("user {user_name}"), "user_name", shown_without_secrets(*packet.user_name));
  } else {
    made.say(N_("no user name"));
  }
  if (packet.password) {
    made.tell(N_("password given ({password_bytes} bytes)"), "password_bytes",
              number_of(packet.password->size()));
  } else {
    made.say(N_("no password"));
  }
  made.tell(N_("keep alive {keep_alive} s"), "keep_alive", std::int64_t{packet.keep_alive});
  made.keep("clean_start", packet.clean_start);
  made.say(packet.clean_start ? N_("clean start") : N_("session kept"));
  if (packet.will) {
    made.tell(N_("will to {will_topic}"), "will_topic", packet.will->topic);
    made.tell(N_("will QoS {will_qos}"), "will_qos", static_cast<std::int64_t>(packet.will->qos));
    made.tell_if(packet.will->retain, N_("will retained"), "will_retain");
    made.tell(N_("will of {will_size} bytes"), "will_size", number_of(packet.will->payload.size()));
    if (style.shows_payload)
      made.tell(N_("will payload {will_payload}"), "will_payload", as_text(packet.will->payload));
  }
  tell_properties(made, packet.properties);
  return made;
}

std::optional<event> packet_event(const frame& packet, std::size_t whole, protocol_version version,
                                  side from, const packet_style& style, std::error_code& error) {
  const bool is_cut = whole > packet.size;
  if (is_cut && packet.type != packet_type::publish) return cut_event(packet.type, from, whole);
  event made = begin(packet.type, from);
  switch (packet.type) {
    case packet_type::publish: {
      publish_packet read;
      error = decode(packet, version, read);
      if (is_cut && error) {
        error = {};
        return cut_event(packet.type, from, whole);
      }
      if (error) return std::nullopt;
      return publish_event(read, read.payload.size() + (whole - packet.size), from, style);
    }
    case packet_type::connack: {
      connack_packet read;
      error = decode(packet, version, read);
      if (error) return std::nullopt;
      const std::string meaning = connack_meaning(read.reason, version);
      made.keep(reason_code_field, std::int64_t{read.reason}).keep("reason", meaning);
      if (read.reason == 0) {
        made.say(N_("accepted"));
      } else {
        made.say(words(N_("refused: {meaning} ({number})"),
                       {{"meaning", meaning}, {"number", std::to_string(read.reason)}}));
      }
      made.tell_if(read.session_present, N_("session present"), "session_present");
      tell_properties(made, read.properties);
      return made;
    }
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp: {
      ack_packet read;
      error = decode(packet, version, read);
      if (error) return std::nullopt;
      tell_id(made, read.packet_id);
      if (read.reason != 0) tell_reason(made, packet.type, read.reason);
      tell_properties(made, read.properties);
      return made;
    }
    case packet_type::subscribe:
    case packet_type::unsubscribe: {
      subscribe_packet read;
      error = decode(packet, version, read);
      if (error) return std::nullopt;
      return subscribe_event(packet.type, read);
    }
    case packet_type::suback:
    case packet_type::unsuback: {
      suback_packet read;
      error = decode(packet, version, read);
      if (error) return std::nullopt;
      return suback_event(packet.type, read);
    }
    case packet_type::disconnect:
    case packet_type::auth: {
      reason_packet read;
      error = decode(packet, version, read);
      if (error) return std::nullopt;
      if (version == protocol_version::v5) tell_reason(made, packet.type, read.reason);
      tell_properties(made, read.properties);
      return made;
    }
    case packet_type::connect:
    case packet_type::pingreq:
    case packet_type::pingresp:
      break;
  }
  return made;
}

}  // namespace mqttkit::doctor
