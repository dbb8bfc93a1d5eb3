// The language of --help and of what is wrong with a command line. The texts here are English, and
// the catalogue's keys; a program that speaks others brings the function that looks them up.
#pragma once

#include <string>
#include <string_view>

namespace mqttkit::tools {

/// Marks a text for the translators; does nothing else.
constexpr std::string_view N_(std::string_view text) noexcept { return text; }

/// The text in the language of the user; the text itself where nobody translated it.
using translate_function = std::string (*)(std::string_view english);

inline std::string said(translate_function translate, std::string_view english) {
  return translate != nullptr ? translate(english) : std::string(english);
}

}  // namespace mqttkit::tools
