// mosquitto.conf as mosquitto 2.0 reads it, and the files that it names. Each "stops the broker"
// was tried with mosquitto 2.0.11.
#include <doctest/doctest.h>

#include <optional>

#include "mqtt-doctor/probes/host/brokers.hpp"
#include "support/certificates.hpp"
#include "unit/doctor/machine.hpp"

using namespace mqttkit::doctor;

namespace {

constexpr const char* conf = "/etc/mosquitto/mosquitto.conf";

configuration_fact read(const std::string& text) {
  machine here;
  return read_configuration(here, text);
}

}  // namespace

TEST_CASE("a configuration without a listener serves this machine only") {
  const auto configuration = read("persistence true\n");
  CHECK(configuration.settings.at("local_only") == "true");
  CHECK(configuration.listeners.empty());
  CHECK(read("listener 1883\n").settings.count("local_only") == 0);
}

TEST_CASE("listeners have their port, address, protocol and line") {
  const auto configuration =
      read("# two\nlistener 1883 127.0.0.1\n\nlistener 9001\nprotocol websockets\n");
  REQUIRE(configuration.listeners.size() == 2);
  CHECK(configuration.listeners[0].port == 1883);
  CHECK(configuration.listeners[0].address == "127.0.0.1");
  CHECK(configuration.listeners[0].line == 2);
  CHECK(configuration.listeners[1].protocol == listener_protocol::websockets);
  CHECK(problem(configuration, problem_kind::websocket_only) == nullptr);
}

TEST_CASE("port and bind_address make the listener of old") {
  const auto configuration = read("port 1884\nbind_address 127.0.0.1\n");
  REQUIRE(configuration.listeners.size() == 1);
  CHECK(configuration.listeners[0].port == 1884);
  CHECK(configuration.listeners[0].address == "127.0.0.1");
}

TEST_CASE("what stops mosquitto is found with its line") {
  const auto wrong = [](const std::string& text, problem_kind kind) {
    const auto configuration = read(text);
    const auto* found = problem(configuration, kind);
    REQUIRE_MESSAGE(found != nullptr, text);
    CHECK(found->stops_broker);
    return *found;
  };
  const auto typo = wrong("listener 1883\nallow_anonymus true\n", problem_kind::unknown_variable);
  CHECK(typo.line == 2);
  CHECK(typo.subject == "allow_anonymus");
  CHECK(typo.file == conf);
  CHECK(wrong("\xEF\xBB\xBFlistener 1883\n", problem_kind::byte_order_mark).line == 1);
  const auto in_utf_16 = [](std::string text, std::string mark) {
    for (const char each : text) mark.append(1, each).append(1, '\0');
    return mark;
  };
  CHECK(wrong(in_utf_16("listener 1883\r\n", "\xFF\xFE"), problem_kind::utf_16).detail == "UTF-16");
  CHECK(wrong(in_utf_16("listener 1883\n", ""), problem_kind::utf_16).detail == "UTF-16LE");
  CHECK(wrong("allow_anonymous\ttrue\n", problem_kind::tab).subject == "allow_anonymous");
  CHECK(wrong("listener 1883\n  # indented\n", problem_kind::unknown_variable).subject == "#");
  CHECK(wrong("allow_anonymous yes\n", problem_kind::bad_value).detail == "yes");
  wrong("listener\n", problem_kind::bad_value);
  wrong("listener 99999\n", problem_kind::bad_value);
  wrong("listener 1883\nprotocol http\n", problem_kind::bad_value);
  wrong("listener 1883\nlistener 1883\n", problem_kind::duplicate_port);
  wrong("include_dir /nowhere\n", problem_kind::missing_file);
  wrong("allow_anonymous true\nper_listener_settings true\n", problem_kind::bad_value);
  wrong("listener 9001\nprotocol websockets\n", problem_kind::websocket_only);
  wrong("listener 1883\npassword_file /nowhere\n", problem_kind::missing_file);
  wrong("listener 1883\nacl_file /nowhere\n", problem_kind::missing_file);
}

