#include "mqtt-doctor/said/table.hpp"

#include <array>

#include "mqtt-doctor/words/words.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

constexpr const char* look = "mqtt-doctor {at}";
constexpr const char* look_login = "mqtt-doctor {at} -u USER --ask-password";
constexpr const char* look_id = "mqtt-doctor {at} -i CLIENT-ID";
constexpr const char* look_tls = "mqtt-doctor mqtts://{tls}";
constexpr const char* look_web = "mqtt-doctor wss://{host}/mqtt";
constexpr const char* look_topic = "mqtt-doctor {at} -u USER --ask-password -t TOPIC --publish";
constexpr const char* deliver = "mqtt-doctor delivery {at} -t TOPIC --publish";
constexpr const char* hold = "mqtt-doctor delivery {at} --watch 10m";
constexpr const char* overhear = "mqtt-doctor listen 1884 --forward localhost:1883";
constexpr bool vague = true;

constexpr const char* nothing_asked =
    N_("The broker was not asked anything yet: user name, password and topics play no part.");
constexpr const char* reached =
    N_("Name, network and firewall are right: something answers on this port.");
constexpr const char* broker_answers =
    N_("Name, network and port are right, and a broker answers there.");
constexpr const char* tls_is_spoken =
    N_("Name, network and port are right, and TLS is spoken there. No password was sent.");
constexpr const char* logged_in = N_("The login is right: the connection stood.");
constexpr const char* own_side =
    N_("Network, broker and login are hardly the reason for this; what follows makes sure of it.");

