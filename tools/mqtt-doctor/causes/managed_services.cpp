#include "mqtt-doctor/causes/managed_services.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "mqtt-doctor/causes/tunnels.hpp"
#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {
namespace {

using kind = service_kind;

constexpr const char* both = "1883 (mqtt), 8883 (mqtts)";
constexpr const char* both_and_web = "1883 (mqtt), 8883 (mqtts), 80 (ws), 443 (wss)";
constexpr const char* both_and_wss = "1883 (mqtt), 8883 (mqtts), 443 (wss)";

constexpr const char* access_token =
    N_("the user name is the device's access token, and the password stays empty (unless the "
       "device "
       "has credentials of the kind MQTT Basic)");

// From the pages of each service on how devices connect. The first row that fits decides.
constexpr managed_service services[] = {
    // Clouds of devices
    {".amazonaws.com", ".mq.", kind::own_rules, {"Amazon MQ", "8883, 61619", false}},
    {".amazonaws.com", ".iot.", kind::secure, {"AWS IoT Core", "8883, 443", true}},
    {".amazonaws.com.cn", ".iot.", kind::secure, {"AWS IoT Core", "8883, 443", true}},
    {".azure-devices.net", "", kind::secure, {"Azure IoT Hub", "8883, 443", false}},
    {".azure-devices.cn", "", kind::secure, {"Azure IoT Hub", "8883, 443", false}},
    {".azure-devices.us", "", kind::secure, {"Azure IoT Hub", "8883, 443", false}},
    {".azure-devices-provisioning.net", "", kind::secure, {"Azure DPS", "8883, 443", false}},
    {".eventgrid.azure.net", "", kind::secure, {"Azure Event Grid", "8883, 443", true}},
    {".eventgrid.azure.cn", "", kind::secure, {"Azure Event Grid", "8883, 443", true}},
    {".aliyuncs.com", ".iot-as-mqtt.", kind::mixed, {"Aliyun IoT", both_and_wss, false}},
    {".aliyuncs.com", ".mqtt.iothub.", kind::mixed, {"Aliyun IoT", both_and_wss, false}},
    {".mqtt.aliyuncs.com",
     "",
     kind::mixed,
     {"Aliyun MQTT", both_and_web, false},
     N_("the client identifier is GROUP@@@DEVICE, the user name Signature|ACCESSKEY|INSTANCE, and "
        "the password a signature of the client identifier")},
    {".iotcloud.tencentdevices.com", "", kind::mixed, {"Tencent IoT", both_and_web, false}},
    {".myhuaweicloud.com", ".iotda", kind::mixed, {"Huawei IoTDA", both_and_wss, false}},
    {".myhuaweicloud.com", ".iot-mqtts.", kind::mixed, {"Huawei IoTDA", both_and_wss, false}},
    {".baidubce.com",
     ".iot.",
     kind::mixed,
     {"Baidu IoT Core", "1883 (mqtt), 1884 (mqtts), 443 (wss)", false},
     N_("the user name is thingidp@INSTANCE|DEVICE|TIME|ALGORITHM, and the password a signature of "
        "it")},
    {".heclouds.com",
     "",
     kind::mixed,
     {"OneNET", "1883, 6002 (mqtt), 8883 (mqtts)", false},
     N_("the client identifier is the device's name, the user name the product's ID, and the "
        "password "
        "a token made of the key")},
    {".ctwing.cn",
     "",
     kind::mixed,
     {"CTWing", both, false},
     N_("the client identifier is the device's ID, the user name any text, and the password the "
        "device's secret")},
    {".tuyacn.com", "", kind::secure, {"Tuya", "8883", false}},
    {".tuyaeu.com", "", kind::secure, {"Tuya", "8883", false}},
    {".tuyaus.com", "", kind::secure, {"Tuya", "8883", false}},
    {".mqtt.bambulab.com", "", kind::secure, {"Bambu Lab", "8883", false}},
    {".iot.arduino.cc",
     "",
     kind::secure,
     {"Arduino Cloud", "8883, 8884, 8443", false},
     N_("the user name is the device's ID, and the password its secret key")},
    {"mqtt.cloud.yandex.net", "", kind::secure, {"Yandex IoT Core", "8883, 443", false}},
    {".cloud.thethings.network",
     "",
     kind::mixed,
     {"The Things Stack", both, false},
     N_("the user name is APPLICATION@TENANT (ttn in the community's network), and the password an "
        "API key with the right to read"),
     "{user}@ttn"},
    {".cloud.thethings.industries",
     "",
     kind::mixed,
     {"The Things Stack", both, false},
     N_("the user name is APPLICATION@TENANT (ttn in the community's network), and the password an "
        "API key with the right to read")},
    // Brokers for rent
    {".hivemq.cloud", "", kind::secure, {"HiveMQ Cloud", "8883, 8884", false}},
    {".emqxsl.com", "", kind::secure, {"EMQX Serverless", "8883, 8084", false}},
    {".emqxsl.cn", "", kind::secure, {"EMQX Serverless", "8883, 8084", false}},
    {".emqx.cloud", "", kind::own_ports, {"EMQX Cloud", "", false}},
    {".cloudmqtt.com", "", kind::own_ports, {"CloudMQTT", "", false}},
    {".cloudamqp.com",
     "",
     kind::mixed,
     {"CloudAMQP", both, false},
     N_("the user name is the instance's virtual host, a colon, and its user, which both have the "
        "same name at first (VHOST:USER)"),
     "{user}:{user}"},
    {".messaging.solace.cloud", "", kind::own_ports, {"Solace Cloud", "", false}},
    {".cloud.shiftr.io",
     "",
     kind::mixed,
     {"shiftr.io", both_and_web, false},
     N_("user name and password are the key and the secret of a token of the instance")},
    {".myqtthub.com",
     "",
     kind::mixed,
     {"MyQttHub", both, false},
     N_("the client identifier must be one of the devices in its console, with that device's user "
        "name and password")},
    {"mqtt.flespi.io",
     "",
     kind::mixed,
     {"flespi", both_and_web, false},
     N_("the user name is a token of the account, and the password stays empty")},
    {"maqiatto.com",
     "",
     kind::own_ports,
     {"MaQiaTTo", "", false},
     N_("the user name is the account's mail address, with which each topic begins as well")},
    {".bemfa.com",
     "",
     kind::mixed,
     {"Bemfa", "9501 (mqtt), 9503 (mqtts), 9504 (wss)", false},
     N_("the client identifier is the account's private key")},
    {"bemfa.com",
     "",
     kind::mixed,
     {"Bemfa", "9501 (mqtt), 9503 (mqtts), 9504 (wss)", false},
     N_("the client identifier is the account's private key")},
    // Dashboards
    {"io.adafruit.com",
     "",
     kind::mixed,
     {"Adafruit IO", both_and_wss, false},
     N_("the user name is that of the account, and the password its AIO key")},
    {".thingspeak.com",
     "",
     kind::mixed,
     {"ThingSpeak", both_and_web, false},
     N_("host mqtt3.thingspeak.com; client identifier, user name and password are those of a "
        "device made under Devices, MQTT")},
    {"thingsboard.cloud", "", kind::mixed, {"ThingsBoard", both, false}, access_token},
    {".thingsboard.cloud", "", kind::mixed, {"ThingsBoard", both, false}, access_token},
    {"demo.thingsboard.io", "", kind::mixed, {"ThingsBoard", both, false}, access_token},
    {".cumulocity.com",
     "",
     kind::mixed,
     {"Cumulocity", both, false},
     N_("the user name is TENANT/USER, with the tenant's ID in front")},
    {"mqtt.tago.io",
     "",
     kind::mixed,
     {"TagoIO", both, false},
     N_("the user name is the word Token, and the password the device's token")},
    {"backend.thinger.io",
     "",
     kind::mixed,
     {"Thinger.io", both, false},
     N_("the client identifier is the device's ID, the user name that of the account, and the "
        "password the device's credentials")},
    {".ubidots.com",
     "",
     kind::mixed,
     {"Ubidots", both, false},
     N_("the user name is the token of the account, and the password stays empty")},
    {"blynk.cloud",
     "",
     kind::mixed,
     {"Blynk", both_and_web, false},
     N_("the user name is the word device, and the password the device's auth token")},
    {".blynk.cloud",
     "",
     kind::mixed,
     {"Blynk", both_and_web, false},
     N_("the user name is the word device, and the password the device's auth token")},
    {"broker.losant.com",
     "",
     kind::mixed,
     {"Losant", both_and_web, false},
     N_("the client identifier is the device's ID, the user name an access key, and the password "
        "its "
        "secret")},
    {"mqtt.beebotte.com",
     "",
     kind::mixed,
     {"Beebotte", both_and_web, false},
     N_("the user name is token:CHANNELTOKEN or an API key, and the password stays empty")},
    {"mqtt.datacake.co",
     "",
     kind::mixed,
     {"Datacake", both, false},
     N_("user name and password both are the workspace's token")},
    {"broker.qubitro.com",
     "",
     kind::mixed,
     {"Qubitro", both, false},
     N_("the client identifier and the user name are the device's ID, and the password its token")},
    // Public ones, for tests
    {"test.mosquitto.org",
     "",
     kind::shared,
     {"test.mosquitto.org",
      "1883 (mqtt), 1884 (mqtt, login), 8883, 8886 (mqtts), 8884 (mqtts, certificate), 8885 "
      "(mqtts, login), 8887 (mqtts, expired on purpose), 8080 (ws), 8081 (wss), 8090 (ws, login), "
      "8091 (wss, login)",
      false},
     N_("ports 1884, 8885, 8090 and 8091 know the users rw, ro and wo, with the passwords "
        "readwrite, readonly and writeonly; the others want no login")},
    {"broker.hivemq.com",
     "",
     kind::shared,
     {"broker.hivemq.com", "1883 (mqtt), 8883 (mqtts), 8000 (ws), 8884 (wss)", false}},
    {"broker.mqttdashboard.com",
     "",
     kind::shared,
     {"broker.hivemq.com", "1883 (mqtt), 8883 (mqtts), 8000 (ws), 8884 (wss)", false}},
    {"broker.emqx.io",
     "",
     kind::shared,
     {"broker.emqx.io", "1883 (mqtt), 8883 (mqtts), 8083 (ws), 8084 (wss)", false}},
    {"broker-cn.emqx.io",
     "",
     kind::shared,
     {"broker.emqx.io", "1883 (mqtt), 8883 (mqtts), 8083 (ws), 8084 (wss)", false}},
    {"mqtt.eclipseprojects.io", "", kind::shared, {"mqtt.eclipseprojects.io", both_and_web, false}},
};

bool fits(const managed_service& row, std::string_view host) {
  const bool is_end = row.host.front() == '.';
  if (is_end ? !host.ends_with(row.host) : host != row.host) return false;
  return row.part.empty() || host.find(row.part) != host.npos;
}

bool is_for_operator(const cure& each) { return each.where == place::server; }

}  // namespace

