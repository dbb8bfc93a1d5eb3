// Connection limits, TCP wrappers, users and passwords, as the broker's files and log show them.
#include <algorithm>
#include <charconv>

#include "mqtt-doctor/causes/broker_words.hpp"
#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/written_files.hpp"
#include "mqtt-doctor/facts/codes.hpp"
#include "mqttkit/base/text.hpp"
#include "mqttkit/codec/topic.hpp"

namespace mqttkit::doctor {
namespace {

// With per_listener_settings password_file belongs below one listener, and which one only the user
// knows.
void name_password_file(made_finding& made, const host_view& at) {
  if (at.setting("per_listener_settings") == "true" || at.configuration->file.empty()) {
    made.then(words(N_("Add \"password_file /etc/mosquitto/passwd\" to the configuration, then:")),
              restart_command(at));
    return;
  }
  made.then(words(N_("Name the file in the configuration, and start again:")),
            "printf '\\npassword_file /etc/mosquitto/passwd\\n' | sudo tee -a " +
                shell_word(at.configuration->file) + " && " + restart_command(at));
}

/// The same in a container, beside the configuration where that is a mounted folder's.
maybe_finding first_user_inside(made_finding& made, const host_view& at) {
  const container_fact& container = *at.container;
  const std::string file = path_inside(container, at.configuration->file);
  const std::string users = file.substr(0, file.rfind('/')) + "/passwd";
  const bool is_kept =
      std::any_of(container.mounts.begin(), container.mounts.end(), [&](const std::string& mount) {
        return mount.ends_with(" -> " + users.substr(0, users.rfind('/')));
      });
  made.fill_in(words(N_("Make a user in the container:")),
               "sudo " + container.tool + " exec -it " + shell_word(container.name) + " sh -c " +
                   shell_word("touch " + shell_word(users) + " && mosquitto_passwd " +
                              shell_word(users) + " USER"));
  if (!is_kept)
    made.seen(words(N_("Only what is mounted outlives the container: mount the folder of {file} in "
                       "the place of that one file, or the users are gone when it is made anew."),
                    {{"file", file}}));
  return made
      .then_lines(words(N_("Name the file in the configuration, and start again:")),
                  "password_file " + users, at.configuration->file)
      .then(words(N_("Then:")), restart_command(at));
}

bool has_plugin(const host_view& at) {
  return !at.setting("plugin").empty() || !at.setting("auth_plugin").empty();
}

/// The number of clients connected to the port now.
int connections_of(const host_view& at) {
  int count = 0;
  for (const auto* socket : at.sockets) count = std::max(count, socket->connections);
  return count;
}

// Descriptors that mosquitto keeps for itself and its log; with no more left it accepts nobody.
constexpr int spare_descriptors = 4;

bool is_out_of_files(const host_view& at) {
  const auto* process = at.process();
  return process != nullptr && process->open_files > 0 && process->file_limit > 0 &&
         process->open_files + spare_descriptors >= process->file_limit;
}

}  // namespace

bool was_login_refused(const view& known) {
  for (const contact_purpose purpose : {contact_purpose::client, contact_purpose::version}) {
    const auto* connection = with_connack(known, purpose);
    if (connection == nullptr) continue;
    const int meaning = connection->mqtt->meaning;
    const int reason = connection->mqtt->reason;
    if (meaning == number_of(reason_code::bad_user_name_or_password) ||
        meaning == number_of(reason_code::not_authorized) ||
        (!(meaning > 0) && (reason == 4 || reason == 5))) {
      return true;
    }
  }
  return false;
}

bool was_closed_without_answer(const view& known) {
  const auto* client = known.client();
  if (client == nullptr || !client->connect.is_connected() || accepted(known) != nullptr)
    return false;
  const bool no_answer = !client->mqtt || client->mqtt->answer == mqtt_answer::closed ||
                         client->mqtt->answer == mqtt_answer::reset || client->mqtt->answer.empty();
  return no_answer && was_ended_by_peer(*client);
}

bool is_mosquitto(const host_view& at) {
  return at.configuration != nullptr && at.configuration->broker == broker_kind::mosquitto &&
         at.configuration->is_used;
}

std::string reload_command(const host_view& at) {
  if (at.container != nullptr)
    return "sudo " + at.container->tool + " exec " + shell_word(at.container->name) +
           " sh -c 'kill -HUP $(pidof mosquitto)'";
  if (at.host.has_systemd) return "sudo systemctl reload mosquitto";
  return "sudo kill -HUP " +
         (at.configuration->pid != 0 ? std::to_string(at.configuration->pid) : "PID");
}

bool has_dynamic_users(const host_view& at) {
  return is_mosquitto(at) && at.setting("password_file").empty() &&
         contains(at.setting("plugin"), "dynamic_security");
}

std::string user_command(const host_view& at, const std::string& user) {
  if (has_dynamic_users(at))
    return "mosquitto_ctrl -u ADMIN dynsec setClientPassword " +
           (user.empty() ? std::string("USER") : shell_word(user));
  std::string file = at.setting("password_file");
  if (file.empty()) file = "/etc/mosquitto/passwd";
  return without_stray_lines(at, file) + passwd_command(at, {}, file) + " " +
         (user.empty() ? "USER" : shell_word(user)) + " && " + reload_command(at);
}

namespace {

/// How the broker calls its limit of connections.
std::string limit_name(const host_view& at) {
  for (const char* name : {"maximumConnections", "max-connections", "connection_max"}) {
    if (!at.setting(name).empty()) return name;
  }
  return "max_connections";
}

}  // namespace

maybe_finding host_max_connections(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->works() || !is_connected(known)) return {};
  if (is_out_of_files(*at) ||
      (at->logged(log_kind::file_limit) != nullptr && was_closed_without_answer(known))) {
    const auto* process = at->process();
    made_finding made(
        "mqtt-max-connections", certainty::certain, strength::proven,
        words(N_("The broker has as many files and connections open as the system allows "
                 "it, and takes no more.")));
    if (process != nullptr && process->open_files > 0) {
      made.seen(words(N_("Process {pid} has {open} of {limit} file descriptors open."),
                      {{"pid", std::to_string(process->pid)},
                       {"open", std::to_string(process->open_files)},
                       {"limit", std::to_string(process->file_limit)}}));
    }
    if (const auto* line = at->logged(log_kind::file_limit)) made.seen(log_words(*line));
    if (!at->host.has_systemd) {
      const sentence how(N_("Start it again with as many as the system gives:"));
      if (process == nullptr || at->configuration == nullptr)
        return made.fill_in(how, "ulimit -n $(ulimit -H -n)");
      return made.mend(how, stop_command(process->pid) +
                                "; sudo sh -c 'ulimit -n $(ulimit -H -n); exec mosquitto -d -c " +
                                at->configuration->file + "'");
    }
    return made.mend(words(N_("Raise the limit:")),
                     "sudo mkdir -p /etc/systemd/system/mosquitto.service.d && printf "
                     "'[Service]\\nLimitNOFILE=65536\\n' | sudo tee "
                     "/etc/systemd/system/mosquitto.service.d/files.conf && sudo systemctl "
                     "daemon-reload && " +
                         restart_command(*at));
  }
  const auto* line = at->logged(log_kind::max_connections);
  const std::string named = limit_name(*at);
  const std::string limit = at->setting(named);
  const int standing = connections_of(*at);
  // mosquitto reads the number in front, and takes a negative one for no limit.
  int most = -1;
  const auto read = std::from_chars(limit.data(), limit.data() + limit.size(), most);
  const bool is_limited = read.ec == std::errc() && most >= 0;
  const bool is_full = is_limited && standing > 0 && standing >= most;
  if ((line == nullptr && !is_full) || !was_closed_without_answer(known)) return {};
  // The line may be of an hour when there were more.
  const bool has_room = is_limited && standing > 0 && standing < most;
  made_finding made("mqtt-max-connections",
                    line != nullptr && !has_room ? certainty::certain
                    : has_room                   ? certainty::possible
                                                 : certainty::likely,
                    has_room ? strength::one_of_several : strength::told,
                    limit.empty() ? words(N_("The broker is full: max_connections is reached."))
                                  : words(N_("The broker is full: {option} is {limit}."),
                                          {{"option", named}, {"limit", limit}}));
  if (line != nullptr) made.seen(log_words(*line));
  if (is_full || has_room)
    made.seen(words(N_("{count} connections to port {port} stand."),
                    {{"count", std::to_string(standing)}, {"port", known.port()}}));
  if (!is_mosquitto(*at)) {
    made.in_app(words(N_("Look for apps that open connections and never close them.")));
    const std::string variable = variable_that_sets(*at, named);
    if (!variable.empty())
      return made.seen(said_words(*at, named, limit))
          .mend(words(N_("Or raise {name} (below \"environment:\" in a compose file, else behind "
                         "-e), and make the container anew."),
                      {{"name", variable}}));
    return made.fill_in(words(N_("Or raise {option} in {file}, and restart the broker."),
                              {{"option", named},
                               {"file", at->configuration != nullptr ? at->configuration->file
                                                                     : std::string("?")}}),
                        restart_command(*at));
  }
  const std::string file = at->block != nullptr           ? file_of(*at->block, *at->configuration)
                           : at->configuration != nullptr ? at->configuration->file
                                                          : std::string("mosquitto.conf");
  return made.mend(
      words(N_("Raise max_connections in {file} (-1: no limit), and look for apps that open "
               "connections and never close them."),
            {{"file", file}}),
      at->configuration != nullptr && !limit.empty()
          ? edit_command("s/^max_connections .*/max_connections -1/", file) + " && " +
                restart_command(*at)
          : std::string());
}

