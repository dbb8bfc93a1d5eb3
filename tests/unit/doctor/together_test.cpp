// Causes that no single place can find, and situations that look alike from one place.
#include "unit/doctor/places.hpp"

namespace mqttkit::doctor::test {
TEST_CASE("a ready server whose firewall is open, and a silent laptop: what lies before it") {
  places together;
  together.of("server.json", healthy_server()).of("laptop.json", silent_laptop());
  CHECK(together.first() == "tcp-timeout-security-group");
  CHECK(together.sureness() == certainty::certain);
  CHECK(together.says("laptop.json", "93.184.216.5:1883"));
  CHECK(together.says("server.json", "firewall lets port 1883 in"));
  CHECK(together.found().exit_code == 4);
}

TEST_CASE("the cloud the server stands in is named with its own word") {
  phone server = healthy_server();
  server.all.host->cloud = cloud_provider::aws;
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop());
  CHECK(in_english(together.found().causes[0].cause).find("AWS") != std::string::npos);
  // The provider of the client's network may drop the packets.
  CHECK(together.sureness() == certainty::likely);
}

TEST_CASE("a silent laptop whose own firewall was not read leaves it open who swallows") {
  phone laptop = silent_laptop();
  laptop.all.local.is_outgoing_read = false;
  places together;
  together.of("server.json", healthy_server()).of("laptop.json", laptop);
  CHECK(together.first() == "tcp-timeout-security-group");
  CHECK(together.sureness() == certainty::likely);
}

TEST_CASE("for a silent laptop a rule of the server's own firewall that drops is the cause") {
  phone server = healthy_server();
  firewall_says(server, "drop", "policy drop");
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop());
  CHECK(together.first() == "tcp-timeout-host-firewall");
  CHECK(together.sureness() == certainty::certain);
  CHECK(together.says("laptop.json", "did not answer"));
}

TEST_CASE("firewall rules that cannot be read leave it open which of the two it is") {
  phone server = healthy_server();
  server.all.host->firewall.clear();
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop());
  CHECK(together.first() == "tcp-timeout-security-group");
  CHECK(together.sureness() == certainty::likely);
  CHECK(together.names("tcp-timeout-host-firewall"));
}

TEST_CASE("a refused laptop is explained by a server that listens on 127.0.0.1 only") {
  phone server = broker_machine("mqtt", 1883, "127.0.0.1");
  server.accepts();
  places together;
  together.of("server.json", server).of("laptop.json", refused_laptop());
  CHECK(together.first() == "tcp-refused-loopback-listener");
  CHECK(together.sureness() == certainty::certain);
  CHECK(together.says("server.json", "127.0.0.1:1883"));
  CHECK(together.says("laptop.json", "ECONNREFUSED"));
}

TEST_CASE("a refused laptop is explained by a rule of the server that resets") {
  phone server = healthy_server();
  firewall_says(server, "reject-reset", "tcp dport 1883 reject with tcp reset");
  places together;
  together.of("server.json", server).of("laptop.json", refused_laptop());
  CHECK(together.first() == "tcp-refused-by-firewall-reset");
  CHECK(together.sureness() == certainty::certain);
}

TEST_CASE("a refusal that is not the server's comes from between, or from an old file") {
  places together;
  together.of("server.json", healthy_server()).of("laptop.json", refused_laptop());
  CHECK(together.first() == "tcp-refused-by-firewall-reset");
  CHECK(together.sureness() == certainty::likely);
  CHECK(together.excludes("tcp-refused-loopback-listener"));
  CHECK(together.excludes("tcp-refused-not-running"));
  CHECK_FALSE(together.found().causes[0].apart_command.empty());
}

TEST_CASE("a server behind a router that does not pass the port on is named") {
  for (const bool silent : {false, true}) {
    phone server = healthy_server();
    without_public_address(server);
    places together;
    together.of("server.json", server)
        .of("laptop.json", silent ? silent_laptop() : refused_laptop());
    CHECK(together.first() == "tcp-port-forward-wrong");
    CHECK(together.sureness() == certainty::likely);
    // An unrecognised cloud may translate addresses as well.
    CHECK(together.names("tcp-timeout-security-group") == silent);
  }
}

