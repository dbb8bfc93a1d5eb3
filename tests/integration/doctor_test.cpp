// mqtt-doctor as a person meets it: what it prints, what it returns, what it keeps to itself.
#include <cctype>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "programs.hpp"
#include "support/certificates.hpp"
#include "support/ports.hpp"
#include "support/temp_folder.hpp"

namespace mqttkit::testing {
namespace {

using nlohmann::json;

struct examined {
  finished ran;
  json report;
};

using variables = std::vector<std::pair<std::string, std::string>>;

finished run_doctor(const words& arguments, const variables& environment = {}) {
  process_options options;
  options.command = words{program("mqtt-doctor")} + arguments;
  options.environment = environment;
  return run(std::move(options));
}

examined examine(const words& arguments) {
  examined done{run_doctor(words{"--json"} + arguments), {}};
  REQUIRE_MESSAGE(json::accept(done.ran.out), done.ran.out << done.ran.err);
  done.report = json::parse(done.ran.out);
  CHECK(done.report["exit_code"] == done.ran.code);
  return done;
}

std::string cause_of(const json& report) {
  return report["cause"].is_null() ? "none" : report["cause"].get<std::string>();
}

std::string state_of(const json& report, const std::string& step) {
  for (const auto& each : report["steps"]) {
    if (each["name"] == step) return each["state"];
  }
  return "missing";
}

// As much of JSON Schema as --json-schema uses.
void check_against(const json& value, const json& schema, const json& root, const std::string& at) {
  CAPTURE(at);
  if (schema.contains("$ref")) {
    const std::string where = schema["$ref"];  // "#/$defs/finding"
    return check_against(value, root.at(json::json_pointer(where.substr(1))), root, at);
  }
  if (schema.contains("enum")) {
    CHECK(std::find(schema["enum"].begin(), schema["enum"].end(), value) != schema["enum"].end());
  }
  if (schema.contains("type") && schema["type"].is_string()) {
    const std::string type = schema["type"];
    const bool fits =
        (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
        (type == "string" && value.is_string()) || (type == "number" && value.is_number()) ||
        (type == "integer" && value.is_number_integer()) ||
        (type == "boolean" && value.is_boolean());
    CHECK_MESSAGE(fits, value.dump());
  }
  const json required = schema.value("required", json::array());
  const json properties = schema.value("properties", json::object());
  for (const auto& name : required) {
    CHECK_MESSAGE(value.contains(name.get<std::string>()), name);
  }
  for (const auto& [name, inner] : properties.items()) {
    if (value.contains(name)) check_against(value[name], inner, root, at + "/" + name);
  }
  if (schema.contains("items") && value.is_array()) {
    for (const auto& each : value) check_against(each, schema["items"], root, at + "[]");
  }
}

}  // namespace

TEST_CASE("a healthy broker is found healthy, with what the phone must be set to") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished found = run_doctor(at(broker) + words{"--lang", "en", "--ascii"});
  CHECK_MESSAGE(found.code == 0, found.out << found.err);
  CHECK(found.out.find("Nothing is wrong from here.") != std::string::npos);
  CHECK(found.out.find("port: " + std::to_string(broker.port())) != std::string::npos);
  CHECK(found.out.find("[ok] delivery") != std::string::npos);
  CHECK(found.out.find('\033') == std::string::npos);
  CHECK(found.err.empty());
}

TEST_CASE("the JSON report keeps to its own schema") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const finished printed = run_doctor({"--json-schema"});
  REQUIRE(printed.code == 0);
  const json schema = json::parse(printed.out);
  check_against(examine(at(broker)).report, schema, schema, "");
  check_against(examine(at(free_port())).report, schema, schema, "");
}

