// Causes from facts of the broker's own machine: one case of each, and pairs that look alike.
#include "mqtt-doctor/facts/forward_target.hpp"
#include "server_facts.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

TEST_CASE("without facts of the machine nothing is said for certain") {
  scene s;
  s.all.host.reset();
  CHECK(s.first() == "nothing");
}

TEST_CASE("a broker that works, is public and is let in gets no blame") {
  scene s;
  s.works().listens("0.0.0.0").listens("::").firewall("ufw", "accept");
  s.runs();
  s.configured(true, 1883).listeners[0].settings["allow_anonymous"] = "true";
  CHECK(s.first() == "nothing");
}

TEST_CASE("every finding has a cause, evidence, and a cure or a way to tell") {
  scene s;
  s.works().listens("127.0.0.1").firewall("nft", "drop", "policy drop");
  for (const auto& each : s.found()) {
    CHECK_FALSE(each.cause.empty());
    CHECK_FALSE(each.evidence.empty());
    CHECK((!each.cures.empty() || !each.apart.empty()));
    CHECK(text_of(each).find('{') == std::string::npos);  // no place was left unfilled
  }
}

// ---- who listens ------------------------------------------------------------------------------

TEST_CASE("a loopback listener and no listener both refuse, and are told apart") {
  scene loopback;
  loopback.connects("refused").listens("127.0.0.1").listens("::1");
  loopback.runs();
  CHECK(loopback.first() == "tcp-refused-loopback-listener");
  CHECK(says(loopback, "127.0.0.1:1883 (mosquitto, pid 812)"));
  scene nobody;
  nobody.connects("refused");
  CHECK(nobody.first() == "tcp-refused-not-running");
}

TEST_CASE("localhost refuses: on a broker's machine the broker is down, elsewhere it is nobody's") {
  const auto first = [](const scene& of) { return diagnose(of.all).causes.front().id; };
  scene elsewhere;
  elsewhere.connects("refused");
  elsewhere.all.asked.host = "localhost";
  elsewhere.all.name.addresses = {"127.0.0.1"};
  elsewhere.all.local.is_target = true;
  for (auto& contact : elsewhere.all.endpoints[0].contacts) contact.address = "127.0.0.1";
  elsewhere.all.host->configurations.clear();
  elsewhere.all.host->services.clear();
  scene brokers = elsewhere;
  scene by_service = elsewhere;
  CHECK(first(elsewhere) == "input-loopback-address");
  brokers.configured(true, 1883);
  CHECK(first(brokers) == "tcp-refused-not-running");
  service_fact service;
  service.name = "mosquitto.service";
  service.state = service_state::failed;
  by_service.all.host->services.push_back(service);
  CHECK(first(by_service) == "tcp-refused-not-running");
  // A unit file proves nothing while systemd does not know it.
  by_service.all.host->services.back().state = service_state::none;
  CHECK(first(by_service) == "input-loopback-address");
}

TEST_CASE("a loopback listener is a problem even though it works from here") {
  scene s;
  s.works().listens("127.0.0.1");
  s.runs();
  REQUIRE_FALSE(s.found().empty());
  CHECK(s.found()[0].id == "tcp-refused-loopback-listener");
  CHECK(s.found()[0].how_bad == severity::problem);
}

TEST_CASE("a forward for an address that the machine no longer has is why nobody is reached") {
  scene s;
  s.connects("refused").firewall("nft", "accept");
  s.host().addresses = {"10.77.2.2"};
  firewall_fact& wall = s.host().firewall.back();
  wall.family = ip_family::v4;
  wall.forwards_other = "ip daddr 10.77.2.9 tcp dport 1883 dnat to 172.17.0.2:1883";
  CHECK(s.first() == "tcp-port-forward-wrong");
  CHECK(s.found().front().how_sure == certainty::likely);
  wall.forwards_other = "ip daddr 10.77.2.2 tcp dport 1883 dnat to 172.17.0.2:1883";
  CHECK(s.first() != "tcp-port-forward-wrong");
}

