// The sentence for each client: what it did to what it should do next.
#include <doctest/doctest.h>

#include "common/duration_text.hpp"
#include "mqtt-doctor/listen/client_table.hpp"
#include "mqtt-doctor/listen/conclusion.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;

namespace {

connection_summary who_speaks(spoken what) {
  connection_summary seen;
  seen.speaks = what;
  return seen;
}

connection_summary phone() {
  connection_summary seen = who_speaks(spoken::mqtt);
  seen.has_connect = true;
  seen.version = "3.1.1";
  seen.client_id = "phone";
  return seen;
}

conclusion alone(const connection_summary& seen, int port = 1883) {
  listening where;
  where.port = port;
  return conclusion_of(seen, "203.0.113.9", where);
}

conclusion in_front(const connection_summary& seen) {
  listening where;
  where.port = 1883;
  where.broker = "localhost:1884";
  return conclusion_of(seen, "203.0.113.9", where);
}

}  // namespace

TEST_CASE("TLS to a plain port is named, with both ways out") {
  CHECK(in_english(alone(who_speaks(spoken::tls)).text) ==
        "203.0.113.9 reached this port and spoke TLS to a plain listener: turn SSL off in the app "
        "or use port 8883.");
  CHECK(alone(who_speaks(spoken::tls), 8883).id == "tls-arrived");
}

TEST_CASE("in place of the broker the port's custom decides what fits it") {
  CHECK(alone(phone()).id == "mqtt-arrived");
  CHECK(alone(phone(), 8883).id == "tls-plaintext-to-tls-port");
  CHECK(alone(phone(), 9001).id == "ws-raw-mqtt-to-ws-port");
  connection_summary web = phone();
  web.speaks = spoken::websocket;
  CHECK(alone(web).id == "ws-handshake-to-raw-port");
  CHECK(alone(web, 9001).id == "mqtt-arrived");
}

TEST_CASE("a request that brokers refuse is known without one") {
  connection_summary seen = phone();
  seen.client_id.clear();
  seen.clean_start = false;
  CHECK(alone(seen).id == "session-empty-id-persistent");
  seen.clean_start = true;
  CHECK(alone(seen).id == "mqtt-arrived");
  seen = phone();
  seen.is_v3_1 = true;
  CHECK(alone(seen).id == "mqtt-version-refused");
  seen = phone();
  seen.had_proxy_header = true;
  CHECK(alone(seen).id == "proxy-protocol-unexpected");
}

TEST_CASE("a web server's answer is another service's to MQTT, and WebSocket's own beginning") {
  connection_summary seen = phone();
  seen.answers = spoken_protocol::http;
  seen.answer_text = "HTTP/1.1 101 Switching Protocols";
  CHECK(in_front(seen).id == "mqtt-not-a-broker");
  seen.speaks = spoken::websocket;
  CHECK(in_front(seen).id != "mqtt-not-a-broker");
}

TEST_CASE("what the broker answered is what counts in front of it") {
  connection_summary seen = phone();
  seen.forward_error = "connection refused";
  CHECK(in_front(seen).id == "broker-unreachable");
  seen = phone();
  seen.broker_closed = true;
  CHECK(in_front(seen).id == "mqtt-closed-after-connect");
  seen.connack = 5;
  seen.connack_meaning = "Not authorized";
  CHECK(in_front(seen).id == "auth-anonymous-refused");
  CHECK(in_english(in_front(seen).text).find("sends no user name") != std::string::npos);
  seen.has_user = true;
  CHECK(in_front(seen).id == "auth-bad-credentials");
  CHECK(in_english(in_front(seen).text).find("Check user name") != std::string::npos);
  seen.connack = 2;
  CHECK(in_front(seen).id == "auth-client-id-not-allowed");
  seen.connack = 1;
  CHECK(in_front(seen).id == "mqtt-version-refused");
  seen.connack = 3;
  CHECK(in_front(seen).id == "mqtt-refused");
  seen.connack = 0;
  CHECK(in_front(seen).id == "mqtt-accepted");
  seen.subscriptions_refused = 1;
  CHECK(in_front(seen).id == "auth-acl-subscribe-refused");
  seen.disconnect_code = 0x8E;
  CHECK(in_front(seen).id == "ended-by-broker");
}

TEST_CASE("TLS that is passed on is judged by alerts and by who hung up when") {
  connection_summary seen = who_speaks(spoken::tls);
  CHECK(in_front(seen).id == "tls-to-plaintext-port");
  seen.tls_answered = true;
  seen.after_hello = 30;
  CHECK(in_front(seen).id == "tls-hung-up");
  seen.after_hello = 500;
  CHECK(in_front(seen).id == "tls-stands");
  seen.broker_alert = 40;
  CHECK(in_front(seen).id == "tls-refused");
  seen.client_alert = 48;
  CHECK(in_front(seen).id == "certificate-refused");
  seen.client_alert = 70;
  CHECK(in_front(seen).id == "tls-ended-by-client");
}

