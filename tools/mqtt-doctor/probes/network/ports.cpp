#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "mqtt-doctor/probes/link_facts.hpp"
#include "mqtt-doctor/probes/network/http_facts.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqtt-doctor/probes/parallel.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

constexpr int most_hops = 16;
constexpr int icmp_time_exceeded = 11, icmpv6_time_exceeded = 3;

struct product_row {
  std::string_view sign;  ///< part of a page's title, or of the header Server
  std::string_view name;
};
constexpr std::array<product_row, 28> products{{
    {"FRITZ!Box", "router: FRITZ!Box"},
    {"LuCI", "router: OpenWrt"},
    {"OpenWrt", "router: OpenWrt"},
    {"RouterOS", "router: MikroTik"},
    {"pfSense", "router: pfSense"},
    {"OPNsense", "router: OPNsense"},
    {"Speedport", "router: Speedport"},
    {"Livebox", "router: Livebox"},
    {"NETGEAR", "router: Netgear"},
    {"ASUS Wireless Router", "router: ASUS"},
    {"TL-W", "router: TP-Link"},
    {"TP-LINK", "router: TP-Link"},
    {"Archer", "router: TP-Link"},
    {"D-LINK", "router: D-Link"},
    {"Vigor", "router: DrayTek"},
    {"Keenetic", "router: Keenetic"},
    {"UniFi", "router: UniFi"},
    {"EchoLife", "router: Huawei"},
    {"GPON", "router: of the provider (GPON)"},
    {"RabbitMQ", "RabbitMQ management"},
    {"EMQ", "EMQX dashboard"},
    {"ActiveMQ", "ActiveMQ console"},
    {"Apollo", "ActiveMQ Apollo console"},
    {"HiveMQ", "HiveMQ control center"},
    {"VerneMQ", "VerneMQ status"},
    {"Cowboy", "a web page of an Erlang server (EMQX, RabbitMQ, VerneMQ)"},
    {"Jetty", "a web page of a Java server (ActiveMQ, HiveMQ)"},
    {"nginx", "nginx"},
}};

std::string product_of(const contact& reached) {
  if (!reached.websocket) return {};
  std::string signs = reached.websocket->body;
  for (const auto& [name, value] : reached.websocket->headers) signs += ' ' + value;
  for (const auto& row : products) {
    if (signs.find(row.sign) != std::string::npos) return std::string(row.name);
  }
  return {};
}

/// Whether web servers and brokers' consoles usually have this port.
bool is_web_port(int port) {
  constexpr std::array<int, 6> ports{80, 8080, 8161, 18083, 15672, 61680};
  return std::find(ports.begin(), ports.end(), port) != ports.end();
}

/// The connection that finds out what a port speaks, without credentials.
contact_request way_to(int port) {
  const scheme usual = usual_scheme(port);
  contact_request how;
  how.purpose = contact_purpose::port;
  how.with_credentials = false;
  how.version = protocol_version::v3_1_1;  // every broker understands it
  how.tls = has_tls(usual);
  how.websocket = has_websocket(usual);
  // A server of AMQP waits for eight bytes, and answers those of another protocol with its own.
  constexpr int amqp_port = 5672;
  if (usual == scheme::none && port != amqp_port) {
    how.first =
        is_web_port(port) ? contact_request::opening::http_get : contact_request::opening::silence;
  }
  return how;
}

port_fact look_at_port(const target& to, const std::string& address, int port,
                       std::chrono::milliseconds limit, contact_request how) {
  how.address = address;
  how.port = port;
  how.connect_limit = limit;
  how.answer_limit = limit;
  const contact reached = make_contact(to, how);
  port_fact fact;
  fact.port = port;
  fact.connect = reached.connect;
  fact.speaks = reached.speaks;
  fact.text = reached.text;
  fact.sent_bytes = reached.sent_bytes;
  fact.received_bytes = reached.received_bytes;
  fact.product = product_of(reached);
  if (reached.connect.is_connected() && reached.speaks.empty())
    fact.speaks = spoken_protocol::quiet;
  if (reached.tls && reached.tls->saw_server_hello && fact.speaks == spoken_protocol::quiet)
    fact.speaks = spoken_protocol::tls;
  if (reached.websocket && reached.websocket->is_done) {
    fact.speaks = how.tls ? spoken_protocol::wss : spoken_protocol::websocket;
  } else if (reached.mqtt && reached.mqtt->answer == mqtt_answer::connack) {
    fact.speaks = how.tls ? spoken_protocol::mqtts : spoken_protocol::mqtt;
  }
  return fact;
}

}  // namespace

