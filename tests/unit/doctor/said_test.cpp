// mqtt-doctor explain --said: what apps show, and what it means.
#include "mqtt-doctor/said/said.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include "mqtt-doctor/options/options.hpp"
#include "mqtt-doctor/said/page.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

std::vector<meaning> meanings_of(const std::string& text, const std::string& app = "") {
  std::vector<meaning> out;
  for (const reading& each : readings_of(text, app)) out.push_back(each.means);
  return out;
}

bool has(const std::vector<meaning>& all, meaning item) {
  return std::find(all.begin(), all.end(), item) != all.end();
}

std::string words_of(const std::vector<meaning>& all) {
  std::string out;
  for (const meaning each : all) out += std::string(row_of(each).word) + " ";
  return out;
}

// A line as an app shows it, and what it means before anything else.
struct quotation {
  const char* text;
  meaning first;
};

const quotation quotations[] = {
    // PubSubClient's examples, Tasmota's console
    {"Attempting MQTT connection...failed, rc=-2 try again in 5 seconds", is::not_reached},
    {"10:44:47 MQT: Connect failed to 192.168.1.131:1883, rc -2. Retry in 10 sec", is::not_reached},
    {"MQT: Connect failed to broker:1883, rc -4. Retry in 10 sec", is::no_answer},
    {"failed, rc=-4 try again in 5 seconds", is::no_answer},
    {"tasmota rc 4", is::bad_login},
    {"tasmota rc 5", is::not_authorised},
    {"PubSubClient state -3", is::closed},
    {"pubsubclient rc=-1", is::not_connected},
    {"MQT: Connect failed to x:8883, rc -5", is::name_not_found},
    {"MQTT_CONNECT_BAD_CLIENT_ID", is::bad_identifier},
    {"[W][mqtt] MQTT Disconnected: TCP disconnected.", is::closed},
    {"Disconnected from MQTT. Disconnect reason: 7", is::untrusted},
    // Paho C
    {"Failed to connect, return code MQTTCLIENT_DISCONNECTED", is::not_connected},
    {"MQTTClient_connect returned -14", is::app_url},
    {"MQTTASYNC_MAX_BUFFERED_MESSAGES", is::too_many_in_flight},
    {"MQTTASYNC_SSL_NOT_SUPPORTED", is::no_tls_built_in},
    {"MQTTClient: rc -2", is::app_store},
    // Paho Python
    {"MQTTErrorCode.MQTT_ERR_NO_CONN", is::not_connected},
    {"python on_disconnect rc=7", is::closed},
    {"paho-mqtt rc=16", is::silent_too_long},
    {"Client or broker did not communicate in the keepalive interval.", is::silent_too_long},
    // Paho Java
    {"MqttException (0) - java.net.UnknownHostException: brokr.example", is::name_not_found},
    {"Unable to connect to server (32103) - java.net.ConnectException: Connection refused",
     is::refused},
    {"Unable to connect to server (32103) - java.net.SocketTimeoutException: connect timed out",
     is::timed_out},
    {"Unable to connect to server (32103)", is::not_reached},
    {"MqttException (32109)", is::closed},
    {"Timed out waiting for a response from the server (32000)", is::no_answer},
    {"Not authorized to connect (5)", is::not_authorised},
    {"Bad user name or password (4)", is::bad_login},
    {"Too many publishes in progress (32202)", is::too_many_in_flight},
    {"MqttException: reason code 128", is::subscribe_refused},
    {"MqttException (0) - javax.net.ssl.SSLHandshakeException: "
     "java.security.cert.CertPathValidatorException: Trust anchor for certification path not "
     "found.",
     is::untrusted},
    {"sun.security.validator.ValidatorException: PKIX path building failed: "
     "unable to find valid certification path to requested target",
     is::untrusted},
    {"java.net.SocketException: socket failed: EACCES (Permission denied)", is::app_not_allowed},
    {"java.lang.SecurityException: Permission denied (missing INTERNET permission?)",
     is::app_not_allowed},
    {"CLEARTEXT communication to 10.0.2.2 not permitted by network security policy",
     is::no_plain_text},
    // MQTT.js and what is built on it
    {"Error: Connection refused: Not authorized", is::not_authorised},
    {"Error: Connection refused: Bad username or password", is::bad_login},
    {"Error: Connection refused: Identifier rejected", is::bad_identifier},
    {"Error: connack timeout", is::no_answer},
    {"Error: Keepalive timeout", is::silent_too_long},
    {"Error: getaddrinfo ENOTFOUND broker.exmple", is::name_not_found},
    {"Error: connect ECONNREFUSED 203.0.113.5:1883", is::refused},
    {"Error: connect ECONNREFUSED 127.0.0.1:1883", is::dialled_itself},
    {"Error: connect ECONNREFUSED ::1:1883", is::dialled_itself_in_6},
    {"Error: connect ECONNREFUSED 1.2.3.4:1883", is::refused},
    {"connect ETIMEDOUT 203.0.113.5:1883", is::timed_out},
    {"Error: read ECONNRESET", is::reset},
    {"Unexpected server response: 404", is::websocket_refused},
    {"Error: self-signed certificate in certificate chain", is::untrusted},
    {"unable to verify the first certificate", is::untrusted},
    {"Error: certificate has expired", is::wrong_time},
    {"Hostname/IP does not match certificate's altnames: IP: 203.0.113.5 is not in the cert's list",
     is::other_name},
    {"[mqtt-broker:home] Connection failed to broker: mqtt://192.168.137.1:1883", is::no_details},
    {"z2m: MQTT failed to connect, exiting... (getaddrinfo ENOTFOUND mosquitto)",
     is::name_not_found},
    {"MQTT failed to connect, exiting... (Connection refused: Not authorized)", is::not_authorised},
    {"error: z2m:mqtt: Not connected to MQTT server!", is::not_connected},
    {"Failed to connect to MQTT server due to exception: [Errno -2] Name does not resolve",
     is::name_not_found},
    {"Failed to connect to MQTT server: The connection was refused.", is::login_refused},
    // mosquitto's clients
    {"Connection error: Connection Refused: not authorised.", is::not_authorised},
    {"Connection error: Connection Refused: identifier rejected.", is::bad_identifier},
    {"Error: Connection refused", is::refused},
    {"Error: Lookup error.", is::name_not_found},
    {"Error: A TLS error occurred.", is::handshake},
    {"Error: The connection was lost.", is::closed},
    {"Error: host name verification failed.", is::other_name},
    {"All subscription requests were denied.", is::subscribe_refused},
    {"Error: No route to host", is::no_route},
    // ESP-IDF
    {"E (76880) esp-tls: [sock=48] select() timeout", is::timed_out},
    {"E (76881) transport_base: Failed to open a new connection: 32774", is::timed_out},
    {"E mqtt_client: Error transport connect", is::not_reached},
    {"E esp-tls: couldn't get hostname for :headwaters.local: getaddrinfo() returns 202, "
     "addrinfo=0x0",
     is::mdns_name},
    {"Last error code reported from esp-tls: 0x801a", is::handshake},
    {"reported from esp-tls: 0x8004", is::not_reached},
    {"esp-tls: Last captured errno : 113 (Software caused connection abort)", is::closed},
    {"Connection refused error: 0x5", is::not_authorised},
    {"mbedtls_ssl_handshake returned -0x2700", is::untrusted},
    {"(-9984) X509 - Certificate verification failed, e.g. CRL, CA or signature check failed",
     is::untrusted},
    {"mbedtls_ssl_handshake returned -0x7200", is::no_tls_there},
    {"mbedtls_ssl_setup returned -0x7F00", is::no_memory},
    // modems
    {"+MQTTCONN:0,3,1,\"broker.example\",\"1883\",\"\",1", is::not_connected},
    {"+MQTTCONN:0,6,1,\"broker.example\",\"1883\",\"\",1", is::connected},
    {"+MQTTDISCONNECTED:0", is::not_connected},
    {"+CMQTTCONNECT: 0,3", is::not_reached},
    {"+CMQTTCONNECT: 0,25", is::name_not_found},
    {"+CMQTTCONNECT: 0,26", is::closed},
    {"+CMQTTCONNECT: 0,30", is::bad_login},
    {"+CMQTTCONNECT: 0,32", is::handshake},
    {"+CMQTTCONNLOST: 0,1", is::closed},
    {"+CMQTTSTART: 23", is::modem_state},
    {"+QMTOPEN: 0,-1", is::not_reached},
    {"+QMTOPEN: 0,2", is::modem_state},
    {"+QMTOPEN: 0,3", is::mobile_data},
    {"+QMTOPEN: 0,4", is::name_not_found},
    {"+QMTCONN: 0,0,4", is::bad_login},
    {"+QMTCONN: 0,0,5", is::not_authorised},
    {"+QMTCONN: 0,1", is::no_answer},
    {"+QMTSTAT: 0,1", is::closed},
    // WeChat, clouds
    {"{\"errno\":600002,\"errMsg\":\"connectSocket:fail url not in domain list\"}",
     is::mini_program_domain},
    {"\u4e0d\u5728\u4ee5\u4e0b socket \u5408\u6cd5\u57df\u540d\u5217\u8868\u4e2d\uff0c\u8bf7\u53c2"
     "\u8003\u6587\u6863",
     is::mini_program_domain},
    {"errno: 600009", is::mini_program_url},
    {"connectSocket:fail reach max websocket connect count 5", is::mini_program_full},
    {"{errno: 600001, errMsg: \"request:fail errcode:-202 cronet_error_code:-202 "
     "error_msg:net::ERR_CERT_AUTHORITY_INVALID\"}",
     is::untrusted},
    {"aiot_mqtt_connect failed: -0x0305", is::wrong_device_secret},
    {"aiot_mqtt_connect failed: -0x0303", is::cloud_identifier},
    // MQTT 5
    {"Reason code: 135", is::not_authorised},
    {"CONNACK 0x86", is::bad_login},
    {"Disconnected: Session taken over", is::taken_over},
    {"DISCONNECT reason 0x8D", is::silent_too_long},
    {"reason code 0x95", is::too_large},
    {"Publish error: Not authorized", is::publish_refused},
    {"reasonCode: 151", is::busy},
    {"Connection refused: Banned", is::banned},
    // systems
    {"[WinError 10061] No connection could be made because the target machine actively refused it",
     is::refused},
    {"\u7531\u4e8e\u76ee\u6807\u8ba1\u7b97\u673a\u79ef\u6781\u62d2\u7edd\uff0c\u65e0\u6cd5\u8fde"
     "\u63a5\u3002",
     is::refused},
    {"socket error 10060", is::timed_out},
    {"10054", is::reset},
    {"11001", is::name_not_found},
    {"[Errno 111] Connection refused", is::refused},
    {"OSError: [Errno 101] Network is unreachable", is::no_route},
    {"OSError: [Errno 110] Connection timed out", is::timed_out},
    {"Error Domain=NSPOSIXErrorDomain Code=61 \"Connection refused\"", is::refused},
    {"ios: Code=60", is::timed_out},
    {"socket.gaierror: [Errno -3] Temporary failure in name resolution", is::name_not_found},
    // TLS
    {"ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
     "unable to get local issuer certificate (_ssl.c:992)",
     is::untrusted},
    {"error:0A00010B:SSL routines::wrong version number", is::no_tls_there},
    {"error:0A000418:SSL routines::tlsv1 alert unknown ca", is::no_trust_in_us},
    {"error:0A00045C:SSL routines::tlsv13 alert certificate required", is::wants_certificate},
    {"sslv3 alert handshake failure", is::nothing_in_common},
    // browsers
    {"WebSocket connection to 'ws://broker.example:9001/mqtt' failed: Error in connection "
     "establishment: net::ERR_CONNECTION_REFUSED",
     is::refused},
    {"WebSocket connection to 'wss://broker.example/' failed: Error during WebSocket handshake: "
     "Unexpected response code: 404",
     is::websocket_refused},
    {"WebSocket connection to 'wss://broker.example/mqtt' failed", is::websocket_failed},
};

}  // namespace

