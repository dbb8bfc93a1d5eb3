// TLS causes: pairs that look alike to the app and must be distinguished.
#include "mqtt-doctor/causes/client_command.hpp"
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;

namespace {

phone secure() { return phone("mqtts", 8883); }

std::string text(const sentence& of) { return in_english(of); }

}  // namespace

TEST_CASE("alert 40 means a client certificate only after the server asked for one") {
  phone asked = secure();
  asked.alert(40, true);
  CHECK(asked.first() == "tls-client-cert-missing");
  phone at_once = secure();
  at_once.alert(40);
  CHECK(at_once.first() == "tls-cipher-or-psk-mismatch");
  CHECK_FALSE(at_once.names("tls-client-cert-missing"));
}

TEST_CASE("alert 40 that goes away without the server name is about the name") {
  phone made = secure();
  made.alert(40);
  made.contact_for("no-sni").secured("CN=Known CA", "");
  CHECK(made.first() == "tls-sni-refused");
}

TEST_CASE("under TLS 1.3 the refusal comes after a handshake that went well") {
  phone made = secure();
  made.secured().alert(116, true, true);
  CHECK(made.first() == "tls-client-cert-missing");
  CHECK(made.sureness() == certainty::certain);
}

TEST_CASE("the alert tells what is wrong with the client's certificate") {
  const auto with_alert = [](int number) {
    phone made = secure();
    made.all.asked.has_certificate = true;
    made.secured().alert(number, true, true);
    return made.first();
  };
  CHECK(with_alert(48) == "tls-client-cert-untrusted");
  CHECK(with_alert(43) == "tls-client-cert-wrong-purpose");
  CHECK(with_alert(44) == "tls-client-cert-revoked");
  CHECK(with_alert(45) == "tls-client-cert-expired");
}

TEST_CASE(
    "a close after the handshake is a missing certificate when one was asked for, else a dead "
    "broker") {
  phone asked = secure();
  asked.secured();
  asked.last().tls->saw_certificate_request = true;
  asked.sends("closed");
  CHECK(asked.first() == "tls-client-cert-missing");
  phone not_asked = secure();
  not_asked.secured().sends("closed");
  not_asked.contact_for("version").secured().sends("closed", 1, "3.1.1");
  CHECK(not_asked.first() == "tls-terminator-backend-down");
}

TEST_CASE("the chain decides which of three causes a verify code stands for") {
  SUBCASE("a private authority") {
    phone made = secure();
    made.secured("CN=Home CA").fails(20).accepts();
    CHECK(made.first() == "tls-unknown-ca");
  }
  SUBCASE("a public authority whose intermediate is not sent") {
    phone value = secure();
    value.secured("CN=R11").fails(20).accepts();
    CHECK(value.first() == "tls-missing-intermediate");
  }
  SUBCASE("an intermediate that the certificate tells where to fetch") {
    phone entry = secure();
    entry.secured("CN=Some Issuer").fails(20).accepts();
    entry.last().tls->chain[0].issuer_url = "http://example.com/issuer.crt";
    CHECK(entry.first() == "tls-missing-intermediate");
  }
  SUBCASE("a product that inspects traffic") {
    phone app = secure();
    app.secured("CN=FortiGate CA").fails(20).accepts();
    CHECK(app.first() == "tls-interception");
  }
}

TEST_CASE("certbot is advised only where it can work") {
  const auto advises_certbot = [](const phone& who) {
    bool found = false;
    const finding top = who.found().causes[0];
    for (const auto& cure : top.cures) {
      found = found || cure.command.find("certbot") != std::string::npos;
    }
    return found;
  };
  const auto unknown = [](const std::string& host) {
    phone made("mqtts", 8883, host);
    made.secured("CN=Home CA").fails(20).accepts();
    return made;
  };
  CHECK(advises_certbot(unknown("broker.example.com")));
  for (const char* host : {"localhost", "attic.local", "attic", "192.168.1.7", "fd00::2"}) {
    INFO(host);
    CHECK_FALSE(advises_certbot(unknown(host)));
  }
  const auto expired = [](const std::string& issuer) {
    phone value = secure();
    value.secured(issuer).fails(10).accepts();
    value.last().tls->chain[0].days_left = -3;
    return value;
  };
  CHECK(advises_certbot(expired("C=US, O=Let's Encrypt, CN=R11")));
  const phone own = expired("CN=My CA");
  CHECK_FALSE(advises_certbot(own));
  CHECK(text(own.found().causes[0].cures[0].what) ==
        "Sign a new one with the CA that issued it, CN=My CA:");
  CHECK(own.found().causes[0].cures[0].command.find("subjectAltName=DNS:broker.example") !=
        std::string::npos);
}

