// Brokers in containers: what Docker or Podman, and the container's own log, tell of them.
#include <algorithm>
#include <charconv>

#include "mqtt-doctor/causes/broker_complaints.hpp"
#include "mqtt-doctor/causes/compose_words.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/shell_word.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// The last line of the container's log that has the text; "" when none has.
std::string line_with(const container_fact& container, std::string_view text) {
  for (std::size_t i = container.log.size(); i-- > 0;) {
    if (!contains(lower(container.log[i]), std::string(text))) continue;
    // mosquitto says what is wrong, and in a second line where.
    const bool is_place = contains(container.log[i], "Error found at ");
    return is_place && i > 0 ? container.log[i - 1] + " " + container.log[i] : container.log[i];
  }
  return {};
}

/// Whether it starts and ends again and again, though it runs at the moment.
bool is_failing(const container_fact& container) {
  constexpr int many = 3;
  return container.state == "restarting" ||
         (container.is_running() && container.restarts >= many &&
          contains(lower(container.log.empty() ? std::string() : container.log.back()), "error"));
}

/// The line that tells why it ended, as far as one can tell: the last that speaks of an error.
std::string last_complaint(const container_fact& container) {
  for (std::size_t i = container.log.size(); i-- > 0;) {
    if (complaint_in(container.log[i]) != nullptr) return container.log[i];
  }
  for (const char* word : {"permission denied", "accessdenied", "eacces", "error", "fatal",
                           "failed", "cannot", "denied", "unable"}) {
    if (std::string line = line_with(container, word); !line.empty()) return line;
  }
  return container.log.empty() ? std::string() : container.log.back();
}

/// "core_mosquitto" of "addon_core_mosquitto": containers of Home Assistant, which its own command
/// starts and stops; "" for others.
std::string addon_of(const container_fact& container) {
  constexpr std::string_view prefix = "addon_";
  return container.name.starts_with(prefix) ? container.name.substr(prefix.size()) : std::string();
}

sentence container_words(const container_fact& container) {
  return words(N_("Container {name} ({image}): {status}."),
               {{"name", container.name},
                {"image", container.image},
                {"status", container.status.empty() ? container.state : container.status}});
}

bool is_mosquitto_image(const container_fact& container) {
  return contains(lower(container.image), "mosquitto");
}

/// The configuration that the container's command names; "" for none.
std::string named_file(const container_fact& container) {
  for (const std::string_view option : {" -c /", " --config-file /"}) {
    const std::size_t at = container.command.find(option);
    // A shell has a -c, too, behind which a script stands.
    if (at == std::string::npos || container.command.substr(0, at).ends_with("sh")) continue;
    const std::size_t begin = at + option.size() - 1;
    return container.command.substr(begin, container.command.find(' ', begin) - begin);
  }
  return {};
}

/// What is mounted over the configuration of the container's broker; "" when nothing is.
std::string configuration_mount(const container_fact& container) {
  const std::string named = named_file(container);
  for (const std::string& mount : container.mounts) {
    const std::size_t arrow = mount.find(" -> ");
    const std::string target = arrow == mount.npos ? mount : mount.substr(arrow + 4);
    const bool is_over = named == target || named.starts_with(target + "/");
    // Another file in the usual folder is not the configuration.
    const bool is_another_file = target.ends_with(".conf") && !target.ends_with("/mosquitto.conf");
    const bool is_usual =
        !is_another_file && (target.starts_with("/mosquitto/config") || target == "/mosquitto" ||
                             target.starts_with("/etc/mosquitto"));
    if (named.empty() ? is_usual : is_over) return mount;
  }
  return {};
}

std::string source_of(const std::string& mount) { return mount.substr(0, mount.find(" -> ")); }

/// "/srv/m.conf -> /mosquitto/config/mosquitto.conf", where /srv/m.conf is a folder.
std::string folder_for_a_file(const container_fact& container) {
  for (const std::string& mount : container.folders) {
    if (mount.ends_with(".conf")) return mount;
  }
  return {};
}

