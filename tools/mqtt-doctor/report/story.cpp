// The story for -v: every question and connection in the order of time.
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
  std::string tell(const facts& known) {
    tell_name(known);
    tell_ports(known.ports);
    for (const auto& endpoint : known.endpoints) tell_endpoint(endpoint, known.ports.empty());
    return std::move(out_);
  }

 private:
  void line(const sentence& what) { out_ += "* " + say(what) + '\n'; }
  void part(const sentence& what) { out_ += "*   " + say(what) + '\n'; }

  /// Prints counts of bytes, which facts of older versions lack.
  void tell_bytes(std::int64_t sent, std::int64_t received) {
    if (sent < 0 || received < 0) return;
    part(words(N_("{sent} bytes sent, {received} received"),
               {{"sent", number(sent)}, {"received", number(received)}}));
  }

  void tell_name(const facts& known) {
    for (const auto& question : known.name.questions) {
      const places with{
          {"type", question.type},           {"host", known.asked.host},
          {"server", question.server},       {"outcome", question.outcome},
          {"rcode", number(question.rcode)}, {"addresses", addresses(question.addresses)},
          {"time", time_text(question.ms)}};
      line(
          question.rcode < 0
              ? words(N_("DNS {type} {host} @{server}: {outcome}, {time}"), with)
              : words(N_("DNS {type} {host} @{server}: rcode {rcode}, {addresses}, {time}"), with));
      tell_bytes(question.sent_bytes, question.received_bytes);
    }
    if (known.name.mdns_asked) {
      line(words(N_("mDNS {host}: {addresses}"),
                 {{"host", known.asked.host}, {"addresses", addresses(known.name.mdns_answers)}}));
    }
    if (known.name.is_literal) return;
    line(words(N_("getaddrinfo {host}: {code}, {addresses}, {time}"),
               {{"host", known.asked.host},
                {"code", known.name.lookup},
                {"addresses", addresses(known.name.addresses)},
                {"time", time_text(known.name.lookup_ms)}}));
  }

  void tell_endpoint(const endpoint_facts& endpoint, bool tells_ports) {
    line(
        words(N_("Port {port} as {scheme}://, {time} in all"), {{"port", number(endpoint.port)},
                                                                {"scheme", endpoint.scheme},
                                                                {"time", time_text(endpoint.ms)}}));
    for (const auto& contact : endpoint.contacts) tell_contact(contact);
    if (endpoint.gateway) tell_gateway(*endpoint.gateway);
    if (endpoint.elsewhere) tell_contact(*endpoint.elsewhere);
    if (endpoint.reachability) tell_reachability(*endpoint.reachability, tells_ports);
    for (const auto& delivery : endpoint.deliveries) tell_delivery(delivery);
  }

  void tell_gateway(const gateway_fact& gateway) {
    for (const auto* const list : {&gateway.found, &gateway.nearby}) {
      for (const gateway_info_fact& info : *list) {
        line(words(N_("SEARCHGW: gateway {id} at {where}, {time}"),
                   {{"id", number(info.id)},
                    {"where", info.names.empty() ? info.from : info.names},
                    {"time", time_text(info.ms)}}));
      }
    }
    line(words(N_("CONNECT as {id} to {address} port {port} (UDP), sent {count} times: {answer} "
                  "{code}, {time}"),
               {{"id", gateway.client_id.empty() ? "-" : gateway.client_id},
                {"address", gateway.address},
                {"port", number(gateway.port)},
                {"count", number(gateway.sent)},
                {"answer", gateway.answer},
                {"code", gateway.code < 0 ? std::string() : number(gateway.code)},
                {"time", time_text(gateway.ms)}}));
    if (gateway.tcp) {
      part(words(N_("The same port over TCP: {outcome}, {what}"),
                 {{"outcome", gateway.tcp->connect.outcome}, {"what", gateway.tcp->speaks}}));
    }
    for (const gateway_trip_fact& trip : gateway.trips) {
      part(words(N_("{way} {topic}: SUBACK {suback}, PUBACK {puback}, {time}"),
                 {{"way", trip.way},
                  {"topic", trip.topic},
                  {"suback", number(trip.suback)},
                  {"puback", number(trip.puback)},
                  {"time", trip.arrived ? time_text(trip.ms) : "-"}}));
    }
    if (!gateway.idle) return;
    for (const gateway_pause_fact& pause : gateway.idle->pauses) {
      part(words(pause.arrived ? N_("a message came after {time} of silence")
                               : N_("no message came after {time} of silence"),
                 {{"time", tools::silence_text(pause.s)}}));
    }
  }

  void tell_contact(const contact& connection) {
    const places where{
        {"purpose", connection.purpose},     {"address", connection.address},
        {"port", number(connection.port)},   {"outcome", connection.connect.outcome},
        {"error", connection.connect.error}, {"time", time_text(connection.connect.ms)}};
    line(connection.connect.error.empty()
             ? words(N_("[{purpose}] {address} port {port}: {outcome}, {time}"), where)
             : words(N_("[{purpose}] {address} port {port}: {error}, {time}"), where));
    if (connection.connect.icmp) {
      part(words(N_("ICMP {type}/{code} from {from}"),
                 {{"type", number(connection.connect.icmp->type)},
                  {"code", number(connection.connect.icmp->code)},
                  {"from", connection.connect.icmp->from}}));
    }
    if (connection.tls) tell_tls(*connection.tls);
    if (connection.websocket) {
      const places with{{"path", connection.websocket->path},
                        {"status", connection.websocket->status_line},
                        {"end", connection.websocket->end},
                        {"time", time_text(connection.websocket->ms)}};
      part(connection.websocket->end.empty()
               ? words(N_("HTTP {path}: {status}, {time}"), with)
               : words(N_("HTTP {path}: {status} ({end}), {time}"), with));
    }
    if (connection.mqtt) {
      const places with{{"version", connection.mqtt->version},
                        {"answer", connection.mqtt->answer},
                        {"reason", number(connection.mqtt->reason)},
                        {"time", time_text(connection.mqtt->ms)}};
      part(connection.mqtt->reason >= 0
               ? words(N_("MQTT {version}: CONNECT, CONNACK {reason}, {time}"), with)
               : words(N_("MQTT {version}: CONNECT, no CONNACK ({answer}), {time}"), with));
    }
    if (!connection.received.empty()) {
      part(words(N_("received: {bytes}  \"{text}\""),
                 {{"bytes", connection.received}, {"text", connection.text}}));
    }
    if (!connection.connect.is_connected()) return;
    tell_bytes(connection.sent_bytes, connection.received_bytes);
    part(words(N_("end: {end} after {time}; {lost} segments unconfirmed, {again} sent again"),
               {{"end", connection.end},
                {"time", time_text(connection.end_ms)},
                {"lost", number(connection.unacknowledged)},
                {"again", number(connection.total_retransmits)}}));
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
    for (const auto& each : tls.chain) {
      part(words(N_("TLS: certificate {subject}, issued by {issuer}, {from} to {to}"),
                 {{"subject", each.subject},
                  {"issuer", each.issuer},
                  {"from", each.not_before},
                  {"to", each.not_after}}));
    }
  }

  void tell_ports(const std::vector<port_fact>& ports) {
    for (const auto& port : ports) {
      const places with{{"port", number(port.port)},
                        {"outcome", port.connect.outcome},
                        {"speaks", port.speaks},
                        {"product", port.product},
                        {"time", time_text(port.connect.ms)}};
      line(port.speaks.empty() ? words(N_("Port {port}: {outcome}, {time}"), with)
           : port.product.empty()
               ? words(N_("Port {port}: {outcome}, {time}; {speaks}"), with)
               : words(N_("Port {port}: {outcome}, {time}; {speaks} ({product})"), with));
      if (port.connect.is_connected()) tell_bytes(port.sent_bytes, port.received_bytes);
    }
  }

  void tell_reachability(const reachability_fact& around, bool tells_ports) {
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

  /// "-" when no answer was due: the subscription existed, or the message had QoS 0.
  static std::string answer(int code) { return code < 0 ? "-" : std::to_string(code); }

  void tell_delivery(const delivery_fact& delivery) {
    const places with{{"topic", delivery.topic},
                      {"suback", answer(delivery.suback)},
                      {"puback", answer(delivery.puback)},
                      {"time", time_text(delivery.echo_ms)},
                      {"end", delivery.end},
                      {"when", delivery.ended_after}};
    line(delivery.echoed ? words(N_("Topic {topic}: SUBACK {suback}, PUBACK {puback}, came back in "
                                    "{time}"),
                                 with)
                         : words(N_("Topic {topic}: SUBACK {suback}, PUBACK {puback}, did not come "
                                    "back"),
                                 with));
    if (!delivery.end.empty()) part(words(N_("end: {end} after {when}"), with));
  }

  std::string out_;
};

}  // namespace

std::string story(const facts& known) { return fact_printer().tell(known); }

}  // namespace mqttkit::doctor