TEST_CASE("a redirection to a port nobody serves is the cause, though all works from here") {
  scene s;
  s.works().listens("0.0.0.0").firewall("none", "accept");
  s.runs();
  s.host().firewall.back().family = ip_family::v4;
  s.host().firewall.back().forwarded_to = "port 1999";
  CHECK(s.first() == "tcp-port-forward-wrong");
  s.listens("127.0.0.1", "mosquitto", 812, 1999);
  CHECK(s.first() == "tcp-port-forward-wrong");
  s.listens("0.0.0.0", "mosquitto", 812, 1999);
  CHECK(s.first() == "nothing");
  s.host().firewall.back().forwarded_to = "port -7";
  CHECK(s.first() == "nothing");
}

TEST_CASE("a forward to the loopback address fails where the kernel takes nothing for that") {
  scene s;
  s.works().listens("0.0.0.0").firewall("none", "accept");
  s.runs();
  s.listens("127.0.0.1", "mosquitto", 812, 1884);
  s.host().firewall.back().family = ip_family::v4;
  s.host().firewall.back().forwarded_to = "127.0.0.1:1884";
  CHECK(s.first() == "nothing");
  s.host().firewall.back().forward_answer = forward_outcome::martian;
  CHECK(s.first() == "tcp-port-forward-wrong");
}

TEST_CASE("mosquitto's own limit of memory is named when its log says that it has none") {
  scene s;
  s.closes().listens("0.0.0.0");
  s.runs();
  s.configured(true, 1883).settings["memory_limit"] = "400000";
  CHECK(s.first() != "mqtt-max-connections");
  s.logs(log_kind::out_of_memory, "1: Error: Out of memory.");
  REQUIRE(s.first() == "mqtt-max-connections");
  CHECK(s.found().front().how_sure == certainty::certain);
  CHECK(says(s, "memory_limit 400000"));
}

TEST_CASE("the target of a forwarding rule is read as it is written, and from any file of facts") {
  for (const char* const text : {"port 1910", "172.17.0.2:1883", "127.0.0.1:1884"})
    CHECK(text_of(read_forward_target(text)) == text);
  CHECK(read_forward_target("port 1910").is_own_port());
  CHECK(read_forward_target("172.17.0.2:1883").is_elsewhere());
  CHECK(read_forward_target("172.17.0.2:1883").port == 1883);
  CHECK(read_forward_target("127.0.0.1:1884").is_own_port());
  CHECK(read_forward_target("127.0.0.1:1884").loopback == "127.0.0.1");
  for (const char* const text : {"", "port", "port 99999", "port x", "nowhere"}) {
    CAPTURE(text);
    CHECK_FALSE(read_forward_target(text).is_own_port());
    CHECK_FALSE(read_forward_target(text).is_elsewhere());
  }
}

TEST_CASE("a broker on another port is no broker that is not running") {
  scene s;
  s.connects("refused").listens("0.0.0.0", "mosquitto", 812, 1884);
  s.runs();
  CHECK(s.first() == "tcp-refused-wrong-port");
  CHECK(says(s, "1884"));
  CHECK_FALSE(says(s, "leaves aside"));
  s.host().brokers[0].command = "mosquitto -c /etc/mosquitto/mosquitto.conf -p 1883";
  CHECK(says(s, "which it leaves aside"));
}

TEST_CASE("a broker that only this machine reaches on another port is running all the same") {
  scene s("mqtts", 8883);
  s.connects("refused").listens("127.0.0.1", "mosquitto", 812, 1883);
  s.runs();
  CHECK(s.first() == "tcp-refused-not-running");
  CHECK(says(s, "A broker runs here, but it has no listener on port 8883."));
}

TEST_CASE("a listener bound to another of the machine's addresses is named") {
  scene s;
  s.connects("refused").listens("192.168.7.2");
  s.runs();
  CHECK(s.first() == "tcp-refused-loopback-listener");
  CHECK(says(s, "listens on 192.168.7.2 only, not on 10.77.2.2"));
}

TEST_CASE("loopback only is a warning where a proxy serves the others") {
  scene s;
  s.works().listens("127.0.0.1").listens("0.0.0.0", "nginx", 55, 8883);
  s.runs();
  CHECK(s.first() == "tcp-refused-loopback-listener");
  CHECK(s.found()[0].how_bad == severity::warning);
}