TEST_CASE("every other visitor has a sentence of its own") {
  CHECK(alone(connection_summary()).id == "silent");
  CHECK(alone(who_speaks(spoken::http)).id == "http");
  CHECK(alone(who_speaks(spoken::other)).id == "other-protocol");
  CHECK(alone(who_speaks(spoken::undecided)).id == "cut-off");
  CHECK(alone(who_speaks(spoken::mqtt)).id == "connect-cut-off");
  CHECK(alone(who_speaks(spoken::websocket)).id == "ws-subprotocol-missing");
  connection_summary web = who_speaks(spoken::websocket);
  web.offers_mqtt = true;
  CHECK(alone(web).id == "websocket-without-connect");
  connection_summary broken = who_speaks(spoken::mqtt);
  broken.broken_rule = "malformed packet";
  CHECK(alone(broken).id == "mqtt-malformed-client");
  broken.unknown_level = 9;
  CHECK(alone(broken).id == "mqtt-version-refused");
}

TEST_CASE("what a client tried last counts, but silence does not replace a word") {
  client_table came;
  came.add("a", connection_summary());
  connection_summary phone_refused = phone();
  phone_refused.connack = 5;
  came.add("a", phone_refused);
  came.add("b", connection_summary());
  connection_summary phone_accepted = phone();
  phone_accepted.connack = 0;
  came.add("a", phone_accepted);
  came.add("a", connection_summary());
  const auto all = came.all();
  REQUIRE(all.size() == 2);
  CHECK(all[0].first == "a");
  CHECK(all[0].second->connections == 4);
  CHECK(all[0].second->told.connack == 0);
}

TEST_CASE("clients behind one address are told apart, and what one sent is added up") {
  client_table came;
  connection_summary seen = phone();
  seen.connack = 0;
  seen.subscribed = 1;
  seen.published = 2;
  came.add("a", seen);
  came.add("a", who_speaks(spoken::tls));
  came.add("a", who_speaks(spoken::http));
  came.add("a", seen);
  seen.client_id.clear();
  came.add("a", seen);
  const auto all = came.all();
  REQUIRE(all.size() == 4);
  CHECK(in_english(in_front(all[0].second->told).text) ==
        "203.0.113.9 was let in by the broker as phone (MQTT 3.1.1); subscriptions: 1, messages "
        "sent: 4, messages received: 0.");
  CHECK(all[1].second->told.speaks == spoken::tls);
  CHECK(all[2].second->told.speaks == spoken::http);
  CHECK(in_english(in_front(all[3].second->told).text)
            .find("as a client without an identifier (MQTT") != std::string::npos);
}

TEST_CASE("a refused client is called by its identifier: others may share its address") {
  connection_summary seen = phone();
  seen.connack = 5;
  seen.connack_meaning = "Not authorized";
  CHECK(in_english(in_front(seen).text).starts_with("The broker refused phone (203.0.113.9): "));
}

TEST_CASE("an identifier that is refused and empty is to be filled in") {
  connection_summary seen = phone();
  seen.connack = 2;
  seen.connack_meaning = "Client Identifier not valid";
  CHECK(in_front(seen).id == "auth-client-id-not-allowed");
  seen.client_id.clear();
  CHECK(in_front(seen).id == "session-empty-id-persistent");
}

TEST_CASE("one address with ever new identifiers does not fill the list") {
  client_table came;
  connection_summary seen = phone();
  for (std::size_t i = 0; i < client_table::most_of_one_address + 3; ++i) {
    seen.client_id = std::to_string(i);
    came.add("a", seen);
  }
  CHECK(came.all().size() == client_table::most_of_one_address);
  CHECK(came.left_out() == 3);
  came.add("b", seen);
  CHECK(came.all().size() == client_table::most_of_one_address + 1);
}

TEST_CASE("a scan of the whole Internet does not make the list grow for ever") {
  client_table came;
  for (std::size_t i = 0; i < client_table::most_clients + 5; ++i)
    came.add(std::to_string(i), connection_summary());
  CHECK(came.all().size() == client_table::most_clients);
  CHECK(came.left_out() == 5);
}

TEST_CASE("when nobody came the way to the server is at fault") {
  listening where;
  where.port = 1883;
  CHECK(in_english(nobody_came(where, tools::rough_text(120))) ==
        "Nothing arrived on port 1883 in 2 min: a firewall, the security group or a wrong address "
        "stands before this server.");
}

TEST_CASE("let in and closed on at once is the broker's doing, unless more was said") {
  connection_summary seen = phone();
  seen.connack = 0;
  seen.broker_closed = seen.is_brief = true;
  CHECK(in_front(seen).id == "ended-by-broker");
  seen.said_more = true;
  CHECK(in_front(seen).id == "mqtt-accepted");
  seen.said_more = false;
  seen.is_brief = false;
  CHECK(in_front(seen).id == "mqtt-accepted");
}
