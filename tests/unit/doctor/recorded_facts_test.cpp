// Causes that no lab can stage, or only by chance: facts as they were recorded, or made by hand.
#include "phone.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

/// Nobody answers at the port; what the other ports do is added by the test.
phone silent_port(const std::string& host = "broker.example", int port = 1883) {
  phone one("mqtt", port, host);
  one.last().connect.outcome = connect_outcome::silent;
  one.last().connect.error = "ETIMEDOUT";
  one.last().connect.ms = 3400;
  one.at().reachability.emplace().is_traced = true;
  return one;
}

void answers_at(phone& one, int port, const std::string& speaks) {
  port_fact other;
  other.port = port;
  other.connect.outcome = connect_outcome::connected;
  other.speaks = fact_word<spoken_protocol>(speaks);
  one.at().reachability->ports.push_back(other);
}

phone on_link(int sent_again, int needless) {
  phone one;
  one.accepts();
  one.last().total_retransmits = sent_again;
  one.last().needless_retransmits = needless;
  one.delivers("mqtt-doctor/abc");
  return one;
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
  phone one("mqtt", 8083);
  one.all.asked.scheme = scheme::mqtt;
  one.sends("closed");
  CHECK(one.names("input-scheme-port-mismatch"));
  CHECK(one.first() != "input-scheme-port-mismatch");
  phone works("mqtt", 8083);
  works.accepts();
  CHECK(works.first() == "healthy");
}

TEST_CASE("packets that die near us, while the web is open: this network is suspect as well") {
  phone one = silent_port();
  answers_at(one, 443, "tls");
  one.at().reachability->hops = {{1, "10.0.0.1", 1}};
  CHECK(one.names("tcp-egress-blocked"));
  phone far = silent_port();
  answers_at(far, 22, "ssh");
  far.at().reachability->hops = {{1, "10.0.0.1", 1}, {2, "10.9.0.1", 2}, {3, "10.9.1.1", 3}};
  CHECK(far.first() == "tcp-timeout-security-group");
}

TEST_CASE("a closed port of a container host") {
  phone one;
  one.last().connect.outcome = connect_outcome::refused;
  one.at().reachability.emplace();
  answers_at(one, 22, "ssh");
  CHECK(one.names("tcp-docker-port-not-published"));
  CHECK(one.first() == "tcp-refused-loopback-listener");
}

TEST_CASE("one packet sent again is chance, and what had arrived was never lost") {
  CHECK(!on_link(1, 0).warns("path-packet-loss"));
  CHECK(!on_link(3, 3).warns("path-packet-loss"));
  CHECK(!on_link(3, 2).warns("path-packet-loss"));
  CHECK(on_link(3, 0).warns("path-packet-loss"));
  CHECK(on_link(3, 0).first() == "healthy");
}

TEST_CASE("a first packet that waited for the neighbour is no loss") {
  phone one = on_link(2, 0);
  one.at().contacts[0].connect.retransmits = 2;
  CHECK(!one.warns("path-packet-loss"));
}

TEST_CASE("on the machine itself nothing is lost, however late it is") {
  phone one = on_link(9, 0);
  one.all.local.is_target = true;
  CHECK(!one.warns("path-packet-loss"));
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
    phone one;
    one.accepts();
    one.delivers("mqtt-doctor/abc").echo_ms = small;
    delivery_fact& second = one.delivers("mqtt-doctor/abc");
    second.payload_bytes = 4000;
    second.echo_ms = large;
    delivery_fact& third = one.delivers("mqtt-doctor/abc");
    third.payload_bytes = 20000;
    third.echo_ms = larger;
    return one;
  };
  CHECK(link(3, 500, 2600).warns("path-slow-link"));
  CHECK(!link(3, 500, 20).warns("path-slow-link"));
  CHECK(!link(3, 10, 40).warns("path-slow-link"));
}

TEST_CASE("hung up on inside TLS: silence tells the proxy from the broker") {
  phone proxy("mqtts", 8883);
  proxy.secured().sends("closed");
  proxy.visit("version").secured().sends("closed", 1, "3.1.1");
  proxy.visit("quiet").secured().ends("closed");
  CHECK(proxy.first() == "tls-terminator-backend-down");
  phone broker("mqtts", 8883);
  broker.secured().sends("closed");
  broker.visit("version").secured().sends("closed", 1, "3.1.1");
  broker.visit("quiet").secured().ends("silent", 400);
  CHECK(broker.first() == "mqtt-closed-after-connect");
}

