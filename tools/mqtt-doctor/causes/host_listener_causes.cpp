// Which program listens on the port, and for whom.
#include <algorithm>

#include "mqtt-doctor/causes/client_command.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/facts/forward_target.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {

const container_fact* container_with(const host_view& at) {
  const std::string inside = std::to_string(at.port()) + "/tcp";
  for (const auto& container : at.host.containers) {
    if (container.is_running() && contains(container.ports, inside)) return &container;
  }
  return nullptr;
}

bool is_from_docker(const host_view& at) {
  const listener_fact* const socket = at.socket();
  if (socket == nullptr) return false;
  if (!socket->process.empty()) return socket->program() == listening_program::docker_proxy;
  // Who holds it is not seen (as no root), and a port that Docker publishes is held by Docker.
  const std::string published = ":" + std::to_string(at.port()) + "->";
  return std::any_of(at.host.containers.begin(), at.host.containers.end(), [&](const auto& each) {
    return each.is_running() && contains(each.ports, published);
  });
}

namespace {

// Whether a proxy that others can reach stands in front: a loopback listener may be intended then.
bool has_public_proxy(const host_view& at) {
  return std::any_of(at.host.listeners.begin(), at.host.listeners.end(), [](const auto& listener) {
    return !is_loopback(listener.address) && is_in_front(listener.program()) &&
           (listener.port == 443 || expected_scheme(listener.port) != scheme::none);
  });
}

// Whether the listener comes from a bind_address line, mosquitto's way before it had `listener`. A
// new `listener` line in its place would stand beside the default listener that the port's own line
// makes, and find the port taken.
bool is_default_listener(const host_view& at) {
  return at.block->settings.count("bind_address") != 0;
}

std::string bare_listener_command(const host_view& at) {
  const auto file = at.block->settings.find("file");
  const std::string word = is_default_listener(at) ? "port " : "listener ";
  return edit_command(std::to_string(at.block->line) + "s/.*/" + word + at.known.port() + "/",
                      file != at.block->settings.end() ? file->second : at.configuration->file);
}

sentence bare_listener_words(const host_view& at) {
  const places with{{"port", at.known.port()}};
  return is_default_listener(at)
             ? words(N_("Put \"port {port}\" in the place of that line: it binds all addresses."),
                     with)
         : at.setting("allow_anonymous") == "true"
             ? words(N_("Give users passwords first (\"allow_anonymous false\" and a "
                        "password_file), or "
                        "anybody can use the broker afterwards. Then take the address out of that "
                        "line, so that it reads \"listener {port}\"."),
                     with)
             : words(N_("Take the address out of that line, so that it reads \"listener {port}\"."),
                     with);
}

/// The broker listens for others, and what refused is not this machine.
maybe_finding refused_elsewhere(const host_view& at) {
  const places with{{"address", at.known.client()->address},
                    {"port", at.known.port()},
                    {"addresses", list_text(at.host.addresses)}};
  made_finding made("tcp-port-forward-wrong", certainty::likely, strength::measured,
                    words(N_("{address} is none of this machine's addresses: what refuses port "
                             "{port} there is a router that does not pass it on, or another "
                             "machine."),
                          with));
  return made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at.socket())}}))
      .seen(words(N_("Its addresses: {addresses}."), with))
      .mend(words(N_("If it is the router's, let the router forward TCP {port} to this machine "
                     "({addresses}); in the same network dial this machine's own address."),
                  with),
            {}, place::console)
      .apart(
          words(N_("A router may refuse from inside what it passes on from outside; from another "
                   "network:")),
          doctor_command(at.known));
}

