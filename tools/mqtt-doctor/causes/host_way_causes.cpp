// The broker's machine between broker and world: its routes, forwarding rules, proxies and disks.
// on elsewhere, the proxies before it, the disks below it.
#include <algorithm>

#include "common/number.hpp"
#include "mqtt-doctor/causes/connack_view.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/forward_target.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

std::string place_of(const proxy_fact& proxy) {
  const int line = proxy.said_line > 0 ? proxy.said_line : proxy.line;
  return proxy.file + (line > 0 ? ":" + std::to_string(line) : std::string());
}

/// The socket on this machine that the proxy leads to; null when nothing listens there.
const listener_fact* behind(const proxy_fact& proxy, const host_facts& host) {
  const std::size_t colon = proxy.target.rfind(':');
  const std::string port = proxy.target.substr(colon == std::string::npos ? 0 : colon + 1);
  for (const auto& listener : host.listeners) {
    if (std::to_string(listener.port) == port) return &listener;
  }
  return nullptr;
}

made_finding about(const proxy_fact& proxy, const char* id, certainty how, strength weight,
                   sentence text) {
  made_finding made(id, how, weight, std::move(text));
  made.seen(words(N_("{place} says: {text}"), {{"place", place_of(proxy)}, {"text", proxy.said}}));
  return made;
}

maybe_finding begins_tls(const view& known, const host_view& at, const proxy_fact& proxy) {
  const places values{{"port", known.port()}, {"target", proxy.target}, {"proxy", proxy.program}};
  made_finding made =
      about(proxy, "proxy-wrong-mode", certainty::certain, strength::proven,
            words(N_("On port {port} {proxy} works the wrong way round: it takes plain connections "
                     "and begins TLS towards the broker at {target}."),
                  values));
  made.seen(words(N_("Who speaks TLS to it is cut off, for the broker speaks none.")));
  if (proxy.program == proxy_program::stunnel && proxy.said_line > 0 && !proxy.has_certificate) {
    // stunnel as a server does not start without a certificate: FILE must be filled in.
    return made.fill_in(
        words(N_("Let it be a server, with the certificate it is to show (FILE, with its key); the "
                 "old file is kept as {file}.bak:"),
              {{"file", proxy.file}}),
        "sudo sed -i.bak '" + std::to_string(proxy.said_line) +
            "s:.*:client = no\\ncert = FILE:' " + shell_word(proxy.file) + " && " +
            restart_of(proxy, at.host));
  }
  if (proxy.program == proxy_program::stunnel && proxy.said_line > 0) {
    return made.mend(words(N_("Let it be a server; the old file is kept as {file}.bak:"),
                           {{"file", proxy.file}}),
                     "sudo sed -i.bak '" + std::to_string(proxy.said_line) + "s/.*/client = no/' " +
                         shell_word(proxy.file) + " && " + restart_of(proxy, at.host));
  }
  return made
      .mend(words(N_("Let the listening side end TLS and the side of the broker do without (in "
                     "haproxy: ssl and crt in the bind line, none in the server line).")))
      .then(words(N_("Then:")), restart_of(proxy, at.host));
}

maybe_finding speaks_http(const view& known, const host_view& at, const proxy_fact& proxy) {
  const places values{{"port", known.port()}, {"proxy", proxy.program}, {"target", proxy.target}};
  made_finding made = about(proxy, "proxy-wrong-mode", certainty::certain, strength::proven,
                            words(N_("On port {port} {proxy} speaks HTTP; MQTT without WebSocket "
                                     "cannot pass there."),
                                  values));
  if (proxy.program == proxy_program::nginx) {
    return made
        .mend(words(N_("Move that server out of http { } into a block stream { } with listen and "
                       "proxy_pass HOST:PORT (no http:// there).")))
        .then(words(N_("Then:")),
              "sudo nginx -t -c " + shell_word(proxy.file) + " && " + restart_of(proxy, at.host));
  }
  return made
      .mend(words(N_("Write \"mode tcp\" into the section with that bind line and into its "
                     "backend; other sections may stay with http.")))
      .then(words(N_("Then:")),
            "sudo haproxy -c -f " + shell_word(proxy.file) + " && " + restart_of(proxy, at.host));
}

