#include "cli/url.hpp"

#include <charconv>

#include "mqttkit/base/text.hpp"

namespace mqttkit::tools {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::string_view bad_escape =
    "a % must be followed by two hex digits; write %25 for a plain %";

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

namespace {

/// Takes "user:password@" off the front of `authority`. Returns what is wrong.
/// @param rest  all that follows the scheme
std::string take_user_info(std::string_view& authority, std::string_view rest, url_parts& out) {
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view user_info = authority.substr(0, at);
    authority = authority.substr(at + 1);
    const std::size_t divider = user_info.find(':');
    if (divider != std::string_view::npos) {
      out.password_text = user_info.substr(divider + 1);
      out.password = percent_decoded(out.password_text);
      if (!out.password) return "the password: " + std::string(bad_escape);
    }
    out.user_name = percent_decoded(user_info.substr(0, divider));
    if (!out.user_name) return "the user name: " + std::string(bad_escape);
  } else if (rest.find('@') != std::string_view::npos &&
             authority.find(':') != std::string_view::npos) {
    // In "user:pa/ss@host" the / ended the authority, and what follows holds part of the password:
    // never echo it.
    const std::string_view port = authority.substr(authority.find(':') + 1);
    if (port.find_first_not_of("0123456789") != std::string_view::npos) {
      out.password_text = rest.substr(authority.find(':') + 1);
      return "a / in the user name or the password is written as %2F";
    }
  }
  return {};
}

/// Reads "host:port". Returns what is wrong.
std::string read_host_and_port(std::string_view authority, url_parts& out) {
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return "the ] after the IPv6 address is missing";
    // The % in front of an interface is to be written %25 (RFC 6874); most people write it as it
    // is.
    const std::string_view address = authority.substr(1, close - 1);
    out.host = percent_decoded(address).value_or(std::string(address));
    authority = authority.substr(close + 1);
    if (!authority.empty()) {
      if (authority[0] != ':') return "after the ] only :PORT may follow";
      port = authority.substr(1);
      has_port = true;
    }
  } else {
    const std::size_t divider = authority.find(':');
    if (divider != std::string_view::npos) {
      if (authority.find(':', divider + 1) != std::string_view::npos &&
          authority.substr(0, divider).find('.') != std::string_view::npos)
        return "two ports follow the host; behind a router it is the one that the router forwards";
      if (authority.find(':', divider + 1) != std::string_view::npos)
        return "an IPv6 address stands in brackets, as in mqtt://[2001:db8::1]:1883/topic";
      port = authority.substr(divider + 1);
      has_port = true;
    }
    const auto host = percent_decoded(authority.substr(0, divider));
    if (!host) return "the host: " + std::string(bad_escape);
    out.host = *host;
  }
  if (has_port && !port.empty()) {
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number == 0)
      return "the port must be 1 to 65535";
    out.port = number;
  }
  return {};
}

}  // namespace

std::string parse_url(std::string_view text, url_parts& out) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0)
    return "not a URL: it begins with a scheme, as in mqtt://broker.example/topic";
  out.scheme_text = lower(text.substr(0, colon));
  out.scheme = scheme_called(out.scheme_text);
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) out.path = rest.substr(slash);
  if (std::string wrong = take_user_info(authority, rest, out); !wrong.empty()) return wrong;
  return read_host_and_port(authority, out);
}

}  // namespace mqttkit::tools