TEST_CASE("a line that an app shows is found, whatever stands around it") {
  for (const quotation& each : quotations) {
    const auto found = meanings_of(each.text);
    CAPTURE(std::string(each.text));
    CAPTURE(words_of(found));
    REQUIRE(!found.empty());
    CHECK(std::string(row_of(found.front()).word) == std::string(row_of(each.first).word));
  }
}

TEST_CASE("every row is found by its own words, and by its numbers with the app's name") {
  for (const said_row& row : said_rows()) {
    const said_app& app = said_apps()[row.app];
    const std::string words = app.words;
    const std::string name = words.substr(0, words.find('|'));
    const auto finds = [&](const std::string& text) {
      for (const reading& each : readings_of(text, name))
        if (std::find(each.rows.begin(), each.rows.end(), &row) != each.rows.end()) return true;
      // Beside what says more, a row that says nothing is left out.
      return row.means == meaning::no_details && !readings_of(text, name).empty();
    };
    std::string phrases = row.phrases;
    for (std::size_t at = 0; (at = phrases.find('*', at)) != std::string::npos; ++at)
      phrases[at] = '0';
    while (!phrases.empty()) {
      const std::size_t end = std::min(phrases.find('|'), phrases.size());
      CHECK_MESSAGE(finds(phrases.substr(0, end)), app.name << ": " << phrases.substr(0, end));
      phrases.erase(0, end + 1);
    }
    std::string numbers = row.numbers;
    while (!numbers.empty()) {
      const std::size_t end = std::min(numbers.find(' '), numbers.size());
      CHECK_MESSAGE(finds("error code " + numbers.substr(0, end)), app.name << numbers);
      CHECK_MESSAGE(finds(numbers.substr(0, end)), app.name << numbers);
      numbers.erase(0, end + 1);
    }
  }
}

