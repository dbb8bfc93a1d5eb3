#include "mqttkit/codec/property.hpp"

#include <algorithm>
#include <array>

#include "codec/byte_io.hpp"
#include "codec/property_check.hpp"
#include "codec/text_check.hpp"
#include "mqttkit/base/error.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit {
namespace {

constexpr std::uint16_t in(property_place place) noexcept {
  return static_cast<std::uint16_t>(1u << static_cast<unsigned>(place));
}

constexpr std::uint16_t connect = in(property_place::connect);
constexpr std::uint16_t connack = in(property_place::connack);
constexpr std::uint16_t publish = in(property_place::publish);
constexpr std::uint16_t subscribe = in(property_place::subscribe);
constexpr std::uint16_t disconnect = in(property_place::disconnect);
constexpr std::uint16_t auth = in(property_place::auth);
constexpr std::uint16_t will = in(property_place::will);
constexpr std::uint16_t everywhere = 0x3FFF;  // all 14 places
constexpr std::uint16_t answers =             // what a reason string may explain
    connack | in(property_place::puback) | in(property_place::pubrec) | in(property_place::pubrel) |
    in(property_place::pubcomp) | in(property_place::suback) | in(property_place::unsuback) |
    disconnect | auth;

constexpr std::uint32_t max_four_byte = 0xFFFFFFFF;

// MQTT 5.0 Table 2-4, ascending by identifier.
using id = property_id;
using type = property_type;
constexpr std::array rules{
    property_rule{id::payload_format_indicator, type::byte, publish | will, false, 0, 1,
                  "payload-format-indicator"},
    property_rule{id::message_expiry_interval, type::four_byte, publish | will, false, 0,
                  max_four_byte, "message-expiry-interval"},
    property_rule{id::content_type, type::utf8, publish | will, false, 0, 0, "content-type"},
    property_rule{id::response_topic, type::utf8, publish | will, false, 0, 0, "response-topic"},
    property_rule{id::correlation_data, type::binary, publish | will, false, 0, 0,
                  "correlation-data"},
    property_rule{id::subscription_identifier, type::variable_byte, publish | subscribe, true, 1,
                  268'435'455, "subscription-identifier"},
    property_rule{id::session_expiry_interval, type::four_byte, connect | connack | disconnect,
                  false, 0, max_four_byte, "session-expiry-interval"},
    property_rule{id::assigned_client_identifier, type::utf8, connack, false, 0, 0,
                  "assigned-client-identifier"},
    property_rule{id::server_keep_alive, type::two_byte, connack, false, 0, 65535,
                  "server-keep-alive"},
    property_rule{id::authentication_method, type::utf8, connect | connack | auth, false, 0, 0,
                  "authentication-method"},
    property_rule{id::authentication_data, type::binary, connect | connack | auth, false, 0, 0,
                  "authentication-data"},
    property_rule{id::request_problem_information, type::byte, connect, false, 0, 1,
                  "request-problem-information"},
    property_rule{id::will_delay_interval, type::four_byte, will, false, 0, max_four_byte,
                  "will-delay-interval"},
    property_rule{id::request_response_information, type::byte, connect, false, 0, 1,
                  "request-response-information"},
    property_rule{id::response_information, type::utf8, connack, false, 0, 0,
                  "response-information"},
    property_rule{id::server_reference, type::utf8, connack | disconnect, false, 0, 0,
                  "server-reference"},
    property_rule{id::reason_string, type::utf8, answers, false, 0, 0, "reason-string"},
    property_rule{id::receive_maximum, type::two_byte, connect | connack, false, 1, 65535,
                  "receive-maximum"},
    property_rule{id::topic_alias_maximum, type::two_byte, connect | connack, false, 0, 65535,
                  "topic-alias-maximum"},
    property_rule{id::topic_alias, type::two_byte, publish, false, 1, 65535, "topic-alias"},
    property_rule{id::maximum_qos, type::byte, connack, false, 0, 1, "maximum-qos"},
    property_rule{id::retain_available, type::byte, connack, false, 0, 1, "retain-available"},
    property_rule{id::user_property, type::utf8_pair, everywhere, true, 0, 0, "user-property"},
    property_rule{id::maximum_packet_size, type::four_byte, connect | connack, false, 1,
                  max_four_byte, "maximum-packet-size"},
    property_rule{id::wildcard_subscription_available, type::byte, connack, false, 0, 1,
                  "wildcard-subscription-available"},
    property_rule{id::subscription_identifier_available, type::byte, connack, false, 0, 1,
                  "subscription-identifier-available"},
    property_rule{id::shared_subscription_available, type::byte, connack, false, 0, 1,
                  "shared-subscription-available"},
};
static_assert(rules.size() == 27);

constexpr std::size_t largest_id = static_cast<std::size_t>(rules.back().id);
constexpr std::uint8_t no_rule = 0xFF;

// Identifier -> index into `rules`.
constexpr auto rule_of_id = []() {
  std::array<std::uint8_t, largest_id + 1> index{};
  index.fill(no_rule);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    index[static_cast<std::size_t>(rules[i].id)] = static_cast<std::uint8_t>(i);
  }
  return index;
}();

