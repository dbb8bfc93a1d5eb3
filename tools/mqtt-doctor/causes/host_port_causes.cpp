// Other programs that hold the port or stand in front of it, as seen on the broker's machine.
#include <algorithm>

#include "mqtt-doctor/causes/compose_words.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/proxy_view.hpp"
#include "mqtt-doctor/causes/tunnels.hpp"
#include "mqtt-doctor/facts/forward_target.hpp"
#include "mqttkit/base/shell_word.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

// Whether the process is an interpreter (node, java...): a broker may be a script that it runs.
bool runs_programs(std::string_view process) {
  constexpr std::string_view names[] = {"python", "node", "java", "beam", "ruby", "dotnet", "mono"};
  return std::any_of(std::begin(names), std::end(names),
                     [&](std::string_view name) { return process.rfind(name, 0) == 0; });
}

/// The container whose port Docker publishes on the loopback address; null where it is not known.
const container_fact* published_here(const host_view& at) {
  for (const char* address : {"127.0.0.1:", "[::1]:"}) {
    for (const auto& each : at.host.containers) {
      if (each.is_running() && contains(each.ports, address + std::to_string(at.port()) + "->"))
        return &each;
    }
  }
  return nullptr;
}

/// The compose file binds the port to the loopback address, or did when the container was made.
maybe_finding bound_by_compose(made_finding& made, const container_fact& container,
                               const compose_port_fact& line, const std::string& port) {
  const places with{{"place", place_in(line.file, line.line)},
                    {"text", line.text},
                    {"file", line.file},
                    {"address", line.address},
                    {"port", port}};
  made.seen(words(N_("{place} says: {text}"), with));
  if (line.address.empty()) {
    made.seen(
        words(N_("That names no address: the file was changed after the container was made.")));
    return made.mend(words(N_("Let compose make the container anew; to restart it is not enough:")),
                     compose_up(container));
  }
  const bool is_plain = contains(line.text, line.address + ":") && is_plain_text(line.text);
  if (is_plain)
    return made
        .mend(words(N_("Take the address out of that line; others can reach the broker then. The "
                       "old file is kept as {file}.bak:"),
                    with),
              edit_command(std::to_string(line.line) + "s/" + line.address + "://", line.file))
        .then(words(N_("Then let compose make the container anew:")), compose_up(container));
  if (line.text.starts_with("host_ip: ") && is_plain_text(line.address))
    return made
        .mend(words(N_("Let that line say 0.0.0.0, which are all addresses; others can reach the "
                       "broker then. The old file is kept as {file}.bak:"),
                    with),
              edit_command(std::to_string(line.line) + "s/host_ip:.*/host_ip: 0.0.0.0/", line.file))
        .then(words(N_("Then let compose make the container anew:")), compose_up(container));
  return made
      .mend(contains(line.text, "$")
                ? words(N_("Give the variable in that line another address (0.0.0.0: all), in the "
                           "file .env beside {file}; others can reach the broker then."),
                        with)
                : words(N_("Take the address out of that line; others can reach the broker then.")))
      .then(words(N_("Then let compose make the container anew:")), compose_up(container));
}

/// The container has the port, and its compose file says what is to be done.
maybe_finding unpublished_in_compose(made_finding& made, const container_fact& container,
                                     const std::string& port, int number) {
  const compose_port_fact* const line = compose_line_for(container, number);
  if (line == nullptr) return publish_in_compose(made, container, port);
  return made
      .seen(words(N_("{place} says: {text}"),
                  {{"place", place_in(line->file, line->line)}, {"text", line->text}}))
      .seen(words(N_("The container does not have that port: it was made before that line, or by "
                     "hand.")))
      .mend(words(N_("Let compose make the container anew; to restart it is not enough:")),
            compose_up(container));
}

}  // namespace

