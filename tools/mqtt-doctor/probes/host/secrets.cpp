#include "mqtt-doctor/probes/host/secrets.hpp"

#include <algorithm>
#include <cctype>
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
  if (name.ends_with("file") || name.ends_with("file_path") || name.ends_with("-file-path"))
    return false;
  // Of nats-server, whose value is a token.
  if (name == "--auth" || name == "-auth") return true;
  return std::any_of(std::begin(parts), std::end(parts),
                     [&](std::string_view part) { return has(name, part); }) ||
         std::any_of(std::begin(ends), std::end(ends),
                     [&](std::string_view end) { return name.ends_with(end); });
}

/// Whether the word behind an option is a secret. -P is a password for mosquitto's clients, and so
/// is the NAME of Erlang's -setcookie.
bool is_secret_option(std::string_view word) {
  return word.starts_with('-') && word.find('=') == std::string_view::npos &&
         (names_a_secret(word) || word == "-P" || word == "--pw" || word == "-pw");
}

/// The mark that ends a here-document which begins on the line: "EOF" of "cat <<-'EOF' > FILE".
std::string mark_of_document(std::string_view line) {
  for (std::size_t at = 0; (at = line.find("<<", at)) != std::string_view::npos; at += 2) {
    if (line.substr(at).starts_with("<<<")) {  // a text that is given itself
      ++at;
      continue;
    }
    std::size_t from = line.find_first_not_of("- \t'\"\\", at + 2);
    if (from == std::string_view::npos) return {};
    // A number is shifted by another one.
    if (std::isalpha(static_cast<unsigned char>(line[from])) == 0 && line[from] != '_') continue;
    const std::size_t to = line.find_first_of(" \t'\";|&<>)", from);
    return std::string(line.substr(from, to == std::string_view::npos ? to : to - from));
  }
  return {};
}

/// The script with *** in the place of what its here-documents hold: a file with passwords as often
/// as any other.
std::string without_documents(const std::string& text) {
  if (text.find("<<") == std::string::npos) return text;
  std::string out, mark;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find('\n', from), text.size());
    const std::string line = text.substr(from, to - from);
    from = to + 1;
    const std::size_t begin = line.find_first_not_of('\t');
    const bool is_end = !mark.empty() && begin != std::string::npos && line.substr(begin) == mark;
    if (mark.empty()) {
      if (to < text.size()) mark = mark_of_document(line);
      out += line + (mark.empty() ? "\n" : "\n***\n");
    } else if (is_end) {
      mark.clear();
      out += line + "\n";
    }
  }
  out.pop_back();
  return out;
}

