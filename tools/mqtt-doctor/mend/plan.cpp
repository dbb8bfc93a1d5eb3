#include "mqtt-doctor/mend/plan.hpp"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/mend/configuration_text.hpp"
#include "mqtt-doctor/mend/printed_command.hpp"
#include "mqtt-doctor/mend/programs.hpp"
#include "mqtt-doctor/mend/proved.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using words_list = std::vector<std::string>;

/// The cures of a finding, each with the cures that follow from it.
std::vector<std::vector<cure>> whole_cures(const finding& about) {
  std::vector<std::vector<cure>> out;
  for (const cure& remedy : about.cures) {
    if (remedy.follows && !out.empty()) {
      out.back().push_back(remedy);
    } else {
      out.push_back({remedy});
    }
  }
  return out;
}

bool is_for_this_machine(const cure& remedy) {
  return (remedy.where == place::server || (remedy.where == place::here && remedy.whose.empty())) &&
         remedy.kind != cure_kind::words && remedy.kind != cure_kind::look;
}

/// Whether a cure's words announce a loss; see "A cure that deletes" in the manual.
bool is_harsh(const cure& remedy) {
  constexpr std::string_view signs[] = {" ends ", "removes ", "replaces ", "without a password"};
  return std::any_of(std::begin(signs), std::end(signs),
                     [&](std::string_view sign) { return contains(remedy.what.text, sign); });
}

bool is_configuration(std::string_view file) { return file.ends_with(".conf"); }

class planner {
 public:
  planner(const view& known, const machine_access& around, mend_plan& out)
      : known_(known), around_(around), out_(out) {}

  /// Plans one cure; false when a part is not understood or does harm, with `out_.refusal` set.
  bool plan(const std::vector<cure>& parts) {
    for (const cure& remedy : parts) {
      if (is_harsh(remedy))
        return refuse(words(
            N_("It deletes, ends or opens something, as its words say; that is for a person.")));
      if (remedy.command.empty() || remedy.kind == cure_kind::look) continue;
      if (!is_for_this_machine(remedy))
        return refuse(words(N_("A part of it is to be done elsewhere.")));
      if (remedy.kind == cure_kind::lines ? !take_lines(remedy)
                                          : !take_command(filled(remedy.command)))
        return false;
    }
    if (out_.steps.empty()) return refuse(words(N_("There is nothing in it to be carried out.")));
    join_writes();
    return restart_if_needed();
  }

 private:
  bool refuse(sentence why) {
    if (out_.refusal.empty()) out_.refusal = std::move(why);
    return false;
  }
  bool not_understood(const std::string& command) {
    return refuse(
        words(N_("mend does not know how to take this back: {command}"), {{"command", command}}));
  }

  /// The command with the user's name in place of USER.
  std::string filled(const std::string& command) {
    std::string out = command;
    constexpr std::string_view blank = "USER";
    for (std::size_t at = out.find(blank); at != std::string::npos; at = out.find(blank, at)) {
      const bool is_word = (at == 0 || out[at - 1] == ' ') &&
                           (at + blank.size() == out.size() || out[at + blank.size()] == ' ');
      if (!is_word) {
        at += blank.size();
        continue;
      }
      if (!user_) user_ = around_.user ? around_.user() : std::string();
      if (user_->empty()) return out;
      const std::string word = shell_word(*user_);
      out.replace(at, blank.size(), word);
      at += word.size();
    }
    return out;
  }

  // ---- files ----------------------------------------------------------------------------------