maybe_finding sends_header(const view& known, const host_view& at, const proxy_fact& proxy) {
  const listener_fact* const broker = behind(proxy, at.host);
  const bool is_mosquitto = broker != nullptr && broker->program() == listening_program::mosquitto;
  const places values{{"port", known.port()}, {"proxy", proxy.program}, {"target", proxy.target}};
  made_finding made =
      about(proxy, "proxy-protocol-unexpected",
            is_mosquitto ? certainty::certain : certainty::likely, strength::proven,
            words(N_("{proxy} puts a PROXY header before each connection to {target}, and the "
                     "broker there takes it for a broken CONNECT."),
                  values));
  if (broker != nullptr)
    made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*broker)}}));
  made.seen(words(N_("Each connection is closed without an answer.")));
  if (proxy.program == proxy_program::haproxy) {
    made.mend(words(N_("Take send-proxy out of that server line; the old file is kept as "
                       "{file}.bak:"),
                    {{"file", proxy.file}}),
              "sudo sed -i.bak -E '" + std::to_string(proxy.said_line) + "s/ send-proxy[^ ]*//' " +
                  shell_word(proxy.file) + " && " + restart_of(proxy, at.host));
  } else {
    const bool is_nginx = proxy.program == proxy_program::nginx;
    made.mend(
        words(N_("Take that line out; the old file is kept as {file}.bak:"),
              {{"file", proxy.file}}),
        "sudo sed -i.bak -E '" + std::to_string(proxy.said_line) +
            (is_nginx ? "s/proxy_protocol[[:space:]]+on[[:space:]]*;//' " : "{/protocol/d}' ") +
            shell_word(proxy.file) + " && " + restart_of(proxy, at.host));
  }
  if (!is_mosquitto)
    made.mend(
        words(N_("Or let the broker's listener expect it, where it can (EMQX: "
                 "proxy_protocol = true; RabbitMQ: mqtt.proxy_protocol = true).")));
  return made;
}

maybe_finding wants_header(const view& known, const host_view& at, const proxy_fact& proxy) {
  made_finding made("proxy-protocol-expected", certainty::certain, strength::proven,
                    words(N_("Port {port} takes connections from its load balancer only: it "
                             "expects the PROXY protocol."),
                          {{"port", known.port()}}));
  // What was kept may be the words of the side towards the broker.
  if (proxy.said_line == proxy.line && !proxy.said.empty())
    made.seen(
        words(N_("{place} says: {text}"), {{"place", place_of(proxy)}, {"text", proxy.said}}));
  return made
      .in_app(
          words(N_("Connect to the load balancer, or to a listener without the PROXY protocol.")))
      .mend(words(N_("Or take accept-proxy (haproxy) or proxy_protocol (nginx) out of that line.")))
      .then(words(N_("Then:")), restart_of(proxy, at.host));
}

/// A target such as "[::1]:1884" or "http://localhost:9001/mqtt" as address and port.
std::pair<std::string, int> parts_of(std::string target) {
  if (const std::size_t scheme = target.find("://"); scheme != std::string::npos)
    target.erase(0, scheme + 3);
  target.resize(std::min(target.find('/'), target.size()));
  const std::size_t colon = target.rfind(':');
  if (colon == std::string::npos) return {target, 0};
  std::string address = target.substr(0, colon);
  if (address.size() > 1 && address.front() == '[') address = address.substr(1, address.size() - 2);
  int port = 0;
  (void)tools::read_number(std::string_view(target).substr(colon + 1), 1, 65535, port);
  return {address, port};
}

bool takes(const listener_fact& listener, const std::string& address) {
  const bool v6 = is_v6_text(address);
  return listener.address == address || listener.address == "::" ||
         (!v6 && listener.address == "0.0.0.0");
}

/// Nobody on this machine listens on the port that the proxy sends to.
maybe_finding target_without_listener(const host_view& at, const proxy_fact& proxy, int port) {
  const auto& all = at.host.listeners;
  const bool is_served = std::any_of(all.begin(), all.end(),
                                     [&](const auto& listener) { return listener.port == port; });
  if (port == 0 || is_served || at.host.brokers.empty()) return {};
  made_finding made("proxy-backend-down", certainty::certain, strength::proven,
                    words(N_("{proxy} sends to {target}, where nobody listens."),
                          {{"proxy", proxy.program}, {"target", proxy.target}}));
  made.seen(words(N_("No socket on port {port} in /proc/net/tcp and tcp6."),
                  {{"port", std::to_string(port)}}));
  for (const auto& listener : all) {
    const bool is_brokers = std::any_of(at.host.brokers.begin(), at.host.brokers.end(),
                                        [&](const auto& each) { return each.pid == listener.pid; });
    if (is_brokers)
      made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(listener)}}));
  }
  return made
      .look(words(N_("Write the port of the broker that speaks what the proxy passes on; for HTTP "
                     "that is its WebSocket port:")),
            "sudoedit " + shell_word(proxy.file))
      .then(words(N_("Then:")), restart_of(proxy, at.host));
}

}  // namespace

