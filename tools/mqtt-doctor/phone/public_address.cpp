#include "mqtt-doctor/phone/public_address.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "mqtt-doctor/facts/addresses.hpp"

namespace mqttkit::doctor {
namespace {

bool is_address(const std::string& text) {
  in6_addr any{};
  return ::inet_pton(AF_INET, text.c_str(), &any) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &any) == 1;
}

bool is_for_everybody(const std::string& address) {
  if (address.empty()) return false;
  const address_class kind = class_of(address);
  return kind == address_class::global || kind == address_class::documentation;
}

/// Whether the address belongs to a machine in a network, and is not loopback.
bool is_of_a_network(const std::string& address) {
  if (address.empty()) return false;
  const address_class kind = class_of(address);
  return kind == address_class::private_use || kind == address_class::shared;
}

std::string environment_of(const std::string& pid, std::string_view name) {
  std::ifstream file("/proc/" + pid + "/environ", std::ios::binary);
  const std::string wanted = std::string(name) + "=";
  for (std::string entry; std::getline(file, entry, '\0');) {
    if (entry.starts_with(wanted)) return entry.substr(wanted.size());
  }
  return {};
}

std::string parent_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/status");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("PPid:")) continue;
    const std::size_t digit = line.find_first_of("0123456789");
    return digit == std::string::npos ? std::string() : line.substr(digit);
  }
  return {};
}

}  // namespace

ssh_ends read_ssh_connection(const std::string& text) {
  std::istringstream words(text);
  ssh_ends out;
  std::string client_port, server_port;
  words >> out.client >> client_port >> out.server >> server_port;
  const auto without_scope = [](std::string& address) {
    address = address.substr(0, address.find('%'));
    if (address.starts_with("::ffff:") && address.find('.') != std::string::npos)
      address.erase(0, std::strlen("::ffff:"));
  };
  without_scope(out.client);
  without_scope(out.server);
  if (server_port.empty() || !is_address(out.client) || !is_address(out.server)) return {};
  return out;
}

std::string ssh_connection() {
  const char* const own = std::getenv("SSH_CONNECTION");
  if (own != nullptr) return own;
  std::string pid = std::to_string(::getpid());
  constexpr int most_parents = 8;  // sudo, its shell and a terminal multiplexer are fewer
  for (int i = 0; i < most_parents; ++i) {
    pid = parent_of(pid);
    if (pid.empty() || pid == "0" || pid == "1") break;
    if (std::string found = environment_of(pid, "SSH_CONNECTION"); !found.empty()) return found;
  }
  return {};
}

address_guess guess_address(const ssh_ends& ssh, const std::string& route_address,
                            const facts& server) {
  address_guess out;
  if (is_for_everybody(ssh.server)) {
    out.address = ssh.server;
    return out;
  }
  // A user who came by ssh from outside dialled an address that a router or cloud translates.
  const bool is_translated = !ssh.server.empty() && is_for_everybody(ssh.client);
  if (is_for_everybody(route_address) && !is_translated) {
    out.address = route_address;
    return out;
  }
  const bool is_cloud = server.host && !server.host->cloud.empty();
  out.address = is_of_a_network(ssh.server) ? ssh.server : route_address;
  if (!is_of_a_network(out.address)) {
    for (const interface_fact& interface : server.local.interfaces) {
      if (!is_for_everybody(interface.address) && !is_of_a_network(interface.address)) continue;
      if (!is_for_everybody(out.address)) out.address = interface.address;
    }
  }
  if (class_of(out.address) == address_class::loopback) out.address.clear();
  out.is_private = !out.address.empty() && is_of_a_network(out.address);
  out.must_ask = out.address.empty() || (out.is_private && (is_cloud || is_translated));
  return out;
}

std::string default_route_address() {
  // Connecting a datagram socket chooses a route and sends nothing. The addresses are for
  // documentation (RFC 5737, RFC 3849), so only the default route leads to them.
  char text[INET6_ADDRSTRLEN] = "";
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(9);
  ::inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(9);
  ::inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
  for (const bool is_v6 : {false, true}) {
    const int made = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (made < 0) continue;
    const auto* const to =
        is_v6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    const bool is_known = ::connect(made, to, is_v6 ? sizeof v6 : sizeof v4) == 0 &&
                          ::getsockname(made, reinterpret_cast<sockaddr*>(&own), &size) == 0;
    ::close(made);
    if (!is_known) continue;
    const void* const at =
        is_v6 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(own).sin6_addr)
              : static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(own).sin_addr);
    if (::inet_ntop(is_v6 ? AF_INET6 : AF_INET, at, text, sizeof text) != nullptr) return text;
  }
  return {};
}

}  // namespace mqttkit::doctor
