// Readers of compose files, and of the files of Apache, Caddy, Traefik and RabbitMQ.
#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>

#include "mqtt-doctor/probes/host/broker_tls_files.hpp"
#include "mqtt-doctor/probes/host/compose.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"
#include "mqtt-doctor/probes/host/settings_tree.hpp"
#include "mqtt-doctor/probes/host/traefik.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::doctor {
namespace {

using testing::temp_folder;

compose_fact composed(const std::string& text, const std::string& environment = {}) {
  temp_folder there;
  there.write("compose.yaml", text);
  there.write(".env", environment);
  const std::string root = there.path().string();
  const auto made = read_compose(machine_files(root),
                                 {{"com.docker.compose.service", "mqtt"},
                                  {"com.docker.compose.project.working_dir", "/"},
                                  {"com.docker.compose.project.config_files", "/compose.yaml"}});
  return made.value_or(compose_fact());
}

std::vector<proxy_fact> apache(const std::string& text) {
  temp_folder there;
  there.write("apache2.conf", text);
  return read_apache(machine_files(there.path().string()), "/apache2.conf");
}

std::vector<proxy_fact> caddy(const std::string& text) {
  temp_folder there;
  there.write("Caddyfile", text);
  return read_caddy(machine_files(there.path().string()), "/Caddyfile");
}

}  // namespace

TEST_CASE("a service's own network_mode counts, wherever it stands beside extends") {
  const std::string base = "  base:\n    network_mode: host\n";
  CHECK(composed("services:\n  mqtt:\n    network_mode: bridge\n    extends: base\n" + base)
            .network_mode == "bridge");
  CHECK(composed("services:\n  mqtt:\n    extends: base\n    network_mode: bridge\n" + base)
            .network_mode == "bridge");
  CHECK(composed("services:\n  mqtt:\n    extends: base\n" + base).network_mode == "host");
}

TEST_CASE("a file that includes itself many times is read a few times") {
  std::string text = "services:\n  mqtt:\n    image: x\ninclude:\n";
  for (int i = 0; i < 2000; ++i) text += "  - compose.yaml\n";
  const auto made = composed(text);
  CHECK(made.file == "/compose.yaml");
  CHECK(made.is_in_part);
}

TEST_CASE("YAML is read in blocks, in lists below their key, and in brackets") {
  const auto tree = read_yaml(
      "# comment\n"
      "a:\n"
      "  b: 'it''s'   # behind\n"
      "  c:\n"
      "  - one\n"
      "  - two: 2\n"
      "    three: \"3 # no comment\"\n"
      "  d: {x: 1, y: [p, 'q, r']}\n"
      "text: |\n"
      "  b: not a key\n"
      "e: f:g\n");
  CHECK(tree.text_at("a.b") == "it's");
  CHECK(tree.at("a.b")->line == 3);
  REQUIRE(tree.at("a.c")->inside.size() == 2);
  CHECK(tree.at("a.c")->inside[0].text == "one");
  CHECK(tree.at("a.c")->inside[1].text_at("three") == "3 # no comment");
  CHECK(tree.at("a.c")->inside[1].line == 6);
  CHECK(tree.text_at("a.d.x") == "1");
  CHECK(tree.at("a.d.y")->items() == std::vector<std::string>{"p", "q, r"});
  CHECK(tree.text_at("e") == "f:g");
  CHECK(tree.find("b") == nullptr);
}

TEST_CASE("anchors and merge keys are filled in, and do not grow without end") {
  const auto tree = read_yaml(
      "x: &base\n  ports: [1]\n  image: a\n"
      "service:\n  <<: *base\n  image: b\n"
      "also: *base\n");
  CHECK(tree.text_at("service.image") == "b");
  CHECK(tree.at("service.ports")->items() == std::vector<std::string>{"1"});
  CHECK(tree.text_at("also.image") == "a");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + "\n";
    for (int j = 0; j < 10; ++j) bomb += "  - " + before + "\n";
  }
  CHECK(read_yaml(bomb).inside.size() <= 12);
}

