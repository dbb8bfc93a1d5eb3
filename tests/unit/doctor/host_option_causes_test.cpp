// What is said of a line of mosquitto.conf, and what mends it.
#include <doctest/doctest.h>

#include "mqtt-doctor/causes/host_config_words.hpp"

using namespace mqttkit::doctor;

TEST_CASE("a value that mosquitto refuses shows what was meant") {
  struct row {
    const char* option;
    const char* value;
    const char* choices;
    const char* meant;
  };
  const char* const types = "none, information, notice, warning, error, debug, all";
  for (const row& each : std::initializer_list<row>{
           {"allow_anonymous", "yes", "", "true"},
           {"allow_anonymous", "= \"TRUE\";", "", "true"},
           {"allow_anonymous", "maybe", "", ""},
           {"log_type", "warn", types, "warning"},
           {"log_type", "info", types, "information"},
           {"log_type", "verbose", types, "debug"},
           {"log_dest", "/var/log/m.log", "none, syslog, file", "file /var/log/m.log"},
           {"log_dest", "file=/var/log/m.log", "none, syslog, file", "file /var/log/m.log"},
           {"protocol", "ws", "mqtt, websockets", "websockets"},
           {"tls_version", "TLSv1.2", "tlsv1.3, tlsv1.2, tlsv1.1", "tlsv1.2"},
           {"bridge_protocol_version", "mqttv311 # old", "mqttv31, mqttv311, mqttv50", "mqttv311"},
           {"start_type", "manual", "automatic, lazy, once", ""},
           {"persistent_client_expiration", "2 Weeks", "", "2w"},
           {"persistent_client_expiration", "30s", "", ""},
           {"listener", "0.0.0.0 1883", "", "1883"},
           {"listener", "192.168.1.5:1883", "", "1883 192.168.1.5"},
           {"listener", "\"1883\"", "", "1883"},
           {"listener", "mqtt", "", ""},
           {"max_qos", "= 1", "", "1"},
       }) {
    CAPTURE(each.value);
    CHECK(meant_value(each.option, each.value, each.choices) == each.meant);
  }
}

TEST_CASE("a path shows what is wrong with it") {
  configuration_problem wrong;
  wrong.subject = "password_file";
  const auto is_odd = [&](const char* file) {
    wrong.file = file;
    return odd_path_words(wrong).has_value();
  };
  CHECK(is_odd("\"/etc/mosquitto/passwd\""));
  CHECK(is_odd("/etc/mosquitto/passwd # users"));
  CHECK(is_odd("certs/server.crt"));
  CHECK(is_odd("~/passwd"));
  CHECK_FALSE(is_odd("/etc/mosquitto/passwd"));
}
