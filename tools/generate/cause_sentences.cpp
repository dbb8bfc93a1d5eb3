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

/// The functions of a source that add to a finding of their caller's: their bodies by name.
std::map<std::string, std::string> helpers_in(const std::string& text) {
  static const std::regex head(R"re(\n(?:void|made_finding&) (\w+)\(made_finding& made\b)re");
  std::map<std::string, std::string> bodies;
  for (std::sregex_iterator at(text.begin(), text.end(), head), end; at != end; ++at) {
    const auto begin = static_cast<std::size_t>(at->position() + at->length());
    bodies[(*at)[1]] = text.substr(begin, text.find("\n}\n", begin) - begin);
  }
  return bodies;
}

/// Reads one source from call to call.
class source_reader {
 public:
  source_reader(const std::string& text, sentences_by_cause& to)
      : helpers_(helpers_in(text)), to_(to) {
    read(text);
  }

 private:
  void read(const std::string& text) {
    enum group { begin = 1, call, sentence, statement, function, identifier, helper };
    static const std::regex token(
        R"re((made_finding(?:\s+\w+)?\s*\(|\b(?:made|start_finding)\s*\(|remark_row\{))re"
        R"re(|\.(\w+)\()re"
        R"re(|N_\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\))re"
        R"re(|(;))re"
        R"re(|(\n\}\n))re"
        R"re(|"([a-z0-9]+(?:-[a-z0-9]+)+)")re"
        R"re(|\b(\w+)\(made[,)])re"
        R"re(|excluded)re");
    for (std::sregex_iterator at(text.begin(), text.end(), token), end; at != end; ++at) {
      const std::smatch& found = *at;
      if (found[begin].matched) {
        causes_.clear();
        into_ = &cause_sentences::meanings;
        is_head_ = true;
      } else if (found[call].matched) {
        is_head_ = false;
        take_call(found[call]);
      } else if (found[identifier].matched) {
        if (is_head_) causes_.push_back(found[identifier]);
      } else if (found[sentence].matched) {
        is_head_ = false;
        take_sentence(text_of_literals(found[sentence]));
      } else if (found[helper].matched) {
        read_helper(found[helper]);
      } else {
        is_head_ = false;
        into_ = nullptr;
        if (found[function].matched) causes_.clear();
      }
    }
  }

  void take_call(const std::string& name) {
    if (name == "seen") into_ = &cause_sentences::evidence;
    if (has(calls_of_cures, name)) into_ = &cause_sentences::cures;
    if (has(calls_of_others, name)) into_ = nullptr;
  }

  void take_sentence(const std::string& said) {
    if (into_ == nullptr) return;
    for (const std::string& cause : causes_)
      if (auto& list = to_[cause].*into_; !has(list, said)) list.push_back(said);
  }

  /// A helper's sentences stand where it is called, for the finding that it is given.
  void read_helper(const std::string& name) {
    const auto body = helpers_.find(name);
    if (body == helpers_.end() || causes_.empty() || depth_ == most_depth) return;
    ++depth_;
    read(body->second);
    --depth_;
    is_head_ = false;
    into_ = nullptr;
  }

  static constexpr int most_depth = 3;  // helpers that call helpers, and no circles

  const std::map<std::string, std::string> helpers_;
  sentences_by_cause& to_;
  std::vector<std::string> causes_;
  std::vector<std::string> cause_sentences::*into_ = nullptr;
  bool is_head_ = false;  // identifiers may follow
  int depth_ = 0;
};

}  // namespace

void add_sentences(std::string_view source, sentences_by_cause& to) {
  source_reader(std::string(source), to);
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
