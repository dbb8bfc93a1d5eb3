#pragma once

#include <cstdint>
#include <string>

#include "mqttkit/wire/handshake.hpp"
#include "mqttkit/wire/http1.hpp"

namespace mqttkit {

/// HTTP CONNECT (RFC 9110 §9.3.6), with Basic credentials (RFC 7617) when there is a user name.
class http_connect_handshake final : public handshake {
 public:
  /// @param host  name, IPv4 or IPv6 literal without brackets; the proxy resolves it.
  http_connect_handshake(const std::string& host, std::uint16_t port, const std::string& user_name,
                         const std::string& password);

  bytes_view to_send() const noexcept override;
  void sent(std::size_t count) override;
  status received(bytes_view bytes, std::size_t& consumed) override;
  std::error_code error() const noexcept override { return error_; }
  const std::string& detail() const noexcept override { return detail_; }
  error_detail kind() const noexcept override { return kind_; }

 private:
  status judge();

  std::string outgoing_;
  http_response_head head_;
  int interim_count_ = 0;
  std::string detail_;
  error_detail kind_;
  std::error_code error_;
};

}  // namespace mqttkit
