// Who is let in by the lists of proxies, TCP wrappers and systemd, as their files write them.
#include "mqtt-doctor/probes/host/access_rules.hpp"

#include <filesystem>

#include "mqtt-doctor/causes/access_view.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"
#include "mqtt-doctor/probes/host/traefik.hpp"
#include "support/temp_folder.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::scene;
using mqttkit::testing::temp_folder;

namespace {

using rules = std::vector<access_rule_fact>;

asking_client from(const std::string& address) {
  asking_client out;
  out.address = address;
  return out;
}

asking_client named(const std::string& identifier) {
  asking_client out = from("10.77.1.2");
  out.identifier = identifier;
  return out;
}

bool is_turned_away(const rules& all, const asking_client& who) {
  return refusal_of(all, who) != nullptr;
}

/// The rules of the first location or server in a file.
rules of_nginx(const std::string& text) {
  temp_folder there;
  there.write("nginx.conf", text);
  return read_nginx(machine_files(there.path().string()), "/nginx.conf").at(0).access;
}

rules of_haproxy(const std::string& lines) {
  return read_haproxy("f",
                      "listen l\n mode tcp\n bind :1883\n" + lines + " server s 127.0.0.1:1884\n")
      .at(0)
      .access;
}

rules of_caddy(const std::string& lines) {
  temp_folder there;
  there.write("Caddyfile", "http://:80 {\n" + lines + "\n}\n");
  return read_caddy(machine_files(there.path().string()), "/Caddyfile").at(0).access;
}

rules of_apache(const std::string& lines) {
  temp_folder there;
  there.write("apache2.conf", "Listen 80\n<VirtualHost *:80>\n" + lines +
                                  "\nProxyPass /mqtt ws://127.0.0.1:9001/\n</VirtualHost>\n");
  return read_apache(machine_files(there.path().string()), "/apache2.conf").at(0).access;
}

}  // namespace

TEST_CASE("a network is read in each of its spellings, and a name is none") {
  CHECK(network_of("10.0.0.0/99").empty());
  CHECK(network_of("fd00::/99") == "fd00::/99");
  CHECK(network_of("10.77.1.0/255.255.255.0") == "10.77.1.0/24");
  CHECK(network_of("10.77.1.") == "10.77.1.0/24");
  CHECK(network_of("10.") == "10.0.0.0/8");
  CHECK(network_of("[fd77::]/16") == "fd77::/16");
  CHECK(network_of("10.77.1.2") == "10.77.1.2");
  for (const char* none :
       {"phone.lan", "10.77.1.0/255.0.255.0", "10.77.1.0/x", "", "/8", "1.2.3.4.5."})
    CHECK(network_of(none).empty());
}

TEST_CASE("nginx's innermost list decides, and in it the first line that fits") {
  const std::string inner =
      "stream { deny all; server { listen 1883; allow 10.77.1.2; deny 10.77.1.0/24; "
      "proxy_pass 127.0.0.1:1884; } }";
  CHECK_FALSE(is_turned_away(of_nginx(inner), from("10.77.1.2")));
  CHECK(is_turned_away(of_nginx(inner), from("10.77.1.3")));
  CHECK_FALSE(is_turned_away(of_nginx(inner), from("192.0.2.1")));
  const std::string outer =
      "stream { allow 10.77.1.0/24;\ndeny all; server { listen 1883; proxy_pass 127.0.0.1:1884; } "
      "}";
  CHECK(is_turned_away(of_nginx(outer), from("192.0.2.1")));
  CHECK(refusal_of(of_nginx(outer), from("192.0.2.1"))->line == 2);
  const std::string either =
      "http { server { listen 80; location /mqtt { satisfy any; deny all; auth_basic x; proxy_pass "
      "http://127.0.0.1:9001; } } }";
  CHECK_FALSE(is_turned_away(of_nginx(either), from("192.0.2.1")));
}

TEST_CASE("of a geo of nginx the longest network decides") {
  const std::string text =
      "http { geo $bad { default 0; 10.77.0.0/16 1; 10.77.1.0/24 0; } server { listen 80; if "
      "($bad) "
      "{ return 403; } location / { proxy_pass http://127.0.0.1:9001; } } }";
  CHECK(is_turned_away(of_nginx(text), from("10.77.2.1")));
  CHECK_FALSE(is_turned_away(of_nginx(text), from("10.77.1.1")));
  CHECK_FALSE(is_turned_away(of_nginx(text), from("192.0.2.1")));
}

