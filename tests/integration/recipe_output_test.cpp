// What the recipes of the guide and of the manual pages promise, they print, publish or write: each
// that can be run beside a broker of this machine is.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <regex>

#include "programs.hpp"
#include "recipes.hpp"

namespace mqttkit::testing {
namespace {

// A recipe, and what must come of it.
struct meal {
  std::string recipe = {};            // as it begins in the file
  std::string more = {};              // options for those that go on for ever, or ask
  std::vector<words> published = {};  // while it runs; with -r before
  std::string printed = {};           // a regular expression
  std::string heard = {};             // likewise, by who subscribes to everything with -v
  std::string afterwards = {};        // a command of the shell, whose output must match...
  std::string found = {};             // ... this
};

const std::string anything = "(.|\n)*";
const std::vector<words> on{{"-t", "room/a", "-m", "on"}};
const std::vector<words> kept{{"-t", "room/a", "-m", "on", "-r"}};

const std::vector<meal> meals_of_guide{
    {"mqtt-sub -h localhost -t 'test/#' -v", "-C 1", {{"-t", "test/x", "-m", "y"}}, "test/x y\n"},
    {"mqtt-pub -h localhost -t test/topic", "", {}, "", "test/topic hello world\n"},
    {"mqtt-sub -h localhost -t test -u USER",
     "-C 1",
     {{"-t", "test", "-m", "y"}},
     R"re(\{"tst":"[^"]+","topic":"test","qos":0,"retain":0,"payloadlen":1,"payload":"y"\}\n)re"},
    {"tail -f app.log |", "", {}, "", "logs/app one\nlogs/app two\n"},
    {"mqtt-sub --profile lab -t 'test/#'", "-C 1", {{"-t", "test/x", "-m", "y"}}, "y\n"},
    {"pass mqtt/lab | mqtt-pub --profile lab", "", {}, "", "test hello\n"},

    {"mqtt-sub -t 'room/#' -q 1 --json | jq",
     "-C 2",
     {{"-t", "room/a", "-m", "x"}, {"-t", "room/b", "-m", "x", "-q", "1"}},
     "room/b\n"},
    {"mqtt-sub -t 'spBv1.0/#' --json --decode sparkplug",
     "-C 1",
     {{"-t", "spBv1.0/g/NBIRTH/n", "-f", "birth"}},
     anything + R"re("name":"t")re" + anything},
    {"mqtt-sub -t '#' --json -q 2 -W 86400 > day.json", "-C 1", on, "", "", "jq -r .topic day.json",
     "room/a\n"},
    {"mqtt-pub -L mqtt://other.example --from-json", "", {}, "", "room/b 1\nroom/c 2\n"},
    {"mqtt-pub --request -t service/time -m now -W 5      ", "", {}, "noon\n"},
    {"mqtt-pub --request -t service/time -m now -W 5 --latency",
     "",
     {},
     anything + "noon\n" + anything,
     "",
     "",
     ""},

    {"mqtt-sub -t 'room/#'      ", "-C 1", on, "on\n"},
    {"mqtt-sub -t 'room/#' -v --retained only", "", kept, "room/a on\n"},
    {"mqtt-sub -t 'room/#' --subscribe 'qos=2,topic=bill/#' -v",
     "-C 2",
     {{"-t", "bill/1", "-m", "9", "-q", "2"}, {"-t", "room/a", "-m", "on"}},
     "bill/1 9\nroom/a on\n"},
    {"mqtt-sub -t 'room/#' -v --idle 10s", "--idle 1s", on, "room/a on\n"},
    {"mqtt-sub -t 'room/#' -v --wait-broker 30s", "-C 1", on, "room/a on\n"},
    {"mqtt-sub -t 'room/#' -v --changed --where",
     "-C 2",
     {{"-t", "room/a", "-m", "{\"temp\":19}"},
      {"-t", "room/a", "-m", "{\"temp\":21}"},
      {"-t", "room/a", "-m", "{\"temp\":21}"},
      {"-t", "room/a", "-m", "{\"temp\":22}"}},
     R"re(room/a \{"temp":21\}\nroom/a \{"temp":22\}\n)re"},
    {"mqtt-sub -t camera/1 -C 1 --raw",
     "",
     {{"-t", "camera/1", "-m", "JFIF"}},
     "",
     "",
     "cat picture.jpg",
     "JFIF"},
    {"mqtt-sub -t '#' -W 5 --tree",
     "-C 2",
     {{"-t", "room/a", "-m", "1"}, {"-t", "room/b", "-m", "2"}},
     "room\n├── a  1\n└── b  2\n"},
    {"mqtt-sub -t '#' --summary-every 2s",
     "-C 2",
     {{"-t", "room/a", "-m", "1"}, {"-t", "room/a", "-m", "7"}},
     anything + "room/a .*7\n" + anything},
    {"mqtt-sub -t 'room/#' -v --watch", "-C 1", on, anything + "room/a on" + anything},
    {"mqtt-sub -t '#' --message-rate", "-W 3", on, anything + R"(\d)" + anything},
    {"mqtt-sub -t '#' --json --events json 2> link.jsonl", "-C 1", on,
     anything + R"re("topic":"room/a")re" + anything, "", "jq -r .event link.jsonl",
     anything + "connect" + anything},
    {"mqtt-sub --clean-retained 'old/#' --dry-run",
     "",
     {{"-t", "old/a", "-m", "1", "-r"}},
     anything + "old/a" + anything},
    {"mqtt-sub --clean-retained 'old/#'      ",
     "--yes",
     {{"-t", "old/a", "-m", "1", "-r"}},
     anything,
     "old/a (1|\\(null\\))\n" + anything},

    {"mqtt-sub -t '#' --json -q 1 --out day.jsonl", "-C 1", on, "", "",
     "cat day*.jsonl | jq -r .payload", "on\n"},
    {"mqtt-sub -t 'room/#' --out rooms/ --per-topic", "-C 1", on, "", "",
     "find rooms -type f | xargs cat", "on\n"},
    {"mqtt-sub -t 'door/+' -q 1 --exec 'notify-send",
     "-C 1",
     {{"-t", "door/1", "-m", "x"}},
     "",
     "",
     "cat notified",
     "--urgency=low doorbell door/1\n"},
    {"mqtt-sub -t 'upload/#' --exec-shell 'gzip",
     "-C 1",
     {{"-t", "upload/1", "-m", "photo"}},
     "",
     "",
     "zcat *.gz",
     "photo"},
    {"mqtt-sub -t service/time -q 1 --reply-exec date",
     "-C 1",
     {{"--request", "-t", "service/time", "-m", "now", "-W", "5"}},
     ""},

    {"mqtt-pub -l --key-sep ' ' -q 1 <", "", {}, "", "room/b 1\nroom/c two words\n"},
    {"mqtt-pub -t sensor/1 -l --in hex <", "", {}, "", "sensor/1 hi\n"},
    {"mqtt-pub -t sensor/1 --every 10s --template",
     "--repeat 1",
     {},
     "",
     R"re(sensor/1 \{"n":\d,"c":\d\d\.\d+\}\n)re"},
    {"mqtt-pub --from-json day.json --replay", "", {}, "", "room/b 1\nroom/c 2\n"},
    {"mqtt-pub -t load/test -l -q 1 --rate 500", "", {}, "", "load/test one\nload/test two\n"},
    {"sensor | mqtt-pub -t sensor/1 -l --outbox", "", {}, "", "sensor/1 21.5\n"},
    {"mqtt-pub -t sensor/1 -m 21.5 --outbox", "", {}, "", "sensor/1 21.5\n"},

    {"mqtt-doctor broker.example      ", "", {}, anything + "Nothing is wrong" + anything},
    {"mqtt-doctor broker.example -4", "", {}, anything + "Nothing is wrong" + anything},
    {"mqtt-doctor delivery broker.example -t home/door --publish      ",
     "",
     {},
     anything + "15 messages on home/door arrived" + anything},
    {"mqtt-doctor delivery broker.example -t home/+ --sent-to /home/door",
     "",
     {},
     anything + "/home/door" + anything},
    {"mqtt-doctor delivery broker.example --offline -c -q 1 -V 5",
     "",
     {},
     anything + "offline" + anything},
    {"mqtt-doctor delivery broker.example -t home/door --retained",
     "",
     {{"-t", "home/door", "-m", "open", "-r"}},
     anything + "retained" + anything},
    {"mqtt-doctor delivery broker.example --size 5M", "", {}, anything + "size" + anything},
    {"mqtt-doctor delivery broker.example -t home/door --publish --sent-via",
     "",
     {},
     anything + "arrived" + anything},
    {"mqtt-doctor broker.example --json | jq", "", {}, "healthy\n"},
    {"mqtt-doctor explain --said 'rc=-2'", "", {}, anything + "PubSubClient" + anything},
    {"mqtt-doctor explain --said 'Error: connack timeout'",
     "",
     {},
     anything + "not answered in time" + anything},
    {"mqtt-doctor broker.example:1883 --json > laptop.json",
     "",
     {},
     "",
     "",
     "jq -r .healthy laptop.json",
     "true\n"},
    {"mqtt-doctor explain server.json laptop.json --report",
     "",
     {},
     anything,
     "",
     "grep -c '</html>' report.html",
     "1\n"},
};

const std::vector<meal> meals_of_pub{
    {"mqtt-pub -h broker.example -t room/light -m on -q 1 -r", "", {}, "", "room/light on\n"},
    {"mqtt-pub -h broker.example -t room/light -n -r", "", {}, "", "room/light (\\(null\\))?\n"},
    {"sensor | mqtt-pub -h broker.example -t room/temperature -l    ",
     "",
     {},
     "",
     "room/temperature 21.5\n"},
    {"mqtt-pub -h broker.example -l --key-sep '\\t'", "", {}, "", "room/b 1\nroom/c 2\n"},
    {"mqtt-pub -t room/1 --every 10s --template",
     "--repeat 1",
     {},
     "",
     R"re(room/1 \{"n":\d,"celsius":\d\d\.\d+\}\n)re"},
    {"mqtt-sub -h broker.example -t '#' --json > day.json", "-C 1", on, "", "",
     "jq -r .topic day.json", "room/a\n"},
    {"mqtt-pub -h test.example --from-json day.json", "", {}, "", "room/b 1\nroom/c 2\n"},
    {"sensor | mqtt-pub -h broker.example -t room/temperature -l --outbox",
     "",
     {},
     "",
     "room/temperature 21.5\n"},
    {"mqtt-pub -t room/door -m open -D publish message-expiry", "", {}, "", "room/door open\n"},
    {"mqtt-pub --request -t service/time -m now -W 5", "", {}, "noon\n"},
};

const std::vector<meal> meals_of_sub{
    {"mqtt-sub -h broker.example -t 'room/#' -v", "-C 1", on, "room/a on\n"},
    {"mqtt-sub -t '#' -F %j | jq .payload", "-C 1", on, "\"on\"\n"},
    {"mqtt-sub -t room/temperature -C 1 -W 10",
     "",
     {{"-t", "room/temperature", "-m", "21.5"}},
     "21.5\n"},
    {"mqtt-sub -t '#' -F '@Y-@m-@d", "-C 1", on, R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d room/a 6f6e\n)"},
    {"mqtt-sub --clean-retained 'room/#' -T", "--yes", kept, anything,
     "room/a (on|\\(null\\))\n" + anything},
    {"mqtt-sub -t 'room/#' -q 1 -c -i archive -W 5", "-W 1", on, "on\n"},
    {"mqtt-sub -t 'room/#' -v --retained only", "", kept, "room/a on\n"},
    {"mqtt-sub -t 'room/#' --idle 10s", "--idle 1s", on, "on\n"},
    {"mqtt-sub -t '#' -W 5 --tree", "-C 1", {{"-t", "room", "-m", "1"}}, "room  1\n"},
};

const std::vector<meal> meals_of_doctor{
    {"mqtt-doctor broker.example", "", {}, anything + "Nothing is wrong" + anything},
    {"mqtt-doctor explain --said", "", {}, anything + "PubSubClient" + anything},
    {"mqtt-doctor broker.example:1883 --report report.html",
     "",
     {},
     anything,
     "",
     "grep -c '</html>' report.html",
     "1\n"},
};

// A broker, and a folder with what the recipes name.
class kitchen {
 public:
  explicit kitchen(const meal& each) {
    std::filesystem::create_directories(folder_.path() / "mqtt-toolkit");
    folder_.write("mqtt-toolkit/config", "[lab]\nhost = lab.example\nusername = me\n");
    folder_.write("app.log", "one\ntwo\n");
    folder_.write("lines.txt", "one\ntwo\n");
    folder_.write("frames.hex", "6869\n");
    folder_.write("topic-and-payload.txt", "room/b 1\nroom/c two words\n");
    folder_.write("values.tsv", "room/b\t1\nroom/c\t2\n");
    folder_.write("day.json",
                  "{\"ts\":\"2026-01-02T03:04:05.000000Z\",\"topic\":\"room/"
                  "b\",\"payload\":\"1\"}\n{\"ts\":\"2026-01-02T03:04:05.000001Z\",\"topic\":"
                  "\"room/c\",\"payload\":\"2\"}\n");
    // One metric of Sparkplug B: t, an Int32, is 5.
    folder_.write("birth", std::string("\x08\x01\x12\x07\x0a\x01t\x20\x03\x50\x05\x18\x00", 13));
    for (const std::string name : {"mqtt-pub", "mqtt-sub"}) {
      add(name, "exec '" + program(name) + "' \"$@\" -h 127.0.0.1 -p " + port() + " " + each.more);
    }
    add("mqtt-doctor", "exec '" + program("mqtt-doctor") + "' \"$@\"");
    add("sensor", "echo 21.5");
    add("pass", "echo secret");
    add("tail", "cat app.log");
    add("notify-send", "echo \"$* $MQTT_TOPIC\" >notified");
  }

