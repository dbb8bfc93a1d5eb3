#include "cli/arguments.hpp"

#include <algorithm>
#include <cstring>

#include "common/edit_distance.hpp"
#include "common/number.hpp"
#include "common/printable.hpp"

namespace mqttkit::tools {
namespace {

std::string quoted_word(std::string_view text) {
  std::string out = "'";
  out += printable(text, 60);
  out += '\'';
  return out;
}

/// What was probably meant by an option this program does not have.
std::string hint_for_unknown(program which, std::string_view spelled) {
  if (spelled == "-S") return "SRV lookups are not supported";
  const bool is_long = spelled.starts_with("--");
  for (const program other : {program::pub, program::sub, program::doctor}) {
    if (other == which) continue;
    const bool others = is_long ? find_option(other, spelled.substr(2)) != nullptr
                                : spelled.size() == 2 && find_option(other, spelled[1]) != nullptr;
    if (others) return "it is an option of " + std::string(name_of(other));
  }
  if (spelled.size() > 2) {
    const std::string near = suggest_option(which, spelled.substr(is_long ? 2 : 1));
    if (!near.empty()) return "did you mean " + near + "?";
  }
  return {};
}

}  // namespace

std::string unknown_option(program which, std::string_view spelled) {
  std::string text = "unknown option " + quoted_word(spelled);
  if (const std::string hint = hint_for_unknown(which, spelled); !hint.empty()) text += "; " + hint;
  return text;
}

std::string lost_dash(std::string_view word) {
  return "unknown option " + quoted_word(word) + "; did you mean --" +
         std::string(word.substr(1, word.find('=') - 1)) + "?";
}

namespace {

/// What was probably meant by a word in front, where others have commands; "" for other words.
std::string hint_for_command(program which, std::string_view word) {
  const bool is_pub = which == program::pub;
  if (word == "help" || word == "version") return "did you mean --" + std::string(word) + "?";
  if (word == "pub" || word == "publish")
    return is_pub ? "leave it out: mqtt-pub does nothing else" : "mqtt-pub publishes";
  if (word == "sub" || word == "subscribe")
    return is_pub ? "mqtt-sub subscribes" : "leave it out: mqtt-sub does nothing else";
  if (find_subcommand(program::doctor, word) != nullptr)
    return "it is a command of mqtt-doctor: mqtt-doctor " + std::string(word);
  return {};
}

/// "localhost", "broker.example", "192.0.2.1": where a broker was probably meant.
bool looks_like_host(std::string_view word) {
  if (word == "localhost") return true;
  const std::size_t dot = word.find('.');
  const bool has_dot_inside = dot != std::string_view::npos && dot != 0 && !word.ends_with('.');
  return has_dot_inside && std::all_of(word.begin(), word.end(), [](char c) {
           return c == '.' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                  (c >= 'A' && c <= 'Z');
         });
}

}  // namespace

std::string stray_word(program which, std::string_view word, const std::vector<argument>& before) {
  std::string text = quoted_word(word) + ": no option takes this word; ";
  const argument* last = before.empty() ? nullptr : &before.back();
  if (last == nullptr)
    if (const std::string hint = hint_for_command(which, word); !hint.empty()) return text + hint;
  if (last != nullptr && last->row->takes_value()) {
    // In "-t -m hello" the topic became "-m".
    const std::string_view value = last->words[last->word_count - 1];
    const bool swallowed = (value.size() == 2 && value[0] == '-' && find_option(which, value[1])) ||
                           (value.starts_with("--") && find_option(which, value.substr(2)));
    if (swallowed)
      return text + std::string(last->spelled) + " took " + quoted_word(value) + " as its value";
    if (last->row->id == option_id::message)
      return text + "quote a message with blanks: -m " +
             quoted_word(std::string(value) + " " + std::string(word));
    if (last->row->id == option_id::topic || last->row->id == option_id::filter ||
        last->row->id == option_id::filter_out)
      return text +
             "did the shell expand a * in the topic? quote topics, and MQTT's wildcards are + and "
             "#";
    if (last->row->id == option_id::property)
      return text + "-D takes COMMAND NAME VALUE, and only user-property takes one word more";
  }
  const std::size_t colon = word.rfind(':');
  const std::string_view port =
      word.substr(colon == std::string_view::npos ? word.size() : colon + 1);
  if (colon != 0 && !port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos)
    return text + "a broker is named as mqtt://" + printable(word, 200);
  const bool has_host = std::any_of(before.begin(), before.end(), [](const argument& given) {
    return given.row->id == option_id::host || given.row->id == option_id::url;
  });
  if (!has_host && looks_like_host(word))
    return text + "a broker goes after -h: -h " + printable(word, 200);
  return text + (which == program::pub ? "a message goes after -m, a topic after -t"
                                       : "a topic goes after -t");
}

bool is_bare_port(std::string_view word) {
  std::uint16_t port = 0;
  // A number with 0 in front is part of an address; nobody writes a port so.
  return !word.starts_with('0') && read_number<std::uint16_t>(word, 1, 65'535, port);
}

std::string missing_value(const argument& which) {
  std::string text = std::string(which.spelled) + " needs " + std::string(which.row->value);
  switch (which.row->id) {
    case option_id::filter:
    case option_id::filter_out:
    case option_id::unsubscribe:
      return text + "; quote a # from the shell: " + std::string(which.spelled) + " '#'";
    case option_id::property:
      return "-D needs COMMAND NAME VALUE, for example -D publish content-type text/plain, or "
             "-D publish user-property NAME VALUE";
    default:
      return text + ", nothing follows it";
  }
}

std::string take_words_of(argument& found, std::string_view text) {
  if (found.row->kind != value_kind::property) {
    found.words[found.word_count++] = text;
    return {};
  }
  std::size_t wanted = 3;
  while (found.word_count < wanted) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    if (text.empty()) return missing_value(found);
    const bool is_last = found.word_count + 1 == wanted;
    const std::size_t end =
        is_last ? text.size() : std::min(text.find_first_of(" \t"), text.size());
    found.words[found.word_count++] = text.substr(0, end);
    text.remove_prefix(end);
    if (found.word_count == 2 && found.words[1] == "user-property") wanted = 4;
  }
  return {};
}

std::string place_of(const argument& given) {
  if (given.file.empty()) return std::string(given.spelled);
  return printable(given.file, 200) + ":" + std::to_string(given.line) + ": " +
         std::string(given.spelled);
}

std::string_view nearest(std::string_view misspelt,
                         const std::vector<std::string_view>& candidates) {
  std::string_view best;
  // At most a third of the letters may be wrong, and never more than three: beyond that it is a
  // guess.
  std::size_t best_distance = std::min<std::size_t>(3, misspelt.size() / 3 + 1) + 1;
  for (const std::string_view candidate : candidates) {
    std::size_t distance = edit_distance(misspelt, candidate);
    // A name that begins with what was typed counts as near: "username" for "user".
    const std::size_t shorter = std::min(misspelt.size(), candidate.size());
    if (shorter >= 3 && misspelt.substr(0, shorter) == candidate.substr(0, shorter))
      distance = std::min<std::size_t>(distance, 1);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string suggest_option(program which, std::string_view misspelt) {
  // Names other MQTT programs use.
  static constexpr struct {
    std::string_view theirs, ours;
  } foreign[] = {
      {"hostname", "host"},        {"broker", "host"}, {"user", "username"},
      {"client-id", "id"},         {"clientid", "id"}, {"payload", "message"},
      {"msg", "message"},          {"ca", "cafile"},   {"tls", "tls-use-os-certs"},
      {"ssl", "tls-use-os-certs"}, {"socket", "unix"}, {"clean", "disable-clean-session"},
      {"socks", "proxy"},          {"websocket", "ws"}};
  for (const auto& row : foreign)
    if (row.theirs == misspelt && find_option(which, row.ours)) return "--" + std::string(row.ours);
  std::vector<std::string_view> names;
  for (const option_row& row : option_rows()) {
    if (!row.is_in(which)) continue;
    for (std::string_view list = row.long_names; !list.empty();) names.push_back(next_word(list));
  }
  const std::string_view best = nearest(misspelt, names);
  return best.empty() ? std::string() : "--" + std::string(best);
}

void wipe(std::string_view in_argv) noexcept {
  // A program may write to argv (C11 5.1.2.2.1), and the views point into it.
  if (!in_argv.empty()) std::memset(const_cast<char*>(in_argv.data()), '*', in_argv.size());
}

}  // namespace mqttkit::tools