  /// The file as the steps so far leave it; nullptr when it cannot be read.
  file_state* file(const std::string& path) {
    const std::string real = real_path(path);
    if (const auto known = now_.find(real); known != now_.end()) return &known->second;
    file_state state;
    if (const std::string wrong = read_state(real, state); !wrong.empty()) {
      refuse(words(N_("{file} cannot be edited: {problem}"), {{"file", path}, {"problem", wrong}}));
      return nullptr;
    }
    if (!may_write(real)) {
      refuse(words(N_("{file} may be changed by root alone: start this with sudo."),
                   {{"file", path}}));
      return nullptr;
    }
    if (real != path && state.exists)
      out_.notes.emplace_back(N_("{link} is a link; the file behind it is {file}."),
                              std::map<std::string, std::string>{{"link", path}, {"file", real}});
    out_.before.emplace(real, state);
    return &now_.emplace(real, std::move(state)).first->second;
  }

  bool write(const std::string& path, const file_state& wanted) {
    const std::string real = real_path(path);
    if (is_configuration(real) && opens(now_[real].text, wanted.text)) out_.opens_to_all = true;
    now_[real] = wanted;
    planned_step made;
    made.kind = step_kind::write;
    made.becomes[real] = wanted;
    made.touches = {real};
    out_.steps.push_back(std::move(made));
    return true;
  }

  /// Plans a new content for a file.
  bool write_text(const std::string& path, std::string text) {
    file_state* const old = file(path);
    if (old == nullptr) return false;
    file_state wanted = *old;
    if (!wanted.exists) {
      constexpr mode_t for_its_owner = 0600, for_all = 0644;
      wanted.exists = true;
      wanted.uid = ::geteuid();
      wanted.gid = ::getegid();
      wanted.mode = is_configuration(path) ? for_all : for_its_owner;
    }
    if (text.find('\0') != std::string::npos)
      return refuse(words(N_("{file} is no text."), {{"file", path}}));
    wanted.text = std::move(text);
    return write(path, wanted);
  }

  bool edit(const std::string& script, const std::string& path) {
    const file_state* const old = file(path);
    if (old == nullptr) return false;
    if (!old->exists) return refuse(words(N_("{file} is not there."), {{"file", path}}));
    std::string text;
    if (!around_.sed(script, old->text, text)) return not_understood("sed " + shell_word(script));
    if (text == old->text) return refuse(words_of_no_edit(path));
    return write_text(path, std::move(text));
  }

  bool add_text(const std::string& path, const std::string& text, bool is_append) {
    const file_state* const old = file(path);
    if (old == nullptr) return false;
    if (!is_append && old->exists && !old->text.empty())
      return refuse(
          words(N_("It would replace {file}, which is there already."), {{"file", path}}));
    std::string whole = old->text;
    if (!whole.empty() && whole.back() != '\n') whole += '\n';
    return write_text(path, whole + text);
  }

  // ---- lines ----------------------------------------------------------------------------------