// A broker listens on other addresses than the one that was dialled.
std::optional<finding> elsewhere_bound(const host_view& at) {
  if (!connect_was(at.known, connect_outcome::refused)) return {};
  const auto& dialled_address = at.known.client()->address;
  const bool is_v4 = !is_v6_text(dialled_address);
  // A router's address, say, is refused by the router, whatever the broker is bound to.
  const auto& own = at.host.addresses;
  const bool is_here = is_loopback(dialled_address) || at.known.all.local.is_target ||
                       std::find(own.begin(), own.end(), dialled_address) != own.end();
  if (!is_here) return *refused_elsewhere(at);
  if (at.block != nullptr && is_v4 && at.block->address == "::") {
    return *maybe_finding(
        made_finding(
            "tcp-refused-loopback-listener", certainty::certain, strength::proven,
            words(N_("The broker listens by IPv6 alone, and {dialled} is an IPv4 address."),
                  {{"dialled", dialled_address}}))
            .seen(words(N_("{file}, line {line}, binds it to ::, which mosquitto keeps to IPv6."),
                        {{"file", file_of(*at.block, *at.configuration)},
                         {"line", std::to_string(at.block->line)}}))
            .mend(bare_listener_words(at), bare_listener_command(at))
            .then(words(N_("Then:")), restart_command(at)));
  }
  if (at.block != nullptr && at.setting("socket_domain") == "ipv6" && is_v4) {
    const std::string file = file_of(*at.block, *at.configuration);
    return *maybe_finding(
        made_finding(
            "tcp-refused-loopback-listener", certainty::certain, strength::proven,
            words(N_("The broker listens by IPv6 alone, and {dialled} is an IPv4 address."),
                  {{"dialled", dialled_address}}))
            .seen(words(N_("{file} says socket_domain ipv6."), {{"file", file}}))
            .mend(words(N_("Take that line out; the old file is kept as {file}.bak:"),
                        {{"file", file}}),
                  edit_command("/^socket_domain /d", file))
            .then(words(N_("Then:")), restart_command(at)));
  }
  for (const auto* socket : at.sockets) {
    const bool is_all = is_any_address(socket->address);
    if (is_all || socket->address == dialled_address) return {};
  }
  made_finding made("tcp-refused-loopback-listener", certainty::certain, strength::measured,
                    words(N_("The broker listens on {address} only, not on {dialled}."),
                          {{"address", at.socket()->address}, {"dialled", dialled_address}}));
  for (const auto* socket : at.sockets) {
    made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*socket)}}));
  }
  if (at.block == nullptr || at.configuration == nullptr) {
    return made.fill_in(
        words(N_("Take the address out of the listener line, \"listener {port}\", then:"),
              {{"port", at.known.port()}}),
        restart_command(at));
  }
  return made.mend(bare_listener_words(at), bare_listener_command(at))
      .then(words(N_("Then:")), restart_command(at));
}

// Whether a socket contradicts the configuration: the process may have inherited it unknowingly.
bool is_against_configuration(const host_view& at, const listener_fact& socket) {
  return std::any_of(at.host.configurations.begin(), at.host.configurations.end(),
                     [&](const configuration_fact& configuration) {
                       return configuration.is_used && configuration.pid == socket.pid &&
                              !configuration.listeners.empty() &&
                              block_for(configuration, socket.port) == nullptr &&
                              !contains(socket.command, " -p ");
                     });
}

/// The scheme of a listening socket by its broker's file; scheme::none where that is not known.
scheme scheme_at(const host_view& at, const listener_fact& socket) {
  for (const auto& configuration : at.host.configurations) {
    if (!configuration.is_used) continue;
    if (configuration.pid != 0 && socket.pid != 0 && configuration.pid != socket.pid) continue;
    const configured_listener* const block = block_for(configuration, socket.port);
    if (block == nullptr) continue;
    if (configuration.broker != broker_kind::mosquitto)
      return scheme_with(
          block->protocol == listener_protocol::mqtts || block->protocol == listener_protocol::wss,
          block->protocol == listener_protocol::ws || block->protocol == listener_protocol::wss);
    const bool is_websocket = block->protocol == listener_protocol::websockets ||
                              block->protocol == listener_protocol::ws;
    return scheme_with(block->settings.count("certfile") != 0, is_websocket);
  }
  return scheme::none;
}

// Other ports on which a broker here listens for others, each once.
std::vector<const listener_fact*> other_broker_ports(const host_view& at) {
  static constexpr int plain_mqtt[] = {1883, 8883, 8083, 8084, 9001, 15675, 61614};
  std::vector<const listener_fact*> found;
  const bool is_dialled_inside =
      at.known.client() != nullptr && is_loopback(at.known.client()->address);
  for (const auto& listener : at.host.listeners) {
    if (listener.port == at.port() || (is_loopback(listener.address) && !is_dialled_inside))
      continue;
    const bool is_usual = std::find(std::begin(plain_mqtt), std::end(plain_mqtt), listener.port) !=
                          std::end(plain_mqtt);
    const bool is_broker =
        listener.program() == listening_program::mosquitto ||
        (is_usual && std::any_of(at.host.brokers.begin(), at.host.brokers.end(),
                                 [&](const auto& broker) { return broker.pid == listener.pid; }));
    if (!is_broker || is_against_configuration(at, listener)) continue;
    const bool is_there = std::any_of(found.begin(), found.end(), [&](const auto* other) {
      return other->port == listener.port;
    });
    if (!is_there) found.push_back(&listener);
  }
  return found;
}

