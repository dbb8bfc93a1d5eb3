// The list of every fact's members, once for writing and reading, in the order of the JSON: that of
// the alphabet. A unit test checks the order. Here are those of facts as a whole, each subject has
// a file of its own.
#pragma once

#include "mqtt-doctor/facts/capture_members.hpp"
#include "mqtt-doctor/facts/contact_members.hpp"
#include "mqtt-doctor/facts/delivery_members.hpp"
#include "mqtt-doctor/facts/facts.hpp"
#include "mqtt-doctor/facts/gateway_members.hpp"
#include "mqtt-doctor/facts/host_members.hpp"
#include "mqtt-doctor/facts/offline_members.hpp"
#include "mqtt-doctor/facts/pass.hpp"
#include "mqtt-doctor/facts/phone_members.hpp"
#include "mqtt-doctor/facts/symptom_members.hpp"
#include "mqtt-doctor/facts/watch_members.hpp"

namespace mqttkit::doctor {

template <class Pass>
void each_member(Pass& at, part<Pass, asked_facts>& fact) {
  at("alpn", fact.alpn);
  at("authorities", fact.authorities);
  at("certificate_ends", fact.certificate_ends);
  at("certificate_issuer", fact.certificate_issuer);
  at("certificate_subject", fact.certificate_subject);
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
  at("password_scope", fact.password_scope);
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
  at("driver", fact.driver);
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
  at("counted", fact.counted);
  at("diverted", fact.diverted);
  at("has_v4_route", fact.has_v4_route);
  at("has_v6_route", fact.has_v6_route);
  at("http_date", fact.http_date);
  at("interfaces", fact.interfaces);
  at("is_clock_behind_build", fact.is_clock_behind_build);
  at("is_outgoing_read", fact.is_outgoing_read);
  at("is_target", fact.is_target);
  at("lost_neighbours", fact.lost_neighbours);
  at("now", fact.now);
  at("outgoing", fact.outgoing);
  at("proxies", fact.proxies);
  at("refusing_route", fact.refusing_route);
  at("v4_gateway", fact.v4_gateway);
  at("v4_route_by", fact.v4_route_by);
  at("v6_route_by", fact.v6_route_by);
  at("way_by", fact.way_by);
  at("way_via", fact.way_via);
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