maybe_finding host_access_filter(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at) || is_out_of_files(*at)) return {};
  const auto* rule = at->problem(problem_kind::hosts_deny);
  const auto* line = at->logged(log_kind::tcpd);
  const bool is_closed = was_closed_without_answer(known);
  // The rule denies everybody but this machine, so that mosquitto works here and nowhere else.
  const bool others_only = rule != nullptr && at->works() &&
                           (!rule->detail.empty() || contains(rule->subject, "EXCEPT"));
  if (!others_only && !(is_closed && (rule != nullptr || line != nullptr))) return {};
  if (rule == nullptr && at->logged(log_kind::file_limit) != nullptr) return {};
  made_finding made("mqtt-access-filter", rule != nullptr ? certainty::certain : certainty::likely,
                    others_only ? strength::agreed : strength::proven,
                    words(N_("tcp wrappers on this machine turn clients of mosquitto away.")));
  if (rule != nullptr) {
    made.seen(words(N_("{place} denies mosquitto to: {clients}"),
                    {{"place", place_text(*rule)}, {"clients", rule->subject}}));
    if (!rule->detail.empty()) {
      made.seen(words(N_("/etc/hosts.allow lets in only: {clients}"), {{"clients", rule->detail}}));
    }
  }
  if (line != nullptr) made.seen(log_words(*line));
  // hosts.deny excepts some clients, and perhaps no others are meant to be let in.
  if (others_only && rule->detail.empty()) made.warning();
  const std::string everybody = "printf '\\nmosquitto: ALL\\n' | sudo tee -a /etc/hosts.allow";
  if (at->setting("allow_anonymous") == "true")  // the wrappers are all that guards it
    return made.mend(words(N_("Give the broker users first (allow_anonymous is true): this lets "
                              "everybody in again, without a password until then:")),
                     everybody);
  return made.mend(words(N_("Let everybody in again; passwords and the firewall remain:")),
                   everybody);
}

