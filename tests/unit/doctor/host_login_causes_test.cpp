// The broker's own machine: limits, logins, TLS.
#include "server_facts.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

// ---- limits and logins ------------------------------------------------------------------------

namespace {

// mosquitto refused the login of "phone", whose password its file has, or has not.
scene refused_login(const std::string& outcome, bool is_newer = false) {
  scene s;
  s.listens("0.0.0.0").runs();
  auto& configuration = s.configured(true, 1883);
  configuration.settings["password_file"] = "/etc/mosquitto/passwd";
  configuration.login_checks.push_back({"/etc/mosquitto/passwd", "phone",
                                        fact_word<login_outcome>(outcome), "2026-01-02T00:00:00Z",
                                        is_newer});
  s.all.asked.has_user = s.all.asked.has_password = true;
  s.all.asked.user_name = "phone";
  s.answers(5, 0x87);
  s.client().mqtt->client_id_kind = client_id_kind::own;
  return s;
}

}  // namespace

TEST_CASE("a password is called wrong for certain only when its hash says so") {
  const auto wrong = refused_login("wrong").found();
  REQUIRE(wrong.front().id == "auth-bad-credentials");
  CHECK(wrong.front().how_sure == certainty::certain);
  const auto unread = refused_login("unknown").found();
  REQUIRE(unread.front().id == "auth-bad-credentials");
  CHECK(unread.front().how_sure != certainty::certain);
}

TEST_CASE("where the dynamic security plugin keeps the users, no password file is to be changed") {
  const auto said = [](const char* outcome, bool is_newer, bool is_known = true) {
    scene s = refused_login(outcome, is_newer);
    configuration_fact& file = s.host().configurations[0];
    const std::string path = "/var/lib/mosquitto/dynamic-security.json";
    file.settings = {{"plugin", "/usr/lib/mosquitto_dynamic_security.so"},
                     {"plugin_opt_config_file", path}};
    file.login_checks[0].file = path;
    if (!is_known) {
      file.login_checks.clear();
      configuration_problem missing;
      missing.kind = problem_kind::user_not_in_file;
      missing.file = path;
      missing.subject = "phone";
      file.problems = {missing};
    }
    CHECK_FALSE(says(s, "mosquitto_passwd"));
    const finding first = s.found().front();
    CHECK(first.id == "auth-bad-credentials");
    return std::pair(in_english(first.cause), first.how_sure);
  };
  CHECK(said("wrong", false) ==
        std::pair(std::string("The password of user \"phone\" is wrong."), certainty::certain));
  CHECK(said("right", true).first.find("goes by an older state") != std::string::npos);
  CHECK(said("right", true).second == certainty::likely);
  CHECK(said("right", false).second == certainty::likely);
  CHECK(said("right", false).first.find("disabled") != std::string::npos);
  CHECK(said("unknown", false, false) ==
        std::pair(std::string("The broker knows no user \"phone\"."), certainty::certain));
}

TEST_CASE("a user of dynamic security who is bound to an identifier, or disabled, is told so") {
  const auto said = [](problem_kind kind, const std::string& detail, const std::string& sent) {
    scene s = refused_login("right");
    configuration_fact& file = s.host().configurations[0];
    const std::string path = "/var/lib/mosquitto/dynamic-security.json";
    file.settings = {{"plugin", "/usr/lib/mosquitto_dynamic_security.so"},
                     {"plugin_opt_config_file", path}};
    file.login_checks[0].file = path;
    configuration_problem told;
    told.kind = kind;
    told.file = path;
    told.subject = "phone";
    told.detail = detail;
    file.problems = {told};
    if (!sent.empty()) {
      s.all.asked.client_id = sent;
      s.client().mqtt->client_id_kind = client_id_kind::user;
    }
    const finding first = s.found().front();
    return std::tuple(first.id, in_english(first.cause), first.how_sure);
  };
  const auto [id, cause, sure] = said(problem_kind::dynamic_client_bound, "phone-01", "app-7");
  CHECK(id == "auth-client-id-not-allowed");
  CHECK(cause.find("\"phone-01\" alone") != std::string::npos);
  CHECK(sure == certainty::certain);
  // With that identifier it is not the reason.
  CHECK(std::get<0>(said(problem_kind::dynamic_client_bound, "phone-01", "phone-01")) ==
        "auth-bad-credentials");
  const auto [off, why, how] = said(problem_kind::dynamic_client_off, "", "");
  CHECK(off == "auth-bad-credentials");
  CHECK(why == "The user \"phone\" is disabled.");
  CHECK(how == certainty::likely);
}

