// What answers at the port: proxies, WebSocket, brokers with their first MQTT packets.
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;

namespace {

phone websocket(int port = 8083) { return phone("ws", port); }

/// The peer closes every connection of the probes, whatever they ask.
phone hung_up_on(const std::string& how) {
  phone made;
  made.sends(how);
  made.contact_for("version").sends(how, 1, "3.1.1");
  made.contact_for("hello").greets(how);
  return made;
}

}  // namespace

TEST_CASE("a silent connection tells a hang-up before CONNECT from one after it") {
  phone before = hung_up_on("closed");
  before.contact_for("quiet").ends("closed");
  CHECK(before.first() == "proxy-backend-down");
  CHECK(before.sureness() == certainty::possible);
  for (const char* rival :
       {"mqtt-max-connections", "mqtt-access-filter", "proxy-protocol-unexpected"}) {
    CHECK(before.names(rival));
  }
  phone faster = hung_up_on("reset");
  faster.at().contacts[0].sent_first = false;  // the end came before CONNECT was sent
  CHECK(faster.first() == "proxy-backend-down");
  CHECK(faster.names("proxy-source-denied"));
  phone after = hung_up_on("closed");
  after.contact_for("proxy-header").sends("closed", 1, "3.1.1");
  CHECK(after.first() == "mqtt-closed-after-connect");
  CHECK(after.excludes("proxy-backend-down"));
}

TEST_CASE(
    "a reset after CONNECT: the line of a load balancer tells inspection from a listener behind "
    "one") {
  phone balanced = hung_up_on("reset");
  balanced.contact_for("proxy-header").accepts("3.1.1");
  CHECK(balanced.first() == "proxy-protocol-expected");
  phone inspected = hung_up_on("reset");
  inspected.contact_for("proxy-header").sends("reset", 1, "3.1.1");
  CHECK(inspected.first() == "path-dpi-reset");
}

TEST_CASE("a connection that stays open in silence and ends at CONNECT has no dead backend") {
  phone broker = hung_up_on("closed");
  broker.last().was_left_open = true;
  broker.contact_for("version").sends("closed", 1, "3.1");
  CHECK(broker.first() == "mqtt-closed-after-connect");
  CHECK(broker.excludes("proxy-backend-down"));
}

TEST_CASE("a broker that answers MQTT 3.1 alone is at fault, since apps speak newer ones") {
  phone ancient = hung_up_on("closed");
  ancient.contact_for("version").accepts("3.1");
  CHECK(ancient.first() == "mqtt-version-refused");
  CHECK(in_english(ancient.found().causes[0].cause) ==
        "This broker speaks MQTT 3.1 alone: it takes neither 5 nor 3.1.1, which apps use today.");
  ancient.all.asked.version = mqtt_version::v5;
  CHECK(ancient.first() == "mqtt-version-refused");
  // The password is not sent a third time: the finding must not depend on that.
  phone guarded = hung_up_on("closed");
  guarded.with_login();
  guarded.contact_for("version").answers(5, 0x87, "3.1");
  guarded.last().mqtt->sent_user = guarded.last().mqtt->sent_password = false;
  CHECK(guarded.first() == "mqtt-version-refused");
  phone common;
  common.sends("closed");
  common.contact_for("version").accepts("3.1.1");
  CHECK(common.found().warnings.front().how_bad == severity::note);
}

TEST_CASE("a hang-up inside TLS is explained by what answers a second ClientHello") {
  phone doubled("mqtts", 8883);
  doubled.secured().sends("closed");
  doubled.contact_for("version").secured().sends("closed", 1, "3.1.1");
  phone down = doubled;
  doubled.contact_for("inside").secured();
  doubled.last().was_left_open = true;
  phone wordless = doubled;
  doubled.last().speaks = spoken_protocol::tls;
  doubled.last().received = "160303007a";
  CHECK(doubled.first() == "tls-inside-tls");
  CHECK_FALSE(doubled.names("mqtt-closed-after-connect"));
  CHECK(wordless.first() == "mqtt-closed-after-connect");
  down.contact_for("quiet").secured().ends("closed");
  CHECK(down.first() == "tls-terminator-backend-down");
}

