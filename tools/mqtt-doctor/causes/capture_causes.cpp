// Causes from a capture: why a client's TCP connections did not come about.
//
// A capture shows the packets that passed one place. A missing packet means something only at its
// sender's machine (it was not sent) or at its receiver's (it was lost on the way), so each
// sentence says where the capture was taken. Of several connections the last clear one counts.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "mqtt-doctor/causes/capture_view.hpp"
#include "mqtt-doctor/facts/hops.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {

std::string seconds_text(double seconds) {
  char text[32];
  (void)std::snprintf(text, sizeof text, seconds < 10 ? "%.1f s" : "%.0f s", seconds);
  return text;
}

/// Numbers of packets as Wireshark counts them: "4, 7 and 9".
std::string packets_text(const std::vector<std::int64_t>& packets) {
  std::vector<std::string> numbers;
  for (const std::int64_t t : packets) numbers.push_back(std::to_string(t));
  constexpr std::size_t most = 8;
  return list_text(numbers, most);
}

namespace {

/// A SYN-ACK from an address that no SYN was sent to; null when none came.
const stream_step_fact* strange_answer(const stream_fact& stream) {
  if (stream.ending != stream_ending::unanswered) return nullptr;
  for (const stream_step_fact& step : stream.steps) {
    if (step.what == "SYN-ACK" && !step.from_client) return &step;
  }
  return nullptr;
}

}  // namespace

/// The last stream with one of these endings. A failure to connect is over once a later connection
/// stood; what ended an established connection may come again.
capture_view capture_view_of(const view& known, std::initializer_list<stream_ending> endings,
                             bool may_be_over) {
  capture_view out;
  if (!known.all.capture || known.all.capture->is_flood) return out;
  out.all = &*known.all.capture;
  for (auto at = out.all->streams.rbegin(); at != out.all->streams.rend(); ++at) {
    const stream_fact& stream = *at;
    if (stream.ending == stream_ending::cut_short) continue;
    for (const stream_ending wanted : endings) {
      if (stream.ending == wanted) out.stream = &stream;
    }
    // Another machine answered this stream, so its own ending says nothing.
    if (strange_answer(stream) != nullptr) out.stream = nullptr;
    if (out || !may_be_over) break;
  }
  if (!out) return out;
  const stream_fact& stream = *out.stream;
  out.with = {{"client", stream.client.address},
              {"address", stream.broker.address},
              {"port", std::to_string(stream.broker.port)},
              {"packets", packets_text(stream.ended_in)},
              {"count", std::to_string(stream.attempts)},
              {"time", seconds_text(stream.waited_s)},
              {"idle", seconds_text(stream.idle_s)},
              {"ttl", std::to_string(stream.reset_ttl)},
              {"usual", std::to_string(stream.usual_ttl)}};
  return out;
}

sentence seen_in(const capture_view& at) {
  return words(N_("Packets {packets}, as Wireshark numbers them."), at.with);
}

/// Adds that other clients' connections came through while this client's did not.
void add_others(made_finding& made, const capture_view& at) {
  if (at.all->others_answered == 0) return;
  made.seen(words(N_("In the same capture this port answered {count} other clients."),
                  {{"count", std::to_string(at.all->others_answered)}}));
}

