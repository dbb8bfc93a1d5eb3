#include "mqtt-sub/rotating_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

using namespace mqttkit::tools;
using namespace std::chrono_literals;

namespace {

class folder {
 public:
  folder() {
    char name[] = "/tmp/rotating_file_test.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~folder() { std::filesystem::remove_all(path_); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  std::string file() const { return path_ + "/f"; }
  /// Names behind "f", with what is in the files.
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      all[entry.path().filename().string().substr(1)] = text.str();
    }
    return all;
  }

 private:
  std::string path_;
};

using contents = std::map<std::string, std::string>;

// 2026-11-21T04:27:25Z
const std::chrono::system_clock::time_point arrived{1795235245s};

}  // namespace

TEST_CASE("messages are appended to what is there") {
  const folder in;
  std::ofstream(in.file()) << "old\n";
  rotating_file file(in.file(), {});
  CHECK_FALSE(file.add("new\n", arrived));
  CHECK(in.contents() == contents{{"", "old\n"}});
  CHECK_FALSE(file.write());
  CHECK(in.contents() == contents{{"", "old\nnew\n"}});
}

TEST_CASE("a file is put aside before the message that would exceed its size") {
  const folder in;
  rotating_file file(in.file(), {.size_bytes = 10});
  for (const char* text : {"12345\n", "678\n", "x\n", "a message of its own size\n", "y\n"})
    CHECK_FALSE(file.add(text, arrived));
  CHECK_FALSE(file.write());
  CHECK(in.contents() == contents{{".20261121T042725Z", "12345\n678\n"},
                                  {".20261121T042725Z-1", "x\n"},
                                  {".20261121T042725Z-2", "a message of its own size\n"},
                                  {"", "y\n"}});
}

TEST_CASE("a file is put aside when its period is over, also one of an earlier run") {
  const folder in;
  {
    rotating_file file(in.file(), {.every = 1h});
    CHECK_FALSE(file.add("one\n", arrived));
    CHECK_FALSE(file.add("two\n", arrived + 30min));
    CHECK_FALSE(file.add("three\n", arrived + 33min));  // 05:00:25
    CHECK_FALSE(file.write());
  }
  CHECK(in.contents() == contents{{".20261121T050025Z", "one\ntwo\n"}, {"", "three\n"}});
  const timespec times[2] = {{1795235245, 0}, {1795235245, 0}};
  REQUIRE(::utimensat(AT_FDCWD, in.file().c_str(), times, 0) == 0);
  rotating_file file(in.file(), {.every = 24h});
  CHECK_FALSE(file.add("four\n", arrived + 24h));
  CHECK_FALSE(file.write());
  CHECK(in.contents() == contents{{".20261121T050025Z", "one\ntwo\n"},
                                  {".20261122T042725Z", "three\n"},
                                  {"", "four\n"}});
}

TEST_CASE("errors say why, of opening and of writing") {
  rotating_file nowhere("/nonexistent/folder/f", {});
  CHECK(nowhere.open() == std::errc::no_such_file_or_directory);
  rotating_file full("/dev/full", {.size_bytes = 1});
  CHECK_FALSE(full.add("x", arrived));
  CHECK(full.write() == std::errc::no_space_on_device);
}