TEST_CASE("a FIN behind a gap after CONNECT proves that the broker's answers get lost") {
  phone picky;
  picky.sends("silent", 4000);
  picky.contact_for("get").ends("reset");
  picky.contact_for("goodbye").sends("silent", 1500, "3.1.1");
  CHECK(picky.first() == "mqtt-not-a-broker");
  phone cut_off = picky;
  cut_off.last().out_of_order = 1;
  CHECK(cut_off.first() == "path-payload-dropped");
  CHECK(cut_off.sureness() == certainty::certain);
  CHECK(cut_off.excludes("mqtt-broker-hung"));
  CHECK_FALSE(cut_off.names("mqtt-not-a-broker"));
  // Reordered packets are no lost packets.
  phone shuffled = cut_off;
  shuffled.last().received = "20020000";
  CHECK_FALSE(shuffled.names("path-payload-dropped"));
  phone frozen = picky;
  frozen.at().contacts[1].end = connection_end::silent;
  CHECK(frozen.first() == "mqtt-broker-hung");
}

TEST_CASE("the time until the close tells which proxy closed") {
  phone haproxy;
  haproxy.sends("closed", 3003);
  CHECK(haproxy.first() == "proxy-backend-down-retrying");
  phone out_of_reach;
  out_of_reach.sends("closed", 2001);
  CHECK(out_of_reach.first() == "proxy-backend-black-hole");
  CHECK(out_of_reach.names("proxy-queue-full"));
}

TEST_CASE("a broker that answers MQTT 3.1.1 and not MQTT 5 is told so") {
  phone own_choice;
  own_choice.sends("closed");
  own_choice.contact_for("version").accepts("3.1.1");
  CHECK(own_choice.found().is_healthy);
  phone asked;
  asked.all.asked.version = mqtt_version::v5;
  asked.sends("closed");
  asked.contact_for("version").accepts("3.1.1");
  CHECK(asked.first() == "mqtt-v5-closed-silently");
  phone silent;
  silent.all.asked.version = mqtt_version::v5;
  silent.sends("silent", 4000);
  silent.contact_for("version").accepts("3.1.1");
  CHECK(silent.first() == "mqtt-v5-closed-silently");
  phone old;
  old.all.asked.version = mqtt_version::v3_1;
  old.sends("closed", 1, "3.1");
  old.contact_for("version").accepts("3.1.1");
  CHECK(old.first() == "mqtt-version-refused");
}

TEST_CASE(
    "silence: nobody answers anything, or somebody answers a browser, or the packets are lost") {
  phone hung;
  hung.sends("silent", 4000);
  hung.contact_for("version").sends("silent", 1500, "3.1.1");
  hung.contact_for("get").ends("silent", 1500);
  hung.contact_for("hello").greets("silent");
  CHECK(hung.first() == "mqtt-broker-hung");
  phone page = hung;
  page.at().contacts[2].speaks = spoken_protocol::http;
  page.at().contacts[2].text = "HTTP/1.1 200 OK";
  CHECK(page.first() == "mqtt-not-a-broker");
  phone lost = hung;
  lost.at().contacts[0].unacknowledged = 1;
  lost.at().contacts[0].retransmits = 3;
  CHECK(lost.first() == "path-payload-dropped");
}

TEST_CASE("silence behind TLS or in a WebSocket is a stuck broker as well") {
  phone tls("mqtts", 8883);
  tls.secured().sends("silent", 4000);
  tls.contact_for("get").secured().ends("silent");
  CHECK(tls.first() == "mqtt-broker-hung");
  phone confirmed = websocket();
  confirmed.upgraded().sends("silent", 4000);
  CHECK(confirmed.first() == "mqtt-broker-hung");
  phone unconfirmed = websocket();
  unconfirmed.upgraded("").sends("silent", 4000);
  CHECK(unconfirmed.first() == "ws-subprotocol-missing");
}

TEST_CASE("a slow login is a warning, for it works") {
  phone made;
  made.accepts();
  made.last().mqtt->ms = 3000;
  CHECK(made.found().is_healthy);
  CHECK(made.warns("mqtt-connack-slow"));
}

