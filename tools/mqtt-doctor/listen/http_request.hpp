// The head of an HTTP request, read leniently as by a server, since it is only shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/wire/http1.hpp"

namespace mqttkit::doctor {

/// Parts as RFC 9112 names them; texts from the network.
struct http_request {
  std::string method;
  std::string target;
  http_headers headers;  ///< at most http_response_head::most_headers

  std::optional<std::string_view> header(std::string_view name) const noexcept;
  /// The comma-separated tokens of all headers with that name; at most 16.
  std::vector<std::string> tokens(std::string_view name) const;
  bool has_token(std::string_view name, std::string_view token) const;
  /// Whether RFC 6455 §4.2.1 lets a server answer this with 101.
  bool is_websocket_upgrade() const;
};

/// Whether `start` is, or may become, an HTTP request line.
enum class http_likeness : std::uint8_t { no, maybe, yes };
http_likeness looks_like_http(std::string_view start) noexcept;

/// Size of a complete head at the start of `bytes`, with its empty line; 0 when incomplete.
std::size_t http_head_size(std::string_view bytes) noexcept;

http_request read_http_request(std::string_view head);

/// The 101 that answers an upgrade; an empty `subprotocol` is left out.
std::string websocket_answer(const http_request& request, std::string_view subprotocol);

}  // namespace mqttkit::doctor
