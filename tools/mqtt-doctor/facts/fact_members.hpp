// The list of every fact's members, once for writing and reading, in the order of the JSON: that of
// the alphabet. A unit test checks the order.
#pragma once

#include <type_traits>

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

/// A pass that reads JSON may change the facts, and one that writes may not.
template <class Pass, class Fact>
using part = std::conditional_t<Pass::reads, Fact, const Fact>;

template <class Pass>
void each_member(Pass& at, part<Pass, listener_fact>& it) {
  at("address", it.address);
  at("command", it.command);
  at("connections", it.connections);
  at("pid", it.pid);
  at("port", it.port);
  at("process", it.process);
  at("receive_queue", it.receive_queue);
  at("user", it.user);
}

template <class Pass>
void each_member(Pass& at, part<Pass, process_fact>& it) {
  at("command", it.command);
  at("configuration", it.configuration);
  at("file_limit", it.file_limit);
  at("is_daemon", it.is_daemon);
  at("name", it.name);
  at("open_files", it.open_files);
  at("pid", it.pid);
  at("started", it.started);
  at("started_ms", it.started_ms);
  at("state", it.state);
  at("user", it.user);
}

template <class Pass>
void each_member(Pass& at, part<Pass, source_rule_fact>& it) {
  at("chain", it.chain);
  at("has_all", it.has_all);
  at("icmp", it.icmp);
  at("list", it.list);
  at("refusal", it.refusal);
  at("rule", it.rule);
  at("sources", it.sources);
  at("stage", it.stage);
  at("tool", it.tool);
}

template <class Pass>
void each_member(Pass& at, part<Pass, firewall_fact>& it) {
  at("behind", it.behind);
  at("chain", it.chain);
  at("family", it.family);
  at("for_sources", it.for_sources);
  at("forward_answer", it.forward_answer);
  at("forwarded_to", it.forwarded_to);
  at("icmp", it.icmp);
  at("is_own", it.is_own);
  at("is_reply", it.is_reply);
  at("port", it.port);
  at("refusal", it.refusal);
  at("rule", it.rule);
  at("source", it.source);
  at("too_late", it.too_late);
  at("tool", it.tool);
  at("verdict", it.verdict);
  at("was_looked_behind", it.was_looked_behind);
  at("zone", it.zone);
}

template <class Pass>
void each_member(Pass& at, part<Pass, service_fact>& it) {
  at("configuration", it.configuration);
  at("enabled", it.enabled);
  at("exit_status", it.exit_status);
  at("name", it.name);
  at("result", it.result);
  at("state", it.state);
}

template <class Pass>
void each_member(Pass& at, part<Pass, disk_certificate_fact>& it) {
  at("certificates", it.certificates);
  at("days_left", it.days_left);
  at("file", it.file);
  at("fingerprint", it.fingerprint);
  at("full_chain", it.full_chain);
  at("has_names", it.has_names);
  at("modified", it.modified);
  at("not_after", it.not_after);
  at("not_before", it.not_before);
  at("subject", it.subject);
}

template <class Pass>
void each_member(Pass& at, part<Pass, configured_listener>& it) {
  at("address", it.address);
  at("certificate", it.certificate);
  at("line", it.line);
  at("port", it.port);
  at("protocol", it.protocol);
  at("settings", it.settings);
}

template <class Pass>
void each_member(Pass& at, part<Pass, configuration_problem>& it) {
  at("detail", it.detail);
  at("file", it.file);
  at("kind", it.kind);
  at("line", it.line);
  at("stops_broker", it.stops_broker);
  at("subject", it.subject);
}

template <class Pass>
void each_member(Pass& at, part<Pass, login_check_fact>& it) {
  at("file", it.file);
  at("is_newer", it.is_newer);
  at("modified", it.modified);
  at("outcome", it.outcome);
  at("user", it.user);
}

template <class Pass>
void each_member(Pass& at, part<Pass, acl_rule_fact>& it) {
  at("access", it.access);
  at("file", it.file);
  at("is_newer", it.is_newer);
  at("is_pattern", it.is_pattern);
  at("line", it.line);
  at("topic", it.topic);
  at("user", it.user);
}

template <class Pass>
void each_member(Pass& at, part<Pass, bridge_topic_fact>& it) {
  at("direction", it.direction);
  at("filter", it.filter);
  at("line", it.line);
  at("local", it.local);
  at("remote", it.remote);
}

