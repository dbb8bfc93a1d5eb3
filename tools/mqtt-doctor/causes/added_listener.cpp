#include "mqtt-doctor/causes/added_listener.hpp"

#include <algorithm>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

constexpr const char* user_options[] = {"password_file", "plugin", "auth_plugin", "global_plugin"};

/// A setting of a configuration outside any listener; "" where it is not set, or none is known.
std::string setting_in(const configuration_fact* from, const char* name) {
  if (from == nullptr || from->file.empty()) return {};
  const auto at = from->settings.find(name);
  return at != from->settings.end() ? at->second : std::string();
}

/// The lines of a listener for the asked port, of the asked kind.
std::string listener_lines(const host_view& at) {
  const view& known = at.known;
  if (known.is_tls()) return secure_listener(known.is_websocket(), known.at.port);
  return "listener " + known.port() + (known.is_websocket() ? "\nprotocol websockets" : "");
}

/// Without a listener in its file mosquitto opens one for this machine alone, where nobody is asked
/// for a password; the first one that is named takes its place. These lines keep it as it is.
std::string kept_listener(made_finding& made, const host_view& at) {
  const auto& from = *at.configuration;
  if (!from.listeners.empty() || at.is_read_in_part()) return {};
  const auto now = std::find_if(
      at.host.listeners.begin(), at.host.listeners.end(),
      [&](const listener_fact& each) { return each.pid != 0 && each.pid == from.pid; });
  if (now == at.host.listeners.end()) return {};
  const std::string port = std::to_string(now->port);
  made.seen(words(N_("Port {other} is the one that mosquitto opens for its own machine while its "
                     "file names no listener; the lines below keep it."),
                  {{"other", port}}));
  const bool has_users =
      std::any_of(from.settings.begin(), from.settings.end(), [](const auto& setting) {
        return setting.first == "allow_anonymous" || setting.first == "password_file" ||
               setting.first == "acl_file" || setting.first.find("plugin") != std::string::npos;
      });
  const std::string own = "listener " + port + " localhost\n";
  return has_users ? own : "per_listener_settings true\n" + own + "allow_anonymous true\n";
}

/// A broker that was started without a file has none that a line could be added to: a second one
/// with a file is started, and what runs stays.
made_finding& start_beside(made_finding& made, const host_view& at, const process_fact& runs) {
  made.seen(words(N_("It was started by hand, without a file (pid {pid}: {command})."),
                  {{"pid", std::to_string(runs.pid)}, {"command", runs.command}}));
  const auto& all = at.host.configurations;
  const auto idle = std::find_if(all.begin(), all.end(), [](const configuration_fact& each) {
    return each.broker == broker_kind::mosquitto && !each.is_used && !each.file.empty();
  });
  const configuration_fact* const from = idle != all.end() ? &*idle : nullptr;
  const service_fact* const service = at.service();
  const std::string file = from != nullptr ? from->file : "/etc/mosquitto/mosquitto.conf";
  std::string start = "sudo mosquitto -d -c " + shell_word(file);
  if (service != nullptr && service->state != service_state::not_found) {
    const std::string unit = service->name.substr(0, service->name.rfind(".service"));
    start = at.host.has_systemd ? "sudo systemctl enable --now " + unit
                                : "sudo service " + unit + " start";
  }
  return with_listener(made, at, from, start,
                       words(N_("Write that listener, with passwords, into the file of a broker of "
                                "its own, {file}:"),
                             {{"file", file}}),
                       has_users(from)
                           ? N_("Start it beside the one that runs, which stays as it is:")
                           : N_("Make a user, and start it beside the one that runs, which stays "
                                "as it is:"));
}

}  // namespace

bool has_users(const configuration_fact* from) {
  return std::any_of(std::begin(user_options), std::end(user_options),
                     [&](const char* name) { return !setting_in(from, name).empty(); });
}

