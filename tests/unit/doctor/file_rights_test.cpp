// What files of brokers other than mosquitto say of a user and a topic, and what a refusal then is.
#include "mqtt-doctor/probes/host/file_rights.hpp"

#include <chrono>

#include "machine.hpp"
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

/// The machine asked about alice and a topic.
file_right_fact right(machine& here, broker_kind broker, const std::string& user = "alice",
                      const std::string& topic = "garden/tap") {
  here.request.user = user;
  here.request.topic = topic;
  const auto host = here.look();
  const auto& all = of(host, broker).rights;
  return all.empty() ? file_right_fact() : all.front();
}

void with_definitions(machine& here, const std::string& permissions,
                      const std::string& topics = "") {
  here.file("/etc/rabbitmq/rabbitmq.conf", "load_definitions = /etc/rabbitmq/d.json\n")
      .file("/etc/rabbitmq/enabled_plugins", "[rabbitmq_mqtt].")
      .file("/etc/rabbitmq/d.json",
            R"({"users":[{"name":"alice","password_hash":"geheim"}],"permissions":[)" +
                permissions + R"(],"topic_permissions":[)" + topics + "]}");
}

constexpr const char* hivemq =
    "<file-rbac><users>\n<user><name>alice</name><password>geheim</password>"
    "<roles><id>r1</id></roles></user></users>\n<roles><role><id>r1</id><permissions>\n"
    "<permission><topic>garden/#</topic><activity>SUBSCRIBE</activity></permission>\n"
    "<permission><topic>${{username}}/out</topic></permission></permissions></role>\n"
    "<role><id>r2</id><permissions><permission><topic>#</topic></permission></permissions></role>"
    "</roles></file-rbac>";

}  // namespace

