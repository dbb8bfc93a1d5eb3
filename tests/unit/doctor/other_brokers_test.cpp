// Brokers other than mosquitto on their own machine: their files, their logs, and what both prove.
#include "machine.hpp"
#include "mqtt-doctor/causes/broker_complaints.hpp"
#include "mqtt-doctor/probes/host/broker_syntax.hpp"
#include "mqtt-doctor/probes/host/brokers.hpp"
#include "mqtt-doctor/probes/host/services.hpp"
#include "server_facts.hpp"

using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

const configuration_fact& of(const host_facts& host, broker_kind broker) {
  const auto found =
      std::find_if(host.configurations.begin(), host.configurations.end(),
                   [&](const configuration_fact& each) { return each.broker == broker; });
  REQUIRE(found != host.configurations.end());
  return *found;
}

std::string said(const configuration_fact& from, const std::string& name) {
  const auto at = from.settings.find(name);
  return at == from.settings.end() ? "" : at->second;
}

/// A broker of that make holds the port, with a configuration of its own.
scene other_broker(const std::string& make, const std::string& file) {
  scene s;
  s.listens("0.0.0.0", make).runs(make);
  auto& configuration = s.configured(true, 1883, make);
  configuration.file = file;
  return s;
}

}  // namespace

// ---- files ------------------------------------------------------------------------------------

TEST_CASE("VerneMQ's listeners are read with their address and the settings of their kind") {
  machine here;
  here.file("/etc/vernemq/vernemq.conf",
            "# a comment\nallow_anonymous = off\nplugins.vmq_passwd = on\n"
            "listener.tcp.default = 127.0.0.1:1883\nlistener.tcp.proxy_protocol = on\n"
            "listener.ssl.secure = 0.0.0.0:8883\nlistener.ssl.secure.require_certificate = on\n"
            "listener.vmq.clustering = 0.0.0.0:44053\nlistener.max_connections = 100\n");
  const auto host = here.look();
  const auto& verne = of(host, broker_kind::vernemq);
  REQUIRE(verne.listeners.size() == 2);
  CHECK(verne.listeners[1].port == 1883);
  CHECK(verne.listeners[1].address == "127.0.0.1");
  CHECK(verne.listeners[1].settings.at("proxy_protocol") == "on");
  CHECK(verne.listeners[1].settings.at("max_connections") == "100");
  CHECK(verne.listeners[0].protocol == listener_protocol::mqtts);
  CHECK(verne.listeners[0].settings.at("require_certificate") == "on");
  CHECK(said(verne, "allow_anonymous") == "off");
}

TEST_CASE("NATS's file tells of MQTT, users and JetStream; one without MQTT is of no broker") {
  machine here;
  here.file("/etc/nats-server.conf",
            "port: 4222\nserver_name: \"a\"\njetstream {}\nmqtt { listen: \"127.0.0.1:1884\" }\n"
            "authorization { users: [ { user: alice, password: secret } ] }\n");
  const auto host = here.look();
  const auto& nats = of(host, broker_kind::nats);
  REQUIRE(nats.listeners.size() == 1);
  CHECK(nats.listeners[0].port == 1884);
  CHECK(nats.listeners[0].address == "127.0.0.1");
  CHECK(said(nats, "jetstream") == "present");
  CHECK(said(nats, "users") == "present");
  for (const auto& [name, value] : nats.settings) CHECK(value.find("secret") == std::string::npos);
  machine without;
  without.file("/etc/nats-server.conf", "port: 4222\n");
  CHECK(without.look().configurations.empty());
}

