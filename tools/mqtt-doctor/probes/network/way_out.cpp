// The proxies for HTTP that the environment names, and whether one lets a connection out.
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "common/printable.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/probe/link.hpp"

namespace mqttkit::doctor {
namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

constexpr std::array<const char*, 6> variables{"https_proxy", "HTTPS_PROXY", "all_proxy",
                                               "ALL_PROXY",   "http_proxy",  "HTTP_PROXY"};

std::string value_of(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// "http://proxy:3128" without its login; the scheme is http when none is written.
std::string without_login(std::string text) {
  const std::size_t begin = text.find("://");
  std::string scheme = begin == std::string::npos ? "http" : text.substr(0, begin);
  text = begin == std::string::npos ? text : text.substr(begin + 3);
  text = text.substr(0, text.find('/'));
  const std::size_t sign = text.rfind('@');
  return scheme + "://" + (sign == std::string::npos ? text : text.substr(sign + 1));
}

/// Whether no_proxy takes the host out.
bool is_excepted(const std::string& host) {
  std::string list = value_of("no_proxy");
  if (list.empty()) list = value_of("NO_PROXY");
  const std::string name = lower(host);
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    std::string each = lower(list.substr(at, comma - at));
    at = comma + 1;
    while (!each.empty() && each.front() == ' ') each.erase(0, 1);
    while (!each.empty() && each.back() == ' ') each.pop_back();
    if (each == "*") return true;
    if (each.starts_with("*.")) each.erase(0, 1);
    if (each.empty()) continue;
    const std::string end = each.front() == '.' ? each : "." + each;
    if (name == each || name.ends_with(end)) return true;
  }
  return false;
}

struct closer {
  int descriptor = -1;
  explicit closer(int number) : descriptor(number) {}
  closer(const closer&) = delete;
  closer& operator=(const closer&) = delete;
  ~closer() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

/// Waits until the socket can be read or written; false when the time is over.
bool waits(int descriptor, short what, clock::time_point until) {
  pollfd one{descriptor, what, 0};
  const auto left = std::chrono::duration_cast<milliseconds>(until - clock::now()).count();
  return left > 0 && ::poll(&one, 1, static_cast<int>(left)) == 1;
}

struct freer {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

/// Asks the proxy for a way to host and port, without a login.
void ask(set_proxy_fact& proxy, const std::string& host, int port, milliseconds limit) {
  const auto until = clock::now() + limit;
  const std::string where = proxy.address.substr(proxy.address.find("://") + 3);
  const std::size_t colon = where.rfind(':');
  const std::string name = where.substr(0, colon);
  const std::string service = colon == std::string::npos ? "80" : where.substr(colon + 1);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int wrong = ::getaddrinfo(name.c_str(), service.c_str(), &hints, &found); wrong != 0) {
    proxy.error = ::gai_strerror(wrong);
    return;
  }
  const std::unique_ptr<addrinfo, freer> owner(found);
  const closer link(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (link.descriptor < 0) return;
  if (::connect(link.descriptor, found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) {
    proxy.error = probe::error_name(errno);
    return;
  }
  if (!waits(link.descriptor, POLLOUT, until)) {
    proxy.error = "ETIMEDOUT";
    return;
  }
  int wrong = 0;
  socklen_t size = sizeof wrong;
  ::getsockopt(link.descriptor, SOL_SOCKET, SO_ERROR, &wrong, &size);
  if (wrong != 0) {
    proxy.error = probe::error_name(wrong);
    return;
  }
  const std::string target = host_and_port(host, static_cast<unsigned>(port));
  const std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n";
  if (::send(link.descriptor, request.data(), request.size(), MSG_NOSIGNAL) < 0) return;
  std::array<char, 64> answer{};
  if (!waits(link.descriptor, POLLIN, until)) return;
  const ssize_t came = ::recv(link.descriptor, answer.data(), answer.size() - 1, 0);
  if (came < 12 || std::strncmp(answer.data(), "HTTP/1.", 7) != 0) return;
  proxy.status = std::atoi(answer.data() + 9);
}

}  // namespace

std::vector<set_proxy_fact> look_at_set_proxies(const std::string& host) {
  std::vector<set_proxy_fact> out;
  if (is_excepted(host)) return out;
  for (const char* name : variables) {
    const std::string value = value_of(name);
    if (value.empty()) continue;
    set_proxy_fact made;
    made.variable = name;
    made.address = tools::printable(without_login(value), 120);
    bool is_known = false;
    for (const auto& each : out) is_known = is_known || each.address == made.address;
    if (!is_known) out.push_back(std::move(made));
  }
  return out;
}

void ask_set_proxies(std::vector<set_proxy_fact>& proxies, const std::string& host, int port,
                     milliseconds limit) {
  for (auto& each : proxies) {
    // One of SOCKS speaks another language.
    if (each.address.starts_with("http://")) return ask(each, host, port, limit);
  }
}

}  // namespace mqttkit::doctor
