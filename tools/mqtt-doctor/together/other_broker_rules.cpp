// The client meets another broker on the server's machine than that machine itself does.
#include <algorithm>

#include "mqtt-doctor/causes/own_networks.hpp"
#include "mqtt-doctor/facts/addresses.hpp"
#include "mqtt-doctor/facts/forward_target.hpp"
#include "mqtt-doctor/together/rules.hpp"

namespace mqttkit::doctor {
namespace {

/// The socket where what comes from outside ends; null where it is not one of this machine, or is
/// not known.
const listener_fact* socket_from_outside(const against_server& pair, const firewall_fact* wall) {
  const forward_target target =
      wall == nullptr ? forward_target{} : read_forward_target(wall->forwarded_to);
  const int port = target.is_own_port() ? target.port : pair.from_client.at.port;
  return socket_at(pair.own.host, pair.client.dialled_address(), port);
}

}  // namespace

bool weigh_other_broker(const against_server& pair, notes out) {
  const contact* const there = pair.from_client.client();
  const contact* const here = accepted(pair.at);
  if (pair.leads != relation::own || there == nullptr || here == nullptr) return false;
  // A port that does not answer, or speaks something else, is told of elsewhere.
  if (!there->mqtt || there->mqtt->answer != mqtt_answer::connack) return false;
  const firewall_fact* const wall =
      pair.own.firewall(family_of(is_v6_text(pair.client.dialled_address())));
  const listener_fact* const own = socket_at(pair.own.host, here->address, pair.at.at.port);
  if (own == nullptr || own->pid == 0 || pair.at.at.port != pair.from_client.at.port) return false;
  const bool is_broker = std::any_of(pair.own.host.brokers.begin(), pair.own.host.brokers.end(),
                                     [&](const auto& each) { return each.pid == own->pid; });
  const bool is_sent_on = wall != nullptr && read_forward_target(wall->forwarded_to).is_elsewhere();
  const listener_fact* const outer = socket_from_outside(pair, wall);
  const bool is_other_socket =
      !is_sent_on && outer != nullptr && outer->pid != 0 && outer->pid != own->pid;
  if (!is_broker || (!is_sent_on && !is_other_socket)) return false;
  const bool is_let_in = accepted(pair.from_client) != nullptr;
  const places with{{"vantage", pair.client.name},
                    {"port", pair.from_client.port()},
                    {"at", here->address},
                    {"to", is_sent_on ? wall->forwarded_to : socket_text(*outer)}};
  made_finding made(
      is_let_in ? "delivery-two-brokers" : "auth-source-not-allowed", certainty::likely,
      is_let_in ? strength::seen : strength::proven,
      is_sent_on
          ? words(N_("{vantage} meets another broker than the server itself: what comes from "
                     "outside for port {port} is forwarded to {to} (DNAT), and at {at} the "
                     "server's own one answers."),
                  with)
          : words(N_("{vantage} meets another broker than the server itself: what comes from "
                     "outside for port {port} ends at {to}, and at {at} another process "
                     "answers."),
                  with));
  made.seen(fate_of(pair.client)).seen(welcome_of(pair.server));
  made.seen(told(pair.server, words(N_("Listening: {socket}."), {{"socket", socket_text(*own)}})));
  if (is_sent_on)
    made.seen(told(pair.server,
                   words(N_("A rule forwards the port: {to}. Connections of this machine to itself "
                            "do not meet it."),
                         with)));
  made.mend(
      words(N_("Users, passwords and rights are those of the broker at {to}: make them there. "
               "If that broker is not the one that is meant, stop it, or take the forwarding "
               "away; if both are meant, give one of them another port."),
            with));
  if (is_sent_on)
    made.look(words(N_("Which rule and which container it is:")),
              "sudo nft -a list ruleset | grep -n dnat; sudo iptables -t nat -S | grep DNAT; sudo "
              "docker ps --format '{{.Names}} {{.Ports}}'");
  out.found.push_back(*std::optional<finding>(made));
  return true;
}

}  // namespace mqttkit::doctor
