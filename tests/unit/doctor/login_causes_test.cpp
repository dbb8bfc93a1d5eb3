// Refused logins: each broker's reason codes and their meaning.
#include "common/exit_code.hpp"
#include "unit/doctor/phone.hpp"

using namespace mqttkit::doctor;
using mqttkit::doctor::test::phone;

namespace {

constexpr int bad_login = 0x86, not_authorized = 0x87, bad_id = 0x85;

/// RabbitMQ before 3.13 closes at MQTT 5 and answers 3.1.1.
phone rabbit(const std::string& user, int code) {
  phone made;
  if (!user.empty()) made.with_login(user);
  made.sends("closed");
  made.contact_for("version").answers(code, code == 4 ? bad_login : not_authorized, "3.1.1");
  return made;
}

}  // namespace

TEST_CASE("a login refused with a space around it is told by the space") {
  phone typed;
  typed.with_login("alice ").answers(0x87, 0x87);
  CHECK(typed.first() == "auth-bad-credentials");
  const double before = typed.found().causes.front().weight;
  typed.all.asked.login_spaces = {login_part::user};
  CHECK(typed.first() == "auth-bad-credentials");
  CHECK(typed.found().causes.front().weight > before);
  CHECK(typed.found().causes.front().cause.text.find("user name begins or ends") !=
        std::string::npos);
  const finding told = typed.found().causes.front();
  for (const auto& cure : told.cures) {
    CHECK(cure.command.find("mosquitto_passwd") == std::string::npos);
  }
}

TEST_CASE("a user name without a password is told so, and no password is to be reset") {
  phone half;
  half.with_login();
  half.all.asked.has_password = false;
  half.answers(0x87, not_authorized);
  CHECK(half.first() == "auth-bad-credentials");
  const auto top = half.found().causes.front();
  CHECK(top.cause.text.find("without a password") != std::string::npos);
  CHECK(top.apart_command == "mqtt-doctor broker.example:1883 -u alice --ask-password");
  for (const auto& cure : top.cures) CHECK(cure.command.empty());
}

TEST_CASE("the same code means another thing when no login was given") {
  phone nobody;
  nobody.answers(0x87, not_authorized);
  CHECK(nobody.first() == "auth-anonymous-refused");
  phone somebody;
  somebody.with_login().answers(0x87, not_authorized);
  CHECK(somebody.first() == "auth-bad-credentials");
  CHECK(somebody.sureness() == certainty::likely);
  phone told;
  told.with_login().answers(4, bad_login, "3.1.1");
  CHECK(told.first() == "auth-bad-credentials");
  CHECK(told.sureness() == certainty::likely);
}

TEST_CASE("RabbitMQ tells a wrong password from a right one that may not come in") {
  CHECK(rabbit("alice", 4).first() == "auth-bad-credentials");
  CHECK(rabbit("alice", 5).first() == "auth-vhost");
  CHECK(rabbit("guest", 5).first() == "auth-guest-only-local");
  CHECK(rabbit("guest", 4).first() == "auth-bad-credentials");
  CHECK(rabbit("", 5).first() == "auth-anonymous-refused");
}

TEST_CASE("RabbitMQ that hangs up on a user of a virtual host most likely has none of that name") {
  const auto hung_up_on = [](const std::string& user, spoken_protocol neighbour) {
    phone made;
    made.with_login(user).sends("closed", 1);
    made.last().mqtt->sent_user = true;
    made.contact_for("version").answers(5, not_authorized, "3.1");
    made.last().mqtt->sent_user = false;
    port_fact port;
    port.port = 5672;
    port.connect.outcome = connect_outcome::connected;
    port.speaks = neighbour;
    made.at().reachability.emplace().ports.push_back(port);
    return made;
  };
  CHECK(hung_up_on("acme:kitchen", spoken_protocol::amqp).first() == "auth-vhost");
  CHECK(hung_up_on("acme:kitchen", spoken_protocol::amqp).sureness() == certainty::likely);
  CHECK(hung_up_on("kitchen", spoken_protocol::amqp).first() != "auth-vhost");
  CHECK(hung_up_on("acme:kitchen", spoken_protocol::quiet).first() != "auth-vhost");
}

