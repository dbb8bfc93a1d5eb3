#include "mqttkit/base/shell_word.hpp"

namespace mqttkit {

std::string shell_word(std::string_view text) {
  constexpr std::string_view harmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,=";
  const bool may_stay =
      !text.empty() && text[0] != '-' && text.find_first_not_of(harmless) == std::string_view::npos;
  std::string word;
  if (may_stay) {
    word = text;
  } else {
    word.append("'").append(in_single_quotes(text)).append("'");
  }
  return word;
}

std::string in_single_quotes(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out.append("'\\''");  // ends the quotes, and begins them again
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace mqttkit