/// The first of those that speaks what was asked for, else the most usual one; null for none.
const listener_fact* other_broker_port(const host_view& at) {
  const listener_fact* best = nullptr;
  const scheme wanted = at.known.at.scheme.value();
  for (const auto* listener : other_broker_ports(at)) {
    const bool is_wanted = scheme_at(at, *listener) == wanted;
    if (best == nullptr || (is_wanted && scheme_at(at, *best) != wanted) ||
        (listener->port == 1883 && scheme_at(at, *best) != wanted))
      best = listener;
  }
  return best;
}

/// The ports with their schemes, as "1884 (mqtt), 8884 (mqtts)".
std::string ports_text(const host_view& at, const std::vector<const listener_fact*>& all) {
  std::vector<std::string> out;
  for (const auto* listener : all) {
    std::string text = std::to_string(listener->port);
    if (const scheme speaks = scheme_at(at, *listener); speaks != scheme::none)
      text.append(" (").append(fact_word<doctor::scheme>(speaks).word()).append(")");
    out.push_back(std::move(text));
  }
  return list_text(out);
}

constexpr const char* user_options[] = {"password_file", "plugin", "auth_plugin", "global_plugin"};

/// A setting of a configuration outside any listener; "" where it is not set, or none is known.
std::string setting_in(const configuration_fact* from, const char* name) {
  if (from == nullptr || from->file.empty()) return {};
  const auto at = from->settings.find(name);
  return at != from->settings.end() ? at->second : std::string();
}

/// Whether a configuration names its users already. mosquitto does not start with a second
/// password_file.
bool has_users(const configuration_fact* from) {
  return std::any_of(std::begin(user_options), std::end(user_options),
                     [&](const char* name) { return !setting_in(from, name).empty(); });
}

/// Adds a listener with passwords, in a file of its own where the configuration includes a folder,
/// else in itself. @param from  null where no file of the broker is known
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

}  // namespace

namespace {

/// Whether the program only forwards connections, to a broker that does not run on this machine.
bool is_tunnel_end(const host_view& at, const listener_fact& socket) {
  const bool passes_on = is_in_front(socket.program()) || socket.process == "ssh" ||
                         socket.process == "autossh" || socket.process == "kubectl";
  return passes_on && at.works() && at.host.brokers.empty() && !has_public_proxy(at);
}

maybe_finding end_of_tunnel(const view& known, const listener_fact& socket) {
  const places with{
      {"process", socket.process}, {"address", socket.address}, {"port", known.port()}};
  return made_finding(
             "tcp-refused-loopback-listener", certainty::certain, strength::fits,
             words(N_("On port {port} of this machine {process} listens, and no broker: it "
                      "passes on to another machine what comes from this one."),
                   with))
      .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(socket)}}))
      .in_app(words(N_("An app on another device dials the broker's machine itself, or the tunnel "
                       "is made to listen for others (ssh -g).")))
      .note();
}

}  // namespace

made_finding& open_block(made_finding& made, const host_view& at) {
  // The line is bound, by address or name: a second listener would find the port taken.
  if (!at.block->address.empty()) {
    const auto file = at.block->settings.find("file");
    const std::string where =
        file != at.block->settings.end() ? file->second : at.configuration->file;
    return made
        .seen(words(N_("{file}, line {line}, binds it there."),
                    {{"file", where}, {"line", std::to_string(at.block->line)}}))
        .mend(bare_listener_words(at), bare_listener_command(at))
        .then(words(N_("Then:")), restart_command(at));
  }
  const auto bound = at.block->settings.find("bind_interface");
  const std::string file = file_of(*at.block, *at.configuration);
  if (bound == at.block->settings.end())
    return made.mend(words(N_("Its configuration binds it to no such address: it was changed, or "
                              "started otherwise. Start it again:")),
                     restart_command(at));
  return made
      .seen(words(N_("{file} says bind_interface {name}."),
                  {{"file", file}, {"name", bound->second}}))
      .mend(words(N_("Take that line out; others can reach the listener then. The old file is "
                     "kept as {file}.bak:"),
                  {{"file", file}}),
            edit_command(
                std::to_string(at.block->line) + ",/^bind_interface /{/^bind_interface /d}", file))
      .then(words(N_("Then:")), restart_command(at));
}