TEST_CASE("what a broker's file includes is read, and counts where it stands last") {
  machine nats;
  nats.file("/etc/nats/nats-server.conf", "port: 4222\njetstream {}\ninclude ./mqtt.conf\n")
      .file("/etc/nats/mqtt.conf", "mqtt { port: 1884 }\n");
  CHECK(of(nats.look(), broker_kind::nats).listeners.at(0).port == 1884);
  machine rabbit;
  rabbit.file("/etc/rabbitmq/rabbitmq.conf", "mqtt.listeners.tcp.default = 1883\nmqtt.vhost = a\n")
      .file("/etc/rabbitmq/conf.d/20-mine.conf",
            "mqtt.listeners.tcp.default = 127.0.0.1:1883\nmqtt.vhost = b\n");
  const auto host = rabbit.look();
  const auto& of_rabbit = of(host, broker_kind::rabbitmq);
  REQUIRE(of_rabbit.listeners.size() == 1);
  CHECK(of_rabbit.listeners[0].address == "127.0.0.1");
  CHECK(of_rabbit.listeners[0].settings.at("file") == "/etc/rabbitmq/conf.d/20-mine.conf");
  CHECK(said(of_rabbit, "mqtt.vhost") == "b");
  CHECK(of_rabbit.places.at("mqtt.vhost") == "/etc/rabbitmq/conf.d/20-mine.conf");
  machine flash;
  flash.file("/etc/flashmq/flashmq.conf", "include_dir /etc/flashmq/more\n")
      .file("/etc/flashmq/more/users.conf", "mosquitto_password_file /f\nplugin /x.so\n");
  const auto all = flash.look();
  CHECK(said(of(all, broker_kind::flashmq), "mosquitto_password_file") == "/f");
  CHECK(said(of(all, broker_kind::flashmq), "plugin") == "/x.so");
}

TEST_CASE("HiveMQ's, Artemis's, NanoMQ's and FlashMQ's listeners are read") {
  machine here;
  here.file("/opt/hivemq/conf/config.xml",
            "<hivemq><listeners><tcp-listener><port>1883</port><bind-address>127.0.0.1"
            "</bind-address></tcp-listener><tls-tcp-listener><port>8883</port></tls-tcp-listener>"
            "</listeners><mqtt><packets><max-packet-size>1024</max-packet-size></packets></mqtt>"
            "</hivemq>");
  here.file("/etc/artemis/broker.xml",
            "<core><acceptors><acceptor name=\"a\">tcp://0.0.0.0:61616?protocols=CORE</acceptor>"
            "<acceptor name=\"m\">tcp://0.0.0.0:1885?protocols=MQTT</acceptor></acceptors></core>");
  here.file("/etc/nanomq.conf",
            "mqtt { max_packet_size = 10KB }\nlisteners.tcp {\n bind = \"0.0.0.0:1886\"\n}\n"
            "listeners.ssl {\n enable = false\n bind = \"0.0.0.0:8886\"\n}\n");
  here.file("/etc/flashmq/flashmq.conf",
            "allow_anonymous true\nlisten {\n  protocol mqtt\n  port 1887\n  haproxy on\n}\n");
  const auto host = here.look();
  const auto& hive = of(host, broker_kind::hivemq);
  REQUIRE(hive.listeners.size() == 2);
  CHECK(hive.listeners[0].address == "127.0.0.1");
  CHECK(hive.listeners[1].protocol == listener_protocol::mqtts);
  CHECK(said(hive, "max-packet-size") == "1024");
  const auto& artemis = of(host, broker_kind::artemis);
  REQUIRE(artemis.listeners.size() == 1);
  CHECK(artemis.listeners[0].port == 1885);
  const auto& nano = of(host, broker_kind::nanomq);
  REQUIRE(nano.listeners.size() == 1);
  CHECK(nano.listeners[0].port == 1886);
  CHECK(said(nano, "mqtt.max_packet_size") == "10KB");
  const auto& flash = of(host, broker_kind::flashmq);
  REQUIRE(flash.listeners.size() == 1);
  CHECK(flash.listeners[0].settings.at("haproxy") == "on");
}

TEST_CASE("EMQX's settings, those of its listeners and its access rules are facts") {
  machine here;
  here.file("/etc/emqx/emqx.conf",
            "mqtt {\n  max_packet_size = 1KB\n}\nauthorization { no_match = deny }\n"
            "listeners.tcp.default {\n  bind = \"0.0.0.0:1883\"\n  max_connections = 3\n"
            "  proxy_protocol = true\n}\n");
  here.file("/etc/emqx/acl.conf", "%% a comment\n{allow, all, publish, [\"#\"]}.\n{deny, all}.\n");
  const auto host = here.look();
  const auto& emqx = of(host, broker_kind::emqx);
  REQUIRE(emqx.listeners.size() == 1);
  CHECK(emqx.listeners[0].settings.at("max_connections") == "3");
  CHECK(emqx.listeners[0].settings.at("proxy_protocol") == "true");
  CHECK(said(emqx, "mqtt.max_packet_size") == "1KB");
  CHECK(said(emqx, "authorization.no_match") == "deny");
  CHECK(said(emqx, "acl.conf:3") == "{deny, all}.");
}

