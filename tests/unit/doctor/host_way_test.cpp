// What stops packets or the broker on its own machine, from facts about configuration files and
// firewall rules.
#include <algorithm>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/probes/host/proxies.hpp"
#include "unit/doctor/places.hpp"
#include "unit/doctor/server_facts.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

/// A proxy listens on the broker's port, and the broker is behind the proxy.
phone proxied(const std::string& program, const std::string& scheme = "mqtt", int port = 1883) {
  phone made = broker_machine(scheme, port);
  host_facts& host = *made.all.host;
  host.listeners[0].process = program;
  host.listeners[0].command = program + " -f x";
  host.listeners.push_back({"127.0.0.1", 1884, 812, "mosquitto", "mosquitto -c x", "mosquitto", 0});
  proxy_fact proxy;
  proxy.program = fact_word<proxy_program>(program);
  proxy.file = "/etc/" + program + "/x.cfg";
  proxy.line = proxy.said_line = 7;
  proxy.port = port;
  proxy.mode = proxy_mode::tcp;
  proxy.target = "127.0.0.1:1884";
  host.proxies.push_back(proxy);
  return made;
}

phone& is_hung_up_on(phone& who) {
  who.last().mqtt.emplace();
  who.last().mqtt->version = mqtt_version::v5;
  who.last().mqtt->answer = mqtt_answer::closed;
  who.last().end = connection_end::closed;
  who.last().sent_first = true;
  return who;
}

firewall_fact& forward(phone& who, const std::string& answer) {
  firewall_fact& wall = who.all.host->firewall[0];
  wall.forwarded_to = "172.17.0.5:1883";
  wall.forward_answer = fact_word<forward_outcome>(answer);
  wall.tool = firewall_tool::nft;
  return wall;
}

std::string command_of(const phone& who) {
  const diagnosis made = who.found();
  return made.causes.empty() || made.causes[0].cures.empty() ? "" : made.causes[0].cures[0].command;
}

}  // namespace

TEST_CASE("haproxy's sections are read with their modes and what they send on") {
  const auto found = read_haproxy("/etc/haproxy/haproxy.cfg", R"(global
  maxconn 10
defaults
  mode http   # for the web
frontend web
  bind *:80,:443 ssl crt /x.pem
  default_backend pages
frontend mqtt
  mode tcp
  bind [::]:1883 accept-proxy
  default_backend brokers
backend pages
  server p 10.0.0.2:80
backend brokers
  mode tcp
  server b 10.0.0.3:1883 check send-proxy-v2
  server c 10.0.0.4:1883 check send-proxy-v2
  server d 10.0.0.5:1883 check backup
listen tls
  bind :8883
  server b 10.0.0.3:8883 ssl verify none
)");
  REQUIRE(found.size() == 4);
  CHECK(found[0].port == 80);
  CHECK(found[0].mode == proxy_mode::http);
  CHECK(found[0].takes_tls);
  CHECK(found[1].port == 443);
  CHECK(found[2].port == 1883);
  CHECK(found[2].mode == proxy_mode::tcp);
  CHECK(found[2].takes_proxy);
  CHECK(found[2].sends_proxy);
  CHECK(found[2].target == "10.0.0.3:1883");
  CHECK(found[2].said_line == 16);
  CHECK(found[2].other_targets == std::vector<std::string>{"10.0.0.4:1883"});
  CHECK(found[3].sends_tls);
  CHECK(found[3].mode == proxy_mode::http);  // of the defaults
}

TEST_CASE("stunnel's services inherit what stands above them") {
  const auto found = read_stunnel("/etc/stunnel/s.conf", R"(client = yes
; a comment
[out]
accept = 127.0.0.1:1884
connect = far:8883
[in]
client = no
accept = 8883
connect = 1883
protocol = proxy
)");
  REQUIRE(found.size() == 2);
  CHECK(found[0].sends_tls);
  CHECK_FALSE(found[0].takes_tls);
  CHECK(found[0].said_line == 1);
  CHECK(found[1].takes_tls);
  CHECK(found[1].sends_proxy);
  CHECK(found[1].port == 8883);
}

