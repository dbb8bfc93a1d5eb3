// Why a broker on this machine does not get the port it asks for.
#include <algorithm>
#include <array>

#include "common/number.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

// Whether mosquitto should hold the port by its configuration, and does not run.
bool is_mosquitto_down(const host_view& at) {
  return at.configuration != nullptr && at.configuration->broker == broker_kind::mosquitto &&
         at.is_down();
}

// The command that starts the broker configured for the port, not the program that holds it.
std::string start_command(const host_view& at) {
  for (const auto& configuration : at.host.configurations) {
    const bool names_port =
        std::any_of(configuration.listeners.begin(), configuration.listeners.end(),
                    [&](const auto& listener) { return listener.port == at.port(); });
    if (!names_port || configuration.pid != 0) continue;
    const std::string unit = configuration.broker == broker_kind::rabbitmq
                                 ? "rabbitmq-server"
                                 : configuration.broker.word();
    return at.host.has_systemd ? "sudo systemctl restart " + unit
                               : "sudo service " + unit + " restart";
  }
  return restart_command(at);
}

/// "sonoff.0" for a process of ioBroker, "io.sonoff.0"; "" for others.
std::string iobrokers_adapter(const listener_fact& socket) {
  const std::string name = socket.command.substr(0, socket.command.find(' '));
  const std::size_t dot = name.rfind('.');
  const bool has_number = dot != std::string::npos && dot + 1 < name.size() &&
                          name.find_first_not_of("0123456789", dot + 1) == std::string::npos;
  const bool is_plain =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") == std::string::npos;
  return name.starts_with("io.") && dot > 3 && has_number && is_plain ? name.substr(3)
                                                                      : std::string();
}

}  // namespace

maybe_finding host_port_in_use(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || !at->is_listening()) return {};
  const auto* line = at->logged(log_kind::address_in_use);
  const auto& owner = at->socket()->process;
  // A configuration of another broker names the port that this program holds.
  bool is_wanted = false;
  for (const auto& configuration : at->host.configurations) {
    for (const auto& listener : configuration.listeners) {
      const bool is_other = configuration.broker.word() != owner &&
                            !(configuration.pid != 0 && configuration.pid == at->socket()->pid);
      is_wanted = is_wanted || (listener.port == at->port() && is_other && configuration.pid == 0);
    }
  }
  const bool is_stranger = !owner.empty() && at->process() == nullptr && is_wanted;
  const bool is_second = line != nullptr && at->process() != nullptr;
  if (!is_stranger && !is_second) return {};
  const listening_program program = at->socket()->program();
  const bool is_docker = program == listening_program::docker_proxy;
  if (is_in_front(program) && !is_docker) return {};
  // A program that answers MQTT is a broker: perhaps the very one that was meant.
  const bool is_broker = with_connack(known, contact_purpose::client) != nullptr || at->works();
  const bool is_failing = !at->works();
  const places with{{"port", known.port()},
                    {"process", owner.empty() ? std::string("?") : owner},
                    {"pid", std::to_string(at->socket()->pid)}};
  // Somebody started it by hand beside the service, and nothing is missing.
  if (is_second && !is_wanted && at->works())
    return made_finding(
               "host-port-in-use", certainty::likely, strength::hint,
               words(N_("A further start of a broker failed, for {process} (pid {pid}) has "
                        "port {port} already, and that one works."),
                     with))
        .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at->socket())}}))
        .seen(log_words(*line))
        .note();
  made_finding made(
      "host-port-in-use", is_broker ? certainty::likely : certainty::certain,
      is_broker    ? strength::fits
      : is_failing ? strength::told
                   : strength::leaning,
      is_broker ? words(N_("Two brokers are set up for port {port}: {process} (pid {pid}) has it, "
                           "and another configuration names it too."),
                        with)
                : words(N_("Port {port} is held by {process} (pid {pid}), so that the broker you "
                           "set up cannot have it."),
                        with));
  made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at->socket())}}));
  if (!at->socket()->command.empty()) {
    made.seen(words(N_("Its command line: {command}"), {{"command", at->socket()->command}}));
  }
  if (line != nullptr) made.seen(log_words(*line));
  if (is_broker || !is_failing) made.warning();
  // A container's broker that works is the one in use, and the other a leftover.
  if (at->container != nullptr && at->works()) made.note();
  if (is_docker) {
    return made.look(words(N_("Stop the container that publishes the port, or give one of the two "
                              "another port:")),
                     "docker ps --filter publish=" + known.port());
  }
  const std::string pid = std::to_string(at->socket()->pid);
  made.look(words(N_("See what it is, and who started it:")),
            at->host.has_systemd ? "systemctl status " + pid
                                 : "ps -o pid,ppid,user,lstart,args -p " + pid);
  made.mend(words(N_("If it is needed, give one of the two another port.")));
  if (is_broker) return made;
  // What answers there is of use to somebody, as long as nobody says that it is not.
  const contact* const client = known.client();
  if (client != nullptr && !client->speaks.empty() && client->speaks != spoken_protocol::unknown)
    return made.mend(words(N_("If nobody needs {process}, which answers there, stop it by what "
                              "started it (its service, container or window); and then start the "
                              "broker again:"),
                           with),
                     start_command(*at));
  if (const std::string adapter = iobrokers_adapter(*at->socket()); !adapter.empty())
    return made.mend(words(N_("If it is not, switch that adapter of ioBroker off, and start the "
                              "broker again (what only ends the process is started anew by "
                              "ioBroker):")),
                     "iobroker stop " + adapter + " && " + start_command(*at));
  return made.mend(words(N_("If it is not, this ends {process} and all that it serves, and starts "
                            "the broker again:"),
                         with),
                   stop_command(at->socket()->pid) + "; " + start_command(*at));
}

