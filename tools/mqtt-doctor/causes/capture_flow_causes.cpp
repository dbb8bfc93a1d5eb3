// Causes from a capture: what ends or slows TCP connections that were established.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "mqtt-doctor/causes/capture_view.hpp"
#include "mqtt-doctor/facts/hops.hpp"

namespace mqttkit::doctor {
namespace {

// A packet of 576 bytes passes everywhere (RFC 791 §3.1; IPv6 promises 1280, RFC 8200 §5): a
// smaller one that is lost is lost for another reason than its size.
constexpr std::int64_t passes_everywhere = 576;
constexpr double long_shut_s = 5;       // a window that is shut for a moment is how TCP slows down
constexpr std::int64_t many_lost = 5;   // retransmitted segments
constexpr std::int64_t one_in = 50;     // one packet in 50 lost (two percent): TCP begins to crawl
constexpr std::int64_t most_lost = 10;  // with one in one_in_many (5 %), apps give up
constexpr std::int64_t one_in_many = 20;
constexpr double idle_limit_s = 10;       // no proxy has a shorter idle limit
constexpr double least_age_s = 60;        // shorter limits of age are not in use
constexpr double persistent_s = 3;        // by then a segment has been sent three times
constexpr std::int64_t with_head = 40;    // IPv4 and TCP headers around a full segment
constexpr std::int64_t with_stamps = 12;  // the timestamps option (RFC 7323) takes these

// ---- connections ended by a third party in an end's name ---------------------------------------

bool is_sent_to_both(const stream_fact& stream) {
  const stream_side_fact& other = stream.by_client ? stream.broker : stream.client;
  return stream.other_reset_in != 0 && is_foreign_ttl(stream.other_reset_ttl, other.ttl);
}

maybe_finding reset_on_the_way(const view& known, exclusions& excluded) {
  const capture_view at = capture_view_of(known, {stream_ending::reset_on_the_way}, true);
  if (!at) return {};
  const stream_fact& stream = *at.stream;
  const stream_side_fact& named = stream.by_client ? stream.client : stream.broker;
  places with = at.with;
  with["named"] = named.address;
  with["ttl"] = std::to_string(stream.reset_ttl);
  with["usual"] = std::to_string(named.ttl);
  exclude(excluded, "tcp-refused-not-running",
          words(N_("The RST is not the broker's own (packet {packets})."), with));
  made_finding made("path-dpi-reset", certainty::likely, strength::agreed,
                    words(N_("Something on the way ends the connection in the name of {named}: a "
                             "firewall that looks inside, or a provider that does not let MQTT "
                             "pass."),
                          with));
  if (stream.reset_left_here && at.place() == capture_place::router) {
    made.seen(words(N_("The RST in packet {packets} left the machine of this capture and had not "
                       "come in: it is its own."),
                    with));
  } else {
    made.seen(
        words(N_("The RST in packet {packets} came with TTL {ttl}, all other packets of {named} "
                 "with TTL {usual}."),
              with));
  }
  if (stream.reset_id >= 0 && stream.id_before >= 0) {
    with["id"] = std::to_string(stream.reset_id);
    with["before"] = std::to_string(stream.id_before);
    made.seen(
        words(N_("Its IP identification is {id}, that of the packet before it {before}."), with));
  }
  if (is_sent_to_both(stream)) {
    const stream_side_fact& other = stream.by_client ? stream.broker : stream.client;
    with["other"] = other.address;
    with["packet"] = std::to_string(stream.other_reset_in);
    with["other_ttl"] = std::to_string(stream.other_reset_ttl);
    with["other_usual"] = std::to_string(other.ttl);
    made.seen(words(N_("Another came in the name of {other} (packet {packet}) with TTL "
                       "{other_ttl}, its own packets with {other_usual}: both ends were told that "
                       "the other one had ended it."),
                    with));
  }
  return made.in_app(use_tls_elsewhere(known));
}

// ---- packets that never arrived ----------------------------------------------------------------

const stream_side_fact& sender_of(const stream_fact& stream) {
  return stream.by_client ? stream.client : stream.broker;
}

maybe_finding too_large_for_the_way(const view& known, exclusions& excluded) {
  const capture_view at = capture_view_of(known, {stream_ending::vanished}, true);
  if (!at) return {};
  const stream_side_fact& from = sender_of(*at.stream);
  const bool is_large = from.largest_lost > from.largest_acknowledged &&
                        from.largest_lost > passes_everywhere && from.largest_acknowledged > 0;
  if (!is_large) return {};
  places with = at.with;
  with["named"] = from.address;
  with["size"] = std::to_string(from.largest_lost);
  with["passed"] = std::to_string(from.largest_acknowledged);
  with["packets"] = packets_text(from.lost_in);
  const stream_icmp_fact* told = nullptr;
  for (const stream_icmp_fact& icmp : at.stream->icmp) {
    if (icmp.mtu > 0 && !from.lost_in.empty() && from.lost_in.back() > icmp.in) told = &icmp;
  }
  made_finding made("path-mtu-black-hole", told != nullptr ? certainty::certain : certainty::likely,
                    told != nullptr ? strength::told : strength::agreed,
                    words(N_("Packets of {size} bytes from {named} do not arrive, smaller ones do: "
                             "the way carries less than both sides believe (MTU)."),
                          with));
  made.seen(words(N_("{size} bytes were sent again and again and never acknowledged (packets "
                     "{packets}); {passed} bytes were."),
                  with));
  if (told != nullptr) {
    with["mtu"] = std::to_string(told->mtu);
    with["from"] = told->from;
    with["packet"] = std::to_string(told->in);
    made.seen(
        words(N_("{from} says that at most {mtu} bytes pass (packet {packet}), and larger ones "
                 "were sent after it."),
              with));
  }
  exclude(excluded, "path-half-open",
          words(N_("Smaller packets were acknowledged ({passed} bytes)."), with));
  return made.mend(
      words(N_("Let the router or the VPN fit the segments to the way (TCP MSS "
               "clamping), or lower the MTU of the sender's interface.")));
}

made_finding large_and_unanswered(const stream_side_fact& from, const places& with) {
  const sentence fit =
      words(N_("Let the router or the VPN fit the segments to the way (TCP MSS clamping), or lower "
               "the MTU of the sender's interface."));
  if (!from.later_came && from.largest_acknowledged == 0) {  // no smaller packet to compare with
    made_finding made(
        "path-mtu-black-hole", certainty::possible, strength::usual,
        words(N_("Packets of {size} bytes from {named} do not arrive: they are larger "
                 "than the way carries (MTU), or a firewall drops what is said."),
              with));
    made.seen(words(N_("The first {size} bytes were sent again and again and never acknowledged "
                       "(packets {packets}); nothing smaller was sent."),
                    with));
    return made.mend(fit);
  }
  made_finding made("path-mtu-black-hole", certainty::likely, strength::agreed,
                    words(N_("Packets of {size} bytes from {named} do not arrive, smaller ones do: "
                             "the way carries less than both sides believe (MTU)."),
                          with));
  made.seen(from.later_came
                ? words(N_("{size} bytes were sent again and again and never acknowledged "
                           "(packets {packets}), while the other end told of smaller packets "
                           "behind them (SACK)."),
                        with)
                : words(N_("{size} bytes were sent again and again and never acknowledged "
                           "(packets {packets}); {passed} bytes were."),
                        with));
  return made.mend(fit);
}

/// One large packet was sent again and again, however the connection ended.
maybe_finding large_ones_repeated(const view& known, exclusions& excluded) {
  if (!known.all.capture) return {};
  for (const stream_fact& stream : known.all.capture->streams) {
    for (const stream_side_fact* const from : {&stream.client, &stream.broker}) {
      const bool is_large =
          from->largest_lost > passes_everywhere && from->largest_lost > from->largest_acknowledged;
      if (!is_large || from->lost_in.size() < 3) continue;
      const places with{{"named", from->address},
                        {"size", std::to_string(from->largest_lost)},
                        {"passed", std::to_string(from->largest_acknowledged)},
                        {"packets", packets_text(from->lost_in)}};
      if (from->later_came || from->largest_acknowledged > 0)
        exclude(excluded, "path-half-open",
                words(N_("Smaller packets of {named} did arrive."), with));
      return large_and_unanswered(*from, with);
    }
  }
  return {};
}

/// The SYN-ACK came back, and not one byte that the client sent afterwards was acknowledged.
bool is_never_heard(const stream_fact& stream) {
  return !stream.is_late && sender_of(stream).largest_acknowledged == 0;
}

maybe_finding not_heard(const view& known, exclusions&) {
  const capture_view at = capture_view_of(known, {stream_ending::vanished}, true);
  if (!at || !is_never_heard(*at.stream)) return {};
  const stream_side_fact& from = sender_of(*at.stream);
  // A large first packet may have been lost because of its size.
  const bool is_small = from.largest_lost <= passes_everywhere;
  places with = at.with;
  with["named"] = from.address;
  return made_finding("path-payload-dropped", is_small ? certainty::likely : certainty::possible,
                      is_small ? strength::agreed : strength::usual,
                      words(N_("The connection comes to stand, and nothing that {named} says on it "
                               "arrives: a firewall that looks inside drops it."),
                            with))
      .seen(words(N_("The first bytes were sent again and again, without an answer (packets "
                     "{packets})."),
                  with))
      .in_app(use_tls_elsewhere(known));
}

/// At the receiver later and smaller packets arrive, and those of full size do not.
maybe_finding missing_large_ones(const view& known, exclusions&) {
  if (!known.all.capture) return {};
  for (const stream_fact& stream : known.all.capture->streams) {
    const std::int64_t mss = std::min(stream.client.mss, stream.broker.mss);
    if (mss == 0) continue;
    for (const stream_side_fact* const from : {&stream.client, &stream.broker}) {
      const bool is_full = from->hole >= mss - with_stamps &&
                           from->largest < mss - with_stamps + with_head && from->largest > 0;
      if (!is_full || from->hole_s < persistent_s || mss < passes_everywhere) continue;
      const places with{{"named", from->address},
                        {"size", std::to_string(mss + with_head)},
                        {"passed", std::to_string(from->largest)},
                        {"missing", std::to_string(from->hole)},
                        {"time", seconds_text(from->hole_s)},
                        {"packet", std::to_string(from->hole_in)}};
      return made_finding(
                 "path-mtu-black-hole", certainty::likely, strength::agreed,
                 words(N_("Packets of {size} bytes from {named} do not arrive, smaller ones do: "
                          "the way carries less than both sides believe (MTU)."),
                       with))
          .seen(words(N_("{missing} bytes in front of packet {packet} are missing and did not come "
                         "in {time}; the largest packet that did has {passed} bytes."),
                      with))
          .mend(words(N_("Let the router or the VPN fit the segments to the way (TCP MSS "
                         "clamping), or lower the MTU of the sender's interface.")));
    }
  }
  return {};
}

maybe_finding gone(const view& known, exclusions&) {
  const capture_view at = capture_view_of(known, {stream_ending::vanished}, true);
  if (!at) return {};
  const stream_side_fact& from = sender_of(*at.stream);
  if (from.largest_lost > passes_everywhere && from.largest_acknowledged > 0 &&
      from.largest_lost > from.largest_acknowledged)
    return {};
  if (is_never_heard(*at.stream)) return {};
  places with = at.with;
  with["named"] = from.address;
  with["other"] = at.stream->by_client ? at.stream->broker.address : at.stream->client.address;
  made_finding made(
      "path-half-open", certainty::likely, strength::usual,
      words(N_("{other} was gone in the middle of the connection: what {named} sent was "
               "never acknowledged."),
            with));
  return made.seen(words(N_("Sent again and again, without an answer (packets {packets})."), with))
      .in_app(words(N_("Let the app notice it sooner (a shorter keep alive) and connect again by "
                       "itself.")));
}

sentence shorter_keep_alive(const capture_view& at) {
  return words(N_("Set the keep alive well below {idle}: 60 s at most, 30 s for mobile networks."),
               at.with);
}

bool was_answered_by_reset(const capture_view& at) { return at.stream->reset_ttl >= 0; }

maybe_finding forgotten_and_reset(const view& known, exclusions&) {
  const capture_view at = capture_view_of(known, {stream_ending::forgotten}, true);
  if (!at || !was_answered_by_reset(at)) return {};
  return made_finding(
             "path-nat-idle-reset", certainty::likely, strength::agreed,
             words(N_("After {idle} without a packet, something on the way (NAT, firewall, "
                      "load balancer) had forgotten the connection and answered with RST."),
                   at.with))
      .seen(words(N_("Silence for {idle}, then a packet that was answered by RST (packets "
                     "{packets})."),
                  at.with))
      .in_app(shorter_keep_alive(at));
}

maybe_finding forgotten_in_silence(const view& known, exclusions&) {
  const capture_view at = capture_view_of(known, {stream_ending::forgotten}, true);
  if (!at || was_answered_by_reset(at)) return {};
  return made_finding("path-nat-idle-drop", certainty::likely, strength::agreed,
                      words(N_("After {idle} without a packet, the network had forgotten the "
                               "connection: what was sent then got no answer at all."),
                            at.with))
      .seen(words(N_("Silence for {idle}, then packets sent again and again without an answer "
                     "(packets {packets})."),
                  at.with))
      .in_app(shorter_keep_alive(at));
}

/// The broker's side ends a silent connection long before the keep alive that was agreed.
maybe_finding hung_up_in_silence(const view& known, exclusions& excluded) {
  if (!known.all.capture) return {};
  std::vector<const stream_fact*> cut;
  for (const stream_fact& stream : known.all.capture->streams) {
    const bool is_theirs = stream.ending == stream_ending::closed_by_broker ||
                           stream.ending == stream_ending::reset_by_broker;
    const bool is_due = stream.keep_alive_s > 0 && stream.idle_s > stream.keep_alive_s;
    // Before CONNACK there is nothing to be idle, and a broker that is stopped, or that the same
    // client has come to anew, ends connections at any time.
    const bool is_unready =
        stream.speaks != spoken_protocol::none && stream.keep_alive_s >= 0 && !stream.was_let_in;
    if (is_unready || stream.was_replaced || stream.ended_with != 0) continue;
    if (is_theirs && stream.idle_s >= idle_limit_s && !is_due) cut.push_back(&stream);
  }
  if (cut.empty()) return {};
  const auto is_known = [](const stream_fact* stream) { return stream->keep_alive_s >= 0; };
  const bool is_alike =
      cut.size() > 1 && std::all_of(cut.begin(), cut.end(), [&](const stream_fact* stream) {
        return std::abs(stream->idle_s - cut.front()->idle_s) <= 1;
      });
  if (!is_alike && (cut.size() > 1 || !is_known(cut.front()))) return {};
  const stream_fact& last = *cut.back();
  // A limit of its kind ends each silence of that length.
  double outlived = 0;
  for (const stream_fact& stream : known.all.capture->streams)
    outlived = std::max(outlived, stream.outlived_idle_s);
  if (outlived > last.idle_s + 2) {
    exclude(
        excluded, "proxy-idle-timeout",
        words(N_("A silence of {outlived} was no reason to hang up, so the one of {idle} before "
                 "the end was not either."),
              {{"outlived", seconds_text(outlived)}, {"idle", seconds_text(last.idle_s)}}));
    return {};
  }
  const places with{{"idle", seconds_text(last.idle_s)},
                    {"address", last.broker.address},
                    {"keep_alive", std::to_string(last.keep_alive_s)},
                    {"count", std::to_string(cut.size())},
                    {"packets", packets_text(last.ended_in)}};
  const bool is_web = last.speaks == spoken_protocol::websocket;
  made_finding made(is_web ? "ws-idle-timeout" : "proxy-idle-timeout",
                    is_alike ? certainty::likely : certainty::possible,
                    is_alike ? strength::agreed : strength::usual,
                    words(N_("{address} hangs up after {idle} without a packet: a proxy or load "
                             "balancer in front of the broker."),
                          with));
  if (is_alike) {
    made.seen(words(N_("{count} times it did so after the same silence (the last time in packet "
                       "{packets})."),
                    with));
  } else {
    made.seen(words(N_("Silence for {idle}, then its FIN or RST (packet {packets})."), with))
        .apart(words(N_("A broker that was stopped at that moment does so too; a second time after "
                        "the same silence would decide it.")));
  }
  if (is_known(&last)) {
    made.seen(last.keep_alive_s == 0
                  ? words(N_("The client's keep alive is off: it is not the broker's reason."))
                  : words(N_("The client's keep alive is {keep_alive} s: the broker waits longer."),
                          with));
  }
  exclude(excluded, "session-keepalive-expired",
          words(N_("The end came after {idle}, before the keep alive."), with));
  return made.in_app(
      words(N_("Set the keep alive to less than {idle}, or raise that limit."), with));
}

/// The broker's side ends connections that are in use, always at the same age.
maybe_finding ended_at_an_age(const view& known, exclusions&) {
  if (!known.all.capture) return {};
  std::vector<const stream_fact*> ended;
  for (const stream_fact& stream : known.all.capture->streams) {
    const bool is_theirs = stream.ending == stream_ending::closed_by_broker ||
                           stream.ending == stream_ending::reset_by_broker;
    const bool is_in_use = stream.idle_s * 10 < stream.seconds;
    if (stream.was_let_in && !stream.is_late && is_theirs && is_in_use &&
        stream.seconds >= least_age_s && !stream.was_replaced && stream.ended_with == 0)
      ended.push_back(&stream);
  }
  if (ended.size() < 2) return {};
  const double age = ended.front()->seconds;
  const bool is_alike = std::all_of(ended.begin(), ended.end(), [&](const stream_fact* stream) {
    return std::abs(stream->seconds - age) <= 1 + age / 200;
  });
  if (!is_alike) return {};
  const places with{{"address", ended.back()->broker.address},
                    {"time", seconds_text(age)},
                    {"count", std::to_string(ended.size())},
                    {"packets", packets_text(ended.back()->ended_in)}};
  return made_finding(
             "session-lifetime", certainty::likely, strength::agreed,
             words(N_("{address} ends each connection after {time}, although it is in use: "
                      "a limit of its age (the lifetime of a token, or a load balancer)."),
                   with))
      .seen(words(
          N_("{count} times it did so at the same age (the last time in packet {packets})."), with))
      .in_app(words(N_("Let the app connect again by itself, with a fresh token where it uses one, "
                       "or raise that limit.")));
}

/// The broker ends the connections of several clients at once: it was stopped.
maybe_finding ended_with_others(const view& known, exclusions&) {
  if (!known.all.capture) return {};
  for (const stream_fact& stream : known.all.capture->streams) {
    const bool is_theirs = stream.ending == stream_ending::closed_by_broker ||
                           stream.ending == stream_ending::reset_by_broker;
    // Clients of one keep alive that fell silent together are ended together.
    const bool is_due = stream.keep_alive_s > 0 && stream.idle_s > stream.keep_alive_s;
    if (!stream.was_let_in || !is_theirs || stream.was_replaced || stream.said_goodbye ||
        stream.ended_with < 2 || is_due)
      continue;
    const places with{{"address", stream.broker.address},
                      {"count", std::to_string(stream.ended_with + 1)},
                      {"packets", packets_text(stream.ended_in)}};
    return made_finding(
               "session-broker-restarted", certainty::likely, strength::agreed,
               words(N_("{address} ended {count} connections within a second, this one among "
                        "them: the broker, or the proxy in front of it, was stopped or "
                        "restarted."),
                     with))
        .seen(words(N_("Packets {packets}, as Wireshark numbers them."), with))
        .look(words(N_("When it was started, and what ended it:")),
              "systemctl status mosquitto; journalctl -u mosquitto -n 50");
  }
  return {};
}

/// SYNs had to be sent again and again before a connection stood.
maybe_finding slow_to_stand(const view& known, exclusions&) {
  if (!known.all.capture) return {};
  std::int64_t slow = 0, most = 0;
  for (const stream_fact& stream : known.all.capture->streams) {
    constexpr int enough = 3;
    if (stream.attempts < enough || stream.broker.packets < 2 ||
        stream.ending == stream_ending::unanswered)
      continue;
    ++slow;
    most = std::max<std::int64_t>(most, stream.attempts);
  }
  if (slow < 2) return {};
  const places with{{"count", std::to_string(slow)}, {"number", std::to_string(most)}};
  return made_finding(
             "path-packet-loss", certainty::possible, strength::seen,
             words(N_("{count} connections stood only after several SYNs (up to {number}): "
                      "packets are lost on the way, or the listener's queue is full at "
                      "times."),
                   with))
      .apart(words(N_("A listener whose queue is full drops SYN as well; then this counts up:")),
             "nstat -az TcpExtListenDrops TcpExtListenOverflows TcpExtTCPReqQFullDrop")
      .warning();
}

// ---- connections that go on, badly -------------------------------------------------------------

maybe_finding does_not_read(const view& known, exclusions&) {
  if (!known.all.capture) return {};
  for (const stream_fact& stream : known.all.capture->streams) {
    const stream_side_fact& client = stream.client;
    if (client.shut_s < long_shut_s) continue;
    const places with{{"client", client.address},
                      {"time", seconds_text(client.shut_s)},
                      {"packet", std::to_string(client.shut_in)}};
    return made_finding(
               "delivery-slow-consumer", certainty::certain, strength::told,
               words(N_("The app at {client} did not read for {time}: its receive window was "
                        "shut, and the broker had to wait."),
                     with))
        .seen(words(N_("Window 0 since packet {packet}."), with))
        .in_app(words(N_("Keep the callback for messages short: hand them to another thread, or "
                         "subscribe to less.")));
  }
  return {};
}

maybe_finding broker_does_not_read(const view& known, exclusions&) {
  if (!known.all.capture) return {};
  for (const stream_fact& stream : known.all.capture->streams) {
    const stream_side_fact& broker = stream.broker;
    if (broker.shut_s < long_shut_s) continue;
    const places with{{"address", broker.address},
                      {"time", seconds_text(broker.shut_s)},
                      {"packet", std::to_string(broker.shut_in)}};
    return made_finding(
               "mqtt-broker-hung", certainty::likely, strength::seen,
               words(N_("The broker at {address} did not read for {time}: its receive window "
                        "was shut, and the client had to wait."),
                     with))
        .seen(words(N_("Window 0 since packet {packet}."), with))
        .look(words(N_("See what holds it up:")), "journalctl -u mosquitto -n 50");
  }
  return {};
}

maybe_finding lossy(const view& known, exclusions&) {
  if (!known.all.capture) return {};
  std::int64_t again = 0, packets = 0;
  const stream_fact* first = nullptr;
  for (const stream_fact& stream : known.all.capture->streams) {
    // The losses at the end of a stream are reported by the causes above.
    if (stream.ending == stream_ending::vanished || stream.ending == stream_ending::forgotten)
      continue;
    again += stream.client.again + stream.broker.again;
    packets += stream.client.packets + stream.broker.packets;
    if (first == nullptr && stream.client.again + stream.broker.again != 0) first = &stream;
  }
  if (again < many_lost || again * one_in < packets) return {};
  std::vector<std::int64_t> in = first->client.again_in;
  in.insert(in.end(), first->broker.again_in.begin(), first->broker.again_in.end());
  const bool is_grave = again >= most_lost && again * one_in_many >= packets;
  made_finding made("path-packet-loss", certainty::likely,
                    is_grave ? strength::usual : strength::seen,
                    words(N_("Packets are lost on the way: {count} of {all} had to be sent again."),
                          {{"count", std::to_string(again)}, {"all", std::to_string(packets)}}));
  made.seen(words(N_("Packets {packets}, as Wireshark numbers them."),
                  {{"packets", packets_text(in)}}))
      .in_app(words(N_("Use QoS 1 and a better signal.")));
  if (!is_grave) made.warning();
  return made;
}

constexpr cause_row rows[] = {
    {"tcp-syn-flood", N_("a flood of connection attempts from forged addresses"), layer::port,
     tools::exit_code::cannot_connect, station::network, severity::problem},
};

constexpr second_look looks[] = {
    {"path-dpi-reset", reset_on_the_way},
    {"path-mtu-black-hole", too_large_for_the_way},
    {"path-mtu-black-hole", missing_large_ones},
    {"path-mtu-black-hole", large_ones_repeated},
    {"path-payload-dropped", not_heard},
    {"path-half-open", gone},
    {"path-nat-idle-reset", forgotten_and_reset},
    {"path-nat-idle-drop", forgotten_in_silence},
    {"proxy-idle-timeout", hung_up_in_silence},
    {"session-lifetime", ended_at_an_age},
    {"session-broker-restarted", ended_with_others},
    {"session-left-without-disconnect", left_without_a_word},
    {"silent", says_nothing},
    {"path-packet-loss", slow_to_stand},
    {"delivery-slow-consumer", does_not_read},
    {"mqtt-broker-hung", broker_does_not_read},
    {"path-packet-loss", lossy},
    {"delivery-late", holds_small_ones_back},
};

}  // namespace

cause_table capture_flow_causes() { return {rows, looks}; }

}  // namespace mqttkit::doctor