constexpr const property_rule* rule_of(std::uint32_t identifier) noexcept {
  if (identifier > largest_id || rule_of_id[identifier] == no_rule) return nullptr;
  return &rules[rule_of_id[identifier]];
}

constexpr bool is_number(property_type of) noexcept {
  return of == type::byte || of == type::two_byte || of == type::four_byte ||
         of == type::variable_byte;
}

// Reads the value that follows an identifier. False when the bytes are not there.
bool read_value(byte_reader& in, property_type of, property& out) noexcept {
  switch (of) {
    case type::byte: {
      std::uint8_t value = 0;
      if (!in.u8(value)) return false;
      out.number = value;
      return true;
    }
    case type::two_byte: {
      std::uint16_t value = 0;
      if (!in.u16(value)) return false;
      out.number = value;
      return true;
    }
    case type::four_byte:
      return in.u32(out.number);
    case type::variable_byte:
      return in.varint(out.number);
    case type::utf8:
    case type::binary:
      return in.prefixed(out.text);
    case type::utf8_pair:
      return in.prefixed(out.text) && in.prefixed(out.value);
  }
  return false;
}

std::error_code check_value(const property_rule& rule, const property& value) noexcept {
  if (is_number(rule.type)) {
    if (value.number < rule.minimum || value.number > rule.maximum) {
      return make_error_code(errc::property_value);
    }
    return {};
  }
  if (rule.type == type::binary) {
    if (value.text.size() > max_string_bytes) return make_error_code(errc::string_too_long);
    return {};
  }
  if (const std::error_code ec = check_string(value.text)) return ec;
  if (rule.type == type::utf8_pair) return check_string(value.value);
  // [MQTT-3.3.2-14]. An empty one is let through: it harms nobody who is only handed the message.
  if (rule.id == id::response_topic && has_wildcard(value.text)) {
    return make_error_code(errc::property_value);
  }
  return {};
}

}  // namespace

std::span<const property_rule> property_rules() noexcept { return rules; }

const property_rule* find_property_rule(std::uint32_t identifier) noexcept {
  return rule_of(identifier);
}

const property_rule* find_property_rule(std::string_view name) noexcept {
  const auto at = std::find_if(rules.begin(), rules.end(),
                               [name](const property_rule& rule) { return rule.name == name; });
  return at != rules.end() ? &*at : nullptr;
}

property_place place_of(packet_type packet) noexcept {
  switch (packet) {
    case packet_type::disconnect:
      return property_place::disconnect;
    case packet_type::auth:
      return property_place::auth;
    default:  // the others stand in the same order, one up
      return static_cast<property_place>(static_cast<unsigned>(packet) - 1);
  }
}

std::error_code check_properties(bytes_view encoded, property_place place,
                                 property_set& present) noexcept {
  byte_reader in(encoded);
  while (!in.at_end()) {
    // The identifier is a variable byte integer, but all that exist take one byte.
    std::uint32_t identifier = 0;
    if (!in.varint(identifier)) return make_error_code(errc::malformed_packet);
    const property_rule* rule = rule_of(identifier);
    if (rule == nullptr) return make_error_code(errc::unknown_property);
    if (!rule->allowed_in(place)) return make_error_code(errc::property_not_allowed);
    property value;
    if (!read_value(in, rule->type, value)) return make_error_code(errc::malformed_packet);
    if (const std::error_code ec = check_value(*rule, value)) return ec;
    // A subscription identifier repeats in PUBLISH, not in SUBSCRIBE (MQTT 5.0 §3.8.2.1.2).
    const bool may_repeat = rule->repeatable && (rule->id != id::subscription_identifier ||
                                                 place == property_place::publish);
    if (present.has(rule->id) && !may_repeat) return make_error_code(errc::property_repeated);
    present.insert(rule->id);
  }
  return {};
}

std::error_code check_properties(bytes_view encoded, property_place place) noexcept {
  property_set present;
  return check_properties(encoded, place, present);
}

// properties_view

