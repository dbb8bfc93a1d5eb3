// The way out of the client's own network, tunnels, and what a proxy's own files say.
#include <algorithm>

#include "mqtt-doctor/causes/tunnels.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"
#include "support/temp_folder.hpp"
#include "unit/doctor/phone.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;
using mqttkit::doctor::test::scene;
using mqttkit::testing::temp_folder;

namespace {

phone dialled(const std::string& host, const std::string& address, connect_outcome outcome,
              int port = 1883) {
  phone made("mqtt", port, host);
  made.all.asked.typed = host;
  made.all.name.addresses = {address};
  made.all.name.is_literal = host == address;
  if (host == address) made.all.name.canonical = address;
  made.last().address = address;
  made.all.local.interfaces = {{"wlan0", "192.168.1.50", 24}};
  made.all.local.has_v4_route = true;
  made.last().connect = {outcome, "E", 3, {}, 2, ""};
  return made;
}

std::string said(const phone& made) {
  const diagnosis found = made.found();
  return found.causes.empty() ? std::string() : in_english(found.causes.front().cause);
}

set_proxy_fact company(int status) {
  set_proxy_fact made;
  made.variable = "https_proxy";
  made.address = "http://proxy.test:3128";
  made.status = status;
  return made;
}

/// nginx's file as it is read.
std::vector<proxy_fact> nginx(const std::string& text) {
  temp_folder there;
  there.write("nginx.conf", text);
  return read_nginx(machine_files(there.path().string()), "/nginx.conf");
}

}  // namespace

TEST_CASE("where the environment names a proxy, silence is the network's own") {
  phone silent = dialled("mqtt.shop.net", "52.28.12.9", connect_outcome::silent);
  CHECK_FALSE(silent.first() == "tcp-egress-blocked");
  silent.all.local.proxies = {company(403)};
  CHECK(silent.first() == "tcp-egress-blocked");
  CHECK(silent.sureness() == certainty::possible);
  silent.all.local.proxies = {company(200)};
  CHECK(silent.sureness() == certainty::likely);
  // The broker's own machine refuses: the packets came out and back.
  phone refused = dialled("mqtt.shop.net", "52.28.12.9", connect_outcome::refused);
  refused.all.local.proxies = {company(200)};
  CHECK_FALSE(refused.names("tcp-egress-blocked"));
  // In the own network no proxy is asked.
  phone near = dialled("192.168.1.9", "192.168.1.9", connect_outcome::silent);
  near.all.local.proxies = {company(200)};
  CHECK(near.first() != "tcp-egress-blocked");
}

TEST_CASE("a tunnel's end that refuses has no tunnel, and no broker of its own") {
  for (const char* host : {"0.tcp.eu.ngrok.io", "roundhouse.proxy.rlwy.net", "bore.pub",
                           "1.tcp.cpolar.cn", "server.natappfree.cc"}) {
    CAPTURE(host);
    phone made = dialled(host, "3.126.37.18", connect_outcome::refused, 14523);
    CHECK(made.first() == "tcp-refused-not-running");
    CHECK(said(made).find("tunnel") != std::string::npos);
    CHECK_FALSE(made.names("tcp-refused-loopback-listener"));
  }
  CHECK(tunnel_of("mqtt.ngrok.io") == nullptr);
  CHECK(tunnel_of("tcp.example.com") == nullptr);
}

TEST_CASE("an address of IPv6 alone may meet a broker that listens on IPv4") {
  phone made = dialled("2a02:810d::5", "2a02:810d::5", connect_outcome::refused);
  CHECK(made.first() == "tcp-ipv6-listener-missing");
  CHECK(made.sureness() == certainty::possible);
  phone both = dialled("broker.test", "2a02:810d::5", connect_outcome::refused);
  both.all.name.addresses.push_back("93.184.216.5");
  CHECK(both.first() != "tcp-ipv6-listener-missing");
}