TEST_CASE("values that mosquitto does not take are found, and those it takes are not") {
  const auto refuses = [](const std::string& line) {
    const auto configuration = read("listener 1883\n" + line + "\n");
    const auto* found = problem(configuration, problem_kind::bad_value);
    return found != nullptr && found->stops_broker && found->line == 2;
  };
  for (const char* line :
       {"allow_anonymous TRUE", "max_qos 3", "max_inflight_messages 70000", "max_packet_size 10",
        "max_packet_size many", "message_size_limit -1", "persistent_client_expiration 1x",
        "sys_interval -1", "log_type verbose", "log_dest /var/log/mosquitto.log", "log_dest file",
        "socket_domain ipv5", "mount_point a/#", "queue_qos0_messages maybe"})
    CHECK_MESSAGE(refuses(line), line);
  for (const char* line :
       {"max_qos 0", "max_connections many", "max_queued_messages -1", "autosave_interval -1",
        "persistent_client_expiration 2m", "log_type all", "log_dest file /var/log/m.log",
        "log_dest topic", "mount_point /a/b", "tls_version tlsv1.9", "psk_hint x"})
    CHECK_MESSAGE(!refuses(line), line);
}

TEST_CASE("bridges are whole, and their options stand below them in the same file") {
  const auto wrong = [](const std::string& text,
                        problem_kind kind) -> std::optional<configuration_problem> {
    const configuration_fact configuration = read("listener 1883\n" + text);
    const auto* const found = problem(configuration, kind);
    return found == nullptr ? std::nullopt : std::optional(*found);
  };
  CHECK(wrong("connection a\n", problem_kind::incomplete_bridge)->subject == "address");
  CHECK(wrong("connection a\naddress x\n", problem_kind::incomplete_bridge)->subject == "topic");
  CHECK(wrong("topic # both\n", problem_kind::outside_bridge)->line == 2);
  CHECK(wrong("connection a\naddress x\ntopic # sideways\n", problem_kind::bad_value)->line == 4);
  CHECK(wrong("connection a\naddress x\ntopic # both 3\n", problem_kind::bad_value).has_value());
  CHECK_FALSE(wrong("connection a\naddress x\ntopic # in 1 home/ cloud/\n", problem_kind::bad_value)
                  .has_value());
  CHECK(wrong("connection a\naddress x\ntopic #\nconnection a\naddress y\ntopic #\n",
              problem_kind::duplicate_option)
            ->line == 5);
  machine here;
  here.file("/etc/mosquitto/conf.d/a.conf", "topic # both\n");
  const auto result =
      read_configuration(here, "connection a\naddress x\ninclude_dir /etc/mosquitto/conf.d\n");
  CHECK(problem(result, problem_kind::outside_bridge) != nullptr);
}

TEST_CASE("what may stand once is found a second time, in an included file too") {
  machine here;
  here.file("/etc/mosquitto/pw", "");
  here.file("/etc/mosquitto/conf.d/a.conf", "listener 1883\npassword_file /etc/mosquitto/pw\n");
  const auto configuration = read_configuration(
      here, "password_file /etc/mosquitto/pw\ninclude_dir /etc/mosquitto/conf.d\n");
  REQUIRE(problem(configuration, problem_kind::duplicate_option) != nullptr);
  CHECK(problem(configuration, problem_kind::duplicate_option)->file ==
        "/etc/mosquitto/conf.d/a.conf");
  // Each listener has its own file, and the global one differs.
  const auto fine = read_configuration(here,
                                       "listener 1883\nlistener 8883\ncertfile /a\nkeyfile /b\n"
                                       "listener 8884\ncertfile /a\nkeyfile /b\n");
  CHECK(problem(fine, problem_kind::duplicate_option) == nullptr);
}

TEST_CASE("each file begins with the default listener") {
  machine here;
  here.file("/etc/mosquitto/conf.d/a.conf", "allow_anonymous true\nmax_connections 5\n");
  const auto configuration = read_configuration(here,
                                                "per_listener_settings true\nlistener 1884\n"
                                                "include_dir /etc/mosquitto/conf.d\n");
  REQUIRE(problem(configuration, problem_kind::above_listener) != nullptr);
  CHECK(problem(configuration, problem_kind::above_listener)->file ==
        "/etc/mosquitto/conf.d/a.conf");
  REQUIRE(configuration.listeners.size() == 2);
  CHECK(configuration.listeners[0].port == 1883);  // which max_connections opens
  CHECK(configuration.listeners[1].settings.count("max_connections") == 0);
}