TEST_CASE("an app that checks fails at the wrong CA before it is asked for a certificate") {
  phone made = secure();
  made.secured("CN=Home CA").fails(20).alert(116, true, true);
  made.all.asked.has_ca = true;
  CHECK(made.first() == "tls-unknown-ca");
  CHECK(made.names("tls-client-cert-missing"));
}

TEST_CASE("wss to a plain WebSocket port is told as such, with a listener for wss") {
  phone made("wss", 9001);
  made.greets("closed");
  made.contact_for("plain").upgraded().accepts("3.1.1");
  CHECK(made.first() == "tls-to-plaintext-port");
  // Lines for a file need a known broker: here the program that holds the port tells it.
  CHECK(made.found().causes[0].cures[1].command.empty());
  made.all.host.emplace().listeners.push_back(
      {"0.0.0.0", 9001, 812, "mosquitto", "mosquitto -c x", "mosquitto", 0});
  const auto top = made.found().causes[0];
  CHECK(text(top.cause) == "Port 9001 is plain WebSocket, without TLS.");
  for (const auto& line : top.evidence) CHECK(text(line).find("CONNECT") == std::string::npos);
  CHECK(text(top.cures[0].what).find("ws://broker.example:9001/mqtt") != std::string::npos);
  CHECK(top.cures[1].command.find("protocol websockets\n") != std::string::npos);
  CHECK(top.cures[1].command.find("certfile") != std::string::npos);
}

TEST_CASE("a command to copy reaches the broker the way it was asked") {
  phone plain;
  CHECK(subscriber_command({plain.all, plain.at()}) == "mqtt-sub -h broker.example -p 1883");
  phone tls = secure();
  tls.with_login("me");
  tls.all.asked.has_ca = true;
  CHECK(subscriber_command({tls.all, tls.at()}) ==
        "mqtt-sub mqtts://broker.example:8883 --cafile FILE -u me --ask-password");
  tls.all.asked.publisher = "sensor";
  CHECK(publisher_command({tls.all, tls.at()}) ==
        "mqtt-pub mqtts://broker.example:8883 --cafile FILE -u sensor --ask-password");
  const phone web("ws", 9001);
  CHECK(subscriber_command({web.all, web.all.endpoints[0]}) ==
        "mqtt-sub ws://broker.example:9001/mqtt");
}

TEST_CASE("a name of the wrong kind is an address, a wrong name is a name") {
  phone by_name = secure();
  by_name.secured().fails(62).accepts();
  CHECK(by_name.first() == "tls-hostname-mismatch");
  phone by_address("mqtts", 8883, "198.51.100.7");
  by_address.secured("CN=Known CA", "").fails(64).accepts();
  CHECK(by_address.first() == "tls-ip-without-san");
}

TEST_CASE("a certificate of Let's Encrypt's staging environment is to be replaced, not trusted") {
  const auto issued = [](const char* issuer) {
    phone made = secure();
    made.secured(issuer).fails(20);
    return made.found().causes.at(0);
  };
  const finding staging = issued("CN=(STAGING) Wannabe Watercress R11");
  CHECK(staging.id == "tls-unknown-ca");
  CHECK(in_english(staging.cause).find("staging environment") != std::string::npos);
  REQUIRE(staging.cures.size() == 2);
  CHECK(in_english(staging.cures[0].what).find("belongs on no phone") != std::string::npos);
  CHECK(staging.cures[1].command.starts_with("sudo certbot certificates"));
  CHECK(in_english(issued("CN=Home CA").cause).find("staging") == std::string::npos);
}

