#include "mqtt-doctor/probes/examine.hpp"

#include <time.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/certificate_name.hpp"
#include "mqtt-doctor/probes/delivery/delivery.hpp"
#include "mqtt-doctor/probes/endpoint/endpoint.hpp"
#include "mqtt-doctor/probes/gateway/gateway.hpp"
#include "mqtt-doctor/probes/host/host.hpp"
#include "mqtt-doctor/probes/host/kernel.hpp"
#include "mqtt-doctor/probes/host/routes.hpp"
#include "mqtt-doctor/probes/network/network_probes.hpp"
#include "mqtt-doctor/probes/parallel.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using probe::clock;

constexpr auto name_limit = 2500ms;
constexpr auto port_limit = 1000ms;
constexpr auto last_step = 500ms;
constexpr auto for_the_report = 50ms;
constexpr auto way_limit = 300ms;

scheme scheme_for(const asked_facts& asked, int port) {
  if (asked.scheme.value() != scheme::none) return asked.scheme.value();
  const scheme usual = usual_scheme(port);
  return usual != scheme::none ? usual : scheme::mqtt;
}

class examiner {
 public:
  explicit examiner(const examination& about) : about_(about), to_(about.to) {
    facts_.asked = about.asked;
    // --offline waits for as long as its messages need; the timeout limits everything else.
    if (!about.offline) to_.last = begin_ + about.timeout - for_the_report;
  }

  facts run() {
    facts_.local = look_at_this_machine();
    const auto counters = read_counters(machine_files(""));
    facts_.started = facts_.local.now;
    facts_.local.proxies = look_at_set_proxies(about_.asked.host);
    facts_.name = look_up_name(about_.asked.host, std::min(about_.timeout, {name_limit}),
                               about_.asked.family.value());
    if (!about_.asked.resolver.empty() && !facts_.name.is_literal)
      facts_.name.elsewhere = ask_name_server(about_.asked.resolver, about_.asked.host,
                                              std::min(about_.timeout, {name_limit}));
    if (!about_.addresses.empty()) {
      facts_.name.addresses = about_.addresses;
      facts_.name.lookup = lookup_outcome::ok;
    }
    for (const auto& address : facts_.name.addresses) {
      if (is_own_address(facts_.local, address)) facts_.local.is_target = true;
    }
    std::vector<std::function<void()>> tasks{[this] { look_at_endpoints(); }};
    // A gateway's own rules are not examined, only the broker's and what stops TCP.
    const bool is_gateway = is_of_gateway(about_.asked.scheme.value());
    const bool wants_host = !is_gateway && (facts_.local.is_target || about_.looks_at_host);
    if (wants_host && !about_.host_after_failure) tasks.push_back([this] { look_at_host(); });
    side_by_side(tasks);
    if (wants_host && about_.host_after_failure && !is_let_in()) look_at_host();
    facts_.local.counted = counted_since(counters);
    look_at_own_firewall();
    look_for_a_way_out();
    look_inside();
    // The probes' connections have left lines in the log.
    if (facts_.host) look_again(about_host(), *facts_.host);
    take_server_clock();
    facts_.ms = probe::elapsed_ms(begin_);
    return std::move(facts_);
  }

 private:
  bool is_let_in() const {
    for (const endpoint_facts& endpoint : facts_.endpoints) {
      for (const contact& made : endpoint.contacts) {
        if (made.mqtt && made.mqtt->is_accepted()) return true;
      }
    }
    return false;
  }