template <class Pass>
void each_member(Pass& at, part<Pass, bridge_fact>& it) {
  at("addresses", it.addresses);
  at("file", it.file);
  at("line", it.line);
  at("name", it.name);
  at("topics", it.topics);
}

template <class Pass>
void each_member(Pass& at, part<Pass, configuration_fact>& it) {
  at("acl", it.acl);
  at("acl_users", it.acl_users);
  at("bridges", it.bridges);
  at("broker", it.broker);
  at("file", it.file);
  at("files", it.files);
  at("is_used", it.is_used);
  at("listeners", it.listeners);
  at("login_checks", it.login_checks);
  at("pid", it.pid);
  at("problems", it.problems);
  at("settings", it.settings);
  at("version", it.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, log_fact>& it) {
  at("is_current", it.is_current);
  at("is_outdated", it.is_outdated);
  at("kind", it.kind);
  at("source", it.source);
  at("text", it.text);
}

template <class Pass>
void each_member(Pass& at, part<Pass, container_fact>& it) {
  at("image", it.image);
  at("name", it.name);
  at("ports", it.ports);
}

template <class Pass>
void each_member(Pass& at, part<Pass, proxy_fact>& it) {
  at("certificate", it.certificate);
  at("certificate_file", it.certificate_file);
  at("check_line", it.check_line);
  at("file", it.file);
  at("has_certificate", it.has_certificate);
  at("line", it.line);
  at("mode", it.mode);
  at("pid", it.pid);
  at("port", it.port);
  at("program", it.program);
  at("said", it.said);
  at("said_line", it.said_line);
  at("sends_proxy", it.sends_proxy);
  at("sends_tls", it.sends_tls);
  at("takes_proxy", it.takes_proxy);
  at("takes_tls", it.takes_tls);
  at("target", it.target);
}

template <class Pass>
void each_member(Pass& at, part<Pass, disk_fact>& it) {
  at("free_bytes", it.free_bytes);
  at("free_files", it.free_files);
  at("is_read_only", it.is_read_only);
  at("path", it.path);
  at("purpose", it.purpose);
}

template <class Pass>
void each_member(Pass& at, part<Pass, route_fact>& it) {
  at("by", it.by);
  at("network", it.network);
}

template <class Pass>
void each_member(Pass& at, part<Pass, routing_rule_fact>& it) {
  at("from", it.from);
  at("priority", it.priority);
  at("table", it.table);
  at("text", it.text);
  at("to", it.to);
}

template <class Pass>
void each_member(Pass& at, part<Pass, table_route_fact>& it) {
  at("by", it.by);
  at("is_dead", it.is_dead);
  at("network", it.network);
  at("table", it.table);
  at("via", it.via);
}

template <class Pass>
void each_member(Pass& at, part<Pass, way_out_fact>& it) {
  at("address", it.address);
  at("by", it.by);
}

template <class Pass>
void each_member(Pass& at, part<Pass, host_facts>& it) {
  at("addresses", it.addresses);
  at("brokers", it.brokers);
  at("cloud", it.cloud);
  at("configurations", it.configurations);
  at("containers", it.containers);
  at("disks", it.disks);
  at("firewall", it.firewall);
  at("has_systemd", it.has_systemd);
  at("is_root", it.is_root);
  at("listeners", it.listeners);
  at("log", it.log);
  at("not_seen", it.not_seen);
  at("proxies", it.proxies);
  at("routes", it.routes);
  at("routing_rules", it.routing_rules);
  at("selinux", it.selinux);
  at("services", it.services);
  at("strict_interfaces", it.strict_interfaces);
  at("system", it.system);
  at("table_routes", it.table_routes);
  at("ways_out", it.ways_out);
}

template <class Pass>
void each_member(Pass& at, part<Pass, asked_facts>& it) {
  at("alpn", it.alpn);
  at("authorities", it.authorities);
  at("certificate_ends", it.certificate_ends);
  at("certificate_issuer", it.certificate_issuer);
  at("certificates", it.certificates);
  at("client_id", it.client_id);
  at("family", it.family);
  at("family_because", it.family_because);
  at("has_ca", it.has_ca);
  at("has_certificate", it.has_certificate);
  at("has_empty_id", it.has_empty_id);
  at("has_password", it.has_password);
  at("has_psk", it.has_psk);
  at("has_user", it.has_user);
  at("host", it.host);
  at("is_delivery", it.is_delivery);
  at("is_insecure", it.is_insecure);
  at("login_spaces", it.login_spaces);
  at("mended", it.mended);
  at("no_local", it.no_local);
  at("odd_characters", it.odd_characters);
  at("offline", it.offline);
  at("on_broker", it.on_broker);
  at("password_ends", it.password_ends);
  at("path", it.path);
  at("port", it.port);
  at("publisher", it.publisher);
  at("publishes", it.publishes);
  at("resolver", it.resolver);
  at("retained", it.retained);
  at("scheme", it.scheme);
  at("sent_to", it.sent_to);
  at("sent_via", it.sent_via);
  at("size", it.size);
  at("subscriber", it.subscriber);
  at("topic", it.topic);
  at("trusts_any", it.trusts_any);
  at("typed", it.typed);
  at("user_name", it.user_name);
  at("version", it.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, interface_fact>& it) {
  at("address", it.address);
  at("name", it.name);
  at("prefix", it.prefix);
}

template <class Pass>
void each_member(Pass& at, part<Pass, local_facts>& it) {
  at("built", it.built);
  at("clock_error_s", it.clock_error_s);
  at("has_v4_route", it.has_v4_route);
  at("has_v6_route", it.has_v6_route);
  at("http_date", it.http_date);
  at("interfaces", it.interfaces);
  at("is_clock_behind_build", it.is_clock_behind_build);
  at("is_outgoing_read", it.is_outgoing_read);
  at("is_target", it.is_target);
  at("now", it.now);
  at("outgoing", it.outgoing);
  at("v4_route_by", it.v4_route_by);
  at("v6_route_by", it.v6_route_by);
}

template <class Pass>
void each_member(Pass& at, part<Pass, dns_fact>& it) {
  at("addresses", it.addresses);
  at("aliases", it.aliases);
  at("ms", it.ms);
  at("outcome", it.outcome);
  at("rcode", it.rcode);
  at("received_bytes", it.received_bytes);
  at("sent_bytes", it.sent_bytes);
  at("server", it.server);
  at("type", it.type);
}

template <class Pass>
void each_member(Pass& at, part<Pass, name_facts>& it) {
  at("addresses", it.addresses);
  at("canonical", it.canonical);
  at("elsewhere", it.elsewhere);
  at("hijack_answers", it.hijack_answers);
  at("hosts_file", it.hosts_file);
  at("is_literal", it.is_literal);
  at("left_out", it.left_out);
  at("lookup", it.lookup);
  at("lookup_ms", it.lookup_ms);
  at("mdns_answers", it.mdns_answers);
  at("mdns_asked", it.mdns_asked);
  at("questions", it.questions);
  at("resolvers", it.resolvers);
}

template <class Pass>
void each_member(Pass& at, part<Pass, icmp_fact>& it) {
  at("code", it.code);
  at("from", it.from);
  at("from_self", it.from_self);
  at("from_target", it.from_target);
  at("is_v6", it.is_v6);
  at("type", it.type);
}

template <class Pass>
void each_member(Pass& at, part<Pass, connect_fact>& it) {
  at("error", it.error);
  at("icmp", it.icmp);
  at("local_address", it.local_address);
  at("ms", it.ms);
  at("outcome", it.outcome);
  at("retransmits", it.retransmits);
}

template <class Pass>
void each_member(Pass& at, part<Pass, certificate_fact>& it) {
  at("addresses", it.addresses);
  at("days_left", it.days_left);
  at("dns_names", it.dns_names);
  at("fingerprint", it.fingerprint);
  at("has_purposes", it.has_purposes);
  at("is_authority", it.is_authority);
  at("is_for_clients", it.is_for_clients);
  at("is_for_servers", it.is_for_servers);
  at("is_self_signed", it.is_self_signed);
  at("issuer", it.issuer);
  at("issuer_url", it.issuer_url);
  at("key_bits", it.key_bits);
  at("key_type", it.key_type);
  at("lifetime_days", it.lifetime_days);
  at("not_after", it.not_after);
  at("not_before", it.not_before);
  at("signature", it.signature);
  at("subject", it.subject);
}

template <class Pass>
void each_member(Pass& at, part<Pass, verify_fact>& it) {
  at("code", it.code);
  at("depth", it.depth);
  at("words", it.words);
}

template <class Pass>
void each_member(Pass& at, part<Pass, tls_fact>& it) {
  at("accepted_issuers", it.accepted_issuers);
  at("alert", it.alert);
  at("alert_was_late", it.alert_was_late);
  at("alpn", it.alpn);
  at("answered", it.answered);
  at("chain", it.chain);
  at("cipher", it.cipher);
  at("end", it.end);
  at("ended_at_first_byte", it.ended_at_first_byte);
  at("error", it.error);
  at("failures", it.failures);
  at("is_done", it.is_done);
  at("is_not_tls", it.is_not_tls);
  at("ms", it.ms);
  at("protocol", it.protocol);
  at("saw_certificate_request", it.saw_certificate_request);
  at("saw_server_hello", it.saw_server_hello);
  at("server_name", it.server_name);
}

template <class Pass>
void each_member(Pass& at, part<Pass, websocket_fact>& it) {
  at("accepted", it.accepted);
  at("body", it.body);
  at("end", it.end);
  at("error", it.error);
  at("headers", it.headers);
  at("is_done", it.is_done);
  at("ms", it.ms);
  at("path", it.path);
  at("status", it.status);
  at("status_line", it.status_line);
  at("subprotocol", it.subprotocol);
}

template <class Pass>
void each_member(Pass& at, part<Pass, mqtt_fact>& it) {
  at("answer", it.answer);
  at("assigned_id", it.assigned_id);
  at("client_id_kind", it.client_id_kind);
  at("is_old_shape", it.is_old_shape);
  at("limits", it.limits);
  at("meaning", it.meaning);
  at("ms", it.ms);
  at("reason", it.reason);
  at("reason_string", it.reason_string);
  at("sent_password", it.sent_password);
  at("sent_user", it.sent_user);
  at("server_reference", it.server_reference);
  at("session_present", it.session_present);
  at("version", it.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, contact>& it) {
  at("address", it.address);
  at("connect", it.connect);
  at("end", it.end);
  at("end_ms", it.end_ms);
  at("first_path_mtu", it.first_path_mtu);
  at("mqtt", it.mqtt);
  at("needless_retransmits", it.needless_retransmits);
  at("out_of_order", it.out_of_order);
  at("path_mtu", it.path_mtu);
  at("port", it.port);
  at("purpose", it.purpose);
  at("received", it.received);
  at("received_bytes", it.received_bytes);
  at("retransmits", it.retransmits);
  at("round_trip_ms", it.round_trip_ms);
  at("sent_bytes", it.sent_bytes);
  at("sent_first", it.sent_first);
  at("speaks", it.speaks);
  at("text", it.text);
  at("tls", it.tls);
  at("total_retransmits", it.total_retransmits);
  at("unacknowledged", it.unacknowledged);
  at("was_left_open", it.was_left_open);
  at("websocket", it.websocket);
}

template <class Pass>
void each_member(Pass& at, part<Pass, port_fact>& it) {
  at("connect", it.connect);
  at("port", it.port);
  at("product", it.product);
  at("received_bytes", it.received_bytes);
  at("sent_bytes", it.sent_bytes);
  at("speaks", it.speaks);
  at("text", it.text);
}

template <class Pass>
void each_member(Pass& at, part<Pass, hop_fact>& it) {
  at("from", it.from);
  at("ms", it.ms);
  at("ttl", it.ttl);
}

template <class Pass>
void each_member(Pass& at, part<Pass, reachability_fact>& it) {
  at("hops", it.hops);
  at("is_gateway", it.is_gateway);
  at("is_traced", it.is_traced);
  at("ports", it.ports);
  at("test_net", it.test_net);
  at("test_net_ms", it.test_net_ms);
  at("test_net_speaks", it.test_net_speaks);
}

template <class Pass>
void each_member(Pass& at, part<Pass, delivery_fact>& it) {
  at("disconnect", it.disconnect);
  at("echo_ms", it.echo_ms);
  at("echo_topic", it.echo_topic);
  at("echoed", it.echoed);
  at("end", it.end);
  at("ended_after", it.ended_after);
  at("is_users_topic", it.is_users_topic);
  at("others", it.others);
  at("payload_bytes", it.payload_bytes);
  at("ping_answered", it.ping_answered);
  at("puback", it.puback);
  at("published", it.published);
  at("qos", it.qos);
  at("retransmits", it.retransmits);
  at("suback", it.suback);
  at("subscribed", it.subscribed);
  at("topic", it.topic);
  at("unacknowledged", it.unacknowledged);
  at("version", it.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, exchange_fact::run>& it) {
  at("ack", it.ack);
  at("acknowledged", it.acknowledged);
  at("arrived", it.arrived);
  at("arrived_qos", it.arrived_qos);
  at("arrived_topic", it.arrived_topic);
  at("disordered", it.disordered);
  at("duplicates", it.duplicates);
  at("fastest_ms", it.fastest_ms);
  at("half_way", it.half_way);
  at("lost", it.lost);
  at("qos", it.qos);
  at("sent", it.sent);
  at("slowest_ms", it.slowest_ms);
}

template <class Pass>
void each_member(Pass& at, part<Pass, exchange_fact>& it) {
  at("filter", it.filter);
  at("is_search", it.is_search);
  at("is_users_topic", it.is_users_topic);
  at("near", it.near);
  at("others", it.others);
  at("payload_bytes", it.payload_bytes);
  at("publisher", it.publisher);
  at("publisher_address", it.publisher_address);
  at("publisher_at", it.publisher_at);
  at("publisher_disconnect", it.publisher_disconnect);
  at("publisher_end", it.publisher_end);
  at("publisher_pinged", it.publisher_pinged);
  at("retained", it.retained);
  at("retained_topic", it.retained_topic);
  at("runs", it.runs);
  at("suback", it.suback);
  at("subscriber", it.subscriber);
  at("subscriber_disconnect", it.subscriber_disconnect);
  at("subscriber_end", it.subscriber_end);
  at("subscriber_limit", it.subscriber_limit);
  at("subscriber_pinged", it.subscriber_pinged);
  at("topic", it.topic);
  at("version", it.version);
  at("wanted", it.wanted);
}

template <class Pass>
void each_member(Pass& at, part<Pass, offline_fact::run>& it) {
  at("ack", it.ack);
  at("acknowledged", it.acknowledged);
  at("arrived", it.arrived);
  at("first_no", it.first_no);
  at("last_no", it.last_no);
  at("qos", it.qos);
  at("sent", it.sent);
}

template <class Pass>
void each_member(Pass& at, part<Pass, offline_fact>& it) {
  at("away_s", it.away_s);
  at("clean", it.clean);
  at("client_id_kind", it.client_id_kind);
  at("expiry_s", it.expiry_s);
  at("granted_s", it.granted_s);
  at("is_users_topic", it.is_users_topic);
  at("message_expiry_s", it.message_expiry_s);
  at("publisher_version", it.publisher_version);
  at("runs", it.runs);
  at("session_present", it.session_present);
  at("stopped_at", it.stopped_at);
  at("suback", it.suback);
  at("topic", it.topic);
  at("version", it.version);
  at("wanted", it.wanted);
}

template <class Pass>
void each_member(Pass& at, part<Pass, offline_facts>& it) {
  at("broker_version", it.broker_version);
  at("client_id", it.client_id);
  at("tries", it.tries);
  at("uptime_s", it.uptime_s);
  at("waiting", it.waiting);
  at("waiting_topics", it.waiting_topics);
  at("was_found", it.was_found);
}

template <class Pass>
void each_member(Pass& at, part<Pass, retained_fact>& it) {
  at("ack", it.ack);
  at("by_wildcard", it.by_wildcard);
  at("cleared", it.cleared);
  at("disconnect", it.disconnect);
  at("end", it.end);
  at("kept", it.kept);
  at("topic", it.topic);
  at("tried_wildcard", it.tried_wildcard);
  at("version", it.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_info_fact>& it) {
  at("from", it.from);
  at("id", it.id);
  at("ms", it.ms);
  at("names", it.names);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_trip_fact>& it) {
  at("arrived", it.arrived);
  at("is_users_topic", it.is_users_topic);
  at("ms", it.ms);
  at("puback", it.puback);
  at("published", it.published);
  at("regack", it.regack);
  at("suback", it.suback);
  at("subscribed", it.subscribed);
  at("topic", it.topic);
  at("way", it.way);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_sleep_fact>& it) {
  at("arrived", it.arrived);
  at("fell_asleep", it.fell_asleep);
  at("ms", it.ms);
  at("published", it.published);
  at("was_too_early", it.was_too_early);
  at("woke", it.woke);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_pause_fact>& it) {
  at("arrived", it.arrived);
  at("other_got_it", it.other_got_it);
  at("s", it.s);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_idle_fact>& it) {
  at("ended", it.ended);
  at("keep_alive_s", it.keep_alive_s);
  at("pauses", it.pauses);
  at("ping_heals", it.ping_heals);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_fact>& it) {
  at("address", it.address);
  at("answer", it.answer);
  at("answered_from", it.answered_from);
  at("client_id", it.client_id);
  at("code", it.code);
  at("elsewhere", it.elsewhere);
  at("ended_ms", it.ended_ms);
  at("error", it.error);
  at("found", it.found);
  at("icmp", it.icmp);
  at("idle", it.idle);
  at("is_group", it.is_group);
  at("is_users_id", it.is_users_id);
  at("ms", it.ms);
  at("nearby", it.nearby);
  at("own_id_code", it.own_id_code);
  at("own_id_stayed", it.own_id_stayed);
  at("port", it.port);
  at("received", it.received);
  at("sent", it.sent);
  at("sleep", it.sleep);
  at("tcp", it.tcp);
  at("text", it.text);
  at("trips", it.trips);
  at("will_asked", it.will_asked);
  at("will_changed", it.will_changed);
  at("will_updated", it.will_updated);
  at("will_wanted", it.will_wanted);
}

template <class Pass>
void each_member(Pass& at, part<Pass, endpoint_facts>& it) {
  at("across", it.across);
  at("contacts", it.contacts);
  at("deliveries", it.deliveries);
  at("elsewhere", it.elsewhere);
  at("exchanges", it.exchanges);
  at("gateway", it.gateway);
  at("large", it.large);
  at("ms", it.ms);
  at("no_local", it.no_local);
  at("offline", it.offline);
  at("path", it.path);
  at("port", it.port);
  at("retained", it.retained);
  at("scheme", it.scheme);
  at("surroundings", it.reachability);  // older files have this name
}

template <class Pass>
void each_member(Pass& at, part<Pass, watch_parting>& it) {
  at("flag", it.flag);
  at("ttl", it.ttl);
  at("usual_ttl", it.usual_ttl);
}

template <class Pass>
void each_member(Pass& at, part<Pass, watch_drop>& it) {
  at("at_s", it.at_s);
  at("away_s", it.away_s);
  at("end", it.end);
  at("idle_s", it.idle_s);
  at("is_steady", it.is_steady);
  at("parting", it.parting);
  at("reason", it.reason);
  at("refusals", it.refusals);
  at("stood_s", it.stood_s);
  at("was_pinged", it.was_pinged);
  at("was_port_closed", it.was_port_closed);
}

template <class Pass>
void each_member(Pass& at, part<Pass, watch_pause>& it) {
  at("seconds", it.seconds);
  at("survived", it.survived);
}

template <class Pass>
void each_member(Pass& at, part<Pass, watch_facts>& it) {
  at("connections", it.connections);
  at("drops", it.drops);
  at("has_users_id", it.has_users_id);
  at("keep_alive_s", it.keep_alive_s);
  at("lasted_s", it.lasted_s);
  at("mute_dropped_s", it.mute_dropped_s);
  at("mute_ended_at_s", it.mute_ended_at_s);
  at("mute_keep_alive_s", it.mute_keep_alive_s);
  at("mute_stood_s", it.mute_stood_s);
  at("pauses", it.pauses);
  at("pings", it.pings);
  at("refusals", it.refusals);
  at("scheme", it.scheme);
  at("server_keep_alive_s", it.server_keep_alive_s);
  at("version", it.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, stream_side_fact>& it) {
  at("address", it.address);
  at("again", it.again);
  at("again_in", it.again_in);
  at("bytes", it.bytes);
  at("first_data_in", it.first_data_in);
  at("hole", it.hole);
  at("hole_in", it.hole_in);
  at("hole_s", it.hole_s);
  at("is_shut", it.is_shut);
  at("largest", it.largest);
  at("largest_acknowledged", it.largest_acknowledged);
  at("largest_lost", it.largest_lost);
  at("later_came", it.later_came);
  at("lost_in", it.lost_in);
  at("missed", it.missed);
  at("mss", it.mss);
  at("packets", it.packets);
  at("port", it.port);
  at("shut_in", it.shut_in);
  at("shut_s", it.shut_s);
  at("ttl", it.ttl);
}

template <class Pass>
void each_member(Pass& at, part<Pass, stream_icmp_fact>& it) {
  at("code", it.code);
  at("from", it.from);
  at("in", it.in);
  at("is_v6", it.is_v6);
  at("mtu", it.mtu);
  at("size", it.size);
  at("type", it.type);
}

template <class Pass>
void each_member(Pass& at, part<Pass, stream_step_fact>& it) {
  at("at_s", it.at_s);
  at("detail", it.detail);
  at("from_client", it.from_client);
  at("in", it.in);
  at("is_bad", it.is_bad);
  at("what", it.what);
}

template <class Pass>
void each_member(Pass& at, part<Pass, stream_fact>& it) {
  at("attempts", it.attempts);
  at("began", it.began);
  at("broker", it.broker);
  at("by_client", it.by_client);
  at("came_in", it.came_in);
  at("client", it.client);
  at("client_id", it.client_id);
  at("ended_in", it.ended_in);
  at("ending", it.ending);
  at("icmp", it.icmp);
  at("id_before", it.id_before);
  at("idle_s", it.idle_s);
  at("is_late", it.is_late);
  at("keep_alive_s", it.keep_alive_s);
  at("other_reset_in", it.other_reset_in);
  at("other_reset_ttl", it.other_reset_ttl);
  at("reset_id", it.reset_id);
  at("reset_left_here", it.reset_left_here);
  at("reset_ttl", it.reset_ttl);
  at("seconds", it.seconds);
  at("speaks", it.speaks);
  at("steps", it.steps);
  at("usual_ttl", it.usual_ttl);
  at("waited_s", it.waited_s);
  at("was_passed_on", it.was_passed_on);
}

template <class Pass>
void each_member(Pass& at, part<Pass, capture_facts>& it) {
  at("connections", it.connections);
  at("dropped", it.dropped);
  at("file", it.file);
  at("flood_addresses", it.flood_addresses);
  at("flood_answered", it.flood_answered);
  at("flood_s", it.flood_s);
  at("flood_syns", it.flood_syns);
  at("flood_watched", it.flood_watched);
  at("is_flood", it.is_flood);
  at("is_place_said", it.is_place_said);
  at("mqtt_ports", it.mqtt_ports);
  at("others_answered", it.others_answered);
  at("own_answered", it.own_answered);
  at("packets", it.packets);
  at("place", it.place);
  at("seconds", it.seconds);
  at("served", it.served);
  at("streams", it.streams);
  at("unserved", it.unserved);
}

template <class Pass>
void each_member(Pass& at, part<Pass, phone_step_fact>& it) {
  at("at_s", it.at_s);
  at("close", it.close);
  at("code", it.code);
  at("count", it.count);
  at("detail", it.detail);
  at("hidden_ms", it.hidden_ms);
  at("kind", it.kind);
  at("ms", it.ms);
  at("outcome", it.outcome);
  at("own_topic", it.own_topic);
  at("path", it.path);
  at("port", it.port);
  at("reason", it.reason);
  at("seconds", it.seconds);
  at("step", it.step);
  at("subprotocol", it.subprotocol);
  at("topic", it.topic);
  at("user", it.user);
  at("variant", it.variant);
  at("version", it.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, phone_port_fact>& it) {
  at("address", it.address);
  at("alert", it.alert);
  at("arrival", it.arrival);
  at("finished_tls", it.finished_tls);
  at("kind", it.kind);
  at("left_tls", it.left_tls);
  at("path", it.path);
  at("port", it.port);
  at("said_hello", it.said_hello);
  at("status", it.status);
  at("was_greeted", it.was_greeted);
}

template <class Pass>
void each_member(Pass& at, part<Pass, phone_facts>& it) {
  at("address", it.address);
  at("browser", it.browser);
  at("has_findings", it.has_findings);
  at("has_page", it.has_page);
  at("host", it.host);
  at("language", it.language);
  at("machine_addresses", it.machine_addresses);
  at("network", it.network);
  at("ports", it.ports);
  at("seconds", it.seconds);
  at("steps", it.steps);
  at("system", it.system);
  at("watched_by", it.watched_by);
}

template <class Pass>
void each_member(Pass& at, part<Pass, facts>& it) {
  at("asked", it.asked);
  at("capture", it.capture);
  at("endpoints", it.endpoints);
  at("format", it.format);
  at("host", it.host);
  at("inside", it.inside);
  at("local", it.local);
  at("ms", it.ms);
  at("name", it.name);
  at("phone", it.phone);
  at("ports", it.ports);
  at("program", it.program);
  at("started", it.started);
  at("watch", it.watch);
}

}  // namespace mqttkit::doctor
