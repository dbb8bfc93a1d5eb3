// Why a broker on this machine does not start, or does not do what its files say.
#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/certificate_file_words.hpp"
#include "mqtt-doctor/causes/host_config_words.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

// The broker is down, or runs on older files and would not come up again with these.
enum class situation { fine, down, hung, would_not_restart };

situation situation_of(const host_view& at) {
  if (at.configuration == nullptr || at.configuration->broker != broker_kind::mosquitto)
    return situation::fine;
  if (at.is_down() && !at.is_listening()) return situation::down;
  const auto is_its_own = [&](const listener_fact& socket) {
    return socket.pid == at.configuration->pid;
  };
  const auto& sockets = at.host.listeners;
  if (at.configuration->pid != 0 && !at.is_listening() &&
      std::none_of(sockets.begin(), sockets.end(), is_its_own))
    return situation::hung;
  return at.problem(problem_kind::changed_since_start) != nullptr ? situation::would_not_restart
                                                                  : situation::fine;
}

bool is_tls_option(const std::string& name) {
  constexpr std::string_view options[] = {"certfile", "keyfile", "cafile",
                                          "capath",   "crlfile", "dhparamfile"};
  return std::find(std::begin(options), std::end(options), name) != std::end(options);
}

// The first problem of one of these kinds that keeps the broker from starting.
const configuration_problem* stopping(const host_view& at,
                                      std::initializer_list<problem_kind> kinds) {
  if (at.configuration == nullptr) return nullptr;
  for (const auto& problem : at.configuration->problems) {
    const bool is_one_of_them = std::find(kinds.begin(), kinds.end(), problem.kind) != kinds.end();
    if (problem.stops_broker && is_one_of_them) return &problem;
  }
  return nullptr;
}

// The frame of a finding about a broker that does not start, worded for either situation.
made_finding start_finding(const host_view& at, const char* id, situation how, strength when_down,
                           sentence text, certainty how_sure = certainty::certain) {
  made_finding made(id, how_sure,
                    how == situation::would_not_restart ? strength::one_of_several : when_down,
                    std::move(text));
  if (how == situation::down) {
    made.seen(words(N_("No mosquitto runs here, and nothing listens on the port.")));
  } else if (how == situation::hung) {
    made.seen(words(N_("mosquitto runs (pid {pid}), and listens on no port."),
                    {{"pid", std::to_string(at.configuration->pid)}}));
  } else {
    made.seen(
        words(N_("The running broker still uses what the files said before; it will not start "
                 "again like this.")));
    made.warning();
  }
  return made;
}

// A log line is the only witness: where its file changed since, the fault may be mended already.
maybe_finding told_by_log(made_finding made, const log_fact& line) {
  made.seen(log_words(line));
  if (!line.is_outdated) return made;
  finding doubted = *maybe_finding(made);
  doubted.how_sure = certainty::possible;
  doubted.weight = std::min(doubted.weight, weight_of(strength::fits));
  doubted.evidence.emplace_back(
      N_("What it complains of was changed after that: it may be put right already."));
  return doubted;
}

void add_log(made_finding& to, const host_view& at, std::initializer_list<log_kind> kinds) {
  for (const log_kind kind : kinds) {
    if (const auto* line = at.logged(kind)) {
      to.seen(log_words(*line));
      return;
    }
  }
}

constexpr const char* snap_file = "/var/snap/mosquitto/common/mosquitto.conf";

std::string test_command(const host_view& at) {
  if (at.container != nullptr) return container_command(*at.container, "logs --tail 30");
  return "sudo mosquitto -v -c " + shell_word(at.configuration->file);
}

// A file or line that the user wrote and that is not in force, and why.
struct unused_reason {
  sentence why;
  sentence cure;
  std::string command;
};

/// Whether a configuration wants a port that the process holds.
bool shares_port(const host_facts& host, const process_fact& process,
                 const configuration_fact& wanted) {
  return std::any_of(host.listeners.begin(), host.listeners.end(), [&](const auto& socket) {
    return socket.pid == process.pid &&
           std::any_of(wanted.listeners.begin(), wanted.listeners.end(),
                       [&](const auto& listener) { return listener.port == socket.port; });
  });
}