TEST_CASE("every byte that went over a connection is counted, under TLS as well") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  mosquitto broker(options);
  const auto plain = examine(at(broker)).report["facts"]["endpoints"][0];
  const words trusting{"mqtts://localhost:" + std::to_string(broker.tls_port()), "--cafile",
                       test_certificates().ca()};
  const auto secure = examine(trusting).report["facts"]["endpoints"][0];
  const json& in_the_open = plain["contacts"][0];
  const json& in_secret = secure["contacts"][0];
  REQUIRE(in_secret["mqtt"]["answer"] == "connack");
  // CONNECT, and a message of 4 kB with all that belongs to it, there and back.
  CHECK(in_the_open["sent_bytes"] > 4000);
  CHECK(in_the_open["received_bytes"] > 4000);
  // TLS adds its greetings and certificates.
  CHECK(in_secret["sent_bytes"] > in_the_open["sent_bytes"].get<int>() + 300);
  CHECK(in_secret["received_bytes"] > in_the_open["received_bytes"].get<int>() + 500);
}

TEST_CASE("nothing listens: the port is at fault, and the exit code says so") {
  const auto found = examine(at(free_port()));
  CHECK(found.ran.code != 0);
  CHECK(state_of(found.report, "port") == "bad");
  CHECK(state_of(found.report, "mqtt") == "untested");
}

TEST_CASE("a plain connection to the TLS port is told from every other close") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  mosquitto broker(options);
  const auto found = examine({"mqtt://127.0.0.1:" + std::to_string(broker.tls_port())});
  CHECK(cause_of(found.report) == "tls-plaintext-to-tls-port");
  CHECK(found.ran.code == 5);
}

TEST_CASE("a wrong password has an exit code of its own, and no password is ever shown") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.password = true;
  mosquitto broker(options);
  const words target = at(broker);
  const auto anonymous = examine(target);
  CHECK(cause_of(anonymous.report) == "auth-anonymous-refused");
  CHECK(anonymous.ran.code == 9);
  const auto wrong = examine(target + words{"-u", "alice", "-P", "not-the-secret-1729"});
  CHECK(cause_of(wrong.report) == "auth-bad-credentials");
  CHECK(wrong.ran.code == 8);
  CHECK(wrong.ran.out.find("1729") == std::string::npos);
  const auto right = examine(target + words{"-u", std::string(mosquitto::user), "-P",
                                            std::string(mosquitto::user_password)});
  CHECK(cause_of(right.report) == "none");
  CHECK(right.ran.out.find(mosquitto::user_password) == std::string::npos);
  const auto url = run_doctor(
      {"-v", "mqtt://alice:not-the-secret-1729@127.0.0.1:" + std::to_string(broker.port())});
  CHECK((url.out + url.err).find("1729") == std::string::npos);
}

TEST_CASE("a password does not leave over TLS that proved nothing") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  options.password = true;
  mosquitto broker(options);
  const auto found =
      examine({"mqtts://127.0.0.1:" + std::to_string(broker.tls_port()), "-u",
               std::string(mosquitto::user), "-P", std::string(mosquitto::user_password)});
  CHECK(cause_of(found.report) == "tls-unknown-ca");
  CHECK(broker.log().find("u'" + std::string(mosquitto::user)) == std::string::npos);
  CHECK(state_of(found.report, "login") == "untested");
}

TEST_CASE("for an app that takes any certificate what stops it comes first, then the certificate") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  options.password = true;
  mosquitto broker(options);
  const words at_tls{"mqtts://localhost:" + std::to_string(broker.tls_port())};
  const words alice{"-u", std::string(mosquitto::user), "-P",
                    std::string(mosquitto::user_password)};
  CHECK(cause_of(examine(at_tls).report) == "tls-unknown-ca");
  const examined anyway = examine(at_tls + words{"--trust-any-certificate"});
  CHECK(cause_of(anyway.report) == "auth-anonymous-refused");
  CHECK(state_of(anyway.report, "tls") == "bad");
  const auto& warned = anyway.report["warnings"];
  CHECK(std::any_of(warned.begin(), warned.end(), [](const json& object) {
    return object["id"] == "tls-unknown-ca" && object["severity"] == "warning";
  }));

  const examined with_password =
      examine(at_tls + words{"--trust-any-certificate", "-t", "a", "--publish"} + alice);
  CHECK(with_password.ran.code == 5);
  CHECK(with_password.report["healthy"] == false);
  CHECK(cause_of(with_password.report) == "tls-unknown-ca");
  CHECK(with_password.report["causes"][0]["evidence"].dump().find("held back") !=
        std::string::npos);
  for (const auto& endpoint : with_password.report["facts"]["endpoints"]) {
    for (const auto& each : endpoint["contacts"]) {
      if (each.contains("mqtt") && each["mqtt"].is_object())
        CHECK(each["mqtt"]["sent_password"] == false);
    }
  }
  CHECK(broker.log().find("u'" + alice[1]) == std::string::npos);
  // A certificate that passes is no finding, and the password goes there.
  const examined good = examine(
      at_tls + words{"--trust-any-certificate", "--cafile", test_certificates().ca()} + alice);
  CHECK(good.report["healthy"] == true);
  CHECK(run_doctor(at_tls + words{"--send-password-unverified"}).code == 2);
}

