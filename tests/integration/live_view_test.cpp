// What mqtt-sub shows while messages come, in place of the messages: --watch and --message-rate,
// the ways of mosquitto_sub 2.1.
#include <algorithm>

#include "programs.hpp"

namespace mqttkit::testing {
namespace {

// Columns that a terminal needs for `line`, in which nothing controls it.
std::size_t columns_of(std::string_view line) {
  std::size_t wide = 0;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) wide += byte >= 0xE3 ? 2 : 1;
  }
  return wide;
}

// Without what sets colours, moves the cursor and clears: what stays on the screen, and line ends.
std::string without_control(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    if (text.starts_with("\033[")) {
      text.remove_prefix(2);
      while (!text.empty() && !(text[0] >= '@' && text[0] <= '~')) text.remove_prefix(1);
    } else if (text[0] != '\r') {
      plain += text[0];
    }
    text.remove_prefix(std::min<std::size_t>(1, text.size()));
  }
  return plain;
}

const std::string long_topic =
    "factory/hall/three/line/seven/robot/arm/joint/elbow/temperature/celsius/of/the/motor";
const std::string chinese_topic =
    "工厂/三号车间/七号生产线/机器人/手臂/关节/肘部/温度传感器/当前的摄氏温度";

// What a terminal of that width shows of three topics, of which two are wider than it is.
std::string screen_of(std::uint16_t columns, const words& how) {
  mosquitto broker;
  process_options options;
  options.output = output_to::terminal;
  options.columns = columns;
  options.rows = 24;
  options.environment = {{"TERM", "xterm"}};
  subscription_of shown(broker, at(broker) + words{"-t", "#", "-q", "1", "-C", "3"} + how, options);
  for (const auto& [topic, text] :
       {std::pair{long_topic, "41.5"}, std::pair{chinese_topic, "四十一度"},
        std::pair{std::string("door"), "open"}})
    REQUIRE(run_pub(at(broker) + words{"-t", topic, "-m", text, "-q", "1"}).code == 0);
  const auto ended = shown.running().wait();
  REQUIRE(ended.has_value());
  CHECK(ended->code == 0);
  return shown.running().screen();
}

}  // namespace

TEST_CASE("--summary, --tree and --watch fit a terminal, and each topic shows its last value") {
  NEEDS_MOSQUITTO();
  for (const std::uint16_t columns : {std::uint16_t{80}, std::uint16_t{40}}) {
    for (const words& how : {words{"--summary"}, words{"--summary-every", "100ms"}, words{"--tree"},
                             words{"--watch"}, words{"--watch", "-v"}}) {
      // A tree of so many levels needs more than 40 columns for its branches alone.
      if (columns == 40 && how[0] == "--tree") continue;
      CAPTURE(columns);
      CAPTURE(how[0]);
      const std::string screen = screen_of(columns, how);
      // Of --watch each message is a line, between two movements of the cursor.
      std::string plain;
      for (std::string_view rest = screen; !rest.empty();) {
        const std::size_t at = rest.find("\033[?7h");
        plain += without_control(rest.substr(0, at));
        if (at == std::string_view::npos) break;
        plain += '\n';
        rest.remove_prefix(at + 5);
      }
      INFO(plain);
      for (const char* const part : {"41.5", "四十一度", "door", "open"})
        CHECK(plain.find(part) != std::string::npos);
      std::size_t lines = 0;
      for (std::string_view rest = plain; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        CHECK_MESSAGE(columns_of(rest.substr(0, end)) <= columns, rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        ++lines;
      }
      CHECK(lines >= 4);
    }
  }
}

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
