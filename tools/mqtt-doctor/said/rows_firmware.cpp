// What more firmware, boards and modems print.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* async_reasons =
    "https://github.com/marvinroger/async-mqtt-client AsyncMqttClientDisconnectReason; https://github.com/bertmelis/espMqttClient TypeDefs.h";
constexpr const char* firmware_src =
    "https://github.com/xoseperez/espurna code/espurna/mqtt.cpp; https://github.com/emsesp/EMS-ESP32 src/mqtt.cpp";
constexpr const char* esphome_idf = "https://github.com/esphome/esphome esphome/components/mqtt/mqtt_backend_esp32.cpp";
constexpr const char* esp_mqtt_loop = "https://github.com/espressif/esp-mqtt mqtt_client.c, include/mqtt_client.h: MQTT_EVENT_";
constexpr const char* esp_tls_mbed = "https://github.com/espressif/esp-idf components/esp-tls/esp_tls_mbedtls.c; mbedTLS include/mbedtls/ssl.h";
constexpr const char* upy_tls = "https://github.com/micropython/micropython extmod/modtls_mbedtls.c; py/mperrno.h";
constexpr const char* upy_more = "https://github.com/peterhinch/micropython-mqtt mqtt_as.py; https://github.com/adafruit/Adafruit_CircuitPython_ESP32SPI; circuitpython shared-bindings/ssl";
constexpr const char* cme_at = "3GPP TS 27.007 section 9.2, 10.1.22; SIMCom A76XX and SIM7500_SIM7600 Series: +CMQTT error codes";
constexpr const char* quectel_ip = "Quectel TCP/IP application note: +QIOPEN, +QIURC, result codes 550 to 577";
constexpr const char* zephyr_h = "https://github.com/zephyrproject-rtos/zephyr lib/libc/minimal/include/errno.h; nrfconnect/sdk-nrf subsys/net/lib/mqtt_helper";
constexpr const char* arduino_h = "https://github.com/arduino-libraries/ArduinoMqttClient src/MqttClient.h";
constexpr const char* mos_c = "https://github.com/mongoose-os-libs/mqtt src/mgos_mqtt_conn.c";

