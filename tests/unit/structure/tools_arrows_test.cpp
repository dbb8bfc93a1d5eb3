// The programs and what they share, as their includes show them: arrows run one way.
#include "unit/structure/includes.hpp"

namespace mqttkit {
namespace {

namespace fs = std::filesystem;

const fs::path tools = fs::path(PROJECT_ROOT) / "tools";

struct room {
  std::set<std::string> rooms;    // of tools/, beside itself
  std::set<std::string> modules;  // of the library
  std::set<std::string> foreign;  // libraries of others that are parted from the rest
};

// What the sources of a folder may include.
const std::map<std::string, room> rooms{
    {"common", {{}, {"base", "codec"}, {}}},
    {"io", {{"common"}, {"base", "codec", "session", "sn", "wire", "net", "client"}, {"asio"}}},
    {"message", {{"common", "io"}, {"base", "codec", "wire"}, {"asio"}}},
    {"cli", {{"common"}, {"base", "codec", "client", "sn"}, {"CLI"}}},
    {"generate", {{"cli", "common", "message", "mqtt-doctor"}, {"base"}, {}}},  // its tables
    {"mqtt-pub",
     {{"cli", "common", "io", "message"},
      {"base", "codec", "session", "sn", "wire", "net", "client"},
      {"asio"}}},
    {"mqtt-sub",
     {{"cli", "common", "io", "message"},
      {"base", "codec", "session", "sn", "wire", "net", "client"},
      {"asio"}}},
    {"mqtt-doctor",
     {{"cli", "common", "io", "message"},
      {"base", "codec", "session", "sn", "wire", "net", "client", "probe"},
      {"asio", "openssl", "nlohmann"}}},
};

const std::set<std::string> parted{"asio", "openssl", "CLI", "nlohmann"};

bool may_include(const std::string& from, std::string target) {
  const room& allowed = rooms.at(from);
  const std::string library = "mqttkit/";
  const bool is_of_library = target.rfind(library, 0) == 0;
  if (is_of_library) target.erase(0, library.size());
  const std::string first = target.substr(0, target.find_first_of("/."));
  if (is_of_library) return allowed.modules.count(first) != 0;
  if (parted.count(first) != 0) return allowed.foreign.count(first) != 0;
  return first == from || rooms.count(first) == 0 || allowed.rooms.count(first) != 0;
}

}  // namespace

TEST_CASE("the picture of the tools has no circle") {
  arrows picture;
  for (const auto& [name, below] : rooms) picture[name] = below.rooms;
  CHECK(circle_in(picture).empty());
}

TEST_CASE("a folder of the tools includes only what is below it") {
  for (const auto& [name, below] : rooms) {
    const auto lines = includes_of(tools / name);
    REQUIRE(!lines.empty());
    check_whole_paths(lines);
    for (const include_line& line : lines)
      CHECK_MESSAGE(may_include(name, line.target), line.file.string()
                                                        << " includes " << line.target);
  }
}

TEST_CASE("a picture with a circle is known for one") {
  CHECK(circle_in({{"a", {}}, {"b", {"a"}}, {"c", {"a", "b"}}}).empty());
  const std::set<std::string> circle{"b", "c", "d"};  // d stands on it
  CHECK(circle_in({{"a", {}}, {"b", {"a", "c"}}, {"c", {"b"}}, {"d", {"c"}}}) == circle);
}

TEST_CASE("every folder of the tools has its place in the picture") {
  for (const auto& entry : fs::directory_iterator(tools)) {
    if (!entry.is_directory() || entry.path().filename() == "package") continue;  // no sources
    CHECK_MESSAGE(rooms.count(entry.path().filename().string()) != 0, entry.path().string());
  }
}

}  // namespace mqttkit