TEST_CASE(
    "a broker that names another reason than the login is believed, whatever the login's form") {
  const auto said = [](int code, const char* host) {
    phone made;
    made.all.asked.host = host;
    made.with_login("ESP8266Test").answers(code, code);
    return made;
  };
  const phone cloud = said(0x88, "iot-as.aliyuncs.com");
  CHECK(cloud.first() == "mqtt-server-busy-or-banned");
  CHECK_FALSE(cloud.names("auth-cloud-credentials-format"));
  CHECK(cloud.found().causes.front().cause.text.find("keep alive") != std::string::npos);
  CHECK(cloud.sureness() == certainty::likely);
  // Of the login it says nothing else.
  CHECK(said(0x87, "iot-as.aliyuncs.com").names("auth-cloud-credentials-format"));
  CHECK(said(0x86, "iot-as.aliyuncs.com").names("auth-cloud-credentials-format"));
  const phone own = said(0x88, "broker.example");
  CHECK(own.first() == "mqtt-server-busy-or-banned");
  CHECK(own.found().causes.front().cause.text.find("keep alive") == std::string::npos);
}

TEST_CASE("no virtual host of RabbitMQ is named where the host's name says another broker") {
  for (const char* host : {"hub.azure-devices.net", "a1-ats.iot.eu-west-1.amazonaws.com",
                           "abc.s1.eu.hivemq.cloud", "io.adafruit.com"}) {
    for (const char* user : {"hub.azure-devices.net/lamp/?api-version=2021-04-12", "shop:alice"}) {
      phone made = rabbit(user, 5);
      made.all.asked.host = host;
      CHECK_FALSE(made.names("auth-vhost"));
    }
  }
  CHECK(rabbit("shop:alice", 5).names("auth-vhost"));
}

TEST_CASE("an identifier that is refused in so many words is no bad password") {
  phone made;
  made.with_login().answers(2, bad_id, "3.1.1");
  CHECK(made.first() == "auth-client-id-not-allowed");
  CHECK_FALSE(made.names("auth-bad-credentials"));
  phone long_id;
  long_id.all.asked.version = mqtt_version::v3_1;
  long_id.answers(2, bad_id, "3.1");
  CHECK(long_id.first() == "session-id-too-long");
  phone empty_id;
  empty_id.all.asked.has_empty_id = true;
  empty_id.answers(2, bad_id, "3.1.1");
  empty_id.last().mqtt->client_id_kind = client_id_kind::empty;
  CHECK(empty_id.first() == "session-empty-id-persistent");
  CHECK(empty_id.found().exit_code ==
        static_cast<int>(mqttkit::tools::exit_code::identifier_refused));
}

TEST_CASE("a password that was held back is not called wrong") {
  phone made("mqtts", 8883);
  made.with_login().secured("CN=Home CA").fails(20).answers(0x87, not_authorized);
  made.last().mqtt->sent_user = made.last().mqtt->sent_password = false;
  CHECK(made.first() == "tls-unknown-ca");
  CHECK_FALSE(made.names("auth-bad-credentials"));
}

TEST_CASE("AWS IoT hangs up where others answer") {
  const auto amazon = [](int port) {
    phone made("mqtts", port, "a1b2c3-ats.iot.eu-west-1.amazonaws.com");
    made.all.asked.has_certificate = true;
    made.secured("CN=Amazon RSA 2048 M01");
    return made;
  };
  phone policy = amazon(8883);
  policy.sends("closed");
  CHECK(policy.first() == "auth-aws-policy-close");
  phone without_alpn = amazon(443);
  without_alpn.sends("closed");
  CHECK(without_alpn.first() == "tls-aws-443-without-alpn");
  phone topic = amazon(8883);
  topic.accepts();
  topic.delivers("home/door", true).end = connection_end::closed;
  topic.at().deliveries[0].ended_after = delivery_stage::subscribe;
  topic.at().deliveries[0].suback = -1;
  topic.at().deliveries[0].echoed = false;
  CHECK(topic.names("auth-aws-policy-close"));
}

TEST_CASE("clouds have a grammar of their own for user names") {
  const auto cloud = [](const std::string& host, const std::string& user) {
    phone made("mqtts", 8883, host);
    made.with_login(user).secured().answers(4, bad_login, "3.1.1");
    return made.first();
  };
  CHECK(cloud("hub1.azure-devices.net", "device1") == "auth-cloud-credentials-format");
  CHECK(cloud("hub1.azure-devices.net", "hub1.azure-devices.net/device1/?api-version=2021-04-12") ==
        "auth-bad-credentials");
  CHECK(cloud("a1.iot-as-mqtt.cn-shanghai.aliyuncs.com", "device1") ==
        "auth-cloud-credentials-format");
  CHECK(cloud("abc.s1.eu.hivemq.cloud", "alice") == "auth-bad-credentials");
}

