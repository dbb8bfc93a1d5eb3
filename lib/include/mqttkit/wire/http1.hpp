// One request head out, one response head in (RFC 9112): all the HTTP that CONNECT and the
// WebSocket upgrade need. Bodies are never read.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit {

using http_headers = std::vector<std::pair<std::string, std::string>>;

/// Appends `method target HTTP/1.1`, the headers in their order and the empty line.
///
/// Errors: `errc::invalid_option` when a name is not a token, or a target or value contains CR, LF
/// or another control character; nothing was appended. Header injection ends here.
std::error_code append_request_head(std::string& out, std::string_view method,
                                    std::string_view target, const http_headers& headers);

/// Whether `name: value` can stand in a head without being read as something else.
bool is_http_header(std::string_view name, std::string_view value) noexcept;

/// Parses a response head as its bytes come in, however they are split.
class http_response_head {
 public:
  /// All of the head. Servers answer an upgrade with well under 4 KiB; 16 KiB leaves room for the
  /// cookies and policies of a proxy and bounds what a hostile peer can make us keep.
  static constexpr std::size_t most_bytes = 16 * 1024;
  static constexpr std::size_t most_headers = 100;  ///< as nginx and Apache bound requests

  enum class status { more, done, failed };

  /// Takes bytes up to the end of the head; `consumed` says how many, never one beyond it.
  /// Fails as soon as the bytes cannot be HTTP any more.
  status feed(bytes_view bytes, std::size_t& consumed);

  /// After `failed`: http_malformed or http_too_large.
  std::error_code error() const noexcept { return error_; }
  /// 100 to 599.
  int status_code() const noexcept { return status_code_; }
  /// "HTTP/1.1 403 Forbidden", without the line break.
  const std::string& status_line() const noexcept { return status_line_; }
  /// Value of the first header of that name, or none.
  std::optional<std::string_view> header(std::string_view name) const noexcept;
  /// Whether one of the comma-separated tokens of all headers of that name is `token`.
  bool header_has_token(std::string_view name, std::string_view token) const noexcept;
  const http_headers& headers() const noexcept { return headers_; }
  /// What a failed head began with, at most 64 bytes: often it shows who answered instead.
  const std::string& opening() const noexcept { return opening_; }

 private:
  bool take_line();
  bool take_status_line();
  bool take_header_line();

  std::string line_;
  std::string opening_;
  std::string status_line_;
  http_headers headers_;
  std::size_t size_ = 0;
  int status_code_ = 0;
  std::error_code error_;
};

}  // namespace mqttkit