TEST_CASE("RabbitMQ's passwords are no facts, its virtual host and alarms are") {
  machine here;
  here.file("/etc/rabbitmq/enabled_plugins", "[rabbitmq_mqtt].\n");
  here.file("/etc/rabbitmq/rabbitmq.conf",
            "mqtt.vhost = plant\ndefault_user = alice\ndefault_pass = secret\n"
            "mqtt.default_pass = secret\ndisk_free_limit.absolute = 32GB\n");
  const auto host = here.look();
  const auto& rabbit = of(host, broker_kind::rabbitmq);
  CHECK(said(rabbit, "mqtt.vhost") == "plant");
  CHECK(said(rabbit, "disk_free_limit.absolute") == "32GB");
  for (const auto& [name, value] : rabbit.settings) CHECK(value != "secret");
}

// ---- logs -------------------------------------------------------------------------------------

TEST_CASE("the lines of other brokers are told apart as mosquitto's are") {
  struct told {
    const char* line;
    log_kind kind;
  };
  for (const told& each :
       {told{"[39] 2026/11/30 11:24:11.7 [ERR] 127.0.0.1:54600 - mid:5 - \"lamp\" - authentication "
             "error - User \"a\"",
             log_kind::refused},
        told{"2026-11-30 11:24:08,607  WARN RegionBroker | Stealing link for clientId same From "
             "Connection Transport Connection to: tcp://127.0.0.1:40180",
             log_kind::already_connected},
        told{"2026-11-30 11:23:49.561 [warning] <0.753.0> MQTT disconnecting client "
             "\"127.0.0.1:58782 -> 127.0.0.1:1883\" with duplicate id 'same'",
             log_kind::already_connected},
        told{"2026-11-30 10:00:00,123 - Client ID: lamp, IP: 10.0.0.7 was disconnected. reason: "
             "Client was idle for too long.",
             log_kind::timeout},
        told{"Product license not accepted. Stopping.", log_kind::not_serving},
        told{"[39] 2026/11/30 11:24:11 [WRN] JetStream cluster stream has NO quorum, stalled",
             log_kind::not_serving},
        told{"AMQ222210: Free storage space is at 3.1GB of 60.0GB total.", log_kind::alarm}}) {
    const auto lines = read_log("/var/log/a.log", each.line);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].kind == each.kind);
  }
}

TEST_CASE("each line that tells that a broker serves nobody has a meaning") {
  for (const char* line :
       {"Product license not accepted. Stopping.", "WARN  - No security extension present, MQTT",
        "nats-server: mqtt requires JetStream to be enabled if running in standalone mode",
        "nats-server: mqtt requires server name to be explicitly set",
        "nng_listener_create tls: Not supported", "Waiting for Mnesia tables for 30000 ms",
        "the name emqx@127.0.0.1 seems to be in use by another Erlang node",
        "reason: {ssl_error,{options,{cacertfile,[]}}}, offender: [{pid,<0.8225.13>}]",
        "java.lang.NoClassDefFoundError: org/fusesource/mqtt/codec/MQTTFrame"}) {
    CHECK(complaint_in(line) != nullptr);
    CHECK(read_log("a.log", line).front().kind == log_kind::not_serving);
  }
}

// ---- causes -----------------------------------------------------------------------------------

TEST_CASE("a broker whose own file forbids anonymous clients is the certain reason for a refusal") {
  scene s = other_broker("emqx", "/etc/emqx/emqx.conf");
  s.host().configurations[0].settings["allow_anonymous"] = "false";
  s.answers(5, 0x87);
  CHECK(s.first() == "auth-anonymous-refused");
  s.host().configurations[0].settings["allow_anonymous"] = "true";
  CHECK(s.first() != "auth-anonymous-refused");
}

TEST_CASE("without a module that checks logins nobody can log in, and no password is blamed") {
  scene s = other_broker("vernemq", "/etc/vernemq/vernemq.conf");
  auto& settings = s.host().configurations[0].settings;
  settings["allow_anonymous"] = "off";
  settings["plugins.vmq_passwd"] = "off";
  s.all.asked.has_user = s.all.asked.has_password = true;
  s.all.asked.user_name = "henry";
  s.answers(5, 0x87);
  CHECK(s.first() == "host-not-serving");
  settings["plugins.vmq_webhooks"] = "on";
  CHECK(s.first() != "host-not-serving");
}

