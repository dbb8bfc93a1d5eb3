// The doctor's rooms as their includes show them: arrows run one way.
#include "unit/structure/includes.hpp"

namespace mqttkit {
namespace {

namespace fs = std::filesystem;

const fs::path doctor = fs::path(PROJECT_ROOT) / "tools/mqtt-doctor";

// What the sources of a folder may include from others.
const arrows rooms{
    {"words", {}},
    {"options", {"facts"}},
    {"facts", {"words"}},
    {"causes", {"facts", "words"}},
    {"together", {"causes", "facts", "words"}},
    {"report", {"together", "causes", "facts", "words"}},
    {"probes", {"facts", "words"}},
    {"said", {"facts", "report", "words"}},
    {"listen", {"causes", "facts", "options", "probes", "report", "words"}},
    {"capture", {"causes", "facts", "listen", "options", "probes", "report", "together", "words"}},
    {"mend", {"causes", "facts", "options", "probes", "report", "words"}},
    {"phone",
     {"capture", "causes", "facts", "listen", "options", "probes", "report", "together", "words"}},
    {"question", {"facts", "options", "probes", "words"}},
    {"check", {"causes", "facts", "options", "probes", "question", "report", "words"}},
    {"watch", {"capture", "causes", "facts", "options", "probes", "report", "words"}},
};

// The rooms of the probes. What stands beside them asks them all (examine), or is asked by all.
const arrows probe_rooms{
    {"tls", {}},
    {"network", {"tls"}},
    {"delivery", {"network", "tls"}},
    {"endpoint", {"delivery", "network", "tls"}},
    {"gateway", {"delivery", "endpoint", "network"}},
    {"host", {}},
};
const std::set<std::string> asked_by_all{"hex.hpp", "parallel.hpp", "link_facts.hpp"};

/// "causes" of "mqtt-doctor/causes/support.hpp"; empty for what is not the doctor's.
std::string room_of(const std::string& target) {
  const std::string prefix = "mqtt-doctor/";
  if (target.rfind(prefix, 0) != 0) return {};
  return target.substr(prefix.size(), target.find('/', prefix.size()) - prefix.size());
}

}  // namespace

TEST_CASE("the picture of the doctor has no circle") { CHECK(circle_in(rooms).empty()); }

TEST_CASE("a folder of the doctor includes only what is below it") {
  for (const auto& [room, below] : rooms) {
    const auto lines = includes_of(doctor / room);
    REQUIRE(!lines.empty());
    check_whole_paths(lines);
    for (const include_line& line : lines) {
      const std::string other = room_of(line.target);
      const bool is_allowed = other.empty() || other == room || below.count(other) != 0;
      CHECK_MESSAGE(is_allowed, line.file.string() << " includes " << line.target);
    }
  }
}

TEST_CASE("a room of the probes includes only what is below it") {
  CHECK(circle_in(probe_rooms).empty());
  const std::string prefix = "mqtt-doctor/probes/";
  for (const auto& [room, below] : probe_rooms) {
    const auto lines = includes_of(doctor / "probes" / room);
    REQUIRE(!lines.empty());
    for (const include_line& line : lines) {
      if (line.target.rfind(prefix, 0) != 0) continue;
      const std::string name = line.target.substr(prefix.size());
      const std::string other = name.substr(0, name.find('/'));
      const bool is_allowed =
          other == room || below.count(other) != 0 || asked_by_all.count(name) != 0;
      CHECK_MESSAGE(is_allowed, line.file.string() << " includes " << line.target);
    }
  }
  for (const auto& entry : fs::directory_iterator(doctor / "probes")) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory()) CHECK_MESSAGE(probe_rooms.count(name) != 0, name);
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