// clang-format off
constexpr meaning_row meanings[] = {
    {is::not_reached, "not-reached",
     N_("No connection came about: a wrong address or port, a broker that does not run, a firewall "
        "in between, or a device without network."),
     nothing_asked, look, vague},
    {is::refused, "refused",
     N_("The machine was reached and refuses the port: nothing listens there, the broker listens on "
        "127.0.0.1 only, the port is another one, or a firewall rejects it."),
     N_("Name and way to the machine are right; user name, password and topics play no part yet."),
     look},
    {is::timed_out, "timed-out",
     N_("Nothing answered in time: a firewall or the cloud's security group drops the packets, or "
        "nobody has this address."),
     N_("A broker that merely does not run would refuse at once. User name, password and topics "
        "play no part yet."),
     look},
    {is::no_route, "no-route",
     N_("There is no way to this address from here: the device is in another network or has no "
        "gateway, the other machine is off, or a router or firewall on the way rejects it."),
     nothing_asked, look},
    {is::name_not_found, "name-not-found",
     N_("The name was not found: it is misspelt, the field holds more than the bare name (mqtt://, a "
        "port, a path), the device has no network yet, or its DNS server does not answer."),
     N_("No connection was tried: port, firewall, user name and password play no part yet."),
     look},
    {is::dialled_itself, "dialled-itself",
     N_("The app dials its own device, where nothing listens on this port: the broker does not run "
        "there, or runs elsewhere. In a phone or a container 127.0.0.1 and localhost are the phone or "
        "the container itself."),
     nothing_asked, "mqtt-doctor localhost --on-broker"},
    {is::reset, "reset",
     N_("The other side broke the connection off: TLS that is spoken to a port without TLS or the "
        "other way round, a proxy without a broker behind it, a firewall, or a broker that ended it."),
     N_("The address and the port lead to something that answers."), look},
    {is::closed, "closed",
     N_("The connection ended without a word. The broker's log says why: another client with the "
        "same identifier, a keep alive that was not kept, an access rule, a restart, or a network "
        "that broke."),
     reached, hold, vague},
    {is::no_answer, "no-answer",
     N_("The connection was made, but MQTT was not answered in time: the port speaks something else "
        "(TLS, HTTP), or the broker hangs or is busy."),
     N_("Name and firewall are right: the connection itself was accepted."), look},
    {is::silent_too_long, "silent-too-long",
     N_("Nothing came within the keep alive time: a network that broke without a word, a NAT that "
        "forgot the connection, or an app that was asleep or too busy to ping."),
     logged_in, hold},
    {is::not_connected, "not-connected",
     N_("The app used a connection that does not stand, or no longer. Why it does not, the message "
        "before this one says."),
     "", look, vague},
    {is::connected, "connected",
     N_("The connection stands. When nothing arrives, topics, permissions or the subscription are at "
        "fault."),
     broker_answers, deliver},
    {is::bad_version, "bad-version",
     N_("The broker does not speak the version of MQTT that the app asks for."),
     broker_answers, look},
    {is::bad_identifier, "bad-identifier",
     N_("The broker refuses the client identifier: it is empty, too long, has characters that are "
        "not allowed, or is not the one that belongs to this user."),
     broker_answers, look_id},
    {is::unavailable, "unavailable",
     N_("The broker answers that it cannot serve now: it is starting, overloaded, or misses "
        "something behind it, such as its user database."),
     broker_answers, look},
    {is::bad_login, "bad-login",
     N_("The broker refuses user name or password."),
     broker_answers, look_login},
    {is::not_authorised, "not-authorised",
     N_("The broker does not let this client in: user name or password are wrong or missing "
        "(mosquitto says it so), or this user, identifier or address may not connect."),
     broker_answers, look_login},
    {is::login_refused, "login-refused",
     N_("The broker refused the connection in its CONNACK: for the version, the identifier, user name "
        "or password, or because this client may not connect. The code beside it says which."),
     broker_answers, look_login, vague},
    {is::bad_login_method, "bad-login-method",
     N_("The broker does not know the authentication method that the app names, or wants another."),
     broker_answers, look_login},
    {is::banned, "banned",
     N_("The broker has banned this user, identifier or address, by hand or for too many attempts."),
     broker_answers, look_login},
    {is::taken_over, "taken-over",
     N_("Another client came with the same client identifier, and the broker ended this connection. "
        "Each device needs its own identifier."),
     logged_in, overhear},
    {is::busy, "busy",
     N_("The broker takes no more for now: too many connections, too high a rate, or a used-up "
        "allowance."),
     broker_answers, look},
    {is::moved, "moved",
     N_("The broker sends the client to another server, which it may name."),
     broker_answers, look},
    {is::told_to_go, "told-to-go",
     N_("The broker ended the connection on purpose: it shuts down, an administrator threw the client "
        "out, or the longest time of a connection has passed."),
     logged_in, hold},
    {is::broken_packet, "broken-packet",
     N_("What was received is no MQTT as it should be: the port speaks something else, app and broker "
        "take each other for another version, or one of the two has a fault."),
     reached, overhear},
    {is::too_large, "too-large",
     N_("The message or packet is larger than the broker or the app takes."),
     logged_in, "mqtt-doctor delivery {at} --size 300k"},
    {is::too_many_in_flight, "too-many-in-flight",
     N_("More messages wait for an acknowledgement than are allowed: the app sends faster than the "
        "broker answers, or the connection has broken."),
     own_side, deliver},
    {is::subscribe_refused, "subscribe-refused",
     N_("The broker refuses the subscription: this user may not read the topic, or the topic filter "
        "is not valid."),
     logged_in, look_topic},
    {is::publish_refused, "publish-refused",
     N_("The broker refuses the message: this user may not write to the topic."),
     logged_in, look_topic},
    {is::bad_topic, "bad-topic",
     N_("The topic or topic filter is not valid for this broker: a wildcard where none may be, an "
        "empty topic, or more levels than it allows."),
     logged_in, look_topic},
    {is::no_such_feature, "no-such-feature",
     N_("The broker does not offer what the app asks for: this QoS, retained messages, wildcards, "
        "shared subscriptions or subscription identifiers."),
     broker_answers, look},
    {is::no_details, "no-details",
     N_("Something failed, and the message does not say what. The lines before it, or the broker's "
        "log, say more."),
     "", look, vague},
    {is::untrusted, "untrusted",
     N_("The app does not trust the broker's certificate: it is signed by a CA that the app does not "
        "know, it is self-signed, or the intermediate certificate is missing on the broker."),
     tls_is_spoken, look_tls},
    {is::other_name, "other-name",
     N_("The broker's certificate is for another name than the one that was dialled. An address "
        "needs a certificate for that address."),
     tls_is_spoken, look_tls},
    {is::wrong_time, "wrong-time",
     N_("The broker's certificate has expired or is not valid yet, or the clock of the device is "
        "wrong: a device without a clock begins in 1970."),
     tls_is_spoken, look_tls},
    {is::no_tls_there, "no-tls-there",
     N_("The app speaks TLS to a port that does not: a port of plain MQTT or of HTTP."),
     N_("Name, network and firewall are right; the certificate was not looked at yet."), look},
    {is::handshake, "handshake",
     N_("The TLS handshake failed: a certificate that is not trusted, no version or cipher in common, "
        "a client certificate that is missing, or a port without TLS."),
     N_("Name, network and firewall are right. No password was sent."), look_tls, vague},
    {is::wants_certificate, "wants-certificate",
     N_("The broker wants a client certificate, and the app showed none, or one that it refuses."),
     tls_is_spoken, look_tls},
    {is::no_trust_in_us, "no-trust-in-us",
     N_("The other side does not know the CA of the certificate it was shown: in the app, the "
        "broker does not trust the client certificate; in the broker's log, the app does not trust "
        "the broker's."),
     N_("Name, network and port are right, and TLS is spoken there."), look_tls},
    {is::no_authority, "no-authority",
     N_("The app was given no CA certificate to check the broker with."),
     N_("Name, network and firewall are right. No password was sent."), look_tls},
    {is::no_memory, "no-memory",
     N_("The device has too little memory left, which TLS and large messages need."),
     own_side, look},
    {is::websocket_refused, "websocket-refused",
     N_("A web server answered, but not with a WebSocket: the path is wrong (often /mqtt), or the web "
        "server does not pass WebSocket on to the broker."),
     N_("Name, network, firewall and port are right."), look_web},
    {is::websocket_failed, "websocket-failed",
     N_("The browser could not open the WebSocket, and does not say why: the port has no WebSocket "
        "listener, the path is wrong, the certificate is not trusted, or a page from https:// asks "
        "for ws://."),
     "", look_web, vague},
    {is::mini_program_domain, "mini-program-domain",
     N_("WeChat lets a mini program connect only to what is registered in its console under socket "
        "domains: names, not addresses, with wss:// and a trusted certificate, and with a port only "
        "when it was registered with it; else it is 443."),
     nothing_asked, look_web},
    {is::mini_program_url, "mini-program-url",
     N_("WeChat takes this URL for none: it must begin with wss:// and hold a host name without "
        "blanks."),
     nothing_asked, look_web},
    {is::mini_program_network, "mini-program-network",
     N_("WeChat's network layer failed; the words behind net:: say where: ERR_CERT is the "
        "certificate, ERR_NAME the name, ERR_CONNECTION the port."),
     N_("The domain is registered: WeChat let the mini program try."), look_web, vague},
    {is::mini_program_full, "mini-program-full",
     N_("A mini program may have five WebSocket connections at once, and this one has them: old ones "
        "are not closed before it connects again."),
     own_side, look_web},
    {is::wrong_device_secret, "wrong-device-secret",
     N_("The cloud refuses the login: ProductKey, DeviceName and DeviceSecret, or the user name and "
        "password that are made of them, do not belong together."),
     broker_answers, "mqtt-doctor {at} -i CLIENT-ID -u USER --ask-password"},
    {is::cloud_identifier, "cloud-identifier",
     N_("The cloud refuses the client identifier or the keep alive: the identifier must have the form "
        "that it prescribes, and the keep alive lie within its bounds."),
     broker_answers, "mqtt-doctor {at} -i CLIENT-ID -u USER --ask-password"},
    {is::mobile_data, "mobile-data",
     N_("The modem got no data connection: APN, SIM card, contract or reception."),
     nothing_asked, look},
    {is::modem_state, "modem-state",
     N_("The commands came in the wrong order or twice: the modem's client is not set up, is in use, or "
        "was not released."),
     nothing_asked, look},
    {is::app_call, "app-call",
     N_("The app called its library wrongly: a missing or wrong argument, a text that is no UTF-8, or "
        "an option of another version of MQTT."),
     own_side, overhear},
    {is::app_store, "app-store",
     N_("The library cannot use the folder in which it keeps messages: another client uses it, the "
        "disk is full, or the app may not write there."),
     own_side, look},
    {is::app_url, "app-url",
     N_("The library does not take this form of address: most want tcp:// or mqtt://, ssl:// or "
        "mqtts://, ws:// or wss:// in front, some the bare host name."),
     nothing_asked, look},
    {is::app_not_allowed, "app-not-allowed",
     N_("The system does not let the app use the network: the permission (on Android INTERNET) is "
        "missing, or a firewall of this device forbids it."),
     nothing_asked, look},
    {is::no_plain_text, "no-plain-text",
     N_("Android does not let this app speak without TLS (android:usesCleartextTraffic): it needs "
        "wss:// or mqtts://, or leave in its network security configuration."),
     nothing_asked, look_tls},
    {is::no_tls_built_in, "no-tls-built-in",
     N_("The app's library was built without TLS."),
     nothing_asked, look},
    {is::not_a_broker, "not-a-broker",
     N_("Something answers on this port, and it is not a broker: a web server, SSH or another "
        "service. The port or the address is another one's."),
     N_("Network and firewall are right. User name, password and topics play no part yet."), look},
    {is::hung_up_on_tls, "hung-up-on-tls",
     N_("The other side closed the connection in the middle of the TLS handshake: the port speaks "
        "no TLS (plain MQTT), a proxy has no broker behind it or wants a server name (SNI), or the "
        "broker demands a client certificate."),
     N_("Name, network and firewall are right. No password was sent."), look_tls},
    {is::wrong_subprotocol, "wrong-subprotocol",
     N_("The WebSocket was accepted with another subprotocol than the app asked for, and the "
        "browser hangs up on that: the server, or a proxy before it, must answer mqtt where mqtt was "
        "asked for (mqttv3.1 is the old name)."),
     N_("Name, network, port and path are right: a WebSocket server answers there."), look_web},
    {is::proxy_header, "no-proxy-header",
     N_("This port expects the PROXY protocol's header of a load balancer first, and a client came "
        "without it: connect to the load balancer, let it send the header, or turn proxy_protocol off "
        "in this listener."),
     N_("Name, network and firewall are right: the client reached the port."), look},
};

