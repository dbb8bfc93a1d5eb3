// Slips: one thing typed where another belongs.
#include "mqtt-doctor/options/slip.hpp"

#include "command_line.hpp"

using namespace mqttkit::tools;
using namespace mqttkit::tools::test;

namespace {
using doctor_line = parsed<doctor_settings>;

std::string pub_error(std::vector<std::string_view> words) {
  return parsed<pub_settings>(words).error();
}
std::string sub_error(std::vector<std::string_view> words) {
  return parsed<sub_settings>(words).error();
}
}  // namespace

TEST_CASE("a number alone is a port of this machine, and behind a host a port of that") {
  for (const std::string_view command : {"", "phone", "delivery"}) {
    CAPTURE(command);
    std::vector<std::string_view> words{"18931"};
    if (!command.empty()) words.insert(words.begin(), command);
    const doctor_line alone(words);
    REQUIRE(alone.runs());
    CHECK(alone.settings.client.dial.host == "localhost");
    CHECK(alone.settings.client.dial.port == 18931);
    words.insert(words.end() - 1, "broker.example");
    const doctor_line behind(words);
    REQUIRE(behind.runs());
    CHECK(behind.settings.client.dial.host == "broker.example");
    CHECK(behind.settings.client.dial.port == 18931);
  }
  CHECK(doctor_line({"8883", "broker.example"}).settings.client.dial.port == 8883);
  // What can be no port is an address, however it is written.
  CHECK(doctor_line({"3232235777"}).settings.client.dial.host == "3232235777");
  CHECK(doctor_line({"01883"}).settings.client.dial.host == "01883");
  CHECK(doctor_line({"65536"}).settings.client.dial.host == "65536");
}

TEST_CASE("two ports behind check are two brokers of this machine, a host and a port are one") {
  CHECK(doctor_line({"check", "1883", "1884"}).settings.check.targets.size() == 2);
  CHECK(doctor_line({"check", "localhost", "1884"}).error() ==
        "'localhost' and '1884' are two targets; a port goes with the host: localhost:1884");
  check_settings all;
  doctor_settings alone;
  REQUIRE(parse_listed(all, {"1884"}, alone, {}, nullptr).outcome.run);
  CHECK(alone.typed == "localhost:1884");
  CHECK(alone.client.dial.host == "localhost");
  CHECK(alone.client.dial.port == 1884);
  doctor_settings behind;
  REQUIRE(parse_listed(all, {"hall.example", "1884"}, behind, {}, nullptr).outcome.run);
  CHECK(behind.client.dial.host == "hall.example");
  CHECK(behind.client.dial.port == 1884);
}

TEST_CASE("the name of a file where a target belongs is told its place") {
  CHECK(doctor_line({"check", "brokers.txt"}).error() ==
        "'brokers.txt' is the name of a file; a list of targets: mqtt-doctor check --targets "
        "brokers.txt");
  CHECK(doctor_line({"check", "a", "/etc/mqtt/brokers"}).error() ==
        "'/etc/mqtt/brokers' is the name of a file; a list of targets: mqtt-doctor check "
        "--targets /etc/mqtt/brokers");
  CHECK(doctor_line({"seen.pcapng"}).error() ==
        "'seen.pcapng' is the name of a file; to read it: mqtt-doctor explain seen.pcapng");
  CHECK(doctor_line({"delivery", "facts.json"}).error() ==
        "'facts.json' is the name of a file; to read it: mqtt-doctor explain facts.json");
  CHECK(doctor_line({"/etc/mosquitto/mosquitto.conf"}).error() ==
        "'/etc/mosquitto/mosquitto.conf' is the name of a file; a broker's configuration is read "
        "by mqtt-doctor localhost --on-broker");
  for (const std::string_view host : {"broker.example", "localhost", "txt", "10.0.0.7", "a.b:1",
                                      "mqtt://h/a.txt", "me:secret@x.txt"})
    CHECK_MESSAGE(file_for_target(host, true).empty(), host);
}

TEST_CASE("a command that is misspelt is known by its letters") {
  CHECK(command_near("fone") == "mqtt-doctor phone");
  CHECK(command_near("Phon") == "mqtt-doctor phone");
  CHECK(command_near("chekc") == "mqtt-doctor check");
  CHECK(command_near("explian") == "mqtt-doctor explain");
  CHECK(command_near("lisen") == "mqtt-doctor listen");
  CHECK(command_near("help") == "mqtt-doctor --help");
  for (const std::string_view host : {"broker", "mosquitto", "nas", "phone.example", "server"})
    CHECK_MESSAGE(command_near(host).empty(), host);
}

