// The dependency picture of lib/ as its includes show it: arrows run one way and never up.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace mqttkit {
namespace {

namespace fs = std::filesystem;

const fs::path library = fs::path(PROJECT_ROOT) / "lib";

// What the sources of a module may include from others.
const std::map<std::string, std::set<std::string>> allowed{
    {"base", {}},
    {"codec", {"base"}},
    {"session", {"base", "codec"}},
    {"sn", {"base", "codec"}},
    {"wire", {"base"}},
    {"net", {"base", "wire"}},
    {"client", {"base", "codec", "session", "sn", "net"}},
    {"probe", {"base", "codec", "net"}},
};

// These know nothing of sockets, clocks and TLS libraries.
const std::set<std::string> without_io{"base", "codec", "session", "sn", "wire"};

struct include_line {
  fs::path file;
  std::string target;  // what stands between the quotes or brackets
};

std::vector<include_line> includes_of(const std::string& module) {
  std::vector<include_line> found;
  for (const fs::path& folder : {library / "include/mqttkit" / module, library / "src" / module}) {
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        if (line.rfind("#include", 0) != 0) continue;
        const auto open = line.find_first_of("\"<");
        const auto close = line.find_first_of("\">", open + 1);
        if (close == std::string::npos) continue;
        found.push_back({entry.path(), line.substr(open + 1, close - open - 1)});
      }
    }
  }
  return found;
}

// "mqttkit/codec/x.hpp" and "codec/x.hpp" to "codec"; empty for what is not ours.
std::string module_of(std::string target) {
  const std::string prefix = "mqttkit/";
  if (target.rfind(prefix, 0) == 0) target.erase(0, prefix.size());
  const std::string first = target.substr(0, target.find('/'));
  return allowed.count(first) != 0 ? first : std::string();
}

}  // namespace

TEST_CASE("a module includes only what is below it") {
  for (const auto& [module, below] : allowed) {
    const auto lines = includes_of(module);
    REQUIRE(!lines.empty());
    for (const include_line& line : lines) {
      const std::string other = module_of(line.target);
      const bool is_allowed = other.empty() || other == module || below.count(other) != 0;
      CHECK_MESSAGE(is_allowed, line.file.string() << " includes " << line.target);
    }
  }
}

TEST_CASE("base, codec, session, sn and wire see neither Asio nor OpenSSL nor sockets") {
  for (const std::string& module : without_io) {
    for (const include_line& line : includes_of(module)) {
      for (const std::string forbidden : {"asio", "openssl/", "sys/socket", "netinet/", "unistd"}) {
        CHECK_MESSAGE(line.target.rfind(forbidden, 0) != 0, line.file.string()
                                                                << " includes " << line.target);
      }
    }
  }
}

TEST_CASE("a public header includes no private one") {
  for (const auto& [module, below] : allowed) {
    for (const include_line& line : includes_of(module)) {
      if (line.file.string().find("/include/") == std::string::npos) continue;
      if (module_of(line.target).empty()) continue;
      CHECK_MESSAGE(line.target.rfind("mqttkit/", 0) == 0, line.file.string()
                                                               << " includes " << line.target);
    }
  }
}

}  // namespace mqttkit
