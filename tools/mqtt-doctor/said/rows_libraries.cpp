// What libraries and the apps built on them print.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* pubsubclient_h = "https://github.com/knolleary/pubsubclient src/PubSubClient.h";
constexpr const char* async_h =
    "https://github.com/marvinroger/async-mqtt-client AsyncMqttClientDisconnectReason; "
    "https://github.com/esphome/esphome esphome/components/mqtt/mqtt_backend.h";
constexpr const char* paho_c_h =
    "https://github.com/eclipse-paho/paho.mqtt.c src/MQTTClient.h, src/MQTTAsync.h";
constexpr const char* paho_py = "https://github.com/eclipse-paho/paho.mqtt.python src/paho/mqtt/client.py";
constexpr const char* paho_java_txt =
    "https://github.com/eclipse/paho.mqtt.java MqttException.java, nls/messages.properties";
constexpr const char* mqtt_js_ack =
    "https://github.com/mqttjs/MQTT.js src/lib/handlers/ack.ts, src/lib/handlers/connack.ts";
constexpr const char* mqtt_js_client = "https://github.com/mqttjs/MQTT.js src/lib/client.ts";
constexpr const char* hass_py =
    "https://github.com/home-assistant/core homeassistant/components/mqtt/client.py";
constexpr const char* red_js =
    "https://github.com/node-red/node-red nodes/core/network/10-mqtt.js and its messages.json";
constexpr const char* z2m_ts = "https://github.com/Koenkk/zigbee2mqtt lib/controller.ts, lib/mqtt.ts";
constexpr const char* beckhoff =
    "https://infosys.beckhoff.com/content/1033/tf6701_tc3_iot_communication_mqtt/12887974283.html";
constexpr const char* mosq_c = "https://github.com/eclipse-mosquitto/mosquitto lib/strings_mosquitto.c";

