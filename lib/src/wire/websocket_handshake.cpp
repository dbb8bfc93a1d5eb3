#include <algorithm>

#include "mqttkit/base/error.hpp"
#include "mqttkit/wire/base64.hpp"
#include "mqttkit/wire/websocket.hpp"
#include "wire/interim.hpp"
#include "wire/sha1.hpp"

namespace mqttkit {
namespace {

constexpr int switching_protocols = 101;
constexpr int unauthorized = 401;

/// Headers that the handshake writes itself, and nobody else may.
bool is_reserved(std::string_view name) {
  constexpr std::string_view prefix = "sec-websocket-";
  return equals_ignoring_case(name, "upgrade") || equals_ignoring_case(name, "connection") ||
         equals_ignoring_case(name.substr(0, prefix.size()), prefix);
}

/// `list` as it stands in a header: separated by ", ".
bool is_one_of(std::string_view word, std::string_view list) {
  constexpr std::string_view separator = ", ";
  for (;;) {
    const std::size_t end = list.find(separator);
    if (list.substr(0, end) == word) return !word.empty();
    if (end == std::string_view::npos) return false;
    list.remove_prefix(end + separator.size());
  }
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  const std::string salted = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  return base64(sha1(salted));
}

websocket_handshake::websocket_handshake(const websocket_request& request,
                                         std::span<const std::byte, nonce_bytes> nonce)
    : subprotocols_(request.subprotocols) {
  const std::string key = base64(nonce);
  accept_ = websocket_accept(key);
  const bool has_host =
      std::any_of(request.headers.begin(), request.headers.end(),
                  [](const auto& header) { return equals_ignoring_case(header.first, "host"); });
  http_headers headers;
  if (!has_host) headers.emplace_back("Host", request.host);
  headers.emplace_back("Upgrade", "websocket");
  headers.emplace_back("Connection", "Upgrade");
  headers.emplace_back("Sec-WebSocket-Key", key);
  headers.emplace_back("Sec-WebSocket-Version", "13");
  if (!subprotocols_.empty()) headers.emplace_back("Sec-WebSocket-Protocol", subprotocols_);
  if (!request.origin.empty()) headers.emplace_back("Origin", request.origin);
  for (const auto& header : request.headers) {
    if (is_reserved(header.first)) {
      error_ = errc::invalid_option;
      detail_ = "header " + header.first + " belongs to the upgrade itself";
      return;
    }
    headers.push_back(header);
  }
  const bool is_path = !request.path.empty() && request.path.front() == '/';
  error_ = is_path ? append_request_head(outgoing_, "GET", request.path, headers)
                   : make_error_code(errc::invalid_option);
  if (error_) {
    detail_ = is_path ? "path or header contains a character that HTTP cannot carry"
                      : "the path must begin with /";
  }
}

bytes_view websocket_handshake::to_send() const noexcept { return as_bytes(outgoing_); }

void websocket_handshake::sent(std::size_t count) { outgoing_.erase(0, count); }

handshake::status websocket_handshake::received(bytes_view bytes, std::size_t& consumed) {
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
  std::string words;
  if (head_.error() == errc::http_malformed) {
    words = "not an HTTP server: it answered \"" + head_.opening() + "\"";
  }
  return fail(head_.error(), std::move(words));
}

handshake::status websocket_handshake::judge() {
  const int code = head_.status_code();
  if (code == switching_protocols) return judge_upgrade();
  std::string words = head_.status_line();
  if (const auto location = head_.header("Location"); location && code >= 300 && code <= 399) {
    words += " (Location: " + std::string(*location) + ")";
  }
  if (const auto wanted = head_.header("WWW-Authenticate"); wanted && code == unauthorized) {
    words += " (WWW-Authenticate: " + std::string(*wanted) + ")";
  }
  return fail(errc::websocket_refused, std::move(words), {error_kind::http_status, code});
}

/// RFC 6455 §4.1, the client's checks 2 to 6.
handshake::status websocket_handshake::judge_upgrade() {
  if (!head_.header_has_token("Upgrade", "websocket")) {
    return fail(errc::websocket_protocol, "the answer has no header Upgrade: websocket");
  }
  if (!head_.header_has_token("Connection", "upgrade")) {
    return fail(errc::websocket_protocol, "the answer has no header Connection: Upgrade");
  }
  const auto accept = head_.header("Sec-WebSocket-Accept");
  if (!accept || *accept != accept_) {
    return fail(errc::websocket_protocol,
                accept ? "Sec-WebSocket-Accept does not fit our key: a cache or another server "
                         "answered"
                       : "the answer has no Sec-WebSocket-Accept");
  }
  if (const auto extensions = head_.header("Sec-WebSocket-Extensions");
      extensions && !extensions->empty()) {
    return fail(errc::websocket_protocol,
                "the server uses an extension that was not offered: " + std::string(*extensions));
  }
  const auto chosen = head_.header("Sec-WebSocket-Protocol");
  if (!chosen) {
    if (!subprotocols_.empty()) {
      detail_ = "the server did not confirm subprotocol " + subprotocols_;
    }
    return status::done;
  }
  if (!is_one_of(*chosen, subprotocols_)) {
    return fail(errc::websocket_protocol,
                "the server chose subprotocol " + std::string(*chosen) + ", not " + subprotocols_);
  }
  return status::done;
}

handshake::status websocket_handshake::fail(std::error_code error, std::string detail,
                                            error_detail kind) {
  error_ = error;
  detail_ = std::move(detail);
  kind_ = kind;
  return status::failed;
}

}  // namespace mqttkit