TEST_CASE("a module that Apache's files do not load is certain once Apache says 500") {
  phone made = proxied("apache2", "ws", 80);
  made.all.host->listeners[0].process = "apache2";
  proxy_fact& proxy = made.all.host->proxies[0];
  proxy.mode = proxy_mode::http;
  proxy.path = "/mqtt";
  proxy.target = "ws://127.0.0.1:1884";
  proxy.lacks = "proxy_wstunnel";
  made.status(500, "500 Internal Server Error");
  CHECK(made.first() == "proxy-wrong-mode");
  CHECK(made.sureness() == certainty::certain);
  made.status(503, "503 Service Unavailable");
  const diagnosis other = made.found();
  for (const finding& each : other.causes) {
    if (each.id == "proxy-wrong-mode") CHECK(each.how_sure == certainty::likely);
  }
}

TEST_CASE(
    "a proxy's target elsewhere is certain to be shut when it refuses, not when it is silent") {
  phone made = proxied("haproxy");
  is_hung_up_on(made);
  made.all.host->proxies[0].target = "10.9.9.9:1883";
  made.all.host->proxies[0].target_answer = forward_outcome::refused;
  CHECK(made.first() == "proxy-backend-down");
  CHECK(made.sureness() == certainty::certain);
  made.all.host->proxies[0].target_answer = forward_outcome::silent;
  CHECK(made.first() == "proxy-backend-down");
  CHECK(made.sureness() == certainty::likely);
}

TEST_CASE("Apache of before 2.4.47 does not count the time of a WebSocket") {
  const auto sureness_of = [](const std::string& program) {
    phone made = proxied(program, "ws", 80);

    proxy_fact& proxy = made.all.host->proxies[0];
    proxy.mode = proxy_mode::http;
    proxy.path = "/mqtt";
    proxy.passes_upgrade = true;
    proxy.silence_s = 60;
    made.upgraded().accepts();
    for (const finding& each : made.found().warnings)
      if (each.id == "ws-idle-timeout") return each.how_sure;
    return certainty::possible;
  };
  CHECK(sureness_of("apache2") == certainty::likely);
  CHECK(sureness_of("nginx") == certainty::certain);
}

TEST_CASE("a proxy that was told the wrong thing is named with the line that says so") {
  phone made = proxied("stunnel", "mqtts", 8883);
  made.all.host->proxies[0].sends_tls = true;
  made.all.host->proxies[0].said = "client = yes";
  made.last().tls.emplace();
  made.last().end = made.last().tls->end = connection_end::reset;
  CHECK(made.first() == "proxy-wrong-mode");
  CHECK(made.sureness() == certainty::certain);
  // A server without a certificate would not start: the user must name one.
  CHECK(command_of(made).find("cert = FILE") != std::string::npos);
  made.all.host->proxies[0].has_certificate = true;
  CHECK(command_of(made).starts_with(
      "sudo sed -i.bak --follow-symlinks '7s/.*/client = no/' /etc/stunnel/x.cfg"));
  // A proxy that ends TLS as intended is not blamed.
  made.all.host->proxies[0].sends_tls = false;
  made.all.host->proxies[0].takes_tls = true;
  CHECK(made.first() != "proxy-wrong-mode");

  phone http = proxied("haproxy");
  http.all.host->proxies[0].mode = proxy_mode::http;
  is_hung_up_on(http);
  phone website = http;
  website.all.host->proxies[0].target.clear();
  CHECK(website.first() != "proxy-wrong-mode");
  CHECK(http.first() == "proxy-wrong-mode");
  phone websocket = proxied("nginx", "ws", 9001);
  websocket.all.host->proxies[0].mode = proxy_mode::http;
  is_hung_up_on(websocket);
  CHECK_FALSE(websocket.names("proxy-wrong-mode"));

  phone header = proxied("haproxy");
  header.all.host->proxies[0].sends_proxy = true;
  is_hung_up_on(header);
  CHECK(header.first() == "proxy-protocol-unexpected");
  CHECK(header.sureness() == certainty::certain);
  // It is uncertain whether this broker understands the PROXY header.
  header.all.host->listeners[1].process = "beam.smp";
  CHECK(header.first() == "proxy-protocol-unexpected");
  CHECK(header.sureness() == certainty::likely);
}

