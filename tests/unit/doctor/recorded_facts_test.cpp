// Causes that no lab can stage reliably: facts that were recorded, or written by hand.
#include "phone.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

/// Nobody answers on the port; each test adds the results of other ports.
phone silent_port(const std::string& host = "broker.example", int port = 1883) {
  phone made("mqtt", port, host);
  made.last().connect.outcome = connect_outcome::silent;
  made.last().connect.error = "ETIMEDOUT";
  made.last().connect.ms = 3400;
  made.at().reachability.emplace().is_traced = true;
  return made;
}

void answers_at(phone& who, int port, const std::string& speaks) {
  port_fact other;
  other.port = port;
  other.connect.outcome = connect_outcome::connected;
  other.speaks = fact_word<spoken_protocol>(speaks);
  who.at().reachability->ports.push_back(other);
}

phone on_link(int sent_again, int needless) {
  phone made;
  made.accepts();
  made.last().total_retransmits = sent_again;
  made.last().needless_retransmits = needless;
  made.delivers("mqtt-doctor/abc");
  return made;
}

}  // namespace

TEST_CASE("an example address is the cause until somebody answers there") {
  phone nobody = silent_port("203.0.113.5");
  nobody.all.name.addresses = {"203.0.113.5"};
  nobody.all.name.is_literal = true;
  nobody.all.name.canonical = "203.0.113.5";
  nobody.last().address = "203.0.113.5";
  CHECK(nobody.first() == "input-documentation-address");
  phone closed = nobody;
  closed.last().connect.outcome = connect_outcome::refused;
  CHECK(closed.first() != "input-documentation-address");
  phone alive = nobody;
  answers_at(alive, 22, "ssh");
  CHECK(alive.first() != "input-documentation-address");
}

TEST_CASE("scheme and port that contradict each other are a hint, and no more") {
  phone made("mqtt", 8083);
  made.all.asked.scheme = scheme::mqtt;
  made.sends("closed");
  CHECK(made.names("input-scheme-port-mismatch"));
  CHECK(made.first() != "input-scheme-port-mismatch");
  phone works("mqtt", 8083);
  works.accepts();
  CHECK(works.first() == "healthy");
}

TEST_CASE("packets that die nearby while the web is open make this network suspect too") {
  phone made = silent_port();
  answers_at(made, 443, "tls");
  made.at().reachability->hops = {{1, "10.0.0.1", 1}};
  CHECK(made.names("tcp-egress-blocked"));
  phone far = silent_port();
  answers_at(far, 22, "ssh");
  far.at().reachability->hops = {{1, "10.0.0.1", 1}, {2, "10.9.0.1", 2}, {3, "10.9.1.1", 3}};
  CHECK(far.first() == "tcp-timeout-security-group");
}

TEST_CASE("a closed port of a container host") {
  phone made;
  made.last().connect.outcome = connect_outcome::refused;
  made.at().reachability.emplace();
  answers_at(made, 22, "ssh");
  CHECK(made.names("tcp-docker-port-not-published"));
  CHECK(made.names("tcp-refused-loopback-listener"));
  CHECK(made.first() == "tcp-refused-not-running");
}

TEST_CASE("one packet sent again is chance, and what had arrived was never lost") {
  CHECK(!on_link(1, 0).warns("path-packet-loss"));
  CHECK(!on_link(3, 3).warns("path-packet-loss"));
  CHECK(!on_link(3, 2).warns("path-packet-loss"));
  CHECK(on_link(3, 0).warns("path-packet-loss"));
  CHECK(on_link(3, 0).first() == "healthy");
}

TEST_CASE("a first packet that waited for the neighbour is no loss") {
  phone made = on_link(2, 0);
  made.at().contacts[0].connect.retransmits = 2;
  CHECK(!made.warns("path-packet-loss"));
}

TEST_CASE("on the machine itself nothing is lost, however late it is") {
  phone made = on_link(9, 0);
  made.all.local.is_target = true;
  CHECK(!made.warns("path-packet-loss"));
}

TEST_CASE("a subscription that is not answered on a lossy way is the way's fault") {
  phone stuck = on_link(0, 0);
  stuck.at().deliveries[0].suback = stuck.at().deliveries[0].puback = -1;
  stuck.at().deliveries[0].echoed = false;
  CHECK(stuck.first() == "mqtt-no-suback");
  stuck.at().contacts[0].total_retransmits = 6;
  CHECK(stuck.first() == "path-packet-loss");
}

TEST_CASE("a slow way takes as much longer as there is more to carry") {
  const auto link = [](double small, double large, double larger) {
    phone made;
    made.accepts();
    made.delivers("mqtt-doctor/abc").echo_ms = small;
    delivery_fact& second = made.delivers("mqtt-doctor/abc");
    second.payload_bytes = 4000;
    second.echo_ms = large;
    delivery_fact& third = made.delivers("mqtt-doctor/abc");
    third.payload_bytes = 20000;
    third.echo_ms = larger;
    return made;
  };
  CHECK(link(3, 500, 2600).warns("path-slow-link"));
  CHECK(!link(3, 500, 20).warns("path-slow-link"));
  CHECK(!link(3, 10, 40).warns("path-slow-link"));
}

TEST_CASE("inside TLS a silent connection tells the proxy's hang-up from the broker's") {
  phone proxy("mqtts", 8883);
  proxy.secured().sends("closed");
  proxy.contact_for("version").secured().sends("closed", 1, "3.1.1");
  proxy.contact_for("quiet").secured().ends("closed");
  CHECK(proxy.first() == "tls-terminator-backend-down");
  phone broker("mqtts", 8883);
  broker.secured().sends("closed");
  broker.contact_for("version").secured().sends("closed", 1, "3.1.1");
  broker.contact_for("quiet").secured().ends("silent", 400);
  CHECK(broker.first() == "mqtt-closed-after-connect");
}