  void look_at_endpoints() {
    if (facts_.name.addresses.empty()) return;
    if (about_.asked.port != 0) {
      facts_.endpoints.push_back(endpoint_at(about_.asked.port, true, facts_));
      if (is_guessed_wrong(facts_.endpoints.back()))
        facts_.endpoints.back() = endpoint_at(about_.asked.port, true, facts_, true);
      return;
    }
    std::vector<int> ports = mqtt_ports();
    ports.insert(ports.end(), mistaken_ports().begin(), mistaken_ports().end());
    ports.insert(ports.end(), common_ports().begin(), common_ports().end());
    for (const known_listener& listener : about_.listeners) {
      if (std::find(ports.begin(), ports.end(), listener.port) == ports.end())
        ports.push_back(listener.port);
    }
    facts_.ports = look_at_ports(to_, facts_.name.addresses[0], ports, port_limit);
    std::vector<int> open;
    for (const known_listener& listener : about_.listeners) {
      const auto found =
          std::find_if(facts_.ports.begin(), facts_.ports.end(),
                       [&](const port_fact& port) { return port.port == listener.port; });
      const bool is_open = found != facts_.ports.end() && found->connect.is_connected();
      if (open.empty() || is_open) open.push_back(listener.port);
    }
    for (const auto& port : facts_.ports) {
      if (std::find(open.begin(), open.end(), port.port) != open.end()) continue;
      const bool is_mqtt =
          std::find(mqtt_ports().begin(), mqtt_ports().end(), port.port) != mqtt_ports().end();
      // A web server on port 443 without MQTT is no endpoint.
      const bool is_web = port.port == 443 && port.speaks != spoken_protocol::wss &&
                          port.speaks != spoken_protocol::mqtts;
      if (is_mqtt && !is_web && port.connect.is_connected()) open.push_back(port.port);
    }
    if (open.empty()) open.push_back(mqtt_ports()[0]);
    facts_.endpoints.resize(open.size());
    std::vector<std::function<void()>> tasks;
    for (std::size_t i = 0; i < open.size(); ++i) {
      // The password goes to one port only, because brokers count failed logins.
      tasks.push_back(
          [this, i, port = open[i]] { facts_.endpoints[i] = endpoint_at(port, i == 0, facts_); });
    }
    side_by_side(tasks);
  }

  /// Whether WebSocket was tried because of the port alone, which others use as well, and MQTT
  /// without it is what answers there.
  bool is_guessed_wrong(const endpoint_facts& at) const {
    if (about_.asked.scheme.value() != scheme::none || expected_scheme(at.port) != scheme::none)
      return false;
    const contact* const client = at.find(contact_purpose::client);
    const contact* const plain = at.find(contact_purpose::plain);
    return client != nullptr && client->websocket && client->websocket->status == 0 &&
           plain != nullptr && plain->mqtt && plain->mqtt->answer == mqtt_answer::connack;
  }

  endpoint_facts endpoint_at(int port, bool with_credentials, const facts& known,
                             bool without_websocket = false) {
    endpoint_request request;
    request.scheme = scheme_for(about_.asked, port);
    if (without_websocket) request.scheme = scheme_with(has_tls(request.scheme), false);
    for (const known_listener& listener : about_.listeners) {
      if (listener.port == port) request.scheme = listener.by;
    }
    request.port = port;
    request.path = about_.path;
    request.with_credentials = with_credentials;
    request.publishes_on_topic = about_.publishes_on_topic;
    if (with_credentials) request.exchange_connections = about_.exchange_connections;
    if (with_credentials) request.repeats = about_.repeats;
    request.messages = about_.messages;
    request.burst = about_.burst;
    request.listens = about_.listens;
    request.via = about_.via;
    if (with_credentials) request.offline = about_.offline;
    if (with_credentials) request.kinds = about_.kinds;
    request.idle = about_.idle;
    // The step in progress at the end takes a little longer.
    request.until = begin_ + std::max(about_.timeout - last_step, about_.timeout / 2);
    return is_of_gateway(request.scheme) ? examine_gateway(to_, request, known)
                                         : examine_endpoint(to_, request, known);
  }

  /// Examines a broker at loopback: it answers there as it will to others, once it is open.
  void look_inside() {
    if (!facts_.host || !facts_.local.is_target || facts_.endpoints.size() != 1) return;
    const endpoint_facts& at = facts_.endpoints[0];
    const contact* const client = at.find(contact_purpose::client);
    if (client == nullptr || client->connect.outcome != connect_outcome::refused) return;
    const auto& all = facts_.host->listeners;
    const auto found = std::find_if(all.begin(), all.end(), [&](const listener_fact& listener) {
      return listener.port == at.port && class_of(listener.address) == address_class::loopback;
    });
    if (found == all.end()) return;
    facts known;
    known.asked = facts_.asked;
    known.local = facts_.local;
    known.name = facts_.name;
    known.name.addresses = {found->address};
    facts_.inside = endpoint_at(at.port, true, known);
  }