TEST_CASE("a number that several apps use is told with all its meanings") {
  const auto five = meanings_of("rc=5");
  CHECK(has(five, is::not_authorised));  // PubSubClient, CONNACK
  CHECK(has(five, is::login_refused));   // Paho Python's MQTT_ERR_CONN_REFUSED
  const auto minus_two = meanings_of("rc=-2");
  CHECK(has(minus_two, is::not_reached));  // PubSubClient
  CHECK(has(minus_two, is::app_store));    // Paho C
  const auto four = meanings_of("rc: 4");
  CHECK(has(four, is::bad_login));
  CHECK(has(four, is::not_connected));
  const auto host = meanings_of("errno 113");
  CHECK(has(host, is::no_route));  // Linux
  CHECK(has(host, is::closed));    // ESP-IDF
}

TEST_CASE("the app narrows, by --app or by its name in the text") {
  CHECK(meanings_of("rc=5", "python") == std::vector{is::login_refused});
  CHECK(meanings_of("rc=-2", "PubSub") == std::vector{is::not_reached});
  CHECK(meanings_of("rc=-2", "Tasmota") == std::vector{is::not_reached});
  CHECK(meanings_of("Tasmota rc=-2") == std::vector{is::not_reached});
  CHECK(meanings_of("errno 113", "esp-idf") == std::vector{is::closed});
  CHECK(meanings_of("-10", "mqttasync").size() == 2);  // the two halves of Paho C
}