/// The mount that the line is about, or else the one over the broker's configuration.
std::string mount_in(const container_fact& container, const std::string& line) {
  for (const std::string& mount : container.mounts) {
    const std::size_t arrow = mount.find(" -> ");
    if (arrow != mount.npos && contains(line, mount.substr(arrow + 4))) return mount;
  }
  return configuration_mount(container);
}

/// The line in which a broker says that it does not understand its configuration; "" for none.
std::string misread_setting(const container_fact& container) {
  for (const char* mark :
       {"unknown_fields", "unknown configuration variable", "unknown field", "set unknown variable",
        "there is no setting with that name", "failed_to_check_schema", "error generating config",
        "failed to prepare configuration", "incorrect config file", "error parsing",
        "parse error"}) {
    if (std::string line = line_with(container, mark); !line.empty()) return line;
  }
  return {};
}

/// The number of the user as whom the container, or else the image, runs its broker; "" where that
/// is not known.
std::string user_of(const container_fact& container) {
  if (!container.user.empty()) return container.user;
  constexpr std::pair<std::string_view, const char*> users[] = {
      {"mosquitto", "1883"}, {"emqx/emqx", "1000"}, {"rabbitmq", "999"},
      {"vernemq", "10000"},  {"hivemq", "10000"},   {"artemis", "1001"}};
  for (const auto& [name, user] : users) {
    if (contains(lower(container.image), std::string(name))) return user;
  }
  return {};
}

/// The volume that is mounted: "conf" for /var/lib/docker/volumes/conf/_data; "" for a path.
std::string volume_of(const std::string& mount) {
  const std::string source = source_of(mount);
  const std::size_t folder = source.rfind("/volumes/");
  if (folder == std::string::npos || !source.ends_with("/_data")) return {};
  const std::size_t name = folder + 9, end = source.size() - 6;
  return name < end ? source.substr(name, end - name) : std::string();
}

/// The configuration's file on this machine, for what is mounted over it or over its folder.
std::string file_in(const container_fact& container, const std::string& mount) {
  const bool is_folder = std::find(container.folders.begin(), container.folders.end(), mount) !=
                         container.folders.end();
  if (!is_folder || mount.ends_with(".conf")) return source_of(mount);
  return source_of(mount) +
         (mount.ends_with(" -> /mosquitto") ? "/config/mosquitto.conf" : "/mosquitto.conf");
}

/// A mount that looks as if it were meant for the configuration, and is not where that is.
std::string missed_mount(const container_fact& container) {
  for (const std::string& mount : container.mounts) {
    if (contains(mount, "conf")) return mount;
  }
  return {};
}

/// A folder or a volume of that name where the configuration's file is to be.
void tell_folder(made_finding& made, const std::string& mount) {
  const std::string volume = volume_of(mount);
  if (!volume.empty()) {
    made.seen(words(N_("{volume} is an empty volume that Docker made: what stands before the colon "
                       "is a file of this machine only with a slash in it."),
                    {{"volume", volume}}));
    return;
  }
  made.seen(words(N_("{source} is a folder: Docker makes one where the file to be mounted is not "
                     "there."),
                  {{"source", source_of(mount)}}));
}

/// The line of the compose file that mounts it.
void tell_compose_line(made_finding& made, const container_fact& container,
                       const std::string& mount) {
  const std::size_t arrow = mount.find(" -> ");
  if (arrow == std::string::npos) return;
  const auto* const line = compose_mount(container, mount.substr(arrow + 4));
  if (line == nullptr) return;
  made.seen(words(N_("{place} says: {text}"),
                  {{"place", place_in(line->file, line->line)}, {"text", line->text}}));
}