TEST_CASE("RabbitMQ's log tells the virtual host that is missing, for that user alone") {
  scene s = other_broker("rabbitmq", "/etc/rabbitmq/rabbitmq.conf");
  s.all.asked.has_user = s.all.asked.has_password = true;
  s.all.asked.user_name = "other:alice";
  s.answers(4, 0x86);
  s.logs(log_kind::refused,
         "2026-11-30 11:23:48 [error] <0.7.0> MQTT login failed for user 'other:alice': virtual "
         "host 'other' does not exist");
  s.host().log.back().source = "/var/log/rabbitmq/rabbit@host.log";
  const auto first = s.found().front();
  CHECK(first.id == "auth-vhost");
  CHECK(first.how_sure == certainty::certain);
  CHECK(first.cures.back().command.find("add_vhost other && ") != std::string::npos);
  s.all.asked.user_name = "bob";
  CHECK(s.first() != "auth-vhost");
}

TEST_CASE("RabbitMQ's alarm for memory is no full disk, and one that is over is nothing") {
  scene s = other_broker("rabbitmq", "/etc/rabbitmq/rabbitmq.conf");
  s.works();
  s.logs(log_kind::alarm, "memory resource limit alarm set on node rabbit@host.");
  s.host().log.back().source = "/var/log/rabbitmq/rabbit@host.log";
  CHECK(s.first() == "host-memory-alarm");
  s.logs(log_kind::alarm_over, "memory resource limit alarm cleared on node rabbit@host");
  s.host().log.back().source = "/var/log/rabbitmq/rabbit@host.log";
  CHECK(s.first() != "host-memory-alarm");
}

TEST_CASE("the rule of EMQX's access list that decides is named, the first that fits") {
  scene s = other_broker("emqx", "/etc/emqx/emqx.conf");
  auto& settings = s.host().configurations[0].settings;
  settings["acl.conf:1"] = "{allow, {user, \"dashboard\"}, subscribe, [\"$SYS/#\"]}.";
  settings["acl.conf:2"] = "{allow, all, publish, [\"#\"]}.";
  settings["acl.conf:10"] = "{deny, all}.";
  s.works();
  delivery_fact delivery;
  delivery.topic = "plant/#";
  delivery.is_users_topic = delivery.subscribed = true;
  delivery.suback = 128;
  s.all.endpoints[0].deliveries.push_back(delivery);
  const auto first = s.found().front();
  REQUIRE(first.id == "auth-acl-subscribe-refused");
  CHECK(in_english(first.evidence.front()).find("acl.conf:10") != std::string::npos);
  CHECK(first.cures.front().command == "{allow, all, subscribe, [\"plant/#\"]}.");
  settings["acl.conf:3"] = "{allow, all, subscribe, [\"plant/#\"]}.";
  CHECK(s.first() != "auth-acl-subscribe-refused");
}

TEST_CASE("a listener that expects a PROXY header is told by the broker's file") {
  scene s = other_broker("emqx", "/etc/emqx/emqx.conf");
  s.host().configurations[0].listeners[0].settings["proxy_protocol"] = "on";
  s.closes();
  CHECK(s.first() == "proxy-protocol-expected");
}

TEST_CASE("a RabbitMQ in a container without its MQTT plugin is told by its log") {
  scene s;
  s.listens("0.0.0.0", "docker-proxy");
  s.closes();
  container_fact rabbit;
  rabbit.name = "rabbit";
  rabbit.image = "rabbitmq:3-management";
  rabbit.ports = "0.0.0.0:1883->1883/tcp";
  rabbit.state = "running";
  rabbit.tool = "docker";
  rabbit.log = {"Server startup complete; 3 plugins started.", " * rabbitmq_management"};
  s.host().containers.push_back(rabbit);
  const auto first = s.found().front();
  CHECK(first.id == "host-mqtt-plugin-off");
  CHECK(first.cures.front().command ==
        "sudo docker exec rabbit rabbitmq-plugins enable rabbitmq_mqtt");
  s.host().containers[0].log.push_back(" * rabbitmq_mqtt");
  CHECK(s.first() != "host-mqtt-plugin-off");
}

