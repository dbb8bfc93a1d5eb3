#include "mqtt-doctor/causes/host_plugin_causes.hpp"

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* option = "plugin_opt_config_file";

/// The file is closed to the broker's user, or there is none.
maybe_finding unread(const view& known, const host_view& at, const configuration_problem& wrong) {
  const bool is_missing = wrong.kind == problem_kind::missing_file;
  const std::size_t cut = wrong.detail.find('\n');
  const std::string user = is_missing ? std::string("mosquitto") : wrong.detail.substr(0, cut);
  const std::string barrier = cut == std::string::npos ? wrong.file : wrong.detail.substr(cut + 1);
  const bool is_refused = was_login_refused(known);
  const places with{{"file", wrong.file}, {"user", user}, {"barrier", barrier}};
  made_finding made(
      is_refused ? "auth-bad-credentials" : "host-file-permission", certainty::certain,
      is_refused ? strength::proven : strength::leaning,
      is_missing ? words(N_("The broker knows no users: {file}, where mosquitto's dynamic security "
                            "plugin keeps them, does not exist."),
                         with)
                 : words(N_("The broker knows no users: the user {user}, as which it runs, cannot "
                            "read {file}, where mosquitto's dynamic security plugin keeps them."),
                         with));
  if (!wrong.named_in.empty())
    made.seen(words(N_("{place} names it."),
                    {{"place", wrong.named_in + ":" + std::to_string(wrong.named_line)}}));
  if (!is_missing)
    made.seen(words(N_("{option} names it, and {barrier} does not let {user} in."),
                    {{"option", option}, {"barrier", barrier}, {"user", user}}));
  made.seen(
      words(N_("mosquitto starts all the same, and turns everybody away who is not let in without "
               "a name.")));
  const std::string give = "sudo chown " + user + ": " + shell_word(wrong.file) +
                           " && sudo chmod 600 " + shell_word(wrong.file) + " && " +
                           restart_command(at);
  if (!is_refused) made.warning();
  if (is_missing)
    return made
        .mend(words(N_("Make it, with an administrator named admin; the command asks for a "
                       "password:")),
              "sudo mosquitto_ctrl dynsec init " + shell_word(wrong.file) + " admin && " + give)
        .look(words(N_("Or, if the file stands elsewhere, correct its name:")),
              "sudoedit " +
                  shell_word(wrong.named_in.empty() ? at.configuration->file : wrong.named_in));
  if (barrier == wrong.file)
    return made.mend(words(N_("Give it to that user and start again:")), give);
  return made.look(
      words(N_("Let {user} through that folder, or keep the file in /var/lib/mosquitto:"), with),
      "ls -ld " + shell_word(barrier));
}

/// The plugin writes a new file beside the old one and puts it in its place.
maybe_finding unwritten(const host_view& at, const configuration_problem& wrong) {
  const std::size_t cut = wrong.detail.find('\n');
  const std::string user = wrong.detail.substr(0, cut);
  const std::string name = wrong.file.substr(wrong.file.rfind('/') + 1);
  const std::string folder = "/var/lib/mosquitto";
  const places with{{"file", wrong.file},
                    {"user", user},
                    {"folder", wrong.file.substr(0, wrong.file.rfind('/'))}};
  return made_finding(
             "host-file-permission", certainty::certain, strength::leaning,
             words(N_("What is changed by mosquitto_ctrl is lost at the broker's next start: the "
                      "dynamic security plugin saves {file} by a new file beside it, and the user "
                      "{user} cannot write in {folder}."),
                   with))
      .mend(words(N_("Keep the file in a folder of that user:")),
            "sudo install -o " + user + " -m 600 " + shell_word(wrong.file) + " " + folder + "/" +
                shell_word(name) + " && " +
                edit_command("s|^plugin_opt_config_file .*|plugin_opt_config_file " + folder + "/" +
                                 name + "|",
                             wrong.named_in.empty() ? at.configuration->file : wrong.named_in) +
                " && " + restart_command(at))
      .warning();
}

}  // namespace

maybe_finding host_plugin_file(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at) || at->configuration->pid == 0) return {};
  for (const auto& problem : at->configuration->problems) {
    if (problem.subject != option) continue;
    if (problem.kind == problem_kind::unwritable_file) return unwritten(*at, problem);
    return unread(known, *at, problem);
  }
  return {};
}

