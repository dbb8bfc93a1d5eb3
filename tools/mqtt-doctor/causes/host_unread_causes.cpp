// The broker's files say one thing, and the running broker does another: they were changed after it
// had read them.
#include <algorithm>

#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// What the file says and the broker does not do.
struct contradiction {
  sentence text;
  sentence shown;         ///< what the doctor met
  bool is_reread = true;  ///< mosquitto takes it from its file at a reload, and loses nothing by it
};

std::string place_of_setting(const host_view& at, const std::string& name) {
  const auto& from = *at.configuration;
  for (const std::string& each : {std::to_string(at.port()) + " " + name, name})
    if (const auto found = from.places.find(each); found != from.places.end()) return found->second;
  return from.file;
}

bool has_plugin(const host_view& at) {
  return !at.setting("plugin").empty() || !at.setting("auth_plugin").empty();
}

/// Whether some other proof than a user name may have let the doctor in.
bool has_other_identity(const host_view& at) {
  const asked_facts& asked = at.known.asked();
  return has_plugin(at) || asked.has_psk ||
         (asked.has_certificate && (at.setting("use_identity_as_username") == "true" ||
                                    at.setting("use_subject_as_username") == "true"));
}

/// Whether mosquitto itself has that port, where its sockets are known.
bool is_open(const host_view& at, int port) {
  return std::any_of(at.host.listeners.begin(), at.host.listeners.end(),
                     [&](const listener_fact& each) { return each.port == port; });
}

std::optional<contradiction> find_contradiction(const host_view& at, const std::string& file) {
  const contact& in = *accepted(at.known);
  const places with{{"file", file},
                    {"place", place_of_setting(at, "allow_anonymous")},
                    {"port", at.known.port()},
                    {"user", at.known.asked().user_name}};
  if (!in.mqtt->sent_user && at.setting("allow_anonymous") == "false" && !has_other_identity(at))
    return contradiction{
        words(N_("{file} was changed after mosquitto had started, and is not in force: it forbids "
                 "clients without a user name, and the running broker lets them in."),
              with),
        words(N_("{place} has allow_anonymous false; the doctor gave no user name, and was let "
                 "in."),
              with)};
  const bool is_by_password = in.mqtt->sent_user && at.known.asked().has_password;
  if (is_by_password && !has_other_identity(at)) {
    const login_check_fact* const check = at.login_check();
    const bool is_wrong = check != nullptr && check->outcome == login_outcome::wrong &&
                          !check->fits_with_space && !check->fits_without_spaces;
    const configuration_problem* const missing = at.problem(problem_kind::user_not_in_file);
    if (is_wrong || (missing != nullptr && missing->subject == at.known.asked().user_name))
      return contradiction{
          words(N_("{file} was changed after mosquitto had started, and is not in force: by the "
                   "files this login is wrong, and the running broker takes it."),
                with),
          is_wrong ? words(N_("The hash of \"{user}\" in {passwords} is of another password."),
                           {{"user", check->user}, {"passwords", check->file}})
                   : words(N_("\"{user}\" is not in {passwords}."),
                           {{"user", missing->subject}, {"passwords", missing->file}})};
  }
  if (at.block != nullptr && !in.tls && at.block->settings.contains("certfile") &&
      at.block->settings.contains("keyfile"))
    return contradiction{
        words(N_("{file} was changed after mosquitto had started, and is not in force: by it port "
                 "{port} speaks TLS, and the running broker takes plain connections there."),
              with),
        words(N_("The connection to port {port} was made without TLS, and let in."), with), false};
  if (at.block == nullptr && !at.configuration->listeners.empty())
    return contradiction{
        words(N_("{file} was changed after mosquitto had started, and is not in force: it has no "
                 "listener on port {port} any more."),
              with),
        words(N_("Listening: {socket}."), {{"socket", socket_text(*at.socket())}}), false};
  for (const configured_listener& each : at.configuration->listeners) {
    if (each.port == 0 || is_open(at, each.port)) continue;
    return contradiction{
        words(N_("{file} was changed after mosquitto had started, and is not in force: its "
                 "listener on port {port} is not there yet."),
              {{"file", file}, {"port", std::to_string(each.port)}}),
        words(N_("Nothing listens on port {port}."), {{"port", std::to_string(each.port)}}), false};
  }
  return std::nullopt;
}

/// A file that is newer than the broker's start, whichever the contradiction is about: the
/// configuration, or its password file.
const std::string* newer_file(const host_view& at) {
  if (const auto* const changed = at.problem(problem_kind::changed_since_start))
    return &changed->file;
  const login_check_fact* const check = at.login_check();
  return check != nullptr && check->is_newer ? &check->file : nullptr;
}

}  // namespace

maybe_finding host_file_unread(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->works() || !is_mosquitto(*at) || at->is_held_by_other || at->is_read_in_part())
    return {};
  // What a proxy hands on came to another port of the broker's.
  if (broker_itself(known) == nullptr) return {};
  const std::string* const file = newer_file(*at);
  if (file == nullptr) return {};
  const auto found = find_contradiction(*at, *file);
  if (!found) return {};
  made_finding made("host-config-not-used", certainty::certain, strength::proven, found->text);
  made.seen(found->shown);
  if (const auto* const changed = at->problem(problem_kind::changed_since_start))
    made.seen(words(N_("Changed at {time}."), {{"time", changed->detail}}));
  if (const auto* const process = at->process())
    made.seen(words(N_("Started at {time} as: {command}"),
                    {{"time", process->started}, {"command", process->command}}));
  if (!found->is_reread)
    return made
        .mend(words(N_("A reload does not take it over, so start the broker again; what it keeps "
                       "in memory alone is lost by that:")),
              restart_command(*at))
        .warning();
  return made
      .mend(words(N_("Let the broker read its files again; nothing is lost by that, and who is "
                     "connected stays so:")),
            reload_command(*at))
      .mend(words(N_("If that changes nothing, restart the broker or its container.")))
      .warning();
}

}  // namespace mqttkit::doctor
