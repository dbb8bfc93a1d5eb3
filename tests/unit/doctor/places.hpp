// Places as files of facts describe them: a server, and clients elsewhere.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mqtt-doctor/together/together.hpp"
#include "unit/doctor/phone.hpp"

namespace mqttkit::doctor::test {

inline constexpr const char* server_address = "93.184.216.5";

/// A client that dials the server; at first it is connected, in its own network.
inline phone client(const std::string& scheme = "mqtt", int port = 1883,
                    const std::string& address = server_address,
                    const std::string& own = "192.168.1.20") {
  phone made(scheme, port, address);
  made.address = address;
  made.all.asked.host = address;
  made.all.name.is_literal = true;
  made.all.name.canonical = address;
  made.all.name.addresses = {address};
  made.all.local.interfaces = {{"wlan0", own, 24}};
  made.all.local.has_v4_route = true;
  made.last().address = address;
  return made;
}

inline phone& stays_silent(phone& who) {
  who.last().connect = {connect_outcome::silent, "ETIMEDOUT", 3000, {}, 2, ""};
  return who;
}

inline phone& is_refused(phone& who) {
  who.last().connect = {connect_outcome::refused, "ECONNREFUSED", 20, {}, 0, ""};
  return who;
}

/// Another port of the server that answers.
inline phone& sees_port(phone& who, int port, const std::string& speaks = "ssh") {
  auto& around = who.at().reachability ? *who.at().reachability : who.at().reachability.emplace();
  port_fact port_found;
  port_found.port = port;
  port_found.connect.outcome = connect_outcome::connected;
  port_found.speaks = fact_word<spoken_protocol>(speaks);
  around.ports.push_back(port_found);
  return who;
}

inline phone& dials(phone& who, const std::string& host, const std::string& address) {
  who.all.asked.host = host;
  who.all.name.is_literal = host == address;
  who.all.name.canonical = who.all.name.is_literal ? address : "";
  who.all.name.addresses = {address};
  who.last().address = address;
  return who;
}

/// mosquitto on its own machine, dialled by the loopback address, and healthy.
inline phone broker_machine(const std::string& scheme = "mqtt", int port = 1883,
                            const std::string& listens = "0.0.0.0") {
  phone made = client(scheme, port, "127.0.0.1", server_address);
  dials(made, "localhost", "127.0.0.1");
  made.all.asked.on_broker = true;
  made.all.local.is_target = true;
  host_facts& host = made.all.host.emplace();
  host.system = "Debian GNU/Linux 12 (bookworm)";
  host.is_root = true;
  host.has_systemd = true;
  host.addresses = {server_address};
  host.listeners.push_back({listens, port, 812, "mosquitto", "mosquitto -c x", "mosquitto", 0});
  process_fact process;
  process.pid = 812;
  process.name = broker_kind::mosquitto;
  process.state = process_state::sleeping;
  host.brokers.push_back(process);
  firewall_fact wall;
  wall.port = port;
  wall.family = ip_family::v4;
  wall.tool = firewall_tool::nobody;
  wall.verdict = firewall_verdict::accept;
  host.firewall.push_back(wall);
  return made;
}

inline phone& without_public_address(phone& server, const std::string& own = "10.0.0.5") {
  server.all.host->addresses = {own};
  server.all.local.interfaces = {{"eth0", own, 24}};
  return server;
}

inline phone& firewall_says(phone& server, const std::string& verdict, const std::string& rule,
                            const std::string& icmp = "") {
  firewall_fact& wall = server.all.host->firewall[0];
  wall.verdict = wall.refusal = fact_word<firewall_verdict>(verdict);
  wall.tool = firewall_tool::ufw;
  wall.rule = rule;
  wall.icmp = fact_word<icmp_refusal>(icmp);
  wall.chain = "filter INPUT";
  return server;
}

inline phone healthy_server() {
  phone made = broker_machine();
  made.accepts();
  return made;
}

inline phone silent_laptop(const std::string& address = server_address) {
  phone made = client("mqtt", 1883, address);
  stays_silent(made);
  sees_port(made, 22);
  made.all.local.is_outgoing_read = true;
  return made;
}

inline phone refused_laptop(const std::string& address = server_address) {
  phone made = client("mqtt", 1883, address);
  is_refused(made);
  return made;
}

inline phone& shows(phone& who, const std::string& fingerprint, const std::string& issuer) {
  who.secured(issuer, "broker.example");
  who.last().tls->chain[0].subject = "CN=broker.example";
  who.last().tls->chain[0].dns_names = {"broker.example"};
  who.last().tls->chain[0].fingerprint = fingerprint;
  return who;
}

inline phone tls_laptop(const std::string& fingerprint, const std::string& issuer) {
  phone made = client("mqtts", 8883);
  dials(made, "broker.example", server_address);
  shows(made, fingerprint, issuer);
  return made;
}

inline phone tls_server(const std::string& fingerprint, const std::string& issuer) {
  phone made = broker_machine("mqtts", 8883);
  shows(made, fingerprint, issuer).accepts();
  return made;
}

/// The diagnosis of all files together; names in the order of the command line.
class places {
 public:
  places& of(const std::string& name, const phone& who) {
    all.emplace_back(name, who.all);
    return *this;
  }
  diagnosis found() const { return diagnose_together(all); }
  std::string first() const {
    const diagnosis made = found();
    return made.causes.empty() ? "healthy" : made.causes.front().id;
  }
  certainty sureness() const { return found().causes.front().how_sure; }
  bool names(const std::string& id) const { return is_in(found().causes, id); }
  bool warns(const std::string& id) const { return is_in(found().warnings, id); }
  bool excludes(const std::string& id) const {
    const diagnosis made = found();
    return std::any_of(made.excluded.begin(), made.excluded.end(),
                       [&](const auto& each) { return each.id == id; });
  }
  /// Whether the first cause has evidence of that place with this text.
  bool says(const std::string& name, const std::string& part) const {
    const diagnosis made = found();
    const auto& evidence = made.causes.front().evidence;
    return std::any_of(evidence.begin(), evidence.end(), [&](const sentence& line) {
      return line.seen_by == name && in_english(line).find(part) != std::string::npos;
    });
  }

  std::vector<vantage> all;

 private:
  static bool is_in(const std::vector<finding>& in, const std::string& id) {
    return std::any_of(in.begin(), in.end(), [&](const auto& each) { return each.id == id; });
  }
};

}  // namespace mqttkit::doctor::test
