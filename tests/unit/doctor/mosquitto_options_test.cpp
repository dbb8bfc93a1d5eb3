// Options of mosquitto.conf, their places and values: what stops mosquitto 2.0.11, and what does
// not. Each line was tried with it.
#include <doctest/doctest.h>

#include "unit/doctor/machine.hpp"

using namespace mqttkit::doctor;

namespace {

const std::string listener = "listener 1883\nallow_anonymous true\n";
const std::string bridge = "connection far\naddress 10.77.2.1:1883\ntopic a/# out\n";

/// The first problem that stops the broker; none for "".
std::string stopped_by(const std::string& text) {
  machine here;
  here.file("/usr/sbin/mosquitto", "");
  here.prints("mosquitto -h", "mosquitto version 2.0.11\n");
  for (const auto& each : read_configuration(here, text).problems) {
    if (each.stops_broker) return std::string(word_of(each.kind.value())) + " " + each.subject;
  }
  return {};
}

struct tried {
  const char* lines;
  const char* by;  ///< "" where mosquitto starts
};

void check(const std::string& above, std::initializer_list<tried> all) {
  for (const tried& each : all) {
    CAPTURE(each.lines);
    CHECK(stopped_by(above + each.lines + "\n") == each.by);
  }
}

}  // namespace

TEST_CASE("a value of mosquitto.conf is refused where mosquitto refuses it") {
  check(listener, {{"max_keepalive 10", ""},
                   {"max_packet_size 2147483648", "bad-value max_packet_size"},
                   {"max_inflight_messages 2147483648", ""},
                   {"websockets_headers_size 65536", "bad-value websockets_headers_size"},
                   {"memory_limit 100", "bad-value memory_limit"},
                   {"memory_limit 99999999999", ""},
                   {"persistent_client_expiration 0d", "bad-value persistent_client_expiration"},
                   {"persistent_client_expiration 1.5d", ""},
                   {"log_type", ""},
                   {"max_connections", ""},
                   {"auto_id_prefix", "bad-value auto_id_prefix"},
                   {"protocol mqttsn", "bad-value protocol"},
                   {"protocol mqtt # plain", ""},
                   {"tls_engine_kpass_sha1 x", "bad-value tls_engine_kpass_sha1"},
                   {"auto_id_prefix caf\xE9", "not-utf8 auto_id_prefix"},
                   {"# caf\xE9", ""},
                   {"listener 1884,1885", ""},
                   {"listener 0", "bad-value listener"},
                   {"listener 0.0.0.0 1884", "bad-value listener"},
                   {"listener abc", "bad-value listener"},
                   // mosquitto makes the socket as its own user.
                   {"listener 0 /etc/mosquitto/m.sock", "unwritable-file listener"}});
}

TEST_CASE("an option of mosquitto.conf wants the one it belongs to") {
  check(listener,
        {{"auth_opt_backends files", "lacks-option auth_opt_backends"},
         {"plugin_opt_config_file /x", "lacks-option plugin_opt_config_file"},
         {"auth_plugin_deny_special_chars true", "lacks-option auth_plugin_deny_special_chars"}});
  check("mount_point m/\n" + listener, {{"", "lacks-option mount_point"}});
  check(listener, {{"mount_point m/", ""},
                   {"psk_hint h\ncertfile /x", "contradiction certfile"},
                   {"psk_hint h", ""}});
}

TEST_CASE("two lines that open one port stop mosquitto, wherever they stand") {
  check(listener, {{"port 1883", "duplicate-port 1883"},
                   {"port 1884", ""},
                   {"bind_address 10.77.2.2", "duplicate-port 1883"},
                   {"listener 1883 ::1", "duplicate-port 1883"},
                   {"listener 1884 0.0.0.0\nlistener 1884 ::", ""},
                   {"listener 1884 10.77.2.2\nlistener 1884 0.0.0.0", "duplicate-port 1884"}});
  check("ciphers_tls1.3 TLS_AES_128_GCM_SHA256\n" + listener, {{"", "duplicate-port 1883"}});
  check("protocol websockets\n" + listener, {{"", "duplicate-port 1883"}});
}

