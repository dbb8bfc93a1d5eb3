#include "mqtt-doctor/mend/printed_command.hpp"

#include <charconv>

#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether a shell takes the character as it is outside quotes.
bool is_plain(char c) {
  constexpr std::string_view others = "_-./:=,+@%^";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos || static_cast<unsigned char>(c) >= 0x80;
}

class reader {
 public:
  explicit reader(std::string_view line) : rest_(line) {}

  std::optional<std::vector<simple_command>> read() {
    while (true) {
      skip_blanks();
      if (rest_.empty()) break;
      if (take("&&") || take(";")) {
        if (!end_command(false)) return std::nullopt;
      } else if (rest_.starts_with("||")) {
        return std::nullopt;
      } else if (take("|")) {
        if (!end_command(true)) return std::nullopt;
      } else if (!take_word()) {
        return std::nullopt;
      }
    }
    if (!command_.words.empty() && !end_command(false)) return std::nullopt;
    if (out_.empty() || out_.back().is_piped) return std::nullopt;
    return std::move(out_);
  }

 private:
  void skip_blanks() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  bool take(std::string_view sign) {
    if (!rest_.starts_with(sign)) return false;
    rest_.remove_prefix(sign.size());
    return true;
  }
  bool take_word() {
    std::string word;
    bool is_quoted = false;
    while (!rest_.empty() && rest_.front() != ' ' && rest_.front() != ';' && rest_.front() != '&' &&
           rest_.front() != '|') {
      const char c = rest_.front();
      if (c == '\'') {
        const std::size_t close = rest_.find('\'', 1);
        if (close == std::string_view::npos) return false;
        word += rest_.substr(1, close - 1);
        rest_.remove_prefix(close + 1);
        is_quoted = true;
      } else if (c == '\\' && rest_.size() > 1 && rest_[1] == '\'') {
        word += '\'';
        rest_.remove_prefix(2);
      } else if (is_plain(c) || (is_brace(c) && rest_.size() > 1 && rest_[1] == ' ') ||
                 (is_brace(c) && rest_.size() == 1)) {
        word += c;
        rest_.remove_prefix(1);
      } else {
        return false;
      }
    }
    if (word.empty() && !is_quoted) return false;
    // "NAME=value program" sets a variable, and keywords begin loops: both are not understood.
    const bool is_first = command_.words.empty();
    if (is_first && (word.find('=') != std::string::npos || word == "while" || word == "for" ||
                     word == "if" || word == "do" || word == "exec"))
      return false;
    command_.words.push_back(std::move(word));
    return true;
  }
  /// A single brace is a word for the shell as well as for nft.
  static bool is_brace(char c) { return c == '{' || c == '}'; }
  bool end_command(bool is_piped) {
    if (command_.words.empty()) return false;
    command_.is_piped = is_piped;
    out_.push_back(std::move(command_));
    command_ = {};
    return true;
  }

  std::string_view rest_;
  simple_command command_;
  std::vector<simple_command> out_;
};

}  // namespace

std::optional<std::vector<simple_command>> read_command(std::string_view line) {
  return reader(line).read();
}

int take_stop(std::string_view& line) {
  constexpr std::string_view head = "sudo kill ";
  if (!line.starts_with(head)) return 0;
  int pid = 0;
  const auto [end, error] =
      std::from_chars(line.data() + head.size(), line.data() + line.size(), pid);
  if (error != std::errc() || pid <= 1) return 0;
  const std::string whole = stop_command(pid) + "; ";
  if (!line.starts_with(whole)) return 0;
  line.remove_prefix(whole.size());
  return pid;
}

std::optional<std::string> printed_text_of(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "echo" && !words[1].starts_with('-')) return words[1] + "\n";
  if (words.size() < 2 || words[0] != "printf") return std::nullopt;
  if (words[1] == "%s\\n") {
    std::string out;
    for (std::size_t i = 2; i < words.size(); ++i) out += words[i] + "\n";
    return out;
  }
  if (words[1].find('%') != std::string::npos) {  // "\n%s\n%s\n", with a word for each
    constexpr std::string_view blank = "%s\\n", first = "\\n";
    std::string_view form = words[1];
    if (!form.starts_with(first) || words.size() < 3) return std::nullopt;
    form.remove_prefix(first.size());
    std::string out = "\n";
    for (std::size_t i = 2; i < words.size(); ++i) {
      if (!form.starts_with(blank)) return std::nullopt;
      form.remove_prefix(blank.size());
      out += words[i] + "\n";
    }
    return form.empty() ? std::optional(out) : std::nullopt;
  }
  if (words.size() != 2 || words[1].find('%') != std::string::npos) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < words[1].size(); ++i) {
    const char c = words[1][i];
    if (c != '\\') {
      out += c;
    } else if (i + 1 < words[1].size() && words[1][i + 1] == 'n') {
      out += '\n';
      ++i;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace mqttkit::doctor
