// Brokers in containers that run, and yet serve nobody outside: what listens in them, what their
// environment says, whose network they use, and whether Docker itself runs.
#include <algorithm>

#include "mqtt-doctor/causes/broker_complaints.hpp"
#include "mqtt-doctor/causes/compose_words.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqtt-doctor/causes/proxy_view.hpp"
#include "mqttkit/base/shell_word.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

/// A variable of the container's environment that binds a port to its loopback; null for none.
const std::pair<const std::string, std::string>* binding_variable(const container_fact& container,
                                                                  int port) {
  const std::string end = ":" + std::to_string(port);
  for (const auto& each : container.environment) {
    for (const char* address : {"127.0.0.1", "localhost", "[::1]"}) {
      if (each.second == address + end || each.second.ends_with("/" + std::string(address) + end))
        return &each;
    }
  }
  return nullptr;
}

/// What listens on the port in the container's own network.
struct inside_sockets {
  const listener_fact* loopback = nullptr;
  bool has_public = false;
};

inside_sockets sockets_on(const container_fact& container, int port) {
  inside_sockets out;
  for (const auto& socket : container.listeners) {
    if (socket.port != port) continue;
    if (is_loopback(socket.address)) {
      out.loopback = &socket;
    } else {
      out.has_public = true;
    }
  }
  return out;
}

sentence running_words(const container_fact& container) {
  return words(N_("Container {name} ({image}): {status}."),
               {{"name", container.name},
                {"image", container.image},
                {"status", container.status.empty() ? container.state : container.status}});
}

/// Whether a connection to the published port met nobody inside.
bool meets_nobody(const view& known, const host_view& at) {
  return at.is_listening() && !at.works() && was_closed_without_answer(known);
}

/// How to change a variable of a container, which is made anew for it.
made_finding& change_variable(made_finding& made, const container_fact& container, sentence what) {
  made.mend(std::move(what));
  if (container.compose)
    return made.then(words(N_("Then let compose make the container anew:")), compose_up(container));
  return made.then(words(N_("Then make the container anew; to restart it is not enough.")));
}

}  // namespace

maybe_finding host_container_loopback(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !meets_nobody(known, *at)) return {};
  const container_fact* const container = publisher(*at);
  if (container == nullptr || container->network == "host") return {};
  const int inside = port_inside(*container, at->port());
  if (inside == 0) return {};
  const inside_sockets sockets = sockets_on(*container, inside);
  const bool is_by_file =
      at->container == container && at->block != nullptr &&
      (is_loopback(at->block->address) || lower(at->block->address) == "localhost");
  const auto* const variable = binding_variable(*container, inside);
  if (sockets.has_public || (sockets.loopback == nullptr && !is_by_file && variable == nullptr))
    return {};
  const bool is_seen = sockets.loopback != nullptr;
  // Where nothing at all listens, its broker is down, or goes by an older file.
  if (container->has_listeners && !is_seen) return {};
  made_finding made("tcp-refused-loopback-listener",
                    is_seen ? certainty::certain : certainty::likely, strength::proven,
                    words(N_("The broker in the container {name} listens on the container's own "
                             "127.0.0.1 alone: what Docker sends on to its port {inside} meets "
                             "nobody."),
                          {{"name", container->name}, {"inside", std::to_string(inside)}}));
  if (is_seen)
    made.seen(words(N_("Listening in the container: {socket}."),
                    {{"socket", socket_text(*sockets.loopback)}}));
  made.seen(running_words(*container));
  if (is_by_file && is_mosquitto(*at)) return open_block(made, *at);
  if (is_by_file && variable == nullptr) {
    const config_line line = open_listener_line(*at);
    made.seen(words(
        N_("{file} binds it to {address}."),
        {{"file", file_of(*at->block, *at->configuration)}, {"address", at->block->address}}));
    if (!line.text.empty())
      return made
          .lines(words(N_("Let it listen for everybody, with users and passwords first, in the "
                          "place of what {file} says of that listener:"),
                       {{"file", line.file}}),
                 line.text, line.file)
          .then(words(N_("Then start the container again:")),
                container_command(*container, "restart"));
  }
  if (variable != nullptr) {
    made.seen(words(N_("Its environment says {name}={value}."),
                    {{"name", variable->first}, {"value", variable->second}}));
    return change_variable(
        made, *container,
        words(N_("Let {name} name 0.0.0.0 in the place of that address (below \"environment:\" in "
                 "a compose file, else behind -e); who may connect from outside is decided by "
                 "the port that is published and by the broker's users."),
              {{"name", variable->first}}));
  }
  return made
      .mend(words(N_("In the broker's configuration, bind the listener to 0.0.0.0 in the place of "
                     "127.0.0.1: the container's loopback is not the machine's.")))
      .then(words(N_("Then start the container again:")), container_command(*container, "restart"));
}

