#include "mqtt-doctor/options/target.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <type_traits>

#include "cli/url.hpp"

namespace mqttkit::tools {
namespace {

using doctor::host_slip;

struct decoded {
  char32_t point = 0;
  std::size_t size = 1;
};

/// The first code point; a byte that is not UTF-8 stands for itself.
decoded next_point(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  if (size == 1 || text.size() < size) return {first, 1};
  char32_t point = first & (0xFF >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) point = point << 6 | (byte(i) & 0x3F);
  return {point, size};
}

bool is_space(char32_t point) {
  return point == ' ' || (point >= 9 && point <= 13) || point == 0xA0 || point == 0x3000 ||
         (point >= 0x2000 && point <= 0x200A) || point == 0x202F;
}

bool is_invisible(char32_t point) {
  return (point >= 0x200B && point <= 0x200F) || (point >= 0x202A && point <= 0x202E) ||
         point == 0x2060 || point == 0xFEFF || point == 0xAD || point < 0x20 || point == 0x7F ||
         (point >= 0x2018 && point <= 0x201F) || point == '"' || point == '\'' || point == '`';
}

/// The ASCII character for a full-width one; 0 for other characters.
char narrow(char32_t point) {
  if (point >= 0xFF01 && point <= 0xFF5E) return static_cast<char>(point - 0xFF01 + '!');
  if (point == 0x3002 || point == 0xFF61) return '.';
  if (point == 0x2010 || point == 0x2011 || point == 0x2013 || point == 0x2212) return '-';
  return 0;
}

std::string name_of_point(char32_t point, const char* where) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(point));
  return std::string(text.data()) + where;
}

template <class Item>
void add(std::vector<Item>& list, std::type_identity_t<Item> item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(std::move(item));
}

/// Removes characters that no host has, and makes full-width ones ASCII.
std::string clean(std::string_view text, mended_host& out) {
  std::string made;
  for (std::size_t at = 0; at < text.size();) {
    const decoded point = next_point(text.substr(at));
    const char* const where = at == 0                          ? " at the beginning"
                              : at + point.size == text.size() ? " at the end"
                                                               : "";
    if (is_space(point.point)) {
      add(out.mended, host_slip::spaces);
      add(out.odd_characters, name_of_point(point.point, where));
    } else if (is_invisible(point.point)) {
      add(out.mended, host_slip::invisible_characters);
      add(out.odd_characters, name_of_point(point.point, where));
    } else if (const char letter = narrow(point.point); letter != 0) {
      add(out.mended, host_slip::full_width);
      add(out.odd_characters, name_of_point(point.point, where));
      made += letter;
    } else {
      made += text.substr(at, point.size);
    }
    at += point.size;
  }
  return made;
}

/// Removes the punctuation of a sentence around an address: "(10.0.0.1:1883),".
void cut_punctuation(std::string& text, mended_host& out) {
  constexpr std::string_view before = "(<", behind = ",;)>";
  const auto note = [&out](char character, const char* where) {
    add(out.mended, host_slip::punctuation);
    add(out.odd_characters, name_of_point(static_cast<unsigned char>(character), where));
  };
  while (!text.empty() && behind.find(text.back()) != std::string_view::npos) {
    note(text.back(), " at the end");
    text.pop_back();
  }
  while (!text.empty() && before.find(text.front()) != std::string_view::npos) {
    note(text.front(), " at the beginning");
    text.erase(0, 1);
  }
}

constexpr std::string_view digits = "0123456789";