maybe_finding host_anonymous_refused(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at) || !was_login_refused(known) || known.asked().has_user) return {};
  if (at->block == nullptr || at->setting("allow_anonymous") == "true") return {};
  exclusions ignored;
  if (host_identity_unasked(known, ignored)) return {};  // that cause reports it
  const bool has_file = !at->setting("password_file").empty();
  const bool has_login_of_certificate = at->setting("use_identity_as_username") == "true" ||
                                        at->setting("use_subject_as_username") == "true";
  if (known.asked().has_certificate && at->setting("require_certificate") == "true" &&
      !has_login_of_certificate && !at->is_read_in_part()) {
    return made_finding("auth-anonymous-refused", certainty::likely, strength::told,
                        words(N_("The client certificate was accepted and is no login here: the "
                                 "broker wants a user name besides.")))
        .seen(words(N_("{file} has require_certificate true for port {port}, and no "
                       "use_identity_as_username."),
                    {{"file", file_of(*at->block, *at->configuration)}, {"port", known.port()}}))
        .in_app(words(N_("Fill in user name and password beside the certificate.")))
        .lines(words(N_("Or let the certificate's name (CN) be the user name, for that listener:")),
               "use_identity_as_username true", at->configuration->file);
  }
  made_finding made("auth-anonymous-refused", certainty::certain, strength::told,
                    words(N_("The broker wants a user name and a password, and none was given.")));
  if (at->setting("allow_anonymous") == "false") {
    const auto* const later = at->problem(problem_kind::overridden);
    made.seen(words(N_("{file} says allow_anonymous false for port {port}."),
                    {{"file", later != nullptr ? later->file : at->configuration->file},
                     {"port", known.port()}}));
  } else if (!at->is_read_in_part()) {
    made.seen(words(N_("{file} does not say allow_anonymous true for port {port}, and mosquitto 2 "
                       "takes that for false."),
                    {{"file", at->configuration->file}, {"port", known.port()}}));
  }
  if (!has_file && !has_plugin(*at) && !at->is_read_in_part()) {
    made.seen(words(N_("There is no password_file either, so that nobody can log in.")));
    if (at->container != nullptr) return first_user_inside(made, *at);
    made.mend(words(N_("Make a user:")), add_user_command("/etc/mosquitto/passwd", {}));
    name_password_file(made, *at);
    return made;
  }
  return made.in_app(words(N_("Fill in user name and password.")))
      .mend(words(N_("To make another user:")), user_command(*at, {}));
}

