#include "mqtt-doctor/listen/http_request.hpp"

#include <algorithm>

#include "common/text_parts.hpp"
#include "mqttkit/wire/websocket.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_tokens = 16;

constexpr std::string_view methods[] = {"GET ",    "POST ",    "PUT ",   "HEAD ",  "OPTIONS ",
                                        "DELETE ", "CONNECT ", "PATCH ", "TRACE ", "PRI "};

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == text.npos ? std::string_view() : text.substr(end + 1);
  return tools::trimmed(line);
}

}  // namespace

std::optional<std::string_view> http_request::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers)
    if (equals_ignoring_case(key, name)) return value;
  return std::nullopt;
}

std::vector<std::string> http_request::tokens(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& [key, value] : headers) {
    if (!equals_ignoring_case(key, name)) continue;
    for (std::string_view rest = value; !rest.empty() && found.size() < most_tokens;) {
      const std::size_t comma = rest.find(',');
      const std::string_view token = tools::trimmed(rest.substr(0, comma));
      if (!token.empty()) found.emplace_back(token);
      rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  return found;
}

bool http_request::has_token(std::string_view name, std::string_view token) const {
  const std::vector<std::string> all = tokens(name);
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& text) { return equals_ignoring_case(text, token); });
}

bool http_request::is_websocket_upgrade() const {
  return method == "GET" && has_token("Upgrade", "websocket") && header("Sec-WebSocket-Key");
}

http_likeness looks_like_http(std::string_view start) noexcept {
  for (const std::string_view method : methods) {
    if (start.starts_with(method)) return http_likeness::yes;
    if (!start.empty() && method.starts_with(start)) return http_likeness::maybe;
  }
  return http_likeness::no;
}

std::size_t http_head_size(std::string_view bytes) noexcept {
  const std::size_t strict = bytes.find("\r\n\r\n");
  const std::size_t loose = bytes.find("\n\n");
  if (strict == bytes.npos && loose == bytes.npos) return 0;
  return strict < loose ? strict + 4 : loose + 2;
}

http_request read_http_request(std::string_view head) {
  http_request request;
  const std::string_view first = take_line(head);
  const std::size_t blank = first.find(' ');
  request.method = first.substr(0, blank);
  if (blank != first.npos) {
    const std::string_view rest = tools::trimmed(first.substr(blank + 1));
    request.target = rest.substr(0, rest.find(' '));
  }
  while (!head.empty() && request.headers.size() < http_response_head::most_headers) {
    const std::string_view line = take_line(head);
    const std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    request.headers.emplace_back(line.substr(0, colon), tools::trimmed(line.substr(colon + 1)));
  }
  return request;
}

std::string websocket_answer(const http_request& request, std::string_view subprotocol) {
  std::string out =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      websocket_accept(request.header("Sec-WebSocket-Key").value_or("")) + "\r\n";
  if (!subprotocol.empty()) out += "Sec-WebSocket-Protocol: " + std::string(subprotocol) + "\r\n";
  return out + "\r\n";
}

}  // namespace mqttkit::doctor
