// What libraries say to an address that they do not take, and Adafruit IO's own codes.
#include "mqtt-doctor/said/rows.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

// clang-format off
constexpr const char* paho_uri =
    "https://github.com/eclipse-paho/paho.mqtt.java NetworkModuleService.java, TCPNetworkModuleFactory.java";
constexpr const char* go_url = "https://pkg.go.dev/net/url, net; https://github.com/eclipse/paho.mqtt.golang netconn.go";
constexpr const char* js_url =
    "https://nodejs.org/api/errors.html#err_invalid_url; https://github.com/mqttjs/MQTT.js src/lib/connect/index.ts";
constexpr const char* dotnet_uri = "https://learn.microsoft.com/en-us/dotnet/api/system.uriformatexception; MQTTnet MqttClientOptionsBuilder";
constexpr const char* java_uri = "Java SE API: java.net.URI, java.net.InetSocketAddress";
constexpr const char* esp_uri = "https://github.com/espressif/esp-mqtt mqtt_client.c; esp-idf components/tcp_transport/transport.c";
constexpr const char* python_url = "Python Lib/socket.py, encodings/idna.py; paho/mqtt/client.py; aiomqtt";
constexpr const char* rust_url = "https://docs.rs/rumqttc rumqttc::OptionError; https://docs.rs/url url::ParseError";
constexpr const char* adafruit_api = "https://io.adafruit.com/api/docs/mqtt.html; https://github.com/adafruit/Adafruit_MQTT_Library Adafruit_MQTT.cpp";

constexpr said_row addresses_table[] = {
    {paho_java, "no networkmodule installed for scheme|missing scheme in broker uri|can t parse string to uri|uri path must be empty|"
     "could not parse uri|serveruri invalid|illegalargumentexception tcp|illegalargumentexception ssl|illegalargumentexception mqtt", "", is::app_url, paho_uri},
    {java, "urisyntaxexception|expected scheme name at index|illegal character in authority at index|illegal character in scheme name at index|"
     "port out of range|expected authority at index|unknown scheme", "", is::app_url, java_uri},
    {go_libraries, "network error unknown protocol|unknown protocol|first path segment in url cannot contain colon|missing protocol scheme|"
     "invalid port ** after host|missing port in address|unsupported protocol scheme|no servers defined to connect to|dial tcp unknown port|"
     "invalid url escape|net url invalid userinfo|invalid character ** in host name|unknown scheme", "", is::app_url, go_url},
    {go_libraries, "too many colons in address", "", is::host_field, go_url},
    {mqtt_js, "err_invalid_url|typeerror invalid url|invalid url|unknown protocol for secure connection|could not determine host specify host manually|"
     "missing secure protocol key|bad socks url|unknown protocol for a client|err_socket_bad_port|options port should be 0 and 65536|"
     "port should be 0 and 65536|undefined for missing protocol", "", is::app_url, js_url},
    {dotnet, "uriformatexception|invalid uri|unexpected scheme in uri|the scheme is not supported|unsupported uri scheme|unknown protocol scheme", "", is::app_url, dotnet_uri},
    {esp_idf, "error parse uri|no scheme found|error create mqtt client instance no scheme|couldn t find the transport|"
     "failed to find transport|no transport found|unable to create transport|esp_err_esp_tls_unsupported_protocol_family", "", is::app_url, esp_uri},
    {paho_python, "invalid host|unicodeerror encoding with idna codec failed|encoding with idna codec failed|label empty or too long|label too long", "", is::host_field, python_url},
    {paho_python, "invalid port number|port must be 0-65535|valueerror invalid port", "", is::app_url, python_url},
    {rust, "unsupported url scheme|can t parse url|relative url without a base|missing url scheme|invalid port number|unsupported scheme", "", is::app_url, rust_url},
    {any_app, "invalid broker url|invalid broker address|invalid server address|invalid server uri|invalid server url|malformed url|malformed uri|url is invalid|"
     "url scheme not supported|unsupported scheme|unsupported protocol scheme|no protocol specified|invalid broker uri|invalid uri|\u5730\u5740\u683c\u5f0f\u9519\u8bef|\u65e0\u6548\u7684url", "", is::app_url, go_url},

    // ---- codes that no version of MQTT knows
    {micropython, "connack 6|connack code 6|connack return code 6|connack ** code 6|adafruit ** 6|connect returned 6|exceeded rate limit|throttle|throttled|"
     "please try again later ** throttle|rate limit exceeded", "", is::busy, adafruit_api},
    {micropython, "connack 7|connack code 7|connack return code 7|connack ** code 7|adafruit ** 7|connect returned 7|you are banned from connecting|"
     "banned from connecting|banned from adafruit|refused ** you are banned", "", is::banned, adafruit_api},
};
// clang-format on

}  // namespace

std::span<const said_row> addresses_rows() noexcept { return addresses_table; }

}  // namespace mqttkit::doctor
