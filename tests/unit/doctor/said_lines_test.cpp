// Hundreds of lines as programs print them: said_lines.tsv.
#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "mqtt-doctor/said/said.hpp"

namespace mqttkit::doctor {
namespace {

struct line {
  std::string word, app, text;
};

/// Text with \\n and \\\\ for line ends and backslashes.
std::string unescaped(const std::string& written) {
  std::string out;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const bool is_escape = written[i] == '\\' && i + 1 < written.size();
    if (!is_escape) {
      out += written[i];
    } else {
      out += written[++i] == 'n' ? '\n' : written[i];
    }
  }
  return out;
}

std::vector<line> lines() {
  std::ifstream in(PROJECT_ROOT "/tests/unit/doctor/said_lines.tsv");
  std::vector<line> out;
  for (std::string row; std::getline(in, row);) {
    if (row.starts_with("#")) continue;
    const std::size_t first = row.find('\t'), second = row.find('\t', first + 1);
    out.push_back({row.substr(0, first), row.substr(first + 1, second - first - 1),
                   unescaped(row.substr(second + 1))});
  }
  return out;
}

}  // namespace

TEST_CASE("hundreds of lines that programs print are read as they are meant") {
  const auto all = lines();
  CHECK(all.size() > 600);
  for (const line& each : all) {
    const auto found = readings_of(each.text, each.app);
    CAPTURE(each.text);
    CAPTURE(each.app);
    const std::string word = found.empty() ? "-" : row_of(found.front().means).word;
    CHECK(word == each.word);
  }
}

TEST_CASE("no command for a line names a source file, a client or a class as the broker") {
  for (const line& each : lines()) {
    const std::string host = broker_of(each.text, each.app).host;
    CAPTURE(each.text);
    CAPTURE(host);
    for (const char* end : {".cpp", ".js", ".py", ".java", ".erl", ".go", ".rs", "Exception"})
      CHECK(!host.ends_with(end));
  }
}

}  // namespace mqttkit::doctor