/// The broker runs here, and the proxy looks for it at another of this machine's addresses.
maybe_finding host_wrong_target(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !came_to_nothing(known)) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr || proxy->target.empty()) return {};
  const std::size_t scheme = proxy->target.find("://");
  const auto [address, port] =
      parts_of(scheme == std::string::npos ? proxy->target : proxy->target.substr(scheme + 3));
  const bool is_name = address == "localhost";
  if (!is_name && class_of(address) != address_class::loopback) return {};
  const listener_fact* beside = nullptr;
  for (const auto& listener : at->host.listeners) {
    if (listener.port != port) continue;
    if (takes(listener, is_name ? "127.0.0.1" : address) || (is_name && takes(listener, "::1")))
      return {};
    beside = &listener;
  }
  if (beside == nullptr) return target_without_listener(*at, *proxy, port);
  const std::string wanted = beside->address == "0.0.0.0" ? "127.0.0.1" : beside->address;
  const std::string target = host_and_port(wanted, static_cast<unsigned>(port));
  const places values{{"proxy", proxy->program},
                      {"target", proxy->target},
                      {"wanted", target},
                      {"file", proxy->file},
                      {"place", place_of(*proxy)}};
  made_finding made("proxy-backend-down", certainty::certain, strength::proven,
                    words(N_("{proxy} sends to {target}, where nothing listens: the broker listens "
                             "at {wanted}."),
                          values));
  return made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*beside)}}))
      .mend(words(N_("Write {wanted} in the place of {target} in {file}."), values))
      .then(words(N_("Then:")), restart_of(*proxy, at->host));
}

/// The proxy is set up for something else than MQTT needs.
maybe_finding host_proxy_mode(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !came_to_nothing(known)) return {};
  const proxy_fact* const proxy = proxy_on(*at);
  if (proxy == nullptr) return {};
  if (proxy->takes_proxy) return wants_header(known, *at, *proxy);
  if (proxy->sends_tls && !proxy->takes_tls && known.is_tls())
    return begins_tls(known, *at, *proxy);
  // A web server that passes nothing on is no proxy in front of a broker.
  if (proxy->mode == proxy_mode::http && !known.is_websocket() && !proxy->target.empty())
    return speaks_http(known, *at, *proxy);
  if (proxy->sends_proxy) return sends_header(known, *at, *proxy);
  return {};
}