TEST_CASE("no text is too odd to be read as settings") {
  for (const char* text :
       {"", ":", "-", "- - - a", "a: [", "a: {b", "\t\ta: b", "a: *none", "&x", "a: \"",
        "a:\n b:\n  c\n d", "]", "a: }{", "<<: 1", "- <<: *x\n  a: &"}) {
    CAPTURE(text);
    (void)read_yaml(text);
    (void)read_toml(text);
    (void)read_erlang_terms(text);
    (void)apache(text);
    (void)caddy(text);
    (void)composed(text);
  }
  // Bytes taken out, doubled and exchanged, in an order that is the same each time.
  const std::string whole =
      "a: &x [1, {b: 'c'}]\n- *x\n<VirtualHost *:80>\nRewriteRule ^/(.*) ws://a:1/$1 [P]\n"
      "ProxyPass /x http://b:2 \\\n</VirtualHost>\n@m { path /a* }\nreverse_proxy @m :9 {\n to "
      "\"b\n}\n"
      "[[t.u]]\nk = [\"v\", ]\n[{rabbit,[{ssl_options,[{certfile,<<\"/x\">>}]}]}].\n";
  std::uint32_t random = 7;
  const auto next = [&] { return random = random * 1664525u + 1013904223u; };
  for (int round = 0; round < 1500; ++round) {
    std::string text = whole;
    for (int i = 0; i < 6; ++i) {
      const std::size_t at = (next() >> 8) % text.size();
      if ((next() >> 16) % 3 == 0)
        text.erase(at, 1 + (next() >> 20) % 9);
      else if ((next() >> 16) % 2 == 0)
        text.insert(at, text.substr(at, 7));
      else
        text[at] = whole[(next() >> 8) % whole.size()];
      if (text.empty()) text = "a";
    }
    (void)read_yaml(text);
    (void)read_toml(text);
    (void)read_erlang_terms(text);
    if (round % 10 == 0) {
      (void)apache(text);
      (void)caddy(text);
      (void)composed("services:\n  mqtt:\n    ports:\n" + text);
    }
  }
  CHECK(read_erlang_terms("[{a,[{b,\"c\"},{d,[1,2]}]}].").at("a.d") == "1,2");
}

TEST_CASE("TOML's tables are a tree as well") {
  const auto tree = read_toml(
      "[tcp.routers.mqtt]\nrule = \"HostSNI(`*`)\"\nentryPoints = [\n  \"mqtt\",\n \"b\"\n]\n"
      "[[tcp.services.x.loadBalancer.servers]]\naddress = \"1.2.3.4:1883\"\n");
  CHECK(tree.text_at("tcp.routers.mqtt.rule") == "HostSNI(`*`)");
  CHECK(tree.at("tcp.routers.mqtt.entrypoints")->items() == std::vector<std::string>{"mqtt", "b"});
  const auto* servers = tree.at("tcp.services.x.loadbalancer.servers");
  REQUIRE(servers->inside.size() == 1);
  CHECK(servers->inside[0].text_at("address") == "1.2.3.4:1883");
}

