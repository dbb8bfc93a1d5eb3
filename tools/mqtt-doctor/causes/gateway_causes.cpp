// Gateways of MQTT-SN: over UDP nothing says that a datagram arrived, so that silence alone proves
// nothing, and what ICMP or an answer says is worth the more.
#include <algorithm>

#include "common/duration_text.hpp"
#include "mqtt-doctor/causes/gateway_view.hpp"
#include "mqtt-doctor/causes/icmp.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/sn/message.hpp"

namespace mqttkit::doctor {
namespace {

using tools::exit_code;

constexpr int congestion = static_cast<int>(sn::return_code::congestion);
constexpr int invalid_topic_id = static_cast<int>(sn::return_code::invalid_topic_id);
constexpr int not_supported = static_cast<int>(sn::return_code::not_supported);

bool answered(const view& known, gateway_answer how) {
  const gateway_fact* const gateway = gateway_of(known);
  return gateway != nullptr && gateway->answer == how;
}

/// Silence to everything, CONNECT and search.
bool is_mute(const view& known) {
  return answered(known, gateway_answer::silent) && gateway_of(known)->found.empty();
}

bool speaks_mqtt_over_tcp(const gateway_fact& gateway) {
  return gateway.tcp && gateway.tcp->speaks == spoken_protocol::mqtt;
}

/// TCP to the same host was answered, with a connection or a refusal.
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

/// What the network said in place of the gateway.
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
      excluded.push_back({"sn-port-closed", words(N_("A closed port is told by ICMP, and none "
                                                     "came: it is lost, or kept back."))});
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
      excluded.push_back({"sn-other-port", words(N_("No gateway answers on the usual other ports "
                                                    "of this host either."))});
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
  if (!was_asked_over_tcp(known)) return {};  // a capture
  if (is_host_answering(known)) {
    excluded.push_back({"sn-host-away", words(N_("The same host answers over TCP."))});
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

/// Where a return code was given, in the order of the steps.
struct refusal {
  int code = -1;
  const char* message = "";
  std::string topic;
};

refusal refusal_of(const gateway_fact& gateway) {
  if (gateway.code > 0) return {gateway.code, "CONNACK", {}};
  for (const gateway_trip_fact& trip : gateway.trips) {
    if (trip.suback > 0 && trip.way != trip_way::to_mqtt)
      return {trip.suback, "SUBACK", trip.topic};
    if (trip.regack > 0) return {trip.regack, "REGACK", trip.topic};
    if (trip.puback > 0 && trip.way != trip_way::from_mqtt)
      return {trip.puback, "PUBACK", trip.topic};
  }
  return {};
}

sentence code_said(const refusal& said) {
  return words(N_("{message} had return code {code}."),
               {{"message", said.message}, {"code", std::to_string(said.code)}});
}

maybe_finding congested(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr) return {};
  const refusal said = refusal_of(*gateway);
  if (said.code != congestion) return {};
  return made_finding("sn-congestion", certainty::certain, strength::told,
                      words(N_("The gateway says that it is congested: too many clients or "
                               "messages, or it does not reach its broker.")))
      .seen(code_said(said))
      .mend(words(N_("See whether the gateway reaches its broker, and how many clients it takes.")))
      .in_app(words(N_("Clients wait five minutes before they try again; one that tries at once "
                       "makes it worse.")))
      .apart(words(N_("From the gateway's machine the broker is looked at with:")),
             "mqtt-doctor mqtt://BROKER");
}

maybe_finding bad_topic_id(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr) return {};
  const refusal said = refusal_of(*gateway);
  if (said.code != invalid_topic_id) return {};
  return made_finding("sn-invalid-topic-id", certainty::certain, strength::told,
                      words(N_("The gateway does not know the topic: it gives or takes no id for "
                               "{topic}."),
                            {{"topic", said.topic.empty() ? "-" : said.topic}}))
      .seen(code_said(said))
      .in_app(words(N_("Register the topic again after each connection; ids end with it.")))
      .mend(words(N_("Where the gateway knows predefined topics alone, write this one into its "
                     "list, and the same number into the client.")));
}

maybe_finding unsupported(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr) return {};
  const refusal said = refusal_of(*gateway);
  if (said.code != not_supported) return {};
  return made_finding("sn-not-supported", certainty::certain, strength::told,
                      words(N_("The gateway says that it does not support what was asked, or the "
                               "broker behind it refused that.")))
      .seen(code_said(said))
      .mend(words(N_("Look into the gateway's log for what it misses, and into the broker's for a "
                     "refusal: rules of the broker count for the gateway's login.")))
      .in_app(words(N_("Try a lower QoS, and without a will.")));
}

