#include "mqttkit/wire/http_connect.hpp"

#include "mqttkit/base/error.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/wire/base64.hpp"
#include "wire/interim.hpp"

namespace mqttkit {

http_connect_handshake::http_connect_handshake(const std::string& host, std::uint16_t port,
                                               const std::string& user_name,
                                               const std::string& password) {
  const std::string authority = host_and_port(host, port);
  http_headers headers;
  headers.emplace_back("Host", authority);
  if (!user_name.empty()) {
    const std::string credentials = user_name + ":" + password;
    headers.emplace_back("Proxy-Authorization", "Basic " + base64(as_bytes(credentials)));
  }
  // A colon would move the border between user name and password (RFC 7617 §2).
  if (user_name.find(':') != std::string::npos) {
    error_ = errc::invalid_option;
  } else {
    error_ = append_request_head(outgoing_, "CONNECT", authority, headers);
  }
  if (error_) detail_ = "host or user name contains a character that HTTP cannot carry";
}

bytes_view http_connect_handshake::to_send() const noexcept { return as_bytes(outgoing_); }

void http_connect_handshake::sent(std::size_t count) { outgoing_.erase(0, count); }

handshake::status http_connect_handshake::received(bytes_view bytes, std::size_t& consumed) {
  consumed = 0;
  if (error_) return status::failed;
  switch (feed_past_interim(head_, bytes, consumed, interim_count_)) {
    case http_response_head::status::more:
      return status::more;
    case http_response_head::status::done:
      return judge();
    case http_response_head::status::failed:
      break;
  }
  error_ = head_.error();
  if (error_ == errc::http_malformed) {
    error_ = errc::proxy_protocol;
    detail_ = "not an HTTP proxy: it answered \"" + head_.opening() + "\"";
  }
  return status::failed;
}

/// Any 2xx opens the tunnel, and what follows its head is the broker's (RFC 9110 §9.3.6).
handshake::status http_connect_handshake::judge() {
  constexpr int proxy_authentication_required = 407;
  const int code = head_.status_code();
  if (code >= 200 && code <= 299) return status::done;
  error_ = errc::proxy_refused;
  detail_ = head_.status_line();
  kind_ = {error_kind::http_status, code};
  if (code == proxy_authentication_required) {
    kind_ = error_kind::login_refused;
    if (const auto wanted = head_.header("Proxy-Authenticate")) {
      detail_ += " (Proxy-Authenticate: " + std::string(*wanted) + ")";
    }
  }
  return status::failed;
}

}  // namespace mqttkit
