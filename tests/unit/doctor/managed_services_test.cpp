// Brokers that somebody else runs: each by a name of its own, with its ports, logins and codes.
#include "mqtt-doctor/causes/managed_services.hpp"

#include "unit/doctor/places.hpp"

using namespace mqttkit;
using namespace mqttkit::doctor;
using namespace mqttkit::doctor::test;

namespace {

struct example {
  const char* host;
  const char* name;
  int port;    // one that it has
  int absent;  // one that it has not; 0 where each instance has its own
};
constexpr example examples[] = {
    {"a3m62-ats.iot.eu-west-1.amazonaws.com", "AWS IoT Core", 8883, 1883},
    {"a3m62.ats.iot.cn-north-1.amazonaws.com.cn", "AWS IoT Core", 8883, 1883},
    {"b-12-34-1.mq.eu-west-1.amazonaws.com", "Amazon MQ", 8883, 1883},
    {"hub.azure-devices.net", "Azure IoT Hub", 8883, 1883},
    {"hub.azure-devices.cn", "Azure IoT Hub", 8883, 1883},
    {"global.azure-devices-provisioning.net", "Azure DPS", 8883, 1883},
    {"ns.westeurope-1.ts.eventgrid.azure.net", "Azure Event Grid", 8883, 1883},
    {"a1b2c3.iot-as-mqtt.cn-shanghai.aliyuncs.com", "Aliyun IoT", 1883, 1884},
    {"iot-06z00.mqtt.iothub.aliyuncs.com", "Aliyun IoT", 1883, 8083},
    {"post-cn-4590.mqtt.aliyuncs.com", "Aliyun MQTT", 1883, 8083},
    {"PRODUCT.iotcloud.tencentdevices.com", "Tencent IoT", 1883, 8083},
    {"0f1e.iot-mqtts.cn-north-4.myhuaweicloud.com", "Huawei IoTDA", 8883, 8083},
    {"0f1e.st1.iotda-device.cn-north-4.myhuaweicloud.com", "Huawei IoTDA", 8883, 8083},
    {"abcd.iot.gz.baidubce.com", "Baidu IoT Core", 1883, 8083},
    {"mqtts.heclouds.com", "OneNET", 1883, 8083},
    {"12345.mqtt.ctwing.cn", "CTWing", 1883, 8083},
    {"m1.tuyacn.com", "Tuya", 8883, 1883},
    {"us.mqtt.bambulab.com", "Bambu Lab", 8883, 1883},
    {"mqtts-sa.iot.arduino.cc", "Arduino Cloud", 8883, 1883},
    {"mqtt.cloud.yandex.net", "Yandex IoT Core", 8883, 1883},
    {"eu1.cloud.thethings.network", "The Things Stack", 1883, 9001},
    {"acme.eu1.cloud.thethings.industries", "The Things Stack", 8883, 9001},
    {"7e2f71a.s1.eu.hivemq.cloud", "HiveMQ Cloud", 8883, 1883},
    {"x123.ala.eu-central-1.emqxsl.com", "EMQX Serverless", 8883, 1883},
    {"x123.ala.cn-hangzhou.emqxsl.cn", "EMQX Serverless", 8883, 1883},
    {"x123.emqx.cloud", "EMQX Cloud", 15001, 0},
    {"m20.cloudmqtt.com", "CloudMQTT", 12345, 0},
    {"hawk.rmq.cloudamqp.com", "CloudAMQP", 1883, 9001},
    {"mr-x.messaging.solace.cloud", "Solace Cloud", 8883, 0},
    {"lamp.cloud.shiftr.io", "shiftr.io", 1883, 9001},
    {"node02.myqtthub.com", "MyQttHub", 1883, 9001},
    {"mqtt.flespi.io", "flespi", 8883, 9001},
    {"maqiatto.com", "MaQiaTTo", 1883, 0},
    {"bemfa.com", "Bemfa", 9501, 1883},
    {"io.adafruit.com", "Adafruit IO", 8883, 9001},
    {"mqtt3.thingspeak.com", "ThingSpeak", 1883, 9001},
    {"mqtt.thingsboard.cloud", "ThingsBoard", 1883, 9001},
    {"demo.thingsboard.io", "ThingsBoard", 1883, 9001},
    {"industrial.api.ubidots.com", "Ubidots", 1883, 9001},
    {"fra1.blynk.cloud", "Blynk", 8883, 9001},
    {"broker.losant.com", "Losant", 8883, 9001},
    {"mqtt.beebotte.com", "Beebotte", 8883, 9001},
    {"mqtt.datacake.co", "Datacake", 8883, 9001},
    {"broker.qubitro.com", "Qubitro", 8883, 9001},
    {"test.mosquitto.org", "test.mosquitto.org", 8886, 9001},
    {"broker.hivemq.com", "broker.hivemq.com", 8000, 8083},
    {"broker.emqx.io", "broker.emqx.io", 8083, 9001},
    {"broker-cn.emqx.io", "broker.emqx.io", 8083, 9001},
    {"mqtt.eclipseprojects.io", "mqtt.eclipseprojects.io", 8883, 9001},
};

phone dialled(const std::string& host, int port, const std::string& scheme = "mqtt") {
  phone made = client(scheme, port);
  dials(made, host, server_address);
  return made;
}

bool speaks_of(const finding& about, std::string_view part) {
  std::string all =
      in_english(about.cause) + " " + in_english(about.apart) + " " + about.apart_command;
  for (const sentence& each : about.evidence) all += " " + in_english(each);
  for (const cure& each : about.cures) all += " " + in_english(each.what) + " " + each.command;
  return all.find(part) != std::string::npos;
}

/// Whether something is advised that only somebody with a shell on the server could do.
bool touches_server(const diagnosis& made) {
  for (const finding& each : made.causes) {
    for (const char* word : {"sudo ", "mosquitto_passwd", "mosquitto.conf", "rabbitmqctl",
                             "emqx_ctl", "ecurity group, inbound", "systemctl", "--on-broker"}) {
      if (speaks_of(each, word)) {
        MESSAGE(each.id << ": " << word);
        return true;
      }
    }
  }
  return false;
}

}  // namespace