TEST_CASE("a port that is sent on to nobody is no broker that does not run") {
  phone made = broker_machine();
  made.all.host->listeners.clear();
  made.all.host->brokers.clear();
  is_refused(made);
  CHECK(made.first() == "tcp-refused-not-running");
  forward(made, "unreachable");
  CHECK(made.first() == "tcp-port-forward-wrong");
  CHECK(made.sureness() == certainty::certain);
  forward(made, "silent");
  CHECK(made.sureness() == certainty::likely);
  forward(made, "open");
  CHECK_FALSE(made.names("tcp-port-forward-wrong"));
}

TEST_CASE("a machine of the Internet without a default route answers nobody") {
  phone made = broker_machine();
  made.accepts();
  made.delivers("mqtt-doctor/abc");
  made.all.local.has_v4_route = true;
  CHECK(made.first() == "healthy");
  made.all.local.has_v4_route = false;
  CHECK(made.first() == "path-no-route-back");
  // A private address of a home network has no routers of the Internet behind it.
  without_public_address(made);
  CHECK(made.first() == "healthy");
}

TEST_CASE("a full disk is a warning while the broker runs") {
  phone made = broker_machine();
  made.accepts();
  made.delivers("mqtt-doctor/abc");
  disk_fact disk;
  disk.path = "/var/lib/mosquitto";
  disk.purpose = disk_purpose::persistence;
  disk.free_bytes = 5 << 20;
  made.all.host->disks.push_back(disk);
  CHECK_FALSE(made.warns("host-disk-full"));
  made.all.host->disks[0].free_files = 0;
  CHECK(made.warns("host-disk-full"));
  CHECK(made.first() == "healthy");
  made.all.host->disks[0].free_files = -1;
  made.all.host->disks[0].free_bytes = 4096;
  CHECK(made.warns("host-disk-full"));
  made.all.host->disks[0].free_bytes = 5 << 20;
  made.all.host->disks[0].is_read_only = true;
  CHECK(made.warns("host-disk-full"));
}

TEST_CASE("where a disk is read-only nobody is told to make room") {
  phone made = broker_machine();
  made.all.host->disks.emplace_back();
  disk_fact& disk = made.all.host->disks[0];
  disk.path = "/var/log/mosquitto";
  disk.purpose = disk_purpose::log;
  disk.free_bytes = 5 << 20;
  disk.is_read_only = true;
  const auto causes = made.found().causes;
  const auto about = std::find_if(causes.begin(), causes.end(),
                                  [](const finding& each) { return each.id == "host-disk-full"; });
  REQUIRE(about != causes.end());
  const finding& found = *about;
  CHECK(in_english(found.cause) ==
        "The broker cannot write its log: /var/log/mosquitto is mounted read-only.");
  REQUIRE(found.cures.size() == 2);
  CHECK(found.cures[0].command.starts_with("findmnt -T /var/log/mosquitto; "));
  CHECK(found.cures[1].command.find("remount,rw") != std::string::npos);
}

TEST_CASE("what the own firewall keeps in is no fault of the network's") {
  phone made = client();
  stays_silent(made);
  sees_port(made, 22);
  CHECK(made.names("tcp-timeout-security-group"));
  firewall_fact& rule = made.all.local.outgoing.emplace();
  rule.port = 1883;
  rule.tool = firewall_tool::nft;
  rule.verdict = rule.refusal = firewall_verdict::drop;
  rule.rule = "tcp dport 1883 drop";
  rule.chain = "inet f;reboot out";
  CHECK(made.first() == "tcp-local-policy");
  CHECK(made.sureness() == certainty::certain);
  CHECK_FALSE(made.names("tcp-timeout-security-group"));
  CHECK(command_of(made) ==
        "sudo nft insert rule inet 'f;reboot' out ip daddr 93.184.216.5 tcp "
        "dport 1883 accept");
}