TEST_CASE("a listener's setting above the listener for 1883 opens that port twice") {
  const auto twice = [](const std::string& text) {
    const auto configuration = read(text);
    const auto* found = problem(configuration, problem_kind::duplicate_port);
    return found != nullptr && found->stops_broker;
  };
  CHECK(twice("max_connections 100\nlistener 1883\n"));
  CHECK(twice("cafile /etc/ca.pem\nlistener 1883\n"));
  CHECK_FALSE(twice("max_connections -1\nlistener 1883\n"));
  CHECK_FALSE(twice("require_certificate false\nlistener 1883\n"));
  CHECK_FALSE(twice("max_connections 100\nlistener 1884\n"));
  CHECK_FALSE(twice("port 1883\nmax_connections 100\n"));
  CHECK_FALSE(twice("listener 1883\nmax_connections 100\n"));
}

TEST_CASE("files, folders and users that mosquitto needs are looked for") {
  const auto lacks = [](const std::string& text, problem_kind kind) {
    const auto configuration = read(text);
    const auto* found = problem(configuration, kind);
    return found != nullptr && found->stops_broker;
  };
  CHECK(lacks("listener 1883\nuser mqttbroker\n", problem_kind::missing_user));
  CHECK_FALSE(lacks("listener 1883\nuser root\n", problem_kind::missing_user));
  CHECK(lacks("listener 1883\nplugin /usr/lib/none.so\n", problem_kind::missing_file));
  CHECK(lacks("listener 1883\nlistener 9001\nprotocol websockets\nhttp_dir /srv/none\n",
              problem_kind::missing_file));
  CHECK(lacks("listener 0 /run/none/m.sock\n", problem_kind::missing_file));
}

TEST_CASE("lines of an access list that stop mosquitto are found") {
  const auto stops = [](const std::string& rules) {
    machine here;
    here.file("/etc/mosquitto/acl", rules);
    const auto configuration =
        read_configuration(here, "listener 1883\nacl_file /etc/mosquitto/acl\n");
    const auto* found = problem(configuration, problem_kind::bad_value);
    return found != nullptr && found->file == "/etc/mosquitto/acl";
  };
  for (const char* rules :
       {"topic a b\n", "topic Read a\n", "  # x\n", "user\talice\n", "TOPIC read a\n",
        "topic read a/#/b\n", "topic write a/+b\n", "user\n", "topic\n", "alice\n"})
    CHECK_MESSAGE(stops(rules), rules);
  for (const char* rules :
       {"topic a/b\n", "topic read\n", " user alice\n", "# x\n", "topic readwrite a b\n",
        "pattern write %u/#\n", "user a b\ntopic deny +/x\n\n"})
    CHECK_FALSE_MESSAGE(stops(rules), rules);
}

TEST_CASE("a byte order mark in an access list is told as one") {
  machine here;
  here.file("/etc/mosquitto/acl", "\xEF\xBB\xBFuser alice\ntopic readwrite #\n");
  const auto configuration =
      read_configuration(here, "listener 1883\nacl_file /etc/mosquitto/acl\n");
  const auto* found = problem(configuration, problem_kind::byte_order_mark);
  REQUIRE(found != nullptr);
  CHECK(found->file == "/etc/mosquitto/acl");
  CHECK(problem(configuration, problem_kind::bad_value) == nullptr);
}

TEST_CASE("what only looks wrong is not blamed") {
  for (const char* text :
       {"listener 1883\r\nallow_anonymous true\r\n", "listener 1883\nallow_anonymous true # open\n",
        "  listener 1883\n", "listener 1883\nallow_anonymous 1\n", "listener 1883 \n",
        "listener 1883 127.0.0.1\nlistener 1883 10.77.2.2\n",
        "connection b\naddress x\ntopic # both\nremote_password y\n"}) {
    const auto configuration = read(text);
    for (const auto& problem : configuration.problems) {
      CHECK_MESSAGE(!problem.stops_broker, text, problem.kind.word(), problem.subject);
    }
  }
}

TEST_CASE("include_dir reads *.conf and leaves out what has another ending") {
  machine here;
  here.file("/etc/mosquitto/conf.d/a.conf", "listener 1883\n")
      .file("/etc/mosquitto/conf.d/b.conf.bak", "listener 8883\n")
      .file("/etc/mosquitto/conf.d/README", "listener 1\n")
      .file("/etc/mosquitto/conf.d/notes.txt", "call Bob\n");
  const auto configuration = read_configuration(here, "include_dir /etc/mosquitto/conf.d\n");
  CHECK(configuration.files.size() == 2);
  REQUIRE(configuration.listeners.size() == 1);
  CHECK(configuration.listeners[0].settings.at("file") == "/etc/mosquitto/conf.d/a.conf");
  int ignored = 0;
  for (const auto& each : configuration.problems)
    ignored += each.kind == problem_kind::ignored_file;
  CHECK(ignored == 1);
  CHECK(problem(configuration, problem_kind::ignored_file)->subject == "b.conf.bak");
}