TEST_CASE(
    "a page that came by the router's address does not prove that the broker's port is passed on") {
  phone server = healthy_server();
  without_public_address(server);
  phone visitor = silent_laptop("93.184.216.99");
  visitor.all.phone.emplace().has_page = true;
  visitor.all.phone->host = "93.184.216.99";
  visitor.all.local.interfaces.clear();
  places together;
  together.of("server", server).of("phone", visitor);
  CHECK(together.first() == "tcp-port-forward-wrong");
  CHECK(together.sureness() == certainty::likely);
  CHECK(together.names("tcp-timeout-security-group"));
  server.all.host->cloud = cloud_provider::aliyun;
  places rented;
  rented.of("server", server).of("phone", visitor);
  CHECK(rented.first() == "tcp-timeout-security-group");
  CHECK_FALSE(rented.names("tcp-port-forward-wrong"));
}

TEST_CASE("a cloud's machine has a private address, too, and no router to set up") {
  phone server = healthy_server();
  without_public_address(server).all.host->cloud = cloud_provider::aliyun;
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop());
  CHECK(together.first() == "tcp-timeout-security-group");
  CHECK_FALSE(together.names("tcp-port-forward-wrong"));
}

TEST_CASE("an address that is not the server's is the cause, whatever happens there") {
  places typed;
  typed.of("server.json", healthy_server()).of("laptop.json", silent_laptop("93.184.216.77"));
  CHECK(typed.first() == "input-wrong-address");
  phone named = silent_laptop("93.184.216.77");
  dials(named, "broker.example", "93.184.216.77");
  places old;
  old.of("server.json", healthy_server()).of("laptop.json", named);
  CHECK(old.first() == "dns-stale-address");
  CHECK(old.says("server.json", server_address));
}

TEST_CASE("an address by which somebody else reaches the broker is no wrong address") {
  phone good = client("mqtt", 1883, "93.184.216.77", "172.20.0.9");
  good.accepts();
  places together;
  together.of("server.json", healthy_server())
      .of("laptop.json", silent_laptop("93.184.216.77"))
      .of("office.json", good);
  CHECK_FALSE(together.names("input-wrong-address"));
}

TEST_CASE("a private address that is dialled from outside its network is the cause") {
  phone server = healthy_server();
  without_public_address(server);
  phone laptop = client("mqtt", 1883, "10.0.0.5");
  stays_silent(laptop);
  places together;
  together.of("server.json", server).of("laptop.json", laptop);
  CHECK(together.first() == "input-private-address");
  sees_port(laptop, 22);  // something of it answers: it can be reached
  places routed;
  routed.of("server.json", server).of("laptop.json", laptop);
  CHECK(routed.first() == "tcp-timeout-security-group");
}

TEST_CASE("the broker listens on another port than the laptop tries") {
  phone laptop = client("mqtt", 1884);
  is_refused(laptop);
  places together;
  together.of("server.json", healthy_server()).of("laptop.json", laptop);
  CHECK(together.first() == "tcp-refused-wrong-port");
  CHECK(together.sureness() == certainty::certain);
}

TEST_CASE("without the server's file: another client found the broker on another port") {
  phone laptop = client("mqtt", 1833);
  is_refused(laptop);
  phone other = client("mqtt", 1883, server_address, "172.20.0.9");
  other.accepts();
  places together;
  together.of("laptop.json", laptop).of("office.json", other);
  CHECK(together.first() == "tcp-refused-wrong-port");
}

TEST_CASE("a certificate that is not the server's is an interception") {
  phone laptop = tls_laptop("AA:AA", "CN=Corp Proxy");
  laptop.fails(20).accepts();  // without the password, which is held back
  places together;
  together.of("server.json", tls_server("BB:BB", "CN=Own CA")).of("laptop.json", laptop);
  CHECK(together.first() == "tls-interception");
  CHECK(together.sureness() == certainty::certain);
  CHECK(together.says("server.json", "BB:BB"));
  CHECK(together.says("laptop.json", "CN=Corp Proxy"));
  CHECK(together.found().exit_code == 5);
}

TEST_CASE("the server's own certificate that a laptop does not trust is no interception") {
  phone laptop = tls_laptop("BB:BB", "CN=Own CA");
  laptop.fails(20);
  places together;
  together.of("server.json", tls_server("BB:BB", "CN=Own CA")).of("laptop.json", laptop);
  CHECK(together.first() != "tls-interception");
  CHECK(together.excludes("tls-interception"));
}

TEST_CASE("a certificate renewed between two files is no interception") {
  phone laptop = tls_laptop("AA:AA", "CN=Own CA");
  laptop.accepts();
  places together;
  together.of("server.json", tls_server("BB:BB", "CN=Own CA")).of("laptop.json", laptop);
  CHECK(together.first() == "healthy");
  CHECK_FALSE(together.warns("tls-interception"));
}

