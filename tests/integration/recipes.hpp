// The command lines that the guides and the manual pages show, as they stand there.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "support/temp_folder.hpp"

namespace mqttkit::testing {

inline void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

inline bool has_a_program(const std::string& line) {
  return line.find("mqtt-pub ") != std::string::npos ||
         line.find("mqtt-sub ") != std::string::npos ||
         line.find("mqtt-doctor ") != std::string::npos;
}

/// What stands in indented blocks.
inline std::vector<std::string> recipes_of_guide(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("    ") && has_a_program(line)) found.push_back(line.substr(4));
  }
  return found;
}

/// What stands in displayed lines of mdoc(7).
inline std::vector<std::string> recipes_of_page(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool is_of_crontab = line.starts_with(".Dl *");
    if (!line.starts_with(".Dl ") || !has_a_program(line) || is_of_crontab) continue;
    line.erase(0, 4);
    replace_all(line, "\\(dq", "\"");
    replace_all(line, "\\e", "\\");
    found.push_back(line);
  }
  return found;
}

inline std::string file_of_the_project(const std::string& path) {
  return read_file(std::string(PROJECT_ROOT) + "/" + path);
}

}  // namespace mqttkit::testing