TEST_CASE("security settings hold for all listeners, the last one wins") {
  const auto configuration =
      read("allow_anonymous true\nlistener 1883\nlistener 1884\nallow_anonymous false\n");
  CHECK(configuration.listeners[0].settings.at("allow_anonymous") == "false");
  CHECK(configuration.listeners[1].settings.at("allow_anonymous") == "false");
  REQUIRE(problem(configuration, problem_kind::overridden) != nullptr);
  CHECK(problem(configuration, problem_kind::overridden)->line == 4);
}

TEST_CASE("with per_listener_settings they hold for the listener they stand below") {
  const auto configuration = read(
      "per_listener_settings true\nallow_anonymous true\nlistener 1883\nlistener 1884\n"
      "allow_anonymous true\n");
  CHECK(configuration.listeners[0].settings.count("allow_anonymous") == 0);
  CHECK(configuration.listeners[1].settings.at("allow_anonymous") == "true");
  const auto* above = problem(configuration, problem_kind::above_listener);
  REQUIRE(above != nullptr);
  CHECK(above->subject == "allow_anonymous");
  CHECK(above->line == 2);
}

TEST_CASE("secrets in a configuration are not kept") {
  const auto configuration = read("connection b\nremote_password geheim\nbridge_psk 0123\n");
  for (const auto& [name, value] : configuration.settings)
    CHECK(value.find("geheim") == std::string::npos);
}

TEST_CASE("a password file's plain entries and unknown users are found, its hashes are not kept") {
  machine here;
  here.file("/etc/mosquitto/passwd", "alice:$7$101$salt$hash\nbob:secret\ncarol:$6$salt$hash\n");
  here.request.user = "dave";
  const auto configuration =
      read_configuration(here, "listener 1883\npassword_file /etc/mosquitto/passwd\n");
  REQUIRE(problem(configuration, problem_kind::plain_password) != nullptr);
  CHECK(problem(configuration, problem_kind::plain_password)->subject == "bob");
  CHECK(problem(configuration, problem_kind::plain_password)->line == 2);
  CHECK(problem(configuration, problem_kind::user_not_in_file)->subject == "dave");
  for (const auto& each : configuration.problems) {
    CHECK(each.detail.find("secret") == std::string::npos);
    CHECK(each.detail.find("hash") == std::string::npos);
  }
  CHECK(problem(configuration, problem_kind::user_not_in_file)->detail.empty());
  for (const char* near : {"Alice", "alice ", " alice"}) {
    here.request.user = near;
    const auto other =
        read_configuration(here, "listener 1883\npassword_file /etc/mosquitto/passwd\n");
    REQUIRE(problem(other, problem_kind::user_not_in_file) != nullptr);
    CHECK(problem(other, problem_kind::user_not_in_file)->detail == "alice");
  }
  here.request.user = "carol";
  CHECK(problem(read_configuration(here, "listener 1883\npassword_file /etc/mosquitto/passwd\n"),
                problem_kind::user_not_in_file) == nullptr);
}

TEST_CASE("a user who stands in another file beside the one that is read is found there") {
  machine here;
  here.file("/etc/mosquitto/passwd", "bob:$7$101$salt$hash\n");
  here.file("/etc/mosquitto/acl", "user alice\ntopic readwrite #\n");
  here.file("/etc/mosquitto/passwd.bak", "alice:$7$101$salt$hash\n");
  here.request.user = "alice";
  const char* text = "listener 1883\npassword_file /etc/mosquitto/passwd\n";
  const auto unknown = read_configuration(here, text);
  REQUIRE(problem(unknown, problem_kind::user_not_in_file) != nullptr);
  CHECK(problem(unknown, problem_kind::user_not_in_file)->detail.empty());
  here.file("/etc/mosquitto/users", "alice:$7$101$salt$hash\n");
  const auto beside = read_configuration(here, text);
  REQUIRE(problem(beside, problem_kind::user_not_in_file) != nullptr);
  CHECK(problem(beside, problem_kind::user_not_in_file)->detail == "\n/etc/mosquitto/users");
}

