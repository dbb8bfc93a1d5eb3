// What boards and modems print.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* esp_mqtt_h = "https://github.com/espressif/esp-mqtt include/mqtt_client.h, mqtt_client.c";
constexpr const char* esp_tls_h =
    "https://github.com/espressif/esp-idf components/esp-tls/esp_tls_errors.h, esp_tls.c";
constexpr const char* esp_at_rst =
    "https://github.com/espressif/esp-at docs/en/AT_Command_Set/MQTT_AT_Commands.rst";
constexpr const char* simcom_atc = "SIM7500_SIM7600 Series MQTT AT Command Set: error codes of +CMQTT";
constexpr const char* quectel_note =
    "Quectel EC2x&EG9x&EM05 MQTT Application Note: AT+QMTOPEN, AT+QMTCONN, +QMTSTAT";

constexpr const char* ublox_atc = "u-blox AT commands manuals (SARA-R4, SARA-R5, LEXI-R10, SARA-U2): +UUMQTTC, +UMQTTER, +UUSOCL";
constexpr const char* axtls_h = "axTLS ssl/ssl.h, ssl/crypto_misc.h: SSL_ERROR_*, SSL_X509_ERROR; ssl/tls1.c: ssl_display_error";

constexpr said_row devices_table[] = {
    // ---- modems and firmware of modules
    {esp_idf, "mqtt_error_type_tcp_transport|error transport connect|esp_err_esp_tls_failed_connect_to_host|0x8004|32772",
     "", is::not_reached, esp_tls_h},
    {esp_idf, "select timeout|esp_err_esp_tls_connection_timeout|failed to open a new connection 32774", "", is::timed_out,
     esp_tls_h},
    {esp_idf, "couldn t get hostname|esp_err_esp_tls_cannot_resolve_hostname|0x8001|32769|getaddrinfo returns 202",
     "", is::name_not_found, esp_tls_h},
    {esp_idf, "esp_err_mbedtls_ssl_handshake_failed|0x801a|32794|create_ssl_handle failed", "", is::handshake,
     esp_tls_h},
    {esp_idf, "no server verification option set in esp_tls_cfg_t structure", "", is::no_authority, esp_tls_h},
    {esp_idf, "mqtt_error_type_connection_refused", "", is::login_refused, esp_mqtt_h},
    {esp_idf, "mqtt_connection_refuse_protocol|connection refused error 0x1", "", is::bad_version, esp_mqtt_h},
    {esp_idf, "mqtt_connection_refuse_id_rejected|connection refused error 0x2", "", is::bad_identifier, esp_mqtt_h},
    {esp_idf, "mqtt_connection_refuse_server_unavailable|connection refused error 0x3", "", is::unavailable, esp_mqtt_h},
    {esp_idf, "mqtt_connection_refuse_bad_username|connection refused error 0x4", "", is::bad_login, esp_mqtt_h},
    {esp_idf, "mqtt_connection_refuse_not_authorized|connection refused error 0x5", "", is::not_authorised, esp_mqtt_h},
    {esp_idf, "mqtt_error_type_subscribe_failed", "", is::subscribe_refused, esp_mqtt_h},

    {esp_at, "mqttconn * 0 *", "", is::modem_state, esp_at_rst},
    {esp_at, "mqttconn * 1 *|mqttconn * 2 *|mqttconn * 3 *|mqttdisconnected", "", is::not_connected, esp_at_rst},
    {esp_at, "mqttconn * 4 *|mqttconn * 5 *|mqttconn * 6 *|mqttconnected", "", is::connected, esp_at_rst},

    {simcom, "cmqttconnect * 0", "", is::connected, simcom_atc},
    {simcom, "cmqttconnect * 1|cmqttconnect * 15", "", is::no_details, simcom_atc},
    {simcom, "cmqttconnect * 2|cmqttconnect * 12|cmqttconnect * 18|cmqttconnect * 22", "", is::app_call, simcom_atc},
    {simcom, "cmqttconnect * 3|cmqttconnect * 4", "", is::not_reached, simcom_atc},
    {simcom, "cmqttconnect * 7|cmqttstart 7", "", is::mobile_data, simcom_atc},
    {simcom,
     "cmqttconnect * 9|cmqttconnect * 10|cmqttconnect * 14|cmqttconnect * 19|cmqttconnect * 20|cmqttconnect * 21|cmqttconnect * 23|"
     "cmqttstart 23|cmqttaccq * 19",
     "", is::modem_state, simcom_atc},
    {simcom, "cmqttconnect * 11", "", is::not_connected, simcom_atc},
    {simcom, "cmqttconnect * 17", "", is::timed_out, simcom_atc},
    {simcom, "cmqttconnect * 25", "", is::name_not_found, simcom_atc},
    {simcom, "cmqttconnect * 26|cmqttconnlost * *", "", is::closed, simcom_atc},
    {simcom, "cmqttconnect * 27", "", is::bad_version, simcom_atc},
    {simcom, "cmqttconnect * 28", "", is::bad_identifier, simcom_atc},
    {simcom, "cmqttconnect * 29", "", is::unavailable, simcom_atc},
    {simcom, "cmqttconnect * 30", "", is::bad_login, simcom_atc},
    {simcom, "cmqttconnect * 31", "", is::not_authorised, simcom_atc},
    {simcom, "cmqttconnect * 32", "", is::handshake, simcom_atc},
    {simcom, "cmqttconnect * 33", "", is::no_authority, simcom_atc},

    {ublox, "uumqttc 1 0|umqttc 1 0|umqtter 13 *|umqtter 12 *", "", is::no_details, ublox_atc},
    {ublox, "uumqttc 1 2", "", is::bad_identifier, ublox_atc},
    {ublox, "uumqttc 1 3", "", is::unavailable, ublox_atc},
    {ublox, "uumqttc 1 4", "", is::bad_login, ublox_atc},
    {ublox, "uumqttc 1 5", "", is::not_authorised, ublox_atc},
    {ublox, "uumqttc 0 100", "", is::silent_too_long, ublox_atc},
    {ublox, "uumqttc 0 101|uumqttc 0 102", "", is::closed, ublox_atc},

    {axtls, "axtls ** -256|ssl error -256|ssl_error_conn_lost|error connection dead", "", is::hung_up_on_tls, axtls_h},
    {axtls, "axtls ** -257|ssl error -257|ssl_error_record_overflow|error record overflow", "", is::no_memory, axtls_h},
    {axtls, "axtls ** -260|ssl error -260|ssl_error_invalid_handshake|error invalid handshake", "", is::handshake, axtls_h},
    {axtls, "axtls ** -261|ssl error -261|ssl_error_invalid_prot_msg|error invalid protocol message", "", is::no_tls_there, axtls_h},
    {axtls, "axtls ** -263|ssl error -263|ssl_error_invalid_version|error invalid version", "", is::tls_version, axtls_h},
    {axtls, "axtls ** -266|ssl error -266|ssl_error_no_cipher|error no cipher", "", is::nothing_in_common, axtls_h},
    {axtls, "axtls ** -268|ssl error -268|ssl_error_bad_certificate|error bad certificate", "", is::untrusted, axtls_h},
    {axtls, "axtls ** -269|ssl error -269|axtls ** -272|ssl_error_invalid_key|ssl_error_no_cert_defined", "", is::bad_key_file, axtls_h},
    {axtls, "axtls ** -513|axtls ** -514|axtls ** -515|axtls ** -518|axtls ** -519|ssl error -514|ssl error -515|ssl error -518|ssl error -519|"
     "x509_vfy_error_no_trusted_cert|x509_vfy_error_self_signed|x509_vfy_error_invalid_chain|x509_vfy_error_bad_signature|"
     "x509 error no trusted cert is available|x509 error self signed|x509 error bad signature|x509 error invalid chain", "", is::untrusted, axtls_h},
    {axtls, "axtls ** -516|axtls ** -517|ssl error -516|ssl error -517|x509_vfy_error_not_yet_valid|x509_vfy_error_expired|x509 error cert is not yet valid|"
     "x509 error cert has expired", "", is::wrong_time, axtls_h},
    {axtls, "axtls ** -520|ssl error -520|x509_vfy_error_unsupported_digest|x509 error unsupported digest", "", is::weak_certificate, axtls_h},

    {quectel, "qmtopen * -1|qmtopen * 5", "", is::not_reached, quectel_note},
    {quectel, "qmtopen * 1", "", is::app_call, quectel_note},
    {quectel, "qmtopen * 2", "", is::modem_state, quectel_note},
    {quectel, "qmtopen * 3", "", is::mobile_data, quectel_note},
    {quectel, "qmtopen * 4", "", is::name_not_found, quectel_note},
    {quectel, "qmtconn * 1|qmtstat * 3|qmtstat * 4", "", is::no_answer, quectel_note},
    {quectel, "qmtstat * 2", "", is::silent_too_long, quectel_note},
    {quectel, "qmtconn * 0 0", "", is::connected, quectel_note},
    {quectel, "qmtconn * 0 1", "", is::bad_version, quectel_note},
    {quectel, "qmtconn * 0 2", "", is::bad_identifier, quectel_note},
    {quectel, "qmtconn * 0 3", "", is::unavailable, quectel_note},
    {quectel, "qmtconn * 0 4", "", is::bad_login, quectel_note},
    {quectel, "qmtconn * 0 5", "", is::not_authorised, quectel_note},
    {quectel, "qmtconn * 2|qmtstat * 1", "", is::closed, quectel_note},
};
// clang-format on

}  // namespace

std::span<const said_row> devices_rows() noexcept { return devices_table; }

}  // namespace mqttkit::doctor
