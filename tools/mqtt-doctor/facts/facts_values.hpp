// How the facts are spelled in JSON: each member by its name. For the units that write or read it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "mqtt-doctor/facts/facts.hpp"

namespace nlohmann {

/// What is not there is null.
template <class T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& out, const std::optional<T>& from) {
    if (from) {
      out = *from;
    } else {
      out = nullptr;
    }
  }
  static void from_json(const json& in, std::optional<T>& out) {
    if (in.is_null()) {
      out.reset();
    } else {
      out = in.get<T>();
    }
  }
};

}  // namespace nlohmann

namespace mqttkit::doctor {

template <class Enum>
void to_json(nlohmann::json& out, const fact_word<Enum>& from) {
  out = from.word();
}
template <class Enum>
void from_json(const nlohmann::json& in, fact_word<Enum>& out) {
  out = fact_word<Enum>(in.get_ref<const std::string&>());
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(listener_fact, address, port, pid, process, command,
                                                user, receive_queue)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(process_fact, pid, name, command, user, state,
                                                started, configuration, is_daemon, open_files,
                                                file_limit)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(source_rule_fact, sources, has_all, list, refusal,
                                                icmp, rule, chain, tool, stage)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(firewall_fact, port, family, is_own, is_reply, tool,
                                                verdict, rule, source, icmp, refusal, chain,
                                                too_late, zone, forwarded_to, for_sources)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(service_fact, name, state, enabled, result,
                                                exit_status, configuration)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(disk_certificate_fact, file, subject, not_before,
                                                not_after, days_left, certificates, has_names,
                                                fingerprint, modified, full_chain)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(configured_listener, port, address, protocol, line,
                                                settings, certificate)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(configuration_problem, kind, stops_broker, file,
                                                line, subject, detail)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(login_check_fact, file, user, outcome, modified,
                                                is_newer)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(configuration_fact, broker, file, is_used, pid,
                                                version, files, settings, listeners, problems,
                                                login_checks)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(log_fact, source, text, kind, is_current)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(container_fact, name, image, ports)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(host_facts, system, cloud, listeners, brokers,
                                                firewall, services, configurations, log, containers,
                                                addresses, is_root, has_systemd, selinux, not_seen)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(
    asked_facts, typed, host, port, scheme, path, topic, sent_to, sent_via, publisher, subscriber,
    offline, no_local, retained, size, version, client_id, has_empty_id, has_user, has_password,
    user_name, login_spaces, password_ends, has_ca, has_certificate, has_psk, is_insecure,
    on_broker, family, family_because, alpn, mended, odd_characters)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(interface_fact, name, address, prefix)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(local_facts, interfaces, has_v4_route, has_v6_route,
                                                now, built, is_clock_behind_build, http_date,
                                                clock_error_s, is_target)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(dns_fact, server, type, outcome, rcode, addresses,
                                                aliases, ms, sent_bytes, received_bytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(name_facts, is_literal, canonical, questions,
                                                lookup, lookup_ms, addresses, left_out, hosts_file,
                                                hijack_answers, mdns_asked, mdns_answers, resolvers)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(icmp_fact, type, code, from, from_self, from_target,
                                                is_v6)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(connect_fact, outcome, error, ms, icmp, retransmits,
                                                local_address)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(certificate_fact, subject, issuer, dns_names,
                                                addresses, not_before, not_after, lifetime_days,
                                                days_left, key_type, key_bits, signature,
                                                is_authority, is_self_signed, has_purposes,
                                                is_for_servers, is_for_clients, issuer_url,
                                                fingerprint)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(verify_fact, code, depth, words)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(tls_fact, is_done, ms, server_name, protocol,
                                                cipher, alpn, saw_server_hello,
                                                saw_certificate_request, accepted_issuers, alert,
                                                alert_was_late, is_not_tls, ended_at_first_byte,
                                                answered, end, error, failures, chain)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(websocket_fact, is_done, ms, path, subprotocol,
                                                status, status_line, headers, accepted, body, end,
                                                error)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(mqtt_fact, version, sent_user, sent_password,
                                                client_id_kind, answer, reason, meaning,
                                                is_old_shape, session_present, reason_string,
                                                server_reference, assigned_id, limits, ms)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(contact, purpose, address, port, connect, tls,
                                                websocket, mqtt, received, text, speaks, end,
                                                end_ms, sent_first, was_left_open, unacknowledged,
                                                retransmits, total_retransmits, first_path_mtu,
                                                path_mtu, needless_retransmits, out_of_order,
                                                round_trip_ms, sent_bytes, received_bytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(port_fact, port, connect, speaks, text, sent_bytes,
                                                received_bytes, product)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(hop_fact, ttl, from, ms)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(surroundings_fact, ports, hops, is_traced,
                                                is_gateway, test_net, test_net_speaks, test_net_ms)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(delivery_fact, topic, is_users_topic, version,
                                                payload_bytes, subscribed, suback, published, qos,
                                                puback, echoed, echo_ms, echo_topic, ping_answered,
                                                end, ended_after, disconnect, unacknowledged,
                                                retransmits)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(exchange_fact::run, qos, sent, acknowledged,
                                                half_way, ack, arrived, duplicates, disordered,
                                                arrived_qos, lost, fastest_ms, slowest_ms,
                                                arrived_topic)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(exchange_fact, topic, filter, is_users_topic,
                                                version, publisher_at, publisher, subscriber,
                                                payload_bytes, subscriber_limit, wanted, suback,
                                                retained, retained_topic, publisher_pinged,
                                                subscriber_pinged, publisher_end, subscriber_end,
                                                publisher_disconnect, subscriber_disconnect, runs)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(offline_fact::run, qos, sent, acknowledged, ack,
                                                arrived, first_no, last_no)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(offline_fact, topic, is_users_topic, version,
                                                publisher_version, client_id_kind, clean, expiry_s,
                                                granted_s, wanted, suback, message_expiry_s, away_s,
                                                session_present, stopped_at, runs)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(offline_facts, client_id, was_found, waiting,
                                                waiting_topics, uptime_s, broker_version, tries)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(retained_fact, topic, version, ack, kept, cleared,
                                                end, disconnect)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(endpoint_facts, scheme, port, path, contacts,
                                                surroundings, deliveries, exchanges, offline,
                                                no_local, retained, large, ms, elsewhere)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(watch_drop, is_steady, at_s, stood_s, idle_s, end,
                                                reason, was_pinged, refusals, was_port_closed,
                                                away_s)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(watch_pause, seconds, survived)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(watch_facts, scheme, version, has_users_id,
                                                keep_alive_s, server_keep_alive_s, lasted_s,
                                                connections, refusals, pings, mute_keep_alive_s,
                                                mute_stood_s, mute_dropped_s, mute_ended_at_s,
                                                drops, pauses)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(facts, format, program, started, asked, local, name,
                                                endpoints, ports, host, watch, ms)

}  // namespace mqttkit::doctor