/// The number between `before` and `after` in a line; 0 when there is none.
int number_behind(const std::string& line, std::string_view before) {
  const std::size_t at = line.find(before);
  int number = 0;
  if (at == std::string::npos) return 0;
  const char* const end = line.data() + line.size();
  const auto [stop, error] = std::from_chars(line.data() + at + before.size(), end, number);
  static_cast<void>(stop);
  return error == std::errc() ? number : 0;
}

/// A file that the container's log says it cannot open, and that is not there as its configuration
/// means it; false when that is not so.
bool explain_files(made_finding& made, const container_fact& container,
                   const std::string& complaint) {
  if (!container.configuration) return false;
  const configuration_fact& read = *container.configuration;
  const auto tells_of = [&](const std::string& path) {
    return contains(complaint, path) || !line_with(container, lower(path)).empty();
  };
  for (const auto& problem : read.problems) {
    const std::string inside = path_inside(container, problem.file);
    if (problem.kind == problem_kind::outside_link && tells_of(inside)) {
      const places with{{"file", problem.file}, {"target", problem.detail}, {"inside", inside}};
      made.seen(words(N_("{file} is a symbolic link to {target}, and that is not mounted: in the "
                         "container {inside} leads to nothing."),
                      with))
          .mend(words(N_("Mount the folder above that holds both ends of the link (for certbot "
                         "/etc/letsencrypt as a whole, and name the file below live/), or copy "
                         "the file itself after each renewal.")));
      return true;
    }
    if (problem.kind == problem_kind::missing_file && problem.file == read.file &&
        contains(lower(complaint), "config")) {
      const std::string folder = problem.file.substr(0, problem.file.rfind('/'));
      made.seen(words(N_("{folder} is mounted, and there is no file {file} in it."),
                      {{"folder", folder}, {"file", problem.file.substr(folder.size() + 1)}}));
      if (!problem.detail.empty() && contains(problem.detail, "\n"))
        made.seen(words(N_("What is there: {names}."),
                        {{"names", problem.detail.substr(problem.detail.find('\n') + 1)}}));
      made.look(words(N_("Give the configuration exactly that name (no ending of a text editor's "
                         "behind it):")),
                "ls -l " + shell_word(folder));
      return true;
    }
  }
  // A path that nothing is mounted at, such as the machine's own name of the file.
  const auto explain = [&](const std::string& option, const std::string& path,
                           const std::string& file) {
    const std::string inside = path_inside(container, path);
    const bool is_named = path.starts_with('/') && tells_of(path);
    if (!is_named || inside == path || !is_plain_text(path) || !is_plain_text(inside)) return false;
    made.seen(
            words(N_("{option} in {file} names {path}, as this machine calls it; in the container "
                     "it is {inside}."),
                  {{"option", option}, {"file", file}, {"path", path}, {"inside", inside}}))
        .mend(words(N_("Name it so; the old file is kept as {file}.bak:"), {{"file", file}}),
              edit_command("s#" + path + "#" + inside + "#", file));
    return true;
  };
  for (const auto& [option, path] : read.settings) {
    if (explain(option, path, read.file)) return true;
  }
  for (const auto& listener : read.listeners) {
    for (const auto& [option, path] : listener.settings) {
      if (explain(option, path, file_of(listener, read))) return true;
    }
  }
  return false;
}