/// A container on the machine's own network has no ports of its own to publish.
maybe_finding host_compose_network(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->is_listening() || is_connected(known)) return {};
  for (const auto& container : at->host.containers) {
    if (container.tool.empty() || !container.is_running() || container.network != "host") continue;
    const compose_port_fact* const line = compose_line_for(container, at->port());
    if (line == nullptr || line->inside == at->port()) continue;
    const bool is_there =
        std::any_of(at->host.listeners.begin(), at->host.listeners.end(),
                    [&](const listener_fact& each) { return each.port == line->inside; });
    const compose_fact& compose = *container.compose;
    const places with{{"name", container.name},
                      {"port", known.port()},
                      {"inside", std::to_string(line->inside)},
                      {"place", place_in(line->file, line->line)},
                      {"text", line->text},
                      {"network", place_in(compose.file, compose.network_line)}};
    made_finding made(
        "tcp-docker-port-not-published", is_there ? certainty::certain : certainty::likely,
        strength::proven,
        words(N_("The container {name} uses the machine's own network, where Docker publishes no "
                 "ports: the broker has port {inside}, and nothing has port {port}."),
              with));
    made.seen(words(N_("{place} says: {text}"), with));
    if (compose.network_mode == "host" && compose.network_line > 0)
      made.seen(
          words(N_("{network} says network_mode: host, with which ports are ignored."), with));
    made.in_app(words(N_("Use port {port}."), {{"port", std::to_string(line->inside)}}));
    if (compose.network_mode == "host" && compose.network_line > 0)
      made.mend(words(N_("Or take network_mode out, so that the ports count; the old file is kept "
                         "as {file}.bak:"),
                      {{"file", compose.file}}),
                edit_command(std::to_string(compose.network_line) + "d", compose.file) + " && " +
                    compose_up(container));
    return made;
  }
  return {};
}

maybe_finding host_docker_port(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->is_public()) return {};
  const auto* container = container_with(*at);
  if (container == nullptr && !is_from_docker(*at)) return {};
  if (container == nullptr || at->is_listening()) {
    if (!is_from_docker(*at) &&
        !(container != nullptr && contains(container->ports, "127.0.0.1:" + known.port()))) {
      return {};
    }
    made_finding made("tcp-docker-port-not-published", certainty::certain, strength::proven,
                      words(N_("Docker publishes port {port} on 127.0.0.1 only: nobody but this "
                               "machine can reach it."),
                            {{"port", known.port()}}));
    made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at->socket())}}));
    if (container != nullptr) {
      made.seen(words(N_("Container {name}: {ports}."),
                      {{"name", container->name}, {"ports", container->ports}}));
    }
    if (const container_fact* const owner = published_here(*at)) {
      const compose_port_fact* const line = compose_line_for(*owner, at->port());
      if (line != nullptr) return bound_by_compose(made, *owner, *line, known.port());
    }
    return made.fill_in(words(N_("Start the container again, without an address in front:")),
                        "docker run -p " + known.port() + ":" + known.port() + " ...");
  }
  if (is_connected(known)) return {};
  // Where a broker of the machine's own is set up, the container may be a neighbour.
  const bool is_neighbour_likely =
      !at->host.configurations.empty() || has_brokers_service(at->host);
  if (contains(container->ports, "->" + known.port() + "/tcp")) {
    const auto* const line = compose_line_inside(*container, at->port());
    const bool is_told = !container->tool.empty() && line != nullptr && line->published != 0 &&
                         line->published != at->port();
    if (is_neighbour_likely && !is_told) return {};
    const bool is_sure = is_told && !is_neighbour_likely;
    made_finding made("tcp-docker-port-not-published",
                      is_sure ? certainty::certain : certainty::likely,
                      is_sure ? strength::proven : strength::measured,
                      words(N_("The container {name} has port {port}, and Docker publishes it "
                               "under another number."),
                            {{"name", container->name}, {"port", known.port()}}));
    made.seen(words(N_("Container {name}: {ports}."),
                    {{"name", container->name}, {"ports", container->ports}}));
    if (is_told) {
      const std::string number = std::to_string(line->published);
      made.seen(words(N_("{place} says: {text}"),
                      {{"place", place_in(line->file, line->line)}, {"text", line->text}}));
      made.in_app(words(N_("Use port {port}."), {{"port", number}}));
      if (contains(line->text, number + ":"))
        return made
            .mend(words(N_("Or publish it as {port}; the old file is kept as {file}.bak:"),
                        {{"port", known.port()}, {"file", line->file}}),
                  edit_command(
                      std::to_string(line->line) + "s/" + number + ":/" + known.port() + ":/",
                      line->file))
            .then(words(N_("Then let compose make the container anew:")), compose_up(*container));
      return made.mend(words(N_("Or publish it as {port} there, and let compose make the container "
                                "anew:"),
                             {{"port", known.port()}}),
                       compose_up(*container));
    }
    return made.in_app(
        words(N_("Use the port in front of \"->\" in that line, or publish it as {port}."),
              {{"port", known.port()}}));
  }
  made_finding made("tcp-docker-port-not-published",
                    is_neighbour_likely ? certainty::likely : certainty::certain,
                    is_neighbour_likely ? strength::first_of_several : strength::proven,
                    words(N_("The broker runs in the container {name}, and its port {port} is not "
                             "published."),
                          {{"name", container->name}, {"port", known.port()}}));
  made.seen(words(N_("Container {name} ({image}): {ports}."), {{"name", container->name},
                                                               {"image", container->image},
                                                               {"ports", container->ports}}))
      .seen(words(N_("Nothing listens on port {port} of the machine itself."),
                  {{"port", known.port()}}));
  if (container->compose) return unpublished_in_compose(made, *container, known.port(), at->port());
  if (container->name.starts_with("addon_"))
    return made.in_app(words(N_("In Home Assistant, on the add-on's page under Configuration, "
                                "Network, show the ports that are off, enter {port} in the line of "
                                "port {port}, and save."),
                             {{"port", known.port()}}));
  if (!contains(lower(container->image), "mosquitto"))
    return made.fill_in(words(N_("Make the container anew with the port published, and its other "
                                 "options as they were (in a compose file: ports):")),
                        "docker run -p " + known.port() + ":" + known.port() + " OPTIONS " +
                            shell_word(container->image));
  return made.mend(
      words(N_("Start the container again with the port published, and \"listener {port} "
               "0.0.0.0\" in its configuration:"),
            {{"port", known.port()}}),
      "docker run -p " + known.port() + ":" + known.port() + " " + shell_word(container->image));
}

