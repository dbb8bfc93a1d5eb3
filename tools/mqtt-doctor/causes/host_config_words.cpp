#include "mqtt-doctor/causes/host_config_words.hpp"

#include <algorithm>

#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// A problem's detail is "VALUE", or "VALUE\nTHE WORDS THE OPTION TAKES".
std::string value_in(const configuration_problem& wrong) {
  return wrong.detail.substr(0, wrong.detail.find('\n'));
}
std::string choices_in(const configuration_problem& wrong) {
  const std::size_t end = wrong.detail.find('\n');
  return end == std::string::npos ? std::string() : wrong.detail.substr(end + 1);
}

std::vector<std::string> blank_separated(const std::string& text) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != std::string::npos) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// The port in a value, where there is one alone: "0.0.0.0:1883", "tcp 1883", "\"1883\"".
std::string only_port_in(const std::string& value) {
  std::string found;
  std::string digits;
  bool is_in_address = false;
  for (const char c : value + " ") {
    const bool is_digit = c >= '0' && c <= '9';
    if (is_digit) digits += c;
    if (is_digit) continue;
    if (c == '.') is_in_address = true;
    if (c == '.' || is_in_address) {
      if (c != '.') is_in_address = false;
      digits.clear();
      continue;
    }
    constexpr std::size_t most_digits = 5;
    const bool is_port = !digits.empty() && digits.size() <= most_digits && digits != "0";
    if (is_port && !found.empty()) return {};
    if (is_port) found = digits;
    digits.clear();
  }
  return found;
}

/// "listener ADDRESS PORT" and the like, put right; "" where it is not plain.
std::string meant_listener(const std::string& value) {
  const std::string port = only_port_in(value);
  if (port.empty()) return {};
  const std::string first = blank_separated(value)[0];
  const std::string address = first.substr(0, first.find(':'));
  const bool is_v4 = std::count(address.begin(), address.end(), '.') == 3 &&
                     address.find_first_not_of("0123456789.") == std::string::npos;
  return is_v4 && address != "0.0.0.0" ? port + " " + address : port;
}

}  // namespace

std::string meant_value(const std::string& option, const std::string& value,
                        const std::string& choices) {
  if (option == "listener") return meant_listener(value);
  std::string bare = value;
  const auto is_around = [](char c) {
    return std::string_view("\"'=: ;,").find(c) != std::string_view::npos;
  };
  while (!bare.empty() && is_around(bare.front())) bare.erase(0, 1);
  while (!bare.empty() && is_around(bare.back())) bare.pop_back();
  if (bare.empty()) return {};
  if (option == "log_dest" && bare.front() == '/') return "file " + bare;
  if (option == "log_dest" && lower(bare).starts_with("file")) {
    const std::size_t path = bare.find('/');
    return path == std::string::npos ? std::string() : "file " + bare.substr(path);
  }
  if (is_number(bare) && bare != value && choices.empty()) return bare;
  const std::string word = lower(blank_separated(bare)[0]);
  if (choices.empty()) {
    if (word == "true" || word == "yes" || word == "on" || word == "enabled") return "true";
    if (word == "false" || word == "no" || word == "off" || word == "disabled") return "false";
    if (option == "persistent_client_expiration") {
      std::string joined = bare.substr(0, bare.find('#'));
      std::erase(joined, ' ');
      joined = lower(joined);
      const std::size_t unit = joined.find_first_not_of("0123456789");
      const bool is_known = unit != std::string::npos && unit > 0 && joined[0] != '0' &&
                            std::string_view("hdwmy").find(joined[unit]) != std::string_view::npos;
      return is_known ? joined.substr(0, unit + 1) : std::string();
    }
    return {};
  }
  constexpr std::pair<std::string_view, const char*> synonyms[] = {
      {"ws", "websockets"},    {"wss", "websockets"}, {"auto", "automatic"},
      {"5", "mqttv50"},        {"v5", "mqttv50"},     {"mqttv5", "mqttv50"},
      {"3.1.1", "mqttv311"},   {"4", "mqttv311"},     {"mqttv3.1.1", "mqttv311"},
      {"mqttv5.0", "mqttv50"}, {"5.0", "mqttv50"},    {"3.1", "mqttv31"},
      {"1.2", "tlsv1.2"},      {"1.3", "tlsv1.3"},    {"1.1", "tlsv1.1"},
      {"tls1.2", "tlsv1.2"},   {"tls1.3", "tlsv1.3"}, {"tls1.1", "tlsv1.1"},
      {"tcp", "mqtt"},         {"mqtts", "mqtt"},     {"inet", "ipv4"},
      {"inet6", "ipv6"},       {"verbose", "debug"},  {"inout", "both"}};
  std::string like = word;
  for (const auto& [other, meant] : synonyms) {
    if (word == other &&
        (", " + choices + ",").find(std::string(", ") + meant + ",") != std::string::npos)
      like = meant;
  }
  std::string found;
  std::size_t from = 0;
  while (from < choices.size()) {
    const std::size_t end = std::min(choices.find(", ", from), choices.size());
    const std::string choice = choices.substr(from, end - from);
    if (choice == like) return choice;
    constexpr std::size_t shortest = 3;
    const bool is_near =
        like.size() >= shortest && (choice.starts_with(like) || like.starts_with(choice));
    if (is_near && choice.size() >= shortest) found = found.empty() ? choice : "?";
    from = end + 2;
  }
  return found == "?" ? std::string() : found;
}