  bool take_lines(const cure& remedy) {
    std::string path = remedy.file;
    const auto at = look_at(known_);
    if (!at || at->configuration == nullptr || at->configuration->broker != broker_kind::mosquitto)
      return refuse(words(N_("Where these lines go is for a person to say.")));
    if (path == "mosquitto.conf") path = at->configuration->file;
    if (path == "acl_file") path = at->setting("acl_file");
    const bool is_access_list = !path.empty() && path == at->setting("acl_file");
    if (path.empty() || path.front() != '/' || !(is_configuration(path) || is_access_list))
      return refuse(words(N_("Where these lines go is for a person to say.")));
    const file_state* const old = file(path);
    if (old == nullptr) return false;
    if (!old->exists) return refuse(words(N_("{file} is not there."), {{"file", path}}));
    const std::string text = filled(remedy.command) + "\n";
    if (is_access_list && !text.starts_with("user "))  // before the first user
      return write_text(path, text + old->text);
    const auto lines = lines_in(text);
    // A global option belongs above the listeners; below one it would be that listener's.
    const std::string_view option = first_word(lines.front());
    const bool is_block =
        is_access_list || std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
          return first_word(line) == "listener" || first_word(line) == "connection";
        });
    if (option == "listener" && lines.size() == 1) {
      const std::string changed = with_listener(old->text, lines.front());
      if (!changed.empty()) return write_text(path, changed);
    }
    if (is_block) return add_text(path, text, true);
    std::string above;  // the lines that the file lacks
    for (const std::string_view line : lines) {
      const std::optional<std::string> has = file_with(*at->configuration, path, first_word(line));
      if (!has) {
        above += std::string(line) + "\n";
      } else if (!is_of_whole_broker(first_word(line))) {
        return refuse(words(N_("{file} has that option already, perhaps for one listener; which "
                               "line is meant is for a person to say."),
                            {{"file", *has}}));
      } else if (const file_state* const holder = file(*has);
                 holder == nullptr || !write_text(*has, with_option(holder->text, line))) {
        return false;
      }
    }
    const file_state* const now = above.empty() ? nullptr : file(path);
    return above.empty() || (now != nullptr && write_text(path, above + now->text));
  }

  /// The last file read by mosquitto that sets the option: its value wins.
  std::optional<std::string> file_with(const configuration_fact& from, const std::string& main,
                                       std::string_view option) {
    const auto has = [&](const std::string& path) {
      const file_state* const state = file(path);
      return state != nullptr && state->exists && count_options(state->text, option) > 0;
    };
    const auto last = std::find_if(from.files.rbegin(), from.files.rend(), has);
    if (last != from.files.rend()) return *last;
    return has(main) ? std::optional(main) : std::nullopt;
  }

  // ---- commands -------------------------------------------------------------------------------

  bool take_command(const std::string& command) {
    std::string_view rest = command;
    // "kill" and the start behind it become one step, wherever they stand in the line.
    const std::size_t stop = rest.find("sudo kill ");
    if (stop != std::string_view::npos) {
      std::string_view tail = rest.substr(stop);
      if (const int pid = take_stop(tail); pid != 0) {
        std::string_view head = rest.substr(0, stop);
        while (head.ends_with(' ') || head.ends_with('&') || head.ends_with(';'))
          head.remove_suffix(1);
        if (!head.empty() && !take_command(std::string(head))) return false;
        return take_restart(pid, tail);
      }
    }
    const auto all = read_command(rest);
    if (!all) return not_understood(command);
    for (std::size_t i = 0; i < all->size(); ++i) {
      if ((*all)[i].is_piped) {
        if (!take_pipe((*all)[i], (*all)[i + 1])) return not_understood(command);
        ++i;
      } else if (!take_program((*all)[i].words)) {
        return out_.refusal.empty() ? not_understood(command) : false;
      }
    }
    return true;
  }

  bool take_restart(int pid, std::string_view tail) {
    const auto all = read_command(tail);
    if (!all || all->size() != 1) return not_understood(std::string(tail));
    words_list words = without_sudo(all->front().words);
    // "sudo -u NAME" stays, for that user is to start it.
    const bool is_as_other = words.size() == 6 && words[0] == "-u";
    const auto start = words.begin() + (is_as_other ? 2 : 0);
    if (words.end() - start != 4 || start[0] != "mosquitto" || start[1] != "-d" || start[2] != "-c")
      return not_understood(std::string(tail));
    if (is_as_other) words.insert(words.begin(), "sudo");
    planned_step made;
    made.kind = step_kind::restart;
    made.words = std::move(words);
    made.pid = pid;
    made.is_again = true;
    return add(std::move(made));
  }

  static words_list without_sudo(words_list words) {
    if (!words.empty() && words.front() == "sudo") words.erase(words.begin());
    return words;
  }

  /// Plans "printf ... | sudo tee [-a] FILE".
  bool take_pipe(const simple_command& from, const simple_command& into) {
    const auto text = printed_text_of(from.words);
    words_list words = without_sudo(into.words);
    const bool is_append = words.size() == 3 && words[1] == "-a";
    if (!text || into.is_piped || words.front() != "tee" || words.size() != (is_append ? 3u : 2u))
      return false;
    return add_text(words.back(), *text, is_append);
  }

  bool add(planned_step made) {
    if (!around_.has_program(made.words.empty() ? "true" : made.words.front())) {
      if (made.is_for_life) {
        out_.notes.emplace_back(
            N_("{program} is not installed here: the rule lasts until the next start."),
            std::map<std::string, std::string>{{"program", made.words.front()}});
        return true;
      }
      return refuse(
          words(N_("{program} is not installed here."), {{"program", made.words.front()}}));
    }
    if (made.kind == step_kind::run && ::geteuid() != 0)
      return refuse(words(N_("This is for root to do: start it with sudo.")));
    if ((made.kind == step_kind::restart || made.kind == step_kind::notify) &&
        !is_in_reach(made.pid))
      return refuse(words(N_("Process {pid} is not one of this machine's that may be told so."),
                          {{"pid", std::to_string(made.pid)}}));
    out_.asks = out_.asks || made.asks;
    out_.steps.push_back(std::move(made));
    return true;
  }

  bool take_program(const words_list& printed) {
    const words_list words = without_sudo(printed);
    if (words.empty()) return false;
    const std::string& name = words.front();
    const auto is = [&](std::initializer_list<std::string_view> start) {
      return words.size() >= start.size() && std::equal(start.begin(), start.end(), words.begin());
    };
    if (name == "sed") return is({"sed", "-i.bak"}) && take_edit(words);
    if (name == "touch") return words.size() == 2 && take_touch(words[1]);
    if (name == "chown") return words.size() == 3 && take_owner(words[1], words[2]);
    if (name == "chmod") return words.size() == 3 && take_mode(words[1], words[2]);
    if (name == "mkdir") return is({"mkdir", "-p"}) && words.size() == 3 && take_folder(words);
    if (name == "mv")
      return is({"mv", "-n"}) && words.size() == 4 && take_rename(words[2], words[3]);
    if (name == "mosquitto_passwd") return take_passwords(words);
    if (name == "systemctl") return take_systemctl(words);
    if (name == "service") return take_service(words);
    if (name == "kill") return words.size() == 3 && take_signal(words[1], words[2]);
    if (name == "nft" || name == "iptables" || name == "ip6tables" || name == "ufw" ||
        name == "firewall-cmd" || name == "netfilter-persistent")
      return take_firewall(words);
    return false;
  }

  /// Plans "sed -i.bak [--follow-symlinks] SCRIPT FILE...". Links are followed either way. Of
  /// several files some may need no edit.
  bool take_edit(const words_list& words) {
    const std::size_t script = words.size() > 2 && words[2] == "--follow-symlinks" ? 3 : 2;
    if (words.size() < script + 2) return false;
    if (words.size() == script + 2) return edit(words[script], words[script + 1]);
    std::size_t edited = 0;
    for (std::size_t i = script + 1; i < words.size(); ++i) {
      const file_state* const old = file(words[i]);
      std::string text;
      if (old == nullptr || !around_.sed(words[script], old->text, text)) return false;
      if (text == old->text) continue;
      if (!write_text(words[i], std::move(text))) return false;
      ++edited;
    }
    return edited > 0 || refuse(words_of_no_edit(words.back()));
  }
  static sentence words_of_no_edit(const std::string& path) {
    return words(N_("The edit changes nothing in {file}."), {{"file", path}});
  }

  bool take_touch(const std::string& path) {
    const file_state* const old = file(path);
    if (old == nullptr) return false;
    return old->exists || write_text(path, {});
  }

  bool take_owner(const std::string& who, const std::string& path) {
    const file_state* const old = file(path);
    if (old == nullptr) return false;
    const std::string user = who.substr(0, who.find(':'));
    const passwd* const account = ::getpwnam(user.c_str());
    if (account == nullptr)
      return refuse(words(N_("There is no user {user} here."), {{"user", user}}));
    if (::geteuid() != 0) return refuse(words(N_("This is for root to do: start it with sudo.")));
    file_state wanted = *old;
    if (!wanted.exists) return refuse(words(N_("{file} is not there."), {{"file", path}}));
    wanted.uid = account->pw_uid;
    if (who.ends_with(':')) wanted.gid = account->pw_gid;
    // A program may write the file before this step, so its content at that time is kept.
    return set_access(path, wanted, {"chown", who, path});
  }

  bool take_mode(const std::string& mode, const std::string& path) {
    const file_state* const old = file(path);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(mode.data(), mode.data() + mode.size(), bits, 8);
    if (old == nullptr || error != std::errc() || end != mode.data() + mode.size()) return false;
    file_state wanted = *old;
    if (!wanted.exists) return refuse(words(N_("{file} is not there."), {{"file", path}}));
    wanted.mode = bits;
    return set_access(path, wanted, {"chmod", mode, path});
  }

  bool set_access(const std::string& path, const file_state& wanted, words_list words) {
    const std::string real = real_path(path);
    now_[real] = wanted;
    words.back() = real;
    planned_step made;
    made.words = std::move(words);
    made.touches = {real};
    return add(std::move(made));
  }

  bool take_folder(const words_list& words) {
    struct stat facts {};
    if (::stat(words[2].c_str(), &facts) == 0) return S_ISDIR(facts.st_mode);
    planned_step made;
    made.words = words;
    made.back = {"rmdir", words[2]};
    return add(std::move(made));
  }

  bool take_rename(const std::string& from, const std::string& to) {
    const file_state* const old = file(from);
    if (old == nullptr) return false;
    const file_state moved = *old;
    const file_state* const there = file(to);
    if (there == nullptr) return false;
    if (!moved.exists) return refuse(words(N_("{file} is not there."), {{"file", from}}));
    if (there->exists)
      return refuse(words(N_("It would replace {file}, which is there already."), {{"file", to}}));
    return write(to, moved) && write(from, file_state{});
  }

  /// Whether the file has a hashed password of any program: "$7$…", "$apr1$…", "{SHA}…".
  static bool has_hash(std::string_view text) {
    const auto lines = lines_in(text);
    return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
      const std::size_t colon = line.find(':');
      if (line.starts_with('#') || colon == line.npos) return false;
      const std::string_view password = line.substr(colon + 1);
      constexpr std::size_t longest_mark = 10;  // bytes of "$argon2id$"
      const bool is_crypt = password.starts_with('$') && password.find('$', 1) < longest_mark;
      const bool is_ldap = password.starts_with('{') && password.find('}') < longest_mark;
      return is_crypt || is_ldap;
    });
  }

  /// Whether mosquitto_passwd would lose users: it stops at a line that is no user's, or a comment.
  static bool has_stray_line(std::string_view text) {
    const auto lines = lines_in(text);
    return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
      const std::size_t colon = line.find(':');
      return colon == line.npos || colon == 0 || colon + 1 == line.size();
    });
  }

  bool take_passwords(const words_list& words) {
    const bool is_upgrade = words.size() == 3 && words[1] == "-U";
    const bool is_user = words.size() == 3 && !words[1].starts_with('-');
    if (!is_upgrade && !is_user) return false;
    const std::string& path = is_upgrade ? words[2] : words[1];
    const file_state* const old = file(path);
    if (old == nullptr) return false;
    if (is_upgrade && has_hash(old->text))
      return refuse(
          {N_("In {file} a password is hashed already; mosquitto_passwd -U would hash the "
              "hash, and shut that user out."),
           {{"file", path}}});
    if (is_user && has_stray_line(old->text))
      return refuse({N_("{file} holds lines that are no user's, such as comments: mosquitto_passwd "
                        "would lose what stands from there on."),
                     {{"file", path}}});
    if (is_user && words[2] == "USER") return refuse(words_of_mend_no_user());
    if (is_user && (words[2].find(':') != std::string::npos || words[2].starts_with('-')))
      return refuse(words_of_mend_no_user());
    planned_step made;
    made.words = words;
    made.words[is_upgrade ? 2 : 1] = real_path(path);
    // An interrupted mosquitto_passwd leaves this file, with a hash in it.
    if (file(path + ".tmp") == nullptr) return false;
    made.touches = {real_path(path)};
    made.asks = is_user;
    if (is_user)
      out_.notes.emplace_back(N_("mosquitto_passwd asks for the password of {user}."),
                              std::map<std::string, std::string>{{"user", words[2]}});
    return add(std::move(made));
  }
  static sentence words_of_mend_no_user() { return {N_("Which user? Say it with -u NAME.")}; }

  bool take_systemctl(const words_list& words) {
    planned_step made;
    made.words = words;
    const std::string verb = words.size() > 1 ? words[1] : "";
    if (words.size() == 2 && verb == "daemon-reload") {
      made.is_again = true;
      return add(std::move(made));
    }
    if (words.size() == 3 && (verb == "restart" || verb == "reload")) {
      made.is_again = true;
      return add(std::move(made));
    }
    const std::string& unit = words.back();
    const bool enables = words.size() == 4 && verb == "enable" && words[2] == "--now";
    if (!enables && !(words.size() == 3 && verb == "start")) return false;
    const auto says = [&](const char* question) {
      std::string text = around_.ask({"systemctl", question, unit});
      return text.substr(0, text.find('\n'));
    };
    const bool was_enabled = says("is-enabled") == "enabled";
    const bool was_active = says("is-active") == "active";
    if (enables && !was_enabled) {
      made.back = {"systemctl", "disable", unit};
      if (!was_active) made.back.insert(made.back.begin() + 2, "--now");
    } else if (!was_active) {
      made.back = {"systemctl", "stop", unit};
    }
    return add(std::move(made));
  }

  bool take_service(const words_list& words) {
    if (words.size() != 3) return false;
    planned_step made;
    made.words = words;
    made.is_again = words[2] == "restart";
    if (words[2] == "start") made.back = {"service", words[1], "stop"};
    return (made.is_again || words[2] == "start") && add(std::move(made));
  }

  bool take_signal(const std::string& which, const std::string& process) {
    planned_step made;
    made.kind = step_kind::notify;
    made.words = {"kill", which, process};
    made.signal = which == "-HUP" ? SIGHUP : which == "-CONT" ? SIGCONT : 0;
    made.is_again = made.signal == SIGHUP;
    const auto [end, error] =
        std::from_chars(process.data(), process.data() + process.size(), made.pid);
    if (made.signal == 0 || error != std::errc() || end != process.data() + process.size())
      return false;
    return add(std::move(made));
  }

  bool take_firewall(const words_list& words) {
    planned_step made;
    made.words = words;
    const std::string& name = words.front();
    const std::string verb = words.size() > 1 ? words[1] : "";
    if (name == "nft") {
      if (words.size() < 7 || verb != "insert" || words[2] != "rule") return false;
      made.is_rule = true;
    } else if (name == "iptables" || name == "ip6tables") {
      if (words.size() < 5 || verb != "-I") return false;
      made.back = words;
      made.back[1] = "-D";
    } else if (name == "ufw") {
      if (words.size() != 3 || verb != "allow") return false;
      made.back = {"ufw", "delete", "allow", words[2]};
    } else if (name == "firewall-cmd") {
      constexpr std::string_view open = "--add-port=";
      if (words.size() == 2 && verb == "--reload") {
        made.is_again = true;
        return add(std::move(made));
      }
      if (verb != "--permanent" || !words.back().starts_with(open)) return false;
      made.back = words;
      made.back.back() = "--remove-port=" + words.back().substr(open.size());
    } else {
      if (words.size() != 2 || verb != "save") return false;
      made.is_for_life = made.is_again = true;
    }
    // A rule without a source opens the port to everybody, and the broker may ask for no password.
    const bool is_for_some = std::any_of(words.begin(), words.end(), [](const std::string& word) {
      return word == "saddr" || word == "-s" || word == "lo" || word == "sport" ||
             word == "--sport";
    });
    const auto at = look_at(known_);
    if (!is_for_some && at && at->setting("allow_anonymous") == "true") out_.opens_to_all = true;
    return add(std::move(made));
  }

  // ---- the whole plan ---------------------------------------------------------------------------

  /// Joins consecutive edits of one file into one step.
  void join_writes() {
    std::vector<planned_step> out;
    for (planned_step& planned : out_.steps) {
      const bool joins =
          !out.empty() && planned.kind == step_kind::write && out.back().kind == step_kind::write;
      if (!joins) {
        out.push_back(std::move(planned));
        continue;
      }
      for (auto& [path, state] : planned.becomes) out.back().becomes[path] = state;
      for (const auto& path : planned.touches)
        if (std::find(out.back().touches.begin(), out.back().touches.end(), path) ==
            out.back().touches.end())
          out.back().touches.push_back(path);
    }
    out_.steps = std::move(out);
  }

  /// A changed configuration is read when the broker starts, so a restart is added.
  bool restart_if_needed() {
    bool writes = false, restarts = false;
    for (const planned_step& planned : out_.steps) {
      writes = writes || planned.kind == step_kind::write;
      restarts = restarts || planned.is_again || !planned.back.empty();
    }
    if (!writes || restarts) return true;
    const auto at = look_at(known_);
    return !at || take_command(restart_command(*at));
  }

  const view& known_;
  const machine_access& around_;
  mend_plan& out_;
  std::map<std::string, file_state> now_;
  std::optional<std::string> user_;
};

}  // namespace