namespace {

/// The address of a listener that was missing at the start and exists by now; "" for none.
std::string address_come_later(const host_view& at) {
  for (const auto& listener : at.configuration->listeners) {
    const auto& own = at.host.addresses;
    if (std::find(own.begin(), own.end(), listener.address) != own.end()) return listener.address;
  }
  return {};
}

/// At boot the network comes up after a broker that does not wait for it.
maybe_finding came_later(const host_view& at, const log_fact& line, const std::string& address) {
  made_finding made("host-bind-address-missing", certainty::likely, strength::proven,
                    words(N_("When mosquitto started, the address {address} was not there yet; by "
                             "now this machine has it, and nobody started mosquitto again."),
                          {{"address", address}}));
  made.seen(log_words(line))
      .seen(words(N_("The machine's addresses are: {list}."),
                  {{"list", list_text(at.host.addresses)}}))
      .mend(words(N_("Start it:")), restart_command(at));
  if (at.host.has_systemd) {
    made.mend(words(N_("For the next start of the machine, let it wait for the network:")),
              "sudo mkdir -p /etc/systemd/system/mosquitto.service.d && printf "
              "'[Unit]\\nWants=network-online.target\\nAfter=network-online.target\\n' | sudo tee "
              "/etc/systemd/system/mosquitto.service.d/network.conf && sudo systemctl "
              "daemon-reload");
  }
  return made;
}

/// A listener is bound to an interface by name, and this machine has no interface of that name.
maybe_finding interface_missing(const host_view& at, const configuration_problem& wrong) {
  return made_finding(
             "host-bind-address-missing", certainty::certain, strength::proven,
             words(N_("{name} is not an interface of this machine, so that the broker cannot "
                      "listen on it."),
                   {{"name", wrong.subject}}))
      .seen(words(N_("The listener for port {port} has bind_interface {name}."),
                  {{"port", wrong.detail}, {"name", wrong.subject}}))
      .look(words(N_("Name the interface as it is called now (ip -br address shows all), or take "
                     "the line out:")),
            "sudoedit " + shell_word(wrong.file))
      .then(words(N_("Then:")), restart_command(at));
}

/// The log says that a name led nowhere, and one listener alone is bound by a name.
const configured_listener* bound_by_lost_name(const host_view& at) {
  const bool is_told =
      std::any_of(at.host.log.begin(), at.host.log.end(), [](const log_fact& line) {
        return line.is_current && !line.is_outdated &&
               (contains(line.text, "name resolution") || contains(line.text, "Name or service")) &&
               !contains(line.text, "bridge");
      });
  if (!is_told) return nullptr;
  const configured_listener* found = nullptr;
  for (const auto& listener : at.configuration->listeners) {
    const std::string& name = listener.address;
    const bool is_literal =
        contains(name, ":") || name.find_first_not_of("0123456789.") == std::string::npos;
    if (name.empty() || is_literal || listener.protocol == listener_protocol::unix_socket) continue;
    if (found != nullptr) return nullptr;
    found = &listener;
  }
  return found;
}

/// A listener is to be bound to a text that leads to no address.
maybe_finding name_missing(const host_view& at, const std::string& name, const std::string& place,
                           const std::string& port, const std::string& file) {
  const places with{{"name", name}, {"place", place}, {"port", port}};
  made_finding made("host-bind-address-missing", certainty::certain, strength::proven,
                    words(N_("mosquitto does not start: \"{name}\", to which {place} binds the "
                             "listener for port {port}, leads to no address."),
                          with));
  made.seen(words(N_("No mosquitto runs here, and nothing listens on the port.")));
  for (const log_kind kind : {log_kind::error, log_kind::config_error}) {
    if (const auto* line = at.logged(kind)) made.seen(log_words(*line));
  }
  made.seen(
      words(N_("Behind the port a listener takes an address or the name of a host; an "
               "interface has its own option, bind_interface.")));
  const std::string number = place.substr(place.rfind(':') + 1);
  return made
      .mend(words(N_("Take it out of the line: \"listener {port}\" binds all addresses. The old "
                     "file is kept beside it:"),
                  with),
            edit_command(number + "s/.*/listener " + port + "/", file))
      .then(words(N_("Then:")), restart_command(at));
}

}  // namespace