TEST_CASE("a 502 that comes at once is a dead broker, one that takes a while a missing header") {
  phone at_once = websocket(80);
  at_once.status(502, "502 Bad Gateway", "502 Bad Gateway", 3);
  CHECK(at_once.first() == "ws-proxy-backend-down");
  CHECK(at_once.names("ws-proxy-no-upgrade"));
  phone slow = websocket(80);
  slow.status(502, "502 Bad Gateway", "502 Bad Gateway", 205);
  CHECK(slow.first() == "ws-proxy-no-upgrade");
  CHECK(slow.names("ws-proxy-backend-down"));
}

TEST_CASE("what a refused upgrade means is in its status") {
  const auto with_status = [](int code, const char* line, const char* body = "") {
    phone made = websocket(80);
    made.status(code, line, body);
    return made.first();
  };
  CHECK(with_status(404, "404 Not Found") == "ws-wrong-path");
  CHECK(with_status(200, "200 OK", "Welcome") == "ws-path-is-website");
  CHECK(with_status(301, "301 Moved Permanently") == "ws-redirected-or-guarded");
  CHECK(with_status(401, "401 Unauthorized") == "ws-redirected-or-guarded");
  CHECK(with_status(403, "403 Forbidden") == "ws-redirected-or-guarded");
  CHECK(with_status(426, "426 Upgrade Required") == "ws-proxy-no-upgrade");
  CHECK(with_status(503, "503 Service Unavailable") == "ws-proxy-backend-down");
  CHECK(with_status(504, "504 Gateway Time-out") == "ws-proxy-backend-down");
  CHECK(with_status(400, "400 Bad Request", "400 The plain HTTP request was sent to HTTPS port") ==
        "ws-plain-to-wss-port");
}

TEST_CASE("every status that a web server refuses an upgrade with has an answer") {
  for (int status = 200; status < 600; ++status) {
    phone made = websocket(80);
    made.status(status, std::to_string(status).c_str());
    // 101 alone opens it; a 4xx that is about the request says so by its page.
    if (status != 400) CHECK_MESSAGE(made.first() != "unknown", status);
  }
  phone limited = websocket(80);
  limited.status(429, "429 Too Many Requests");
  CHECK(limited.first() == "ws-refused-by-server");
  CHECK(limited.sureness() == certainty::certain);
  phone odd = websocket(80);
  odd.status(409, "409 Conflict", "error code: 1001");
  CHECK(odd.first() == "ws-refused-by-server");
  CHECK(odd.sureness() == certainty::possible);
}

TEST_CASE("a web server's own make decides how it is told to hand the upgrade on") {
  const auto cure_of = [](const char* server) {
    phone made = websocket(80);
    made.status(426, "426 Upgrade Required");
    made.last().websocket->headers["server"] = server;
    return made.found().causes[0].cures[0].command;
  };
  CHECK(cure_of("nginx").find("$http_upgrade") != std::string::npos);
  CHECK(cure_of("Apache/2.4.57").find("ProxyPass /mqtt ws://") != std::string::npos);
  CHECK(cure_of("envoy").find("upgrade_type: websocket") != std::string::npos);
  CHECK(cure_of("Caddy").empty());  // it hands the upgrade on by itself
}

TEST_CASE(
    "a forbidding Envoy without a page did not allow the upgrade, with one it denies access") {
  phone made = websocket(80);
  made.status(403, "403 Forbidden");
  made.last().websocket->headers["server"] = "envoy";
  CHECK(made.first() == "ws-proxy-no-upgrade");
  CHECK(made.sureness() == certainty::likely);
  phone denied = websocket(80);
  denied.status(403, "403 Forbidden", "RBAC: access denied");
  denied.last().websocket->headers["server"] = "envoy";
  CHECK(denied.first() == "ws-redirected-or-guarded");
}

TEST_CASE("a tunnel service that answers by itself is told from a web server with another path") {
  phone made = websocket(80);
  made.status(404, "404 Not Found", "Tunnel x.natappfree.cc not found");
  CHECK(made.first() == "ws-tunnel-down");
  CHECK_FALSE(made.names("ws-wrong-path"));
  phone cloudflare = websocket(80);
  cloudflare.status(530, "530", "error code: 1033");
  CHECK(cloudflare.first() == "ws-tunnel-down");
  phone nameless = websocket(80);
  nameless.status(530, "530", "error code: 1016");
  CHECK(nameless.first() == "ws-proxy-backend-down");
}

