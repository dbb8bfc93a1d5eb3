// The members of the facts about a name, and of contacts with its addresses.
#pragma once

#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/facts/pass.hpp"

namespace mqttkit::doctor {

template <class Pass>
void each_member(Pass& at, part<Pass, dns_fact>& fact) {
  at("addresses", fact.addresses);
  at("aliases", fact.aliases);
  at("ms", fact.ms);
  at("outcome", fact.outcome);
  at("rcode", fact.rcode);
  at("received_bytes", fact.received_bytes);
  at("sent_bytes", fact.sent_bytes);
  at("server", fact.server);
  at("type", fact.type);
}

template <class Pass>
void each_member(Pass& at, part<Pass, name_facts>& fact) {
  at("addresses", fact.addresses);
  at("canonical", fact.canonical);
  at("elsewhere", fact.elsewhere);
  at("hijack_answers", fact.hijack_answers);
  at("hosts_file", fact.hosts_file);
  at("is_literal", fact.is_literal);
  at("left_out", fact.left_out);
  at("lookup", fact.lookup);
  at("lookup_ms", fact.lookup_ms);
  at("mdns_answers", fact.mdns_answers);
  at("mdns_asked", fact.mdns_asked);
  at("questions", fact.questions);
  at("resolvers", fact.resolvers);
  at("sources", fact.sources);
  at("sources_line", fact.sources_line);
}

template <class Pass>
void each_member(Pass& at, part<Pass, icmp_fact>& fact) {
  at("code", fact.code);
  at("from", fact.from);
  at("from_self", fact.from_self);
  at("from_target", fact.from_target);
  at("is_v6", fact.is_v6);
  at("type", fact.type);
}

template <class Pass>
void each_member(Pass& at, part<Pass, connect_fact>& fact) {
  at("error", fact.error);
  at("icmp", fact.icmp);
  at("local_address", fact.local_address);
  at("ms", fact.ms);
  at("outcome", fact.outcome);
  at("retransmits", fact.retransmits);
}

template <class Pass>
void each_member(Pass& at, part<Pass, certificate_fact>& fact) {
  at("addresses", fact.addresses);
  at("days_left", fact.days_left);
  at("dns_names", fact.dns_names);
  at("fingerprint", fact.fingerprint);
  at("has_purposes", fact.has_purposes);
  at("is_authority", fact.is_authority);
  at("is_for_clients", fact.is_for_clients);
  at("is_for_servers", fact.is_for_servers);
  at("is_self_signed", fact.is_self_signed);
  at("issuer", fact.issuer);
  at("issuer_url", fact.issuer_url);
  at("key_bits", fact.key_bits);
  at("key_type", fact.key_type);
  at("lifetime_days", fact.lifetime_days);
  at("not_after", fact.not_after);
  at("not_before", fact.not_before);
  at("signature", fact.signature);
  at("subject", fact.subject);
}

template <class Pass>
void each_member(Pass& at, part<Pass, verify_fact>& fact) {
  at("code", fact.code);
  at("depth", fact.depth);
  at("words", fact.words);
}

template <class Pass>
void each_member(Pass& at, part<Pass, tls_fact>& fact) {
  at("accepted_issuers", fact.accepted_issuers);
  at("alert", fact.alert);
  at("alert_was_late", fact.alert_was_late);
  at("alpn", fact.alpn);
  at("answered", fact.answered);
  at("chain", fact.chain);
  at("cipher", fact.cipher);
  at("end", fact.end);
  at("ended_at_first_byte", fact.ended_at_first_byte);
  at("error", fact.error);
  at("failures", fact.failures);
  at("is_done", fact.is_done);
  at("is_not_tls", fact.is_not_tls);
  at("ms", fact.ms);
  at("protocol", fact.protocol);
  at("saw_certificate_request", fact.saw_certificate_request);
  at("saw_server_hello", fact.saw_server_hello);
  at("server_name", fact.server_name);
}

template <class Pass>
void each_member(Pass& at, part<Pass, websocket_fact>& fact) {
  at("accepted", fact.accepted);
  at("body", fact.body);
  at("end", fact.end);
  at("error", fact.error);
  at("headers", fact.headers);
  at("is_done", fact.is_done);
  at("ms", fact.ms);
  at("path", fact.path);
  at("status", fact.status);
  at("status_line", fact.status_line);
  at("subprotocol", fact.subprotocol);
}

template <class Pass>
void each_member(Pass& at, part<Pass, mqtt_fact>& fact) {
  at("answer", fact.answer);
  at("assigned_id", fact.assigned_id);
  at("client_id_kind", fact.client_id_kind);
  at("is_old_shape", fact.is_old_shape);
  at("limits", fact.limits);
  at("meaning", fact.meaning);
  at("ms", fact.ms);
  at("reason", fact.reason);
  at("reason_string", fact.reason_string);
  at("sent_password", fact.sent_password);
  at("sent_user", fact.sent_user);
  at("server_reference", fact.server_reference);
  at("session_present", fact.session_present);
  at("version", fact.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, contact>& fact) {
  at("address", fact.address);
  at("connect", fact.connect);
  at("end", fact.end);
  at("end_ms", fact.end_ms);
  at("first_path_mtu", fact.first_path_mtu);
  at("mqtt", fact.mqtt);
  at("needless_retransmits", fact.needless_retransmits);
  at("out_of_order", fact.out_of_order);
  at("path_mtu", fact.path_mtu);
  at("port", fact.port);
  at("purpose", fact.purpose);
  at("received", fact.received);
  at("received_bytes", fact.received_bytes);
  at("retransmits", fact.retransmits);
  at("round_trip_ms", fact.round_trip_ms);
  at("sent_bytes", fact.sent_bytes);
  at("sent_first", fact.sent_first);
  at("speaks", fact.speaks);
  at("text", fact.text);
  at("tls", fact.tls);
  at("total_retransmits", fact.total_retransmits);
  at("unacknowledged", fact.unacknowledged);
  at("was_left_open", fact.was_left_open);
  at("websocket", fact.websocket);
}

template <class Pass>
void each_member(Pass& at, part<Pass, port_fact>& fact) {
  at("connect", fact.connect);
  at("port", fact.port);
  at("product", fact.product);
  at("received_bytes", fact.received_bytes);
  at("sent_bytes", fact.sent_bytes);
  at("speaks", fact.speaks);
  at("text", fact.text);
}

template <class Pass>
void each_member(Pass& at, part<Pass, hop_fact>& fact) {
  at("from", fact.from);
  at("ms", fact.ms);
  at("ttl", fact.ttl);
}

template <class Pass>
void each_member(Pass& at, part<Pass, reachability_fact>& fact) {
  at("hops", fact.hops);
  at("is_gateway", fact.is_gateway);
  at("is_traced", fact.is_traced);
  at("ports", fact.ports);
  at("test_net", fact.test_net);
  at("test_net_ms", fact.test_net_ms);
  at("test_net_speaks", fact.test_net_speaks);
}

}  // namespace mqttkit::doctor
