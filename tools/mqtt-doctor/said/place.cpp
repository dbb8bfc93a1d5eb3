#include "mqtt-doctor/said/place.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "mqtt-doctor/said/plain.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr auto nowhere = std::string_view::npos;
constexpr std::size_t most_host = 253;  // letters of a name [RFC 1035]

bool is_of_host(char c) {
  return is_ascii_letter(c) || is_ascii_digit(c) || c == '.' || c == '-' || c == '_';
}

/// Endings of source files: behind their colon stands a line, not a port.
constexpr std::array<std::string_view, 40> source_endings{
    "c",   "cc",  "cpp", "cxx",   "h",    "hh",     "hpp",   "ino", "js",  "mjs",
    "cjs", "jsx", "ts",  "tsx",   "vue",  "py",     "pyx",   "go",  "rs",  "java",
    "kt",  "kts", "cs",  "swift", "m",    "mm",     "rb",    "php", "lua", "erl",
    "ex",  "exs", "pl",  "scala", "dart", "groovy", "class", "log", "sh",  "conf"};

/// Ports of brokers. Host names without a dot, and names whose ending is a source file's, count
/// only with one of these.
constexpr std::array<std::string_view, 14> broker_ports{"1883", "8883",  "1884",  "8884", "8083",
                                                        "8084", "9001",  "8080",  "8081", "443",
                                                        "80",   "11883", "18083", "61613"};