enum app : std::uint8_t {
  pubsubclient, async_mqtt, paho_c, paho_python, paho_java, mqtt_js, home_assistant, node_red,
  zigbee2mqtt, mosquitto, esp_idf, esp_at, simcom, quectel, wechat, aliyun, mqtt_3, mqtt_5,
  linux_errno, lwip_errno, apple_errno, windows, lookup, openssl, mbedtls, bearssl, java, servers,
  browser,
};

constexpr said_app apps[] = {
    {"PubSubClient, Tasmota", "pubsubclient|tasmota|arduino|mqt|try again in * seconds", "rc state"},
    {"AsyncMqttClient, ESPHome", "asyncmqttclient|espmqttclient|esphome", "reason"},
    {"Paho C, C++", "paho c|paho c++|mqttclient|mqttasync", "rc"},
    {"Paho Python", "paho python|python|paho-mqtt|home assistant", "rc"},
    {"Paho Java, Android, MQTT.fx", "paho java|paho android|mqtt.fx|mqttfx|mqttexception", ""},
    {"MQTT.js, MQTTX, MQTT Explorer", "mqtt.js|mqttjs|mqttx|mqtt explorer|node-red|zigbee2mqtt", ""},
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
    {"Chrome, Firefox", "browser|chrome|websocket", ""},
};

