// -v: every question and every connection, in the order they were made.
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/report/report.hpp"
#include "mqtt-doctor/words/language.hpp"

namespace mqttkit::doctor {
namespace {

using places = std::map<std::string, std::string>;

std::string number(std::int64_t value) { return std::to_string(value); }

std::string addresses(const std::vector<std::string>& list) {
  return list.empty() ? "-" : list_text(list);
}

class fact_printer {
 public:
  std::string tell(const facts& seen) {
    tell_name(seen);
    tell_ports(seen.ports);
    for (const auto& endpoint : seen.endpoints) tell_endpoint(endpoint, seen.ports.empty());
    return std::move(out_);
  }

 private:
  void line(const sentence& what) { out_ += "* " + say(what) + '\n'; }
  void part(const sentence& what) { out_ += "*   " + say(what) + '\n'; }

  /// Facts of an older version do not say.
  void tell_bytes(std::int64_t sent, std::int64_t received) {
    if (sent < 0 || received < 0) return;
    part(words(N_("{sent} bytes sent, {received} received"),
               {{"sent", number(sent)}, {"received", number(received)}}));
  }

  void tell_name(const facts& seen) {
    for (const auto& one : seen.name.questions) {
      const places with{{"type", one.type},           {"host", seen.asked.host},
                        {"server", one.server},       {"outcome", one.outcome},
                        {"rcode", number(one.rcode)}, {"addresses", addresses(one.addresses)},
                        {"time", time_text(one.ms)}};
      line(
          one.rcode < 0
              ? words(N_("DNS {type} {host} @{server}: {outcome}, {time}"), with)
              : words(N_("DNS {type} {host} @{server}: rcode {rcode}, {addresses}, {time}"), with));
      tell_bytes(one.sent_bytes, one.received_bytes);
    }
    if (seen.name.mdns_asked) {
      line(words(N_("mDNS {host}: {addresses}"),
                 {{"host", seen.asked.host}, {"addresses", addresses(seen.name.mdns_answers)}}));
    }
    if (seen.name.is_literal) return;
    line(words(N_("getaddrinfo {host}: {code}, {addresses}, {time}"),
               {{"host", seen.asked.host},
                {"code", seen.name.lookup},
                {"addresses", addresses(seen.name.addresses)},
                {"time", time_text(seen.name.lookup_ms)}}));
  }

  void tell_endpoint(const endpoint_facts& endpoint, bool tells_ports) {
    line(
        words(N_("Port {port} as {scheme}://, {time} in all"), {{"port", number(endpoint.port)},
                                                                {"scheme", endpoint.scheme},
                                                                {"time", time_text(endpoint.ms)}}));
    for (const auto& one : endpoint.contacts) tell_contact(one);
    if (endpoint.elsewhere) tell_contact(*endpoint.elsewhere);
    if (endpoint.surroundings) tell_surroundings(*endpoint.surroundings, tells_ports);
    for (const auto& one : endpoint.deliveries) tell_delivery(one);
  }

  void tell_contact(const contact& one) {
    const places where{{"purpose", one.purpose},     {"address", one.address},
                       {"port", number(one.port)},   {"outcome", one.connect.outcome},
                       {"error", one.connect.error}, {"time", time_text(one.connect.ms)}};
    line(one.connect.error.empty()
             ? words(N_("[{purpose}] {address} port {port}: {outcome}, {time}"), where)
             : words(N_("[{purpose}] {address} port {port}: {error}, {time}"), where));
    if (one.connect.icmp) {
      part(words(N_("ICMP {type}/{code} from {from}"), {{"type", number(one.connect.icmp->type)},
                                                        {"code", number(one.connect.icmp->code)},
                                                        {"from", one.connect.icmp->from}}));
    }
    if (one.tls) tell_tls(*one.tls);
    if (one.websocket) {
      const places with{{"path", one.websocket->path},
                        {"status", one.websocket->status_line},
                        {"end", one.websocket->end},
                        {"time", time_text(one.websocket->ms)}};
      part(one.websocket->end.empty() ? words(N_("HTTP {path}: {status}, {time}"), with)
                                      : words(N_("HTTP {path}: {status} ({end}), {time}"), with));
    }
    if (one.mqtt) {
      const places with{{"version", one.mqtt->version},
                        {"answer", one.mqtt->answer},
                        {"reason", number(one.mqtt->reason)},
                        {"time", time_text(one.mqtt->ms)}};
      part(one.mqtt->reason >= 0
               ? words(N_("MQTT {version}: CONNECT, CONNACK {reason}, {time}"), with)
               : words(N_("MQTT {version}: CONNECT, no CONNACK ({answer}), {time}"), with));
    }
    if (!one.received.empty()) {
      part(words(N_("received: {bytes}  \"{text}\""),
                 {{"bytes", one.received}, {"text", one.text}}));
    }
    if (!one.connect.is_connected()) return;
    tell_bytes(one.sent_bytes, one.received_bytes);
    part(words(N_("end: {end} after {time}; {lost} segments unconfirmed, {again} sent again"),
               {{"end", one.end},
                {"time", time_text(one.end_ms)},
                {"lost", number(one.unacknowledged)},
                {"again", number(one.total_retransmits)}}));
  }