TEST_CASE("an expired certificate is expired, unless the clock is wrong") {
  phone expired = secure();
  expired.secured().fails(10).accepts();
  expired.last().tls->chain[0].days_left = -100;
  CHECK(expired.first() == "tls-expired");
  CHECK(expired.excludes("tls-client-clock-wrong"));
  CHECK(text(expired.found().causes[0].cause).find("99 day(s) ago") != std::string::npos);
  expired.last().tls->chain[0].days_left = -2;  // a day and a second, rounded down
  CHECK(text(expired.found().causes[0].cause).find(" 1 day(s) ago") != std::string::npos);
  phone behind = secure();
  behind.secured().fails(9).accepts();
  behind.all.local.is_clock_behind_build = true;
  CHECK(behind.first() == "tls-client-clock-wrong");
  phone ahead = secure();
  ahead.secured().fails(10).accepts();
  ahead.all.local.http_date = "Sat, 21 Nov 2026 08:47:33 GMT";
  ahead.all.local.clock_error_s = 3e8;
  CHECK(ahead.first() == "tls-client-clock-wrong");
}

TEST_CASE("a certificate that this device takes and a phone would not is warned of") {
  phone made = secure();
  made.secured().accepts();
  SUBCASE("a certificate with a common name only") {
    made.last().tls->chain[0].dns_names.clear();
    CHECK(made.first() == "tls-cn-only");
  }
  SUBCASE("ten years of validity work here and are worth a warning") {
    made.last().tls->chain[0].lifetime_days = 3650;
    CHECK(made.found().is_healthy);
    CHECK(made.warns("tls-ios-validity"));
  }
  SUBCASE("the purpose that is missing is told without dates, which are good") {
    made.last().tls->chain[0].has_purposes = false;
    made.all.asked.has_ca = true;
    const auto all = made.found().warnings;
    const auto told = std::find_if(all.begin(), all.end(),
                                   [](const auto& each) { return each.id == "tls-ios-validity"; });
    REQUIRE(told != all.end());
    REQUIRE(told->evidence.size() == 1);
    CHECK(in_english(told->evidence[0]).find("extended key usage") != std::string::npos);
  }
  SUBCASE("a key of 1024 bits") {
    made.last().tls->chain[0].key_bits = 1024;
    CHECK(made.warns("tls-weak-key-or-signature"));
  }
  SUBCASE("a week left") {
    made.last().tls->chain[0].days_left = 7;
    CHECK(made.found().is_healthy);
    CHECK(made.warns("tls-expires-soon"));
  }
}

TEST_CASE("a TLS version is refused by an old client's settings or by an old server") {
  phone old_phone = secure();
  old_phone.alert(70);
  CHECK(old_phone.first() == "tls-version-client-too-old");
  phone debian = secure();
  debian.alert(80);
  CHECK(debian.first() == "tls-version-client-too-old");
  phone old_server = secure();
  old_server.alert(70);
  old_server.contact_for("old-tls").greets("", true);
  old_server.last().tls->is_done = true;
  old_server.last().tls->protocol = tls_version::tls1_1;
  CHECK(old_server.first() == "tls-version-server-too-old");
}

TEST_CASE("a pre-shared key that is wrong is told from one that is needed") {
  phone needed = secure();
  needed.alert(40);
  CHECK(needed.first() == "tls-cipher-or-psk-mismatch");
  phone wrong = secure();
  wrong.all.asked.has_psk = true;
  wrong.alert(47);
  CHECK(wrong.first() == "tls-psk-refused");
}

TEST_CASE("a ClientHello tells whether a port that hangs up on plain CONNECT speaks TLS") {
  phone tls;
  tls.sends("closed");
  tls.contact_for("version").sends("closed", 1, "3.1.1");
  tls.contact_for("hello").secured();
  CHECK(tls.first() == "tls-plaintext-to-tls-port");
  phone other;
  other.sends("closed");
  other.contact_for("version").sends("closed", 1, "3.1.1");
  other.contact_for("hello").greets("closed");
  other.contact_for("quiet").ends("silent");
  CHECK(other.first() == "mqtt-closed-after-connect");
}

TEST_CASE("after a reset of the ClientHello, CONNECT tells plain MQTT from a filter by name") {
  phone plain = secure();
  plain.greets("reset");
  plain.contact_for("plain").accepts("3.1.1");
  CHECK(plain.first() == "tls-to-plaintext-port");
  phone filter = secure();
  filter.greets("reset");
  filter.last().tls->server_name = "broker.example";
  filter.contact_for("plain").sends("reset", 1, "3.1.1");
  filter.contact_for("no-sni").secured("CN=Known CA", "");
  CHECK(filter.first() == "path-sni-filter");
}