maybe_finding host_bind_address_missing(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->works()) return {};
  if (at->is_down() && !at->is_listening() && at->configuration != nullptr) {
    if (const auto* lost = at->problem(problem_kind::no_host_name))
      return name_missing(*at, lost->subject, place_text(*lost), lost->detail, lost->file);
    if (const auto* lost = bound_by_lost_name(*at)) {
      const std::string file = file_of(*lost, *at->configuration);
      return name_missing(*at, lost->address, file + ":" + std::to_string(lost->line),
                          std::to_string(lost->port), file);
    }
  }
  const auto* wrong = at->problem(problem_kind::address_not_here);
  const bool is_name = wrong != nullptr && wrong->subject.find_first_of(".:") == std::string::npos;
  if (is_name && !at->is_listening()) return interface_missing(*at, *wrong);
  const auto* line = at->logged(log_kind::address_missing);
  if ((wrong == nullptr && line == nullptr) || at->is_public()) return {};
  if (wrong == nullptr && !is_mosquitto_down(*at)) return {};
  if (wrong == nullptr) {
    if (const std::string late = address_come_later(*at); !late.empty())
      return came_later(*at, *line, late);
  }
  made_finding made(
      "host-bind-address-missing", certainty::certain, strength::proven,
      wrong != nullptr
          ? words(N_("{address} is not an address of this machine, so that no broker can "
                     "listen on it."),
                  {{"address", wrong->subject}})
          : words(N_("The broker is told to listen on an address this machine does not "
                     "have.")));
  if (wrong != nullptr) made.seen(words(N_("{place} binds it."), {{"place", place_text(*wrong)}}));
  if (!at->host.addresses.empty()) {
    made.seen(words(N_("The machine's addresses are: {list}."),
                    {{"list", list_text(at->host.addresses)}}));
  }
  if (line != nullptr) made.seen(log_words(*line));
  return made
      .mend(words(N_("Take the address out of the line: \"listener {port}\". On a cloud server the "
                     "public address is the provider's, who translates it."),
                  {{"port", wrong != nullptr ? wrong->detail : known.port()}}),
            wrong != nullptr
                ? edit_command(std::to_string(wrong->line) + "s/.*/listener " + wrong->detail + "/",
                               wrong->file)
                : "sudoedit " + shell_word(at->configuration->file))
      .then(words(N_("Then:")), restart_command(*at));
}

