// The dependency picture of lib/ as its includes show it: arrows run one way and never up.
#include "unit/structure/includes.hpp"

namespace mqttkit {
namespace {

namespace fs = std::filesystem;

const fs::path library = fs::path(PROJECT_ROOT) / "lib";

// What the sources of a module may include from others.
const arrows allowed{
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

std::vector<include_line> includes_of_module(const std::string& module) {
  std::vector<include_line> found = includes_of(library / "include/mqttkit" / module);
  for (include_line& line : includes_of(library / "src" / module)) found.push_back(std::move(line));
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

TEST_CASE("the picture of the library has no circle and leaves no folder out") {
  CHECK(circle_in(allowed).empty());
  for (const fs::path& folder : {library / "include/mqttkit", library / "src"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (!entry.is_directory()) continue;
      CHECK_MESSAGE(allowed.count(entry.path().filename().string()) != 0, entry.path().string());
    }
  }
}

TEST_CASE("a module includes only what is below it") {
  for (const auto& [module, below] : allowed) {
    const auto lines = includes_of_module(module);
    REQUIRE(!lines.empty());
    check_whole_paths(lines);
    for (const include_line& line : lines) {
      const std::string other = module_of(line.target);
      const bool is_allowed = other.empty() || other == module || below.count(other) != 0;
      CHECK_MESSAGE(is_allowed, line.file.string() << " includes " << line.target);
    }
  }
}

TEST_CASE("base, codec, session, sn and wire see neither Asio nor OpenSSL nor sockets") {
  for (const std::string& module : without_io) {
    for (const include_line& line : includes_of_module(module)) {
      for (const std::string forbidden : {"asio", "openssl/", "sys/socket", "netinet/", "unistd"}) {
        CHECK_MESSAGE(line.target.rfind(forbidden, 0) != 0, line.file.string()
                                                                << " includes " << line.target);
      }
    }
  }
}

TEST_CASE("a public header includes no private one") {
  for (const auto& [module, below] : allowed) {
    for (const include_line& line : includes_of_module(module)) {
      if (line.file.string().find("/include/") == std::string::npos) continue;
      if (module_of(line.target).empty()) continue;
      CHECK_MESSAGE(line.target.rfind("mqttkit/", 0) == 0, line.file.string()
                                                               << " includes " << line.target);
    }
  }
}

}  // namespace mqttkit