  std::string port() const { return std::to_string(broker_.port()); }
  const mosquitto& broker() const { return broker_; }

  process_options shell(std::string line) const {
    replace_all(line, "/var/spool/mqtt", "spool");
    // The doctor takes a target as it stands; the others are told where to go.
    replace_all(line, "broker.example:1883", "127.0.0.1:" + port());
    replace_all(line, "mqtt-doctor broker.example", "mqtt-doctor 127.0.0.1:" + port());
    replace_all(line, "delivery broker.example", "delivery 127.0.0.1:" + port());
    replace_all(line, "--sent-via other.example", "--sent-via 127.0.0.1:" + port());
    process_options options;
    options.command = {"/bin/sh", "-c", line};
    options.working_folder = folder_.path().string();
    options.environment = {{"PATH", folder_.path().string() + ":/usr/bin:/bin"},
                           {"HOME", folder_.path().string()},
                           {"LANG", "C.UTF-8"},
                           {"XDG_CONFIG_HOME", folder_.path().string()}};
    return options;
  }

  void publish(const words& message) const {
    process_options options;
    options.command = pub(at(broker_) + message);
    options.working_folder = folder_.path().string();
    const finished done = run(std::move(options));
    CHECK_MESSAGE(done.code == 0, done.err);
  }

 private:
  void add(const std::string& name, const std::string& script) {
    const std::string path = folder_.write(name, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

  mosquitto broker_;
  temp_folder folder_;
};

bool matches(const std::string& text, const std::string& pattern) {
  return pattern.empty() || std::regex_match(text, std::regex(pattern));
}

void cook(const meal& each, const std::string& line) {
  kitchen place(each);
  std::size_t subscribers = 0;
  // Who hears what the recipe publishes, and who answers its requests.
  std::optional<subscription_of> listener, answerer;
  if (!each.heard.empty()) {
    listener.emplace(place.broker(), words{"-t", "#", "-v", "--idle", "2s"} + at(place.broker()));
    ++subscribers;
  }
  const bool asks = line.find("mqtt-pub --request") != std::string::npos;
  if (asks) {
    answerer.emplace(place.broker(), words{"-t", "service/time", "-q", "1", "-C", "1",
                                           "--reply-exec", "printf noon"} +
                                         at(place.broker()));
    subscribers += 1;
  }
  const auto is_kept = [](const words& message) {
    return std::find(message.begin(), message.end(), "-r") != message.end();
  };
  for (const words& message : each.published)
    if (is_kept(message)) place.publish(message);
  if (line.find("explain server.json") != std::string::npos) {
    process before(place.shell("mqtt-doctor broker.example --json | tee server.json >laptop.json"));
    REQUIRE(before.wait().has_value());
  }
  process recipe(place.shell(line));
  const bool subscribes = line.find("mqtt-sub") != std::string::npos;
  if (subscribes) REQUIRE_MESSAGE(place.broker().has_subscribed(subscribers + 1), recipe.err());
  for (const words& message : each.published)
    if (!is_kept(message)) place.publish(message);
  REQUIRE_MESSAGE(recipe.wait().has_value(), recipe.out() << recipe.err());
  CHECK_MESSAGE(matches(recipe.out(), each.printed), recipe.out() << recipe.err());
  if (listener) {
    const std::string heard = listener->output();
    CHECK_MESSAGE(matches(heard, each.heard), heard << recipe.err());
  }
  if (each.afterwards.empty()) return;
  process after(place.shell(each.afterwards));
  REQUIRE(after.wait().has_value());
  CHECK_MESSAGE(matches(after.out(), each.found), after.out() << after.err() << recipe.err());
}

void all_keep_their_word(const words& recipes, const std::vector<meal>& meals) {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("jq");
  for (const meal& each : meals) {
    CAPTURE(each.recipe);
    const auto found = std::find_if(recipes.begin(), recipes.end(), [&](const std::string& line) {
      return line.starts_with(each.recipe) || line + "      " == each.recipe ||
             line + "    " == each.recipe;
    });
    REQUIRE_MESSAGE(found != recipes.end(), "the recipe is not there any more");
    cook(each, *found);
  }
}

}  // namespace

TEST_CASE("the recipes of the guide do what they promise") {
  all_keep_their_word(recipes_of_guide(file_of_the_project("man/guide.md")), meals_of_guide);
}

TEST_CASE("the examples of mqtt-pub(1) do what they promise") {
  all_keep_their_word(recipes_of_page(file_of_the_project("man/mqtt-pub.1")), meals_of_pub);
}

TEST_CASE("the examples of mqtt-sub(1) do what they promise") {
  all_keep_their_word(recipes_of_page(file_of_the_project("man/mqtt-sub.1")), meals_of_sub);
}

TEST_CASE("the examples of mqtt-doctor(1) do what they promise") {
  all_keep_their_word(recipes_of_page(file_of_the_project("man/mqtt-doctor.1")), meals_of_doctor);
}

}  // namespace mqttkit::testing
