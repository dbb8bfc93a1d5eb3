// Gateways of MQTT-SN. Over UDP nothing says that a datagram arrived, so silence alone proves
// little; an ICMP message or an answer proves much more.
#include <algorithm>

#include "common/duration_text.hpp"
#include "mqtt-doctor/causes/gateway_view.hpp"
#include "mqtt-doctor/causes/icmp.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::doctor {
namespace {

using tools::exit_code;

bool answered(const view& known, gateway_answer how) {
  const gateway_fact* const gateway = gateway_of(known);
  return gateway != nullptr && gateway->answer == how;
}

/// Whether the gateway answered nothing, neither CONNECT nor SEARCHGW.
bool is_mute(const view& known) {
  return answered(known, gateway_answer::silent) && gateway_of(known)->found.empty();
}

bool speaks_mqtt_over_tcp(const gateway_fact& gateway) {
  return gateway.tcp && gateway.tcp->speaks == spoken_protocol::mqtt;
}

/// Whether the same host answered over TCP, with a connection or a refusal.
bool is_host_answering(const view& known) {
  const gateway_fact& gateway = *gateway_of(known);
  const auto is_answer = [](const port_fact& port) {
    return port.connect.is_connected() || port.connect.outcome == connect_outcome::refused;
  };
  if (gateway.tcp && is_answer(*gateway.tcp)) return true;
  return known.at.reachability && std::any_of(known.at.reachability->ports.begin(),
                                              known.at.reachability->ports.end(), is_answer);
}

bool was_asked_over_tcp(const view& known) {
  return gateway_of(known)->tcp || known.at.reachability;
}

sentence silence_words(const gateway_fact& gateway) {
  return words(N_("{where} answered none of {count} CONNECTs over UDP in {time}."),
               {{"where", gateway_at(gateway)},
                {"count", std::to_string(gateway.sent)},
                {"time", time_text(gateway.ms)}});
}

/// What the network reported (ICMP) in place of an answer from the gateway.
sentence refusal_words(const gateway_fact& gateway) {
  if (gateway.icmp) return icmp_words(*gateway.icmp, gateway.ms);
  return words(
      N_("Sending to {where} failed with {error} after {time}."),
      {{"where", gateway_at(gateway)}, {"error", gateway.error}, {"time", time_text(gateway.ms)}});
}

sentence host_words(bool is_alive) {
  return is_alive ? words(N_("The same host answers over TCP."))
                  : words(N_("The same host answers over TCP neither."));
}

std::string listen_command(const view& known) {
  return "sudo ss -lunp 'sport = :" + known.port() + "'";
}

std::string watch_command(const view& known) {
  return "sudo tcpdump -ni any udp port " + known.port();
}

maybe_finding port_closed(const view& known, exclusions& excluded) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr) return {};
  if (gateway->answer != gateway_answer::closed) {
    if (is_mute(known))
      exclude(excluded, "sn-port-closed",
              words(N_("A closed port is told by ICMP, and none "
                       "came: it is lost, or kept back.")));
    return {};
  }
  const bool is_from_there =
      !gateway->icmp || gateway->icmp->from_target || gateway->icmp->from_self;
  made_finding made(
      "sn-port-closed", is_from_there ? certainty::certain : certainty::likely,
      is_from_there ? strength::told : strength::agreed,
      is_from_there
          ? words(N_("Nothing listens on UDP port {port} of {host}: no gateway runs there, or it "
                     "has another port."),
                  {{"port", known.port()}, {"host", known.host()}})
          : words(N_("A firewall or a router on the way says that UDP port {port} of {host} is "
                     "closed."),
                  {{"port", known.port()}, {"host", known.host()}}));
  made.seen(refusal_words(*gateway))
      .look(words(N_("On the gateway's machine, this shows whether it listens, and at which "
                     "address:")),
            listen_command(known))
      .mend(words(N_("Start the gateway, or let it listen on all addresses; a container publishes "
                     "the port as {port}/udp."),
                  {{"port", known.port()}}));
  return made;
}