std::string listener_command(const configuration_fact* from, int port) {
  const bool is_known = from != nullptr && !from->file.empty();
  std::string file = "/etc/mosquitto/conf.d/remote.conf";
  if (is_known) {
    const std::string folder = setting_in(from, "include_dir");
    file = folder.empty() ? from->file : folder + "/remote.conf";
  }
  const bool is_there =
      is_known && (file == from->file ||
                   std::find(from->files.begin(), from->files.end(), file) != from->files.end());
  std::string out;
  // Of two allow_anonymous lines the last read holds for all listeners, so old ones are removed
  // first, from whichever file has them.
  if (!setting_in(from, "allow_anonymous").empty()) {
    std::string files = shell_word(from->file);
    for (const auto& read : from->files)
      if (read != from->file) files += " " + shell_word(read);
    out = "sudo sed -i.bak " + shell_word("/^allow_anonymous/d") + " " + files + " && ";
  }
  // What is there already is kept, and its last line may have no end.
  return out + "printf '" + (is_there ? "\\n" : "") + "listener " + std::to_string(port) +
         "\\nallow_anonymous false\\n" +
         (has_users(from) ? "" : "password_file /etc/mosquitto/passwd\\n") + "' | sudo tee " +
         (is_there ? "-a " : "") + shell_word(file);
}

made_finding& with_listener(made_finding& made, const host_view& at, const configuration_fact* from,
                            const std::string& start, sentence where, sentence then) {
  const bool is_served = has_users(from);
  const std::string file = from != nullptr ? from->file : "/etc/mosquitto/mosquitto.conf";
  const std::string last =
      (is_served ? std::string() : add_user_command("/etc/mosquitto/passwd", {}) + " && ") + start;
  const std::string users = is_served ? std::string() : "\npassword_file /etc/mosquitto/passwd";
  if (at.known.is_tls() || at.known.is_websocket())
    return made
        .lines(std::move(where), listener_lines(at) + "\nallow_anonymous false" + users, file)
        .then(std::move(then), last);
  if (from != nullptr)
    return made.mend(std::move(where), listener_command(from, at.port()))
        .then(std::move(then), last);
  return made
      .mend(
          std::move(where),
          "sudo mkdir -p /etc/mosquitto && printf 'listener " + at.known.port() +
              "\\nallow_anonymous false\\npassword_file /etc/mosquitto/passwd\\n' | sudo tee -a " +
              shell_word(file))
      .then(std::move(then), last);
}

void add_switched_off(made_finding& made, const host_view& at) {
  if (at.configuration == nullptr) return;
  for (const auto& [name, said] : at.configuration->settings) {
    if (name.starts_with("listeners.") && name.find(".enable") != name.npos)
      made.seen(words(N_("{file} says {setting}."),
                      {{"file", at.configuration->file}, {"setting", name + " = " + said}}));
  }
}

made_finding& add_listener(made_finding& made, const host_view& at) {
  for (const auto& listener : at.host.listeners) {
    const bool is_brokers =
        std::any_of(at.host.brokers.begin(), at.host.brokers.end(),
                    [&](const auto& broker) { return broker.pid == listener.pid; });
    if (is_brokers)
      made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(listener)}}));
  }
  if (at.configuration != nullptr) {
    for (const auto& listener : at.configuration->listeners) {
      if (listener.protocol == listener_protocol::unix_socket)
        made.seen(words(N_("{file}, line {line}: a listener for the Unix socket {path}, which "
                           "programs of this machine alone can use."),
                        {{"file", file_of(listener, *at.configuration)},
                         {"line", std::to_string(listener.line)},
                         {"path", listener.address}}));
    }
  }
  // A broker started with -p alone has no file that a line could be added to.
  if (at.configuration == nullptr || at.configuration->broker != broker_kind::mosquitto ||
      at.configuration->file.empty()) {
    if (const config_line line = open_listener_line(at); !line.text.empty()) {
      add_switched_off(made, at);
      return made
          .lines(words(N_("Give it a listener on that port, in {file}:"), {{"file", line.file}}),
                 line.text, line.file)
          .then(words(N_("Then:")), restart_command(at));
    }
    if (const process_fact* const process = at.running(broker_kind::mosquitto);
        process != nullptr && process->configuration.empty())
      return start_beside(made, at, *process);
    return made.fill_in(words(N_("Give it a listener on that port, then:")), restart_command(at));
  }
  return made
      .lines(words(N_("Give it a listener on that port, at the end of {file}:"),
                   {{"file", at.configuration->file}}),
             kept_listener(made, at) + listener_lines(at), at.configuration->file)
      .then(words(N_("Then:")), restart_command(at));
}

}  // namespace mqttkit::doctor