TEST_CASE("the users of the dynamic security plugin are read from its file") {
  machine here;
  here.request.user = "alice";
  here.request.password = "secret";
  const auto looked = [&here](const std::string& clients) {
    here.file("/var/lib/mosquitto/dynamic-security.json", "{\"clients\":" + clients + "}");
    return read_configuration(here,
                              "listener 1883\nplugin /usr/lib/mosquitto_dynamic_security.so\n"
                              "plugin_opt_config_file /var/lib/mosquitto/dynamic-security.json\n");
  };
  const auto unknown = looked(R"([{"username":"bob"}, 7, {"username":["alice"]}])");
  REQUIRE(problem(unknown, problem_kind::user_not_in_file) != nullptr);
  CHECK(problem(unknown, problem_kind::user_not_in_file)->file ==
        "/var/lib/mosquitto/dynamic-security.json");
  const std::string hash = std::string(86, 'A') + "==";  // 64 bytes, as SHA-512 has
  const auto wrong = looked(R"([{"username":"alice","salt":"c2FsdA==","iterations":101,)"
                            R"("password":")" +
                            hash + "\"}]");
  CHECK(problem(wrong, problem_kind::user_not_in_file) == nullptr);
  REQUIRE(wrong.login_checks.size() == 1);
  CHECK(wrong.login_checks[0].outcome == login_outcome::wrong);
  // A client that is switched off is refused with any password.
  const auto off = looked(R"([{"username":"alice","disabled":true,"iterations":101}])");
  CHECK(off.login_checks.empty());
  CHECK(problem(looked("\"none\""), problem_kind::user_not_in_file) == nullptr);
}

TEST_CASE("a file the user mosquitto cannot read is told from one it can") {
  if (::getuid() == 4242) return;
  machine here;
  here.file("/etc/mosquitto/passwd", "alice:$7$101$salt$hash\n", 0600);
  const char* text = "listener 1883\npassword_file /etc/mosquitto/passwd\n";
  const auto closed = read_configuration(here, text);
  REQUIRE(problem(closed, problem_kind::unreadable_file) != nullptr);
  CHECK(problem(closed, problem_kind::unreadable_file)->detail ==
        "mosquitto\n/etc/mosquitto/passwd");
  here.file("/etc/mosquitto/passwd", "alice:$7$101$salt$hash\n", 0644);
  CHECK(problem(read_configuration(here, text), problem_kind::unreadable_file) == nullptr);
}

TEST_CASE("a folder above the file can be what stops the user") {
  if (::getuid() == 4242) return;
  machine here;
  here.file("/etc/letsencrypt/live/x/key.pem", "key");
  std::filesystem::permissions(here.real("/etc/letsencrypt/live"),
                               std::filesystem::perms::owner_all);
  const auto configuration =
      read_configuration(here, "listener 8883\nacl_file /etc/letsencrypt/live/x/key.pem\n");
  REQUIRE(problem(configuration, problem_kind::unreadable_file) != nullptr);
  CHECK(problem(configuration, problem_kind::unreadable_file)->detail ==
        "mosquitto\n/etc/letsencrypt/live");
  std::filesystem::permissions(here.real("/etc/letsencrypt/live"), std::filesystem::perms::all);
}

TEST_CASE("the configuration's own user is asked about, when it names one") {
  machine here;
  here.file("/etc/mosquitto/passwd", "alice:$7$101$salt$hash\n", 0600);
  const auto configuration =
      read_configuration(here, "user root\nlistener 1883\npassword_file /etc/mosquitto/passwd\n");
  CHECK(problem(configuration, problem_kind::unreadable_file) == nullptr);
}

TEST_CASE("certificate and key are looked at, alone and together") {
  using mqttkit::testing::certificate_kind;
  using mqttkit::testing::read_file;
  const auto& made = mqttkit::testing::test_certificates();
  const auto good = read_file(made.server(certificate_kind::good).certificate);
  const auto key = read_file(made.server(certificate_kind::good).key);
  const auto other = read_file(made.server(certificate_kind::wrong_host).key);
  const char* text = "listener 8883\ncertfile /etc/mosquitto/s.crt\nkeyfile /etc/mosquitto/s.key\n";
  machine here;
  here.file("/etc/mosquitto/s.crt", good).file("/etc/mosquitto/s.key", key);
  const auto fits = read_configuration(here, text);
  CHECK(problem(fits, problem_kind::key_mismatch) == nullptr);
  REQUIRE(fits.listeners[0].certificate);
  CHECK(fits.listeners[0].certificate->certificates >= 1);
  CHECK_FALSE(fits.listeners[0].certificate->fingerprint.empty());
  here.file("/etc/mosquitto/s.key", other);
  REQUIRE(problem(read_configuration(here, text), problem_kind::key_mismatch) != nullptr);
  here.file("/etc/mosquitto/s.crt", "nothing of the kind");
  CHECK(problem(read_configuration(here, text), problem_kind::bad_certificate) != nullptr);
  CHECK(problem(read_configuration(here, "listener 8883\ncertfile /etc/mosquitto/s.crt\n"),
                problem_kind::key_missing) != nullptr);
}

