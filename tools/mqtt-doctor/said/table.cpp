#include "mqtt-doctor/said/table.hpp"

#include <vector>

#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

// clang-format off
constexpr said_app apps[] = {
    {"PubSubClient, Tasmota", "pubsubclient|tasmota|arduino|mqt|try again in * seconds", "rc state"},
    {"AsyncMqttClient, ESPHome", "asyncmqttclient|espmqttclient|esphome|async-mqtt-client|espalexa|wled", "reason"},
    {"Paho C, C++", "paho c|paho c++|mqttclient|mqttasync", "rc"},
    {"Paho Python", "paho python|python|paho-mqtt|home assistant|frigate|octoprint|appdaemon", "rc"},
    {"Paho Java, Android, MQTT.fx", "paho java|paho android|mqtt.fx|mqttfx|mqttexception|mqtt dash|iot mqtt panel|mqtt dashboard|openhab|owntracks|kafka connect mqtt|spring", ""},
    {"MQTT.js, MQTTX, MQTT Explorer", "mqtt.js|mqttjs|mqttx|mqtt explorer|node-red|zigbee2mqtt|z2m|zwave-js-ui|zwavejs2mqtt|iobroker|homebridge|aedes|homey|valetudo", ""},
    {"Home Assistant", "home assistant|homeassistant|hass", ""},
    {"Node-RED", "node-red|nodered", ""},
    {"Zigbee2MQTT", "zigbee2mqtt|z2m", ""},
    {"mosquitto_pub, mosquitto_sub", "mosquitto|mosquitto_pub|mosquitto_sub|libmosquitto", "rc"},
    {"ESP-IDF", "esp-idf|esp_idf|esp-mqtt|esp_mqtt|esp-tls", ""},
    {"ESP-AT", "esp-at|esp_at", ""},
    {"SIMCom SIM7600, A7670", "simcom|sim7600|a7670|cmqttconnect", ""},
    {"Quectel BC26, EC20, EG25", "quectel|bc26|ec20|qmtopen|qmtconn", ""},
    {"WeChat", "wechat|weixin|\u5fae\u4fe1|mini program|errmsg", "errno"},
    {"Aliyun Link SDK", "aliyun|\u963f\u91cc\u4e91|alibaba|linkkit", ""},
    {"MQTT 3.1.1 (CONNACK)", "mqtt 3.1.1|mqtt 3|connack", "rc connack connect_return_code reasoncode"},
    {"MQTT 5 (reason code)", "mqtt 5|mqtt5|mqttv5", "rc reason connack reasoncode reason_code"},
    {"Linux, Android", "linux|android", "errno"},
    {"lwIP: ESP-IDF, ESP8266", "lwip|esp32|esp8266|esp-idf|esp-tls", "errno sock_errno"},
    {"macOS, iOS", "macos|ios|iphone|mac|nsposixerrordomain", "errno"},
    {"Windows", "windows|winsock|winerror|wsa", "errno winerror"},
    {"getaddrinfo", "getaddrinfo", ""},
    {"OpenSSL", "openssl|ssl", ""},
    {"mbedTLS", "mbedtls|mbed tls", ""},
    {"BearSSL: Tasmota, ESP8266", "bearssl|tasmota|esp8266", ""},
    {"Java, Android", "java|android|okhttp", ""},
    {"Logs of EMQX, haproxy, nginx", "emqx|haproxy|nginx", ""},
    {"Chrome, Firefox", "browser|chrome|websocket|firefox|safari|uni-app|uniapp|hbuilder", ""},
    {"mosquitto's log", "mosquitto|mosquitto broker|core-mosquitto", ""},
    {"EMQX's log", "emqx|emq", ""},
    {"Logs of RabbitMQ, HiveMQ, VerneMQ, NanoMQ", "rabbitmq|hivemq|vernemq|nanomq|activemq|artemis|aedes|mosca", ""},
    {"AWS IoT, Azure IoT, Tencent, Huawei", "aws|aws iot|amazon|azure|iot hub|tencent|\u817e\u8baf\u4e91|huawei|\u534e\u4e3a\u4e91|google cloud", ""},
    {"Go: Paho Go, Telegraf, ChirpStack", "paho go|paho.mqtt.golang|golang|telegraf|chirpstack|evcc|kafka connect", ""},
    {".NET: MQTTnet, M2Mqtt", "mqttnet|m2mqtt|.net|dotnet|c#|csharp|mqttnet.exceptions|uplibrary", ""},
    {"Rust: rumqttc, rustls", "rumqttc|rumqtt|rustls|rust", ""},
    {"MicroPython umqtt, Adafruit", "micropython|umqtt|upymqtt|circuitpython|minimqtt|adafruit|oserror", "oserror errno"},
    {"openHAB, ioBroker, Domoticz, Frigate, Shelly, OwnTracks",
     "openhab|iobroker|domoticz|frigate|shelly|owntracks|zwave-js-ui|zwavejs2mqtt|mqtt dash|iot mqtt panel|homebridge|evcc|wled|gmqtt|valetudo", ""},
    {"macOS, iOS: NSURLError, Secure Transport", "nsurlerrordomain|ios|macos|iphone|cocoamqtt|swift|securetransport", "nsurlerrordomain"},
    {"Apps of any kind", "any app", ""},
    {"Qt: QMqttClient, QAbstractSocket, QSslSocket", "qt|qmqtt|qabstractsocket|qsslsocket", ""},
    {"wolfSSL", "wolfssl|wolfmqtt", ""},
    {"GnuTLS", "gnutls|gnutls_handshake", ""},
    {"Windows: Schannel", "schannel|sspi|initializesecuritycontext", ""},
    {"Zephyr, nRF Connect SDK", "zephyr|nrf connect|mqtt_helper|nrf9160|aws_iot|net_mqtt", ""},
    {"PHP, Ruby", "php-mqtt|phpmqtt|php|ruby-mqtt|ruby", ""},
    {"LabVIEW", "labview", ""},
    {"systemd, Docker, SELinux, the loader", "systemd|docker|systemctl|journalctl|selinux|apparmor|podman", ""},
    {"NodeMCU (Lua)", "nodemcu|lua", ""},
    {"Erlang, Elixir: emqtt, Tortoise", "erlang|elixir|emqtt|tortoise|tortoise311|teslamate|genserver", ""},
    {"libmosquitto", "libmosquitto|mosquittopp|mosquitto_publish|mosquitto_connect|mosquitto_subscribe|mosquitto_loop|mosquitto_reconnect", "rc"},
    {"u-blox SARA, LEXI", "u-blox|ublox|uumqttc|umqttc|umqtter", ""},
    {"axTLS: ESP8266, embedded Linux", "axtls", ""},
};
// clang-format on