TEST_CASE("an expression of RabbitMQ is compared where every sign of it is known") {
  CHECK(fits_expression(".*", "amq.topic") == true);
  CHECK(fits_expression("", "amq.topic") == false);
  CHECK(fits_expression("^$", "amq.topic") == false);
  CHECK(fits_expression("^amq\\.topic$", "amq.topic") == true);
  CHECK(fits_expression("^amq\\.topic$", "amqxtopic") == false);
  CHECK(fits_expression("topic", "amq.topic") == true);
  CHECK(fits_expression("^garden\\..*", "garden.tap") == true);
  CHECK(fits_expression("^garden\\..+$", "garden.") == false);
  CHECK(fits_expression("^(amq\\.topic|mqtt-subscription-.*)$", "mqtt-subscription-aqos1") == true);
  CHECK(fits_expression("^(amq\\.topic|x)$", "y") == false);
  CHECK_FALSE(fits_expression("^[ab]+$", "a").has_value());
  CHECK_FALSE(fits_expression("^(a|b", "a").has_value());
  // Nothing that a file holds takes long.
  std::string stars;
  for (int i = 0; i < 60; ++i) stars += ".*a";
  CHECK(fits_expression("^" + stars + "$", std::string(60'000, 'a') + "b") == false);
}

TEST_CASE("RabbitMQ's definitions say what a user may do in its virtual host") {
  const std::string in_slash = R"("user":"alice","vhost":"/",)";
  machine all;
  with_definitions(all, "{" + in_slash + R"("configure":".*","write":".*","read":".*"})");
  CHECK(right(all, broker_kind::rabbitmq).access == acl_access::readwrite);
  machine reader;
  with_definitions(
      reader, "{" + in_slash + R"("configure":".*","write":"^mqtt-subscription-.*","read":".*"})");
  const auto found = right(reader, broker_kind::rabbitmq);
  CHECK(found.access == acl_access::read);
  CHECK(found.said.find("mqtt-subscription") != std::string::npos);
  CHECK(found.said.find("geheim") == std::string::npos);
  machine topics;
  with_definitions(topics, "{" + in_slash + R"("configure":".*","write":".*","read":".*"})",
                   "{" + in_slash + R"("exchange":"amq.topic","write":"^home\\..*","read":".*"})");
  CHECK(right(topics, broker_kind::rabbitmq).access == acl_access::read);
  machine none;
  with_definitions(none, "");
  CHECK(right(none, broker_kind::rabbitmq).access == acl_access::deny);
  CHECK_FALSE(right(none, broker_kind::rabbitmq, "bob").is_known);
  CHECK(right(all, broker_kind::rabbitmq, "shop:alice").realm == "shop");
  machine another;
  with_definitions(another, "");
  another.file("/etc/rabbitmq/rabbitmq.conf",
               "load_definitions = /etc/rabbitmq/d.json\nauth_backends.1 = ldap\n");
  CHECK(right(another, broker_kind::rabbitmq).file.empty());
}

TEST_CASE("HiveMQ's file of users and roles says what a user may do, and who is not in it") {
  machine here;
  here.file("/opt/hivemq/conf/config.xml", "<hivemq></hivemq>")
      .file("/opt/hivemq/extensions/hivemq-file-rbac-extension/conf/credentials.xml", hivemq);
  const auto found = right(here, broker_kind::hivemq);
  CHECK(found.is_known);
  CHECK(found.access == acl_access::read);
  CHECK(found.line == 4);
  CHECK(right(here, broker_kind::hivemq, "alice", "alice/out").access == acl_access::readwrite);
  CHECK(right(here, broker_kind::hivemq, "alice", "x").access == acl_access::deny);
  CHECK_FALSE(right(here, broker_kind::hivemq, "bob").is_known);
  here.file("/opt/hivemq/extensions/hivemq-file-rbac-extension/DISABLED", "");
  CHECK(right(here, broker_kind::hivemq).file.empty());
}

TEST_CASE("Artemis's closest setting decides, and ActiveMQ's entries count together") {
  machine artemis;
  artemis.file("/etc/artemis/artemis-users.properties", "alice = geheim\n")
      .file("/etc/artemis/artemis-roles.properties", "amq = admin\nguests = bob, alice\n")
      .file("/etc/artemis/broker.xml",
            "<acceptors><acceptor name=\"a\">tcp://0.0.0.0:1883</acceptor></acceptors>"
            "<security-settings><security-setting match=\"#\">\n"
            "<permission type=\"send\" roles=\"guests\"/>"
            "<permission type=\"consume\" roles=\"guests\"/></security-setting>\n"
            "<security-setting match=\"garden.#\"><permission type=\"send\" roles=\"amq\"/>"
            "<permission type=\"consume\" roles=\"amq,guests\"/></security-setting>"
            "</security-settings>");
  CHECK(right(artemis, broker_kind::artemis).access == acl_access::read);
  CHECK(right(artemis, broker_kind::artemis).line == 3);
  CHECK(right(artemis, broker_kind::artemis, "alice", "x/y").access == acl_access::readwrite);
  CHECK_FALSE(right(artemis, broker_kind::artemis, "carol").is_known);
  machine classic;
  classic.file("/etc/activemq/activemq.xml",
               "<plugins><simpleAuthenticationPlugin><users>"
               "<authenticationUser username=\"alice\" password=\"geheim\" groups=\"users\"/>"
               "</users></simpleAuthenticationPlugin>\n<authorizationPlugin><map>"
               "<authorizationEntry topic=\"garden.>\" read=\"users\" write=\"admins\"/>"
               "<authorizationEntry topic=\">\" read=\"admins\" write=\"admins\"/>"
               "</map></authorizationPlugin></plugins>");
  CHECK(right(classic, broker_kind::activemq).access == acl_access::read);
  CHECK(right(classic, broker_kind::activemq, "alice", "x").access == acl_access::deny);
}

TEST_CASE("EMQX's authenticators are read from its files, and keep no secret") {
  machine here;
  here.file("/etc/emqx/emqx.conf", "node { name = a }\n")
      .file("/var/lib/emqx/configs/cluster.hocon",
            "authentication = [\n  {mechanism = password_based, backend = http, enable = true\n"
            "   url = \"http://u:geheim@127.0.0.1:8080/auth\"\n"
            "   body { password = \"${password}\" }},\n"
            "  {mechanism = password_based\n   backend = mysql, password = geheim\n"
            "   server = \"127.0.0.1:3306\"}\n]\n"
            "authorization { no_match = deny, sources = [{type = file, path = \"acl.conf\"}] }\n");
  const auto host = here.look();
  const auto& emqx = of(host, broker_kind::emqx);
  CHECK(emqx.settings.at("authentication.1.backend") == "http");
  CHECK(emqx.settings.at("authentication.2.server") == "127.0.0.1:3306");
  CHECK(emqx.settings.at("authorization.sources.1.type") == "file");
  CHECK(emqx.places.at("authentication.2.server") == "/var/lib/emqx/configs/cluster.hocon:7");
  for (const auto& [name, value] : emqx.settings) CHECK(value.find("geheim") == std::string::npos);
}

TEST_CASE("EMQX's rules are read where its source of rights has them, over several lines") {
  machine here;
  here.file("/etc/emqx/emqx.conf", "node { name = a }\n")
      .file("/etc/emqx/acl.conf", "{allow, all}.\n")
      .file("/var/lib/emqx/authz/acl.conf",
            "%% a comment\n{deny, {user, \"alice\"},\n  publish,\n  [\"#\"]}.\n{allow, all}.\n")
      .file("/var/lib/emqx/configs/cluster.hocon",
            "authorization { sources = [{type = file, path = \"data/authz/acl.conf\"}] }\n");
  const auto host = here.look();
  const auto& emqx = of(host, broker_kind::emqx);
  CHECK(emqx.settings.at("authorization.file") == "/var/lib/emqx/authz/acl.conf");
  CHECK(emqx.settings.at("acl.conf:2") == "{deny, {user, \"alice\"}, publish, [\"#\"]}.");
  CHECK(emqx.settings.at("acl.conf:5") == "{allow, all}.");
  machine off;
  off.file("/etc/emqx/acl.conf", "{deny, all}.\n")
      .file("/etc/emqx/emqx.conf",
            "authorization.sources = [{type = file, enable = false, path = \"etc/acl.conf\"}]\n");
  const auto without = off.look();
  CHECK(of(without, broker_kind::emqx).settings.count("acl.conf:1") == 0);
}

TEST_CASE("files with rights that go on without end take little") {
  const auto begin = std::chrono::steady_clock::now();
  std::string open, users, brackets, listeners;
  for (int i = 0; i < 60'000; ++i) {
    open += "<user><name>";
    users += "<!-- <user> -->";
    brackets += "[{a=";
    listeners += "listeners.tcp.a" + std::to_string(i) + ".bind = " + std::to_string(i) + "\n";
  }
  machine here;
  here.file("/opt/hivemq/conf/config.xml", "<tcp-listener>" + open)
      .file("/opt/hivemq/extensions/hivemq-file-rbac-extension/conf/credentials.xml", open + users)
      .file("/etc/emqx/emqx.conf", listeners + "authentication = " + brackets)
      .file("/etc/rabbitmq/rabbitmq.conf", "")
      .file("/etc/rabbitmq/definitions.json", std::string(300'000, '['));
  CHECK_FALSE(right(here, broker_kind::hivemq).is_known);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}

namespace {

/// A broker of that make here, whose files say so of alice.
scene with_right(const std::string& make, acl_access access, bool is_known = true) {
  scene s;
  s.listens("0.0.0.0", make).runs(make);
  auto& configuration = s.configured(true, 1883, make);
  configuration.file = "/etc/x.conf";
  file_right_fact made;
  made.file = "/etc/rights";
  made.line = 7;
  made.user = "alice";
  made.is_known = is_known;
  made.topic = "garden/tap";
  made.access = access;
  made.said = "role r1: garden/# subscribe";
  configuration.rights.push_back(made);
  s.all.asked.has_user = s.all.asked.has_password = true;
  s.all.asked.user_name = "alice";
  return s;
}

/// The user's topic was subscribed to, and the message answered so.
delivery_fact delivered(int puback) {
  delivery_fact made;
  made.topic = "garden/tap";
  made.is_users_topic = made.subscribed = made.published = true;
  made.suback = 1;
  made.puback = puback;
  made.echoed = puback == 0;
  return made;
}

}  // namespace

TEST_CASE("a right that a file lacks is said by its line where the topic shows it, and likely") {
  scene s = with_right("hivemq", acl_access::read);
  s.works();
  s.all.endpoints[0].deliveries.push_back(delivered(0x87));
  const finding first = s.found().at(0);
  CHECK(first.id == "auth-acl-publish-closes");
  CHECK(first.how_sure == certainty::likely);
  CHECK(in_english(first.cause).find("/etc/rights:7") != std::string::npos);
  scene fine = with_right("hivemq", acl_access::read);
  fine.works();
  fine.all.endpoints[0].deliveries.push_back(delivered(0));
  CHECK(fine.first() != "auth-acl-publish-closes");
}

TEST_CASE("a user that the broker's file does not name is said, and may be known since") {
  scene s = with_right("rabbitmq", acl_access::none, false);
  s.answers(4, 0x86);
  const finding first = s.found().at(0);
  CHECK(first.id == "auth-bad-credentials");
  CHECK(first.how_sure == certainty::likely);
  CHECK(in_english(first.cause).find("/etc/rights names no user alice") != std::string::npos);
}

TEST_CASE(
    "a service that EMQX asks about logins and that does not listen is said before a password") {
  const auto asked = [](int port) {
    scene s;
    s.listens("0.0.0.0", "emqx").runs("emqx");
    auto& configuration = s.configured(true, 1883, "emqx");
    configuration.file = "/etc/emqx/emqx.conf";
    configuration.settings["authentication.1.backend"] = "http";
    configuration.settings["authentication.1.url"] =
        "http://127.0.0.1:" + std::to_string(port) + "/auth";
    s.all.asked.has_user = s.all.asked.has_password = true;
    s.all.asked.user_name = "alice";
    s.answers(5, 0x87);
    return s;
  };
  const finding first = asked(8080).found().at(0);
  CHECK(first.id == "host-not-serving");
  CHECK(first.how_sure == certainty::likely);
  CHECK(in_english(first.cause).find("127.0.0.1:8080") != std::string::npos);
  CHECK(asked(1883).first() != "host-not-serving");
}

TEST_CASE("a service that EMQX asks about topics is said where a topic was turned away") {
  scene s;
  s.listens("0.0.0.0", "emqx").runs("emqx");
  auto& configuration = s.configured(true, 1883, "emqx");
  configuration.file = "/etc/emqx/emqx.conf";
  configuration.settings["authorization.sources.1.type"] = "redis";
  configuration.settings["authorization.sources.1.server"] = "localhost";
  s.works();
  s.all.endpoints[0].deliveries.push_back(delivered(0x87));
  const finding first = s.found().at(0);
  CHECK(first.id == "auth-acl-publish-closes");
  CHECK(in_english(first.cause).find("redis at localhost:6379") != std::string::npos);
  s.listens("127.0.0.1", "redis-server", 900, 6379);
  CHECK(s.first() != "auth-acl-publish-closes");
}