/// A container that has no network of its own: its ports are those of the one whose network it
/// uses.
maybe_finding host_container_network(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->is_listening() || is_connected(known)) return {};
  for (const auto& container : at->host.containers) {
    if (container.tool.empty() || !container.is_running() ||
        !container.network.starts_with("container:"))
      continue;
    constexpr std::string_view by_service = "service:";
    std::string other = container.network.substr(container.network.find(':') + 1);
    const bool has_line = container.compose && container.compose->network_line > 0;
    if (has_line && container.compose->network_mode.starts_with(by_service))
      other = container.compose->network_mode.substr(by_service.size());
    const places with{{"name", container.name}, {"other", other}, {"port", known.port()}};
    const bool is_heard = std::any_of(
        container.listeners.begin(), container.listeners.end(),
        [&](const auto& each) { return each.port == at->port() && !is_loopback(each.address); });
    const bool is_alone = is_heard && at->host.brokers.empty() && at->host.configurations.empty() &&
                          !has_brokers_service(at->host);
    made_finding made("tcp-docker-port-not-published",
                      is_alone ? certainty::certain : certainty::likely, strength::proven,
                      words(N_("The container {name} uses the network of the container {other}: "
                               "port {port} is that one's to publish, and it is not published."),
                            with));
    made.seen(running_words(container));
    if (has_line)
      made.seen(
          words(N_("{place} says: {text}"),
                {{"place", place_in(container.compose->file, container.compose->network_line)},
                 {"text", "network_mode: " + container.compose->network_mode}}));
    made.mend(words(N_("Publish port {port} where {other} is made (below \"ports:\" of that "
                       "service, or -p), and not at {name}; then make both anew. A VPN's container "
                       "besides lets in from outside only what its own firewall is told to."),
                    with));
    if (container.compose)
      made.then(words(N_("Then let compose make the container anew:")), compose_up(container));
    return made;
  }
  return {};
}

namespace {

/// The proxy in a container that passes the port, and for WebSocket the path, on to the container's
/// own loopback; null for none.
const proxy_fact* to_itself(const view& known, const container_fact& container, int port) {
  const proxy_fact* found = nullptr;
  for (const proxy_fact& proxy : container.proxies) {
    const bool is_fitting = proxy.port == port && !proxy.target.empty() &&
                            (proxy.mode != proxy_mode::http || fits_path(proxy, known.at.path));
    if (!is_fitting || (found != nullptr && found->path.size() >= proxy.path.size())) continue;
    found = &proxy;
  }
  if (found == nullptr) return nullptr;
  const std::size_t scheme = found->target.find("://");
  const std::string whole =
      scheme == std::string::npos ? found->target : found->target.substr(scheme + 3);
  const std::string address = whole.substr(0, whole.rfind(':'));
  return is_localhost(address) || is_loopback(address) ? found : nullptr;
}

/// The port at the end of a proxy's target; 0 for none.
int port_of(const proxy_fact& proxy) {
  int port = 0;
  for (std::size_t i = proxy.target.rfind(':') + 1; i > 0 && i < proxy.target.size(); ++i) {
    if (proxy.target[i] < '0' || proxy.target[i] > '9' || port > 65535) return 0;
    port = port * 10 + (proxy.target[i] - '0');
  }
  return port;
}

}  // namespace

/// A proxy in a container that leads to 127.0.0.1: that is the container, and no broker is in it.
maybe_finding host_container_proxy(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->works() || !is_connected(known) || was_login_refused(known)) return {};
  const listener_fact* const socket = at->dialled();
  if (socket == nullptr ||
      (!socket->process.empty() && socket->program() != listening_program::docker_proxy))
    return {};
  for (const auto& container : at->host.containers) {
    if (!container.is_running() || container.network == "host") continue;
    const proxy_fact* const proxy = to_itself(known, container, at->port());
    if (proxy == nullptr) continue;
    const int target = port_of(*proxy);
    if (target == 0) return {};
    const bool is_taken =
        std::any_of(container.listeners.begin(), container.listeners.end(),
                    [&](const listener_fact& each) { return each.port == target; });
    if (is_taken) return {};
    const places with{
        {"name", container.name},
        {"target", proxy->target},
        {"place", place_in(proxy->file, proxy->path_line > 0 ? proxy->path_line : proxy->line)}};
    made_finding made(
        "proxy-backend-down", container.has_listeners ? certainty::certain : certainty::likely,
        strength::proven,
        words(N_("The proxy in the container {name} leads to {target}, and that is the container "
                 "itself: the broker is in another container, or on the machine."),
              with));
    made.seen(words(N_("{place} leads to {target}."), with));
    made.seen(running_words(container));
    if (container.has_listeners)
      made.seen(words(N_("In that container nothing listens on port {port}."),
                      {{"port", std::to_string(target)}}));
    return made.mend(
        words(N_("Name the broker's container in the place of 127.0.0.1 (both in one Docker "
                 "network); for a broker of the machine itself host.docker.internal, with "
                 "--add-host host.docker.internal:host-gateway (extra_hosts in a compose file). "
                 "Then start the container {name} again."),
              with));
  }
  return {};
}