namespace {

// Nothing but blanks or a line end lies between what was given and what the hash was made of.
maybe_finding spaces_around_password(const host_view& at, const login_check_fact& check) {
  const places with{{"user", check.user}, {"file", check.file}};
  if (check.fits_without_spaces)
    return made_finding("auth-bad-credentials", certainty::certain, strength::proven,
                        words(N_("The password of user \"{user}\" was given with a blank or a line "
                                 "end around it; without that it is right."),
                              with))
        .seen(words(N_("The hash in {file} was made of it without the blank."), with))
        .in_app(words(N_("Take blanks and line ends off the password in the app; a file or secret "
                         "made with echo ends with one (printf '%s' makes none).")));
  return made_finding("auth-bad-credentials", certainty::certain, strength::proven,
                      words(N_("The password of user \"{user}\" was set with a blank or a line end "
                               "behind it, and is given without."),
                            with))
      .seen(
          words(N_("The hash in {file} was made of it with one more character at its end."), with))
      .mend(words(N_("Set it anew, typed by hand:")), user_command(at, check.user));
}

// The password file confirms the password, so something else keeps the client out.
maybe_finding right_password(const host_view& at, const login_check_fact& check,
                             exclusions& excluded) {
  const view& known = at.known;
  if (check.is_newer) {
    return made_finding(
               "auth-bad-credentials", certainty::likely, strength::told,
               words(
                   N_("The password is right, and the broker has not read its password file since "
                      "it was changed.")))
        .seen(words(N_("{file} was changed at {time}, and the broker started before."),
                    {{"file", check.file}, {"time", check.modified}}))
        .seen(words(N_("The hash of \"{user}\" in it was made of this password."),
                    {{"user", check.user}}))
        .mend(words(N_("Let the broker read it:")), reload_command(at))
        .mend(words(N_("If that changes nothing, start the broker or its container again: a file "
                       "that is mounted alone stays the old one in there when an editor writes a "
                       "new one in its place.")));
  }
  exclude(excluded, "auth-bad-credentials",
          words(N_("The hash of \"{user}\" in {file} was made of this password."),
                {{"user", check.user}, {"file", check.file}}));
  const std::string prefix = at.setting("clientid_prefixes");
  const contact* const client = known.client();
  const bool is_own_id =
      client != nullptr && client->mqtt && client->mqtt->client_id_kind == client_id_kind::own;
  const std::string id = is_own_id ? std::string() : known.asked().client_id;
  if (prefix.empty() || (!id.empty() && id.rfind(prefix, 0) == 0)) return {};
  return made_finding("auth-client-id-not-allowed", certainty::certain, strength::told,
                      words(N_("The broker admits only client identifiers that begin with "
                               "\"{prefix}\" (clientid_prefixes)."),
                            {{"prefix", prefix}}))
      .seen(words(
          N_("{file} says clientid_prefixes {prefix}."),
          {{"file", file_that_sets(*at.configuration, "clientid_prefixes")}, {"prefix", prefix}}))
      .seen(words(N_("The password is right: the hash in {file} was made of it."),
                  {{"file", check.file}}))
      .in_app(words(N_("Let the client identifier begin with {prefix}."), {{"prefix", prefix}}))
      .apart(words(N_("With such an identifier:")),
             doctor_command(known) + " -i " + shell_word(prefix + "test"));
}

/// The password file that the running broker may not read; null when it may read it.
const configuration_problem* unread_password_file(const host_view& at) {
  for (const auto& problem : at.configuration->problems) {
    const bool is_file = problem.subject == "password_file";
    if (problem.kind == problem_kind::unreadable_file && is_file) return &problem;
  }
  return nullptr;
}

}  // namespace