TEST_CASE("a compose file's ports in all their forms") {
  const auto made = composed(
      "services:\n"
      "  other:\n    ports: [\"127.0.0.1:1:1\"]\n"
      "  mqtt:\n"
      "    network_mode: host\n"
      "    ports:\n"
      "      - 1883\n"
      "      - 1884:1883\n"
      "      - \"127.0.0.1:1885:1883/tcp\"\n"
      "      - '[::1]:1886:1883'\n"
      "      - 0.0.0.0:1887:1883\n"
      "      - 5000:5000/udp\n"
      "      - \"${BIND-127.0.0.2}:${PORT:-1}:1883\"\n"
      "      - target: 1883\n        published: 1889\n        host_ip: 127.0.0.1\n"
      "      - \"${GONE}:1883\"\n"
      "      - 8000-8010:8000-8010\n",
      "# ports\nPORT=\"1888\"\n");
  CHECK(made.line == 4);
  CHECK(made.ports_line == 6);
  CHECK(made.indent == 4);
  CHECK(made.network_mode == "host");
  REQUIRE(made.ports.size() == 9);
  const auto is = [&](std::size_t i, const char* address, int published, int inside) {
    return made.ports[i].address == address && made.ports[i].published == published &&
           made.ports[i].inside == inside;
  };
  CHECK(is(0, "", 0, 1883));
  CHECK(is(1, "", 1884, 1883));
  CHECK(is(2, "127.0.0.1", 1885, 1883));
  CHECK(is(3, "::1", 1886, 1883));
  CHECK(is(4, "", 1887, 1883));
  CHECK(is(5, "127.0.0.2", 1888, 1883));
  CHECK(is(6, "127.0.0.1", 1889, 1883));
  CHECK(made.ports[6].line == 16);
  CHECK(made.ports[7].published == 0);
  CHECK(made.ports[8].published == 0);
}

TEST_CASE("a compose file's mounts, beside its folder or by name") {
  const auto made = composed(
      "mqtt:\n  volumes:\n  - ./mosquitto.conf:/mosquitto/config/mosquitto.conf:ro\n"
      "  - data:/mosquitto/data\n  - type: bind\n    source: ./log\n    target: /mosquitto/log\n");
  REQUIRE(made.volumes.size() == 3);
  CHECK(made.volumes[0].inside == "/mosquitto/config/mosquitto.conf");
  CHECK(made.volumes[0].source.ends_with("/mosquitto.conf"));
  CHECK(made.volumes[0].line == 3);
  CHECK(made.volumes[1].source == "data");
  CHECK(made.volumes[2].inside == "/mosquitto/log");
}

TEST_CASE("Apache's hosts, in the order in which it asks their lines") {
  const auto made = apache(
      "Listen 80\nListen 443\n"
      "LoadModule proxy_module x.so\n"
      "<VirtualHost *:80>\n  ServerName plain.test\n</VirtualHost>\n"
      "<VirtualHost *:443>\n"
      "  ServerName mqtt.test:443\n  SSLEngine on\n  SSLCertificateFile /c.pem\n"
      "  ProxyPass / http://127.0.0.1:8080/\n"
      "  # ProxyPass /no ws://1.1.1.1:1/\n"
      "  ProxyPass /keep !\n"
      "  RewriteCond %{HTTP:Upgrade} =websocket [NC]\n"
      "  RewriteRule ^/mqtt(.*) ws://127.0.0.1:9001/$1 [P,L]\n"
      "  <Location /app>\n    ProxyPass http://127.0.0.1:9002/x \\\n      upgrade=websocket "
      "timeout=30\n  </Location>\n"
      "  <IfModule !mod_proxy.c>\n    ProxyPass /odd ws://2.2.2.2:2/\n  </IfModule>\n"
      "</VirtualHost>\n");
  REQUIRE(made.size() == 5);
  CHECK(made[0].port == 80);
  CHECK(made[0].target.empty());
  CHECK(made[0].names == std::vector<std::string>{"plain.test"});
  CHECK(made[1].path == "/mqtt");
  CHECK(made[1].target == "ws://127.0.0.1:9001");
  CHECK(made[1].passes_upgrade);
  CHECK(made[1].lacks == "proxy_wstunnel");
  CHECK(made[1].takes_tls);
  CHECK(made[1].certificate_file == "/c.pem");
  CHECK(made[2].path == "/app");
  CHECK(made[2].passes_upgrade);
  CHECK(made[2].silence_s == 30);
  CHECK(made[2].path_line == 17);
  CHECK(made[3].path == "/");
  CHECK_FALSE(made[3].passes_upgrade);
  CHECK(made[4].path == "/keep");
  CHECK(made[4].target.empty());
}