maybe_finding refused_otherwise(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr) return {};
  const refusal said = refusal_of(*gateway);
  if (said.code <= not_supported) return {};
  return made_finding("sn-rejected", certainty::certain, strength::told,
                      words(N_("The gateway refuses, with a return code that MQTT-SN 1.2 does not "
                               "know: {code}."),
                            {{"code", std::to_string(said.code)}}))
      .seen(code_said(said))
      .mend(words(N_("Look into the gateway's log; its list of clients or its version of MQTT-SN "
                     "may be the reason.")));
}

maybe_finding no_return(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->is_accepted() || refusal_of(*gateway).code > 0 ||
      gateway->ended_ms >= 0)
    return {};
  const gateway_trip_fact* const trip = trip_of(*gateway, trip_way::round);
  if (trip == nullptr || (trip->published ? trip->arrived : trip->suback == 0)) return {};
  const places with{{"topic", trip->topic}};
  made_finding made(
      "sn-message-lost", certainty::likely, strength::seen,
      trip->suback < 0 ? words(N_("The gateway does not answer SUBSCRIBE for {topic}."), with)
      : trip->puback < 0
          ? words(N_("The gateway does not answer PUBLISH on {topic}."), with)
          : words(N_("The gateway takes a message on {topic} and does not bring it to "
                     "its subscriber."),
                  with));
  made.seen(trip->suback < 0   ? words(N_("No SUBACK came."))
            : trip->puback < 0 ? words(N_("SUBACK came, no PUBACK."))
                               : words(N_("SUBACK and PUBACK came, the message did not.")))
      .mend(words(N_("See whether the gateway reaches its broker, and whether the broker's rules "
                     "let the gateway's login publish and subscribe there.")))
      .look(words(N_("The broker behind it is asked as well with:")),
            "mqtt-doctor delivery " + gateway_url(known, known.at.port) +
                " -t TOPIC --publish --sent-via mqtt://BROKER",
            place::here);
  return made;
}

/// Over the broker of --sent-via: each way by itself.
maybe_finding not_passed_on(const view& known, trip_way way, const char* id, sentence cause) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->is_accepted()) return {};
  const gateway_trip_fact* const trip = trip_of(*gateway, way);
  if (trip == nullptr || trip->arrived || trip->suback != 0 || trip->puback != 0) return {};
  const gateway_trip_fact* const round = trip_of(*gateway, trip_way::round);
  const bool is_own_broker = round != nullptr && round->arrived;
  made_finding made(id, is_own_broker ? certainty::likely : certainty::possible, strength::seen,
                    std::move(cause));
  made.seen(words(N_("The message was acknowledged where it was sent, and did not arrive.")));
  if (is_own_broker) made.seen(words(N_("Between two clients of the gateway a message passes.")));
  made.mend(
      words(N_("Look into the gateway's configuration: it may be connected to another "
               "broker, put a prefix before topics, or its login may not publish or "
               "subscribe there.")));
  return made;
}

maybe_finding not_to_mqtt(const view& known, exclusions&) {
  return not_passed_on(known, trip_way::to_mqtt, "sn-not-to-mqtt",
                       words(N_("What is published at the gateway does not reach {broker}."),
                             {{"broker", known.asked().sent_via}}));
}

