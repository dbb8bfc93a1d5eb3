#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/wire/handshake.hpp"

namespace mqttkit {

/// Where a SOCKS5 proxy is to connect: a name it resolves itself, or an address.
class socks5_target {
 public:
  /// @param name  1..255 bytes.
  socks5_target(std::string name, std::uint16_t port) : name_(std::move(name)), port_(port) {}
  /// @param address  4 bytes of IPv4 or 16 of IPv6, in network order.
  socks5_target(bytes_view address, std::uint16_t port) : address_(as_text(address)), port_(port) {}

  const std::string& name() const noexcept { return name_; }
  const std::string& address() const noexcept { return address_; }
  std::uint16_t port() const noexcept { return port_; }

 private:
  std::string name_;     // empty when there is an address
  std::string address_;  // raw bytes
  std::uint16_t port_;
};

/// The client's side of SOCKS5 CONNECT (RFC 1928), without authentication or with user name and
/// password (RFC 1929).
class socks5_handshake final : public handshake {
 public:
  /// Offers user name and password beside no authentication unless `user_name` is empty.
  /// error() is invalid_option at once when a name or password is longer than 255 bytes.
  socks5_handshake(const socks5_target& target, std::string user_name, std::string password);

  bytes_view to_send() const noexcept override;
  void sent(std::size_t count) override;
  status received(bytes_view bytes, std::size_t& consumed) override;
  std::error_code error() const noexcept override { return error_; }
  const std::string& detail() const noexcept override { return detail_; }
  error_detail kind() const noexcept override { return kind_; }

 private:
  enum class step : std::uint8_t { method, authentication, reply };

  std::size_t reply_size() const noexcept;
  status take_reply();
  status take_method();
  status take_authentication();
  status take_connect();
  status fail(std::error_code error, std::string detail, error_detail kind = {});

  std::string outgoing_;
  std::string request_;  // the CONNECT, sent once authentication is settled
  std::string incoming_;
  std::string user_name_;
  std::string password_;
  std::string detail_;
  error_detail kind_;
  std::error_code error_;
  step step_ = step::method;
};

}  // namespace mqttkit
