#include "mqtt-doctor/listen/proxy_header.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view first_sign = "PROXY "sv;
constexpr std::string_view second_sign = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t most_first = 107;    // of a version 1 line
constexpr std::size_t second_head = 16;    // signature, version and command, family, length
constexpr std::size_t most_second = 2048;  // addresses and further values

proxy_state read_first(std::string_view text, proxy_header& out) {
  const std::size_t end = text.substr(0, most_first).find("\r\n");
  if (end == text.npos)
    return text.size() < most_first ? proxy_state::more : proxy_state::malformed;
  out.version = 1;
  out.size = end + 2;
  // PROXY TCP4 SOURCE DESTINATION SOURCE-PORT DESTINATION-PORT
  std::array<std::string_view, 6> parts{};
  std::string_view rest = text.substr(0, end);
  for (std::string_view& part : parts) {
    const std::size_t blank = rest.find(' ');
    part = rest.substr(0, blank);
    rest = blank == rest.npos ? std::string_view() : rest.substr(blank + 1);
  }
  if (parts[1] == "UNKNOWN") return proxy_state::done;
  if (parts[1] != "TCP4" && parts[1] != "TCP6") return proxy_state::malformed;
  in6_addr any{};
  const std::string source(parts[2]);
  if (::inet_pton(parts[1] == "TCP4" ? AF_INET : AF_INET6, source.c_str(), &any) != 1)
    return proxy_state::malformed;
  const bool is_number = !parts[4].empty() && parts[4].size() <= 5 &&
                         parts[4].find_first_not_of("0123456789") == parts[4].npos;
  if (!is_number) return proxy_state::malformed;
  out.source = host_and_port(source, static_cast<unsigned>(std::stoul(std::string(parts[4]))));
  return proxy_state::done;
}

proxy_state read_second(bytes_view bytes, proxy_header& out) {
  if (bytes.size() < second_head) return proxy_state::more;
  const auto at = [&bytes](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
  const std::size_t length = at(14) << 8 | at(15);
  if (at(12) >> 4 != 2 || length > most_second) return proxy_state::malformed;
  if (bytes.size() < second_head + length) return proxy_state::more;
  out.version = 2;
  out.size = second_head + length;
  const unsigned family = at(13) >> 4;
  const std::size_t address = family == 1 ? 4 : family == 2 ? 16 : 0;
  const bool is_local = (at(12) & 15) == 0;  // a health check by the balancer itself
  if (address == 0 || is_local || length < 2 * address + 4) return proxy_state::done;
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family == 1 ? AF_INET : AF_INET6, bytes.data() + second_head, text.data(),
              static_cast<socklen_t>(text.size()));
  const std::size_t port = second_head + 2 * address;
  out.source = host_and_port(text.data(), at(port) << 8 | at(port + 1));
  return proxy_state::done;
}

}  // namespace

proxy_state read_proxy_header(bytes_view bytes, proxy_header& out) {
  const std::string_view text = as_text(bytes);
  const auto may_be = [text](std::string_view sign) {
    const std::size_t size = std::min(text.size(), sign.size());
    return size != 0 && text.substr(0, size) == sign.substr(0, size);
  };
  out = proxy_header();
  if (may_be(first_sign))
    return text.size() < first_sign.size() ? proxy_state::more : read_first(text, out);
  if (may_be(second_sign)) return read_second(bytes, out);
  return proxy_state::none;
}

}  // namespace mqttkit::doctor