TEST_CASE("an interception the laptop trusts is a warning: it works, and somebody reads along") {
  phone laptop = tls_laptop("AA:AA", "CN=Corp Proxy");
  laptop.accepts();
  places together;
  together.of("server.json", tls_server("BB:BB", "CN=Own CA")).of("laptop.json", laptop);
  CHECK(together.first() == "healthy");
  CHECK(together.warns("tls-interception"));
}

TEST_CASE("the certificate on the server's disk is proof as well") {
  phone server = broker_machine("mqtts", 8883);
  server.accepts();
  server.last().tls.reset();
  configuration_fact file;
  file.broker = broker_kind::mosquitto;
  configured_listener block;
  block.port = 8883;
  disk_certificate_fact disk;
  disk.file = "/etc/mosquitto/broker.crt";
  disk.subject = "CN=broker.example";
  disk.fingerprint = "BB:BB";
  block.certificate = disk;
  file.listeners.push_back(block);
  server.all.host->configurations.push_back(file);
  phone laptop = tls_laptop("AA:AA", "CN=Corp Proxy");
  laptop.fails(20);
  places together;
  together.of("server.json", server).of("laptop.json", laptop);
  CHECK(together.first() == "tls-interception");
  CHECK(together.says("server.json", "/etc/mosquitto/broker.crt"));
}

TEST_CASE("when one of two laptops works, the other one's network is named") {
  phone office = client("mqtt", 1883, server_address, "172.20.0.9");
  office.accepts();
  places together;
  together.of("cafe.json", silent_laptop()).of("office.json", office);
  CHECK(together.first() == "tcp-egress-blocked");
  CHECK(together.says("office.json", "accepts the connection"));
  CHECK(together.names("tcp-timeout-source-allowlist"));
}

TEST_CASE("a laptop beside the broker proves nothing about the way from outside") {
  phone beside = client("mqtt", 1883, "10.0.0.5", "10.0.0.9");
  beside.accepts();
  places together;
  together.of("cafe.json", silent_laptop()).of("home.json", beside);
  CHECK(together.first() == "tcp-timeout-security-group");
}

TEST_CASE("two laptops in one network, one works: no word about that network is sure") {
  phone beside = client();
  beside.accepts();
  places together;
  together.of("one.json", silent_laptop()).of("two.json", beside);
  CHECK(together.sureness() != certainty::certain);
  CHECK(together.names("tcp-timeout-source-allowlist"));
}

TEST_CASE("silence for laptops in different networks points to the server's side") {
  phone other = client("mqtt", 1883, server_address, "172.20.0.9");
  stays_silent(other);
  sees_port(other, 22);
  places together;
  together.of("cafe.json", silent_laptop()).of("office.json", other);
  CHECK(together.first() == "tcp-timeout-security-group");
  CHECK(together.excludes("tcp-egress-blocked"));
}

TEST_CASE("two laptops in one network that both fail prove nothing about it") {
  places together;
  together.of("one.json", silent_laptop()).of("two.json", silent_laptop());
  CHECK_FALSE(together.excludes("tcp-egress-blocked"));
}

TEST_CASE("a name with two addresses, only one of which works, is named") {
  phone lost = client("mqtt", 1883, "93.184.216.77");
  dials(lost, "broker.example", "93.184.216.77");
  stays_silent(lost);
  phone good = client("mqtt", 1883, server_address, "172.20.0.9");
  dials(good, "broker.example", server_address);
  good.accepts();
  places together;
  together.of("phone.json", lost).of("office.json", good);
  CHECK(together.first() == "dns-stale-address");
  lost.all.name.hosts_file = {"93.184.216.77"};
  places pinned;
  pinned.of("phone.json", lost).of("office.json", good);
  CHECK(pinned.first() == "dns-hosts-file-override");
  CHECK(pinned.found().causes[0].cures[0].whose == "phone.json");
}

TEST_CASE("a name that only one of two name servers knows") {
  phone lost = client();
  lost.all.asked.host = "broker.example";
  lost.all.name = {};
  lost.all.name.lookup = lookup_outcome::no_name;
  lost.all.endpoints.clear();
  phone good = client("mqtt", 1883, server_address, "172.20.0.9");
  dials(good, "broker.example", server_address);
  good.accepts();
  places together;
  together.of("phone.json", lost).of("office.json", good);
  CHECK(together.first() == "dns-differs-by-place");
  CHECK(together.found().exit_code == 3);
}

TEST_CASE("of two clocks the one that finds a certificate not yet valid is behind") {
  phone laptop = tls_laptop("BB:BB", "CN=Own CA");
  laptop.fails(9);
  laptop.all.local.now = "2020-01-01T00:00:00Z";
  places together;
  together.of("server.json", tls_server("BB:BB", "CN=Own CA")).of("laptop.json", laptop);
  CHECK(together.first() == "tls-client-clock-wrong");
  CHECK(together.says("server.json", "the same certificate passes"));
}