TEST_CASE("the page about plain HTTP at a port of TLS may be of a port behind the one asked") {
  const char* page = "400 The plain HTTP request was sent to HTTPS port";
  phone secure("wss", 443);
  secure.secured().status(400, "400 Bad Request", page);
  CHECK(secure.first() == "ws-proxy-backend-tls");
  phone plain = websocket(80);
  plain.status(400, "400 Bad Request", page);
  plain.contact_for("hello").ends("closed");
  plain.last().tls.emplace().end = connection_end::closed;
  CHECK(plain.first() == "ws-proxy-backend-tls");
  CHECK_FALSE(plain.names("ws-plain-to-wss-port"));
}

TEST_CASE("a broker that confirms no subprotocol works here and fails in browsers") {
  phone made = websocket(9001);
  made.upgraded("").accepts();
  CHECK(made.found().is_healthy);
  CHECK(made.warns("ws-subprotocol-missing"));
  phone confirmed = websocket(9001);
  confirmed.upgraded().accepts();
  CHECK_FALSE(confirmed.warns("ws-subprotocol-missing"));
}

TEST_CASE("a path that works elsewhere is the answer, whatever the status said") {
  phone made = websocket(15675);
  made.status(404, "404 Not Found");
  made.contact_for("path").upgraded().accepts();
  made.last().websocket->path = "/ws";
  CHECK(made.first() == "ws-wrong-path");
  CHECK(made.sureness() == certainty::certain);
}

TEST_CASE("an upgrade without an HTTP answer: raw MQTT, an old name, or neither") {
  phone raw = websocket(1883);
  raw.last().websocket.emplace().end = connection_end::closed;
  raw.ends("closed");
  raw.contact_for("plain").accepts("3.1.1");
  CHECK(raw.first() == "ws-handshake-to-raw-port");
  CHECK(raw.sureness() == certainty::certain);
  raw.all.asked.scheme = {};  // nobody said WebSocket: the port made it that
  CHECK(raw.sureness() == certainty::likely);
  phone secure("wss", 8883);
  secure.secured();
  secure.last().websocket.emplace().end = connection_end::closed;
  secure.ends("closed");
  secure.contact_for("plain").accepts("3.1.1");
  CHECK(secure.first() == "ws-handshake-to-raw-port");
  CHECK(secure.found().causes[0].cures[1].command.empty());  // nobody knows which broker it is
  secure.all.host.emplace().listeners.push_back(
      {"0.0.0.0", secure.at().port, 812, "mosquitto", "mosquitto -c x", "mosquitto", 0});
  CHECK(secure.found().causes[0].cures[1].command.find("certfile") != std::string::npos);
  phone old = websocket(9001);
  old.last().websocket.emplace().end = connection_end::closed;
  old.ends("closed");
  old.contact_for("plain").sends("closed", 1, "3.1.1");
  old.contact_for("subprotocol").upgraded("mqttv3.1").accepts();
  old.last().websocket->subprotocol = "mqttv3.1";
  CHECK(old.first() == "ws-subprotocol-unknown");
}

TEST_CASE("text frames and HTTP/2 have causes of their own") {
  phone text = websocket(9001);
  text.upgraded().sends("closed");
  text.last().websocket->error = "a text frame; MQTT needs binary ones";
  text.contact_for("version").upgraded().sends("closed", 1, "3.1.1");
  CHECK(text.first() == "ws-text-frames");
  phone modern("wss", 443);
  modern.secured();
  modern.last().tls->alpn = "h2";
  modern.last().websocket.emplace().end = connection_end::closed;
  CHECK(modern.first() == "ws-http2-negotiated");
}

TEST_CASE("every CONNACK of a refusal has its words") {
  const auto with_code = [](int code, int meaning) {
    phone made;
    made.answers(code, meaning, code < 0x80 ? "3.1.1" : "5");
    return made.first();
  };
  CHECK(with_code(3, 0x88) == "mqtt-server-busy-or-banned");
  CHECK(with_code(0x89, 0x89) == "mqtt-server-busy-or-banned");
  CHECK(with_code(0x8A, 0x8A) == "mqtt-server-busy-or-banned");
  CHECK(with_code(0x97, 0x97) == "mqtt-server-busy-or-banned");
  CHECK(with_code(0x9F, 0x9F) == "mqtt-server-busy-or-banned");
  CHECK(with_code(0x9C, 0x9C) == "mqtt-use-another-server");
  CHECK(with_code(0x80, 0x80) == "mqtt-refused");
  CHECK(with_code(1, 0x84) == "mqtt-version-refused");
}