/// At a reload mosquitto is no longer root: a password file it cannot read then admits nobody.
maybe_finding host_password_file_closed(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at) || !was_login_refused(known) || !known.asked().has_user) return {};
  const configuration_problem* const problem = unread_password_file(*at);
  if (problem == nullptr) return {};
  const std::size_t cut = problem->detail.find('\n');
  const std::string user = problem->detail.substr(0, cut);
  const std::string barrier =
      cut == std::string::npos ? problem->file : problem->detail.substr(cut + 1);
  made_finding made("host-file-permission", certainty::likely, strength::told,
                    words(N_("The user {user}, as which mosquitto runs, cannot read {file}: since "
                             "it read its files again it knows no users."),
                          {{"user", user}, {"file", problem->file}}));
  made.seen(words(N_("{option} names it, and {barrier} does not let {user} in."),
                  {{"option", problem->subject}, {"barrier", barrier}, {"user", user}}));
  if (const auto* line = at->logged(log_kind::file_unreadable)) made.seen(log_words(*line));
  return made.mend(words(N_("Give it to that user, and let it through to it:")),
                   (barrier != problem->file ? "sudo chmod o+x " + shell_word(barrier) + " && "
                                             : std::string()) +
                       "sudo chown " + user + ": " + shell_word(problem->file) +
                       " && sudo chmod 600 " + shell_word(problem->file) + " && " +
                       reload_command(*at));
}

namespace {

/// The configuration names no password file, so that the broker knows no users.
maybe_finding no_password_file(const view& known, const host_view& at) {
  exclusions ignored;
  if (has_plugin(at) || at.is_read_in_part() || host_users_elsewhere(known, ignored)) return {};
  made_finding made("auth-bad-credentials", certainty::certain, strength::told,
                    words(N_("The broker knows no users: its configuration names no "
                             "password_file.")));
  made.seen(words(N_("No password_file for port {port} in {file}."),
                  {{"port", known.port()}, {"file", at.configuration->file}}))
      .mend(words(N_("Make the user:")),
            add_user_command("/etc/mosquitto/passwd", known.asked().user_name));
  name_password_file(made, at);
  return made;
}

/// Whether the doctor or the running broker may not read the file.
bool is_file_closed(const host_view& at, const std::string& file) {
  return unread_password_file(at) != nullptr ||
         std::any_of(at.host.not_seen.begin(), at.host.not_seen.end(),
                     [&](const std::string& hidden) { return contains(hidden, file); });
}

/// Whether the password in the user's line is none that mosquitto reads, as other causes report.
bool is_line_unread(const host_view& at, const std::string& user) {
  const auto& problems = at.configuration->problems;
  return std::any_of(problems.begin(), problems.end(), [&](const configuration_problem& problem) {
    return (problem.kind == problem_kind::plain_password ||
            problem.kind == problem_kind::foreign_hash) &&
           problem.subject == user;
  });
}

/// The file has no line for the user, but one for a name that differs in case or spaces.
made_finding near_user(const std::string& file, const std::string& user, const std::string& near) {
  made_finding made("auth-bad-credentials", certainty::certain, strength::told,
                    words(N_("The broker knows no user \"{user}\", but one called \"{near}\"."),
                          {{"user", user}, {"near", near}}));
  made.seen(words(N_("{file} has \"{near}\"; capital letters and spaces count."),
                  {{"file", file}, {"near", near}}))
      .in_app(words(N_("Enter the user name as it stands there: {near}"), {{"near", near}}));
  return made;
}

/// The text that was given as the password is a user's name in the file.
made_finding exchanged_login(const view& known, const std::string& file, const std::string& name) {
  const places values{{"name", name}, {"file", file}, {"user", known.asked().user_name}};
  made_finding made("auth-bad-credentials", certainty::likely, strength::told,
                    words(N_("User name and password are exchanged: {name}, which was given as "
                             "the password, is the name of a user."),
                          values));
  made.seen(words(N_("{file} has a user \"{name}\", and none called \"{user}\"."), values))
      .in_app(words(N_("Enter {name} in the field of the user name, and the password in its own."),
                    values))
      .apart(words(N_("With it:")),
             "mqtt-doctor " + known.target() + " -u " + shell_word(name) + " --ask-password");
  return made;
}

/// The file has no line for the user.
/// @param beside  another file that has one; "" for none
made_finding unknown_user(const host_view& at, const std::string& file, const std::string& user,
                          const std::string& beside) {
  made_finding made("auth-bad-credentials", certainty::certain, strength::told,
                    words(N_("The broker knows no user \"{user}\"."), {{"user", user}}));
  made.seen(
      words(N_("{file} has no line for that name; capital letters count."), {{"file", file}}));
  if (!beside.empty())
    made.seen(
        words(N_("{other} has one; the broker reads {file} alone, which password_file names."),
              {{"other", beside}, {"file", file}}));
  warn_of_stray_lines(made, at, file);
  for (const auto& other : at.host.configurations) {
    if (other.is_used || other.broker != broker_kind::mosquitto || at.configuration->pid == 0)
      continue;
    made.seen(words(N_("{other} is not in force: the broker that runs reads {file}."),
                    {{"other", other.file}, {"file", at.configuration->file}}));
    break;
  }
  made.mend(words(beside.empty() ? N_("Make the user:") : N_("Make the user in that file, too:")),
            user_command(at, user));
  return made;
}

/// The file has the user with a hash: checked against it, or refused by the broker in any case.
made_finding refused_password(const host_view& at, const std::string& file, const std::string& user,
                              bool is_checked) {
  made_finding made("auth-bad-credentials", is_checked ? certainty::certain : certainty::likely,
                    is_checked ? strength::told : strength::agreed,
                    words(N_("The password of user \"{user}\" is wrong."), {{"user", user}}));
  if (is_checked) {
    made.seen(
        words(N_("It is not the one that the hash in {file} was made of."), {{"file", file}}));
    warn_of_stray_lines(made, at, file);
    made.in_app(words(N_("Type the password again; mind upper and lower case, and spaces.")))
        .mend(words(N_("Or set a new one:")), user_command(at, user));
    return made;
  }
  made.seen(words(N_("{file} has that user, with a hash, and the broker still refused."),
                  {{"file", file}}));
  warn_of_stray_lines(made, at, file);
  made.mend(words(N_("Set it anew:")), user_command(at, user));
  return made;
}

}  // namespace