std::string with_right_ending(const std::string& file) {
  return file.substr(0, file.find('.', file.rfind('/') + 2)) + ".conf";
}

/// A file that is not read for its name alone; null when there is none. The copy of a file that is
/// read, kept beside it, is none.
const configuration_problem* file_of_another_ending(const host_view& at) {
  if (at.configuration == nullptr) return nullptr;
  const auto& read = at.configuration->files;
  for (const auto& problem : at.configuration->problems) {
    const bool is_ending =
        problem.kind == problem_kind::ignored_file && !problem.file.ends_with(".conf");
    if (is_ending &&
        std::find(read.begin(), read.end(), with_right_ending(problem.file)) == read.end())
      return &problem;
  }
  return nullptr;
}

/// Another file has the listener that is missed, and the running broker was given this one: by its
/// unit, by a snap, or by what writes its file anew at each start.
std::optional<unused_reason> another_file(const host_view& at) {
  const configuration_fact* const used = at.configuration;
  if (used == nullptr || !used->is_used || at.container != nullptr || used->pid == 0 ||
      used->broker != broker_kind::mosquitto || used->file.empty())
    return std::nullopt;
  if (at.block != nullptr && !is_loopback(at.block->address)) return std::nullopt;
  for (const auto& other : at.host.configurations) {
    const configured_listener* const wanted = block_for(other, at.port());
    const bool is_unread =
        &other != used && other.broker == broker_kind::mosquitto && !other.is_used &&
        std::find(used->files.begin(), used->files.end(), other.file) == used->files.end();
    if (!is_unread || wanted == nullptr || is_loopback(wanted->address)) continue;
    const places with{{"pid", std::to_string(used->pid)},
                      {"file", used->file},
                      {"other", other.file},
                      {"port", at.known.port()}};
    const sentence why(
        words(N_("The running mosquitto (pid {pid}) was given {file}; {other}, which "
                 "has a listener for port {port}, is not read."),
              with));
    if (used->file.starts_with("/snap/mosquitto/"))
      return unused_reason{
          why,
          words(N_("A snap sees its own folder alone: put that file there, with the password file "
                   "and certificates that it names, and their new paths in it:")),
          "sudo cp -n " + shell_word(other.file) + " " + snap_file +
              " && sudo snap restart mosquitto"};
    if (contains(used->file, ".generated.") && other.file == "/etc/mosquitto/mosquitto.conf")
      return unused_reason{
          why,
          words(N_("On OpenWrt that file is written anew from /etc/config/mosquitto at each start: "
                   "set the listener up there, or let the broker read {other}:"),
                with),
          "uci set mosquitto.owrt.use_uci=0 && uci commit mosquitto && "
          "/etc/init.d/mosquitto restart"};
    return unused_reason{
        why,
        words(N_("Move what you want from {other} to {file} (or let what starts it name {other} "
                 "behind -c: \"systemctl cat mosquitto\" shows all of its unit), and start it "
                 "again:"),
              with),
        restart_command(at)};
  }
  return std::nullopt;
}