TEST_CASE("a geo of nginx whose addresses are not all understood turns nobody away") {
  for (const std::string words :
       {"proxy 10.0.0.1; 192.0.2.0/24 0;", "ranges; 192.0.2.0-192.0.2.255 0;", "delete 10.0.0.0/8;",
        "include nowhere.conf;", "include \"nowhere.conf\"; 10.0.0.0/8 0;"}) {
    CAPTURE(words);
    CHECK_FALSE(is_turned_away(
        of_nginx("http { geo $bad { default 1; " + words +
                 " } server { listen 80; if ($bad) { return 403; } location / { proxy_pass "
                 "http://127.0.0.1:9001; } } }"),
        from("192.0.2.1")));
  }
}

TEST_CASE("what nginx includes is read wherever it is included, and what cannot be is left open") {
  temp_folder there;
  there.write("home.conf", "allow 10.77.1.0/24;\n");
  const auto rules_of_last = [&](const std::string& text) {
    there.write("nginx.conf", text);
    return read_nginx(machine_files(there.path().string()), "/nginx.conf").back().access;
  };
  const std::string twice =
      "stream { server { listen 1884; include home.conf; deny all; proxy_pass 127.0.0.1:1885; } "
      "server { listen 1883; include home.conf; deny all; proxy_pass 127.0.0.1:1885; } }";
  CHECK_FALSE(is_turned_away(rules_of_last(twice), from("10.77.1.2")));
  CHECK(is_turned_away(rules_of_last(twice), from("192.0.2.1")));
  const std::string unread =
      "stream { server { listen 1883; include office.conf; deny all; proxy_pass 127.0.0.1:1885; } "
      "}";
  CHECK_FALSE(is_turned_away(rules_of_last(unread), from("192.0.2.1")));
  const std::string endless =
      "stream { include nginx.conf; server { listen 1883; deny all; proxy_pass 127.0.0.1:1885; } }";
  CHECK(is_turned_away(rules_of_last(endless), from("192.0.2.1")));
}

TEST_CASE("haproxy's conditions are read with acl, if, unless, not and or") {
  const rules list = of_haproxy(
      " acl home src 10.77.1.0/24\n acl home src 10.77.2.0/24\n"
      " tcp-request connection reject if !home\n");
  CHECK_FALSE(is_turned_away(list, from("10.77.2.9")));
  CHECK(is_turned_away(list, from("192.0.2.1")));
  const rules either =
      of_haproxy(" tcp-request connection reject unless { src 10.77.1.2 } or { src 10.77.1.3 }\n");
  CHECK_FALSE(is_turned_away(either, from("10.77.1.3")));
  CHECK(is_turned_away(either, from("10.77.1.4")));
  const rules before = of_haproxy(
      " tcp-request connection accept if { src 10.77.1.2 }\n"
      " tcp-request connection reject if { src 10.77.1.0/24 }\n");
  CHECK_FALSE(is_turned_away(before, from("10.77.1.2")));
  CHECK(is_turned_away(before, from("10.77.1.3")));
}

TEST_CASE("what haproxy looks at and the doctor does not understand turns nobody away for sure") {
  CHECK_FALSE(is_turned_away(
      of_haproxy(" tcp-request connection reject if { src_conn_rate gt 3 }\n"), from("10.77.1.2")));
  CHECK_FALSE(is_turned_away(of_haproxy(" tcp-request content accept if { req.ssl_sni a }\n"
                                        " tcp-request content reject\n"),
                             from("10.77.1.2")));
  // The file cannot be read here: who is in it is not known.
  CHECK_FALSE(is_turned_away(of_haproxy(" tcp-request connection reject unless { src -f /x }\n"),
                             from("10.77.1.2")));
  CHECK_FALSE(
      is_turned_away(of_haproxy(" tcp-request connection reject if FALSE\n"), from("10.77.1.2")));
}