TEST_CASE("a blank behind the password is the reason for certain where the hash proves it") {
  for (const bool is_typed : {true, false}) {
    scene s = refused_login("wrong");
    login_check_fact& check = s.host().configurations[0].login_checks[0];
    (is_typed ? check.fits_without_spaces : check.fits_with_space) = true;
    const finding first = s.found().front();
    CHECK(first.id == "auth-bad-credentials");
    CHECK(first.how_sure == certainty::certain);
    const std::string why = in_english(first.cause);
    CHECK(why.find("a blank or a line end") != std::string::npos);
    CHECK(why.find(is_typed ? "was given with" : "was set with") != std::string::npos);
  }
}

TEST_CASE("a password file that the broker may not read is the cause, and no password is") {
  scene s = refused_login("unknown");
  s.host().configurations[0].login_checks.clear();
  configuration_problem closed;
  closed.kind = problem_kind::unreadable_file;
  closed.file = "/etc/mosquitto/private/passwd";
  closed.subject = "password_file";
  closed.detail = "mosquitto\n/etc/mosquitto/private";
  s.host().configurations[0].problems = {closed};
  CHECK(s.first() == "host-file-permission");
  CHECK(says(s, "chmod o+x /etc/mosquitto/private"));
  CHECK_FALSE(says(s, "mosquitto_passwd"));
  // The login on another port succeeded, so the broker has read the file.
  s.answers(0, 0);
  CHECK(s.first() != "host-file-permission");
}

TEST_CASE("a right password in a file that was changed later: the broker must read it again") {
  const scene s = refused_login("right", true);
  REQUIRE(s.first() == "auth-bad-credentials");
  CHECK(says(s, "has not read its password file"));
  CHECK(says(s, "kill -HUP 812"));
  CHECK_FALSE(says(s, "mosquitto_passwd"));
}

TEST_CASE("a right password is not blamed, and clientid_prefixes is named where it stands") {
  CHECK(refused_login("right").first() == "nothing");
  scene s = refused_login("right");
  s.host().configurations[0].settings["clientid_prefixes"] = "shop-";
  REQUIRE(s.first() == "auth-client-id-not-allowed");
  CHECK(s.found().front().how_sure == certainty::certain);
  s.client().mqtt->client_id_kind = client_id_kind::user;
  s.all.asked.client_id = "shop-7";
  CHECK(s.first() == "nothing");
}

TEST_CASE("a wrong password and a wrong prefix are both told, and what is not known comes second") {
  const auto ids = [](const scene& at) {
    std::string out;
    for (const finding& each : at.found()) out += each.id + " ";
    return out;
  };
  scene wrong = refused_login("wrong");
  wrong.host().configurations[0].settings["clientid_prefixes"] = "shop-";
  wrong.client().mqtt->client_id_kind = client_id_kind::user;
  wrong.all.asked.client_id = "phone";
  CHECK(ids(wrong).find("auth-bad-credentials auth-client-id-not-allowed ") == 0);
  CHECK(wrong.found()[1].how_sure == certainty::certain);
  // A hash that could not be read says nothing of the password, and the prefix refuses in any case.
  wrong.host().configurations[0].login_checks[0].outcome = login_outcome::unknown;
  CHECK(wrong.first() == "auth-client-id-not-allowed");
  wrong.all.asked.client_id = "shop-7";
  CHECK(ids(wrong).find("auth-client-id-not-allowed") == std::string::npos);
}