/// What the end of the container tells, as a cure; false when nothing that is known.
bool explain_end(made_finding& made, const container_fact& container) {
  const std::string complaint = last_complaint(container);
  const std::string low = lower(complaint + " " + container.error);
  const places with{{"name", container.name}, {"image", container.image}};
  if (const std::string mount = folder_for_a_file(container); !mount.empty()) {
    tell_folder(made, mount);
    tell_compose_line(made, container, mount);
    if (!volume_of(mount).empty()) {
      made.mend(
          words(N_("Make the container again with the whole path before the colon: -v "
                   "/srv/mosquitto/mosquitto.conf:/mosquitto/config/mosquitto.conf")));
      return true;
    }
    made.mend(words(N_("Remove the empty folder, put the configuration's file in its place, and "
                       "start the container again:")),
              "sudo rmdir " + shell_word(source_of(mount)));
    return true;
  }
  if (container.was_out_of_memory) {
    made.seen(words(N_("It was ended because its memory was used up.")))
        .mend(words(N_("Give it more memory (--memory, or mem_limit in the compose file), or free "
                       "some on the machine.")));
    return true;
  }
  if (container.command.starts_with("-") || contains(low, "exec: \"-")) {
    made.mend(words(N_("What stands behind the image's name are words for the program in it: the "
                       "options of Docker itself (-p, -v, --name) must stand before it. Make the "
                       "container again so:")),
              "docker run -d --name " + shell_word(container.name) +
                  " -p 1883:1883 -v FOLDER:/mosquitto/config " + container.image);
    return true;
  }
  if (!line_with(container, "persistent database format version").empty()) {
    made.mend(
        words(N_("What the broker kept was written by a newer mosquitto than this image has: "
                 "take the newer image again (its tag, or :2). To go on with the old one, "
                 "move mosquitto.db out of the folder that is mounted; the kept messages and "
                 "sessions are then not there.")));
    return true;
  }
  if (explain_files(made, container, complaint)) return true;
  if (contains(low, "exec format error")) {
    made.mend(words(N_("The image is for another kind of processor: pull one for this machine "
                       "({image} with --platform, or another tag)."),
                    with));
    return true;
  }
  if (contains(low, "already allocated") || contains(low, "address already in use") ||
      contains(low, "address in use") || contains(low, "eaddrinuse")) {
    made.mend(words(N_("Another program has the port: stop that, or publish the container under "
                       "another number. This names it:")))
        .look(words(N_("Who has it:")), "sudo ss -ltnp");
    return true;
  }
  if (explain_complaint(made, complaint)) return true;
  if (std::string line = misread_setting(container); !line.empty()) {
    made.seen(words(N_("The container's log: {line}"), {{"line", line}}));
    made.mend(
        words(N_("The broker does not understand a setting of its configuration, or of its "
                 "environment: correct the one that the log names. After an upgrade it may "
                 "have another name, or be gone.")));
    if (const std::string mount = configuration_mount(container); !mount.empty())
      made.look(words(N_("The configuration:")), "sudo less " + shell_word(source_of(mount)));
    return true;
  }
  if (contains(low, "permission denied") || contains(low, "eacces") ||
      contains(low, "accessdenied") || contains(low, "for writing")) {
    const std::string mount = mount_in(container, complaint);
    const std::string user = user_of(container);
    made.mend(user.empty()
                  ? words(N_("The program in the container may not read or write what is mounted. "
                             "Let its user have that."))
                  : words(N_("The program in the container may not read or write what is mounted. "
                             "Let its user have that ({image} runs as user {user}):"),
                          {{"image", container.image}, {"user", user}}));
    if (!mount.empty())
      made.look(words(N_("Owner and rights now:")), "ls -ln " + shell_word(source_of(mount)));
    return true;
  }
  if (contains(low, "unable to open config file") || contains(low, "unable to open pwfile") ||
      contains(low, "unable to open acl_file") || contains(low, "no such file")) {
    made.mend(
        words(N_("A file that its configuration or command line names is not in the "
                 "container: mount it there (-v FILE-HERE:FILE-IN-THE-CONTAINER), and name "
                 "it by the path inside.")));
    return true;
  }
  return false;
}

}  // namespace

const container_fact* publisher(const host_view& at) {
  const process_fact* const process = at.process();
  if (process != nullptr && process->is_contained) {
    const container_fact* only = nullptr;
    int count = 0;
    for (const container_fact& each : at.host.containers) {
      const bool may_be = !each.tool.empty() && each.is_running() && each.ports.empty() &&
                          (each.network.empty() || each.network == "host");
      if (!may_be) continue;
      if (each.pid != 0 && each.pid == process->pid) return &each;
      only = &each;
      ++count;
    }
    if (count == 1) return only;
  }
  for (const container_fact& each : at.host.containers) {
    if (!each.tool.empty() && each.is_running() &&
        contains(each.ports, ":" + std::to_string(at.port()) + "->"))
      return &each;
  }
  return nullptr;
}