TEST_CASE("haproxy's conditions on CONNECT are those of who connects") {
  const std::string id = "req.payload(0,0),mqtt_field_value(connect,client_identifier)";
  const rules begins =
      of_haproxy(" tcp-request content reject unless { " + id + " -m beg shop- }\n");
  CHECK_FALSE(is_turned_away(begins, named("shop-1")));
  CHECK(is_turned_away(begins, named("app-1")));
  CHECK_FALSE(is_turned_away(begins, from("10.77.1.2")));  // its identifier is not known
  const rules one = of_haproxy(" tcp-request content reject if { " + id + " lamp-9 }\n");
  CHECK(is_turned_away(one, named("lamp-9")));
  CHECK_FALSE(is_turned_away(one, named("lamp-8")));
  const rules expression =
      of_haproxy(" tcp-request content reject unless { " + id + " -m reg ^shop }\n");
  CHECK_FALSE(is_turned_away(expression, named("app-1")));
  asking_client hidden = named("shop-1");
  hidden.is_readable = false;  // by TLS
  CHECK(is_turned_away(begins, hidden));
  CHECK(is_turned_away(
      of_haproxy(" tcp-request content reject unless { req.payload(0,0),mqtt_is_valid }\n"),
      hidden));
}

TEST_CASE("what haproxy compares with a password or a header is kept out of the facts") {
  const rules all = of_haproxy(
      " tcp-request content reject unless { req.payload(0,0),mqtt_field_value(connect,password) "
      "-m str hunter2 }\n");
  REQUIRE(all.size() == 1);
  CHECK(all[0].text.find("hunter2") == std::string::npos);
  REQUIRE(all[0].conditions.size() == 1);
  CHECK(all[0].conditions[0].values.empty());
}

TEST_CASE("Caddy turns away by a matcher, and lets in by one alone") {
  const rules away = of_caddy(
      "@far not remote_ip 10.77.1.0/24 127.0.0.1\nrespond @far 403\n"
      "reverse_proxy /mqtt 127.0.0.1:9001");
  CHECK(is_turned_away(away, from("192.0.2.1")));
  CHECK_FALSE(is_turned_away(away, from("10.77.1.9")));
  const rules inside = of_caddy(
      "@home remote_ip private_ranges\nhandle @home {\n"
      "reverse_proxy 127.0.0.1:9001\n}");
  CHECK(is_turned_away(inside, from("192.0.2.1")));
  CHECK_FALSE(is_turned_away(inside, from("192.168.4.5")));
  CHECK(of_caddy("reverse_proxy 127.0.0.1:9001").empty());
}

TEST_CASE("Apache's Require lines let in whom one of them names") {
  const rules all = of_apache("<Location /mqtt>\nRequire ip 10.77.1\nRequire local\n</Location>");
  CHECK_FALSE(is_turned_away(all, from("10.77.1.9")));
  CHECK_FALSE(is_turned_away(all, from("127.0.0.1")));
  CHECK(is_turned_away(all, from("192.0.2.1")));
  const rules user =
      of_apache("<Location /mqtt>\nRequire ip 10.77.1\nRequire valid-user\n</Location>");
  CHECK_FALSE(is_turned_away(user, from("192.0.2.1")));
  CHECK(is_turned_away(of_apache("<Proxy *>\nRequire all denied\n</Proxy>"), from("10.77.1.9")));
  const rules but = of_apache(
      "<Location />\n<RequireAll>\nRequire all granted\nRequire not ip "
      "10.77.1.9\n</RequireAll>\n</Location>");
  CHECK(is_turned_away(but, from("10.77.1.9")));
  CHECK_FALSE(is_turned_away(but, from("10.77.1.8")));
}

TEST_CASE("Traefik's middleware lets the addresses of its list in") {
  host_facts host;
  container_fact container;
  container.name = "broker";
  read_traefik_labels(
      machine_files(""), container,
      {{"traefik.enable", "true"},
       {"traefik.tcp.routers.mqtt.rule", "HostSNI(`*`)"},
       {"traefik.tcp.routers.mqtt.middlewares", "home@docker"},
       {"traefik.tcp.middlewares.home.ipallowlist.sourcerange", "10.77.1.0/24, ::1"}},
      host);
  REQUIRE(host.routers.size() == 1);
  CHECK_FALSE(is_turned_away(host.routers[0].access, from("10.77.1.2")));
  CHECK(is_turned_away(host.routers[0].access, from("192.0.2.1")));
}

