// Notations that people carry into a topic from elsewhere: lists, URLs, templates, file names.
//
// Pure text: topic_mismatch.hpp decides whether a slip of these explains that a filter does not
// match, and beside.hpp listens for what was meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mqttkit::doctor {

/// The text with %2F, %20 and the like resolved, and + as it is.
std::string percent_decoded(std::string_view text);

/// Whether a level is a place for a value that nobody filled in: "{id}", "${id}", "<id>", ":id",
/// "%s",
/// "%topic%", "YOUR_ID".
bool is_placeholder(std::string_view level) noexcept;
/// Whether a level is what programs write in place of a value that is not there: "undefined",
/// "null".
bool is_absent_value(std::string_view level) noexcept;

/// The entries of a list of topics written as one text: "a/b,c/d", "[\"a/b\"]". Empty for no list.
std::vector<std::string> listed_topics(std::string_view text);

/// Whether `level` is a pattern of file names, regular expressions or SQL ("*", ".*", "sens*", "%")
/// that would match `text`.
bool is_foreign_pattern_for(std::string_view level, std::string_view text) noexcept;

}  // namespace mqttkit::doctor