TEST_CASE(
    "a cloud's login that contradicts itself, its host or the clock is told from a wrong one") {
  const auto cloud = [](const std::string& scheme, const std::string& host, const std::string& user,
                        const std::string& id) {
    phone who(scheme, scheme == "mqtt" ? 1883 : 8883, host);
    who.all.asked.client_id = id;
    who.all.local.now = "2026-03-04T05:06:07Z";
    who.with_login(user);
    if (scheme == "mqtts") who.secured();
    who.answers(4, bad_login, "3.1.1");
    return who.first();
  };
  const std::string form = "auth-cloud-credentials-format", wrong = "auth-bad-credentials";
  const std::string aliyun = "a1.iot-as-mqtt.cn-shanghai.aliyuncs.com";
  CHECK(cloud("mqtts", aliyun, "lamp&a1", "x|securemode=2,signmethod=hmacsha1|") == wrong);
  CHECK(cloud("mqtt", aliyun, "lamp&a1", "x|securemode=2,signmethod=hmacsha1|") == form);
  CHECK(cloud("mqtts", aliyun, "lamp&a1", "x|securemode=3,signmethod=hmacsha1|") == form);
  CHECK(cloud("mqtts", aliyun, "lamp&b2", "x|securemode=2,signmethod=hmacsha1|") == form);
  const std::string azure = "hub1.azure-devices.net", ending = "/?api-version=2021-04-12";
  CHECK(cloud("mqtts", azure, azure + "/lamp" + ending, "lamp") == wrong);
  CHECK(cloud("mqtts", azure, azure + "/lamp" + ending, "door") == form);
  CHECK(cloud("mqtts", azure, azure + "/lamp/module" + ending, "lamp/module") == wrong);
  CHECK(cloud("mqtts", azure, azure + "/lamp" + ending, "") == wrong);
  const std::string tencent = "AB12.iotcloud.tencentdevices.com";
  CHECK(cloud("mqtt", tencent, "AB12lamp;12010126;x7;1900000000", "AB12lamp") == wrong);
  CHECK(cloud("mqtt", tencent, "AB12lamp;12010126;x7;1600000000", "AB12lamp") == form);
  CHECK(cloud("mqtt", tencent, "CD34lamp;12010126;x7;1900000000", "CD34lamp") == form);
  const std::string huawei = "x.iot-mqtts.cn-north-4.myhuaweicloud.com";
  CHECK(cloud("mqtts", huawei, "lamp", "lamp_0_1_2026030405") == wrong);
  CHECK(cloud("mqtts", huawei, "lamp", "lamp_0_1_2026020105") == form);
  CHECK(cloud("mqtts", huawei, "lamp", "lamp_0_0_2026020105") == wrong);
  CHECK(cloud("mqtts", huawei, "lamp", "lamp") == form);
}

TEST_CASE("a token that has ended is told from one that is wrong") {
  phone made("mqtts", 8883, "hub1.azure-devices.net");
  made.with_login("hub1.azure-devices.net/device1/?api-version=2021-04-12").secured();
  made.answers(4, bad_login, "3.1.1");
  made.all.asked.password_ends = "2020-09-13T12:26:40Z";
  CHECK(made.first() == "auth-cloud-credentials-format");
  CHECK(made.sureness() == certainty::certain);
  made.all.asked.password_ends = "2030-09-13T12:26:40Z";
  CHECK(made.first() == "auth-bad-credentials");
}

