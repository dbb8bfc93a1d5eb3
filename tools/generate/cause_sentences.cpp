#include "generate/cause_sentences.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace mqttkit::tools {
namespace {

constexpr std::array<std::string_view, 9> calls_of_cures{
    "mend", "look", "fill_in", "lines", "in_app", "in_console", "then", "then_lines", "restart"};
/// What holds sentences that are neither evidence nor cure.
constexpr std::array<std::string_view, 3> calls_of_others{"apart", "push_back", "emplace_back"};

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// The text of adjacent literals: "a" "b".
std::string text_of_literals(const std::string& source) {
  std::string text;
  bool is_inside = false;
  for (std::size_t at = 0; at < source.size(); ++at) {
    if (source[at] == '"') {
      is_inside = !is_inside;
    } else if (is_inside && source[at] == '\\' && at + 1 < source.size()) {
      text += source[++at] == 'n' ? ' ' : source[at];
    } else if (is_inside) {
      text += source[at];
    }
  }
  return text;
}

}  // namespace

void add_sentences(std::string_view source, sentences_by_cause& to) {
  enum group { begin = 1, call, sentence, statement, function, identifier };
  static const std::regex token(
      R"re((made_finding(?:\s+\w+)?\s*\(|\b(?:made|start_finding)\s*\(|remark_row\{))re"
      R"re(|\.(\w+)\()re"
      R"re(|N_\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\))re"
      R"re(|(;))re"
      R"re(|(\n\}\n))re"
      R"re(|"([a-z0-9]+(?:-[a-z0-9]+)+)")re"
      R"re(|excluded)re");
  std::vector<std::string> causes;
  std::vector<std::string> cause_sentences::*into = nullptr;
  bool is_head = false;  // identifiers may follow
  const std::string text(source);
  for (std::sregex_iterator at(text.begin(), text.end(), token), end; at != end; ++at) {
    const std::smatch& found = *at;
    if (found[begin].matched) {
      causes.clear();
      into = &cause_sentences::meanings;
      is_head = true;
    } else if (found[call].matched) {
      is_head = false;
      const std::string name = found[call];
      if (name == "seen") into = &cause_sentences::evidence;
      if (has(calls_of_cures, name)) into = &cause_sentences::cures;
      if (has(calls_of_others, name)) into = nullptr;
    } else if (found[identifier].matched) {
      if (is_head) causes.push_back(found[identifier]);
    } else if (found[sentence].matched) {
      is_head = false;
      if (into == nullptr) continue;
      const std::string said = text_of_literals(found[sentence]);
      for (const std::string& cause : causes)
        if (auto& list = to[cause].*into; !has(list, said)) list.push_back(said);
    } else {
      is_head = false;
      into = nullptr;
      if (found[function].matched) causes.clear();
    }
  }
}

sentences_by_cause sentences_of_project(const std::string& root) {
  sentences_by_cause all;
  for (const char* const folder : {"causes", "together", "capture", "listen"}) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(root + "/tools/mqtt-doctor/" + folder))
      if (entry.path().extension() == ".cpp") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      std::ostringstream text;
      text << std::ifstream(file, std::ios::binary).rdbuf();
      add_sentences(text.str(), all);
    }
  }
  return all;
}

}  // namespace mqttkit::tools