/// A broker holds the port, and a NAT rule sends what arrives for it to another program's port.
maybe_finding redirected_to_another(const host_view& at, const firewall_fact& rule,
                                    const listener_fact& served) {
  const auto is_broker = [&](int pid) {
    return std::any_of(at.host.brokers.begin(), at.host.brokers.end(),
                       [&](const process_fact& process) { return process.pid == pid; });
  };
  if (!at.is_public() || !is_broker(at.socket()->pid) || served.process.empty()) return {};
  if (is_broker(served.pid) || is_in_front(served.program())) return {};
  const bool is_sure = !runs_programs(served.process);
  const places values{
      {"port", at.known.port()}, {"to", std::to_string(served.port)}, {"process", served.process}};
  return made_finding(
             "tcp-port-forward-wrong", is_sure ? certainty::certain : certainty::likely,
             is_sure ? strength::proven : strength::measured,
             words(N_("A rule of this machine sends what arrives for port {port} on to its "
                      "port {to}, which belongs to {process} and not to the broker."),
                   values))
      .seen(words(N_("The rule that decides, in {chain}: {rule}"),
                  {{"chain", rule.chain}, {"rule", rule.rule}}))
      .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(served)}}))
      .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at.socket())}}))
      .seen(words(N_("Connections of this machine to itself do not meet that rule.")))
      .look(words(N_("Find the rule, and take it out or let it point to the broker:")),
            "sudo nft -a list ruleset | grep -n -e redirect -e dnat; sudo iptables -t nat -S "
            "PREROUTING");
}