TEST_CASE(
    "another broker's password file and access list say nothing of the one that was dialled") {
  // mosquitto runs on 1883 without passwords; Mosca (Node.js) wants one on 21884.
  scene s("mqtt", 21884);
  s.listens("0.0.0.0", "node", 900).listens("0.0.0.0", "mosquitto", 812, 1883);
  s.runs();
  auto& open = s.configured(true, 1883);
  open.settings["allow_anonymous"] = "true";
  s.all.asked.has_user = true;
  s.all.asked.user_name = "alice";
  s.answers(5, 0x87).logs(log_kind::denied, "Client phone denied");
  for (const auto& each : s.found()) {
    CHECK_MESSAGE(each.how_bad != severity::problem, each.id);
    for (const auto& mends : each.cures) CHECK(mends.command.find("812") == std::string::npos);
  }
}

TEST_CASE("a proxy that holds the port leads to the broker whose files are read") {
  scene s;
  s.listens("0.0.0.0", "nginx", 700);
  s.runs();
  s.configured(true, 1883).settings["allow_anonymous"] = "false";
  s.answers(5, 0x87);
  CHECK(s.first() == "auth-anonymous-refused");
}

TEST_CASE("a close at once is explained by a full broker, open files or tcp wrappers") {
  scene full;
  full.closes().listens("0.0.0.0").logs(log_kind::max_connections,
                                        "denied: max_connections exceeded.");
  full.runs();
  full.configured(true, 1883).listeners[0].settings["max_connections"] = "2";
  CHECK(full.first() == "mqtt-max-connections");
  CHECK(says(full, "max_connections is 2"));

  scene filtered;
  filtered.closes().listens("0.0.0.0").logs(log_kind::tcpd, "denied access by tcpd.");
  filtered.runs();
  filtered.configured(true, 1883).problems = {wrong(problem_kind::hosts_deny, false, "ALL")};
  CHECK(filtered.first() == "mqtt-access-filter");

  // Without free descriptors tcp wrappers cannot read their files, and deny with the same log line.
  scene exhausted;
  exhausted.closes().listens("0.0.0.0").logs(log_kind::tcpd, "denied access by tcpd.");
  auto& process = exhausted.runs();
  process.open_files = 1022;
  process.file_limit = 1024;
  exhausted.configured(true, 1883);
  CHECK(exhausted.first() == "mqtt-max-connections");
  CHECK(says(exhausted, "1022 of 1024"));
}

TEST_CASE("an old line in the log explains nothing") {
  scene s;
  s.closes().listens("0.0.0.0").logs(log_kind::max_connections, "denied: max_connections exceeded.",
                                     false);
  s.runs();
  s.configured(true, 1883);
  CHECK(s.first() == "nothing");
}

TEST_CASE("the CONNACK 'not authorised' is explained by six different reasons") {
  const auto refused = [](const char* user) {
    scene s;
    s.answers(5, 0x87).listens("0.0.0.0");
    s.runs();
    s.configured(true, 1883);
    if (*user != 0) {
      s.all.asked.has_user = s.all.asked.has_password = true;
      s.all.asked.user_name = user;
    }
    return s;
  };
  scene anonymous = refused("");
  CHECK(anonymous.first() == "auth-anonymous-refused");
  CHECK(says(anonymous, "nobody can log in"));

  scene trap = refused("");
  trap.host().configurations[0].problems = {
      wrong(problem_kind::above_listener, false, "allow_anonymous", "true")};
  CHECK(trap.first() == "auth-listener-settings-trap");

  scene twice = refused("");
  twice.host().configurations[0].problems = {
      wrong(problem_kind::overridden, false, "allow_anonymous", "false")};
  CHECK(twice.first() == "auth-listener-settings-trap");

  scene unknown = refused("alice");
  unknown.host().configurations[0].settings["password_file"] = "/etc/mosquitto/passwd";
  unknown.host().configurations[0].problems = {
      wrong(problem_kind::user_not_in_file, false, "alice")};
  CHECK(unknown.first() == "auth-bad-credentials");
  CHECK(says(unknown, "knows no user \"alice\""));

  scene password = refused("alice");
  password.host().configurations[0].settings["password_file"] = "/etc/mosquitto/passwd";
  CHECK(password.first() == "auth-bad-credentials");
  CHECK(says(password, "password of user \"alice\" is wrong"));
  CHECK(password.found()[0].how_sure == certainty::likely);

  scene near = refused("Alice");
  near.host().configurations[0].settings["password_file"] = "/etc/mosquitto/passwd";
  near.host().configurations[0].problems = {
      wrong(problem_kind::user_not_in_file, false, "Alice", "alice")};
  CHECK(near.first() == "auth-bad-credentials");
  CHECK(says(near, "Enter the user name as it stands there: alice"));
  CHECK(!says(near, "mosquitto_passwd"));

  scene half = refused("alice");
  half.all.asked.has_password = false;
  half.host().configurations[0].settings["password_file"] = "/etc/mosquitto/passwd";
  CHECK(half.first() == "auth-bad-credentials");
  CHECK(says(half, "none was given"));
  CHECK(half.found()[0].apart_command == "mqtt-doctor 10.77.2.2:1883 -u alice --ask-password");

  scene plain = refused("alice");
  plain.host().configurations[0].settings["password_file"] = "/etc/mosquitto/passwd";
  plain.host().configurations[0].problems = {wrong(problem_kind::plain_password, false, "alice")};
  CHECK(plain.first() == "auth-password-file-not-hashed");
}

