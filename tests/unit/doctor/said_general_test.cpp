// What is read where no row of the table has an app's words.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "mqtt-doctor/said/general.hpp"
#include "mqtt-doctor/said/said.hpp"

namespace mqttkit::doctor {
namespace {

using is = meaning;

std::string first_word(std::string_view text) {
  const auto found = readings_of(text, "");
  return found.empty() ? "-" : row_of(found.front().means).word;
}

struct general_line {
  const char* word;
  const char* text;
};

}  // namespace

TEST_CASE(
    "words of a kind near each other are read in any order and form, and in other languages") {
  for (const general_line& each : {
           general_line{"wrong-time", "brokerd: peer presented certs which expired in May"},
           {"untrusted", "TrustEvaluation: could not validate the issuer chain"},
           {"bad-certificate-file", "GatewayX cannot load the keyfile"},
           {"name-not-found", "resolver gave up, lookup failed"},
           {"not-authorised", "Anmeldung am Broker fehlgeschlagen"},
           {"closed", "Verbindung zum Broker unterbrochen"},
           {"timed-out", "el broker: connexion socket timeout"},
           {"no-answer", "waited in vain: CONNACK missing"},
           {"no-memory", "heap exhausted, buffers freed"},
           {"silent-too-long", "heartbeat missed three times"},
       }) {
    CAPTURE(std::string(each.text));
    CHECK(first_word(each.text) == each.word);
  }
}

TEST_CASE("names of classes are read as the words that they are made of") {
  CHECK(parts_of_names("a NotSslRecordException").find("Not Ssl Record Exception") !=
        std::string::npos);
  CHECK(parts_of_names("SSLHandshakeError").find("SSL Handshake Error") != std::string::npos);
  CHECK(parts_of_names("connect ETIMEDOUT 203.0.113.5").empty());
  CHECK(first_word("com.acme.BrokerNotAuthorizedException") == "not-authorised");
  CHECK(first_word("connectTimeout=30000, keepalive=60") == "-");
}

TEST_CASE("lines of what goes well, or of settings, are no failure") {
  for (const char* text :
       {"Client x received PUBACK (Mid: 1, RC:0)", "connect timeout set to 30 s",
        "Connection timeout period is 5000 milliseconds", "keep alive interval 60 seconds",
        "TLS session established, certificate ok", "broker connection succeeded after 2 s",
        "esp-tls-mbedtls: Certificate verified.", "sent DISCONNECT, clean shutdown"}) {
    CAPTURE(std::string(text));
    CHECK(first_word(text) == "-");
  }
}

TEST_CASE("a name in .local is told as one of mDNS, a folder of that name is not") {
  CHECK(first_word("getaddrinfo ENOTFOUND raspberrypi.local") == "mdns-name");
  CHECK(first_word("MQT: Connect failed to raspberrypi.local:1883, rc -5. Retry in 10 sec") ==
        "mdns-name");
  CHECK(first_word("/usr/local/lib: getaddrinfo ENOTFOUND broker.example.org") == "name-not-found");
  CHECK(first_word("getaddrinfo ENOTFOUND mqtt.local.example.org") == "name-not-found");
  CHECK(first_word("connect ETIMEDOUT raspberrypi.local:1883") == "timed-out");
}

TEST_CASE("where scheme and port do not go together, this is the cause") {
  CHECK(first_word("WebSocket connection to 'ws://192.0.2.5:1883/mqtt' failed:") ==
        "no-websocket-there");
  CHECK(first_word("tcp://broker.example.org:8883: connection reset by peer") ==
        "plain-to-tls-port");
  CHECK(first_word("ssl://broker.example.org:1883: handshake failed: EOF") == "no-tls-there");
}

TEST_CASE("a proxy's or tunnel's own line is about the way to the broker behind it") {
  CHECK(first_word("connect() failed (113: No route to host) while connecting to upstream") ==
        "no-backend");
  CHECK(first_word("originService=tcp://localhost:1883 error=\"dial tcp 127.0.0.1:1883: connect: "
                   "connection refused\"") == "no-backend");
}

TEST_CASE("a number that ends a process or an operation is no code of MQTT") {
  CHECK(first_word("exited with exit code 5") == "-");
  CHECK(first_word("SSL operation failed with code 1: certificate verify failed") == "untrusted");
}

TEST_CASE("addresses and ports between two words do not part them") {
  CHECK(first_word("Connection to tcp://192.168.32.83:1886 on 10.0.0.4:50123 failed") ==
        "no-details");
}

TEST_CASE("a refused topic is told as one, a number of something else as nothing") {
  CHECK(first_word("Failed to subscribe to home/#: NotAuthorized") == "subscribe-refused");
  CHECK(first_word("MQTT payload failed to be consumed, error -5") == "no-details");
  CHECK(first_word("mqtt: unable to parse json: IncompleteInput") == "-");
}

TEST_CASE("what a broker does not allow or support is told, what it allows is not") {
  CHECK(first_word("Publish to topic not allowed") == "publish-refused");
  CHECK(first_word("Not allowed to subscribe to x") == "subscribe-refused");
  CHECK(first_word("Publish to topic a allowed") == "-");
  CHECK(first_word("subscription to x allowed") == "-");
  CHECK(first_word("QoS 2 not supported by broker") == "no-such-feature");
  CHECK(first_word("broker does not support MQTT 5") == "bad-version");
  CHECK(first_word("MQTT is not supported on this device") == "-");
}

TEST_CASE("every general rule has words in all its groups") {
  for (const said_row& rule : general_rows()) {
    const std::string groups = rule.phrases;
    CAPTURE(groups);
    CHECK(groups.find("& &") == std::string::npos);
    CHECK(!groups.ends_with("&"));
    CHECK(std::string(rule.numbers).empty());
    for (std::size_t at = groups.find('@'); at != std::string::npos;
         at = groups.find('@', at + 1)) {
      const std::string name = groups.substr(at, groups.find(' ', at) - at);
      CHECK(std::set<std::string>{"@cert", "@failed", "@not", "@well"}.contains(name));
    }
  }
}

TEST_CASE("words behind a number name it, and another system's number is not meant") {
  const auto all = [](std::string_view text) {
    std::string words;
    for (const reading& each : readings_of(text, ""))
      words += (words.empty() ? "" : " ") + std::string(row_of(each.means).word);
    return words;
  };
  CHECK(
      all("frigate.mqtt ERROR : Unable to connect to MQTT server: [Errno 113] No route to host") ==
      "no-route");
  CHECK(all("mqtt: [Errno 111] Connection refused") == "refused");
  CHECK(all("mqtt: OSError: [Errno 104] ECONNRESET") == "reset");
  CHECK(all("OSError: [Errno 113] EHOSTUNREACH") == "no-route");
  // Without words both may be meant.
  CHECK(all("errno 113").find("closed") != std::string::npos);
}

TEST_CASE("what says nothing is not told beside what says something") {
  for (const reading& each :
       readings_of("Attempting MQTT connection...failed, rc=-2 try again", ""))
    CHECK(each.means != is::no_details);
  CHECK(first_word("Unable to connect to MQTT server") == "no-details");
}

TEST_CASE("a login that was left out, an identifier that a session lacks, a board without Wi-Fi") {
  for (const general_line& each : {
           general_line{"login-left-out",
                        "error: received null username or password for unpwd check\n"
                        "1: Client Wallbox disconnected, not authorised."},
           {"not-authorised", "1: Client Wallbox disconnected, not authorised."},
           {"identifier-for-session", "Error: Missing clientId for unclean clients"},
           {"identifier-for-session",
            "ValueError: A client id must be provided if clean session is False."},
           {"bad-identifier", "Connection refused: Identifier rejected"},
           {"board-without-network",
            "File \"umqtt/simple.py\", line 56, in connect\n"
            "OSError: [Errno 113] EHOSTUNREACH"},
           {"no-route",
            "network config: ('192.168.1.7')\nifconfig\nFile \"umqtt/simple.py\"\n"
            "OSError: [Errno 113] EHOSTUNREACH"},
           {"no-route", "connect: No route to host"},
       }) {
    CAPTURE(each.text);
    CHECK(first_word(each.text) == each.word);
  }
}

}  // namespace mqttkit::doctor