maybe_finding host_privileged_port(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->is_listening() || !is_mosquitto_down(*at)) return {};
  const auto* line = at->logged(log_kind::port_permission);
  const auto* wrong = at->problem(problem_kind::privileged_port);
  if (line == nullptr && wrong == nullptr) return {};
  // Where the log is silent, another problem that stops the broker explains it better.
  if (line == nullptr &&
      std::any_of(at->configuration->problems.begin(), at->configuration->problems.end(),
                  [](const auto& problem) { return problem.stops_broker; })) {
    return {};
  }
  const std::string port = wrong != nullptr ? wrong->subject : known.port();
  int low = 0;  // the subject may come from a file of facts that anybody wrote
  if (!tools::read_number(std::string_view(port), 1, 65535, low)) return {};
  made_finding made(
      "host-privileged-port", line != nullptr ? certainty::certain : certainty::likely,
      line != nullptr ? strength::proven : strength::usual,
      words(N_("Port {port} is below 1024, and mosquitto may not have it: it gives up "
               "root before it listens."),
            {{"port", port}}));
  if (wrong != nullptr)
    made.seen(words(N_("{place} asks for it."), {{"place", place_text(*wrong)}}));
  if (line != nullptr) made.seen(log_words(*line));
  // Granting a capability (setcap, systemd) does not help: mosquitto drops it together with root.
  const std::string high = std::to_string(low + 1000);
  const places with{{"port", port}, {"high", high}};
  return made
      .mend(words(N_("Let the broker listen on port {high}:"), with),
            edit_command("s/^listener " + port + "\\b/listener " + high + "/",
                         wrong != nullptr ? wrong->file : at->configuration->file) +
                " && " + restart_command(*at))
      .then(
          words(N_("and hand port {port} on to it (for it to last, in /etc/nftables.conf):"), with),
          "sudo nft 'add table inet mqtt; add chain inet mqtt in { type nat hook prerouting "
          "priority -100; }; add chain inet mqtt out { type nat hook output priority -100; }; "
          "add rule inet mqtt in tcp dport " +
              port + " redirect to :" + high +
              "; add rule inet mqtt out fib daddr type local tcp "
              "dport " +
              port + " redirect to :" + high + "'");
}

maybe_finding host_websocket_only(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->works() || at->is_listening() || !is_mosquitto_down(*at)) return {};
  const auto* wrong = at->problem(problem_kind::websocket_only);
  const auto* line = at->logged(log_kind::websocket_only);
  if (wrong == nullptr) return {};  // the log line alone ends every failed start
  const auto& version = at->configuration->version;
  if (!version.empty() && version.rfind("2.0.", 0) != 0) return {};
  made_finding made("host-websocket-only-config", certainty::certain, strength::told,
                    words(N_("mosquitto 2.0 does not start when all of its listeners are WebSocket "
                             "listeners.")));
  made.seen(words(N_("{place} is a WebSocket listener, and there is no other kind."),
                  {{"place", place_text(*wrong)}}));
  if (line != nullptr) made.seen(log_words(*line));
  const bool is_wanted = known.at.scheme == scheme::mqtt;
  return made
      .mend(is_wanted ? words(N_("Add a plain listener:"))
                      : words(N_("Add a plain listener, for this machine alone if you like:")),
            "printf '\\nlistener " + (is_wanted ? known.port() : std::string("1883 127.0.0.1")) +
                "\\n' | sudo tee -a " + shell_word(at->configuration->file))
      .then(words(N_("Then:")), restart_command(*at));
}

maybe_finding host_websocket_bind_ignored(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->configuration == nullptr || !at->configuration->is_used) return {};
  for (const auto& wrong : at->configuration->problems) {
    if (wrong.kind != problem_kind::socket_domain_missing || !is_loopback(wrong.detail)) continue;
    const auto open = std::find_if(
        at->host.listeners.begin(), at->host.listeners.end(), [&](const auto& listener) {
          return std::to_string(listener.port) == wrong.subject && !is_loopback(listener.address) &&
                 listener.pid == at->configuration->pid;
        });
    if (open == at->host.listeners.end()) continue;
    return made_finding(
               "host-websocket-bind-ignored", certainty::certain, strength::first_of_several,
               words(N_("The WebSocket listener on port {port} ignores its address {address} "
                        "and listens at every address."),
                     {{"port", wrong.subject}, {"address", wrong.detail}}))
        .seen(words(N_("{place} binds it to {address}."),
                    {{"place", place_text(wrong)}, {"address", wrong.detail}}))
        .seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*open)}}))
        .mend(words(N_("Add the line \"socket_domain ipv4\" to that listener, then start again:")),
              edit_command(std::to_string(wrong.line) + "a socket_domain ipv4", wrong.file) +
                  " && " + restart_command(*at));
  }
  return {};
}