std::optional<unused_reason> unused_configuration(const host_view& at) {
  // The configuration says what is wanted, and the running broker was started without it.
  const auto* process = at.running(broker_kind::mosquitto);
  if (process != nullptr && process->configuration.empty()) {
    for (const auto& other : at.host.configurations) {
      if (other.broker != broker_kind::mosquitto || other.is_used || other.listeners.empty())
        continue;
      const places with{{"pid", std::to_string(process->pid)}, {"file", other.file}};
      const sentence why(
          words(N_("The running mosquitto (pid {pid}) was started without -c; {file} is not read."),
                with));
      const service_fact* const service = at.service();
      if (!shares_port(at.host, *process, other)) {
        const bool has_service = service != nullptr && service->configuration == other.file;
        const std::string unit =
            has_service ? service->name.substr(0, service->name.rfind(".service")) : std::string();
        return unused_reason{
            why,
            words(N_("Start a broker with it; the one that runs has other ports, and stays as it "
                     "is:")),
            !has_service          ? "sudo mosquitto -d -c " + shell_word(other.file)
            : at.host.has_systemd ? "sudo systemctl enable --now " + unit
                                  : "sudo service " + unit + " start"};
      }
      return unused_reason{
          why, words(N_("Start it with its configuration:")),
          at.host.has_systemd
              ? restart_command(at)
              : stop_command(process->pid) + "; sudo mosquitto -d -c " + shell_word(other.file)};
    }
  }
  if (auto given = another_file(at)) return given;
  const bool lacks_port = at.configuration != nullptr && at.block == nullptr;
  if (const auto* nested = at.problem(problem_kind::nested_include);
      nested != nullptr && lacks_port) {
    return unused_reason{
        words(
            N_("{place}: mosquitto follows include_dir in its main file alone, so that nothing in "
               "{folder} is read."),
            {{"place", place_text(*nested)}, {"folder", nested->subject}}),
        words(N_("Name that folder in the main file, at its end, and start again:")),
        "printf '\\ninclude_dir %s\\n' " + shell_word(nested->subject) + " | sudo tee -a " +
            shell_word(at.configuration->file) + " && " + restart_command(at)};
  }
  if (const auto* ignored = at.problem(problem_kind::ignored_file);
      ignored != nullptr && lacks_port && ignored->subject.ends_with(".conf")) {
    return unused_reason{
        words(N_("{file} is not read: {main} has no line \"include_dir {folder}\"."),
              {{"file", ignored->file},
               {"main", at.configuration->file},
               {"folder", ignored->detail}}),
        words(N_("Let it be read, at the end, and start again:")),
        "printf '\\ninclude_dir %s\\n' " + shell_word(ignored->detail) + " | sudo tee -a " +
            shell_word(at.configuration->file) + " && " + restart_command(at)};
  }
  if (const auto* misnamed = file_of_another_ending(at); misnamed != nullptr && lacks_port) {
    return unused_reason{
        words(N_("{file} is not read: include_dir takes only names that end in .conf."),
              {{"file", misnamed->file}}),
        words(N_("Give it the right name and start again:")),
        "sudo mv -n " + shell_word(misnamed->file) + " " +
            shell_word(with_right_ending(misnamed->file)) + " && " + restart_command(at)};
  }
  const auto* changed = at.problem(problem_kind::changed_since_start);
  const bool is_missing = at.block != nullptr && !is_loopback(at.block->address) && !at.is_public();
  if (changed != nullptr && is_missing) {
    return unused_reason{words(N_("{file} was changed after mosquitto had started: its listener "
                                  "for port {port} is not "
                                  "in force."),
                               {{"file", changed->file}, {"port", at.known.port()}}),
                         words(N_("Start it again:")), restart_command(at)};
  }
  return std::nullopt;
}

}  // namespace

bool has_reason_for_not_running(const view& known) {
  exclusions ignored;
  static constexpr std::array reasons{
      host_config_not_used,      host_config_error,    host_file_permission, host_cert_key_problem,
      host_bind_address_missing, host_privileged_port, host_websocket_only,  host_plugin_off,
      host_service_not_enabled,  host_selinux_port,    host_store_broken};
  return std::any_of(reasons.begin(), reasons.end(), [&](const auto& reason) {
    const auto found = reason(known, ignored);
    // A weak finding (a line about a file that changed since) is not yet a reason.
    return found && found->how_bad == severity::problem &&
           found->weight > weight_of(strength::fits);
  });
}

