#include "mqtt-doctor/probes/host/secrets.hpp"

#include <algorithm>
#include <string_view>

#include "common/url_password.hpp"
#include "mqtt-doctor/probes/host/files.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// Whether the value behind an option or a variable of that name is a secret.
bool names_a_secret(std::string_view option) {
  constexpr std::string_view parts[] = {"password", "passwd",    "passphrase", "secret",
                                        "token",    "setcookie", "apikey"};
  constexpr std::string_view ends[] = {"pass", "pwd", "psk", "cookie"};
  const std::string name = lower(option);
  if (name.find("file") != std::string::npos) return false;
  // Of nats-server, whose value is a token.
  if (name == "--auth" || name == "-auth") return true;
  return std::any_of(std::begin(parts), std::end(parts),
                     [&](std::string_view part) { return has(name, part); }) ||
         std::any_of(std::begin(ends), std::end(ends),
                     [&](std::string_view end) { return name.ends_with(end); });
}

/// The words of a text for a shell; a line's end is one of a command.
std::vector<std::string> shell_words(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const bool is_end = c == '\n' || c == '\r';
    if (is_end && line.ends_with('\\')) {
      line.back() = ' ';
    } else if (is_end) {
      line += " ; ";
    } else {
      line += c;
    }
  }
  return words_of(line);
}

bool is_joint(const std::string& word) {
  return word == "&&" || word == "||" || word == "|" || word == ";" || word == "&";
}

/// Whether a plain word behind this one is a password.
/// @param program  the one that the command begins with
bool takes_a_password(const std::string& program, const std::string& word) {
  constexpr std::string_view always[] = {"mosquitto_passwd", "vmq-passwd", "htpasswd"};
  constexpr std::string_view tools[] = {"rabbitmqctl",    "emqx_ctl", "emqx",        "vmq-admin",
                                        "mosquitto_ctrl", "artemis",  "ejabberdctl", "nanomq_cli"};
  constexpr std::string_view commands[] = {
      "add_user",     "change_password",   "authenticate_user", "admins", "users",        "user",
      "createclient", "setclientpassword", "register",          "init",   "hash_password"};
  const auto is_of = [](const std::string& path, const auto& names) {
    const std::string name = path.substr(path.rfind('/') + 1);
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  return is_of(word, always) || (is_of(program, tools) && is_of(lower(word), commands));
}

/// Follows the quotes of a shell: the quote that is open behind the word, 0 for none.
char quote_behind(std::string_view word, char open) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\\' && open != '\'') {
      ++i;
    } else if (open == 0 && (word[i] == '\'' || word[i] == '"')) {
      open = word[i];
    } else if (word[i] == open) {
      open = 0;
    }
  }
  return open;
}

}  // namespace

std::string without_secrets(const std::vector<std::string>& arguments) {
  std::string out;
  bool hide = false;
  char quote = 0;  // of a secret that goes on over several words
  const auto opened = [](std::string_view value) {
    const bool is_quoted = !value.empty() && (value.front() == '\'' || value.front() == '"');
    return is_quoted && (value.size() == 1 || value.back() != value.front()) ? value.front() : '\0';
  };
  for (const auto& word : arguments) {
    std::string shown = word;
    // A word out of a script may stand behind a quote or bracket.
    const std::string bare = word.substr(std::min(word.find_first_not_of("'\"([{"), word.size()));
    const std::size_t equals = word.find('=');
    const bool is_inside = quote != 0;
    if (is_inside) {
      shown = "***";
      if (word.ends_with(quote)) quote = 0;
    } else if (hide) {
      shown = "***";
      quote = opened(word);
    } else if (equals != std::string::npos && names_a_secret(word.substr(0, equals))) {
      shown = word.substr(0, equals + 1) + "***";
      quote = opened(std::string_view(word).substr(equals + 1));
    } else {
      tools::hide_url_passwords(shown, {});
    }
    // -P is a password for mosquitto's clients, and so is the NAME of Erlang's -setcookie.
    hide = !hide && !is_inside && !bare.empty() && bare.front() == '-' &&
           equals == std::string::npos && (names_a_secret(bare) || bare == "-P" || bare == "--pw");
    if (!out.empty()) out += ' ';
    out += shown;
  }
  constexpr std::size_t longest = 400;  // command lines of Erlang and Java fill pages
  if (out.size() > longest) {
    out.resize(longest);
    out += "...";
  }
  return out;
}

std::string shown_command(const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  std::size_t begin = 0;  // of the command that is being read
  std::string program;
  bool hide = false, was_piped = false;
  char quote = 0;
  for (const std::string& argument : arguments) {
    for (std::string& word : shell_words(argument)) {
      if (quote == 0 && is_joint(word)) {
        was_piped = word == "|";
        hide = false;
        program.clear();
        words.push_back(std::move(word));
        if (!was_piped) begin = words.size();
        continue;
      }
      const std::string bare =
          word.substr(std::min(word.find_first_not_of("'\"([{$`"), word.size()));
      // "sudo", "exec" and variables stand before a program.
      const bool is_before = bare == "sudo" || bare == "exec" || bare == "sh" || bare == "-c" ||
                             bare.ends_with("/sh") || bare.ends_with("bash") ||
                             bare.find('=') != std::string::npos;
      if (program.empty() && !bare.empty() && !is_before) program = bare;
      const bool begins = !hide && takes_a_password(program, bare);
      if (begins && was_piped) {  // echo PASSWORD | rabbitmqctl add_user NAME
        const auto pipe = std::find(words.rbegin(), words.rend(), "|");
        const auto end = pipe == words.rend() ? words.begin() : pipe.base() - 1;
        const auto from = words.begin() + static_cast<std::ptrdiff_t>(begin);
        if (end > from + 1) *words.erase(from + 1, end - 1) = "***";
      }
      // Outside a secret only a quote that belongs to the word itself counts.
      const bool was_hidden = hide;
      quote = was_hidden ? quote_behind(word, quote) : '\0';
      const bool is_end = quote == 0 && word.ends_with(';');
      if (was_hidden) word = is_end ? "***;" : "***";
      hide = !is_end && (hide || begins);
      if (is_end) program.clear();
      if (was_hidden && words.back() == "***") words.pop_back();
      words.push_back(std::move(word));
    }
  }
  return without_secrets(words);
}

}  // namespace mqttkit::doctor
