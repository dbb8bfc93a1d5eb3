#include "mqtt-sub/topic_path.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace mqttkit::tools;

TEST_CASE("a topic becomes one name that leads nowhere else") {
  CHECK(topic_file_name("room/temp") == "room%2Ftemp");
  CHECK(topic_file_name("../../etc/passwd") == "%2E.%2F..%2Fetc%2Fpasswd");
  CHECK(topic_file_name("/etc/passwd") == "%2Fetc%2Fpasswd");
  CHECK(topic_file_name("..") == "%2E.");
  CHECK(topic_file_name(".hidden") == "%2Ehidden");
  CHECK(topic_file_name("a b%2f\n:\\") == "a%20b%252f%0A%3A%5C");
  CHECK(topic_file_name("v1.2_x-y") == "v1.2_x-y");
  CHECK(topic_file_name("") != "");
}

TEST_CASE("topics that a file system may take for the same have different names") {
  const std::string upper = topic_file_name("Room");
  CHECK(upper.starts_with("Room~"));
  CHECK(upper.size() == 4 + 1 + 16);
  CHECK(topic_file_name("ROOM").substr(4) != upper.substr(4));
  CHECK(topic_file_name("room") == "room");
  // one character, and the same as letter and accent
  CHECK(topic_file_name("caf\xC3\xA9").substr(5) != topic_file_name("cafe\xCC\x81").substr(6));
  // A topic that looks like the name of another.
  CHECK(topic_file_name("room~0000000000000000").find('~') == std::string::npos);
}

TEST_CASE("long topics have bounded names, cut between characters, and all different") {
  std::set<std::string> names;
  for (const char last : {'x', 'y', 'z'}) {
    const std::string name = topic_file_name(std::string(65'000, '/') + last);
    CHECK(name.size() <= 180);
    CHECK(name.find("%2F~") != std::string::npos);
    names.insert(name);
  }
  CHECK(names.size() == 3);
  std::string chinese;
  for (int i = 0; i < 1000; ++i) chinese += "温";
  const std::string name = topic_file_name(chinese);
  CHECK(name.size() <= 180);
  CHECK(name.find("温~") != std::string::npos);
}