TEST_CASE("a refused login by address is tried again with the name of the certificate") {
  const auto by_address = [] {
    phone made("mqtts", 8883, "198.51.100.7");
    made.with_login().secured("CN=Known CA", "").answers(0x87, 0x87);
    return made;
  };
  phone helped = by_address();
  helped.contact_for("other-sni").secured("CN=Known CA", "cluster.example").accepts();
  CHECK(helped.first() == "tls-no-sni-looks-like-bad-password");
  CHECK(helped.sureness() == certainty::certain);
  CHECK(helped.excludes("auth-bad-credentials"));
  phone not_helped = by_address();
  not_helped.contact_for("other-sni").secured("CN=Known CA", "cluster.example").answers(0x87, 0x87);
  CHECK(not_helped.first() == "auth-bad-credentials");
  CHECK(not_helped.excludes("tls-no-sni-looks-like-bad-password"));
  // A wildcard certificate of many clusters tells no name to try.
  phone shared = by_address();
  shared.at().contacts[0].tls->chain[0].dns_names = {"*.s1.eu.hivemq.cloud"};
  CHECK(shared.first() == "tls-no-sni-looks-like-bad-password");
  CHECK(shared.names("auth-bad-credentials"));
  CHECK(shared.sureness() == certainty::possible);
}

TEST_CASE("an app ends at a certificate that it does not trust before it asks for a path") {
  phone value("wss", 8443);
  value.secured("CN=Home CA").fails(20).status(404, "404 Not Found");
  value.contact_for("path").secured("CN=Home CA").upgraded();
  value.last().websocket->path = "/ws";
  CHECK(value.first() == "tls-unknown-ca");
  const diagnosis made = value.found();
  const auto next = std::find_if(made.causes.begin(), made.causes.end(),
                                 [](const finding& found) { return found.id == "ws-wrong-path"; });
  REQUIRE(next != made.causes.end());
  CHECK(next->is_next);
}

TEST_CASE("a web server without TLS is told so, whatever it says of the path") {
  phone made("wss", 8080);
  made.greets("failed");
  made.last().tls->is_not_tls = true;
  made.says("http", "HTTP/1.1 400 Bad Request");
  made.last().mqtt.reset();
  made.contact_for("plain").status(404, "404 Not Found");
  CHECK(made.first() == "tls-to-plaintext-port");
  CHECK_FALSE(made.names("mqtt-not-a-broker"));
}

TEST_CASE("a port of TLS is told although its first answer got stuck in a narrow tunnel") {
  phone made("mqtt", 8883);
  made.sends("reset");
  made.contact_for("version").sends("reset", 1, "3.1.1");
  made.contact_for("hello").greets("silent");
  CHECK(made.first() != "tls-plaintext-to-tls-port");
  made.contact_for("hello").secured();
  CHECK(made.first() == "tls-plaintext-to-tls-port");
}

TEST_CASE("only alert 48 is certain of the issuer; the others say no more than bad") {
  const auto with_alert = [](int number) {
    phone app = secure();
    app.all.asked.has_certificate = true;
    app.secured().alert(number, true, true);
    return app;
  };
  CHECK(with_alert(48).sureness() == certainty::certain);
  for (const int vague : {42, 46, 49}) {
    const phone app = with_alert(vague);
    REQUIRE(app.first() == "tls-client-cert-untrusted");
    CHECK(app.sureness() == certainty::likely);
    CHECK(text(app.found().causes[0].cause).find("issuer") == std::string::npos);
    CHECK(text(app.found().causes[0].evidence[1]).find("clock") != std::string::npos);
  }
}

TEST_CASE("an issuer between the certificate and what the server asks for belongs into the file") {
  phone client = secure();
  client.all.asked.has_certificate = true;
  client.all.asked.certificates = 1;
  client.all.asked.certificate_issuer = "CN=Lab Intermediate";
  client.secured().alert(48, true, true);
  client.last().tls->accepted_issuers = {"CN=Lab Test CA"};
  const auto told = [&] {
    const finding found = client.found().causes[0];
    std::string all;
    for (const auto& cure : found.cures) all += text(cure.what);
    return all;
  };
  CHECK(told().find("append its certificate") != std::string::npos);
  client.all.asked.certificates = 2;
  CHECK(told().find("append") == std::string::npos);
  client.all.asked.certificates = 1;
  client.all.asked.certificate_issuer = "CN=Lab Test CA";
  CHECK(told().find("append") == std::string::npos);
}