// Whether RabbitMQ's MQTT plugins listen on the port by default.
bool is_rabbits_port(int port) {
  constexpr std::array<int, 4> ports{1883, 8883, 15675, 15676};
  return std::find(ports.begin(), ports.end(), port) != ports.end();
}

maybe_finding host_plugin_off(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->is_listening() || at->works()) return {};
  for (const auto& configuration : at->host.configurations) {
    if (!configuration.is_used) continue;
    const auto says = [&](const char* name, const char* value) {
      const auto found = configuration.settings.find(name);
      return found != configuration.settings.end() && found->second == value;
    };
    if (configuration.broker == broker_kind::rabbitmq && says("mqtt_plugin", "disabled") &&
        is_rabbits_port(at->port())) {
      // The node may read another file, and beside another broker the port may be that broker's.
      const bool is_alone = at->host.brokers.size() == 1;
      return made_finding("host-mqtt-plugin-off",
                          is_alone ? certainty::likely : certainty::possible,
                          is_alone ? strength::proven : strength::first_of_several,
                          words(N_("RabbitMQ runs here, but its MQTT plugin is not switched on.")))
          .seen(words(N_("/etc/rabbitmq/enabled_plugins does not name rabbitmq_mqtt.")))
          .seen(words(N_("Nothing listens on port {port}."), {{"port", known.port()}}))
          .mend(words(N_("Switch the plugin on:")),
                known.is_websocket() ? "sudo rabbitmq-plugins enable rabbitmq_web_mqtt"
                                     : "sudo rabbitmq-plugins enable rabbitmq_mqtt");
    }
    if (configuration.broker == broker_kind::activemq && says("mqtt_connector", "missing")) {
      const bool is_alone = at->host.brokers.size() <= 1;
      return made_finding("host-mqtt-plugin-off",
                          is_alone ? certainty::likely : certainty::possible,
                          is_alone ? strength::proven : strength::first_of_several,
                          words(N_("ActiveMQ runs here, but it has no connector for MQTT.")))
          .seen(words(N_("{file} has no transportConnector with mqtt://."),
                      {{"file", configuration.file}}))
          .seen(words(N_("Nothing listens on port {port}."), {{"port", known.port()}}))
          .lines(words(N_("Add this among the transportConnectors of {file}, and restart:"),
                       {{"file", configuration.file}}),
                 "<transportConnector name=\"mqtt\" uri=\"mqtt://0.0.0.0:1883\"/>",
                 configuration.file);
    }
  }
  return {};
}

maybe_finding host_selinux_port(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || at->host.selinux != selinux_mode::enforcing || at->is_listening() || at->works())
    return {};
  const std::string port = known.port();
  for (const auto& line : at->host.log) {
    if (line.kind != log_kind::selinux || !contains(line.text, "src=" + port + " ")) continue;
    return made_finding("host-selinux-port", certainty::certain, strength::proven,
                        words(N_("SELinux does not let the broker listen on port {port}."),
                              {{"port", port}}))
        .seen(log_words(line))
        .mend(words(N_("Tell SELinux that MQTT uses this port (on some systems the type is called "
                       "otherwise: semanage port -l | grep mqtt):")),
              "sudo semanage port -a -t mqtt_port_t -p tcp " + port)
        .then(words(N_("Then:")), restart_command(*at));
  }
  const auto* line = at->logged(log_kind::permission);
  if (line == nullptr || at->port() < 1024 || !is_mosquitto_down(*at)) return {};
  return made_finding(
             "host-selinux-port", certainty::possible, strength::first_of_several,
             words(N_("SELinux may not let the broker listen on port {port}."), {{"port", port}}))
      .seen(log_words(*line))
      .seen(words(N_("SELinux is enforcing.")))
      .mend(words(N_("If so:")), "sudo semanage port -a -t mqtt_port_t -p tcp " + port)
      .apart(words(N_("This shows what SELinux refused:")), "sudo ausearch -m avc -c mosquitto");
}