TEST_CASE("a site of Apache is named by the file that its link leads to") {
  temp_folder there;
  std::filesystem::create_directories(there.path() / "sites-available");
  std::filesystem::create_directories(there.path() / "sites-enabled");
  there.write("apache2.conf", "Listen 80\nInclude sites-enabled/*.conf\n");
  there.write("sites-available/m.conf",
              "<VirtualHost *:80>\nProxyPass / ws://127.0.0.1:1/\n</VirtualHost>\n");
  std::filesystem::create_symlink("../sites-available/m.conf",
                                  there.path() / "sites-enabled/m.conf");
  const auto made = read_apache(machine_files(there.path().string()), "/apache2.conf");
  REQUIRE(made.size() == 1);
  CHECK(made[0].file == "/sites-available/m.conf");
}

TEST_CASE("Caddy's sites, by address, matcher and snippet") {
  const auto made = caddy(
      "{\n\thttp_port 8080\n}\n"
      "(up) {\n\treverse_proxy {args[0]} localhost:9009\n}\n"
      "mqtt.test, www.mqtt.test {\n"
      "\t@ws {\n\t\tpath /mqtt /mqtt/*\n\t\theader Upgrade websocket\n\t}\n"
      "\treverse_proxy @ws :9001\n"
      "\thandle_path /x/* {\n\t\treverse_proxy https://10.0.0.1:9002\n\t}\n"
      "}\n"
      "http://:8083 {\n\treverse_proxy * ws://127.0.0.1:9001\n}\n");
  REQUIRE(made.size() == 4);
  CHECK(made[0].port == 443);
  CHECK(made[0].takes_tls);
  CHECK(made[0].names.size() == 2);
  CHECK(made[0].path == "/mqtt");
  CHECK(made[0].is_exact_path);
  CHECK(made[0].target == "localhost:9001");
  CHECK(made[0].passes_upgrade);
}

TEST_CASE("a Caddyfile without braces is one site") {
  const auto made = caddy("mqtt.test:8443\n\nreverse_proxy /mqtt* 127.0.0.1:9001\n");
  REQUIRE(made.size() == 1);
  CHECK(made[0].port == 8443);
  CHECK(made[0].takes_tls);
  CHECK(made[0].path == "/mqtt");
  CHECK_FALSE(made[0].is_exact_path);
  CHECK(made[0].path_line == 3);
}

TEST_CASE("Traefik in a container: its words, and the labels of another") {
  temp_folder there;
  host_facts host;
  const machine_files files(there.path().string());
  container_fact broker, proxy;
  broker.name = "mosquitto";
  proxy.name = "traefik";
  proxy.ports = "0.0.0.0:8883->18883/tcp, 0.0.0.0:80->80/tcp";
  read_traefik_labels(files, broker,
                      {{"traefik.tcp.routers.MQTT.rule", "HostSNI(`*`)"},
                       {"traefik.tcp.routers.MQTT.tls.passthrough", "true"},
                       {"traefik.tcp.routers.MQTT.entryPoints", "mqtts, web"},
                       {"traefik.tcp.services.mqtt.loadbalancer.server.port", "8883"}},
                      host);
  read_traefik_container(files, proxy,
                         {"--entryPoints.mqtts.address=:18883", "--entrypoints.web.address=:80",
                          "--entrypoints.quic.address=:99/udp", "--api"},
                         host);
  REQUIRE(host.entry_points.size() == 2);
  CHECK(host.entry_points[0].port == 8883);
  CHECK(host.entry_points[0].inside == 18883);
  REQUIRE(host.routers.size() == 1);
  CHECK(host.routers[0].entry_points.size() == 2);
  CHECK(host.routers[0].has_tls);
  CHECK(host.routers[0].passes_tls);
  CHECK(host.routers[0].has_service);
  CHECK_FALSE(host.routers[0].is_disabled);
  CHECK(host.routers[0].target == ":8883");
}

}  // namespace mqttkit::doctor