namespace {

bool is_brokers(const listener_fact& listener) {
  return listener.program() == listening_program::mosquitto ||
         fact_word<broker_kind>(listener.process).value() != broker_kind::none;
}

/// Connections go on to a container that exists, since it refuses at once: what listens inside it?
maybe_finding container_refuses(const firewall_fact& rule, const places& values, int port) {
  const bool is_docker = rule.tool == firewall_tool::docker;
  if (!is_docker && !rule.was_looked_behind) return {};
  const listener_fact* own = nullptr;    // the container's socket that only itself can reach
  const listener_fact* other = nullptr;  // a broker's socket on another port
  for (const auto& listener : rule.behind) {
    if (listener.port == port && is_loopback(listener.address)) own = &listener;
    if (listener.port != port && is_brokers(listener)) other = &listener;
  }
  // A rule by hand may lead anywhere, while docker's own rule leads to its container.
  if (!is_docker && own == nullptr && other == nullptr) return {};
  const auto begin = [&](const char* id, certainty how_sure, strength how, const char* text) {
    made_finding made(id, how_sure, how, words(text, values));
    if (!rule.rule.empty())
      made.seen(words(N_("The rule that decides, in {chain}: {rule}"),
                      {{"chain", rule.chain}, {"rule", rule.rule}}));
    made.seen(words(N_("Asked from here, {to} refuses at once: the container is there."), values));
    return made;
  };
  const std::string lines = "listener " + std::to_string(port) +
                            "\nallow_anonymous false\npassword_file /mosquitto/config/passwd";
  if (own == nullptr && other == nullptr && rule.was_looked_behind) {
    return begin("tcp-refused-not-running", certainty::likely, strength::proven,
                 N_("The container at {to} runs, and nothing listens in it on that port: its "
                    "broker did not start, or listens on another one."))
        .look(words(N_("What the broker in it says:")),
              "sudo docker ps; sudo docker logs --tail 20 CONTAINER");
  }
  if (own != nullptr || other == nullptr) {
    made_finding made = begin(
        "tcp-refused-loopback-listener", own != nullptr ? certainty::certain : certainty::likely,
        own != nullptr ? strength::proven : strength::measured,
        own != nullptr ? N_("The broker in the container at {to} listens on the container's own "
                            "127.0.0.1 only, where nothing from outside comes.")
                       : N_("The container at {to} is there, and nothing in it listens on that "
                            "port for others: most often mosquitto without a listener in its "
                            "configuration, which serves the container's own 127.0.0.1 only, or a "
                            "broker that did not start."));
    if (own != nullptr)
      made.seen(
          words(N_("Listening in the container: {socket}."), {{"socket", socket_text(*own)}}));
    made.fill_in(words(N_("Make a user in the container:")),
                 "sudo docker exec -it CONTAINER sh -c 'touch /mosquitto/config/passwd && "
                 "mosquitto_passwd /mosquitto/config/passwd USER'");
    made.then_lines(
        words(N_("Give the mosquitto.conf of the container a listener, with that file:")), lines,
        "/mosquitto/config/mosquitto.conf");
    made.then(words(N_("Then start the container again.")));
    return made.look(words(N_("What the broker in it says:")),
                     "sudo docker ps; sudo docker logs --tail 20 CONTAINER");
  }
  made_finding made =
      begin("tcp-port-forward-wrong", certainty::certain, strength::proven,
            N_("A rule of this machine sends what arrives for port {port} on to {to}, and the "
               "broker in that container listens on another port."));
  made.seen(words(N_("Listening in the container: {socket}."), {{"socket", socket_text(*other)}}));
  if (!is_docker) {
    return made.look(
        words(N_("Somebody wrote that rule by hand: let it lead to port {port}. Where it "
                 "stands:"),
              {{"port", std::to_string(other->port)}}),
        "sudo nft -a list ruleset | grep -n dnat; sudo iptables -t nat -S | grep DNAT");
  }
  return made.fill_in(
      words(N_("Start the container again with that port published:")),
      "docker run -p " + values.at("port") + ":" + std::to_string(other->port) + " ...");
}

}  // namespace

/// A rule sends the port on to another machine or container, which does not answer.
maybe_finding host_forward_dead(const view& known, exclusions& excluded) {
  const auto at = look_at(known);
  const firewall_fact* const rule = at ? at->firewall(ip_family::v4) : nullptr;
  if (rule == nullptr) return {};
  const forward_target target = read_forward_target(rule->forwarded_to);
  if (!target.is_elsewhere()) return {};
  const places values{{"port", known.port()}, {"to", rule->forwarded_to}};
  if (rule->forward_answer == forward_outcome::open) {
    exclude(excluded, "tcp-port-forward-wrong",
            words(N_("{to}, where the port is sent on to, answers."), values));
    return {};
  }
  if (rule->forward_answer.empty()) return {};
  if (rule->forward_answer == forward_outcome::refused) {
    if (auto found = container_refuses(*rule, values, target.port)) return found;
  }
  const bool is_nobody = rule->forward_answer == forward_outcome::unreachable;
  const bool is_silent = rule->forward_answer == forward_outcome::silent;
  made_finding made(
      "tcp-port-forward-wrong", is_nobody ? certainty::certain : certainty::likely,
      strength::proven,
      is_nobody ? words(N_("A rule of this machine sends what arrives for port {port} on to {to}, "
                           "an address that nobody has."),
                        values)
      : is_silent
          ? words(N_("A rule of this machine sends what arrives for port {port} on to {to}, which "
                     "does not answer."),
                  values)
          : words(N_("A rule of this machine sends what arrives for port {port} on to {to}, where "
                     "nothing listens on that port."),
                  values));
  if (!rule->rule.empty())
    made.seen(words(N_("The rule that decides, in {chain}: {rule}"),
                    {{"chain", rule->chain}, {"rule", rule->rule}}));
  made.seen(words(N_("Asked from here, {to} is {answer}."),
                  {{"to", rule->forwarded_to}, {"answer", rule->forward_answer}}))
      .seen(words(N_("Connections of this machine to itself do not meet that rule.")));
  if (rule->tool == firewall_tool::docker || !at->host.containers.empty()) {
    made.mend(
        words(N_("See which address the container has now:")),
        "sudo docker ps --format '{{.Names}} {{.Ports}}'; sudo docker network inspect bridge");
  }
  return made.look(words(N_("Find the rule, and let it lead to where the broker is now:")),
                   "sudo nft -a list ruleset | grep -n dnat; sudo iptables -t nat -S | grep DNAT");
}