TEST_CASE("a managed broker is known by its name, and a port that it has not is named") {
  for (const example& each : examples) {
    CAPTURE(std::string(each.host));
    const managed_service* const service = find_service(each.host);
    REQUIRE(service != nullptr);
    CHECK(std::string(service->broker.name) == each.name);
    if (each.absent == 0) continue;
    CHECK(has_port(*service, each.port));
    CHECK_FALSE(has_port(*service, each.absent));
    for (const bool is_silent : {true, false}) {
      phone who = dialled(each.host, each.absent);
      if (is_silent) {
        stays_silent(who);
      } else {
        is_refused(who);
      }
      CHECK(who.first() == "tcp-refused-wrong-port");
      CHECK(who.sureness() == certainty::likely);
      CHECK(speaks_of(who.found().causes.front(), each.name));
    }
  }
  for (const char* host : {"broker.example.com", "hivemq.cloud.example.org", "mqtt.example.cn",
                           "ec2-3-1-2-3.eu-west-1.compute.amazonaws.com",
                           "vm.westeurope.cloudapp.azure.com", "my-thingspeak.com"}) {
    CAPTURE(std::string(host));
    CHECK(find_service(host) == nullptr);
  }
}

TEST_CASE("nothing is advised that only the operator of a managed broker could do") {
  for (const example& each : examples) {
    const managed_service* const service = find_service(each.host);
    REQUIRE(service != nullptr);
    if (service->kind == service_kind::own_rules) continue;  // its rules are the user's
    CAPTURE(std::string(each.host));
    const std::string scheme = each.port == 1883 ? "mqtt" : "mqtts";
    phone silent = dialled(each.host, each.port, scheme);
    stays_silent(silent);
    CHECK_FALSE(touches_server(silent.found()));
    CHECK_FALSE(silent.names("tcp-timeout-security-group"));
    for (const auto& [code, meaning] : {std::pair{4, 0x86}, {5, 0x87}, {3, 0x88}, {2, 0x85}}) {
      for (const char* user : {"", "lamp"}) {
        phone refused = dialled(each.host, each.port, scheme);
        if (scheme == "mqtts") refused.secured();
        refused.all.asked.user_name = user;
        refused.all.asked.has_user = user[0] != '\0';
        refused.all.asked.has_password = refused.all.asked.has_user;
        refused.answers(code, meaning, "3.1.1");
        const diagnosis made = refused.found();
        CAPTURE(std::string(user));
        CAPTURE(code);
        CHECK_FALSE(touches_server(made));
        REQUIRE_FALSE(made.causes.empty());
        CHECK_FALSE(made.causes.front().cures.empty());
      }
    }
    phone closed = dialled(each.host, each.port, scheme);
    if (scheme == "mqtts") closed.secured();
    closed.sends("closed");
    CHECK_FALSE(touches_server(closed.found()));
  }
}

TEST_CASE("Adafruit's own codes are read, and nobody else's are taken for them") {
  const auto refused = [](const char* host, int code) {
    phone who = dialled(host, 8883, "mqtts");
    who.secured();
    who.all.asked.has_user = who.all.asked.has_password = true;
    who.all.asked.user_name = "lamp";
    who.answers(code, code, "3.1.1");
    return who;
  };
  for (const int code : {6, 7}) {
    const phone own = refused("io.adafruit.com", code);
    CHECK(own.first() == "mqtt-server-busy-or-banned");
    CHECK(speaks_of(own.found().causes.front(), code == 6 ? "its plan allows" : "banned"));
    CHECK_FALSE(own.names("mqtt-refused"));
    const phone other = refused("broker.example.com", code);
    CHECK(other.first() == "mqtt-refused");
  }
}