namespace {

// ---- SYN without an answer ---------------------------------------------------------------------

maybe_finding answered_by_another(const view& known, exclusions&) {
  if (!known.all.capture || known.all.capture->streams.empty()) return {};
  const stream_fact& stream = known.all.capture->streams.back();
  const stream_step_fact* const answer = strange_answer(stream);
  if (answer == nullptr) return {};
  const places with{
      {"client", stream.client.address},
      {"address", host_and_port(stream.broker.address, static_cast<unsigned>(stream.broker.port))},
      {"other", answer->detail},
      {"packet", std::to_string(answer->in)}};
  return made_finding("path-no-route-back", certainty::certain, strength::told,
                      words(N_("{client} asks {address} and is answered by {other}: it throws "
                               "away what comes from where it did not ask."),
                            with))
      .seen(
          words(N_("Packet {packet} is the SYN-ACK of {other} to the very port that asked."), with))
      .look(words(N_("A server with several addresses answers by the one of its default route, or "
                     "a rule changes the sender. There:")),
            "ip route get " + stream.client.address +
                "; sudo nft list ruleset | grep -n -e snat -e masquerade; sudo iptables -t nat -S "
                "POSTROUTING");
}

sentence unanswered_sentence(const capture_view& at) {
  return words(N_("SYN came {count} times in {time}, and nothing went back."), at.with);
}

maybe_finding dropped_on_server(const view& known, exclusions& excluded) {
  const capture_view at = capture_view_of(known, {stream_ending::unanswered});
  if (!at || !at.is_at(capture_place::server) || at.is_answered_at_times() || at.is_flooded())
    return {};
  exclude(excluded, "tcp-timeout-security-group",
          words(N_("The SYN reached this server (packets {packets})."), at.with));
  made_finding made("tcp-timeout-host-firewall", certainty::likely, strength::agreed,
                    words(N_("{client} reaches this server at port {port}, and the server's own "
                             "firewall swallows it."),
                          at.with));
  made.seen(unanswered_sentence(at)).seen(seen_in(at));
  made.look(words(N_("See the rules, and where a packet ends:")),
            "sudo mqtt-doctor localhost:" + at.with.at("port") + " --on-broker");
  // A capture on the router that drops the SYN would look the same.
  if (!at.all->is_place_said) {
    made.apart(
        words(N_("Recorded on a router before the server, it is the router's firewall: say "
                 "--captured-on router.")));
  }
  made.apart(words(N_("A listener whose queue is full drops SYN as well; then this counts up:")),
             "nstat -az TcpExtListenDrops TcpExtListenOverflows TcpExtTCPReqQFullDrop");
  return made;
}

maybe_finding this_one_dropped(const view& known, exclusions&) {
  const capture_view at = capture_view_of(known, {stream_ending::unanswered});
  if (!at || at.all->others_answered == 0 || at.is_at(capture_place::client)) return {};
  if (at.all->own_answered != 0 || at.is_not_fetched() || at.is_flooded()) return {};
  made_finding made("tcp-timeout-source-allowlist", certainty::likely, strength::usual,
                    words(N_("{client} gets no answer from port {port}, which answers others: a "
                             "rule lets in certain addresses only, or the listener's queue was "
                             "full at the time."),
                          at.with));
  made.seen(unanswered_sentence(at)).seen(seen_in(at));
  add_others(made, at);
  return made.mend(
      words(N_("In the firewall, let in {client} as the others; a flood of connections "
               "is to be slowed down where it comes from."),
            at.with));
}

/// On a router: the SYN comes in by one interface and leaves by none.
maybe_finding swallowed_here(const capture_view& at) {
  made_finding made("tcp-timeout-security-group", certainty::likely, strength::agreed,
                    words(N_("The router of this capture does not pass on what comes for {address} "
                             "port {port}: a rule for what is forwarded, or a route, stops it."),
                          at.with));
  made.seen(words(N_("SYN came in {count} times in {time}, and did not leave by any interface."),
                  at.with))
      .seen(seen_in(at));
  add_others(made, at);
  return made.mend(words(N_("On the router, let port {port} pass to {address}."), at.with))
      .apart(words(N_("On the router, its rules and whether it forwards at all:")),
             "sudo nft list ruleset | grep -n forward; sysctl net.ipv4.ip_forward");
}

maybe_finding dropped_on_the_way(const view& known, exclusions&) {
  const capture_view at = capture_view_of(known, {stream_ending::unanswered});
  if (!at || at.is_at(capture_place::server) || at.is_flooded()) return {};
  if (at.all->others_answered != 0 && !at.is_at(capture_place::client)) return {};
  if (at.all->own_answered != 0) return {};
  const bool is_router = at.place() == capture_place::router;
  if (is_router && at.stream->came_in) return swallowed_here(at);
  made_finding made(
      "tcp-timeout-security-group", certainty::possible, strength::first_of_several,
      is_router ? words(N_("Behind the place of this capture something swallows the packets "
                           "to {address} port {port}: the security group, a firewall, or "
                           "the address leads nowhere."),
                        at.with)
                : words(N_("Nothing comes back from {address} port {port}: the security "
                           "group, a firewall on the way, or the address leads nowhere."),
                        at.with));
  made.seen(words(N_("SYN went {count} times in {time}, and nothing came back."), at.with))
      .seen(seen_in(at));
  add_others(made, at);
  made.in_console(
      words(N_("In the security group or firewall, allow TCP {port} from 0.0.0.0/0."), at.with));
  return made.apart(
      words(N_("A capture on the server shows whether SYN arrives there:")),
      "sudo tcpdump -ni any -w server.pcap 'tcp port " + at.with.at("port") + " or icmp'");
}

maybe_finding this_one_at_times(const view& known, exclusions& excluded) {
  const capture_view at = capture_view_of(known, {stream_ending::unanswered});
  if (!at || at.all->own_answered == 0 || at.is_not_fetched() || at.is_flooded()) return {};
  exclude(excluded, "tcp-timeout-source-allowlist",
          words(N_("The port answered {client} on other connections."), at.with));
  made_finding made(
      "tcp-refused-rate-limit", certainty::possible, strength::usual,
      words(N_("Port {port} answers {client} at times and then not: a rule limits how "
               "many connections may be made, or the listener's queue was full."),
            at.with));
  return made.seen(unanswered_sentence(at))
      .seen(seen_in(at))
      .apart(words(N_("A listener whose queue is full drops SYN as well; then this counts up:")),
             "nstat -az TcpExtListenDrops TcpExtListenOverflows TcpExtTCPReqQFullDrop")
      .in_app(words(N_("Wait longer before connecting again, twice as long each time.")));
}

/// SYNs come from many addresses, none of which asks twice: a flood, and real clients find no room.
maybe_finding flooded(const view& known, exclusions&) {
  if (!known.all.capture || known.all.capture->flood_syns == 0) return {};
  const capture_facts& all = *known.all.capture;
  const capture_view at = capture_view_of(known, {stream_ending::unanswered});
  if (!at && !all.is_flood) return {};
  const places with{{"port", std::to_string(all.streams.back().broker.port)},
                    {"client", all.streams.back().client.address},
                    {"count", std::to_string(all.flood_syns)},
                    {"time", seconds_text(all.flood_s)},
                    {"watched", std::to_string(all.flood_watched)},
                    {"addresses", std::to_string(all.flood_addresses)},
                    {"answered", std::to_string(all.flood_answered)}};
  const bool is_answered = all.flood_answered * 2 > all.flood_watched;
  made_finding made(
      "tcp-syn-flood", certainty::likely, strength::agreed,
      at ? words(N_("{client} gets no answer from port {port}, which is flooded with SYNs from "
                    "forged addresses: the queue for those that ask is full."),
                 with)
         : words(N_("Port {port} is flooded with SYNs from forged addresses."), with));
  made.seen(words(N_("{count} SYNs in {time}. Of the first {watched}, from {addresses} addresses, "
                     "hardly any was sent again or went on, as that of a real client is."),
                  with));
  made.seen(is_answered
                ? words(N_("{answered} of them were answered: the server has room, or uses SYN "
                           "cookies."),
                        with)
                : words(N_("{answered} of them were answered."), with));
  if (!at && is_answered) made.warning();
  return made
      .mend(words(N_("Let the server answer without keeping anything (SYN cookies):")),
            "sudo sysctl net.ipv4.tcp_syncookies=1")
      .apart(words(N_("What was dropped counts up on the server:")),
             "nstat -az TcpExtTCPReqQFullDrop TcpExtTCPReqQFullDoCookies TcpExtSyncookiesSent");
}

maybe_finding nobody_fetches(const view& known, exclusions& excluded) {
  const capture_view at =
      capture_view_of(known, {stream_ending::unanswered, stream_ending::not_accepted});
  if (!at) return {};
  const bool is_repeated = at.stream->ending == stream_ending::not_accepted;
  if (!is_repeated && !at.is_not_fetched()) return {};
  // Anywhere but on the server the client's ACK may have been lost behind the capture.
  const bool is_here = at.is_at(capture_place::server);
  exclude(excluded, "tcp-timeout-host-firewall",
          words(N_("The port answered other connections with SYN-ACK."), at.with));
  made_finding made("mqtt-broker-hung", is_here ? certainty::likely : certainty::possible,
                    is_here ? strength::agreed : strength::usual,
                    words(N_("The broker does not fetch its connections: the listener's queue at "
                             "port {port} is full, and the system lets no more in."),
                          at.with));
  if (is_repeated) {
    made.seen(words(N_("SYN-ACK was sent again although the client had acknowledged it (packets "
                       "{packets})."),
                    at.with));
  } else {
    made.seen(unanswered_sentence(at))
        .seen(words(N_("On {count} connections that stood, a client spoke and the broker said "
                       "nothing."),
                    {{"count", std::to_string(at.all->unserved)}}))
        .seen(seen_in(at));
  }
  made.apart(words(N_("On the server, how many wait (Recv-Q) and what the system dropped:")),
             "ss -ltn; nstat -az TcpExtListenOverflows");
  return made.look(words(N_("See what holds it up:")), "journalctl -u mosquitto -n 50");
}

// ---- SYN answered by a refusal -----------------------------------------------------------------

/// Who sent the RST in the broker's name; nullptr for the broker's machine itself, or if unknown.
const char* made_by_another(const capture_view& at) {
  const stream_fact& stream = *at.stream;
  if (at.place() == capture_place::router && stream.reset_left_here)
    return N_("The machine of this capture sent the RST itself: nothing of the kind came in.");
  if (stream.reset_ttl < 0) return nullptr;
  const bool is_neighbours = is_first_ttl(stream.reset_ttl);
  if (stream.usual_ttl >= 0) {
    return is_foreign_ttl(stream.reset_ttl, stream.usual_ttl)
               ? N_("The RST came with TTL {ttl}, other packets of {address} with {usual}.")
               : nullptr;
  }
  // An RST with a full TTL from a public address, seen in a private network, comes from close by.
  const bool is_far = class_of(stream.client.address) == address_class::private_use &&
                      class_of(stream.broker.address) == address_class::global;
  return at.place() == capture_place::client && is_neighbours && is_far
             ? N_("The RST came with TTL {ttl}: nobody passed it on, and {address} is not in this "
                  "network.")
             : nullptr;
}

maybe_finding refused_by_another(const view& known, exclusions& excluded) {
  const capture_view at = capture_view_of(known, {stream_ending::refused});
  if (!at) return {};
  const char* const evidence = made_by_another(at);
  if (evidence == nullptr) return {};
  exclude(excluded, "tcp-refused-not-running",
          words(N_("The RST is not the broker's own (packets {packets})."), at.with));
  const bool is_here = at.stream->reset_left_here;
  made_finding made(
      "tcp-refused-by-firewall-reset", is_here ? certainty::certain : certainty::likely,
      is_here ? strength::told : strength::agreed,
      is_here ? words(N_("A rule of the machine of this capture rejects connections to {address} "
                         "port {port}."),
                      at.with)
              : words(N_("A machine in front of {address} rejects port {port} in its name: a "
                         "firewall, a router, or the host of a container that publishes nothing "
                         "there."),
                      at.with));
  made.seen(words(N_("SYN was answered by RST (packets {packets})."), at.with))
      .seen(words(evidence, at.with));
  add_others(made, at);
  if (is_here)
    return made.look(words(N_("See the rules:")), "sudo nft list ruleset | grep -n reject");
  return made.mend(words(
      N_("Let port {port} through where that machine is administered: a router or firewall on the "
         "way, or the ports of the container."),
      at.with));
}

maybe_finding at_another_port(const view& known, exclusions&) {
  const capture_view at = capture_view_of(known, {stream_ending::refused});
  if (!at || at.all->mqtt_ports.empty()) return {};
  const std::int64_t spoken_at = at.all->mqtt_ports.front();
  if (spoken_at == at.stream->broker.port) return {};
  // A usual port (8883 beside 1883) more likely lacks its listener than is a number mistaken.
  const bool is_odd = expected_scheme(at.stream->broker.port) == scheme::none;
  places with = at.with;
  with["other"] = std::to_string(spoken_at);
  return made_finding(
             "tcp-refused-wrong-port", is_odd ? certainty::likely : certainty::possible,
             is_odd ? strength::agreed : strength::one_of_several,
             words(N_("{client} asks for port {port}, and MQTT is spoken at port {other} of "
                      "{address}."),
                   with))
      .seen(words(N_("SYN was answered by RST (packets {packets})."), with))
      .seen(words(N_("In the same capture the broker speaks at port {other}."), with))
      .in_app(words(N_("Set the port {other}."), with));
}

maybe_finding refused(const view& known, exclusions& excluded) {
  const capture_view at = capture_view_of(known, {stream_ending::refused});
  if (!at) return {};
  exclude(excluded, "tcp-timeout-security-group",
          words(N_("An answer came: RST, in packet {packet}."),
                {{"packet", std::to_string(at.stream->ended_in.back())}}));
  if (made_by_another(at)) return {};
  const bool is_here = at.is_at(capture_place::server);
  made_finding made(
      "tcp-refused-not-running", is_here ? certainty::likely : certainty::possible,
      is_here ? strength::usual : strength::first_of_several,
      is_here ? words(N_("{client} reaches this server, and nothing listens at {address} "
                         "port {port} (or a rule rejects it)."),
                      at.with)
              : words(N_("{address} refuses port {port}: nothing listens there, or a rule "
                         "rejects it."),
                      at.with));
  made.seen(words(N_("SYN was answered by RST (packets {packets})."), at.with));
  add_others(made, at);
  made.mend(words(N_("Start the broker, or let it listen on that port and address.")));
  return made.apart(words(N_("On the server, what listens:")), "sudo ss -ltnp");
}

maybe_finding unreachable_as(const view& known, bool is_rule) {
  const capture_view at = capture_view_of(known, {stream_ending::unreachable});
  if (!at || at.stream->icmp.empty()) return {};
  const stream_icmp_fact& icmp = at.stream->icmp.front();
  // "Prohibited" and "port unreachable" come from a rule, "host" and "net unreachable" from routes.
  const bool is_prohibited =
      icmp.is_v6 ? icmp.type == 1 && (icmp.code == 1 || icmp.code >= 4)
                 : icmp.type == 3 && (icmp.code == 2 || icmp.code == 3 || icmp.code == 9 ||
                                      icmp.code == 10 || icmp.code == 13);
  if (is_prohibited != is_rule) return {};
  places with = at.with;
  with["from"] = icmp.from;
  with["type"] = std::to_string(icmp.type);
  with["code"] = std::to_string(icmp.code);
  with["packet"] = std::to_string(icmp.in);
  const sentence evidence(N_("ICMP from {from}, type {type}, code {code} (packet {packet})."),
                          with);
  if (is_rule) {
    made_finding made(
        "tcp-refused-by-icmp", certainty::certain, strength::told,
        words(N_("A rule at {from} rejects connections to {address} port {port}."), with));
    return made.seen(evidence).mend(
        words(N_("In the firewall of {from}, let port {port} in."), with));
  }
  if (!icmp.is_v6 ? icmp.type == 11 : icmp.type == 3) {
    made_finding loop(
        "tcp-unreachable-no-route", certainty::likely, strength::told,
        words(N_("Packets to {address} go round in a loop between routers, {from} says: "
                 "their TTL is used up there."),
              with));
    return loop.seen(evidence).mend(
        words(N_("Correct the routes of {from} and its neighbours: one sends {address} back to the "
                 "other."),
              with));
  }
  made_finding made("tcp-unreachable-no-route", certainty::likely, strength::told,
                    words(N_("{from} says that no way leads to {address}: the machine is off, the "
                             "address is wrong, or a route is missing there."),
                          with));
  return made.seen(evidence).mend(
      words(N_("See that the broker's machine is on and has {address}; then the routes of {from}."),
            with));
}
maybe_finding rejected(const view& known, exclusions&) { return unreachable_as(known, true); }
maybe_finding no_route(const view& known, exclusions&) { return unreachable_as(known, false); }

// ---- SYN-ACK without an ACK --------------------------------------------------------------------

maybe_finding no_way_back(const view& known, exclusions& excluded) {
  const capture_view at = capture_view_of(known, {stream_ending::half_open});
  if (!at || at.is_at(capture_place::client)) return {};
  exclude(excluded, "tcp-refused-not-running",
          words(N_("The port answers (packets {packets})."), at.with));
  const bool is_here = at.is_at(capture_place::server);
  made_finding made(
      "path-no-route-back", is_here ? certainty::likely : certainty::possible,
      is_here ? strength::agreed : strength::first_of_several,
      words(N_("The answer to {client} leaves from {address} and does not arrive: the "
               "way back is another one, or something on it drops what it does not "
               "know."),
            at.with));
  made.seen(words(N_("SYN-ACK was sent, and no ACK came (packets {packets})."), at.with));
  add_others(made, at);
  return made.look(words(N_("See by which interface the answer leaves:")),
                   "ip route get " + shell_word(at.stream->client.address) + " from " +
                       shell_word(at.stream->broker.address));
}

maybe_finding own_firewall_on_client(const view& known, exclusions&) {
  const capture_view at = capture_view_of(known, {stream_ending::half_open});
  if (!at || at.place() != capture_place::client) return {};
  made_finding made("tcp-local-policy", certainty::likely, strength::usual,
                    words(N_("The broker's answer arrives at {client}, whose own firewall keeps it "
                             "from the app."),
                          at.with));
  return made.seen(words(N_("SYN-ACK came, and no ACK went back (packets {packets})."), at.with))
      .mend(words(N_("In the client's firewall or security app, let answers to its own connections "
                     "in.")),
            {}, place::here);
}

constexpr second_look looks[] = {
    {"tcp-syn-flood", flooded},
    {"path-no-route-back", answered_by_another},
    {"tcp-timeout-host-firewall", dropped_on_server},
    {"tcp-timeout-source-allowlist", this_one_dropped},
    {"tcp-timeout-security-group", dropped_on_the_way},
    {"tcp-refused-rate-limit", this_one_at_times},
    {"mqtt-broker-hung", nobody_fetches},
    {"tcp-refused-by-firewall-reset", refused_by_another},
    {"tcp-refused-wrong-port", at_another_port},
    {"tcp-refused-not-running", refused},
    {"tcp-refused-by-icmp", rejected},
    {"tcp-unreachable-no-route", no_route},
    {"path-no-route-back", no_way_back},
    {"tcp-local-policy", own_firewall_on_client},
};

}  // namespace

cause_table capture_causes() { return {{}, looks}; }

}  // namespace mqttkit::doctor