namespace {

bool is_vernemq(const container_fact& container) {
  return contains(lower(container.image), "vernemq");
}

/// VerneMQ's image lets nobody in that no variable names, and reads names with its own beginning.
maybe_finding vernemq_without_users(const container_fact& container, const char* id) {
  if (container.environment.empty()) return {};  // not told of
  const std::string misspelt = [&] {
    for (const auto& [name, value] : container.environment) {
      const bool is_meant = contains(name, "ALLOW_ANONYMOUS") || contains(name, "VERNEMQ_USER_");
      if (is_meant && !name.starts_with("DOCKER_VERNEMQ_")) return name;
    }
    return std::string();
  }();
  for (const auto& [name, value] : container.environment) {
    const bool lets_in = (name == "DOCKER_VERNEMQ_ALLOW_ANONYMOUS" && value == "on") ||
                         name.starts_with("DOCKER_VERNEMQ_USER_") ||
                         name.starts_with("DOCKER_VERNEMQ_PLUGINS__");
    if (lets_in) return {};
  }
  if (!container.mounts.empty() && misspelt.empty()) return {};  // its users may stand in a file
  made_finding made(id, certainty::likely, strength::proven,
                    words(N_("VerneMQ in the container {name} has no user: its image lets nobody "
                             "in until a variable names one."),
                          {{"name", container.name}}));
  if (!misspelt.empty())
    made.seen(words(N_("Its environment has {name}, which the image does not read: names begin "
                       "with DOCKER_VERNEMQ_."),
                    {{"name", misspelt}}));
  else
    made.seen(words(N_("Its environment has no DOCKER_VERNEMQ_USER_NAME.")));
  return change_variable(
      made, container,
      words(N_("Set DOCKER_VERNEMQ_USER_NAME=PASSWORD, with a name of your own "
               "at the end (below \"environment:\" in a compose file, else behind "
               "-e), and give that login in the app. "
               "DOCKER_VERNEMQ_ALLOW_ANONYMOUS=on would let everybody in.")));
}

/// The container whose broker refused the login; null where another program has the port.
const container_fact* refusing_container(const view& known, const std::optional<host_view>& at) {
  if (!at || at->works() || !was_login_refused(known)) return nullptr;
  const listener_fact* const socket = at->dialled();
  const bool is_its_own =
      socket != nullptr && (socket->program() == listening_program::docker_proxy ||
                            (at->process() != nullptr && at->process()->is_contained));
  return is_its_own ? publisher(*at) : nullptr;
}

maybe_finding without_users(const view& known, const char* id) {
  const auto at = look_at(known);
  const container_fact* const container = refusing_container(known, at);
  return container != nullptr && is_vernemq(*container) ? vernemq_without_users(*container, id)
                                                        : maybe_finding();
}

}  // namespace

maybe_finding host_container_turns_away(const view& known, exclusions&) {
  const auto at = look_at(known);
  const container_fact* const container = refusing_container(known, at);
  if (container == nullptr) return {};
  for (auto line = container->log.rbegin(); line != container->log.rend(); ++line) {
    const broker_complaint* const row = complaint_in(*line);
    if (row == nullptr || row->broker != broker_kind::hivemq) continue;
    made_finding made("host-not-serving", certainty::certain, strength::proven,
                      words(N_("The broker in the container {name} turns everybody away."),
                            {{"name", container->name}}));
    made.seen(words(N_("The container's log: {line}"), {{"line", *line}}));
    explain_complaint(made, *line);
    return made.then(words(N_("Then start the container again:")),
                     container_command(*container, "restart"));
  }
  return {};
}

maybe_finding host_container_nameless(const view& known, exclusions&) {
  return known.asked().has_user ? maybe_finding() : without_users(known, "auth-anonymous-refused");
}