TEST_CASE("a password file that could not be read decides nothing") {
  scene s;
  s.answers(5, 0x87).listens("0.0.0.0");
  s.runs();
  s.all.asked.has_user = true;
  s.all.asked.user_name = "alice";
  s.configured(true, 1883).settings["password_file"] = "/etc/mosquitto/passwd";
  s.host().not_seen = {"/etc/mosquitto/passwd: needs root"};
  CHECK(s.first() == "nothing");
}

TEST_CASE("somebody else's plain password is a warning") {
  scene s;
  s.works().listens("0.0.0.0");
  s.runs();
  s.configured(true, 1883).problems = {wrong(problem_kind::plain_password, false, "bob")};
  CHECK(s.first() == "auth-password-file-not-hashed");
  CHECK(s.found()[0].how_bad == severity::warning);
}

TEST_CASE("guest on RabbitMQ works here and nowhere else") {
  scene s;
  s.works().listens("0.0.0.0", "rabbitmq", 900);
  s.runs("rabbitmq", 900);
  s.all.asked.has_user = true;
  s.all.asked.user_name = "guest";
  CHECK(s.first() == "auth-guest-only-local");
  s.all.asked.user_name = "phone";
  CHECK(s.first() == "nothing");
}

TEST_CASE("RabbitMQ's loopback_users holds for whom it names, and guest by default alone") {
  const auto told = [](const std::string& user, std::map<std::string, std::string> settings) {
    scene s;
    s.works().listens("0.0.0.0", "rabbitmq", 900);
    s.runs("rabbitmq", 900);
    auto& from = s.configured(true, 1883, "rabbitmq");
    from.pid = 900;
    from.settings = std::move(settings);
    s.all.asked.has_user = true;
    s.all.asked.user_name = user;
    return s.first();
  };
  CHECK(told("guest", {}) == "auth-guest-only-local");
  CHECK(told("guest", {{"loopback_users.guest", "false"}}) == "nothing");
  CHECK(told("guest", {{"loopback_users", "none"}}) == "nothing");
  CHECK(told("guest", {{"loopback_users.alice", "true"}}) == "nothing");
  CHECK(told("alice", {{"loopback_users.alice", "true"}}) == "auth-guest-only-local");
  CHECK(told("alice", {}) == "nothing");
}

TEST_CASE("RabbitMQ turns a loopback user away who comes by another of its addresses") {
  scene s;
  s.answers(5, 0x87).listens("0.0.0.0", "rabbitmq", 900);
  s.runs("rabbitmq", 900);
  s.all.asked.has_user = true;
  s.all.asked.user_name = "guest";
  CHECK(s.first() == "auth-guest-only-local");
  s.client().address = "127.0.0.1";
  CHECK(s.first() == "nothing");
}