// The documents that the rows cite.
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
constexpr const char* ws_js = "https://github.com/websockets/ws lib/websocket.js";
constexpr const char* hass_py =
    "https://github.com/home-assistant/core homeassistant/components/mqtt/client.py";
constexpr const char* red_js =
    "https://github.com/node-red/node-red nodes/core/network/10-mqtt.js and its messages.json";
constexpr const char* z2m_ts = "https://github.com/Koenkk/zigbee2mqtt lib/controller.ts, lib/mqtt.ts";
constexpr const char* mosq_c = "https://github.com/eclipse-mosquitto/mosquitto lib/strings_mosquitto.c";
constexpr const char* esp_mqtt_h = "https://github.com/espressif/esp-mqtt include/mqtt_client.h, mqtt_client.c";
constexpr const char* esp_tls_h =
    "https://github.com/espressif/esp-idf components/esp-tls/esp_tls_errors.h, esp_tls.c";
constexpr const char* esp_at_rst =
    "https://github.com/espressif/esp-at docs/en/AT_Command_Set/MQTT_AT_Commands.rst";
constexpr const char* simcom_atc = "SIM7500_SIM7600 Series MQTT AT Command Set: error codes of +CMQTT";
constexpr const char* quectel_note =
    "Quectel EC2x&EG9x&EM05 MQTT Application Note: AT+QMTOPEN, AT+QMTCONN, +QMTSTAT";
constexpr const char* wechat_errno =
    "https://developers.weixin.qq.com/miniprogram/dev/framework/usability/PublicErrno.html";
constexpr const char* wechat_network =
    "https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html";
constexpr const char* aliyun_h = "Aliyun Link SDK for C 4.x: aiot_mqtt_api.h, aiot_state_api.h";
constexpr const char* mqtt_311 =
    "https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html, table 3.1";
constexpr const char* mqtt_311_suback =
    "https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html, section 3.9.3";
constexpr const char* mqtt_50 =
    "https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html, section 2.4";