TEST_CASE("an adapter of ioBroker is switched off by ioBroker, and no process is killed") {
  scene s;
  s.listens("0.0.0.0", "io.sonoff.0");
  s.host().listeners.back().command = "io.sonoff.0";
  auto& configuration = s.configured(false, 1883);
  configuration.pid = 0;
  s.client().end = connection_end::silent;
  const auto all = s.found();
  const auto found = std::find_if(
      all.begin(), all.end(), [](const finding& each) { return each.id == "host-port-in-use"; });
  REQUIRE(found != all.end());
  for (const cure& each : found->cures) CHECK(each.command.find("kill") == std::string::npos);
  CHECK(found->cures.back().command.find("iobroker stop sonoff.0") != std::string::npos);
}

TEST_CASE("files of a broker that go on without end take little, and say what they say") {
  std::string deep = "bind = 1\n" + std::string(500'000, '{');
  for (int i = 0; i < 100'000; ++i) deep += ",x=1";
  deep += std::string(500'000, '}') + "\nbind = 2\na { b = 3 }\n";
  const auto read = flat_hocon(deep);
  CHECK(read.size() == 2);
  CHECK(read.at("bind") == "2");
  CHECK(read.at("a.b") == "3");
  std::string many = std::string(1000, 'n') + " {";
  for (int i = 0; i < 100'000; ++i) many += ",x" + std::to_string(i) + "=1";
  CHECK(flat_hocon(many).size() == 20'000);
  CHECK(flat_hocon(std::string(2000, 'n') + " { x = 1 }\ny = 2\n").size() == 1);

  std::string comments;
  for (int i = 0; i < 100'000; ++i) comments += "<!---->a";
  CHECK(without_comments(comments) == std::string(100'000, 'a'));
  CHECK(without_comments("<a/><!-- <b/> --><c/><!-- d") == "<a/><c/>");

  machine here;
  std::string folders;
  for (int i = 0; i < 20'000; ++i) folders += "include_dir /etc/flashmq/conf.d\n";
  here.file("/etc/flashmq/flashmq.conf", folders);
  for (int i = 0; i < 10; ++i)
    here.file("/etc/flashmq/conf.d/" + std::to_string(i) + ".conf", "listen {\n port 1887\n}\n");
  const auto flash = read_flashmq(machine_files(here.real("")), "/etc/flashmq/flashmq.conf");
  CHECK(flash.listeners.size() == 64);
}

TEST_CASE("RabbitMQ's file may be named without its extension") {
  machine here;
  here.file("/srv/r.conf", "mqtt.listeners.tcp.default = 1890\n");
  const machine_files files(here.real(""));
  const given_settings given{{"config_file", {"/srv/r", "RABBITMQ_CONFIG_FILE"}}};
  const auto read = read_rabbitmq(files, "/etc/rabbitmq", given);
  CHECK(read.file == "/srv/r.conf");
  REQUIRE(read.listeners.size() == 1);
  CHECK(read.listeners[0].port == 1890);
}

TEST_CASE("NATS's passwords may hold signs, and another server's user is no client's") {
  const auto outcome_of = [](const std::string& text, const std::string& password) {
    machine here;
    here.request.user = "alice";
    here.request.password = password;
    here.file("/etc/nats/nats-server.conf", "port: 4222\nmqtt { port: 1884 }\n" + text)
        .file("/etc/nats/auth.conf", "user: alice\npassword: p#1\n");
    const auto host = here.look();
    const auto& checks = of(host, broker_kind::nats).login_checks;
    return checks.empty() ? std::string("none") : std::string(checks[0].outcome.word());
  };
  const std::string right(fact_word(login_outcome::right).word());
  for (const std::string password : {"p#1", "a:b", "a=b"}) {
    CHECK(outcome_of("authorization { user: alice, password: " + password + " }\n", password) ==
          right);
    CHECK(
        outcome_of("authorization {\n user = alice\n password = " + password + "; timeout: 1\n}\n",
                   password) == right);
  }
  CHECK(outcome_of("authorization { user: alice, password: \"a\\\"b\" }\n", "a\"b") == right);
  CHECK(outcome_of("cluster { authorization { user: alice, password: x } }\n", "y") == "none");
  CHECK(outcome_of("authorization {\n include ./auth.conf\n}\n", "p#1") == right);
  CHECK(outcome_of("authorization { include \"auth.conf\" }\n", "p#1") == right);
}