static_assert(std::size(apps) == static_cast<std::size_t>(axtls) + 1, "a row for each app");

std::vector<said_row> all_rows() {
  std::vector<said_row> out;
  for (const auto part :
       {libraries_rows(), programs_rows(),  devices_rows(),  clouds_rows(),  brokers_rows(),
        codes_rows(),     languages_rows(), tls_rows(),      secure_rows(),  web_rows(),
        words_rows(),     addresses_rows(), boards_rows(),   apps_rows(),    stacks_rows(),
        firmware_rows(),  services_rows(),  settings_rows(), clients_rows(), system_rows(),
        faults_rows(),    more_rows()})
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace

const char* broker_names() noexcept {
  return "mosquitto|mosquittomqtt|emqx|emq|vernemq|hivemq|rabbitmq|nanomq|activemq|artemis|aedes|"
         "mosca|moquette|flashmq|nats|mqtt|haproxy|nginx|coremosquitto";
}

const char* broker_log_phrases() noexcept {
  return "socket error on client|new connection from|new client connected from|closing old "
         "connection|"
         "client <unknown>|opening ipv4 listen socket|opening ipv6 listen socket|"
         "ssl23_get_client_hello|ssl3_get_client_hello|ssl3_get_client_certificate|"
         "tls_process_client_certificate|tls_process_client_hello|tls_early_post_process_client_"
         "hello|"
         "tls_post_process_client_hello|tls server in state|peer did not return a certificate|"
         "no shared cipher|outgoing messages are being dropped for client|http request|"
         "ssl_do_handshake failed";
}

const char* app_log_phrases() noexcept {
  return "_ssl c|ssl3_get_server_hello|ssl23_get_server_hello|ssl3_get_server_certificate|"
         "tls_process_server_certificate|tls_process_server_hello|javax net ssl|mqttexception";
}

const char* innocent_phrases() noexcept {
  return "puback ** rc 0|pubrec ** rc 0|pubcomp ** rc 0|verify return code 0|certificate verified|"
         "timeout period is|connection timeout period|connect timeout set|connection timeout set|"
         "timeout set to|keepalive set to|0 errors|no errors|without errors|error 0|error none|"
         "errors 0|0 failures|object is not subscriptable|disconnect on no ping response is "
         "disabled|no ping response is disabled";
}

std::span<const said_app> said_apps() noexcept { return apps; }

std::span<const said_row> said_rows() {
  static const std::vector<said_row> rows = all_rows();
  return rows;
}

}  // namespace mqttkit::doctor
