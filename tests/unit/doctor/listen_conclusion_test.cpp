// The final sentence for each client: from its behaviour to the advice.
#include <doctest/doctest.h>

#include "common/duration_text.hpp"
#include "mqtt-doctor/listen/client_table.hpp"
#include "mqtt-doctor/listen/conclusion.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;

namespace {

connection_summary who_speaks(spoken what) {
  connection_summary summary;
  summary.speaks = what;
  return summary;
}

connection_summary phone() {
  connection_summary summary = who_speaks(spoken::mqtt);
  summary.has_connect = true;
  summary.version = "3.1.1";
  summary.client_id = "phone";
  return summary;
}

conclusion alone(const connection_summary& found, int port = 1883) {
  listening where;
  where.port = port;
  return conclusion_of(found, "203.0.113.9", where);
}

conclusion in_front(const connection_summary& result) {
  listening where;
  where.port = 1883;
  where.broker = "localhost:1884";
  return conclusion_of(result, "203.0.113.9", where);
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
  connection_summary summary = phone();
  summary.client_id.clear();
  summary.clean_start = false;
  CHECK(alone(summary).id == "session-empty-id-persistent");
  summary.clean_start = true;
  CHECK(alone(summary).id == "mqtt-arrived");
  summary = phone();
  summary.is_v3_1 = true;
  CHECK(alone(summary).id == "mqtt-version-refused");
  summary = phone();
  summary.had_proxy_header = true;
  CHECK(alone(summary).id == "proxy-protocol-unexpected");
}

TEST_CASE("a web server's answer is another service's to MQTT, and WebSocket's own beginning") {
  connection_summary summary = phone();
  summary.answers = spoken_protocol::http;
  summary.answer_text = "HTTP/1.1 101 Switching Protocols";
  CHECK(in_front(summary).id == "mqtt-not-a-broker");
  summary.speaks = spoken::websocket;
  CHECK(in_front(summary).id != "mqtt-not-a-broker");
}

TEST_CASE("what the broker answered is what counts in front of it") {
  connection_summary summary = phone();
  summary.forward_error = "connection refused";
  CHECK(in_front(summary).id == "broker-unreachable");
  summary = phone();
  summary.broker_closed = true;
  CHECK(in_front(summary).id == "mqtt-closed-after-connect");
  summary.connack = 5;
  summary.connack_meaning = "Not authorized";
  CHECK(in_front(summary).id == "auth-anonymous-refused");
  CHECK(in_english(in_front(summary).text).find("sends no user name") != std::string::npos);
  summary.has_user = true;
  CHECK(in_front(summary).id == "auth-bad-credentials");
  CHECK(in_english(in_front(summary).text).find("Check user name") != std::string::npos);
  summary.connack = 2;
  CHECK(in_front(summary).id == "auth-client-id-not-allowed");
  summary.connack = 1;
  CHECK(in_front(summary).id == "mqtt-version-refused");
  summary.connack = 3;
  CHECK(in_front(summary).id == "mqtt-refused");
  summary.connack = 0;
  CHECK(in_front(summary).id == "mqtt-accepted");
  summary.subscriptions_refused = 1;
  CHECK(in_front(summary).id == "auth-acl-subscribe-refused");
  summary.disconnect_code = 0x8E;
  CHECK(in_front(summary).id == "ended-by-broker");
}

TEST_CASE("TLS that is passed on is judged by alerts and by who hung up when") {
  connection_summary summary = who_speaks(spoken::tls);
  summary.hello.server_name = "broker.example";
  CHECK(in_front(summary).id == "tls-to-plaintext-port");
  summary.tls_answered = true;
  summary.after_hello = 30;
  CHECK(in_front(summary).id == "tls-hung-up");
  summary.after_hello = 500;
  CHECK(in_front(summary).id == "tls-stands");
  summary.broker_alert = 40;
  CHECK(in_front(summary).id == "tls-refused");
  summary.client_alert = 48;
  CHECK(in_front(summary).id == "certificate-refused");
  summary.client_alert = 70;
  CHECK(in_front(summary).id == "tls-ended-by-client");
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
  connection_summary summary = phone();
  summary.connack = 0;
  summary.subscribed = 1;
  summary.published = 2;
  came.add("a", summary);
  came.add("a", who_speaks(spoken::tls));
  came.add("a", who_speaks(spoken::http));
  came.add("a", summary);
  summary.client_id.clear();
  came.add("a", summary);
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
  connection_summary summary = phone();
  summary.connack = 5;
  summary.connack_meaning = "Not authorized";
  CHECK(in_english(in_front(summary).text).starts_with("The broker refused phone (203.0.113.9): "));
}

TEST_CASE("an identifier that is refused and empty is to be filled in") {
  connection_summary summary = phone();
  summary.connack = 2;
  summary.connack_meaning = "Client Identifier not valid";
  CHECK(in_front(summary).id == "auth-client-id-not-allowed");
  summary.client_id.clear();
  CHECK(in_front(summary).id == "session-empty-id-persistent");
}

TEST_CASE("no keep alive is named where a broker calls a faultless identifier not valid") {
  connection_summary summary = phone();
  summary.connack = 2;
  summary.keep_alive_s = 0;
  CHECK(in_english(in_front(summary).text).find("set 60 seconds in the app") != std::string::npos);
  summary.keep_alive_s = 60;
  CHECK(in_english(in_front(summary).text).find("keep alive") == std::string::npos);
  summary.keep_alive_s = 0;
  summary.is_v5 = true;  // such a client is told the broker's own keep alive
  summary.connack = 0x85;
  CHECK(in_english(in_front(summary).text).find("keep alive") == std::string::npos);
}

TEST_CASE("one address with ever new identifiers does not fill the list") {
  client_table came;
  connection_summary summary = phone();
  for (std::size_t i = 0; i < client_table::most_of_one_address + 3; ++i) {
    summary.client_id = std::to_string(i);
    came.add("a", summary);
  }
  CHECK(came.all().size() == client_table::most_of_one_address);
  CHECK(came.left_out() == 3);
  came.add("b", summary);
  CHECK(came.all().size() == client_table::most_of_one_address + 1);
}

TEST_CASE("a scan of the whole Internet does not make the list grow for ever") {
  client_table came;
  for (std::size_t i = 0; i < client_table::most_clients + 5; ++i)
    came.add(std::to_string(i), connection_summary());
  CHECK(came.all().size() == client_table::most_clients);
  CHECK(came.left_out() == 5);
}

TEST_CASE("when nobody came the way to the server is at fault, if anybody tried") {
  listening where;
  where.port = 1883;
  CHECK(in_english(nobody_came(where, tools::rough_text(120))) ==
        "Nothing arrived on port 1883 in 2 min. If somebody tried meanwhile, a firewall, the "
        "security group or a wrong address stands before this server; if nobody did, listen again "
        "and try then.");
}

TEST_CASE("let in and closed on at once is the broker's doing, unless more was said") {
  connection_summary summary = phone();
  summary.connack = 0;
  summary.broker_closed = summary.is_brief = true;
  CHECK(in_front(summary).id == "ended-by-broker");
  summary.said_more = true;
  CHECK(in_front(summary).id == "mqtt-accepted");
  summary.said_more = false;
  summary.is_brief = false;
  CHECK(in_front(summary).id == "mqtt-accepted");
}

TEST_CASE("who is ended with a Ping of WebSocket unanswered is told of it") {
  connection_summary web = phone();
  web.speaks = spoken::websocket;
  web.http_status = 101;
  web.connack = 0;
  web.offers_mqtt = web.is_forwarded = true;
  web.chosen_subprotocol = "mqtt";
  web.subprotocols = "mqtt";
  web.owes_pong = web.broker_closed = true;
  CHECK(in_front(web).id == "ended-by-broker");
  CHECK(in_english(in_front(web).text).find("Pong") != std::string::npos);
  CHECK_FALSE(in_front(web).is_told);  // a restart would look the same
  connection_summary stands = web;
  stands.broker_closed = false;
  CHECK(in_front(stands).id == "mqtt-accepted");
  connection_summary closed = web;  // with a code, which says more
  closed.web_close = 1011;
  CHECK(in_english(in_front(closed).text).find("1011") != std::string::npos);
}