maybe_finding host_config_not_used(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->is_public()) {
    // The port is reachable, and the login is refused: perhaps by rules that were changed since.
    const auto* changed = at ? at->problem(problem_kind::changed_since_start) : nullptr;
    const auto* client = known.client();
    const bool is_refused = client != nullptr && client->mqtt &&
                            client->mqtt->answer == mqtt_answer::connack &&
                            client->mqtt->reason != 0;
    if (changed == nullptr || !is_refused || at->works()) return {};
    return made_finding(
               "host-config-not-used", certainty::likely, strength::leaning,
               words(N_("{file} was changed after mosquitto had started; what it says now is "
                        "not in force."),
                     {{"file", changed->file}}))
        .seen(words(N_("Changed at {time}."), {{"time", changed->detail}}))
        .mend(words(N_("Start it again:")), restart_command(*at));
  }
  auto reason = unused_configuration(*at);
  if (!reason) return {};
  made_finding made("host-config-not-used", certainty::certain, strength::proven, reason->why);
  if (at->is_listening()) {
    made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at->socket())}}));
  } else {
    made.seen(words(N_("Nothing listens on port {port}."), {{"port", known.port()}}));
  }
  if (const auto* process = at->process()) {
    made.seen(words(N_("Started at {time} as: {command}"),
                    {{"time", process->started}, {"command", process->command}}));
  }
  add_log(made, *at, {log_kind::default_config, log_kind::local_only});
  return made.mend(reason->cure, reason->command);
}

namespace {

/// What an error in the log says, and the option that it is about.
struct told_option {
  const char* says;
  const char* option;
};
constexpr told_option told_options[] = {{"TLS 1.3 ciphersuites", "ciphers_tls1.3"},
                                        {"Unable to set TLS ciphers", "ciphers"},
                                        {" engine", "tls_engine"},
                                        {"Check crlfile", "crlfile"},
                                        {"Check capath", "capath"},
                                        {"dhparamfile", "dhparamfile"},
                                        {"Unsupported tls_version", "tls_version"},
                                        {"open http dir", "http_dir"},
                                        {"Unable to load auth plugin", "plugin"},
                                        {"Unable to load auth plugin", "auth_plugin"},
                                        {"Unable to write pid file", "pid_file"}};

/// The option's value with the file of its line, where the option is set.
std::optional<std::pair<std::string, std::string>> setting_anywhere(const host_view& at,
                                                                    const std::string& option) {
  const configuration_fact& from = *at.configuration;
  if (const auto found = from.settings.find(option); found != from.settings.end())
    return std::pair(found->second, from.file);
  for (const auto& listener : from.listeners) {
    const auto found = listener.settings.find(option);
    if (found != listener.settings.end()) return std::pair(found->second, file_of(listener, from));
  }
  return std::nullopt;
}

/// Why the library could not be loaded, as the line after that one tells.
void add_load_error(made_finding& made, const host_view& at, const std::string& plugin) {
  const log_fact* why = nullptr;
  for (const log_fact& line : at.host.log) {
    if (line.is_current && contains(line.text, "Load error: ")) why = &line;
  }
  if (why == nullptr) return;
  made.seen(log_words(*why));
  if (contains(why->text, "undefined symbol")) {
    made.seen(
        words(N_("It was built for another version of mosquitto, or without a library that it "
                 "needs.")));
    made.look(words(N_("What it lacks; then build it anew for the mosquitto that is installed, or "
                       "install the package that fits:")),
              "ldd -r " + shell_word(plugin));
  } else if (contains(why->text, "cannot open shared object file")) {
    made.look(words(N_("Which library it lacks:")), "ldd " + shell_word(plugin));
  }
}

/// The last error in the log that names an option which the configuration has.
maybe_finding option_by_log(const host_view& at) {
  for (auto line = at.host.log.rbegin(); line != at.host.log.rend(); ++line) {
    if (!line->is_current || line->is_outdated || !contains(line->text, "Error")) continue;
    for (const told_option& told : told_options) {
      if (!contains(line->text, told.says)) continue;
      const auto found = setting_anywhere(at, told.option);
      if (!found) continue;
      const places with{{"option", told.option}, {"value", found->first}, {"file", found->second}};
      auto made = start_finding(at, "host-config-error", situation::down, strength::told,
                                words(N_("mosquitto does not start because of \"{option} {value}\" "
                                         "in {file}."),
                                      with));
      made.seen(log_words(*line));
      if (std::string_view(told.says).ends_with("plugin")) add_load_error(made, at, found->first);
      const bool is_about_ciphers = std::string_view(told.option).starts_with("ciphers");
      if (is_about_ciphers)
        made.mend(
            words(N_("Take that line out, and OpenSSL's usual ciphers are taken; the old file "
                     "is kept beside it:")),
            edit_command("/^" + std::string(told.option) + " /d", found->second));
      else
        made.look(words(N_("Mend that line, or take it out:")),
                  "sudoedit " + shell_word(found->second));
      return made.then(words(N_("Then start it again:")), restart_command(at));
    }
  }
  return {};
}

// The last error in the broker's log, for a reason that no other cause recognises.
maybe_finding ended_with(const host_view& at) {
  const log_fact* last = nullptr;
  for (const log_fact& each : at.host.log) {
    if (each.is_current && !each.kind.empty()) last = &each;
  }
  if (last == nullptr || last->kind != log_kind::error) return {};
  made_finding made(
      "host-config-error", certainty::likely, strength::agreed,
      words(N_("mosquitto ended by itself, and its log says why: {text}"), {{"text", last->text}}));
  made.seen(words(N_("No mosquitto runs here, and nothing listens on the port.")));
  made.look(words(N_("Mend what it complains of. This starts it in front of you, with all it "
                     "says:")),
            test_command(at));
  return told_by_log(std::move(made), *last);
}

}  // namespace