maybe_finding filtered(const view& known, exclusions&) {
  if (!answered(known, gateway_answer::unreachable) || !gateway_of(known)->icmp) return {};
  const gateway_fact& gateway = *gateway_of(known);
  const icmp_kind kind = kind_of(*gateway.icmp);
  if (kind != icmp_kind::admin_prohibited && kind != icmp_kind::host_prohibited &&
      kind != icmp_kind::net_prohibited)
    return {};
  return made_finding("sn-filtered", certainty::certain, strength::told,
                      gateway.icmp->from_target
                          ? words(N_("The firewall of {host} refuses UDP port {port}."),
                                  {{"host", known.host()}, {"port", known.port()}})
                          : words(N_("A firewall on the way, {from}, refuses UDP port {port}."),
                                  {{"from", gateway.icmp->from}, {"port", known.port()}}))
      .seen(icmp_words(*gateway.icmp, gateway.ms))
      .mend(words(N_("Let UDP port {port} in there; a rule for TCP does not do."),
                  {{"port", known.port()}}));
}

maybe_finding unreachable(const view& known, exclusions&) {
  if (!answered(known, gateway_answer::unreachable)) return {};
  const gateway_fact& gateway = *gateway_of(known);
  if (gateway.icmp) {
    const icmp_kind kind = kind_of(*gateway.icmp);
    if (kind == icmp_kind::admin_prohibited || kind == icmp_kind::host_prohibited ||
        kind == icmp_kind::net_prohibited)
      return {};
  }
  made_finding made("sn-unreachable", certainty::likely, strength::agreed,
                    words(N_("No way leads to {host}: the machine is off, or its address is "
                             "another one."),
                          {{"host", known.host()}}));
  made.seen(refusal_words(gateway))
      .in_app(words(N_("Check the gateway's address, and that it is switched on.")));
  return made;
}

maybe_finding other_port(const view& known, exclusions& excluded) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || gateway->answer == gateway_answer::connack) return {};
  if (gateway->elsewhere.empty()) {
    if (!gateway->is_group && !gateway->answer.empty())
      exclude(excluded, "sn-other-port",
              words(N_("No gateway answers on the usual other ports "
                       "of this host either.")));
    return {};
  }
  const places with{{"port", known.port()}, {"other", std::to_string(gateway->elsewhere.front())}};
  return made_finding("sn-other-port", certainty::certain, strength::proven,
                      words(N_("The gateway is on UDP port {other}, not on {port}."), with))
      .seen(words(N_("CONNECT to port {other} was answered with CONNACK."), with))
      .in_app(words(N_("Use port {other}."), with))
      .look(words(N_("To try it:")),
            "mqtt-doctor " + gateway_url(known, gateway->elsewhere.front()), place::here);
}

maybe_finding brokers_port(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  const bool is_closed = answered(known, gateway_answer::closed);
  if ((!is_closed && !is_mute(known)) || !speaks_mqtt_over_tcp(*gateway)) return {};
  return made_finding("sn-brokers-port", is_closed ? certainty::certain : certainty::likely,
                      is_closed ? strength::proven : strength::usual,
                      words(N_("Port {port} of {host} is an MQTT broker's, over TCP; no gateway of "
                               "MQTT-SN answers there over UDP."),
                            {{"port", known.port()}, {"host", known.host()}}))
      .seen(words(N_("Over TCP the same port answers CONNECT as MQTT does.")))
      .seen(is_closed ? refusal_words(*gateway) : silence_words(*gateway))
      .in_app(words(N_("Sensors need a gateway between them and the broker: name its address and "
                       "its port, most often 1884.")))
      .look(words(N_("The broker itself is looked at with:")),
            "mqtt-doctor mqtt://" + host_and_port(known.host(), known.port()), place::here);
}

maybe_finding no_gateway(const view& known, exclusions&) {
  const bool is_echo = answered(known, gateway_answer::echo);
  if (!is_echo && !answered(known, gateway_answer::other)) return {};
  const gateway_fact& gateway = *gateway_of(known);
  return made_finding("sn-no-gateway", certainty::certain, strength::told,
                      is_echo ? words(N_("What listens at {where} is no gateway: it sends back "
                                         "what it gets."),
                                      {{"where", gateway_at(gateway)}})
                              : words(N_("What listens at {where} is no gateway: its answer is no "
                                         "message of MQTT-SN."),
                                      {{"where", gateway_at(gateway)}}))
      .seen(words(N_("It answered: {text}"), {{"text", gateway.text.substr(0, 60)}}))
      .look(words(N_("On that machine, this shows which program it is:")), listen_command(known))
      .in_app(words(N_("Name the gateway's address and port.")));
}