namespace {

/// Gives a configuration without listeners a first one: mosquitto 2 opens only loopback by itself.
made_finding& name_first_listener(made_finding& made, const host_view& at) {
  if (at.configuration == nullptr || at.is_read_in_part()) {
    return made
        .seen(words(N_("Its configuration could not be read in full: what it says of listeners is "
                       "not known.")))
        .look(
            words(N_("See where it is bound, and look again as root before anything is changed:")),
            "sudo grep -rn '^listener\\|^bind_address\\|^include_dir' /etc/mosquitto");
  }
  made.seen(
      words(N_("Its configuration names no listener, and mosquitto 2 then serves this machine "
               "only.")));
  if (const auto* line = at.logged(log_kind::local_only)) made.seen(log_words(*line));
  if (at.configuration->file.starts_with("/snap/"))
    return made
        .lines(words(N_("The snap's own file is read-only; where this one is there, it is read in "
                        "its place. Name a listener in it, with passwords:")),
               "listener " + at.known.port() +
                   "\nallow_anonymous false\npassword_file /var/snap/mosquitto/common/passwd",
               "/var/snap/mosquitto/common/mosquitto.conf")
        .then(words(N_("Make a user and start again:")),
              add_user_command("/var/snap/mosquitto/common/passwd", {}) +
                  " && sudo snap restart mosquitto");
  made.mend(words(N_("Name a listener, with passwords:")),
            listener_command(at.configuration, at.port()));
  if (has_users(at.configuration)) return made.then(words(N_("Then:")), restart_command(at));
  return made.then(words(N_("Make a user and start again:")),
                   add_user_command("/etc/mosquitto/passwd", {}) + " && " + restart_command(at));
}

/// A broker in a container that shares this machine's network: what its command line names are
/// files of the container.
made_finding& open_in_container(made_finding& made, const process_fact& process) {
  return made
      .seen(words(N_("It runs in a container that shares this machine's network (pid {pid}): "
                     "{command}"),
                  {{"pid", std::to_string(process.pid)}, {"command", process.command}}))
      .lines(words(N_("In the configuration that is mounted into that container, name a listener, "
                      "and users:")),
             "listener 1883\npassword_file /mosquitto/config/passwd\nallow_anonymous false",
             "mosquitto.conf")
      .mend(words(N_("Then start the container again.")));
}

}  // namespace

maybe_finding host_loopback_listener(const view& known, exclusions& excluded) {
  const auto at = look_at(known);
  if (!at || !at->is_listening()) return {};
  if (at->is_public()) {
    if (auto bound = elsewhere_bound(*at)) return bound;
    if (!at->works()) {
      exclude(excluded, "tcp-refused-loopback-listener",
              words(N_("{socket} listens for other machines too."),
                    {{"socket", socket_text(*at->socket())}}));
    }
    return {};
  }
  if (is_from_docker(*at)) return {};
  const auto* socket = at->socket();
  if (is_tunnel_end(*at, *socket)) return end_of_tunnel(known, *socket);
  made_finding made("tcp-refused-loopback-listener", certainty::certain, strength::told,
                    words(N_("The broker listens on {address} only: nobody but this machine can "
                             "reach port {port}."),
                          {{"address", socket->address}, {"port", known.port()}}));
  for (const auto* each : at->sockets) {
    made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*each)}}));
  }
  if (at->works() && has_public_proxy(*at)) {
    made.seen(
        words(N_("A proxy listens for other machines; if phones are to use that, all is well.")));
    made.warning();
  }
  // A listener for this machine's own programs beside one for the rest is as it should be.
  const listener_fact* const others = other_broker_port(*at);
  if (others != nullptr && others->pid == socket->pid) {
    made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*others)}}))
        .in_app(words(N_("On other devices use port {other}, where the broker listens for them."),
                      {{"other", std::to_string(others->port)}}));
    if (at->works()) return made.warning();
  }
  const bool may_be_mosquitto =
      socket->process.empty() && at->running(broker_kind::mosquitto) != nullptr;
  if (const process_fact* const process = at->process();
      process != nullptr && process->is_contained)
    return open_in_container(made, *process);
  if (socket->program() != listening_program::mosquitto && !may_be_mosquitto) {
    const config_line line = open_listener_line(*at);
    if (!line.text.empty())
      return made
          .lines(words(N_("Let it listen for everybody, with users and passwords first, in the "
                          "place of what {file} says of that listener:"),
                       {{"file", line.file}}),
                 line.text, line.file)
          .then(words(N_("Then:")), restart_command(*at));
    return made.mend(words(N_("In the broker's configuration, bind the listener to 0.0.0.0 in the "
                              "place of {address}, and restart it."),
                           {{"address", socket->address}}));
  }
  return at->block != nullptr ? open_block(made, *at) : name_first_listener(made, *at);
}

