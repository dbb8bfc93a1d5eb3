// A proxy on the broker's machine whose configuration does not fit the broker's.
#include "mqtt-doctor/probes/host/proxies.hpp"
#include "unit/doctor/machine.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::scene;

namespace {

/// nginx on the port, and mosquitto behind it on 1884, each with or without a certificate.
scene behind_nginx(const std::string& scheme, bool has_certificate) {
  scene s(scheme);
  s.closes().listens("0.0.0.0", "nginx", 900).listens("127.0.0.1", "mosquitto", 812, 1884);
  s.runs();
  s.configured(true, 1884);
  if (has_certificate)
    s.host().configurations[0].listeners[0].settings["certfile"] = "/etc/mosquitto/server.crt";
  proxy_fact proxy;
  proxy.program = proxy_program::nginx;
  proxy.port = 1883;
  proxy.file = "/etc/nginx/nginx.conf";
  proxy.mode = proxy_mode::tcp;
  proxy.target = "127.0.0.1:1884";
  s.host().proxies.push_back(proxy);
  return s;
}

/// The first command of the first cause.
std::string command_of(const scene& s) {
  const diagnosis made = diagnose(s.all);
  if (made.causes.empty()) return {};
  for (const cure& each : made.causes.front().cures) {
    if (!each.command.empty()) return each.command;
  }
  return {};
}

}  // namespace

TEST_CASE("a proxy that begins TLS towards a plain listener is told to leave it") {
  scene s = behind_nginx("mqtt", false);
  s.host().proxies[0].sends_tls = true;
  s.host().proxies[0].said = "proxy_ssl on";
  s.host().proxies[0].said_line = 7;
  CHECK(s.first() == "proxy-wrong-mode");
  CHECK(command_of(s).find("7s/proxy_ssl  *on *;//") != std::string::npos);
  scene meant = behind_nginx("mqtt", true);
  meant.host().proxies[0].sends_tls = true;
  CHECK(meant.first() != "proxy-wrong-mode");
}

TEST_CASE("a proxy that hands plain MQTT on to a listener of TLS is named, with both ways out") {
  scene s = behind_nginx("mqtt", true);
  s.host().proxies[0].line = 12;
  const diagnosis made = diagnose(s.all);
  REQUIRE_FALSE(made.causes.empty());
  CHECK(made.causes[0].id == "tls-plaintext-to-tls-port");
  CHECK(in_english(made.causes[0].cause).find("127.0.0.1:1884") != std::string::npos);
  CHECK(made.causes[0].cures.size() == 2);
  CHECK(behind_nginx("mqtt", false).first() != "tls-plaintext-to-tls-port");
}

TEST_CASE("a proxy that ends TLS does not fit a listener that wants it") {
  scene s = behind_nginx("mqtts", true);
  s.client().tls.emplace().is_done = true;
  s.host().proxies[0].takes_tls = true;
  CHECK(s.first() == "proxy-wrong-mode");
  // A proxy that passes TLS through unopened fits a broker with TLS.
  s.host().proxies[0].takes_tls = false;
  CHECK(s.first() != "proxy-wrong-mode");
}

TEST_CASE("a certificate that was renewed on disk is read anew by the proxy that shows it") {
  scene s = behind_nginx("mqtts", false);
  certificate_fact old;
  old.fingerprint = "old";
  old.not_after = "2026-01-01T00:00:00Z";
  old.days_left = -20;
  s.client().tls.emplace().chain.push_back(old);
  s.host().proxies[0].takes_tls = true;
  disk_certificate_fact fresh;
  fresh.file = "/etc/ssl/broker.pem";
  fresh.fingerprint = "new";
  fresh.days_left = 300;
  s.host().proxies[0].certificate = fresh;
  s.host().has_systemd = true;
  CHECK(s.first() == "tls-expired");
  CHECK(command_of(s).find("restart nginx") != std::string::npos);
  s.host().proxies[0].certificate->fingerprint = "old";
  CHECK(s.first() != "tls-expired");
}