int port_inside(const container_fact& container, int port) {
  if (container.network == "host") return port;
  return number_behind(container.ports, ":" + std::to_string(port) + "->");
}

std::string container_command(const container_fact& container, const std::string& words) {
  const std::string addon = addon_of(container);
  if (!addon.empty() && words == "restart") return "ha addons restart " + addon;
  if (!addon.empty() && words.starts_with("logs")) return "ha addons logs " + addon;
  return "sudo " + (container.tool.empty() ? std::string("docker") : container.tool) + " " + words +
         " " + shell_word(container.name);
}

std::string path_inside(const container_fact& container, const std::string& path) {
  for (const std::string& mount : container.mounts) {
    const std::string source = source_of(mount);
    const bool is_below = !source.empty() && path.starts_with(source) &&
                          (path.size() == source.size() || path[source.size()] == '/');
    const std::size_t arrow = mount.find(" -> ");
    if (is_below && arrow != std::string::npos)
      return mount.substr(arrow + 4) + path.substr(source.size());
  }
  return path;
}

std::string passwd_command(const host_view& at, const std::string& options,
                           const std::string& file) {
  const std::string words = options.empty() ? std::string() : options + " ";
  if (at.container == nullptr) return "sudo mosquitto_passwd " + words + shell_word(file);
  const container_fact& container = *at.container;
  return "sudo " + container.tool + " exec -it " + shell_word(container.name) +
         " mosquitto_passwd " + words + shell_word(path_inside(container, file));
}

const container_fact* stopped_container(const host_view& at) {
  const container_fact* down = nullptr;
  for (const container_fact& each : at.host.containers) {
    if (each.tool.empty()) continue;  // not a broker's
    if (each.is_running() && !is_failing(each)) return nullptr;
    const bool is_likelier = down == nullptr || is_failing(each) ||
                             contains(each.ports, std::to_string(at.port()) + "/tcp");
    if (is_likelier) down = &each;
  }
  return down;
}

bool is_container_missed(const host_view& at) {
  const container_fact* const down = stopped_container(at);
  if (down == nullptr) return false;
  const bool has_failed = down->state != "exited" || down->exit_code > 0;
  return has_failed || !has_brokers_service(at.host);
}

maybe_finding host_container_down(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->is_listening() || is_connected(known) || !at->host.brokers.empty()) return {};
  const container_fact* const down = stopped_container(*at);
  if (down == nullptr) return {};
  // A broker may as well be installed beside it, and be the one that is missed.
  const bool is_alone = !has_brokers_service(at->host) && at->host.configurations.empty();
  const places with{
      {"name", down->name}, {"port", known.port()}, {"code", std::to_string(down->exit_code)}};
  const char* const text =
      is_failing(*down) ? N_("The broker's container {name} starts and ends again and again.")
      : down->state == "created" ? N_("The broker's container {name} was made and never started.")
      : down->state == "paused"  ? N_("The broker's container {name} is paused.")
                                 : N_("The broker's container {name} does not run.");
  made_finding made("host-container-down", is_alone ? certainty::certain : certainty::likely,
                    is_container_missed(*at) ? strength::proven : strength::seen,
                    words(text, with));
  made.seen(container_words(*down));
  made.seen(words(N_("Nothing listens on port {port} of the machine itself."), with));
  if (down->exit_code > 0) made.seen(words(N_("Its program ended with exit code {code}."), with));
  if (!down->error.empty()) made.seen(words(N_("Docker says: {error}"), {{"error", down->error}}));
  const bool has_failed = down->exit_code > 0 || is_failing(*down) || !down->error.empty();
  const std::string complaint = has_failed ? last_complaint(*down) : std::string();
  if (!complaint.empty())
    made.seen(words(N_("The last of its log that tells why: {line}"), {{"line", complaint}}));
  if (down->state == "paused") {
    return made.mend(words(N_("Let it go on:")), container_command(*down, "unpause"));
  }
  const bool is_explained = has_failed && explain_end(made, *down);
  if (has_failed && !is_explained)
    made.look(words(N_("Its log tells why:")), container_command(*down, "logs --tail 30"));
  if (!volume_of(folder_for_a_file(*down)).empty()) return made;  // it can only be made again
  if (is_explained && down->compose && !folder_for_a_file(*down).empty())
    return made.then(words(N_("Then let compose make the container anew:")), compose_up(*down));
  made.mend(is_explained ? words(N_("Then start it again:")) : words(N_("Start it:")),
            container_command(*down, "restart"));
  if (has_failed) return made;
  return made.mend(words(N_("And let it start with the machine:")),
                   container_command(*down, "update --restart unless-stopped"));
}