TEST_CASE("a certificate that both find expired has expired") {
  phone laptop = tls_laptop("BB:BB", "CN=Own CA");
  laptop.fails(10);
  laptop.all.local.now = "2028-01-01T00:00:00Z";
  phone server = broker_machine("mqtts", 8883);
  shows(server, "BB:BB", "CN=Own CA").fails(10);
  server.all.local.now = "2028-01-01T00:00:00Z";
  places together;
  together.of("server.json", server).of("laptop.json", laptop);
  CHECK(together.first() == "tls-expired");
}

TEST_CASE("something else answers in the broker's place") {
  phone laptop = client();
  laptop.says("http", "HTTP/1.1 400 Bad Request");
  places near;
  near.of("server.json", healthy_server()).of("laptop.json", laptop);
  CHECK(near.first() == "path-transparent-proxy");
  phone server = healthy_server();
  without_public_address(server);
  places routed;
  routed.of("server.json", server).of("laptop.json", laptop);
  CHECK(routed.first() == "tcp-port-forward-wrong");
}

TEST_CASE("a broker that is down on its own machine is the cause for all") {
  phone server = broker_machine();
  is_refused(server);
  server.all.host->listeners.clear();
  server.all.host->brokers.clear();
  service_fact unit;
  unit.name = "mosquitto.service";
  unit.state = service_state::failed;
  server.all.host->services.push_back(unit);
  configuration_fact file;
  file.broker = broker_kind::mosquitto;
  server.all.host->configurations.push_back(file);
  places together;
  together.of("laptop.json", refused_laptop()).of("server.json", server);
  CHECK(together.first() == "tcp-refused-not-running");
  CHECK(together.sureness() == certainty::certain);
}

TEST_CASE("all places work: nothing is wrong, exit code 0") {
  phone laptop = client();
  laptop.accepts();
  places together;
  together.of("server.json", healthy_server()).of("laptop.json", laptop);
  CHECK(together.found().is_healthy);
  CHECK(together.found().exit_code == 0);
}

TEST_CASE("one file alone gives the diagnosis of the live run") {
  const phone laptop = silent_laptop();
  places together;
  together.of("laptop.json", laptop);
  CHECK(together.first() == laptop.first());
  CHECK(together.found().causes[0].cause.seen_by.empty());
}

TEST_CASE("the order of the files does not matter") {
  places together, other;
  together.of("server.json", healthy_server()).of("laptop.json", silent_laptop());
  other.of("laptop.json", silent_laptop()).of("server.json", healthy_server());
  CHECK(together.first() == other.first());
}

TEST_CASE("a clock that is a year ahead finds an end that is none") {
  phone laptop = tls_laptop("BB:BB", "CN=Own CA");
  laptop.fails(10);
  laptop.all.local.now = "2034-01-01T00:00:00Z";
  places together;
  together.of("server.json", tls_server("BB:BB", "CN=Own CA")).of("laptop.json", laptop);
  CHECK(together.first() == "tls-client-clock-wrong");
  CHECK(together.sureness() == certainty::certain);
}

TEST_CASE("what a laptop saw at its own end is not blamed on the way beyond") {
  phone laptop = client();
  laptop.last().connect = {connect_outcome::net_unreachable, "ENETUNREACH", 0, {}, 0, ""};
  laptop.all.local.interfaces.clear();
  laptop.all.local.has_v4_route = false;
  phone cafe = client();
  cafe.says("http", "HTTP/1.1 302 Found");
  cafe.at().reachability.emplace();
  cafe.at().reachability->test_net = connect_outcome::connected;
  cafe.at().reachability->test_net_speaks = spoken_protocol::http;
  for (const phone& each : {laptop, cafe}) {
    places together;
    together.of("server.json", healthy_server()).of("laptop.json", each);
    CHECK(together.found().causes.size() == 1);
    CHECK(together.sureness() == certainty::certain);
    CHECK_FALSE(together.names("tcp-timeout-security-group"));
    CHECK_FALSE(together.names("path-transparent-proxy"));
  }
}

TEST_CASE("another broker at the name's address may be the one that was meant") {
  phone laptop = client();
  dials(laptop, "broker.example", "93.184.216.99");
  laptop.answers(0x86, 0x86);
  places together;
  together.of("server.json", healthy_server()).of("laptop.json", laptop);
  CHECK(together.names("dns-stale-address"));
  CHECK(together.first() != "dns-stale-address");
}