namespace {

/// Adds what an exit status or a result of systemd means (systemd.exec(5), "Process Exit Codes").
void add_why_stopped(made_finding& made, const service_fact& service) {
  constexpr int no_folder = 200, no_program = 203, no_user = 217, no_sandbox = 226;
  const places with{{"service", service.name}, {"status", std::to_string(service.exit_status)}};
  if (service.result == "start-limit-hit") {
    made.seen(words(N_("It ended so often that systemd does not start it any more."), with));
  } else if (service.result == "oom-kill") {
    made.seen(words(N_("The system ran out of memory and ended it."), with));
  } else if (service.result == "timeout") {
    made.seen(
        words(N_("It did not report in time that it had started, and systemd ended it."), with));
    made.seen(
        words(N_("With Type=notify in its unit systemd waits for a word that a mosquitto built "
                 "without systemd never says; Type=simple does not wait.")));
  } else if (service.result == "signal" || service.result == "core-dump") {
    made.seen(words(N_("It was ended by signal {status}."), with));
    constexpr int unknown_instruction = 4, gave_up = 6, killed = 9, wrong_memory = 11;
    if (service.exit_status == unknown_instruction)
      made.seen(
          words(N_("Signal 4: the program is built for another kind of processor; a Raspberry Pi "
                   "Zero or 1 needs one for armv6.")));
    else if (service.exit_status == gave_up)
      made.seen(
          words(N_("Signal 6: it met something that it takes for impossible, and gave up; the last "
                   "line in its journal says what. A file of saved messages that is damaged does "
                   "so.")));
    else if (service.exit_status == killed)
      made.seen(
          words(N_("Signal 9: somebody killed it, or the system did because memory was short "
                   "(journalctl -k says so).")));
    else if (service.exit_status == wrong_memory)
      made.seen(
          words(N_("Signal 11: it crashed, or one of its plugins did; take a plugin out to see, "
                   "or update it.")));
  }
  if (service.exit_status == no_program) {
    made.seen(words(N_("Exit status 203: the program that its unit names is not there, or may not "
                       "be run."),
                    with));
  } else if (service.exit_status == no_user) {
    made.seen(words(N_("Exit status 217: the user that its unit names does not exist."), with));
  } else if (service.exit_status == no_folder) {
    made.seen(
        words(N_("Exit status 200: the working folder that its unit names is not there."), with));
  } else if (service.exit_status == no_sandbox) {
    made.seen(words(N_("Exit status 226: a folder that its unit names is not there."), with));
  } else if (service.exit_status > 0 && service.result == "exit-code") {
    made.seen(words(N_("It ended by itself with exit status {status}."), with));
  }
}

/// Whether a NAT rule sends the port elsewhere, so that no listener is needed on this machine.
bool is_sent_on(const host_view& at) {
  const firewall_fact* const rule = at.firewall(ip_family::v4);
  return rule != nullptr && read_forward_target(rule->forwarded_to).is_elsewhere();
}

/// Whether a listener is missed here: a broker is set up for the port, or stopped, or the firewall
/// was read and sends the port nowhere else.
bool is_missed_here(const host_view& at) {
  const auto* service = at.service();
  const bool is_stopped =
      service != nullptr && service->enabled == service_start::enabled &&
      (service->state == service_state::failed || service->state == service_state::inactive);
  return at.block != nullptr || is_stopped || at.is_firewall_read(ip_family::v4);
}

/// Why Docker or Podman, which is here, could not list its containers; "" when it could.
std::string unlisted_containers(const host_view& at) {
  constexpr std::string_view about = "containers: ";
  for (const std::string& each : at.host.not_seen) {
    if (each.starts_with(about)) return each.substr(about.size());
  }
  return {};
}

/// Adds what service manager, processes and log tell about the broker that does not listen.
void add_state(made_finding& made, const host_view& at) {
  const auto* service = at.service();
  if (service != nullptr && !service->state.empty()) {
    made.seen(words(
        N_("{service} is {state} ({result})."),
        {{"service", service->name}, {"state", service->state}, {"result", service->result}}));
    add_why_stopped(made, *service);
  } else if (at.host.brokers.empty()) {
    made.seen(words(N_("No process of a known broker runs here.")));
  }
  for (const log_kind kind : {log_kind::config_error, log_kind::address_in_use,
                              log_kind::permission, log_kind::missing_file, log_kind::error}) {
    if (const auto* line = at.logged(kind)) made.seen(log_words(*line));
  }
}

/// Says which listeners EMQX's file switches off.
void add_switched_off(made_finding& made, const host_view& at) {
  if (at.configuration == nullptr) return;
  for (const auto& [name, said] : at.configuration->settings) {
    if (name.starts_with("listeners.") && name.find(".enable") != name.npos)
      made.seen(words(N_("{file} says {setting}."),
                      {{"file", at.configuration->file}, {"setting", name + " = " + said}}));
  }
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

/// Adds a listener for the asked port, with passwords, to the file of a broker that does not run;
/// users where it has none; and the command that starts it. @param from  null: there is no file yet
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

/// A broker runs on other ports: shows them, and gives it a listener on this one.
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

/// Whether mosquitto, started with its configuration, would listen on the port.
bool opens_port(const host_view& at) {
  constexpr int usual = 1883;
  if (at.block != nullptr || at.is_read_in_part()) return true;
  return at.configuration->listeners.empty() && at.port() == usual;
}

/// Starts the broker that is configured here, or else mosquitto.
made_finding& start_broker(made_finding& made, const host_view& at) {
  const auto* service = at.service();
  if (at.configuration == nullptr && service == nullptr && at.host.brokers.empty()) {
    return made.mend(words(N_("If no broker is installed yet:")), "sudo apt install mosquitto");
  }
  const std::string unit = service != nullptr ? service->name.substr(0, service->name.rfind('.'))
                                              : std::string("mosquitto");
  const auto start = [&](const std::string& name) {
    return at.host.has_systemd ? "sudo systemctl enable --now " + name
                               : "sudo service " + name + " start";
  };
  const fact_word<broker_kind> make =
      at.configuration != nullptr ? at.configuration->broker : broker_kind::mosquitto;
  if (make != broker_kind::mosquitto) {
    const std::string name = make == broker_kind::rabbitmq ? "rabbitmq-server" : make.word();
    return made.mend(words(N_("Start it:")), start(name))
        .mend(words(N_("If it stops again, its log in {folder} shows why."),
                    {{"folder", "/var/log/" + make.word()}}));
  }
  // A service that failed by itself will fail again, so its last words are shown first.
  if (at.host.has_systemd && service != nullptr && service->state == service_state::failed) {
    return made
        .look(words(N_("See what it said last, and mend that:")),
              "sudo journalctl -u " + unit + " -n 20 --no-pager")
        .mend(words(N_("Then start it:")),
              "sudo systemctl reset-failed " + unit + "; sudo systemctl enable --now " + unit);
  }
  const std::string file = at.configuration != nullptr
                               ? at.configuration->file
                               : std::string("/etc/mosquitto/mosquitto.conf");
  if (at.configuration != nullptr && !opens_port(at))
    return with_listener(
        made, at, at.configuration, start(unit),
        words(N_("Its configuration has no listener on that port; give it one, with passwords:")),
        has_users(at.configuration) ? N_("Then start it:") : N_("Make a user, and start it:"));
  return made.mend(words(N_("Start it:")), start(unit))
      .look(words(N_("If it stops again, this shows why:")),
            at.host.has_systemd ? "sudo journalctl -u " + unit + " -n 20"
                                : "sudo mosquitto -v -c " + file);
}

/// Nothing here tells of a broker: no program, service, configuration or container.
bool is_without_broker(const host_view& at) {
  return at.configuration == nullptr && at.service() == nullptr && at.host.brokers.empty() &&
         at.host.containers.empty();
}

sentence other_machine_words(const view& known) {
  return words(N_("{host} is this machine itself, and in a container that container. If the broker "
                  "runs on another machine, give its address; from one container to another, the "
                  "name of the broker's container."),
               {{"host", known.host()}});
}

/// A loopback address leads a device, or a container, to itself.
made_finding not_on_this_machine(const view& known) {
  return made_finding(
             "tcp-refused-not-running", certainty::likely, strength::measured,
             words(N_("Nothing listens on port {port} of this machine, and no broker is set up "
                      "here."),
                   {{"port", known.port()}}))
      .seen(words(N_("No socket on port {port} in /proc/net/tcp and tcp6."),
                  {{"port", known.port()}}))
      .seen(words(N_("No process of a known broker runs here.")))
      .in_app(other_machine_words(known))
      .mend(words(N_("If the broker is to run here, and none is installed yet:")),
            "sudo apt install mosquitto");
}

}  // namespace

maybe_finding host_not_running(const view& known, exclusions& excluded) {
  const auto at = look_at(known);
  if (!at || is_connected(known)) return {};
  if (at->is_listening()) {
    exclude(excluded, "tcp-refused-not-running",
            words(N_("{socket} is listening."), {{"socket", socket_text(*at->socket())}}));
    return {};
  }
  if (has_reason_for_not_running(known)) return {};
  if (other_broker_port(*at) != nullptr || container_with(*at) != nullptr) return {};
  if (is_container_missed(*at) || is_in_a_container(*at)) return {};
  if (is_sent_on(*at)) return {};
  // On a node of Kubernetes the broker is a pod, on this machine or on another.
  const firewall_fact* const rule = at->firewall(ip_family::v4);
  if (rule != nullptr && contains(rule->chain, "KUBE-")) return {};
  const bool is_loopback =
      known.client() != nullptr && class_of(known.client()->address) == address_class::loopback;
  if (is_without_broker(*at) && is_loopback) return not_on_this_machine(known);
  const bool runs_elsewhere = !at->host.brokers.empty();
  // Where a broker is installed here, it is that one, whatever containers there are.
  const std::string unlisted =
      has_brokers_service(at->host) || at->block != nullptr ? "" : unlisted_containers(*at);
  const bool is_known_here = is_missed_here(*at);
  const bool is_sure = is_known_here && unlisted.empty();
  made_finding made("tcp-refused-not-running", is_sure ? certainty::certain : certainty::likely,
                    strength::measured,
                    runs_elsewhere ? words(N_("A broker runs here, but it has no listener on port "
                                              "{port}."),
                                           {{"port", known.port()}})
                                   : words(N_("Nothing listens on port {port} of this machine: the "
                                              "broker is not running."),
                                           {{"port", known.port()}}));
  made.seen(
      words(N_("No socket on port {port} in /proc/net/tcp and tcp6."), {{"port", known.port()}}));
  if (!unlisted.empty())
    made.seen(words(N_("The containers of this machine could not be listed ({why}): the broker may "
                       "be in one of them."),
                    {{"why", unlisted}}));
  if (!is_known_here)
    made.seen(
        words(N_("The firewall's rules could not be read: one of them may send port {port} on "
                 "to another machine or a container."),
              {{"port", known.port()}}));
  add_state(made, *at);
  if (runs_elsewhere) return add_listener(made, *at);
  start_broker(made, *at);
  return is_loopback ? made.in_app(other_machine_words(known)) : made;
}

namespace {

/// What each port of the broker is known to lack, or to be for alone.
struct missing_kind {
  const char* cause = nullptr;
  const char* instead = nullptr;
};

missing_kind kind_missing(const host_view& at, const std::vector<const listener_fact*>& all) {
  const view& known = at.known;
  bool is_no_web = true, is_all_web = true, is_no_tls = true, is_all_tls = true;
  for (const listener_fact* listener : all) {
    const scheme speaks = scheme_at(at, *listener);
    if (speaks == scheme::none) return {};
    const bool is_web = speaks == scheme::ws || speaks == scheme::wss;
    const bool has_tls = speaks == scheme::mqtts || speaks == scheme::wss;
    is_no_web = is_no_web && !is_web;
    is_all_web = is_all_web && is_web;
    is_no_tls = is_no_tls && !has_tls;
    is_all_tls = is_all_tls && has_tls;
  }
  if (known.is_websocket() && is_no_web)
    return {N_("Nothing listens on port {port}: the broker has no listener for WebSocket. It "
               "listens on {other}."),
            N_("Or, where the app can, use {other} without WebSocket.")};
  if (!known.is_websocket() && is_all_web)
    return {N_("Nothing listens on port {port}: the broker has listeners for WebSocket alone. It "
               "listens on {other}."),
            N_("Or, where the app can, use WebSocket on {other}.")};
  if (is_mosquitto(at)) return {};
  if (known.is_tls() && is_no_tls)
    return {N_("Nothing listens on port {port}: the broker has no listener for TLS. It listens on "
               "{other}."),
            N_("Or, in a network that you trust, use {other} without TLS.")};
  if (!known.is_tls() && is_all_tls)
    return {N_("Nothing listens on port {port}: the broker has listeners for TLS alone. It listens "
               "on {other}."),
            N_("Or use TLS, on {other}.")};
  return {};
}

maybe_finding none_of_the_kind(const host_view& at, const std::vector<const listener_fact*>& all) {
  const view& known = at.known;
  const missing_kind missing = kind_missing(at, all);
  if (missing.cause == nullptr) return {};
  const places with{{"port", known.port()}, {"other", ports_text(at, all)}};
  made_finding made("tcp-refused-wrong-port", certainty::certain, strength::measured,
                    words(missing.cause, with));
  for (const auto* listener : all)
    made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*listener)}}));
  add_switched_off(made, at);
  if (const config_line line = open_listener_line(at); !line.text.empty())
    made.lines(known.is_tls() ? words(N_("Give it one, with its certificate and key, in {file}:"),
                                      {{"file", line.file}})
                              : words(N_("Give it one, in {file}:"), {{"file", line.file}}),
               line.text, line.file)
        .then(words(N_("Then:")), restart_command(at));
  else
    add_listener(made, at);
  return made.in_app(words(missing.instead, with));
}

}  // namespace