/// A NAT rule takes what arrives for the port away from it. This machine's packets to itself do not
/// pass that rule, so all looks well from here.
maybe_finding host_port_forward(const view& known, exclusions&) {
  const auto at = look_at(known);
  const firewall_fact* const rule = at ? at->firewall(ip_family::v4) : nullptr;
  if (rule == nullptr || rule->is_own || rule->tool == firewall_tool::docker) return {};
  const forward_target target = read_forward_target(rule->forwarded_to);
  if (!target.is_own_port() || target.port == at->port()) return {};
  const auto is_there = [&](const listener_fact& socket) {
    return socket.port == target.port && is_loopback(socket.address);
  };
  const auto& sockets = at->host.listeners;
  if (!target.loopback.empty() && std::any_of(sockets.begin(), sockets.end(), is_there)) return {};
  const std::string to = std::to_string(target.port);
  const auto served = std::find_if(
      at->host.listeners.begin(), at->host.listeners.end(), [&](const listener_fact& listener) {
        return listener.port == target.port && !is_loopback(listener.address);
      });
  if (served != at->host.listeners.end()) return redirected_to_another(*at, *rule, *served);
  return made_finding(
             "tcp-port-forward-wrong", certainty::certain, strength::proven,
             words(N_("A rule of this machine sends what arrives for port {port} on to its port "
                      "{to}, where nobody listens."),
                   {{"port", known.port()}, {"to", to}}))
      .seen(words(N_("The NAT rules redirect port {port} to {to}; no socket for others listens "
                     "there."),
                  {{"port", known.port()}, {"to", to}}))
      .seen(words(N_("Connections of this machine to itself do not meet that rule.")))
      .look(words(N_("Find the rule, and take it out or let it point to the broker:")),
            "sudo nft -a list ruleset | grep -n -e redirect -e dnat; sudo iptables -t nat -S "
            "PREROUTING");
}

namespace {

/// The port is a tunnel's near end: it takes the connection, and what it leads to does not answer.
maybe_finding held_by_tunnel(const view& known, const host_view& at, const char* what) {
  const places with{{"port", known.port()}, {"process", at.dialled()->process}, {"what", what}};
  made_finding made(
      "proxy-backend-down", certainty::likely, strength::measured,
      words(N_("Port {port} belongs to {process}: {what}. It took the connection, and "
               "its other end leads to no broker that answers."),
            with));
  made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at.dialled())}}));
  if (!at.dialled()->command.empty())
    made.seen(words(N_("Its command line: {command}"), {{"command", at.dialled()->command}}));
  return made
      .mend(words(N_("See on its other end that the broker runs, and that the tunnel leads to the "
                     "broker's port there.")))
      .mend(words(N_("Then open the tunnel again here.")), {}, place::here);
}

}  // namespace

maybe_finding host_not_a_broker(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->works() || !at->is_listening()) return {};
  const auto& owner = at->dialled()->process;
  const listening_program program = at->dialled()->program();
  if (owner.empty() || is_in_front(*at->dialled(), at->host) || at->process() != nullptr ||
      program == listening_program::systemd)
    return {};
  if (with_connack(known, contact_purpose::client) != nullptr) return {};
  // Where a broker is configured for the port, host-port-in-use reports the program in its way.
  const bool is_wanted = std::any_of(
      at->host.configurations.begin(), at->host.configurations.end(),
      [&](const auto& configuration) {
        return std::any_of(configuration.listeners.begin(), configuration.listeners.end(),
                           [&](const auto& listener) { return listener.port == at->port(); });
      });
  if (is_wanted) return {};
  // A broker of a make that is not inspected here counts as a broker.
  if (!broker_of(known).empty() &&
      contains(at->dialled()->command + " " + owner, broker_of(known).word()))
    return {};
  if (const char* const what = tunnel_program(owner)) return held_by_tunnel(known, *at, what);
  // A web server whose files are not known may pass WebSocket on.
  const bool may_pass_on = program == listening_program::apache && known.is_websocket();
  const bool is_sure = !runs_programs(owner) && !may_pass_on;
  made_finding made("mqtt-not-a-broker", is_sure ? certainty::certain : certainty::possible,
                    is_sure ? strength::measured : strength::fits,
                    words(N_("Port {port} belongs to {process}, which is not an MQTT broker."),
                          {{"port", known.port()}, {"process", owner}}));
  made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at->dialled())}}));
  if (!at->dialled()->command.empty()) {
    made.seen(words(N_("Its command line: {command}"), {{"command", at->dialled()->command}}));
  }
  return made.in_app(use_brokers_port(known));
}

