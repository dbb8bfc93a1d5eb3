#include "mqtt-doctor/causes/proxy_view.hpp"

#include <algorithm>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {

namespace {

std::string address_of(const std::string& target) {
  const std::string whole = authority_of(target);
  std::string address = whole.substr(0, whole.rfind(':'));
  if (address.size() > 1 && address.front() == '[') address = address.substr(1, address.size() - 2);
  return address;
}

/// Whether a site's name is meant: "*.example.org" stands for what is in front of one point.
bool is_named(const std::vector<std::string>& names, std::string_view asked) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return name == asked || (name.starts_with("*.") && asked.ends_with(name.substr(1)));
  });
}

}  // namespace

bool is_web(const proxy_fact& proxy) { return proxy.mode == proxy_mode::http; }

std::string authority_of(const std::string& target) {
  const std::size_t begin = target.find("://");
  return begin == std::string::npos ? target : target.substr(begin + 3);
}

std::string place_of(const proxy_fact& proxy, int line) {
  if (proxy.file.empty()) return proxy.program.word();
  return proxy.file + (line > 0 ? ":" + std::to_string(line) : std::string());
}

bool is_for_web(const host_facts& host, const listener_fact& socket) {
  for (const auto& from : host.configurations) {
    if (!from.is_used || (from.pid != 0 && from.pid != socket.pid)) continue;
    const configured_listener* const block = block_for(from, socket.port);
    if (block != nullptr)
      return block->protocol == listener_protocol::websockets ||
             block->protocol == listener_protocol::ws || block->protocol == listener_protocol::wss;
  }
  return false;
}

int port_behind(const proxy_fact& proxy, const host_facts& host) {
  const std::string whole = authority_of(proxy.target);
  const std::size_t colon = whole.rfind(':');
  if (colon == std::string::npos) return 0;
  const std::string address = address_of(proxy.target);
  const bool is_here =
      is_localhost(address) || is_loopback(address) || is_any_address(address) ||
      std::find(host.addresses.begin(), host.addresses.end(), address) != host.addresses.end();
  if (!is_here) return 0;
  int port = 0;
  for (std::size_t i = colon + 1; i < whole.size(); ++i) {
    if (whole[i] < '0' || whole[i] > '9' || port > 65535) return 0;
    port = port * 10 + (whole[i] - '0');
  }
  return port;
}

bool leads_to_web_broker(const host_facts& host, const proxy_fact& proxy) {
  const int port = port_behind(proxy, host);
  return port != 0 &&
         std::any_of(host.listeners.begin(), host.listeners.end(), [&](const listener_fact& each) {
           return each.port == port && is_for_web(host, each);
         });
}

bool is_of_site(const host_facts& host, const proxy_fact& proxy, std::string_view asked) {
  const auto is_like = [&](const proxy_fact& other) {
    return other.port == proxy.port && other.program == proxy.program;
  };
  const bool is_any_named = std::any_of(
      host.proxies.begin(), host.proxies.end(),
      [&](const proxy_fact& other) { return is_like(other) && is_named(other.names, asked); });
  if (is_any_named) return is_named(proxy.names, asked);
  if (proxy.program != proxy_program::apache) return proxy.names.empty();
  const auto first = std::find_if(host.proxies.begin(), host.proxies.end(), is_like);
  return first->names == proxy.names;
}

bool fits_path(const proxy_fact& proxy, std::string_view path) {
  return proxy.is_exact_path ? path == proxy.path : path.starts_with(proxy.path);
}

const proxy_fact* location_for(const host_facts& host, int port, std::string_view path,
                               std::string_view name) {
  const proxy_fact* best = nullptr;
  for (const auto& proxy : host.proxies) {
    if (proxy.port != port || !is_web(proxy) || proxy.path.empty()) continue;
    if (!is_of_site(host, proxy, name)) continue;
    // Apache asks one after the other, and what stands behind the first that fits is not asked.
    const bool is_in_order = proxy.program == proxy_program::apache;
    if (is_in_order && best != nullptr) continue;
    if (proxy.path.front() == '~') return nullptr;
    if (!fits_path(proxy, path)) continue;
    if (best == nullptr || proxy.path.size() > best->path.size()) best = &proxy;
  }
  return best;
}

bool is_in_front(listening_program program) {
  return is_proxy(program) && program != listening_program::apache;
}

bool belongs(const proxy_fact& proxy, const listener_fact& socket) {
  if (proxy.port != socket.port) return false;
  if (proxy.program == proxy_program::apache) return socket.program() == listening_program::apache;
  return socket.process.rfind(proxy.program.word(), 0) == 0;
}

bool is_in_front(const listener_fact& socket, const host_facts& host) {
  return is_in_front(socket.program()) ||
         std::any_of(host.proxies.begin(), host.proxies.end(), [&](const proxy_fact& proxy) {
           return !proxy.target.empty() && belongs(proxy, socket);
         });
}

const proxy_fact* proxy_on(const host_view& at) {
  const listener_fact* const socket = at.dialled();
  if (socket == nullptr || !is_in_front(*socket, at.host)) return nullptr;
  const auto is_its_own = [&](const proxy_fact& proxy) { return belongs(proxy, *socket); };
  const proxy_fact* first = nullptr;
  for (const auto& proxy : at.host.proxies) {
    if (!is_its_own(proxy)) continue;
    const bool is_better = first == nullptr || (first->target.empty() && !proxy.target.empty());
    if (is_better) first = &proxy;
  }
  if (first == nullptr || !at.known.is_websocket() || first->path.empty()) return first;
  const proxy_fact* const location =
      location_for(at.host, at.port(), at.known.at.path, lower(at.known.host()));
  if (location != nullptr && is_its_own(*location)) return location;
  // What another site or an expression decides is not known of these two.
  const bool has_sites =
      first->program == proxy_program::apache || first->program == proxy_program::caddy;
  return has_sites ? nullptr : first;
}

std::string restart_of(const proxy_fact& proxy, const host_facts& host) {
  const bool is_red_hats = proxy.program == proxy_program::apache && contains(proxy.file, "/httpd");
  const std::string unit = is_red_hats                               ? "httpd"
                           : proxy.program == proxy_program::stunnel ? "stunnel4"
                                                                     : proxy.program.word();
  return host.has_systemd ? "sudo systemctl restart " + unit : "sudo service " + unit + " restart";
}

const proxy_fact* stopped_proxy(const host_view& at) {
  if (at.is_listening()) return nullptr;
  for (const auto& proxy : at.host.proxies) {
    if (proxy.pid == 0 && proxy.port == at.port() && !proxy.target.empty()) return &proxy;
  }
  return nullptr;
}

}  // namespace mqttkit::doctor