TEST_CASE("a name that does not match is no reason to send the password to any certificate") {
  NEEDS_MOSQUITTO();
  mosquitto_options options;
  options.tls = true;
  options.certificate = certificate_kind::wrong_host;
  options.password = true;
  mosquitto broker(options);
  const examined done =
      examine({"mqtts://localhost:" + std::to_string(broker.tls_port()), "--trust-any-certificate",
               "--cafile", test_certificates().ca(), "-u", std::string(mosquitto::user), "-P",
               std::string(mosquitto::user_password)});
  CHECK(done.report["healthy"] == false);
  for (const auto& each : done.report["facts"]["endpoints"][0]["contacts"]) {
    if (each.contains("mqtt") && each["mqtt"].is_object())
      CHECK(each["mqtt"]["sent_password"] == false);
  }
}

TEST_CASE("the report is in Chinese on request, and in the locale's language otherwise") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string nothing_wrong = run_doctor(at(broker) + words{"--lang", "en"}).out;
  const std::string chinese = run_doctor(at(broker) + words{"--lang", "zh"}).out;
  CHECK(nothing_wrong != chinese);
  CHECK(chinese.find("主机") != std::string::npos);
  CHECK(chinese.find("Nothing is wrong") == std::string::npos);
  const std::string by_locale = run_doctor(at(broker), {{"LC_ALL", "zh_CN.UTF-8"}}).out;
  CHECK(by_locale.find("主机") != std::string::npos);
}

// The first run of three English words in a report; "" when there is none. Quotations, remarks in
// parentheses, names in certificates and commands (indented by six) may be in English.
std::string english_in(const std::string& report) {
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("      ")) continue;
    for (const auto& [open, close] : {std::pair("“", "”"), std::pair("（", "）")}) {
      for (std::size_t from = line.find(open); from != std::string::npos; from = line.find(open)) {
        const std::size_t to = line.find(close, from);
        line.replace(from, to == std::string::npos ? to : to + std::strlen(close) - from, ",");
      }
    }
    line += '\n';
    int words_in_a_row = 0;
    std::size_t letters = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const bool is_letter = std::isalpha(static_cast<unsigned char>(line[i])) != 0;
      if (is_letter) {
        if (letters++ == 0 && words_in_a_row == 0) begin = i;
        continue;
      }
      words_in_a_row = letters > 0 ? words_in_a_row + 1 : 0;
      letters = 0;
      const bool is_name = begin > 0 && line[begin - 1] == '=';  // CN=...
      if (words_in_a_row >= 3 && !is_name) return line.substr(begin, i - begin);
      if (line[i] != ' ') words_in_a_row = 0;
    }
  }
  return {};
}

