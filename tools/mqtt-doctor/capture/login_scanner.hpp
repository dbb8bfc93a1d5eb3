// Where the secrets of a login stand in a stream of bytes: the password of CONNECT and MQTT 5's
// authentication data, in plain MQTT and inside WebSocket (masked or not); of the HTTP request in
// front of it the query and headers such as Authorization and Cookie.
//
// Byte by byte, so that it does not matter how a client cut its packets. Nothing is kept of what
// passes.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace mqttkit::doctor {

/// Follows one CONNECT.
class connect_walker {
 public:
  /// Whether this byte is a part of a secret.
  bool take(std::uint8_t byte);
  /// Behind it, or it was none.
  bool is_done() const noexcept { return at_ == field::done; }

 private:
  enum class field : std::uint8_t {
    type,
    length,
    name,
    level,
    flags,
    keep_alive,
    properties,
    client_id,
    will_properties,
    will_topic,
    will,
    user,
    password,
    done
  };
  enum class value_of : std::uint8_t { name, number, block, first_of_pair };

  void enter(field next);
  void leave();
  bool take_property(std::uint8_t byte);
  void begin_property(std::uint8_t id);

  field at_ = field::type;
  std::uint8_t level_ = 0;
  std::uint8_t flags_ = 0;
  bool has_size_ = false;     // of the field
  unsigned size_digits_ = 0;  // bytes of it that were read
  std::uint32_t size_ = 0;    // of the field, what is left of it once has_size_
  std::uint32_t left_ = 0;    // of the packet
  bool has_length_ = false;   // of the packet
  bool is_behind_query_ = false;
  // within properties
  value_of value_ = value_of::name;
  bool is_secret_ = false;
  unsigned value_digits_ = 0;
  std::uint32_t value_left_ = 0;
};

class login_scanner {
 public:
  /// Whether this byte is to be overwritten. It may be masked.
  bool take(std::uint8_t byte);
  /// What stands for a byte that take() called secret.
  std::uint8_t substitute() const noexcept { return static_cast<std::uint8_t>('x' ^ used_mask_); }
  /// No secret is to come any more.
  bool is_done() const noexcept { return at_ == stage::done; }

 private:
  enum class stage : std::uint8_t {
    start,
    proxy_line,
    proxy_head,
    proxy_rest,
    request_line,
    header_name,
    header_value,
    frame_head,
    frame_payload,
    connect,
    done
  };

  bool take_header(std::uint8_t byte);
  bool take_frame(std::uint8_t byte);
  void end_line();

  stage at_ = stage::start;
  std::uint32_t count_ = 0;  // bytes of the stage
  connect_walker connect_;
  // HTTP
  std::string name_;   // of the header, lower case
  std::string value_;  // of Upgrade
  bool is_secret_ = false;
  bool is_upgrade_ = false;
  // WebSocket
  std::array<std::uint8_t, 14> head_{};
  std::size_t head_size_ = 0;
  std::uint64_t payload_left_ = 0;
  std::array<std::uint8_t, 4> mask_{};
  std::uint64_t payload_at_ = 0;
  std::uint8_t used_mask_ = 0;  // of the last byte
  bool is_control_ = false;
  bool is_packed_ = false;
};

}  // namespace mqttkit::doctor