maybe_finding host_container_users(const view& known, exclusions&) {
  return known.asked().has_user ? without_users(known, "auth-bad-credentials") : maybe_finding();
}

bool is_in_a_container(const host_view& at) {
  return !at.host.contained_brokers.empty() && at.host.brokers.empty() &&
         std::none_of(
             at.host.containers.begin(), at.host.containers.end(),
             [](const container_fact& each) { return !each.tool.empty() && each.is_running(); });
}

/// A broker runs on this machine, in a network of its own that nothing leads into at this port: a
/// pod of Kubernetes, another user's Podman, LXC.
maybe_finding host_broker_apart(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->is_listening() || is_connected(known) || !is_in_a_container(*at)) return {};
  if (has_brokers_service(at->host) || at->block != nullptr) return {};  // that one is to listen
  const firewall_fact* const rule = at->firewall(ip_family::v4);
  if (rule != nullptr && !rule->forwarded_to.empty()) return {};
  const process_fact& broker = at->host.contained_brokers.front();
  const places with{{"broker", broker.name},
                    {"pid", std::to_string(broker.pid)},
                    {"port", known.port()},
                    {"user", broker.user}};
  made_finding made("tcp-docker-port-not-published", certainty::likely, strength::proven,
                    words(N_("{broker} runs on this machine in a container with a network of its "
                             "own, and nothing here leads to it on port {port}."),
                          with));
  made.seen(words(N_("Process {pid} ({broker}) has another network than this machine."), with))
      .seen(words(N_("Nothing listens on port {port} of the machine itself."), with));
  if (broker.group == "kubepods")
    return made
        .look(words(N_("It is a pod of Kubernetes. See its Service, and whether that has a port of "
                       "the machine (behind the colon, from 30000 on):")),
              "sudo kubectl get services,pods -A -o wide")
        .mend(words(N_("A Service of type ClusterIP is for the cluster alone: make it a NodePort "
                       "and use that number in the app, or a LoadBalancer (in k3s that takes port "
                       "{port} itself), or give the pod a hostPort."),
                    with));
  if (broker.group == "libpod")
    return made
        .look(words(N_("It is a container of Podman, which shows each user's own alone. See it as "
                       "the user that made it:")),
              "podman ps -a")
        .mend(words(N_("Make it again with the port published (-p {port}:{port})."), with));
  if (broker.group == "lxc")
    return made.fill_in(
        words(N_("It is a container of LXC. Dial the container's own address (lxc list), or let "
                 "the machine pass the port on:")),
        "lxc config device add NAME mqtt proxy listen=tcp:0.0.0.0:" + known.port() +
            " connect=tcp:127.0.0.1:" + known.port());
  return made.mend(
      words(N_("Make the container again with the port published (-p {port}:{port})."), with));
}

/// Docker is here, and its service does not run: none of its containers does.
maybe_finding host_docker_down(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->is_listening() || is_connected(known) || !at->host.brokers.empty() ||
      !at->host.containers.empty())
    return {};
  const auto docker =
      std::find_if(at->host.services.begin(), at->host.services.end(), [](const auto& service) {
        return service.name == "docker.service" &&
               (service.state == service_state::inactive || service.state == service_state::failed);
      });
  const bool was_asked = std::any_of(
      at->host.not_seen.begin(), at->host.not_seen.end(),
      [](const std::string& each) { return each.starts_with("containers: docker: did not"); });
  if (docker == at->host.services.end() || !was_asked) return {};
  // A configuration without a unit of its own is started by nobody either.
  const bool is_alone = !has_brokers_service(at->host);
  const bool has_failed = docker->state == service_state::failed;
  made_finding made("host-container-down", certainty::likely,
                    is_alone ? strength::proven : strength::usual,
                    words(N_("Docker does not run on this machine, and with it none of its "
                             "containers: a broker in one of them is down.")));
  made.seen(words(N_("systemd says of {name}: {state}."),
                  {{"name", docker->name}, {"state", docker->state}}));
  made.seen(
      words(N_("Nothing listens on port {port} of the machine itself."), {{"port", known.port()}}));
  if (has_failed)
    made.look(words(N_("Its log tells why:")), "sudo journalctl -u docker -n 30 --no-pager");
  return made
      .mend(words(N_("Start it, now and with the machine:")), "sudo systemctl enable --now docker")
      .look(words(N_("Containers come up by themselves only if they were made to (--restart "
                     "unless-stopped); see which run:")),
            "sudo docker ps -a");
}

}  // namespace mqttkit::doctor
