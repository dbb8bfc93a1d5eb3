// The head of an HTTP request, read as a server would: leniently, for it is only shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqttkit/base/bytes.hpp"
#include "mqttkit/wire/http1.hpp"

namespace mqttkit::doctor {

/// As RFC 9112 spells it, texts from the network.
struct http_request {
  std::string method;
  std::string target;
  http_headers headers;  ///< at most http_response_head::most_headers

  std::optional<std::string_view> header(std::string_view name) const noexcept;
  /// The tokens of every header of that name, which are separated by commas; at most 16.
  std::vector<std::string> tokens(std::string_view name) const;
  bool has_token(std::string_view name, std::string_view token) const;
  /// RFC 6455 §4.2.1, as far as an answer needs it.
  bool is_websocket_upgrade() const;
};

/// Whether `start` is, or may become, the first line of an HTTP request.
enum class http_likeness : std::uint8_t { no, maybe, yes };
http_likeness looks_like_http(std::string_view start) noexcept;

/// Size of a complete head at the start of `bytes`, its empty line included; 0: incomplete.
std::size_t http_head_size(std::string_view bytes) noexcept;

http_request read_http_request(std::string_view head);

/// The 101 for an upgrade; `subprotocol` is left out when empty.
std::string websocket_answer(const http_request& request, std::string_view subprotocol);

}  // namespace mqttkit::doctor