maybe_finding host_broker_hung(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->works() || !at->is_listening()) return {};
  const auto* client = known.client();
  const bool is_silent =
      client != nullptr && (client->end == connection_end::silent ||
                            (client->mqtt && client->mqtt->answer == mqtt_answer::silent) ||
                            client->connect.outcome == connect_outcome::silent);
  const auto* process = at->process();
  const auto state = process != nullptr ? process->state.value() : process_state::none;
  const bool is_stopped = state == process_state::stopped || state == process_state::traced;
  const int waiting = at->dialled()->receive_queue;
  // A proxy that fetches no connections has its own reasons, and the broker behind it is well.
  if (is_in_front(*at->dialled(), at->host)) return {};
  if (!is_silent || (!is_stopped && state != process_state::waiting && waiting == 0)) return {};
  made_finding made(
      "mqtt-broker-hung", certainty::certain, strength::proven,
      words(N_("The broker's process does not answer: the system accepts connections in "
               "its name, and it does not fetch them.")));
  if (waiting > 0) {
    made.seen(words(N_("{count} connections wait on {socket}."),
                    {{"count", std::to_string(waiting)}, {"socket", socket_text(*at->dialled())}}));
  }
  if (is_stopped) {
    made.seen(
        words(N_("Process {pid} is stopped (state T)."), {{"pid", std::to_string(process->pid)}}));
    return made.mend(words(N_("Let it run on:")),
                     "sudo kill -CONT " + std::to_string(process->pid));
  }
  if (state == process_state::waiting) {
    made.seen(words(N_("Process {pid} waits for a disk or a network file system (state D)."),
                    {{"pid", std::to_string(process->pid)}}));
  }
  if (process == nullptr && at->container == nullptr && at->dialled()->pid != 0)
    return made.look(words(N_("What that process does, and waits for:")),
                     "ps -o pid,stat,wchan:24,etime,args -p " + std::to_string(at->dialled()->pid));
  return made.mend(words(N_("Look at disk space and plugins, then restart it:")),
                   restart_command(*at));
}

/// Two programs share the port by binding to different addresses: the one that answers here is not
/// the one that answers others.
maybe_finding host_two_brokers(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->sockets.size() < 2) return {};
  const listener_fact* const here = at->dialled();
  const auto is_another = [&](const listener_fact* listener) {
    return listener->pid != 0 && here->pid != 0 && listener->pid != here->pid &&
           listener->process != here->process;
  };
  // Processes of one program share their sockets, and a port published by a container's proxy leads
  // to that same container: neither counts as another program.
  const auto found = std::find_if(at->sockets.begin(), at->sockets.end(), is_another);
  if (found == at->sockets.end() || is_in_front(here->program()) ||
      is_in_front((*found)->program()))
    return {};
  const places values{
      {"here", socket_text(*here)}, {"there", socket_text(**found)}, {"port", known.port()}};
  made_finding made("delivery-two-brokers", certainty::certain, strength::seen,
                    words(N_("Two programs share port {port}, each at an address of its own: who "
                             "comes to one hears nothing of the other."),
                          values));
  made.seen(words(N_("What answered here: {here}."), values))
      .seen(words(N_("At the other address: {there}."), values))
      .mend(words(N_("Stop the one that is not wanted, or give it another port.")));
  // Connections to the loopback address reach one program, and those to other addresses the second.
  return made.warning();
}

