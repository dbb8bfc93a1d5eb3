// What ESP-IDF, Arduino's cores and the MQTT libraries of boards print.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* esp_mqtt_c = "https://github.com/espressif/esp-mqtt mqtt_client.c";
constexpr const char* esp_tls_c = "https://github.com/espressif/esp-idf components/esp-tls/esp_tls.c, esp_tls_errors.h, esp_tls_mbedtls.c";
constexpr const char* transport_c = "https://github.com/espressif/esp-idf components/tcp_transport/transport_ws.c, transport_ssl.c";
constexpr const char* arduino_net = "https://github.com/espressif/arduino-esp32 libraries/Network/src/NetworkClient.cpp";
constexpr const char* lwmqtt_h = "https://github.com/256dpi/lwmqtt include/lwmqtt.h (arduino-mqtt: lastError, returnCode)";
constexpr const char* core_h = "https://github.com/FreeRTOS/coreMQTT source/include/core_mqtt_serializer.h, core_mqtt.h";
constexpr const char* tasmota_ino = "https://github.com/arendst/Tasmota tasmota_xdrv_driver/xdrv_02_9_mqtt.ino";

constexpr said_row boards_table[] = {
    {esp_idf, "esp_err_esp_tls_cannot_create_socket|failed to create socket family|0x8002|32770", "", is::no_more_sockets, esp_tls_c},
    {esp_idf, "0x8006|32774", "", is::timed_out, esp_tls_c, breadth::wide},
    {esp_idf, "esp_err_esp_tls_tcp_closed_fin|0x8008|32776", "", is::closed, esp_tls_c},
    {esp_idf, "esp_err_mbedtls_x509_crt_parse_failed|0x8015|32789|esp_err_mbedtls_pk_parse_key_failed|0x8019|32793|esp_err_mbedtls_ssl_conf_own_cert_failed|0x8016", "",
     is::bad_key_file, esp_tls_c},
    {esp_idf, "esp_err_mbedtls_ssl_setup_failed|0x8017|32791|error in setting up tls|getaddrinfo returns 203", "", is::no_memory, esp_tls_c},
    {esp_idf, "getaddrinfo returns 200|getaddrinfo returns 201|getaddrinfo returns 204|getaddrinfo returns 210", "", is::name_not_found, esp_tls_c},
    {esp_idf, "certificate validity starts in the future|the certificate validity starts in the future", "", is::wrong_time, esp_tls_c},
    {esp_idf, "connect message cannot be created|client has not connected|client asked to stop but was not started|losing qos0 data when client not connected", "",
     is::not_connected, esp_mqtt_c},
    {esp_idf, "esp_mqtt_connect mqtt_message_receive returned 0|invalid msg_type 0 ** exit reading|mqtt_message_receive returned 0", "", is::no_answer, esp_mqtt_c},
    {esp_idf, "mqtt_message_receive returned -1|mqtt_message_receive returned -2|esp_transport_write error closed|esp_transport_read error|error write data or timeout|"
     "transport_read eof|poll timeout or error errno|error to resend data|writing failed errno 0|writing failed errno 104|connection closed by peer|read error or end of stream", "",
     is::closed, esp_mqtt_c, breadth::wide},
    {esp_idf, "connection refused bad protocol", "", is::bad_version, esp_mqtt_c},
    {esp_idf, "connection refused unknow reason|connection refused unknown reason", "", is::login_refused, esp_mqtt_c},
    {esp_idf, "please enable mqtt_enable_ssl|please enable mqtt_enable_ws|please enable mqtt_enable_wss|ssl support is not enabled|tls support is not enabled", "",
     is::no_tls_built_in, esp_mqtt_c},
    {esp_idf, "message is too big insufficient buffer size|publish message cannot be created|message too big for buffer|oversized message|"
     "data size ** exceeds buffer", "", is::too_large, esp_mqtt_c},
    {esp_idf, "mqtt client memory exhausted|mqtt_client memory exhausted|memory exhausted|error create mqtt task|outbox is full|outbox is too big|exhausted heap", "", is::no_memory, esp_mqtt_c},
    {esp_idf, "ssl related configs set but|transport config set but overridden|mqtt client is not initialized|client was not initialized", "", is::app_call, esp_mqtt_c},
    {esp_idf, "suback return code 0x80|suback ** 0x80", "", is::subscribe_refused, esp_mqtt_c},
    {esp_idf, "sec-websocket-accept not found|error in response 404|http upgrade failed status code 404", "", is::websocket_refused, transport_c},
    {esp_idf, "error read response for upgrade header|error read response for upgrade", "", is::websocket_failed, transport_c},
    {esp_idf, "http upgrade failed status code|transport_ws error in response", "", is::upgrade_refused, transport_c},
    {lwip_errno, "select returned due to timeout|select returned due to timeout * ms|fail on fd * errno 11|errno 11 no more processes", "", is::timed_out, arduino_net},
    {lwip_errno, "errno 9 bad file number|errno 9 bad file descriptor|setsockopt ** errno 9", "", is::closed, arduino_net},
    {lwip_errno, "socket errno 23|too many open sockets|errno 23 too many open files in system|errno 105 no buffer space available", "", is::no_more_sockets, arduino_net},

    {any_app, "result command unknown|result command error", "", is::unknown_command, tasmota_ino},
    {pubsubclient, "mqt dns failed|dns failed rc -6", "", is::name_not_found, tasmota_ino},
    {pubsubclient, "lwmqtt_network_failed_connect|lwmqtt_network_connect_error|lasterror -3", "", is::not_reached, lwmqtt_h},
    {pubsubclient, "lwmqtt_network_timeout|lasterror -4", "", is::timed_out, lwmqtt_h},
    {pubsubclient, "lwmqtt_network_failed_read|lwmqtt_network_failed_write|lwmqtt_network_read_error|lwmqtt_network_write_err|lasterror -5|lasterror -6", "", is::closed, lwmqtt_h},
    {pubsubclient, "lwmqtt_buffer_too_short|lasterror -1", "", is::too_large_for_app, lwmqtt_h},
    {pubsubclient, "lwmqtt_missing_or_wrong_packet|lwmqtt_no_or_wrong_packet|lasterror -9", "", is::no_answer, lwmqtt_h},
    {pubsubclient, "lwmqtt_connection_denied|lasterror -10", "", is::login_refused, lwmqtt_h},
    {pubsubclient, "lwmqtt_failed_subscription|lasterror -11", "", is::subscribe_refused, lwmqtt_h},
    {pubsubclient, "lwmqtt_pong_timeout|lasterror -13", "", is::silent_too_long, lwmqtt_h},
    {pubsubclient, "returncode 1", "", is::bad_version, lwmqtt_h},
    {pubsubclient, "returncode 2", "", is::bad_identifier, lwmqtt_h},
    {pubsubclient, "returncode 3", "", is::unavailable, lwmqtt_h},
    {pubsubclient, "returncode 4", "", is::bad_login, lwmqtt_h},
    {pubsubclient, "returncode 5", "", is::not_authorised, lwmqtt_h},
    {esp_idf, "mqttnodataavailable|mqttneedmorebytes", "", is::no_answer, core_h},
    {esp_idf, "mqttserverrefused", "", is::login_refused, core_h},
    {esp_idf, "mqttrecvfailed|mqttsendfailed", "", is::closed, core_h},
    {esp_idf, "mqttkeepalivetimeout", "", is::silent_too_long, core_h},
    {esp_idf, "mqttbadresponse", "", is::broken_packet, core_h},
    {esp_idf, "mqttnomemory", "", is::too_large, core_h},
    {esp_idf, "mqttbadparameter|mqttillegalstate", "", is::app_call, core_h},
    {esp_idf, "mqttstatusnotconnected|mqttstatusdisconnectpending", "", is::not_connected, core_h},
};
// clang-format on

}  // namespace

std::span<const said_row> boards_rows() noexcept { return boards_table; }

}  // namespace mqttkit::doctor