TEST_CASE("TCP wrappers ask hosts.allow first, and each line with its exceptions") {
  temp_folder there;
  const machine_files files(there.path().string());
  const auto write = [&](const std::string& allow, const std::string& deny) {
    std::filesystem::create_directories(there.path() / "etc");
    there.write("etc/hosts.allow", allow);
    there.write("etc/hosts.deny", deny);
  };
  write("mosquitto: 10.77.1.2\n", "# all others\nALL: ALL\n");
  CHECK_FALSE(is_turned_away(wrappers_of(files, "mosquitto"), from("10.77.1.2")));
  CHECK(is_turned_away(wrappers_of(files, "mosquitto"), from("10.77.1.3")));
  CHECK(refusal_of(wrappers_of(files, "mosquitto"), from("10.77.1.3"))->line == 2);
  write("", "ALL EXCEPT sshd: 10.77.1. EXCEPT 10.77.1.9\n");
  CHECK(is_turned_away(wrappers_of(files, "mqtts"), from("10.77.1.3")));
  CHECK_FALSE(is_turned_away(wrappers_of(files, "mqtts"), from("10.77.1.9")));
  CHECK(wrappers_of(files, "sshd").empty());
  write("mqtts: phone.lan\n", "ALL: ALL\n");  // who that is, only a name server tells
  CHECK_FALSE(is_turned_away(wrappers_of(files, "mqtts"), from("10.77.1.3")));
  write("mosquitto: 10.77.1.3: DENY\n", "");
  CHECK(is_turned_away(wrappers_of(files, "mosquitto"), from("10.77.1.3")));
}

TEST_CASE("systemd lets in what is allowed, and of the rest what is not denied") {
  temp_folder there;
  const std::string drop_ins = "etc/systemd/system/mosquitto.service.d";
  for (const std::string& folder : {std::string("lib/systemd/system"), drop_ins})
    std::filesystem::create_directories(there.path() / folder);
  there.write("lib/systemd/system/mosquitto.service", "[Service]\nExecStart=/usr/sbin/mosquitto\n");
  there.write(drop_ins + "/hard.conf",
              "[Service]\nIPAddressDeny=any\nIPAddressAllow=localhost 10.77.1.0/24\n");
  const machine_files files(there.path().string());
  const rules all = unit_rules(files, "mosquitto.service");
  CHECK_FALSE(is_turned_away(all, from("127.0.0.1")));
  CHECK_FALSE(is_turned_away(all, from("10.77.1.2")));
  CHECK(is_turned_away(all, from("192.0.2.1")));
  there.write(drop_ins + "/soft.conf", "[Service]\nIPAddressDeny=\n");
  CHECK(unit_rules(files, "mosquitto.service").empty());
}

TEST_CASE("a list that lets few in is told on the server, and one that keeps some out is not") {
  const auto all_of = [](const std::string& text) {
    const rules all = of_nginx(text);
    const access_rule_fact* by = nullptr;
    const auto found = only_addresses(all, &by);
    return std::pair(found, by != nullptr);
  };
  const std::string tail = "proxy_pass 127.0.0.1:1884; } }";
  const auto few = all_of("stream { server { listen 1883; allow 10.77.9.0/24; deny all; " + tail);
  CHECK(few.second);
  CHECK(few.first == std::vector<std::string>{"10.77.9.0/24"});
  CHECK_FALSE(
      all_of("stream { server { listen 1883; deny 10.77.9.0/24; allow all; " + tail).second);
  CHECK_FALSE(all_of("stream { server { listen 1883; deny 10.77.9.0/24; " + tail).second);
}

TEST_CASE("what a proxy's file says is less sure when it changed after the proxy had read it") {
  scene s("mqtt");
  s.closes().listens("0.0.0.0", "nginx", 900);
  proxy_fact proxy;
  proxy.program = proxy_program::nginx;
  proxy.port = 1883;
  proxy.pid = 900;
  proxy.file = "/etc/nginx/nginx.conf";
  proxy.mode = proxy_mode::tcp;
  proxy.target = "127.0.0.1:1884";
  s.host().proxies.push_back(proxy);
  const diagnosis read = diagnose(s.all);
  REQUIRE_FALSE(read.causes.empty());
  CHECK(read.causes[0].how_sure == certainty::certain);
  s.host().proxies[0].changed_file = proxy.file;
  s.host().proxies[0].changed = s.host().proxies[0].started = "2026-01-01T00:00:00Z";
  const diagnosis unread = diagnose(s.all);
  REQUIRE_FALSE(unread.causes.empty());
  CHECK(unread.causes[0].id == "proxy-backend-down");
  CHECK(unread.causes[0].how_sure == certainty::likely);
}

