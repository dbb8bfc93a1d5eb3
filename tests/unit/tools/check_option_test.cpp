// mqtt-doctor check: its own options, and those that count for each of its targets.
#include "command_line.hpp"
#include "support/temp_folder.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using namespace mqttkit::tools::test;

namespace {

using doctor_line = parsed<doctor_settings>;
using word_list = std::vector<std::string>;

struct listed {
  doctor_settings settings;
  parse_result result;
};

listed read_listed(const check_settings& given, const word_list& own) {
  listed made;
  made.result = parse_listed(given, own, made.settings, {}, nullptr);
  return made;
}

}  // namespace

TEST_CASE("check takes any number of targets as words") {
  const doctor_line line({"check", "broker.example", "mqtts://other.example", "--jobs", "10"});
  REQUIRE(line.runs());
  CHECK(line.settings.command == subcommand::check);
  CHECK(line.settings.check.targets == word_list{"broker.example", "mqtts://other.example"});
  CHECK(line.settings.check.jobs == 10);
  CHECK(doctor_line({"check", "--targets", "brokers.txt"}).settings.check.targets_file ==
        "brokers.txt");
  CHECK(doctor_line({"check"}).error() ==
        "check needs {TARGET... | --targets FILE}, nothing follows it");
}

TEST_CASE("what stands beside check counts for every target, and a target's own words win") {
  const doctor_line line({"check", "a", "b", "-u", "probe", "-P", "secret", "--insecure", "-t",
                          "home/door", "--tag", "site=berlin"});
  REQUIRE(line.runs());
  const listed plain = read_listed(line.settings.check, {"a"});
  REQUIRE_MESSAGE(plain.result.outcome.run, plain.result.err);
  CHECK(plain.settings.client.session.user_name == "probe");
  CHECK(plain.settings.client.session.password == "secret");
  CHECK(plain.settings.topic == "home/door");
  CHECK(plain.settings.check.tags == std::vector<check_tag>{{"site", "berlin"}});
  const listed own = read_listed(line.settings.check,
                                 {"b", "-u", "other", "--tag", "site=ulm", "--name", "Hall 3"});
  REQUIRE_MESSAGE(own.result.outcome.run, own.result.err);
  CHECK(own.settings.client.session.user_name == "other");
  CHECK(own.settings.check.tags == std::vector<check_tag>{{"site", "ulm"}});
  CHECK(own.settings.check.name == "Hall 3");
  // ps(1) does not show it.
  CHECK(line.line.shown().find("secret") == std::string::npos);
}

TEST_CASE("a password in the URL of a target reaches it, and is not kept in what is shown") {
  const listed made = read_listed({}, {"mqtt://u:secret@broker.example"});
  REQUIRE_MESSAGE(made.result.outcome.run, made.result.err);
  CHECK(made.settings.client.session.password == "secret");
  CHECK(made.settings.typed == "mqtt://u:***@broker.example");
}

TEST_CASE("a line names one target, by a word or by -h") {
  CHECK(read_listed({}, {"-h", "broker.example"}).settings.client.dial.host == "broker.example");
  CHECK(read_listed({}, {"a", "b"}).result.wrong == "'a' and 'b' are two targets; one at a time");
  CHECK(read_listed({}, {"--tag", "x=y"}).result.wrong == "a target is missing");
  CHECK(read_listed({}, {"mqtt://h:99999"}).result.wrong ==
        "the target: the port must be 1 to 65535");
  CHECK(read_listed({}, {"h", "--jobs", "3"}).result.wrong ==
        "--jobs is not of one target but of check");
}

TEST_CASE("options that cannot count for many are refused with the reason") {
  const auto error = [](std::vector<std::string_view> more) {
    more.insert(more.begin(), {"check", "a"});
    return doctor_line(more).error();
  };
  CHECK(error({"--ask-password"}) ==
        "--ask-password: nobody can be asked for each of many; use --password-file FILE");
  CHECK(error({"--on-broker"}) == "--on-broker has no meaning with check");
  CHECK(error({"-v"}) == "-v has no meaning with check");
  CHECK(error({"-h", "b"}) == "-h and the targets of check exclude each other");
  CHECK(error({"b", "--name", "x"}) == "--name is for one target; in FILE each has its own");
  CHECK(error({"--nagios", "--json"}) == "--nagios and --json exclude each other");
  CHECK(error({"--nagios", "--every", "60s"}) == "--nagios and --every exclude each other");
  CHECK(error({"--on-change", "tell"}) == "--on-change needs --state FILE or --every");
  CHECK(error({"--tag", "site"}) == "--tag site: KEY=VALUE is needed, as in site=berlin");
  CHECK(error({"--tag", "9=x"}) == "--tag 9=x: KEY=VALUE is needed, as in site=berlin");
  CHECK(error({"--tag", "job=x"}) == "--tag job=x: that key is taken by the doctor's own labels");
  CHECK(error({"--jobs", "201"}) == "--jobs 201: a number from 1 to 200 is needed");
  CHECK(error({"--every", "10ms"}) ==
        "--every 10ms: a time of at least one second is needed, as in 60s");
  CHECK(doctor_line({"a", "--nagios"}).error() ==
        "--nagios goes with check: mqtt-doctor check {TARGET... | --targets FILE}");
}

TEST_CASE("--on-change is parted into words and goes to no shell") {
  const doctor_line line({"check", "a", "--state", "s", "--on-change", "tell 'to me' $HOME"});
  CHECK(line.settings.check.on_change == word_list{"tell", "to me", "$HOME"});
  CHECK_FALSE(doctor_line({"check", "a", "--state", "s", "--on-change", "tell 'x"}).runs());
}