  void tell_tls(const tls_fact& tls) {
    const places with{{"protocol", tls.protocol}, {"cipher", tls.cipher},
                      {"end", tls.end},           {"name", tls.server_name},
                      {"error", tls.error},       {"alert", number(tls.alert)},
                      {"time", time_text(tls.ms)}};
    part(tls.is_done ? words(N_("TLS: {protocol} {cipher}, SNI \"{name}\", {time}"), with)
                     : words(N_("TLS: not done ({end}), SNI \"{name}\", {time}"), with));
    if (!tls.error.empty()) part(words(N_("TLS: {error}"), with));
    if (tls.alert >= 0) part(words(N_("TLS: alert {alert}"), with));
    for (const auto& failed : tls.failures) {
      part(
          words(N_("TLS: check {code} at depth {depth}: {words}"), {{"code", number(failed.code)},
                                                                    {"depth", number(failed.depth)},
                                                                    {"words", failed.words}}));
    }
    for (const auto& one : tls.chain) {
      part(words(N_("TLS: certificate {subject}, issued by {issuer}, {from} to {to}"),
                 {{"subject", one.subject},
                  {"issuer", one.issuer},
                  {"from", one.not_before},
                  {"to", one.not_after}}));
    }
  }

  void tell_ports(const std::vector<port_fact>& ports) {
    for (const auto& one : ports) {
      const places with{{"port", number(one.port)},
                        {"outcome", one.connect.outcome},
                        {"speaks", one.speaks},
                        {"product", one.product},
                        {"time", time_text(one.connect.ms)}};
      line(one.speaks.empty() ? words(N_("Port {port}: {outcome}, {time}"), with)
           : one.product.empty()
               ? words(N_("Port {port}: {outcome}, {time}; {speaks}"), with)
               : words(N_("Port {port}: {outcome}, {time}; {speaks} ({product})"), with));
      if (one.connect.is_connected()) tell_bytes(one.sent_bytes, one.received_bytes);
    }
  }

  void tell_surroundings(const surroundings_fact& around, bool tells_ports) {
    if (tells_ports) tell_ports(around.ports);
    for (const auto& hop : around.hops) {
      line(words(N_("Hop {ttl}: {router}, {time}"), {{"ttl", number(hop.ttl)},
                                                     {"router", hop.from.empty() ? "*" : hop.from},
                                                     {"time", time_text(hop.ms)}}));
    }
    if (around.test_net.empty()) return;
    line(words(N_("192.0.2.1: {outcome}, {time}"),
               {{"outcome", around.test_net}, {"time", time_text(around.test_net_ms)}}));
  }

  /// "-": no answer was due, as the subscription stood already or the message had QoS 0.
  static std::string answer(int code) { return code < 0 ? "-" : std::to_string(code); }

  void tell_delivery(const delivery_fact& one) {
    const places with{{"topic", one.topic},
                      {"suback", answer(one.suback)},
                      {"puback", answer(one.puback)},
                      {"time", time_text(one.echo_ms)},
                      {"end", one.end},
                      {"when", one.ended_after}};
    line(one.echoed ? words(N_("Topic {topic}: SUBACK {suback}, PUBACK {puback}, came back in "
                               "{time}"),
                            with)
                    : words(N_("Topic {topic}: SUBACK {suback}, PUBACK {puback}, did not come "
                               "back"),
                            with));
    if (!one.end.empty()) part(words(N_("end: {end} after {when}"), with));
  }

  std::string out_;
};

}  // namespace

std::string story(const facts& seen) { return fact_printer().tell(seen); }

}  // namespace mqttkit::doctor
