#include "mqtt-sub/topic_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace mqttkit;
using namespace mqttkit::tools;
using namespace std::chrono_literals;

namespace {

void add(topic_table& table, std::string_view topic, std::string_view payload) {
  publish_packet message;
  message.topic = topic;
  message.payload = as_bytes(payload);
  table.add(message);
}

}  // namespace

TEST_CASE("the table counts messages and bytes of each topic and shows the last value") {
  topic_table table;
  add(table, "room/temp", "21.5");
  add(table, "room/temp", "22");
  add(table, "hall", std::string_view("\0\1", 2));
  CHECK(table.summary(2s, 2s, 0) ==
        "TOPIC      MESSAGES        BYTES      RATE  LAST\n"
        "hall              1            2     0.5/s  (2 bytes)\n"
        "room/temp         2            6     1.0/s  22\n"
        "2 topics, 3 messages, 8 bytes in 2.0 s (1.5/s)\n");
  // The next rate is that of the next period.
  add(table, "hall", "");
  CHECK(table.summary(1s, 3s, 0) ==
        "TOPIC      MESSAGES        BYTES      RATE  LAST\n"
        "hall              2            2     1.0/s  (empty)\n"
        "room/temp         2            6     0.0/s  22\n"
        "2 topics, 4 messages, 8 bytes in 3.0 s (1.3/s)\n");
}

TEST_CASE("lines of the table are cut to the terminal, and nothing in them controls it") {
  topic_table table;
  add(table, "a\033[31m", std::string(300, 'x'));
  add(table, "温度", "多云");
  const std::string text = table.summary(1s, 1s, 50);
  CHECK(text.find('\033') == std::string::npos);
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    CHECK(text.find('\n', at) - at <= 60);  // bytes: the Chinese ones are three each
  CHECK(table.summary(1s, 1s, 0).find(std::string(200, 'x') + "...\n") != std::string::npos);
}

TEST_CASE("a Chinese character takes two columns") {
  topic_table table;
  add(table, "温度", "多云");
  add(table, "é", "x");
  CHECK(table.summary(1s, 1s, 0) ==
        "TOPIC  MESSAGES        BYTES      RATE  LAST\n"
        "é             1            1     1.0/s  x\n"
        "温度          1            6     1.0/s  多云\n"
        "2 topics, 2 messages, 7 bytes in 1.0 s (2.0/s)\n");
  CHECK(table.tree(7) == "é  x\n温度  \n");
  CHECK(table.tree(8) == "é  x\n温度  多\n");
}

namespace {

// The widest line as a terminal shows it; Chinese characters take two columns.
std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  std::size_t wide = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      widest = std::max(widest, wide);
      wide = 0;
    } else if ((byte & 0xC0) != 0x80) {
      wide += byte >= 0xE3 ? 2 : 1;
    }
  }
  return widest;
}

}  // namespace

TEST_CASE("on a terminal a long topic hides neither numbers nor values") {
  topic_table table;
  add(table, "factory/hall/three/line/seven/robot/arm/joint/elbow/temperature/celsius", "41.5");
  add(table, "工厂/三号车间/七号生产线/机器人/手臂/关节/肘部/温度传感器/当前的摄氏温度",
      "四十一度");
  for (int i = 0; i < 1000; ++i)
    add(table, "hall", "21.75 °C and rising, says the sensor at the door");
  const std::string wide = table.summary(1s, 1s, 80);
  CHECK(widest_line(wide) <= 80);
  CHECK(wide.find("TOPIC ") == 0);
  for (const char* const part :
       {"MESSAGES", "BYTES", "RATE  LAST\n", "1000/s  21.75 °C an", "  41.5\n", "celsius",
        "  四十一度\n", "摄氏温度", "factory/", "工厂/"})
    CHECK_MESSAGE(wide.find(part) != std::string::npos, part << " in\n" << wide);
  const std::string narrow = table.summary(1s, 1s, 40);
  CHECK(widest_line(narrow) <= 40);
  for (const char* const part : {"MESSAGES", "RATE  LAST\n", "0/s  21.75 °C", "  41.5\n", "elsius",
                                 "  四十一度\n", "氏温度"})
    CHECK_MESSAGE(narrow.find(part) != std::string::npos, part << " in\n" << narrow);
  CHECK(narrow.find("BYTES") == std::string::npos);
  for (const unsigned columns : {1u, 2u, 5u, 20u, 39u}) {
    CHECK(widest_line(table.summary(1s, 1s, columns)) <= columns);
    CHECK(widest_line(table.tree(columns)) <= columns);
  }
}

TEST_CASE("on a terminal a long level of the tree leaves room for its value") {
  topic_table table;
  add(table, "a/" + std::string(100, 'x') + "-the-end", "41.5");
  add(table, "a/非常非常非常非常非常非常非常非常非常非常非常非常非常非常长的名字", "晴");
  const std::string text = table.tree(40);
  CHECK(widest_line(text) <= 40);
  CHECK(text.find("-the-end  41.5\n") != std::string::npos);
  CHECK(text.find("的名字  晴\n") != std::string::npos);
}

TEST_CASE("beyond the bound topics are counted together") {
  topic_table table;
  for (std::size_t i = 0; i < topic_table::most_topics + 2; ++i)
    add(table, "t/" + std::to_string(i), "x");
  const std::string text = table.summary(1s, 1s, 0);
  CHECK(text.find("(other topics)") != std::string::npos);
  CHECK(text.find("100000+ topics, 100002 messages, 100002 bytes") != std::string::npos);
}

TEST_CASE("the tree shows levels, last values and counts above one") {
  topic_table table;
  add(table, "room/kitchen/temp", "21.5");
  add(table, "room/kitchen/light", "on");
  add(table, "room/kitchen/light", "off");
  add(table, "room/hall", "x");
  add(table, "room-2", "y");
  add(table, "room", "top");
  add(table, "/led", "z");
  CHECK(table.tree(0) ==
        "(empty level)\n"
        "└── led  z\n"
        "room  top\n"
        "├── hall  x\n"
        "└── kitchen\n"
        "    ├── light  off  (2 messages)\n"
        "    └── temp  21.5\n"
        "room-2  y\n");
}

TEST_CASE("a topic of very many levels does not exhaust the stack") {
  topic_table table;
  add(table, std::string(65'000, '/'), "deep");
  CHECK(table.tree(0).find("  deep\n") != std::string::npos);
}