/// A proxy shares its connections out among several brokers, and nothing joins these.
maybe_finding host_shared_out(const view& known, exclusions&) {
  using enum symptom;
  constexpr symptom_set apart{nothing_arrives, some_missing, no_reaction, not_listed,
                              no_last_value};
  const auto at = look_at(known);
  if (!at || !at->is_listening() || !apart.contains(known.asked().symptom.value())) return {};
  const auto& all = at->host.proxies;
  const auto found = std::find_if(all.begin(), all.end(), [&](const proxy_fact& proxy) {
    return proxy.port == known.at.port && !proxy.other_targets.empty() &&
           belongs(proxy, *at->dialled());
  });
  if (found == all.end()) return {};
  // mosquitto knows no cluster, so that a bridge alone joins two of them.
  const auto mosquittos =
      std::count_if(at->host.brokers.begin(), at->host.brokers.end(),
                    [](const auto& each) { return each.name == broker_kind::mosquitto; });
  const bool is_bridged =
      std::any_of(at->host.configurations.begin(), at->host.configurations.end(),
                  [](const auto& each) { return !each.bridges.empty(); });
  if (is_bridged) return {};
  const places with{{"place", place_of(*found, found->line)},
                    {"port", known.port()},
                    {"targets", found->target + ", " + list_text(found->other_targets)}};
  const bool is_sure = mosquittos > 1;
  made_finding made("delivery-two-brokers", is_sure ? certainty::likely : certainty::possible,
                    is_sure ? strength::proven : strength::leaning,
                    words(N_("The proxy shares the connections of port {port} out among several "
                             "brokers, {targets}: who is at one does not hear who is at another."),
                          with));
  made.seen(words(N_("{place} names them."), with));
  if (is_sure)
    made.seen(
        words(N_("They are mosquittos, which know no cluster, and no bridge was found in their "
                 "configurations.")));
  return made.mend(
      words(N_("Leave one of them in the proxy's file, mark the others as backup, or "
               "join them with a bridge; brokers of a cluster need nothing.")));
}

namespace {

/// "Up 3 seconds", "Up Less than a second", "Up About a minute"
bool was_just_started(const container_fact& container) {
  return container.status.starts_with("Up") &&
         (contains(container.status, " second") || contains(container.status, "About a minute"));
}

}  // namespace

maybe_finding host_backend_down(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->works() || !at->is_listening() || !is_connected(known)) return {};
  const auto& owner = at->dialled()->process;
  if (!is_in_front(*at->dialled(), at->host) ||
      with_connack(known, contact_purpose::client) != nullptr)
    return {};
  const auto* line = at->logged(log_kind::backend_down);
  const auto* client = known.client();
  if (!was_ended_by_peer(*client) && line == nullptr) return {};
  const bool has_broker = !at->host.brokers.empty();
  if (line == nullptr && has_broker) return {};
  if (is_from_docker(*at)) {
    const container_fact* const container = container_with(*at);
    if (container != nullptr && was_just_started(*container))
      return made_finding("host-not-serving", certainty::likely, strength::proven,
                          words(N_("The container {name} was started a moment ago ({status}), and "
                                   "the broker in it does not listen yet."),
                                {{"name", container->name}, {"status", container->status}}))
          .seen(words(N_("The connection was taken and closed at once.")))
          .mend(words(N_("Wait until it has started, and try again; what connects at once after a "
                         "start has to try again by itself.")))
          .look(words(N_("How far it is:")),
                "sudo docker logs --tail 20 " + shell_word(container->name));
    const bool is_another = container != nullptr && !contains(lower(container->image), "mosquitto");
    made_finding made(
        "tcp-docker-port-not-published", certainty::likely, strength::seen,
        words(N_("Docker passes port {port} on, but nothing answers in the container: "
                 "the broker inside is down, or listens on the container's own "
                 "loopback."),
              {{"port", known.port()}}));
    made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at->dialled())}}))
        .seen(words(N_("The connection was taken and closed at once.")));
    if (is_another)
      return made.look(words(N_("What the broker in it says:")),
                       "sudo docker logs --tail 20 " + shell_word(container->name));
    return made
        .mend(words(N_("In the mounted mosquitto.conf, say \"listener {port}\", and start the "
                       "container again."),
                    {{"port", known.port()}}))
        .apart(words(N_("The container's log tells:")), "docker logs --tail 20 CONTAINER");
  }
  made_finding made(
      "proxy-backend-down", line != nullptr ? certainty::certain : certainty::likely,
      line != nullptr ? strength::told : strength::agreed,
      words(N_("{proxy} takes the connections on port {port}, but the broker behind it "
               "does not."),
            {{"proxy", owner}, {"port", known.port()}}));
  made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at->dialled())}}));
  if (line != nullptr) made.seen(log_words(*line));
  if (!has_broker) made.seen(words(N_("No process of a known broker runs here.")));
  return made.look(
      words(N_("Start the broker, and check the address and port the proxy sends to.")),
      at->host.has_systemd ? "systemctl status mosquitto" : "service mosquitto status");
}

}  // namespace mqttkit::doctor
