#include "mqtt-doctor/capture/login_scanner.hpp"

#include <string_view>

namespace mqttkit::doctor {
namespace {

constexpr std::uint32_t most_head = 16 * 1024;  // bytes of an HTTP head; a longer one is not HTTP
constexpr std::size_t most_name = 64;           // bytes of a header's name
constexpr std::uint32_t most_proxy_line = 107;  // bytes of version 1, §2.1 of the PROXY protocol
constexpr std::uint32_t proxy_head_bytes = 16;  // bytes of version 2's head, §2.2

constexpr std::uint8_t has_user = 0x80, has_password = 0x40, has_will = 0x04;

bool is_secret_header(std::string_view name) {
  if (name.starts_with("sec-websocket-")) return false;
  for (const std::string_view part : {"auth", "cookie", "token", "secret", "password", "key"})
    if (name.find(part) != std::string_view::npos) return true;
  return false;
}

char lower(std::uint8_t byte) {
  return static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
}

}  // namespace

bool connect_walker::take(std::uint8_t byte) {
  if (at_ == field::done) return false;
  if (at_ == field::type) {
    enter(byte == 0x10 ? field::length : field::done);
    return false;
  }
  if (at_ == field::length) {
    left_ |= (byte & 0x7Fu) << (7 * size_digits_);
    if (++size_digits_ == 4 || (byte & 0x80) == 0) {
      has_length_ = true;
      enter((byte & 0x80) != 0 || left_ == 0 ? field::done : field::name);
    }
    return false;
  }
  bool is_secret = false;
  if (!has_size_) {
    const bool is_varint = at_ == field::properties || at_ == field::will_properties;
    if (is_varint) {
      size_ |= (byte & 0x7Fu) << (7 * size_digits_);
      has_size_ = ++size_digits_ == 4 || (byte & 0x80) == 0;
    } else {
      size_ = size_ << 8 | byte;
      has_size_ = ++size_digits_ == 2;
    }
    const bool is_other = at_ == field::name && has_size_ && size_ != 4 && size_ != 6;
    if (is_other) {  // not a CONNECT, though it begins like one
      enter(field::done);
      return false;
    }
  } else {
    switch (at_) {
      case field::level:
        level_ = byte & 0x7F;  // bridges of mosquitto set the highest bit
        break;
      case field::flags:
        flags_ = byte;
        break;
      case field::properties:
      case field::will_properties:
        is_secret = take_property(byte);
        break;
      case field::user:
        // Clouds that sign logins put the signature into a query behind the user name.
        is_secret = is_behind_query_;
        if (byte == '?') is_behind_query_ = true;
        break;
      case field::password:
        is_secret = true;
        break;
      default:
        break;
    }
    --size_;
  }
  if (--left_ == 0) {
    at_ = field::done;
  } else if (has_size_ && size_ == 0) {
    leave();
  }
  return is_secret;
}

void connect_walker::enter(field next) {
  at_ = next;
  has_size_ = false;
  size_digits_ = 0;
  size_ = 0;
  value_ = value_of::name;
  is_secret_ = false;
  const bool is_fixed = next == field::level || next == field::flags || next == field::keep_alive;
  if (!is_fixed) return;
  has_size_ = true;
  size_ = next == field::keep_alive ? 2 : 1;
}

/// Goes on to the next field that the flags of CONNECT announce.
void connect_walker::leave() {
  for (;;) {
    const auto next = static_cast<field>(static_cast<int>(at_) + 1);
    enter(next);
    const bool is_there = next == field::properties        ? level_ == 5
                          : next == field::will_properties ? level_ == 5 && (flags_ & has_will) != 0
                          : next == field::will_topic || next == field::will
                              ? (flags_ & has_will) != 0
                          : next == field::user     ? (flags_ & has_user) != 0
                          : next == field::password ? (flags_ & has_password) != 0
                                                    : true;
    if (is_there) return;
  }
}

void connect_walker::begin_property(std::uint8_t id) {
  constexpr std::uint8_t authentication_data = 0x16;
  value_digits_ = 0;
  value_left_ = 0;
  is_secret_ = id == authentication_data;
  switch (id) {
    case 0x01:
    case 0x17:
    case 0x19:
      value_left_ = 1;
      break;
    case 0x21:
    case 0x22:
      value_left_ = 2;
      break;
    case 0x02:
    case 0x11:
    case 0x18:
    case 0x27:
      value_left_ = 4;
      break;
    case 0x26:
      value_ = value_of::first_of_pair;
      return;
    case 0x03:
    case 0x08:
    case 0x09:
    case 0x15:
    case authentication_data:
      value_ = value_of::block;
      return;
    default:  // unknown version: any byte may be secret
      value_left_ = 0xFFFFFFFF;
      is_secret_ = true;
      break;
  }
  value_ = value_of::number;
}

bool connect_walker::take_property(std::uint8_t byte) {
  if (value_ == value_of::name) {
    begin_property(byte);
    return false;
  }
  const bool is_sized = value_ == value_of::block || value_ == value_of::first_of_pair;
  bool is_secret = false;
  if (is_sized && value_digits_ < 2) {
    value_left_ = value_left_ << 8 | byte;
    ++value_digits_;
    if (value_digits_ < 2) return false;
  } else {
    --value_left_;
    is_secret = is_secret_;
  }
  if (value_left_ != 0) return is_secret;
  value_ = value_ == value_of::first_of_pair ? value_of::block : value_of::name;
  value_digits_ = 0;
  return is_secret;
}

bool login_scanner::take(std::uint8_t byte) {
  switch (at_) {
    case stage::done:
      return false;
    case stage::start:
      count_ = 1;
      switch (byte) {
        case 0x10:
          at_ = stage::connect;
          connect_.take(byte);
          return false;
        case 'G':  // GET
          at_ = stage::request_line;
          return false;
        case 'P':  // PROXY, or POST and PUT
          at_ = stage::proxy_line;
          return false;
        case 0x0D:
          at_ = stage::proxy_head;
          return false;
        default:
          at_ = stage::done;
          return false;
      }
    case stage::proxy_line:
      if (++count_ == 2 && byte != 'R') {
        at_ = stage::request_line;
        return false;
      }
      if (count_ > most_proxy_line) at_ = stage::done;
      if (byte == '\n') at_ = stage::start;
      return false;
    case stage::proxy_head:
      if (++count_ >= proxy_head_bytes - 1) payload_left_ = payload_left_ << 8 | byte;
      if (count_ < proxy_head_bytes) return false;
      at_ = payload_left_ == 0 ? stage::start : stage::proxy_rest;
      return false;
    case stage::proxy_rest:
      if (--payload_left_ == 0) at_ = stage::start;
      return false;
    case stage::request_line:
    case stage::header_name:
    case stage::header_value:
      return take_header(byte);
    case stage::frame_head:
    case stage::frame_payload:
      return take_frame(byte);
    case stage::connect: {
      const bool is_secret = connect_.take(byte);
      if (connect_.is_done()) at_ = stage::done;
      return is_secret;
    }
  }
  return false;
}

void login_scanner::end_line() {
  if (at_ == stage::header_name && name_.empty()) {  // the empty line
    at_ = is_upgrade_ ? stage::frame_head : stage::done;
    return;
  }
  if (name_ == "upgrade" && value_.find("websocket") != std::string::npos) is_upgrade_ = true;
  name_.clear();
  value_.clear();
  is_secret_ = false;
  at_ = stage::header_name;
}

bool login_scanner::take_header(std::uint8_t byte) {
  if (++count_ > most_head) {
    at_ = stage::done;
    return false;
  }
  if (byte == '\r') return false;
  if (byte == '\n') {
    end_line();
    return false;
  }
  if (at_ == stage::request_line) {
    if (byte == ' ') is_secret_ = false;
    const bool was_secret = is_secret_;
    if (byte == '?') is_secret_ = true;
    return was_secret;
  }
  if (at_ == stage::header_name) {
    if (byte == ':') {
      is_secret_ = is_secret_header(name_);
      at_ = stage::header_value;
    } else if (name_.size() < most_name) {
      name_ += lower(byte);
    }
    return false;
  }
  if (name_ == "upgrade" && value_.size() < most_name) value_ += lower(byte);
  return is_secret_ && byte != ' ';
}

bool login_scanner::take_frame(std::uint8_t byte) {
  if (at_ == stage::frame_head) {
    head_[head_size_++] = byte;
    if (head_size_ < 2) return false;
    const std::size_t length = head_[1] & 0x7Fu;
    const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
    const bool is_masked = (head_[1] & 0x80) != 0;
    if (head_size_ < 2 + more + (is_masked ? 4 : 0)) return false;
    payload_left_ = more == 0 ? length : 0;
    for (std::size_t i = 0; i < more; ++i) payload_left_ = payload_left_ << 8 | head_[2 + i];
    for (std::size_t i = 0; i < 4; ++i) mask_[i] = is_masked ? head_[2 + more + i] : 0;
    is_control_ = (head_[0] & 0x08) != 0;
    is_packed_ = is_packed_ || (head_[0] & 0x40) != 0;  // RSV1: permessage-deflate
    head_size_ = 0;
    payload_at_ = 0;
    if (payload_left_ != 0) at_ = stage::frame_payload;
    return false;
  }
  used_mask_ = mask_[payload_at_++ % 4];
  const bool is_last = --payload_left_ == 0;
  if (is_control_) {
    if (is_last) at_ = stage::frame_head;
    return false;
  }
  if (is_packed_) {  // packed: its first message holds CONNECT
    const bool is_end = is_last && (head_[0] & 0x80) != 0;
    if (is_last) at_ = is_end ? stage::done : stage::frame_head;
    return true;
  }
  const bool is_secret = connect_.take(byte ^ used_mask_);
  if (is_last) at_ = stage::frame_head;
  if (connect_.is_done()) at_ = stage::done;
  return is_secret;
}

}  // namespace mqttkit::doctor