maybe_finding host_config_error(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const auto how = situation_of(*at);
  if (how == situation::fine) return {};
  const auto* wrong = stopping(
      *at, {problem_kind::unknown_variable, problem_kind::utf_16, problem_kind::byte_order_mark,
            problem_kind::tab, problem_kind::bad_value, problem_kind::duplicate_port,
            problem_kind::duplicate_option, problem_kind::outside_bridge,
            problem_kind::incomplete_bridge, problem_kind::missing_user,
            problem_kind::newer_variable, problem_kind::lacks_option, problem_kind::contradiction,
            problem_kind::same_identifier, problem_kind::not_utf8});
  if (wrong == nullptr || how == situation::hung) {
    wrong = stopping(*at, {problem_kind::missing_file});
    if (wrong != nullptr && is_tls_option(wrong->subject)) wrong = nullptr;
  }
  // It reads a folder in the place of a file without end.
  if (how == situation::hung && (wrong == nullptr || wrong->detail != "Is a directory")) return {};
  if (wrong == nullptr) {
    const auto* line = at->logged(log_kind::config_error);
    // Only where neither a log line of a known kind nor a problem in the files explains the end.
    const bool is_known =
        std::any_of(at->configuration->problems.begin(), at->configuration->problems.end(),
                    [](const auto& problem) { return problem.stops_broker; });
    if (how != situation::down) return {};
    if (auto told = option_by_log(*at); told && !is_known) return told;
    if (line == nullptr && !is_known) return ended_with(*at);
    if (line == nullptr) return {};
    auto made =
        start_finding(*at, "host-config-error", how, strength::told,
                      words(N_("mosquitto does not start: its configuration has an error.")));
    made.look(words(N_("Mend that line. This shows the next error, if there is one:")),
              test_command(*at));
    return told_by_log(std::move(made), *line);
  }
  const places with{{"place", wrong->named_in.empty()
                                  ? place_text(*wrong)
                                  : wrong->named_in + ":" + std::to_string(wrong->named_line)}};
  auto made =
      start_finding(*at, "host-config-error", how, strength::proven,
                    how == situation::hung
                        ? words(N_("mosquitto hangs while it starts, because of {place}."), with)
                        : words(N_("mosquitto does not start because of {place}."), with));
  made.seen(configuration_error_words(*at, *wrong));
  add_log(made, *at, {log_kind::config_error});
  mend_configuration(made, *at, *wrong);
  return made.then(words(N_("Then start it again:")), restart_command(*at));
}