TEST_CASE("files of a proxy that go on without end take little, and say what they say") {
  std::string deep = "stream { server { listen 1883; allow 10.77.1.0/24; deny all;";
  for (int i = 0; i < 100'000; ++i) deep += " if {";
  deep += " allow all;";
  for (int i = 0; i < 100'000; ++i) deep += "}";
  deep += " proxy_pass 127.0.0.1:1884; } }\n";
  const rules list = of_nginx(deep);
  CHECK(is_turned_away(list, from("192.0.2.1")));
  CHECK_FALSE(is_turned_away(list, from("10.77.1.2")));

  temp_folder there;
  std::string addresses;
  for (int i = 0; i < 60'000; ++i) addresses += "10.77.1.2\n";
  there.write("many", addresses);
  there.write("few", "10.77.1.2\n");
  const machine_files files(there.path().string());
  const auto of = [&](const std::string& lines) {
    return read_haproxy("f", "listen l\n bind :1883\n" + lines + " server s 127.0.0.1:1884\n",
                        &files)
        .at(0)
        .access;
  };
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += " acl a" + std::to_string(i) + " src -f /many\n";
  // Of a list that goes on further nobody is known to be kept out.
  CHECK_FALSE(
      is_turned_away(of(many + " tcp-request connection reject if !a1\n"), from("192.0.2.1")));
  CHECK(is_turned_away(of(" tcp-request connection reject unless { src -f /few }\n"),
                       from("192.0.2.1")));
  std::string terms = " tcp-request connection reject if";
  for (int i = 0; i < 100'000; ++i) terms += " TRUE { src 10.77.1.2 }";
  CHECK_FALSE(is_turned_away(of(terms + "\n"), from("10.77.1.2")));
}

TEST_CASE("a rule about requests of HTTP is one of haproxy's mode http alone") {
  CHECK_FALSE(is_turned_away(of_haproxy(" http-request deny\n"), from("10.77.1.2")));
  CHECK(is_turned_away(of_haproxy(" http-request deny\n mode http\n"), from("10.77.1.2")));
}

TEST_CASE("a middleware of another of Traefik's providers is none of this file's") {
  for (const bool is_own : {true, false}) {
    host_facts host;
    container_fact container;
    container.name = "broker";
    read_traefik_labels(machine_files(""), container,
                        {{"traefik.enable", "true"},
                         {"traefik.tcp.routers.mqtt.rule", "HostSNI(`*`)"},
                         {"traefik.tcp.routers.mqtt.middlewares", is_own ? "home" : "home@file"},
                         {"traefik.tcp.middlewares.home.ipallowlist.sourcerange", "10.77.1.0/24"}},
                        host);
    REQUIRE(host.routers.size() == 1);
    CHECK(is_turned_away(host.routers[0].access, from("192.0.2.1")) == is_own);
  }
}

TEST_CASE("of more conditions of haproxy than are kept nobody is turned away for sure") {
  std::string acl;
  for (int i = 0; i < 20; ++i) acl += " acl home src 10.77." + std::to_string(i) + ".0/24\n";
  const rules list = of_haproxy(acl + " tcp-request connection reject if !home\n");
  CHECK_FALSE(is_turned_away(list, from("10.77.19.1")));
  std::string either;
  for (int i = 0; i < 20; ++i)
    either += (i == 0 ? "" : " or ") + std::string("{ src 10.77.") + std::to_string(i) + ".0/24 }";
  CHECK_FALSE(is_turned_away(of_haproxy(" tcp-request connection accept if " + either +
                                        "\n tcp-request connection reject\n"),
                             from("10.77.19.1")));
}

TEST_CASE("of several backends of haproxy none's rules are for every client") {
  const std::string front = "frontend f\n bind :1883\n default_backend b\n";
  const std::string backs =
      "backend a\n server s 127.0.0.1:1884\nbackend b\n tcp-request content reject if { src "
      "10.77.1.2 }\n server s 127.0.0.1:1885\n";
  CHECK(is_turned_away(read_haproxy("f", front + backs).at(0).access, from("10.77.1.2")));
  CHECK(read_haproxy("f", front + " use_backend a if { src 10.77.1.2 }\n" + backs)
            .at(0)
            .access.empty());
}

TEST_CASE("Caddy asks a handle before what turns away beside it, and a route in its order") {
  const std::string away = "@far not remote_ip 10.77.1.0/24\n";
  const std::string proxy = "reverse_proxy 127.0.0.1:9001\n";
  CHECK(of_caddy(away + "abort @far\nhandle {\n" + proxy + "}").empty());
  CHECK(is_turned_away(of_caddy(away + "handle {\nabort @far\n" + proxy + "}"), from("192.0.2.1")));
  CHECK(is_turned_away(of_caddy(away + "route {\nabort @far\n" + proxy + "}"), from("192.0.2.1")));
  CHECK(of_caddy(away + "route {\n" + proxy + "abort @far\n}").empty());
}

TEST_CASE("a matcher of Caddy that is not understood turns nobody away") {
  const std::string tail = "\nabort @x\nreverse_proxy 127.0.0.1:9001";
  CHECK(of_caddy("@x {\nremote_ip 10.77.1.0/24\nnot {\npath /a\n}\n}" + tail).empty());
  CHECK(of_caddy("@x {\nremote_ip 10.77.1.0/24\nheader User-Agent bad\n}" + tail).empty());
  CHECK(of_caddy("@x remote_ip forwarded 10.77.1.0/24" + tail).empty());
  const rules either = of_caddy(
      "@home {\nremote_ip 10.77.1.0/24\nremote_ip 10.77.2.0/24\n}\nhandle @home {\n"
      "reverse_proxy 127.0.0.1:9001\n}");
  CHECK_FALSE(is_turned_away(either, from("10.77.2.9")));
  CHECK(is_turned_away(either, from("10.77.3.9")));
}

TEST_CASE("Apache's sections around Require change what it says") {
  const auto at = [](const std::string& lines) {
    return of_apache("<Location /mqtt>\n" + lines + "\n</Location>");
  };
  CHECK_FALSE(is_turned_away(at("<RequireNone>\nRequire ip 10.77.1\n</RequireNone>\nRequire ip "
                                "10.78"),
                             from("192.0.2.1")));
  CHECK_FALSE(is_turned_away(at("<LimitExcept GET>\nRequire ip 10.77.1\n</LimitExcept>"),
                             from("192.0.2.1")));
  const rules both = at("<RequireAll>\nRequire ip 10.77\nRequire ip 10.77.1\n</RequireAll>");
  CHECK_FALSE(is_turned_away(both, from("10.77.1.2")));
  CHECK(is_turned_away(both, from("10.77.2.2")));
  CHECK(of_apache("<Proxy http://127.0.0.1:8080/>\nRequire all denied\n</Proxy>").empty());
}

TEST_CASE("a geo of nginx may say nothing for those that it lets in") {
  const std::string text =
      "http { geo $bad { default 1; 10.0.0.0/8 \"\"; } server { listen 80; if ($bad) { return "
      "403; } location / { proxy_pass http://127.0.0.1:9001; } } }";
  CHECK_FALSE(is_turned_away(of_nginx(text), from("10.77.2.1")));
  CHECK(is_turned_away(of_nginx(text), from("192.0.2.1")));
}

TEST_CASE("TCP wrappers answer by twist, and exceptions of exceptions are not judged") {
  temp_folder there;
  const machine_files files(there.path().string());
  std::filesystem::create_directories(there.path() / "etc");
  there.write("etc/hosts.deny", "");
  there.write("etc/hosts.allow", "mosquitto: 10.77.1.3: twist /bin/echo no\n");
  CHECK(is_turned_away(wrappers_of(files, "mosquitto"), from("10.77.1.3")));
  there.write("etc/hosts.deny", "ALL: ALL\n");
  there.write("etc/hosts.allow", "mosquitto: ALL EXCEPT 10.77.1. EXCEPT 10.77.1.9\n");
  CHECK_FALSE(is_turned_away(wrappers_of(files, "mosquitto"), from("10.77.1.9")));
}
