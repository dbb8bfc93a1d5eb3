// Failures that users reported in public and the doctor did not recognise, with others of the kind.
#include "mqtt-doctor/listen/client_hello.hpp"
#include "mqtt-doctor/listen/conclusion.hpp"
#include "server_facts.hpp"
#include "unit/doctor/places.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

finding first_of(const phone& who) {
  const diagnosis made = who.found();
  REQUIRE_FALSE(made.causes.empty());
  return made.causes.front();
}

bool speaks_of(const finding& about, std::string_view part) {
  std::string all = in_english(about.cause);
  for (const sentence& each : about.evidence) all += " " + in_english(each);
  for (const cure& each : about.cures) all += " " + in_english(each.what) + " " + each.command;
  return all.find(part) != std::string::npos;
}

phone dialled(const std::string& host, int port, const std::string& scheme = "mqtt") {
  phone made = client(scheme, port);
  dials(made, host, server_address);
  return made;
}

}  // namespace

TEST_CASE("a managed broker has no plain port, and no security group that one could change") {
  for (const char* host : {"a3m62-ats.iot.eu-west-1.amazonaws.com", "hub.azure-devices.net",
                           "7e2f71a.s1.eu.hivemq.cloud", "x123.ala.eu-central-1.emqxsl.com"}) {
    CAPTURE(std::string(host));
    phone silent = dialled(host, 1883);
    stays_silent(silent);
    sees_port(silent, 8883, "tls");
    const finding about = first_of(silent);
    CHECK(about.id == "tcp-refused-wrong-port");
    CHECK(about.how_sure == certainty::likely);
    CHECK(speaks_of(about, "has no port 1883"));
    CHECK(speaks_of(about, "8883"));
    CHECK_FALSE(silent.names("tcp-timeout-security-group"));
    CHECK_FALSE(silent.names("tcp-timeout-host-firewall"));
    phone refused = dialled(host, 1883);
    is_refused(refused);
    CHECK(speaks_of(first_of(refused), "has no port 1883"));
    phone own_network = dialled(host, 8883, "mqtts");
    stays_silent(own_network);
    CHECK_FALSE(own_network.names("tcp-refused-wrong-port"));
    CHECK_FALSE(own_network.names("tcp-timeout-security-group"));
  }
  phone own = dialled("iot.example.com", 1883);
  stays_silent(own);
  CHECK_FALSE(own.names("tcp-refused-wrong-port"));
}

TEST_CASE("a broker with TLS beside a silent plain port is most often meant to be used so") {
  phone who = dialled("broker.example", 1883);
  stays_silent(who);
  sees_port(who, 8883, "mqtts");
  CHECK(first_of(who).id == "tcp-refused-wrong-port");
  CHECK(speaks_of(first_of(who), "Port 1883 is silent, but a broker answers on port 8883"));
  CHECK(who.names("tcp-timeout-security-group"));
  phone secure = dialled("broker.example", 8883, "mqtts");
  stays_silent(secure);
  sees_port(secure, 1883, "mqtt");
  CHECK(first_of(secure).id == "tcp-timeout-security-group");
}

TEST_CASE("a silent machine on one's own network has a firewall, and no cloud is in between") {
  phone who = client("mqtt", 1883, "192.168.1.50");
  stays_silent(who);
  who.at().reachability.emplace();
  const finding about = first_of(who);
  CHECK(about.id == "tcp-timeout-host-firewall");
  CHECK(about.how_sure == certainty::likely);
  CHECK(speaks_of(about, "New-NetFirewallRule"));
  CHECK_FALSE(who.names("tcp-unreachable-host-down"));
  // Behind a router, silence does not tell whether the machine is there.
  phone far = client("mqtt", 1883, "192.168.7.50");
  stays_silent(far);
  far.at().reachability.emplace();
  CHECK(first_of(far).id != "tcp-timeout-host-firewall");
}

TEST_CASE("where WebSocket is asked of a web port that is closed, the web server is missing") {
  phone who = dialled("broker.example", 443, "wss");
  is_refused(who);
  sees_port(who, 1883, "mqtt");
  sees_port(who, 9001, "websocket");
  const finding about = first_of(who);
  CHECK(about.id == "tcp-refused-not-running");
  CHECK(speaks_of(about, "the web server or proxy"));
  CHECK(who.names("tcp-refused-wrong-port"));
  CHECK(speaks_of(who.found().causes[1], "9001 (ws)"));
}