maybe_finding other_source(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || gateway->answered_from.empty()) return {};
  return made_finding("sn-answers-from-elsewhere", certainty::certain, strength::proven,
                      words(N_("The gateway answers from {from}, and clients take answers from "
                               "{where} alone, where they asked."),
                            {{"from", gateway->answered_from}, {"where", gateway_at(*gateway)}}))
      .seen(words(N_("CONNACK came from {from}; a socket that is connected to {where} does not see "
                     "it."),
                  {{"from", gateway->answered_from}, {"where", gateway_at(*gateway)}}))
      .mend(words(N_("Let the gateway listen on that one address rather than on all, or mend the "
                     "address translation in front of it.")))
      .in_app(words(N_("Where that cannot be, ask {from} from the start."),
                    {{"from", gateway->answered_from}}));
}

maybe_finding broker_away(const view& known, exclusions&) {
  const bool is_turned_away = answered(known, gateway_answer::disconnect);
  const bool is_half_mute =
      answered(known, gateway_answer::silent) && !gateway_of(known)->found.empty();
  if (!is_turned_away && !is_half_mute) return {};
  const gateway_fact& gateway = *gateway_of(known);
  made_finding made("sn-broker-away", certainty::likely, strength::usual,
                    words(N_("The gateway is there, and does not reach its broker: it takes no "
                             "client.")));
  if (!gateway.found.empty())
    made.seen(words(N_("It answered the search as gateway {id}."),
                    {{"id", std::to_string(gateway.found.front().id)}}));
  made.seen(is_turned_away ? words(N_("CONNECT was answered with DISCONNECT."))
                           : silence_words(gateway))
      .mend(words(N_("On the gateway's machine look into its log and its configuration: which "
                     "broker, which port, which login.")))
      .apart(words(N_("From the gateway's machine the broker is looked at with:")),
             "mqtt-doctor mqtt://BROKER");
  return made;
}

maybe_finding udp_dropped(const view& known, exclusions&) {
  if (!is_mute(known) || gateway_of(known)->is_group) return {};
  const gateway_fact& gateway = *gateway_of(known);
  const bool is_alive = is_host_answering(known);
  made_finding made("sn-udp-dropped", is_alive ? certainty::likely : certainty::possible,
                    is_alive ? strength::leaning : strength::one_of_several,
                    words(N_("A firewall drops UDP port {port} on the way to {host}, or answers "
                             "on the way back."),
                          {{"port", known.port()}, {"host", known.host()}}));
  made.seen(silence_words(gateway));
  if (was_asked_over_tcp(known)) made.seen(host_words(is_alive));
  made.mend(words(N_("Let UDP port {port} in, in the firewall of the gateway's machine and in the "
                     "security group of its cloud; a rule for TCP does not do."),
                  {{"port", known.port()}}))
      .apart(words(N_("On the gateway's machine, this shows whether the datagrams arrive, and "
                      "whether answers leave:")),
             watch_command(known));
  return made;
}

maybe_finding mute_gateway(const view& known, exclusions&) {
  if (!is_mute(known) || gateway_of(known)->is_group) return {};
  const bool is_alive = is_host_answering(known);
  return made_finding("sn-gateway-mute", certainty::possible,
                      is_alive ? strength::first_of_several : strength::fits,
                      words(N_("The gateway gets what is sent and says nothing: it hangs, or has "
                               "lost its broker.")))
      .seen(silence_words(*gateway_of(known)))
      .mend(words(N_("Look into the gateway's log, and start it again.")))
      .apart(words(N_("On the gateway's machine, this shows whether the datagrams arrive, and "
                      "whether answers leave:")),
             watch_command(known));
}

maybe_finding host_away(const view& known, exclusions& excluded) {
  if (!is_mute(known) || gateway_of(known)->is_group) return {};
  if (!was_asked_over_tcp(known)) return {};  // facts from a capture have no probes
  if (is_host_answering(known)) {
    exclude(excluded, "sn-host-away", words(N_("The same host answers over TCP.")));
    return {};
  }
  return made_finding(
             "sn-host-away", certainty::possible, strength::first_of_several,
             words(N_("Nothing answers at {host}, over UDP or TCP: the machine is off, its "
                      "address is another one, or everything is filtered."),
                   {{"host", known.host()}}))
      .seen(silence_words(*gateway_of(known)))
      .seen(host_words(false))
      .in_app(words(N_("Check the gateway's address, and that it is switched on.")));
}

maybe_finding nobody_found(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->is_group || !gateway->found.empty()) return {};
  return made_finding("sn-search-unanswered", certainty::possible, strength::first_of_several,
                      words(N_("No gateway in this network answers a search at {where}."),
                            {{"where", gateway_at(*gateway)}}))
      .seen(words(N_("SEARCHGW was sent and nobody answered with GWINFO or ADVERTISE.")))
      .mend(words(N_("Let the gateway listen to that group, in this network: multicast passes no "
                     "router, and many Wi-Fi access points hold it back.")))
      .in_app(words(N_("Name the gateway's own address instead.")));
}

