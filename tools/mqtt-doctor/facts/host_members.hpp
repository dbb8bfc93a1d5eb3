// The members of the facts about the broker's machine.
#pragma once

#include "mqtt-doctor/facts/host_facts.hpp"
#include "mqtt-doctor/facts/pass.hpp"

namespace mqttkit::doctor {

template <class Pass>
void each_member(Pass& at, part<Pass, listener_fact>& fact) {
  at("address", fact.address);
  at("command", fact.command);
  at("connections", fact.connections);
  at("parent", fact.parent);
  at("pid", fact.pid);
  at("port", fact.port);
  at("process", fact.process);
  at("receive_queue", fact.receive_queue);
  at("started", fact.started);
  at("user", fact.user);
}

template <class Pass>
void each_member(Pass& at, part<Pass, process_fact>& fact) {
  at("command", fact.command);
  at("configuration", fact.configuration);
  at("file_limit", fact.file_limit);
  at("group", fact.group);
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
  at("is_for_routed", fact.is_for_routed);
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
  at("forwards_other", fact.forwards_other);
  at("icmp", fact.icmp);
  at("is_neighbour_search", fact.is_neighbour_search);
  at("is_own", fact.is_own);
  at("is_reply", fact.is_reply);
  at("later_chain", fact.later_chain);
  at("later_rule", fact.later_rule);
  at("near_rule", fact.near_rule);
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
void each_member(Pass& at, part<Pass, file_right_fact>& fact) {
  at("access", fact.access);
  at("file", fact.file);
  at("is_known", fact.is_known);
  at("line", fact.line);
  at("realm", fact.realm);
  at("said", fact.said);
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
  at("rights", fact.rights);
  at("settings", fact.settings);
  at("version", fact.version);
}

template <class Pass>
void each_member(Pass& at, part<Pass, log_fact>& fact) {
  at("filter", fact.filter);
  at("from", fact.from);
  at("is_current", fact.is_current);
  at("is_outdated", fact.is_outdated);
  at("kind", fact.kind);
  at("peer", fact.peer);
  at("port", fact.port);
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
  at("access", fact.access);
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
  at("command", fact.command);
  at("compose", fact.compose);
  at("configuration", fact.configuration);
  at("environment", fact.environment);
  at("error", fact.error);
  at("exit_code", fact.exit_code);
  at("folders", fact.folders);
  at("has_listeners", fact.has_listeners);
  at("image", fact.image);
  at("listeners", fact.listeners);
  at("log", fact.log);
  at("mounts", fact.mounts);
  at("name", fact.name);
  at("network", fact.network);
  at("pid", fact.pid);
  at("ports", fact.ports);
  at("proxies", fact.proxies);
  at("restarts", fact.restarts);
  at("state", fact.state);
  at("status", fact.status);
  at("tool", fact.tool);
  at("user", fact.user);
  at("was_out_of_memory", fact.was_out_of_memory);
}

template <class Pass>
void each_member(Pass& at, part<Pass, access_condition_fact>& fact) {
  at("has_all", fact.has_all);
  at("is_negated", fact.is_negated);
  at("match", fact.match);
  at("trait", fact.trait);
  at("values", fact.values);
}

template <class Pass>
void each_member(Pass& at, part<Pass, access_rule_fact>& fact) {
  at("conditions", fact.conditions);
  at("file", fact.file);
  at("lets_in", fact.lets_in);
  at("line", fact.line);
  at("stage", fact.stage);
  at("text", fact.text);
}

template <class Pass>
void each_member(Pass& at, part<Pass, access_list_fact>& fact) {
  at("guard", fact.guard);
  at("name", fact.name);
  at("pid", fact.pid);
  at("port", fact.port);
  at("rules", fact.rules);
}

template <class Pass>
void each_member(Pass& at, part<Pass, proxy_fact>& fact) {
  at("access", fact.access);
  at("certificate", fact.certificate);
  at("certificate_file", fact.certificate_file);
  at("changed", fact.changed);
  at("changed_file", fact.changed_file);
  at("check_line", fact.check_line);
  at("connections_line", fact.connections_line);
  at("connections_said", fact.connections_said);
  at("exhausted", fact.exhausted);
  at("file", fact.file);
  at("has_certificate", fact.has_certificate);
  at("is_exact_path", fact.is_exact_path);
  at("lacks", fact.lacks);
  at("line", fact.line);
  at("log_file", fact.log_file);
  at("logged", fact.logged);
  at("mode", fact.mode);
  at("most_connections", fact.most_connections);
  at("names", fact.names);
  at("names_line", fact.names_line);
  at("other_targets", fact.other_targets);
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
  at("started", fact.started);
  at("takes_proxy", fact.takes_proxy);
  at("takes_tls", fact.takes_tls);
  at("target", fact.target);
  at("target_answer", fact.target_answer);
  at("targets_by_name", fact.targets_by_name);
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
  at("via", fact.via);
}

template <class Pass>
void each_member(Pass& at, part<Pass, lost_neighbour_fact>& fact) {
  at("address", fact.address);
  at("by", fact.by);
}

template <class Pass>
void each_member(Pass& at, part<Pass, half_open_fact>& fact) {
  at("peer", fact.peer);
  at("port", fact.port);
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
  at("access_lists", fact.access_lists);
  at("addresses", fact.addresses);
  at("brokers", fact.brokers);
  at("cloud", fact.cloud);
  at("configurations", fact.configurations);
  at("contained_brokers", fact.contained_brokers);
  at("containers", fact.containers);
  at("counters", fact.counters);
  at("disks", fact.disks);
  at("entry_points", fact.entry_points);
  at("firewall", fact.firewall);
  at("half_open", fact.half_open);
  at("has_systemd", fact.has_systemd);
  at("is_root", fact.is_root);
  at("listeners", fact.listeners);
  at("log", fact.log);
  at("lost_neighbours", fact.lost_neighbours);
  at("not_seen", fact.not_seen);
  at("proxies", fact.proxies);
  at("routers", fact.routers);
  at("routes", fact.routes);
  at("routing_rules", fact.routing_rules);
  at("selinux", fact.selinux);
  at("services", fact.services);
  at("settings", fact.settings);
  at("strict_interfaces", fact.strict_interfaces);
  at("system", fact.system);
  at("table_routes", fact.table_routes);
  at("ways_out", fact.ways_out);
}

}  // namespace mqttkit::doctor
