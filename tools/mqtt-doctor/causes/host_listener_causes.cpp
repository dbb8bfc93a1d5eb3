// Which program listens on the port, and for whom.
#include <algorithm>

#include "mqtt-doctor/causes/added_listener.hpp"
#include "mqtt-doctor/causes/broker_ports.hpp"
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

bool is_any_of(const std::vector<std::string>& all, const std::string& address) {
  return std::find(all.begin(), all.end(), address) != all.end();
}

/// Others reach the broker at the machine's address, and only its loopback one is missing: nothing
/// need be opened to anybody for that.
maybe_finding for_this_machine(made_finding& made, const host_view& at,
                               const std::string& dialled) {
  const places with{
      {"address", at.socket()->address}, {"dialled", dialled}, {"port", at.known.port()}};
  made.in_app(words(N_("On this machine dial {address} in the place of {dialled}."), with));
  const bool is_plain = at.configuration != nullptr && at.block != nullptr &&
                        at.configuration->broker == broker_kind::mosquitto &&
                        at.setting("per_listener_settings") != "true" &&
                        at.setting("certfile").empty() &&
                        at.block->protocol != listener_protocol::websockets;
  if (!is_plain) return made;
  return made
      .mend(
          words(N_("Or give its own programs a second listener, which no other machine reaches:")),
          "printf '\\nlistener " + at.known.port() + " 127.0.0.1\\n' | sudo tee -a " +
              shell_word(file_of(*at.block, *at.configuration)))
      .then(words(N_("Then:")), restart_command(at));
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
  if (is_loopback(dialled_address) && is_any_of(own, at.socket()->address))
    return *for_this_machine(made, at, dialled_address);
  if (at.block == nullptr || at.configuration == nullptr) {
    return made.fill_in(
        words(N_("Take the address out of the listener line, \"listener {port}\", then:"),
              {{"port", at.known.port()}}),
        restart_command(at));
  }
  return made.mend(bare_listener_words(at), bare_listener_command(at))
      .then(words(N_("Then:")), restart_command(at));
}

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

namespace {

/// A proxy takes the port at the machine's loopback address; the broker behind has another.
maybe_finding proxy_for_itself(const host_view& at, const listener_fact& socket) {
  const places with{{"process", socket.process},
                    {"address", socket.address},
                    {"port", at.known.port()},
                    {"socket", socket_text(socket)}};
  made_finding made("tcp-refused-loopback-listener", certainty::certain, strength::seen,
                    words(N_("{process}, which has port {port}, listens on {address} only: nobody "
                             "but this machine can reach it."),
                          with));
  made.seen(words(N_("Listening: {socket}."), with))
      .mend(words(N_("If other devices are to come this way, let {process} listen at another of "
                     "this machine's addresses; the broker's own configuration does not name this "
                     "port."),
                  with));
  // A proxy beside an app is for that app, whatever becomes of it behind.
  const contact* const client = at.known.client();
  const bool is_for_here = !at.known.asked().on_broker && client != nullptr &&
                           class_of(client->address) == address_class::loopback;
  return is_for_here || at.works() ? made.note() : made.warning();
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
  if (is_in_front(*socket, at->host)) return proxy_for_itself(*at, *socket);
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