maybe_finding host_bad_credentials(const view& known, exclusions& excluded) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at) || !was_login_refused(known) || !known.asked().has_user) return {};
  const std::string file = at->setting("password_file");
  const std::string& user = known.asked().user_name;
  if (file.empty()) return no_password_file(known, *at);
  if (is_file_closed(*at, file)) return {};  // host_password_file_closed() reports it
  if (auto alien = host_no_password_file(*at, file)) return alien;
  if (is_line_unread(*at, user)) return {};
  const auto* const unknown = at->problem(problem_kind::user_not_in_file);
  const std::string said = unknown != nullptr ? unknown->detail : std::string();
  const bool is_beside = said.starts_with('\n');  // then another file has the user
  if (!said.empty() && !is_beside) return near_user(file, user, said);
  if (const auto* const exchanged = at->problem(problem_kind::login_exchanged))
    return exchanged_login(known, file, exchanged->subject);
  if (unknown != nullptr || at->problem(problem_kind::empty_password_file) != nullptr)
    return unknown_user(*at, file, user, is_beside ? said.substr(1) : std::string());
  if (!known.asked().has_password) {
    return made_finding("auth-bad-credentials", certainty::certain, strength::told,
                        words(N_("The broker wants a password for user \"{user}\", and none was "
                                 "given."),
                              {{"user", user}}))
        .seen(words(N_("{file} has that user, with a hash."), {{"file", file}}))
        .in_app(words(N_("Enter the password as well.")))
        .apart(words(N_("With it:")), doctor_command(known) + " --ask-password");
  }
  const auto* check = at->login_check();
  if (check != nullptr && check->outcome == login_outcome::right)
    return right_password(*at, *check, excluded);
  if (check != nullptr && (check->fits_without_spaces || check->fits_with_space))
    return spaces_around_password(*at, *check);
  const bool is_checked = check != nullptr && check->outcome == login_outcome::wrong;
  return refused_password(*at, file, user, is_checked);
}