namespace {

/// The plugin's file names the one client identifier with which the user may come.
maybe_finding bound_to_identifier(const view& known, const configuration_problem& bound,
                                  bool is_sure) {
  const contact* const client = known.client();
  const bool is_own_id =
      client != nullptr && client->mqtt && client->mqtt->client_id_kind == client_id_kind::own;
  const std::string id = is_own_id ? std::string() : known.asked().client_id;
  if (id == bound.detail) return {};
  const places with{
      {"user", bound.subject}, {"id", bound.detail}, {"given", id}, {"file", bound.file}};
  made_finding made("auth-client-id-not-allowed", is_sure ? certainty::certain : certainty::likely,
                    strength::told,
                    words(N_("The broker lets the user \"{user}\" in with the client identifier "
                             "\"{id}\" alone."),
                          with));
  made.seen(words(N_("Its users are kept by the dynamic security plugin, in {file}."), with));
  if (!id.empty()) made.seen(words(N_("The client identifier \"{given}\" was sent."), with));
  return made
      .in_app(words(N_("Enter the client identifier \"{id}\"; two clients at once need two users."),
                    with))
      .apart(words(N_("With it:")), doctor_command(known) + " -i " + shell_word(bound.detail))
      .fill_in(words(N_("Or let the user come with any identifier; the command asks for the "
                        "administrator's password:")),
               "mosquitto_ctrl -u ADMIN dynsec setClientId " + shell_word(bound.subject));
}

}  // namespace

/// mosquitto's dynamic security plugin keeps the users, and not a password file.
maybe_finding host_dynamic_login(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !was_login_refused(known) || !known.asked().has_user || !known.asked().has_password ||
      !has_dynamic_users(*at))
    return {};
  const std::string& user = known.asked().user_name;
  const std::string file = at->setting("plugin_opt_config_file");
  const places values{{"user", user}, {"file", file}};
  const std::string create = "mosquitto_ctrl -u ADMIN dynsec createClient " + shell_word(user);
  const auto* const unknown = at->problem(problem_kind::user_not_in_file);
  if (unknown != nullptr && unknown->file == file) {
    made_finding made("auth-bad-credentials", certainty::certain, strength::told,
                      words(N_("The broker knows no user \"{user}\"."), values));
    made.seen(words(N_("Its users are kept by the dynamic security plugin, and {file} has no "
                       "client of that name; capital letters count."),
                    values))
        .fill_in(words(N_("Make the client, and give it a role:")), create);
    return made;
  }
  const auto* const check = at->login_check();
  if (at->problem(problem_kind::dynamic_client_off) != nullptr) {
    made_finding made("auth-bad-credentials", certainty::likely, strength::told,
                      words(N_("The user \"{user}\" is disabled."), values));
    made.seen(words(N_("Its users are kept by the dynamic security plugin, in {file}."), values))
        .fill_in(words(N_("If that was not meant, let the user in again:")),
                 "mosquitto_ctrl -u ADMIN dynsec enableClient " + shell_word(user));
    return made;
  }
  if (check != nullptr && check->outcome == login_outcome::wrong) {
    made_finding made("auth-bad-credentials", certainty::certain, strength::told,
                      words(N_("The password of user \"{user}\" is wrong."), values));
    made.seen(words(N_("Its users are kept by the dynamic security plugin, and the password is not "
                       "the one that the hash in {file} was made of."),
                    values))
        .in_app(words(N_("Type the password again; mind upper and lower case, and spaces.")))
        .fill_in(words(N_("Or set a new one:")), user_command(*at, user));
    return made;
  }
  const bool is_right = check != nullptr && check->outcome == login_outcome::right;
  if (const auto* const bound = at->problem(problem_kind::dynamic_client_bound))
    if (auto found = bound_to_identifier(known, *bound, is_right && !check->is_newer)) return found;
  if (is_right && check->is_newer) {
    made_finding made("auth-bad-credentials", certainty::likely, strength::told,
                      words(N_("The password is right by {file}, and the broker goes by an older "
                               "state: the dynamic security plugin reads that file at its start "
                               "alone."),
                            values));
    made.seen(words(N_("{file} was changed at {time}, and the broker started before."),
                    {{"file", file}, {"time", check->modified}}))
        .seen(words(N_("No reload (HUP) makes the plugin read it, and at its next change by "
                       "mosquitto_ctrl it writes over what was edited by hand.")))
        .mend(words(N_("Start it again:")), restart_command(*at))
        .fill_in(words(N_("From then on change users by the plugin's own command, which is in "
                          "force at once:")),
                 create);
    return made;
  }
  made_finding made("auth-bad-credentials", certainty::likely, strength::told,
                    words(N_("mosquitto's dynamic security plugin refuses the login: the client is "
                             "not there, disabled, or has another password."),
                          values));
  made.seen(words(N_("Its users are kept by the dynamic security plugin, in {file}."), values))
      .look(words(N_("See the client:")),
            "mosquitto_ctrl -u ADMIN dynsec getClient " + shell_word(user))
      .fill_in(words(N_("Set it anew:")), user_command(*at, user));
  return made;
}

}  // namespace mqttkit::doctor