template <class List>
bool is_one_of(const List& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// 1 for an IPv4 address, 0 for what has other letters, -1 for digits and dots that are none.
int ipv4(std::string_view host) {
  if (host.find_first_not_of("0123456789.") != nowhere) return 0;
  int parts = 0;
  while (!host.empty()) {
    const std::size_t end = std::min(host.find('.'), host.size());
    if (end == 0 || end > 3) return -1;
    if (end == 3 && host.substr(0, 3) > "255") return -1;
    ++parts;
    host.remove_prefix(std::min(end + 1, host.size()));
  }
  return parts == 4 ? 1 : -1;
}

bool is_name(std::string_view host) {
  if (host.empty() || host.size() > most_host) return false;
  const auto is_end = [](char c) { return is_ascii_letter(c) || is_ascii_digit(c); };
  return is_end(host.front()) && is_end(host.back()) && host.find("..") == nowhere;
}

bool is_dotted(std::string_view host) { return host.find('.') != nowhere; }

std::string_view last_label(std::string_view host) { return host.substr(host.rfind('.') + 1); }

/// Whether a name with dots, in running text, is one of a machine.
bool is_machine(std::string_view host) {
  if (ipv4(host) != 0) return ipv4(host) == 1;
  const std::string_view last = last_label(host);
  const bool is_spelt = std::none_of(host.begin(), host.end(),
                                     [](char c) {
                                       return c >= 'A' && c <= 'Z';  // classes have capitals
                                     }) &&
                        std::none_of(last.begin(), last.end(), is_ascii_digit);
  return is_name(host) && is_dotted(host) && last.size() >= 2 && is_spelt &&
         !is_one_of(source_endings, last);
}

bool is_machine_with_port(std::string_view host, std::string_view port) {
  if (!is_name(host)) return false;
  if (host == "0.0.0.0") return false;
  if (ipv4(host) != 0) return ipv4(host) == 1;
  if (host == "localhost") return true;
  const bool is_usual = is_one_of(broker_ports, port);
  constexpr std::array<std::string_view, 7> no_hosts{"port", "line",  "error",    "code",
                                                     "tcp",  "count", "localport"};
  if (!is_dotted(host)) return is_usual && !is_one_of(no_hosts, lower(host));
  return is_usual || !is_one_of(source_endings, lower(last_label(host)));
}

std::string scheme_of(std::string_view written) {
  constexpr std::array<std::pair<std::string_view, const char*>, 13> schemes{{{"mqtt", "mqtt"},
                                                                              {"tcp", "mqtt"},
                                                                              {"mqtts", "mqtts"},
                                                                              {"ssl", "mqtts"},
                                                                              {"tls", "mqtts"},
                                                                              {"tcps", "mqtts"},
                                                                              {"mqtt+ssl", "mqtts"},
                                                                              {"tcp+ssl", "mqtts"},
                                                                              {"ws", "ws"},
                                                                              {"http", "ws"},
                                                                              {"wss", "wss"},
                                                                              {"https", "wss"},
                                                                              {"wxs", "wss"}}};
  for (const auto& [name, known] : schemes)
    if (lower(written) == name) return known;
  return {};
}

/// Digits of a port behind the colon text[colon]; "" where there is none.
std::string_view port_behind(std::string_view text, std::size_t colon) {
  if (colon >= text.size() || text[colon] != ':') return {};
  std::size_t to = colon + 1;
  while (to < text.size() && is_ascii_digit(text[to])) ++to;
  const std::size_t digits = to - colon - 1;
  const bool is_ended = to == text.size() || !is_ascii_letter(text[to]);
  return digits >= 2 && digits <= 5 && is_ended ? text.substr(colon + 1, digits)
                                                : std::string_view();
}

/// The host that ends before text[end].
std::string_view host_before(std::string_view text, std::size_t end) {
  std::size_t from = end;
  while (from > 0 && is_of_host(text[from - 1])) --from;
  return text.substr(from, end - from);
}

std::optional<named_broker> url_at(std::string_view text, std::size_t slashes) {
  std::size_t from = slashes;
  while (from > 0 && (is_ascii_letter(text[from - 1]) || text[from - 1] == '+')) --from;
  named_broker out;
  out.scheme = scheme_of(text.substr(from, slashes - from));
  if (out.scheme.empty()) return {};
  std::size_t at = slashes + 3;
  const std::size_t end = std::min(text.find_first_of(" \t\r\n\"'<>)],;", at), text.size());
  if (const std::size_t user = text.substr(at, end - at).rfind('@'); user != nowhere)
    at += user + 1;
  std::size_t to = at;
  if (at < text.size() && text[at] == '[') {
    const std::size_t close = text.find(']', at);
    if (close == nowhere) return {};
    out.host = text.substr(at + 1, close - at - 1);
    to = close + 1;
    if (out.host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos) return {};
  } else {
    while (to < end && is_of_host(text[to])) ++to;
    out.host = text.substr(at, to - at);
    while (!out.host.empty() && out.host.back() == '.') out.host.pop_back();
    if (!is_name(out.host) || ipv4(out.host) == -1) return {};
  }
  out.port = port_behind(text, to);
  if (!out.port.empty()) to += 1 + out.port.size();
  const bool is_web = out.scheme.starts_with("ws");
  if (is_web && to < end && text[to] == '/') {
    while (to < end && (is_of_host(text[to]) || text[to] == '/')) out.path += text[to++];
    while (!out.path.empty() && out.path.back() == '.') out.path.pop_back();
  }
  return out;
}

/// "[fe80::1]:1883".
std::optional<named_broker> bracketed_at(std::string_view text, std::size_t colon) {
  if (colon == 0 || text[colon - 1] != ']') return {};
  const std::size_t open = text.rfind('[', colon);
  if (open == nowhere) return {};
  const std::string_view host = text.substr(open + 1, colon - open - 2);
  const bool is_v6 =
      host.find(':') != nowhere && host.find_first_not_of("0123456789abcdefABCDEF:.") == nowhere;
  if (!is_v6) return {};
  named_broker out;
  out.host = host;
  return out;
}

/// "[mqtt.client:293]": the part of a program that speaks, and its line.
bool is_log_tag(std::string_view text, std::string_view host, std::size_t colon,
                std::string_view port) {
  const std::size_t from = colon - host.size(), to = colon + 1 + port.size();
  return host != "localhost" && ipv4(host) != 1 && from > 0 && text[from - 1] == '[' &&
         to < text.size() && text[to] == ']';
}

/// Whether the text tells of the device's own network, and perhaps which address it got there.
bool tells_own_network(std::string_view text) {
  constexpr std::array<std::string_view, 6> parts{"wifi",   "wi-fi",    "got ip",
                                                  "sta ip", "local ip", "localip"};
  const std::string line = lower(text);
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return line.find(part) != std::string::npos; });
}

