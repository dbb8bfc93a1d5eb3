// What the client's own machine, and the server's, do with packets on their way.
#include "unit/doctor/places.hpp"

namespace mqttkit::doctor::test {
namespace {

firewall_fact redirect(const std::string& to) {
  firewall_fact made;
  made.port = 1883;
  made.family = ip_family::v4;
  made.tool = firewall_tool::nft;
  made.verdict = firewall_verdict::accept;
  made.forwarded_to = to;
  made.rule = "meta l4proto tcp redirect to :9040";
  made.chain = "ip tor output";
  return made;
}

/// A server of the network 10.0.2.0/24, with mask bits of its own, and a laptop in 10.0.1.0/24.
struct routed {
  phone server = healthy_server();
  phone laptop = client("mqtt", 1883, "10.0.2.2", "10.0.1.2");

  explicit routed(int bits) {
    server.all.host->addresses = {"10.0.2.2"};
    server.all.local.interfaces = {{"eth0", "10.0.2.2", bits}};
    server.all.host->routes = {{"0.0.0.0/0", "eth0", "10.0.2.1"},
                               {bits == 24 ? "10.0.2.0/24" : "10.0.0.0/16", "eth0", ""}};
    stays_silent(laptop);
    laptop.last().connect.local_address = "10.0.1.2";
  }
  diagnosis found() const {
    places together;
    together.of("server.json", server).of("laptop.json", laptop);
    return together.found();
  }
};

}  // namespace

TEST_CASE("a rule that redirects this machine's own connections explains a refusal for certain") {
  phone made = refused_laptop();
  REQUIRE(made.first() == "tcp-refused-not-running");
  made.all.local.diverted = redirect("port 9040");
  CHECK(made.first() == "tcp-local-policy");
  CHECK(made.sureness() == certainty::certain);
  CHECK_FALSE(made.names("tcp-refused-loopback-listener"));
}

TEST_CASE("a rule that redirects this machine's connections is no fault where they come through") {
  phone made = client();
  made.accepts();
  made.all.local.diverted = redirect("port 9040");
  CHECK(made.first() == "healthy");
}

TEST_CASE("a refusal from afar proves nothing about the address that the broker listens on") {
  const phone made = refused_laptop();
  CHECK(made.first() == "tcp-refused-not-running");
  CHECK(made.sureness() == certainty::possible);
  CHECK(made.names("tcp-refused-loopback-listener"));
  CHECK(made.names("tcp-refused-by-firewall-reset"));
}

TEST_CASE("a router that does not answer is named, and the target behind it is not accused") {
  phone made = silent_laptop();
  made.last().connect.outcome = connect_outcome::host_unreachable;
  made.last().connect.icmp = icmp_fact{3, 1, "192.168.1.20", true, false, false};
  made.all.local.way_by = "wlan0";
  made.all.local.way_via = "192.168.1.1";
  made.all.local.lost_neighbours = {{"192.168.1.1", "wlan0"}};
  CHECK(made.first() == "tcp-client-offline");
  CHECK_FALSE(made.names("tcp-unreachable-host-down"));
}

TEST_CASE("a server's netmask that holds a client beyond a router keeps its answers from it") {
  routed wide(16);
  REQUIRE_FALSE(wide.found().causes.empty());
  // A router may answer for its clients.
  CHECK(wide.found().causes[0].id != "path-no-route-back");
  // The client's own mask may be the one that is wrong, or the client has just gone.
  wide.server.all.host->lost_neighbours = {{"10.0.1.2", "eth0"}};
  CHECK(wide.found().causes[0].id == "path-no-route-back");
  CHECK(wide.found().causes[0].how_sure == certainty::likely);
  const routed right(24);
  REQUIRE_FALSE(right.found().causes.empty());
  CHECK(right.found().causes[0].id != "path-no-route-back");
}

TEST_CASE("a server's dead gateway keeps its answers from who is behind it") {
  routed made(24);
  made.server.all.host->lost_neighbours = {{"10.0.2.1", "eth0"}};
  REQUIRE_FALSE(made.found().causes.empty());
  CHECK(made.found().causes[0].id == "path-no-route-back");
  CHECK(made.found().causes[0].how_sure == certainty::likely);
  made.server.all.host->lost_neighbours = {{"10.0.2.77", "eth0"}};
  CHECK(made.found().causes[0].id != "path-no-route-back");
}

TEST_CASE("a full table of connections drops new ones, and a half full one does not") {
  phone server = healthy_server();
  auto& settings = server.all.host->settings;
  settings["net.netfilter.nf_conntrack_max"] = 65536;
  settings["net.netfilter.nf_conntrack_count"] = 30000;
  CHECK(server.first() == "healthy");
  settings["net.netfilter.nf_conntrack_count"] = 65530;
  server.all.host->counters["conntrack.drop"] = 1200;  // since it was started, for whatever reason
  CHECK(server.first() == "healthy");
  CHECK(server.warns("tcp-timeout-host-firewall"));
  settings["net.netfilter.nf_conntrack_count"] = 65536;
  REQUIRE(server.first() == "tcp-timeout-host-firewall");
  CHECK(server.sureness() == certainty::certain);
}

TEST_CASE("answers that this machine's kernel drops are told by its counter") {
  phone made = silent_laptop();
  REQUIRE(made.first() != "tcp-local-policy");
  made.all.local.way_by = "wlan0";
  made.all.local.interfaces.push_back({"eth0", "192.0.2.9", 24});
  made.all.local.counted["TcpExt.IPReversePathFilter"] = 1;
  CHECK(made.first() != "tcp-local-policy");
  made.all.local.counted["TcpExt.IPReversePathFilter"] = 4;
  CHECK(made.first() == "tcp-local-policy");
  CHECK(made.sureness() == certainty::likely);
}

}  // namespace mqttkit::doctor::test
