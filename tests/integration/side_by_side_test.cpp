// The same command lines given to mosquitto_pub and mqtt-pub, to mosquitto_sub and mqtt-sub, on the
// same broker: subscribers, standard output and the exit status must not tell one from the other.
// drop_in_test.cpp has mosquitto_rr, format_parity_test.cpp every escape of -F.
#include <map>

#include "programs.hpp"

namespace mqttkit::testing {
namespace {

// What a publisher sends, seen by a subscriber that runs all the time.
class onlooker {
 public:
  explicit onlooker(const mosquitto& broker)
      : broker_(broker),
        watched_(broker,
                 at(broker) + words{"-V", "5", "-q", "2", "-t", "#", "-F",
                                    "%t|%x|%q|%r|%C|%D|%F|%P|%R", "--retain-as-published"}) {}

  // Everything that came since the last call.
  std::string news() {
    const std::string mark = "mark/" + std::to_string(++marks_);
    REQUIRE(run_pub(at(broker_) + words{"-t", mark, "-m", "x", "-q", "2"}).code == 0);
    REQUIRE(watched_.running().prints(mark + "|"));
    const std::string all = watched_.running().out();
    const std::size_t end = all.find(mark + "|");
    const std::string fresh = all.substr(seen_, end - seen_);
    seen_ = all.find('\n', end) + 1;
    return fresh;
  }

