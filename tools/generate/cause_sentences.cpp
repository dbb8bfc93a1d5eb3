#include "generate/cause_sentences.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <utility>

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

/// A function that adds to the finding of its caller.
struct helper_function {
  std::string body;
  std::size_t calls = 0;
};

std::map<std::string, helper_function> helpers_in(const std::string& text) {
  static const std::regex head(R"re(\n(?:void|made_finding&) (\w+)\(made_finding& made\b)re");
  static const std::regex call(R"re(\b(\w+)\(made[,)])re");
  std::map<std::string, helper_function> found;
  for (std::sregex_iterator at(text.begin(), text.end(), head), end; at != end; ++at) {
    const auto begin = static_cast<std::size_t>(at->position() + at->length());
    found[(*at)[1]].body = text.substr(begin, text.find("\n}\n", begin) - begin);
  }
  for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at)
    if (const auto helper = found.find((*at)[1]); helper != found.end()) ++helper->second.calls;
  return found;
}

void add(const std::string& sentence, std::vector<std::string>& to) {
  if (!has(to, sentence)) to.push_back(sentence);
}

/// Reads one source from call to call.
class source_reader {
 public:
  source_reader(const std::string& text, sentences_by_cause& to, sentences_by_cause& of_shared)
      : helpers_(helpers_in(text)), to_(to), of_shared_(of_shared) {
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
        is_remark_ = found[begin].str().starts_with("remark_row");
      } else if (found[call].matched) {
        is_head_ = false;
        take_call(found[call]);
      } else if (found[identifier].matched) {
        if (is_head_) causes_.push_back(found[identifier]);
      } else if (found[sentence].matched) {
        is_head_ = false;
        take_sentence(text_of_literals(found[sentence]));
        // A remark is a fact and a cure.
        if (is_remark_ && into_ == &cause_sentences::meanings) into_ = &cause_sentences::cures;
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
      add(said, (is_shared_ ? of_shared_ : to_)[cause].*into_);
  }

  /// Reads a function that was given the finding. A function with one caller is a step of it; the
  /// sentences of others are of less weight.
  void read_helper(const std::string& name) {
    const auto found = helpers_.find(name);
    if (found == helpers_.end() || causes_.empty() || depth_ == most_depth) return;
    const std::vector<std::string> causes = causes_;
    const bool was_shared = std::exchange(is_shared_, is_shared_ || found->second.calls > 1);
    is_head_ = false;
    into_ = nullptr;
    ++depth_;
    read(found->second.body);
    --depth_;
    into_ = nullptr;
    is_shared_ = was_shared;
    causes_ = causes;
  }

  static constexpr int most_depth = 3;  // helpers that call helpers, and no circles

  const std::map<std::string, helper_function> helpers_;
  sentences_by_cause& to_;
  sentences_by_cause& of_shared_;
  std::vector<std::string> causes_;
  std::vector<std::string> cause_sentences::*into_ = nullptr;
  bool is_remark_ = false;
  bool is_head_ = false;    // identifiers may follow
  bool is_shared_ = false;  // the function that is read has several callers
  int depth_ = 0;
};

}  // namespace

void add_sentences(std::string_view source, sentences_by_cause& to, sentences_by_cause& of_shared) {
  source_reader(std::string(source), to, of_shared);
}

sentences_by_cause sentences_of_project(const std::string& root) {
  sentences_by_cause all, of_shared;
  for (const char* const folder : {"causes", "together", "capture", "listen"}) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(root + "/tools/mqtt-doctor/" + folder))
      if (entry.path().extension() == ".cpp") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      std::ostringstream text;
      text << std::ifstream(file, std::ios::binary).rdbuf();
      add_sentences(text.str(), all, of_shared);
    }
  }
  for (const auto& [cause, helped] : of_shared) {
    for (const auto list : {&cause_sentences::evidence, &cause_sentences::cures})
      for (const std::string& sentence : helped.*list) add(sentence, all[cause].*list);
  }
  return all;
}

}  // namespace mqttkit::tools