TEST_CASE("inside a WebSocket a silent connection tells the bridge's hang-up from the broker's") {
  phone bridge("ws", 9001);
  bridge.upgraded().sends("closed");
  bridge.contact_for("version").upgraded().sends("closed", 1, "3.1.1");
  bridge.contact_for("quiet").upgraded().ends("closed");
  CHECK(bridge.first() == "ws-closed-after-upgrade");
  phone broker("ws", 9001);
  broker.upgraded().sends("closed");
  broker.contact_for("version").upgraded().sends("closed", 1, "3.1.1");
  broker.contact_for("quiet").upgraded().ends("silent", 400);
  CHECK(broker.first() == "mqtt-closed-after-connect");
}

TEST_CASE("a broker that pauses now and then is healthy, with a warning") {
  phone made("ws", 15675);
  made.upgraded().sends("silent", 4000, "3.1.1");
  made.contact_for("again").upgraded().accepts("3.1.1");
  CHECK(made.first() == "healthy");
  CHECK(made.warns("mqtt-connack-slow"));
}

TEST_CASE("MQTT 5 tells forbidden reading from forbidden writing, and 3.1.1 does not") {
  phone made;
  made.accepts("3.1.1");
  delivery_fact& old = made.delivers("home/door", true);
  old.version = mqtt_version::v3_1_1;
  old.echoed = false;
  CHECK(made.names("auth-acl-publish-swallowed"));
  CHECK(made.names("auth-acl-read-denied-silently"));
  delivery_fact& newer = made.delivers("home/door", true);
  newer.version = mqtt_version::v5;
  newer.echoed = false;
  SUBCASE("somebody matches") {
    CHECK(made.first() == "auth-acl-read-denied-silently");
    CHECK(!made.names("auth-acl-publish-swallowed"));
  }
  SUBCASE("not authorized") {
    newer.puback = 0x87;
    CHECK(made.first() == "auth-acl-publish-swallowed");
    CHECK(!made.names("auth-acl-read-denied-silently"));
  }
}

TEST_CASE("a name server that reports only now and then that nobody listens is named") {
  phone made;
  made.all.endpoints.clear();
  made.all.name.addresses.clear();
  made.all.name.lookup = lookup_outcome::again;
  made.all.name.resolvers = {"10.77.1.1"};
  for (const record_type type : {record_type::a, record_type::aaaa}) {
    dns_fact asked;
    asked.server = "10.77.1.1";
    asked.type = type;
    asked.outcome = type == record_type::a ? dns_outcome::unreachable : dns_outcome::timeout;
    made.all.name.questions.push_back(asked);
  }
  CHECK(made.first() == "dns-resolver-refuses");
  for (auto& asked : made.all.name.questions) asked.outcome = dns_outcome::timeout;
  CHECK(made.first() == "dns-resolver-silent");
}

TEST_CASE("SERVFAIL is told from a name server that knows private addresses only") {
  phone made;
  made.all.name.addresses.clear();
  made.all.name.lookup = lookup_outcome::again;
  dns_fact asked;
  asked.server = "10.77.1.1";
  asked.type = record_type::a;
  asked.outcome = dns_outcome::answered;
  asked.rcode = 2;
  made.all.name.questions = {asked};
  CHECK(made.first() == "dns-server-failure");

  phone inside;
  inside.all.name.addresses = {"10.9.9.9"};
  inside.last().connect.outcome = connect_outcome::silent;
  CHECK(inside.first() == "dns-only-private-answers");
  // A device of the same range may be in another part of one network.
  phone within = inside;
  within.all.local.interfaces.push_back({"wlan0", "10.1.1.2", 24});
  CHECK(within.first() != "dns-only-private-answers");
  CHECK(within.warns("dns-only-private-answers"));
  inside.all.name.addresses.push_back("203.0.113.5");
  CHECK_FALSE(inside.warns("dns-only-private-answers"));
}

TEST_CASE("a server that takes TLS 1.0 alone is named") {
  phone made("mqtts", 8883);
  made.alert(70);
  made.contact_for("old-tls").secured();
  made.last().tls->protocol = tls_version::tls1;
  CHECK(made.first() == "tls-version-server-too-old");
}

TEST_CASE("what only a phone meets is a note, never a fault") {
  phone socket("ws", 9001);
  socket.upgraded().accepts();
  CHECK(socket.first() == "healthy");
  for (const char* id :
       {"phone-cleartext-blocked", "phone-app-appends-path", "phone-vpn-private-dns",
        "phone-android-no-permission", "phone-background-sleep", "phone-network-switch"}) {
    CAPTURE(id);
    CHECK(socket.warns(id));
  }
  CHECK(!socket.warns("phone-ios-local-network"));
  socket.at().contacts[0].address = "192.168.1.5";
  CHECK(socket.warns("phone-ios-local-network"));
  for (const auto& each : socket.found().warnings) {
    CAPTURE(each.id);
    CHECK((each.where != layer::phone || each.how_bad == severity::note));
  }
}

TEST_CASE("a private authority that was given here has to be given to the app as well") {
  phone made("mqtts", 8883);
  made.all.asked.has_ca = true;
  made.secured("CN=Lab CA").accepts();
  CHECK(made.first() == "healthy");
  CHECK(made.warns("tls-android-user-ca"));
  made.all.asked.has_ca = false;
  CHECK(!made.warns("tls-android-user-ca"));
}