TEST_CASE("limits are warnings, and none when the broker has none") {
  phone made;
  made.accepts();
  SUBCASE("none") {
    made.delivers("mqtt-doctor/abc");
    CHECK(made.found().is_healthy);
    CHECK_FALSE(made.warns("mqtt-qos-not-supported"));
  }
  SUBCASE("QoS 1 at most") {
    made.last().mqtt->limits["maximum-qos"] = 1;
    CHECK(made.found().is_healthy);
    CHECK(made.warns("mqtt-qos-not-supported"));
  }
  SUBCASE("a subscription is granted less than was asked for") {
    made.delivers("mqtt-doctor/abc").suback = 0;
    CHECK(made.warns("mqtt-qos-not-supported"));
  }
  SUBCASE("nothing is retained") {
    made.last().mqtt->limits["retain-available"] = 0;
    CHECK(made.warns("mqtt-retain-not-supported"));
  }
  SUBCASE("no wildcards") {
    made.last().mqtt->limits["wildcard-subscription-available"] = 0;
    CHECK(made.found().is_healthy);
    CHECK(made.warns("mqtt-wildcard-not-supported"));
    auto& tried = made.delivers("home/#", true);
    tried.suback = 0xA2;
    tried.echoed = tried.published = false;
    CHECK(made.first() == "mqtt-wildcard-not-supported");
    CHECK_FALSE(made.names("auth-acl-subscribe-refused"));
  }
  SUBCASE("few messages in flight") {
    made.last().mqtt->limits["receive-maximum"] = 2;
    CHECK(made.found().is_healthy);
    REQUIRE(made.warns("mqtt-receive-maximum"));
    CHECK(made.found().warnings.front().how_bad == severity::note);
  }
  SUBCASE("as many in flight as usual") {
    made.last().mqtt->limits["receive-maximum"] = 20;
    CHECK_FALSE(made.warns("mqtt-receive-maximum"));
  }
}

TEST_CASE("a broker that accepts the login and then answers nothing is named") {
  phone made;
  made.accepts();
  delivery_fact& tried = made.delivers("mqtt-doctor/abc");
  tried.suback = tried.puback = -1;
  tried.published = tried.echoed = false;
  tried.ping_answered = true;
  CHECK(made.first() == "mqtt-no-suback");
}

TEST_CASE("the password is sent twice at most, and a healthy broker is not blamed") {
  for (const char* scheme : {"mqtt", "mqtts", "ws", "wss"}) {
    CAPTURE(scheme);
    phone made(scheme, 1884);
    if (std::string(scheme).ends_with("s") && std::string(scheme) != "ws") made.secured();
    if (std::string(scheme).starts_with("ws")) made.upgraded();
    made.with_login().accepts();
    made.delivers("mqtt-doctor/abc");
    CHECK(made.first() == "healthy");
    CHECK(made.found().exit_code == 0);
  }
}

TEST_CASE("what a broker says stays one word in the command that is to be copied") {
  phone made;
  made.answers(0x9C, 0x9C, "5");
  made.last().mqtt->server_reference = "other.example; rm -rf ~ 'x'";
  CHECK(made.found().causes[0].apart_command ==
        "mqtt-doctor 'other.example; rm -rf ~ '\\''x'\\'''");
  CHECK(shell_word("broker.example:1883") == "broker.example:1883");
  CHECK(shell_word("-x") == "'-x'");
  CHECK(shell_word("") == "''");
}

TEST_CASE("an IPv6 address stands in brackets in the command that is to be copied") {
  phone made("mqtt", 1883, "2a00:1450::1");
  made.answers(2, 0x85, "3.1.1");
  CHECK(made.found().causes[0].apart_command == "mqtt-doctor '[2a00:1450::1]:1883' -i ID");
}

