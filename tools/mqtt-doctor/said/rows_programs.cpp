// What libraries of other languages, and programs built on them, print.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* paho_go = "https://github.com/eclipse/paho.mqtt.golang packets/packets.go, client.go, ping.go";
constexpr const char* dotnet_src =
    "https://github.com/dotnet/MQTTnet MqttClient, MqttClientConnectResultCode; https://github.com/eclipse/paho.mqtt.m2mqtt";
constexpr const char* rumq = "https://docs.rs/rumqttc rumqttc::ConnectionError, mqttbytes::v4::ConnectReturnCode";
constexpr const char* esp_mqtt_src =
    "https://github.com/espressif/esp-mqtt mqtt_client.c; espressif/arduino-esp32 libraries/Network; eclipse-paho/paho.mqtt.android";
constexpr const char* umqtt = "https://github.com/micropython/micropython-lib micropython/umqtt.simple/umqtt/simple.py";
constexpr const char* upy_errno = "https://github.com/micropython/micropython py/mperrno.h, extmod/modlwip.c";
constexpr const char* minimqtt = "https://github.com/adafruit/Adafruit_CircuitPython_MiniMQTT adafruit_minimqtt.py";
constexpr const char* adafruit_h = "https://github.com/adafruit/Adafruit_MQTT_Library Adafruit_MQTT.cpp";
constexpr const char* dart_client = "https://github.com/shamblett/mqtt_client lib/src/mqtt_client_mqtt_connect_return_code.dart";
constexpr const char* hive_client = "https://github.com/hivemq/hivemq-mqtt-client Mqtt5ConnAckException, Mqtt3ConnAckReturnCode";
constexpr const char* esphome_src = "https://github.com/esphome/esphome esphome/components/mqtt/mqtt_client.cpp";
constexpr const char* hass_strings = "https://github.com/home-assistant/core homeassistant/components/mqtt/strings.json, client.py";
constexpr const char* wifi_src = "the sketches and boards' SDKs, by their words; https://docs.espressif.com esp_wifi: reasons";
constexpr const char* paho_py_example =
    "https://github.com/eclipse-paho/paho.mqtt.python README.rst, docs/migrations.rst; MQTT 3.1.1 table 3.1";