/// Words behind which a machine's name stands without a port.
bool introduces_machine(std::string_view word) {
  constexpr std::array<std::string_view, 20> words{
      "enotfound",  "eai_again", "to",           "host",      "hostname",
      "broker",     "server",    "resolve",      "resolving", "for",
      "at",         "from",      "econnrefused", "etimedout", "exception",
      "connecting", "lookup",    "cloud",        "address",   "unknownhostexception"};
  return is_one_of(words, lower(word));
}

std::optional<named_broker> machine_without_port(std::string_view text) {
  const bool may_be_own = tells_own_network(text);
  std::string_view before;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_of_host(text[i])) {
      ++i;
      continue;
    }
    std::size_t to = i;
    while (to < text.size() && is_of_host(text[to])) ++to;
    std::string_view word = text.substr(i, to - i);
    while (!word.empty() && word.back() == '.') word.remove_suffix(1);
    // "Chrome/120.0.0.0" is a version, Java's "to /192.0.2.1" an address.
    const bool is_part = i > 1 && text[i - 1] == '/' && is_of_host(text[i - 2]);
    const std::string_view label = before.substr(before.rfind('.') + 1);
    const bool is_introduced =
        introduces_machine(before) || lower(label).ends_with("unknownhostexception");
    const bool is_brokers = !may_be_own || (is_introduced && lower(before) != "address");
    const bool is_address = ipv4(word) == 1 && !is_part && word != "0.0.0.0" && is_brokers;
    const bool is_own = is_introduced && word == "localhost";
    const bool is_named = is_introduced && is_machine(word) && (ipv4(word) != 1 || is_brokers);
    if (is_address || is_own || is_named) {
      named_broker out;
      out.host = word;
      return out;
    }
    before = word;
    i = to;
  }
  return {};
}

/// "192.168.1.5 port 1883", "192.168.1.5, port=1883".
std::string_view port_word_behind(std::string_view text, std::string_view host) {
  const std::size_t at = text.find(host);
  if (at == nowhere) return {};
  std::size_t i = at + host.size();
  while (i < text.size() && std::string_view(" ,;'\"(").find(text[i]) != nowhere) ++i;
  if (lower(text.substr(i, 4)) != "port") return {};
  i += 4;
  while (i < text.size() && std::string_view(" :='\"").find(text[i]) != nowhere) ++i;
  std::size_t to = i;
  while (to < text.size() && is_ascii_digit(text[to])) ++to;
  return to - i >= 2 && to - i <= 5 ? text.substr(i, to - i) : std::string_view();
}

}  // namespace

named_broker broker_in(std::string_view text) {
  for (std::size_t at = text.find("://"); at != nowhere; at = text.find("://", at + 1))
    if (auto out = url_at(text, at)) return *out;
  for (std::size_t colon = text.find(':'); colon != nowhere; colon = text.find(':', colon + 1)) {
    const std::string_view port = port_behind(text, colon);
    if (port.empty()) continue;
    if (auto out = bracketed_at(text, colon)) {
      out->port = port;
      return *out;
    }
    const std::string_view host = host_before(text, colon);
    if (!is_machine_with_port(host, port) || is_log_tag(text, host, colon, port)) continue;
    // Go's "read tcp 192.168.1.2:51344->192.168.1.50:1883": the first is the app's own end.
    if (text.substr(colon + 1 + port.size()).starts_with("->")) continue;
    named_broker out;
    out.host = host;
    out.port = port;
    return out;
  }
  if (auto out = machine_without_port(text)) {
    out->port = port_word_behind(text, out->host);
    return *out;
  }
  return {};
}

}  // namespace mqttkit::doctor