maybe_finding host_wrong_port(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->is_listening() || is_connected(known) || at->block != nullptr) return {};
  const auto* other = other_broker_port(*at);
  if (other == nullptr || is_sent_on(*at)) return {};
  // Others are redirected to that port; only this machine's own packets do not meet the rule.
  const firewall_fact* const rule = at->firewall(ip_family::v4);
  const forward_target target =
      rule != nullptr ? read_forward_target(rule->forwarded_to) : forward_target();
  if (target.is_own_port() && target.port == other->port) return {};
  // At 80 and 443 a web server in front of the broker was meant, which does not run.
  constexpr int http = 80, https = 443;
  const bool is_web_port = known.at.port == http || known.at.port == https;
  const bool wants_web = (known.is_websocket() && is_web_port) || stopped_proxy(*at) != nullptr;
  const auto all = other_broker_ports(*at);
  if (auto missing = none_of_the_kind(*at, all)) return missing;
  const places with{{"port", known.port()},
                    {"other", all.size() > 1 ? ports_text(*at, all) : std::to_string(other->port)}};
  made_finding made(
      "tcp-refused-wrong-port", wants_web ? certainty::possible : certainty::certain,
      wants_web ? strength::one_of_several : strength::measured,
      words(N_("Nothing listens on port {port}; the broker listens on {other}."), with));
  for (const auto* listener : all)
    made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*listener)}}));
  const process_fact* const process = at->running(broker_kind::mosquitto);
  if (process != nullptr && contains(process->command + " ", " -p " + known.port() + " "))
    made.seen(words(N_("mosquitto was started with \"-p {port}\", which it leaves aside where its "
                       "file has a listener."),
                    with));
  return made.in_app(all.size() > 1
                         ? words(N_("Use the one of these ports that speaks what the app does: "
                                    "{other}."),
                                 with)
                         : words(N_("Use port {other}."), with));
}

}  // namespace mqttkit::doctor