namespace {

/// Only the log tells of a file that could not be opened.
maybe_finding unopened_by_log(const host_view& at, situation how) {
  const auto* line = at.logged(log_kind::file_unreadable);
  const auto& problems = at.configuration->problems;
  const bool is_explained = std::any_of(problems.begin(), problems.end(),
                                        [](const auto& other) { return other.stops_broker; });
  // mosquitto logs "Error opening" for a file with a wrong line in it as well.
  const auto* content = at.logged(log_kind::config_error);
  const bool is_content = content != nullptr && contains(content->text, "Invalid ");
  if (line == nullptr || is_explained || is_content || how != situation::down) return {};
  // A missing file, or one with a wrong line, gets the same log line: hence only likely.
  auto made = start_finding(at, "host-file-permission", how, strength::measured,
                            words(N_("mosquitto does not start: it cannot open one of its files.")),
                            certainty::likely);
  if (line->is_outdated) {
    made.look(words(N_("This shows what it says today:")), test_command(at));
  } else {
    made.fill_in(words(N_("Let the user mosquitto read that file, for example:")),
                 "sudo chown mosquitto: FILE && sudo chmod 600 FILE");
  }
  return told_by_log(std::move(made), *line);
}

/// A file that the broker writes at its start is closed to it.
maybe_finding not_written(const host_view& at, const configuration_problem& wrong, situation how) {
  const std::size_t cut = wrong.detail.find('\n');
  const std::string user = wrong.detail.substr(0, cut);
  const places with{
      {"user", user},
      {"file", wrong.file},
      {"option", wrong.subject},
      {"barrier", cut == std::string::npos ? wrong.file : wrong.detail.substr(cut + 1)},
      {"place", wrong.named_in.empty() ? at.configuration->file
                                       : wrong.named_in + ":" + std::to_string(wrong.named_line)}};
  auto made = start_finding(
      at, "host-file-permission", how, strength::proven,
      words(N_("The user {user}, as which mosquitto runs, cannot write {file}."), with));
  made.seen(
      words(N_("{place}: {option} names it, and {barrier} does not let {user} write."), with));
  add_log(made, at, {log_kind::error, log_kind::permission});
  const std::string service_folder = "/run/mosquitto";
  if (wrong.subject == "pid_file") {
    const std::string name =
        "sudo install -d -o " + user + " " + service_folder + " && " +
        edit_command("s|^pid_file .*|pid_file " + service_folder + "/mosquitto.pid|",
                     wrong.named_in.empty() ? at.configuration->file : wrong.named_in);
    if (at.host.has_systemd) {
      made.mend(words(N_("Make a folder for it and name that; for the next start of the machine "
                         "systemd-tmpfiles makes it again:")),
                "echo 'd " + service_folder + " 0755 " + user +
                    " - -' | sudo tee -a /etc/tmpfiles.d/mosquitto.conf && " + name);
    } else {
      made.mend(words(N_("Make a folder for it and name that; when the machine starts anew, the "
                         "script that starts the broker has to make it again:")),
                name);
    }
    return made.then(words(N_("Then start it again:")), restart_command(at));
  }
  return made.fill_in(words(N_("Name a folder that belongs to {user}, for example {folder}:"),
                            {{"user", user}, {"folder", service_folder}}),
                      "sudo install -d -o " + user + " " + service_folder);
}

/// Gives the user access to the file, or to the folder above it that is the barrier.
made_finding& give_access(made_finding& made, const host_view& at, const std::string& file,
                          const std::string& user, const std::string& barrier) {
  if (contains(file, "/letsencrypt/")) {
    return made.mend(
        words(
            N_("Copy the certificate at every renewal, by a script in "
               "/etc/letsencrypt/renewal-hooks/deploy/ that runs this, and name the copies in the "
               "configuration:")),
        "sudo install -D -o mosquitto -m 600 -t /etc/mosquitto/certs " + shell_word(file));
  }
  if (barrier == file) {
    return made.mend(words(N_("Give it to that user and start again:")),
                     "sudo chown " + user + ": " + shell_word(file) + " && sudo chmod 600 " +
                         shell_word(file) + " && " + restart_command(at));
  }
  const places with{{"user", user}, {"barrier", barrier}};
  // Debian's group ssl-cert may read private keys.
  if (barrier == "/etc/ssl/private")
    return made.mend(words(N_("Take {user} into the group that may, and start again:"), with),
                     "sudo usermod -aG ssl-cert " + user + " && " + restart_command(at));
  return made.mend(words(N_("Let {user} through the folder {barrier}, whose group this changes; "
                            "what is in it stays as it is. Then start again:"),
                         with),
                   "sudo chgrp " + user + " " + shell_word(barrier) + " && sudo chmod ug+x " +
                       shell_word(barrier) + " && " + restart_command(at));
}

}  // namespace