maybe_finding not_from_mqtt(const view& known, exclusions&) {
  return not_passed_on(known, trip_way::from_mqtt, "sn-not-from-mqtt",
                       words(N_("What is published at {broker} does not reach the gateway's "
                                "clients."),
                             {{"broker", known.asked().sent_via}}));
}

maybe_finding via_unreached(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !known.at.elsewhere || !gateway->is_accepted()) return {};
  const contact& there = *known.at.elsewhere;
  if (there.mqtt && there.mqtt->is_accepted()) {
    const gateway_trip_fact* const to = trip_of(*gateway, trip_way::to_mqtt);
    const gateway_trip_fact* const from = trip_of(*gateway, trip_way::from_mqtt);
    const int code = to != nullptr && to->suback > 0       ? to->suback
                     : from != nullptr && from->puback > 0 ? from->puback
                                                           : 0;
    if (code == 0) return {};
    return made_finding("sn-via-not-reached", certainty::certain, strength::told,
                        words(N_("The broker of --sent-via, {broker}, refuses what the doctor asks "
                                 "there."),
                              {{"broker", known.asked().sent_via}}))
        .seen(words(N_("It answered with reason code {code}."), {{"code", std::to_string(code)}}))
        .mend(words(N_("Give the doctor a login that may publish and subscribe there, with "
                       "--as-publisher.")));
  }
  return made_finding("sn-via-not-reached", certainty::certain, strength::seen,
                      words(N_("The broker of --sent-via, {broker}, does not let the doctor in: "
                               "what passes between it and the gateway was not tried."),
                            {{"broker", known.asked().sent_via}}))
      .seen(words(N_("The connection ended as \"{end}\" after {time}."),
                  {{"end", there.end.empty() ? there.connect.outcome.word() : there.end.word()},
                   {"time", time_text(there.end_ms)}}))
      .look(words(N_("That broker is looked at with:")),
            "mqtt-doctor " + shell_word(known.asked().sent_via), place::here);
}

maybe_finding identifier_in_use(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || gateway->ended_ms < 0 || !gateway->is_users_id) return {};
  const bool is_told_apart = gateway->own_id_code == 0 && gateway->own_id_stayed;
  made_finding made(
      "sn-identifier-in-use", is_told_apart ? certainty::likely : certainty::possible,
      is_told_apart ? strength::agreed : strength::one_of_several,
      words(N_("Another client uses the identifier {id}: the gateway ended the connection "
               "for the other one."),
            {{"id", gateway->client_id}}));
  made.seen(words(N_("DISCONNECT came {time} after CONNACK; nobody had asked for it."),
                  {{"time", time_text(gateway->ended_ms)}}));
  if (is_told_apart) {
    made.seen(words(N_("A client with an identifier of the doctor's own stays.")));
  } else if (gateway->own_id_code >= 0) {
    made.seen(words(N_("A client with an identifier of the doctor's own fares no better.")));
  }
  made.in_app(words(N_("Give each sensor an identifier of its own.")));
  return made;
}

maybe_finding ended_by_gateway(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || gateway->ended_ms < 0) return {};
  const bool is_told_apart = gateway->own_id_code == 0 && gateway->own_id_stayed;
  if (is_told_apart) return {};
  return made_finding("sn-ended-by-gateway", certainty::likely, strength::leaning,
                      words(N_("The gateway takes a client and ends the connection at once: most "
                               "often its own connection to the broker ended.")))
      .seen(words(N_("DISCONNECT came {time} after CONNACK; nobody had asked for it."),
                  {{"time", time_text(gateway->ended_ms)}}))
      .mend(
          words(N_("See in the log of the broker why it ends the gateway's connection: its login, "
                   "its identifier, its rules.")));
}