TEST_CASE("a name whose addresses -4, -6 or -A leave out is told so, and to drop the option") {
  phone made("mqtt", 1883);
  made.all.endpoints.clear();
  made.all.name.is_literal = false;
  made.all.name.addresses.clear();
  made.all.name.left_out = {"2001:db8::7"};
  made.all.asked.family = asked_family::v4;
  made.all.asked.family_because = "-A 192.0.2.1";
  CHECK(made.first() == "input-family-left-out");
  CHECK(made.sureness() == certainty::certain);
}

namespace {

/// The system's name server has no address for the name; the answer of another one is given.
phone unnamed(int rcode, const std::vector<std::string>& answers,
              const std::vector<std::string>& elsewhere, bool was_asked = true) {
  phone value;
  value.all.endpoints.clear();
  value.all.name.addresses = answers;
  value.all.name.lookup = fact_word<lookup_outcome>(!answers.empty() ? "ok"
                                                    : rcode == 3     ? "EAI_NONAME"
                                                                     : "EAI_NODATA");
  value.all.name.resolvers = {"192.168.1.1"};
  const auto ask = [](const std::string& server, int code, record_type type,
                      const std::vector<std::string>& said) {
    dns_fact made;
    made.server = server;
    made.type = type;
    made.outcome = dns_outcome::answered;
    made.rcode = code;
    made.addresses = said;
    return made;
  };
  value.all.name.questions = {ask("192.168.1.1", rcode, record_type::a, answers),
                              ask("192.168.1.1", rcode, record_type::aaaa, {})};
  if (was_asked)
    value.all.name.elsewhere = {
        ask("1.1.1.1", elsewhere.empty() ? 3 : 0, record_type::a, elsewhere),
        ask("1.1.1.1", elsewhere.empty() ? 3 : 0, record_type::aaaa, {})};
  return value;
}

}  // namespace

TEST_CASE("a name that one name server keeps back is told from one that does not exist") {
  CHECK(unnamed(3, {}, {"198.51.100.7"}).first() == "dns-resolver-filters");
  CHECK(unnamed(0, {}, {"192.168.1.9"}).first() == "dns-resolver-filters");
  CHECK(unnamed(0, {}, {"192.168.1.9"}).found().causes.front().cause.text.find("rebind") !=
        std::string::npos);
  CHECK_FALSE(unnamed(3, {}, {"198.51.100.7"}).names("dns-nxdomain"));
  CHECK(unnamed(3, {}, {}).first() == "dns-nxdomain");
  CHECK(unnamed(3, {}, {}).sureness() == certainty::certain);
  CHECK(unnamed(0, {}, {}).first() == "dns-no-address-for-family");
}

TEST_CASE("one name server alone does not make it certain that a name does not exist") {
  const phone alone = unnamed(3, {}, {}, false);
  CHECK(alone.first() == "dns-nxdomain");
  CHECK(alone.sureness() == certainty::likely);
  CHECK(alone.found().causes.front().apart_command.find("--resolver") != std::string::npos);
  CHECK(unnamed(0, {}, {}, false).sureness() == certainty::likely);
}

TEST_CASE("an answer of 0.0.0.0 is a block list, and none of this machine's own address") {
  const phone blocked = unnamed(0, {"0.0.0.0"}, {}, false);
  CHECK(blocked.first() == "dns-resolver-filters");
  CHECK_FALSE(blocked.names("input-loopback-address"));
}

TEST_CASE("a broker that answers only without a user name leaves version and login as causes") {
  phone made = hung_up_on("closed");
  made.with_login();
  for (auto& contact : made.at().contacts) {
    if (contact.mqtt) contact.mqtt->sent_user = true;
  }
  made.contact_for("version").answers(5, 0x87, "3.1");
  made.last().mqtt->sent_user = false;
  CHECK(made.first() == "mqtt-version-refused");
  CHECK(made.sureness() == certainty::possible);
  made.last().mqtt->sent_user = true;
  CHECK(made.sureness() == certainty::certain);
}