TEST_CASE("an authority of the same name with another key is an older or newer ca.crt") {
  phone client = secure();
  client.all.asked.has_ca = true;
  client.all.asked.authorities = {"CN=Home CA"};
  client.secured("CN=Home CA").fails(20).accepts();
  REQUIRE(client.first() == "tls-unknown-ca");
  CHECK(text(client.found().causes[0].cause).find("another key") != std::string::npos);
  CHECK_FALSE(client.names("tls-missing-intermediate"));
  client.all.asked.authorities = {"CN=Other CA"};
  CHECK(text(client.found().causes[0].cause).find("another key") == std::string::npos);
}

TEST_CASE("a certificate that is good in some hours tells how far ahead its maker's clock was") {
  phone client = secure();
  client.secured().fails(9).accepts();
  client.last().tls->chain[0].not_before = "2026-11-21T10:00:00Z";  // it is 08:00
  REQUIRE(client.first() == "tls-not-yet-valid");
  const auto evidence = [&] {
    const finding found = client.found().causes[0];
    std::string all;
    for (const auto& line : found.evidence) all += text(line);
    return all;
  };
  CHECK(evidence().find("ahead") != std::string::npos);
  client.last().tls->chain[0].not_before = "2027-11-21T10:00:00Z";
  CHECK(evidence().find("ahead") == std::string::npos);
}

TEST_CASE("every alert has an answer, and one that says little is never certain") {
  for (int number = 1; number < 130; ++number) {
    phone made = secure();
    made.alert(number);
    CHECK_MESSAGE(made.first() != "unknown", number);
  }
  for (const int number : {10, 20, 22, 42, 43, 46, 47, 48, 49, 50, 51, 86, 90, 109, 113, 115}) {
    phone made = secure();
    made.alert(number);
    CAPTURE(number);
    CHECK(made.first() == "tls-ended-by-alert");
    CHECK(made.sureness() == certainty::possible);
  }
}

TEST_CASE("a chain that breaks a rule of its own is told, and an issuer is no server") {
  phone bound = secure();
  bound.secured().accepts();
  bound.last().tls->failures.push_back({47, 0, "permitted subtree violation"});
  CHECK(bound.first() == "tls-chain-refused");
  phone issuer = secure();
  issuer.secured().accepts();
  issuer.last().tls->failures.push_back({79, 1, "invalid CA certificate"});
  issuer.last().tls->failures.push_back({26, 1, "unsuitable certificate purpose"});
  CHECK(issuer.first() == "tls-chain-refused");
  CHECK_FALSE(issuer.names("tls-wrong-purpose"));
  phone purpose = secure();
  purpose.secured().accepts().fails(26);
  CHECK(purpose.first() == "tls-wrong-purpose");
}

TEST_CASE("the ALPN name that was refused is not advised") {
  phone made = secure();
  made.all.asked.alpn = {"mqtt"};
  made.alert(120);
  CHECK(made.first() == "tls-alpn-mismatch");
  CHECK(text(made.found().causes[0].cures[0].what).find("use the server's own") ==
        std::string::npos);
  phone none = secure();
  none.alert(120);
  CHECK(text(none.found().causes[0].cause).find("none that it knows") != std::string::npos);
}

TEST_CASE("a name without a route is told from a proxy that hangs up before the greeting") {
  const auto unrouted = [](bool is_left_open) {
    phone made = secure();
    made.greets("closed");
    made.last().tls->server_name = "broker.example";
    made.contact_for("plain").sends("closed", 1, "3.1.1");
    made.contact_for("no-sni").greets("closed");
    made.contact_for(is_left_open ? "proxy-header" : "quiet").ends("closed");
    made.last().was_left_open = is_left_open;
    made.last().sent_first = is_left_open;
    if (is_left_open) made.greets("closed");
    return made.first();
  };
  CHECK(unrouted(true) == "proxy-sni-router");
  CHECK(unrouted(false) == "proxy-backend-down");
}

TEST_CASE("a greeting that is answered behind a balancer's header alone names the header") {
  phone made = secure();
  made.greets("closed");
  made.contact_for("plain").sends("closed", 1, "3.1.1");
  made.contact_for("no-sni").greets("closed");
  made.contact_for("proxy-header").secured();
  CHECK(made.first() == "proxy-protocol-expected");
  CHECK(made.sureness() == certainty::certain);
}
