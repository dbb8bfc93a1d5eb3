// The includes of a folder, for the pictures that the sources are held against.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace mqttkit {

struct include_line {
  std::filesystem::path file;
  std::string target;  ///< what stands between the quotes or brackets
  bool is_quoted = false;
};

/// Of all sources and headers below `folder`, however the line is indented.
inline std::vector<include_line> includes_of(const std::filesystem::path& folder) {
  std::vector<include_line> found;
  if (!std::filesystem::exists(folder)) return found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string kind = entry.path().extension().string();
    if (kind != ".cpp" && kind != ".hpp") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      const auto begin = line.find_first_not_of(" \t");
      if (begin == std::string::npos || line[begin] != '#') continue;
      const auto word = line.find_first_not_of(" \t", begin + 1);
      if (word == std::string::npos || line.compare(word, 7, "include") != 0) continue;
      const auto open = line.find_first_of("\"<", word);
      const auto close = line.find_first_of("\">", open + 1);
      if (open == std::string::npos || close == std::string::npos) continue;
      found.push_back({entry.path(), line.substr(open + 1, close - open - 1), line[open] == '"'});
    }
  }
  return found;
}

/// A picture whose arrows can be put in one order, the lowest first.
using arrows = std::map<std::string, std::set<std::string>>;

/// What stands in a circle; empty when all arrows run one way.
inline std::set<std::string> circle_in(arrows picture) {
  for (bool goes_on = true; goes_on;) {
    goes_on = false;
    for (auto room = picture.begin(); room != picture.end();) {
      if (!room->second.empty()) {
        ++room;
        continue;
      }
      for (auto& [other, below] : picture) below.erase(room->first);
      room = picture.erase(room);
      goes_on = true;
    }
  }
  std::set<std::string> left;
  for (const auto& [room, below] : picture) left.insert(room);
  return left;
}

/// Quoted headers are ours and are named by their whole path: a picture that looks at the first
/// folder of a name sees each of them.
inline void check_whole_paths(const std::vector<include_line>& lines) {
  for (const include_line& line : lines) {
    const bool is_whole = line.target.find('/') != std::string::npos &&
                          line.target.find("..") == std::string::npos && line.target[0] != '/';
    CHECK_MESSAGE((!line.is_quoted || is_whole), line.file.string() << " includes " << line.target);
  }
}

}  // namespace mqttkit
