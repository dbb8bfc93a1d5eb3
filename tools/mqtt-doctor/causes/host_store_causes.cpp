// Where the broker on this machine keeps retained messages and sessions, and may not.
#include "mqtt-doctor/causes/host_view.hpp"

namespace mqttkit::doctor {

namespace {

/// The saved messages are closed to the broker: it starts without them, and saves others in their
/// place.
maybe_finding closed_database(const host_view& at, const configuration_problem& problem) {
  const std::string file = shell_word(problem.file), old = shell_word(problem.file + ".old");
  const places with{{"user", problem.detail}, {"file", problem.file}};
  const bool is_service = at.host.has_systemd;
  const std::string stop = is_service || at.configuration->pid == 0
                               ? std::string("sudo systemctl stop mosquitto")
                               : stop_command(at.configuration->pid);
  const std::string start = is_service
                                ? "sudo systemctl start mosquitto"
                                : "sudo mosquitto -d -c " + shell_word(at.configuration->file);
  return made_finding(
             "host-file-permission", certainty::certain, strength::leaning,
             words(N_("The user {user}, as which mosquitto runs, cannot read {file}: the retained "
                      "messages and sessions in it were not loaded, and the next time that it "
                      "saves, others take their place."),
                   with))
      .mend(words(N_("Keep a copy, stop the broker, put the copy back and give it to {user}, and "
                     "start again:"),
                  with),
            "sudo cp -a " + file + " " + old + " && " + stop + "; sudo cp -a " + old + " " + file +
                " && sudo chown " + problem.detail + ": " + file + " && " + start)
      .warning();
}

}  // namespace

/// The folder for retained messages and sessions cannot be written: all is lost at the next start.
maybe_finding host_store_closed(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !is_mosquitto(*at)) return {};
  for (const auto& problem : at->configuration->problems) {
    if (problem.kind == problem_kind::unreadable_file && problem.subject == "persistence_file")
      return closed_database(*at, problem);
    if (problem.kind != problem_kind::unreadable_file || problem.subject != "persistence_location")
      continue;
    const std::string user = problem.detail.substr(0, problem.detail.find('\n'));
    const places with{{"user", user}, {"folder", problem.file}};
    return made_finding(
               "host-file-permission", certainty::certain, strength::leaning,
               words(N_("The user {user}, as which mosquitto runs, cannot write to {folder}: "
                        "retained messages and sessions are gone at its next start."),
                     with))
        .seen(words(N_("persistence_location names {folder}, which is closed to {user}."), with))
        .mend(words(N_("Give it to that user:")),
              "sudo chown -R " + user + ": " + shell_word(problem.file))
        .warning();
  }
  return {};
}

}  // namespace mqttkit::doctor
