#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>

#include "common/printable.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"

namespace mqttkit::doctor {
namespace {

// A clock that shows a day before this source was written is wrong.
constexpr const char* written = "2026-11-21";

struct list_deleter {
  void operator()(ifaddrs* list) const noexcept { ::freeifaddrs(list); }
};

template <class Address>
int prefix_of(const Address& mask) {
  unsigned char bytes[sizeof mask];
  std::memcpy(bytes, &mask, sizeof mask);
  int bits = 0;
  for (const unsigned char byte : bytes) bits += std::popcount(byte);
  return bits;
}

bool take_interface(const ifaddrs& each, interface_fact& out) {
  char text[INET6_ADDRSTRLEN] = "";
  if (each.ifa_addr == nullptr || (each.ifa_flags & IFF_UP) == 0) return false;
  if (each.ifa_addr->sa_family == AF_INET) {
    const auto* const v4 = reinterpret_cast<const sockaddr_in*>(each.ifa_addr);
    const auto* const mask = reinterpret_cast<const sockaddr_in*>(each.ifa_netmask);
    ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    out.prefix = mask != nullptr ? prefix_of(mask->sin_addr) : 32;
  } else if (each.ifa_addr->sa_family == AF_INET6) {
    const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(each.ifa_addr);
    const auto* const mask = reinterpret_cast<const sockaddr_in6*>(each.ifa_netmask);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    out.prefix = mask != nullptr ? prefix_of(mask->sin6_addr) : 128;
  } else {
    return false;
  }
  out.name = each.ifa_name;
  out.address = text;
  return true;
}

/// Names the drivers of the interfaces: a bridge or macvlan is made by software, and no cable's
/// end.
void name_drivers(std::vector<interface_fact>& interfaces) {
  const int link = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (link < 0) return;
  for (interface_fact& each : interfaces) {
    ethtool_drvinfo about{};
    about.cmd = ETHTOOL_GDRVINFO;
    ifreq request{};
    each.name.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&about);
    if (::ioctl(link, SIOCETHTOOL, &request) != 0) continue;
    const std::size_t length = ::strnlen(about.driver, sizeof about.driver);
    each.driver = tools::printable(std::string(about.driver, length), sizeof about.driver);
  }
  ::close(link);
}

/// The interface of the default route in /proc/net/route, whose lines have in hex: interface,
/// destination, gateway, flags, counters and mask. "" when there is none.
std::string v4_default_route(std::string& router) {
  std::ifstream file("/proc/net/route");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string interface, destination, gateway, flags, use1, use2, metric, mask;
    words >> interface >> destination >> gateway >> flags >> use1 >> use2 >> metric >> mask;
    if (destination != "00000000" || mask != "00000000") continue;
    in_addr there{};
    there.s_addr = static_cast<in_addr_t>(std::strtoul(gateway.c_str(), nullptr, 16));
    char text[INET_ADDRSTRLEN] = "";
    if (there.s_addr != 0) router = ::inet_ntop(AF_INET, &there, text, sizeof text);
    return interface;
  }
  return {};
}

std::string v6_default_route() {
  std::ifstream file("/proc/net/ipv6_route");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string destination, length, source, source_length, next, metric, count, use, flags, name;
    words >> destination >> length >> source >> source_length >> next >> metric >> count >> use >>
        flags >> name;
    const bool is_default =
        length == "00" && destination.find_first_not_of('0') == std::string::npos;
    if (is_default && name != "lo") return name;
  }
  return {};
}

}  // namespace

local_facts look_at_this_machine() {
  local_facts local;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) == 0) {
    const std::unique_ptr<ifaddrs, list_deleter> owner(list);
    for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
      interface_fact fact;
      if (take_interface(*each, fact)) local.interfaces.push_back(fact);
    }
  }
  name_drivers(local.interfaces);
  local.v4_route_by = v4_default_route(local.v4_gateway);
  local.v6_route_by = v6_default_route();
  local.has_v4_route = !local.v4_route_by.empty();
  local.has_v6_route = !local.v6_route_by.empty();
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32] = "";
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  local.now = text;
  local.built = written;
  local.is_clock_behind_build = local.now < local.built;
  return local;
}

bool is_own_address(const local_facts& local, const std::string& address) {
  if (is_loopback(address) || is_any_address(address)) return true;
  for (const auto& interface : local.interfaces) {
    if (interface.address == address) return true;
  }
  return false;
}

}  // namespace mqttkit::doctor