TEST_CASE("nginx, haproxy and stunnel are read for the certificate that they show") {
  const auto of_haproxy =
      read_haproxy("f", "listen l\n bind :8883 ssl crt /etc/ssl/a.pem\n server s 127.0.0.1:1884\n");
  REQUIRE(of_haproxy.size() == 1);
  CHECK(of_haproxy[0].certificate_file == "/etc/ssl/a.pem");
  const auto of_stunnel =
      read_stunnel("f", "cert = /etc/ssl/b.pem\n[mqtt]\naccept = 8883\nconnect = 1883\n");
  REQUIRE(of_stunnel.size() == 1);
  CHECK(of_stunnel[0].certificate_file == "/etc/ssl/b.pem");
}

TEST_CASE(
    "what haproxy's default-server and nginx's outer block say holds until it is taken back") {
  const auto of_haproxy = [](const std::string& defaults, const std::string& lines) {
    return read_haproxy("f", "defaults\n mode tcp\n" + defaults + "listen l\n bind :1883\n" + lines)
        .at(0);
  };
  const std::string server = " server s 127.0.0.1:1884";
  const auto said = of_haproxy("", " default-server send-proxy inter 3s\n" + server + "\n");
  CHECK(said.sends_proxy);
  CHECK(said.said == "default-server send-proxy inter 3s");
  CHECK(said.said_line == 5);
  CHECK(of_haproxy(" default-server ssl verify none\n", server + "\n").sends_tls);
  CHECK_FALSE(of_haproxy(" default-server send-proxy ssl\n", server + " no-send-proxy no-ssl\n")
                  .sends_proxy);
  CHECK_FALSE(of_haproxy("", server + " check-send-proxy\n").sends_proxy);
  // What stands below a server says nothing of it.
  CHECK_FALSE(of_haproxy("", server + "\n default-server send-proxy\n").sends_proxy);

  const auto of_nginx = [](const std::string& outer, const std::string& inner) {
    mqttkit::testing::temp_folder there;
    there.write("nginx.conf", "stream { " + outer + "\nserver { listen 1883; " + inner +
                                  "proxy_pass 127.0.0.1:1884; } }");
    return read_nginx(machine_files(there.path().string()), "/nginx.conf").at(0);
  };
  CHECK(of_nginx("proxy_protocol on;", "").sends_proxy);
  CHECK(of_nginx("proxy_protocol on;", "").said_line == 1);
  CHECK_FALSE(of_nginx("proxy_protocol on;", "proxy_protocol off; ").sends_proxy);
  CHECK(of_nginx("proxy_ssl off;", "proxy_ssl on; ").sends_tls);
}

TEST_CASE("where neither the proxy nor the broker behind it speaks TLS, the proxy is to end it") {
  scene s = behind_nginx("mqtts", false);
  s.host().proxies[0].line = 12;
  s.client().tls.emplace();
  contact plain = s.client();
  plain.purpose = contact_purpose::plain;
  plain.tls.reset();
  plain.mqtt.emplace().answer = mqtt_answer::connack;
  s.all.endpoints[0].contacts.push_back(plain);
  const diagnosis made = diagnose(s.all);
  REQUIRE_FALSE(made.causes.empty());
  CHECK(made.causes[0].id == "tls-to-plaintext-port");
  CHECK(made.causes[0].cause.text.find("nobody ends TLS") != std::string::npos);
  // A proxy that chooses by the name in the greeting leaves TLS to others by intent.
  s.host().proxies[0].reads_name = true;
  const diagnosis meant = diagnose(s.all);
  CHECK((meant.causes.empty() ||
         meant.causes[0].cause.text.find("nobody ends TLS") == std::string::npos));
}

TEST_CASE("what nginx may hold is raised above the number that was not enough") {
  const auto told = [](const std::string& line) {
    scene s = behind_nginx("mqtt", false);
    s.host().proxies[0].exhausted = line;
    s.host().proxies[0].log_file = "/var/log/nginx/error.log";
    return s;
  };
  CHECK(says(told("[alert] 9#9: 10240 worker_connections are not enough"),
             "worker_connections 40960/"));
  CHECK(says(told("[alert] 9#9: 8 worker_connections are not enough"), "worker_connections 4096/"));
}