std::optional<sentence> odd_path_words(const configuration_problem& wrong) {
  const std::string& file = wrong.file;
  const places with{{"name", wrong.subject},
                    {"file", file},
                    {"comment", file.substr(std::min(file.find('#'), file.size()))}};
  if (file.find('"') != std::string::npos || file.find('\'') != std::string::npos)
    return words(N_("{name} names {file}: the quotation marks count as part of the name."), with);
  if (file.find(" #") != std::string::npos)
    return words(
        N_("{name} names {file}: \"{comment}\" counts as part of the name; a comment needs "
           "a line of its own."),
        with);
  if (file.starts_with('~'))
    return words(N_("{name} names {file}: mosquitto does not know ~; it wants the whole path."),
                 with);
  if (!file.starts_with('/'))
    return words(N_("{name} names {file}, which is no whole path: mosquitto looks for it in the "
                    "folder that it was started in, which for a service is /."),
                 with);
  return std::nullopt;
}

bool mend_odd_path(made_finding& to, const configuration_problem& wrong) {
  if (wrong.named_in.empty() || !odd_path_words(wrong)) return false;
  const std::string line = std::to_string(wrong.named_line);
  if (wrong.file.find_first_of("\"'") != std::string::npos) {
    to.mend(words(N_("Take them out; the old file is kept beside it:")),
            edit_command(line + "s/[\"']//g", wrong.named_in));
  } else if (wrong.file.find(" #") != std::string::npos) {
    to.mend(words(N_("Take the comment out of that line; the old file is kept beside it:")),
            edit_command(line + "s/ *#.*//", wrong.named_in));
  } else {
    to.look(words(N_("Write the path from / on:")), "sudoedit " + shell_word(wrong.named_in));
  }
  return true;
}

