// MQTT 5 properties (§2.2.2).
//
// A list of properties stays in its wire form, both ways: `properties_view` walks the bytes of a
// received packet, which were checked once when the packet was decoded, and `properties` collects
// encoded bytes that go into a packet as they are. No tree, no variant list, no string per value.
// One table of rules (identifier, type, packets, repeatable, name) drives the checks, the JSON
// keys, the -D option, the help and the fuzz dictionary.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/codec/reason.hpp"

namespace mqttkit {

/// Property identifiers (MQTT 5.0 Table 2-4).
enum class property_id : std::uint8_t {
  payload_format_indicator = 0x01,
  message_expiry_interval = 0x02,
  content_type = 0x03,
  response_topic = 0x08,
  correlation_data = 0x09,
  subscription_identifier = 0x0B,
  session_expiry_interval = 0x11,
  assigned_client_identifier = 0x12,
  server_keep_alive = 0x13,
  authentication_method = 0x15,
  authentication_data = 0x16,
  request_problem_information = 0x17,
  will_delay_interval = 0x18,
  request_response_information = 0x19,
  response_information = 0x1A,
  server_reference = 0x1C,
  reason_string = 0x1F,
  receive_maximum = 0x21,
  topic_alias_maximum = 0x22,
  topic_alias = 0x23,
  maximum_qos = 0x24,
  retain_available = 0x25,
  user_property = 0x26,
  maximum_packet_size = 0x27,
  wildcard_subscription_available = 0x28,
  subscription_identifier_available = 0x29,
  shared_subscription_available = 0x2A,
};

enum class property_type : std::uint8_t {
  byte,
  two_byte,
  four_byte,
  variable_byte,  ///< variable byte integer, 1..268,435,455
  utf8,
  utf8_pair,
  binary,
};

/// Where properties stand: a packet, or the will inside CONNECT, which has a list of its own.
enum class property_place : std::uint8_t {
  connect,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  disconnect,
  auth,
  will,
};

/// One row of the rules.
struct property_rule {
  property_id id;
  property_type type;
  std::uint16_t places;   ///< bit 1 << property_place for each place it may stand in
  bool repeatable;        ///< user properties; subscription identifiers in PUBLISH only
  std::uint32_t minimum;  ///< of a number; 0 for the others
  std::uint32_t maximum;  ///< of a number; 0 for the others
  std::string_view name;  ///< as mosquitto's -D spells it: "message-expiry-interval"

  constexpr bool allowed_in(property_place place) const noexcept {
    return (places >> static_cast<unsigned>(place) & 1u) != 0;
  }
};

/// All 27 rules, ascending by identifier.
std::span<const property_rule> property_rules() noexcept;

/// The rule for an identifier; nullptr when the specification has none.
const property_rule* find_property_rule(std::uint32_t id) noexcept;
const property_rule* find_property_rule(std::string_view name) noexcept;

/// One property. Which members count follows from its type.
struct property {
  property_id id{};
  std::uint32_t number = 0;  ///< byte, two_byte, four_byte, variable_byte
  std::string_view text{};   ///< utf8, binary; the name of a utf8_pair
  std::string_view value{};  ///< the value of a utf8_pair
};

/// The properties of a packet, in order. A view: lives as long as the bytes it points into.
///
/// Made by decode() and by properties, both of which have checked every byte.
class properties_view {
 public:
  class iterator {
   public:
    using value_type = property;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    const property& operator*() const noexcept { return current_; }
    const property* operator->() const noexcept { return &current_; }
    iterator& operator++() noexcept;
    bool operator==(const iterator& other) const noexcept { return at_ == other.at_; }

   private:
    friend class properties_view;
    iterator(const std::byte* at, const std::byte* end) noexcept;
    const std::byte* at_ = nullptr;    // of the current property
    const std::byte* next_ = nullptr;  // of the one after it
    const std::byte* end_ = nullptr;
    property current_;
  };

  constexpr properties_view() noexcept = default;
  /// @param checked  encoded properties without the length in front, known to be valid.
  constexpr explicit properties_view(bytes_view checked) noexcept : bytes_(checked) {}

  iterator begin() const noexcept;
  iterator end() const noexcept;
  bool empty() const noexcept { return bytes_.empty(); }
  /// The encoded form, without the length in front.
  bytes_view bytes() const noexcept { return bytes_; }

  /// The first property with this identifier. Linear; lists are short.
  std::optional<property> find(property_id id) const noexcept;
  std::optional<std::uint32_t> number(property_id id) const noexcept;
  std::optional<std::string_view> text(property_id id) const noexcept;

 private:
  bytes_view bytes_{};
};

/// Properties being collected for a packet that is to be sent. Owns its bytes.
class properties {
 public:
  properties() = default;
  properties(const properties& other) { bytes_.append(other.bytes_.view()); }
  properties& operator=(const properties& other);
  properties(properties&&) = default;
  properties& operator=(properties&&) = default;
  /// Copies what a view shows.
  explicit properties(properties_view from) { bytes_.append(from.bytes()); }

  /// Appends a number. Errors: property_value when out of range or not a number,
  /// property_repeated, unknown_property; nothing was changed then.
  std::error_code add(property_id id, std::uint32_t number);
  /// Appends a string or binary value. Errors as above, and malformed_utf8, string_too_long.
  std::error_code add(property_id id, std::string_view text);
  /// Appends a user property. Errors: malformed_utf8, string_too_long.
  std::error_code add_user_property(std::string_view name, std::string_view value);
  /// Removes every property with this identifier.
  void remove(property_id id);
  void clear() noexcept { bytes_.clear(); }

  bool empty() const noexcept { return bytes_.empty(); }
  properties_view view() const noexcept { return properties_view(bytes_.view()); }
  operator properties_view() const noexcept { return view(); }

 private:
  byte_buffer bytes_;
};

/// Checks encoded properties (without the length in front) against the rules: known identifiers,
/// allowed in `place`, not repeated where they may not be, values in range, UTF-8 well-formed.
/// Errors: malformed_packet, property_not_allowed, property_repeated, property_value,
/// unknown_property, malformed_utf8.
std::error_code check_properties(bytes_view encoded, property_place place) noexcept;

/// The list a packet type carries. Undefined for pingreq and pingresp, which carry none.
property_place place_of(packet_type type) noexcept;

}  // namespace mqttkit