TEST_CASE("a network without IPv6 is told by name and by address") {
  phone named = dialled("home.test", "2a02:810d::5", connect_outcome::net_unreachable);
  CHECK(named.first() == "dns-no-address-for-family");
  phone typed = dialled("2a02:810d::5", "2a02:810d::5", connect_outcome::net_unreachable);
  CHECK(typed.first() == "tcp-unreachable-no-route");
  typed.all.local.has_v6_route = true;
  CHECK(typed.first() != "tcp-unreachable-no-route");
}

TEST_CASE("a device without an IPv4 address is told as that, and the network only as one reason") {
  phone near = dialled("10.0.2.2", "10.0.2.2", connect_outcome::net_unreachable);
  near.all.local.has_v6_route = true;
  near.all.local.has_v4_route = false;
  near.all.local.interfaces = {{"wlan0", "2a02:810d::5", 64}};
  CHECK(near.first() == "tcp-ipv6-only-client");
  CHECK(said(near).find("(DHCP)") != std::string::npos);
  CHECK(said(near).find("mobile carriers") == std::string::npos);
  phone far = dialled("93.184.216.5", "93.184.216.5", connect_outcome::net_unreachable);
  far.all.local = near.all.local;
  CHECK(far.first() == "tcp-ipv6-only-client");
  CHECK(said(far).find("mobile carriers") != std::string::npos);
}

TEST_CASE("an address that is sought on the wrong link of this device is no machine that is off") {
  phone made = dialled("10.77.2.2", "10.77.2.2", connect_outcome::host_unreachable);
  made.last().connect.ms = 3000;
  made.last().connect.icmp = icmp_fact{3, 1, "10.77.1.1", true, false, false};
  made.all.local.interfaces = {{"e0", "10.77.1.2", 24}, {"ap0", "10.77.1.1", 24}};
  made.all.local.has_v4_route = true;
  made.all.local.way_by = "ap0";
  CHECK(made.first() == "tcp-client-offline");
  CHECK(made.sureness() == certainty::likely);
  CHECK(said(made).find("e0") != std::string::npos);
  CHECK_FALSE(made.names("tcp-unreachable-host-down"));
  made.all.local.interfaces = {{"ap0", "10.77.1.1", 24}};
  CHECK(made.first() == "tcp-client-offline");
  CHECK(said(made).find("no gateway") != std::string::npos);
  // A neighbour that is looked for in vain is off.
  made.all.local.interfaces = {{"ap0", "10.77.2.1", 24}};
  CHECK_FALSE(made.names("tcp-client-offline"));
}

TEST_CASE("the router's address is seldom the broker's") {
  phone made = dialled("192.168.1.1", "192.168.1.1", connect_outcome::refused);
  CHECK(made.first() == "input-wrong-address");
  CHECK(made.sureness() == certainty::possible);
  phone other = dialled("192.168.1.7", "192.168.1.7", connect_outcome::refused);
  CHECK_FALSE(other.names("input-wrong-address"));
  other.all.local.v4_gateway = "192.168.1.7";
  CHECK(other.first() == "input-wrong-address");
}

TEST_CASE("a port behind the path was not dialled") {
  phone made = dialled("192.168.0.1", "192.168.0.9", connect_outcome::refused);
  made.all.asked.typed = "mqtt://192.168.0.9/blah/blah:2888";
  CHECK(made.first() == "input-port-in-host");
  made.all.asked.typed = "mqtt://192.168.0.9:1883/blah:2888";
  CHECK_FALSE(made.names("input-port-in-host"));
  made.all.asked.typed = "mqtt://192.168.0.9/a:b";
  CHECK_FALSE(made.names("input-port-in-host"));
}