std::string text_of(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) {
    // shell_word() quotes a word with a leading dash, which an option does not need.
    const bool is_option = word.starts_with('-') && shell_word("x" + word) == "x" + word;
    out += (out.empty() ? "" : " ") + (is_option ? word : shell_word(word));
  }
  return out;
}

std::string text_of(const planned_step& planned) {
  const std::string text = text_of(planned.words);
  return planned.kind == step_kind::restart ? "kill " + std::to_string(planned.pid) + "; " + text
                                            : text;
}

const finding* subject_of(const diagnosis& made) {
  if (!made.causes.empty()) return &made.causes.front();
  // The note that 127.0.0.1 is each machine's own is true, and cannot be mended.
  const finding* first = nullptr;
  for (const finding& found : made.warnings) {
    if (found.how_bad != severity::warning) continue;
    if (find_proved(found.id) != nullptr) return &found;
    if (first == nullptr) first = &found;
  }
  return first;
}

mend_plan make_plan(const finding& about, const view& known, const machine_access& around) {
  mend_plan out;
  const proved_cause* const proved = find_proved(about.id);
  const sentence elsewhere(N_("What helps is to be done elsewhere:"));
  for (const auto& parts : whole_cures(about)) {
    const cure& first = parts.front();
    if (first.kind == cure_kind::look) continue;
    if (!is_for_this_machine(first)) {
      const bool is_in_app = first.where == place::app || first.where == place::console;
      out.parts = parts;
      out.refusal = is_in_app ? elsewhere : words(N_("What helps is for a person to decide:"));
      if (is_in_app && proved != nullptr && proved->also_behind_app) continue;
      return out;
    }
    out = {};
    out.parts = parts;
    if (proved == nullptr) {
      out.refusal = words(N_("The cure of this cause is not among those that mend carries out:"));
      return out;
    }
    const auto at = look_at(known);
    out.was_down = at && at->is_down();
    planner(known, around, out).plan(parts);
    return out;
  }
  if (out.refusal.empty()) out.refusal = words(N_("There is no cure for it on this machine."));
  return out;
}

}  // namespace mqttkit::doctor
