#include "mqttkit/wire/socks5.hpp"

#include <algorithm>
#include <utility>

#include "mqttkit/base/error.hpp"

namespace mqttkit {
namespace {

// RFC 1928 §3 to §6, RFC 1929 §2
constexpr char socks_version = 5;
constexpr char authentication_version = 1;
constexpr char method_none = 0;
constexpr char method_password = 2;
constexpr char method_no_acceptable = static_cast<char>(0xFF);
constexpr char command_connect = 1;
constexpr char type_ipv4 = 1;
constexpr char type_name = 3;
constexpr char type_ipv6 = 4;
constexpr std::size_t longest_field = 255;  // one byte of length

const char* words_of(unsigned reply) noexcept {
  switch (reply) {
    case 1:
      return "general SOCKS server failure";
    case 2:
      return "connection not allowed by ruleset";
    case 3:
      return "network unreachable";
    case 4:
      return "host unreachable";
    case 5:
      return "connection refused";
    case 6:
      return "TTL expired";
    case 7:
      return "command not supported";
    case 8:
      return "address type not supported";
    default:
      return "unassigned reply";
  }
}

unsigned number(char c) noexcept { return static_cast<unsigned char>(c); }

void append_counted(std::string& out, const std::string& field) {
  out += static_cast<char>(field.size());
  out += field;
}

}  // namespace

socks5_handshake::socks5_handshake(const socks5_target& target, std::string user_name,
                                   std::string password)
    : user_name_(std::move(user_name)), password_(std::move(password)) {
  const std::size_t address_size = target.address().size();
  const bool has_address = address_size == 4 || address_size == 16;
  const std::size_t name_size = target.name().size();
  if ((!has_address && (name_size == 0 || name_size > longest_field)) ||
      user_name_.size() > longest_field || password_.size() > longest_field) {
    error_ = errc::invalid_option;
    detail_ = "SOCKS5 takes names and passwords of at most 255 bytes";
    return;
  }
  outgoing_ = {socks_version, 1, method_none};
  if (!user_name_.empty()) outgoing_ = {socks_version, 2, method_none, method_password};

  request_ = {socks_version, command_connect, 0};
  if (has_address) {
    request_ += address_size == 4 ? type_ipv4 : type_ipv6;
    request_ += target.address();
  } else {
    request_ += type_name;
    append_counted(request_, target.name());
  }
  request_ += static_cast<char>(target.port() >> 8);
  request_ += static_cast<char>(target.port() & 0xFF);
}

bytes_view socks5_handshake::to_send() const noexcept { return as_bytes(outgoing_); }

void socks5_handshake::sent(std::size_t count) { outgoing_.erase(0, count); }

handshake::status socks5_handshake::received(bytes_view bytes, std::size_t& consumed) {
  consumed = 0;
  if (error_) return status::failed;
  while (outgoing_.empty()) {
    const std::size_t wanted = reply_size();
    const std::size_t taken = std::min(wanted - incoming_.size(), bytes.size() - consumed);
    incoming_ += as_text(bytes.subspan(consumed, taken));
    consumed += taken;
    if (incoming_.size() < wanted) return status::more;
    const step answered = step_;
    const status now = take_reply();
    if (now != status::more) return now;
    if (step_ != answered) incoming_.clear();
  }
  return status::more;  // it is our turn, even if the proxy has sent more already
}

/// Bytes of the reply that is awaited, as far as those already here tell. A CONNECT reply says its
/// length in its fifth byte, but two bytes are enough to know that it is a refusal.
std::size_t socks5_handshake::reply_size() const noexcept {
  if (step_ != step::reply || incoming_.size() < 2) return 2;
  if (incoming_.size() < 5) return 5;
  switch (incoming_[3]) {
    case type_ipv4:
      return 4 + 4 + 2;
    case type_ipv6:
      return 4 + 16 + 2;
    case type_name:
      return 4 + 1 + number(incoming_[4]) + 2;
    default:
      return 5;
  }
}

handshake::status socks5_handshake::take_reply() {
  switch (step_) {
    case step::method:
      return take_method();
    case step::authentication:
      return take_authentication();
    case step::reply:
      return take_connect();
  }
  return status::failed;
}

handshake::status socks5_handshake::take_method() {
  if (incoming_[0] != socks_version) {
    return fail(errc::proxy_protocol, incoming_.substr(0, 2) == "HT"
                                          ? "not a SOCKS5 proxy: it answers like an HTTP server"
                                          : "not a SOCKS5 proxy");
  }
  const char method = incoming_[1];
  if (method == method_none) {
    outgoing_ = request_;
    step_ = step::reply;
    return status::more;
  }
  if (method == method_password && !user_name_.empty()) {
    outgoing_ = {authentication_version};
    append_counted(outgoing_, user_name_);
    append_counted(outgoing_, password_);
    step_ = step::authentication;
    return status::more;
  }
  if (method == method_no_acceptable) {
    return fail(errc::proxy_refused,
                user_name_.empty()
                    ? "no acceptable authentication method; it may want a user name and password"
                    : "no acceptable authentication method; it takes no password",
                error_kind::login_refused);
  }
  return fail(errc::proxy_protocol, "it chose an authentication method that was not offered");
}

handshake::status socks5_handshake::take_authentication() {
  if (incoming_[1] != 0)
    return fail(errc::proxy_refused, "user name or password refused", error_kind::login_refused);
  outgoing_ = request_;
  step_ = step::reply;
  return status::more;
}

handshake::status socks5_handshake::take_connect() {
  if (incoming_[0] != socks_version) {
    return fail(errc::proxy_protocol, "the answer to CONNECT is not SOCKS5");
  }
  if (const unsigned reply = number(incoming_[1]); reply != 0) {
    return fail(errc::proxy_refused,
                std::string(words_of(reply)) + " (" + std::to_string(reply) + ")",
                {error_kind::socks5_reply, static_cast<int>(reply)});
  }
  if (incoming_.size() < 5) return status::more;
  const char type = incoming_[3];
  if (type != type_ipv4 && type != type_name && type != type_ipv6) {
    return fail(errc::proxy_protocol, "the answer to CONNECT has an unknown address type");
  }
  return incoming_.size() < reply_size() ? status::more : status::done;
}

handshake::status socks5_handshake::fail(std::error_code error, std::string detail,
                                         error_detail kind) {
  error_ = error;
  detail_ = std::move(detail);
  kind_ = kind;
  return status::failed;
}

}  // namespace mqttkit