TEST_CASE("hung up on inside a WebSocket: silence tells the bridge from the broker") {
  phone bridge("ws", 9001);
  bridge.upgraded().sends("closed");
  bridge.visit("version").upgraded().sends("closed", 1, "3.1.1");
  bridge.visit("quiet").upgraded().ends("closed");
  CHECK(bridge.first() == "ws-closed-after-upgrade");
  phone broker("ws", 9001);
  broker.upgraded().sends("closed");
  broker.visit("version").upgraded().sends("closed", 1, "3.1.1");
  broker.visit("quiet").upgraded().ends("silent", 400);
  CHECK(broker.first() == "mqtt-closed-after-connect");
}

TEST_CASE("a broker that pauses now and then is healthy, with a warning") {
  phone one("ws", 15675);
  one.upgraded().sends("silent", 4000, "3.1.1");
  one.visit("again").upgraded().accepts("3.1.1");
  CHECK(one.first() == "healthy");
  CHECK(one.warns("mqtt-connack-slow"));
}

TEST_CASE("reading forbidden and writing forbidden: MQTT 5 tells, 3.1.1 does not") {
  phone one;
  one.accepts("3.1.1");
  delivery_fact& old = one.delivers("home/door", true);
  old.version = mqtt_version::v3_1_1;
  old.echoed = false;
  CHECK(one.names("auth-acl-publish-swallowed"));
  CHECK(one.names("auth-acl-read-denied-silently"));
  delivery_fact& newer = one.delivers("home/door", true);
  newer.version = mqtt_version::v5;
  newer.echoed = false;
  SUBCASE("somebody matches") {
    CHECK(one.first() == "auth-acl-read-denied-silently");
    CHECK(!one.names("auth-acl-publish-swallowed"));
  }
  SUBCASE("not authorized") {
    newer.puback = 0x87;
    CHECK(one.first() == "auth-acl-publish-swallowed");
    CHECK(!one.names("auth-acl-read-denied-silently"));
  }
}

TEST_CASE("a name server whose system says only now and then that nobody listens") {
  phone one;
  one.all.endpoints.clear();
  one.all.name.addresses.clear();
  one.all.name.lookup = lookup_outcome::again;
  one.all.name.resolvers = {"10.77.1.1"};
  for (const record_type type : {record_type::a, record_type::aaaa}) {
    dns_fact asked;
    asked.server = "10.77.1.1";
    asked.type = type;
    asked.outcome = type == record_type::a ? dns_outcome::unreachable : dns_outcome::timeout;
    one.all.name.questions.push_back(asked);
  }
  CHECK(one.first() == "dns-resolver-refuses");
  for (auto& asked : one.all.name.questions) asked.outcome = dns_outcome::timeout;
  CHECK(one.first() == "dns-resolver-silent");
}

TEST_CASE("a name server that cannot find out, and one that knows private addresses alone") {
  phone one;
  one.all.name.addresses.clear();
  one.all.name.lookup = lookup_outcome::again;
  dns_fact asked;
  asked.server = "10.77.1.1";
  asked.type = record_type::a;
  asked.outcome = dns_outcome::answered;
  asked.rcode = 2;
  one.all.name.questions = {asked};
  CHECK(one.first() == "dns-server-failure");

  phone inside;
  inside.all.name.addresses = {"10.9.9.9"};
  inside.last().connect.outcome = connect_outcome::silent;
  CHECK(inside.warns("dns-only-private-answers"));
  inside.all.name.addresses.push_back("203.0.113.5");
  CHECK_FALSE(inside.warns("dns-only-private-answers"));
}

TEST_CASE("the old client: a server that takes TLS 1.0 alone") {
  phone one("mqtts", 8883);
  one.alert(70);
  one.visit("old-tls").secured();
  one.last().tls->protocol = tls_version::tls1;
  CHECK(one.first() == "tls-version-server-too-old");
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
  for (const auto& one : socket.found().warnings) {
    CAPTURE(one.id);
    CHECK((one.where != layer::phone || one.how_bad == severity::note));
  }
}

TEST_CASE("a private authority that was given here has to be given to the app as well") {
  phone one("mqtts", 8883);
  one.all.asked.has_ca = true;
  one.secured("CN=Lab CA").accepts();
  CHECK(one.first() == "healthy");
  CHECK(one.warns("tls-android-user-ca"));
  one.all.asked.has_ca = false;
  CHECK(!one.warns("tls-android-user-ca"));
}