const std::vector<int>& mqtt_ports() {
  static const std::vector<int> ports{1883, 8883, 8083, 8084, 9001, 443, 15675};
  return ports;
}

const std::vector<int>& mistaken_ports() {
  static const std::vector<int> ports{18083, 15672, 61680, 61613, 61616, 8161, 5672};
  return ports;
}

const std::vector<int>& common_ports() {
  static const std::vector<int> ports{22, 80};
  return ports;
}

std::vector<port_fact> look_at_ports(const target& to, const std::string& address,
                                     const std::vector<int>& ports,
                                     std::chrono::milliseconds limit) {
  std::vector<port_fact> found(ports.size());
  std::vector<std::function<void()>> tasks;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    tasks.push_back(
        [&, i] { found[i] = look_at_port(to, address, ports[i], limit, way_to(ports[i])); });
  }
  side_by_side(tasks);
  return found;
}

std::vector<port_fact> look_for_websocket_at(const target& to, const std::string& address,
                                             int known, bool has_tls,
                                             std::chrono::milliseconds limit) {
  // Of mosquitto (9001, and 1884 or 8884 in Home Assistant), EMQX (8083, 8084), RabbitMQ (15675,
  // 15676), HiveMQ (8000), and test.mosquitto.org (8080, 8081).
  static constexpr std::array<int, 5> plain_ports{9001, 8083, 1884, 8080, 15675};
  static constexpr std::array<int, 5> secure_ports{8084, 8884, 9001, 443, 15676};
  std::vector<port_fact> found;
  for (const int port : has_tls ? secure_ports : plain_ports) {
    if (port == known) continue;
    found.emplace_back().port = port;
  }
  std::vector<std::function<void()>> tasks;
  for (port_fact& each : found) {
    tasks.push_back([&] {
      contact_request how;
      how.purpose = contact_purpose::port;
      how.with_credentials = false;
      how.version = protocol_version::v3_1_1;
      how.tls = has_tls;
      how.websocket = true;
      each = look_at_port(to, address, each.port, limit, how);
    });
  }
  side_by_side(tasks);
  return found;
}

std::vector<hop_fact> trace(const target& to, const std::string& address, int port,
                            std::chrono::milliseconds limit) {
  std::vector<hop_fact> hops(most_hops);
  std::vector<std::function<void()>> tasks;
  for (int ttl = 1; ttl <= most_hops; ++ttl) {
    tasks.push_back([&, ttl] {
      probe::connect_request request;
      request.address = address;
      request.port = static_cast<std::uint16_t>(port);
      request.limit = limit;
      request.time_to_live = ttl;
      request.bind_address = to.bind_address;
      probe::connect_report report;
      const probe::link attempt(request, report);
      hop_fact& hop = hops[static_cast<std::size_t>(ttl - 1)];
      hop.ttl = ttl;
      hop.ms = report.took_ms;
      const bool is_hop =
          report.icmp &&
          report.icmp->type == (report.icmp->is_v6 ? icmpv6_time_exceeded : icmp_time_exceeded);
      if (is_hop) hop.from = report.icmp->from;
      if (report.is_connected()) hop.from = address;
    });
  }
  side_by_side(tasks);
  // Hops behind the last answer tell nothing.
  while (!hops.empty() && hops.back().from.empty()) hops.pop_back();
  return hops;
}

bool is_first_hop(const target& to, const std::string& address, std::chrono::milliseconds limit) {
  constexpr std::uint16_t discard_port = 9;  // closed nearly everywhere, and a refusal suffices
  probe::connect_request request;
  request.address = address;
  request.port = discard_port;
  request.limit = limit;
  request.time_to_live = 1;
  request.bind_address = to.bind_address;
  probe::connect_report report;
  const probe::link attempt(request, report);
  return report.is_connected() || (report.error == ECONNREFUSED && !report.icmp);
}

void look_at_test_net(int port, bool is_v6, reachability_fact& out,
                      std::chrono::milliseconds limit) {
  target nowhere;
  nowhere.host = is_v6 ? "2001:db8::1" : "192.0.2.1";  // RFC 3849, RFC 5737
  contact_request how;
  how.purpose = contact_purpose::test_net;
  how.address = nowhere.host;
  how.port = port;
  how.connect_limit = limit;
  how.answer_limit = limit;
  how.version = protocol_version::v3_1_1;
  how.with_credentials = false;
  const contact reached = make_contact(nowhere, how);
  out.test_net = reached.connect.outcome;
  out.test_net_ms = reached.connect.ms;
  out.test_net_speaks = reached.speaks;
}

}  // namespace mqttkit::doctor