TEST_CASE("case, blanks and punctuation do not matter") {
  for (const char* text :
       {"rc=-2", "RC = -2", "rc: -2", "(rc -2)", "\trc\n-2", "rc=-2.", "rc\uff1a-2"}) {
    CAPTURE(std::string(text));
    CHECK(has(meanings_of(text), is::not_reached));
  }
  CHECK(has(meanings_of("\u9519\u8bef\u78015"), is::not_authorised));
  CHECK(said_words("It's -0x2700, rc=-2 mqtt-5 3.1") ==
        std::vector<std::string>{"it", "s", "-0x2700", "rc", "-2", "mqtt", "5", "3", "1"});
}

TEST_CASE("numbers that are no codes are not taken for codes") {
  CHECK(meanings_of("try again in 5 seconds").empty());
  CHECK(meanings_of("5 messages of 111 sent").empty());
  CHECK(meanings_of("keepalive 60").empty());
  CHECK(meanings_of("10.1.1.4:1883 at 10:51:03").empty());
  CHECK(meanings_of("").empty());
  CHECK(meanings_of("* * *").empty());
  CHECK(meanings_of("it does not work").empty());
}

TEST_CASE("a text without end or without sense is read within its bound") {
  CHECK(meanings_of(std::string(1'000'000, '-')).empty());
  CHECK(meanings_of(std::string(1'000'000, '\xff')).empty());
  CHECK(meanings_of(std::string(most_said, 'x') + " connack timeout").empty());
  CHECK(has(meanings_of("connack timeout" + std::string(100'000, '!')), is::no_answer));
}

TEST_CASE("the command to run next names the broker that the text names") {
  const auto command = [](meaning id, const std::string& text) {
    return command_of(row_of(id), broker_of(text, ""));
  };
  const auto look = [&](const std::string& text) { return command(is::not_reached, text); };
  CHECK(look("") == "mqtt-doctor broker.example:1883");
  CHECK(look("MQT: Connect failed to 192.168.1.131:1883, rc -2.") ==
        "mqtt-doctor 192.168.1.131:1883");
  CHECK(look("mqtt://user@broker.example:8883") == "mqtt-doctor broker.example:8883");
  CHECK(look("ssl://broker.example:8883 refused") == "mqtt-doctor mqtts://broker.example:8883");
  CHECK(look("tcp://[fe80::1]:1883 - refused") == "mqtt-doctor [fe80::1]:1883");
  CHECK(look("connect to [2001:db8::5]:1883 failed") == "mqtt-doctor [2001:db8::5]:1883");
  CHECK(look("getaddrinfo ENOTFOUND mqtt.broker.lan") == "mqtt-doctor mqtt.broker.lan");
  CHECK(look("java.net.UnknownHostException: brokr.example") == "mqtt-doctor brokr.example");
  CHECK(look("failed to connect to /192.168.1.5 (port 1883) after 30000ms") ==
        "mqtt-doctor 192.168.1.5:1883");
  CHECK(look("connect to core-mosquitto:1883") == "mqtt-doctor core-mosquitto:1883");
  CHECK(look("localhost:1883") == "mqtt-doctor localhost:1883");
  CHECK(command(is::untrusted, "b.example:8884") == "mqtt-doctor mqtts://b.example:8884");
  CHECK(command(is::websocket_refused, "WebSocket connection to 'ws://b.cn:8083/mqtt' failed") ==
        "mqtt-doctor ws://b.cn:8083/mqtt");
  CHECK(command(is::websocket_refused, "b.example:9001") == "mqtt-doctor ws://b.example:9001/mqtt");
  CHECK(command(is::websocket_refused, "b.example") == "mqtt-doctor wss://broker.example/mqtt");
  // The addresses in a broker's log are its clients'.
  CHECK(look("1700000000: New connection from 192.168.1.50:52344 on port 8883.") ==
        "mqtt-doctor broker.example:8883");
}

TEST_CASE("places in source files, times and versions are no brokers") {
  for (const char* text :
       {"[E][WiFiClient.cpp:98] connect(): lwip_connect_r: 113", "PubSubClient.cpp:123",
        "at TCPConnectWrap.afterConnect [as oncomplete] (net.js:1144:16)", "node:internal/net:1555",
        "File \"client.py\", line 941", "client.py:941",
        "at org.eclipse.paho.client.mqttv3.internal.TCPNetworkModule.start("
        "TCPNetworkModule.java:79)",
        "main.go:42: connect", "src/main.rs:17:5", "at 10:44:47 rc:-2", "2024-11-30 10:51:03",
        "Mozilla/5.0 Chrome/120.0.0.0", "$(reboot).x:1883", "-h.example:1883", "port:1883",
        "256.1.1.1:1883", "(_ssl.c:1129)", "java.net.ConnectException: refused"}) {
    CAPTURE(std::string(text));
    CHECK(broker_in(text).host.empty());
  }
}

TEST_CASE("every command to run next is one that the program takes") {
  const named_broker address = broker_of("192.0.2.1:1883", "");
  for (const meaning_row& row : meaning_rows()) {
    std::istringstream in(command_of(row, address));
    std::vector<std::string> line;
    for (std::string word; in >> word;) line.push_back(word);
    std::vector<char*> argv;
    for (std::string& word : line) argv.push_back(word.data());
    tools::doctor_settings settings;
    const tools::parse_result result = tools::parse(static_cast<int>(argv.size()), argv.data(),
                                                    settings, tools::process_environment{});
    // No terminal is there to ask for the password.
    const bool is_asked = result.err.find("terminal") != std::string::npos;
    CHECK_MESSAGE((result.outcome.run || is_asked), row.run << ": " << result.err);
  }
}

TEST_CASE("every row is complete, and says where its fact is written down") {
  std::set<std::string> words;
  for (const meaning_row& each : meaning_rows()) {
    CHECK(words.insert(each.word).second);
    CHECK(std::string(each.says).back() == '.');
    CHECK(std::string(each.run).find("mqtt-doctor ") == 0);
    const auto sides = two_sided_meanings();
    // These need the address in the text as well.
    const bool is_narrowed =
        each.id == meaning::dialled_itself_in_6 || each.id == meaning::port_left_away ||
        each.id == meaning::mdns_name || each.id == meaning::home_by_mobile ||
        each.id == meaning::board_without_network || each.id == meaning::other_service;
    const bool is_meant = is_narrowed ||
                          std::any_of(said_rows().begin(), said_rows().end(),
                                      [&](const said_row& row) { return row.means == each.id; }) ||
                          std::any_of(sides.begin(), sides.end(), [&](const two_sided& side) {
                            return side.at_broker == each.id || side.in_app == each.id;
                          });
    CHECK_MESSAGE(is_meant, each.word << " is meant by nobody");
  }
  CHECK(said_rows().size() >= 80);
  for (const said_row& row : said_rows()) {
    CAPTURE(row.phrases);
    CHECK(row.app < said_apps().size());
    CHECK(std::string(row.source).size() > 10);
    CHECK(std::string(row.phrases).size() + std::string(row.numbers).size() > 0);
  }
  for (std::size_t i = 0; i < said_apps().size(); ++i) {
    CHECK_MESSAGE(std::any_of(said_rows().begin(), said_rows().end(),
                              [&](const said_row& row) { return row.app == i; }),
                  said_apps()[i].name);
  }
}

TEST_CASE("the page tells who says so, what it means, what to run and where it is written") {
  said_text about;
  about.text = "rc=-2 \x1b[31m";
  const auto found = readings_of(about.text, "");
  const report_style plain;
  const std::string page = said_page(about, found, plain);
  CHECK(page.find("\x1b") == std::string::npos);
  CHECK(page.find("PubSubClient, Tasmota") != std::string::npos);
  CHECK(page.find("No connection came about") != std::string::npos);
  CHECK(page.find("      mqtt-doctor broker.example:1883") != std::string::npos);
  CHECK(page.find("PubSubClient.h") != std::string::npos);
  CHECK(page.find("--app NAME") != std::string::npos);
  // Sentences are wrapped at the terminal's width; commands never are, since users copy them.
  report_style narrow;
  narrow.columns = 40;
  about.text = "mqtt://a-very-long-name.example:1883: rc=5";
  const std::string broken = said_page(about, readings_of(about.text, ""), narrow);
  CHECK(broken.find(" -u USER --ask-password\n") != std::string::npos);
  CHECK(broken.find("\n    ") != std::string::npos);
  about.text = "frobnicated";
  CHECK(said_page(about, {}, plain).find("mqtt-doctor listen") != std::string::npos);
  CHECK(said_json(about, {}).find("\"readings\": []") != std::string::npos);
  CHECK(said_json(about, found).find("\"meaning\": \"not-reached\"") != std::string::npos);
}

TEST_CASE("the name of an app ranks, and never keeps a text from being read") {
  const char* const refused = "MQTT error: connect ECONNREFUSED 127.0.0.1:1883";
  for (const char* app :
       {"zigbee2mqtt", "z2m", "Node-RED", "zwave-js-ui", "Z-Wave JS UI", "MQTT Explorer",
        "Home Assistant", "mosquitto", "Frigate", "frobnicator", "x", "..."}) {
    CAPTURE(std::string(app));
    const auto found = meanings_of(refused, app);
    REQUIRE(!found.empty());
    CHECK(found.front() == is::dialled_itself);
    CHECK(meanings_of("Error: certificate has expired", app).front() == is::wrong_time);
  }
  CHECK(meanings_of("rc=5", "frobnicator").front() == is::not_authorised);
}

TEST_CASE("of several lines the one that tells more counts first") {
  CHECK(meanings_of("BSSL: Connection will fail, no authentication method is setup\n"
                    "Attempting MQTT connection...failed, rc=-2 try again in 5 seconds")
            .front() == is::no_authority);
  CHECK(meanings_of("[E][WiFiClient.cpp:98] connect(): lwip_connect_r: 113\n"
                    "MQTT Connection Failed  rc=-2",
                    "pubsubclient")
            .front() == is::timed_out);
  CHECK(meanings_of("E esp-tls-mbedtls: mbedtls_ssl_handshake returned -0x2700\n"
                    "E transport_base: Failed to open a new connection\n"
                    "E mqtt_client: Error transport connect")
            .front() == is::untrusted);
}

TEST_CASE("an alert is told from the side that shows it") {
  const char* const unknown = "SSL routines:ssl3_read_bytes:sslv3 alert certificate unknown";
  CHECK(meanings_of(std::string("OpenSSL Error[0]: error:14094416:") + unknown, "mosquitto")
            .front() == is::app_refuses_certificate);
  CHECK(meanings_of(std::string("1700000000: New connection from 10.0.0.5:52344 on port 8883.\n"
                                "1700000000: OpenSSL Error[0]: error:0A000416:") +
                    unknown)
            .front() == is::app_refuses_certificate);
  CHECK(meanings_of(unknown).front() == is::certificate_refused);
  CHECK(meanings_of("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:1006)").front() ==
        is::client_certificate_refused);
  CHECK(meanings_of("error:1408F10B:SSL routines:ssl3_get_record:wrong version number", "emqx")
            .front() == is::plain_to_tls);
  CHECK(meanings_of("error:1408F10B:SSL routines:ssl3_get_record:wrong version number").front() ==
        is::no_tls_there);
}

TEST_CASE("colours, escapes, entities and curly quotes do not hide the words") {
  for (const char* text :
       {"\x1b[31mconnack timeout\x1b[0m", "[31mconnack[0m timeout", "\\x1b[1mconnack timeout",
        "connack%20timeout", "&quot;connack&nbsp;timeout&quot;", "connack\\ntimeout",
        "\u201cconnack timeout\u201d", "connack\u00a0timeout"}) {
    CAPTURE(std::string(text));
    CHECK(has(meanings_of(text), is::no_answer));
  }
  CHECK(has(meanings_of("Hostname/IP does not match certificate\u2019s altnames"), is::other_name));
  CHECK(has(meanings_of("\\u8fde\\u63a5\\u88ab\\u62d2\\u7edd"), is::refused));
  CHECK(has(meanings_of("rc=\u22122"), is::not_reached));
  CHECK(has(meanings_of("\u0412 \u0421\u041e\u0415\u0414\u0418\u041d\u0415\u041d\u0418\u0418 "
                        "\u041e\u0422\u041a\u0410\u0417\u0410\u041d\u041e"),
            is::refused));
}

TEST_CASE("what the twelfth batch's apps showed is known, and its kin") {
  const auto first = [](const std::string& text) {
    const auto found = readings_of(text, "");
    return found.empty() ? std::string() : std::string(row_of(found.front().means).word);
  };
  CHECK(first("esp-tls-mbedtls: mbedtls_ssl_handshake returned -0x7280") == "hung-up-on-tls");
  CHECK(first("mbedtls_ssl_handshake returned -0x2700") == "untrusted");
  CHECK(first("Error: Success") == "not-a-broker");
  CHECK(
      first("Error during WebSocket handshake: 'Sec-WebSocket-Protocol' header value 'mqttv3.1' in "
            "response does not match any of sent values") == "wrong-subprotocol");
  CHECK(first("Error during WebSocket handshake: Unexpected response code: 404") ==
        "websocket-refused");
  CHECK(first("recv_proxy_header,'The PROXY protocol header signature was not recognized. (PP 2.1, "
              "PP 2.2)'") == "no-proxy-header");
  CHECK(first("MQT: TLS connection error: 62") == "untrusted");
  CHECK(first("MQT: TLS connection error: 54") == "wrong-time");
}

}  // namespace mqttkit::doctor