const managed_service* find_service(std::string_view host) noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto row = std::find_if(std::begin(services), std::end(services),
                                [host](const managed_service& each) { return fits(each, host); });
  return row == std::end(services) ? nullptr : row;
}

std::string user_name_at(const managed_service& there, const std::string& given) {
  if (there.user_form == nullptr || given.empty()) return {};
  constexpr std::string_view blank = "{user}";
  std::string out = there.user_form;
  const char joint = out[blank.size()];
  if (given.find(joint) != std::string::npos) return {};
  for (std::size_t at; (at = out.find(blank)) != std::string::npos;)
    out.replace(at, blank.size(), given);
  return out;
}

bool has_port(const managed_service& there, int port) noexcept {
  std::string_view left = there.broker.ports;
  while (!left.empty()) {
    const std::size_t begin = left.find_first_of("0123456789");
    if (begin == left.npos) break;
    left.remove_prefix(begin);
    int number = 0;
    const auto read = std::from_chars(left.data(), left.data() + left.size(), number);
    if (number == port) return true;
    left.remove_prefix(static_cast<std::size_t>(read.ptr - left.data()));
  }
  return false;
}

const managed_broker* managed_without_plain(std::string_view host) noexcept {
  const managed_service* const row = find_service(host);
  const bool is_secure =
      row != nullptr && (row->kind == kind::secure || row->kind == kind::own_rules);
  return is_secure ? &row->broker : nullptr;
}