namespace {

bool is_v6(const std::string& address) { return contains(address, ":"); }

/// One of this machine's own addresses was dialled, and the port is open in the other family only.
maybe_finding open_in_the_other_family(const view& known, const host_view& at) {
  const contact* const client = known.client();
  if (client == nullptr || client->connect.outcome != connect_outcome::refused) return {};
  const std::string& dialled = client->address;
  const auto& own = at.host.addresses;
  const bool is_own =
      is_loopback(dialled) || std::find(own.begin(), own.end(), dialled) != own.end();
  const listener_fact* const socket = at.socket();
  // An IPv6 socket for all addresses takes IPv4 as well, unless that was switched off.
  if (!is_own || socket == nullptr ||
      std::any_of(at.sockets.begin(), at.sockets.end(),
                  [&](const auto* each) { return is_v6(each->address) == is_v6(dialled); }))
    return {};
  // At one address of the network card alone, the other family's loopback is closed as well.
  if (is_loopback(dialled) && !is_loopback(socket->address) && !is_any_address(socket->address))
    return {};
  const bool is_six = is_v6(dialled);
  const places with{{"address", dialled},
                    {"socket", socket_text(*socket)},
                    {"other", is_six ? "127.0.0.1" : "[::1]"},
                    {"port", known.port()}};
  made_finding made("tcp-ipv6-listener-missing", certainty::certain, strength::proven,
                    words(is_six ? N_("The broker listens on IPv4 only, and {address} is an "
                                      "address of IPv6.")
                                 : N_("The broker listens on IPv6 only, and {address} is an "
                                      "address of IPv4."),
                          with));
  made.seen(words(N_("Listening: {socket}."), with));
  if (is_loopback(dialled))
    made.in_app(words(N_("An app on this machine is to dial {other}: localhost leads to either "
                         "family, as the system or a newer library chooses."),
                      with));
  return made.mend(words(N_("Or let the broker listen on both: in mosquitto a listener line that "
                            "names no address, \"listener {port}\"."),
                         with));
}

}  // namespace

maybe_finding host_ipv6_listener(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at) return {};
  if (auto found = open_in_the_other_family(known, *at)) return found;
  if (!at->is_public()) return {};
  const bool has_v6 = std::any_of(at->sockets.begin(), at->sockets.end(), [](const auto* socket) {
    return contains(socket->address, ":") && !is_loopback(socket->address);
  });
  if (has_v6) return {};
  // The missing IPv6 listener is a fault only if the name leads to this machine over IPv6.
  std::string v6_address;
  for (const auto& address : known.all.name.addresses) {
    const bool is_own = std::find(at->host.addresses.begin(), at->host.addresses.end(), address) !=
                        at->host.addresses.end();
    if (contains(address, ":") && is_own && !is_loopback(address)) v6_address = address;
  }
  if (v6_address.empty()) return {};
  const bool is_failing = !at->works();
  made_finding made(
      "tcp-ipv6-listener-missing", certainty::certain,
      is_failing ? strength::seen : strength::leaning,
      words(N_("The broker listens on IPv4 only, but {host} also leads to {address}."),
            {{"host", known.host()}, {"address", v6_address}}));
  made.seen(words(N_("Listening: {socket}."), {{"socket", socket_text(*at->socket())}}))
      .mend(words(N_("Let the listener line name no address: \"listener {port}\"."),
                  {{"port", known.port()}}),
            restart_command(*at));
  if (!is_failing) made.warning();
  return made;
}

maybe_finding host_held_on_v4(const host_view& at, const contact& refused) {
  const std::string name = at.holder_name();
  const places with{{"process", name.empty() ? "?" : name},
                    {"port", at.known.port()},
                    {"address", refused.address}};
  made_finding made("tcp-ipv6-listener-missing", certainty::certain, strength::seen,
                    words(N_("The name also has an IPv6 address, but {process}, which has port "
                             "{port}, listens on IPv4 only: some clients are refused."),
                          with));
  made.seen(words(N_("{address} refused port {port}, IPv4 took it."), with));
  const listening_program program = at.dialled()->program();
  if (program == listening_program::nginx) {
    made.mend(
        words(N_("Beside its \"listen {port}\", give nginx a line \"listen [::]:{port}\" with "
                 "the same words behind it."),
              with));
  } else if (program == listening_program::haproxy) {
    made.mend(words(N_("Beside its \"bind :{port}\", give haproxy a line \"bind :::{port} v6only\" "
                       "with the same words behind it."),
                    with));
  } else {
    made.mend(words(N_("Let {process} listen on IPv6 as well; the broker itself cannot have the "
                       "port."),
                    with));
  }
  if (class_of(refused.address) == address_class::loopback) return made.note();
  return made;
}

}  // namespace mqttkit::doctor