maybe_finding host_file_permission(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const auto how = situation_of(*at);
  if (how == situation::fine) return {};
  if (const auto* closed = stopping(*at, {problem_kind::unwritable_file}))
    return not_written(*at, *closed, how);
  const auto* wrong = stopping(*at, {problem_kind::unreadable_file});
  if (wrong == nullptr) return unopened_by_log(*at, how);
  const std::size_t cut = wrong->detail.find('\n');
  const std::string user = wrong->detail.substr(0, cut);
  const std::string barrier =
      cut == std::string::npos ? wrong->file : wrong->detail.substr(cut + 1);
  auto made =
      start_finding(*at, "host-file-permission", how, strength::proven,
                    words(N_("The user {user}, as which mosquitto runs, cannot read {file}."),
                          {{"user", user}, {"file", wrong->file}}));
  made.seen(words(N_("{option} names it, and {barrier} does not let {user} in."),
                  {{"option", wrong->subject}, {"barrier", barrier}, {"user", user}}));
  add_log(made, *at, {log_kind::file_unreadable, log_kind::tls_file, log_kind::permission});
  return give_access(made, *at, wrong->file, user, barrier);
}

namespace {

/// Without its key a listener starts all the same, and speaks no TLS.
maybe_finding listener_without_key(const view& known, const host_view& at) {
  const auto* lacking = at.problem(problem_kind::key_missing);
  if (lacking == nullptr || at.block == nullptr || at.block->line != lacking->line || at.works() ||
      !known.is_tls())
    return {};
  return made_finding(
             "host-cert-key-problem", certainty::certain, strength::proven,
             words(N_("The listener for port {port} has a certfile and no keyfile; mosquitto "
                      "then speaks no TLS there."),
                   {{"port", known.port()}}))
      .seen(words(N_("{place} names {file} alone."),
                  {{"place", place_text(*lacking)}, {"file", lacking->subject}}))
      .fill_in(words(N_("Add the line \"keyfile FILE\" below certfile, then:")),
               restart_command(at));
}

/// The problem with a certificate or a key that stops the broker; null when there is none.
const configuration_problem* wrong_tls_file(const host_view& at) {
  const auto* wrong = stopping(at, {problem_kind::key_mismatch, problem_kind::bad_certificate});
  if (wrong != nullptr) return wrong;
  wrong = stopping(at, {problem_kind::missing_file});
  return wrong != nullptr && is_tls_option(wrong->subject) ? wrong : nullptr;
}

/// Only the log tells of a certificate or key that cannot be used.
maybe_finding unused_tls_file_by_log(const host_view& at, situation how) {
  const auto* line = at.logged(log_kind::key_mismatch);
  if (line == nullptr) line = at.logged(log_kind::tls_file);
  if (line == nullptr || how != situation::down ||
      stopping(at, {problem_kind::unreadable_file}) != nullptr) {
    return {};
  }
  // A file that mosquitto may not read gets the same log line as a broken one.
  auto made =
      start_finding(at, "host-cert-key-problem", how, strength::measured,
                    words(N_("mosquitto does not start: it cannot use its certificate or key.")),
                    line->kind == log_kind::key_mismatch ? certainty::certain : certainty::likely);
  if (line->is_outdated) {
    made.look(words(N_("This shows what it says today:")), test_command(at));
  } else {
    made.fill_in(words(N_("Name a certificate and the key that belongs to it, then:")),
                 restart_command(at));
  }
  return told_by_log(std::move(made), *line);
}

}  // namespace

