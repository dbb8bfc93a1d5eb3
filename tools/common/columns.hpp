// Text on a terminal: how wide it is, and how it is broken into lines or cut.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mqttkit::tools {

/// How many columns a terminal gives to a text in UTF-8: two for a character from U+3000 on, where
/// the scripts of East Asia and the emoji are, none for the escape sequences of colours.
std::size_t columns_of(std::string_view text);

/// `text` with line breaks so that no line is wider than `columns`, where that can be: a word wider
/// than that stays whole, for it is an address or a path and somebody will copy it.
///
/// Lines break at blanks and between characters of East Asia, there as typesetters do: no comma
/// begins a line and no bracket that opens ends one.
/// @param columns  0: never break
/// @param indent   blanks before every line but the first
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent = 0);

/// Makes `line` at most so wide; 0 means as wide as it is.
void cut(std::string& line, std::size_t columns);

/// The beginning and the end of what is wider than `columns`, for the last level of a topic tells
/// most. For text without escape sequences.
std::string shortened(std::string_view text, std::size_t columns);

}  // namespace mqttkit::tools