TEST_CASE("a report in Chinese has no English sentence, whatever is wrong") {
  CHECK(english_in("  ✓ 端口       127.0.0.1:1 is open to all\n") == "is open to");
  NEEDS_MOSQUITTO();
  mosquitto healthy;
  mosquitto_options options;
  options.password = true;
  options.tls = true;
  mosquitto strict(options);
  const std::string plain = "127.0.0.1:" + std::to_string(strict.port());
  const std::string tls = "mqtts://127.0.0.1:" + std::to_string(strict.tls_port());
  const std::string closed = "127.0.0.1:" + std::to_string(free_port());
  for (const words& line :
       {at(healthy), at(healthy) + words{"--on-broker"}, words{plain}, words{plain, "--on-broker"},
        words{plain, "-u", "alice", "-P", "wrong"}, words{tls}, words{"mqtts://" + plain},
        words{"ws://" + plain}, words{"mqtt" + tls.substr(5)}, words{closed},
        words{closed, "--on-broker"}, words{"\uff11\uff12\uff17.0.0.1\uff1a1"},
        words{"192.0.2.1:1883", "--timeout", "2"},
        words{"no-such-name.invalid", "--timeout", "2"}}) {
    CAPTURE(line.back());
    // No locale of that name need be installed.
    const finished found = run_doctor(line, {{"LC_ALL", "zh_CN.UTF-8"}});
    CAPTURE(found.out);
    CHECK(english_in(found.out) == "");
    CHECK(found.out.find("mqtt-doctor ") == 0);
    CHECK((found.out.find("原因（") != std::string::npos) == (found.code != 0));
  }
}

TEST_CASE("a terminal that takes no UTF-8 is not sent any, but for Chinese asked by name") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const auto is_ascii = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  };
  for (const char* locale : {"C", "POSIX", "zh_CN.GB2312", "zh_CN", "en_US.ISO-8859-1"}) {
    CAPTURE(locale);
    const std::string said = run_doctor(at(broker), {{"LC_ALL", locale}}).out;
    CHECK(is_ascii(said));
    CHECK(said.find("[ok] port") != std::string::npos);
  }
  const std::string asked = run_doctor(at(broker) + words{"--lang", "zh"}, {{"LC_ALL", "C"}}).out;
  CHECK(asked.find("[ok] 端口") != std::string::npos);
}

TEST_CASE("the lines of a Chinese report stand below each other") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string said = run_doctor(at(broker), {{"LC_ALL", "zh_CN.UTF-8"}}).out;
  // Eleven columns, a character takes two.
  CHECK(said.find("✓ 端口       127") != std::string::npos);
  CHECK(said.find("✓ MQTT       支持") != std::string::npos);
  CHECK(said.find("✓ 消息收发   ") != std::string::npos);
}

TEST_CASE("what was typed wrong is refused in one line") {
  for (const words& line :
       {words{"--bogus"}, words{"--lang", "fr", "h"}, words{"--timeout", "x", "h"},
        words{"--publish", "h"}, words{"--cafile", "/nonexistent", "mqtts://h"}}) {
    const finished found = run_doctor(line);
    CHECK(found.code == 2);
    CHECK(line_count(found.err) == 1);
    CHECK(found.err.starts_with("mqtt-doctor: "));
    CHECK(found.out.empty());
  }
}

TEST_CASE("nothing of the doctor's stays behind on the broker") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  CHECK(examine(at(broker)).ran.code == 0);
  const finished left = run_sub(at(broker) + words{"-t", "#", "--retained", "only", "-W", "5"});
  CHECK(left.out.empty());
  CHECK(count_of(broker.log(), "New client connected") <= 5);
}

TEST_CASE("a saved report is explained as the live run was, byte for byte and with its exit code") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  temp_folder folder;
  for (const words& where : {at(broker), at(free_port()), words{"no-such-name.invalid"}}) {
    const finished live = run_doctor(words{"--json"} + where);
    const std::string file = folder.write("here.json", live.out);
    const finished later = run_doctor({"explain", file, "--json"});
    CHECK(later.out == live.out);
    CHECK(later.code == live.code);
    // The page is the same as well, whatever this machine is called and has.
    const finished page = run_doctor({"explain", file, "--lang", "en", "--ascii"});
    CHECK(page.code == live.code);
    CHECK(page.out.find("[") != std::string::npos);
    CHECK(page.err.empty());
  }
}