constexpr const char* errno_3 = "errno(3), connect(2); linux asm-generic/errno.h";
constexpr const char* newlib = "newlib sys/errno.h, used by ESP-IDF; lwip/errno.h";
constexpr const char* apple_h = "Darwin sys/errno.h; Foundation NSPOSIXErrorDomain";
constexpr const char* winsock =
    "https://learn.microsoft.com/en-us/windows/win32/winsock/windows-sockets-error-codes-2";
constexpr const char* lookup_3 = "getaddrinfo(3), gai_strerror(3); https://nodejs.org/api/dns.html#error-codes";
constexpr const char* node_errors = "https://nodejs.org/api/errors.html#common-system-errors, errno(3)";
constexpr const char* openssl_x509 = "openssl-verification-options(1); openssl/x509_vfy.h";
constexpr const char* openssl_ssl = "OpenSSL ssl/ssl_err.c; RFC 8446 section 6.2";
constexpr const char* node_tls = "https://nodejs.org/api/tls.html#x509-certificate-error-codes";
constexpr const char* mbed_ssl = "mbedTLS include/mbedtls/ssl.h";
constexpr const char* mbed_x509 = "mbedTLS include/mbedtls/x509.h";
constexpr const char* mbed_net = "mbedTLS include/mbedtls/net_sockets.h";
constexpr const char* mbed_low = "mbedTLS include/mbedtls/rsa.h, pk.h, bignum.h: their sum is shown";
constexpr const char* bear_h =
    "BearSSL inc/bearssl_x509.h, bearssl_ssl.h (256 and an alert's number: that alert came)";
constexpr const char* emqx_proxy = "https://github.com/emqx/esockd src/esockd_proxy_protocol.erl";
constexpr const char* proxy_logs =
    "haproxy src/connection.c (CO_ER_PRX_NOT_HDR); nginx src/core/ngx_proxy_protocol.c";
constexpr const char* java_net = "Java SE API: java.net";
constexpr const char* java_tls = "Java SE API: javax.net.ssl, java.security.cert";
constexpr const char* android_net =
    "https://developer.android.com/develop/connectivity/network-ops/connecting";
constexpr const char* android_clear =
    "https://developer.android.com/privacy-and-security/security-config#CleartextTrafficPermitted";
constexpr const char* browser_ws = "https://websockets.spec.whatwg.org/; Chromium net/base/net_error_list.h";

