// The list of every fact's members, once for writing and reading, in the order of the JSON: that of
// the alphabet. A unit test checks the order. The list is one table, and so this file is long.
#pragma once

#include <type_traits>

#include "mqtt-doctor/facts/facts.hpp"

namespace mqttkit::doctor {

/// A pass that reads JSON may change the facts, and one that writes may not.
template <class Pass, class Fact>
using part = std::conditional_t<Pass::reads, Fact, const Fact>;

template <class Pass>
void each_member(Pass& at, part<Pass, listener_fact>& fact) {
  at("address", fact.address);
  at("command", fact.command);
  at("connections", fact.connections);
  at("pid", fact.pid);
  at("port", fact.port);
  at("process", fact.process);
  at("receive_queue", fact.receive_queue);
  at("user", fact.user);
}

template <class Pass>
void each_member(Pass& at, part<Pass, process_fact>& fact) {
  at("command", fact.command);
  at("configuration", fact.configuration);
  at("file_limit", fact.file_limit);
  at("is_contained", fact.is_contained);
  at("is_daemon", fact.is_daemon);
  at("name", fact.name);
  at("open_files", fact.open_files);
  at("pid", fact.pid);
  at("started", fact.started);
  at("started_ms", fact.started_ms);
  at("state", fact.state);
  at("user", fact.user);
}

template <class Pass>
void each_member(Pass& at, part<Pass, source_rule_fact>& fact) {
  at("chain", fact.chain);
  at("has_all", fact.has_all);
  at("icmp", fact.icmp);
  at("list", fact.list);
  at("refusal", fact.refusal);
  at("rule", fact.rule);
  at("sources", fact.sources);
  at("stage", fact.stage);
  at("tool", fact.tool);
}

template <class Pass>
void each_member(Pass& at, part<Pass, firewall_fact>& fact) {
  at("behind", fact.behind);
  at("chain", fact.chain);
  at("family", fact.family);
  at("for_sources", fact.for_sources);
  at("forward_answer", fact.forward_answer);
  at("forwarded_to", fact.forwarded_to);
  at("icmp", fact.icmp);
  at("is_own", fact.is_own);
  at("is_reply", fact.is_reply);
  at("port", fact.port);
  at("refusal", fact.refusal);
  at("rule", fact.rule);
  at("source", fact.source);
  at("too_late", fact.too_late);
  at("tool", fact.tool);
  at("verdict", fact.verdict);
  at("was_looked_behind", fact.was_looked_behind);
  at("zone", fact.zone);
}

template <class Pass>
void each_member(Pass& at, part<Pass, service_fact>& fact) {
  at("configuration", fact.configuration);
  at("enabled", fact.enabled);
  at("exit_status", fact.exit_status);
  at("name", fact.name);
  at("result", fact.result);
  at("state", fact.state);
}

template <class Pass>
void each_member(Pass& at, part<Pass, disk_certificate_fact>& fact) {
  at("certificates", fact.certificates);
  at("days_left", fact.days_left);
  at("file", fact.file);
  at("fingerprint", fact.fingerprint);
  at("full_chain", fact.full_chain);
  at("has_names", fact.has_names);
  at("modified", fact.modified);
  at("not_after", fact.not_after);
  at("not_before", fact.not_before);
  at("subject", fact.subject);
}

template <class Pass>
void each_member(Pass& at, part<Pass, configured_listener>& fact) {
  at("address", fact.address);
  at("certificate", fact.certificate);
  at("line", fact.line);
  at("port", fact.port);
  at("protocol", fact.protocol);
  at("settings", fact.settings);
}

template <class Pass>
void each_member(Pass& at, part<Pass, configuration_problem>& fact) {
  at("detail", fact.detail);
  at("file", fact.file);
  at("kind", fact.kind);
  at("line", fact.line);
  at("named_in", fact.named_in);
  at("named_line", fact.named_line);
  at("stops_broker", fact.stops_broker);
  at("subject", fact.subject);
}

template <class Pass>
void each_member(Pass& at, part<Pass, login_check_fact>& fact) {
  at("file", fact.file);
  at("fits_with_space", fact.fits_with_space);
  at("fits_without_spaces", fact.fits_without_spaces);
  at("is_newer", fact.is_newer);
  at("modified", fact.modified);
  at("outcome", fact.outcome);
  at("user", fact.user);
}

template <class Pass>
void each_member(Pass& at, part<Pass, acl_rule_fact>& fact) {
  at("access", fact.access);
  at("file", fact.file);
  at("is_newer", fact.is_newer);
  at("is_pattern", fact.is_pattern);
  at("line", fact.line);
  at("topic", fact.topic);
  at("user", fact.user);
}

template <class Pass>
void each_member(Pass& at, part<Pass, bridge_topic_fact>& fact) {
  at("direction", fact.direction);
  at("filter", fact.filter);
  at("line", fact.line);
  at("local", fact.local);
  at("remote", fact.remote);
}

template <class Pass>
void each_member(Pass& at, part<Pass, bridge_fact>& fact) {
  at("addresses", fact.addresses);
  at("file", fact.file);
  at("line", fact.line);
  at("link", fact.link);
  at("name", fact.name);
  at("settings", fact.settings);
  at("topics", fact.topics);
}

template <class Pass>
void each_member(Pass& at, part<Pass, configuration_fact>& fact) {
  at("acl", fact.acl);
  at("acl_users", fact.acl_users);
  at("bridges", fact.bridges);
  at("broker", fact.broker);
  at("file", fact.file);
  at("files", fact.files);
  at("is_used", fact.is_used);
  at("listeners", fact.listeners);
  at("login_checks", fact.login_checks);
  at("pid", fact.pid);
  at("places", fact.places);
  at("problems", fact.problems);
  at("settings", fact.settings);
  at("version", fact.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, log_fact>& fact) {
  at("filter", fact.filter);
  at("is_current", fact.is_current);
  at("is_outdated", fact.is_outdated);
  at("kind", fact.kind);
  at("peer", fact.peer);
  at("source", fact.source);
  at("text", fact.text);
}

template <class Pass>
void each_member(Pass& at, part<Pass, entry_point_fact>& fact) {
  at("container", fact.container);
  at("file", fact.file);
  at("inside", fact.inside);
  at("is_default", fact.is_default);
  at("line", fact.line);
  at("name", fact.name);
  at("port", fact.port);
}

template <class Pass>
void each_member(Pass& at, part<Pass, router_fact>& fact) {
  at("container", fact.container);
  at("entry_line", fact.entry_line);
  at("entry_points", fact.entry_points);
  at("file", fact.file);
  at("has_service", fact.has_service);
  at("has_tls", fact.has_tls);
  at("is_disabled", fact.is_disabled);
  at("is_off", fact.is_off);
  at("line", fact.line);
  at("mode", fact.mode);
  at("name", fact.name);
  at("passes_tls", fact.passes_tls);
  at("passthrough_line", fact.passthrough_line);
  at("rule", fact.rule);
  at("service", fact.service);
  at("service_line", fact.service_line);
  at("target", fact.target);
}

template <class Pass>
void each_member(Pass& at, part<Pass, compose_port_fact>& fact) {
  at("address", fact.address);
  at("file", fact.file);
  at("inside", fact.inside);
  at("line", fact.line);
  at("published", fact.published);
  at("text", fact.text);
}

template <class Pass>
void each_member(Pass& at, part<Pass, compose_volume_fact>& fact) {
  at("file", fact.file);
  at("inside", fact.inside);
  at("line", fact.line);
  at("source", fact.source);
  at("text", fact.text);
}

template <class Pass>
void each_member(Pass& at, part<Pass, compose_fact>& fact) {
  at("file", fact.file);
  at("files", fact.files);
  at("folder", fact.folder);
  at("indent", fact.indent);
  at("is_in_part", fact.is_in_part);
  at("line", fact.line);
  at("network_line", fact.network_line);
  at("network_mode", fact.network_mode);
  at("ports", fact.ports);
  at("ports_line", fact.ports_line);
  at("service", fact.service);
  at("volumes", fact.volumes);
}

template <class Pass>
void each_member(Pass& at, part<Pass, container_fact>& fact) {
  at("compose", fact.compose);
  at("error", fact.error);
  at("exit_code", fact.exit_code);
  at("folders", fact.folders);
  at("image", fact.image);
  at("log", fact.log);
  at("mounts", fact.mounts);
  at("name", fact.name);
  at("network", fact.network);
  at("ports", fact.ports);
  at("restarts", fact.restarts);
  at("state", fact.state);
  at("status", fact.status);
  at("tool", fact.tool);
  at("was_out_of_memory", fact.was_out_of_memory);
}

template <class Pass>
void each_member(Pass& at, part<Pass, proxy_fact>& fact) {
  at("certificate", fact.certificate);
  at("certificate_file", fact.certificate_file);
  at("check_line", fact.check_line);
  at("file", fact.file);
  at("has_certificate", fact.has_certificate);
  at("is_exact_path", fact.is_exact_path);
  at("lacks", fact.lacks);
  at("line", fact.line);
  at("log_file", fact.log_file);
  at("logged", fact.logged);
  at("mode", fact.mode);
  at("names", fact.names);
  at("passes_upgrade", fact.passes_upgrade);
  at("path", fact.path);
  at("path_line", fact.path_line);
  at("pid", fact.pid);
  at("port", fact.port);
  at("program", fact.program);
  at("reads_name", fact.reads_name);
  at("said", fact.said);
  at("said_line", fact.said_line);
  at("sends_proxy", fact.sends_proxy);
  at("sends_tls", fact.sends_tls);
  at("silence_line", fact.silence_line);
  at("silence_s", fact.silence_s);
  at("silence_said", fact.silence_said);
  at("takes_proxy", fact.takes_proxy);
  at("takes_tls", fact.takes_tls);
  at("target", fact.target);
  at("target_answer", fact.target_answer);
  at("upgrade_said", fact.upgrade_said);
  at("wrong", fact.wrong);
  at("wrong_line", fact.wrong_line);
}

template <class Pass>
void each_member(Pass& at, part<Pass, disk_fact>& fact) {
  at("free_bytes", fact.free_bytes);
  at("free_files", fact.free_files);
  at("is_read_only", fact.is_read_only);
  at("path", fact.path);
  at("purpose", fact.purpose);
}

template <class Pass>
void each_member(Pass& at, part<Pass, route_fact>& fact) {
  at("by", fact.by);
  at("network", fact.network);
}

template <class Pass>
void each_member(Pass& at, part<Pass, routing_rule_fact>& fact) {
  at("from", fact.from);
  at("priority", fact.priority);
  at("table", fact.table);
  at("text", fact.text);
  at("to", fact.to);
}

template <class Pass>
void each_member(Pass& at, part<Pass, table_route_fact>& fact) {
  at("by", fact.by);
  at("is_dead", fact.is_dead);
  at("network", fact.network);
  at("table", fact.table);
  at("via", fact.via);
}

template <class Pass>
void each_member(Pass& at, part<Pass, way_out_fact>& fact) {
  at("address", fact.address);
  at("by", fact.by);
}

template <class Pass>
void each_member(Pass& at, part<Pass, host_facts>& fact) {
  at("addresses", fact.addresses);
  at("brokers", fact.brokers);
  at("cloud", fact.cloud);
  at("configurations", fact.configurations);
  at("containers", fact.containers);
  at("disks", fact.disks);
  at("entry_points", fact.entry_points);
  at("firewall", fact.firewall);
  at("has_systemd", fact.has_systemd);
  at("is_root", fact.is_root);
  at("listeners", fact.listeners);
  at("log", fact.log);
  at("not_seen", fact.not_seen);
  at("proxies", fact.proxies);
  at("routers", fact.routers);
  at("routes", fact.routes);
  at("routing_rules", fact.routing_rules);
  at("selinux", fact.selinux);
  at("services", fact.services);
  at("strict_interfaces", fact.strict_interfaces);
  at("system", fact.system);
  at("table_routes", fact.table_routes);
  at("ways_out", fact.ways_out);
}

template <class Pass>
void each_member(Pass& at, part<Pass, asked_facts>& fact) {
  at("alpn", fact.alpn);
  at("authorities", fact.authorities);
  at("certificate_ends", fact.certificate_ends);
  at("certificate_issuer", fact.certificate_issuer);
  at("certificates", fact.certificates);
  at("client_id", fact.client_id);
  at("family", fact.family);
  at("family_because", fact.family_because);
  at("has_ca", fact.has_ca);
  at("has_certificate", fact.has_certificate);
  at("has_empty_id", fact.has_empty_id);
  at("has_password", fact.has_password);
  at("has_psk", fact.has_psk);
  at("has_user", fact.has_user);
  at("host", fact.host);
  at("is_delivery", fact.is_delivery);
  at("is_insecure", fact.is_insecure);
  at("login_spaces", fact.login_spaces);
  at("mended", fact.mended);
  at("no_local", fact.no_local);
  at("odd_characters", fact.odd_characters);
  at("offline", fact.offline);
  at("on_broker", fact.on_broker);
  at("password_ends", fact.password_ends);
  at("password_form", fact.password_form);
  at("path", fact.path);
  at("port", fact.port);
  at("publisher", fact.publisher);
  at("publishes", fact.publishes);
  at("resolver", fact.resolver);
  at("retained", fact.retained);
  at("scheme", fact.scheme);
  at("sent_to", fact.sent_to);
  at("sent_via", fact.sent_via);
  at("size", fact.size);
  at("subscriber", fact.subscriber);
  at("symptom", fact.symptom);
  at("topic", fact.topic);
  at("trusts_any", fact.trusts_any);
  at("typed", fact.typed);
  at("user_name", fact.user_name);
  at("version", fact.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, interface_fact>& fact) {
  at("address", fact.address);
  at("name", fact.name);
  at("prefix", fact.prefix);
}

template <class Pass>
void each_member(Pass& at, part<Pass, set_proxy_fact>& fact) {
  at("address", fact.address);
  at("error", fact.error);
  at("status", fact.status);
  at("variable", fact.variable);
}

template <class Pass>
void each_member(Pass& at, part<Pass, local_facts>& fact) {
  at("built", fact.built);
  at("clock_error_s", fact.clock_error_s);
  at("has_v4_route", fact.has_v4_route);
  at("has_v6_route", fact.has_v6_route);
  at("http_date", fact.http_date);
  at("interfaces", fact.interfaces);
  at("is_clock_behind_build", fact.is_clock_behind_build);
  at("is_outgoing_read", fact.is_outgoing_read);
  at("is_target", fact.is_target);
  at("now", fact.now);
  at("outgoing", fact.outgoing);
  at("proxies", fact.proxies);
  at("v4_gateway", fact.v4_gateway);
  at("v4_route_by", fact.v4_route_by);
  at("v6_route_by", fact.v6_route_by);
}

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

template <class Pass>
void each_member(Pass& at, part<Pass, delivery_fact>& fact) {
  at("disconnect", fact.disconnect);
  at("echo_ms", fact.echo_ms);
  at("echo_topic", fact.echo_topic);
  at("echoed", fact.echoed);
  at("end", fact.end);
  at("ended_after", fact.ended_after);
  at("is_users_topic", fact.is_users_topic);
  at("others", fact.others);
  at("payload_bytes", fact.payload_bytes);
  at("ping_answered", fact.ping_answered);
  at("puback", fact.puback);
  at("published", fact.published);
  at("qos", fact.qos);
  at("retransmits", fact.retransmits);
  at("suback", fact.suback);
  at("subscribed", fact.subscribed);
  at("topic", fact.topic);
  at("unacknowledged", fact.unacknowledged);
  at("version", fact.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, exchange_fact::run>& fact) {
  at("ack", fact.ack);
  at("acknowledged", fact.acknowledged);
  at("arrived", fact.arrived);
  at("arrived_qos", fact.arrived_qos);
  at("arrived_topic", fact.arrived_topic);
  at("as_qos_1", fact.as_qos_1);
  at("disordered", fact.disordered);
  at("duplicates", fact.duplicates);
  at("fastest_ms", fact.fastest_ms);
  at("half_way", fact.half_way);
  at("lost", fact.lost);
  at("qos", fact.qos);
  at("sent", fact.sent);
  at("slowest_ms", fact.slowest_ms);
}

template <class Pass>
void each_member(Pass& at, part<Pass, exchange_fact>& fact) {
  at("filter", fact.filter);
  at("is_search", fact.is_search);
  at("is_users_topic", fact.is_users_topic);
  at("near", fact.near);
  at("others", fact.others);
  at("payload_bytes", fact.payload_bytes);
  at("publisher", fact.publisher);
  at("publisher_address", fact.publisher_address);
  at("publisher_at", fact.publisher_at);
  at("publisher_disconnect", fact.publisher_disconnect);
  at("publisher_end", fact.publisher_end);
  at("publisher_pinged", fact.publisher_pinged);
  at("retained", fact.retained);
  at("retained_text", fact.retained_text);
  at("retained_topic", fact.retained_topic);
  at("runs", fact.runs);
  at("suback", fact.suback);
  at("subscriber", fact.subscriber);
  at("subscriber_disconnect", fact.subscriber_disconnect);
  at("subscriber_end", fact.subscriber_end);
  at("subscriber_limit", fact.subscriber_limit);
  at("subscriber_pinged", fact.subscriber_pinged);
  at("topic", fact.topic);
  at("version", fact.version);
  at("wanted", fact.wanted);
}

template <class Pass>
void each_member(Pass& at, part<Pass, offline_fact::run>& fact) {
  at("ack", fact.ack);
  at("acknowledged", fact.acknowledged);
  at("arrived", fact.arrived);
  at("first_no", fact.first_no);
  at("last_no", fact.last_no);
  at("qos", fact.qos);
  at("sent", fact.sent);
}

template <class Pass>
void each_member(Pass& at, part<Pass, offline_fact>& fact) {
  at("away_s", fact.away_s);
  at("clean", fact.clean);
  at("client_id_kind", fact.client_id_kind);
  at("expiry_s", fact.expiry_s);
  at("granted_s", fact.granted_s);
  at("is_users_topic", fact.is_users_topic);
  at("message_expiry_s", fact.message_expiry_s);
  at("publisher_version", fact.publisher_version);
  at("runs", fact.runs);
  at("session_present", fact.session_present);
  at("stopped_at", fact.stopped_at);
  at("suback", fact.suback);
  at("topic", fact.topic);
  at("version", fact.version);
  at("wanted", fact.wanted);
}

template <class Pass>
void each_member(Pass& at, part<Pass, offline_facts>& fact) {
  at("broker_version", fact.broker_version);
  at("client_id", fact.client_id);
  at("tries", fact.tries);
  at("uptime_s", fact.uptime_s);
  at("waiting", fact.waiting);
  at("waiting_topics", fact.waiting_topics);
  at("was_found", fact.was_found);
}

template <class Pass>
void each_member(Pass& at, part<Pass, sending_fact>& fact) {
  at("ack", fact.ack);
  at("disconnect", fact.disconnect);
  at("end", fact.end);
  at("is_users_topic", fact.is_users_topic);
  at("ms", fact.ms);
  at("payload_bytes", fact.payload_bytes);
  at("qos", fact.qos);
  at("retain", fact.retain);
  at("topic", fact.topic);
  at("was_taken", fact.was_taken);
}

template <class Pass>
void each_member(Pass& at, part<Pass, will_fact>& fact) {
  at("after_ms", fact.after_ms);
  at("end", fact.end);
  at("how", fact.how);
  at("keep_alive_s", fact.keep_alive_s);
  at("server_keep_alive_s", fact.server_keep_alive_s);
  at("topic", fact.topic);
  at("waited_ms", fact.waited_ms);
  at("was_let_in", fact.was_let_in);
  at("was_published", fact.was_published);
}

template <class Pass>
void each_member(Pass& at, part<Pass, overlap_fact>& fact) {
  at("copies", fact.copies);
  at("filters", fact.filters);
  at("topic", fact.topic);
}

template <class Pass>
void each_member(Pass& at, part<Pass, retained_fact>& fact) {
  at("ack", fact.ack);
  at("by_wildcard", fact.by_wildcard);
  at("cleared", fact.cleared);
  at("disconnect", fact.disconnect);
  at("end", fact.end);
  at("kept", fact.kept);
  at("topic", fact.topic);
  at("tried_wildcard", fact.tried_wildcard);
  at("version", fact.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_info_fact>& fact) {
  at("from", fact.from);
  at("id", fact.id);
  at("ms", fact.ms);
  at("names", fact.names);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_trip_fact>& fact) {
  at("arrived", fact.arrived);
  at("is_users_topic", fact.is_users_topic);
  at("ms", fact.ms);
  at("puback", fact.puback);
  at("published", fact.published);
  at("regack", fact.regack);
  at("suback", fact.suback);
  at("subscribed", fact.subscribed);
  at("topic", fact.topic);
  at("way", fact.way);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_sleep_fact>& fact) {
  at("arrived", fact.arrived);
  at("fell_asleep", fact.fell_asleep);
  at("ms", fact.ms);
  at("published", fact.published);
  at("was_too_early", fact.was_too_early);
  at("woke", fact.woke);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_pause_fact>& fact) {
  at("arrived", fact.arrived);
  at("other_got_it", fact.other_got_it);
  at("s", fact.s);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_idle_fact>& fact) {
  at("ended", fact.ended);
  at("keep_alive_s", fact.keep_alive_s);
  at("pauses", fact.pauses);
  at("ping_heals", fact.ping_heals);
}

template <class Pass>
void each_member(Pass& at, part<Pass, gateway_fact>& fact) {
  at("address", fact.address);
  at("answer", fact.answer);
  at("answered_from", fact.answered_from);
  at("client_id", fact.client_id);
  at("code", fact.code);
  at("elsewhere", fact.elsewhere);
  at("ended_ms", fact.ended_ms);
  at("error", fact.error);
  at("found", fact.found);
  at("icmp", fact.icmp);
  at("idle", fact.idle);
  at("is_group", fact.is_group);
  at("is_users_id", fact.is_users_id);
  at("ms", fact.ms);
  at("nearby", fact.nearby);
  at("own_id_code", fact.own_id_code);
  at("own_id_stayed", fact.own_id_stayed);
  at("port", fact.port);
  at("received", fact.received);
  at("sent", fact.sent);
  at("sleep", fact.sleep);
  at("tcp", fact.tcp);
  at("text", fact.text);
  at("trips", fact.trips);
  at("will_asked", fact.will_asked);
  at("will_changed", fact.will_changed);
  at("will_updated", fact.will_updated);
  at("will_wanted", fact.will_wanted);
}

template <class Pass>
void each_member(Pass& at, part<Pass, endpoint_facts>& fact) {
  at("across", fact.across);
  at("contacts", fact.contacts);
  at("counters", fact.counters);
  at("deliveries", fact.deliveries);
  at("elsewhere", fact.elsewhere);
  at("exchanges", fact.exchanges);
  at("gateway", fact.gateway);
  at("large", fact.large);
  at("ms", fact.ms);
  at("no_local", fact.no_local);
  at("offline", fact.offline);
  at("overlap", fact.overlap);
  at("path", fact.path);
  at("port", fact.port);
  at("retained", fact.retained);
  at("scheme", fact.scheme);
  at("sendings", fact.sendings);
  at("surroundings", fact.reachability);  // older files have this name
  at("wills", fact.wills);
}

template <class Pass>
void each_member(Pass& at, part<Pass, watch_parting>& fact) {
  at("flag", fact.flag);
  at("ttl", fact.ttl);
  at("usual_ttl", fact.usual_ttl);
}

template <class Pass>
void each_member(Pass& at, part<Pass, watch_drop>& fact) {
  at("at_s", fact.at_s);
  at("away_s", fact.away_s);
  at("end", fact.end);
  at("idle_s", fact.idle_s);
  at("is_steady", fact.is_steady);
  at("parting", fact.parting);
  at("reason", fact.reason);
  at("refusals", fact.refusals);
  at("stood_s", fact.stood_s);
  at("was_pinged", fact.was_pinged);
  at("was_port_closed", fact.was_port_closed);
}

template <class Pass>
void each_member(Pass& at, part<Pass, watch_pause>& fact) {
  at("seconds", fact.seconds);
  at("survived", fact.survived);
}

template <class Pass>
void each_member(Pass& at, part<Pass, watch_facts>& fact) {
  at("connections", fact.connections);
  at("drops", fact.drops);
  at("has_users_id", fact.has_users_id);
  at("keep_alive_s", fact.keep_alive_s);
  at("lasted_s", fact.lasted_s);
  at("mute_dropped_s", fact.mute_dropped_s);
  at("mute_ended_at_s", fact.mute_ended_at_s);
  at("mute_keep_alive_s", fact.mute_keep_alive_s);
  at("mute_stood_s", fact.mute_stood_s);
  at("pauses", fact.pauses);
  at("pings", fact.pings);
  at("refusals", fact.refusals);
  at("scheme", fact.scheme);
  at("server_keep_alive_s", fact.server_keep_alive_s);
  at("version", fact.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, stream_side_fact>& fact) {
  at("address", fact.address);
  at("again", fact.again);
  at("again_in", fact.again_in);
  at("bytes", fact.bytes);
  at("first_data_in", fact.first_data_in);
  at("held_back", fact.held_back);
  at("held_back_in", fact.held_back_in);
  at("held_back_s", fact.held_back_s);
  at("hole", fact.hole);
  at("hole_in", fact.hole_in);
  at("hole_s", fact.hole_s);
  at("is_shut", fact.is_shut);
  at("largest", fact.largest);
  at("largest_acknowledged", fact.largest_acknowledged);
  at("largest_lost", fact.largest_lost);
  at("later_came", fact.later_came);
  at("lost_in", fact.lost_in);
  at("missed", fact.missed);
  at("mss", fact.mss);
  at("packets", fact.packets);
  at("port", fact.port);
  at("shut_in", fact.shut_in);
  at("shut_s", fact.shut_s);
  at("ttl", fact.ttl);
}

template <class Pass>
void each_member(Pass& at, part<Pass, stream_icmp_fact>& fact) {
  at("code", fact.code);
  at("from", fact.from);
  at("in", fact.in);
  at("is_v6", fact.is_v6);
  at("mtu", fact.mtu);
  at("size", fact.size);
  at("type", fact.type);
}

template <class Pass>
void each_member(Pass& at, part<Pass, stream_step_fact>& fact) {
  at("at_s", fact.at_s);
  at("detail", fact.detail);
  at("from_client", fact.from_client);
  at("in", fact.in);
  at("is_bad", fact.is_bad);
  at("what", fact.what);
}

template <class Pass>
void each_member(Pass& at, part<Pass, stream_fact>& fact) {
  at("attempts", fact.attempts);
  at("began", fact.began);
  at("broker", fact.broker);
  at("by_client", fact.by_client);
  at("came_in", fact.came_in);
  at("client", fact.client);
  at("client_id", fact.client_id);
  at("ended_in", fact.ended_in);
  at("ended_with", fact.ended_with);
  at("ending", fact.ending);
  at("icmp", fact.icmp);
  at("id_before", fact.id_before);
  at("idle_s", fact.idle_s);
  at("is_late", fact.is_late);
  at("keep_alive_s", fact.keep_alive_s);
  at("other_reset_in", fact.other_reset_in);
  at("other_reset_ttl", fact.other_reset_ttl);
  at("outlived_idle_s", fact.outlived_idle_s);
  at("reset_id", fact.reset_id);
  at("reset_left_here", fact.reset_left_here);
  at("reset_ttl", fact.reset_ttl);
  at("said_goodbye", fact.said_goodbye);
  at("seconds", fact.seconds);
  at("speaks", fact.speaks);
  at("steps", fact.steps);
  at("usual_ttl", fact.usual_ttl);
  at("waited_s", fact.waited_s);
  at("was_let_in", fact.was_let_in);
  at("was_passed_on", fact.was_passed_on);
  at("was_replaced", fact.was_replaced);
}

template <class Pass>
void each_member(Pass& at, part<Pass, capture_facts>& fact) {
  at("connections", fact.connections);
  at("dropped", fact.dropped);
  at("file", fact.file);
  at("flood_addresses", fact.flood_addresses);
  at("flood_answered", fact.flood_answered);
  at("flood_s", fact.flood_s);
  at("flood_syns", fact.flood_syns);
  at("flood_watched", fact.flood_watched);
  at("is_flood", fact.is_flood);
  at("is_place_said", fact.is_place_said);
  at("mqtt_ports", fact.mqtt_ports);
  at("others_answered", fact.others_answered);
  at("own_answered", fact.own_answered);
  at("packets", fact.packets);
  at("place", fact.place);
  at("seconds", fact.seconds);
  at("served", fact.served);
  at("streams", fact.streams);
  at("unserved", fact.unserved);
}

template <class Pass>
void each_member(Pass& at, part<Pass, phone_step_fact>& fact) {
  at("at_s", fact.at_s);
  at("close", fact.close);
  at("code", fact.code);
  at("count", fact.count);
  at("detail", fact.detail);
  at("hidden_ms", fact.hidden_ms);
  at("kind", fact.kind);
  at("ms", fact.ms);
  at("outcome", fact.outcome);
  at("own_topic", fact.own_topic);
  at("path", fact.path);
  at("port", fact.port);
  at("reason", fact.reason);
  at("seconds", fact.seconds);
  at("step", fact.step);
  at("subprotocol", fact.subprotocol);
  at("topic", fact.topic);
  at("user", fact.user);
  at("variant", fact.variant);
  at("version", fact.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, phone_port_fact>& fact) {
  at("address", fact.address);
  at("alert", fact.alert);
  at("arrival", fact.arrival);
  at("finished_tls", fact.finished_tls);
  at("kind", fact.kind);
  at("left_tls", fact.left_tls);
  at("path", fact.path);
  at("port", fact.port);
  at("said_hello", fact.said_hello);
  at("status", fact.status);
  at("was_greeted", fact.was_greeted);
}

template <class Pass>
void each_member(Pass& at, part<Pass, phone_facts>& fact) {
  at("address", fact.address);
  at("browser", fact.browser);
  at("has_findings", fact.has_findings);
  at("has_page", fact.has_page);
  at("host", fact.host);
  at("language", fact.language);
  at("machine_addresses", fact.machine_addresses);
  at("network", fact.network);
  at("ports", fact.ports);
  at("seconds", fact.seconds);
  at("steps", fact.steps);
  at("system", fact.system);
  at("watched_by", fact.watched_by);
}

template <class Pass>
void each_member(Pass& at, part<Pass, facts>& fact) {
  at("asked", fact.asked);
  at("capture", fact.capture);
  at("endpoints", fact.endpoints);
  at("format", fact.format);
  at("host", fact.host);
  at("inside", fact.inside);
  at("local", fact.local);
  at("ms", fact.ms);
  at("name", fact.name);
  at("phone", fact.phone);
  at("ports", fact.ports);
  at("program", fact.program);
  at("started", fact.started);
  at("watch", fact.watch);
}

}  // namespace mqttkit::doctor
