#include "mqttkit/base/text.hpp"

#include <algorithm>

namespace mqttkit {
namespace {

bool same_letter(char a, char b) noexcept { return lower(a) == lower(b); }

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_letter);
}

bool contains(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) noexcept {
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same_letter) !=
             text.end() ||
         part.empty();
}

std::string hex_text(bytes_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) append_hex(out, std::to_integer<std::uint8_t>(byte));
  return out;
}

std::string bracketed(std::string_view host) {
  const bool is_ipv6 = host.find(':') != std::string_view::npos;
  std::string out(is_ipv6 ? "[" : "");
  out += host;
  if (is_ipv6) out += ']';
  return out;
}

std::string host_and_port(std::string_view host, std::string_view port) {
  std::string out = bracketed(host);
  out += ':';
  out += port;
  return out;
}

std::string host_and_port(std::string_view host, unsigned port) {
  return host_and_port(host, std::to_string(port));
}

}  // namespace mqttkit