constexpr said_row programs_table[] = {

    {go_libraries, "pingresp not received disconnecting|pingresp not received", "", is::silent_too_long, paho_go},
    {go_libraries, "network error dial tcp ** connect connection refused|dial tcp ** connect connection refused|dial tcp ** connection refused", "", is::refused, paho_go},
    {go_libraries, "dial tcp ** i o timeout|dial tcp ** context deadline exceeded", "", is::timed_out, paho_go},
    {go_libraries, "dial tcp lookup ** no such host|lookup ** no such host|no such host|lookup ** server misbehaving", "", is::name_not_found, paho_go},
    {go_libraries, "dial tcp ** no route to host|dial tcp ** network is unreachable", "", is::no_route, paho_go},
    {go_libraries, "network error eof|connection lost eof|mqtt connection lost error eof|connection lost error eof", "", is::closed, paho_go},
    {go_libraries, "network error unacceptable protocol version|connection refused bad protocol version", "", is::bad_version, paho_go},
    {go_libraries, "connection refused bad user name or password|network error bad user name or password", "", is::bad_login, paho_go},
    {go_libraries, "connection refused not authorized|not authorized network error", "", is::not_authorised, paho_go},
    {go_libraries, "connection error network error|not currently connected and reconnecting", "", is::not_connected, paho_go},
    {dotnet, "mqttcommunicationtimedoutexception|mqtttimeoutexception", "", is::no_answer, dotnet_src},
    {dotnet, "connecting with mqtt server failed badusernameorpassword|badusernameorpassword", "", is::bad_login, dotnet_src},
    {dotnet, "connecting with mqtt server failed notauthorized|connectionrefusednotauthorized", "", is::not_authorised, dotnet_src},
    {dotnet, "connecting with mqtt server failed clientidentifiernotvalid|connectionrefusedidentifierrejected", "", is::bad_identifier, dotnet_src},
    {dotnet, "connecting with mqtt server failed unsupportedprotocolversion|connectionrefusedunacceptableprotocolversion", "",
     is::bad_version, dotnet_src},
    {dotnet, "connecting with mqtt server failed serverunavailable|connectionrefusedserverunavailable", "", is::unavailable, dotnet_src},
    {dotnet, "mqttcommunicationexception|mqttconnectingfailedexception|mqttconnectionexception|error while connecting with host|exception connecting to the broker", "",
     is::not_reached, dotnet_src, breadth::echo},
    {dotnet, "mqttclientnotconnectedexception|the mqtt client is not connected|the client is not connected", "", is::not_connected, dotnet_src},
    {rust, "connectionrefused badusernamepassword|badusernamepassword", "", is::bad_login, rumq},
    {rust, "connectionrefused notauthorized|connection refused return code notauthorized", "", is::not_authorised, rumq},
    {rust, "connectionrefused badclientid|badclientid", "", is::bad_identifier, rumq},
    {rust, "connectionrefused refusedprotocolversion|refusedprotocolversion", "", is::bad_version, rumq},
    {rust, "connectionrefused serviceunavailable", "", is::unavailable, rumq},
    {rust, "mqttstate awaitpingresp|awaitpingresp", "", is::silent_too_long, rumq},
    {rust, "networktimeout|flushtimeout", "", is::no_answer, rumq},
    {rust, "payload size limit exceeded|outgoingpackettoolarge|payloadsizelimitexceeded", "", is::too_large_for_app, rumq},
    {rust, "kind connectionrefused", "", is::refused, rumq},
    {rust, "kind timedout", "", is::timed_out, rumq},
    {rust, "kind connectionreset", "", is::reset, rumq},
    {rust, "kind connectionaborted|connection closed by peer abruptly", "", is::closed, rumq},
    {rust, "kind hostunreachable|kind networkunreachable", "", is::no_route, rumq},
    {rust, "failed to lookup address information", "", is::name_not_found, rumq},

    {esp_idf, "no ping_resp disconnected|no ping_resp", "", is::silent_too_long, esp_mqtt_src},
    {esp_idf, "failed to verify certificate|failed to verify peer certificate|esp-x509-crt-bundle failed to verify certificate", "", is::untrusted, esp_mqtt_src},
    {esp_idf, "no server verification option set", "", is::no_authority, esp_mqtt_src},
    {pubsubclient, "hostbyname dns failed for|dns failed for|dns failed", "", is::name_not_found, esp_mqtt_src},
    {paho_java, "requires that one of flag_immutable or flag_mutable be specified|missing * implementation ** alarmreceiver", "", is::app_call, esp_mqtt_src},
    {micropython, "umqtt simple mqttexception 1|mqttexception 1", "", is::bad_version, umqtt},
    {micropython, "umqtt simple mqttexception 2|mqttexception 2", "", is::identifier_or_keep_alive, umqtt},
    {micropython, "umqtt simple mqttexception 3|mqttexception 3", "", is::unavailable, umqtt},
    {micropython, "umqtt simple mqttexception 4|mqttexception 4", "", is::bad_login, umqtt},
    {micropython, "umqtt simple mqttexception 5|mqttexception 5", "", is::not_authorised, umqtt},
    {micropython, "mqttexception 128", "", is::subscribe_refused, umqtt},
    {micropython, "in connect indexerror bytes index out of range|connect ** indexerror", "", is::no_answer, umqtt},
    {micropython, "oserror -1", "-1", is::closed, umqtt},
    {micropython, "oserror -202|oserror -2|oserror -6|oserror -201", "-202 -2 -6", is::name_not_found, upy_errno},
    {micropython, "oserror 103|errno 103 econnaborted", "", is::not_reached, upy_errno},
    {micropython, "oserror errno 118 ehostunreach|oserror 118|errno 118", "118", is::no_route, upy_errno},
    {micropython, "oserror errno 113 econnaborted|oserror errno 113", "", is::not_reached, upy_errno},
    {micropython, "errno 113 ehostunreach", "", is::no_route, upy_errno},
    {micropython, "oserror 104|errno 104 econnreset", "104", is::reset, upy_errno},
    {micropython, "oserror 110|oserror 116|errno 110 etimedout|errno 116 etimedout", "110 116", is::timed_out, upy_errno},
    {micropython, "errno 12 enomem|oserror 12", "12", is::no_memory, upy_errno},
    {micropython, "errno 128 enotconn|oserror 128|oserror errno 128", "128", is::not_connected, upy_errno},
    {micropython, "errno 23 enfile|oserror 23", "23", is::no_more_sockets, upy_errno},
    {micropython, "repeated connect failures", "", is::not_reached, minimqtt},
    {micropython, "mmqttexception connection refused incorrect protocol version|connection refused incorrect protocol version", "", is::bad_version, minimqtt},
    {micropython, "connection refused id rejected", "", is::bad_identifier, minimqtt},
    {micropython, "connection refused incorrect username password", "", is::bad_login, minimqtt},
    {micropython, "connection refused unauthorized", "", is::not_authorised, minimqtt},
    {micropython, "no data received from broker for * seconds|pingresp not returned from broker within", "", is::silent_too_long, minimqtt},
    {pubsubclient, "the server does not support the level of the mqtt protocol requested", "", is::bad_version, adafruit_h},
    {pubsubclient, "the client identifier is correct utf-8 but not allowed by the server", "", is::bad_identifier, adafruit_h},
    {pubsubclient, "the mqtt service is unavailable", "", is::unavailable, adafruit_h},
    {pubsubclient, "the data in the user name or password is malformed", "", is::bad_login, adafruit_h},
    {pubsubclient, "not authorized to connect", "", is::not_authorised, adafruit_h},
    {pubsubclient, "retrying mqtt connection in * seconds", "", is::no_details, adafruit_h},

    {home_apps, "mqttconnectreturncode notauthorized|connectreturncode notauthorized", "", is::not_authorised, dart_client},
    {home_apps, "mqttconnectreturncode badusernameorpassword|connectreturncode badusernameorpassword", "", is::bad_login, dart_client},
    {home_apps, "mqttconnectreturncode identifierrejected", "", is::bad_identifier, dart_client},
    {home_apps, "mqttconnectreturncode brokerunavailable", "", is::unavailable, dart_client},
    {home_apps, "mqttconnectreturncode unacceptedprotocolversion", "", is::bad_version, dart_client},
    {home_apps, "missing connection acknowledgement|mqttconnectreturncode nonespecified", "", is::no_answer, dart_client},
    {home_apps, "connack contained an error code not_authorized|mqtt3connackexception ** not_authorized|mqtt5connackexception ** not_authorized", "",
     is::not_authorised, hive_client},
    {home_apps, "connack contained an error code bad_user_name_or_password|error code bad_user_name_or_password", "", is::bad_login, hive_client},
    {home_apps, "connack contained an error code identifier_rejected|error code client_identifier_not_valid|error code identifier_rejected", "",
     is::bad_identifier, hive_client},
    {home_apps, "connack contained an error code unsupported_protocol_version|error code unsupported_protocol_version", "", is::bad_version, hive_client},
    {home_apps, "connack contained an error code server_unavailable", "", is::unavailable, hive_client},
    {home_apps, "connack contained an error code banned|error code banned", "", is::banned, hive_client},
    {home_apps, "connectionclosedexception|server closed connection without disconnect", "", is::closed, hive_client},
    {home_apps, "connectionfailedexception", "", is::not_reached, hive_client, breadth::echo},
    {home_apps, "timeout while waiting for connack|timeout while waiting for pingresp", "", is::no_answer, hive_client},
    {home_apps, "no connection or readonly channel|mqtt client is not connected", "", is::not_connected, hive_client},

    {async_mqtt, "couldn t resolve ip address|couldn t resolve ip address for *|resolving mqtt broker ip address failed", "", is::name_not_found, esphome_src},
    {async_mqtt, "mqtt disconnected unacceptable protocol version|disconnected unacceptable protocol version", "", is::bad_version, esphome_src},
    {async_mqtt, "mqtt disconnected identifier rejected|disconnected identifier rejected", "", is::bad_identifier, esphome_src},
    {async_mqtt, "mqtt disconnected server unavailable|disconnected server unavailable", "", is::unavailable, esphome_src},
    {async_mqtt, "mqtt disconnected malformed credentials|disconnected malformed credentials", "", is::bad_login, esphome_src},
    {async_mqtt, "mqtt disconnected not authorized|disconnected not authorized", "", is::not_authorised, esphome_src},
    {async_mqtt, "mqtt disconnected not enough space|disconnected not enough space", "", is::no_memory, esphome_src},
    {async_mqtt, "mqtt disconnected tls bad fingerprint|disconnected tls bad fingerprint", "", is::untrusted, esphome_src},
    {async_mqtt, "mqtt disconnected dns resolve error|disconnected dns resolve error", "", is::name_not_found, esphome_src},
    {async_mqtt, "mqtt disconnected unknown|disconnected unknown", "", is::no_details, esphome_src},

    {home_assistant, "failed to connect to mqtt server bad user name or password|unable to connect to the mqtt broker ** bad user name or password", "",
     is::bad_login, hass_strings},
    {home_assistant, "unable to connect to the mqtt broker ** not authorized|unable to connect to the mqtt broker ** not authorised", "",
     is::not_authorised, hass_strings},
    {home_assistant, "disconnected from mqtt server ** 5", "", is::not_authorised, hass_strings},
    {home_assistant, "disconnected from mqtt server ** 4", "", is::bad_login, hass_strings},
    {home_assistant, "disconnected from mqtt server", "", is::closed, hass_strings},
    {home_assistant, "error talking to mqtt", "", is::no_details, hass_strings},
    {home_assistant, "failed to connect the broker settings are not valid|bad ca certificate|bad client certificate|bad client key", "", is::bad_key_file, hass_strings},

    {paho_python, "connection refused bad username or password|connected with result code bad user name or password", "", is::bad_login, paho_py_example},
    {paho_python, "connected with result code not authorized|connected with result code 5|result code 5|connected with reason code not authorized", "", is::not_authorised, paho_py_example},
    {paho_python, "connected with result code 4|result code 4", "", is::bad_login, paho_py_example},
    {paho_python, "connected with result code 3|result code 3", "", is::unavailable, paho_py_example},
    {paho_python, "connected with result code 2|result code 2", "", is::bad_identifier, paho_py_example},
    {paho_python, "connected with result code 1|result code 1", "", is::bad_version, paho_py_example},
    {paho_python, "connected with result code 0|connected with result code success|connected flags", "", is::connected, paho_py_example},
    {paho_python, "disconnected with result code 0|disconnected with rc 0|disconnected ** rc 0|disconnected code 0|disconnected reason code 0|disconnected from mqtt ** code 0|disconnected from broker ** code 0|on_disconnect rc 0|on_disconnect ** code 0", "", is::normal, paho_py_example},
    {paho_python, "disconnected with result code 7|unexpected disconnection", "", is::closed, paho_py_example},
    {paho_python, "unsupported callback api version|missing * required positional argument callback_api_version|callback api version 1 is deprecated|"
     "takes * positional arguments but * were given", "", is::app_call, paho_py_example},

    {pubsubclient, "wifi not connected|wl_no_ssid_avail|wl_connect_failed|wl_disconnected|wifi connection failed|no wifi", "", is::no_network, wifi_src},
    {esp_idf, "wifi disconnected reason|sta_disconnected|wifi_event_sta_disconnected|wifi sta disconnected", "", is::no_network, wifi_src},
    {linux_errno, "network is down|enetdown|network unavailable", "", is::no_network, wifi_src},
};
// clang-format on

}  // namespace

std::span<const said_row> programs_rows() noexcept { return programs_table; }

}  // namespace mqttkit::doctor
