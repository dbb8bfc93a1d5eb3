// The doctor's rooms as their includes show them: arrows run one way.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

namespace mqttkit {
namespace {

namespace fs = std::filesystem;

const fs::path doctor = fs::path(PROJECT_ROOT) / "tools/mqtt-doctor";

// What the sources of a folder may include from others.
const std::map<std::string, std::set<std::string>> rooms{
    {"words", {}},
    {"options", {"facts"}},
    {"facts", {"words"}},
    {"causes", {"facts", "words"}},
    {"together", {"causes", "facts", "words"}},
    {"report", {"together", "causes", "facts", "words"}},
    {"probes", {"facts", "words"}},
    {"said", {"report", "words"}},
    {"listen", {"causes", "facts", "options", "probes", "report", "words"}},
    {"capture", {"causes", "facts", "listen", "options", "probes", "report", "together", "words"}},
    {"mend", {"causes", "facts", "options", "probes", "report", "words"}},
    {"phone",
     {"capture", "causes", "facts", "listen", "options", "probes", "report", "together", "words"}},
    {"question", {"facts", "options", "probes", "words"}},
    {"check", {"causes", "facts", "options", "probes", "question", "report", "words"}},
    {"watch", {"capture", "causes", "facts", "options", "probes", "report", "words"}},
};

/// "causes" of `#include "mqtt-doctor/causes/support.hpp"`; empty for any other line.
std::string room_of(const std::string& line) {
  const std::string prefix = "#include \"mqtt-doctor/";
  if (line.rfind(prefix, 0) != 0) return {};
  return line.substr(prefix.size(), line.find('/', prefix.size()) - prefix.size());
}

}  // namespace

TEST_CASE("a folder of the doctor includes only what is below it") {
  for (const auto& [room, below] : rooms) {
    std::size_t lines = 0;
    for (const auto& entry : fs::recursive_directory_iterator(doctor / room)) {
      const std::string kind = entry.path().extension().string();
      if (kind != ".cpp" && kind != ".hpp") continue;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line); ++lines) {
        const std::string other = room_of(line);
        const bool is_allowed = other.empty() || other == room || below.count(other) != 0;
        CHECK_MESSAGE(is_allowed, entry.path().string() << ": " << line);
      }
    }
    REQUIRE(lines > 0);
  }
}

TEST_CASE("nothing of the doctor stands outside its folders but main") {
  for (const auto& entry : fs::directory_iterator(doctor)) {
    if (entry.is_directory()) {
      const std::string name = entry.path().filename().string();
      CHECK_MESSAGE((rooms.count(name) != 0 || name == "po"), name);
    } else {
      CHECK(entry.path().filename() == "main.cpp");
    }
  }
}

}  // namespace mqttkit