TEST_CASE("an address this machine does not have is told from those it has") {
  CHECK(problem(read("listener 1883 203.0.113.9\n"), problem_kind::address_not_here) != nullptr);
  for (const char* own : {"10.77.2.2", "0.0.0.0", "127.0.0.1", "::", "localhost"}) {
    CHECK(problem(read(std::string("listener 1883 ") + own + "\n"),
                  problem_kind::address_not_here) == nullptr);
  }
}

TEST_CASE("tcp wrappers count when they name mosquitto or everybody") {
  machine here;
  here.file("/etc/hosts.deny", "# sshd: ALL\nsshd : ALL\n");
  CHECK(problem(read_configuration(here, "listener 1883\n"), problem_kind::hosts_deny) == nullptr);
  here.file("/etc/hosts.deny", "# comment\nsshd, mosquitto : ALL\n");
  REQUIRE(problem(read_configuration(here, "listener 1883\n"), problem_kind::hosts_deny) !=
          nullptr);
  CHECK(problem(read_configuration(here, "listener 1883\n"), problem_kind::hosts_deny)->line == 2);
  here.file("/etc/hosts.allow", "mosquitto: 192.168.0.\n");
  CHECK(problem(read_configuration(here, "listener 1883\n"), problem_kind::hosts_deny)->detail ==
        "192.168.0.");
  here.file("/etc/hosts.allow", "mosquitto: ALL\n");
  CHECK(problem(read_configuration(here, "listener 1883\n"), problem_kind::hosts_deny) == nullptr);
}

TEST_CASE("a password that is right but for a blank is told from a wrong one") {
  const std::string of_x =
      "$7$101$uBiFJ20KOALzo4hh$7lRkiJYnZrQ2vWWP"
      "kTwcW1D4jPVyQmQy3MWPq5Ps9aEhCDcUAxv6C6k9160uGxMN8azEnKIfen9Y1CrX+1EELA==";
  const auto checked = [&](const char* password) {
    machine here;
    here.request.user = "alice";
    here.request.password = password;
    here.file("/etc/mosquitto/passwd", "alice:" + of_x + "\n");
    const auto made =
        read_configuration(here, "listener 1883\npassword_file /etc/mosquitto/passwd\n");
    REQUIRE(made.login_checks.size() == 1);
    return made.login_checks[0];
  };
  for (const char* password : {"x\n", " x", "x ", "x\r\n"})
    CHECK(checked(password).fits_without_spaces);
  for (const char* password : {"x", "y", "y "}) {
    CHECK_FALSE(checked(password).fits_without_spaces);
    CHECK_FALSE(checked(password).fits_with_space);
  }
}

TEST_CASE("a file changed after the start of the process is told") {
  machine here;
  here.runs(812, "mosquitto", {"mosquitto", "-c", conf});  // it started in 2023
  const auto configuration = read_configuration(here, "listener 1883\n");
  CHECK(configuration.is_used);
  CHECK(configuration.pid == 812);
  CHECK(problem(configuration, problem_kind::changed_since_start) != nullptr);
}

TEST_CASE("a mosquitto without -c leaves the usual file unused") {
  machine here;
  here.runs(812, "mosquitto", {"mosquitto", "-p", "1883"}).file(conf, "listener 1883\n");
  const auto host = here.look();
  REQUIRE(host.configurations.size() == 2);
  CHECK(host.configurations[0].is_used);
  CHECK(host.configurations[0].file.empty());
  CHECK_FALSE(host.configurations[1].is_used);
}