bool is_v4(const std::string& text) {
  in_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

/// Removes a scheme that is not followed by a colon and two slashes: "mqtt:/host", "mqtt:\\\\host",
/// "mqtt//host", "mqtt;//host", "mqtt:host".
void cut_broken_scheme(std::string& text, mended_host& out) {
  std::size_t end = 0;
  while (end < text.size() && (std::isalpha(static_cast<unsigned char>(text[end])) != 0)) ++end;
  std::string scheme = text.substr(0, end);
  if (text.substr(end).starts_with("-sn")) scheme += "-sn", end += 3;
  for (char& c : scheme) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  constexpr std::string_view schemes[] = {"mqtt", "mqtts", "mqtt-sn", "ws",   "wss",
                                          "tcp",  "ssl",   "tls",     "http", "https"};
  if (std::find(std::begin(schemes), std::end(schemes), scheme) == std::end(schemes)) return;
  if (text.substr(end).starts_with("://") && !text.substr(end + 3).starts_with('/') &&
      !text.substr(end + 3).starts_with('\\'))
    return;
  const std::size_t host = text.find_first_not_of(":;.,/\\", end);
  if (host == std::string::npos) return;
  const std::string_view between = std::string_view(text).substr(end, host - end);
  const bool has_slash = between.find_first_of("/\\") != std::string_view::npos;
  // "mqtt:1883" is a host and its port, "mqtt/path" a host and a path, "ws.example" a name.
  const std::string rest = text.substr(host, text.find('/', host) - host);
  const bool is_host = rest.find_first_not_of(digits) != std::string::npos;
  if (has_slash ? between == "/" : !between.starts_with(':') || !is_host) return;
  add(out.mended, host_slip::broken_scheme);
  text.erase(0, host);
}

/// Takes a login that stands before the host, as in a URL.
std::string_view cut_login(std::string_view text, mended_host& out) {
  if (text.find("://") != std::string_view::npos) return text;
  const std::string_view authority = text.substr(0, text.find('/'));
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return text;
  const std::string_view login = text.substr(0, at);
  const std::size_t colon = login.find(':');
  const auto decoded = [](std::string_view part) {
    return percent_decoded(part).value_or(std::string(part));
  };
  if (colon != 0 && !login.empty()) out.user_name = decoded(login.substr(0, colon));
  if (colon != std::string_view::npos) out.password = decoded(login.substr(colon + 1));
  return text.substr(at + 1);
}

/// Takes a port that stands behind something else than a colon: "10.0.0.5 1883", "broker;1883",
/// "10.0.0.5 port 1883", "10.0.0.5.1883", "10.0.0.5::1883", "10.0.0.5/1883".
std::string cut_odd_port(std::string_view text, mended_host& out) {
  constexpr std::string_view blanks = " \t";
  std::string whole(text);
  while (!whole.empty() && blanks.find(whole.back()) != std::string_view::npos) whole.pop_back();
  const std::size_t last = whole.find_last_not_of(digits);
  if (last == std::string::npos || last + 1 == whole.size() || whole.size() - last > 6)
    return std::string(text);
  std::string front = whole.substr(0, last + 1);
  const auto cut = [&front](std::string_view any) {
    while (!front.empty() && any.find(front.back()) != std::string_view::npos) front.pop_back();
  };
  const std::size_t before = front.size();
  cut(" \t;,:./");
  std::string separator =
      front.size() < before ? whole.substr(front.size(), before - front.size()) : std::string();
  std::string low = front;
  for (char& c : low) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (low.size() > 5 && low.ends_with("port") && blanks.find(low[low.size() - 5]) != low.npos) {
    front.resize(front.size() - 4);
    cut(" \t;,:");
    separator = " ";
  }
  const bool is_address = is_v4(front);
  const bool is_name =
      front.find_first_of(",;: \t/") == std::string::npos &&
      std::any_of(front.begin(), front.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
  const bool is_between = separator.find_first_of(" \t;,") != std::string::npos
                              ? is_address || is_name
                              : is_address && (separator == "." || separator == "::" ||
                                               (separator == "/" && whole.size() - last > 3));
  if (!is_between) return std::string(text);
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(whole.data() + last + 1, whole.data() + whole.size(), port);
  if (error != std::errc() || port == 0) return std::string(text);
  out.port = port;
  add(out.mended, host_slip::port_separator);
  return front;
}

/// Removes the scheme before the host and the path behind it.
void cut_url(std::string& text, bool is_field, mended_host& out) {
  const std::size_t colon = text.find("://");
  // A URL pasted behind a scheme has two schemes.
  for (std::size_t at = colon; at != std::string::npos; at = text.find("://")) {
    const std::string scheme = text.substr(0, at);
    const bool is_web = scheme == "http" || scheme == "https";
    add(out.mended, is_web     ? host_slip::http_scheme
                    : is_field ? host_slip::url_in_host
                               : host_slip::unknown_scheme);
    text.erase(0, at + 3);
    if (const std::size_t user = text.rfind('@'); user != std::string::npos) {
      text.erase(0, user + 1);
    }
  }
  if (const std::size_t slash = text.find('/'); slash != std::string::npos) {
    text.erase(slash);
    if (colon == std::string::npos && is_field) add(out.mended, host_slip::url_in_host);
  }
}

/// Reads the port behind the colon; an empty text is no port.
void take_port(std::string_view text, mended_host& out) {
  if (text.empty()) return;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  out.has_bad_port = error != std::errc() || end != text.data() + text.size() || port == 0;
  if (!out.has_bad_port) out.port = port;
}

}  // namespace

mended_host mend_host(std::string_view text, bool is_field) {
  mended_host out;
  std::string host = clean(cut_odd_port(cut_login(text, out), out), out);
  cut_punctuation(host, out);
  cut_broken_scheme(host, out);
  const bool had_scheme = host.find("://") != std::string::npos;
  cut_url(host, is_field, out);
  if (host.starts_with('[')) {
    const std::size_t close = host.find(']');
    const bool has_port = close != std::string::npos && host.substr(close + 1).starts_with(':');
    if (has_port) take_port(std::string_view(host).substr(close + 2), out);
    host = host.substr(1, close == std::string::npos ? close : close - 1);
    if (is_field && !had_scheme)
      add(out.mended, has_port ? host_slip::port_in_host : host_slip::brackets);
  } else if (std::count(host.begin(), host.end(), ':') == 1) {
    const std::size_t colon = host.find(':');
    take_port(std::string_view(host).substr(colon + 1), out);
    host.erase(colon);
    if (is_field && !had_scheme) add(out.mended, host_slip::port_in_host);
  }
  out.host = std::move(host);
  return out;
}

}  // namespace mqttkit::tools
