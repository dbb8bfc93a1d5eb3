// Sentences of apps and libraries that came from their sources, in English and Chinese.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* java_txt = "https://github.com/eclipse-paho/paho.mqtt.java nls/messages.properties and its translations";
constexpr const char* red_json = "https://github.com/node-red/node-red nodes/locales/en-US, zh-CN: messages.json, mqtt";
constexpr const char* mqtt_ts = "https://github.com/mqttjs/MQTT.js src/lib/client.ts, handlers/ack.ts, connect/wx.ts";
constexpr const char* client_py = "https://github.com/eclipse-paho/paho.mqtt.python src/paho/mqtt/client.py; https://github.com/empicano/aiomqtt";
constexpr const char* hass_util = "https://github.com/home-assistant/core homeassistant/components/mqtt/client.py, util.py";
constexpr const char* shared_c = "https://github.com/eclipse-mosquitto/mosquitto client/client_shared.c, pub_client.c, src/bridge.c";
constexpr const char* tasmota_rc = "https://tasmota.github.io/docs/MQTT: return codes";
constexpr const char* mbed_msg = "mbedTLS library/ssl_msg.c; RFC 8446 section 6.2";
constexpr const char* at_manuals = "SIMCom SIM7070 and SIM7600, Quectel MQTT application notes: +CMQTT, +SMSTATE, +QMTSTAT, +QMTSUB, +QMTPUB";
constexpr const char* dart_src = "https://github.com/shamblett/mqtt_client lib/src/exception; https://github.com/dart-lang/sdk sdk/lib/_http";
constexpr const char* cocoa_src = "https://github.com/emqx/CocoaMQTT Source; https://github.com/novastone-media/MQTT-Client-Framework MQTTSession.h";
constexpr const char* hive_src = "https://github.com/hivemq/hivemq-mqtt-client mqtt5/exceptions; rumqttc mqttbytes";
constexpr const char* cloud_src = "https://github.com/awslabs/aws-c-mqtt mqtt.h; https://github.com/tencentyun/qcloud-iot-sdk-embedded-c qcloud_iot_export_error.h";
constexpr const char* lwip_h = "https://github.com/lwip-tcpip/lwip src/include/lwip/err.h, apps/mqtt.h";
constexpr const char* winsock_h = "https://learn.microsoft.com/en-us/windows/win32/winsock/windows-sockets-error-codes-2";
constexpr const char* go_ws = "https://github.com/gorilla/websocket client.go";