namespace {

/// The compose file mounts the configuration where mosquitto does not look for it.
maybe_finding mounted_elsewhere(made_finding& made, const container_fact& container,
                                const std::string& mount) {
  const std::size_t arrow = mount.find(" -> ");
  if (arrow == std::string::npos) return {};
  const std::string inside = mount.substr(arrow + 4);
  const auto* const line = compose_mount(container, inside);
  if (line == nullptr) return {};
  const std::string wanted =
      inside.ends_with(".conf") ? "/mosquitto/config/mosquitto.conf" : "/mosquitto/config";
  const places with{{"place", place_in(line->file, line->line)},
                    {"text", line->text},
                    {"inside", inside},
                    {"wanted", wanted},
                    {"file", line->file}};
  made.seen(words(N_("{place} says: {text}"), with));
  made.seen(
      words(N_("mosquitto in this image reads /mosquitto/config/mosquitto.conf; what is mounted "
               "at {inside} is not read."),
            with));
  if (!contains(line->text, ":" + inside) || !is_plain_text(inside))
    return made.mend(
        words(N_("Let {place} mount it at {wanted}, and let compose make the container "
                 "anew:"),
              with),
        compose_up(container));
  return made
      .mend(words(N_("Mount it at {wanted}; the old file is kept as {file}.bak:"), with),
            edit_command(std::to_string(line->line) + "s#:" + inside + "#:" + wanted + "#",
                         line->file))
      .then(words(N_("Then let compose make the container anew:")), compose_up(container));
}

/// Whether it was started by other words than the image's, which name no configuration.
bool has_own_command(const container_fact& container) {
  return contains(container.command, "mosquitto") && named_file(container).empty();
}

maybe_finding started_without_file(const container_fact& container, const std::string& mount,
                                   const std::string& line) {
  const std::string file = path_inside(container, file_in(container, mount));
  const places with{
      {"name", container.name}, {"mount", mount}, {"file", file}, {"command", container.command}};
  // A script's name may hold the word as well, and what it starts was not read.
  const bool is_program = container.command.starts_with("mosquitto") ||
                          contains(container.command, "/mosquitto ") ||
                          container.command.ends_with("/mosquitto");
  made_finding made(
      "tcp-refused-loopback-listener", is_program ? certainty::certain : certainty::likely,
      strength::proven,
      words(N_("mosquitto in the container {name} was started by a command of its own "
               "that names no configuration: {file} is not read, and it serves the "
               "container alone."),
            with));
  made.seen(words(N_("Its command: {command}"), with))
      .seen(words(N_("The container's log: {line}"), {{"line", line}}))
      .seen(words(N_("Mounted: {mount}."), with));
  if (container.compose)
    return made
        .mend(words(N_("In {file}, take the line \"command:\" out of the service, or let it end "
                       "with -c {inside}."),
                    {{"file", place_in(container.compose->file, container.compose->line)},
                     {"inside", file}}))
        .then(words(N_("Then let compose make the container anew:")), compose_up(container));
  return made.mend(words(N_("Make the container again without words behind the image's name, or "
                            "with \"mosquitto -c {file}\" there."),
                         with));
}

bool may_be_asked(const std::optional<host_view>& at) {
  const process_fact* const process = at ? at->process() : nullptr;
  return at && (!at->works() || (process != nullptr && process->is_contained && !at->is_public()));
}

}  // namespace