TEST_CASE("a bridge of mosquitto.conf is refused where mosquitto refuses it") {
  check(listener + bridge,
        {{"", ""},
         {"address 10.77.2.1:1884", "duplicate-option address"},
         {"remote_username a\nusername b", "duplicate-option remote_username"},
         {"start_type manual", "bad-value start_type"},
         {"restart_timeout 30 10", "bad-value restart_timeout"},
         {"restart_timeout 10 30", ""},
         {"keepalive_interval 65536", "bad-value keepalive_interval"},
         {"bridge_protocol_version mqttv311 # old", "bad-value bridge_protocol_version"},
         {"topic a/# IN", ""},
         {"topic a/# out qos1", ""},
         {"topic a/# out 0 l/# r/", "bad-value topic"},
         {"bridge_psk abcd", "lacks-option bridge_psk"},
         {"bridge_psk abcd\nbridge_identity a\nbridge_cafile /x", "contradiction bridge_psk"},
         {"bridge_reload_type lazy", "newer-variable bridge_reload_type"},
         {"clean_session true", "unknown-variable clean_session"}});
  check(listener, {{"connection x\naddress mqtt://10.77.2.1\ntopic # out", "bad-value address"}});
}

TEST_CASE("two bridges may have the same options, and no identifier in common") {
  const std::string two = listener + bridge + "remote_username a\nremote_clientid one\n" +
                          "connection near\naddress 10.77.2.3\ntopic b/# in\nremote_username a\n";
  check(two, {{"", ""},
              {"remote_clientid two", ""},
              {"remote_clientid one", "same-identifier local.one"}});
}

TEST_CASE("an option of another version stops the version that is here") {
  check(listener, {{"store_clean_interval 10", "newer-variable store_clean_interval"},
                   {"global_max_connections 10", "newer-variable global_max_connections"},
                   {"max_keepalive 5", "newer-variable max_keepalive 5"},
                   {"retry_interval 20", ""},
                   {"maximum_qos 1", ""}});
  machine unknown;
  for (const auto& each :
       read_configuration(unknown, listener + "global_max_connections 10\n").problems)
    CHECK_FALSE(each.stops_broker);
}

TEST_CASE("what looks like a blank and is none is found beside the option") {
  const auto found = [](const std::string& text) {
    machine here;
    const auto configuration = read_configuration(here, text);
    const auto* tab = problem(configuration, problem_kind::tab);
    return tab == nullptr ? std::string("none") : tab->subject + " " + tab->detail;
  };
  CHECK(found("allow_anonymous\xC2\xA0true\n") == "allow_anonymous U+00A0");
  CHECK(found("\xE2\x80\x8Bport 1883\n") == "port U+200B");
  CHECK(found("\tport 1883\n") == "port ");
  CHECK(found("\t\n") == " ");
  CHECK(found("port 1883\n") == "none");
}

TEST_CASE("mosquitto reads TLS files once a listener has both certificate and key") {
  check(listener,
        {{"cafile /nowhere", ""}, {"crlfile /nowhere", ""}, {"dhparamfile /nowhere", ""}});
  check(listener + "certfile /nowhere\nkeyfile /nowhere\n", {{"", "missing-file certfile"}});
}

TEST_CASE("a file that the broker writes must be in reach of its user") {
  machine here;
  here.file("/etc/mosquitto/closed/x", "", 0644);
  auto found = read_configuration(here, listener + "pid_file /run/none/m.pid\n");
  const auto* missing = problem(found, problem_kind::missing_file);
  REQUIRE(missing != nullptr);
  CHECK(missing->named_in == "/etc/mosquitto/mosquitto.conf");
  CHECK(missing->named_line == 3);
  found = read_configuration(here, listener + "persistence true\npersistence_location /none\n");
  const auto* store = problem(found, problem_kind::missing_folder);
  REQUIRE(store != nullptr);
  CHECK_FALSE(store->stops_broker);
}

TEST_CASE("include_dir is followed in the main file alone") {
  machine here;
  here.file("/etc/mosquitto/conf.d/a.conf", "include_dir /etc/mosquitto/more\n");
  here.file("/etc/mosquitto/more/b.conf", "listener 1883\n");
  const auto found = read_configuration(here, "include_dir /etc/mosquitto/conf.d\n");
  CHECK(found.listeners.empty());
  CHECK(problem(found, problem_kind::nested_include) != nullptr);
}