bool is_of_provider(const view& known) noexcept {
  const managed_service* const row = find_service(known.asked().host);
  if (row == nullptr) return tunnel_of(known.asked().host) != nullptr && !known.all.host;
  return row->kind != kind::own_rules;
}

void drop_cures_of_operator(const view& known, finding& found) {
  const managed_service* const there = find_service(known.asked().host);
  // On a broker's own machine the name is one that somebody gave a server of his own.
  if (there == nullptr || there->kind == kind::own_rules || known.all.host) return;
  const std::size_t before = found.cures.size();
  std::erase_if(found.cures, is_for_operator);
  const bool is_on_server = found.apart_command.starts_with("sudo ") ||
                            found.apart_command.find("--on-broker") != std::string::npos;
  if (is_on_server) {
    found.apart = {};
    found.apart_command.clear();
  }
  if (before == 0 || !found.cures.empty()) return;
  const places with{{"service", there->broker.name}};
  cure left;
  left.what = there->kind == kind::shared
                  ? words(N_("Only the operator of {service}, a public broker for tests, can mend "
                             "that: look at its page, wait, or use a broker of your own."),
                          with)
                  : words(N_("Look in the console of {service}, and at its page of limits and "
                             "disturbances; nobody else has access to its servers."),
                          with);
  left.where = there->kind == kind::shared ? place::app : place::console;
  found.cures.push_back(std::move(left));
}

}  // namespace mqttkit::doctor