TEST_CASE("an access list that denies publishing is told from one that denies reading") {
  const auto lost = [] {
    scene s;
    s.works().listens("0.0.0.0");
    s.runs();
    s.configured(true, 1883).settings["acl_file"] = "/etc/mosquitto/acl";
    delivery_fact delivery;
    delivery.topic = "house/lamp";
    delivery.is_users_topic = true;
    delivery.subscribed = true;
    delivery.suback = 1;
    delivery.published = true;
    delivery.puback = 0;
    delivery.ping_answered = true;
    s.all.endpoints[0].deliveries.push_back(delivery);
    return s;
  };
  scene publish = lost();
  publish.logs(log_kind::denied,
               "Denied PUBLISH from x (d0, q1, r0, m1, 'house/lamp', ... (1 bytes))");
  CHECK(publish.first() == "auth-acl-publish-swallowed");
  CHECK(says(publish, "house/lamp"));
  CHECK(lost().first() == "auth-acl-read-denied-silently");
  scene own_topic = lost();  // denied as well, which is nobody's concern beside the user's topic
  own_topic.all.endpoints[0].deliveries[0].is_users_topic = true;
  own_topic.logs(log_kind::denied,
                 "Denied PUBLISH from x (d0, q1, r0, m2, 'mqtt-doctor/1', ... (2 bytes))");
  CHECK(own_topic.first() == "auth-acl-read-denied-silently");
  // Without a topic of the user's the doctor tries one of its own: what the access list gives him
  // leaves that out by design.
  const std::string own_denied =
      "Denied PUBLISH from mqtt-doctor-1 (d0, q1, r0, m1, 'house/lamp', ... (1 bytes))";
  const auto with_rule = [&](const std::string& user) {
    scene made = lost();
    made.all.endpoints[0].deliveries[0].is_users_topic = false;
    acl_rule_fact rule;
    rule.user = user;
    rule.access = acl_access::readwrite;
    rule.topic = "topic/#";
    made.host().configurations[0].acl.push_back(rule);
    made.logs(log_kind::denied, own_denied);
    return made;
  };
  CHECK(with_rule(lost().all.asked.user_name).first() == "nothing");
  CHECK(with_rule("somebody-else").first() == "auth-acl-publish-swallowed");
  scene unread = lost();  // the access list was not read: his topics are not known
  unread.all.endpoints[0].deliveries[0].is_users_topic = false;
  unread.logs(log_kind::denied, own_denied);
  CHECK(unread.first() == "nothing");
  scene delivered = lost();
  delivered.all.endpoints[0].deliveries[0].echoed = true;
  CHECK(delivered.first() == "nothing");
}

// ---- TLS and WebSocket ------------------------------------------------------------------------

TEST_CASE("a listener that is set up for another scheme than was asked for is named") {
  const auto asked = [](const char* scheme, const char* protocol, bool has_certificate) {
    scene s(scheme);
    s.closes().listens("0.0.0.0");
    s.runs();
    auto& block = s.configured(true, 1883).listeners[0];
    block.protocol = fact_word<listener_protocol>(protocol);
    if (has_certificate) block.settings["certfile"] = "/c.pem";
    return s.first();
  };
  CHECK(asked("mqtt", "mqtt", true) == "tls-plaintext-to-tls-port");
  CHECK(asked("mqtts", "mqtt", false) == "tls-to-plaintext-port");
  CHECK(asked("mqtt", "websockets", false) == "ws-raw-mqtt-to-ws-port");
  CHECK(asked("ws", "mqtt", false) == "ws-handshake-to-raw-port");
  CHECK(asked("ws", "websockets", true) == "ws-plain-to-wss-port");
  CHECK(asked("mqtt", "mqtt", false) == "nothing");
  CHECK(asked("mqtts", "mqtt", true) == "nothing");
}