TEST_CASE("a service with logins of its own says which, with a user name or without") {
  for (const example& each : examples) {
    const managed_service* const service = find_service(each.host);
    REQUIRE(service != nullptr);
    if (service->login == nullptr) continue;
    CAPTURE(std::string(each.host));
    for (const bool has_user : {false, true}) {
      phone who = dialled(each.host, 1883);
      who.all.asked.has_user = who.all.asked.has_password = has_user;
      if (has_user) who.all.asked.user_name = "lamp";
      who.answers(5, 0x87, "3.1.1");
      const diagnosis made = who.found();
      REQUIRE_FALSE(made.causes.empty());
      const finding& first = made.causes.front();
      CHECK(first.id == (has_user ? "auth-cloud-credentials-format" : "auth-anonymous-refused"));
      CHECK(speaks_of(first, "another kind of login"));
    }
  }
}

TEST_CASE("a service with topics of its own says which, where another one was refused") {
  const auto refused = [](const char* host, const char* topic, const char* user = "alice") {
    phone who = dialled(host, 1883);
    who.answers(0, 0, "3.1.1");
    who.all.asked.has_user = true;
    who.all.asked.user_name = user;
    who.all.asked.topic = topic;
    delivery_fact own, users;
    own.subscribed = own.published = own.echoed = own.ping_answered = true;
    own.suback = own.puback = 0;
    users.topic = topic;
    users.is_users_topic = users.subscribed = users.ping_answered = true;
    users.suback = 0x80;
    who.at().deliveries = {own, users};
    const diagnosis made = who.found();
    REQUIRE_FALSE(made.causes.empty());
    return made.causes.front();
  };
  CHECK(speaks_of(refused("io.adafruit.com", "feeds/light"), "alice/feeds/KEY"));
  CHECK(speaks_of(refused("io.adafruit.com", "feeds/light"), "no setting opens another"));
  CHECK_FALSE(speaks_of(refused("io.adafruit.com", "alice/feeds/light"), "KEY"));
  CHECK(speaks_of(refused("mqtt.thingsboard.cloud", "home/door"), "v1/devices/me/telemetry"));
  CHECK_FALSE(speaks_of(refused("mqtt.thingsboard.cloud", "v1/devices/me/rpc"), "general broker"));
  CHECK(speaks_of(refused("eu1.cloud.thethings.network", "app/up", "app@ttn"), "v3/app@ttn/"));
  CHECK(speaks_of(refused("hub.azure-devices.net", "home/door",
                          "hub.azure-devices.net/lamp/?api-version=2021-04-12"),
                  "messages/events/"));
  CHECK_FALSE(speaks_of(refused("abc.s1.eu.hivemq.cloud", "home/door"), "no setting opens"));
}

TEST_CASE("edges that carry web traffic alone are known by their addresses and names") {
  const auto first_at = [](const std::string& host, const std::string& address) {
    phone made = client("mqtts", 8883);
    dials(made, host, address);
    stays_silent(made);
    return made;
  };
  for (const auto& [address, name] : {std::pair{"104.21.48.9", "Cloudflare"},
                                      {"151.101.1.195", "Fastly"},
                                      {"13.224.10.7", "CloudFront"},
                                      {"185.199.108.153", "GitHub Pages"},
                                      {"76.76.21.21", "Vercel"},
                                      {"75.2.60.5", "Netlify"},
                                      {"216.24.57.1", "Render"},
                                      {"13.107.246.40", "Azure Front Door"},
                                      {"2a04:4e42::485", "Fastly"}}) {
    CAPTURE(std::string(address));
    const phone made = first_at("mqtt.example.com", address);
    CHECK(made.names("dns-cdn-proxied"));
    const diagnosis all = made.found();
    for (const finding& each : all.causes) {
      if (each.id != "dns-cdn-proxied") continue;
      CHECK(speaks_of(each, name));
      CHECK(speaks_of(each, "grey cloud") == (std::string(name) == "Cloudflare"));
    }
  }
  for (const auto& [host, name] : {std::pair{"lamp.herokuapp.com", "Heroku"},
                                   {"lamp.onrender.com", "Render"},
                                   {"lamp.up.railway.app", "Railway"},
                                   {"1a2b.ngrok-free.app", "ngrok"},
                                   {"lamp.azurewebsites.net", "Azure App Service"},
                                   {"lamp-uc.a.run.app", "Google Cloud Run"},
                                   {"lamp.azurefd.net", "Azure Front Door"},
                                   {"d1.cloudfront.net", "CloudFront"},
                                   {"lamp.edgekey.net", "Akamai"}}) {
    CAPTURE(std::string(host));
    phone made = first_at(host, server_address);
    CHECK(made.first() == "dns-cdn-proxied");
    CHECK(speaks_of(made.found().causes.front(), name));
  }
  for (const char* host : {"0.tcp.ngrok.io", "lamp.fly.dev", "x.proxy.rlwy.net", "example.com"})
    CHECK_FALSE(first_at(host, server_address).names("dns-cdn-proxied"));
  phone web = client("wss", 443);
  dials(web, "lamp.onrender.com", server_address);
  web.secured().status(404, "404 Not Found");
  CHECK_FALSE(web.names("dns-cdn-proxied"));
}