/// The words of a script for a shell; a line's end is one of a command.
std::vector<std::string> script_words(const std::string& script) {
  const std::string text = without_documents(script);
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

/// The words of an argument, of which a secret is one whatever stands in it.
/// @param before  the argument before it
std::vector<std::string> argument_words(const std::string& argument, const std::string& before) {
  if (is_secret_option(before)) return {"***"};
  const std::string name = argument.substr(0, argument.find_first_of("= \t\r\n"));
  if (name.size() < argument.size() && argument[name.size()] == '=' && names_a_secret(name))
    return {name + "=***"};
  return words_of(argument);
}

/// Whether the argument behind this one is a script: "-c", "-ec".
bool announces_script(const std::string& argument) {
  constexpr std::size_t longest = 6;
  return argument.size() > 1 && argument.size() <= longest && argument[0] == '-' &&
         argument[1] != '-' && argument.back() == 'c';
}

/// NAME:*** of "NAME:PASSWORD" as curl's -u and --user take it; other words stay. Numbers on both
/// sides are a user and a group.
std::string without_its_password(const std::string& word) {
  const std::size_t colon = word.find(':');
  if (colon == std::string::npos || colon + 1 == word.size()) return word;
  if (word.find_first_not_of("0123456789:") == std::string::npos) return word;
  const char last = word.back();
  const bool is_quoted = last == '"' || last == '\'';
  return word.substr(0, colon + 1) + "***" + (is_quoted ? std::string(1, last) : std::string());
}

/// Hides the password of a login that is one word: -u NAME:PASSWORD, -uNAME:PASSWORD, --user=...
std::string without_login(const std::string& word, const std::string& before) {
  if (before == "-u" || before == "--user" || before == "--proxy-user" || before == "-U")
    return without_its_password(word);
  for (const std::string_view option : {"--user=", "--proxy-user=", "-u"}) {
    if (word.size() > option.size() && word.starts_with(option) &&
        (option != "-u" || word[2] != '-'))
      return std::string(option) + without_its_password(word.substr(option.size()));
  }
  return word;
}

bool is_joint(const std::string& word) {
  return word == "&&" || word == "||" || word == "|" || word == ";" || word == "&";
}

template <class Names>
bool is_of(const std::string& name, const Names& names) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// The program that a word may name: without its folder, and what a script writes around it.
std::string program_in(std::string_view word) {
  const std::size_t last = word.find_last_not_of("'\")]}`;");
  word = word.substr(0, last == std::string_view::npos ? 0 : last + 1);
  const std::size_t before = word.find_last_of("/;&|!({'\"`");
  return std::string(before == std::string_view::npos ? word : word.substr(before + 1));
}

/// Whether it is a program of which some commands take a password as a plain word.
bool is_tool(const std::string& program) {
  constexpr std::string_view tools[] = {"rabbitmqctl",    "emqx_ctl", "emqx",        "vmq-admin",
                                        "mosquitto_ctrl", "artemis",  "ejabberdctl", "nanomq_cli"};
  return is_of(program, tools);
}

/// Whether a plain word behind this one is a password.
/// @param has_tool  whether such a program stands before it
bool takes_a_password(bool has_tool, const std::string& word) {
  constexpr std::string_view always[] = {"mosquitto_passwd", "vmq-passwd", "htpasswd"};
  constexpr std::string_view commands[] = {
      "add_user",     "change_password",   "authenticate_user", "admins", "users",        "user",
      "createclient", "setclientpassword", "register",          "init",   "hash_password"};
  const std::string name = program_in(word);
  return is_of(name, always) || (has_tool && is_of(lower(name), commands));
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
  std::string before;
  const auto opened = [](std::string_view value) {
    const bool is_quoted = !value.empty() && (value.front() == '\'' || value.front() == '"');
    return is_quoted && (value.size() == 1 || value.back() != value.front()) ? value.front() : '\0';
  };
  // Beside a password of its own the name may have a colon: RabbitMQ's VHOST:USER.
  const bool has_password = std::any_of(arguments.begin(), arguments.end(),
                                        [](const auto& word) { return is_secret_option(word); });
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
      if (!has_password) shown = without_login(shown, before);
      const std::size_t mark = std::min(word.find_first_of("'\""), word.size());
      if (shown != word) quote = opened(std::string_view(word).substr(mark));
      tools::hide_url_passwords(shown, {});
    }
    hide = !hide && !is_inside && (is_secret_option(bare) || bare == "<<<");
    before = bare;
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

std::string without_secret_members(const std::string& text) {
  constexpr std::string_view around = " \t\r\n\"'\\";
  std::string out;
  std::size_t from = 0;  // what is not copied yet
  for (std::size_t at = 0; (at = text.find_first_of("=:", at)) != std::string::npos; ++at) {
    std::size_t end = at;
    while (end > from && around.find(text[end - 1]) != std::string_view::npos) --end;
    std::size_t begin = end;
    while (begin > from && (std::isalnum(static_cast<unsigned char>(text[begin - 1])) != 0 ||
                            text[begin - 1] == '_' || text[begin - 1] == '-'))
      --begin;
    if (!names_a_secret(std::string_view(text).substr(begin, end - begin))) continue;
    const std::size_t value = text.find_first_not_of(" \t\r\n\\", at + 1);
    // A list or an object has members of its own.
    if (value == std::string::npos || text[value] == '{' || text[value] == '[') continue;
    std::size_t behind = text.find_first_of(" \t\r\n,}]", value);
    if (text[value] == '"' || text[value] == '\'') {
      behind = value + 1;
      while (behind < text.size() && text[behind] != text[value])
        behind += text[behind] == '\\' ? 2U : 1U;
      ++behind;
    }
    behind = std::min(behind, text.size());
    out.append(text, from, at + 1 - from);
    out += "***";
    from = behind;
    at = behind - 1;
  }
  return out.append(text, from);
}

std::string shown_command(const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  std::size_t begin = 0;  // of the command that is being read
  std::string before;
  bool hide = false, was_piped = false, has_tool = false;
  for (const std::string& argument : arguments) {
    // Only a script has several commands; elsewhere a line's end or a mark is one of a word.
    const bool is_script = announces_script(before);
    char quote = 0;
    for (std::string& word :
         is_script ? script_words(argument) : argument_words(argument, before)) {
      if (is_script && quote == 0 && is_joint(word)) {
        was_piped = word == "|";
        hide = has_tool = false;
        words.push_back(std::move(word));
        if (!was_piped) begin = words.size();
        continue;
      }
      const std::string bare =
          word.substr(std::min(word.find_first_not_of("'\"([{$`"), word.size()));
      // Anything may stand before a program: "then", "gosu USER", "docker exec NAME".
      const bool begins = !hide && takes_a_password(has_tool, bare);
      has_tool = has_tool || is_tool(program_in(bare));
      if (begins && was_piped) {  // echo PASSWORD | rabbitmqctl add_user NAME
        const auto pipe = std::find(words.rbegin(), words.rend(), "|");
        const auto end = pipe == words.rend() ? words.begin() : pipe.base() - 1;
        const auto from = words.begin() + static_cast<std::ptrdiff_t>(begin);
        if (end > from + 1) *words.erase(from + 1, end - 1) = "***";
      }
      // Outside a secret only a quote that belongs to the word itself counts.
      const bool was_hidden = hide;
      quote = was_hidden ? quote_behind(word, quote) : '\0';
      const bool is_end = is_script && quote == 0 && word.ends_with(';');
      if (was_hidden) word = is_end ? "***;" : "***";
      hide = !is_end && (hide || begins);
      if (is_end) has_tool = false;
      if (was_hidden && words.back() == "***") words.pop_back();
      words.push_back(std::move(word));
    }
    before = argument;
  }
  return without_secrets(words);
}

}  // namespace mqttkit::doctor
