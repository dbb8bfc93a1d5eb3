#include "common/command_words.hpp"

namespace mqttkit::tools {

std::string split_command(std::string_view command, std::vector<std::string>& out) {
  std::string word;
  bool has_word = false;  // also an empty one, between quotes
  char quote = 0;
  for (std::size_t at = 0; at < command.size(); ++at) {
    const char c = command[at];
    if (c == '\\' && quote != '\'') {
      if (++at == command.size()) return "nothing follows the backslash at its end";
      word += command[at];
      has_word = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      has_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (has_word) out.push_back(std::move(word));
      word.clear();
      has_word = false;
    } else {
      word += c;
      has_word = true;
    }
  }
  if (quote != 0) return std::string("a ") + quote + " without its other half";
  if (has_word) out.push_back(std::move(word));
  if (out.empty() || out[0].empty()) return "there is no command in it";
  return {};
}

}  // namespace mqttkit::tools