TEST_CASE("a laptop in a network with the server's addresses looks for it in the wrong place") {
  phone server = healthy_server();
  phone laptop = client("mqtt", 1883, server_address, "93.184.216.77");
  laptop.last().connect = {connect_outcome::host_unreachable, "EHOSTUNREACH", 3000, {}, 2, ""};
  places known;
  known.of("server.json", server).of("laptop.json", laptop);
  CHECK(known.first() == "tcp-unreachable-host-down");
  CHECK(known.sureness() == certainty::likely);
  CHECK(in_english(known.found().causes[0].cause).find("same addresses") != std::string::npos);
}

TEST_CASE("a server that does not reach itself where others come in is well") {
  // A rule redirects the port for packets from outside.
  phone server = broker_machine();
  is_refused(server);
  server.all.host->listeners[0].port = 1884;
  phone laptop = client();
  laptop.accepts();
  places known;
  known.of("server.json", server).of("laptop.json", laptop);
  CHECK(known.found().is_healthy);
  CHECK(known.found().causes.empty());
  SUBCASE("unless one of them fails") {
    known.of("other.json", refused_laptop());
    CHECK_FALSE(known.found().is_healthy);
  }
  SUBCASE("or they come in by another port") {
    places other;
    phone elsewhere = client("mqtt", 1885);
    elsewhere.accepts();
    other.of("server.json", server).of("laptop.json", elsewhere);
    CHECK_FALSE(other.found().is_healthy);
  }
}

TEST_CASE("of a server that is never heard the way back may be broken as well") {
  phone laptop = silent_laptop();
  for (port_fact& port : laptop.at().reachability->ports)
    port.connect.outcome = connect_outcome::silent;
  places together;
  together.of("server.json", healthy_server()).of("laptop.json", laptop);
  CHECK(together.first() == "tcp-timeout-security-group");
  CHECK(together.sureness() == certainty::likely);
  CHECK(together.says("laptop.json", "did not answer"));
}

TEST_CASE("answers by IPv6 find no way out where there is no default route for it") {
  const std::string address = "2a03:b0c0:20::2";
  phone laptop = client("mqtt", 1883, address, "2a03:b0c0:7::2");
  laptop.all.local.interfaces[0].prefix = 64;
  stays_silent(laptop);
  const auto told = [&](bool has_route) {
    phone server = broker_machine("mqtt", 1883, "::");
    server.accepts();
    server.all.host->addresses.push_back(address);
    server.all.local.interfaces.push_back({"eth0", address, 64});
    server.all.host->firewall[0].family = ip_family::v6;
    server.all.local.has_v6_route = has_route;
    return places().of("server.json", server).of("laptop.json", laptop).first();
  };
  CHECK(told(false) == "path-no-route-back");
  CHECK(told(true) != "path-no-route-back");
}

TEST_CASE("a name that means another broker here than there is why nothing arrives") {
  phone server = healthy_server();
  dials(server, "broker.test", server_address);
  server.all.local.interfaces = {{"eth0", server_address, 24}};
  phone laptop = client("mqtt", 1883, "93.184.216.77");
  dials(laptop, "broker.test", "93.184.216.77");
  laptop.accepts();
  laptop.all.asked.symptom = symptom::nothing_arrives;
  places both;
  both.of("server.json", server).of("laptop.json", laptop);
  CHECK(both.first() == "delivery-two-brokers");
  CHECK(both.sureness() == certainty::likely);
  phone unheard = client("mqtt", 1883, "93.184.216.77");
  dials(unheard, "broker.test", "93.184.216.77");
  stays_silent(unheard);
  places silent;  // nobody answers there: an old address, and no second broker
  silent.of("server.json", server).of("laptop.json", unheard);
  CHECK_FALSE(silent.names("delivery-two-brokers"));
}

TEST_CASE("a server that others reach, and its own programs do not by localhost, is not well") {
  phone server = broker_machine("mqtt", 1883, server_address);
  is_refused(server);
  phone laptop = client();
  laptop.accepts();
  places together;
  together.of("server.json", server).of("laptop.json", laptop);
  CHECK_FALSE(together.found().is_healthy);
  CHECK(together.first() == "tcp-refused-loopback-listener");
  phone by_address = broker_machine("mqtt", 1883, server_address);
  dials(by_address, server_address, server_address).accepts();
  places both;
  both.of("server.json", by_address).of("laptop.json", laptop);
  CHECK(both.found().is_healthy);
  CHECK(both.found().warnings.empty());
}

}  // namespace mqttkit::doctor::test