maybe_finding host_container_local(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!may_be_asked(at)) return {};
  const container_fact* const container = publisher(*at);
  if (container == nullptr || !is_mosquitto_image(*container)) return {};
  const std::string line = line_with(*container, "local only mode");
  if (line.empty()) return {};
  const std::string mount = configuration_mount(*container);
  const places with{{"name", container->name}, {"port", known.port()}, {"mount", mount}};
  made_finding made(
      "tcp-refused-loopback-listener", certainty::certain, strength::proven,
      words(N_("mosquitto in the container {name} is in local only mode: it was given no listener, "
               "and takes connections from inside the container alone."),
            with));
  made.seen(words(N_("The container's log: {line}"), {{"line", line}}));
  made.seen(container_words(*container));
  if (const std::string folder = folder_for_a_file(*container); !folder.empty())
    tell_folder(made, folder);
  if (!mount.empty() && has_own_command(*container))
    return started_without_file(*container, mount, line);
  if (mount.empty()) {
    made.seen(
        words(N_("Nothing is mounted over /mosquitto/config: the configuration of the image "
                 "is in force.")));
    const std::string other = missed_mount(*container);
    if (!other.empty()) made.seen(words(N_("Mounted: {mount}."), {{"mount", other}}));
    if (auto moved = mounted_elsewhere(made, *container, other)) return moved;
    made.mend(
        words(N_("Mount a configuration: -v FILE:/mosquitto/config/mosquitto.conf (in a "
                 "compose file: volumes). In that file:")));
  } else {
    made.seen(words(N_("Mounted: {mount}."), with));
  }
  const int inside = port_inside(*container, at->port());
  return made
      .lines(words(N_("The broker's configuration needs a listener, and users:")),
             "listener " + std::to_string(inside > 0 ? inside : at->port()) +
                 "\npassword_file /mosquitto/config/passwd\nallow_anonymous false",
             mount.empty() ? "/srv/mosquitto/mosquitto.conf" : file_in(*container, mount))
      .then(words(N_("Then start the container again:")), container_command(*container, "restart"));
}

namespace {

enum class told_by { nothing, sockets, log, configuration };

/// Whether what the files of a broker say of listeners tells where it takes the asked kind of
/// connection. Brokers other than mosquitto open their usual ones beside those in the file, so that
/// only the usual one itself, moved to another port, tells anything.
bool tells_of_kind(const view& known, const configured_listener& listener, broker_kind broker) {
  if (broker == broker_kind::mosquitto) return true;
  const auto name = listener.settings.find("name");
  const bool is_further =
      broker == broker_kind::emqx && name != listener.settings.end() && name->second != "default";
  const listener_protocol wanted =
      known.is_websocket() ? known.is_tls() ? listener_protocol::wss : listener_protocol::ws
      : known.is_tls()     ? listener_protocol::mqtts
                           : listener_protocol::mqtt;
  return !is_further && listener.protocol == wanted;
}

/// The ports that the broker in the container listens on for others, and what tells of them.
std::pair<std::vector<std::string>, told_by> open_inside(const view& known,
                                                         const container_fact& container) {
  std::vector<std::string> open;
  told_by how = told_by::nothing;
  const auto add = [&](int port, told_by by) {
    if (port == 0) return;
    open.push_back(std::to_string(port));
    how = by;
  };
  for (const auto& socket : container.listeners) {
    // Other brokers open ports for their cluster and their pages first.
    const bool is_for_clients =
        is_mosquitto_image(container) || socket.port == 1883 || socket.port == 8883 ||
        (container.configuration && block_for(*container.configuration, socket.port) != nullptr);
    if (is_for_clients && !is_loopback(socket.address)) add(socket.port, told_by::sockets);
  }
  if (open.empty()) {
    for (const std::string& line : container.log)
      add(number_behind(line, "listen socket on port "), told_by::log);
  }
  if (open.empty() && container.configuration) {
    const auto& all = container.configuration->listeners;
    const broker_kind broker = container.configuration->broker.value();
    const bool is_told = std::any_of(all.begin(), all.end(), [&](const auto& listener) {
      return tells_of_kind(known, listener, broker);
    });
    for (const auto& listener : all)
      if (is_told) add(listener.port, told_by::configuration);
  }
  std::sort(open.begin(), open.end());
  open.erase(std::unique(open.begin(), open.end()), open.end());
  return {open, how};
}

}  // namespace