/// A rule sends the port on to the loopback address, for which the kernel takes nothing from
/// outside.
maybe_finding host_forward_to_loopback(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  for (const ip_family family : {ip_family::v4, ip_family::v6}) {
    const firewall_fact* const rule = at->firewall(family);
    if (rule == nullptr || rule->forward_answer != forward_outcome::martian) continue;
    const bool is_v6 = family == ip_family::v6;
    const forward_target target = read_forward_target(rule->forwarded_to);
    const listener_fact* inside = nullptr;
    bool is_open = false;
    for (const auto& each : at->host.listeners) {
      if (each.port != target.port || is_v6_text(each.address) != is_v6) continue;
      is_loopback(each.address) ? void(inside = &each) : void(is_open = true);
    }
    std::string by = "all";
    for (const auto& route : at->host.routes)
      if (route.network == "0.0.0.0/0" && !route.by.empty()) by = route.by;
    const places with{{"port", known.port()},
                      {"to", rule->forwarded_to},
                      {"inside", std::to_string(target.port)},
                      {"setting", "net.ipv4.conf." + by + ".route_localnet"}};
    made_finding made(
        "tcp-port-forward-wrong", certainty::certain, strength::proven,
        is_v6 ? words(N_("A rule of this machine sends what arrives for port {port} on to {to}, "
                         "its loopback address, and Linux throws away what comes from outside for "
                         "that."),
                      with)
              : words(N_("A rule of this machine sends what arrives for port {port} on to {to}, "
                         "its loopback address, and the kernel throws away what comes from "
                         "outside for that while route_localnet is 0."),
                      with));
    if (!is_v6) made.seen(words(N_("{setting} is 0, like that of all interfaces."), with));
    if (inside != nullptr)
      made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*inside)}}));
    made.seen(words(N_("Connections of this machine to itself do not meet that rule.")));
    if (is_open)
      return made.mend(
          words(N_("Let the rule redirect to port {inside} (nft: redirect to :{inside}; "
                   "iptables: -j REDIRECT --to-ports {inside}) and name no address: "
                   "the broker listens outside of the loopback address, too."),
                with));
    made.mend(words(N_("Let the broker listen at an address of the machine (mosquitto: \"listener "
                       "{inside}\" without 127.0.0.1), and the rule redirect to port {inside} "
                       "without an address, or take the rule out."),
                    with));
    if (is_v6) return made;
    return made
        .mend(words(N_("Or let the kernel take it. Neighbours can then reach what listens on "
                       "127.0.0.1, by rules like this one, or by their own routes where no rule "
                       "stops them:")),
              "sudo sysctl -w " + with.at("setting") + "=1")
        .then(words(N_("For it to last:")),
              "echo " + with.at("setting") + "=1 | sudo tee /etc/sysctl.d/90-mqtt-forward.conf");
  }
  return {};
}

namespace {

/// A machine with private addresses alone may be meant for its neighbours only.
maybe_finding no_way_out_of_own_networks(const view& known, const host_view& at) {
  std::vector<std::string> networks;
  std::string by;
  for (const auto& route : at.host.routes) {
    if (route.by.empty() || route.by == "lo" || is_loopback(route.network)) continue;
    networks.push_back(route.network + " (" + route.by + ")");
    if (by.empty()) by = route.by;
  }
  const bool is_private = std::any_of(
      at.host.addresses.begin(), at.host.addresses.end(), [](const std::string& address) {
        return !is_v6_text(address) && class_of(address) == address_class::private_use &&
               !is_container_range(address);
      });
  if (networks.empty() || !is_private || !at.is_public()) return {};
  const places values{{"networks", list_text(networks)}};
  made_finding made(
      "path-no-route-back", certainty::likely, strength::seen,
      words(N_("This machine has no IPv4 default route: it can answer its own networks alone "
               "({networks}). Who comes from another one, through a router that does not rewrite "
               "his address, gets no answer."),
            values));
  made.seen(words(N_("/proc/net/route has no line for 0.0.0.0; its networks are {networks}."),
                  values))
      .fill_in(words(N_("Unless it is meant for its neighbours only, add the router of its network "
                        "as gateway (for good in the network's configuration):")),
               "ip route; sudo ip route add default via GATEWAY dev " + shell_word(by));
  // Without a complaint it may well be meant so.
  return known.asked().symptom.empty() ? made.note() : made;
}

}  // namespace

