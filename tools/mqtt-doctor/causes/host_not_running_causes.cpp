// Nothing listens on the port: why the broker does not run, and how it is started.

#include "common/text_parts.hpp"
#include "mqtt-doctor/causes/added_listener.hpp"
#include "mqtt-doctor/causes/broker_ports.hpp"
#include "mqtt-doctor/causes/host_view.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
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

/// Whether a broker is set up here for the port, or is to be started with the machine.
bool is_set_up_here(const host_view& at) {
  const auto* service = at.service();
  const bool is_stopped =
      service != nullptr && service->enabled == service_start::enabled &&
      (service->state == service_state::failed || service->state == service_state::inactive);
  return at.block != nullptr || is_stopped;
}

/// Whether a listener is missed here: a broker is set up for the port, or stopped, or the firewall
/// was read and sends the port nowhere else.
bool is_missed_here(const host_view& at) {
  return is_set_up_here(at) || at.is_firewall_read(ip_family::v4);
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

/// A broker is installed here, does not run, and nothing says that it ever had this port: it may be
/// meant, or the broker of another machine.
made_finding not_meant_or_not_started(const view& known, const host_view& at) {
  const places with{{"port", known.port()}, {"host", known.host()}};
  made_finding made("tcp-refused-not-running", certainty::likely, strength::measured,
                    words(N_("Nothing listens on port {port} of this machine, and {host} is this "
                             "machine itself: the broker is on another one, or is the one "
                             "installed here, which does not run."),
                          with));
  made.seen(words(N_("No socket on port {port} in /proc/net/tcp and tcp6."), with));
  made.in_app(other_machine_words(known));
  add_state(made, at);
  return start_broker(made, at);
}

}  // namespace

namespace {

/// The one IPv4 address for which a rule of nft or iptables holds; "" where it names none, a
/// network, a set, or all but one.
std::string address_of_rule(const std::string& rule) {
  std::string_view before, earlier;
  std::string found;
  tools::for_each_part(rule, ' ', [&](std::string_view word) {
    const std::size_t slash = word.find('/');
    const bool is_one = slash == word.npos || word.substr(slash) == "/32";
    const bool is_address = word.find_first_not_of("0123456789./") == word.npos;
    if (found.empty() && earlier != "!" && is_one && is_address &&
        (before == "daddr" || before == "-d"))
      found = word.substr(0, slash);
    earlier = before;
    before = word;
  });
  return found;
}

}  // namespace

/// The port is forwarded, to a container or another machine, for an address that this machine had.
maybe_finding host_forward_of_other_address(const view& known, exclusions&) {
  const auto at = look_at(known);
  if (!at || is_connected(known) || at->is_listening()) return {};
  const firewall_fact* const wall = at->firewall(ip_family::v4);
  if (wall == nullptr || wall->forwards_other.empty()) return {};
  const std::string address = address_of_rule(wall->forwards_other);
  const auto& own = at->host.addresses;
  if (address.empty() || own.empty() || std::find(own.begin(), own.end(), address) != own.end())
    return {};
  const places with{{"port", known.port()},
                    {"address", address},
                    {"rule", wall->forwards_other},
                    {"addresses", list_text(own)}};
  return made_finding("tcp-port-forward-wrong", certainty::likely, strength::proven,
                      words(N_("Port {port} is forwarded only for {address}, and this machine does "
                               "not have that address."),
                            with))
      .seen(words(N_("The rule: {rule}"), with))
      .seen(words(N_("This machine has the addresses {addresses}."), with))
      .mend(words(N_("Write the rule for an address that this machine has, or without one, where "
                     "it is made (a script, Docker, the firewall's file).")));
}

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
  if (is_container_missed(*at)) return {};
  const bool is_installed = has_brokers_service(at->host) || at->block != nullptr;
  if (!is_installed && is_in_a_container(*at)) return {};
  if (is_sent_on(*at) || host_forward_of_other_address(known, excluded)) return {};
  // On a node of Kubernetes the broker is a pod, on this machine or on another.
  const firewall_fact* const rule = at->firewall(ip_family::v4);
  if (rule != nullptr && contains(rule->chain, "KUBE-")) return {};
  const bool is_loopback =
      known.client() != nullptr && class_of(known.client()->address) == address_class::loopback;
  if (is_without_broker(*at) && is_loopback) return not_on_this_machine(known);
  // Who does not say that this is the broker's machine may have meant another one.
  const bool is_itself = is_loopback && !known.asked().on_broker && !at->is_listening();
  const bool runs_elsewhere = !at->host.brokers.empty();
  // Who asks about localhost and does not say that the broker is here may mean another machine.
  if (is_loopback && !known.asked().on_broker && !runs_elsewhere && !is_set_up_here(*at))
    return not_meant_or_not_started(known, *at);
  // Where a broker is installed here, it is that one, whatever containers there are.
  const std::string unlisted =
      has_brokers_service(at->host) || at->block != nullptr ? "" : unlisted_containers(*at);
  const bool is_known_here = is_missed_here(*at);
  const bool is_sure = is_known_here && unlisted.empty();
  made_finding made("tcp-refused-not-running", is_sure ? certainty::certain : certainty::likely,
                    strength::measured,
                    is_itself && !runs_elsewhere
                        ? words(N_("{host} is always this machine itself, and nothing listens on "
                                   "port {port} of it."),
                                {{"host", known.host()}, {"port", known.port()}})
                    : runs_elsewhere
                        ? words(N_("A broker runs here, but it has no listener on port "
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
  if (is_itself) {
    made.in_app(other_machine_words(known));
    made.mend(words(N_("The rest is for the broker's own machine: only if that is this one.")));
    return start_broker(made, *at);
  }
  start_broker(made, *at);
  return is_loopback ? made.in_app(other_machine_words(known)) : made;
}

}  // namespace mqttkit::doctor