maybe_finding host_container_port(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!may_be_asked(at) || with_connack(known, contact_purpose::client) != nullptr) return {};
  const container_fact* const container = publisher(*at);
  if (container == nullptr) return {};
  const int inside = port_inside(*container, at->port());
  // Something listens there; host_container_loopback() tells where that is the loopback alone.
  if (std::any_of(container->listeners.begin(), container->listeners.end(),
                  [&](const auto& each) { return each.port == inside; }))
    return {};
  const auto [open, how] = open_inside(known, *container);
  if (inside == 0 || open.empty() ||
      std::find(open.begin(), open.end(), std::to_string(inside)) != open.end())
    return {};
  const places with{{"name", container->name},
                    {"port", known.port()},
                    {"inside", std::to_string(inside)},
                    {"open", list_text(open)}};
  made_finding made(
      "tcp-port-forward-wrong", how == told_by::sockets ? certainty::certain : certainty::likely,
      strength::proven,
      words(N_("Docker sends port {port} on to port {inside} of the container {name}, and "
               "the broker in it listens on {open}."),
            with));
  made.seen(words(N_("Container {name}: {ports}."),
                  {{"name", container->name}, {"ports", container->ports}}));
  const bool is_unseen = how == told_by::configuration && at->is_read_in_part();
  if (!is_unseen)
    made.seen(how == told_by::sockets ? words(N_("Listening in the container: {open}."), with)
              : how == told_by::log
                  ? words(N_("Its log tells of listeners on {open} alone."), with)
                  : words(N_("{file} sets up listeners on {open} alone."),
                          {{"file", container->configuration->file}, {"open", list_text(open)}}));
  for (const auto& listener : container->configuration ? container->configuration->listeners
                                                       : std::vector<configured_listener>()) {
    const auto variable = listener.settings.find("variable");
    if (variable == listener.settings.end()) continue;
    const auto value = container->environment.find(variable->second);
    if (value != container->environment.end())
      made.seen(words(N_("Its environment says {name}={value}."),
                      {{"name", value->first}, {"value", value->second}}));
  }
  if (const auto* const line = compose_line_for(*container, at->port()))
    return made
        .seen(words(N_("{place} says: {text}"),
                    {{"place", place_in(line->file, line->line)}, {"text", line->text}}))
        .mend(words(
            N_("Let that line lead to port {first} of the container (or let the broker listen "
               "on {inside})."),
            {{"first", open.front()}, {"inside", std::to_string(inside)}}))
        .then(words(N_("Then let compose make the container anew:")), compose_up(*container));
  return made.mend(
      words(N_("Publish the port that the broker has, behind the colon (-p {port}:{first}), or "
               "let the broker listen on {inside}."),
            {{"port", known.port()}, {"first", open.front()}, {"inside", std::to_string(inside)}}));
}

}  // namespace mqttkit::doctor