TEST_CASE("docker's loopback port and a loopback broker look alike and are told apart") {
  scene s;
  s.works().listens("127.0.0.1", "docker-proxy", 901);
  CHECK(s.first() == "tcp-docker-port-not-published");
  scene not_published;
  not_published.connects("refused");
  container_fact& inside = not_published.host().containers.emplace_back();
  inside.name = "broker";
  inside.image = "eclipse-mosquitto";
  inside.ports = "1883/tcp, 9001/tcp";
  CHECK(not_published.first() == "tcp-docker-port-not-published");
  CHECK(says(not_published, "not published"));
}

TEST_CASE("IPv4 alone is a warning only when the name leads here over IPv6 as well") {
  scene s;
  s.works().listens("0.0.0.0");
  s.runs();
  CHECK(s.first() == "nothing");
  s.all.name.addresses.push_back("fd77:2::2");
  s.host().addresses.push_back("fd77:2::2");
  CHECK(s.first() == "tcp-ipv6-listener-missing");
  CHECK(s.found()[0].how_bad == severity::warning);
}

TEST_CASE("somebody else's port is named with its owner, a proxy's is not") {
  scene web;
  web.listens("0.0.0.0", "apache2", 55);
  CHECK(web.first() == "mqtt-not-a-broker");
  CHECK(says(web, "apache2"));
  scene script;
  script.listens("0.0.0.0", "python3", 57);  // a broker may be written in it
  CHECK(script.found()[0].how_sure != certainty::certain);
  scene proxy;
  proxy.closes().listens("0.0.0.0", "nginx", 56);
  CHECK(proxy.first() == "proxy-backend-down");
}

TEST_CASE("a stopped process and one that is only slow are told apart") {
  scene stopped;
  stopped.listens("0.0.0.0");
  stopped.client().end = connection_end::silent;
  stopped.runs().state = process_state::stopped;
  CHECK(stopped.first() == "mqtt-broker-hung");
  CHECK(says(stopped, "kill -CONT 812"));
  scene slow;
  slow.listens("0.0.0.0");
  slow.client().end = connection_end::silent;
  slow.runs();
  CHECK(slow.first() == "nothing");
  slow.host().listeners[0].receive_queue = 4;
  CHECK(slow.first() == "mqtt-broker-hung");
}

// ---- configuration ----------------------------------------------------------------------------

TEST_CASE("a broker that does not start is explained by its own files") {
  const auto down = [](configuration_problem problem) {
    scene s;
    s.connects("refused");
    s.configured(false, 1883).problems = {std::move(problem)};
    return s.first();
  };
  CHECK(down(wrong(problem_kind::unknown_variable, true, "allow_anonymus")) == "host-config-error");
  CHECK(down(wrong(problem_kind::byte_order_mark, true)) == "host-config-error");
  CHECK(down(wrong(problem_kind::utf_16, true, "", "UTF-16")) == "host-config-error");
  CHECK(down(wrong(problem_kind::tab, true, "listener")) == "host-config-error");
  CHECK(down(wrong(problem_kind::missing_file, true, "password_file")) == "host-config-error");
  CHECK(down(wrong(problem_kind::missing_file, true, "certfile")) == "host-cert-key-problem");
  CHECK(down(wrong(problem_kind::key_mismatch, true, "/c.pem")) == "host-cert-key-problem");
  CHECK(down(wrong(problem_kind::unreadable_file, true, "keyfile", "mosquitto\n/etc/x")) ==
        "host-file-permission");
  CHECK(down(wrong(problem_kind::address_not_here, true, "203.0.113.9", "1883")) ==
        "host-bind-address-missing");
  CHECK(down(wrong(problem_kind::websocket_only, true)) == "host-websocket-only-config");
}