TEST_CASE("a proxy that answers 400 for this path and 404 for others loses the upgrade") {
  const auto asks = [](const char* server, int other_status) {
    phone who("ws", 8080);
    who.status(400, "400 Bad Request");
    who.last().websocket->headers["server"] = server;
    who.contact_for("path").status(other_status, std::to_string(other_status) + " x");
    who.last().websocket->path = "/ws";
    return who;
  };
  CHECK(asks("nginx/1.22.1", 404).first() == "ws-proxy-no-upgrade");
  CHECK(speaks_of(first_of(asks("Caddy", 404)), "HTTP/1.0"));
  CHECK(asks("nginx/1.22.1", 400).first() == "ws-wrong-path");  // it may know none of them
  CHECK(asks("Cowboy", 404).first() == "ws-wrong-path");        // the broker itself
}

TEST_CASE("wss to a plain MQTT port names both differences, TLS and WebSocket") {
  phone who("wss", 1883);
  who.greets("closed").contact_for("raw").accepts();
  CHECK(who.first() == "tls-to-plaintext-port");
  CHECK(speaks_of(first_of(who), "neither TLS nor WebSocket"));
  phone plain("mqtts", 1883);
  plain.greets("closed").contact_for("plain").accepts();
  CHECK_FALSE(speaks_of(first_of(plain), "WebSocket"));
}

TEST_CASE("cures name the port that was seen or read, before the usual one") {
  phone who("mqtts", 1884);
  who.greets("closed").contact_for("plain").accepts();
  CHECK(speaks_of(first_of(who), "the TLS port (8883)"));
  who.at().reachability.emplace();
  sees_port(who, 18883, "mqtts");
  CHECK(speaks_of(first_of(who), "use port 18883, which speaks TLS"));
}

TEST_CASE("a client that keeps taking over its own connection is found in the broker's log") {
  const auto after = [](int times, int apart, const std::string& id = "MyESP") {
    scene s;
    s.all.local.now = "2026-11-30T01:51:02Z";  // 1796003462
    s.listens("0.0.0.0").runs();
    s.configured(true, 1883);
    s.works();
    for (int i = 0; i < times; ++i)
      s.logs(log_kind::already_connected, std::to_string(1796003460 - (times - 1 - i) * apart) +
                                              ": Client " + id +
                                              " already connected, closing old connection.");
    const diagnosis made = diagnose(s.all);
    return std::any_of(made.warnings.begin(), made.warnings.end(), [](const finding& each) {
      return each.id == "session-duplicate-client-id";
    });
  };
  CHECK(after(3, 1));
  CHECK_FALSE(after(2, 1));     // a device that changed its network
  CHECK_FALSE(after(4, 3600));  // each hour
  scene old;
  old.all.local.now = "2026-12-24T01:51:02Z";
  old.listens("0.0.0.0").runs();
  old.configured(true, 1883);
  old.works();
  for (int i = 0; i < 4; ++i)
    old.logs(log_kind::already_connected,
             "1796003460: Client MyESP already connected, closing old connection.");
  for (const finding& each : diagnose(old.all).warnings)
    CHECK(each.id != "session-duplicate-client-id");
}

TEST_CASE("a client for which the broker drops messages is found in its log") {
  const auto told = [](const std::string& line, bool is_current = true) {
    scene s;
    s.all.local.now = "2026-11-30T01:51:02Z";  // 1796003462
    s.listens("0.0.0.0").runs();
    s.configured(true, 1883).settings["max_queued_messages"] = "100";
    s.works();
    s.logs(line.find("dropped for") != line.npos ? log_kind::dropped : log_kind::timeout, line,
           is_current);
    const diagnosis made = diagnose(s.all);
    CHECK(made.causes.empty());
    for (const finding& each : made.warnings) {
      if (each.id != "delivery-queue-overflow") continue;
      CHECK(each.how_sure == certainty::likely);
      CHECK(in_english(each.cause).find("the client client001:") != std::string::npos);
      return true;
    }
    return false;
  };
  const std::string what = ": Outgoing messages are being dropped for client client001.";
  CHECK(told("1796003460" + what));
  CHECK(told("2026-11-30T01:51:00" + what));      // a format of the user's own
  CHECK_FALSE(told("1795903460" + what));         // more than a day ago
  CHECK_FALSE(told("1796003460" + what, false));  // before the last start
  CHECK_FALSE(told("1796003460: Client client001 has exceeded timeout, disconnecting."));
}