properties_view::iterator::iterator(const std::byte* at, const std::byte* end) noexcept
    : at_(at), next_(at), end_(end) {
  if (at_ == end_) return;
  byte_reader in({at_, end_});
  std::uint8_t identifier = 0;
  if (!in.u8(identifier)) return;
  const property_rule* rule = rule_of(identifier);
  if (rule == nullptr || !read_value(in, rule->type, current_)) {
    at_ = next_ = end_;  // bytes nobody checked: stop rather than read past them
    return;
  }
  current_.id = rule->id;
  next_ = in.at();
}

properties_view::iterator& properties_view::iterator::operator++() noexcept {
  return *this = iterator(next_, end_);
}

properties_view::iterator properties_view::begin() const noexcept {
  return iterator(bytes_.data(), bytes_.data() + bytes_.size());
}

properties_view::iterator properties_view::end() const noexcept {
  const std::byte* last = bytes_.data() + bytes_.size();
  return iterator(last, last);
}

std::optional<property> properties_view::find(property_id wanted) const noexcept {
  for (const property& each : *this) {
    if (each.id == wanted) return each;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> properties_view::number(property_id wanted) const noexcept {
  const auto found = find(wanted);
  if (!found) return std::nullopt;
  return found->number;
}

std::optional<std::string_view> properties_view::text(property_id wanted) const noexcept {
  const auto found = find(wanted);
  if (!found) return std::nullopt;
  return found->text;
}

// properties

properties& properties::operator=(const properties& other) {
  if (this == &other) return *this;
  bytes_.clear();
  bytes_.append(other.bytes_.view());
  return *this;
}

std::error_code properties::add(property_id wanted, std::uint32_t number) {
  const property_rule* rule = rule_of(static_cast<std::uint32_t>(wanted));
  if (rule == nullptr) return make_error_code(errc::unknown_property);
  if (!is_number(rule->type)) return make_error_code(errc::property_value);
  if (number < rule->minimum || number > rule->maximum) {
    return make_error_code(errc::property_value);
  }
  if (!rule->repeatable && view().find(wanted)) return make_error_code(errc::property_repeated);

  const std::size_t value_size = rule->type == type::byte        ? 1
                                 : rule->type == type::two_byte  ? 2
                                 : rule->type == type::four_byte ? 4
                                                                 : varint_size(number);
  byte_writer out(bytes_.extend(1 + value_size));
  out.u8(static_cast<std::uint32_t>(wanted));
  if (rule->type == type::byte) {
    out.u8(number);
  } else if (rule->type == type::two_byte) {
    out.u16(number);
  } else if (rule->type == type::four_byte) {
    out.u32(number);
  } else {
    out.varint(number);
  }
  return {};
}

std::error_code properties::add(property_id wanted, std::string_view text) {
  const property_rule* rule = rule_of(static_cast<std::uint32_t>(wanted));
  if (rule == nullptr) return make_error_code(errc::unknown_property);
  if (rule->type != type::utf8 && rule->type != type::binary) {
    return make_error_code(errc::property_value);
  }
  property value;
  value.text = text;
  if (const std::error_code ec = check_value(*rule, value)) return ec;
  if (view().find(wanted)) return make_error_code(errc::property_repeated);

  byte_writer out(bytes_.extend(1 + two_bytes + text.size()));
  out.u8(static_cast<std::uint32_t>(wanted));
  out.prefixed(text);
  return {};
}

std::error_code properties::add_user_property(std::string_view name, std::string_view value) {
  if (const std::error_code ec = check_string(name)) return ec;
  if (const std::error_code ec = check_string(value)) return ec;
  byte_writer out(bytes_.extend(1 + two_bytes + name.size() + two_bytes + value.size()));
  out.u8(static_cast<std::uint32_t>(id::user_property));
  out.prefixed(name);
  out.prefixed(value);
  return {};
}

void properties::remove(property_id wanted) {
  std::byte* kept = bytes_.data();
  const bytes_view all = bytes_.view();
  byte_reader in(all);
  while (!in.at_end()) {
    const std::byte* start = in.at();
    std::uint8_t identifier = 0;
    property skipped;
    if (!in.u8(identifier) || rule_of(identifier) == nullptr ||
        !read_value(in, rule_of(identifier)->type, skipped)) {
      break;
    }
    if (identifier == static_cast<std::uint8_t>(wanted)) continue;
    const auto size = static_cast<std::size_t>(in.at() - start);
    std::memmove(kept, start, size);
    kept += size;
  }
  bytes_.truncate(static_cast<std::size_t>(kept - bytes_.data()));
}

}  // namespace mqttkit