constexpr said_row apps_table[] = {
    {paho_java, "pahojavacode 32000", "", is::no_answer, java_txt},
    {paho_java, "pahojavacode 32001", "", is::too_many_in_flight, java_txt},
    {paho_java, "pahojavacode 32002", "", is::closed, java_txt},
    {paho_java, "pahojavacode 32100", "", is::connected, java_txt},
    {paho_java, "pahojavacode 32101|pahojavacode 32102|pahojavacode 32104", "", is::not_connected, java_txt},
    {paho_java, "pahojavacode 32103", "", is::not_reached, java_txt, breadth::echo},
    {paho_java, "pahojavacode 32105", "", is::app_url, java_txt},
    {paho_java, "pahojavacode 32106", "", is::handshake, java_txt},
    {paho_java, "pahojavacode 32107|pahojavacode 32110|pahojavacode 32111|pahojavacode 32201", "", is::app_call, java_txt},
    {paho_java, "pahojavacode 32108", "", is::broken_packet, java_txt},
    {paho_java, "pahojavacode 32109", "", is::closed, java_txt, breadth::echo},
    {paho_java, "pahojavacode 32200", "", is::app_store, java_txt},
    {paho_java, "pahojavacode 32202", "", is::too_many_in_flight, java_txt},
    {paho_java, "pahojavacode 32203", "", is::not_reached, java_txt},
    {paho_java, "无权连接", "", is::not_authorised, java_txt},
    {paho_java, "错误的用户名或密码", "", is::bad_login, java_txt},
    {paho_java, "无效客户机标识", "", is::bad_identifier, java_txt},
    {paho_java, "无效协议版本", "", is::bad_version, java_txt},
    {paho_java, "代理程序不可用", "", is::unavailable, java_txt},
    {paho_java, "mqttpersistenceexception", "", is::app_store, java_txt},

    {node_red, "已断开与服务端", "", is::closed, red_json},
    {node_red, "missing broker configuration|disconnect from broker before connecting|未设置服务端|连接之前,请先断开已有的连接", "", is::app_call, red_json},
    {node_red, "topic not defined|msg topic is missing or invalid|主题未设置|主题无效|msg.topic 丢失或无效", "", is::bad_topic, red_json},
    {node_red, "missing client id|no client id set using clean session|缺少客户端 id", "", is::identifier_for_session, red_json},
    {mosquitto, "must provide a client id if you are using", "", is::identifier_for_session, shared_c},
    {node_red, "no certificate key file provided|certificate not specified|private key not specified|未提供证书|未指定证书|未指定私钥", "", is::bad_key_file, red_json},

    {mqtt_js, "missing clientid for unclean clients", "", is::identifier_for_session, mqtt_ts},
    {mqtt_js, "connection refused unspecified error|connection refused implementation specific error", "", is::login_refused, mqtt_ts},
    {mqtt_js, "connection refused malformed packet|connection refused protocol error", "", is::broken_packet, mqtt_ts},
    {mqtt_js, "connection refused packet too large", "", is::too_large, mqtt_ts},
    {mqtt_js, "connection refused qos not supported|connection refused retain not supported", "", is::no_such_feature, mqtt_ts},
    {mqtt_js, "subscribe error not authorized|subscribe error not authorised", "", is::subscribe_refused, mqtt_ts},
    {mqtt_js, "publish error unspecified error|publish error implementation specific error", "", is::publish_refused, mqtt_ts},
    {mqtt_js, "no connection to broker", "", is::not_connected, mqtt_ts},
    {mqtt_js, "tls not authorized", "", is::untrusted, mqtt_ts},
    {mqtt_js, "couldn t connect to server", "", is::not_reached, mqtt_ts},
    {mqtt_js, "connect eacces|connect eperm", "", is::app_not_allowed, mqtt_ts},

    {home_assistant, "no ack from mqtt server", "", is::no_answer, hass_util},
    {home_assistant, "wildcards can not be used in topic", "", is::bad_topic, hass_util},
    {paho_python, "client id must be provided if clean session is false", "", is::identifier_for_session, client_py},
    {paho_python, "cannot contain wildcards", "", is::bad_topic, client_py},
    {paho_python, "payload must be a string|invalid qos level|tls has already been configured|valueerror invalid credentials", "", is::app_call, client_py},
    {paho_python, "websocket handshake error connection not upgraded", "", is::upgrade_refused, client_py},
    {paho_python, "websocket handshake error", "", is::websocket_failed, client_py},
    {paho_python, "disconnected during message iteration|disconnected with reason code unspecified error", "", is::closed, client_py},
    {go_libraries, "websocket bad handshake", "", is::upgrade_refused, go_ws},

    {pubsubclient, "rc -5 retry in", "", is::name_not_found, tasmota_rc},
    {mosquitto, "problem setting tls options|problem setting tls psk options|both cert and key must be specified|both certfile and keyfile must be|only one of cafile or capath may be used", "",
     is::bad_key_file, shared_c},
    {mosquitto, "both topic and message must be supplied|unknown option|unable to open listing file", "", is::app_call, shared_c},
    {mosquitto, "error creating bridge invalid argument", "", is::broker_settings, shared_c},

    {mbedtls, "fatal alert message msg 70", "", is::tls_version, mbed_msg},
    {mbedtls, "fatal alert message msg 40|fatal alert message msg 71", "", is::nothing_in_common, mbed_msg},
    {mbedtls, "fatal alert message msg 42|fatal alert message msg 43|fatal alert message msg 44|fatal alert message msg 45|fatal alert message msg 46|fatal alert message msg 49|fatal alert message msg 51", "", is::certificate_refused, mbed_msg},
    {mbedtls, "fatal alert message msg 48", "", is::no_trust_in_us, mbed_msg},
    {mbedtls, "fatal alert message msg 112", "", is::other_name, mbed_msg},
    {mbedtls, "fatal alert message msg 116", "", is::wants_certificate, mbed_msg},
    {dotnet, "revocationstatusunknown ** partialchain|offlinerevocation ** partialchain|partialchain ** offlinerevocation|partialchain ** revocationstatusunknown|"
     "revocationstatusunknown ** untrustedroot|untrustedroot ** revocationstatusunknown|untrustedroot ** offlinerevocation", "", is::untrusted, "X509ChainStatusFlags"},

    {simcom, "cmqttpub * 11|cmqttsub * 11|smstate 0|cmqttdisc * 11", "", is::not_connected, at_manuals},
    {simcom, "cmqttpub * 17|cmqttsub * 17", "", is::no_answer, at_manuals},
    {simcom, "cmqttpub * 8|cmqttsub * 8|cmqttpub * 13", "", is::app_call, at_manuals},
    {simcom, "cmqttsub * 12", "", is::subscribe_refused, at_manuals},
    {simcom, "cmqttpub * 26|cmqttsub * 26|cmqttnonet", "", is::closed, at_manuals},
    {simcom, "smstate 1|smstate 2", "", is::connected, at_manuals},
    {simcom, "cnact 0 deactive|cnact * deactive", "", is::mobile_data, at_manuals},
    {simcom, "smconn error", "", is::no_details, at_manuals},
    {quectel, "qmtstat * 5|qmtstat * 6|qmtstat * 7|qmtstat * 8", "", is::closed, at_manuals},
    {quectel, "qmtsub * * * 128|qmtsub * * 0 128", "", is::subscribe_refused, at_manuals},
    {quectel, "qmtpub * * 2|qmtpubex * * 2|qmtsub * * 2|qmtpub * * 1|qmtpubex * * 1", "", is::no_answer, at_manuals},

    {home_apps, "handshakeexception connection terminated during handshake", "", is::hung_up_on_tls, dart_src},
    {home_apps, "failed host lookup", "", is::name_not_found, dart_src},
    {home_apps, "the connection must be in the connected state", "", is::not_connected, dart_src},
    {home_apps, "was not upgraded to websocket", "", is::upgrade_refused, dart_src},
    {home_apps, "the uri supplied for the ws", "", is::app_url, dart_src},
    {home_apps, "socketexception operation not permitted|socketexception permission denied", "", is::app_not_allowed, dart_src},
    {apple_tls, "attempt to connect to host timed out|cocoamqttconnecttimeouterror", "", is::timed_out, cocoa_src},
    {apple_tls, "didconnectack identifierrejected|identifierrejected", "", is::bad_identifier, cocoa_src},
    {apple_tls, "didconnectack unacceptableprotocolversion|unacceptableprotocolversion", "", is::bad_version, cocoa_src},
    {apple_tls, "cocoamqtterror invalidurl", "", is::app_url, cocoa_src},
    {apple_tls, "mqtt illegal message received|mqttsessionerrordomain -7", "", is::broken_packet, cocoa_src},
    {home_apps, "suback contains only error codes", "", is::subscribe_refused, hive_src},
    {home_apps, "puback contains error code|pubrec contains error code", "", is::publish_refused, hive_src},
    {home_apps, "mqtt client is already connected or connecting", "", is::app_call, hive_src},
    {rust, "timeout elapsed", "", is::no_answer, hive_src},
    {rust, "deserialization payloadtoolong|deserialization invalid packet|malformedpacket|invalidprotocollevel", "", is::broken_packet, hive_src},
    {dotnet, "mqttcommunicationexception the connection is closed", "", is::closed, "MQTTnet MqttClient"},
    {dotnet, "it is not allowed to connect with a server after the connection is established", "", is::app_call, "MQTTnet MqttClient"},
    {dotnet, "sessiontakenover", "", is::taken_over, "MQTTnet MqttClientDisconnectReason"},

    {clouds, "aws_error_mqtt5_connack_connection_refused", "", is::login_refused, cloud_src},
    {clouds, "aws_error_mqtt_already_connected", "", is::app_call, cloud_src},
    {clouds, "publishtimeoutexception|subscribetimeoutexception", "", is::no_answer, cloud_src},
    {clouds, "credentialerror", "", is::wrong_device_secret, cloud_src},
    {clouds, "qcloud_ret_mqtt_connack_bad_userdata|qcloud_ret_mqtt_connack_not_authorized", "", is::wrong_device_secret, cloud_src},
    {clouds, "qcloud_err_tcp_connect", "", is::not_reached, cloud_src},
    {clouds, "qcloud_err_tcp_unknown_host", "", is::name_not_found, cloud_src},
    {clouds, "qcloud_err_ssl_connect", "", is::handshake, cloud_src},
    {clouds, "qcloud_err_ssl_cert", "", is::bad_key_file, cloud_src},
    {clouds, "qcloud_err_mqtt_no_conn", "", is::not_connected, cloud_src},

    {windows, "wsatry_again|winerror 11002|wsano_recovery|winerror 11003", "", is::name_not_found, winsock_h},
    {windows, "wsaenobufs|winerror 10055|wsaemfile|winerror 10024", "", is::no_more_sockets, winsock_h},
    {windows, "wsaenetdown|winerror 10050", "", is::no_network, winsock_h},
    {windows, "wsaenotconn|winerror 10057", "", is::not_connected, winsock_h},
    {windows, "wsaeaddrinuse|winerror 10048", "", is::port_taken, winsock_h},
    {windows, "wsaeaddrnotavail", "", is::no_route, winsock_h},
    {lwip_errno, "lwip err_timeout|lwip error err_timeout", "", is::timed_out, lwip_h},
    {lwip_errno, "err_rst", "", is::reset, lwip_h},
    {lwip_errno, "err_clsd|err_abrt|mqtt_connect_disconnected", "", is::closed, lwip_h},
    {lwip_errno, "lwip err_mem|lwip err_buf", "", is::no_memory, lwip_h},
    {lwip_errno, "err_rte", "", is::no_route, lwip_h},
    {lwip_errno, "lwip err_conn", "", is::not_connected, lwip_h},
    {lwip_errno, "mqtt_connect -111", "", is::refused, lwip_h},
    {lwip_errno, "mqtt_connect -110|mqtt_connect -116", "", is::timed_out, lwip_h},
    {browser, "websocket closed 1015", "", is::handshake, go_ws},
    {browser, "amqjs0010e", "", is::app_call, "paho.mqtt.javascript src/paho-mqtt.js: ERROR"},
    {browser, "amqjs0018e", "", is::broken_packet, "paho.mqtt.javascript src/paho-mqtt.js: ERROR"},
};
// clang-format on

}  // namespace

std::span<const said_row> apps_rows() noexcept { return apps_table; }

}  // namespace mqttkit::doctor