namespace {

sentence value_words(const configuration_problem& wrong, places with) {
  with["value"] = value_in(wrong);
  with["choices"] = choices_in(wrong);
  if (wrong.subject == "acl_file")
    return wrong.detail.find("\\x09") != std::string::npos
               ? words(
                     N_("{place}: mosquitto does not take the line \"{value}\" in an access list; "
                        "\\x09 is a tab, and it wants a blank."),
                     with)
               : words(
                     N_("{place}: mosquitto does not take the line \"{value}\" in an access list."),
                     with);
  if (wrong.subject == "psk_file")
    return words(N_("{place}: the key of \"{value}\" is not in hexadecimal digits alone."), with);
  if (wrong.detail == "no library")
    return words(N_("{name} names {place}, which is no library that mosquitto could load."), with);
  if (wrong.subject == "memory_limit")
    return words(N_("{place}: memory_limit {value} is a number of bytes, with which mosquitto ends "
                    "while it starts, or at its first clients."),
                 with);
  if (wrong.detail == "empty") return words(N_("{place}: {name} has no value behind it."), with);
  if (wrong.subject == "per_listener_settings" && wrong.detail.starts_with("must stand before"))
    return words(N_("{place}: {name} stands below a setting of users or rights; mosquitto wants it "
                    "above them all."),
                 with);
  if (wrong.subject == "listener")
    return words(N_("{place}: mosquitto does not take \"{value}\" for listener: the port comes "
                    "first, and behind it an address, if any."),
                 with);
  if (choices_in(wrong).empty())
    return words(N_("{place}: mosquitto does not take \"{value}\" for {name}."), with);
  return words(N_("{place}: mosquitto does not take \"{value}\" for {name}, but one of these: "
                  "{choices}."),
               with);
}

sentence lacking_words(const configuration_problem& wrong, const places& with) {
  if (wrong.detail == "listener")
    return words(
        N_("{place}: {name} belongs to a listener, and no listener line stands above it in "
           "this file."),
        with);
  if (wrong.detail == "plugin")
    return words(N_("{place}: {name} belongs to a plugin, and no line \"plugin FILE\" stands above "
                    "it in this file."),
                 with);
  return words(N_("{place}: this bridge has {name} and no {value}; it needs both."), with);
}

sentence file_words(const configuration_problem& wrong, const places& with) {
  if (const auto odd = odd_path_words(wrong)) return *odd;
  if (wrong.detail != "Is a directory")
    return words(N_("{name} names {place}, which does not exist."), with);
  return wrong.subject == wrong.file
             ? words(
                   N_("{place} is a folder, and should be a file: docker makes one where the file "
                      "to mount is not there."),
                   with)
             : words(N_("{name} names {place}, which is a folder, and should be a file."), with);
}

sentence tab_words(const configuration_problem& wrong, const places& with) {
  if (wrong.subject.empty())
    return words(N_("{place}: the line holds a tab and nothing else; mosquitto takes that for the "
                    "name of an option."),
                 with);
  if (!wrong.detail.empty())
    return words(N_("{place}: beside {name} stands the character {value}, which looks like a blank "
                    "or like nothing, and mosquitto wants a blank."),
                 with);
  return words(N_("{place}: a tab stands beside {name}; mosquitto wants a blank."), with);
}

sentence port_words(const configuration_problem& wrong, const places& with) {
  if (wrong.detail.empty()) return words(N_("{place}: a second listener for port {name}."), with);
  const bool is_old =
      wrong.detail.starts_with("port ") || wrong.detail.starts_with("bind_address ");
  return is_old ? words(N_("{place}: \"{value}\" opens a listener of its own on port {name}, which "
                           "has one by a listener line."),
                        with)
                : words(N_("{place}: {value} stands above every listener line of its file, so that "
                           "it opens one more listener on port {name}, and that port has one."),
                        with);
}

}  // namespace

sentence configuration_error_words(const host_view& at, const configuration_problem& wrong) {
  const places with{{"place", place_text(wrong)},
                    {"name", wrong.subject},
                    {"value", wrong.detail},
                    {"version", at.configuration->version}};
  switch (wrong.kind.value()) {
    case problem_kind::byte_order_mark:
      return words(N_("{place} begins with a byte order mark, so that mosquitto does not know the "
                      "first word."),
                   with);
    case problem_kind::utf_16:
      return words(N_("{place} is written in {value} (Windows' Unicode), of which mosquitto knows "
                      "not a word: it wants UTF-8 without a byte order mark."),
                   with);
    case problem_kind::tab:
      return tab_words(wrong, with);
    case problem_kind::duplicate_port:
      return port_words(wrong, with);
    case problem_kind::duplicate_option:
      return words(N_("{place}: a second line {name}, which may stand once; the first one says "
                      "\"{value}\"."),
                   with);
    case problem_kind::outside_bridge:
      return words(N_("{place}: {name} belongs to a bridge, and no line \"connection NAME\" stands "
                      "above it in this file."),
                   with);
    case problem_kind::incomplete_bridge:
      return words(N_("{place}: the bridge {value} has no line \"{name}\"."), with);
    case problem_kind::missing_user:
      return words(N_("{place} says \"user {name}\", and this machine has no such user."), with);
    case problem_kind::lacks_option:
      return lacking_words(wrong, with);
    case problem_kind::contradiction:
      return words(N_("{place}: {name} and {value} exclude each other: a connection has either "
                      "certificates or a pre-shared key."),
                   with);
    case problem_kind::same_identifier:
      return words(N_("{place}: this bridge has the same identifier on this broker, \"{name}\", as "
                      "the bridge {value}."),
                   with);
    case problem_kind::not_utf8:
      return words(N_("{place}: the value of {name} is not UTF-8; the file was saved in another "
                      "encoding."),
                   with);
    case problem_kind::missing_file:
      return file_words(wrong, with);
    case problem_kind::bad_value:
      return value_words(wrong, with);
    case problem_kind::newer_variable:
      return wrong.detail == "1"
                 ? words(N_("{place}: mosquitto {version} knows {name} no more; version 1 did."),
                         with)
                 : words(N_("{place}: mosquitto {version} does not take \"{name}\" yet; a later "
                            "version does."),
                         with);
    case problem_kind::unknown_variable:
      if (!wrong.detail.empty())
        return words(
            N_("{place}: mosquitto knows no option \"{name}\"; the nearest it knows is {value}."),
            with);
      [[fallthrough]];
    default:
      return words(N_("{place}: mosquitto knows no option \"{name}\"."), with);
  }
}

