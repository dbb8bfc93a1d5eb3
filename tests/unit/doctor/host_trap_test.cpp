// Valid lines of configuration files with an unintended effect, and valid lines that must not be
// taken for such.
#include "server_facts.hpp"
#include "unit/doctor/machine.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

scene refused(bool has_user) {
  scene s;
  s.answers(5, 0x87).listens("0.0.0.0");
  s.runs();
  s.configured(true, 1883);
  s.all.asked.has_user = has_user;
  if (has_user) s.all.asked.user_name = "alice";
  return s;
}

std::map<std::string, std::string>& settings(scene& s) {
  return s.host().configurations[0].listeners[0].settings;
}

std::string command_of(const scene& s) {
  const auto found = s.found();
  return found.empty() || found[0].cures.empty() ? std::string() : found[0].cures[0].command;
}

std::string broken_store(const std::string& content) {
  machine here;
  here.file("/var/lib/mosquitto/mosquitto.db", content);
  here.file("/etc/mosquitto/mosquitto.conf",
            "listener 1883\npersistence true\npersistence_location /var/lib/mosquitto/\n");
  const host_facts host = here.look();
  for (const auto& problem : host.configurations[0].problems) {
    if (problem.kind == problem_kind::broken_store) return "broken " + problem.detail;
  }
  return "fine";
}

}  // namespace

TEST_CASE("a user name from certificates that nobody asks for is no missing password") {
  scene s = refused(false);
  settings(s)["use_identity_as_username"] = "true";
  CHECK(s.first() == "auth-identity-without-require");
  CHECK(command_of(s).find("3a require_certificate true") != std::string::npos);
  settings(s)["require_certificate"] = "true";
  CHECK(s.first() == "auth-anonymous-refused");
}

TEST_CASE("users below another listener are named with their file") {
  scene s = refused(true);
  s.host().configurations[0].settings["per_listener_settings"] = "true";
  CHECK(s.first() == "auth-bad-credentials");
  configured_listener other;
  other.port = 1885;
  other.settings["password_file"] = "/etc/mosquitto/passwd";
  s.host().configurations[0].listeners.push_back(other);
  CHECK(s.first() == "auth-listener-settings-trap");
  CHECK(command_of(s).find("3a password_file /etc/mosquitto/passwd") != std::string::npos);
  settings(s)["password_file"] = "/etc/mosquitto/other";
  CHECK(s.first() != "auth-listener-settings-trap");
}

TEST_CASE("of two listeners on one port the other one's rules hold after a reload") {
  const auto made = [](const char* first, const char* second, const char* lets_in,
                       const char* address) {
    scene s = refused(false);
    s.client().address = address;
    s.host().has_systemd = true;
    s.host().configurations[0].settings["per_listener_settings"] = "true";
    settings(s)["allow_anonymous"] = lets_in;
    if (*first != 0) settings(s)["bind_interface"] = first;
    configured_listener other = s.host().configurations[0].listeners[0];
    other.settings["allow_anonymous"] = "false";
    if (*second != 0) other.settings["bind_interface"] = second;
    other.line = 20;
    s.host().configurations[0].listeners.push_back(other);
    return s;
  };
  const scene it = made("lo", "eth0", "true", "127.0.0.1");
  REQUIRE(it.first() == "auth-listener-settings-trap");
  CHECK(command_of(it).find("restart mosquitto") != std::string::npos);
  // By the other interface the refusal is right, and so it is where no listener lets in.
  CHECK(made("lo", "eth0", "true", "10.77.2.2").first() != "auth-listener-settings-trap");
  CHECK(made("lo", "eth0", "false", "127.0.0.1").first() != "auth-listener-settings-trap");
  // Without an interface the second one could not have had the port.
  CHECK(made("lo", "", "true", "127.0.0.1").first() != "auth-listener-settings-trap");
}

TEST_CASE("a hash of another program is set anew, and never hashed once more") {
  machine here;
  here.request.user = "alice";
  here.file("/etc/mosquitto/passwd", "alice:$apr1$abc$def\nbob:plain\n");
  here.file("/etc/mosquitto/mosquitto.conf",
            "listener 1883\npassword_file /etc/mosquitto/passwd\n");
  scene s = refused(true);
  s.host().configurations = here.look().configurations;
  s.host().configurations[0].is_used = true;
  s.host().configurations[0].pid = 812;
  CHECK(s.first() == "auth-password-file-not-hashed");
  CHECK(command_of(s).find("mosquitto_passwd /etc/mosquitto/passwd alice") != std::string::npos);
  CHECK(command_of(s).find("-U") == std::string::npos);
}