  /// Without this firewall's rules, packets it stopped cannot be told from lost ones.
  void look_at_own_firewall() {
    if (facts_.local.is_target) return;
    for (const auto& endpoint : facts_.endpoints) {
      const contact* const client = endpoint.find(contact_purpose::client);
      if (client == nullptr || (client->mqtt && client->mqtt->answer == mqtt_answer::connack))
        continue;
      if (!client->connect.is_connected()) look_at_own_routes(*client);
      outgoing_look look = look_at_outgoing(client->address, client->port);
      if (look.diverted && !facts_.local.diverted) facts_.local.diverted = std::move(look.diverted);
      // What took the connection and said nothing may be a proxy of this machine.
      if (client->connect.is_connected()) continue;
      facts_.local.outgoing = std::move(look.refusal);
      facts_.local.is_outgoing_read = look.is_read;
      way_from_here way = look_at_way(client->address, way_limit);
      facts_.local.way_by = std::move(way.by);
      facts_.local.way_via = std::move(way.via);
      facts_.local.lost_neighbours = std::move(way.lost_neighbours);
      return;
    }
  }

  /// A connection that this machine itself refused at once: a route or rule of it may say so.
  void look_at_own_routes(const contact& client) {
    constexpr double at_once_ms = 50;
    const connect_fact& connect = client.connect;
    const bool is_refused_here = connect.outcome == connect_outcome::forbidden ||
                                 connect.outcome == connect_outcome::invalid ||
                                 connect.outcome == connect_outcome::host_unreachable;
    if (!is_refused_here || connect.ms > at_once_ms) return;
    if (connect.icmp && !connect.icmp->from_self) return;
    facts_.local.refusing_route = look_for_refusing_route(client.address);
  }

  /// A network that lets nothing out but by its proxy: whether that one passes the port on.
  void look_for_a_way_out() {
    const bool is_asked = !facts_.local.proxies.empty() && !facts_.local.is_target &&
                          !is_of_gateway(about_.asked.scheme.value());
    if (!is_asked || is_let_in()) return;
    const int port = facts_.endpoints.empty() ? about_.asked.port : facts_.endpoints[0].port;
    if (port != 0) ask_set_proxies(facts_.local.proxies, about_.asked.host, port, port_limit);
  }

  void look_at_host() { facts_.host = doctor::look_at_host(about_host()); }

  host_request about_host() const {
    host_request request;
    request.ports = about_.asked.port != 0 ? std::vector<int>{about_.asked.port} : mqtt_ports();
    request.ports.insert(request.ports.end(), about_.firewall_ports.begin(),
                         about_.firewall_ports.end());
    for (const known_listener& listener : about_.listeners) request.ports.push_back(listener.port);
    request.user = about_.asked.user_name;
    request.password = to_.who.password.value_or("");
    request.topic = about_.asked.topic;
    request.client_id = about_.asked.client_id;
    if (const std::string& subject = about_.asked.certificate_subject; !subject.empty())
      request.names_of_certificate = {subject, common_name_in(subject)};
    return request;
  }

  /// The Date of an HTTP answer shows whether this machine's clock is right.
  void take_server_clock() {
    for (const auto& endpoint : facts_.endpoints) {
      for (const auto& contact : endpoint.contacts) {
        if (!contact.websocket) continue;
        const auto date = contact.websocket->headers.find("date");
        if (date == contact.websocket->headers.end()) continue;
        facts_.local.http_date = date->second;
        std::tm there{};
        if (::strptime(date->second.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &there) == nullptr)
          continue;
        facts_.local.clock_error_s = std::difftime(std::time(nullptr), ::timegm(&there));
      }
    }
  }

  const examination& about_;
  const clock::time_point begin_ = clock::now();
  facts facts_;
  target to_;
};

}  // namespace

facts examine(const examination& about) { return examiner(about).run(); }

}  // namespace mqttkit::doctor
