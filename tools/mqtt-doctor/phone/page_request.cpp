#include "mqtt-doctor/phone/page_request.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "mqtt-doctor/listen/event.hpp"
#include "mqtt-doctor/listen/http_request.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

// Letters without 0, 1, l and o, since somebody may have to type them.
constexpr std::string_view token_letters = "23456789abcdefghijkmnpqrstuvwxyz";
static_assert(token_letters.size() == 32);
constexpr std::size_t token_size = 16;

std::string_view value_in(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
  }
  return {};
}

/// A number of digits only; `or_else` for anything else.
template <class T>
T number_or(std::string_view text, T or_else) {
  T out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() ? out : or_else;
}

/// The host of "broker.example:8080" or "[2001:db8::5]:8080", without the port.
std::string dialled_host(std::string_view field) {
  constexpr std::size_t most_host = 253;  // bytes of a name (RFC 1035)
  field = field.substr(0, most_host);
  if (field.starts_with('[')) {
    const std::size_t end = std::min(field.find(']'), field.size());
    return shown(field.substr(1, end - 1));
  }
  return shown(field.substr(0, field.find(':')));
}

page_wish wish_of(std::string_view word, bool is_post) {
  if (is_post) {
    if (word == "step") return page_wish::step;
    return word == "findings" ? page_wish::findings : page_wish::nothing;
  }
  if (word.empty()) return page_wish::page;
  if (word == "verdict") return page_wish::verdict;
  return word == "seen" ? page_wish::seen : page_wish::nothing;
}

/// The version behind `name`: "14" of "Android 14; Pixel 8", up to `parts` numbers.
std::string version_behind(std::string_view text, std::string_view name, int parts) {
  const std::size_t at = text.find(name);
  if (at == text.npos) return {};
  std::string out;
  for (const char c : text.substr(at + name.size())) {
    const bool is_point = c == '.' || c == '_';
    if (!is_point && (c < '0' || c > '9')) break;
    if (is_point && --parts == 0) break;
    out += is_point ? '.' : c;
    constexpr std::size_t longest = 12;
    if (out.size() >= longest) break;
  }
  while (!out.empty() && out.back() == '.') out.pop_back();
  return out;
}

std::string with_version(const char* name, const std::string& version) {
  return version.empty() ? name : std::string(name) + " " + version;
}

}  // namespace

bool is_token(std::string_view given, std::string_view token) noexcept {
  // The token's length is not secret.
  if (given.size() != token.size()) return false;
  unsigned differs = 0;
  for (std::size_t i = 0; i < token.size(); ++i) {
    // Letters are lowered without a branch, which mqttkit::lower() has and which would take time.
    const auto mine = static_cast<unsigned char>(token[i]);
    const auto theirs = static_cast<unsigned char>(given[i]);
    const unsigned is_upper = static_cast<unsigned>(theirs >= 'A') & unsigned{theirs <= 'Z'};
    differs |= unsigned{mine} ^ (theirs | (is_upper << 5));
  }
  return differs == 0;
}

page_request read_page_request(std::string_view head, std::string_view token) {
  page_request out;
  const http_request request = read_http_request(head);
  out.is_post = request.method == "POST";
  const bool is_get = request.method == "GET";
  std::string_view target = request.target;
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string_view query = target.substr(std::min(mark + 1, target.size()));
  target = target.substr(0, mark);
  if (!target.empty()) target.remove_prefix(1);
  const std::size_t slash = std::min(target.find('/'), target.size());
  const std::string_view word = target.substr(std::min(slash + 1, target.size()));
  if (const auto size = request.header("Content-Length")) {
    out.body_size = number_or<std::size_t>(*size, most_request_body + 1);
    if (out.body_size > most_request_body) out.has_body_problem = true;
  } else if (out.is_post) {
    out.has_body_problem = true;
  }
  const auto sizes = std::count_if(
      request.headers.begin(), request.headers.end(),
      [](const auto& entry) { return equals_ignoring_case(entry.first, "Content-Length"); });
  // With two sizes a proxy might believe the other one (RFC 9112 §6.3).
  if (sizes > 1 || request.header("Transfer-Encoding")) out.has_body_problem = true;
  if (out.has_body_problem) out.body_size = 0;
  const bool is_ours = is_token(target.substr(0, slash), token);
  if (!is_ours || !(out.is_post || is_get)) return out;
  out.wish = wish_of(word, out.is_post);
  const std::string_view language = value_in(query, "lang");
  if (language == "zh" || language == "en") out.language = language;
  out.port = number_or<std::uint16_t>(value_in(query, "port"), 0);
  constexpr std::size_t most_agent = 400;
  out.host = dialled_host(request.header("Host").value_or(""));
  out.user_agent = shown(request.header("User-Agent").value_or("").substr(0, most_agent));
  return out;
}

std::string make_page_token() {
  std::array<unsigned char, token_size> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    throw std::system_error(errno, std::generic_category(), "getrandom");
  std::string out;
  for (const unsigned char byte : random) out += token_letters[byte % token_letters.size()];
  return out;
}

agent_names names_of_agent(std::string_view agent) {
  agent_names out;
  if (const std::string os = version_behind(agent, "iPhone OS ", 2); !os.empty()) {
    out.system = "iOS " + os;
  } else if (contains(agent, "iPad")) {
    out.system = with_version("iPadOS", version_behind(agent, "CPU OS ", 2));
  } else if (contains(agent, "HarmonyOS") || contains(agent, "OpenHarmony")) {
    out.system = with_version("HarmonyOS", version_behind(agent, "OpenHarmony ", 2));
  } else if (contains(agent, "Android")) {
    out.system = with_version("Android", version_behind(agent, "Android ", 2));
  } else if (contains(agent, "Windows")) {
    out.system = "Windows";
  } else if (contains(agent, "Mac OS X")) {
    out.system = "macOS";
  } else if (contains(agent, "Linux")) {
    out.system = "Linux";
  }
  struct known {
    std::string_view mark;
    const char* name;
  };
  // The first match counts: browsers also name those that they imitate.
  static constexpr known browsers[] = {
      {"MicroMessenger/", "WeChat"},
      {"EdgA/", "Edge"},
      {"EdgiOS/", "Edge"},
      {"Edg/", "Edge"},
      {"HuaweiBrowser/", "Huawei Browser"},
      {"MiuiBrowser/", "Mi Browser"},
      {"SamsungBrowser/", "Samsung Internet"},
      {"OPR/", "Opera"},
      {"FxiOS/", "Firefox"},
      {"Firefox/", "Firefox"},
      {"CriOS/", "Chrome"},
      {"Chrome/", "Chrome"},
      {"Version/", "Safari"},
  };
  for (const known& browser : browsers) {
    if (!contains(agent, browser.mark)) continue;
    out.browser = with_version(browser.name, version_behind(agent, browser.mark, 1));
    break;
  }
  return out;
}

}  // namespace mqttkit::doctor