TEST_CASE("what a user may do, from what came back") {
  phone made;
  made.with_login().accepts();
  made.delivers("mqtt-doctor/abc");
  delivery_fact& tried = made.delivers("home/door", true);
  SUBCASE("all of it") { CHECK(made.first() == "healthy"); }
  SUBCASE("MQTT 5 says that publishing is forbidden") {
    tried.puback = 0x87;
    tried.echoed = false;
    CHECK(made.first() == "auth-acl-publish-swallowed");
  }
  SUBCASE("somebody matches and nothing comes: reading is forbidden") {
    tried.echoed = false;
    CHECK(made.first() == "auth-acl-read-denied-silently");
  }
  SUBCASE("3.1.1 says nothing of either") {
    tried.version = mqtt_version::v3_1_1;
    tried.echoed = false;
    CHECK(made.names("auth-acl-publish-swallowed"));
    CHECK(made.names("auth-acl-read-denied-silently"));
  }
  SUBCASE("the subscription is refused") {
    tried.suback = 0x87;
    tried.echoed = false;
    tried.puback = 0x87;
    CHECK(made.names("auth-acl-subscribe-refused"));
  }
  SUBCASE("EMQX refuses # by default") {
    tried.topic = "#";
    tried.published = false;
    tried.puback = -1;
    tried.suback = 0x87;
    tried.echoed = false;
    CHECK(made.first() == "auth-hash-subscription-refused");
  }
  SUBCASE("no acknowledgement, and a ping is answered") {
    tried.puback = -1;
    tried.echoed = false;
    tried.ping_answered = true;
    CHECK(made.first() == "auth-acl-no-puback");
  }
  SUBCASE("the broker hangs up on the message") {
    tried.puback = -1;
    tried.echoed = false;
    tried.end = connection_end::closed;
    tried.ended_after = delivery_stage::publish;
    CHECK(made.first() == "auth-acl-publish-closes");
  }
}

TEST_CASE("a refusal of MQTT 3.1.1 is told by the reason that MQTT 5 gives for it") {
  const auto refused = [](int in_5, int in_311 = 5) {
    phone made;
    made.with_login();
    made.all.asked.version = mqtt_version::v3_1_1;
    made.answers(in_311, in_311 == 4 ? bad_login : not_authorized, "3.1.1");
    made.contact_for("reason").answers(in_5, in_5);
    return made;
  };
  CHECK(refused(0x8A).first() == "mqtt-server-busy-or-banned");
  CHECK_FALSE(refused(0x8A).names("auth-bad-credentials"));
  CHECK(refused(0x85).first() == "auth-client-id-not-allowed");
  CHECK(refused(0x9D).first() == "mqtt-use-another-server");
  CHECK(refused(0x97).first() == "mqtt-server-busy-or-banned");
  // The second answer has the same reason, and so proves nothing new.
  CHECK(refused(not_authorized).first() == "auth-bad-credentials");
  CHECK(refused(bad_login).first() == "auth-bad-credentials");
}

TEST_CASE("a broker without MQTT 5 gives no other reason for its refusal") {
  phone made;
  made.with_login();
  made.all.asked.version = mqtt_version::v3_1_1;
  made.answers(5, not_authorized, "3.1.1");
  made.contact_for("reason").answers(1, 0x84);
  CHECK(made.first() == "auth-bad-credentials");
  phone closed;
  closed.with_login();
  closed.all.asked.version = mqtt_version::v3_1_1;
  closed.answers(5, not_authorized, "3.1.1");
  closed.contact_for("reason").sends("closed");
  CHECK(closed.first() == "auth-bad-credentials");
}

TEST_CASE("a login that MQTT 5 lets in is not wrong") {
  phone made;
  made.with_login();
  made.all.asked.version = mqtt_version::v3_1_1;
  made.answers(5, not_authorized, "3.1.1");
  made.contact_for("reason").answers(0, 0);
  CHECK(made.first() == "mqtt-version-refused");
  CHECK_FALSE(made.names("auth-bad-credentials"));
}

TEST_CASE("guest on RabbitMQ is told by loopback_users, and never from the loopback address") {
  phone made = rabbit("guest", 5);
  CHECK(made.found().causes.front().cause.text.find("loopback_users") != std::string::npos);
  CHECK(made.sureness() == certainty::likely);
  phone here = rabbit("guest", 5);
  for (auto& each : here.at().contacts) each.address = "127.0.0.1";
  CHECK_FALSE(here.names("auth-guest-only-local"));
}

TEST_CASE("what is refused under an identifier of the doctor's own may be the identifier's") {
  const auto told = [](client_id_kind id) {
    phone made;
    made.with_login().accepts();
    made.last().mqtt->client_id_kind = id;
    delivery_fact& tried = made.delivers("device/phone/x", true);
    tried.puback = not_authorized;
    tried.echoed = false;
    return made.found().causes.front();
  };
  const finding own = told(client_id_kind::own);
  CHECK(own.id == "auth-acl-publish-swallowed");
  CHECK(own.how_sure == certainty::likely);
  CHECK(own.apart_command.find("-i ID") != std::string::npos);
  CHECK(told(client_id_kind::user).how_sure == certainty::certain);
}

