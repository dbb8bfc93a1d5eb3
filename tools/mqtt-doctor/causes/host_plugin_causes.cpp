#include "mqtt-doctor/causes/host_plugin_causes.hpp"

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"

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

constexpr const char* dynsec = "mosquitto_ctrl -u admin dynsec ";

/// Who keeps the users here, and where.
made_finding& by_plugin(made_finding& made, const std::string& file) {
  return made.seen(words(N_("Users are kept by mosquitto's dynamic security plugin, in {file}."),
                         {{"file", file}}));
}

maybe_finding bound_to_identifier(const view& known, const configuration_problem& bound,
                                  certainty sure) {
  const contact* const client = known.client();
  const bool is_own_id =
      client != nullptr && client->mqtt && client->mqtt->client_id_kind == client_id_kind::own;
  const std::string id = is_own_id ? std::string() : known.asked().client_id;
  if (id == bound.detail) return {};
  const places with{{"user", bound.subject}, {"id", bound.detail}, {"given", id}};
  made_finding made("auth-client-id-not-allowed", sure, strength::told,
                    words(N_("The broker lets the user \"{user}\" in with the client identifier "
                             "\"{id}\" alone."),
                          with));
  by_plugin(made, bound.file);
  if (!id.empty()) made.seen(words(N_("The client identifier \"{given}\" was sent."), with));
  return made
      .in_app(words(N_("Enter the client identifier \"{id}\"; two clients at once need two users."),
                    with))
      .apart(words(N_("With it:")), doctor_command(known) + " -i " + shell_word(bound.detail))
      .apart(words(N_("Or let the user come with any identifier; the command asks for the "
                      "administrator's password:")),
             dynsec + ("setClientId " + shell_word(bound.subject)));
}

}  // namespace

maybe_finding host_dynamic_login(const view& known, exclusions& excluded) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at) || !was_login_refused(known) || !known.asked().has_user) return {};
  const std::string file = at->setting(option);
  if (!contains(at->setting("plugin"), "dynamic_security") || file.empty()) return {};
  const login_check_fact* check = nullptr;
  for (const auto& each : at->configuration->login_checks)
    if (each.file == file && each.user == known.asked().user_name) check = &each;
  // The plugin itself writes the file while it runs; who edits it then is not heard.
  const certainty sure =
      check != nullptr && !check->is_newer ? certainty::certain : certainty::likely;
  const places with{{"user", known.asked().user_name}, {"file", file}};
  const auto refused = [&](sentence what) {
    made_finding made("auth-bad-credentials", sure, strength::proven, std::move(what));
    return by_plugin(made, file);
  };
  if (at->problem(problem_kind::no_dynamic_client) != nullptr)
    return refused(words(N_("The broker has no user \"{user}\"."), with))
        .mend(
            words(N_("Make the user, who has no rights before a role is given as well; the command "
                     "asks for passwords:")),
            dynsec + ("createClient " + shell_word(known.asked().user_name)));
  if (at->problem(problem_kind::dynamic_client_off) != nullptr)
    return refused(words(N_("The user \"{user}\" is disabled."), with))
        .mend(words(N_("If that was not meant, let the user in again:")),
              dynsec + ("enableClient " + shell_word(known.asked().user_name)));
  if (check != nullptr && check->outcome == login_outcome::wrong)
    return refused(
               words(N_("The password of \"{user}\" is wrong: the broker's hash was not made of "
                        "it."),
                     with))
        .in_app(words(N_("Enter the right password.")))
        .apart(words(N_("Or set a new one; the command asks for it:")),
               dynsec + ("setClientPassword " + shell_word(known.asked().user_name)));
  if (check != nullptr && check->outcome == login_outcome::right)
    exclude(excluded, "auth-bad-credentials",
            words(N_("The hash of \"{user}\" in {file} was made of this password."), with));
  if (const auto* bound = at->problem(problem_kind::dynamic_client_bound))
    return bound_to_identifier(known, *bound, sure);
  return {};
}

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

}  // namespace mqttkit::doctor
