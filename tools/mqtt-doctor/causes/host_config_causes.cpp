// Why a broker on this machine does not start, or does not do what its files say.
#include <algorithm>
#include <array>

#include "mqtt-doctor/causes/certificate_file_words.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

// The broker is down, or runs on older files and would not come up again with these.
enum class situation { fine, down, would_not_restart };

situation situation_of(const host_view& at) {
  if (at.configuration == nullptr || at.configuration->broker != broker_kind::mosquitto)
    return situation::fine;
  if (at.is_down() && !at.is_listening()) return situation::down;
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
made_finding start_finding(const char* id, situation how, strength when_down, sentence text,
                           certainty how_sure = certainty::certain) {
  made_finding made(id, how_sure, how == situation::down ? when_down : strength::one_of_several,
                    std::move(text));
  if (how == situation::down) {
    made.seen(words(N_("No mosquitto runs here, and nothing listens on the port.")));
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

std::string test_command(const host_view& at) {
  return "sudo mosquitto -v -c " + at.configuration->file;
}

sentence error_words(const configuration_problem& wrong) {
  const places with{{"place", place_text(wrong)}, {"name", wrong.subject}, {"value", wrong.detail}};
  if (wrong.kind == problem_kind::byte_order_mark) {
    return words(
        N_("{place} begins with a byte order mark, so that mosquitto does not know the first "
           "word."),
        with);
  }
  if (wrong.kind == problem_kind::utf_16) {
    return words(N_("{place} is written in {value} (Windows' Unicode), of which mosquitto knows "
                    "not a word: it wants UTF-8 without a byte order mark."),
                 with);
  }
  if (wrong.kind == problem_kind::tab) {
    return words(N_("{place}: a tab stands behind {name}; mosquitto wants a blank."), with);
  }
  if (wrong.kind == problem_kind::duplicate_port && !wrong.detail.empty()) {
    return words(N_("{place}: {value} stands above every listener line of its file, so that it "
                    "opens one more listener on port {name}, and that port has one."),
                 with);
  }
  if (wrong.kind == problem_kind::duplicate_port) {
    return words(N_("{place}: a second listener for port {name}."), with);
  }
  if (wrong.kind == problem_kind::duplicate_option) {
    return words(N_("{place}: a second line {name}, which may stand once; the first one says "
                    "\"{value}\"."),
                 with);
  }
  if (wrong.kind == problem_kind::outside_bridge) {
    return words(N_("{place}: {name} belongs to a bridge, and no line \"connection NAME\" stands "
                    "above it in this file."),
                 with);
  }
  if (wrong.kind == problem_kind::incomplete_bridge) {
    return words(N_("{place}: the bridge {value} has no line \"{name}\"."), with);
  }
  if (wrong.kind == problem_kind::missing_user) {
    return words(N_("{place} says \"user {name}\", and this machine has no such user."), with);
  }
  if (wrong.kind == problem_kind::bad_value && wrong.subject == "acl_file") {
    return words(N_("{place}: mosquitto does not take the line \"{value}\" in an access list."),
                 with);
  }
  if (wrong.kind == problem_kind::missing_file && wrong.subject == wrong.file &&
      wrong.detail == "Is a directory") {
    return words(N_("{place} is a folder, and should be a file: docker makes one where the file to "
                    "mount is not there."),
                 with);
  }
  if (wrong.kind == problem_kind::missing_file) {
    return words(N_("{name} names {place}, which does not exist."), with);
  }
  if (wrong.kind == problem_kind::bad_value) {
    return words(N_("{place}: mosquitto does not take \"{value}\" for {name}."), with);
  }
  if (wrong.kind == problem_kind::unknown_variable && !wrong.detail.empty()) {
    return words(
        N_("{place}: mosquitto knows no option \"{name}\"; the nearest it knows is {value}."),
        with);
  }
  return words(N_("{place}: mosquitto knows no option \"{name}\"."), with);
}

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

// Adds the edit that mends a line, where the line itself shows what was meant.
void mend_line(made_finding& to, const host_view& at, const configuration_problem& wrong) {
  const std::string line = std::to_string(wrong.line);
  if (wrong.kind == problem_kind::missing_file && wrong.detail == "Is a directory") {
    to.mend(words(N_("Move the folder aside, and put the configuration in its place:")),
            "sudo mv -n " + shell_word(wrong.file) + " " + shell_word(wrong.file + ".folder") +
                " && printf 'listener 1883\\nallow_anonymous false\\npassword_file "
                "/etc/mosquitto/passwd\\n' | sudo tee " +
                shell_word(wrong.file));
    to.then(words(N_("Make a user:")), add_user_command("/etc/mosquitto/passwd", {}));
  } else if (wrong.kind == problem_kind::missing_file && wrong.subject == "include_dir") {
    to.mend(words(N_("Make that folder:")), "sudo mkdir -p " + shell_word(wrong.file));
  } else if (wrong.kind == problem_kind::missing_file && wrong.subject == "pid_file") {
    to.mend(words(N_("Make that folder; below /run it is gone when the machine starts anew, unless "
                     "a file in /etc/tmpfiles.d/ makes it:")),
            "sudo install -d -o " + user_of(at) + " " + shell_word(wrong.file));
  } else if (wrong.kind == problem_kind::missing_file && wrong.subject == "password_file") {
    to.mend(words(N_("Make the file, with a user:")), add_user_command(wrong.file, {}));
  } else if (wrong.kind == problem_kind::duplicate_port && !wrong.detail.empty()) {
    to.look(words(N_("Move that line below the listener that it is meant for:")),
            "sudoedit " + shell_word(wrong.file));
  } else if (wrong.kind == problem_kind::duplicate_port) {
    to.mend(words(N_("Take that line out:")), edit_command(line + "d", wrong.file));
  } else if (wrong.kind == problem_kind::duplicate_option) {
    to.look(words(N_("Leave the one that is meant, and take the other out:")),
            "sudo grep -n '^" + wrong.subject + "' " + files_text(at));
  } else if (wrong.kind == problem_kind::missing_user) {
    to.mend(words(N_("Let it run as the user that its package made:")),
            edit_command("s/^user .*/user mosquitto/", wrong.file));
  } else if (wrong.kind == problem_kind::bad_value &&
             (lower(wrong.detail) == "true" || lower(wrong.detail) == "false")) {
    to.mend(
        words(N_("Small letters:")),
        edit_command(line + "s/" + wrong.detail + " *$/" + lower(wrong.detail) + "/", wrong.file));
  } else if (wrong.kind == problem_kind::bad_value &&
             (wrong.detail == "yes" || wrong.detail == "no")) {
    to.mend(words(N_("mosquitto says true and false:")),
            edit_command(
                line + "s/" + wrong.detail + " *$/" + (wrong.detail == "yes" ? "true/" : "false/"),
                wrong.file));
  } else if (wrong.kind == problem_kind::unknown_variable && wrong.subject.starts_with("#")) {
    to.mend(words(N_("A comment begins in the first column:")),
            edit_command(line + "s/^[ \\t]*//", wrong.file));
  } else if (wrong.kind == problem_kind::unknown_variable && !wrong.detail.empty()) {
    to.mend(words(N_("Write it so; the old file is kept beside it:")),
            edit_command(line + "s/" + wrong.subject + "/" + wrong.detail + "/", wrong.file));
  } else {
    to.mend(words(N_("Mend it:")),
            "sudoedit " +
                (wrong.kind == problem_kind::missing_file ? at.configuration->file : wrong.file));
  }
}

// A file or line that the user wrote and that is not in force, and why.
struct unused_reason {
  sentence why;
  sentence cure;
  std::string command;
};

std::optional<unused_reason> unused_configuration(const host_view& at) {
  // The configuration says what is wanted, and the running broker was started without it.
  const auto* process = at.running(broker_kind::mosquitto);
  if (process != nullptr && process->configuration.empty()) {
    for (const auto& other : at.host.configurations) {
      if (other.broker != broker_kind::mosquitto || other.is_used || other.listeners.empty())
        continue;
      return unused_reason{
          words(N_("The running mosquitto (pid {pid}) was started without -c; {file} is not read."),
                {{"pid", std::to_string(process->pid)}, {"file", other.file}}),
          words(N_("Start it with its configuration:")),
          at.host.has_systemd
              ? restart_command(at)
              : stop_command(process->pid) + "; sudo mosquitto -d -c " + shell_word(other.file)};
    }
  }
  const bool lacks_port = at.configuration != nullptr && at.block == nullptr;
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
  if (const auto* ignored = at.problem(problem_kind::ignored_file);
      ignored != nullptr && lacks_port) {
    return unused_reason{
        words(N_("{file} is not read: include_dir takes only names that end in .conf."),
              {{"file", ignored->file}}),
        words(N_("Give it the right name and start again:")),
        "sudo mv " + shell_word(ignored->file) + " " +
            ignored->file.substr(0, ignored->file.find('.', ignored->file.rfind('/'))) +
            ".conf && " + restart_command(at)};
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
            problem_kind::incomplete_bridge, problem_kind::missing_user});
  if (wrong == nullptr) {
    wrong = stopping(*at, {problem_kind::missing_file});
    if (wrong != nullptr && is_tls_option(wrong->subject)) wrong = nullptr;
  }
  if (wrong == nullptr) {
    const auto* line = at->logged(log_kind::config_error);
    // Only where neither a log line of a known kind nor a problem in the files explains the end.
    const bool is_known =
        std::any_of(at->configuration->problems.begin(), at->configuration->problems.end(),
                    [](const auto& problem) { return problem.stops_broker; });
    if (line == nullptr && !is_known && how == situation::down) return ended_with(*at);
    if (line == nullptr || how != situation::down) return {};
    auto made =
        start_finding("host-config-error", how, strength::told,
                      words(N_("mosquitto does not start: its configuration has an error.")));
    made.look(words(N_("Mend that line. This shows the next error, if there is one:")),
              test_command(*at));
    return told_by_log(std::move(made), *line);
  }
  auto made = start_finding(
      "host-config-error", how, strength::proven,
      words(N_("mosquitto does not start because of {place}."), {{"place", place_text(*wrong)}}));
  made.seen(error_words(*wrong));
  add_log(made, *at, {log_kind::config_error});
  if (wrong->kind == problem_kind::byte_order_mark) {
    made.mend(words(N_("Take the mark away:")), edit_command("1s/^\\xEF\\xBB\\xBF//", wrong->file));
  } else if (wrong->kind == problem_kind::utf_16) {
    const std::string file = shell_word(wrong->file), new_file = shell_word(wrong->file + ".utf8");
    made.mend(words(N_("Write it anew in UTF-8:")),
              "iconv -f " + wrong->detail + " -t UTF-8 " + file + " | sudo tee " + new_file +
                  " > /dev/null && sudo cp " + new_file + " " + file + " && sudo rm " + new_file);
  } else if (wrong->kind == problem_kind::tab) {
    made.mend(words(N_("Put blanks in the place of tabs:")),
              edit_command("s/\\t/ /g", wrong->file));
  } else {
    mend_line(made, *at, *wrong);
  }
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
  auto made = start_finding("host-file-permission", how, strength::measured,
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

/// Gives the user access to the file, or to the folder above it that is the barrier.
made_finding& give_access(made_finding& made, const host_view& at, const std::string& file,
                          const std::string& user, const std::string& barrier) {
  if (contains(file, "/letsencrypt/")) {
    return made.mend(
        words(
            N_("Copy the certificate at every renewal, by a script in "
               "/etc/letsencrypt/renewal-hooks/deploy/ that runs this, and name the copies in the "
               "configuration:")),
        "sudo install -o mosquitto -m 600 -t /etc/mosquitto/certs " + shell_word(file));
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
                   "sudo chgrp " + user + " " + shell_word(barrier) + " && sudo chmod g+x " +
                       shell_word(barrier) + " && " + restart_command(at));
}

}  // namespace

maybe_finding host_file_permission(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const auto how = situation_of(*at);
  if (how == situation::fine) return {};
  const auto* wrong = stopping(*at, {problem_kind::unreadable_file});
  if (wrong == nullptr) return unopened_by_log(*at, how);
  const std::size_t cut = wrong->detail.find('\n');
  const std::string user = wrong->detail.substr(0, cut);
  const std::string barrier =
      cut == std::string::npos ? wrong->file : wrong->detail.substr(cut + 1);
  auto made =
      start_finding("host-file-permission", how, strength::proven,
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
      start_finding("host-cert-key-problem", how, strength::measured,
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
  if (wrong->kind == problem_kind::key_mismatch) {
    auto made = start_finding("host-cert-key-problem", how, strength::proven,
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
    auto made = start_finding("host-cert-key-problem", how, strength::proven,
                              certificate_file_words(*wrong));
    made.seen(words(N_("OpenSSL says: {error}"),
                    {{"error", wrong->detail.substr(0, wrong->detail.find('\n'))}}));
    add_log(made, *at, {log_kind::tls_file});
    mend_certificate_file(made, *at, *wrong);
    return made;
  }
  auto made = start_finding("host-cert-key-problem", how, strength::proven,
                            words(N_("{option} names {file}, which does not exist."),
                                  {{"option", wrong->subject}, {"file", wrong->file}}));
  add_log(made, *at, {log_kind::tls_file});
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
                               : words(N_("{service} is not started at boot, and nobody started it "
                                          "since."),
                                       {{"service", service->name}}));
  made.seen(words(N_("systemctl is-enabled says: {enabled}."), {{"enabled", service->enabled}}));
  if (is_running) made.warning();
  const std::string unit = service->name.substr(0, service->name.rfind('.'));
  const std::string unmask =
      service->enabled == service_start::masked ? "sudo systemctl unmask " + unit + "; " : "";
  return made.mend(words(N_("Switch it on:")), unmask + "sudo systemctl enable --now " + unit);
}

}  // namespace mqttkit::doctor