TEST_CASE(
    "what was kept is looked at: rubbish and a newer format stop mosquitto, nothing does not") {
  const std::string mark("\0\xB5\0mosquitto db\0\0\0\0\0\0\0", 22);
  CHECK(broken_store("no database") == "broken ");
  CHECK(broken_store("") == "fine");
  CHECK(broken_store(mark + '\x06' + "more") == "fine");
  CHECK(broken_store(mark + '\x63' + "more") == "broken 99");
  CHECK(broken_store(std::string("\0\xB5\0mosq", 7)) == "broken ");
}

TEST_CASE("a listener bound to the interface lo is opened by taking that line out") {
  scene s;
  s.connects("refused").listens("127.0.0.1");
  s.runs();
  s.configured(true, 1883);
  settings(s)["bind_interface"] = "lo";
  CHECK(s.first() == "tcp-refused-loopback-listener");
  CHECK(command_of(s).find("3,/^bind_interface /{/^bind_interface /d}") != std::string::npos);
  CHECK(command_of(s).find("listener 1883") == std::string::npos);
}

TEST_CASE("a file that nobody reads is one fault, and its consequence has no cure of its own") {
  scene s;
  s.connects("refused").listens("127.0.0.1");
  s.runs();
  configuration_fact& main = s.configured(true);
  configuration_problem unread;
  unread.kind = problem_kind::ignored_file;
  unread.file = "/etc/mosquitto/conf.d/my";
  unread.subject = "my";
  unread.detail = "/etc/mosquitto/conf.d";
  main.problems.push_back(unread);
  const auto told = [&] {
    std::vector<std::string> out;
    for (const finding& cause : diagnose(s.all).causes) out.push_back(cause.id);
    return out;
  };
  const std::vector<std::string> ids = told();
  REQUIRE_FALSE(ids.empty());
  CHECK(ids[0] == "host-config-not-used");
  CHECK(std::count(ids.begin(), ids.end(), "tcp-refused-loopback-listener") == 0);
  s.host().configurations[0].problems[0].file += ".conf";
  s.host().configurations[0].problems[0].subject += ".conf";
  CHECK(told()[0] == "host-config-not-used");
  CHECK(says(s, "has no line \"include_dir /etc/mosquitto/conf.d\""));
}

TEST_CASE("an address that came after the broker is waited for, and not taken out") {
  scene s;
  s.connects("refused");
  s.configured(false, 1883).listeners[0].address = "10.77.2.2";
  s.logs(log_kind::address_missing, "Error: Cannot assign requested address");
  CHECK(s.first() == "host-bind-address-missing");
  CHECK(says(s, "was not there yet"));
  s.host().configurations[0].listeners[0].address = "10.77.9.9";
  CHECK_FALSE(says(s, "was not there yet"));
}

TEST_CASE("a check by a web page is taken out where the broker is there") {
  scene s;
  s.closes().listens("0.0.0.0", "haproxy", 900).listens("127.0.0.1", "mosquitto", 812, 1884);
  proxy_fact proxy;
  proxy.program = proxy_program::haproxy;
  proxy.port = 1883;
  proxy.file = "/etc/haproxy/haproxy.cfg";
  proxy.target = "127.0.0.1:1884";
  s.host().proxies.push_back(proxy);
  CHECK_FALSE(says(s, "for a web page"));
  s.host().proxies[0].check_line = 7;
  CHECK(s.first() == "proxy-health-check-wrong");
  CHECK(command_of(s).find("7d") != std::string::npos);
  s.host().listeners.pop_back();
  CHECK(s.first() != "proxy-health-check-wrong");
}

TEST_CASE("a proxy that shares connections out parts who publishes from who hears") {
  scene s;
  s.works().listens("0.0.0.0", "haproxy", 900).listens("127.0.0.1", "mosquitto", 812, 1885);
  proxy_fact proxy;
  proxy.program = proxy_program::haproxy;
  proxy.port = 1883;
  proxy.file = "/etc/haproxy/haproxy.cfg";
  proxy.target = "127.0.0.1:1885";
  s.host().proxies.push_back(proxy);
  process_fact broker;
  broker.name = broker_kind::mosquitto;
  for (broker.pid = 812; broker.pid < 814; ++broker.pid) s.host().brokers.push_back(broker);
  s.all.asked.symptom = symptom::nothing_arrives;
  CHECK(s.first() != "delivery-two-brokers");
  s.host().proxies[0].other_targets = {"127.0.0.1:1886"};
  CHECK(s.first() == "delivery-two-brokers");
  CHECK(s.found().front().how_sure == certainty::likely);
  CHECK(says(s, "127.0.0.1:1885, 127.0.0.1:1886"));
  s.all.asked.symptom = symptom::none;  // a cluster is meant so
  CHECK(s.first() == "nothing");
}