 private:
  const mosquitto& broker_;
  subscription_of watched_;
  std::size_t seen_ = 0;
  int marks_ = 0;
};

finished run_in(const mosquitto& broker, const std::string& client, const words& arguments) {
  process_options options;
  options.command = words{client} + arguments;
  options.working_folder = broker.folder().path().string();
  options.input = input_from::text;
  options.text = std::string("l1\n\nlast\xFF", 9);
  return run(std::move(options));
}

void publish_the_same(const std::vector<words>& lines) {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("mosquitto_pub");
  mosquitto broker;
  broker.folder().write("file", std::string("of\0bytes\n", 9));
  onlooker watcher(broker);
  for (words line : lines) {
    std::string shown;
    for (std::string& word : line) {
      if (word == "URL") word = "mqtt://127.0.0.1:" + std::to_string(broker.port()) + "/of/url";
      shown += word + " ";
    }
    CAPTURE(shown);
    if (line.front() != "-L") line = at(broker) + line;
    const finished theirs = run_in(broker, "mosquitto_pub", line);
    const std::string from_theirs = watcher.news();
    const finished ours = run_in(broker, program("mqtt-pub"), line);
    const std::string from_ours = watcher.news();
    CHECK_MESSAGE(theirs.code == 0, theirs.err);  // or there is nothing to compare
    CHECK_MESSAGE(ours.code == theirs.code, ours.err);
    CHECK(ours.out == theirs.out);
    CHECK(from_theirs != "");
    CHECK(from_ours == from_theirs);
  }
}

// Five retained messages, one of them with properties and one that is not text.
void fill(const mosquitto& broker) {
  for (const std::string name : {"1", "2", "3"})
    REQUIRE(run_pub(at(broker) +
                    words{"-t", "d/" + name, "-r", "-q", name == "3" ? "2" : "1", "-m", "p" + name})
                .code == 0);
  REQUIRE(
      run_in(broker, program("mqtt-pub"), at(broker) + words{"-t", "d/bytes", "-r", "-f", "file"})
          .code == 0);
  REQUIRE(run_pub(at(broker) + words{"-t", "d/v5", "-r", "-q", "1", "-m", R"({"a": [1]})", "-D",
                                     "publish", "content-type", "text/json", "-D", "publish",
                                     "user-property", "k", "v"})
              .code == 0);
}

void subscribe_the_same(const std::vector<words>& lines) {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("mosquitto_sub");
  mosquitto broker;
  broker.folder().write("file", std::string("\xFF\0\x01", 3));
  fill(broker);
  // A session of its own for each: mosquitto_sub may leave before its last acknowledgement is
  // read, and the broker would send that message to ours first.
  const auto as_client = [&](words line, const std::string& identifier) {
    for (std::string& word : line) {
      if (word == "URL") word = "mqtt://127.0.0.1:" + std::to_string(broker.port()) + "/d/1";
      if (word == "IDENTIFIER") word = identifier;
    }
    return line.front() == "-L" ? line : at(broker) + line;
  };
  for (const words& line : lines) {
    std::string shown;
    for (const std::string& word : line) shown += word + " ";
    CAPTURE(shown);
    const finished theirs = run_in(broker, "mosquitto_sub", as_client(line, "theirs"));
    const finished ours = run_in(broker, program("mqtt-sub"), as_client(line, "ours"));
    CHECK_MESSAGE((theirs.code == 0 || theirs.code == 27), theirs.err);
    CHECK_MESSAGE(ours.code == theirs.code, ours.err);
    CHECK(ours.out == theirs.out);
  }
}

}  // namespace

TEST_CASE("mosquitto_pub: -m, -f, -s, -l and -n send the same") {
  publish_the_same({
      {"-t", "a", "-m", "hello"},
      {"-t", "a", "-m", ""},
      {"-t", "a", "-m", "-x"},
      {"--topic", "a", "--message", "long names", "--qos", "1"},
      {"-t", "a", "-f", "file"},
      {"-t", "a", "--file", "file", "-q", "2"},
      {"-t", "a", "-s"},
      {"-t", "a", "--stdin-file"},
      {"-t", "a", "-l"},
      {"-t", "a", "--stdin-line", "-q", "1"},
      {"-t", "a", "-l", "-q", "2"},
      {"-t", "a", "-n"},
      {"-t", "a", "-r", "-m", "kept"},
      {"-t", "a", "--retain", "--null-message"},
  });
}

TEST_CASE("mosquitto_pub: --repeat and --repeat-delay send the same") {
  publish_the_same({
      {"-t", "a", "-m", "x", "--repeat", "3"},
      {"-t", "a", "-m", "x", "--repeat", "2", "--repeat-delay", "0.02"},
      {"-t", "a", "-f", "file", "--repeat", "2", "-q", "1"},
      {"-t", "a", "-s", "--repeat", "2"},
      {"-t", "a", "-n", "--repeat", "2"},
      {"-t", "a", "-l", "--repeat", "2"},
  });
}

TEST_CASE("mosquitto_pub: options of the connection and the session send the same") {
  publish_the_same({
      {"-L", "URL", "-m", "x"},
      {"-t", "a", "-m", "x", "-i", "me"},
      {"-t", "a", "-m", "x", "-I", "me"},
      {"-t", "a", "-m", "x", "-i", "me", "-c"},
      {"-t", "a", "-m", "x", "-u", "user", "-P", "pw"},
      {"-t", "a", "-m", "x", "-k", "30", "-M", "5", "--nodelay", "-A", "127.0.0.1", "--quiet"},
      {"-t", "a", "-m", "x", "--id", "me", "--keepalive", "30", "--disable-clean-session"},
      {"-t", "a", "-m", "x", "--host", "127.0.0.1", "--id-prefix", "me", "--username", "u", "--pw",
       "p"},
      {"-t", "a", "-m", "x", "-V", "mqttv31"},
      {"-t", "a", "-m", "x", "-V", "mqttv311"},
      {"-t", "a", "-m", "x", "-V", "311"},
      {"-t", "a", "-m", "x", "-V", "mqttv5", "-x", "10", "-i", "me"},
      {"-t", "a", "-m", "x", "--will-topic", "w", "--will-payload", "gone", "--will-qos", "1",
       "--will-retain"},
  });
}

TEST_CASE("mosquitto_pub: -D sends the same properties") {
  publish_the_same({
      {"-t", "a", "-m", "x", "-D", "publish", "content-type", "a/b"},
      {"-t",
       "a",
       "-m",
       "x",
       "-V",
       "5",
       "-D",
       "publish",
       "user-property",
       "k",
       "v",
       "-D",
       "publish",
       "user-property",
       "k",
       "w",
       "--property",
       "publish",
       "correlation-data",
       "cd"},
      {"-t", "a", "-m", "x", "-V", "5", "-D", "publish", "payload-format-indicator", "1", "-D",
       "publish", "response-topic", "r/t", "-D", "publish", "message-expiry-interval", "100"},
      {"-t", "a", "-m", "x", "-V", "5", "-D", "publish", "topic-alias", "2"},
      {"-t", "a", "-l", "-V", "5", "-D", "publish", "topic-alias", "2", "-q", "1"},
      {"-t", "a", "-m", "x", "-V", "5", "-D", "connect", "session-expiry-interval", "10", "-i",
       "me", "-D", "disconnect", "session-expiry-interval", "5"},
  });
}

TEST_CASE("mosquitto_sub: topics, counts and filters print the same") {
  subscribe_the_same({
      {"-t", "d/#", "-C", "5"},
      {"-t", "d/#", "-C", "5", "-v"},
      {"-t", "d/#", "-C", "5", "-N"},
      {"-t", "d/#", "-C", "3", "-v", "-N"},
      {"--topic", "d/1", "--topic", "d/2", "-C", "2", "--verbose"},
      {"-t", "d/+", "-T", "d/2", "-C", "4", "-v"},
      {"-t", "nothing", "-E"},
      {"-t", "d/1", "-U", "nothing", "-C", "1"},
      {"-t", "nothing", "-U", "d/#", "-E"},
      {"-t", "nothing", "-U", "d/#", "-V", "5", "-E"},
      {"-t", "nothing", "-U", "d/#", "-W", "1"},
      {"-t", "d/#", "-R", "-W", "1"},
      {"-t", "d/#", "--retained-only", "-C", "5", "-v"},
      {"-t", "nothing", "-W", "1"},
      {"-L", "URL", "-C", "1", "-v"},
  });
}

TEST_CASE("mosquitto_sub: -U alone is no subscription, and nothing is sent") {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("mosquitto_sub");
  mosquitto broker;
  const words line = at(broker) + words{"-U", "e/#", "-E"};
  const finished theirs = run_in(broker, "mosquitto_sub", line);
  const finished ours = run_in(broker, program("mqtt-sub"), line);
  CHECK(theirs.code == 1);
  CHECK(ours.code == 2);  // as every wrong command line of ours
  CHECK(theirs.out == "");
  CHECK(ours.out == "");
  CHECK(theirs.err.find("You must specify a topic to subscribe to.") != std::string::npos);
  CHECK(ours.err.find("no topic to subscribe to: give -t FILTER") != std::string::npos);
  CHECK(broker.log().find("UNSUBSCRIBE") == std::string::npos);
}

TEST_CASE("mosquitto_sub: -F, -q and -v print the same, whichever comes last") {
  subscribe_the_same({
      {"-t", "d/#", "-C", "5", "-q", "1", "-F", "%t %p %q %r %l %m"},
      {"-t", "d/1", "-C", "1", "-v", "-F", "%p"},
      {"-t", "d/1", "-C", "1", "-F", "%p", "-v"},
      {"-t", "d/1", "-C", "1", "-N", "-F", "%p"},
      {"-t", "d/1", "-C", "1", "-F", "%p", "-N"},
      {"-t", "d/v5", "-C", "1", "-V", "5", "-F", "%t %A %C %D %E %F %P %R %S"},
      {"-t", "d/v5", "-C", "1", "-V", "5", "-D", "subscribe", "subscription-identifier", "7", "-F",
       "%S"},
      {"-t", "d/#", "-C", "5", "-V", "5", "--retain-as-published", "-F", "%r %t"},
  });
}

TEST_CASE("mosquitto_sub: options of the connection and the session print the same") {
  subscribe_the_same({
      {"-t", "d/#", "-C", "5", "-v", "-V", "31"},
      {"-t", "d/#", "-C", "5", "-v", "-V", "mqttv311"},
      {"-t", "d/#", "-C", "5", "-v", "-V", "mqttv5"},
      {"-t", "d/#", "-C", "5", "-v", "-V", "5", "-x", "-1", "-i", "IDENTIFIER"},
      {"-t", "d/#", "-C", "5", "-v", "-V", "5", "-x", "\xE2\x88\x9E", "-i", "IDENTIFIER"},
      {"-t", "d/#", "-C", "5", "-v", "-q", "2", "-V", "5", "-D", "connect", "receive-maximum", "1"},
      {"-t", "d/#", "-C", "5", "-v", "-i", "IDENTIFIER", "-c", "-q", "1"},
      {"-t", "d/#", "-C", "5", "-v", "-I", "me", "-k", "10", "-M", "5", "--nodelay", "--quiet"},
      {"-t", "d/#", "-C", "5", "-v", "-u", "user", "-P", "pw", "-A", "127.0.0.1"},
      {"-t", "d/#", "-C", "5", "-v", "--will-topic", "w", "--will-payload", "x", "--will-qos", "1",
       "--will-retain"},
  });
}

TEST_CASE("mosquitto_sub: a kept session gets the same") {
  NEEDS_MOSQUITTO();
  NEEDS_PROGRAM("mosquitto_sub");
  mosquitto broker;
  std::map<std::string, std::string> got;
  for (const std::string& client : {std::string("mosquitto_sub"), program("mqtt-sub")}) {
    const words kept = at(broker) + words{"-t", "a", "-q", "2", "-c", "-i", "me"};
    REQUIRE(run_in(broker, client, kept + words{"-E"}).code == 0);
    for (const std::string qos : {"1", "2"})
      REQUIRE(run_pub(at(broker) + words{"-t", "a", "-m", "at " + qos, "-q", qos}).code == 0);
    const finished back = run_in(broker, client, kept + words{"-C", "2", "-F", "%q %p %m"});
    CHECK(back.code == 0);
    got[client] = back.out;
    // The next one begins anew.
    REQUIRE(run_sub(at(broker) + words{"-t", "a", "-i", "me", "-E"}).code == 0);
  }
  CHECK(got["mosquitto_sub"] == got[program("mqtt-sub")]);
  CHECK(got["mosquitto_sub"] != "");
}

}  // namespace mqttkit::testing