TEST_CASE("of a name's addresses the one that lets us in is told") {
  phone made;
  made.all.asked.has_user = made.all.asked.has_password = true;
  made.all.asked.user_name = "alice";
  made.last().mqtt.emplace();
  made.last().mqtt->version = mqtt_version::v5;
  made.last().mqtt->answer = mqtt_answer::connack;
  made.last().mqtt->reason = made.last().mqtt->meaning = 0x86;
  made.last().mqtt->sent_user = made.last().mqtt->sent_password = true;
  CHECK(made.first() == "auth-bad-credentials");
  made.contact_for("other-address");
  made.last().address = "192.0.2.77";
  made.last().mqtt.emplace();
  made.last().mqtt->version = mqtt_version::v5;
  made.last().mqtt->answer = mqtt_answer::connack;
  made.last().mqtt->reason = made.last().mqtt->meaning = 0;
  CHECK(made.first() == "dns-stale-address");
  CHECK_FALSE(made.names("auth-bad-credentials"));
}

TEST_CASE("two brokers behind one name are told by a message that does not cross") {
  phone made;
  made.accepts();
  made.delivers("mqtt-doctor/abc");
  exchange_fact across;
  across.publisher_address = "192.0.2.77";
  across.version = mqtt_version::v5;
  across.suback = 1;
  exchange_fact::run run;
  run.qos = 1;
  run.sent = run.acknowledged = run.arrived = 1;
  run.ack = 0;
  across.runs.push_back(run);
  made.at().across.push_back(across);
  CHECK(made.first() == "healthy");
  made.at().across[0].runs[0].arrived = 0;
  CHECK(made.first() == "delivery-two-brokers");
  CHECK(made.sureness() == certainty::likely);
  made.at().across[0].runs[0].ack = 0x10;
  CHECK(made.sureness() == certainty::certain);
  // A topic that the user may not publish to proves nothing.
  made.at().across[0].runs[0].ack = 0x87;
  CHECK(made.first() == "healthy");
}

// ---- the access list, and the broker's own language ---------------------------------------------

namespace {

/// mosquitto has an access list, and a message of alice's did not come back.
phone withheld(const std::string& topic) {
  phone made = broker_machine();
  made.accepts();
  made.all.asked.has_user = true;
  made.all.asked.user_name = "alice";
  made.all.asked.topic = topic;
  configuration_fact used;
  used.broker = broker_kind::mosquitto;
  used.file = "/etc/mosquitto/mosquitto.conf";
  used.pid = 812;
  used.settings["acl_file"] = "/etc/mosquitto/acl";
  made.all.host->configurations.push_back(used);
  exchange_fact exchange;
  exchange.topic = exchange.filter = topic;
  exchange.is_users_topic = true;
  exchange.version = mqtt_version::v5;
  exchange.suback = 1;
  exchange.publisher = exchange.subscriber = "alice";
  exchange_fact::run run;
  run.qos = 1;
  run.sent = run.acknowledged = 5;
  run.ack = 0x87;
  exchange.runs.push_back(run);
  made.at().exchanges.push_back(exchange);
  return made;
}

std::string first_sentence(const phone& who) {
  const diagnosis made = who.found();
  return made.causes.empty() ? "" : in_english(made.causes[0].cause);
}

acl_rule_fact pattern(const std::string& topic) {
  acl_rule_fact acl_rule;
  acl_rule.file = "/etc/mosquitto/acl";
  acl_rule.line = 3;
  acl_rule.access = acl_access::readwrite;
  acl_rule.topic = topic;
  acl_rule.is_pattern = true;
  return acl_rule;
}

}  // namespace

TEST_CASE("rules that go by the client identifier are named, with the identifier that fits") {
  phone made = withheld("device/phone/x");
  made.all.host->configurations[0].acl = {pattern("device/%c/#")};
  CHECK(first_sentence(made).find("for the client phone only") != std::string::npos);
  // The app's client identifier is unknown.
  CHECK(made.sureness() == certainty::likely);
  CHECK(first_sentence(made).find("no rule for alice") != std::string::npos);
  // A pattern for other topics, or one that the app's identifier fits, is not the reason.
  made.all.host->configurations[0].acl = {pattern("sensor/%c/#")};
  CHECK(first_sentence(made).find("only") == std::string::npos);
  made.all.host->configurations[0].acl = {pattern("device/%c/#")};
  made.at().contacts[0].mqtt->client_id_kind = client_id_kind::user;
  made.all.asked.client_id = "phone";
  CHECK(first_sentence(made).find("only") == std::string::npos);
}