constexpr said_row rows[] = {
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
    {paho_java, "unable to connect to server", "32103", is::not_reached, paho_java_txt},
    {paho_java, "client is not connected", "32104", is::not_connected, paho_java_txt},
    {paho_java, "socketfactory type does not match the broker uri", "32105", is::app_url, paho_java_txt},
    {paho_java, "ssl configuration error", "32106", is::handshake, paho_java_txt},
    {paho_java, "disconnecting is not allowed from a callback method", "32107", is::app_call, paho_java_txt},
    {paho_java, "unrecognized packet", "32108", is::broken_packet, paho_java_txt},
    {paho_java, "connection lost 32109", "32109", is::closed, paho_java_txt},
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
    {mqtt_js, "unexpected server response *", "", is::websocket_refused, ws_js},

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
    {mosquitto, "the connection was refused", "", is::login_refused, mosq_c},
    {mosquitto, "the connection was lost", "", is::closed, mosq_c},
    {mosquitto, "a tls error occurred|tls handshake failed", "", is::handshake, mosq_c},
    {mosquitto, "host name verification failed", "", is::other_name, "https://github.com/eclipse-mosquitto/mosquitto lib/tls_mosq.c"},
    {mosquitto, "lookup error", "", is::name_not_found, mosq_c},
    {mosquitto, "the client is not currently connected", "", is::not_connected, mosq_c},
    {mosquitto, "a network protocol error occurred when communicating with the broker", "",
     is::broken_packet, mosq_c},
    // errno is 0 here: the received bytes were not MQTT.
    {mosquitto, "error success", "", is::not_a_broker, mosq_c},
    {mosquitto, "all subscription requests were denied", "", is::subscribe_refused,
     "https://github.com/eclipse-mosquitto/mosquitto client/sub_client.c"},

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

    // ---- mini programs and clouds
    {wechat, "url not in domain list|600002|\u4e0d\u5728\u4ee5\u4e0b socket \u5408\u6cd5\u57df\u540d\u5217\u8868\u4e2d", "",
     is::mini_program_domain, wechat_network},
    {wechat, "600009|connectsocket fail invalid url", "", is::mini_program_url, wechat_errno},
    {wechat, "600001|600000|600003|600004", "", is::mini_program_network, wechat_errno},
    {wechat, "reach max websocket connect count", "", is::mini_program_full, wechat_network},

    {aliyun, "-0x0301|state_mqtt_connack_fmt_error", "", is::broken_packet, aliyun_h},
    {aliyun, "-0x0302|state_mqtt_connack_rcode_unacceptable_protocol_version", "", is::bad_version, aliyun_h},
    {aliyun, "-0x0303|state_mqtt_connack_rcode_server_unavailable", "", is::cloud_identifier, aliyun_h},
    {aliyun, "-0x0304|state_mqtt_connack_rcode_bad_username_password", "", is::wrong_device_secret, aliyun_h},
    {aliyun, "-0x0305|state_mqtt_connack_rcode_not_authorized", "", is::wrong_device_secret, aliyun_h},

    // ---- return and reason codes of the standard
    {mqtt_3, "unacceptable protocol version", "1", is::bad_version, mqtt_311},
    {mqtt_3, "identifier rejected", "2", is::bad_identifier, mqtt_311},
    {mqtt_3, "server unavailable", "3", is::unavailable, mqtt_311},
    {mqtt_3, "bad user name or password|bad username or password", "4", is::bad_login, mqtt_311},
    {mqtt_3, "not authorized|not authorised", "5", is::not_authorised, mqtt_311},
    {mqtt_3, "suback 128|suback 0x80|granted 128|granted qos 128|granted_qos 128", "128", is::subscribe_refused, mqtt_311_suback},

    {mqtt_5, "unspecified error", "128 0x80", is::no_details, mqtt_50},
    {mqtt_5, "malformed packet|protocol error", "129 0x81 130 0x82", is::broken_packet, mqtt_50},
    {mqtt_5, "unsupported protocol version", "132 0x84", is::bad_version, mqtt_50},
    {mqtt_5, "client identifier not valid", "133 0x85", is::bad_identifier, mqtt_50},
    {mqtt_5, "bad user name or password", "134 0x86", is::bad_login, mqtt_50},
    {mqtt_5, "not authorized", "135 0x87", is::not_authorised, mqtt_50},
    {mqtt_5, "server unavailable", "136 0x88", is::unavailable, mqtt_50},
    {mqtt_5, "server busy|quota exceeded|connection rate exceeded|message rate too high|receive maximum exceeded",
     "137 0x89 147 0x93 150 0x96 151 0x97 159 0x9f", is::busy, mqtt_50},
    {mqtt_5, "banned", "138 0x8a", is::banned, mqtt_50},
    {mqtt_5, "server shutting down|administrative action|maximum connect time", "139 0x8b 152 0x98 160 0xa0",
     is::told_to_go, mqtt_50},
    {mqtt_5, "bad authentication method", "140 0x8c", is::bad_login_method, mqtt_50},
    {mqtt_5, "keep alive timeout", "141 0x8d", is::silent_too_long, mqtt_50},
    {mqtt_5, "session taken over", "142 0x8e", is::taken_over, mqtt_50},
    {mqtt_5, "topic filter invalid|topic name invalid", "143 0x8f 144 0x90", is::bad_topic, mqtt_50},
    {mqtt_5, "packet too large", "149 0x95", is::too_large, mqtt_50},
    {mqtt_5,
     "retain not supported|qos not supported|shared subscriptions not supported|"
     "subscription identifiers not supported|wildcard subscriptions not supported",
     "154 0x9a 155 0x9b 158 0x9e 161 0xa1 162 0xa2", is::no_such_feature, mqtt_50},
    {mqtt_5, "use another server|server moved", "156 0x9c 157 0x9d", is::moved, mqtt_50},

    // ---- errno: words and numbers of operating systems
    {linux_errno, "connection refused|econnrefused", "111", is::refused, errno_3},
    {linux_errno, "connection timed out|etimedout|operation timed out", "110", is::timed_out, errno_3},
    {linux_errno, "no route to host|ehostunreach|host is unreachable|host unreachable", "113", is::no_route, errno_3},
    {linux_errno, "network is unreachable|enetunreach|network unreachable", "101", is::no_route, errno_3},
    {linux_errno, "connection reset by peer|connection reset|econnreset", "104", is::reset, errno_3},
    {linux_errno, "broken pipe|epipe|software caused connection abort|econnaborted", "32 103", is::closed, errno_3},
    {linux_errno, "eacces permission denied|eperm operation not permitted", "", is::app_not_allowed, errno_3},
    {linux_errno, "econnrefused 127 0 0 1|econnrefused 1 1883|econnrefused 1 8883|connection refused 127 0 0 1|127 0 0 1 connection refused|"
     "localhost connection refused|econnrefused localhost", "", is::dialled_itself, node_errors},
    {lwip_errno, "", "111", is::refused, newlib},
    {lwip_errno, "", "116", is::timed_out, newlib},
    {lwip_errno, "", "118 114", is::no_route, newlib},
    {lwip_errno, "", "104", is::reset, newlib},
    {lwip_errno, "", "113 128", is::closed, newlib},
    {apple_errno, "", "61", is::refused, apple_h},
    {apple_errno, "", "60", is::timed_out, apple_h},
    {apple_errno, "", "51 65", is::no_route, apple_h},
    {apple_errno, "", "54", is::reset, apple_h},
    {windows, "10061|wsaeconnrefused|actively refused it|\u79ef\u6781\u62d2\u7edd", "", is::refused, winsock},
    {windows, "10060|wsaetimedout", "", is::timed_out, winsock},
    {windows, "10054|wsaeconnreset|forcibly closed by the remote host", "", is::reset, winsock},
    {windows, "10053|wsaeconnaborted", "", is::closed, winsock},
    {windows, "10051|wsaenetunreach|10065|wsaehostunreach", "", is::no_route, winsock},
    {windows, "11001|wsahost_not_found|no such host is known|11004|wsano_data", "", is::name_not_found, winsock},
    {windows, "10013|wsaeacces", "", is::app_not_allowed, winsock},
    {lookup, "enotfound|getaddrinfo enotfound|name or service not known|temporary failure in name resolution|"
     "nodename nor servname provided|no address associated with hostname|name does not resolve|eai_again|eai_noname|"
     "eai_nodata|getaddrinfo failed|could not resolve host", "", is::name_not_found, lookup_3},

    // ---- TLS libraries
    {openssl, "certificate verify failed|unable to get local issuer certificate|self signed certificate|"
     "self signed certificate in certificate chain|unable to verify the first certificate|depth_zero_self_signed_cert|"
     "self_signed_cert_in_chain|unable_to_verify_leaf_signature|unable_to_get_issuer_cert_locally", "", is::untrusted,
     node_tls},
    {openssl, "certificate has expired|certificate is not yet valid|cert_has_expired|cert_not_yet_valid", "", is::wrong_time,
     openssl_x509},
    {openssl, "hostname mismatch|ip address mismatch|err_tls_cert_altname_invalid|"
     "hostname ip does not match certificate s altnames", "", is::other_name, openssl_x509},
    {openssl, "wrong version number|packet length too long", "", is::no_tls_there, openssl_ssl},
    {openssl, "alert handshake failure|sslv3 alert handshake failure|unsupported protocol|no shared cipher|"
     "alert protocol version|ssl handshake failed", "", is::handshake, openssl_ssl},
    {openssl, "alert unknown ca|tlsv1 alert unknown ca", "", is::no_trust_in_us, openssl_ssl},
    {openssl, "certificate required|alert certificate required|peer did not return a certificate", "",
     is::wants_certificate, openssl_ssl},
    {openssl, "unexpected eof while reading|ssl_error_syscall|client network socket disconnected before secure tls "
     "connection was established", "", is::reset, openssl_ssl},

    {mbedtls, "-0x2700|-9984|x509 certificate verification failed", "", is::untrusted, mbed_x509},
    {mbedtls, "-0x7200|-29184", "", is::no_tls_there, mbed_ssl},
    {mbedtls, "-0x7780|-30592", "", is::handshake, mbed_ssl},
    {mbedtls, "-0x7680|-30336", "", is::no_authority, mbed_ssl},
    {mbedtls, "-0x7f00|-32512", "", is::no_memory, mbed_ssl},
    {mbedtls, "-0x7880|-30848", "", is::closed, mbed_ssl},
    {mbedtls, "-0x0050|-0x50", "", is::reset, mbed_net},
    {mbedtls, "-0x0052|-0x52", "", is::name_not_found, mbed_net},
    {mbedtls, "-0x0044|-0x44", "", is::not_reached, mbed_net},
    {mbedtls, "-0x7280|-29312|mbedtls_err_ssl_conn_eof", "", is::hung_up_on_tls, mbed_ssl},
    {mbedtls, "-0x004c|-0x4c|-0x004e|-0x4e", "", is::reset, mbed_net},
    {mbedtls, "-0x6800|-26624", "", is::no_answer, mbed_ssl},
    {mbedtls, "-0x4310|-17168|-0x3f80|-16256|-0x0010", "", is::no_memory, mbed_low},
    {bearssl, "tls connection error 62|br_err_x509_not_trusted|bearssl 62", "", is::untrusted, bear_h},
    {bearssl, "tls connection error 54|br_err_x509_expired|bearssl 54|tls connection error 53|"
     "br_err_x509_time_unknown|bearssl 53", "", is::wrong_time, bear_h},
    {bearssl, "tls connection error 56|br_err_x509_bad_server_name|bearssl 56", "", is::other_name, bear_h},
    {bearssl, "tls connection error 296|bearssl 296", "", is::handshake, bear_h},

    {java, "pkix path building failed|unable to find valid certification path to requested target|"
     "trust anchor for certification path not found|certpathvalidatorexception", "", is::untrusted, java_tls},
    {java, "certificateexpiredexception|certificatenotyetvalidexception", "", is::wrong_time, java_tls},
    {java, "sslpeerunverifiedexception|no subject alternative names|no subject alternative dns name matching *|"
     "no name matching *", "", is::other_name, java_tls},
    {java, "unsupported or unrecognized ssl message|plaintext connection", "", is::no_tls_there, java_tls},
    {java, "sslhandshakeexception", "", is::handshake, java_tls},
    {java, "unknownhostexception|unable to resolve host", "", is::name_not_found, java_net},
    {java, "connectexception connection refused|econnrefused connection refused", "", is::refused, java_net},
    {java, "sockettimeoutexception|connect timed out|etimedout connection timed out", "",
     is::timed_out, java_net},
    {java, "noroutetohostexception", "", is::no_route, java_net},
    {java, "eofexception", "", is::closed, java_net},
    {java, "missing internet permission|socket failed eacces|socket failed eperm", "", is::app_not_allowed, android_net},
    {java, "cleartext communication to|not permitted by network security policy", "", is::no_plain_text, android_clear},

    {servers, "recv_proxy_header|proxy protocol header signature was not recognized|proxy_proto_timeout", "",
     is::proxy_header, emqx_proxy},
    {servers, "does not look like a proxy protocol header|while reading proxy protocol", "",
     is::proxy_header, proxy_logs},

    {browser, "error during websocket handshake sec-websocket-protocol|"
     "sec-websocket-protocol header value * in response does not match any of sent values|"
     "sec-websocket-protocol header value * * in response does not match any of sent values|"
     "response must not include sec-websocket-protocol header if not present in request|"
     "sent non-empty sec-websocket-protocol header but no response was received", "",
     is::wrong_subprotocol, browser_ws},
    {mqtt_js, "server sent an invalid subprotocol|server sent no subprotocol|"
     "server sent a subprotocol but none was requested", "", is::wrong_subprotocol, ws_js},
    {browser, "websocket connection to|websocket error|websocket is closed before the connection is "
     "established", "", is::websocket_failed, browser_ws},
    {browser, "error during websocket handshake unexpected response code|error during websocket handshake", "",
     is::websocket_refused, browser_ws},
    {browser, "err_cert_authority_invalid|err_cert_common_name_invalid|err_cert_date_invalid", "", is::untrusted, browser_ws},
    {browser, "err_connection_refused", "", is::refused, browser_ws},
    {browser, "err_connection_timed_out", "", is::timed_out, browser_ws},
    {browser, "err_connection_reset", "", is::reset, browser_ws},
    {browser, "err_name_not_resolved", "", is::name_not_found, browser_ws},
    {browser, "insecure websocket connection may not be initiated|mixed content", "", is::websocket_failed, browser_ws},
};
// clang-format on

consteval bool are_in_order() {
  for (std::size_t i = 0; i < std::size(meanings); ++i)
    if (static_cast<std::size_t>(meanings[i].id) != i) return false;
  return std::size(meanings) == static_cast<std::size_t>(meaning::proxy_header) + 1 &&
         std::size(apps) == static_cast<std::size_t>(browser) + 1;
}
static_assert(are_in_order(), "a row for each meaning and each app, in order");

}  // namespace

std::span<const meaning_row> meaning_rows() noexcept { return meanings; }

const meaning_row& row_of(meaning id) noexcept { return meanings[static_cast<std::size_t>(id)]; }

std::span<const said_app> said_apps() noexcept { return apps; }

std::span<const said_row> said_rows() noexcept { return rows; }

}  // namespace mqttkit::doctor
