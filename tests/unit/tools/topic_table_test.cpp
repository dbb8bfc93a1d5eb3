#include "mqtt-sub/topic_table.hpp"

#include <doctest/doctest.h>

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