TEST_CASE("a line with deny that fits is taken out, and no right is added beside it") {
  phone who = withheld("home/door");
  acl_rule_fact rule = pattern("home/+");
  rule.access = acl_access::deny;
  rule.is_pattern = false;
  rule.user = "alice";
  const auto denied = [&](const acl_rule_fact& line) {
    who.all.host->configurations[0].acl = {line};
    return first_sentence(who).find("forbids alice") != std::string::npos;
  };
  CHECK(denied(rule));
  CHECK(who.sureness() == certainty::certain);
  CHECK(command_of(who).find("3d") != std::string::npos);
  rule.topic = "cellar/#";
  CHECK_FALSE(denied(rule));
  rule.topic = "home/+";
  rule.user.clear();  // for those without a user name
  CHECK_FALSE(denied(rule));
  rule.is_pattern = true;
  CHECK(denied(rule));
  rule.topic = "home/%c";  // which the app's identifier decides
  CHECK_FALSE(denied(rule));
  rule.access = acl_access::readwrite;
  rule.topic = "home/+";
  CHECK_FALSE(denied(rule));
}

TEST_CASE("a user whose name the access list nearly has is told so, and numbers are no slips") {
  phone made = withheld("home/door");
  made.all.host->configurations[0].acl_users = {"Alice"};
  CHECK(first_sentence(made) == "The access list has no rules for \"alice\", but for \"Alice\".");
  CHECK(made.sureness() == certainty::certain);
  made.all.host->configurations[0].acl_users = {"allice"};
  CHECK(made.sureness() == certainty::likely);
  made.all.host->configurations[0].acl_users = {"alice2"};
  CHECK(first_sentence(made).find("no rules for") == std::string::npos);
  made.all.host->configurations[0].acl_users = {"Alice", "alice"};
  CHECK(first_sentence(made).find("no rules for") == std::string::npos);
}

TEST_CASE("a right is added to the file in force, for the user who needs it") {
  const phone value = withheld("home/door");
  const diagnosis made = value.found();
  REQUIRE_FALSE(made.causes.empty());
  CHECK(made.causes[0].id == "auth-acl-publish-swallowed");
  CHECK(command_of(value) ==
        "printf '\\n%s\\n%s\\n' 'user alice' 'topic write home/door' | sudo tee -a "
        "/etc/mosquitto/acl && "
        "sudo systemctl reload mosquitto");
}

TEST_CASE("a broker that nobody knows gets no broker's command") {
  phone value = client();
  value.all.asked.has_user = value.all.asked.has_password = true;
  value.all.asked.user_name = "alice";
  value.answers(0x86, 0x86);
  value.last().mqtt->sent_user = value.last().mqtt->sent_password = true;
  const auto has_no_command = [&value] {
    const diagnosis made = value.found();
    REQUIRE_FALSE(made.causes.empty());
    return std::all_of(made.causes[0].cures.begin(), made.causes[0].cures.end(),
                       [](const cure& mends) { return mends.command.empty(); });
  };
  CHECK(has_no_command());
  // A cloud broker's rules are in its console, not in a file.
  value.all.asked.host = "a1.iot-as-mqtt.cn-shanghai.aliyuncs.com";
  value.all.asked.client_id = "dev|securemode=3,signmethod=hmacsha1|";
  value.all.asked.user_name = "dev&prod";
  CHECK(has_no_command());
  value.all.asked.client_id = "dev";
  CHECK(value.names("auth-cloud-credentials-format"));
}

TEST_CASE("of two faults the lower one is mended first, and both are told") {
  phone made = broker_machine();
  made.answers(0x87, 0x87);
  configuration_fact used;
  used.broker = broker_kind::mosquitto;
  used.pid = 812;
  configured_listener listener;
  listener.port = 1883;
  used.listeners.push_back(listener);
  used.settings["password_file"] = "/etc/mosquitto/passwd";
  made.all.host->configurations.push_back(used);
  CHECK(made.first() == "auth-anonymous-refused");
  firewall_fact& wall = made.all.host->firewall[0];
  wall.verdict = wall.refusal = firewall_verdict::drop;
  wall.tool = firewall_tool::ufw;
  wall.rule = "policy drop";
  wall.chain = "filter INPUT";
  CHECK(made.first() == "tcp-timeout-host-firewall");
  CHECK(made.names("auth-anonymous-refused"));
}