TEST_CASE("what an app shows is told from the names of files") {
  CHECK(are_words_of_app({"rc=-2"}));
  CHECK(are_words_of_app({"Connection", "refused:", "not", "authorised"}));
  CHECK_FALSE(are_words_of_app({"server.json", "laptop"}));
  CHECK_FALSE(are_words_of_app({"./rc"}));
  CHECK_FALSE(are_words_of_app({"-"}));
}

TEST_CASE("a command of another program in front of mqtt-pub and mqtt-sub is told") {
  const std::string none = ": no option takes this word; ";
  CHECK(pub_error({"publish", "-t", "a", "-m", "b"}) ==
        "'publish'" + none + "leave it out: mqtt-pub does nothing else");
  CHECK(sub_error({"sub", "-t", "a"}) ==
        "'sub'" + none + "leave it out: mqtt-sub does nothing else");
  CHECK(pub_error({"subscribe"}) == "'subscribe'" + none + "mqtt-sub subscribes");
  CHECK(sub_error({"pub"}) == "'pub'" + none + "mqtt-pub publishes");
  CHECK(sub_error({"help"}) == "'help'" + none + "did you mean --help?");
  CHECK(pub_error({"version"}) == "'version'" + none + "did you mean --version?");
  CHECK(sub_error({"check", "localhost"}) ==
        "'check'" + none + "it is a command of mqtt-doctor: mqtt-doctor check");
}

TEST_CASE("a host where no word belongs is told its option") {
  CHECK(sub_error({"localhost"}) ==
        "'localhost': no option takes this word; a broker goes after -h: -h localhost");
  CHECK(pub_error({"broker.example", "-t", "a"}) ==
        "'broker.example': no option takes this word; a broker goes after -h: -h broker.example");
  CHECK(sub_error({"-h", "a", "b.c"}) == "'b.c': no option takes this word; a topic goes after -t");
}

TEST_CASE("a login in front of a bare host is used, and blanked in what is kept") {
  for (const std::string_view typed :
       {"u:secret@other:8883", "mqtt://u:secret@other:8883", "u:secret@other:8883/home"}) {
    CAPTURE(typed);
    const doctor_line line({typed});
    REQUIRE(line.runs());
    CHECK(line.settings.client.dial.host == "other");
    CHECK(line.settings.client.dial.port == 8883);
    CHECK(line.settings.client.session.user_name == "u");
    CHECK(line.settings.client.session.password == "secret");
    CHECK(line.settings.typed.find("secret") == std::string::npos);
  }
}

TEST_CASE("a port behind something else than a colon, and a scheme without ://, are understood") {
  for (const std::string_view typed :
       {"10.0.0.5;8883", "10.0.0.5,8883", "10.0.0.5 8883", "10.0.0.5 port 8883", "10.0.0.5.8883",
        "10.0.0.5::8883", "10.0.0.5/8883", "mqtt:\\\\10.0.0.5:8883", "mqtt//10.0.0.5:8883",
        "mqtt;//10.0.0.5:8883", "mqtt.//10.0.0.5:8883", "mqtt:10.0.0.5:8883"}) {
    CAPTURE(typed);
    const doctor_line line({typed});
    REQUIRE(line.runs());
    CHECK(line.settings.client.dial.host == "10.0.0.5");
    CHECK(line.settings.client.dial.port == 8883);
    CHECK(line.settings.mended.size() == 1);
  }
  for (const std::string_view typed :
       {"mqtt:1883", "MQTT://10.0.0.5", "tcp.broker.net", "ws.broker.net:9001", "ssl", "mqtt/path",
        "10.0.0.5/24", "2001:db8::1883", "broker7.net", "broker.net/8883"}) {
    CAPTURE(typed);
    const doctor_line line({typed});
    REQUIRE(line.runs());
    CHECK(line.settings.mended.empty());
  }
}

TEST_CASE("a blank behind the host is told, with and without a port") {
  for (const std::string_view typed : {"10.0.0.5 ", "broker.net ", "10.0.0.5:1883 ", "7.broker "}) {
    CAPTURE(typed);
    const doctor_line line({typed});
    REQUIRE(line.runs());
    REQUIRE(line.settings.mended.size() == 1);
    CHECK(line.settings.mended[0] == mqttkit::doctor::host_slip::spaces);
  }
}
