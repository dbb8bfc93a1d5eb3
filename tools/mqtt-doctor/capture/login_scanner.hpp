// Finds the secrets of a login in a stream of bytes: the password of CONNECT and MQTT 5's
// authentication data, in plain MQTT and inside WebSocket (masked or not); in the HTTP request
// before it the query, and headers such as Authorization and Cookie.
//
// It works byte by byte, so packets may be cut anywhere, and it keeps nothing of what
// passes.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace mqttkit::doctor {

/// Finds the secrets of one CONNECT.
class connect_walker {
 public:
  /// Whether this byte is a part of a secret.
  bool take(std::uint8_t byte);
  /// Whether CONNECT has passed, or turned out to be none.
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
  bool has_size_ = false;     // of the current field
  unsigned size_digits_ = 0;  // bytes of the size that were read
  std::uint32_t size_ = 0;    // of the field; once has_size_, the bytes left
  std::uint32_t left_ = 0;    // bytes left of the packet
  bool has_length_ = false;   // the packet's length was read
  bool is_behind_query_ = false;
  // The value being read within the properties.
  value_of value_ = value_of::name;
  bool is_secret_ = false;
  unsigned value_digits_ = 0;
  std::uint32_t value_left_ = 0;
};

class login_scanner {
 public:
  /// Whether this byte has to be overwritten. The byte may be masked.
  bool take(std::uint8_t byte);
  /// The byte to write in place of a secret one.
  std::uint8_t substitute() const noexcept { return static_cast<std::uint8_t>('x' ^ used_mask_); }
  /// Whether no secret can follow any more.
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
  std::uint32_t count_ = 0;  // bytes read in this stage
  connect_walker connect_;
  // Fields of HTTP:
  std::string name_;   // of the header, in lower case
  std::string value_;  // of the header Upgrade
  bool is_secret_ = false;
  bool is_upgrade_ = false;
  // Fields of WebSocket:
  std::array<std::uint8_t, 14> head_{};
  std::size_t head_size_ = 0;
  std::uint64_t payload_left_ = 0;
  std::array<std::uint8_t, 4> mask_{};
  std::uint64_t payload_at_ = 0;
  std::uint8_t used_mask_ = 0;  // mask of the last byte
  bool is_control_ = false;
  bool is_packed_ = false;
};

}  // namespace mqttkit::doctor