constexpr said_row libraries_table[] = {
    // ---- PubSubClient's state(), which Tasmota prints behind rc
    {pubsubclient, "mqtt_tls_bad_server_credentials", "-5", is::untrusted, pubsubclient_h},
    {pubsubclient, "mqtt_connection_timeout", "-4", is::no_answer, pubsubclient_h},
    {pubsubclient, "mqtt_connection_lost", "-3", is::closed, pubsubclient_h},
    {pubsubclient, "mqtt_connect_failed", "-2", is::not_reached, pubsubclient_h},
    {pubsubclient, "mqtt_disconnected", "-1", is::not_connected, pubsubclient_h},
    {pubsubclient, "mqtt_connect_bad_protocol", "1", is::bad_version, pubsubclient_h},
    {pubsubclient, "mqtt_connect_bad_client_id", "2", is::bad_identifier, pubsubclient_h},
    {pubsubclient, "mqtt_connect_unavailable", "3", is::unavailable, pubsubclient_h},
    {pubsubclient, "mqtt_connect_bad_credentials", "4", is::bad_login, pubsubclient_h},
    {pubsubclient, "mqtt_connect_unauthorized", "5", is::not_authorised, pubsubclient_h},

    {async_mqtt, "tcp_disconnected|tcp disconnected|disconnect reason 0|disconnected reason 0", "", is::closed, async_h},
    {async_mqtt, "mqtt_unacceptable_protocol_version|disconnect reason 1|disconnected reason 1", "", is::bad_version, async_h},
    {async_mqtt, "mqtt_identifier_rejected|disconnect reason 2|disconnected reason 2", "", is::bad_identifier, async_h},
    {async_mqtt, "mqtt_server_unavailable|disconnect reason 3|disconnected reason 3", "", is::unavailable, async_h},
    {async_mqtt, "mqtt_malformed_credentials|disconnect reason 4|disconnected reason 4", "", is::bad_login, async_h},
    {async_mqtt, "mqtt_not_authorized|disconnect reason 5|disconnected reason 5", "", is::not_authorised, async_h},
    {async_mqtt, "esp8266_not_enough_space|disconnect reason 6|disconnected reason 6", "", is::no_memory, async_h},
    {async_mqtt, "tls_bad_fingerprint|disconnect reason 7|disconnected reason 7", "", is::untrusted, async_h},
    {async_mqtt, "dns_resolve_error|disconnect reason 8", "", is::name_not_found, async_h},

    // ---- Paho C: its synchronous and asynchronous halves number -10 to -13 differently
    {paho_c, "mqttclient_failure|mqttasync_failure", "-1", is::no_details, paho_c_h},
    {paho_c, "mqttclient_persistence_error|mqttasync_persistence_error", "-2", is::app_store, paho_c_h},
    {paho_c, "mqttclient_disconnected|mqttasync_disconnected", "-3", is::not_connected, paho_c_h},
    {paho_c, "mqttclient_max_messages_inflight|mqttasync_max_messages_inflight", "-4",
     is::too_many_in_flight, paho_c_h},
    {paho_c,
     "mqttclient_bad_utf8_string|mqttclient_null_parameter|mqttclient_topicname_truncated|"
     "mqttclient_bad_structure|mqttclient_bad_qos|mqttasync_bad_utf8_string|"
     "mqttasync_null_parameter|mqttasync_topicname_truncated|mqttasync_bad_structure|"
     "mqttasync_bad_qos",
     "-5 -6 -7 -8 -9", is::app_call, paho_c_h},
    {paho_c, "mqttclient_ssl_not_supported", "-10", is::no_tls_built_in, paho_c_h},
    {paho_c, "mqttasync_no_more_msgids", "-10", is::too_many_in_flight, paho_c_h},
    {paho_c, "mqttclient_bad_mqtt_version", "-11", is::app_call, paho_c_h},
    {paho_c, "mqttasync_operation_incomplete", "-11", is::closed, paho_c_h},
    {paho_c, "mqttasync_max_buffered_messages", "-12", is::too_many_in_flight, paho_c_h},
    {paho_c, "mqttasync_ssl_not_supported", "-13", is::no_tls_built_in, paho_c_h},
    {paho_c, "mqttclient_bad_protocol|mqttasync_bad_protocol", "-14", is::app_url, paho_c_h},
    {paho_c,
     "mqttclient_bad_mqtt_option|mqttasync_bad_mqtt_option|mqttclient_wrong_mqtt_version|"
     "mqttasync_wrong_mqtt_version",
     "-15 -16", is::app_call, paho_c_h},

    // ---- Paho Python: MQTT_ERR_* of publish(), loop() and on_disconnect()
    {paho_python, "mqtt_err_nomem", "1", is::no_memory, paho_py},
    {paho_python, "mqtt_err_protocol", "2", is::broken_packet, paho_py},
    {paho_python, "mqtt_err_inval", "3", is::app_call, paho_py},
    {paho_python, "mqtt_err_no_conn", "4", is::not_connected, paho_py},
    {paho_python, "mqtt_err_conn_refused", "5", is::login_refused, paho_py},
    {paho_python, "mqtt_err_conn_lost", "7", is::closed, paho_py},
    {paho_python, "mqtt_err_tls", "8", is::handshake, paho_py},
    {paho_python, "mqtt_err_payload_size", "9", is::too_large, paho_py},
    {paho_python, "mqtt_err_not_supported", "10", is::app_call, paho_py},
    {paho_python, "mqtt_err_unknown|mqtt_err_errno", "13 14", is::no_details, paho_py},
    {paho_python, "mqtt_err_queue_size|message queue full", "15", is::too_many_in_flight, paho_py},
    {paho_python,
     "mqtt_err_keepalive|client or broker did not communicate in the keepalive interval", "16",
     is::silent_too_long, paho_py},

    // ---- Paho Java, and apps built on it
    {paho_java, "invalid protocol version|reason_code_invalid_protocol_version", "1", is::bad_version, paho_java_txt},
    {paho_java, "invalid client id|reason_code_invalid_client_id", "2", is::bad_identifier, paho_java_txt},
    {paho_java, "broker unavailable|reason_code_broker_unavailable", "3", is::unavailable, paho_java_txt},
    {paho_java, "reason_code_failed_authentication", "4", is::bad_login, paho_java_txt},
    {paho_java, "not authorized to connect|reason_code_not_authorized", "5", is::not_authorised, paho_java_txt},
    {paho_java, "reason_code_subscribe_failed", "128", is::subscribe_refused, paho_java_txt},
    {paho_java, "could not be used to create a networkmodule", "119", is::app_url, paho_java_txt},
    {paho_java, "timed out waiting for a response from the server", "32000", is::no_answer, paho_java_txt},
    {paho_java, "no new message ids being available", "32001", is::too_many_in_flight, paho_java_txt},
    {paho_java, "timed out while waiting to write messages to the server", "32002", is::closed, paho_java_txt},
    {paho_java, "client is connected", "32100", is::connected, paho_java_txt},
    {paho_java, "client is disconnected|client is currently disconnecting", "32101 32102",
     is::not_connected, paho_java_txt},
    {paho_java, "unable to connect to server", "32103", is::not_reached, paho_java_txt, breadth::echo},
    {paho_java, "client is not connected", "32104", is::not_connected, paho_java_txt},
    {paho_java, "socketfactory type does not match the broker uri", "32105", is::app_url, paho_java_txt},
    {paho_java, "ssl configuration error", "32106", is::handshake, paho_java_txt},
    {paho_java, "disconnecting is not allowed from a callback method", "32107", is::app_call, paho_java_txt},
    {paho_java, "unrecognized packet", "32108", is::broken_packet, paho_java_txt},
    {paho_java, "connection lost 32109|connection lost", "32109", is::closed, paho_java_txt, breadth::echo},
    {paho_java, "connect already in progress|client is closed|token already in use", "32110 32111 32201", is::app_call, paho_java_txt},
    {paho_java, "persistence already in use", "32200", is::app_store, paho_java_txt},
    {paho_java, "too many publishes in progress", "32202", is::too_many_in_flight, paho_java_txt},
    {paho_java, "unable to connect to http proxy", "32203", is::not_reached, paho_java_txt},

    // ---- MQTT.js, in MQTTX, MQTT Explorer, Node-RED and Zigbee2MQTT
    {mqtt_js, "connection refused unacceptable protocol version|connection refused unsupported protocol version",
     "", is::bad_version, mqtt_js_ack},
    {mqtt_js, "connection refused identifier rejected|connection refused client identifier not valid",
     "", is::bad_identifier, mqtt_js_ack},
    {mqtt_js, "connection refused server unavailable", "", is::unavailable, mqtt_js_ack},
    {mqtt_js, "connection refused bad username or password|connection refused bad user name or password",
     "", is::bad_login, mqtt_js_ack},
    {mqtt_js, "connection refused not authorized", "", is::not_authorised, mqtt_js_ack},
    {mqtt_js, "connection refused banned", "", is::banned, mqtt_js_ack},
    {mqtt_js, "connection refused server busy|connection refused connection rate exceeded|connection refused quota exceeded",
     "", is::busy, mqtt_js_ack},
    {mqtt_js, "publish error not authorized", "", is::publish_refused, mqtt_js_ack},
    {mqtt_js, "connack timeout", "", is::no_answer, mqtt_js_client},
    {mqtt_js, "keepalive timeout", "", is::silent_too_long, mqtt_js_client},
    {mqtt_js, "client disconnecting", "", is::not_connected, mqtt_js_client},
    {mqtt_js, "connection closed", "", is::closed, mqtt_js_client},
    {mqtt_js, "missing protocol|unknown protocol for|unknown protocol for an mqtt client", "", is::app_url,
     "https://github.com/mqttjs/MQTT.js src/lib/connect/index.ts"},

    {home_assistant, "failed to connect to mqtt server due to exception|unable to connect to the mqtt broker", "",
     is::no_details, hass_py},
    {home_assistant, "failed to connect to mqtt server the connection was refused", "", is::login_refused, hass_py},
    {node_red, "connection failed to broker", "", is::no_details, red_js},
    {node_red, "disconnected from broker", "", is::closed, red_js},
    {zigbee2mqtt, "mqtt failed to connect exiting", "", is::no_details, z2m_ts},
    {zigbee2mqtt, "not connected to mqtt server", "", is::not_connected, z2m_ts},

    // ---- mosquitto_pub, mosquitto_sub and others built on libmosquitto
    {mosquitto, "connection refused unacceptable protocol version", "", is::bad_version, mosq_c},
    {mosquitto, "connection refused identifier rejected", "", is::bad_identifier, mosq_c},
    {mosquitto, "connection refused broker unavailable", "", is::unavailable, mosq_c},
    {mosquitto, "connection refused bad user name or password", "", is::bad_login, mosq_c},
    {mosquitto, "connection refused not authorised|connection refused not authorized", "", is::not_authorised, mosq_c},
    {mosquitto, "the connection was refused", "", is::login_refused, mosq_c, breadth::echo},
    {mosquitto, "the connection was lost", "", is::closed, mosq_c},
    {mosquitto, "a tls error occurred|tls handshake failed", "", is::handshake, mosq_c},
    {mosquitto, "host name verification failed", "", is::other_name, "https://github.com/eclipse-mosquitto/mosquitto lib/tls_mosq.c"},
    {mosquitto, "mosq_err_conn_refused", "", is::login_refused, mosq_c},
    {mosquitto, "mosq_err_no_conn", "", is::not_connected, mosq_c},
    {mosquitto, "mosq_err_conn_lost", "", is::closed, mosq_c},
    {mosquitto, "mosq_err_eai|mosq_err_lookup|mqtt_err_eai|mqtt_err_not_found", "", is::name_not_found, mosq_c},
    {mosquitto, "mosq_err_tls|mosq_err_tls_handshake|mqtt_err_tls_handshake_fail|mqtt_err_tls_setup", "", is::handshake, mosq_c},
    {mosquitto, "mosq_err_auth|mqtt_err_auth", "", is::not_authorised, mosq_c},
    {mosquitto, "mosq_err_acl_denied|mqtt_err_acl_denied", "", is::publish_refused, mosq_c},
    {mosquitto, "mosq_err_keepalive", "", is::silent_too_long, mosq_c},
    {mosquitto, "mosq_err_payload_size|mosq_err_oversize_packet", "", is::too_large, mosq_c},
    {mosquitto, "mosq_err_inval|mosq_err_malformed_utf8", "", is::app_call, mosq_c},
    {mosquitto, "mosq_err_protocol|mosq_err_malformed_packet", "", is::broken_packet, mosq_c},
    {mosquitto, "mosq_err_errno|mosq_err_unknown", "", is::no_details, mosq_c},
    {mosquitto, "mqtt_err_tls_ca_notfound|mqtt_err_tls_cert_notfound|mqtt_err_tls_key_notfound|mqtt_err_tls_ca_invalid|mqtt_err_tls_cert_invalid|"
     "mqtt_err_tls_key_invalid", "", is::bad_key_file, beckhoff},
    {mosquitto, "mqtt_err_tls_verify_fail", "", is::untrusted, beckhoff},
    {mosquitto, "mqtt_err_tls_cert_expired", "", is::wrong_time, beckhoff},
    {mosquitto, "mqtt_err_tls_cn_mismatch", "", is::other_name, beckhoff},
    {mosquitto, "mqtt_err_tls_version_invalid", "", is::tls_version, beckhoff},
    {mosquitto, "mqtt_err_tls_cipher_invalid", "", is::nothing_in_common, beckhoff},
    {mosquitto, "mqtt_err_conn_timedout", "", is::timed_out, beckhoff},
    {mosquitto, "mqtt_err_conn_hostunreach", "", is::no_route, beckhoff},
    {mosquitto, "mqtt_err_conn", "", is::not_reached, beckhoff},
    {mosquitto, "mqtt_err_bind_addr_inuse", "", is::port_taken, beckhoff},
    {mosquitto, "lookup error", "", is::name_not_found, mosq_c},
    {mosquitto, "the client is not currently connected|client not connected|client is not connected|not connected to broker", "", is::not_connected, mosq_c},
    {mosquitto, "a network protocol error occurred when communicating with the broker", "",
     is::broken_packet, mosq_c},
    // errno is 0 here: the received bytes were not MQTT.
    {mosquitto, "error success", "", is::not_a_broker, mosq_c},
    {mosquitto, "all subscription requests were denied", "", is::subscribe_refused,
     "https://github.com/eclipse-mosquitto/mosquitto client/sub_client.c"},
};
// clang-format on

}  // namespace

std::span<const said_row> libraries_rows() noexcept { return libraries_table; }

}  // namespace mqttkit::doctor