TEST_CASE("what a file says wrongly is no cause while the broker runs as before") {
  scene s;
  s.works().listens("0.0.0.0");
  s.runs();
  auto& made = s.configured(true, 1883);
  made.problems = {
      wrong(problem_kind::unknown_variable, true, "future_option")};  // a newer mosquitto knows it
  CHECK(s.first() == "nothing");
  made.problems.push_back(wrong(problem_kind::changed_since_start, false));
  CHECK(s.first() == "host-config-error");  // it will not come up again
  CHECK(s.found()[0].how_bad == severity::warning);
}

TEST_CASE("the log alone names the error where the files cannot be read") {
  scene s;
  s.connects("refused").logs(log_kind::config_error,
                             "Error found at /etc/mosquitto/mosquitto.conf:2.");
  s.configured(false);
  CHECK(s.first() == "host-config-error");
  CHECK(says(s, "mosquitto.conf:2"));
  scene old;
  old.connects("refused").logs(log_kind::config_error, "Error found at x:2.", false);
  old.configured(false);
  CHECK(old.first() == "tcp-refused-not-running");
}

TEST_CASE("a configuration that nobody reads is told from one that says too little") {
  scene unread;
  unread.connects("refused").listens("127.0.0.1");
  unread.runs().configuration = "";
  auto& used = unread.configured(true);
  used.file = "";
  unread.configured(false, 1883);
  CHECK(unread.first() == "host-config-not-used");
  CHECK(says(unread, "without -c"));

  scene thin;
  thin.connects("refused").listens("127.0.0.1");
  thin.runs();
  thin.configured(true);
  CHECK(thin.first() == "tcp-refused-loopback-listener");
}

TEST_CASE("a file with the wrong ending explains a loopback listener better") {
  scene s;
  s.connects("refused").listens("127.0.0.1");
  s.runs();
  auto made = wrong(problem_kind::ignored_file, false, "remote.conf.bak");
  made.file = "/etc/mosquitto/conf.d/remote.conf.bak";
  s.configured(true).problems = {made};
  CHECK(s.first() == "host-config-not-used");
  CHECK(says(s,
             "sudo mv -n /etc/mosquitto/conf.d/remote.conf.bak /etc/mosquitto/conf.d/remote.conf"));
}

TEST_CASE("a port held by another program is told from one that no broker wanted") {
  scene s;
  s.listens("0.0.0.0", "node", 77);
  s.configured(false, 1883);
  CHECK(s.first() == "host-port-in-use");
  CHECK(says(s, "node"));
  scene t;
  t.listens("0.0.0.0", "node", 77);
  CHECK(t.first() == "mqtt-not-a-broker");
}

TEST_CASE("a port below 1024 is certain with a line of the log, and likely without") {
  scene s("mqtt", 443);
  s.connects("refused");
  s.configured(false, 443).problems = {wrong(problem_kind::privileged_port, false, "443")};
  CHECK(s.first() == "host-privileged-port");
  CHECK(s.found()[0].how_sure == certainty::likely);
  s.logs(log_kind::port_permission, "try using setcap");
  CHECK(s.found()[0].how_sure == certainty::certain);
  s.host().configurations[0].problems[0].subject = "no port";  // a file of facts may hold anything
  CHECK(s.first() != "host-privileged-port");
}

TEST_CASE("a service that was never enabled is told from one that failed") {
  scene s;
  s.connects("refused");
  s.host().has_systemd = true;
  service_fact service;
  service.name = "mosquitto.service";
  service.enabled = service_start::disabled;
  service.state = service_state::inactive;
  s.host().services = {service};
  CHECK(s.first() == "host-service-not-enabled");
  CHECK(says(s, "sudo systemctl enable --now mosquitto"));
  s.host().services[0].state = service_state::failed;
  s.host().services[0].enabled = service_start::enabled;
  s.host().services[0].result = "exit-code";
  CHECK(s.first() == "tcp-refused-not-running");
  CHECK(says(s, "exit-code"));
  // A broker that ended by itself would end again: its last log lines come before a restart.
  REQUIRE(s.found()[0].cures.size() == 2);
  CHECK(s.found()[0].cures[0].kind == cure_kind::look);
  s.host().services[0].exit_status = 203;
  CHECK(says(s, "Exit status 203: the program"));
  s.host().services[0].result = "start-limit-hit";
  CHECK(says(s, "systemd does not start it any more"));
}