constexpr said_row firmware_table[] = {
    // ---- AsyncMqttClient, espMqttClient and what is built on them
    {async_mqtt, "disconnected ** reason 0|disconnect ** reason 0|disconnected ** reason tcp|mqtt disconnected tcp", "", is::closed, async_reasons},
    {async_mqtt, "disconnected ** reason 1|disconnect ** reason 1", "", is::bad_version, async_reasons},
    {async_mqtt, "disconnected ** reason 2|disconnect ** reason 2", "", is::bad_identifier, async_reasons},
    {async_mqtt, "disconnected ** reason 3|disconnect ** reason 3", "", is::unavailable, async_reasons},
    {async_mqtt, "disconnected ** reason 4|disconnect ** reason 4|malformed credentials", "", is::bad_login, async_reasons},
    {async_mqtt, "disconnected ** reason 5|disconnect ** reason 5", "", is::not_authorised, async_reasons},
    {async_mqtt, "disconnected ** reason 6|disconnect ** reason 6", "", is::no_memory, async_reasons},
    {async_mqtt, "disconnected ** reason 7|disconnect ** reason 7|bad fingerprint|tls bad fingerprint", "", is::untrusted, firmware_src},
    {async_mqtt, "disconnected ** reason 8|disconnect ** reason 8", "", is::name_not_found, async_reasons},
    {async_mqtt, "drop when not connected|dropped * messages", "", is::not_connected, esphome_idf},

    // ---- ESP-IDF
    {esp_idf, "mqtt_event_error", "", is::no_details, esp_mqtt_loop},
    {esp_idf, "mqtt_event_disconnected", "", is::closed, esp_mqtt_loop, breadth::echo},
    {esp_idf, "invalid msg_type response", "", is::broken_packet, esp_mqtt_loop},
    {esp_idf, "transport_read error errno 128|writing failed errno 128|writing failed errno 113|writing failed errno 119|error errno 128", "", is::closed, esp_mqtt_loop},
    {esp_idf, "mqtt connect failed", "", is::no_details, esp_mqtt_loop},
    {mbedtls, "mbedtls_ssl_handshake returned|mbedtlshigh 6c00|mbedtlshigh 7900|mbedtlshigh 6d00|mbedtlshigh 6b80", "", is::handshake, esp_tls_mbed, breadth::wide},
    {mbedtls, "mbedtlshigh 3b80|mbedtlshigh 3c00|mbedtlshigh 1300|mbedtlshigh 1380|pk private key password can t be empty|"
     "pk given private key password does not allow for correct decryption|mbedtls_err_pk_password_required|mbedtls_err_pk_password_mismatch", "", is::encrypted_key, esp_tls_mbed},

    // ---- MicroPython and CircuitPython
    {micropython, "oserror errno 5 eio|oserror 5", "", is::handshake, upy_tls, breadth::wide},
    {micropython, "oserror -104", "-104", is::reset, upy_tls},
    {micropython, "oserror -103", "-103", is::not_reached, upy_tls},
    {micropython, "oserror -110|oserror -116", "", is::timed_out, upy_tls},
    {micropython, "oserror -111", "", is::refused, upy_tls},
    {micropython, "oserror -113|oserror -118", "", is::no_route, upy_tls},
    {micropython, "connectoserror -202|connectoserror -2", "", is::name_not_found, upy_tls},
    {micropython, "valueerror invalid cert|valueerror invalid key|invalid cert|invalid key", "", is::bad_key_file, upy_tls},
    {micropython, "mbedtls_err_x509_cert_verify_failed", "", is::untrusted, upy_tls},
    {micropython, "mbedtls_err_ssl_fatal_alert_message", "", is::handshake, upy_tls},
    {micropython, "mbedtls_err_ssl_invalid_record", "", is::no_tls_there, upy_tls},
    {micropython, "mbedtls_err_mpi_alloc_failed|mbedtls_err_x509_alloc_failed|mbedtls_err_pk_alloc_failed", "", is::no_memory, upy_tls},
    {micropython, "ussl object has no attribute|sslsocket object has no attribute", "", is::app_call, upy_tls},
    {micropython, "oserror connection unstable|interfaces are down|wi-fi connect failed|wifi connect failed", "", is::no_network, upy_more},
    {micropython, "failed to request hostname", "", is::name_not_found, upy_more},
    {micropython, "connectionerror failed to connect to host|expected 01 but got 00", "", is::not_reached, upy_more},
    {micropython, "failed ssl handshake", "", is::handshake, upy_more},

    // ---- modems
    {simcom, "cmqttconnect * 34", "", is::handshake, cme_at},
    {simcom, "cmqttconnect * 5|cmqttconnect * 6", "", is::closed, cme_at},
    {simcom, "cmqttstart error|cmqttaccq error|cmqttconnect error|cmqttrel error", "", is::modem_state, cme_at},
    {simcom, "cme error sim failure|cme error sim busy|cme error sim wrong|cme error sim puk required|cme error sim pin required|cme error no network service|cme error network timeout|"
     "cme error network not allowed emergency calls only|cme error 10|cme error 11|cme error 12|cme error 13|cme error 14|cme error 15|cme error 30|cme error 31|cme error 32|cpin not inserted|cpin not ready|"
     "creg * 0|creg * 2|creg * 3|creg * 4|cgreg * 0|cgreg * 2|cgreg * 3|cgreg * 4|cereg * 0|cereg * 2|cereg * 3|cereg * 4|cgatt 0|netopen 1|network not opened|pdn deact", "", is::mobile_data, cme_at},
    {quectel, "qiurc pdpdeact|qiopen * 561|qiopen * 567|qiact error|qideact", "", is::mobile_data, quectel_ip},
    {quectel, "qiopen * 565|qiurc dnsgip 565", "", is::name_not_found, quectel_ip},
    {quectel, "qiopen * 566", "", is::not_reached, quectel_ip},
    {quectel, "qiopen * 552|qiopen * 569", "", is::timed_out, quectel_ip},
    {quectel, "qiopen * 563|qiopen * 562", "", is::modem_state, quectel_ip},
    {esp_at, "busy p|busy s", "", is::modem_state, "https://github.com/espressif/esp-at docs/en/Get_Started: busy p..."},

    // ---- Zephyr and the nRF Connect SDK: -errno of newlib
    {zephyr, "mqtt_connect error -111|mqtt_connect failed -111|mqtt_connect err -111", "-111", is::refused, zephyr_h},
    {zephyr, "mqtt_connect error -116|mqtt_connect failed -116|mqtt_connect error -110", "-116 -110", is::timed_out, zephyr_h},
    {zephyr, "mqtt_connect error -118|mqtt_connect error -114|mqtt_connect error -101", "-118 -114 -101", is::no_route, zephyr_h},
    {zephyr, "mqtt_connect error -104", "-104", is::reset, zephyr_h},
    {zephyr, "mqtt_connect error -113|mqtt_input error -113|pollhup|socket error pollhup|socket error pollerr|mqtt_input error -128", "-113", is::closed, zephyr_h},
    {zephyr, "mqtt_connect error -128|mqtt_publish error -128", "-128", is::not_connected, zephyr_h},
    {zephyr, "mqtt_connect error -95|eopnotsupp ** tls", "-95", is::handshake, zephyr_h},
    {zephyr, "mqtt_connect error -12", "-12", is::no_memory, zephyr_h},
    {zephyr, "mqtt_connect error -22|mqtt_connect error -22", "", is::app_call, zephyr_h},

    // ---- ArduinoMqttClient, Mongoose OS
    {pubsubclient, "mqtt connection failed error code -1", "", is::no_answer, arduino_h},
    {pubsubclient, "mqtt connection failed error code -2", "", is::not_reached, arduino_h},
    {home_apps, "tcp connect error", "", is::not_reached, mos_c},
};
// clang-format on

}  // namespace

std::span<const said_row> firmware_rows() noexcept { return firmware_table; }

}  // namespace mqttkit::doctor
