#include "mqtt-doctor/causes/written_files.hpp"

#include <algorithm>
#include <set>

#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// A name for a new users file beside the file that was mistaken for one.
std::string new_users_file(const std::string& taken) {
  const std::string usual = "/etc/mosquitto/passwd";
  return taken == usual ? "/etc/mosquitto/users" : usual;
}

/// What mosquitto uses the file for: names of options, and "" for its configuration.
std::set<std::string> uses_of(const configuration_fact& from, const std::string& file) {
  std::set<std::string> out;
  if (file == from.file) out.insert("");
  for (const auto& read : from.files) {
    if (read == file) out.insert("");
  }
  const auto add = [&](const std::map<std::string, std::string>& settings) {
    for (const auto& [name, value] : settings) {
      if (value != file || name == "file" || name == "log_dest" || name.starts_with("file of "))
        continue;
      // Certificate, key and authority may share one file.
      const bool is_tls = name.ends_with("certfile") || name.ends_with("keyfile") ||
                          name.ends_with("cafile") || name.ends_with("dhparamfile");
      out.insert(is_tls ? "certfile" : name);
    }
  };
  add(from.settings);
  for (const auto& listener : from.listeners) add(listener.settings);
  return out;
}

/// The words of a command line; quotes are not interpreted.
std::vector<std::string> words_in(const std::string& command) {
  std::vector<std::string> out;
  std::string word;
  for (const char c : command + " ") {
    if (c != ' ' && c != ';' && c != '\'' && c != '\n') {
      word += c;
      continue;
    }
    if (!word.empty()) out.push_back(word);
    word.clear();
  }
  return out;
}

bool writes(const std::string& command) {
  for (const char* tool : {"mosquitto_passwd ", "tee ", "sed -i", ">> "}) {
    if (contains(command, tool)) return true;
  }
  return false;
}

/// The file the command writes to although it has a second use; "" when there is none.
std::string file_of_two_uses(const host_facts& host, const std::string& command) {
  if (!writes(command)) return {};
  for (const auto& word : words_in(command)) {
    if (word.front() != '/') continue;
    for (const auto& from : host.configurations) {
      if (from.broker == broker_kind::mosquitto && uses_of(from, word).size() > 1) return word;
    }
  }
  return {};
}

/// The folder a command gives away (chown) with all in it although it is not the broker's alone:
/// "/", "/var/lib", "/home/me".
std::string shared_folder(const std::string& command) {
  const std::size_t at = command.find("chown -R ");
  if (at == std::string::npos) return {};
  for (const auto& word : words_in(command.substr(at))) {
    if (word.front() != '/') continue;
    std::string folder = word;
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    const auto depth = folder == "/" ? 0 : std::count(folder.begin(), folder.end(), '/');
    const bool is_home = folder.starts_with("/home/");
    return depth < (is_home ? 4 : 3) && !contains(folder, "mosq") ? folder : std::string();
  }
  return {};
}

}  // namespace

std::string file_that_sets(const configuration_fact& from, const std::string& option) {
  const auto included = from.settings.find("file of " + option);
  return included != from.settings.end() ? included->second : from.file;
}

std::string without_stray_lines(const host_view& at, const std::string& file) {
  const auto& problems = at.configuration->problems;
  const bool has_stray = std::any_of(problems.begin(), problems.end(), [&](const auto& problem) {
    return problem.kind == problem_kind::stray_user_line && problem.file == file;
  });
  if (!has_stray) return {};
  return "sudo sed -i.bak -E '/^[^:#][^:]*:[^:[:space:]]/!d' " + shell_word(file) + " && ";
}

void warn_of_stray_lines(made_finding& made, const host_view& at, const std::string& file) {
  for (const auto& problem : at.configuration->problems) {
    if (problem.kind != problem_kind::stray_user_line || problem.file != file) continue;
    made.seen(words(N_("{place} is no user's: mosquitto_passwd would lose all users from there on, "
                       "so that such lines, comments too, are taken out first; {file}.bak keeps "
                       "them."),
                    {{"place", place_text(problem)}, {"file", file}}));
    return;
  }
}

maybe_finding host_no_password_file(const host_view& at, const std::string& file) {
  const configuration_problem* found = nullptr;
  for (const auto& problem : at.configuration->problems) {
    if (problem.kind == problem_kind::no_password_file && problem.file == file) found = &problem;
  }
  if (found == nullptr) return {};
  const std::string own = new_users_file(file);
  const std::string& user = at.known.asked().user_name;
  const places values{
      {"file", file}, {"use", found->detail}, {"own", own}, {"place", place_text(*found)}};
  made_finding made("auth-bad-credentials", certainty::certain, strength::proven,
                    words(N_("The broker knows no users: what password_file names, {file}, is no "
                             "password file."),
                          values));
  const fact_word<second_use> use(found->detail);
  if (use == second_use::configuration) {
    made.seen(words(N_("{file} is the broker's configuration itself."), values));
  } else if (use == second_use::system) {
    made.seen(
        words(N_("{file} holds the users of this machine, not those of the broker."), values));
  } else if (!use.empty()) {
    made.seen(words(N_("{file} is what {use} names as well."), values));
  } else {
    made.seen(words(N_("{place} is not NAME:HASH."), values));
  }
  made.seen(words(N_("mosquitto_passwd must not be run on it: it would wipe the file.")));
  made.mend(words(N_("Make a file of its own for the users:")), add_user_command(own, user));
  const std::string from = at.block != nullptr && at.block->settings.count("password_file") != 0
                               ? file_of(*at.block, *at.configuration)
                               : at.configuration->file;
  const bool is_one_file = at.configuration->files.size() <= 1;
  return made.then(
      words(N_("Name it in the configuration, and start again; the old one is kept as {from}.bak:"),
            {{"from", from}}),
      is_one_file ? edit_command("s:^password_file .*:password_file " + own + ":", from) + " && " +
                        restart_command(at)
                  : std::string());
}

void drop_harmful_writes(const view& known, std::vector<finding>& all) {
  if (!known.all.host) return;
  for (finding& found : all) {
    for (cure& remedy : found.cures) {
      const std::string file = file_of_two_uses(*known.all.host, remedy.command);
      const std::string folder = shared_folder(remedy.command);
      if (file.empty() && folder.empty()) continue;
      // The cure that separates the two uses writes to the configuration, and knows of both uses.
      if (!file.empty() && contains(remedy.command, "password_file /etc/mosquitto/")) continue;
      remedy.command.clear();
      remedy.kind = cure_kind::words;
      remedy.what =
          !file.empty()
              ? words(N_("First let each option name a file of its own: {file} has two uses, and "
                         "what is written to it for the one destroys the other."),
                      {{"file", file}})
              : words(N_("Give the broker a folder of its own, such as /var/lib/mosquitto/: "
                         "{folder} is not the broker's alone, and must stay whose it is."),
                      {{"folder", folder}});
    }
  }
}

}  // namespace mqttkit::doctor