TEST_CASE("a broker that is down is explained by its own last words, whatever they are") {
  scene s;
  s.connects("refused");
  s.configured(false, 1883);
  s.logs(log_kind::error, "Error: The moon is full.");
  CHECK(s.first() == "host-config-error");
  CHECK(says(s, "The moon is full"));
  CHECK(s.found()[0].how_sure == certainty::likely);
  // The service's earlier result does not count where a better reason is known.
  s.logs(log_kind::local_only, "Starting in local only mode");
  CHECK(s.first() != "host-config-error");
}

TEST_CASE("a listener is full when as many clients are there as it takes") {
  scene s;
  s.closes().listens("0.0.0.0");
  s.runs();
  s.configured(true, 1883).listeners[0].settings["max_connections"] = "2";
  s.host().configurations[0].listeners[0].settings["file"] = "/etc/mosquitto/conf.d/a.conf";
  s.host().listeners[0].connections = 1;
  CHECK(s.first() != "mqtt-max-connections");
  s.host().listeners[0].connections = 2;
  CHECK(s.first() == "mqtt-max-connections");
  CHECK(says(s, "/etc/mosquitto/conf.d/a.conf"));
  // The broker's own socket was dialled, so no proxy is involved.
  const auto causes = diagnose(s.all).causes;
  CHECK(std::none_of(causes.begin(), causes.end(),
                     [](const finding& blamed) { return blamed.id.starts_with("proxy-"); }));
}

TEST_CASE("a service that runs but is not enabled is a warning") {
  scene s;
  s.works().listens("0.0.0.0");
  s.host().has_systemd = true;
  service_fact service;
  service.name = "mosquitto.service";
  service.enabled = service_start::disabled;
  service.state = service_state::active;
  s.host().services = {service};
  CHECK(s.first() == "host-service-not-enabled");
  CHECK(s.found()[0].how_bad == severity::warning);
}

TEST_CASE("SELinux's refusal counts for this port, and not for another") {
  scene s("mqtt", 2883);
  s.connects("refused");
  s.host().selinux = selinux_mode::enforcing;
  s.configured(false, 2883);
  s.logs(log_kind::selinux,
         "avc:  denied  { name_bind } for comm=\"mosquitto\" src=2883 scontext=x");
  CHECK(s.first() == "host-selinux-port");
  s.host().log[0].text = "avc:  denied  { name_bind } for comm=\"mosquitto\" src=28830 scontext=x";
  CHECK(s.first() != "host-selinux-port");
}

TEST_CASE("RabbitMQ without its plugin and ActiveMQ without a connector are named") {
  scene s;
  s.connects("refused");
  s.runs("rabbitmq", 900);
  auto& made = s.configured(true, 0, "rabbitmq");
  made.pid = 900;
  made.settings["mqtt_plugin"] = "disabled";
  CHECK(s.first() == "host-mqtt-plugin-off");
  CHECK(s.found()[0].how_sure == certainty::likely);
  made.settings["mqtt_plugin"] = "enabled";
  CHECK(s.first() != "host-mqtt-plugin-off");
}

TEST_CASE("a socket that the broker's configuration does not know is no port to send anybody to") {
  scene s;
  s.connects("refused").listens("0.0.0.0", "mosquitto", 812, 2024);
  s.listens("0.0.0.0", "mosquitto", 812, 1884);
  s.runs();
  auto& mosquitto = s.configured(true, 1884);
  mosquitto.pid = 812;
  CHECK(s.first() == "tcp-refused-wrong-port");
  CHECK(says(s, "the broker listens on 1884"));
}

TEST_CASE("RabbitMQ is not to blame for a port that is not one of its own") {
  scene s("mqtt", 21880);
  s.connects("refused").listens("0.0.0.0", "mosquitto", 812, 21883);
  s.runs("rabbitmq", 900);
  s.runs();
  auto& rabbit = s.configured(true, 0, "rabbitmq");
  rabbit.pid = 900;
  rabbit.settings["mqtt_plugin"] = "disabled";
  CHECK(s.first() == "tcp-refused-wrong-port");
  CHECK(says(s, "the broker listens on 21883"));
  for (const auto& each : s.found()) CHECK(each.id != "host-mqtt-plugin-off");
}