maybe_finding not_kept_asleep(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->sleep) return {};
  const gateway_sleep_fact& sleep = *gateway->sleep;
  if (sleep.fell_asleep && (sleep.arrived || !sleep.published)) return {};
  if (!sleep.fell_asleep) {
    return made_finding("sn-no-sleep", certainty::certain, strength::measured,
                        words(N_("The gateway does not let a client sleep: battery devices miss "
                                 "what is sent to them while their radio is off.")))
        .seen(words(N_("DISCONNECT with a duration was not answered.")))
        .mend(words(N_("Choose a gateway that supports sleeping clients (MQTT-SN 1.2, section "
                       "6.14).")))
        .warning();
  }
  return made_finding("sn-sleeper-not-buffered", certainty::certain, strength::measured,
                      words(N_("The gateway keeps no messages for a client that sleeps.")))
      .seen(words(N_("A message was acknowledged while the client slept; after PINGREQ it did not "
                     "come.")))
      .seen(sleep.woke ? words(N_("PINGRESP said that nothing waited."))
                       : words(N_("PINGRESP did not come either.")))
      .mend(words(N_("Let the gateway keep messages for sleeping clients; some do that for QoS 1 "
                     "and 2 alone, and only up to a number.")))
      .warning();
}

maybe_finding sent_to_sleeper(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->sleep || !gateway->sleep->was_too_early) return {};
  return made_finding("sn-sent-to-sleeper", certainty::certain, strength::measured,
                      words(N_("The gateway sends messages to a client that sleeps: a device whose "
                               "radio is off loses them.")))
      .seen(words(N_("The message came before PINGREQ asked for it.")))
      .mend(words(N_("Choose a gateway that supports sleeping clients (MQTT-SN 1.2, section "
                     "6.14).")))
      .warning();
}

std::string half_of(double seconds) {
  return std::to_string(std::max(1, static_cast<int>(seconds / 2)));
}

/// With delivery --watch: what comes to a client that is silent for less than its keep alive is to
/// arrive.
maybe_finding forgotten(const view& known, exclusions& excluded) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->idle) return {};
  const gateway_idle_fact& idle = *gateway->idle;
  const double kept = idle.kept_s(), lost = idle.lost_s();
  const places with{{"lost", tools::silence_text(lost)},
                    {"kept", tools::silence_text(kept)},
                    {"keep_alive", std::to_string(idle.keep_alive_s)},
                    {"seconds", half_of(kept > 0 ? kept : lost)}};
  if (lost == 0 || lost > idle.keep_alive_s) {
    if (kept >= idle.keep_alive_s && kept > 0)
      excluded.push_back({"sn-nat-forgets", words(N_("A message came after {kept} of silence, as "
                                                     "long as the keep alive."),
                                                  with)});
    return {};
  }
  const auto times = std::count_if(idle.pauses.begin(), idle.pauses.end(),
                                   [](const gateway_pause_fact& pause) { return pause.is_lost(); });
  const bool is_told_apart = idle.ping_heals == 1 || times > 1;
  made_finding made(
      "sn-nat-forgets", is_told_apart ? certainty::likely : certainty::possible,
      is_told_apart ? strength::agreed : strength::one_of_several,
      words(N_("The network forgets the way back to a client of UDP after at most {lost} without a "
               "datagram, sooner than its keep alive of {keep_alive} s speaks: what the gateway "
               "sends it then is lost."),
            with));
  made.seen(words(N_("A client that was silent for {lost} did not get a message that another one, "
                     "which had just spoken, got."),
                  with));
  if (kept > 0) made.seen(words(N_("After {kept} of silence it still came."), with));
  if (idle.ping_heals == 1)
    made.seen(words(N_("Once the silent client had spoken again, messages came again.")));
  if (idle.ping_heals == 0)
    made.seen(
        words(N_("Also when the silent client had spoken again none came: the gateway knows "
                 "it by an address that is no longer its own.")));
  return made
      .in_app(words(N_("Set the sensors' keep alive to {seconds} s or less; those that sleep wake "
                       "more often."),
                    with))
      .mend(
          words(N_("Or let the router, the firewall or the mobile network's access point keep UDP "
                   "longer; of Linux that is net.netfilter.nf_conntrack_udp_timeout and "
                   "..._udp_timeout_stream.")));
}

