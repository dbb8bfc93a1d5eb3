// What the doctor says of each cause, taken from its sources: the sentences are put together from
// facts when they are said, and stand nowhere else.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::tools {

/// In the order of the source, each once; in braces stands what is filled in.
struct cause_sentences {
  std::vector<std::string> meanings;
  std::vector<std::string> evidence;
  std::vector<std::string> cures;

  cause_sentences() = default;
};

/// By the identifier of the cause.
using sentences_by_cause = std::map<std::string, cause_sentences, std::less<>>;

/// Adds those of one source: a finding begins with made_finding("identifier", ...), made(...) or a
/// row of remarks, its calls of seen() hold evidence, those of mend() and the like cures.
/// A function of the same source that is given the finding, helper(made, ...), adds its sentences.
/// @param of_shared  gets those of functions with several callers; the page names them last
void add_sentences(std::string_view source, sentences_by_cause& to, sentences_by_cause& of_shared);

/// Of all sources below the project's folder that make findings.
sentences_by_cause sentences_of_project(const std::string& root);

}  // namespace mqttkit::tools