TEST_CASE("an expired certificate is told as old on disk as well, or as renewed there") {
  const auto shown = [](const char* fingerprint_on_disk, int days_on_disk) {
    scene s("mqtts", 8883);
    s.listens("0.0.0.0");
    s.runs();
    tls_fact tls;
    tls.is_done = true;
    certificate_fact leaf;
    leaf.fingerprint = "aa";
    leaf.days_left = -10;
    leaf.not_after = "2026-01-01T00:00:00Z";
    tls.chain.push_back(leaf);
    s.client().tls = tls;
    disk_certificate_fact disk;
    disk.file = "/etc/mosquitto/server.crt";
    disk.fingerprint = fingerprint_on_disk;
    disk.days_left = days_on_disk;
    s.configured(true, 8883).listeners[0].certificate = disk;
    return s;
  };
  CHECK(shown("bb", 80).first() == "tls-expired");
  CHECK(says(shown("bb", 80), "renewed on disk"));
  CHECK(says(shown("bb", 80), "kill -HUP 812"));
  CHECK(says(shown("aa", -10), "just as old"));
  CHECK_FALSE(says(shown("aa", -10), "renewed"));
}

TEST_CASE("a client certificate is missing only where one is required") {
  scene s("mqtts", 8883);
  s.closes().listens("0.0.0.0");
  s.runs();
  auto& block = s.configured(true, 8883).listeners[0];
  block.settings["certfile"] = "/c.pem";
  CHECK(s.first() == "nothing");
  s.host().configurations[0].listeners[0].settings["require_certificate"] = "true";
  CHECK(s.first() == "tls-client-cert-missing");
  s.all.asked.has_certificate = true;
  CHECK(s.first() == "nothing");
}

TEST_CASE("user name and password that are exchanged are told, and no user is made") {
  scene s = refused_login("unknown");
  s.host().configurations[0].login_checks.clear();
  s.all.asked.user_name = "alice-pw";
  auto unknown = wrong(problem_kind::user_not_in_file, false, "alice-pw");
  auto exchanged = wrong(problem_kind::login_exchanged, false, "alice");
  s.host().configurations[0].problems = {exchanged, unknown};
  REQUIRE(s.first() == "auth-bad-credentials");
  CHECK(says(s, "exchanged"));
  CHECK_FALSE(says(s, "mosquitto_passwd"));
}

namespace {

/// alice may log in and subscribes to $SYS, but gets nothing; the access list has this rule.
scene reads_sys(const std::string& rule) {
  scene s;
  s.listens("0.0.0.0").runs();
  auto& configuration = s.configured(true, 1883);
  configuration.settings["acl_file"] = "/etc/mosquitto/acl";
  acl_rule_fact made;
  made.file = "/etc/mosquitto/acl";
  made.line = 2;
  made.user = "alice";
  made.access = acl_access::readwrite;
  made.topic = rule;
  configuration.acl = {made};
  s.all.asked.has_user = s.all.asked.has_password = true;
  s.all.asked.user_name = "alice";
  s.all.asked.topic = "$SYS/broker/uptime";
  s.works();
  return s;
}

}  // namespace

TEST_CASE("a right to # is none to what begins with $") {
  const scene s = reads_sys("#");
  REQUIRE(s.first() == "auth-acl-read-denied-silently");
  CHECK(says(s, "topic readwrite #"));
  CHECK(says(s, "topic read $SYS/#"));
  CHECK(reads_sys("$SYS/#").first() == "nothing");
  CHECK(reads_sys("home/#").first() == "nothing");
}

TEST_CASE("a name server that leads to this machine does not make it the broker's") {
  scene s;
  s.all.asked.host = "broker.test";
  s.all.name.is_literal = false;
  s.all.name.addresses = {"127.0.0.1"};
  s.client().address = "127.0.0.1";
  s.connects("refused");
  CHECK(s.first() == "nothing");
  s.all.asked.on_broker = true;
  CHECK(s.first() == "tcp-refused-not-running");
  s.all.asked.on_broker = false;
  s.all.asked.host = "localhost";
  CHECK(s.first() == "tcp-refused-not-running");
  s.all.asked.host = "broker.test";
  s.all.name.hosts_file = {"127.0.0.1"};
  CHECK(s.first() == "tcp-refused-not-running");
}
