#include "mqtt-doctor/said/host_field.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "mqtt-doctor/said/plain.hpp"

namespace mqttkit::doctor {
namespace {

constexpr auto nowhere = std::string_view::npos;

struct look_up {
  std::string_view words;  ///< behind them stands the host
  bool shows_port;         ///< the program itself writes the port behind the host
};

constexpr std::array<look_up, 16> look_ups{{{"enotfound ", false},
                                            {"eai_again ", true},
                                            {"enodata ", false},
                                            {"host lookup: ", false},
                                            {"tcp: lookup ", false},
                                            {"lookup of ", false},
                                            {"unknownhostexception: ", false},
                                            {"unable to resolve host ", false},
                                            {"could not resolve host: ", false},
                                            {"couldn't get hostname for :", false},
                                            {"dns failed for ", false},
                                            {"couldn't resolve ip address for ", false},
                                            {"no such host is known. (", true},
                                            {"name or service not known (", true},
                                            {"mqt: connect failed to ", true},
                                            {"{:nxdomain, ~c", false}}};

/// Words of a program or a template in place of a value.
constexpr std::array<std::string_view, 9> placeholders{
    "undefined", "null", "none", "nil", "mqtts", "tcp", "ssl", "your_broker", "[object"};

/// The host behind look-up words: what is quoted, or up to the next blank.
std::string_view host_at(std::string_view text, std::size_t at) {
  const char first = at < text.size() ? text[at] : ' ';
  const bool is_quoted = first == '\'' || first == '"';
  if (is_quoted) {
    const std::size_t end = text.find(first, at + 1);
    return end == nowhere ? text.substr(at + 1) : text.substr(at + 1, end - at - 1);
  }
  std::string_view host = text.substr(at, text.find_first_of(" \t\r\n),", at) - at);
  // The sign of the program's own sentence.
  while (!host.empty() && (host.back() == ':' || host.back() == '.' || host.back() == ';'))
    host.remove_suffix(1);
  return host;
}

bool is_broken_address(std::string_view host) {
  return host.find('.') != nowhere && host.find_first_not_of("0123456789.") == nowhere;
}

bool ends_in_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon == nowhere || colon + 1 == host.size() || host.find(':') != colon) return false;
  return host.substr(colon + 1).find_first_not_of("0123456789") == nowhere;
}

bool is_no_host(std::string_view host, bool is_quoted, const look_up& how) {
  if (host.find("://") != nowhere) return true;
  // .NET and old Node.js write host:port, whatever the host was.
  if (how.shows_port) return host.starts_with("mqtt:") || host.starts_with("tcp:");
  const bool is_empty = host.empty() || host.find_first_of(" \t") != nowhere;
  if (is_empty) return is_quoted;
  if (host.find('/') != nowhere || ends_in_port(host) || is_broken_address(host)) return true;
  return std::find(placeholders.begin(), placeholders.end(), host) != placeholders.end();
}

}  // namespace

bool has_no_host_in_field(std::string_view plain_text) {
  const std::string text = folded(plain_text);
  for (const look_up& each : look_ups)
    for (std::size_t at = text.find(each.words); at != nowhere;
         at = text.find(each.words, at + 1)) {
      const std::size_t from = at + each.words.size();
      const bool is_quoted = from < text.size() && (text[from] == '\'' || text[from] == '"');
      if (is_no_host(host_at(text, from), is_quoted, each)) return true;
    }
  return false;
}

bool names_impossible_address(std::string_view text) {
  constexpr std::size_t parts = 4, most_digits = 3;
  constexpr int most = 255;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_start = is_ascii_digit(text[at]) &&
                          (at == 0 || (!is_ascii_digit(text[at - 1]) &&
                                       !is_ascii_letter(text[at - 1]) && text[at - 1] != '.'));
    if (!is_start) continue;
    std::size_t count = 0, next = at;
    bool is_above = false;
    while (count < parts) {
      std::size_t to = next;
      int value = 0;
      while (to < text.size() && is_ascii_digit(text[to]) && to - next <= most_digits)
        value = value * 10 + (text[to++] - '0');
      if (to == next || to - next > most_digits) break;
      is_above = is_above || value > most;
      next = to;
      if (++count == parts) break;
      if (next >= text.size() || text[next] != '.') break;
      ++next;
    }
    const bool goes_on =
        next < text.size() &&
        (is_ascii_digit(text[next]) || is_ascii_letter(text[next]) ||
         (text[next] == '.' && next + 1 < text.size() && is_ascii_digit(text[next + 1])));
    if (count == parts && is_above && !goes_on) return true;
    at = std::max(at, next > 0 ? next - 1 : next);
  }
  return false;
}

bool dials_ipv6_localhost(std::string_view plain_text) {
  constexpr std::string_view address = "::1";
  const auto goes_on = [plain_text](std::size_t at) {
    return at < plain_text.size() &&
           (is_ascii_letter(plain_text[at]) || is_ascii_digit(plain_text[at]));
  };
  for (std::size_t at = plain_text.find(address); at != nowhere;
       at = plain_text.find(address, at + 1))
    if ((at == 0 || !goes_on(at - 1)) && !goes_on(at + address.size())) return true;
  return false;
}

}  // namespace mqttkit::doctor