namespace {

/// A hash of a kind that mosquitto does not know: the user's own before another user's; null for
/// none.
const configuration_problem* foreign_hash_of(const host_view& at) {
  const configuration_problem* found = nullptr;
  const asked_facts& asked = at.known.asked();
  for (const auto& problem : at.configuration->problems) {
    if (problem.kind != problem_kind::foreign_hash) continue;
    if (asked.has_user && problem.subject == asked.user_name) return &problem;
    if (found == nullptr) found = &problem;
  }
  return found;
}

maybe_finding foreign_hash(const host_view& at, const configuration_problem& problem) {
  const view& known = at.known;
  const bool is_users_own = known.asked().has_user && problem.subject == known.asked().user_name;
  const bool is_refused = was_login_refused(known) && is_users_own;
  made_finding made(
      "auth-password-file-not-hashed", certainty::certain,
      is_refused ? strength::proven : strength::first_of_several,
      words(N_("The hash of \"{user}\" in {file} was made by another program, such as htpasswd; "
               "mosquitto does not know its kind and ignores that user."),
            {{"user", problem.subject}, {"file", problem.file}}));
  made.seen(words(N_("{place} has no hash ($7$ or $6$) behind the name."),
                  {{"place", place_text(problem)}}));
  if (!is_refused) made.warning();
  return made.mend(
      words(N_("Set that password anew; who needs the old file finds it as "
               "{file}.bak:"),
            {{"file", problem.file}}),
      "sudo cp -p " + shell_word(problem.file) + " " + shell_word(problem.file + ".bak") + " && " +
          without_stray_lines(at, problem.file) + passwd_command(at, {}, problem.file) + " " +
          shell_word(problem.subject) + " && " + reload_command(at));
}

}  // namespace

maybe_finding host_plain_passwords(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at)) return {};
  std::vector<std::string> users;
  const configuration_problem* first = nullptr;
  bool is_users_own = false;
  for (const auto& problem : at->configuration->problems) {
    if (problem.kind != problem_kind::plain_password) continue;
    users.push_back(problem.subject);
    is_users_own =
        is_users_own || (known.asked().has_user && problem.subject == known.asked().user_name);
    if (first == nullptr || problem.subject == known.asked().user_name) first = &problem;
  }
  const bool is_refused = was_login_refused(known) && is_users_own;
  // Another user's unknown hash does not shut out this user, whose password stands unhashed.
  const configuration_problem* const foreign = foreign_hash_of(*at);
  if (foreign != nullptr && !is_refused) return foreign_hash(*at, *foreign);
  if (first == nullptr) return {};
  made_finding made(
      "auth-password-file-not-hashed", certainty::certain,
      is_refused ? strength::proven : strength::first_of_several,
      words(N_("{file} holds plain passwords; mosquitto ignores those users: {users}."),
            {{"file", first->file}, {"users", list_text(users)}}));
  made.seen(words(N_("{place} has no hash ($7$ or $6$) behind the name."),
                  {{"place", place_text(*first)}}));
  if (const auto* line = at->logged(log_kind::plain_password)) made.seen(log_words(*line));
  if (!is_refused) made.warning();
  // mosquitto_passwd -U would hash existing hashes of other users again, and shut those users out.
  if (!first->detail.empty() || foreign != nullptr)
    return made.mend(words(N_("Set that password anew; the others of the file stay as they are:")),
                     user_command(*at, first->subject));
  return made.mend(words(N_("Hash them, then let the broker read the file again:")),
                   without_stray_lines(*at, first->file) + passwd_command(*at, "-U", first->file) +
                       " && " + reload_command(*at));
}

namespace {

/// The command that writes a setting below the listener as well. It stays where it is: there it may
/// open mosquitto's default listener, which somebody may use.
std::string repeated_command(const configuration_problem& setting, const host_view& at) {
  return edit_command(
      std::to_string(at.block->line) + "a " + setting.subject + " " + setting.detail,
      file_of(*at.block, *at.configuration));
}

}  // namespace

