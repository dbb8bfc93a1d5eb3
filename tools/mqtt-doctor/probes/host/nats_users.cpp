// The users in NATS's configuration: with which password, and by which protocols they may come.
#include <algorithm>
#include <optional>
#include <utility>

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

std::vector<nats_word> nats_words(const std::string& text) {
  std::vector<nats_word> out;
  int line = 1;
  std::string word;
  bool has_word = false;
  const auto finish = [&] {
    if (has_word) out.push_back({std::exchange(word, {}), line, false});
    has_word = false;
  };
  for (std::size_t i = 0; i < text.size() && out.size() < most_words; ++i) {
    const char c = text[i];
    if (!has_word && (c == '"' || c == '\'')) {
      for (++i; i < text.size() && text[i] != c; ++i) {
        if (text[i] == '\n') ++line;
        word += text[i];
      }
      has_word = true;
      finish();
    } else if (c == '#' || (c == '/' && !has_word && i + 1 < text.size() && text[i + 1] == '/')) {
      finish();
      while (i + 1 < text.size() && text[i + 1] != '\n') ++i;
    } else if (std::string_view("{}[],\n").find(c) != std::string_view::npos) {
      finish();
      out.push_back({c == ',' ? "\n" : std::string(1, c), line, true});
      if (c == '\n') ++line;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '=' || (c == ':' && has_word)) {
      finish();
    } else if (c != ':') {
      word += c;
      has_word = true;
    }
  }
  finish();
  return out;
}

struct nats_user {
  std::string name, password;
  std::vector<std::string> types;  ///< allowed_connection_types, in capitals
  int types_line = 0;
};

/// The maps of the file that name a user.
std::vector<nats_user> users_in(const std::string& text) {
  std::vector<nats_user> out, open;
  std::vector<bool> is_list;
  std::string key;
  for (const nats_word& word : nats_words(text)) {
    const bool is_in_list = !is_list.empty() && is_list.back();
    if (word.is_sign) {
      if (word.text == "{" || word.text == "[") {
        if (is_list.size() >= most_levels) return out;
        is_list.push_back(word.text == "[");
        if (word.text == "{") open.emplace_back();
        if (word.text == "[" && key == "allowed_connection_types" && !open.empty())
          open.back().types_line = word.line;
        if (word.text == "{") key.clear();
      } else if (word.text == "}" || word.text == "]") {
        if (is_list.empty()) return out;
        if (word.text == "}" && !open.empty()) {
          if (!open.back().name.empty()) out.push_back(std::move(open.back()));
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
    if (open.empty()) continue;
    if (key == "user" || key == "username") open.back().name = word.text;
    if (key == "password" || key == "pass") open.back().password = word.text;
  }
  return out;
}

}  // namespace

void check_nats_user(const machine_files& files, const configuration_request& request,
                     const process_fact* runs, configuration_fact& into) {
  if (request.user.empty()) return;
  const auto users = users_in(files.read(into.file));
  const auto same = [&](const nats_user& each) { return each.name == request.user; };
  const auto found = std::find_if(users.begin(), users.end(), same);
  // Of two of one name, in different accounts, which one counts is not known here.
  if (found == users.end() || std::count_if(users.begin(), users.end(), same) != 1) return;
  login_check_fact check;
  check.file = into.file;
  check.user = request.user;
  const bool is_plain = !found->password.empty() && found->password[0] != '$';
  check.outcome = !is_plain                             ? login_outcome::unknown
                  : found->password == request.password ? login_outcome::right
                                                        : login_outcome::wrong;
  const auto status = files.status(into.file);
  if (status) check.modified = rfc3339(status->modified);
  check.is_newer = is_newer_than_start(status, runs);
  into.login_checks.push_back(std::move(check));
  if (found->types.empty()) return;
  std::string types;
  for (const auto& type : found->types) types += (types.empty() ? "" : ", ") + type;
  into.settings["allowed_connection_types"] = kept_line(types);
  into.places["allowed_connection_types"] = into.file + ":" + std::to_string(found->types_line);
}

}  // namespace mqttkit::doctor