TEST_CASE("a proxy for web traffic that takes the connection is no broker that hangs") {
  const auto at = [](const std::string& address, const std::string& scheme) {
    phone made(scheme, 8883);
    made.all.name.addresses = {address};
    made.last().address = address;
    return made;
  };
  const std::string cloudflare = "104.21.48.9", other = "203.0.113.9";
  phone silent = at(cloudflare, "mqtts");
  silent.greets("silent");
  CHECK(silent.first() == "dns-cdn-proxied");
  CHECK(silent.sureness() == certainty::likely);
  CHECK_FALSE(silent.names("mqtt-broker-hung"));
  phone hung = at(other, "mqtts");
  hung.greets("silent");
  CHECK_FALSE(hung.names("dns-cdn-proxied"));
  CHECK(hung.names("mqtt-broker-hung"));
  phone closed = at(cloudflare, "mqtt");
  closed.sends("closed");
  CHECK(closed.first() == "dns-cdn-proxied");
  phone web = at(cloudflare, "mqtt");
  web.says("http", "HTTP/1.1 400 Bad Request");
  CHECK(web.names("dns-cdn-proxied"));
  phone refused = at(cloudflare, "mqtt");  // Spectrum carries MQTT
  refused.answers(0x87, 0x87);
  CHECK_FALSE(refused.names("dns-cdn-proxied"));
  phone socket = at(cloudflare, "wss");
  socket.secured().status(404, "404 Not Found");
  CHECK_FALSE(socket.names("dns-cdn-proxied"));
}

TEST_CASE("a ClientHello without a suite for the server's key is told when TLS is refused") {
  const auto refused = [](bool rsa, bool elliptic, bool v1_3, std::uint16_t version, int alert) {
    connection_summary summary;
    summary.speaks = spoken::tls;
    summary.tls_answered = true;
    summary.hello.server_name = "broker.example";
    summary.hello.offers_rsa = rsa;
    summary.hello.offers_elliptic = elliptic;
    summary.hello.offers_v1_3 = v1_3;
    summary.hello.versions = {version};
    summary.broker_alert = alert;
    listening where;
    where.port = 8883;
    where.broker = "localhost:1884";
    return in_english(conclusion_of(summary, "203.0.113.9", where).text);
  };
  CHECK(refused(true, false, false, 0x0303, 40).find("ECDSA") != std::string::npos);
  CHECK(refused(false, true, false, 0x0303, 40).find("RSA key leaves") != std::string::npos);
  CHECK(refused(true, false, false, 0x0302, 70).find("no TLS 1.2") != std::string::npos);
  for (const std::string& other :
       {refused(true, true, false, 0x0303, 40), refused(true, false, true, 0x0304, 40),
        refused(true, false, false, 0x0303, 42)})
    CHECK(other.find("its log says why") != std::string::npos);
}

TEST_CASE("a subscriber without messages is told of topics below its filter or with a prefix") {
  const auto heard = [](const std::string& near) {
    phone who;
    who.accepts();
    who.all.asked.is_delivery = true;
    who.all.asked.topic = "balkonsolar";
    exchange_fact users;
    users.filter = "balkonsolar";
    users.is_users_topic = true;
    users.suback = 1;
    if (!near.empty()) users.near = {near};
    who.at().exchanges.push_back(users);
    return who.warns("delivery-topic-differs");
  };
  CHECK(heard("balkonsolar/status/switch:0"));
  CHECK(heard("zigbee2mqtt/balkonsolar"));
  CHECK(heard("/balkonsolar"));
  CHECK_FALSE(heard(""));
}