TEST_CASE("two places are explained together, one from stdin") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  temp_folder folder;
  const std::string good =
      folder.write("server.json", run_doctor(words{"--json"} + at(broker)).out);
  process_options options;
  options.command = {program("mqtt-doctor"), "explain", good, "-", "--json"};
  options.input = input_from::file;
  options.input_path = folder.write("bad.json", run_doctor(words{"--json"} + at(free_port())).out);
  const finished both = run(std::move(options));
  REQUIRE_MESSAGE(json::accept(both.out), both.out << both.err);
  const json report = json::parse(both.out);
  const json schema = json::parse(run_doctor({"--json-schema"}).out);
  check_against(report, schema, schema, "");
  CHECK(report["exit_code"] == both.code);
  CHECK(both.code != 0);
  REQUIRE(report["vantages"].size() == 2);
  CHECK(report["vantages"][0]["name"] == "server.json");
  CHECK(report["vantages"][0]["healthy"] == true);
  CHECK(report["vantages"][1]["name"] == "stdin");
  CHECK(report["vantages"][1]["healthy"] == false);
}

TEST_CASE("what cannot be explained is said in one line") {
  temp_folder folder;
  const std::string newer =
      folder.write("newer.json", R"({"facts":{"format":2,"asked":{},"endpoints":[]}})");
  const std::string other = folder.write("other.json", "{\"a\": 1}");
  const std::string nothing = folder.write("empty.json", "");
  for (const auto& [file, part] :
       {std::pair{newer, "newer mqtt-doctor"}, std::pair{other, "not what mqtt-doctor"},
        std::pair{nothing, "empty"}, std::pair{folder.path().string(), "directory"},
        std::pair{std::string("/nonexistent"), "No such file"}}) {
    const finished found = run_doctor({"explain", file});
    CHECK(found.code == 16);
    CHECK(line_count(found.err) == 1);
    CHECK_MESSAGE(found.err.find(part) != std::string::npos, found.err);
    CHECK(found.out.empty());
  }
  CHECK(run_doctor({"explain"}).code == 2);
  CHECK(run_doctor({"explain", newer, "--publish"}).code == 2);
}

TEST_CASE("a report to hand on holds the cause and no address, and no password ever") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  temp_folder folder;
  for (const char* name : {"report.md", "report.html"}) {
    const std::string file = (folder.path() / name).string();
    const finished found =
        run_doctor(words{"mqtt://me:hunter2@127.0.0.2:" + std::to_string(free_port()), "--report",
                         file, "--blank-addresses", "--lang", "en"});
    CHECK(found.code != 0);
    CHECK(found.out.find("Cause (") != std::string::npos);
    const std::string text = read_file(file);
    CHECK(text.find("tcp-refused") != std::string::npos);
    CHECK(text.find("hunter2") == std::string::npos);
    CHECK(found.out.find("hunter2") == std::string::npos);
  }
  const finished refused = run_doctor(at(broker) + words{"--report", "/nonexistent/x.md"});
  CHECK(refused.code == 15);
  CHECK(line_count(refused.err) == 1);
  CHECK(run_doctor(at(broker) + words{"--report", "x.txt"}).code == 2);
  CHECK(run_doctor(at(broker) + words{"--blank-addresses"}).code == 2);
}

TEST_CASE("-4, -6 and the address to connect from choose the addresses that are dialled") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  const std::string port = std::to_string(broker.port());
  for (const words& option : std::vector<words>{{"-4"}, {"-A", "127.0.0.1"}}) {
    const examined done = examine(words{"localhost:" + port} + option);
    CHECK(done.ran.code == 0);
    for (const auto& each : done.report["facts"]["endpoints"][0]["contacts"]) {
      CHECK(each["address"] == "127.0.0.1");
    }
  }
  const examined none = examine({"127.0.0.1:" + port, "-6"});
  CHECK(cause_of(none.report) == "input-family-left-out");
  CHECK(none.report["facts"]["name"]["left_out"] == json{"127.0.0.1"});
  CHECK(cause_of(examine({"127.0.0.1:" + port, "-A", "::1"}).report) == "input-family-left-out");
}

}  // namespace mqttkit::testing