TEST_CASE("unknown bytes are likely another service's, and a Wi-Fi's login page is none") {
  phone odd;
  odd.sends("other");
  odd.says("unknown", "????");
  CHECK(odd.first() == "mqtt-not-a-broker");
  CHECK(odd.sureness() == certainty::likely);
  phone cafe;
  cafe.sends("other");
  cafe.says("http", "HTTP/1.1 302 Found");
  cafe.at().reachability.emplace();
  cafe.at().reachability->test_net = connect_outcome::connected;
  cafe.at().reachability->test_net_speaks = spoken_protocol::http;
  CHECK(cafe.first() == "path-captive-portal");
  CHECK_FALSE(cafe.names("mqtt-not-a-broker"));
}

TEST_CASE("a connection that ends right after CONNACK is not blamed on the topic") {
  phone made;
  made.accepts();
  delivery_fact own;
  own.topic = "mqtt-doctor/abc";
  own.subscribed = true;
  own.end = connection_end::closed;
  own.ended_after = delivery_stage::subscribe;
  made.at().deliveries.push_back(own);
  CHECK(made.first() == "healthy");
  CHECK(made.warns("delivery-not-tested"));
  delivery_fact asked_for_nothing;
  asked_for_nothing.end = connection_end::closed;
  asked_for_nothing.ended_after = delivery_stage::ping;
  made.at().deliveries.push_back(asked_for_nothing);
  CHECK(made.first() == "mqtt-closed-after-connack");
  CHECK_FALSE(made.warns("delivery-not-tested"));
  made.at().deliveries.back().ping_answered = true;  // it stays for who asks for nothing
  CHECK(made.first() == "healthy");
}

TEST_CASE("a network's own status for the server behind it is no wrong path") {
  for (const int status : {520, 521, 522, 525, 527}) {
    phone made = websocket();
    made.status(status, std::to_string(status) + " Origin");
    CAPTURE(status);
    CHECK(made.first() == "ws-proxy-backend-down");
  }
  phone other = websocket();
  other.status(530, "530 Something");
  CHECK(other.first() != "ws-proxy-backend-down");
}

TEST_CASE(
    "an address with a letter for a digit or another mark for a dot is told as it was meant") {
  const auto told = [](const char* typed) {
    phone made("mqtt", 1883, typed);
    made.all.name.addresses.clear();
    made.all.name.lookup = lookup_outcome::no_name;
    return made.first();
  };
  for (const char* typed : {"10,77,2,2", "1O.77.2.2", "l0.77.2.2", "10.77.2,2", "10..77.2.2",
                            "10 77 2 2", "10.77.2.2."}) {
    CAPTURE(typed);
    CHECK(told(typed).starts_with("input-ipv4-not-dotted-quad"));
  }
  CHECK(told("10.77.2.2:1883:1883").starts_with("input-port-in-host"));
  CHECK_FALSE(told("lol.io").starts_with("input-ipv4-not-dotted-quad"));
  CHECK(told("host.docker.internal").starts_with("input-container-address"));
}

TEST_CASE("numbers and dots that are no address are no name either") {
  for (const char* typed : {"10.77.2.256", "10.77.2.2.1", "1.2.3.4567"}) {
    phone made("mqtt", 1883, typed);
    made.all.name.addresses.clear();
    made.all.name.lookup = lookup_outcome::no_name;
    CAPTURE(typed);
    CHECK(made.first() == "input-ipv4-not-dotted-quad");
  }
  phone name("mqtt", 1883, "10.example");
  name.all.name.addresses.clear();
  CHECK_FALSE(name.names("input-ipv4-not-dotted-quad"));
}

TEST_CASE("a filter on the way is met at the port of TLS that was found, not at a usual one") {
  phone made;
  made.sends("silent", 4000);
  made.last().unacknowledged = 1;
  made.last().retransmits = 2;
  REQUIRE(made.first() == "path-payload-dropped");
  const std::string usual = in_english(made.found().causes[0].cures[0].what);
  CHECK(usual.find("8883") != std::string::npos);
  made.at().reachability.emplace();
  port_fact secure;
  secure.port = 9883;
  secure.connect.outcome = connect_outcome::connected;
  secure.speaks = spoken_protocol::mqtts;
  made.at().reachability->ports.push_back(secure);
  const std::string found = in_english(made.found().causes[0].cures[0].what);
  CHECK(found.find("9883") != std::string::npos);
}