TEST_CASE("EMQX's listeners are read in the new and the old way") {
  machine here;
  here.file(
      "/etc/emqx/emqx.conf",
      "node { name = \"emqx@127.0.0.1\", cookie = \"secret\" }\n"
      "listeners.tcp.default {\n  bind = \"127.0.0.1:1883\"  # local\n  max_connections = 1024\n}\n"
      "listeners.ssl.default { bind = \"0.0.0.0:8883\" }\n"
      "listeners { ws { default { bind = \":::8083\" } } }\n"
      "listener.tcp.external = 0.0.0.0:1993\n");
  const auto host = here.look();
  REQUIRE(host.configurations.size() == 1);
  const auto& all = host.configurations[0].listeners;
  REQUIRE(all.size() == 4);
  CHECK(host.configurations[0].broker == broker_kind::emqx);
  for (const auto& each : all) {
    if (each.port == 1883) CHECK(each.address == "127.0.0.1");
    if (each.port == 8883) CHECK(each.protocol == listener_protocol::mqtts);
    if (each.port == 8083) CHECK((each.protocol == listener_protocol::ws && each.address.empty()));
  }
}

TEST_CASE("RabbitMQ's plugin and ports, ActiveMQ's connectors") {
  machine here;
  here.file("/etc/rabbitmq/enabled_plugins", "[rabbitmq_management].\n")
      .file("/etc/rabbitmq/rabbitmq.conf", "# x\nmqtt.listeners.tcp.default = 1884\n");
  auto host = here.look();
  REQUIRE(host.configurations.size() == 1);
  CHECK(host.configurations[0].settings.at("mqtt_plugin") == "disabled");
  CHECK(host.configurations[0].listeners[0].port == 1884);
  here.file("/etc/rabbitmq/enabled_plugins", "[rabbitmq_management,rabbitmq_mqtt].\n");
  CHECK(here.look().configurations[0].settings.at("mqtt_plugin") == "enabled");

  // The Erlang node may read another file then.
  machine without;
  without.file("/etc/rabbitmq/rabbitmq.conf", "# x\n");
  CHECK(without.look().configurations[0].settings.count("mqtt_plugin") == 0);

  machine there;
  there.file("/opt/activemq/conf/activemq.xml",
             "<!-- <transportConnector uri=\"mqtt://0.0.0.0:1\"/> -->\n"
             "<transportConnector name=\"openwire\" uri=\"tcp://127.0.0.1:61616\"/>\n");
  CHECK(there.look().configurations[0].settings.at("mqtt_connector") == "missing");
  there.file("/opt/activemq/conf/activemq.xml",
             "<transportConnector name=\"mqtt\"\n uri='mqtt+nio://0.0.0.0:1883?x=1'/>\n");
  const auto after = there.look();
  CHECK(after.configurations[0].settings.at("mqtt_connector") == "present");
  CHECK(after.configurations[0].listeners[0].port == 1883);
}

TEST_CASE("the folder of the process file must be there, unless the service makes it") {
  machine here;
  const char* text = "listener 1883\npid_file /run/mosquitto/mosquitto.pid\n";
  const configuration_fact gone = read_configuration(here, text);
  REQUIRE(problem(gone, problem_kind::missing_file) != nullptr);
  CHECK(problem(gone, problem_kind::missing_file)->file == "/run/mosquitto");
  CHECK(problem(gone, problem_kind::missing_file)->stops_broker);
  SUBCASE("a unit does") {
    here.file("/lib/systemd/system/mosquitto.service",
              "[Service]\nExecStartPre=/bin/mkdir -m 740 -p /run/mosquitto\n");
  }
  SUBCASE("a unit does, by a word of systemd's") {
    here.file("/etc/systemd/system/mosquitto.service", "[Service]\nRuntimeDirectory=mosquitto\n");
  }
  SUBCASE("it is there") { here.file("/run/mosquitto/x", ""); }
  CHECK(problem(read_configuration(here, text), problem_kind::missing_file) == nullptr);
}

TEST_CASE(
    "a folder that only begins the path of the one that the service makes is not made by it") {
  const auto told = [](const char* unit) {
    machine here;
    here.file("/lib/systemd/system/mosquitto.service", unit);
    return problem(read_configuration(here, "listener 1883\npid_file /run/broker/mosquitto.pid\n"),
                   problem_kind::missing_file) != nullptr;
  };
  CHECK(told("[Service]\nExecStartPre=/bin/mkdir -p /run/broker/mosquitto\n"));
  CHECK(told("[Service]\nExecStartPre=/bin/mkdir -p /run/broker2\n"));
  CHECK(told("[Service]\nExecStartPre=/bin/mkdir -p /old/run/broker\n"));
  CHECK(told("[Service]\nRuntimeDirectory=broker2\n"));
  CHECK(told("[Service]\nStateDirectory=broker\n"));
  CHECK_FALSE(told("[Service]\nExecStartPre=/bin/mkdir -p /run/broker/\n"));
  CHECK_FALSE(told("[Service]\nExecStartPre=/bin/sh -c \"mkdir -p '/run/broker'; true\"\n"));
  CHECK_FALSE(told("[Service]\nRuntimeDirectory=other broker\n"));
}