namespace {

// The user that the broker runs as, or would.
std::string user_of(const host_view& at) {
  const auto named = at.configuration->settings.find("user");
  return named == at.configuration->settings.end() ? "mosquitto" : shell_word(named->second);
}

// All files of the configuration, as words of a command.
std::string files_text(const host_view& at) {
  std::string out;
  for (const auto& file : at.configuration->files) {
    if (!out.empty()) out += ' ';
    out += shell_word(file);
  }
  return out;
}

void mend_missing_file(made_finding& to, const host_view& at, const configuration_problem& wrong) {
  if (mend_odd_path(to, wrong)) return;
  if (wrong.detail == "Is a directory" && wrong.subject == wrong.file) {
    to.mend(words(N_("Move the folder aside, and put the configuration in its place:")),
            "sudo mv -n " + shell_word(wrong.file) + " " + shell_word(wrong.file + ".folder") +
                " && printf 'listener 1883\\nallow_anonymous false\\npassword_file "
                "/etc/mosquitto/passwd\\n' | sudo tee " +
                shell_word(wrong.file));
    to.then(words(N_("Make a user:")), add_user_command("/etc/mosquitto/passwd", {}));
  } else if (wrong.detail == "Is a directory" && wrong.subject == "password_file") {
    to.mend(words(N_("Move the folder aside, and make a file with a user in its place:")),
            "sudo mv -n " + shell_word(wrong.file) + " " + shell_word(wrong.file + ".folder") +
                " && " + add_user_command(wrong.file, {}));
  } else if (wrong.subject == "include_dir") {
    to.mend(words(N_("Make that folder:")), "sudo mkdir -p " + shell_word(wrong.file));
  } else if (wrong.subject == "pid_file") {
    to.mend(words(N_("Make that folder; below /run it is gone when the machine starts anew, unless "
                     "a file in /etc/tmpfiles.d/ makes it:")),
            "sudo install -d -o " + user_of(at) + " " + shell_word(wrong.file));
  } else if (wrong.subject == "password_file") {
    to.mend(words(N_("Make the file, with a user:")), add_user_command(wrong.file, {}));
  } else {
    to.mend(
        words(N_("Mend it:")),
        "sudoedit " + shell_word(wrong.named_in.empty() ? at.configuration->file : wrong.named_in));
  }
}

void mend_value(made_finding& to, const configuration_problem& wrong) {
  const std::string line = std::to_string(wrong.line);
  const std::string value = value_in(wrong);
  const std::string meant = meant_value(wrong.subject, value, choices_in(wrong));
  if (wrong.line == 0 || meant.empty() || wrong.subject == "acl_file") {
    to.mend(words(N_("Mend it:")),
            "sudoedit " + shell_word(wrong.named_in.empty() ? wrong.file : wrong.named_in));
    return;
  }
  const bool is_plain = value.find_first_not_of(
                            "abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string::npos;
  to.mend(lower(value) == meant ? words(N_("Small letters:"))
          : meant == "true" || meant == "false"
              ? words(N_("mosquitto says true and false:"))
              : words(N_("Write it so; the old file is kept beside it:")),
          edit_command(
              line + (is_plain ? "s/" + value + " *$/" + meant + "/"
                               : "s/.*/" + sed_replacement_of(wrong.subject + " " + meant) + "/"),
              wrong.file));
}

/// Puts per_listener_settings above all that it is about. To take it out instead would let the last
/// allow_anonymous hold for every listener.
void move_to_the_top(made_finding& to, const host_view& at, const configuration_problem& wrong) {
  const std::string& main = at.configuration->file;
  to.look(
      words(N_("Move that line to the top, and before the broker is started again write what "
               "stands above the first listener (password_file, acl_file, plugins, "
               "allow_anonymous) below each listener that it is for: it counts for none of them "
               "then:")),
      "sudoedit " + shell_word(main) +
          (wrong.file == main ? std::string() : " " + shell_word(wrong.file)));
}

void mend_name(made_finding& to, const configuration_problem& wrong) {
  const std::string line = std::to_string(wrong.line);
  if (wrong.subject.starts_with("#")) {
    to.mend(words(N_("A comment begins in the first column:")),
            edit_command(line + "s/^[ \\t]*//", wrong.file));
  } else if (!wrong.detail.empty() && wrong.subject.find_first_of("=:") != std::string::npos) {
    to.mend(words(N_("Write it so, with a blank between; the old file is kept beside it:")),
            edit_command(line + "s/^ *[^=:]*[=:] */" + wrong.detail + " /", wrong.file));
  } else if (!wrong.detail.empty()) {
    to.mend(words(N_("Write it so; the old file is kept beside it:")),
            edit_command(line + "s/" + sed_pattern_of(wrong.subject) + "/" + wrong.detail + "/",
                         wrong.file));
  } else {
    to.mend(words(N_("Mend it:")), "sudoedit " + wrong.file);
  }
}

void mend_utf_16(made_finding& to, const configuration_problem& wrong) {
  const std::string file = shell_word(wrong.file), new_file = shell_word(wrong.file + ".utf8");
  to.mend(words(N_("Write it anew in UTF-8; the old file is kept beside it:")),
          "sudo iconv -f " + wrong.detail + " -t UTF-8 -o " + new_file + " " + file +
              " && sudo cp -p " + file + " " + shell_word(wrong.file + ".bak") + " && sudo cp " +
              new_file + " " + file + " && sudo rm " + new_file);
}

void mend_blank(made_finding& to, const configuration_problem& wrong) {
  if (wrong.detail.empty()) {
    to.mend(words(N_("Put blanks in the place of tabs:")), edit_command("s/\\t/ /g", wrong.file));
    return;
  }
  const char* const bytes = wrong.detail == "U+00A0"   ? "\\xC2\\xA0"
                            : wrong.detail == "U+3000" ? "\\xE3\\x80\\x80"
                                                       : "\\xE2\\x80\\x8B";
  const char* const blank = wrong.detail == "U+200B" ? "" : " ";
  to.mend(words(N_("Put blanks in its place; the old file is kept beside it:")),
          edit_command(std::string("s/") + bytes + "/" + blank + "/g", wrong.file));
}

}  // namespace

void mend_configuration(made_finding& to, const host_view& at, const configuration_problem& wrong) {
  const std::string line = std::to_string(wrong.line);
  switch (wrong.kind.value()) {
    case problem_kind::byte_order_mark:
      to.mend(words(N_("Take the mark away:")), edit_command("1s/^\\xEF\\xBB\\xBF//", wrong.file));
      return;
    case problem_kind::utf_16:
      return mend_utf_16(to, wrong);
    case problem_kind::tab:
      return mend_blank(to, wrong);
    case problem_kind::missing_file:
      return mend_missing_file(to, at, wrong);
    case problem_kind::bad_value:
      if (wrong.subject == "per_listener_settings" && wrong.detail.starts_with("must stand before"))
        return move_to_the_top(to, at, wrong);
      return mend_value(to, wrong);
    case problem_kind::unknown_variable:
      return mend_name(to, wrong);
    case problem_kind::newer_variable:
      to.mend(words(N_("Take that line out; the old file is kept beside it:")),
              edit_command(line + "d", wrong.file));
      return;
    case problem_kind::duplicate_port:
      if (wrong.detail.empty() || wrong.detail.starts_with("port ")) {
        to.mend(words(N_("Take that line out:")), edit_command(line + "d", wrong.file));
      } else if (wrong.detail.starts_with("bind_address ")) {
        to.look(
            words(N_("Take that line out, and write the address behind the port of the listener "
                     "line, if it is meant for that:")),
            "sudoedit " + shell_word(wrong.file));
      } else {
        to.look(words(N_("Move that line below the listener that it is meant for:")),
                "sudoedit " + shell_word(wrong.file));
      }
      return;
    case problem_kind::duplicate_option:
      to.look(words(N_("Leave the one that is meant, and take the other out:")),
              "sudo grep -n '^" + wrong.subject + "' " + files_text(at));
      return;
    case problem_kind::missing_user:
      to.mend(words(N_("Let it run as the user that its package made:")),
              edit_command("s/^user .*/user mosquitto/", wrong.file));
      return;
    case problem_kind::lacks_option:
      to.look(wrong.detail == "listener"
                  ? words(N_("Move that line below the listener that it is meant for:"))
              : wrong.detail == "plugin"
                  ? words(N_("Name the plugin above that line, or take the line out:"))
                  : words(N_("Add the other one below that line:")),
              "sudoedit " + shell_word(wrong.file));
      return;
    case problem_kind::same_identifier:
      to.look(words(N_("Give one of the two bridges a local_clientid of its own:")),
              "sudoedit " + shell_word(wrong.file));
      return;
    default:
      to.mend(words(N_("Mend it:")), "sudoedit " + wrong.file);
  }
}

}  // namespace mqttkit::doctor