maybe_finding other_address(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || gateway->answer == gateway_answer::connack || gateway->nearby.empty())
    return {};
  const gateway_info_fact& there = gateway->nearby.front();
  const std::string& where = there.names.empty() ? there.from : there.names;
  if (where == gateway_at(*gateway)) return {};
  return made_finding("sn-other-address", certainty::likely,
                      answered(known, gateway_answer::closed) ? strength::proven : strength::agreed,
                      words(N_("The gateway of this network is at {where}, not at {asked}."),
                            {{"where", where}, {"asked", gateway_at(*gateway)}}))
      .seen(words(N_("Gateway {id} answered a search of the network from {where}."),
                  {{"id", std::to_string(there.id)}, {"where", where}}))
      .in_app(words(N_("Use {where}."), {{"where", where}}))
      .look(words(N_("To try it:")), "mqtt-doctor mqtt-sn://" + shell_word(where), place::here);
}

constexpr cause_row rows[] = {
    {"sn-port-closed", N_("nothing listens on the gateway's UDP port"), layer::port,
     exit_code::cannot_connect, station::broker, severity::problem, port_closed},
    {"sn-filtered", N_("a firewall refuses the gateway's UDP port"), layer::port,
     exit_code::cannot_connect, station::firewall, severity::problem, filtered},
    {"sn-unreachable", N_("no way leads to the gateway's machine"), layer::port,
     exit_code::cannot_connect, station::network, severity::problem, unreachable},
    {"sn-other-port", N_("the gateway is on another UDP port"), layer::port,
     exit_code::cannot_connect, station::client, severity::problem, other_port},
    {"sn-brokers-port", N_("a broker's TCP port was taken for a gateway's"), layer::port,
     exit_code::cannot_connect, station::client, severity::problem, brokers_port},
    {"sn-other-address", N_("the gateway that answers a search is at another address"), layer::port,
     exit_code::cannot_connect, station::client, severity::problem, other_address},
    {"sn-udp-dropped", N_("a firewall drops UDP on the way to the gateway"), layer::port,
     exit_code::cannot_connect, station::firewall, severity::problem, udp_dropped},
    {"sn-gateway-mute", N_("the gateway gets datagrams and says nothing"), layer::port,
     exit_code::cannot_connect, station::broker, severity::problem, mute_gateway},
    {"sn-host-away", N_("the gateway's machine does not answer at all"), layer::port,
     exit_code::cannot_connect, station::network, severity::problem, host_away},
    {"sn-search-unanswered", N_("no gateway answers a search of the network"), layer::port,
     exit_code::cannot_connect, station::network, severity::problem, nobody_found},
    {"sn-answers-from-elsewhere", N_("the gateway answers from another address or port"),
     layer::port, exit_code::cannot_connect, station::network, severity::problem, other_source},
    {"sn-no-gateway", N_("what listens on the UDP port is no gateway"), layer::mqtt,
     exit_code::cannot_connect, station::broker, severity::problem, no_gateway},
    {"sn-broker-away", N_("the gateway does not reach its broker"), layer::mqtt,
     exit_code::cannot_connect, station::broker, severity::problem, broker_away},
};

}  // namespace

const gateway_fact* gateway_of(const view& known) {
  return known.at.gateway ? &*known.at.gateway : nullptr;
}

std::string gateway_at(const gateway_fact& gateway) {
  return host_and_port(gateway.address, std::to_string(gateway.port));
}

const char* code_words(int code) {
  if (code == congestion) return N_("congestion");
  if (code == invalid_topic_id) return N_("invalid topic id");
  if (code == not_supported) return N_("not supported");
  return N_("reserved");
}

const gateway_trip_fact* trip_of(const gateway_fact& gateway, trip_way way) {
  const gateway_trip_fact* found = nullptr;
  for (const gateway_trip_fact& trip : gateway.trips) {
    if (trip.way == way && (found == nullptr || trip.is_users_topic)) found = &trip;
  }
  return found;
}

std::string gateway_url(const view& known, int port) {
  return shell_word("mqtt-sn://" + host_and_port(known.host(), std::to_string(port)));
}

cause_table gateway_causes() { return {rows, {}}; }

}  // namespace mqttkit::doctor