/// Packets come in, and the machine has no route for the answers.
maybe_finding host_no_route_back(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->is_listening()) return {};
  const auto is_reached_at = [&](bool wants_v6) {
    return std::any_of(at->host.addresses.begin(), at->host.addresses.end(),
                       [&](const auto& address) {
                         const address_class kind = class_of(address);
                         return is_v6_text(address) == wants_v6 && kind == address_class::global;
                       });
  };
  // Of the two halves of everything too: a VPN adds those.
  const auto leads_out = [](const auto& route) {
    return (route.network == "0.0.0.0/0" || route.network == "0.0.0.0/1") && !route.by.empty();
  };
  const auto& main = at->host.routes;
  const auto& others = at->host.table_routes;
  if (known.all.local.has_v4_route || std::any_of(main.begin(), main.end(), leads_out) ||
      std::any_of(others.begin(), others.end(), leads_out))
    return {};
  const places values{{"addresses", list_text(at->host.addresses)}};
  if (!is_reached_at(false)) return no_way_out_of_own_networks(known, *at);
  return made_finding("path-no-route-back", certainty::certain, strength::proven,
                      words(N_("This machine has no default route: answers to clients outside its "
                               "own networks find no way out.")))
      .seen(words(N_("/proc/net/route has no line for 0.0.0.0; addresses of this machine: "
                     "{addresses}."),
                  values))
      .fill_in(words(N_("See what the provider names as the gateway, and add it (for good in the "
                        "network's configuration):")),
               "ip route; sudo ip route add default via GATEWAY");
}

/// A broker that cannot write to its disk keeps running, and loses what it should keep.
maybe_finding host_disk_full(const view& known, exclusions&) {
  if (!known.all.host) return {};
  constexpr std::int64_t next_to_nothing = 1 << 20;  // bytes: less than one file of sessions
  for (const auto& disk : known.all.host->disks) {
    const bool is_full = disk.free_bytes < next_to_nothing || disk.free_files == 0;
    if (!is_full && !disk.is_read_only) continue;
    const bool is_log = disk.purpose == disk_purpose::log;
    const places values{{"path", disk.path}, {"bytes", std::to_string(disk.free_bytes)}};
    made_finding made(
        "host-disk-full", certainty::certain,
        accepted(known) != nullptr ? strength::first_of_several : strength::seen,
        is_log && disk.is_read_only
            ? words(N_("The broker cannot write its log: {path} is mounted read-only."), values)
        : is_log
            ? words(N_("The broker cannot write its log: the disk below {path} is full."), values)
        : disk.is_read_only
            ? words(N_("The broker cannot save retained messages and sessions: {path} is mounted "
                       "read-only."),
                    values)
            : words(N_("The broker cannot save retained messages and sessions: the disk below "
                       "{path} is full, and a restart will forget them."),
                    values));
    if (disk.is_read_only) {
      made.seen(words(N_("The file system there is mounted read-only.")));
    } else if (disk.free_files == 0 && disk.free_bytes >= next_to_nothing) {
      made.seen(words(N_("The file system there has no room for another file (inodes).")));
    } else {
      made.seen(words(N_("Free there: {bytes} bytes."), values));
    }
    // The disk is full of blocks or full of inodes; the command depends on which.
    const bool is_about_files = disk.free_files == 0 && disk.free_bytes >= next_to_nothing;
    const std::string path = shell_word(disk.path);
    if (disk.is_read_only) {
      made.look(
          words(N_("See whether an error of the disk made it so (then save what is there, and "
                   "check it with fsck first), or a \"ro\" in /etc/fstab or at the container's "
                   "volume:")),
          "findmnt -T " + path + "; sudo dmesg | grep -iE 'remount|i/o error|ext4|xfs' | tail");
      made.look(words(N_("Without an error, it can be written again after:")),
                "sudo mount -o remount,rw \"$(findmnt -nfo TARGET -T " + path + ")\"");
    } else {
      made.look(words(N_("See what fills it, and make room:")),
                is_about_files
                    ? "df -i " + path + "; sudo du -x --inodes " + path + " | sort -n | tail"
                    : "df -h " + path + "; sudo du -xh " + path + " | sort -h | tail");
    }
    if (accepted(known) != nullptr) return made.warning();
    return made;
  }
  return {};
}

}  // namespace mqttkit::doctor