TEST_CASE("a rule that differs by a slash alone is named and mended") {
  scene s;
  s.works().listens("0.0.0.0");
  s.runs();
  s.configured(true, 1883);
  s.all.asked.has_user = true;
  s.all.asked.user_name = "alice";
  delivery_fact tried;
  tried.topic = "home/door";
  tried.is_users_topic = tried.published = tried.subscribed = true;
  s.all.endpoints[0].deliveries.push_back(tried);
  acl_rule_fact rule;
  rule.file = "/etc/mosquitto/acl";
  rule.line = 2;
  rule.user = "alice";
  rule.access = acl_access::readwrite;
  rule.topic = "/home/#";
  s.host().configurations[0].acl = {rule};
  CHECK(s.first() == "auth-acl-publish-swallowed");
  CHECK(says(s, "topic readwrite /home/#"));
  CHECK(command_of(s).find("2s/\\/home\\/# *$/home\\/#/") != std::string::npos);
  s.host().configurations[0].acl[0].topic = "cellar/#";
  CHECK_FALSE(says(s, "another topic"));
  acl_rule_fact& pattern = s.host().configurations[0].acl[0];
  pattern.is_pattern = true;
  pattern.user.clear();
  pattern.topic = "home/%u/#";
  s.all.endpoints[0].deliveries[0].topic = "home/Alice/door";
  CHECK(says(s, "the pattern opens \"home/alice/#\""));
}

TEST_CASE("a right that stands in the file already is read anew, and not written once more") {
  scene s;
  s.works().listens("0.0.0.0");
  s.runs();
  s.configured(true, 1883);
  settings(s)["acl_file"] = "/etc/mosquitto/acl";
  s.all.asked.has_user = true;
  s.all.asked.user_name = "alice";
  delivery_fact tried;
  tried.topic = "home/door";
  tried.is_users_topic = tried.published = tried.subscribed = true;
  tried.suback = tried.puback = 0;
  s.all.endpoints[0].deliveries.push_back(tried);
  CHECK(command_of(s).find("tee -a") != std::string::npos);
  acl_rule_fact rule;
  rule.file = "/etc/mosquitto/acl";
  rule.line = 3;
  rule.user = "alice";
  rule.access = acl_access::readwrite;
  rule.topic = "home/#";
  rule.is_newer = true;
  s.host().configurations[0].acl = {rule};
  CHECK(command_of(s).find("tee -a") == std::string::npos);
  CHECK(says(s, "is not in force yet"));
}

TEST_CASE("another user's foreign hash does not hide one's own password in the clear") {
  machine here;
  here.request.user = "alice";
  here.file("/etc/mosquitto/passwd", "bob:$apr1$abc$def\nalice:secret\n");
  here.file("/etc/mosquitto/mosquitto.conf",
            "listener 1883\npassword_file /etc/mosquitto/passwd\n");
  scene s = refused(true);
  s.host().configurations = here.look().configurations;
  s.host().configurations[0].is_used = true;
  s.host().configurations[0].pid = 812;
  CHECK(s.first() == "auth-password-file-not-hashed");
  CHECK(says(s, "alice"));
  CHECK(command_of(s).find("alice") != std::string::npos);
  CHECK(command_of(s).find("-U") == std::string::npos);
}

TEST_CASE("a listener by IPv6 alone is opened by taking that line out") {
  scene s;
  s.connects("refused").listens("::");
  s.runs();
  s.configured(true, 1883);
  settings(s)["socket_domain"] = "ipv6";
  CHECK(s.first() == "tcp-refused-loopback-listener");
  CHECK(command_of(s).find("/^socket_domain /d") != std::string::npos);
}

TEST_CASE("a folder that is closed to the broker is opened for its group, and no file is moved") {
  scene s;
  s.connects("refused");
  configuration_problem closed;
  closed.kind = problem_kind::unreadable_file;
  closed.stops_broker = true;
  closed.file = "/etc/mosquitto/key.pem";
  closed.subject = "keyfile";
  closed.detail = "mosquitto\n/etc/mosquitto/archive";
  s.configured(false, 1883).problems.push_back(closed);
  CHECK(s.first() == "host-file-permission");
  CHECK(command_of(s).find("chgrp mosquitto /etc/mosquitto/archive") != std::string::npos);
  s.host().configurations[0].problems[0].detail = "mosquitto\n/etc/ssl/private";
  CHECK(command_of(s).find("usermod -aG ssl-cert mosquitto") != std::string::npos);
}