TEST_CASE("beside another broker, RabbitMQ without its plugin is only possible") {
  scene s;
  s.connects("refused").listens("0.0.0.0", "mosquitto", 812, 1884);
  s.runs("rabbitmq", 900);
  s.runs();
  auto& rabbit = s.configured(true, 0, "rabbitmq");
  rabbit.pid = 900;
  rabbit.settings["mqtt_plugin"] = "disabled";
  CHECK(s.first() == "tcp-refused-wrong-port");
  REQUIRE(s.found().size() == 2);
  CHECK(s.found()[1].id == "host-mqtt-plugin-off");
  CHECK(s.found()[1].how_sure == certainty::possible);
}

TEST_CASE("who asks from this machine is told the port that only this machine reaches") {
  scene s("mqtt", 21880);
  s.client().address = "127.0.0.1";
  s.connects("refused").listens("127.0.0.1", "mosquitto", 812, 21883);
  s.runs();
  CHECK(s.first() == "tcp-refused-wrong-port");
  CHECK(says(s, "the broker listens on 21883"));
}

TEST_CASE("without systemd the broker is started again only when the old process is gone") {
  scene s;
  s.works().listens("127.0.0.1");
  s.runs();
  s.configured(true);
  CHECK(says(s,
             "sudo kill 812; while sudo kill -0 812 2>/dev/null; do sleep 0.2; done; sudo "
             "mosquitto -d -c /etc/mosquitto/mosquitto.conf"));
}

TEST_CASE("a configuration file's name is quoted in a command to copy") {
  scene s;
  s.works().listens("127.0.0.1");
  s.runs().configuration = "/home/me/my broker; reboot.conf";
  s.configured(true);
  CHECK(says(s, "mosquitto -d -c '/home/me/my broker; reboot.conf'"));
}

// ---- firewall ---------------------------------------------------------------------------------

TEST_CASE("each refusal of the firewall has its own cause and its tool's cure") {
  const auto with = [](const char* tool, const char* verdict, const char* icmp = "") {
    scene s;
    s.works().listens("0.0.0.0").firewall(tool, verdict, "policy drop", icmp);
    s.runs();
    return s;
  };
  CHECK(with("ufw", "drop").first() == "tcp-timeout-host-firewall");
  CHECK(says(with("ufw", "drop"), "sudo ufw allow 1883/tcp"));
  CHECK(with("nft", "reject-reset").first() == "tcp-refused-by-firewall-reset");
  CHECK(says(with("nft", "reject-reset"),
             "sudo nft insert rule inet filter input tcp dport 1883 accept"));
  CHECK(with("firewalld", "reject-icmp", "admin-prohibited").first() ==
        "tcp-unreachable-admin-prohibited");
  CHECK(says(with("firewalld", "reject-icmp", "admin-prohibited"),
             "sudo firewall-cmd --permanent --add-port=1883/tcp && sudo firewall-cmd --reload"));
  CHECK(with("iptables", "reject-icmp", "host-prohibited").first() ==
        "tcp-unreachable-host-prohibited");
  CHECK(says(with("iptables", "reject-icmp", "host-prohibited"),
             "sudo iptables -I INPUT -p tcp --dport 1883 -j ACCEPT"));
  scene raw = with("iptables", "drop");
  raw.host().firewall.back().chain = "raw PREROUTING";
  CHECK(says(raw, "sudo iptables -t raw -I PREROUTING -p tcp --dport 1883 -j ACCEPT"));
  CHECK(with("nft", "reject-icmp", "port-unreachable").first() == "tcp-refused-by-icmp");
  CHECK(with("nft", "source").first() == "tcp-timeout-source-allowlist");
  CHECK(with("ufw", "limit").found()[0].how_bad == severity::warning);
}

