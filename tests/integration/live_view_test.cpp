// What mqtt-sub shows while messages come, in place of the messages: --watch and --message-rate,
// the ways of mosquitto_sub 2.1.
#include "programs.hpp"

namespace mqttkit::testing {

TEST_CASE("--watch gives each topic a line, and shows the first line of its last message there") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of watcher(broker,
                          at(broker) + words{"-t", "room/+", "-v", "-w", "-C", "4", "-q", "1"});
  const auto say = [&broker](const std::string& topic, const std::string& text) {
    REQUIRE(run_pub(at(broker) + words{"-t", topic, "-m", text, "-q", "1"}).code == 0);
  };
  say("room/a", "21.5");
  say("room/b", "two\nlines");
  say("room/a", "22");
  say("room/c", "3");
  const std::string line_2 = "\033[2;1H\033[K\033[?7l";
  CHECK(watcher.output() ==
        "\033[2J\033[1;1HBroker: 127.0.0.1\n" + line_2 + "room/a 21.5\033[?7h\033[3;1H" +
            "\033[3;1H\033[K\033[?7lroom/b two\033[?7h\033[4;1H" + line_2 +
            "room/a 22\033[?7h\033[4;1H" + "\033[4;1H\033[K\033[?7lroom/c 3\033[?7h\033[5;1H");
}

TEST_CASE("--message-rate prints counts each second, and no message") {
  NEEDS_MOSQUITTO();
  mosquitto broker;
  subscription_of counter(broker, at(broker) + words{"-t", "a", "--message-rate", "-W", "2.5"});
  REQUIRE(run_pub_with_input(at(broker) + words{"-t", "a", "-l"}, "1\n2\n3\n").code == 0);
  const std::string printed = counter.output(27);
  CHECK(line_count(printed) == 3);
  CHECK(count_of(printed, " msgs/s\n") == 3);
  std::size_t sum = 0;
  for (std::size_t at = 0; at < printed.size(); at = printed.find('\n', at) + 1)
    sum += std::stoul(printed.substr(at));
  CHECK(sum == 3);
}

}  // namespace mqttkit::testing
