#include "mqtt-doctor/causes/support.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

namespace mqttkit::doctor {
namespace {

struct v4_network {
  std::uint32_t network;
  int prefix;
};

std::optional<std::uint32_t> v4_of(const std::string& address) {
  in_addr raw{};
  if (::inet_pton(AF_INET, address.c_str(), &raw) != 1) return std::nullopt;
  return ntohl(raw.s_addr);
}

std::optional<std::array<unsigned char, 16>> v6_of(const std::string& address) {
  std::array<unsigned char, 16> raw{};
  const std::string bare = address.substr(0, address.find('%'));
  if (::inet_pton(AF_INET6, bare.c_str(), raw.data()) != 1) return std::nullopt;
  return raw;
}

constexpr bool is_in(std::uint32_t address, v4_network network) {
  const int shift = 32 - network.prefix;
  return shift == 32 || address >> shift == network.network >> shift;
}

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// https://www.cloudflare.com/ips/: the networks its customers' proxied names point to.
constexpr std::array<v4_network, 15> cloudflare{{
    {v4(173, 245, 48, 0), 20}, {v4(103, 21, 244, 0), 22}, {v4(103, 22, 200, 0), 22},
    {v4(103, 31, 4, 0), 22},   {v4(141, 101, 64, 0), 18}, {v4(108, 162, 192, 0), 18},
    {v4(190, 93, 240, 0), 20}, {v4(188, 114, 96, 0), 20}, {v4(197, 234, 240, 0), 22},
    {v4(198, 41, 128, 0), 17}, {v4(162, 158, 0, 0), 15},  {v4(104, 16, 0, 0), 13},
    {v4(104, 24, 0, 0), 14},   {v4(172, 64, 0, 0), 13},   {v4(131, 0, 72, 0), 22},
}};

address_class class_of_v4(std::uint32_t a) {
  if (a == 0) return address_class::unspecified;
  if (is_in(a, {v4(127, 0, 0, 0), 8})) return address_class::loopback;
  if (is_in(a, {v4(10, 0, 0, 0), 8}) || is_in(a, {v4(172, 16, 0, 0), 12}) ||
      is_in(a, {v4(192, 168, 0, 0), 16})) {
    return address_class::private_use;
  }
  if (is_in(a, {v4(100, 64, 0, 0), 10})) return address_class::shared;
  if (is_in(a, {v4(169, 254, 0, 0), 16})) return address_class::link_local;
  if (is_in(a, {v4(192, 0, 2, 0), 24}) || is_in(a, {v4(198, 51, 100, 0), 24}) ||
      is_in(a, {v4(203, 0, 113, 0), 24})) {
    return address_class::documentation;
  }
  if (is_in(a, {v4(224, 0, 0, 0), 4})) return address_class::multicast;
  if (is_in(a, {v4(240, 0, 0, 0), 4}) || is_in(a, {0, 8})) return address_class::reserved;
  return address_class::global;
}

address_class class_of_v6(const std::array<unsigned char, 16>& a) {
  const bool starts_with_zeros =
      std::all_of(a.begin(), a.begin() + 15, [](unsigned char byte) { return byte == 0; });
  if (starts_with_zeros && a[15] == 0) return address_class::unspecified;
  if (starts_with_zeros && a[15] == 1) return address_class::loopback;
  if ((a[0] & 0xFE) == 0xFC) return address_class::private_use;
  if (a[0] == 0xFE && (a[1] & 0xC0) == 0x80) return address_class::link_local;
  if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0D && a[3] == 0xB8) {
    return address_class::documentation;
  }
  if (a[0] == 0xFF) return address_class::multicast;
  return address_class::global;
}

bool has_same_prefix(const std::array<unsigned char, 16>& a, const std::array<unsigned char, 16>& b,
                     int prefix) {
  for (int bit = 0; bit < prefix; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    if (((a[byte] ^ b[byte]) & (0x80 >> bit % 8)) != 0) return false;
  }
  return true;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

std::string time_text(double ms) {
  char text[32] = "";
  if (ms >= 1000) {
    std::snprintf(text, sizeof text, "%.1f s", ms / 1000);
  } else if (ms >= 10) {
    std::snprintf(text, sizeof text, "%.0f ms", ms);
  } else {
    std::snprintf(text, sizeof text, "%.1f ms", ms);
  }
  return text;
}

std::string list_text(const std::vector<std::string>& items, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < items.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + items[i];
  if (items.size() > most) text += ", ... (" + std::to_string(items.size()) + ")";
  return text;
}

std::string dialled(const view& seen) {
  const contact* const client = seen.client();
  const std::string address = client != nullptr ? client->address : seen.host();
  const bool is_v6 = contains(address, ":");
  return (is_v6 ? "[" + address + "]" : address) + ":" + seen.port();
}

bool is_connected(const view& seen) {
  return seen.client() != nullptr && seen.client()->connect.is_connected();
}

bool connect_was(const view& seen, std::string_view outcome) {
  return seen.client() != nullptr && seen.client()->connect.outcome == outcome;
}

std::vector<int> open_ports(const view& seen) {
  std::vector<int> open;
  if (!seen.at.surroundings) return open;
  for (const auto& one : seen.at.surroundings->ports) {
    if (one.port != seen.at.port && one.connect.is_connected()) open.push_back(one.port);
  }
  return open;
}

int port_that_speaks(const view& seen, std::string_view what) {
  if (!seen.at.surroundings) return 0;
  for (const auto& one : seen.at.surroundings->ports) {
    if (one.port != seen.at.port && one.speaks == what) return one.port;
  }
  return 0;
}

bool was_ended_by_peer(const contact& one) { return one.end == "closed" || one.end == "reset"; }

bool was_hung_up_on_silence(const contact& one) {
  return one.connect.is_connected() && !one.sent_first && was_ended_by_peer(one);
}

const contact* with_connack(const view& seen, const std::string& purpose) {
  for (const auto& one : seen.at.contacts) {
    if (one.purpose == purpose && one.mqtt && one.mqtt->answer == "connack") return &one;
  }
  return nullptr;
}

const contact* accepted(const view& seen) {
  for (const char* purpose : {"client", "version"}) {
    for (const auto& one : seen.at.contacts) {
      if (one.purpose == purpose && one.mqtt && one.mqtt->is_accepted()) return &one;
    }
  }
  return nullptr;
}

std::string broker_of(const view& seen) {
  const std::string& host = seen.asked().host;
  if (contains(host, ".iot.") && contains(host, "amazonaws.com")) return "aws-iot";
  if (contains(host, ".azure-devices.")) return "azure-iot";
  if (host.ends_with(".hivemq.cloud")) return "hivemq-cloud";
  if (contains(host, ".emqxsl.") || contains(host, ".emqx.cloud")) return "emqx-cloud";
  if (contains(host, ".aliyuncs.com")) return "aliyun-iot";
  if (contains(host, "tencentdevices.com") || contains(host, "tencentcloudapi")) return "tencent-iot";
  if (contains(host, "myhuaweicloud.com")) return "huawei-iot";
  if (seen.all.host) {
    for (const auto& one : seen.all.host->listeners) {
      if (one.port != seen.at.port || one.process.empty()) continue;
      if (contains(one.process, "mosquitto")) return "mosquitto";
      if (contains(one.command, "rabbit")) return "rabbitmq";
      if (contains(one.command, "emqx")) return "emqx";
      if (contains(one.command, "activemq")) return "activemq";
    }
    if (seen.all.host->configurations.size() == 1) return seen.all.host->configurations[0].broker;
  }
  if (seen.at.surroundings) {
    for (const auto& one : seen.at.surroundings->ports) {
      if (contains(one.product, "RabbitMQ") || one.speaks == "amqp") return "rabbitmq";
      if (contains(one.product, "EMQX")) return "emqx";
      if (contains(one.product, "ActiveMQ") || one.speaks == "openwire") return "activemq";
    }
  }
  for (const auto& one : seen.at.contacts) {
    if (!one.websocket) continue;
    const auto server = one.websocket->headers.find("server");
    if (server != one.websocket->headers.end() && contains(server->second, "Cowboy")) {
      return contains(one.websocket->path, "ws") ? "rabbitmq" : "";
    }
  }
  return {};
}

std::string usual_scheme_of(int port) {
  switch (port) {
    case 1883:
      return "mqtt";
    case 8883:
      return "mqtts";
    case 8083:
    case 9001:
    case 15675:
      return "ws";
    case 8084:
    case 443:
      return "wss";
    default:
      return {};
  }
}

address_class class_of(const std::string& address) {
  if (const auto four = v4_of(address)) return class_of_v4(*four);
  if (const auto six = v6_of(address)) return class_of_v6(*six);
  return address_class::global;
}

bool is_on_link(const local_facts& local, const std::string& address) {
  for (const auto& one : local.interfaces) {
    if (one.name == "lo") continue;
    const auto theirs = v4_of(address), ours = v4_of(one.address);
    if (theirs && ours && is_in(*theirs, {*ours, one.prefix})) return true;
    const auto theirs6 = v6_of(address), ours6 = v6_of(one.address);
    if (theirs6 && ours6 && has_same_prefix(*theirs6, *ours6, one.prefix)) return true;
  }
  return false;
}

bool is_container_range(const std::string& address) {
  const auto four = v4_of(address);
  return four && *four >= v4(172, 17, 0, 0) && *four <= v4(172, 31, 255, 255);
}

std::string proxy_network_of(const std::string& address) {
  const auto four = v4_of(address);
  if (four) {
    for (const auto& network : cloudflare) {
      if (is_in(*four, network)) return "Cloudflare";
    }
  }
  const auto six = v6_of(address);
  if (six && (*six)[0] == 0x26 && (*six)[1] == 0x06 && (*six)[2] == 0x47 && (*six)[3] == 0x00) {
    return "Cloudflare";
  }
  return {};
}

}  // namespace mqttkit::doctor
