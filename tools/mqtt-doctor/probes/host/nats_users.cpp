// The users in NATS's configuration: with which password, and by which protocols they may come.
#include <algorithm>
#include <optional>
#include <utility>

#include "mqtt-doctor/probes/host/broker_syntax.hpp"
#include "mqtt-doctor/probes/host/brokers.hpp"
#include "mqtt-doctor/probes/host/mosquitto_files.hpp"

namespace mqttkit::doctor {
namespace {

constexpr std::size_t most_words = 20'000, most_levels = 16;

struct nats_word {
  std::string text;  ///< a word, or one of { } [ ] and "\n" for an end of a line or a comma
  int line = 0;
  bool is_sign = false;
};

/// NATS's lexer: an unquoted value holds all up to a blank or what ends it, so "p#1" and "a=b" are
/// passwords.
class nats_lexer {
 public:
  explicit nats_lexer(const std::string& text) : text_(text) {}

  std::vector<nats_word> words() {
    while (at_ < text_.size() && out_.size() < most_words) {
      const char c = text_[at_];
      if (c == '#' || (c == '/' && text_.compare(at_, 2, "//") == 0)) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '"' || c == '\'') {
        quoted(c);
      } else if (std::string_view("{}[],;\n").find(c) != std::string_view::npos) {
        sign(c);
      } else if (is_blank(c) || (!is_value() && (c == '=' || c == ':')) ||
                 (is_separated_ && (c == '=' || c == ':'))) {
        if (!is_blank(c)) is_separated_ = false;
        ++at_;
      } else {
        plain();
      }
    }
    return std::move(out_);
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
  bool is_in_list() const { return !is_list_.empty() && is_list_.back(); }
  bool is_value() const { return is_in_list() || has_key_; }

  void keep(std::string word, int line) {
    out_.push_back({std::move(word), line, false});
    if (is_in_list()) return;
    has_key_ = !has_key_;
    is_separated_ = has_key_;  // one sign may stand between a key and its value
  }

  void sign(char c) {
    if ((c == '{' || c == '[') && is_list_.size() < 2 * most_levels) is_list_.push_back(c == '[');
    if ((c == '}' || c == ']') && !is_list_.empty()) is_list_.pop_back();
    has_key_ = is_separated_ = false;
    out_.push_back({c == ',' || c == ';' ? "\n" : std::string(1, c), line_, true});
    if (c == '\n') ++line_;
    ++at_;
  }

  /// What a backslash and the letter behind it stand for.
  char escaped() {
    const char c = text_[++at_];
    return c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
  }

  void quoted(char quote) {
    const int begun = line_;
    std::string word;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\n') ++line_;
      const bool is_escape = quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size();
      word += is_escape ? escaped() : text_[at_];
    }
    if (at_ < text_.size()) ++at_;
    keep(std::move(word), begun);
  }

  void plain() {
    const std::string_view ends = is_value() ? " \t\r\n,;]}" : " \t\r\n,;]}{[=:#";
    std::string word;
    for (; at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos; ++at_) {
      const bool is_escape = text_[at_] == '\\' && at_ + 1 < text_.size();
      word += is_escape ? escaped() : text_[at_];
    }
    keep(std::move(word), line_);
  }