maybe_finding host_settings_trap(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at) || !was_login_refused(known) || at->block == nullptr) return {};
  for (const auto& problem : at->configuration->problems) {
    if (problem.kind != problem_kind::above_listener ||
        at->block->settings.count(problem.subject) != 0)
      continue;
    const bool matters = problem.subject == "allow_anonymous"
                             ? problem.detail == "true" && !known.asked().has_user
                             : problem.subject == "password_file" && known.asked().has_user;
    if (!matters) continue;
    return made_finding("auth-listener-settings-trap", certainty::certain, strength::proven,
                        words(N_("{name} stands above the listener line and does not apply to port "
                                 "{port}, because per_listener_settings is true."),
                              {{"name", problem.subject}, {"port", known.port()}}))
        .seen(words(
            N_("{place}: {name} {value}"),
            {{"place", place_text(problem)}, {"name", problem.subject}, {"value", problem.detail}}))
        .seen(words(N_("The listener for port {port} begins in line {line} and has no {name}."),
                    {{"port", known.port()},
                     {"line", std::to_string(at->block->line)},
                     {"name", problem.subject}}))
        .mend(problem.subject == "allow_anonymous"
                  ? words(N_("Write it below \"listener {port}\" as well, which lets everybody in "
                             "without a password, as it says:"),
                          {{"port", known.port()}})
                  : words(N_("Write it below \"listener {port}\" as well:"),
                          {{"port", known.port()}}),
              repeated_command(problem, *at))
        .then(words(N_("Then:")), restart_command(*at));
  }
  const auto* later = at->problem(problem_kind::overridden);
  if (later == nullptr || later->detail != "false" || known.asked().has_user) return {};
  made_finding made("auth-listener-settings-trap", certainty::certain, strength::proven,
                    words(N_("allow_anonymous stands twice, and the last one, false, holds for all "
                             "listeners.")));
  made.seen(words(N_("{place}: allow_anonymous false"), {{"place", place_text(*later)}}));
  // A line in an included file stands below no listener: like the first one it is about them all.
  if (later->file != at->configuration->file)
    return made
        .mend(words(N_("Take that line out, if everybody is to come in without a password; the old "
                       "file is kept beside it:")),
              edit_command(std::to_string(later->line) + "d", later->file))
        .then(words(N_("Then:")), restart_command(*at));
  return made
      .mend(words(N_("Take one of the two out; or, when each listener is to have the rules that "
                     "stand below it, with those that let everybody in without a password:")),
            edit_command("1i per_listener_settings true", at->configuration->file))
      .then(words(N_("Then:")), restart_command(*at));
}

namespace {

/// The setting that keeps this user to RabbitMQ's own machine; "" when none does.
std::string loopback_setting(const host_view& at, const std::string& user) {
  if (at.setting("loopback_users") == "none") return {};
  const std::string name = "loopback_users." + user;
  const std::string said = at.setting(name);
  if (said == "true") return name + " = true";
  if (said == "false" || !is_guest(user)) return {};
  // The default is guest alone, and a setting that names others replaces the default.
  const auto& settings = at.configuration != nullptr ? at.configuration->settings
                                                     : std::map<std::string, std::string>{};
  const bool names_others = std::any_of(settings.begin(), settings.end(), [](const auto& setting) {
    return setting.first.rfind("loopback_users.", 0) == 0 && setting.second == "true";
  });
  return names_others ? std::string() : "loopback_users.guest = true";
}

}  // namespace

maybe_finding host_guest_only_local(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  const auto* process = at->process();
  if (process == nullptr || process->name != broker_kind::rabbitmq) return {};
  const auto* line = at->logged(log_kind::guest);
  const std::string& user = known.asked().user_name;
  const std::string setting = known.asked().has_user ? loopback_setting(*at, user) : std::string();
  const contact* const client = known.client();
  const bool is_from_here =
      client != nullptr && class_of(client->address) == address_class::loopback;
  // By an address of the machine other than loopback the user is refused, as from a phone.
  const bool is_met =
      !setting.empty() && (at->works() || (!is_from_here && was_login_refused(known)));
  if (line == nullptr && !is_met) return {};
  const places values{{"user", user}, {"setting", setting}};
  made_finding made(
      "auth-guest-only-local", certainty::certain,
      is_met ? at->works() ? strength::seen : strength::proven : strength::first_of_several,
      is_met ? words(N_("RabbitMQ lets the user {user} in by the loopback address "
                        "only ({setting}); a phone is refused."),
                     values)
             : words(N_("RabbitMQ refused a user who may come by the loopback "
                        "address only (loopback_users).")));
  if (line != nullptr) made.seen(log_words(*line));
  if (is_met && is_guest(user) && at->setting("loopback_users.guest").empty())
    made.seen(words(N_("That is RabbitMQ's default for guest, whose password everybody knows.")));
  if (is_met && !is_guest(user))
    made.seen(words(N_("{file} says {setting}."),
                    {{"file", at->configuration->file}, {"setting", setting}}));
  if (!is_met) made.warning();
  return offer_own_user(made);
}

}  // namespace mqttkit::doctor