TEST_CASE("of two programs on one port the one at the dialled address is meant") {
  scene s;
  s.works().listens("0.0.0.0").listens("::1", "node", 900);
  s.runs();
  s.client().address = "127.0.0.1";
  CHECK(s.first() == "delivery-two-brokers");
  CHECK(s.found().front().how_bad == severity::warning);
  const view at_v4{s.all, s.all.endpoints[0]};
  CHECK(look_at(at_v4)->dialled()->process == "mosquitto");
  s.client().address = "::1";
  CHECK(look_at(at_v4)->dialled()->process == "node");
  CHECK(look_at(at_v4)->process() == nullptr);
}

TEST_CASE("a broker for its own machine alone tells there what it will say to others") {
  phone server = broker_machine("mqtt", 1883, "127.0.0.1");
  dials(server, server_address, server_address);
  is_refused(server);
  server.at().reachability.emplace();
  server.all.host->brokers[0].state = process_state::sleeping;
  endpoint_facts inside = server.at();
  inside.contacts[0].address = "127.0.0.1";
  inside.contacts[0].connect = {connect_outcome::connected, "", 1, {}, 0, ""};
  inside.contacts[0].mqtt.emplace();
  inside.contacts[0].mqtt->answer = mqtt_answer::connack;
  inside.contacts[0].mqtt->reason = inside.contacts[0].mqtt->meaning = 0x87;
  inside.contacts[0].mqtt->version = mqtt_version::v5;
  server.all.inside = inside;
  CHECK(server.first() == "tcp-refused-loopback-listener");
  const diagnosis made = server.found();
  const auto next = std::find_if(made.causes.begin(), made.causes.end(), [](const finding& each) {
    return each.id == "auth-anonymous-refused";
  });
  REQUIRE(next != made.causes.end());
  CHECK(next->is_next);
}

namespace {

/// The container refuses the connection; these sockets listen in it.
phone refusing_container(const std::string& address, int port,
                         const std::string& process = "mosquitto") {
  phone made = broker_machine();
  made.all.host->listeners.clear();
  made.all.host->brokers.clear();
  firewall_fact& wall = forward(made, "refused");
  wall.tool = firewall_tool::docker;
  wall.was_looked_behind = true;
  if (port != 0) {
    listener_fact inside;
    inside.address = address;
    inside.port = port;
    inside.process = process;
    wall.behind.push_back(inside);
  }
  made.last().connect.outcome = connect_outcome::refused;
  made.last().mqtt.reset();
  return made;
}

}  // namespace

TEST_CASE("a container that refuses is there: its broker may listen on its own loopback alone") {
  const phone own = refusing_container("127.0.0.1", 1883);
  CHECK(own.first() == "tcp-refused-loopback-listener");
  CHECK(own.sureness() == certainty::certain);
  CHECK_FALSE(own.names("tcp-port-forward-wrong"));
  const phone other = refusing_container("0.0.0.0", 1884);
  CHECK(other.first() == "tcp-port-forward-wrong");
  CHECK(command_of(other) == "docker run -p 1883:1884 ...");
  const phone nobody = refusing_container("", 0);
  CHECK(nobody.first() == "tcp-refused-not-running");
  CHECK(nobody.sureness() == certainty::likely);
}

TEST_CASE("a container that could not be looked into is accused of nothing for certain") {
  phone unseen = refusing_container("", 0);
  unseen.all.host->firewall[0].was_looked_behind = false;
  REQUIRE(unseen.first() == "tcp-refused-loopback-listener");
  CHECK(unseen.sureness() == certainty::likely);
}

TEST_CASE("a proxy that looks for the broker at the other family's loopback address is told") {
  phone client = proxied("nginx");
  client.all.host->proxies[0].target = "[::1]:1884";
  is_hung_up_on(client);
  REQUIRE(client.first() == "proxy-backend-down");
  CHECK(client.sureness() == certainty::certain);
  CHECK(in_english(client.found().causes[0].cause).find("127.0.0.1:1884") != std::string::npos);
  client.all.host->listeners[1].address = "::";
  CHECK(client.first() != "proxy-backend-down");
}