maybe_finding will_fixed(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->will_changed || gateway->will_updated == 0) return {};
  const int code = gateway->will_updated;
  return made_finding("sn-will-fixed", certainty::certain, strength::measured,
                      words(N_("The gateway takes a will with CONNECT alone, and no change of it "
                               "later.")))
      .seen(code < 0 ? words(N_("WILLTOPICUPD was not answered."))
                     : words(N_("WILLTOPICUPD was answered with code {code} ({meaning})."),
                             {{"code", std::to_string(code)}, {"meaning", code_words(code)}}))
      .in_app(words(N_("A sensor that changes its will connects anew.")))
      .note();
}

maybe_finding will_ignored(const view& known, exclusions&) {
  const gateway_fact* const gateway = gateway_of(known);
  if (gateway == nullptr || !gateway->will_wanted || gateway->will_asked) return {};
  return made_finding("sn-will-ignored", certainty::certain, strength::measured,
                      words(N_("The gateway takes no will: nobody is told when a sensor is lost.")))
      .seen(words(N_("CONNECT had the will's flag, and CONNACK came without WILLTOPICREQ.")))
      .mend(words(N_("Choose a gateway that supports the will, or let another program watch for "
                     "messages that do not come.")))
      .warning();
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
    {"sn-congestion", N_("the gateway is congested"), layer::mqtt, exit_code::refused,
     station::broker, severity::problem, congested},
    {"sn-not-supported", N_("the gateway does not support what was asked"), layer::mqtt,
     exit_code::refused, station::broker, severity::problem, unsupported},
    {"sn-rejected", N_("the gateway refuses with a code of its own"), layer::mqtt,
     exit_code::refused, station::broker, severity::problem, refused_otherwise},
    {"sn-identifier-in-use", N_("two clients of the gateway have the same identifier"),
     layer::login, exit_code::lost, station::client, severity::problem, identifier_in_use},
    {"sn-ended-by-gateway", N_("the gateway takes a client and ends the connection"), layer::login,
     exit_code::lost, station::broker, severity::problem, ended_by_gateway},
    {"sn-invalid-topic-id", N_("the gateway does not know the topic's id"), layer::delivery,
     exit_code::failed, station::client, severity::problem, bad_topic_id},
    {"sn-message-lost", N_("the gateway takes a message and does not bring it"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, no_return},
    {"sn-not-to-mqtt", N_("messages do not pass from the gateway to the broker"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, not_to_mqtt},
    {"sn-not-from-mqtt", N_("messages do not pass from the broker to the gateway"), layer::delivery,
     exit_code::failed, station::broker, severity::problem, not_from_mqtt},
    {"sn-via-not-reached", N_("the broker behind the gateway does not let the doctor in"),
     layer::delivery, exit_code::failed, station::broker, severity::problem, via_unreached},
    {"sn-sleeper-not-buffered", N_("the gateway keeps nothing for clients that sleep"),
     layer::delivery, exit_code::failed, station::broker, severity::warning, not_kept_asleep},
    {"sn-no-sleep", N_("the gateway does not let clients sleep"), layer::delivery,
     exit_code::failed, station::broker, severity::warning},
    {"sn-sent-to-sleeper", N_("the gateway sends messages to a client that sleeps"),
     layer::delivery, exit_code::failed, station::broker, severity::warning, sent_to_sleeper},
    {"sn-nat-forgets", N_("the network forgets a client of UDP before its keep alive speaks"),
     layer::path, exit_code::failed, station::network, severity::problem, forgotten},
    {"sn-will-fixed", N_("the gateway takes no change of a will"), layer::delivery,
     exit_code::failed, station::broker, severity::note, will_fixed},
    {"sn-will-ignored", N_("the gateway takes no will"), layer::delivery, exit_code::failed,
     station::broker, severity::warning, will_ignored},
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
