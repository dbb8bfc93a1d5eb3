// Facts of the doctor on a phone's side, built step by step.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "mqtt-doctor/causes/diagnosis.hpp"

namespace mqttkit::doctor::test {

/// A test's client and its facts; it begins with an established TCP connection.
class phone {
 public:
  explicit phone(const std::string& scheme = "mqtt", int port = 1883,
                 const std::string& host = "broker.example") {
    all.asked.host = host;
    all.asked.port = port;
    all.asked.scheme = fact_word<doctor::scheme>(scheme);
    all.local.now = "2026-11-21T08:00:00Z";
    all.name.addresses = {address};
    endpoint_facts at;
    at.scheme = all.asked.scheme;
    at.port = port;
    at.path = "/mqtt";
    all.endpoints.push_back(at);
    contact_for("client");
  }

  /// Adds a further connection; the calls that follow describe it.
  phone& contact_for(const std::string& purpose) {
    contact made;
    made.purpose = fact_word<contact_purpose>(purpose);
    made.address = address;
    made.port = at().port;
    made.connect.outcome = connect_outcome::connected;
    made.connect.ms = 1;
    made.round_trip_ms = 1;
    at().contacts.push_back(made);
    return *this;
  }

  contact& last() { return at().contacts.back(); }

  // ---- TLS
  phone& secured(const std::string& issuer = "CN=Known CA",
                 const std::string& name = "broker.example") {
    tls_fact& tls = last().tls.emplace();
    tls.is_done = tls.saw_server_hello = true;
    tls.protocol = tls_version::tls1_3;
    tls.server_name = name;
    certificate_fact leaf;
    leaf.subject = "CN=" + all.asked.host;
    leaf.issuer = issuer;
    leaf.dns_names = {all.asked.host};
    leaf.not_before = "2026-06-01T00:00:00Z";
    leaf.not_after = "2027-06-01T00:00:00Z";
    leaf.lifetime_days = 365;
    leaf.days_left = 190;
    leaf.key_type = "RSA";
    leaf.key_bits = 2048;
    leaf.signature = "sha256WithRSAEncryption";
    leaf.has_purposes = true;
    tls.chain.push_back(leaf);
    return *this;
  }
  phone& fails(int code, int depth = 0) {
    last().tls->failures.push_back({code, depth, "words of OpenSSL"});
    return *this;
  }
  phone& alert(int number, bool after_request = false, bool is_late = false) {
    if (!last().tls) last().tls.emplace();
    tls_fact& tls = *last().tls;
    tls.alert = number;
    tls.alert_was_late = is_late;
    tls.saw_certificate_request = after_request;
    tls.saw_server_hello = after_request || is_late;
    tls.is_done = is_late;
    if (!is_late) tls.end = connection_end::failed;
    last().end = is_late ? connection_end::closed : connection_end::failed;
    if (is_late) sends("closed", 1);
    return *this;
  }
  phone& greets(const std::string& end, bool hello_seen = false) {
    tls_fact& tls = last().tls.emplace();
    tls.end = fact_word<connection_end>(end);
    tls.saw_server_hello = hello_seen;
    last().end = fact_word<connection_end>(end);
    last().sent_first = true;
    return *this;
  }

  // ---- WebSocket
  phone& upgraded(const std::string& accepted = "mqtt") {
    websocket_fact& socket = last().websocket.emplace();
    socket.is_done = true;
    socket.path = "/mqtt";
    socket.subprotocol = "mqtt";
    socket.accepted = accepted;
    return *this;
  }
  phone& status(int code, const std::string& line, const std::string& body = "", double ms = 2) {
    websocket_fact& socket = last().websocket.emplace();
    socket.path = "/mqtt";
    socket.subprotocol = "mqtt";
    socket.status = code;
    socket.status_line = "HTTP/1.1 " + line;
    socket.body = body;
    socket.end = connection_end::refused;
    socket.ms = ms;
    last().speaks = spoken_protocol::http;
    last().end = connection_end::open;
    return *this;
  }

  // ---- MQTT
  phone& answers(int reason, int meaning, const std::string& version = "5") {
    mqtt_fact& mqtt = last().mqtt.emplace();
    mqtt.version = fact_word<mqtt_version>(version);
    mqtt.answer = mqtt_answer::connack;
    mqtt.reason = reason;
    mqtt.meaning = meaning;
    mqtt.client_id_kind = client_id_kind::own;
    mqtt.sent_user = all.asked.has_user;
    mqtt.sent_password = all.asked.has_password;
    mqtt.ms = 2;
    last().speaks = spoken_protocol::mqtt;
    last().end = connection_end::open;
    return *this;
  }
  phone& accepts(const std::string& version = "5") { return answers(0, 0, version); }
  /// "closed", "reset", "silent"
  phone& sends(const std::string& answer, double ms = 1, const std::string& version = "5") {
    mqtt_fact& mqtt = last().mqtt.emplace();
    mqtt.version = fact_word<mqtt_version>(version);
    mqtt.answer = fact_word<mqtt_answer>(answer);
    mqtt.ms = ms;
    last().end = fact_word<connection_end>(answer);
    last().end_ms = ms;
    last().sent_first = true;
    return *this;
  }
  phone& ends(const std::string& how, double ms = 1) {
    last().end = fact_word<connection_end>(how);
    last().end_ms = ms;
    return *this;
  }
  phone& says(const std::string& speaks, const std::string& text) {
    last().speaks = fact_word<spoken_protocol>(speaks);
    last().text = text;
    if (!last().mqtt) last().mqtt.emplace().answer = mqtt_answer::other;
    last().end = connection_end::open;
    return *this;
  }
  phone& with_login(const std::string& user = "alice") {
    all.asked.has_user = all.asked.has_password = true;
    all.asked.user_name = user;
    return *this;
  }
  delivery_fact& delivers(const std::string& topic, bool is_users = false) {
    delivery_fact delivery;
    delivery.topic = topic;
    delivery.is_users_topic = is_users;
    delivery.version = at().contacts[0].mqtt->version;
    delivery.subscribed = delivery.published = true;
    delivery.suback = 1;
    delivery.puback = 0;
    delivery.echoed = true;
    at().deliveries.push_back(delivery);
    return at().deliveries.back();
  }

  // ---- the diagnosis
  diagnosis found() const { return diagnose(all); }
  std::string first() const {
    const diagnosis made = found();
    return made.causes.empty() ? "healthy" : made.causes.front().id;
  }
  certainty sureness() const { return found().causes.front().how_sure; }
  bool names(const std::string& id) const { return find(found().causes, id); }
  bool warns(const std::string& id) const { return find(found().warnings, id); }
  bool excludes(const std::string& id) const {
    const diagnosis made = found();
    return std::any_of(made.excluded.begin(), made.excluded.end(),
                       [&](const auto& each) { return each.id == id; });
  }

  endpoint_facts& at() { return all.endpoints[0]; }

  facts all;
  std::string address = "198.51.100.7";

 private:
  static bool find(const std::vector<finding>& in, const std::string& id) {
    return std::any_of(in.begin(), in.end(), [&](const auto& each) { return each.id == id; });
  }
};

}  // namespace mqttkit::doctor::test