maybe_finding host_cert_key_problem(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  if (auto keyless = listener_without_key(known, *at)) return keyless;
  const auto how = situation_of(*at);
  if (how == situation::fine) return {};
  const auto* wrong = wrong_tls_file(*at);
  if (wrong == nullptr) return unused_tls_file_by_log(*at, how);
  if (wrong->kind == problem_kind::key_mismatch && !wrong->detail.empty()) {
    const places with{{"file", wrong->subject}, {"subject", wrong->detail}, {"key", wrong->file}};
    auto made = start_finding(*at, "host-cert-key-problem", how, strength::proven,
                              words(N_("{file} begins with the certificate of an authority, "
                                       "{subject}; the server's own must come first, since the key "
                                       "is compared with the first one."),
                                    with));
    made.seen(words(N_("The key {key} does not belong to the first certificate of {file}."), with));
    add_log(made, *at, {log_kind::key_mismatch, log_kind::tls_file});
    return made.mend(words(
        N_("Put the file together anew, the server's own certificate first, then the one that "
           "issued it, and so on (with Let's Encrypt: name fullchain.pem as it is).")));
  }
  if (wrong->kind == problem_kind::key_mismatch) {
    auto made = start_finding(*at, "host-cert-key-problem", how, strength::proven,
                              words(N_("The key {key} does not belong to the certificate {file}."),
                                    {{"key", wrong->file}, {"file", wrong->subject}}));
    made.seen(words(N_("Their public keys differ.")));
    add_log(made, *at, {log_kind::key_mismatch, log_kind::tls_file});
    return made.look(
        words(N_("Name the key the certificate was made with. These two must print the "
                 "same:")),
        "openssl x509 -noout -pubkey -in " + shell_word(wrong->subject) +
            "; sudo openssl pkey -pubout -in " + shell_word(wrong->file));
  }
  if (wrong->kind == problem_kind::bad_certificate) {
    auto made = start_finding(*at, "host-cert-key-problem", how, strength::proven,
                              certificate_file_words(*wrong));
    if (const std::string error = wrong->detail.substr(0, wrong->detail.find('\n')); !error.empty())
      made.seen(words(N_("OpenSSL says: {error}"), {{"error", error}}));
    if (!wrong->named_in.empty())
      made.seen(words(N_("{place} names it."),
                      {{"place", wrong->named_in + ":" + std::to_string(wrong->named_line)}}));
    add_log(made, *at, {log_kind::tls_file});
    mend_certificate_file(made, *at, *wrong);
    return made;
  }
  const auto odd = odd_path_words(*wrong);
  auto made = start_finding(*at, "host-cert-key-problem", how, strength::proven,
                            odd ? *odd
                                : words(N_("{option} names {file}, which does not exist."),
                                        {{"option", wrong->subject}, {"file", wrong->file}}));
  add_log(made, *at, {log_kind::tls_file});
  if (mend_odd_path(made, *wrong))
    return made.then(words(N_("Then start it again:")), restart_command(*at));
  return made.fill_in(words(N_("Name the file that is there, then:")), restart_command(*at));
}

maybe_finding host_service_not_enabled(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->host.has_systemd) return {};
  const auto* service = at->service();
  if (service == nullptr ||
      (service->enabled != service_start::disabled && service->enabled != service_start::masked)) {
    return {};
  }
  const bool is_running = service->state == service_state::active;
  if (!is_running &&
      (at->works() || at->is_listening() || service->state != service_state::inactive))
    return {};
  made_finding made("host-service-not-enabled", certainty::certain,
                    is_running ? strength::fits : strength::told,
                    is_running ? words(N_("{service} runs now, but is not started at boot."),
                                       {{"service", service->name}})
                               : words(N_("{service} is not started at boot, and does not run."),
                                       {{"service", service->name}}));
  made.seen(words(N_("systemctl is-enabled says: {enabled}."), {{"enabled", service->enabled}}));
  if (is_running) made.warning();
  const std::string unit = service->name.substr(0, service->name.rfind('.'));
  const std::string unmask =
      service->enabled == service_start::masked ? "sudo systemctl unmask " + unit + "; " : "";
  return made.mend(words(N_("Switch it on:")), unmask + "sudo systemctl enable --now " + unit);
}

}  // namespace mqttkit::doctor