  const std::string& text_;
  std::vector<nats_word> out_;
  std::vector<bool> is_list_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool has_key_ = false, is_separated_ = false;
};

struct nats_user {
  std::string name, password;
  int line = 0;
  std::vector<std::string> types;  ///< allowed_connection_types, in capitals
  int types_line = 0;
  bool is_servers = false;  ///< by which another server comes, and no client
};

/// The maps of the file that name a client's user.
std::vector<nats_user> users_in(const std::string& text) {
  std::vector<nats_user> out, open;
  std::vector<bool> is_list;
  std::string key;
  for (const nats_word& word : nats_lexer(text).words()) {
    const bool is_in_list = !is_list.empty() && is_list.back();
    if (word.is_sign) {
      if (word.text == "{" || word.text == "[") {
        if (is_list.size() >= most_levels) return out;
        is_list.push_back(word.text == "[");
        if (word.text == "[" && key == "allowed_connection_types" && !open.empty())
          open.back().types_line = word.line;
        if (word.text == "{") {
          nats_user made;
          made.is_servers = (!open.empty() && open.back().is_servers) || key == "cluster" ||
                            key == "gateway" || key == "leaf" || key == "leafnodes";
          open.push_back(std::move(made));
          key.clear();
        }
      } else if (word.text == "}" || word.text == "]") {
        if (is_list.empty()) return out;
        if (word.text == "}" && !open.empty()) {
          if (!open.back().name.empty() && !open.back().is_servers)
            out.push_back(std::move(open.back()));
          open.pop_back();
        }
        is_list.pop_back();
        key.clear();
      } else if (!is_in_list) {
        key.clear();
      }
      continue;
    }
    if (is_in_list) {
      if (key == "allowed_connection_types" && !open.empty()) {
        std::string type = word.text;
        std::transform(type.begin(), type.end(), type.begin(),
                       [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
        open.back().types.push_back(kept_line(type));
      }
      continue;
    }
    if (key.empty()) {
      key = lower(word.text);
      continue;
    }
    const std::string of = std::exchange(key, {});
    if (open.empty()) continue;
    if (of == "user" || of == "username") {
      open.back().name = word.text;
      open.back().line = word.line;
    }
    if (of == "password" || of == "pass") open.back().password = word.text;
  }
  return out;
}

constexpr std::size_t most_files = 16;
constexpr int most_includes = 8;  // nested inside each other

/// Where "include FILE" stands in a line, beginning and end, with the file's name.
struct nats_include {
  std::size_t begin = 0, end = 0;
  std::string name;
};

std::optional<nats_include> include_in(const std::string& line) {
  constexpr std::string_view word = "include";
  const std::string_view before = " \t{;,", ends = " \t\r;,}";
  const std::string start = trimmed(line);
  if (start.starts_with('#') || start.starts_with("//")) return {};
  for (std::size_t at = 0; (at = line.find(word, at)) != std::string::npos; at += word.size()) {
    const bool is_begun = at == 0 || before.find(line[at - 1]) != std::string_view::npos;
    const std::size_t behind = at + word.size();
    const std::size_t name = line.find_first_not_of(" \t", behind);
    if (!is_begun || name == std::string::npos || name == behind) continue;
    if (std::string_view("=:{[").find(line[name]) != std::string_view::npos) continue;
    const bool is_quoted = line[name] == '"' || line[name] == '\'';
    const std::size_t end = std::min(
        is_quoted ? line.find(line[name], name + 1) : line.find_first_of(ends, name), line.size());
    return nats_include{at, std::min(end + (is_quoted ? 1 : 0), line.size()),
                        line.substr(name + (is_quoted ? 1 : 0), end - name - (is_quoted ? 1 : 0))};
  }
  return {};
}

void add_file(const machine_files& files, const std::string& file, int depth, nats_text& into) {
  file_error error;
  const std::string text = files.read(file, &error);
  if (depth > 0) {
    if (error.empty())
      into.included.push_back(file);
    else
      into.is_in_part = true;
  }
  int number = 0;
  const auto add = [&](const std::string& line) {
    into.text += line + '\n';
    into.lines.push_back({file, number});
  };
  for (const std::string& line : lines_of(text)) {
    ++number;
    const auto included = include_in(line);
    if (!included) {
      add(line);
      continue;
    }
    add(line.substr(0, included->begin));
    if (depth >= most_includes || into.included.size() >= most_files) {
      into.is_in_part = true;
    } else {
      const std::string folder = file.substr(0, file.rfind('/') + 1);
      const std::string& name = included->name;
      add_file(files, name.starts_with('/') ? name : folder + name, depth + 1, into);
    }
    add(line.substr(included->end));
  }
}

}  // namespace

nats_text with_included(const machine_files& files, const std::string& file) {
  nats_text out;
  add_file(files, file, 0, out);
  return out;
}

void check_nats_user(const machine_files& files, const configuration_request& request,
                     const process_fact* runs, configuration_fact& into) {
  if (request.user.empty()) return;
  const nats_text read = with_included(files, into.file);
  // What was not read may name the user once more.
  if (read.is_in_part) return;
  const auto users = users_in(read.text);
  const auto origin = [&](int line) {
    const auto at = static_cast<std::size_t>(line) - 1;
    return at < read.lines.size() ? read.lines[at] : nats_text::origin{into.file, 0};
  };
  const auto same = [&](const nats_user& each) { return each.name == request.user; };
  const auto found = std::find_if(users.begin(), users.end(), same);
  // Of two of one name, in different accounts, which one counts is not known here.
  if (found == users.end() || std::count_if(users.begin(), users.end(), same) != 1) return;
  login_check_fact check;
  check.file = origin(found->line).file;
  check.user = request.user;
  const bool is_plain = !found->password.empty() && found->password[0] != '$';
  check.outcome = !is_plain                             ? login_outcome::unknown
                  : found->password == request.password ? login_outcome::right
                                                        : login_outcome::wrong;
  const auto status = files.status(check.file);
  if (status) check.modified = rfc3339(status->modified);
  check.is_newer = is_newer_than_start(status, runs);
  into.login_checks.push_back(std::move(check));
  if (found->types.empty()) return;
  std::string types;
  for (const auto& type : found->types) types += (types.empty() ? "" : ", ") + type;
  into.settings["allowed_connection_types"] = kept_line(types);
  const nats_text::origin types_at = origin(found->types_line);
  into.places["allowed_connection_types"] = types_at.file + ":" + std::to_string(types_at.line);
}

}  // namespace mqttkit::doctor
