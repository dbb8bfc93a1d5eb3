#include "mqttkit/wire/http1.hpp"

#include <algorithm>
#include <cstring>

#include "mqttkit/base/error.hpp"

namespace mqttkit {
namespace {

constexpr std::size_t opening_bytes = 64;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// RFC 9110 §5.6.2 tchar.
bool is_token(std::string_view text) noexcept {
  if (text.empty()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) ||
           (c != 0 && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
  });
}

/// RFC 9110 §5.5: no control character but the tab.
bool is_field_value(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return c == '\t' || (code >= 0x20 && code != 0x7F);
  });
}

bool is_target(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code > 0x20 && code != 0x7F;
  });
}

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

bool is_http_header(std::string_view name, std::string_view value) noexcept {
  return is_token(name) && is_field_value(value);
}

std::error_code append_request_head(std::string& out, std::string_view method,
                                    std::string_view target, const http_headers& headers) {
  const bool is_sound = is_token(method) && is_target(target) &&
                        std::all_of(headers.begin(), headers.end(), [](const auto& header) {
                          return is_http_header(header.first, header.second);
                        });
  if (!is_sound) return errc::invalid_option;
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  for (const auto& [name, value] : headers) {
    out.append(name).append(": ").append(value).append("\r\n");
  }
  out.append("\r\n");
  return {};
}

http_response_head::status http_response_head::feed(bytes_view bytes, std::size_t& consumed) {
  consumed = 0;
  const std::string_view text = as_text(bytes);
  while (!error_ && consumed < text.size()) {
    const std::string_view rest = text.substr(consumed);
    const std::size_t line_end = rest.find('\n');
    const std::string_view part = rest.substr(0, line_end);
    const bool has_line = line_end != std::string_view::npos;
    const std::size_t taken = part.size() + (has_line ? 1 : 0);
    opening_.append(rest.substr(0, std::min(taken, opening_bytes - opening_.size())));
    if (size_ + taken > most_bytes) {
      error_ = errc::http_too_large;
      break;
    }
    line_.append(part);
    size_ += taken;
    consumed += taken;
    if (has_line) {
      if (!line_.empty() && line_.back() == '\r') line_.pop_back();
      if (line_.empty() && status_code_ != 0) return status::done;
      if (!take_line() && !error_) error_ = errc::http_malformed;
      line_.clear();
    } else if (status_code_ == 0) {
      // A server of another protocol may never send a line end: what cannot become "HTTP/1." fails
      // now.
      constexpr std::string_view start = "HTTP/1.";
      const std::size_t known = std::min(start.size(), line_.size());
      if (line_.compare(0, known, start.substr(0, known)) != 0) error_ = errc::http_malformed;
    }
  }
  return error_ ? status::failed : status::more;
}

bool http_response_head::take_line() {
  return status_code_ == 0 ? take_status_line() : take_header_line();
}

/// "HTTP/1.1 101 Switching Protocols"; the words may be missing (RFC 9112 §4).
bool http_response_head::take_status_line() {
  constexpr std::size_t code_at = 9;
  constexpr std::size_t words_at = 12;
  const std::string_view line = line_;
  if (line.size() < words_at || line.substr(0, 7) != "HTTP/1." || !is_digit(line[7]) ||
      line[8] != ' ' || (line.size() > words_at && line[words_at] != ' ') ||
      !is_field_value(line)) {
    return false;
  }
  int code = 0;
  for (const char c : line.substr(code_at, 3)) {
    if (!is_digit(c)) return false;
    code = code * 10 + (c - '0');
  }
  if (code < 100 || code > 599) return false;
  status_code_ = code;
  status_line_ = trimmed(line);
  return true;
}

bool http_response_head::take_header_line() {
  const std::string_view line = line_;
  if (!is_field_value(line)) return false;
  if (line.front() == ' ' || line.front() == '\t') {  // a folded line (RFC 9112 §5.2)
    if (headers_.empty()) return false;
    headers_.back().second.append(" ").append(trimmed(line));
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
  if (headers_.size() == most_headers) {
    error_ = errc::http_too_large;
    return false;
  }
  headers_.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  return true;
}

std::optional<std::string_view> http_response_head::header(std::string_view name) const noexcept {
  for (const auto& [known, value] : headers_) {
    if (equals_ignoring_case(known, name)) return value;
  }
  return std::nullopt;
}

bool http_response_head::header_has_token(std::string_view name,
                                          std::string_view token) const noexcept {
  for (const auto& [known, value] : headers_) {
    if (!equals_ignoring_case(known, name)) continue;
    std::string_view rest = value;
    for (;;) {
      const std::size_t comma = rest.find(',');
      if (equals_ignoring_case(trimmed(rest.substr(0, comma)), token)) return true;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return false;
}

}  // namespace mqttkit