TEST_CASE("a service that takes tokens says which field is for what") {
  phone client("mqtt", 1883, "mqtt.thingsboard.cloud");
  client.with_login("lamp").answers(4, 0x86, "3.1.1");
  REQUIRE(client.first() == "auth-cloud-credentials-format");
  CHECK(in_english(client.found().causes[0].cause).find("access token") != std::string::npos);
  phone other("mqtt", 1883, "io.adafruit.com.example");
  other.with_login("lamp").answers(4, 0x86, "3.1.1");
  CHECK(other.first() == "auth-bad-credentials");
}

TEST_CASE("a token that has run out is no wrong password beside") {
  phone client("mqtts", 8883, "hub.azure-devices.net");
  client.with_login("hub.azure-devices.net/lamp/?api-version=2021-04-12");
  client.all.asked.client_id = "lamp";
  client.all.asked.password_ends = "2017-07-14T02:40:00Z";
  client.secured().answers(5, 0x87, "3.1.1");
  CHECK(client.first() == "auth-cloud-credentials-format");
  CHECK_FALSE(client.names("auth-bad-credentials"));
}

TEST_CASE("another authentication method is asked for with 0x8C, and no password helps") {
  phone client;
  client.with_login().answers(0x8C, 0x8C);
  REQUIRE(client.first() == "mqtt-refused");
  CHECK(in_english(client.found().causes[0].cause).find("method") != std::string::npos);
  CHECK_FALSE(client.found().causes[0].cures.empty());
}

TEST_CASE("what a cloud's login has to look like is told with what is known of it") {
  const auto told = [](phone& made) {
    const finding first = made.found().causes.at(0);
    std::string all = in_english(first.cause);
    for (const cure& each : first.cures) all += '\n' + in_english(each.what) + ' ' + each.command;
    return all;
  };
  const auto has = [](const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  };
  phone token("mqtts", 8883, "hub1.azure-devices.net");
  token.with_login("hub1.azure-devices.net/lamp/?api-version=2021-04-12").secured();
  token.answers(5, 0x87, "3.1.1");
  token.all.asked.password_ends = "2017-07-14T02:40:00Z";
  CHECK(has(told(token), "generate-sas-token -n hub1 -d lamp"));
  phone azure("mqtts", 8883, "hub1.azure-devices.net");
  azure.with_login("lamp").secured().answers(4, bad_login, "3.1.1");
  CHECK(has(told(azure), "hub1.azure-devices.net/lamp/?api-version="));
  phone huawei("mqtt", 1883, "x.iot-mqtts.cn-north-4.myhuaweicloud.com");
  huawei.all.asked.client_id = "5e_pump";
  huawei.with_login("5e_pump").answers(2, 0x85, "3.1.1");
  CHECK(has(told(huawei), "5e_pump_0_0_2026112108"));
  phone rented("mqtt", 1883, "kangaroo.rmq.cloudamqp.com");
  rented.with_login("qwlk").answers(4, bad_login, "3.1.1");
  CHECK(has(told(rented), "VHOST:USER"));
  phone thing("mqtts", 8883, "a1-ats.iot.eu-west-1.amazonaws.com");
  thing.all.asked.client_id = "pump-1";
  thing.all.asked.topic = "pump/1/state";
  thing.all.asked.has_certificate = true;
  thing.secured("CN=Amazon RSA 2048 M01").sends("closed");
  CHECK(has(told(thing), "client/pump-1"));
  CHECK(has(told(thing), "topicfilter/pump/1/state"));
  CHECK(has(told(rented), "\"qwlk:qwlk\""));
  // What is not known stays in capitals, and a whole name is not doubled.
  phone unknown("mqtts", 8883, "hub1.azure-devices.net");
  unknown.with_login("a b").secured().answers(4, bad_login, "3.1.1");
  CHECK(has(told(unknown), "hub1.azure-devices.net/DEVICE/?"));
  phone whole("mqtt", 1883, "kangaroo.rmq.cloudamqp.com");
  whole.with_login("qwlk:dora").answers(4, bad_login, "3.1.1");
  CHECK_FALSE(has(told(whole), "qwlk:dora:"));
}
