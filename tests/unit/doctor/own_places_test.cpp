// What one place knows of itself, and what one place proves for another.
#include "mqtt-doctor/probes/host/routes.hpp"
#include "unit/doctor/places.hpp"
#include "unit/doctor/recorded.hpp"

namespace mqttkit::doctor::test {
namespace {

phone unreachable_by(const std::string& driver, const std::string& name) {
  phone made = client("mqtt", 1883, "10.77.2.2", "10.77.1.2");
  interface_fact own;
  own.name = name;
  own.address = "10.77.2.1";
  own.prefix = 24;
  own.driver = driver;
  made.all.local.interfaces.push_back(own);
  icmp_fact icmp;
  icmp.type = 3;
  icmp.code = 1;
  icmp.from = "10.77.2.1";
  icmp.from_self = true;
  made.last().connect = {connect_outcome::host_unreachable, "EHOSTUNREACH", 1000, icmp, 0, ""};
  return made;
}

firewall_fact from_iptables_rules(const std::string& rules) {
  firewall_texts texts;
  texts.iptables = "*filter\n:INPUT ACCEPT [0:0]\n" + rules + "COMMIT\n";
  return judged(texts, 1883);
}

}  // namespace

TEST_CASE("an address in a network of one's own bridge is no machine that is off, and no Wi-Fi's") {
  const phone bridged = unreachable_by("bridge", "br-5f3a91c2d7e");
  CHECK(bridged.first() == "tcp-unreachable-host-down");
  CHECK(bridged.sureness() == certainty::likely);
  CHECK_FALSE(bridged.names("path-wifi-client-isolation"));
  CHECK(in_english(bridged.found().causes[0].cause).find("br-5f3a91c2d7e") != std::string::npos);
  const phone carded = unreachable_by("macvlan", "mv0");
  CHECK(in_english(carded.found().causes[0].cause).find("macvlan") != std::string::npos);
  CHECK(carded.sureness() == certainty::likely);
  const phone cabled = unreachable_by("e1000e", "eth1");
  CHECK(cabled.names("path-wifi-client-isolation"));
}

TEST_CASE("the longest route decides who refuses, and a rule comes before all routes") {
  const std::string routes =
      "default via 10.77.1.1 dev e0 \nprohibit 10.77.2.2 \n10.77.0.0/16 dev e1 \n"
      "blackhole 10.78.0.0/16 \n10.78.1.0/24 dev e1 \n";
  CHECK(refusing_route_in("", routes, "10.77.2.2") == "prohibit 10.77.2.2");
  CHECK(refusing_route_in("", routes, "10.77.2.3").empty());
  CHECK(refusing_route_in("", routes, "10.78.2.3") == "blackhole 10.78.0.0/16");
  CHECK(refusing_route_in("", routes, "10.78.1.3").empty());
  CHECK(refusing_route_in("0:\tfrom all lookup local\n90:\tfrom all to 10.79.0.1 prohibit\n",
                          routes, "10.79.0.1") == "90: from all to 10.79.0.1 prohibit");
  CHECK(refusing_route_in("90:\tfrom all to 10.79.0.1 fwmark 0x1 prohibit\n", routes, "10.79.0.1")
            .empty());
  CHECK(refusing_route_in("", "unreachable default dev lo metric 4294967295 error -101 \n",
                          "2001:db8::1")
            .empty());
}

TEST_CASE("a route of its own is named with the command that takes it away") {
  phone made = client("mqtt", 1883, "10.77.2.2", "10.77.1.2");
  made.last().connect = {connect_outcome::forbidden, "EACCES", 0.1, {}, 0, ""};
  made.all.local.refusing_route = "prohibit 10.77.2.2";
  CHECK(made.first() == "tcp-local-policy");
  CHECK(made.sureness() == certainty::certain);
  CHECK(made.found().causes[0].cures[0].command == "sudo ip route del prohibit 10.77.2.2");
  made.all.local.refusing_route = "90: from all to 10.77.2.2 prohibit";
  CHECK(made.found().causes[0].cures[0].command ==
        "sudo ip rule del priority 90 from all to 10.77.2.2 prohibit");
}

TEST_CASE("the own address of the device is never what was meant for the broker's") {
  phone made = client("mqtt", 1883, "10.77.2.2", "10.77.1.2");
  stays_silent(made);
  CHECK_FALSE(made.names("input-wrong-address"));
  phone other = client("mqtt", 1883, "10.77.2.2", "10.77.1.9");
  stays_silent(other);
  CHECK(other.names("input-wrong-address"));
}

TEST_CASE("a port that is silent beside others that refuse is filtered, and the machine is there") {
  phone made = client("mqtt", 1883, "10.77.2.2", "10.77.1.9");
  stays_silent(made);
  sees_port(made, 22).at().reachability->ports.back().connect.outcome = connect_outcome::refused;
  CHECK(made.first() == "tcp-timeout-security-group");
  CHECK(in_english(made.found().causes[0].cause).find("cloud") == std::string::npos);
  CHECK_FALSE(made.names("tcp-unreachable-host-down"));
}

TEST_CASE("a rule that looks into packets is noted where they reach it") {
  const std::string looks =
      "-A INPUT -p tcp -m tcp --dport 1883 -m string --string \"MQTT\" --algo bm --to 65535 -j "
      "DROP\n";
  const auto noted = from_iptables_rules(looks);
  CHECK(noted.verdict == firewall_verdict::accept);
  CHECK(noted.later_rule.find("-m string") != std::string::npos);
  CHECK(noted.later_chain == "filter INPUT");
  CHECK(from_iptables_rules("-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n" + looks)
            .later_rule.empty());
  CHECK(from_iptables_rules(
            "-A INPUT -p tcp -m tcp --dport 8080 -m string --string \"MQTT\" --algo bm "
            "-j DROP\n")
            .later_rule.empty());
}

TEST_CASE("a rule that goes by the time to live is left open, with its chain and what it does") {
  const auto fact =
      from_iptables_rules("-A INPUT -p tcp -m tcp --dport 1883 -m ttl --ttl-lt 64 -j DROP\n");
  CHECK(fact.verdict == firewall_verdict::unknown);
  CHECK(fact.refusal == firewall_verdict::drop);
  CHECK(fact.chain == "filter INPUT");
}

TEST_CASE("an open rule on the server comes before what may be on the way") {
  phone server = healthy_server();
  firewall_fact& wall = server.all.host->firewall[0];
  wall.verdict = firewall_verdict::unknown;
  wall.refusal = firewall_verdict::drop;
  wall.rule = "tcp dport 1883 ip ttl != 64 drop";
  wall.chain = "inet filter input";
  wall.tool = firewall_tool::nft;
  places together;
  together.of("server.json", server).of("laptop.json", silent_laptop());
  CHECK(together.first() == "tcp-timeout-host-firewall");
  CHECK(together.sureness() == certainty::likely);
  wall.refusal = firewall_verdict::reject_reset;
  places other;
  other.of("server.json", server).of("laptop.json", silent_laptop());
  CHECK(other.first() == "tcp-timeout-security-group");
}

TEST_CASE("localhost leads each machine to itself, and one file shows where the broker is") {
  phone there = healthy_server();
  phone here = client("mqtt", 1883, "127.0.0.1", "192.168.1.20");
  is_refused(here);
  places together;
  together.of("host.json", there).of("container.json", here);
  CHECK(together.first() == "input-loopback-address");
  CHECK(together.sureness() == certainty::certain);
  phone same = client("mqtt", 1883, "127.0.0.1", server_address);
  is_refused(same);
  places one;
  one.of("host.json", there).of("again.json", same);
  CHECK(in_english(one.found().causes[0].cause).find("host.json") == std::string::npos);
}

TEST_CASE("a redirection to another host on MQTT's port is a sign-in page, to itself it is none") {
  const auto sent_to = [](const std::string& page, int port = 1883) {
    phone made = client("mqtt", port, "10.77.2.2", "10.77.1.2");
    made.last().speaks = spoken_protocol::http;
    made.last().text = "HTTP/1.1 302 Found\\x0D\\x0ALocation: " + page;
    return made.names("path-captive-portal");
  };
  CHECK(sent_to("http://login.guest.test/?next=1"));
  CHECK_FALSE(sent_to("https://10.77.2.2/"));
  CHECK_FALSE(sent_to("/login"));
  CHECK_FALSE(sent_to("http://login.guest.test/", 8080));
}

}  // namespace mqttkit::doctor::test