TEST_CASE("a limit that no household reaches is nothing to warn of") {
  const auto limited = [](const char* rule) {
    scene s;
    s.works().listens("0.0.0.0").firewall("nft", "limit", rule);
    s.runs();
    return s.first();
  };
  CHECK(limited("tcp dport 1883 limit rate over 400/second drop") == "nothing");
  CHECK(limited("-m hashlimit --hashlimit-above 100/sec -j DROP") == "nothing");
  CHECK(limited("tcp dport 1883 limit rate over 10/minute drop") == "tcp-refused-rate-limit");
  CHECK(limited("tcp dport 1883 ct count over 2 drop") == "tcp-refused-rate-limit");
  // An address in a rule is no rate.
  CHECK(limited("ip saddr 10.0.0.0/8 ct count over 2 drop") == "tcp-refused-rate-limit");
}

TEST_CASE("a quota that is used up is counted anew rather than opened for good") {
  scene s;
  s.works().listens("0.0.0.0").firewall(
      "nft", "drop", "tcp dport { 1883, 8883 } quota over 25 mbytes used 25 mbytes drop");
  s.host().firewall.back().chain = "inet filter input";
  const finding found = s.found()[0];
  CHECK(found.id == "tcp-timeout-host-firewall");
  CHECK(found.cures[0].command.find("nft replace rule inet filter input handle $h") !=
        std::string::npos);
  CHECK(found.cures[0].command.find("used 25") == std::string::npos);
  CHECK(found.cures[0].command.find("insert rule") == std::string::npos);
}

TEST_CASE("the words of a rule get into no script for root") {
  scene s;
  s.works().listens("0.0.0.0").firewall(
      "nft", "drop", "tcp dport 1883 quota over 25 mbytes'; true # used 25 mbytes drop");
  s.host().firewall.back().chain = "inet filter input";
  CHECK_FALSE(says(s, "nft replace rule"));
}

TEST_CASE("a limit is to be raised before it is taken away") {
  scene s;
  s.works().listens("0.0.0.0").firewall("nft", "limit",
                                        "tcp dport 1883 limit rate over 2/minute drop");
  s.runs();
  const auto cures = s.found()[0].cures;
  REQUIRE(cures.size() == 2);
  CHECK(cures[0].command.empty());
  CHECK(cures[1].command.starts_with("sudo nft insert rule"));
}

TEST_CASE("a ufw rule that denies is taken away before the port is allowed") {
  scene s;
  s.works().listens("0.0.0.0").firewall("ufw", "reject-reset",
                                        "-A ufw-user-input -p tcp -m tcp --dport 1883 -j REJECT "
                                        "--reject-with tcp-reset");
  CHECK(says(
      s, "sudo ufw delete reject 1883/tcp; sudo ufw delete reject 1883; sudo ufw allow 1883/tcp"));
}

TEST_CASE("the zone is named when it is not the default one") {
  scene s;
  s.works().listens("0.0.0.0").firewall("firewalld", "reject-icmp", "r", "admin-prohibited");
  s.host().firewall[0].zone = "internal";
  CHECK(says(s, "--zone=internal --add-port=1883/tcp"));
}

TEST_CASE("a broker that answers is not called the one that stole the port, and nobody ends it") {
  scene s;
  s.works().listens("0.0.0.0", "python3", 900);
  s.configured(false, 1883);
  for (const auto& each : s.found()) {
    CHECK(each.how_bad != severity::problem);
    for (const auto& mends : each.cures) {
      CHECK(mends.command.find("kill") == std::string::npos);
      CHECK(mends.command.find("mosquitto") == std::string::npos);
    }
  }
}

TEST_CASE("what ends a program stands last, and says so") {
  scene s;
  s.connects("connected").listens("0.0.0.0", "httpd", 900);
  s.configured(false, 1883);
  s.host().has_systemd = true;
  REQUIRE(s.first() == "host-port-in-use");
  const auto cures = s.found()[0].cures;
  REQUIRE(cures.size() == 3);
  CHECK(cures[0].command == "systemctl status 900");
  CHECK(cures[1].command.empty());
  CHECK(in_english(cures[2].what).find("ends httpd") != std::string::npos);
  CHECK(cures[2].command.find("sudo kill 900;") == 0);
  CHECK(cures[2].command.find("systemctl restart mosquitto") != std::string::npos);
}