TEST_CASE("each location of nginx has its own way, headers and patience") {
  const auto read = nginx(
      "http {\n upstream mq { server 127.0.0.1:9002; server 127.0.0.1:9003; }\n"
      " proxy_read_timeout 1h 30m;\n server {\n  listen 8083;\n"
      "  proxy_set_header Upgrade $http_upgrade;\n  proxy_set_header Connection $up;\n"
      "  location / { root /var/www; }\n"
      "  location /mqtt { proxy_pass http://mq/; }\n"
      "  location /ws { proxy_set_header Host $host; proxy_read_timeout 45; proxy_pass "
      "http://127.0.0.1:9001; }\n }\n}\n"
      "stream { server { listen 8883 ssl; ssl_preread on; proxy_pass $to; } }\n");
  REQUIRE(read.size() == 4);
  CHECK(read[0].path == "/");
  CHECK(read[0].target.empty());
  CHECK(read[1].target == "http://127.0.0.1:9002");
  CHECK(read[1].passes_upgrade);
  CHECK(read[1].silence_s == 5400);
  CHECK(read[2].path == "/ws");
  CHECK_FALSE(read[2].passes_upgrade);  // one header of its own, and the others are gone
  CHECK(read[2].silence_s == 45);
  CHECK(read[2].path_line == 10);
  CHECK(read[3].reads_name);
  CHECK(read[3].silence_s == 600);
}

TEST_CASE("haproxy hangs up by its tunnel's time, or else by the shorter of two") {
  const auto by = [](const std::string& lines) {
    const auto read = read_haproxy("f", "defaults\n mode tcp\n timeout client 50s\n" + lines +
                                            "listen l\n bind :1883\n server s 127.0.0.1:1884\n");
    return read.size() == 1 ? read[0].silence_s : -1;
  };
  CHECK(by("") == 50);
  CHECK(by(" timeout server 30000\n") == 30);
  CHECK(by(" timeout server 2h\n timeout tunnel 1d\n") == 86400);
}

TEST_CASE("socat's target stands on its command line") {
  listener_fact listener;
  listener.port = 1883;
  listener.command = "socat TCP-LISTEN:1883,fork,reuseaddr OPENSSL:10.0.0.5:8883,verify=0";
  const auto read = read_socat(listener);
  REQUIRE(read.size() == 1);
  CHECK(read[0].target == "10.0.0.5:8883");
  CHECK(read[0].sends_tls);
  listener.command = "socat TCP-LISTEN:1883,fork EXEC:/bin/cat";
  CHECK(read_socat(listener).empty());
}

TEST_CASE("a proxy that leads to nobody is told where the broker listens") {
  scene s;
  s.closes().listens("0.0.0.0", "nginx", 900).listens("0.0.0.0", "mosquitto", 812, 1884);
  s.runs();
  s.configured(true, 1884);
  proxy_fact proxy;
  proxy.program = proxy_program::nginx;
  proxy.port = 1883;
  proxy.file = "/etc/nginx/nginx.conf";
  proxy.mode = proxy_mode::tcp;
  proxy.target = "127.0.0.1:1844";
  s.host().proxies.push_back(proxy);
  CHECK(s.first() == "proxy-backend-down");
  const auto found = s.found();
  REQUIRE(!found.empty());
  const auto& seen = found[0].evidence;
  CHECK(std::any_of(seen.begin(), seen.end(), [](const sentence& each) {
    return in_english(each).find("1884") != std::string::npos;
  }));
  // On another machine only a connection from here can tell.
  s.host().proxies[0].target = "10.9.9.9:1883";
  CHECK(s.first() != "proxy-backend-down");
  s.host().proxies[0].target_answer = forward_outcome::refused;
  CHECK(s.first() == "proxy-backend-down");
}

TEST_CASE("a proxy as patient as the usual keep alive is warned of, a patient one is not") {
  scene s;
  s.works().listens("0.0.0.0", "haproxy", 900);
  proxy_fact proxy;
  proxy.program = proxy_program::haproxy;
  proxy.port = 1883;
  proxy.mode = proxy_mode::tcp;
  proxy.target = "127.0.0.1:1884";
  proxy.silence_s = 50;
  proxy.silence_said = "timeout client 50s";
  s.host().proxies.push_back(proxy);
  CHECK(s.first() == "proxy-idle-timeout");
  s.host().proxies[0].silence_s = 3600;
  CHECK(s.first() != "proxy-idle-timeout");
}

TEST_CASE("the port of a tunnel's program leads somewhere else") {
  scene s;
  s.closes().listens("0.0.0.0", "ssh", 900);
  CHECK(s.first() == "proxy-backend-down");
  scene other;
  other.closes().listens("0.0.0.0", "cupsd", 900);
  CHECK(other.first() == "mqtt-not-a-broker");
}