TEST_CASE("a configuration that left together with its process is missed by nobody") {
  const auto looked = [](bool still_runs) {
    machine here;
    if (still_runs) here.runs(4711, "mosquitto", {"mosquitto", "-c", "/tmp/gone.conf"});
    host_facts found;
    process_fact process;
    process.name = broker_kind::mosquitto;
    process.pid = 4711;
    process.configuration = "/tmp/gone.conf";
    found.brokers.push_back(process);
    look_at_configurations(machine_files(here.real("")), {}, found);
    return found;
  };
  const host_facts left = looked(false);
  CHECK(left.brokers.empty());
  CHECK(left.configurations.empty());
  const host_facts runs = looked(true);
  CHECK(runs.brokers.size() == 1);
  REQUIRE(runs.configurations.size() == 1);
  CHECK(problem(runs.configurations[0], problem_kind::missing_file) != nullptr);
}

TEST_CASE("a store that the broker's user may not write to is told; one it may is not") {
  if (::getuid() == 4242) return;
  machine here;
  here.file("/var/lib/mosquitto/x", "");
  const char* text = "listener 1883\npersistence true\npersistence_location /var/lib/mosquitto/\n";
  const auto folder = here.real("/var/lib/mosquitto");
  std::filesystem::permissions(folder, static_cast<std::filesystem::perms>(0755));
  const configuration_fact closed = read_configuration(here, text);
  REQUIRE(problem(closed, problem_kind::unreadable_file) != nullptr);
  CHECK(problem(closed, problem_kind::unreadable_file)->subject == "persistence_location");
  CHECK_FALSE(problem(closed, problem_kind::unreadable_file)->stops_broker);
  std::filesystem::permissions(folder, static_cast<std::filesystem::perms>(0777));
  CHECK(problem(read_configuration(here, text), problem_kind::unreadable_file) == nullptr);
}

TEST_CASE("a listener bound to an interface that is not there stops mosquitto") {
  machine here;
  here.file("/proc/net/dev", "Inter-| x\n face | y\n    lo: 0\n  eth0: 0\n");
  const configuration_fact wrong = read_configuration(here, "listener 1883\nbind_interface eth9\n");
  REQUIRE(problem(wrong, problem_kind::address_not_here) != nullptr);
  CHECK(problem(wrong, problem_kind::address_not_here)->subject == "eth9");
  const configuration_fact right = read_configuration(here, "listener 1883\nbind_interface eth0\n");
  CHECK(problem(right, problem_kind::address_not_here) == nullptr);
}

TEST_CASE("a configuration that is closed to whoever looks is named among what was not seen") {
  configuration_fact closed;
  closed.file = conf;
  configuration_problem problem;
  problem.kind = problem_kind::unreadable_configuration;
  problem.file = problem.subject = "/etc/mosquitto/conf.d/users.conf";
  closed.problems.push_back(problem);
  const machine_files files("/nonexistent");
  std::vector<std::string> not_seen;
  check_mosquitto(files, configuration_request(), nullptr, closed, not_seen);
  REQUIRE(not_seen.size() == 1);
  CHECK(not_seen[0] == "/etc/mosquitto/conf.d/users.conf: needs root");
}

TEST_CASE("mosquitto reads the file behind each -c, and the last line counts") {
  machine here;
  here.file(conf, "listener 1883\nallow_anonymous true\n")
      .file("/etc/mosquitto/second.conf", "allow_anonymous false\nlistener 1884\n");
  here.runs(812, "mosquitto", {"mosquitto", "-c", conf, "-v", "-c", "/etc/mosquitto/second.conf"});
  const auto host = here.look();
  REQUIRE(host.configurations.size() == 1);
  const auto& made = host.configurations[0];
  CHECK(made.listeners.size() == 2);
  CHECK(made.settings.at("allow_anonymous") == "false");
  CHECK(made.files.size() == 2);
}