TEST_CASE("a program that answers on the port may be needed, and is ended by nobody's command") {
  scene s;
  s.connects("connected").listens("0.0.0.0", "python3", 900);
  s.configured(false, 1883);
  s.client().speaks = spoken_protocol::http;
  const auto found = s.found();
  const auto at = std::find_if(found.begin(), found.end(),
                               [](const finding& each) { return each.id == "host-port-in-use"; });
  REQUIRE(at != found.end());
  REQUIRE(at->cures.size() == 3);
  for (const auto& each : at->cures) CHECK(each.command.find("kill") == std::string::npos);
  CHECK(in_english(at->cures[2].what).find("stop it by what started it") != std::string::npos);
}

TEST_CASE("a rule that comes too late is shown") {
  scene s;
  s.works().listens("0.0.0.0").firewall("iptables", "reject-icmp", "-A INPUT -j REJECT",
                                        "host-prohibited");
  s.host().firewall[0].too_late = "-A INPUT -p tcp --dport 1883 -j ACCEPT";
  CHECK(says(s, "never reached"));
}

TEST_CASE("with nobody listening the firewall is the next problem, not the first") {
  scene s;
  s.connects("refused").firewall("ufw", "drop", "policy drop");
  const auto all_found = s.found();
  REQUIRE(all_found.size() == 2);
  CHECK(all_found[0].id == "tcp-refused-not-running");
  CHECK(all_found[1].id == "tcp-timeout-host-firewall");
  CHECK(all_found[1].how_bad == severity::warning);
}

TEST_CASE("silence with an open firewall lies before the machine, with a closed one in it") {
  scene outside;
  outside.all.local.is_target = false;  // the provider's address, not one of the machine's own
  outside.connects("silent").listens("0.0.0.0").firewall("none", "accept", "");
  outside.host().cloud = cloud_provider::aliyun;
  CHECK(outside.first() == "tcp-timeout-security-group");
  CHECK(says(outside, "Alibaba Cloud"));
  // The command that shows whether packets arrive, complete for copying.
  CHECK(outside.found()[0].apart_command == "sudo mqtt-doctor listen 1883 --capture --for 60");
  scene at_home = outside;
  at_home.host().cloud = cloud_provider::none;
  CHECK(at_home.first() == "tcp-timeout-security-group");
  CHECK(at_home.found()[0].apart_command == "sudo mqtt-doctor listen 1883 --capture --for 60");
  scene inside;
  inside.connects("silent").listens("0.0.0.0").firewall("ufw", "drop", "policy drop");
  inside.host().cloud = cloud_provider::aliyun;
  CHECK(inside.first() == "tcp-timeout-host-firewall");
}

TEST_CASE("silence on the way to oneself is a rule for oneself, never the provider's") {
  scene s;
  s.connects("silent").listens("0.0.0.0").firewall("nft", "accept", "");
  s.runs();
  s.host().cloud = cloud_provider::aws;
  CHECK(s.first() == "nothing");
  s.firewall("nft", "drop", "tcp dport 1883 drop");
  s.host().firewall[1].is_own = true;
  s.host().firewall[1].chain = "inet filter out";
  CHECK(s.first() == "tcp-timeout-host-firewall");
  CHECK(says(s, "others are let in"));
  CHECK(says(s, "sudo nft insert rule inet filter out oif lo accept"));
}

TEST_CASE("on a cloud where all works the security group is a note, no blame") {
  scene s;
  s.works().listens("0.0.0.0").firewall("none", "accept", "");
  s.host().cloud = cloud_provider::tencent;
  REQUIRE(s.found().size() == 1);
  CHECK(s.found()[0].how_bad == severity::note);
  s.host().cloud.clear();
  CHECK(s.first() == "nothing");
}

TEST_CASE("rules that cannot be read are possible, and a warning") {
  scene s;
  s.works().listens("0.0.0.0").firewall("ufw", "unknown", "");
  REQUIRE(s.found().size() == 1);
  CHECK(s.found()[0].how_sure == certainty::possible);
  CHECK(s.found()[0].how_bad == severity::warning);
}
